#!/usr/bin/env bash
# Sets up everything this project needs on Debian 12 (or a like system) and does nothing when it is all there.
#   ./install.sh        what `make serve` needs
#   ./install.sh dev    and what `make test` needs
# System packages are installed when that is allowed (root, or sudo without a password);
# otherwise the exact command is printed, and the script stops.
set -euo pipefail
cd "$(dirname "$0")"
what=${1:-run}

packages=(ca-certificates python3 python3-venv libegl1 libgl1 libgl1-mesa-dri)
# tests drive the browser that Debian ships; libatomic1 is for the program that playwright drives it with;
# they start a PostgreSQL and a TURN server of their own, on a port and in a folder of the run
[ "$what" = dev ] && packages+=(chromium libatomic1 fonts-dejavu-core fonts-noto-core postgresql coturn)

if command -v dpkg-query >/dev/null; then
  missing=()
  for package in "${packages[@]}"; do
    [ "$(dpkg-query -Wf '${db:Status-Status}' "$package" 2>/dev/null || true)" = installed ] || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    if [ "$(id -u)" = 0 ]; then sudo=()
    elif sudo -n true 2>/dev/null; then sudo=(sudo)
    else
      echo "These system packages are missing and this user may not install them. Run, then try again:" >&2
      echo "  sudo apt-get update && sudo apt-get install -y --no-install-recommends ${missing[*]}" >&2
      exit 1
    fi
    echo "Installing system packages: ${missing[*]}"
    "${sudo[@]}" apt-get update -q
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "${missing[@]}"
    # the package would serve the whole net from now on; the tests start one of their own, for this machine alone
    case " ${missing[*]} " in *" coturn "*) "${sudo[@]}" systemctl disable --now coturn >/dev/null 2>&1 || true ;; esac
  fi
else
  echo "This is not a Debian system: the packages ${packages[*]} (or their like) must be there already." >&2
fi

python=""
for candidate in "${PYTHON:-}" python3.11 python3.12 python3; do
  [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
  if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))'; then python=$candidate; break; fi
done
[ -n "$python" ] || { echo "Python 3.11 or 3.12 is needed; none was found. On Debian 12: apt-get install python3 python3-venv" >&2; exit 1; }

lock=requirements.lock
[ "$what" = dev ] && lock=requirements-dev.lock
# what is installed is named by the lock's digest, so that a changed lock is installed anew; dev holds all of run
digest=$(cat "$lock" pyproject.toml | sha256sum | cut -d' ' -f1)
stamp=.venv/installed-$what
if [ "$(cat "$stamp" 2>/dev/null || true)" != "$digest" ]; then
  [ -x .venv/bin/python ] || "$python" -m venv .venv
  echo "Installing Python packages from $lock (a minute or two the first time)"
  .venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: -r "$lock"
  # the package itself, from this folder, so that `tryon` is a command
  site=$(.venv/bin/python -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
  pwd > "$site/tryon.pth"
  printf '#!/bin/sh\nexec "%s/.venv/bin/python" -m tryon "$@"\n' "$(pwd)" > .venv/bin/tryon
  chmod +x .venv/bin/tryon
  echo "$digest" > "$stamp"
fi

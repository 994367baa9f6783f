"""`make fuzz`: a million inputs in all doors together, guided by what they reach in our code (atheris, libFuzzer).

    python -m tests.fuzz.run                 every door, a process each, one after the other
    python -m tests.fuzz.run DOOR [--runs N]

An input that ends a door lies in tests/fuzz/found/DOOR from then on: mend, commit both, and tests/fuzz/test_doors.py
holds it. Ends with a line a door: inputs, seconds, most memory, slowest input; and with 1 when anything was found.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = {"glb": 250_000, "sdp": 150_000, "control": 400_000, "webhook": 200_000}
"A million."
RSS_MB = 1500
"More memory than this is a finding: the door itself, with all that is imported, has about 300."
INPUT_S = 10
"An input that takes longer is a finding; on a machine that has nothing else to do none takes a tenth of it."
LETTERS_MAX = 64 * 1024
FOUND = Path(__file__).parent / "found"


def fuzz(name: str, runs: int, seed: int) -> None:
    """One door; ends the process."""
    import atheris

    ours = ["tryon.pieces", "tryon.media", "tryon.messages", "tryon.fit.given", "aiortc.sdp", "tryon.client"]
    with atheris.instrument_imports(include=ours):
        from tests.fuzz.doors import DOORS
    door = DOORS[name]()
    found = FOUND / name
    found.mkdir(parents=True, exist_ok=True)

    def spoil(data: bytes, most: int, number: int) -> bytes:
        return door.spoil(data, random.Random(number))[:most]

    with tempfile.TemporaryDirectory() as corpus:
        for number, good in enumerate(door.seeds()):
            (Path(corpus) / str(number)).write_bytes(good)
        flags = {
            "runs": runs,
            "seed": seed,
            "rss_limit_mb": RSS_MB,
            "timeout": INPUT_S,
            "max_len": LETTERS_MAX,
            "artifact_prefix": f"{found}/",
            "print_final_stats": 1,
            "verbosity": 1,
        }
        atheris.Setup(
            [sys.argv[0], *(f"-{flag}={value}" for flag, value in flags.items()), corpus],
            door.enter,
            custom_mutator=spoil,
        )
        atheris.Fuzz()


def fuzz_all(runs: dict[str, int], seed: int) -> int:
    """Each in a process of its own, and what came of it."""
    broken, lines = 0, []
    for name, count in runs.items():
        print(f"{name}: {count:,} inputs", flush=True)
        began_s = time.monotonic()
        told = [sys.executable, "-m", "tests.fuzz.run", name, "--runs", str(count), "--seed", str(seed)]
        done = subprocess.run(told, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
        told_last = {key: int(value) for key, value in re.findall(r"stat::(\w+):\s+(\d+)", done.stderr)}
        reached = re.findall(r"#\d+\s+DONE\s+cov: (\d+)", done.stderr)
        lines.append(
            f"{name:8} {told_last.get('number_of_executed_units', 0):>9,} inputs  {time.monotonic() - began_s:6.0f} s  "
            f"{told_last.get('peak_rss_mb', 0):>5} MB at most  {told_last.get('slowest_unit_time_sec', -1)} s at most  "
            f"{reached[0] if reached else '?'} branches  {'good' if done.returncode == 0 else 'FOUND SOMETHING'}"
        )
        if done.returncode:
            broken = 1
            print(done.stderr[-4000:])
    print("\n".join(lines))
    return broken


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("door", nargs="?", default="")
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    if asked.door:
        fuzz(asked.door, asked.runs or RUNS[asked.door], asked.seed)
    sys.exit(fuzz_all({name: asked.runs or count for name, count in RUNS.items()}, asked.seed))


if __name__ == "__main__":
    main()

"""Settings: the only reader of the environment.

`TRYON_*` in the environment, else the default. Built once at the door (`cli`) and passed on as an argument.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tryon.errors import SettingError

CORES = max(2, len(os.sched_getaffinity(0)))
"A 720p session takes about 0.7 of a core (tryon bench): one a core keeps every mirror fluent."
LOCAL = frozenset({"localhost", "::1", "0.0.0.0", "::", ""})
"Hosts that only this machine knows itself by."
TURN = re.compile(
    r"(?P<scheme>turns?):(?P<host>\[[0-9a-fA-F:.]+\]|[A-Za-z0-9.-]+)(:(?P<port>\d{1,5}))?"
    r"(\?transport=(?P<transport>udp|tcp))?"
)
"How browsers are told a TURN server (RFC 7065)."
HERE = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Settings:
    """What whoever runs the service can choose. Every field is documented in README (a test checks)."""

    host: str = field(default="127.0.0.1", metadata={"help": "address the HTTP server listens on"})
    port: int = field(default=8080, metadata={"help": "port the HTTP server listens on"})
    media_addresses: str = field(
        default="127.0.0.1",
        metadata={"help": "comma-separated addresses that WebRTC media binds to, or `auto` for all of this machine"},
    )
    media_ports: str = field(
        default="",
        metadata={
            "help": "UDP ports that WebRTC media may take, such as 49152-49999 (what a firewall lets in); empty: any"
        },
    )
    advertise: str = field(
        default="",
        metadata={
            "help": "IP address written into answers instead of the bound one (behind NAT); two, one IPv4 and "
            "one IPv6, with a comma between"
        },
    )
    turn: str = field(
        default="",
        metadata={
            "help": "comma-separated TURN servers that pages may be relayed by, as browsers take them: "
            "turn:HOST:3478?transport=udp, turn:HOST:3478?transport=tcp, turns:HOST:443?transport=tcp"
        },
    )
    turn_secret: str = field(
        default="",
        metadata={
            "help": "the secret shared with the TURN server (coturn: static-auth-secret), from which timed "
            "credentials are made"
        },
    )
    sessions_max: int = field(default=CORES, metadata={"help": "most live sessions at one time"})
    sessions_warm: int = field(default=1, metadata={"help": "session processes kept warm for the next wearer"})
    resume_s: float = field(default=60.0, metadata={"help": "how long a session waits for a lost connection"})
    video_kbps: int = field(default=2500, metadata={"help": "target bit rate of the composited picture at 720p"})
    assets: str = field(default=str(HERE / "assets"), metadata={"help": "folder with pieces and head model"})
    calibration: str = field(
        default=str(HERE / "calibration"), metadata={"help": "folder with the tables that measuring and fit rest on"}
    )
    log: str = field(default="plain", metadata={"help": "how lines of the log look: plain, or json for programs"})
    metrics_key: str = field(
        default="",
        metadata={"help": "key (a bearer token) with which `/metrics` answers Prometheus; empty: it does not"},
    )
    drain_s: float = field(
        default=0.0,
        metadata={"help": "how long running mirrors may go on when the server is told to stop; none begins meanwhile"},
    )
    shop_mark: str = field(default="tryon", metadata={"help": "words drawn in the corner of a snapshot"})
    data: str = field(
        default=str(HERE / "var"), metadata={"help": "folder for consent ledger, saved sets and other records"}
    )

    database: str = field(
        default="",
        metadata={"help": "URL of the atelier's database, such as postgresql://USER@HOST/NAME; empty: SQLite in data"},
    )
    files: str = field(
        default="",
        metadata={"help": "folder, or URL such as s3://BUCKET/PREFIX, for the atelier's files; empty: in data"},
    )

    address: str = field(
        default="",
        metadata={
            "help": "address that people open, such as https://shop.example: links in letters begin with it and "
            "passkeys are bound to it; empty: http://localhost and the port"
        },
    )
    mail: str = field(
        default="",
        metadata={
            "help": "mail server, as smtp://USER:PASSWORD@HOST:587 or smtps://USER:PASSWORD@HOST:465; empty: letters "
            "are written as files into the folder mail of data"
        },
    )
    mail_from: str = field(default="atelier@localhost", metadata={"help": "mail address that letters come from"})
    closed: str = field(
        default="",
        metadata={
            "help": "file with the days on which the atelier is closed, one a line: 2026-12-24, each year's 12-25, or "
            "2026-08-03..2026-08-21"
        },
    )
    policy: str = field(
        default="", metadata={"help": "folder with a shop's own words on repairs and returns: policy.LANGUAGE.json"}
    )
    mail_letters: str = field(
        default="",
        metadata={"help": "folder with a shop's own letters: letter or KIND .html and .txt, mail.LANGUAGE.json"},
    )

    hook_hosts: str = field(
        default="",
        metadata={
            "help": "hosts, comma-separated, at which shops may be told things, and their pages checked, though they "
            "are private, over http too, such as 127.0.0.1; empty: none"
        },
    )

    fit_days: int = field(
        default=90, metadata={"help": "how long a fit card is kept behind its link, where its wearer agreed"}
    )

    def address_for(self, seen: str) -> str:
        """The address that links, codes and calendar files begin with, without a slash at its end: `address`; else
        `seen`, by which whoever asks reached us; else, where nobody asks (letters), this machine's own."""
        return self.address.rstrip("/") or seen.rstrip("/") or f"http://localhost:{self.port}"

    @property
    def public_address(self) -> str:
        """The same where nobody asks: in letters."""
        return self.address_for("")

    @property
    def address_trouble(self) -> str:
        """Why what is sent out would open nothing for who gets it; empty: it will."""
        host = urlsplit(self.public_address).hostname or ""
        if host not in LOCAL and not host.startswith("127."):
            return ""
        return (
            f"Letters, codes and calendar files carry {self.public_address}, which opens nothing on another device. "
            "Set TRYON_ADDRESS to the address that people open."
        )

    @property
    def port_range(self) -> tuple[int, int] | None:
        """First and last UDP port of media; None: any."""
        if not self.media_ports:
            return None
        first, _, last = self.media_ports.partition("-")
        return int(first), int(last)

    @property
    def turn_addresses(self) -> tuple[str, ...]:
        """The TURN servers, as browsers take them."""
        return _listed(self.turn)

    @property
    def advertised(self) -> tuple[str, ...]:
        """Addresses that stand in answers; none: those that are bound."""
        return _listed(self.advertise)

    @property
    def mail_folder(self) -> Path:
        """Where letters lie while there is no mail server."""
        return Path(self.data) / "mail"

    @property
    def database_url(self) -> str:
        """Where the atelier's store is."""
        return self.database or f"sqlite:///{Path(self.data).absolute() / 'atelier.db'}"

    @property
    def files_place(self) -> str:
        """Where the atelier's files are."""
        return self.files or str(Path(self.data) / "files")

    @property
    def hooks_inside(self) -> frozenset[str]:
        """Hosts of `hook_hosts`."""
        return frozenset(host.strip().lower() for host in self.hook_hosts.split(",") if host.strip())

    @property
    def pieces_folder(self) -> Path:
        """Where the catalogue lies."""
        return Path(self.assets) / "pieces"

    @property
    def published_folder(self) -> Path:
        """Where the pieces lie that the shop brought itself, and their drafts (pieces.published)."""
        return Path(self.data) / "pieces"


def load(environ: Mapping[str, str] | None = None, **overrides: Any) -> Settings:
    """Settings from the environment, then `overrides` that are not None. Raises SettingError."""
    environ = os.environ if environ is None else environ
    values: dict[str, Any] = {}
    for f in fields(Settings):
        name = f"TRYON_{f.name.upper()}"
        if name in environ:
            values[f.name] = _cast(name, environ[name], type(f.default))
    values.update({key: value for key, value in overrides.items() if value is not None})
    if values.get("address"):
        values["address"] = _address(values["address"])
    settings = Settings(**values)
    _check_media(settings)
    return settings


def _listed(said: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in said.split(",") if each.strip())


def _check_media(settings: Settings) -> None:
    """What a browser could not use is said at the start, and not when somebody waits for a picture."""
    ports = re.fullmatch(r"(\d{1,5})-(\d{1,5})", settings.media_ports)
    if settings.media_ports and (ports is None or not 1024 <= int(ports[1]) <= int(ports[2]) <= 65535):
        raise _invalid("TRYON_MEDIA_PORTS", settings.media_ports, "two ports from 1024 on, such as 49152-49999")
    families = []
    for address in settings.advertised:
        try:
            families.append(ipaddress.ip_address(address).version)
        except ValueError:
            raise _invalid("TRYON_ADVERTISE", address, "an IP address: browsers look up no names there") from None
    if len(families) != len(set(families)):
        raise _invalid("TRYON_ADVERTISE", settings.advertise, "at most one IPv4 and one IPv6 address")
    for address in settings.turn_addresses:
        if TURN.fullmatch(address) is None:
            raise _invalid("TRYON_TURN", address, "an address such as turns:turn.shop.example:443?transport=tcp")
    if settings.turn and not settings.turn_secret:
        raise SettingError("setting_invalid", "TRYON_TURN names a TURN server, and TRYON_TURN_SECRET is empty.")


def _invalid(name: str, value: str, expected: str) -> SettingError:
    return SettingError("setting_invalid", f"{name} has value {value!r}; expected {expected}.")


def _address(said: str) -> str:
    """An address that links can begin with."""
    try:
        parts = urlsplit(said.rstrip("/"))
        good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        good = False
    if not good or parts.path or parts.query or parts.fragment or parts.username:
        raise SettingError(
            "setting_invalid", f"TRYON_ADDRESS has value {said!r}; expected an address such as https://shop.example."
        )
    return said.rstrip("/")


def _cast(name: str, text: str, kind: type) -> Any:
    try:
        return kind(text)
    except ValueError as err:
        raise SettingError("setting_invalid", f"{name} has value {text!r}; expected {kind.__name__}.") from err

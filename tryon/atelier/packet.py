"""The job packet of a request: all that the bench needs, as one ZIP.

Her mail address, her phone, and prices are not in it: a packet is passed on and lies about. What her artisan may not
see (`views.sees_her`) is not in one that the artisan takes.
"""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec
from sqlalchemy import select

from tryon.atelier import requests, rights, told, views
from tryon.atelier.files import MIB, SUFFIXES, Files
from tryon.atelier.said import FIRST, Words, read_words
from tryon.atelier.store import Unit
from tryon.atelier.tables import Account, File
from tryon.atelier.trade import FileKind
from tryon.errors import AccessError, AtelierError
from tryon.types import Piece

BYTES_MAX = 2048 * MIB
"Of the files in one packet; what would take it further is left out and named in its README."
FOLDERS: dict[FileKind, str] = {
    "snapshot": "pictures",
    "design": "designs",
    "render": "drawings",
    "proof": "proofs",
    "bench": "bench",
    "certificate": "certificates",
}
MANIFEST = "manifest.sha256"
PACKED = ("model/gltf-binary", "text")
"What gets smaller by being packed; pictures, films and PDF are packed already."
ZONE = "UTC"


@dataclass(frozen=True, slots=True)
class Enclosed:
    """A file of the request and its name in the packet."""

    name: str
    key: str
    mime: str
    sha256: str
    size: int
    date: tuple[int, int, int, int, int, int]


@dataclass(frozen=True, slots=True)
class Packet:
    """What goes into a packet, still to be written."""

    request: str
    piece: str
    "Id of the one she wishes."
    told: told.RequestTold
    "Without contact and price."
    enclosed: tuple[Enclosed, ...]
    names: Mapping[str, str]
    "Of the files in the packet, by their ids."
    titles: Mapping[str, str]
    "Names of the pieces that she tried, by their ids; an id that is no longer in the catalogue stays."
    words: Words
    date: tuple[int, int, int, int, int, int]
    "Of the packet itself, UTC."

    @property
    def measured(self) -> dict[str, Any] | None:
        """Her measures, as far as who took the packet may see them."""
        return self.told.wish.measured


def take(unit: Unit, request_id: str, pieces: Mapping[str, Piece]) -> Packet:
    """The packet of a request, for whoever sees all of it or makes the piece; noted in the audit trail.

    Raises AccessError, AtelierError.
    """
    rights.check(unit.who, "packet.take")
    request = requests.reach(unit, request_id)
    if unit.who.role == "artisan" and request.artisan_id != unit.who.id:
        raise AccessError("role_wrong", "The packet is for whoever makes the piece. Please accept the offer first.")
    unit.about = request_id
    unit.witness()
    whole = views.request_told(unit, request, pieces)
    wish = msgspec.structs.replace(whole.wish, email="", phone="")
    seen = {file.file for file in whole.files}
    rows = unit.rows.scalars(select(File).where(File.request_id == request_id).order_by(File.id))
    enclosed, names, counts = [], {}, dict.fromkeys(FOLDERS, 0)
    for row in rows:
        counts[row.kind] += 1
        if row.id not in seen:
            continue
        name = f"{FOLDERS[row.kind]}/{counts[row.kind]:02}-{row.made_at:%Y-%m-%d}{SUFFIXES[row.mime]}"
        names[row.id] = name
        enclosed.append(Enclosed(name, row.key, row.mime, row.sha256, row.size, _date(row.made_at)))
    account = unit.rows.get(Account, unit.who.id)
    known = read_words(rooms=("trade.", "mail.", "packet."))
    return Packet(
        request_id,
        requests.wished(unit, request_id),
        msgspec.structs.replace(whole, wish=wish, price=None, prices=[], offers=[], appointments=[]),
        tuple(enclosed),
        names,
        {id: pieces[id].name if id in pieces else id for id in wish.pieces},
        known.get(account.language if account else FIRST, known[FIRST]),
        _date(unit.now),
    )


def write(packet: Packet, files: Files, made: Mapping[str, bytes]) -> Iterator[bytes]:
    """The packet as a ZIP, piece by piece: never more than one file of it is in memory.

    `made`: what other rooms write of it (the fit card), by name. A file that is gone, or whose bytes are not those that
    were kept, is left out and named in README.txt. Raises AtelierError `store_unavailable`: then the ZIP has no end,
    and nobody takes it for whole.
    """
    outlet = _Outlet()
    digests: dict[str, str] = {}
    left: dict[str, str] = {}

    def put(name: str, data: bytes, date: tuple[int, int, int, int, int, int], mime: str = "text") -> bytes:
        info = zipfile.ZipInfo(name, date)
        info.compress_type = zipfile.ZIP_DEFLATED if mime in PACKED else zipfile.ZIP_STORED
        info.external_attr = 0o644 << 16
        archive.writestr(info, data)
        digests[name] = hashlib.sha256(data).hexdigest()
        return outlet.emptied()

    with zipfile.ZipFile(outlet, "w") as archive:
        room = BYTES_MAX
        for file in packet.enclosed:
            if file.size > room:
                left[file.name] = "too_large"
                continue
            data = _read(files, file)
            if data is None:
                left[file.name] = "gone"
                continue
            room -= file.size
            yield put(file.name, data, file.date, file.mime)
        texts = {name: text.encode() for name, text in _texts(packet).items()}
        for name, data in sorted({**texts, **made}.items()):
            yield put(name, data, packet.date)
        yield put("README.txt", _readme(packet, sorted(digests), left).encode(), packet.date)
        manifest = "".join(f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
        yield put(MANIFEST, manifest.encode(), packet.date)
    yield outlet.emptied()


class _Outlet:
    """Where a ZIP is written to, to be taken on; it cannot be wound back."""

    def __init__(self) -> None:
        self._held: list[bytes] = []

    def write(self, data: bytes, /) -> int:
        """Hold it."""
        self._held.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing waits elsewhere."""

    def close(self) -> None:
        """There is nothing to close."""

    def emptied(self) -> bytes:
        """What was written since the last time."""
        held, self._held = b"".join(self._held), []
        return held


def _read(files: Files, file: Enclosed) -> bytes | None:
    try:
        data = files.get(file.key)
    except AtelierError as err:
        if err.reason == "file_unknown":
            return None
        raise
    return data if hashlib.sha256(data).hexdigest() == file.sha256 else None


def _date(at: Any) -> tuple[int, int, int, int, int, int]:
    return (at.year, at.month, at.day, at.hour, at.minute, at.second)


def _texts(packet: Packet) -> dict[str, str]:
    """What the packet says in words and as data."""
    told_ = packet.told
    texts = {
        "request.json": msgspec.json.format(msgspec.json.encode(told_), indent=1).decode() + "\n",
        "wishes.txt": _wishes(packet),
        "notes.txt": _notes(packet),
        "approvals.txt": _approvals(packet),
    }
    if packet.measured is not None:
        texts["measures.json"] = msgspec.json.format(msgspec.json.encode(packet.measured), indent=1).decode() + "\n"
    return texts


def _wishes(packet: Packet) -> str:
    """What she wishes, by when."""
    words, wish = packet.words, packet.told.wish
    facts = [
        ("request", packet.request),
        ("name", wish.name),
        ("piece", packet.titles.get(wish.wished, "")),
        ("tried", ", ".join(packet.titles.values())),
        ("tier", words.say(f"tier.{wish.tier}") if wish.tier else ""),
        ("event", words.date(wish.event_date) if wish.event_date else ""),
        ("hair", words.say(f"hairstyle.{wish.hairstyle}") if wish.hairstyle else ""),
        ("veil", words.say(f"veil.{wish.veil}") if wish.veil else ""),
        ("materials", wish.materials),
        ("stones", wish.stones),
        ("language", wish.language),
        ("consultant", packet.told.consultant),
        ("artisan", packet.told.artisan),
        ("number", f"{packet.told.edition.number}/{packet.told.edition.of}" if packet.told.edition else ""),
        ("notes", wish.notes),
    ]
    lines = [words.say("packet.fact", what=words.say(f"packet.{what}"), said=said) for what, said in facts if said]
    dues = [
        words.say("packet.fact", what=words.say(f"stage.{stage}"), said=words.date(day))
        for stage, day in packet.told.dues.items()
    ]
    return _page(words.say("packet.wishes"), lines, *([[words.say("packet.dues"), *dues]] if dues else []))


def _notes(packet: Packet) -> str:
    """Each step with who took it, and what was said."""
    words = packet.words
    steps = []
    for step in packet.told.steps:
        who = step.name or words.say(f"by.{step.by}")
        lines = [f"{words.moment(step.at, ZONE)}: {words.say(f'stage.{step.stage}')} ({who})"]
        lines += [step.words] if step.words else []
        lines += [packet.names[step.file]] if step.file is not None and step.file in packet.names else []
        steps.append(lines)
    return _page(words.say("packet.notes.title"), *steps)


def _approvals(packet: Packet) -> str:
    """Every revision: what was shown, what was said of it, what she decided and by which digest."""
    words, parts = packet.words, []
    for round in packet.told.rounds:
        for shown in round.revisions:
            title = words.say(f"packet.round.{round.round}", number=str(shown.number))
            lines = [f"{title}, {words.moment(shown.made_at, ZONE)}", *([shown.words] if shown.words else [])]
            lines += [packet.names[file] for file in shown.files if file in packet.names]
            lines.append(words.say("packet.digest", digest=shown.sha256))
            for said in shown.comments:
                who = said.name or words.say(f"by.{said.by}")
                pin = "" if said.x is None or said.y is None else f" ({said.x:.3f}, {said.y:.3f})"
                lines.append(f"- {who}{pin}: {said.words}")
            for decision in shown.decisions:
                what = words.say(f"packet.decision.{decision.decision}")
                lines.append(f"=> {words.moment(decision.at, ZONE)}: {what} {decision.words}".rstrip())
            parts.append(lines)
    return _page(words.say("packet.approvals"), *(parts or [[words.say("packet.approvals.none")]]))


def _readme(packet: Packet, names: list[str], left: Mapping[str, str]) -> str:
    """What is what; what is not in it, and why."""
    words = packet.words
    there = {name.partition("/")[0] for name in names} | {MANIFEST}
    entries = [
        (entry, words.say(f"packet.of.{entry.partition('.')[0]}"))
        for entry in (
            *("wishes.txt", "notes.txt", "approvals.txt", "fit-card.pdf", "measures.json", "measures.csv"),
            *("request.json", *FOLDERS.values(), MANIFEST),
        )
        if entry in there
    ]
    inside = [f"{name + ('' if '.' in name else '/'):<18}{said}" for name, said in entries]
    lacks = [f"{name}: {words.say(f'packet.left.{why}')}" for name, why in sorted(left.items())]
    if packet.measured is None:
        lacks.append(words.say("packet.left.measures"))
    elif "fit-card.pdf" not in there:
        lacks.append(words.say("packet.left.card"))
    title = words.say("packet.title", request=packet.request)
    return _page(title, [words.say("packet.about")], inside, *([[words.say("packet.left"), *lacks]] if lacks else []))


def _page(title: str, *parts: list[str]) -> str:
    return "\n\n".join([f"{title}\n{'=' * len(title)}", *("\n".join(lines) for lines in parts)]) + "\n"

"""What a wearer agrees to, and the ledger that keeps her answer.

The words live in web/words/consent.LANGUAGE.json, once: the page shows them, the ledger keeps their digest.

The ledger is a file of JSON lines, appended to, synced to disk before an answer counts, and written anew without
what is past its term or was deleted:

    {"at", "event": "given", "consent", "version", "language", "purposes", "text_sha256", "token_sha256", "until",
     "shop" (on whose page, if not on ours), "sandbox" (by its key for trying out),
     "guardian" (name of who agreed, for a child)}
    {"at", "event": "widened", "consent", "version", "language", "purposes", "text_sha256"}
    {"at", "event": "used", "consent", "session"}
    {"at", "event": "withdrawn", "consent"}
    {"at", "event": "deleted", "consent"} (all that is left of it)

It holds no name but a guardian's, no address and no token (only a token's digest). A consent holds for one visit
(VISIT_S).
"""

from __future__ import annotations

import calendar
import contextlib
import fcntl
import hashlib
import json
import logging
import os
import secrets
import threading
import time
import uuid
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import msgspec

from tryon.errors import AssetError, ConsentError

log = logging.getLogger(__name__)

VISIT_S = 12 * 3600.0
"How long a consent holds: one visit. She is asked again on the next."
TOKEN_BYTES = 32
GUARDIAN_MAX = 80
"Letters of a guardian's name."
OF_ADULTS = frozenset({"measure", "keep"})
"Our tables of people are of adults: a child is not measured, whoever agrees."


class ConsentText(msgspec.Struct, frozen=True):
    """`GET /v1/consent`: the words of one language. Paragraphs are parted by an empty line."""

    version: str
    purposes: list[str]
    language: str
    text: str
    also: dict[str, str] = {}
    "What else she may agree to, each by itself, by its purpose; nothing of it is agreed to beforehand."

    @property
    def sha256(self) -> str:
        """Digest of the very words that were shown."""
        return hashlib.sha256("\n\n".join([self.text, *self.also.values()]).encode()).hexdigest()


def read_texts(folder: Path, about: str = "consent") -> dict[str, ConsentText]:
    """The words by language: of `consent` to the mirror, or `request` to the atelier. Raises AssetError."""
    texts = {}
    for path in sorted(folder.glob(f"{about}.*.json")):
        try:
            text = msgspec.json.decode(path.read_bytes(), type=ConsentText)
        except msgspec.DecodeError as err:
            raise AssetError("consent_text_unreadable", f"{path.name}: {err}.") from err
        texts[text.language] = text
    if "en" not in texts:
        raise AssetError("consent_text_missing", f"There is no {about}.en.json in {folder}.")
    english = texts["en"]
    for text in texts.values():
        # one version is one promise: who changes it says it anew in every language, or withdraws that language
        if (text.version, text.purposes, [*text.also]) != (english.version, english.purposes, [*english.also]):
            raise AssetError(
                "consent_versions_differ",
                f"{about}.{text.language}.json is of version {text.version}, {about}.en.json of {english.version}, or "
                "their purposes differ: translate the new words, then give both the same version.",
            )
    return texts


def lasting(texts: Mapping[str, ConsentText], days: int) -> dict[str, ConsentText]:
    """The words with how long a fit card is kept, as it is here."""
    return {
        code: msgspec.structs.replace(
            text, also={purpose: words.replace("{days}", f"{days}") for purpose, words in text.also.items()}
        )
        for code, text in texts.items()
    }


def language_of(accepted: str, texts: Collection[str]) -> str:
    """The first language of `Accept-Language` that there are words in; else English."""
    wanted = [part.split(";")[0].split("-")[0].strip() for part in accepted.split(",")]
    return next((code for code in wanted if code in texts), "en")


@dataclass(frozen=True, slots=True)
class Consent:
    """One answer."""

    id: str
    purposes: tuple[str, ...]
    until_s: float
    "When the visit is over, seconds since 1970."
    withdrawn: bool = False
    shop: str = ""
    "Id of the shop on whose page she agreed; empty: our own."
    sandbox: bool = False
    "By the shop's key for trying out."
    child: bool = False
    "A guardian agreed, for somebody under 16."


class Ledger:
    """See the module. Calls block on the disk: from the event loop, call them on a thread."""

    def __init__(self, path: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._path = path
        self._clock = clock
        self._lock = threading.Lock()
        self._by_token: dict[str, Consent] = {}
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # another server may write the same ledger anew: both hold this while they write
        self._door = os.open(path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        self._replay()
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def give(
        self, text: ConsentText, purposes: list[str], *, shop: str = "", sandbox: bool = False, guardian: str = ""
    ) -> tuple[Consent, str]:
        """Record an answer, and on which shop's page (`sandbox`: by its key for trying out); the consent and its bearer
        token. `guardian`: name of who agrees for a child. Raises ConsentError.
        """
        _check(text, purposes, child=bool(guardian))
        token = secrets.token_urlsafe(TOKEN_BYTES)
        consent = Consent(
            uuid.uuid4().hex,
            tuple(sorted(set(purposes))),
            self._clock() + VISIT_S,
            shop=shop,
            sandbox=sandbox,
            child=bool(guardian),
        )
        line = {
            "event": "given",
            "consent": consent.id,
            "version": text.version,
            "language": text.language,
            "purposes": consent.purposes,
            "text_sha256": text.sha256,
            "token_sha256": _digest(token),
            "until": consent.until_s,
            **({"shop": shop} if shop else {}),
            **({"sandbox": True} if sandbox else {}),
            **({"guardian": guardian} if guardian else {}),
        }
        with self._lock:
            self._append(line)
            self._forget_past()
            self._by_token[_digest(token)] = consent
        return consent, token

    def widen(self, token: str, text: ConsentText, purposes: list[str]) -> Consent:
        """Record that she agreed to more, in the same visit. Raises ConsentError."""
        with self._lock:
            before = self.find_valid(token)
            _check(text, purposes, child=before.child)
            consent = replace(before, purposes=tuple(sorted({*before.purposes, *purposes})))
            if consent != before:
                self._append(
                    {
                        "event": "widened",
                        "consent": consent.id,
                        "version": text.version,
                        "language": text.language,
                        "purposes": consent.purposes,
                        "text_sha256": text.sha256,
                    }
                )
                self._by_token[_digest(token)] = consent
        return consent

    def find(self, token: str, *, purpose: str) -> Consent:
        """The consent a token stands for, if it holds now and for this purpose. Raises ConsentError."""
        consent = self.find_valid(token)
        if purpose not in consent.purposes:
            raise ConsentError("consent_missing", f"This consent does not cover {purpose!r}.")
        return consent

    def find_valid(self, token: str) -> Consent:
        """The consent a token stands for, if it holds now. Raises ConsentError."""
        consent = self.find_any(token)
        if consent.withdrawn:
            raise ConsentError("consent_withdrawn", "This consent was withdrawn. Please agree again.")
        if consent.until_s < self._clock():
            raise ConsentError("consent_expired", "This consent was for an earlier visit. Please agree again.")
        return consent

    def find_any(self, token: str) -> Consent:
        """The consent a token stands for, whether or not it still holds. Raises ConsentError."""
        # without the lock, which is held while the disk syncs: this is called on the event loop
        consent = self._by_token.get(_digest(token))
        if consent is None:
            raise ConsentError("consent_unknown", "This consent is not known here. Please agree again.")
        return consent

    def used(self, consent: Consent, *, session: str) -> None:
        """Record that a session was opened under a consent."""
        with self._lock:
            self._append({"event": "used", "consent": consent.id, "session": session})

    def withdraw(self, token: str) -> None:
        """Record that she took her answer back; a second time changes nothing. Raises ConsentError."""
        consent = self.find_any(token)
        with self._lock:
            if not consent.withdrawn:
                # it must not hold any longer, even when the disk is full
                self._by_token[_digest(token)] = replace(consent, withdrawn=True)
                self._append({"event": "withdrawn", "consent": consent.id})

    def lines_of(self, token: str) -> list[dict[str, Any]]:
        """All lines of a consent, without its token's digest. Raises ConsentError."""
        id = self.find_any(token).id
        lines = [line for line in self._read() if line.get("consent") == id]
        return [{key: value for key, value in line.items() if key != "token_sha256"} for line in lines]

    def forget(self, token: str) -> None:
        """Take every line of a consent out; one is left that says that this was done. Raises ConsentError."""
        id = self.find_any(token).id
        with self._lock:
            self._write_anew(lambda lines: [line for line in lines if line["consent"] != id])
            self._append({"event": "deleted", "consent": id})
            del self._by_token[_digest(token)]

    def sweep(self, days: int) -> int:
        """Take out what is older than so many days after its visit; how many consents."""
        before_s = self._clock() - days * 86_400.0
        past: set[str] = set()

        def stays(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
            until = {line["consent"]: float(line["until"]) for line in lines if line["event"] == "given"}
            until |= {line["consent"]: _seconds(line["at"]) for line in lines if line["event"] == "deleted"}
            # a line whose consent is not there tells nothing of anybody who could still be answered
            past.update(line["consent"] for line in lines if until.get(line["consent"], 0.0) < before_s)
            return [line for line in lines if line["consent"] not in past]

        with self._lock:
            self._write_anew(stays)
        return len(past)

    def close(self) -> None:
        """Give the files back."""
        os.close(self._file)
        os.close(self._door)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """No other server writes meanwhile, and what this one writes is the file that is there."""
        fcntl.flock(self._door, fcntl.LOCK_EX)
        try:
            mine, there = os.fstat(self._file), os.stat(self._path) if self._path.exists() else None
            if there is None or (mine.st_dev, mine.st_ino) != (there.st_dev, there.st_ino):
                os.close(self._file)
                self._file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            yield
        finally:
            fcntl.flock(self._door, fcntl.LOCK_UN)

    def _read(self) -> list[dict[str, Any]]:
        """Every line that can be read."""
        lines = []
        for line in self._path.read_bytes().splitlines():
            with contextlib.suppress(ValueError):
                found = json.loads(line)
                if isinstance(found, dict) and {"at", "event", "consent"} <= found.keys():
                    lines.append(found)
        return lines

    def _write_anew(self, stays: Callable[[list[dict[str, Any]]], list[dict[str, Any]]]) -> None:
        """Leave only the lines that stay, whole or not at all: another file takes the place of this one."""
        with self._alone():
            before = self._read()
            lines = stays(before)
            if len(lines) == len(before):
                return
            part = self._path.with_suffix(".part")
            with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.writelines(_written(line) for line in lines)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self._path)
            folder = os.open(self._path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _append(self, line: dict[str, Any]) -> None:
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._clock()))
        written = _written({"at": at, **line})
        with self._alone():
            if os.write(self._file, written) != len(written):
                raise OSError("the consent ledger could not be written in full")
            os.fsync(self._file)

    def _forget_past(self) -> None:
        now_s = self._clock()
        self._by_token = {digest: c for digest, c in self._by_token.items() if c.until_s >= now_s}

    def _replay(self) -> None:
        """Read what was recorded, so that a visit goes on after a restart."""
        if not self._path.exists():
            return
        text = self._path.read_bytes()
        if text and not text.endswith(b"\n"):
            # a crash tore the last line: it was never answered, so it counts for nothing; keep it apart
            log.warning("the last line of %s is torn and is passed over", self._path.name)
            with self._path.open("ab") as file:
                file.write(b"\n")
        token_of: dict[str, str] = {}
        for number, line in enumerate(text.splitlines(), 1):
            try:
                record = json.loads(line)
                event, consent = record["event"], record["consent"]
                if event == "given":
                    token_of[consent] = record["token_sha256"]
                    self._by_token[record["token_sha256"]] = Consent(
                        consent,
                        tuple(record["purposes"]),
                        float(record["until"]),
                        shop=record.get("shop", ""),
                        sandbox=record.get("sandbox", False),
                        child="guardian" in record,
                    )
                elif event == "widened" and consent in token_of:
                    digest = token_of[consent]
                    self._by_token[digest] = replace(self._by_token[digest], purposes=tuple(record["purposes"]))
                elif event == "withdrawn" and consent in token_of:
                    digest = token_of[consent]
                    self._by_token[digest] = replace(self._by_token[digest], withdrawn=True)
            except (ValueError, KeyError, TypeError):
                log.warning("line %d of %s cannot be read and is passed over", number, self._path.name)
        self._forget_past()


def _check(text: ConsentText, purposes: list[str], *, child: bool) -> None:
    if child and not OF_ADULTS.isdisjoint(purposes):
        raise ConsentError(
            "consent_not_for_child", "Our measures are made for adults: somebody under 16 is not measured here."
        )
    unknown = sorted(set(purposes) - set(text.purposes))
    if unknown or not purposes:
        said = ", ".join(unknown) or "nothing"
        raise ConsentError(
            "consent_purpose_unknown", f"One can agree to {', '.join(text.purposes)}; this names {said}."
        )


def _written(line: Mapping[str, Any]) -> bytes:
    return (json.dumps(line, separators=(",", ":")) + "\n").encode()


def _seconds(at: str) -> float:
    """Seconds since 1970 of a line's moment."""
    return float(calendar.timegm(time.strptime(at, "%Y-%m-%dT%H:%M:%SZ")))


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()

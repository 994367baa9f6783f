"""What client and atelier agree on: the price, then the design, then the finished piece.

What she approves is named by its digest: of the words, the fit and the bytes of every file she was shown. A final
approval freezes its round; nothing can be put in front of her afterwards that she did not see.
"""

from __future__ import annotations

import hashlib
import json

from sqlalchemy import func, select

from tryon.atelier import asked, pricing
from tryon.atelier.progress import ROUND_OF, file_of, move
from tryon.atelier.store import Unit
from tryon.atelier.tables import Comment, File, Quote, QuoteLine, Request, Revision, RevisionFile, Verdict
from tryon.atelier.trade import FileKind, Round, Stage
from tryon.atelier.who import need
from tryon.errors import AtelierError, InputError

REVISIONS_INCLUDED = 3
"Of each round; from then on a revision may cost. The trade's custom is 3 to 4."
SHOWN_AT: dict[Round, tuple[Stage, ...]] = {"one": ("cad", "approval_one"), "two": ("hand_finishing", "approval_two")}
"Where a revision of a round can be put in front of her."
SHOWN_KINDS: dict[Round, frozenset[FileKind]] = {"one": frozenset({"render", "design"}), "two": frozenset({"proof"})}
DECIDED_AT: dict[Round, Stage] = {round: stage for stage, round in ROUND_OF.items()}


def quote(unit: Unit, request: Request, said: asked.Priced) -> Quote:
    """A price for a request; one that was agreed is not replaced. Raises AccessError, InputError, AtelierError."""
    need(unit.who, "owner", "consultant")
    if request.stage not in ("enquiry", "consultation"):
        raise AtelierError("stage_wrong", f"A price is made in consultation; this request is at {request.stage}.")
    last = newest_quote(unit, request.id)
    if last is not None and last.agreed_at is not None:
        raise AtelierError("price_agreed", "The client agreed to the price already. It is not changed any more.")
    lines = [pricing.Line(line.driver, asked.plain(line.words), line.minor) for line in said.lines]
    if not 0 < pricing.total(lines) <= pricing.MINOR_MAX:
        raise InputError("price_wrong", "A price is more than 0, and not that much. Please look at the lines again.")
    made = Quote(
        id=unit.new_id(),
        request_id=request.id,
        number=1 if last is None else last.number + 1,
        currency=said.currency,
        deposit_minor=pricing.deposit(lines),
        made_at=unit.now,
        by_id=unit.who.id,
    )
    unit.rows.add(made)
    unit.rows.flush()
    for position, line in enumerate(lines):
        unit.rows.add(
            QuoteLine(quote_id=made.id, position=position, driver=line.driver, words=line.words, minor=line.minor)
        )
    unit.tell("price.made", request.id, number=made.number)
    return made


def agree_price(unit: Unit, request: Request, number: int) -> Quote:
    """The client agrees to the newest price. Raises AccessError, AtelierError."""
    need(unit.who, "client")
    last = newest_quote(unit, request.id)
    if last is None or last.number != number:
        raise AtelierError("price_outdated", "There is a newer price. Please look at it first.")
    if last.agreed_at is None:
        last.agreed_at = unit.now
        unit.tell("price.agreed", request.id, number=number)
    return last


def receive_deposit(unit: Unit, request: Request) -> None:
    """The deposit came in. Raises AccessError, AtelierError."""
    need(unit.who, "owner", "consultant")
    if request.stage != "deposit":
        raise AtelierError("stage_wrong", f"No deposit is awaited; this request is at {request.stage}.")
    request.deposit_at = request.deposit_at or unit.now


def newest_quote(unit: Unit, request_id: str) -> Quote | None:
    """The price that holds."""
    return unit.rows.scalar(select(Quote).where(Quote.request_id == request_id).order_by(Quote.number.desc()).limit(1))


def show(unit: Unit, request: Request, round: Round, said: asked.Shown) -> Revision:
    """A new revision of a round. Raises AccessError, InputError, AtelierError."""
    need(unit.who, "artisan", "owner")
    if request.stage not in SHOWN_AT[round]:
        raise AtelierError(
            "stage_wrong", f"Round {round} is shown at {' or '.join(SHOWN_AT[round])}; this is at {request.stage}."
        )
    if _final(unit, request.id, round):
        raise AtelierError("approval_given", "She approved finally; what she approved is not changed any more.")
    files = [file_of(unit, request.id, id) for id in dict.fromkeys(said.files)]
    if any(file.kind not in SHOWN_KINDS[round] for file in files):
        raise InputError("file_wrong", f"Round {round} shows {' or '.join(sorted(SHOWN_KINDS[round]))}.")
    words, fit = asked.plain(said.words, lines=True), asked.snapshot(said.fit)
    count = unit.rows.scalar(select(func.count()).where(Revision.request_id == request.id, Revision.round == round))
    made = Revision(
        id=unit.new_id(),
        request_id=request.id,
        round=round,
        number=(count or 0) + 1,
        words=words,
        fit=fit,
        sha256=shown_sha256(words, fit, files),
        made_at=unit.now,
        by_id=unit.who.id,
    )
    unit.rows.add(made)
    unit.rows.flush()
    for position, file in enumerate(files):
        unit.rows.add(RevisionFile(revision_id=made.id, file_id=file.id, position=position))
    unit.tell("revision.made", request.id, round=round, number=made.number)
    return made


def shown_sha256(words: str, fit: object, files: list[File]) -> str:
    """Digest of all that is shown with a revision."""
    shown = [words, fit, [[file.mime, file.sha256] for file in files]]
    return hashlib.sha256(json.dumps(shown, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def comment(unit: Unit, request: Request, round: Round, number: int, said: asked.Said) -> Comment:
    """Words on a revision; pinned where x and y are given. Raises InputError, AtelierError."""
    revision = revision_of(unit, request.id, round, number)
    pinned = said.x is not None and said.y is not None
    if (said.x is None) != (said.y is None) or (pinned and said.file is None):
        raise InputError("pin_wrong", "A pin has a picture, x and y; words without one have none of them.")
    if said.file is not None and unit.rows.get(RevisionFile, (revision.id, said.file)) is None:
        raise AtelierError("file_unknown", "This file is not part of that revision.")
    words = asked.plain(said.words, lines=True)
    if not words:
        raise InputError("words_missing", "A comment has words.")
    made = Comment(
        id=unit.new_id(),
        revision_id=revision.id,
        file_id=said.file,
        x=said.x,
        y=said.y,
        words=words,
        at=unit.now,
        by_role=unit.who.role,
        by_id=unit.who.id,
    )
    unit.rows.add(made)
    unit.tell("comment.made", request.id, round=round, number=number)
    return made


def decide(unit: Unit, request: Request, round: Round, said: asked.Decided) -> Verdict:
    """The client's word on the newest revision, as she saw it; `changes` sends the request back to the bench.

    Raises AccessError, AtelierError.
    """
    need(unit.who, "client")
    if _final(unit, request.id, round):
        raise AtelierError("approval_given", "You approved this finally already. Nothing was changed.")
    if request.stage != DECIDED_AT[round]:
        raise AtelierError("stage_wrong", f"There is nothing to approve now; this request is at {request.stage}.")
    revision = revision_of(unit, request.id, round, said.revision)
    newer = select(Revision.id).where(
        Revision.request_id == request.id, Revision.round == round, Revision.number > said.revision
    )
    if unit.rows.scalar(newer) is not None or revision.sha256 != said.sha256:
        raise AtelierError("revision_outdated", "There is a newer revision than the one you saw. Please look at it.")
    made = Verdict(
        id=unit.new_id(),
        revision_id=revision.id,
        request_id=request.id,
        round=round,
        decision=said.decision,
        sha256=revision.sha256,
        words=asked.plain(said.words, lines=True),
        at=unit.now,
        by_id=unit.who.id,
    )
    unit.rows.add(made)
    unit.rows.flush()
    unit.tell(f"approval.{said.decision}", request.id, round=round, number=revision.number)
    if said.decision == "changes":
        move(unit, request, SHOWN_AT[round][0], None, words=made.words)
    return made


def revision_of(unit: Unit, request_id: str, round: Round, number: int) -> Revision:
    """A revision by its number. Raises AtelierError."""
    found = unit.rows.scalar(
        select(Revision).where(Revision.request_id == request_id, Revision.round == round, Revision.number == number)
    )
    if found is None:
        raise AtelierError("revision_unknown", "There is no such revision.")
    return found


def _final(unit: Unit, request_id: str, round: Round) -> bool:
    final = select(Verdict.id).where(
        Verdict.request_id == request_id, Verdict.round == round, Verdict.decision == "final"
    )
    return unit.rows.scalar(final) is not None

"""The way of a request: one table of transitions, who may make each, and what must be so before: pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tryon.atelier.trade import MAKING, Role, Stage

Guard = Literal[
    "consultant",
    "artisan",
    "price_agreed",
    "deposit",
    "revision_one",
    "revision_two",
    "final_one",
    "final_two",
    "quality",
    "numbered",
    "parcel",
    "held_here",
]
HOUSE: frozenset[Role] = frozenset({"owner", "consultant"})
BENCH: frozenset[Role] = frozenset({"owner", "artisan"})
CLIENT: frozenset[Role] = frozenset({"client"})


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may make a transition, and what must be so."""

    actors: frozenset[Role]
    guards: tuple[Guard, ...] = ()


@dataclass(frozen=True, slots=True)
class Standing:
    """What is so with a request."""

    consultant: bool = False
    artisan: bool = False
    price_agreed: bool = False
    deposit: bool = False
    revision_one: bool = False
    "A revision of round one stands that she has not sent back."
    revision_two: bool = False
    final_one: bool = False
    final_two: bool = False
    quality: bool = False
    numbered: bool = False
    "It has its number, or its edition is open."
    parcel: bool = False
    held_from: Stage | None = None


WORDS: dict[Guard, str] = {
    "consultant": "no consultant takes care of it yet",
    "artisan": "no artisan has accepted it yet",
    "price_agreed": "the client has not agreed to the price",
    "deposit": "the deposit has not been received",
    "revision_one": "there is no design to look at",
    "revision_two": "there is no proof of the finished piece to look at",
    "final_one": "the client has not finally approved the design",
    "final_two": "the client has not finally approved the finished piece",
    "quality": "quality control has not passed",
    "numbered": "the piece has no number of its edition",
    "parcel": "it is not packed: checklist, insurance, tracking or delivery window are missing",
    "held_here": "it was put on hold at another stage",
}

TRANSITIONS: dict[tuple[Stage, Stage], Rule] = {
    ("draft", "enquiry"): Rule(CLIENT),
    ("enquiry", "consultation"): Rule(HOUSE, ("consultant",)),
    ("consultation", "deposit"): Rule(HOUSE, ("artisan", "price_agreed")),
    ("deposit", "stone_sourcing"): Rule(HOUSE, ("deposit",)),
    ("stone_sourcing", "cad"): Rule(BENCH),
    ("cad", "approval_one"): Rule(BENCH, ("revision_one",)),
    ("approval_one", "cad"): Rule(BENCH | CLIENT),
    ("approval_one", "casting"): Rule(BENCH, ("final_one",)),
    ("casting", "setting"): Rule(BENCH),
    ("setting", "hand_finishing"): Rule(BENCH),
    ("hand_finishing", "approval_two"): Rule(BENCH, ("revision_two",)),
    ("approval_two", "hand_finishing"): Rule(BENCH | CLIENT),
    ("approval_two", "qc"): Rule(BENCH, ("final_two",)),
    ("qc", "hand_finishing"): Rule(HOUSE),
    ("qc", "packed"): Rule(HOUSE, ("quality", "numbered", "parcel")),
    ("packed", "delivered"): Rule(HOUSE),
    ("enquiry", "declined"): Rule(HOUSE),
    ("consultation", "declined"): Rule(HOUSE),
}
for _stage in MAKING[:-1]:
    TRANSITIONS[_stage, "on_hold"] = Rule(HOUSE)
    TRANSITIONS["on_hold", _stage] = Rule(HOUSE, ("held_here",))
    # until metal is cast she may leave by herself; later the house decides with her
    early = MAKING.index(_stage) < MAKING.index("casting")
    TRANSITIONS[_stage, "cancelled"] = Rule(HOUSE | CLIENT if early else HOUSE)
TRANSITIONS["on_hold", "cancelled"] = Rule(HOUSE)
END: frozenset[Stage] = frozenset({"delivered", "declined", "cancelled"})


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a request cannot go there."""

    reason: Literal["stage_wrong", "role_wrong", "stage_not_ready"]
    detail: str


def refusal(standing: Standing, here: Stage, there: Stage, role: Role) -> Refusal | None:
    """Why a request at `here` cannot go `there` by the hand of `role`; None: it can."""
    rule = TRANSITIONS.get((here, there))
    if rule is None:
        can = ", ".join(next_stages(here)) or "nowhere: it is over"
        return Refusal("stage_wrong", f"From {here} a request does not go to {there}; it goes to {can}.")
    if role not in rule.actors:
        return Refusal("role_wrong", f"That step is for {' or '.join(sorted(rule.actors))}; you are {role}.")
    missing = [WORDS[guard] for guard in needs(standing, here, there)]
    if missing:
        return Refusal("stage_not_ready", f"It cannot go to {there} yet: {'; '.join(missing)}.")
    return None


def needs(standing: Standing, here: Stage, there: Stage) -> list[Guard]:
    """What is not so yet and must be before a request can go from `here` to `there`, a transition of the table."""
    return [guard for guard in TRANSITIONS[here, there].guards if not _holds(guard, standing, there)]


def next_stages(here: Stage) -> list[Stage]:
    """Where a request can go from `here`, in the table's order."""
    return [there for (frm, there) in TRANSITIONS if frm == here]


def _holds(guard: Guard, standing: Standing, there: Stage) -> bool:
    if guard == "held_here":
        return standing.held_from == there
    return bool(getattr(standing, guard))

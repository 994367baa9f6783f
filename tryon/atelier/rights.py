"""Who of the atelier may do what: one table, pure.

What may be done with one request rests on more than a role: which stage it is at (`stages.TRANSITIONS`) and whose it is
(`who.may_see`).
"""

from __future__ import annotations

from typing import Literal, get_args

from tryon.atelier.trade import StaffRole
from tryon.atelier.who import Who
from tryon.errors import AccessError

Deed = Literal[
    "people.see",
    "people.invite",
    "people.remove",
    "appointments.make",
    "mail.see",
    "packet.take",
    "shops.keep",
    "pieces.keep",
]
DEEDS: tuple[Deed, ...] = get_args(Deed)
ROLES: tuple[StaffRole, ...] = get_args(StaffRole)

MAY: dict[Deed, frozenset[StaffRole]] = {
    "people.see": frozenset({"owner", "consultant", "artisan"}),
    "people.invite": frozenset({"owner"}),
    "people.remove": frozenset({"owner"}),
    "appointments.make": frozenset({"owner", "consultant"}),
    "mail.see": frozenset({"owner", "consultant"}),
    "packet.take": frozenset({"owner", "consultant", "artisan"}),
    "shops.keep": frozenset({"owner"}),
    "pieces.keep": frozenset({"owner"}),
}


def may(role: str, deed: Deed) -> bool:
    """Whether somebody of this role may do it; a client and the house itself stand outside."""
    return role in MAY[deed]


def check(who: Who, deed: Deed) -> None:
    """Nothing, if they may. Raises AccessError."""
    if not may(who.role, deed):
        able = " or ".join(role for role in ROLES if role in MAY[deed])
        raise AccessError("role_wrong", f"This is for the {able} of the atelier; you are signed in as {who.role}.")


def deeds_of(role: str) -> list[Deed]:
    """All that somebody of this role may do."""
    return [deed for deed in DEEDS if may(role, deed)]

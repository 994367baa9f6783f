"""Who acts, and what they may see; how a request over HTTP is known to come from them is the porter's to say."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from tryon.atelier.trade import Role
from tryon.errors import AccessError


@dataclass(frozen=True, slots=True)
class Who:
    """Somebody who acts: a client (id of her request), one of the staff (id of hers), or the house (no id)."""

    role: Role
    id: str = ""


HOUSE = Who("house")


class Porter(Protocol):
    """Tells the staff from everybody else; filled by whoever keeps accounts. It may block: call it on a thread."""

    def who(self, headers: Mapping[str, str], *, unsafe: bool) -> Who:
        """The person of the staff a request comes from. Raises AccessError.

        `headers`: of the request, names in small letters. `unsafe`: it would change something, so that a porter who
        knows people by a cookie can ask for more (an Origin, a token of the page).
        """
        ...


def need(who: Who, *roles: Role) -> None:
    """Nothing, if `who` has one of these roles. Raises AccessError."""
    if who.role not in roles:
        raise AccessError("role_wrong", f"This is for {' or '.join(roles)}; you are {who.role}.")


def may_see(who: Who, *, request: str, artisan: str | None, offered: frozenset[str] = frozenset()) -> bool:
    """Whether they may see a request: its client, owner and consultants, its artisan, and to whom it is offered."""
    if who.role in ("owner", "consultant", "house"):
        return True
    if who.role == "client":
        return who.id == request
    return who.id == artisan or who.id in offered

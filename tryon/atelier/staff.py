"""The people of the atelier, as requests need them; how they sign in is another room's."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import select

from tryon.atelier import asked
from tryon.atelier.store import Unit
from tryon.atelier.tables import Language, Skill, Staff
from tryon.atelier.trade import StaffRole
from tryon.atelier.who import need
from tryon.errors import AtelierError, InputError


def hire(
    unit: Unit,
    role: StaffRole,
    name: str,
    email: str,
    *,
    skills: Iterable[str] = (),
    languages: Iterable[str] = ("en",),
    capacity_month: int = 0,
) -> Staff:
    """Somebody new in the atelier. Raises AccessError, InputError, AtelierError."""
    need(unit.who, "owner", "house")
    address = asked.checked_email(email).lower()
    if not address or not asked.plain(name):
        raise InputError("email_wrong", "Somebody of the atelier has a name and a mail address.")
    if unit.rows.scalar(select(Staff.id).where(Staff.email == address)) is not None:
        raise AtelierError("email_taken", "Somebody of the atelier has this mail address already.")
    staff = Staff(
        id=unit.new_id(),
        role=role,
        name=asked.plain(name),
        email=address,
        active=True,
        capacity_month=capacity_month,
        made_at=unit.now,
    )
    unit.about = staff.id
    unit.rows.add(staff)
    unit.rows.flush()
    unit.rows.add_all(Skill(staff_id=staff.id, skill=skill) for skill in sorted(set(skills)))
    unit.rows.add_all(Language(staff_id=staff.id, language=language) for language in sorted(set(languages)))
    return staff

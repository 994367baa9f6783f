"""Fifty clients at once for the last ten numbers of an edition, on both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from tests.atelier.workshop import House
from tryon.atelier import finish, requests
from tryon.atelier.store import Unit
from tryon.atelier.tables import Number, Request
from tryon.atelier.who import HOUSE
from tryon.errors import AtelierError

CLIENTS = 50
LAST = 10


def test_fifty_at_once_for_the_last_ten_numbers(house: House) -> None:
    piece = house.pieces["aurora"]
    assert piece.edition_of == 25
    owner = house.who("Odile")

    def begin(unit: Unit) -> list[str]:
        rows = [_paid(unit) for _ in range(CLIENTS + 25 - LAST)]
        unit.rows.add_all(rows)
        return [row.id for row in rows]

    ids = house.store.change(HOUSE, "test.begin", begin)

    def give(unit: Unit, id: str) -> int:
        return finish.give_number(unit, requests.held(unit, id), piece).number

    first = [house.store.change(owner, "number.give", lambda unit, id=id: give(unit, id)) for id in ids[:-CLIENTS]]
    assert first == list(range(1, 16))
    together = Barrier(CLIENTS)

    def ask(id: str) -> int | str:
        together.wait()
        try:
            return house.store.change(owner, "number.give", lambda unit: give(unit, id))
        except AtelierError as err:
            return err.reason

    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(ask, ids[-CLIENTS:]))

    assert sorted(answer for answer in answers if isinstance(answer, int)) == list(range(16, 26))
    assert [answer for answer in answers if isinstance(answer, str)] == ["edition_full"] * (CLIENTS - LAST)
    rows = house.store.look(lambda unit: [(row.number, row.state) for row in unit.rows.query(Number)])
    assert sorted(rows) == [(number, "given") for number in range(1, 26)]
    assert house.store.verify().faults == []
    again = {id: house.store.change(owner, "number.give", lambda unit, id=id: give(unit, id)) for id in ids[:3]}
    assert list(again.values()) == [1, 2, 3]


def test_a_number_that_is_void_is_not_given_again(house: House) -> None:
    piece, owner = house.pieces["aurora"], house.who("Odile")

    def begin(unit: Unit) -> str:
        row = _paid(unit)
        unit.rows.add(row)
        return row.id

    id = house.store.change(HOUSE, "test.begin", begin)

    def give(unit: Unit) -> int:
        return finish.give_number(unit, requests.held(unit, id), piece).number

    assert house.store.change(owner, "number.give", give) == 1
    house.store.change(owner, "number.void", lambda unit: finish.void_number(unit, requests.held(unit, id)))
    assert house.store.change(owner, "number.give", give) == 2


def _paid(unit: Unit) -> Request:
    """A request whose deposit came in."""
    texts = dict.fromkeys(("materials", "stones", "notes", "name", "email", "phone"), "")
    return Request(
        id=unit.new_id(), stage="stone_sourcing", lead_weeks=6, language="en", made_at=unit.now, version=1, **texts
    )

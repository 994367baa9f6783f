"""The store on SQLite and PostgreSQL: units of work, migrations, the audit trail, keys, links, and a whole atelier."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tests.atelier.conftest import Clock
from tests.atelier.workshop import House, catalogue
from tryon.atelier import asked, kept, requests, sample, staff
from tryon.atelier.database import examine, open_engine
from tryon.atelier.files import Files
from tryon.atelier.kept import Once, Reply
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Outbox, Request, Staff, Table
from tryon.atelier.trade import STAGES
from tryon.atelier.who import HOUSE, Who
from tryon.errors import AccessError, AtelierError, InputError, SettingError


def count(store: Store, table: str) -> int:
    return store.look(lambda unit: int(unit.rows.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()))


def past(database: str, statement: str) -> None:
    """Change the database past the store."""
    engine = open_engine(database)
    try:
        with Session(engine) as session, session.begin():
            session.execute(text(statement))
    finally:
        engine.dispose()


def test_migrations_make_the_tables_that_the_store_reads(store: Store, database: str) -> None:
    engine = open_engine(database)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        assert compare_metadata(context, Table.metadata) == []
    engine.dispose()
    Store(database).close()  # a second time there is nothing to do


def test_every_fixed_word_is_held_by_the_database(store: Store, database: str) -> None:
    store.change(HOUSE, "staff.hire", lambda unit: staff.hire(unit, "owner", "Odile", "o@atelier.example"))

    with pytest.raises(Exception, match=r"(?i)check"):
        past(database, "UPDATE staff SET role = 'king'")


def test_a_database_of_another_version_or_none_is_said(tmp_path: Path, database: str) -> None:
    Store(database).close()
    past(database, "UPDATE alembic_version SET version_num = '9999'")

    with pytest.raises(SettingError, match="Use a newer tryon"):
        Store(database)
    for url in ("mysql://me:secret@here/db", "nonsense"):
        with pytest.raises(SettingError) as err:
            Store(url)
        assert "secret" not in err.value.detail
    with pytest.raises(SettingError, match="cannot be opened"):
        Store("postgresql://atelier:secret@127.0.0.1:1/none")


def test_the_doctor_says_which_database_it_is(database: str) -> None:
    found = examine(database)

    assert found.startswith(("sqlite 3.", "postgresql 1"))
    with pytest.raises(SettingError, match="cannot be opened"):
        examine("postgresql://atelier@127.0.0.1:1/none")


def test_a_unit_that_fails_leaves_nothing(store: Store) -> None:
    def work(unit: Unit) -> None:
        staff.hire(unit, "owner", "Odile", "o@atelier.example")
        unit.tell("staff.hired", None)
        unit.rows.flush()
        raise AtelierError("stage_wrong", "No.")

    with pytest.raises(AtelierError):
        store.change(HOUSE, "staff.hire", work)
    assert [count(store, table) for table in ("staff", "languages", "outbox", "audit")] == [0, 0, 0, 0]


def test_rows_outbox_and_audit_are_written_together(store: Store) -> None:
    def work(unit: Unit) -> None:
        staff.hire(unit, "owner", "Odile", "o@atelier.example", languages=("en", "fr"))
        unit.tell("staff.hired", None, role="owner")

    store.change(HOUSE, "staff.hire", work)

    assert [count(store, table) for table in ("staff", "languages", "outbox", "audit")] == [1, 2, 1, 1]
    waiting = store.look(lambda unit: unit.rows.execute(select(Outbox.topic, Outbox.payload, Outbox.next_at)).one())
    assert (waiting.topic, waiting.payload) == ("staff.hired", {"role": "owner"})
    assert waiting.next_at.tzinfo is datetime.UTC
    assert store.verify().lines == 1  # the outbox is no business of the audit's


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE staff SET name = 'Mallory'", "was changed past the store"),
        ("DELETE FROM languages", "was taken out past the store"),
        ("INSERT INTO skills (staff_id, skill) SELECT id, 'magic' FROM staff", "was put in past the store"),
        ("UPDATE audit SET by_id = 'mallory' WHERE number = 2", "line 2 was changed"),
        ("DELETE FROM audit WHERE number = 2", "line 2 is missing"),
        ("DELETE FROM audit WHERE number = 3", "lines at the end are gone"),
    ],
)
def test_the_audit_trail_shows_tampering(store: Store, database: str, statement: str, fault: str) -> None:
    for index in range(3):
        store.change(HOUSE, "staff.hire", lambda unit, n=index: staff.hire(unit, "artisan", f"A{n}", f"a{n}@x.example"))
    noted = store.verify()
    assert (noted.faults, noted.lines, noted.rows) == ([], 3, 6)
    assert store.verify(noted=noted.head).faults == []
    assert "was written anew" in store.verify(noted="0" * 64).faults[0]

    past(database, statement)

    assert any(fault in said for said in store.verify().faults)


def test_the_sample_atelier_stands_at_every_stage(store: Store, folder: Path, tmp_path: Path) -> None:
    pieces = {id: piece for id, piece in catalogue().items() if piece.tiers}
    made = sample.fill(store, Files(str(tmp_path / "files")), pieces, folder)

    stages = store.look(lambda unit: {row.id: row.stage for row in unit.rows.query(Request)})
    assert {stage: stages[id] for stage, id in made.requests.items()} == {stage: stage for stage in STAGES}
    assert store.verify().faults == []
    assert made.provenance
    with pytest.raises(SettingError, match="needs an empty one"):
        sample.fill(store, Files(str(tmp_path / "files")), pieces, folder)


def test_two_who_change_the_same_do_not_overwrite_each_other(house: House) -> None:
    id = house.journey.begin("aurora", "Ana", "en")
    wish = asked.Wish(notes="first")

    def save(unit: Unit, version: int, notes: str) -> int:
        row = requests.held(unit, id, version)
        requests.save(unit, row, asked.Wish(notes=notes), house.pieces)
        return row.version

    client = Who("client", id)
    assert house.store.change(client, "request.save", lambda unit: save(unit, 1, wish.notes)) == 2
    with pytest.raises(AtelierError) as err:
        house.store.change(client, "request.save", lambda unit: save(unit, 1, "second"))
    assert err.value.reason == "changed_meanwhile"
    assert house.store.look(lambda unit: unit.rows.get_one(Request, id).notes) == "first"


def test_an_idempotency_key_does_it_once(store: Store, clock: Clock) -> None:
    def hire(unit: Unit) -> Reply:
        made = staff.hire(unit, "artisan", "Yuki", f"y{unit.new_id()}@x.example")
        return Reply(201, made.id, {"ETag": '"1"'})

    def ask(key: str, asked_: str) -> Reply:
        once = Once("owner:o:hire", key, asked_)
        return store.change(HOUSE, "staff.hire", lambda unit: kept.answer_once(unit, once, hire))

    first = ask("k1", "a" * 64)
    assert ask("k1", "a" * 64) == first
    assert count(store, "staff") == 1
    with pytest.raises(AtelierError, match="used for something else"):
        ask("k1", "b" * 64)
    assert ask("k2", "a" * 64) != first
    clock.now += datetime.timedelta(days=2)
    assert ask("k1", "b" * 64) != first
    assert store.verify().faults == []


def test_a_link_is_used_once_and_no_token_is_kept(house: House, clock: Clock, database: str) -> None:
    id = house.journey.begin("aurora", "Ana", "en")
    client = Who("client", id)

    def link() -> str:
        return house.store.change(
            client, "request.link", lambda unit: requests.hand_over(unit, requests.held(unit, id))
        )

    token = link()
    other, key = house.store.change(Who("client"), "take", lambda unit: requests.take_over(unit, token))
    assert other == id
    assert house.store.look(lambda unit: requests.client_of(unit, key)) == client
    for wrong, reason in ((token, "link_used"), (key, "link_unknown"), ("", "link_unknown")):
        with pytest.raises(AccessError) as err:
            house.store.change(Who("client"), "take", lambda unit, wrong=wrong: requests.take_over(unit, wrong))
        assert err.value.reason == reason
    late = link()
    clock.now += datetime.timedelta(days=8)
    with pytest.raises(AccessError, match="too old"):
        house.store.change(Who("client"), "take", lambda unit: requests.take_over(unit, late))
    clock.now += datetime.timedelta(days=730)
    with pytest.raises(AccessError, match="too old"):
        house.store.look(lambda unit: requests.client_of(unit, key))
    with pytest.raises(AccessError, match="opens no request"):
        house.store.look(lambda unit: requests.client_of(unit, token))
    rows = house.store.look(lambda unit: str(unit.rows.execute(text("SELECT * FROM links")).all()))
    assert token not in rows
    assert key not in rows


def test_a_draft_is_its_clients_own_and_can_be_thrown_away(house: House) -> None:
    id = house.journey.begin("aurora", "Ana", "en")
    client = Who("client", id)
    house.journey.attach(client, id, "snapshot", "poster.png")

    for who in (house.who("Odile"), house.who("Matteo"), Who("client", "somebody")):
        with pytest.raises(AtelierError, match="not yours"):
            house.store.look(lambda unit: requests.reach(unit, id), who)
    keys = house.store.change(client, "request.discard", lambda unit: requests.discard(unit, requests.held(unit, id)))
    assert len(keys) == 1
    assert [count(house.store, table) for table in ("requests", "request_pieces", "links", "files")] == [0, 0, 0, 0]
    assert house.store.verify().faults == []


def test_ids_sort_by_when_they_were_made(store: Store) -> None:
    ids = [store.chance.new_id(datetime.datetime(2026, 11, 22, tzinfo=datetime.UTC)) for _ in range(1000)]

    assert ids == sorted(set(ids))
    assert all(id[14] == "7" for id in ids)


def test_people_are_checked_when_they_are_hired(store: Store) -> None:
    store.change(HOUSE, "hire", lambda unit: staff.hire(unit, "owner", "Odile", "O@Atelier.example"))
    assert store.look(lambda unit: unit.rows.query(Staff).one().email) == "o@atelier.example"
    with pytest.raises(AtelierError, match="already"):
        store.change(HOUSE, "hire", lambda unit: staff.hire(unit, "owner", "Other", "o@atelier.EXAMPLE"))
    for wrong in ("", "o@", "@x.example", "a b@x.example", "a@x", "a@" + "x" * 250 + ".example", "<a@x.example>"):
        with pytest.raises(InputError):
            store.change(HOUSE, "hire", lambda unit, wrong=wrong: staff.hire(unit, "owner", "Other", wrong))
    with pytest.raises(AccessError):
        store.change(Who("artisan", "a"), "hire", lambda unit: staff.hire(unit, "owner", "Other", "b@x.example"))


def test_what_is_read_is_read_as_of_one_moment(store: Store, house: House) -> None:
    def read(unit: Unit) -> tuple[int, int]:
        first = unit.rows.query(Request).count()
        house.journey.begin("aurora", "Ana", "en")  # by somebody else, meanwhile
        return first, unit.rows.query(Request).count()

    assert store.look(read) == (0, 0)
    assert store.look(lambda unit: unit.rows.query(Request).count()) == 1

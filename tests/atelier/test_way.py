"""The pure parts: dates, pairing, prices, and the table of stages; and the stages as a state machine over the store."""

from __future__ import annotations

import datetime
import tempfile
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.atelier.workshop import open_house
from tryon.atelier import asked, finish, pricing, progress, requests
from tryon.atelier.dates import MARGIN_DAYS, SHARES, add_workdays, dues, possible, workdays_between
from tryon.atelier.pairing import Artisan, matches, skills_asked
from tryon.atelier.stages import END, TRANSITIONS, WORDS, Guard, Standing, next_stages, refusal
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Number, Request, Step, Verdict
from tryon.atelier.trade import MAKING, STAGES, Role, Stage
from tryon.atelier.who import Who
from tryon.errors import TryonError

days = st.dates(datetime.date(2026, 1, 1), datetime.date(2031, 1, 1))
TODAY = datetime.date(2026, 11, 23)


@given(day=days, count=st.integers(-400, 400))
def test_workdays_are_counted_both_ways(day: datetime.date, count: int) -> None:
    there = add_workdays(day, count)

    assert count == 0 or there.weekday() < 5
    assert workdays_between(day, there) == count


@given(event=days, weeks=st.integers(1, 60))
def test_due_dates_count_back_from_the_event(event: datetime.date, weeks: int) -> None:
    found = dues(event, weeks)
    order = [found[stage] for stage in ("deposit", *SHARES)]

    assert order == sorted(order)
    assert order[-1] == add_workdays(event, -MARGIN_DAYS)
    assert workdays_between(order[0], order[-1]) == 5 * weeks


@pytest.mark.parametrize(
    ("event", "weeks", "answer", "slack"),
    [
        (None, 6, "unknown", 0),
        (TODAY, 6, "past", 0),
        (TODAY - datetime.timedelta(days=1), 6, "past", 0),
        (datetime.date(2033, 1, 1), 6, "too_far", 0),
        (TODAY + datetime.timedelta(weeks=6), 6, "too_soon", -5),
        (TODAY + datetime.timedelta(weeks=7), 6, "tight", 0),
        (TODAY + datetime.timedelta(weeks=9), 6, "in_time", 10),
    ],
)
def test_what_is_possible_by_a_date(event: datetime.date | None, weeks: int, answer: str, slack: int) -> None:
    found = possible(TODAY, event, weeks)

    assert (found.answer, found.slack_days) == (answer, slack)


@given(today=days, event=days, weeks=st.integers(1, 40))
def test_begun_on_the_last_day_it_is_ready_the_margin_before(
    today: datetime.date, event: datetime.date, weeks: int
) -> None:
    found = possible(today, event, weeks)
    if found.begin_by is not None:
        ready = possible(found.begin_by, event, weeks).ready_on
        assert ready is not None
        assert add_workdays(ready, MARGIN_DAYS) <= event or event.weekday() > 4


def test_the_best_match_comes_first_with_its_reason() -> None:
    yuki = Artisan("yuki", frozenset({"child_sizes"}), frozenset({"en"}), 3)
    matteo = Artisan("matteo", frozenset({"stones"}), frozenset({"en"}), 3)
    solange = Artisan("solange", frozenset({"stones", "filigree"}), frozenset({"fr"}), 0)
    skills = skills_asked("a necklace with rubies", "filigree, please")
    assert skills == {"stones", "filigree"}

    found = matches([yuki, matteo, solange], skills=skills, language="fr")

    assert [match.artisan for match in found] == ["matteo", "yuki", "solange"]  # who is full comes last
    assert found[0].because == ("skill:stones", "lacks:filigree", "no_language:fr", "free:3")
    assert [m.artisan for m in matches([yuki, matteo], skills=skills, language="en", declined=frozenset({"matteo"}))]
    assert skills_asked("a necklace, replaced") == frozenset()


def test_a_price_says_what_drives_it() -> None:
    lines = [
        pricing.Line("stones", "", 500_00),
        pricing.Line("metal", "", 300_00),
        pricing.Line("stones", "", 250_01),
        pricing.Line("other", "a friend of the house", -50_00),
    ]

    assert pricing.total(lines) == 1000_01
    assert pricing.deposit(lines) == 301_00
    assert list(pricing.shares(lines)) == ["stones", "metal", "other"]
    assert sum(pricing.shares(lines).values()) == pytest.approx(1.0)


def test_the_table_leads_from_every_stage_to_the_end() -> None:
    reached: set[Stage] = {"draft"}
    while more := {there for here in reached for there in next_stages(here)} - reached:
        reached |= more

    assert reached == set(STAGES)
    assert {stage for stage in STAGES if not next_stages(stage)} == END
    assert set(get_args(Guard)) == set(WORDS)
    assert {guard for rule_ in TRANSITIONS.values() for guard in rule_.guards} == set(WORDS)


@given(here=st.sampled_from(STAGES), there=st.sampled_from(STAGES), role=st.sampled_from(get_args(Role)))
def test_nothing_goes_past_its_guards(here: Stage, there: Stage, role: Role) -> None:
    refused = refusal(Standing(), here, there, role)
    rule_ = TRANSITIONS.get((here, there))

    assert (refused is None) == (rule_ is not None and role in rule_.actors and not rule_.guards)


class Way(RuleBasedStateMachine):
    """Anybody tries any step at any time; the rows never stand where the table does not lead."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.house = open_house(Store(f"sqlite:///{self.folder.name}/atelier.db"), Path(self.folder.name))
        self.id = self.house.journey.begin("aurora", "Ana", "en")
        self.house.journey.advance(self.id, "enquiry")
        self.before = self.row()

    def row(self) -> Request:
        return self.house.store.look(lambda unit: self._read(unit))

    def _read(self, unit: Unit) -> Request:
        row = unit.rows.get_one(Request, self.id)
        unit.rows.expunge(row)
        return row

    @rule(there=st.sampled_from(STAGES), role=st.sampled_from(["client", "Odile", "Camille", "Matteo", "Yuki"]))
    def step(self, there: Stage, role: str) -> None:
        who = Who("client", self.id) if role == "client" else self.house.who(role)

        def move(unit: Unit) -> None:
            piece = self.house.pieces["aurora"]
            progress.move(unit, requests.held(unit, self.id), there, piece)

        reason = ""
        try:
            self.house.store.change(who, "stage.set", move)
        except TryonError as err:
            reason = err.reason
        now = self.row()
        if reason:
            assert reason in ("stage_wrong", "role_wrong", "stage_not_ready", "request_unknown")
            assert (now.stage, now.version) == (self.before.stage, self.before.version)
        else:
            assert (self.before.stage, there) in TRANSITIONS
            assert now.stage == there
        self.before = self.row()

    @precondition(lambda self: self.before.stage in MAKING)
    @rule()
    def work(self) -> None:
        """What the stage needs is done; done twice it may be refused, but nothing breaks."""
        reason = ""
        try:
            self.house.journey.prepare(self.id, self.before.stage)
        except TryonError as err:
            reason = err.reason
        assert reason in ("", "stage_wrong", "price_agreed", "offer_answered", "approval_given")
        self.before = self.row()

    @precondition(lambda self: self.before.stage in MAKING[:-1])
    @rule()
    def go_on(self) -> None:
        """Done and moved on, so that the far end is reached as well."""
        self.work()
        self.step(MAKING[MAKING.index(self.before.stage) + 1], "Odile")

    @invariant()
    def stands(self) -> None:
        def read(unit: Unit) -> None:
            row = unit.rows.get_one(Request, self.id)
            steps = unit.rows.query(Step).order_by(Step.id).all()
            assert steps[-1].to_stage == row.stage
            assert all((step.from_stage, step.to_stage) in TRANSITIONS for step in steps)
            assert [step.from_stage for step in steps[1:]] == [step.to_stage for step in steps[:-1]]
            final = {verdict.round for verdict in unit.rows.query(Verdict) if verdict.decision == "final"}
            visited = {step.to_stage for step in steps}
            assert "one" in final or "casting" not in visited
            assert "two" in final or "qc" not in visited
            assert unit.rows.query(Number).filter(Number.request_id.is_not(None)).count() <= 1
            assert (row.stage == "on_hold") == (row.held_from is not None)
            if progress.past("packed", row):
                assert unit.rows.query(Number).filter_by(request_id=self.id).one().state == "given"

        self.house.store.look(read)

    def teardown(self) -> None:
        assert self.house.store.verify().faults == []
        self.house.store.close()
        self.folder.cleanup()


Way.TestCase.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
test_the_stages_as_a_machine = Way.TestCase


def test_quality_is_not_checked_by_who_made_it(tmp_path: Path) -> None:
    house = open_house(Store(f"sqlite:///{tmp_path}/atelier.db"), tmp_path)
    id = house.journey.begin("aurora", "Ana", "en")
    house.journey.advance(id, "qc")
    maker = house.store.look(lambda unit: unit.rows.get_one(Request, id).artisan_id)

    def control(unit: Unit) -> None:
        finish.control(unit, requests.held(unit, id), house.pieces["aurora"], asked.Controlled([], 1))

    with pytest.raises(TryonError, match="somebody else"):
        house.store.change(Who("artisan", maker or ""), "quality.report", control)
    house.store.close()

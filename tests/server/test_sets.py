"""Sets of pieces that are saved under a name: over HTTP, and on the disk."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import House
from tests.server.test_contract import assert_error
from tests.standin import catalogue
from tryon.errors import InputError
from tryon.server import sets
from tryon.server.sets import SetAsked, SetPiece, Sets

LYS = {"piece": "lys", "on": "right_hand", "finger": "index"}
AURORA = {"piece": "aurora", "up_mm": 3.0}
DAY_S = 86400.0


def save(house: House, name: Any = "Our wedding", worn: Any = (AURORA, LYS)) -> Any:
    return house.client.post("/v1/sets", json={"name": name, "worn": worn})


class Clock:
    """Seconds since 1970, as the test has it."""

    def __init__(self) -> None:
        self.now_s = 1.8e9

    def __call__(self) -> float:
        return self.now_s


def asked(name: str = "Ours") -> SetAsked:
    return SetAsked(name, [SetPiece("aurora")])


def test_a_set_is_saved_and_found_by_who_has_its_id(house: House) -> None:
    saved = save(house, name="  Our wedding ♥ ")
    body = saved.json()

    assert saved.status_code == 201
    assert saved.headers["location"] == f"/v1/sets/{body['set']}"
    assert re.fullmatch(r"[\w-]{22}", body["set"])
    assert body["name"] == "Our wedding ♥"
    plain = {"on": "", "finger": "", "held": False, "up_mm": 0.0, "forward_mm": 0.0, "tilt_deg": 0.0}
    assert body["worn"] == [{**plain, **AURORA, "name": "Aurora"}, {**plain, **LYS, "name": "Lys"}]
    found = house.client.get(saved.headers["location"])
    assert (found.status_code, found.json()) == (200, body)
    assert save(house).json()["set"] != body["set"]


@pytest.mark.parametrize("id", ["nix", "a" * 22, "%2e%2e%2fconsents", "..."])
def test_an_unknown_set_is_said(house: House, id: str) -> None:
    assert_error(house.client.get(f"/v1/sets/{id}"), "not_found" if "%2f" in id else "set_unknown")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"name": ""}, "set_name_wrong"),
        ({"name": " \n "}, "set_name_wrong"),
        ({"name": "a" * 81}, "set_name_wrong"),
        ({"name": "two\nlines"}, "set_name_wrong"),
        ({"name": "turned \u202e round"}, "set_name_wrong"),
        ({"name": "\0"}, "set_name_wrong"),
        ({"name": 7}, "body_unreadable"),
        ({"worn": []}, "set_empty"),
        ({"worn": [{"piece": "nix"}]}, "piece_unknown"),
        ({"worn": [AURORA] * 9}, "pieces_too_many"),
        ({"worn": [AURORA, AURORA]}, "place_wrong"),
        ({"worn": [{"piece": "aurora", "on": "left_hand"}]}, "place_wrong"),
        ({"worn": [{"piece": "lys", "finger": "index"}]}, "place_wrong"),
        ({"worn": [{"piece": "lys", "on": "left_foot"}]}, "body_unreadable"),
        ({"worn": [{"piece": "aurora", "up_mm": 81}]}, "nudge_too_far"),
        ({"worn": [{"piece": "aurora", "face": "hers"}]}, "body_unreadable"),
        ({"worn": [{"piece": "a" * 5000}]}, "body_too_large"),
    ],
)
def test_what_is_no_set_is_refused_and_not_kept(house: House, change: dict[str, Any], reason: str) -> None:
    assert_error(save(house, **change), reason)
    assert list((house.data / "sets").iterdir()) == []


def test_a_set_outlives_a_restart_and_holds_nothing_of_her(tmp_path: Path) -> None:
    kept = Sets(tmp_path / "sets").save(asked(), catalogue())
    (tmp_path / "sets" / "torn.part").write_bytes(b"{")

    assert Sets(tmp_path / "sets").find(kept.set) == kept
    [path] = (tmp_path / "sets").iterdir()
    assert path.stat().st_mode & 0o777 == 0o600
    written = json.loads(path.read_bytes())
    assert written.keys() == {"set", "name", "worn"}
    assert written["worn"][0].keys() == {*SetPiece.__struct_fields__, "name"}


def test_a_set_that_cannot_be_written_is_not_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    kept = Sets(tmp_path / "sets")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        kept.save(asked(), catalogue())
    assert list((tmp_path / "sets").iterdir()) == []


def test_a_set_that_was_withdrawn_or_is_torn_is_unknown(tmp_path: Path) -> None:
    kept = Sets(tmp_path / "sets")
    withdrawn, torn = (kept.save(asked(), catalogue()).set for _ in range(2))
    (tmp_path / "sets" / f"{withdrawn}.json").unlink()
    (tmp_path / "sets" / f"{torn}.json").write_bytes(b'{"set"')
    for id in (withdrawn, torn):
        with pytest.raises(InputError) as refused:
            kept.find(id)
        assert refused.value.reason == "set_unknown"


def test_a_set_that_nobody_opens_for_a_year_is_forgotten(tmp_path: Path) -> None:
    clock = Clock()
    kept = Sets(tmp_path / "sets", clock=clock)
    opened, unopened = (kept.save(asked(), catalogue()).set for _ in range(2))
    clock.now_s += 200 * DAY_S
    kept.find(opened)
    clock.now_s += 200 * DAY_S

    # as a server that was restarted meanwhile sees it, too
    for each in (Sets(tmp_path / "sets", clock=clock), kept):
        assert each.find(opened).set == opened
        with pytest.raises(InputError):
            each.find(unopened)
    assert [path.stem for path in (tmp_path / "sets").iterdir()] == [opened]


def test_when_all_places_are_taken_those_that_were_shared_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sets, "SETS_MAX", 2)
    clock = Clock()
    kept = Sets(tmp_path / "sets", clock=clock)
    first = kept.save(asked(), catalogue()).set
    clock.now_s += DAY_S
    second = kept.save(asked(), catalogue()).set
    with pytest.raises(InputError) as refused:
        kept.save(asked(), catalogue())
    assert refused.value.reason == "sets_full"
    assert kept.find(first).set == first
    clock.now_s += 364.5 * DAY_S
    assert kept.find(second).set == second

    third = kept.save(asked(), catalogue()).set
    assert {path.stem for path in (tmp_path / "sets").iterdir()} == {second, third}


def test_a_flood_is_refused_and_passes(tmp_path: Path) -> None:
    clock = Clock()
    kept = Sets(tmp_path / "sets", clock=clock)
    for _ in range(sets.SAVES_AN_HOUR_MAX):
        kept.save(asked(), catalogue())
    with pytest.raises(InputError) as refused:
        kept.save(asked(), catalogue())
    assert refused.value.reason == "sets_full"
    clock.now_s += sets.HOUR_S

    assert kept.save(asked(), catalogue()).name == "Ours"

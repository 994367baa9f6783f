"""The doors for strangers' bytes: what was found once, and a few hundred spoilt inputs each; `make fuzz` has more."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.fuzz.doors import DOORS, Door, model
from tests.fuzz.run import FOUND, RSS_MB, RUNS
from tryon.pieces import gate
from tryon.pieces.glb import chunks, join

INPUTS = 300


@pytest.fixture(params=DOORS)
def door(request: pytest.FixtureRequest) -> Iterator[Door]:
    door = DOORS[request.param]()
    yield door
    door.close()


def test_what_is_good_what_was_found_and_what_is_spoilt_end_no_door(door: Door) -> None:
    before = psutil.Process().memory_info().rss
    seeds = door.seeds()
    for data in [*seeds, *(path.read_bytes() for path in sorted((FOUND / door.name).glob("*")))]:
        door.enter(data)
    rng = random.Random(7)
    for _ in range(INPUTS):
        data = rng.choice(seeds)
        for _ in range(rng.choice((1, 1, 2, 3))):
            data = door.spoil(data, rng)
        door.enter(data)
    assert psutil.Process().memory_info().rss - before < RSS_MB * 1e6


def test_a_million_inputs_are_asked_of_all_doors_together() -> None:
    assert set(RUNS) == set(DOORS)
    assert sum(RUNS.values()) == 1_000_000


def test_nodes_that_name_one_another_by_the_million_take_no_room(tmp_path: Path) -> None:
    header, blob = chunks(model())
    header["nodes"] = [{"children": [1] * 1_000_000}, {"children": [0] * 1_000_000, "mesh": 0}]
    report = gate.inspect(written(tmp_path, join(header, blob)))
    assert "A node hangs on two others" in report.errors[0]


def test_numbers_that_are_named_again_and_again_are_counted_each_time(tmp_path: Path) -> None:
    header, blob = chunks(model())
    header["meshes"] = [{"primitives": header["meshes"][0]["primitives"] * 512} for _ in range(100)]
    report = gate.inspect(written(tmp_path, join(header, blob)))
    assert "more than 4,096 parts" in report.errors[0]


def test_what_a_file_says_is_quoted_in_part(tmp_path: Path) -> None:
    header, blob = chunks(model())
    header["scene"] = "A" * 100_000
    report = gate.inspect(written(tmp_path, join(header, blob)))
    assert len(report.errors[0]) < 600


def written(folder: Path, data: bytes) -> Path:
    path = folder / "in.glb"
    path.write_bytes(data)
    return path

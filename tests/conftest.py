"""What every test shares: numeric warnings raise, randomness is seeded, and where clips lie."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "tests" / "data"


@pytest.fixture(autouse=True)
def _numeric_warnings_raise() -> Iterator[None]:
    with np.errstate(divide="raise", over="raise", invalid="raise"):
        yield


@pytest.fixture
def rng() -> np.random.Generator:
    """Seeded randomness."""
    return np.random.default_rng(2026)


@pytest.fixture(scope="session")
def clip() -> Path:
    """Two seconds of a synthetic person, 1280x720, 30 frames/s; she looks straight, then turns."""
    return DATA / "ana.mp4"


@pytest.fixture(scope="session")
def truth() -> dict[str, Any]:
    """The truth of `clip`."""
    values: dict[str, Any] = json.loads((DATA / "ana.json").read_text())
    return values


@pytest.fixture(scope="session")
def groundtruth() -> Path:
    """The folder of ground-truth clips beside the checkout. CI has it: there its absence is a failure."""
    folder = Path(os.environ.get("TRYON_GROUNDTRUTH", ROOT.parent / "shared" / "groundtruth"))
    if not folder.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI must have the ground-truth clips at {folder}")
        pytest.skip(f"no ground-truth clips at {folder}; the short clip in tests/data is used elsewhere")
    return folder


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All that drives the browser is marked so, and comes last: once Playwright's loop runs in a thread, no async test
    can have one of its own there. Of the rest, what takes long goes first.
    """
    for item in items:
        if "playwright" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    items.sort(key=lambda item: (_has(item, "browser"), not _has(item, "long")))


def _has(item: pytest.Item, marker: str) -> bool:
    return item.get_closest_marker(marker) is not None


def pytest_addoption(parser: pytest.Parser) -> None:
    """`make golden`."""
    parser.addoption("--regenerate-golden", action="store_true", help="write the golden pictures anew")

"""The shipped tables, read once."""

from __future__ import annotations

from pathlib import Path

import pytest

from tryon.calibration import Calibration, read_calibration
from tryon.settings import load


@pytest.fixture(scope="session")
def calibration() -> Calibration:
    """What stands in calibration/."""
    return read_calibration(Path(load({}).calibration))

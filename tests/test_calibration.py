"""The reader of calibration/: what it refuses, and that the shipped bands leave no gap uncovered."""

from __future__ import annotations

import math
import shutil
from itertools import groupby, pairwise
from pathlib import Path

import pytest

from tryon.calibration import read_calibration
from tryon.errors import AssetError
from tryon.settings import load

FOLDER = Path(load({}).calibration)


def test_every_line_of_pieces_has_bands_from_end_to_end() -> None:
    bands = read_calibration(FOLDER).fit.bands
    lines = {line: list(group) for line, group in groupby(bands, key=lambda band: band.line)}

    assert len(lines) == 9
    for line, group in lines.items():
        assert group[0].low == -math.inf, line
        assert group[-1].high == math.inf, line
        assert all(a.high == b.low for a, b in pairwise(group)), line
        assert not any(band.by_adjusting for band in group[1:]), line


def test_the_sexes_pooled_lie_between_them() -> None:
    populations = read_calibration(FOLDER).populations
    for name in populations["P"].names:
        low, middle, high = (populations[sex].mean_of(name) for sex in "FPM")
        assert low < middle < high, name


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("hair_allowance", "worn,over_scalp_mm\ntied,thick\n", "calibration_unreadable"),
        ("fit_bands", "line,low\ncirclet,x\n", "calibration_unreadable"),
        ("correlations_ansur2", "F,HC,HL\nHC,1,a\n", "calibration_unreadable"),
        ("typed_pd_uncertainty", None, "calibration_missing"),
    ],
)
def test_a_broken_table_is_named(name: str, text: str | None, reason: str, tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path / "calibration")
    table = tmp_path / "calibration" / "sizing" / f"{name}.csv"
    if text is None:
        table.unlink()
    else:
        table.write_text(text)

    with pytest.raises(AssetError) as caught:
        read_calibration(tmp_path / "calibration")

    assert caught.value.reason == reason
    assert "sizing" in caught.value.detail

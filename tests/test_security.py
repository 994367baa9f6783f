"""SECURITY.md: every row has a test that is there, or says that it is not met."""

from __future__ import annotations

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROWS = [
    [cell.strip() for cell in line.strip("|\n").split(" | ")]
    for line in (ROOT / "SECURITY.md").read_text().splitlines()
    if re.match(r"\| \d", line)
]
WANTED = {
    *("2.3.4", "2.3.5", "3.4.6", "3.5.5", "4.4.1", "5.2.1", "5.2.6", "14.2.1", "14.2.8"),
    *(f"17.1.{n}" for n in (1, 2)),
    *(f"17.2.{n}" for n in range(1, 9)),
    *(f"17.3.{n}" for n in (1, 2)),
}


def test_every_test_that_a_row_names_is_there() -> None:
    named = {found for row in ROWS for found in re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", row[-1])}
    assert len(named) > 40
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text())
        assert name in {
            node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        }


def test_a_row_without_a_test_says_why() -> None:
    for number, _, stands, tests in (row + [""] * (4 - len(row)) for row in ROWS):
        assert "::" in tests or "**not met**" in stands or "**partly**" in stands or "no recording" in stands, number


def test_the_rows_that_we_promised_are_there() -> None:
    told = {number for row in ROWS for number in re.findall(r"\d+\.\d+\.\d+", row[0])}
    assert told >= WANTED

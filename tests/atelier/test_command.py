"""`tryon demo` and `tryon atelier audit`, as whoever runs the service meets them."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tryon.cli import main


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    return int(end.value.code or 0)


def test_the_demo_fills_an_empty_store_whose_trail_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TRYON_DATA", str(tmp_path))
    assert run("demo") == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines][:2] == ["draft", "enquiry"]
    assert lines[-2].startswith("provenance")
    assert "/embed/sample?key=pk_test_" in lines[-1]
    assert run("demo") == 1
    assert "demo_not_empty" in capsys.readouterr().err

    assert run("atelier", "audit") == 0
    head = capsys.readouterr().out.split()[-1]
    assert run("atelier", "audit", "--head", head) == 0
    with sqlite3.connect(tmp_path / "atelier.db") as connection:
        connection.execute("UPDATE quotes SET deposit_minor = 0 WHERE number = 1")
    connection.close()
    assert run("atelier", "audit") == 1
    assert "FAIL  quotes" in capsys.readouterr().out
    assert run("atelier", "audit", "--database", "oracle://x") == 1

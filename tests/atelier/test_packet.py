"""The job packet: all that the bench needs in one ZIP, nothing else, and a word of it in the trail."""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from pathlib import Path
from typing import Any

from sqlalchemy import select

from tests.atelier.test_http import MEASURED, Client, Desk, desk
from tests.atelier.workshop import draw_files, picture
from tests.server.test_contract import assert_error
from tryon.atelier.sample import Journey
from tryon.atelier.tables import AuditLine, File

__all__ = ["desk"]
MEASURES = json.loads((Path(__file__).resolve().parents[1] / "data" / "measures.json").read_text())
GLB = (Path(__file__).resolve().parents[2] / "assets" / "pieces" / "aurora" / "mesh.glb").read_bytes()


def judged() -> dict[str, Any]:
    """Measures of the mirror, the stand-in's own piece under the name of one that was judged."""
    fit = MEASURES["fit"]
    return {**MEASURES, "fit": {**fit, "aurora": fit.get("aurora") or next(iter(fit.values()))}}


def at_the_bench(desk: Desk, folder: Path, *purposes: str, measured: Any = MEASURED) -> Client:
    """A request whose design was shown and approved; its pictures, a model and a drawing with it."""
    counter, house = desk.http.app.state.counter, desk.house  # type: ignore[attr-defined]
    journey = Journey(counter.store, counter.files, house.pieces, draw_files(folder, house.pieces))
    journey.sample.staff = house.journey.sample.staff
    client = desk.begin(measured=measured, notes="Two drops,\nnot three. <b>")
    client.ask("POST", "/files", content=picture())
    client.submit(*purposes)
    journey.advance(client.id, "casting")
    desk.staff("Odile", "POST", f"/requests/{client.id}/files?kind=design", content=GLB)
    return client


def opened(answer: Any) -> dict[str, bytes]:
    """The files of a packet, each as its manifest says."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    manifest = files.pop("manifest.sha256").decode()
    lines = [f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items())]
    assert manifest == "".join(lines)
    return files


def test_the_packet_has_all_that_the_bench_needs(desk: Desk, tmp_path: Path) -> None:
    client = at_the_bench(desk, tmp_path / "drawn", measured=judged())
    answer = desk.staff("Camille", "GET", f"/requests/{client.id}/packet")

    files = opened(answer)

    assert answer.headers["content-disposition"] == f'attachment; filename="packet-{client.id}.zip"'
    made = client.told()["submitted_at"][:10]
    assert {name for name in files if "/" not in name} == {
        *("README.txt", "wishes.txt", "notes.txt", "approvals.txt", "request.json"),
        *("fit-card.pdf", "measures.csv", "measures.json"),
    }
    assert {name for name in files if "/" in name} == {
        *(f"pictures/01-{made}.jpg", f"designs/01-{made}.glb", f"designs/02-{made}.glb", f"drawings/01-{made}.png"),
    }
    assert files[f"designs/02-{made}.glb"] == GLB
    assert files["fit-card.pdf"].startswith(b"%PDF-1.7")
    assert json.loads(files["measures.json"]) == judged()
    assert b"verdict,aurora," in files["measures.csv"]
    assert "Two drops,\nnot three. <b>" in files["wishes.txt"].decode()
    final = client.told()["rounds"][0]["revisions"][-1]
    approvals = files["approvals.txt"].decode()
    assert final["sha256"] in approvals
    assert "she approved it for good." in approvals
    assert f"drawings/01-{made}.png" in approvals, "what she approved is named as it lies in the packet"
    assert "fit-card.pdf      the fit card" in files["README.txt"].decode()
    private = (b"ana@client.example", b"+386 1 234", b"minor")
    assert [word for word in private if any(word in data for data in files.values())] == []
    if os.environ.get("LOOK"):
        Path("/tmp/packet.zip").write_bytes(answer.content)
    again = opened(desk.staff("Camille", "GET", f"/requests/{client.id}/packet"))
    assert again == files


def test_who_makes_the_piece_takes_it_and_the_trail_says_so(desk: Desk, tmp_path: Path) -> None:
    client = at_the_bench(desk, tmp_path / "drawn", "atelier")
    path = f"/requests/{client.id}/packet"
    told = desk.staff("Odile", "GET", f"/requests/{client.id}").json()
    maker = told["artisan"].split()[0]
    other = next(name for name in ("Matteo", "Yuki", "Solange") if name != maker)

    files = opened(desk.staff(maker, "GET", path))

    # she did not agree that her artisan sees her
    assert not {"measures.json", "measures.csv", "fit-card.pdf"} & files.keys()
    assert not [name for name in files if name.startswith("pictures/")]
    assert "did not share them" in files["README.txt"].decode()
    assert json.loads(files["request.json"])["wish"]["measured"] is None
    assert_error(desk.staff(other, "GET", path), "request_unknown")
    assert_error(desk.http.get(f"/v1/atelier{path}"), "staff_unknown")
    draft = desk.begin()
    assert_error(desk.staff("Odile", "GET", f"/requests/{draft.id}/packet"), "request_unknown")
    store = desk.house.store
    taken = select(AuditLine.by_id, AuditLine.about).where(AuditLine.action == "packet.take")
    assert [tuple(line) for line in store.look(lambda unit: unit.rows.execute(taken).all())] == [
        (desk.house.who(maker).id, client.id)
    ]


def test_an_offer_is_not_yet_a_job(desk: Desk) -> None:
    client = desk.submitted()
    offered = desk.staff("Odile", "GET", f"/requests/{client.id}").json()["offers"][0]["name"].split()[0]
    assert_error(desk.staff(offered, "GET", f"/requests/{client.id}/packet"), "role_wrong")


def test_what_is_gone_or_too_large_is_left_out_by_name(desk: Desk, tmp_path: Path, monkeypatch: Any) -> None:
    client = at_the_bench(desk, tmp_path / "drawn")
    counter = desk.http.app.state.counter  # type: ignore[attr-defined]
    rows = counter.store.look(lambda unit: {row.kind: row.key for row in unit.rows.query(File)})
    counter.files.forget(rows["snapshot"])
    monkeypatch.setattr("tryon.atelier.packet.BYTES_MAX", len(GLB) - 1)  # what is smaller still goes in

    files = opened(desk.staff("Odile", "GET", f"/requests/{client.id}/packet"))

    readme = files["README.txt"].decode()
    assert [name[:11] for name in files if name.startswith(("pictures/", "designs/"))] == ["designs/01-"]
    assert "jpg: left out, it is no longer there" in readme
    assert "glb: left out, the packet would be too large" in readme
    # measures that no mirror said are taken along as they came
    assert json.loads(files["measures.json"]) == MEASURED
    assert "her measures do not judge this piece" in readme

"""The atelier over HTTP: a request from its draft to the provenance page, and everything that may come in wrong."""

from __future__ import annotations

import asyncio
import datetime
import io
import zipfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from starlette.testclient import TestClient

from tests.atelier.workshop import House, catalogue, draw_files, open_house, picture
from tests.server.test_contract import assert_error
from tests.standin import FakePool
from tryon.atelier.sample import Journey
from tryon.atelier.trade import CHECKS
from tryon.atelier.who import Who
from tryon.errors import AccessError
from tryon.server.app import create_app
from tryon.settings import Settings

EVENT = (datetime.date.today() + datetime.timedelta(weeks=30)).isoformat()
WISH = {"pieces": ["celeste", "aurora"], "wished": "aurora", "event_date": EVENT, "tier": "studio"}
ANA = {"name": "Ana Novak", "email": "ana@client.example", "phone": "+386 1 234", "language": "en"}
MEASURED = {
    "measurements": {"head_circumference": {"value_mm": 561.2, "u95_mm": 6.1, "method": "tape"}},
    "fit": {"aurora": {"verdict": "fits", "probability": 0.94, "notes": []}},
}


class Doorman:
    """Knows the staff by a header; in the place of accounts."""

    def who(self, headers: Mapping[str, str], *, unsafe: bool) -> Who:
        role, _, id = headers.get("x-staff", "").partition(":")
        if role not in ("owner", "consultant", "artisan"):
            raise AccessError("staff_unknown", "Please sign in.")
        return Who(role, id)  # type: ignore[arg-type]


class Desk:
    """Both sides of the counter."""

    def __init__(self, client: TestClient, house: House) -> None:
        self.http = client
        self.house = house

    def begin(self, **more: Any) -> Client:
        begun = self.http.post("/v1/requests", json={**WISH, **ANA, **more})
        assert begun.status_code == 201, begun.text
        return Client(self.http, begun.json()["request"], begun.json()["key"])

    def submitted(self, **more: Any) -> Client:
        client = self.begin(**more)
        assert client.submit().status_code == 200
        return client

    def staff(self, name: str, method: str, path: str, json: Any = None, **options: Any) -> Any:
        who = self.house.who(name)
        headers = {"X-Staff": f"{who.role}:{who.id}", **options.pop("headers", {})}
        return self.http.request(method, f"/v1/atelier{path}", json=json, headers=headers, **options)

    def step(self, name: str, id: str, stage: str, **more: Any) -> Any:
        seen = self.staff(name, "GET", f"/requests/{id}").headers.get("etag", "*")
        return self.staff(name, "POST", f"/requests/{id}/steps", {"stage": stage, **more}, headers={"If-Match": seen})


class Client:
    """Her side."""

    def __init__(self, http: TestClient, id: str, key: str) -> None:
        self.http, self.id, self.key = http, id, key

    def ask(self, method: str, path: str = "", json: Any = None, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {self.key}", **options.pop("headers", {})}
        return self.http.request(method, f"/v1/requests/{self.id}{path}", json=json, headers=headers, **options)

    def told(self) -> Any:
        return self.ask("GET").json()

    def save(self, wish: Any, seen: str = "") -> Any:
        return self.ask("PUT", "", wish, headers={"If-Match": seen or self.ask("GET").headers["etag"]})

    def submit(self, *purposes: str) -> Any:
        words = self.http.get("/v1/consent/request").json()
        consent = {"version": words["version"], "language": "en", "purposes": purposes or ["atelier", "artisan"]}
        seen = self.ask("GET").headers["etag"]
        return self.ask("POST", "/submission", {"consent": consent}, headers={"If-Match": seen})


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """Over SQLite, where the test is of what HTTP says."""
    yield from opened(tmp_path, "")


@pytest.fixture
def either(tmp_path: Path, database: str) -> Iterator[Desk]:
    """Over both databases, where they could differ."""
    yield from opened(tmp_path, database)


def opened(tmp_path: Path, database: str, **more: str) -> Iterator[Desk]:
    where = Settings(assets=str(tmp_path / "assets"), data=str(tmp_path / "var"), database=database, **more)  # type: ignore[arg-type]
    app = create_app(where, FakePool(), catalogue(), porter=Doorman())
    with TestClient(app, raise_server_exceptions=False) as client:
        house = open_house(app.state.counter.store, tmp_path)
        yield Desk(client, house)
        assert app.state.counter.store.verify().faults == []


def test_what_is_possible_is_answered_at_once(desk: Desk) -> None:
    soon = (datetime.date.today() + datetime.timedelta(weeks=10)).isoformat()
    answers = desk.http.get(f"/v1/pieces/aurora/possible?event_date={soon}").json()["tiers"]

    assert {tier: told["answer"] for tier, told in answers.items()} == {"studio": "in_time", "custom": "too_soon"}
    assert answers["custom"]["slack_days"] < 0 < answers["studio"]["slack_days"]
    past = desk.http.get("/v1/pieces/aurora/possible?event_date=2020-02-29").json()["tiers"]["studio"]
    assert past["answer"] == "past"
    assert_error(desk.http.get("/v1/pieces/aurora/possible?event_date=2027-02-30"), "date_wrong")
    assert_error(desk.http.get("/v1/pieces/nix/possible"), "piece_unknown")


def test_a_request_is_saved_half_done_and_finished_on_another_device(desk: Desk) -> None:
    client = desk.begin(email="", event_date=None)
    assert_error(client.submit(), "request_incomplete")
    token = client.ask("POST", "/links").json()["token"]
    other = desk.http.post("/v1/links", json={"token": token})
    phone = Client(desk.http, other.json()["request"], other.json()["key"])

    saved = phone.save({**WISH, **ANA, "measured": MEASURED, "notes": "<b>Hi</b> <script>alert(1)</script> 👰🏽‍♀️"})

    assert saved.status_code == 200
    told = client.told()
    assert told["wish"]["notes"] == "<b>Hi</b> <script>alert(1)</script> 👰🏽‍♀️"
    assert told["wish"]["measured"] == MEASURED
    assert told["wish"]["pieces"] == ["celeste", "aurora"]
    assert told["possible"]["answer"] == "in_time"
    assert set(told["dues"]) >= {"cad", "casting", "delivered"}
    assert_error(desk.http.post("/v1/links", json={"token": token}), "link_used")
    assert phone.submit().json()["stage"] == "enquiry"
    assert_error(client.save(WISH), "request_sent")
    assert_error(client.submit(), "request_sent")


def test_two_devices_do_not_overwrite_each_other(desk: Desk) -> None:
    client = desk.begin()
    seen = client.ask("GET").headers["etag"]

    assert client.save({**WISH, "notes": "one"}, seen).status_code == 200
    assert_error(client.save({**WISH, "notes": "two"}, seen), "changed_meanwhile")
    assert_error(client.ask("PUT", "", WISH), "version_missing")
    assert_error(client.save(WISH, "nonsense"), "changed_meanwhile")
    assert client.told()["wish"]["notes"] == "one"


def test_the_whole_way_to_the_provenance_page(either: Desk) -> None:
    client = either.submitted(measured=MEASURED, notes="with filigree")
    id = client.id
    at = f"/requests/{id}"
    kept = client.ask("POST", "/files", content=picture(exif=b"Exif\0\0secret place"))
    assert kept.status_code == 201
    assert b"secret place" not in client.ask("GET", f"/files/{kept.json()['file']}").content

    offer = either.staff("Odile", "GET", at).json()["offers"][0]
    assert offer["name"] == "Solange Petit"
    assert "skill:filigree" in offer["because"]
    assert either.staff("Matteo", "GET", at).status_code == 404
    either.staff("Solange", "POST", f"{at}/offers/{offer['offer']}", {"accepted": False, "words": "Too much to do."})
    passed_on = either.staff("Odile", "GET", at).json()["offers"][-1]
    assert (passed_on["state"], passed_on["name"] != "Solange Petit") == ("offered", True)
    chosen = either.staff("Odile", "POST", f"{at}/offers", {"artisan": either.house.who("Matteo").id})
    offer = chosen.json()["offers"][-1]
    assert_error(either.staff("Yuki", "POST", f"{at}/offers/{offer['offer']}", {"accepted": True}), "request_unknown")
    assert either.staff("Matteo", "POST", f"{at}/offers/{offer['offer']}", {"accepted": True}).status_code == 200
    matteo = either.staff("Matteo", "GET", at).json()
    assert (matteo["wish"]["email"], matteo["price"], matteo["wish"]["measured"]) == ("", None, MEASURED)

    assert_error(either.step("Camille", id, "consultation"), "stage_not_ready")
    either.staff("Camille", "POST", f"{at}/consultant", {"consultant": either.house.who("Camille").id})
    assert either.step("Camille", id, "consultation").status_code == 200
    lines = [{"driver": "stones", "minor": 700_00}, {"driver": "production", "minor": 300_00, "words": "40 hours"}]
    either.staff("Camille", "POST", f"{at}/prices", {"currency": "EUR", "lines": lines})
    price = client.told()["price"]
    assert (price["total_minor"], price["deposit_minor"], price["shares"]["stones"]) == (1000_00, 300_00, 0.7)
    assert_error(client.ask("POST", "/price", {"number": 2}), "price_outdated")
    assert client.ask("POST", "/price", {"number": 1}).json()["price"]["agreed_at"]
    either.step("Camille", id, "deposit")
    either.staff("Camille", "POST", f"{at}/deposit", {})
    number = either.staff("Camille", "POST", f"{at}/number", {}).json()["edition"]
    assert number == {"number": 1, "of": 25}
    for name, stage in (("Camille", "stone_sourcing"), ("Matteo", "cad")):
        assert either.step(name, id, stage).status_code == 200

    def upload(name: str, kind: str) -> str:
        sent = either.staff(name, "POST", f"{at}/files?kind={kind}", content=picture("PNG"))
        assert sent.status_code == 201, sent.text
        return str(sent.json()["file"])

    fit = {"verdict": "fits", "inner_length_mm": 127.0}
    for words in ("First thoughts", "A little lighter"):
        render = upload("Matteo", "render")
        either.staff("Matteo", "POST", f"{at}/approvals/one/revisions", {"files": [render], "words": words, "fit": fit})
        assert either.step("Matteo", id, "approval_one").status_code == 200
        revision = client.told()["rounds"][0]["revisions"][-1]
        pin = {"words": "Lighter here?", "file": render, "x": 0.25, "y": 0.5}
        number_ = revision["number"]
        assert client.ask("POST", f"/approvals/one/revisions/{number_}/comments", pin).status_code == 201
        said = {"revision": number_, "sha256": revision["sha256"], "decision": "changes"}
        if words == "First thoughts":
            assert client.ask("POST", "/approvals/one/decision", said).json()["stage"] == "cad"
    assert_error(client.ask("POST", "/approvals/one/decision", {**said, "revision": 1}), "revision_outdated")
    assert_error(client.ask("POST", "/approvals/one/decision", {**said, "sha256": "0" * 64}), "revision_outdated")
    assert client.ask("POST", "/approvals/one/decision", {**said, "decision": "soft"}).status_code == 200
    assert_error(either.step("Matteo", id, "casting"), "stage_not_ready")
    assert client.ask("POST", "/approvals/one/decision", {**said, "decision": "final"}).status_code == 200
    assert_error(client.ask("POST", "/approvals/one/decision", {**said, "decision": "final"}), "approval_given")
    assert_error(either.staff("Matteo", "POST", f"{at}/approvals/one/revisions", {"files": [render]}), "approval_given")
    for stage in ("casting", "setting", "hand_finishing"):
        assert either.step("Matteo", id, stage, words="On the bench.").status_code == 200
    assert_error(client.ask("POST", "/cancellation", {}), "role_wrong")
    either.staff("Matteo", "POST", f"{at}/approvals/two/revisions", {"files": [upload("Matteo", "proof")]})
    either.step("Matteo", id, "approval_two")
    revision = client.told()["rounds"][1]["revisions"][-1]
    said = {"revision": 1, "sha256": revision["sha256"], "decision": "final"}
    client.ask("POST", "/approvals/two/decision", said)
    either.step("Matteo", id, "qc")

    checks = [{"check": check, "outcome": "pass"} for check in CHECKS]
    report = {"checks": checks, "weight_mg": 410_000, "hallmark": "925", "finish": "mirror"}
    assert_error(either.staff("Matteo", "POST", f"{at}/quality", report), "own_work")
    assert_error(either.staff("Lena", "POST", f"{at}/quality", {**report, "weight_mg": 300_000}), "weight_wrong")
    assert_error(either.staff("Lena", "POST", f"{at}/quality", {**report, "checks": checks[1:]}), "checks_wrong")
    assert either.staff("Lena", "POST", f"{at}/quality", report).json()["quality"]["passed"]
    either.staff("Lena", "POST", f"{at}/certificates", {"material": "silver", "source": "recycled", "issuer": "RJC"})
    parcel = {"box": True, "care_card": True, "papers": True, "sealed": False, "insured_minor": 1000_00}
    parcel |= {"currency": "EUR", "carrier": "C", "tracking": "1", "from_date": EVENT, "to_date": EVENT}
    either.staff("Lena", "PUT", f"{at}/parcel", parcel)
    assert_error(either.step("Lena", id, "packed"), "stage_not_ready")
    either.staff("Lena", "PUT", f"{at}/parcel", {**parcel, "sealed": True})
    bench = upload("Matteo", "bench")
    page = either.staff("Lena", "PUT", f"{at}/provenance", {"visible": True, "files": [bench]}).json()["provenance"]
    for stage in ("packed", "delivered"):
        assert either.step("Lena", id, stage).status_code == 200
    public = either.http.get(f"/v1/provenance/{page}")
    assert len(page) == 26
    assert public.json()["record"]["edition"] == {"number": 1, "of": 25}
    for private in ("Ana", "Novak", "client.example", id, "Matteo", EVENT):
        assert private not in public.text
    assert either.http.get(f"/v1/provenance/{page}/files/{bench}").headers["content-type"] == "image/png"
    assert_error(either.http.get(f"/v1/provenance/{page}/files/{render}"), "file_unknown")
    either.staff("Lena", "PUT", f"{at}/provenance", {"visible": False})
    assert_error(either.http.get(f"/v1/provenance/{page}"), "provenance_unknown")
    steps = [step["stage"] for step in client.told()["steps"]]
    assert steps[0] == "enquiry"
    assert steps[-1] == "delivered"
    assert steps.count("approval_one") == 2


def test_an_artisan_sees_her_measures_only_if_she_agreed(desk: Desk) -> None:
    client = desk.begin(measured=MEASURED)
    assert_error(client.submit("artisan"), "consent_missing")
    file = client.ask("POST", "/files", content=picture()).json()["file"]
    client.submit("atelier")
    offered = desk.staff("Odile", "GET", f"/requests/{client.id}").json()["offers"][0]["name"].split()[0]

    told = desk.staff(offered, "GET", f"/requests/{client.id}").json()

    assert (told["wish"]["measured"], told["files"]) == (None, [])
    assert_error(desk.staff(offered, "GET", f"/requests/{client.id}/files/{file}"), "file_unknown")
    assert desk.staff("Odile", "GET", f"/requests/{client.id}").json()["wish"]["measured"] == MEASURED


def test_sent_twice_it_is_done_once(desk: Desk) -> None:
    client = desk.submitted()
    lines = {"currency": "EUR", "lines": [{"driver": "metal", "minor": 5}]}
    path, once = f"/requests/{client.id}/prices", {"Idempotency-Key": "a"}

    first = desk.staff("Odile", "POST", path, lines, headers=once)
    again = desk.staff("Odile", "POST", path, lines, headers=once)

    assert first.status_code == 201
    assert (again.json(), again.headers["etag"]) == (first.json(), first.headers["etag"])
    assert_error(desk.staff("Odile", "POST", path, {**lines, "currency": "CHF"}, headers=once), "key_reused")


def test_nobody_sees_or_does_what_is_not_theirs(desk: Desk) -> None:
    mine, other = desk.submitted(), desk.submitted(name="Bea")

    assert_error(Client(desk.http, other.id, mine.key).ask("GET"), "request_unknown")
    assert_error(Client(desk.http, mine.id, "x").ask("GET"), "key_unknown")
    assert_error(desk.http.get(f"/v1/requests/{mine.id}"), "key_missing")
    assert_error(desk.http.get("/v1/atelier/requests"), "staff_unknown")
    assert desk.staff("Yuki", "GET", "/requests").json()["requests"] == []
    rows = desk.staff("Odile", "GET", "/requests?stage=enquiry&words=be").json()["requests"]
    assert [row["name"] for row in rows] == ["Bea"]
    assert_error(desk.staff("Odile", "GET", "/requests?stage=nowhere"), "stage_unknown")
    assert {person["role"] for person in desk.staff("Yuki", "GET", "/staff").json()["staff"]} >= {"owner", "artisan"}
    best = desk.staff("Odile", "GET", f"/requests/{mine.id}/matches").json()["matches"]
    assert best[0]["points"] >= best[-1]["points"]


def test_an_approval_is_hers_alone_and_given_once(desk: Desk, tmp_path: Path) -> None:
    mine, other = desk.submitted(), desk.submitted(name="Bea")
    counter, house = desk.http.app.state.counter, desk.house  # type: ignore[attr-defined]
    journey = Journey(counter.store, counter.files, house.pieces, draw_files(tmp_path / "drawn", house.pieces))
    journey.sample.staff = house.journey.sample.staff
    journey.advance(mine.id, "approval_one")
    path = "/approvals/one/decision"
    revision = mine.told()["rounds"][0]["revisions"][-1]
    said = {"revision": revision["number"], "sha256": revision["sha256"], "decision": "final"}

    assert_error(Client(desk.http, mine.id, other.key).ask("POST", path, said), "request_unknown")
    odile = {"X-Staff": f"owner:{house.who('Odile').id}"}
    assert_error(desk.http.post(f"/v1/requests/{mine.id}{path}", json=said, headers=odile), "key_missing")
    assert_error(other.ask("POST", path, said), "stage_wrong")
    assert mine.told()["rounds"][0]["final"] is False

    def yes() -> Any:
        return mine.ask("POST", path, said)

    with ThreadPoolExecutor(4) as pool:
        answers = [answer.result() for answer in [pool.submit(yes) for _ in range(4)]]
    assert sorted(answer.status_code for answer in answers)[0] == 200
    for answer in sorted(answers, key=lambda one: one.status_code)[1:]:
        assert_error(answer, "approval_given")
    assert len(mine.told()["rounds"][0]["revisions"][-1]["decisions"]) == 1


def test_the_house_is_told_what_a_step_needs_every_price_and_what_was_done(desk: Desk) -> None:
    mine = desk.submitted()
    path = f"/requests/{mine.id}"

    told = desk.staff("Odile", "GET", path).json()
    assert told["needs"] == {"consultation": ["consultant"]}
    for minor in (100_000, 120_000):
        line = {"driver": "metal", "minor": minor}
        told = desk.staff("Odile", "POST", f"{path}/prices", {"currency": "EUR", "lines": [line]}).json()
    assert [price["total_minor"] for price in told["prices"]] == [100_000, 120_000]
    hers = mine.ask("GET").json()
    assert (hers["prices"], hers["price"]["total_minor"]) == ([], 120_000)
    history = desk.staff("Odile", "GET", f"{path}/history").json()
    assert [deed["action"] for deed in history["deeds"]][:3] == ["price.make", "price.make", "request.submit"]
    assert history["deeds"][0]["name"].startswith("Odile")
    assert history["more"] == 0
    oldest = history["deeds"][-1]["number"]
    assert desk.staff("Odile", "GET", f"{path}/history?before={oldest}").json()["deeds"] == []
    other = desk.submitted(name="Bea")
    assert_error(desk.staff("Yuki", "GET", f"/requests/{other.id}/history"), "request_unknown")


def test_a_draft_is_thrown_away_with_its_pictures(desk: Desk) -> None:
    client = desk.begin()
    file = client.ask("POST", "/files", content=picture("WEBP")).json()
    assert file["mime"] == "image/jpeg"
    assert client.ask("DELETE", f"/files/{file['file']}").status_code == 204
    client.ask("POST", "/files", content=picture())
    assert client.ask("DELETE", headers={"If-Match": client.ask("GET").headers["etag"]}).status_code == 204
    assert_error(client.ask("GET"), "key_unknown")
    folder = Path(desk.http.app.state.counter.files._folder)  # type: ignore[attr-defined]
    assert [path for path in folder.rglob("*") if path.is_file()] == []


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("picture.jpg", picture())
    return out.getvalue()


def bomb() -> bytes:
    out = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("nothing", b"", "file_wrong"),
        ("a ZIP", zipped(), "file_wrong"),
        ("SVG", b"<svg onload='alert(1)'/>", "file_wrong"),
        ("a torn JPEG", picture()[:200], "picture_broken"),
        ("no PNG", b"\x89PNG\r\n\x1a\n" + b"x" * 50, "picture_broken"),
        ("900 million pixels", bomb(), "picture_too_large"),
        ("one pixel", picture(size=(1, 1)), "picture_too_small"),
    ],
)
def test_what_is_no_picture_is_refused(desk: Desk, name: str, data: bytes, reason: str) -> None:
    assert_error(desk.begin().ask("POST", "/files", content=data, headers={"Content-Type": "image/jpeg"}), reason)


@pytest.mark.parametrize(
    ("declared", "key", "status", "most"),
    [(str(4 * 2**30), True, 413, 0), ("", True, 413, 17), ("", False, 401, 0)],
    ids=["declared", "undeclared", "unseen"],
)
def test_four_gigabytes_are_refused_before_they_are_read(
    desk: Desk, declared: str, key: bool, status: int, most: int
) -> None:
    client = desk.begin()
    headers = [(b"authorization", f"Bearer {client.key}".encode())] if key else []
    headers += [(b"content-length", declared.encode())] if declared else []
    path = f"/v1/requests/{client.id}/files"
    scope = {"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": headers}
    read, answered = 0, []

    async def receive() -> dict[str, Any]:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": bytes(2**20), "more_body": read < 4 * 2**10}

    async def send(message: Any) -> None:
        answered.append(message.get("status"))

    asyncio.run(desk.http.app(scope, receive, send))  # type: ignore[arg-type]

    assert answered[0] == status
    assert read <= most


def test_a_model_passes_the_gate_or_is_refused(desk: Desk) -> None:
    client = desk.submitted()
    files = f"/requests/{client.id}/files"
    sent = desk.staff("Odile", "POST", f"{files}?kind=design", content=b"glTF\x02\0\0\0" + b"\xff" * 99)
    assert_error(sent, "design_refused")
    aurora = Path(__file__).resolve().parents[2] / "assets" / "pieces" / "aurora" / "mesh.glb"
    sent = desk.staff("Odile", "POST", f"{files}?kind=design", content=aurora.read_bytes())
    assert sent.json()["mime"] == "model/gltf-binary"
    got = client.ask("GET", f"/files/{sent.json()['file']}")
    assert got.headers["content-disposition"] == "attachment"
    assert got.content == aurora.read_bytes()
    assert_error(desk.staff("Odile", "POST", f"{files}?kind=snapshot", content=b""), "kind_unknown")


@pytest.mark.parametrize(
    ("wish", "reason"),
    [
        ({"wished": "nix"}, "piece_unknown"),
        ({"email": "ana@"}, "email_wrong"),
        ({"notes": "x" * 4001}, "body_unreadable"),
        ({"event_date": "2027-02-30"}, "body_unreadable"),
        ({"pieces": ["aurora"] * 25}, "body_unreadable"),
        ({"tier": "royal"}, "body_unreadable"),
        ({"crown": True}, "body_unreadable"),
        ({"measured": {"x": "y" * 300_000}}, "body_too_large"),
    ],
)
def test_a_wish_that_cannot_be_is_refused(desk: Desk, wish: dict[str, Any], reason: str) -> None:
    assert_error(desk.http.post("/v1/requests", json=wish), reason)


@pytest.mark.parametrize(
    ("wish", "reason"),
    [({"event_date": "2020-01-01"}, "date_impossible"), ({"event_date": "2099-01-01"}, "date_impossible")]
    + [({"wished": "mira"}, "tier_unknown"), ({"wished": ""}, "request_incomplete")],
)
def test_what_cannot_be_made_is_said_when_it_is_sent(desk: Desk, wish: dict[str, Any], reason: str) -> None:
    assert_error(desk.begin(**wish).submit(), reason)


@pytest.mark.parametrize("nul", ["%00", "x%00y", "%ED%A0%80", "a" * 5000, "%2e%2e", "'--"])
def test_no_address_breaks_a_database(either: Desk, nul: str) -> None:
    client = either.submitted()
    for answer in (
        either.http.get(f"/v1/provenance/{nul}"),
        client.ask("GET", f"/files/{nul}"),
        either.staff("Odile", "GET", f"/requests/{nul}"),
        either.staff("Odile", "GET", f"/requests?after={nul}&staff={nul}&words={nul}"),
        either.staff("Odile", "POST", f"/requests/{client.id}/offers/{nul}", {"accepted": True}),
        either.staff("Odile", "POST", f"/requests/{client.id}/offers", {"artisan": "a\0"}),
        either.step("Odile", client.id, "on_hold", words="a\0b"),
    ):
        assert answer.status_code in (200, 404, 422)


@pytest.mark.parametrize(
    "measured", ['{"a":' * 500 + "1" + "}" * 500, '{"a": 1e400}', '{"a": 123456789012345678901234}']
)
def test_measures_that_no_mirror_says_are_refused(desk: Desk, measured: str) -> None:
    body = f'{{"measured": {measured}}}'
    sent = desk.http.post("/v1/requests", content=body, headers={"Content-Type": "application/json"})
    assert_error(sent, "body_unreadable")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    notes=st.text(max_size=200),
    name=st.text(max_size=60),
    body=st.binary(max_size=300),
    path=st.sampled_from(["", "/submission", "/price", "/approvals/one/decision", "/approvals/x/decision"]),
)
def test_any_text_is_kept_as_text_and_any_body_is_answered(
    desk: Desk, notes: str, name: str, body: bytes, path: str
) -> None:
    client = desk.begin(notes=notes, name=name)
    told = client.told()["wish"]
    assert told["notes"].replace("\n", "") in notes.replace("\r", "").replace("\n", "") or set(notes) - set(
        told["notes"]
    )
    assert not {"\0", "\u202e"} & set(told["notes"] + told["name"])
    answer = client.ask(
        "POST" if path else "PUT", path, content=body, headers={"Content-Type": "application/json", "If-Match": "*"}
    )
    assert 400 <= answer.status_code < 500
    assert answer.json().keys() == {"error"}

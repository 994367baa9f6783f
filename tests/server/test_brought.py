"""The owner's own pieces over HTTP: from a file to the shelf, with everything said that is wrong on the way."""

from __future__ import annotations

import base64
import io
import shutil
import stat
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh
from PIL import Image
from starlette.testclient import TestClient

from tests.server.conftest import House
from tests.server.test_people import OWN, come_in
from tests.web.house import until
from tryon.pieces import fields
from tryon.pieces.catalogue import Catalogue, read_piece
from tryon.pieces.fields import Draft
from tryon.preparing import FACES_KEPT
from tryon.server.app import create_app

PIECES = Path(__file__).resolve().parents[2] / "assets" / "pieces"
ALBA = PIECES / "alba"
MESHOPT = (Path(__file__).resolve().parents[1] / "pieces" / "packed" / "cc.glb").read_bytes()
FILLED = {
    "name": "Étoile",
    "kind": "ring",
    "worn_on": "left_hand",
    "finger": "ring",
    "line": "finger",
    "attachment": "rigid_ring",
    "maker": "Maison Vesper",
    "words": "One brilliant over a narrow band.",
    "materials": ["platinum 950"],
    "inner_diameter_mm": 17.0,
    "weight_g": 4.4,
    "studio_from": 6900,
    "studio_weeks": 4,
}


def band(finer: int = 0) -> bytes:
    """A ring as a modelling program would write it; every `finer` four times the triangles."""
    mesh = trimesh.creation.torus(0.0095, 0.001, major_sections=48, minor_sections=12)
    for _ in range(finer):
        mesh = mesh.subdivide()
    mesh.apply_transform(trimesh.transformations.rotation_matrix(np.pi / 2, [1, 0, 0]))
    return bytes(trimesh.exchange.gltf.export_glb(trimesh.Scene(mesh)))


def packed(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as made:
        for name, body in files.items():
            made.writestr(name, body)
    return out.getvalue()


def linked(name: str, target: str) -> bytes:
    """A ZIP in which a name is a symbolic link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        entry = zipfile.ZipInfo(name)
        entry.create_system, entry.external_attr = 3, (stat.S_IFLNK | 0o777) << 16
        made.writestr(entry, target)
    return out.getvalue()


class Owner:
    """Somebody who keeps the catalogue."""

    def __init__(self, house: House) -> None:
        self.house = house
        come_in(house)

    def asks(self, method: str, path: str, *, version: int = 0, **more: Any) -> Any:
        headers = {**OWN, **({"If-Match": f'"{version}"'} if version else {})}
        return self.house.client.request(method, f"/v1/atelier/pieces{path}", headers=headers, **more)

    def begun(self, name: str = "Étoile", kind: str = "ring") -> dict[str, Any]:
        answer = self.asks("POST", "", json={"name": name, "kind": kind})
        assert answer.status_code == 201, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def brings(self, id: str, body: bytes, name: str = "etoile.glb") -> Any:
        return self.asks("POST", f"/{id}/mesh?name={name}", content=body).json()

    def fills(self, told: dict[str, Any], **more: Any) -> dict[str, Any]:
        draft = {**told["draft"], **FILLED, **more}
        answer = self.asks("PUT", f"/{told['id']}/draft", version=told["version"], json=draft)
        assert answer.status_code == 200, answer.text
        saved: dict[str, Any] = answer.json()
        return saved

    def drawn(self, id: str) -> dict[str, Any]:
        assert self.asks("POST", f"/{id}/pictures").status_code == 202
        until(lambda: self.asks("GET", f"/{id}").json()["drawing"] is None, "its pictures are drawn")
        told: dict[str, Any] = self.asks("GET", f"/{id}").json()
        return told

    def published(self, told: dict[str, Any]) -> Any:
        return self.asks("POST", f"/{told['id']}/versions", version=told["version"])

    def shelf(self) -> list[str]:
        return [card["id"] for card in self.house.client.get("/v1/pieces").json()["pieces"]]


@pytest.fixture
def owner(house: House) -> Owner:
    return Owner(house)


def reason(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["reason"]


def test_a_piece_goes_from_a_file_to_the_shelf_and_a_version_never_changes(owner: Owner, house: House) -> None:
    told = owner.begun()
    assert (told["id"], told["state"], told["waits"]) == ("etoile", "draft", ["fields", "mesh"])
    assert (told["draft"]["line"], told["draft"]["finger"]) == ("finger", "ring"), "what is mostly so of its kind"
    assert reason(owner.published(told)) == (409, "piece_not_ready")

    brought = owner.brings("etoile", band())
    assert brought["mesh"]["errors"] == []
    draft = brought["piece"]["draft"]
    assert draft["inner_diameter_mm"] == pytest.approx(17.0, abs=0.2), "the mesh's own size, where nothing was said"
    assert draft["height_mm"] == pytest.approx(1.0, abs=0.1)
    told = owner.fills(brought["piece"], height_mm=draft["height_mm"])
    assert (told["wrong"], told["waits"]) == ([], ["pictures"])

    told = owner.drawn("etoile")
    assert (told["waits"], len(told["pictures"])) == ([], 13)
    for address in told["pictures"]:
        assert house.client.get(address).content.startswith(b"\x89PNG")
    assert "etoile" not in owner.shelf()
    answer = owner.published(told)
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["state"], told["published"], told["changed"]) == ("shown", 1, False)
    assert owner.shelf()[-1] == "etoile"
    assert house.client.get("/v1/pieces/etoile/poster.png").content.startswith(b"\x89PNG")

    (house.settings.pieces_folder / "no").mkdir()
    running = Catalogue(house.settings.pieces_folder, house.settings.published_folder)
    assert running.model("etoile").piece.size.weight_g == 4.4
    first = {path.name: path.read_bytes() for path in (house.settings.published_folder / "etoile" / "1").iterdir()}
    told = owner.fills(told, height_mm=draft["height_mm"], weight_g=5.1)
    assert told["changed"]
    assert house.client.get("/v1/pieces/etoile").json()["weight_g"] == 4.4, "a draft shows nowhere"
    told = owner.published(told).json()
    assert [version["number"] for version in told["versions"]] == [2, 1]
    assert house.client.get("/v1/pieces/etoile").json()["weight_g"] == 5.1
    assert running.model("etoile").piece.size.weight_g == 4.4, "a session that runs keeps what it took"
    assert {p.name: p.read_bytes() for p in (house.settings.published_folder / "etoile" / "1").iterdir()} == first

    hidden = owner.asks("PUT", "/etoile/shelf", version=told["version"], json={"shown": False})
    assert hidden.json()["state"] == "withdrawn"
    assert "etoile" not in owner.shelf()
    assert house.client.get("/v1/pieces/etoile").status_code == 200, "a request for it goes on"


def test_what_was_published_is_there_after_a_crash_between_store_and_files(owner: Owner, house: House) -> None:
    brought = owner.brings(owner.begun()["id"], band())
    owner.fills(brought["piece"], height_mm=brought["piece"]["draft"]["height_mm"])
    owner.published(owner.drawn("etoile"))
    (house.settings.published_folder / "etoile" / "shelf.json").unlink()

    with TestClient(create_app(house.settings, house.pool, {})) as again:
        assert "etoile" in {card["id"] for card in again.get("/v1/pieces").json()["pieces"]}


def test_a_model_that_is_refused_leaves_the_piece_as_it_was(owner: Owner) -> None:
    owner.begun()
    before = owner.brings("etoile", band())["piece"]
    for body, words in (
        (band()[:-40], "cut off"),
        (packed({"a.glb": band(), "b.glb": band()}), "holds 2 files .glb"),
        (packed({"a.glb": b"\0" * (65 * 1024 * 1024)}), "unpacks to more than"),
        (packed({f"{n}.txt": b"" for n in range(50)}), "holds 50 files"),
        (packed({"etoile/mesh.glb": band(), "etoile/piece.toml": b"id = 'x'\nname = 3"}), "piece.toml"),
        (b"PK\3\4 no zip at all, nor a model", "not a GLB"),
        (linked("mesh.glb", "/etc/passwd"), "too short to be a GLB"),
        (packed({"../../outside.glb": b"glTF"}), "too short to be a GLB"),
    ):
        found = owner.brings("etoile", body)
        assert words in found["mesh"]["errors"][0] or words in str(found["mesh"]["errors"]), found["mesh"]
        assert found["piece"]["version"] == before["version"]
    assert reason(owner.asks("POST", "/etoile/mesh", content=b"")) == (422, "mesh_refused")


def test_what_meshopt_compressed_is_brought_like_any_other(owner: Owner) -> None:
    owner.begun()
    found = owner.brings("etoile", MESHOPT)
    assert found["mesh"]["errors"] == []
    assert found["mesh"]["facts"][0].startswith(f"meshopt unpacked it from {len(MESHOPT):,} to")


def test_a_folder_fills_the_form_and_comes_out_as_it_went_in(owner: Owner, tmp_path: Path) -> None:
    owner.begun("Alba", "ring")
    files = {f"alba/{path.name}": path.read_bytes() for path in ALBA.iterdir()}
    found = owner.brings("alba", packed(files), "alba.zip")
    assert found["mesh"]["errors"] == []
    assert found["piece"]["wrong"] == []
    assert found["piece"]["draft"]["words"].startswith("One brilliant")
    told = owner.drawn("alba")
    assert owner.published(told).status_code == 201, owner.published(told).text


def test_what_is_wrong_is_said_at_its_field(owner: Owner) -> None:
    told = owner.begun("Lune", "tiara")
    assert {wrong["field"] for wrong in told["wrong"]} == {
        *("maker", "words", "materials", "height_mm", "weight_g", "studio_from", "studio_weeks"),
        *("inner_length_mm", "inner_breadth_mm"),
    }
    told = owner.fills(told, line="finger", worn_on="head", weight_g=87000, studio_to=100)
    said = {wrong["field"]: wrong["code"] for wrong in told["wrong"]}
    assert (said["line"], said["weight_g"], said["studio_to"]) == ("elsewhere", "range", "order")
    late = owner.asks("PUT", "/lune/draft", version=1, json=told["draft"])
    assert reason(late) == (412, "changed_meanwhile")
    assert reason(owner.asks("PUT", "/lune/draft", version=2, json={"shiny": True})) == (422, "body_unreadable")
    assert reason(owner.asks("PUT", "/lune/draft", json=told["draft"])) == (428, "version_missing")


def test_a_size_that_the_mesh_does_not_have_is_refused_when_it_is_published(owner: Owner) -> None:
    told = owner.fills(owner.brings(owner.begun()["id"], band())["piece"], height_mm=60.0)
    assert told["wrong"] == []
    refused = owner.published(owner.drawn("etoile"))
    assert reason(refused) == (422, "mesh_refused")
    assert "the mesh rises 1.0 mm" in refused.json()["error"]["detail"]


def test_a_seat_is_drawn_where_it_is_set_and_judged_on_three_heads(owner: Owner, house: House) -> None:
    shutil.copytree(PIECES.parent / "head", Path(house.settings.assets) / "head")
    told = owner.begun("Aurora", "tiara")
    assert reason(owner.asks("POST", "/aurora-2/seat", json=told["draft"])) == (409, "mesh_missing")
    found = owner.brings("aurora-2", (PIECES / "aurora" / "mesh.glb").read_bytes())
    draft = {**found["piece"]["draft"], "inner_length_mm": 176.0}
    seen = [owner.asks("POST", "/aurora-2/seat", json={**draft, "seat_height_mm": up}).json() for up in (0.0, 10.0)]
    tops = [alpha_rows(each["side"]["piece"])[0] for each in seen]
    assert tops[0] - tops[1] == pytest.approx(10 * seen[0]["px_per_mm"] * np.cos(np.radians(38)), abs=2)
    assert seen[0]["side"]["head"] == seen[1]["side"]["head"]
    assert [each["percentile"] for each in seen[0]["heads"]] == [5, 50, 95]
    gaps = [each["gap_mm"] for each in seen[0]["heads"]]
    assert gaps == sorted(gaps, reverse=True), "a larger head leaves less room"


def alpha_rows(png: str) -> np.ndarray[Any, Any]:
    """Rows of a picture in which anything stands."""
    return np.flatnonzero(np.asarray(Image.open(io.BytesIO(base64.b64decode(png))))[..., 3].max(axis=1) > 60)


def test_a_heavy_mesh_is_made_lighter_and_stays_as_large(owner: Owner, house: House) -> None:
    owner.begun()
    found = owner.brings("etoile", band(finer=4))
    assert found["mesh"]["triangles"] > 2 * FACES_KEPT
    owner.fills(found["piece"], height_mm=1.0)
    assert owner.published(owner.drawn("etoile")).status_code == 201
    (house.settings.pieces_folder / "no").mkdir()
    model = Catalogue(house.settings.pieces_folder, house.settings.published_folder).model("etoile")
    assert model.face_count <= 1.02 * FACES_KEPT
    assert max(float(part.vertices[:, 0].max()) for part in model.parts) == pytest.approx(10.5, abs=0.05)


def test_ids_are_the_owners_words_and_never_a_house_pieces(owner: Owner) -> None:
    assert [owner.begun(name)["id"] for name in ("Aurora", "Aurora", "Käthe & Söhne", "ÅÄÖ 3")] == [
        "aurora-2",
        "aurora-3",
        "kaethe-soehne",
        "aaeoe-3",
    ]
    assert reason(owner.asks("POST", "", json={"name": "冠", "kind": "crown"})) == (422, "piece_name_wrong")
    rows = owner.asks("GET", "").json()["pieces"]
    assert [row["state"] for row in rows].count("house") == 6


def test_only_the_owner_keeps_the_catalogue(house: House) -> None:
    for method, path in (("GET", ""), ("POST", ""), ("PUT", "/x/draft"), ("POST", "/x/mesh"), ("POST", "/x/versions")):
        answer = house.client.request(method, f"/v1/atelier/pieces{path}", headers=OWN)
        assert reason(answer) == (401, "staff_unknown"), path


@pytest.mark.parametrize("id", ["alba", "aurora", "celeste", "stella"])
def test_fields_say_all_that_a_piece_toml_does(id: str, tmp_path: Path) -> None:
    piece = read_piece(PIECES / id)
    draft = fields.draft_of(piece)
    assert fields.wrong(draft) == []
    again = tmp_path / id
    again.mkdir()
    (again / "piece.toml").write_text(fields.toml_of(fields.piece_of(id, draft)))
    assert read_piece(again) == piece


def test_words_with_every_sign_survive_the_toml(tmp_path: Path) -> None:
    words = "A “crown”\n\\ \" ' = # [x] \x7f\u2028 é"
    draft = Draft(**{**FILLED, "materials": ("a",), "words": words, "height_mm": 3.0})
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "piece.toml").write_text(fields.toml_of(fields.piece_of("x", draft)))
    assert read_piece(tmp_path / "x").words == words.replace("\x7f", "")
    shutil.rmtree(tmp_path / "x")

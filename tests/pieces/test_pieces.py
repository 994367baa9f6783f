"""Every piece of the catalogue is what it says, and the gate says what is wrong with what comes from outside."""

from __future__ import annotations

import json
import shutil
import struct
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tryon.errors import AssetError
from tryon.geometry.chain import points_of
from tryon.pieces.catalogue import Catalogue, read_piece
from tryon.pieces.gate import add, check, inspect
from tryon.settings import load
from tryon.types import Model

ROOT = Path(__file__).resolve().parents[2]
FOLDER = load({}).pieces_folder
IDS = [path.name for path in sorted(FOLDER.iterdir())]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The shipped one."""
    return Catalogue(FOLDER)


def points(model: Model) -> np.ndarray:
    """(n, 3) mm of all parts."""
    return points_of(model)


def test_the_catalogue_has_what_a_shop_would_show(catalogue: Catalogue) -> None:
    kinds = [piece.kind for piece in catalogue.pieces()]
    assert len(kinds) >= 8
    assert kinds.count("crown") >= 2
    assert kinds.count("tiara") >= 3
    assert {"circlet", "headband", "choker", "necklace", "ring", "bracelet", "earrings"} <= set(kinds)


@pytest.mark.parametrize("id", [id for id in IDS if read_piece(FOLDER / id).size.chain_length_mm])
def test_a_chain_is_laid_round_and_its_links_stay_whole(id: str, catalogue: Catalogue) -> None:
    """What is drawn along a chain comes out as it was modelled, and no triangle spans two links."""
    model = catalogue.model(id)
    size = model.piece.size
    at = points_of(model)
    radius = size.chain_length_mm / (2 * np.pi)
    away = np.hypot(at[:, 0], at[:, 2]) - radius
    assert np.median(np.abs(away)) < 5.0
    assert at[:, 2].max() > 0.9 * radius
    assert at[:, 2].min() < -0.9 * radius
    for part in (*model.parts, *model.far_parts):
        assert part.chain is not None
        corners = part.chain[part.faces]
        # the simpler triangles too
        assert (corners.max(axis=1) - corners.min(axis=1) < 1e-4).all(), part.material.name


@pytest.mark.parametrize("id", IDS)
def test_every_piece_passes_the_gate_and_is_as_large_as_it_says(id: str, catalogue: Catalogue) -> None:
    report = check(FOLDER / id)
    assert report.accepted, report.lines()
    model = catalogue.model(id)
    size = model.piece.size
    assert abs(points(model)[:, 1].max() - size.height_mm) < 0.6
    for part in (*model.parts, *model.far_parts):
        assert np.isfinite(part.vertices).all()
        assert part.faces.max() < len(part.vertices)
        assert np.allclose(np.linalg.norm(part.normals, axis=1), 1.0, atol=1e-3)
        assert part.occlusion.min() >= 0
        assert part.occlusion.max() <= 1


@pytest.mark.parametrize("id", IDS)
def test_the_declared_opening_is_free(id: str, catalogue: Catalogue) -> None:
    """No metal stands inside the ellipse that the piece says is its inside (a comb's teeth and hooks excepted)."""
    model = catalogue.model(id)
    size = model.piece.size
    if model.piece.worn_on == "ears":
        assert size.inner_length_mm == size.inner_breadth_mm == 0, "an earring has no inside"
        return
    metal = tuple(part for part in model.parts if part.material.kind == "metal")
    seat = points_of(replace(model, parts=metal or model.parts))
    band = seat[(seat[:, 1] > -0.4) & (seat[:, 1] < 2.0)]
    inside = (band[:, 0] / (size.inner_breadth_mm / 2)) ** 2 + (band[:, 2] / (size.inner_length_mm / 2)) ** 2
    assert (np.sqrt(inside) > 0.93).mean() > 0.95
    assert np.sqrt(inside).min() > 0.8 or model.piece.kind in ("ring",)


@pytest.mark.parametrize("id", IDS)
def test_faces_are_spent_as_the_budget_says(id: str, catalogue: Catalogue) -> None:
    model = catalogue.model(id)
    if model.piece.worn_on == "head":
        assert 20_000 <= model.face_count <= 60_000
        far = sum(len(part.faces) for part in model.far_parts)
        assert far < 0.62 * model.face_count
    assert (FOLDER / id / "mesh.glb").stat().st_size < 2_500_000


@pytest.mark.parametrize("id", IDS)
def test_weight_is_believable(id: str, catalogue: Catalogue) -> None:
    piece = catalogue.piece(id)
    low, high = {
        "ring": (1.5, 12),
        "choker": (40, 120),
        "headband": (30, 120),
        "tiara": (30, 260),
        "necklace": (4, 120),
        "bracelet": (5, 80),
        "earrings": (0.5, 15),
    }.get(piece.kind, (45, 520))
    assert low <= piece.size.weight_g <= high
    assert abs(piece.size.centre_of_mass_mm[0]) < 4, "nearly the same left and right"


@pytest.mark.parametrize("id", IDS)
def test_every_piece_has_its_poster(id: str, catalogue: Catalogue) -> None:
    from PIL import Image

    picture = np.asarray(Image.open(catalogue.poster(id)))
    assert picture.shape == (480, 640, 4), "on no ground, so that it lies on ivory and on ink"
    assert catalogue.poster(id).stat().st_size < 300_000
    assert 0.015 < (picture[..., 3] > 128).mean() < 0.6, "a fine chain is little, but not nothing"


def test_a_piece_is_the_same_each_time_it_is_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", [str(ROOT / "assets" / "make"), *sys.path])
    import all as designs
    import build

    build.build(designs.alba(), tmp_path)
    for name in ("mesh.glb", "piece.toml"):
        assert (tmp_path / "alba" / name).read_bytes() == (FOLDER / "alba" / name).read_bytes(), (
            f"{name}: the script and what is committed differ; run python assets/make/all.py"
        )


def test_an_unknown_piece_names_those_there_are(catalogue: Catalogue) -> None:
    with pytest.raises(AssetError, match=r"no piece 'nope'; there are: .*aurora"):
        catalogue.piece("nope")


# the gate


def taken_apart(id: str = "alba") -> tuple[dict[str, Any], bytes]:
    """A good piece's JSON and buffer."""
    data = (FOLDER / id / "mesh.glb").read_bytes()
    (length,) = struct.unpack_from("<I", data, 12)
    return json.loads(data[20 : 20 + length]), data[28 + length :]


def put_together(header: dict[str, Any] | bytes, blob: bytes) -> bytes:
    """A GLB of these."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(blob), 0x004E4942) + blob
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def nan(header: dict[str, Any], blob: bytes) -> bytes:
    """One coordinate is no number."""
    view = header["bufferViews"][0]
    at = view["byteOffset"] + 4
    return put_together(header, blob[:at] + struct.pack("<f", float("nan")) + blob[at + 4 :])


def outside_index(header: dict[str, Any], blob: bytes) -> bytes:
    """One index points past the vertices."""
    view = header["bufferViews"][header["accessors"][header["meshes"][0]["primitives"][0]["indices"]]["bufferView"]]
    at = view["byteOffset"]
    return put_together(header, blob[:at] + struct.pack("<I", 4_000_000) + blob[at + 4 :])


def with_header(change: Callable[[dict[str, Any]], Any]) -> Callable[[dict[str, Any], bytes], bytes]:
    """The file with its JSON changed."""

    def made(header: dict[str, Any], blob: bytes) -> bytes:
        change(header)
        return put_together(header, blob)

    return made


def scaled(header: dict[str, Any], blob: bytes) -> bytes:
    """Exported in millimetres, so a thousand times too large."""
    view = header["bufferViews"][0]
    start, length = view["byteOffset"], view["byteLength"]
    large = np.frombuffer(blob[start : start + length], np.float32) * 1000
    return put_together(header, blob[:start] + large.astype(np.float32).tobytes() + blob[start + length :])


BAD = {
    "nan": (nan, "not finite"),
    "index": (outside_index, "outside its"),
    "millimetres": (scaled, "millimetres or centimetres"),
    "count": (with_header(lambda h: h["accessors"][0].update(count=50_000_000)), "past the end|impossible count"),
    "negative": (with_header(lambda h: h["accessors"][0].update(byteOffset=-4)), "impossible count or offset"),
    "huge stride": (with_header(lambda h: h["bufferViews"][0].update(byteStride=2**60)), "impossible count"),
    "billion": (
        with_header(lambda h: h.update(nodes=[{"mesh": 0}] * 4000, scenes=[{"nodes": [*range(4000)]}], scene=0)),
        "meshes are placed",
    ),
    "doubling": (
        with_header(
            lambda h: h.update(
                nodes=[{"mesh": 0}, *({"children": [at, at]} for at in range(40))], scenes=[{"nodes": [40]}], scene=0
            )
        ),
        "hangs on two others, or twice on one",
    ),
    "no mesh": (with_header(lambda h: h.pop("meshes")), "no mesh"),
    "uri": (with_header(lambda h: h["buffers"][0].update(uri="http://127.0.0.1/x.bin")), "outside itself"),
    "draco": (
        with_header(lambda h: h.update(extensionsRequired=["KHR_draco_mesh_compression"])),
        "requires KHR_draco_mesh_compression",
    ),
    "lines": (with_header(lambda h: h["meshes"][0]["primitives"][0].update(mode=1)), "not made of triangles"),
    "view": (with_header(lambda h: h["accessors"][0].update(bufferView=999)), "does not exist"),
    "type": (with_header(lambda h: h["accessors"][0].update(componentType=[5126])), "Accessor 0 is"),
    "deep": (lambda h, b: put_together(b"[" * 5000 + b"]" * 5000, b), "nested 5000 deep"),
    "not json": (lambda h, b: put_together(b'{"asset":', b), "cannot be read"),
    "list": (lambda h, b: put_together(b"[]", b), "not an object"),
    "magic": (lambda h, b: b"PNG!" + put_together(h, b)[4:], "not a GLB"),
    "cut": (lambda h, b: put_together(h, b)[:-100], "cut off or added to"),
    "short": (lambda h, b: b"glTF", "too short"),
    "version": (lambda h, b: b"glTF\1\0\0\0" + put_together(h, b)[8:], "version 1"),
}


@pytest.mark.parametrize("what", BAD)
def test_the_gate_says_what_is_wrong(what: str, tmp_path: Path) -> None:
    make, words = BAD[what]
    path = tmp_path / "mesh.glb"
    path.write_bytes(make(*taken_apart()))

    report = inspect(path)

    assert not report.accepted
    assert len(report.errors) == 1
    assert __import__("re").search(words, report.errors[0]), report.errors


def test_random_bytes_never_crash_the_gate(rng: np.random.Generator, tmp_path: Path) -> None:
    good = bytearray((FOLDER / "alba" / "mesh.glb").read_bytes())
    path = tmp_path / "mesh.glb"
    for _ in range(150):
        data = good.copy()
        for at in rng.integers(0, min(len(data), 6000), rng.integers(1, 8)):
            data[at] = int(rng.integers(0, 256))
        path.write_bytes(data)
        inspect(path)


def folder_of(tmp_path: Path, change: tuple[str, str] | None = None, id: str = "alba") -> Path:
    """A copy of a piece's folder with one line of its piece.toml changed."""
    folder = tmp_path / id
    shutil.copytree(FOLDER / "alba", folder)
    text = (folder / "piece.toml").read_text().replace('id = "alba"', f'id = "{id}"')
    if change is not None:
        assert change[0] in text
        text = text.replace(*change)
    (folder / "piece.toml").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('kind = "ring"', 'kind = "rign"'), r"piece\.toml: Invalid enum value 'rign' - at `\$\.kind`"),
        (('maker = "Atelier tryon"\n', ""), "missing required field `maker`"),
        (("height_mm = 0.0", 'height_mm = "tall"'), r"Expected `float`, got `str`"),
        (("tolerance_mm = 0.5", "tolerance_mm = 0.5\nshiny = true"), "unknown field `shiny`"),
        (("inner_diameter_mm = 17.0", "inner_diameter_mm = nan"), "inner_diameter_mm is nan"),
        (("inner_diameter_mm = 17.0", "inner_diameter_mm = 1e9"), "expected 0 to 3000"),
        (("inner_diameter_mm = 17.0", "inner_diameter_mm = 0.0"), r"for the finger needs size\.inner_diameter_mm"),
        (('line = "finger"', 'line = "tiara"'), "worn on left_hand it is finger or wrist"),
    ],
)
def test_a_slip_in_piece_toml_names_file_and_field(change: tuple[str, str], words: str, tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=words):
        read_piece(folder_of(tmp_path, change))


def test_a_declared_height_that_the_mesh_does_not_have_is_refused(tmp_path: Path) -> None:
    folder = folder_of(tmp_path)
    text = (folder / "piece.toml").read_text()
    lines = [
        "height_mm = 60.0" if line.startswith("height_mm") and "0.0" not in line else line for line in text.splitlines()
    ]
    (folder / "piece.toml").write_text("\n".join(lines))
    report = check(folder)
    assert not report.accepted
    assert "height_mm is 60.0; the mesh rises" in report.errors[0]


def test_a_necklace_whose_mesh_has_no_chain_is_refused(tmp_path: Path) -> None:
    """It could not hang; drawn as one rigid ring it would fly."""
    folder = tmp_path / "stella"
    shutil.copytree(FOLDER / "stella", folder)
    mesh = (folder / "mesh.glb").read_bytes()
    (folder / "mesh.glb").write_bytes(mesh.replace(b'"_CHAIN"', b'"_CHAIM"'))
    with pytest.raises(AssetError, match="needs the vertex attribute _CHAIN"):
        Catalogue(tmp_path).model("stella")


def test_adding_is_whole_or_not_at_all(tmp_path: Path) -> None:
    catalogue = tmp_path / "pieces"
    piece = add(folder_of(tmp_path, id="nova"), catalogue)
    assert piece.id == "nova"
    assert Catalogue(catalogue).model("nova").face_count > 1000
    assert {path.name for path in catalogue.iterdir()} == {"nova"}

    with pytest.raises(AssetError, match="has a piece 'nova' already"):
        add(tmp_path / "nova", catalogue)
    bad = folder_of(tmp_path, id="vera")
    (bad / "mesh.glb").write_bytes(b"glTF nonsense that is long enough")
    with pytest.raises(AssetError, match="version"):
        add(bad, catalogue)
    assert {path.name for path in catalogue.iterdir()} == {"nova"}

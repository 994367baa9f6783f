"""The gate against what programs export and what strangers send: each is refused in words, or is safe to draw."""

from __future__ import annotations

import json
import resource
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import DracoPy
import numpy as np
import pytest
import trimesh
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tryon.pieces import draco, unpack
from tryon.pieces.gate import check, inspect, opened
from tryon.pieces.glb import chunks, join

PIECES = Path(__file__).resolve().parents[2] / "assets" / "pieces"
ALBA = (PIECES / "alba" / "mesh.glb").read_bytes()
PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480) + b"\x08\x06\0\0\0"


def ring(change: Callable[[trimesh.Trimesh], Any] = lambda mesh: None) -> bytes:
    """A closed band 20 mm across, as a modelling program would write it."""
    mesh = trimesh.creation.torus(0.009, 0.001, major_sections=48, minor_sections=12)
    change(mesh)
    return bytes(trimesh.exchange.gltf.export_glb(trimesh.Scene(mesh)))


def changed(change: Callable[[dict[str, Any]], Any], more: bytes = b"", of: bytes | None = None) -> bytes:
    header, blob = chunks(ring() if of is None else of)
    change(header)
    blob += more
    header["buffers"][0]["byteLength"] = len(blob)
    return join(header, blob)


def packed() -> bytes:
    """The same band, compressed by Draco."""
    mesh = trimesh.creation.torus(0.009, 0.001, major_sections=48, minor_sections=12)
    body = DracoPy.encode(np.asarray(mesh.vertices), np.asarray(mesh.faces, np.uint32), quantization_bits=16)
    count = len(mesh.vertices)
    header = {
        "asset": {"version": "2.0"},
        "extensionsUsed": [draco.NAME],
        "extensionsRequired": [draco.NAME],
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [
            {
                "primitives": [
                    {
                        "attributes": {"POSITION": 0},
                        "indices": 1,
                        "extensions": {draco.NAME: {"bufferView": 0, "attributes": {"POSITION": 0}}},
                    }
                ]
            }
        ],
        "accessors": [
            {"componentType": 5126, "count": count, "type": "VEC3"},
            {"componentType": 5125, "count": 3 * len(mesh.faces), "type": "SCALAR"},
        ],
        "bufferViews": [{"buffer": 0, "byteLength": len(body)}],
        "buffers": [{"byteLength": len(body)}],
    }
    return join(header, body)


def report_of(tmp_path: Path, data: bytes) -> Any:
    path = tmp_path / "in.glb"
    path.write_bytes(data)
    return check(path)


def test_a_good_file_has_no_findings(tmp_path: Path) -> None:
    found = report_of(tmp_path, ring())
    assert (found.errors, found.warnings) == ([], [])
    assert found.facts == ["1,152 triangles, 20.0 mm on its longest side"]


def test_draco_is_unpacked_apart_and_looked_at_anew(tmp_path: Path) -> None:
    path, plain = tmp_path / "in.glb", tmp_path / "plain.glb"
    path.write_bytes(packed())

    found = opened(path, plain)
    assert found.accepted, found.lines()
    assert "20.0 mm" in found.facts[-1]
    assert inspect(plain).accepted
    assert not inspect(path).accepted, "only what was unpacked is drawn"
    scene = trimesh.load(plain, process=False)
    assert np.ptp(scene.bounds, axis=0).max() == pytest.approx(0.020, abs=1e-5)


def test_draco_that_is_broken_is_refused(tmp_path: Path) -> None:
    header, blob = chunks(packed())
    for broken in (blob[:200] + bytes(len(blob) - 200), b"DRACO" + bytes(len(blob) - 5), bytes(len(blob))):
        found = report_of(tmp_path, join(header, broken))
        assert "Draco" in found.errors[0], found.lines()
    far = changed(lambda h: h["meshes"][0]["primitives"][0]["extensions"][draco.NAME].update(bufferView=9), of=packed())
    assert "does not exist" in report_of(tmp_path, far).errors[0]


@pytest.mark.parametrize("way", ["Draco", "meshopt"])
def test_what_unpacks_has_no_room_to_hurt(way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limits stand before its first byte is read, and no file can be opened after."""
    limits: dict[int, tuple[int, int]] = {}
    monkeypatch.setattr(resource, "setrlimit", lambda what, most: limits.update({what: most}))

    class Input:
        class buffer:
            read = staticmethod(lambda: pytest.fail("read before the limits stood") if len(limits) < 6 else b"")

    monkeypatch.setattr(unpack.sys, "stdin", Input)
    with pytest.raises(struct.error):
        unpack.main(way)
    assert limits[resource.RLIMIT_NOFILE] == (3, 3)
    assert limits[resource.RLIMIT_AS][1] <= 4 * 1024**3
    assert limits[resource.RLIMIT_FSIZE][1] <= 256 * 1024**2


def inverted(mesh: trimesh.Trimesh) -> None:
    mesh.invert()


def torn(mesh: trimesh.Trimesh) -> None:
    mesh.update_faces(np.arange(len(mesh.faces)) > 10)


def twisted(mesh: trimesh.Trimesh) -> None:
    mesh.faces[5] = mesh.faces[5][::-1]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (inverted, r"1 of 1 closed bodies are inside out.*Flip"),
        (torn, r"edges belong to one triangle only.*close the holes"),
        (twisted, r"At 3 edges two triangles face opposite ways.*normals consistent"),
    ],
)
def test_surfaces_that_are_not_sound_are_said_with_the_cure(
    change: Callable[[trimesh.Trimesh], Any], words: str, tmp_path: Path
) -> None:
    found = report_of(tmp_path, ring(change))
    assert found.accepted
    assert len(found.warnings) == 1
    assert __import__("re").search(words, found.warnings[0]), found.warnings


def textured(header: dict[str, Any]) -> None:
    length = header["buffers"][0]["byteLength"]
    header["bufferViews"].append({"buffer": 0, "byteOffset": length, "byteLength": len(PNG)})
    header["images"] = [{"bufferView": len(header["bufferViews"]) - 1, "mimeType": "image/png"}]


def circle(header: dict[str, Any]) -> None:
    header["nodes"][0].setdefault("children", []).append(0)
    header["scenes"] = [{"nodes": [0]}]
    header["scene"] = 0


REFUSED = {
    "basis": (lambda h: h.update(extensionsRequired=["KHR_texture_basisu"]), "requires KHR_texture_basisu.*without"),
    "circle": (circle, "meshes are placed"),
    "mesh": (lambda h: next(n for n in h["nodes"] if "mesh" in n).update(mesh=7), "refers to what does not exist"),
    "place": (lambda h: h["nodes"][0].update(matrix=["x"] * 16), "place cannot be read"),
    "millimetres": (
        lambda h: h["nodes"][0].update(matrix=[1000, 0, 0, 0, 0, 1000, 0, 0, 0, 0, 1000, 0, 0, 0, 0, 1]),
        "20000 mm|2e\\+04 mm",
    ),
    "buffers": (lambda h: h["buffers"].append({"byteLength": 4}), "2 buffers"),
    "picture": (lambda h: h.update(images=[{"bufferView": 0}]), "neither PNG nor JPEG"),
    "outside": (lambda h: h.update(images=[{"uri": "https://evil.example/x.png"}]), "outside itself"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_is_refused_is_said_with_the_cure(what: str, tmp_path: Path) -> None:
    change, words = REFUSED[what]
    found = report_of(tmp_path, changed(change))
    assert len(found.errors) == 1
    assert __import__("re").search(words, found.errors[0]), found.errors


def test_a_node_that_scales_millimetres_to_metres_is_understood(tmp_path: Path) -> None:
    """What Blender and others write for a file in millimetres."""

    def large(mesh: trimesh.Trimesh) -> None:
        mesh.apply_scale(1000)

    def small(header: dict[str, Any]) -> None:
        node = next(node for node in header["nodes"] if "mesh" in node)
        node.pop("matrix", None)
        node["scale"] = [0.001] * 3

    found = report_of(tmp_path, changed(small, of=ring(large)))
    assert found.facts == ["1,152 triangles, 20.0 mm on its longest side"], found.lines()


def test_textures_are_measured_and_left_out(tmp_path: Path) -> None:
    found = report_of(tmp_path, changed(textured, PNG))
    assert found.accepted
    assert "1 textures are left out" in found.warnings[0]
    large = PNG.replace(struct.pack(">II", 640, 480), struct.pack(">II", 64000, 48000))
    assert "64000 x 48000" in report_of(tmp_path, changed(textured, large)).errors[0]


VALUES = st.one_of(
    st.integers(-(2**40), 2**70), st.floats(), st.none(), st.booleans(), st.text(max_size=5), st.just([]), st.just({})
)


def mutated(data: st.DataObject, header: Any) -> None:
    """One value somewhere in the JSON is another one."""
    here = header
    for _ in range(data.draw(st.integers(1, 9))):
        if isinstance(here, dict) and here:
            key: Any = data.draw(st.sampled_from(sorted(here)))
        elif isinstance(here, list) and here:
            key = data.draw(st.integers(0, len(here) - 1))
        else:
            return
        if not isinstance(here[key], dict | list) or data.draw(st.booleans()):
            here[key] = data.draw(VALUES)
            return
        here = here[key]


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), of=st.sampled_from([ring(), ALBA, changed(textured, PNG)]))
def test_whatever_is_in_the_json_the_gate_answers_and_stays_small(
    data: st.DataObject, of: bytes, tmp_path: Path
) -> None:
    header, blob = chunks(of)
    for _ in range(data.draw(st.integers(1, 3))):
        mutated(data, header)
    path = tmp_path / "in.glb"
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 4)
    body = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(blob), 0x004E4942) + blob
    path.write_bytes(struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = inspect(path)
    assert found.accepted or found.errors[0]
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 400_000, "kB"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_the_bytes_are_the_gate_answers(data: st.DataObject, tmp_path: Path) -> None:
    raw = bytearray(ALBA)
    for at in data.draw(st.lists(st.integers(0, 4000), max_size=12)):
        raw[at] = data.draw(st.integers(0, 255))
    path = tmp_path / "in.glb"
    path.write_bytes(raw[: data.draw(st.sampled_from([len(raw), 20, 3000]))])
    found = inspect(path)
    assert found.accepted or found.errors[0]

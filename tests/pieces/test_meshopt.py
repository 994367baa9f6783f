"""What meshopt compressed: beside its own reference decoder, from real files, and from whoever means harm."""

from __future__ import annotations

import base64
import json
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import trimesh

from tryon.pieces import draco, gate, meshopt, streams
from tryon.pieces.glb import chunks, join

PACKED = Path(__file__).with_name("packed")
STREAMS = [
    (
        each["mode"],
        each["filter"],
        each["count"],
        each["stride"],
        *(base64.b64decode(each[k]) for k in ("stream", "plain")),
    )
    for each in json.loads((PACKED / "streams.json").read_text())
]
CC = (PACKED / "cc.glb").read_bytes()
NAME = "EXT_meshopt_compression"


def opened(tmp_path: Path, data: bytes) -> gate.Report:
    path = tmp_path / "in.glb"
    path.write_bytes(data)
    return gate.opened(path, tmp_path / "plain.glb")


def test_streams_hold_what_the_reference_finds_in_them() -> None:
    met = set()
    for mode, kind, count, stride, stream, plain in STREAMS:
        met.add((mode, kind, stream[0]))
        found = streams.decoded(mode, kind, count, stride, stream)
        if kind in ("NONE", "EXPONENTIAL"):
            assert found.tobytes() == plain, (mode, kind, count, stride)
            continue
        number = ("u" if kind == "COLOR" else "i") + str(stride // 4)
        apart = np.abs(found.view(number).astype(int) - np.frombuffer(plain, number))
        assert apart.max() <= 1, "what glTF lets a filter be off"
    assert len(met) == 11, "each mode, and each filter in both versions (color in the newer)"


@pytest.mark.parametrize("name", ["cc", "cz", "floats"])
def test_what_gltfpack_wrote_is_unpacked_apart_and_looked_at_anew(name: str, tmp_path: Path) -> None:
    data = (PACKED / f"{name}.glb").read_bytes()
    found = opened(tmp_path, data)
    assert (found.errors, found.warnings) == ([], []), found.lines()
    assert found.facts[-1] == "1,152 triangles, 20.0 mm on its longest side"
    assert found.facts[0].startswith(f"meshopt unpacked it from {len(data):,} to")
    assert gate.inspect(tmp_path / "plain.glb").accepted
    assert "tryon pieces add" in gate.inspect(tmp_path / "in.glb").errors[0], "only what was unpacked is drawn"

    true = trimesh.creation.torus(0.009, 0.001, major_sections=48, minor_sections=12)
    mesh = trimesh.load(tmp_path / "plain.glb", process=False, force="mesh")
    assert mesh.volume == pytest.approx(true.volume, rel=1e-3)
    assert mesh.bounds == pytest.approx(true.bounds, abs=2e-6)
    told = chunks((tmp_path / "plain.glb").read_bytes())[0]["meshes"][0]["primitives"][0]["attributes"]
    assert "NORMAL" in told
    mesh.merge_vertices(merge_norm=True)
    ring = mesh.vertices * (1, 1, 0)
    outward = mesh.vertices - 0.009 * ring / np.linalg.norm(ring, axis=1, keepdims=True)
    outward /= np.linalg.norm(outward, axis=1, keepdims=True)
    assert (np.einsum("ij,ij->i", outward, mesh.vertex_normals) > 0.99).all()


def test_whole_numbers_are_read_as_what_they_stand_for(tmp_path: Path) -> None:
    """As gltfpack writes without compression."""
    quantized = meshopt.plain(CC)
    header, _ = chunks(quantized)
    assert header["extensionsRequired"] == ["KHR_mesh_quantization"]
    assert opened(tmp_path, quantized).facts == ["1,152 triangles, 20.0 mm on its longest side"]


def views(header: dict[str, Any]) -> list[dict[str, Any]]:
    return [view["extensions"][NAME] for view in header["bufferViews"]]


def huge(number: int, count: int) -> Callable[[dict[str, Any]], None]:
    """A view that says it unpacks to so much."""

    def change(header: dict[str, Any]) -> None:
        view = header["bufferViews"][number]
        view["extensions"][NAME]["count"] = count
        view["byteLength"] = count * view["extensions"][NAME]["byteStride"]

    return change


MEANT: dict[str, tuple[Callable[[dict[str, Any]], Any], str]] = {
    "mode": (lambda h: views(h)[0].update(mode="VERTICES"), "mode, filter, count or stride"),
    "mode of lists": (lambda h: views(h)[0].update(mode=["ATTRIBUTES"]), "mode, filter, count or stride"),
    "filter": (lambda h: views(h)[0].update(filter="SECRET"), "mode, filter, count or stride"),
    "filter of indices": (lambda h: views(h)[2].update(filter="COLOR"), "mode, filter, count or stride"),
    "no count": (lambda h: views(h)[0].pop("count"), "mode, filter, count or stride"),
    "nothing": (lambda h: (views(h)[0].update(count=0), h["bufferViews"][0].update(byteLength=0)), "mode, filter"),
    "true": (lambda h: views(h)[0].update(count=True), "mode, filter, count or stride"),
    "stride": (lambda h: views(h)[0].update(byteStride=20), "mode, filter, count or stride"),
    "other count": (lambda h: views(h)[0].update(count=views(h)[0]["count"] + 1), "mode, filter, count or stride"),
    "beyond all": (huge(0, 10**30), "mode, filter, count or stride"),
    "huge": (huge(0, 4 * 10**9), "unpacks to more than 134,217,728 bytes"),
    "twice its room": (huge(1, 50_000_000), "unpacks to more than 134,217,728 bytes"),
    "indices": (huge(2, 9_000_000), "or 8,000,000 indices.*Simplify"),
    "past the end": (lambda h: views(h)[0].update(byteLength=10**7), "past the end"),
    "before the start": (lambda h: views(h)[0].update(byteOffset=-1), "impossible count or offset"),
    "said to be nothing": (lambda h: h["bufferViews"][0]["extensions"].update({NAME: 7}), "is not in the file"),
    "both": (
        lambda h: h["bufferViews"][0]["extensions"].update(KHR_meshopt_compression=views(h)[0]),
        "is not in the file",
    ),
    "other buffer": (lambda h: views(h)[0].update(buffer=1), "is not in the file"),
    "plain in no buffer": (lambda h: h["bufferViews"][0].pop("extensions"), "a buffer that is not in the file"),
    "cut": (lambda h: views(h)[0].update(byteLength=40), "meshopt compression is broken"),
    "another's": (lambda h: views(h)[2].update(mode="INDICES"), "meshopt compression is broken.*without meshopt"),
    "old name": (lambda h: h.update(extensionsRequired=["MESHOPT_compression"]), "requires MESHOPT_compression"),
}


@pytest.mark.parametrize("what", MEANT)
def test_what_is_meant_badly_is_refused_in_words(what: str, tmp_path: Path) -> None:
    change, words = MEANT[what]
    header, blob = chunks(CC)
    change(header)
    found = opened(tmp_path, join(header, blob))
    assert len(found.errors) == 1
    assert re.search(words, found.errors[0]), found.errors


def test_a_stream_that_is_cut_or_added_to_is_never_taken() -> None:
    for mode, kind, count, stride, stream, _ in STREAMS:
        for other in (stream[:-1], stream[: len(stream) // 2], stream[:1], b"", stream + b"\0"):
            with pytest.raises((ValueError, IndexError, TypeError, KeyError)):
                streams.decoded(mode, kind, count, stride, other)
        with pytest.raises((ValueError, IndexError, TypeError, KeyError)):
            streams.decoded(mode, kind, count * 16 + 48, stride, stream)


def test_a_stream_that_was_spoilt_gives_as_many_bytes_or_none() -> None:
    rng = random.Random(3)
    taken = 0
    for _ in range(2000):
        mode, kind, count, stride, stream, _ = rng.choice(STREAMS)
        spoilt = bytearray(stream)
        for _ in range(rng.choice((1, 1, 3))):
            spoilt[rng.randrange(len(spoilt))] = rng.randrange(256)
        try:
            found = streams.decoded(mode, kind, count, stride, bytes(spoilt))
        except (ValueError, IndexError, TypeError, KeyError):
            continue
        taken += 1
        assert found.size == count * stride
    assert 200 < taken < 2000


def test_a_few_bytes_that_stand_for_many_take_little_room() -> None:
    """Nothing but what is like the one before: 16 million bytes from twenty thousand."""
    count, stride = 1_000_000, 16
    blocks = -(-count // 256)
    stream = b"\xa1" + b"\xaa" * (blocks * stride // 4) + bytes(4) + bytes(range(stride)) + bytes(stride // 4)
    assert len(stream) < 20_000
    found = streams.decoded("ATTRIBUTES", "NONE", count, stride, stream)
    assert (found.reshape(count, stride) == np.arange(stride)).all()


@pytest.mark.parametrize("name", [NAME, draco.NAME])
def test_the_same_bytes_again_and_again_are_not_copied(name: str, tmp_path: Path) -> None:
    def said() -> dict[str, Any]:
        return {name: {"bufferView": 0, "attributes": {}, "buffer": 0, "byteLength": 10**6, **shape}}

    shape = {"mode": "ATTRIBUTES", "count": 4, "byteStride": 4}
    header: dict[str, Any] = {
        "extensionsRequired": [name],
        "buffers": [{"byteLength": 10**6}],
        "bufferViews": [{"buffer": 0, "byteLength": 10**6}],
        "meshes": [{"primitives": [{"attributes": {}, "extensions": said()} for _ in range(500)]}],
    }
    if name == NAME:
        header["bufferViews"] = [{"buffer": 1, "byteLength": 16, "extensions": said()} for _ in range(500)]
    assert "lie over one another" in opened(tmp_path, join(header, bytes(10**6))).errors[0]

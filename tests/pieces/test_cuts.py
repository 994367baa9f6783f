"""Stones told apart, materials as glTF says them, and fewer triangles that look the same."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tryon.pieces import cuts
from tryon.pieces.catalogue import Catalogue
from tryon.pieces.glb import chunks, join
from tryon.pieces.load import FAR_MOST, load_model, simplified
from tryon.pieces.write import glb_of
from tryon.settings import load
from tryon.types import Material, Model, Part


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The shipped pieces."""
    return Catalogue(load({}).pieces_folder)


def stones(model: Model) -> list[Part]:
    return [part for part in model.parts if part.cuts is not None]


@pytest.mark.parametrize(("id", "count"), [("alba", 9), ("noor", 65), ("imperia", 121), ("stella", 26)])
def test_each_stone_is_found_where_it_is(id: str, count: int, catalogue: Catalogue) -> None:
    """In its own measures every stone of ours is the same: girdle at one, table 0.3 over it, pointed 0.87 below."""
    found = stones(catalogue.model(id))
    assert sum(len(part.cuts) for part in found if part.cuts is not None) == count
    for part in found:
        assert part.cuts is not None
        cut = part.cuts[part.stone_of]
        u, axis = cut[:, 1, :3], cut[:, 2, :3]
        away = part.vertices - cut[:, 0, :3]
        x, y, z = (np.einsum("ij,ij->i", away, each) for each in (u, np.cross(axis, u), axis))
        local = np.stack([x / cut[:, 0, 3], y / cut[:, 1, 3], z / cut[:, 2, 3]], axis=1)
        assert np.abs(local[:, :2]).max() < 1.01
        assert np.abs(np.linalg.norm(part.cuts[:, 2, :3], axis=1) - 1).max() < 1e-5
        tops = np.full(len(part.cuts), -9.0)
        np.maximum.at(tops, part.stone_of, local[:, 2])
        assert 0.2 < tops.min() <= tops.max() < 0.4


def test_a_step_cut_is_none_of_the_brilliants(catalogue: Catalogue) -> None:
    by_name = {part.material.name: part for part in stones(catalogue.model("noor"))}
    assert (by_name["emerald"].cuts[:, 3, 0] == 1).all()
    assert (by_name["diamond"].cuts[:, 3, 0] == 0).all()


def test_stones_of_a_chain_that_lie_on_one_another_are_not_one() -> None:
    """Links are modelled at one place, so their stones share it; they are two by where they are on the chain."""
    corners = np.array([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [0, 0, 0.3], [0, 0, -0.9]], np.float32)
    faces = np.array([[k, (k + 1) % 4, 4] for k in range(4)] + [[(k + 1) % 4, k, 5] for k in range(4)], np.int32)
    twice = np.concatenate([corners, corners])
    chain = np.repeat(np.array([0.1, 0.6], np.float32), 6)
    stone_of, found = cuts.find(twice, np.concatenate([faces, faces + 6]), chain)
    assert len(found) == 2
    assert (stone_of == np.repeat([0, 1], 6)).all()


@pytest.mark.parametrize("id", ["aurora", "serena"])
def test_fewer_triangles_keep_stones_and_outline(id: str, catalogue: Catalogue) -> None:
    model = catalogue.model(id)
    fewer = simplified(model, 12_000)
    assert fewer.face_count < 1.3 * 12_000
    assert sum(len(part.faces) for part in model.far_parts) <= 1.2 * FAR_MOST
    for one, other in zip(model.parts, fewer.parts, strict=True):
        assert np.abs(np.ptp(one.vertices, axis=0) - np.ptp(other.vertices, axis=0)).max() < 0.6
        assert np.abs(np.linalg.norm(other.normals, axis=1) - 1).max() < 1e-3
        if one.stone_of is not None:
            assert other.cuts is one.cuts
            assert set(np.unique(other.stone_of)) == set(np.unique(one.stone_of)), "no stone is lost"


LOOKS = (
    Material("rose gold", "metal", (0.98, 0.63, 0.46), 0.14),
    Material("silver, aged", "metal", (0.95, 0.93, 0.88), 0.3, finish="aged"),
    Material("gold, satin lines", "metal", (1.0, 0.7, 0.29), 0.4, finish="brushed"),
    Material("red enamel", "enamel", (0.5, 0.02, 0.03), 0.2, clearcoat=0.75),
    Material("lamp", "enamel", (0.5, 0.5, 0.5), 0.5, emissive=(3.0, 1.5, 0.0)),
    Material("white opal", "opal", (0.9, 0.92, 0.95), 0.1, ior=1.45),
    Material("moonstone", "moonstone", (0.8, 0.8, 0.82), 0.1, ior=1.52),
    Material("sapphire", "stone", (0.05, 0.13, 0.75), 0.0, ior=1.77, dispersion=0.22),
)


def test_every_look_comes_back_from_its_own_file(catalogue: Catalogue, tmp_path: Path) -> None:
    alba = catalogue.model("alba")
    (gem,) = stones(alba)
    parts = tuple(replace(gem, material=look) for look in LOOKS)
    path = tmp_path / "looks.glb"
    path.write_bytes(glb_of(Model(alba.piece, parts)))
    back = {part.material.name: part for part in load_model(alba.piece, path).parts}
    for look in LOOKS:
        found = back[look.name].material
        assert (found.kind, found.finish) == (look.kind, look.finish)
        assert np.allclose(
            [*found.base_color, found.roughness, found.ior, found.dispersion, found.clearcoat, *found.emissive],
            [*look.base_color, look.roughness, look.ior, look.dispersion, look.clearcoat, *look.emissive],
            atol=1e-5,
        ), look.name
        assert (back[look.name].cuts is not None) == (look.kind in ("stone", "opal", "moonstone"))


def test_clear_glass_has_the_colour_of_its_inside_and_nonsense_is_nothing(tmp_path: Path, catalogue: Catalogue) -> None:
    alba = catalogue.model("alba")
    (gem,) = stones(alba)
    header, blob = chunks(glb_of(Model(alba.piece, (replace(gem, material=LOOKS[-1]),))))
    said = header["materials"][0]
    said["pbrMetallicRoughness"] = {"baseColorFactor": [1, 1, 1, 1], "metallicFactor": 0}
    said["extensions"]["KHR_materials_volume"] = {"attenuationColor": [0.1, 0.2, 0.9]}
    said["extensions"]["KHR_materials_dispersion"] = 7
    path = tmp_path / "glass.glb"
    path.write_bytes(join(header, blob))
    (part,) = load_model(alba.piece, path).parts
    assert part.material.base_color == pytest.approx((0.1, 0.2, 0.9))
    assert (part.material.dispersion, part.material.roughness) == (0.0, 1.0)

"""Looks: each material is its own, stones live when the head turns, wires stay whole, a bare mesh gets its shade."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from tryon.geometry.camera import given_camera
from tryon.geometry.rigid import rigid, rotation_from_vector
from tryon.pieces.catalogue import Catalogue
from tryon.render.environment import BLURS_RAD, level_of, studio
from tryon.render.renderer import Renderer
from tryon.settings import load
from tryon.types import Material, Model, Part, Piece, Placed, Scene

FACING = np.diag([1.0, -1.0, -1.0])
GOLD = Material("gold", "metal", (1.0, 0.70, 0.29), 0.12)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    """One context for all of this file."""
    renderer = Renderer()
    yield renderer
    renderer.close()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The shipped pieces."""
    return Catalogue(load({}).pieces_folder)


@pytest.fixture(scope="module")
def piece(catalogue: Catalogue) -> Piece:
    """Any that has no chain."""
    return catalogue.piece("alba")


def ball(material: Material, radius: float = 12.0) -> Part:
    """A smooth ball; as a gem it is one stone."""
    up, turn = np.meshgrid(np.linspace(np.pi / 2, -np.pi / 2, 25), np.arange(48) / 48 * 2 * np.pi, indexing="ij")
    unit = np.stack([np.cos(up) * np.sin(turn), np.sin(up), np.cos(up) * np.cos(turn)], axis=-1).reshape(-1, 3)
    corner = np.arange(24 * 48).reshape(24, 48)
    beside = np.roll(corner, -1, axis=1)
    pairs = ((corner, corner + 48, beside), (beside, corner + 48, beside + 48))
    faces = np.concatenate([np.stack(each, axis=-1).reshape(-1, 3) for each in pairs]).astype(np.int32)
    part = Part(
        material,
        (radius * unit).astype(np.float32),
        unit.astype(np.float32),
        faces,
        np.ones(len(unit), np.float32),
    )
    if material.kind not in ("stone", "opal", "moonstone"):
        return part
    cut = np.zeros((1, 4, 4), np.float32)
    cut[0, 0, 3] = cut[0, 1, 3] = cut[0, 2, 3] = radius
    cut[0, 1, 0] = cut[0, 2, 2] = 1.0
    return replace(part, stone_of=np.zeros(len(unit), np.int32), cuts=cut)


def drawn(renderer: Renderer, model: Model, yaw_deg: float = 0.0) -> np.ndarray:
    """(128, 128, 4) of a piece 200 mm away."""
    pose = rigid(FACING @ rotation_from_vector(np.radians([0.0, yaw_deg, 0.0])), np.array([0.0, 0.0, 200.0]))
    scene = Scene(given_camera(400.0, (128, 128)), (), (Placed(model, pose),))
    picture = np.zeros((128, 128, 4), np.uint8)
    for layer in renderer.draw(scene):
        x, y = layer.origin_px
        rows, columns = layer.rgba.shape[:2]
        picture[y : y + rows, x : x + columns] = layer.rgba
    return picture


def mean(picture: np.ndarray) -> np.ndarray:
    """(3,) of what is wholly covered."""
    return np.asarray(picture[picture[..., 3] == 255][:, :3].mean(axis=0))


def test_metals_have_their_own_colours(renderer: Renderer, piece: Piece) -> None:
    def seen(*base: float) -> np.ndarray:
        return mean(drawn(renderer, Model(piece, (ball(replace(GOLD, base_color=base)),))))

    yellow, rose, platinum, silver = (
        seen(1.0, 0.70, 0.29),
        seen(0.98, 0.63, 0.46),
        seen(0.8, 0.79, 0.77),
        seen(0.95, 0.93, 0.88),
    )
    assert yellow[0] > yellow[1] > yellow[2] + 30
    assert rose[2] > yellow[2] + 8, "copper is redder than gold, not yellower"
    assert np.ptp(platinum) < 20
    assert silver.sum() > platinum.sum() + 15


def test_polished_metal_has_deep_darks_beside_bright_lights(renderer: Renderer, piece: Piece) -> None:
    def contrast(roughness: float) -> float:
        picture = drawn(renderer, Model(piece, (ball(replace(GOLD, roughness=roughness)),)))
        luma = picture[picture[..., 3] == 255][:, :3].mean(axis=1)
        return float(np.percentile(luma, 95) - np.percentile(luma, 5))

    assert contrast(0.1) > 120
    assert contrast(0.1) > contrast(0.45) > contrast(0.9) - 1
    assert [level_of(value) for value in (0.0, 0.14, 0.3, 0.42, 1.0)] == sorted(
        level_of(value) for value in (0.0, 0.14, 0.3, 0.42, 1.0)
    )
    assert len(studio(8)) == len(BLURS_RAD) + 2


def test_finishes_and_lacquer_and_glow_change_what_is_seen(renderer: Renderer, piece: Piece) -> None:
    def seen(material: Material, occlusion: float = 1.0) -> np.ndarray:
        part = ball(material)
        return drawn(renderer, Model(piece, (replace(part, occlusion=part.occlusion * np.float32(occlusion)),)))

    satin = replace(GOLD, roughness=0.4)
    assert np.abs(mean(seen(satin)) - mean(seen(replace(satin, finish="brushed")))).max() < 60
    brushed = seen(replace(satin, finish="brushed")).astype(int)
    assert np.abs(brushed - seen(satin)).mean() > 1
    assert mean(seen(replace(GOLD, finish="aged"), 0.4)).sum() < 0.6 * mean(seen(GOLD, 0.4)).sum()
    enamel = Material("red enamel", "enamel", (0.4, 0.02, 0.03), 0.3)
    assert mean(seen(replace(enamel, emissive=(0.0, 2.0, 0.0))))[1] > mean(seen(enamel))[1] + 80
    velvet = Material("velvet", "velvet", (0.2, 0.02, 0.05), 1.0)
    assert seen(replace(velvet, clearcoat=1.0))[..., :3].max() > seen(velvet)[..., :3].max() + 20


def test_opal_plays_with_the_turn_and_moonstone_is_blue(renderer: Renderer, piece: Piece) -> None:
    opal = Model(piece, (ball(Material("opal", "opal", (0.9, 0.92, 0.95), 0.1, ior=1.45)),))
    first, turned = (drawn(renderer, opal, yaw).astype(int) for yaw in (0.0, 8.0))
    hue = np.ptp(first[first[..., 3] == 255][:, :3], axis=1)
    assert np.percentile(hue, 90) > 40, "it has colours"
    assert np.abs(first - turned)[first[..., 3] == 255].mean() > 3
    moon = drawn(renderer, Model(piece, (ball(Material("moonstone", "moonstone", (0.8, 0.8, 0.82), 0.1, ior=1.52)),)))
    assert mean(moon)[2] > mean(moon)[0] + 8


def test_stones_sparkle_with_a_turn_and_do_not_boil(renderer: Renderer, catalogue: Catalogue) -> None:
    """A twentieth of a degree moves no sparkle; three degrees do."""
    model = catalogue.model("alba")
    stones = Model(model.piece, tuple(part for part in model.parts if part.cuts is not None))
    still, nearly, turned = (drawn(renderer, stones, yaw).astype(int) for yaw in (0.0, 0.05, 3.0))
    covered = still[..., 3] > 250
    assert np.abs(still - nearly)[covered].mean() < 2.0
    assert np.abs(still - turned)[covered].mean() > 8.0


def test_a_sapphire_is_deep_and_a_diamond_clear(renderer: Renderer, catalogue: Catalogue) -> None:
    stella = catalogue.model("gala")
    by_name = {part.material.name: part for part in stella.parts}
    emerald = mean(drawn(renderer, Model(stella.piece, (by_name["emerald"],)), 0.0))
    diamond = drawn(renderer, Model(stella.piece, (by_name["diamond"],)))
    assert emerald[1] > emerald[0] + 30
    luma = diamond[diamond[..., 3] == 255][:, :3].mean(axis=1)
    assert np.ptp(luma) > 100, "light and dark facets"
    assert np.ptp(mean(diamond)) < 30, "no colour of its own"


def test_a_wire_thinner_than_a_pixel_stays_whole_and_does_not_crawl(renderer: Renderer, piece: Piece) -> None:
    """0.4 mm at 1.2 pixels a millimetre: it covers what it should at every place, and has no gaps."""
    angle = np.arange(6) / 6 * 2 * np.pi
    ring = np.stack([0 * angle, 0.2 * np.cos(angle), 0.2 * np.sin(angle)], axis=1)
    along = np.linspace(-30, 30, 61)
    lean = np.array([1.0, 0.23, 0.0])
    points = (along[:, None, None] * lean + ring).reshape(-1, 3)
    normals = np.tile(ring / 0.2, (61, 1))
    k, j = np.meshgrid(np.arange(60), np.arange(6), indexing="ij")
    a, b = (k * 6 + j).ravel(), (k * 6 + (j + 1) % 6).ravel()
    faces = np.concatenate([np.stack([a, a + 6, b], 1), np.stack([b, a + 6, b + 6], 1)]).astype(np.int32)
    wire = Part(GOLD, points.astype(np.float32), normals.astype(np.float32), faces, np.ones(len(points), np.float32))
    both = Model(piece, (wire, replace(wire, faces=faces[:, ::-1].copy())))
    camera = given_camera(480.0, (128, 128))
    sums, gaps = [], []
    for shift in np.arange(0, 1, 0.1):
        pose = rigid(FACING, np.array([0.0, shift / 1.2, 400.0]))
        (layer,) = renderer.draw(Scene(camera, (), (Placed(both, pose),)))
        alpha = layer.rgba[..., 3].astype(float) / 255
        columns = alpha.sum(axis=0)[6:-6]
        sums.append(columns.sum())
        gaps.append(columns.min())
    expected = 0.4 * 1.2 * np.hypot(1, 0.23)
    assert min(gaps) > 0.4 * expected
    assert np.ptp(sums) < 0.04 * np.mean(sums)


def test_a_mesh_without_shade_of_its_own_gets_about_what_ours_have(renderer: Renderer, catalogue: Catalogue) -> None:
    model = catalogue.model("ondine")
    bare = Model(model.piece, tuple(replace(part, occlusion=np.ones_like(part.occlusion)) for part in model.parts))
    for ours, made in zip(model.parts, renderer.shaded(bare).parts, strict=True):
        assert 0 <= made.occlusion.min() <= made.occlusion.max() <= 1
        if ours.cuts is None:
            assert np.corrcoef(ours.occlusion, made.occlusion)[0, 1] > 0.8
            assert abs(ours.occlusion.mean() - made.occlusion.mean()) < 0.1

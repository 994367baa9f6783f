"""Where a band's ends go under hair: at its own ends, or where it goes into thick hair before; never at its front."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.body.model import load_head_model
from tryon.body.wearer import head_shape
from tryon.fit.seat import head_from_piece
from tryon.fit.tuck import BEYOND_MM, FRONT_MM, HALF_MM, REACH_MM, RISE_MM, tucks
from tryon.pieces.catalogue import Catalogue
from tryon.settings import load
from tryon.types import F64, HeadShape, Nudge


@cache
def shape() -> HeadShape:
    """The mean head."""
    model = load_head_model(Path(load({}).assets))
    return head_shape(model, model.face_points, 1.0, 0.03)


def found(piece: str, *, hair_mm: float = 0.0) -> F64 | None:
    """Where a piece's ends go under hair that is thicker at the sides by so much."""
    catalogue = Catalogue(load({}).pieces_folder)
    one = next(each for each in catalogue.pieces() if each.id == piece)
    head = replace(shape(), cranium_axes=shape().cranium_axes + (hair_mm, 0.0, 0.0))
    return tucks(one, head_from_piece(one, head, Nudge()), head)


def band(piece: str) -> F64:
    """(n, 3) mm: the lowest of the triangles, which are the band."""
    parts = Catalogue(load({}).pieces_folder).model(piece).parts
    points = np.concatenate([part.vertices for part in parts]).astype(np.float64)
    return points[points[:, 1] < 5]


@pytest.mark.parametrize("piece", ["aurora", "flora", "solene"])
def test_the_ends_of_an_open_band_go_under_hair_and_its_front_does_not(piece: str) -> None:
    places = found(piece, hair_mm=-12.0)
    assert places is not None
    left, right = places
    assert np.allclose(right, left * (-1, 1, 1)), "the two ends mirror each other"
    points = band(piece)
    end = points[np.argmin(points[:, 2] - (points[:, 0] > 0) * 1000)]
    behind, before = (left[[0, 1]] + left[[3, 2]]) / 2
    along = (before - behind) / np.linalg.norm(before - behind)
    assert abs((end - behind) @ along - BEYOND_MM) < 8, "the end of the metal is where hair begins to lie over it"
    assert (np.abs(left[:, 0]) > FRONT_MM).all()


def test_thick_hair_takes_a_band_in_before_its_end() -> None:
    thin, thick = found("aurora"), found("aurora", hair_mm=15.0)
    assert thin is not None
    assert thick is not None
    assert (thick[0, :4, 2] > thin[0, :4, 2] + 10).all(), "farther to the front"
    assert found("aurora", hair_mm=60.0) is None, "so thick that all but its front is in it"


def test_what_stands_on_a_band_that_is_in_the_hair_is_in_the_hair_too() -> None:
    thick = found("aurora", hair_mm=15.0)
    assert thick is not None
    assert np.allclose(thick[1], thick[0] * (-1, 1, 1)), "the two ends mirror each other"
    corners, stands = thick[0, :4], thick[0, 4:]
    end = corners[[0, 3]].mean(axis=0)
    parts = Catalogue(load({}).pieces_folder).model("aurora").parts
    points = np.concatenate([part.vertices for part in parts]).astype(np.float64)
    beyond = points[(points[:, 0] > 0) & (points[:, 2] < end[2]) & (points[:, 1] > RISE_MM)]
    assert len(beyond) > 100
    # seen from her left
    hull = cv2.convexHull(stands[:, [2, 1]].astype(np.float32))
    inside = [cv2.pointPolygonTest(hull, (float(z), float(y)), True) for _, y, z in beyond]
    assert min(inside) > -4.0


def test_what_goes_all_round_or_is_held_by_combs_is_not_tucked_in() -> None:
    for piece in ("regina", "serena", "ondine", "celeste"):
        assert found(piece) is None


def test_locks_cross_a_band_down_and_back() -> None:
    places = found("flora")
    assert places is not None
    comes, goes = places[0, 1], places[0, 2]
    catalogue = Catalogue(load({}).pieces_folder)
    one = next(each for each in catalogue.pieces() if each.id == "flora")
    way = head_from_piece(one, shape(), Nudge())[:3, :3] @ (goes - comes)
    assert way[1] < 0
    assert way[2] < 0
    assert 2 * HALF_MM < np.linalg.norm(way) < 2 * HALF_MM + REACH_MM

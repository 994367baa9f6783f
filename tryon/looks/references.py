"""What is of known size and held at her forehead: a bank card, a printed marker."""

from __future__ import annotations

import numpy as np

from tryon.body.card import SIZE_STD, card_pose
from tryon.fit.band import PRINT_STD, PRINT_UNCHECKED_STD
from tryon.fit.references import ReferenceView, reference_scale
from tryon.geometry.rigid import transform
from tryon.looks.every import Every
from tryon.told import Told
from tryon.track.card import CardFinder, forehead_region
from tryon.track.marker import MarkerFinder
from tryon.types import F64, Camera, CardSeen, Frame, HeadShape, Landmarks, MarkerSeen, ReferenceRefused, ScaleSource

LOOKS_MOST, VIEWS_LEAST = 30, 3
FOREHEAD = (10, 151, 9, 109, 338, 108, 337)
"Landmarks of the forehead's plane."
MARKER_ID, MARKER_MM = 0, 40.0
"The printed marker and its side (tryon calibrate board --marker)."
MARKER_UNCHECKED = "marker_unchecked"
"Only a printed marker was seen, and nobody says that it was printed at true size."


class ReferenceLooks:
    """Views of references, searched now and then. `print_checked`: a card fitted the marker's sheet; `least`: fewer
    views of one are not believed."""

    def __init__(self, cards: CardFinder, /, *, every_s: float, print_checked: bool, least: int = VIEWS_LEAST) -> None:
        self._cards, self._markers, self._print_checked = cards, MarkerFinder(), print_checked
        self._search, self._least = Every(every_s), least
        self._views: dict[ScaleSource, list[ReferenceView]] = {"card": [], "marker": []}
        self._refused: dict[str, int] = {}
        self.refused_now = ""
        "Why the newest card or marker could not be used; empty when it could."

    @property
    def count(self) -> int:
        """Views that can be used."""
        return sum(len(views) for views in self._views.values())

    def look(self, frame: Frame, landmarks: Landmarks, pose: F64, camera: Camera, shape: HeadShape) -> None:
        """One more frame, when it is time; pose and shape in the model's millimetres."""
        if not self._search.due(frame.time_s):
            return
        if len(self._views["card"]) < LOOKS_MOST:
            region = forehead_region(landmarks, frame.size_px)
            card = None if region is None else self._cards.find(frame, camera, region=region)
            if isinstance(card, CardSeen):
                found = card_pose(card.corners_px, camera, covariance_px=card.covariance_px, facing=pose[:3, 2])
                if found is not None:
                    self._place("card", found.camera_from_card[:3, 3], pose, shape)
            elif isinstance(card, ReferenceRefused):
                self._refuse(card)
        if len(self._views["marker"]) < LOOKS_MOST:
            marker = self._markers.find(frame, id=MARKER_ID)
            if isinstance(marker, MarkerSeen):
                side = (MARKER_MM, MARKER_MM)
                found = card_pose(
                    marker.corners_px, camera, covariance_px=marker.covariance_px, size_mm=side, facing=pose[:3, 2]
                )
                if found is not None:
                    self._place("marker", found.camera_from_card[:3, 3], pose, shape)
            elif isinstance(marker, ReferenceRefused):
                self._refuse(marker)

    def tell(self, told: Told, /) -> None:
        """The scales they give, beside what is there of other references."""
        for source, views in self._views.items():
            if len(views) >= self._least:
                scale = reference_scale(views, source, size_std(source, checked=self._print_checked))
                if scale is not None:
                    told.scales.append(scale)
                else:
                    told.reasons.append(f"{source}_unclear")
        if [scale.source for scale in told.scales if scale.source != "iris"] == ["marker"] and not self._print_checked:
            told.reasons.append(MARKER_UNCHECKED)
        if not self._views["card"] and self._refused:
            told.reasons.append(max(self._refused, key=lambda reason: self._refused[reason]))

    def _refuse(self, what: ReferenceRefused) -> None:
        self._refused[what.reason] = self._refused.get(what.reason, 0) + 1
        self.refused_now = what.reason

    def _place(self, source: ScaleSource, centre_mm: F64, pose: F64, shape: HeadShape) -> None:
        points = transform(pose, shape.face_points[list(FOREHEAD)])
        middle = points.mean(axis=0)
        normal = np.linalg.svd(points - middle)[2][2]
        sight = centre_mm / centre_mm[2]
        meets = sight * float(middle @ normal) / float(sight @ normal)
        self.refused_now = ""
        self._views[source].append(ReferenceView(pose, centre_mm, pose[:3, :3].T @ (meets - pose[:3, 3])))


def size_std(source: ScaleSource, /, *, checked: bool) -> float:
    """How far a card, or a printed marker, is off its size, relative; `checked`: a card fitted the marker's sheet."""
    if source == "card":
        return SIZE_STD
    return PRINT_STD if checked else PRINT_UNCHECKED_STD

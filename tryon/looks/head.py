"""Her head's outline as she turns: breadth and height from the front, length and the neck's depth from the side."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

import numpy as np

from tryon.body.section import (
    WINDOW_PX,
    HeadLook,
    breadth_mm,
    bridged,
    head_window,
    height_mm,
    length_mm,
    neck_depth_mm,
    view_yaw,
)
from tryon.fit.scale import carry_std_percent
from tryon.looks.every import Every
from tryon.told import Told, sighted, sighted_aside
from tryon.track.outline import OutlineTracker
from tryon.types import F64, Camera, Frame, HeadShape

EVERY_S = 1 / 16
FRONTAL_RAD = np.radians(8.0)
PROFILE_RAD = np.radians(74.0)
"A head turned so far shows its length to 2 percent, and what is left is put right by its breadth."
LOOKS_LEAST = 3
LOOK_MM, COMMON_MM, LENGTH_COMMON_MM = 2.0, 1.9, 2.5
"""Of one look at an outline, and what all looks share: the mask's edge on either side (tryon trials), and for the
length the guess how far she had turned."""
HEIGHT_COMMON_MM = 6.0
"""Of the height above the tragions: their level is told by the face, 90 mm before them, to some 2.5 degrees (4 mm), and
hair stands on top as it likes (4 mm [J])."""

Depths = list[tuple[float, float, bool]]
"Of the neck from the side: time, mm, turned to her left."


@dataclass(frozen=True, slots=True)
class Turn:
    """How far she turned."""

    reach_rad: tuple[float, float]
    "To her left, to her right."
    profiles: tuple[int, int]
    "Looks at her from the side, turned to her left, to her right; those past the profile count once she is back."


@dataclass(slots=True)
class _Read:
    """Lengths that outlines show, (time, mm) each; from the side whether she was turned to her left, too."""

    fronts: list[tuple[float, float]] = field(default_factory=list)
    tops: list[tuple[float, float]] = field(default_factory=list)
    lengths: list[tuple[float, float, float, bool]] = field(default_factory=list)
    "Time, yaw, mm, left."
    depths: Depths = field(default_factory=list)


class HeadLooks:
    """Outlines of a window about her head, in the model's millimetres; `most` bounds how many are kept (150 kB each),
    the newest; None: all of them."""

    def __init__(self, most: int | None, /) -> None:
        self._looks: deque[HeadLook] = deque(maxlen=most)
        self._window: F64 | None = None
        self._due = Every(EVERY_S)

    def __len__(self) -> int:
        return len(self._looks)

    def look(self, frame: Frame, pose: F64 | None, camera: Camera, outline: OutlineTracker) -> None:
        """One more frame; without a pose she is where she was."""
        if pose is not None:
            self._window = head_window(pose, camera)
        if self._window is not None and self._due.due(frame.time_s):
            mask = outline.window(frame, self._window, WINDOW_PX)
            self._looks.append(HeadLook(frame.time_s, pose, mask, self._window))

    @property
    def turn(self) -> Turn:
        """How far she turned until now."""
        looks, _ = bridged([*self._looks])
        yaws = np.array(
            [0.0, *(view_yaw(look.camera_from_head) for look in looks if look.camera_from_head is not None)]
        )
        aside = np.abs(yaws) > PROFILE_RAD
        return Turn(
            (float(yaws.max()), float(-yaws.min())), (int((aside & (yaws > 0)).sum()), int((aside & (yaws < 0)).sum()))
        )

    def tell(
        self, told: Told, shape: HeadShape, camera: Camera
    ) -> tuple[list[tuple[float, float, bool]], float] | None:
        """Breadth, height and length; returns the neck's depths with what a guessed focal length costs there, relative.
        None where she was not seen from the front."""
        read = self._read(shape, camera)
        if not read.fronts:
            told.reasons.append("look_straight")
            return None
        # all of it lies behind the plane of the eyes, where the scale holds: a guessed focal length tells on it
        behind = float(shape.points["pupil_left"][2])
        carry = carry_std_percent(behind, told.distance_mm, focal_std=camera.focal_std) / 100
        common = float(np.hypot(COMMON_MM, carry * read.fronts[0][1]))
        across = sighted("head_breadth_over_hair", read.fronts, LOOK_MM, common, "outline from the front")
        told.sightings.append(across)
        if len(read.tops) >= LOOKS_LEAST:
            common = float(np.hypot(HEIGHT_COMMON_MM, carry * read.tops[0][1]))
            told.sightings.append(
                sighted("head_height_over_hair", read.tops, LOOK_MM, common, "outline from the front")
            )
        if len(read.lengths) < LOOKS_LEAST:
            told.reasons.append("turn_to_the_side")
        else:
            lengths = [
                (time_s, float(np.sqrt(max(value**2 - (across.value_mm * np.cos(yaw)) ** 2, 1.0)) / np.sin(yaw)), left)
                for time_s, yaw, value, left in read.lengths
            ]
            common = float(np.hypot(LENGTH_COMMON_MM, carry * lengths[0][1]))
            along = sighted_aside("head_length_over_hair", lengths, LOOK_MM, common, "outline from the side")
            told.sightings.append(along)
        return read.depths, carry

    def _read(self, shape: HeadShape, camera: Camera) -> _Read:
        read = _Read()
        looks, guessed = bridged([*self._looks])
        for look, guess in zip(looks, guessed, strict=True):
            if look.camera_from_head is None:
                continue
            turned = view_yaw(look.camera_from_head)
            yaw, left = abs(turned), turned > 0
            if yaw < FRONTAL_RAD and not guess and (value := breadth_mm(look, shape, camera)):
                read.fronts.append((look.time_s, value))
                if high := height_mm(look, shape, camera):
                    read.tops.append((look.time_s, high))
            if PROFILE_RAD < yaw < np.pi - PROFILE_RAD:
                if value := length_mm(look, shape, camera):
                    read.lengths.append((look.time_s, yaw, value, left))
                if value := neck_depth_mm(look, shape, camera):
                    read.depths.append((look.time_s, value, left))
        return read

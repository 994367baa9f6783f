"""What a clip shows of one person's measures: looks of every frame, then lengths with their doubt.

    frame --look--> tryon.looks: eyes, hair, neck, head, references, hands, paper bands
          --told--> Told: sightings in the model's millimetres, references of their scale

Measuring uses raw landmarks and poses, never the smoothed ones of the mirror. Nothing is said of what was not seen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tryon.body.flat import is_flat
from tryon.body.head import HeadSolver
from tryon.body.model import load_head_model, view_angles
from tryon.body.section import view_yaw
from tryon.geometry.planes import split_planes
from tryon.looks.every import Every
from tryon.looks.eyes import EyeLooks, eyes_hidden
from tryon.looks.hair import HairLooks
from tryon.looks.hands import BandLooks, HandLooks
from tryon.looks.head import FRONTAL_RAD, HeadLooks
from tryon.looks.neck import NeckLooks
from tryon.looks.references import VIEWS_LEAST, ReferenceLooks
from tryon.settings import Settings
from tryon.told import Told
from tryon.track.card import CardFinder
from tryon.track.face import FaceTracker
from tryon.track.outline import OutlineTracker
from tryon.track.quality import quality
from tryon.types import F32, Camera, Frame, Hand, HeadShape, Landmarks

CameraOf = Callable[[tuple[int, int]], Camera]
REFERENCE_EVERY_S, HAND_EVERY = 1 / 5, 6
"How often cards, markers and bands are searched, and in which of the frames a card beside a hand (a clip is patient)."
CARD_RAD = np.radians(45.0)
"A card at a forehead that is turned farther is seen too much from the side."
CHIN_RAD = np.radians(12.0)
"Chin up, chin down (facts: fit, section 9: 15 degrees); what is easy for all."
TURNED_RAD = np.radians(25.0)
"Who was last seen turned so far and is not found any more went on turning."
NO_FACE_SHARE, NO_FACE_MM = 0.12, 3.0
"""Found in fewer of the frames and farther off the model (median; 0.7 to 1.7 on four people in any light, 4.4 to 4.7 on
a bank card in bad light): what looked like a face now and then."""
FACES_EVERY_S, FACES_MOST = 0.2, 240
"Looks at the face by which a picture of one is told from one: 4 kB each."


@dataclass(frozen=True, slots=True)
class Seen:
    """How much was seen so far of what measuring rests on."""

    frames: int
    accepted: int
    frontal: int
    "Looks straight ahead."
    references: int
    "Looks at a card, or at a printed marker."
    refused: str
    "Why the newest card or marker at her forehead, else beside her hand, could not be used; empty when it could."
    reach_rad: tuple[float, float]
    "How far she turned to her left, to her right."
    profiles: tuple[int, int]
    "Looks at her from the side, turned to her left, to her right; those past the profile count once she is back."
    chin: float
    "Of the two ways, up and down, how far she tipped her head."
    throats: int
    hands: int
    "Looks at a hand beside a card."
    hand: Hand
    "Which one, in the newest of them."
    hinders: str
    "What stands in the way of the newest frame; empty when nothing does."


class Capture:
    """One visit of one person. Not for several threads.

    `looks_most` bounds the outlines that are kept (150 kB each), the newest; None: all of them. Without `hands` only
    head and neck are looked at. Cards, markers and paper bands are searched every `reference_every_s` (a card's takes
    0.2 s).
    A card beside a hand is searched in each `hand_every`th frame, an even number. `print_checked`: somebody laid a card
    on the box of the sheet that marker or paper bands are from, and it fitted. `stills`: one look at a reference does,
    for it may be in one of them alone.
    """

    def __init__(
        self,
        settings: Settings,
        camera_of: CameraOf,
        /,
        *,
        looks_most: int | None = None,
        hands: bool = True,
        reference_every_s: float = REFERENCE_EVERY_S,
        print_checked: bool = False,
        hand_every: int = HAND_EVERY,
        stills: bool = False,
    ) -> None:
        self._model = load_head_model(Path(settings.assets))
        self._camera_of = camera_of
        self._face, self._outline = FaceTracker(), OutlineTracker()
        self._solver: HeadSolver | None = None
        self._seen_as: tuple[HeadShape, Camera] | None = None
        self._cards = CardFinder()
        self._eyes, self._hair, self._neck = EyeLooks(), HairLooks(), NeckLooks()
        self._outlines = HeadLooks(looks_most)
        self._references = ReferenceLooks(
            self._cards, every_s=reference_every_s, print_checked=print_checked, least=1 if stills else VIEWS_LEAST
        )
        self._bands = BandLooks(self._cards, every_s=reference_every_s, checked=print_checked)
        self._hand_every = hand_every
        self._hands = HandLooks(self._cards, every=hand_every) if hands else None
        self._at_head, self._at_hands = True, hands
        self._distances: list[float] = []
        self._straight: list[float] = []
        self._tipped = (np.inf, -np.inf)
        self._turned = False
        self._residuals_mm: list[float] = []
        self._flat: deque[F32] = deque(maxlen=FACES_MOST)
        self._flat_due = Every(FACES_EVERY_S)
        self._hinders = ""
        self._frames = self._head_frames = self._seen = 0
        self._taken_by: Camera | None = None

    @property
    def camera(self) -> Camera | None:
        """The camera of the last frame; None before the first."""
        return self._taken_by

    def close(self) -> None:
        """Give the models back."""
        self._face.close()
        self._outline.close()
        self._neck.close()
        if self._hands is not None:
            self._hands.close()

    def attend(self, *, head: bool, hands: bool) -> None:
        """What is looked at from the next frame on: head and neck, hands, or both."""
        self._at_head, self._at_hands = head, hands
        if hands and self._hands is None:
            self._hands = HandLooks(self._cards, every=self._hand_every)
        self._references.refused_now = ""
        if self._hands is not None:
            self._hands.refused_now = ""

    # one frame

    def look(self, frame: Frame, /) -> None:
        """One more frame."""
        self._frames += 1
        if self._taken_by is None or self._taken_by.size_px != frame.size_px:
            self._taken_by = self._camera_of(frame.size_px)
        self._bands.look(frame)
        if self._at_hands and self._hands is not None:
            self._hinders = "" if self._hands.look(frame, self._taken_by) else "show_hand"
        if self._at_head:
            self._head_in(frame, self._taken_by)

    def _head_in(self, frame: Frame, camera: Camera) -> None:
        self._head_frames += 1
        landmarks = self._face.track(frame)
        hidden = "" if landmarks is None else eyes_hidden(frame, landmarks)
        self._hinders = self._hindrance(frame, landmarks, hidden)
        luma, solver = split_planes(frame.i420)[0], self._solver_for(camera)
        solver.solve(landmarks, time_s=frame.time_s, mask=lambda: self._outline.mask(frame), luma=luma)
        raw = solver.raw
        if landmarks is None or raw is None or raw.time_s != frame.time_s:
            self._outlines.look(frame, None, camera, self._outline)
            return
        self._seen += 1
        shape = raw.shape.scaled(1 / solver.size)
        self._seen_as = shape, camera
        pose = raw.camera_from_head.copy()
        pose[:3, 3] /= solver.size  # the model's millimetres: what is measured does not rest on a first guess of scale
        self._residuals_mm.append(float(raw.residual_px * pose[2, 3] / camera.matrix[0, 0]))
        self._outlines.look(frame, pose, camera, self._outline)
        if self._flat_due.due(frame.time_s):
            self._flat.append(landmarks.points_px[:468].astype(np.float32))
        yaw, pitch = view_angles(pose)
        aside = abs(view_yaw(pose))
        self._turned = aside > TURNED_RAD
        if not self._turned:
            self._tipped = min(self._tipped[0], pitch), max(self._tipped[1], pitch)
        if aside < CARD_RAD:
            self._references.look(frame, landmarks, pose, camera, shape)
        if max(abs(yaw), abs(pitch) / 2) <= FRONTAL_RAD:
            self._distances.append(float(pose[2, 3]))
            self._straight.append(pitch)
            self._eyes.look(luma, landmarks, pose, camera, shape, time_s=frame.time_s, hidden=hidden)
            self._neck.look(frame, landmarks, raw, camera, size=solver.size, mask=lambda: self._outline.mask(frame))
            self._hair.look(frame, landmarks, raw, camera, size=solver.size)

    def _hindrance(self, frame: Frame, landmarks: Landmarks | None, hidden: str) -> str:
        if landmarks is None and self._turned:
            return ""  # past the profile there is no face to find
        seen = quality(frame, landmarks, glimpsed=self._face.glimpsed)
        hints = [hint for hint in seen.hints if hint != "turned_away"]
        if hints:
            return hints[0]
        if landmarks is None:
            return "face_not_found"
        if hidden:
            return hidden
        return "come_closer" if self._eyes.blurred else ""

    def _solver_for(self, camera: Camera) -> HeadSolver:
        if self._solver is None:
            self._solver = HeadSolver(self._model, camera)
        elif self._solver.camera is not camera:
            self._solver = self._solver.with_camera(camera)
        return self._solver

    # all frames

    def seen(self) -> Seen:
        """How far it is."""
        turn, hands = self._outlines.turn, self._hands
        return Seen(
            frames=self._frames,
            accepted=self._seen,
            frontal=len(self._distances),
            references=self._references.count,
            refused=self._references.refused_now or ("" if hands is None else hands.refused_now),
            reach_rad=turn.reach_rad,
            profiles=turn.profiles,
            chin=self._chin(),
            throats=self._neck.throats,
            hands=0 if hands is None else hands.taken,
            hand="" if hands is None else hands.hand,
            hinders=self._hinders,
        )

    def _chin(self) -> float:
        if not self._straight:
            return 0.0
        level = float(np.median(self._straight))
        ways = (self._tipped[1] - level, level - self._tipped[0])
        return float(sum(min(1.0, max(0.0, way) / CHIN_RAD) for way in ways))

    def told(self, *, loose: bool | None = None) -> Told:
        """What all frames say. `loose`: hair hangs over the ears (None: as it was seen)."""
        hand_looks = 0 if self._hands is None else self._hands.looks
        told = Told(frames=self._frames, accepted=max(self._seen, hand_looks), camera=self._taken_by)
        if self._hands is not None:
            self._hands.tell(told)
        self._bands.tell(told)
        if self._solver is None or self._seen_as is None or self._no_face():
            if not hand_looks and not self._bands.seen:
                told.reasons.append("face_not_found")
            return told
        if is_flat(self._flat):
            told.reasons.append("photograph")
            return told
        shape, camera = self._seen_as
        told.shape = shape
        told.distance_mm = float(np.median(self._distances)) if self._distances else 0.0
        told.hair_loose = self._hair.loose if loose is None else loose
        if not self._distances:
            told.reasons.append("look_straight")
        self._eyes.tell(told)
        self._hair.tell(told)
        if told.hair_loose:
            told.reasons.append("hair_loose")
        elif (aside := self._outlines.tell(told, shape, camera)) is not None:
            depths, carry = aside
            self._neck.tell(told, depths, carry)
        if (iris := self._solver.iris) is not None and not self._eyes.hidden:
            told.scales.append(iris)
        self._references.tell(told)
        return told

    def _no_face(self) -> bool:
        rarely = self._seen < NO_FACE_SHARE * self._head_frames
        return rarely and float(np.median(self._residuals_mm)) > NO_FACE_MM

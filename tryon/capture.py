"""What a clip shows of one person's measures: looks of every frame, then lengths with their doubt.

    frame --look--> Looks --told--> Told: sightings in the model's millimetres, references of their scale

Measuring uses raw landmarks and poses, never the smoothed ones of the mirror. Nothing is said of what was not seen.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from tryon.body.band import CHECK_IDS
from tryon.body.card import SIZE_STD, card_pose
from tryon.body.flat import is_flat
from tryon.body.hair import Hair
from tryon.body.head import HeadSolver
from tryon.body.iris import POINTS as IRISES
from tryon.body.iris import irises_of
from tryon.body.model import load_head_model, view_angles
from tryon.body.neck import NeckSolver
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
from tryon.body.throat import Throat, read_throat
from tryon.fit.band import PRINT_STD, PRINT_UNCHECKED_STD, BandMeasurer
from tryon.fit.hand import HandMeasurer
from tryon.fit.measure import combined, measured
from tryon.fit.population import Sighting
from tryon.fit.references import ReferenceView, reference_scale
from tryon.fit.scale import carry_std_percent, pd_far_mm
from tryon.geometry.camera import prior_camera
from tryon.geometry.ellipse import perimeter
from tryon.geometry.planes import split_planes
from tryon.geometry.rigid import transform
from tryon.settings import Settings
from tryon.track.card import CardFinder, Region, forehead_region, hand_region
from tryon.track.cover import eyes_dark, half_shaded
from tryon.track.face import FaceTracker
from tryon.track.hands import HandTracker
from tryon.track.marker import BandFinder, MarkerFinder
from tryon.track.outline import OutlineTracker
from tryon.track.quality import quality
from tryon.track.shoulders import ShoulderTracker
from tryon.types import (
    F32,
    F64,
    U8,
    Camera,
    CardSeen,
    Frame,
    Hand,
    HeadPose,
    HeadShape,
    Landmarks,
    MarkerSeen,
    Measurement,
    ReferenceRefused,
    Scale,
    ScaleSource,
)

CameraOf = Callable[[tuple[int, int]], Camera]
WINDOW_EVERY_S = 1 / 16
CARD_EVERY_S = 1 / 5
CARD_LOOKS = 30
FRONTAL_RAD = np.radians(8.0)
CARD_RAD = np.radians(45.0)
CHIN_RAD = np.radians(12.0)
"Chin up, chin down (facts: fit, section 9: 15 degrees); what is easy for all."
TURNED_RAD = np.radians(25.0)
"Who was last seen turned so far and is not found any more went on turning."
PROFILE_RAD = np.radians(74.0)
"A head turned so far shows its length to 2 percent, and what is left is put right by its breadth."
ZYGION = (127, 356)
FACE_BREADTH_STD = 0.022
"How far the distance of those landmarks is off the breadth at the cheekbones (-1 to +5 % on four synthetic people)."
FOREHEAD = (10, 151, 9, 109, 338, 108, 337)
"Landmarks of the forehead's plane."
PUPILS_LEAST = 4
PUPILS_SHARE = 0.6
"Of the looks straight ahead: irises that are found in fewer are half hidden, and what is found is often no iris."
NO_FACE_SHARE, NO_FACE_MM = 0.12, 3.0
"""Found in fewer of the frames and farther off the model (median; 0.7 to 1.7 on four people in any light, 4.4 to 4.7 on
a bank card in bad light): what looked like a face now and then."""
GLASSES_DARK, FACE_HALF_SHADED = "glasses_dark", "face_half_shaded"
"Why eyes are not measured."
FACES_EVERY_S, FACES_MOST = 0.2, 240
"Looks at the face by which a picture of one is told from one: 4 kB each."
BLURRED_LEAST = 8
"So many looks straight ahead without one sharp iris: too far away, or blurred."
NETWORK_COMMON_MM = 3.0
"How far the network's own points are off between two eyes (1 to 4 mm on four synthetic people)."
IRIS_LOOK_MM, IRIS_COMMON_MM = 0.5, 0.35
OUTLINE_LOOK_MM, OUTLINE_COMMON_MM, LENGTH_COMMON_MM = 2.0, 1.9, 2.5
"""Of one look at an outline, and what all looks share: the mask's edge on either side (tryon trials), and for the
length the guess how far she had turned."""
HEIGHT_COMMON_MM = 6.0
"""Of the height above the tragions: their level is told by the face, 90 mm before them, to some 2.5 degrees (4 mm), and
hair stands on top as it likes (4 mm [J])."""
HAIRLINE_LOOK_MM, HAIRLINE_COMMON_MM, HAIRLINE_SHARE = 2.0, 4.0, 0.3
"""Of the hairline: one look's edge; whose edge it is, and how her forehead is curved (facts: fit, section 2.6: 3 to 4);
how many looks must show it for each that does not: a card is held there for a while."""
NECK_LOOK_MM = 4.0
NECK_SHAPE, NECK_STD = 1.01, 0.024
"""The neck's own circumference against an ellipse as broad and deep (facts: fit, section 4: 1.02), and the doubt of it
and of both edges."""
NECK_DEPTH, NECK_DEPTH_STD = 0.99, 0.05
"Least depth of the neck from the side, of circumference / pi (0.98 and 0.99 on two synthetic people)."
NECK_FLAT = 1.09
"""A neck seen broader from the front, against its depth, is neck and collar (necks are about as broad as deep: 1.03 and
less on three synthetic people; a collar beside it made 1.13 and 1.15)."""
MARKER_ID, MARKER_MM = 0, 40.0
"The printed marker and its side (tryon calibrate board --marker)."
HAND_EVERY, HAND_LOOKS_AT = 6, 2
"A hand is measured in every so many frames, in one that the network looks at (track.hands: each second one)."
MARKER_UNCHECKED = "marker_unchecked"
"Only a printed marker was seen, and nobody says that it was printed at true size."
TURNS_LEAST = 3
WRIST = "wrist_circumference"


@dataclass(slots=True)
class Told:
    """What was seen, before the scale is known."""

    sightings: list[Sighting] = field(default_factory=list)
    scales: list[Scale] = field(default_factory=list)
    shape: HeadShape | None = None
    distance_mm: float = 0.0
    "To her eyes when she looked ahead, in the model's millimetres."
    pupils: Sighting | None = None
    "Distance between the pupils as seen, not for infinity."
    forehead: Sighting | None = None
    "Glabella to hairline; people's tables do not have it."
    hands: dict[tuple[str, Hand], Measurement] = field(default_factory=dict)
    "Fingers, wrist and palm of each hand, by a card beside them."
    hair_loose: bool = False
    reasons: list[str] = field(default_factory=list)
    frames: int = 0
    accepted: int = 0
    camera: Camera | None = None
    "That took the last frame."

    def hold(self, found: Measurement, /) -> None:
        """One more measure of a hand, by whatever method, beside what the camera saw."""
        of = found.name, found.hand
        there = self.hands.get(of)
        self.hands[of] = found if there is None else combined([found, there])


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
    "Why the newest card or marker could not be used; empty when it could."
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
    on the box of the sheet that marker or paper bands are from, and it fitted.
    """

    def __init__(
        self,
        settings: Settings,
        camera_of: CameraOf,
        /,
        *,
        looks_most: int | None = None,
        hands: bool = True,
        reference_every_s: float = CARD_EVERY_S,
        print_checked: bool = False,
        hand_every: int = HAND_EVERY,
    ) -> None:
        self._model = load_head_model(Path(settings.assets))
        self._camera_of, self._reference_every_s = camera_of, reference_every_s
        self._face, self._outline = FaceTracker(), OutlineTracker()
        self._cards, self._markers = CardFinder(), MarkerFinder()
        self._band_finder, self._bands = BandFinder(), BandMeasurer(checked=print_checked)
        self._print_checked = print_checked
        self._solver: HeadSolver | None = None
        self._seen_as: tuple[HeadShape, Camera] | None = None
        self._hair = Hair()
        self._looks: deque[HeadLook] = deque(maxlen=looks_most)
        self._window: F64 | None = None
        self._pupils: list[tuple[float, float]] = []
        self._network: list[tuple[float, float]] = []
        self._faces: list[tuple[float, float]] = []
        self._shoulders, self._neck_solver = ShoulderTracker(), NeckSolver()
        self._throats: list[tuple[float, float]] = []
        self._throats_covered = 0
        self._necks: list[tuple[float, float]] = []
        self._neck_std = 0.0
        self._distances: list[float] = []
        self._straight: list[float] = []
        self._tipped = (np.inf, -np.inf)
        self._references: dict[ScaleSource, list[ReferenceView]] = {"card": [], "marker": []}
        self._refused: dict[str, int] = {}
        self._refused_now = self._hinders = ""
        self._turned = False
        self._covered: list[bool] = []
        self._flat: deque[F32] = deque(maxlen=FACES_MOST)
        self._eyes_hidden: list[str] = []
        self._hairlines: list[tuple[float, float]] = []
        self._hairless: list[str] = []
        self._next_s = dict.fromkeys(("window", "card", "band", "hair", "face"), -np.inf)
        self._hands = HandTracker() if hands else None
        self._at_head, self._at_hands, self._hand_every = True, hands, hand_every
        self._measurer: HandMeasurer | None = None
        self._measured_px = (0, 0)
        self._residuals_mm: list[float] = []
        self._frames = self._head_frames = self._seen = self._hand_frames = self._hand_looks = self._hand_taken = 0
        self._hand: Hand = ""
        self._taken_by: Camera | None = None

    @property
    def camera(self) -> Camera | None:
        """The camera of the last frame; None before the first."""
        return self._taken_by

    def close(self) -> None:
        """Give the models back."""
        self._face.close()
        self._outline.close()
        self._shoulders.close()
        if self._hands is not None:
            self._hands.close()

    def attend(self, *, head: bool, hands: bool) -> None:
        """What is looked at from the next frame on: head and neck, hands, or both."""
        self._at_head, self._at_hands = head, hands
        if hands and self._hands is None:
            self._hands = HandTracker()
        self._refused_now = ""

    def look(self, frame: Frame, /) -> None:
        """One more frame."""
        self._frames += 1
        if self._taken_by is None or self._taken_by.size_px != frame.size_px:
            self._taken_by = self._camera_of(frame.size_px)
        if self._due("band", frame.time_s, self._reference_every_s):
            self._band_in(frame, frame.time_s)
        if self._at_hands:
            self._hands_in(frame)
        if self._at_head:
            self._head_in(frame)

    def _head_in(self, frame: Frame) -> None:
        self._head_frames += 1
        time_s = frame.time_s
        camera = self._taken_by
        assert camera is not None
        self._solve_by(camera)
        landmarks = self._face.track(frame)
        hidden = "" if landmarks is None else _eyes_hidden(frame, landmarks)
        self._hinders = self._hindrance(frame, landmarks, hidden)
        assert self._solver is not None
        solver = self._solver
        luma = split_planes(frame.i420)[0]
        solver.solve(landmarks, time_s=time_s, mask=lambda: self._outline.mask(frame), luma=luma)
        raw = solver.raw if landmarks is not None else None
        pose = None
        if raw is not None and raw.time_s == time_s:
            self._seen += 1
            self._seen_as = raw.shape.scaled(1 / solver.size), camera
            pose = raw.camera_from_head.copy()
            pose[:3, 3] /= solver.size
            self._residuals_mm.append(float(raw.residual_px * pose[2, 3] / camera.matrix[0, 0]))
            self._window = head_window(pose, camera)
        if self._window is not None and self._due("window", time_s, WINDOW_EVERY_S):
            mask = self._outline.window(frame, self._window, WINDOW_PX)
            self._looks.append(HeadLook(time_s, pose, mask, self._window))
        if landmarks is None or raw is None or pose is None:
            return
        if self._due("face", time_s, FACES_EVERY_S):
            self._flat.append(landmarks.points_px[:468].astype(np.float32))
        yaw, pitch = view_angles(pose)
        self._turned = abs(view_yaw(pose)) > TURNED_RAD
        if not self._turned:
            self._tipped = min(self._tipped[0], pitch), max(self._tipped[1], pitch)
        if abs(view_yaw(pose)) < CARD_RAD and self._due("card", time_s, self._reference_every_s):
            self._reference(frame, landmarks, pose, camera)
        if max(abs(yaw), abs(pitch) / 2) > FRONTAL_RAD:
            return
        self._distances.append(float(pose[2, 3]))
        self._straight.append(pitch)
        self._eyes_hidden.append(hidden)
        self._eyes(luma, landmarks, pose, camera, time_s)
        self._neck(frame, landmarks, raw, camera)
        if self._due("hair", time_s, 0.3):
            self._hair.veil(frame, landmarks.points_px, raw, None, camera)
            self._covered.append(self._hair.over_ears)
            height, why = self._hair.hairline(frame, raw, camera)
            if height is None:
                self._hairless.append(why)
            else:
                self._hairlines.append((time_s, height / solver.size))

    def seen(self) -> Seen:
        """How far it is."""
        looks, _ = bridged([*self._looks])
        yaws = np.array(
            [0.0, *(view_yaw(look.camera_from_head) for look in looks if look.camera_from_head is not None)]
        )
        aside = np.abs(yaws) > PROFILE_RAD
        return Seen(
            frames=self._frames,
            accepted=self._seen,
            frontal=len(self._distances),
            references=sum(len(placed) for placed in self._references.values()),
            refused=self._refused_now,
            reach_rad=(float(yaws.max()), float(-yaws.min())),
            profiles=(int((aside & (yaws > 0)).sum()), int((aside & (yaws < 0)).sum())),
            chin=self._chin(),
            throats=len(self._throats),
            hands=self._hand_taken,
            hand=self._hand,
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
        told = Told(frames=self._frames, accepted=max(self._seen, self._hand_looks), camera=self._taken_by)
        self._told_hands(told)
        self._told_bands(told)
        if self._solver is None or not self._seen or self._no_face():
            if not self._hand_looks and not self._bands.seen:
                told.reasons.append("face_not_found")
            return told
        if is_flat(self._flat):
            told.reasons.append("photograph")
            return told
        shape = told.shape = self._shape()
        told.distance_mm = float(np.median(self._distances)) if self._distances else 0.0
        seen_loose = bool(self._covered) and float(np.mean(self._covered)) > 0.5
        told.hair_loose = seen_loose if loose is None else loose
        if not self._distances:
            told.reasons.append("look_straight")
        self._told_face(told)
        if told.hair_loose:
            told.reasons.append("hair_loose")
        else:
            self._told_head(told, shape)
        self._told_scales(told)
        return told

    def _no_face(self) -> bool:
        rarely = self._seen < NO_FACE_SHARE * self._head_frames
        return rarely and float(np.median(self._residuals_mm)) > NO_FACE_MM

    # one frame

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
        return "come_closer" if len(self._network) >= BLURRED_LEAST and not self._pupils else ""

    def _hands_in(self, frame: Frame) -> None:
        assert self._hands is not None
        self._hand_frames += 1
        hands = self._hands.track(frame)
        self._hinders = "" if hands else "show_hand"
        if not hands or self._hand_frames % self._hand_every != HAND_LOOKS_AT % self._hand_every:
            return
        camera = self._taken_by
        assert camera is not None
        if self._measurer is None or self._measured_px != frame.size_px:
            self._measurer, self._measured_px = HandMeasurer(camera), frame.size_px
        for hand in hands:
            self._hand_looks += 1
            region = hand_region(hand.landmarks, frame.size_px)
            card = None if region is None else self._cards.find(frame, camera, region=region)
            if isinstance(card, CardSeen):
                pose = card_pose(
                    card.corners_px, camera, covariance_px=card.covariance_px, facing=np.array([0.0, 0.0, -1.0])
                )
                if pose is not None and self._measurer.look(frame, hand, pose) is not None:
                    self._hand_taken += 1
                    self._hand = hand.side
                    self._refused_now = ""
            elif isinstance(card, ReferenceRefused):
                self._refused_now = card.reason

    def _band_in(self, frame: Frame, time_s: float) -> None:
        seen = None if self._bands.enough else self._band_finder.find(frame)
        if seen is None:
            return
        self._bands.look(seen, frame.size_px, time_s)
        field = seen.corners_px[np.isin(seen.ids, CHECK_IDS)].reshape(-1, 2)
        if len(field) == 4 * len(CHECK_IDS):
            low, high = np.clip([field.min(axis=0), field.max(axis=0)], 0, frame.size_px).astype(int) // 2 * 2
            across = float(np.linalg.norm(np.ptp(field, axis=0)))
            region = Region((int(low[0]), int(low[1]), int(high[0]), int(high[1])), (0.35 * across, 0.9 * across))
            card = self._cards.find(frame, prior_camera(frame.size_px), region=region)
            if isinstance(card, CardSeen):
                self._bands.check(seen, card.corners_px)

    def _told_bands(self, told: Told) -> None:
        for name, found in self._bands.measurements().items():
            if name == WRIST:
                told.hold(found)
            else:
                told.sightings.append(
                    Sighting(
                        name,
                        found.value_mm,
                        found.std_random_mm,
                        found.std_systematic_mm,
                        False,
                        found.samples,
                        found.method,
                        "marker",
                    )
                )
        told.reasons += self._bands.reasons()

    def _told_hands(self, told: Told) -> None:
        if self._measurer is None or not self._hand_looks:
            return
        told.hands = {
            (found.name, found.hand): found for found in self._measurer.measurements() if found.scale_source == "card"
        }
        why = self._measurer.reasons()
        told.reasons += sorted(set(why.values())) if why else []
        if not told.hands and not why:
            told.reasons.append("card_beside_hand")

    def _solve_by(self, camera: Camera) -> None:
        if self._solver is None:
            self._solver = HeadSolver(self._model, camera)
        elif self._solver.camera is not camera:
            self._solver = self._solver.with_camera(camera)

    def _shape(self) -> HeadShape:
        """In the model's millimetres, as last seen: a clip of her hand may follow."""
        assert self._seen_as is not None
        return self._seen_as[0]

    def _due(self, what: str, time_s: float, every_s: float) -> bool:
        if time_s < self._next_s[what]:
            return False
        self._next_s[what] = time_s + every_s
        return True

    def _reference(self, frame: Frame, landmarks: Landmarks, pose: F64, camera: Camera) -> None:
        if len(self._references["card"]) < CARD_LOOKS:
            region = forehead_region(landmarks, frame.size_px)
            card = None if region is None else self._cards.find(frame, camera, region=region)
            if isinstance(card, CardSeen):
                found = card_pose(card.corners_px, camera, covariance_px=card.covariance_px, facing=pose[:3, 2])
                if found is not None:
                    self._place("card", found.camera_from_card[:3, 3], pose)
            elif isinstance(card, ReferenceRefused):
                self._refuse(card)
        if len(self._references["marker"]) < CARD_LOOKS:
            marker = self._markers.find(frame, id=MARKER_ID)
            if isinstance(marker, MarkerSeen):
                side = (MARKER_MM, MARKER_MM)
                found = card_pose(
                    marker.corners_px, camera, covariance_px=marker.covariance_px, size_mm=side, facing=pose[:3, 2]
                )
                if found is not None:
                    self._place("marker", found.camera_from_card[:3, 3], pose)
            elif isinstance(marker, ReferenceRefused):
                self._refuse(marker)

    def _refuse(self, what: ReferenceRefused) -> None:
        self._refused[what.reason] = self._refused.get(what.reason, 0) + 1
        self._refused_now = what.reason

    def _place(self, source: ScaleSource, centre_mm: F64, pose: F64) -> None:
        points = transform(pose, self._shape().face_points[list(FOREHEAD)])
        middle = points.mean(axis=0)
        normal = np.linalg.svd(points - middle)[2][2]
        sight = centre_mm / centre_mm[2]
        meets = sight * float(middle @ normal) / float(sight @ normal)
        self._refused_now = ""
        self._references[source].append(ReferenceView(pose, centre_mm, pose[:3, :3].T @ (meets - pose[:3, 3])))

    def _neck(self, frame: Frame, landmarks: Landmarks, head: HeadPose, camera: Camera) -> None:
        def throat(axis: tuple[F64, F64], chin: F64) -> Throat | None:
            mask = self._outline.mask(frame)
            seen = read_throat(frame, landmarks.points_px, mask, axis, chin, head.camera_from_head, camera)
            if seen is not None:
                self._throats_covered += not seen.bare
                if seen.bare:
                    assert self._solver is not None
                    self._throats.append((head.time_s, seen.breadth_mm / self._solver.size))
            return seen

        shoulders = self._shoulders.track(frame)
        neck = self._neck_solver.solve(head, shoulders, camera, time_s=head.time_s, throat=throat)
        if neck is not None:
            assert self._solver is not None
            known = self._neck_solver.known
            self._necks.append((head.time_s, known.circumference_mm / self._solver.size))
            self._neck_std = known.std_percent / 100

    def _eyes(self, luma: U8, landmarks: Landmarks, pose: F64, camera: Camera, time_s: float) -> None:
        points, shape = landmarks.points_px, self._shape()
        zygia = shape.face_points[list(ZYGION)]
        ends = [_on_plane(points[index], pose, camera, float(zygia[:, 2].mean())) for index in ZYGION]
        self._faces.append((time_s, float(np.linalg.norm(ends[0] - ends[1]))))
        if len(points) < 478:
            return
        depth = float(shape.points["pupil_left"][2])
        told = [_on_plane(points[centre], pose, camera, depth) for centre, *_ in IRISES]
        self._network.append((time_s, float(np.linalg.norm(told[0] - told[1]))))
        irises = irises_of(luma, landmarks)
        if irises is None:
            return
        pupils = [_on_plane(np.array(iris.centre_px), pose, camera, depth) for iris in irises]
        self._pupils.append((time_s, float(np.linalg.norm(pupils[0] - pupils[1]))))

    # all frames

    def _told_face(self, told: Told) -> None:
        if hidden := self._hidden():
            told.reasons.append(hidden)
        elif len(self._pupils) >= max(PUPILS_LEAST, PUPILS_SHARE * len(self._network)):
            told.pupils = _sighted(
                "interpupillary_distance", self._pupils, IRIS_LOOK_MM, IRIS_COMMON_MM, "limbus of both irises"
            )
        elif self._network:
            told.pupils = _sighted(
                "interpupillary_distance", self._network, IRIS_LOOK_MM, NETWORK_COMMON_MM, "landmarks of both irises"
            )
            told.reasons.append("come_closer")
        if self._faces:
            common = FACE_BREADTH_STD * self._faces[0][1]
            told.sightings.append(_sighted("face_breadth", self._faces, 1.5, common, "landmarks at the cheekbones"))
        if len(self._hairlines) >= max(TURNS_LEAST, HAIRLINE_SHARE * len(self._hairless)):
            told.forehead = _sighted(
                "forehead_height", self._hairlines, HAIRLINE_LOOK_MM, HAIRLINE_COMMON_MM, "colour of skin and hair"
            )
        elif self._hairless:
            told.reasons.append(max(self._hairless, key=self._hairless.count))

    def _hidden(self) -> str:
        """What hid her eyes in most looks straight ahead; empty when nothing did."""
        for why in (GLASSES_DARK, FACE_HALF_SHADED):
            if self._eyes_hidden.count(why) > len(self._eyes_hidden) / 2:
                return why
        return ""

    def _told_head(self, told: Told, shape: HeadShape) -> None:
        assert self._seen_as is not None
        camera = self._seen_as[1]
        looks, guessed = bridged([*self._looks])
        fronts, tops, sides, depths = [], [], [], []
        for look, guess in zip(looks, guessed, strict=True):
            if look.camera_from_head is None:
                continue
            yaw = abs(view_yaw(look.camera_from_head))
            if yaw < FRONTAL_RAD and not guess and (value := breadth_mm(look, shape, camera)):
                fronts.append((look.time_s, value))
                if high := height_mm(look, shape, camera):
                    tops.append((look.time_s, high))
            if PROFILE_RAD < yaw < np.pi - PROFILE_RAD:
                to_left = view_yaw(look.camera_from_head) > 0
                if value := length_mm(look, shape, camera):
                    sides.append((look.time_s, yaw, value, to_left))
                if value := neck_depth_mm(look, shape, camera):
                    depths.append((look.time_s, value, to_left))
        if not fronts:
            told.reasons.append("look_straight")
            return
        # all of it lies behind the plane of the eyes, where the scale holds: a guessed focal length tells on it
        behind = float(shape.points["pupil_left"][2])
        carry = carry_std_percent(behind, told.distance_mm, focal_std=camera.focal_std) / 100
        common = float(np.hypot(OUTLINE_COMMON_MM, carry * fronts[0][1]))
        across = _sighted("head_breadth_over_hair", fronts, OUTLINE_LOOK_MM, common, "outline from the front")
        told.sightings.append(across)
        if len(tops) >= TURNS_LEAST:
            common = float(np.hypot(HEIGHT_COMMON_MM, carry * tops[0][1]))
            told.sightings.append(
                _sighted("head_height_over_hair", tops, OUTLINE_LOOK_MM, common, "outline from the front")
            )
        if len(sides) < TURNS_LEAST:
            told.reasons.append("turn_to_the_side")
        else:
            lengths = [
                (time_s, float(np.sqrt(max(value**2 - (across.value_mm * np.cos(yaw)) ** 2, 1.0)) / np.sin(yaw)), left)
                for time_s, yaw, value, left in sides
            ]
            common = float(np.hypot(LENGTH_COMMON_MM, carry * lengths[0][1]))
            along = _sighted_aside("head_length_over_hair", lengths, OUTLINE_LOOK_MM, common, "outline from the side")
            told.sightings.append(along)
        self._told_neck(told, depths, carry)

    def _told_neck(self, told: Told, depths: Sequence[tuple[float, float, bool]], carry: float) -> None:
        # a collar that is taken for skin now and then is a collar
        across = 0.0
        if len(self._throats) > max(TURNS_LEAST, self._throats_covered):
            across = float(np.median([value for _, value in self._throats]))
        # a veil or scarf that hides the skin from the front is what the outline from the side shows
        bare = len(depths) >= TURNS_LEAST and not self._neck_solver.covered
        deep = _sighted_aside("", depths, NECK_LOOK_MM, 0.0, "").value_mm if bare else 0.0
        if deep and 0 < across < NECK_FLAT * deep:
            round_, std, method = perimeter(across / 2, deep / 2) * NECK_SHAPE, NECK_STD, "outline from front and side"
        elif deep:
            round_, std, method = np.pi * deep / NECK_DEPTH, NECK_DEPTH_STD, "outline from the side"
            if self._necks and not across:  # the shoulders tell of it too, and err otherwise
                weights = np.array([std**-2, self._neck_std**-2])
                round_ = float(weights @ (round_, self._necks[-1][1]) / weights.sum())
                std, method = float(weights.sum() ** -0.5), "outline from the side, and shoulders"
        elif self._necks:
            round_, std, method = self._necks[-1][1], self._neck_std, "shoulders and skin from the front"
        else:
            told.reasons.append("free_neck")
            return
        if self._neck_solver.covered:
            told.reasons.append("free_neck")
        common = float(np.hypot(std, carry)) * round_
        if deep:
            rounds = [(time_s, value * round_ / deep, left) for time_s, value, left in depths]
            told.sightings.append(_sighted_aside("neck_circumference", rounds, NECK_LOOK_MM, common, method))
        else:
            told.sightings.append(_sighted("neck_circumference", self._necks[-1:], NECK_LOOK_MM, common, method))

    def _told_scales(self, told: Told) -> None:
        assert self._solver is not None
        if (iris := self._solver.iris) is not None and not self._hidden():
            told.scales.append(iris)
        for source, views in self._references.items():
            if len(views) >= TURNS_LEAST:
                scale = reference_scale(views, source, size_std(source, checked=self._print_checked))
                if scale is not None:
                    told.scales.append(scale)
                else:
                    told.reasons.append(f"{source}_unclear")
        if [scale.source for scale in told.scales if scale.source != "iris"] == ["marker"] and not self._print_checked:
            told.reasons.append(MARKER_UNCHECKED)
        if not self._references["card"] and self._refused:
            told.reasons.append(max(self._refused, key=lambda reason: self._refused[reason]))


def size_std(source: ScaleSource, /, *, checked: bool) -> float:
    """How far a card, or a printed marker, is off its size, relative; `checked`: a card fitted the marker's sheet."""
    if source == "card":
        return SIZE_STD
    return PRINT_STD if checked else PRINT_UNCHECKED_STD


def _eyes_hidden(frame: Frame, landmarks: Landmarks) -> str:
    if eyes_dark(frame, landmarks):
        return GLASSES_DARK
    return FACE_HALF_SHADED if half_shaded(frame, landmarks) else ""


def _sighted(
    quantity: str, looks: Sequence[tuple[float, float]], look_std_mm: float, common_mm: float, method: str
) -> Sighting:
    times, values = np.array(looks).T
    found = measured(
        quantity,
        values,
        times,
        look_std_mm=look_std_mm,
        std_systematic_mm=common_mm,
        method=method,
        scale_source="",
        scale_std_percent=0.0,
    )
    return Sighting(quantity, found.value_mm, found.std_random_mm, common_mm, True, found.samples, method)


def _sighted_aside(
    quantity: str, looks: Sequence[tuple[float, float, bool]], look_std_mm: float, common_mm: float, method: str
) -> Sighting:
    """By looks (time, value, turned to her left) from both sides, or from one: the mean of what either side says.

    A guess how far she had turned, and whose ear or shoulder stands out, are alike on one side and not on the other;
    where the sides differ by more than the common doubt covers, that is in the random one.
    """
    sides = [[look[:2] for look in looks if look[2] == left] for left in (True, False)]
    found = [_sighted(quantity, side, look_std_mm, common_mm, method) for side in sides if side]
    if len(found) == 1:
        return found[0]
    one, other = found
    random = float(np.hypot(one.std_random_mm, other.std_random_mm)) / 2
    apart = abs(one.value_mm - other.value_mm) / 2
    return replace(
        one,
        value_mm=(one.value_mm + other.value_mm) / 2,
        std_random_mm=max(random, float(np.sqrt(max(apart**2 - common_mm**2, 0.0)))),
        samples=len(looks),
    )


def _on_plane(pixel: F64, camera_from_head: F64, camera: Camera, ahead: float) -> F64:
    """(3,) in the head: where a pixel's line of sight meets the plane `ahead` of the head's origin."""
    matrix, rotation = camera.matrix, camera_from_head[:3, :3]
    eye = -rotation.T @ camera_from_head[:3, 3]
    sight = rotation.T @ np.array(
        [(pixel[0] - matrix[0, 2]) / matrix[0, 0], (pixel[1] - matrix[1, 2]) / matrix[1, 1], 1.0]
    )
    return np.asarray(eye + sight * ((ahead - eye[2]) / sight[2]))


def forehead(told: Told, scale: Scale, /) -> Measurement | None:
    """Glabella to hairline, true mm; None where fringe, cap, veil or card hid it."""
    if (seen := told.forehead) is None:
        return None
    value, share = seen.value_mm * scale.mm_per_unit, scale.std / scale.mm_per_unit
    return Measurement(
        seen.quantity,
        value,
        seen.std_random_mm * scale.mm_per_unit,
        float(np.hypot(seen.std_systematic_mm * scale.mm_per_unit, share * value)),
        seen.samples,
        seen.method,
        scale.source,
        100 * share,
    )


def pupils_far(told: Told, scale: Scale, /) -> Sighting | None:
    """The distance between the pupils for infinity, in the model's millimetres; she looked at the screen."""
    if told.pupils is None or not told.distance_mm:
        return None
    factor = scale.mm_per_unit
    far = pd_far_mm(told.pupils.value_mm * factor, told.distance_mm * factor) / factor
    seen = told.pupils
    return Sighting(seen.quantity, far, seen.std_random_mm, seen.std_systematic_mm, True, seen.samples, seen.method)

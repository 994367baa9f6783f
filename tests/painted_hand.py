"""An open left hand of known size, painted: round fingers, a palm, a forearm; before a wall of one colour."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np

from tryon.body.card import corners_in_card
from tryon.geometry.camera import given_camera, project
from tryon.geometry.planes import join_planes
from tryon.geometry.rigid import rigid, rotation_from_vector
from tryon.types import F64, CardPose, Frame, HandSeen, Landmarks

SIZE_PX = (1280, 720)
CAMERA = given_camera(1000.0, SIZE_PX)
SKIN, WALL, DIM_WALL, CLOTH = (150, 116, 144), (105, 126, 130), (150, 128, 128), (80, 132, 126)
"Y, U, V; the dim wall is as bright as the skin."
FINGERS_MM = {"index": 17.0, "middle": 17.6, "ring": 16.4, "little": 14.4}
"Circumference over pi."
WRIST_MM, PALM_MM = 53.0, 82.0
"The wrist's circumference over pi; the palm's breadth."
FINGER_SHAPE, WRIST_SHAPE = (0.05, 0.0), (0.11, -0.02)
"p and s: how much broader they are seen from the palm, and how square they are (fit.hand)."
FEET = {"index": (-26.0, 92.0), "middle": (-4.0, 97.0), "ring": (17.0, 92.0), "little": (36.0, 81.0)}
BONE = {"index": 45.0, "middle": 50.0, "ring": 46.0, "little": 36.0}
FAN = {"index": -0.14, "middle": -0.03, "ring": 0.12, "little": 0.32}


@dataclass(frozen=True)
class PaintedHand:
    """How it is held, and what the picture is like. The palm's plane is the fingers' own."""

    distance_mm: float = 480.0
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    "Rotation vector about the camera's axes, of a hand that faces us, fingers up."
    right_mm: float = 0.0
    closed: bool = False
    thumb_closed: bool = False
    sleeve: bool = False
    blur_px: float = 0.7
    noise: float = 1.5
    wall: tuple[int, int, int] = WALL
    time_s: float = 0.0
    seed: int = field(default=0, compare=False)

    @property
    def camera_from_hand(self) -> F64:
        """(4, 4) mm: x to the little finger's side, y up the fingers, z to us."""
        facing = rotation_from_vector(np.array(self.turn)) @ np.diag([1.0, -1.0, -1.0])
        middle = np.array([self.right_mm, 0.0, self.distance_mm])
        return rigid(facing, middle - facing @ np.array([0.0, 70.0, 0.0]))

    def later(self, time_s: float, turn: tuple[float, float, float]) -> PaintedHand:
        """The same hand, turned."""
        return replace(self, time_s=time_s, turn=turn, seed=self.seed + round(time_s * 30))

    def look(self) -> tuple[Frame, HandSeen]:
        """The picture, and the points that a network would find."""
        points = self._points()
        mask, cloth = self._masks(points)
        planes = []
        for skin, wall, stuff in zip(SKIN, self.wall, CLOTH, strict=True):
            # lit from one side
            lit = skin + (np.linspace(18, -18, SIZE_PX[0])[None] if skin == SKIN[0] else 0.0)
            planes.append(wall * (1 - mask) + (lit * (1 - cloth) + stuff * cloth) * mask)
        random = np.random.default_rng(self.seed)
        done = []
        for plane, noise in zip(planes, (self.noise, self.noise / 2, self.noise / 2), strict=True):
            soft = cv2.GaussianBlur(plane.astype(np.float32), (0, 0), self.blur_px)
            soft += noise * random.standard_normal(plane.shape, np.float32)
            done.append(np.clip(np.round(soft), 0, 255).astype(np.uint8))
        half = [cv2.resize(plane, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA) for plane in done[1:]]
        seen = self._seen(points)
        landmarks = Landmarks("hand21", seen, np.zeros(21), np.ones(21), self.time_s)
        return Frame(join_planes(done[0], *half), self.time_s), HandSeen("left", landmarks, np.zeros((21, 3)))

    def card(self) -> CardPose:
        """A card beside the hand, as one is found: its own plane is that of the fingers' axes less 4 mm."""
        pose = self.camera_from_hand @ rigid(np.eye(3), np.array([90.0, 100.0, 4.0]))
        covariance = np.diag([1e-4, 1e-4, 1e-4, 0.2, 0.2, (np.hypot(0.005, CAMERA.focal_std) * pose[2, 3]) ** 2])
        assert (project((corners_in_card() @ pose[:3, :3].T) + pose[:3, 3], CAMERA) > 0).all()
        return CardPose(pose, covariance, 0.1, 99.0, np.array([0.0, 0.0, 0.0, *pose[:3, 3]]))

    def _points(self) -> F64:
        """(21, 3) mm, hand."""
        points = np.zeros((21, 3))
        thumb = [(-22.0, 20.0), (-40.0, 42.0), (-58.0, 62.0), (-74.0, 78.0)]
        if self.thumb_closed:
            thumb = [(-22.0, 20.0), (-32.0, 42.0), (-34.0, 62.0), (-33.0, 80.0)]
        points[1:5, :2] = thumb
        for index, name in enumerate(FINGERS_MM):
            fan = 0.0 if self.closed else FAN[name]
            way = np.array([np.sin(fan), np.cos(fan)])
            foot = np.array(FEET[name])
            if self.closed:
                foot[0] = -26.0 + 17.0 * index
            for joint, reach in enumerate((0.0, 1.0, 1.55, 2.0)):
                points[5 + 4 * index + joint, :2] = foot + way * BONE[name] * reach
        return points

    def _seen(self, points: F64) -> F64:
        return project(points @ self.camera_from_hand[:3, :3].T + self.camera_from_hand[:3, 3], CAMERA)

    def _masks(self, points: F64) -> tuple[F64, F64]:
        limbs = [
            self._limb(points[5 + 4 * index], points[8 + 4 * index], across_mm, FINGER_SHAPE)
            for index, across_mm in enumerate(FINGERS_MM.values())
        ]
        limbs += [self._limb(points[one], points[one + 1], 20.0, FINGER_SHAPE) for one in (1, 2, 3)]
        # to the web, half way up the fingers' first bones; the fingers' roots stand beside it
        feet = [(FEET[name][0], FEET[name][1] + 0.45 * BONE[name]) for name in FINGERS_MM]
        half = PALM_MM / 2
        palm = [(-28.0, 0.0), (-half, 40.0), (-half, 98.0), *feet, (half, 90.0), (half, 40.0), (28.0, 0.0)]
        limbs.append(self._seen(np.array([(*corner, 0.0) for corner in palm])))
        limbs.append(self._limb(np.array([0.0, 4.0, 0.0]), np.array([0.0, -150.0, 0.0]), WRIST_MM, WRIST_SHAPE))
        cloth = np.zeros(SIZE_PX[::-1])
        if self.sleeve:
            cloth = _area(
                self._limb(np.array([0.0, 2.0, 0.0]), np.array([0.0, -160.0, 0.0]), WRIST_MM + 10, WRIST_SHAPE)
            )
        return np.maximum.reduce([cloth, *(_area(limb) for limb in limbs)]), cloth

    def breadth_mm(self, foot: F64, top: F64, mean_mm: float, shape: tuple[float, float]) -> float:
        """How broad a limb between two points (3,) mm, hand, is from where the camera sees it."""
        hand_from_camera = np.linalg.inv(self.camera_from_hand)
        view = hand_from_camera[:3, 3] - (foot + top) / 2
        along = (top - foot) / np.linalg.norm(top - foot)
        roll = np.arctan2(view @ np.cross(along, (0.0, 0.0, 1.0)), view[2])
        return float(mean_mm * (1 + shape[0] * np.cos(2 * roll) + shape[1] * np.cos(4 * roll)))

    def _limb(self, foot: F64, top: F64, mean_mm: float, shape: tuple[float, float]) -> F64:
        """(4, 2) px of a limb: as broad in the picture as it is at its distance, however it is tipped."""
        across_mm = self.breadth_mm(foot, top, mean_mm, shape)
        ends = np.stack([foot, top]) @ self.camera_from_hand[:3, :3].T + self.camera_from_hand[:3, 3]
        at = project(ends, CAMERA)
        way = (at[1] - at[0]) / np.linalg.norm(at[1] - at[0])
        side = np.array([-way[1], way[0]])
        half = across_mm / 2 * CAMERA.matrix[0, 0] / ends[:, 2]
        return np.array(
            [at[0] - side * half[0], at[1] - side * half[1], at[1] + side * half[1], at[0] + side * half[0]]
        )


def _area(corners_px: F64) -> F64:
    """(h, w) how much of each pixel lies in the convex hull of points (n, 2)."""
    hull = cv2.convexHull(corners_px.astype(np.float32))[:, 0].astype(np.float64)
    low = np.clip(np.floor(hull.min(axis=0)) - 1, 0, SIZE_PX).astype(int)
    high = np.clip(np.ceil(hull.max(axis=0)) + 2, 0, SIZE_PX).astype(int)
    across, down = np.meshgrid(np.arange(low[0], high[0]), np.arange(low[1], high[1]))
    inside = np.full(across.shape, np.inf)
    middle = hull.mean(axis=0)
    for one, other in zip(hull, np.roll(hull, -1, axis=0), strict=True):
        normal = np.array([other[1] - one[1], one[0] - other[0]]) / np.linalg.norm(other - one)
        normal *= np.sign(normal @ (middle - one))
        inside = np.minimum(inside, (across - one[0]) * normal[0] + (down - one[1]) * normal[1])
    area = np.zeros(SIZE_PX[::-1])
    area[low[1] : high[1], low[0] : high[0]] = np.clip(inside + 0.5, 0.0, 1.0)
    return area

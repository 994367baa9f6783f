"""Her hair: where it falls over neck and ears, what lies under it is not shown; over a band's ends: locks.

Hair is what has the colour of the head's own hair and hangs together with it. The colour is read off the skull,
where the outline shows that she has hair, while she looks ahead. An ear that shows its skin stands before the hair,
so its earring is not hidden; cloth as dark as the hair, all over her chest, is cloth.
"""

from __future__ import annotations

import cv2
import numpy as np

from tryon.body.model import view_angles
from tryon.body.occluder import skull
from tryon.geometry.camera import project
from tryon.geometry.planes import split_planes
from tryon.geometry.rigid import transform
from tryon.types import F32, F64, Camera, Frame, HeadPose, NeckPose, Side, Veil

COARSE = 4
"Pixels of the frame a side of one of the veil's."
RIM = 2
"Cells beside hair: what is tucked in it does not stand out of its outline."
LOOKS, LOOK_EVERY_S = 8, 0.4
FRONTAL_RAD = 0.45
CROWN_RAD = np.radians([[side, up] for up in (42, 54, 66) for side in (-70, -45, -18, 18, 45, 70)])
"Directions from the middle of the skull, to her left and up from ahead, where hair is looked at."
UNDER_MM = 14.0
"So far inside the outline."
TINT, LUMA = 5.0, 0.4
"Least spread of hair: of U and V, and of the logarithm of luma."
UNLIKE, LIKE = 11.0, 5.0
"Squared distances in spreads at which a pixel is no hair at all, and all hair."
APART = 3.0
"Hair nearer to the skin's colour than this many spreads is not told from it."
REACH_MM = (190.0, 60.0, 400.0)
"How far from the head's middle hair is looked for: aside, above the ears' level, below."
EAR = np.array([[3.0, -26.0, -6.0], [4.0, -10.0, -13.0], [5.0, 6.0, -15.0]])
"mm from the tragion to lobe, shell and rim of the wearer's left ear."
EAR_MM = (22.0, 12.0, 75.0)
"About a lobe that shows: aside, above, below."
EARS_EVERY_S = 0.2
FOREHEAD = (151, 10)
"Face points up the middle of the forehead."
FOREHEAD_STEP_MM, FOREHEAD_REACH_MM = 1.0, 105.0
FOREHEAD_SKIN_MM, FOREHEAD_MM = 12.0, (38.0, 95.0)
"""So much above the glabella shows skin, or something lies on the forehead; and where hairlines are (facts: fit,
section 2.6: 55 to 61 mm, spread 3 to 7): one lower is a fringe."""
EDGE_MM = 8.0
"A hairline has skin below and hair above for so long."
STRANGE = 2 * UNLIKE
"Squared distance of U and V from skin and hair at which a pixel is neither."
COVERED, UNCLEAR = "forehead_covered", "hairline_unclear"
DYED = (4.0, -3.0)
"Greatest U and least V of hair, from grey: what is bluer or greener is a cap or a scarf [J]."
CLOTH = 0.3
"So much of the middle of the chest in the hair's colour is cloth."


class Hair:
    """One wearer's hair, frame after frame. Not for several threads."""

    def __init__(self) -> None:
        self._looks: list[F64] = []
        self._skins: list[F64] = []
        self._looked_s = self._eared_s = -np.inf
        self._own: F64 | None = None
        self._spread = self._skin = np.ones(3)
        self._bare: dict[Side, bool] = {"left": False, "right": False}
        self.over_ears = False
        "Whether hair hides both ears, as last seen."

    def veil(self, frame: Frame, face_px: F64, head: HeadPose, neck: NeckPose | None, camera: Camera, /) -> Veil | None:
        """What hair hides below the ears' level in this frame; None where none was told from skin and room."""
        self.learn(frame, face_px, head, camera)
        seeds = self._seeds(head, camera)
        self.over_ears = False
        box = self._box(head, camera, seeds)
        if self._own is None or box is None:
            return None
        left, top = box[:2]
        alpha = self._joined(self._likeness(_colours(frame, box), self._own), (seeds - (left, top)) / COARSE)
        origin = np.array([left, top])
        self._below_ears(alpha, origin, head, camera)
        if not alpha.any():
            return None
        if head.time_s - self._eared_s >= EARS_EVERY_S:
            self._eared_s = head.time_s
            self._bare = {side: self._shows(side, frame, head, camera) for side in self._bare}
        self.over_ears = not any(self._bare.values())
        for side in (side for side, bare in self._bare.items() if bare):
            self._clear_ear(alpha, origin, head, camera, side)
        if neck is not None:
            self._cloth(alpha, origin, neck, camera)
        return Veil(np.asarray(cv2.GaussianBlur(alpha, (0, 0), 0.8), dtype=np.float32), (left, top), COARSE)

    def learn(self, frame: Frame, face_px: F64, head: HeadPose, camera: Camera, /) -> None:
        """Look at its colour, now and then, until it is known."""
        if len(self._looks) < LOOKS and head.time_s - self._looked_s >= LOOK_EVERY_S:
            self._looked_s = head.time_s
            self._look(frame, face_px, head, self._seeds(head, camera))

    def covers(self, frame: Frame, box: tuple[int, int, int, int], /) -> tuple[F32, F32] | None:
        """Two of (h, w) 0 to 1, coarse, in a box (left, top, right, foot; px, multiples of COARSE): where hair is, or
        the room within RIM cells of it; and where no skin is. None while hair is not told from skin and room.
        """
        if self._own is None:
            return None
        colours = _colours(frame, box)
        hair = self._likeness(colours, self._own)
        bare = (((colours - self._skin) / self._spread) ** 2).sum(axis=-1) < UNLIKE
        by_skin = cv2.dilate(bare.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
        near = cv2.dilate(hair, np.ones((2 * RIM + 1, 2 * RIM + 1), np.uint8))
        # a cell that is half hair is half something else
        own, free = (np.maximum(2 * np.where(by_skin, hair, beside) - 1, 0) for beside in (near, 1.0))
        return np.asarray(own, dtype=np.float32), np.asarray(free, dtype=np.float32)

    def hairline(self, frame: Frame, head: HeadPose, camera: Camera, /) -> tuple[float | None, str]:
        """(mm from the glabella up the middle of the forehead to the hair, why not): one of both.

        Why: `hairline_unclear` where hair is not told from skin or skin goes on beyond, `forehead_covered` by fringe,
        cap, veil or card. A close cap in a colour that hair has is taken for hair.
        """
        if self._own is None:
            return None, UNCLEAR
        grey = np.array([128.0, 128.0])
        if self._own[1] - grey[0] > DYED[0] or self._own[2] - grey[1] < DYED[1]:
            return None, COVERED
        points, along = _forehead(head)
        shown = _at(frame, project(transform(head.camera_from_head, points), camera))
        if len(shown) < len(points):
            return None, COVERED
        skin, hair = (((shown - colour) / self._spread) ** 2 for colour in (self._skin, self._own))
        bare = skin.sum(axis=-1) < hair.sum(axis=-1)
        # light and shade change how bright both are, not what colour
        strange = np.minimum(skin[:, 1:].sum(axis=-1), hair[:, 1:].sum(axis=-1)) > STRANGE
        wide = round(EDGE_MM / FOREHEAD_STEP_MM)
        # the change from skin to hair that is clearest on both sides
        sums = np.concatenate([[0], np.cumsum(bare)])
        below, above = sums[wide:-wide] - sums[: -2 * wide], sums[2 * wide :] - sums[wide:-wide]
        step = below - above
        low = round(FOREHEAD_SKIN_MM / FOREHEAD_STEP_MM)
        if bare[:low].mean() < 0.8 or strange[:low].mean() > 0.5:
            return None, COVERED
        clear = np.flatnonzero(step >= 0.8 * wide)
        if not len(clear):
            return None, UNCLEAR
        run = clear[: int(np.argmax(np.diff(clear, append=clear[-1] + 2) > 1)) + 1]
        at = int(run[np.argmax(step[run])]) + wide
        height = float(along[at])
        if strange[max(at - wide, 0) : at + wide].mean() > 0.5:
            return None, COVERED
        if not FOREHEAD_MM[0] <= height <= FOREHEAD_MM[1]:
            return None, COVERED if height < FOREHEAD_MM[0] else UNCLEAR
        return height, ""

    def _likeness(self, colours: F64, own: F64) -> F32:
        away = (((colours - own) / self._spread) ** 2).sum(axis=-1)
        return np.asarray(np.clip((UNLIKE - away) / (UNLIKE - LIKE), 0.0, 1.0), dtype=np.float32)

    def _seeds(self, head: HeadPose, camera: Camera) -> F64:
        """(n, 2) pixels on the skull's hair, as far as it faces the camera."""
        ball = skull(head.shape).grown(-UNDER_MM)
        aside, up = CROWN_RAD.T
        unit = np.stack([np.sin(aside) * np.cos(up), np.sin(up), np.cos(aside) * np.cos(up)], axis=1)
        return project(transform(head.camera_from_head, ball.centre + unit * ball.axes), camera)

    def _look(self, frame: Frame, face_px: F64, head: HeadPose, seeds: F64) -> None:
        if max(map(abs, view_angles(head.camera_from_head))) > FRONTAL_RAD:
            return
        found = _at(frame, seeds)
        skin = _at(frame, face_px[[50, 280, 205, 425, 36, 266, 101, 330]])
        if len(found) < len(seeds) or len(skin) < 4:
            return
        # the forehead reaches up to some of them
        bare = np.median(skin, axis=0)
        found = found[(((found - bare) / (LUMA, TINT, TINT)) ** 2).sum(axis=-1) > UNLIKE]
        if 2 * len(found) < len(seeds):
            return
        self._looks.append(np.median(found, axis=0))
        self._skins.append(bare)
        own, self._skin = np.median(self._looks, axis=0), np.median(self._skins, axis=0)
        self._spread = np.maximum(1.48 * np.median(np.abs(np.array(self._looks) - own), axis=0), (LUMA, TINT, TINT))
        told = (((own - self._skin) / self._spread) ** 2).sum() >= APART**2
        self._own = own if told else None

    def _box(self, head: HeadPose, camera: Camera, seeds: F64) -> tuple[int, int, int, int] | None:
        aside, above, below = REACH_MM
        px_per_mm = camera.matrix[0, 0] / head.camera_from_head[2, 3]
        middle = project(head.camera_from_head[None, :3, 3], camera)[0]
        low = np.minimum(middle - np.array([aside, above]) * px_per_mm, seeds.min(axis=0) - 2 * COARSE)
        high = np.maximum(middle + np.array([aside, below]) * px_per_mm, seeds.max(axis=0) + 2 * COARSE)
        size = np.array(camera.size_px)
        low, high = (np.clip(edge, 0, size) // (2 * COARSE) * (2 * COARSE) for edge in (low, high))
        if ((high - low) < 8 * COARSE).any():
            return None
        return int(low[0]), int(low[1]), int(high[0]), int(high[1])

    def _joined(self, alpha: F32, seeds: F64) -> F32:
        """Only what hangs together with the head's own hair."""
        count, labels = cv2.connectedComponents((alpha > 0.5).astype(np.uint8), connectivity=8)
        rows, columns = alpha.shape
        at = np.round(seeds).astype(int)
        inside = (at >= 0).all(axis=1) & (at[:, 0] < columns) & (at[:, 1] < rows)
        own = np.zeros(count, np.uint8)
        own[labels[at[inside, 1], at[inside, 0]]] = 1
        own[0] = 0
        return np.asarray(alpha * cv2.dilate(own[labels], np.ones((3, 3), np.uint8)), dtype=np.float32)

    def _shows(self, side: Side, frame: Frame, head: HeadPose, camera: Camera) -> bool:
        """Whether the skin of an ear is seen: it stands before the hair, and so does what hangs from it."""
        shown = _at(frame, project(transform(head.camera_from_head, _ear(head, side)), camera))
        assert self._own is not None
        skin, hair = ((((shown - colour) / self._spread) ** 2).sum(axis=-1) for colour in (self._skin, self._own))
        return 2 * int(((skin < hair) & (skin < 2 * UNLIKE)).sum()) > len(shown)

    def _clear_ear(self, alpha: F32, origin: F64, head: HeadPose, camera: Camera, side: Side) -> None:
        aside, above, below = EAR_MM
        corner = _ear(head, side)[0] + np.array([[-aside, above, 0.0], [aside, -below, 0.0]])
        pixels = (project(transform(head.camera_from_head, corner), camera) - origin) / COARSE
        low, high = np.floor(pixels.min(axis=0)).astype(int), np.ceil(pixels.max(axis=0)).astype(int)
        alpha[max(low[1], 0) : max(high[1], 0), max(low[0], 0) : max(high[0], 0)] = 0.0

    def _below_ears(self, alpha: F32, origin: F64, head: HeadPose, camera: Camera) -> None:
        """What is worn on the head lies on the hair: above the ears nothing is hidden by it."""
        ears = project(
            transform(head.camera_from_head, np.stack([head.shape.points[f"tragion_{s}"] for s in ("left", "right")])),
            camera,
        )
        across = ears[0] - ears[1]
        if abs(across[0]) < COARSE:
            level = np.full(alpha.shape[1], ears[:, 1].mean())
        else:
            columns = origin[0] + np.arange(alpha.shape[1]) * COARSE
            level = ears[1, 1] + (columns - ears[1, 0]) * float(np.clip(across[1] / across[0], -1, 1))
        rows = origin[1] + np.arange(alpha.shape[0]) * COARSE
        alpha[rows[:, None] < level[None, :]] = 0.0

    def _cloth(self, alpha: F32, origin: F64, neck: NeckPose, camera: Camera) -> None:
        """A chest in the hair's colour is dressed in it: from the pit of the neck down nothing is hidden."""
        chest = np.array([[-40.0, -20.0, 10.0], [40.0, -120.0, 30.0], [0.0, 0.0, 0.0]])
        pixels = (project(transform(neck.camera_from_neck, chest), camera) - origin) / COARSE
        low, high = np.floor(pixels[:2].min(axis=0)).astype(int), np.ceil(pixels[:2].max(axis=0)).astype(int)
        middle = alpha[max(low[1], 0) : max(high[1], 0), max(low[0], 0) : max(high[0], 0)]
        if middle.size and middle.mean() > CLOTH:
            alpha[max(int(pixels[2, 1]), 0) :] = 0.0


def _forehead(head: HeadPose) -> tuple[F64, F64]:
    """(n, 3) mm, head: from the glabella up the middle of the forehead and over the skull; (n,) mm along it."""
    shape = head.shape
    face = shape.face_points[list(FOREHEAD)]
    outline = skull(shape, over_hair=False).sagittal()
    start = int(np.argmin(np.linalg.norm(outline - face[-1], axis=1)))
    upward = np.roll(outline[:-1], -start, axis=0)
    path = np.concatenate([[shape.points["glabella"]], face, upward[1:] + (face[-1] - upward[0])])
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    along = np.arange(0.0, FOREHEAD_REACH_MM, FOREHEAD_STEP_MM)
    return np.stack([np.interp(along, length, axis) for axis in path.T], axis=1), along


def _ear(head: HeadPose, side: Side) -> F64:
    """(3, 3) mm, head frame: lobe, shell and rim of an ear."""
    sign = 1.0 if side == "left" else -1.0
    return np.asarray(head.shape.points[f"tragion_{side}"] + EAR * (sign, 1.0, 1.0))


def _colours(frame: Frame, box: tuple[int, int, int, int]) -> F64:
    """(h, w, 3) of a box (multiples of COARSE) of the frame, coarse: logarithm of luma, U and V."""
    left, top, right, foot = box
    size = ((right - left) // COARSE, (foot - top) // COARSE)
    luma, *chroma = split_planes(frame.i420)
    parts = [luma[top:foot, left:right], *(plane[top // 2 : foot // 2, left // 2 : right // 2] for plane in chroma)]
    # each the mean of its pixels: what the sensor adds must not be seen as hair that moves
    coarse = [cv2.resize(part, size, interpolation=cv2.INTER_AREA) for part in parts]
    return _features(np.stack(coarse, axis=-1).astype(np.float64))


def _at(frame: Frame, pixels: F64) -> F64:
    """(k, 3) the same at those pixels that lie in the frame, each over a few neighbours."""
    luma, *chroma = split_planes(frame.i420)
    height, width = luma.shape
    at = np.round(pixels / 2).astype(int)
    inside = ((at > 0) & (at < (width // 2 - 1, height // 2 - 1))).all(axis=1)
    found = []
    for x, y in at[inside]:
        bright = luma[2 * y - 2 : 2 * y + 3, 2 * x - 2 : 2 * x + 3].mean()
        found.append((bright, *(plane[y - 1 : y + 2, x - 1 : x + 2].mean() for plane in chroma)))
    return _features(np.array(found, dtype=np.float64).reshape(-1, 3))


def _features(yuv: F64) -> F64:
    out = yuv.copy()
    out[..., 0] = np.log(np.maximum(yuv[..., 0] - 16, 4.0))
    return out

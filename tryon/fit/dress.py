"""Pieces onto a body: each where the rule of its kind puts it, and the parts of the body that hide it.

Head pieces take their seats (fit.seat), chains hang on the neck (fit.drape), rings go round a finger just above the
web, bracelets round the wrist and down to its low side, earrings through the lobes; an open palm holds anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from tryon.body.hand import camera_from_finger, camera_from_wrist, finger_width_mm
from tryon.body.model import HeadModel
from tryon.body.occluder import column, hair_within, head_occluder, neck_occluder
from tryon.fit.drape import frames, hangs_mm, swayed
from tryon.fit.seat import head_from_piece
from tryon.fit.sway import Pendulum
from tryon.fit.tuck import tucks
from tryon.geometry.chain import points_of
from tryon.geometry.rigid import rigid, transform
from tryon.types import (
    F64,
    HandPose,
    HeadPose,
    HeadShape,
    Mesh,
    Model,
    NeckPose,
    NeckShape,
    Nudge,
    Occluder,
    Piece,
    Place,
    Placed,
    Side,
)

HAIR_FADE_MM = 6.0
"Depth over which a piece that goes behind the hair fades."
SKIN_FADE_MM = 1.5
RING_ALONG = 0.68
"""Of the way from the network's point at a finger's base to that at its next joint: 0.6 of the bone on synthetic
hands, just above the web."""
LOBE = np.array([3.0, -30.0, -6.0])
"mm from the tragion to the middle of the ear lobe, the wearer's left (right: mirrored)."
DROP_MM = 12.0
"An earring that reaches farther than this below the lobe swings free."
WRIST_HALF_MM = np.array([29.0, 21.0])
"Half breadth and half depth of a wrist above a palm of usual length (circumference about 158 mm, ANSUR II women)."
BANGLE_BELOW_MM = 8.0
PALM_LIFT_MM = 8.0
UPRIGHT = 1.2
"A piece in the hand stands between the palm's own way up and the room's; this much towards the room's."
OPEN = 1.45
"An open hand's fingertips are farther than this from the wrist, in palm's lengths."
DOWN = np.array([0.0, 1.0, 0.0])
"Gravity, in a camera that is held level."
FREE_MM = 25.0
"A chain that hangs less far below the neck than this lies on it and does not swing."
STRAIGHT = 0.002
"A chain that hangs off its rest by less (of its length) is at rest."

Hang = Callable[[float, NeckShape], F64 | None]
"The joints of a chain of a length on a neck (fit.drape.settle); None while it has not come to rest yet."


@dataclass(frozen=True, slots=True)
class Body:
    """What was found of her in a frame."""

    head: HeadPose | None
    neck: NeckPose | None
    hands: Mapping[Side, HandPose]


@dataclass(slots=True)
class Chain:
    """A necklace that came to rest on a neck, and how it swings."""

    joints: F64
    links: F64
    "At rest."
    pendulum: Pendulum | None
    "None for one that does not hang free."

    def links_on(self, neck: NeckPose, /) -> F64:
        """(JOINTS, 4, 4) neck_from_link as it hangs now: true down, and left behind by quick turns."""
        if self.pendulum is None:
            return self.links
        pit = neck.camera_from_neck[:3, 3]
        down = neck.camera_from_neck[:3, :3].T @ self.pendulum.hang(pit, time_s=neck.time_s)
        if abs(down[0]) < STRAIGHT and down[2] < STRAIGHT:
            return self.links
        return frames(swayed(self.joints, down, neck.shape), neck.shape)


class Dresser:
    """Puts pieces on a body, frame after frame; keeps what rests on shape alone."""

    def __init__(self, model: HeadModel, hang: Hang) -> None:
        self._model = model
        self._hang = hang
        self._head: tuple[HeadShape, Mesh, Mesh] | None = None
        self._neck: tuple[NeckShape, Mesh] | None = None
        self._seats: dict[tuple[str, Nudge], tuple[F64, F64 | None]] = {}
        self._columns: dict[tuple[float, ...], Mesh] = {}
        self._hair: dict[str, Mesh] = {}
        self._lowest: dict[str, tuple[Model, float]] = {}
        self._reach: dict[str, tuple[Model, float]] = {}
        self._chains: dict[str, tuple[NeckShape, Chain]] = {}
        self._drops: dict[tuple[str, Side], Pendulum] = {}

    def dress(
        self, models: tuple[Model, ...], nudges: Mapping[str, Nudge], places: Mapping[str, Place], body: Body, /
    ) -> tuple[tuple[Placed, ...], tuple[Occluder, ...]]:
        """The pieces that can be seen on her now, and what hides them."""
        placed: list[Placed] = []
        hidden: list[Occluder] = []
        for model in models:
            piece = model.piece
            place = _shown(places.get(piece.id) or own_place(piece), body.hands)
            nudge = nudges.get(piece.id, Nudge())
            if place.held:
                self._held(model, body.hands.get(_side(place)), placed, hidden)
            elif place.on in ("left_hand", "right_hand"):
                self._on_hand(model, place, body.hands.get(_side(place)), nudge, placed, hidden)
            elif place.on == "neck":
                self._on_neck(model, body.neck, nudge, placed)
            elif body.head is not None:
                self._on_head(model, body.head, nudge, placed, hidden)
        if body.head is not None and placed:
            self._keep(body.head.shape)
            assert self._head is not None
            whole, without_neck = self._head[1:]
            mesh = whole if body.neck is None else without_neck
            hidden.insert(0, Occluder(mesh, body.head.camera_from_head, soft_mm=HAIR_FADE_MM))
        if body.neck is not None and placed:
            if self._neck is None or self._neck[0] != body.neck.shape:
                self._neck = (body.neck.shape, neck_occluder(body.neck.shape))
            hidden.append(Occluder(self._neck[1], body.neck.camera_from_neck, soft_mm=SKIN_FADE_MM))
        return tuple(placed), tuple(hidden)

    def _keep(self, shape: HeadShape) -> None:
        # seats and occluder rest on the shape alone; they are made anew only when it has changed
        if self._head is None or self._head[0] is not shape:
            self._head = (shape, head_occluder(shape, self._model), head_occluder(shape, self._model, neck=False))
            self._seats.clear()
        if len(self._seats) > 64:
            self._seats.clear()

    def _on_head(
        self, model: Model, head: HeadPose, nudge: Nudge, placed: list[Placed], hidden: list[Occluder]
    ) -> None:
        self._keep(head.shape)
        piece = model.piece
        if piece.seat.line == "ear":
            placed += [Placed(model, self._camera_from_ear(model, head, side, nudge)) for side in _nearer_first(head)]
            return
        key = (piece.id, nudge)
        if key not in self._seats:
            own = head_from_piece(piece, head.shape, nudge)
            self._seats[key] = own, tucks(piece, own, head.shape)
        seat, tucked = self._seats[key]
        pose = head.camera_from_head @ seat
        placed.append(Placed(model, pose, tucks=tucked))
        if piece.seat.line in ("perch", "circlet"):
            if piece.id not in self._hair:
                self._hair[piece.id] = hair_within(piece.size.inner_breadth_mm / 2, piece.size.inner_length_mm / 2)
            hidden.append(Occluder(self._hair[piece.id], pose, soft_mm=HAIR_FADE_MM))

    def _camera_from_ear(self, model: Model, head: HeadPose, side: Side, nudge: Nudge) -> F64:
        at = ear_hole(head, side, nudge)
        reach = -self._lowest_mm(model)
        if reach < DROP_MM:
            return camera_from_ear(head, side, at, -head.camera_from_head[:3, 1])
        drop = self._drops.setdefault((model.piece.id, side), Pendulum(reach))
        return camera_from_ear(head, side, at, drop.hang(at, time_s=head.time_s))

    def _on_neck(self, model: Model, neck: NeckPose | None, nudge: Nudge, placed: list[Placed]) -> None:
        if neck is None:
            return
        chain = self._chain(model, neck.shape)
        if chain is None:
            return
        moved = rigid(np.eye(3), np.array([0.0, nudge.up_mm, nudge.forward_mm]))
        placed.append(Placed(model, neck.camera_from_neck @ moved, chain.links_on(neck)))

    def _chain(self, model: Model, shape: NeckShape) -> Chain | None:
        """As it hangs on her; until it has settled on a neck that is known better now, as it hung before."""
        found = self._chains.get(model.piece.id)
        if found is not None and found[0] == shape:
            return found[1]
        joints = self._hang(chain_length_mm(model.piece, shape), shape)
        if joints is None:
            return None if found is None else found[1]
        free_mm = hangs_mm(joints, shape)
        chain = Chain(joints, frames(joints, shape), Pendulum(free_mm) if free_mm > FREE_MM else None)
        self._chains[model.piece.id] = (shape, chain)
        return chain

    def _on_hand(
        self,
        model: Model,
        place: Place,
        hand: HandPose | None,
        nudge: Nudge,
        placed: list[Placed],
        hidden: list[Occluder],
    ) -> None:
        if hand is None:
            return
        size = model.piece.size
        if model.piece.seat.line == "finger":
            finger = place.finger or "ring"
            pose = camera_from_finger(hand, finger, RING_ALONG)
            half = min(finger_width_mm(finger), size.inner_diameter_mm - 0.8) / 2
            placed.append(Placed(model, pose @ _nudged(nudge)))
            hidden.append(Occluder(self._column(half, half, 24.0, 30.0), pose, soft_mm=0.5))
            return
        pose = camera_from_wrist(hand)
        inner = np.array([size.inner_breadth_mm, size.inner_length_mm]) / 2
        half_x, half_z = np.minimum(WRIST_HALF_MM, inner - 1.0)
        low = pose[:3, :3].T @ DOWN
        low[1] = 0.0
        steep = float(np.linalg.norm(low))
        if steep > 1e-6:  # loose: it falls until the upper side of its ring lies on the wrist
            room = np.array([inner[0] - half_x, 0.0, inner[1] - half_z])
            shift = low / steep * room * min(1.0, 2 * steep)
        else:
            shift = np.zeros(3)
        moved = rigid(np.eye(3), shift - np.array([0.0, BANGLE_BELOW_MM, 0.0]))
        placed.append(Placed(model, pose @ moved @ _nudged(nudge)))
        hidden.append(Occluder(self._column(half_x, half_z, 120.0, 70.0), pose, soft_mm=SKIN_FADE_MM))

    def _held(self, model: Model, hand: HandPose | None, placed: list[Placed], hidden: list[Occluder]) -> None:
        if hand is None or not is_open(hand):
            return
        palm = hand.camera_from_hand[:3, 2]
        up = palm - UPRIGHT * DOWN
        up = up / np.linalg.norm(up)
        ahead = -hand.camera_from_hand[:3, 1]
        ahead = ahead - up * (ahead @ up)
        ahead = ahead / np.linalg.norm(ahead)
        middle = hand.joints[[0, 5, 9, 13, 17]].mean(axis=0)
        # a ring leans away from the palm: its near edge rests there, and none of it goes through
        leans = float(np.sqrt(max(1 - (palm @ up) ** 2, 0.0))) * self._reach_mm(model)
        at = middle + palm * (PALM_LIFT_MM + leans) - up * self._lowest_mm(model)
        placed.append(Placed(model, rigid(np.stack([np.cross(up, ahead), up, ahead], axis=1), at)))
        axes = hand.camera_from_hand.copy()
        axes[:3, 3] = middle
        hidden.append(Occluder(self._column(38.0, 9.0, 45.0, 45.0), axes, soft_mm=SKIN_FADE_MM))

    def _lowest_mm(self, model: Model) -> float:
        """How far a piece reaches below its origin, mm, negative; looked up once a model."""
        if self._lowest.get(model.piece.id, (None, 0.0))[0] is not model:
            self._lowest[model.piece.id] = (model, float(points_of(model)[:, 1].min()))
        return self._lowest[model.piece.id][1]

    def _reach_mm(self, model: Model) -> float:
        """How far a piece reaches from its middle where it stands, mm; looked up once a model."""
        if self._reach.get(model.piece.id, (None, 0.0))[0] is not model:
            self._reach[model.piece.id] = (model, float(np.abs(points_of(model)[:, [0, 2]]).max()))
        return self._reach[model.piece.id][1]

    def _column(self, *sizes: float) -> Mesh:
        key = tuple(round(float(size), 2) for size in sizes)
        if key not in self._columns:
            self._columns[key] = column(*key)
        return self._columns[key]


def chain_length_mm(piece: Piece, neck: NeckShape, /) -> float:
    """The chain's own length; one too short to close round her is let out, as far as its extender goes."""
    length = piece.size.chain_length_mm
    return min(max(length, neck.circumference_mm + 8.0), length + piece.adjustable_mm)


def ear_hole(head: HeadPose, side: Side, nudge: Nudge, /) -> F64:
    """(3,) mm, camera: where an earring goes through the lobe."""
    sign = 1.0 if side == "left" else -1.0
    lobe = head.shape.points[f"tragion_{side}"] + LOBE * (sign, 1.0, 1.0) + (0.0, nudge.up_mm, nudge.forward_mm)
    return transform(head.camera_from_head, lobe)


def camera_from_ear(head: HeadPose, side: Side, hole: F64, down: F64, /) -> F64:
    """(4, 4) mm: an earring that hangs along `down` (unit, camera) from the lobe's hole and faces out and ahead."""
    axes = head.camera_from_head[:3, :3]
    outward = axes[:, 0] * (0.6 if side == "left" else -0.6) + axes[:, 2] * 0.8
    ahead: F64 = outward - down * float(outward @ down)
    ahead = ahead / max(float(np.linalg.norm(ahead)), 1e-9)
    return rigid(np.stack([np.cross(-down, ahead), -down, ahead], axis=1), hole)


def is_open(hand: HandPose, /) -> bool:
    """Whether the palm is open: its fingers are stretched."""
    palm = float(np.linalg.norm(hand.joints[9] - hand.joints[0]))
    tips = np.linalg.norm(hand.joints[[8, 12, 16, 20]] - hand.joints[0], axis=1)
    return bool(np.median(tips) > OPEN * palm)


def _nearer_first(head: HeadPose) -> tuple[Side, Side]:
    return ("left", "right") if head.camera_from_head[2, 0] < 0 else ("right", "left")


def own_place(piece: Piece, /) -> Place:
    """Where a piece is worn unless she chose: of what is made for a hand, on the one she shows."""
    return Place(piece.worn_on, piece.finger, either=piece.worn_on in ("left_hand", "right_hand"))


def _shown(place: Place, hands: Mapping[Side, HandPose]) -> Place:
    """On the other hand, where either will do and only that one is seen."""
    if place.either and hands and _side(place) not in hands:
        return replace(place, on="right_hand" if "right" in hands else "left_hand")
    return place


def _side(place: Place) -> Side:
    return "right" if place.on == "right_hand" else "left"


def _nudged(nudge: Nudge) -> F64:
    """A ring or bracelet moved along what it is on, and turned round it."""
    cos, sin = np.cos(nudge.tilt_rad), np.sin(nudge.tilt_rad)
    turn = np.array([[cos, 0.0, sin], [0.0, 1.0, 0.0], [-sin, 0.0, cos]])
    return rigid(turn, np.array([0.0, nudge.up_mm, nudge.forward_mm]))

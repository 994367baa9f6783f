"""One wearer's mirror: a frame in, a picture with her pieces out. The one per-frame path of this package.

    frame --sense--> Sensed --show--> Shown
           track               body, fit, render, blend

`sense` and `show` may run on two threads, so that the next frame is tracked while this one is drawn; `step` is
both, one after the other. Each half is called on one thread only: the thread that first calls `show` owns the
GL context. What is worn is set from any thread; a frame sees it whole or not at all.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from tryon.body.hair import Hair
from tryon.body.hand import HandSolver
from tryon.body.head import HeadSolver
from tryon.body.light import SkinLight
from tryon.body.locks import Locks
from tryon.body.model import HeadModel, load_head_model
from tryon.body.neck import NeckSolver
from tryon.body.throat import Throat, read_throat
from tryon.fit.drape import settle
from tryon.fit.dress import Body, Dresser, own_place
from tryon.geometry.camera import camera_at, prior_camera, project
from tryon.geometry.planes import split_planes
from tryon.geometry.rigid import transform
from tryon.render.blend import blend
from tryon.render.eye import CameraEye, Look
from tryon.render.finish import Finish
from tryon.render.renderer import Renderer
from tryon.render.stage import staged
from tryon.settings import Settings
from tryon.track.face import FaceTracker
from tryon.track.hands import HandTracker
from tryon.track.outline import OutlineTracker
from tryon.track.quality import quality, shoulders_seen
from tryon.track.reach import Reach, hand_mask
from tryon.track.shoulders import ShoulderTracker
from tryon.types import (
    F32,
    F64,
    Camera,
    Frame,
    HandPose,
    HandSeen,
    HeadPose,
    Hint,
    Landmarks,
    Layer,
    Model,
    NeckShape,
    Nudge,
    Place,
    Placed,
    Quality,
    RoomLight,
    Scale,
    Scene,
    Sensed,
    Shown,
    Side,
    StageView,
    Veil,
    WornOn,
)

SIDES: tuple[Side, ...] = ("left", "right")
HANDS: dict[WornOn, Side] = {"left_hand": "left", "right_hand": "right"}
HER_OWN = StageView()
REACH_EVERY = 4
"Frames from one look at a hand before her crown to the next: it is only to hide, not to wear."
FADE_IN_S = 0.2
"A piece that comes back fades in over this time, so that finding her again is no flash."
UNSEEN_S = 2.0
"So long no hand, or no shoulders, are seen where a piece is worn on them before she is asked to show them."
ASKED_S = 10.0
"Then she has heard it: a ring of a set stays unseen while she looks at her face."
BELOW = 0.85
"Of the front half of a chain: so much out of the picture, and it is not seen."
CameraOf = Callable[[tuple[int, int]], Camera]
"The camera for a frame of (width, height): a call's frame size changes in mid-stream."


class Tracker(Protocol):
    """Finds one wearer's landmarks in a frame (track.face.FaceTracker, track.replay.Replay)."""

    @property
    def glimpsed(self) -> bool:
        """Whether there is a face in the last frame, though none could be followed."""

    def track(self, frame: Frame, /) -> Landmarks | None:
        """Landmarks of the wearer, or None when nobody is there."""

    def close(self) -> None:
        """Give the models back."""


class Shoulders(Protocol):
    """Finds the wearer's shoulders, now and then (track.shoulders.ShoulderTracker)."""

    def track(self, frame: Frame, /) -> Landmarks | None:
        """Her points, or None in a frame that was not looked at."""

    def close(self) -> None:
        """Give the model back."""


class Hands(Protocol):
    """Finds the wearer's hands (track.hands.HandTracker)."""

    def track(self, frame: Frame, /) -> tuple[HandSeen, ...]:
        """The hands in this frame."""

    def close(self) -> None:
        """Give the model back."""


class Outliner(Protocol):
    """Tells the wearer from the room (track.outline.OutlineTracker)."""

    def mask(self, frame: Frame, /) -> F32:
        """(h, w) 0 (room) to 1 (person)."""

    def close(self) -> None:
        """Give the model back."""


class Drawing(Protocol):
    """Draws a scene (render.renderer.Renderer)."""

    def draw(self, scene: Scene, /) -> tuple[Layer, ...]:
        """The rectangles that pieces cover; empty when no piece is in view."""

    def close(self) -> None:
        """Give the GL context back; on the thread that drew."""


@dataclass(frozen=True, slots=True)
class Worn:
    """What is worn now, replaced as a whole."""

    models: tuple[Model, ...] = ()
    nudges: Mapping[str, Nudge] = field(default_factory=dict)
    places: Mapping[str, Place] = field(default_factory=dict)
    "Other places than the pieces' own: another finger, the open palm."
    bare: bool = False
    "Show the picture without pieces (before)."
    view: StageView = HER_OWN

    def need(self, *where: str) -> bool:
        """Whether any piece is worn at one of these places: a tracker that none needs does not run."""
        return any((self.places.get(m.piece.id) or Place(m.piece.worn_on)).on in where for m in self.models)

    @property
    def on_hands_alone(self) -> bool:
        """Whether pieces are worn, all of them on her hands or in them."""
        return bool(self.models) and not self.need("head", "ears", "neck")

    def sides(self) -> list[set[Side]]:
        """For each piece on a hand, the hands that may show it."""
        wanted: list[set[Side]] = []
        for model in self.models:
            place = self.places.get(model.piece.id) or own_place(model.piece)
            if place.on in HANDS:
                wanted.append(set(SIDES) if place.either else {HANDS[place.on]})
        return wanted


class Hanging:
    """Lets chains come to rest on a thread of its own: it takes a third of a second, once a necklace and neck."""

    def __init__(self, *, patient: bool) -> None:
        self._patient = patient
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="drape")
        self._settled: dict[tuple[float, NeckShape], Future[F64]] = {}

    def __call__(self, length_mm: float, neck: NeckShape) -> F64 | None:
        """The chain's joints; None while it has not come to rest, unless there is time to wait for it."""
        key = (length_mm, neck)
        if key not in self._settled:
            if len(self._settled) > 32:
                self._settled.clear()
            self._settled[key] = self._thread.submit(settle, length_mm, neck)
        if self._patient or self._settled[key].done():
            return self._settled[key].result()
        return None

    def close(self) -> None:
        """Leave off."""
        self._thread.shutdown(wait=False, cancel_futures=True)


class Session:
    """See the module. `open_session` builds one with the real tracker and renderer."""

    def __init__(
        self,
        model: HeadModel,
        tracker: Callable[[], Tracker],
        drawing: Callable[[], Drawing],
        outline: Callable[[], Outliner],
        shoulders: Callable[[], Shoulders],
        hands: Callable[..., Hands],
        *,
        camera_of: CameraOf = prior_camera,
        patient: bool = False,
    ) -> None:
        self.worn = Worn()
        self._model = model
        self._make_tracker = tracker
        self._make_drawing = drawing
        self._make_outline = outline
        self._make_shoulders = shoulders
        self._make_hands = hands
        self._shoulders: Shoulders | None = None
        self._hands: Hands | None = None
        self._reach = Reach(partial(hands, every=REACH_EVERY, idles=False))
        self._tracker: Tracker | None = None
        self._drawing: Drawing | None = None
        self._outline: Outliner | None = None
        self._camera_of = self._camera_by = camera_of
        self._camera: Camera | None = None
        self._solver: HeadSolver | None = None
        self._measured_by: Scale | None = None
        self._neck = NeckSolver()
        self._hair = Hair()
        self._locks = Locks(self._hair)
        self._skin_light, self._light = SkinLight(model), RoomLight()
        self._eye, self._looked = CameraEye(), Look()
        self._finish = Finish()
        self._hand = {side: HandSolver(side) for side in SIDES}
        self._hanging = Hanging(patient=patient)
        self._dresser = Dresser(model, self._hanging)
        self._sight = _Sight()
        self._below = False
        "Whether a necklace of the last shown frame hangs out of the picture."
        # the first time she is seen the piece is there at once; when found again it fades in
        self._seen = self._lost = False
        self._found_s = -math.inf

    # what she wears; from any thread

    def wear(self, models: tuple[Model, ...], /, *, places: Mapping[str, Place] | None = None) -> None:
        """Wear these from the next frame on. A nudge stays with its piece while that is worn."""
        ids = {model.piece.id for model in models}
        nudges = {piece: nudge for piece, nudge in self.worn.nudges.items() if piece in ids}
        self.worn = replace(self.worn, models=models, nudges=nudges, places=dict(places or {}))

    def nudge(self, piece: str, nudge: Nudge, /) -> None:
        """Move a worn piece off its seat; Nudge() puts it back."""
        self.worn = replace(self.worn, nudges={**self.worn.nudges, piece: nudge})

    def show_bare(self, bare: bool, /) -> None:
        """Show the picture without pieces (before) or with them (after)."""
        self.worn = replace(self.worn, bare=bare)

    def show_stage(self, view: StageView, /) -> None:
        """Show the picture in another light, or from afar."""
        self.worn = replace(self.worn, view=view)

    def know(self, camera: Camera | None, /) -> None:
        """The camera that takes the next frames, for pictures of its shape; None: nobody knows it."""
        self._camera_of = partial(camera_at, camera)

    def take(self, scale: Scale | None, /) -> None:
        """Her size as she was measured, in the place of what her irises tell; None, or by people's mean alone: she was
        not."""
        self._measured_by = None if scale is None or scale.source == "prior" else scale

    # the frame's way

    def step(self, frame: Frame, /) -> Shown:
        """A frame in, the picture to show out."""
        return self.show(self.sense(frame))

    def sense(self, frame: Frame, /) -> Sensed:
        """First half: landmarks, and how well she can be seen."""
        start, worn = time.thread_time(), self.worn
        if self._tracker is None:
            self._tracker = self._make_tracker()
        hands: tuple[HandSeen, ...] = ()
        if worn.need("left_hand", "right_hand"):
            if self._hands is None:
                self._hands = self._make_hands()
            hands = self._hands.track(frame)
        landmarks = self._tracker.track(frame) if not hands or worn.need("head", "ears", "neck") else None
        reaching: tuple[HandSeen, ...] = ()
        if landmarks is not None and worn.need("head", "ears") and not worn.need("left_hand", "right_hand"):
            reaching = self._reach.hands(frame, landmarks)
        shoulders = None
        if landmarks is not None and worn.need("neck"):
            if self._shoulders is None:
                self._shoulders = self._make_shoulders()
            shoulders = self._shoulders.track(frame)
        if (landmarks is None and hands) or worn.on_hands_alone:
            seen = Quality("live")  # her face may be out of the picture
        else:
            seen = quality(frame, landmarks, glimpsed=self._tracker.glimpsed)
        chest = shoulders_seen(frame, shoulders) and not self._below
        hidden = self._sight.hidden(worn, chest, hands, frame.time_s)
        if worn.need("neck") and self._neck.covered and "show_neck" not in hidden:
            hidden = ("free_neck", *hidden)
        if seen.view == "live":
            seen = replace(seen, hints=(*seen.hints, *hidden))
        return Sensed(frame, landmarks, seen, (time.thread_time() - start) * 1e3, shoulders, hands, reaching)

    def show(self, sensed: Sensed, /) -> Shown:
        """Second half: poses, seats, drawing, blending."""
        worn, clock = self.worn, _Clock(sensed.track_ms)
        if self._drawing is None or self._outline is None:
            self._drawing, self._outline = self._make_drawing(), self._make_outline()

        solver = self._solver_for(sensed.frame.size_px)
        frame, outline, time_s = sensed.frame, self._outline, sensed.frame.time_s
        luma = split_planes(frame.i420)[0]
        head = solver.solve(sensed.landmarks, time_s=time_s, mask=lambda: outline.mask(frame), luma=luma)
        neck = None
        if worn.need("neck"):
            throat = partial(self._throat, sensed, head)
            neck = self._neck.solve(head, sensed.shoulders, solver.camera, time_s=time_s, throat=throat)
        hands = self._solve_hands(sensed, solver.camera)
        clock.stage("body")

        body = Body(head, neck, hands)
        placed, hidden = self._dresser.dress(worn.models, worn.nudges, worn.places, body)
        clock.stage("fit")

        self._below = any(_below(one, solver.camera) for one in placed)
        layers: tuple[Layer, ...] = ()
        look: Look | None = None
        shades: tuple[Veil, ...] = ()
        if placed and not worn.bare:
            light = replace(self._light_on(sensed, head), stage=worn.view.light)
            scene = Scene(solver.camera, hidden, placed, light)
            look = self._look(sensed)
            layers, shades = self._finish(scene, self._drawing.draw(scene), look)
        clock.stage("render")

        veils = self._veils(sensed, body, worn, placed) if layers else ()
        presence = self._presence(head is not None or bool(hands), time_s)
        frame = blend(sensed.frame, layers, opacity=presence, veils=veils, shades=shades, look=look)
        frame = staged(frame, worn.view, None if sensed.landmarks is None else sensed.landmarks.points_px)
        clock.stage("blend")
        pieces: dict[str, Placed] = {}
        for one in placed:
            pieces.setdefault(one.model.piece.id, one)
        return Shown(
            frame=frame,
            sensed=sensed,
            head=head,
            neck=neck,
            hands=tuple(hands.values()),
            pieces=pieces,
            scale=solver.scale,
            stages_ms=clock.stages_ms,
        )

    @property
    def camera(self) -> Camera:
        """The camera of the last shown frame. Only after a first `show`."""
        assert self._camera is not None
        return self._camera

    def close(self) -> None:
        """Give models and GL context back; on the thread that called `show`."""
        self._hanging.close()
        for tracker in (self._tracker, self._shoulders, self._hands, self._reach):
            if tracker is not None:
                tracker.close()
        if self._drawing is not None:
            self._drawing.close()
        if self._outline is not None:
            self._outline.close()

    # the parts of the second half

    def _solver_for(self, size_px: tuple[int, int]) -> HeadSolver:
        # a call's frame size changes in mid-stream; what was learnt of the wearer stays
        by = self._camera_of
        if self._solver is None or self._camera is None or self._camera.size_px != size_px or self._camera_by is not by:
            self._camera, self._camera_by = by(size_px), by
            camera = self._camera
            self._solver = HeadSolver(self._model, camera) if self._solver is None else self._solver.with_camera(camera)
        self._solver.take(self._measured_by)
        return self._solver

    def _throat(self, sensed: Sensed, head: HeadPose | None, axis: tuple[F64, F64], chin: F64) -> Throat | None:
        if head is None or sensed.landmarks is None or self._outline is None:
            return None
        mask, face_px = self._outline.mask(sensed.frame), sensed.landmarks.points_px
        return read_throat(sensed.frame, face_px, mask, axis, chin, head.camera_from_head, self.camera)

    def _veils(self, sensed: Sensed, body: Body, worn: Worn, placed: tuple[Placed, ...]) -> tuple[Veil, ...]:
        """What lies before her pieces: hair over neck, ears and the ends of an open band, a hand at her head."""
        frame, head = sensed.frame, body.head
        found = [hand_mask(sensed.reaching, frame.size_px)]
        if head is not None and sensed.landmarks is not None:
            face_px = sensed.landmarks.points_px
            if worn.need("neck", "ears"):
                found.append(self._hair.veil(frame, face_px, head, body.neck, self.camera))
            elif worn.need("head"):
                self._hair.learn(frame, face_px, head, self.camera)
            for one in placed:
                found += self._locks.veils(frame, one, self.camera)
        return tuple(veil for veil in found if veil is not None)

    def _light_on(self, sensed: Sensed, head: HeadPose | None) -> RoomLight:
        """The light of her room; while neither her face nor a hand is seen, as it was."""
        frame = sensed.frame
        if head is not None and sensed.landmarks is not None:
            self._light = self._skin_light.look(frame, sensed.landmarks.points_px, head)
        elif sensed.hands:
            self._light = self._skin_light.look_at_hand(frame, sensed.hands[0].landmarks.points_px, frame.time_s)
        return self._light

    def _look(self, sensed: Sensed) -> Look:
        """How her camera shows things; while her face is not seen, as it did."""
        if sensed.landmarks is not None:
            self._looked = self._eye.look(sensed.frame, sensed.landmarks.points_px)
        return self._looked

    def _solve_hands(self, sensed: Sensed, camera: Camera) -> dict[Side, HandPose]:
        seen = {hand.side: hand for hand in sensed.hands}
        found = {side: self._hand[side].solve(seen.get(side), camera, time_s=sensed.frame.time_s) for side in SIDES}
        return {side: pose for side, pose in found.items() if pose is not None}

    def _presence(self, there: bool, time_s: float) -> float:
        if not there:
            self._lost = self._seen
            return 0.0
        if self._lost:
            self._found_s, self._lost = time_s, False
        self._seen = True
        return float(np.clip((time_s - self._found_s) / FADE_IN_S, 0.0, 1.0))


def _below(placed: Placed, camera: Camera) -> bool:
    """Whether the front of a chain hangs below the picture, nearly all of it."""
    if placed.links is None:
        return False
    quarter = len(placed.links) // 4
    front = np.concatenate([placed.links[:quarter, :3, 3], placed.links[-quarter:, :3, 3]])
    pixels = project(transform(placed.camera_from_piece, front), camera)
    return float((pixels[:, 1] > camera.size_px[1]).mean()) > BELOW


class _Sight:
    """When what a piece is worn on was last seen."""

    def __init__(self) -> None:
        self._seen_s: dict[Hint, float] = {}

    def hidden(self, worn: Worn, shoulders: bool, hands: tuple[HandSeen, ...], time_s: float) -> tuple[Hint, ...]:
        """What to ask her to show: the shoulders (whether they are in this frame), a hand."""
        seen: dict[Hint, bool] = {}
        if worn.need("neck"):
            seen["show_neck"] = shoulders
        if sides := worn.sides():
            seen["show_hand"] = all(any(hand.side in either for hand in hands) for either in sides)
        self._seen_s = {hint: time_s if now else self._seen_s.get(hint, time_s) for hint, now in seen.items()}
        return tuple(hint for hint, at_s in self._seen_s.items() if UNSEEN_S < time_s - at_s < UNSEEN_S + ASKED_S)


class _Clock:
    """CPU time of each stage on this thread."""

    def __init__(self, track_ms: float) -> None:
        self.stages_ms = {"track": track_ms}
        self._last = time.thread_time()

    def stage(self, name: str) -> None:
        """What ran since the last call was this stage."""
        now = time.thread_time()
        self.stages_ms[name] = (now - self._last) * 1e3
        self._last = now


def open_session(settings: Settings, *, camera_of: CameraOf = prior_camera, patient: bool = False) -> Session:
    """A session with the real trackers and the GL renderer, made on the threads that first need them.

    `patient`: there is time to wait for a chain to settle (pictures and clips); a live mirror shows it a little later.
    """
    return Session(
        load_head_model(Path(settings.assets)),
        FaceTracker,
        Renderer,
        OutlineTracker,
        ShoulderTracker,
        HandTracker,
        camera_of=camera_of,
        patient=patient,
    )

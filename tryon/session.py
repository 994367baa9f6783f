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
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

import numpy as np

from tryon.body.head import HeadSolver
from tryon.body.model import HeadModel, load_head_model
from tryon.body.occluder import hair_within, head_occluder
from tryon.fit.seat import head_from_piece
from tryon.geometry.camera import prior_camera
from tryon.render.blend import blend
from tryon.render.renderer import Renderer
from tryon.settings import Settings
from tryon.track.face import FaceTracker
from tryon.track.outline import OutlineTracker
from tryon.track.quality import quality
from tryon.types import (
    F32,
    F64,
    Camera,
    Frame,
    HeadPose,
    HeadShape,
    Landmarks,
    Layer,
    Mesh,
    Model,
    Nudge,
    Occluder,
    Placed,
    Scene,
    Sensed,
    Shown,
)

FADE_IN_S = 0.2
"A piece that comes back fades in over this time, so that finding her again is no flash."
HAIR_FADE_MM = 6.0
"Depth over which a piece that goes behind the hair fades."


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


class Outliner(Protocol):
    """Tells the wearer from the room (track.outline.OutlineTracker)."""

    def mask(self, frame: Frame, /) -> F32:
        """(h, w) 0 (room) to 1 (person)."""

    def close(self) -> None:
        """Give the model back."""


class Drawing(Protocol):
    """Draws a scene (render.renderer.Renderer)."""

    def draw(self, scene: Scene, /) -> Layer | None:
        """The rectangle that pieces cover, or None when no piece is in view."""

    def close(self) -> None:
        """Give the GL context back; on the thread that drew."""


@dataclass(frozen=True, slots=True)
class Worn:
    """What is worn now, replaced as a whole."""

    models: tuple[Model, ...] = ()
    nudges: Mapping[str, Nudge] = field(default_factory=dict)
    bare: bool = False
    "Show the picture without pieces (before)."


class Session:
    """See the module. `open_session` builds one with the real tracker and renderer."""

    def __init__(
        self,
        model: HeadModel,
        tracker: Callable[[], Tracker],
        drawing: Callable[[], Drawing],
        outline: Callable[[], Outliner],
        *,
        camera_of: CameraOf = prior_camera,
    ) -> None:
        self.worn = Worn()
        self._model = model
        self._make_tracker = tracker
        self._make_drawing = drawing
        self._make_outline = outline
        self._tracker: Tracker | None = None
        self._drawing: Drawing | None = None
        self._outline: Outliner | None = None
        self._camera_of = camera_of
        self._camera: Camera | None = None
        self._solver: HeadSolver | None = None
        self._occluder: tuple[HeadShape, Mesh] | None = None
        self._seats: dict[tuple[str, Nudge], F64] = {}
        self._hair: dict[str, Mesh] = {}
        # the first time she is seen the piece is there at once; when found again it fades in
        self._seen = self._lost = False
        self._found_s = -math.inf

    # what she wears; from any thread

    def wear(self, models: tuple[Model, ...], /) -> None:
        """Wear these from the next frame on. A nudge stays with its piece while that is worn."""
        ids = {model.piece.id for model in models}
        nudges = {piece: nudge for piece, nudge in self.worn.nudges.items() if piece in ids}
        self.worn = replace(self.worn, models=models, nudges=nudges)

    def nudge(self, piece: str, nudge: Nudge, /) -> None:
        """Move a worn piece off its seat; Nudge() puts it back."""
        self.worn = replace(self.worn, nudges={**self.worn.nudges, piece: nudge})

    def show_bare(self, bare: bool, /) -> None:
        """Show the picture without pieces (before) or with them (after)."""
        self.worn = replace(self.worn, bare=bare)

    # the frame's way

    def step(self, frame: Frame, /) -> Shown:
        """A frame in, the picture to show out."""
        return self.show(self.sense(frame))

    def sense(self, frame: Frame, /) -> Sensed:
        """First half: landmarks, and how well she can be seen."""
        start = time.thread_time()
        if self._tracker is None:
            self._tracker = self._make_tracker()
        landmarks = self._tracker.track(frame)
        seen = quality(frame, landmarks, glimpsed=self._tracker.glimpsed)
        return Sensed(frame, landmarks, seen, (time.thread_time() - start) * 1e3)

    def show(self, sensed: Sensed, /) -> Shown:
        """Second half: pose, seat, drawing, blending."""
        worn, clock = self.worn, _Clock(sensed.track_ms)
        if self._drawing is None or self._outline is None:
            self._drawing, self._outline = self._make_drawing(), self._make_outline()

        solver = self._solver_for(sensed.frame.size_px)
        frame, outline = sensed.frame, self._outline
        head = solver.solve(sensed.landmarks, time_s=frame.time_s, mask=lambda: outline.mask(frame))
        clock.stage("body")

        placed = () if head is None else self._place(head, worn)
        clock.stage("fit")

        layer = None
        if head is not None and placed and not worn.bare:
            layer = self._drawing.draw(Scene(solver.camera, self._occluders(head, placed), placed))
        clock.stage("render")

        frame = blend(sensed.frame, layer, opacity=self._presence(head, sensed.frame.time_s))
        clock.stage("blend")
        return Shown(
            frame=frame,
            sensed=sensed,
            head=head,
            pieces={piece.model.piece.id: piece for piece in placed},
            scale=solver.scale,
            measurements={},
            stages_ms=clock.stages_ms,
        )

    @property
    def camera(self) -> Camera:
        """The camera of the last shown frame. Only after a first `show`."""
        assert self._camera is not None
        return self._camera

    def close(self) -> None:
        """Give models and GL context back; on the thread that called `show`."""
        if self._tracker is not None:
            self._tracker.close()
        if self._drawing is not None:
            self._drawing.close()
        if self._outline is not None:
            self._outline.close()

    # the parts of the second half

    def _solver_for(self, size_px: tuple[int, int]) -> HeadSolver:
        # a call's frame size changes in mid-stream; what was learnt of the wearer stays
        if self._solver is None or self._camera is None or self._camera.size_px != size_px:
            self._camera = camera = self._camera_of(size_px)
            self._solver = HeadSolver(self._model, camera) if self._solver is None else self._solver.with_camera(camera)
        return self._solver

    def _place(self, head: HeadPose, worn: Worn) -> tuple[Placed, ...]:
        self._keep_shape(head.shape)
        placed = []
        for model in worn.models:
            if model.piece.worn_on != "head":
                continue
            key = (model.piece.id, worn.nudges.get(model.piece.id, Nudge()))
            if key not in self._seats:
                self._seats[key] = head_from_piece(model.piece, head.shape, key[1])
            placed.append(Placed(model, head.camera_from_head @ self._seats[key]))
        return tuple(placed)

    def _keep_shape(self, shape: HeadShape) -> None:
        # seats and occluder rest on the shape alone; they are made anew only when it has changed
        if self._occluder is None or self._occluder[0] is not shape:
            self._occluder = (shape, head_occluder(shape, self._model))
            self._seats.clear()
        if len(self._seats) > 64:
            self._seats.clear()

    def _occluders(self, head: HeadPose, placed: tuple[Placed, ...]) -> tuple[Occluder, ...]:
        assert self._occluder is not None
        hidden = [Occluder(self._occluder[1], head.camera_from_head, soft_mm=HAIR_FADE_MM)]
        for worn in placed:
            piece = worn.model.piece
            if piece.seat.line in ("perch", "circlet"):
                if piece.id not in self._hair:
                    self._hair[piece.id] = hair_within(piece.size.inner_breadth_mm / 2, piece.size.inner_length_mm / 2)
                hidden.append(Occluder(self._hair[piece.id], worn.camera_from_piece, soft_mm=HAIR_FADE_MM))
        return tuple(hidden)

    def _presence(self, head: HeadPose | None, time_s: float) -> float:
        if head is None:
            self._lost = self._seen
            return 0.0
        if self._lost:
            self._found_s, self._lost = time_s, False
        self._seen = True
        return float(np.clip((time_s - self._found_s) / FADE_IN_S, 0.0, 1.0))


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


def open_session(settings: Settings, *, camera_of: CameraOf = prior_camera) -> Session:
    """A session with the face tracker and the GL renderer; both are made on the thread that first needs them."""
    return Session(load_head_model(Path(settings.assets)), FaceTracker, Renderer, OutlineTracker, camera_of=camera_of)

"""One wearer's mirror: a frame in, a picture with her pieces out. The one per-frame path of this package.

    frame --sense--> Sensed --show--> Shown

`sense` (tracker) and `show` (body, fit, render, blend) may run on two threads, so that the next frame is
tracked while this one is drawn; `step` is both, one after the other. Each half is called on one thread only:
the thread that first draws owns the GL context.
"""

from __future__ import annotations

from typing import Protocol

from tryon.types import Frame, HeadPose, Landmarks, Layer, Model, Scene, Sensed, Shown


class Tracker(Protocol):
    """Finds one person's landmarks in a frame (track.face.FaceTracker, track.replay.Replay)."""

    def track(self, frame: Frame, /) -> Landmarks | None:
        """Landmarks of the wearer, or None when nobody is there."""

    def close(self) -> None:
        """Give the models back."""


class Solver(Protocol):
    """Turns landmarks into a metric, steady head pose (body.head.HeadSolver)."""

    def solve(self, landmarks: Landmarks | None, /, *, time_s: float) -> HeadPose | None:
        """The pose to draw with, or None when nobody is there."""


class Renderer(Protocol):
    """Draws a scene (render.renderer.Renderer)."""

    def draw(self, scene: Scene, /) -> Layer | None:
        """The rectangle that pieces cover, or None when no piece is in view."""

    def close(self) -> None:
        """Give the GL context back; on the thread that drew."""


class Session:
    """See the module. Built by `tryon.session.open_session`."""

    def sense(self, frame: Frame, /) -> Sensed:
        """First half: landmarks and how well she can be seen."""
        raise NotImplementedError

    def show(self, sensed: Sensed, /) -> Shown:
        """Second half: pose, seat, drawing, blending."""
        raise NotImplementedError

    def step(self, frame: Frame, /) -> Shown:
        """A frame in, the picture to show out."""
        return self.show(self.sense(frame))

    def wear(self, models: tuple[Model, ...], /) -> None:
        """Wear these pieces from the next frame on."""
        raise NotImplementedError

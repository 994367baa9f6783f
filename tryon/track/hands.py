"""Hands by MediaPipe: 21 points each, and which hand it is; carried by the picture's motion between looks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import mediapipe as mp
import numpy as np
import numpy.typing as npt

from tryon.errors import TrackerError
from tryon.picture import rgb_from_frame
from tryon.types import F32, F64, U8, Frame, HandSeen, Landmarks, Side

HANDS_MAX = 2
EVERY = 2
"Frames from one look to the next; between them the points go with the picture (hands cost 6 to 12 ms a look)."
IDLE_LOOKS, IDLE_EVERY = 10, 5
"After so many looks without a hand, only every fifth frame is looked at: she shows her face."
REMEMBER_FRAMES = 30
"After so many frames without a hand, the next one is taken for what the network says."
CARRY_FRAMES = 15
"A hand that the network loses goes with the picture for so long, if the picture shows where."
FLOW_WIDTH_PX = 480
FLOW_BACK_PX = 1.0
"A point that does not come back to where it was when followed back has been lost."
LOST_SHARE = 0.35
SIDE_DOUBT_MAX = 4.0
"Looks, weighed by how sure each was, that must have told the other side before a followed hand changes it."
EDGE = 0.02
"A hand with its middle nearer to the picture's edge than this is not told any more."


def open_model() -> Any:
    """MediaPipe's hand network. Raises TrackerError."""
    try:
        return mp.solutions.hands.Hands(max_num_hands=HANDS_MAX, model_complexity=1)
    except (RuntimeError, OSError, ValueError) as err:
        raise TrackerError("tracker_unavailable", f"The hand tracker could not be started: {err}.") from err


class HandTracker:
    """Up to two hands, frame after frame. Not for several threads."""

    def __init__(self, every: int = EVERY) -> None:
        """`every`: frames from one look to the next."""
        self._every = every
        self._model = open_model()
        self._last: tuple[HandSeen, ...] = ()
        self._known: tuple[HandSeen, ...] = ()
        "The hands that were last found; their sides are remembered for a while."
        self._grey: U8 | None = None
        self._count = self._missed = 0
        self._doubts: dict[Side, float] = {}
        self._size_px = (0, 0)

    def track(self, frame: Frame, /) -> tuple[HandSeen, ...]:
        """The hands in this frame, each side at most once; empty when there are none."""
        grey = _grey(frame)
        carried = self._carried(grey, frame)
        self._grey = grey
        self._count += 1
        if carried and self._count % self._every:
            self._last = carried
            return carried
        if self._missed > IDLE_LOOKS and self._count % IDLE_EVERY:
            return ()
        found = self._look(frame)
        if found:
            self._missed, self._known = 0, found
        else:
            self._missed += 1
            found = carried if self._missed * self._every <= CARRY_FRAMES else ()
            if self._missed * self._every > REMEMBER_FRAMES:
                self._known = ()
        self._last = found
        return found

    def close(self) -> None:
        """Give the model back."""
        self._model.close()

    def _look(self, frame: Frame) -> tuple[HandSeen, ...]:
        width, height = frame.size_px
        seen = self._model.process(rgb_from_frame(frame))
        hands: dict[Side, tuple[float, HandSeen]] = {}
        for points, model, label in zip(
            seen.multi_hand_landmarks or (),
            seen.multi_hand_world_landmarks or (),
            seen.multi_handedness or (),
            strict=True,
        ):
            told = label.classification[0]
            at = np.array([(p.x * width - 0.5, p.y * height - 0.5) for p in points.landmark])
            depth = np.array([p.z * width for p in points.landmark])
            middle = at.mean(axis=0) / (width, height)
            if min(middle.min(), (1 - middle).min()) < EDGE:
                continue
            # the network takes pictures for mirrored; ours never are (facts: track)
            side: Side = self._side("right" if told.label == "Left" else "left", at, float(told.score))
            landmarks = Landmarks("hand21", at, depth, np.ones(21), frame.time_s)
            hand = HandSeen(side, landmarks, np.array([(p.x, p.y, p.z) for p in model.landmark]))
            if side not in hands or told.score > hands[side][0]:
                hands[side] = (float(told.score), hand)
        return tuple(hand for _, hand in hands.values())

    def _side(self, told: Side, at: F64, score: float) -> Side:
        """A hand that was followed keeps its side unless the network is sure of the other for a while.

        One that was lost for a moment and is found again close by is still the same hand.
        """
        size = float(np.ptp(at, axis=0).max())
        for hand, near in [*((hand, 0.5) for hand in self._last), *((hand, 1.5) for hand in self._known)]:
            if float(np.linalg.norm(hand.landmarks.points_px.mean(axis=0) - at.mean(axis=0))) < near * size:
                doubt = self._doubts.get(hand.side, 0.0) + (score if told != hand.side else -score)
                self._doubts[hand.side] = max(0.0, doubt)
                if doubt < SIDE_DOUBT_MAX:
                    return hand.side
                self._doubts.clear()
        return told

    def _carried(self, grey: U8, frame: Frame) -> tuple[HandSeen, ...]:
        # a call's frame size changes in mid-stream: points of the old one lie elsewhere in the new
        before_px, self._size_px = self._size_px, frame.size_px
        if self._grey is None or before_px != frame.size_px:
            return ()
        scale = grey.shape[1] / frame.size_px[0]
        hands = []
        for hand in self._last:
            before = (hand.landmarks.points_px * scale).astype(np.float32)[:, None]
            after, good = _flow(self._grey, grey, before)
            back, _ = _flow(grey, self._grey, after)
            kept = good & (np.linalg.norm(back - before, axis=2)[:, 0] < FLOW_BACK_PX)
            if kept.mean() < LOST_SHARE:
                continue
            # what was lost goes with the rest: turn, size and place
            a, b = before[kept, 0], after[kept, 0]
            moved, _ = cv2.estimateAffinePartial2D(a, b, method=cv2.LMEDS)
            if moved is None:
                continue
            at = before[:, 0] @ moved[:, :2].T + moved[:, 2]
            landmarks = replace(hand.landmarks, points_px=at.astype(np.float64) / scale, time_s=frame.time_s)
            hands.append(replace(hand, landmarks=landmarks))
        return tuple(hands)


def _flow(one: U8, other: U8, points: F32) -> tuple[F32, npt.NDArray[np.bool_]]:
    """Where points (n, 1, 2) px of one picture are in the other, and which were found."""
    guess = points.copy()
    after, good, _ = cv2.calcOpticalFlowPyrLK(
        one, other, points, guess, winSize=(15, 15), maxLevel=3, flags=cv2.OPTFLOW_USE_INITIAL_FLOW
    )
    return np.asarray(after, dtype=np.float32), np.asarray(good)[:, 0] > 0


def _grey(frame: Frame) -> U8:
    width, height = frame.size_px
    size = (FLOW_WIDTH_PX, max(2, round(FLOW_WIDTH_PX * height / width)))
    return np.asarray(cv2.resize(frame.i420[:height], size, interpolation=cv2.INTER_AREA), dtype=np.uint8)

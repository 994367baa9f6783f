"""Draws the model heads of photo mode: our rendered person of tests/data before a quiet ground, in quiet clothes.

python assets/portraits/make.py            # writes web/portraits/*.jpg
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from tryon.media.clips import read_clip
from tryon.picture import rgb_from_frame
from tryon.track.outline import OutlineTracker
from tryon.types import F32, U8, Frame

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "web" / "portraits"
PORTRAITS = {"front": 0, "turned": 42}
"Frame of the clip by the portrait's name."
WINDOW = slice(60, 720), slice(280, 1000)
CLOTH_FROM_PX, NECK_PX = 505, 115


def outline(frame: Frame, rgb: U8) -> F32:
    """(h, w, 1) 0 (room) to 1 (person), to the edge of the hair."""
    tracker = OutlineTracker()
    near = cv2.resize(tracker.mask(frame), rgb.shape[1::-1])
    tracker.close()
    seeds = np.where(near > 0.5, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    seeds[cv2.erode((near > 0.9).astype(np.uint8), np.ones((13, 13))) > 0] = cv2.GC_FGD
    seeds[cv2.dilate((near > 0.2).astype(np.uint8), np.ones((31, 31))) == 0] = cv2.GC_BGD
    cv2.grabCut(
        np.ascontiguousarray(rgb[..., ::-1]),
        seeds,
        None,
        np.zeros((1, 65)),
        np.zeros((1, 65)),
        6,
        cv2.GC_INIT_WITH_MASK,
    )
    person = np.isin(seeds, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)
    rims, _ = cv2.findContours(
        cv2.morphologyEx(person, cv2.MORPH_OPEN, np.ones((3, 3))), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE
    )
    whole = cv2.drawContours(np.zeros_like(person), [max(rims, key=cv2.contourArea)], -1, 1, cv2.FILLED)
    inside = cv2.erode(cv2.morphologyEx(whole, cv2.MORPH_CLOSE, np.ones((7, 7))), np.ones((3, 3)))
    return np.asarray(cv2.GaussianBlur(inside.astype(np.float32), (0, 0), 1.1)[..., None])


def cloth(rgb: U8) -> F32:
    """(h, w, 1) 0 to 1: the jumper, which is blue with an orange seam."""
    hue, saturation, _ = np.moveaxis(cv2.cvtColor(rgb.astype(np.float32) / 255, cv2.COLOR_RGB2HSV), 2, 0)
    blue = (hue > 180) & (hue < 260) & (saturation > 0.35)
    orange = (hue > 20) & (hue < 45) & (saturation > 0.7)
    rows, columns = np.mgrid[: rgb.shape[0], : rgb.shape[1]]
    found = ((rows > CLOTH_FROM_PX) & (blue | orange)).astype(np.uint8)
    # the seam's soft edge is of neither colour; at the neck there is skin beside it
    wide = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((25, 25)))
    narrow = cv2.morphologyEx(found, cv2.MORPH_CLOSE, np.ones((9, 9)))
    whole = np.where(np.abs(columns - rgb.shape[1] / 2) > NECK_PX, wide, narrow).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(whole, (0, 0), 1.0)[..., None])


def portrait(frame: Frame) -> U8:
    """(h, w, 3) RGB."""
    rgb = rgb_from_frame(frame)
    dressed, person = cloth(rgb), outline(frame, rgb)
    grey = cv2.medianBlur(np.ascontiguousarray(rgb.mean(axis=2).astype(np.uint8)), 9)[..., None]
    quiet = (42 + 0.42 * grey) * np.array([1.0, 0.97, 0.93])
    rows, columns = np.mgrid[: rgb.shape[0], : rgb.shape[1]]
    away = np.clip(np.hypot((columns - 640) / 700, (rows - 330) / 560), 0, 1)[..., None]
    ground = np.array([222.0, 212, 196]) * (1 - away) + np.array([158.0, 146, 128]) * away
    body = rgb * (1 - dressed) + quiet * dressed
    whole = body * person + ground * (1 - person)
    return np.asarray(whole[WINDOW].clip(0, 255), dtype=np.uint8)


if __name__ == "__main__":
    frames = list(read_clip(ROOT / "tests" / "data" / "ana.mp4"))
    OUT.mkdir(exist_ok=True)
    for name, at in PORTRAITS.items():
        Image.fromarray(portrait(frames[at])).save(OUT / f"{name}.jpg", quality=90)

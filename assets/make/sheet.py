"""A contact sheet to look at: every piece on people of the ground truth, three ways turned, in two lights, as the mirror
shows it: the real trackers, the real session. `python assets/make/sheet.py FOLDER [ID ...]` writes a picture a piece, and
all of them as sheet.jpg.
"""

from __future__ import annotations

import json
import sys
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tryon.bench.all import GROUNDTRUTH  # noqa: E402
from tryon.bench.drawing import Recording  # noqa: E402
from tryon.body.model import load_head_model  # noqa: E402
from tryon.media.clips import read_clip  # noqa: E402
from tryon.picture import rgb_from_frame  # noqa: E402
from tryon.pieces.catalogue import Catalogue  # noqa: E402
from tryon.session import Session  # noqa: E402
from tryon.settings import Settings, load  # noqa: E402
from tryon.track.face import FaceTracker  # noqa: E402
from tryon.track.hands import HandTracker  # noqa: E402
from tryon.track.outline import OutlineTracker  # noqa: E402
from tryon.track.shoulders import ShoulderTracker  # noqa: E402
from tryon.types import U8, Frame, Model  # noqa: E402

YAWS_DEG = (-30.0, 0.0, 30.0)
LEAD = 14
"Frames that the session sees before the one that is kept."
LIGHTS = {"day": (1.0, 0, 0), "evening": (0.55, -9, 8)}
"Luma's factor, and what is added to U and V."
CELL = (420, 320)
MARGIN = 0.35
CLIPS = {"head": "bea-mirror", "neck": "ana-mirror", "ears": "ana-mirror", "left_hand": "ana-hand-left-card"}
OTHER_CLIP = "dan-hand-right"


def moments(clip: str) -> list[int]:
    """Numbers of the frames that are shown."""
    truth = json.loads((GROUNDTRUTH / f"{clip}.json").read_text())
    poses = [each.get("camera_from_head") for each in truth["per_frame"]]
    if any(pose is None for pose in poses):
        return [round(len(poses) * share) for share in (0.25, 0.5, 0.8)]
    yaw = np.degrees([np.arctan2(pose[0][2], -pose[2][2]) for pose in poses])
    return [LEAD + int(np.argmin(np.abs(yaw[LEAD:] - wanted))) for wanted in YAWS_DEG]


def lit(frame: Frame, light: str) -> Frame:
    """The frame as its camera would have seen it in another light."""
    factor, *shifts = LIGHTS[light]
    i420, luma = frame.i420.astype(np.float32), frame.size_px[1]
    i420[:luma] = 16 + (i420[:luma] - 16) * factor
    chroma = i420[luma:].reshape(2, -1)
    for plane, shift in zip(chroma, shifts, strict=True):
        plane[:] = 128 + (plane - 128) * factor + shift
    return Frame(np.clip(np.round(i420), 0, 255).astype(np.uint8), frame.time_s)


def cell(settings: Settings, model: Model, frames: list[Frame]) -> U8:
    """The last of these frames with the piece on, cut to what is around it."""
    recording = Recording()
    trackers = (FaceTracker, lambda: recording, OutlineTracker, ShoulderTracker, HandTracker)
    session = Session(load_head_model(Path(settings.assets)), *trackers, patient=True)
    session.wear((model,))
    for frame in frames:
        shown = session.step(frame)
    rgb, layers = rgb_from_frame(shown.frame), recording.layers
    session.close()
    height, width = rgb.shape[:2]
    if layers:
        left = min(layer.origin_px[0] for layer in layers)
        top = min(layer.origin_px[1] for layer in layers)
        right = max(layer.origin_px[0] + layer.rgba.shape[1] for layer in layers)
        bottom = max(layer.origin_px[1] + layer.rgba.shape[0] for layer in layers)
    else:
        left, top, right, bottom = 0, 0, width, height
    # no more than there is of the picture: what hangs out of it is cut there
    across = max((right - left) * (1 + 2 * MARGIN), (bottom - top) * (1 + 2 * MARGIN) * CELL[0] / CELL[1], CELL[0] / 3)
    across = min(across, width, height * CELL[0] / CELL[1])
    size = (round(across), min(round(across * CELL[1] / CELL[0]), height))
    x = round(min(max((left + right - size[0]) / 2, 0), width - size[0]))
    y = round(min(max((top + bottom - size[1]) / 2, 0), height - size[1]))
    smooth = cv2.INTER_AREA if size[0] > CELL[0] else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(rgb[y : y + size[1], x : x + size[0]], CELL, interpolation=smooth), dtype=np.uint8)


def main(folder: Path, ids: list[str]) -> None:
    """Every piece a row: its name, then each light with each turn."""
    settings = load({})
    catalogue = Catalogue(settings.pieces_folder)
    folder.mkdir(parents=True, exist_ok=True)
    rows = []
    for piece in catalogue.pieces():
        if ids and piece.id not in ids:
            continue
        clip, row = CLIPS.get(piece.worn_on, OTHER_CLIP), []
        for light in LIGHTS:
            for moment in moments(clip):
                frames = list(islice(read_clip(GROUNDTRUTH / f"{clip}.mp4"), max(moment - LEAD, 0), moment + 1))
                row.append(cell(settings, catalogue.model(piece.id), [lit(frame, light) for frame in frames]))
        strip = np.hstack(row)
        cv2.putText(strip, piece.id, (10, 28), cv2.FONT_HERSHEY_SIMPLEX, 0.8, (255, 255, 255), 2, cv2.LINE_AA)
        cv2.imwrite(str(folder / f"{piece.id}.png"), strip[..., ::-1])
        print(folder / f"{piece.id}.png", flush=True)
        rows.append(strip)
    cv2.imwrite(str(folder / "sheet.jpg"), np.vstack(rows)[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 92])


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])

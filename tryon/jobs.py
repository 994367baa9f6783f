"""The offline jobs: a piece on a picture or a clip, with a report. The same Session.step as the live mirror."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from tryon.body.neck import chest_points
from tryon.calibration import read_calibration
from tryon.capture import CameraOf, Capture
from tryon.conclusion import Concluded, concluded, origins
from tryon.errors import InputError
from tryon.fit.drape import drop_mm, length_of
from tryon.fit.given import Given, Question, known
from tryon.fit.population import Planned, Worn
from tryon.fit.sizes import Unit
from tryon.fit.verdict import verdict
from tryon.geometry.camera import prior_camera, project
from tryon.geometry.chain import points_of
from tryon.geometry.rigid import transform
from tryon.measuring import LOOKS_MOST, body_of, measurement_json, measures_json, scale_json, scale_of, verdict_json
from tryon.media.clips import ClipWriter, clip_info, read_clip
from tryon.media.snapshot import jpeg_of
from tryon.owned import Owned, coin_beside_card, read_owned
from tryon.picture import (
    PICTURES,
    Dimension,
    at_most,
    dimensioned,
    frame_from_rgb,
    png_of,
    read_picture,
    rgb_from_frame,
    rgb_of,
    write_picture,
)
from tryon.pieces.design import read_design
from tryon.session import Session, open_session
from tryon.settings import Settings
from tryon.types import F64, U8, Camera, Frame, Hand, Measurement, Model, Piece, Shown
from tryon.visits import Visit

PHOTO_STEPS = 12
"A picture is stepped this often, so that shape and scale settle as they do in the first half second of the mirror."
PHOTO_STEP_S = 1 / 30
PHOTO_SIDE_PX = 1600
"Of a browser's picture, its longer side: more is not seen on a page."

CLEAR_MM = 14.0
"How far from a piece its dimensions are drawn."
CLOSE = 2.2
"Sides of the picture of a design, by how far its dimensions reach across it."

HAND_POINTS = {
    "wrist": 0,
    "index_mcp": 5,
    "index_pip": 6,
    "middle_mcp": 9,
    "middle_pip": 10,
    "ring_mcp": 13,
    "ring_pip": 14,
    "ring_dip": 15,
    "little_mcp": 17,
    "little_pip": 18,
}
"The network's numbers, by the ground truth's names."

Progress = Callable[[int, int], None]
"Called with frames done and frames in all (0 when unknown)."


def sized(
    settings: Settings,
    frames: Iterable[Frame],
    *,
    camera_of: CameraOf,
    source: str | None = None,
    given: Sequence[Given] = (),
    stills: bool = False,
    progress: Callable[[int], None] | None = None,
) -> Concluded:
    """What the frames that pieces are to be drawn on tell of her, all of them, as `measure` has it: so that she has one
    size from the first to the last.

    `source`: the one reference to use, None all that are seen; `stills`: they are no clip; `progress` is called with
    frames done. A clip that cannot be read further is looked at as far as it goes: drawing on it says why.
    """
    capture = Capture(settings, camera_of, looks_most=LOOKS_MOST, stills=stills)
    try:
        with suppress(InputError):
            for done, frame in enumerate(frames, 1):
                capture.look(frame)
                if progress is not None:
                    progress(done)
        visit = Visit(capture.told(), None)
    finally:
        capture.close()
    return concluded([visit], read_calibration(Path(settings.calibration)), given=given, source=source)


def photo(session: Session, picture: Path, out: Path, *, report: Path | None = None) -> Shown:
    """Draws what `session` wears on a picture. Raises InputError for a bad picture, or one without a face."""
    shown = _on(session, read_picture(picture), f"{picture}")
    write_picture(out, rgb_from_frame(shown.frame))
    if report is not None:
        report.write_text(json.dumps(report_of(0, shown, session.camera)) + "\n")
    return shown


def _on(session: Session, rgb: U8, name: str) -> Shown:
    """A picture that was stepped until it is at rest. Raises InputError `face_not_found`."""
    shown = None
    for step in range(PHOTO_STEPS):
        shown = session.step(frame_from_rgb(rgb, step * PHOTO_STEP_S))
    assert shown is not None
    if shown.head is None and not shown.hands:
        raise InputError(
            "face_not_found", f"No face or hand was found in {name}; use one with a clear view of what is adorned."
        )
    return shown


@dataclass(frozen=True, slots=True)
class Adorned:
    """A browser's picture with pieces on it."""

    jpeg: bytes
    pieces: tuple[str, ...]
    "Ids of those that could be drawn: a ring needs a hand in the picture."


def adorn(settings: Settings, models: Sequence[Model], picture: bytes) -> Adorned:
    """Pieces on a picture that a browser sent, of PHOTO_SIDE_PX at most, with the shop's mark. Raises InputError.

    Drawn as `photo` draws, by a session of its own, and encoded anew: of the file that came nothing is passed on.
    """
    rgb = at_most(rgb_of(picture), PHOTO_SIDE_PX)
    session = open_session(settings, patient=True)
    try:
        session.wear(tuple(models))
        session.take(sized(settings, [frame_from_rgb(rgb, 0.0)], camera_of=prior_camera, stills=True).scale)
        shown = _on(session, rgb, "this picture")
    finally:
        session.close()
    return Adorned(jpeg_of(shown.frame.i420, settings.shop_mark), tuple(shown.pieces))


@dataclass(frozen=True, slots=True)
class Drawn:
    """A design on her: the picture as PNG, and what is told of it (`fit` of a revision)."""

    png: bytes
    fit: dict[str, Any]


def design(
    settings: Settings,
    piece: Piece,
    glb: bytes,
    picture: bytes,
    *,
    declared: Mapping[str, float],
    measured: Mapping[str, Any] | None,
) -> Drawn:
    """An artisan's model of a piece on a picture of the client, at true size, with its dimensions and its verdict.

    `declared`: lengths (mm) that differ from the piece's own; `measured`: what was measured of her, as `measured` says
    it on the data channel. The picture is drawn as `photo` draws; the verdict is judged anew, of the design's sizes and
    her measures. Without measures there is none. Raises InputError.
    """
    with TemporaryDirectory() as folder:
        mesh, seen, out = (Path(folder) / name for name in ("mesh.glb", "seen", "out.png"))
        mesh.write_bytes(glb)
        seen.write_bytes(picture)
        made = read_design(piece, mesh, declared)
        session = open_session(settings, patient=True)
        try:
            session.wear((made.model,))
            session.take(None if measured is None else scale_of(measured.get("scale")))
            try:
                shown = photo(session, seen, out)
            except InputError as err:
                if err.reason == "face_not_found":  # its words name a file that nobody knows
                    raise InputError(err.reason, "No face was found in her picture. Choose another one.") from err
                raise
            camera = session.camera
        finally:
            session.close()
        placed = shown.pieces.get(piece.id)
        if placed is None:
            raise InputError("face_not_found", "The piece cannot be worn on what this picture shows of her.")
        rgb = dimensioned(*_close(read_picture(out), _dimensions(made.model, placed.camera_from_piece, camera)))
    fit: dict[str, Any] = {
        "drawn_on": "snapshot",
        "scale": scale_json(shown.scale),
        "size": {name: {"declared_mm": size.declared_mm, "mesh_mm": size.mesh_mm} for name, size in made.sizes.items()},
        "verdict": None,
    }
    if measured is not None and shown.head is not None:
        tables = read_calibration(Path(settings.calibration))
        fit["verdict"] = verdict_json(verdict(made.model.piece, body_of(measured, shown.head.shape), tables.fit))
    return Drawn(png_of(rgb), fit)


def _dimensions(model: Model, camera_from_piece: F64, camera: Camera) -> list[Dimension]:
    """Its inner breadth, drawn above it, and its height above its seat, drawn beside it: clear of her face.

    Both at the depth of its highest point, which on a tilted open band is far from its middle.
    """
    piece, points = model.piece, points_of(model)
    if piece.worn_on != "head":
        return []
    depth = float(points[np.argmax(points[:, 1]), 2])
    half, top = piece.size.inner_breadth_mm / 2, piece.size.height_mm
    above, beside = top + CLEAR_MM, half + 2 * CLEAR_MM
    lengths = [
        (2 * half, ((-half, above), (half, above), (0.0, above + CLEAR_MM))),
        (top, ((beside, 0.0), (beside, top), (beside + 3 * CLEAR_MM, top / 2))),
    ]
    dimensions = []
    for length_mm, marks in lengths:
        if length_mm > 0:
            pixels = project(transform(camera_from_piece, np.array([(x, y, depth) for x, y in marks])), camera)
            start, end, words = ((float(x), float(y)) for x, y in pixels)
            dimensions.append(Dimension(start, end, words, f"{length_mm:.1f} mm"))
    return dimensions


def _close(rgb: U8, dimensions: Sequence[Dimension]) -> tuple[U8, list[Dimension]]:
    """The part of a picture that shows the piece and her head under it, and the dimensions there."""
    if not dimensions:
        return rgb, []
    points = np.array([point for each in dimensions for point in (each.start_px, each.end_px, each.words_px)])
    middle, across = points.mean(axis=0), np.ptp(points[:, 0])
    # two thirds of the room go below the piece, where her face is
    low = np.floor(middle - across * np.array([CLOSE / 2, CLOSE / 3])).astype(int).clip(0)
    high = np.ceil(middle + across * np.array([CLOSE / 2, 2 * CLOSE / 3])).astype(int)

    def at(point_px: tuple[float, float]) -> tuple[float, float]:
        return point_px[0] - int(low[0]), point_px[1] - int(low[1])

    moved = [Dimension(at(each.start_px), at(each.end_px), at(each.words_px), each.words) for each in dimensions]
    return np.ascontiguousarray(rgb[low[1] : high[1], low[0] : high[0]]), moved


def video(
    session: Session,
    clip: Path,
    out: Path,
    *,
    report: Path | None = None,
    measured: Mapping[str, Measurement] | None = None,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Draws what `session` wears on every frame of a clip; one JSON line a frame in `report`, a summary last, with what
    was measured of her (`sized`).

    Memory does not grow with the clip. The result is written beside `out` and moved there when it is whole.
    Raises InputError for a bad clip; what was drawn before a clip breaks off is kept, and the error says so.
    """
    info = clip_info(clip)
    frames = tracked = 0
    shown: Shown | None = None
    broken: InputError | None = None
    partial = out.with_name(f".{out.stem}.partial{out.suffix}")
    with ExitStack() as stack:
        lines = stack.enter_context(report.open("w")) if report is not None else None
        writer: ClipWriter | None = None
        try:
            for frame in read_clip(clip):
                shown = session.step(frame)
                if writer is None:
                    writer = stack.enter_context(ClipWriter(partial, size_px=frame.size_px, fps=info.fps))
                writer.write(shown.frame)
                if lines is not None:
                    lines.write(json.dumps(report_of(frames, shown, session.camera)) + "\n")
                frames += 1
                tracked += shown.head is not None or bool(shown.hands)
                if progress is not None:
                    progress(frames, info.frames)
        except InputError as err:
            if not frames:
                raise
            broken = err
        summary = {
            "frames": frames,
            "tracked": tracked,
            "measurements": {name: measurement_json(one) for name, one in (measured or {}).items()},
            "scale": scale_json(shown.scale if shown else None),
        }
        if lines is not None:
            lines.write(json.dumps({"summary": summary}) + "\n")
    if not frames:
        raise InputError("clip_empty", f"{clip} has no picture in it.")
    partial.replace(out)
    if broken is not None:
        raise InputError(broken.reason, f"{broken.detail} The {frames} frames before that are in {out}.")
    return summary


def measure(
    settings: Settings,
    clips: Sequence[Path],
    *,
    camera_of: CameraOf,
    worn: Worn | None = None,
    source: str | None = None,
    given: Sequence[Given] = (),
    owned: Sequence[Owned] = (),
    coin: str | None = None,
    print_checked: bool = False,
    pieces: Sequence[Piece] = (),
    planned: Planned | None = None,
    rules: str = "",
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Measures of the one person in all clips, each a visit of hers, and in all pictures, with what is known of her;
    and how each piece fits her (DESIGN section 6). Raises InputError.

    `owned`: what she wears, laid beside a card; `coin`: COIN:PICTURE, one laid beside that card, which raises where it
    is not of its size (`capture.card_checked` has its diameter by the card); `print_checked`: a card fits the box on
    the marker's or the bands' sheet; `planned`: her hair with the pieces, None as it is worn; `rules`: the name of a
    pageant's rules, empty none.
    """
    tables = read_calibration(Path(settings.calibration))
    ruled = tables.ruled(rules) if rules else ()  # a wrong name is said before anything slow starts
    laid = [found for one in owned for found in read_owned(one)]
    checked = None if coin is None else coin_beside_card(coin, tables.coins)
    stills = [clip for clip in clips if _still(clip)]
    taken = [[clip] for clip in clips if clip not in stills] + ([stills] if stills else [])
    total, done = sum(1 if _still(clip) else clip_info(clip).frames for clip in clips), 0
    visits: list[Visit] = []
    for paths in taken:
        capture = Capture(settings, camera_of, print_checked=print_checked, stills=paths is stills)
        try:
            for frame in _frames(paths):
                capture.look(frame)
                done += 1
                if progress is not None:
                    progress(done, total)
            visit = Visit(capture.told(loose=None if worn is None else worn == "loose"), worn)
            # a picture of her face says less than a clip does, and would count as much
            visits.append(visit.by_own_scales() if visits and paths is stills else visit)
        finally:
            capture.close()
    if not done:
        raise InputError("clip_empty", f"{clips[0]} has no picture in it.")
    told = measures_json(visits, tables, pieces, given=given, laid=laid, source=source, planned=planned, rules=ruled)
    if coin is not None and checked is not None:
        size = {"value_mm": round(float(checked.value_mm), 2), "u95_mm": round(float(2 * checked.std_mm), 2)}
        told["capture"]["card_checked"] = {"coin": coin.partition(":")[0], **size}
    return told


def _frames(paths: Sequence[Path]) -> Iterator[Frame]:
    """Of one clip, or of pictures: a second apart, so that each is looked at for all there is."""
    for index, path in enumerate(paths):
        if _still(path):
            yield frame_from_rgb(read_picture(path), float(index))
        else:
            yield from read_clip(path)


def _still(path: Path) -> bool:
    return path.suffix.lower() in PICTURES


def given_of(settings: Settings, texts: Sequence[str], /) -> tuple[Given, ...]:
    """What is known of her, `NAME=VALUE[,VALUE][:HOW][:left|right]` each (fit.given).

    Raises InputError that says what was wrong, and asks where a unit slipped.
    """
    asked: list[tuple[str, list[str], str, Unit, Hand]] = []
    for text in texts:
        name, _, said = text.partition("=")
        values, *hows = said.split(":")
        hand: Hand = "left" if hows[-1:] == ["left"] else "right" if hows[-1:] == ["right"] else ""
        asked.append((name, values.split(","), ":".join(hows[:-1] if hand else hows), "mm", hand))
    read = known(asked, origins(read_calibration(Path(settings.calibration))))
    if isinstance(read, Question):
        raise InputError(read.reason, read.detail)
    return read


def report_of(index: int, shown: Shown, camera: Camera) -> dict[str, Any]:
    """One line of the report of `tryon video` (README: contracts): millimetres, pixels, degrees where named so."""
    head = shown.head
    line: dict[str, Any] = {
        "frame": index,
        "time_s": round(shown.frame.time_s, 6),
        "head": None,
        "neck": None,
        "hands": [],
        "points_px": {},
        "pieces": {},
        "stages_ms": {name: round(ms, 3) for name, ms in shown.stages_ms.items()},
    }
    if head is not None:
        line["head"] = {
            "camera_from_head": matrix_json(head.camera_from_head),
            **_doubt(head.covariance),
            "residual_px": round(head.residual_px, 3),
        }
        _points(line, head.shape.points, head.camera_from_head, camera)
    if shown.neck is not None:
        neck = shown.neck
        line["neck"] = {
            "camera_from_neck": matrix_json(neck.camera_from_neck),
            **_doubt(neck.covariance),
            "circumference_mm": round(neck.shape.circumference_mm, 1),
            "base_circumference_mm": round(neck.shape.base_circumference_mm, 1),
        }
        _points(line, chest_points(neck.shape), neck.camera_from_neck, camera)
    for hand in shown.hands:
        line["hands"].append(
            {
                "side": hand.side,
                "camera_from_hand": matrix_json(hand.camera_from_hand),
                **_doubt(hand.covariance),
                "size_u95_percent": round(2 * hand.std_percent, 1),
            }
        )
        joints = {f"{name}_{hand.side}": hand.joints[index] for name, index in HAND_POINTS.items()}
        _points(line, joints, np.eye(4), camera)
    for name, placed in shown.pieces.items():
        piece: dict[str, Any] = {"camera_from_piece": matrix_json(placed.camera_from_piece), "visible": True}
        if placed.links is not None:
            joints_mm = placed.links[:, :3, 3]
            lowest = transform(placed.camera_from_piece, joints_mm[np.argmin(joints_mm[:, 1])])
            piece["chain"] = {
                "length_mm": round(length_of(joints_mm), 2),
                "drop_mm": round(drop_mm(joints_mm), 2),
                "lowest_in_camera_mm": [round(float(value), 2) for value in lowest],
            }
        line["pieces"][name] = piece
    return line


def _doubt(covariance: F64) -> dict[str, float]:
    std = np.sqrt(np.diag(covariance))
    return {
        "std_rotation_deg": round(math.degrees(float(np.sqrt(np.mean(std[:3] ** 2)))), 4),
        "std_translation_mm": round(float(np.sqrt(np.mean(std[3:] ** 2))), 4),
    }


def _points(line: dict[str, Any], points: Mapping[str, Any], camera_from_points: F64, camera: Camera) -> None:
    """Adds points (mm, by name) to the line's pixels."""
    in_camera = transform(camera_from_points, np.array([points[name] for name in points], dtype=np.float64))
    for name, pixel in zip(points, project(in_camera, camera), strict=True):
        line["points_px"][name] = [round(float(pixel[0]), 3), round(float(pixel[1]), 3)]


def matrix_json(matrix: F64) -> list[list[float]]:
    """A transform as lists, rounded well below what can be measured."""
    return [[round(float(value), 6) for value in row] for row in matrix]

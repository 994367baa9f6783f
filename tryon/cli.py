"""The command line: one verb a job. An error is one clear line and a non-zero exit."""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Annotated, NoReturn

import numpy as np
from cyclopts import App, CycloptsError, Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tryon import doctor as doctor_
from tryon import jobs
from tryon.errors import CalibrationError, SettingError, TryonError
from tryon.geometry.camera import given_camera, prior_camera, resized
from tryon.pieces.catalogue import Catalogue
from tryon.pieces.gate import add as add_piece
from tryon.pieces.gate import check as check_piece
from tryon.session import CameraOf, Session, open_session
from tryon.settings import Settings, load
from tryon.types import Camera

app = App(name="tryon", help="Live try-on and fit for crowns, tiaras, necklaces and hand jewellery.")
pieces_app = App(name="pieces", help="The catalogue: list, show, check, add.")
app.command(pieces_app)

Pieces = Annotated[list[str], Parameter(name="--piece", help="Id of a piece to wear; may be given several times.")]
FocalPx = Annotated[float | None, Parameter(name="--focal-px", help="Focal length of the camera, pixels.")]
CameraFile = Annotated[Path | None, Parameter(name="--camera", help="Camera file (TOML) from a calibration.")]
ScaleSource = Annotated[str | None, Parameter(name="--scale", help="What millimetres rest on: iris.")]
Report = Annotated[Path | None, Parameter(name="--report", help="Where to write the report.")]


@app.command
def serve(*, host: str | None = None, port: int | None = None, advertise: str | None = None) -> None:
    """The live mirror, until interrupted."""
    from tryon.server.serve import run  # loads slowly; the other verbs do without

    run(load(host=host, port=port, advertise=advertise))


@app.command
def photo(
    image: Path,
    *,
    piece: Pieces,
    out: Path,
    report: Report = None,
    scale: ScaleSource = None,
    focal_px: FocalPx = None,
    camera: CameraFile = None,
) -> None:
    """Draw pieces on a picture."""
    session = _dressed(load(), piece, scale, focal_px, camera)
    try:
        jobs.photo(session, image, out, report=report)
    finally:
        session.close()


@app.command
def video(
    clip: Path,
    *,
    piece: Pieces,
    out: Path,
    report: Report = None,
    scale: ScaleSource = None,
    focal_px: FocalPx = None,
    camera: CameraFile = None,
) -> None:
    """Draw pieces on a clip; the report has one JSON object a line, one line a frame, a summary last."""
    session = _dressed(load(), piece, scale, focal_px, camera)
    try:
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        ) as bar:
            task = bar.add_task("drawing", total=None)
            jobs.video(
                session,
                clip,
                out,
                report=report,
                progress=lambda done, of: bar.update(task, completed=done, total=of or None),
            )
    finally:
        session.close()


@pieces_app.command(name="list")
def list_() -> None:
    """One line a piece: ID<tab>KIND<tab>NAME."""
    for piece in _catalogue(load()).pieces():
        print(f"{piece.id}\t{piece.kind}\t{piece.name}")


@pieces_app.command
def show(id: str, /) -> None:
    """What the catalogue says of one piece."""
    piece = _catalogue(load()).piece(id)
    size = piece.size
    rows = [
        ("id", piece.id),
        ("name", piece.name),
        ("kind", piece.kind),
        ("maker", piece.maker),
        ("words", piece.words),
        ("inside", f"{size.inner_length_mm:.1f} x {size.inner_breadth_mm:.1f} mm, arc {size.arc_mm:.1f} mm"),
        ("height", f"{size.height_mm:.1f} mm"),
        ("weight", f"{size.weight_g:.0f} g"),
        ("seat", f"{piece.seat.line}, held by {piece.seat.attachment.replace('_', ' ')}"),
        ("materials", ", ".join(piece.materials)),
        ("stones", ", ".join(piece.stones)),
        ("edition", f"of {piece.edition_of}" if piece.edition_of else "open"),
        ("licence", piece.licence),
    ]
    for name, value in rows:
        print(f"{name:<10}{value}")


@pieces_app.command
def check(path: Path, /) -> None:
    """Say whether a piece's file or folder can be used, and what is wrong with it."""
    report = check_piece(path)
    for line in report.lines():
        print(line)
    if not report.accepted:
        sys.exit(1)


@pieces_app.command
def add(folder: Path, /) -> None:
    """Check a piece's folder and take it into the catalogue."""
    piece = add_piece(folder, load().pieces_folder)
    print(f"{piece.id}\t{piece.kind}\t{piece.name}")


@app.command
def bench(
    *,
    clip: Path | None = None,
    json: Path | None = None,
    only: Annotated[
        Sequence[str], Parameter(help="tracking, body, card, stages, drawing, live, browser; default: all.")
    ] = (),
) -> None:
    """Every figure we claim, measured anew: stage by stage, beside the floor, in one run."""
    from tryon.bench.all import run  # loads slowly; the other verbs do without

    run(load(), clip=clip, out=json, only=tuple(only))


@app.command
def doctor() -> None:
    """What works here and what does not: GL, models, codecs, catalogue, ports."""
    findings = doctor_.examine(load())
    for finding in findings:
        print(f"{'ok  ' if finding.works else 'FAIL'}  {finding.what:<12}{finding.detail}")
    if not all(finding.works for finding in findings):
        sys.exit(1)


def _catalogue(settings: Settings) -> Catalogue:
    return Catalogue(settings.pieces_folder)


def _dressed(
    settings: Settings, ids: Sequence[str], scale: str | None, focal_px: float | None, camera_file: Path | None
) -> Session:
    if scale not in (None, "iris"):
        raise SettingError("scale_unavailable", f"--scale {scale} cannot be read yet; say iris, or leave it out.")
    catalogue = _catalogue(settings)
    models = tuple(catalogue.model(id) for id in ids)  # a wrong id is said before anything slow starts
    session = open_session(settings, camera_of=_camera(focal_px, camera_file), patient=True)
    session.wear(models)
    return session


def _camera(focal_px: float | None, file: Path | None) -> CameraOf:
    if focal_px is not None and file is not None:
        raise SettingError("camera_twice", "Give --focal-px or --camera, not both.")
    if focal_px is not None:
        if not 50 <= focal_px <= 50_000:
            raise SettingError("focal_impossible", f"--focal-px is {focal_px:g}; expected pixels, such as 950.")
        return partial(given_camera, focal_px)
    return prior_camera if file is None else partial(resized, read_camera(file))


def read_camera(path: Path) -> Camera:
    """A camera file: width, height, fx, fy, cx, cy (pixels), distortion (5), focal_std (relative).

    Raises CalibrationError.
    """
    try:
        values = tomllib.loads(path.read_text())
        matrix = np.array(
            [[values["fx"], 0, values["cx"]], [0, values["fy"], values["cy"]], [0, 0, 1]], dtype=np.float64
        )
        return Camera(
            matrix,
            (int(values["width"]), int(values["height"])),
            float(values["focal_std"]),
            "calibrated",
            np.array(values.get("distortion", [0.0] * 5), dtype=np.float64),
        )
    except OSError as err:
        raise CalibrationError("camera_missing", f"{path} cannot be read: {err.strerror}.") from err
    except (KeyError, TypeError, ValueError) as err:
        raise CalibrationError("camera_unreadable", f"{path} is not a camera file: {err}.") from err


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The door: exit 0, or non-zero with one clear line on standard error."""
    call: Callable[..., object] = app
    try:
        call(arguments, exit_on_error=False, print_error=False)
    except TryonError as err:
        _fail(f"{err.reason}: {err.detail}", 1)
    except CycloptsError as err:
        _fail(" ".join(str(err).split()), 2)
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    except BrokenPipeError:
        sys.exit(0)
    sys.exit(0)


def _fail(line: str, code: int) -> NoReturn:
    print(f"tryon: {line}", file=sys.stderr)
    sys.exit(code)

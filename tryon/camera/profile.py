"""A camera's file (TOML): the one writer and the one reader."""

from __future__ import annotations

import datetime
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from tryon.errors import CalibrationError, MessageError
from tryon.geometry.calibrate import Calibrated
from tryon.messages import CameraKnown, camera_of, known_of


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What one camera is at one size of picture, and since when."""

    calibrated: Calibrated
    made_on: datetime.date


class _File(CameraKnown, frozen=True, forbid_unknown_fields=True):
    """The file's lines, in their order."""

    views: Annotated[int, msgspec.Meta(ge=1)]
    tilt_spread_deg: Annotated[float, msgspec.Meta(ge=0, le=180)]
    rms_px: Annotated[float, msgspec.Meta(ge=0, le=1e3)]
    made_on: datetime.date


_MEANING = {
    "width": "pixels; the file holds for pictures of this shape",
    "fx": "focal lengths, pixels",
    "cx": "principal point, pixels from the centre of the top-left pixel",
    "distortion": "OpenCV's k1 k2 p1 p2 k3",
    "focal_std": "standard uncertainty of the focal length, relative",
    "views": "what it rests on",
}


def write_profile(path: Path, profile: Profile, /) -> None:
    """Writes the file. Raises CalibrationError when it cannot be written."""
    calibrated = profile.calibrated
    file = _File(
        **msgspec.structs.asdict(known_of(calibrated.camera)),
        views=calibrated.views,
        tilt_spread_deg=math.degrees(calibrated.tilt_spread_rad),
        rms_px=calibrated.rms_px,
        made_on=profile.made_on,
    )
    lines = ["# A camera, by `tryon calibrate camera`."]
    for name in _File.__struct_fields__:
        value = getattr(file, name)
        # numbers, lists of numbers and dates look in TOML as they do in Python
        text = str(list(value) if isinstance(value, tuple) else value)
        lines.append(f"{name} = {text}" + (f"  # {_MEANING[name]}" if name in _MEANING else ""))
    try:
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError as err:
        raise CalibrationError("camera_unwritable", f"{path} cannot be written: {err.strerror}.") from err


def read_profile(path: Path, /) -> Profile:
    """Reads what write_profile wrote. Raises CalibrationError when it is absent or says what no camera is."""
    try:
        file = msgspec.convert(tomllib.loads(path.read_text(encoding="utf-8")), _File)
    except OSError as err:
        raise CalibrationError("camera_missing", f"{path} cannot be read: {err.strerror}.") from err
    except ValueError as err:  # of encoding, of TOML, of a field
        raise CalibrationError("camera_unreadable", f"{path} is not a camera file: {err}.") from err
    try:
        camera = camera_of(file)
    except MessageError as err:
        raise CalibrationError(err.reason, f"{path}: {err.detail}") from err
    calibrated = Calibrated(camera, file.views, math.radians(file.tilt_spread_deg), file.rms_px)
    return Profile(calibrated, file.made_on)

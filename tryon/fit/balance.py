"""How a piece on the head stays when she bows."""

from __future__ import annotations

import math

from tryon.types import Piece

NOD_RAD = math.radians(30.0)
"How deep a bow a piece must stay on in [J]."
GRAVITY = 9.81
WEIGHT_TOLERANCE = 0.05
"""Of what was declared, for a finished piece to pass: stones and finish vary, a wrong alloy differs by more [J]."""


def in_a_bow(piece: Piece, /) -> tuple[float, float]:
    """(moment N mm, pull N) of a head piece in a bow of 30 degrees.

    The moment is about the front of its base and tips it forward when positive; the pull is along its base, forward.
    """
    _, up, ahead = piece.size.centre_of_mass_mm
    weight = piece.size.weight_g / 1000 * GRAVITY
    lean = NOD_RAD - piece.seat.tilt_rad
    lever = up * math.sin(lean) - (piece.size.inner_length_mm / 2 - ahead) * math.cos(lean)
    return weight * lever, weight * math.sin(lean)

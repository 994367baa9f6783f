"""What would tell most next: the one measurement that takes away most of what is not known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from tryon.fit.bands import FitTables
from tryon.fit.gaps import Known

STEPS = {
    "paper_band": "head_circumference",
    "cap_and_turn": "head_breadth",
    "side_view": "head_length",
    "neck_strip": "neck_circumference",
    "wrist_strip": "wrist_circumference",
    "own_ring": "ring_inner_diameter",
    "own_bangle": "bangle_inner_diameter",
}
"By code: the goal it reaches (accuracy_goals.csv, assisted). What to do is in the words."
OWNED = {"own_ring": "ring she wears", "own_bangle": "bangle she wears"}
"What a measurement's method says once such a step was taken."
LOOKS = ("cap_and_turn", "side_view")
"Steps that are another look of the camera: what they reach hangs on camera and hair, and is promised to nobody."
STEP_OF = {
    "head_circumference": "paper_band",
    "head_breadth": "cap_and_turn",
    "head_length": "side_view",
    "neck": "neck_strip",
    "wrist": "wrist_strip",
    "finger": "own_ring",
    "hand": "own_bangle",
}
"By what a quantity's name begins with."


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one measurement that would remove the most doubt."""

    code: str
    quantity: str
    u95_after_mm: float | None
    "Of that quantity; None: it was not measured yet, or nobody can promise it."

    @property
    def key(self) -> str:
        """Of its words."""
        return f"step.{self.code}"


def step_of(quantity: str, /) -> str:
    """The code in STEPS of what measures it. Raises StopIteration for what nothing does."""
    return next(code for start, code in STEP_OF.items() if quantity.startswith(start))


def next_step(line: str, known: Known, shares: Mapping[str, float], tables: FitTables, /) -> NextStep | None:
    """For the quantity that the gap's doubt comes from most; None when nothing assisted knows it better."""
    quantity = max(shares, key=lambda name: shares[name])
    code = step_of(quantity)
    if code in OWNED and OWNED[code] in known[quantity].method:
        return None  # done already; the same once more would hardly narrow it
    if code in LOOKS:
        seen = known[quantity]
        done = "outline" in seen.method and seen.scale_source in ("card", "marker", "fused")
        return None if done else NextStep(code, quantity, None)  # the same once more would hardly narrow it
    # a bangle that passes is measured across, and tells what is round the hand
    across = math.pi if line == "bangle" else 1.0
    before, reached = known[quantity].std_mm, tables.assisted_u95_mm[STEPS[code]] / 2 * across
    if reached >= before and quantity != "hand_circumference":
        return None
    return NextStep(code, quantity, 2 * before * reached / math.hypot(before, reached))

"""Paper bands round head, neck and wrist, many looks into one length each, and how far the print is to be trusted."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np

from tryon.body.band import BANDS, Around, BandKind, BandReason, around, print_ratio
from tryon.fit.measure import measured
from tryon.geometry.camera import prior_camera
from tryon.types import F64, BandSeen, Measurement

LOOKS_MOST = 12
"More looks at one band tell nothing more: what is left is how the paper lies."
PRINT_STD, PRINT_UNCHECKED_STD = 0.003, 0.025
"Of a print held against a card (paper and its joins swell), and of one that nobody checked (facts: fit, 1.2)."
PRINT_OFF = 0.01
"A print further from true size was scaled to fit the page: its ticks are wrong as well."
JOIN_STD_MM = 0.4
"Of each place where two strips are taped [J]."
METHOD, SOURCE = "paper band", "marker"


class BandMeasurer:
    """Looks at the bands of one person. `checked`: somebody laid a card on the sheet's box, and it fitted."""

    def __init__(self, *, checked: bool = False) -> None:
        self._checked = checked
        self._ratio: tuple[float, float] | None = None
        self._looks: dict[BandKind, list[tuple[float, Around]]] = {band.kind: [] for band in BANDS}
        self._refused: dict[BandKind, Counter[BandReason]] = {band.kind: Counter() for band in BANDS}

    @property
    def enough(self) -> bool:
        """Whether every band was seen as often as helps."""
        return all(len(looks) >= LOOKS_MOST for looks in self._looks.values())

    def check(self, seen: BandSeen, card_px: F64, /) -> None:
        """A card (corners (4, 2) px) lies in the field of the sheet: the print's own scale."""
        self._ratio = print_ratio(seen, card_px) or self._ratio

    def look(self, seen: BandSeen, size_px: tuple[int, int], time_s: float, /) -> None:
        """One picture's markers. The seam tells its own scale: the camera's focal length hardly matters."""
        camera = prior_camera(size_px)
        for band in BANDS:
            if len(self._looks[band.kind]) >= LOOKS_MOST:
                continue
            found = around(band, seen, camera)
            if isinstance(found, Around):
                self._looks[band.kind].append((time_s, found))
            elif found is not None:
                self._refused[band.kind][found] += 1

    @property
    def seen(self) -> bool:
        """Whether any band was read."""
        return any(self._looks.values())

    def reasons(self) -> list[BandReason]:
        """Why a band that was seen could not be read, and what is doubtful of those that were."""
        why: list[BandReason] = [
            refused.most_common(1)[0][0] for kind, refused in self._refused.items() if refused and not self._looks[kind]
        ]
        if self.seen:
            if self._off:
                why.append("print_off")
            elif self._ratio is None and not self._checked:
                why.append("print_unchecked")
        return why

    @property
    def _off(self) -> bool:
        return self._ratio is not None and max(abs(ratio - 1) for ratio in self._ratio) > PRINT_OFF

    def measurements(self) -> dict[str, Measurement]:
        """True millimetres round, by quantity; none by a print that is not of true size."""
        if self._off:
            return {}
        # strips run across the page, as the check's field does
        ratio = 1.0 if self._ratio is None else self._ratio[0]
        print_std = PRINT_STD if self._checked or self._ratio is not None else PRINT_UNCHECKED_STD
        found = {}
        for band in BANDS:
            looks = self._looks[band.kind]
            if not looks:
                continue
            values = ratio * np.array([look.value_mm for _, look in looks])
            value = float(np.median(values))
            common = math.hypot(print_std * value, band.lay_std_mm, JOIN_STD_MM * math.sqrt(band.strips - 1))
            found[band.quantity] = measured(
                band.quantity,
                values,
                np.array([time_s for time_s, _ in looks]),
                look_std_mm=float(np.median([look.std_mm for _, look in looks])),
                std_systematic_mm=common,
                method=METHOD,
                scale_source=SOURCE,
                scale_std_percent=100 * print_std,
            )
        return found

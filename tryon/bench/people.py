"""What face and iris can tell of a head at best: a thousand people drawn from the tables and measured by the fusion
of the chain, and the people of the clips, whose faces and irises are known."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tryon.bench.rows import Row
from tryon.body.wearer import IRIS_MM, IRIS_STD
from tryon.calibration import Calibration, read_calibration
from tryon.conclusion import concluded
from tryon.fit.population import Sighting, fuse, with_bias
from tryon.told import Told
from tryon.types import F64, Scale
from tryon.visits import Visit

DRAWS, SEED = 1000, 20261123
FACE_STD_MM = {"face_breadth": 2.0, "interpupillary_distance": 0.5, "face_height": 2.5}
OUTLINE_STD_MM = 2.0
"Errors of what is seen, in millimetres of the model's unit (facts: fit, section 2.4)."
THICK, STANDS_MM = 0.1, (0.0, 60.0)
"On how many hair stands off more than any allowance foresees, and by how much of their breadth."
RANDOM = 0.6
"Share of an error that is random; 0.8 is common to all looks."
LIMIT_MM = 6.0
EXACT = 0.001


def people(calibration_folder: Path, clips: Path) -> list[Row]:
    """Median errors of head breadth by the iris alone, and what the clips' own people have of it."""
    calibration = read_calibration(calibration_folder)
    rows = []
    for outline, words in ((False, "by the face"), (True, "by face and outline over tied hair")):
        for spread, whose in ((IRIS_STD, "irises as people have them"), (0.0, "irises all alike")):
            off, std, _ = _breadths(calibration, outline=outline, iris_std=spread)
            inside = 100 * float((np.abs(off) <= 2 * std).mean())
            note = f"of {DRAWS}; {inside:.1f} % inside U95 {2 * float(np.median(std)):.1f}"
            limit = LIMIT_MM if spread else None
            rows.append(Row(f"head breadth {words}, {whose}", float(np.median(np.abs(off))), "mm", limit, note=note))
    off, std, thick = _breadths(calibration, outline=True, iris_std=IRIS_STD, thick=THICK)
    whose = "hair standing off by up to 60 mm on one in ten"
    for words, these in (("all of them", np.ones(DRAWS, dtype=bool)), ("that tenth", thick)):
        inside = 100 * float((np.abs(off) <= 2 * std)[these].mean())
        note = f"of {int(these.sum())}; {inside:.1f} % inside U95 {2 * float(np.median(std[these])):.1f}"
        rows.append(
            Row(f"head breadth by outline, {whose}: {words}", float(np.median(np.abs(off[these]))), "mm", note=note)
        )
    return [*rows, *_of_clips(calibration, clips)]


def drawn(calibration: Calibration, random: np.random.Generator, count: int) -> tuple[list[str], F64]:
    """Women and men half and half, (count, n) mm by name, each of a group with means of its own."""
    bodies = []
    for sex in "FM":
        wide = with_bias(calibration.populations[sex], calibration.bias)
        spread = wide.covariance * np.outer(wide.mean_mm, wide.mean_mm)
        bodies.append(random.multivariate_normal(wide.mean_mm, spread, count // 2))
    return list(calibration.populations["F"].names), np.concatenate(bodies)


def _breadths(
    calibration: Calibration, *, outline: bool, iris_std: float, thick: float = 0.0
) -> tuple[F64, F64, npt.NDArray[np.bool_]]:
    """Errors and stated standard deviations (DRAWS,) mm, and on whom hair stands off: a share of `thick`."""
    random = np.random.default_rng(SEED)
    names, bodies = drawn(calibration, random, DRAWS)
    taped, worn = calibration.hair["taped"], calibration.hair["tied"]
    told = []
    for body in bodies:
        true = dict(zip(names, body.tolist(), strict=True))
        scale = math.exp(random.normal(0, 0.3))
        hair = taped.over_scalp_mm + worn.over_scalp_mm
        hair += random.normal(0, math.hypot(taped.person_std_mm, worn.person_std_mm, worn.doubt_std_mm))
        seen = {
            "face_breadth": (true["BZ"], FACE_STD_MM["face_breadth"]),
            "interpupillary_distance": (true["IPD"], FACE_STD_MM["interpupillary_distance"]),
            "face_height": (true["MS"], FACE_STD_MM["face_height"]),
        }
        stands_mm = 0.0
        if outline:
            # of what hair adds all round, a share for each side
            stands_mm = random.uniform(*STANDS_MM) if random.random() < thick else 0.0
            seen["head_breadth_over_hair"] = (true["HB"] + 0.6 * hair / math.pi + stands_mm, OUTLINE_STD_MM)
        read = [
            Sighting(
                name,
                (value + random.normal(0, std)) * scale,
                RANDOM * std * scale,
                math.sqrt(1 - RANDOM**2) * std * scale,
                scaled=True,
            )
            for name, (value, std) in seen.items()
        ]
        factor = math.exp(random.normal(0, iris_std)) / scale
        visit = Visit(Told(read, [Scale(factor, IRIS_STD / scale, "iris", "eyes")]), "tied")
        known = concluded([visit], calibration).measurements["head_breadth"]
        told.append((known.value_mm - true["HB"], known.std_mm, stands_mm))
    off, std, stands = np.array(told).T
    return off, std, stands > 0


def _of_clips(calibration: Calibration, clips: Path) -> list[Row]:
    """The clips' own people: each measured by a face without error, with a true scale and by an iris of the mean."""
    known: dict[str, dict[str, Any]] = {}
    for path in sorted(clips.glob("*.json")):
        truth = json.loads(path.read_text())
        if "iris_diameter" in truth.get("person_measures_mm", {}):
            known[truth["person"]] = truth["person_measures_mm"]
    rows = []
    for words, by_iris in (("scale and face exact", False), ("face exact, their own irises taken for the mean", True)):
        off = {}
        for person, true in known.items():
            wrong = IRIS_MM / true["iris_diameter"] if by_iris else 1.0
            read = [
                Sighting(name, true[name], 0.0, EXACT * true[name], scaled=True)
                for name in ("face_breadth", "interpupillary_distance")
            ]
            scales = [Scale(wrong, IRIS_STD if by_iris else EXACT, "iris", "eyes")]
            told = fuse(calibration.prior("tied"), read, scales).measurement("head_breadth")
            off[person] = told.value_mm - true["head_breadth"]
        if off:
            note = "  ".join(f"{person} {error:+.1f}" for person, error in off.items())
            median = float(np.median(np.abs(list(off.values()))))
            rows.append(Row(f"head breadth of the clips' people, {words}", median, "mm", note=note))
    return rows

"""Tracking figures for people the model was not made from: each person under a model made of the others.

python assets/head/validate.py [--clips ../shared/groundtruth] [--hardship "a dim warm room"]
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import make
import numpy as np

sys.path.insert(0, str(make.ROOT))

from tryon.bench.hardships import HARDSHIPS, suffer
from tryon.bench.rows import table
from tryon.bench.tracking import record, rows_of, solve, usable


def main() -> None:
    """See the module."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--clips", type=Path, default=make.ROOT.parent / "shared" / "groundtruth")
    arguments.add_argument("--hardship", choices=HARDSHIPS, help="what the clips suffer before they are tracked")
    given = arguments.parse_args()
    clips = given.clips
    people = make.gather(clips, set())
    shapes = [make.triangulate(person) for person in people]
    heads = [path for path in sorted(clips.glob("*.json")) if usable(path)]
    with tempfile.TemporaryDirectory() as made:
        if given.hardship:
            for path in heads:
                suffer(path, Path(made), HARDSHIPS[given.hardship])
            heads = [Path(made) / path.name for path in heads]
        records = [record(path) for path in heads]
    with tempfile.TemporaryDirectory() as folder:
        for person in people:
            path = Path(folder) / person.name / "head" / "head.npz"
            path.parent.mkdir(parents=True)
            others = [(p, s) for p, s in zip(people, shapes, strict=True) if p is not person]
            np.savez_compressed(path, **make.model_of(*map(list, zip(*others, strict=True))))
        for known, title in ((True, "true focal length"), (False, "no focal length")):
            seen = [solve(one, Path(folder) / one.truth["person"], known) for one in records]
            print(table(f"People left out of the model, {title}", rows_of(seen, "", 1.0 if known else 1.5)), end="\n\n")


if __name__ == "__main__":
    main()

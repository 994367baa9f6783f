"""`make fuzz`: a million inputs in all doors together, guided by what they reach in our code (atheris, libFuzzer).

    python -m tests.fuzz.run                 every door, a process each, one after the other
    python -m tests.fuzz.run DOOR [--runs N]

An input that ends a door lies in tests/fuzz/found/DOOR from then on: mend, commit both, and tests/fuzz/test_doors.py
holds it. Ends with a line a door: inputs, seconds, most memory, slowest input; and with 1 when anything was found.
"""

from __future__ import annotations

import argparse
import random
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

RUNS = {"glb": 200_000, "meshopt": 50_000, "sdp": 150_000, "control": 400_000, "webhook": 200_000}
"A million."
RSS_MB = 1500
"More memory than this is a finding: the door itself, with all that is imported, has about 300."
INPUT_S = 10
"An input that takes longer is a finding; on a machine that has nothing else to do none takes a tenth of it."
LETTERS_MAX = 64 * 1024
SLICE = 100_000
"Inputs of one process: the fuzzer itself grows by some kilobytes an input, where our code by itself does not."
FOUND = Path(__file__).parent / "found"


def fuzz(name: str, runs: int, seed: int, corpus: Path) -> None:
    """One door, from what `corpus` has and into it; ends the process."""
    import atheris

    ours = ["tryon.pieces", "tryon.media", "tryon.messages", "tryon.fit.given", "aiortc.sdp", "tryon.client"]
    with atheris.instrument_imports(include=ours):
        from tests.fuzz.doors import DOORS
    door = DOORS[name]()
    found = FOUND / name
    found.mkdir(parents=True, exist_ok=True)
    for number, good in enumerate(door.seeds()):
        (corpus / str(number)).write_bytes(good)

    def spoil(data: bytes, most: int, number: int) -> bytes:
        return door.spoil(data, random.Random(number))[:most]

    flags = {
        "runs": runs,
        "seed": seed,
        "rss_limit_mb": RSS_MB,
        "timeout": INPUT_S,
        "max_len": LETTERS_MAX,
        "artifact_prefix": f"{found}/",
        "print_final_stats": 1,
        "verbosity": 1,
    }
    said = [sys.argv[0], *(f"-{flag}={value}" for flag, value in flags.items()), str(corpus)]
    atheris.Setup(said, door.enter, custom_mutator=spoil)
    atheris.Fuzz()


@dataclass
class Came:
    """What came of a door."""

    inputs: int = 0
    rss_mb: int = 0
    slowest_s: int = 0
    branches: int = 0
    good: bool = True


def enter(name: str, count: int, seed: int) -> Came:
    """So many inputs in a door, a slice of them in each process."""
    came = Came()
    with tempfile.TemporaryDirectory() as corpus:
        for slice_ in range(-(-count // SLICE)):
            runs = min(SLICE, count - slice_ * SLICE)
            told = [sys.executable, "-m", "tests.fuzz.run", name, "--corpus", corpus]
            told += ["--runs", str(runs), "--seed", str(seed + slice_)]
            done = subprocess.run(told, stderr=subprocess.PIPE, text=True, errors="replace", check=False)
            last = {key: int(value) for key, value in re.findall(r"stat::(\w+):\s+(\d+)", done.stderr)}
            came.inputs += last.get("number_of_executed_units", 0)
            came.rss_mb = max(came.rss_mb, last.get("peak_rss_mb", 0))
            came.slowest_s = max(came.slowest_s, last.get("slowest_unit_time_sec", 0))
            came.branches = max([came.branches, *map(int, re.findall(r"#\d+\s+DONE\s+cov: (\d+)", done.stderr))])
            if done.returncode or not last:
                came.good = False
                print(done.stderr[-4000:])
                break
    return came


def fuzz_all(runs: dict[str, int], seed: int) -> int:
    """One door after the other, and what came of each."""
    broken, lines = 0, []
    for name, count in runs.items():
        print(f"{name}: {count:,} inputs", flush=True)
        began_s = time.monotonic()
        came = enter(name, count, seed)
        broken |= not came.good
        lines.append(
            f"{name:8} {came.inputs:>9,} inputs  {time.monotonic() - began_s:6.0f} s  {came.rss_mb:>5} MB at most  "
            f"{came.slowest_s} s at most  {came.branches} branches  {'good' if came.good else 'FOUND SOMETHING'}"
        )
    print("\n".join(lines))
    return int(broken)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser()
    parser.add_argument("door", nargs="?", default="", choices=["", *RUNS])
    parser.add_argument("--runs", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--corpus", type=Path, help="for a process of its own")
    asked = parser.parse_args()
    if asked.corpus is not None:
        fuzz(asked.door, asked.runs, asked.seed, asked.corpus)
    doors = {asked.door: RUNS[asked.door]} if asked.door else RUNS
    sys.exit(fuzz_all({name: asked.runs or count for name, count in doors.items()}, asked.seed))


if __name__ == "__main__":
    main()

"""The tables of calibration/sizing as typed values: the one reader. What they mean stands with who uses them.

Every table keeps the tags of where its numbers come from (calibration/sizing/README.md).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import get_args

import msgspec
import numpy as np

from tryon.body.ring import Coin
from tryon.errors import AssetError, InputError
from tryon.fit.bands import Band, FitTables, Need, Rule
from tryon.fit.population import (
    BiasTerm,
    HairAllowance,
    Planned,
    Population,
    Prior,
    Worn,
    population_of,
    prior_of,
    with_arc,
    with_bias,
    with_regressed,
)
from tryon.fit.scale import TypedPd

SEXES = ("F", "M", "P")
REGRESSED = {"NCB": "NC", "HAC": "HAB", "TTH": "HC"}
"Dimensions that the correlations lack, by the one they are told from."


@dataclass(frozen=True, slots=True)
class Calibration:
    """All that the fit room is told from outside."""

    populations: Mapping[str, Population]
    "`F` and `M` as measured, `P` both 50/50; without bias terms."
    bias: tuple[BiasTerm, ...]
    hair: Mapping[str, HairAllowance]
    "By Worn and Planned, and `taped`: what ANSUR II taped over."
    typed_pd: Mapping[str, TypedPd]
    "By origin."
    coins: Mapping[str, Coin]
    "By name."
    fit: FitTables

    def ruled(self, name: str, /) -> tuple[Rule, ...]:
        """One pageant's rules. Raises InputError that names those there are."""
        found = tuple(rule for rule in self.fit.rules if rule.rules == name)
        if not found:
            there = ", ".join(sorted({rule.rules for rule in self.fit.rules}))
            raise InputError("rules_unknown", f"There are no rules {name!r}; there are: {there}.")
        return found

    def prior(self, worn: Worn, /) -> Prior:
        """What is known of anybody with her hair worn so, for population.fuse."""
        return prior_of(with_bias(self.populations["P"], self.bias), self.hair["taped"], self.hair[worn])


def read_calibration(folder: Path, /) -> Calibration:
    """The tables in `folder`/sizing. Raises AssetError that names the folder and what is wrong."""

    def table(name: str) -> list[dict[str, str]]:
        rows = _lines(folder / "sizing" / f"{name}.csv")
        return [dict(zip(rows[0], row, strict=True)) for row in rows[1:]]

    try:
        hair = {row["worn"]: msgspec.convert(row, HairAllowance, strict=False) for row in table("hair_allowance")}
        if set(hair) != {"taped", *get_args(Worn), *get_args(Planned)}:
            raise ValueError(f"hair_allowance.csv tells of {sorted(hair)}")
        return Calibration(
            populations=_populations(
                table("anthropometry_ansur2"),
                table("regressions_ansur2"),
                _lines(folder / "sizing" / "correlations_ansur2.csv"),
            ),
            bias=msgspec.convert(table("population_bias"), tuple[BiasTerm, ...], strict=False),
            hair=hair,
            typed_pd={
                row["pd_source"]: TypedPd(float(row["bias_mm"]), float(row["sd_mm"]))
                for row in table("typed_pd_uncertainty")
            },
            coins={row["coin"]: msgspec.convert(row, Coin, strict=False) for row in table("coins")},
            fit=FitTables(
                bands=tuple(_band(row) for row in table("fit_bands")),
                needs=msgspec.convert(table("decision_needs"), tuple[Need, ...], strict=False),
                assisted_u95_mm={
                    row["quantity"]: float(row["U95_assisted"])
                    for row in table("accuracy_goals")
                    if row["U95_assisted"]
                },
                rules=msgspec.convert(table("pageant_rules"), tuple[Rule, ...], strict=False),
            ),
        )
    except (KeyError, ValueError, IndexError, StopIteration, msgspec.ValidationError) as err:
        raise AssetError("calibration_unreadable", f"{folder / 'sizing'}: a table is not as expected: {err}.") from err


def _band(row: dict[str, str]) -> Band:
    limits = {
        "low": float(row["low"]),
        "high": float(row["high"]),
    }  # `inf` is no number in JSON, which convert keeps to
    return msgspec.convert(row | limits, Band, strict=False)


def _lines(path: Path) -> list[list[str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return list(csv.reader(file))
    except OSError as err:
        raise AssetError("calibration_missing", f"{path} cannot be read; it is part of this repository.") from err


def _populations(
    statistics: list[dict[str, str]], regressions: list[dict[str, str]], correlations: list[list[str]]
) -> dict[str, Population]:
    """Correlations come in a block a sex: a line of names, then a line for each."""
    told = {(row["pop"], row["var"]): (float(row["mean"]), float(row["sd"])) for row in statistics}
    populations = {}
    for start, (sex, *names) in enumerate(correlations):
        if sex not in SEXES:
            continue
        block = correlations[start + 1 : start + 1 + len(names)]
        matrix = np.array([row[1:] for row in block], dtype=float)
        mean, std = np.array([told[sex, name] for name in names]).T
        population = population_of(names, mean, std, matrix)
        for name, on in REGRESSED.items():
            row = next(row for row in regressions if (row["target"], row["inputs"], row["pop"]) == (name, on, sex))
            slope = float(row["intercept_then_coefs_in_input_order"].split(";")[1])
            population = with_regressed(population, name, told[sex, name][0], on, slope, float(row["see_mm"]))
        populations[sex] = with_arc(population)
    return populations

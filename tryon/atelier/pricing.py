"""A price and what drives it: pure, in whole minor units of one currency."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tryon.atelier.trade import Driver

DEPOSIT_PERCENT = 30
"Paid before stones are bought; the trade's custom is 30 to 50 %."
MINOR_MAX = 10**11
"Beyond this an amount is taken for a slip."


@dataclass(frozen=True, slots=True)
class Line:
    """One amount of a price; negative: taken off."""

    driver: Driver
    words: str
    minor: int


def total(lines: Sequence[Line]) -> int:
    """The price, minor units."""
    return sum(line.minor for line in lines)


def deposit(lines: Sequence[Line]) -> int:
    """What is paid beforehand, minor units, rounded up to a whole unit of 100."""
    return -(-total(lines) * DEPOSIT_PERCENT // 10_000) * 100


def shares(lines: Sequence[Line]) -> Mapping[Driver, float]:
    """How much of the price each driver makes, 0 to 1, largest first; empty when the price is 0."""
    price = total(lines)
    if price <= 0:
        return {}
    sums: dict[Driver, int] = {}
    for line in lines:
        sums[line.driver] = sums.get(line.driver, 0) + line.minor
    return {driver: minor / price for driver, minor in sorted(sums.items(), key=lambda item: -item[1])}

"""A figure beside what it must reach: what every benchmark returns, and how a run prints them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Row:
    """One figure of one run."""

    name: str
    measured: float
    unit: str
    at_least: float | None = None
    "What it must reach; None where the figure only informs."
    aim: float | None = None
    more_is_better: bool = False
    note: str = ""

    def verdict(self) -> str:
        """`aim`, `at least`, `short` or nothing to reach."""
        if self.at_least is None:
            return ""
        sign = -1 if self.more_is_better else 1
        if self.aim is not None and sign * self.measured <= sign * self.aim:
            return "aim"
        return "at least" if sign * self.measured <= sign * self.at_least else "SHORT"

    def as_json(self) -> dict[str, Any]:
        """Plain values, with the verdict."""
        return {**asdict(self), "verdict": self.verdict()}


def table(title: str, rows: Iterable[Row]) -> str:
    """Rows as text, aligned."""
    lines = [("", "measured", "at least", "aim", "")]
    for row in rows:
        lines.append(
            (
                row.name,
                f"{row.measured:.3g} {row.unit}".rstrip(),
                "" if row.at_least is None else f"{row.at_least:g}",
                "" if row.aim is None else f"{row.aim:g}",
                "  ".join(word for word in (row.verdict(), row.note) if word),
            )
        )
    widths = [max(len(line[column]) for line in lines) for column in range(4)]
    text = [title, "-" * len(title)]
    for line in lines:
        text.append(
            "  ".join([line[0].ljust(widths[0])] + [line[i].rjust(widths[i]) for i in (1, 2, 3)] + [line[4]]).rstrip()
        )
    return "\n".join(text)

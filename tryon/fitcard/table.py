"""A fit card as a table (CSV, RFC 4180): one row a fact, numbers as they were measured, not rounded for reading."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from tryon.fit.sizes import MM_PER_INCH, spanned
from tryon.fitcard.content import (
    LEVELS,
    QUANTITIES,
    SHAPE_INDEX,
    FitCard,
    chance,
    gap_words,
    headline,
    inside_mm,
    method,
    reference,
    seen,
)
from tryon.fitcard.record import Record
from tryon.fitcard.section import section

COLUMNS = ("part", "item", "value", "u95", "unit", "cm", "inch", "probability", "words", "reference", "method")
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"What a spreadsheet would take for a formula."

_Row = dict[str, str | float]


def table(card: FitCard, /) -> str:
    """The file's text. A text that a spreadsheet would run as a formula is led by an apostrophe."""
    return _written(_rows(card))


def measures_table(record: Record, /) -> str:
    """Every measure and every verdict of a record, in the same columns: part `measure`, `verdict` or `note`."""
    return _written(_record_rows(record))


def _written(rows: Iterator[_Row]) -> str:
    file = io.StringIO(newline="")
    writer = csv.DictWriter(file, COLUMNS, restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow({key: _harmless(value) for key, value in row.items()})
    return file.getvalue()


def _record_rows(record: Record) -> Iterator[_Row]:
    for name, told in sorted(record.known.items()):
        value: _Row = {"value": told.value_mm} if name == SHAPE_INDEX else _length(told.value_mm)
        words = {"words": QUANTITIES.get(name, ""), "reference": reference(told), "method": method(told)}
        yield {"part": "measure", "item": name, **value, "u95": told.u95_mm, **words}
    for id, fit in sorted(record.fit.items()):
        gap: _Row = {} if fit.gap_mm is None else _length(fit.gap_mm)
        doubt: _Row = {} if fit.gap_u95_mm is None else {"u95": fit.gap_u95_mm}
        words = {"words": f"{headline(fit)}. {chance(fit)}", "method": fit.verdict}
        yield {"part": "verdict", "item": id, **gap, **doubt, "probability": fit.probability, **words}
        for note in fit.notes:
            millimetres: _Row = _length(note.mm) if note.mm else {}
            said = {"words": f"{note.action} {note.because}", "reference": note.code, "method": LEVELS[note.level]}
            yield {"part": "note", "item": id, **millimetres, **said}


def _rows(card: FitCard) -> Iterator[_Row]:
    piece, fit = card.piece, card.fit
    yield {"part": "card", "item": "piece", "words": piece.id}
    yield {"part": "card", "item": "name", "words": piece.name}
    yield {"part": "card", "item": "kind", "words": piece.kind}
    yield {"part": "card", "item": "date", "words": card.made_on.isoformat()}
    if card.order:
        yield {"part": "card", "item": "order", "words": card.order}
    if card.live is not None:
        yield {"part": "card", "item": "live record", "words": card.live.address}
    if inside_mm(piece):
        yield {"part": "card", "item": "inside", **_length(inside_mm(piece)), "u95": _tolerance_mm(card)}
    for words in seen(card.record):
        yield {"part": "capture", "item": "quality", "words": words}
    if fit.size:
        yield {"part": "verdict", "item": "size", "words": fit.size}
    yield {
        "part": "verdict",
        "item": fit.verdict,
        "words": f"{headline(fit)}. {chance(fit)}",
        **({} if fit.gap_mm is None and fit.verdict == "cannot_tell" else {"probability": fit.probability}),
    }
    if fit.gap_mm is not None:
        doubt: _Row = {} if fit.gap_u95_mm is None else {"u95": fit.gap_u95_mm}
        yield {"part": "verdict", "item": "gap", **_length(fit.gap_mm), **doubt, "words": gap_words(card)}
    found = section(card)
    for gap in () if found is None else found.gaps:
        yield {"part": "section", "item": gap.where, **_length(round(gap.mm, 2)), "u95": round(gap.u95_mm, 2)}
    for note in fit.notes:
        millimetres: _Row = {**_length(note.mm), "u95": note.u95_mm} if note.u95_mm else {}
        words = f"{note.action} {note.because}"
        yield {"part": "note", "item": note.code, **millimetres, "words": words, "method": LEVELS[note.level]}
    if fit.next_step is not None:
        step = fit.next_step
        after: _Row = {} if step.u95_after_mm is None else {"u95": step.u95_after_mm, "unit": "mm"}
        yield {"part": "next step", "item": step.quantity, **after, "words": step.action}
    for quantity in card.quantities:
        row: _Row = {"part": "measure", "item": quantity.name}
        told = quantity.told
        if told is None:
            yield {**row, "words": f"{quantity.words}: not measured. {quantity.ask}"}
            continue
        value: _Row = {"value": told.value_mm} if quantity.name == SHAPE_INDEX else _length(told.value_mm)
        said: _Row = {"words": quantity.words, "reference": reference(told), "method": method(told)}
        yield {**row, **value, "u95": told.u95_mm, **said}
    for size in card.sizes:
        if not size.odds:
            yield {"part": "size", "item": size.words, "words": f"not measured. {size.quantity.ask}"}
        for system, odds in size.odds.items():
            first, last = spanned(odds)
            words = f"{system.upper()} {first.label} to {last.label}"
            yield {"part": "size", "item": size.words, "probability": 0.95, "words": words}
            for each in odds:
                words = f"{system.upper()} {each.label}"
                yield {"part": "size", "item": size.words, "probability": round(each.probability, 3), "words": words}


def _tolerance_mm(card: FitCard) -> float:
    """Of the length along the inside, as it was made."""
    return round(card.piece.tolerance_mm, 2)


def _length(millimetres: float) -> _Row:
    return {
        "value": millimetres,
        "unit": "mm",
        "cm": f"{millimetres / 10:.3f}",
        "inch": f"{millimetres / MM_PER_INCH:.3f}",
    }


def _harmless(value: str | float) -> str | float:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULAS) and not _number(value) else value


def _number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True

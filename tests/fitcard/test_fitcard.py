"""The fit card read back: its PDF by what is drawn and what is read aloud, its table row by row, and its refusals.

tests/data/measures.json is what `tryon measure` wrote of two clips of synthetic people: a head that turns, a hand.
"""

from __future__ import annotations

import csv
import datetime
import io
import itertools
import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.paper.reader import File, read
from tryon.body.card import ID1_MM
from tryon.errors import InputError
from tryon.fit.measure import said
from tryon.fit.size_table import SYSTEMS
from tryon.fit.sizes import hat_label, ring_label, spanned
from tryon.fitcard.content import FitCard, Live, fit_card
from tryon.fitcard.pages import BRASS, INK, pages
from tryon.fitcard.record import read_record
from tryon.fitcard.section import section
from tryon.fitcard.table import table
from tryon.paper.letters import width_mm
from tryon.paper.pdf import A4_MM
from tryon.pieces.catalogue import Catalogue
from tryon.settings import load
from tryon.types import F64

MEASURES = Path(__file__).parent.parent / "data" / "measures.json"
TOLD: dict[str, Any] = json.loads(MEASURES.read_text())
CATALOGUE = Catalogue(load({}).pieces_folder)
DAY = datetime.date(2026, 11, 22)


LIVE = Live("https://mira.example/fit/1#2", datetime.date(2027, 2, 20))


def card_of(piece: str, measures: Path = MEASURES, order: str = "", live: Live | None = None) -> FitCard:
    """The card of a piece of our own catalogue."""
    return fit_card(read_record(measures), CATALOGUE.piece(piece), DAY, order, live=live)


def file_of(piece: str) -> File:
    """Its PDF, read back."""
    return read(pages(card_of(piece)))


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The measures with a change, as another file."""
    told = json.loads(MEASURES.read_text())
    change(told)
    path = folder / "changed.json"
    path.write_text(json.dumps(told))
    return path


def extent(points: F64) -> tuple[float, float]:
    """(width, height)."""
    width, height = np.ptp(points, axis=0)
    return float(width), float(height)


def around(points: F64) -> float:
    """Length of a closed line."""
    return float(np.linalg.norm(np.diff(points, axis=0, append=points[:1]), axis=1).sum())


def section_page(file: File) -> int:
    """The page that a piece is drawn on."""
    return next(each.page for each in file.drawn if each.words == "At true size, from above")


def test_the_head_is_drawn_as_it_was_measured() -> None:
    file = file_of("noor")
    page = section_page(file)
    head = max(file.lines(page, INK), key=len)
    breadth, length = (TOLD["over_hair"][f"head_{part}_over_hair"] for part in ("breadth", "length"))

    assert extent(head) == pytest.approx((breadth["value_mm"], length["value_mm"]), abs=1e-3)
    assert around(head) == pytest.approx(TOLD["measurements"]["head_circumference_over_hair"]["value_mm"], abs=0.1)
    edges = [np.array(each.points) for each in file.drawn if each.page == page and each.kind == "h"]
    for edge, sign in zip(edges, (-1, 1), strict=True):
        wide = breadth["value_mm"] + sign * breadth["u95_mm"], length["value_mm"] + sign * length["u95_mm"]
        assert extent(edge) == pytest.approx(wide, abs=1e-3)
    band = max(file.lines(page, BRASS), key=len)
    assert extent(band) == pytest.approx((162.0, 206.0), abs=1e-3)
    assert np.allclose((band.max(axis=0) + band.min(axis=0)) / 2, (head.max(axis=0) + head.min(axis=0)) / 2, atol=1e-3)
    side = (162.0 - breadth["value_mm"]) / 2
    assert f"{' ± '.join(said(side, breadth['u95_mm'] / 2))} mm" in file.text


def test_an_open_band_touches_her_front_and_is_as_long_as_it_is() -> None:
    file = file_of("aurora")
    page = section_page(file)
    head = max(file.lines(page, INK), key=len)
    band = max(file.lines(page, BRASS), key=len)
    fit = TOLD["fit"]["aurora"]

    assert band[:, 1].max() == pytest.approx(head[:, 1].max(), abs=1e-3)
    assert np.linalg.norm(np.diff(band, axis=0), axis=1).sum() == pytest.approx(280.0, abs=0.05)
    assert f"between its ends: {' ± '.join(said(fit['gap_mm'], fit['gap_u95_mm']))} mm" in file.text
    across = fit["section"]["breadth"]["value_mm"], fit["section"]["length"]["value_mm"]
    assert extent(head) == pytest.approx(across, abs=1e-3), "the head in the plane of its own seat"


def test_a_ring_is_drawn_in_the_size_that_was_judged() -> None:
    file = file_of("alba")
    page = section_page(file)
    finger = TOLD["measurements"]["finger_inner_diameter_ring"]
    size = int(TOLD["fit"]["alba"]["size"].removeprefix("ISO "))

    assert extent(max(file.lines(page, INK), key=len))[0] == pytest.approx(finger["value_mm"], abs=1e-3)
    assert extent(max(file.lines(page, BRASS), key=len))[0] == pytest.approx(size / math.pi, abs=1e-3)
    assert f"size ISO {size}" in file.text


@pytest.mark.parametrize(("piece", "length"), [("noor", 580.1), ("aurora", 280.0), ("alba", 50.0), ("perla", 559.0)])
def test_the_strip_is_as_long_as_the_inside_and_the_print_can_be_checked(piece: str, length: float) -> None:
    file = file_of(piece)
    last = len(file.sizes_mm) - 1
    boxes = [each for each in file.drawn if each.page == last and each.kind == "box"]
    strips = [each.numbers[2] for each in boxes if each.ink == INK and each.numbers[3] == 14]
    tabs = [each for each in boxes if each.ink == BRASS]
    ticks = [each.numbers for each in file.drawn if each.kind == "re" and each.numbers[2:] == (0.2, 4.0)]
    bottoms = {bottom for _, bottom, *_ in ticks}
    rulers = [sorted(x for x, y, *_ in ticks if y == bottom) for bottom in bottoms]

    assert sum(strips) == pytest.approx(length, abs=1e-3)
    assert len(tabs) == len(strips) - (piece == "aurora"), "an open band is not closed"
    assert ID1_MM in [each.numbers[2:] for each in boxes]
    assert any(np.allclose(xs, xs[0] + np.arange(0, 101, 10)) for xs in rulers if len(xs) == 11)
    assert all(size == pytest.approx(A4_MM, abs=1e-3) for size in file.sizes_mm)
    assert b"/PrintScaling /None" in file.bytes


@pytest.mark.parametrize("piece", sorted(TOLD["fit"]))
def test_no_words_are_printed_over_others(piece: str, tmp_path: Path) -> None:
    def with_hand(told: dict[str, Any]) -> None:
        sizes = {"wrist_circumference": 164.2, "hand_circumference": 182.3}
        sizes |= {f"finger_inner_diameter_{each}": 16.6 for each in ("index", "middle", "ring", "little")}
        like = told["measurements"]["head_breadth"]
        for name, value_mm in sizes.items():
            doubt = {f"u95{part}_mm": 0.06 * value_mm for part in ("", "_random", "_systematic")}
            told["measurements"][name] = {**like, "name": name, "value_mm": value_mm, **doubt, "hand": "left"}

    file = read(pages(card_of(piece, changed(tmp_path, with_hand))))

    assert "Hand, round over the knuckles" in file.text
    words = [each for each in file.drawn if each.words.strip()]
    for one, other in itertools.combinations(words, 2):
        (x, y, height), (other_x, other_y, other_height) = one.numbers, other.numbers
        if one.page == other.page and abs(y - other_y) < 0.6 * min(height, other_height):
            ends = x + width_mm(one.words, one.kind, height), other_x + width_mm(other.words, other.kind, other_height)
            assert min(ends) <= max(x, other_x) + 0.1, f"{one.words!r} over {other.words!r}"


@pytest.mark.parametrize("piece", sorted(TOLD["fit"]))
def test_everything_stands_on_the_page_and_is_read(piece: str) -> None:
    card = card_of(piece)
    file = read(pages(card))

    for each in file.drawn:
        if each.words:
            x, y, height = each.numbers
            assert x > 12, each.words
            assert x + width_mm(each.words, each.kind, height) < A4_MM[0] - 12, each.words
            assert 10 < y < A4_MM[1] - 12, each.words
        for x, y in each.points:
            assert 6 < x < A4_MM[0] - 6
            assert 6 < y < A4_MM[1] - 6
    assert all("page" in words for words in file.ornament), "only page numbers are not read"
    assert file.said[2] == ("H1", card.piece.name)
    for note in card.fit.notes:
        assert note.action in file.text
        assert note.because in file.text
    if card.fit.next_step is not None:
        assert card.fit.next_step.action in file.text
    for quantity in card.quantities:
        words = (
            "not measured" if quantity.told is None else " ± ".join(said(quantity.told.value_mm, quantity.told.u95_mm))
        )
        assert words in file.text
        assert quantity.words in file.text


def test_sizes_are_those_of_the_measures() -> None:
    card = card_of("alba")
    hats, *_ = card.sizes
    rings = next(size for size in card.sizes if size.words == "Ring for the ring finger")
    text = read(pages(card)).text

    for system in SYSTEMS:
        assert hats.odds[system][0].label == hat_label(system, TOLD["measurements"][hats.quantity.name]["value_mm"])
        assert rings.odds[system][0].label == ring_label(system, TOLD["measurements"][rings.quantity.name]["value_mm"])
        for size in (hats, rings):
            assert sum(odds.probability for odds in size.odds[system]) == pytest.approx(1, abs=0.05)
            assert f"{size.odds[system][0].label} ({100 * size.odds[system][0].probability:.0f} %)" in text


def test_the_table_says_what_the_measures_say(tmp_path: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(table(card_of("noor", order="=2+2")), newline="")))
    measures = {row["item"]: row for row in rows if row["part"] == "measure"}
    told = TOLD["measurements"] | TOLD["over_hair"]

    assert {name for name, row in measures.items() if row["value"]} == set(told)
    for name, row in measures.items():
        if name in told:
            assert (float(row["value"]), float(row["u95"])) == (told[name]["value_mm"], told[name]["u95_mm"])
            assert row["unit"] == ("" if name == "head_shape_index" else "mm")
        else:
            assert "not measured" in row["words"]
            assert not row["u95"]
    side, _ = (float(row["value"]) for row in rows if row["part"] == "section")
    assert side == pytest.approx((162.0 - told["head_breadth_over_hair"]["value_mm"]) / 2, abs=0.01)
    verdict = next(row for row in rows if row["item"] == "fits")
    assert float(verdict["probability"]) == TOLD["fit"]["noor"]["probability"]
    assert [row["item"] for row in rows if row["part"] == "note"] == [n["code"] for n in TOLD["fit"]["noor"]["notes"]]
    assert next(row for row in rows if row["item"] == "order")["words"] == "'=2+2", "no spreadsheet runs it"


def test_numbers_that_she_gave_are_not_said_to_be_seen(tmp_path: Path) -> None:
    def given(told: dict[str, Any]) -> None:
        told["capture"] = {"accepted": 0, "frames": 0, "reasons": []}
        for each in (*told["measurements"].values(), *told["over_hair"].values()):
            each["scale"] = {**each["scale"], "source": "given", "u95_percent": 200.0}

    text = read(pages(card_of("noor", changed(tmp_path, given)))).text

    assert "No camera measured her: these are numbers that she gave, and what follows from them." in text
    assert "Millimetres rest on: what was given." in text
    assert "0 of 0" not in text


def test_what_was_not_measured_says_so_and_what_to_do(tmp_path: Path) -> None:
    def blind(told: dict[str, Any]) -> None:
        told["measurements"], told["over_hair"] = {}, {}
        told["capture"] = {"accepted": 0, "frames": 90, "reasons": ["face_not_found", "some_new_code"]}
        fit = {"verdict": "cannot_tell", "probability": 0.0, "gap_mm": None, "gap_u95_mm": None, "notes": []}
        told["fit"]["noor"] = fit

    card = card_of("noor", changed(tmp_path, blind))
    file = read(pages(card))

    assert section(card) is None
    assert "What decides it was not measured." in file.text
    assert (
        "0 of 90 frames could be used. No face was found. Sit in the light, face to the camera. Some new code."
        in file.text
    )
    assert "Head, breadth over the hair: not measured, so it cannot be drawn. Lay your hair flat" in file.text
    assert "Hat: not measured." in file.text
    assert "Nothing was measured." in file.text
    assert " 0 ±" not in file.text
    rows = csv.DictReader(io.StringIO(table(card), newline=""))
    assert [row["value"] for row in rows if row["part"] in ("measure", "size", "verdict")].count("") > 20


def test_measures_that_no_oval_has_are_named(tmp_path: Path) -> None:
    def round_(told: dict[str, Any]) -> None:
        told["measurements"]["head_circumference_over_hair"]["value_mm"] = 660.0

    assert "do not belong to one oval" in read(pages(card_of("noor", changed(tmp_path, round_)))).text


def test_a_head_in_too_much_doubt_is_not_drawn_off_the_page(tmp_path: Path) -> None:
    def wide(told: dict[str, Any]) -> None:
        told["over_hair"]["head_breadth_over_hair"]["u95_mm"] = 60.0

    assert "larger than this page" in read(pages(card_of("noor", changed(tmp_path, wide)))).text


@pytest.mark.parametrize(
    ("change", "reason", "words"),
    [
        (lambda told: told["fit"].pop("noor"), "piece_not_judged", "Measure again with --piece noor"),
        (lambda told: told.pop("capture"), "measures_unreadable", "capture"),
        (lambda told: told.pop("over_hair"), "measures_unreadable", "over_hair"),
        (
            lambda told: told["measurements"]["head_breadth"].pop("u95_mm"),
            "measures_unreadable",
            r"`u95_mm` - at `\$\.measurements",
        ),
        (
            lambda told: told["measurements"]["head_breadth"].update(value_mm=-3),
            "measures_unreadable",
            "head_breadth|value_mm",
        ),
        (lambda told: told["fit"]["noor"].update(verdict="perfect"), "measures_unreadable", "verdict"),
        (lambda told: told["fit"]["noor"].update(size="XXL"), "size_unknown", "XXL"),
    ],
)
def test_measures_that_a_card_cannot_rest_on_are_refused(
    change: Callable[[dict[str, Any]], object], reason: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match=words) as refusal:
        card_of("noor", changed(tmp_path, change))
    assert refusal.value.reason == reason


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (None, "measures_missing"),
        (b"no JSON", "measures_unreadable"),
        (b"[]", "measures_unreadable"),
        (b"\xff\xfe{}", "measures_unreadable"),
        (b" " * (1 << 21), "measures_too_large"),
    ],
)
def test_a_file_that_is_not_ours_is_refused(text: bytes | None, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "measures.json"
    if text is not None:
        path.write_bytes(text)
    with pytest.raises(InputError, match=r"measures\.json") as refusal:
        read_record(path)
    assert refusal.value.reason == reason


def test_a_perched_crown_is_drawn_on_the_head_where_it_rests() -> None:
    file = file_of("imperia")
    page = section_page(file)
    head, crown = (max(file.lines(page, ink), key=len) for ink in (INK, BRASS))
    fit = TOLD["fit"]["imperia"]

    assert min(np.subtract(extent(crown), extent(head))) == pytest.approx(0.0, abs=1e-3), "it just touches her"
    side = next(note for note in fit["notes"] if note["code"] == "side_pads")["words"]["because"][0]["values"]
    assert f"{side['side']} mm" in file.text, "as the note says it"
    assert "0.0 ±" not in file.text, "where it touches her there is no room to tell of"
    rests = " ± ".join(said(fit["gap_mm"], fit["gap_u95_mm"]))
    assert f"How far below the top of the head its base rests: {rests} mm" in file.text


def test_the_card_says_how_well_her_camera_is_known(tmp_path: Path) -> None:
    def guessed(told: dict[str, Any]) -> None:
        told["capture"]["camera"] = {"source": "prior", "focal_u95_percent": 30.0}

    assert "in 2 visits" in file_of("noor").text
    assert "Camera: calibrated, focal length ± 2 %" in file_of("noor").text
    assert "Camera: not calibrated" in read(pages(card_of("noor", changed(tmp_path, guessed)))).text


def test_what_may_fit_as_it_is_is_not_told_to_be_changed(tmp_path: Path) -> None:
    def doubtful(told: dict[str, Any]) -> None:
        told["fit"]["noor"]["verdict"] = "adjust"

    assert "It fits, perhaps once adjusted" in read(pages(card_of("noor", changed(tmp_path, doubtful)))).text


def test_nobody_is_told_to_cut_while_nobody_can_tell() -> None:
    file = file_of("alba")

    assert "Cut and bend nothing on this yet" in file.text
    assert "Nothing to do" not in file.text


def test_planned_hair_is_what_is_drawn_and_said(tmp_path: Path) -> None:
    def plan(told: dict[str, Any]) -> None:
        breadth = told["over_hair"]["head_breadth_over_hair"]
        wider = breadth | {"value_mm": breadth["value_mm"] + 5.0}
        told["planned_hair"] = {"name": "updo", "measurements": {"head_breadth_over_hair": wider}}

    file = read(pages(card_of("noor", changed(tmp_path, plan))))
    head = max(file.lines(section_page(file), INK), key=len)

    assert extent(head)[0] == pytest.approx(TOLD["over_hair"]["head_breadth_over_hair"]["value_mm"] + 5.0, abs=1e-3)
    assert "it is planned in an updo" in file.text


def test_sizes_span_what_is_possible_and_the_wearer_reads_the_same() -> None:
    card = card_of("alba")
    text = read(pages(card)).text
    said_to_her = {row["kind"]: row["systems"] for row in TOLD["sizes"]}

    assert "56 to 60" in text
    assert "14 to 16 in" in text
    for size, systems in zip(card.sizes, said_to_her.values(), strict=True):
        for system in SYSTEMS:
            first, last = (each.label for each in spanned(size.odds[system]))
            assert (systems[system]["from"], systems[system]["to"]) == (first, last), size.words
            told = size.quantity.told
            if size.words == "Hat" and told is not None:
                ends = (hat_label(system, told.value_mm + sign * told.u95_mm) for sign in (-1, 1))
                assert (first, last) == tuple(ends), "U spans the same"


@pytest.mark.parametrize("piece", sorted(TOLD["fit"]))
def test_no_measured_number_of_a_note_is_without_its_doubt(piece: str) -> None:
    declared = {"most", "lean", "of", "inches"}  # a limit, the bow, a probability, a length's name
    for note in TOLD["fit"][piece]["notes"]:
        for phrase in (note["words"]["action"], *note["words"]["because"]):
            for name, value in phrase["values"].items():
                exact = name in declared or phrase["key"] in ("bangle_odds", "bangle_odds.over", "wide_band.because")
                assert exact or " ± " in value, (phrase["key"], name, value)
        assert note["u95_mm"] > 0 or note["mm"] == 0 or note["code"] in ("bangle_odds", "wide_band"), note["code"]
    for each in (LIVE, None):
        text = read(pages(card_of(piece, live=each))).text
        assert ("No live record" in text) == (each is None)

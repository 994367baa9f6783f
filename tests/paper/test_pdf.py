"""The PDF writer: words come back, what is read and in which order, lines that fit their room."""

from __future__ import annotations

import datetime

import cv2
import numpy as np
import pytest

from tests.paper.reader import read
from tryon.paper.letters import encoded, lines, width_mm
from tryon.paper.pdf import Document
from tryon.paper.qr import qr


def test_words_come_back_with_their_accents() -> None:
    document = Document("Zoë · 木")
    words = r"a (b) c\d é ½ × ± – ß"
    with document.element("P"):
        document.page().text(10, 20, words)
    file = read(document.pdf())

    assert file.title == "Zoë · 木"
    assert file.said == [("P", words)]
    assert encoded("ń 木") == b"n ?", "no reader has these letters: the accent goes first"


def test_elements_are_read_in_their_order_on_every_page_and_ornament_is_not() -> None:
    document = Document("order", made_on=datetime.date(2026, 11, 22))
    first, second = document.page(), document.page((100, 50))
    with document.element("L"):
        with document.element("LI"):
            first.text(0, 10, "one")
            second.text(0, 10, "two")
        with document.element("LI"):
            second.text(0, 20, "three")
    first.text(0, 5, "page 1")
    with document.element("Figure", instead="a “line”"):
        second.line([(0, 0), (10, 0)])
        first.fill([(0, 0, 1, 1)])
    file = read(document.pdf())

    assert file.said == [("LI", "one"), ("LI", "two"), ("LI", "three"), ("Figure", "a “line”")]
    assert file.ornament == ["page 1"]
    assert file.sizes_mm == [pytest.approx((210, 297), abs=1e-3), pytest.approx((100, 50), abs=1e-3)]
    assert b"/MarkInfo << /Marked true >>" in file.bytes
    assert b"/Lang (en)" in file.bytes
    assert b"/CreationDate (D:20261122)" in file.bytes


def test_an_anchored_word_stands_where_it_should() -> None:
    page = Document("anchor").page()
    page.text(100, 10, "tree", height_mm=10, anchor="right")
    page.text(100, 20, "tree", height_mm=10, anchor="middle")

    # Adobe's own widths of Helvetica: t 278, r 333, e 556, e 556
    assert "82.77 10 Td" in page.content()
    assert "91.385 20 Td" in page.content()


def test_lines_fit_their_room_and_lose_no_word() -> None:
    words = "Lay a ring that fits this finger beside a card, flat, and show both. " * 3
    broken = list(lines(words, "serif", 3.2, 60))

    assert " ".join(broken).split() == words.split()
    assert all(width_mm(line, "serif", 3.2) <= 60 for line in broken)
    assert len(broken) < width_mm(words, "serif", 3.2) / 60 * 1.3 + 1
    assert list(lines("unbreakable", "sans", 10, 5)) == ["unbreakable"]


def test_a_code_on_a_page_is_read_back() -> None:
    address = "https://atelier.example/p/abcdefghijklmnopqrstuvwxyz"
    document = Document("code")
    with document.element("Figure", instead=address):
        qr(document.page((60.0, 60.0)), 10.0, 10.0, 40.0, address)
    per_mm = 10
    paper = np.full((60 * per_mm, 60 * per_mm), 255, np.uint8)
    black = [each for each in read(document.pdf()).drawn if each.kind == "re" and each.ink == (0.0, 0.0, 0.0)]
    for left, bottom, width, height in (each.numbers for each in black):
        rows = slice(round((60 - bottom - height) * per_mm), round((60 - bottom) * per_mm))
        paper[rows, round(left * per_mm) : round((left + width) * per_mm)] = 0

    found, _, _ = cv2.QRCodeDetector().detectAndDecode(paper)
    assert found == address

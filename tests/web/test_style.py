"""Contrast, computed from the custom properties a shop may change (WCAG 2.2: 4.5 for text, 3 for what is drawn)."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

WEB = Path(__file__).resolve().parents[2] / "web"
STYLE = (WEB / "style.css").read_text()
Colour = tuple[float, float, float]


def block(selector: str) -> dict[str, str]:
    found = re.search(re.escape(selector) + r" \{(.*?)\n\s*\}", STYLE, re.S)
    assert found, selector
    return dict(re.findall(r"(--[\w-]+): ([^;]+);", found[1]))


LIGHT = block(":root")
DARK = LIGHT | block(':root[data-theme="dark"]')
THEMES = {"light": LIGHT, "dark": DARK}


def colour(text: str) -> Colour:
    assert re.fullmatch(r"#[0-9a-f]{6}", text), text
    return tuple(int(text[i : i + 2], 16) / 255 for i in (1, 3, 5))  # type: ignore[return-value]


def luminance(rgb: Colour) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: Colour, b: Colour) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def over(top: Colour, share: float, ground: Colour) -> Colour:
    return tuple(share * t + (1 - share) * g for t, g in zip(top, ground, strict=True))  # type: ignore[return-value]


def test_contrast_knows_its_ends() -> None:
    assert contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21)
    assert contrast((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)) == 1


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("ground", ["--ground", "--raised", "--sunk"])
@pytest.mark.parametrize("text", ["--ink", "--ink-soft", "--metal"])
def test_text_can_be_read_on_every_ground(theme: str, ground: str, text: str) -> None:
    tokens = THEMES[theme]

    assert contrast(colour(tokens[text]), colour(tokens[ground])) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
def test_the_button_that_matters_can_be_read(theme: str) -> None:
    tokens = THEMES[theme]

    assert contrast(colour(tokens["--on-metal"]), colour(tokens["--metal"])) >= 4.5


@pytest.mark.parametrize("words", ["#f6f1e7", "#ecd29b"])
@pytest.mark.parametrize("picture", [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)], ids=["black", "white"])
def test_words_on_the_picture_can_be_read_whatever_is_behind_them(words: str, picture: Colour) -> None:
    shares = [int(share) / 100 for share in re.findall(r"var\(--over\) (\d+)%, transparent\)(?! 50%)", STYLE)]
    veil = min(share for share in shares if share > 0.6)

    assert contrast(colour(words), over(colour(LIGHT["--over"]), veil, picture)) >= 4.5
    assert words in STYLE


def test_both_ways_to_dark_are_one() -> None:
    assert block(':root:not([data-theme="light"])') == block(':root[data-theme="dark"]')


def test_whoever_wants_less_motion_gets_none() -> None:
    durations = re.findall(r"(?:animation|transition):[^;]*?(\d+(?:\.\d+)?m?s)", STYLE)

    assert durations == ["1.8s"], "all other durations are custom properties"
    assert re.search(r"prefers-reduced-motion: reduce\) \{\s*:root \{\s*--soon: 0ms;\s*--slow: 0ms;", STYLE)
    assert re.search(r"prefers-reduced-motion: reduce\) \{\s*\.waiting::after \{\s*animation: none;", STYLE)


def test_every_page_that_opens_the_request_is_dressed_for_it() -> None:
    """The sheet opens over the mirror, at home and at a meeting."""
    for name in ("index.html", "session.html", "request.html"):
        assert 'href="/web/request.css"' in (WEB / name).read_text(), name

"""A ring beside a card and a band round a head, drawn as a camera would see them, through the command's own path."""

from __future__ import annotations

import re
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec import json
from PIL import Image

from tests.command import ROOT
from tryon import jobs
from tryon.bench.bands import OnTable, View, Wound, seen_band, seen_ring
from tryon.body.band import BANDS
from tryon.body.ring import LAID, Coin, Inner
from tryon.calibration import read_calibration
from tryon.conclusion import origins
from tryon.errors import InputError
from tryon.fit.given import known
from tryon.geometry.camera import prior_camera
from tryon.owned import CURES, coin_beside_card, coin_in, inner_in, laid_told, owned_bangle, owned_ring, read_owned
from tryon.picture import write_picture
from tryon.settings import load
from tryon.types import U8

RING = OnTable(17.3, place_mm=(66.0, 4.0), metal=200.0, table=80.0)
VIEW = View(focal_px=1100.0, size_px=(960, 720), distance_mm=210.0, turn=(0.05, -0.04, 0.1), blur_px=0.6, noise=2.0)


def picture(ring: OnTable, *, card: bool = True) -> U8:
    """(h, w, 3) of it."""
    return seen_ring(ring, VIEW, np.random.default_rng(3), card=card)


@pytest.fixture(scope="module")
def laid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ring beside a card."""
    path = tmp_path_factory.mktemp("laid") / "ring.png"
    write_picture(path, picture(RING))
    return path


def test_a_ring_beside_a_card_tells_its_finger(laid: Path) -> None:
    (found,) = read_owned(owned_ring(f"ring:{laid}"))

    assert found.name == "finger_inner_diameter_ring"
    assert found.method == "ring she wears"
    assert abs(found.value_mm - 17.3) < 2 * found.std_mm
    assert 2 * found.std_mm < 0.55


@pytest.mark.parametrize(
    ("ring", "card", "why"),
    [
        (replace(RING, filled=True), True, {"ring_no_hole", "ring_not_found"}),
        (replace(RING, place_mm=(53.5, 4.0)), True, {"ring_touches_card"}),
        (RING, False, {"ring_no_card"}),
        (replace(RING, oval=0.08), True, {"ring_not_round", "ring_not_found"}),
    ],
    ids=["disc", "touching", "no card", "bent"],
)
def test_what_cannot_be_measured_says_why(ring: OnTable, card: bool, why: set[str]) -> None:
    found = inner_in(picture(ring, card=card), LAID["ring"])

    assert not isinstance(found, Inner)
    assert found in why
    assert found in CURES


def test_a_wrong_word_or_picture_is_one_clear_line(tmp_path: Path) -> None:
    for text in ("thumb:a.jpg", "ring", "ring:"):
        with pytest.raises(InputError, match="index, middle, ring, little"):
            owned_ring(text)
    write_picture(tmp_path / "grey.png", np.full((240, 320, 3), 120, np.uint8))
    with pytest.raises(InputError, match="bank card"):
        read_owned(owned_ring(f"ring:{tmp_path / 'grey.png'}"))


def test_a_picture_of_a_closed_band_narrows_the_head(tmp_path: Path, laid: Path) -> None:
    grey = seen_band(Wound(BANDS[0], 571.0, slip_mm=2.0), View(distance_mm=380.0), np.random.default_rng(4))
    write_picture(tmp_path / "band.png", np.repeat(grey[..., None], 3, axis=2))

    def told(*, checked: bool) -> dict[str, dict[str, Any]]:
        found = jobs.measure(
            load({}),
            [tmp_path / "band.png"],
            camera_of=prior_camera,
            owned=[owned_ring(f"index:{laid}")],
            print_checked=checked,
        )
        assert ("print_unchecked" in found["capture"]["reasons"]) is not checked
        assert "finger_inner_diameter_index" in found["measurements"]
        return dict(found["measurements"])

    sure, loose = (told(checked=checked)["head_circumference_over_hair"] for checked in (True, False))
    assert abs(sure["value_mm"] - 571.0) < sure["u95_mm"] < 6.5, "facts: fit, section 9: 5 to 6"
    assert "paper band" in str(sure["method"])
    assert sure["scale"]["source"] == "marker"
    assert loose["u95_mm"] > 2 * sure["u95_mm"], "nobody held the print against a card"


def test_a_picture_of_a_browser_tells_the_same_or_what_to_do(laid: Path) -> None:
    told = laid_told(laid.read_bytes(), "ring", load({}).calibration)
    assert told.value_mm is not None
    assert told.u95_mm is not None
    assert abs(told.value_mm - 17.3) < told.u95_mm < 0.55
    json.encode(told)  # plain numbers: it goes over a socket

    out = BytesIO()
    Image.fromarray(picture(RING, card=False)).save(out, "PNG")
    refused = laid_told(out.getvalue(), "ring", load({}).calibration)
    assert (refused.value_mm, refused.refused) == (None, "ring_no_card")
    assert "from straight above" in refused.detail


@pytest.mark.parametrize("seed", range(4))
def test_through_a_longer_lens_it_is_read_too(seed: int) -> None:
    """Two circles about one middle are the rims, not the lower rim nor the shadow beside them."""
    turn = (0.04, -0.1 + 0.05 * seed, 0.2)
    view = View(focal_px=1900, size_px=(1280, 960), distance_mm=320.0, turn=turn, blur_px=0.7, noise=2.0)
    ring = OnTable(16.2 + seed, height_mm=3.5, place_mm=(66.0, 6.0 * seed - 9.0), metal=190.0, table=130.0)
    found = inner_in(seen_ring(ring, view, np.random.default_rng(seed)), LAID["ring"])
    assert isinstance(found, Inner)
    assert abs(found.value_mm - ring.inner_mm) < 2 * found.std_mm < 0.6


def test_what_was_read_is_given_as_the_command_fuses_it(laid: Path) -> None:
    """On the page it goes by way of what she knows."""
    (read,) = read_owned(owned_ring(f"left-ring:{laid}"))
    values = [f"{read.value_mm:.2f}", f"{2 * read.std_mm:.2f}"]
    given = known([(read.name, values, "laid", "mm", "left")], origins(read_calibration(Path(load({}).calibration))))

    assert isinstance(given, tuple)
    told = given[0].measurement()
    assert (told.name, told.method, told.scale_source, told.hand) == (read.name, read.method, "card", "left")
    assert told.value_mm == pytest.approx(read.value_mm, abs=0.005)
    assert told.std_mm == pytest.approx(read.std_mm, abs=0.005)
    assert owned_bangle("right:bangle.png").hand == "right"


EURO = Coin("1 €", 23.25, 2.33)


def with_coin(across_mm: float, seed: int = 3, *, metal: float = 200.0) -> U8:
    """(h, w, 3) of a coin as broad as that beside a card."""
    coin = OnTable(across_mm - 2, 1.0, EURO.thickness_mm, place_mm=(66.0, 4.0), metal=metal, table=80.0, filled=True)
    return seen_ring(coin, VIEW, np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(4))
def test_a_coin_of_its_size_says_that_the_card_is_of_its_own(seed: int) -> None:
    found = coin_in(with_coin(23.25, seed), EURO)
    assert isinstance(found, Inner), found
    assert abs(found.value_mm - 23.25) < 2 * found.std_mm < 0.75


@pytest.mark.parametrize("share", [0.96, 1.04])
def test_a_card_that_is_larger_or_smaller_than_one_is_known_by_the_coin(share: float) -> None:
    """By a card 4 % too large every length is 4 % too small."""
    assert coin_in(with_coin(23.25 * share), EURO) == "coin_disagrees"
    assert "bank card" in CURES["coin_disagrees"]


@pytest.mark.parametrize("metal", [78.0, 85.0, 92.0, 105.0])
def test_a_coin_the_colour_of_its_table_speaks_against_no_card(metal: float) -> None:
    found = coin_in(with_coin(23.25, metal=metal), EURO)
    assert isinstance(found, Inner) or found == "ring_not_found"


def test_the_coin_is_named_and_its_picture_says_so(tmp_path: Path) -> None:
    coins = read_calibration(Path(load({}).calibration)).coins
    write_picture(tmp_path / "coin.png", with_coin(23.25))
    assert abs(coin_beside_card(f"eur-1:{tmp_path / 'coin.png'}", coins).value_mm - 23.25) < 0.3
    with pytest.raises(InputError, match="See which coin it is"):
        coin_beside_card(f"eur-0.50:{tmp_path / 'coin.png'}", coins)
    for text in ("eur-9:a.png", "eur-1", "eur-1:"):
        with pytest.raises(InputError, match=r"there are: eur-0\.02"):
            coin_beside_card(text, coins)

    still = (tmp_path / "coin.png").read_bytes()
    told = laid_told(still, "eur-1", load({}).calibration)
    assert told.value_mm is not None
    assert not told.refused
    assert laid_told(still, "gbp-2", load({}).calibration).refused in ("coin_disagrees", "ring_not_found")
    with pytest.raises(InputError, match="eur-1"):
        laid_told(still, "eur-9", load({}).calibration)


def test_the_coins_of_the_page_are_those_of_the_table() -> None:
    script = (ROOT / "web" / "laid.js").read_text()
    listed = dict(re.findall(r'\["([a-z]{3}-[\d.]+)", "([^"]+)"\]', script))
    coins = read_calibration(Path(load({}).calibration)).coins
    assert listed == {name: coin.label for name, coin in coins.items()}

"""Photo mode on the real page: no camera, a photo of hers or a head of our own, and the crown is on it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.web.house import House, open_house
from tryon.jobs import Adorned
from tryon.media.clips import read_clip
from tryon.picture import rgb_from_frame, rgb_of
from tryon.server.studio import Studio
from tryon.settings import HERE

Opens = Callable[..., Page]
REFUSES = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{}'));"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """With the true catalogue: it draws."""
    with open_house(tmp_path, assets=HERE / "assets") as house:
        yield house


@pytest.fixture
def hers(clip: Path, tmp_path: Path) -> Path:
    """A photo with more beside its pixels than anybody should be sent."""
    path = tmp_path / "her.jpg"
    picture = Image.fromarray(rgb_from_frame(next(iter(read_clip(clip)))))
    exif = Image.Exif()
    exif[0x010F] = "WHERE AND WHEN"
    picture.save(path, quality=95, exif=exif)
    return path


def shown(page: Page) -> bytes:
    """The picture in the mirror's place, as a file."""
    read = """(img) => new Promise((done) => {
        const canvas = document.createElement('canvas');
        [canvas.width, canvas.height] = [img.naturalWidth, img.naturalHeight];
        canvas.getContext('2d').drawImage(img, 0, 0);
        canvas.toBlob(async (blob) => done(Array.from(new Uint8Array(await blob.arrayBuffer()))));
    })"""
    return bytes(page.locator(".photo-picture").evaluate(read))


def drawn(page: Page, words: str) -> None:
    expect(page.locator(".photo-said")).to_have_text(words)
    expect(page.locator(".photo")).to_have_attribute("aria-busy", "false")


def test_a_refused_camera_a_photo_and_the_crown_is_on_her_head(
    house: House, visit: Opens, hers: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[bytes] = []
    adorn = Studio.adorn

    async def seen(studio: Studio, picture: bytes, pieces: Sequence[str]) -> Adorned:
        sent.append(picture)
        return await adorn(studio, picture, pieces)

    monkeypatch.setattr(Studio, "adorn", seen)
    page = visit(path="/?piece=aurora", script=REFUSES.format("NotAllowedError"))
    page.click("[data-action=agree]")
    page.wait_for_selector(".room[data-state=denied]")
    page.get_by_role("button", name="Try it on a photo instead").click()

    expect(page.locator(".panel-title")).to_be_focused()
    expect(page.get_by_text("You may have a photo that I choose")).to_be_visible()
    assert sent == []
    with page.expect_file_chooser() as choosing:
        page.get_by_role("button", name="I agree, choose a photo").click()
    choosing.value.set_files(hers)
    page.wait_for_selector(".room[data-state=photo]")
    drawn(page, "You see Aurora: style, not size.")

    [posted] = sent
    assert b"WHERE AND WHEN" in hers.read_bytes()
    assert b"WHERE AND WHEN" not in posted
    assert '"photo"' in (house.data / "consents.jsonl").read_text()
    before, after = rgb_of(posted).astype(float), rgb_of(shown(page)).astype(float)
    assert after.shape == before.shape
    # without the corner with the shop's mark
    rows, columns = np.nonzero(np.abs(after - before)[:600].mean(axis=2) > 40)
    # her hair is at columns 485 to 790; the crown stands on it, over her brows
    assert len(rows) > 3000
    assert 100 < np.percentile(rows, 5) < np.percentile(rows, 95) < 300
    assert 640 - 190 < np.percentile(columns, 2) < np.percentile(columns, 98) < 640 + 190
    expect(page.locator(".photo .badge")).to_have_text("Style, not size")
    kept = [path for path in house.data.rglob("*") if path.is_file() and b"\xff\xd8\xff" in path.read_bytes()]
    assert kept == []

    # other pieces, at once
    page.locator("piece-shelf").get_by_role("button", name="Perla").click()
    drawn(page, "You see Aurora and Perla: style, not size.")
    page.locator("piece-shelf").get_by_role("button", name="Alba").click()
    expect(page.locator(".photo-said")).to_contain_text("cannot be seen on this photo")

    # before and after, and kept with her snapshots
    page.get_by_role("button", name=re.compile("Before and after")).click()
    expect(page.locator(".photo-picture")).to_have_attribute("alt", "The photo, without pieces")
    page.get_by_role("button", name="Keep this picture").click()
    expect(page.locator(".snapshot-caption")).to_contain_text("style, not size")


def test_a_picture_without_anybody_is_said_and_another_can_be_chosen(
    house: House, visit: Opens, tmp_path: Path
) -> None:
    page = visit(expects=("422",))
    wall = tmp_path / "wall.png"
    Image.new("RGB", (640, 480), "#b9a06a").save(wall)
    page.get_by_role("button", name="Try it on a photo instead").click()
    page.locator("input[type=file]").set_input_files(wall)

    expect(page.locator(".panel-note")).to_contain_text("No face was found")
    (tmp_path / "words.jpg").write_text("no picture at all")
    page.locator("input[type=file]").set_input_files(tmp_path / "words.jpg")
    expect(page.locator(".panel-note")).to_contain_text("cannot read this file")
    page.get_by_role("button", name="Back").click()
    page.wait_for_selector(".room[data-state=consent]")


def test_a_head_of_our_own_needs_no_consent_and_the_camera_is_a_press_away(
    house: House, visit: Opens, chromium_bare: Browser
) -> None:
    page = visit(chromium_bare, path="/?piece=celeste&lang=fr", viewport={"width": 390, "height": 844})
    page.get_by_role("button", name="Essayer plutôt sur une photo").press("Enter")
    page.get_by_role("button", name="Modèle, de face").press("Enter")

    page.wait_for_selector(".room[data-state=photo]")
    drawn(page, "Vous voyez Celeste : pour l’allure, non la taille.")
    assert (house.data / "consents.jsonl").read_text() == ""
    page.get_by_role("button", name="Utiliser plutôt la caméra").click()
    page.wait_for_selector(".room[data-state=consent]")

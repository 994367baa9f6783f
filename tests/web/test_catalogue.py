"""The owner's catalogue in real Chromium: a file becomes a piece on the mirror's shelf, by the page's own buttons."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.sync_api import FilePayload, Page, expect

from tests.web.test_console import LOOK, PIECES, Workshop, accessible
from tests.web.test_console import workshop as workshop  # the fixture

DRAWN_MS = 120_000
"A turntable is drawn by the processor here."
FIELDS = {
    "Maker": "Maison Vesper",
    "Words for the shelf": "Volutes of platinum rise to a pear-cut diamond.",
    "Materials": "platinum 950\nAkoya pearls",
    "Weight": "87,9",
    "Inside, front to back": "176",
    "Studio edition, from": "8900",
    "Studio edition, weeks": "10",
}


def look(page: Page, name: str) -> None:
    """The whole of the page, for whoever asks to see (LOOK=folder)."""
    if not LOOK:
        return
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("document.querySelector('.catalogue').scrollHeight + 80")
    page.set_viewport_size({"width": size["width"], "height": min(height, 6000)})
    page.screenshot(path=f"{LOOK}/{name}.png")
    page.set_viewport_size(size)


def chosen(page: Page, file: FilePayload | Path) -> None:
    page.locator("#piece-mesh").set_input_files(file)


def test_a_file_becomes_a_piece_on_the_mirrors_shelf(workshop: Workshop) -> None:
    page = workshop.owner()
    page.get_by_role("link", name="Catalogue").click()
    expect(page.locator(".piece-row")).to_have_count(20)
    page.get_by_label("Name").fill("Étoile du soir")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Étoile du soir")).to_be_focused()
    accessible(page, "a new draft")
    look(page, "draft")

    # a file that cannot be used, then one that can
    chosen(page, {"name": "sketch.glb", "mimeType": "model/gltf-binary", "buffer": b"no model at all, but words"})
    expect(page.locator(".mesh-says")).to_contain_text("sketch.glb (26 byte) cannot be used.")
    expect(page.locator(".finding-errors")).to_contain_text("Export it anew as one GLB")
    chosen(page, PIECES / "aurora" / "mesh.glb")
    expect(page.locator(".mesh-says")).to_contain_text("mesh.glb (1.1 MB) can be used.")
    expect(page.get_by_label("Height above its seat")).to_have_value("36.5")

    for label, value in FIELDS.items():
        page.get_by_label(label).fill(value)
    page.get_by_label("Weight").fill("87900")
    expect(page.locator("[data-field=weight_g] .field-wrong")).to_have_text(
        "It is between 0.1 and 3,000. Did a unit slip?"
    )
    page.get_by_label("Weight").fill("abc")
    expect(page.locator("[data-field=weight_g] .field-wrong")).to_have_text("This cannot be read as a number.")
    expect(page.locator(".piece-publish")).to_contain_text("fill in what is needed")
    page.get_by_label("Weight").fill("87,9")
    expect(page.locator(".piece-kept")).to_have_text("Kept.")
    expect(page.locator(".field-wrong:visible")).to_have_count(0)

    # its pictures, and its seat: by key, by hand, in numbers
    expect(page.get_by_alt_text("Étoile du soir, as on the shelf")).to_be_visible(timeout=DRAWN_MS)
    turned = page.get_by_alt_text("Étoile du soir, turned")
    expect(turned).to_have_attribute("src", re.compile(r"turn-00\.png"))
    page.get_by_role("slider", name="Étoile du soir: turn it").press("ArrowRight")
    expect(turned).to_have_attribute("src", re.compile(r"turn-01\.png"))
    says = page.locator(".seat-says")
    expect(says).to_have_text("Drawn 0.0 mm higher, 0.0 mm forward, leaning back 38°.", timeout=DRAWN_MS)
    expect(page.locator(".seat-heads tbody tr")).to_have_count(3)
    stage = page.get_by_role("group", name="The piece on the head, from her left")
    stage.press("ArrowUp")
    stage.press("Shift+ArrowDown")
    expect(page.get_by_label("Higher, mm")).to_have_value("1")
    box = stage.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 20, y)
    page.mouse.up()
    expect(says).to_have_text(
        re.compile(r"Drawn -\d+\.\d\smm higher, [1-9]\d*\.\d\smm forward, leaning back 37°\."), timeout=DRAWN_MS
    )
    page.get_by_label("Higher, mm").fill("2")
    page.get_by_label("Forward, mm").fill("0")
    expect(says).to_have_text("Drawn 2.0 mm higher, 0.0 mm forward, leaning back 37°.", timeout=DRAWN_MS)
    expect(page.locator(".piece-kept")).to_have_text("Kept.")
    accessible(page, "a piece that is filled in")
    look(page, "filled")

    # what was filled in is there after the page was closed
    page.reload()
    expect(page.get_by_label("Words for the shelf")).to_have_value(FIELDS["Words for the shelf"])
    expect(page.get_by_label("Higher, mm")).to_have_value("2")
    page.get_by_role("button", name="Publish this version").click()
    expect(page.get_by_text("Version 1 is on the shelf.")).to_be_visible(timeout=DRAWN_MS)
    mirror = workshop.context().new_page()
    mirror.goto(workshop.address)
    expect(mirror.get_by_role("toolbar", name="Pieces").get_by_role("button", name="Étoile du soir")).to_be_attached()
    page.get_by_role("link", name="All pieces").click()
    expect(page.locator("a.piece-row")).to_contain_text("on the shelf")
    accessible(page, "the list")
    look(page, "list")

    page.locator("a.piece-row").click()
    page.get_by_role("button", name="Take it off the shelf").click()
    expect(page.get_by_text("Version 1 is off the shelf.")).to_be_visible()
    mirror.reload()
    expect(mirror.get_by_role("toolbar", name="Pieces").get_by_role("button")).to_have_count(20)


def test_on_a_phone_and_in_the_dark_the_page_holds(workshop: Workshop) -> None:
    page = workshop.owner(viewport={"width": 360, "height": 740}, color_scheme="dark")
    page.goto(f"{workshop.address}/atelier#catalogue")
    page.get_by_label("Name").fill("Lune")
    accessible(page, "the list on a phone")
    page.get_by_role("button", name="Begin").click()
    expect(page.get_by_role("heading", name="Lune")).to_be_visible()
    page.locator(".piece-more summary").click()
    accessible(page, "a draft on a phone")
    look(page, "phone")

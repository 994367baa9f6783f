"""A fit card is kept with her yes, and read in real Chromium by whoever has its link."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.paper.reader import read
from tests.web.house import House, at_rest
from tests.web.test_fit import AURORA, REPORT, begin, tell
from tests.web.test_page import SPILLS, UNREADABLE, open_mirror

Opens = Callable[..., Page]
MEASURES = json.loads((Path(__file__).resolve().parents[1] / "data" / "measures.json").read_text())
BROKEN = """() => {
  for (const fold of document.querySelectorAll("details")) fold.open = true;
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    for (const match of walk.currentNode.data.matchAll(/[\\d.,]*\\s?±\\s[\\d.,]+(\\s(mm|cm|in|po|N|g|%))?/gu)) {
      const range = document.createRange();
      range.setStart(walk.currentNode, match.index);
      range.setEnd(walk.currentNode, match.index + match[0].length);
      if (new Set([...range.getClientRects()].map(({ bottom }) => Math.round(bottom))).size > 1) found.push(match[0]);
    }
  }
  return found;
}"""
"Numbers whose doubt or unit stands in another line."


def post(house: House, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    said: dict[str, Any] = json.load(urlopen(Request(house.address + path, json.dumps(body).encode(), headers)))
    return said


def kept(house: House) -> str:
    """The path of a card that is kept."""
    words = json.load(urlopen(house.address + "/v1/consent"))
    asked = {"version": words["version"], "purposes": ["live", "measure", "keep"], "language": "en"}
    token = post(house, "/v1/consents", asked)["token"]
    said = post(house, "/v1/fits", {"piece": "aurora", "measures": MEASURES}, token)
    return f"/fit/{said['fit']}#{said['key']}"


SHOWN = ".page[data-state=shown]"


def test_the_record_is_read_judged_anew_and_deleted(house: House, visit: Opens, chromium_bare: Browser) -> None:
    path = kept(house)
    page = visit(chromium_bare, path=path, ready=SHOWN, expects=("404",))

    expect(page.get_by_role("heading", level=1)).to_have_text("Aurora")
    expect(page.locator(".page-lead")).to_contain_text("Kept until")
    expect(page.get_by_role("img", name="The head over the hair")).to_be_visible()
    expect(page.locator(".sizes table").first).to_contain_text("56 to 60")
    expect(page.locator(".fit-measures h4", has_text="Head, all round")).to_have_text("Head, all round")
    expect(page.get_by_text("For a child, please take a tape")).to_be_visible()
    listed = page.locator(".live-piece").count()
    assert listed == len(json.load(urlopen(house.address + "/v1/pieces"))["pieces"])
    page.locator(".live-piece[data-piece=lys]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Lys")
    for kind in ("PDF", "CSV", "JSON"):
        with page.expect_download() as saved:
            page.get_by_role("button", name=kind).click()
        assert saved.value.suggested_filename == f"Fit card Lys.{kind.lower()}"
    page.get_by_role("button", name="Delete it now").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Deleted")
    page.reload()
    expect(page.locator(".page[data-state=none]")).to_contain_text("nothing that matters is lost")


@pytest.mark.parametrize("width", [320, 360])
def test_on_a_narrow_screen_no_number_is_parted_from_its_doubt(
    house: House, visit: Opens, chromium_bare: Browser, width: int
) -> None:
    path = kept(house).replace("#", "?lang=fr#")
    page = visit(chromium_bare, path=path, ready=SHOWN, viewport={"width": width, "height": 700})
    expect(page.get_by_text("Toutes les mesures")).to_be_visible()

    for piece in ("aurora", "lys", "celeste"):
        page.locator(f".live-piece[data-piece={piece}]").click()
        expect(page.locator(f".live-piece[data-piece={piece}][aria-current]")).to_be_visible()
        assert page.evaluate(BROKEN) == []
        at_rest(page)
        assert page.evaluate(SPILLS) == []
        assert page.evaluate(UNREADABLE) == []


def test_it_is_kept_only_when_she_says_so(house: House, page: Page) -> None:
    report = REPORT | {
        "sizes": MEASURES["sizes"],
        "measurements": MEASURES["measurements"],
        "over_hair": MEASURES["over_hair"],
        "capture": MEASURES["capture"],
        "head": MEASURES["head"],
        "fit": {"aurora": AURORA},
    }
    tell(house, report)
    open_mirror(page)
    begin(house, page)
    page.get_by_role("button", name="Enough").click()
    expect(page.locator("dialog.fit")).to_contain_text("Comfortable bracelet")
    page.get_by_role("button", name="Keep the fit card").click()
    asked = page.get_by_role("dialog", name="Keep this fit card?")
    expect(asked).to_contain_text("You may keep this fit card for 90 days")
    asked.get_by_role("button", name="No").click()
    assert '"keep"' not in (house.data / "consents.jsonl").read_text()
    page.get_by_role("button", name="Keep the fit card").click()
    asked.get_by_role("button", name="Yes, keep it").click()
    link = page.get_by_role("dialog", name="It is kept").get_by_role("textbox").input_value()
    page.get_by_role("button", name="Done").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Fit card of Aurora").click()
    figures = [words for tag, words in read(saved.value.path().read_bytes()).said if tag == "Figure"]
    assert any(link.partition("/fit/")[2] in words for words in figures), "its code leads to what was kept"
    assert '"keep"' in (house.data / "consents.jsonl").read_text()
    page.goto(link)
    expect(page.locator(SHOWN)).to_contain_text("Aurora")

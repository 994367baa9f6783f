"""Another light, or from afar, on the real page: chosen at the mirror's foot, and the mirror shows it."""

from __future__ import annotations

import os

from playwright.sync_api import expect

from tests.web.conftest import Opens
from tests.web.house import House, until
from tests.web.test_console import faults
from tests.web.test_page import open_mirror
from tryon.types import StageView

LOOK = os.environ.get("LOOK", "")


def test_she_sees_herself_in_another_light_and_from_the_tenth_row(visit: Opens, house: House) -> None:
    page = visit(viewport={"width": 360, "height": 740})
    open_mirror(page)
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Another light, or from afar").click()
    expect(page.get_by_role("radio", name="my own room")).to_be_checked()
    assert faults(page) == []
    page.get_by_role("radio", name="a stage spot").check()
    until(lambda: house.mirror.view == StageView("spot"), "the spot")
    page.get_by_role("switch", name="As the tenth row sees me").click()
    until(lambda: house.mirror.view == StageView("spot", True), "from afar")
    if LOOK:
        page.screenshot(path=f"{LOOK}/stage-phone.png")
    page.get_by_role("button", name="Done").click()

    # a new session knows nothing of it, and is told
    house.end_sessions()
    until(lambda: len(house.pool.mirrors) == 2 and house.mirror.view == StageView("spot", True), "it is told again")
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Another light, or from afar").click()
    expect(page.get_by_role("radio", name="a stage spot")).to_be_checked()
    expect(page.get_by_role("switch", name="As the tenth row sees me")).to_have_attribute("aria-checked", "true")
    page.get_by_role("radio", name="my own room").check()
    page.get_by_role("switch", name="As the tenth row sees me").click()
    until(lambda: house.mirror.view == StageView(), "her own room")

"""Tabs that open and close leave nothing behind: no file, no thread, no session. `make soak` has a hundred."""

from __future__ import annotations

import gc
import threading
from collections.abc import Callable

import psutil
from playwright.sync_api import Page

from tests.web.house import House, until
from tests.web.test_page import open_mirror

TABS = 2


def held() -> tuple[int, int]:
    """Open files, and threads but for those that serve whoever needs one."""
    gc.collect()
    own = [each for each in threading.enumerate() if not each.name.startswith(("asyncio_", "AnyIO", "jobs"))]
    return psutil.Process().num_fds(), len(own)


def test_tabs_that_open_and_close_leave_nothing_behind(house: House, visit: Callable[..., Page]) -> None:
    def come_and_go(count: int) -> None:
        for _ in range(count):
            page = visit()
            open_mirror(page)
            page.close()
        until(lambda: not house.pool.rooms, "their sessions end")

    come_and_go(1)
    files, threads = held()
    come_and_go(TABS)
    until(lambda: held()[0] <= files and held()[1] <= threads, f"{files} files and {threads} threads, not {held()}")

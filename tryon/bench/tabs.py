"""A hundred tabs: real Chromium opens the page, agrees, sees herself with a crown, and goes; two at a time.

What the server and its processes hold is read from /proc before and after, each time when every mirror is free again
and the next one is warm. A process that has mapped EGL counts as one with GL: a session's holds one context.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from tryon.bench.browser import CAMERA_FLAGS, WAIT_S, as_camera, launch, started
from tryon.bench.rows import Row
from tryon.settings import CORES, Settings

TABS, FIRST = 100, 8
"Opened and closed, and before them: what is made once is there after a few."
TOGETHER = min(2, CORES)
STILL_S = 3.0


@dataclass(frozen=True, slots=True)
class Holds:
    """What a server holds, its processes among it."""

    files: int
    "Of the server itself."
    threads: int
    rss_mb: float
    processes: int
    contexts: int
    all_files: int
    "Of all processes."
    all_rss_mb: float


def tabs(settings: Settings, clip: Path) -> list[Row]:
    """The rows."""
    with tempfile.TemporaryDirectory() as folder:
        camera = as_camera(clip, Path(folder) / "camera.mjpeg", size_px=(640, 360))
        with started(settings, folder, warm=1) as (address, server), sync_playwright() as playwright:
            chromium = launch(playwright, *CAMERA_FLAGS, f"--use-file-for-fake-video-capture={camera}")
            try:
                _open_and_close(chromium, address, FIRST)
                before = _settled(address, server)
                began_s = time.monotonic()
                _open_and_close(chromium, address, TABS)
                took_s = time.monotonic() - began_s
                after = _settled(address, server)
            finally:
                chromium.close()
    of = f"{TABS} tabs, {TOGETHER} at a time, after {FIRST}"
    return [
        Row("open files of the server, more than before", after.files - before.files, "", 4, 0, note=of),
        Row("its threads, more", after.threads - before.threads, "", 6, 0, note=f"{before.threads} before"),
        Row("its memory, more", after.rss_mb - before.rss_mb, "MB", 20, 5, note=f"{before.rss_mb:.0f} MB before"),
        Row("processes, more", after.processes - before.processes, "", 0, 0, note=f"{before.processes} before"),
        Row("processes with GL, more", after.contexts - before.contexts, "", 0, 0, note=f"{before.contexts} before"),
        Row("open files of all processes, more", after.all_files - before.all_files, "", 12, 4),
        Row("memory of all processes, more", after.all_rss_mb - before.all_rss_mb, "MB", 60, 20),
        Row("a tab, from opening to closed", took_s / TABS, "s", note="with all that this machine does beside it"),
    ]


def _open_and_close(chromium: Browser, address: str, count: int) -> None:
    for _ in range(count // TOGETHER):
        contexts = [chromium.new_context(viewport={"width": 640, "height": 800}) for _ in range(TOGETHER)]
        pages = [context.new_page() for context in contexts]
        for page in pages:
            page.goto(address)
            page.click("[data-action=agree]")
        for page in pages:
            page.wait_for_selector(".room[data-state=live]", timeout=1000 * WAIT_S)
        for page, context in zip(pages, contexts, strict=True):
            page.close()
            context.close()
        _until(lambda: _free(address) >= TOGETHER, "every mirror is free again")


def _settled(address: str, server: int) -> Holds:
    """What it holds once that changes no more."""
    last, since_s = _holds(server), time.monotonic()

    def still() -> bool:
        nonlocal last, since_s
        now = _holds(server)
        if (now.files, now.processes, now.contexts) != (last.files, last.processes, last.contexts):
            since_s = time.monotonic()
        last = now
        return time.monotonic() - since_s > STILL_S and now.contexts > 0

    _until(still, "nothing changes any more")
    return last


def _holds(server: int) -> Holds:
    family = _family(server)
    files = {pid: _count(f"/proc/{pid}/fd") for pid in family}
    rss = {pid: _status(pid, "VmRSS") / 1024 for pid in family}
    return Holds(
        files[server],
        int(_status(server, "Threads")),
        rss[server],
        len(family),
        sum(_has_gl(pid) for pid in family),
        sum(files.values()),
        sum(rss.values()),
    )


def _family(server: int) -> list[int]:
    """The process and all below it."""
    parents: dict[int, list[int]] = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            parents.setdefault(int(_status(int(name), "PPid")), []).append(int(name))
    found, waiting = [], [server]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += parents.get(pid, [])
    return found


def _status(pid: int, name: str) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:  # it went meanwhile
        return 0.0
    return next((float(line.split()[1]) for line in lines if line.startswith(f"{name}:")), 0.0)


def _count(folder: str) -> int:
    try:
        return len(os.listdir(folder))
    except OSError:
        return 0


def _has_gl(pid: int) -> bool:
    try:
        return "libEGL" in Path(f"/proc/{pid}/maps").read_text()
    except OSError:
        return False


def _free(address: str) -> int:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(f"{address}/v1/sessions", timeout=WAIT_S) as answer:
        return int(json.load(answer)["free"])


def _until(there: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + 2 * WAIT_S
    while not there():
        if time.monotonic() > end:
            raise RuntimeError(f"never came: {what}")
        time.sleep(0.1)

"""Live, as a wearer has it: real Chromium, the real page, the real server in processes of its own.

- Latency: a canvas with a time code in its pixels is the camera (browser.js); each returned picture is read back,
  and timed to the moment the browser expects it on the screen. Pictures of a head are drawn under the code, so that
  tracking and drawing are in the figure.
- First picture: from the press on "I agree" to the first returned picture on the screen, through the page itself.

Browser, server and session share this machine's cores.
"""

from __future__ import annotations

import base64
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import av
import cv2
from playwright.sync_api import Browser, Playwright, sync_playwright

from tryon.bench.rows import Row
from tryon.bench.timecode import BITS, BLOCK_PX, CHECK_BITS
from tryon.errors import InputError
from tryon.media.clips import read_clip
from tryon.settings import Settings

CHROMIUM = "/usr/bin/chromium"
SECONDS, SETTLE_S = 15.0, 4.0
FIRST_RUNS = 3
WAIT_S = 60.0
CAMERA_FRAMES = 150
PICTURES = 45
FLAGS = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--autoplay-policy=no-user-gesture-required",
    "--allow-loopback-in-peer-connection",
    "--disable-features=WebRtcHideLocalIpsWithMdns,MediaRouter,OptimizationHints",
)
CAMERA_FLAGS = ("--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream")


def browser(settings: Settings, clip: Path) -> list[Row]:
    """The rows of the browser. Raises InputError when there is no Chromium to drive."""
    if not Path(CHROMIUM).exists():
        raise InputError("browser_missing", f"There is no {CHROMIUM}; on Debian: apt-get install chromium.")
    with tempfile.TemporaryDirectory() as folder:
        camera = as_camera(clip, Path(folder) / "camera.mjpeg")
        with sync_playwright() as playwright:
            chromium = launch(playwright, *CAMERA_FLAGS, f"--use-file-for-fake-video-capture={camera}")
            try:
                with served(settings, folder, warm=1) as address:
                    latency = _latency(chromium, address, _pictures(clip))
                    warm = [_first_picture_s(chromium, address) for _ in range(FIRST_RUNS)]
                with served(settings, folder, warm=0) as address:
                    cold = [_first_picture_s(chromium, address) for _ in range(FIRST_RUNS)]
            finally:
                chromium.close()
    return [*_rows(latency), _first_row("warm", warm, 1.5, 0.7), _first_row("cold", cold, 4.0, 2.5)]


def launch(playwright: Playwright, *flags: str) -> Browser:
    """Headless Chromium as Debian ships it, with a fresh profile, and asking no proxy for loopback."""
    return playwright.chromium.launch(
        executable_path=CHROMIUM,
        args=[*FLAGS, *flags],
        env={name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
    )


def as_camera(clip: Path, out: Path, *, frames: int = CAMERA_FRAMES, size_px: tuple[int, int] = (1280, 720)) -> Path:
    """The first pictures of a clip as Chromium reads a camera from a file (motion JPEG)."""
    with av.open(str(clip)) as source, av.open(str(out), "w", format="mjpeg") as sink:
        video = source.streams.video[0]
        stream = sink.add_stream("mjpeg", rate=30)
        stream.pix_fmt = "yuvj420p"
        stream.width, stream.height = size_px
        stream.codec_context.qmin = stream.codec_context.qmax = 2
        for number, frame in enumerate(source.decode(video)):
            if number == frames:
                break
            sink.mux(stream.encode(frame.reformat(*size_px, format="yuvj420p", dst_color_range="JPEG")))
        sink.mux(stream.encode(None))
    return out


@contextmanager
def served(settings: Settings, folder: str, *, warm: int) -> Iterator[str]:
    """`tryon serve` in a process of its own; its address."""
    with started(settings, folder, warm=warm) as (address, _):
        yield address


@contextmanager
def started(settings: Settings, folder: str, *, warm: int) -> Iterator[tuple[str, int]]:
    """The same; its address, and its process."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    environment = {
        **os.environ,
        "TRYON_HOST": "127.0.0.1",
        "TRYON_PORT": str(port),
        "TRYON_SESSIONS_WARM": str(warm),
        "TRYON_ASSETS": settings.assets,
        "TRYON_DATA": folder,
    }
    address = f"http://127.0.0.1:{port}"
    # into a file: nobody reads a pipe while the server runs, and a full one would stop it
    with tempfile.TemporaryFile() as said:
        server = subprocess.Popen([sys.executable, "-m", "tryon", "serve"], env=environment, stderr=said)
        try:
            end = time.monotonic() + WAIT_S
            while not _ready(address):
                if server.poll() is not None or time.monotonic() > end:
                    said.seek(0)
                    raise InputError("server_failed", f"The server did not start: {said.read().decode()[-500:]}")
                time.sleep(0.1)
            yield address, server.pid
        finally:
            server.terminate()
            server.wait()


def _ready(address: str) -> bool:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{address}/readyz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _pictures(clip: Path) -> list[str]:
    """The first pictures of a clip, 1280x720, as JPEG in base 64."""
    pictures = []
    for frame in islice(read_clip(clip), PICTURES):
        bgr = cv2.resize(cv2.cvtColor(frame.i420, cv2.COLOR_YUV2BGR_I420), (1280, 720), interpolation=cv2.INTER_AREA)
        pictures.append(base64.b64encode(cv2.imencode(".jpg", bgr)[1].tobytes()).decode())
    return pictures


def _latency(chromium: Browser, address: str, pictures: list[str]) -> dict[str, Any]:
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    found: dict[str, Any] = page.evaluate(
        Path(__file__).with_suffix(".js").read_text(),
        {
            "pictures": pictures,
            "seconds": SECONDS,
            "settle": SETTLE_S,
            "block": BLOCK_PX,
            "bits": BITS,
            "checkBits": CHECK_BITS,
        },
    )
    page.close()
    return found


def _first_picture_s(chromium: Browser, address: str) -> float:
    page = chromium.new_page(viewport={"width": 1280, "height": 800})
    page.goto(address)
    page.click("[data-action=agree]")
    page.wait_for_selector(".room[data-state=live]", timeout=1000 * WAIT_S)
    took_ms: float = page.evaluate(
        "() => performance.getEntriesByName('tryon-pictured')[0].startTime"
        " - performance.getEntriesByName('tryon-agreed')[0].startTime"
    )
    page.wait_for_timeout(4000)  # the pool warms the next one up after the first picture
    page.close()
    return took_ms / 1000


def _rows(found: dict[str, Any]) -> list[Row]:
    cuts = quantiles(found["latenciesMs"], n=100)
    of = f"{len(found['latenciesMs'])} pictures of {' and '.join(found['sizes'])}, {found['unread']} unread"
    server_ms = median(found["serverMs"]) if found["serverMs"] else float("nan")
    return [
        Row("canvas to screen, median", cuts[49], "ms", note=of),
        Row("canvas to screen, p95", cuts[94], "ms", 140, 85),
        Row("of it in the server, median", server_ms, "ms"),
        Row("pictures shown", found["fps"], "/s", more_is_better=True),
    ]


def _first_row(kind: str, runs_s: list[float], at_least: float, aim: float) -> Row:
    note = f"median of {len(runs_s)}: {', '.join(f'{run:.2f}' for run in runs_s)}"
    return Row(f"first picture after consent, {kind}", median(runs_s), "s", at_least, aim, note=note)

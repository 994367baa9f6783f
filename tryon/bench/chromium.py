"""The live mirror measured in a real Chromium, from canvas to screen.

    python -m tryon.bench.chromium --clip CLIP [--size 1280x720] [--seconds 15] [--json OUT]

A page draws the clip into a canvas thirty times a second, with a number in black and white blocks along the bottom
(tryon.bench.timecode), and sends the canvas to a session. The same number is read again from the composited
picture when the browser puts it on the screen (requestVideoFrameCallback). Both clocks are the page's own.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import sys
from dataclasses import asdict
from itertools import islice
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from playwright.async_api import async_playwright

from tryon.bench.live import scaled
from tryon.bench.timecode import BITS, BLOCK_PX, CHECK_BITS
from tryon.engine.local import LocalPool
from tryon.engine.pool import Spec
from tryon.media.clips import read_clip
from tryon.settings import Settings

CHROMIUM = "/usr/bin/chromium"
CLIP_FRAMES = 60
SETTLE_S = 5.0
FLAGS = [
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
]

PAGE = """
async ({pictures, width, height, block, bits, check, settle_s, seconds}) => {
  const images = await Promise.all(pictures.map(p =>
    fetch("data:image/jpeg;base64," + p).then(r => r.blob()).then(b => createImageBitmap(b))));
  const canvas = Object.assign(document.createElement("canvas"), {width, height});
  const pen = canvas.getContext("2d", {alpha: false});
  const video = Object.assign(document.createElement("video"), {muted: true, autoplay: true, playsInline: true});
  video.style.width = "100%";
  document.body.replaceChildren(video);
  const stream = canvas.captureStream(0), [camera] = stream.getVideoTracks();
  camera.contentHint = "detail";
  const pc = new RTCPeerConnection();
  const sender = pc.addTrack(camera, stream);
  const said = [];
  const channel = pc.createDataChannel("control");
  channel.onmessage = e => {
    const m = JSON.parse(e.data);
    if (m.type === "ping") channel.send(JSON.stringify({v: 1, type: "pong", data: m.data}));
    if (m.type === "stats") said.push(m.data);
  };
  pc.ontrack = e => { video.srcObject = new MediaStream([e.track]); e.receiver.jitterBufferTarget = 0; };
  const code = n => {
    let sum = 0;
    for (let s = 0; s < bits; s += check) sum ^= (n >> s) & ((1 << check) - 1);
    return (n << check) | (sum ^ 5);
  };
  const sent = new Map();
  let number = 0;
  const draw = () => {
    const i = number % (2 * images.length - 2);
    pen.drawImage(images[i < images.length ? i : 2 * images.length - 2 - i], 0, 0, width, height);
    const value = code(number);
    for (let b = 0; b < bits + check; b++) {
      pen.fillStyle = (value >> (bits + check - 1 - b)) & 1 ? "#fff" : "#000";
      pen.fillRect(b * block, height - block, block, block);
    }
    sent.set(number, performance.now());
    camera.requestFrame();
    number = (number + 1) % 65536;
  };
  const strip = Object.assign(document.createElement("canvas"), {width: bits + check, height: 1});
  const eye = strip.getContext("2d", {willReadFrequently: true});
  const read = () => {
    const w = video.videoWidth, h = video.videoHeight, scale = w / width;
    const side = block * scale;
    eye.drawImage(video, 0, h - side * 0.75, side * (bits + check), side * 0.5, 0, 0, bits + check, 1);
    const data = eye.getImageData(0, 0, bits + check, 1).data;
    let value = 0;
    for (let b = 0; b < bits + check; b++) value = value * 2 + (data[4 * b] > 127 ? 1 : 0);
    const n = Math.floor(value / (1 << check));
    return code(n) === value ? n : null;
  };
  let first = null, wrong = 0, last = -1, latencies = [], shown = 0, sizes = new Set();
  const look = now => {
    const n = read();
    if (n === null || !sent.has(n)) wrong++;
    else if (n !== last) {
      last = n; shown++;
      first ??= performance.now();
      sizes.add(video.videoWidth + "x" + video.videoHeight);
      latencies.push(performance.now() - sent.get(n));
    }
    video.requestVideoFrameCallback(look);
  };
  video.requestVideoFrameCallback(look);
  const timer = setInterval(draw, 1000 / 30);
  const begun = performance.now();
  await pc.setLocalDescription(await pc.createOffer());
  const answer = await window.openSession(pc.localDescription.sdp);
  await pc.setRemoteDescription({type: "answer", sdp: answer});
  const sleep = s => new Promise(done => setTimeout(done, s * 1000));
  while (first === null) await sleep(0.02);
  await sleep(settle_s);
  latencies = []; shown = 0; wrong = 0; sizes.clear();
  const from = performance.now();
  await sleep(seconds);
  const took = (performance.now() - from) / 1000, result = latencies;
  const stats = {};
  (await pc.getStats()).forEach(s => {
    if (s.type === "inbound-rtp" && s.kind === "video")
      stats.in = {decoded: s.framesDecoded, keys: s.keyFramesDecoded, dropped: s.framesDropped, freezes: s.freezeCount,
                  jitter_ms: 1000 * s.jitterBufferDelay / s.jitterBufferEmittedCount};
    if (s.type === "outbound-rtp" && s.kind === "video")
      stats.out = {width: s.frameWidth, height: s.frameHeight, target: s.targetBitrate, why: s.qualityLimitationReason,
                   encode_ms: 1000 * s.totalEncodeTime / s.framesEncoded, fps: s.framesPerSecond};
  });
  clearInterval(timer);
  pc.close();
  return {latencies: result, fps: shown / took, wrong, first_s: (first - begun) / 1000, sizes: [...sizes], stats,
          said: said.slice(-3)};
}
"""


async def bench(
    settings: Settings, clip: Path, *, size_px: tuple[int, int], seconds: float, pieces: tuple[str, ...], factory: str
) -> dict[str, Any]:
    """One call of a real browser."""
    pictures = []
    for frame in islice(read_clip(clip), CLIP_FRAMES):
        bgr = cv2.cvtColor(scaled(frame.i420, size_px), cv2.COLOR_YUV2BGR_I420)
        jpeg = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes()
        pictures.append(base64.b64encode(jpeg).decode())
    pool = LocalPool(Settings(**{**asdict(settings), "sessions_warm": 1}), mirror_factory=factory)
    await pool.start()
    try:
        async with async_playwright() as play:
            browser = await play.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
            page = await browser.new_page(viewport={"width": size_px[0], "height": size_px[1]})
            await page.goto("about:blank")
            await page.expose_function("openSession", lambda offer: pool.open("chromium", offer, Spec(pieces)))
            told = {
                "pictures": pictures,
                "width": size_px[0],
                "height": size_px[1],
                "block": BLOCK_PX,
                "bits": BITS,
                "check": CHECK_BITS,
                "settle_s": SETTLE_S,
                "seconds": seconds,
            }
            seen: dict[str, Any] = await page.evaluate(PAGE, told)
            await browser.close()
    finally:
        await pool.stop()
    p50, p95, p99 = (float(v) for v in np.percentile(seen.pop("latencies"), [50, 95, 99]))
    return {"size_px": size_px, "p50_ms": p50, "p95_ms": p95, "p99_ms": p99, **seen}


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tryon.bench.chromium", description="The live mirror in Chromium.")
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--size", nargs="+", default=["1280x720"])
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--piece", nargs="+", default=[])
    parser.add_argument("--factory", default="tryon.engine.process:open_mirror", help="the mirror, as module:function")
    parser.add_argument("--json", type=Path)
    given = parser.parse_args()
    results = []
    for size in given.size:
        width, height = (int(side) for side in size.split("x"))
        result = asyncio.run(
            bench(
                Settings(),
                given.clip,
                size_px=(width, height),
                seconds=given.seconds,
                pieces=tuple(given.piece),
                factory=given.factory,
            )
        )
        results.append(result)
        sys.stdout.write(
            f"{size}: p50 {result['p50_ms']:.1f} ms, p95 {result['p95_ms']:.1f} ms, {result['fps']:.1f} pictures/s, "
            f"first after {result['first_s']:.2f} s, {result['wrong']} unreadable, {json.dumps(result['stats'])}, "
            f"server {json.dumps(result['said'][-1:])}\n"
        )
    if given.json is not None:
        given.json.write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()

// Run inside the page by tryon/bench/browser.py: a canvas with a time code is the camera; how long until the
// same code is on the screen again, through the real server?

async ({ pictures, seconds, settle, block, bits, checkBits }) => {
  const { Link } = await import("/web/link.js");
  const api = await import("/web/api.js");
  const consent = await api.agree(await api.consentWords());
  const pieces = (await api.pieces()).filter((piece) => piece.worn_on === "head");
  const worn = pieces.find((piece) => piece.kind === "crown") ?? pieces[0];

  // decoded before: what a camera costs is not in the figure
  const bitmapOf = (jpeg) => createImageBitmap(new Blob([Uint8Array.from(atob(jpeg), (c) => c.charCodeAt(0))]));
  const bitmaps = await Promise.all(pictures.map(bitmapOf));
  const walk = [...bitmaps, ...bitmaps.slice(1, -1).reverse()];

  const canvas = Object.assign(document.createElement("canvas"), { width: 1280, height: 720 });
  const pen = canvas.getContext("2d", { alpha: false });
  const track = canvas.captureStream(0).getVideoTracks()[0];
  track.contentHint = "detail";
  const total = bits + checkBits;
  const codeOf = (number) => {
    let check = 0b0101;
    for (let shift = 0; shift < bits; shift += checkBits) check ^= (number >> shift) & ((1 << checkBits) - 1);
    return (number << checkBits) | (check & ((1 << checkBits) - 1));
  };
  const sentMs = new Map();
  let number = 0;
  const send = () => {
    pen.drawImage(walk[number % walk.length], 0, 0, 1280, 720);
    const code = codeOf(number);
    for (let i = 0; i < total; i++) {
      pen.fillStyle = (code >> (total - 1 - i)) & 1 ? "#fff" : "#000";
      pen.fillRect(i * block, 720 - block, block, block);
    }
    sentMs.set(number, performance.now());
    track.requestFrame();
    number = (number + 1) & ((1 << bits) - 1);
  };
  const camera = setInterval(send, 1000 / 30);

  const shown = document.createElement("video");
  shown.muted = true;
  shown.width = 1280;
  shown.height = 720;
  document.body.replaceChildren(shown);
  const strip = Object.assign(document.createElement("canvas"), { width: total * block, height: block });
  const reader = strip.getContext("2d", { willReadFrequently: true });
  const read = () => {
    reader.drawImage(shown, 0, 720 - block, total * block, block, 0, 0, total * block, block);
    const { data } = reader.getImageData(0, block / 2, total * block, 1);
    let code = 0;
    for (let i = 0; i < total; i++) {
      const value = data[4 * (i * block + block / 2)];
      if (value > 80 && value < 170) return null;
      code = (code << 1) | (value > 125 ? 1 : 0);
    }
    return codeOf(code >> checkBits) === code ? code >> checkBits : null;
  };

  const link = new Link();
  const heard = [];
  const latenciesMs = [];
  const sizes = new Set();
  let unread = 0;
  let counts = 0;
  let beganMs = 0;
  link.addEventListener("message", ({ detail }) => detail.said === "stats" && heard.push(detail.data));
  link.addEventListener("stream", ({ detail }) => {
    shown.srcObject = detail;
    shown.play();
    const look = (_, frame) => {
      shown.requestVideoFrameCallback(look);
      if (!beganMs || performance.now() - beganMs < settle * 1000) return;
      counts += 1;
      sizes.add(`${frame.width}x${frame.height}`);
      const code = read();
      // to the moment the compositor expects it on the glass
      if (code === null || !sentMs.has(code)) unread += 1;
      else latenciesMs.push(frame.expectedDisplayTime - sentMs.get(code));
    };
    shown.requestVideoFrameCallback(look);
  });
  link.pieces = [worn.id];
  await link.open(track, consent);
  beganMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, (settle + seconds) * 1000));
  const spanS = (performance.now() - beganMs) / 1000 - settle;
  link.close();
  clearInterval(camera);
  const steady = heard.slice(Math.ceil(settle));
  return {
    latenciesMs,
    unread,
    fps: counts / spanS,
    sizes: [...sizes],
    serverMs: steady.map((stats) => stats.server_ms),
    serverFps: steady.map((stats) => stats.fps),
  };
};

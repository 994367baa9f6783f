// The wearer's camera, and why it may not be there. Nothing here runs before she agreed.

/** Why there is no camera: `denied`, `not_here`, `none`, `busy`, `insecure`, `in_app` or `camera_failed`. */
export class CameraError extends Error {
  constructor(reason, cause) {
    super(reason, { cause });
    this.reason = reason;
  }
}

// each step asks for less
const LADDER = [
  { facingMode: "user", width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30, max: 30 } },
  { facingMode: "user" },
  true,
];

const REASONS = {
  NotAllowedError: "denied",
  SecurityError: "denied",
  NotFoundError: "none",
  NotReadableError: "busy",
  AbortError: "busy",
};

/** Ask for the camera, or for a certain one. Resolves to a stream with one video track; rejects with CameraError. */
export async function openCamera(deviceId = null) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new CameraError(inApp(navigator.userAgent) ? "in_app" : "insecure");
  }
  let refused;
  for (const wish of LADDER) {
    const video = deviceId ? { ...Object(wish), facingMode: undefined, deviceId: { exact: deviceId } } : wish;
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video, audio: false });
      // the server measures: pixels matter more than smoothness
      stream.getVideoTracks()[0].contentHint = "detail";
      return stream;
    } catch (error) {
      refused = error;
      if (error.name !== "OverconstrainedError") break;
    }
  }
  let reason = REASONS[refused.name] ?? "camera_failed";
  // the page that frames this one keeps the camera from it: nothing she can allow would help
  if (reason === "denied" && document.featurePolicy?.allowsFeature("camera") === false) reason = "not_here";
  throw new CameraError(reason === "denied" && inApp(navigator.userAgent) ? "in_app" : reason, refused);
}

/** Every camera there is: {id, name}; names are only told after one was allowed. */
export async function cameras() {
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices.filter(({ kind }) => kind === "videoinput").map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

/** Whether a camera looks at the wearer; one that looks away from her is not shown mirrored. */
export const facesHer = (stream) => stream.getVideoTracks()[0].getSettings().facingMode !== "environment";

/** Switch the camera off: its light goes out. */
export function closeCamera(stream) {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

/** Whether the page is shown inside another app's own browser, which mostly keeps the camera to itself. */
export const inApp = (agent) => /Instagram|FBAN|FBAV|FB_IAB|TikTok|musical_ly|BytedanceWebview|Snapchat|Line\/|MicroMessenger|; wv\)/i.test(agent);

/** Which app that is, where its way out is known: a key under `leave.`. */
export function appOf(agent) {
  if (/Instagram/i.test(agent)) return "instagram";
  if (/FBAN|FBAV|FB_IAB/i.test(agent)) return "facebook";
  if (/TikTok|musical_ly|BytedanceWebview/i.test(agent)) return "tiktok";
  return /MicroMessenger/i.test(agent) ? "wechat" : "other";
}

/** Which help to show for a refused camera: a key under `help.`. */
export function browserOf(agent) {
  const ios = /iPhone|iPad|iPod/.test(agent);
  const android = /Android/.test(agent);
  if (ios) return /CriOS/.test(agent) ? "chrome_ios" : "safari_ios";
  if (/SamsungBrowser/.test(agent)) return "samsung";
  if (/Firefox\//.test(agent)) return android ? "firefox_android" : "firefox";
  if (/Edg\//.test(agent)) return android ? "chrome_android" : "edge";
  if (/Chrome\//.test(agent)) return android ? "chrome_android" : "chrome";
  if (/Safari\//.test(agent) && /Macintosh/.test(agent)) return "safari_mac";
  return "other";
}

// Every state the mirror can be in, and what the server says of how well it sees her.

/** Of the page. All but `live` and `reconnecting` show a panel in place of the picture. */
export const STATES = [
  "consent", // nothing was asked of the camera yet
  "asking", // the browser asks her
  "denied",
  "not_here", // the page that frames the mirror keeps the camera from it
  "none",
  "busy",
  "insecure",
  "in_app",
  "camera_failed",
  "photo_ask", // before a photo leaves this device
  "photo", // a picture in the mirror's place
  "connecting",
  "live",
  "reconnecting", // the last picture stays
  "camera_lost",
  "full",
  "failed", // could not be opened; the reason has its own words
  "gone", // was lost and did not come back
  "ended",
  "withdrawn",
  "deleted", // all that was held of this visit
  // at a meeting only
  "declined",
  "over",
  "left",
  "elsewhere", // her link was opened in another window
];

/** As in tryon.types.Quality. */
export const VIEWS = ["searching", "live", "lost"];
export const HINTS = [
  "too_dark",
  "too_far",
  "too_near",
  "off_centre",
  "turned_away",
  "several_faces",
  "show_neck",
  "free_neck",
  "show_hand",
];

/** Those in which a picture is shown. */
export const shown = (state) => state === "live" || state === "reconnecting";

// The page of a meeting: the link's token says who comes, and that decides which side of it is shown.

import * as api from "./api.js";
import { MeetingChat } from "./chat.js";
import { Company } from "./company.js";
import { Console } from "./console.js";
import { el } from "./element.js";
import { FitPanel } from "./fit.js";
import { MeasureGuide } from "./measure.js";
import { Meeting } from "./meeting.js";
import { LevelMeter } from "./microphone.js";
import { TryonMirror } from "./mirror.js";
import { PieceNudge } from "./nudge.js";
import { errorKey } from "./panel.js";
import { PiecePlace } from "./place.js";
import { Room } from "./room.js";
import { PieceShelf } from "./shelf.js";
import { StillSketch } from "./sketch.js";
import { SnapshotView } from "./snapshot.js";
import { PieceTurntable } from "./turntable.js";
import { loadWords, say } from "./words.js";
import { WornList } from "./worn.js";

const TOKEN = "tryon-invitation";

/** The token of the link: it leaves the address at once, and stays in this tab, so that a reload goes on. */
function invitation() {
  const token = location.hash.slice(1);
  if (token) {
    sessionStorage.clear(); // another link is another person
    sessionStorage.setItem(TOKEN, token);
    history.replaceState(null, "", location.pathname);
  }
  return sessionStorage.getItem(TOKEN) ?? "";
}

await loadWords(["fit"]);
document.title = say("session.title");
for (const element of [TryonMirror, WornList, PieceShelf, PieceNudge, PiecePlace, SnapshotView, PieceTurntable, MeasureGuide, FitPanel, MeetingChat, LevelMeter, StillSketch]) element.define();
const token = invitation();
try {
  const about = await api.invited(token);
  const meeting = new Meeting(token, about);
  document.body.dataset.role = about.role;
  const template = document.querySelector(`template[data-role=${about.role}]`);
  document.body.prepend(template.content.cloneNode(true));
  const root = document.querySelector("main");
  if (about.role === "consultant") await new Console(root, meeting).open();
  else {
    root.querySelector("h1").textContent = say("session.title");
    root.querySelector("#mirror-keys").textContent = say("mirror.keys");
    new Company(document.body, root.querySelector("tryon-mirror"), meeting);
    await new Room(root, { meeting }).load({});
  }
} catch (error) {
  if (!error.reason) throw error;
  document.body.prepend(
    el("main", { class: "prejoin" }, el("h1", {}, say("session.closed")), el("p", {}, say(errorKey(error.reason)))),
  );
}
addEventListener("hashchange", () => location.reload());

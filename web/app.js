// The page: its words, its elements, its room.

import { FitPanel } from "./fit.js";
import { Frame } from "./frame.js";
import { MeasureGuide } from "./measure.js";
import { TryonMirror } from "./mirror.js";
import { PieceNudge } from "./nudge.js";
import { PiecePlace } from "./place.js";
import { Room } from "./room.js";
import { PieceShelf } from "./shelf.js";
import { embedded } from "./shop.js";
import { SnapshotView } from "./snapshot.js";
import { RequestForm } from "./wish.js";
import { PieceTurntable } from "./turntable.js";
import { loadWords, say } from "./words.js";
import { WornList } from "./worn.js";

const frame = embedded ? new Frame() : null;
await loadWords(["fit"]);
document.title = document.querySelector("h1").textContent = say("page.title");
document.querySelector("#mirror-keys").textContent = say("mirror.keys");
for (const element of [TryonMirror, WornList, PieceShelf, PieceNudge, PiecePlace, SnapshotView, PieceTurntable, MeasureGuide, FitPanel, RequestForm]) element.define();
const named = new URLSearchParams(location.search);
const room = new Room(document.querySelector(".room"), { shop: await frame?.shop });
frame?.attend(room);
await room.load({ pieces: [...named.getAll("piece"), ...named.getAll("sku")], set: named.get("set") });

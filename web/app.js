// The page: its words, its elements, its room.

import { TryonMirror } from "./mirror.js";
import { PieceNudge } from "./nudge.js";
import { Room } from "./room.js";
import { PieceShelf } from "./shelf.js";
import { SnapshotView } from "./snapshot.js";
import { loadWords, say } from "./words.js";

await loadWords("en");
document.title = document.querySelector("h1").textContent = say("page.title");
document.querySelector("#mirror-keys").textContent = say("mirror.keys");
for (const element of [TryonMirror, PieceShelf, PieceNudge, SnapshotView]) element.define();
await new Room(document.querySelector(".room")).load(new URLSearchParams(location.search).get("piece"));

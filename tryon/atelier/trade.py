"""The words of the trade: every fixed set of values that the atelier speaks, once."""

from __future__ import annotations

from typing import Literal, get_args

Role = Literal["client", "owner", "consultant", "artisan", "house"]
"Who acts; `house` is the service itself."
StaffRole = Literal["owner", "consultant", "artisan"]
Stage = Literal[
    "draft",
    "enquiry",
    "consultation",
    "deposit",
    "stone_sourcing",
    "cad",
    "approval_one",
    "casting",
    "setting",
    "hand_finishing",
    "approval_two",
    "qc",
    "packed",
    "delivered",
    "declined",
    "cancelled",
    "on_hold",
]
Tier = Literal["studio", "custom"]
Hairstyle = Literal["tied", "loose", "updo", "bare"]
Veil = Literal["none", "under", "over", "behind"]
OfferState = Literal["offered", "accepted", "declined", "withdrawn"]
Round = Literal["one", "two"]
"Of approval: the design for fit and scale, then the hand-finished piece."
Decision = Literal["changes", "soft", "final"]
"What the client says of a revision: change it, yes so far, yes for good."
FileKind = Literal["snapshot", "render", "design", "proof", "bench", "certificate"]
"A client's picture; a drawn design, its GLB, a photograph or film of the finished piece; from the bench; a paper."
Driver = Literal["metal", "stones", "production", "provenance", "fit", "other"]
"What a price is made of."
Check = Literal["stone_tightness", "solder", "hallmark", "weight", "finish"]
Outcome = Literal["pass", "fail", "not_applicable"]
NumberState = Literal["free", "given", "void"]
LinkKind = Literal["key", "hand_over"]
"A device's own key to a request; a link that makes such a key, once."
Purpose = Literal["atelier", "artisan", "shop", "portfolio"]
"""Who may see what a client sends: consultants; the artisan who makes it; the shop on whose page it was begun, how the
pieces fit her; anybody, as an example of our work."""

STAGES: tuple[Stage, ...] = get_args(Stage)
MAKING: tuple[Stage, ...] = STAGES[STAGES.index("enquiry") : STAGES.index("delivered") + 1]
"In the order in which a request passes through them."
CHECKS: tuple[Check, ...] = get_args(Check)

"""The addresses of the staff's side of the atelier; the handlers are in `tryon.server.desk`."""

from __future__ import annotations

import msgspec

from tryon.atelier import asked, told
from tryon.server.client_table import ADDED, ANY, BODY, BYTES, SAME, STORE, UPLOAD, WHOLE, change
from tryon.server.desk import Desk
from tryon.server.endpoints import JSON, ZIP, Answer, Endpoint, Handler

ALL = "/v1/atelier/requests"
ONE = ALL + "/{id}"
APPROVAL = ONE + "/approvals/{round}"
DRAWING = (
    *("design_refused", "size_unknown", "size_wrong", "size_differs", "face_not_found", "drawing_failed"),
    *("picture_none", "picture_not_shared", "measures_unreadable", "file_unknown", "piece_gone"),
)
KNOWN = ("staff_unknown", "role_wrong", "request_unknown")


def staff_endpoints(at: Desk) -> list[Endpoint]:
    """The table: see tryon.server.endpoints."""

    def post(
        path: str,
        handler: Handler,
        words: str,
        kind: type[msgspec.Struct],
        *reasons: str,
        answer: Answer = WHOLE,
        method: str = "POST",
        versioned: bool = False,
    ) -> Endpoint:
        return change(
            method,
            path,
            handler,
            words,
            kind,
            *reasons,
            bearer="staff",
            known=KNOWN,
            answer=answer,
            versioned=versioned,
        )

    return [
        Endpoint(
            "GET",
            ALL,
            at.list,
            "The requests that whoever asks may see, newest first; an artisan sees hers and those offered to her",
            (Answer(200, "A page of them", JSON, told.Rows),),
            ("staff_unknown", "stage_unknown", *STORE),
            bearer="staff",
            query={
                "stage": "Only at these stages.",
                "staff": "Only of these artisans and consultants.",
                "shop": "Only begun on the pages of these shops.",
                "words": "In the client's name.",
                "after": "The next page: `more` of the one before.",
            },
        ),
        Endpoint(
            "GET",
            "/v1/atelier/staff",
            at.staff,
            "Everybody of the atelier",
            (Answer(200, "All of them", JSON, told.AllStaff),),
            ("staff_unknown", *STORE),
            bearer="staff",
        ),
        Endpoint("GET", ONE, at.told, "A request with its history", (WHOLE,), (*KNOWN, *STORE), bearer="staff"),
        Endpoint(
            "GET",
            ONE + "/history",
            at.history,
            "What was done with a request, by whom and when, newest first, as the audit trail has it",
            (Answer(200, "A page of it", JSON, told.History),),
            (*KNOWN, *STORE),
            bearer="staff",
            query={"before": "The next page: `more` of the one before."},
        ),
        Endpoint(
            "GET",
            ONE + "/matches",
            at.matches,
            "Which artisans suit a request, best first, and why",
            (Answer(200, "The matches", JSON, told.Matches),),
            (*KNOWN, "piece_gone", *STORE),
            bearer="staff",
        ),
        post(
            ONE + "/offers",
            at.offer,
            "Offer it to the best match, or to the artisan a person chose; an open offer is withdrawn",
            asked.Paired,
            *("artisan_unknown", "nobody_free", "piece_gone", "stage_wrong"),
            answer=ADDED,
        ),
        post(
            ONE + "/offers/{offer}",
            at.answer,
            "Accept or decline an offer; declined, it goes to the next",
            asked.Answer,
            *("offer_unknown", "offer_answered", "piece_gone"),
        ),
        post(ONE + "/consultant", at.caretaker, "Who takes care of it", asked.Caretaker, "consultant_unknown"),
        post(
            ONE + "/steps",
            at.step,
            "To another stage, if what it needs is there",
            asked.Next,
            *("stage_wrong", "stage_not_ready", "file_unknown"),
            versioned=True,
        ),
        post(
            ONE + "/prices",
            at.price,
            "A price and what drives it; the newest holds until it is agreed",
            asked.Priced,
            *("price_wrong", "price_agreed", "stage_wrong"),
            answer=ADDED,
        ),
        post(ONE + "/deposit", at.deposit, "The deposit came in", asked.Nothing, "stage_wrong"),
        post(
            APPROVAL + "/revisions",
            at.show,
            "A new revision of a round; the seam for a verdict recomputed on her head is `fit`",
            asked.Shown,
            *("round_unknown", "file_unknown", "file_wrong", "approval_given", "stage_wrong"),
            answer=ADDED,
        ),
        post(
            APPROVAL + "/revisions/{number}/comments",
            at.comment,
            "Say something of a revision, pinned on its picture where x and y are given",
            asked.Said,
            *("round_unknown", "revision_unknown", "file_unknown", "pin_wrong", "words_missing"),
            answer=ADDED,
        ),
        Endpoint(
            "POST",
            ONE + "/drawings",
            at.draw,
            "Draw a design on a picture that the client shared, at true size, with its dimensions and verdict",
            (Answer(201, "Kept; a revision can show it", JSON, told.DrawnTold),),
            (*KNOWN, *BODY, *UPLOAD, *DRAWING, *STORE),
            takes_mime=JSON,
            takes=asked.Draw,
            bearer="staff",
        ),
        Endpoint(
            "POST",
            ONE + "/files",
            at.upload,
            "Add a file, known by its first bytes; a model passes the gate, a picture is written anew",
            (Answer(201, "Kept", JSON, told.FileTold),),
            tuple(dict.fromkeys((*KNOWN, *UPLOAD, "kind_unknown", "design_refused", *STORE))),
            takes_mime=ANY,
            bearer="staff",
            query={"kind": "render, design, proof, bench or certificate."},
        ),
        Endpoint(
            "GET",
            ONE + "/files/{file}",
            at.download,
            "A file",
            (BYTES, SAME),
            (*KNOWN, "file_unknown", *STORE),
            bearer="staff",
        ),
        Endpoint(
            "GET",
            ONE + "/packet",
            at.packet,
            "The job packet: fit card, her pictures, designs, revisions, approvals, notes and measures in one ZIP. For "
            "owners, consultants, and the artisan who makes the piece; the audit trail says who took it",
            (Answer(200, "The ZIP, with README.txt and manifest.sha256", ZIP),),
            (*KNOWN, "changed_meanwhile", *STORE),
            bearer="staff",
        ),
        post(
            ONE + "/number",
            at.number,
            "Give it the next number of its edition; asked again it is the same",
            asked.Nothing,
            *("edition_full", "edition_open", "stage_wrong", "piece_gone"),
        ),
        post(
            ONE + "/number/void",
            at.void,
            "Its number will never be a piece, and is not given again",
            asked.Nothing,
            "number_unknown",
        ),
        post(
            ONE + "/quality",
            at.quality,
            "A report of quality control, by somebody else than who made the piece",
            asked.Controlled,
            *("own_work", "checks_wrong", "weight_wrong", "stage_wrong", "piece_gone"),
            answer=ADDED,
        ),
        post(
            ONE + "/certificates",
            at.certificate,
            "A metal or stone, where it is from, and its paper",
            asked.Certified,
            "file_unknown",
            answer=ADDED,
        ),
        post(
            ONE + "/parcel",
            at.parcel,
            "The packing list, insurance, tracking and delivery window",
            asked.Packed,
            *("window_wrong", "stage_wrong"),
            method="PUT",
        ),
        post(
            ONE + "/provenance",
            at.publish,
            "Publish the page of a piece as of now, or hide it",
            asked.Published,
            *("stage_not_ready", "file_unknown", "file_wrong", "piece_gone"),
            method="PUT",
        ),
    ]

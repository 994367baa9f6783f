"""The addresses of the client's side of the atelier; the handlers are in `tryon.server.commissions`."""

from __future__ import annotations

import msgspec

from tryon.atelier import asked, requests, told
from tryon.atelier.files import SUFFIXES
from tryon.server.commissions import PDF, Commissions
from tryon.server.consent import ConsentText
from tryon.server.endpoints import JSON, Answer, Bearer, Endpoint, Handler
from tryon.server.policy import PolicyTold
from tryon.server.shops import KEYED

ANY = "application/octet-stream"
KEY = ("key_missing", "key_unknown", "key_expired", "request_unknown")
BODY = ("body_not_json", "body_unreadable", "body_too_large")
STORE = ("store_unavailable",)
CHANGE = (*BODY, "key_wrong", "key_reused", "changed_meanwhile", "request_erased", *STORE)
UPLOAD = (
    *("body_too_large", "file_wrong", "file_too_large", "files_full", "picture_unreadable", "picture_broken"),
    *("picture_too_large", "picture_too_small", "role_wrong", "stage_wrong", "changed_meanwhile"),
    "request_erased",
)
IF_MATCH = {"If-Match": "The ETag of the request as it was seen; 412 when it changed meanwhile."}
ONCE = {"Idempotency-Key": "The same key and body again within a day: done once, answered the same."}
WHOLE = Answer(200, "The request as it then is; ETag is its version.", JSON, told.RequestTold, ("ETag",))
ADDED = Answer(201, "The request as it then is; ETag is its version.", JSON, told.RequestTold, ("ETag",))
MIME, *OTHERS = SUFFIXES
BYTES = Answer(200, "The bytes; models and papers only to be saved", MIME, headers=("ETag",), others=tuple(OTHERS))
SAME = Answer(304, "As it was")
ONE = "/v1/requests/{id}"
APPROVAL = ONE + "/approvals/{round}"


def change(
    method: str,
    path: str,
    handler: Handler,
    words: str,
    kind: type[msgspec.Struct],
    *reasons: str,
    bearer: Bearer = "request",
    known: tuple[str, ...] = KEY,
    answer: Answer = WHOLE,
    versioned: bool = False,
) -> Endpoint:
    """An address that changes a request and answers with it as it then is."""
    missing = ("version_missing",) if versioned else ()
    return Endpoint(
        method,
        path,
        handler,
        words,
        (answer,),
        tuple(dict.fromkeys((*known, *CHANGE, *reasons, *missing))),
        takes_mime=JSON,
        takes=kind,
        bearer=bearer,
        headers={**IF_MATCH, **ONCE},
    )


def client_endpoints(at: Commissions) -> list[Endpoint]:
    """The table: see tryon.server.endpoints."""
    return [
        Endpoint(
            "GET",
            "/v1/pieces/{id}/possible",
            at.possible,
            "Whether a piece can be made by a date, in every tier it is made in",
            (Answer(200, "The answers", JSON, told.TiersTold),),
            ("piece_unknown", "date_wrong"),
            query={"event_date": "The day of her event, such as 2027-05-29."},
        ),
        Endpoint(
            "GET",
            "/v1/consent/request",
            at.words,
            "The words a client agrees to when she sends a request",
            (Answer(200, "The words", JSON, ConsentText),),
        ),
        Endpoint(
            "GET",
            "/v1/policy",
            at.policy,
            "What the house promises of repairs and returns",
            (Answer(200, "The words", JSON, PolicyTold),),
        ),
        Endpoint(
            "POST",
            "/v1/requests",
            at.begin,
            "Begin a request; it may be half done. Its key opens it on this device",
            (Answer(201, "Begun; Location is the request.", JSON, told.Begun, ("Location", "ETag")),),
            (
                *BODY,
                "piece_unknown",
                "email_wrong",
                "atelier_busy",
                "asked_too_often",
                "shop_key_unknown",
                "shop_key_ended",
                *STORE,
            ),
            takes_mime=JSON,
            takes=asked.Wish,
            headers=KEYED,
        ),
        Endpoint(
            "POST",
            "/v1/links",
            at.take_over,
            "Go on with a request on this device; a link works once",
            (Answer(201, "The key for this device", JSON, told.Begun),),
            (*BODY, "link_unknown", "link_used", "link_expired", "links_too_many", "changed_meanwhile", *STORE),
            takes_mime=JSON,
            takes=asked.LinkUsed,
        ),
        Endpoint("GET", ONE, at.told, "A request", (WHOLE,), (*KEY, *STORE), bearer="request"),
        change(
            "PUT",
            ONE,
            at.save,
            "Save what is wished, whole, while it is a draft",
            asked.Wish,
            *("piece_unknown", "email_wrong", "request_sent"),
            versioned=True,
        ),
        Endpoint(
            "DELETE",
            ONE,
            at.discard,
            "Throw a draft away",
            (Answer(204, "Nothing of it is kept"),),
            (*KEY, "request_sent", "version_missing", "changed_meanwhile", *STORE),
            bearer="request",
            headers=IF_MATCH,
        ),
        change(
            "POST",
            ONE + "/submission",
            at.submit,
            "Send a draft to the atelier",
            asked.Sent,
            *("request_sent", "request_incomplete", "date_impossible", "tier_unknown", "consent_missing"),
            *("consent_outdated", "consent_language_unknown"),
            versioned=True,
        ),
        Endpoint(
            "POST",
            ONE + "/links",
            at.link,
            f"A link to go on with on another device, once, within {requests.HAND_OVER_DAYS} days",
            (Answer(201, "Its token; it belongs behind the # of an address", JSON, told.LinkMade),),
            (*KEY, "links_too_many", "changed_meanwhile", *STORE),
            bearer="request",
        ),
        Endpoint(
            "POST",
            ONE + "/links/mail",
            at.mail_link,
            "Mail such a link to the address that she gave",
            (Answer(202, "It is on its way"),),
            (*KEY, "email_missing", *STORE),
            bearer="request",
        ),
        Endpoint(
            "POST",
            ONE + "/files",
            at.upload,
            "Add a picture (JPEG, PNG or WebP); it is written anew, without what a camera notes beside it",
            (Answer(201, "Kept", JSON, told.FileTold),),
            (*KEY, *UPLOAD, *STORE),
            takes_mime=ANY,
            bearer="request",
        ),
        Endpoint(
            "GET",
            ONE + "/files/{file}",
            at.download,
            "A file",
            (BYTES, SAME),
            (*KEY, "file_unknown", *STORE),
            bearer="request",
        ),
        Endpoint(
            "DELETE",
            ONE + "/files/{file}",
            at.drop,
            "Take a picture away from a draft",
            (Answer(204, "It is gone"),),
            (*KEY, "file_unknown", "file_held", "changed_meanwhile", *STORE),
            bearer="request",
        ),
        Endpoint(
            "GET",
            ONE + "/papers/{name}",
            at.paper,
            "A paper of the finished piece: `certificate` or `care`",
            (Answer(200, "PDF, tagged", PDF),),
            (*KEY, "paper_unknown", "paper_not_ready", *STORE),
            bearer="request",
        ),
        change(
            "POST",
            ONE + "/price",
            at.agree_price,
            "Agree to the price of a number",
            asked.PriceAgreed,
            *("price_outdated", "role_wrong"),
        ),
        change(
            "POST",
            APPROVAL + "/decision",
            at.decide,
            "Decide on the newest revision, by the digest of what was shown; `final` cannot be taken back",
            asked.Decided,
            *("round_unknown", "revision_unknown", "revision_outdated", "approval_given", "stage_wrong", "role_wrong"),
        ),
        change(
            "POST",
            APPROVAL + "/revisions/{number}/comments",
            at.comment,
            "Say something of a revision, pinned on its picture where x and y are given",
            asked.Said,
            *("round_unknown", "revision_unknown", "file_unknown", "pin_wrong", "words_missing"),
            answer=ADDED,
        ),
        change(
            "POST",
            ONE + "/cancellation",
            at.cancel,
            "Take a request back, until metal is cast",
            asked.Cancelled,
            *("stage_wrong", "role_wrong"),
        ),
        Endpoint(
            "GET",
            ONE + "/erasure",
            at.erasure,
            "What an erasure would take away, and what would stay",
            (Answer(200, "The plan; nothing was done", JSON, told.ErasureTold),),
            (*KEY, "request_erased", *STORE),
            bearer="request",
        ),
        Endpoint(
            "POST",
            ONE + "/erasure",
            at.erase,
            "Erase all that is hers, for good; her keys open nothing afterwards",
            (Answer(200, "It is done", JSON, told.ErasureTold),),
            tuple(dict.fromkeys((*KEY, *CHANGE, "request_under_way", "version_missing"))),
            takes_mime=JSON,
            takes=asked.Nothing,
            bearer="request",
            headers=IF_MATCH,
        ),
        Endpoint(
            "GET",
            "/v1/provenance/{id}",
            at.provenance,
            "Where a finished piece comes from; for anybody who has its id",
            (Answer(200, "The record", JSON, told.ProvenanceTold),),
            ("provenance_unknown", *STORE),
        ),
        Endpoint(
            "GET",
            "/v1/provenance/{id}/files/{file}",
            at.provenance_file,
            "A picture or film from the bench",
            (BYTES, SAME),
            ("provenance_unknown", "file_unknown", *STORE),
        ),
    ]

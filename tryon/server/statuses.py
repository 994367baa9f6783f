"""What each error is over HTTP: one table of statuses, one JSON shape.

    {"error": {"reason": "consent_missing", "detail": "What happened, why, and what to do."}}

`reason` decides the status; a reason of another room that is not in the table has the status of its class.
The mirror's page knows the same reasons: `error.*` of web/words/en.json has a sentence for each.
"""

from __future__ import annotations

import logging

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from tryon.errors import AccessError, AtelierError, ConsentError, InputError, MessageError, SessionError, TryonError

log = logging.getLogger(__name__)

STATUSES: dict[str, int] = {
    # what was asked for
    "not_found": 404,
    "method_not_allowed": 405,
    "body_too_large": 413,
    "body_not_json": 415,
    "body_unreadable": 422,
    # the catalogue
    "piece_unknown": 404,
    "poster_missing": 404,
    "pieces_too_many": 422,
    # sets
    "set_unknown": 404,
    "set_name_wrong": 422,
    "set_empty": 422,
    "place_wrong": 422,
    "nudge_too_far": 422,
    "sets_full": 503,
    # consent
    "consent_missing": 403,
    "consent_unknown": 403,
    "consent_withdrawn": 403,
    "consent_expired": 403,
    "consent_outdated": 409,
    "consent_language_unknown": 422,
    "consent_purpose_unknown": 422,
    "consent_not_for_child": 403,
    "guardian_wrong": 422,
    # meetings
    "meeting_unknown": 403,
    "meeting_expired": 403,
    "meeting_withdrawn": 403,
    "meeting_other": 403,
    "meeting_wrong": 422,
    "meeting_full": 409,
    "journal_full": 409,
    "journal_failed": 503,
    "picture_unknown": 404,
    # sessions
    "offer_not_sdp": 415,
    "offer_unreadable": 422,
    "session_unknown": 404,
    "still_not_picture": 415,
    "laid_unknown": 422,
    "still_busy": 429,
    "picture_unreadable": 422,
    "picture_broken": 422,
    "picture_too_large": 422,
    "picture_too_small": 422,
    "portrait_unknown": 404,
    "view_wrong": 422,
    "view_failed": 503,
    "photos_busy": 503,
    "photo_failed": 503,
    "session_lost": 503,
    "server_full": 503,
    "server_closing": 503,
    # the atelier: who asks
    "key_missing": 401,
    "key_unknown": 401,
    "key_expired": 401,
    "staff_unknown": 401,
    "link_unknown": 404,
    "link_used": 410,
    "link_expired": 410,
    "erasure_unknown": 403,
    "erasure_expired": 410,
    "asked_too_often": 429,
    "role_wrong": 403,
    "own_work": 403,
    # the atelier: what is not there
    "request_unknown": 404,
    "file_unknown": 404,
    "offer_unknown": 404,
    "artisan_unknown": 422,
    "consultant_unknown": 422,
    "revision_unknown": 404,
    "round_unknown": 404,
    "number_unknown": 404,
    "provenance_unknown": 404,
    "piece_gone": 409,
    # the atelier: what cannot be said so
    "date_wrong": 422,
    "date_impossible": 422,
    "email_wrong": 422,
    "email_missing": 422,
    "tier_unknown": 422,
    "request_incomplete": 422,
    "stage_unknown": 422,
    "kind_unknown": 422,
    "price_wrong": 422,
    "pin_wrong": 422,
    "words_missing": 422,
    "checks_wrong": 422,
    "weight_wrong": 422,
    "window_wrong": 422,
    "key_wrong": 422,
    "key_reused": 422,
    "version_missing": 428,
    # the atelier: files
    "file_wrong": 415,
    "file_too_large": 413,
    "files_full": 409,
    "file_held": 409,
    "design_refused": 422,
    "size_unknown": 422,
    "piece_not_judged": 422,
    "fit_unknown": 404,
    "fit_expired": 410,
    "fits_too_many": 409,
    "fits_full": 503,
    "size_wrong": 422,
    "size_differs": 422,
    "face_not_found": 422,
    "measures_unreadable": 422,
    "picture_missing": 409,
    "picture_none": 409,
    "picture_not_shared": 403,
    "drawing_failed": 503,
    "paper_unknown": 404,
    "paper_not_ready": 409,
    # the atelier: what is not so now
    "changed_meanwhile": 412,
    "request_sent": 409,
    "request_under_way": 409,
    "request_erased": 410,
    "stage_wrong": 409,
    "stage_not_ready": 409,
    "price_agreed": 409,
    "price_outdated": 409,
    "approval_given": 409,
    "revision_outdated": 409,
    "offer_answered": 409,
    "nobody_free": 409,
    "edition_full": 409,
    "edition_open": 409,
    "email_taken": 409,
    "links_too_many": 409,
    "atelier_busy": 503,
    # the people of the atelier
    "sign_in_wrong": 401,
    "sign_in_too_often": 429,
    "passkey_refused": 401,
    "passkey_late": 401,
    "proof_wrong": 403,
    "passkey_unknown": 404,
    "passkeys_full": 409,
    "way_last": 409,
    "invitation_unknown": 404,
    "invitation_used": 410,
    "invitation_expired": 410,
    "origin_wrong": 403,
    "name_wrong": 422,
    "password_weak": 422,
    "join_by_one": 422,
    "person_unknown": 404,
    "owner_last": 409,
    "appointment_unknown": 404,
    "appointment_over": 409,
    "appointment_conflict": 409,
    "calendar_wrong": 422,
    "time_impossible": 422,
    "zone_unknown": 422,
    # shops
    "shop_key_unknown": 401,
    "shop_key_ended": 401,
    "shop_other": 403,
    "shop_page_other": 403,
    "shop_too_often": 429,
    "shop_full": 503,
    "shop_unknown": 404,
    "shop_key_gone": 404,
    "shop_keys_full": 409,
    "shop_origin_wrong": 422,
    "shop_policy_wrong": 422,
    "hook_address_wrong": 422,
    "hook_unknown": 404,
    "hook_ended": 409,
    "hooks_full": 409,
    "delivery_unknown": 404,
    "feed_unreadable": 422,
    "feed_not_feed": 415,
    # pieces that a shop brings itself
    "piece_not_brought": 404,
    "piece_not_published": 409,
    "piece_not_ready": 409,
    "piece_name_wrong": 422,
    "pieces_full": 409,
    "mesh_missing": 409,
    "mesh_refused": 422,
    "preparing_failed": 503,
    "store_unavailable": 503,
    "internal": 500,
}
"Status of each reason that the server itself gives, or passes on from the pool by its name."

CLASSES: dict[type[TryonError], int] = {
    InputError: 422,
    MessageError: 422,
    ConsentError: 403,
    SessionError: 503,
    AtelierError: 409,
    AccessError: 403,
}
"Status of a reason that is not in the table, by its class; any other error is 500."

RETRY_AFTER_S = 5
"At a 503: a wearer's try-on lasts minutes, so a place is found by asking again, not by waiting long."
TRIES_AFTER_S = 900
"When somebody tried to sign in too often (atelier.tries)."
SHOP_AFTER_S = 60
"When a shop's visits of a minute are used up."

_PLAIN = {
    404: ("not_found", "There is nothing at this address."),
    405: ("method_not_allowed", "This address does not answer to that method."),
}


def status_of(error: TryonError) -> int:
    """The HTTP status of an error."""
    known = STATUSES.get(error.reason)
    if known is not None:
        return known
    return next((status for kind, status in CLASSES.items() if isinstance(error, kind)), 500)


def reply(error: TryonError, status: int, headers: dict[str, str] | None = None) -> Response:
    """The error as a response."""
    headers = dict(headers or {})
    if status == 503:
        headers["Retry-After"] = str(RETRY_AFTER_S)
    elif error.reason == "shop_too_often":
        headers["Retry-After"] = str(SHOP_AFTER_S)
    elif error.reason in ("sign_in_too_often", "asked_too_often"):
        headers["Retry-After"] = str(TRIES_AFTER_S)
    return Response(msgspec.json.encode(error.as_json()), status, headers=headers, media_type="application/json")


async def on_tryon_error(request: Request, error: Exception) -> Response:
    """Answers every error that we raise on purpose."""
    assert isinstance(error, TryonError)
    status = status_of(error)
    request.app.state.watch.refused(error.reason)
    if status >= 500 and status != 503:
        log.error("%s: %s", error.reason, error.detail)
    return reply(error, status)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Answers what Starlette itself refuses: unknown addresses and methods."""
    assert isinstance(error, HTTPException)
    reason, detail = _PLAIN.get(error.status_code, ("not_found", str(error.detail)))
    return reply(TryonError(reason, detail), error.status_code, dict(error.headers or {}))


def failure() -> Response:
    """What is said when something broke that should not break."""
    detail = "Something failed on our side. Nothing of yours was kept; please try again."
    return reply(TryonError("internal", detail), STATUSES["internal"])

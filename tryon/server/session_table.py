"""The addresses of live sessions and meetings; the handlers are in `tryon.server.sessions`."""

from __future__ import annotations

from tryon.calibrating import Calibrating
from tryon.owned import LaidTold
from tryon.server.endpoints import JPEG, JSON, SDP, Answer, Endpoint
from tryon.server.sessions import INVITATION, STILLS, STILLS_A_S, MeetingState, Room, Sessions, SessionState
from tryon.server.shops import KEY, KEYED


def session_endpoints(sessions: Sessions) -> list[Endpoint]:
    """The table: see tryon.server.endpoints."""
    opening = (
        "consent_missing",
        "consent_unknown",
        "consent_withdrawn",
        "consent_expired",
        "offer_not_sdp",
        "offer_unreadable",
        "body_too_large",
        "server_full",
        "session_lost",
        "server_closing",
    )
    holding = ("consent_missing", "consent_unknown", "consent_withdrawn", "consent_expired", "session_unknown")
    invitation = ("meeting_unknown", "meeting_expired", "meeting_withdrawn", "store_unavailable")
    still = (
        "session_lost",
        "still_not_picture",
        "still_busy",
        "body_too_large",
        "picture_unreadable",
        "picture_broken",
        "picture_too_large",
        "picture_too_small",
    )
    answered = Answer(201, "The answer; Location is the session.", SDP, headers=("Location",))
    return [
        Endpoint("GET", "/v1/sessions", sessions.room, "Whether there is room", (Answer(200, "How much", JSON, Room),)),
        Endpoint(
            "POST",
            "/v1/sessions",
            sessions.open_session,
            f"Open a session with a WebRTC offer; with a header `{INVITATION}`, a client's at a meeting",
            (answered,),
            (
                *opening,
                *invitation,
                *KEY,
                "shop_other",
                "shop_full",
                "meeting_other",
                "piece_unknown",
                "pieces_too_many",
            ),
            takes_mime=SDP,
            bearer="consent",
            headers=KEYED | {INVITATION: "Of a client, to a meeting."},
            query={"piece": "Worn from the first frame on; may be repeated."},
        ),
        Endpoint(
            "POST",
            "/v1/sessions/{id}",
            sessions.resume_session,
            "Connect to a session again with a new offer",
            (answered,),
            (*opening, *KEY, "shop_other", "session_unknown"),
            takes_mime=SDP,
            bearer="consent",
            headers=KEYED,
        ),
        Endpoint(
            "GET",
            "/v1/sessions/{id}",
            sessions.session,
            "A session",
            (Answer(200, "It is there", JSON, SessionState),),
            holding,
            bearer="consent",
        ),
        Endpoint(
            "POST",
            "/v1/sessions/{id}/stills",
            sessions.calibrate,
            f"A still of the calibration board, as large as the camera takes it, at most {STILLS_A_S} a "
            "second. Its corners are read and it is forgotten; the camera's numbers are told, not kept",
            (Answer(200, "What was seen, and the camera once it is known", JSON, Calibrating),),
            (*holding, *still),
            takes_mime=STILLS[0],
            bearer="consent",
            query={"anew": "1: forget the stills before."},
        ),
        Endpoint(
            "POST",
            "/v1/sessions/{id}/laid",
            sessions.lay,
            "A picture of a ring or bangle that she wears, laid flat beside a bank card: its inner diameter with "
            "its doubt, or why it cannot be read and what to do; of a coin, whether the card is of its size. The "
            "picture is read and forgotten; the numbers are told, and given to the mirror by `known.set` (`laid`)",
            (Answer(200, "The diameter, or why not", JSON, LaidTold),),
            (*holding, "laid_unknown", *still),
            takes_mime=STILLS[0],
            bearer="consent",
            query={"kind": "ring, bangle, or a coin such as eur-1."},
        ),
        Endpoint(
            "DELETE",
            "/v1/sessions/{id}",
            sessions.close_session,
            "End a session",
            (Answer(204, "It is over; nothing of it is kept"),),
            holding,
            bearer="consent",
        ),
        Endpoint(
            "GET",
            "/v1/meeting",
            sessions.meeting,
            "What an invitation is for",
            (Answer(200, "The meeting, and who is invited", JSON, MeetingState),),
            invitation,
            bearer="meeting",
        ),
        Endpoint(
            "POST",
            "/v1/meeting/place",
            sessions.join_meeting,
            "Join a meeting as a consultant, or connect to it again, with a new offer",
            (answered,),
            (
                *invitation,
                "meeting_other",
                "meeting_full",
                "offer_not_sdp",
                "offer_unreadable",
                "body_too_large",
                "server_full",
                "session_lost",
                "server_closing",
            ),
            takes_mime=SDP,
            bearer="meeting",
        ),
        Endpoint(
            "GET",
            "/v1/meeting/pictures/{name}",
            sessions.meeting_picture,
            "A picture that was kept at a meeting",
            (Answer(200, "The picture, unmirrored", JPEG),),
            (*invitation, "picture_unknown"),
            bearer="meeting",
        ),
    ]

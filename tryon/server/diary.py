"""Appointments over HTTP: planned, moved and cancelled by the staff; their client cancels or asks for another time.

Whoever takes part comes in by a link to their own seat, made when they press `join`: `/session#TOKEN`.
"""

from __future__ import annotations

import asyncio
import datetime

from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier import appointments, asked, told
from tryon.atelier.who import Who
from tryon.errors import InputError
from tryon.server import client_table, staff_table
from tryon.server.bodies import json_reply
from tryon.server.client_table import ADDED, STORE, change
from tryon.server.counter import Counter
from tryon.server.endpoints import JSON, Answer, Endpoint

SPAN_MAX = datetime.timedelta(days=400)
"Of a calendar that is looked at."
YEARS = range(2000, 3000)
LINK = Answer(201, "Its token; it belongs behind the # of /session", JSON, told.MeetingLinkMade)
ENTERING = ("appointment_unknown", "appointment_over", "changed_meanwhile", *STORE)
CHANGING = ("appointment_unknown", "appointment_over", "role_wrong")


class Diary:
    """Handlers, and the table of their addresses."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter

    async def calendar(self, request: Request) -> Response:
        """What takes place between two days."""
        who = await self._counter.staff(request)
        since, until = _day(request, "from"), _day(request, "to")
        if not datetime.timedelta(0) < until - since <= SPAN_MAX:
            raise InputError("calendar_wrong", f"`to` is later than `from`, by {SPAN_MAX.days} days at most.")
        found = await self._counter.look(who, lambda unit: appointments.calendar(unit, since, until))
        return json_reply(told.Appointments(found))

    async def plan(self, request: Request) -> Response:
        """A new appointment about a request; without a time, now."""
        who = await self._counter.staff(request)
        return await self._counter.change(
            request, who, "appointment.plan", asked.AppointmentPlanned, appointments.plan, status=201
        )

    async def move(self, request: Request) -> Response:
        """To another time."""
        id = request.path_params["appointment"]
        return await self._counter.change(
            request,
            await self._counter.staff(request),
            f"appointment.move.{id[:36]}",
            asked.AppointmentMoved,
            lambda unit, row, said: appointments.move(unit, row, id, said),
        )

    async def cancel(self, request: Request) -> Response:
        """By the atelier."""
        return await self._cancel(request, await self._counter.staff(request))

    async def cancel_hers(self, request: Request) -> Response:
        """By its client."""
        return await self._cancel(request, await self._counter.client(request))

    async def _cancel(self, request: Request, who: Who) -> Response:
        id = request.path_params["appointment"]
        return await self._counter.change(
            request,
            who,
            f"appointment.cancel.{id[:36]}",
            asked.AppointmentSeen,
            lambda unit, row, said: appointments.cancel(unit, row, id, said),
        )

    async def wish(self, request: Request) -> Response:
        """Its client would rather have another time."""
        id = request.path_params["appointment"]
        return await self._counter.change(
            request,
            await self._counter.client(request),
            f"appointment.wish.{id[:36]}",
            asked.TimeWished,
            lambda unit, row, said: appointments.ask_for_another(unit, row, id, said),
        )

    async def link(self, request: Request) -> Response:
        """Into the session, for somebody of the staff."""
        return await self._link(request, await self._counter.staff(request))

    async def link_hers(self, request: Request) -> Response:
        """Into the waiting room, for its client."""
        return await self._link(request, await self._counter.client(request))

    async def _link(self, request: Request, who: Who) -> Response:
        id, store = request.path_params["appointment"], self._counter.store
        token = await asyncio.to_thread(store.change, who, "appointment.link", lambda unit: appointments.link(unit, id))
        return json_reply(told.MeetingLinkMade(token), status=201)

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        hers, theirs = client_table.ONE + "/appointments", staff_table.ONE + "/appointments"
        times = ("time_impossible", "appointment_conflict")
        return [
            Endpoint(
                "GET",
                "/v1/atelier/appointments",
                self.calendar,
                "What takes place between two days; an artisan sees where she takes part",
                (Answer(200, "The first in time first", JSON, told.Appointments),),
                ("staff_unknown", "calendar_wrong", *STORE),
                bearer="staff",
                query={"from": "The first day, such as 2027-05-01.", "to": "The day behind the last."},
            ),
            Endpoint(
                "POST",
                "/v1/atelier/appointments/{appointment}/link",
                self.link,
                "Into the session: a link to one's own seat, which is made where there is none",
                (LINK,),
                ("staff_unknown", "origin_wrong", "meeting_wrong", *ENTERING),
                bearer="staff",
            ),
            change(
                "POST",
                theirs,
                self.plan,
                "Plan a session about a request, or invite to one now; letters with a calendar file go to all",
                asked.AppointmentPlanned,
                *times,
                *("zone_unknown", "consultant_unknown", "stage_wrong", "role_wrong"),
                bearer="staff",
                known=staff_table.KNOWN,
                answer=ADDED,
            ),
            change(
                "PUT",
                theirs + "/{appointment}",
                self.move,
                "Move it to another time; its links stay",
                asked.AppointmentMoved,
                *times,
                *CHANGING,
                bearer="staff",
                known=staff_table.KNOWN,
            ),
            change(
                "POST",
                theirs + "/{appointment}/cancellation",
                self.cancel,
                "It does not take place",
                asked.AppointmentSeen,
                *CHANGING,
                bearer="staff",
                known=staff_table.KNOWN,
            ),
            change(
                "POST",
                hers + "/{appointment}/cancellation",
                self.cancel_hers,
                "She cannot come",
                asked.AppointmentSeen,
                *CHANGING,
            ),
            change(
                "POST",
                hers + "/{appointment}/wish",
                self.wish,
                "Ask for another time; it stands until the atelier moves it",
                asked.TimeWished,
                *CHANGING,
                "words_missing",
            ),
            Endpoint(
                "POST",
                hers + "/{appointment}/link",
                self.link_hers,
                "Into the waiting room",
                (LINK,),
                (*client_table.KEY, *ENTERING),
                bearer="request",
            ),
        ]


def _day(request: Request, name: str) -> datetime.datetime:
    """The beginning of a day of the query, UTC. Raises InputError."""
    try:
        day = datetime.date.fromisoformat(request.query_params.get(name, ""))
        if day.year not in YEARS:
            raise ValueError("no year of an atelier's")
    except ValueError as err:
        raise InputError("calendar_wrong", f"`{name}` is a day, such as 2027-05-29.") from err
    return datetime.datetime(day.year, day.month, day.day, tzinfo=datetime.UTC)

"""The addresses at which a shop's own server is told things, over HTTP: kept by that server itself (its secret key) and
by the atelier's owners. Both do the same at two places.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier import asked, hooks
from tryon.atelier.hooks import Deliveries, DeliveryTold, HookMade, HooksTold, HookTold, HookWish, Replayed
from tryon.atelier.store import Unit
from tryon.atelier.who import Who
from tryon.server.bodies import json_reply, read_json
from tryon.server.counter import Counter
from tryon.server.endpoints import JSON, Answer, Bearer, Endpoint, Handler
from tryon.server.shops import SERVER_KEY, Doorman

BYTES_MAX = 8 * 1024
T = TypeVar("T")
Work = Callable[[Unit, "Door"], T]


@dataclass(frozen=True, slots=True)
class Door:
    """Who asks, for which shop."""

    who: Who
    shop: str
    sandbox: bool | None
    "Of the key; None: an owner sees to both."


class Hooks:
    """The handlers."""

    def __init__(self, counter: Counter, doorman: Doorman, inside: frozenset[str]) -> None:
        self._counter, self._doorman, self._inside = counter, doorman, inside

    async def all(self, request: Request) -> Response:
        """All addresses."""
        return json_reply(await self._look(request, lambda unit, at: hooks.all_told(unit, at.shop, at.sandbox)))

    async def add(self, request: Request) -> Response:
        """A new one."""
        door = await self._door(request)
        wish = await read_json(request, HookWish, most=BYTES_MAX)
        made = await self._change(
            door, "hook.add", lambda unit, at: hooks.add(unit, at.shop, at.sandbox, wish, self._inside)
        )
        return json_reply(made, status=201)

    async def change(self, request: Request) -> Response:
        """One said anew."""
        door, id = await self._door(request), request.path_params["hook"]
        wish = await read_json(request, HookWish, most=BYTES_MAX)
        told = await self._change(
            door, "hook.change", lambda unit, at: hooks.change(unit, at.shop, at.sandbox, id, wish, self._inside)
        )
        return json_reply(told)

    async def remove(self, request: Request) -> Response:
        """Take one away."""
        door, id = await self._door(request), request.path_params["hook"]
        await self._change(door, "hook.remove", lambda unit, at: hooks.remove(unit, at.shop, at.sandbox, id))
        return Response(status_code=204)

    async def rotate(self, request: Request) -> Response:
        """A new secret."""
        door, id = await self._door(request), request.path_params["hook"]
        made = await self._change(door, "hook.rotate", lambda unit, at: hooks.rotate(unit, at.shop, at.sandbox, id))
        return json_reply(made, status=201)

    async def test(self, request: Request) -> Response:
        """Tell it that it is being tested."""
        door, id = await self._door(request), request.path_params["hook"]
        told = await self._change(door, "hook.test", lambda unit, at: hooks.test(unit, at.shop, at.sandbox, id))
        return json_reply(told, status=202)

    async def log(self, request: Request) -> Response:
        """What it was told, and how that went."""
        id, after = request.path_params["hook"], asked.plain(request.query_params.get("after", ""))[:36]
        return json_reply(await self._look(request, lambda unit, at: hooks.log(unit, at.shop, at.sandbox, id, after)))

    async def replay(self, request: Request) -> Response:
        """Send a message anew."""
        door, id, one = await self._door(request), *_ids(request)
        told = await self._change(
            door, "hook.replay", lambda unit, at: hooks.replay(unit, at.shop, at.sandbox, id, one)
        )
        return json_reply(told, status=202)

    async def replay_failed(self, request: Request) -> Response:
        """Send anew all that was given up."""
        door, id = await self._door(request), request.path_params["hook"]
        told = await self._change(
            door, "hook.replay", lambda unit, at: hooks.replay_failed(unit, at.shop, at.sandbox, id)
        )
        return json_reply(told, status=202)

    async def _door(self, request: Request) -> Door:
        if "id" in request.path_params:
            who = await self._counter.staff(request)
            return Door(who, request.path_params["id"], None)
        keyed = await self._doorman.server(request)
        return Door(Who("house", keyed.key_id), keyed.shop_id, keyed.sandbox)

    async def _look(self, request: Request, work: Work[T]) -> T:
        door = await self._door(request)
        return await self._counter.look(door.who, lambda unit: work(unit, door))

    async def _change(self, door: Door, action: str, work: Work[T]) -> T:
        def witnessed(unit: Unit) -> T:
            unit.witness()  # what was told lies outside the trail; that it is sent anew does not
            return work(unit, door)

        return await self._counter.write(door.who, action, witnessed)

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        server = self._table("/v1/shop", "shop", SERVER_KEY, ())
        inside = ("staff_unknown", "role_wrong", "shop_unknown", "store_unavailable")
        return [*server, *self._table("/v1/atelier/shops/{id}", "staff", inside, ("origin_wrong",))]

    def _table(self, base: str, bearer: Bearer, known: tuple[str, ...], unsafe: tuple[str, ...]) -> list[Endpoint]:
        all_, one = f"{base}/hooks", f"{base}/hooks/{{hook}}"
        changing = (*known, *unsafe, "changed_meanwhile")
        body = ("body_not_json", "body_unreadable", "body_too_large", "hook_address_wrong")

        def post(
            path: str, handler: Handler, words: str, answer: Answer, *reasons: str, method: str = "POST"
        ) -> Endpoint:
            return Endpoint(
                method, path, handler, words, (answer,), (*changing, "hook_unknown", *reasons), bearer=bearer
            )

        return [
            Endpoint(
                "GET",
                all_,
                self.all,
                "The addresses at which a shop's server is told things (Standard Webhooks 1.0), and how each does",
                (Answer(200, "All of them", JSON, HooksTold),),
                known,
                bearer=bearer,
            ),
            Endpoint(
                "POST",
                all_,
                self.add,
                f"A new address; at most {hooks.HOOKS_MAX} of a shop",
                (Answer(201, "Made; the secret is told this once", JSON, HookMade),),
                (*changing, *body, "hooks_full"),
                takes_mime=JSON,
                takes=HookWish,
                bearer=bearer,
            ),
            Endpoint(
                "PUT",
                one,
                self.change,
                "An address, said anew: also to switch it off and on",
                (Answer(200, "As it is now", JSON, HookTold),),
                (*changing, *body, "hook_unknown"),
                takes_mime=JSON,
                takes=HookWish,
                bearer=bearer,
            ),
            post(one, self.remove, "Take an address away, with its log", Answer(204, "It is gone"), method="DELETE"),
            post(
                one + "/secret",
                self.rotate,
                f"A new secret; the one before signs too for {hooks.ROTATED_FOR.total_seconds() / 3600:.0f} hours",
                Answer(201, "Made; it is told this once", JSON, HookMade),
            ),
            post(
                one + "/test",
                self.test,
                "Tell it that it is being tested: event `hook.tested`",
                Answer(202, "It goes out now", JSON, DeliveryTold),
                "hook_ended",
            ),
            Endpoint(
                "GET",
                one + "/deliveries",
                self.log,
                "What it was told, newest first, with every try; forgotten after 30 days",
                (Answer(200, "A page of it", JSON, Deliveries),),
                (*known, "hook_unknown"),
                bearer=bearer,
                query={"after": "The next page: `more` of the one before."},
            ),
            post(
                one + "/deliveries/{delivery}/replay",
                self.replay,
                "Send a message anew, under its own id",
                Answer(202, "It goes out now", JSON, DeliveryTold),
                "hook_ended",
                "delivery_unknown",
            ),
            post(
                one + "/replay",
                self.replay_failed,
                "Send anew all that was given up",
                Answer(202, "How many go out now", JSON, Replayed),
                "hook_ended",
            ),
        ]


def _ids(request: Request) -> tuple[str, str]:
    return request.path_params["hook"], request.path_params["delivery"]

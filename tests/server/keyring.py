"""One of each key that opens an address of the API, made on a server that listens, and what stands behind it."""

from __future__ import annotations

import datetime
import json
import re
import time
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
from starlette.applications import Starlette

from tests.atelier.workshop import draw_files
from tests.meetings import in_an_hour, invite, journal_of
from tests.server.test_fitcards import MEASURES
from tests.server.test_hooks import NOBODY
from tests.standin import OFFER
from tryon.atelier import erasures
from tryon.atelier.accounts import Accounts
from tryon.atelier.passkeys import House as Asks
from tryon.atelier.sample import Journey
from tryon.atelier.store import Store
from tryon.atelier.trade import CHECKS, Stage
from tryon.atelier.tries import Tries
from tryon.atelier.who import HOUSE
from tryon.settings import Settings

METRICS_KEY = "a key of the one who measures"
NAMES = re.compile(r"{(\w+)}")
OWN_PAGE = {"Sec-Fetch-Site": "same-origin"}
STAGES: tuple[Stage, ...] = ("draft", "consultation", "approval_one", "qc", "delivered")
"What a client or her atelier can do with a request is possible at one of these."
AT: dict[str, Stage] = {
    **dict.fromkeys(("submission", "files", "links", "erasure"), "draft"),
    **dict.fromkeys(("prices", "price", "offers", "matches", "consultant", "cancellation"), "consultation"),
    **dict.fromkeys(("quality", "parcel", "certificates", "provenance"), "qc"),
    "papers": "delivered",
}
"Where what the last words of an address say can be done; all else while a design waits for her approval."


@dataclass(frozen=True)
class Way:
    """What opens an address, what stands there, and what a body can truly say of it."""

    headers: dict[str, str] = field(default_factory=dict)
    ids: dict[str, str] = field(default_factory=dict)
    "By the name in braces of the path."
    words: dict[str, Any] = field(default_factory=dict)
    "By the name of a body's field."
    stage: Stage | None = None
    "Of a request."


def bearing(token: str) -> dict[str, str]:
    """The header that carries a token."""
    return {"Authorization": f"Bearer {token}"}


def there(ways: list[Way], path: str) -> list[Way]:
    """Those that have all that an address names, the one with which most is possible there first."""
    stage = next((AT[word] for word in reversed(path.split("/")) if word in AT), "approval_one")
    found = [way for way in ways if all(name in way.ids for name in NAMES.findall(path))] or ways
    return sorted(found, key=lambda way: way.stage != stage)


class Keyring:
    """The keys: what can be used up is made anew each time, all else is made once."""

    def __init__(self, address: str, app: Starlette, settings: Settings) -> None:
        self.http = httpx2.Client(base_url=address, trust_env=False)
        self.settings = settings
        self.store: Store = app.state.counter.store
        self._people = 0
        words = self.ask("GET", "/v1/consent", {})
        self._agreed = {name: words[name] for name in ("version", "purposes", "language")}
        pieces = dict(app.state.counter.pieces)
        stock = draw_files(Path(settings.data) / "stock", pieces)
        self._journey = Journey(self.store, app.state.counter.files, pieces, stock)
        self._journey.hire()
        self.owner = OWN_PAGE | self._sign_in()
        self.shops = [self._open_shop(sandbox=sandbox) for sandbox in (False, True)]
        self.requests = [self._request(stage) for stage in STAGES]
        self.meetings = self._meet()
        self.brought = self.ask("POST", "/v1/atelier/pieces", self.owner, {"name": "Alba", "kind": "ring"})["id"]
        self.set = self.ask("POST", "/v1/sets", {}, {"name": "Two", "worn": [{"piece": "aurora"}]})["set"]

    def ask(self, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
        """What is answered, which is good."""
        sent = {} if body is None else {"json": body}
        answer = self.http.request(method, path, headers=headers, **sent)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def ways(self, bearer: str, path: str) -> list[Way]:
        """All that opens an address."""
        if bearer == "staff" or path.startswith("/v1/atelier/sign-out"):
            return [replace(way, headers=self.owner) for way in there(self._kept(path), path)]
        make = {
            "consent": lambda: self._consent(path),
            "request": self._clients,
            "invitation": self._invitation,
            "meeting": lambda: self.meetings,
            "fit": self._fit,
            "erasure": self._erasure,
            "shop": lambda: self.shops,
            "metrics": lambda: [Way(bearing(METRICS_KEY))],
            "": lambda: self._open(path),
        }
        return there(make[bearer](), path)

    def _kept(self, path: str) -> list[Way]:
        """What the atelier keeps at an address of its own."""
        if path.startswith(("/v1/atelier/requests", "/v1/atelier/appointments/")):
            return self.requests
        if path.startswith("/v1/atelier/shops"):
            return self.shops
        if path.startswith("/v1/atelier/pieces"):
            return [Way(ids={"id": self.brought, "name": "front.png"}, words=self._own_words())]
        return [Way(ids={"id": self._journey.sample.staff["Lena Fischer"]}, words=self._own_words())]

    def _open(self, path: str) -> list[Way]:
        """What anybody may see at an address."""
        delivered = self.requests[-1]
        if path.startswith("/v1/provenance/"):
            return [Way(ids={"id": delivered.words["provenance"], "file": delivered.ids["bench"]})]
        if path.startswith("/v1/sets/"):
            return [Way(ids={"id": self.set})]
        if path.startswith("/v1/portraits/"):
            return [Way(ids={"id": "nobody"})]
        if path.endswith("/view"):
            return [Way()]  # nobody draws the pieces of the stand-in
        (draft, *_) = self._clients()
        link = self.ask("POST", f"/v1/requests/{draft.ids['id']}/links", draft.headers)
        words = self._own_words() | (self._agreed if path == "/v1/consents" else {}) | {"token": link["token"]}
        headers = {**OWN_PAGE} if path.startswith("/v1/atelier/") else {}
        headers |= self.shops[0].words["page"] if path == "/v1/shop" else {}
        words |= {"email": "ada1@x.example"} if path == "/v1/atelier/sign-in" else {}
        return [Way(headers, {"id": "aurora"}, words)]

    def _consent(self, path: str = "") -> list[Way]:
        given = self.ask("POST", "/v1/consents", {}, self._agreed)
        headers = bearing(given["token"])
        sdp = {**headers, "Content-Type": "application/sdp"}
        session = self.http.post("/v1/sessions", content=OFFER, headers=sdp).headers["Location"]
        words = {**self._agreed, "piece": "aurora", "measures": json.loads(MEASURES.read_text())}
        id = given["consent"] if path.startswith("/v1/consents/") else session.rpartition("/")[2]
        if path == "/v1/photos":
            words["piece"] = "none"  # a process that draws is for another test
        return [Way(headers, {"id": id}, words)]

    def _fit(self) -> list[Way]:
        (consent,) = self._consent()
        kept = self.ask("POST", "/v1/fits", consent.headers, {n: consent.words[n] for n in ("piece", "measures")})
        return [Way(bearing(kept["key"]), {"id": kept["fit"]})]

    def _erasure(self) -> list[Way]:
        """Of a mailbox of its own: what is kept for all others stays."""
        mailbox = str(self._own_words()["email"])
        self.ask("POST", "/v1/requests", {}, self._wish() | {"email": mailbox})
        token, _ = self.store.change(HOUSE, "erasure.link", lambda unit: erasures.link(unit, mailbox))
        return [Way(bearing(token))]

    def _invitation(self) -> list[Way]:
        return [Way(OWN_PAGE | bearing(self._invited()), words=self._own_words() | {"passkey": None})]

    def _invited(self) -> str:
        """Token of the link of somebody new."""
        self._people += 1
        accounts = Accounts(self.store, Asks("tryon", "http://localhost:8080"), Tries(time.monotonic))
        return accounts.make_owner(f"ada{self._people}@x.example").partition("=")[2]

    def _sign_in(self) -> dict[str, str]:
        said = {"name": "Ada", "password": "seven quiet herons"}
        headers = OWN_PAGE | bearing(self._invited())
        joined = self.http.post("/v1/atelier/invitation", json=said, headers=headers)
        self.http.cookies.clear()  # said by who is asked to, and by nobody else
        return {"Cookie": joined.headers["Set-Cookie"].partition(";")[0]}

    def _clients(self) -> list[Way]:
        begun = self.ask("POST", "/v1/requests", {}, self._wish())
        draft = Way(bearing(begun["key"]), {"id": begun["request"]}, self._said_of(), "draft")
        return [draft, *self.requests]

    def _request(self, stage: Stage) -> Way:
        """A request at a stage, begun on the page of a shop, with an appointment."""
        begun = self.ask("POST", "/v1/requests", self.shops[0].words["page"], self._wish())
        id, headers = begun["request"], bearing(begun["key"])
        self._journey.advance(id, stage)
        ids, words = {"id": id, "name": "certificate"}, self._said_of()
        if stage == "draft":
            return Way(headers, ids, words, stage)
        planned = {"starts_at": in_an_hour().isoformat(), "minutes": 5, "zone": "Europe/Paris"}
        if stage == "approval_one":
            self.ask("POST", f"/v1/atelier/requests/{id}/appointments", self.owner, planned)
        told = self.ask("GET", f"/v1/atelier/requests/{id}", self.owner)
        ids["offer"] = told["offers"][-1]["offer"]
        ids["file"] = self.ask("GET", f"/v1/requests/{id}", headers)["files"][0]["file"]
        ids["bench"] = told["files"][-1]["file"]
        ids |= {"appointment": told["appointments"][-1]["appointment"]} if told["appointments"] else {}
        shown = [revision for round in told["rounds"] for revision in round["revisions"]]
        words |= {"files": [ids["file"]], "file": ids["file"], "provenance": told["provenance"], **planned}
        if shown:
            ids |= {"round": "one", "number": "1"}
            words |= {"sha256": shown[0]["sha256"], "revision": 1}
        return Way(headers, ids, words, stage)

    def _wish(self) -> dict[str, Any]:
        day = datetime.date.today() + datetime.timedelta(weeks=30)
        return {
            "pieces": ["aurora"],
            "wished": "aurora",
            "event_date": day.isoformat(),
            "tier": "studio",
            "name": "Ana Novak",
            "email": "ana@client.example",
            "language": "en",
        }

    def _said_of(self) -> dict[str, Any]:
        """What is true of a request, by the names that bodies have for it."""
        text = self.ask("GET", "/v1/consent/request", {})
        consent = {"version": text["version"], "language": "en", "purposes": ["atelier", "artisan"]}
        staff = self._journey.sample.staff
        return {
            **self._wish(),
            "consent": consent,
            "measured": None,
            "fit": None,
            "number": 1,
            "sequence": 0,
            "kind": "render",
            "lines": [{"driver": "metal", "minor": 1000_00}],
            "checks": [{"check": check, "outcome": "pass"} for check in CHECKS],
            "weight_mg": 412_000,
            "zone": "Europe/Paris",
            "currency": "EUR",
            "staff": [],
            "artisan": staff["Matteo Rinaldi"],
            "consultant": staff["Camille Roy"],
        }

    def _own_words(self) -> dict[str, Any]:
        """What is true of the house."""
        self._people += 1
        day = datetime.date.today().isoformat()
        return {
            **self._wish(),
            "measured": None,
            "email": f"eve{self._people}@x.example",
            "password": "seven quiet herons",
            "from": day,
            "to": (datetime.date.today() + datetime.timedelta(days=7)).isoformat(),
            "origins": ["https://shop.example"],
            "policy": "",
            "worn": [{"piece": "aurora"}],
        }

    def _open_shop(self, *, sandbox: bool) -> Way:
        wish = {"name": "Maison Vesper", "origins": ["https://shop.example"], "visits_a_minute": 6000}
        id = self.ask("POST", "/v1/atelier/shops", self.owner, wish)["id"]
        keys = f"/v1/atelier/shops/{id}/keys"
        secret, public = (
            self.ask("POST", keys, self.owner, {"kind": kind, "sandbox": sandbox}) for kind in ("secret", "publishable")
        )
        headers, page = bearing(secret["key"]), {"Shop-Key": public["key"]}
        hook = self.ask("POST", "/v1/shop/hooks", headers, {"url": NOBODY, "sandbox": sandbox})["hook"]["id"]
        self.ask("POST", f"/v1/shop/hooks/{hook}/test", headers)
        deliveries = self.ask("GET", f"/v1/shop/hooks/{hook}/deliveries", headers)["deliveries"]
        asked = self.ask("POST", "/v1/requests", page, self._wish())["request"]
        self._journey.advance(asked, "enquiry")
        ids = {"id": id, "key": public["id"], "hook": hook, "delivery": deliveries[0]["id"], "request": asked}
        return Way(headers, ids, {**wish, "url": NOBODY, "policy": "", "page": page, "pieces": ["aurora"]})

    def _meet(self) -> list[Way]:
        made = invite(self.settings, "Ana", "Vera")
        meeting = self.ask("GET", "/v1/meeting", bearing(made[0][1]))["meeting"]
        journal = journal_of(self.settings, meeting)
        name = journal.keep(b"\xff\xd8 a picture")
        journal.close()
        return [Way(bearing(token), {"name": name}) for _, token in reversed(made)]

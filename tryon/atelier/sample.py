"""A small atelier to look at (`tryon demo`): its people, a request at every stage, a finished numbered piece.

Everything goes the way that real work goes, through the same functions, so that it is also a test of them.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from tryon.atelier import agree, asked, attach, finish, pairs, progress, requests, shops, staff
from tryon.atelier.files import Files, check
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Offer, Request, Revision, Staff
from tryon.atelier.trade import CHECKS, MAKING, FileKind, Round, Stage
from tryon.atelier.who import HOUSE, Who
from tryon.errors import SettingError
from tryon.types import Piece

Work = Callable[[Unit, Request, Piece], object]
CLIENTS = (
    ("Ana Novak", "en"),
    ("Béatrice Laurent", "fr"),
    ("Chiara Conti", "it"),
    ("Dina Haddad", "ar"),
    ("Eva Lindqvist", "en"),
    ("Fleur Martin", "fr"),
    ("Grace Okafor", "en"),
    ("Hana Sato", "en"),
    ("Inès Morel", "fr"),
    ("Julia Weber", "de"),
    ("Kate O’Neill", "en"),
    ("Lucía Vega", "es"),
    ("Mia Rossi", "it"),
    ("Nora Berg", "en"),
    ("Olga Petrova", "en"),
    ("Paula Silva", "en"),
)
END: tuple[Stage, ...] = ("declined", "cancelled", "on_hold")


@dataclass
class Sample:
    """What was made: ids of the people by name, of a request by the stage it is at, keys of the clients."""

    staff: dict[str, str] = field(default_factory=dict)
    requests: dict[Stage, str] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    "By request."
    provenance: str = ""
    shop_key: str = ""
    "Of a shop that tries things out: publishable, sandbox."


class Journey:
    """Takes requests as far as one wishes, by the hands of those who would do each step."""

    def __init__(self, store: Store, files: Files, pieces: Mapping[str, Piece], folder: Path) -> None:
        """`folder`: with a folder a piece, its poster.png and mesh.glb in it, as stand-ins for what the bench makes."""
        self._store = store
        self._files = files
        self._pieces = pieces
        self._folder = folder
        self.sample = Sample()

    def hire(self) -> None:
        """An owner, two consultants, three artisans. Raises SettingError when somebody is there already."""

        def work(unit: Unit) -> dict[str, str]:
            if unit.rows.scalar(select(Staff.id).limit(1)) is not None:
                raise SettingError("demo_not_empty", "This atelier has people already; the demo needs an empty one.")
            people = (
                staff.hire(unit, "owner", "Odile Marchetti", "odile@atelier.example", languages=("en", "fr", "it")),
                staff.hire(unit, "consultant", "Camille Roy", "camille@atelier.example", languages=("en", "fr")),
                staff.hire(unit, "consultant", "Lena Fischer", "lena@atelier.example", languages=("en", "de")),
                staff.hire(
                    unit,
                    "artisan",
                    "Matteo Rinaldi",
                    "matteo@atelier.example",
                    skills=("stones", "platinum"),
                    languages=("en", "it"),
                    capacity_month=12,
                ),
                staff.hire(
                    unit,
                    "artisan",
                    "Solange Petit",
                    "solange@atelier.example",
                    skills=("filigree", "restoration", "stones"),
                    languages=("fr", "en"),
                    capacity_month=8,
                ),
                staff.hire(
                    unit,
                    "artisan",
                    "Yuki Mori",
                    "yuki@atelier.example",
                    skills=("child_sizes", "enamel"),
                    languages=("en", "ja"),
                    capacity_month=4,
                ),
            )
            return {person.name: person.id for person in people}

        self.sample.staff = self._store.change(HOUSE, "demo.people", work)

    def open_shop(self) -> None:
        """A shop with every piece, and a sandbox key, which works on this machine."""
        owner = Who("owner", self.sample.staff["Odile Marchetti"])

        def work(unit: Unit) -> str:
            shop = shops.add(unit, shops.ShopWish("Maison Sample", ()), frozenset(self._pieces))
            return shops.make_key(unit, shop.id, shops.KeyWish("publishable", sandbox=True)).key

        self.sample.shop_key = self._store.change(owner, "demo.shop", work)

    def begin(self, piece: str, name: str, language: str, *, tier: str = "studio") -> str:
        """A draft of a client; its id."""
        lead = requests.lead_weeks(self._pieces[piece], tier)
        wish = asked.Wish(
            pieces=[piece],
            wished=piece,
            event_date=self._store.clock().date() + datetime.timedelta(weeks=lead + 8),
            hairstyle="updo",
            veil="behind",
            tier="custom" if tier == "custom" else "studio",
            materials="the metal of the piece",
            stones="as it is shown, with pearls if they can be had",
            notes="My grandmother wore one like it. Please keep it light.",
            language=language,
            name=name,
            email=f"{name.split()[0].lower()}@client.example" if name.isascii() else "client@client.example",
        )

        def work(unit: Unit) -> tuple[str, str]:
            request, key = requests.begin(unit, wish, self._pieces)
            return request.id, key

        id, key = self._store.change(Who("client"), "request.begin", work)
        self.sample.keys[id] = key
        return id

    def advance(self, id: str, until: Stage) -> None:
        """Take a request from where it is to a stage of the making."""
        while (here := self._read(id).stage) != until:
            if here == "draft":
                self._submit(id)
                continue
            there = MAKING[MAKING.index(here) + 1]
            self.prepare(id, here)
            self.step(id, there)

    def prepare(self, id: str, here: Stage) -> None:
        """All that a request at a stage needs to leave it."""
        client, owner = Who("client", id), self._owner()
        artisan = Who("artisan", self._read(id).artisan_id or "")
        if here == "enquiry":
            camille = self.sample.staff["Camille Roy"]
            self._do(owner, "consultant.set", id, lambda unit, row, piece: progress.take_care(unit, row, camille))
        elif here == "consultation":
            self._accept(id)
            self._do(owner, "price.make", id, self._price)
            self._do(client, "price.agree", id, lambda unit, row, piece: agree.agree_price(unit, row, 1))
        elif here == "deposit":
            self._do(owner, "deposit.receive", id, lambda unit, row, piece: agree.receive_deposit(unit, row))
            self._do(owner, "number.give", id, self._number)
        elif here == "cad":
            self._show(id, "one", {"render": "poster.png", "design": "mesh.glb"}, artisan)
        elif here == "hand_finishing":
            self._show(id, "two", {"proof": "poster.png"}, artisan)
        elif here in progress.ROUND_OF:
            self._approve(id, progress.ROUND_OF[here])
        elif here == "qc":
            self._finish(id, owner)

    def step(self, id: str, there: Stage, *, words: str = "") -> None:
        """One step, by whoever does it."""
        bench = ("cad", "approval_one", "casting", "setting", "hand_finishing", "approval_two", "qc")
        artisan = self._read(id).artisan_id
        who = Who("artisan", artisan) if there in bench and artisan else self._owner()

        def work(unit: Unit, row: Request, piece: Piece) -> object:
            return progress.move(unit, row, there, piece, words=words)

        self._do(who, "stage.set", id, work)

    def _owner(self) -> Who:
        return Who("owner", self.sample.staff["Odile Marchetti"])

    def _read(self, id: str) -> Request:
        def work(unit: Unit) -> Request:
            row = unit.rows.get_one(Request, id)
            unit.rows.expunge(row)
            return row

        return self._store.look(work)

    def _do(self, who: Who, action: str, id: str, work: Work) -> None:
        def do(unit: Unit) -> None:
            row = requests.held(unit, id)
            work(unit, row, self._pieces[requests.wished(unit, id)])

        self._store.change(who, action, do)

    def _submit(self, id: str) -> None:
        consent = {"version": "sample", "language": "en", "purposes": ["artisan", "atelier"]}
        self.attach(Who("client", id), id, "snapshot", "poster.png")
        self._do(
            Who("client", id),
            "request.submit",
            id,
            lambda unit, row, piece: requests.submit(unit, row, consent, self._pieces),
        )

    def attach(self, who: Who, id: str, kind: FileKind, name: str) -> str:
        """A file of the wished piece's folder, with a request; its id."""
        piece = self._store.look(lambda unit: requests.wished(unit, id))
        data = (self._folder / piece / name).read_bytes()
        incoming = check(kind, data, check_design=lambda data: None)  # our own, checked when it came in
        return attach.keep(self._store, self._files, who, id, incoming).id

    def _accept(self, id: str) -> None:
        def work(unit: Unit, row: Request, piece: Piece) -> None:
            offer = unit.rows.scalar(select(Offer).where(Offer.request_id == id, Offer.state == "offered"))
            if offer is None:
                matteo = self.sample.staff["Matteo Rinaldi"]
                offer = pairs.offer(unit, row, piece, matteo, "Nobody else is free.")
                unit.rows.flush()
            pairs.answer(unit, row, piece, offer.id, True, "With pleasure.")

        self._do(self._owner(), "offer.answer", id, work)

    def _price(self, unit: Unit, row: Request, piece: Piece) -> None:
        said = piece.tiers[row.tier or "studio"]["price_from"]
        minor = int(said * 100) if isinstance(said, int | float) else 0
        parts = (("metal", 22), ("stones", 38), ("production", 30), ("provenance", 4), ("fit", 6))
        lines = [asked.PriceLine(driver, minor * share // 100) for driver, share in parts]  # type: ignore[arg-type]
        agree.quote(unit, row, asked.Priced("EUR", lines))

    def _number(self, unit: Unit, row: Request, piece: Piece) -> None:
        if piece.edition_of:
            finish.give_number(unit, row, piece)

    def _show(self, id: str, round: Round, names: Mapping[FileKind, str], artisan: Who) -> None:
        files = [self.attach(artisan, id, kind, name) for kind, name in names.items()]
        said = asked.Shown(files, "As we spoke of it, on your own measures.")
        self._do(artisan, f"approval.{round}.show", id, lambda unit, row, piece: agree.show(unit, row, round, said))

    def _approve(self, id: str, round: Round) -> None:
        def work(unit: Unit, row: Request, piece: Piece) -> None:
            newest = unit.rows.scalars(
                select(Revision)
                .where(Revision.request_id == id, Revision.round == round)
                .order_by(Revision.number.desc())
            ).first()
            assert newest is not None
            agree.comment(unit, row, round, newest.number, asked.Said("It is beautiful."))
            agree.decide(unit, row, round, asked.Decided(newest.number, newest.sha256, "final"))

        self._do(Who("client", id), f"approval.{round}.decide", id, work)

    def _finish(self, id: str, owner: Who) -> None:
        bench = self.attach(owner, id, "bench", "poster.png")

        def work(unit: Unit, row: Request, piece: Piece) -> None:
            checks = [asked.Checked(check, "pass") for check in CHECKS]
            weight_mg = round(1000 * piece.size.weight_g)
            finish.control(unit, row, piece, asked.Controlled(checks, weight_mg, "950 Pt, maker's mark OM", "mirror"))
            for material in (*piece.materials, *piece.stones):
                finish.certify(unit, row, asked.Certified(material, source="traced to its refiner", issuer="Sample"))
            today = unit.today
            finish.pack(
                unit,
                row,
                asked.Packed(
                    box=True,
                    care_card=True,
                    papers=True,
                    sealed=True,
                    insured_minor=1_000_000,
                    currency="EUR",
                    carrier="Sample Courier",
                    tracking="SC-0001",
                    from_date=today + datetime.timedelta(days=3),
                    to_date=today + datetime.timedelta(days=5),
                ),
            )
            self.sample.provenance = finish.publish(unit, row, piece, asked.Published(True, [bench])).public_id

        self._do(owner, "piece.finish", id, work)


def fill(store: Store, files: Files, pieces: Mapping[str, Piece], folder: Path) -> Sample:
    """The whole sample atelier. Raises SettingError when the store is not empty."""
    journey = Journey(store, files, pieces, folder)
    journey.hire()
    made_in_studio = [id for id, piece in pieces.items() if requests.lead_weeks(piece, "studio")]
    for index, stage in enumerate(("draft", *MAKING, *END)):
        name, language = CLIENTS[index % len(CLIENTS)]
        id = journey.begin(made_in_studio[index % len(made_in_studio)], name, language)
        if stage in MAKING:
            journey.advance(id, stage)
        elif stage != "draft":
            journey.advance(id, "consultation")
            journey.step(id, stage, words="As we spoke of it.")
        journey.sample.requests[stage] = id
    journey.open_shop()
    return journey.sample

"""The command line: one verb a job. An error is one clear line and a non-zero exit."""

from __future__ import annotations

import datetime
import math
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from json import dumps
from pathlib import Path
from time import monotonic
from typing import Annotated, Literal, NoReturn

from cyclopts import App, CycloptsError, Parameter
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from tryon import doctor as doctor_
from tryon import jobs, storefront
from tryon.camera.bands import band_sheet
from tryon.camera.profile import Profile, read_profile, write_profile
from tryon.camera.sheet import MARKER_MM, board_sheet, marker_sheet
from tryon.camera.views import camera_from_pictures
from tryon.conclusion import Concluded
from tryon.errors import InputError, SettingError, TryonError
from tryon.fit.given import Given
from tryon.fit.population import Planned
from tryon.fitcard.content import ORDER_LETTERS, fit_card, reason
from tryon.fitcard.pages import pages
from tryon.fitcard.record import read_record
from tryon.fitcard.table import table
from tryon.geometry.camera import given_camera, prior_camera, resized
from tryon.media.clips import clip_info, read_clip
from tryon.owned import owned_bangle, owned_ring
from tryon.paper.pdf import write_file
from tryon.picture import frame_from_rgb, read_picture
from tryon.pieces.catalogue import Catalogue
from tryon.pieces.gate import add as add_piece
from tryon.pieces.gate import check as check_piece
from tryon.session import CameraOf, Session, open_session
from tryon.settings import Settings, load
from tryon.track.marker import Board

app = App(name="tryon", help="Live try-on and fit for crowns, tiaras, necklaces and hand jewellery.")
pieces_app = App(name="pieces", help="The catalogue: list, show, check, add.")
app.command(pieces_app)
calibrate_app = App(name="calibrate", help="What is printed to measure by, and a camera's own numbers from it.")
app.command(calibrate_app)
atelier_app = App(name="atelier", help="The atelier: let an owner in, hold the audit trail against its rows.")
app.command(atelier_app)

Pieces = Annotated[list[str], Parameter(name="--piece", help="Id of a piece to wear; may be given several times.")]
FocalPx = Annotated[float | None, Parameter(name="--focal-px", help="Focal length of the camera, pixels.")]
CameraFile = Annotated[Path | None, Parameter(name="--camera", help="Camera file (TOML) from a calibration.")]
REFERENCES = ("iris", "card", "marker")
ScaleSource = Annotated[
    str | None,
    Parameter(
        name="--scale",
        help="What millimetres rest on: iris, card, marker or pd:VALUE_MM[:optician|app|self]; else all that is seen.",
    ),
]
SIZE_IN_DOUBT = (
    "card_unclear",
    "marker_unclear",
    "marker_unchecked",
    "photograph",
    "references_disagree",
    "interpupillary_distance_disagrees",
)
"Of what a measuring says, what is told of a picture or clip that pieces are drawn on."
Report = Annotated[Path | None, Parameter(name="--report", help="Where to write the report.")]

Database = Annotated[
    str | None, Parameter(help="URL of the atelier's database; default: SQLite in the data folder, made if missing.")
]


@app.command
def serve(
    *, host: str | None = None, port: int | None = None, advertise: str | None = None, database: Database = None
) -> None:
    """The live mirror, until interrupted."""
    from tryon.server.serve import run  # loads slowly; the other verbs do without

    run(load(host=host, port=port, advertise=advertise, database=database))


@app.command
def invite(
    *,
    client: Annotated[str, Parameter(help="Her name, as the others read it.")],
    consultant: Annotated[list[str], Parameter(help="A consultant's name; may be given several times.")],
    hours: Annotated[float, Parameter(help="How long the links hold.")] = 48.0,
    email: Annotated[str, Parameter(help="Hers: afterwards a summary and a request filled in with it go there.")] = "",
    language: Annotated[str, Parameter(help="Of the letters to her.")] = "en",
    address: Annotated[str, Parameter(help="Where the service is reached.")] = "",
    database: Database = None,
) -> None:
    """Make a meeting: everyone's own link, one line each (ROLE<tab>NAME<tab>LINK). They are shown this once."""
    from tryon.atelier.files import Files  # load slowly; the other verbs do without
    from tryon.atelier.meetings import Meetings
    from tryon.atelier.store import Store

    settings = load(database=database)
    base = address.rstrip("/") or settings.public_address
    store = Store(settings.database_url)
    try:
        meetings = Meetings(store, Files(settings.files_place))
        made = meetings.invite(client, consultant, hours=hours, email=email, language=language)
    finally:
        store.close()
    for invitation, token in made:
        print(f"{invitation.seat.role}\t{invitation.seat.name}\t{base}/session#{token}")


@app.command
def photo(
    image: Path,
    *,
    piece: Pieces,
    out: Path,
    report: Report = None,
    scale: ScaleSource = None,
    focal_px: FocalPx = None,
    camera: CameraFile = None,
) -> None:
    """Draw pieces on a picture."""
    settings = load()
    source, given = _scale(settings, scale)
    _writable(out, report)
    session = _dressed(settings, piece, focal_px, camera)
    try:
        frames = [frame_from_rgb(read_picture(image), 0.0)]
        camera_of = _camera(focal_px, camera)
        found = jobs.sized(settings, frames, camera_of=camera_of, source=source, given=given, stills=True)
        _size(session, found, source)
        shown = jobs.photo(session, image, out, report=report)
        if hidden := [id for id in piece if id not in shown.pieces]:
            print(f"tryon: not in this picture, so not drawn: {', '.join(hidden)}.", file=sys.stderr)
    finally:
        session.close()


@app.command
def video(
    clip: Path,
    *,
    piece: Pieces,
    out: Path,
    report: Report = None,
    scale: ScaleSource = None,
    focal_px: FocalPx = None,
    camera: CameraFile = None,
) -> None:
    """Draw pieces on a clip; the report has one JSON object a line, one line a frame, a summary last."""
    settings = load()
    source, given = _scale(settings, scale)
    _writable(out, report)
    session = _dressed(settings, piece, focal_px, camera)
    try:
        count = clip_info(clip).frames
        with _progress("measuring") as progress:
            found = jobs.sized(
                settings,
                read_clip(clip),
                camera_of=_camera(focal_px, camera),
                source=source,
                given=given,
                progress=lambda done: progress(done, count),
            )
        _size(session, found, source)
        with _progress("drawing") as progress:
            jobs.video(session, clip, out, report=report, measured=found.measurements, progress=progress)
    finally:
        session.close()


@app.command
def measure(
    clips: Annotated[
        list[Path], Parameter(name="CLIP", help="Clips of one person, each a visit of hers, and pictures of her.")
    ],
    /,
    *,
    json: Annotated[Path, Parameter(name="--json", help="Where to write the measures.")],
    piece: Annotated[list[str] | None, Parameter(name="--piece", help="Id of a piece to judge; several times.")] = None,
    hair: Annotated[Literal["loose", "tied", "cap"] | None, Parameter(help="As she wears it in the clips.")] = None,
    planned_hair: Annotated[Planned | None, Parameter(help="As she will wear it with the piece.")] = None,
    rules: Annotated[str, Parameter(help="A rule set of calibration/sizing/pageant_rules.csv to hold pieces to.")] = "",
    scale: ScaleSource = None,
    known: Annotated[
        list[str] | None,
        Parameter(
            name="--known",
            help="What is known of her, NAME=VALUE[:HOW][:left|right]; several times. head_circumference=560,563 (mm, "
            "a tape taken twice over hair), neck_circumference=335, wrist_circumference=155:left, "
            "interpupillary_distance=62:optician (or app, self), hat_size=57:eu (us, uk, eu, jp), "
            "finger_inner_diameter_ring=6.5:us:left (us, uk, eu, jp; mm: inside; strip: mm round it). Of wrist and "
            "finger, left or right says whose.",
        ),
    ] = None,
    laid_ring: Annotated[
        list[str] | None,
        Parameter(
            help="[left-|right-]FINGER:PICTURE, a ring that fits that finger, laid flat beside a bank card; several "
            "times."
        ),
    ] = None,
    laid_bangle: Annotated[
        str | None,
        Parameter(help="[left:|right:]PICTURE of a bangle that she wears on that hand, laid flat beside a bank card."),
    ] = None,
    laid_coin: Annotated[
        str | None,
        Parameter(
            help="COIN:PICTURE of a coin of known size (eur-1, usd-0.25, gbp-0.10, ...) laid flat beside the bank card "
            "that is used: whether that is of its size."
        ),
    ] = None,
    print_checked: Annotated[
        bool, Parameter(negative=(), help="A bank card fits the box on the sheet of her marker or paper bands.")
    ] = False,
    focal_px: FocalPx = None,
    camera: CameraFile = None,
) -> None:
    """Measure a person, and say how pieces fit her; every number with its doubt."""
    settings = load()
    source, given = _scale(settings, scale, known or ())
    _writable(json)
    catalogue = _catalogue(settings)
    pieces = [catalogue.piece(id) for id in piece] if piece else catalogue.pieces()
    owned = [owned_ring(text) for text in laid_ring or ()]
    if laid_bangle is not None:
        owned.append(owned_bangle(laid_bangle))
    with _progress("measuring") as progress:
        found = jobs.measure(
            settings,
            clips,
            camera_of=_camera(focal_px, camera),
            worn=hair,
            source=source,
            given=given,
            owned=owned,
            coin=laid_coin,
            print_checked=print_checked,
            pieces=pieces,
            planned=planned_hair,
            rules=rules,
            progress=progress,
        )
    write_file(json, f"{dumps(found, indent=1)}\n".encode())
    for code in found["capture"]["reasons"]:
        print(f"tryon: {code}: {reason(code)}", file=sys.stderr)


@app.command
def fitcard(
    measures: Path,
    /,
    *,
    piece: Annotated[str, Parameter(help="Id of the piece, one that was judged.")],
    out: Annotated[Path, Parameter(help="Where to write the PDF.")],
    csv: Annotated[Path | None, Parameter(help="Where to write the same as a table.")] = None,
    order: Annotated[str, Parameter(help="What the atelier calls it; printed beside the date.")] = "",
    date: Annotated[datetime.date | None, Parameter(help="Of the card; default: today.")] = None,
) -> None:
    """A card to cut metal by, from what `measure` wrote: a PDF (A4, true size) of the fit of one piece."""
    if len(order) > ORDER_LETTERS:
        raise SettingError("order_too_long", f"--order has {len(order)} letters; {ORDER_LETTERS} fit beside the date.")
    record = read_record(measures)
    card = fit_card(record, _catalogue(load()).piece(piece), date or datetime.date.today(), order)
    write_file(out, pages(card))
    if csv is not None:
        write_file(csv, table(card).encode())


@pieces_app.command(name="list")
def list_() -> None:
    """One line a piece: ID<tab>KIND<tab>NAME."""
    for piece in _catalogue(load()).pieces():
        print(f"{piece.id}\t{piece.kind}\t{piece.name}")


@pieces_app.command
def show(id: str, /) -> None:
    """What the catalogue says of one piece."""
    piece = _catalogue(load()).piece(id)
    size = piece.size
    rows = [
        ("id", piece.id),
        ("name", piece.name),
        ("kind", piece.kind),
        ("maker", piece.maker),
        ("words", piece.words),
        ("inside", f"{size.inner_length_mm:.1f} x {size.inner_breadth_mm:.1f} mm, arc {size.arc_mm:.1f} mm"),
        ("height", f"{size.height_mm:.1f} mm"),
        ("weight", f"{size.weight_g:.0f} g"),
        ("seat", f"{piece.seat.line}, held by {piece.seat.attachment.replace('_', ' ')}"),
        ("materials", ", ".join(piece.materials)),
        ("stones", ", ".join(piece.stones)),
        ("edition", f"of {piece.edition_of}" if piece.edition_of else "open"),
        ("licence", piece.licence),
    ]
    for name, value in rows:
        print(f"{name:<10}{value}")


@pieces_app.command
def check(path: Path, /) -> None:
    """Say whether a piece's file or folder can be used, and what is wrong with it."""
    report = check_piece(path)
    for line in report.lines():
        print(line)
    if not report.accepted:
        sys.exit(1)


@pieces_app.command
def add(folder: Path, /) -> None:
    """Check a piece's folder and take it into the catalogue."""
    piece = add_piece(folder, load().pieces_folder)
    print(f"{piece.id}\t{piece.kind}\t{piece.name}")


@calibrate_app.command(name="board")
def calibrate_board(
    *,
    out: Path,
    square_mm: Annotated[float | None, Parameter(help="Side of a square; default: 25.")] = None,
    marker: Annotated[bool, Parameter(negative=(), help="A marker to hold at the forehead instead.")] = False,
) -> None:
    """A PDF (A4, true size) to print: the board to calibrate by."""
    if marker and square_mm is not None:
        raise SettingError("square_of_marker", f"--square-mm is of the board; the marker is always {MARKER_MM:g} mm.")
    write_file(out, marker_sheet() if marker else board_sheet(Board().square_mm if square_mm is None else square_mm))


@calibrate_app.command(name="bands")
def calibrate_bands(*, out: Path) -> None:
    """A PDF (A4, true size) to print: paper bands round head, neck and wrist, which `measure` reads."""
    write_file(out, band_sheet())


@calibrate_app.command(name="camera")
def calibrate_camera(
    *pictures: Annotated[Path, Parameter(help="Pictures of the board, 10 at least, or a clip of it.")],
    out: Path,
    date: Annotated[datetime.date | None, Parameter(help="When they were taken; default: today.")] = None,
) -> None:
    """A camera's file, for --camera, from pictures of the board."""
    _writable(out)
    with _progress("searching") as progress:
        calibrated = camera_from_pictures(pictures, progress=progress)
    write_profile(out, Profile(calibrated, date or datetime.date.today()))
    camera = calibrated.camera
    print(
        f"{camera.size_px[0]} x {camera.size_px[1]}: focal length {camera.matrix[0, 0]:.1f} px "
        f"+- {200 * camera.focal_std:.2f} % (95 %), {calibrated.views} views, "
        f"tilts up to {math.degrees(calibrated.tilt_spread_rad):.0f} degrees apart, residual {calibrated.rms_px:.2f} px"
    )


@app.command
def bench(
    *,
    clip: Path | None = None,
    json: Path | None = None,
    only: Annotated[
        Sequence[str],
        Parameter(
            help="tracking, body, card, trials, hardships, people, hand, bands, uplink, stages, drawing, live, "
            "meeting, browser, tabs."
        ),
    ] = (),
    folder: Annotated[Path | None, Parameter(help="Clips with truth beside them.")] = None,
) -> None:
    """Every figure we claim, measured anew: stage by stage, beside the floor, in one run."""
    from tryon.bench.all import run  # loads slowly; the other verbs do without

    run(load(), clip=clip, out=json, only=tuple(only), folder=folder)


@app.command
def demo(*, database: Database = None) -> None:
    """Fill an empty store with a small atelier: people, a request at every stage, a numbered piece, a shop."""
    from tryon.atelier.files import Files  # these load slowly; the other verbs do without
    from tryon.atelier.sample import fill
    from tryon.atelier.store import Store

    settings = load(database=database)
    store = Store(settings.database_url)
    try:
        pieces = {piece.id: piece for piece in _catalogue(settings).pieces()}
        sample = fill(store, Files(settings.files_place), pieces, settings.pieces_folder)
    finally:
        store.close()
    for stage, id in sample.requests.items():
        print(f"{stage:<16}{id}\t{sample.keys[id]}")
    print(f"{'provenance':<16}{sample.provenance}")
    print(f"{'shop':<16}{settings.public_address}/embed/sample?key={sample.shop_key}")


@atelier_app.command
def owner(
    mail: Annotated[str, Parameter(help="Mail address of an owner, one who is new or who lost her way in.")],
    /,
    *,
    database: Database = None,
    language: Annotated[Literal["en", "fr"], Parameter(help="Of her letters.")] = "en",
) -> None:
    """Print a link by which an owner comes into the atelier, once; it makes her an owner if she was none."""

    from tryon.atelier.accounts import Accounts
    from tryon.atelier.passkeys import House
    from tryon.atelier.store import Store
    from tryon.atelier.tries import Tries

    settings = load(database=database)
    store = Store(settings.database_url)
    try:
        house = House(settings.shop_mark, settings.public_address)
        print(Accounts(store, house, Tries(monotonic)).make_owner(mail, language=language))
    finally:
        store.close()


@atelier_app.command
def audit(
    *,
    database: Database = None,
    head: Annotated[str, Parameter(help="A head that was noted earlier; it must be in the chain.")] = "",
) -> None:
    """Hold the atelier's audit trail against itself and against every row; note the head it prints elsewhere."""
    from tryon.atelier.store import Store  # loads slowly; the other verbs do without

    store = Store(load(database=database).database_url)
    try:
        found = store.verify(noted=head)
    finally:
        store.close()
    for fault in found.faults:
        print(f"FAIL  {fault}")
    print(f"{found.lines} lines, {found.rows} rows, head {found.head}")
    if found.faults:
        sys.exit(1)


@atelier_app.command
def erase(
    whose: Annotated[str, Parameter(help="Mail address that requests were sent from, or the id of one request.")],
    /,
    *,
    yes: Annotated[
        bool, Parameter(negative=(), help="Do it; without this it is only said what would be done.")
    ] = False,
    database: Database = None,
) -> None:
    """Erase all that is a client's from her requests, for good; what stays is named, and says nothing of her."""
    from tryon.atelier import erase as erasure  # these load slowly; the other verbs do without
    from tryon.atelier.files import Files
    from tryon.atelier.store import Store
    from tryon.atelier.who import HOUSE

    settings = load(database=database)
    store, refused = Store(settings.database_url), False
    try:
        found = store.look(lambda unit: erasure.of_mail(unit, whose)) if "@" in whose else [whose]
        for id in found:
            plan = store.look(lambda unit, id=id: erasure.plan(unit, id))  # type: ignore[misc]
            kept = f"stays: {', '.join(plan.kept)}" if plan.kept else "nothing stays"
            if not plan.possible:
                refused = True
                print(f"{id}\t{plan.stage}\tnot while its piece is being made: cancel it first, or deliver it")
            elif yes:
                erasure.erase(store, Files(settings.files_place), HOUSE, id)
                print(f"{id}\t{plan.stage}\terased, {plan.pictures} files with it; {kept}")
            else:
                print(f"{id}\t{plan.stage}\twould be erased, {plan.pictures} files with it; {kept}")
    finally:
        store.close()
    if not found:
        raise InputError("request_unknown", f"No request here was sent from {whose}.")
    if not yes:
        print("Nothing was done. Say it again with --yes to do it; it cannot be undone.")
    if refused:
        sys.exit(1)


@app.command
def doctor(
    page: Annotated[str, Parameter(help="Address of a shop's page: what keeps the mirror from it.")] = "",
    /,
    *,
    key: Annotated[str, Parameter(help="The shop's publishable key: whether it opens mirrors on that page.")] = "",
    service: Annotated[str | None, Parameter(help="Address of the mirror; default: TRYON_ADDRESS.")] = None,
) -> None:
    """What works here and what does not: GL, models, codecs, catalogue, ports; or on a shop's page."""
    settings = load(address=service)
    if page and not settings.address:
        # what a page's headers let through depends on it; any guess would be good advice for another mirror
        raise SettingError("address_missing", "Say where the mirror is: --service https://TRYON, or TRYON_ADDRESS.")
    findings: Sequence[storefront.Finding | doctor_.Finding] = (
        storefront.examine(page, settings.address, key) if page else doctor_.examine(settings)
    )
    for finding in findings:
        print(f"{'ok  ' if finding.works else 'FAIL'}  {finding.what:<12}{finding.detail}")
    if not all(finding.works for finding in findings):
        sys.exit(1)


@contextmanager
def _progress(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on standard error while work lasts; called with how much is done and how much there is (0: unknown)."""
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, of: bar.update(task, completed=done, total=of or None)


def _catalogue(settings: Settings) -> Catalogue:
    return Catalogue(settings.pieces_folder, settings.published_folder)


def _scale(settings: Settings, scale: str | None, known: Sequence[str] = ()) -> tuple[str | None, tuple[Given, ...]]:
    """The one reference to use, None all that are seen; and what is known of her, with a typed pupillary distance."""
    if scale is not None and scale.startswith("pd:"):
        return None, jobs.given_of(settings, [*known, f"interpupillary_distance={scale[3:]}"])
    if scale not in (None, *REFERENCES):
        raise SettingError("scale_unknown", f"--scale {scale} is not known; say iris, card, marker or pd:62:optician.")
    return scale, jobs.given_of(settings, known)


def _size(session: Session, found: Concluded, source: str | None) -> None:
    """She is drawn on at the size that was found, where a reference tells it; what stands in its way is said."""
    asked = [code for code in found.reasons if source is not None and code.startswith(f"{source}_")]
    for code in dict.fromkeys([*asked, *(code for code in found.reasons if code in SIZE_IN_DOUBT)]):
        print(f"tryon: {code}: {reason(code)}", file=sys.stderr)
    session.take(found.scale)
    if asked and (found.scale is None or found.scale.source == "prior"):
        print("tryon: she is drawn on at the size that her irises tell.", file=sys.stderr)


def _writable(*paths: Path | None) -> None:
    """Said before anything slow starts. Raises SettingError."""
    for path in paths:
        if path is None:
            continue
        if path.is_dir():
            raise SettingError("file_unwritable", f"{path} cannot be written: it is a folder. Name a file in it.")
        if not path.absolute().parent.is_dir():
            raise SettingError("folder_missing", f"There is no folder {path.parent} to write {path.name} to.")


def _dressed(settings: Settings, ids: Sequence[str], focal_px: float | None, camera_file: Path | None) -> Session:
    catalogue = _catalogue(settings)
    models = tuple(catalogue.model(id) for id in ids)  # a wrong id is said before anything slow starts
    session = open_session(settings, camera_of=_camera(focal_px, camera_file), patient=True)
    session.wear(models)
    return session


def _camera(focal_px: float | None, file: Path | None) -> CameraOf:
    if focal_px is not None and file is not None:
        raise SettingError("camera_twice", "Give --focal-px or --camera, not both.")
    if focal_px is not None:
        if not 50 <= focal_px <= 50_000:
            raise SettingError("focal_impossible", f"--focal-px is {focal_px:g}; expected pixels, such as 950.")
        return partial(given_camera, focal_px)
    return prior_camera if file is None else partial(resized, read_profile(file).calibrated.camera)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """The door: exit 0, or non-zero with one clear line on standard error."""
    call: Callable[..., object] = app
    try:
        call(arguments, exit_on_error=False, print_error=False)
    except TryonError as err:
        _fail(f"{err.reason}: {err.detail}", 1)
    except CycloptsError as err:
        _fail(" ".join(str(err).split()), 2)
    except KeyboardInterrupt:
        _fail("interrupted", 130)
    except BrokenPipeError:
        sys.exit(0)
    sys.exit(0)


def _fail(line: str, code: int) -> NoReturn:
    print(f"tryon: {line}", file=sys.stderr)
    sys.exit(code)

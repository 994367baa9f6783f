"""The page and the server speak the same words, and the page has words for everything it may meet."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from tryon import calibrating, messages
from tryon.atelier import asked, finish, papers, pricing, stages, trade
from tryon.atelier.dates import Answer
from tryon.atelier.erase import KEPT
from tryon.atelier.feed import TROUBLES
from tryon.atelier.hooks import EVENTS, State
from tryon.atelier.rights import DEEDS
from tryon.atelier.tables.hooks import Ended
from tryon.conclusion import ARC, HEAD
from tryon.fit.given import HATS, METHODS, NAMES, PD_ORIGINS, RINGS, Reason
from tryon.fit.size_table import SYSTEMS, Kind
from tryon.fit.verdict import Word
from tryon.fitcard.content import FINGERS, PLANNED, REASONS
from tryon.geometry import calibrate
from tryon.measuring import STEPS as PARTS
from tryon.measuring import WANTED
from tryon.pieces.design import DECLARED
from tryon.server.retention import table
from tryon.server.statuses import STATUSES
from tryon.track.marker import BoardWhy
from tryon.types import PieceKind, Quality, ReferenceReason, ScaleSource, View
from tryon.visits import DISAGREE

WEB = Path(__file__).resolve().parents[2] / "web"
MODULES = sorted(WEB.glob("*.js"))
WORDS = {
    key: text
    for name in ("en", "trade.en", "atelier.en", "catalogue.en")
    for key, text in json.loads((WEB / "words" / f"{name}.json").read_text()).items()
}
PAGES = sorted(WEB.glob("*.html"))
DYNAMIC = (
    *("state.", "view.", "hint.", "error.", "kind.", "control.", "nudge.", "help.", "about.tier."),
    *("finger.", "hand.", "laid.", "place.", "worn.", "measure.", "calibrate.", "fit.", "unit.", "known."),
    *("stage.", "tier.", "role.", "by.", "answer.", "hairstyle.", "veil.", "offer.", "because.", "skill."),
    *("atelier.", "people.", "passkey.", "keys.", "part.", "needs.", "file.", "deed.", "trouble.", "reference."),
    *("shops.kind.", "shops.key.end.", "hooks.", "feed.reason.", "check.what."),
    *("way.do.", "way.sure.", "way.means.", "pairing.withdraws.", "quote.driver.", "papers.", "parcel."),
    *("revision.state.", "revision.decided.", "revision.upload.", "sessions.state."),
    *(
        f"session.{part}."
        for part in ("tool", "told", "question", "state", "quality", "reason", "client", "kept", "note")
    ),
    *("request.", "progress.", "driver.", "design.", "paper.", "origin.", "erase.kept.", "price.by."),
    *("photo.", "privacy.", "mine.", "leave."),
    *("catalogue.", "field.", "wrong.", "worn_on.is.", "line.is.", "attachment.is.", "seat.head.", "seat.verdict."),
    *("sizes.kind.", "sizes.system.", "live.hair.", "live.room.", "live.short.", "live.section.of."),
)


def array(module: str, name: str) -> list[str]:
    """The strings of an exported array."""
    found = re.search(rf"export const {name} = \[(.*?)\]", (WEB / module).read_text(), re.S)
    assert found, f"{module} exports no {name}"
    return re.findall(r'"([^"]+)"', found[1])


def number(module: str, name: str) -> float:
    found = re.search(rf"export const {name} = ([^;]+);", (WEB / module).read_text())
    assert found, f"{module} exports no {name}"
    product = 1.0
    for factor in found[1].split("*"):
        product *= float(factor)
    return product


def test_both_sides_of_the_control_channel_know_the_same_messages() -> None:
    assert array("control.js", "FROM_BROWSER") == list(messages.FROM_BROWSER)
    assert array("control.js", "TO_BROWSER") == list(messages.TO_BROWSER)
    assert number("control.js", "VERSION") == messages.VERSION
    assert number("control.js", "HEARTBEAT_MS") == 1000 * messages.HEARTBEAT_S
    assert number("control.js", "HEARTBEATS_LOST") == messages.HEARTBEATS_LOST


def test_the_page_knows_every_way_the_server_may_see_her() -> None:
    hints = get_args(get_args(get_type_hints(Quality)["hints"])[0])

    assert array("states.js", "VIEWS") == list(get_args(View))
    assert array("states.js", "HINTS") == list(hints)
    assert {f"view.{view}" for view in get_args(View)} <= WORDS.keys()
    assert {f"hint.{hint}" for hint in hints} <= WORDS.keys()


def test_every_reason_state_and_kind_has_words() -> None:
    states = set(array("states.js", "STATES")) - {"live", "reconnecting"}

    assert {f"error.{reason}" for reason in STATUSES} <= WORDS.keys()
    assert {f"state.{state}.title" for state in states} <= WORDS.keys()
    assert {f"kind.{kind}" for kind in get_args(PieceKind)} <= WORDS.keys()
    assert {f"erase.kept.{kind}" for kind in KEPT} <= WORDS.keys()
    for state in states - {"consent", "failed", "full"}:
        assert f"state.{state}.text" in WORDS


def test_all_that_a_shops_server_is_told_has_words() -> None:
    said = {key for key in WORDS if re.match(r"hooks\.(event|state|ended)\.", key)}
    assert said == {
        *(f"hooks.event.{event}" for event in EVENTS),
        *(f"hooks.state.{state}" for state in get_args(State)),
        *(f"hooks.ended.{why}" for why in get_args(Ended) if why),
    }
    assert {key for key in WORDS if key.startswith("feed.reason.")} == {f"feed.reason.{why}" for why in TROUBLES}
    chosen = re.search(r'const EVENTS = "(.*)"\.split', (WEB / "hooks.js").read_text())
    assert chosen
    assert chosen[1].split() == [event for event in EVENTS if event != "hook.tested"]


def test_every_key_that_is_used_has_words_and_every_word_is_used() -> None:
    source = "\n".join(module.read_text() for module in MODULES)
    used = set(re.findall(r'"([a-z_]+(?:\.[a-z_]+)+)"', source)) - messages.FROM_BROWSER.keys() - {"a.jpg"}
    used -= {*array("frame.js", "EVENTS"), *array("frame.js", "COMMANDS")}
    used -= set(DEEDS) - WORDS.keys()
    counted = set(re.findall(r'sayCount\("([a-z_.]+)"', source))
    used = (used - counted) | {f"{key}.{form}" for key in counted for form in ("one", "other")}

    assert used <= WORDS.keys(), "without words"
    idle = {key for key in WORDS.keys() - used if not key.startswith(DYNAMIC)}
    assert idle == set(), "words that nothing says"


def test_whatever_a_kept_fit_card_says_has_words() -> None:
    said = {f"sizes.kind.{kind}" for kind in get_args(Kind)} | {f"sizes.system.{system}" for system in SYSTEMS}
    said |= {f"live.hair.{hair}" for hair in PLANNED} | {f"live.section.of.{of}" for of in ("widest", "band", "perch")}
    # a section is named by the quantity that it is drawn from
    said |= {f"fit.name.{name}" for name in ("neck_base_circumference", "neck_circumference", "wrist_circumference")}
    said |= {"fit.name.hand_circumference", *(f"fit.name.finger_inner_diameter_{finger}" for finger in FINGERS)}
    wheres = ("side", "front_and_back", "between_its_ends", "all_round")
    said |= {f"live.{kind}.{where}" for kind in ("room", "short") for where in wheres}
    said |= {f"fit.verdict.{word}" for word in (*get_args(Word), "unmeasured", "adjust_perhaps")}

    assert said <= WORDS.keys()


def test_whatever_measuring_says_has_words() -> None:
    refused = array("measure.js", "REFUSED")

    assert array("fit.js", "VERDICTS") == ["fits", "adjust", "cannot_tell", "too_small", "too_large"]
    assert set(array("fit.js", "VERDICTS")) == set(get_args(Word))
    assert refused == list(get_args(ReferenceReason))
    assert array("measure.js", "STEPS") == list(WANTED)
    keys = [f"measure.step.{step}" for step in WANTED] + [f"measure.refused.{reason}" for reason in refused]
    keys += [f"measure.hinders.{code}" for code in array("measure.js", "HINDERS")]
    keys += [f"fit.{part}.{word}" for part in ("verdict", "short") for word in get_args(Word)]
    keys += [f"fit.reason.{reason}" for reason in array("fit.js", "REASONS")]
    keys += [f"fit.{part}.{source}" for part in ("reference", "scale") for source in get_args(ScaleSource)]
    keys += [
        f"fit.{part}.{name}"
        for part in ("name", "what")
        for name in (*HEAD, ARC, "forehead_height", "neck_base_circumference")
    ]
    keys += [f"fit.{part}.{name}" for part in ("name", "what") for name in NAMES if name.startswith("finger")]
    assert set(keys) <= WORDS.keys()
    assert {*array("fit.js", "REASONS"), *refused} <= REASONS.keys(), "nobody at the bench is told less than she is"


def test_verdicts_are_said_by_words_of_their_own_in_every_language() -> None:
    english = json.loads((WEB / "words" / "fit.en.json").read_text())

    assert not english.keys() & WORDS.keys(), "the page lays both together"
    assert all(key.startswith("verdict.") for key in english)
    gaps = {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in english.items()}
    for path in (WEB / "words").glob("fit.*.json"):
        other = json.loads(path.read_text())
        assert {key: set(re.findall(r"\{(\w+)\}", text)) for key, text in other.items()} == gaps, path.name


def test_whatever_she_may_know_has_words() -> None:
    methods = dict(re.findall(r'"?([a-z][a-z ]*)"?: "([a-z]+)",', (WEB / "known.js").read_text().split("};")[0]))

    assert tuple(methods) == METHODS
    assert {f"fit.given.{word}" for word in methods.values()} <= WORDS.keys()
    disagree = {f"{name}_disagrees" for name in NAMES if not name.startswith("finger")}
    assert disagree | {"finger_disagrees", DISAGREE} <= set(array("fit.js", "REASONS"))
    asked = set(get_args(Reason)) - {"given_unknown", "given_twice"}  # the page says nothing of the kind
    assert {f"known.asked.{reason}" for reason in asked} <= WORDS.keys()
    hows = {"unknown", *PD_ORIGINS, *HATS, *RINGS, "mm", "strip"}
    assert {f"known.how.{how}" for how in hows} <= WORDS.keys()


def test_the_page_guides_and_calibrates_by_the_steps_that_the_mirror_knows() -> None:
    source = (WEB / "measure.js").read_text()
    refused = set(re.findall(r'CalibrationError\(\s*"([a-z_]+)"', Path(calibrate.__file__).read_text()))
    hinders = {*get_args(BoardWhy), *get_args(calibrating.Hindrance)} - {""}

    for part, steps in PARTS.items():
        listed = ", ".join(f'"{step}"' for step in steps)
        assert f"{part}: [{listed}]" in source
        assert f"measure.part.{part}" in WORDS
    assert array("calibrate.js", "STEPS") == ["show", *calibrating.LEANS, "sure"]
    assert set(array("calibrate.js", "HINDERS")) == hinders
    assert set(array("calibrate.js", "REFUSED")) == refused
    keys = [f"calibrate.step.{step}" for step in array("calibrate.js", "STEPS")]
    keys += [f"calibrate.hinders.{code}" for code in hinders] + [f"calibrate.refused.{code}" for code in refused]
    assert set(keys) <= WORDS.keys()


def test_whatever_a_request_can_say_has_words() -> None:
    def all_of(prefix: str, kind: object) -> set[str]:
        return {f"{prefix}.{word}" for word in get_args(kind)}

    assert array("wish.js", "HAIRSTYLES") == list(get_args(trade.Hairstyle))
    assert array("wish.js", "VEILS") == list(get_args(trade.Veil))
    assert array("design.js", "DECISIONS") == list(get_args(trade.Decision))
    stages = set(get_args(trade.Stage)) - {"draft"}
    keys = {f"stage.{stage}" for stage in stages} | {f"progress.now.{stage}" for stage in stages}
    keys |= all_of("request.hairstyle", trade.Hairstyle) | all_of("request.veil", trade.Veil)
    keys |= all_of("request.possible", Answer) | all_of("about.tier", trade.Tier) | all_of("driver", trade.Driver)
    keys |= all_of("origin.check", trade.Check) | all_of("origin.outcome", trade.Outcome)
    keys |= {f"design.size.{name}" for name in DECLARED} | all_of("paper", papers.Paper)
    keys |= {f"{part}.{each}" for each in get_args(trade.Round) for part in ("design.title", "design.final.freezes")}
    keys |= {f"request.{field}" for field in asked.Wish.__struct_fields__}
    keys |= all_of("design", trade.Decision) | all_of("design.decided", trade.Decision)
    keys |= all_of("design.thanks", trade.Decision)
    states = re.findall(r"#go\(\"(\w+)\"\)|#state = \"(\w+)\"", (WEB / "draft.js").read_text())
    keys |= {f"request.state.{one or other}" for one, other in states} - {"request.state.refused"}
    assert keys <= WORDS.keys(), keys - WORDS.keys()


def test_each_reason_of_a_refused_browser_has_help() -> None:
    browsers = set(re.findall(r'"([a-z_]+)"', (WEB / "camera.js").read_text().split("export function browserOf")[1]))

    assert {f"help.{browser}" for browser in browsers} == {key for key in WORDS if key.startswith("help.")}


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.name)
def test_a_module_builds_no_markup_from_text_and_imports_only_what_is_here(module: Path) -> None:
    source = module.read_text()

    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|\beval\(|new Function|document\.write", source)
    assert "//" not in re.sub(r"//(www\.w3\.org/2000/svg|schema\.org)", "", "".join(re.findall(r'"[^"]*"', source)))
    for imported in re.findall(r'from "([^"]+)"', source):
        assert (WEB / imported).is_file()
    assert source.startswith("// "), "opens with what it is"


def test_every_file_of_the_page_is_used() -> None:
    sources = "\n".join(path.read_text() for path in [*MODULES, *PAGES])
    for path in [*MODULES, *WEB.glob("*.css"), *WEB.glob("*.svg")]:
        assert f"/{path.name}" in sources, path.name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_markup_holds_no_script_and_no_style_of_its_own(page: Path) -> None:
    markup = page.read_text()

    assert not re.search(r"<script(?![^>]*src=)|<style|\sstyle=|\son\w+=", markup)
    assert not re.search(r"https?://", markup)


def test_the_console_knows_what_the_atelier_knows() -> None:
    assert array("stages.js", "MAKING") == list(trade.MAKING)
    assert {*array("stages.js", "MAKING"), *array("stages.js", "BESIDE"), "draft"} == set(trade.STAGES)
    assert array("quote.js", "DRIVERS") == list(get_args(trade.Driver))
    assert number("quote.js", "DEPOSIT_PERCENT") == pricing.DEPOSIT_PERCENT
    assert array("quality.js", "CHECKS") == list(trade.CHECKS)
    assert array("quality.js", "OUTCOMES") == list(get_args(trade.Outcome))
    assert number("quality.js", "WEIGHT_TOLERANCE") == finish.WEIGHT_TOLERANCE
    assert array("revisions.js", "SIZES") == list(DECLARED)
    keys = {f"needs.{guard}" for guard in get_args(stages.Guard)} | {
        f"file.{kind}" for kind in get_args(trade.FileKind)
    }
    keys |= {f"quote.driver.{driver}" for driver in get_args(trade.Driver)}
    keys |= {f"revision.decided.{decision}" for decision in get_args(trade.Decision)}
    keys |= {f"reference.{source}" for source in get_args(ScaleSource)}
    assert keys <= WORDS.keys()


def test_each_app_that_keeps_the_camera_has_its_way_out() -> None:
    source = (WEB / "camera.js").read_text()
    apps = set(re.findall(r'"(\w+)"', source[source.index("export function appOf") :].split("\n}\n")[0]))

    assert {f"leave.{app}" for app in apps} == {key for key in WORDS if key.startswith("leave.")}
    assert all(WORDS[f"leave.{app}"].count("|") >= 1 for app in apps)


def test_everything_that_is_held_has_words() -> None:
    lines = table(90).lines
    said = {f"privacy.what.{line.what}" for line in lines} | {f"privacy.where.{line.where}" for line in lines}
    said |= {f"privacy.until.{line.what}" if line.ends == "days" else f"privacy.ends.{line.ends}" for line in lines}

    assert said == {key for key in WORDS if re.match(r"privacy\.(what|where|until|ends)\.", key)}

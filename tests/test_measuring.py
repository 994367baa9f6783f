"""Measures of a clip: right within what they state, absent where nothing was seen, and honest about what is missing."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tryon import jobs
from tryon.body.model import load_head_model
from tryon.body.wearer import head_shape
from tryon.calibration import Calibration, read_calibration
from tryon.capture import Capture, Seen
from tryon.conclusion import HEAD, Concluded, concluded
from tryon.errors import InputError
from tryon.fit.given import Given
from tryon.fit.population import Sighting
from tryon.fit.references import ReferenceView, reference_scale
from tryon.geometry.camera import given_camera, prior_camera, project
from tryon.geometry.rigid import rigid, rotation_from_vector, transform
from tryon.looks.references import size_std
from tryon.measuring import Cutter, measures_json, progress_of, scale_json, scale_of, steps_of
from tryon.media.clips import ClipWriter, clip_info, read_clip
from tryon.messages import Measured, MeasureStart, Measuring, write
from tryon.pieces.catalogue import Catalogue
from tryon.settings import load
from tryon.told import Told
from tryon.types import Frame, HeadShape, Landmarks, Measurement, Scale
from tryon.visits import NOBODY, Visit, together


@pytest.fixture(scope="module")
def tables() -> Calibration:
    """The shipped tables."""
    return read_calibration(Path(load({}).calibration))


@cache
def truth(groundtruth: Path, name: str) -> dict[str, Any]:
    """What is known of a clip."""
    return dict(json.loads((groundtruth / f"{name}.json").read_text()))


@pytest.fixture(scope="module")
def turned(groundtruth: Path) -> dict[str, Any]:
    """A card at the forehead, a turn to both sides: all frames of it."""
    camera_of = partial(given_camera, truth(groundtruth, "bea-turn-card")["camera"]["focal_px"])
    return jobs.measure(load({}), [groundtruth / "bea-turn-card.mp4"], camera_of=camera_of, worn="tied")


def test_a_turn_with_a_card_measures_the_head(turned: dict[str, Any], groundtruth: Path) -> None:
    true = truth(groundtruth, "bea-turn-card")["person_measures_mm"]
    found = turned["measurements"]
    most = {
        "interpupillary_distance": 1.0,
        "face_breadth": 5.0,
        "head_breadth": 6.0,
        "head_length": 7.0,
        "head_circumference": 18.0,
        "neck_circumference": 16.0,
        "head_arc_ear_to_ear": 18.0,
    }
    for name, limit in most.items():
        error = found[name]["value_mm"] - true[name]
        assert abs(error) < limit, name
        assert abs(error) <= found[name]["u95_mm"] * 1.1, name
        assert found[name]["u95_mm"] == pytest.approx(
            np.hypot(found[name]["u95_random_mm"], found[name]["u95_systematic_mm"]), abs=0.02
        )
    assert found["head_circumference"]["u95_mm"] < 26
    assert found["head_circumference"]["value_mm"] < found["head_circumference_over_hair"]["value_mm"]
    assert all(
        turned["over_hair"][f"{name}_over_hair"]["value_mm"] > found[name]["value_mm"]
        for name in ("head_breadth", "head_length")
    )
    assert "forehead_height" not in found
    assert turned["capture"]["reasons"] == ["forehead_covered"], "by the card"
    assert turned["scale"]["source"] == "fused"
    assert turned["scale"]["u95_percent"] < 2


def test_pieces_are_judged_on_what_was_measured(turned: dict[str, Any]) -> None:
    assert turned["fit"] == {}, "none was asked for"


def test_the_mirror_says_the_numbers_that_the_command_writes(turned: dict[str, Any]) -> None:
    said = json.loads(write(Measured(**turned)))

    assert said["data"] == json.loads(json.dumps(turned))


def test_a_face_from_the_front_says_what_is_missing(groundtruth: Path, clip: Path) -> None:
    found = jobs.measure(
        load({}),
        [clip],
        camera_of=partial(given_camera, truth(groundtruth, "ana-mirror")["camera"]["focal_px"]),
        pieces=[],
    )
    assert "turn_to_the_side" in found["capture"]["reasons"]
    assert found["measurements"]["head_circumference"]["u95_mm"] > 28, "an iris alone hardly tells"
    assert found["measurements"]["head_length"]["u95_mm"] > 12
    assert found["scale"]["source"] == "iris"
    assert "wrist_circumference" not in found["measurements"]


def test_a_wall_has_no_measures(tables: Calibration) -> None:
    capture = Capture(load({}), partial(given_camera, 985.0))
    for index in range(3):
        capture.look(Frame(np.full((1080, 1280), 128, np.uint8), index / 30))
    told = capture.told()
    capture.close()
    known = concluded([Visit(told, None)], tables)
    assert known.measurements == {}
    assert known.reasons == ("face_not_found",)


def test_what_looks_like_a_face_now_and_then_has_no_measures(rng: np.random.Generator) -> None:
    """A bank card beside a hand, in bad light, is found as a face in one frame of twelve; it hardly fits one."""
    camera = given_camera(985.0, (1280, 720))
    ahead = rigid(np.diag([1.0, -1.0, -1.0]), np.array([10.0, 20.0, 650.0]))
    points = project(transform(ahead, load_head_model(Path(load({}).assets)).face_points), camera)

    def told(*, every: int, off_px: float) -> Told:
        capture = Capture(load({}), lambda _: camera, hands=False)
        looked = iter(range(1000))

        def track(frame: Frame) -> Landmarks | None:
            if next(looked) % every:
                return None
            seen = points + rng.normal(0, off_px, points.shape)
            return Landmarks("face478", seen, np.zeros(len(seen)), np.ones(len(seen)), frame.time_s)

        capture._face.track = track  # type: ignore[method-assign]
        for index in range(48):
            capture.look(Frame(np.full((1080, 1280), 128, np.uint8), index / 30))
        found = capture.told()
        capture.close()
        return found

    assert told(every=12, off_px=5.5).reasons == ["face_not_found"]
    assert "face_not_found" not in told(every=12, off_px=1.0).reasons, "seldom, but surely hers"
    assert "face_not_found" not in told(every=2, off_px=4.5).reasons, "often, though she laughs"


def seen(scale: Scale | None, **quantities: float) -> Told:
    """What a clip would tell of these, in the model's millimetres."""
    told = Told(frames=90, accepted=90, distance_mm=650.0, scales=[] if scale is None else [scale])
    for name, value in quantities.items():
        sighting = Sighting(name, value, 0.3, 1.5, True, 20, "outline")
        if name == "interpupillary_distance":
            told.pupils = sighting
        else:
            told.sightings.append(sighting)
    return told


def mean_head() -> HeadShape:
    """Of our own head model."""
    model = load_head_model(Path(load({}).assets))
    return head_shape(model, model.face_points, 1.0, 0.03)


CARD = Scale(1.0, 0.006, "card", "eyes", True)


def test_hair_that_hides_the_head_is_not_measured_as_head(tables: Calibration) -> None:
    face = {"face_breadth": 134.0, "interpupillary_distance": 61.0}
    plain = concluded([Visit(seen(CARD, head_breadth_over_hair=152.0, **face), "tied")], tables)
    bob = concluded([Visit(seen(CARD, head_breadth_over_hair=200.0, **face), "tied")], tables)
    assert "hair_thick" not in plain.reasons
    assert "hair_thick" in bob.reasons
    assert bob.measurements["head_breadth"].std_mm > 1.3 * plain.measurements["head_breadth"].std_mm
    assert abs(bob.measurements["head_breadth"].value_mm - 148) < 8, "what her face foretells"


def test_hair_that_stands_off_gives_way_by_degrees(tables: Calibration) -> None:
    """Millimetre by millimetre: nothing that is told of her leaps where hair begins to be more than hair."""

    def of(breadth_mm: float) -> Concluded:
        told = seen(CARD, face_breadth=134.0, interpupillary_distance=61.0, head_breadth_over_hair=breadth_mm)
        return concluded([Visit(told, "tied")], tables)

    broader = [of(breadth_mm) for breadth_mm in np.arange(140.0, 215.0)]
    values = np.array([found.measurements["head_breadth"].value_mm for found in broader])
    std = np.array([found.measurements["head_breadth"].std_mm for found in broader])
    over = np.array([found.over_hair["head_breadth_over_hair"].value_mm for found in broader])
    assert np.abs(np.diff(values)).max() < 2, "the outline itself grows by 1"
    assert np.abs(np.diff(over)).max() < 2
    assert np.abs(np.diff(std)).max() < 1.2
    thick = ["hair_thick" in found.reasons for found in broader]
    first = thick.index(True)
    assert all(thick[first:])
    assert std[first] > max(std[0], std[-1]), "where nobody can say which it is, the doubt is the greatest"
    face = concluded([Visit(seen(CARD, face_breadth=134.0, interpupillary_distance=61.0), "tied")], tables)
    assert values[-1] == pytest.approx(face.measurements["head_breadth"].value_mm, abs=0.1)


def test_no_step_is_promised_that_does_not_narrow(tables: Calibration) -> None:
    """A camera that is known makes it plainer that an outline is hair: her doubt may grow."""
    for breadth_mm in np.arange(150.0, 190.0, 2.0):
        told = seen(CARD, face_breadth=134.0, interpupillary_distance=61.0, head_breadth_over_hair=breadth_mm)
        told.shape, told.camera = mean_head(), prior_camera((1280, 720))
        for step in concluded([Visit(told, "tied")], tables).steps:
            assert step.u95_after_mm < step.u95_mm, (breadth_mm, step)


def test_an_outline_alone_is_no_scale(tables: Calibration) -> None:
    told = seen(None, head_breadth_over_hair=200.0)
    found = concluded([Visit(told, "tied")], tables)
    assert found.scale is not None
    assert found.scale.std / found.scale.mm_per_unit < 0.08, "as people's heads differ"


def test_a_childs_face_asks_for_a_tape(tables: Calibration) -> None:
    card = Scale(1.0, 0.01, "card", "eyes")
    child = concluded([Visit(seen(card, interpupillary_distance=53.0, face_breadth=114.0), None)], tables)
    assert "face_small" in child.reasons
    for small in (seen(card, interpupillary_distance=58.0, face_breadth=126.0), seen(None, face_breadth=114.0)):
        assert "face_small" not in concluded([Visit(small, None)], tables).reasons


@pytest.mark.parametrize(
    "said",
    [
        None,
        {},
        {"mm_per_unit": 0.0, "u95_percent": 2.0, "source": "card"},
        {"mm_per_unit": 1e9, "u95_percent": 2.0, "source": "card"},
        {"mm_per_unit": 1.0, "u95_percent": 0.0, "source": "card"},
        {"mm_per_unit": 1.0, "u95_percent": 2.0, "source": {"a": 1}},
        {"mm_per_unit": "1", "u95_percent": 2.0, "source": "card"},
    ],
)
def test_a_scale_that_cannot_be_is_none(said: Any) -> None:
    assert scale_of(said) is None


def test_a_scale_comes_back_as_it_was_said() -> None:
    back = scale_of(scale_json(CARD))
    assert back is not None
    assert (back.mm_per_unit, back.std, back.source) == (CARD.mm_per_unit, pytest.approx(CARD.std), CARD.source)


def test_planned_hair_is_judged_in_the_place_of_what_was_seen(tables: Calibration) -> None:
    told = seen(CARD, face_breadth=134.0, head_breadth_over_hair=152.0, head_length_over_hair=194.0)
    told.shape = mean_head()
    visit = Visit(told, "tied")
    now, updo = (concluded([visit], tables, planned=planned) for planned in (None, "updo"))
    name = "head_breadth_over_hair"

    assert now.planned == {}
    assert updo.over_hair[name] == now.over_hair[name], "what was seen stays"
    assert set(updo.planned) == {"head_circumference_over_hair", name, "head_length_over_hair"}
    assert updo.planned[name].value_mm > updo.over_hair[name].value_mm + 2
    assert updo.planned[name].std_mm > updo.over_hair[name].std_mm
    noor = Catalogue(load({}).pieces_folder).piece("noor")
    rules = tables.ruled("round_crown_5in")
    said = measures_json([visit], tables, [noor], planned="updo", rules=rules)
    plain = measures_json([visit], tables, [noor])
    assert (said["planned_hair"]["name"], said["rules"]) == ("updo", "round_crown_5in")
    assert said["fit"]["noor"]["gap_mm"] < plain["fit"]["noor"]["gap_mm"] - 8, "more to go round"
    assert (said["fit"]["noor"]["rules_kept"], plain["fit"]["noor"]["rules_kept"]) == (False, None)


def test_the_height_of_the_head_tells_of_the_arc_alone(tables: Calibration) -> None:
    face = {"face_breadth": 134.0, "head_breadth_over_hair": 152.0, "head_length_over_hair": 194.0}
    without, low, high = (
        concluded([Visit(seen(CARD, **face, **height), "tied")], tables).measurements
        for height in ({}, {"head_height_over_hair": 120.0}, {"head_height_over_hair": 140.0})
    )
    arc = "head_arc_ear_to_ear"

    assert high[arc].value_mm - low[arc].value_mm > 20
    assert low[arc].std_mm < without[arc].std_mm
    assert low["head_circumference"] == without["head_circumference"] == high["head_circumference"]


def test_references_that_disagree_are_named_and_their_doubt_covers_both(tables: Calibration) -> None:
    iris = Scale(1.2, 0.04, "iris", "eyes", True)
    told = seen(CARD, face_breadth=134.0)
    both = concluded([Visit(replace(told, scales=[CARD, iris]), None)], tables)
    alone = concluded([Visit(told, None)], tables)
    assert "references_disagree" in both.reasons
    assert both.scale is not None
    assert alone.scale is not None
    assert both.scale.std > 2 * alone.scale.std
    only = concluded([Visit(replace(told, scales=[CARD, iris]), None)], tables, source="card")
    assert only.scale is not None
    assert only.scale.mm_per_unit == pytest.approx(alone.scale.mm_per_unit, abs=1e-9)
    missing = concluded([Visit(seen(iris, face_breadth=134.0), None)], tables, source="card")
    assert "card_not_seen" in missing.reasons


def given(*texts: str) -> tuple[Given, ...]:
    """As on the command line."""
    return jobs.given_of(load({}), texts)


def head(known: Concluded) -> Measurement:
    return known.measurements["head_circumference_over_hair"]


TURNED = {"face_breadth": 134.0, "interpupillary_distance": 61.0, "head_breadth_over_hair": 152.0}
IRIS = Scale(1.0, 0.04, "iris", "eyes", True)


def test_a_given_pupillary_distance_is_a_scale(tables: Calibration) -> None:
    visit = Visit(seen(None, face_breadth=130.0, interpupillary_distance=58.0), None)
    known = concluded([visit], tables, given=given("interpupillary_distance=62:optician"))
    assert known.scale is not None
    assert known.scale.mm_per_unit == pytest.approx(62 / 59.0, abs=0.02)
    assert known.scale.source == "typed_pd"
    guess = concluded([visit], tables, given=given("interpupillary_distance=62:self"))
    assert guess.scale is not None
    assert guess.scale.std > 1.5 * known.scale.std


def test_a_tape_taken_twice_narrows_every_number_of_the_head(tables: Calibration) -> None:
    visit = Visit(seen(IRIS, **TURNED), "tied")
    bare = concluded([visit], tables)
    near = head(bare).value_mm + 6
    taped = concluded([visit], tables, given=given(f"head_circumference={near},{near + 3}"))
    assert taped.reasons == ()
    assert head(taped).std_mm < 5.0 < head(bare).std_mm / 2
    assert head(taped).method == "tape+outline+population"
    for name in HEAD[:4]:
        assert taped.measurements[name].std_mm < bare.measurements[name].std_mm, name
    assert taped.scale is not None
    assert taped.scale.source == "fused"
    # what was promised beforehand is what it bought
    tape = next(step for step in bare.steps if step.code == "tape")
    assert tape.u95_after_mm == pytest.approx(2 * head(taped).std_mm, rel=0.03)
    assert tape.u95_mm == pytest.approx(2 * head(bare).std_mm)
    assert [step.code for step in taped.steps] == ["again"]


def test_what_is_known_needs_no_mirror(tables: Calibration) -> None:
    known = concluded([], tables, given=given("head_circumference=560,563", "neck_circumference=330", "hat_size=57:eu"))
    assert known.scale is None
    assert {each.scale_source for each in known.measurements.values()} == {"given"}
    assert known.measurements["neck_circumference"].std_mm == pytest.approx(3.5, abs=0.2)
    assert 560 < head(known).value_mm < 565
    assert head(known).method == "tape+hat size+population"
    assert known.reasons == ()
    assert [step.code for step in known.steps] == []
    ring = concluded([], tables, given=given("finger_inner_diameter_ring=6.5:us"))
    assert set(ring.measurements) == {"finger_inner_diameter_ring"}, "a ring tells no head"
    assert ring.measurements["finger_inner_diameter_ring"].std_mm == pytest.approx(0.2032)
    assert concluded([NOBODY], tables).measurements == {}


def test_what_contradicts_the_mirror_is_named_and_the_doubt_covers_both(tables: Calibration) -> None:
    told = seen(CARD, **TURNED)
    told.hands = {("finger_inner_diameter_ring", ""): ring(16.9)}
    bare = concluded([Visit(told, "tied")], tables)
    wrong = head(bare).value_mm + 60
    known = concluded(
        [Visit(told, "tied")],
        tables,
        given=given(f"head_circumference={wrong},{wrong}", "finger_inner_diameter_ring=10:us"),
    )
    assert known.reasons == ("head_circumference_disagrees", "finger_inner_diameter_ring_disagrees")
    assert head(known).value_mm - 2 * head(known).std_mm < head(bare).value_mm
    assert head(known).value_mm + 2 * head(known).std_mm > wrong
    finger = known.measurements["finger_inner_diameter_ring"]
    assert finger.value_mm - 2 * finger.std_mm < 16.9
    assert finger.value_mm + 2 * finger.std_mm > 19.7


def ring(value_mm: float) -> Measurement:
    return Measurement("finger_inner_diameter_ring", value_mm, 0.2, 0.5, 9, "outline", "card", 0.4)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("interpupillary_distance=x", "millimetres"),
        ("interpupillary_distance=6.2", "Did you mean 6.2 centimetres, that is 62 mm"),
        ("interpupillary_distance=62:friend", "optician"),
        ("interpupillary_distance=9000", "40 to 80"),
        ("head_circumference=5.6,5.6", "Did you mean .* 560 mm"),
        ("head_circumference=22,22", "Did you mean 22 inches"),
        ("head_circumference=560", "twice"),
        ("head_circumference=560,575", "once more"),
        ("finger_inner_diameter_ring=54:us", "Did you mean EU"),
        ("hat_size=57:us", "Did you mean EU"),
        ("shoe_size=38", "not known"),
    ],
)
def test_what_cannot_be_is_asked_back(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        given(text)


def test_a_second_visit_adds_to_the_first_and_shows_how_well_they_repeat(tables: Calibration) -> None:
    front = Visit(seen(CARD, head_breadth_over_hair=152.0, face_breadth=134.0), "tied")
    front.told.reasons = ["turn_to_the_side", "free_neck"]
    again = Visit(seen(IRIS, head_breadth_over_hair=153.5, neck_circumference=330.0), "tied")
    again.told.reasons = ["free_neck"]
    both = together([front, again]).told
    values = {sighting.quantity: sighting for sighting in both.sightings}
    assert set(values) == {"head_breadth_over_hair", "face_breadth", "neck_circumference"}
    assert values["head_breadth_over_hair"].value_mm == pytest.approx(152.75)
    assert values["head_breadth_over_hair"].std_random_mm > 0.75 > 0.3, "sitting still hid it"
    assert both.reasons == ["free_neck"], "what the other visit saw is not missing"
    assert sorted(scale.source for scale in both.scales) == ["card", "iris"]
    alone, known = (concluded(visits, tables).measurements["head_breadth"] for visits in ([again], [front, again]))
    assert known.std_mm < alone.std_mm, "the card of the first visit still counts"
    # the same irises twice are no second reference
    once, twice = (concluded([again] * count, tables).scale for count in (1, 2))
    assert once is not None
    assert twice is not None
    assert twice.std > 0.97 * once.std
    # one that saw nobody says so, and spoils nothing
    empty = Visit(Told(reasons=["face_not_found"]), "loose")
    assert "face_not_found" in concluded([front, again, empty], tables).reasons
    assert concluded([front, again, empty], tables).measurements["head_breadth"].value_mm == known.value_mm


def test_visits_that_contradict_each_other_are_named(tables: Calibration) -> None:
    first, other = (Visit(seen(CARD, head_breadth_over_hair=value), "tied") for value in (146.0, 160.0))
    known = concluded([first, other], tables)
    assert known.reasons == ("visits_disagree",)
    assert known.over_hair["head_breadth_over_hair"].std_mm > 3
    cap = Visit(other.told, "cap")
    assert concluded([first, cap], tables).reasons == ("forehead_covered",), "other hair is another outline"
    bent = Visit(seen(replace(CARD, mm_per_unit=1.08)), "tied")
    scales = together([first, bent]).told
    assert scales.reasons == ["visits_disagree"]
    assert scales.scales[0].std > 0.03


def test_a_turn_finds_the_scale_wherever_the_card_leans() -> None:
    """The forehead's plane is off by 8 mm; the card's own path through the turn says so."""
    point, factor = np.array([0.0, 80.0, 98.0]), 1.05
    views = []
    for yaw in np.linspace(-0.75, 0.75, 25):
        rotation = np.diag([1.0, -1.0, -1.0]) @ rotation_from_vector(np.array([0.0, yaw, 0.0]))
        pose = rigid(rotation, np.array([0.0, 0.0, 650.0]))
        centre = rotation @ point + factor * pose[:3, 3]
        views.append(ReferenceView(pose, centre, (point - (0, 0, 8.0)) / factor))
    turned = reference_scale(views, "card", 0.001)
    still = reference_scale(views[12:13] * 25, "card", 0.001)
    assert turned is not None
    assert still is not None
    assert abs(turned.mm_per_unit - factor) < 0.004
    assert turned.std < still.std
    assert abs(still.mm_per_unit - factor) < 2 * still.std
    assert reference_scale([], "card", 0.001) is None
    # a sheet fitted to the page is 3 percent small: nobody says so unless a card was laid on it
    checked, unchecked = (reference_scale(views, "marker", size_std("marker", checked=each)) for each in (True, False))
    assert checked is not None
    assert unchecked is not None
    assert checked.std < 0.01 * factor < 0.025 * factor < unchecked.std


def test_several_clips_are_visits_of_one_person(groundtruth: Path, tmp_path: Path) -> None:
    clip = groundtruth / "bea-mirror.mp4"
    short = tmp_path / "short.mp4"
    with ClipWriter(short, size_px=clip_info(clip).size_px, fps=30.0) as writer:
        for frame, _ in zip(read_clip(clip), range(12), strict=False):
            writer.write(frame)
    camera_of = partial(given_camera, 985.0)
    once = jobs.measure(load({}), [short], camera_of=camera_of)
    twice = jobs.measure(load({}), [short, short], camera_of=camera_of)
    camera = {"source": "given", "focal_u95_percent": 6.0}
    assert twice["capture"] | {"reasons": []} == {
        "accepted": 24,
        "frames": 24,
        "visits": 2,
        "reasons": [],
        "camera": camera,
    }
    pupils = "interpupillary_distance"
    assert twice["measurements"][pupils]["samples"] == 2 * once["measurements"][pupils]["samples"]
    assert twice["measurements"][pupils]["value_mm"] == pytest.approx(once["measurements"][pupils]["value_mm"], abs=0.1)


def test_a_live_turn_of_few_pictures_a_second_is_followed_to_its_end(groundtruth: Path) -> None:
    """Seven and a half a second, as a busy mirror gives them."""
    cutter = Cutter(load({}), list)
    fitter = cutter.fitter(MeasureStart("tied"), None)
    said = [fitter.progress()]
    for index, frame in enumerate(read_clip(groundtruth / "bea-turn-card.mp4")):
        if index % 4 == 0:
            fitter.look(frame)
            said.append(fitter.progress())
    report = cutter.report([fitter.visit()], ())
    fitter.close()
    steps = steps_of(("head", "neck"), "tied")
    assert said[0] == Measuring(dict.fromkeys(steps, 0.0), "", "", 0, 0)
    for step in steps:
        shares = [each.steps[step] for each in said]
        assert shares == sorted(shares), f"{step} never goes back"
        assert shares[-1] == 1.0, step
    assert {each.hinders for each in said} == {""}
    assert report["capture"]["reasons"] == ["forehead_covered"], "by the card"
    true = truth(groundtruth, "bea-turn-card")["person_measures_mm"]
    for name in ("head_breadth", "head_length", "head_circumference", "neck_circumference"):
        found = report["measurements"][name]
        assert abs(found["value_mm"] - true[name]) <= found["u95_mm"] * 1.1, name


def test_a_live_hand_is_measured_while_it_is_asked_for_and_by_her_own_camera(groundtruth: Path) -> None:
    true = truth(groundtruth, "ana-hand-left-card")
    camera = given_camera(true["camera"]["focal_px"], tuple(true["size_px"]))
    cutter = Cutter(load({}), list)
    fitter = cutter.fitter(MeasureStart("tied", ("head", "hand")), camera)
    frames = [frame for index, frame in enumerate(read_clip(groundtruth / "ana-hand-left-card.mp4")) if index % 4 == 0]
    for frame in frames[:3]:
        fitter.look(frame)
    assert fitter.progress().steps == {"look": 0.0, "card": 0.0, "left": 0.0, "right": 0.0, "hand": 0.0}
    fitter.ask("hand")
    for frame in frames:
        fitter.look(frame)
    assert fitter.progress().steps["hand"] == 1.0
    report = cutter.report([fitter.visit()], ())
    fitter.close()
    assert report["capture"]["camera"] == {"source": "given", "focal_u95_percent": 6.0}
    for name, most in {"finger_inner_diameter_ring": 0.8, "wrist_circumference": 6.0}.items():
        found = report["measurements"][name]
        error = found["value_mm"] - true["person_measures_mm"].get(name, true["person_measures_mm"].get(f"{name}_left"))
        assert abs(error) < min(most, found["u95_mm"]), name
        assert found["scale"]["source"] == "card"


def test_a_hand_that_is_not_there_is_said(groundtruth: Path) -> None:
    cutter = Cutter(load({}), list)
    fitter = cutter.fitter(MeasureStart("tied", ("hand",)), None)
    fitter.look(Frame(np.full((1080, 1280), 128, np.uint8), 0.0))
    report = cutter.report([fitter.visit()], ())
    said = fitter.progress()
    fitter.close()
    assert (said.steps, said.hinders) == ({"hand": 0.0}, "show_hand")
    assert report["capture"]["reasons"] == ["hand_not_measured"]
    assert report["measurements"] == {}


def test_loose_hair_asks_for_no_turn() -> None:
    seen = Seen(40, 38, 5, 0, "card_bent", (0.9, 0.2), (4, 0), 1.0, 0, 0, "", "too_dark")
    assert progress_of(seen, steps_of(("head", "neck"), "loose")) == Measuring(
        {"look": 0.5, "card": 0.0}, "card_bent", "too_dark", 40, 38
    )
    assert progress_of(seen, steps_of(("head", "chin"), "loose")).steps == {"look": 0.5, "card": 0.0, "chin": 0.5}
    tied = progress_of(seen, steps_of(("head", "neck"), "tied")).steps
    assert tied["left"] == 1.0
    assert 0.1 < tied["right"] < 0.2


def test_a_live_capture_keeps_no_more_outlines_than_it_may(groundtruth: Path) -> None:
    capture = Capture(load({}), partial(given_camera, 985.0), looks_most=5, hands=False)
    for frame, _ in zip(read_clip(groundtruth / "bea-mirror.mp4"), range(16), strict=False):
        capture.look(frame)
    seen = capture.seen()
    assert len(capture._outlines) == 5
    assert (seen.frames, seen.accepted) == (16, 16)
    assert seen.frontal > 8
    assert seen.chin < 0.5
    capture.close()


def test_a_nod_is_chin_up_and_chin_down(groundtruth: Path) -> None:
    """The clip looks straight, turns, then nods."""
    capture = Capture(load({}), partial(given_camera, 985.0), looks_most=5, hands=False)
    tipped = []
    for index, frame in enumerate(read_clip(groundtruth / "ana-wide.mp4")):
        if index % 6 == 0:
            capture.look(frame)
            tipped.append(capture.seen().chin)
    capture.close()
    assert tipped[10] < 0.5
    assert tipped[-1] == 2.0

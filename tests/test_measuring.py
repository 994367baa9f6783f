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
from tryon.calibration import Calibration, read_calibration
from tryon.capture import Capture, Seen, Told
from tryon.errors import InputError
from tryon.fit.population import Sighting
from tryon.fit.references import ReferenceView, reference_scale
from tryon.geometry.camera import given_camera
from tryon.geometry.rigid import rigid, rotation_from_vector
from tryon.measuring import Fitter, concluded, progress_of, steps_of, typed_pd
from tryon.media.clips import read_clip
from tryon.messages import Measured, MeasureStart, Measuring, write
from tryon.settings import load
from tryon.types import Frame, Scale


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
    }
    for name, limit in most.items():
        error = found[name]["value_mm"] - true[name]
        assert abs(error) < limit, name
        assert abs(error) <= found[name]["u95_mm"] * 1.1, name
        assert found[name]["u95_mm"] == pytest.approx(
            np.hypot(found[name]["u95_random_mm"], found[name]["u95_systematic_mm"]), abs=0.02
        )
    assert found["head_circumference"]["u95_mm"] < 24
    assert found["head_circumference"]["value_mm"] < found["head_circumference_over_hair"]["value_mm"]
    assert all(
        turned["over_hair"][f"{name}_over_hair"]["value_mm"] > found[name]["value_mm"]
        for name in ("head_breadth", "head_length")
    )
    assert turned["capture"]["reasons"] == []
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
    known = concluded(told, tables)
    assert known.measurements == {}
    assert known.reasons == ("face_not_found",)


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


CARD = Scale(1.0, 0.006, "card", "eyes", True)


def test_hair_that_hides_the_head_is_not_measured_as_head(tables: Calibration) -> None:
    face = {"face_breadth": 134.0, "interpupillary_distance": 61.0}
    plain = concluded(seen(CARD, head_breadth_over_hair=152.0, **face), tables, worn="tied")
    bob = concluded(seen(CARD, head_breadth_over_hair=200.0, **face), tables, worn="tied")
    assert "hair_thick" not in plain.reasons
    assert "hair_thick" in bob.reasons
    assert bob.measurements["head_breadth"].std_mm > 1.3 * plain.measurements["head_breadth"].std_mm
    assert abs(bob.measurements["head_breadth"].value_mm - 148) < 8, "what her face foretells"


def test_references_that_disagree_are_named_and_their_doubt_covers_both(tables: Calibration) -> None:
    iris = Scale(1.2, 0.04, "iris", "eyes", True)
    told = seen(CARD, face_breadth=134.0)
    both = concluded(replace(told, scales=[CARD, iris]), tables)
    alone = concluded(told, tables)
    assert "references_disagree" in both.reasons
    assert both.scale is not None
    assert alone.scale is not None
    assert both.scale.std > 2 * alone.scale.std
    only = concluded(replace(told, scales=[CARD, iris]), tables, source="card")
    assert only.scale is not None
    assert only.scale.mm_per_unit == pytest.approx(alone.scale.mm_per_unit, abs=1e-9)
    missing = concluded(seen(iris, face_breadth=134.0), tables, source="card")
    assert "card_not_seen" in missing.reasons


def test_a_typed_pupillary_distance_is_a_scale(tables: Calibration) -> None:
    told = seen(None, face_breadth=130.0, interpupillary_distance=58.0)
    known = concluded(told, tables, pd=typed_pd("62:optician"))
    assert known.scale is not None
    assert known.scale.mm_per_unit == pytest.approx(62 / 59.0, abs=0.02)
    guess = concluded(told, tables, pd=typed_pd("62:self"))
    assert guess.scale is not None
    assert guess.scale.std > 1.5 * known.scale.std


@pytest.mark.parametrize(
    ("text", "says"), [("x", "millimetres"), ("6.2", "Did you mean"), ("62:friend", "optician"), ("9000", "40 to 80")]
)
def test_a_slip_in_a_typed_distance_is_asked_back(text: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        typed_pd(text)


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


def test_several_clips_are_one_person(groundtruth: Path) -> None:
    settings, camera_of = load({}), partial(given_camera, 985.0)
    capture = Capture(settings, camera_of)
    for _ in range(2):
        capture.next_clip()
        for frame, _ in zip(read_clip(groundtruth / "bea-mirror.mp4"), range(12), strict=False):
            capture.look(frame)
    told = capture.told()
    capture.close()
    assert told.frames == told.accepted == 24
    assert told.pupils is not None
    assert told.pupils.samples > 12


def test_a_live_turn_of_few_pictures_a_second_is_followed_to_its_end(groundtruth: Path) -> None:
    """Seven and a half a second, as a busy mirror gives them."""
    fitter = Fitter(load({}), [], MeasureStart("tied"))
    said = [fitter.progress()]
    for index, frame in enumerate(read_clip(groundtruth / "bea-turn-card.mp4")):
        if index % 4 == 0:
            fitter.look(frame)
            said.append(fitter.progress())
    report = fitter.report()
    fitter.close()
    steps = steps_of(("head", "neck"), "tied")
    assert said[0] == Measuring(dict.fromkeys(steps, 0.0), "", "", 0, 0)
    for step in steps:
        shares = [each.steps[step] for each in said]
        assert shares == sorted(shares), f"{step} never goes back"
        assert shares[-1] == 1.0, step
    assert {each.hinders for each in said} == {""}
    assert report["capture"]["reasons"] == []
    true = truth(groundtruth, "bea-turn-card")["person_measures_mm"]
    for name in ("head_breadth", "head_length", "head_circumference", "neck_circumference"):
        found = report["measurements"][name]
        assert abs(found["value_mm"] - true[name]) <= found["u95_mm"] * 1.1, name


def test_a_live_hand_is_measured_while_it_is_asked_for_and_by_her_own_camera(groundtruth: Path) -> None:
    true = truth(groundtruth, "ana-hand-left-card")
    camera = given_camera(true["camera"]["focal_px"], tuple(true["size_px"]))
    fitter = Fitter(load({}), [], MeasureStart("tied", ("head", "hand")), camera)
    frames = [frame for index, frame in enumerate(read_clip(groundtruth / "ana-hand-left-card.mp4")) if index % 4 == 0]
    for frame in frames[:3]:
        fitter.look(frame)
    assert fitter.progress().steps == {"look": 0.0, "card": 0.0, "left": 0.0, "right": 0.0, "hand": 0.0}
    fitter.ask("hand")
    for frame in frames:
        fitter.look(frame)
    assert fitter.progress().steps["hand"] == 1.0
    report = fitter.report()
    fitter.close()
    assert report["capture"]["camera"] == {"source": "given", "focal_u95_percent": 1.0}
    for name, most in {"finger_inner_diameter_ring": 0.8, "wrist_circumference": 6.0}.items():
        found = report["measurements"][name]
        error = found["value_mm"] - true["person_measures_mm"].get(name, true["person_measures_mm"].get(f"{name}_left"))
        assert abs(error) < min(most, found["u95_mm"]), name
        assert found["scale"]["source"] == "card"


def test_a_hand_that_is_not_there_is_said(groundtruth: Path) -> None:
    fitter = Fitter(load({}), [], MeasureStart("tied", ("hand",)))
    fitter.look(Frame(np.full((1080, 1280), 128, np.uint8), 0.0))
    report = fitter.report()
    said = fitter.progress()
    fitter.close()
    assert (said.steps, said.hinders) == ({"hand": 0.0}, "show_hand")
    assert report["capture"]["reasons"] == ["hand_not_measured"]
    assert report["measurements"] == {}


def test_loose_hair_asks_for_no_turn() -> None:
    seen = Seen(40, 38, 5, 0, "card_bent", (0.9, 0.2), (4, 0), 0, 0, "too_dark")
    assert progress_of(seen, steps_of(("head", "neck"), "loose")) == Measuring(
        {"look": 0.5, "card": 0.0}, "card_bent", "too_dark", 40, 38
    )
    tied = progress_of(seen, steps_of(("head", "neck"), "tied")).steps
    assert tied["left"] == 1.0
    assert 0.1 < tied["right"] < 0.2


def test_a_live_capture_keeps_no_more_outlines_than_it_may(groundtruth: Path) -> None:
    capture = Capture(load({}), partial(given_camera, 985.0), looks_most=5, hands=False)
    for frame, _ in zip(read_clip(groundtruth / "bea-mirror.mp4"), range(16), strict=False):
        capture.look(frame)
    seen = capture.seen()
    assert len(capture._looks) == 5
    assert (seen.frames, seen.accepted) == (16, 16)
    assert seen.frontal > 8
    capture.close()

"""Makes the head model (head.npz) from clips of synthetic people with known poses.

    python assets/head/make.py [--clips ../shared/groundtruth] [--without PERSON ...] [--out assets/head/head.npz]

Per person the 468 face points of MediaPipe are triangulated in the head frame over all frames with a known pose.
The model holds their mean over people, how the points slide over the face as it turns away (they are where the
network believes them to be, not glued to the skin), how they err together, the named points, and the skull's ellipsoid.
`--without` leaves a person out, so that figures can be had for people the model was not made from.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tryon.body.model import SLIDE_TERMS, slide_terms, view_angles  # noqa: E402
from tryon.media.clips import read_clip  # noqa: E402
from tryon.track.face import FaceTracker, face_triangles, outward  # noqa: E402

POINTS = (
    "tragion_left",
    "tragion_right",
    "glabella",
    "sellion",
    "nose_tip",
    "chin",
    "vertex",
    "opisthocranion",
    "pupil_left",
    "pupil_right",
)
YAW_FOR_SHAPE = np.radians(50)
YAW_FOR_SLIDE = np.radians(60)


@dataclass
class Person:
    """What was seen and known of one person, over all her clips."""

    name: str
    seen_px: np.ndarray  # (f, 468, 2)
    camera_from_head: np.ndarray  # (f, 4, 4)
    matrix: np.ndarray  # (f, 3, 3)
    points: dict[str, np.ndarray]  # in head, mm
    breadth_mm: float


def gather(clips: Path, without: set[str]) -> list[Person]:
    """Everybody in the folder, tracked frame by frame."""
    by_name: dict[str, list[tuple[dict, np.ndarray]]] = defaultdict(list)
    for path in sorted(clips.glob("*.json")):
        truth = json.loads(path.read_text())
        if "camera_from_head" not in truth["per_frame"][0] or truth["person"] in without:
            continue
        tracker = FaceTracker()
        seen = []
        for frame in read_clip(path.with_suffix(".mp4")):
            landmarks = tracker.track(frame)
            seen.append(np.full((468, 2), np.nan) if landmarks is None else landmarks.points_px[:468])
        tracker.close()
        by_name[truth["person"]].append((truth, np.array(seen)))
        print(path.stem, len(seen), file=sys.stderr)
    people = []
    for name, parts in by_name.items():
        seen_px, poses, matrices = [], [], []
        for truth, seen in parts:
            focal, (cx, cy) = truth["camera"]["focal_px"], truth["camera"]["principal_px"]
            for frame, pixels in zip(truth["per_frame"], seen, strict=True):
                if not np.isnan(pixels[0, 0]):
                    seen_px.append(pixels)
                    poses.append(frame["camera_from_head"])
                    matrices.append([[focal, 0, cx], [0, focal, cy], [0, 0, 1]])
        first = parts[0][0]["per_frame"][0]
        head_from_camera = np.linalg.inv(np.array(first["camera_from_head"]))
        points = {n: (head_from_camera @ np.append(first["points_mm"][n], 1))[:3] for n in POINTS}
        people.append(
            Person(
                name,
                np.array(seen_px),
                np.array(poses),
                np.array(matrices),
                points,
                parts[0][0]["person_measures_mm"]["head_breadth"],
            )
        )
    return people


def triangulate(person: Person, rounds: int = 8) -> np.ndarray:
    """(468, 3) mm, head: the points that explain what was seen, outliers weighed down."""
    angles = np.array([view_angles(pose) for pose in person.camera_from_head])
    use = np.flatnonzero(np.abs(angles[:, 0]) < YAW_FOR_SHAPE)
    P = np.einsum("fij,fjk->fik", person.matrix[use], person.camera_from_head[use, :3])
    q = person.seen_px[use]
    weight = np.ones(q.shape[:2])
    points = None
    for _ in range(rounds):
        depth = np.ones(q.shape[:2])
        if points is not None:
            depth = np.einsum("fj,nj->fn", P[:, 2, :3], points) + P[:, 2, 3][:, None]
        rows = np.stack(
            [P[:, None, 0] - q[..., :1] * P[:, None, 2], P[:, None, 1] - q[..., 1:] * P[:, None, 2]], axis=2
        )
        rows *= (weight / depth)[..., None, None]
        normal = np.einsum("fnik,fnil->nkl", rows[..., :3], rows[..., :3])
        right = -np.einsum("fnik,fni->nk", rows[..., :3], rows[..., 3])
        points = np.linalg.solve(normal, right[..., None])[..., 0]
        seen = np.einsum("fij,nj->fni", P[:, :, :3], points) + P[:, None, :, 3]
        error = np.linalg.norm(seen[..., :2] / seen[..., 2:] - q, axis=2)
        weight = 1 / np.sqrt(1 + (error / 2.0) ** 2)
    print(f"{person.name}: {len(use)} frames, median error {np.median(error):.2f} px", file=sys.stderr)
    return points


WANDERS = 20
"Ways of wandering that are kept; twenty hold 94 percent of what was seen."


def wander(people: list[Person], shapes: list[np.ndarray], slid: np.ndarray) -> np.ndarray:
    """(WANDERS, 468, 2) mm: how the points err together once sliding is taken off, each at one standard deviation.

    Principal components of the errors across the line of sight, every person counting alike.
    """
    errors = []
    for person, shape in zip(people, shapes, strict=True):
        angles = np.array([view_angles(pose) for pose in person.camera_from_head])
        use = np.flatnonzero(np.abs(angles[:, 0]) < YAW_FOR_SHAPE)[::3]
        away = shifts(person, shape, use)
        away -= np.einsum("fk,kna->fna", np.array([slide_terms(angle) for angle in angles[use]]), slid)
        errors.append(away.reshape(len(use), -1) / np.sqrt(len(use) * len(people)))
    _, spread, ways = np.linalg.svd(np.concatenate(errors), full_matrices=False)
    return (ways[:WANDERS] * spread[:WANDERS, None]).reshape(WANDERS, 468, 2)


def shifts(person: Person, shape: np.ndarray, use: np.ndarray) -> np.ndarray:
    """(f, 468, 2) mm across the line of sight: where the points were seen, from where the true pose has them."""
    in_camera = np.einsum("fij,nj->fni", person.camera_from_head[use, :3, :3], shape)
    in_camera += person.camera_from_head[use, None, :3, 3]
    projected = np.einsum("fij,fnj->fni", person.matrix[use], in_camera)
    away = person.seen_px[use] - projected[..., :2] / projected[..., 2:]
    return away * (in_camera[..., 2:] / person.matrix[use, None, :1, 0])


def slide(people: list[Person], shapes: list[np.ndarray]) -> np.ndarray:
    """(terms, 468, 2) mm across the line of sight: ridge regression of the points' sliding on the view's angles."""
    normal = np.eye(SLIDE_TERMS)
    right = np.zeros((SLIDE_TERMS, 468, 2))
    for person, shape in zip(people, shapes, strict=True):
        angles = np.array([view_angles(pose) for pose in person.camera_from_head])
        use = np.flatnonzero(np.abs(angles[:, 0]) < YAW_FOR_SLIDE)
        terms = np.array([slide_terms(angle) for angle in angles[use]])
        weight = 200 / len(use)  # every person counts alike
        normal += weight * terms.T @ terms
        right += weight * np.einsum("fk,fna->kna", terms, shifts(person, shape, use))
    return np.linalg.solve(normal, right.reshape(SLIDE_TERMS, -1)).reshape(right.shape)


def cranium(person: Person) -> np.ndarray:
    """(8,) centre y z, half breadth, half height, half length, pitch of the skull: through the named points.

    The long axis runs from glabella to opisthocranion, the vertex lies on the outline.
    """
    glabella, back, vertex = (person.points[n][1:] for n in ("glabella", "opisthocranion", "vertex"))
    centre = (glabella + back) / 2
    ahead = (glabella - back) / np.linalg.norm(glabella - back)
    up = np.array([ahead[1], -ahead[0]])
    half_length = np.linalg.norm(glabella - back) / 2
    along, above = (vertex - centre) @ ahead, (vertex - centre) @ up
    half_height = above / np.sqrt(1 - (along / half_length) ** 2)
    return np.array([*centre, person.breadth_mm / 2, half_height, half_length, np.arctan2(ahead[0], ahead[1])])


def model_of(people: list[Person], shapes: list[np.ndarray]) -> dict[str, np.ndarray]:
    """All that head.npz holds."""
    mean, slid = np.mean(shapes, axis=0), slide(people, shapes)
    return {
        "face_points": mean.astype(np.float32),
        "slide": slid.astype(np.float32),
        "wander": wander(people, shapes, slid).astype(np.float32),
        "triangles": outward(mean, face_triangles()).astype(np.int16),
        "names": np.array(POINTS),
        "points": np.mean([[person.points[n] for n in POINTS] for person in people], axis=0).astype(np.float32),
        "cranium": np.mean([cranium(person) for person in people], axis=0).astype(np.float32),
    }


def main() -> None:
    """See the module."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--clips", type=Path, default=ROOT.parent / "shared" / "groundtruth")
    arguments.add_argument("--without", nargs="*", default=[])
    arguments.add_argument("--out", type=Path, default=ROOT / "assets" / "head" / "head.npz")
    given = arguments.parse_args()
    people = gather(given.clips, set(given.without))
    shapes = [triangulate(person) for person in people]
    np.savez_compressed(given.out, **model_of(people, shapes))
    print(f"{given.out}: {given.out.stat().st_size} bytes, from {', '.join(person.name for person in people)}")


if __name__ == "__main__":
    main()

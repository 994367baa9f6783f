"""The house of DESIGN.md, held by a test: rooms, doors, purity, and what is written in the README."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from tryon import errors
from tryon.settings import Settings, load

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "tryon").rglob("*.py"))

FLOOR = {
    # what stands lower may never import what stands higher
    "__init__": 0,
    "client": 0,
    "errors": 0,
    "types": 0,
    "settings": 1,
    "logs": 2,
    "messages": 1,
    "meeting": 2,
    "journal": 3,
    "geometry": 1,
    "picture": 1,
    "body": 2,
    "fit": 3,
    "track": 4,
    "pieces": 4,
    "calibration": 4,
    "atelier": 4,
    "words": 4,
    "paper": 4,
    "render": 4,
    "told": 4,
    "session": 5,
    "storefront": 5,
    "looks": 5,
    "capture": 6,
    "visits": 6,
    "owned": 5,
    "conclusion": 6,
    "measuring": 6,
    "calibrating": 6,
    "media": 6,
    "jobs": 7,
    "preparing": 7,
    "seating": 7,
    "camera": 7,
    "fitcard": 7,
    "engine": 7,
    "server": 8,
    "bench": 9,
    "doctor": 9,
    "cli": 10,
    "__main__": 11,
}
APART = {"track", "pieces", "render", "atelier"}  # these never import one another
DOORS = {
    # third party -> the only rooms that may import it
    "mediapipe": {"track"},
    "moderngl": {"render"},
    "trimesh": {"pieces", "bench"},
    "fast_simplification": {"pieces"},
    "DracoPy": {"pieces"},
    "pyrender": {"bench"},
    "aiortc": {"media", "bench"},
    "aioice": {"media", "bench"},
    "av": {"media", "bench"},
    "starlette": {"server"},
    "uvicorn": {"server"},
    "playwright": {"bench"},
    "PIL": {"picture"},
    "sqlalchemy": {"atelier"},
    "alembic": {"atelier"},
    "obstore": {"atelier"},
    "segno": {"paper"},
    "argon2": {"atelier"},
    "icalendar": {"atelier"},
    "jinja2": {"atelier"},
    "webauthn": {"atelier"},
    "standardwebhooks": {"atelier"},
    "aiosmtplib": {"server"},
    "prometheus_client": {"server"},
    "h11": {"server"},
    "limits": {"server"},
    "structlog": {"logs"},
    "cyclopts": {"cli"},
    "rich": {"cli"},
}
PURE = {"geometry", "body", "fit"}
ASYNC = {"media", "engine", "server", "bench"}


def room(path: Path) -> str:
    """The room a source file stands in: a folder, or a file of its own."""
    return path.relative_to(ROOT / "tryon").parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Every module that a file imports, dotted, at any depth of it."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def public(body: list[ast.stmt]) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Public classes, functions and methods, without those inside functions."""
    for node in body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) and not node.name.startswith("_"):
            yield node
            if isinstance(node, ast.ClassDef):
                yield from public(node.body)


each_source = pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))


@each_source
def test_imports_point_down_and_doors_are_kept(path: Path) -> None:
    here = room(path)
    for name in imports(path):
        top, *rest = name.split(".")
        if top == "tryon" and rest and rest[0] in FLOOR:
            there = rest[0]
            assert FLOOR[there] <= FLOOR[here], f"{here} imports {there}, which stands above it"
            assert there == here or not {here, there} <= APART, f"{here} and {there} never import one another"
        if top in DOORS:
            assert here in DOORS[top], f"{top} is imported in {here}; its door is {sorted(DOORS[top])}"


@each_source
def test_await_and_clocks_stand_only_where_they_may(path: Path) -> None:
    here = room(path)
    tree = ast.parse(path.read_text())
    if here not in ASYNC:
        waits = [node.lineno for node in ast.walk(tree) if isinstance(node, ast.Await | ast.AsyncFunctionDef)]
        assert not waits, f"async in {here}, lines {waits}"
    if here in PURE:
        impure = {"time", "random", "os", "logging", "datetime"} & {name.split(".")[0] for name in imports(path)}
        assert not impure, f"{here} is pure, yet imports {sorted(impure)}"


@each_source
def test_every_public_thing_has_a_docstring(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert ast.get_docstring(tree) or not tree.body, "the module"
    for node in public(tree.body):
        assert ast.get_docstring(node), f"{node.name}, line {node.lineno}"


def test_the_environment_has_one_reader() -> None:
    readers = {room(path) for path in SOURCES if "os.environ" in path.read_text() or "getenv" in path.read_text()}
    # libraries that read it when they load are told there
    assert readers <= {"__init__", "settings", "track", "render", "bench"}


def test_every_setting_is_documented() -> None:
    readme = (ROOT / "README.md").read_text()
    for setting in fields(Settings):
        assert setting.metadata["help"], setting.name
        assert f"`TRYON_{setting.name.upper()}`" in readme, f"README does not name {setting.name}"


def test_a_bad_setting_says_its_name_and_value() -> None:
    with pytest.raises(errors.SettingError, match=r"TRYON_PORT has value 'x'; expected int"):
        load({"TRYON_PORT": "x"})
    assert load({"TRYON_PORT": "9000"}).port == 9000
    assert load({"TRYON_PORT": "9000"}, port=9001).port == 9001


def test_every_error_stands_in_the_tree() -> None:
    for name, kind in vars(errors).items():
        if isinstance(kind, type) and issubclass(kind, errors.TryonError):
            assert name in (errors.__doc__ or ""), f"{name} is not in the drawing"
            again, values = kind("a", "b").__reduce__()
            assert again(*values).as_json() == {"error": {"reason": "a", "detail": "b"}}


def test_what_we_use_of_mediapipe_needs_none_of_what_the_lock_leaves_out() -> None:
    """jax and its like are declared by mediapipe 0.10.21, absent here, and not missed by the trackers we use."""
    program = """
import sys
from collections import Counter
for name in ("jax", "jaxlib", "sounddevice", "sentencepiece"):
    sys.modules[name] = None  # an import of it now fails, even where somebody installed it
import mediapipe as mp, numpy as np
picture = np.zeros((240, 320, 3), np.uint8)
for tracker in (
    mp.solutions.face_mesh.FaceMesh(refine_landmarks=True),
    mp.solutions.pose.Pose(enable_segmentation=True),
    mp.solutions.hands.Hands(),
    mp.solutions.selfie_segmentation.SelfieSegmentation(),
):
    tracker.process(picture)
    tracker.close()
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_there_is_one_cv2() -> None:
    lock = (ROOT / "requirements-dev.lock").read_text().splitlines()
    assert [line for line in lock if line.startswith("opencv")] == ["opencv-python-headless==4.11.0.86 \\"]


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_locks_are_exact_hashed_and_name_no_registry(name: str) -> None:
    text = (ROOT / name).read_text()
    packages = [line for line in text.splitlines() if line and line[0].isalnum()]
    assert packages
    assert all("==" in line for line in packages)
    assert text.count("--hash=sha256:") >= len(packages)
    assert "://" not in text
    assert "index" not in text
    assert not any(line.startswith(("jax", "sounddevice", "sentencepiece")) for line in packages)


def test_no_two_test_files_have_one_name() -> None:
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, count in names.items() if count > 1] == [], "pytest takes the one for the other"

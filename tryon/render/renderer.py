"""A scene to the layers that its pieces cover. The only door to the GL library.

Only the rectangles that pieces cover are drawn (a crown and a ring far from it have one each), at two or three times
their size, and averaged down. Bodies that hide pieces are drawn first, as depth alone; a piece that goes behind one
fades over the body's softness, for hair is no hard edge. A chain's links are placed by the GL side, each as one rigid
body.
A context belongs to the thread that made it: whoever makes a Renderer draws with it and closes it.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from typing import Any

import cv2
import moderngl
import numpy as np

from tryon.errors import RenderError
from tryon.geometry.chain import JOINTS, circle_links
from tryon.geometry.rigid import transform
from tryon.render import shaders
from tryon.render.environment import BRUSHED, SIZE, level_of, studio
from tryon.render.lighting import lit
from tryon.render.occlusion import baked
from tryon.types import F64, I32, Camera, Layer, Material, Mesh, Model, Part, Placed, RoomLight, Scene

NEAR_MM, FAR_MM = 12.0, 6000.0
DRIVER: dict[str, Any] = {"backend": "egl", "libgl": "libGL.so.1", "libegl": "libEGL.so.1"}
"Their names without Debian's development packages."
FAR_PX_PER_MM = 2.6
"Below this a crown is less than about 450 pixels wide, and the simpler triangles look the same."
SAMPLES, FINE_SAMPLES, FINE_PX_PER_MM = 2, 3, 1.3
"Drawn pixels to a picture's pixel, each way; more where a wire is thinner than a pixel."
LARGE_MM = 1.6
"Half breadth of a stone into which light is followed at every sample."
CLOSE_PX_PER_MM = 6.0
"Above this light is followed so into every stone, and what is mirrored is smooth: a poster may take its time."
WAYS = 640
"Directions in which what is outermost of a piece is looked for: a box would be half empty, and is drawn whole."
PADDING_PX, PADDING_MM = 2, 0.6
"Round the outermost: for what is between the directions, and for whole pixels."
MODELS_KEPT = 12
TARGETS_KEPT = 6
Box = tuple[int, int, int, int]
KINDS = {"metal": 0, "stone": 1, "pearl": 2, "velvet": 3, "enamel": 4, "opal": 5, "moonstone": 6}
LEVELS = {"pearl": 1, "enamel": 1}
"Of the room, as it is mirrored by what has no roughness of its own."
MATT = ("stone", "velvet")
"What is wholly worked out at its corners, where it is drawn so."
CUTS_A_ROW = 256
SIDE_MAX_PX = 4096
"Longest side of a layer; llvmpipe draws 16384, and twice this is drawn."


@dataclass(slots=True, eq=False)
class _Drawn:
    """A part's triangles on the GL side: those that are shaded at their corners, and those of large stones."""

    material: Material
    small: Any
    large: Any
    every: Any
    "All of a gem's, shaded at every sample; None of what is no gem."
    cuts: Any


@dataclass(slots=True, eq=False)
class _Uploaded:
    """A model's triangles on the GL side. Keeps the model, so that its identity stays its own."""

    model: Model
    parts: list[_Drawn]
    far_parts: list[_Drawn]
    "The same with fewer triangles; as `parts` where there is no such."
    held: list[Any]
    "Everything to be given back."
    corners: F64
    "(n, 3) mm, piece: what is outermost of it; with a chain, of its box round all links."


class Renderer:
    """Draws scenes; see the module. Raises RenderError when no context can be made."""

    def __init__(self) -> None:
        self._thread = threading.get_ident()
        try:
            self._gl: Any = moderngl.create_context(standalone=True, **DRIVER)
        except Exception as err:  # the library raises bare exceptions of several kinds
            raise RenderError(
                "gl_unavailable",
                f"OpenGL could not be started through EGL ({err}). On Debian: "
                "apt-get install libegl1 libgl1 libgl1-mesa-dri",
            ) from err
        self.driver: str = self._gl.info["GL_RENDERER"]
        "What draws, such as `llvmpipe (LLVM 15.0.6, 256 bits)`."
        self._depth_program: Any = self._gl.program(
            vertex_shader=shaders.DEPTH_VERTEX, fragment_shader=shaders.DEPTH_FRAGMENT
        )
        self._piece_program: Any = self._gl.program(
            vertex_shader=shaders.PIECE_VERTEX, fragment_shader=shaders.PIECE_FRAGMENT
        )
        self._mirror_program: Any = self._gl.program(
            vertex_shader=shaders.with_mirror(shaders.PIECE_VERTEX),
            fragment_shader=shaders.with_mirror(shaders.PIECE_FRAGMENT),
        )
        self._gem_program: Any = self._gl.program(
            vertex_shader=shaders.GEM_VERTEX, fragment_shader=shaders.GEM_FRAGMENT
        )
        self._studio, self._lit = studio(), RoomLight()
        # four floats and the nearest texel: samples are finer than texels, and a third of the draw was spent on less
        room = lit(self._studio, self._lit)
        self._room = self._gl.texture_array((SIZE, SIZE, len(room)), 4, room.tobytes(), dtype="f4")
        self._room.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._room.repeat_x = self._room.repeat_y = False
        self._models: OrderedDict[int, _Uploaded] = OrderedDict()
        self._occluders: OrderedDict[int, tuple[Mesh, Any, list[Any]]] = OrderedDict()
        self._kept_targets: OrderedDict[tuple[int, int, int], list[Any]] = OrderedDict()
        self._links: Any = self._gl.texture((3, JOINTS), 4, dtype="f4")
        self._links.filter = (moderngl.NEAREST, moderngl.NEAREST)
        self._last: tuple[bytes, Scene, tuple[Layer, ...]] | None = None
        self._gl.enable(moderngl.DEPTH_TEST)
        self._gl.front_face = "cw"  # the projection is flipped, top row first, and with it every triangle

    def draw(self, scene: Scene, /) -> tuple[Layer, ...]:
        """The rectangles that pieces cover, none over another; empty when no piece is in view.

        A scene that is the last one again is not drawn again: while she holds still, her pose is held too.
        """
        self._check_thread()
        key = _key(scene)
        if self._last is None or self._last[0] != key:
            # the scene is kept with its key, so that no other mesh or model can take its place in memory
            self._last = (key, scene, self._draw(scene))
        return self._last[2]

    def _draw(self, scene: Scene) -> tuple[Layer, ...]:
        uploaded = [(placed, self._upload(placed.model)) for placed in scene.placed]
        boxes = [(box, [one]) for one in uploaded if (box := _rectangle(scene.camera, *one)) is not None]
        return tuple(self._draw_box(scene, box, parts) for box, parts in _apart(boxes))

    def _draw_box(self, scene: Scene, box: Box, uploaded: list[tuple[Placed, _Uploaded]]) -> Layer:
        left, top, width, height = box
        self._light(scene.light)
        clip_from_camera = _clip_from_camera(scene.camera, box)
        finest = min(_px_per_mm(scene.camera, placed) for placed, _ in uploaded)
        samples = FINE_SAMPLES if finest < FINE_PX_PER_MM else SAMPLES
        depth, picture, behind, *_ = self._targets((width, height), samples)

        self._gl.disable(moderngl.CULL_FACE)  # a body need not be closed: an open face hides as well
        depth.use()
        depth.clear(0.0, 0.0, 0.0, 0.0, 1.0)
        self._depth_program["clip_from_camera"].write(_column_major(clip_from_camera))
        for occluder in scene.occluders:
            self._depth_program["camera_from_mesh"].write(_column_major(occluder.camera_from_mesh))
            self._occluder(occluder.mesh).render()

        self._gl.enable(moderngl.CULL_FACE)  # half of a closed piece's triangles, for nothing
        picture.use()
        picture.clear(0.0, 0.0, 0.0, 0.0, 1.0)
        behind.use(0)
        self._room.use(1)
        programs = (self._piece_program, self._mirror_program, self._gem_program)
        for program in programs:
            for number, name in enumerate(("behind", "room", "links", "cuts")):
                _say(program, name, number)
            program["soft_mm"] = max([occluder.soft_mm for occluder in scene.occluders], default=0.0) + 0.01
            program["sample_px"] = 1 / samples
            program["exposure"] = scene.light.exposure
            program["clip_from_camera"].write(_column_major(clip_from_camera))
        for placed, parts in uploaded:
            links = _links(placed)
            for program in programs:
                program["camera_from_piece"].write(_column_major(placed.camera_from_piece))
                program["link_count"] = 0 if links is None else len(links)
            if links is not None:
                rows = np.zeros((JOINTS, 3, 4), np.float32)
                rows[: len(links)] = links[:, :3]
                self._links.write(rows.tobytes())
                self._links.use(2)
            px_per_mm = _px_per_mm(scene.camera, placed)
            close = px_per_mm > CLOSE_PX_PER_MM
            self._room.filter = (moderngl.LINEAR, moderngl.LINEAR) if close else (moderngl.NEAREST, moderngl.NEAREST)
            for drawn in parts.parts if px_per_mm > FAR_PX_PER_MM else parts.far_parts:
                self._draw_part(drawn, close, 1 / scene.camera.matrix[0, 0])

        fine = np.frombuffer(picture.read(components=4), np.uint8).reshape(height * samples, width * samples, 4)
        rgba = cv2.resize(fine, (width, height), interpolation=cv2.INTER_AREA)
        return Layer(np.asarray(rgba, dtype=np.uint8), (left, top))

    def _draw_part(self, drawn: _Drawn, close: bool, pixel_mm: float) -> None:
        material = drawn.material
        if drawn.cuts is not None:
            drawn.cuts.use(3)
        by_corner, by_sample = (None, drawn.every) if drawn.every and close else (drawn.small, drawn.large)
        if by_corner is not None:
            program = self._piece_program if material.kind in MATT else self._mirror_program
            _say_material(program, material)
            program["clearcoat"] = material.clearcoat
            program["emissive"] = material.emissive
            _say(program, "aged", material.finish == "aged")
            _say(program, "pixel_mm", pixel_mm)
            _say(program, "level", _level(material))
            by_corner.render()
        if by_sample is not None:
            _say_material(self._gem_program, material)
            by_sample.render()

    def shaded(self, model: Model, /) -> Model:
        """The model with its occlusion worked out (render.occlusion), for one that brought none and has no chain."""
        self._check_thread()
        self._gl.disable(moderngl.CULL_FACE)
        return baked(self._gl, self._depth_program, model)

    def _light(self, light: RoomLight) -> None:
        """The room in her room's light: in the maps themselves, so that no look at them costs more for it."""
        if replace(light, exposure=self._lit.exposure) != self._lit:
            self._room.write(lit(self._studio, light).tobytes())
            self._lit = light

    def close(self) -> None:
        """Give everything on the GL side back. Closing twice is harmless."""
        if self._gl is None:
            return
        self._check_thread()
        for kept in [*self._models.values()]:
            _release(kept)
        for _, array, buffers in self._occluders.values():
            for thing in (array, *buffers):
                thing.release()
        for things in self._kept_targets.values():
            for thing in things:
                thing.release()
        programs = (self._depth_program, self._piece_program, self._mirror_program, self._gem_program)
        for thing in (self._links, self._room, *programs, self._gl):
            thing.release()
        self._models.clear()
        self._occluders.clear()
        self._kept_targets.clear()
        self._last = self._gl = None

    def _check_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise RenderError("wrong_thread", "A Renderer draws only on the thread that made it.")
        if self._gl is None:
            raise RenderError("closed", "This Renderer was closed.")

    def _upload(self, model: Model) -> _Uploaded:
        kept = self._models.get(id(model))
        if kept is None:
            kept = self._models[id(model)] = self._new(model)
            while len(self._models) > MODELS_KEPT:
                _release(self._models.popitem(last=False)[1])
        self._models.move_to_end(id(model))
        return kept

    def _new(self, model: Model) -> _Uploaded:
        held: list[Any] = []
        near = [self._part(part, held) for part in model.parts]
        far = [self._part(part, held) for part in model.far_parts] or near
        return _Uploaded(model, near, far, held, _outermost(model))

    def _part(self, part: Part, held: list[Any]) -> _Drawn:
        none = np.zeros(len(part.vertices))
        chain, stone_of = (none if each is None else each for each in (part.chain, part.stone_of))
        columns = (part.vertices, part.normals, part.occlusion, chain, stone_of, _bend(part))
        rows = np.column_stack(columns).astype(np.float32)
        vertices = self._gl.buffer(np.ascontiguousarray(rows).tobytes())
        held.append(vertices)

        own = self._piece_program if part.material.kind in MATT else self._mirror_program

        def array(program: Any, faces: I32) -> Any:
            if not len(faces):
                return None
            indices = self._gl.buffer(np.ascontiguousarray(faces, dtype=np.uint32).tobytes())
            names = ("position", "normal", "occlusion", "chain", "stone_of", "bend")
            made = self._gl.vertex_array(program, [(vertices, "3f 3f 1f 1f 1f 1f", *names)], indices, skip_errors=True)
            held.extend((indices, made))
            return made

        if part.cuts is None or part.stone_of is None:
            return _Drawn(part.material, array(own, part.faces), None, None, None)
        large = (part.cuts[:, 2, 3] > LARGE_MM)[part.stone_of[part.faces[:, 0]]]
        if part.material.kind != "stone":
            large[:] = True
        rows = np.zeros((-(-len(part.cuts) // CUTS_A_ROW) * CUTS_A_ROW, 4, 4), np.float32)
        rows[: len(part.cuts)] = part.cuts
        cuts = self._gl.texture((CUTS_A_ROW * 4, len(rows) // CUTS_A_ROW), 4, rows.tobytes(), dtype="f4")
        cuts.filter = (moderngl.NEAREST, moderngl.NEAREST)
        held.append(cuts)
        return _Drawn(
            part.material,
            array(own, part.faces[~large]),
            array(self._gem_program, part.faces[large]),
            array(self._gem_program, part.faces),
            cuts,
        )

    def _occluder(self, mesh: Mesh) -> Any:
        kept = self._occluders.get(id(mesh))
        if kept is None:
            vertices = self._gl.buffer(np.ascontiguousarray(mesh.vertices, dtype=np.float32).tobytes())
            indices = self._gl.buffer(np.ascontiguousarray(mesh.faces, dtype=np.uint32).tobytes())
            array = self._gl.vertex_array(self._depth_program, [(vertices, "3f", "position")], indices)
            kept = self._occluders[id(mesh)] = (mesh, array, [vertices, indices])
            while len(self._occluders) > 12:
                _, old, buffers = self._occluders.popitem(last=False)[1]
                for thing in (old, *buffers):
                    thing.release()
        return kept[1]

    def _targets(self, size: tuple[int, int], samples: int) -> list[Any]:
        """Framebuffers for a rectangle: the body's depth at its size, the piece at `samples` times that."""
        kept = self._kept_targets.get((*size, samples))
        if kept is None:
            fine = (size[0] * samples, size[1] * samples)
            behind = self._gl.texture(size, 1, dtype="f4")
            behind.filter = (moderngl.NEAREST, moderngl.NEAREST)
            depth_1, depth_2 = self._gl.depth_renderbuffer(size), self._gl.depth_renderbuffer(fine)
            colour = self._gl.renderbuffer(fine, 4)
            depth = self._gl.framebuffer([behind], depth_1)
            picture = self._gl.framebuffer([colour], depth_2)
            kept = self._kept_targets[*size, samples] = [depth, picture, behind, depth_1, depth_2, colour]
            while len(self._kept_targets) > TARGETS_KEPT:
                for thing in self._kept_targets.popitem(last=False)[1]:
                    thing.release()
        self._kept_targets.move_to_end((*size, samples))
        return kept


def _key(scene: Scene) -> bytes:
    """The same for scenes that look the same; meshes and models count as themselves."""
    camera = scene.camera
    parts = [camera.matrix.tobytes(), repr((camera.size_px, scene.light)).encode()]
    for body in scene.occluders:
        parts += [repr((id(body.mesh), body.soft_mm)).encode(), body.camera_from_mesh.tobytes()]
    for placed in scene.placed:
        parts += [repr(id(placed.model)).encode(), placed.camera_from_piece.tobytes()]
        parts.append(b"" if placed.links is None else placed.links.tobytes())
    return b"|".join(parts)


def _release(kept: _Uploaded) -> None:
    for thing in reversed(kept.held):
        thing.release()


def _outermost(model: Model) -> F64:
    """(n, 3): the vertices farthest out each way, within a pixel of all of it; the corners of its box with a chain."""
    vertices = np.concatenate([part.vertices for part in model.parts])
    low, high = vertices.min(axis=0), vertices.max(axis=0)
    if any(part.chain is not None for part in model.parts):
        box = [[x, y, z] for x in (low[0], high[0]) for y in (low[1], high[1]) for z in (low[2], high[2])]
        return np.array(box, dtype=np.float64)
    index = np.arange(WAYS) + 0.5
    height, turn = 1 - 2 * index / WAYS, np.pi * (3 - 5**0.5) * index
    round_ = np.sqrt(1 - height**2)
    ways = np.stack([round_ * np.cos(turn), height, round_ * np.sin(turn)], axis=1).astype(np.float32)
    across = np.ascontiguousarray(vertices.T)
    some = np.array_split(ways, WAYS // 64)  # all at once would be hundreds of megabytes
    first = np.unique(np.concatenate([np.argmax(each @ across, axis=1) for each in some]))
    return np.asarray(vertices[first], dtype=np.float64)


def _bend(part: Part) -> F64:
    """(n,) rad/mm: how much the normal turns on the way to a vertex's neighbours, the most of all ways."""
    faces, bend = part.faces, np.zeros(len(part.vertices))
    for start, end in ((0, 1), (1, 2), (2, 0)):
        a, b = faces[:, start], faces[:, end]
        length = np.linalg.norm(part.vertices[a] - part.vertices[b], axis=1)
        turn = np.arccos(np.clip(np.einsum("ij,ij->i", part.normals[a], part.normals[b]), -1, 1))
        # grains are one corner a side: the turn over less than a tenth of a millimetre says nothing
        each = turn / np.maximum(length, 0.1)
        np.maximum.at(bend, a, each)
        np.maximum.at(bend, b, each)
    return bend


def _say(program: Any, name: str, value: Any) -> None:
    if name in program:  # a compiler leaves out what a shader does not need
        program[name] = value


def _say_material(program: Any, material: Material) -> None:
    program["kind"] = KINDS[material.kind]
    program["base"] = material.base_color
    program["absorbed"] = tuple(np.log(np.maximum(material.base_color, 0.004)))
    program["ior"] = material.ior
    program["dispersion"] = material.dispersion


def _level(material: Material) -> float:
    """Of the room, as this material mirrors it."""
    if material.kind == "metal":
        return BRUSHED if material.finish == "brushed" else level_of(material.roughness)
    return LEVELS.get(material.kind, 1)


def _px_per_mm(camera: Camera, placed: Placed) -> float:
    return float(camera.matrix[0, 0] / max(placed.camera_from_piece[2, 3], NEAR_MM))


def _links(placed: Placed) -> F64 | None:
    """(k, 4, 4) piece_from_link of a piece with a chain: as it hangs, or as it is modelled; None without one."""
    if all(part.chain is None for part in placed.model.parts):
        return None
    return circle_links(placed.model.piece.size.chain_length_mm) if placed.links is None else placed.links


def _carried(links: F64, corners: F64) -> F64:
    """(k * n, 3): corners (n, 3) at each of k links."""
    return np.asarray((corners @ links[:, :3, :3].transpose(0, 2, 1) + links[:, None, :3, 3]).reshape(-1, 3))


def _apart(boxes: list[tuple[Box, list[Any]]]) -> list[tuple[Box, list[Any]]]:
    """Rectangles that overlap are one; what they hold is drawn together."""
    apart: list[tuple[Box, list[Any]]] = []
    for box, held in boxes:
        while (hit := next((one for one in apart if _overlap(one[0], box)), None)) is not None:
            apart.remove(hit)
            left, top = min(box[0], hit[0][0]), min(box[1], hit[0][1])
            right, bottom = max(box[0] + box[2], hit[0][0] + hit[0][2]), max(box[1] + box[3], hit[0][1] + hit[0][3])
            box, held = (left, top, right - left, bottom - top), hit[1] + held
        apart.append((box, held))
    return apart


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[0] + b[2] and b[0] < a[0] + a[2] and a[1] < b[1] + b[3] and b[1] < a[1] + a[3]


def _rectangle(camera: Camera, placed: Placed, parts: _Uploaded) -> Box | None:
    """(left, top, width, height) px of what a piece covers, inside the frame, all even; None when nothing."""
    K = camera.matrix
    links = _links(placed)
    # a chain's corners are those of its largest link, at every joint
    inside = parts.corners if links is None else _carried(links[::2], parts.corners)
    corners = transform(placed.camera_from_piece, inside)
    if corners[:, 2].max() <= NEAR_MM:
        return None  # behind the camera
    depth = np.maximum(corners[:, 2], NEAR_MM)
    pixels = corners[:, :2] / depth[:, None] * (K[0, 0], K[1, 1]) + (K[0, 2], K[1, 2])
    padding = PADDING_PX + PADDING_MM * _px_per_mm(camera, placed)
    low, high = pixels.min(axis=0) - padding, pixels.max(axis=0) + padding
    width, height = camera.size_px
    left, top = (max(int(value), 0) // 2 * 2 for value in np.clip(low, -1e6, 1e6))
    right, bottom = (
        min((int(value) + 2) // 2 * 2, side, SIDE_MAX_PX + start)
        for value, side, start in zip(np.clip(high, -1e6, 1e6), (width, height), (left, top), strict=True)
    )
    if right - left < 2 or bottom - top < 2:
        return None
    return left, top, right - left, bottom - top


def _clip_from_camera(camera: Camera, box: tuple[int, int, int, int]) -> F64:
    """(4, 4): the camera's view of a rectangle of its picture. Its top row is the first that is read back.

    Lens distortion is left out: over the width of a crown it is below a pixel for webcams.
    """
    left, top, width, height = box
    K = camera.matrix
    clip = np.zeros((4, 4))
    clip[0, 0], clip[0, 2] = 2 * K[0, 0] / width, 2 * (K[0, 2] + 0.5 - left) / width - 1
    clip[1, 1], clip[1, 2] = 2 * K[1, 1] / height, 2 * (K[1, 2] + 0.5 - top) / height - 1
    clip[2, 2] = (FAR_MM + NEAR_MM) / (FAR_MM - NEAR_MM)
    clip[2, 3] = -2 * FAR_MM * NEAR_MM / (FAR_MM - NEAR_MM)
    clip[3, 2] = 1.0
    return clip


def _column_major(matrix: F64) -> bytes:
    return np.ascontiguousarray(matrix.T, dtype=np.float32).tobytes()

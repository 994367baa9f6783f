"""The values that flow through a frame's way: frozen, slotted, with units in their names.

Frames of reference, units and names are those of CONVENTIONS.md: millimetres, radians, seconds, pixels;
`a_from_b` for a transform; left and right are the wearer's; pixel (0, 0) is the centre of the top-left pixel.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

F64 = npt.NDArray[np.float64]
F32 = npt.NDArray[np.float32]
U8 = npt.NDArray[np.uint8]
I32 = npt.NDArray[np.int32]

Side = Literal["left", "right"]
Hand = Literal["left", "right", ""]
"Of the wearer; empty: nobody said which."
ScaleSource = Literal["prior", "iris", "card", "marker", "typed_pd", "given", "fused"]
"`given`: a length that somebody measured, other than a pupillary distance."


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture of the camera, as the planes it came in. Never mirrored. Width and height are even."""

    i420: U8
    "(3 h / 2, w) uint8: the Y plane, then U and V at half size (BT.601, video range), contiguous."
    time_s: float
    "When it was taken, on the sender's clock."

    def __post_init__(self) -> None:
        rows, width = self.i420.shape
        if rows % 3 or width % 2 or (rows // 3 * 2) % 2:
            raise ValueError(f"not an I420 picture of even size: {self.i420.shape}")

    @property
    def size_px(self) -> tuple[int, int]:
        """(width, height)."""
        rows, width = self.i420.shape
        return width, rows * 2 // 3


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """A pinhole camera with lens distortion. Uncalibrated means a wide `focal_std`, not a missing camera."""

    matrix: F64
    "(3, 3) pixels: focal lengths and principal point."
    size_px: tuple[int, int]
    "(width, height) the matrix is for."
    focal_std: float
    "Standard uncertainty of the focal length, relative (0.15 is 15 percent)."
    source: Literal["prior", "given", "calibrated"]
    distortion: F64 = field(default_factory=lambda: np.zeros(5))
    "(5,) OpenCV's k1 k2 p1 p2 k3."


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """Points that a tracker found on one person in one frame."""

    scheme: Literal["face478", "pose33", "hand21"]
    points_px: F64
    "(n, 2) pixels of the frame."
    depth_px: F64
    "(n,) the tracker's own guess of relative depth, in pixels, smaller is nearer; not metric."
    visibility: F64
    "(n,) 0 to 1."
    time_s: float


@dataclass(frozen=True, slots=True, eq=False)
class Scale:
    """How many millimetres one unit of the model is, and how well that is known."""

    mm_per_unit: float
    std: float
    "Standard uncertainty, in the unit of mm_per_unit."
    source: ScaleSource
    plane: str
    "Where in depth it holds: `eyes`, `forehead`, ..."
    frozen: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """A bare triangle mesh, as occluders need it."""

    vertices: F32
    "(n, 3) mm."
    faces: I32
    "(m, 3)."


@dataclass(frozen=True, slots=True, eq=False)
class HeadShape:
    """One wearer's head in the head frame: face points, named points, and the skull behind them."""

    face_points: F64
    "(468, 3) mm, head: MediaPipe's face points on this wearer."
    points: Mapping[str, F64]
    """(3,) mm, head, by name: tragion_left/right, glabella, sellion, nose_tip, chin, vertex, opisthocranion,
    pupil_left/right (named as in the ground truth)."""
    cranium_centre: F64
    "(3,) mm, head: centre of the skull's ellipsoid."
    cranium_axes: F64
    "(3,) mm: its half breadth (x), half height (y), half length (z), on the scalp, in axes pitched by cranium_pitch."
    cranium_pitch_rad: float
    "Turn about x that brings the ellipsoid's long axis from the head's z (positive raises the forehead end)."
    hair_mm: float
    "Thickness of the hair over the scalp as worn, added to the ellipsoid where pieces rest and occlude."
    std_percent: float
    "Standard uncertainty of the whole shape's size, in percent."

    def scaled(self, factor: float, /) -> HeadShape:
        """The same head in another unit, or another size."""
        return replace(
            self,
            face_points=self.face_points * factor,
            points={name: point * factor for name, point in self.points.items()},
            cranium_centre=self.cranium_centre * factor,
            cranium_axes=self.cranium_axes * factor,
            hair_mm=self.hair_mm * factor,
        )


@dataclass(frozen=True, slots=True, eq=False)
class HeadPose:
    """Where the head is, in millimetres, with its doubt."""

    camera_from_head: F64
    "(4, 4) rigid, mm."
    covariance: F64
    "(6, 6): rotation vector (rad, camera axes), then translation (mm)."
    residual_px: float
    shape: HeadShape
    time_s: float


@dataclass(frozen=True, slots=True)
class NeckShape:
    """One wearer's neck and shoulders in the neck frame (origin at the pit of the neck)."""

    circumference_mm: float
    "Least, below the larynx."
    base_circumference_mm: float
    "Where the neck meets the shoulders: what necklaces of 16 inch and more rest on."
    shoulder_mm: float
    "Between the acromions."
    std_percent: float
    "Standard uncertainty of the circumferences, in percent."
    breadth_mm: float
    "Of the neck seen from the front, where it is least."


@dataclass(frozen=True, slots=True, eq=False)
class NeckPose:
    """Where neck and chest are, in millimetres, with their doubt."""

    camera_from_neck: F64
    "(4, 4) rigid, mm."
    covariance: F64
    "(6, 6): rotation vector (rad, camera axes), then translation (mm)."
    shape: NeckShape
    time_s: float


@dataclass(frozen=True, slots=True, eq=False)
class HandSeen:
    """One hand that a tracker found in one frame."""

    side: Side
    landmarks: Landmarks
    "Scheme hand21."
    model: F64
    "(21, 3): the tracker's own shape of this hand in space (x right, y down, z away), of no known size."


@dataclass(frozen=True, slots=True, eq=False)
class CardSeen:
    """An ISO/IEC 7810 ID-1 card in one frame, by its four straight edges."""

    corners_px: F64
    """(4, 2): where the edges' lines meet (the card itself is rounded there), clockwise in the picture; 0 to 1 is a
    long side and points to the right, or down where the card stands upright."""
    covariance_px: F64
    "(8, 8) of corners_px, row after row: neighbours share a line."
    residual_px: float
    "Scatter of the edge points about their lines."
    edge_seen: tuple[float, float, float, float]
    "Share of each edge that was seen, 0 to 1; the first runs from corner 0 to corner 1."
    aspect: float
    "Long side over short side as the corners and the camera tell it; of the true card 1.586."
    aspect_std: float
    time_s: float

    @property
    def std_px(self) -> float:
        """Standard uncertainty of a corner along one axis, root mean square."""
        return float(np.sqrt(np.trace(self.covariance_px) / 8))


@dataclass(frozen=True, slots=True, eq=False)
class MarkerSeen:
    """A printed square marker in one frame."""

    id: int
    corners_px: F64
    "(4, 2): clockwise from the marker's own top left."
    covariance_px: F64
    "(8, 8) of corners_px, row after row."
    time_s: float


@dataclass(frozen=True, slots=True, eq=False)
class BoardSeen:
    """The inner corners of a ChArUco board in one picture."""

    ids: I32
    "(n,)"
    points_px: F64
    "(n, 2)"
    points_mm: F64
    "(n, 3) on the board: x across, y down, z 0."


@dataclass(frozen=True, slots=True, eq=False)
class BandSeen:
    """Markers of paper bands and of their print's check in one picture."""

    ids: I32
    "(n,)"
    corners_px: F64
    "(n, 4, 2) clockwise from each marker's own top left."
    time_s: float


ReferenceReason = Literal[
    "card_two",
    "card_not_id1",
    "card_bent",
    "card_partly_hidden",
    "card_tilted",
    "card_small",
    "marker_two",
    "marker_small",
]


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceRefused:
    """Something of known size is there, but must not be measured by."""

    reason: ReferenceReason
    corners_px: F64
    "(4, 2): about where."
    time_s: float


@dataclass(frozen=True, slots=True, eq=False)
class CardPose:
    """Where a flat thing of known size is, in millimetres, with its doubt."""

    camera_from_card: F64
    "(4, 4) rigid, mm: origin in its middle, x along the side from corner 0 to 1, y up to that side, z towards us."
    covariance: F64
    """(6, 6): rotation vector (rad, camera axes), then translation (mm); the camera's focal length is in it."""
    residual_px: float
    "Root mean square of the corners about their reprojection."
    other_chi2: float
    "How much worse the mirrored tilt explains the corners (chi square); below about 6 the tilt's sign is open."
    by_focal: F64
    """(6,): how the pose goes with the focal length, for each unit of its relative change (rad, mm). Facing the camera
    the depth goes with it; tilted, the tilt takes some of it."""

    @property
    def normal(self) -> F64:
        """(3,) unit, camera: out of the face that is seen."""
        return np.asarray(self.camera_from_card[:3, 2])

    @property
    def distance_std_percent(self) -> float:
        """Standard uncertainty of the middle's depth, in percent."""
        return float(100 * np.sqrt(self.covariance[5, 5]) / self.camera_from_card[2, 3])


@dataclass(frozen=True, slots=True, eq=False)
class HandPose:
    """Where a hand is, in millimetres, with its doubt."""

    side: Side
    camera_from_hand: F64
    "(4, 4) rigid, mm: origin at the wrist, y to the middle knuckle, z out of the palm."
    covariance: F64
    "(6, 6): rotation vector (rad, camera axes), then translation (mm)."
    joints: F64
    "(21, 3) mm, camera."
    std_percent: float
    "Standard uncertainty of its size, in percent: without a reference a hand's size is a guess."
    time_s: float


PieceKind = Literal["crown", "circlet", "tiara", "headband", "necklace", "choker", "ring", "bracelet", "earrings"]
SeatLine = Literal["tiara", "circlet", "perch", "headband", "neck", "finger", "wrist", "ear"]
WornOn = Literal["head", "neck", "left_hand", "right_hand", "ears"]


@dataclass(frozen=True, slots=True)
class TrueSize:
    """What a piece measures; never fitted to a face."""

    inner_length_mm: float
    "Front to back inside the band (crowns, circlets), or the depth of an open band."
    inner_breadth_mm: float
    "Side to side inside the band, or the opening between an open band's ends at its widest."
    arc_mm: float
    "Length of the band along its inside (a full ring's inner circumference)."
    height_mm: float
    "Greatest height above the seat."
    weight_g: float
    centre_of_mass_mm: tuple[float, float, float]
    "(x, y, z) mm in the piece's own frame."
    chain_length_mm: float = 0.0
    inner_diameter_mm: float = 0.0
    band_width_mm: float = 0.0
    "Of a ring, along the finger where it goes round the back; 0 where it is narrow or nobody said."


@dataclass(frozen=True, slots=True)
class Seat:
    """Where on the body a piece sits, and what holds it."""

    line: SeatLine
    tilt_rad: float
    "How far the piece leans back from the line's own upright, positive backwards."
    attachment: Literal["rigid_ring", "spring_band", "combs", "elastic", "chain"]
    height_mm: float = 0.0
    "Offset along the piece's own up axis from the line, for pieces worn higher or lower than the rule."
    spring_n_per_mm: float = 0.0
    "Force at each end of a spring band for each mm that its ends are spread; 0 where nobody measured it."
    forward_mm: float = 0.0
    "Offset along its own front from the line."


@dataclass(frozen=True, slots=True)
class Piece:
    """What the catalogue says of a piece (piece.toml). The mesh is loaded apart (pieces.Model)."""

    id: str
    name: str
    maker: str
    kind: PieceKind
    worn_on: WornOn
    finger: str
    "`ring`, `index`, ... for rings; empty otherwise."
    size: TrueSize
    seat: Seat
    sizes_made: tuple[str, ...]
    adjustable_mm: float
    "How far the inner circumference or opening can be bent or extended, mm."
    tolerance_mm: float
    "How true to the declared size it is made, mm."
    materials: tuple[str, ...]
    stones: tuple[str, ...]
    edition_of: int
    "Limited edition of how many; 0 is open."
    tiers: Mapping[str, Mapping[str, object]]
    "`studio` and `custom`: price range, lead time."
    care: str
    provenance: str
    licence: str
    words: str
    "One or two sentences for the shelf."


Stuff = Literal["metal", "stone", "pearl", "velvet", "enamel", "opal", "moonstone"]
GEMS = ("stone", "opal", "moonstone")
"What light goes into; only a `stone` has facets."


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What a part is made of: glTF metallic-roughness, with the gem extensions where it is a stone."""

    name: str
    kind: Stuff
    base_color: tuple[float, float, float]
    "Linear RGB, 0 to 1: F0 of a metal, tint of a stone."
    roughness: float
    ior: float = 1.5
    dispersion: float = 0.0
    "KHR_materials_dispersion (20 / Abbe number)."
    clearcoat: float = 0.0
    "KHR_materials_clearcoat: share of the surface under lacquer, 0 to 1."
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    "Linear RGB that it gives off by itself, KHR_materials_emissive_strength in it."
    finish: Literal["", "brushed", "aged"] = ""
    "Of a metal: fine lines along the band, or dark in its crevices."


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """All triangles of one material of a piece, in the piece's frame."""

    material: Material
    vertices: F32
    "(n, 3) mm, piece frame: origin in the middle of the seat, x to the wearer's left, y up, z to the front."
    normals: F32
    "(n, 3) unit; facet normals on stones."
    faces: I32
    "(m, 3)."
    occlusion: F32
    "(n,) 0 (crevice) to 1 (open), baked."
    chain: F32 | None = None
    """(n,) where round its chain a vertex belongs, 0 to 1 from the front towards the wearer's left; the same for all of
    a link, which so stays rigid. `vertices` and `normals` are then in the link's frame. None: no chain."""
    stone_of: I32 | None = None
    "(n,) which row of `cuts` a vertex belongs to. None: these are no gems."
    cuts: F32 | None = None
    """(k, 4, 4), a stone each, in the frame of `vertices`. Rows: middle of its girdle (mm) and half its length (mm);
    direction of its length and half its breadth (mm); where its table looks and half its breadth again; its cut
    (0 brilliant, 1 step) and three zeros."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """A piece with its triangles, ready to draw."""

    piece: Piece
    parts: tuple[Part, ...]
    far_parts: tuple[Part, ...] = ()
    "The same with fewer triangles, for when it is small in the picture; empty: there is no such."

    @property
    def face_count(self) -> int:
        """How many triangles it has."""
        return sum(len(part.faces) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Nudge:
    """How the wearer moved a piece away from its own seat. All zero is "true size, true seat"."""

    up_mm: float = 0.0
    forward_mm: float = 0.0
    tilt_rad: float = 0.0

    @property
    def moved(self) -> bool:
        """Whether the piece is anywhere but on its own seat."""
        return self != Nudge()


@dataclass(frozen=True, slots=True)
class Place:
    """Where on her a piece is worn, when she chose another place than its own."""

    on: WornOn
    finger: str = ""
    held: bool = False
    "In the open palm of the hand that `on` names."
    either: bool = False
    "Or on the other hand, when she shows that one alone."


@dataclass(frozen=True, slots=True)
class Measurement:
    """A measured length of a person, with random and systematic doubt apart."""

    name: str
    value_mm: float
    std_random_mm: float
    std_systematic_mm: float
    samples: int
    method: str
    scale_source: str
    scale_std_percent: float
    hand: Hand = ""
    "Of a hand's measures: which."

    @property
    def std_mm(self) -> float:
        """Combined standard uncertainty, mm."""
        return float(np.hypot(self.std_random_mm, self.std_systematic_mm))


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A piece in the camera's view."""

    model: Model
    camera_from_piece: F64
    "(4, 4) rigid, mm."
    links: F64 | None = None
    "(k, 4, 4) mm, piece_from_link, evenly round the chain from the front; None: as it is modelled, a circle."
    tucks: F64 | None = None
    "(2, 4 + n, 3) mm, piece frame: where the ends of an open band, left and right, go under hair (fit.tuck)."


@dataclass(frozen=True, slots=True, eq=False)
class Occluder:
    """A body part that hides pieces but is not drawn."""

    mesh: Mesh
    camera_from_mesh: F64
    "(4, 4) rigid, mm."
    soft_mm: float = 0.0
    "Over how much depth a piece that goes behind it fades (hair is no hard edge)."


Stage = Literal["room", "ballroom", "daylight", "spot", "flash"]
"Whose light: her own room's, or another's."


@dataclass(frozen=True, slots=True)
class StageView:
    """How the mirror shows her: in which light, and from where."""

    light: Stage = "room"
    far: bool = False
    "From the tenth row."


@dataclass(frozen=True, slots=True)
class RoomLight:
    """The light that falls on her, and so on what she wears."""

    exposure: float = 1.0
    "Brightness of the piece, relative; 1 is a well-lit room."
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0)
    "Linear RGB, of luminance 1; (1, 1, 1) is what the camera takes for white."
    lean: tuple[float, float, float] = (0.0, 0.0, 0.0)
    """Camera axes: from a direction d comes 1 + lean . d of what comes from there in a room that is lit from above, as
    rooms are."""
    skin: tuple[float, float, float] = (1.0, 1.0, 1.0)
    "What her skin throws back onto what lies above it, linear RGB of what skin mostly does."
    stage: Stage = "room"
    "Whose lamps are mirrored."


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """What there is to draw on one frame, as plain data."""

    camera: Camera
    occluders: tuple[Occluder, ...]
    placed: tuple[Placed, ...]
    light: RoomLight = RoomLight()


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """The rectangle of the picture that pieces cover."""

    rgba: U8
    "(h, w, 4) premultiplied, sRGB-coded. Even width and height."
    origin_px: tuple[int, int]
    "(x, y) of its top-left pixel in the frame; both even."


@dataclass(frozen=True, slots=True, eq=False)
class Veil:
    """What lies in front of the pieces in a part of the picture: hair, a hand."""

    alpha: F32
    "(h, w) 0 (nothing) to 1 (hides all)."
    origin_px: tuple[int, int]
    "(x, y) of its top-left corner in the frame."
    step_px: int
    "Pixels of the frame a side of one of its own."


View = Literal["searching", "live", "lost"]
Hint = Literal[
    "too_dark",
    "too_far",
    "too_near",
    "off_centre",
    "turned_away",
    "several_faces",
    "show_neck",
    "free_neck",
    "show_hand",
]


@dataclass(frozen=True, slots=True)
class Quality:
    """How well the wearer can be seen, for kind words at the mirror's edge."""

    view: View
    hints: tuple[Hint, ...] = ()
    "The most urgent first."


@dataclass(frozen=True, slots=True, eq=False)
class Sensed:
    """What the trackers found in a frame: the first half of a step."""

    frame: Frame
    landmarks: Landmarks | None
    quality: Quality
    track_ms: float
    shoulders: Landmarks | None = None
    "Scheme pose33; only in frames that were looked at for them."
    hands: tuple[HandSeen, ...] = ()
    reaching: tuple[HandSeen, ...] = ()
    "Hands at her head, where nothing on her hands is worn."


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """The end of a step: the picture to show and all that was learnt on the way."""

    frame: Frame
    sensed: Sensed
    head: HeadPose | None
    pieces: Mapping[str, Placed]
    "By id; those that are on the wearer in this frame (of a pair of earrings, the nearer one)."
    scale: Scale | None
    stages_ms: Mapping[str, float]
    "Thread CPU time of track, body, fit, render, blend."
    neck: NeckPose | None = None
    hands: tuple[HandPose, ...] = ()

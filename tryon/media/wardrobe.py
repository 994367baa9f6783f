"""What is worn at one mirror: which pieces, where on her, how they were moved, and in which light they are seen."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import Executor

from tryon.errors import AssetError, MessageError
from tryon.fit.dress import own_place
from tryon.media.line import Mirror
from tryon.messages import PIECES_MAX, NudgeSet, Pieces, PlaceSet, WornPiece, nudge_of, place_of
from tryon.types import Model, Nudge, Piece, Place, StageView

Load = Callable[[str], Model]
"A model by its piece's id. Raises AssetError `piece_unknown`."
NOWHERE_ELSE: Mapping[str, PlaceSet] = {}


class Wardrobe:
    """Lives on one event loop; models are loaded on `jobs`, which has one thread, so that what was asked for last is
    what is worn."""

    def __init__(self, mirror: Mirror, load: Load, jobs: Executor) -> None:
        self._mirror, self._load, self._jobs = mirror, load, jobs
        self.shelf: frozenset[str] | None = None
        "Ids of the pieces that can be worn here; None: the whole catalogue."
        self._worn: tuple[Model, ...] = ()
        self._nudges: dict[str, Nudge] = {}
        self._places: dict[str, Place] = {}
        self._bare = False
        self._view = StageView()

    async def wear(self, pieces: tuple[str, ...], places: Mapping[str, PlaceSet] = NOWHERE_ELSE) -> None:
        """Wear these, in place of what is worn. Raises AssetError `piece_unknown`, `place_wrong`, MessageError."""
        ids = tuple(dict.fromkeys(pieces))
        if len(ids) > PIECES_MAX:
            raise MessageError("pieces_too_many", f"At most {PIECES_MAX} pieces at a time; {len(ids)} were asked for.")
        if self.shelf is not None and (elsewhere := sorted(set(ids) - self.shelf)):
            raise AssetError("piece_unknown", f"There is no piece {elsewhere[0]!r} on this shelf.")
        if unworn := sorted(set(places) - set(ids)):
            raise MessageError("place_wrong", f"A place was given for {unworn[0]!r}, which is not among the pieces.")
        loop = asyncio.get_running_loop()
        loaded = await loop.run_in_executor(self._jobs, lambda: tuple(self._load(piece) for piece in ids))
        chosen = {
            model.piece.id: place_of(model.piece, places[model.piece.id])
            for model in loaded
            if model.piece.id in places
        }
        self._worn, self._places = loaded, chosen
        self._nudges = {piece: nudge for piece, nudge in self._nudges.items() if piece in ids}
        self._mirror.wear(self._worn, places=chosen)

    async def wear_again(self, worn: list[WornPiece]) -> None:
        """As it stood at another time. Raises what `wear` and `nudge` raise."""
        places = {
            each.piece: PlaceSet(each.on, each.finger, each.held)  # type: ignore[arg-type]  # as it was told
            for each in worn
            if each.held or each.on in ("left_hand", "right_hand")
        }
        if worn:
            await self.wear(tuple(each.piece for each in worn), places)
            for each in worn:
                self.nudge(NudgeSet(each.piece, each.up_mm, each.forward_mm, each.tilt_deg))

    def nudge(self, asked: NudgeSet) -> None:
        """Move one by hand. Raises AssetError `piece_not_worn`, MessageError."""
        if asked.piece not in {model.piece.id for model in self._worn}:
            raise AssetError("piece_not_worn", f"The piece {asked.piece!r} is not worn now, so it cannot be moved.")
        nudge = nudge_of(asked.up_mm, asked.forward_mm, asked.tilt_deg)
        self._nudges[asked.piece] = nudge
        self._mirror.nudge(asked.piece, nudge)

    def show_bare(self, bare: bool) -> None:
        """Her picture without any of it, and back."""
        self._bare = bare
        self._mirror.show_bare(bare)

    def show_stage(self, view: StageView) -> None:
        """In which light, and from how far."""
        self._view = view
        self._mirror.show_stage(view)

    def told(self) -> Pieces:
        """All of it, as everyone is told."""
        worn = []
        for model in self._worn:
            nudge, place = self._nudges.get(model.piece.id, Nudge()), self._place(model.piece)
            worn.append(
                WornPiece(
                    model.piece.id,
                    nudge.up_mm,
                    nudge.forward_mm,
                    round(math.degrees(nudge.tilt_rad), 6),
                    nudge.moved,
                    place.on,
                    place.finger,
                    place.held,
                )
            )
        return Pieces(worn, self._bare, self._view.light, self._view.far)

    def seen(self, drawn: Collection[str]) -> list[str]:
        """Of the pieces that a picture was drawn with, those that are seen on it."""
        return [] if self._bare else sorted(drawn)

    def true_size(self, seen: Collection[str]) -> bool:
        """Whether a picture with these says how large they are: no hand has anything in it whose size is known, and
        what was moved by hand no longer sits where it would."""
        where = {model.piece.id: self._place(model.piece).on for model in self._worn}
        guessed = any(where.get(piece) in ("left_hand", "right_hand") for piece in seen)
        return not guessed and not any(self._nudges.get(piece, Nudge()).moved for piece in seen)

    def _place(self, piece: Piece) -> Place:
        return self._places.get(piece.id) or own_place(piece)

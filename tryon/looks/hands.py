"""Hands with a card beside them, and paper bands round head, wrist or finger."""

from __future__ import annotations

import numpy as np

from tryon.body.band import CHECK_IDS
from tryon.body.card import card_pose
from tryon.fit.band import BandMeasurer
from tryon.fit.hand import HandMeasurer
from tryon.fit.population import Sighting
from tryon.geometry.camera import prior_camera
from tryon.looks.every import Every
from tryon.told import Told
from tryon.track.card import CardFinder, Region, hand_region
from tryon.track.hands import HandTracker
from tryon.track.marker import BandFinder
from tryon.types import Camera, CardSeen, Frame, Hand, ReferenceRefused

LOOKS_AT = 2
"Of every so many frames the one a hand is measured in: one that the network looks at (track.hands: each second one)."
WRIST = "wrist_circumference"


class HandLooks:
    """Hands, by cards beside them; a card is searched in each `every`th frame, an even number."""

    def __init__(self, cards: CardFinder, /, *, every: int) -> None:
        self._tracker, self._cards, self._every = HandTracker(), cards, every
        self._measurer: HandMeasurer | None = None
        self._measured_px = (0, 0)
        self._frames = 0
        self.looks = self.taken = 0
        "At a hand; at a hand beside a card."
        self.hand: Hand = ""
        "Which one, in the newest of them."
        self.refused_now = ""
        "Why the newest card could not be used; empty when it could."

    def close(self) -> None:
        """Give the model back."""
        self._tracker.close()

    def look(self, frame: Frame, camera: Camera, /) -> bool:
        """One more frame; whether a hand is in it."""
        self._frames += 1
        hands = self._tracker.track(frame)
        if not hands or self._frames % self._every != LOOKS_AT % self._every:
            return bool(hands)
        if self._measurer is None or self._measured_px != frame.size_px:
            self._measurer, self._measured_px = HandMeasurer(camera), frame.size_px
        for hand in hands:
            self.looks += 1
            region = hand_region(hand.landmarks, frame.size_px)
            card = None if region is None else self._cards.find(frame, camera, region=region)
            if isinstance(card, CardSeen):
                pose = card_pose(
                    card.corners_px, camera, covariance_px=card.covariance_px, facing=np.array([0.0, 0.0, -1.0])
                )
                if pose is not None and self._measurer.look(frame, hand, pose) is not None:
                    self.taken += 1
                    self.hand = hand.side
                    self.refused_now = ""
            elif isinstance(card, ReferenceRefused):
                self.refused_now = card.reason
        return True

    def tell(self, told: Told, /) -> None:
        """Fingers, wrist and palm."""
        if self._measurer is None or not self.looks:
            return
        told.hands = {
            (found.name, found.hand): found for found in self._measurer.measurements() if found.scale_source == "card"
        }
        why = self._measurer.reasons()
        told.reasons += sorted(set(why.values())) if why else []
        if not told.hands and not why:
            told.reasons.append("card_beside_hand")


class BandLooks:
    """Printed paper bands, searched now and then. `checked`: a card fitted the box on their sheet."""

    def __init__(self, cards: CardFinder, /, *, every_s: float, checked: bool) -> None:
        self._finder, self._cards, self._measurer = BandFinder(), cards, BandMeasurer(checked=checked)
        self._search = Every(every_s)

    @property
    def seen(self) -> bool:
        """Whether a band was."""
        return bool(self._measurer.seen)

    def look(self, frame: Frame, /) -> None:
        """One more frame, when it is time."""
        if not self._search.due(frame.time_s):
            return
        seen = None if self._measurer.enough else self._finder.find(frame)
        if seen is None:
            return
        self._measurer.look(seen, frame.size_px, frame.time_s)
        field = seen.corners_px[np.isin(seen.ids, CHECK_IDS)].reshape(-1, 2)
        if len(field) == 4 * len(CHECK_IDS):
            low, high = np.clip([field.min(axis=0), field.max(axis=0)], 0, frame.size_px).astype(int) // 2 * 2
            across = float(np.linalg.norm(np.ptp(field, axis=0)))
            region = Region((int(low[0]), int(low[1]), int(high[0]), int(high[1])), (0.35 * across, 0.9 * across))
            card = self._cards.find(frame, prior_camera(frame.size_px), region=region)
            if isinstance(card, CardSeen):
                self._measurer.check(seen, card.corners_px)

    def tell(self, told: Told, /) -> None:
        """What they measure: a wrist's belongs to a hand, the rest to the body."""
        for name, found in self._measurer.measurements().items():
            if name == WRIST:
                told.hold(found)
            else:
                told.sightings.append(
                    Sighting(
                        name,
                        found.value_mm,
                        found.std_random_mm,
                        found.std_systematic_mm,
                        False,
                        found.samples,
                        found.method,
                        "marker",
                    )
                )
        told.reasons += self._measurer.reasons()

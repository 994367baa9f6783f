"""What a drawn piece still needs to lie on her picture: her camera's softness, and the shade under it.

Nothing of it is done again while the piece is the last one: a still scene costs nothing here.
"""

from __future__ import annotations

from tryon.render.contact import shades
from tryon.render.eye import Look, softened
from tryon.types import Layer, Scene, Veil

Finished = tuple[tuple[Layer, ...], tuple[Veil, ...]]


class Finish:
    """Remembers the last one. Not for several threads."""

    def __init__(self) -> None:
        self._drawn: tuple[Layer, ...] = ()
        self._blur_px = (0.0, 0.0)
        self._shades: tuple[Veil, ...] = ()
        self._finished: Finished = ((), ())

    def __call__(self, scene: Scene, drawn: tuple[Layer, ...], look: Look, /) -> Finished:
        """(layers as her camera would show them, shades under them) of a scene that was drawn so."""
        anew = drawn is not self._drawn
        if anew:
            self._drawn, self._shades = drawn, shades(scene, drawn)
        if anew or look.blur_px != self._blur_px:
            self._blur_px = look.blur_px
            soft = tuple(softened(layer, look, scene.camera.size_px) for layer in drawn)
            self._finished = soft, self._shades
        return self._finished

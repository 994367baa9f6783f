"""Draws every piece's picture for the shelf with the product's own renderer: python assets/make/posters.py [ID ...]"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tryon.body.neck import base_of  # noqa: E402
from tryon.fit.drape import frames, settle  # noqa: E402
from tryon.fit.dress import chain_length_mm  # noqa: E402
from tryon.pieces.catalogue import Catalogue  # noqa: E402
from tryon.render.poster import poster  # noqa: E402
from tryon.render.renderer import Renderer  # noqa: E402
from tryon.types import F64, Model, NeckShape  # noqa: E402

NECK = NeckShape(325.0, base_of(325.0), 355.0, 5.0)
"On whom a necklace hangs that nobody wears."


def hung(model: Model) -> F64 | None:
    """A necklace as it hangs on a neck; None: the piece as it is modelled."""
    if model.piece.worn_on != "neck":
        return None
    return frames(settle(chain_length_mm(model.piece, NECK), NECK), NECK)


if __name__ == "__main__":
    catalogue = Catalogue(ROOT / "assets" / "pieces")
    renderer = Renderer()
    for id in sys.argv[1:] or [piece.id for piece in catalogue.pieces()]:
        path = ROOT / "assets" / "pieces" / id / "poster.png"
        model = catalogue.model(id)
        picture = Image.fromarray(poster(renderer, model, links=hung(model)))
        picture.save(path, optimize=True)
        print(f"{path}: {path.stat().st_size // 1000} kB")
    renderer.close()

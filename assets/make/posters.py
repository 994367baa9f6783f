"""Draws every piece's picture for the shelf with the product's own renderer: python assets/make/posters.py [ID ...]"""

from __future__ import annotations

import sys
from pathlib import Path

from PIL import Image

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tryon.pieces.catalogue import Catalogue  # noqa: E402
from tryon.preparing import hung  # noqa: E402
from tryon.render.poster import poster  # noqa: E402
from tryon.render.renderer import Renderer  # noqa: E402

if __name__ == "__main__":
    catalogue = Catalogue(ROOT / "assets" / "pieces")
    renderer = Renderer()
    for id in sys.argv[1:] or [piece.id for piece in catalogue.pieces()]:
        path = ROOT / "assets" / "pieces" / id / "poster.png"
        model = catalogue.model(id)
        # the last bit of each value is what sparkle costs most in a file, and nobody sees it
        picture = Image.fromarray(poster(renderer, model, links=hung(model)) // 2 * 2)
        picture.save(path, optimize=True)
        print(f"{path}: {path.stat().st_size // 1000} kB")
    renderer.close()

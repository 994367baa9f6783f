"""The words of web/words that this side says too; verdicts above all, from the same file that the page reads.

Sentences stand there and nowhere else; `fit.notes` knows keys and values alone. The command line, reports and fit
cards are in English.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from tryon.errors import AssetError
from tryon.fit.notes import Phrase

FOLDER = Path(__file__).resolve().parent.parent / "web" / "words"
PREFIX = "verdict."
"Of every key in the file: the page has other words besides."


@cache
def page_words(name: str, language: str) -> Mapping[str, str]:
    """A file of words in one language, by key; `name` is what stands before the language, "" or "embed.".

    Raises AssetError.
    """
    path = FOLDER / f"{name}{language}.json"
    try:
        found: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise AssetError("words_missing", f"{path} cannot be read; it is part of this repository.") from err
    return found


@cache
def fit_words(language: str = "en") -> Mapping[str, str]:
    """All verdicts of one language, by key without its prefix. Raises AssetError."""
    return {key.removeprefix(PREFIX): text for key, text in page_words("fit.", language).items()}


def english(*phrases: Phrase) -> str:
    """Phrases as sentences, one after another. Raises KeyError for a phrase without words, or a gap not filled."""
    return " ".join(fit_words()[phrase.key].format_map(phrase.values) for phrase in phrases)

"""Which artisan a request goes to, and why: pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

SKILL_WORDS: dict[str, tuple[str, ...]] = {
    "stones": ("diamond", "emerald", "ruby", "rubies", "sapphire", "stone", "brilliant", "pearl", "zirconia", "topaz"),
    "filigree": ("filigree", "lace", "openwork", "wirework"),
    "restoration": ("restore", "restoration", "repair", "heirloom", "antique"),
    "child_sizes": ("child", "children", "girl", "little one", "flower girl", "communion"),
    "enamel": ("enamel",),
    "platinum": ("platinum",),
}
"What in a wish, or in the piece itself, asks for a skill. English, as the catalogue is."


@dataclass(frozen=True, slots=True)
class Artisan:
    """An artisan as pairing sees her."""

    id: str
    skills: frozenset[str]
    languages: frozenset[str]
    free: int
    "How many more requests she can begin this month."


@dataclass(frozen=True, slots=True)
class Match:
    """How well an artisan suits a request."""

    artisan: str
    points: float
    because: tuple[str, ...]
    "Codes with values: `skill:filigree`, `lacks:stones`, `language:fr`, `free:2`."
    full: bool


def skills_asked(*texts: str) -> frozenset[str]:
    """The skills that wishes and pieces ask for."""
    said = " ".join(texts).lower()
    # whole words, one or several: a necklace is no lace
    return frozenset(
        skill for skill, words in SKILL_WORDS.items() if re.search(rf"\b({'|'.join(words)})(s|es)?\b", said)
    )


def matches(
    artisans: Iterable[Artisan], *, skills: frozenset[str], language: str, declined: frozenset[str] = frozenset()
) -> list[Match]:
    """The artisans, best first: every skill asked for counts 2, her language 1, free places a little.

    Who is full comes after everybody who is not; who declined is left out. Ties go by id, so that the same question
    has the same answer.
    """
    found = []
    for artisan in artisans:
        if artisan.id in declined:
            continue
        has, lacks = sorted(skills & artisan.skills), sorted(skills - artisan.skills)
        speaks = language in artisan.languages
        because = [f"skill:{skill}" for skill in has] + [f"lacks:{skill}" for skill in lacks]
        because += [f"language:{language}"] if speaks else [f"no_language:{language}"]
        because.append(f"free:{max(0, artisan.free)}")
        points = 2.0 * len(has) + (1.0 if speaks else 0.0) + 0.1 * min(max(artisan.free, 0), 5)
        found.append(Match(artisan.id, points, tuple(because), artisan.free <= 0))
    return sorted(found, key=lambda match: (match.full, -match.points, match.artisan))

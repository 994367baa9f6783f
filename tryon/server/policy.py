"""What the house promises of repairs and returns: a shop's own words (`TRYON_POLICY`), or ours, in every language.

Each language says all of it; a shop that writes its own says so in English at least, and what it has no French for is
shown in English: two promises must not stand beside each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import msgspec

from tryon.errors import SettingError

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
"Paragraphs are parted by `|`."


class PolicyText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`policy.LANGUAGE.json`."""

    repair: Text
    "Of every piece."
    adjust: Text
    "When a piece does not sit as it was meant to."
    studio: Text
    "Returns of a piece of the studio edition."
    custom: Text
    "Returns of a piece that is made for one person."
    rights: Text
    "That this takes nothing from what the law gives her."


class PolicyTold(msgspec.Struct, frozen=True):
    """`GET /v1/policy`."""

    language: str
    text: PolicyText


def read_policies(own: Path | None, ours: Path) -> dict[str, PolicyTold]:
    """The policy by language: of a shop's own folder whole, else of `ours`. Raises SettingError."""
    folder = ours if own is None else own
    found = {}
    for path in sorted(folder.glob("policy.*.json")):
        language = path.name.split(".")[1]
        try:
            found[language] = PolicyTold(language, msgspec.json.decode(path.read_bytes(), type=PolicyText))
        except (OSError, msgspec.DecodeError) as err:
            raise SettingError("policy_unreadable", f"{path} is no policy: {err}.") from err
    if "en" not in found:
        raise SettingError("policy_missing", f"There is no policy.en.json in {folder}; see TRYON_POLICY.")
    return found


def policy_of(accepted: str, policies: Mapping[str, PolicyTold]) -> PolicyTold:
    """In the first language of `Accept-Language` that there is one in; else in English."""
    wanted = [part.split(";")[0].split("-")[0].strip() for part in accepted.split(",")]
    return policies[next((code for code in wanted if code in policies), "en")]

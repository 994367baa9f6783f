"""Repairs and returns: ours by default, a shop's own whole, and never a mixture of two promises."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.server.conftest import House
from tryon.errors import SettingError
from tryon.server.app import WEB
from tryon.server.policy import policy_of, read_policies

OWN = {name: f"{name} of ours" for name in ("repair", "adjust", "studio", "custom", "rights")}


def test_the_policy_is_told_in_her_language(house: House) -> None:
    french = house.client.get("/v1/policy", headers={"Accept-Language": "fr-CA,en;q=0.5"})
    assert (french.headers["content-language"], french.json()["language"]) == ("fr", "fr")
    english = house.client.get("/v1/policy", headers={"Accept-Language": "ja"}).json()
    assert english["language"] == "en"
    assert english["text"].keys() == french.json()["text"].keys() == OWN.keys()


def test_a_shop_says_its_own_whole(tmp_path: Path) -> None:
    ours = WEB / "words"
    with pytest.raises(SettingError, match=r"policy\.en\.json"):
        read_policies(tmp_path, ours)
    (tmp_path / "policy.en.json").write_text(json.dumps({**OWN, "more": "?"}))
    with pytest.raises(SettingError, match="no policy"):
        read_policies(tmp_path, ours)
    (tmp_path / "policy.en.json").write_text(json.dumps({**OWN, "studio": ""}))
    with pytest.raises(SettingError, match="no policy"):
        read_policies(tmp_path, ours)
    (tmp_path / "policy.en.json").write_text(json.dumps(OWN))

    own = read_policies(tmp_path, ours)

    assert policy_of("fr", own).text.repair == "repair of ours", "no French of ours beside a shop's English"
    assert set(read_policies(None, ours)) == {"en", "fr"}

"""The fit card over HTTP: from what the mirror said of her, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.server.conftest import House
from tests.server.test_contract import assert_error

MEASURES = Path(__file__).resolve().parents[1] / "data" / "measures.json"


def agreed(house: House, *purposes: str) -> dict[str, str]:
    """The header of a consent to these."""
    words = house.client.get("/v1/consent").json()
    body = {"version": words["version"], "language": words["language"], "purposes": list(purposes)}
    return {"Authorization": f"Bearer {house.client.post('/v1/consents', json=body).json()['token']}"}


def asked(house: House, **changes: Any) -> Any:
    """POST what `measured` said, the stand-in's own piece under the name of one that was judged."""
    measures = json.loads(MEASURES.read_text())
    measures["fit"]["aurora"] = measures["fit"].get("aurora") or next(iter(measures["fit"].values()))
    body = {"piece": "aurora", "measures": measures} | changes
    return house.client.post("/v1/fitcards", json=body, headers=agreed(house, "live", "measure"))


def test_the_card_of_a_judged_piece_is_a_tagged_pdf(house: House) -> None:
    answer = asked(house)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == 'attachment; filename="fit-aurora.pdf"'
    assert answer.headers["cache-control"] == "no-store"
    assert answer.content.startswith(b"%PDF-1.7")
    assert b"/StructTreeRoot" in answer.content


def test_what_was_not_judged_or_agreed_has_no_card(house: House) -> None:
    assert_error(asked(house, piece="nothing"), "piece_unknown")
    assert_error(asked(house, piece="ondine"), "piece_not_judged")
    assert_error(asked(house, measures={"fit": 1}), "body_unreadable")
    body = {"piece": "aurora", "measures": json.loads(MEASURES.read_text())}
    assert_error(house.client.post("/v1/fitcards", json=body), "consent_missing")
    live = agreed(house, "live")
    assert house.client.post("/v1/fitcards", json=body, headers=live).status_code == 403

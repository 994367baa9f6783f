"""The typed clients are what the contract says, every operation of it; and only our webhooks are believed."""

from __future__ import annotations

import ast
import datetime
import re
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook

from assets.make import clients
from tests.server.conftest import House
from tryon import client

ROOT = Path(__file__).resolve().parents[2]
OLD, NEW = "whsec_" + "b" * 44, "whsec_" + "a" * 44
BODY = '{"type":"fit.kept","timestamp":"2026-11-22T20:00:00Z","data":{"fit":"é"}}'


@pytest.fixture
def described(house: House) -> dict[str, Any]:
    told: dict[str, Any] = house.client.get("/v1/openapi.json").json()
    return told


def test_what_is_committed_is_what_the_contract_says(described: dict[str, Any]) -> None:
    for path, text in clients.write(described).items():
        assert (ROOT / path).read_text() == text, f"{path} says something else; run: make clients"


def test_both_have_every_operation_that_a_program_may_call_with_its_parameters(described: dict[str, Any]) -> None:
    every = [operation for methods in described["paths"].values() for operation in methods.values()]
    ids = [operation["operationId"] for operation in every]
    assert len(set(ids)) == len(ids)
    tree = ast.parse((ROOT / "tryon" / "client.py").read_text())
    (made,) = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Client"]
    python = {node.name: node for node in made.body if isinstance(node, ast.FunctionDef) and node.name[0] != "_"}
    script = (ROOT / "web" / "client" / "v1.js").read_text()
    types = (ROOT / "web" / "client" / "v1.d.ts").read_text()

    asked = 0
    for path, methods in described["paths"].items():
        for operation in methods.values():
            staff = operation.get("security") == [{"staff": []}]
            id = operation["operationId"]
            camel = re.sub(r"_(\w)", lambda found: found[1].upper(), id)
            there = (id in python, f"\n  {camel}(" in script, f"\n  {camel}(" in types)
            assert there == (path.startswith("/v1/") and not staff,) * 3, id
            if not all(there):
                continue
            asked += 1
            names = [p["name"] for p in operation.get("parameters", []) if p["in"] == "path"]
            assert [one.arg for one in python[id].args.args][1 : len(names) + 1] == names
    assert asked == len(python) > 70


def signed(*secrets: str, at_s: float | None = None, body: str = BODY) -> dict[str, str]:
    """Headers as ours are."""
    at = datetime.datetime.fromtimestamp(int(time.time() if at_s is None else at_s), datetime.UTC)
    said = " ".join(Webhook(secret).sign("msg_1", at, body) for secret in secrets)
    return {"Webhook-Id": "msg_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": said}


@pytest.mark.parametrize("secrets", [(NEW,), (OLD,), (NEW, OLD), (OLD, NEW)])
def test_a_webhook_of_ours_is_believed_while_its_secret_changes(secrets: tuple[str, ...]) -> None:
    assert client.webhook((NEW, OLD), signed(*secrets), BODY.encode())["data"] == {"fit": "é"}
    late = signed(NEW, at_s=1_000_000)
    assert client.webhook((NEW,), late, BODY.encode(), now_s=1_000_000 + client.TOLERANCE_S)["type"] == "fit.kept"


def test_no_other_is() -> None:
    good = signed(NEW)
    other = {
        "another secret": (signed(OLD), BODY),
        "another body": (good, BODY.replace("kept", "gone")),
        "another id": ({**good, "Webhook-Id": "msg_2"}, BODY),
        "too old": (signed(NEW, at_s=time.time() - client.TOLERANCE_S - 60), BODY),
        "too early": (signed(NEW, at_s=time.time() + client.TOLERANCE_S + 60), BODY),
        "no signature": ({**good, "webhook-signature": ""}, BODY),
        "of another version": ({**good, "webhook-signature": good["webhook-signature"].replace("v1,", "v2,")}, BODY),
        "no header": ({}, BODY),
        "no JSON": (signed(NEW, body="{"), "{"),
    }
    for why, (headers, body) in other.items():
        with pytest.raises(client.WebhookError):
            pytest.fail(f"{why}: {client.webhook((NEW,), headers, body.encode())}")


@settings(max_examples=300, deadline=None)
@given(
    id=st.text(),
    at=st.text() | st.integers().map(str),
    said=st.text() | st.text().map("v1,{}".format),
    body=st.binary(),
)
def test_whatever_comes_is_refused_in_one_way(id: str, at: str, said: str, body: bytes) -> None:
    headers = {"webhook-id": id, "webhook-timestamp": at, "webhook-signature": said}
    with pytest.raises(client.WebhookError):
        client.webhook((NEW,), headers, body)
    with pytest.raises(client.WebhookError):
        client.webhook((NEW,), {**headers, "webhook-timestamp": "5"}, body, now_s=5.0)

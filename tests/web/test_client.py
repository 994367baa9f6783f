"""Both typed clients against a service that listens: a shop's server in Python, the same in JavaScript."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime

import pytest
from standardwebhooks import Webhook

from tests.web.house import until
from tests.web.test_atelier import Atelier, atelier
from tryon.atelier import shops
from tryon.atelier.shops import KeyWish, ShopWish
from tryon.atelier.store import Unit
from tryon.atelier.who import Who
from tryon.client import ApiError, Client, webhook

__all__ = ["atelier"]
OWNER = Who("owner", "ada")
SCRIPT = """async ([address, key, secret, headers, body]) => {
  const { Client, ApiError, WebhookError, webhook } = await import("/web/client/v1.js");
  const client = new Client(address, { key });
  const { hooks } = await client.getShopHooks();
  const { deliveries } = await client.getShopHooksHookDeliveries(hooks[0].id, { after: undefined });
  const wrong = await client.putShopProducts("sku,piece\\nA,nix\\n", { dry: "1" });
  const feed = await client.putShopProducts([{ sku: "A", piece: "aurora" }], { mime: "application/json" });
  const refused = await client.getShopRequestsRequest("a ?b").catch((error) => error);
  const stages = await client.getShopRequests({ stage: ["enquiry", "cad"] });
  const poster = await client.getPiecesIdPosterPng("aurora");
  await client.deleteShopHooksHook(hooks[0].id);
  const told = await webhook([secret], new Headers(headers), body);
  const bent = await webhook([secret], headers, body + " ").catch((error) => error);
  return {
    events: deliveries.map(({ event }) => event),
    wrong: wrong.wrong.map(({ line, reason }) => [line, reason]),
    applied: feed.applied,
    refused: refused instanceof ApiError && [refused.status, refused.reason],
    requests: stages.requests.length,
    poster: poster.type,
    hooks: (await client.getShopHooks()).hooks.length,
    told: told.type,
    bent: bent instanceof WebhookError,
    last: client.last.get("content-type"),
  };
}"""


def test_a_shops_server_does_all_of_its_work_by_the_clients(atelier: Atelier) -> None:
    def keyed(unit: Unit) -> str:
        shop = shops.add(unit, ShopWish("Maison Vesper", ("https://shop.example",)), frozenset())
        return shops.make_key(unit, shop.id, KeyWish("secret")).key

    key = atelier.store.change(OWNER, "key.make", keyed)
    client = Client(atelier.address, key)
    assert [piece["id"] for piece in client.get_shop_pieces()["pieces"]][:2] == ["aurora", "celeste"]
    feed = b"sku,piece,price,currency\nTIARA-07,celeste,1200,EUR\n"
    assert client.put_shop_products(feed, dry="1")["applied"] is False
    assert client.put_shop_products(feed)["applied"] is True
    assert client.get_shop_products()["products"][0]["price_minor"] == 120_000
    made = client.post_shop_hooks({"url": "http://127.0.0.1:9/hook", "events": ["fit.kept"]})
    hook = made["hook"]["id"]
    assert client.put_shop_hooks_hook(hook, {"url": "http://127.0.0.1:9/hook"})["events"] == []
    sent = client.post_shop_hooks_hook_test(hook)
    until(lambda: bool(client.get_shop_hooks_hook_deliveries(hook)["deliveries"][0]["tries"]), "a try")
    assert client.get_shop_requests(stage=["enquiry", "cad"], after="")["requests"] == []
    assert client.get_pieces_id_poster_png("aurora").startswith(b"\x89PNG")
    assert client.last["Content-Type"] == "image/png"
    with pytest.raises(ApiError, match="There is no such request") as refused:
        client.get_shop_requests_request("a ?b")
    assert (refused.value.status, refused.value.reason) == (404, "request_unknown")
    with pytest.raises(ApiError) as unknown:
        Client(atelier.address).get_shop_hooks()
    assert unknown.value.reason == "shop_key_unknown"

    at = datetime.fromtimestamp(int(time.time()), UTC)
    signature = Webhook(made["secret"]).sign(sent["id"], at, sent["body"])
    headers = {"webhook-id": sent["id"], "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}
    assert webhook((made["secret"],), headers, sent["body"].encode())["type"] == "hook.tested"

    page = atelier.visit()
    said = page.evaluate(SCRIPT, [atelier.address, key, made["secret"], headers, sent["body"]])
    assert said == {
        "events": ["hook.tested"],
        "wrong": [[2, "piece_unknown"]],
        "applied": True,
        "refused": [404, "request_unknown"],
        "requests": 0,
        "poster": "image/png",
        "hooks": 0,
        "told": "hook.tested",
        "bent": True,
        "last": "application/json",
    }
    assert json.dumps(client.get_shop_products()["products"][0]["sku"]) == '"A"'

"""What shops' servers are told, on SQLite and PostgreSQL: two servers on one store never carry the same message."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

from tests.atelier.conftest import Clock
from tryon.atelier import feed, hooks, shops
from tryon.atelier.hooks import HookWish
from tryon.atelier.shops import ShopWish
from tryon.atelier.store import Store, Unit
from tryon.atelier.who import HOUSE, Who

MESSAGES = 12


def test_two_servers_carry_each_message_once_and_each_answer_is_kept(store: Store, clock: Clock, database: str) -> None:
    def begin(unit: Unit) -> str:
        shop = shops.add(unit, ShopWish("Maison Vesper", ("https://shop.example",)), frozenset({"aurora"}))
        for name in "abc":
            hooks.add(unit, shop.id, False, HookWish(f"https://{name}.example/hook"), frozenset())
        for number in range(MESSAGES):
            hooks.tell(unit, shop.id, False, "fit.kept", {"fit": f"f{number}"})
        told = feed.take(
            unit, shop.id, feed.read(b"sku,piece,price,currency\nA,aurora,12.5,EUR\n", "csv"), frozenset({"aurora"})
        )
        assert (told.applied, told.added) == (True, 1)
        return shop.id

    shop = store.change(Who("owner", "ada"), "shop.add", begin)
    other = Store(database, clock=clock)

    def carry(server: Store) -> list[str]:
        done = []
        while taken := server.change(HOUSE, "hook.take", hooks.take):
            for one in taken:
                server.change(
                    HOUSE, "hook.carried", lambda unit, id=one.id: hooks.carried(unit, id, status=200, took_ms=1)
                )
                done.append(one.id)
        return done

    with ThreadPoolExecutor(2) as both:
        carried = [id for done in both.map(carry, (store, other)) for id in done]
    other.close()
    assert max(Counter(carried).values()) == 1
    assert len(carried) == 3 * MESSAGES
    told = store.look(lambda unit: hooks.all_told(unit, shop, None))
    assert [hook.waiting for hook in told.hooks] == [0, 0, 0]
    assert store.look(lambda unit: shops.products_of(unit, shop))[0].price_minor == 1250
    assert store.verify().faults == []

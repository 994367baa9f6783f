"""web/control.js over a channel that a test plays: what is sent when, and what silence means."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

CHANNEL = """
    class Channel extends EventTarget {
        readyState = 'connecting';
        bufferedAmount = 0;
        sent = [];
        send(text) { this.sent.push(JSON.parse(text)); }
        close() { this.readyState = 'closed'; }
        open() { this.readyState = 'open'; this.dispatchEvent(new Event('open')); }
        hear(data) {
            const raw = data instanceof ArrayBuffer ? data : typeof data === 'string' ? data : JSON.stringify(data);
            this.dispatchEvent(new MessageEvent('message', { data: raw }));
        }
    }
    const { Control } = await import('/web/control.js');
    const channel = new Channel();
    const control = new Control(channel);
    const types = () => channel.sent.map(({ type }) => type);
"""


@pytest.fixture
def run(page: Page) -> Any:
    """Evaluate a body with `channel`, `control` and `types` at hand."""
    return lambda body: page.evaluate(f"async () => {{ {CHANNEL} {body} }}")


def test_a_newer_wish_takes_the_place_of_one_that_is_still_unsent(run: Any) -> None:
    sent, first, last = run("""
        const first = control.ask('pieces.set', { pieces: ['a'] });
        control.send('nudge.set', { piece: 'a', up_mm: 1 });
        control.send('nudge.set', { piece: 'b', up_mm: 1 });
        control.send('nudge.set', { piece: 'a', up_mm: 2 });
        const last = control.ask('pieces.set', { pieces: ['b'] });
        channel.open();
        channel.hear({ v: 1, type: 'pieces', re: '5', data: { worn: [] } });
        for (const { id } of channel.sent) if (id) channel.hear({ v: 1, type: 'pieces', re: id, data: { worn: [1] } });
        return [channel.sent.map(({ type, data }) => [type, data]), await first, await last];
    """)

    assert sent == [
        ["nudge.set", {"piece": "b", "up_mm": 1}],
        ["nudge.set", {"piece": "a", "up_mm": 2}],
        ["pieces.set", {"pieces": ["b"]}],
    ]
    assert first is None
    assert last == {"worn": [1]}


def test_a_full_channel_is_not_filled_further(run: Any) -> None:
    before, after = run("""
        channel.open();
        channel.bufferedAmount = 1e6;
        for (let up = 0; up < 100; up++) control.send('nudge.set', { piece: 'a', up_mm: up });
        const before = types();
        channel.bufferedAmount = 0;
        channel.dispatchEvent(new Event('bufferedamountlow'));
        return [before, channel.sent.map(({ data }) => data.up_mm)];
    """)

    assert before == []
    assert after == [99]


def test_a_refusal_rejects_what_was_asked_and_leaves_the_rest(run: Any) -> None:
    reason, heard = run("""
        channel.open();
        const heard = [];
        control.addEventListener('message', (event) => heard.push(event.said));
        const asked = control.ask('nudge.set', { piece: 'a' }).catch(({ reason }) => reason);
        channel.hear({ v: 1, type: 'error', re: channel.sent[0].id, data: { reason: 'nudge_too_far', detail: '' } });
        channel.hear({ v: 1, type: 'state', data: { view: 'live', hints: [] } });
        return [await asked, heard];
    """)

    assert reason == "nudge_too_far"
    assert heard == ["state"]


def test_what_it_cannot_read_is_passed_over(run: Any) -> None:
    heard = run("""
        channel.open();
        const heard = [];
        control.addEventListener('message', (event) => heard.push(event.said));
        const nothings = [
            '{', 'null', '[]', '"x"', { v: 2, type: 'state', data: {} }, { v: 1, type: 'newer' }, { v: 1 }];
        for (const data of nothings) channel.hear(data);
        channel.hear(new ArrayBuffer(8));
        channel.hear({ v: 1, type: 'stats', data: { fps: 30 } });
        return heard;
    """)

    assert heard == ["stats"]


def test_a_snapshot_is_put_together_from_its_pieces(run: Any) -> None:
    kind, text, true_size = run("""
        channel.open();
        const asked = control.ask('snapshot.take');
        const [bytes, { id }] = [new TextEncoder().encode('not quite a jpeg'), channel.sent[0]];
        const data = { mime: 'image/jpeg', bytes: bytes.length, true_size: false, pieces: ['a'] };
        channel.hear({ v: 1, type: 'snapshot', re: id, data });
        channel.hear(bytes.slice(0, 5).buffer);
        channel.hear({ v: 1, type: 'stats', data: {} });
        channel.hear(bytes.slice(5).buffer);
        const { blob, trueSize } = await asked;
        return [blob.type, await blob.text(), trueSize];
    """)

    assert (kind, text, true_size) == ("image/jpeg", "not quite a jpeg", False)


def test_both_sides_hear_each_others_heart(page: Page) -> None:
    page.clock.install()
    page.evaluate(f"""async () => {{ {CHANNEL}
        window.channel = channel;
        window.silences = 0;
        control.addEventListener('silent', () => window.silences++);
        channel.open();
        channel.hear({{ v: 1, type: 'ping', data: {{ t_ms: 7 }} }});
    }}""")

    pong = page.evaluate("() => window.channel.sent[0]")
    assert (pong["type"], pong["data"]) == ("pong", {"t_ms": 7})
    for _ in range(10):
        page.clock.run_for(1000)
        page.evaluate("() => window.channel.hear({ v: 1, type: 'pong', data: { t_ms: 0 } })")
    assert page.evaluate("() => window.channel.sent.filter(({ type }) => type === 'ping').length") == 10
    assert page.evaluate("() => window.silences") == 0
    page.clock.run_for(6000)
    assert page.evaluate("() => window.silences") == 1
    assert page.evaluate("() => window.channel.readyState") == "closed"


def test_nothing_is_waited_for_for_ever(page: Page) -> None:
    page.clock.install()
    page.evaluate(f"""async () => {{ {CHANNEL}
        control.ask('snapshot.take').catch(({{ reason }}) => (window.reason = reason));
        control.ask('bare.set', {{ bare: true }}).catch(({{ reason }}) => (window.other = reason));
        window.control = control;
    }}""")
    page.clock.run_for(5100)
    assert page.evaluate("() => window.reason") == "no_answer"
    assert page.evaluate("() => window.other") == "no_answer"

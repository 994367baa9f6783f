"""The data channel `control` of one connection: words in and out (tryon.messages), bounded both ways."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import msgspec
from aiortc import RTCDataChannel

from tryon.errors import MessageError, TryonError
from tryon.messages import CHUNK_BYTES, Envelope, Ping, Said, read, write

LABEL = "control"
MESSAGES_PER_S, BURST = 30.0, 60.0
"A page sends a few a second; a nudge slider dragged about sends thirty."
BUFFERED_MAX = 128 * 1024
"With this much unsent, news that a later message replaces is not sent, and no other snapshot is taken."

RTT_MAX_S, RTT_GROWS_S = 30.0, 0.05
"A pong tells of this long at most, and the round trip grows by no more than this a second."

Hear = Callable[["Control", Envelope, msgspec.Struct], None]


class Control:
    """One browser's channel. `hear` gets every well-formed message but the heartbeats, which are answered here."""

    def __init__(self, hear: Hear, now: Callable[[], float] = time.monotonic) -> None:
        self._hear, self._now = hear, now
        self._channel: RTCDataChannel | None = None
        self._tokens, self._filled_s = BURST, now()
        self._complained_s = float("-inf")
        self.heard_s: float | None = None
        "When the browser last said anything."
        self.rtt_s: float | None = None
        "How long a ping and its pong took, the least of late: what waits behind a picture's bytes says nothing."

    @property
    def open(self) -> bool:
        """Whether something can be said."""
        return self._channel is not None and self._channel.readyState == "open"

    @property
    def behind(self) -> bool:
        """Whether much of what was said is still unsent."""
        return self._channel is not None and self._channel.bufferedAmount > BUFFERED_MAX

    def attach(self, channel: RTCDataChannel) -> None:
        """The browser opened the channel."""
        self._channel = channel
        self.heard_s = self._now()
        channel.on("message", self._on_message)

    def say(
        self, data: msgspec.Struct, *, type: str | None = None, id: str | None = None, re: str | None = None
    ) -> None:
        """Send a message, if there is anyone to send it to."""
        if self._channel is not None and self._channel.readyState == "open":
            self._channel.send(write(data, type=type, id=id, re=re))

    def say_news(self, data: msgspec.Struct) -> None:
        """Send what the next message of its kind replaces, unless the browser is behind."""
        if not self.behind:
            self.say(data)

    def refuse(self, err: TryonError, *, re: str | None = None) -> None:
        """Say what could not be done."""
        self.say(Said(reason=err.reason, detail=err.detail), re=re)

    def ping(self) -> None:
        """Ask for a sign of life."""
        self.say(Ping(t_ms=self._now() * 1e3), type="ping")

    def send_file(self, data: bytes) -> None:
        """Send bytes in chunks, in order; SCTP paces them."""
        if self._channel is not None and self._channel.readyState == "open":
            for start in range(0, len(data), CHUNK_BYTES):
                self._channel.send(data[start : start + CHUNK_BYTES])

    def _on_message(self, message: Any) -> None:
        self.heard_s = self._now()
        try:
            self._pay()
            if not isinstance(message, str):
                raise MessageError("message_unreadable", "Messages are text; this one was binary.")
            envelope, data = read(message)
        except MessageError as err:
            self._complain(err)
            return
        if envelope.type == "ping" and isinstance(data, Ping):
            self.say(data, type="pong", re=envelope.id)
        elif envelope.type == "pong" and isinstance(data, Ping):
            took_s = self._now() - data.t_ms / 1e3
            if 0 <= took_s < RTT_MAX_S:
                self.rtt_s = took_s if self.rtt_s is None else min(took_s, self.rtt_s + RTT_GROWS_S)
        elif data is not None and envelope.type != "pong":
            self._hear(self, envelope, data)

    def _pay(self) -> None:
        now = self._now()
        self._tokens = min(BURST, self._tokens + (now - self._filled_s) * MESSAGES_PER_S)
        self._filled_s = now
        if self._tokens < 1:
            raise MessageError(
                "message_rate", f"More than {MESSAGES_PER_S:.0f} messages a second; this one was not looked at."
            )
        self._tokens -= 1

    def _complain(self, err: MessageError) -> None:
        # who sends rubbish by the thousand is answered once a second
        if self._now() - self._complained_s >= 1 or err.reason != "message_rate":
            self._complained_s = self._now()
            self.refuse(err)

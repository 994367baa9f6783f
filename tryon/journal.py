"""What is said and made at a meeting, kept as it is made. Who comes back reads it from the first entry.

The atelier's store keeps it (`tryon.atelier.journals`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from tryon.messages import Entry


class Journal(Protocol):
    """What a meeting needs of it. Calls block on the disk; one thread at a time."""

    @property
    def entries(self) -> Sequence[Entry]:
        """All that was kept, oldest first."""

    def write(self, by: str, name: str, kind: str, data: dict[str, Any], /) -> Entry:
        """Keep one thing more. When it returns, a crash loses it no more. Raises SessionError."""

    def keep(self, picture: bytes, /) -> str:
        """Keep a JPEG; the name to find it by. Raises SessionError."""

    def close(self) -> None:
        """Give it back, so that another process may go on with it."""

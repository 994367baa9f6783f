"""What goes into the log: one line a happening, for people or for programs, and nothing of anybody.

Whatever is logged passes through `redacted`: keys, tokens, mail addresses, addresses of people and long runs of bytes
are struck out, in the words and in tracebacks alike. It is the last line of defence; nobody relies on it.
"""

from __future__ import annotations

import logging
import re
import sys
from typing import Any, Literal, TextIO, get_args

import structlog
from structlog.typing import EventDict, Processor

from tryon.errors import SettingError

Style = Literal["plain", "json"]
STYLES: tuple[Style, ...] = get_args(Style)
QUIET = ("aiortc", "aioice", "uvicorn.error", "PIL", "asyncio")
"At INFO these say addresses of people, or too much."
STRUCK = "[struck out]"
SECRETS = re.compile(
    r"(?i)bearer\s+\S+"
    r"|\b[ps]k_(?:live|test)_\w+"
    r"|\bwhsec_\S+"
    r"|(?<=://)[^\s/@:]+:[^\s/@]+(?=@)"  # the password of an address
    r"|[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+"
    r"|\b(?:\d{1,3}\.){3}\d{1,3}\b(?<!127\.0\.0\.1)(?<!0\.0\.0\.0)"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){7}[0-9a-f]{1,4}(?![\w:])"
    r"|(?<![\w:])[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){0,6}::(?:[0-9a-f]{1,4}(?::[0-9a-f]{1,4})*)?(?![\w:])"
    r"|a=(?:candidate|ice-ufrag|ice-pwd|fingerprint)\S*[^\r\n]*"
    r"|\b[0-9a-f]{40,}\b"
    r"|[A-Za-z0-9_-]{43,}={0,2}"
    r"|[A-Za-z0-9+/]{80,}={0,2}"
)


def redacted(text: str) -> str:
    """A text without what must not stand in a log."""
    return SECRETS.sub(STRUCK, text)


def set_up(style: str, *, stream: TextIO | None = None) -> None:
    """Log to `stream` (stderr by default), from INFO on. Raises SettingError."""
    if style not in STYLES:
        raise SettingError("setting_invalid", f"TRYON_LOG has value {style!r}; expected {' or '.join(STYLES)}.")
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _strike,
    ]
    shape: Processor = structlog.processors.JSONRenderer(ensure_ascii=False) if style == "json" else _plain
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared, processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, shape]
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


def bind(**about: str) -> None:
    """Say of every line of this task what it is about, such as `request`."""
    structlog.contextvars.bind_contextvars(**about)


def unbind() -> None:
    """Forget it."""
    structlog.contextvars.clear_contextvars()


def _strike(logger: Any, method: str, line: EventDict) -> EventDict:
    return {key: redacted(value) if isinstance(value, str) else value for key, value in line.items()}


def _plain(logger: Any, method: str, line: EventDict) -> str:
    told = {key: line.pop(key, "") for key in ("timestamp", "level", "logger", "event", "exception")}
    more = "".join(f" {key}={value}" for key, value in line.items())
    trace = f"\n{told['exception']}" if told["exception"] else ""
    return f"{told['timestamp']} {str(told['level']).upper()} {told['logger']}: {told['event']}{more}{trace}"

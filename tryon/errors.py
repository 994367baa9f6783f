"""Every error this package raises on purpose.

    TryonError                     .reason (stable, for programs), .detail (for people: what, why, what to do)
    ├─ SettingError                a setting or command-line option is wrong
    ├─ InputError                  a picture, clip or file from outside cannot be used
    ├─ AssetError                  a piece or one of our own data files is missing or wrong
    ├─ CalibrationError            a calibration could not be made
    ├─ TrackerError                a tracker could not be started
    ├─ RenderError                 no GL context, or it was lost
    ├─ ConsentError                no consent, or it was withdrawn
    ├─ SessionError                a session is unknown, closed, or there is no room for one
    ├─ MessageError                a client said something that cannot be read
    ├─ AtelierError                a request, approval or number cannot be changed as asked
    ├─ AccessError                 who asks is not known here, or may not do this
    └─ MailError                   a letter could not be carried

A programmer's mistake is a ValueError or an assert; the world's fault is one of these. Each is handled
exactly once: logged or passed on, never both.
"""

from __future__ import annotations


class TryonError(Exception):
    """Base of all our errors: a stable `reason` for programs and a `detail` for people."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason
        "Stable word for programs, such as `piece_unknown`."
        self.detail = detail
        "For people: what happened, why, and what to do."

    def __reduce__(self) -> tuple[type[TryonError], tuple[str, str]]:
        # errors cross from the session process to the gateway
        return type(self), (self.reason, self.detail)

    def as_json(self) -> dict[str, dict[str, str]]:
        """The one JSON shape of an error, over HTTP and the data channel alike."""
        return {"error": {"reason": self.reason, "detail": self.detail}}


class SettingError(TryonError):
    """A setting or an option is wrong; says its name, its value and what was expected."""


class InputError(TryonError):
    """A picture, clip or file from outside cannot be used."""


class AssetError(TryonError):
    """A piece or one of our own data files is missing or wrong; says the file and the field."""


class CalibrationError(TryonError):
    """A calibration could not be made from what was given."""


class TrackerError(TryonError):
    """A tracker could not be started."""


class RenderError(TryonError):
    """Drawing is impossible: no GL context, or it was lost."""


class ConsentError(TryonError):
    """There is no consent for what was asked, or it was withdrawn."""


class SessionError(TryonError):
    """A session is unknown or closed, or there is no room for another."""


class MessageError(TryonError):
    """A client said something that cannot be read."""


class AtelierError(TryonError):
    """A request, approval, number or file of the atelier is not there, or cannot be changed as asked."""


class AccessError(TryonError):
    """Who asks is not known here, or may not do this."""


class MailError(TryonError):
    """A letter could not be carried; `mail_refused`: nor will it ever be."""

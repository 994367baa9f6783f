"""The tables, on SQLite and PostgreSQL alike. Migrations make them (`migrations/`); a test holds both together."""

from tryon.atelier.tables.accounts import Account, Appointment, Challenge, Invitation, Login, Passkey
from tryon.atelier.tables.agreed import Comment, Quote, QuoteLine, Revision, RevisionFile, Verdict
from tryon.atelier.tables.base import Table
from tryon.atelier.tables.brought import BroughtPiece, BroughtVersion
from tryon.atelier.tables.erasures import ErasureLink
from tryon.atelier.tables.finished import Certificate, Edition, Number, Parcel, Provenance, Quality, QualityCheck
from tryon.atelier.tables.fits import KeptFit
from tryon.atelier.tables.hooks import Hook, HookMessage, HookTry
from tryon.atelier.tables.kept import UNAUDITED, Answered, AuditHead, AuditLine, Outbox
from tryon.atelier.tables.meetings import (
    AppointmentWish,
    Meeting,
    MeetingEntry,
    MeetingLink,
    MeetingPicture,
    MeetingSeat,
)
from tryon.atelier.tables.people import Language, Skill, Staff
from tryon.atelier.tables.requests import File, Link, Offer, Request, Step, Tried
from tryon.atelier.tables.shops import Shop, ShopKey, ShopOrigin, ShopPiece, ShopProduct

__all__ = [
    "UNAUDITED",
    "Account",
    "Answered",
    "Appointment",
    "AppointmentWish",
    "AuditHead",
    "AuditLine",
    "BroughtPiece",
    "BroughtVersion",
    "Certificate",
    "Challenge",
    "Comment",
    "Edition",
    "ErasureLink",
    "File",
    "Hook",
    "HookMessage",
    "HookTry",
    "Invitation",
    "KeptFit",
    "Language",
    "Link",
    "Login",
    "Meeting",
    "MeetingEntry",
    "MeetingLink",
    "MeetingPicture",
    "MeetingSeat",
    "Number",
    "Offer",
    "Outbox",
    "Parcel",
    "Passkey",
    "Provenance",
    "Quality",
    "QualityCheck",
    "Quote",
    "QuoteLine",
    "Request",
    "Revision",
    "RevisionFile",
    "Shop",
    "ShopKey",
    "ShopOrigin",
    "ShopPiece",
    "ShopProduct",
    "Skill",
    "Staff",
    "Step",
    "Table",
    "Tried",
    "Verdict",
]

"""A letter: what it says, by its kind and the reader's language, set as text and HTML. The only importer of jinja2.

A shop changes how letters look by a folder of its own: `letter.html` and `letter.txt` for all of them, `KIND.html` and
`KIND.txt` for one kind, `mail.LANGUAGE.json` for words. What it does not bring, ours says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateError

from tryon.atelier.said import FIRST, Words, read_words
from tryon.errors import AssetError

FOLDER = Path(__file__).parent / "letters"


@dataclass(frozen=True, slots=True)
class Said:
    """What a letter tells, before it is set."""

    kind: str
    "Such as `request_received`: the words under `mail.KIND`."
    to: tuple[str, ...]
    language: str
    name: str = ""
    values: tuple[tuple[str, str], ...] = ()
    "For the gaps in its words."
    facts: tuple[tuple[str, str], ...] = ()
    "Name of a `mail.fact`, and its value; empty ones are left out."
    text: str = ""
    "Key of its text where that is not `mail.KIND.text`."
    link: str = ""
    private: bool = False
    "Whether the link opens somebody's request."
    staff: bool = False


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter, set."""

    to: tuple[str, ...]
    subject: str
    text: str
    html: str


class Letters:
    """Sets letters for one house."""

    def __init__(self, house: str, own: Path | None = None) -> None:
        """`own`: the folder of a shop that changes them. Raises AssetError."""
        if own is not None and not own.is_dir():
            raise AssetError("letters_missing", f"There is no folder {own} with letters of your own.")
        self._house = house
        self._words = read_words(own)
        folders = [*([own] if own is not None else []), FOLDER]
        # HTML is escaped, text is not: a name is what it is in both
        self._html = Environment(loader=FileSystemLoader(folders), autoescape=True, undefined=StrictUndefined)
        self._text = Environment(
            loader=FileSystemLoader(folders), autoescape=False, undefined=StrictUndefined, keep_trailing_newline=True
        )

    def words(self, language: str) -> Words:
        """The words of a language, or of the first."""
        return self._words.get(language) or self._words[FIRST]

    def write(self, said: Said) -> Letter:
        """Set a letter. Raises AssetError where a shop's own template cannot be used."""
        words = self.words(said.language)
        values = {"house": self._house, **dict(said.values)}
        key = f"mail.{said.kind}"
        facts = [(words.say(f"mail.fact.{name}"), value) for name, value in said.facts if value]
        subject = " ".join(words.say(f"{key}.subject", **values).split())
        filled: dict[str, object] = {
            "house": self._house,
            "language": words.language,
            "subject": subject,
            "title": words.say(f"{key}.title", **values),
            "greeting": words.say("mail.greeting", name=said.name) if said.name else words.say("mail.greeting.none"),
            "paragraphs": words.parts(said.text or f"{key}.text", **values),
            "facts": facts,
            "colon": words.say("mail.colon"),
            "button": words.say(f"{key}.button") if said.link else "",
            "link": said.link,
            "otherwise": words.say("mail.link"),
            "private": words.say("mail.private") if said.private else "",
            "closing": words.say("mail.closing"),
            "why": words.say("mail.why.staff" if said.staff else "mail.why.client", house=self._house),
        }
        return Letter(
            said.to,
            subject,
            self._set(self._text, (f"{said.kind}.txt", "letter.txt"), filled),
            self._set(self._html, (f"{said.kind}.html", "letter.html"), filled),
        )

    def _set(self, environment: Environment, names: Sequence[str], filled: dict[str, object]) -> str:
        try:
            return environment.select_template(list(names)).render(filled)
        except TemplateError as err:
            raise AssetError("letter_wrong", f"{names[0]} or {names[1]} cannot be used: {err}.") from err

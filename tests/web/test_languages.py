"""Every language says all of it: the same keys, gaps and promises, in its own typography and plurals."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from pathlib import Path

import msgspec
import pytest
from playwright.sync_api import Page, expect

from tests.web.house import House
from tryon.errors import AssetError
from tryon.pieces.catalogue import Catalogue
from tryon.server.consent import ConsentText, read_texts
from tryon.settings import Settings

FOLDER = Path(__file__).resolve().parents[2] / "web" / "words"
FILES = sorted(path.name.removesuffix("en.json") for path in FOLDER.glob("*en.json"))
OTHERS = sorted({path.stem for path in FOLDER.glob("??.json")} - {"en"})
CATEGORIES = {"zero", "one", "two", "few", "many", "other"}
CONSENTS = {"consent.", "request."}
"What she agrees to, at the mirror and with a request: texts, not words of a page."
PLURALS = {"en": {"one", "other"}, "fr": {"one", "other"}}
"What Intl.PluralRules tells apart below a million; above it French falls back on `other`."
# units, names and formulas that are the same word in both
SAME = re.compile(r"[\W\d_]*(\{\w+\}[\W\d]*)*(mm|cm|g|deg|US|UK|JP|fps)?[\W]*(\{\w+\})?")


def words(name: str, language: str) -> dict[str, str]:
    found = json.loads((FOLDER / f"{name}{language}.json").read_text())
    return {f"also.{key}": text for key, text in found.pop("also").items()} | found if name in CONSENTS else found


def counted(said: Mapping[str, str]) -> dict[str, set[str]]:
    """Plural forms by the key they belong to."""
    forms: dict[str, set[str]] = {}
    for key in said:
        stem, _, form = key.rpartition(".")
        if f"{stem}.one" in said and f"{stem}.other" in said and form in CATEGORIES:
            forms.setdefault(stem, set()).add(form)
    return forms


def shape(text: str) -> tuple[list[str], int]:
    """The gaps of a text, and into how many parts it falls."""
    return sorted(set(re.findall(r"\{(\w+)\}", text))), text.count("|")


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("name", FILES)
def test_every_word_is_there_with_its_gaps(name: str, language: str) -> None:
    english, other = words(name, "en"), words(name, language)
    plurals = counted(english)

    every = {f"{stem}.{form}" for stem, forms in plurals.items() for form in forms | PLURALS[language]}
    single = english.keys() - every
    assert other.keys() - every == single
    for stem in plurals:
        assert counted(other)[stem] == PLURALS[language], stem
        assert shape(other[f"{stem}.other"]) == shape(english[f"{stem}.other"])
    if name not in CONSENTS:
        assert {key: shape(other[key]) for key in single} == {key: shape(english[key]) for key in single}


@pytest.mark.parametrize("name", FILES)
def test_french_is_written_as_french_is(name: str) -> None:
    english, french = words(name, "en"), words(name, "fr")
    for key, text in french.items():
        if name in CONSENTS and key in ("version", "purposes", "language"):
            continue
        assert not re.search(r" [;:!?»%]|« |[\w}][;!?](?!\w)|'|\"", text), f"{key}: {text!r}"
        assert "\u2026" not in text, "nothing trails off"
    same = {key for key, text in french.items() if english.get(key) == text and not SAME.fullmatch(str(text))}
    allowed = {
        *("place.finger.own", "shelf.of", "known.size", "kind.bracelet", "finger.index", "finger.whole.index"),
        *("version", "purposes", "requests.artisan", "requests.email", "requests.notes", "mail.fact.notes"),
        *("mail.minutes.one", "mail.minutes.other", "by.artisan", "role.artisan"),
        *("sessions.minutes.one", "sessions.minutes.other", "visits.minutes.one", "visits.minutes.other"),
        *("sessions.person", "atelier.catalogue", "catalogue.title", "catalogue.version", "catalogue.version.at"),
        *("field.provenance",),
    }
    assert {key for key in same if not key.startswith(("snapshot.", "stage.cad", "brand"))} <= allowed


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("about", ["consent", "request"])
def test_a_consent_is_one_promise_in_every_language(about: str, language: str, tmp_path: Path) -> None:
    texts = read_texts(FOLDER, about)
    english, other = texts["en"], texts[language]

    assert other.text.count("\n\n") == english.text.count("\n\n"), "a paragraph for each"
    assert other.sha256 != english.sha256
    for text in (msgspec.structs.replace(english, version="2099-01-01"), other):
        (tmp_path / f"{about}.{text.language}.json").write_bytes(msgspec.json.encode(text))
    with pytest.raises(AssetError, match="same version"):
        read_texts(tmp_path, about)
    assert isinstance(other, ConsentText)


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_is_told_in_every_language(language: str) -> None:
    said = json.loads((FOLDER / f"pieces.{language}.json").read_text())
    pieces = Catalogue(Settings().pieces_folder).pieces()
    asked = {text for piece in pieces for text in (piece.words, *piece.materials, *piece.stones)}

    assert said.keys() == asked


def test_the_page_speaks_the_language_of_the_browser(house: House, visit: Callable[..., Page]) -> None:
    page = visit(locale="fr-CA")

    expect(page.locator("html")).to_have_attribute("lang", "fr")
    expect(page.locator("[data-action=agree]")).to_have_text("J’accepte, ouvrez le miroir")
    expect(page.get_by_text("L’image de votre caméra va jusqu’à notre serveur.")).to_be_visible()


def test_the_address_can_ask_for_a_language_and_her_consent_is_in_it(house: House, visit: Callable[..., Page]) -> None:
    page = visit(path="/?lang=fr", locale="en-US")
    with page.expect_response(lambda response: response.url.endswith("/v1/consents")) as asked:
        page.click("[data-action=agree]")

    assert asked.value.request.post_data_json["language"] == "fr"
    assert asked.value.status == 201
    expect(page.locator(".room[data-state=live]")).to_be_visible()


def test_who_reads_no_language_of_ours_is_given_english(visit: Callable[..., Page]) -> None:
    page = visit(path="/?lang=xx", locale="ja-JP")

    expect(page.locator("html")).to_have_attribute("lang", "en")


def test_numbers_and_plurals_follow_the_language(visit: Callable[..., Page]) -> None:
    page = visit(path="/?lang=fr")
    said = page.evaluate(
        """async () => {
            const { sayCount, number, price, seconds } = await import("/web/words.js");
            return [sayCount("about.tier.weeks", 1), sayCount("about.tier.weeks", 0), sayCount("about.tier.weeks", 12),
                    number(1234.5, 1), price(6900, "EUR"), seconds(1)];
        }"""
    )

    assert [re.sub(r"\s", " ", text) for text in said] == [
        *("1 semaine", "0 semaine", "12 semaines", "1 234,5", "6 900 €", "1 seconde")
    ]

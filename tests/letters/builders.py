"""What the tests of letters build on: the shipped templates, and what an HTML part is made of."""

from collections import Counter
from collections.abc import Mapping
from functools import lru_cache
from html.parser import HTMLParser

from mailbot.connectors.templates_folder import shipped_sources
from mailbot.letters.letter import LetterFacts, LetterName, ShopView
from mailbot.letters.render import Letters
from mailbot.letters.template import LAYOUT, Key

LANGUAGES = ("en", "de")
SHOP = ShopView(name="Example Shop", address="returns@shop.example")


@lru_cache(maxsize=1)
def shipped() -> Letters:
    """One for all tests: compiling is most of the work."""
    return Letters(shipped_sources())


def letters_of(sources: Mapping[Key, str], *, default_language: str = "en") -> Letters:
    """Letters of templates made up in a test, on the plainest paper."""
    plainest = {LAYOUT: "{{ subject }}|{{ body }}|", ("en", "_words"): ""}
    return Letters({**plainest, **sources}, default_language=default_language)


def neutral_letter(body: str, *, subject: str = "A letter") -> Letters:
    """Letters in which the neutral one is this Markdown."""
    return letters_of({("en", "neutral"): f"---\nsubject = '''{subject}'''\n---\n{body}\n"})


def facts(**others: object) -> LetterFacts:
    """A neutral letter in English."""
    given: dict[str, object] = {"letter": LetterName.NEUTRAL, "language": "en", "shop": SHOP, **others}
    return LetterFacts(**given)  # type: ignore[arg-type]


def body_of(html: str) -> str:
    """The letter's part of a letter on the plainest paper."""
    return html.split("|", 1)[1].rpartition("|")[0]


def elements(html: str) -> Counter[str]:
    """How often each element begins, but for paragraphs and line breaks, of which longer text makes more."""
    seen: Counter[str] = Counter()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            seen[tag] += 1
            for name, value in attrs:
                if name in ("href", "src") or name.startswith("on"):
                    seen[f"{name}={value}"] += 1

    Reader(convert_charrefs=True).feed(html)
    del seen["p"], seen["br"]
    return seen

"""What file names and the lines that name files say, a TOML file a language; a new language is a new file here."""

import re
import tomllib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib import resources

_PIECE = re.compile(r"[^\W\d_]+|\d+")


def folded(text: str) -> str:
    """A text as its words in lower case without accents, each between blanks: ` rueckseite 2 `."""
    plain = unicodedata.normalize("NFKD", text.replace("'", "").replace("’", "").casefold())
    plain = "".join(sign for sign in plain if not 0x300 <= ord(sign) <= 0x36F)
    # File names join words by a change of case: `BoxFront`. The words are told apart before case is lost.
    return f" {' '.join(_PIECE.findall(plain))} "


def words_in(text: str) -> str:
    """`folded`, with words that only a change of case divides (`BoxFront`) divided."""
    return folded(re.sub(r"(?<=[a-zß-ÿ])(?=[A-ZÀ-Þ])", " ", text))


@cache
def available() -> tuple[str, ...]:
    """The codes (ISO 639-1) of the languages that have a file."""
    return tuple(sorted(f.name[:-5] for f in resources.files(__name__).iterdir() if f.name.endswith(".toml")))


@cache
def entries(name: str) -> tuple[str, ...]:
    """The entries of one list in all languages, folded, ready for `says`.

    File names are written in any language and too short to tell which, so that all are looked at.
    """
    found: dict[str, None] = {}
    for code in available():
        read = tomllib.loads(resources.files(__name__).joinpath(f"{code}.toml").read_text(encoding="utf-8"))
        for entry in read.get(name, ()):
            found.update(dict.fromkeys(_forms(entry)))
    return tuple(found)


def _forms(entry: str) -> Iterator[str]:
    # Chinese and Japanese are written without blanks: there an entry stands anywhere.
    if any("\u3040" <= sign <= "\u30ff" or "\u4e00" <= sign <= "\u9fff" for sign in entry):
        yield folded(entry).strip()
        return
    for written in {entry, entry.replace("ä", "ae").replace("ö", "oe").replace("ü", "ue")}:
        words = folded(written.removesuffix("*"))
        yield words.rstrip() if entry.endswith("*") else words


def says(name: str, words: str) -> bool:
    """Whether a text (as `words_in` gives it) holds an entry of this list."""
    return any(entry in words for entry in entries(name))


@cache
def ordinals() -> tuple[tuple[str, int], ...]:
    """Words like "second", folded, each with its number."""
    found: list[tuple[str, int]] = []
    for code in available():
        read = tomllib.loads(resources.files(__name__).joinpath(f"{code}.toml").read_text(encoding="utf-8"))
        for number, entry in enumerate(read.get("ordinal", ()), 1):
            found.extend((form, number) for form in _forms(entry))
    return tuple(found)

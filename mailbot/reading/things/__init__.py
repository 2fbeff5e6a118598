"""Words for kinds of things, so that "la tronçonneuse" is known to be the chainsaw of an English catalogue.

`kinds.toml` gives each kind its wider one ("" where there is none): `"chainsaw" = "saw"`. A file a language holds the
words: `"chainsaw" = ["chainsaw*", "chain saw*"]`, written as mailbot.reading.phrases says. A language without a file
has no words; a new language is a new file. Files are read when their language is first asked for.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources

from mailbot.reading.phrases import Phrasebook, fold
from mailbot.reading.vocabulary import Vocabulary, vocabulary

_KINDS = "kinds"


@dataclass(frozen=True, slots=True)
class Thing:
    """A kind of thing named in a sentence, at the signs from `start` to `end`, as it was typed."""

    kind: str
    start: int
    end: int
    written: str


@cache
def languages() -> tuple[str, ...]:
    """The codes (ISO 639-1) of the languages that have words for things, in alphabetical order."""
    names = (file.name for file in resources.files(__name__).iterdir())
    return tuple(sorted(name[:-5] for name in names if name.endswith(".toml") and name != f"{_KINDS}.toml"))


@cache
def kin(kind: str) -> tuple[str, ...]:
    """The kind and all wider ones, the narrowest first: a chainsaw is a saw, and a saw a tool."""
    found = [kind]
    while (wider := _wider().get(found[-1], "")) and wider not in found:
        found.append(wider)
    return tuple(found)


def narrowest(kinds: Iterable[str]) -> frozenset[str]:
    """Of these kinds those that are not the wider one of another: a jigsaw sold under "saw" is a jigsaw."""
    all_kinds = frozenset(kinds)
    return all_kinds - {wider for kind in all_kinds for wider in kin(kind)[1:]}


# The same sentence is asked for by the readers of products and of quantities, one after the other.
@lru_cache(maxsize=64)
def things_in(text: str, code: str) -> tuple[Thing, ...]:
    """The things a sentence names in this language, in its order; of two at one place the longer.

    A bike light is no bicycle. A kind of two names at one place ("Tablet") stands for both.
    """
    known = vocabulary(code)
    if known is None or code not in languages():
        return ()
    found = _with_blanks(text, known) if known.spaced else _without_blanks(text, code)
    outermost = [
        thing
        for thing in found
        if not any(
            other.start <= thing.start and thing.end <= other.end and other.end - other.start > thing.end - thing.start
            for other in found
        )
    ]
    return tuple(sorted(dict.fromkeys(outermost), key=lambda thing: (thing.start, thing.end)))


def _with_blanks(text: str, known: Vocabulary) -> list[Thing]:
    words = known.words(text)
    return [
        Thing(hit.name, words[hit.first].start, words[hit.last - 1].end, hit.written)
        for hit in _phrasebook(known.code).hits(text, words)
    ]


def _without_blanks(text: str, code: str) -> list[Thing]:
    signs, places = _folded(text)
    by_first = _by_first_signs(code)
    found: list[Thing] = []
    for at, sign in enumerate(signs):
        for beginning in (signs[at : at + 2], sign):
            for phrase, kind in by_first.get(beginning, ()):
                end = _end_of(phrase, signs, at)
                if end is not None:
                    start, stop = places[at], places[end - 1] + 1
                    found.append(Thing(kind, start, stop, text[start:stop]))
    return found


_GAP = ".."
_WIDEST_GAP = 8


def _end_of(phrase: tuple[str, ...], signs: str, at: int) -> int | None:
    """Where the phrase that begins here ends; its parts stand at most eight signs apart."""
    end = at
    for number, part in enumerate(phrase):
        place = signs.find(part, end, end + len(part) + (_WIDEST_GAP if number else 0))
        if place < 0 or (not number and place != at):
            return None
        end = place + len(part)
    return end


def _folded(text: str) -> tuple[str, list[int]]:
    """The text's signs folded, and for each where in the text it stood (one sign may fold into two)."""
    signs: list[str] = []
    places: list[int] = []
    for place, sign in enumerate(text):
        for folded in fold(sign):
            signs.append(folded)
            places.append(place)
    return "".join(signs), places


@cache
def _wider() -> Mapping[str, str]:
    return {kind: str(wider) for kind, wider in _read(_KINDS).items()}


@cache
def _phrasebook(code: str) -> Phrasebook:
    return Phrasebook(dict(_lists(code)))


@cache
def _by_first_signs(code: str) -> Mapping[str, Sequence[tuple[tuple[str, ...], str]]]:
    found: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for kind, phrases in _lists(code):
        for written in phrases:
            parts = tuple(_folded(part.strip(" .*"))[0] for part in written.split(_GAP))
            if all(parts):
                found.setdefault(parts[0][:2], []).append((parts, kind))
    return found


def _lists(code: str) -> Iterator[tuple[str, Sequence[str]]]:
    for kind, phrases in _read(code).items():
        if not isinstance(phrases, list) or not all(isinstance(phrase, str) for phrase in phrases):
            raise ValueError(f"things/{code}.toml: {kind!r} is not a list of phrases")
        yield kind, phrases


def _read(name: str) -> Mapping[str, object]:
    """One file; ValueError with its name where it is no TOML."""
    try:
        return tomllib.loads(resources.files(__name__).joinpath(f"{name}.toml").read_text(encoding="utf-8"))
    except ValueError as error:
        raise ValueError(f"things/{name}.toml: {error}") from error

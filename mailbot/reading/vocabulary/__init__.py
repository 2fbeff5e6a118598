"""What words mean, a file a language: a new language is a new file here, and nothing else.

A file is TOML. Its tables hold lists of phrases (mailbot.reading.phrases says how a phrase is written); a table
within a table gives a dotted name: `[problem.defective] strong = […]` is the list `problem.defective.strong`.
`[language]` says how the language is written; `[months]`, `[weekdays]`, `[numbers]` and `[ordinals]` give numbers their
words (`mai = 5`, or `5 = ["fünf", "fünfen"]`). The lists of `[quantity]` are what mailbot.reading.quantity counts by;
in a language without blanks `[counters]` has the `words` that follow a number of things, `not_before` what makes them
count something else ("3个月").
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from mailbot.reading.phrases import Phrasebook, Word, fold, words_of

_MAPS = ("months", "weekdays", "numbers", "ordinals")
_COUNTING = "quantity."


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """What numbers of units are told with.

    In a language with blanks `phrases` holds the lists of `[quantity]`. Without blanks `signs` holds them as
    expressions, and `counted` finds a number with its counter ("3台", "第二个"; its groups: the sign of an ordinal, the
    number) or a word for a number of things ("ふたつ", the third group).
    """

    numbers: Mapping[str, int]
    ordinals: Mapping[str, int]
    phrases: Phrasebook
    signs: Mapping[str, re.Pattern[str]]
    counted: re.Pattern[str] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """One language: its phrases and what its words for months (1-12), weekdays (0 Monday) and numbers stand for."""

    code: str
    phrases: Phrasebook
    lists: Mapping[str, Sequence[str]]
    spaced: bool
    months: Mapping[str, int]
    weekdays: Mapping[str, int]
    numbers: Mapping[str, int]
    counting: Counting
    keep_apostrophes: bool

    def words(self, sentence: str) -> tuple[Word, ...]:
        """The words of a sentence, split as this language writes them."""
        return words_of(sentence, keep_apostrophes=self.keep_apostrophes)


@cache
def only(code: str, *prefixes: str) -> Phrasebook:
    """Of a language's lists those whose names begin so: far quicker to look for than all of them."""
    known = vocabulary(code)
    assert known is not None, code
    lists = {name: phrases for name, phrases in known.lists.items() if name.startswith(prefixes)}
    return Phrasebook(lists, spaced=known.spaced)


@cache
def available() -> tuple[str, ...]:
    """The codes (ISO 639-1) of the languages that have a vocabulary, in alphabetical order."""
    folder = resources.files(__name__)
    return tuple(sorted(file.name[:-5] for file in folder.iterdir() if file.name.endswith(".toml")))


@cache
def vocabulary(code: str) -> Vocabulary | None:
    """The vocabulary of a language, None where there is no file for it.

    Raises ValueError with the file's name where a file is not as described above.
    """
    if code not in available():
        return None
    source = resources.files(__name__).joinpath(f"{code}.toml").read_text(encoding="utf-8")
    try:
        read = tomllib.loads(source)
        language = read.pop("language", {})
        maps = {name: dict(_by_word(read.pop(name, {}))) for name in _MAPS}
        counters = read.pop("counters", {})
        lists = dict(_lists("", read))
        spaced = bool(language.get("spaced", True))
        # Numbers are counted by lists of their own, looked for only where more than one unit may be meant.
        phrases = Phrasebook({n: p for n, p in lists.items() if not n.startswith(_COUNTING)}, spaced=spaced)
        counting = _counting(lists, maps["numbers"], maps.pop("ordinals"), language.get("joined", ()), counters)
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"vocabulary {code}.toml: {error}") from error
    return Vocabulary(
        code=code,
        phrases=phrases,
        lists=lists,
        spaced=spaced,
        counting=counting,
        keep_apostrophes=bool(language.get("keep_apostrophes", False)),
        **maps,
    )


def _by_word(table: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
    for key, value in table.items():
        if isinstance(value, list):
            yield from ((fold(word), int(key)) for word in value)
        else:
            yield fold(key), int(value)


def _counting(
    lists: Mapping[str, Sequence[str]],
    numbers: Mapping[str, int],
    ordinals: Mapping[str, int],
    joined: Sequence[str],
    counters: Mapping[str, Sequence[str]],
) -> Counting:
    """`joined` are small words written together with the number ("والثلاثة")."""
    own = {name.removeprefix(_COUNTING): phrases for name, phrases in lists.items() if name.startswith(_COUNTING)}
    counted = None
    if counters:
        number, unit = _any_of(numbers), _any_of(counters["words"])
        other = _any_of(counters.get("not_before", ()))
        alone = _any_of(word for word in numbers if len(word) > 2)
        counted = re.compile(rf"(第?)(?<![\d.,])(\d{{1,3}}|{number})[ 　]?(?:{unit})(?!{other})|({alone})")
    return Counting(
        numbers={f"{joint}{word}": number for word, number in numbers.items() for joint in ("", *joined)},
        ordinals={f"{joint}{word}": number for word, number in ordinals.items() for joint in ("", *joined)},
        phrases=Phrasebook({} if counters else own),
        signs={name: re.compile(_any_of(phrases)) for name, phrases in own.items() if counters},
        counted=counted,
    )


def _any_of(words: Iterable[str]) -> str:
    """An expression for one of these words, the longest first; it fits nowhere where there are none."""
    return "|".join(map(re.escape, sorted(words, key=len, reverse=True))) or r"(?!)"


def _lists(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _lists(f"{prefix}{key}.", value)
        elif isinstance(value, list) and all(isinstance(phrase, str) for phrase in value):
            yield f"{prefix}{key}", value
        else:
            raise ValueError(f"{prefix}{key} is not a list of phrases")

"""What words mean, a file a language: a new language is a new file here, and nothing else.

A file is TOML. Its tables hold lists of phrases (mailbot.reading.phrases says how a phrase is written); a table
within a table gives a dotted name: `[problem.defective] strong = […]` is the list `problem.defective.strong`.
`[language]` says how the language is written, `[months]`, `[weekdays]` and `[numbers]` map words to numbers.
"""

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from mailbot.reading.phrases import Phrasebook, Word, fold, words_of

_MAPS = ("months", "weekdays", "numbers")


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
        maps = {name: {fold(k): int(v) for k, v in read.pop(name, {}).items()} for name in _MAPS}
        lists = dict(_lists("", read))
        spaced = bool(language.get("spaced", True))
        phrases = Phrasebook(lists, spaced=spaced)
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"vocabulary {code}.toml: {error}") from error
    return Vocabulary(
        code=code,
        phrases=phrases,
        lists=lists,
        spaced=spaced,
        keep_apostrophes=bool(language.get("keep_apostrophes", False)),
        **maps,
    )


def _lists(prefix: str, table: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from _lists(f"{prefix}{key}.", value)
        elif isinstance(value, list) and all(isinstance(phrase, str) for phrase in value):
            yield f"{prefix}{key}", value
        else:
            raise ValueError(f"{prefix}{key} is not a list of phrases")

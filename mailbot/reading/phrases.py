"""Finds phrases of a vocabulary in a sentence, word by word: no regular expression ever runs over a customer's text.

A phrase is written as its words with blanks between. Within a word, `a/b` is either, a trailing `*` any ending, a
leading `*` any beginning, a trailing `?` makes the word optional, `#` is any number. Between words, `..` lets up to
three other words stand, `...` up to six. In languages written without blanks a phrase is found as it stands, `..`
there lets up to eight signs stand between.

The time a sentence takes grows with its words only: a phrase is tried where its first word stands, and a phrase has
few words and short gaps (ATTACKS A16).
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

_GAPS = {"..": 3, "...": 6}
_NUMBER = "#"
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_WORD_WITHOUT_APOSTROPHE = re.compile(r"[^\W_]+")
_CLAUSE_END = frozenset(',;:()[]–—!?.\n"')
_UMLAUTS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"))
_LONGEST_WORD = 40
_MOST_REMEMBERED = 20_000


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """The word without case, accents and apostrophes, so that `Gerät`, `GERÄT` and `gerat` are one."""
    if word.isascii():
        return word.lower().replace("'", "")
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(_SINGLE.get(sign, sign) for sign in plain if not 0x300 <= ord(sign) <= 0x36F)


# Signs that NFKD leaves alone although people type them either way; Arabic vowel signs fall away.
_SINGLE = {
    **dict.fromkeys("'’ـ", ""),
    **dict(zip("ıłøđأإآةى", "ilodاااهي", strict=True)),
    **dict.fromkeys(map(chr, range(0x64B, 0x656)), ""),
    "æ": "ae",
    "œ": "oe",
}


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a sentence: folded, where it stands in the sentence, and in which of its clauses."""

    text: str
    start: int
    end: int
    clause: int


# The readers of a mail take its sentences apart one after the other: nearly every one is asked for several times.
@lru_cache(maxsize=256)
def words_of(sentence: str, *, keep_apostrophes: bool = False) -> tuple[Word, ...]:
    """The words of a sentence; with `keep_apostrophes` "don't" is one word, without it "l'écran" is two."""
    pattern = _WORD if keep_apostrophes else _WORD_WITHOUT_APOSTROPHE
    words: list[Word] = []
    clause = end = 0
    for found in pattern.finditer(sentence):
        start = found.start()
        # A word typed as one run of thousands of signs is no word of anybody's vocabulary.
        written = found.group()[:_LONGEST_WORD]
        if words and not _CLAUSE_END.isdisjoint(sentence[end:start]):
            clause += 1
        end = found.end()
        words.append(Word(fold(written), start, end, clause))
    return tuple(words)


@dataclass(frozen=True, slots=True)
class Hit:
    """A phrase found: its list, its place in words (`first` up to and without `last`), and its words as typed."""

    name: str
    first: int
    last: int
    written: str


@dataclass(frozen=True, slots=True)
class _Element:
    exact: frozenset[str]
    beginnings: tuple[str, ...]
    endings: tuple[str, ...]
    number: bool
    optional: bool
    gap_before: int

    def fits(self, word: str) -> bool:
        if word in self.exact:
            return True
        if self.beginnings and word.startswith(self.beginnings):
            return True
        if self.endings and word.endswith(self.endings):
            return True
        return self.number and word.isdigit()


@dataclass(frozen=True, slots=True)
class _Phrase:
    name: str
    elements: tuple[_Element, ...]

    def end_after_first(self, words: Sequence[Word], at: int) -> int | None:
        """`end_from` where the first element is known to stand at `at`."""
        return at + 1 if len(self.elements) == 1 else self._rest(words, at + 1, 1)

    def end_from(self, words: Sequence[Word], at: int, element: int = 0) -> int | None:
        """The place after the phrase when its `element` stands at `at` (the shortest fit); None where it does not."""
        wanted = self.elements[element]
        if at < len(words) and wanted.fits(words[at].text):
            ends = self._rest(words, at + 1, element + 1)
            if ends is not None:
                return ends
        return None

    def _rest(self, words: Sequence[Word], at: int, element: int) -> int | None:
        if element == len(self.elements):
            return at
        wanted = self.elements[element]
        for place in range(at, min(at + wanted.gap_before, len(words) - 1) + 1):
            ends = self.end_from(words, place, element)
            if ends is not None:
                return ends
        return self._rest(words, at, element + 1) if wanted.optional else None


def _variants(written: str) -> Iterable[str]:
    lowered = written.casefold()
    yield fold(lowered)
    spelt = lowered
    for umlaut, letters in _UMLAUTS:
        spelt = spelt.replace(umlaut, letters)
    if spelt != lowered:
        yield fold(spelt)


def _element(written: str, gap_before: int) -> _Element:
    optional = written.endswith("?")
    exact: set[str] = set()
    beginnings: list[str] = []
    endings: list[str] = []
    number = False
    for choice in written.removesuffix("?").split("/"):
        if choice != _NUMBER and not _WORD.fullmatch(choice.strip("*")):
            raise ValueError(f"{choice!r} is not one word")
        if choice == _NUMBER:
            number = True
        elif choice.endswith("*"):
            beginnings.extend(_variants(choice[:-1]))
        elif choice.startswith("*"):
            endings.extend(_variants(choice[1:]))
        else:
            exact.update(_variants(choice))
    return _Element(frozenset(exact), tuple(beginnings), tuple(endings), number, optional, gap_before)


def _phrase(name: str, written: str) -> _Phrase:
    elements: list[_Element] = []
    gap = 0
    for part in written.split():
        if part in _GAPS:
            gap = _GAPS[part]
            continue
        elements.append(_element(part, gap))
        gap = 0
    if not elements or gap or elements[0].optional or elements[0].gap_before:
        raise ValueError(f"a phrase begins and ends with a word that must stand: {written!r} in {name}")
    return _Phrase(name, tuple(elements))


class Phrasebook:
    """Lists of phrases, ready to be found; `spaced` False for languages written without blanks between words."""

    def __init__(self, lists: Mapping[str, Sequence[str]], *, spaced: bool = True) -> None:
        self._by_word: dict[str, list[_Phrase]] = {}
        self._by_beginning: dict[str, list[_Phrase]] = {}
        self._by_ending: dict[str, list[_Phrase]] = {}
        self._by_number: list[_Phrase] = []
        self._remembered: dict[str, tuple[_Phrase, ...]] = {}
        # Phrases of languages without blanks by their first two signs (or their only one), and those with gaps.
        self._by_signs: dict[str, list[tuple[str, str]]] = {}
        self._with_gap: list[tuple[str, str, re.Pattern[str]]] = []
        for name, phrases in lists.items():
            if spaced:
                for written in phrases:
                    self._enter(_phrase(name, written))
            else:
                for written in phrases:
                    self._enter_signs(name, [fold(part) for part in written.split("..")])
        self._beginning_lengths = sorted({len(b) for b in self._by_beginning})
        self._ending_lengths = sorted({len(e) for e in self._by_ending})

    def _enter_signs(self, name: str, parts: Sequence[str]) -> None:
        if len(parts) == 1:
            self._by_signs.setdefault(parts[0][:2], []).append((parts[0], name))
        else:
            self._with_gap.append((name, parts[0], re.compile(r".{0,8}?".join(map(re.escape, parts)))))

    def _enter(self, phrase: _Phrase) -> None:
        first = phrase.elements[0]
        for word in first.exact:
            self._by_word.setdefault(word, []).append(phrase)
        for beginning in first.beginnings:
            self._by_beginning.setdefault(beginning, []).append(phrase)
        for ending in first.endings:
            self._by_ending.setdefault(ending, []).append(phrase)
        if first.number:
            self._by_number.append(phrase)

    def hits(self, sentence: str, words: Sequence[Word]) -> list[Hit]:
        """Every phrase that stands in the sentence, in the order of its words."""
        found = self._hits_by_sign(sentence, words) if self._by_signs or self._with_gap else []
        for at, word in enumerate(words):
            for phrase in self._candidates(word.text):
                last = phrase.end_after_first(words, at)
                if last is not None:
                    found.append(Hit(phrase.name, at, last, sentence[word.start : words[last - 1].end]))
        return found

    def _candidates(self, word: str) -> tuple[_Phrase, ...]:
        known = self._remembered.get(word)
        if known is None:
            known = tuple(self._phrases_that_begin_with(word))
            if len(self._remembered) < _MOST_REMEMBERED:
                self._remembered[word] = known
        return known

    def _phrases_that_begin_with(self, word: str) -> Iterable[_Phrase]:
        yield from self._by_word.get(word, ())
        for length in self._beginning_lengths:
            if length > len(word):
                break
            yield from self._by_beginning.get(word[:length], ())
        for length in self._ending_lengths:
            if length > len(word):
                break
            yield from self._by_ending.get(word[-length:], ())
        if self._by_number and word.isdigit():
            yield from self._by_number

    def _hits_by_sign(self, sentence: str, words: Sequence[Word]) -> list[Hit]:
        folded = fold_text(sentence)
        first: dict[str, str] = {}
        for at, sign in enumerate(folded):
            for beginning in (folded[at : at + 2], sign):
                for phrase, name in self._by_signs.get(beginning, ()):
                    if name not in first and folded.startswith(phrase, at):
                        first[name] = phrase
        for name, begins, pattern in self._with_gap:
            if name not in first and begins in folded and (match := pattern.search(folded)):
                first[name] = match.group()
        return [Hit(name, 0, len(words), written) for name, written in first.items()]


def fold_text(text: str) -> str:
    """A whole text folded as `fold` folds a word (uncached, because texts do not come twice)."""
    return fold.__wrapped__(text)

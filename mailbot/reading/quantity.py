"""How many units of a product a mail is about: those with the problem or wanted back, not those that were bought.

Every number that may count units votes: "two of the three" and a number in the wish weigh most, what was bought
weighs little, and of what is said to be fine the rest counts ("one works": of an order of three the other two). The
order's line limits the answer; where there is none, the mail's own "of the five" does.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import pairwise

from mailbot.claims.orders import Product
from mailbot.reading.phrases import Word
from mailbot.reading.products import Mention, kinds_of, units_of
from mailbot.reading.sentences import Sentence
from mailbot.reading.things import kin, things_in
from mailbot.reading.vocabulary import Counting, Vocabulary

_MOST_UNITS = 500
_LONGEST = 800
# How far apart, in signs, two things of one statement stand; languages without blanks say it in a third.
_REACH, _REACH_WITHOUT_BLANKS = 42, 16
_NEAR = 26
_NEXT = 8
_UNIT_WITHIN = 14
_CLAUSE_END = frozenset(",;:()[]–—!?.\n、，。；：！？…")
_BLANKS = frozenset(" 　")
_GLUED = re.compile(r"x(\d{1,3})|(\d{1,3})(?:x|st|stk|stuck|pcs|pc|pz|szt|шт|ud|uds|ks|adet)")
_FIGURES = re.compile(r"\d{1,3}")
_ORDINAL_FIGURES = re.compile(r"(\d{1,2})(?:st|nd|rd|th|a|o|e|eme|er|ere|de|ste|й|я|е|го|inci|uncu)")
_TIMES = ("x", "×", "х")
_PART_OF_A_NUMBER = frozenset(".,/-:#№+°@_'’€$£")
_CURRENCIES = ("€", "$", "£", "№", "#")
_MEASURED = frozenset('%°€$£"″')
_ARTICLE = 2
_BOTH = 2
_AFTER_WHAT = 2

# What a number weighs by where it stands.
_PART, _PART_AFTERWARDS, _NONE_OF = 3.0, 2.0, 3.5
_ALL_COUNTED, _ALL = 2.0, 0.8
_IN_SUBJECT = _IN_WISH = 1.5
_IN_TELLING = 1.2
_IN_PASSING = 0.6
_BOUGHT = 0.3
_SURELY_UNITS = 0.6
_SAME_SENTENCE = 1.5
_FINE, _SEVERAL_FINE = 1.5, 1.0
_ONE_OF_TWO = 0.5
_OTHER_OF_TWO = 0.8
_WISH = ("wish.refund", "wish.replacement", "wish.repair_or_part", "mail.return")

_Spans = dict[str, list[tuple[int, int]]]


class _What(Enum):
    COUNT = auto()
    PLACE = auto()
    ALL = auto()
    OTHER = auto()
    OF = auto()
    BOUGHT = auto()
    EVERY = auto()


_WORDS = {"all": _What.ALL, "every": _What.EVERY, "other": _What.OTHER, "of": _What.OF, "bought": _What.BOUGHT}
_MAY_BE_FINE = (_What.COUNT, _What.PLACE, _What.OTHER)
# Kinds of things that others are made of: "three have a cracked screen" counts what has the screens.
_PARTS = frozenset(
    ("screen", "battery", "motor", "wheel", "handle", "lid", "case", "strap", "blade", "brush", "box", "plug", "cable",
     "filter", "seal", "spring", "stand", "nozzle", "dust bag", "spare part", "accessory", "lens", "remote control")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Item:
    """A number or another word that tells of units: the signs it stands at, and whether it surely counts units."""

    what: _What
    value: int
    start: int
    end: int
    sure: bool = False
    fine: bool = False

    @property
    def counts(self) -> bool:
        """Whether it is a number of units; "one" is an article in half of the languages."""
        return self.what in (_What.COUNT, _What.ALL) and self.value > 0 and (self.value > 1 or self.sure)


@dataclass(frozen=True, slots=True)
class _Place:
    """A sentence, what of the product stands in it, and what tells of units, in its order."""

    sentence: Sentence
    own: Sequence[Mention]
    product: Product | None
    items: tuple[_Item, ...] = ()


def units_concerned(
    mentions: Sequence[Mention],
    sentences: Sequence[Sentence],
    vocabulary: Vocabulary,
    *,
    telling: frozenset[int],
    ordered: int | None,
    alone: bool,
) -> int | None:
    """The units concerned; None where the mail names no number.

    `mentions` are those of the product, `telling` the sentences that tell of the problem, `ordered` the quantity of
    the order's line where it is known. `alone` where the mail is about this product only: else only what stands by
    its name counts.
    """
    if ordered == 1:
        return 1
    product = mentions[0].product if mentions else None
    sentences = [_beginning(sentence) for sentence in sentences]
    read: dict[int, _Place] = {}
    for at in range(len(sentences)) if alone else sorted({mention.sentence for mention in mentions}):
        place = _Place(sentences[at], [mention for mention in mentions if mention.sentence == at], product)
        read[at] = replace(place, items=tuple(_items_of(place, vocabulary)))
    by_name = [n for m in mentions if m.sentence in read and (n := _by_name(m, read[m.sentence]))]
    if not alone:
        return min(by_name[0], ordered or _MOST_UNITS) if by_name else None
    whole = ordered or max([*by_name, *_wholes(read, telling)], default=None)
    if whole is None or whole == 1:
        return whole
    votes = _votes(read, whole, telling)
    return max(votes, key=lambda units: (votes[units], -units)) if votes else None


def _beginning(sentence: Sentence) -> Sentence:
    """What is looked at of a sentence: everything in it is held against everything else (ATTACKS A16)."""
    if len(sentence.text) <= _LONGEST:
        return sentence
    words = tuple(word for word in sentence.words if word.end <= _LONGEST)
    hits = tuple(hit for hit in sentence.hits if hit.last <= len(words))
    return replace(sentence, text=sentence.text[:_LONGEST], words=words, hits=hits)


def _votes(read: Mapping[int, _Place], whole: int, telling: frozenset[int]) -> dict[int, float]:
    """How much speaks for each number of units from 1 to the whole."""
    votes: dict[int, float] = defaultdict(float)
    ordinals: set[int] = set()
    for at, place in read.items():
        weight = _weight(place, tells=at in telling)
        counts = [item for item in place.items if item.counts and item.value <= whole]
        smaller = {item.value for item in counts if item.value < whole}
        parts = [found for found in _parts(place.items) if found[1].value <= whole]
        for part, of, sure in parts:
            votes[of.value - part.value if part.fine else part.value] += sure
        for item in place.items:
            if item.fine:
                fine = {_What.COUNT: item.value, _What.OTHER: whole - 1}.get(item.what, 1)
                if fine < whole and (item.what is not _What.OTHER or whole == 2):
                    votes[whole - fine] += _FINE if fine == 1 else _SEVERAL_FINE
            elif item.what is _What.ALL and not item.value and (at in telling or place.sentence.tells(*_WISH)):
                votes[whole] += _ALL
            elif item.what is _What.OTHER and whole == 2:
                votes[1] += _OTHER_OF_TWO
            elif item.what is _What.PLACE:
                ordinals.add(item.value)
        for item in counts:
            if item.fine:
                continue
            if item.value < whole:
                votes[item.value] += weight + (_SURELY_UNITS if item.sure else 0.0)
                if len(smaller) < len({count.value for count in counts}) == 2 and not parts:
                    votes[item.value] += _SAME_SENTENCE
            elif item.what is _What.ALL:
                votes[whole] += _ALL_COUNTED
            else:
                votes[whole] += _BOUGHT if smaller else weight + (_SURELY_UNITS if item.sure else 0.0)
    if whole == 2:
        # Of two, "the second" and "mine" are told of as one; that two were bought says little.
        votes[1] += _ONE_OF_TWO + (_OTHER_OF_TWO if ordinals == {2} else 0.0)
    return votes


def _weight(place: _Place, *, tells: bool) -> float:
    if place.sentence.line == 0:
        return _IN_SUBJECT
    if any(item.what is _What.BOUGHT for item in place.items):
        return _BOUGHT
    if place.sentence.tells(*_WISH):
        return _IN_WISH
    return _IN_TELLING if tells else _IN_PASSING


def _parts(items: Sequence[_Item]) -> Iterator[tuple[_Item, _Item, float]]:
    """Every "two of the five", "none of the five" and "of the five … two": the part, the whole, and how sure."""
    counts = [item for item in items if item.what in (_What.COUNT, _What.ALL)]
    seen: set[int] = set()
    for of in items:
        if of.what is not _What.OF:
            continue
        whole = next((c for c in counts if c.value > 1 and of.start < c.start <= of.end + 1 and c.end > of.end), None)
        if whole is None or whole.start in seen:
            continue
        before = [c for c in counts if c.value < whole.value and 0 <= of.start - c.end <= _NEXT]
        after = [c for c in counts if 0 < c.value < whole.value and c.start >= whole.end]
        if before:
            none_of_them = before[-1].what is _What.ALL and not before[-1].value
            if none_of_them:
                yield replace(before[-1], value=whole.value), whole, _NONE_OF
            else:
                yield before[-1], whole, _PART
        elif len({c.value for c in after}) == 1:
            yield after[0], whole, _PART_AFTERWARDS
        else:
            continue
        seen.add(whole.start)


def _wholes(read: Mapping[int, _Place], telling: frozenset[int]) -> Iterator[int]:
    """What may be all there are, where no order says so: "of the five", "all five", the number bought, "the fifth".

    "Both" alone says nothing: most things have two of something.
    """
    for at, place in read.items():
        items = place.items
        yield from (of.value for _, of, _ in _parts(items))
        yield from (item.value for item in items if item.what is _What.PLACE and item.fine)
        if _weight(place, tells=at in telling) != _IN_PASSING:
            sure = [item for item in items if item.counts and item.sure]
            yield from (item.value for item in sure if item.what is _What.COUNT or item.value > _BOTH)
        near = [item for item in items if item.what is _What.BOUGHT or (item.what is _What.COUNT and item.counts)]
        for one, two in pairwise(near):
            if one.what is not two.what and _one_statement(place.sentence.text, one.end, two.start, _NEAR):
                yield max(one.value, two.value)


def _by_name(mention: Mention, place: _Place) -> int | None:
    """The number that stands by a product's name: "3 kettles", "kettle x3"."""
    text = place.sentence.text
    counts = [item for item in place.items if item.counts]
    before = [c for c in counts if c.end <= mention.start and _close(text, c.end, mention.start)]
    if before:
        return before[-1].value
    return next((c.value for c in counts if c.sure and 0 <= c.start - mention.end <= _NEXT), None)


def _close(text: str, end: int, start: int) -> bool:
    return end <= start and text[end:start].count(" ") <= 3 and _one_statement(text, end, start, _NEAR)


def _one_statement(text: str, start: int, end: int, reach: int) -> bool:
    return 0 <= end - start <= reach and _CLAUSE_END.isdisjoint(text[start:end])


def _items_of(place: _Place, vocabulary: Vocabulary) -> list[_Item]:
    """What tells of units in a sentence, in its order; numbers within the product's name are none."""
    counting, sentence = vocabulary.counting, place.sentence
    told: _Spans
    if counting.counted:
        told = {name: [m.span() for m in signs.finditer(sentence.text)] for name, signs in counting.signs.items()}
        numbers = _signs_counted(sentence.text, counting.counted, counting, told)
    else:
        told = {}
        for hit in counting.phrases.hits(sentence.text, sentence.words):
            span = (sentence.words[hit.first].start, sentence.words[hit.last - 1].end)
            told.setdefault(hit.name, []).append(span)
        numbers = _words_counted(place, vocabulary, told)
    found = [n for n in numbers if not any(m.start < n.end and n.start < m.end for m in place.own)]
    for start, end in told.get("both", ()):
        if not _measured(end, place, told) and not _of_another_kind(end, place, vocabulary):
            found = [n for n in found if n.end <= start or end <= n.start]
            found.append(_Item(_What.ALL, _BOTH, start, end, sure=True))
    for name, what in _WORDS.items():
        found += [_Item(what, 0, start, end) for start, end in told.get(name, ())]
    every = [item for item in found if item.what in (_What.ALL, _What.EVERY)]
    found = [
        i for i in found if i.what is not _What.OF or not any(a.start <= i.start and i.end <= a.end for a in every)
    ]
    found.sort(key=lambda item: (item.start, item.end))
    reach = _REACH_WITHOUT_BLANKS if counting.counted else _REACH
    return _with_what_is_fine(_joined(found, sentence.text), sentence.text, told, reach)


def _joined(items: Sequence[_Item], text: str) -> list[_Item]:
    """ "All four", "the other two" and "not one" as one."""
    left: list[_Item] = []
    for item in items:
        before = left[-1] if left else None
        if before is not None and _BLANKS.issuperset(text[before.end : item.start]):
            numbers = [i for i in (before, item) if i.what is _What.COUNT]
            others = [i for i in (before, item) if i.what in (_What.ALL, _What.EVERY, _What.OTHER) and not i.value]
            if len(numbers) == len(others) == 1:
                every = others[0].what is not _What.OTHER
                value = 0 if every and numbers[0].value == 1 else numbers[0].value
                what = _What.ALL if every else _What.COUNT
                left[-1] = _Item(what, value, before.start, max(before.end, item.end), sure=True)
                continue
        left.append(item)
    return left


def _with_what_is_fine(items: list[_Item], text: str, told: _Spans, reach: int) -> list[_Item]:
    """The items, those marked of which the sentence says that they are all right or that they stay."""
    marked: set[int] = set()
    for start, end in told.get("fine", ()):
        before = max((i for i, item in enumerate(items) if item.end <= start and item.what in _MAY_BE_FINE), default=-1)
        after = min((i for i, item in enumerate(items) if item.start >= end and item.what in _MAY_BE_FINE), default=-1)
        last = items[before].end if before >= 0 else 0
        first = items[after].start if after >= 0 else len(text)
        if any(
            (last <= s and e <= start and _one_statement(text, e, start, reach // 2))
            or (end <= s and e <= first and _one_statement(text, end, s, reach // 2))
            or (s <= start and end <= e)
            for s, e in told.get("not", ())
        ):
            continue
        if before >= 0 and _one_statement(text, last, start, _reach_of(items[before], reach)):
            marked.add(before)
        elif after >= 0 and _one_statement(text, end, first, _reach_of(items[after], reach) // 2):
            marked.add(after)
    return [replace(item, fine=True) if i in marked else item for i, item in enumerate(items)]


def _reach_of(item: _Item, reach: int) -> int:
    return reach // 2 if item.what is _What.COUNT and not item.counts else reach


def _signs_counted(text: str, counted: re.Pattern[str], counting: Counting, told: _Spans) -> Iterator[_Item]:
    for found in counted.finditer(text):
        if any(s <= found.start() <= e + _AFTER_WHAT for s, e in told.get("uncounted", ())):
            continue
        written = found[2] or found[3]
        value = int(written) if written.isdecimal() else counting.numbers[written]
        if 0 < value <= _MOST_UNITS:
            ordinal = bool(found[1]) or text[found.end() : found.end() + 1] == "目"
            what = _What.PLACE if ordinal else _What.COUNT
            yield _Item(what, value, found.start(), found.end(), sure=value > 1 or written.isdecimal())


def _words_counted(place: _Place, vocabulary: Vocabulary, told: _Spans) -> Iterator[_Item]:
    counting, text, words = vocabulary.counting, place.sentence.text, place.sentence.words
    tens = 0
    for at, word in enumerate(words):
        ordinal = _ordinal(word.text, counting)
        if ordinal:
            if not _measured(word.end, place, told):
                yield _Item(_What.PLACE, ordinal, word.start, word.end)
            continue
        value, pieces = _number(word.text, counting)
        # "A" and "un" are articles; "uno" and "ein" may be either.
        article = value == 1 and len(word.text) <= _ARTICLE and word.text.isalpha()
        if not value or (article and not any(0 <= s - word.end <= 1 for s, _ in told.get("of", ()))):
            tens = 0
            continue
        value, tens = (value + tens, 0) if tens and value < 10 else (value, value if value in (10, 20) else 0)
        if value > _MOST_UNITS or _measured(word.end, place, told) or _of_another_kind(word.end, place, vocabulary):
            continue
        counted = _of_units(word, told)
        if word.text[0].isdecimal() and _is_no_count(words, at, place, told, vocabulary.months, counted=counted):
            continue
        # "3x" by the name counts pieces, elsewhere how often something was tried.
        times = pieces or text[word.end : word.end + 2].lstrip()[:1] in _TIMES or (at and words[at - 1].text in _TIMES)
        by_name = any(_close(text, word.end, m.start) or 0 <= word.start - m.end <= _NEXT for m in place.own)
        yield _Item(
            _What.COUNT, value, word.start, word.end, sure=counted or word.text == "1" or bool(times and by_name)
        )


def _of_units(word: Word, told: _Spans) -> bool:
    """Whether a word for units follows: "two pieces", "two of the units", "two of them"."""
    units = told.get("units", ())
    ends = [word.end, *(e for s, e in told.get("of", ()) if 0 <= s - word.end <= 1)]
    return any(0 <= s - end <= 2 for s, _ in units for end in ends) or any(s <= word.start < e for s, e in units)


def _number(word: str, counting: Counting) -> tuple[int, bool]:
    """The number a word stands for, 0 if none; and whether it is written as a number of pieces ("3x")."""
    if _FIGURES.fullmatch(word):
        return int(word), False
    if word in counting.numbers:
        return counting.numbers[word], False
    glued = _GLUED.fullmatch(word) if word[0].isdecimal() or word[0] == "x" else None
    return (int(glued[1] or glued[2]), True) if glued else (0, False)


def _ordinal(word: str, counting: Counting) -> int:
    if word in counting.ordinals:
        return counting.ordinals[word]
    figures = _ORDINAL_FIGURES.fullmatch(word) if word[0].isdecimal() else None
    return int(figures[1]) if figures else 0


def _is_no_count(
    words: Sequence[Word], at: int, place: _Place, told: _Spans, months: Container[str], *, counted: bool
) -> bool:
    """Whether figures are part of a date, a price, an order number, a name, or the mark of a list's item."""
    word, text, product = words[at], place.sentence.text, place.product
    before, after = text[max(0, word.start - 1) : word.start], text[word.end : word.end + 2]
    if (
        (before and before in _PART_OF_A_NUMBER)
        or after[:1] in _MEASURED
        or text[: word.start].rstrip()[-1:] in _CURRENCIES
    ):
        return True
    if after[:1] in _PART_OF_A_NUMBER and after[1:].isalnum():
        return True
    if after[:1] == ")" or (after[:1] == "." and at == 0):
        return True
    units = units_of(product.name) if product and at else ()
    if any(two.text == word.text and one.text[:2] == words[at - 1].text[:2] for one, two in pairwise(units)):
        return True
    if counted:
        return False
    if any(words[near].text in months for near in (at - 1, at + 1, at + 2) if 0 <= near < len(words)):
        return True
    beside = (*words[max(0, at - 1) : at], *words[at + 1 : at + 2])
    return any(other.text.isdecimal() for other in beside) or any(
        0 <= word.start - e <= 2 for _, e in told.get("named", ())
    )


def _measured(end: int, place: _Place, told: _Spans) -> bool:
    """Whether what follows is time, money, a size, people or part of a product: no units of it."""
    text = place.sentence.text
    return any(
        _one_statement(text, end, start, _UNIT_WITHIN)
        # "3 m" is a length, "three have l'écran …" none.
        and text[end:start].count(" ") <= (2 if stop - start > _ARTICLE else 1)
        and not any(mention.start <= start < mention.end for mention in place.own)
        for start, stop in told.get("uncounted", ())
    )


def _of_another_kind(end: int, place: _Place, vocabulary: Vocabulary) -> bool:
    """Whether the number counts things of a kind that this product is not ("the two phones are fine")."""
    if place.product is None or not vocabulary.spaced:
        return False
    own = kinds_of(place.product)
    things = [
        thing
        for thing in things_in(place.sentence.text, vocabulary.code)
        if 0 <= thing.start - end <= 2
        and thing.kind not in _PARTS
        and not any(m.start <= thing.start < m.end for m in place.own)
    ]
    wider = own.union(*(kin(kind) for kind in own))
    return bool(own and things) and not any(t.kind in wider or own.intersection(kin(t.kind)) for t in things)

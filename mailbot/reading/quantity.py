"""How many units of a product a mail is about: those with the problem or wanted back, not those that were bought.

Every number that may count units votes: "two of the three" and a number in the wish weigh most, what was bought
weighs little, and of what is said to be fine the rest counts ("one works": of an order of three the other two). The
order's line limits the answer; where there is none, the mail's own "of the five" does.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from itertools import pairwise

from mailbot.reading.products import Mention, units_of
from mailbot.reading.sentences import Sentence
from mailbot.reading.vocabulary import Counting, Vocabulary

_MOST_UNITS = 500
# How far apart, in signs, two things of one statement stand; languages without blanks say it in a third.
_REACH, _REACH_WITHOUT_BLANKS = 42, 16
_JOINS = frozenset(" 　")
_NEAR = 26
_AFTER_NAME = 8
_CLAUSE_END = frozenset(",;:()[]–—!?.\n、，。；：！？…")
_GLUED = re.compile(r"x(\d{1,3})|(\d{1,3})(?:x|st|stk|stuck|pcs|pc|pz|szt|шт|ud|uds|ks|adet)")
_FIGURES = re.compile(r"\d{1,3}")
_ORDINAL_FIGURES = re.compile(r"(\d{1,2})(?:st|nd|rd|th|a|o|e|eme|er|ere|de|ste|й|я|е|го|inci|uncu)")
_PART_OF_A_NUMBER = frozenset(".,/-:#№+°@_'’€$£")
_MEASURED = frozenset('%°€$£"″')

_PART = 3.0
_FINE = 1.5
_SEVERAL_FINE = 1.0
_ONE_OF_TWO = 0.5
_OTHER_OF_TWO = 0.8
_NAMED_BY_PLACE = 0.8
_ALL_COUNTED = 2.0
_IN_SUBJECT = 1.5
_IN_WISH = 1.5
_IN_TELLING = 1.2
_IN_PASSING = 0.6
_BOUGHT = 0.3
_SURELY_UNITS = 0.6
_ALL = 0.8
_SAME_SENTENCE = 1.5
_WISH = ("wish.refund", "wish.replacement", "wish.repair_or_part", "mail.return")


_Spans = dict[str, list[tuple[int, int]]]


class _What(Enum):
    COUNT = auto()
    PLACE = auto()
    ALL = auto()
    OTHER = auto()
    OF = auto()
    BOUGHT = auto()


@dataclass(frozen=True, slots=True)
class _Item:
    """A number or another word that tells of units: the signs it stands at, and whether it surely counts units."""

    what: _What
    value: int
    start: int
    end: int
    sure: bool = False
    fine: bool = False


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
    places = range(len(sentences)) if alone else sorted({mention.sentence for mention in mentions})
    read = {
        place: _items_of(sentences[place], [m for m in mentions if m.sentence == place], vocabulary) for place in places
    }
    bound = [_by_name(mention, sentences[mention.sentence], read.get(mention.sentence, ())) for mention in mentions]
    if not alone:
        return next((min(n, ordered) if ordered else n for n in bound if n), None)
    whole = ordered or _whole(read, bound)
    if whole is None:
        return None
    if whole == 1:
        return 1
    votes = _votes(read, sentences, whole, telling)
    if not votes:
        return None
    return max(votes, key=lambda units: (votes[units], -units))


def _votes(
    read: Mapping[int, Sequence[_Item]], sentences: Sequence[Sentence], whole: int, telling: frozenset[int]
) -> dict[int, float]:
    """How much speaks for each number of units from 1 to the whole."""
    votes: dict[int, float] = defaultdict(float)
    if whole == 2:
        votes[1] += _ONE_OF_TWO
    named: set[int] = set()
    for place, items in read.items():
        sentence = sentences[place]
        weight = _weight(place, sentence, items, telling)
        counts = [item for item in items if item.what is _What.COUNT and item.value <= whole]
        parts = {item.value for item in counts if item.value < whole and not _may_be_article(item)}
        names_whole = any(item.value == whole for item in counts)
        for part, of in _parts(items):
            if of.value <= whole:
                votes[of.value - part.value if part.fine else part.value] += _PART
        for item in items:
            if item.what is _What.ALL:
                if item.value == whole or (not item.value and place in telling and not item.fine):
                    votes[whole] += _ALL_COUNTED if item.value else _ALL
            elif item.fine and item.what is not _What.OF:
                units = item.value if item.what is _What.COUNT else whole - 1 if item.what is _What.OTHER else 1
                if units < whole and (item.what is not _What.OTHER or whole == 2):
                    votes[whole - units] += _FINE if units == 1 else _SEVERAL_FINE
            elif item.what is _What.PLACE and item.value <= whole:
                named.add(item.value)
            elif item.what is _What.OTHER and whole == 2:
                votes[1] += _OTHER_OF_TWO
        for item in counts:
            if item.fine or _may_be_article(item):
                continue
            sure = _SURELY_UNITS if item.sure else 0.0
            if item.value == whole:
                votes[whole] += _BOUGHT if parts else weight + sure
            else:
                votes[item.value] += weight + sure
                if names_whole and len(parts) == 1:
                    votes[item.value] += _SAME_SENTENCE
    if named and (whole == 2 or len(named) > 1):
        votes[len(named)] += _NAMED_BY_PLACE
    return votes


def _may_be_article(item: _Item) -> bool:
    return item.value == 1 and not item.sure


def _parts(items: Sequence[_Item]) -> Iterator[tuple[_Item, _Item]]:
    """Every "two of the five", also as "of the five … two": the part and the whole."""
    counts = [item for item in items if item.what in (_What.COUNT, _What.ALL) and item.value]
    seen: set[int] = set()
    for of in items:
        if of.what is not _What.OF:
            continue
        wholes = [c for c in counts if c.value > 1 and of.start < c.start <= of.end + 1 and c.end > of.end]
        if not wholes or wholes[0].start in seen:
            continue
        before = [c for c in counts if c.end <= of.start and c.value < wholes[0].value]
        after = [c for c in counts if c.start >= wholes[0].end and c.value < wholes[0].value]
        if part := before[-1:] or after[:1]:
            seen.add(wholes[0].start)
            yield part[0], wholes[0]


def _weight(place: int, sentence: Sentence, items: Sequence[_Item], telling: frozenset[int]) -> float:
    if sentence.line == 0:
        return _IN_SUBJECT
    if any(item.what is _What.BOUGHT for item in items):
        return _BOUGHT
    if sentence.tells(*_WISH):
        return _IN_WISH
    return _IN_TELLING if place in telling else _IN_PASSING


def _whole(read: Mapping[int, Sequence[_Item]], bound: Sequence[int | None]) -> int | None:
    """How many there are in all where no order says so.

    "Of the five", "all five", the number by the product's name, the number that was bought, "the fifth is fine".
    """
    found = [n for n in bound if n]
    for items in read.values():
        found += [of.value for _, of in _parts(items)]
        found += [item.value for item in items if item.what is _What.ALL and item.value]
        found += [item.value for item in items if item.what is _What.PLACE and item.fine and item.value > 1]
        for one, two in pairwise(
            [i for i in items if i.what in (_What.BOUGHT, _What.COUNT) and not _may_be_article(i)]
        ):
            if {one.what, two.what} == {_What.BOUGHT, _What.COUNT} and two.start - one.end <= _NEAR:
                found.append(max(one.value, two.value))
    return max(found, default=None)


def _by_name(mention: Mention, sentence: Sentence, items: Sequence[_Item]) -> int | None:
    """The number that stands by a product's name: "3 kettles", "kettle x3"."""
    text = sentence.text
    before = [
        i for i in items if i.what is _What.COUNT and i.end <= mention.start and _close(text, i.end, mention.start)
    ]
    if before:
        return before[-1].value
    after = [i for i in items if i.what is _What.COUNT and i.sure and 0 <= i.start - mention.end <= _AFTER_NAME]
    return after[0].value if after else None


def _close(text: str, end: int, start: int) -> bool:
    between = text[end:start]
    return len(between) <= _NEAR and between.count(" ") <= 3 and _CLAUSE_END.isdisjoint(between)


def _with_what_is_fine(items: list[_Item], text: str, told: _Spans, reach: int) -> list[_Item]:
    """The items, those marked of which the sentence says that they are all right or that they stay."""
    marked: set[int] = set()
    for start, end in told.get("fine", ()):
        before = max((i for i, item in enumerate(items) if item.end <= start and _may_be_fine(item)), default=None)
        after = min((i for i, item in enumerate(items) if item.start >= end and _may_be_fine(item)), default=None)
        last = items[before].end if before is not None else 0
        first = items[after].start if after is not None else len(text)
        if any(
            (last <= s and e <= start and _one_statement(text, e, start, reach // 2))
            or (end <= s and e <= first and _one_statement(text, end, s, reach // 2))
            or (s <= start and end <= e)
            for s, e in told.get("not", ())
        ):
            continue
        if before is not None and _one_statement(text, last, start, _reach_of(items[before], reach)):
            marked.add(before)
        elif after is not None and _one_statement(text, end, first, _reach_of(items[after], reach) // 2):
            marked.add(after)
    return [replace(item, fine=True) if i in marked else item for i, item in enumerate(items)]


def _may_be_fine(item: _Item) -> bool:
    return item.what in (_What.COUNT, _What.PLACE, _What.OTHER)


def _reach_of(item: _Item, reach: int) -> int:
    # "One" is an article in half of the languages: it is a number only close by.
    return reach // 2 if item.what is _What.COUNT and item.value == 1 else reach


def _one_statement(text: str, start: int, end: int, reach: int) -> bool:
    return end - start <= reach and _CLAUSE_END.isdisjoint(text[start:end])


def _items_of(sentence: Sentence, own: Sequence[Mention], vocabulary: Vocabulary) -> list[_Item]:
    """What tells of units in a sentence, in its order; numbers within the product's name are none."""
    counting = vocabulary.counting
    if counting.counted:
        told: _Spans = {n: [m.span() for m in p.finditer(sentence.text)] for n, p in counting.signs.items()}
        numbers = _signs_counted(sentence.text, counting.counted, counting, told)
    else:
        told = {}
        for hit in counting.phrases.hits(sentence.text, sentence.words):
            span = (sentence.words[hit.first].start, sentence.words[hit.last - 1].end)
            told.setdefault(hit.name, []).append(span)
        numbers = _words_counted(sentence, vocabulary, told, own)
    found = [n for n in numbers if not any(m.start < n.end and n.start < m.end for m in own)]
    counted = {(n.start, n.end) for n in found}
    for name, what in (
        ("all", _What.ALL),
        ("both", _What.COUNT),
        ("other", _What.OTHER),
        ("of", _What.OF),
        ("bought", _What.BOUGHT),
    ):
        for start, end in told.get(name, ()):
            if name == "both" and any((start <= s and e <= end) or (s <= start and end <= e) for s, e in counted):
                found = [n for n in found if not (start <= n.start and n.end <= end)]
            if name == "both" and _measured(end, sentence.text, told):
                continue
            found.append(_Item(what, 2 if name == "both" else 0, start, end, sure=name == "both"))
    found.sort(key=lambda item: (item.start, item.end))
    reach = _REACH_WITHOUT_BLANKS if counting.counted else _REACH
    return _with_what_is_fine(_joined(found, sentence.text), sentence.text, told, reach)


def _joined(items: list[_Item], text: str) -> list[_Item]:
    """ "All four" and "the other two" as one number that surely counts units."""
    left: list[_Item] = []
    for item in items:
        before = left[-1] if left else None
        if before is not None and _JOINS.issuperset(text[before.end : item.start]):
            numbers = [i for i in (before, item) if i.what is _What.COUNT]
            others = [i for i in (before, item) if i.what in (_What.ALL, _What.OTHER)]
            if len(numbers) == len(others) == 1:
                all_of_them = others[0].what is _What.ALL
                # "Not one" is all of them.
                value = 0 if all_of_them and numbers[0].value == 1 else numbers[0].value
                what = _What.ALL if all_of_them else _What.COUNT
                left[-1] = _Item(what, value, before.start, max(before.end, item.end), sure=True)
                continue
        left.append(item)
    return left


def _signs_counted(text: str, counted: re.Pattern[str], counting: Counting, told: _Spans) -> Iterator[_Item]:
    for found in counted.finditer(text):
        if any(start <= found.start() < end for start, end in told.get("uncounted", ())):
            continue
        written = found[2] or found[3]
        value = int(written) if written.isdecimal() else counting.numbers[written]
        if 0 < value <= _MOST_UNITS:
            place = bool(found[1]) or text[found.end() : found.end() + 1] == "目"
            yield _Item(
                _What.PLACE if place else _What.COUNT, value, *found.span(), sure=value > 1 or written.isdecimal()
            )


def _words_counted(sentence: Sentence, vocabulary: Vocabulary, told: _Spans, own: Sequence[Mention]) -> Iterator[_Item]:
    counting, words, text = vocabulary.counting, sentence.words, sentence.text
    tens = 0
    for at, word in enumerate(words):
        ordinal = _ordinal(word.text, counting)
        if ordinal:
            if not _measured(word.end, text, told):
                yield _Item(_What.PLACE, ordinal, word.start, word.end)
            continue
        value, glued = _number(word.text, counting)
        # "A" and "un" are articles; "uno" and "ein" may be either.
        if not value or (value == 1 and len(word.text) <= 2 and word.text.isalpha()):
            tens = 0
            continue
        value, tens = (value + tens, 0) if tens and value < 10 else (value, value if value in (10, 20) else 0)
        before, after = text[word.start - 1 : word.start], text[word.end : word.end + 2]
        if word.text[0].isdecimal() and (
            (before and before in _PART_OF_A_NUMBER)
            or (after[:1] and after[0] in _MEASURED)
            or (len(after) == 2 and after[0] in _PART_OF_A_NUMBER and after[1].isalnum())
            or (after[:1] in (")", ".") and (at == 0 or (after[0] == ")" and before != "(")))
            or text[: word.start].rstrip()[-1:] in ("€", "$", "£", "№", "#")
            or _is_of_a_name(word.text, words[at - 1].text if at else "", own)
        ):
            continue
        if any(
            words[near].text in vocabulary.months
            for near in range(max(0, at - 1), min(at + 3, len(words)))
            if near != at
        ):
            continue
        if any(e <= word.start and word.start - e <= 2 for _, e in told.get("named", ())) and word.text[0].isdecimal():
            continue
        if _measured(word.end, text, told):
            continue
        times = glued or after.lstrip()[:1] in ("x", "×") or (at > 0 and words[at - 1].text in ("x", "х"))
        counted = any(0 <= s - word.end <= 2 or s <= word.start < e for s, e in told.get("units", ()))
        if value <= _MOST_UNITS:
            yield _Item(_What.COUNT, value, word.start, word.end, sure=times or counted or word.text == "1")


def _measured(end: int, text: str, told: _Spans) -> bool:
    """Whether what follows is time, money, a size, people or part of a product: no units of it."""
    return any(
        0 <= start - end <= 14 and text[end:start].count(" ") <= 2 and _CLAUSE_END.isdisjoint(text[end:start])
        for start, _ in told.get("uncounted", ())
    )


def _number(word: str, counting: Counting) -> tuple[int, bool]:
    """The number a word stands for, 0 if none; and whether it is written as a number of pieces ("3x")."""
    if _FIGURES.fullmatch(word):
        return int(word), False
    if word in counting.numbers:
        return counting.numbers[word], False
    if word[0].isdecimal() or word[0] == "x":
        glued = _GLUED.fullmatch(word)
        if glued:
            return int(glued[1] or glued[2]), True
    return 0, False


def _ordinal(word: str, counting: Counting) -> int:
    if word in counting.ordinals:
        return counting.ordinals[word]
    figures = _ORDINAL_FIGURES.fullmatch(word) if word[0].isdecimal() else None
    return int(figures[1]) if figures else 0


def _is_of_a_name(figures: str, before: str, mentions: Sequence[Mention]) -> bool:
    """Whether a figure after this word is that of a product's name, mistyped ("Bom 8" of a "Boom 8")."""
    for mention in mentions:
        units = units_of(mention.product.name) if mention.product else ()
        for one, two in pairwise(units):
            if two.text == figures and one.text[:2] == before[:2]:
                return True
    return False

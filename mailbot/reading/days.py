"""The day a fault began, as the customer tells it: "since 12 November", "seit gestern", "three days ago"."""

import re
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from mailbot.reading.phrases import Word
from mailbot.reading.sentences import Sentence
from mailbot.reading.vocabulary import Vocabulary

_ISO = re.compile(r"(?<!\d)(20\d\d)-(\d\d)-(\d\d)(?!\d)")
_DOTTED = re.compile(r"(?<!\d)(\d{1,2})\.\s?(\d{1,2})\.(?:\s?(\d{4}|\d{2})(?!\d))?")
_SLASHED = re.compile(r"(?<![\d/])(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?![\d/])")
_ORDINAL = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?")
_NEAR = 5
_OLDEST_DAYS = 730


def fault_day(
    sentences: Sequence[Sentence], telling: frozenset[int], vocabulary: Vocabulary, today: date
) -> tuple[date, str] | None:
    """The day named in a sentence that tells of the problem (or right after it), with its words; never after `today`.

    None where no day is named, where it may be another day (of the order, the delivery, a call), or where a date can be
    read in two ways (3/4/2026).
    """
    for place in sorted(telling | {p + 1 for p in telling if p + 1 < len(sentences)}):
        sentence = sentences[place]
        for day, at, written in _days(sentence, vocabulary, today):
            if not 0 <= (today - day).days <= _OLDEST_DAYS:
                continue
            if place not in telling and not _since_near(sentence, at):
                continue
            if not _another_day(sentence, at):
                return day, f"'{written}' in {'line ' + str(sentence.line) if sentence.line else 'the subject'}"
    return None


def _since_near(sentence: Sentence, at: int) -> bool:
    return _near(sentence, at, "day.since")


def _near(sentence: Sentence, at: int, *names: str) -> bool:
    """Whether one of these words stands right before the day."""
    return any(0 <= at - hit.last <= 2 for hit in sentence.of(*names))


def _another_day(sentence: Sentence, at: int) -> bool:
    """Whether the clause of the day speaks of the order, the delivery or a call."""
    clause = sentence.words[min(at, len(sentence.words) - 1)].clause
    return any(
        sentence.words[hit.first].clause == clause and abs(hit.first - at) <= _NEAR and not _since_near(sentence, at)
        for hit in sentence.of("day.not")
    )


def _days(sentence: Sentence, vocabulary: Vocabulary, today: date) -> Iterator[tuple[date, int, str]]:
    """Days named in a sentence, each with the place (in words) where it stands."""
    words = sentence.words
    for day, start, written in _in_figures(sentence.text, today):
        yield day, sum(word.end <= start for word in words), written
    for hit in sentence.of("day.before_yesterday"):
        yield today - timedelta(days=2), hit.first, hit.written
    for hit in sentence.of("day.yesterday"):
        if not any(o.first < hit.first < o.last for o in sentence.of("day.before_yesterday")):
            yield today - timedelta(days=1), hit.first, hit.written
    for at, word in enumerate(words):
        yield from _month_day(sentence, words, at, vocabulary, today)
        weekday = vocabulary.weekdays.get(word.text)
        if weekday is not None and _near(sentence, at, "day.since", "day.on"):
            back = (today.weekday() - weekday) % 7 or 7
            yield today - timedelta(days=back), at, word.text
    yield from _ago(sentence, vocabulary, today)
    for hit in sentence.of("day.today"):
        yield today, hit.first, hit.written


def _in_figures(text: str, today: date) -> Iterator[tuple[date, int, str]]:
    for found in _ISO.finditer(text):
        yield from _dated(int(found[1]), int(found[2]), int(found[3]), found)
    for found in _DOTTED.finditer(text):
        yield from _dated(_year(found[3], int(found[2]), int(found[1]), today), int(found[2]), int(found[1]), found)
    for found in _SLASHED.finditer(text):
        first, second = int(found[1]), int(found[2])
        if first > 12 or first == second:
            yield from _dated(_year(found[3], second, first, today), second, first, found)
        elif second > 12:
            yield from _dated(_year(found[3], first, second, today), first, second, found)


def _dated(year: int, month: int, day: int, found: re.Match[str]) -> Iterator[tuple[date, int, str]]:
    try:
        yield date(year, month, day), found.start(), found.group()
    except ValueError:
        return


def _year(written: str | None, month: int, day: int, today: date) -> int:
    if written:
        return int(written) + (2000 if len(written) == 2 else 0)
    return today.year if (month, day) <= (today.month, today.day) else today.year - 1


def _month_day(
    sentence: Sentence, words: Sequence[Word], at: int, vocabulary: Vocabulary, today: date
) -> Iterator[tuple[date, int, str]]:
    month = vocabulary.months.get(words[at].text)
    if month is None:
        return
    for place in (at - 1, at - 2, at + 1):
        if not 0 <= place < len(words):
            continue
        number = _ORDINAL.fullmatch(words[place].text)
        if number is None or not 1 <= int(number[1]) <= 31:
            continue
        after = max(at, place) + 1
        given = words[after].text if after < len(words) and re.fullmatch(r"20\d\d", words[after].text) else None
        first, last = min(at, place), max(at, place)
        written = sentence.text[words[first].start : words[last].end]
        try:
            yield date(_year(given, month, int(number[1]), today), month, int(number[1])), first, written
        except ValueError:
            continue
        return


def _ago(sentence: Sentence, vocabulary: Vocabulary, today: date) -> Iterator[tuple[date, int, str]]:
    """ "three days ago", "vor zwei Wochen": the word for "ago" stands right after or right before number and unit."""
    words = sentence.words
    for name, length in (("day.days", 1), ("day.weeks", 7)):
        for unit in sentence.of(name):
            at = unit.first - 1
            if at < 0:
                continue
            count = (
                int(words[at].text)
                if re.fullmatch(r"\d{1,3}", words[at].text)
                else vocabulary.numbers.get(words[at].text)
            )
            ago = any(hit.first == unit.last or hit.last == at for hit in sentence.of("day.ago"))
            if count is not None and ago:
                yield (
                    today - timedelta(days=count * length),
                    at,
                    sentence.text[words[at].start : words[unit.last - 1].end],
                )

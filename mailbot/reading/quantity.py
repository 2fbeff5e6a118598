"""How many units of a product a mail is about: those with the problem or wanted back, not those that were bought."""

import re
from collections.abc import Sequence

from mailbot.reading.products import Mention
from mailbot.reading.sentences import Sentence, masked
from mailbot.reading.vocabulary import Vocabulary

_LEADING_COUNT = re.compile(r"(\d{1,3})\s?(?:x|×|stk\.?|stück|pcs\.?|pieces?|units?)?\s?$", re.IGNORECASE)
_TIMES = re.compile(r"(?:x|×)\s?(\d{1,3})\b", re.IGNORECASE)
_MOST_UNITS = 500
_BEFORE = 3


def units_concerned(
    mentions: Sequence[Mention],
    sentences: Sequence[Sentence],
    vocabulary: Vocabulary,
    *,
    telling: frozenset[int],
    ordered: int | None,
    alone: bool,
) -> int | None:
    """The units concerned: "3 of the 5", "both", "2x" before the name; None where the mail names no number."""
    if alone:
        for sentence in sentences:
            if (part := _some_of(sentence, vocabulary)) is not None:
                return part
    for mention in mentions:
        sentence = sentences[mention.sentence]
        count = _LEADING_COUNT.search(sentence.text[max(0, mention.start - 12) : mention.start])
        if count and 0 < int(count[1]) <= _MOST_UNITS and not _is_a_date_or_more(sentence.text, mention.start, count):
            return int(count[1])
        after = _TIMES.match(sentence.text[mention.end : mention.end + 8].lstrip(" ,:("))
        if after and 0 < int(after[1]) <= _MOST_UNITS:
            return int(after[1])
        place = sum(word.end <= mention.start for word in sentence.words)
        for word in reversed(sentence.words[max(0, place - _BEFORE) : place]):
            number = vocabulary.numbers.get(word.text)
            if number is not None:
                return number if number > 1 else None
    return None


def _is_a_date_or_more(text: str, start: int, count: re.Match[str]) -> bool:
    before = text[max(0, start - 12) : start][: count.start()]
    return bool(before) and (before[-1].isalnum() or before[-1] in ".,/-:#")


def _some_of(sentence: Sentence, vocabulary: Vocabulary) -> int | None:
    """ "three of the five", "3 von 5"; where something fails of several."""
    words = sentence.words
    for hit in sentence.of("quantity.of"):
        before = words[hit.first - 1].text if hit.first else ""
        after = words[hit.last].text if hit.last < len(words) else ""
        part = int(before) if before.isdigit() and len(before) <= 3 else vocabulary.numbers.get(before)
        whole = int(after) if after.isdigit() and len(after) <= 3 else vocabulary.numbers.get(after)
        if part and whole and part <= whole <= _MOST_UNITS and not masked(sentence, hit, "told.circumstance"):
            return part
    return None

"""The language of a text, of those that have a vocabulary."""

import re
from collections.abc import Sequence
from functools import cache

from lingua import IsoCode639_1, LanguageDetector, LanguageDetectorBuilder

from mailbot.reading.vocabulary import vocabulary

_SAMPLE = 1_000
_FEW_LETTERS = 30
_SURE = 0.75
_LIST_WORDS_COUNT = ("mail.", "problem.", "told.", "wish.", "hazard.", "number.order")
_PROSE = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


@cache
def _detector(codes: tuple[str, ...]) -> LanguageDetector | None:
    """A detector for these languages, None where it would know fewer than two of them."""
    known = [iso for code in codes if (iso := getattr(IsoCode639_1, code.upper(), None)) is not None]
    if len(known) < 2:
        return None
    return LanguageDetectorBuilder.from_iso_codes_639_1(*known).with_low_accuracy_mode().build()


def detect(text: str, languages: Sequence[str], default: str) -> tuple[str, float]:
    """The language (one of `languages`) and how sure that is, 0.0 to 1.0; `default` where the text says too little.

    Few words say little to a statistic of letters: there the vocabularies vote, by the words they know.
    """
    if len(languages) == 1:
        return languages[0], 1.0
    written = " ".join(word for word in text[:_SAMPLE].split() if "@" not in word and "://" not in word)
    prose = " ".join(_PROSE.findall(written))
    letters = sum(sign.isalpha() for sign in prose)
    if not letters:
        return default, 0.3
    detector = _detector(tuple(languages))
    found = detector.compute_language_confidence_values(prose)[:3] if detector else []
    values = [(value.language.iso_code_639_1.name.lower(), value.value) for value in found]
    if values and values[0][1] >= _SURE and letters >= _FEW_LETTERS:
        return values[0]
    votes = {code: _known_words(prose, code) for code in languages}
    most = max(votes.values())
    leaders = [code for code in languages if votes[code] == most]
    if most and len(leaders) == 1:
        return leaders[0], 0.6 if values and values[0][0] != leaders[0] else 0.85
    likely = (
        [code for code, _ in values if code in leaders] if most else [code for code, value in values if value >= _SURE]
    )
    if likely:
        return likely[0], 0.5
    return (default, 0.3) if not values or values[0][1] < 0.5 else (values[0][0], values[0][1] / 2)


def _known_words(prose: str, code: str) -> int:
    words = vocabulary(code)
    if words is None:
        return 0
    return sum(hit.name.startswith(_LIST_WORDS_COUNT) for hit in words.phrases.hits(prose, words.words(prose)))

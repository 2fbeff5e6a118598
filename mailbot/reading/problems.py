"""What is wrong with an item: a kind with a confidence, the customer's own words, and whether they say enough."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from mailbot.claims.words import ProblemKind
from mailbot.reading.phrases import Hit
from mailbot.reading.sentences import Sentence, denied, masked
from mailbot.reading.signals import tells_of_danger
from mailbot.reading.understood import Problem

_WEIGHTS = {"strong": 3.0, "plain": 2.0, "weak": 0.4}
_KINDS = tuple(kind for kind in ProblemKind if kind not in (ProblemKind.UNCLEAR, ProblemKind.NONE))
_ENOUGH = 2.0
_MOST_PER_SENTENCE = 4.0
_LONGEST_DESCRIPTION = 1_500
_ACCIDENT = tuple(f"problem.{ProblemKind.ACCIDENTAL_DAMAGE_OR_MISUSE.value}.{strength}" for strength in _WEIGHTS)
_ACCIDENT_DENIED = f"problem.{ProblemKind.ACCIDENTAL_DAMAGE_OR_MISUSE.value}.denied"
# Below every sensible confidence floor: who denies an accident in one sentence and tells of one in another is for a
# person to understand, since rule R4 declines for good.
_DENIED_AND_TOLD = 0.5
_BEFORE = 2
_LIKELY = 0.5
_AFTER = 3
# What several words of these kinds mean together, where both are told: the more telling one stands first.
# A telephone that was dropped and no longer starts is an accident; a parcel soaked on its way, transit; and so on.
_OUTRANKS: tuple[tuple[ProblemKind, ProblemKind], ...] = (
    (ProblemKind.ACCIDENTAL_DAMAGE_OR_MISUSE, ProblemKind.DEFECTIVE),
    (ProblemKind.ACCIDENTAL_DAMAGE_OR_MISUSE, ProblemKind.DEAD_ON_ARRIVAL),
    (ProblemKind.DAMAGED_IN_TRANSIT, ProblemKind.DEFECTIVE),
    (ProblemKind.DEAD_ON_ARRIVAL, ProblemKind.DEFECTIVE),
    (ProblemKind.WRONG_ITEM, ProblemKind.NOT_AS_DESCRIBED),
    (ProblemKind.WRONG_ITEM, ProblemKind.MISSING_PARTS),
    (ProblemKind.WRONG_ITEM, ProblemKind.DEFECTIVE),
    (ProblemKind.MISSING_PARTS, ProblemKind.DEFECTIVE),
    (ProblemKind.NOT_AS_DESCRIBED, ProblemKind.DEFECTIVE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A problem with how sure its kind is (0.0 to 1.0) and the words it rests on."""

    problem: Problem
    confidence: float
    why: tuple[str, ...]
    sentences: frozenset[int]


NOTHING = Judged(problem=Problem(kind=ProblemKind.NONE, description=""), confidence=0.9, why=(), sentences=frozenset())


def _scores(sentence: Sentence, before: Sentence | None) -> tuple[dict[ProblemKind, float], list[str]]:
    """What one sentence adds to each kind, and the words that did."""
    scores: dict[ProblemKind, float] = {}
    words: list[str] = []
    for kind in _KINDS:
        score = 0.0
        counted: set[tuple[int, str]] = set()
        for strength, weight in _WEIGHTS.items():
            for hit in sentence.of(f"problem.{kind.value}.{strength}"):
                place = (hit.first, strength)
                if kind is ProblemKind.ACCIDENTAL_DAMAGE_OR_MISUSE and _denies_accident(sentence, hit):
                    continue
                if place in counted or (kind is not ProblemKind.DEFECTIVE and denied(sentence, hit)):
                    continue
                if kind is ProblemKind.DEFECTIVE and hit.last - hit.first == 1 and denied(sentence, hit):
                    continue
                if kind is ProblemKind.MISSING_PARTS and masked(sentence, hit, "wish.repair_or_part"):
                    weight = 1.0  # "send me the missing part" says so in passing; the wish is the news
                counted.add(place)
                score += weight
                words.append(hit.written)
        if score:
            scores[kind] = min(score, _MOST_PER_SENTENCE)
    if any(tells_of_danger(sentence, hit) for hit in sentence.of("hazard.told")):
        scores[ProblemKind.DEFECTIVE] = scores.get(ProblemKind.DEFECTIVE, 0.0) + 2.5
    _add_what_stands_together(sentence, before, scores)
    return scores, words


def _denies_accident(sentence: Sentence, hit: Hit) -> bool:
    """Whether this word of an accident is said not to be so: before it, after it, or in the midst of its phrase.

    One negation covers several accidents ("never dropped it or got it wet"), so that such words carry it on.
    """
    if masked(sentence, hit, _ACCIDENT_DENIED):
        return True
    return denied(sentence, hit, within=True, carries=("negation.carries_accident", *_ACCIDENT))


def _tells_of_no_accident(sentence: Sentence) -> bool:
    """Whether a sentence denies an accident."""
    return sentence.tells(_ACCIDENT_DENIED) or any(_denies_accident(sentence, hit) for hit in sentence.of(*_ACCIDENT))


def _add_what_stands_together(sentence: Sentence, before: Sentence | None, scores: dict[ProblemKind, float]) -> None:
    """A crack alone says little, one in what has just arrived says transit; likewise what never gave a sign of life."""
    near = sentence.names if before is None else sentence.names | before.names
    damage = any(not denied(sentence, hit) for hit in sentence.of("told.damage"))
    if damage:
        kind = ProblemKind.DAMAGED_IN_TRANSIT if "told.arrival" in near else ProblemKind.DEFECTIVE
        scores[kind] = scores.get(kind, 0.0) + (2.5 if kind is ProblemKind.DAMAGED_IN_TRANSIT else 1.5)
    if "told.fails" in sentence.names:
        dead = ("told.arrival" in near and "told.never" in near) or (
            "told.never" in sentence.names and "told.arrival" in sentence.names
        )
        scores[ProblemKind.DEFECTIVE] = scores.get(ProblemKind.DEFECTIVE, 0.0) + 1.0
        if dead:
            scores[ProblemKind.DEAD_ON_ARRIVAL] = scores.get(ProblemKind.DEAD_ON_ARRIVAL, 0.0) + 2.0


def judge(sentences: Sequence[Sentence], *, only: Sequence[int] | None = None) -> Judged:
    """The problem these sentences tell of; `only` restricts it to some of them (those of one product).

    `NONE` where nothing is told, `UNCLEAR` where something is wrong and nothing says what.
    """
    places = range(len(sentences)) if only is None else only
    totals: dict[ProblemKind, float] = {}
    why: list[str] = []
    telling: list[int] = []
    for place in places:
        sentence = sentences[place]
        if sentence.tells("told.fine") and not any(name.startswith("problem.") for name in sentence.names):
            continue
        before = sentences[place - 1] if place and place - 1 in places else None
        scores, words = _scores(sentence, before)
        strong = max(scores.values(), default=0.0)
        if strong >= 1.0:
            telling.append(place)
        where = f"line {sentence.line}" if sentence.line else "the subject"
        why.extend(f"'{word}' in {where}" for word in words)
        # Asking whether something may happen tells less than saying that it did.
        for kind, score in scores.items():
            totals[kind] = totals.get(kind, 0.0) + (score * 0.6 if sentence.asks else score)
    if not totals:
        return NOTHING
    kind, confidence = _best(totals)
    if ProblemKind.ACCIDENTAL_DAMAGE_OR_MISUSE in totals and any(map(_tells_of_no_accident, sentences)):
        confidence = min(confidence, _DENIED_AND_TOLD)
    description = describe(sentences, telling, places)
    return Judged(
        problem=Problem(kind=kind, description=description, detailed=is_detailed(sentences, telling, kind)),
        confidence=confidence,
        why=tuple(dict.fromkeys(why))[:8],
        sentences=frozenset(telling),
    )


def _best(totals: dict[ProblemKind, float]) -> tuple[ProblemKind, float]:
    if max(totals.values()) < _ENOUGH:
        return ProblemKind.UNCLEAR, 0.4
    weighed = dict(totals)
    for stronger, weaker in _OUTRANKS:
        if weighed.get(stronger, 0.0) >= _ENOUGH and weaker in weighed:
            weighed[weaker] = min(weighed[weaker], weighed[stronger]) * 0.5
    defective = weighed.get(ProblemKind.DEFECTIVE, 0.0)
    if ProblemKind.SOFTWARE_ISSUE in weighed and defective >= weighed[ProblemKind.SOFTWARE_ISSUE] + 1.0:
        weighed[ProblemKind.SOFTWARE_ISSUE] *= 0.5
    if ProblemKind.CHANGED_MIND in weighed and max(v for k, v in weighed.items()) > weighed[ProblemKind.CHANGED_MIND]:
        weighed[ProblemKind.CHANGED_MIND] *= 0.7
    ranked = sorted(weighed.items(), key=lambda entry: -entry[1])
    best, value = ranked[0]
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    share = value / (value + second)
    # One strong phrase and no rival: 0.85; a rival just as strong: 0.5, under every sensible floor.
    return best, round(min(0.97, 0.2 + 0.6 * share + min(value, 6.0) * 0.03), 2)


def describe(sentences: Sequence[Sentence], telling: Sequence[int], places: Sequence[int] | None = None) -> str:
    """The customer's words around the sentences that tell of the problem: what led to it and what was tried.

    Manners, wishes and numbers are left out; the subject counts only where the text tells nothing.
    """
    places = range(len(sentences)) if places is None else places
    body = [place for place in telling if sentences[place].line > 0]
    if not body:
        subject = sentences[telling[0]].text if telling else ""
        rest = (sentence.text for sentence in sentences if sentence.line > 0 and not _is_aside(sentence))
        return " ".join([subject, *rest])[:_LONGEST_DESCRIPTION].strip()
    first, last = body[0] - _BEFORE, body[-1] + _AFTER
    span = [
        sentence.text
        for place, sentence in ((place, sentences[place]) for place in places)
        if sentence.line > 0 and first <= place <= last and (place in body or not _is_aside(sentence))
    ]
    return " ".join(span)[:_LONGEST_DESCRIPTION]


def _is_aside(sentence: Sentence) -> bool:
    """Whether it tells nothing of the thing: manners, a name, a wish, a number."""
    wish = ("wish.refund", "wish.replacement", "wish.repair_or_part", "number.order", "mail.status")
    told = sentence.tells("told.circumstance", "told.tried", "told.damage", "told.fails", "told.received")
    return _only_manners(sentence) or len(sentence.words) < 3 or (sentence.tells(*wish) and not told)


def _only_manners(sentence: Sentence) -> bool:
    return sentence.tells("mail.greeting", "mail.thanks") and len(sentence.words) <= 6


def _goes_on(sentence: Sentence) -> bool:
    wish = ("wish.refund", "wish.replacement", "wish.repair_or_part", "mail.greeting", "mail.thanks", "number.order")
    return sentence.tells("told.circumstance", "told.tried", "told.no_help") and not sentence.tells(*wish)


def is_detailed(
    sentences: Sequence[Sentence],
    telling: Sequence[int],
    kind: ProblemKind,
    circumstance_in: Callable[[int], float] | None = None,
) -> bool:
    """Whether a person could reproduce the fault: a symptom and a circumstance, in about eight words or more.

    `circumstance_in` gives how likely a sentence (by its place) tells of one, beside those that phrases show.
    """
    if kind in (ProblemKind.UNCLEAR, ProblemKind.NONE) or not telling:
        return False
    told = [sentences[place] for place in telling]
    words = sum(_length(sentence) for sentence in told)
    likely = circumstance_in is not None and any(circumstance_in(place) >= _LIKELY for place in telling)
    circumstance = likely or any(sentence.tells("told.circumstance") for sentence in told)
    after = telling[-1] + 1
    if not circumstance and after < len(sentences):
        circumstance = _goes_on(sentences[after])
        words += _length(sentences[after]) if circumstance else 0
    return (words >= 8 and circumstance) or words >= 20


def _length(sentence: Sentence) -> int:
    """Words; in a language without blanks two signs count as one."""
    signs = sum(0x2E80 <= ord(sign) <= 0x9FFF or 0xAC00 <= ord(sign) <= 0xD7A3 for sign in sentence.text)
    return len(sentence.words) + signs // 2


def describe_unrecognised(sentences: Sequence[Sentence]) -> str:
    """The mail's own words without its manners, where no phrase was recognised."""
    return " ".join(s.text for s in sentences if s.line > 0 and not _only_manners(s))[:_LONGEST_DESCRIPTION]

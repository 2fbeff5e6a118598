"""What a mail means in the end: what the rules found, weighed with the opinion that linear models form of the whole."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from mailbot.claims.words import MailKind, ProblemKind, Signal, Wish
from mailbot.reading import problems
from mailbot.reading.concerned import Concerned
from mailbot.reading.features import Circumstances
from mailbot.reading.kinds import Kind
from mailbot.reading.numbers import FoundNumber
from mailbot.reading.opinion import Opinion
from mailbot.reading.sentences import Sentence
from mailbot.reading.understood import Answer, NamedProduct, Problem, Understood
from mailbot.reading.wishes import Wished

AUTOMATIC = (MailKind.BOUNCE, MailKind.AUTO_REPLY, MailKind.SPAM_OR_BULK)
_AS_A_WHOLE = "the mail as a whole reads so"
_ON_A_CLAIM = (MailKind.EVIDENCE_REPLY, MailKind.CLAIM_FOLLOWUP)
# Mail that its text alone shows to be automatic or bulk is not answered: that takes more than a guess.
_SILENCES = 0.7
_TELLS = 0.35
_TELLS_AT_LEAST = 0.1
_OPEN = 0.5
_DOUBT = 0.2
_NEAR_TIE = 0.75
_PLAIN_WORDS = 0.65
_SURE_OF_A_CLAIM = 0.85
_AGREED = 0.65
_PLAIN_WISH = 0.8
_HEARD = 0.2
_ACCIDENT_AND_NOT = 0.5
_SAID = 0.6
_MOST_CERTAIN = 0.99
# What a sentence says where the whole mail says so; danger has rules of its own (`signals.danger`).
_TAG_OF = {
    Signal.DECLARES_WITHDRAWAL: "declares_withdrawal",
    Signal.ASKS_OTHER_COMPENSATION: "asks_other_compensation",
    Signal.SUPPORT_DID_NOT_HELP: "support_did_not_help",
    Signal.WITHDRAWS: "withdraws",
    Signal.ASKS_STATUS: "asks_status",
    Signal.ONLY_THANKS: "thanks",
    Signal.EITHER_RESOLUTION: "either",
    Signal.PARCEL_SENT: "parcel_sent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ByRules:
    """What phrases, patterns and the catalogue say of a mail, each with what it rests on.

    `numbers_in` is "the mail" or "the quotation". `circumstances` is the summary that opinions are formed on.
    """

    sentences: tuple[Sentence, ...]
    language: str
    language_confidence: float
    numbers: tuple[FoundNumber, ...]
    numbers_in: str
    products: Concerned
    judged: problems.Judged
    wish: Wished
    kind: Kind
    signals: Mapping[Signal, tuple[str, ...]]
    fault_on: date | None
    fault_why: str
    tracking: str | None
    answers: tuple[Answer, ...]
    captions: tuple[str, ...]
    circumstances: Circumstances


def settle(found: ByRules, opinion: Opinion) -> Understood:
    """The mail as it is understood; where rules and opinion differ on what declines a claim, surely under the floor."""
    said = _signals(found, opinion)
    kind = _kind(found, opinion, said)
    problem = _problem(found, opinion, kind.kind, said)
    wish = _wish(found, opinion, kind.kind, said)
    if kind.kind in AUTOMATIC:
        said = {}
    return Understood(
        kind=kind.kind,
        language=found.language,
        order_numbers=tuple(number.number for number in found.numbers),
        products=() if kind.kind in AUTOMATIC else _with_problems(found.products, problem.problem),
        problem=problem.problem,
        wish=wish.wish,
        signals=frozenset(said),
        fault_on=found.fault_on,
        tracking=found.tracking,
        answers=found.answers,
        captions=found.captions,
        confidence={
            "kind": kind.confidence,
            "language": round(found.language_confidence, 2),
            "order_numbers": _sure_of_numbers(found.numbers, found.numbers_in),
            "products": min((product.confidence for product in found.products.named), default=0.5),
            "problem": problem.confidence,
            "resolution_wanted": wish.confidence,
        },
        why=_why(found, kind, problem, wish, said),
    )


def _best(answers: Mapping[str, float], *without: str) -> tuple[str, float]:
    """The likeliest answer and its share among those that are not left out."""
    left = {answer: share for answer, share in answers.items() if answer not in without}
    answer = max(left, key=lambda name: left[name])
    return answer, min(_MOST_CERTAIN, round(left[answer] / (sum(left.values()) or 1.0), 2))


def _signals(found: ByRules, opinion: Opinion) -> dict[Signal, tuple[str, ...]]:
    """What phrases tell stands; what the whole says in other words is added where a sentence of it says so too."""
    said = dict(found.signals)
    for signal, tag in _TAG_OF.items():
        sure = opinion.signals[signal.value]
        if signal in said or sure < _SAID:
            continue
        told = [place for place in range(len(found.sentences)) if opinion.tag(place, tag) >= _OPEN]
        if told:
            said[signal] = tuple(
                f"'{found.sentences[place].text[:80]}' in {found.sentences[place].where} reads so ({sure:.2f})"
                for place in told[:3]
            )
    return said


def _kind(found: ByRules, opinion: Opinion, said: Mapping[Signal, object]) -> Kind:
    rules = found.kind
    if rules.certain:
        return rules
    where = found.circumstances
    if where.open_claim or not found.sentences:
        return rules
    left_out = [kind for kind in (MailKind.AUTO_REPLY, MailKind.SPAM_OR_BULK) if opinion.kind.get(kind, 0) < _SILENCES]
    if Signal.HAZARD in said or (Signal.DECLARES_WITHDRAWAL in said and not where.reply):
        # Danger and withdrawal by law are never laid aside as something that needs no answer.
        left_out = [MailKind.AUTO_REPLY, MailKind.SPAM_OR_BULK, MailKind.OTHER_INQUIRY]
    name, sure = _best(opinion.kind, *left_out)
    told = found.judged.problem.kind not in (ProblemKind.NONE, ProblemKind.UNCLEAR)
    if rules.kind in _ON_A_CLAIM and Signal.ASKS_STATUS in found.signals and not told and sure < _SURE_OF_A_CLAIM:
        return rules  # who asks when the money comes has a claim already
    kind = MailKind(name)
    if kind in _ON_A_CLAIM:
        brings = where.photos or found.answers or rules.kind is MailKind.EVIDENCE_REPLY
        kind = MailKind.EVIDENCE_REPLY if brings else MailKind.CLAIM_FOLLOWUP
    same = kind is rules.kind or (kind in _ON_A_CLAIM and rules.kind in _ON_A_CLAIM)
    return Kind(kind, sure, rules.why if same else _AS_A_WHOLE)


def _problem(
    found: ByRules, opinion: Opinion, kind: MailKind, said: Mapping[Signal, tuple[str, ...]]
) -> problems.Judged:
    """The problem as the kind of mail lets it stand: a return request without one is `unclear`, an inquiry has none."""
    judged = found.judged
    if kind in AUTOMATIC or kind in (MailKind.OTHER_INQUIRY, MailKind.AGENT_COMMAND):
        return replace(problems.NOTHING, confidence=0.9)
    if Signal.DECLARES_WITHDRAWAL in said:
        own_words = judged.problem.description or problems.describe_unrecognised(found.sentences)
        withdrawn = Problem(kind=ProblemKind.CHANGED_MIND, description=own_words, detailed=judged.problem.detailed)
        return replace(judged, problem=withdrawn, confidence=0.95, why=said[Signal.DECLARES_WITHDRAWAL])
    none = ProblemKind.NONE.value
    told_by_rules = judged.problem.kind not in (ProblemKind.NONE, ProblemKind.UNCLEAR)
    if kind is MailKind.RETURN_REQUEST:
        name, sure = _best(opinion.problem, none)
        # Words decide a near tie; and where words and the whole agree, both are more often right than the whole alone.
        words = opinion.problem[judged.problem.kind] if told_by_rules else 0.0
        if words >= _NEAR_TIE * opinion.problem[name]:
            name, sure = judged.problem.kind, round(words / (1 - min(opinion.problem[none], _OPEN)), 2)
        if name == judged.problem.kind and judged.confidence >= _PLAIN_WORDS:
            sure = max(sure, _AGREED)
    else:
        # What belongs to a claim need tell no problem: one is read in it only where a sentence of its own tells it.
        name, sure = _best(opinion.problem)
        told = (
            max((opinion.tag(place, name) for place in range(len(found.sentences))), default=0.0)
            if name != none
            else 1.0
        )
        if judged.problem.kind is ProblemKind.NONE and (opinion.problem[none] > _DOUBT or told < _OPEN):
            return judged
    chosen = ProblemKind(name)
    if chosen is ProblemKind.NONE:
        return replace(problems.NOTHING, confidence=sure)
    accident = ProblemKind.ACCIDENTAL_DAMAGE_OR_MISUSE
    apart = any(p.problem is not None and p.problem.kind is accident for p in found.products.named)
    if told_by_rules and chosen is not judged.problem.kind and accident in (chosen, judged.problem.kind) and not apart:
        sure = min(sure, _ACCIDENT_AND_NOT)  # rule R4 declines for good: a person decides which it is
    if chosen is accident and judged.problem.kind is accident:
        sure = min(sure, max(judged.confidence, _ACCIDENT_AND_NOT))
    telling = _telling(found, opinion, chosen)
    description = problems.describe(found.sentences, telling)
    if chosen is ProblemKind.UNCLEAR and not telling:
        description = problems.describe_unrecognised(found.sentences)
    why = judged.why if chosen is judged.problem.kind else _read_as(found, opinion, chosen)
    return problems.Judged(
        problem=Problem(
            kind=chosen,
            description=description,
            detailed=problems.is_detailed(
                found.sentences, telling, chosen, lambda place: opinion.tag(place, "circumstance")
            ),
        ),
        confidence=sure,
        why=why,
        sentences=frozenset(telling),
    )


def _telling(found: ByRules, opinion: Opinion, chosen: ProblemKind) -> list[int]:
    """The sentences that tell of the problem: those with its phrases, and those that read like it."""
    kinds = [kind.value for kind in ProblemKind if kind is not ProblemKind.NONE]
    reads = {place for place in range(len(found.sentences)) if opinion.tag(place, *kinds) >= _TELLS}
    telling = sorted(reads | found.judged.sentences)
    if not telling and found.sentences and chosen is not ProblemKind.UNCLEAR:
        likeliest = max(range(len(found.sentences)), key=lambda place: opinion.tag(place, chosen.value))
        telling = [likeliest] if opinion.tag(likeliest, chosen.value) >= _TELLS_AT_LEAST else []
    return telling


def _read_as(found: ByRules, opinion: Opinion, chosen: ProblemKind) -> tuple[str, ...]:
    places = [place for place in range(len(found.sentences)) if opinion.tag(place, chosen.value) >= _TELLS_AT_LEAST]
    places.sort(key=lambda place: -opinion.tag(place, chosen.value))
    return tuple(
        f"'{found.sentences[place].text[:80]}' in {found.sentences[place].where} reads like it "
        f"({opinion.tag(place, chosen.value):.2f})"
        for place in places[:3]
    ) or (_AS_A_WHOLE,)


def _wish(found: ByRules, opinion: Opinion, kind: MailKind, said: Mapping[Signal, object]) -> Wished:
    if kind in AUTOMATIC or kind is MailKind.OTHER_INQUIRY:
        return Wished(Wish.NONE_STATED, False, 0.9, ())
    name, sure = _best(opinion.wish)
    either = Signal.EITHER_RESOLUTION in said
    if either and name in (Wish.REFUND, Wish.REPLACEMENT):
        return Wished(Wish.NONE_STATED, True, round(1 - sure, 2) if sure < 1 else 0.5, found.wish.why)
    if name == Wish.NONE_STATED and found.wish.wish is not Wish.NONE_STATED and opinion.wish[found.wish.wish] > _HEARD:
        # Words that ask for it outweigh a whole that is not sure that nothing is asked for.
        sure = min(_MOST_CERTAIN, max(_AGREED, round(opinion.wish[found.wish.wish] + _DOUBT, 2)))
        return Wished(found.wish.wish, either, sure, found.wish.why)
    if kind is not MailKind.RETURN_REQUEST and name != found.wish.wish and sure < _PLAIN_WISH:
        return found.wish
    wish = Wish(name)
    if wish is found.wish.wish is not Wish.NONE_STATED and found.wish.confidence >= _PLAIN_WISH:
        sure = max(sure, _PLAIN_WISH)
    why = found.wish.why if wish is found.wish.wish else (_AS_A_WHOLE,)
    return Wished(wish, either, sure, why if wish is not Wish.NONE_STATED or found.wish.why else ())


def _with_problems(products: Concerned, main: Problem) -> tuple[NamedProduct, ...]:
    return tuple(
        replace(product, problem=product.problem or main if main.kind is not ProblemKind.NONE else None)
        for product in products.named
    )


def _sure_of_numbers(numbers: Sequence[FoundNumber], where: str) -> float:
    if not numbers:
        return 0.5
    values = [0.99 if n.known else 0.9 if n.label == "order" else 0.8 if n.fits else 0.6 for n in numbers]
    return round(min(values) - (0.1 if where == "the quotation" else 0.0), 2)


def _why(
    found: ByRules, kind: Kind, problem: problems.Judged, wish: Wished, said: Mapping[Signal, tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    why: dict[str, tuple[str, ...]] = {"kind": (kind.why,)}
    if found.numbers:
        why["order_numbers"] = tuple(_why_number(number, found.numbers_in) for number in found.numbers)
    if found.products.why:
        why["products"] = found.products.why
    if problem.why:
        why["problem"] = problem.why
    if wish.why:
        why["resolution_wanted"] = wish.why
    if found.fault_why:
        why["fault_on"] = (found.fault_why,)
    why.update({f"signals.{signal.value}": words for signal, words in said.items()})
    return why


def _why_number(number: FoundNumber, where: str) -> str:
    line = f"line {number.line}" if number.line else "the subject"
    place = f"{line} of {where}" if where == "the quotation" else line
    ground = f"label '{number.label_words}'" if number.label == "order" else "its form" if number.fits else "its label"
    return f"'{number.written}' in {place} by {ground}" + (", an order of the shop" if number.known else "")

"""What a mail says beside the problem: danger, withdrawal by law, and the small things that steer a claim."""

from collections.abc import Sequence

from mailbot.claims.words import Signal
from mailbot.reading.phrases import Hit
from mailbot.reading.sentences import Sentence, denied, masked

_FEW_WORDS = 40
_VERY_FEW_WORDS = 12
_WISHES = ("wish.refund", "wish.replacement", "wish.repair_or_part", "mail.inquiry", "mail.return")


def danger(sentences: Sequence[Sentence]) -> tuple[str, ...]:
    """The words that tell of a danger (rule S1), each with its line; empty where none is told of.

    Rather one too many than one too few: only a negation in the same clause, a phrase that merely sounds like danger
    and a bare question whether it could come to that are taken out.
    """
    why = []
    for sentence in sentences:
        for hit in sentence.of("hazard.told"):
            if tells_of_danger(sentence, hit):
                why.append(f"'{hit.written}' in {sentence.where}")
    return tuple(dict.fromkeys(why))


def tells_of_danger(sentence: Sentence, hit: Hit) -> bool:
    """Whether a phrase of danger is meant as one, where it stands."""
    if denied(sentence, hit) or _sounds_like(sentence, hit):
        return False
    return not (sentence.asks and masked(sentence, hit, "hazard.could"))


def _sounds_like(sentence: Sentence, hit: Hit) -> bool:
    return any(o.first <= hit.first < o.last or hit.first <= o.first < hit.last for o in sentence.of("hazard.not"))


def withdrawal(sentences: Sequence[Sentence]) -> tuple[str, ...]:
    """The words by which the customer withdraws from the contract (rule S2); a question about the right is none."""
    why = []
    for sentence in sentences:
        for hit in sentence.of("withdrawal.declares"):
            if masked(sentence, hit, "withdrawal.not") or denied(sentence, hit):
                continue
            why.append(f"'{hit.written}' in {sentence.where}")
    return tuple(dict.fromkeys(why))


def _told(sentences: Sequence[Sentence], name: str, *, without: str = "") -> list[str]:
    return [
        f"'{hit.written}' in {sentence.where}"
        for sentence in sentences
        for hit in sentence.of(name)
        if not denied(sentence, hit) and not (without and masked(sentence, hit, without))
    ]


def others(sentences: Sequence[Sentence], *, tells_a_problem: bool) -> dict[Signal, tuple[str, ...]]:
    """All signals but danger, withdrawal by law and `either_resolution`, each with the words it rests on."""
    found: dict[Signal, list[str]] = {
        Signal.ASKS_OTHER_COMPENSATION: _told(sentences, "mail.compensation", without="mail.compensation_not"),
        Signal.SUPPORT_DID_NOT_HELP: _told(sentences, "told.support_failed") + _tried_in_vain(sentences),
        Signal.WITHDRAWS: _told(sentences, "mail.takes_back"),
        Signal.ASKS_STATUS: _told(sentences, "mail.status"),
        Signal.PARCEL_SENT: [why for s in sentences if not s.asks for why in _told((s,), "mail.parcel_sent")],
    }
    thanks = _told(sentences, "mail.thanks")
    length = sum(len(sentence.words) for sentence in sentences)
    says_more = (
        tells_a_problem
        or any(found.values())
        or any(
            s.asks or (s.tells(*_WISHES) and not s.tells("mail.thanks", "told.fine", "told.arrival")) for s in sentences
        )
    )
    # One word of thanks ends many a short mail about something else; a mail that is all thanks says so more than once.
    if thanks and length <= (_FEW_WORDS if len(thanks) > 1 else _VERY_FEW_WORDS) and not says_more:
        found[Signal.ONLY_THANKS] = thanks
    return {signal: tuple(dict.fromkeys(words)) for signal, words in found.items() if words}


def _tried_in_vain(sentences: Sequence[Sentence]) -> list[str]:
    """A step tried (reset, update, advice of support) and, there or in the next sentence, that it did not help."""
    why = []
    for place, sentence in enumerate(sentences):
        after = sentences[place + 1 : place + 2]
        if sentence.tells("told.tried") and (
            sentence.tells("told.no_help") or any(s.tells("told.no_help") for s in after)
        ):
            tried = sentence.of("told.tried")[0]
            why.append(f"'{tried.written}' and no help, in {sentence.where}")
    return why

"""Step 6 of the path, second half: which letter, if any, follows from what a mail changed on its claim. Values only."""

from dataclasses import dataclass, replace

from mailbot.claims.claim import Claim, Evidence
from mailbot.claims.life import Event, allows
from mailbot.claims.verdict import Because
from mailbot.claims.words import Disposition, MailKind, Signal, Status
from mailbot.desk.judge import DANGER, WAITS_FOR_VERDICT, moved, with_status
from mailbot.letters.letter import LetterName
from mailbot.reading.understood import Understood

_LETTER_OF = {
    Disposition.APPROVE_RETURN: LetterName.APPROVE_RETURN,
    Disposition.REQUEST_INFORMATION: LetterName.REQUEST_INFORMATION,
    Disposition.OFFER_SUPPORT: LetterName.OFFER_SUPPORT,
    Disposition.DECLINE: LetterName.DECLINE,
    Disposition.REFER_TO_AGENT: LetterName.REFER_TO_AGENT,
}
_TELLS_OF_A_PERSON = frozenset(
    {
        LetterName.REFER_TO_AGENT,
        LetterName.HAZARD,
        LetterName.WITHDRAWAL_BY_LAW,
        LetterName.ADDRESS_QUESTION,
        LetterName.OTHER_INQUIRY,
        LetterName.SEVERAL,
    }
)
_NOT_ABOUT_A_RETURN = "not about a return"
_ONLY_A_PERSON = "the customer wrote something that only a person can answer"
_MAY_BE_A_QUESTION = frozenset({MailKind.OTHER_INQUIRY, MailKind.CLAIM_FOLLOWUP})


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The claim after the mail, the letter to write (None for none) and why a person should look ("" if none need).

    `asks` is True where deadlines count from this letter.
    """

    claim: Claim
    letter: LetterName | None
    why_person: str = ""
    asks: bool = False


def first_answer(claim: Claim) -> Answer:
    """What the first mail of a claim gets, the claim being judged."""
    letter = _letter_by_verdicts(claim)
    if claim.hazard:
        letter = LetterName.HAZARD
    elif claim.declares_withdrawal:
        letter = LetterName.WITHDRAWAL_BY_LAW
    elif not claim.items:
        letter = LetterName.OTHER_INQUIRY
    return _settled(claim, letter)


def next_answer(before: Claim, claim: Claim, understood: Understood, *, new_evidence: tuple[Evidence, ...]) -> Answer:
    """What a further mail of the customer gets; `claim` has learned it and is judged anew, `before` had not.

    No item is decided without the letter that says so: what answers with another letter leaves the items as they were.
    """
    heard = understood.signals
    if Signal.HAZARD in heard and not _warned_since(before, claim):
        return _settled(claim, LetterName.HAZARD)
    as_before = with_status(claim, before.items)
    if Signal.ONLY_THANKS in heard and not new_evidence:
        return Answer(claim=as_before, letter=None, why_person=before.needs_agent_why)
    if Signal.WITHDRAWS in heard and _can_be_withdrawn(as_before):
        withdrawn = moved(as_before, Event.WITHDRAWN, where_possible=True)
        return Answer(claim=replace(withdrawn, needs_agent=False, needs_agent_why=""), letter=LetterName.WITHDRAWN)
    if claim.declares_withdrawal and not before.declares_withdrawal:
        return _settled(claim, LetterName.WITHDRAWAL_BY_LAW)
    if Signal.PARCEL_SENT in heard and _can_be_sent(claim):
        sent = moved(claim, Event.PARCEL_SENT, where_possible=True)
        if _dispositions(before) != _dispositions(claim):
            return _kept_open(before, _settled(sent, _letter_by_verdicts(sent)))
        return Answer(claim=sent, letter=LetterName.PARCEL_SENT, why_person=before.needs_agent_why)
    if not _waits_for_verdict(before):
        return _answer_while_decided(before, claim, understood, new_evidence=new_evidence)
    learned = bool(new_evidence) or _facts(before) != _facts(claim)
    if not learned and before.status is Status.AWAITING_AGENT and Signal.ASKS_STATUS in heard:
        return Answer(
            claim=as_before,
            letter=LetterName.STATUS,
            why_person=before.needs_agent_why or "the customer asks how it stands",
        )
    if not learned and understood.kind in _MAY_BE_A_QUESTION and Signal.ASKS_STATUS not in heard:
        return _question(as_before)
    return _kept_open(before, _settled(claim, _letter_by_verdicts(claim)))


def answer_after_the_end(claim: Claim, understood: Understood) -> Answer:
    """What a mail on an ended claim gets; `claim` was opened again for a person and has learned the mail.

    A danger (S1) and a withdrawal from the contract (S2) are answered as such, whatever became of the claim.
    """
    letter, why = LetterName.REFER_TO_AGENT, "the customer wrote after the claim had ended"
    if Signal.DECLARES_WITHDRAWAL in understood.signals:
        letter, why = LetterName.WITHDRAWAL_BY_LAW, "the customer withdraws from the contract after the claim had ended"
    if Signal.HAZARD in understood.signals:
        letter, why = LetterName.HAZARD, DANGER
    return Answer(claim=replace(claim, acknowledged=True), letter=letter, why_person=why)


def _warned_since(before: Claim, claim: Claim) -> bool:
    """Whether the customer was warned of a danger and nothing has happened since: a person would have told them."""
    stood = [item.status for item in before.items] == [item.status for item in claim.items]
    return before.hazard and before.acknowledged and stood


def _kept_open(before: Claim, answer: Answer) -> Answer:
    """The answer with a question for a person still open, where one was: a photo of the customer does not answer it."""
    if before.needs_agent and not answer.why_person and before.needs_agent_why in (_ONLY_A_PERSON, _NOT_ABOUT_A_RETURN):
        return replace(answer, why_person=before.needs_agent_why)
    return answer


def _answer_while_decided(
    before: Claim, claim: Claim, understood: Understood, *, new_evidence: tuple[Evidence, ...]
) -> Answer:
    """A mail on a claim that waits for a parcel or holds one: told of, taken down, or a question for a person."""
    told_more = bool(new_evidence) or claim.preference != before.preference or claim.tracking != before.tracking
    if told_more or Signal.ASKS_STATUS in understood.signals:
        return Answer(claim=claim, letter=LetterName.STATUS, why_person=before.needs_agent_why)
    return _question(claim)


def _question(claim: Claim) -> Answer:
    """Something only a person can answer; the customer hears that once."""
    letter = None if claim.acknowledged else LetterName.REFER_TO_AGENT
    return Answer(
        claim=replace(claim, acknowledged=True),
        letter=letter,
        why_person=_ONLY_A_PERSON,
    )


def _settled(claim: Claim, letter: LetterName | None) -> Answer:
    why = _why_person(claim)
    tells = letter in _TELLS_OF_A_PERSON and bool(why)
    if letter in (LetterName.REFER_TO_AGENT, LetterName.ADDRESS_QUESTION) and claim.acknowledged:
        letter = None
    asks = claim.status in (Status.AWAITING_CUSTOMER, Status.AWAITING_RETURN)
    return Answer(
        claim=replace(claim, acknowledged=claim.acknowledged or tells), letter=letter, why_person=why, asks=asks
    )


def _letter_by_verdicts(claim: Claim) -> LetterName | None:
    verdicts = [item.verdict for item in claim.items if item.verdict is not None]
    if any(Because.NOT_THE_SENDERS_ORDER in verdict.because for verdict in verdicts):
        return LetterName.ADDRESS_QUESTION
    kinds = {verdict.disposition for verdict in verdicts}
    if len(kinds) > 1:
        return LetterName.SEVERAL
    return _LETTER_OF[kinds.pop()] if kinds else None


def _why_person(claim: Claim) -> str:
    """In one line why a person is needed, "" where none is."""
    if claim.hazard:
        return DANGER
    if not claim.items:
        return _NOT_ABOUT_A_RETURN
    referred = [
        item.verdict
        for item in claim.items
        if item.status is Status.AWAITING_AGENT
        and item.verdict
        and item.verdict.disposition is Disposition.REFER_TO_AGENT
    ]
    return next(
        (verdict.reasons[0] for verdict in referred if verdict.reasons), "a person must decide" if referred else ""
    )


def _dispositions(claim: Claim) -> list[Disposition | None]:
    return [item.verdict.disposition if item.verdict else None for item in claim.items]


def _waits_for_verdict(claim: Claim) -> bool:
    return any(item.status in WAITS_FOR_VERDICT for item in claim.items) or not claim.items


def _can_be_withdrawn(claim: Claim) -> bool:
    return any(allows(item.status, Event.WITHDRAWN) for item in claim.items)


def _can_be_sent(claim: Claim) -> bool:
    return any(item.status in (Status.AWAITING_RETURN, Status.IN_TRANSIT) for item in claim.items)


def _facts(claim: Claim) -> tuple[object, ...]:
    """What a customer can add to: two claims that agree in this differ in nothing the customer said."""
    return (
        claim.order_numbers,
        claim.unknown_order_numbers,
        claim.preference,
        claim.fault_on,
        claim.asks_other_compensation,
        claim.declares_withdrawal,
        claim.left_out,
        tuple(
            (item.sku, item.quantity, item.problem_kind, item.description, item.support_tried) for item in claim.items
        ),
    )

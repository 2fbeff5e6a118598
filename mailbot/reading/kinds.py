"""What a mail is to a returns desk, from what the readers found in it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from mailbot.claims.words import MailKind, ProblemKind, Signal
from mailbot.reading.sentences import Sentence

_COMMAND = re.compile(r"/[a-z][a-z-]{1,20}(?:\s|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the other readers say, as far as the kind of the mail rests on it.

    `reply` where it answers another mail; `about_a_claim` where its subject speaks of a return, `quotes_a_claim`
    where only what it quotes does. `names_product` and `names_order` by the new text, not by the subject of an answer;
    `names_another_order` where that is none that the subject or the quotation names.
    """

    sentences: Sequence[Sentence]
    head: str
    hint: str
    problem: ProblemKind
    problem_confidence: float
    signals: frozenset[Signal]
    has_wish: bool
    names_product: bool
    names_order: bool
    names_another_order: bool
    has_attachments: bool
    has_answers: bool
    reply: bool
    about_a_claim: bool
    quotes_a_claim: bool
    open_claim: bool


@dataclass(frozen=True, slots=True)
class Kind:
    """What a mail is, how sure that is, and why in a sentence; `certain` where no opinion changes it."""

    kind: MailKind
    confidence: float
    why: str
    certain: bool = False


def judge(found: Findings) -> Kind:
    """The kind, by headers, a command's first line, and phrases."""
    if found.hint in (MailKind.BOUNCE, MailKind.AUTO_REPLY, MailKind.SPAM_OR_BULK):
        return Kind(MailKind(found.hint), 0.98, f"its headers say {found.hint}", certain=True)
    if _COMMAND.match(found.head):
        return Kind(MailKind.AGENT_COMMAND, 0.9, "its first line begins with a command", certain=True)
    told = found.problem not in (ProblemKind.NONE, ProblemKind.UNCLEAR)
    bulk = _count(found.sentences, "mail.bulk")
    if (
        bulk >= 2
        and not (found.reply or found.open_claim)
        and bulk > _count(found.sentences, "mail.return", "wish.refund")
    ):
        return Kind(MailKind.SPAM_OR_BULK, 0.75, "it advertises, and asks for nothing that a shop's customer asks for")
    if found.open_claim:
        return _on_a_claim(found, told, 0.95)
    if found.reply and told and found.names_another_order:
        return Kind(
            MailKind.RETURN_REQUEST, 0.9, "it answers a mail, but tells of a problem with another order", certain=True
        )
    if found.reply and found.about_a_claim:
        return _on_a_claim(found, told, 0.85)
    if found.reply and found.quotes_a_claim and not (told and (found.names_product or found.names_order)):
        return _on_a_claim(found, told, 0.8)
    if _speaks_of_an_earlier_mail(found) and (found.has_attachments or not (told and found.names_product)):
        return _on_a_claim(found, told, 0.7)
    if Signal.ONLY_THANKS in found.signals:
        return Kind(MailKind.CLAIM_FOLLOWUP, 0.8, "it only thanks")
    return _new_mail(found, told)


def _on_a_claim(found: Findings, told: bool, sure: float) -> Kind:
    if Signal.WITHDRAWS in found.signals or Signal.ONLY_THANKS in found.signals:
        return Kind(MailKind.CLAIM_FOLLOWUP, sure, "it takes the claim back or only thanks")
    if found.has_attachments or found.has_answers or _count(found.sentences, "mail.evidence"):
        return Kind(MailKind.EVIDENCE_REPLY, sure, "it brings what was asked for")
    if Signal.ASKS_STATUS in found.signals or Signal.PARCEL_SENT in found.signals:
        return Kind(MailKind.CLAIM_FOLLOWUP, sure, "it asks for the state or tells of the parcel")
    if told or found.names_order or found.names_product or found.has_wish:
        return Kind(MailKind.EVIDENCE_REPLY, sure - 0.1, "it adds to a claim")
    return Kind(MailKind.CLAIM_FOLLOWUP, sure - 0.1, "it belongs to a claim and brings nothing new")


def _speaks_of_an_earlier_mail(found: Findings) -> bool:
    """Photos "as requested", or a question about a refund or an answer that is late."""
    if _count(found.sentences, "mail.evidence") and found.problem in (ProblemKind.NONE, ProblemKind.UNCLEAR):
        return True
    return Signal.ASKS_STATUS in found.signals and bool(
        _count(found.sentences, "mail.return", "wish.refund", "wish.replacement", "mail.evidence")
    )


def _new_mail(found: Findings, told: bool) -> Kind:
    inquiry = _count(found.sentences, "mail.inquiry")
    returns = _count(found.sentences, "mail.return")
    if Signal.DECLARES_WITHDRAWAL in found.signals or Signal.HAZARD in found.signals:
        return Kind(MailKind.RETURN_REQUEST, 0.95, "it withdraws from the contract or tells of a danger")
    if found.signals & {Signal.WITHDRAWS, Signal.PARCEL_SENT} and not told:
        return Kind(MailKind.CLAIM_FOLLOWUP, 0.7, "it takes a claim back or tells of a parcel")
    if told:
        # A question before buying speaks of faults too; an order, a product or a wish tells the two apart.
        grounds = (found.names_order, found.names_product, found.has_wish, returns > 0)
        sure = min(0.97, 0.6 + 0.12 * sum(grounds) + 0.1 * (found.problem_confidence - 0.5) - 0.08 * min(inquiry, 3))
        if any(grounds) and sure >= 0.55:
            return Kind(MailKind.RETURN_REQUEST, round(sure, 2), f"it tells of a problem ({found.problem})")
        if not inquiry:
            return Kind(MailKind.RETURN_REQUEST, 0.6, f"it tells of a problem ({found.problem})")
    if inquiry and not told:
        return Kind(MailKind.OTHER_INQUIRY, 0.8 if not returns else 0.6, "it asks about something else than a fault")
    if found.has_wish or returns or found.problem is ProblemKind.UNCLEAR:
        return Kind(MailKind.RETURN_REQUEST, 0.65, "it wants something returned or mended")
    if found.names_order and (found.names_product or found.has_attachments):
        return Kind(MailKind.RETURN_REQUEST, 0.45, "it names an order and says nothing that was recognised")
    return Kind(MailKind.OTHER_INQUIRY, 0.5, "nothing in it speaks of a return")


def _count(sentences: Sequence[Sentence], *names: str) -> int:
    return sum(len(sentence.of(*names)) for sentence in sentences)

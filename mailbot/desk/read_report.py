"""What mailbot understands of one message, as the object of `mailbot read --json` (CONTRACTS)."""

from collections.abc import Mapping, Sequence
from datetime import date

from mailbot.claims.words import MailKind, Proof, Signal
from mailbot.mail.inbound import Address, InboundMail
from mailbot.mail.parse import parse
from mailbot.media.finding import Finding
from mailbot.media.inspect import inspect
from mailbot.media.opening import Opener
from mailbot.reading.knowledge import Knowledge
from mailbot.reading.read import Reader
from mailbot.reading.understood import Problem, Understood

_CONFIDENCE = ("order_numbers", "products", "problem", "kind", "resolution_wanted", "language")


def read_report(
    raw: bytes,
    file: str,
    *,
    reader: Reader,
    opener: Opener,
    today: date,
    knowledge: Knowledge | None = None,
    proofs: Sequence[Proof] = tuple(Proof),
    own_authserv_id: str = "",
    own_addresses: frozenset[str] = frozenset(),
    own_list_ids: frozenset[str] = frozenset(),
    form_addresses: frozenset[str] = frozenset(),
    agent_addresses: frozenset[str] = frozenset(),
) -> dict[str, object]:
    """The contract's object for one message; never raises, whatever the bytes.

    `today` stands for the day of arrival where the message has no Date of its own. `proofs` are those the shop asks
    for; the packing slip counts among them only where `knowledge` has an order of the mail that was shipped in part.
    What is no message gives `"kind": "unreadable"` and an `"error"` beside the same keys.
    """
    try:
        mail = parse(
            raw,
            own_authserv_id=own_authserv_id,
            own_addresses=own_addresses,
            own_list_ids=own_list_ids,
            form_addresses=form_addresses,
            agent_addresses=agent_addresses,
        )
        if mail.unreadable:
            return unreadable_report(file, mail.unreadable)
        understood = reader.read(mail, today=mail.date.date() if mail.date else today)
        findings = inspect(
            mail.attachments,
            captions=understood.captions,
            answers=understood.answers,
            outstanding=_wanted(proofs, understood, knowledge),
            opener=opener,
            problem_kind=understood.problem.kind,
        )
    except Exception as error:  # `mailbot read` is asked about whole folders: a batch never stops at one file
        return unreadable_report(file, f"it could not be read ({type(error).__name__}: {error})"[:300])
    return _report(file, mail, understood, findings)


def unreadable_report(file: str, error: str) -> dict[str, object]:
    """The object for a file that is no message at all; `error` says why, for a person."""
    return {
        "file": file,
        "message_id": "",
        "from": {"name": "", "address": ""},
        "to": [],
        "subject": "",
        "in_reply_to": "",
        "references": [],
        "text": "",
        "reply_text": "",
        "answers": [],
        "language": "",
        "kind": MailKind.UNREADABLE.value,
        "order_numbers": [],
        "products": [],
        "problem": {"kind": "none", "description": ""},
        "resolution_wanted": "none_stated",
        "signals": [],
        "attachments": [],
        "bounced_recipients": [],
        "is_auto_reply": False,
        "is_bounce": False,
        "may_be_answered": False,
        "confidence": dict.fromkeys(_CONFIDENCE, 0.0),
        "why": {},
        "error": error,
    }


def _wanted(proofs: Sequence[Proof], understood: Understood, knowledge: Knowledge | None) -> tuple[Proof, ...]:
    orders = [knowledge.order(number) for number in understood.order_numbers] if knowledge else []
    partial = any(order is not None and order.partial_shipment for order in orders)
    return tuple(proof for proof in proofs if partial or proof is not Proof.PACKING_SLIP)


def _report(file: str, mail: InboundMail, understood: Understood, findings: Sequence[Finding]) -> dict[str, object]:
    sender = mail.sender or (mail.from_as_written[0] if mail.from_as_written else Address(name="", address=""))
    dangers = {Signal.HAZARD} if any(finding.hazard for finding in findings) else set()
    said = understood.signals | dangers
    return {
        "file": file,
        "message_id": mail.message_id,
        "from": {"name": sender.name, "address": sender.address},
        "to": [address.address for address in mail.to],
        "subject": mail.subject,
        "in_reply_to": mail.in_reply_to,
        "references": list(mail.references),
        "text": mail.text,
        "reply_text": mail.reply_text,
        "answers": [{"to": answer.to, "answer": answer.answer} for answer in understood.answers],
        "language": understood.language,
        "kind": understood.kind.value,
        "order_numbers": list(understood.order_numbers),
        "products": [
            {
                "sku": product.sku,
                "name_as_written": product.name_as_written,
                # A product named without a number is one unit (POLICY.md, "Quantity unknown is one").
                "quantity": 1 if product.quantity is None else product.quantity,
                "problem": _problem(product.problem or understood.problem),
            }
            for product in understood.products
        ],
        "problem": _problem(understood.problem),
        "resolution_wanted": understood.wish.value,
        "signals": [signal.value for signal in Signal if signal in said],
        "attachments": [_attachment(finding) for finding in findings],
        "bounced_recipients": list(mail.bounced_recipients),
        "is_auto_reply": understood.kind is MailKind.AUTO_REPLY,
        "is_bounce": understood.kind is MailKind.BOUNCE,
        "may_be_answered": not mail.silent,
        "confidence": dict(understood.confidence),
        "why": _listed(understood.why),
    }


def _problem(problem: Problem) -> dict[str, object]:
    return {"kind": problem.kind.value, "description": problem.description}


def _attachment(finding: Finding) -> dict[str, object]:
    return {
        "filename": finding.filename,
        "content_type": finding.content_type,
        "size": finding.size,
        "sha256": finding.sha256,
        "media": finding.media,
        "role": finding.role,
        "usable": finding.usable,
        "shows": [proof.value for proof in finding.shows],
        "reasons": [reason.value for reason in finding.reasons],
        "why": list(finding.signals),
    }


def _listed(why: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    return {name: list(words) for name, words in why.items()}

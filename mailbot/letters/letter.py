"""Which letters there are, and what each may say: the typed values that a template sees.

Templates get these as plain strings, numbers, days, lists and dictionaries (`plain`), never as objects of ours.
"""

from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, StrEnum
from functools import cache
from typing import Any


class LetterName(StrEnum):
    """One template file a letter a language."""

    APPROVE_RETURN = "approve_return"
    REQUEST_INFORMATION = "request_information"
    OFFER_SUPPORT = "offer_support"
    DECLINE = "decline"
    REFER_TO_AGENT = "refer_to_agent"
    SEVERAL = "several"
    HAZARD = "hazard"
    WITHDRAWAL_BY_LAW = "withdrawal_by_law"
    ADDRESS_QUESTION = "address_question"
    OTHER_INQUIRY = "other_inquiry"
    UNREADABLE = "unreadable"
    NEUTRAL = "neutral"
    REMINDER = "reminder"
    RETURN_REMINDER = "return_reminder"
    STATUS = "status"
    PARCEL_SENT = "parcel_sent"
    WITHDRAWN = "withdrawn"
    RECEIVED = "received"
    INSPECTED_DEFECT = "inspected_defect"
    INSPECTED_NO_DEFECT = "inspected_no_defect"
    INSPECTED_MISUSE = "inspected_misuse"
    REFUNDED = "refunded"
    REPLACED = "replaced"
    RETURNED_TO_CUSTOMER = "returned_to_customer"
    REPLY = "reply"
    CLOSED = "closed"
    AGENT_NOTIFICATION = "agent_notification"
    AGENT_TRANSCRIPT = "agent_transcript"
    AGENT_REFUSAL = "agent_refusal"
    AGENT_DIGEST = "agent_digest"
    AGENT_ALARM = "agent_alarm"


ACKNOWLEDGEMENTS: frozenset[LetterName] = frozenset(
    {
        LetterName.REFER_TO_AGENT,
        LetterName.ADDRESS_QUESTION,
        LetterName.OTHER_INQUIRY,
        LetterName.UNREADABLE,
        LetterName.NEUTRAL,
    }
)
"""Letters that decide nothing (DESIGN, "What must always hold" 6); an uncertain one is dropped, not sent again."""

TO_AGENTS: frozenset[LetterName] = frozenset(name for name in LetterName if name.value.startswith("agent_"))
"""Letters that go to agents, never to a customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopView:
    """The shop as its letters show it; the colours are those of the HTML part, as `#rrggbb`."""

    name: str
    address: str
    return_address: tuple[str, ...] = ()
    legal_footer: str = ""
    accent: str = "#1a5fb4"
    text_colour: str = "#1f2328"
    background: str = "#ffffff"


@dataclass(frozen=True, slots=True, kw_only=True)
class WindowView:
    """A window as it was counted; `name` is "doa_after_delivery", "defect_after_delivery", "defect_after_shipment"."""

    name: str
    since: date
    days: int
    limit: int
    met: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemView:
    """One item of the claim in a letter. `missing` holds the contract's names.

    `name` is the catalogue's or, where `sku` is empty, the words used. `reason` is an agent's own text for a decline,
    "" otherwise. `because` holds the verdict's machine words.
    `accessories` are the catalogue's, which come back with the item (rule R1).
    """

    index: int
    name: str
    sku: str
    quantity: int
    problem_kind: str
    problem: str
    status: str
    disposition: str
    rule: str
    missing: tuple[str, ...] = ()
    resolution: str = ""
    shipping_paid_by: str = ""
    windows: tuple[WindowView, ...] = ()
    because: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    reason: str = ""
    accessories: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """One file the customer sent: what it was taken for, or why it does not serve.

    `number` as `/evidence N KIND` uses it. `shows` proofs, `reasons` of the contract's list; both empty for an ignored
    file.
    """

    number: int
    filename: str
    shows: tuple[str, ...] = ()
    usable: bool = True
    reasons: tuple[str, ...] = ()
    provisional: bool = False
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ChecklistView:
    """All in one list: what arrived and what is missing (contract's names), what did not serve, what was too large."""

    arrived: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unusable: tuple[FileView, ...] = ()
    left_out: tuple[FileView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteView:
    """The return note of rule R9, which stands in the letter's text."""

    rma: str
    order_number: str
    lines: tuple[ItemView, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryView:
    """One line of the claim's history for agents."""

    at: datetime
    actor: str
    event: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandView:
    """One command of an agent's mail and what became of it."""

    line: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentView:
    """What only agents see: who wrote, the dates counted, the reasons, the words, and how to answer.

    `commands` are suggestions that fit this claim. `reply_link` is the mailto link whose subject carries the token.
    `urgent` for S1. `why` says in one line why a person is needed. `customer_language` is the code of the language
    that the customer writes. `refusals` say why nothing was done and what was meant.
    """

    name: str
    why: str = ""
    urgent: bool = False
    reasons: tuple[str, ...] = ()
    words: str = ""
    sender: str = ""
    subject: str = ""
    files: tuple[FileView, ...] = ()
    history: tuple[HistoryView, ...] = ()
    commands: tuple[CommandView, ...] = ()
    suggestions: tuple[str, ...] = ()
    refusals: tuple[str, ...] = ()
    note_kept: bool = False
    customer_letter: str = ""
    reply_link: str = ""
    claims: tuple[str, ...] = ()
    alarm: str = ""
    order_text: tuple[str, ...] = ()
    customer_language: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterFacts:
    """Everything a letter may say; what a letter is not about keeps its empty default.

    `proven` False takes every text of the sender's out of reach (no name, subject, number or file name).
    `order_number_unknown` is a number as written that the shop does not hold. `statutory_note` is the configured note
    of the customer's country. `arrived_on` is the day on which what the letter is about (a withdrawal, a parcel)
    reached the shop, `answer_by` the day by which a person answers, `closes_on` the day when silence ends the claim.
    `language` is the letter's own, not always the customer's (`agent.customer_language`). Moments are in the shop's
    time zone. `text` is an agent's text to the customer.
    """

    letter: LetterName
    language: str
    shop: ShopView
    proven: bool = True
    customer_name: str = ""
    customer_address: str = ""
    rma: str = ""
    number: int = 0
    status: str = ""
    order_numbers: tuple[str, ...] = ()
    order_number_unknown: str = ""
    preference: str = ""
    items: tuple[ItemView, ...] = ()
    checklist: ChecklistView = field(default_factory=ChecklistView)
    note: NoteView | None = None
    contact_on: date | None = None
    arrived_on: date | None = None
    shipped_on: date | None = None
    delivered_on: date | None = None
    days_since_delivery: int | None = None
    answer_by: date | None = None
    closes_on: date | None = None
    statutory_note: str = ""
    tracking: str = ""
    amount: Decimal | None = None
    currency: str = ""
    missing_accessories: tuple[str, ...] = ()
    text: str = ""
    agent: AgentView | None = None


def plain(value: Any) -> Any:
    """The same value made of str, int, bool, Decimal, date, datetime, None, list and dict only."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, str):
        return value
    if isinstance(value, (tuple, list, frozenset)):
        return [plain(one) for one in value]
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _names_of(type(value))}
    return value


@cache
def _names_of(view: type) -> tuple[str, ...]:
    return tuple(part.name for part in fields(view))

"""A claim: one customer's case from the first mail to the money, the replacement or another end.

Values only. What changes a claim makes a new one (`dataclasses.replace`); the database keeps the versions apart.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal

from mailbot.claims.verdict import Verdict
from mailbot.claims.words import ENDED, ProblemKind, Proof, Status, Unusable, Wish

Inspection = Literal["defect", "no_defect", "misuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a fact comes from: `by` is "mail:17" (an inbox row), "order", or a person's address.

    `words` are those it rests on; `confidence` is 1.0 for what a person or the order says.
    """

    by: str
    words: str = ""
    confidence: float = 1.0

    @property
    def is_person(self) -> bool:
        """Whether an agent or the operator said it: reading never overwrites that."""
        return not self.by.startswith("mail:") and self.by != "order"


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item of a claim: an order line, its quantity, its problem and what became of it.

    `sources` by field name. `verdict` is the last one, the policy's or (with `overridden_by`) a person's.
    """

    sku: str | None = None
    name: str = ""
    quantity: int | None = None
    problem_kind: ProblemKind = ProblemKind.UNCLEAR
    description: str = ""
    detailed: bool = False
    support_tried: bool = False
    status: Status = Status.AWAITING_AGENT
    verdict: Verdict | None = None
    inspection: Inspection | None = None
    missing_accessories: tuple[str, ...] = ()
    sources: Mapping[str, Source] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One file of the customer after inspection; `number` is what `/evidence N KIND` uses, counted over the claim.

    `mail` is the inbox row it came with, `part` its place among that mail's files (from 0). `item` is the index of the
    item it proves (from 0), None where it serves all. `confirmed_by` names the agent who said what it shows.
    """

    number: int
    mail: int
    part: int
    filename: str
    content_type: str
    size: int
    sha256: str
    media: str
    role: Literal["evidence", "ignored"]
    usable: bool
    shows: tuple[Proof, ...] = ()
    reasons: tuple[Unusable, ...] = ()
    signals: tuple[str, ...] = ()
    provisional: bool = False
    item: int | None = None
    confirmed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that happened to a claim. `actor` is "customer", "mailbot", "operator" or an agent's address.

    Exactly one entry a mail of the customer has the actor "customer". `detail` is plain JSON; `mail` the inbox row.
    """

    at: datetime
    actor: str
    event: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    mail: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """What the next letter of this claim answers: the customer's latest mail."""

    subject: str = ""
    message_id: str = ""
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A claim with its facts, each remembering its source in `sources` (by field name).

    `number` is 0 until it is stored. `order_numbers` are those the shop knows; `unknown_order_numbers` were named as
    written and not found (asked about once, `unknown_order_asked`). `owner_confirmed_by` names the person who confirmed
    that the sender may act for the order; `admitted` are further addresses an agent let in. `left_out` names files that
    were too large to take. `person_decides` keeps the policy from deciding until a person has. `anchor` is the letter
    (its outbox key) that deadlines count from, put at `anchored_at`; `heard_at` is when
    the customer last wrote after the first mail, `reminders_sent` counts the reminders since the later of both.
    `acknowledged` tells that the customer knows of a person answering, since nobody has yet; `person_at` is when a
    person last did something on the claim. `version` counts stored changes, for optimistic locking.
    """

    number: int = 0
    rma: str = ""
    token: str = ""
    status: Status = Status.AWAITING_AGENT
    customer: str = ""
    customer_name: str = ""
    proven: bool = False
    language: str = "en"
    order_numbers: tuple[str, ...] = ()
    unknown_order_numbers: tuple[str, ...] = ()
    unknown_order_asked: bool = False
    unknown_order_again: bool = False
    items: tuple[Item, ...] = ()
    preference: Wish | None = None
    fault_on: date | None = None
    asks_other_compensation: bool = False
    hazard: bool = False
    declares_withdrawal: bool = False
    owner_confirmed_by: str | None = None
    admitted: tuple[str, ...] = ()
    person_decides: bool = False
    first_contact_at: datetime
    contact_day_unknown: bool = False
    updated_at: datetime
    needs_agent: bool = False
    needs_agent_why: str = ""
    undeliverable: bool = False
    possible_duplicate: bool = False
    messages_in: int = 0
    messages_out: int = 0
    tracking: str = ""
    thread: Thread = Thread()
    left_out: tuple[str, ...] = ()
    flagged: tuple[str, ...] = ()
    anchor: str = ""
    anchored_at: datetime | None = None
    heard_at: datetime | None = None
    reminders_sent: int = 0
    acknowledged: bool = False
    person_at: datetime | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    version: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing more is owed by anyone."""
        return self.status in ENDED

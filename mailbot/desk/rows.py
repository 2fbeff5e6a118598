"""The rows that the desk keeps beside its claims: mails, letters, timers, tokens, pending joins."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from mailbot.desk.ports import LeftOut


class InboxState(StrEnum):
    """The life of a kept mail."""

    KEPT = "kept"
    HANDLED = "handled"
    QUARANTINED = "quarantined"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMail:
    """A fetched mail about to be kept. `blob` names its raw bytes; size in bytes as the server said.

    `late` marks mail that already lay there at first start and is older than three days: a person, no letter.
    `not_given` says why the server did not give the mail; it is kept in quarantine then.
    """

    mailbox: str
    uidvalidity: int
    uid: int
    blob: str
    size: int
    internal_at: datetime
    left_out: tuple[LeftOut, ...] = ()
    late: bool = False
    not_given: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptMail:
    """One row of the inbox."""

    id: int
    mailbox: str
    uidvalidity: int
    uid: int
    blob: str
    size: int
    internal_at: datetime
    kept_at: datetime
    state: InboxState
    attempts: int
    left_out: tuple[LeftOut, ...] = ()
    late: bool = False
    message_id: str = ""
    sender: str = ""
    subject: str = ""
    route: str = ""
    reason: str = ""
    claim: int | None = None
    acknowledged: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MailOutcome:
    """What became of a mail, written in the transaction that decides it."""

    state: InboxState
    route: str
    reason: str = ""
    claim: int | None = None
    message_id: str = ""
    sender: str = ""
    subject: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """How far a mailbox was read, and how mail that lay there at `first_start_at` is to be treated.

    `first_start` is the setting as it was then: "new", "unseen" or "all". It outlives a change of UIDVALIDITY.
    """

    mailbox: str
    uidvalidity: int
    last_uid: int
    first_start_at: datetime
    first_start: str = "new"


class OutboxState(StrEnum):
    """ready -> sending -> sent | retry | failed | uncertain (DESIGN, "What must always hold" 2); dropped, cancelled."""

    READY = "ready"
    SENDING = "sending"
    SENT = "sent"
    RETRY = "retry"
    FAILED = "failed"
    UNCERTAIN = "uncertain"
    DROPPED = "dropped"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewLetter:
    """A letter frozen as bytes. `key` is unique: what was decided once cannot be put twice.

    `audience` is "customer" or "agent". `automatic` counts against the caps, `acknowledgement` is dropped when
    its fate is uncertain, `proven` tells whether the recipient was a proven address. `command` groups the letters of
    one command mail for `/undo`. `not_before` holds a letter back while it may still be undone.
    """

    key: str
    letter: str
    audience: str
    claim: int | None
    recipient: str
    message_id: str
    reference: str
    raw: bytes
    automatic: bool
    acknowledgement: bool
    proven: bool
    not_before: datetime
    mail: int | None = None
    command: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxRow:
    """One row of the outbox; `attempts` counts tries begun."""

    id: int
    key: str
    letter: str
    audience: str
    claim: int | None
    recipient: str
    message_id: str
    reference: str
    raw: bytes
    automatic: bool
    acknowledgement: bool
    proven: bool
    state: OutboxState
    attempts: int
    created_at: datetime
    not_before: datetime
    first_try_at: datetime | None = None
    uncertain_since: datetime | None = None
    sent_at: datetime | None = None
    error: str = ""
    mail: int | None = None
    command: str = ""


class TimerKind(StrEnum):
    """What falls due on a claim."""

    REMINDER = "reminder"
    EXPIRY = "expiry"
    RETURN_REMINDER = "return_reminder"
    RETURN_EXPIRY = "return_expiry"


@dataclass(frozen=True, slots=True, kw_only=True)
class Timer:
    """Something due at a wall-clock moment, counted from the letter `anchor` (an outbox key) by `after_days`.

    `sequence` tells the first reminder from the second. The due moment is set again from the day the letter was sent.
    """

    claim: int
    kind: TimerKind
    sequence: int
    anchor: str
    after_days: int
    due_at: datetime
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """An agent's token: for one agent, one claim and one notification (DESIGN, "What must always hold" 5)."""

    token: str
    agent: str
    claim: int
    notification: str
    issued_at: datetime
    expires_at: datetime
    spent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingJoin:
    """A mail that correlates to a claim without being of its customer; an agent admits it or not."""

    id: int
    claim: int
    mail: int
    address: str
    asked_at: datetime
    admitted_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFilter:
    """The filters of `mailbot claims list`; None means any."""

    status: str | None = None
    customer: str | None = None
    order: str | None = None
    language: str | None = None
    needs_agent: bool | None = None
    since: datetime | None = None

"""What the use cases need from outside: small protocols, one for each thing that is asked.

Connectors implement them, `tests/fakes.py` holds their small honest fakes, and one contract suite runs on both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol


class MailboxError(Exception):
    """The mailbox did not do what was asked; `transient` says whether trying again helps."""

    transient = True


class MailboxRefused(MailboxError):
    """The server refused the sign-in or the folder: only a person can mend it."""

    transient = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderState:
    """What SELECT said of the folder (RFC 9051 section 6.3.2)."""

    uidvalidity: int
    uidnext: int
    can_idle: bool
    can_move: bool
    keywords_allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class MailSummary:
    """What is looked at before a body is fetched: RFC822.SIZE in bytes, INTERNALDATE (aware), \\Seen."""

    uid: int
    size: int
    internal_at: datetime
    seen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftOut:
    """A file of a message over the limit that stays on the server; size in bytes as BODYSTRUCTURE says."""

    filename: str
    content_type: str
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PartialMail:
    """A message over the limit: headers and text parts alone, composed to one message; the rest is named."""

    raw: bytes
    left_out: tuple[LeftOut, ...]


class Mailbox(Protocol):
    """One folder of one account. Every call may raise MailboxError; none hangs longer than its timeout."""

    def open(self) -> FolderState:
        """Connect if not connected, select the folder, tell its state (asked anew at every call)."""
        ...

    def uids_above(self, uid: int) -> Sequence[int]:
        """The UIDs greater than `uid`, ascending; never `uid` itself although servers answer `n:*` with it."""
        ...

    def summaries(self, uids: Sequence[int]) -> Sequence[MailSummary]:
        """Sizes and days of these mails; those that vanished meanwhile are missing from the answer."""
        ...

    def fetch(self, uid: int) -> bytes | None:
        """The whole raw message with PEEK, None where it vanished; never for a message over the limit."""
        ...

    def fetch_text(self, uid: int) -> PartialMail | None:
        """Headers and text parts of a message over the limit, None where it vanished."""
        ...

    def wait(self, seconds: float) -> bool:
        """Wait for news, with IDLE where the server offers it; True as soon as something changed."""
        ...

    def interrupt(self) -> None:
        """End a `wait` of another thread soon; the only call that may come from elsewhere."""
        ...

    def acknowledge(self, uid: int, *, handled: bool) -> None:
        """Flag the mail and move it to the processed (or quarantine) folder where one is configured. Idempotent."""
        ...

    def close(self) -> None:
        """Log out; never raises."""
        ...


class SentFolder(Protocol):
    """The account's Sent folder, asked only for letters whose fate is uncertain (DESIGN, "What must always hold" 2)."""

    def holds(self, *, message_id: str, reference: str, sent_on: date) -> bool | None:
        """Whether a copy lies there: by day, headers compared exactly. None where there is no such folder."""
        ...


class DeliveryError(Exception):
    """A letter was not accepted; the text holds what the server said, cleaned."""


class TransientDeliveryError(DeliveryError):
    """4xx, or no connection: the same letter may be tried again later."""


class PermanentDeliveryError(DeliveryError):
    """5xx: trying the same letter again does not help."""


class UncertainDeliveryError(DeliveryError):
    """Silence after the final dot: nobody knows whether the server took the letter."""


class SubmissionRefused(DeliveryError):
    """The server refused us (sign-in, TLS), not this letter: sending stops as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """SMTP sender and recipient (RFC 5321); the letter's headers do not matter to it."""

    sender: str
    recipient: str


class Transport(Protocol):
    """Hands letters to the shop's submission server, one connection for many letters."""

    def send(self, envelope: Envelope, raw: bytes) -> None:
        """Return once the server has said 250 after the final dot; raise one of DeliveryError's kinds otherwise."""
        ...

    def close(self) -> None:
        """End the session; never raises."""
        ...


class BlobStore(Protocol):
    """Bytes by the SHA-256 of their content (hex)."""

    def put(self, content: bytes) -> str:
        """Store durably (file and folder fsynced before it returns) and name it; storing twice is harmless."""
        ...

    def get(self, name: str) -> bytes:
        """The bytes of this name; KeyError where there are none."""
        ...

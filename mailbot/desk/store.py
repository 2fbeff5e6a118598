"""The port to the database: transactions, and what a use case may ask inside one.

All moments are aware; the store keeps them in UTC and gives them back aware (UTC). Every method may raise
StoreUnavailable.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any, Protocol

from mailbot.claims.claim import Claim, Evidence, HistoryEntry
from mailbot.desk.rows import (
    ClaimFilter,
    Cursor,
    KeptMail,
    MailOutcome,
    NewLetter,
    NewMail,
    OutboxRow,
    OutboxState,
    PendingJoin,
    Timer,
    Token,
)


class StoreUnavailable(Exception):
    """The database did not answer (locked, full, gone): nothing was changed, the same may be tried again later."""


class Conflict(Exception):
    """Somebody else changed the row meanwhile: read again and decide again."""


class Transaction(Protocol):
    """One transaction; it commits when its `with` block ends well and rolls back when it does not."""

    # -- mails -------------------------------------------------------------------------------------------------------
    def cursor(self, mailbox: str) -> Cursor | None: ...
    def set_cursor(self, cursor: Cursor) -> None: ...
    def keep(self, mails: Sequence[NewMail], *, at: datetime) -> int:
        """Insert what is new; a (mailbox, UIDVALIDITY, UID) that is there already is left alone. Returns how many
        were new.
        """
        ...

    def lease_mail(self, holder: str, *, at: datetime, passing_over: Collection[int] = ()) -> KeptMail | None:
        """The oldest mail that waits and nobody holds, now held by `holder`; none of those passed over."""
        ...

    def release_mail(self, mail_id: int, *, count_back: bool) -> None:
        """Let go of a mail that could not be handled now; `count_back` takes its try back (transient failures)."""
        ...

    def mail(self, mail_id: int) -> KeptMail | None: ...
    def finish_mail(self, mail_id: int, outcome: MailOutcome, *, at: datetime) -> None:
        """Write the outcome of a mail that is still `kept`; Conflict where it is not any more."""
        ...

    def first_with_content(self, content_key: str, mail_id: int) -> int | None:
        """Register this content key for this mail; returns the earlier mail's id where the key is taken, None where
        it was free.
        """
        ...

    def unacknowledged(self, mailbox: str, uidvalidity: int, limit: int) -> Sequence[KeptMail]:
        """Handled or quarantined mails whose flag or move was not confirmed yet."""
        ...

    def mark_acknowledged(self, mail_ids: Iterable[int]) -> None: ...
    def quarantined(self) -> Sequence[KeptMail]: ...
    def retry_mail(self, mail_id: int) -> None:
        """A quarantined mail waits again, with no tries counted."""
        ...

    # -- claims ------------------------------------------------------------------------------------------------------
    def add_claim(self, claim: Claim) -> Claim:
        """Store a new claim; the answer carries its number (its RMA number and token are given by the caller)."""
        ...

    def save_claim(self, claim: Claim) -> Claim:
        """Store a changed claim if its version is still the stored one; Conflict otherwise. The answer has the next
        version.
        """
        ...

    def count_letter_sent(self, number: int) -> None:
        """One more letter to the customer was sent (`messages_out`); the claim has the next version."""
        ...

    def claim(self, number: int) -> Claim | None: ...
    def claim_by_rma(self, rma: str) -> Claim | None: ...
    def claim_by_token(self, token: str) -> Claim | None: ...
    def claim_by_message_ids(self, message_ids: Sequence[str]) -> Claim | None:
        """The claim of the first of these Message-IDs that is a letter of ours or a mail that joined a claim."""
        ...

    def open_claims_of(self, customer: str) -> Sequence[Claim]:
        """Claims of this address that have not ended, the newest first."""
        ...

    def claims(self, wanted: ClaimFilter) -> Sequence[Claim]: ...
    def add_history(self, number: int, entries: Iterable[HistoryEntry]) -> None: ...
    def history(self, number: int) -> Sequence[HistoryEntry]: ...
    def evidence(self, number: int) -> Sequence[Evidence]: ...
    def put_evidence(self, number: int, evidence: Iterable[Evidence]) -> None:
        """Insert or replace by number."""
        ...

    def claims_with_content(self, sha256: str) -> Sequence[int]:
        """The claims whose evidence holds a file of exactly these bytes."""
        ...

    def add_pending_join(self, number: int, mail_id: int, address: str, *, at: datetime) -> None: ...
    def pending_joins(self, number: int) -> Sequence[PendingJoin]: ...
    def admit(self, join_id: int, *, by: str) -> None: ...

    # -- letters -----------------------------------------------------------------------------------------------------
    def put_letter(self, letter: NewLetter, *, at: datetime) -> bool:
        """Put a letter; False (and nothing changed) where its key is there already.

        It falls due at `not_before`, and not before an earlier one of its claim and recipient that still waits.
        """
        ...

    def lease_letter(self, holder: str, *, at: datetime) -> OutboxRow | None:
        """The oldest letter that is due (ready or retry, `not_before` and next try reached), now `sending`, its try
        counted.
        """
        ...

    def settle_letter(
        self, row_id: int, state: OutboxState, *, at: datetime, error: str = "", next_try_at: datetime | None = None
    ) -> None:
        """What became of a leased letter; one that is put off takes later ones of its claim and recipient with it."""
        ...

    def uncertain_letters(self, *, before: datetime) -> Sequence[OutboxRow]:
        """Letters uncertain since before this moment."""
        ...

    def letter(self, key: str) -> OutboxRow | None: ...
    def letter_by_message_id(self, message_id: str) -> OutboxRow | None: ...
    def letter_by_reference(self, reference: str) -> OutboxRow | None: ...
    def letters_of_claim(self, number: int) -> Sequence[OutboxRow]: ...
    def cancel_letters(self, command: str) -> bool:
        """Cancel the letters of one command if all of them still wait; False and nothing changed otherwise."""
        ...

    def remember_before(self, command: str, claim: Claim, evidence: Sequence[Evidence]) -> None:
        """Keep a claim as it was before a command, for `/undo`; only the last one of each claim is kept."""
        ...

    def before_last_command(self, number: int) -> tuple[str, Claim, Sequence[Evidence]] | None:
        """The last command's key with the claim and its evidence as they were before it."""
        ...

    def forget_before(self, number: int) -> None: ...
    def next_letter_at(self) -> datetime | None:
        """When the next letter falls due, None where none waits."""
        ...

    def unproven_letters_to(self, address: str, *, since: datetime) -> Sequence[OutboxRow]:
        """Automatic letters put for this address while nothing proved it, upper and lower case aside."""
        ...

    def automatic_letters_on(self, number: int, *, since: datetime) -> int: ...
    def unproven_letters(self, *, since: datetime) -> int: ...
    def letters_sent(self, *, since: datetime) -> int: ...

    # -- timers, tokens, what is known of addresses, secrets, marks ----------------------------------------------------
    def set_timers(self, number: int, timers: Iterable[Timer]) -> None:
        """Replace all timers of a claim."""
        ...

    def due_timers(self, *, at: datetime, limit: int) -> Sequence[Timer]: ...
    def move_timer(self, timer_id: int, due_at: datetime) -> None: ...
    def drop_timer(self, timer_id: int) -> None: ...
    def add_token(self, token: Token) -> None: ...
    def token(self, text: str) -> Token | None: ...
    def spend_token(self, text: str, *, at: datetime) -> None:
        """Conflict where it was spent meanwhile."""
        ...

    def is_proven(self, address: str) -> bool: ...
    def mark_proven(self, address: str, *, how: str, at: datetime) -> None: ...
    def secret(self, name: str) -> bytes:
        """32 random bytes, made at first use and kept in the database (a restore must find them)."""
        ...

    def mark(self, name: str) -> Any:
        """A small JSON value by name, None where there is none."""
        ...

    def set_mark(self, name: str, value: Any) -> None: ...

    def last_good_templates(self) -> Mapping[tuple[str, str], str]:
        """By (language, letter): the last source that passed the check."""
        ...

    def keep_templates(self, sources: Mapping[tuple[str, str], str], *, at: datetime) -> None:
        """Keep these and only these."""
        ...


class Store(Protocol):
    """The database."""

    def transaction(self) -> AbstractContextManager[Transaction]:
        """A write transaction; it takes the write lock at once where the database has one."""
        ...

    def reading(self) -> AbstractContextManager[Transaction]:
        """A read-only view; nothing written in it is kept."""
        ...

    def counting(self) -> AbstractContextManager[Transaction]:
        """A transaction for `lease_mail` and `release_mail` alone, which a power cut may forget but no kill can."""
        ...

    def release_dead(self, *, at: datetime) -> int:
        """Free what processes hold that live no more: mails wait again, letters in `sending` become `uncertain`."""
        ...

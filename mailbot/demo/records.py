"""What mailbot's own records say of a claim or a mail, once it has come to rest: the demo checks itself by them."""

import time
from collections.abc import Callable
from typing import TypeVar

from mailbot.claims.claim import Claim, Evidence, HistoryEntry
from mailbot.desk.rows import ClaimFilter, InboxState, KeptMail, OutboxRow, OutboxState
from mailbot.desk.store import Store

T = TypeVar("T")

_TIMEOUT_SECONDS = 15.0
_LOOK_EVERY_SECONDS = 0.05
_UNDER_WAY = frozenset({OutboxState.READY, OutboxState.SENDING, OutboxState.RETRY})


class NotAtRest(Exception):
    """A mail was not handled, or a letter did not go out, in time; the text says which."""


class Records:
    """The database of the running daemon, read only."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def claim_of(self, customer: str) -> Claim | None:
        """The newest claim of this address."""
        with self._store.reading() as tx:
            return max(tx.claims(ClaimFilter(customer=customer)), key=lambda one: one.number, default=None)

    def claim(self, number: int) -> Claim | None:
        """The claim of this number."""
        with self._store.reading() as tx:
            return tx.claim(number)

    def evidence(self, number: int) -> tuple[Evidence, ...]:
        """The files of a claim."""
        with self._store.reading() as tx:
            return tuple(tx.evidence(number))

    def history(self, number: int) -> tuple[HistoryEntry, ...]:
        """What happened to a claim."""
        with self._store.reading() as tx:
            return tuple(tx.history(number))

    def letters_at_rest(self, number: int) -> tuple[OutboxRow, ...]:
        """All letters of a claim, once none is on its way any more. Raises NotAtRest."""

        def settled() -> tuple[OutboxRow, ...] | None:
            with self._store.reading() as tx:
                rows = tuple(tx.letters_of_claim(number))
            return None if any(row.state in _UNDER_WAY for row in rows) else rows

        return _soon(settled, f"a letter of claim {number} did not go out")

    def kind_of_letter(self, message_id: str) -> tuple[str, str] | None:
        """Name and language of a letter of ours, None where the Message-ID is none of ours."""
        with self._store.reading() as tx:
            row = tx.letter_by_message_id(message_id)
            claim = tx.claim(row.claim) if row and row.claim else None
        if row is None:
            return None
        return row.letter, claim.language if claim and row.audience == "customer" else ""

    def letters_caused_by(self, mail: KeptMail) -> tuple[OutboxRow, ...]:
        """The letters that answer a mail, whoever they went to."""
        with self._store.reading() as tx:
            claims = tx.claims(ClaimFilter())
            rows = [row for claim in claims for row in tx.letters_of_claim(claim.number)]
        return tuple(row for row in rows if row.mail == mail.id)

    def handled(self, message_id: str) -> KeptMail:
        """The mail of this Message-ID, once the daemon is done with it. Raises NotAtRest."""

        def found() -> KeptMail | None:
            return next((mail for mail in self.handled_after(0) if mail.message_id == message_id), None)

        return _soon(found, f"the mail {message_id} was not handled")

    def handled_after(self, mail_id: int) -> list[KeptMail]:
        """The mails after this one that are done with, up to the first that is not."""
        mails: list[KeptMail] = []
        with self._store.reading() as tx:
            while (mail := tx.mail(mail_id + len(mails) + 1)) is not None and mail.state is not InboxState.KEPT:
                mails.append(mail)
        return mails


def _soon(look: Callable[[], T | None], complaint: str) -> T:
    give_up_at = time.monotonic() + _TIMEOUT_SECONDS
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() > give_up_at:
            raise NotAtRest(f"{complaint} within {_TIMEOUT_SECONDS:.0f} seconds")
        time.sleep(_LOOK_EVERY_SECONDS)

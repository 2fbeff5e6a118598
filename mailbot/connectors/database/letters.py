"""The outbox: letters put once, leased, settled; and the counts that the caps on automatic letters ask for."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as given

from mailbot.connectors.database import documents
from mailbot.connectors.database.dialect import ascii_lower, insert_if_new
from mailbot.connectors.database.tables import SENDING, SENT, UNCERTAIN, WAITING, outbox
from mailbot.connectors.database.work import Work
from mailbot.desk.rows import NewLetter, OutboxRow, OutboxState
from mailbot.desk.store import Conflict

_LEASE = (
    sa.update(outbox)
    .where(
        outbox.c.id
        == sa.select(outbox.c.id)
        .where(sa.text(WAITING), outbox.c.due_at <= given("at"))
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    .values(
        state=OutboxState.SENDING.value,
        holder=given("new_holder"),
        attempts=outbox.c.attempts + 1,
        first_try_at=sa.func.coalesce(outbox.c.first_try_at, given("at", type_=outbox.c.first_try_at.type)),
    )
    .returning(outbox)
)
_SETTLE = (
    sa.update(outbox)
    .where(outbox.c.id == given("row"), sa.or_(sa.text(SENDING), sa.text(UNCERTAIN)))
    .values(
        state=given("new_state"),
        holder=None,
        error=given("new_error"),
        due_at=sa.func.coalesce(given("next_try_at", type_=outbox.c.due_at.type), outbox.c.due_at),
        sent_at=sa.func.coalesce(given("sent", type_=outbox.c.sent_at.type), outbox.c.sent_at),
        uncertain_since=sa.func.coalesce(given("uncertain", type_=outbox.c.sent_at.type), outbox.c.uncertain_since),
    )
)
# A letter of a thread never overtakes an earlier one that the server put off or that may still be undone: its moment
# moves behind that one's.
_earlier = outbox.alias("earlier")
_PUT_OFF_LATER_ONES = (
    sa.update(outbox)
    .where(
        sa.text(WAITING),
        outbox.c.due_at < given("until"),
        outbox.c.id > given("row"),
        sa.exists().where(
            _earlier.c.id == given("row"),
            _earlier.c.claim == outbox.c.claim,
            _earlier.c.recipient == outbox.c.recipient,
        ),
    )
    .values(due_at=given("until", type_=outbox.c.due_at.type))
)
_EARLIER_WAITS_UNTIL = sa.select(sa.func.max(outbox.c.due_at)).where(
    outbox.c.claim == given("claim"),
    outbox.c.recipient == given("recipient"),
    sa.text(WAITING),
)
_UNCERTAIN = (
    sa.select(outbox)
    .where(sa.text(UNCERTAIN), outbox.c.uncertain_since <= given("before"))
    .order_by(outbox.c.uncertain_since, outbox.c.id)
)
_BY_KEY = sa.select(outbox).where(outbox.c.key == given("key"))
_BY_MESSAGE_ID = sa.select(outbox).where(outbox.c.message_id == given("message_id"))
_BY_REFERENCE = sa.select(outbox).where(outbox.c.reference == given("reference")).order_by(outbox.c.id).limit(1)
_OF_CLAIM = sa.select(outbox).where(outbox.c.claim == given("claim")).order_by(outbox.c.id)
_OF_COMMAND = sa.text("command <> ''"), outbox.c.command == given("of_command")
_STATES_OF_COMMAND = sa.select(outbox.c.state).where(*_OF_COMMAND).with_for_update()
_CANCEL = sa.update(outbox).where(*_OF_COMMAND).values(state=OutboxState.CANCELLED.value)
_NEXT_DUE = sa.select(sa.func.min(outbox.c.due_at)).where(sa.text(WAITING))
_WENT_OUT = outbox.c.created_at >= given("since"), outbox.c.state != OutboxState.CANCELLED.value
# RFC 5321 section 2.4: case counts in a local part, but hardly any server minds it, and a cap must not be slipped past.
_UNPROVEN_TO = (
    sa.select(outbox)
    .where(
        sa.func.lower(outbox.c.recipient) == given("recipient"), sa.text("NOT proven"), outbox.c.automatic, *_WENT_OUT
    )
    .order_by(outbox.c.created_at, outbox.c.id)
)
_AUTOMATIC_ON = sa.select(sa.func.count()).where(outbox.c.claim == given("claim"), outbox.c.automatic, *_WENT_OUT)
_UNPROVEN = sa.select(sa.func.count()).where(sa.text("NOT proven"), outbox.c.audience == "customer", *_WENT_OUT)
_SENT = sa.select(sa.func.count()).where(sa.text(SENT), outbox.c.sent_at >= given("since"))
_LOSE = (
    sa.update(outbox)
    .where(sa.text(SENDING), outbox.c.holder == given("dead"))
    .values(
        state=OutboxState.UNCERTAIN.value,
        holder=None,
        uncertain_since=given("at"),
        error="the process that was sending it ended",
    )
)
_HOLDERS = sa.select(outbox.c.holder).where(sa.text(SENDING)).distinct()

_STILL_WAITING = {OutboxState.READY, OutboxState.RETRY}


def _letter_from(row: documents.Row) -> OutboxRow:
    return OutboxRow(
        id=row["id"],
        key=row["key"],
        letter=row["letter"],
        audience=row["audience"],
        claim=row["claim"],
        recipient=row["recipient"],
        message_id=row["message_id"],
        reference=row["reference"],
        raw=row["raw"],
        automatic=row["automatic"],
        acknowledgement=row["acknowledgement"],
        proven=row["proven"],
        state=OutboxState(row["state"]),
        attempts=row["attempts"],
        created_at=row["created_at"],
        not_before=row["not_before"],
        first_try_at=row["first_try_at"],
        uncertain_since=row["uncertain_since"],
        sent_at=row["sent_at"],
        error=row["error"],
        mail=row["mail"],
        command=row["command"],
    )


class Letters(Work):
    """The part of a transaction that knows the outbox."""

    def put_letter(self, letter: NewLetter, *, at: datetime) -> bool:
        due_at = letter.not_before
        if letter.claim is not None:
            thread = {"claim": letter.claim, "recipient": letter.recipient}
            due_at = max(due_at, self._value(_EARLIER_WAITS_UNTIL, thread) or due_at)
        put = self._run(
            insert_if_new(self._dialect, outbox, ("key",)),
            {
                "key": letter.key,
                "letter": letter.letter,
                "audience": letter.audience,
                "claim": letter.claim,
                "recipient": letter.recipient,
                "message_id": letter.message_id,
                "reference": letter.reference,
                "automatic": letter.automatic,
                "acknowledgement": letter.acknowledgement,
                "proven": letter.proven,
                "state": OutboxState.READY.value,
                "attempts": 0,
                "created_at": at,
                "not_before": letter.not_before,
                "due_at": due_at,
                "error": "",
                "mail": letter.mail,
                "command": letter.command,
                "raw": letter.raw,
            },
        )
        return put == 1

    def lease_letter(self, holder: str, *, at: datetime) -> OutboxRow | None:
        return self._letter(_LEASE, {"new_holder": holder, "at": at})

    def settle_letter(
        self, row_id: int, state: OutboxState, *, at: datetime, error: str = "", next_try_at: datetime | None = None
    ) -> None:
        settled = self._run(
            _SETTLE,
            {
                "row": row_id,
                "new_state": state.value,
                "new_error": error,
                "next_try_at": next_try_at,
                "sent": at if state is OutboxState.SENT else None,
                "uncertain": at if state is OutboxState.UNCERTAIN else None,
            },
        )
        if settled != 1:
            raise Conflict(f"letter {row_id} is neither being sent nor uncertain any more")
        if state is OutboxState.RETRY and next_try_at is not None:
            self._run(_PUT_OFF_LATER_ONES, {"row": row_id, "until": next_try_at})

    def uncertain_letters(self, *, before: datetime) -> Sequence[OutboxRow]:
        return self._letters(_UNCERTAIN, {"before": before})

    def letter(self, key: str) -> OutboxRow | None:
        return self._letter(_BY_KEY, {"key": key})

    def letter_by_message_id(self, message_id: str) -> OutboxRow | None:
        return self._letter(_BY_MESSAGE_ID, {"message_id": message_id})

    def letter_by_reference(self, reference: str) -> OutboxRow | None:
        return self._letter(_BY_REFERENCE, {"reference": reference})

    def letters_of_claim(self, number: int) -> Sequence[OutboxRow]:
        return self._letters(_OF_CLAIM, {"claim": number})

    def cancel_letters(self, command: str) -> bool:
        states = self._values(_STATES_OF_COMMAND, {"of_command": command})
        if not _STILL_WAITING.issuperset(states):
            return False
        self._run(_CANCEL, {"of_command": command})
        return True

    def next_letter_at(self) -> datetime | None:
        due: datetime | None = self._value(_NEXT_DUE)
        return due

    def unproven_letters_to(self, address: str, *, since: datetime) -> Sequence[OutboxRow]:
        return self._letters(_UNPROVEN_TO, {"recipient": ascii_lower(address), "since": since})

    def automatic_letters_on(self, number: int, *, since: datetime) -> int:
        count: int = self._value(_AUTOMATIC_ON, {"claim": number, "since": since})
        return count

    def unproven_letters(self, *, since: datetime) -> int:
        count: int = self._value(_UNPROVEN, {"since": since})
        return count

    def letters_sent(self, *, since: datetime) -> int:
        count: int = self._value(_SENT, {"since": since})
        return count

    def letter_holders(self) -> Sequence[str]:
        """Who holds letters in `sending`."""
        return self._values(_HOLDERS)

    def lose_letters_of(self, holder: str, *, at: datetime) -> int:
        """What a dead process was sending: nobody knows whether the server took it."""
        return self._run(_LOSE, {"dead": holder, "at": at})

    def _letter(self, statement: sa.Executable, wanted: dict[str, Any]) -> OutboxRow | None:
        row = self._row(statement, wanted)
        return None if row is None else _letter_from(row)

    def _letters(self, statement: sa.Executable, wanted: dict[str, Any]) -> list[OutboxRow]:
        return [_letter_from(row) for row in self._rows(statement, wanted)]

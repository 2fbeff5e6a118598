"""Step 8 of the path, first half: frozen letters go out, and what is not known to have gone is never guessed.

ready -> sending -> sent | retry | failed | uncertain (DESIGN, "What must always hold" 2).
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from mailbot.claims.claim import HistoryEntry
from mailbot.desk.deadlines import timers_of
from mailbot.desk.desk import Desk
from mailbot.desk.notify import alarm
from mailbot.desk.ports import (
    Envelope,
    MailboxError,
    PermanentDeliveryError,
    SentFolder,
    SubmissionRefused,
    TransientDeliveryError,
    Transport,
    UncertainDeliveryError,
)
from mailbot.desk.rows import OutboxRow, OutboxState

log = structlog.get_logger()

KEEPS_SENT_COPIES = "keeps_sent_copies"
"""The mark that says whether the account is proven to keep copies of what it sends."""

_FIRST_RETRY = timedelta(minutes=1)
_LONGEST_RETRY = timedelta(hours=1)
_TRIES_WITH_A_FAULT = 3


def _random_share() -> float:
    return random.uniform(0.8, 1.2)  # noqa: S311 - spreads retries, guards nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long sending waits: before an uncertain letter is looked into, and until a letter is given up."""

    uncertain: timedelta = timedelta(minutes=10)
    give_up: timedelta = timedelta(days=5)
    stale_acknowledgement: timedelta = timedelta(hours=48)
    jitter: Callable[[], float] = field(default=_random_share)


def send_next(desk: Desk, transport: Transport, patience: Patience) -> bool:
    """Send the oldest letter that is due; False where none is.

    Raises SubmissionRefused where the server refuses us as a whole: the letter waits, nobody's letter is bounced.
    """
    desk.unsettled.catch_up()
    at = desk.clock()
    with desk.store.transaction() as tx:
        row = tx.lease_letter(desk.holder, at=at)
    if row is None:
        return False
    desk.step("letter-leased")
    if row.acknowledgement and at - row.created_at > patience.stale_acknowledgement:
        error = "an acknowledgement two days late says nothing any more"
        desk.unsettled.write(partial(_settle, desk, row, OutboxState.DROPPED, error=error))
        return True
    try:
        transport.send(Envelope(sender=desk.shop.address, recipient=row.recipient), row.raw)
    except UncertainDeliveryError as error:
        outcome = partial(_settle, desk, row, OutboxState.UNCERTAIN, error=str(error))
    except PermanentDeliveryError as error:
        outcome = partial(_give_up, desk, row, str(error))
    except TransientDeliveryError as error:
        outcome = partial(_retry_or_give_up, desk, row, str(error), patience)
    except ValueError as error:
        # The port's word for bytes that no server must see: nothing was sent, and nothing would be the next time.
        log.exception("letter-impossible", letter=row.letter, claim=row.claim)
        outcome = partial(_give_up, desk, row, f"it cannot be sent as it is: {error}", tell=True)
    except SubmissionRefused as error:
        desk.unsettled.write(partial(_wait_for_a_person, desk, row, str(error)))
        raise
    except Exception as error:
        # A fault of ours, at a point that nobody knows: the next letter begins with a connection of its own.
        log.exception("letter-failed", letter=row.letter, claim=row.claim, attempt=row.attempts)
        transport.close()
        said = f"{type(error).__name__}: {error}"
        if row.attempts >= _TRIES_WITH_A_FAULT:
            outcome = partial(_give_up, desk, row, said, tell=True)
        else:
            outcome = partial(_settle, desk, row, OutboxState.UNCERTAIN, error=said)
    else:
        desk.step("letter-sent")
        outcome = partial(_sent, desk, row)
    desk.unsettled.write(outcome)
    desk.step("letter-settled")
    return True


def may_send_more(desk: Desk, per_minute: int | None) -> bool:
    """Whether the cap of letters a minute leaves room for another; what is over it waits for the next minute."""
    if per_minute is None:
        return True
    with desk.store.reading() as tx:
        return tx.letters_sent(since=desk.clock() - timedelta(minutes=1)) < per_minute


def _settle(
    desk: Desk, row: OutboxRow, state: OutboxState, *, error: str = "", next_try_at: datetime | None = None
) -> None:
    with desk.store.transaction() as tx:
        tx.settle_letter(row.id, state, at=desk.clock(), error=error, next_try_at=next_try_at)
    log.info("letter", letter=row.letter, audience=row.audience, claim=row.claim, state=state.value, error=error)


def _sent(desk: Desk, row: OutboxRow, *, how: str = "") -> None:
    at = desk.clock()
    with desk.store.transaction() as tx:
        tx.settle_letter(row.id, OutboxState.SENT, at=at)
        if row.audience == "customer" and row.claim is not None:
            tx.count_letter_sent(row.claim)
    log.info("letter", letter=row.letter, audience=row.audience, claim=row.claim, state="sent", how=how)


def _retry_or_give_up(desk: Desk, row: OutboxRow, error: str, patience: Patience) -> None:
    at = desk.clock()
    if at - row.created_at >= patience.give_up:
        _give_up(desk, row, f"given up after {patience.give_up.days} days: {error}")
        return
    pause = min(_FIRST_RETRY * 2 ** min(row.attempts - 1, 10), _LONGEST_RETRY) * patience.jitter()
    _settle(desk, row, OutboxState.RETRY, error=error, next_try_at=at + pause)


def _give_up(desk: Desk, row: OutboxRow, error: str, *, tell: bool = False) -> None:
    """A letter that cannot arrive: its claim is undeliverable and a person must look.

    `tell` alarms also where the letter is of no claim. One to an agent is logged alone: an alarm would go the same way.
    """
    at = desk.clock()
    with desk.store.transaction() as tx:
        tx.settle_letter(row.id, OutboxState.FAILED, at=at, error=error)
        claim = tx.claim(row.claim) if row.claim is not None else None
        if claim is not None and row.audience == "customer":
            why = "our letter could not be delivered"
            claim = tx.save_claim(
                replace(claim, undeliverable=True, needs_agent=True, needs_agent_why=why, updated_at=at)
            )
            detail = {"letter": row.letter, "error": error}
            entry = HistoryEntry(at=at, actor="mailbot", event="undeliverable", detail=detail)
            tx.add_history(claim.number, [entry])
            tx.set_timers(claim.number, timers_of(claim, desk.shop.policy))
            text = f"{claim.rma}: our letter to {row.recipient} could not be delivered: {error}"
            alarm(desk, tx, text, key=f"undeliverable:{row.key}", at=at)
        elif tell and row.audience == "customer":
            text = f"A letter to {row.recipient} could not be sent: {error}"
            alarm(desk, tx, text, key=f"undeliverable:{row.key}", at=at)
    log.error("letter", letter=row.letter, audience=row.audience, claim=row.claim, state="failed", error=error)


def _wait_for_a_person(desk: Desk, row: OutboxRow, error: str) -> None:
    """The server refuses the sign-in: sending stops as a whole, the letter keeps its place."""
    at = desk.clock()
    with desk.store.transaction() as tx:
        tx.settle_letter(row.id, OutboxState.RETRY, at=at, error=error, next_try_at=at)
    log.error("sending-stopped", error=error)


def look_into_uncertain(desk: Desk, sent: SentFolder | None, patience: Patience, *, keeps_copies: bool | None) -> int:
    """Find out what became of letters whose fate is uncertain, once the wait is over; returns how many were settled.

    `keeps_copies` None asks the mark. Only an account proven to keep copies is re-sent to because none was found.
    """
    at = desk.clock()
    with desk.store.reading() as tx:
        rows = tx.uncertain_letters(before=at - patience.uncertain)
        proven = bool(tx.mark(KEEPS_SENT_COPIES)) if keeps_copies is None else keeps_copies
    for row in rows:
        try:
            found = _copy_found(desk, row, sent)
        except MailboxError as error:
            log.warning("sent-folder-unreachable", error=str(error))
            return 0
        if found:
            _sent(desk, row, how="a copy lies in the Sent folder")
            _remember_copies(desk)
        elif found is False and proven:
            _settle(desk, row, OutboxState.RETRY, error="no copy in the Sent folder", next_try_at=at)
        elif row.acknowledgement:
            _settle(
                desk, row, OutboxState.DROPPED, error="nobody knows whether it went; an acknowledgement is not repeated"
            )
        else:
            _send_again_knowingly(desk, row)
    return len(rows)


def _copy_found(desk: Desk, row: OutboxRow, sent: SentFolder | None) -> bool | None:
    if sent is None:
        return None
    day = desk.shop.day_of(row.first_try_at or row.created_at)
    return sent.holds(message_id=row.message_id, reference=row.reference, sent_on=day)


def _remember_copies(desk: Desk) -> None:
    with desk.store.transaction() as tx:
        if not tx.mark(KEEPS_SENT_COPIES):
            tx.set_mark(KEEPS_SENT_COPIES, True)


def _send_again_knowingly(desk: Desk, row: OutboxRow) -> None:
    """A decision must arrive: it goes again, byte for byte the same, and the claim says that it may be there twice."""
    at = desk.clock()
    with desk.store.transaction() as tx:
        tx.settle_letter(row.id, OutboxState.RETRY, at=at, error="sent again: a duplicate is possible", next_try_at=at)
        claim = tx.claim(row.claim) if row.claim is not None else None
        if claim is not None and row.audience == "customer":
            claim = tx.save_claim(replace(claim, possible_duplicate=True, updated_at=at))
            detail = {"letter": row.letter}
            entry = HistoryEntry(at=at, actor="mailbot", event="possible_duplicate", detail=detail)
            tx.add_history(claim.number, [entry])
    log.warning("letter", letter=row.letter, audience=row.audience, claim=row.claim, state="sent-again")

"""Reminders and expiry: which timers a claim has, and what happens when one falls due (POLICY.md, "A claim's life")."""

from dataclasses import replace
from datetime import datetime, timedelta

import structlog

from mailbot.claims.claim import Claim, HistoryEntry
from mailbot.claims.life import Event
from mailbot.claims.policy import PolicySettings
from mailbot.claims.words import Status
from mailbot.desk.desk import Desk
from mailbot.desk.gather import order_of
from mailbot.desk.judge import moved
from mailbot.desk.notify import Words, alarm, notify_agents
from mailbot.desk.rows import OutboxState, Timer, TimerKind
from mailbot.desk.store import Conflict, StoreUnavailable, Transaction
from mailbot.desk.write import Wording, write_to_customer
from mailbot.letters.letter import LetterName

log = structlog.get_logger()

_WAITS_FOR = {
    TimerKind.REMINDER: Status.AWAITING_CUSTOMER,
    TimerKind.EXPIRY: Status.AWAITING_CUSTOMER,
    TimerKind.RETURN_REMINDER: Status.AWAITING_RETURN,
    TimerKind.RETURN_EXPIRY: Status.AWAITING_RETURN,
}
_FAILED_TIMERS = "failed_timers"
_TRIES = 3
_PAUSE = timedelta(minutes=10)
_LONG_PAUSE = timedelta(days=1)
_ON_ITS_WAY = frozenset({OutboxState.READY, OutboxState.SENDING, OutboxState.RETRY, OutboxState.UNCERTAIN})


def timers_of(claim: Claim, policy: PolicySettings) -> tuple[Timer, ...]:
    """The timers that a claim has as it stands: none while the shop owes the next step."""
    if claim.needs_agent or not claim.anchor or claim.anchored_at is None:
        return ()
    match claim.status:
        case Status.AWAITING_CUSTOMER:
            reminders = policy.reminders_days[claim.reminders_sent :]
            plan = [(TimerKind.REMINDER, claim.reminders_sent + place, days) for place, days in enumerate(reminders)]
            plan.append((TimerKind.EXPIRY, 0, policy.expire_days))
        case Status.AWAITING_RETURN:
            plan = [] if claim.reminders_sent else [(TimerKind.RETURN_REMINDER, 0, policy.return_reminder_days)]
            plan.append((TimerKind.RETURN_EXPIRY, 0, policy.return_expire_days))
        case _:
            return ()
    return tuple(
        Timer(
            claim=claim.number,
            kind=kind,
            sequence=sequence,
            anchor=claim.anchor,
            after_days=days,
            due_at=_silent_since(claim, claim.anchored_at) + timedelta(days=days),
        )
        for kind, sequence, days in plan
    )


def _silent_since(claim: Claim, asked_at: datetime) -> datetime:
    """The later of the letter that asked and the customer's last mail: whoever writes is not silent."""
    return asked_at if claim.heard_at is None else max(asked_at, claim.heard_at)


def anchored(claim: Claim, key: str, *, at: datetime) -> Claim:
    """The claim with its deadlines counted from this letter: the customer is asked anew."""
    return replace(claim, anchor=key, anchored_at=at, reminders_sent=0)


def run_due_timers(desk: Desk, *, limit: int = 100) -> int:
    """Do what has fallen due, one transaction a timer; returns how many timers were looked at.

    One that fails is put off, so that the others do not wait for it, and told to the agents after three tries.
    """
    at = desk.clock()
    with desk.store.reading() as tx:
        due = tx.due_timers(at=at, limit=limit)
    for timer in due:
        try:
            with desk.store.transaction() as tx:
                _fall_due(desk, tx, timer, at=at)
        except (StoreUnavailable, OSError):
            raise
        except Conflict as error:
            # Something of the claim was committed in between: the next run decides on what is known then.
            log.warning("timer-put-off", timer=timer.id, error=str(error))
        except Exception as error:
            log.exception("timer-failed", timer=timer.id, claim=timer.claim, kind=timer.kind.value)
            _put_off(desk, timer, f"{type(error).__name__}: {error}", at=at)
    return len(due)


def _put_off(desk: Desk, timer: Timer, error: str, *, at: datetime) -> None:
    """Try a timer again in a while, later from the third time on; agents hear of it then."""
    with desk.store.transaction() as tx:
        tries = tx.mark(_FAILED_TIMERS) or {}
        times = tries.get(str(timer.id), 0) + 1
        tx.set_mark(_FAILED_TIMERS, {**tries, str(timer.id): times})
        tx.move_timer(timer.id, at + (_PAUSE if times < _TRIES else _LONG_PAUSE))
        if times == _TRIES:
            claim = tx.claim(timer.claim)
            text = f"{claim.rma if claim else timer.claim}: the {timer.kind.value} that fell due fails: {error[:300]}"
            alarm(desk, tx, text, key=f"timer:{timer.id}", at=at)


def _fall_due(desk: Desk, tx: Transaction, timer: Timer, *, at: datetime) -> None:
    claim = tx.claim(timer.claim)
    if claim is None or claim.anchor != timer.anchor or claim.needs_agent or claim.status is not _WAITS_FOR[timer.kind]:
        tx.drop_timer(timer.id)
        return
    letter = tx.letter(timer.anchor)
    if letter is None or letter.state in _ON_ITS_WAY or letter.sent_at is None:
        # Silence counts from the letter that asked; one that has not gone out yet asked nothing.
        if letter is not None and letter.state in _ON_ITS_WAY:
            tx.move_timer(timer.id, at + timedelta(days=timer.after_days))
        else:
            tx.drop_timer(timer.id)
        return
    silent_since = _silent_since(claim, letter.sent_at)
    due_at = silent_since + timedelta(days=timer.after_days)
    if due_at > at:
        tx.move_timer(timer.id, due_at)
        return
    policy = desk.shop.policy
    latest = [one for one in timers_of(claim, policy) if silent_since + timedelta(days=one.after_days) <= at][-1:]
    if [(one.kind, one.sequence) for one in latest] != [(timer.kind, timer.sequence)]:
        # After a long silence of ours several are due at once: only the last of them is worth a letter.
        tx.drop_timer(timer.id)
        return
    match timer.kind:
        case TimerKind.REMINDER:
            closes_at = silent_since + timedelta(days=policy.expire_days)
            _remind(desk, tx, claim, timer, LetterName.REMINDER, closes_at=closes_at, at=at)
        case TimerKind.RETURN_REMINDER:
            closes_at = silent_since + timedelta(days=policy.return_expire_days)
            _remind(desk, tx, claim, timer, LetterName.RETURN_REMINDER, closes_at=closes_at, at=at)
        case TimerKind.EXPIRY | TimerKind.RETURN_EXPIRY:
            _expire(tx, claim, timer, at=at)


def _remind(
    desk: Desk, tx: Transaction, claim: Claim, timer: Timer, name: LetterName, *, closes_at: datetime, at: datetime
) -> None:
    evidence = tx.evidence(claim.number)
    order = order_of(desk, claim)
    wording = Wording(name=name, closes_on=desk.shop.day_of(closes_at))
    # After a mail of the customer the reminders of the same letter begin anew, each a letter of its own.
    heard = f":{claim.heard_at:%Y%m%dT%H%M%S}" if claim.heard_at else ""
    key = f"{timer.anchor}:{timer.kind.value}:{timer.sequence}{heard}"
    refused = write_to_customer(desk, tx, claim, evidence, order, wording, key=key, at=at)
    claim = replace(claim, reminders_sent=timer.sequence + 1, updated_at=at)
    event = "reminder_written"
    if refused:
        event = "letter_held_back"
        claim = replace(claim, needs_agent=True, needs_agent_why=refused)
        notify_agents(desk, tx, claim, evidence, order, why=refused, words=Words(), key=f"notify:{key}", at=at)
    claim = tx.save_claim(claim)
    tx.add_history(
        claim.number, [HistoryEntry(at=at, actor="mailbot", event=event, detail={"letter": name.value, "why": refused})]
    )
    tx.set_timers(claim.number, timers_of(claim, desk.shop.policy))
    log.info("timer", kind=timer.kind.value, rma=claim.rma, outcome=event)


def _expire(tx: Transaction, claim: Claim, timer: Timer, *, at: datetime) -> None:
    claim = tx.save_claim(replace(moved(claim, Event.EXPIRED, where_possible=True), updated_at=at))
    days = f"{timer.after_days} days without an answer"
    tx.add_history(claim.number, [HistoryEntry(at=at, actor="mailbot", event="expired", detail={"why": days})])
    tx.set_timers(claim.number, ())
    log.info("timer", kind=timer.kind.value, rma=claim.rma, outcome="expired")

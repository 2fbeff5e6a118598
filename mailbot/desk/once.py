"""One pass: what is due is done, what is new is kept and handled, what was decided goes out, the mailbox is tidied."""

from collections.abc import Callable
from dataclasses import dataclass

import structlog

from mailbot.desk.acknowledge import acknowledge_handled
from mailbot.desk.deadlines import run_due_timers
from mailbot.desk.desk import Desk
from mailbot.desk.keep import KeepRules, keep_new
from mailbot.desk.notify import alarm, send_digest
from mailbot.desk.ports import DeliveryError, Mailbox, MailboxError, SentFolder, SubmissionRefused, Transport
from mailbot.desk.receive import receive_next
from mailbot.desk.send import Patience, look_into_uncertain, may_send_more, send_next

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Servers:
    """The shop's mail servers as one pass uses them. `keeps_copies` None: known only from what was seen.

    `per_minute` caps letters a minute, None for no cap.
    """

    mailbox: Mailbox
    sent: SentFolder | None
    transport: Transport
    rules: KeepRules
    patience: Patience
    keeps_copies: bool | None = None
    per_minute: int | None = None


def pass_once(desk: Desk, servers: Servers) -> list[str]:
    """One whole pass. Returns what could not be done, in words; nothing of it is lost and the next pass goes on."""
    desk.store.release_dead(at=desk.clock())
    problems: list[str] = []
    handle_waiting(desk)
    try:
        for _ in keep_new(desk, servers.mailbox, servers.rules):
            handle_waiting(desk)
    except MailboxError as error:
        problems.append(str(error))
        log.error("mailbox-unreachable", error=str(error))
    run_due_timers(desk)
    with desk.store.transaction() as tx:
        send_digest(desk, tx, at=desk.clock())
    try:
        send_due(desk, servers)
    except DeliveryError as error:
        problems.append(str(error))
    try:
        acknowledge_handled(desk, servers.mailbox, servers.rules.mailbox)
    except MailboxError as error:
        problems.append(str(error))
        log.error("mailbox-unreachable", error=str(error))
    return list(dict.fromkeys(problems))


def handle_waiting(desk: Desk, *, at_most: int | None = None) -> int:
    """Handle every mail that waits (or `at_most` so many); returns how many were looked at."""
    count = 0
    while (at_most is None or count < at_most) and receive_next(desk):
        count += 1
    return count


def _never() -> bool:
    return False


def send_due(desk: Desk, servers: Servers, *, stopped: Callable[[], bool] = _never) -> int:
    """Look into uncertain letters and send what is due, until `stopped`; returns how many were tried.

    Raises SubmissionRefused where the server refuses us: agents are alarmed, no letter is given up.
    """
    look_into_uncertain(desk, servers.sent, servers.patience, keeps_copies=servers.keeps_copies)
    count = 0
    try:
        while (
            not stopped()
            and may_send_more(desk, servers.per_minute)
            and send_next(desk, servers.transport, servers.patience)
        ):
            count += 1
    except SubmissionRefused as error:
        at = desk.clock()
        with desk.store.transaction() as tx:
            text = f"The mail server refuses our sign-in, no letter goes out: {error}"
            alarm(desk, tx, text, key=f"submission:{at:%Y-%m-%d}", at=at)
        raise
    return count

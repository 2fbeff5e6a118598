"""Messages that could not be handled: set aside with a reason, never dropped, retried when a person says so."""

import structlog

from mailbot.desk.desk import Desk
from mailbot.desk.notify import alarm
from mailbot.desk.rows import InboxState, KeptMail, MailOutcome
from mailbot.desk.unreadable import acknowledge_unreadable
from mailbot.mail.inbound import InboundMail

log = structlog.get_logger()

MAX_TRIES = 3


def set_aside(desk: Desk, kept: KeptMail, mail: InboundMail | None, reason: str) -> None:
    """Quarantine a mail and tell the agents; one that has a sender at least is acknowledged under the caps."""
    at = desk.clock()
    sender = mail.sender if mail else None
    with desk.store.transaction() as tx:
        if mail is not None and mail.content_key:
            tx.first_with_content(mail.content_key, kept.id)
        outcome = MailOutcome(
            state=InboxState.QUARANTINED,
            route="quarantined",
            reason=reason[:500],
            message_id=mail.message_id if mail else "",
            sender=sender.address if sender else "",
            subject=mail.subject if mail else "",
        )
        tx.finish_mail(kept.id, outcome, at=at)
        if mail is not None and sender is not None and not mail.silent and not kept.late:
            acknowledge_unreadable(desk, tx, sender, mail, key=f"mail:{kept.id}:unreadable", at=at, mail_id=kept.id)
        alarm(
            desk,
            tx,
            f"A mail could not be handled and is in quarantine as number {kept.id}: {reason[:300]}. "
            f"See it with: mailbot quarantine show {kept.id}",
            # One that a person let try again and that failed again is told again.
            key=f"quarantine:{kept.id}:{at.isoformat()}",
            at=at,
        )
    log.error("mail-quarantined", mail=kept.id, reason=reason[:300])

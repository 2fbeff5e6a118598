"""A report about a letter of ours that did not arrive (RFC 3464): it marks the claim, and nothing else can come of
it.
"""

from dataclasses import replace

import structlog

from mailbot.claims.claim import HistoryEntry
from mailbot.desk.deadlines import timers_of
from mailbot.desk.desk import Desk
from mailbot.desk.gather import order_of
from mailbot.desk.notify import Words, notify_agents
from mailbot.desk.rows import InboxState, KeptMail, MailOutcome, OutboxRow
from mailbot.desk.store import Transaction
from mailbot.mail.addresses import same_address
from mailbot.mail.inbound import InboundMail

log = structlog.get_logger()


def note_delivery_report(desk: Desk, kept: KeptMail, mail: InboundMail) -> None:
    """Mark the claim undeliverable if the report names a letter of ours and its very recipient (ATTACKS A8)."""
    at = desk.clock()
    with desk.store.transaction() as tx:
        duplicate = tx.first_with_content(mail.content_key, kept.id)
        letter = None if duplicate not in (None, kept.id) else _letter_reported(tx, mail)
        claim = tx.claim(letter.claim) if letter is not None and letter.claim is not None else None
        if letter is not None and claim is not None and letter.audience == "customer":
            statuses = [f"{one.recipient}: {one.status}" for one in mail.delivery_statuses]
            why = "our letter could not be delivered"
            claim = tx.save_claim(
                replace(claim, undeliverable=True, needs_agent=True, needs_agent_why=why, updated_at=at)
            )
            detail = {"letter": letter.letter, "statuses": statuses}
            tx.add_history(
                claim.number, [HistoryEntry(at=at, actor="mailbot", event="undeliverable", detail=detail, mail=kept.id)]
            )
            tx.set_timers(claim.number, timers_of(claim, desk.shop.policy))
            notify_agents(
                desk, tx, claim, tx.evidence(claim.number), order_of(desk, claim), why=why,
                words=Words(subject=mail.subject, text="\n".join(statuses)), key=f"mail:{kept.id}:notify", at=at,
                mail_id=kept.id,
            )  # fmt: skip
        outcome = MailOutcome(
            state=InboxState.HANDLED,
            route="reports_delivery",
            reason="" if claim else "about no letter of ours",
            message_id=mail.message_id,
            sender=mail.from_as_written[0].address if mail.from_as_written else "",
            subject=mail.subject,
        )
        tx.finish_mail(kept.id, outcome, at=at)
    log.info("mail-handled", mail=kept.id, route="reports_delivery", rma=claim.rma if claim else "")


def _letter_reported(tx: Transaction, mail: InboundMail) -> OutboxRow | None:
    letter = tx.letter_by_message_id(mail.original_message_id) if mail.original_message_id else None
    if letter is None and mail.own_reference:
        # Some relays rewrite the Message-ID; the reference stands a second time in X-Mailbot-Ref.
        letter = tx.letter_by_reference(mail.own_reference)
    if letter is None or not any(same_address(letter.recipient, one) for one in mail.bounced_recipients):
        return None
    return letter

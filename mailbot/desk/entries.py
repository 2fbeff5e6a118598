"""What a mail leaves in its claim's history: the customer's entry, and the policy's verdicts with their reasons."""

from datetime import datetime

from mailbot.claims.claim import Claim, HistoryEntry
from mailbot.desk.gather import Gathered
from mailbot.desk.rows import KeptMail
from mailbot.mail.inbound import InboundMail
from mailbot.reading.understood import Understood


def customers_mail(
    kept: KeptMail,
    mail: InboundMail,
    understood: Understood,
    gathered: Gathered,
    *,
    opened: bool,
    how: str = "",
    forwarded_by: str = "",
) -> HistoryEntry:
    """The one entry of the customer for this mail; what was found in it stands in its detail with its reasons."""
    return HistoryEntry(
        at=kept.internal_at,
        actor="customer",
        event="mail_opened_claim" if opened else "mail_received",
        detail={
            "subject": mail.subject,
            "message_id": mail.message_id,
            "kind": understood.kind.value,
            "signals": sorted(understood.signals),
            "why": {field: list(reasons) for field, reasons in understood.why.items()},
            "confidence": dict(understood.confidence),
            "files": [one.filename for one in gathered.findings],
            "correlated_by": how,
            "forwarded_by": forwarded_by,
        },
        mail=kept.id,
    )


def verdict_entries(claim: Claim, *, at: datetime, mail_id: int) -> list[HistoryEntry]:
    """One entry for each verdict of the policy: the rule, the days it counted, the reasons and what would change it."""
    return [
        HistoryEntry(
            at=at,
            actor="mailbot",
            event="decided",
            detail={
                "item": index + 1,
                "sku": item.verdict.sku or item.sku or "",
                "disposition": item.verdict.disposition.value,
                "rule": item.verdict.rule.value if item.verdict.rule else "",
                "missing": [one.value for one in item.verdict.missing],
                "reasons": list(item.verdict.reasons),
                "dates": {
                    one.window.value: {
                        "since": one.since.isoformat() if one.since else None,
                        "days": one.days,
                        "limit": one.limit,
                        "met": one.met,
                    }
                    for one in item.verdict.counted
                },
                "would_change": list(item.verdict.would_change),
            },
            mail=mail_id,
        )
        for index, item in enumerate(claim.items)
        if item.verdict is not None and item.verdict.overridden_by is None
    ]

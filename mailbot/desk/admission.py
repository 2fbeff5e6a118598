"""Letting pending writers in: what their mails say is gathered before any transaction, and learned when an agent
admits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from mailbot.claims.claim import Claim, Evidence, HistoryEntry
from mailbot.claims.words import Signal, Status
from mailbot.desk.command import LetIn
from mailbot.desk.desk import Desk
from mailbot.desk.gather import Gathered, evidence_of, gather, order_of, with_hazard_of
from mailbot.desk.judge import reopened
from mailbot.desk.learn import learn
from mailbot.desk.notify import Words
from mailbot.desk.rows import KeptMail, PendingJoin
from mailbot.desk.store import Transaction
from mailbot.mail.addresses import identity
from mailbot.mail.inbound import InboundMail
from mailbot.mail.parse import parse

SOMEBODY_WAITS = "somebody else's mail about this claim waits to be let in"
WANTS_TO_JOIN = "wants to join and is not the claim's customer"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting:
    join: PendingJoin
    kept: KeptMail
    mail: InboundMail
    gathered: Gathered


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """The mails that wait to be let in to one claim, read and inspected."""

    waiting: tuple[_Waiting, ...]

    def __call__(self, claim: Claim, evidence: tuple[Evidence, ...]) -> LetIn:
        """The claim and its evidence with every waiting mail learned, and in words who was let in."""
        danger = False
        for one in self.waiting:
            after = max((item.number for item in evidence), default=0)
            evidence = (*evidence, *evidence_of(one.gathered.findings, mail_id=one.kept.id, after=after))
            understood = with_hazard_of(one.gathered.understood, one.gathered.findings)
            danger = danger or Signal.HAZARD in understood.signals
            claim = replace(
                claim,
                admitted=tuple(dict.fromkeys((*claim.admitted, identity(one.join.address)))),
                messages_in=claim.messages_in + 1,
                heard_at=max(claim.heard_at or one.kept.internal_at, one.kept.internal_at),
                reminders_sent=0,
            )
            if claim.ended and Signal.HAZARD in understood.signals:
                claim = reopened(claim)
            if not claim.ended:
                opening = not claim.items
                claim = learn(claim, understood, one.gathered.named, mail_id=one.kept.id, opening=opening)
        if WANTS_TO_JOIN in claim.needs_agent_why or claim.needs_agent_why == SOMEBODY_WAITS:
            claim = replace(claim, needs_agent=claim.status is Status.AWAITING_AGENT, needs_agent_why="")
        names = ", ".join(dict.fromkeys(one.join.address for one in self.waiting))
        return LetIn(claim=claim, evidence=evidence, outcome=f"{names} may write on this claim now", danger_told=danger)

    def words(self) -> Words:
        """What was let in, for agents to read."""
        return Words(
            sender=", ".join(dict.fromkeys(one.join.address for one in self.waiting)),
            subject=self.waiting[0].mail.subject if self.waiting else "",
            text="\n\n".join(one.mail.reply_text or one.mail.text for one in self.waiting),
        )

    def entries(self) -> list[HistoryEntry]:
        """The customer's entry for each mail that joined late."""
        return [
            HistoryEntry(
                at=one.kept.internal_at,
                actor="customer",
                event="mail_admitted",
                detail={"subject": one.mail.subject, "from": one.join.address},
                mail=one.kept.id,
            )
            for one in self.waiting
        ]

    def joins(self) -> Sequence[int]:
        """The pending joins that this admission answers."""
        return [one.join.id for one in self.waiting]


def somebody_waits(tx: Transaction, number: int) -> bool:
    """Whether somebody else's mail about this claim still waits to be let in."""
    return any(not join.admitted_by for join in tx.pending_joins(number))


def prepare_admission(desk: Desk, number: int) -> Admission | None:
    """Read and inspect the mails that wait for this claim; None where none waits. Outside any transaction."""
    with desk.store.reading() as tx:
        claim = tx.claim(number)
        joins = [join for join in tx.pending_joins(number) if not join.admitted_by]
        evidence = tuple(tx.evidence(number))
        kept = {join.id: tx.mail(join.mail) for join in joins}
    if claim is None or not joins:
        return None
    waiting = []
    for join in joins:
        row = kept[join.id]
        if row is None:
            continue
        mail = parse(desk.blobs.get(row.blob), own_authserv_id=desk.shop.authserv_id)
        understood = desk.reader.read(
            mail, today=desk.shop.day_of(row.internal_at), open_claim=True, claim_order=order_of(desk, claim)
        )
        gathered = gather(desk, mail, understood, evidence=evidence, order=order_of(desk, claim), left_out=row.left_out)
        waiting.append(_Waiting(join=join, kept=row, mail=mail, gathered=gathered))
    return Admission(waiting=tuple(waiting))

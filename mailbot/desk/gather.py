"""Step 5 of the path: what is known about a mail's order and its files, looked up outside any transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from mailbot.claims.claim import Claim, Evidence
from mailbot.claims.orders import Order
from mailbot.claims.words import Proof, Signal
from mailbot.desk.desk import Desk
from mailbot.desk.judge import NOTHING_ELSEWHERE, proofs_of, units_held
from mailbot.desk.learn import Named
from mailbot.desk.ports import LeftOut
from mailbot.desk.rows import ClaimFilter
from mailbot.desk.store import Transaction
from mailbot.mail.inbound import InboundMail
from mailbot.media.finding import Finding
from mailbot.media.inspect import inspect
from mailbot.reading.understood import Understood


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """What a mail brings: its words, the orders they name, its files as found, those that stayed on the server."""

    understood: Understood
    named: Named
    findings: tuple[Finding, ...]
    left_out: tuple[LeftOut, ...] = ()


def named_orders(desk: Desk, numbers: Iterable[str]) -> Named:
    """Tell the numbers of a mail apart: those the shop's orders hold, and those they do not."""
    orders: list[Order] = []
    unknown: list[str] = []
    for number in numbers:
        order = desk.knowledge.order(number)
        if order is None:
            unknown.append(number)
        elif order.number not in {one.number for one in orders}:
            orders.append(order)
    return Named(orders=tuple(orders), unknown=tuple(unknown))


def order_of(desk: Desk, claim: Claim) -> Order | None:
    """The claim's order where it has exactly one; several are a person's to part (POLICY.md)."""
    return desk.knowledge.order(claim.order_numbers[0]) if len(claim.order_numbers) == 1 else None


def units_elsewhere(tx: Transaction, claim: Claim, order: Order | None) -> Mapping[str, int]:
    """By SKU, the units of the claim's order that other claims hold: nothing is paid for twice."""
    if order is None:
        return NOTHING_ELSEWHERE
    others = [one for one in tx.claims(ClaimFilter(order=order.number)) if one.number != claim.number]
    return units_held(others, order)


def gather(
    desk: Desk,
    mail: InboundMail,
    understood: Understood,
    *,
    evidence: Sequence[Evidence] = (),
    order: Order | None = None,
    left_out: tuple[LeftOut, ...] = (),
) -> Gathered:
    """Look up the orders the mail names and inspect its files, knowing what is still outstanding."""
    named = named_orders(desk, understood.order_numbers)
    order = order or (named.orders[0] if len(named.orders) == 1 else None)
    findings = inspect(
        mail.attachments,
        captions=understood.captions,
        answers=understood.answers,
        outstanding=outstanding_proofs(desk, evidence, order),
        opener=desk.opener,
        problem_kind=understood.problem.kind,
        seen=frozenset(one.sha256 for one in evidence if one.role == "evidence" and one.usable),
    )
    return Gathered(understood=understood, named=named, findings=findings, left_out=left_out)


def outstanding_proofs(desk: Desk, evidence: Sequence[Evidence], order: Order | None) -> tuple[Proof, ...]:
    """The proofs the shop asks for and does not have yet."""
    have = proofs_of(evidence)
    return tuple(proof for proof in wanted_proofs(desk, order) if proof not in have)


def wanted_proofs(desk: Desk, order: Order | None) -> tuple[Proof, ...]:
    """The proofs the shop asks for; the slip only where the order was shipped in part (R5)."""
    partial = order is not None and order.partial_shipment
    return tuple(proof for proof in desk.shop.policy.proofs if partial or proof is not Proof.PACKING_SLIP)


def evidence_of(findings: Iterable[Finding], *, mail_id: int, after: int) -> tuple[Evidence, ...]:
    """Findings as numbered evidence of the claim; numbers go on after those it has."""
    return tuple(
        Evidence(
            number=after + place + 1,
            mail=mail_id,
            part=place,
            filename=finding.filename,
            content_type=finding.content_type,
            size=finding.size,
            sha256=finding.sha256,
            media=finding.media,
            role=finding.role,
            usable=finding.usable,
            shows=finding.shows,
            reasons=finding.reasons,
            signals=finding.signals,
            provisional=finding.provisional,
        )
        for place, finding in enumerate(findings)
    )


def refilled(evidence: Sequence[Evidence], *, wanted: Sequence[Proof]) -> tuple[Evidence, ...]:
    """The claim's files once a further mail has come: a photo that nothing names makes room for one that is named.

    It had filled the first open proof; where a later photo is named as just that, the earlier one moves on to the next
    open proof of `wanted`, as it would have done had both come in one mail.
    """
    sure = {proof for one in evidence if one.usable and not one.provisional for proof in one.shows}
    open_proofs = [proof for proof in wanted if proof not in sure]
    displaced: list[int] = []
    for index, one in enumerate(evidence):
        if not (one.provisional and one.usable and one.role == "evidence" and one.item is None):
            continue
        if any(proof in open_proofs for proof in one.shows):
            open_proofs = [proof for proof in open_proofs if proof not in one.shows]
        else:
            displaced.append(index)
    files = list(evidence)
    for index, proof in zip(displaced, open_proofs, strict=False):
        said = f"another photo is named {', '.join(files[index].shows)}; this fills the next open proof, {proof.value}"
        files[index] = replace(files[index], shows=(proof,), signals=(*files[index].signals, said))
    return tuple(files)


def with_hazard_of(understood: Understood, findings: Iterable[Finding]) -> Understood:
    """A file name or caption that tells of a danger raises S1 as the text would."""
    if any(finding.hazard for finding in findings):
        return replace(understood, signals=understood.signals | {Signal.HAZARD})
    return understood

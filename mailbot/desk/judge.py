"""From a claim to the policy's word on it: facts out of the claim, verdicts into it. Values only, no I/O."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from types import MappingProxyType

from mailbot.claims.claim import Claim, Evidence, Item
from mailbot.claims.facts import Facts, ItemFacts
from mailbot.claims.life import Event, after, allows, event_of, least_advanced
from mailbot.claims.orders import Order
from mailbot.claims.policy import PolicySettings, decide
from mailbot.claims.verdict import Because, Decision, Verdict
from mailbot.claims.words import ENDED, Disposition, ProblemKind, Proof, Status, Wish
from mailbot.mail.addresses import matches_order_address

WAITS_FOR_VERDICT = frozenset({Status.AWAITING_CUSTOMER, Status.AWAITING_AGENT})
"""Only items in these are judged anew: what was approved or has ended changes by a person alone."""

NOTHING_ELSEWHERE: Mapping[str, int] = MappingProxyType({})
"""No other claim has units of the order."""

_FREES_ITS_UNITS = frozenset(
    {
        Status.AWAITING_CUSTOMER,
        Status.DECLINED,
        Status.WITHDRAWN,
        Status.EXPIRED,
        Status.CLOSED,
        Status.RETURNED_TO_CUSTOMER,
    }
)

CONFIRMATION = "owner_confirmed_by"
"""Under this name `Claim.sources` holds who confirmed the sender, and as the words the number of the order."""

DANGER = "the customer tells of a danger"
"""Why a person is needed, in an agent's words."""

_CAN_BE_CALLED_BACK = frozenset({Status.AWAITING_RETURN, Status.IN_TRANSIT})


def proofs_of(evidence: Iterable[Evidence], item: int | None = None) -> frozenset[Proof]:
    """What the usable evidence proves, for one item (from 0) or, with None, for all items in common."""
    return frozenset(
        proof for one in evidence if one.role == "evidence" and one.usable and one.item == item for proof in one.shows
    )


def belongs_to_sender(claim: Claim, order: Order | None) -> bool | None:
    """Whether the claim's customer may act for the order (POLICY.md, "Who owns the order"); None where nobody knows.

    A person's word holds for the order it was given for and for no other that the sender names later.
    """
    confirmed = claim.sources.get(CONFIRMATION)
    if confirmed is not None and confirmed.is_person and order is not None and confirmed.words == order.number:
        return True
    if order is None or not order.customer_address:
        return None
    return matches_order_address(claim.customer, order.customer_address)


def units_held(claims: Iterable[Claim], order: Order) -> Mapping[str, int]:
    """By SKU, the units of the order that these claims have been granted or wait for a person with.

    What waits for the customer, was refused, given up or sent back holds none: nothing is paid for it. Neither does a
    stranger's claim that nobody has granted anything on, or whoever names an order could keep its owner waiting.
    """
    skus = {line.sku for line in order.lines}
    only = next(iter(skus)) if len(skus) == 1 else None
    held: dict[str, int] = {}
    for claim in claims:
        owns = belongs_to_sender(claim, order)
        for item in claim.items:
            sku = item.sku or only
            free = item.status in _FREES_ITS_UNITS or (item.status is Status.AWAITING_AGENT and not owns)
            if sku is not None and not free:
                held[sku] = held.get(sku, 0) + (1 if item.quantity is None else item.quantity)
    return held


def facts_of(
    claim: Claim,
    evidence: Sequence[Evidence],
    order: Order | None,
    *,
    contact_on: date,
    floor: float,
    elsewhere: Mapping[str, int] = NOTHING_ELSEWHERE,
) -> Facts:
    """The facts that the policy decides on, as they stand in the claim.

    A product that was only guessed at (under the confidence `floor`, and not on the order) is none: it is asked for.
    """
    return Facts(
        order=order,
        items=tuple(
            ItemFacts(
                sku=None if _is_a_guess(item, order, floor) else item.sku,
                quantity=item.quantity,
                problem_kind=item.problem_kind,
                description=item.description if item.detailed else None,
                support_tried=item.support_tried,
                evidence=proofs_of(evidence, index),
            )
            for index, item in enumerate(claim.items)
        ),
        first_contact_on=contact_on,
        order_belongs_to_sender=belongs_to_sender(claim, order),
        fault_on=claim.fault_on,
        evidence=proofs_of(evidence),
        preference=claim.preference,
        asks_other_compensation=claim.asks_other_compensation,
        hazard=claim.hazard,
        confidence=confidence_of(claim, order, floor=floor),
        declares_withdrawal=claim.declares_withdrawal,
        order_number_unknown_again=claim.unknown_order_again,
        several_orders=len(claim.order_numbers) > 1,
        contact_day_unknown=claim.contact_day_unknown,
        flagged=claim.flagged,
        units_elsewhere=elsewhere,
    )


def confidence_of(claim: Claim, order: Order | None, *, floor: float) -> float:
    """The lowest confidence among the facts that the decision rests on (POLICY.md, "Defaults").

    A product found on the order is certain; what is going to be asked for anyway does not count.
    """
    sure = [1.0]
    for item in claim.items:
        if item.problem_kind not in (ProblemKind.UNCLEAR, ProblemKind.NONE) and not _is_told_again(item):
            sure.append(_confidence(item, "problem_kind"))
        if item.sku is not None and not _on_order(item.sku, order) and not _is_a_guess(item, order, floor):
            sure.append(_confidence(item, "sku"))
    if claim.preference is not None and "preference" in claim.sources:
        sure.append(claim.sources["preference"].confidence)
    return min(sure)


def _is_told_again(item: Item) -> bool:
    """Whether a description is going to be asked for, whose answer is read for the kind too.

    Only among the kinds of one rule (R1, R2): what declines a claim or sends it to a person is never let pass so.
    """
    of_one_rule = (ProblemKind.DEFECTIVE, ProblemKind.DEAD_ON_ARRIVAL, ProblemKind.DAMAGED_IN_TRANSIT)
    return not item.detailed and item.problem_kind in of_one_rule


def _on_order(sku: str, order: Order | None) -> bool:
    return order is not None and order.line_of(sku) is not None


def _is_a_guess(item: Item, order: Order | None, floor: float) -> bool:
    return item.sku is not None and not _on_order(item.sku, order) and _confidence(item, "sku") < floor


def _confidence(item: Item, field: str) -> float:
    source = item.sources.get(field)
    return source.confidence if source is not None else 1.0


def verdicts_for(
    claim: Claim,
    evidence: Sequence[Evidence],
    order: Order | None,
    *,
    contact_on: date,
    policy: PolicySettings,
    elsewhere: Mapping[str, int] = NOTHING_ELSEWHERE,
) -> Decision:
    """The policy's decision over the whole claim as it stands, whatever a person said of it."""
    facts = facts_of(claim, evidence, order, contact_on=contact_on, floor=policy.confidence_floor, elsewhere=elsewhere)
    return decide(facts, policy)


def judged(
    claim: Claim,
    evidence: Sequence[Evidence],
    order: Order | None,
    *,
    contact_on: date,
    policy: PolicySettings,
    danger_told: bool = False,
    elsewhere: Mapping[str, int] = NOTHING_ELSEWHERE,
) -> Claim:
    """The claim with the verdicts of its waiting items brought up to date, and their states after them.

    A danger that has just been told of, be it for the second time, calls back what was approved already: nothing
    dangerous is posted (S1).
    Where a person decides (an agent asked for something, or an ended claim was opened again) the policy's word is kept
    as advice: the item waits for the person.
    """
    if not claim.items:
        return with_status(claim, ())
    decision = verdicts_for(claim, evidence, order, contact_on=contact_on, policy=policy, elsewhere=elsewhere)
    items = []
    for item, verdict in zip(claim.items, decision.verdicts, strict=True):
        called_back = danger_told and item.status in _CAN_BE_CALLED_BACK
        if item.status not in WAITS_FOR_VERDICT and not called_back:
            items.append(item)
            continue
        if claim.person_decides and verdict.disposition is not Disposition.REFER_TO_AGENT:
            verdict = for_a_person(verdict)
        items.append(replace(item, verdict=verdict, status=after(item.status, event_of(verdict.disposition))))
    return with_status(claim, tuple(items))


def for_a_person(verdict: Verdict) -> Verdict:
    """A verdict of the policy that a person has to confirm: referred, with the policy's own word among the reasons."""
    advice = f"by the policy this would be: {verdict.disposition.value}" + (
        f" ({verdict.rule})" if verdict.rule else ""
    )
    return Verdict(
        sku=verdict.sku,
        disposition=Disposition.REFER_TO_AGENT,
        reasons=("a person has taken this claim over", advice, *verdict.reasons),
        counted=verdict.counted,
        would_change=("an agent's command",),
        because=(Because.PERSON_DECIDES,),
    )


def with_status(claim: Claim, items: tuple[Item, ...]) -> Claim:
    """The claim with these items and the status of the least advanced; without items it waits for a person."""
    if not items:
        return replace(claim, items=())
    return replace(claim, items=items, status=least_advanced([item.status for item in items]))


def moved(claim: Claim, event: Event, *, where_possible: bool = False) -> Claim:
    """The claim after an event of its life, for every item that has not ended.

    Raises IllegalTransition where an item cannot take it; with `where_possible` only where none can. Where no item is
    left, the claim moves by its own status.
    """
    if all(item.status in ENDED for item in claim.items):
        return replace(claim, status=after(claim.status, event))
    chosen = [index for index, item in enumerate(claim.items) if item.status not in ENDED]
    if where_possible:
        able = [
            index for index in chosen if allows(claim.items[index].status, event, found=claim.items[index].inspection)
        ]
        chosen = able or chosen
    items = list(claim.items)
    for index in chosen:
        item = items[index]
        items[index] = replace(item, status=after(item.status, event, found=item.inspection))
    return with_status(claim, tuple(items))


def reopened(claim: Claim) -> Claim:
    """An ended claim whose customer wrote again: it waits for a person, who decides from here.

    What was paid or shipped stays so: an item that was settled cannot be settled again (R7).
    """
    items = tuple(
        item
        if item.status in _SETTLED
        else replace(
            item, status=after(item.status, Event.CUSTOMER_WROTE_AFTER_END), verdict=_REOPENED, inspection=None
        )
        for item in claim.items
    )
    status = after(claim.status, Event.CUSTOMER_WROTE_AFTER_END)
    return replace(claim, items=items, status=status, person_decides=True)


_SETTLED = frozenset({Status.REFUNDED, Status.REPLACED, Status.RETURNED_TO_CUSTOMER})

_REOPENED = Verdict(
    sku=None,
    disposition=Disposition.REFER_TO_AGENT,
    reasons=("the customer wrote after the claim had ended",),
    would_change=("an agent's command",),
    because=(Because.PERSON_DECIDES,),
)


def preference_of(wish: Wish) -> Wish | None:
    """A stated wish as a preference; None where none was stated."""
    return None if wish is Wish.NONE_STATED else wish

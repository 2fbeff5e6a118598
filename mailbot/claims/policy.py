"""The shop's returns policy (POLICY.md): facts in, a verdict with its reasons for each item out.

Rows 0 to 7 below are the rows of POLICY.md's "Dispositions", in its order; the first that fits decides. What
they share ("How the rules are read") is worked out once an item, in `_Case`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from mailbot.claims.facts import Facts, ItemFacts
from mailbot.claims.orders import Order, OrderLine
from mailbot.claims.verdict import Because, DaysCounted, Decision, Verdict, Window
from mailbot.claims.words import Disposition, Payer, ProblemKind, Proof, Resolution, Rule, Wanted, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySettings:
    """What a shop may set (`[policy]`): numbers of days, `confidence_floor` from 0 to 1, and the rest.

    `agent_limit` is an amount in the order's currency, None while it is off. `proofs` are those the shop asks
    for. `refer_late` turns declines by date into `refer_to_agent`.
    """

    doa_days: int = 7
    defect_days_after_delivery: int = 7
    defect_days_after_shipment: int = 30
    confidence_floor: float = 0.6
    agent_limit: Decimal | None = None
    proofs: tuple[Proof, ...] = tuple(Proof)
    refer_late: bool = False
    reminders_days: tuple[int, ...] = (3, 7)
    expire_days: int = 14
    return_reminder_days: int = 14
    return_expire_days: int = 30


def decide(facts: Facts, policy: PolicySettings) -> Decision:
    """One verdict for each item of the claim; a claim without items counts as one unknown item."""
    items = facts.items or (ItemFacts(),)
    return Decision(verdicts=tuple(_judge(_Case.of(item, items, facts, policy)) for item in items))


def _judge(case: "_Case") -> Verdict:
    return (
        _row_0_danger(case)
        or _withdrawal_by_law(case)
        or _row_1_more_than_the_bot_may_decide(case)
        or _row_2_not_covered(case)
        or _row_3_support_first(case)
        or _row_4_order_or_problem_unknown(case)
        or _row_5_too_late(case)
        or _row_6_something_missing(case)
        or _row_7_approve(case)
    )


# --- The rows


def _row_0_danger(case: "_Case") -> Verdict | None:
    if not case.facts.hazard:
        return None
    return Verdict(
        sku=case.sku,
        disposition=Disposition.REFER_TO_AGENT,
        rule=Rule.S1,
        reasons=("A danger is told of or shown, so a person answers before every other rule (S1).",),
        would_change=("Only a person may give return instructions.",),
        because=(Because.HAZARD,),
    )


def _withdrawal_by_law(case: "_Case") -> Verdict | None:
    # S2 is a row of its own in all but number: unlike a mere change of mind (row 1) it names its rule.
    if not case.facts.declares_withdrawal:
        return None
    reasons = ["The customer withdraws from the contract; a person decides (S2)."]
    if case.order is not None and case.order.delivered_on is not None and not case.facts.contact_day_unknown:
        reasons.append(_since(case.contact, "delivery", case.order.delivered_on) + ".")
    return Verdict(
        sku=case.sku,
        disposition=Disposition.REFER_TO_AGENT,
        rule=Rule.S2,
        reasons=tuple(reasons),
        counted=case.counted,
        would_change=("A person reads the mail as a claim for a fault and not as a withdrawal.",),
        because=(Because.WITHDRAWAL,),
    )


def _row_1_more_than_the_bot_may_decide(case: "_Case") -> Verdict | None:
    reasons = tuple(_reasons_for_a_person(case))
    if not reasons:
        return None
    because = tuple(dict.fromkeys(reason.because for reason in reasons))
    return Verdict(
        sku=case.sku,
        disposition=Disposition.REFER_TO_AGENT,
        rule=reasons[0].rule,
        reasons=tuple(reason.sentence for reason in reasons) + case.count_in_words,
        counted=case.counted,
        would_change=tuple(_WOULD_CHANGE[each] for each in because),
        because=because,
        proofs_welcome=_proofs_wanted(case) if because == (Because.DATES_LEAVE_IT_OPEN,) else (),
    )


def _row_2_not_covered(case: "_Case") -> Verdict | None:
    if case.item.problem_kind is not ProblemKind.ACCIDENTAL_DAMAGE_OR_MISUSE:
        return None
    return Verdict(
        sku=case.sku,
        disposition=Disposition.DECLINE,
        rule=Rule.R4,
        reasons=("Accidental damage and misuse are not covered, whatever the dates (R4).",),
        would_change=("A person finds that the fault comes from manufacture.",),
    )


def _row_3_support_first(case: "_Case") -> Verdict | None:
    if case.item.problem_kind is not ProblemKind.SOFTWARE_ISSUE or case.item.support_tried:
        return None
    return Verdict(
        sku=case.sku,
        disposition=Disposition.OFFER_SUPPORT,
        rule=Rule.R3,
        reasons=("The fault lies in software, and support was not tried on this claim yet (R3).",),
        would_change=("The customer tells that the steps did not help.",),
    )


def _row_4_order_or_problem_unknown(case: "_Case") -> Verdict | None:
    reasons = []
    if case.order is None:
        reasons.append("The order is not known.")
    if case.problem_is_unknown:
        reasons.append("What is wrong is not clear.")
    if not reasons:
        return None
    return _request(case, rule=None, reasons=(*reasons, *case.count_in_words))


def _row_5_too_late(case: "_Case") -> Verdict | None:
    if not case.is_ruled_out:
        return None
    return Verdict(
        sku=case.sku,
        disposition=Disposition.REFER_TO_AGENT if case.policy.refer_late else Disposition.DECLINE,
        rule=Rule.R2,
        reasons=("The known dates rule out every window (R2).", *case.count_in_words),
        counted=case.counted,
        would_change=(
            "Another day of delivery or of shipment.",
            "A day inside a window on which the fault began.",
        ),
        because=(Because.LATE,) if case.policy.refer_late else (),
    )


def _row_6_something_missing(case: "_Case") -> Verdict | None:
    proofs = _proofs_wanted(case)
    others = tuple(each for each in _wanted(case) if each is not Wanted.PREFERENCE and each not in proofs)
    if not proofs and not others:
        return None
    if others:
        return _request(case, rule=None, reasons=("Something is missing to decide.", *case.count_in_words))
    return _request(case, rule=Rule.R5, reasons=("Only proofs are missing (R5).", *case.count_in_words))


def _row_7_approve(case: "_Case") -> Verdict:
    # The window of R1 is counted only for what arrives broken; while delivery is unknown it is not met.
    runs_as_r1 = any(each.met for each in case.counted if each.window is Window.DOA_AFTER_DELIVERY)
    rule = Rule.R1 if runs_as_r1 else Rule.R2
    match case.facts.preference:
        case Wish.REFUND:
            resolution = Resolution.REFUND
        case Wish.REPLACEMENT:
            resolution = Resolution.REPLACEMENT
        case _:
            resolution = Resolution.ASK
    return Verdict(
        sku=case.sku,
        disposition=Disposition.APPROVE_RETURN,
        rule=rule,
        shipping_paid_by=Payer.SHOP,
        resolution=resolution,
        reasons=(f"The claim is inside its window and nothing is missing ({rule}).", *case.count_in_words),
        counted=case.counted,
        would_change=("The inspection after arrival does not confirm the defect (R7, R11).",),
    )


def _request(case: "_Case", *, rule: Rule | None, reasons: tuple[str, ...]) -> Verdict:
    missing = _wanted(case)
    return Verdict(
        sku=case.sku,
        disposition=Disposition.REQUEST_INFORMATION,
        rule=rule,
        missing=missing,
        reasons=(*reasons, f"Wanted: {', '.join(missing)}."),
        counted=case.counted,
        would_change=("The customer sends what is missing.",),
    )


# --- Row 1: the reasons for which a person decides, in the row's order


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reason:
    because: Because
    sentence: str
    rule: Rule | None = None


def _reasons_for_a_person(case: "_Case") -> Iterator[_Reason]:
    yield from _doubts_about_the_order(case)
    yield from _doubts_about_the_dates(case)
    yield from _problems_for_a_person(case)
    yield from _wishes_for_a_person(case)
    yield from _limits_of_the_bot(case)
    for why in case.facts.flagged:
        yield _Reason(because=Because.FLAGGED, sentence=why)


def _doubts_about_the_order(case: "_Case") -> Iterator[_Reason]:
    facts = case.facts
    if facts.order is not None and case.order is None:
        yield _Reason(
            because=Because.NOT_THE_SENDERS_ORDER,
            sentence="The order is known, but not as the sender's, and nobody confirmed the sender.",
        )
    if facts.several_orders:
        yield _Reason(because=Because.SEVERAL_ORDERS, sentence="One mail names two orders.")
    if facts.order_number_unknown_again:
        yield _Reason(
            because=Because.UNKNOWN_ORDER_AGAIN,
            sentence="An order number that the shop does not know was named again after it was asked about.",
        )


def _doubts_about_the_dates(case: "_Case") -> Iterator[_Reason]:
    if case.facts.contact_day_unknown:
        yield _Reason(
            because=Because.CONTACT_DAY_UNKNOWN,
            sentence="The mail was forwarded, so the day of the customer's own contact is not known.",
        )
    for why in case.odd_dates:
        yield _Reason(because=Because.ODD_DATES, sentence=why)
    if case.is_open:
        yield _Reason(
            because=Because.DATES_LEAVE_IT_OPEN,
            sentence="No window is met, and a missing day leaves one open.",
        )
    fault_on = case.facts.fault_on
    if case.is_ruled_out and case.order is not None and fault_on is not None:
        # Counted like the contact itself: a refusal would need every window ruled out for that day too.
        on_that_day = _count(case.order, fault_on, case.item.problem_kind, case.policy)
        if any(each.met is not False for each in on_that_day):
            yield _Reason(
                because=Because.FAULT_INSIDE_WINDOW,
                sentence=f"The fault may have begun inside a window ({fault_on}), and was told of after it.",
            )


def _problems_for_a_person(case: "_Case") -> Iterator[_Reason]:
    match case.item.problem_kind:
        case ProblemKind.CHANGED_MIND:
            yield _Reason(because=Because.CHANGED_MIND, sentence="The customer changed their mind.")
        case ProblemKind.WRONG_ITEM:
            yield _Reason(because=Because.WRONG_ITEM, sentence="Another item came than the one ordered.")
        case ProblemKind.NOT_AS_DESCRIBED:
            yield _Reason(because=Because.NOT_AS_DESCRIBED, sentence="The item is not as it was described.")
        case ProblemKind.MISSING_PARTS:
            yield _Reason(because=Because.MISSING_PARTS, sentence="Parts are missing (R3).", rule=Rule.R3)
        case _:
            pass


def _wishes_for_a_person(case: "_Case") -> Iterator[_Reason]:
    if case.facts.preference is Wish.REPAIR_OR_PART:
        yield _Reason(because=Because.REPAIR_OR_PART, sentence="A repair or a part is wanted (R3).", rule=Rule.R3)
    if case.facts.asks_other_compensation:
        yield _Reason(
            because=Because.OTHER_COMPENSATION,
            sentence="The customer asks for another compensation (R10).",
            rule=Rule.R10,
        )


def _limits_of_the_bot(case: "_Case") -> Iterator[_Reason]:
    limit, line = case.policy.agent_limit, case.line
    if limit is not None and line is not None:
        if line.unit_price is None:
            yield _Reason(
                because=Because.ABOVE_LIMIT,
                sentence=f"The price is not known, so it cannot be held against the limit of {limit}.",
            )
        elif (value := _units(case.item) * line.unit_price) > limit:
            currency = line.currency or ""
            yield _Reason(
                because=Because.ABOVE_LIMIT,
                sentence=f"The value of {value} {currency}".rstrip() + f" is above the limit of {limit}.",
            )
    if not case.facts.confidence >= case.policy.confidence_floor:
        confidence, floor = case.facts.confidence, case.policy.confidence_floor
        yield _Reason(because=Because.UNSURE, sentence=f"The confidence of {confidence:.2f} is under {floor:.2f}.")
    if line is not None and case.units_claimed > line.quantity:
        elsewhere = case.facts.units_elsewhere.get(line.sku, 0)
        yield _Reason(
            because=Because.MORE_UNITS_THAN_BOUGHT,
            sentence=f"{case.units_claimed} units are claimed, {line.quantity} were bought."
            + (f" {elsewhere} of them belong to other claims." if elsewhere else ""),
        )
    if case.order is not None and case.sku is not None and line is None:
        yield _Reason(
            because=Because.NOT_ON_THE_ORDER,
            sentence=f"The order {case.order.number} does not hold {case.sku}.",
        )


_WOULD_CHANGE: dict[Because, str] = {
    Because.NOT_THE_SENDERS_ORDER: "A person confirms that the sender may act for the order.",
    Because.SEVERAL_ORDERS: "A person names the one order of this claim.",
    Because.UNKNOWN_ORDER_AGAIN: "A person finds the order.",
    Because.CONTACT_DAY_UNKNOWN: "A person decides, knowing when the customer first wrote.",
    Because.ODD_DATES: "The dates of the order are corrected.",
    Because.DATES_LEAVE_IT_OPEN: "The missing day of delivery or of shipment becomes known.",
    Because.FAULT_INSIDE_WINDOW: "A person believes, or does not believe, the day on which the fault began.",
    Because.CHANGED_MIND: "The problem turns out to be a fault.",
    Because.WRONG_ITEM: "The problem turns out to be a fault of the item that was ordered.",
    Because.NOT_AS_DESCRIBED: "The problem turns out to be a fault.",
    Because.MISSING_PARTS: "The problem turns out to be a fault.",
    Because.REPAIR_OR_PART: "The customer prefers a refund or a replacement.",
    Because.OTHER_COMPENSATION: "The customer is content with a refund or a replacement.",
    Because.ABOVE_LIMIT: "A higher limit, or a lower value.",
    Because.UNSURE: "A person confirms what was read.",
    Because.MORE_UNITS_THAN_BOUGHT: "A person corrects the number of units.",
    Because.NOT_ON_THE_ORDER: "A person corrects the product or the order.",
    Because.FLAGGED: "A person has looked at the mail.",
}


# --- How the rules are read

_ARRIVES_BROKEN = frozenset({ProblemKind.DEAD_ON_ARRIVAL, ProblemKind.DAMAGED_IN_TRANSIT})
_UNKNOWN_PROBLEM = frozenset({ProblemKind.UNCLEAR, ProblemKind.NONE})
_PROOFS_OF_ONE_ITEM = frozenset({Proof.ITEM, Proof.PROBLEM})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Case:
    """One item, and everything about it that more than one row asks for.

    `order` is the order where it is the sender's and None otherwise, so that no row can tell a stranger of it.
    `odd_dates` says what is odd; then, and while the day of contact is unknown, nothing is `counted`.
    """

    facts: Facts
    policy: PolicySettings
    item: ItemFacts
    order: Order | None
    sku: str | None
    line: OrderLine | None
    units_claimed: int
    shown: frozenset[Proof]
    odd_dates: tuple[str, ...]
    counted: tuple[DaysCounted, ...]

    @classmethod
    def of(cls, item: ItemFacts, items: tuple[ItemFacts, ...], facts: Facts, policy: PolicySettings) -> "_Case":
        order = facts.order if facts.order_belongs_to_sender else None
        sku = _product(item, order)
        odd_dates: tuple[str, ...] = ()
        counted: tuple[DaysCounted, ...] = ()
        if order is not None and not facts.contact_day_unknown:
            odd_dates = tuple(_odd_dates(order, facts.first_contact_on))
            if not odd_dates:
                counted = _count(order, facts.first_contact_on, item.problem_kind, policy)
        return cls(
            facts=facts,
            policy=policy,
            item=item,
            order=order,
            sku=sku,
            line=order.line_of(sku) if order is not None and sku is not None else None,
            # Two items of one product may not together claim more than was bought, be they of one claim or of several.
            units_claimed=sum(_units(each) for each in items if _product(each, order) == sku)
            + (facts.units_elsewhere.get(sku, 0) if order is not None and sku is not None else 0),
            shown=_shown(item, items, facts),
            odd_dates=odd_dates,
            counted=counted,
        )

    @property
    def contact(self) -> date:
        return self.facts.first_contact_on

    @property
    def problem_is_unknown(self) -> bool:
        return self.item.problem_kind in _UNKNOWN_PROBLEM

    @property
    def is_open(self) -> bool:
        """No window is met, and a missing day leaves one that is not ruled out either."""
        return not any(each.met for each in self.counted) and any(each.met is None for each in self.counted)

    @property
    def is_ruled_out(self) -> bool:
        """The known dates rule out every window."""
        return bool(self.counted) and all(each.met is False for each in self.counted)

    @property
    def count_in_words(self) -> tuple[str, ...]:
        return tuple(_in_words(each, self.contact) for each in self.counted)


def _product(item: ItemFacts, order: Order | None) -> str | None:
    """The item's SKU; on an order of one product an unnamed product is that one."""
    if item.sku is not None or order is None:
        return item.sku
    skus = {line.sku for line in order.lines}
    return skus.pop() if len(skus) == 1 else None


def _units(item: ItemFacts) -> int:
    return 1 if item.quantity is None else item.quantity


def _shown(item: ItemFacts, items: tuple[ItemFacts, ...], facts: Facts) -> frozenset[Proof]:
    """The proofs that count for this item: the common ones, its own, and any item's of the package."""
    of_the_package = frozenset[Proof]().union(*(each.evidence for each in items)) - _PROOFS_OF_ONE_ITEM
    return facts.evidence | item.evidence | of_the_package


def _odd_dates(order: Order, contact: date) -> Iterator[str]:
    if order.shipped_on and order.delivered_on and order.delivered_on < order.shipped_on:
        yield f"Delivered on {order.delivered_on}, before the shipment on {order.shipped_on}."
    for what, day in (
        ("order", order.ordered_on),
        ("shipment", order.shipped_on),
        ("delivery", order.delivered_on),
    ):
        if day and day > contact:
            yield f"The {what} on {day} lies after the contact on {contact}."


def _count(order: Order, day: date, kind: ProblemKind, policy: PolicySettings) -> tuple[DaysCounted, ...]:
    """Every window that may count for this kind of problem, up to `day`; an unknown problem may be any."""
    delivered, shipped = order.delivered_on, order.shipped_on
    counted = (
        _window(Window.DEFECT_AFTER_DELIVERY, delivered, day, policy.defect_days_after_delivery),
        _after_shipment(shipped, delivered, day, policy.defect_days_after_shipment),
    )
    if kind in _ARRIVES_BROKEN | _UNKNOWN_PROBLEM:
        return (_window(Window.DOA_AFTER_DELIVERY, delivered, day, policy.doa_days), *counted)
    return counted


def _window(window: Window, since: date | None, day: date, limit: int) -> DaysCounted:
    days = (day - since).days if since else None
    met = 0 <= days <= limit if days is not None else None
    return DaysCounted(window=window, since=since, days=days, limit=limit, met=met)


def _after_shipment(shipped: date | None, delivered: date | None, day: date, limit: int) -> DaysCounted:
    counted = _window(Window.DEFECT_AFTER_SHIPMENT, shipped, day, limit)
    if shipped is None and delivered is not None and (day - delivered).days > limit:
        # It was shipped before it was delivered, so at least as many days lie after the shipment.
        return DaysCounted(window=counted.window, since=None, days=None, limit=limit, met=False)
    return counted


def _wanted(case: _Case) -> tuple[Wanted, ...]:
    """Everything still wanted for this item, proofs and preference too, in the order of `Wanted`."""
    wanted = set(_proofs_wanted(case))
    if case.order is None:
        wanted.add(Wanted.ORDER_NUMBER)
    if case.sku is None:
        wanted.add(Wanted.PRODUCT)
    if _is_blank(case.item.description):
        wanted.add(Wanted.DESCRIPTION)
    if case.problem_is_unknown:
        wanted.add(Wanted.PROBLEM_KIND)
    if case.facts.preference in (None, Wish.NONE_STATED):
        wanted.add(Wanted.PREFERENCE)
    return tuple(each for each in Wanted if each in wanted)


def _proofs_wanted(case: _Case) -> tuple[Wanted, ...]:
    """The outstanding proofs: none where known dates rule out every window or R4 rules the claim out (R5)."""
    if case.is_ruled_out or case.item.problem_kind is ProblemKind.ACCIDENTAL_DAMAGE_OR_MISUSE:
        return ()
    asked = set(case.policy.proofs) - case.shown
    if case.order is None or not case.order.partial_shipment:
        asked.discard(Proof.PACKING_SLIP)
    return tuple(Wanted(proof.value) for proof in Proof if proof in asked)


def _is_blank(text: str | None) -> bool:
    """Nothing that can be seen: zero-width and control characters are no description either."""
    return text is None or not any(char.isprintable() and not char.isspace() for char in text)


def _since(day: date, what: str, since: date) -> str:
    return f"Contact on {day} is day {(day - since).days} after the {what} on {since}"


def _in_words(counted: DaysCounted, contact: date) -> str:
    what = "shipment" if counted.window is Window.DEFECT_AFTER_SHIPMENT else "delivery"
    if counted.since is not None:
        where = "inside" if counted.met else "outside"
        return f"{_since(contact, what, counted.since)}: {where} the window of {counted.limit} days."
    if counted.met is False:
        return f"The day of {what} is not known, but its window of {counted.limit} days was over."
    return f"The day of {what} is not known; its window of {counted.limit} days is neither met nor ruled out."

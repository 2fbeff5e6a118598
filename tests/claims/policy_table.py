"""POLICY.md as a table: a sentence, the facts it is about, and what must be decided. Both sides of every boundary.

The builders default to a claim that is approved: a defective item of an order that was shipped 10 and delivered 3
days before the contact, with all proofs and a wish for a refund. A row states only what differs.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from mailbot.claims.facts import Facts, ItemFacts
from mailbot.claims.orders import Order, OrderLine
from mailbot.claims.policy import PolicySettings
from mailbot.claims.words import ProblemKind, Proof, Wish

CONTACT = date(2026, 11, 5)
PHONE = "UMX-N14P-256"
WATCH = "AMZ-GTR4-BLK"
FRONT, BACK, SLIP, ITEM, PROBLEM = "package_front", "package_back", "packing_slip", "item", "problem"
FOUR = (FRONT, BACK, ITEM, PROBLEM)


def days_ago(days: int | None) -> date | None:
    return None if days is None else CONTACT - timedelta(days=days)


def line(sku: str = PHONE, quantity: int = 1, price: str | None = "239.00") -> OrderLine:
    return OrderLine(sku=sku, quantity=quantity, unit_price=None if price is None else Decimal(price), currency="EUR")


def order(*lines: OrderLine, shipped: int | None = 10, delivered: int | None = 3, partial: bool = False) -> Order:
    """Shipped and delivered so many days before the contact, None where unknown."""
    return Order(
        number="100482913",
        lines=lines or (line(),),
        shipped_on=days_ago(shipped),
        delivered_on=days_ago(delivered),
        partial_shipment=partial,
    )


def item(
    kind: str = "defective",
    sku: str | None = PHONE,
    quantity: int | None = 1,
    description: str | None = "The screen stays black after two minutes.",
    tried: bool = False,
    shows: tuple[str, ...] = (),
) -> ItemFacts:
    return ItemFacts(
        sku=sku,
        quantity=quantity,
        problem_kind=ProblemKind(kind),
        description=description,
        support_tried=tried,
        evidence=frozenset(map(Proof, shows)),
    )


TWO = order(line(PHONE), line(WATCH))
PARTIAL = order(partial=True)
LATE = order(shipped=31, delivered=8)
SHIPPED_UNKNOWN_AND_LATE = order(shipped=None, delivered=31)


def facts(
    *items: ItemFacts,
    order: Order | None = order(),  # noqa: B008 - a frozen value
    mine: bool | None = True,
    shows: tuple[str, ...] = FOUR,
    wish: str | None = "refund",
    fault: int | None = None,
    confidence: float = 1.0,
    other: bool = False,
    hazard: bool = False,
    withdrawal: bool = False,
    forwarded: bool = False,
    two_orders: bool = False,
    again: bool = False,
    flagged: tuple[str, ...] = (),
) -> Facts:
    return Facts(
        order=order,
        items=items or (item(),),
        first_contact_on=CONTACT,
        order_belongs_to_sender=mine,
        fault_on=days_ago(fault),
        evidence=frozenset(map(Proof, shows)),
        preference=None if wish is None else Wish(wish),
        asks_other_compensation=other,
        hazard=hazard,
        confidence=confidence,
        declares_withdrawal=withdrawal,
        contact_day_unknown=forwarded,
        several_orders=two_orders,
        order_number_unknown_again=again,
        flagged=flagged,
    )


def without_items(given: Facts) -> Facts:
    """The same claim without any item."""
    return Facts(
        order=given.order,
        items=(),
        first_contact_on=given.first_contact_on,
        order_belongs_to_sender=given.order_belongs_to_sender,
        evidence=given.evidence,
        preference=given.preference,
    )


@dataclass(frozen=True, slots=True)
class Expected:
    """One item's answer, in the contract's words; `because` only beside refer_to_agent."""

    disposition: str
    rule: str | None = None
    missing: tuple[str, ...] = ()
    payer: str | None = None
    resolution: str | None = None
    because: tuple[str, ...] = ()


def approve(rule: str, resolution: str = "refund") -> Expected:
    return Expected("approve_return", rule, payer="shop", resolution=resolution)


def ask(rule: str | None, *missing: str) -> Expected:
    return Expected("request_information", rule, missing=missing)


def refer(rule: str | None, *because: str) -> Expected:
    return Expected("refer_to_agent", rule, because=because)


def decline(rule: str) -> Expected:
    return Expected("decline", rule)


SUPPORT = Expected("offer_support", "R3")


@dataclass(frozen=True, slots=True)
class Row:
    sentence: str
    facts: Facts
    expected: tuple[Expected, ...]
    policy: PolicySettings


def row(sentence: str, given: Facts, *expected: Expected, policy: PolicySettings | None = None) -> Row:
    return Row(sentence, given, expected, policy or PolicySettings())


def limit(amount: str) -> PolicySettings:
    return PolicySettings(agent_limit=Decimal(amount))


DANGER = [
    row("a danger goes to a person", facts(hazard=True), refer("S1", "hazard")),
    row("a danger comes before the wrong owner", facts(hazard=True, mine=False), refer("S1", "hazard")),
    row("a danger comes before a withdrawal", facts(hazard=True, withdrawal=True), refer("S1", "hazard")),
    row(
        "a danger comes before misuse",
        facts(item("accidental_damage_or_misuse"), hazard=True),
        refer("S1", "hazard"),
    ),
    row("a danger needs no order", facts(hazard=True, order=None, mine=None), refer("S1", "hazard")),
    row("a danger comes before lateness", facts(hazard=True, order=LATE), refer("S1", "hazard")),
    row(
        "a danger holds for every item",
        facts(item(), item("software_issue", WATCH), order=TWO, hazard=True),
        refer("S1", "hazard"),
        refer("S1", "hazard"),
    ),
]

WITHDRAWAL = [
    row(
        "a withdrawal by law names its rule",
        facts(item("changed_mind"), withdrawal=True),
        refer("S2", "withdrawal"),
    ),
    row(
        "a withdrawal by law needs no order",
        facts(item("changed_mind"), withdrawal=True, order=None),
        refer("S2", "withdrawal"),
    ),
    row(
        "a change of mind alone names no rule",
        facts(item("changed_mind")),
        refer(None, "changed_mind"),
    ),
]

OWNER = [
    row("an order of somebody else goes to a person", facts(mine=False), refer(None, "not_the_senders_order")),
    row("an unknown owner counts as no", facts(mine=None), refer(None, "not_the_senders_order")),
    row(
        "a stranger gets no refusal by date",
        facts(mine=False, order=LATE),
        refer(None, "not_the_senders_order"),
    ),
    row(
        "a stranger does not learn that dates are missing",
        facts(mine=False, order=order(shipped=None, delivered=None)),
        refer(None, "not_the_senders_order"),
    ),
    row(
        "a stranger does not learn what the order holds",
        facts(item(sku=WATCH, quantity=9), mine=False),
        refer(None, "not_the_senders_order"),
    ),
    row(
        "a stranger is not asked for proofs",
        facts(mine=False, shows=(), wish=None),
        refer(None, "not_the_senders_order"),
    ),
    row(
        "the owner comes before the part that is wanted",
        facts(mine=False, wish="repair_or_part"),
        refer(None, "not_the_senders_order", "repair_or_part"),
    ),
    row(
        "the owner comes before misuse",
        facts(item("accidental_damage_or_misuse"), mine=False),
        refer(None, "not_the_senders_order"),
    ),
    row("two orders in one mail go to a person", facts(two_orders=True), refer(None, "several_orders")),
    row(
        "an unknown number named again goes to a person",
        facts(order=None, again=True),
        refer(None, "unknown_order_again"),
    ),
]

DEFECT_WINDOWS = [
    row("a defect on the day of delivery is covered", facts(order=order(delivered=0)), approve("R2")),
    row(
        "the seventh day after delivery still counts",
        facts(order=order(shipped=31, delivered=7)),
        approve("R2"),
    ),
    row(
        "the eighth day after delivery is outside when shipment is past too",
        facts(order=order(shipped=31, delivered=8)),
        decline("R2"),
    ),
    row(
        "the thirtieth day after shipment still counts",
        facts(order=order(shipped=30, delivered=25)),
        approve("R2"),
    ),
    row(
        "the thirty-first day after shipment is outside",
        facts(order=order(shipped=31, delivered=25)),
        decline("R2"),
    ),
    row("either window is enough: delivery", facts(order=order(shipped=90, delivered=1)), approve("R2")),
    row("either window is enough: shipment", facts(order=order(shipped=20, delivered=15)), approve("R2")),
    row("both windows may be met", facts(order=order(shipped=5, delivered=2)), approve("R2")),
    row("a contact on the day of shipment counts", facts(order=order(shipped=0, delivered=None)), approve("R2")),
    row(
        "the days after delivery are a setting: the last one inside",
        facts(order=order(shipped=60, delivered=10)),
        approve("R2"),
        policy=PolicySettings(defect_days_after_delivery=10),
    ),
    row(
        "the days after delivery are a setting: the first one outside",
        facts(order=order(shipped=60, delivered=11)),
        decline("R2"),
        policy=PolicySettings(defect_days_after_delivery=10),
    ),
    row(
        "the days after shipment are a setting: the last one inside",
        facts(order=order(shipped=14, delivered=10)),
        approve("R2"),
        policy=PolicySettings(defect_days_after_shipment=14),
    ),
    row(
        "the days after shipment are a setting: the first one outside",
        facts(order=order(shipped=15, delivered=10)),
        decline("R2"),
        policy=PolicySettings(defect_days_after_shipment=14),
    ),
]

ARRIVES_BROKEN = [
    row("what never worked runs as R1 inside seven days", facts(item("dead_on_arrival")), approve("R1")),
    row(
        "what never worked runs as R1 on the seventh day",
        facts(item("dead_on_arrival"), order=order(shipped=40, delivered=7)),
        approve("R1"),
    ),
    row(
        "what never worked runs as R2 on the eighth day",
        facts(item("dead_on_arrival"), order=order(shipped=20, delivered=8)),
        approve("R2"),
    ),
    row(
        "what never worked and is told of after both windows is outside",
        facts(item("dead_on_arrival"), order=LATE),
        decline("R2"),
    ),
    row(
        "what never worked runs as R2 while delivery is unknown",
        facts(item("dead_on_arrival"), order=order(shipped=10, delivered=None)),
        approve("R2"),
    ),
    row(
        "what never worked runs as R1 while only shipment is unknown",
        facts(item("dead_on_arrival"), order=order(shipped=None, delivered=7)),
        approve("R1"),
    ),
    row("transit damage runs as R1 inside seven days", facts(item("damaged_in_transit")), approve("R1")),
    row(
        "transit damage runs as R1 on the seventh day",
        facts(item("damaged_in_transit"), order=order(shipped=40, delivered=7)),
        approve("R1"),
    ),
    row(
        "transit damage runs as R2 on the eighth day",
        facts(item("damaged_in_transit"), order=order(shipped=20, delivered=8)),
        approve("R2"),
    ),
    row(
        "transit damage runs as R2 while delivery is unknown",
        facts(item("damaged_in_transit"), order=order(shipped=30, delivered=None)),
        approve("R2"),
    ),
    row(
        "transit damage told of after both windows is outside",
        facts(item("damaged_in_transit"), order=LATE),
        decline("R2"),
    ),
    row("a defect never runs as R1", facts(order=order(delivered=1)), approve("R2")),
    row(
        "a longer R1 window covers what never worked when both of R2 are past",
        facts(item("dead_on_arrival"), order=order(shipped=40, delivered=10)),
        approve("R1"),
        policy=PolicySettings(doa_days=14),
    ),
    row(
        "a longer R1 window does not cover a defect",
        facts(order=order(shipped=40, delivered=10)),
        decline("R2"),
        policy=PolicySettings(doa_days=14),
    ),
    row(
        "a shorter R1 window leaves the rest to R2",
        facts(item("dead_on_arrival"), order=order(delivered=5)),
        approve("R2"),
        policy=PolicySettings(doa_days=4),
    ),
]

OPEN = [
    row(
        "both days unknown: a person",
        facts(order=order(shipped=None, delivered=None)),
        refer(None, "dates_leave_it_open"),
    ),
    row(
        "delivery unknown on the thirtieth day after shipment: met",
        facts(order=order(shipped=30, delivered=None)),
        approve("R2"),
    ),
    row(
        "delivery unknown on the thirty-first day after shipment: a person",
        facts(order=order(shipped=31, delivered=None)),
        refer(None, "dates_leave_it_open"),
    ),
    row(
        "delivery unknown a year after shipment: a person all the same",
        facts(order=order(shipped=365, delivered=None)),
        refer(None, "dates_leave_it_open"),
    ),
    row(
        "shipment unknown on the seventh day after delivery: met",
        facts(order=order(shipped=None, delivered=7)),
        approve("R2"),
    ),
    row(
        "shipment unknown on the eighth day after delivery: a person",
        facts(order=order(shipped=None, delivered=8)),
        refer(None, "dates_leave_it_open"),
    ),
    row(
        "shipment unknown on the thirtieth day after delivery: a person",
        facts(order=order(shipped=None, delivered=30)),
        refer(None, "dates_leave_it_open"),
    ),
    row(
        "shipment unknown on the thirty-first day after delivery: outside",
        facts(order=SHIPPED_UNKNOWN_AND_LATE),
        decline("R2"),
    ),
    row(
        "what never worked is open like any defect",
        facts(item("dead_on_arrival"), order=order(shipped=None, delivered=20)),
        refer(None, "dates_leave_it_open"),
    ),
    row(
        "what is missing stays out of the answer while a person decides",
        facts(order=order(shipped=None, delivered=None), shows=(), wish=None),
        refer(None, "dates_leave_it_open"),
    ),
    row(
        "open dates come before the part that is wanted",
        facts(order=order(shipped=None, delivered=None), wish="repair_or_part"),
        refer(None, "dates_leave_it_open", "repair_or_part"),
    ),
    row(
        "open dates go to a person whatever the problem",
        facts(item("unclear"), order=order(shipped=None, delivered=None)),
        refer(None, "dates_leave_it_open"),
    ),
    row(
        "a forwarded mail does not tell the day of contact",
        facts(forwarded=True),
        refer(None, "contact_day_unknown"),
    ),
    row(
        "a forwarded mail gets no refusal by date",
        facts(forwarded=True, order=LATE),
        refer(None, "contact_day_unknown"),
    ),
    row("a mail that is flagged is looked at by a person", facts(flagged=("Odd.",)), refer(None, "flagged")),
]

FAULT_AND_ODD_DATES = [
    row(
        "a fault on the seventh day after delivery, told of late: a person",
        facts(order=order(shipped=60, delivered=20), fault=13),
        refer(None, "fault_inside_window"),
    ),
    row(
        "a fault on the eighth day after delivery, told of late: outside",
        facts(order=order(shipped=60, delivered=20), fault=12),
        decline("R2"),
    ),
    row(
        "a fault on the thirtieth day after shipment, told of late: a person",
        facts(order=order(shipped=31, delivered=25), fault=1),
        refer(None, "fault_inside_window"),
    ),
    row(
        "a fault on the thirty-first day after shipment, told of late: outside",
        facts(order=order(shipped=33, delivered=25), fault=2),
        decline("R2"),
    ),
    row(
        "a fault before the shipment is inside no window",
        facts(order=order(shipped=40, delivered=35), fault=41),
        decline("R2"),
    ),
    row(
        "a fault that may have begun inside a window whose day is unknown: a person",
        facts(order=SHIPPED_UNKNOWN_AND_LATE, fault=10),
        refer(None, "fault_inside_window"),
    ),
    row("the day of the fault does not matter inside a window", facts(fault=2), approve("R2")),
    row(
        "the day of the fault does not matter while a window is open",
        facts(order=order(shipped=31, delivered=None), fault=20),
        refer(None, "dates_leave_it_open"),
    ),
    row(
        "the day of the fault inside a longer R1 window counts for what never worked",
        facts(item("dead_on_arrival"), order=order(shipped=60, delivered=30), fault=20),
        refer(None, "fault_inside_window"),
        policy=PolicySettings(doa_days=14),
    ),
    row(
        "delivered before shipped: a person",
        facts(order=order(shipped=3, delivered=4)),
        refer(None, "odd_dates"),
    ),
    row(
        "delivered on the day of shipment is not odd",
        facts(order=order(shipped=3, delivered=3)),
        approve("R2"),
    ),
    row(
        "delivered after the contact: a person",
        facts(order=order(shipped=3, delivered=-1)),
        refer(None, "odd_dates"),
    ),
    row(
        "shipped after the contact: a person",
        facts(order=order(shipped=-1, delivered=None)),
        refer(None, "odd_dates"),
    ),
    row(
        "odd dates are odd although they lie far outside",
        facts(order=order(shipped=50, delivered=60)),
        refer(None, "odd_dates"),
    ),
]

FOR_A_PERSON = [
    row("a wrong item goes to a person", facts(item("wrong_item")), refer(None, "wrong_item")),
    row(
        "a wrong item goes to a person without an order too",
        facts(item("wrong_item"), order=None),
        refer(None, "wrong_item"),
    ),
    row(
        "an item not as described goes to a person",
        facts(item("not_as_described")),
        refer(None, "not_as_described"),
    ),
    row(
        "a change of mind without an order goes to a person",
        facts(item("changed_mind"), order=None),
        refer(None, "changed_mind"),
    ),
    row("missing parts are R3", facts(item("missing_parts")), refer("R3", "missing_parts")),
    row(
        "missing parts are R3 without an order",
        facts(item("missing_parts"), order=None),
        refer("R3", "missing_parts"),
    ),
    row("missing parts are R3 although late", facts(item("missing_parts"), order=LATE), refer("R3", "missing_parts")),
    row("a repair wanted is R3", facts(wish="repair_or_part"), refer("R3", "repair_or_part")),
    row(
        "a repair of misuse goes to a person before it is declined",
        facts(item("accidental_damage_or_misuse"), wish="repair_or_part"),
        refer("R3", "repair_or_part"),
    ),
    row(
        "a part for a software issue goes to a person before support",
        facts(item("software_issue"), wish="repair_or_part"),
        refer("R3", "repair_or_part"),
    ),
    row("other compensation is R10", facts(other=True), refer("R10", "other_compensation")),
    row(
        "other compensation is R10 without an order",
        facts(other=True, order=None),
        refer("R10", "other_compensation"),
    ),
    row(
        "other compensation is R10 although late",
        facts(other=True, order=LATE),
        refer("R10", "other_compensation"),
    ),
    row(
        "R3 comes before R10",
        facts(item("missing_parts"), other=True),
        refer("R3", "missing_parts", "other_compensation"),
    ),
    row(
        "a change of mind comes before R10 and names no rule",
        facts(item("changed_mind"), other=True),
        refer(None, "changed_mind", "other_compensation"),
    ),
    row(
        "a wrong item comes before R3 and names no rule",
        facts(item("wrong_item"), wish="repair_or_part"),
        refer(None, "wrong_item", "repair_or_part"),
    ),
    row(
        "R10 comes before the limit",
        facts(other=True),
        refer("R10", "other_compensation", "above_limit"),
        policy=limit("100"),
    ),
]

LIMITS = [
    row("a value equal to the limit is decided", facts(), approve("R2"), policy=limit("239.00")),
    row(
        "a value above the limit goes to a person",
        facts(),
        refer(None, "above_limit"),
        policy=limit("238.99"),
    ),
    row(
        "the limit compares quantity times price: above",
        facts(item(quantity=2), order=order(line(quantity=2))),
        refer(None, "above_limit"),
        policy=limit("477.99"),
    ),
    row(
        "the limit compares quantity times price: equal",
        facts(item(quantity=2), order=order(line(quantity=2))),
        approve("R2"),
        policy=limit("478.00"),
    ),
    row(
        "the limit compares the units claimed and not those bought",
        facts(item(quantity=1), order=order(line(quantity=5))),
        approve("R2"),
        policy=limit("239.00"),
    ),
    row(
        "the limit compares each item alone",
        facts(item(), item(sku=WATCH), order=order(line(), line(WATCH, price="300"))),
        approve("R2"),
        refer(None, "above_limit"),
        policy=limit("250"),
    ),
    row("without a limit no value is too high", facts(order=order(line(price="99999"))), approve("R2")),
    row(
        "an unknown price cannot be held against a limit",
        facts(order=order(line(price=None))),
        refer(None, "above_limit"),
        policy=limit("100"),
    ),
    row("an unknown price does not matter without a limit", facts(order=order(line(price=None))), approve("R2")),
    row("a confidence at the floor is enough", facts(confidence=0.6), approve("R2")),
    row("a confidence under the floor goes to a person", facts(confidence=0.59), refer(None, "unsure")),
    row(
        "the floor is a setting: at it",
        facts(confidence=0.9),
        approve("R2"),
        policy=PolicySettings(confidence_floor=0.9),
    ),
    row(
        "the floor is a setting: under it",
        facts(confidence=0.89),
        refer(None, "unsure"),
        policy=PolicySettings(confidence_floor=0.9),
    ),
    row(
        "a low confidence comes before misuse",
        facts(item("accidental_damage_or_misuse"), confidence=0.3),
        refer(None, "unsure"),
    ),
    row(
        "a low confidence needs no order",
        facts(order=None, confidence=0.3),
        refer(None, "unsure"),
    ),
    row(
        "as many units as were bought are decided",
        facts(item(quantity=3), order=order(line(quantity=3))),
        approve("R2"),
    ),
    row(
        "more units than were bought go to a person",
        facts(item(quantity=4), order=order(line(quantity=3))),
        refer(None, "more_units_than_bought"),
    ),
    row("an unknown quantity is one", facts(item(quantity=None)), approve("R2")),
    row(
        "two items of one product and of unknown quantity are two",
        facts(item(quantity=None), item("dead_on_arrival", quantity=None)),
        refer(None, "more_units_than_bought"),
        refer(None, "more_units_than_bought"),
    ),
    row(
        "an unknown quantity is one also against the limit",
        facts(item(quantity=None), order=order(line(quantity=3))),
        approve("R2"),
        policy=limit("239.00"),
    ),
    row(
        "two lines of one product count together",
        facts(item(quantity=2), order=order(line(), line())),
        approve("R2"),
    ),
    row(
        "two items of one product may not claim more than was bought",
        facts(item(), item("dead_on_arrival")),
        refer(None, "more_units_than_bought"),
        refer(None, "more_units_than_bought"),
    ),
    row(
        "two items of one product are decided each when two were bought",
        facts(item(), item("dead_on_arrival"), order=order(line(quantity=2))),
        approve("R2"),
        approve("R1"),
    ),
    row(
        "a product that the order does not hold goes to a person",
        facts(item(sku=WATCH)),
        refer(None, "not_on_the_order"),
    ),
    row(
        "a product that the order does not hold goes to a person although late",
        facts(item(sku=WATCH), order=LATE),
        refer(None, "not_on_the_order"),
    ),
    row(
        "a product is not held against an unknown order",
        facts(item(sku=WATCH), order=None),
        ask(None, "order_number"),
    ),
]

MISUSE_AND_SUPPORT = [
    row("misuse is not covered", facts(item("accidental_damage_or_misuse")), decline("R4")),
    row(
        "misuse is not covered without an order either",
        facts(item("accidental_damage_or_misuse"), order=None),
        decline("R4"),
    ),
    row(
        "misuse needs no product, description or proof",
        facts(item("accidental_damage_or_misuse", sku=None, description=None), order=TWO, shows=(), wish=None),
        decline("R4"),
    ),
    row(
        "misuse comes before lateness",
        facts(item("accidental_damage_or_misuse"), order=LATE),
        decline("R4"),
    ),
    row(
        "misuse is declined also where late claims are referred",
        facts(item("accidental_damage_or_misuse"), order=LATE),
        decline("R4"),
        policy=PolicySettings(refer_late=True),
    ),
    row("a software issue gets support first", facts(item("software_issue")), SUPPORT),
    row("support needs no order", facts(item("software_issue"), order=None), SUPPORT),
    row("support needs no proofs", facts(item("software_issue", description=None), shows=(), wish=None), SUPPORT),
    row("support comes before lateness", facts(item("software_issue"), order=LATE), SUPPORT),
    row("after support a software issue runs as R2", facts(item("software_issue", tried=True)), approve("R2")),
    row(
        "after support a software issue may be late",
        facts(item("software_issue", tried=True), order=LATE),
        decline("R2"),
    ),
    row(
        "after support a software issue needs its proofs",
        facts(item("software_issue", tried=True), shows=(FRONT, BACK, ITEM)),
        ask("R5", PROBLEM),
    ),
    row(
        "after support a software issue needs its order",
        facts(item("software_issue", tried=True), order=None),
        ask(None, "order_number"),
    ),
    row("support tried says nothing about a defect", facts(item(tried=True)), approve("R2")),
]

UNKNOWN = [
    row("no order: it is asked for", facts(order=None, mine=None), ask(None, "order_number")),
    row(
        "no order: everything is asked for at once, in one order",
        facts(item("unclear", sku=None, description=None), order=None, shows=(), wish=None),
        ask(None, "order_number", "product", "description", "problem_kind", "preference", *FOUR),
    ),
    row(
        "no order: the outstanding proofs are asked for, the slip is not",
        facts(order=None, shows=(FRONT,)),
        ask(None, "order_number", BACK, ITEM, PROBLEM),
    ),
    row(
        "no order: an unnamed product cannot be deduced",
        facts(item(sku=None), order=None),
        ask(None, "order_number", "product"),
    ),
    row(
        "no order: an unknown preference is asked for too",
        facts(order=None, wish=None),
        ask(None, "order_number", "preference"),
    ),
    row("an unclear problem is asked about", facts(item("unclear")), ask(None, "problem_kind")),
    row("no problem at all is asked about", facts(item("none")), ask(None, "problem_kind")),
    row(
        "an unclear problem: proofs and preference are asked for in the same letter",
        facts(item("unclear", description=" "), shows=(), wish=None),
        ask(None, "description", "problem_kind", "preference", *FOUR),
    ),
    row(
        "an unclear problem: the slip is asked for where the order was shipped in part",
        facts(item("unclear"), order=PARTIAL, shows=()),
        ask(None, "problem_kind", FRONT, BACK, SLIP, ITEM, PROBLEM),
    ),
    row(
        "an unclear problem of a late claim: no proofs are asked for",
        facts(item("unclear", description=None), order=LATE, shows=(), wish=None),
        ask(None, "description", "problem_kind", "preference"),
    ),
    row(
        "an unclear problem may still turn out to be inside a longer R1 window",
        facts(item("unclear"), order=order(shipped=60, delivered=10), shows=(FRONT, BACK)),
        ask(None, "problem_kind", ITEM, PROBLEM),
        policy=PolicySettings(doa_days=14),
    ),
    row(
        "a claim without items is one unknown item",
        without_items(facts(order=None, shows=(), wish=None)),
        ask(None, "order_number", "product", "description", "problem_kind", "preference", *FOUR),
    ),
    row(
        "a claim without items on an order of one line is about that line",
        without_items(facts(shows=FOUR)),
        ask(None, "description", "problem_kind"),
    ),
    row(
        "a claim without items on an order of two lines wants the product",
        without_items(facts(order=TWO)),
        ask(None, "product", "description", "problem_kind"),
    ),
]

LATE_CLAIMS = [
    row(
        "a late claim is declined although proofs, product and description are missing",
        facts(item(sku=None, description=None), order=order(line(), line(WATCH), shipped=31, delivered=8), shows=()),
        decline("R2"),
    ),
    row(
        "a late claim may be referred instead",
        facts(order=LATE),
        refer("R2", "late"),
        policy=PolicySettings(refer_late=True),
    ),
    row(
        "a claim in time is not referred",
        facts(),
        approve("R2"),
        policy=PolicySettings(refer_late=True),
    ),
]

MISSING = [
    row("one proof is missing: R5", facts(shows=(FRONT, ITEM, PROBLEM)), ask("R5", BACK)),
    row("all proofs are missing: R5", facts(shows=()), ask("R5", *FOUR)),
    row("proofs and preference are missing: still R5", facts(shows=(), wish=None), ask("R5", "preference", *FOUR)),
    row(
        "a preference not stated is unknown",
        facts(shows=(FRONT, BACK, ITEM), wish="none_stated"),
        ask("R5", "preference", PROBLEM),
    ),
    row("a description is missing: no rule", facts(item(description=None)), ask(None, "description")),
    row("a blank description is none", facts(item(description=" \t\n\u200b")), ask(None, "description")),
    row(
        "description and proofs are missing: no rule",
        facts(item(description=""), shows=(FRONT, BACK)),
        ask(None, "description", ITEM, PROBLEM),
    ),
    row(
        "description and preference are missing: both are asked for",
        facts(item(description=""), wish=None),
        ask(None, "description", "preference"),
    ),
    row("an order of two lines wants the product", facts(item(sku=None), order=TWO), ask(None, "product")),
    row(
        "product and proofs are missing: no rule",
        facts(item(sku=None), order=TWO, shows=(FRONT, BACK, ITEM)),
        ask(None, "product", PROBLEM),
    ),
    row("an unnamed product on an order of one line is that line", facts(item(sku=None)), approve("R2")),
    row(
        "an unnamed product on an order of two lines of one product is that product",
        facts(item(sku=None), order=order(line(), line())),
        approve("R2"),
    ),
    row(
        "the slip is asked for where the order was shipped in part",
        facts(order=PARTIAL),
        ask("R5", SLIP),
    ),
    row("the slip is enough where it came", facts(order=PARTIAL, shows=(*FOUR, SLIP)), approve("R2")),
    row("the slip is not asked for otherwise", facts(shows=FOUR), approve("R2")),
    row(
        "the slip is not asked for where the shop does not want it",
        facts(order=PARTIAL),
        approve("R2"),
        policy=PolicySettings(proofs=(Proof.PACKAGE_FRONT, Proof.PROBLEM)),
    ),
    row(
        "only the shop's own proofs are asked for",
        facts(shows=()),
        ask("R5", ITEM),
        policy=PolicySettings(proofs=(Proof.ITEM,)),
    ),
    row(
        "a shop that wants no proofs asks for none",
        facts(shows=()),
        approve("R2"),
        policy=PolicySettings(proofs=()),
    ),
    row("proofs are asked for what never worked too", facts(item("dead_on_arrival"), shows=()), ask("R5", *FOUR)),
]

APPROVED = [
    row("a refund is wanted", facts(), approve("R2", "refund")),
    row("a replacement is wanted", facts(wish="replacement"), approve("R2", "replacement")),
    row("an unknown preference does not hold the return up", facts(wish=None), approve("R2", "ask")),
    row("a preference not stated does not either", facts(wish="none_stated"), approve("R2", "ask")),
    row(
        "a preference is asked for under R1 too",
        facts(item("dead_on_arrival"), wish=None),
        approve("R1", "ask"),
    ),
]

SEVERAL_ITEMS = [
    row(
        "each item is decided by itself",
        facts(item(), item("accidental_damage_or_misuse", WATCH), order=TWO),
        approve("R2"),
        decline("R4"),
    ),
    row(
        "each item has its own reason for a person",
        facts(item("missing_parts"), item("changed_mind", WATCH), order=TWO),
        refer("R3", "missing_parts"),
        refer(None, "changed_mind"),
    ),
    row(
        "item and problem are wanted of each",
        facts(item(shows=(ITEM, PROBLEM)), item(sku=WATCH), order=TWO, shows=(FRONT, BACK)),
        approve("R2"),
        ask("R5", ITEM, PROBLEM),
    ),
    row(
        "a proof of one item is none of the other",
        facts(item(shows=(ITEM,)), item(sku=WATCH, shows=(PROBLEM,)), order=TWO, shows=(FRONT, BACK)),
        ask("R5", PROBLEM),
        ask("R5", ITEM),
    ),
    row(
        "proofs of the package serve all items, wherever they stand",
        facts(item(shows=(FRONT, BACK, ITEM, PROBLEM)), item(sku=WATCH, shows=(ITEM, PROBLEM)), order=TWO, shows=()),
        approve("R2"),
        approve("R2"),
    ),
    row(
        "the slip serves all items",
        facts(
            item(shows=(SLIP,)),
            item(sku=WATCH),
            order=order(line(), line(WATCH), partial=True),
        ),
        approve("R2"),
        approve("R2"),
    ),
    row(
        "the common proofs count for every item",
        facts(item(), item("dead_on_arrival", WATCH), order=TWO),
        approve("R2"),
        approve("R1"),
    ),
    row(
        "an item's own proofs are enough",
        facts(item(shows=FOUR), shows=()),
        approve("R2"),
    ),
    row(
        "an unnamed item beside a named one wants its product",
        facts(item(), item(sku=None), order=TWO),
        approve("R2"),
        ask(None, "product"),
    ),
]

TABLE = [
    *DANGER,
    *WITHDRAWAL,
    *OWNER,
    *DEFECT_WINDOWS,
    *ARRIVES_BROKEN,
    *OPEN,
    *FAULT_AND_ODD_DATES,
    *FOR_A_PERSON,
    *LIMITS,
    *MISUSE_AND_SUPPORT,
    *UNKNOWN,
    *LATE_CLAIMS,
    *MISSING,
    *APPROVED,
    *SEVERAL_ITEMS,
]

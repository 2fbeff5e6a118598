"""Sample cases for every letter: templates are checked and previewed with them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

from mailbot.claims.words import Status
from mailbot.letters.letter import (
    TO_AGENTS,
    AgentView,
    ChecklistView,
    CommandView,
    FileView,
    HistoryView,
    ItemView,
    LetterFacts,
    LetterName,
    NoteView,
    ShopView,
    WindowView,
)

__all__ = ["sample_facts"]

_SHOP = ShopView(
    name="Example Shop",
    address="returns@shop.example",
    return_address=("Example Shop Returns", "12 Harbour Road", "20457 Hamburg", "Germany"),
    legal_footer="Example Shop Ltd, 12 Harbour Road, 20457 Hamburg\nRegistered in Hamburg, HRB 12345",
)

_PHONE = ItemView(
    index=1,
    name="Example Phone 14",
    sku="EXP-14-256",
    quantity=1,
    problem_kind="defective",
    problem="The screen goes black after some minutes and comes back only after a restart.",
    status="awaiting_agent",
    disposition="",
    rule="",
    accessories=("cable", "charger", "case"),
)
_EARPHONES = ItemView(
    index=2,
    name="Example Buds",
    sku="EXB-2",
    quantity=2,
    problem_kind="dead_on_arrival",
    problem="They have never switched on.",
    status="awaiting_agent",
    disposition="",
    rule="",
)
_UNKNOWN = ItemView(
    index=1,
    name="",
    sku="",
    quantity=1,
    problem_kind="unclear",
    problem="",
    status="awaiting_customer",
    disposition="request_information",
    rule="",
    missing=("product", "description", "problem_kind", "package_front", "package_back", "item", "problem"),
)
_INSIDE = (
    WindowView(name="defect_after_delivery", since=date(2026, 11, 2), days=3, limit=7, met=True),
    WindowView(name="defect_after_shipment", since=date(2026, 10, 20), days=16, limit=30, met=True),
)
_OUTSIDE = (
    WindowView(name="defect_after_delivery", since=date(2026, 9, 2), days=64, limit=7, met=False),
    WindowView(name="defect_after_shipment", since=date(2026, 8, 28), days=69, limit=30, met=False),
)


_NEVER_WORKED = (WindowView(name="doa_after_delivery", since=date(2026, 11, 2), days=3, limit=7, met=True),)


def _approved(item: ItemView, *, resolution: str = "refund", rule: str = "R2") -> ItemView:
    return replace(
        item,
        status="awaiting_return",
        disposition="approve_return",
        rule=rule,
        resolution=resolution,
        shipping_paid_by="shop",
        windows=_NEVER_WORKED if rule == "R1" else _INSIDE,
        reasons=("It broke within 7 days of delivery (R2).",),
    )


def _declined(item: ItemView, *, rule: str = "R2", reason: str = "") -> ItemView:
    return replace(
        item,
        status="declined",
        disposition="decline",
        rule=rule,
        windows=_OUTSIDE if rule == "R2" else (),
        reason=reason,
        reasons=("Both windows had passed (R2).",),
    )


def _asked(item: ItemView, *missing: str) -> ItemView:
    return replace(item, status="awaiting_customer", disposition="request_information", rule="R5", missing=missing)


def _referred(item: ItemView, because: str = "wrong_item") -> ItemView:
    return replace(
        item,
        disposition="refer_to_agent",
        because=(because,),
        reasons=("Another item came than the one ordered.",),
    )


_SUPPORT = replace(
    _PHONE,
    status="awaiting_customer",
    disposition="offer_support",
    rule="R3",
    problem_kind="software_issue",
    problem="Since the update it restarts by itself.",
)
_BLURRED = FileView(number=1, filename="IMG_2041.jpg", usable=False, reasons=("blurred",))
_FILES = (
    FileView(number=1, filename="front of the box.jpg", shows=("package_front",)),
    FileView(number=2, filename="IMG_2042.jpg", shows=("item",), provisional=True),
    FileView(number=3, filename="IMG_2041.jpg", usable=False, reasons=("blurred", "too_small")),
    FileView(number=4, filename="invoice.pdf"),
)
_LARGE = FileView(number=5, filename="the whole story.mp4", usable=False)
_NOTHING_YET = ChecklistView(
    missing=(
        "order_number",
        "product",
        "description",
        "problem_kind",
        "preference",
        "package_front",
        "package_back",
        "packing_slip",
        "item",
        "problem",
    )
)
_PARTLY = ChecklistView(
    arrived=("package_front", "item"),
    missing=("package_back", "problem", "preference"),
    unusable=(
        _BLURRED,
        FileView(number=2, filename="IMG_2042.jpg", usable=False, reasons=("dark", "too_small")),
        FileView(number=3, filename="video.mp4", usable=False, reasons=("empty",)),
    ),
    left_out=(_LARGE,),
)
_BASE = LetterFacts(
    letter=LetterName.STATUS,
    language="en",
    shop=_SHOP,
    customer_name="Anna Miller",
    customer_address="anna@mail.example",
    rma="RMA-7F3K2Q",
    number=12,
    status="awaiting_agent",
    order_numbers=("100482913",),
    items=(_PHONE,),
    contact_on=date(2026, 11, 5),
    arrived_on=date(2026, 11, 5),
    shipped_on=date(2026, 10, 20),
    delivered_on=date(2026, 11, 2),
    days_since_delivery=3,
    answer_by=date(2026, 11, 9),
    closes_on=date(2026, 11, 19),
    statutory_note="In Germany the seller answers for faults that an item had from the beginning, for two years.",
    tracking="RX 123 456 789 DE",
    currency="EUR",
)
_STRANGER = replace(
    _BASE,
    proven=False,
    order_numbers=(),
    items=(replace(_UNKNOWN, disposition="refer_to_agent", missing=()),),
    contact_on=None,
    shipped_on=None,
    delivered_on=None,
    days_since_delivery=None,
    answer_by=None,
    closes_on=None,
    statutory_note="",
    shop=replace(_SHOP, legal_footer="", return_address=()),
)
_AGENT = AgentView(
    name="Sam",
    why="Another item came than the one ordered",
    reasons=("Another item came than the one ordered.", "The confidence of 0.55 is under 0.60."),
    words="Hello,\n\nI ordered the black one, and a white one came.\nPlease help!\n\nAnna",
    sender="anna@mail.example",
    subject="Wrong colour",
    files=_FILES,
    history=(
        HistoryView(at=datetime(2026, 11, 5, 9, 12, tzinfo=UTC), actor="customer", event="mail", text="wrote to us"),
        HistoryView(at=datetime(2026, 11, 5, 9, 13, tzinfo=UTC), actor="mailbot", event="referred", text=""),
    ),
    commands=(
        CommandView(line="/approve 1 refund", outcome="return of item 1 accepted"),
        CommandView(line="/note Called her.", outcome="noted"),
    ),
    suggestions=("/approve 1 refund", "/decline 1 REASON", "/request package_back"),
    refusals=("Line 2, “/aprove”, is no command; /approve was probably meant.",),
    note_kept=True,
    customer_letter="Hello Anna Miller,\n\nyour return is accepted.",
    reply_link="mailto:returns+abc123@shop.example?subject=Re%3A%20%5BRMA-7F3K2Q%5D%20%5Babc123%5D",
    claims=("Claim 12, RMA-7F3K2Q: wrong item, since 5 November", "Claim 15, RMA-9K2M4T: dates unknown"),
    alarm="The template en/decline.md is broken in line 7.\nThe last good version stays in force.",
    customer_language="en",
    order_text=("Order 100482913 of Anna Miller: 1 × Example Phone 14, 239.00 EUR",),
)


def _note(*lines: ItemView) -> NoteView:
    return NoteView(rma="RMA-7F3K2Q", order_number="100482913", lines=lines)


def sample_facts(name: LetterName, language: str) -> Sequence[LetterFacts]:
    """Several realistic cases of one letter, the fullest first; that one is previewed."""
    if name in TO_AGENTS:
        return [replace(facts, letter=name, language=language) for facts in _for_agents()]
    return [replace(facts, letter=name, language=language) for facts in _for_customers(name)]


def _for_agents() -> Sequence[LetterFacts]:
    approved = _approved(replace(_EARPHONES, index=3), rule="R1")
    base = replace(_BASE, items=(_referred(_PHONE), _declined(_EARPHONES), approved), preference="refund")
    return (
        replace(base, agent=_AGENT),
        replace(
            base,
            items=(_UNKNOWN,),
            customer_name="",
            proven=False,
            order_numbers=(),
            order_number_unknown="4711",
            preference="",
            contact_on=None,
            shipped_on=None,
            delivered_on=None,
            days_since_delivery=None,
            agent=replace(_AGENT, urgent=True, why="", words="", subject="", files=(), reply_link="", order_text=()),
        ),
        replace(base, items=(), agent=AgentView(name="Sam", alarm="Sending has stopped.", sender="else@mail.example")),
        replace(base, rma="", number=0, items=(), status="closed", agent=replace(_AGENT, commands=(), note_kept=False)),
    )


def _for_customers(name: LetterName) -> Sequence[LetterFacts]:
    one = _approved(_PHONE)
    two = _approved(_EARPHONES, resolution="ask", rule="R1")
    match name:
        case LetterName.APPROVE_RETURN:
            return (
                replace(_BASE, items=(one,), note=_note(one)),
                replace(_BASE, items=(replace(one, resolution="ask"), two), note=_note(one, two), closes_on=None),
                replace(_BASE, items=(two,), note=None, shop=replace(_SHOP, return_address=()), statutory_note=""),
            )
        case LetterName.REQUEST_INFORMATION:
            item = _asked(_PHONE, "package_back", "problem")
            other = _asked(_EARPHONES, "description", "item")
            return (
                replace(_BASE, items=(item,), checklist=_PARTLY),
                replace(
                    _BASE, items=(_UNKNOWN,), checklist=_NOTHING_YET, order_number_unknown="47-11", customer_name=""
                ),
                replace(_BASE, items=(item, other), checklist=_PARTLY, closes_on=None),
                replace(_STRANGER, items=(_UNKNOWN,), checklist=_PARTLY),
            )
        case LetterName.OFFER_SUPPORT:
            return (replace(_BASE, items=(_SUPPORT,)), replace(_STRANGER, items=(replace(_SUPPORT, name="", sku=""),)))
        case LetterName.DECLINE:
            return (
                replace(_BASE, items=(_declined(_PHONE),)),
                replace(_BASE, items=(_declined(_PHONE, rule="R4"), _declined(_EARPHONES)), statutory_note=""),
                replace(_BASE, items=(_declined(_PHONE, reason="The seal was broken.\nWe are sorry."),)),
            )
        case LetterName.REFER_TO_AGENT:
            return (
                replace(_BASE, items=(_referred(_PHONE),)),
                replace(_BASE, items=(_referred(_PHONE, "dates_leave_it_open"),), checklist=_PARTLY),
                replace(_BASE, items=(_referred(_PHONE, "not_the_senders_order"),)),
                _STRANGER,
            )
        case LetterName.SEVERAL:
            return (
                replace(
                    _BASE,
                    items=(one, replace(_declined(_EARPHONES, rule="R4"), index=2)),
                    note=_note(one),
                ),
                replace(
                    _BASE,
                    items=(
                        two,
                        _asked(_PHONE, "package_back"),
                        replace(_SUPPORT, index=3, name="Example Tablet"),
                        replace(_referred(_PHONE), index=4, name="Example Watch"),
                        replace(_declined(_PHONE), index=5, name="Example Lamp"),
                    ),
                    note=_note(two),
                    checklist=_PARTLY,
                ),
                replace(_BASE, items=(_asked(_PHONE, "item"), _referred(_EARPHONES)), checklist=_PARTLY),
            )
        case LetterName.HAZARD:
            return (replace(_BASE, items=(_referred(_PHONE, "hazard"),)), _STRANGER)
        case LetterName.ADDRESS_QUESTION:
            return (replace(_BASE, items=(_referred(_PHONE, "not_the_senders_order"),)), replace(_STRANGER, rma=""))
        case LetterName.REMINDER:
            return (
                replace(_BASE, items=(_asked(_PHONE, "package_back"),), checklist=_PARTLY),
                replace(_BASE, items=(_SUPPORT,), checklist=ChecklistView()),
                replace(_STRANGER, items=(_UNKNOWN,), checklist=_NOTHING_YET),
            )
        case LetterName.RETURN_REMINDER:
            return (
                replace(_BASE, items=(one, two), note=_note(one, two)),
                replace(_BASE, items=(one,), closes_on=None, shop=replace(_SHOP, return_address=())),
            )
        case LetterName.STATUS:
            return (
                *(
                    replace(_BASE, status=stage.value, items=(replace(_PHONE, status=stage.value),), checklist=_PARTLY)
                    for stage in Status
                ),
                replace(_BASE, items=(), answer_by=None),
                replace(
                    _BASE, items=(replace(_PHONE, status="in_transit"), _EARPHONES), status="in_transit", tracking=""
                ),
            )
        case LetterName.INSPECTED_DEFECT | LetterName.INSPECTED_NO_DEFECT | LetterName.INSPECTED_MISUSE:
            return (
                replace(_BASE, items=(one,), preference="refund", missing_accessories=("charger", "cable")),
                replace(_BASE, items=(one, two), text="The frame is bent.\nThe display is cracked."),
                replace(_BASE, items=(replace(two, shipping_paid_by=""),), missing_accessories=("case",)),
            )
        case LetterName.REFUNDED:
            return (
                replace(_BASE, items=(one,), amount=Decimal("1239.00")),
                replace(_BASE, items=(one, two), amount=None, currency=""),
            )
        case LetterName.RECEIVED:
            return (
                replace(_BASE, items=(one,), preference="refund"),
                replace(_BASE, items=(two,), arrived_on=None, answer_by=None),
            )
        case LetterName.REPLY | LetterName.CLOSED:
            return (
                replace(
                    _BASE, text="thank you for the photos.\nWe have ordered a new cable for you.\n\nIt comes next week."
                ),
                replace(_BASE, items=(), rma="", text="All settled."),
            )
        case _:
            return (
                _BASE,
                replace(_BASE, items=(_PHONE, _EARPHONES), tracking="", order_numbers=("100482913", "100482914")),
                _STRANGER,
            )

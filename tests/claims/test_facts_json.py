"""The JSON of `mailbot decide`: hand-written facts in, the contract's answer out, and refusals that help."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.claims.facts_json import FactsError, decision_to_json, facts_from_json
from mailbot.claims.policy import PolicySettings, decide
from mailbot.claims.words import ProblemKind, Proof, Wish

CONTRACT = """
{"order": {"number": "100482913", "shipped_on": "2026-10-20", "delivered_on": "2026-11-02",
           "partial_shipment": false, "belongs_to_sender": true,
           "lines": [{"sku": "UMX-N14P-256", "quantity": 1, "unit_price": "239.00", "currency": "EUR"}]},
 "items": [{"sku": "UMX-N14P-256", "quantity": 1, "problem_kind": "defective", "description": "Stays black.",
            "support_tried": false}],
 "first_contact_on": "2026-11-05", "fault_on": null,
 "evidence": ["package_front", "package_back", "item", "problem"],
 "preference": "refund", "asks_other_compensation": false, "hazard": false, "confidence": 1.0}
"""


def facts_json(**changes: Any) -> dict[str, Any]:
    """The contract's example with some fields changed."""
    return {**json.loads(CONTRACT), **changes}


def order_json(**changes: Any) -> dict[str, Any]:
    return {**json.loads(CONTRACT)["order"], **changes}


def item_json(**changes: Any) -> dict[str, Any]:
    return {**json.loads(CONTRACT)["items"][0], **changes}


def decided(facts: object) -> list[dict[str, Any]]:
    answer = json.loads(json.dumps(decision_to_json(decide(facts_from_json(facts), PolicySettings()))))
    assert set(answer) == {"items"}
    items: list[dict[str, Any]] = answer["items"]
    return items


def without_reasons(item: dict[str, Any]) -> dict[str, Any]:
    assert item["reasons"]
    assert all(isinstance(reason, str) for reason in item["reasons"])
    return {key: value for key, value in item.items() if key != "reasons"}


def test_the_contracts_example_is_approved_in_the_contracts_shape() -> None:
    [item] = decided(json.loads(CONTRACT))
    assert without_reasons(item) == {
        "sku": "UMX-N14P-256",
        "disposition": "approve_return",
        "rule": "R2",
        "missing": [],
        "shipping_paid_by": "shop",
        "resolution": "refund",
    }


def test_a_claim_of_nothing_but_a_day_asks_for_everything() -> None:
    [item] = decided({"order": None, "items": [], "first_contact_on": "2026-11-05"})
    assert without_reasons(item) == {
        "sku": None,
        "disposition": "request_information",
        "rule": None,
        "missing": [
            "order_number",
            "product",
            "description",
            "problem_kind",
            "preference",
            "package_front",
            "package_back",
            "item",
            "problem",
        ],
        "shipping_paid_by": None,
        "resolution": None,
    }


def test_two_items_get_two_answers_in_their_order() -> None:
    two = facts_json(
        order=order_json(lines=[{"sku": "A", "quantity": 1}, {"sku": "B", "quantity": 1}]),
        items=[
            item_json(sku="A", evidence=["item", "problem"]),
            item_json(sku="B", problem_kind="dead_on_arrival"),
        ],
        evidence=["package_front", "package_back"],
    )
    assert [(each["sku"], each["disposition"], each["rule"], each["missing"]) for each in decided(two)] == [
        ("A", "approve_return", "R2", []),
        ("B", "request_information", "R5", ["item", "problem"]),
    ]


@pytest.mark.parametrize(
    ("changes", "disposition", "rule"),
    [
        ({"hazard": True}, "refer_to_agent", "S1"),
        ({"asks_other_compensation": True}, "refer_to_agent", "R10"),
        ({"preference": "repair_or_part"}, "refer_to_agent", "R3"),
        ({"confidence": 0.2}, "refer_to_agent", None),
        ({"order": order_json(belongs_to_sender=False)}, "refer_to_agent", None),
        ({"order": order_json(belongs_to_sender=None)}, "refer_to_agent", None),
        ({"order": order_json(shipped_on=None, delivered_on=None)}, "refer_to_agent", None),
        ({"items": [item_json(problem_kind="accidental_damage_or_misuse")]}, "decline", "R4"),
        ({"items": [item_json(problem_kind="software_issue")]}, "offer_support", "R3"),
        ({"items": [item_json(problem_kind="software_issue", support_tried=True)]}, "approve_return", "R2"),
        ({"first_contact_on": "2026-12-24"}, "decline", "R2"),
        ({"first_contact_on": "2026-12-24", "fault_on": "2026-11-03"}, "refer_to_agent", None),
        ({"order": order_json(partial_shipment=True)}, "request_information", "R5"),
        ({"items": [item_json(description="  ")]}, "request_information", None),
        ({"items": [item_json(sku=None)]}, "approve_return", "R2"),
        ({"items": [item_json(quantity=2)]}, "refer_to_agent", None),
    ],
)
def test_every_field_counts(changes: dict[str, Any], disposition: str, rule: str | None) -> None:
    [item] = decided(facts_json(**changes))
    assert (item["disposition"], item["rule"]) == (disposition, rule)


def test_every_field_arrives() -> None:
    facts = facts_from_json(facts_json(fault_on="2026-11-04", confidence=0.75, asks_other_compensation=True))
    assert facts.order is not None
    assert facts.order.number == "100482913"
    assert (facts.order.shipped_on, facts.order.delivered_on) == (date(2026, 10, 20), date(2026, 11, 2))
    assert facts.order_belongs_to_sender is True
    [line] = facts.order.lines
    assert (line.sku, line.quantity, line.unit_price, line.currency) == (
        "UMX-N14P-256",
        1,
        Decimal("239.00"),
        "EUR",
    )
    [item] = facts.items
    assert (item.sku, item.quantity, item.problem_kind) == ("UMX-N14P-256", 1, ProblemKind.DEFECTIVE)
    assert (item.description, item.support_tried, item.evidence) == ("Stays black.", False, frozenset())
    assert (facts.first_contact_on, facts.fault_on) == (date(2026, 11, 5), date(2026, 11, 4))
    assert facts.evidence == set(Proof) - {Proof.PACKING_SLIP}
    assert facts.preference is Wish.REFUND
    assert (facts.asks_other_compensation, facts.hazard, facts.confidence) == (True, False, 0.75)


@pytest.mark.parametrize("key", [*json.loads(CONTRACT)])
def test_only_the_day_of_contact_must_be_there(key: str) -> None:
    for facts in ({**facts_json(), key: None}, {k: v for k, v in facts_json().items() if k != key}):
        if key == "first_contact_on":
            with pytest.raises(FactsError, match=r"first_contact_on is missing; allowed is a day as YYYY-MM-DD"):
                facts_from_json(facts)
        else:
            assert facts_from_json(facts).first_contact_on == date(2026, 11, 5)


def test_keys_that_the_contract_does_not_name_are_ignored() -> None:
    more = facts_json(note="x", order=order_json(colour=1), items=[item_json(name_as_written="note 14 pro")])
    assert facts_from_json(more) == facts_from_json(facts_json())


def test_an_order_nobody_is_known_to_own_is_not_the_senders() -> None:
    order = order_json()
    del order["belongs_to_sender"]
    assert facts_from_json(facts_json(order=order)).order_belongs_to_sender is None


@pytest.mark.parametrize(
    ("price", "amount"),
    [("239.90", "239.90"), (239.9, "239.9"), (239, "239"), (0, "0"), (None, None)],
)
def test_a_price_is_a_text_or_a_number(price: object, amount: str | None) -> None:
    facts = facts_from_json(facts_json(order=order_json(lines=[{"sku": "A", "unit_price": price}])))
    assert facts.order is not None
    assert facts.order.lines[0].unit_price == (None if amount is None else Decimal(amount))


@pytest.mark.parametrize(
    ("facts", "message"),
    [
        ([], "facts is a list; allowed is an object"),
        ("x", "facts is 'x'; allowed is an object"),
        (facts_json(order="100482913"), "order is '100482913'; allowed is an object"),
        (facts_json(order=order_json(number=None)), "order.number is missing; allowed is a text"),
        (facts_json(order=order_json(number=100482913)), "order.number is 100482913; allowed is a text"),
        (
            facts_json(order=order_json(delivered_on="02.11.2026")),
            "order.delivered_on is '02.11.2026'; allowed is a day as YYYY-MM-DD",
        ),
        (
            facts_json(first_contact_on="2026-02-30"),
            "first_contact_on is '2026-02-30'; allowed is a day as YYYY-MM-DD",
        ),
        (
            facts_json(first_contact_on="2026-11-05T09:12:44+01:00"),
            "first_contact_on is '2026-11-05T09:12:44+01:00'; allowed is a day as YYYY-MM-DD",
        ),
        (
            facts_json(order=order_json(belongs_to_sender="yes")),
            "order.belongs_to_sender is 'yes'; allowed is true or false",
        ),
        (
            facts_json(order=order_json(lines=[{"sku": "A"}, {"quantity": 1}])),
            "order.lines[1].sku is missing; allowed is a text",
        ),
        (
            facts_json(order=order_json(lines=[{"sku": "A", "unit_price": "239,00"}])),
            "order.lines[0].unit_price is '239,00'; allowed is an amount from 0 to 1000000000000, as in \"239.00\"",
        ),
        (facts_json(items={}), "items is an object; allowed is a list"),
        (
            facts_json(items=[item_json(quantity=0)]),
            "items[0].quantity is 0; allowed is a whole number from 1 to 1000000",
        ),
        (
            facts_json(items=[item_json(quantity=True)]),
            "items[0].quantity is true; allowed is a whole number from 1 to 1000000",
        ),
        (facts_json(confidence=1.5), "confidence is 1.5; allowed is a number from 0 to 1"),
        (facts_json(confidence=float("nan")), "confidence is nan; allowed is a number from 0 to 1"),
        (facts_json(hazard=1), "hazard is 1; allowed is true or false"),
        (
            facts_json(preference="money"),
            "preference is 'money'; allowed is one of refund, replacement, repair_or_part, none_stated",
        ),
        (
            facts_json(evidence=["item", "box"]),
            "evidence[1] is 'box'; allowed is one of package_front, package_back, packing_slip, item, problem",
        ),
        (facts_json(evidence="item"), "evidence is 'item'; allowed is a list"),
    ],
)
def test_a_wrong_field_is_named_with_what_is_allowed(facts: object, message: str) -> None:
    with pytest.raises(FactsError) as refused:
        facts_from_json(facts)
    assert str(refused.value) == message


@pytest.mark.parametrize("field", ["quantity", "unit_price"])
def test_a_number_of_thousands_of_digits_is_refused_like_any_other(field: str) -> None:
    huge = facts_json(order=order_json(lines=[{"sku": "A", field: 10**5000}]))
    with pytest.raises(FactsError, match=rf"order.lines\[0\].{field} is a number without measure; allowed is"):
        facts_from_json(huge)


def test_an_unknown_problem_is_told_all_the_known_ones() -> None:
    with pytest.raises(FactsError) as refused:
        facts_from_json(facts_json(items=[item_json(), item_json(problem_kind="broken")]))
    assert str(refused.value).startswith("items[1].problem_kind is 'broken'; allowed is one of dead_on_arrival, ")


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12)
words = st.sampled_from(["defective", "item", "refund", "2026-11-05", "239.00", "1e999999"])
values = st.recursive(
    scalars | words,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["sku", "quantity", "unit_price", "number", "lines", "problem_kind", "evidence", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*json.loads(CONTRACT)]), values), st.booleans())
def test_whatever_the_json_it_is_decided_or_refused_in_words(changes: dict[str, Any], valid_day: bool) -> None:
    facts = {**changes, "first_contact_on": "2026-11-05"} if valid_day else changes
    try:
        outcome = str(len(decided(facts)))
    except FactsError as refused:
        outcome = str(refused)
    assert outcome.isdigit() or "; allowed is " in outcome

"""`mailbot decide`: facts in, one decision a line out, in order; a wrong row is named and nothing is decided."""

import json

import pytest

from tests.cli.conftest import ShopFolder, config

ITEM = {"sku": "A", "quantity": 1, "problem_kind": "defective", "description": "silent", "support_tried": False}
FACTS = {
    "order": {
        "number": "1",
        "shipped_on": "2026-10-20",
        "delivered_on": "2026-11-02",
        "partial_shipment": False,
        "belongs_to_sender": True,
        "lines": [{"sku": "A", "quantity": 1, "unit_price": "239.00", "currency": "EUR"}],
    },
    "items": [ITEM],
    "first_contact_on": "2026-11-05",
    "fault_on": None,
    "evidence": ["package_front", "package_back", "item", "problem"],
    "preference": "refund",
    "asks_other_compensation": False,
    "hazard": False,
    "confidence": 1.0,
}
LATER = {**FACTS, "first_contact_on": "2026-12-24"}
SILENT = {**FACTS, "order": None}


def dispositions(objects: list[dict[str, object]]) -> list[str]:
    return [item["disposition"] for one in objects for item in one["items"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (json.dumps(FACTS), ["approve_return"]),
        (json.dumps(FACTS, indent=2), ["approve_return"]),
        (json.dumps([LATER, FACTS, SILENT]), ["decline", "approve_return", "request_information"]),
        (json.dumps([LATER, FACTS], indent=1), ["decline", "approve_return"]),
        (f"{json.dumps(LATER)}\n\n{json.dumps(FACTS)}\n", ["decline", "approve_return"]),
        (f"\ufeff{json.dumps(FACTS)}", ["approve_return"]),
        ("[]", []),
    ],
    ids=["one", "one, indented", "array", "array, indented", "lines", "byte order mark", "none"],
)
def test_one_decision_a_line_in_order_from_a_file_and_from_standard_input(
    empty: ShopFolder, text: str, expected: list[str]
) -> None:
    empty.write("facts.json", text)
    for said in (empty.call("decide", "facts.json"), empty.call("decide", "-", given=text)):
        assert said.code == 0
        assert dispositions(said.objects) == expected


def test_the_answer_has_the_contracts_shape(empty: ShopFolder) -> None:
    empty.write("facts.json", json.dumps(FACTS))
    (answer,) = empty.call("decide", "facts.json").objects
    (item,) = answer["items"]
    assert set(item) == {
        "sku",
        "disposition",
        "rule",
        "missing",
        "shipping_paid_by",
        "resolution",
        "reasons",
    }
    assert (item["rule"], item["resolution"], item["shipping_paid_by"]) == ("R2", "refund", "shop")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (json.dumps([FACTS, {**FACTS, "items": [{**ITEM, "quantity": 0}]}]), "f.json, row 2: items[0].quantity is 0"),
        (f"{json.dumps(FACTS)}\n{json.dumps({**FACTS, 'hazard': 'no'})}", "f.json, line 2: hazard is 'no'"),
        (json.dumps({**FACTS, "first_contact_on": "5.11.2026"}), "f.json: first_contact_on is '5.11.2026'"),
        (json.dumps([FACTS, 7]), "f.json, row 2: facts is 7"),
        (f"{json.dumps(FACTS)}\nnot json", "f.json, line 2: is not JSON"),
        ("{", "f.json: is not JSON"),
        ("", "f.json: is empty"),
        ("[" * 100_000, "f.json: is not JSON"),
    ],
)
def test_a_wrong_row_is_named_with_its_field_and_nothing_is_decided(empty: ShopFolder, text: str, message: str) -> None:
    empty.write("f.json", text)
    said = empty.call("decide", "f.json")
    assert (said.code, said.out) == (2, "")
    assert said.err.startswith(message)


def test_every_wrong_row_is_named_at_once(empty: ShopFolder) -> None:
    empty.write("f.json", json.dumps([7, FACTS, 8]))
    assert [line.partition(":")[0] for line in empty.call("decide", "f.json").err.splitlines()] == [
        "f.json, row 1",
        "f.json, row 3",
    ]


def test_a_missing_file_is_a_wrong_call(empty: ShopFolder) -> None:
    said = empty.call("decide", "nowhere.json")
    assert (said.code, said.err.partition(":")[0]) == (2, "nowhere.json")


def test_bytes_that_are_no_text_are_a_wrong_call(empty: ShopFolder) -> None:
    (empty.path / "f.json").write_bytes(b"\xff\xfe{}")
    assert empty.call("decide", "f.json").code == 2


def test_the_policy_of_the_configuration_counts(shop: ShopFolder) -> None:
    shop.write("facts.json", json.dumps({**FACTS, "first_contact_on": "2026-11-12"}))
    assert dispositions(shop.call("decide", "facts.json").objects) == ["approve_return"]
    shop.write("config.toml", config(more="[policy]\ndefect_days_after_shipment = 3"))
    assert dispositions(shop.call("decide", "facts.json").objects) == ["decline"]


def test_a_password_out_of_reach_does_not_matter(shop: ShopFolder) -> None:
    path = shop.path / "config.toml"
    path.write_text(path.read_text().replace('password = "correct-horse-battery"', 'password_env = "NOT_SET_HERE"'))
    shop.write("facts.json", json.dumps(FACTS))
    assert shop.call("decide", "facts.json").code == 0
    assert shop.call("claims", "list").code == 0
    assert shop.call("once").code == 2

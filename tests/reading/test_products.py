"""Products named in a mail: by SKU, name, alias, with typing errors, by kind; how many; what is wrong with each."""

import pytest

from mailbot.claims.words import ProblemKind
from mailbot.reading.read import Reader
from tests.reading.shop import MONDAY, ORDERS, PATTERNS, Shop, mail, read


def skus(words: str, /, **overrides: object) -> list[str | None]:
    return [product.sku for product in read(words, **overrides).products]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "sku"),
    [
        ("My Quixo Ears 2 crackle.", "QX-EARS-2"),
        ("My Quixo Ears 2 Pro crackle.", "QX-EARS-2P"),
        ("the ears2 pro crackle", "QX-EARS-2P"),
        ("QX-EARS-2P crackles", "QX-EARS-2P"),
        ("my velora t9 does not charge", "VEL-T9"),
        ("My T9 does not charge", "VEL-T9"),
        ("my Velorra T9 does not charge", "VEL-T9"),
        ("the Quixxo Ears 2 crackle", "QX-EARS-2"),
        ("the 10000 Ampero pack is dead", "AMP-PB1"),
        ("my Mopo robot 4 does not work", "MOP-4"),
    ],
)
def test_a_product_is_found_by_its_longest_name(text: str, sku: str) -> None:
    assert skus(text) == [sku]


def test_a_short_code_must_be_typed_in_one_piece() -> None:
    assert skus("I bought 2 T 9 mm screws, they do not work") != ["VEL-T9"]
    assert skus("The MT9 does not work") == []


@pytest.mark.parametrize(
    ("text", "sku"),
    [
        ("Order 770012345: the headphones are silent on the left.", "QX-EARS-2"),
        ("Order 770012345: the charger does not work.", "AMP-20"),
        ("Order 770054321: the vacuum does not start.", "MOP-4"),
        ("Order 770054321: the Moppo does not start.", "MOP-4"),
        ("Bestellung 770054321: der Staubsauger startet nicht mehr und piept.", "MOP-4"),
        ("Commande 770012345 : les écouteurs ne fonctionnent plus.", "QX-EARS-2"),
    ],
)
def test_on_a_known_order_the_kind_of_thing_is_enough(text: str, sku: str) -> None:
    assert skus(text) == [sku]


def test_a_thing_of_no_known_kind_of_product_is_one_entry_without_sku() -> None:
    assert skus("The printer I bought from you does not print.") == [None]


def test_a_product_is_never_taken_from_the_order() -> None:
    assert skus("Order 770054321: it does not work.") == []


def test_a_product_that_only_a_quotation_names_is_none() -> None:
    assert skus("it does not work", text="it does not work\n\n> your Velora T9 has been shipped") == []


@pytest.mark.parametrize(
    "text",
    [
        "I ordered the Velora T9 but received the Ears 2.",
        "I got the Ears 2 instead of the Velora T9.",
        "You sent me Ears 2, but I ordered a Velora T9. Wrong item!",
        "Order AB-2026-000777: wrong item, there are Ears 2 in the box, not the Velora T9.",
    ],
)
def test_for_a_wrong_item_the_product_is_the_one_that_was_ordered(text: str) -> None:
    understood = read(text)
    assert understood.problem.kind is ProblemKind.WRONG_ITEM
    assert [product.sku for product in understood.products] == ["VEL-T9"]


def test_each_product_of_a_list_carries_its_own_problem_and_what_is_fine_is_left_out() -> None:
    understood = read(
        "Order 770012345, here is what is wrong:\n"
        "- Quixo Ears 2: the left side is dead since yesterday\n"
        "- Ampero Charger 20W: arrived with a cracked housing\n"
        "- Velora T9: fine\n"
    )
    kinds = {product.sku: product.problem.kind for product in understood.products if product.problem}
    assert kinds == {"QX-EARS-2": ProblemKind.DEFECTIVE, "AMP-20": ProblemKind.DAMAGED_IN_TRANSIT}
    descriptions = {product.sku: product.problem.description for product in understood.products if product.problem}
    assert "left side" in descriptions["QX-EARS-2"]
    assert "left side" not in descriptions["AMP-20"]


def test_a_product_of_another_shop_that_is_only_mentioned_is_left_out() -> None:
    assert skus("Order AB-2026-000777: the Velora T9 does not charge, not even with my Ampero 20.") == ["VEL-T9"]


@pytest.mark.parametrize(
    ("text", "quantity"),
    [
        ("My Velora T9 does not charge.", None),
        ("2x Velora T9 do not charge.", 2),
        ("Both Velora T9 do not charge.", 2),
        ("three Velora T9 do not charge", 3),
        ("Velora T9 x 4: none of them charges, they are faulty", 4),
        ("Two of the three Velora T9 do not charge.", 2),
        ("3 Stück Velora T9 laden nicht mehr.", 3),
        ("Zwei von drei Velora T9 funktionieren nicht.", 2),
        ("Bought on 12.11. Velora T9 does not charge.", None),
    ],
)
def test_the_quantity_is_that_of_the_units_concerned(text: str, quantity: int | None) -> None:
    (product,) = read(text).products
    assert product.quantity == quantity


def test_a_name_is_surer_than_a_typing_error_and_that_than_a_kind() -> None:
    exact = read("My Velora T9 is broken.").confidence["products"]
    typed_wrong = read("My Velorra T9 64GB is broken.").products[0].confidence
    kind = read("My vacuum is broken.").confidence["products"]
    assert exact > kind
    assert typed_wrong >= kind


def test_the_claims_own_order_tells_which_product_is_meant() -> None:
    reader = Reader(Shop(), PATTERNS)
    understood = reader.read(
        mail("The charger is the broken one."), today=MONDAY, open_claim=True, claim_order=ORDERS["770012345"]
    )
    assert [product.sku for product in understood.products] == ["AMP-20"]

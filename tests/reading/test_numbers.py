"""Order numbers by the shop's patterns, by labels, by form; parcel numbers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.claims.words import Signal
from mailbot.reading.numbers import NumberPattern, OrderNumbers, PatternError, chosen
from mailbot.reading.sentences import lines_of
from mailbot.reading.vocabulary import vocabulary
from tests.reading.shop import ORDERS, PATTERNS, read


def found_in(text: str, *patterns: str, language: str = "en") -> list[str]:
    words = vocabulary(language)
    assert words is not None
    numbers = OrderNumbers(patterns, lambda number: number in ORDERS)
    return [number.number for number in chosen(numbers.find(lines_of(text), words))]


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Order number: 770012345", ["770012345"]),
        ("order no 770012345, thanks", ["770012345"]),
        ("order770012345 is broken", ["770012345"]),
        ("my order 7700 12345", ["770012345"]),
        ("my order 7700-12-345.", ["770012345"]),
        ("order ７７００１２３４５", ["770012345"]),
        ("ORDER ٧٧٠٠١٢٣٤٥", ["770012345"]),
        ("ab-2026-000777", ["AB-2026-000777"]),
        ("AB 2026 000777", ["AB-2026-000777"]),
        ("AB2026000777", ["AB-2026-000777"]),
        ("AB–2026–000777", ["AB-2026-000777"]),
        ("(#770012345)", ["770012345"]),
        ("770012345", ["770012345"]),
        ("770012345 and 770054321", ["770012345", "770054321"]),
    ],
)
def test_a_number_is_found_however_it_is_typed_and_given_in_the_shops_form(text: str, numbers: list[str]) -> None:
    assert found_in(text, *PATTERNS) == numbers


@pytest.mark.parametrize(
    "text",
    [
        "17700123456",
        "770012345x",
        "x770012345",
        "customer number: 770099999",
        "Kundennummer 770099999",
        "IMEI 35 770088888 12",
        "tel. +7700 12345",
        "tracking 7700 1234 5678 9012",
        "invoice no 770099999",
        "S/N: 770099999",
        "I paid 770.00 for it",
    ],
)
def test_other_numbers_are_no_order_numbers(text: str) -> None:
    assert found_in(text, *PATTERNS, language="de" if "Kunden" in text else "en") == []


def test_of_two_readings_of_one_number_the_one_the_shop_knows_counts() -> None:
    assert found_in("Order 770012345 or 770012845, I cannot read it", *PATTERNS) == ["770012345"]


def test_an_unknown_number_beside_a_known_one_counts_only_with_a_label_of_its_own() -> None:
    assert found_in("order 770012345\nseen on the box: 770088888", *PATTERNS) == ["770012345"]
    assert found_in("order 770012345\norder number 770088888", *PATTERNS) == ["770012345", "770088888"]


def test_a_number_that_fits_no_pattern_is_told_as_written_where_it_is_called_an_order_number() -> None:
    assert found_in("my order number is 77001234", *PATTERNS) == ["77001234"]
    assert found_in("we bought 77001234 of them", *PATTERNS) == []


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("order number 48-1517-22", ["48-1517-22"]),
        ("Bestellnummer: K20345", ["K20345"]),
        ("ordered on 2026-11-05, it cost 23900", []),
        ("order date 2026-11-05", []),
        ("order total 12390.00 EUR", []),
    ],
)
def test_without_a_pattern_label_and_form_decide(text: str, numbers: list[str]) -> None:
    language = "de" if "Bestell" in text else "en"
    assert found_in(text, language=language) == numbers


@pytest.mark.parametrize(
    ("pattern", "written", "form"),
    [
        (r"R-?\d{5}", "R12345", "R12345"),
        (r"R-?\d{5}", "r 12345", "R12345"),
        (r"R\-\d{5}", "R12345", "R-12345"),
        (r"[A-Z]{2}-\d{3}", "ab 123", "AB-123"),
        (r"20\d\d/\d{4}", "2026/0815", "2026/0815"),
        (r"20\d\d/\d{4}", "2026-0815", "2026/0815"),
        (r"20\d\d/\d{4}", "2026 0815", "2026/0815"),
        (r"20\d\d\/\d{4}", "2026 / 0815", "2026/0815"),
        (r"R-?\d{5}", "12345", None),
    ],
)
def test_dashes_stand_where_the_pattern_has_them(pattern: str, written: str, form: str | None) -> None:
    assert NumberPattern(pattern).shop_form(written) == form


def test_a_sign_of_the_pattern_itself_belongs_to_the_number() -> None:
    assert found_in("see 2026/0815, please", r"20\d\d/\d{4}") == ["2026/0815"]
    assert found_in("see #4711, please", r"#\d{4}") == ["#4711"]


def test_a_pattern_that_is_none_is_refused_with_its_words() -> None:
    with pytest.raises(PatternError, match=r"'77\(' is no regular expression"):
        NumberPattern("77(")


def test_the_quotation_is_asked_only_where_the_new_text_names_none() -> None:
    quoted = "> about your order 770054321"
    assert read("here are the photos", text=f"here are the photos\n\n{quoted}").order_numbers == ("770054321",)
    both = read("my order is 770012345", text=f"my order is 770012345\n\n{quoted}")
    assert both.order_numbers == ("770012345",)


def test_subject_and_text_both_name_orders() -> None:
    assert read("and 770054321 too", subject="Order 770012345").order_numbers == ("770012345", "770054321")


def test_where_a_number_was_found_is_told() -> None:
    understood = read("Hello,\nOrder number: 770012345")
    assert understood.why["order_numbers"] == ("'770012345' in line 2 by label 'Order number', an order of the shop",)
    assert understood.confidence["order_numbers"] == 0.99


@pytest.mark.parametrize(
    ("text", "tracking"),
    [
        ("I have sent the parcel back today, tracking number 1Z999AA10123456784.", "1Z999AA10123456784"),
        ("The parcel is on its way to you: RR 123 456 785 DE", "RR123456785DE"),
        ("I posted the parcel yesterday. DHL tracking: 00340434 1612 3456 7890", "00340434161234567890"),
        ("I have sent the parcel for order 770012345.", None),
    ],
)
def test_a_parcel_under_way_brings_its_number(text: str, tracking: str | None) -> None:
    understood = read(text, open_claim=True)
    assert Signal.PARCEL_SENT in understood.signals
    assert understood.tracking == tracking


def test_a_parcel_number_without_a_parcel_sent_is_none() -> None:
    assert read("The parcel you sent had tracking number 1Z999AA10123456784 and arrived broken.").tracking is None


@given(st.text(alphabet="017 -AB\n#or", max_size=200))
def test_a_found_number_always_fits_a_pattern_or_is_called_an_order_number(text: str) -> None:
    for number in found_in(text, *PATTERNS):
        fits = any(NumberPattern(pattern).shop_form(number) == number for pattern in PATTERNS)
        assert fits or "o" in text


def test_a_number_without_any_sign_between_is_not_one_that_the_shop_writes_with_a_slash() -> None:
    assert found_in("my customer number is 20260815", r"20\d\d/\d{4}") == []


def test_a_number_that_the_mail_program_wrapped_is_one() -> None:
    told = "I am writing to you because of the order with the number 770\n012 345, which arrived yesterday."
    assert found_in(told, r"77\d{7}") == ["770012345"]

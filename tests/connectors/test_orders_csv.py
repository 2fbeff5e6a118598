"""The shop's two CSV files: what they may look like, what is said of mistakes, and that they are read anew."""

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from mailbot.claims.orders import OrderLine, Product
from mailbot.connectors.orders_csv import (
    CATALOG_COLUMNS,
    ORDER_COLUMNS,
    OrdersCsv,
    ShopFileError,
    read_catalog,
    read_orders,
)

ORDER = {
    "order_number": "AB-2026-000777",
    "customer_name": "Anna Berg",
    "customer_email": "anna@mail.example",
    "ordered_on": "2026-10-18",
    "shipped_on": "2026-10-20",
    "delivered_on": "2026-11-02",
    "partial_shipment": "no",
    "sku": "VEL-T9",
    "quantity": "2",
    "unit_price": "239.00",
    "currency": "EUR",
}
PRODUCT = {"sku": "VEL-T9", "name": "Velora T9", "brand": "Velora", "category": "phone", "aliases": "T9|Velora 9"}


def csv_of(*rows: dict[str, str], delimiter: str = ",", bom: bool = False) -> bytes:
    lines = [delimiter.join(rows[0])] + [delimiter.join(row.values()) for row in rows]
    return (b"\xef\xbb\xbf" if bom else b"") + "\n".join(lines).encode() + b"\n"


@pytest.fixture
def orders(tmp_path: Path) -> Path:
    path = tmp_path / "orders.csv"
    path.write_bytes(csv_of(ORDER))
    return path


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    path = tmp_path / "catalog.csv"
    path.write_bytes(csv_of(PRODUCT))
    return path


def test_a_row_becomes_an_order_with_its_days_and_its_line(orders: Path) -> None:
    (order,) = read_orders(orders).values()
    assert (order.number, order.customer_address) == ("AB-2026-000777", "anna@mail.example")
    assert (order.ordered_on, order.shipped_on, order.delivered_on) == (
        date(2026, 10, 18),
        date(2026, 10, 20),
        date(2026, 11, 2),
    )
    assert order.lines == (OrderLine(sku="VEL-T9", quantity=2, unit_price=Decimal("239.00"), currency="EUR"),)
    assert (order.partial_shipment, order.country) == (False, None)


@pytest.mark.parametrize("delimiter", [",", ";"])
@pytest.mark.parametrize("bom", [True, False])
def test_comma_or_semicolon_with_or_without_bom(tmp_path: Path, delimiter: str, bom: bool) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(csv_of(ORDER, delimiter=delimiter, bom=bom))
    assert [order.number for order in read_orders(path).values()] == ["AB-2026-000777"]


def test_columns_in_another_order_with_capitals_and_with_further_ones_are_fine(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    turned = {"Note": "x", "country": "de", **{name.upper(): value for name, value in reversed(ORDER.items())}}
    path.write_bytes(csv_of(turned))
    (order,) = read_orders(path).values()
    assert (order.country, order.lines[0].quantity) == ("DE", 2)


def test_a_value_between_quotation_marks_may_hold_the_separator_and_a_line_end(tmp_path: Path) -> None:
    path = tmp_path / "catalog.csv"
    path.write_bytes(csv_of({**PRODUCT, "name": '"Velora T9, 64 GB\nblack"'}))
    assert read_catalog(path)[0].name == "Velora T9, 64 GB\nblack"


def test_rows_of_one_number_are_lines_of_one_order(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(csv_of(ORDER, {**ORDER, "sku": "MOP-4", "quantity": "1"}, {**ORDER, "order_number": "770012345"}))
    orders = read_orders(path)
    assert [line.sku for line in orders["ab2026000777"].lines] == ["VEL-T9", "MOP-4"]
    assert set(orders) == {"ab2026000777", "770012345"}


def test_a_line_not_shipped_yet_leaves_the_days_of_the_others(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    waiting = {**ORDER, "sku": "MOP-4", "shipped_on": "", "delivered_on": "", "partial_shipment": "yes"}
    path.write_bytes(csv_of({**ORDER, "partial_shipment": "yes"}, waiting))
    (order,) = read_orders(path).values()
    assert (order.delivered_on, order.partial_shipment) == (date(2026, 11, 2), True)


def test_lines_delivered_on_different_days_leave_the_orders_day_unknown(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(csv_of(ORDER, {**ORDER, "sku": "MOP-4", "delivered_on": "2026-11-09"}))
    (order,) = read_orders(path).values()
    assert (order.shipped_on, order.delivered_on) == (date(2026, 10, 20), None)


@pytest.mark.parametrize("number", ["AB-2026-000777", "ab 2026 000777", "AB2026000777", "ab–2026–000777"])
def test_an_order_is_found_whatever_case_blanks_and_dashes(orders: Path, catalog: Path, number: str) -> None:
    found = OrdersCsv(orders, catalog).order(number)
    assert found is not None
    assert found.number == "AB-2026-000777"


def test_an_unknown_number_is_none(orders: Path, catalog: Path) -> None:
    assert OrdersCsv(orders, catalog).order("AB-2026-000778") is None


def test_products_have_their_aliases_and_accessories(tmp_path: Path) -> None:
    path = tmp_path / "catalog.csv"
    path.write_bytes(csv_of({**PRODUCT, "accessories": "charger| cable |"}))
    assert read_catalog(path) == (
        Product(
            sku="VEL-T9",
            name="Velora T9",
            brand="Velora",
            category="phone",
            aliases=("T9", "Velora 9"),
            accessories=("charger", "cable"),
        ),
    )


MISTAKES = [
    ({"shipped_on": "20.10.2026"}, "line 2, column shipped_on: '20.10.2026' is not allowed; a day as YYYY-MM-DD"),
    ({"delivered_on": "2026-02-30"}, "line 2, column delivered_on"),
    ({"partial_shipment": "maybe"}, "line 2, column partial_shipment: 'maybe' is not allowed; yes or no"),
    ({"quantity": "0"}, "line 2, column quantity: '0' is not allowed; a whole number from 1 on"),
    ({"quantity": "1.5"}, "line 2, column quantity"),
    ({"unit_price": "239"}, ""),
    ({"unit_price": "NaN"}, "line 2, column unit_price"),
    ({"unit_price": "-1"}, "line 2, column unit_price"),
    ({"order_number": ""}, "line 2, column order_number"),
    ({"sku": ""}, "line 2, column sku"),
]


@pytest.mark.parametrize(("change", "message"), MISTAKES, ids=lambda value: str(value)[:40])
def test_a_mistake_is_told_with_file_line_column_and_what_is_allowed(
    tmp_path: Path, change: dict[str, str], message: str
) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(csv_of({**ORDER, **change}))
    if not message:
        assert len(read_orders(path)) == 1
        return
    with pytest.raises(ShopFileError) as told:
        read_orders(path)
    assert str(told.value).startswith(f"{path}, {message}")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "line 1: empty"),
        (b"order_number,sku\nA,B\n", "line 1: no column customer_name"),
        (b"sku;name;brand\n", "line 1: no column order_number"),
        (csv_of(ORDER).replace(b"currency", b"sku"), "line 1, column sku: named twice"),
        (csv_of(ORDER) + b"only,three,cells\n", "line 3: 3 columns, but the header has 11"),
        (csv_of(ORDER) + b'"open', "line 3: not a CSV line"),
        (csv_of(ORDER) + b"caf\xe9\n", "line 3: not UTF-8"),
        (
            csv_of(ORDER, {**ORDER, "customer_email": "eve@mail.example"}),
            "line 3: order AB-2026-000777 belongs to another customer",
        ),
    ],
)
def test_a_file_of_another_shape_is_refused_with_its_line(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    with pytest.raises(ShopFileError) as told:
        read_orders(path)
    assert str(told.value).startswith(f"{path}, {message}")


def test_a_sku_stands_once_in_the_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "catalog.csv"
    path.write_bytes(csv_of(PRODUCT, PRODUCT))
    with pytest.raises(ShopFileError, match="line 3, column sku"):
        read_catalog(path)


def test_a_missing_file_names_itself_and_the_columns_it_should_have(tmp_path: Path) -> None:
    shop = OrdersCsv(tmp_path / "no.csv", tmp_path / "none.csv")
    assert shop.problem is not None
    first, second = shop.problem.split("\n")
    assert first == f"{tmp_path / 'no.csv'}: there is no such file; expected a CSV file with the columns " + ", ".join(
        ORDER_COLUMNS
    )
    assert ", ".join(CATALOG_COLUMNS) in second
    assert (shop.order("1"), tuple(shop.products())) == (None, ())


def test_without_files_there_are_no_orders_and_no_problem() -> None:
    shop = OrdersCsv(None, None)
    assert (shop.order("1"), tuple(shop.products()), shop.problem) == (None, (), None)


def test_a_changed_file_is_read_anew(orders: Path, catalog: Path) -> None:
    shop = OrdersCsv(orders, catalog)
    before = shop.products()
    shop.refresh()
    assert shop.products() is before
    orders.write_bytes(csv_of(ORDER, {**ORDER, "order_number": "770012345"}))
    catalog.write_bytes(csv_of(PRODUCT, {**PRODUCT, "sku": "VEL-T10"}))
    shop.refresh()
    assert shop.order("770012345") is not None
    assert [product.sku for product in shop.products()] == ["VEL-T9", "VEL-T10"]


def test_a_change_of_the_same_size_is_seen_by_its_time(orders: Path, catalog: Path) -> None:
    shop = OrdersCsv(orders, catalog)
    orders.write_bytes(csv_of({**ORDER, "quantity": "7"}))
    os.utime(orders, ns=(1, 1))
    shop.refresh()
    order = shop.order("AB-2026-000777")
    assert order is not None
    assert order.lines[0].quantity == 7


def test_a_broken_file_leaves_the_last_good_one_in_force_and_says_so_until_it_is_mended(
    orders: Path, catalog: Path
) -> None:
    shop = OrdersCsv(orders, catalog)
    orders.write_bytes(b"broken")
    shop.refresh()
    assert shop.order("AB-2026-000777") is not None
    assert shop.problem is not None
    assert shop.problem.startswith(f"{orders}, line 1")
    orders.write_bytes(csv_of({**ORDER, "order_number": "770012345"}))
    shop.refresh()
    assert shop.order("AB-2026-000777") is None
    assert shop.order("770012345") is not None
    mended: str | None = shop.problem
    assert mended is None


def test_a_file_that_vanishes_leaves_the_last_good_one_in_force(orders: Path, catalog: Path) -> None:
    shop = OrdersCsv(orders, catalog)
    orders.unlink()
    shop.refresh()
    assert shop.order("AB-2026-000777") is not None
    assert shop.problem is not None
    assert "no such file" in shop.problem

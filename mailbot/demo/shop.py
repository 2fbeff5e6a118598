"""The demo's shop: its people, its orders and catalogue as CSV files, and the configuration that the daemon runs on."""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

PASSWORD = "demo"  # noqa: S105 - of mailboxes that live in this process's memory
TIMEZONE = "Europe/Berlin"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a mailbox of their own; `home` is what stands on parcels to them."""

    name: str
    address: str
    language: str = "en"
    home: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Purchase:
    """An order of one line; days are counted back from today, None where the shop does not know the day."""

    number: str
    customer: Person
    sku: str
    price: str
    shipped_days_ago: int
    delivered_days_ago: int | None


SHOP = Person(name="Kestrel Mobile", address="returns@kestrel.example")
MIA = Person(name="Mia Novak", address="mia@kestrel.example")

ANNA = Person(name="Anna Weaver", address="anna.weaver@post.example", home=("Anna Weaver", "14 Mill Lane", "Bristol"))
TOM = Person(name="Tom Okafor", address="tom@okafor.example", home=("Tom Okafor", "9 Quay Street", "Cork"))
ROSA = Person(name="Rosa Lindqvist", address="rosa.lindqvist@post.example")
BEN = Person(name="Ben Adeyemi", address="ben@adeyemi.example")
CLARA = Person(name="Clara Bianchi", address="clara.bianchi@post.example")
JONAS = Person(
    name="Jonas Keller",
    address="jonas.keller@brief.example",
    language="de",
    home=("Jonas Keller", "Am Anger 5", "99084 Erfurt"),
)
PETRA = Person(name="Petra Vogel", address="petra.vogel@brief.example", language="de")
YOU = Person(name="You", address="you@post.example", home=("You", "1 Any Street", "Anywhere"))

CUSTOMERS = (ANNA, TOM, ROSA, BEN, CLARA, JONAS, PETRA, YOU)

_ORDER_COLUMNS = (
    *("order_number", "customer_name", "customer_email", "ordered_on", "shipped_on", "delivered_on"),
    *("partial_shipment", "sku", "quantity", "unit_price", "currency"),
)
_CATALOG_COLUMNS = ("sku", "name", "brand", "category", "aliases", "accessories")
_CATALOG = (
    ("KM-P5-128", "Kestrel P5", "Kestrel", "phone", "P5|Kestrel P5 128 GB", "charger|USB-C cable"),
    ("KM-T2-64", "Kestrel Tab T2", "Kestrel", "tablet", "Tab T2|T2", "charger|USB-C cable"),
    ("KM-B3", "Kestrel Buds 3", "Kestrel", "earbuds", "Buds 3", "charging case|USB-C cable"),
    ("KM-W1", "Kestrel Watch W1", "Kestrel", "watch", "Watch W1|W1", "charging cradle|strap"),
    ("KM-PB20", "Kestrel PowerBank 20", "Kestrel", "power bank", "PowerBank 20|power bank", "USB-C cable"),
)

PURCHASES = (
    Purchase(
        number="20451873", customer=ANNA, sku="KM-P5-128", price="329.00", shipped_days_ago=8, delivered_days_ago=4
    ),
    Purchase(number="20451960", customer=TOM, sku="KM-B3", price="89.00", shipped_days_ago=12, delivered_days_ago=5),
    Purchase(
        number="20449102", customer=ROSA, sku="KM-T2-64", price="259.00", shipped_days_ago=75, delivered_days_ago=70
    ),
    Purchase(number="20451777", customer=BEN, sku="KM-PB20", price="49.00", shipped_days_ago=20, delivered_days_ago=16),
    Purchase(
        number="20450388", customer=CLARA, sku="KM-W1", price="239.00", shipped_days_ago=36, delivered_days_ago=None
    ),
    Purchase(
        number="20452011", customer=JONAS, sku="KM-P5-128", price="329.00", shipped_days_ago=9, delivered_days_ago=5
    ),
    Purchase(
        number="20451634", customer=PETRA, sku="KM-P5-128", price="329.00", shipped_days_ago=15, delivered_days_ago=12
    ),
    Purchase(
        number="20452150", customer=YOU, sku="KM-P5-128", price="329.00", shipped_days_ago=6, delivered_days_ago=3
    ),
)


def purchase_of(customer: Person) -> Purchase:
    """The one order of a customer."""
    return next(one for one in PURCHASES if one.customer == customer)


def write_shop_files(folder: Path, *, today: date) -> None:
    """Write `orders.csv` and `catalog.csv` as a shop's system would export them today."""
    orders = (
        (
            one.number,
            one.customer.name,
            one.customer.address,
            _day(today, one.shipped_days_ago + 1),
            _day(today, one.shipped_days_ago),
            _day(today, one.delivered_days_ago),
            "no",
            one.sku,
            "1",
            one.price,
            "EUR",
        )
        for one in PURCHASES
    )
    _write_csv(folder / "orders.csv", _ORDER_COLUMNS, orders)
    _write_csv(folder / "catalog.csv", _CATALOG_COLUMNS, _CATALOG)


def configuration(*, host: str, imap_port: int, smtp_port: int, authserv_id: str) -> dict[str, Any]:
    """What would stand in the demo's `config.toml`; relative paths are relative to it."""
    account = {"host": host, "security": "none", "username": SHOP.address, "password": PASSWORD}
    return {
        "shop": {
            "name": SHOP.name,
            "address": SHOP.address,
            "timezone": TIMEZONE,
            "languages": ["en", "de"],
            "return_address": ["Kestrel Mobile Returns", "Hafenstrasse 12", "20457 Hamburg", "Germany"],
            "legal_footer": "Kestrel Mobile is an invented shop.",
            "plus_addresses": True,
        },
        "imap": {**account, "port": imap_port, "first_start": "all"},
        "smtp": {**account, "port": smtp_port},
        "orders": {"path": "orders.csv", "catalog": "catalog.csv"},
        "agents": [{"name": MIA.name, "address": MIA.address, "languages": ["en"]}],
        "agent_mail": {"trusted_authserv_id": authserv_id, "undo_seconds": 0},
    }


def _day(today: date, days_ago: int | None) -> str:
    return "" if days_ago is None else (today - timedelta(days=days_ago)).isoformat()


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as target:
        csv.writer(target).writerows([columns, *rows])

"""The shop's orders and catalogue from two CSV files, read anew when they change (CONTRACTS, "The shop's files")."""

import csv
import io
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from pathlib import Path

from mailbot.claims.orders import Order, OrderLine, Product

ORDER_COLUMNS = (
    *("order_number", "customer_name", "customer_email", "ordered_on", "shipped_on", "delivered_on"),
    *("partial_shipment", "sku", "quantity", "unit_price", "currency"),
)
"""The columns of `orders.csv`; `country` (ISO 3166) may be there too."""

CATALOG_COLUMNS = ("sku", "name", "brand", "category", "aliases")
"""The columns of `catalog.csv`; `accessories` (separated by `|`) may be there too."""

_ORDER_KEYS = ("order_number", "sku")
_CATALOG_KEYS = ("sku", "name")
_LOOK_EVERY_SECONDS = 1.0
_LARGEST_FILE = 256 * 1024 * 1024
_SEPARATORS = " -‐‑‒–—−_"
_WITHOUT_SEPARATORS = str.maketrans("", "", _SEPARATORS)
_BOOLEANS = {"yes": True, "no": False, "": False}


class ShopFileError(Exception):
    """A file of the shop that cannot be used; the text names file, line and column, and what is allowed there."""


@dataclass(frozen=True, slots=True)
class _Version:
    """By what a changed file is known without reading it."""

    modified_ns: int
    size: int


@dataclass(slots=True)
class _Row:
    """One line of a file with the names of its columns, for messages that say where something is wrong."""

    path: Path
    line: int
    values: Mapping[str, str]

    def text(self, column: str) -> str:
        return (self.values.get(column) or "").strip()

    def wrong(self, column: str, allowed: str) -> ShopFileError:
        return ShopFileError(
            f"{self.path}, line {self.line}, column {column}: {self.text(column)!r} is not allowed; {allowed}"
        )

    def day(self, column: str) -> date | None:
        written = self.text(column)
        if not written:
            return None
        try:
            return date.fromisoformat(written)
        except ValueError:
            raise self.wrong(column, "a day as YYYY-MM-DD, or empty where it is unknown") from None

    def truth(self, column: str) -> bool:
        value = _BOOLEANS.get(self.text(column).lower())
        if value is None:
            raise self.wrong(column, "yes or no")
        return value

    def count(self, column: str) -> int:
        written = self.text(column)
        if not written:
            return 1
        if not written.isascii() or not written.isdigit() or len(written) > 9 or int(written) == 0:
            raise self.wrong(column, "a whole number from 1 on")
        return int(written)

    def amount(self, column: str) -> Decimal | None:
        written = self.text(column)
        if not written:
            return None
        try:
            amount = Decimal(written)
        except InvalidOperation:
            raise self.wrong(column, "an amount like 239.00, or empty") from None
        if not amount.is_finite() or amount < 0:
            raise self.wrong(column, "an amount like 239.00, or empty")
        return amount


def _rows(path: Path, columns: Sequence[str], keys: Sequence[str]) -> Iterator[_Row]:
    """The lines of a CSV file (RFC 4180, UTF-8 with or without BOM, `,` or `;`), its header checked first."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise ShopFileError(f"{path}: larger than {_LARGEST_FILE // 1024 // 1024} MB; use an SQL source instead")
        written = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise ShopFileError(
            f"{path}: there is no such file; expected a CSV file with the columns {', '.join(columns)}"
        ) from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ShopFileError(f"{path}, line {line}: not UTF-8; save the file as UTF-8") from None
    except OSError as error:
        raise ShopFileError(f"{path}: cannot be read ({error.strerror})") from None
    head = written.partition("\n")[0]
    delimiter = ";" if head.count(";") > head.count(",") else ","
    lines = csv.reader(io.StringIO(written, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().lower() for name in next(lines, [])]
        _check_header(path, names, columns, keys)
        for cells in lines:
            if not any(cell.strip() for cell in cells):
                continue
            if len(cells) != len(names):
                raise ShopFileError(
                    f"{path}, line {lines.line_num}: {len(cells)} columns, but the header has {len(names)}; "
                    "put a value that holds the separator between quotation marks"
                )
            row = _Row(path, lines.line_num, dict(zip(names, cells, strict=True)))
            for key in keys:
                if not row.text(key):
                    raise row.wrong(key, "it must not be empty")
            yield row
    except csv.Error as error:
        raise ShopFileError(f"{path}, line {lines.line_num}: not a CSV line ({error})") from None


def _check_header(path: Path, names: Sequence[str], columns: Sequence[str], keys: Sequence[str]) -> None:
    expected = f"line 1 must name the columns {', '.join(columns)}"
    if not names or names == [""]:
        raise ShopFileError(f"{path}, line 1: empty; {expected}")
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ShopFileError(f"{path}, line 1, column {min(twice)}: named twice; {expected}")
    missing = [column for column in columns if column not in names]
    if any(column in missing for column in keys):
        raise ShopFileError(f"{path}, line 1: no column {', '.join(missing)}; {expected} (found: {', '.join(names)})")
    if missing:
        raise ShopFileError(f"{path}, line 1: no column {', '.join(missing)}; {expected}")


def read_orders(path: Path) -> dict[str, Order]:
    """The orders of an `orders.csv` by their comparable number; several lines of one number are one order.

    Raises ShopFileError.
    """
    found: dict[str, list[Order]] = {}
    for row in _rows(path, ORDER_COLUMNS, _ORDER_KEYS):
        number = row.text("order_number")
        line = OrderLine(
            sku=row.text("sku"),
            quantity=row.count("quantity"),
            unit_price=row.amount("unit_price"),
            currency=row.text("currency").upper() or None,
        )
        one = Order(
            number=number,
            lines=(line,),
            customer_name=row.text("customer_name") or None,
            customer_address=row.text("customer_email") or None,
            ordered_on=row.day("ordered_on"),
            shipped_on=row.day("shipped_on"),
            delivered_on=row.day("delivered_on"),
            partial_shipment=row.truth("partial_shipment"),
            country=row.text("country").upper() or None,
        )
        lines = found.setdefault(comparable(number), [])
        if lines and _customer(lines[0]) != _customer(one):
            raise ShopFileError(
                f"{path}, line {row.line}: order {number} belongs to another customer than its earlier line; "
                "customer_name and customer_email must be the same in all lines of an order"
            )
        lines.append(one)
    return {key: _as_one(lines) for key, lines in found.items()}


def _customer(order: Order) -> tuple[str | None, str | None]:
    return order.customer_name, order.customer_address


def _as_one(parts: Sequence[Order]) -> Order:
    """The order of these lines. Lines shipped apart have days of their own; where they differ the order's is unknown.

    An unknown day is what the policy gives to a person, so that nobody is refused by the day of another parcel. A line
    without a day (not shipped yet) says nothing against the others'.
    """
    return Order(
        number=parts[0].number,
        lines=tuple(line for part in parts for line in part.lines),
        customer_name=parts[0].customer_name,
        customer_address=parts[0].customer_address,
        ordered_on=_only({part.ordered_on for part in parts}),
        shipped_on=_only({part.shipped_on for part in parts}),
        delivered_on=_only({part.delivered_on for part in parts}),
        partial_shipment=any(part.partial_shipment for part in parts),
        country=next((part.country for part in parts if part.country), None),
    )


def _only(days: set[date | None]) -> date | None:
    known = days - {None}
    return known.pop() if len(known) == 1 else None


def read_catalog(path: Path) -> tuple[Product, ...]:
    """The products of a `catalog.csv`, in the order of the file. Raises ShopFileError."""
    found: dict[str, Product] = {}
    for row in _rows(path, CATALOG_COLUMNS, _CATALOG_KEYS):
        sku = row.text("sku")
        if sku in found:
            raise row.wrong("sku", "each sku stands once")
        found[sku] = Product(
            sku=sku,
            name=row.text("name"),
            brand=row.text("brand"),
            category=row.text("category"),
            aliases=_listed(row.text("aliases")),
            accessories=_listed(row.text("accessories")),
        )
    return tuple(found.values())


def _listed(written: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in written.split("|") if part.strip())


def comparable(number: str) -> str:
    """An order number without case, blanks and dashes, as customers mix them up."""
    return number.translate(_WITHOUT_SEPARATORS).casefold()


class OrdersCsv:
    """The shop's orders and products from `orders.csv` and `catalog.csv`; a `Knowledge` (mailbot.reading.knowledge).

    Either path may be None: then there are none of these. A file that changes is read anew, looked at once a second
    at most; one that does not parse leaves the last good one in force and `problem` says what is wrong. Safe for
    several threads.
    """

    def __init__(self, path: Path | None, catalog_path: Path | None) -> None:
        self._path = path
        self._catalog_path = catalog_path
        self._lock = threading.Lock()
        self._orders: Mapping[str, Order] = {}
        self._products: tuple[Product, ...] = ()
        self._seen: dict[Path, _Version | None] = {}
        self._problems: dict[Path, str] = {}
        self._looked_at = float("-inf")
        self.refresh()

    @property
    def problem(self) -> str | None:
        """What is wrong with the files as they are now, a line for each problem; None where nothing is."""
        self._look()
        with self._lock:
            return "\n".join(self._problems.values()) or None

    @property
    def order_count(self) -> int:
        """How many orders are in force."""
        self._look()
        return len(self._orders)

    def order(self, number: str) -> Order | None:
        """The order of this number, whatever its case, blanks and dashes; None where the shop does not know it."""
        self._look()
        return self._orders.get(comparable(number))

    def products(self) -> Sequence[Product]:
        """The whole catalogue in the order of the file; the same object until the file changes."""
        self._look()
        return self._products

    def refresh(self) -> None:
        """Read what changed since the last look, now."""
        with self._lock:
            self._looked_at = time.monotonic()
            if self._path is not None and self._changed(self._path):
                try:
                    self._orders = read_orders(self._path)
                    self._problems.pop(self._path, None)
                except ShopFileError as error:
                    self._problems[self._path] = str(error)
            if self._catalog_path is not None and self._changed(self._catalog_path):
                try:
                    self._products = read_catalog(self._catalog_path)
                    self._problems.pop(self._catalog_path, None)
                except ShopFileError as error:
                    self._problems[self._catalog_path] = str(error)

    def _look(self) -> None:
        if time.monotonic() - self._looked_at >= _LOOK_EVERY_SECONDS:
            self.refresh()

    def _changed(self, path: Path) -> bool:
        try:
            status = path.stat()
            version: _Version | None = _Version(status.st_mtime_ns, status.st_size)
        except OSError:
            version = None
        if path in self._seen and self._seen[path] == version:
            return False
        self._seen[path] = version
        return True

"""Orders and products as the shop knows them."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderLine:
    """One line of an order as the shop knows it."""

    sku: str
    quantity: int
    unit_price: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order by its number; days are days in the shop's time zone, None where unknown."""

    number: str
    lines: tuple[OrderLine, ...]
    customer_name: str | None = None
    customer_address: str | None = None
    ordered_on: date | None = None
    shipped_on: date | None = None
    delivered_on: date | None = None
    partial_shipment: bool = False
    country: str | None = None

    def line_of(self, sku: str) -> OrderLine | None:
        """The line that holds this SKU; quantities of several lines of one SKU are added up."""
        found = [line for line in self.lines if line.sku == sku]
        if not found:
            return None
        first = found[0]
        return OrderLine(
            sku=sku,
            quantity=sum(line.quantity for line in found),
            unit_price=first.unit_price,
            currency=first.currency,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One entry of the shop's catalogue."""

    sku: str
    name: str
    brand: str = ""
    category: str = ""
    aliases: tuple[str, ...] = ()
    accessories: tuple[str, ...] = ()

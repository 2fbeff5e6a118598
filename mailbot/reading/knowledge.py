"""What the readers ask of the shop: orders by number and products by name, as a port of two questions."""

from collections.abc import Sequence
from typing import Protocol

from mailbot.claims.orders import Order, Product


class Knowledge(Protocol):
    """The shop's orders and catalogue (CONTRACTS, "The shop's files")."""

    def order(self, number: str) -> Order | None:
        """The order of this number in the shop's own form, None where the shop does not know it."""
        ...

    def products(self) -> Sequence[Product]:
        """The whole catalogue, in a stable order."""
        ...

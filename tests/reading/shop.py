"""A small shop and mails to it, for the readers' tests: everything a test is not about has a default."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from mailbot.claims.orders import Order, OrderLine, Product
from mailbot.mail.inbound import Address, InboundMail
from mailbot.reading.read import Reader
from mailbot.reading.sentences import Sentence, lines_of, split_text, understand
from mailbot.reading.understood import Understood
from mailbot.reading.vocabulary import vocabulary

PATTERNS = (r"7700\d{5}", r"AB-\d{4}-\d{6}")
PRODUCTS = (
    Product(sku="QX-EARS-2", name="Quixo Ears 2", brand="Quixo", category="headphones", aliases=("Ears 2",)),
    Product(sku="QX-EARS-2P", name="Quixo Ears 2 Pro", brand="Quixo", category="headphones", aliases=("Ears 2 Pro",)),
    Product(sku="VEL-T9", name="Velora T9 64GB", brand="Velora", category="phone", aliases=("T9",)),
    Product(sku="MOP-4", name="Moppo Robot 4", brand="Moppo", category="robot vacuum"),
    Product(sku="AMP-20", name="Ampero Charger 20W", brand="Ampero", category="charger", aliases=("Ampero 20",)),
    Product(sku="AMP-PB1", name="Ampero Pack 10000", brand="Ampero", category="power bank", aliases=("Pack 10000",)),
)
ORDERS = {
    "770012345": Order(
        number="770012345",
        lines=(OrderLine(sku="QX-EARS-2", quantity=1), OrderLine(sku="AMP-20", quantity=2)),
        customer_address="anna@mail.example",
    ),
    "770054321": Order(number="770054321", lines=(OrderLine(sku="MOP-4", quantity=1),)),
    "AB-2026-000777": Order(number="AB-2026-000777", lines=(OrderLine(sku="VEL-T9", quantity=3),)),
}
MONDAY = date(2026, 11, 16)


class Shop:
    """A `Knowledge` of a few orders and products."""

    def order(self, number: str) -> Order | None:
        return ORDERS.get(number)

    def products(self) -> Sequence[Product]:
        return PRODUCTS


def mail(text: str = "", **overrides: Any) -> InboundMail:
    """A customer's mail with this new text."""
    values: dict[str, Any] = {
        "message_id": "<1@mail.example>",
        "sender": Address(name="Anna", address="anna@mail.example"),
        "from_as_written": (Address(name="Anna", address="anna@mail.example"),),
        "reply_to": (),
        "to": (Address(name="", address="returns@shop.example"),),
        "cc": (),
        "subject": "",
        "date": None,
        "in_reply_to": "",
        "references": (),
        "text": text,
        "text_part": text,
        "html_text": "",
        "reply_text": text,
    }
    return InboundMail(**{**values, **overrides})


_READER = Reader(Shop(), PATTERNS)


def read(words: str, /, *, today: date = MONDAY, open_claim: bool = False, **overrides: Any) -> Understood:
    """What the reader makes of a mail with this text."""
    return _READER.read(mail(**{"text": words, "reply_text": words, **overrides}), today=today, open_claim=open_claim)


def sentences(text: str, language: str = "en") -> tuple[Sentence, ...]:
    """A text as the single readers see it."""
    words = vocabulary(language)
    assert words is not None
    return understand(split_text(lines_of(text)), words)

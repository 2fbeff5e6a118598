"""The JSON of `mailbot decide` (CONTRACTS.md): a facts object in, a decision object out.

What the contract lets be null may also be absent; keys it does not name are ignored.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from mailbot.claims.facts import Facts, ItemFacts
from mailbot.claims.orders import Order, OrderLine
from mailbot.claims.verdict import Decision
from mailbot.claims.words import ProblemKind, Proof, Wish


class FactsError(ValueError):
    """Facts that are not of the contract's shape: the field, what is wrong with it and what is allowed."""


def facts_from_json(obj: object) -> Facts:
    """The facts of one object as `json.loads` gives it. Raises FactsError."""
    fields = _Fields.of(obj, "facts", prefix="")
    order = fields.get("order", _order)
    confidence = fields.get("confidence", _share)
    return Facts(
        order=order,
        order_belongs_to_sender=_Fields.of(fields.raw["order"], "order").get("belongs_to_sender", _truth)
        if order is not None
        else None,
        items=tuple(fields.each("items", _item)),
        first_contact_on=fields.need("first_contact_on", _day),
        fault_on=fields.get("fault_on", _day),
        evidence=frozenset(fields.each("evidence", _proof)),
        preference=fields.get("preference", _wish),
        asks_other_compensation=fields.get("asks_other_compensation", _truth) or False,
        hazard=fields.get("hazard", _truth) or False,
        confidence=1.0 if confidence is None else confidence,
    )


def decision_to_json(decision: Decision) -> dict[str, object]:
    """The decision as plain JSON values, of exactly the contract's shape."""
    return {
        "items": [
            {
                "sku": verdict.sku,
                "disposition": verdict.disposition.value,
                "rule": _name(verdict.rule),
                "missing": [wanted.value for wanted in verdict.missing],
                "shipping_paid_by": _name(verdict.shipping_paid_by),
                "resolution": _name(verdict.resolution),
                "reasons": list(verdict.reasons),
            }
            for verdict in decision.verdicts
        ]
    }


def _name(word: StrEnum | None) -> str | None:
    return None if word is None else word.value


T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
Reader = Callable[[object, str], T]


class _Fields:
    """An object's fields, read one by one; a reader gets the value and the name it is reported under."""

    def __init__(self, raw: Mapping[str, object], prefix: str) -> None:
        self.raw = raw
        self._prefix = prefix

    @classmethod
    def of(cls, value: object, name: str, *, prefix: str | None = None) -> "_Fields":
        if not isinstance(value, dict):
            raise _wrong(name, value, "an object")
        return cls(value, f"{name}." if prefix is None else prefix)

    def get(self, key: str, reader: Reader[T]) -> T | None:
        value = self.raw.get(key)
        return None if value is None else reader(value, self._prefix + key)

    def need(self, key: str, reader: Reader[T]) -> T:
        return reader(self.raw.get(key), self._prefix + key)

    def each(self, key: str, reader: Reader[T]) -> Iterable[T]:
        values = self.raw.get(key)
        if values is None:
            return
        if not isinstance(values, list):
            raise _wrong(self._prefix + key, values, "a list")
        for index, value in enumerate(values):
            yield reader(value, f"{self._prefix}{key}[{index}]")


def _order(value: object, name: str) -> Order:
    fields = _Fields.of(value, name)
    return Order(
        number=fields.need("number", _text),
        lines=tuple(fields.each("lines", _line)),
        shipped_on=fields.get("shipped_on", _day),
        delivered_on=fields.get("delivered_on", _day),
        partial_shipment=fields.get("partial_shipment", _truth) or False,
    )


def _line(value: object, name: str) -> OrderLine:
    fields = _Fields.of(value, name)
    return OrderLine(
        sku=fields.need("sku", _text),
        quantity=fields.get("quantity", _count) or 1,
        unit_price=fields.get("unit_price", _amount),
        currency=fields.get("currency", _text),
    )


def _item(value: object, name: str) -> ItemFacts:
    fields = _Fields.of(value, name)
    return ItemFacts(
        sku=fields.get("sku", _text) or None,
        quantity=fields.get("quantity", _count),
        problem_kind=fields.get("problem_kind", _kind) or ProblemKind.UNCLEAR,
        description=fields.get("description", _text),
        support_tried=fields.get("support_tried", _truth) or False,
        evidence=frozenset(fields.each("evidence", _proof)),
    )


def _text(value: object, name: str) -> str:
    if not isinstance(value, str):
        raise _wrong(name, value, "a text")
    return value


def _truth(value: object, name: str) -> bool:
    if not isinstance(value, bool):
        raise _wrong(name, value, "true or false")
    return value


def _day(value: object, name: str) -> date:
    allowed = "a day as YYYY-MM-DD"
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
        raise _wrong(name, value, allowed)
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise _wrong(name, value, allowed) from None


def _count(value: object, name: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= _MOST_UNITS:
        raise _wrong(name, value, f"a whole number from 1 to {_MOST_UNITS}")
    return value


def _amount(value: object, name: str) -> Decimal:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        try:
            # By way of text, so that 239.9 is 239.9 and not its nearest binary fraction.
            amount = Decimal(str(value))
        except (InvalidOperation, ValueError):  # ValueError: a whole number of thousands of digits
            amount = Decimal("NaN")
        if amount.is_finite() and 0 <= amount <= _HIGHEST_AMOUNT:
            return amount
    raise _wrong(name, value, f'an amount from 0 to {_HIGHEST_AMOUNT}, as in "239.00"')


def _share(value: object, name: str) -> float:
    # NaN fails the comparison too.
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    raise _wrong(name, value, "a number from 0 to 1")


def _proof(value: object, name: str) -> Proof:
    return _one_of(Proof, value, name)


def _kind(value: object, name: str) -> ProblemKind:
    return _one_of(ProblemKind, value, name)


def _wish(value: object, name: str) -> Wish:
    return _one_of(Wish, value, name)


def _one_of(words: type[E], value: object, name: str) -> E:
    if isinstance(value, str):
        for word in words:
            if word.value == value:
                return word
    raise _wrong(name, value, f"one of {', '.join(words)}")


def _wrong(name: str, value: object, allowed: str) -> FactsError:
    is_what = "is missing" if value is None else f"is {_shortly(value)}"
    return FactsError(f"{name} {is_what}; allowed is {allowed}")


def _shortly(value: object) -> str:
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case bool():
            return "true" if value else "false"
        case int() if abs(value) > _HIGHEST_AMOUNT:
            return "a number without measure"
        case str():
            return repr(value if len(value) <= 60 else value[:60] + "…")
        case _:
            return str(value)[:60]


# Far above any shop's, and low enough that quantity × price stays exact.
_MOST_UNITS = 1_000_000
_HIGHEST_AMOUNT = 1_000_000_000_000

"""What a mail was understood to mean; every field remembers the words it rests on and how sure it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from mailbot.claims.words import MailKind, ProblemKind, Signal, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """The problem's kind and the customer's own words for it ("" where nothing was told).

    `detailed` is False where the words do not say enough for a person to reproduce the fault (POLICY "Detailed
    description").
    """

    kind: ProblemKind
    description: str
    detailed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedProduct:
    """A product of the mail; `sku` None where the catalogue has no entry for what was written."""

    sku: str | None
    name_as_written: str
    quantity: int | None
    problem: Problem | None = None
    confidence: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What was typed under a line of our checklist."""

    to: str
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Understood:
    """The outcome of the readers for one mail (CONTRACTS, `mailbot read --json`).

    `order_numbers` in the shop's own form. `tracking` a parcel's number where the customer says the parcel is under
    way. `captions` are lines of the new text that name pictures, in order, for the inspection of attachments.
    `confidence` by field name, 0.0 to 1.0; `why` by field name, sentences with the words and their line.
    """

    kind: MailKind
    language: str
    order_numbers: tuple[str, ...]
    products: tuple[NamedProduct, ...]
    problem: Problem
    wish: Wish
    signals: frozenset[Signal] = frozenset()
    fault_on: date | None = None
    tracking: str | None = None
    answers: tuple[Answer, ...] = ()
    captions: tuple[str, ...] = ()
    confidence: Mapping[str, float] = field(default_factory=dict)
    why: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

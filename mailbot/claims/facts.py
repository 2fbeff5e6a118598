"""What the policy is asked about: the facts of one claim, of the shape of `mailbot decide`.

Reading and agents provide them, `gather` joins them with the order; the policy never sees a mail.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from mailbot.claims.orders import Order
from mailbot.claims.words import ProblemKind, Proof, Wish


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemFacts:
    """One item of a claim: what it is, how many units, what is wrong, what proves it.

    `evidence` holds the item's own proofs; `Facts.evidence` counts for every item.
    """

    sku: str | None = None
    quantity: int | None = None
    problem_kind: ProblemKind = ProblemKind.UNCLEAR
    description: str | None = None
    support_tried: bool = False
    evidence: frozenset[Proof] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a decision may rest on.

    `order_belongs_to_sender`: None where nobody knows (counts as no). `fault_on` is the day the fault began
    as the customer tells it. `preference` None where none is stated. `confidence` is the lowest among the facts
    that this decision rests on, 0.0 to 1.0.
    `order_number_unknown_again` : a number that the orders do not hold was named a second time.
    `several_orders`: one mail named two orders that exist. `contact_day_unknown`: an agent forwarded the mail.
    `declares_withdrawal`: S2. `flagged`: reasons in words for which a person must look before any approval
    (an ambiguous MIME structure, ATTACKS A10). `units_elsewhere`: by SKU, the units of this order that other claims
    have been granted or wait for a person with.
    """

    order: Order | None
    items: tuple[ItemFacts, ...]
    first_contact_on: date
    order_belongs_to_sender: bool | None = None
    fault_on: date | None = None
    evidence: frozenset[Proof] = frozenset()
    preference: Wish | None = None
    asks_other_compensation: bool = False
    hazard: bool = False
    confidence: float = 1.0
    declares_withdrawal: bool = False
    order_number_unknown_again: bool = False
    several_orders: bool = False
    contact_day_unknown: bool = False
    flagged: tuple[str, ...] = ()
    units_elsewhere: Mapping[str, int] = field(default_factory=dict)

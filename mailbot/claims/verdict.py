"""What the policy says of an item, with everything that explains it."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from mailbot.claims.words import Disposition, Payer, Resolution, Rule, Wanted


class Window(StrEnum):
    """The policy's windows: R1 has one, R2 two, either of which is enough."""

    DOA_AFTER_DELIVERY = "doa_after_delivery"
    DEFECT_AFTER_DELIVERY = "defect_after_delivery"
    DEFECT_AFTER_SHIPMENT = "defect_after_shipment"


class Because(StrEnum):
    """Why a person must look (rows 0 and 1, and row 5 where the shop refers late claims). Letters choose by it."""

    HAZARD = "hazard"
    WITHDRAWAL = "withdrawal"
    NOT_THE_SENDERS_ORDER = "not_the_senders_order"
    SEVERAL_ORDERS = "several_orders"
    UNKNOWN_ORDER_AGAIN = "unknown_order_again"
    CONTACT_DAY_UNKNOWN = "contact_day_unknown"
    ODD_DATES = "odd_dates"
    DATES_LEAVE_IT_OPEN = "dates_leave_it_open"
    FAULT_INSIDE_WINDOW = "fault_inside_window"
    CHANGED_MIND = "changed_mind"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    MISSING_PARTS = "missing_parts"
    REPAIR_OR_PART = "repair_or_part"
    OTHER_COMPENSATION = "other_compensation"
    ABOVE_LIMIT = "above_limit"
    UNSURE = "unsure"
    MORE_UNITS_THAN_BOUGHT = "more_units_than_bought"
    NOT_ON_THE_ORDER = "not_on_the_order"
    FLAGGED = "flagged"
    LATE = "late"
    PERSON_DECIDES = "person_decides"


@dataclass(frozen=True, slots=True, kw_only=True)
class DaysCounted:
    """One window as it was counted: `days` from `since` to the day of contact, day 0 being `since` itself.

    `met` is None where the window's day is unknown and the window can neither be met nor be ruled out.
    """

    window: Window
    since: date | None
    days: int | None
    limit: int
    met: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """The policy's word on one item (or a person's, when `overridden_by` names one).

    `reasons` are sentences in English for agents and the history; `would_change` says what new fact would
    change the verdict. `because` names, for letters, every reason for which a person must look; the first gave
    `rule`. `missing` is empty except beside `request_information`. `proofs_welcome` is the checklist that a
    letter may carry although a person decides, since only the dates leave it open; nothing hangs on it.
    Nothing in a verdict on somebody else's order tells of that order.
    """

    sku: str | None
    disposition: Disposition
    rule: Rule | None = None
    missing: tuple[Wanted, ...] = ()
    shipping_paid_by: Payer | None = None
    resolution: Resolution | None = None
    reasons: tuple[str, ...] = ()
    counted: tuple[DaysCounted, ...] = ()
    would_change: tuple[str, ...] = ()
    because: tuple[Because, ...] = ()
    proofs_welcome: tuple[Wanted, ...] = ()
    overridden_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One verdict for each item, in the items' order."""

    verdicts: tuple[Verdict, ...]

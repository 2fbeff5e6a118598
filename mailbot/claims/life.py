"""A claim's life (POLICY.md) as a table: what may happen to an item in which state, and what it becomes.

Items carry the status; the claim shows the least advanced one. An item begins as `BEGINS_AS` (kept,
not decided yet); the first verdict moves it on.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from mailbot.claims.claim import Inspection
from mailbot.claims.words import ENDED, Disposition, Status


class Event(StrEnum):
    """What happens to an item: letters of ours, what a customer or a person reports, and time."""

    ASKED = "asked"
    SUPPORT_OFFERED = "support_offered"
    REFERRED = "referred"
    APPROVED = "approved"
    DECLINED = "declined"
    PARCEL_SENT = "parcel_sent"
    PARCEL_RECEIVED = "parcel_received"
    DEFECT_CONFIRMED = "defect_confirmed"
    NO_DEFECT_FOUND = "no_defect_found"
    MISUSE_FOUND = "misuse_found"
    REFUNDED = "refunded"
    RESHIPPED = "reshipped"
    SENT_BACK = "sent_back"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CLOSED = "closed"
    CUSTOMER_WROTE_AFTER_END = "customer_wrote_after_end"


BEGINS_AS: Final = Status.AWAITING_AGENT

TRANSITIONS: Final[dict[tuple[Status, Event], Status]] = {
    (Status.AWAITING_CUSTOMER, Event.ASKED): Status.AWAITING_CUSTOMER,
    (Status.AWAITING_CUSTOMER, Event.SUPPORT_OFFERED): Status.AWAITING_CUSTOMER,
    (Status.AWAITING_CUSTOMER, Event.REFERRED): Status.AWAITING_AGENT,
    (Status.AWAITING_CUSTOMER, Event.APPROVED): Status.AWAITING_RETURN,
    (Status.AWAITING_CUSTOMER, Event.DECLINED): Status.DECLINED,
    # R6: a return that comes without contact, or before the answer, is handled all the same.
    (Status.AWAITING_CUSTOMER, Event.PARCEL_SENT): Status.IN_TRANSIT,
    (Status.AWAITING_CUSTOMER, Event.PARCEL_RECEIVED): Status.RECEIVED,
    (Status.AWAITING_CUSTOMER, Event.WITHDRAWN): Status.WITHDRAWN,
    (Status.AWAITING_CUSTOMER, Event.EXPIRED): Status.EXPIRED,
    (Status.AWAITING_CUSTOMER, Event.CLOSED): Status.CLOSED,
    (Status.AWAITING_AGENT, Event.ASKED): Status.AWAITING_CUSTOMER,
    (Status.AWAITING_AGENT, Event.SUPPORT_OFFERED): Status.AWAITING_CUSTOMER,
    (Status.AWAITING_AGENT, Event.REFERRED): Status.AWAITING_AGENT,
    (Status.AWAITING_AGENT, Event.APPROVED): Status.AWAITING_RETURN,
    (Status.AWAITING_AGENT, Event.DECLINED): Status.DECLINED,
    (Status.AWAITING_AGENT, Event.PARCEL_SENT): Status.IN_TRANSIT,
    (Status.AWAITING_AGENT, Event.PARCEL_RECEIVED): Status.RECEIVED,
    (Status.AWAITING_AGENT, Event.WITHDRAWN): Status.WITHDRAWN,
    (Status.AWAITING_AGENT, Event.CLOSED): Status.CLOSED,
    (Status.AWAITING_RETURN, Event.ASKED): Status.AWAITING_CUSTOMER,
    (Status.AWAITING_RETURN, Event.REFERRED): Status.AWAITING_AGENT,
    (Status.AWAITING_RETURN, Event.APPROVED): Status.AWAITING_RETURN,
    (Status.AWAITING_RETURN, Event.DECLINED): Status.DECLINED,
    (Status.AWAITING_RETURN, Event.PARCEL_SENT): Status.IN_TRANSIT,
    (Status.AWAITING_RETURN, Event.PARCEL_RECEIVED): Status.RECEIVED,
    (Status.AWAITING_RETURN, Event.WITHDRAWN): Status.WITHDRAWN,
    (Status.AWAITING_RETURN, Event.EXPIRED): Status.EXPIRED,
    (Status.AWAITING_RETURN, Event.CLOSED): Status.CLOSED,
    # On its way: what was decided stands until the parcel is here; only a danger or a doubt goes to a person.
    (Status.IN_TRANSIT, Event.REFERRED): Status.AWAITING_AGENT,
    (Status.IN_TRANSIT, Event.PARCEL_SENT): Status.IN_TRANSIT,
    (Status.IN_TRANSIT, Event.PARCEL_RECEIVED): Status.RECEIVED,
    (Status.IN_TRANSIT, Event.WITHDRAWN): Status.WITHDRAWN,
    (Status.IN_TRANSIT, Event.CLOSED): Status.CLOSED,
    # R7: the shop holds the item, so it is inspected before anything is settled.
    (Status.RECEIVED, Event.DEFECT_CONFIRMED): Status.INSPECTED,
    (Status.RECEIVED, Event.NO_DEFECT_FOUND): Status.INSPECTED,
    (Status.RECEIVED, Event.MISUSE_FOUND): Status.INSPECTED,
    (Status.RECEIVED, Event.CLOSED): Status.CLOSED,
    # A second look may correct the first until the item is settled.
    (Status.INSPECTED, Event.DEFECT_CONFIRMED): Status.INSPECTED,
    (Status.INSPECTED, Event.NO_DEFECT_FOUND): Status.INSPECTED,
    (Status.INSPECTED, Event.MISUSE_FOUND): Status.INSPECTED,
    (Status.INSPECTED, Event.REFUNDED): Status.REFUNDED,
    (Status.INSPECTED, Event.RESHIPPED): Status.REPLACED,
    (Status.INSPECTED, Event.SENT_BACK): Status.RETURNED_TO_CUSTOMER,
    (Status.INSPECTED, Event.CLOSED): Status.CLOSED,
    # Ends: a new mail brings each back to a person. A person may take a decline or an expiry back at once, and
    # a parcel may arrive although nobody waits for it any more.
    (Status.REFUNDED, Event.CUSTOMER_WROTE_AFTER_END): Status.AWAITING_AGENT,
    (Status.REPLACED, Event.CUSTOMER_WROTE_AFTER_END): Status.AWAITING_AGENT,
    (Status.RETURNED_TO_CUSTOMER, Event.CUSTOMER_WROTE_AFTER_END): Status.AWAITING_AGENT,
    (Status.DECLINED, Event.ASKED): Status.AWAITING_CUSTOMER,
    (Status.DECLINED, Event.APPROVED): Status.AWAITING_RETURN,
    (Status.DECLINED, Event.PARCEL_RECEIVED): Status.RECEIVED,
    (Status.DECLINED, Event.CUSTOMER_WROTE_AFTER_END): Status.AWAITING_AGENT,
    (Status.WITHDRAWN, Event.PARCEL_RECEIVED): Status.RECEIVED,
    (Status.WITHDRAWN, Event.CUSTOMER_WROTE_AFTER_END): Status.AWAITING_AGENT,
    (Status.EXPIRED, Event.ASKED): Status.AWAITING_CUSTOMER,
    (Status.EXPIRED, Event.APPROVED): Status.AWAITING_RETURN,
    (Status.EXPIRED, Event.PARCEL_RECEIVED): Status.RECEIVED,
    (Status.EXPIRED, Event.CUSTOMER_WROTE_AFTER_END): Status.AWAITING_AGENT,
    (Status.CLOSED, Event.CUSTOMER_WROTE_AFTER_END): Status.AWAITING_AGENT,
}
"""Every legal step. A pair that does not stand here is refused by `after`."""

ONLY_AFTER: Final[dict[Event, frozenset[Inspection]]] = {
    Event.REFUNDED: frozenset({"defect"}),
    Event.RESHIPPED: frozenset({"defect"}),
    Event.SENT_BACK: frozenset({"no_defect", "misuse"}),
}
"""What the inspection must have found before an item is settled so (R7; for the way back R11 and R4)."""


class IllegalTransition(Exception):
    """A step that the table does not hold, or the inspection does not allow. Trying again does not help."""

    def __init__(self, message: str, *, status: Status, event: Event) -> None:
        super().__init__(message)
        self.status = status
        self.event = event


def after(status: Status, event: Event, *, found: Inspection | None = None) -> Status:
    """The status after the event; `found` is what the inspection found, None before there was one.

    Raises IllegalTransition, whose message names the status and the event.
    """
    becomes = TRANSITIONS.get((status, event))
    if becomes is None:
        raise IllegalTransition(f"a claim that is {status} cannot take {event.name}", status=status, event=event)
    allowed = ONLY_AFTER.get(event)
    if allowed is not None and found not in allowed:
        raise IllegalTransition(
            f"a claim that is {status} cannot take {event.name}: the inspection must have found "
            f"{' or '.join(sorted(allowed))}, and found {found or 'nothing yet'}",
            status=status,
            event=event,
        )
    return becomes


def allows(status: Status, event: Event, *, found: Inspection | None = None) -> bool:
    """Whether `after` would take this step."""
    try:
        after(status, event, found=found)
    except IllegalTransition:
        return False
    return True


def event_of(disposition: Disposition) -> Event:
    """The event that a verdict with this disposition is for its item."""
    return _EVENT_OF[disposition]


_EVENT_OF: Final[dict[Disposition, Event]] = {
    Disposition.APPROVE_RETURN: Event.APPROVED,
    Disposition.REQUEST_INFORMATION: Event.ASKED,
    Disposition.OFFER_SUPPORT: Event.SUPPORT_OFFERED,
    Disposition.DECLINE: Event.DECLINED,
    Disposition.REFER_TO_AGENT: Event.REFERRED,
}


def least_advanced(statuses: Iterable[Status]) -> Status:
    """The status that a claim with items of these statuses shows: the first of them in the order of `Status`.

    Raises ValueError where there is none: a claim without items has a status of its own.
    """
    order = list(Status)
    ranked = sorted(statuses, key=order.index)
    if not ranked:
        raise ValueError("a claim without items has a status of its own")
    return ranked[0]


def table() -> str:
    """The life as a Markdown table, one line a legal step, in the order of `Status` and `Event`."""
    lines = [
        "| a claim that is | and takes | becomes | if the inspection found |",
        "| --- | --- | --- | --- |",
    ]
    for status in Status:
        shown = f"{status} (ended)" if status in ENDED else str(status)
        for event in Event:
            becomes = TRANSITIONS.get((status, event))
            if becomes is not None:
                found = " or ".join(sorted(ONLY_AFTER.get(event, ())))
                lines.append(f"| {shown} | {event.name} | {becomes} | {found} |")
    return "\n".join(lines) + "\n"

"""Why a claim's life refuses a step, in the words of whoever gave the command, with the step that comes before it."""

from typing import Final

from mailbot.claims.life import Event
from mailbot.claims.words import Status

__all__ = ["refusal_in_words"]

_BEFORE_ARRIVAL: Final = frozenset(
    {Status.AWAITING_CUSTOMER, Status.AWAITING_AGENT, Status.AWAITING_RETURN, Status.IN_TRANSIT}
)
_INSPECTIONS: Final = frozenset({Event.DEFECT_CONFIRMED, Event.NO_DEFECT_FOUND, Event.MISUSE_FOUND})
_SETTLEMENTS: Final = frozenset({Event.REFUNDED, Event.RESHIPPED, Event.SENT_BACK})

_IT_IS: Final[dict[Status, str]] = {
    Status.AWAITING_CUSTOMER: "it waits for the customer's answer",
    Status.AWAITING_AGENT: "it waits for your decision: /approve, /decline or /request first",
    Status.AWAITING_RETURN: "it is approved already, and the parcel is awaited: /received once it is here",
    Status.IN_TRANSIT: "the parcel is on its way: /received once it is here",
    Status.RECEIVED: "the parcel is here and is to be examined: /inspect first",
    Status.INSPECTED: "it is examined already: /refunded or /shipped settles it",
    Status.REFUNDED: "it was paid back already",
    Status.REPLACED: "the replacement was sent already",
    Status.RETURNED_TO_CUSTOMER: "it was sent back to the customer already",
    Status.DECLINED: "it is declined already; /approve or /request takes that back",
    Status.WITHDRAWN: "the customer has taken it back; /reply writes to them",
    Status.EXPIRED: "it ended as nobody answered; /approve or /request opens it again",
    Status.CLOSED: "it is closed already; a mail of the customer opens it again",
}


def refusal_in_words(status: Status, event: Event) -> str:
    """Why an item in `status` cannot take `event`, and what to do first; ends with the event's name for the log."""
    if status in _BEFORE_ARRIVAL and event in _INSPECTIONS | _SETTLEMENTS:
        why = "the parcel is not here yet: /received first"
    elif status is Status.RECEIVED and event in _SETTLEMENTS:
        why = "it was not examined yet: /inspect first"
    elif status is Status.INSPECTED and event in (Event.REFUNDED, Event.RESHIPPED):
        why = "no defect was found in it: /inspect defect first if that was wrong, or /shipped sends it back"
    elif status is Status.INSPECTED and event is Event.SENT_BACK:
        why = "a defect was found in it: /refunded or /shipped settles that"
    elif status is Status.INSPECTED and event is Event.PARCEL_RECEIVED:
        why = "the parcel is here already, and examined: /refunded or /shipped settles it"
    elif status is Status.RECEIVED and event in (Event.PARCEL_SENT, Event.PARCEL_RECEIVED):
        why = "the parcel is here already: /inspect is next"
    else:
        why = _IT_IS[status]
    return f"{why} (cannot take {event.name})"

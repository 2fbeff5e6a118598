"""A claim's life: every pair of status and event is legal as the table says, or refused."""

import re

import pytest

from mailbot.claims.claim import Inspection
from mailbot.claims.life import (
    BEGINS_AS,
    TRANSITIONS,
    Event,
    IllegalTransition,
    after,
    allows,
    event_of,
    least_advanced,
    table,
)
from mailbot.claims.words import ENDED, Disposition, Status

# Each status and what it takes, written once more by hand: a change of the table must be meant.
LEGAL: dict[str, set[str]] = {
    "awaiting_customer": {
        "ASKED",
        "SUPPORT_OFFERED",
        "REFERRED",
        "APPROVED",
        "DECLINED",
        "PARCEL_SENT",
        "PARCEL_RECEIVED",
        "WITHDRAWN",
        "EXPIRED",
        "CLOSED",
    },
    "awaiting_agent": {
        "ASKED",
        "SUPPORT_OFFERED",
        "REFERRED",
        "APPROVED",
        "DECLINED",
        "PARCEL_SENT",
        "PARCEL_RECEIVED",
        "WITHDRAWN",
        "CLOSED",
    },
    "awaiting_return": {
        "ASKED",
        "REFERRED",
        "APPROVED",
        "DECLINED",
        "PARCEL_SENT",
        "PARCEL_RECEIVED",
        "WITHDRAWN",
        "EXPIRED",
        "CLOSED",
    },
    "in_transit": {"REFERRED", "PARCEL_SENT", "PARCEL_RECEIVED", "WITHDRAWN", "CLOSED"},
    "received": {"DEFECT_CONFIRMED", "NO_DEFECT_FOUND", "MISUSE_FOUND", "CLOSED"},
    "inspected": {
        "DEFECT_CONFIRMED",
        "NO_DEFECT_FOUND",
        "MISUSE_FOUND",
        "REFUNDED",
        "RESHIPPED",
        "SENT_BACK",
        "CLOSED",
    },
    "refunded": {"CUSTOMER_WROTE_AFTER_END"},
    "replaced": {"CUSTOMER_WROTE_AFTER_END"},
    "returned_to_customer": {"CUSTOMER_WROTE_AFTER_END"},
    "declined": {"ASKED", "APPROVED", "PARCEL_RECEIVED", "CUSTOMER_WROTE_AFTER_END"},
    "withdrawn": {"PARCEL_RECEIVED", "CUSTOMER_WROTE_AFTER_END"},
    "expired": {"ASKED", "APPROVED", "PARCEL_RECEIVED", "CUSTOMER_WROTE_AFTER_END"},
    "closed": {"CUSTOMER_WROTE_AFTER_END"},
}
# What an event leads to, whatever the status it comes in.
LEADS_TO: dict[Event, Status] = {
    Event.ASKED: Status.AWAITING_CUSTOMER,
    Event.SUPPORT_OFFERED: Status.AWAITING_CUSTOMER,
    Event.REFERRED: Status.AWAITING_AGENT,
    Event.APPROVED: Status.AWAITING_RETURN,
    Event.DECLINED: Status.DECLINED,
    Event.PARCEL_SENT: Status.IN_TRANSIT,
    Event.PARCEL_RECEIVED: Status.RECEIVED,
    Event.DEFECT_CONFIRMED: Status.INSPECTED,
    Event.NO_DEFECT_FOUND: Status.INSPECTED,
    Event.MISUSE_FOUND: Status.INSPECTED,
    Event.REFUNDED: Status.REFUNDED,
    Event.RESHIPPED: Status.REPLACED,
    Event.SENT_BACK: Status.RETURNED_TO_CUSTOMER,
    Event.WITHDRAWN: Status.WITHDRAWN,
    Event.EXPIRED: Status.EXPIRED,
    Event.CLOSED: Status.CLOSED,
    Event.CUSTOMER_WROTE_AFTER_END: Status.AWAITING_AGENT,
}
PAIRS = [(status, event) for status in Status for event in Event]


@pytest.mark.parametrize(("status", "event"), PAIRS, ids=lambda word: str(word))
def test_every_pair_is_in_the_table_or_refused(status: Status, event: Event) -> None:
    found: Inspection = "defect" if event in {Event.REFUNDED, Event.RESHIPPED} else "no_defect"
    if event.name in LEGAL[status.value]:
        assert after(status, event, found=found) is LEADS_TO[event]
    else:
        with pytest.raises(IllegalTransition, match=f"a claim that is {status.value} cannot take {event.name}"):
            after(status, event, found=found)


def test_a_refusal_says_what_was_tried() -> None:
    with pytest.raises(IllegalTransition) as refused:
        after(Status.REFUNDED, Event.PARCEL_RECEIVED)
    assert str(refused.value) == "a claim that is refunded cannot take PARCEL_RECEIVED"


@pytest.mark.parametrize("event", [Event.REFUNDED, Event.RESHIPPED])
@pytest.mark.parametrize("found", [None, "no_defect", "misuse"])
def test_nothing_is_settled_before_a_defect_is_confirmed(event: Event, found: Inspection | None) -> None:
    with pytest.raises(IllegalTransition, match="the inspection must have found defect"):
        after(Status.INSPECTED, event, found=found)


@pytest.mark.parametrize("found", [None, "defect"])
def test_an_item_goes_back_only_where_no_defect_was_found(found: Inspection | None) -> None:
    with pytest.raises(IllegalTransition, match="misuse or no_defect"):
        after(Status.INSPECTED, Event.SENT_BACK, found=found)


def test_a_second_refund_is_refused() -> None:
    once = after(Status.INSPECTED, Event.REFUNDED, found="defect")
    assert not allows(once, Event.REFUNDED, found="defect")


def test_time_ends_a_claim_only_while_the_customer_owes_the_next_step() -> None:
    assert {status for status in Status if allows(status, Event.EXPIRED)} == {
        Status.AWAITING_CUSTOMER,
        Status.AWAITING_RETURN,
    }


def test_a_person_may_close_whatever_has_not_ended() -> None:
    assert {status for status in Status if allows(status, Event.CLOSED)} == set(Status) - ENDED


def test_a_new_mail_brings_every_end_back_to_a_person_and_nothing_else() -> None:
    reopened = {status for status in Status if allows(status, Event.CUSTOMER_WROTE_AFTER_END)}
    assert reopened == ENDED
    assert {after(status, Event.CUSTOMER_WROTE_AFTER_END) for status in ENDED} == {Status.AWAITING_AGENT}


def test_a_parcel_that_comes_without_contact_is_received() -> None:
    for status in (Status.AWAITING_CUSTOMER, Status.AWAITING_AGENT, Status.AWAITING_RETURN, Status.IN_TRANSIT):
        assert after(status, Event.PARCEL_RECEIVED) is Status.RECEIVED


@pytest.mark.parametrize("disposition", list(Disposition))
def test_every_verdict_moves_a_new_item_on(disposition: Disposition) -> None:
    expected = {
        "approve_return": Status.AWAITING_RETURN,
        "request_information": Status.AWAITING_CUSTOMER,
        "offer_support": Status.AWAITING_CUSTOMER,
        "decline": Status.DECLINED,
        "refer_to_agent": Status.AWAITING_AGENT,
    }
    assert after(BEGINS_AS, event_of(disposition)) is expected[disposition.value]


def test_every_status_can_be_reached_from_the_beginning() -> None:
    reached = {BEGINS_AS}
    while more := {becomes for (status, _), becomes in TRANSITIONS.items() if status in reached} - reached:
        reached |= more
    assert reached == set(Status)


@pytest.mark.parametrize(
    ("statuses", "shown"),
    [
        (["refunded", "awaiting_customer"], "awaiting_customer"),
        (["awaiting_agent", "awaiting_customer"], "awaiting_customer"),
        (["awaiting_return", "awaiting_agent"], "awaiting_agent"),
        (["inspected", "received", "in_transit"], "in_transit"),
        (["declined", "inspected"], "inspected"),
        (["declined", "replaced"], "replaced"),
        (["closed"], "closed"),
    ],
)
def test_a_claim_shows_its_least_advanced_item(statuses: list[str], shown: str) -> None:
    assert least_advanced(map(Status, statuses)) is Status(shown)


def test_a_claim_without_items_has_no_least_advanced_one() -> None:
    with pytest.raises(ValueError, match="without items"):
        least_advanced([])


def test_the_printed_table_holds_every_legal_step_once() -> None:
    lines = table().splitlines()[2:]
    assert len(lines) == len(TRANSITIONS) == len(set(lines))
    assert "| awaiting_agent | APPROVED | awaiting_return |  |" in lines
    assert "| inspected | REFUNDED | refunded | defect |" in lines
    assert "| declined (ended) | APPROVED | awaiting_return |  |" in lines
    assert all(re.fullmatch(r"\| [a-z_]+( \(ended\))? \| [A-Z_]+ \| [a-z_]+ \| [a-z_ ]* ?\|", line) for line in lines)

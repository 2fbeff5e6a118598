"""Which commands a notification suggests."""

import pytest

from mailbot.claims.verdict import Because
from mailbot.claims.words import Disposition, Proof, Status, Wanted
from mailbot.desk.notify import suggestions_for
from tests.builders import ANNA, claim, item, verdict

DECIDES = ("/approve refund", "/approve replacement", "/decline REASON", "/reply")


def waiting(status: Status = Status.AWAITING_AGENT, **told: object) -> tuple[str, ...]:
    return suggestions_for(claim(status, items=(item(status, verdict=verdict(**told)),)))  # type: ignore[arg-type]


def test_a_danger_is_answered_and_never_sent_for_by_a_suggestion() -> None:
    assert suggestions_for(claim(hazard=True)) == ("/reply", "/close REASON")


def test_what_is_missing_and_what_would_help_is_suggested_to_be_asked_for() -> None:
    told = waiting(missing=(Wanted.PROBLEM,), proofs_welcome=(Proof.PACKAGE_BACK,))
    assert told == (*DECIDES, "/request package_back problem")


def test_where_nothing_is_missing_nothing_is_suggested_to_be_asked_for() -> None:
    assert waiting() == DECIDES


def test_a_customer_who_was_asked_already_is_not_suggested_to_be_asked_again() -> None:
    assert waiting(Status.AWAITING_CUSTOMER, missing=(Wanted.PROBLEM,)) == DECIDES


def test_somebody_elses_order_is_confirmed_first() -> None:
    told = waiting(disposition=Disposition.REFER_TO_AGENT, because=(Because.NOT_THE_SENDERS_ORDER,))
    assert told == (f"/owner {ANNA}", *DECIDES)


@pytest.mark.parametrize(
    ("status", "first"),
    [
        (Status.AWAITING_RETURN, "/received"),
        (Status.RECEIVED, "/inspect defect"),
        (Status.INSPECTED, "/refunded AMOUNT CURRENCY"),
    ],
)
def test_each_state_has_its_next_step(status: Status, first: str) -> None:
    assert suggestions_for(claim(status))[0] == first

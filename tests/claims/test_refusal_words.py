"""Every refusal of a step is in words an agent can act on."""

import re

import pytest

from mailbot.claims.life import TRANSITIONS, Event
from mailbot.claims.refusal_words import refusal_in_words
from mailbot.claims.words import Status

REFUSED = [(status, event) for status in Status for event in Event if (status, event) not in TRANSITIONS]


@pytest.mark.parametrize(("status", "event"), REFUSED)
def test_a_refusal_says_it_without_internal_words_before_its_bracket(status: Status, event: Event) -> None:
    sentence = refusal_in_words(status, event)
    assert sentence.endswith(f" (cannot take {event.name})")
    assert not re.search(r"_|\b[A-Z]{2,}", sentence.partition(" (cannot")[0])


@pytest.mark.parametrize(
    ("status", "event", "says"),
    [
        (Status.AWAITING_AGENT, Event.DEFECT_CONFIRMED, "the parcel is not here yet: /received first"),
        (Status.AWAITING_RETURN, Event.REFUNDED, "the parcel is not here yet: /received first"),
        (Status.RECEIVED, Event.REFUNDED, "it was not examined yet: /inspect first"),
        (Status.RECEIVED, Event.PARCEL_RECEIVED, "the parcel is here already: /inspect is next"),
        (Status.INSPECTED, Event.REFUNDED, "no defect was found in it"),
        (Status.DECLINED, Event.DECLINED, "it is declined already"),
        (Status.REFUNDED, Event.REFUNDED, "it was paid back already"),
        (Status.CLOSED, Event.CLOSED, "it is closed already"),
    ],
)
def test_what_comes_first_is_named(status: Status, event: Event, says: str) -> None:
    assert refusal_in_words(status, event).startswith(says)

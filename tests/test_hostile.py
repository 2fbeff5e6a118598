"""Mutated mails in the gate; `make fuzz` plays twenty times as many."""

import pytest

from hostile.fuzz import fuzz, mutated, seeds


@pytest.mark.timeout(600)
def test_ten_thousand_mutated_mails_are_read_without_a_crash_and_none_takes_long() -> None:
    failures = [failure for _, failed, _ in fuzz(10_000, seed=20261124) for failure in failed]
    assert failures == []


def test_a_mutated_mail_is_the_same_whenever_it_is_made() -> None:
    sources = seeds()
    assert mutated(1, 7, sources) == mutated(1, 7, sources) != mutated(1, 8, sources)

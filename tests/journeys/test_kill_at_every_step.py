"""Killed with SIGKILL between any two steps of the path, three mails each, and started again (ATTACKS, "Faults")."""

import signal

import pytest

from mailbot.desk.rows import ClaimFilter
from tests.journeys.conftest import OpenShop
from tests.journeys.desk_process import STEPS, DeskProcess
from tests.journeys.shop import LEA, RealShop, customers_mail

_MAILS = (1, 2, 3)


@pytest.mark.parametrize("step", STEPS)
def test_a_kill_loses_nothing_and_repeats_nothing(shop: RealShop, step: str) -> None:
    check_kills_at(shop, step, naive=False)


def test_the_same_check_fails_where_letters_are_sent_first_and_recorded_after(open_shop: OpenShop) -> None:
    with pytest.raises(AssertionError, match="answered twice"):
        check_kills_at(open_shop(), "letter-sent", naive=True)


def check_kills_at(shop: RealShop, step: str, *, naive: bool) -> None:
    """Kill the desk at this step of the first, the second and the third mail, then let it finish, and look."""
    for number in _MAILS:
        shop.deliver(customers_mail(number))
    process = DeskProcess(settings=shop.settings, folder=shop.folder, naive=naive)
    kills = 0
    for nth in range(1, len(_MAILS) + 1):
        code = process.run(kill_at=step, nth=nth)
        kills += code == -signal.SIGKILL
    assert kills > 0, f"no process came to the step {step}"
    assert process.run() == 0
    check_each_mail_was_handled_once(shop)


def check_each_mail_was_handled_once(shop: RealShop) -> None:
    """One claim, one decision, one answer for each mail; nothing waits, nothing is in quarantine, all are flagged."""
    answers = shop.letters_by_recipient()
    for number in _MAILS:
        count = answers[f"customer{number}@mail.example"]
        assert count > 0, f"customer {number} was never answered"
        assert count < 2, f"customer {number} was answered twice"
    assert answers[LEA] == 0
    with shop.desk() as assembled, assembled.store.reading() as tx:
        claims = tx.claims(ClaimFilter())
        assert sorted(claim.customer for claim in claims) == [f"customer{number}@mail.example" for number in _MAILS]
        for claim in claims:
            history = tx.history(claim.number)
            assert [entry.actor for entry in history].count("customer") == 1, (
                f"{claim.rma} counts its mail more than once"
            )
            assert [entry.event for entry in history].count("decided") == 1, f"{claim.rma} was decided twice"
            assert claim.messages_out == 1
        assert tx.quarantined() == []
    uids = range(1, len(_MAILS) + 1)
    assert all(rb"\Seen".decode() in shop.dovecot.flags(shop.user, uid) for uid in uids)

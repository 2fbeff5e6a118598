"""A mail that cannot be handled waits for nobody, and nothing of it is lost."""

from dataclasses import replace
from typing import Any

import pytest

from mailbot.desk.once import handle_waiting
from mailbot.desk.receive import receive_next
from mailbot.desk.rows import InboxState
from mailbot.desk.store import Conflict, StoreUnavailable
from mailbot.desk.write import Wording, write_to_customer
from mailbot.letters.letter import LetterName
from mailbot.reading.read import Reader
from mailbot.reading.understood import Understood
from tests.builders import ANNA, LEA, DeskForTests, claim, desk_for_tests, raw_mail
from tests.fakes_store import FakeStore

POISON = "poison@mail.example"


class ChokesOn:
    """A reader that fails on mails of one sender, a number of times or for good."""

    def __init__(self, reader: Reader, *, times: int | None = None, error: type[Exception] = ZeroDivisionError) -> None:
        self._reader = reader
        self._left = times
        self._error = error
        self.tried = 0

    def read(self, mail: Any, **about: Any) -> Understood:
        if mail.sender is not None and mail.sender.address == POISON and self._left != 0:
            self.tried += 1
            self._left = None if self._left is None else self._left - 1
            raise self._error("it chokes")
        return self._reader.read(mail, **about)


def with_reader(desk: DeskForTests, **how: Any) -> ChokesOn:
    reader = ChokesOn(desk.desk.reader, **how)
    desk.desk = replace(desk.desk, reader=reader)  # type: ignore[arg-type]
    return reader


def three_mails(desk: DeskForTests) -> None:
    for sender in ("Anna Berg <anna@mail.example>", POISON, "carl@mail.example"):
        desk.mailbox.deliver(raw_mail(sender=sender, dmarc="pass"), desk.clock())


def test_a_poison_mail_gets_three_tries_and_the_next_mail_does_not_wait(desk: DeskForTests) -> None:
    reader = with_reader(desk)
    three_mails(desk)
    desk.pass_once()
    assert reader.tried == 3
    assert [desk.mail(number).state for number in (1, 2, 3)] == [
        InboxState.HANDLED,
        InboxState.QUARANTINED,
        InboxState.HANDLED,
    ]
    assert desk.mail(2).reason == "ZeroDivisionError: it chokes"
    assert [len(desk.sent_to(address)) for address in (ANNA, "carl@mail.example")] == [1, 1]
    alarms = [one for one in desk.sent_to(LEA) if "quarantine" in one.text]
    assert len(alarms) == 1
    assert desk.blobs.get(desk.mail(2).blob) == desk.mailbox.mails[2].raw


def test_the_sender_of_a_poison_mail_is_told_that_it_could_not_be_read(desk: DeskForTests) -> None:
    with_reader(desk)
    three_mails(desk)
    desk.pass_once()
    (letter,) = desk.sent_to(POISON)
    assert "earphones" not in letter.text


def test_a_failure_that_passes_costs_nothing(desk: DeskForTests) -> None:
    with_reader(desk, times=2)
    three_mails(desk)
    desk.pass_once()
    assert [desk.mail(number).state for number in (1, 2, 3)] == [InboxState.HANDLED] * 3
    assert len(desk.sent_to(POISON)) == 1


def test_a_quarantined_mail_is_handled_when_a_person_says_so(desk: DeskForTests) -> None:
    with_reader(desk, times=3)
    three_mails(desk)
    desk.pass_once()
    with desk.store.transaction() as tx:
        tx.retry_mail(2)
    desk.pass_once()
    assert (desk.mail(2).state, desk.mail(2).route) == (InboxState.HANDLED, "opens_claim")


@pytest.mark.parametrize("error", [OSError, StoreUnavailable])
def test_what_is_transient_counts_no_try(desk: DeskForTests, error: type[Exception]) -> None:
    with_reader(desk, times=2, error=error)
    desk.keep(raw_mail(sender=POISON, dmarc="pass"))
    for _ in range(2):
        with pytest.raises(error):
            receive_next(desk.desk)
        assert (desk.mail(1).state, desk.mail(1).attempts) == (InboxState.KEPT, 0)
    handle_waiting(desk.desk)
    assert desk.mail(1).state is InboxState.HANDLED


def test_a_blob_store_that_is_away_loses_nothing(desk: DeskForTests) -> None:
    desk.keep(raw_mail(dmarc="pass"))
    desk.blobs.broken = StoreUnavailable("the disk is away")
    with pytest.raises(StoreUnavailable):
        receive_next(desk.desk)
    desk.blobs.broken = None
    handle_waiting(desk.desk)
    assert (desk.mail(1).state, len(desk.claims())) == (InboxState.HANDLED, 1)


def test_a_database_that_fails_at_the_commit_leaves_nothing_half_done() -> None:
    # Only the fake fails on demand; the real one is killed at every step in tests/journeys.
    store = FakeStore()
    desk = desk_for_tests(store=store)
    desk.keep(raw_mail(dmarc="pass", files=("item.jpg",)))
    # The lease goes through; the transaction that decides does not.
    store.failures.extend([None, StoreUnavailable("full")])
    with pytest.raises(StoreUnavailable):
        receive_next(desk.desk)
    assert (list(desk.claims()), desk.letters()) == ([], [])
    handle_waiting(desk.desk)
    desk.send()
    assert (len(desk.claims()), desk.claim().messages_in, len(desk.sent_to(ANNA))) == (1, 1, 1)


def test_a_mail_in_hand_when_the_database_goes_away_is_free_when_it_is_back() -> None:
    store = FakeStore()
    desk = desk_for_tests(store=store)
    desk.keep(raw_mail(dmarc="pass"))
    # Neither the decision nor the release of the mail can be written, five times over.
    for time in range(5):
        writes_that_succeed = [None] if time == 0 else [None, None]
        store.failures.extend([*writes_that_succeed, StoreUnavailable("away"), StoreUnavailable("away")])
        with pytest.raises(StoreUnavailable):
            receive_next(desk.desk)
        assert not store.failures
    handle_waiting(desk.desk)
    assert (desk.mail(1).state, desk.mail(1).attempts, len(desk.claims())) == (InboxState.HANDLED, 1, 1)


def test_a_mail_that_kills_the_process_is_known_by_its_tries(desk: DeskForTests) -> None:
    three_mails(desk)
    desk.keep()
    for _ in range(3):
        with desk.store.counting() as tx:
            leased = tx.lease_mail(desk.desk.holder, at=desk.clock())
            assert leased is not None
        # As `release_dead` does for a process that was killed.
        with desk.store.counting() as tx:
            tx.release_mail(leased.id, count_back=False)
    handle_waiting(desk.desk)
    assert [desk.mail(number).state for number in (1, 2, 3)] == [
        InboxState.QUARANTINED,
        InboxState.HANDLED,
        InboxState.HANDLED,
    ]
    assert desk.mail(1).reason == "handling it ended the process 3 times"


@pytest.mark.parametrize("raw", [b"", b"\x00\x01\x02" * 40, b"\xff" * 500, b"\r\n\r\n"])
def test_what_is_no_mail_is_set_aside_at_first_sight(desk: DeskForTests, raw: bytes) -> None:
    row = desk.receive(raw)
    assert (row.state, row.attempts) == (InboxState.QUARANTINED, 1)
    assert row.reason
    assert len(desk.sent_to(LEA)) == 1


def test_the_answer_to_a_mail_that_was_tried_again_is_written_although_its_sender_was_told_it_could_not_be_read(
    desk: DeskForTests,
) -> None:
    with_reader(desk, times=3)
    three_mails(desk)
    desk.pass_once()
    (told,) = desk.sent_to(POISON)
    with desk.store.transaction() as tx:
        tx.retry_mail(2)
    desk.pass_once()
    assert len(desk.sent_to(POISON)) == 2
    assert desk.sent_to(POISON)[1].text != told.text


def test_a_mail_that_fails_again_when_it_is_tried_again_is_told_to_the_agents_again_and_to_its_sender_once(
    desk: DeskForTests,
) -> None:
    with_reader(desk)
    three_mails(desk)
    desk.pass_once()
    desk.clock.pass_time(days=2)
    with desk.store.transaction() as tx:
        tx.retry_mail(2)
    desk.pass_once()
    assert desk.mail(2).state is InboxState.QUARANTINED
    assert len([one for one in desk.sent_to(LEA) if "quarantine" in one.text]) == 2
    assert len(desk.sent_to(POISON)) == 1


def test_two_letters_of_one_key_are_a_fault_that_shows(desk: DeskForTests) -> None:
    put = desk.put(claim())
    wording = Wording(name=LetterName.REFER_TO_AGENT)
    with desk.store.transaction() as tx:
        assert write_to_customer(desk.desk, tx, put, (), None, wording, key="k", at=desk.clock()) == ""
        with pytest.raises(RuntimeError, match="put before"):
            write_to_customer(desk.desk, tx, put, (), None, wording, key="k", at=desk.clock())


@pytest.mark.parametrize("error", [OSError, StoreUnavailable])
def test_no_mail_waits_for_one_whose_bytes_the_disk_does_not_give(desk: DeskForTests, error: type[Exception]) -> None:
    with_reader(desk, times=4, error=error)
    for sender in (POISON, "carl@mail.example"):
        desk.keep(raw_mail(sender=sender, dmarc="pass"))
    for _ in range(2):
        with pytest.raises(error):
            handle_waiting(desk.desk)
    handle_waiting(desk.desk)
    assert [desk.mail(number).state for number in (1, 2)] == [InboxState.KEPT, InboxState.HANDLED]
    desk.send()
    assert len([one for one in desk.sent_to(LEA) if "cannot be handled now" in one.text]) == 1
    desk.clock.pass_time(minutes=2)
    handle_waiting(desk.desk)
    desk.clock.pass_time(minutes=5)
    handle_waiting(desk.desk)
    desk.send()
    assert (desk.mail(1).state, desk.mail(1).attempts) == (InboxState.HANDLED, 1)
    assert len([one for one in desk.sent_to(LEA) if "cannot be handled now" in one.text]) == 1


def test_a_mail_that_always_conflicts_is_quarantined_and_holds_up_nobody(desk: DeskForTests) -> None:
    with_reader(desk, error=Conflict)
    three_mails(desk)
    desk.pass_once()
    assert [desk.mail(number).state for number in (1, 2, 3)] == [
        InboxState.HANDLED,
        InboxState.QUARANTINED,
        InboxState.HANDLED,
    ]


def test_a_conflict_that_passes_counts_no_try(desk: DeskForTests) -> None:
    with_reader(desk, times=5, error=Conflict)
    three_mails(desk)
    desk.pass_once()
    assert (desk.mail(2).state, desk.mail(2).attempts) == (InboxState.HANDLED, 1)

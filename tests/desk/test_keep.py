"""Which mail is fetched and kept, and that none is lost, kept twice or fetched whole when it is too large."""

from dataclasses import replace
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from mailbot.desk.acknowledge import acknowledge_handled
from mailbot.desk.keep import BATCH, FirstStart, KeepRules, keep_new
from mailbot.desk.once import handle_waiting
from mailbot.desk.ports import MailboxError
from mailbot.desk.rows import Cursor, InboxState, KeptMail
from mailbot.desk.store import StoreUnavailable
from tests.builders import ANNA, LEA, DeskForTests, raw_mail


def rules(desk: DeskForTests, *, first_start: FirstStart = "new", max_bytes: int = 50_000) -> DeskForTests:
    desk.rules = KeepRules(mailbox="INBOX", max_bytes=max_bytes, first_start=first_start)
    return desk


def mail(number: int) -> bytes:
    return raw_mail(f"Hello, this is mail {number}.", sender=f"c{number}@mail.example", subject=f"Mail {number}")


def kept(desk: DeskForTests) -> list[KeptMail]:
    found: list[KeptMail] = []
    with desk.store.reading() as tx:
        while (row := tx.mail(len(found) + 1)) is not None:
            found.append(row)
    return found


def cursor(desk: DeskForTests) -> Cursor:
    with desk.store.reading() as tx:
        found = tx.cursor("INBOX")
    assert found is not None
    return found


# First start


@pytest.mark.parametrize("first_start,uids", [("new", []), ("unseen", [2]), ("all", [1, 2])])
def test_first_start_takes_of_what_lies_there_what_the_shop_says(
    desk: DeskForTests, first_start: FirstStart, uids: list[int]
) -> None:
    rules(desk, first_start=first_start)
    before = desk.clock() - timedelta(days=1)
    desk.mailbox.deliver(mail(1), before, seen=True)
    desk.mailbox.deliver(mail(2), before)
    desk.keep()
    assert [row.uid for row in kept(desk)] == uids
    desk.clock.pass_time(minutes=1)
    desk.keep(mail(3))
    assert [row.uid for row in kept(desk)] == [*uids, 3]


@pytest.mark.parametrize("first_start", ["new", "unseen", "all"])
def test_a_mail_of_the_very_second_of_the_first_start_is_not_lost(desk: DeskForTests, first_start: FirstStart) -> None:
    rules(desk, first_start=first_start)
    desk.clock.now = desk.clock.now.replace(microsecond=900_000)
    desk.keep()
    # INTERNALDATE has whole seconds.
    desk.keep(mail(1), when=desk.clock.now.replace(microsecond=0))
    assert [row.uid for row in kept(desk)] == [1]


def test_old_mail_at_first_start_is_late_and_fresh_mail_is_not(desk: DeskForTests) -> None:
    rules(desk, first_start="all")
    desk.mailbox.deliver(mail(1), desk.clock() - timedelta(days=3, seconds=1))
    desk.mailbox.deliver(mail(2), desk.clock() - timedelta(days=2, hours=23))
    desk.keep()
    assert [row.late for row in kept(desk)] == [True, False]


def test_a_long_standstill_later_makes_no_mail_late(desk: DeskForTests) -> None:
    rules(desk, first_start="all")
    desk.keep()
    arrived = desk.clock.pass_time(days=1)
    desk.clock.pass_time(days=10)
    desk.keep(mail(1), when=arrived)
    assert [row.late for row in kept(desk)] == [False]


def test_a_server_whose_clock_is_behind_ours_loses_no_mail_after_the_first_start(desk: DeskForTests) -> None:
    rules(desk, first_start="new")
    desk.keep()
    desk.keep(mail(1), when=desk.clock() - timedelta(minutes=2))
    assert [row.uid for row in kept(desk)] == [1]


@pytest.mark.parametrize("first_start", ["new", "unseen", "all"])
def test_an_old_mail_that_somebody_moves_into_the_folder_later_is_handled(
    desk: DeskForTests, first_start: FirstStart
) -> None:
    rules(desk, first_start=first_start)
    desk.keep()
    desk.mailbox.deliver(mail(1), desk.clock() - timedelta(days=1), seen=True)
    desk.keep()
    assert [row.uid for row in kept(desk)] == [1]


def test_a_mail_that_is_left_alone_stands_in_the_log(desk: DeskForTests) -> None:
    rules(desk, first_start="unseen")
    desk.mailbox.deliver(mail(1), desk.clock() - timedelta(days=1), seen=True)
    with capture_logs() as logged:
        desk.keep()
    assert [one["uids"] for one in logged if one["event"] == "mails-left-alone"] == ["1:1"]


# A renumbered mailbox


@pytest.mark.parametrize("first_start", ["new", "unseen", "all"])
def test_after_a_renumbering_nothing_is_answered_twice_or_lost(desk: DeskForTests, first_start: FirstStart) -> None:
    rules(desk, first_start=first_start)
    desk.mailbox.deliver(raw_mail(sender="old@mail.example"), desk.clock() - timedelta(days=1), seen=True)
    desk.keep()
    desk.clock.pass_time(minutes=1)
    desk.receive(raw_mail(dmarc="pass"))
    sent = len(desk.transport.sent)
    desk.mailbox.rebuild()
    desk.mailbox.deliver(mail(3), desk.clock.pass_time(minutes=1))
    desk.pass_once()
    assert cursor(desk).uidvalidity == 2
    assert len(desk.sent_to(ANNA)) == 1
    assert len(desk.sent_to("c3@mail.example")) == 1
    assert len(desk.sent_to("old@mail.example")) == (1 if first_start == "all" else 0)
    alarms = [one for one in desk.sent_to(LEA) if "renumbered" in one.text]
    assert (len(alarms), len(desk.transport.sent) > sent) == (1, True)
    desk.pass_once()
    assert len([one for one in desk.sent_to(LEA) if "renumbered" in one.text]) == 1


# What vanishes, what is too large


def test_a_mail_that_vanished_before_it_was_read_stops_nothing(desk: DeskForTests) -> None:
    rules(desk, first_start="all")
    for number in (1, 2, 3):
        desk.mailbox.deliver(mail(number), desk.clock())
    summaries = desk.mailbox.summaries

    def then_it_is_gone(uids: object) -> object:
        found = summaries(uids)  # type: ignore[arg-type]
        desk.mailbox.mails.pop(2, None)
        return found

    desk.mailbox.summaries = then_it_is_gone  # type: ignore[method-assign,assignment]
    desk.keep()
    assert [row.uid for row in kept(desk)] == [1, 3]
    assert cursor(desk).last_uid == 3


def test_a_message_over_the_limit_is_never_fetched_whole(desk: DeskForTests) -> None:
    rules(desk, first_start="all", max_bytes=10_000)
    desk.keep(raw_mail(dmarc="pass", files={"big.jpg": b"\xff\xd8\xff" + bytes(20_000)}))
    desk.keep(raw_mail(dmarc="pass", subject="small"))
    assert (desk.mailbox.fetched, desk.mailbox.fetched_text) == ([2], [1])
    big, small = kept(desk)
    assert ([one.filename for one in big.left_out], small.left_out) == (["big.jpg"], ())
    assert b"defective" in desk.blobs.get(big.blob)


def test_a_message_just_at_the_limit_is_fetched(desk: DeskForTests) -> None:
    raw = raw_mail(dmarc="pass")
    rules(desk, first_start="all", max_bytes=len(raw))
    desk.keep(raw)
    assert desk.mailbox.fetched == [1]


def never_gives(desk: DeskForTests, uid: int) -> None:
    fetch = desk.mailbox.fetch

    def but_this_one(asked: int) -> bytes | None:
        if asked == uid:
            raise MailboxError("FETCH: NO [SERVERBUG] internal error")
        return fetch(asked)

    desk.mailbox.fetch = but_this_one  # type: ignore[method-assign,assignment]


def test_a_mail_that_the_server_does_not_give_is_quarantined_after_three_times_and_no_other_waits_for_it(
    desk: DeskForTests,
) -> None:
    rules(desk, first_start="all")
    for number in (1, 2, 3):
        desk.mailbox.deliver(mail(number), desk.clock())
    never_gives(desk, 2)
    for count in (1, 1, 2):
        assert desk.pass_once() == ["FETCH: NO [SERVERBUG] internal error"]
        assert len(kept(desk)) == count
    assert desk.pass_once() == []
    assert [(row.uid, row.state) for row in kept(desk)] == [
        (1, InboxState.HANDLED),
        (2, InboxState.QUARANTINED),
        (3, InboxState.HANDLED),
    ]
    assert "the server does not give it" in kept(desk)[1].reason
    assert len([one for one in desk.sent_to(LEA) if "passed over" in one.text]) == 1


def test_a_server_that_is_away_as_a_whole_quarantines_no_mail(desk: DeskForTests) -> None:
    rules(desk, first_start="all")
    desk.mailbox.deliver(mail(1), desk.clock())
    for _ in range(5):
        # open, search and sizes go through, the body and the next sign-in do not.
        desk.mailbox.failures.extend([None, None, None, MailboxError("reset"), MailboxError("no connection")])
        with pytest.raises(MailboxError):
            desk.keep()
    assert kept(desk) == []
    desk.keep()
    assert [row.state for row in kept(desk)] == [InboxState.KEPT]


# The cursor


def test_the_cursor_moves_with_the_rows_batch_by_batch(desk: DeskForTests) -> None:
    rules(desk, first_start="all")
    for number in range(BATCH + 10):
        desk.mailbox.deliver(mail(number), desk.clock())
    batches = keep_new(desk.desk, desk.mailbox, desk.rules)
    assert next(batches) == BATCH
    assert (cursor(desk).last_uid, len(kept(desk))) == (BATCH, BATCH)
    assert next(batches) == 10
    assert (cursor(desk).last_uid, len(kept(desk))) == (BATCH + 10, BATCH + 10)


def test_fresh_mail_is_handled_between_the_batches_of_a_backlog(desk: DeskForTests) -> None:
    rules(desk, first_start="all")
    for number in range(BATCH + 1):
        desk.mailbox.deliver(mail(number), desk.clock())
    batches = keep_new(desk.desk, desk.mailbox, desk.rules)
    next(batches)
    assert handle_waiting(desk.desk) == BATCH


def test_a_connection_that_breaks_in_mid_fetch_keeps_what_came_before_and_goes_on_from_there(
    desk: DeskForTests,
) -> None:
    rules(desk, first_start="all")
    for number in range(5):
        desk.mailbox.deliver(mail(number), desk.clock())
    # open, search, sizes and two bodies go through, the third body does not.
    desk.mailbox.failures.extend([None, None, None, None, None, MailboxError("reset")])
    with pytest.raises(MailboxError):
        desk.keep()
    assert ([row.uid for row in kept(desk)], cursor(desk).last_uid) == ([1, 2], 2)
    desk.keep()
    assert [row.uid for row in kept(desk)] == [1, 2, 3, 4, 5]
    assert desk.mailbox.fetched == [1, 2, 3, 4, 5]


def test_bytes_that_cannot_be_stored_leave_the_mail_on_the_server(desk: DeskForTests) -> None:
    rules(desk, first_start="all")
    desk.mailbox.deliver(mail(1), desk.clock())
    desk.blobs.broken = StoreUnavailable("disk full")
    with pytest.raises(StoreUnavailable):
        desk.keep()
    assert (kept(desk), desk.mailbox.acknowledged) == ([], [])
    desk.blobs.broken = None
    desk.keep()
    assert len(kept(desk)) == 1


def test_a_second_pass_fetches_nothing_again(desk: DeskForTests) -> None:
    rules(desk, first_start="all")
    desk.keep(mail(1))
    desk.keep()
    assert (desk.mailbox.fetched, len(kept(desk))) == ([1], 1)


def test_two_passes_at_once_keep_each_mail_once(desk: DeskForTests) -> None:
    rules(desk, first_start="all")
    for number in range(3):
        desk.mailbox.deliver(mail(number), desk.clock())
    others: list[int] = []

    def another_pass(step: str) -> None:
        if step == "fetched" and not others:
            others.append(0)
            others.extend(keep_new(desk.desk, desk.mailbox, desk.rules))

    watched = replace(desk.desk, step=another_pass)
    assert list(keep_new(watched, desk.mailbox, desk.rules)) == [3]
    assert others == [0, 3]
    assert [row.uid for row in kept(desk)] == [1, 2, 3]


# The mailbox is tidied last


def test_a_mail_is_flagged_only_after_it_was_handled(desk: DeskForTests) -> None:
    rules(desk, first_start="all")
    desk.keep(mail(1))
    acknowledge_handled(desk.desk, desk.mailbox, "INBOX")
    assert desk.mailbox.acknowledged == []
    handle_waiting(desk.desk)
    acknowledge_handled(desk.desk, desk.mailbox, "INBOX")
    acknowledge_handled(desk.desk, desk.mailbox, "INBOX")
    assert desk.mailbox.acknowledged == [(1, True)]


def test_a_quarantined_mail_is_flagged_as_such(desk: DeskForTests) -> None:
    rules(desk, first_start="all")
    desk.keep(b"\x00" * 50)
    desk.pass_once()
    assert desk.mailbox.acknowledged == [(1, False)]


def test_a_mailbox_that_is_away_keeps_nobody_from_sending(desk: DeskForTests) -> None:
    rules(desk, first_start="all")
    desk.keep(raw_mail(dmarc="pass"))
    desk.mailbox.failures.extend([MailboxError("no connection")] * 2)
    assert desk.pass_once() == ["no connection"]
    assert len(desk.sent_to(ANNA)) == 1

"""What every Mailbox keeps: the fake, ImapMailbox on pymap, ImapMailbox on Dovecot, also without MOVE and UIDPLUS."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from typing import Any, Protocol

import pytest

from mailbot.connectors.imap import ImapMailbox
from mailbot.desk.ports import FolderState, Mailbox, MailboxError
from tests.fakes_mail import FakeMailbox
from tests.servers import Dovecot, ImapServer, User, require_or_skip

PLAIN = b"From: anna@mail.example\r\nSubject: My phone\r\nMessage-ID: <1@mail.example>\r\n\r\nIt is broken.\r\n"

PHOTO = b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n"
WITH_PHOTO = (
    b"From: anna@mail.example\r\nSubject: My phone\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="outer"\r\n\r\n'
    b'--outer\r\nContent-Type: multipart/alternative; boundary="inner"\r\n\r\n'
    b"--inner\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    b"Sch=C3=B6n kaputt.\r\n"
    b"--inner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>kaputt</p>\r\n"
    b"--inner--\r\n"
    b"--outer\r\n" + PHOTO + b'Content-Disposition: attachment; filename="front.jpg"\r\n\r\n/9j/4AAQ\r\n'
    b"--outer--\r\n"
)


class Bench(Protocol):
    """A mailbox, and what happens to it from outside."""

    mailbox: Any

    def deliver(self, raw: bytes, when: datetime | None = None, *, seen: bool = False) -> int: ...
    def remove(self, uid: int) -> None: ...
    def flags(self, uid: int) -> set[str]: ...
    def folder(self, name: str) -> list[bytes]: ...


class FakeBench:
    def __init__(self, **folders: str) -> None:
        self.mailbox = FakeMailbox(**folders)

    def deliver(self, raw: bytes, when: datetime | None = None, *, seen: bool = False) -> int:
        return self.mailbox.deliver(raw, when, seen=seen)

    def remove(self, uid: int) -> None:
        self.mailbox.remove(uid)

    def flags(self, uid: int) -> set[str]:
        mail = self.mailbox.mails.get(uid)
        return set() if mail is None else mail.flags | ({"\\Seen"} if mail.seen else set())

    def folder(self, name: str) -> list[bytes]:
        return [mail.raw for mail in self.mailbox.folders.get(name, [])]


class ServerBench:
    def __init__(self, server: ImapServer, **folders: str) -> None:
        self._server = server
        self._user: User = server.new_user()
        self.mailbox = ImapMailbox(server.account(self._user, **folders))

    def deliver(self, raw: bytes, when: datetime | None = None, *, seen: bool = False) -> int:
        return self._server.append(self._user, raw, when, seen=seen)

    def remove(self, uid: int) -> None:
        self._server.expunge(self._user, uid)

    def flags(self, uid: int) -> set[str]:
        return self._server.flags(self._user, uid)

    def folder(self, name: str) -> list[bytes]:
        return self._server.contents(self._user, name)


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of mailbox is built of."""

    server: ImapServer | None

    def bench(self, **folders: str) -> Bench:
        return FakeBench(**folders) if self.server is None else ServerBench(self.server, **folders)


@pytest.fixture(scope="session")
def plain_dovecot() -> Iterator[Dovecot]:
    """A Dovecot that offers neither MOVE nor IDLE, as an old server does."""
    reason = Dovecot.why_missing()
    if reason is not None:
        require_or_skip(reason)
    server = Dovecot(capability="IMAP4rev1 UIDPLUS LITERAL+")
    server.start()
    yield server
    server.stop()


@pytest.fixture(params=["fake", "pymap", "dovecot", "plain_dovecot"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return Kind(None if request.param == "fake" else request.getfixturevalue(request.param))


@pytest.fixture
def bench(kind: Kind) -> Iterator[Bench]:
    bench = kind.bench()
    yield bench
    bench.mailbox.close()


def test_the_connector_and_the_fake_are_mailboxes(kind: Kind) -> None:
    mailbox: Mailbox = kind.bench().mailbox
    assert isinstance(mailbox.open(), FolderState)
    mailbox.close()


def test_an_empty_folder_holds_nothing(bench: Bench) -> None:
    state = bench.mailbox.open()
    assert bench.mailbox.uids_above(0) == []
    assert bench.mailbox.summaries([]) == []
    assert state.uidnext >= 1


def test_opening_again_tells_the_state_anew(bench: Bench) -> None:
    before = bench.mailbox.open()
    uid = bench.deliver(PLAIN)
    after = bench.mailbox.open()
    assert (after.uidvalidity, after.uidnext) == (before.uidvalidity, uid + 1)


def test_the_uids_above_one_never_hold_it(bench: Bench) -> None:
    uids = [bench.deliver(PLAIN) for _ in range(3)]
    bench.mailbox.open()
    assert list(bench.mailbox.uids_above(0)) == uids
    assert list(bench.mailbox.uids_above(uids[0])) == uids[1:]
    # UID 4:* names the last mail on every server, whatever its UID.
    assert list(bench.mailbox.uids_above(uids[-1])) == []
    assert list(bench.mailbox.uids_above(uids[-1] + 1000)) == []


def test_a_summary_tells_size_day_and_seen(bench: Bench) -> None:
    when = datetime(2026, 11, 5, 9, 12, 44, tzinfo=UTC)
    unseen, seen = bench.deliver(PLAIN, when), bench.deliver(PLAIN + b"More.\r\n", when + timedelta(days=1), seen=True)
    bench.mailbox.open()
    first, second = bench.mailbox.summaries([unseen, seen])
    assert (first.uid, first.size, first.internal_at, first.seen) == (unseen, len(PLAIN), when, False)
    assert (second.uid, second.size, second.seen) == (seen, len(PLAIN) + 7, True)
    assert second.internal_at.utcoffset() is not None


def test_what_vanished_is_missing_from_the_summaries(bench: Bench) -> None:
    kept, gone = bench.deliver(PLAIN), bench.deliver(PLAIN)
    bench.mailbox.open()
    bench.remove(gone)
    bench.mailbox.open()
    assert [summary.uid for summary in bench.mailbox.summaries([kept, gone, gone + 7])] == [kept]


def test_more_mails_than_one_command_may_name_are_summed_up(kind: Kind) -> None:
    bench = kind.bench()
    uid = bench.deliver(PLAIN)
    bench.mailbox.open()
    assert [summary.uid for summary in bench.mailbox.summaries(range(1, 2500))] == [uid]
    bench.mailbox.close()


@pytest.mark.parametrize(
    "raw",
    [
        PLAIN,
        WITH_PHOTO,
        b"Subject: no body\r\n\r\n",
        b"Subject: 8 bit\r\n\r\n\xe4\xf6\xfc \xff\x80\r\n",
        b"Subject: no newline at the end\r\n\r\nend",
        b"Subject: looks like protocol\r\n\r\n* 1 EXPUNGE\r\nA1 OK done\r\n)\r\n{5}\r\n",
        b"Subject: big\r\n\r\n" + b"0123456789abcdef" * 4 * 5000 + b"\r\n",
    ],
    ids=["plain", "photo", "empty", "8bit", "no newline", "protocol", "big"],
)
def test_a_mail_comes_byte_by_byte_as_it_lies_there(bench: Bench, raw: bytes) -> None:
    uid = bench.deliver(raw)
    bench.mailbox.open()
    assert bench.mailbox.fetch(uid) == raw


def test_fetching_marks_nothing(bench: Bench) -> None:
    uid = bench.deliver(WITH_PHOTO)
    bench.mailbox.open()
    bench.mailbox.fetch(uid)
    bench.mailbox.fetch_text(uid)
    assert bench.flags(uid) == set()


def test_a_mail_that_vanished_is_none(bench: Bench) -> None:
    uid = bench.deliver(PLAIN)
    bench.mailbox.open()
    bench.mailbox.uids_above(0)
    bench.remove(uid)
    bench.mailbox.open()
    assert bench.mailbox.fetch(uid) is None
    assert bench.mailbox.fetch_text(uid) is None
    assert bench.mailbox.fetch(uid + 1000) is None


def test_of_a_message_over_the_limit_header_and_texts_come_and_files_are_named(bench: Bench) -> None:
    uid = bench.deliver(WITH_PHOTO)
    bench.mailbox.open()
    partial = bench.mailbox.fetch_text(uid)
    assert partial is not None
    [left_out] = partial.left_out
    assert (left_out.filename, left_out.content_type) == ("front.jpg", "image/jpeg")
    assert 8 <= left_out.size <= 200  # pymap counts the part's header with it
    message = message_from_bytes(partial.raw)
    texts = [part for part in message.walk() if part.get_content_maintype() == "text"]
    assert message["Subject"] == "My phone"
    assert [bytes(text.get_payload(decode=True)).strip() for text in texts] == [
        "Schön kaputt.".encode(),
        b"<p>kaputt</p>",
    ]
    assert b"/9j/4AAQ" not in partial.raw


def test_a_message_over_the_limit_that_is_one_text_comes_as_it_is(bench: Bench) -> None:
    uid = bench.deliver(PLAIN)
    bench.mailbox.open()
    partial = bench.mailbox.fetch_text(uid)
    assert partial is not None
    assert (partial.raw, partial.left_out) == (PLAIN, ())


def test_a_handled_mail_is_marked_seen_and_may_be_acknowledged_again(bench: Bench) -> None:
    uid = bench.deliver(PLAIN)
    state = bench.mailbox.open()
    bench.mailbox.acknowledge(uid, handled=True)
    bench.mailbox.acknowledge(uid, handled=True)
    assert bench.flags(uid) == {"\\Seen"} | ({"$MailbotHandled"} if state.keywords_allowed else set())
    assert list(bench.mailbox.uids_above(0)) == [uid]


def test_a_quarantined_mail_is_flagged_for_a_person(bench: Bench) -> None:
    uid = bench.deliver(PLAIN)
    bench.mailbox.open()
    bench.mailbox.acknowledge(uid, handled=False)
    assert bench.flags(uid) == {"\\Seen", "\\Flagged"}


@pytest.mark.parametrize(("handled", "folder"), [(True, "Returns/Done"), (False, "Quarantäne & mehr")])
def test_an_acknowledged_mail_moves_to_a_folder_that_need_not_exist(kind: Kind, handled: bool, folder: str) -> None:
    key = "processed_folder" if handled else "quarantine_folder"
    bench = kind.bench(**{key: folder})
    first, second, stays = bench.deliver(PLAIN), bench.deliver(WITH_PHOTO), bench.deliver(PLAIN)
    bench.mailbox.open()
    for uid in (first, second, first):
        bench.mailbox.acknowledge(uid, handled=handled)
    bench.mailbox.acknowledge(stays, handled=not handled)
    assert bench.folder(folder) == [PLAIN, WITH_PHOTO]
    assert list(bench.mailbox.uids_above(0)) == [stays]
    bench.mailbox.close()


def test_acknowledging_what_vanished_does_nothing(kind: Kind) -> None:
    bench = kind.bench(processed_folder="Done")
    uid = bench.deliver(PLAIN)
    bench.mailbox.open()
    bench.remove(uid)
    bench.mailbox.acknowledge(uid, handled=True)
    assert bench.folder("Done") == []
    bench.mailbox.open()
    assert list(bench.mailbox.uids_above(0)) == []
    bench.mailbox.close()


def test_a_quiet_folder_has_no_news(bench: Bench) -> None:
    bench.mailbox.open()
    bench.mailbox.uids_above(0)
    began = time.monotonic()
    assert bench.mailbox.wait(0.3) is False
    assert 0.25 < time.monotonic() - began < 2


def test_mail_that_came_after_the_last_look_is_news_at_once(bench: Bench) -> None:
    bench.mailbox.open()
    bench.mailbox.uids_above(0)
    uid = bench.deliver(PLAIN)
    began = time.monotonic()
    assert bench.mailbox.wait(10) is True
    assert time.monotonic() - began < 1
    assert list(bench.mailbox.uids_above(0)) == [uid]
    assert bench.mailbox.wait(0.2) is False


def test_an_interrupted_wait_ends_at_once(bench: Bench) -> None:
    bench.mailbox.open()
    bench.mailbox.uids_above(0)
    for delay in (0.0, 0.3):
        timer = threading.Timer(delay, bench.mailbox.interrupt)
        timer.start()
        began = time.monotonic()
        assert bench.mailbox.wait(30) is False
        assert time.monotonic() - began < delay + 1
        timer.join()


def test_after_a_wait_the_mailbox_answers(bench: Bench) -> None:
    uid = bench.deliver(PLAIN)
    bench.mailbox.open()
    bench.mailbox.uids_above(0)
    bench.mailbox.wait(0.1)
    assert bench.mailbox.fetch(uid) == PLAIN


def test_a_closed_mailbox_answers_nothing_until_it_is_opened(bench: Bench) -> None:
    uid = bench.deliver(PLAIN)
    bench.mailbox.open()
    bench.mailbox.close()
    bench.mailbox.close()
    questions: list[Callable[[], object]] = [
        lambda: bench.mailbox.uids_above(0),
        lambda: bench.mailbox.fetch(uid),
        lambda: bench.mailbox.wait(0.1),
        lambda: bench.mailbox.acknowledge(uid, handled=True),
    ]
    for question in questions:
        with pytest.raises(MailboxError):
            question()
    bench.mailbox.open()
    assert bench.mailbox.fetch(uid) == PLAIN


@pytest.mark.parametrize("server", ["pymap", "dovecot"])
def test_mail_is_news_while_the_server_is_watched(server: str, request: pytest.FixtureRequest) -> None:
    bench = ServerBench(request.getfixturevalue(server))
    bench.mailbox.open()
    bench.mailbox.uids_above(0)
    timer = threading.Timer(0.4, lambda: bench.deliver(PLAIN))
    timer.start()
    began = time.monotonic()
    assert bench.mailbox.wait(20) is True
    # Dovecot gathers what happens within half a second before it speaks.
    assert time.monotonic() - began < 2
    timer.join()
    bench.mailbox.close()


def test_without_idle_the_folder_is_polled(plain_dovecot: Dovecot) -> None:
    bench = ServerBench(plain_dovecot)
    bench.mailbox = ImapMailbox(plain_dovecot.account(bench._user, poll_seconds=0.2))
    assert bench.mailbox.open().can_idle is False
    bench.mailbox.uids_above(0)
    timer = threading.Timer(0.4, lambda: bench.deliver(PLAIN))
    timer.start()
    assert bench.mailbox.wait(20) is True
    timer.join()
    bench.mailbox.close()


@pytest.fixture
def old_dovecot() -> Iterator[Dovecot]:
    """A Dovecot that offers nothing beyond RFC 3501."""
    reason = Dovecot.why_missing()
    if reason is not None:
        require_or_skip(reason)
    server = Dovecot(capability="IMAP4rev1")
    server.start()
    yield server
    server.stop()


def test_without_move_and_uidplus_a_mail_is_copied_once_and_marked_deleted(old_dovecot: Dovecot) -> None:
    bench = ServerBench(old_dovecot, processed_folder="Done")
    uid, other = bench.deliver(PLAIN), bench.deliver(WITH_PHOTO)
    with old_dovecot.client(bench._user) as client:
        client.delete_messages([other])  # somebody else's mark, which no EXPUNGE of ours may carry out
    assert bench.mailbox.open().can_move is False
    bench.mailbox.acknowledge(uid, handled=True)
    bench.mailbox.acknowledge(uid, handled=True)
    assert bench.folder("Done") == [PLAIN]
    assert bench.folder("INBOX") == [PLAIN, WITH_PHOTO]
    assert "\\Deleted" in bench.flags(uid)
    bench.mailbox.close()

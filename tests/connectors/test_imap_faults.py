"""What an IMAP server or the line to it can do to us: no call hangs, nothing half is handed on, the next open heals."""

import base64
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any

import pytest

from mailbot.connectors.account import PasswordCredentials, Security
from mailbot.connectors.imap import ImapAccount, ImapMailbox
from mailbot.connectors.imap_structure import TEXT_LIMIT, TEXTS_LIMIT
from mailbot.connectors.imap_wire import Connection
from mailbot.desk.ports import MailboxError, MailboxRefused
from tests.servers import HOST, BeginTls, Dovecot, FlakyImapProxy, PymapServer, ScriptedPeer, Trouble, User

MAIL = b"From: anna@mail.example\r\nSubject: x\r\n\r\n" + b"It is broken, and has been all week.\r\n" * 2000
SECRET = "hunter2-correct-horse"

GREETING = b"* OK hello\r\n"
CAPABLE = b"* CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE\r\n%TAG% OK done\r\n"
SIGNED_IN = b"* CAPABILITY IMAP4rev1 IDLE UIDPLUS MOVE\r\n%TAG% OK in\r\n"
SELECTED = (
    b"* FLAGS (\\Seen)\r\n* OK [PERMANENTFLAGS (\\Seen \\*)] ok\r\n* 2 EXISTS\r\n* 0 RECENT\r\n"
    b"* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 9] ok\r\n%TAG% OK [READ-WRITE] done\r\n"
)
OPENED = (GREETING, CAPABLE, SIGNED_IN, SELECTED)


OPENED_BY_TESTS: list[ImapMailbox] = []


def scripted(peer: ScriptedPeer, **changes: Any) -> ImapMailbox:
    account: dict[str, Any] = {
        "host": HOST,
        "port": peer.port,
        "security": Security.NONE,
        "username": "returns@shop.example",
        "credentials": PasswordCredentials(SECRET),
        "connect_timeout": 1.0,
        "command_timeout": 1.0,
    }
    OPENED_BY_TESTS.append(ImapMailbox(ImapAccount(**(account | changes))))
    return OPENED_BY_TESTS[-1]


@pytest.fixture(autouse=True)
def _closed_in_the_end() -> Iterator[None]:
    yield
    while OPENED_BY_TESTS:
        OPENED_BY_TESTS.pop().close()


@pytest.fixture
def mailbox(dovecot: Dovecot, dovecot_user: User, flaky_line: FlakyImapProxy) -> Iterator[ImapMailbox]:
    """A mailbox with one mail, over the flaky line, with timeouts of half a second."""
    dovecot.append(dovecot_user, MAIL)
    account = dovecot.account(dovecot_user, port=flaky_line.port, connect_timeout=0.5, command_timeout=0.5)
    mailbox = ImapMailbox(account)
    yield mailbox
    mailbox.close()


def seconds_of(call: Callable[[], object]) -> float:
    began = time.monotonic()
    with pytest.raises(MailboxError) as caught:
        call()
    assert caught.value.transient
    return time.monotonic() - began


@pytest.mark.parametrize("after", [0, 1, 30, 100, 5000, len(MAIL)])
def test_a_line_cut_in_mid_fetch_hands_on_nothing_and_the_mail_is_there_again(
    mailbox: ImapMailbox, flaky_line: FlakyImapProxy, after: int
) -> None:
    mailbox.open()
    flaky_line.cut_after(after)
    assert seconds_of(lambda: mailbox.fetch(1)) < 1
    mailbox.open()
    assert mailbox.fetch(1) == MAIL
    mailbox.close()


@pytest.mark.parametrize("after", [0, 30, 5000])
def test_a_server_that_hangs_in_mid_fetch_costs_its_timeout(
    mailbox: ImapMailbox, flaky_line: FlakyImapProxy, after: int
) -> None:
    mailbox.open()
    flaky_line.hang_after(after)
    # A literal of 74 KB may take a second longer than the command's half.
    assert 0.4 < seconds_of(lambda: mailbox.fetch(1)) < 2.5
    flaky_line.heal()
    mailbox.open()
    assert mailbox.fetch(1) == MAIL
    mailbox.close()


@pytest.mark.parametrize(
    "ask",
    [
        lambda mailbox: mailbox.open(),
        lambda mailbox: mailbox.uids_above(0),
        lambda mailbox: mailbox.summaries([1]),
        lambda mailbox: mailbox.fetch_text(1),
        lambda mailbox: mailbox.wait(0.2),
        lambda mailbox: mailbox.acknowledge(1, handled=True),
    ],
    ids=["open", "search", "summaries", "text", "wait", "acknowledge"],
)
def test_a_server_that_hangs_at_any_command_costs_its_timeout(
    mailbox: ImapMailbox, flaky_line: FlakyImapProxy, ask: Callable[[ImapMailbox], object]
) -> None:
    mailbox.open()
    flaky_line.hang_after(0)
    assert seconds_of(lambda: ask(mailbox)) < 1.5
    flaky_line.heal()
    mailbox.open()
    ask(mailbox)
    mailbox.close()


def test_bytes_that_drip_do_not_stretch_the_timeout(mailbox: ImapMailbox, flaky_line: FlakyImapProxy) -> None:
    mailbox.open()
    flaky_line.slice(pause=0.1)
    assert seconds_of(lambda: mailbox.uids_above(0)) < 1.2


def test_a_server_that_never_greets_costs_the_connect_timeout(
    dovecot: Dovecot, dovecot_user: User, flaky_line: FlakyImapProxy
) -> None:
    flaky_line.hang_after(0)
    account = dovecot.account(dovecot_user, port=flaky_line.port, connect_timeout=0.5, command_timeout=30)
    assert 0.4 < seconds_of(ImapMailbox(account).open) < 1.5


def test_a_server_that_is_down_at_start_is_found_when_it_is_up(
    mailbox: ImapMailbox, flaky_line: FlakyImapProxy
) -> None:
    flaky_line.refuse()
    assert seconds_of(mailbox.open) < 1
    flaky_line.heal()
    mailbox.open()
    assert mailbox.uids_above(0) == [1]
    mailbox.close()


def test_a_closed_port_says_where_nobody_listens(dovecot: Dovecot, dovecot_user: User) -> None:
    with pytest.raises(MailboxError, match=r"127\.0\.0\.1:1: connecting with none: .*refused"):
        ImapMailbox(dovecot.account(dovecot_user, port=1)).open()


def test_an_unknown_host_says_so() -> None:
    account = ImapAccount(host="mail.invalid", username="x", credentials=PasswordCredentials("y"), connect_timeout=1)
    with pytest.raises(MailboxError, match=r"mail\.invalid:993"):
        ImapMailbox(account).open()


def test_a_line_of_single_bytes_changes_nothing(mailbox: ImapMailbox, flaky_line: FlakyImapProxy) -> None:
    flaky_line.slice()
    assert mailbox.open().uidnext == 2
    assert mailbox.uids_above(0) == [1]
    assert [summary.size for summary in mailbox.summaries([1])] == [len(MAIL)]
    mailbox.close()


def test_single_bytes_in_idle_are_no_dead_peer(
    dovecot: Dovecot, dovecot_user: User, mailbox: ImapMailbox, flaky_line: FlakyImapProxy
) -> None:
    mailbox.open()
    mailbox.uids_above(0)
    flaky_line.slice(pause=0.001)
    timer = threading.Timer(0.3, lambda: dovecot.append(dovecot_user, MAIL))
    timer.start()
    assert mailbox.wait(10) is True
    assert mailbox.uids_above(1) == [2]
    timer.join()
    mailbox.close()


def test_a_line_cut_in_idle_is_noticed_at_once(mailbox: ImapMailbox, flaky_line: FlakyImapProxy) -> None:
    mailbox.open()
    mailbox.uids_above(0)
    timer = threading.Timer(0.3, flaky_line.cut)
    timer.start()
    assert seconds_of(lambda: mailbox.wait(20)) < 1.5
    timer.join()


def test_after_an_error_nothing_is_asked_until_the_next_open(mailbox: ImapMailbox, flaky_line: FlakyImapProxy) -> None:
    mailbox.open()
    flaky_line.cut()
    for _ in range(3):
        seconds_of(lambda: mailbox.fetch(1))
    assert flaky_line.connections == 1
    mailbox.open()
    assert flaky_line.connections == 2
    mailbox.close()


def test_closing_never_raises_and_never_waits_long(mailbox: ImapMailbox, flaky_line: FlakyImapProxy) -> None:
    mailbox.open()
    flaky_line.hang_after(0)
    began = time.monotonic()
    mailbox.close()
    assert time.monotonic() - began < 1.5


# What servers say.


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (b"%TAG% NO [AUTHENTICATIONFAILED] Invalid credentials\r\n", True),
        (b"%TAG% NO LOGIN failed\r\n", True),
        (b"%TAG% BAD unknown\r\n", True),
        (b"%TAG% NO [UNAVAILABLE] Try later\r\n", False),
        (b"%TAG% NO [INUSE] Too many connections\r\n", False),
        (b"* BYE too busy\r\n", False),
        (b"%TAG% hm?\r\n", False),
    ],
)
def test_only_a_refused_sign_in_calls_for_a_person(answer: bytes, refused: bool) -> None:
    with ScriptedPeer((GREETING, CAPABLE, answer)) as peer, pytest.raises(MailboxError) as caught:
        scripted(peer).open()
    assert isinstance(caught.value, MailboxRefused) is refused
    assert "signing in as returns@shop.example" in str(caught.value)


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (b"%TAG% NO [NONEXISTENT] No such mailbox\r\n", True),
        (b"%TAG% NO [NOPERM] Not yours\r\n", True),
        (b"%TAG% NO [SERVERBUG] Internal error\r\n", False),
        (b"* BYE shutting down\r\n", False),
        (SELECTED.replace(b"READ-WRITE", b"READ-ONLY"), True),
        (SELECTED.replace(b"* OK [UIDVALIDITY 7] ok\r\n", b""), True),
    ],
)
def test_only_a_refused_folder_calls_for_a_person(answer: bytes, refused: bool) -> None:
    with ScriptedPeer((GREETING, CAPABLE, SIGNED_IN, answer)) as peer, pytest.raises(MailboxError) as caught:
        scripted(peer, folder="Returns").open()
    assert isinstance(caught.value, MailboxRefused) is refused
    assert "Returns" in str(caught.value)


@pytest.mark.parametrize(
    "answer",
    [b"%TAG% NO " + SECRET.encode() + b"\x1b[2J\r\n", b"\xff\xfe" * 20 + b"\r\n", b"* 1 FETCH (\r\n%TAG% OK\r\n"],
)
def test_no_error_holds_the_password_or_a_control_character(
    dovecot: Dovecot, dovecot_user: User, answer: bytes
) -> None:
    with ScriptedPeer((*OPENED, answer)) as peer:
        mailbox = scripted(peer, credentials=PasswordCredentials("an0ther-secret"))
        mailbox.open()
        with pytest.raises(MailboxError) as caught:
            mailbox.fetch(1)
    assert str(caught.value).isprintable()
    assert "an0ther-secret" not in str(caught.value)
    wrong = ImapMailbox(dovecot.account(dovecot_user, credentials=PasswordCredentials(SECRET)))
    with pytest.raises(MailboxRefused) as refused:
        wrong.open()
    assert SECRET not in f"{refused.value!r} {refused.value.__cause__!r} {wrong._account!r}"


@pytest.mark.parametrize(
    "answer",
    [
        b"* 1 FETCH (UID 5 BODY[] NIL)\r\n%TAG% OK done\r\n",
        b"%TAG% OK done\r\n",
        b"* 5 FETCH (FLAGS (\\Seen))\r\n%TAG% OK done\r\n",
        b"* 1 EXPUNGE\r\n%TAG% OK done\r\n",
    ],
)
def test_a_body_that_is_nil_or_missing_is_a_vanished_mail(answer: bytes) -> None:
    with ScriptedPeer((*OPENED, answer)) as peer:
        mailbox = scripted(peer)
        mailbox.open()
        assert mailbox.fetch(5) is None


def test_the_flags_of_another_mail_that_nobody_asked_for_are_not_taken_for_ours() -> None:
    # An answer without UID bears a sequence number: here 5, the UID that is asked for next.
    stray = b"* SEARCH 5\r\n* 5 FETCH (FLAGS (\\Seen))\r\n%TAG% OK done\r\n"
    answer = b'* 1 FETCH (UID 5 RFC822.SIZE 10 INTERNALDATE "05-Nov-2026 09:12:44 +0100")\r\n%TAG% OK done\r\n'
    with ScriptedPeer((*OPENED, stray, answer)) as peer:
        mailbox = scripted(peer)
        mailbox.open()
        mailbox.uids_above(0)
        [summary] = mailbox.summaries([5])
    assert summary.seen is False
    assert summary.internal_at == datetime(2026, 11, 5, 8, 12, 44, tzinfo=UTC)


SEARCHED = b"* SEARCH 1 2\r\n%TAG% OK done\r\n"
DONE = b"%TAG% OK done\r\n"


def news_from(*script: bytes | Trouble, **changes: Any) -> tuple[bool, list[bytes]]:
    """What `wait` answers to a server that says this after a SEARCH, and what the server heard of it."""
    with ScriptedPeer((*OPENED, SEARCHED, *script, Trouble.SILENCE)) as peer:
        mailbox = scripted(peer, **changes)
        mailbox.open()
        mailbox.uids_above(0)
        answer = mailbox.wait(0.6)
        return answer, [heard.split(b" ")[-1].strip() for heard in peer.heard[4:]]


def test_news_before_the_server_agrees_to_idle_is_news() -> None:
    assert news_from(DONE, b"* 3 EXISTS\r\n+ idling\r\n", DONE) == (True, [b"NOOP", b"IDLE", b"DONE"])


def test_news_in_one_packet_with_the_agreement_is_news() -> None:
    assert news_from(DONE, b"+ idling\r\n* 3 EXISTS\r\n", DONE) == (True, [b"NOOP", b"IDLE", b"DONE"])


def test_news_in_an_answer_to_something_else_is_news() -> None:
    assert news_from(b"* 3 EXISTS\r\n%TAG% OK done\r\n") == (True, [b"NOOP"])


def test_a_server_that_says_still_here_has_no_news() -> None:
    answer, heard = news_from(DONE, b"+ idling\r\n* OK Still here\r\n", DONE, b"+ idling\r\n", DONE)
    assert (answer, heard) == (False, [b"NOOP", b"IDLE", b"DONE", b"IDLE", b"DONE"])


def test_a_server_that_refuses_the_idle_it_offers_is_polled() -> None:
    script = (DONE, b"%TAG% BAD not today\r\n", DONE, b"* 3 EXISTS\r\n%TAG% OK done\r\n")
    assert news_from(*script, poll_seconds=0.1) == (True, [b"NOOP", b"IDLE", b"NOOP", b"NOOP"])


def test_a_literal_that_ends_with_the_connection_is_no_mail() -> None:
    half = b"* 1 FETCH (UID 5 BODY[] {100}\r\nSubject: x\r\n"
    with ScriptedPeer((*OPENED, half, Trouble.HANG_UP)) as peer:
        mailbox = scripted(peer)
        mailbox.open()
        with pytest.raises(MailboxError):
            mailbox.fetch(5)


def test_a_line_without_end_is_not_read_for_ever() -> None:
    with ScriptedPeer((*OPENED, b"* SEARCH" + b" 1" * 2_000_000)) as peer:
        mailbox = scripted(peer)
        mailbox.open()
        with pytest.raises(MailboxError, match="a line of more than 1000000 bytes"):
            mailbox.uids_above(0)


def test_a_big_folder_is_searched_in_parts(dovecot: Dovecot, dovecot_user: User) -> None:
    uids = [dovecot.append(dovecot_user, MAIL[:60]) for _ in range(8)]
    dovecot.expunge(dovecot_user, uids[3])
    mailbox = ImapMailbox(dovecot.account(dovecot_user), search_window=2)
    mailbox.open()
    uids.append(dovecot.append(dovecot_user, MAIL[:60]))
    assert mailbox.uids_above(0) == [1, 2, 3, 5, 6, 7, 8, 9]
    assert mailbox.uids_above(4) == [5, 6, 7, 8, 9]
    assert mailbox.uids_above(9) == []
    mailbox.close()


def test_a_folder_that_was_built_anew_shows_another_uidvalidity(dovecot: Dovecot, dovecot_user: User) -> None:
    dovecot.append(dovecot_user, MAIL)
    mailbox = ImapMailbox(dovecot.account(dovecot_user))
    before = mailbox.open()
    mailbox.close()
    dovecot.renumber(dovecot_user)
    assert mailbox.open().uidvalidity != before.uidvalidity
    assert mailbox.fetch(mailbox.uids_above(0)[0]) == MAIL
    mailbox.close()


# Messages over the limit.


def text_of(mailbox: ImapMailbox, uid: int) -> tuple[list[bytes], list[str]]:
    """The decoded texts of a message over the limit, and the names of what was left out."""
    mailbox.open()
    partial = mailbox.fetch_text(uid)
    mailbox.close()
    assert partial is not None
    parts = [part for part in message_from_bytes(partial.raw).walk() if not part.is_multipart()]
    texts = [part.get_payload(decode=True) for part in parts]
    return [text for text in texts if isinstance(text, bytes)], [left.filename for left in partial.left_out]


def test_a_long_text_is_cut_where_it_can_still_be_decoded(dovecot: Dovecot, dovecot_user: User) -> None:
    words = "schön kaputt, wirklich. ".encode() * 120_000
    header = b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    body = base64.encodebytes(words).replace(b"\n", b"\r\n")
    uid = dovecot.append(dovecot_user, header + b"Content-Transfer-Encoding: base64\r\n\r\n" + body)
    [text], left_out = text_of(ImapMailbox(dovecot.account(dovecot_user)), uid)
    assert words.startswith(text)
    assert 0.7 * TEXT_LIMIT < len(text) < TEXT_LIMIT
    assert left_out == []


def test_of_thousands_of_parts_some_come_and_the_rest_is_named(dovecot: Dovecot, dovecot_user: User) -> None:
    parts = b"".join(b"--b\r\nContent-Type: text/plain\r\n\r\npart %d\r\n" % n for n in range(3000))
    header = b"Subject: x\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    uid = dovecot.append(dovecot_user, header + parts + b"--b--\r\n")
    texts, left_out = text_of(ImapMailbox(dovecot.account(dovecot_user)), uid)
    assert [text.strip() for text in texts] == [b"part %d" % n for n in range(TEXTS_LIMIT)]
    assert len(left_out) == 3000 - TEXTS_LIMIT


def test_a_structure_that_cannot_be_read_leaves_the_header(dovecot: Dovecot, dovecot_user: User) -> None:
    header = b"* 1 FETCH (UID 5 RFC822.SIZE 70000000 BODY[HEADER]<0> {14}\r\nSubject: x\r\n\r\n)\r\n%TAG% OK done\r\n"
    for broken in (b"(" * 5000 + b")" * 5000, b'("text" "plain")', b"(" + b"x" * 1_500_000 + b")", b"NIL"):
        answer = b"* 1 FETCH (UID 5 BODYSTRUCTURE %b)\r\n%%TAG%% OK done\r\n" % broken
        with ScriptedPeer((*OPENED, header, answer), (*OPENED, Trouble.SILENCE)) as peer:
            mailbox = scripted(peer)
            mailbox.open()
            partial = mailbox.fetch_text(5)
        assert partial is not None
        assert partial.raw.startswith(b"Subject: x\r\n")
        assert [(left.content_type, left.size) for left in partial.left_out] == [("message/rfc822", 70_000_000)]


def test_a_structure_that_cannot_be_read_twice_under_one_uidvalidity_is_an_error_under_another() -> None:
    header = b"* 1 FETCH (UID 5 RFC822.SIZE 70000000 BODY[HEADER]<0> {14}\r\nSubject: x\r\n\r\n)\r\n%TAG% OK done\r\n"
    renumbered = (*OPENED[:3], SELECTED.replace(b"UIDVALIDITY 7", b"UIDVALIDITY 8"), Trouble.SILENCE)
    with ScriptedPeer((*OPENED, header, Trouble.HANG_UP), renumbered) as peer:
        mailbox = scripted(peer)
        mailbox.open()
        with pytest.raises(MailboxError):
            mailbox.fetch_text(5)


# TLS and sign-in.


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
@pytest.mark.parametrize("host", ["localhost", HOST])
def test_an_encrypted_connection_works_and_its_idle_notices(dovecot: Dovecot, security: Security, host: str) -> None:
    if dovecot.ca_file is None:
        pytest.skip("openssl is not installed, so the test server has no certificate")
    user = dovecot.new_user()
    port = dovecot.tls_port if security is Security.TLS else dovecot.port
    mailbox = ImapMailbox(dovecot.account(user, host=host, port=port, security=security, ca_file=dovecot.ca_file))
    mailbox.open()
    mailbox.uids_above(0)
    timer = threading.Timer(0.3, lambda: dovecot.append(user, MAIL))
    timer.start()
    began = time.monotonic()
    assert mailbox.wait(20) is True
    assert time.monotonic() - began < 2
    assert mailbox.fetch(mailbox.uids_above(0)[0]) == MAIL
    timer.join()
    mailbox.close()


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_certificate_that_nobody_vouches_for_is_refused(dovecot: Dovecot, security: Security) -> None:
    if dovecot.ca_file is None:
        pytest.skip("openssl is not installed, so the test server has no certificate")
    port = dovecot.tls_port if security is Security.TLS else dovecot.port
    with pytest.raises(MailboxRefused, match="CERTIFICATE_VERIFY_FAILED"):
        ImapMailbox(dovecot.account(dovecot.new_user(), port=port, security=security)).open()


def test_starttls_is_never_optional(pymap: PymapServer) -> None:
    with pytest.raises(MailboxRefused, match="STARTTLS"):
        ImapMailbox(pymap.account(pymap.new_user(), security=Security.STARTTLS)).open()


def test_what_was_injected_before_tls_is_not_read_after_it(dovecot: Dovecot) -> None:
    if dovecot.ca_file is None:
        pytest.skip("openssl is not installed, so the test server has no certificate")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(dovecot.ca_file, dovecot.ca_file.with_name("key.pem"))
    clear = b"%TAG% OK begin\r\n* CAPABILITY IMAP4rev1 INJECTED\r\n%NEXT% OK done\r\n"
    capable = b"* CAPABILITY IMAP4rev1 STARTTLS\r\n%TAG% OK done\r\n"
    with ScriptedPeer((GREETING, capable, BeginTls(clear, context), CAPABLE, CAPABLE, Trouble.SILENCE)) as peer:
        connection = Connection(
            HOST,
            peer.port,
            security=Security.STARTTLS,
            ca_file=dovecot.ca_file,
            connect_timeout=2,
            command_timeout=2,
        )
        capabilities = connection._imap.capabilities
        connection.shutdown()
    assert "IDLE" in capabilities
    assert "INJECTED" not in capabilities


@pytest.mark.parametrize("password", ["plain", 'with "quotes" and \\', "schön 鍵", "a b"])
def test_any_password_signs_in(dovecot: Dovecot, password: str) -> None:
    user = dovecot.new_user(password=password)
    mailbox = ImapMailbox(dovecot.account(user))
    assert mailbox.open().uidnext == 1
    mailbox.close()

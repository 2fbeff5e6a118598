"""What every SentFolder keeps: the fake, and ImapSentFolder on pymap and Dovecot."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from mailbot.connectors.account import PasswordCredentials
from mailbot.connectors.imap import ImapSentFolder
from mailbot.connectors.smtp import SmtpTransport
from mailbot.desk.ports import Envelope, MailboxError, MailboxRefused, SentFolder, UncertainDeliveryError
from tests.fakes_mail import FakeSentFolder
from tests.servers import Dovecot, ImapServer, PymapServer, SmtpSink, Trouble, User

ON = date(2026, 11, 5)
LETTER = "<k7q2.letter@shop.example>"


@dataclass(frozen=True, slots=True)
class Bench:
    """A Sent folder, and how a copy comes into it."""

    sent: SentFolder
    keep: Callable[[str, str, date], None]


def on_server(server: ImapServer) -> Bench:
    user = server.new_user()

    def keep(message_id: str, reference: str, on: date) -> None:
        header = f"Message-ID: {message_id}\r\n" + (f"X-Mailbot-Ref: {reference}\r\n" if reference else "")
        when = datetime(on.year, on.month, on.day, 12, tzinfo=UTC)
        server.append(user, f"Subject: Re: x\r\n{header}\r\nHello\r\n".encode(), when, folder="Sent", seen=True)

    return Bench(ImapSentFolder(server.account(user)), keep)


def on_fake() -> Bench:
    fake = FakeSentFolder()
    return Bench(
        fake, lambda message_id, reference, on: fake.keep(message_id=message_id, reference=reference, sent_on=on)
    )


@pytest.fixture(params=["fake", "pymap", "dovecot"])
def bench(request: pytest.FixtureRequest) -> Bench:
    return on_fake() if request.param == "fake" else on_server(request.getfixturevalue(request.param))


def holds(bench: Bench, *, message_id: str = LETTER, reference: str = "k7q2", sent_on: date = ON) -> bool | None:
    return bench.sent.holds(message_id=message_id, reference=reference, sent_on=sent_on)


def test_an_empty_folder_holds_no_copy(bench: Bench) -> None:
    assert holds(bench) is False


def test_a_copy_is_found_by_its_message_id(bench: Bench) -> None:
    bench.keep(LETTER, "", ON)
    assert holds(bench) is True


def test_a_copy_with_a_rewritten_message_id_is_found_by_our_reference(bench: Bench) -> None:
    bench.keep("<rewritten@relay.example>", "k7q2", ON)
    assert holds(bench) is True


@pytest.mark.parametrize(
    ("message_id", "reference"),
    [
        ("<K7Q2.letter@shop.example>", ""),
        ("<xk7q2.letter@shop.example>", ""),
        ("<k7q2.letter@shop.example.evil>", ""),
        ("<other@shop.example>", "k7q2x"),
        ("<other@shop.example>", "K7Q2"),
        ("<other@shop.example>", ""),
    ],
)
def test_what_only_resembles_it_is_no_copy(bench: Bench, message_id: str, reference: str) -> None:
    bench.keep(message_id, reference, ON)
    assert holds(bench) is False


def test_a_letter_without_reference_is_not_found_in_mails_without_one(bench: Bench) -> None:
    bench.keep("<other@shop.example>", "", ON)
    assert holds(bench, reference="") is False


@pytest.mark.parametrize(("days", "found"), [(-3, False), (-1, True), (0, True), (1, True), (3, False)])
def test_a_copy_counts_on_its_day_and_on_those_beside_it(bench: Bench, days: int, found: bool) -> None:
    bench.keep(LETTER, "k7q2", ON + timedelta(days=days))
    assert holds(bench) is found


def test_a_copy_is_found_among_many_other_letters(bench: Bench) -> None:
    for n in range(20):
        bench.keep(f"<{n}@shop.example>", f"r{n}", ON)
    bench.keep(LETTER, "k7q2", ON)
    assert holds(bench) is True


def test_a_folded_message_id_is_the_same(dovecot: Dovecot) -> None:
    user = dovecot.new_user()
    dovecot.append(user, f"Message-ID:\r\n {LETTER}\r\nSubject: x\r\n\r\nx\r\n".encode(), folder="Sent")
    sent = ImapSentFolder(dovecot.account(user))
    assert sent.holds(message_id=LETTER, reference="", sent_on=datetime.now(UTC).date()) is True


def test_where_there_is_no_such_folder_nobody_knows(dovecot: Dovecot) -> None:
    account = dovecot.account(dovecot.new_user(), sent_folder="Gesendet")
    assert ImapSentFolder(account).holds(message_id=LETTER, reference="", sent_on=ON) is None
    assert FakeSentFolder(exists=False).holds(message_id=LETTER, reference="", sent_on=ON) is None


def test_the_configured_folder_is_searched_rather_than_the_marked_one(pymap: PymapServer) -> None:
    user = pymap.new_user()
    with pymap.client(user, None) as client:
        client.create_folder("Gesendet")
    pymap.append(user, f"Message-ID: {LETTER}\r\n\r\nx\r\n".encode(), folder="Gesendet")
    today = datetime.now(UTC).date()
    for folder, found in (("Gesendet", True), (None, False)):
        sent = ImapSentFolder(pymap.account(user, sent_folder=folder))
        assert sent.holds(message_id=LETTER, reference="", sent_on=today) is found


def test_looking_changes_nothing_in_the_folder(dovecot: Dovecot) -> None:
    user = dovecot.new_user()
    uid = dovecot.append(user, f"Message-ID: {LETTER}\r\n\r\nx\r\n".encode(), folder="Sent")
    ImapSentFolder(dovecot.account(user)).holds(message_id=LETTER, reference="", sent_on=datetime.now(UTC).date())
    assert dovecot.flags(user, uid, "Sent") == set()


def test_a_server_that_is_down_or_refuses_us_is_an_error_not_an_answer(dovecot: Dovecot) -> None:
    user = dovecot.new_user()
    with pytest.raises(MailboxError):
        ImapSentFolder(dovecot.account(user, port=1)).holds(message_id=LETTER, reference="", sent_on=ON)
    wrong = dovecot.account(user, credentials=PasswordCredentials("wrong"))
    with pytest.raises(MailboxRefused):
        ImapSentFolder(wrong).holds(message_id=LETTER, reference="", sent_on=ON)


@pytest.mark.parametrize("stored", [True, False])
def test_after_silence_the_folder_says_whether_the_letter_was_taken(
    dovecot: Dovecot, smtp_sink: SmtpSink, stored: bool
) -> None:
    user = dovecot.new_user()
    smtp_sink.copy_to_sent(dovecot, user)
    smtp_sink.plan("DOT", Trouble.SILENCE, stored=stored)
    transport = SmtpTransport(smtp_sink.account(final_dot_timeout=0.5))
    letter = f"Message-ID: {LETTER}\r\nX-Mailbot-Ref: k7q2\r\nSubject: x\r\n\r\nx\r\n".encode()
    with pytest.raises(UncertainDeliveryError):
        transport.send(Envelope(sender="returns@shop.example", recipient="anna@mail.example"), letter)
    sent = ImapSentFolder(dovecot.account(user))
    assert sent.holds(message_id=LETTER, reference="k7q2", sent_on=datetime.now(UTC).date()) is stored


def test_a_sink_delivers_to_the_inbox_of_an_address_and_its_plus_addresses(
    dovecot: Dovecot, dovecot_user: User, smtp_sink: SmtpSink
) -> None:
    smtp_sink.deliver_to(dovecot, {"returns@shop.example": dovecot_user}, stamp=b"X-Stamp: yes\r\n")
    transport = SmtpTransport(smtp_sink.account())
    for recipient in ("returns@shop.example", "Returns+k7q2@shop.example", "anna@mail.example"):
        transport.send(Envelope(sender="anna@mail.example", recipient=recipient), b"Subject: x\r\n\r\nx\r\n")
    transport.close()
    assert dovecot.contents(dovecot_user) == [b"X-Stamp: yes\r\nSubject: x\r\n\r\nx\r\n"] * 2

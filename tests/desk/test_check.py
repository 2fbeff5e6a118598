"""What `mailbot check` says of each thing, and what its probes learn."""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime

import pytest

from mailbot.claims.orders import Product
from mailbot.desk.check import (
    PLUS_ADDRESSES_ARRIVE,
    Grade,
    Line,
    look_at_files,
    look_at_security,
    look_at_shop,
    look_at_templates,
    probe,
    try_blobs,
    try_database,
    try_mailbox,
    try_submission,
)
from mailbot.desk.ports import (
    DeliveryError,
    Envelope,
    MailboxError,
    MailboxRefused,
    PermanentDeliveryError,
    SubmissionRefused,
    TransientDeliveryError,
)
from mailbot.desk.send import KEEPS_SENT_COPIES
from mailbot.desk.store import StoreUnavailable
from mailbot.letters.check import TemplateProblem
from tests.builders import (
    EARS,
    LEA,
    RETURNS,
    THURSDAY,
    DeskForTests,
    MemoryBlobs,
    desk_for_tests,
    raw_mail,
    shop_for_tests,
)
from tests.fakes_mail import FakeMailbox, FakeTransport
from tests.fakes_store import FakeStore

Grades = list[tuple[str, str]]


def told(lines: Iterable[Line]) -> Grades:
    """What was tried and how it ended."""
    return [(line.what, line.grade.value) for line in lines]


# --- what needs no mail server


def test_a_database_that_works_is_ok(desk: DeskForTests) -> None:
    assert try_database(desk.store, at=THURSDAY).grade is Grade.OK


def test_a_database_that_does_not_answer_is_told_in_its_own_words() -> None:
    store = FakeStore()
    store.failures.append(StoreUnavailable("the disk is full"))
    line = try_database(store, at=THURSDAY)
    assert (line.grade, line.says) == (Grade.MEND, "the disk is full")


def test_the_attachment_store_is_written_and_read() -> None:
    blobs = MemoryBlobs()
    assert try_blobs(blobs).grade is Grade.OK
    assert len(blobs.stored) == 1


def test_an_attachment_store_that_cannot_be_written_is_to_be_mended() -> None:
    blobs = MemoryBlobs()
    blobs.broken = StoreUnavailable("the attachment x cannot be stored: the disk is full")
    line = try_blobs(blobs)
    assert line.grade is Grade.MEND
    assert "the disk is full" in line.says
    assert "[attachments] url" in line.how


class Files:
    """The shop's files, as a look at them found them."""

    def __init__(self, problem: str | None = None, orders: int = 3) -> None:
        self.problem = problem
        self.order_count = orders

    def products(self) -> Sequence[Product]:
        return (EARS,)


@pytest.mark.parametrize(
    ("files", "has", "expected"),
    [
        (Files(), True, [("orders", "ok"), ("catalogue", "ok")]),
        (Files("orders.csv, line 3: no"), True, [("orders", "mend")]),
        (Files("a\nb"), True, [("orders", "mend"), ("orders", "mend")]),
        (Files(), False, [("orders", "note"), ("catalogue", "note")]),
    ],
)
def test_the_shops_files_are_counted_or_their_problem_is_told(files: Files, has: bool, expected: Grades) -> None:
    assert told(look_at_files(files, has_orders=has, has_catalog=has)) == expected


def test_each_broken_template_is_a_line_and_a_language_without_letters_is_noted() -> None:
    problem = TemplateProblem(file="en/decline.md", line=7, message="“wrods” is undefined")
    broken = list(look_at_templates([problem], letters_in={"en", "de"}, wanted=("en", "fr"), default="en"))
    assert told(broken) == [("templates", "mend"), ("templates", "note")]
    assert broken[0].says == "en/decline.md:7: “wrods” is undefined"
    assert "'fr'" in broken[1].says
    assert told(look_at_templates([], letters_in={"en"}, wanted=(), default="en")) == [("templates", "ok")]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, [("return address", "ok"), ("agents", "ok"), ("agents' proof", "ok")]),
        ({"return_address": ()}, [("return address", "mend"), ("agents", "ok"), ("agents' proof", "ok")]),
        ({"agents": ()}, [("return address", "ok"), ("agents", "mend")]),
        ({"authserv_id": ""}, [("return address", "ok"), ("agents", "ok"), ("agents' proof", "mend")]),
        (
            {"authserv_id": "", "require": "token"},
            [("return address", "ok"), ("agents", "ok"), ("agents' proof", "note")],
        ),
    ],
)
def test_what_may_be_left_out_and_is_missed_is_told(changes: dict[str, object], expected: Grades) -> None:
    assert told(look_at_shop(shop_for_tests(**changes))) == expected


@pytest.mark.parametrize(
    ("host", "security", "grades"),
    [
        ("mail.shop.example", "none", ["mend"]),
        ("mail.shop.example", "tls", []),
        ("mail.shop.example", "starttls", []),
        ("localhost", "none", []),
        ("127.0.0.1", "none", []),
        ("::1", "none", []),
        ("localhost.evil.example", "none", ["mend"]),
    ],
)
def test_only_this_machine_may_be_spoken_to_unprotected(host: str, security: str, grades: list[str]) -> None:
    assert [line.grade.value for line in look_at_security("imap", host=host, security=security)] == grades


# --- the mail servers, without sending


def test_a_mailbox_tells_what_it_can_do() -> None:
    lines = list(try_mailbox(FakeMailbox(), folder="INBOX", processed_folder="Done"))
    assert [line.grade.value for line in lines] == ["ok", "ok", "ok"]


@pytest.mark.parametrize("error", [MailboxRefused("imap.example: signing in: no"), MailboxError("imap.example: down")])
def test_a_mailbox_that_does_not_open_ends_its_lines(error: MailboxError) -> None:
    mailbox = FakeMailbox()
    mailbox.failures.append(error)
    (line,) = try_mailbox(mailbox, folder="INBOX", processed_folder=None)
    assert (line.grade, line.says) == (Grade.MEND, str(error))


class SubmissionThat:
    """A submission server that lets us in, or says this."""

    def __init__(self, error: DeliveryError | None = None) -> None:
        self._error = error

    def sign_in(self) -> None:
        if self._error is not None:
            raise self._error


@pytest.mark.parametrize(
    ("error", "grade"),
    [(None, Grade.OK), (SubmissionRefused("535 no"), Grade.MEND), (TransientDeliveryError("down"), Grade.MEND)],
)
def test_submission_is_tried_by_signing_in(error: DeliveryError | None, grade: Grade) -> None:
    assert try_submission(SubmissionThat(error)).grade is grade


# --- probes


class Post(FakeTransport):
    """A submission server whose mail to the shop lands in the shop's mailbox, after `change` has seen it."""

    def __init__(self, mailbox: FakeMailbox, *, change: Callable[[bytes], bytes], plus: bool) -> None:
        super().__init__()
        self._mailbox = mailbox
        self._change = change
        self._plus = plus

    def send(self, envelope: Envelope, raw: bytes) -> None:
        super().send(envelope, raw)
        if envelope.recipient == RETURNS or (self._plus and envelope.recipient.startswith("returns+")):
            self._mailbox.deliver(self._change(raw), datetime.now(UTC))


def unchanged(raw: bytes) -> bytes:
    return raw


def probed(
    desk: DeskForTests,
    *,
    change: Callable[[bytes], bytes] = unchanged,
    plus: bool = True,
    reply_seconds: float = 0.0,
) -> dict[str, Line]:
    """The lines of a probe, by what they are about."""
    desk.transport = Post(desk.mailbox, change=change, plus=plus)
    lines = list(probe(desk.desk, desk.servers, seconds=0.2, reply_seconds=reply_seconds))
    return {line.what: line for line in lines}


def mark(desk: DeskForTests, name: str) -> object:
    with desk.store.reading() as tx:
        return tx.mark(name)


def test_probes_come_back_and_what_they_show_is_kept(desk: DeskForTests) -> None:
    def strip(raw: bytes) -> bytes:
        return re.sub(rb"(?m)^Authentication-Results:.*\r\n", b"", raw)

    lines = probed(desk, change=strip)
    assert {what: line.grade.value for what, line in lines.items()} == {
        "agents' mail": "ok",
        "probe": "ok",
        "Message-ID": "ok",
        "forged proof": "ok",
        "plus addresses": "ok",
        "sent copies": "note",
    }
    assert (mark(desk, PLUS_ADDRESSES_ARRIVE), mark(desk, KEEPS_SENT_COPIES)) == (True, False)


def test_probes_are_put_away_and_open_no_claim(desk: DeskForTests) -> None:
    probed(desk)
    assert [handled for _, handled in desk.mailbox.acknowledged] == [True, True]
    desk.pass_once()
    assert (desk.claims(), len(desk.sent_to(RETURNS))) == ([], 1)


def test_a_mail_of_a_customer_that_arrives_meanwhile_is_left_alone(desk: DeskForTests) -> None:
    def with_company(raw: bytes) -> bytes:
        desk.mailbox.deliver(raw_mail(), datetime.now(UTC))
        return raw

    assert probed(desk, change=with_company)["probe"].grade is Grade.OK
    assert [uid for uid, _ in desk.mailbox.acknowledged] == [2, 4]


def test_a_probe_that_does_not_arrive_is_to_be_mended(desk: DeskForTests) -> None:
    desk.transport = FakeTransport()
    lines = {line.what: line for line in probe(desk.desk, desk.servers, seconds=0.05)}
    assert lines["probe"].grade is Grade.MEND
    assert RETURNS in lines["probe"].says


def test_plus_addresses_that_do_not_arrive_are_not_used(desk: DeskForTests) -> None:
    assert probed(desk, plus=False)["plus addresses"].grade is Grade.NOTE
    assert mark(desk, PLUS_ADDRESSES_ARRIVE) is False


def test_plus_addresses_that_the_configuration_promises_must_arrive(desk: DeskForTests) -> None:
    assert probed(desk.with_shop(plus_addresses=True), plus=False)["plus addresses"].grade is Grade.MEND


@pytest.mark.parametrize(
    ("lost", "grade"),
    [
        (rb"(?m)^Message-ID: .*\r\n", Grade.NOTE),
        (rb"(?m)^X-Mailbot-Ref: .*\r\n", Grade.OK),
        (rb"(?m)^(Message-ID|X-Mailbot-Ref): .*\r\n", Grade.MEND),
    ],
)
def test_letters_must_keep_one_of_their_two_names(desk: DeskForTests, lost: bytes, grade: Grade) -> None:
    def relay(raw: bytes) -> bytes:
        return re.sub(lost, b"", raw)

    assert probed(desk, change=relay)["Message-ID"].grade is grade


@pytest.mark.parametrize(("require", "grade"), [("both", Grade.NOTE), ("proof", Grade.MEND)])
def test_a_server_that_leaves_forged_proofs_in_is_told(desk: DeskForTests, require: str, grade: Grade) -> None:
    line = probed(desk.with_shop(require=require))["forged proof"]
    assert line.grade is grade
    assert "RFC 8601" in line.how


def test_a_copy_in_the_sent_folder_is_seen_and_kept_in_mind(desk: DeskForTests) -> None:
    def copied(raw: bytes) -> bytes:
        found = re.search(rb"(?m)^Message-ID: (\S+)", raw)
        assert found is not None
        desk.sent_folder.keep(message_id=found[1].decode(), reference="", sent_on=desk.clock().date())
        return raw

    assert probed(desk, change=copied)["sent copies"].grade is Grade.OK
    assert mark(desk, KEEPS_SENT_COPIES) is True


def test_copies_that_the_configuration_promises_must_be_there(desk: DeskForTests) -> None:
    desk.keeps_copies = True
    assert probed(desk)["sent copies"].grade is Grade.MEND


def test_a_shop_whose_address_takes_no_mail_hears_what_the_server_said(desk: DeskForTests) -> None:
    desk.transport.replies.append(PermanentDeliveryError("550 no such user"))
    (line,) = probe(desk.desk, desk.servers, seconds=0.05)
    assert line.grade is Grade.MEND
    assert "550 no such user" in line.says


def test_nothing_is_sent_where_the_mailbox_does_not_open(desk: DeskForTests) -> None:
    desk.mailbox.failures.append(MailboxError("down"))
    (line,) = probe(desk.desk, desk.servers, seconds=0.05)
    assert (line.grade, desk.transport.tried) == (Grade.MEND, [])


def test_a_connection_that_is_lost_while_waiting_is_told(desk: DeskForTests) -> None:
    desk.mailbox.failures.extend([None, MailboxError("connection reset")])
    lines = {line.what: line for line in probe(desk.desk, desk.servers, seconds=0.05)}
    assert (lines["probe"].grade, "connection reset" in lines["probe"].says) == (Grade.MEND, True)


def test_each_agent_is_asked_to_reply(desk: DeskForTests) -> None:
    probed(desk)
    (asked,) = desk.sent_to(LEA)
    assert "Please reply to this mail" in asked.text


@pytest.mark.parametrize(
    ("dmarc", "authserv_id", "grade", "says"),
    [
        ("pass", "mx.shop.example", Grade.OK, "commands by mail work"),
        ("none", "mx.shop.example", Grade.MEND, "no dmarc=pass"),
        ("pass", "other.example", Grade.MEND, "no dmarc=pass"),
        (None, "", Grade.MEND, "no dmarc=pass"),
    ],
)
def test_a_reply_shows_what_it_proves(dmarc: str | None, authserv_id: str, grade: Grade, says: str) -> None:
    desk = desk_for_tests()

    class AnsweringPost(Post):
        def send(self, envelope: Envelope, raw: bytes) -> None:
            super().send(envelope, raw)
            if envelope.recipient == LEA:
                reply = raw_mail("Yes.", sender=LEA, answers=raw, dmarc=dmarc, authserv_id=authserv_id)
                self._mailbox.deliver(reply, datetime.now(UTC))

    desk.transport = AnsweringPost(desk.mailbox, change=unchanged, plus=True)
    lines = list(probe(desk.desk, desk.servers, seconds=0.2, reply_seconds=0.2))
    assert (lines[-1].what, lines[-1].grade) == ("agents' proof", grade)
    assert says in lines[-1].says


def test_an_agent_who_does_not_reply_is_noted_by_address(desk: DeskForTests) -> None:
    line = probed(desk, reply_seconds=0.05)["agents' proof"]
    assert (line.grade, LEA in line.says) == (Grade.NOTE, True)

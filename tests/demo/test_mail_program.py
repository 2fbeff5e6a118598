"""The demo's people write as mail programs do: in the thread, to the Reply-To, quoting below."""

from collections.abc import Iterator

import pytest

from mailbot.demo import mail_program
from mailbot.demo.mail_program import MailProgram, NoMailCame
from mailbot.demo.pictures import Picture
from mailbot.demo.servers import AcceptedMail, EmbeddedServers, mail_servers
from mailbot.demo.shop import ANNA, JONAS, MIA, PASSWORD, Person
from mailbot.mail.inbound import InboundMail
from mailbot.mail.parse import parse


@pytest.fixture
def accepted() -> list[AcceptedMail]:
    return []


@pytest.fixture
def servers(accepted: list[AcceptedMail]) -> Iterator[EmbeddedServers]:
    accounts = {one.address: PASSWORD for one in (ANNA, JONAS, MIA)}
    with mail_servers(accounts, on_accept=accepted.append) as running:
        yield running


def program(person: Person, servers: EmbeddedServers) -> MailProgram:
    return MailProgram(person, host=servers.host, imap_port=servers.imap_port, smtp_port=servers.smtp_port)


def answered(servers: EmbeddedServers, accepted: list[AcceptedMail], *, by: Person) -> tuple[InboundMail, str]:
    """A letter of Mia's and the answer to it: what was accepted last, and the letter's Message-ID."""
    with program(MIA, servers) as mia, program(by, servers) as writer:
        mia.write(
            by.address, "Your case", "First line.\nSecond line.", headers={"Reply-To": "mia+t0ken@kestrel.example",
            "References": "<older@post.example>"},
        )  # fmt: skip
        letter = writer.wait_for(lambda _mail: True)
        writer.answer(letter, "Here you are.", (Picture(filename="back.jpg", content=b"\xff\xd8\xff"),))
    return parse(accepted[-1].raw), str(letter["Message-ID"])


def test_an_answer_stays_in_the_thread_and_goes_to_the_reply_to(
    servers: EmbeddedServers, accepted: list[AcceptedMail]
) -> None:
    answer, message_id = answered(servers, accepted, by=ANNA)
    assert answer.in_reply_to == message_id
    assert answer.references == ("<older@post.example>", message_id)
    assert accepted[-1].recipients == ("mia+t0ken@kestrel.example",)
    assert answer.subject == "Re: Your case"
    assert [one.filename for one in answer.attachments] == ["back.jpg"]


def test_an_answer_quotes_below_what_it_answers(servers: EmbeddedServers, accepted: list[AcceptedMail]) -> None:
    answer, _ = answered(servers, accepted, by=ANNA)
    assert answer.text.startswith("Here you are.\n")
    assert answer.text.rstrip().endswith("wrote:\n> First line.\n> Second line.")
    assert answer.reply_text.strip() == "Here you are."


def test_a_german_program_answers_in_german(servers: EmbeddedServers, accepted: list[AcceptedMail]) -> None:
    answer, _ = answered(servers, accepted, by=JONAS)
    assert answer.subject == "AW: Your case"
    assert "schrieb Mia Novak <mia@kestrel.example>:\n> First line." in answer.text


def test_mails_that_do_not_fit_wait_for_a_later_look(servers: EmbeddedServers) -> None:
    with program(MIA, servers) as mia, program(ANNA, servers) as anna:
        for subject in ("first", "second", "third"):
            mia.write(ANNA.address, subject, "Text.")
        seen = [anna.wait_for(lambda mail: mail["Subject"] == "second"), *(anna.wait_for(bool) for _ in range(2))]
    assert [str(mail["Subject"]) for mail in seen] == ["second", "first", "third"]


def test_who_waits_in_vain_says_so(servers: EmbeddedServers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail_program, "_TIMEOUT_SECONDS", 0.3)
    with program(ANNA, servers) as anna, pytest.raises(NoMailCame, match="Anna Weaver waited"):
        anna.wait_for(lambda _mail: True)

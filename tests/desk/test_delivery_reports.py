"""A report about a letter of ours marks its claim; a forged one marks nothing (ATTACKS A8)."""

import pytest

from mailbot.claims.words import Status
from tests.builders import ANNA, LEA, DeskForTests, Sent, raw_mail


def report(
    original: Sent, *, recipient: str = ANNA, message_id: str = "", reference: str | None = None, action: str = "failed"
) -> bytes:
    """A DSN (RFC 3464) about a letter of ours."""
    status = {"failed": "5.1.1", "delayed": "4.4.1", "delivered": "2.0.0"}[action]
    ref = original.message["X-Mailbot-Ref"] if reference is None else reference
    lines = [
        "Return-Path: <>",
        "From: Mail Delivery System <mailer-daemon@mail.example>",
        "To: returns@shop.example",
        "Subject: Undelivered Mail Returned to Sender",
        "Date: Thu, 05 Nov 2026 10:05:00 +0000",
        f"Message-ID: <dsn-{recipient}-{action}-{message_id.strip('<>') or 'x'}@mail.example>",
        "MIME-Version: 1.0",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain",
        "",
        "This is the mail system. Your message could not be delivered.",
        "--b",
        "Content-Type: message/delivery-status",
        "",
        "Reporting-MTA: dns; mail.example",
        "",
        f"Final-Recipient: rfc822; {recipient}",
        f"Action: {action}",
        f"Status: {status}",
        "",
        "--b",
        "Content-Type: message/rfc822",
        "",
        f"Message-ID: {message_id or original.message['Message-ID']}",
        *([f"X-Mailbot-Ref: {ref}"] if ref else []),
        "Subject: Re: My earphones are broken",
        "",
        "body",
        "--b--",
        "",
    ]
    return "\r\n".join(lines).encode()


@pytest.fixture
def answered(desk: DeskForTests) -> DeskForTests:
    """A desk that asked Anna for her photos."""
    desk.receive(raw_mail(dmarc="pass"))
    return desk


def test_a_letter_that_came_back_marks_its_claim_and_calls_a_person(answered: DeskForTests) -> None:
    row = answered.receive(report(answered.sent_to(ANNA)[0]))
    claim = answered.claim()
    assert row.route == "reports_delivery"
    assert (claim.undeliverable, claim.needs_agent, claim.status) == (True, True, Status.AWAITING_CUSTOMER)
    assert "undeliverable" in answered.events()
    assert len(answered.sent_to(LEA)) == 1
    assert len(answered.sent_to(ANNA)) == 1


def test_a_relay_that_rewrote_the_message_id_is_known_by_our_reference(answered: DeskForTests) -> None:
    answered.receive(report(answered.sent_to(ANNA)[0], message_id="<rewritten@relay.example>"))
    assert answered.claim().undeliverable


@pytest.mark.parametrize(
    "forged",
    [
        {"recipient": "somebody@else.example"},
        {"message_id": "<never-sent@shop.example>", "reference": ""},
        {"message_id": "<never-sent@shop.example>", "reference": "a" * 32},
        {"action": "delayed"},
        {"action": "delivered"},
    ],
)
def test_a_report_about_no_letter_of_ours_changes_nothing(answered: DeskForTests, forged: dict[str, str]) -> None:
    before = answered.claim()
    answered.receive(report(answered.sent_to(ANNA)[0], **forged))
    assert answered.claim() == before
    assert answered.sent_to(LEA) == []


def test_no_report_is_ever_answered_or_opens_a_claim(answered: DeskForTests) -> None:
    sent = len(answered.transport.sent)
    answered.receive(report(answered.sent_to(ANNA)[0], recipient="somebody@else.example"))
    assert (len(answered.transport.sent), len(answered.claims())) == (sent, 1)
    assert answered.sent_to("mailer-daemon@mail.example") == []


def test_nobody_is_reminded_at_an_address_that_mail_does_not_reach(answered: DeskForTests) -> None:
    answered.receive(report(answered.sent_to(ANNA)[0]))
    answered.clock.pass_time(days=20)
    assert answered.timers() == []


def test_a_strangers_bouncing_address_does_not_mark_the_customers_claim(answered: DeskForTests) -> None:
    answered.receive(raw_mail("Me.", sender="gone@evil.example", answers=answered.sent_to(ANNA)[0], dmarc="pass"))
    answered.receive(report(answered.sent_to("gone@evil.example")[0], recipient="gone@evil.example"))
    assert not answered.claim().undeliverable


def test_the_customers_next_mail_says_that_a_person_still_has_to_look(answered: DeskForTests) -> None:
    answered.receive(report(answered.sent_to(ANNA)[0]))
    answered.receive(raw_mail("Any news?", answers=answered.sent_to(ANNA)[0], dmarc="pass"))
    assert answered.claim().needs_agent

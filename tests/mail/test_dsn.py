import pytest

from mailbot.mail.inbound import DeliveryStatus, InboundMail
from mailbot.mail.parse import parse
from tests.mail.messages import multipart, raw

RETURNED = (
    "Content-Type: message/rfc822\n\nFrom: returns@shop.example\nMessage-ID: <k3@shop.example>\n"
    "X-Mailbot-Ref: k3\nSubject: Re: Camera\n\nGood morning"
)


def status(*recipients: str) -> str:
    return "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.mail.example\n\n" + "\n\n".join(recipients)


def report(*each: str, kind: str = "report; report-type=delivery-status") -> InboundMail:
    return parse(
        multipart(
            "\n\nIt could not be delivered.",
            *each,
            kind=kind,
            sender="Mail System <mailer-daemon@mx.mail.example>",
            subject="Undelivered Mail Returned to Sender",
        )
    )


FAILED = "Final-Recipient: rfc822; anna@mail.example\nAction: failed\nStatus: 5.1.1"


def test_a_report_names_recipient_status_and_our_letter() -> None:
    mail = report(status(FAILED), RETURNED)
    assert mail.kind_hint == "bounce"
    assert mail.delivery_statuses == (DeliveryStatus(recipient="anna@mail.example", action="failed", status="5.1.1"),)
    assert mail.bounced_recipients == ("anna@mail.example",)
    assert mail.original_message_id == "<k3@shop.example>"
    assert mail.own_reference == "k3"
    assert mail.silent
    assert mail.automatic
    assert mail.attachments == ()  # the returned letter is no file that somebody sent us
    assert not mail.forwarded


@pytest.mark.parametrize(
    "block, recipient, action, code",
    [
        (FAILED, "anna@mail.example", "failed", "5.1.1"),
        ("Final-Recipient: RFC822;<anna@mail.example>\nAction: Failed (no such user)\n"
        "Status: 5.1.1 (bad)", "anna@mail.example", "failed", "5.1.1"),
        ("Original-Recipient: rfc822;anna@mail.example\nFinal-Recipient: rfc822;x@relay.example\n"
        "Action: failed\nStatus: 5.0.0", "anna@mail.example", "failed", "5.0.0"),
        ("Final-Recipient: anna@mail.example\nAction: failed\nStatus: 5.2.2", "anna@mail.example", "failed", "5.2.2"),
        ("Final-Recipient: rfc822; anna@mail.example\nAction: delayed\n"
        "Status: 4.4.1", "anna@mail.example", "delayed", "4.4.1"),
        ("Final-Recipient: rfc822; anna@mail.example\nStatus: 4.4.1", "anna@mail.example", "delayed", "4.4.1"),
        ("Final-Recipient: rfc822; anna@mail.example\nAction: delivered\n"
        "Status: 2.0.0", "anna@mail.example", "delivered", "2.0.0"),
        ("Final-Recipient: rfc822; anna@mail.example\nAction: relayed\n"
        "Status: 2.0.0", "anna@mail.example", "relayed", "2.0.0"),
        ("Final-Recipient: rfc822; anna@mail.example\nAction: gone\n"
        "Status: 5.0.0", "anna@mail.example", "failed", "5.0.0"),
        ("Final-Recipient: rfc822; anna@mail.example\nAction: failed\n"
        "Diagnostic-Code: smtp; 550 5.1.1 unknown", "anna@mail.example", "failed", "5.1.1"),
    ],
)  # fmt: skip
def test_a_block_of_a_report_is_read(block: str, recipient: str, action: str, code: str) -> None:
    mail = report(status(block))
    assert mail.delivery_statuses == (DeliveryStatus(recipient=recipient, action=action, status=code),)
    assert mail.bounced_recipients == ((recipient,) if action == "failed" else ())


def test_a_report_may_hold_several_recipients() -> None:
    mail = report(status(FAILED, FAILED.replace("anna", "bea").replace("failed", "delayed")))
    assert [(each.recipient, each.action) for each in mail.delivery_statuses] == [
        ("anna@mail.example", "failed"),
        ("bea@mail.example", "delayed"),
    ]
    assert mail.bounced_recipients == ("anna@mail.example",)


@pytest.mark.parametrize(
    "returned",
    [
        RETURNED,
        "Content-Type: text/rfc822-headers\n\nMessage-ID: <k3@shop.example>\nX-Mailbot-Ref: k3\n",
        "Content-Type: message/rfc822-headers\n\nMessage-ID: <k3@shop.example>\nX-Mailbot-Ref: k3\n",
    ],
)
def test_our_letter_is_known_by_its_returned_headers(returned: str) -> None:
    mail = report(status(FAILED), returned)
    assert (mail.original_message_id, mail.own_reference) == ("<k3@shop.example>", "k3")


@pytest.mark.parametrize(
    "sender, subject, headers, text, recipients",
    [
        ("<mailer-daemon@mx.example>", "failure notice", [], "Sorry, it failed.\n\n<anna@mail.example>:\n"
        "no such user", ("anna@mail.example",)),
        ("Mail Delivery System <Mailer-Daemon@mx.example>", "Mail delivery failed: returning message to sender",
         ["X-Failed-Recipients: anna@mail.example"], "A message that you sent could not be "
         "delivered.", ("anna@mail.example",)),
        ("postmaster@mx.example", "Unzustellbar: Kamera", [], "Nicht zugestellt an:\n"
        "  anna@mail.example", ("anna@mail.example",)),
        ("System Administrator <postmaster@mx.example>", "Undeliverable: Re: Camera", [], "Your message\n\n"
         "  To:      list@other.example\n  Subject: Camera\n\ndid not reach the following recipient(s):\n\n"
         "c=US;a= ;p=X;o=Y;dda:SMTP=anna@mail.example; on Fri\n    The recipient name is not recognized\n",
         ("anna@mail.example",)),
        ("<mailer@mx.example>", "Mail Delivery Warning", [], "Delivery of e-mail to\n\n\"anna@mail.example\"\n\n"
         "has been postponed due to a full mailbox.\nWe will continue to try.", ()),
        ("<postmaster@mx.example>", "Warning: message delayed 24 hours", [], "will be retried\n"
        " anna@mail.example", ()),
    ],
)  # fmt: skip
def test_reports_without_the_standard_are_read(
    sender: str, subject: str, headers: list[str], text: str, recipients: tuple[str, ...]
) -> None:
    mail = parse(raw(text, sender=sender, subject=subject, headers=headers))
    assert mail.kind_hint == "bounce"
    assert mail.bounced_recipients == recipients


def test_our_letter_is_known_from_the_copy_in_the_text() -> None:
    text = (
        "Could not be delivered:\n<anna@mail.example>\n\n--- Below this line is a copy of the message.\n\n"
        "Message-ID: <k3@shop.example>\nX-Mailbot-Ref: k3\nFrom: returns@shop.example\n"
    )
    mail = parse(raw(text, sender="<mailer-daemon@mx.example>", subject="failure notice"))
    assert (mail.original_message_id, mail.own_reference) == ("<k3@shop.example>", "k3")
    assert mail.bounced_recipients == ("anna@mail.example",)


@pytest.mark.parametrize(
    "content",
    [
        raw("My parcel was returned to sender, it could not be delivered.", subject="Delivery problem"),
        raw("It did not reach me.", subject="Delivery failed"),
        raw("The user is unknown to me.", subject="Undelivered parcel 100482913"),
        raw("hello", sender="postmaster@mail.example", subject="Camera"),
        multipart(
            "\n\nsee below",
            "Content-Type: message/rfc822\n\nFrom: a@x.example\n\nFinal-Recipient: rfc822; a@x",
        ),
    ],
)
def test_a_customer_who_writes_of_deliveries_is_no_bounce(content: bytes) -> None:
    mail = parse(content)
    assert mail.kind_hint == ""
    assert mail.delivery_statuses == ()


def test_a_report_inside_an_attached_mail_is_no_report_on_ours() -> None:
    inner = (
        "Content-Type: message/rfc822\n\nFrom: a@x.example\nContent-Type: multipart/report; boundary=i1\n\n"
        f"--i1\n{status(FAILED)}\n--i1--\n"
    )
    mail = parse(multipart("\n\nlook at this", inner))
    assert mail.kind_hint == ""
    assert mail.bounced_recipients == ()

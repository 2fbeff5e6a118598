import re
from datetime import datetime, timedelta, timezone
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.mail.compose import InlineImage, NotComposable, OutboundFile, compose
from mailbot.mail.inbound import Address
from mailbot.mail.parse import parse

SHOP = Address(name="Shop Example", address="returns@shop.example")
ANNA = Address(name="Anna Berg", address="anna@mail.example")
EXPECTED = {
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "X-Mailbot-Ref",
    "Auto-Submitted",
    "X-Auto-Response-Suppress",
    "MIME-Version",
    "Content-Type",
}


def composed(**changed: Any) -> bytes:
    arguments: dict[str, Any] = {
        "sender": SHOP,
        "recipient": ANNA,
        "subject": "Re: Camera [RMA-7F3K2Q]",
        "text": "Good morning,\nthank you.\n",
        "html": "<p>Good morning,<br>thank you.</p>",
        "message_id": "<k3@shop.example>",
        "reference": "k3",
        "date": datetime(2026, 11, 5, 9, 12, tzinfo=timezone(timedelta(hours=1))),
        "auto_submitted": "auto-replied",
    }
    return compose(**(arguments | changed))


def read(raw: bytes) -> EmailMessage:
    message = message_from_bytes(raw, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def test_a_letter_carries_its_headers_and_both_texts() -> None:
    raw = composed(
        in_reply_to="<m1@mail.example>",
        references=("<m0@mail.example>", "<m1@mail.example>"),
        reply_to="returns+k7@shop.example",
    )
    message = read(raw)
    assert {name: str(value) for name, value in message.items() if name != "Content-Type"} == {
        "From": "Shop Example <returns@shop.example>",
        "To": "Anna Berg <anna@mail.example>",
        "Subject": "Re: Camera [RMA-7F3K2Q]",
        "Date": "Thu, 05 Nov 2026 09:12:00 +0100",
        "Message-ID": "<k3@shop.example>",
        "X-Mailbot-Ref": "k3",
        "Reply-To": "returns+k7@shop.example",
        "In-Reply-To": "<m1@mail.example>",
        "References": "<m0@mail.example> <m1@mail.example>",
        "Auto-Submitted": "auto-replied",
        "X-Auto-Response-Suppress": "OOF, AutoReply",
        "MIME-Version": "1.0",
    }
    assert message.get_content_type() == "multipart/alternative"
    mail = parse(raw)
    assert mail.text_part == "Good morning,\nthank you."
    assert mail.html_text == "Good morning,\nthank you."


def test_the_same_arguments_give_the_same_bytes() -> None:
    changed: dict[str, Any] = {
        "inline_images": [InlineImage(content_id="logo", content_type="image/png", content=b"\x89PNG")],
        "attachments": [OutboundFile(filename="slip.pdf", content_type="application/pdf", content=b"%PDF" * 50)],
    }
    assert composed(**changed) == composed(**changed)


def test_two_letters_have_two_boundaries() -> None:
    boundaries = {re.findall(rb'boundary="([^"]+)"', composed(reference=reference))[0] for reference in ("k3", "k4")}
    assert len(boundaries) == 2


def test_pictures_and_files_arrive_as_they_were() -> None:
    raw = composed(
        inline_images=[InlineImage(content_id="logo", content_type="image/png", content=b"\x89PNG\r\n")],
        attachments=[
            OutboundFile(filename="Rücksendung.pdf", content_type="application/pdf", content=bytes(range(256)))
        ],
    )
    mail = parse(raw)
    assert [(each.filename, each.content_type, each.content, each.content_id) for each in mail.attachments] == [
        ("", "image/png", b"\x89PNG\r\n", "logo"),
        ("Rücksendung.pdf", "application/pdf", bytes(range(256)), ""),
    ]
    assert read(raw).get_content_type() == "multipart/mixed"


def test_a_letter_of_text_alone_is_one_part() -> None:
    assert read(composed(html="")).get_content_type() == "text/plain"


def test_what_we_write_we_read() -> None:
    mail = parse(composed(text="Größe – 5 €\n.\nFrom here\n" + "x" * 2000, html=""))
    assert mail.text.startswith("Größe – 5 €\n.\nFrom here\nxxx")
    assert mail.sender == SHOP
    assert mail.subject == "Re: Camera [RMA-7F3K2Q]"
    assert mail.automatic == "Auto-Submitted: auto-replied"
    assert mail.defects == ()


INJECTIONS = [
    "a\r\nBcc: evil@x.example",
    "a\nBcc: evil@x.example",
    "a\rBcc: evil@x.example",
    "a\r\n\r\n<p>body</p>",
    "a\0b",
    "a\u2028Bcc: evil@x.example",
    "a\x85Bcc: evil@x.example",
    "=?utf-8?q?a=0D=0ABcc:_evil@x.example?=",
    '"; Bcc: evil@x.example',
    "a\x0b\x0c\x1c\x1d\x1eb",
    "x" * 5000,
    "é" * 2000,
]


@pytest.mark.parametrize("value", INJECTIONS)
@pytest.mark.parametrize("place", ["subject", "name", "text", "html", "filename"])
def test_no_value_makes_a_header_of_its_own(place: str, value: str) -> None:
    places: dict[str, dict[str, Any]] = {
        "subject": {"subject": value},
        "name": {"recipient": Address(name=value, address="anna@mail.example")},
        "text": {"text": value},
        "html": {"html": value},
        "filename": {"attachments": [OutboundFile(filename=value, content_type="image/png", content=b"x")]},
    }
    raw = composed(**places[place])
    message = read(raw)
    assert set(message.keys()) == EXPECTED
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert message["To"].addresses[0].addr_spec == "anna@mail.example"


@pytest.mark.parametrize("ending", ["\r\n.\r\n", "\n.\n", "\r.\r", "\n.\r\n", "\r\n.\n"])
def test_no_text_ends_the_message_early(ending: str) -> None:
    raw = composed(text=f"a{ending}MAIL FROM:<evil@x.example>", html="")
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)


@pytest.mark.parametrize(
    "changed, told",
    [
        ({"recipient": Address(name="", address="a b@mail.example")}, "not a safe address"),
        (
            {"recipient": Address(name="", address="a@mail.example>\r\nRCPT TO:<b@x.example")},
            "not a safe address",
        ),
        ({"recipient": Address(name="", address="")}, "not a safe address"),
        ({"sender": Address(name="", address="nobody")}, "not a safe address"),
        ({"reply_to": "a@b@c"}, "not a safe address"),
        ({"message_id": "k3@shop.example"}, "not a Message-ID"),
        ({"message_id": "<k3@shop.example>\r\nX: y"}, "not a Message-ID"),
        ({"reference": "k3\r\nX: y"}, "not a reference"),
        ({"reference": ""}, "not a reference"),
        ({"date": datetime(2026, 11, 5)}, "time zone"),  # noqa: DTZ001 - the naive moment is what is refused
        (
            {"inline_images": [InlineImage(content_id="a b", content_type="image/png", content=b"")]},
            "not a Content-ID",
        ),
    ],
)
def test_what_no_mail_may_carry_is_refused(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(NotComposable, match=told):
        composed(**changed)


def test_ids_that_a_sender_made_unwritable_are_left_out() -> None:
    message = read(composed(in_reply_to="<a\u00e9@x>", references=("<a@x>", "<b c@x>", "<d\r\nX: y@x>", "<plain>")))
    assert message["In-Reply-To"] is None
    assert message["References"] == "<a@x> <plain>"


def test_long_ids_are_written_as_they_are() -> None:
    references = tuple(f"<{'b' * 200}{number}@x.example>" for number in range(20))
    raw = composed(references=references)
    assert parse(raw).references == references
    assert b"=?" not in raw


def test_an_international_domain_is_written_as_its_a_label() -> None:
    raw = composed(recipient=Address(name="Anna", address="anna@münchen.example"))
    assert b"anna@xn--mnchen-3ya.example" in raw
    assert raw.isascii()


def test_an_international_local_part_makes_the_headers_utf_8() -> None:
    raw = composed(recipient=Address(name="Jörg", address="jörg@mail.example"))
    assert "jörg@mail.example".encode() in raw


def test_a_foreign_media_type_becomes_a_plain_file() -> None:
    mail = parse(composed(attachments=[OutboundFile(filename="a", content_type="text/html\r\nX: y", content=b"x")]))
    assert [(each.content_type, each.content) for each in mail.attachments] == [("application/octet-stream", b"x")]


@settings(max_examples=80)
@given(st.text(max_size=300), st.text(max_size=80), st.text(max_size=80))
def test_any_text_composes_to_one_message(text: str, name: str, subject: str) -> None:
    raw = composed(text=text, html=text, subject=subject, recipient=Address(name=name, address="anna@mail.example"))
    assert not re.search(rb"\r(?!\n)|(?<!\r)\n", raw)
    assert set(read(raw).keys()) <= EXPECTED | {"Content-Transfer-Encoding"}

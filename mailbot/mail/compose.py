"""A letter's text to the bytes of a mail: same arguments, same bytes, and no value can break out of its line."""

import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.headerregistry import Address as HeaderAddress
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage, MIMEPart
from email.policy import SMTP, SMTPUTF8, EmailPolicy
from email.utils import format_datetime
from functools import cache, lru_cache
from typing import Any, Literal

from mailbot.mail.addresses import domain_of, is_safe_recipient
from mailbot.mail.decoding import clean_line, clean_text
from mailbot.mail.inbound import Address
from mailbot.mail.parse import clean_filename

# What a sender chose as his id may be written back as long as it is one visible word; some have no @.
_FOREIGN_ID = re.compile(r"<[!-;=?-~]{1,250}>")
_MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}@[!-;=?-~]{1,250}>")
_REFERENCE = re.compile(r"[!-~]{1,200}")
# RFC 5322 section 2.1.1 allows 998 characters. At the usual 78 the stdlib would write a long Message-ID as encoded
# words, which no mail program takes for an id.
_LONGEST_LINE = 900
_MAX_NAME = 100


class _Registry(HeaderRegistry):
    """The stdlib's classes of headers, each made once: it would make one anew for every header that is written."""

    def __init__(self) -> None:
        super().__init__()
        self._made: dict[type, type] = {}

    def __getitem__(self, name: str) -> type:
        kind = self.registry.get(name.lower(), self.default_class)
        if kind not in self._made:
            self._made[kind] = super().__getitem__(name)
        return self._made[kind]


_ASCII = SMTP.clone(header_factory=_Registry())
_UTF_8 = SMTPUTF8.clone(header_factory=_Registry())
# The same few values in every letter.
_REPEATED = frozenset(("Auto-Submitted", "X-Auto-Response-Suppress"))


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundFile:
    """A file that goes with a letter."""

    filename: str
    content_type: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class InlineImage:
    """A picture that the HTML shows as `cid:CONTENT_ID` (RFC 2392)."""

    content_id: str
    content_type: str
    content: bytes
    filename: str = ""


class NotComposable(ValueError):
    """An argument that no mail may carry: an unsafe address, a malformed id. Trying again does not help."""


def compose(
    *,
    sender: Address,
    recipient: Address,
    subject: str,
    text: str,
    html: str,
    message_id: str,
    reference: str,
    date: datetime,
    in_reply_to: str = "",
    references: Sequence[str] = (),
    reply_to: str = "",
    auto_submitted: Literal["auto-replied", "auto-generated"],
    inline_images: Sequence[InlineImage] = (),
    attachments: Sequence[OutboundFile] = (),
) -> bytes:
    """The whole message, lines ending in CRLF only (ATTACKS A11), boundaries made from `reference` (the outbox row's).

    `html` may be "": then the letter is text alone. `date` must be aware. Where an address is not ASCII the headers are
    UTF-8 (RFC 6532) and the transport needs SMTPUTF8. Ids of a thread that could not be written back are left out.
    Raises NotComposable where an address, the Message-ID or the reference is none.
    """
    if date.tzinfo is None:
        raise NotComposable("the date of a letter needs a time zone")
    if not _MESSAGE_ID.fullmatch(message_id):
        raise NotComposable(f"not a Message-ID: {message_id!r}")
    if not _REFERENCE.fullmatch(reference):
        raise NotComposable(f"not a reference: {reference!r}")
    parties = [sender.address, recipient.address, *([reply_to] if reply_to else [])]
    policy = _ASCII if all(each.isascii() for each in map(_with_a_label, parties)) else _UTF_8

    message = EmailMessage(policy=policy)
    headers = [
        ("From", _from(policy, sender)),
        ("To", _mailbox(recipient)),
        ("Subject", _unencoded(subject)),
        ("Date", format_datetime(date)),
        ("Message-ID", message_id),
        ("X-Mailbot-Ref", reference),
    ]
    if reply_to:
        headers.append(("Reply-To", _mailbox(Address(name="", address=reply_to))))
    if _FOREIGN_ID.fullmatch(in_reply_to):
        headers.append(("In-Reply-To", in_reply_to))
    if thread := [each for each in references if _FOREIGN_ID.fullmatch(each)]:
        headers.append(("References", " ".join(thread)))
    headers.append(("Auto-Submitted", auto_submitted))
    # RFC 3834 keeps answers of machines away from us; Exchange does not read it and has a header of its own (MS-OXCMAIL
    # 2.2.3.2.14).
    headers.append(("X-Auto-Response-Suppress", "OOF, AutoReply"))
    for name, value in headers:
        message[name] = _known(policy, name, value) if name in _REPEATED else value

    plain = _text_part(policy, "plain", text)
    if html:
        shown = _text_part(policy, "html", html)
        message["MIME-Version"] = _known(policy, "MIME-Version", "1.0")
        message["Content-Type"] = f'multipart/alternative; boundary="{_boundary(reference, 0)}"'
        message.set_payload([plain, shown])
        for image in inline_images:
            maintype, subtype = _media_type(image.content_type)
            shown.add_related(
                image.content,
                maintype=maintype,
                subtype=subtype,
                cid=f"<{_content_id(image.content_id)}>",
                disposition="inline",
                filename=_unencoded(clean_filename(image.filename)) or None,
            )
    else:
        message["MIME-Version"] = _known(policy, "MIME-Version", "1.0")
        for name, value in plain.items():
            message[name] = value
        message.set_payload(plain.get_payload())
    for file in attachments:
        maintype, subtype = _media_type(file.content_type)
        message.add_attachment(
            file.content,
            maintype=maintype,
            subtype=subtype,
            filename=_unencoded(clean_filename(file.filename)) or "file",
        )
    if inline_images or attachments:
        _fix_boundaries(message, reference)
    raw = message.as_bytes(policy=_with_long_lines(policy))
    _check(raw, [name for name, _ in headers])
    return raw


@cache
def _with_long_lines(policy: "EmailPolicy[Any]") -> "EmailPolicy[Any]":
    return policy.clone(max_line_length=_LONGEST_LINE)


@cache
def _known(policy: "EmailPolicy[Any]", name: str, value: str) -> Any:
    """A header that stands in every letter, parsed once: reading its own words again is what composing costs most."""
    return policy.header_factory(name, value)


@lru_cache(maxsize=16)
def _from(policy: "EmailPolicy[Any]", sender: Address) -> Any:
    """The From, which is the shop's in every letter, so that it is parsed once."""
    return policy.header_factory("From", _mailbox(sender))


def _text_part(policy: "EmailPolicy[Any]", subtype: str, text: str) -> MIMEPart:
    """A text as quoted-printable (RFC 2045 section 6.7), encoded by the C library in place of the stdlib's own loop."""
    part = MIMEPart(policy=policy)
    part["Content-Type"] = _known(policy, "Content-Type", f'text/{subtype}; charset="utf-8"')
    part["Content-Transfer-Encoding"] = _known(policy, "Content-Transfer-Encoding", "quoted-printable")
    part.set_payload(binascii.b2a_qp(_lines(text).encode("utf-8"), istext=True).decode("ascii"))
    return part


def _with_a_label(address: str) -> str:
    if not is_safe_recipient(address):
        raise NotComposable(f"not a safe address: {address!r}")
    return f"{address.rpartition('@')[0]}@{domain_of(address)}"


def _unencoded(text: str) -> str:
    # The stdlib decodes encoded words in what it is given to *write*: "=?utf-8?q?=0D=0ABcc:…?=" would become a header.
    return " ".join(clean_line(text).replace("=?", "= ?").split())


def _mailbox(party: Address) -> HeaderAddress:
    local, _, domain = _with_a_label(party.address).rpartition("@")
    return HeaderAddress(display_name=_unencoded(party.name)[:_MAX_NAME], username=local, domain=domain)


def _lines(text: str) -> str:
    return clean_text(text).rstrip("\n") + "\n"


def _media_type(content_type: str) -> tuple[str, str]:
    found = re.fullmatch(r"([a-z0-9.+\-]+)/([a-z0-9.+\-]+)", content_type.lower())
    # text and message parts would be re-encoded or re-parsed on the way; a file goes as the bytes it is.
    if not found or found.group(1) in ("text", "message", "multipart"):
        return "application", "octet-stream"
    return found.group(1), found.group(2)


def _content_id(content_id: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9._@+\-]{1,200}", content_id):
        raise NotComposable(f"not a Content-ID: {content_id!r}")
    return content_id


def _fix_boundaries(message: EmailMessage, reference: str) -> None:
    # The stdlib draws boundaries by lot; a re-send must be byte-identical (DESIGN, "What must always hold" 2).
    for number, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(_boundary(reference, number))


def _boundary(reference: str, number: int) -> str:
    digest = hashlib.sha256(f"{reference}\n{number}".encode()).hexdigest()
    return f"=_{digest[:40]}"


def _check(raw: bytes, names: list[str]) -> None:
    """The proof at the edge: nothing that went in has made a header or a line of its own."""
    line_ends = raw.count(b"\r\n")
    if raw.count(b"\r") != line_ends or raw.count(b"\n") != line_ends:
        raise NotComposable("the composed message holds a bare CR or LF")
    head = raw.partition(b"\r\n\r\n")[0].decode("utf-8", "replace")
    written = [line.partition(":")[0] for line in head.split("\r\n") if line and line[0] not in " \t"]
    expected = {*names, "MIME-Version", "Content-Type", "Content-Transfer-Encoding"}
    if not set(written) <= expected or any(written.count(name) != 1 for name in names):
        raise NotComposable("the composed message holds headers that nobody asked for")

"""Raw messages for tests: everything has a default, a test names what it is about."""

from collections.abc import Iterable
from typing import Any

from mailbot.mail.inbound import InboundMail
from mailbot.mail.parse import parse

OURS = "mx.shop.example"


def raw(
    body: str | bytes = "Good morning,\r\nthe camera is broken.\r\n",
    *,
    sender: str | None = "Anna Berg <anna@mail.example>",
    subject: str = "Broken camera",
    headers: Iterable[str] = (),
    content_type: str | None = "text/plain; charset=utf-8",
    encoding: str | None = "8bit",
    top: Iterable[str] = (),
) -> bytes:
    """A message with CRLF line ends; `top` stands above everything, `headers` below the usual ones."""
    lines = [
        *top,
        *([f"From: {sender}"] if sender is not None else []),
        "To: returns@shop.example",
        f"Subject: {subject}",
        "Date: Thu, 05 Nov 2026 09:12:44 +0100",
        "Message-ID: <m1@mail.example>",
        "MIME-Version: 1.0",
        *headers,
        *([f"Content-Type: {content_type}"] if content_type is not None else []),
        *([f"Content-Transfer-Encoding: {encoding}"] if encoding is not None else []),
    ]
    head = "\r\n".join(lines).encode("utf-8", "surrogateescape") + b"\r\n\r\n"
    return head + (body if isinstance(body, bytes) else body.encode())


def parts(*each: str, kind: str = "mixed", boundary: str = "b1") -> bytes:
    """The body of a multipart; each part is its headers, a blank line, and its content, with LF line ends."""
    opened = "".join(f"--{boundary}\n{part}\n" for part in each)
    return f"{opened}--{boundary}--\n".replace("\n", "\r\n").encode()


def multipart(*each: str, kind: str = "mixed", boundary: str = "b1", **more: Any) -> bytes:
    """A whole multipart message."""
    return raw(
        parts(*each, boundary=boundary),
        content_type=f'multipart/{kind}; boundary="{boundary}"',
        encoding=None,
        **more,
    )


def text_and_html(text: str, html: str) -> InboundMail:
    """A parsed multipart/alternative."""
    return parse(
        multipart(
            f"Content-Type: text/plain; charset=utf-8\n\n{text}\n",
            f"Content-Type: text/html; charset=utf-8\n\n{html}\n",
            kind="alternative",
        )
    )


def html_only(html: str) -> InboundMail:
    """A parsed mail of HTML alone."""
    return parse(raw(html, content_type="text/html; charset=utf-8"))

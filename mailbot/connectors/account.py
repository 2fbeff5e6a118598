"""What the mail connectors share: securing a connection, signing in, and keeping what a server said."""

import base64
import smtplib
import ssl
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol


class Security(StrEnum):
    """How the connection is protected: TLS from the first byte, STARTTLS (never optional), or not at all."""

    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


class Credentials(Protocol):
    """How an account proves who it is. Another way to sign in (RFC 7628) is another class with these two."""

    def sign_in_to_imap(self, client: Any, username: str) -> None:
        """Sign in on a connected IMAPClient; its errors are the caller's to judge."""
        ...

    def sign_in_to_smtp(self, session: smtplib.SMTP, username: str) -> tuple[int, bytes]:
        """Sign in after EHLO and return the server's last reply; SMTPNotSupportedError where no way is offered."""
        ...


@dataclass(frozen=True, slots=True)
class PasswordCredentials:
    """A password, sent by PLAIN (RFC 4616) or LOGIN; any UTF-8, as smtplib and imaplib alone would refuse."""

    password: str = field(repr=False)

    def sign_in_to_imap(self, client: Any, username: str) -> None:
        # imaplib encodes the LOGIN command as ASCII; AUTHENTICATE carries UTF-8, and RFC 3501 section 6.2.3 lets
        # a server switch LOGIN off.
        ascii_only = username.isascii() and self.password.isascii()
        if client.has_capability("AUTH=PLAIN") and (not ascii_only or client.has_capability("LOGINDISABLED")):
            client.plain_login(username, self.password)
        else:
            client.login(username, self.password)

    def sign_in_to_smtp(self, session: smtplib.SMTP, username: str) -> tuple[int, bytes]:
        # With "AUTH=" some old servers announce a second time what "AUTH " says; smtplib merges both.
        offered = session.esmtp_features.get("auth", "").upper().split()
        if "PLAIN" in offered:
            return session.docmd("AUTH", "PLAIN " + _base64(f"\0{username}\0{self.password}"))
        if "LOGIN" in offered:
            code, text = session.docmd("AUTH", "LOGIN")
            for answer in (username, self.password):
                if code != 334:
                    break
                code, text = session.docmd(_base64(answer))
            return code, text
        raise smtplib.SMTPNotSupportedError(
            f"neither PLAIN nor LOGIN is offered, only {' '.join(offered) or 'nothing'}"
        )


def tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """A context that verifies certificate and host name, against `ca_file` or the system's authorities."""
    return ssl.create_default_context(cafile=str(ca_file) if ca_file else None)


def said(words: bytes | str | BaseException) -> str:
    """A server's words, or an error's, fit for one line of a log: no controls, at most 300 characters."""
    if isinstance(words, BaseException):
        # imaplib and smtplib put a server's words into their errors as the bytes they were.
        bare = [each for each in words.args if isinstance(each, bytes)]
        words = bare[0] if bare else str(words) or type(words).__name__
    if isinstance(words, bytes):
        words = words.decode("utf-8", "replace")
    return " ".join("".join(c if c.isprintable() else " " for c in words[:2000]).split())[:300]


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode("ascii")

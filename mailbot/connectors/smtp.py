"""Handing letters to the shop's submission server (RFC 5321, RFC 6409), as `mailbot.desk.ports` asks for it.

The commands are spoken one by one, not by smtplib's `sendmail`: which side of the final dot a silence fell on decides
whether a letter may be sent again.
"""

import re
import smtplib
import socket
import ssl
import time
from dataclasses import dataclass
from pathlib import Path

import idna

from mailbot.connectors.account import Credentials, Security, said, tls_context
from mailbot.desk.ports import (
    DeliveryError,
    Envelope,
    PermanentDeliveryError,
    SubmissionRefused,
    TransientDeliveryError,
    UncertainDeliveryError,
)

_LIVELY_SECONDS = 60.0
"""A connection unused for longer is not trusted: a router may have forgotten it without a word to either side."""

# RFC 4954 section 6: these speak of us, whatever command they answer.
_SIGN_IN_CODES = frozenset({530, 534, 535, 538})

# RFC 5321 section 4.1.2, without quoted strings and address literals, which only an attacker sends us (CWE-93).
_ATOM = r"[^\s\x00-\x20\x7f-\x9f<>()\[\]\\,;:@\"]"
_ADDRESS = re.compile(rf"{_ATOM}+@{_ATOM}+")


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpAccount:
    """Where letters are submitted. Timeouts in seconds; `username` None sends without signing in."""

    host: str
    port: int = 465
    security: Security = Security.TLS
    username: str | None = None
    credentials: Credentials | None = None
    connect_timeout: float = 10.0
    command_timeout: float = 60.0
    final_dot_timeout: float = 120.0
    ca_file: Path | None = None


class SmtpTransport:
    """One connection for many letters, for one thread; made when the first letter goes, again when it was lost."""

    def __init__(self, account: SmtpAccount) -> None:
        self._account = account
        self._session: smtplib.SMTP | None = None
        self._used_at = 0.0

    def send(self, envelope: Envelope, raw: bytes) -> None:
        """Return once the server has said 250 after the final dot; raise one of DeliveryError's kinds otherwise.

        `raw` travels as it is, byte by byte. Raises ValueError, and sends nothing, where it holds a CR or LF that
        is no CRLF: servers disagree whether such a line end ends the message (CVE-2023-51764).
        """
        if not raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n"):
            raise ValueError("a letter holds a bare CR or LF")
        sender, recipient = _deliverable(envelope.sender), _deliverable(envelope.recipient)
        needs_utf8 = not (sender.isascii() and recipient.isascii() and raw.partition(b"\r\n\r\n")[0].isascii())
        session = self._begin(sender, raw, needs_utf8)
        self._command(session, "RCPT", f"TO:<{recipient}>")
        self._hand_over(session, raw)
        self._used_at = time.monotonic()

    def sign_in(self) -> None:
        """Connect, sign in and send nothing (NOOP); raises one of DeliveryError's kinds."""
        self.close()
        session = self._session = self._connect()
        self._command(session, "NOOP", "")
        self._used_at = time.monotonic()

    def close(self) -> None:
        session, self._session = self._session, None
        if session is None:
            return
        try:
            if session.sock is not None:
                session.sock.settimeout(5.0)
            session.quit()
        except (OSError, smtplib.SMTPException):
            # What was answered with 250 stays accepted, however the farewell goes (RFC 5321 section 4.1.1.10).
            session.close()

    def _begin(self, sender: str, raw: bytes, needs_utf8: bool) -> smtplib.SMTP:
        """MAIL FROM, on a new connection where the old one turns out to be gone: no letter is under way yet."""
        if self._session is not None and time.monotonic() - self._used_at < _LIVELY_SECONDS:
            session = self._session
            try:
                code, text = session.docmd("MAIL", self._mail_from(session, sender, raw, needs_utf8))
            except (OSError, smtplib.SMTPException):
                code, text = 421, b""
            if code != 421:
                self._judge("MAIL", code, text)
                return session
        self.close()
        session = self._session = self._connect()
        self._command(session, "MAIL", self._mail_from(session, sender, raw, needs_utf8))
        return session

    def _mail_from(self, session: smtplib.SMTP, sender: str, raw: bytes, needs_utf8: bool) -> str:
        options = ""
        if session.has_extn("size"):
            options += f" SIZE={len(raw)}"
        if not raw.isascii() and session.has_extn("8bitmime"):
            options += " BODY=8BITMIME"
        if needs_utf8:
            if not session.has_extn("smtputf8"):
                raise PermanentDeliveryError(f"{self._where} takes no address or header beyond ASCII (RFC 6531)")
            options += " SMTPUTF8"
        session.command_encoding = "utf-8" if needs_utf8 else "ascii"
        return f"FROM:<{sender}>{options}"

    def _command(self, session: smtplib.SMTP, command: str, argument: str) -> None:
        try:
            code, text = session.docmd(command, argument)
        except (OSError, smtplib.SMTPException) as error:
            raise self._lost(command, error) from error
        self._judge(command, code, text)

    def _hand_over(self, session: smtplib.SMTP, raw: bytes) -> None:
        try:
            code, text = session.docmd("DATA")
        except (OSError, smtplib.SMTPException) as error:
            raise self._lost("DATA", error) from error
        if code != 354:
            # A server that says 250 here has not understood; the letter is not on its way.
            self._judge("DATA", code if code >= 400 else 451, text)
        try:
            # RFC 5321 section 4.5.2. Within bytes, ^ stands after LF only, and every LF here ends a CRLF.
            session.send(re.sub(rb"(?m)^\.", b"..", raw if raw.endswith(b"\r\n") else raw + b"\r\n"))
            # On its own, so that the difference is exact: without these bytes no server can have taken the letter.
            session.send(b".\r\n")
        except (OSError, smtplib.SMTPException) as error:
            raise self._lost("DATA, before the final dot", error) from error
        try:
            if session.sock is not None:
                session.sock.settimeout(self._account.final_dot_timeout)
            code, text = session.getreply()
            if session.sock is not None:
                session.sock.settimeout(self._account.command_timeout)
        except (OSError, smtplib.SMTPException) as error:
            self._drop()
            raise UncertainDeliveryError(f"{self._where}: silence after the final dot: {said(error)}") from error
        if not (200 <= code < 300 or 400 <= code < 600):
            self._drop()
            raise UncertainDeliveryError(f"{self._where}: no SMTP reply after the final dot: {code} {said(text)}")
        self._judge("the final dot", code, text)

    def _judge(self, step: str, code: int, text: bytes) -> None:
        """Return on 2xx, raise what the code means otherwise, and leave a session the next letter can use, or none."""
        if 200 <= code < 300:
            return
        words = f"{self._where}: {step}: {code} {said(text)}"
        if code in _SIGN_IN_CODES:
            self._drop()
            raise SubmissionRefused(words)
        self._reset(code)
        raise PermanentDeliveryError(words) if 500 <= code < 600 else TransientDeliveryError(words)

    def _reset(self, code: int) -> None:
        if self._session is None:
            return
        try:
            # RFC 5321 section 3.8: with 421 the server says that it is about to hang up.
            if code == 421 or self._session.docmd("RSET")[0] != 250:
                self._drop()
        except (OSError, smtplib.SMTPException):
            self._drop()
        self._used_at = time.monotonic()

    def _lost(self, step: str, error: Exception) -> DeliveryError:
        self._drop()
        return TransientDeliveryError(f"{self._where}: {step}: {said(error)}")

    def _drop(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            session.close()

    @property
    def _where(self) -> str:
        return f"{self._account.host}:{self._account.port}"

    def _connect(self) -> smtplib.SMTP:
        account = self._account
        what = f"{self._where}: connecting with {account.security}"
        session: smtplib.SMTP | None = None
        try:
            session = _session(account)
            _prepare(session, account)
            session.ehlo_or_helo_if_needed()
            if account.security is Security.STARTTLS:
                session.starttls(context=tls_context(account.ca_file))
                session.ehlo_or_helo_if_needed()
            if account.username is not None and account.credentials is not None:
                what = f"{self._where}: signing in as {account.username}"
                code, text = account.credentials.sign_in_to_smtp(session, account.username)
                if code != 235:
                    raise smtplib.SMTPResponseException(code, text)
            return session
        except (OSError, smtplib.SMTPException) as error:
            if session is not None:
                session.close()
            raise _connecting_failed(what, error) from error


def _session(account: SmtpAccount) -> smtplib.SMTP:
    """Connected and greeted. The name is replaced later; left out, smtplib would ask the DNS for one, and wait."""
    host, port, name, timeout = account.host, account.port, "localhost", account.connect_timeout
    if account.security is Security.TLS:
        return smtplib.SMTP_SSL(host, port, name, timeout=timeout, context=tls_context(account.ca_file))
    return smtplib.SMTP(host, port, name, timeout)


def _prepare(session: smtplib.SMTP, account: SmtpAccount) -> None:
    assert session.sock is not None
    # The final dot follows the letter as a small packet of its own: Nagle's delay would cost 40 ms a letter.
    session.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    session.sock.settimeout(account.command_timeout)
    # RFC 5321 section 4.1.4: who has no name gives its address.
    own = session.sock.getsockname()[0]
    session.local_hostname = f"[IPv6:{own}]" if ":" in own else f"[{own}]"


def _connecting_failed(what: str, error: Exception) -> DeliveryError:
    match error:
        case smtplib.SMTPResponseException():
            words = f"{what}: {error.smtp_code} {said(error.smtp_error)}"
            return SubmissionRefused(words) if 500 <= error.smtp_code < 600 else TransientDeliveryError(words)
        case smtplib.SMTPNotSupportedError() | ssl.SSLCertVerificationError():
            return SubmissionRefused(f"{what}: {said(error)}")
        case ssl.SSLError() if error.reason in ("WRONG_VERSION_NUMBER", "NO_PROTOCOLS_AVAILABLE"):
            # TLS spoken to a port without it, or to a server too old: the configuration's fault, not the hour's.
            return SubmissionRefused(f"{what}: {said(error)}")
        case _:
            return TransientDeliveryError(f"{what}: {said(error)}")


def _deliverable(address: str) -> str:
    """The address as it travels: an international domain as A-labels (RFC 5891), so that few need SMTPUTF8."""
    if not _ADDRESS.fullmatch(address):
        raise PermanentDeliveryError(f"{said(address)!r} is no address that can be written to")
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain, uts46=True).decode('ascii')}"
    except idna.IDNAError as error:
        raise PermanentDeliveryError(f"{said(address)!r} is in no domain that can exist: {error}") from error

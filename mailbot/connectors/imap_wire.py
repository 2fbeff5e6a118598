"""IMAPClient with deadlines that hold, an IDLE that notices everything, and nothing of it in the logs.

imaplib waits for ever by default, and a socket's timeout starts anew with every byte; here each answer as a whole has
a deadline. IMAPClient reads IDLE's lines without blocking and takes half a line, or a dead peer, for silence; here
the socket is only watched, and the lines are read after DONE like those of any other command.
"""

import contextlib
import imaplib
import io
import select
import socket
import ssl
import time
from pathlib import Path

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from mailbot.connectors.account import Security, tls_context

LONGEST_LINE = 1_000_000
"""Bytes; literals (bodies) are not lines."""

SLOWEST_TRANSFER = 64 * 1024
"""Bytes a second that a literal may take at least, on top of the command's timeout."""


class IdleRefused(Exception):
    """The server offers IDLE (RFC 2177) and answers NO or BAD to it."""


class _Wire(imaplib.IMAP4):
    """imaplib's protocol over a socket of our own reading. Timeouts in seconds, for a whole answer."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        context: ssl.SSLContext | None,
        connect_timeout: float,
        command_timeout: float,
    ) -> None:
        self._context = context
        self.command_timeout = command_timeout
        self._unread = bytearray()
        self._read_from: socket.socket | None = None
        self._answer_by = time.monotonic() + connect_timeout
        super().__init__(host, port, timeout=connect_timeout)

    def _create_socket(self, timeout: float | None = None) -> socket.socket:
        plain = socket.create_connection((self.host, self.port), timeout=timeout)
        # A command is one small write that waits for its answer: Nagle's delay would cost 40 ms each.
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._context is None:
            return plain
        return self._context.wrap_socket(plain, server_hostname=self.host)

    def send(self, data: bytes) -> None:  # type: ignore[override]  # typeshed allows any buffer
        self._answer_by = time.monotonic() + self.command_timeout
        self.sock.settimeout(self.command_timeout)
        super().send(data)

    def readline(self) -> bytes:
        self._forget_plaintext()
        searched = 0
        while (end := self._unread.find(b"\n", searched)) < 0:
            searched = len(self._unread)
            if searched > LONGEST_LINE:
                raise self.error(f"a line of more than {LONGEST_LINE} bytes")
            if not self._receive():
                end = searched - 1  # imaplib tells an ended connection from half a line by what is left
                break
        line = bytes(self._unread[: end + 1])
        del self._unread[: end + 1]
        return line

    def read(self, size: int) -> bytes:
        self._forget_plaintext()
        self._answer_by += size / SLOWEST_TRANSFER
        # BytesIO hands its buffer over without a copy: a big mail is in memory once.
        literal = io.BytesIO()
        while (missing := size - literal.tell()) > 0:
            if not self._unread and not self._receive(min(missing, 1 << 20)):
                raise self.abort(f"the connection ended {missing} bytes before the end of {size}")
            literal.write(self._unread[:missing])
            del self._unread[:missing]
        return literal.getvalue()

    def has_unread(self) -> bool:
        """Whether bytes have arrived that watching the socket would not show."""
        return bool(self._unread) or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending() > 0)

    def _receive(self, at_most: int = 1 << 16) -> bool:
        remaining = self._answer_by - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("no complete answer in time")
        self.sock.settimeout(remaining)
        received = self.sock.recv(at_most)
        self._unread += received
        return bool(received)

    def _forget_plaintext(self) -> None:
        # RFC 9051 section 11.1: what was injected in clear behind the answer to STARTTLS must not be read after it.
        if self._read_from is not self.sock:
            self._unread.clear()
            self._read_from = self.sock


class Connection(IMAPClient):  # type: ignore[misc]  # IMAPClient ships no types
    """One signed-out connection. Raises OSError, ssl.SSLError and IMAPClientError as they come."""

    def __init__(
        self,
        host: str,
        port: int,
        *,
        security: Security,
        ca_file: Path | None,
        connect_timeout: float,
        command_timeout: float,
    ) -> None:
        self._connect_timeout = connect_timeout
        self._command_timeout = command_timeout
        context = tls_context(ca_file) if security is not Security.NONE else None
        super().__init__(host, port, ssl=security is Security.TLS, ssl_context=context, timeout=command_timeout)
        # IMAPClient turns imaplib's debugging on, which formats every line whether or not anybody reads it.
        self._imap.debug = 0
        self.normalise_times = False
        if security is Security.STARTTLS:
            try:
                self.starttls(ssl_context=context)
            except BaseException:
                with contextlib.suppress(OSError):  # a failed handshake has closed the socket itself
                    self.shutdown()
                raise

    def _create_IMAP4(self) -> imaplib.IMAP4:
        return _Wire(
            self.host,
            self.port,
            context=self.ssl_context if self.ssl else None,
            connect_timeout=self._connect_timeout,
            command_timeout=self._command_timeout,
        )

    def hasten(self, seconds: float) -> None:
        """The commands from here on get at most so long for their answers."""
        self._imap.command_timeout = min(seconds, self._imap.command_timeout)

    def forget_news(self) -> None:
        """What arrived up to now is known: the next SEARCH is about to ask for it."""
        self._imap.untagged_responses.pop("EXISTS", None)

    def has_news(self) -> bool:
        """Whether the server spoke of new mail since `forget_news`, in whatever answer."""
        return "EXISTS" in self._imap.untagged_responses

    def forget_strays(self) -> None:
        """Drop FETCH answers that nobody asked for: without a UID, they would be taken for those of another mail."""
        self._imap.untagged_responses.pop("FETCH", None)

    def is_readable(self, seconds: float) -> bool:
        """Wait at most so long until the server says something, or hangs up."""
        if self._imap.has_unread():
            return True
        watch = select.poll()
        watch.register(self.socket(), select.POLLIN)
        return bool(watch.poll(seconds * 1000))

    def idle(self) -> None:
        """Enter IDLE; unlike IMAPClient's own, whatever the server still has to say before it agrees."""
        self._idle_tag = self._imap._command("IDLE")
        while self._imap._get_response() is not None:
            answer = self._imap.tagged_commands[self._idle_tag]
            if answer is not None:
                del self._imap.tagged_commands[self._idle_tag]
                raise IdleRefused(answer)


__all__ = ["Connection", "IMAPClientError", "IdleRefused"]

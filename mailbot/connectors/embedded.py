"""A mail server inside the process: pymap's IMAP and aiosmtpd's SMTP in one thread, for `mailbot demo` and for tests.

Mails live in memory. Nothing here knows what mailbot does with them; any mail program can use it.
"""

import asyncio
import logging
import re
import threading
from argparse import Namespace
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import format_datetime, getaddresses
from typing import Any, TypeVar

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword, Session
from aiosmtpd.smtp import Envelope as SmtpEnvelope
from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.concurrent import Event, Subsystem
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials.flag import Flag
from pymap.selected import SelectedMailbox
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

T = TypeVar("T")

_MESSAGE_LIMIT = 100 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class AcceptedMail:
    """A mail that the SMTP side took: the envelope, the raw bytes as they were delivered, who had signed in."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    signed_in_as: str | None


class EmbeddedServers:
    """Accounts (address to password) with INBOX and Sent, reachable by IMAP and SMTP without TLS on 127.0.0.1.

    Mail to an account, also with a plus address of it, lands in its INBOX; mail to anybody else is taken and shown
    to `on_accept` alone. Who signs in gets a copy in Sent, as at large providers. The server writes what it knows of
    the sender into Authentication-Results (RFC 8601) under `authserv_id`, and takes out what claims to be that:
    dmarc=pass where the one From address signed in or is among `proven`, dmarc=none otherwise.
    """

    def __init__(
        self,
        accounts: Mapping[str, str],
        *,
        authserv_id: str = "mail.demo.example",
        proven: Collection[str] = (),
        on_accept: Callable[[AcceptedMail], None] | None = None,
        host: str = "127.0.0.1",
        imap_port: int = 0,
        smtp_port: int = 0,
    ) -> None:
        self.host = host
        self.imap_port = imap_port
        self.smtp_port = smtp_port
        self.authserv_id = authserv_id
        self._accounts = {address.lower(): password for address, password in accounts.items()}
        self._proven = {address.lower() for address in proven}
        self._on_accept = on_accept
        self._folders: dict[str, MailboxSet] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="embedded-mail", daemon=True)
        self._ready = threading.Event()
        self._end = asyncio.Event()
        self._failure: BaseException | None = None
        self._connections: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Return once both ports answer (well under a second). Raises OSError where a port is taken."""
        # aiosmtpd warns at every sign-in of a deprecated attribute that it sets itself.
        logging.getLogger("mail.log").setLevel(logging.ERROR)
        self._thread.start()
        self._ready.wait()
        if self._failure is not None:
            raise self._failure

    def stop(self) -> None:
        """End both servers and every connection; the mails are gone."""
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join()

    def add_account(self, address: str, password: str) -> None:
        """One more account, while running."""
        self._ask(self._add_account(address.lower(), password))

    def deliver(self, recipient: str, raw: bytes, when: datetime | None = None, *, folder: str = "INBOX") -> None:
        """Put a mail into an account's folder as it is. Raises KeyError where there is no such account."""
        self._ask(self._store(self._account_of(recipient), folder, raw, when))

    def mails(self, address: str, folder: str = "INBOX") -> list[bytes]:
        """The raw mails of an account's folder, oldest first. Raises KeyError where either is not there."""
        return self._ask(self._mails(address.lower(), folder))

    def _ask(self, question: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(question, self._loop).result()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_until_complete(self._serve())
        except OSError as error:  # a port is taken; `start` raises it
            self._failure = error
        finally:
            self._ready.set()
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.close()

    async def _serve(self) -> None:
        self._config = _configuration(self.host)
        self._login = Login(self._config)
        for address, password in self._accounts.items():
            await self._add_account(address, password)
        imap = IMAPServer(self._login, self._config)

        async def talk_imap(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            # Without proxyprotocol's wrapper around it, which loses its task on Python 3.13.
            task = asyncio.current_task()
            assert task is not None
            self._connections.add(task)
            try:
                await imap(reader, writer, SocketInfo.get(writer, None))
            finally:
                self._connections.discard(task)

        imap_server = await asyncio.start_server(talk_imap, self.host, self.imap_port)
        self.imap_port = imap_server.sockets[0].getsockname()[1]
        try:
            smtp_server = await self._loop.create_server(self._talk_smtp, self.host, self.smtp_port)
        except OSError:
            imap_server.close()
            raise
        self.smtp_port = smtp_server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        imap_server.close()
        smtp_server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _talk_smtp(self) -> SMTP:
        return SMTP(
            _Incoming(self),
            hostname=self.authserv_id,
            ident="mailbot demo",
            data_size_limit=_MESSAGE_LIMIT,
            enable_SMTPUTF8=True,
            authenticator=self._authenticate,
            auth_require_tls=False,
            loop=self._loop,
        )

    def _authenticate(
        self, _server: SMTP, _session: Session, _envelope: SmtpEnvelope, _mechanism: str, given: Any
    ) -> AuthResult:
        if isinstance(given, LoginPassword):
            address = given.login.decode("utf-8", "replace").lower()
            if self._accounts.get(address) == given.password.decode("utf-8", "replace"):
                return AuthResult(success=True, auth_data=address)
        return AuthResult(success=False, handled=False)

    async def _add_account(self, address: str, password: str) -> None:
        self._accounts[address] = password
        self._login.users_dict[address] = UserMetadata(self._config, address, password=password)
        folders = self._folders[address] = _Folders()
        await folders.add_mailbox("Sent")
        self._config.set_cache[address] = (folders, FilterSet())

    def _account_of(self, recipient: str) -> str:
        local, _, domain = recipient.lower().rpartition("@")
        for address in (f"{local}@{domain}", f"{local.partition('+')[0]}@{domain}"):
            if address in self._accounts:
                return address
        raise KeyError(recipient)

    async def _store(self, address: str, folder: str, raw: bytes, when: datetime | None, *flags: bytes) -> None:
        mailbox = await self._folders[address].get_mailbox(folder)
        await mailbox.append(AppendMessage(raw, when or datetime.now(UTC), frozenset(Flag(flag) for flag in flags)))

    async def _mails(self, address: str, folder: str) -> list[bytes]:
        mailbox = await self._folders[address].get_mailbox(folder)
        return [bytes(message._content or b"") async for message in mailbox.messages()]

    async def accept(self, session: Session, envelope: SmtpEnvelope) -> None:
        """Deliver what the SMTP side has read."""
        signed_in_as: str | None = session.auth_data if session.authenticated else None
        content = bytes(envelope.original_content or b"")
        recipients = tuple(str(recipient) for recipient in envelope.rcpt_tos)
        raw = b"".join(
            [
                self._results(content, signed_in_as),
                self._trace(signed_in_as, recipients),
                self._unforged(content),
            ]
        )
        for recipient in recipients:
            try:
                address = self._account_of(recipient)
            except KeyError:
                continue
            await self._store(address, "INBOX", raw, None)
        if signed_in_as is not None:
            await self._store(signed_in_as, "Sent", content, None, rb"\Seen")
        if self._on_accept is not None:
            mail = AcceptedMail(
                sender=str(envelope.mail_from), recipients=recipients, raw=raw, signed_in_as=signed_in_as
            )
            # Whoever listens may take its time, and may ask these servers something.
            await self._loop.run_in_executor(None, self._on_accept, mail)

    def _trace(self, signed_in_as: str | None, recipients: tuple[str, ...]) -> bytes:
        """RFC 5321 section 4.4. The recipient is named where there is one: others are none of his business."""
        whom = f" for <{recipients[0]}>" if len(recipients) == 1 else ""
        how = "ESMTPA" if signed_in_as else "ESMTP"
        now = format_datetime(datetime.now(UTC))
        return f"Received: by {self.authserv_id} with {how}{whom};\r\n {now}\r\n".encode()

    def _results(self, content: bytes, signed_in_as: str | None) -> bytes:
        """RFC 8601: who signed in, and whether the one From address is that account's, or one of the proven."""
        author = _author(content)
        proven = author is not None and (author == signed_in_as or author in self._proven)
        domain = author.rpartition("@")[2] if author else "unknown"
        results = [f"dmarc={'pass' if proven else 'none'} header.from={domain}"]
        if signed_in_as is not None:
            results.append(f"auth=pass smtp.auth={signed_in_as}")
        return (";\r\n ".join([f"Authentication-Results: {self.authserv_id}", *results]) + "\r\n").encode()

    def _unforged(self, content: bytes) -> bytes:
        """RFC 8601 section 5: results that bear our own name and are not ours go."""
        header, blank, body = content.partition(b"\r\n\r\n")
        forged = re.compile(
            rb"^authentication-results[ \t]*:[^\r\n]*(?:\r\n[ \t][^\r\n]*)*(?:\r\n|\Z)", re.IGNORECASE | re.MULTILINE
        )
        name = self.authserv_id.lower().encode()
        return forged.sub(lambda found: b"" if name in found[0].lower() else found[0], header) + blank + body


class _Inbox(MailboxData):
    """A folder whose IDLE tells what came just before it; pymap's own waits for the next change before it looks."""

    async def update_selected(self, selected: SelectedMailbox, *, wait_on: Event | None = None) -> SelectedMailbox:
        told = selected.mod_sequence
        has_news = told is not None and told < self._mod_sequences.highest
        return await super().update_selected(selected, wait_on=None if has_news else wait_on)


class _Folders(MailboxSet):
    """One account's folders."""

    def __init__(self) -> None:
        super().__init__()
        self._inbox = _Inbox(self._content_cache, self._thread_cache)


class _Incoming:
    """aiosmtpd's handler: every recipient is taken, every mail is accepted."""

    def __init__(self, servers: EmbeddedServers) -> None:
        self._servers = servers

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: SmtpEnvelope) -> str:
        await self._servers.accept(session, envelope)
        return "250 2.0.0 Accepted"


def _author(content: bytes) -> str | None:
    """The address of a mail that has exactly one From with exactly one address (RFC 7489 section 6.6.1)."""
    fields = BytesHeaderParser().parsebytes(content.partition(b"\r\n\r\n")[0][:65536]).get_all("From", [])
    addresses = [address.lower() for _, address in getaddresses([str(field) for field in fields]) if address]
    return addresses[0] if len(fields) == len(addresses) == 1 and "@" in addresses[0] else None


def _configuration(host: str) -> Config:
    unused = Namespace(passlib_cfg=None, proxy_protocol=None)
    return Config(
        unused,
        host=host,
        port=0,
        tls_enabled=False,
        # The passwords exist for this process only, and hashing would cost a second at each sign-in.
        hash_context=Cleartext(),
        cpu_subsystem=Subsystem.for_asyncio(),
        invalid_user_sleep=0.0,
        demo_data=False,
        demo_user="",
        demo_password="",
    )

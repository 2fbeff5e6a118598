"""Real mail servers for tests, each on a free port of 127.0.0.1: Dovecot, pymap, an SMTP sink, a bad line to them."""

import asyncio
import contextlib
import grp
import os
import pwd
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum, auto
from pathlib import Path
from string import ascii_letters
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from imapclient import IMAPClient

from mailbot.connectors.account import PasswordCredentials, Security
from mailbot.connectors.embedded import EmbeddedServers
from mailbot.connectors.imap import ImapAccount
from mailbot.connectors.smtp import SmtpAccount

HOST = "127.0.0.1"


def require_or_skip(reason: str) -> None:
    """Skip the test, or fail it where MAILBOT_REQUIRE_SERVERS=1 says that every server must be there."""
    if os.environ.get("MAILBOT_REQUIRE_SERVERS") == "1":
        pytest.fail(f"{reason} (MAILBOT_REQUIRE_SERVERS=1)")
    pytest.skip(reason)


def free_port() -> int:
    """A port that nobody listens on; somebody else may take it, so servers that can bind 0 do that instead."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """A mailbox of its own on a test server."""

    name: str
    password: str


def make_certificate(folder: Path) -> Path | None:
    """A self-signed certificate for localhost and 127.0.0.1 in `folder`, its key beside it; None without openssl."""
    openssl = shutil.which("openssl")
    if openssl is None:
        return None
    certificate = folder / "certificate.pem"
    names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=localhost", "-addext", names),
            *("-keyout", str(folder / "key.pem"), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    return certificate


class ImapServer:
    """What tests do to a mailbox behind mailbot's back, by a plain IMAP client."""

    port: int

    def new_user(self) -> User:
        """A user with an empty INBOX and an empty Sent folder."""
        raise NotImplementedError

    def account(self, user: User, **changes: Any) -> ImapAccount:
        """An account for mailbot, with short timeouts; `changes` are fields of ImapAccount."""
        return ImapAccount(
            **{
                "host": HOST,
                "port": self.port,
                "security": Security.NONE,
                "username": user.name,
                "credentials": PasswordCredentials(user.password),
                "connect_timeout": 5.0,
                "command_timeout": 5.0,
                **changes,
            }
        )

    @contextlib.contextmanager
    def client(self, user: User, folder: str | None = "INBOX") -> Iterator[Any]:
        """A signed-in IMAPClient, by default with INBOX selected."""
        with IMAPClient(HOST, self.port, ssl=False, timeout=10) as client:
            client.login(user.name, user.password)
            if folder is not None:
                client.select_folder(folder)
            yield client

    def append(
        self, user: User, raw: bytes, when: datetime | None = None, *, folder: str = "INBOX", seen: bool = False
    ) -> int:
        """Put a mail into a folder; its UID."""
        with self.client(user, None) as client:
            before = client.folder_status(folder, ["UIDNEXT"])[b"UIDNEXT"]
            client.append(folder, raw, [rb"\Seen"] if seen else [], when or datetime.now(UTC))
            return int(before)

    def contents(self, user: User, folder: str = "INBOX") -> list[bytes]:
        """The raw mails of a folder in the order of their UIDs; none where there is no such folder."""
        with self.client(user, None) as client:
            if not client.folder_exists(folder):
                return []
            client.select_folder(folder, readonly=True)
            uids = client.search()
            answers = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
            return [answers[uid][b"BODY[]"] for uid in sorted(answers)]

    def flags(self, user: User, uid: int, folder: str = "INBOX") -> set[str]:
        """The flags of a mail, without \\Recent; empty where it is gone."""
        with self.client(user, folder) as client:
            found = client.get_flags([uid]).get(uid, ())
            return {flag.decode() for flag in found} - {"\\Recent"}

    def expunge(self, user: User, uid: int) -> None:
        """Somebody else deletes the mail."""
        with self.client(user) as client:
            client.delete_messages([uid])
            client.uid_expunge([uid])


class Dovecot(ImapServer):
    """Dovecot 2.3 in a folder of its own: no system service, no system configuration, plain and STARTTLS on one port,
    TLS on another. Started for a whole test session; each test takes a user of its own.
    """

    def __init__(self, *, capability: str = "") -> None:
        self.port = free_port()
        self.tls_port = free_port()
        # Short, because the path of a Unix socket may have 107 characters, and readable to Dovecot's own users.
        self.folder = Path(tempfile.mkdtemp(prefix="mbdc-", dir="/tmp"))
        self.folder.chmod(0o755)
        self.ca_file: Path | None = None
        self._capability = capability
        self._process: subprocess.Popen[bytes] | None = None

    @staticmethod
    def why_missing() -> str | None:
        """What keeps Dovecot from running here, or None."""
        program = _dovecot()
        if program is None:
            return "Dovecot is not installed (apt-get install dovecot-imapd)"
        version = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
        return None if version.startswith("2.3.") else f"Dovecot {version.split()[0]} is not 2.3"

    def start(self) -> None:
        """Write the configuration, start, and wait until it answers (well under 2 s)."""
        program = _dovecot()
        assert program is not None
        (self.folder / "users").mkdir()
        (self.folder / "mail").mkdir()
        self.ca_file = make_certificate(self.folder)
        configuration = self.folder / "dovecot.conf"
        configuration.write_text(self._configuration())
        if os.geteuid() == 0:
            mail_user = pwd.getpwnam("nobody")
            os.chown(self.folder / "mail", mail_user.pw_uid, mail_user.pw_gid)
        with (self.folder / "stderr").open("wb") as stderr:
            self._process = subprocess.Popen(
                # The shell ends the whole group when its input ends, as it does also when the tests are killed.
                ["/bin/sh", "-c", '"$@" & cat; kill -TERM 0', "dovecot", program, "-F", "-c", str(configuration)],
                start_new_session=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=stderr,
            )
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection((HOST, self.port), timeout=1) as probe:
                if probe.recv(4) == b"* OK":
                    return
            if self._process.poll() is not None:
                break
            time.sleep(0.02)
        log = "\n".join(path.read_text() for path in (self.folder / "stderr", self.folder / "log") if path.exists())
        self.stop()
        raise RuntimeError(f"Dovecot did not start:\n{log}")

    def stop(self) -> None:
        """End the master and every process of its group, and remove the folder."""
        if self._process is not None:
            assert self._process.stdin is not None
            self._process.stdin.close()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            # Then whoever did not follow the polite request: Dovecot's master ends last, after its children.
            deadline = time.monotonic() + 1
            with contextlib.suppress(ProcessLookupError):
                while time.monotonic() < deadline:
                    os.killpg(self._process.pid, 0)
                    time.sleep(0.02)
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None
        shutil.rmtree(self.folder, ignore_errors=True)

    def new_user(self, *, password: str | None = None) -> User:
        user = User(name=f"u{secrets.token_hex(6)}", password=password or secrets.token_hex(8))
        # A file for each: Dovecot looks at most once a second whether one that it knows has changed.
        (self.folder / "users" / user.name).write_text(f"{user.name}:{{PLAIN}}{user.password}\n")
        return user

    def renumber(self, user: User, folder: str = "INBOX") -> None:
        """The folder gets another UIDVALIDITY, its mails other UIDs."""
        with self.client(user, None) as client:
            if folder.upper() == "INBOX":
                # RFC 9051 section 6.3.6: renaming INBOX moves its mails and leaves it empty; they come back one by one.
                contents = self.contents(user)
                client.rename_folder("INBOX", "Old")
                client.delete_folder("Old")
                for raw in contents:
                    client.append("INBOX", raw)

    def _configuration(self) -> str:
        is_root = os.geteuid() == 0
        me = pwd.getpwuid(os.geteuid()).pw_name
        internal = _existing("dovecot", "nobody") if is_root else me
        login = _existing("dovenull", "nobody") if is_root else me
        mail = pwd.getpwnam("nobody") if is_root else pwd.getpwuid(os.geteuid())
        tls = (
            f"ssl = yes\nssl_cert = <{self.folder}/certificate.pem\nssl_key = <{self.folder}/key.pem\n"
            if self.ca_file
            else "ssl = no\n"
        )
        capability = f"imap_capability = {self._capability}" if self._capability else ""
        return f"""
base_dir = {self.folder}/run
state_dir = {self.folder}/run
log_path = {self.folder}/log
protocols = imap
listen = {HOST}
default_internal_user = {internal}
default_internal_group = {_group(internal)}
default_login_user = {login}
mail_uid = {mail.pw_uid}
mail_gid = {mail.pw_gid}
first_valid_uid = {min(500, mail.pw_uid)}
mail_home = {self.folder}/mail/%u
mail_location = sdbox:~/sdbox
mail_fsync = never
disable_plaintext_auth = no
auth_mechanisms = plain login
auth_failure_delay = 0
auth_cache_size = 0
{tls}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%u {self.folder}/users/%u
}}
userdb {{
  driver = static
  args = uid={mail.pw_uid} gid={mail.pw_gid} home={self.folder}/mail/%u
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  service_count = 0
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port if self.ca_file else 0}
  }}
}}
service imap {{
  process_limit = 100
}}
service anvil {{
  chroot =
  # A test that signs in wrongly must not slow down the next one from the same address.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    special_use = \\Sent
    auto = create
  }}
}}
{capability}
"""


def _dovecot() -> str | None:
    return shutil.which("dovecot") or (path if Path(path := "/usr/sbin/dovecot").exists() else None)


def _existing(*names: str) -> str:
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in names if name in known)


def _group(user: str) -> str:
    return grp.getgrgid(pwd.getpwnam(user).pw_gid).gr_name


class PymapServer(ImapServer):
    """pymap as mailbot embeds it: the second real IMAP server of the contract suite."""

    def __init__(self) -> None:
        self._servers = EmbeddedServers({})

    def start(self) -> None:
        self._servers.start()
        self.port = self._servers.imap_port

    def stop(self) -> None:
        self._servers.stop()

    def new_user(self) -> User:
        user = User(name=f"u{secrets.token_hex(6)}@mail.example", password=secrets.token_hex(8))
        self._servers.add_account(user.name, user.password)
        return user


class Trouble(Enum):
    """What an SmtpSink does instead of replying."""

    SILENCE = auto()
    HANG_UP = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class SunkMail:
    """A mail that the sink accepted; `raw` as it travelled, without the doubled dots."""

    sender: str
    recipients: tuple[str, ...]
    raw: bytes
    signed_in_as: str | None
    options: tuple[str, ...]


class SmtpSink:
    """A submission server that takes everything, unless told otherwise for the next time a step comes.

    Steps: EHLO, AUTH, MAIL, RCPT, DATA (the command), DOT (the final one), RSET, QUIT.
    """

    def __init__(
        self,
        *,
        certificate_in: Path | None = None,
        implicit_tls: bool = False,
        strict: bool = True,
        mechanisms_left_out: Sequence[str] = (),
    ) -> None:
        self.port = 0
        self.mechanisms_left_out = mechanisms_left_out
        self.mails: list[SunkMail] = []
        self.steps: list[str] = []
        self.connections = 0
        self._listeners: list[Callable[[SunkMail], None]] = []
        self._strict = strict
        self._plans: dict[str, deque[tuple[str | Trouble, bool]]] = defaultdict(deque)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="smtp-sink", daemon=True)
        self._ready = threading.Event()
        self._end = asyncio.Event()
        self._implicit_tls = implicit_tls
        self._tls: ssl.SSLContext | None = None
        if certificate_in is not None:
            self._tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self._tls.load_cert_chain(certificate_in / "certificate.pem", certificate_in / "key.pem")

    def start(self) -> None:
        self._thread.start()
        self._ready.wait()

    def stop(self) -> None:
        if self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join()

    def plan(self, step: str, *answers: str | Trouble, stored: bool = False) -> None:
        """The next times this step comes, answer so; `stored`: a mail counts as accepted all the same."""
        self._plans[step] += [(answer, stored) for answer in answers]

    def copy_to_sent(self, server: ImapServer, user: User) -> None:
        """From now on a copy of each accepted mail lies in this user's Sent folder, as at large providers."""
        self._listeners.append(lambda mail: _appended(server, user, mail.raw, "Sent"))

    def deliver_to(self, server: ImapServer, inboxes: Mapping[str, User], *, stamp: bytes = b"") -> None:
        """From now on mail to these addresses lands in these users' INBOX, `stamp` before its header, then accepted.

        A plus address (`returns+x@…`) is that of its account.
        """

        def deliver(mail: SunkMail) -> None:
            for recipient in mail.recipients:
                local, _, domain = recipient.lower().rpartition("@")
                user = inboxes.get(f"{local}@{domain}") or inboxes.get(f"{local.partition('+')[0]}@{domain}")
                if user is not None:
                    _appended(server, user, stamp + mail.raw, "INBOX")

        self._listeners.append(deliver)

    def account(self, **changes: Any) -> SmtpAccount:
        """An account for mailbot, with short timeouts; `changes` are fields of SmtpAccount."""
        return SmtpAccount(
            **{
                "host": HOST,
                "port": self.port,
                "security": Security.NONE,
                "connect_timeout": 5.0,
                "command_timeout": 5.0,
                "final_dot_timeout": 5.0,
                **changes,
            }
        )

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        server = await self._loop.create_server(
            lambda: _ScriptedSmtp(self), HOST, 0, ssl=self._tls if self._implicit_tls else None
        )
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        await self._end.wait()
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _appended(server: ImapServer, user: User, raw: bytes, folder: str) -> None:
    server.append(user, raw, folder=folder, seen=folder == "Sent")


class _ScriptedSmtp(SMTP):
    def __init__(self, sink: SmtpSink) -> None:
        self._sink = sink
        super().__init__(
            _SinkHandler(),
            hostname="sink.example",
            enable_SMTPUTF8=True,
            data_size_limit=None,
            tls_context=None if sink._implicit_tls else sink._tls,
            authenticator=self._sign_in,
            auth_require_tls=False,
            auth_exclude_mechanism=sink.mechanisms_left_out,
            loop=sink._loop,
        )

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._original_transport is None:  # else the same connection begins TLS
            self._sink.connections += 1
        super().connection_made(transport)

    async def planned(self, step: str) -> str | None:
        """The reply planned for this step, None where none is; trouble happens here and never returns."""
        self._sink.steps.append(step)
        if not self._sink._plans[step]:
            return None
        answer, stored = self._sink._plans[step].popleft()
        if stored:
            await self.keep()
        if isinstance(answer, str):
            return answer
        if answer is Trouble.HANG_UP:
            assert isinstance(self.transport, asyncio.Transport)
            self.transport.abort()
        await asyncio.sleep(3600)  # aiosmtpd cancels this when the connection ends
        raise AssertionError("nobody waits for an hour")

    async def answers(self, step: str) -> bool:
        """Whether the plan has answered this step, so that aiosmtpd must not."""
        answer = await self.planned(step)
        if answer is None:
            return False
        await self.push(answer)
        if answer.startswith("421"):
            assert self.transport is not None
            self.transport.close()
        return True

    async def keep(self) -> None:
        """The mail is accepted, whatever is said about it."""
        assert self.session is not None
        assert self.envelope is not None
        assert isinstance(self.envelope.original_content, bytes)
        mail = SunkMail(
            sender=str(self.envelope.mail_from),
            recipients=tuple(str(each) for each in self.envelope.rcpt_tos),
            raw=self.envelope.original_content,
            signed_in_as=self.session.auth_data if self.session.authenticated else None,
            options=tuple(str(each) for each in self.envelope.mail_options),
        )
        self._sink.mails.append(mail)
        for listener in self._sink._listeners:
            await self._sink._loop.run_in_executor(None, listener, mail)

    def _sign_in(self, _server: SMTP, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        self._sink.steps.append("AUTH")
        if self._sink._plans["AUTH"]:
            answer, _ = self._sink._plans["AUTH"].popleft()
            return AuthResult(success=False, handled=False, message=str(answer))
        assert isinstance(given, LoginPassword)
        return AuthResult(success=True, auth_data=given.login.decode())

    async def smtp_EHLO(self, hostname: str) -> None:
        if not await self.answers("EHLO"):
            await super().smtp_EHLO(hostname)

    async def smtp_MAIL(self, arg: str | None) -> None:
        if not await self.answers("MAIL"):
            await super().smtp_MAIL(arg)

    async def smtp_RCPT(self, arg: str | None) -> None:
        if not await self.answers("RCPT"):
            await super().smtp_RCPT(arg)

    async def smtp_DATA(self, arg: str) -> None:
        if not await self.answers("DATA"):
            await super().smtp_DATA(arg)

    async def smtp_RSET(self, arg: str) -> None:
        if not await self.answers("RSET"):
            await super().smtp_RSET(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        if not await self.answers("QUIT"):
            await super().smtp_QUIT(arg)


class _SinkHandler:
    async def handle_DATA(self, server: _ScriptedSmtp, _session: Any, envelope: Any) -> str:
        raw: bytes = envelope.original_content
        if server._sink._strict and not raw.count(b"\r\n") == raw.count(b"\r") == raw.count(b"\n"):
            return "550 5.6.0 bare CR or LF"
        answer = await server.planned("DOT")
        if answer is None:
            await server.keep()
        return answer or "250 2.0.0 accepted"


class FlakyImapProxy:
    """A line to an IMAP server, on a port of its own, that breaks as it is told. Bytes count from server to client."""

    def __init__(self, server_port: int) -> None:
        self.port = 0
        self.connections = 0
        self._server_port = server_port
        self._one_by_one = False
        self._pause = 0.0
        self._refuses = False
        self._cut_after: int | None = None
        self._hang_after: int | None = None
        self._listener = socket.create_server((HOST, 0))
        self._open: set[socket.socket] = set()

    def start(self) -> None:
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, name="flaky-imap", daemon=True).start()

    def stop(self) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """Every connection ends now."""
        for each in list(self._open):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)

    def cut_after(self, count: int) -> None:
        """Once: the connection ends after so many bytes from now."""
        self._cut_after = count

    def hang_after(self, count: int) -> None:
        """After so many bytes from now nothing arrives any more, and nothing ends, until `heal`."""
        self._hang_after = count

    def slice(self, *, pause: float = 0.0) -> None:
        """Every byte travels alone, `pause` seconds after the one before."""
        self._one_by_one = True
        self._pause = pause

    def refuse(self) -> None:
        """New connections end at once, before the greeting."""
        self._refuses = True

    def heal(self) -> None:
        """The line is good from now on; what hung stays lost with its connection."""
        self._one_by_one = self._refuses = False
        self._cut_after = self._hang_after = None

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.connections += 1
                if self._refuses:
                    client.close()
                    continue
                server = socket.create_connection((HOST, self._server_port))
                for each in (client, server):
                    each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._open |= {client, server}
                for pump, source, target in ((self._upward, client, server), (self._downward, server, client)):
                    threading.Thread(target=self._pump, args=(pump, source, target), daemon=True).start()

    def _pump(self, pump: Callable[..., None], source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            pump(source, target)
        for each in (source, target):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
            self._open.discard(each)

    def _upward(self, source: socket.socket, target: socket.socket) -> None:
        while received := source.recv(65536):
            target.sendall(received)

    def _downward(self, source: socket.socket, target: socket.socket) -> None:
        hangs = False
        while received := source.recv(65536):
            if self._cut_after is not None:
                received, rest = received[: self._cut_after], received[self._cut_after :]
                self._cut_after -= len(received)
                if rest:
                    self._cut_after = None
                    target.sendall(received)
                    return
            if self._hang_after is not None:
                received, rest = received[: self._hang_after], received[self._hang_after :]
                self._hang_after -= len(received)
                hangs = hangs or bool(rest)
            if hangs and not received:
                continue
            for piece in (received[n : n + 1] for n in range(len(received))) if self._one_by_one else (received,):
                time.sleep(self._pause)
                target.sendall(piece)


@dataclass(frozen=True, slots=True)
class BeginTls:
    """Say `clear` and begin TLS as the server; `%NEXT%` is the tag of the command to come."""

    clear: bytes
    context: ssl.SSLContext


class ScriptedPeer:
    """A server that says, one thing for each thing it hears, what a script has; then it hangs up.

    The first thing is its greeting. `%TAG%` stands for the tag of the last command it heard. The nth connection has
    the nth script, the last one all further connections.
    """

    def __init__(self, *scripts: Sequence[bytes | Trouble | BeginTls]) -> None:
        self.heard: list[bytes] = []
        self.connections = 0
        self._scripts = scripts
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._stopped = threading.Event()

    def __enter__(self) -> "ScriptedPeer":
        threading.Thread(target=self._accept, name="scripted-peer", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                script = self._scripts[min(self.connections, len(self._scripts) - 1)]
                self.connections += 1
                threading.Thread(target=self._talk, args=(client, script), daemon=True).start()

    def _talk(self, client: socket.socket, script: Sequence[bytes | Trouble | BeginTls]) -> None:
        tag = b""
        with contextlib.suppress(OSError):
            for n, answer in enumerate(script):
                if n:
                    heard = b""
                    while not heard.endswith(b"\r\n") and (piece := client.recv(65536)):
                        heard += piece
                    self.heard.append(heard)
                    if not heard:
                        break
                    tag = heard.split(b" ")[0] if b" " in heard else tag
                match answer:
                    case bytes():
                        client.sendall(answer.replace(b"%TAG%", tag))
                    case BeginTls(clear, context):
                        following = b"%b%d" % (tag.rstrip(b"0123456789"), int(tag.lstrip(ascii_letters.encode())) + 1)
                        client.sendall(clear.replace(b"%TAG%", tag).replace(b"%NEXT%", following))
                        client = context.wrap_socket(client, server_side=True)
                    case Trouble.SILENCE:
                        self._stopped.wait()
                    case Trouble.HANG_UP:
                        break
        client.close()

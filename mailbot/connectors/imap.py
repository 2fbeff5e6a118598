"""The mailbox and the Sent folder of an IMAP account (RFC 3501, RFC 9051), as `mailbot.desk.ports` asks for them.

Every command names mails by UID; sequence numbers shift under other people's hands and are used nowhere.
"""

import ssl
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

from imapclient import SEEN
from imapclient.exceptions import CapabilityError, IMAPClientAbortError, IMAPClientError, LoginError
from imapclient.imapclient import SENT

from mailbot.connectors.account import Credentials, Security, said
from mailbot.connectors.imap_structure import (
    HEADER_LIMIT,
    MIME_HEADER_LIMIT,
    TEXT_LIMIT,
    FetchedText,
    Part,
    Structure,
    compose,
    compose_header_alone,
    cut_at_line,
    read_structure,
    text_parts,
)
from mailbot.connectors.imap_wire import Connection, IdleRefused
from mailbot.desk.ports import FolderState, MailboxError, MailboxRefused, MailSummary, PartialMail

HANDLED = b"$MailbotHandled"
_FLAGGED = rb"\Flagged"
_DELETED = rb"\Deleted"

IDLE_RENEWAL = 28 * 60
"""Seconds; RFC 2177: a server may log a client out after 29 minutes of IDLE."""

_SLICE = 0.25
"""Seconds after which a wait looks whether it was interrupted; a signal handler may set a flag and nothing more."""

SEARCH_WINDOW = 50_000
"""UIDs asked for at a time in a big folder: the answer is one line, and a line has a limit."""

_BATCH = 400
"""Mails asked for in one FETCH, so that the command stays within the 8,192 bytes of RFC 7162 section 4."""

# RFC 5530: what these say passes by itself.
_PASSING = ("[UNAVAILABLE]", "[INUSE]", "[SERVERBUG]", "[LIMIT]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapAccount:
    """Where a mailbox is and how to work with it. Timeouts and intervals in seconds.

    `processed_folder` and `quarantine_folder`: None leaves mails where they are, flagged. `sent_folder`: None looks
    for the one marked \\Sent (RFC 6154). `ca_file`: authorities to trust instead of the system's.
    """

    host: str
    username: str
    credentials: Credentials
    port: int = 993
    security: Security = Security.TLS
    folder: str = "INBOX"
    processed_folder: str | None = None
    quarantine_folder: str | None = None
    sent_folder: str | None = None
    idle: bool = True
    poll_seconds: float = 60.0
    connect_timeout: float = 10.0
    command_timeout: float = 60.0
    ca_file: Path | None = None


class ImapMailbox:
    """One folder over one connection, for one thread; only `interrupt` may be called from elsewhere.

    After any error the connection is gone and the next `open` makes a new one; between, every call fails at once.
    """

    def __init__(self, account: ImapAccount, *, search_window: int = SEARCH_WINDOW) -> None:
        self._account = account
        self._window = search_window
        self._connection: Any = None
        self._state: FolderState | None = None
        self._exists = 0
        self._may_idle = account.idle
        self._interrupted = False

    def open(self) -> FolderState:
        """Connect and sign in if need be, and SELECT the folder."""
        if self._connection is None:
            self._connection = connect(self._account)
            self._may_idle = self._account.idle
        with self._asking(f"SELECT {self._account.folder}") as connection:
            try:
                selected = connection.select_folder(self._account.folder)
            except IMAPClientAbortError as error:
                # imaplib raises a kind of abort, though nothing ended, for a folder that opens for reading only.
                if isinstance(error, connection.ReadOnlyError):
                    raise MailboxRefused(f"{self._where}: {self._account.folder} opens for reading only") from None
                raise
            except IMAPClientError as error:
                raise _refused_or_passing(f"{self._where}: SELECT {self._account.folder}", error) from None
            if b"UIDVALIDITY" not in selected:
                raise MailboxRefused(f"{self._where}: {self._account.folder} has no UIDVALIDITY, so no lasting UIDs")
            self._exists = selected.get(b"EXISTS", 0)
            permanent = selected.get(b"PERMANENTFLAGS", ())
            self._state = FolderState(
                uidvalidity=selected[b"UIDVALIDITY"],
                uidnext=selected[b"UIDNEXT"] if b"UIDNEXT" in selected else self._highest_uid(connection) + 1,
                can_idle=self._account.idle and connection.has_capability("IDLE"),
                can_move=connection.has_capability("MOVE"),
                keywords_allowed=rb"\*" in permanent or HANDLED in permanent,
            )
            return self._state

    def uids_above(self, uid: int) -> Sequence[int]:
        with self._asking(f"UID SEARCH UID {uid + 1}:*") as connection:
            connection.forget_news()
            first = uid + 1
            found: list[int] = []
            if self._exists > self._window and self._state is not None:
                while first + self._window < self._state.uidnext:
                    found += connection.search(["UID", f"{first}:{first + self._window - 1}"])
                    first += self._window
            found += connection.search(["UID", f"{first}:*"])
            # RFC 9051 section 6.4.8: n:* always holds the last mail, also where its UID is less than n.
            return sorted({each for each in found if each > uid})

    def summaries(self, uids: Sequence[int]) -> Sequence[MailSummary]:
        found: list[MailSummary] = []
        for batch in _batches(uids):
            with self._asking(f"UID FETCH of {len(batch)} sizes") as connection:
                connection.forget_strays()
                answers = connection.fetch(batch, ["RFC822.SIZE", "INTERNALDATE", "FLAGS"])
                found += [
                    MailSummary(
                        uid=uid,
                        size=answer[b"RFC822.SIZE"],
                        internal_at=_moment(answer.get(b"INTERNALDATE")),
                        seen=SEEN in answer.get(b"FLAGS", ()),
                    )
                    for uid, answer in answers.items()
                    if isinstance(answer.get(b"RFC822.SIZE"), int)
                ]
        return found

    def fetch(self, uid: int) -> bytes | None:
        with self._asking(f"UID FETCH {uid}") as connection:
            connection.forget_strays()
            return _section(connection.fetch([uid], ["BODY.PEEK[]"]).get(uid), b"BODY[]")

    def fetch_text(self, uid: int) -> PartialMail | None:
        state = self._state
        with self._asking(f"UID FETCH {uid} (header and size)") as connection:
            connection.forget_strays()
            answer = connection.fetch([uid], ["RFC822.SIZE", f"BODY.PEEK[HEADER]<0.{HEADER_LIMIT}>"]).get(uid)
            header = _section(answer, b"BODY[HEADER]<0>")
            if header is None:
                return None
        try:
            structure = self._structure(uid)
        except MailboxError:
            # A structure of a million parts, or a thousand deep, breaks the parser and with it the connection; the
            # mail is still a mail, and the next one must not wait for it.
            if self.open().uidvalidity != (state.uidvalidity if state else None):
                raise
            return compose_header_alone(header, answer[b"RFC822.SIZE"])
        return None if structure is None else self._with_texts(uid, header, structure)

    def _structure(self, uid: int) -> Structure | None:
        with self._asking(f"UID FETCH {uid} BODYSTRUCTURE") as connection:
            answer = connection.fetch([uid], ["BODYSTRUCTURE"]).get(uid)
            return read_structure(answer[b"BODYSTRUCTURE"]) if answer else None

    def _with_texts(self, uid: int, header: bytes, structure: Structure) -> PartialMail | None:
        texts: dict[str, FetchedText] = {}
        for part in text_parts(structure):
            section = part.section
            with self._asking(f"UID FETCH {uid} BODY[{section}]") as connection:
                wanted = [f"BODY.PEEK[{section}]<0.{TEXT_LIMIT}>"]
                if not isinstance(structure, Part):
                    wanted.append(f"BODY.PEEK[{section}.MIME]<0.{MIME_HEADER_LIMIT}>")
                answer = connection.fetch([uid], wanted).get(uid)
                if answer is None:
                    return None
                texts[section] = FetchedText(
                    header=_section(answer, f"BODY[{section}.MIME]<0>".encode()) or b"",
                    body=cut_at_line(_section(answer, f"BODY[{section}]<0>".encode()) or b"", TEXT_LIMIT),
                )
        return compose(header, structure, texts)

    def wait(self, seconds: float) -> bool:
        """True as soon as the server spoke of mail that `uids_above` has not asked for yet; False after `seconds`,
        or at once after `interrupt`, whether it came before or comes meanwhile.
        """
        until = time.monotonic() + seconds
        try:
            with self._asking("IDLE" if self._idles else "NOOP") as connection:
                # Some servers do not tell within IDLE what came just before it.
                connection.noop()
                while not connection.has_news():
                    remaining = until - time.monotonic()
                    if remaining <= 0 or self._interrupted:
                        return False
                    if self._idles:
                        self._idle(connection, min(remaining, IDLE_RENEWAL))
                    else:
                        self._listen(connection, min(remaining, self._account.poll_seconds))
                        connection.noop()
                return True
        finally:
            self._interrupted = False

    def interrupt(self) -> None:
        """End a `wait`, the next one if none is under way. Safe in a signal handler and from any thread."""
        self._interrupted = True

    @property
    def _idles(self) -> bool:
        return self._may_idle and self._state is not None and self._state.can_idle

    def _idle(self, connection: Any, seconds: float) -> None:
        try:
            connection.idle()
        except IdleRefused:
            self._may_idle = False
            return
        if not connection.has_news():
            self._listen(connection, seconds)
        # Whatever it was (new mail, "still here", a hang-up), the answers up to the end of IDLE say it.
        connection.idle_done()

    def _listen(self, connection: Any, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._interrupted and (remaining := until - time.monotonic()) > 0:
            if connection.is_readable(min(remaining, _SLICE)):
                return

    def acknowledge(self, uid: int, *, handled: bool) -> None:
        """Flag \\Seen, and $MailbotHandled or (what could not be handled) \\Flagged; then move."""
        flags = [SEEN, HANDLED if handled else _FLAGGED]
        if handled and not (self._state and self._state.keywords_allowed):
            flags.remove(HANDLED)
        folder = self._account.processed_folder if handled else self._account.quarantine_folder
        with self._asking(f"UID STORE {uid}") as connection:
            connection.add_flags([uid], flags, silent=True)
        if folder is not None:
            with self._asking(f"moving mail {uid} to {folder}") as connection:
                self._move(connection, uid, folder)

    def _move(self, connection: Any, uid: int, folder: str) -> None:
        if connection.has_capability("MOVE"):
            _creating(connection, folder, lambda: connection.move([uid], folder))
            return
        # Without MOVE (RFC 6851) a repetition would copy once more what was copied and marked before.
        if not connection.search(["UID", str(uid), "NOT", "DELETED"]):
            return
        _creating(connection, folder, lambda: connection.copy([uid], folder))
        connection.add_flags([uid], [_DELETED], silent=True)
        # Without UIDPLUS (RFC 4315) EXPUNGE would also remove what other people marked: the mark alone must do.
        if connection.has_capability("UIDPLUS"):
            connection.uid_expunge([uid])

    def close(self) -> None:
        connection, self._connection, self._state = self._connection, None, None
        if connection is not None:
            _log_out(connection)

    @property
    def _where(self) -> str:
        return f"{self._account.host}:{self._account.port}"

    @contextmanager
    def _asking(self, what: str) -> Iterator[Any]:
        if self._connection is None:
            raise MailboxError(f"{self._where}: not connected, so {what} was not tried")
        try:
            yield self._connection
        except BaseException as error:
            # An answer may be on its way, and the next command would take it for its own.
            _hang_up(self._connection)
            self._connection = self._state = None
            # imaplib and IMAPClient raise nearly anything over a broken answer: ValueError, KeyError, RecursionError.
            if isinstance(error, MailboxError) or not isinstance(error, Exception):
                raise
            raise MailboxError(f"{self._where}: {what}: {said(error)}") from error

    @staticmethod
    def _highest_uid(connection: Any) -> int:
        return max(connection.search(["UID", "*"]), default=0)


class ImapSentFolder:
    """The Sent folder, over a connection of its own that is made for each question: it is asked seldom."""

    def __init__(self, account: ImapAccount) -> None:
        self._account = account

    def holds(self, *, message_id: str, reference: str, sent_on: date) -> bool | None:
        """Compare Message-ID and X-Mailbot-Ref of that day's copies, and of the days beside it: zones differ."""
        where = f"{self._account.host}:{self._account.port}"
        connection = connect(self._account)
        try:
            folder = self._find(connection)
            if folder is None:
                return None
            connection.select_folder(folder, readonly=True)
            return any(
                _field(header, "Message-ID") == message_id
                or (reference != "" and _field(header, "X-Mailbot-Ref") == reference)
                for header in self._headers(connection, sent_on)
            )
        except Exception as error:  # as in ImapMailbox: the libraries raise nearly anything
            raise MailboxError(f"{where}: looking for a letter in the Sent folder: {said(error)}") from error
        finally:
            _log_out(connection)

    def _find(self, connection: Any) -> str | None:
        name = self._account.sent_folder
        if name is None:
            found: str | None = connection.find_special_folder(SENT)
            return found
        return name if connection.folder_exists(name) else None

    @staticmethod
    def _headers(connection: Any, sent_on: date) -> Iterator[bytes]:
        # By the day of its arrival: the header's own date is the shop's clock, which the server may have corrected.
        day = timedelta(days=1)
        uids = connection.search(["SINCE", sent_on - day, "BEFORE", sent_on + 2 * day])
        # HEADER in a SEARCH is a substring, whatever its case (RFC 9051 section 6.4.4): fetched and compared instead.
        for batch in _batches(sorted(uids, reverse=True)):
            answers = connection.fetch(batch, ["BODY.PEEK[HEADER.FIELDS (MESSAGE-ID X-MAILBOT-REF)]"])
            for answer in answers.values():
                yield next((value for key, value in answer.items() if key.startswith(b"BODY[HEADER.FIELDS")), b"")


def connect(account: ImapAccount) -> Any:
    """A signed-in IMAPClient. Raises MailboxRefused where only a person can help, MailboxError otherwise."""
    where = f"{account.host}:{account.port}"
    try:
        connection = Connection(
            account.host,
            account.port,
            security=account.security,
            ca_file=account.ca_file,
            connect_timeout=account.connect_timeout,
            command_timeout=account.command_timeout,
        )
    except (ssl.SSLCertVerificationError, CapabilityError) as error:
        raise MailboxRefused(f"{where}: connecting with {account.security}: {said(error)}") from error
    except Exception as error:  # as in ImapMailbox: the libraries raise nearly anything
        raise MailboxError(f"{where}: connecting with {account.security}: {said(error)}") from error
    try:
        account.credentials.sign_in_to_imap(connection, account.username)
        connection.capabilities()  # while the answer to the sign-in, which often holds them, is still remembered
    except LoginError as error:
        _hang_up(connection)
        # IMAPClient makes a LoginError of a connection that ended, too.
        if isinstance(error.__context__, IMAPClientAbortError):
            raise MailboxError(f"{where}: signing in as {account.username}: {said(error)}") from None
        raise _refused_or_passing(f"{where}: signing in as {account.username}", error.__context__ or error) from None
    except Exception as error:
        _hang_up(connection)
        raise MailboxError(f"{where}: signing in as {account.username}: {said(error)}") from None
    return connection


def _refused_or_passing(what: str, error: BaseException) -> MailboxError:
    words = said(error)
    kind = MailboxError if any(code in words.upper() for code in _PASSING) else MailboxRefused
    return kind(f"{what}: {words}")


def _creating(connection: Any, folder: str, command: Callable[[], object]) -> None:
    """Run a command that needs the folder; where it fails, create the folder and run it once more."""
    try:
        command()
    except IMAPClientAbortError:
        raise
    except IMAPClientError:
        # Not every server says TRYCREATE (RFC 9051 section 7.1). If the folder was there, this fails and says why.
        if connection.folder_exists(folder):
            raise
        connection.create_folder(folder)
        connection.subscribe_folder(folder)
        command()


def _log_out(connection: Any) -> None:
    try:
        connection.hasten(5.0)
        connection.logout()
    except Exception:
        _hang_up(connection)


def _hang_up(connection: Any) -> None:
    try:
        connection.shutdown()
    except Exception:
        return  # nothing is asked of this connection any more


def _batches(uids: Sequence[int]) -> Iterator[Sequence[int]]:
    for start in range(0, len(uids), _BATCH):
        yield uids[start : start + _BATCH]


def _section(answer: Any, key: bytes) -> bytes | None:
    # An expunged mail's body is NIL, or its answer is missing.
    content = answer.get(key) if answer else None
    return None if content is None else bytes(content)


def _moment(internal_at: datetime | None) -> datetime:
    # A server that cannot tell when a mail came: it counts as new rather than be passed over.
    return internal_at.astimezone(UTC) if internal_at else datetime.now(UTC)


def _field(header: bytes, name: str) -> str:
    return "".join(str(BytesHeaderParser().parsebytes(header).get(name, "")).split())

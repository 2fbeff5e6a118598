"""Small honest fakes of the mail ports. The contract suites in tests/connectors run on them and on real servers."""

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from email import message_from_bytes

from mailbot.desk.ports import (
    DeliveryError,
    Envelope,
    FolderState,
    LeftOut,
    MailboxError,
    MailSummary,
    PartialMail,
    UncertainDeliveryError,
)


@dataclass(slots=True)
class StoredMail:
    """One mail as the fake folder holds it."""

    raw: bytes
    internal_at: datetime
    seen: bool = False
    flags: set[str] = field(default_factory=set)


class FakeMailbox:
    """A folder in memory. `failures` are raised one a call, first in first out; `None` lets one call through."""

    def __init__(self, *, processed_folder: str | None = None, quarantine_folder: str | None = None) -> None:
        self.uidvalidity = 1
        self.mails: dict[int, StoredMail] = {}
        self.folders: dict[str, list[StoredMail]] = {}
        self.failures: deque[MailboxError | None] = deque()
        self.fetched: list[int] = []
        self.fetched_text: list[int] = []
        self.acknowledged: list[tuple[int, bool]] = []
        self.is_open = False
        self._processed_folder = processed_folder
        self._quarantine_folder = quarantine_folder
        self._next_uid = 1
        self._wake = threading.Event()
        self._has_news = False

    def deliver(self, raw: bytes, when: datetime | None = None, *, seen: bool = False) -> int:
        """A mail arrives; its UID."""
        uid, self._next_uid = self._next_uid, self._next_uid + 1
        self.mails[uid] = StoredMail(raw, when or datetime.now(UTC), seen)
        self._has_news = True
        self._wake.set()
        return uid

    def remove(self, uid: int) -> None:
        """Somebody else deletes the mail."""
        del self.mails[uid]

    def rebuild(self) -> None:
        """The server gives the folder a new UIDVALIDITY: the same mails under other UIDs."""
        self.uidvalidity += 1
        self.mails = dict(enumerate(self.mails.values(), start=1))
        self._next_uid = len(self.mails) + 1

    def open(self) -> FolderState:
        self._maybe_fail()
        self.is_open = True
        return FolderState(
            uidvalidity=self.uidvalidity,
            uidnext=self._next_uid,
            can_idle=True,
            can_move=True,
            keywords_allowed=True,
        )

    def uids_above(self, uid: int) -> Sequence[int]:
        self._ask()
        self._has_news = False
        return sorted(each for each in self.mails if each > uid)

    def summaries(self, uids: Sequence[int]) -> Sequence[MailSummary]:
        self._ask()
        return [
            MailSummary(uid=uid, size=len(mail.raw), internal_at=mail.internal_at, seen=mail.seen)
            for uid in uids
            if (mail := self.mails.get(uid)) is not None
        ]

    def fetch(self, uid: int) -> bytes | None:
        self._ask()
        self.fetched.append(uid)
        mail = self.mails.get(uid)
        return mail.raw if mail is not None else None

    def fetch_text(self, uid: int) -> PartialMail | None:
        self._ask()
        self.fetched_text.append(uid)
        mail = self.mails.get(uid)
        return _without_files(mail.raw) if mail is not None else None

    def wait(self, seconds: float) -> bool:
        self._ask()
        if not self._has_news:
            self._wake.wait(seconds)
        self._wake.clear()
        return self._has_news

    def interrupt(self) -> None:
        self._wake.set()

    def acknowledge(self, uid: int, *, handled: bool) -> None:
        self._ask()
        self.acknowledged.append((uid, handled))
        mail = self.mails.get(uid)
        if mail is None:
            return
        mail.seen = True
        mail.flags.add("$MailbotHandled" if handled else "\\Flagged")
        folder = self._processed_folder if handled else self._quarantine_folder
        if folder is not None:
            self.folders.setdefault(folder, []).append(self.mails.pop(uid))

    def close(self) -> None:
        self.is_open = False

    def _ask(self) -> None:
        self._maybe_fail()
        if not self.is_open:
            raise MailboxError("the fake mailbox is not open")

    def _maybe_fail(self) -> None:
        if self.failures and (failure := self.failures.popleft()) is not None:
            self.is_open = False
            raise failure


def _without_files(raw: bytes) -> PartialMail:
    """As a server's parts would come: the outermost multipart without its files."""
    message = message_from_bytes(raw)
    parts = [part for part in message.walk() if part is not message] if message.is_multipart() else []
    kept = [part for part in parts if part.get_content_maintype() == "text" and part.get_filename() is None]
    left_out = tuple(
        LeftOut(
            filename=part.get_filename() or "",
            content_type=part.get_content_type(),
            size=len(str(part.get_payload())),
        )
        for part in parts
        if part not in kept and not part.is_multipart()
    )
    if not parts:
        return PartialMail(raw=raw, left_out=())
    message.set_payload([*kept])
    return PartialMail(raw=message.as_bytes(), left_out=left_out)


class FakeSentFolder:
    """The account's Sent copies; `exists=False` is an account without such a folder."""

    def __init__(self, *, exists: bool = True) -> None:
        self.exists = exists
        self.copies: list[tuple[str, str, date]] = []
        self.asked: list[str] = []

    def keep(self, *, message_id: str, reference: str, sent_on: date) -> None:
        """A copy of a letter appears."""
        self.copies.append((message_id, reference, sent_on))

    def holds(self, *, message_id: str, reference: str, sent_on: date) -> bool | None:
        self.asked.append(message_id)
        if not self.exists:
            return None
        return any(
            (copy_id == message_id or (reference != "" and copy_reference == reference))
            and abs((on - sent_on).days) <= 1
            for copy_id, copy_reference, on in self.copies
        )


class FakeTransport:
    """A submission server. `replies` are raised one a send; `None` accepts. Uncertain ones may have been accepted."""

    def __init__(self, *, accepts_uncertain: bool = False) -> None:
        self.sent: list[tuple[Envelope, bytes]] = []
        self.tried: list[tuple[Envelope, bytes]] = []
        self.replies: deque[DeliveryError | None] = deque()
        self.accepts_uncertain = accepts_uncertain

    def send(self, envelope: Envelope, raw: bytes) -> None:
        self.tried.append((envelope, raw))
        reply = self.replies.popleft() if self.replies else None
        if reply is None or (self.accepts_uncertain and isinstance(reply, UncertainDeliveryError)):
            self.sent.append((envelope, raw))
        if reply is not None:
            raise reply

    def close(self) -> None:
        self.replies.clear()

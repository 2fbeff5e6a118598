"""The two stores that the contract runs on, builders for what is put in them, and the commonest things to do there."""

from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from mailbot.claims.claim import Claim, Evidence
from mailbot.connectors.database.store import SqliteStore
from mailbot.connectors.holders import Holder
from mailbot.desk.rows import (
    InboxState,
    KeptMail,
    MailOutcome,
    NewLetter,
    NewMail,
    OutboxRow,
    OutboxState,
    Timer,
    TimerKind,
    Token,
)
from mailbot.desk.store import Store
from tests.fakes_store import FakeStore

NOON = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
HASH = "ab" * 32


def a_new_mail(uid: int = 1, **changes: Any) -> NewMail:
    values: dict[str, Any] = {"mailbox": "INBOX", "uidvalidity": 1, "uid": uid, "blob": HASH, "size": 900}
    return NewMail(**{**values, "internal_at": NOON, **changes})


def a_claim(name: str = "A", **changes: Any) -> Claim:
    values: dict[str, Any] = {
        "rma": f"RMA-{name}",
        "token": f"token{name}",
        "customer": "anna@mail.example",
        "first_contact_at": NOON,
        "updated_at": NOON,
    }
    return Claim(**{**values, **changes})


def a_letter(key: str = "answer:1", **changes: Any) -> NewLetter:
    values: dict[str, Any] = {
        "key": key,
        "letter": "request_information",
        "audience": "customer",
        "claim": None,
        "recipient": "anna@mail.example",
        "message_id": f"<{key}@shop.example>",
        "reference": f"ref-{key}",
        "raw": b"Subject: Hello\r\n\r\nHello\r\n",
        "automatic": True,
        "acknowledgement": False,
        "proven": True,
        "not_before": NOON,
    }
    return NewLetter(**{**values, **changes})


def a_file(number: int, mail: int, **changes: Any) -> Evidence:
    values: dict[str, Any] = {
        "number": number,
        "mail": mail,
        "part": number - 1,
        "filename": f"{number}.jpg",
        "content_type": "image/jpeg",
        "size": 1000,
        "sha256": HASH,
        "media": "photo",
        "role": "evidence",
        "usable": True,
    }
    return Evidence(**{**values, **changes})


def a_timer(claim: int, due_at: datetime, **changes: Any) -> Timer:
    values: dict[str, Any] = {"kind": TimerKind.REMINDER, "sequence": 1, "anchor": "answer:1", "after_days": 3}
    return Timer(claim=claim, due_at=due_at, **{**values, **changes})


def a_token(text: str, claim: int) -> Token:
    return Token(
        token=text, agent="agent@shop.example", claim=claim, notification="n1", issued_at=NOON, expires_at=NOON + DAY
    )


HANDLED = MailOutcome(state=InboxState.HANDLED, route="opens_claim")
QUARANTINED = MailOutcome(state=InboxState.QUARANTINED, route="unreadable", reason="no message at all", subject="?")


@cache
def _empty_database() -> bytes:
    """As a first start makes it. Made once: running the migrations takes longer than most tests."""
    with TemporaryDirectory() as name:
        holder = Holder(Path(name) / "holders")
        SqliteStore(f"sqlite:///{name}/mailbot.db", holder).close()
        holder.close()
        return (Path(name) / "mailbot.db").read_bytes()


class Fake:
    """The fake, and how its world ends."""

    def __init__(self, _folder: Path) -> None:
        self.store = FakeStore()
        self.holder = "worker"
        self.survivor = "another"

    def kill(self) -> None:
        self.store.dead.add(self.holder)

    def close(self) -> None:
        pass


class Sqlite:
    """The real one; its worker is a second holder, so that it can die while the store lives on."""

    def __init__(self, folder: Path) -> None:
        self._worker = Holder(folder / "holders")
        self._own = Holder(folder / "holders")
        self.holder = self._worker.id
        self.survivor = self._own.id
        if not (folder / "mailbot.db").exists():
            (folder / "mailbot.db").write_bytes(_empty_database())
        self.store = SqliteStore(f"sqlite:///{folder}/mailbot.db", self._own, busy_seconds=0.2)

    def kill(self) -> None:
        self._worker.close()

    def close(self) -> None:
        self.store.close()
        self._own.close()
        self._worker.close()


World = Fake | Sqlite


def keep(store: Store, *mails: NewMail) -> list[int]:
    """Keep these mails; the ids they got."""
    with store.transaction() as tx:
        tx.keep(mails or (a_new_mail(),), at=NOON)
        return [number for number in range(1, 100) if tx.mail(number)][-len(mails or (1,)) :]


def add(store: Store, *claims: Claim) -> list[Claim]:
    with store.transaction() as tx:
        return [tx.add_claim(claim) for claim in claims or (a_claim(),)]


def put(store: Store, *letters: NewLetter, at: datetime = NOON) -> list[OutboxRow]:
    with store.transaction() as tx:
        for letter in letters:
            assert tx.put_letter(letter, at=at)
        rows = [tx.letter(letter.key) for letter in letters]
        return [row for row in rows if row]


def lease(store: Store, holder: str = "worker", at: datetime = NOON) -> OutboxRow:
    with store.transaction() as tx:
        row = tx.lease_letter(holder, at=at)
        assert row is not None
        return row


def settle(store: Store, row: OutboxRow, state: OutboxState, **how: Any) -> None:
    with store.transaction() as tx:
        tx.settle_letter(row.id, state, **{"at": NOON, **how})


def lease_mail(store: Store, holder: str = "worker") -> KeptMail | None:
    with store.counting() as tx:
        return tx.lease_mail(holder, at=NOON)

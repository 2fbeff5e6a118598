"""The store on SQLite: one file, a write-ahead log, every decision on the disk before it counts."""

import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import sqlalchemy as sa

from mailbot.connectors.database import migrate
from mailbot.connectors.database.claims import Claims
from mailbot.connectors.database.engine import prepare_file, sqlite_engine, sqlite_path, switch_to_wal
from mailbot.connectors.database.letters import Letters
from mailbot.connectors.database.mails import Mails
from mailbot.connectors.database.memory import Memory
from mailbot.connectors.database.work import in_our_words
from mailbot.connectors.holders import Holder
from mailbot.desk.store import StoreUnavailable, Transaction

BUSY_SECONDS: Final = 10.0
"""How long a transaction waits for another one before it gives up (StoreUnavailable)."""

_Use = Literal["deciding", "counting", "reading"]


class SqlTransaction(Mails, Claims, Letters, Memory):
    """What a use case may ask inside one transaction (the port `Transaction`)."""


class _View(SqlTransaction):
    """A transaction that is rolled back at its end; a secret that is made in it is kept all the same."""

    def __init__(self, connection: sa.Connection, *, store: "SqliteStore", randomness: Callable[[int], bytes]) -> None:
        super().__init__(connection, randomness=randomness)
        self._store = store

    def secret(self, name: str) -> bytes:
        known = self._secret(name)
        if known is not None:
            return known
        with self._store.transaction() as tx:
            return tx.secret(name)


class _ThisThread(threading.local):
    """The connections of one thread, kept open, and what it is doing with them."""

    def __init__(self) -> None:
        self.connections: dict[_Use, sa.Connection] = {}
        self.writes = False


class SqliteStore:
    """A Store in one SQLite file, for any number of threads and processes of one machine.

    The file is created at first use, its folder must be there. `holder` is who leases in this process and knows who
    lives. DatabaseUnusable where the database cannot be used as it is. A forked child opens a store of its own.
    """

    def __init__(
        self,
        url: str,
        holder: Holder,
        *,
        randomness: Callable[[int], bytes] = os.urandom,
        busy_seconds: float = BUSY_SECONDS,
    ) -> None:
        self._path = sqlite_path(url)
        self._holder = holder
        self._randomness = randomness
        self._busy_seconds = busy_seconds
        # SQLite waits for other processes by polling; among our own threads a lock wakes the next one at once.
        self._turn = threading.Lock()
        self._mine = _ThisThread()
        self._connections: weakref.WeakSet[sa.Connection] = weakref.WeakSet()
        prepare_file(self._path)
        durable = sqlite_engine(self._path, synchronous="FULL", busy_seconds=busy_seconds)
        # A kill loses nothing of NORMAL either, a power cut loses what no later FULL commit has carried to the disk.
        forgetful = sqlite_engine(self._path, synchronous="NORMAL", busy_seconds=busy_seconds)
        self._engines: dict[_Use, sa.Engine] = {"deciding": durable, "counting": forgetful, "reading": durable}
        switch_to_wal(durable, self._path)
        migrate.create_or_refuse(durable, self._path)

    # -- the port ----------------------------------------------------------------------------------------------------
    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A write transaction, on the disk when its block has ended well."""
        with self._writing("deciding") as tx:
            yield tx

    @contextmanager
    def counting(self) -> Iterator[Transaction]:
        """A write transaction without an fsync: for what a power cut may forget."""
        with self._writing("counting") as tx:
            yield tx

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """One moment of the database, undisturbed by writers and disturbing none."""
        with self._begun("reading", "BEGIN") as connection:
            yield _View(connection, store=self, randomness=self._randomness)
            connection.rollback()

    def release_dead(self, *, at: datetime) -> int:
        """Free what dead processes hold; returns how many mails and letters that were."""
        with self._begun("reading", "BEGIN") as connection:
            asking = SqlTransaction(connection, randomness=self._randomness)
            holders = {*asking.mail_holders(), *asking.letter_holders()}
            connection.rollback()
        dead = sorted(holder for holder in holders if not self._holder.is_alive(holder))
        if not dead:
            return 0
        with self._writing("deciding") as tx:
            return sum(tx.free_mails_of(holder) + tx.lose_letters_of(holder, at=at) for holder in dead)

    # -- beside the port ---------------------------------------------------------------------------------------------
    def backup(self, path: Path) -> None:
        """A copy of the database as it is now, taken while it is in use, on the disk when this returns.

        FileExistsError where `path` is there already; OSError or StoreUnavailable where it cannot be written.
        """
        beginning = path.with_name(f"{path.name}.partial")
        beginning.unlink(missing_ok=True)
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
        try:
            os.close(os.open(beginning, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600))
            try:
                with closing(sqlite3.connect(self._path, timeout=self._busy_seconds)) as connection:
                    connection.execute("VACUUM INTO ?", (str(beginning),))
            except sqlite3.Error as error:
                raise StoreUnavailable(f"the backup {path} cannot be written: {error}") from error
            _on_disk(beginning)
            beginning.replace(path)
            _on_disk(path.parent)
        except BaseException:
            beginning.unlink(missing_ok=True)
            path.unlink(missing_ok=True)
            raise

    def close(self) -> None:
        """Close the connections of all threads; no transaction may be under way."""
        for connection in list(self._connections):
            connection.close()
        self._mine.connections.clear()

    # -- transactions ------------------------------------------------------------------------------------------------
    @contextmanager
    def _writing(self, use: _Use) -> Iterator[SqlTransaction]:
        if self._mine.writes:
            raise RuntimeError("a write transaction inside another of the same thread would wait for itself")
        if not self._turn.acquire(timeout=self._busy_seconds):
            raise StoreUnavailable("the database is busy: another thread of this process holds it")
        self._mine.writes = True
        try:
            with self._begun(use, "BEGIN IMMEDIATE") as connection:
                tx = SqlTransaction(connection, randomness=self._randomness)
                yield tx
                if tx.failed is not None:
                    raise StoreUnavailable("a statement of this transaction failed; nothing was kept") from tx.failed
                connection.commit()
        finally:
            self._mine.writes = False
            self._turn.release()

    @contextmanager
    def _begun(self, use: _Use, begin: str) -> Iterator[sa.Connection]:
        """This thread's connection for this use with a transaction begun, which the block ends if it ends well."""
        connection = self._connection(use)
        try:
            connection.exec_driver_sql(begin)
            yield connection
        except BaseException as error:
            # Closing rolls back, also where the connection can do nothing else any more; the next use opens a new one.
            del self._mine.connections[use]
            connection.close()
            if isinstance(error, sa.exc.DBAPIError):
                raise in_our_words(error) from error
            raise

    def _connection(self, use: _Use) -> sa.Connection:
        connection = self._mine.connections.get(use)
        if connection is None:
            try:
                connection = self._engines[use].connect()
            except sa.exc.DBAPIError as error:
                raise in_our_words(error) from error
            self._mine.connections[use] = connection
            self._connections.add(connection)
        elif connection.in_transaction():
            raise RuntimeError(f"a transaction for {use} inside another of the same thread")
        return connection


def _on_disk(path: Path) -> None:
    file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)

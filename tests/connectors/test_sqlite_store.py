"""What only a real database can break."""

import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailbot.claims.claim import HistoryEntry, Item
from mailbot.connectors.database.engine import DatabaseUnusable
from mailbot.connectors.database.store import SqliteStore
from mailbot.connectors.holders import Holder
from mailbot.desk.rows import (
    ClaimFilter,
    InboxState,
    OutboxState,
)
from mailbot.desk.store import StoreUnavailable, Transaction
from tests.connectors.store_worlds import (
    HANDLED,
    HASH,
    NOON,
    QUARANTINED,
    Sqlite,
    a_claim,
    a_file,
    a_letter,
    a_new_mail,
    a_timer,
    add,
    keep,
)


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[SqliteStore]:
    world = Sqlite(tmp_path)
    yield world.store
    world.close()


class TestSqlite:
    def test_everything_is_there_when_the_file_is_opened_again(self, tmp_path: Path) -> None:
        world = Sqlite(tmp_path)
        with world.store.transaction() as tx:
            claim, secret = tx.add_claim(a_claim()), tx.secret("tokens")
        world.close()
        world = Sqlite(tmp_path)
        with world.store.transaction() as tx:
            assert (tx.claim(1), tx.secret("tokens")) == (claim, secret)
        world.close()

    @pytest.mark.parametrize("use, level", [("deciding", 2), ("counting", 1), ("reading", 2)])
    def test_a_decision_is_on_the_disk_before_it_counts(self, sqlite: SqliteStore, use: str, level: int) -> None:
        scope = {"deciding": sqlite.transaction, "counting": sqlite.counting, "reading": sqlite.reading}[use]
        with scope() as tx:
            asked = [
                tx._connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()  # type: ignore[attr-defined]
                for name in ("synchronous", "journal_mode", "foreign_keys")
            ]
        assert asked == [level, "wal", 1]

    def test_the_file_with_its_secrets_is_nobody_elses_to_read(self, tmp_path: Path) -> None:
        holder = Holder(tmp_path / "holders")
        store = SqliteStore(f"sqlite:///{tmp_path}/new.db", holder)
        with store.transaction() as tx:
            tx.secret("tokens")
        modes = {path.name: oct(path.stat().st_mode & 0o777) for path in tmp_path.glob("new.db*")}
        store.close()
        holder.close()
        assert modes == {"new.db": "0o600", "new.db-shm": "0o600", "new.db-wal": "0o600"}

    def test_a_locked_database_is_unavailable_and_works_again_afterwards(
        self, sqlite: SqliteStore, tmp_path: Path
    ) -> None:
        other = sqlite3.connect(tmp_path / "mailbot.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreUnavailable, match="locked"), sqlite.transaction() as tx:
            tx.set_mark("weather", "rain")
        with sqlite.reading() as tx:
            assert tx.mark("weather") is None
        other.execute("ROLLBACK")
        other.close()
        with sqlite.transaction() as tx:
            tx.set_mark("weather", "sun")
            assert tx.mark("weather") == "sun"

    @pytest.mark.parametrize("use", ["transaction", "counting"])
    def test_what_was_read_in_a_transaction_is_still_so_when_it_writes(
        self, sqlite: SqliteStore, tmp_path: Path, use: str
    ) -> None:
        other = sqlite3.connect(tmp_path / "mailbot.db", isolation_level=None, timeout=0)
        with getattr(sqlite, use)() as tx:
            assert tx.mark("weather") is None
            with pytest.raises(sqlite3.OperationalError, match="locked"):
                other.execute("BEGIN IMMEDIATE")
        other.close()

    def test_a_thread_that_waits_too_long_for_another_is_told(self, sqlite: SqliteStore) -> None:
        with sqlite.transaction():
            told: list[str] = []

            def write() -> None:
                try:
                    with sqlite.transaction():
                        pass
                except StoreUnavailable as error:
                    told.append(str(error))

            thread = threading.Thread(target=write)
            thread.start()
            thread.join()
        assert told == ["the database is busy: another thread of this process holds it"]

    def full_disk(self, tx: Transaction) -> None:
        connection = tx._connection  # type: ignore[attr-defined]
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    def test_a_full_disk_keeps_nothing_half_done(self, sqlite: SqliteStore) -> None:
        keep(sqlite)

        def decide() -> None:
            with sqlite.transaction() as tx:
                tx.finish_mail(1, HANDLED, at=NOON)
                self.full_disk(tx)
                tx.put_letter(a_letter(raw=bytes(500_000)), at=NOON)

        with pytest.raises(StoreUnavailable, match="full"):
            decide()
        with sqlite.transaction() as tx:
            mail = tx.mail(1)
            assert mail is not None
            assert (mail.state, tx.letter("answer:1")) == (InboxState.KEPT, None)
            tx.put_letter(a_letter(raw=bytes(500_000)), at=NOON)

    def test_whoever_overlooks_a_failed_statement_still_keeps_nothing(self, sqlite: SqliteStore) -> None:

        def overlook() -> None:
            with sqlite.transaction() as tx:
                self.full_disk(tx)
                with pytest.raises(StoreUnavailable):
                    tx.put_letter(a_letter(raw=bytes(500_000)), at=NOON)
                # SQLite has rolled back by itself here: this would be kept alone.
                with pytest.raises(StoreUnavailable):
                    tx.set_mark("weather", "rain")

        with pytest.raises(StoreUnavailable):
            overlook()
        with sqlite.reading() as tx:
            assert tx.mark("weather") is None

    @pytest.mark.parametrize("text", ["\ud800", "a\0b", "\udcff\0"], ids=ascii)
    def test_no_text_of_a_strangers_makes_a_mail_impossible_to_finish(self, sqlite: SqliteStore, text: str) -> None:
        keep(sqlite)
        add(sqlite, a_claim(customer_name=text, items=(Item(description=text),), left_out=(text,)))
        with sqlite.transaction() as tx:
            tx.finish_mail(1, replace(QUARANTINED, subject=text, sender=text, message_id=text), at=NOON)
            tx.put_evidence(1, [a_file(1, 1, filename=text)])
            tx.add_history(1, [HistoryEntry(at=NOON, actor="customer", event="mail", detail={"subject": text})])
        with sqlite.reading() as tx:
            mail = tx.mail(1)
            assert mail is not None
            assert len(mail.subject) == len(text)
            assert "\ud800" not in mail.subject
            assert tx.history(1)[0].detail == {"subject": text}

    def test_a_moment_without_a_zone_is_refused(self, sqlite: SqliteStore) -> None:
        with pytest.raises(sa.exc.StatementError, match="no time zone"), sqlite.transaction() as tx:
            tx.mark_proven("anna@mail.example", how="dmarc", at=NOON.replace(tzinfo=None))

    def test_numbers_that_people_have_read_are_not_given_again(self, sqlite: SqliteStore, tmp_path: Path) -> None:
        add(sqlite, a_claim("A"), a_claim("B"))
        with sqlite3.connect(tmp_path / "mailbot.db") as other:
            other.execute("DELETE FROM claims WHERE number = 2")
        other.close()
        assert [claim.number for claim in add(sqlite, a_claim("C"))] == [3]

    def test_every_lookup_goes_by_an_index(self, sqlite: SqliteStore) -> None:
        """A database of ten years must answer as fast as one of a day."""
        asked: list[str] = []
        [claim] = add(sqlite)
        keep(sqlite)
        with sqlite.transaction() as tx:
            connection = tx._connection  # type: ignore[attr-defined]

            def explain(_connection: Any, cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
                if statement.startswith(("SELECT", "UPDATE", "DELETE")):
                    plan = connection.connection.dbapi_connection.execute(f"EXPLAIN QUERY PLAN {statement}", parameters)
                    asked.extend(f"{row[3]}: {statement[:200]}" for row in plan if row[3].startswith("SCAN"))

            sa.event.listen(connection, "before_cursor_execute", explain)
            tx.lease_mail("w", at=NOON)
            tx.release_mail(1, count_back=True)
            tx.mail(1)
            tx.unacknowledged("INBOX", 1, 10)
            tx.first_with_content("key", 1)
            tx.finish_mail(1, HANDLED, at=NOON)
            tx.claim_by_rma("x")
            tx.claim_by_token("x")
            tx.claim_by_message_ids(["<1@x>", "<2@x>"])
            tx.open_claims_of("anna@mail.example")
            tx.claims(ClaimFilter(customer="anna@mail.example"))
            tx.claims(ClaimFilter(order="100"))
            tx.claims(ClaimFilter(status="closed"))
            claim = tx.save_claim(replace(claim, items=(Item(),)))
            tx.save_claim(replace(claim, items=()))
            tx.history(1)
            tx.evidence(1)
            tx.claims_with_content(HASH)
            tx.pending_joins(1)
            tx.before_last_command(1)
            tx.put_letter(a_letter(), at=NOON)
            tx.next_letter_at()
            row = tx.lease_letter("w", at=NOON)
            assert row is not None
            tx.settle_letter(row.id, OutboxState.UNCERTAIN, at=NOON)
            tx.uncertain_letters(before=NOON)
            tx.letter_by_message_id("x")
            tx.letter_by_reference("x")
            tx.letters_of_claim(1)
            tx.cancel_letters("c1")
            tx.unproven_letters_to("anna@mail.example", since=NOON)
            tx.automatic_letters_on(1, since=NOON)
            tx.unproven_letters(since=NOON)
            tx.letters_sent(since=NOON)
            tx.set_timers(1, [a_timer(1, NOON)])
            tx.due_timers(at=NOON, limit=10)
            tx.is_proven("x")
            tx.token("x")
            # What waits is few, however much is kept: these go through a partial index from end to end.
            few = ("ix_inbox_kept", "ix_outbox_waiting", "ix_inbox_quarantined", "ix_outbox_uncertain")
            assert [plan for plan in asked if not any(name in plan for name in few)] == []

    def test_several_processes_at_once_lease_each_mail_once(self, sqlite: SqliteStore, tmp_path: Path) -> None:
        keep(sqlite, *(a_new_mail(uid) for uid in range(1, 61)))
        script = (
            "import sys\n"
            "from datetime import UTC, datetime\n"
            "from pathlib import Path\n"
            "from mailbot.connectors.database.store import SqliteStore\n"
            "from mailbot.connectors.holders import Holder\n"
            "holder = Holder(Path(sys.argv[1]) / 'holders')\n"
            "store = SqliteStore(f'sqlite:///{sys.argv[1]}/mailbot.db', holder)\n"
            "leased = []\n"
            "print('ready', flush=True)\n"
            "sys.stdin.readline()\n"
            "for _ in range(30):\n"
            "    with store.counting() as tx:\n"
            "        leased.append(tx.lease_mail(holder.id, at=datetime.now(UTC)).id)\n"
            "print(*leased, flush=True)\n"
            "sys.stdin.readline()\n"
        )
        command = [sys.executable, "-c", script, str(tmp_path)]
        pipe = subprocess.PIPE
        workers = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
        try:
            assert [worker.stdout and worker.stdout.readline() for worker in workers] == ["ready\n", "ready\n"]
            for worker in workers:
                assert worker.stdin is not None
                worker.stdin.write("go\n")
                worker.stdin.flush()
            leased = [number for worker in workers if worker.stdout for number in worker.stdout.readline().split()]
            assert sorted(map(int, leased)) == list(range(1, 61))
            assert sqlite.release_dead(at=NOON) == 0
        finally:
            for worker in workers:
                worker.kill()
                worker.communicate()
        assert sqlite.release_dead(at=NOON) == 60

    def test_a_backup_is_a_database_of_the_same_content(self, sqlite: SqliteStore, tmp_path: Path) -> None:
        add(sqlite)
        (tmp_path / "copy").mkdir()
        copy = tmp_path / "copy" / "mailbot.db"
        with sqlite.transaction() as tx:
            tx.set_mark("weather", "not yet")
            thread = threading.Thread(target=sqlite.backup, args=(copy,))
            thread.start()
            thread.join()
        assert oct(copy.stat().st_mode & 0o777) == "0o600"
        world = Sqlite(tmp_path / "copy")
        with world.store.reading() as tx:
            assert (tx.claim(1), tx.mark("weather")) == (a_claim(number=1), None)
        world.close()

    def test_a_backup_overwrites_nothing(self, sqlite: SqliteStore, tmp_path: Path) -> None:
        there = tmp_path / "letter.txt"
        there.write_text("mine")
        with pytest.raises(FileExistsError):
            sqlite.backup(there)
        assert there.read_text() == "mine"

    def test_a_backup_that_fails_leaves_nothing_behind(self, sqlite: SqliteStore, tmp_path: Path) -> None:
        with pytest.raises(OSError):
            sqlite.backup(tmp_path / "missing" / "copy.db")
        assert sorted(path.name for path in tmp_path.iterdir() if "copy" in path.name) == []


class TestOpening:
    def refusal(self, url: str, tmp_path: Path) -> str:
        holder = Holder(tmp_path / "holders")
        try:
            with pytest.raises(DatabaseUnusable) as refused:
                SqliteStore(url, holder)
            return str(refused.value)
        finally:
            holder.close()

    def test_a_missing_folder_is_named(self, tmp_path: Path) -> None:
        said = self.refusal(f"sqlite:///{tmp_path}/missing/mailbot.db", tmp_path)
        assert f"{tmp_path}/missing does not exist" in said

    def test_a_folder_in_the_place_of_the_file_is_named(self, tmp_path: Path) -> None:
        (tmp_path / "mailbot.db").mkdir()
        assert f"{tmp_path}/mailbot.db is a folder" in self.refusal(f"sqlite:///{tmp_path}/mailbot.db", tmp_path)

    def test_a_file_that_is_no_database_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "orders.csv"
        path.write_text("order_number,customer_name")
        assert f"{path} is not an SQLite database" in self.refusal(f"sqlite:///{path}", tmp_path)
        assert path.read_text() == "order_number,customer_name"

    def test_a_damaged_database_is_named(self, tmp_path: Path) -> None:
        path = tmp_path / "mailbot.db"
        path.write_bytes(b"SQLite format 3\0" + b"rubbish" * 1000)
        assert str(path) in self.refusal(f"sqlite:///{path}", tmp_path)

    def test_the_database_of_another_program_is_left_alone(self, tmp_path: Path) -> None:
        path = tmp_path / "shop.db"
        with sqlite3.connect(path) as other:
            other.execute("CREATE TABLE orders (number)")
        other.close()
        assert "another program" in self.refusal(f"sqlite:///{path}", tmp_path)

    @pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "nonsense", "mysql://u:geheim@h/d"])
    def test_what_is_no_file_of_sqlite_is_refused_without_telling_a_password(self, url: str, tmp_path: Path) -> None:
        said = self.refusal(url, tmp_path)
        assert "[database] url" in said
        assert "geheim" not in said

    def test_a_place_where_nothing_may_be_written_is_named(self, tmp_path: Path) -> None:
        said = self.refusal("sqlite:////proc/mailbot.db", tmp_path)
        assert said.startswith("the database /proc/mailbot.db cannot be opened for writing")

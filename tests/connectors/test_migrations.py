"""The migrations make the schema that the code speaks, once, all of it or nothing."""

import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory

from mailbot.connectors.database import migrate
from mailbot.connectors.database.engine import DatabaseUnusable, prepare_file, sqlite_engine
from mailbot.connectors.database.store import SqliteStore
from mailbot.connectors.database.tables import metadata
from mailbot.connectors.holders import Holder

REVISIONS = [script.revision for script in ScriptDirectory(str(migrate.FOLDER)).walk_revisions()][::-1]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    prepare_file(tmp_path / "mailbot.db")
    return tmp_path / "mailbot.db"


@pytest.fixture
def engine(path: Path) -> Iterator[sa.Engine]:
    made = sqlite_engine(path, synchronous="FULL", busy_seconds=5)
    yield made
    made.dispose()


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[Holder]:
    made = Holder(tmp_path / "holders")
    yield made
    made.close()


def schema(engine: sa.Engine) -> dict[str, list[str]]:
    """Every table and index by name, with the parts of its definition in a form that does not depend on layout."""
    with engine.connect() as connection:
        rows = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_master "
            "WHERE sql IS NOT NULL AND name <> 'alembic_version' AND name NOT LIKE 'sqlite_%%'"
        ).all()
    return {name: sorted(re.sub(r"\s+", " ", part).strip(" ,()") for part in sql.split("\n")) for name, sql in rows}


def test_the_migrations_make_exactly_the_tables_that_the_code_speaks(engine: sa.Engine, tmp_path: Path) -> None:
    migrate.upgrade(engine)
    wanted = sqlite_engine(tmp_path / "wanted.db", synchronous="FULL", busy_seconds=5)
    metadata.create_all(wanted)
    assert schema(engine) == schema(wanted)
    assert set(metadata.tables) <= set(schema(engine))


def test_the_newest_migration_is_the_one_that_the_code_names() -> None:
    assert REVISIONS[-1] == migrate.HEAD
    assert [f"{number:04}" for number in range(1, len(REVISIONS) + 1)] == REVISIONS


def test_every_step_upward_can_be_taken_alone(engine: sa.Engine) -> None:
    for revision in REVISIONS:
        assert not migrate.is_current(engine)
        migrate.upgrade(engine, revision)
        with engine.connect() as connection:
            assert migrate.version(connection) == revision
    assert migrate.is_current(engine)


def test_upgrading_what_is_up_to_date_changes_nothing(engine: sa.Engine) -> None:
    migrate.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("INSERT INTO marks VALUES ('weather', '1')")
    before = schema(engine)
    migrate.upgrade(engine)
    assert schema(engine) == before
    with engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT value FROM marks").scalar_one() == "1"


def test_a_migration_that_breaks_leaves_nothing_behind(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.exec_driver_sql("CREATE TABLE outbox (mine INTEGER)")
    before = schema(engine)
    with pytest.raises(sa.exc.OperationalError, match="outbox already exists"):
        migrate.upgrade(engine)
    assert schema(engine) == before


def test_two_first_starts_at_once_make_one_database(path: Path, holder: Holder) -> None:
    failures: list[Exception] = []
    together = threading.Barrier(4)

    def start() -> None:
        together.wait()
        try:
            SqliteStore(f"sqlite:///{path}", holder).close()
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_a_start_works_from_any_folder_and_writes_nothing_there(
    path: Path, holder: Holder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "else where 100%"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    store = SqliteStore(f"sqlite:///{path}", holder)
    with store.transaction() as tx:
        assert tx.cursor("INBOX") is None
    store.close()
    assert os.listdir(elsewhere) == []


@pytest.mark.parametrize("found, said", [("0000", "run `mailbot db upgrade`"), ("9999", "newer than this mailbot")])
def test_another_schema_is_refused_with_what_to_do(path: Path, holder: Holder, found: str, said: str) -> None:
    SqliteStore(f"sqlite:///{path}", holder).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (found,))
    connection.close()
    with pytest.raises(DatabaseUnusable, match=said) as refused:
        SqliteStore(f"sqlite:///{path}", holder)
    assert str(path) in str(refused.value)


def test_the_command_upgrades_a_new_database_and_leaves_one_that_is_up_to_date(path: Path) -> None:
    url = f"sqlite:///{path}"
    assert migrate.upgrade_sqlite(url) == (None, migrate.HEAD)
    assert migrate.upgrade_sqlite(url) == (migrate.HEAD, migrate.HEAD)


def test_the_command_leaves_the_database_of_a_newer_mailbot_alone(path: Path) -> None:
    migrate.upgrade_sqlite(f"sqlite:///{path}")
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(DatabaseUnusable, match="newer"):
        migrate.upgrade_sqlite(f"sqlite:///{path}")

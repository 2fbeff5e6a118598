"""Opening the database: SQLite in WAL, its folder and file looked at first, so that an error says what to mend."""

import os
import sqlite3
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.pool import NullPool

_HEADER = b"SQLite format 3\0"


class DatabaseUnusable(Exception):
    """The database cannot be opened as it is: only a person can mend it. The text names the file and says how."""


def sqlite_path(url: str) -> Path:
    """The file of an SQLite URL. DatabaseUnusable for any other URL and for a database in memory."""
    try:
        parsed = sa.make_url(url)
    except sa.exc.ArgumentError:
        raise DatabaseUnusable("[database] url is no database URL; allowed is sqlite:///path/to/mailbot.db") from None
    if parsed.get_backend_name() != "sqlite":
        # The URL is not repeated: it may hold a password.
        raise DatabaseUnusable(f"[database] url asks for {parsed.get_backend_name()}; this store speaks SQLite")
    if not parsed.database or parsed.database == ":memory:":
        raise DatabaseUnusable("[database] url names no file; a database in memory would forget every claim")
    return Path(parsed.database)


def prepare_file(path: Path) -> None:
    """Make sure that `path` can be an SQLite database; it is created where missing, mode 0600: it will hold secrets.

    DatabaseUnusable where the folder is missing, something may not be written, or the file is something else.
    """
    folder = path.parent
    if not folder.is_dir():
        raise DatabaseUnusable(
            f"the database {path} cannot be created: the folder {folder} does not exist; "
            f"create it (mkdir -p {folder}) or change [database] url"
        )
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        with path.open("rb") as file:
            beginning = file.read(len(_HEADER))
    except IsADirectoryError:
        raise DatabaseUnusable(
            f"the database {path} is a folder; name a file in [database] url, such as sqlite:///{path}/mailbot.db"
        ) from None
    except OSError as error:
        raise DatabaseUnusable(
            f"the database {path} cannot be opened for writing: {error.strerror}; "
            f"let the user that runs mailbot write to the file and to {folder}"
        ) from error
    # SQLite writes its log and index beside the database.
    if not os.access(folder, os.W_OK | os.X_OK):
        raise DatabaseUnusable(
            f"the database {path} cannot be used: nothing may be written in its folder {folder}; "
            "let the user that runs mailbot write there"
        )
    if beginning and beginning != _HEADER:
        raise DatabaseUnusable(
            f"{path} is not an SQLite database; move that file away, or name another in [database] url"
        )


def sqlite_engine(path: Path, *, synchronous: Literal["FULL", "NORMAL"], busy_seconds: float) -> sa.Engine:
    """An engine whose connections belong to whoever opened them, and whose transactions begin where `BEGIN` is said."""
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        connect_args={"timeout": busy_seconds, "check_same_thread": False, "cached_statements": 256},
        # Values are customers' words; they stay out of error messages and so out of logs.
        hide_parameters=True,
    )

    @event.listens_for(engine, "connect")
    def set_up(connection: sqlite3.Connection, _record: Any) -> None:
        # The sqlite3 module would begin transactions by itself, and not before SELECT; the store says BEGIN.
        connection.isolation_level = None
        # Every journal frame in WAL is fsynced at commit with FULL; NORMAL fsyncs at checkpoints only.
        connection.execute(f"PRAGMA synchronous = {synchronous}")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA temp_store = MEMORY")

    return engine


def switch_to_wal(engine: sa.Engine, path: Path) -> None:
    """Write-ahead logging: readers never wait for a writer. DatabaseUnusable where the file system cannot do it."""
    try:
        with engine.connect() as connection:
            mode = connection.exec_driver_sql("PRAGMA journal_mode = WAL").scalar_one()
    except sa.exc.DatabaseError as error:
        raise DatabaseUnusable(
            f"the database {path} cannot be opened: {error.orig}; if it is damaged, restore a backup"
        ) from error
    if mode != "wal":
        raise DatabaseUnusable(
            f"the database {path} lies on a file system without write-ahead logging (a network share?); "
            "put it on a local disk, or several machines on PostgreSQL"
        )

"""Migrations: numbered, run by alembic from inside the package, tested upward.

`HEAD` names the newest, so that a start on a database that is up to date does not load alembic at all.
"""

from pathlib import Path
from typing import Final

import sqlalchemy as sa

from mailbot.connectors.database.engine import (
    DatabaseUnusable,
    prepare_file,
    sqlite_engine,
    sqlite_path,
    switch_to_wal,
)
from mailbot.connectors.database.work import in_our_words

HEAD: Final = "0001"
"""The schema this code speaks; a test holds it to the newest file in migrations/versions."""

FOLDER: Final = Path(__file__).with_name("migrations")


def version(connection: sa.Connection) -> str | None:
    """The schema's number in this database, None where there is none yet."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    number: str | None = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one_or_none()
    return number


def is_current(engine: sa.Engine) -> bool:
    """Whether the database has the schema that this code speaks."""
    with engine.connect() as connection:
        return version(connection) == HEAD


def upgrade(engine: sa.Engine, to: str = "head") -> None:
    """Bring the schema up to `to`, in one transaction: all of it or none. What is there already is left alone."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        if connection.dialect.name == "sqlite":
            # A table that is built anew is dropped on the way; SQLite would take the rows that point at it along.
            connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        command.upgrade(config, to)
        if connection.dialect.name == "sqlite":
            astray = connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()
            if astray:
                raise DatabaseUnusable(f"the migration to {to} would leave rows that point nowhere: {astray[:3]}")
        connection.commit()


def upgrade_sqlite(url: str) -> tuple[str | None, str]:
    """What `mailbot db upgrade` does: returns the schema's number before (None: a new database) and after.

    DatabaseUnusable where the file cannot be used, and where a newer mailbot has written it; StoreUnavailable where
    another mailbot holds it.
    """
    path = sqlite_path(url)
    prepare_file(path)
    engine = sqlite_engine(path, synchronous="FULL", busy_seconds=60)
    try:
        switch_to_wal(engine, path)
        with engine.connect() as connection:
            before = version(connection)
        if before is None or before > HEAD:
            create_or_refuse(engine, path)
        else:
            upgrade(engine)
    except sa.exc.DBAPIError as error:
        raise in_our_words(error) from error
    finally:
        engine.dispose()
    return before, HEAD


def create_or_refuse(engine: sa.Engine, path: Path) -> None:
    """Create the schema in an empty database; DatabaseUnusable where another one is there."""
    with engine.connect() as connection:
        found = version(connection)
        empty = not sa.inspect(connection).get_table_names()
    if found == HEAD:
        return
    if found is None and not empty:
        raise DatabaseUnusable(f"{path} is the database of another program; name another file in [database] url")
    if found is None:
        upgrade(engine)
    elif found < HEAD:
        raise DatabaseUnusable(
            f"the database {path} has schema {found}, this mailbot needs {HEAD}: "
            "stop every mailbot on it and run `mailbot db upgrade`"
        )
    else:
        raise DatabaseUnusable(
            f"the database {path} has schema {found}, newer than this mailbot's {HEAD}: "
            "install the mailbot that wrote it"
        )

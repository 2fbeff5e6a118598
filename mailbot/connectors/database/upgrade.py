"""`mailbot db upgrade`: an older database gets the schema that this code speaks."""

import sqlalchemy as sa

from mailbot.connectors.database import migrate
from mailbot.connectors.database.engine import prepare_file, sqlite_engine, sqlite_path, switch_to_wal
from mailbot.connectors.database.work import in_our_words

_BUSY_SECONDS = 10.0


def upgrade_file(url: str) -> tuple[str | None, str]:
    """Bring the SQLite file of this URL up to date; the schema's number before (None: it was empty) and after.

    DatabaseUnusable where it is another program's, newer, or no database; StoreUnavailable where it is in use.
    """
    path = sqlite_path(url)
    prepare_file(path)
    engine = sqlite_engine(path, synchronous="FULL", busy_seconds=_BUSY_SECONDS)
    try:
        switch_to_wal(engine, path)
        with engine.connect() as connection:
            before = migrate.version(connection)
        if before is not None and before < migrate.HEAD:
            migrate.upgrade(engine)
        else:
            migrate.create_or_refuse(engine, path)
    except sa.exc.DBAPIError as error:
        raise in_our_words(error) from error
    finally:
        engine.dispose()
    return before, migrate.HEAD

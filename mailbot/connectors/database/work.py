"""What all parts of a transaction stand on: running statements, and saying in the port's words what went wrong."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from mailbot.connectors.database.documents import Row
from mailbot.desk.store import Conflict, StoreUnavailable

Parameters = Mapping[str, Any] | Sequence[Mapping[str, Any]] | None


def in_our_words(error: sa.exc.DBAPIError) -> Exception:
    """Conflict where a row of somebody else stood in the way, StoreUnavailable where the database did not work.

    A statement that could never work (a fault of ours) stays what it is.
    """
    match error:
        case sa.exc.IntegrityError():
            return Conflict(f"the database refused a row: {error.orig}")
        case sa.exc.ProgrammingError() | sa.exc.DataError() | sa.exc.NotSupportedError():
            return error
        case _:
            return StoreUnavailable(f"the database did not answer: {error.orig}")


class Work:
    """One transaction's connection, and where new secrets come from."""

    def __init__(self, connection: sa.Connection, *, randomness: Callable[[int], bytes]) -> None:
        self._connection = connection
        self._randomness = randomness
        # Known for this transaction alone: one that it made is gone with it when it is rolled back.
        self._secrets: dict[str, bytes] = {}
        self._dialect = connection.dialect.name
        self.failed: Exception | None = None

    # -- running statements: what they return is fetched at once, so that no error comes later than the call ----------
    def _execute(self, statement: sa.Executable, parameters: Parameters = None) -> sa.CursorResult[Any]:
        if self.failed is not None:
            # SQLite may have rolled back by itself (a full disk): what ran now would be kept without the rest.
            raise StoreUnavailable("an earlier statement of this transaction failed") from self.failed
        return self._connection.execute(statement, parameters)

    def _run(self, statement: sa.Executable, parameters: Parameters = None) -> int:
        """How many rows were changed."""
        with self._said_in_our_words():
            return self._execute(statement, parameters).rowcount

    def _insert(self, statement: sa.Insert, row: Mapping[str, Any]) -> int:
        """The new row's number."""
        with self._said_in_our_words():
            key = self._execute(statement, row).inserted_primary_key
        assert key is not None
        number: int = key[0]
        return number

    def _rows(self, statement: sa.Executable, parameters: Parameters = None) -> Sequence[Row]:
        with self._said_in_our_words():
            rows: Sequence[Any] = self._execute(statement, parameters).mappings().all()
            return rows

    def _row(self, statement: sa.Executable, parameters: Parameters = None) -> Row | None:
        rows = self._rows(statement, parameters)
        return rows[0] if rows else None

    def _values(self, statement: sa.Executable, parameters: Parameters = None) -> Sequence[Any]:
        """The first column of every row."""
        with self._said_in_our_words():
            return self._execute(statement, parameters).scalars().all()

    def _value(self, statement: sa.Executable, parameters: Parameters = None) -> Any:
        """The first column of the first row, None where there is none."""
        values = self._values(statement, parameters)
        return values[0] if values else None

    @contextmanager
    def _said_in_our_words(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            self.failed = error
            raise in_our_words(error) from error

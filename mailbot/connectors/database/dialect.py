"""What SQLite and PostgreSQL say differently; everything else in this package is plain SQL by SQLAlchemy."""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

_INSERT: Final[dict[str, Callable[[sa.Table], Any]]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}

_LOWER: Final = str.maketrans({chr(code): chr(code + 32) for code in range(ord("A"), ord("Z") + 1)})


def ascii_lower(text: str) -> str:
    """As the SQL function `lower` of SQLite makes it: letters beyond ASCII stay."""
    return text.translate(_LOWER)


@cache
def insert_if_new(dialect: str, table: sa.Table, unique: tuple[str, ...]) -> sa.Insert:
    """INSERT that leaves a row alone whose `unique` columns are there already; its row count is 0 then."""
    statement: sa.Insert = _INSERT[dialect](table).on_conflict_do_nothing(index_elements=unique)
    return statement


@cache
def insert_or_replace(dialect: str, table: sa.Table, unique: tuple[str, ...]) -> sa.Insert:
    """INSERT that overwrites all other columns of a row whose `unique` columns are there already."""
    insert = _INSERT[dialect](table)
    others = {column.name: insert.excluded[column.name] for column in table.columns if column.name not in unique}
    statement: sa.Insert = insert.on_conflict_do_update(index_elements=unique, set_=others)
    return statement

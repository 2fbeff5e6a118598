"""`mailbot db`: bringing the database up to date, and a copy of it while it is in use."""

import sqlite3
from contextlib import closing

from tests.builders import raw_mail
from tests.cli.conftest import ShopFolder


def test_upgrade_makes_a_new_database_and_leaves_a_current_one_alone(shop: ShopFolder) -> None:
    first = shop.call("db", "upgrade")
    assert (first.code, first.out.startswith("a new database was made")) == (0, True)
    again = shop.call("db", "upgrade")
    assert (again.code, again.out.startswith("the database is up to date")) == (0, True)


def test_an_older_database_is_refused_by_all_but_upgrade(shop: ShopFolder) -> None:
    shop.call("db", "upgrade")
    with closing(sqlite3.connect(shop.path / "mailbot.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    said = shop.call("claims", "list")
    assert (said.code, "newer than this mailbot's" in said.err) == (2, True)


def test_a_backup_holds_the_claims(shop: ShopFolder) -> None:
    shop.receive(raw_mail())
    assert shop.call("db", "backup", "copy.db").code == 0
    with closing(sqlite3.connect(shop.path / "copy.db")) as connection:
        assert connection.execute("SELECT count(*) FROM claims").fetchone() == (1,)


def test_a_backup_overwrites_nothing(shop: ShopFolder) -> None:
    path = shop.write("copy.db", "mine")
    said = shop.call("db", "backup", "copy.db")
    assert (said.code, path.read_text()) == (2, "mine")


def test_a_backup_that_cannot_be_written_failed(shop: ShopFolder) -> None:
    said = shop.call("db", "backup", "no/such/folder/copy.db")
    assert (said.code, "no/such/folder/copy.db" in said.err) == (1, True)

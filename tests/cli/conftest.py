"""A shop in a folder of its own, with a real database, and the program called on it."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner

from mailbot.bootstrap import Assembled
from mailbot.cli import app
from mailbot.desk.keep import KeepRules, keep_new
from mailbot.desk.once import handle_waiting
from mailbot.settings import load
from tests.builders import ANNA, LEA, RETURNS, THURSDAY
from tests.fakes_mail import FakeMailbox
from tests.servers import PymapServer, SmtpSink, User

PASSWORD = "correct-horse-battery"

ORDERS = f"""\
order_number,customer_name,customer_email,ordered_on,shipped_on,delivered_on,partial_shipment,sku,quantity,unit_price,currency
770000001,Anna Berg,{ANNA},2026-10-18,2026-10-20,2026-11-02,no,QX-EARS-2,1,89.00,EUR
"""
CATALOG = "sku,name,brand,category,aliases\nQX-EARS-2,Quixo Ears 2,Quixo,earphones,Quixo Ears\n"


def config(*, imap_port: int = 1, smtp_port: int = 1, username: str = "u", imap: str = "", more: str = "") -> str:
    """A configuration for servers on this machine; nothing listens on port 1."""
    return f"""
[shop]
name = "Test Shop"
address = "{RETURNS}"
timezone = "Europe/Berlin"
return_address = ["Test Shop", "1 Depot Road", "Utrecht"]
[imap]
host = "127.0.0.1"
port = {imap_port}
security = "none"
username = "{username}"
password = "{PASSWORD}"
{imap}
[smtp]
host = "127.0.0.1"
port = {smtp_port}
security = "none"
[orders]
path = "orders.csv"
catalog = "catalog.csv"
order_number_patterns = ["7700[0-9]{{5}}"]
[[agents]]
name = "Lea"
address = "{LEA}"
[agent_mail]
trusted_authserv_id = "mx.shop.example"
{more}
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a call printed and how it ended."""

    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[dict[str, Any]]:
        """The JSON objects of its lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(slots=True)
class ShopFolder:
    """A shop's folder, in which the program is called as its admin would."""

    path: Path
    environ: dict[str, str] = field(default_factory=dict)
    user: User | None = None

    def call(self, *arguments: str, given: str | None = None) -> Said:
        """Call mailbot. An exception that is no expected failure comes out as it is."""
        result = CliRunner().invoke(app, list(arguments), input=given, env=self.environ, catch_exceptions=False)
        return Said(code=result.exit_code, out=result.stdout, err=result.stderr)

    def write(self, name: str, text: str) -> Path:
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def receive(self, *mails: bytes, at: datetime = THURSDAY) -> None:
        """Mails arrive and are handled, as the daemon would."""
        mailbox = FakeMailbox()
        for raw in mails:
            mailbox.deliver(raw, at)
        with Assembled(load(self.path / "config.toml"), clock=lambda: at) as assembled:
            rules = KeepRules(mailbox="INBOX", max_bytes=1_000_000, first_start="all")
            for _ in keep_new(assembled.desk, mailbox, rules):
                handle_waiting(assembled.desk)
            handle_waiting(assembled.desk)


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopFolder]:
    """A folder without anything in it, which is the current one."""
    before = structlog.get_config()
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("MAILBOT_CONFIG", raising=False)
    yield ShopFolder(path=tmp_path)
    structlog.configure(**before)


@pytest.fixture
def shop(empty: ShopFolder) -> ShopFolder:
    """A folder with a configuration, one order and one product."""
    empty.write("config.toml", config())
    empty.write("orders.csv", ORDERS)
    empty.write("catalog.csv", CATALOG)
    return empty


@pytest.fixture
def break_database(shop: ShopFolder) -> Callable[[], None]:
    """Puts something else where the database should be."""

    def put() -> None:
        (shop.path / "mailbot.db").write_text("this is no database")

    return put


@pytest.fixture
def at_work(shop: ShopFolder, pymap: PymapServer, smtp_sink: SmtpSink) -> ShopFolder:
    """A shop on real servers, whose mail to itself arrives and leaves a copy."""
    user = pymap.new_user()
    shop.user = user
    smtp_sink.deliver_to(pymap, {RETURNS: user})
    smtp_sink.copy_to_sent(pymap, user)
    text = config(
        imap_port=pymap.port, smtp_port=smtp_sink.port, username=user.name, imap='sent_folder = "Sent"'
    ).replace(PASSWORD, user.password)
    shop.write("config.toml", text)
    return shop

"""A shop on real servers: a mailbox on Dovecot, a submission server that keeps Sent copies, orders and a catalogue."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path
from typing import Any

from mailbot.bootstrap import Assembled
from mailbot.desk.send import Patience
from mailbot.settings import parse
from tests.servers import HOST, Dovecot, SmtpSink, SunkMail, User

SHOP = "returns@shop.example"
AUTHSERV_ID = "mx.shop.example"
LEA = "lea@agents.example"


@dataclass(frozen=True, kw_only=True)
class RealShop:
    """The shop's servers and files; `settings` is what its `config.toml` says."""

    dovecot: Dovecot
    user: User
    sink: SmtpSink
    folder: Path
    settings: dict[str, Any]

    @contextmanager
    def desk(self, *, later: timedelta = timedelta(0)) -> Iterator[Assembled]:
        """A desk on these servers in this process, whose clock is so much ahead."""
        settings = parse(self.settings, path=self.folder / "config.toml")
        patience = Patience(uncertain=timedelta(0))
        with Assembled(settings, clock=lambda: datetime.now(UTC) + later, patience=patience) as assembled:
            yield assembled

    def deliver(self, raw: bytes, *, when: datetime | None = None) -> int:
        """Put a mail into the shop's inbox; its UID."""
        return self.dovecot.append(self.user, raw, when)

    def letters_to(self, address: str) -> list[SunkMail]:
        """What the submission server accepted for this address, in its order."""
        return [mail for mail in self.sink.mails if address in mail.recipients]

    def letters_by_recipient(self) -> Counter[str]:
        """How many letters each address got."""
        return Counter(recipient for mail in self.sink.mails for recipient in mail.recipients)


def real_shop(dovecot: Dovecot, folder: Path, *, keeps_sent_copies: bool = True, **changes: Any) -> RealShop:
    """A fresh shop; `changes` are whole sections of its configuration. Its sink must be stopped by the caller."""
    user = dovecot.new_user()
    sink = SmtpSink()
    sink.start()
    if keeps_sent_copies:
        sink.copy_to_sent(dovecot, user)
    write_files(folder)
    settings: dict[str, Any] = {
        "shop": {"name": "Test Shop", "address": SHOP, "return_address": ["Test Shop", "1 Depot Road", "Utrecht"]},
        "imap": {
            "host": HOST,
            "port": dovecot.port,
            "security": "none",
            "username": user.name,
            "password": user.password,
            "first_start": "all",
        },
        "smtp": {"host": HOST, "port": sink.port, "security": "none", "keeps_sent_copies": keeps_sent_copies},
        "orders": {
            "path": "orders.csv",
            "catalog": "catalog.csv",
            "order_number_patterns": ["7700[0-9]{5}"],
        },
        "agents": [{"name": "Lea", "address": LEA}],
        "agent_mail": {"trusted_authserv_id": AUTHSERV_ID, "undo_seconds": 0},
        **changes,
    }
    return RealShop(dovecot=dovecot, user=user, sink=sink, folder=folder, settings=settings)


def write_files(folder: Path) -> None:
    """Ten orders, delivered four days ago, each of one customer; two of them in German hands."""
    today = date.today()  # noqa: DTZ011 - the servers of these tests run in today
    ordered, shipped, delivered = (today - timedelta(days=days) for days in (12, 9, 4))
    rows = [
        "order_number,customer_name,customer_email,ordered_on,shipped_on,delivered_on,partial_shipment,"
        "sku,quantity,unit_price,currency"
    ]
    rows += [
        f"7700{number:05d},Customer {number},customer{number}@mail.example,{ordered},{shipped},{delivered},no,"
        "QX-EARS-2,1,89.00,EUR"
        for number in range(10)
    ]
    (folder / "orders.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "catalog.csv").write_text(
        "sku,name,brand,category,aliases\nQX-EARS-2,Quixo Ears 2,Quixo,earphones,Ears 2|Quixo Ears\n", encoding="utf-8"
    )


def customers_mail(
    number: int, text: str = "", *, subject: str = "", files: dict[str, bytes] | None = None, **headers: str
) -> bytes:
    """A mail of the customer of this number, who by default tells of a fault and attaches nothing."""
    message = EmailMessage()
    message["From"] = f"Customer {number} <customer{number}@mail.example>"
    message["To"] = SHOP
    message["Subject"] = subject or "My earphones are broken"
    message["Date"] = format_datetime(datetime.now(UTC))
    message["Message-ID"] = headers.pop("message_id", f"<{datetime.now(UTC).timestamp()}.{number}@mail.example>")
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content(
        text
        or f"Hello,\n\nthe Quixo Ears 2 of my order 7700{number:05d} are defective: since yesterday the left side "
        "stays silent, with every phone I tried, although they are fully charged.\nI would like a refund.\n\nCustomer\n"
    )
    for name, content in (files or {}).items():
        message.add_attachment(content, maintype="image", subtype="jpeg", filename=name)
    return message.as_bytes()

"""Builders that default everything a test is not about: an order, an item, a claim, a mail, and a whole desk."""

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default as modern
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from PIL import Image

from mailbot.claims.claim import Claim, Evidence, HistoryEntry, Item
from mailbot.claims.orders import Order, OrderLine, Product
from mailbot.claims.policy import PolicySettings
from mailbot.claims.verdict import Verdict
from mailbot.claims.words import Disposition, ProblemKind, Proof, Status
from mailbot.connectors.templates_folder import shipped_sources
from mailbot.desk.deadlines import run_due_timers
from mailbot.desk.desk import Desk
from mailbot.desk.execute import do_on_claim
from mailbot.desk.keep import KeepRules, keep_new
from mailbot.desk.once import Servers, handle_waiting, pass_once, send_due
from mailbot.desk.rows import ClaimFilter, KeptMail
from mailbot.desk.send import Patience
from mailbot.desk.shop import Agent, Shop
from mailbot.desk.store import Store
from mailbot.letters.render import Letters
from mailbot.media.opening import Picture, Unopened
from mailbot.reading.read import Reader
from tests.fakes_mail import FakeMailbox, FakeSentFolder, FakeTransport
from tests.fakes_store import FakeStore

RETURNS = "returns@shop.example"
AUTHSERV_ID = "mx.shop.example"
ANNA = "anna@mail.example"
LEA = "lea@agents.example"
THURSDAY = datetime(2026, 11, 5, 10, 0, tzinfo=UTC)
"""The morning of a Thursday three days after Anna's order was delivered."""
FOUR_PROOFS = ("package_front.jpg", "package_back.jpg", "item.jpg", "problem.jpg")
"""Names of files that say what each shows."""


# Values --------------------------------------------------------------------------------------------


def order(number: str = "770000001", **changes: Any) -> Order:
    """Anna's order of one pair of earphones, delivered on 2 November 2026."""
    values: dict[str, Any] = {
        "lines": (OrderLine(sku="QX-EARS-2", quantity=1, unit_price=Decimal("89.00"), currency="EUR"),),
        "customer_name": "Anna Berg",
        "customer_address": ANNA,
        "ordered_on": date(2026, 10, 18),
        "shipped_on": date(2026, 10, 20),
        "delivered_on": date(2026, 11, 2),
    }
    return Order(number=number, **{**values, **changes})


def item(status: Status = Status.AWAITING_AGENT, **changes: Any) -> Item:
    """A pair of earphones with a fault that is told in detail."""
    values: dict[str, Any] = {
        "sku": "QX-EARS-2",
        "name": "Quixo Ears 2",
        "quantity": 1,
        "problem_kind": ProblemKind.DEFECTIVE,
        "description": "The left side has stayed silent since yesterday, with every phone.",
        "detailed": True,
    }
    return Item(status=status, **{**values, **changes})


def claim(status: Status = Status.AWAITING_AGENT, **changes: Any) -> Claim:
    """Anna's claim about her order, with one item in this status."""
    values: dict[str, Any] = {
        "rma": "RMA-7F3K2Q",
        "token": "c" * 26,
        "customer": ANNA,
        "customer_name": "Anna Berg",
        "proven": True,
        "order_numbers": ("770000001",),
        "items": (item(status),),
        "first_contact_at": THURSDAY,
        "updated_at": THURSDAY,
        "needs_agent": status is Status.AWAITING_AGENT,
    }
    values.update(changes)
    return Claim(status=status, **values)


def verdict(disposition: Disposition = Disposition.REFER_TO_AGENT, **changes: Any) -> Verdict:
    """A verdict with nothing but its disposition."""
    return Verdict(disposition=disposition, **{"sku": "QX-EARS-2", **changes})


def evidence(number: int = 1, *, mail: int, shows: Sequence[Proof] = (), **changes: Any) -> Evidence:
    """A usable photo that came with a mail."""
    values: dict[str, Any] = {
        "part": number - 1,
        "filename": f"IMG_{number}.jpg",
        "content_type": "image/jpeg",
        "size": 1_000,
        "sha256": f"{number:064x}",
        "media": "photo",
        "role": "evidence",
        "usable": True,
    }
    return Evidence(number=number, mail=mail, shows=tuple(shows), **{**values, **changes})


# Mails --------------------------------------------------------------------------------------------

FAULT = (
    "Hello,\n\nthe Quixo Ears 2 of my order 770000001 are defective: since yesterday the left side stays silent, with "
    "every phone I tried, although they are fully charged.\nI would like a refund.\n\nAnna Berg\n"
)
"""A mail that tells everything but shows nothing."""


def raw_mail(
    body: str = FAULT,
    *,
    sender: str | None = "Anna Berg <anna@mail.example>",
    to: str = RETURNS,
    subject: str = "",
    message_id: str | None = None,
    dmarc: str | None = None,
    header_from: str = "",
    authserv_id: str = AUTHSERV_ID,
    answers: "bytes | Sent | None" = None,
    in_reply_to: str = "",
    references: Sequence[str] = (),
    html: str | None = None,
    files: Iterable[str] | dict[str, bytes] = (),
    headers: Sequence[tuple[str, str]] = (),
    top: Sequence[str] = (),
    date_header: str = "Thu, 05 Nov 2026 10:00:00 +0000",
) -> bytes:
    """A mail as our server would hold it.

    `dmarc` writes our server's Authentication-Results for the From domain (or `header_from`) on top. `answers` is a
    mail whose Message-ID and References this one answers. `files` are names (each a picture of its own) or names with
    bytes.
    `top` are raw lines above everything.
    """
    message = EmailMessage(policy=modern.clone(max_line_length=900))
    if answers is not None:
        original = answers.message if isinstance(answers, Sent) else message_from_bytes(answers)
        in_reply_to = in_reply_to or original["Message-ID"]
        references = references or [*(original["References"] or "").split(), original["Message-ID"]]
    subject = subject or ("Re: " if in_reply_to else "") + "My earphones are broken"
    message["To"] = to
    message["Subject"] = subject
    message["Date"] = date_header
    digest = hashlib.sha256(
        repr((sender, subject, body, html, in_reply_to, headers, tuple(files))).encode()
    ).hexdigest()
    message["Message-ID"] = message_id or f"<{digest[:20]}@mail.example>"
    if in_reply_to:
        message["In-Reply-To"] = in_reply_to
    if references:
        message["References"] = " ".join(references)
    for name, value in headers:
        message[name] = value
    message.set_content(body)
    if html is not None:
        message.add_alternative(html, subtype="html")
    named = files if isinstance(files, dict) else {name: photo(number) for number, name in enumerate(files, start=1)}
    for name, content in named.items():
        message.add_attachment(content, maintype="image", subtype="jpeg", filename=name)
    above = list(top)
    if dmarc is not None:
        domain = header_from or (sender or "").rpartition("@")[2].strip("> ")
        above.insert(0, f"Authentication-Results: {authserv_id}; dmarc={dmarc} header.from={domain}")
    if sender is not None:
        above.append(f"From: {sender}")
    return "".join(f"{line}\r\n" for line in above).encode() + message.as_bytes(
        policy=modern.clone(linesep="\r\n", max_line_length=900)
    )


@cache
def photo(number: int = 1) -> bytes:
    """A small JPEG; every number is another picture."""
    file = io.BytesIO()
    Image.new("RGB", (320, 320), (number * 37 % 256, number * 91 % 256, 128)).save(file, "JPEG")
    return file.getvalue()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A mail of the shop's that the submission server took."""

    recipient: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """The text part."""
        part = self.message.get_body(("plain",))
        assert part is not None
        return str(part.get_content())

    @property
    def everything(self) -> str:
        """Subject, text and HTML, and the names of its headers' values: all that a recipient could read."""
        html = self.message.get_body(("html",))
        return "\n".join(
            [*(str(value) for value in self.message.values()), self.text, html.get_content() if html else ""]
        )


# The desk --------------------------------------------------------------------------------------------


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, at: datetime = THURSDAY) -> None:
        self.now = at

    def __call__(self) -> datetime:
        return self.now

    def pass_time(self, **span: float) -> datetime:
        self.now += timedelta(**span)
        return self.now


class KnownShop:
    """The shop's orders and catalogue in memory."""

    def __init__(self, orders: Iterable[Order], products: Sequence[Product]) -> None:
        self._orders = {one.number: one for one in orders}
        self._products = tuple(products)

    def order(self, number: str) -> Order | None:
        return self._orders.get(number.replace(" ", "").replace("-", "").upper())

    def products(self) -> Sequence[Product]:
        return self._products


class FakeOpener:
    """Takes every picture that has bytes for a good one, without decoding it."""

    def open(self, content: bytes) -> Picture | Unopened:
        return Picture(width=1200, height=900, format="JPEG") if content else Unopened(why="no bytes")


EARS = Product(sku="QX-EARS-2", name="Quixo Ears 2", brand="Quixo", category="earphones", aliases=("Quixo Ears",))
LAMP = Product(sku="QX-LAMP-1", name="Quixo Lamp 1", brand="Quixo", category="lamps", aliases=("Quixo Lamp",))
ORDERS = (
    order(),
    # An order of another person, which Anna must learn nothing of.
    order(
        "770000002", customer_name="Carl Doe", customer_address="carl@other.example", delivered_on=date(2026, 10, 31)
    ),
    order(
        "770000003",
        lines=(
            OrderLine(sku="QX-EARS-2", quantity=1, unit_price=Decimal("89.00"), currency="EUR"),
            OrderLine(sku="QX-LAMP-1", quantity=2, unit_price=Decimal("25.00"), currency="EUR"),
        ),
    ),
    # Delivered long ago.
    order("770000004", shipped_on=date(2026, 8, 20), delivered_on=date(2026, 8, 25), ordered_on=date(2026, 8, 18)),
    order("770000005", customer_name="Bernd Alt", customer_address="bernd@post.example"),
)


def shop_for_tests(**changes: Any) -> Shop:
    """A shop with one agent; letters of commands go at once."""
    values: dict[str, Any] = {
        "name": "Test Shop",
        "address": RETURNS,
        "timezone": ZoneInfo("Europe/Berlin"),
        "default_language": "en",
        "languages": ("en", "de"),
        "policy": PolicySettings(),
        "agents": (Agent(name="Lea", address=LEA),),
        "return_address": ("Test Shop", "1 Depot Road", "Utrecht"),
        "authserv_id": AUTHSERV_ID,
        "undo": timedelta(),
        "plus_addresses": False,
    }
    return Shop(**{**values, **changes})


@cache
def _letters() -> Letters:
    return Letters(shipped_sources())


@cache
def _reader() -> Reader:
    return Reader(
        KnownShop(ORDERS, (EARS, LAMP)),
        order_number_patterns=("7700[0-9]{5}",),
        languages=("en", "de"),
        default_language="en",
    )


class MemoryBlobs:
    """Bytes by their hash, in memory; `broken` is raised by every call while it is set."""

    def __init__(self) -> None:
        self.stored: dict[str, bytes] = {}
        self.broken: Exception | None = None

    def put(self, content: bytes) -> str:
        self._maybe_fail()
        name = hashlib.sha256(content).hexdigest()
        self.stored[name] = content
        return name

    def get(self, name: str) -> bytes:
        self._maybe_fail()
        return self.stored[name]

    def _maybe_fail(self) -> None:
        if self.broken is not None:
            raise self.broken


@dataclass(slots=True)
class DeskForTests:
    """A desk on fakes, with what a test does to it and what it asks of it."""

    desk: Desk
    clock: Clock
    mailbox: FakeMailbox
    transport: FakeTransport
    sent_folder: FakeSentFolder
    blobs: MemoryBlobs
    patience: Patience
    keeps_copies: bool | None = None
    per_minute: int | None = None
    rules: KeepRules = field(default_factory=lambda: KeepRules(mailbox="INBOX", max_bytes=50_000, first_start="all"))

    @property
    def store(self) -> Store:
        return self.desk.store

    @property
    def servers(self) -> Servers:
        return Servers(
            mailbox=self.mailbox,
            sent=self.sent_folder,
            transport=self.transport,
            rules=self.rules,
            patience=self.patience,
            keeps_copies=self.keeps_copies,
            per_minute=self.per_minute,
        )

    def with_shop(self, **changes: Any) -> "DeskForTests":
        """The same desk for a shop that chose otherwise."""
        self.desk = replace(self.desk, shop=replace(self.desk.shop, **changes))
        return self

    # What happens to it

    def keep(self, raw: bytes | None = None, *, when: datetime | None = None) -> None:
        """A mail arrives (now, unless `when` says otherwise) and is kept; without one, what lies there is kept."""
        if raw is not None:
            self.mailbox.deliver(raw, when or self.clock())
        for _ in keep_new(self.desk, self.mailbox, self.rules):
            pass

    def receive(self, raw: bytes, *, when: datetime | None = None) -> KeptMail:
        """A mail arrives, is kept and handled, and what is due goes out; its row."""
        self.keep(raw, when=when)
        handle_waiting(self.desk)
        self.send()
        return self.last_mail()

    def send(self) -> list[Sent]:
        """Send what is due; what the server took now."""
        before = len(self.transport.sent)
        send_due(self.desk, self.servers)
        return _sent(self.transport.sent[before:])

    def pass_once(self) -> list[str]:
        return pass_once(self.desk, self.servers)

    def timers(self) -> list[Sent]:
        """Do what has fallen due and send it."""
        run_due_timers(self.desk)
        return self.send()

    def do(self, text: str, number: int = 1, *, by: str = LEA) -> tuple[tuple[str, str], ...]:
        """An agent's commands, as `mailbot claims do` brings them; the outcomes."""
        return do_on_claim(self.desk, number, text, by=by).outcomes

    def put(self, one: Claim, *, files: Sequence[Evidence] = ()) -> Claim:
        """A claim that is there already."""
        with self.store.transaction() as tx:
            added = tx.add_claim(one)
            tx.put_evidence(added.number, files)
        return added

    # What is asked of it

    def claim(self, number: int = 1) -> Claim:
        with self.store.reading() as tx:
            found = tx.claim(number)
        assert found is not None, f"there is no claim {number}"
        return found

    def claims(self) -> Sequence[Claim]:
        with self.store.reading() as tx:
            return tx.claims(ClaimFilter())

    def history(self, number: int = 1) -> Sequence[HistoryEntry]:
        with self.store.reading() as tx:
            return tx.history(number)

    def events(self, number: int = 1) -> list[str]:
        return [entry.event for entry in self.history(number)]

    def evidence(self, number: int = 1) -> Sequence[Evidence]:
        with self.store.reading() as tx:
            return tx.evidence(number)

    def mail(self, number: int) -> KeptMail:
        with self.store.reading() as tx:
            found = tx.mail(number)
        assert found is not None, f"there is no mail {number}"
        return found

    def last_mail(self) -> KeptMail:
        number = 1
        with self.store.reading() as tx:
            found = tx.mail(number)
            while (later := tx.mail(number + 1)) is not None:
                found, number = later, number + 1
        assert found is not None, "no mail was kept"
        return found

    def sent_to(self, address: str) -> list[Sent]:
        """What the server took for this address, in order."""
        return [one for one in _sent(self.transport.sent) if one.recipient == address]

    def letters(self) -> list[str]:
        """The names of all claims' letters to their customers, sent or waiting, oldest first."""
        with self.store.reading() as tx:
            rows = [row for each in tx.claims(ClaimFilter()) for row in tx.letters_of_claim(each.number)]
        return [row.letter for row in sorted(rows, key=lambda row: row.id) if row.audience == "customer"]

    def notification(self, agent: str = LEA) -> Sent:
        """The newest mail to this agent."""
        return self.sent_to(agent)[-1]


def _sent(pairs: Sequence[tuple[Any, bytes]]) -> list[Sent]:
    found = []
    for envelope, raw in pairs:
        message = message_from_bytes(raw, policy=modern)
        assert isinstance(message, EmailMessage)
        found.append(Sent(recipient=envelope.recipient, message=message))
    return found


def desk_for_tests(*, store: Store | None = None, holder: str = "worker", **shop: Any) -> DeskForTests:
    """A desk with Anna's orders, the real readers and letters, and fakes around it."""
    clock = Clock()
    blobs = MemoryBlobs()
    return DeskForTests(
        desk=Desk(
            shop=shop_for_tests(**shop),
            store=store or FakeStore(),
            blobs=blobs,
            knowledge=KnownShop(ORDERS, (EARS, LAMP)),
            reader=_reader(),
            opener=FakeOpener(),
            letters=_letters,
            clock=clock,
            holder=holder,
        ),
        clock=clock,
        mailbox=FakeMailbox(),
        transport=FakeTransport(),
        sent_folder=FakeSentFolder(),
        blobs=blobs,
        patience=Patience(jitter=lambda: 1.0),
    )

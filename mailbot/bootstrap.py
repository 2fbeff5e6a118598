"""The only place that joins ports to connectors: from settings to a desk that works."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Self

import structlog

from mailbot.claims.policy import PolicySettings
from mailbot.connectors.account import PasswordCredentials, Security
from mailbot.connectors.blobs import FolderBlobs
from mailbot.connectors.database.engine import DatabaseUnusable, prepare_file, sqlite_path
from mailbot.connectors.database.migrate import upgrade_sqlite
from mailbot.connectors.database.store import SqliteStore
from mailbot.connectors.holders import Holder
from mailbot.connectors.imap import ImapAccount, ImapMailbox, ImapSentFolder
from mailbot.connectors.orders_csv import OrdersCsv
from mailbot.connectors.smtp import SmtpAccount, SmtpTransport
from mailbot.connectors.templates_child import check_in_child
from mailbot.connectors.templates_folder import TemplatesFolder, shipped_sources
from mailbot.desk.check import PLUS_ADDRESSES_ARRIVE
from mailbot.desk.desk import Desk, walk_on
from mailbot.desk.keep import KeepRules
from mailbot.desk.live_templates import LiveTemplates
from mailbot.desk.notify import alarm
from mailbot.desk.once import Servers
from mailbot.desk.references import make_secret
from mailbot.desk.send import Patience
from mailbot.desk.shop import Agent, Shop
from mailbot.desk.store import Store
from mailbot.letters.template import Key
from mailbot.media.opening import ChildOpener
from mailbot.reading.read import Reader
from mailbot.settings import Settings
from mailbot.settings.model import Imap, Smtp
from mailbot.settings.policy import policy_of

__all__ = [
    "Assembled",
    "DatabaseUnusable",
    "Patience",
    "Readers",
    "SqliteStore",
    "TemplatesFolder",
    "blobs_of",
    "check_in_child",
    "now_utc",
    "open_store",
    "readers",
    "servers_of",
    "shipped_sources",
    "shop_of",
    "submission_of",
    "upgrade_database",
]

_MAILBOX = "INBOX"

log = structlog.get_logger()


def now_utc() -> datetime:
    """This moment."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readers:
    """What works without a database and a mailbox: `read`, `decide` and `templates` need no more."""

    reader: Reader
    opener: ChildOpener
    knowledge: OrdersCsv
    policy: PolicySettings
    templates: TemplatesFolder


def readers(settings: Settings) -> Readers:
    """The readers of a shop; files it does not have are left out."""
    knowledge = OrdersCsv(settings.orders.path, settings.orders.catalog)
    return Readers(
        reader=Reader(
            knowledge,
            order_number_patterns=settings.orders.order_number_patterns,
            languages=settings.shop.languages,
            default_language=settings.shop.default_language,
        ),
        opener=ChildOpener(),
        knowledge=knowledge,
        policy=policy_of(settings),
        templates=TemplatesFolder(settings.templates.path),
    )


class Assembled:
    """A desk with everything it works with; a context manager that closes what it opened."""

    def __init__(
        self,
        settings: Settings,
        *,
        clock: Callable[[], datetime] = now_utc,
        step: Callable[[str], None] = walk_on,
        patience: Patience | None = None,
    ) -> None:
        self.settings = settings
        self.parts = readers(settings)
        self.holder = _holder_of(settings)
        self.store = SqliteStore(settings.database.url, self.holder)
        self.templates = LiveTemplates(
            shipped=shipped_sources(),
            folder=self.parts.templates,
            archive=_TemplateArchive(self.store),
            check=check_in_child,
            alarm=self._alarm,
            default_language=settings.shop.default_language,
        )
        self.desk = Desk(
            shop=shop_of(settings, self.store),
            store=self.store,
            blobs=blobs_of(settings),
            knowledge=self.parts.knowledge,
            reader=self.parts.reader,
            opener=self.parts.opener,
            letters=lambda: self.templates.letters,
            clock=clock,
            holder=self.holder.id,
            step=step,
        )
        self._patience = patience or Patience()
        self._servers: Servers | None = None
        self._told_of_files: str | None = None
        with self.store.transaction() as tx:
            make_secret(tx)
        self.look_at_files(clock())

    @property
    def servers(self) -> Servers:
        """The shop's mail servers, connected at first use; ConfigurationError where [imap] or [smtp] is missing."""
        if self._servers is None:
            self._servers = servers_of(self.settings, self._patience)
            if not self.settings.shop.return_address:
                log.warning(
                    "no-return-address",
                    means="letters cannot say where a parcel goes, customers have to ask",
                    how="write it line by line into [shop] return_address",
                )
        return self._servers

    def look_at_files(self, at: datetime) -> None:
        """Put changed templates in force, and tell the agents of orders or a catalogue that no longer parse."""
        self.templates.refresh(at)
        problem = self.parts.knowledge.problem
        if problem and problem != self._told_of_files:
            self._alarm(f"The shop's files are broken; what was read before stays in force.\n{problem}")
        self._told_of_files = problem

    def _alarm(self, text: str) -> None:
        at = self.desk.clock()
        with self.store.transaction() as tx:
            alarm(self.desk, tx, text, key=f"files:{text}:{at:%Y-%m-%dT%H:%M}", at=at)

    def close(self) -> None:
        """Let go of servers, children, the database and the lock that says this process lives."""
        if self._servers is not None:
            self._servers.mailbox.close()
            self._servers.transport.close()
        self.parts.opener.close()
        self.store.close()
        self.holder.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


class _TemplateArchive:
    """The last good templates, kept in the database."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def last_good(self) -> Mapping[Key, str]:
        with self._store.reading() as tx:
            return tx.last_good_templates()

    def keep(self, sources: Mapping[Key, str], *, at: datetime) -> None:
        with self._store.transaction() as tx:
            tx.keep_templates(sources, at=at)


def shop_of(settings: Settings, store: Store | None) -> Shop:
    """The shop as the desk knows it; whether plus addresses arrive may be known from `mailbot check` alone."""
    shop = settings.shop
    return Shop(
        name=shop.name,
        address=shop.address,
        timezone=shop.zone,
        default_language=shop.default_language,
        languages=shop.languages,
        policy=policy_of(settings),
        agents=tuple(
            Agent(
                name=agent.name or agent.address,
                address=agent.address,
                may=frozenset(agent.may),
                languages=agent.languages,
            )
            for agent in settings.agents
        ),
        return_address=shop.return_address,
        legal_footer=shop.legal_footer,
        authserv_id=settings.agent_mail.trusted_authserv_id or "",
        require=settings.agent_mail.require,
        undo=timedelta(seconds=settings.agent_mail.undo_seconds),
        unproven_per_hour=settings.smtp.unproven_per_hour if settings.smtp else 60,
        plus_addresses=_plus_addresses(settings, store),
        own_list_ids=frozenset(settings.imap.own_list_ids) if settings.imap else frozenset(),
        form_addresses=frozenset(form.address for form in settings.forms),
        statutory_notes=settings.policy.statutory_notes,
    )


def _plus_addresses(settings: Settings, store: Store | None) -> bool:
    setting = settings.shop.plus_addresses
    if setting != "auto":
        return setting
    if store is None:
        return False
    with store.reading() as tx:
        return bool(tx.mark(PLUS_ADDRESSES_ARRIVE))


def servers_of(settings: Settings, patience: Patience) -> Servers:
    """The shop's mail servers; nothing is connected yet."""
    accounts = settings.accounts
    imap = _imap_account(accounts.imap)
    keeps = accounts.smtp.keeps_sent_copies
    return Servers(
        mailbox=ImapMailbox(imap),
        sent=ImapSentFolder(imap),
        transport=SmtpTransport(_smtp_account(accounts.smtp)),
        rules=KeepRules(
            mailbox=_MAILBOX,
            max_bytes=settings.attachments.max_message_bytes,
            first_start=accounts.imap.first_start,
        ),
        patience=patience,
        keeps_copies=None if keeps == "auto" else keeps,
        per_minute=accounts.smtp.rate_per_minute,
    )


def submission_of(settings: Settings) -> SmtpTransport:
    """The server that takes letters, to try signing in to."""
    return SmtpTransport(_smtp_account(settings.accounts.smtp))


def _imap_account(imap: Imap) -> ImapAccount:
    password = imap.password.get_secret_value() if imap.password else ""
    return ImapAccount(
        host=imap.host,
        port=imap.port,
        security=Security(imap.security),
        username=imap.username,
        credentials=PasswordCredentials(password),
        folder=imap.folder,
        processed_folder=imap.processed_folder,
        quarantine_folder=imap.quarantine_folder,
        sent_folder=imap.sent_folder,
        idle=imap.idle,
        poll_seconds=imap.poll_seconds,
    )


def _smtp_account(smtp: Smtp) -> SmtpAccount:
    return SmtpAccount(
        host=smtp.host,
        port=smtp.port,
        security=Security(smtp.security),
        username=smtp.username,
        credentials=PasswordCredentials(smtp.password.get_secret_value()) if smtp.password else None,
    )


def blobs_of(settings: Settings) -> FolderBlobs:
    """The store of raw mails and attachments."""
    return FolderBlobs(settings.attachments.folder)


@contextmanager
def open_store(settings: Settings) -> Iterator[SqliteStore]:
    """The database alone, for who looks at what is kept; DatabaseUnusable where it cannot be used as it is."""
    holder = _holder_of(settings)
    try:
        store = SqliteStore(settings.database.url, holder)
        try:
            yield store
        finally:
            store.close()
    finally:
        holder.close()


def upgrade_database(settings: Settings) -> tuple[str | None, str]:
    """Bring the database up to this code's schema; the schema before (None: it was empty) and after."""
    return upgrade_sqlite(settings.database.url)


def _holder_of(settings: Settings) -> Holder:
    """Beside the database, so that all processes on one database know of each other."""
    path = sqlite_path(settings.database.url)
    # First, because it says in words what is wrong with the folder.
    prepare_file(path)
    return Holder(path.with_name(f"{path.name}.holders"))

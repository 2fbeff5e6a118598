"""The tables. Portable: what only one database can do is in `dialect.py`.

Every moment is kept in UTC. Texts that a stranger wrote go through `ForeignText`, so that no letter of theirs makes a
row impossible to write.
"""

from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa

from mailbot.connectors.database import documents


class Moment(sa.types.TypeDecorator[datetime]):
    """An aware datetime, kept in UTC, given back aware in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone; the database keeps moments, not clock faces")
        # SQLite knows no zones: what is written there is UTC without saying so.
        return value.astimezone(UTC).replace(tzinfo=None) if dialect.name == "sqlite" else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class ForeignText(sa.types.TypeDecorator[str]):
    """Text that somebody else wrote: NUL (PostgreSQL refuses it) and lone surrogates (UTF-8 has none) are replaced."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: str | None, _dialect: sa.Dialect) -> str | None:
        if value is None or (value.isascii() and "\0" not in value):
            return value
        return value.replace("\0", "\N{REPLACEMENT CHARACTER}").encode("utf-8", "replace").decode("utf-8")


class Document(sa.types.TypeDecorator[Any]):
    """Plain JSON as text, ASCII only (so that lone surrogates survive and NUL never reaches the database)."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: sa.Dialect) -> str:
        return documents.dump(value)

    def process_result_value(self, value: str | None, _dialect: sa.Dialect) -> Any:
        return None if value is None else documents.load(value)


metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

# Numbers that people read ("claim 12", "mail:17") are never given a second time.
NEVER_AGAIN: Final[dict[str, Any]] = {"sqlite_autoincrement": True}


def _number() -> sa.Column[int]:
    return sa.Column("id", sa.Integer, primary_key=True)


def _where(condition: str) -> dict[str, Any]:
    """A partial index; the condition is text, because SQLite uses one only where the query has the same words."""
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


KEPT = "state = 'kept'"
UNACKNOWLEDGED = "state <> 'kept' AND NOT acknowledged"
QUARANTINED = "state = 'quarantined'"
WAITING = "state IN ('ready', 'retry')"
SENDING = "state = 'sending'"
SENT = "state = 'sent'"
UNCERTAIN = "state = 'uncertain'"

claims = sa.Table(
    "claims",
    metadata,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("rma", sa.Text, nullable=False, unique=True),
    sa.Column("token", sa.Text, nullable=False, unique=True),
    sa.Column("status", sa.Text, nullable=False, index=True),
    sa.Column("customer", ForeignText, nullable=False),
    sa.Column("customer_name", ForeignText, nullable=False),
    sa.Column("proven", sa.Boolean, nullable=False),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("order_numbers", Document, nullable=False),
    sa.Column("unknown_order_numbers", Document, nullable=False),
    sa.Column("unknown_order_asked", sa.Boolean, nullable=False),
    sa.Column("unknown_order_again", sa.Boolean, nullable=False),
    sa.Column("preference", sa.Text),
    sa.Column("fault_on", sa.Date),
    sa.Column("asks_other_compensation", sa.Boolean, nullable=False),
    sa.Column("hazard", sa.Boolean, nullable=False),
    sa.Column("declares_withdrawal", sa.Boolean, nullable=False),
    sa.Column("owner_confirmed_by", sa.Text),
    sa.Column("admitted", Document, nullable=False),
    sa.Column("person_decides", sa.Boolean, nullable=False),
    sa.Column("first_contact_at", Moment, nullable=False, index=True),
    sa.Column("contact_day_unknown", sa.Boolean, nullable=False),
    sa.Column("updated_at", Moment, nullable=False),
    sa.Column("needs_agent", sa.Boolean, nullable=False),
    sa.Column("needs_agent_why", ForeignText, nullable=False),
    sa.Column("undeliverable", sa.Boolean, nullable=False),
    sa.Column("possible_duplicate", sa.Boolean, nullable=False),
    sa.Column("messages_in", sa.Integer, nullable=False),
    sa.Column("messages_out", sa.Integer, nullable=False),
    sa.Column("tracking", ForeignText, nullable=False),
    sa.Column("thread", Document, nullable=False),
    sa.Column("left_out", Document, nullable=False),
    sa.Column("flagged", Document, nullable=False),
    sa.Column("anchor", sa.Text, nullable=False),
    sa.Column("anchored_at", Moment),
    sa.Column("heard_at", Moment),
    sa.Column("reminders_sent", sa.Integer, nullable=False),
    sa.Column("acknowledged", sa.Boolean, nullable=False),
    sa.Column("person_at", Moment),
    sa.Column("sources", Document, nullable=False),
    sa.Index("ix_claims_customer_number", "customer", "number"),
    sa.Index("ix_claims_needs_agent", "number", **_where("needs_agent")),
    **NEVER_AGAIN,
)

claim_orders = sa.Table(
    "claim_orders",
    metadata,
    sa.Column("claim", sa.ForeignKey(claims.c.number, ondelete="CASCADE"), primary_key=True),
    sa.Column("order_number", ForeignText, primary_key=True),
    sa.Index("ix_claim_orders_order_number", "order_number"),
)
"""Finds claims by order; the numbers themselves, in their order, are the claim's."""

items = sa.Table(
    "items",
    metadata,
    sa.Column("claim", sa.ForeignKey(claims.c.number, ondelete="CASCADE"), primary_key=True),
    sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("sku", ForeignText),
    sa.Column("name", ForeignText, nullable=False),
    sa.Column("quantity", sa.Integer),
    sa.Column("problem_kind", sa.Text, nullable=False),
    sa.Column("description", ForeignText, nullable=False),
    sa.Column("detailed", sa.Boolean, nullable=False),
    sa.Column("support_tried", sa.Boolean, nullable=False),
    sa.Column("status", sa.Text, nullable=False),
    sa.Column("verdict", Document, nullable=False),
    sa.Column("inspection", sa.Text),
    sa.Column("missing_accessories", Document, nullable=False),
    sa.Column("sources", Document, nullable=False),
)

inbox = sa.Table(
    "inbox",
    metadata,
    _number(),
    sa.Column("mailbox", sa.Text, nullable=False),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("uid", sa.BigInteger, nullable=False),
    sa.Column("blob", sa.Text, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("internal_at", Moment, nullable=False),
    sa.Column("kept_at", Moment, nullable=False),
    sa.Column("left_out", Document, nullable=False),
    sa.Column("late", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("holder", sa.Text),
    sa.Column("held_since", Moment),
    sa.Column("finished_at", Moment),
    sa.Column("message_id", ForeignText, nullable=False),
    sa.Column("sender", ForeignText, nullable=False),
    sa.Column("subject", ForeignText, nullable=False),
    sa.Column("route", sa.Text, nullable=False),
    sa.Column("reason", ForeignText, nullable=False),
    sa.Column("claim", sa.ForeignKey(claims.c.number)),
    sa.Column("acknowledged", sa.Boolean, nullable=False),
    sa.UniqueConstraint("mailbox", "uidvalidity", "uid"),
    sa.Index("ix_inbox_kept", "id", **_where(KEPT)),
    sa.Index("ix_inbox_unacknowledged", "mailbox", "uidvalidity", "id", **_where(UNACKNOWLEDGED)),
    sa.Index("ix_inbox_quarantined", "id", **_where(QUARANTINED)),
    sa.Index("ix_inbox_message_id", "message_id"),
    sa.Index("ix_inbox_claim", "claim"),
    **NEVER_AGAIN,
)

content_keys = sa.Table(
    "content_keys",
    metadata,
    sa.Column("content_key", sa.Text, primary_key=True),
    sa.Column("mail", sa.ForeignKey(inbox.c.id, ondelete="CASCADE"), nullable=False, index=True),
)

mailboxes = sa.Table(
    "mailboxes",
    metadata,
    sa.Column("mailbox", sa.Text, primary_key=True),
    sa.Column("uidvalidity", sa.BigInteger, nullable=False),
    sa.Column("last_uid", sa.BigInteger, nullable=False),
    sa.Column("first_start_at", Moment, nullable=False),
    sa.Column("first_start", sa.Text, nullable=False),
)

history = sa.Table(
    "history",
    metadata,
    _number(),
    sa.Column("claim", sa.ForeignKey(claims.c.number, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("at", Moment, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("detail", Document, nullable=False),
    sa.Column("mail", sa.ForeignKey(inbox.c.id, ondelete="SET NULL")),
    sa.Index("ix_history_mail", "mail"),
    **NEVER_AGAIN,
)

attachments = sa.Table(
    "attachments",
    metadata,
    sa.Column("claim", sa.ForeignKey(claims.c.number, ondelete="CASCADE"), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("mail", sa.ForeignKey(inbox.c.id), nullable=False, index=True),
    sa.Column("part", sa.Integer, nullable=False),
    sa.Column("filename", ForeignText, nullable=False),
    sa.Column("content_type", ForeignText, nullable=False),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False, index=True),
)
"""What came, file by file, ignored ones too; `evidence` says what each is after inspection."""

evidence = sa.Table(
    "evidence",
    metadata,
    sa.Column("claim", sa.Integer, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("media", sa.Text, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("usable", sa.Boolean, nullable=False),
    sa.Column("shows", Document, nullable=False),
    sa.Column("reasons", Document, nullable=False),
    sa.Column("signals", Document, nullable=False),
    sa.Column("provisional", sa.Boolean, nullable=False),
    sa.Column("item", sa.Integer),
    sa.Column("confirmed_by", sa.Text),
    sa.ForeignKeyConstraint(
        ["claim", "number"],
        [attachments.c.claim, attachments.c.number],
        ondelete="CASCADE",
        name="fk_evidence_attachment",
    ),
)

pending_joins = sa.Table(
    "pending_joins",
    metadata,
    _number(),
    sa.Column("claim", sa.ForeignKey(claims.c.number, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("mail", sa.ForeignKey(inbox.c.id, ondelete="CASCADE"), nullable=False),
    sa.Column("address", ForeignText, nullable=False),
    sa.Column("asked_at", Moment, nullable=False),
    sa.Column("admitted_by", sa.Text, nullable=False),
    sa.Index("ix_pending_joins_mail", "mail"),
    **NEVER_AGAIN,
)

outbox = sa.Table(
    "outbox",
    metadata,
    _number(),
    sa.Column("key", sa.Text, nullable=False, unique=True),
    sa.Column("letter", sa.Text, nullable=False),
    sa.Column("audience", sa.Text, nullable=False),
    sa.Column("claim", sa.ForeignKey(claims.c.number)),
    sa.Column("recipient", ForeignText, nullable=False),
    sa.Column("message_id", sa.Text, nullable=False, unique=True),
    sa.Column("reference", sa.Text, nullable=False, index=True),
    sa.Column("automatic", sa.Boolean, nullable=False),
    sa.Column("acknowledgement", sa.Boolean, nullable=False),
    sa.Column("proven", sa.Boolean, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    sa.Column("created_at", Moment, nullable=False),
    sa.Column("not_before", Moment, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Column("holder", sa.Text),
    sa.Column("first_try_at", Moment),
    sa.Column("uncertain_since", Moment),
    sa.Column("sent_at", Moment),
    sa.Column("error", ForeignText, nullable=False),
    sa.Column("mail", sa.ForeignKey(inbox.c.id)),
    sa.Column("command", sa.Text, nullable=False),
    # Last, so that SQLite reads the others without following the pages of a long letter.
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Index("ix_outbox_waiting", "due_at", "id", **_where(WAITING)),
    sa.Index("ix_outbox_sending", "id", **_where(SENDING)),
    sa.Index("ix_outbox_uncertain", "uncertain_since", **_where(UNCERTAIN)),
    sa.Index("ix_outbox_sent", "sent_at", **_where(SENT)),
    sa.Index("ix_outbox_claim", "claim"),
    sa.Index("ix_outbox_mail", "mail"),
    sa.Index("ix_outbox_command", "command", **_where("command <> ''")),
    sa.Index("ix_outbox_recipient_created_at", "recipient", "created_at"),
    sa.Index("ix_outbox_unproven", "created_at", **_where("NOT proven")),
    **NEVER_AGAIN,
)

before_commands = sa.Table(
    "before_commands",
    metadata,
    sa.Column("claim", sa.ForeignKey(claims.c.number, ondelete="CASCADE"), primary_key=True),
    sa.Column("command", sa.Text, nullable=False),
    sa.Column("before", Document, nullable=False),
    sa.Column("evidence", Document, nullable=False),
)
"""Each claim as it was before its last command, for `/undo`."""

timers = sa.Table(
    "timers",
    metadata,
    _number(),
    sa.Column("claim", sa.ForeignKey(claims.c.number, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("sequence", sa.Integer, nullable=False),
    sa.Column("anchor", sa.Text, nullable=False),
    sa.Column("after_days", sa.Integer, nullable=False),
    sa.Column("due_at", Moment, nullable=False),
    sa.Index("ix_timers_due_at_id", "due_at", "id"),
    **NEVER_AGAIN,
)

tokens = sa.Table(
    "tokens",
    metadata,
    sa.Column("token", sa.Text, primary_key=True),
    sa.Column("agent", sa.Text, nullable=False),
    sa.Column("claim", sa.ForeignKey(claims.c.number, ondelete="CASCADE"), nullable=False, index=True),
    sa.Column("notification", sa.Text, nullable=False),
    sa.Column("issued_at", Moment, nullable=False),
    sa.Column("expires_at", Moment, nullable=False),
    sa.Column("spent_at", Moment),
)

proven_addresses = sa.Table(
    "proven_addresses",
    metadata,
    sa.Column("address", ForeignText, primary_key=True),
    sa.Column("how", sa.Text, nullable=False),
    sa.Column("at", Moment, nullable=False),
)

secrets = sa.Table(
    "secrets",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", sa.LargeBinary, nullable=False),
)

marks = sa.Table(
    "marks",
    metadata,
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("value", Document, nullable=False),
)

templates = sa.Table(
    "templates",
    metadata,
    sa.Column("language", sa.Text, primary_key=True),
    sa.Column("letter", sa.Text, primary_key=True),
    sa.Column("source", ForeignText, nullable=False),
    sa.Column("kept_at", Moment, nullable=False),
)

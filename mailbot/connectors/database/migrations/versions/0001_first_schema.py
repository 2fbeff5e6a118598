"""The first schema.

A migration names columns by plain types and imports nothing of the tables: it must still do the same in ten years.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

MOMENT = sa.DateTime(timezone=True)


def where(condition: str) -> dict[str, Any]:
    return {"sqlite_where": sa.text(condition), "postgresql_where": sa.text(condition)}


def upgrade() -> None:
    op.create_table(
        "claims",
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("rma", sa.Text(), nullable=False),
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("customer", sa.Text(), nullable=False),
        sa.Column("customer_name", sa.Text(), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("order_numbers", sa.Text(), nullable=False),
        sa.Column("unknown_order_numbers", sa.Text(), nullable=False),
        sa.Column("unknown_order_asked", sa.Boolean(), nullable=False),
        sa.Column("unknown_order_again", sa.Boolean(), nullable=False),
        sa.Column("preference", sa.Text()),
        sa.Column("fault_on", sa.Date()),
        sa.Column("asks_other_compensation", sa.Boolean(), nullable=False),
        sa.Column("hazard", sa.Boolean(), nullable=False),
        sa.Column("declares_withdrawal", sa.Boolean(), nullable=False),
        sa.Column("owner_confirmed_by", sa.Text()),
        sa.Column("admitted", sa.Text(), nullable=False),
        sa.Column("person_decides", sa.Boolean(), nullable=False),
        sa.Column("first_contact_at", MOMENT, nullable=False),
        sa.Column("contact_day_unknown", sa.Boolean(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("needs_agent", sa.Boolean(), nullable=False),
        sa.Column("needs_agent_why", sa.Text(), nullable=False),
        sa.Column("undeliverable", sa.Boolean(), nullable=False),
        sa.Column("possible_duplicate", sa.Boolean(), nullable=False),
        sa.Column("messages_in", sa.Integer(), nullable=False),
        sa.Column("messages_out", sa.Integer(), nullable=False),
        sa.Column("tracking", sa.Text(), nullable=False),
        sa.Column("thread", sa.Text(), nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("flagged", sa.Text(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("anchored_at", MOMENT),
        sa.Column("heard_at", MOMENT),
        sa.Column("reminders_sent", sa.Integer(), nullable=False),
        sa.Column("acknowledged", sa.Boolean(), nullable=False),
        sa.Column("person_at", MOMENT),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_claims"),
        sa.UniqueConstraint("rma", name="uq_claims_rma"),
        sa.UniqueConstraint("token", name="uq_claims_token"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_claims_customer_number", "claims", ["customer", "number"])
    op.create_index("ix_claims_first_contact_at", "claims", ["first_contact_at"])
    op.create_index("ix_claims_needs_agent", "claims", ["number"], **where("needs_agent"))
    op.create_index("ix_claims_status", "claims", ["status"])
    op.create_table(
        "mailboxes",
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("last_uid", sa.BigInteger(), nullable=False),
        sa.Column("first_start_at", MOMENT, nullable=False),
        sa.Column("first_start", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", name="pk_mailboxes"),
    )
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_marks"),
    )
    op.create_table(
        "proven_addresses",
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("address", name="pk_proven_addresses"),
    )
    op.create_table(
        "secrets",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_secrets"),
    )
    op.create_table(
        "templates",
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("language", "letter", name="pk_templates"),
    )
    op.create_table(
        "before_commands",
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("before", sa.Text(), nullable=False),
        sa.Column("evidence", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["claim"], ["claims.number"], name="fk_before_commands_claim", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("claim", name="pk_before_commands"),
    )
    op.create_table(
        "claim_orders",
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("order_number", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["claim"], ["claims.number"], name="fk_claim_orders_claim", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("claim", "order_number", name="pk_claim_orders"),
    )
    op.create_index("ix_claim_orders_order_number", "claim_orders", ["order_number"])
    op.create_table(
        "inbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("uidvalidity", sa.BigInteger(), nullable=False),
        sa.Column("uid", sa.BigInteger(), nullable=False),
        sa.Column("blob", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("internal_at", MOMENT, nullable=False),
        sa.Column("kept_at", MOMENT, nullable=False),
        sa.Column("left_out", sa.Text(), nullable=False),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("holder", sa.Text()),
        sa.Column("held_since", MOMENT),
        sa.Column("finished_at", MOMENT),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("sender", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("route", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("claim", sa.Integer()),
        sa.Column("acknowledged", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["claim"], ["claims.number"], name="fk_inbox_claim"),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("mailbox", "uidvalidity", "uid", name="uq_inbox_mailbox_uidvalidity_uid"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_inbox_claim", "inbox", ["claim"])
    op.create_index("ix_inbox_kept", "inbox", ["id"], **where("state = 'kept'"))
    op.create_index("ix_inbox_message_id", "inbox", ["message_id"])
    op.create_index("ix_inbox_quarantined", "inbox", ["id"], **where("state = 'quarantined'"))
    op.create_index(
        "ix_inbox_unacknowledged",
        "inbox",
        ["mailbox", "uidvalidity", "id"],
        **where("state <> 'kept' AND NOT acknowledged"),
    )
    op.create_table(
        "items",
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sku", sa.Text()),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Integer()),
        sa.Column("problem_kind", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("detailed", sa.Boolean(), nullable=False),
        sa.Column("support_tried", sa.Boolean(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("inspection", sa.Text()),
        sa.Column("missing_accessories", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["claim"], ["claims.number"], name="fk_items_claim", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("claim", "position", name="pk_items"),
    )
    op.create_table(
        "timers",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("anchor", sa.Text(), nullable=False),
        sa.Column("after_days", sa.Integer(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["claim"], ["claims.number"], name="fk_timers_claim", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_timers"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_timers_claim", "timers", ["claim"])
    op.create_index("ix_timers_due_at_id", "timers", ["due_at", "id"])
    op.create_table(
        "tokens",
        sa.Column("token", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("notification", sa.Text(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("spent_at", MOMENT),
        sa.ForeignKeyConstraint(["claim"], ["claims.number"], name="fk_tokens_claim", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("token", name="pk_tokens"),
    )
    op.create_index("ix_tokens_claim", "tokens", ["claim"])
    op.create_table(
        "attachments",
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("mail", sa.Integer(), nullable=False),
        sa.Column("part", sa.Integer(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("content_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["claim"], ["claims.number"], name="fk_attachments_claim", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mail"], ["inbox.id"], name="fk_attachments_mail"),
        sa.PrimaryKeyConstraint("claim", "number", name="pk_attachments"),
    )
    op.create_index("ix_attachments_mail", "attachments", ["mail"])
    op.create_index("ix_attachments_sha256", "attachments", ["sha256"])
    op.create_table(
        "content_keys",
        sa.Column("content_key", sa.Text(), nullable=False),
        sa.Column("mail", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["mail"], ["inbox.id"], name="fk_content_keys_mail", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("content_key", name="pk_content_keys"),
    )
    op.create_index("ix_content_keys_mail", "content_keys", ["mail"])
    op.create_table(
        "history",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("mail", sa.Integer()),
        sa.ForeignKeyConstraint(["claim"], ["claims.number"], name="fk_history_claim", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mail"], ["inbox.id"], name="fk_history_mail", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_history"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_history_claim", "history", ["claim"])
    op.create_index("ix_history_mail", "history", ["mail"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("audience", sa.Text(), nullable=False),
        sa.Column("claim", sa.Integer()),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("message_id", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("acknowledgement", sa.Boolean(), nullable=False),
        sa.Column("proven", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("not_before", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("holder", sa.Text()),
        sa.Column("first_try_at", MOMENT),
        sa.Column("uncertain_since", MOMENT),
        sa.Column("sent_at", MOMENT),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("mail", sa.Integer()),
        sa.Column("command", sa.Text(), nullable=False),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["claim"], ["claims.number"], name="fk_outbox_claim"),
        sa.ForeignKeyConstraint(["mail"], ["inbox.id"], name="fk_outbox_mail"),
        sa.PrimaryKeyConstraint("id", name="pk_outbox"),
        sa.UniqueConstraint("key", name="uq_outbox_key"),
        sa.UniqueConstraint("message_id", name="uq_outbox_message_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_outbox_claim", "outbox", ["claim"])
    op.create_index("ix_outbox_command", "outbox", ["command"], **where("command <> ''"))
    op.create_index("ix_outbox_mail", "outbox", ["mail"])
    op.create_index("ix_outbox_recipient_created_at", "outbox", ["recipient", "created_at"])
    op.create_index("ix_outbox_reference", "outbox", ["reference"])
    op.create_index("ix_outbox_sending", "outbox", ["id"], **where("state = 'sending'"))
    op.create_index("ix_outbox_sent", "outbox", ["sent_at"], **where("state = 'sent'"))
    op.create_index("ix_outbox_uncertain", "outbox", ["uncertain_since"], **where("state = 'uncertain'"))
    op.create_index("ix_outbox_unproven", "outbox", ["created_at"], **where("NOT proven"))
    op.create_index("ix_outbox_waiting", "outbox", ["due_at", "id"], **where("state IN ('ready', 'retry')"))
    op.create_table(
        "pending_joins",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("mail", sa.Integer(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("admitted_by", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["claim"], ["claims.number"], name="fk_pending_joins_claim", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mail"], ["inbox.id"], name="fk_pending_joins_mail", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_pending_joins"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_pending_joins_claim", "pending_joins", ["claim"])
    op.create_index("ix_pending_joins_mail", "pending_joins", ["mail"])
    op.create_table(
        "evidence",
        sa.Column("claim", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("media", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("usable", sa.Boolean(), nullable=False),
        sa.Column("shows", sa.Text(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("signals", sa.Text(), nullable=False),
        sa.Column("provisional", sa.Boolean(), nullable=False),
        sa.Column("item", sa.Integer()),
        sa.Column("confirmed_by", sa.Text()),
        sa.ForeignKeyConstraint(
            ["claim", "number"],
            ["attachments.claim", "attachments.number"],
            name="fk_evidence_attachment",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("claim", "number", name="pk_evidence"),
    )

"""Claims, their items, history and evidence, and who waits to join one."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as given

from mailbot.claims.claim import Claim, Evidence, HistoryEntry, Item
from mailbot.claims.words import ENDED
from mailbot.connectors.database import documents
from mailbot.connectors.database import tables as t
from mailbot.connectors.database.dialect import insert_if_new, insert_or_replace
from mailbot.connectors.database.work import Work
from mailbot.desk.rows import ClaimFilter, PendingJoin
from mailbot.desk.store import Conflict

_STORED = [column.name for column in t.claims.columns if column.name != "number"]

_ADD = sa.insert(t.claims)
_SAVE = (
    sa.update(t.claims)
    .where(t.claims.c.number == given("claim_number"), t.claims.c.version == given("stored_version"))
    .values({name: given(name) for name in _STORED})
)
_COUNT_LETTER = (
    sa.update(t.claims)
    .where(t.claims.c.number == given("claim_number"))
    .values(messages_out=t.claims.c.messages_out + 1, version=t.claims.c.version + 1)
)
_BY_NUMBER = sa.select(t.claims).where(t.claims.c.number == given("number"))
_BY_RMA = sa.select(t.claims).where(t.claims.c.rma == given("rma"))
_BY_TOKEN = sa.select(t.claims).where(t.claims.c.token == given("token"))
_OPEN_OF = (
    sa.select(t.claims)
    # Comparisons one by one: SQLAlchemy writes the text of a NOT IN anew each time.
    .where(t.claims.c.customer == given("customer"), *(t.claims.c.status != ended.value for ended in sorted(ENDED)))
    .order_by(t.claims.c.number.desc())
)
_ITEMS = sa.select(t.items).where(t.items.c.claim == given("claim")).order_by(t.items.c.position)
_DROP_ITEMS = sa.delete(t.items).where(t.items.c.claim == given("of_claim"), t.items.c.position >= given("first"))
_DROP_ORDER = sa.delete(t.claim_orders).where(
    t.claim_orders.c.claim == given("of_claim"), t.claim_orders.c.order_number == given("order")
)

_LETTERS_NAMED = sa.select(t.outbox.c.message_id, t.outbox.c.claim).where(
    t.outbox.c.message_id.in_(given("message_ids", expanding=True)), t.outbox.c.claim.is_not(None)
)
_MAILS_NAMED = (
    sa.select(t.inbox.c.message_id, t.inbox.c.claim)
    .where(
        t.inbox.c.message_id.in_(given("message_ids", expanding=True)),
        t.inbox.c.claim.is_not(None),
        ~sa.exists().where(t.pending_joins.c.mail == t.inbox.c.id, t.pending_joins.c.admitted_by == ""),
    )
    # A sender chooses Message-IDs: where several have the same, the first to come keeps it.
    .order_by(t.inbox.c.id.desc())
)
_IDS_AT_ONCE = 200

_ADD_HISTORY = sa.insert(t.history)
_HISTORY = sa.select(t.history).where(t.history.c.claim == given("claim")).order_by(t.history.c.id)
_EVIDENCE = (
    sa.select(
        t.attachments,
        *(column for column in t.evidence.columns if column.name not in ("claim", "number")),
    )
    .join_from(t.attachments, t.evidence)
    .where(t.attachments.c.claim == given("claim"))
    .order_by(t.attachments.c.number)
)
_CLAIMS_WITH = (
    sa.select(t.attachments.c.claim)
    .where(t.attachments.c.sha256 == given("sha256"))
    .distinct()
    .order_by(t.attachments.c.claim)
)
_ADD_JOIN = sa.insert(t.pending_joins)
_JOINS = sa.select(t.pending_joins).where(t.pending_joins.c.claim == given("claim")).order_by(t.pending_joins.c.id)
_ADMIT = (
    sa.update(t.pending_joins)
    .where(t.pending_joins.c.id == given("join"), t.pending_joins.c.admitted_by == "")
    .values(admitted_by=given("by"))
)


_BEFORE = sa.select(t.before_commands).where(t.before_commands.c.claim == given("claim"))
_FORGET_BEFORE = sa.delete(t.before_commands).where(t.before_commands.c.claim == given("of_claim"))


class Claims(Work):
    """The part of a transaction that knows claims."""

    def __init__(self, connection: sa.Connection, *, randomness: Callable[[int], bytes]) -> None:
        super().__init__(connection, randomness=randomness)
        # As they stand in the database now, so that saving writes only the items that changed.
        self._stored: dict[int, Claim] = {}

    # -- claims ----------------------------------------------------------------------------------------------------
    def add_claim(self, claim: Claim) -> Claim:
        number = self._insert(_ADD, documents.claim_row(claim))
        self._put_orders(number, claim.order_numbers)
        self._put_items(number, enumerate(claim.items))
        self._stored[number] = stored = replace(claim, number=number)
        return stored

    def save_claim(self, claim: Claim) -> Claim:
        number = claim.number
        before = self._stored.get(number) or self.claim(number)
        saved = self._run(
            _SAVE,
            {
                **documents.claim_row(claim),
                "claim_number": number,
                "stored_version": claim.version,
                "version": claim.version + 1,
            },
        )
        if before is None or saved != 1:
            raise Conflict(f"claim {number} was changed by somebody else since version {claim.version}")
        if claim.order_numbers != before.order_numbers:
            if gone := set(before.order_numbers) - set(claim.order_numbers):
                self._run(_DROP_ORDER, [{"of_claim": number, "order": order} for order in gone])
            self._put_orders(number, claim.order_numbers)
        if claim.items != before.items:
            kept = len(before.items)
            self._put_items(
                number,
                (
                    (position, item)
                    for position, item in enumerate(claim.items)
                    if position >= kept or item != before.items[position]
                ),
            )
            if len(claim.items) < kept:
                self._run(_DROP_ITEMS, {"of_claim": number, "first": len(claim.items)})
        self._stored[number] = stored = replace(claim, version=claim.version + 1)
        return stored

    def count_letter_sent(self, number: int) -> None:
        self._run(_COUNT_LETTER, {"claim_number": number})
        self._stored.pop(number, None)

    def _put_orders(self, number: int, orders: Iterable[str]) -> None:
        if rows := [{"claim": number, "order_number": order} for order in orders]:
            self._run(insert_if_new(self._dialect, t.claim_orders, ("claim", "order_number")), rows)

    def _put_items(self, number: int, items: Iterable[tuple[int, Item]]) -> None:
        rows = [{"claim": number, "position": position, **documents.item_row(item)} for position, item in items]
        if rows:
            self._run(insert_or_replace(self._dialect, t.items, ("claim", "position")), rows)

    def claim(self, number: int) -> Claim | None:
        return self._found(_BY_NUMBER, {"number": number})

    def claim_by_rma(self, rma: str) -> Claim | None:
        return self._found(_BY_RMA, {"rma": rma})

    def claim_by_token(self, token: str) -> Claim | None:
        return self._found(_BY_TOKEN, {"token": token})

    def _found(self, statement: sa.Select[Any], wanted: dict[str, Any]) -> Claim | None:
        row = self._row(statement, wanted)
        return None if row is None else self._whole(row)

    def _whole(self, row: documents.Row) -> Claim:
        number = row["number"]
        items = [documents.item_from(item) for item in self._rows(_ITEMS, {"claim": number})]
        self._stored[number] = claim = documents.claim_from(row, items)
        return claim

    def claim_by_message_ids(self, message_ids: Sequence[str]) -> Claim | None:
        known = [message_id for message_id in dict.fromkeys(message_ids) if message_id]
        for start in range(0, len(known), _IDS_AT_ONCE):
            some = known[start : start + _IDS_AT_ONCE]
            named = {"message_ids": some}
            # What a letter of ours is called nobody else's mail can claim: letters come last and win.
            claim_of: dict[str, int] = {}
            for statement in (_MAILS_NAMED, _LETTERS_NAMED):
                for row in self._rows(statement, named):
                    claim_of[row["message_id"]] = row["claim"]
            for message_id in some:
                if message_id in claim_of:
                    return self.claim(claim_of[message_id])
        return None

    def open_claims_of(self, customer: str) -> Sequence[Claim]:
        return [self._whole(row) for row in self._rows(_OPEN_OF, {"customer": customer})]

    def claims(self, wanted: ClaimFilter) -> Sequence[Claim]:
        values = {name: value for name in _CONDITIONS if (value := getattr(wanted, name)) is not None}
        claims, items_of_these = _those_with(tuple(values), wanted.needs_agent)
        rows = self._rows(claims, values)
        items: dict[int, list[Item]] = {}
        for row in self._rows(items_of_these, values) if rows else ():
            items.setdefault(row["claim"], []).append(documents.item_from(row))
        return [documents.claim_from(row, items.get(row["number"], ())) for row in rows]

    # -- what belongs to a claim -------------------------------------------------------------------------------------
    def add_history(self, number: int, entries: Iterable[HistoryEntry]) -> None:
        if rows := [{"claim": number, **documents.history_row(entry)} for entry in entries]:
            self._run(_ADD_HISTORY, rows)

    def history(self, number: int) -> Sequence[HistoryEntry]:
        return [documents.history_from(row) for row in self._rows(_HISTORY, {"claim": number})]

    def evidence(self, number: int) -> Sequence[Evidence]:
        return [documents.evidence_from(row) for row in self._rows(_EVIDENCE, {"claim": number})]

    def put_evidence(self, number: int, evidence: Iterable[Evidence]) -> None:
        files = list(evidence)
        if not files:
            return
        of_claim = {"claim": number}
        for table, row_of in ((t.attachments, documents.attachment_row), (t.evidence, documents.evidence_row)):
            rows = [of_claim | row_of(file) for file in files]
            self._run(insert_or_replace(self._dialect, table, ("claim", "number")), rows)

    def claims_with_content(self, sha256: str) -> Sequence[int]:
        return self._values(_CLAIMS_WITH, {"sha256": sha256})

    def add_pending_join(self, number: int, mail_id: int, address: str, *, at: datetime) -> None:
        self._run(_ADD_JOIN, {"claim": number, "mail": mail_id, "address": address, "asked_at": at, "admitted_by": ""})

    def pending_joins(self, number: int) -> Sequence[PendingJoin]:
        return [
            PendingJoin(
                id=row["id"],
                claim=row["claim"],
                mail=row["mail"],
                address=row["address"],
                asked_at=row["asked_at"],
                admitted_by=row["admitted_by"],
            )
            for row in self._rows(_JOINS, {"claim": number})
        ]

    def admit(self, join_id: int, *, by: str) -> None:
        if self._run(_ADMIT, {"join": join_id, "by": by}) != 1:
            raise Conflict(f"writer {join_id} does not wait to be admitted any more")

    # -- before the last command -------------------------------------------------------------------------------------
    def remember_before(self, command: str, claim: Claim, evidence: Sequence[Evidence]) -> None:
        self._run(
            insert_or_replace(self._dialect, t.before_commands, ("claim",)),
            {
                "claim": claim.number,
                "command": command,
                "before": documents.claim_document(claim),
                "evidence": documents.evidence_document(evidence),
            },
        )

    def before_last_command(self, number: int) -> tuple[str, Claim, Sequence[Evidence]] | None:
        row = self._row(_BEFORE, {"claim": number})
        if row is None:
            return None
        evidence = documents.evidence_from_document(row["evidence"])
        return row["command"], documents.claim_from_document(row["before"]), evidence

    def forget_before(self, number: int) -> None:
        self._run(_FORGET_BEFORE, {"of_claim": number})


_CONDITIONS = {
    "status": t.claims.c.status == given("status"),
    "customer": t.claims.c.customer == given("customer"),
    "order": t.claims.c.number.in_(
        sa.select(t.claim_orders.c.claim).where(t.claim_orders.c.order_number == given("order"))
    ),
    "language": t.claims.c.language == given("language"),
    "since": t.claims.c.first_contact_at >= given("since"),
}


@cache
def _those_with(names: tuple[str, ...], needs_agent: bool | None) -> tuple[sa.Select[Any], sa.Select[Any]]:
    """The claims of a filter and their items; made once, because making a statement costs more than running it."""
    chosen = [_CONDITIONS[name] for name in names]
    if needs_agent is not None:
        chosen.append(t.claims.c.needs_agent if needs_agent else ~t.claims.c.needs_agent)
    items = sa.select(t.items).join_from(t.items, t.claims).where(*chosen)
    return (
        sa.select(t.claims).where(*chosen).order_by(t.claims.c.number),
        items.order_by(t.items.c.claim, t.items.c.position),
    )

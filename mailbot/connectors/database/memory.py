"""What is remembered beside mails, claims and letters: timers, tokens, proven addresses, secrets, marks, templates."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as given

from mailbot.connectors.database import tables as t
from mailbot.connectors.database.dialect import insert_if_new, insert_or_replace
from mailbot.connectors.database.work import Work
from mailbot.desk.rows import Timer, TimerKind, Token
from mailbot.desk.store import Conflict

_SECRET_BYTES = 32

_DROP_TIMERS = sa.delete(t.timers).where(t.timers.c.claim == given("of_claim"))
_ADD_TIMERS = sa.insert(t.timers)
_DUE = (
    sa.select(t.timers)
    .where(t.timers.c.due_at <= given("at"))
    .order_by(t.timers.c.due_at, t.timers.c.id)
    .limit(given("most", type_=sa.Integer))
)
_MOVE_TIMER = sa.update(t.timers).where(t.timers.c.id == given("timer")).values(due_at=given("new_due_at"))
_DROP_TIMER = sa.delete(t.timers).where(t.timers.c.id == given("timer"))
_ADD_TOKEN = sa.insert(t.tokens)
_TOKEN = sa.select(t.tokens).where(t.tokens.c.token == given("token"))
_SPEND = (
    sa.update(t.tokens)
    .where(t.tokens.c.token == given("text"), t.tokens.c.spent_at.is_(None))
    .values(spent_at=given("at"))
)
_PROVEN = sa.select(t.proven_addresses.c.at).where(t.proven_addresses.c.address == given("address"))
_SECRET = sa.select(t.secrets.c.value).where(t.secrets.c.name == given("name"))
_MARK = sa.select(t.marks.c.value).where(t.marks.c.name == given("name"))
_DROP_TEMPLATES = sa.delete(t.templates)
_ADD_TEMPLATES = sa.insert(t.templates)
_TEMPLATES = sa.select(t.templates.c.language, t.templates.c.letter, t.templates.c.source)


class Memory(Work):
    """The part of a transaction that knows all the rest."""

    def set_timers(self, number: int, timers: Iterable[Timer]) -> None:
        self._run(_DROP_TIMERS, {"of_claim": number})
        rows = [
            {
                "claim": number,
                "kind": timer.kind.value,
                "sequence": timer.sequence,
                "anchor": timer.anchor,
                "after_days": timer.after_days,
                "due_at": timer.due_at,
            }
            for timer in timers
        ]
        if rows:
            self._run(_ADD_TIMERS, rows)

    def due_timers(self, *, at: datetime, limit: int) -> Sequence[Timer]:
        return [
            Timer(
                id=row["id"],
                claim=row["claim"],
                kind=TimerKind(row["kind"]),
                sequence=row["sequence"],
                anchor=row["anchor"],
                after_days=row["after_days"],
                due_at=row["due_at"],
            )
            for row in self._rows(_DUE, {"at": at, "most": limit})
        ]

    def move_timer(self, timer_id: int, due_at: datetime) -> None:
        self._run(_MOVE_TIMER, {"timer": timer_id, "new_due_at": due_at})

    def drop_timer(self, timer_id: int) -> None:
        self._run(_DROP_TIMER, {"timer": timer_id})

    def add_token(self, token: Token) -> None:
        self._run(
            _ADD_TOKEN,
            {
                "token": token.token,
                "agent": token.agent,
                "claim": token.claim,
                "notification": token.notification,
                "issued_at": token.issued_at,
                "expires_at": token.expires_at,
                "spent_at": token.spent_at,
            },
        )

    def token(self, text: str) -> Token | None:
        row = self._row(_TOKEN, {"token": text})
        if row is None:
            return None
        return Token(
            token=row["token"],
            agent=row["agent"],
            claim=row["claim"],
            notification=row["notification"],
            issued_at=row["issued_at"],
            expires_at=row["expires_at"],
            spent_at=row["spent_at"],
        )

    def spend_token(self, text: str, *, at: datetime) -> None:
        if self._run(_SPEND, {"text": text, "at": at}) != 1:
            raise Conflict("this token was spent meanwhile")

    def is_proven(self, address: str) -> bool:
        return self._row(_PROVEN, {"address": address}) is not None

    def mark_proven(self, address: str, *, how: str, at: datetime) -> None:
        statement = insert_if_new(self._dialect, t.proven_addresses, ("address",))
        self._run(statement, {"address": address, "how": how, "at": at})

    def secret(self, name: str) -> bytes:
        known = self._secrets.get(name) or self._secret(name)
        if known is None:
            statement = insert_if_new(self._dialect, t.secrets, ("name",))
            self._run(statement, {"name": name, "value": self._randomness(_SECRET_BYTES)})
            known = self._secret(name)
            assert known is not None
        self._secrets[name] = known
        return known

    def _secret(self, name: str) -> bytes | None:
        known: bytes | None = self._value(_SECRET, {"name": name})
        return known

    def mark(self, name: str) -> Any:
        return self._value(_MARK, {"name": name})

    def set_mark(self, name: str, value: Any) -> None:
        self._run(insert_or_replace(self._dialect, t.marks, ("name",)), {"name": name, "value": value})

    def last_good_templates(self) -> Mapping[tuple[str, str], str]:
        return {(row["language"], row["letter"]): row["source"] for row in self._rows(_TEMPLATES)}

    def keep_templates(self, sources: Mapping[tuple[str, str], str], *, at: datetime) -> None:
        rows = [
            {"language": language, "letter": letter, "source": source, "kept_at": at}
            for (language, letter), source in sources.items()
        ]
        self._run(_DROP_TEMPLATES)
        if rows:
            self._run(_ADD_TEMPLATES, rows)

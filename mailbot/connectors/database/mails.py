"""The inbox: mails kept, leased, finished, and what tells whether one was seen before."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import bindparam as given

from mailbot.connectors.database import documents
from mailbot.connectors.database.dialect import insert_if_new, insert_or_replace
from mailbot.connectors.database.tables import KEPT, QUARANTINED, UNACKNOWLEDGED, content_keys, inbox, mailboxes
from mailbot.connectors.database.work import Work
from mailbot.desk.rows import Cursor, InboxState, KeptMail, MailOutcome, NewMail
from mailbot.desk.store import Conflict

_CURSOR = sa.select(mailboxes).where(mailboxes.c.mailbox == given("mailbox"))

_LEASE = (
    sa.update(inbox)
    .where(
        inbox.c.id
        == sa.select(inbox.c.id)
        .where(sa.text(KEPT), inbox.c.holder.is_(None), inbox.c.id.not_in(given("passed_over", expanding=True)))
        .order_by(inbox.c.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .scalar_subquery()
    )
    .values(holder=given("new_holder"), held_since=given("at"), attempts=inbox.c.attempts + 1)
    .returning(inbox)
)
_RELEASE = (
    sa.update(inbox)
    .where(inbox.c.id == given("mail"), sa.text(KEPT))
    .values(holder=None, held_since=None, attempts=inbox.c.attempts - given("tries"))
)
_MAIL = sa.select(inbox).where(inbox.c.id == given("mail"))
_FINISH = (
    sa.update(inbox)
    .where(inbox.c.id == given("mail_id"), sa.text(KEPT))
    .values(
        holder=None,
        held_since=None,
        finished_at=given("at"),
        **{name: given(name) for name in ("state", "route", "reason", "claim", "message_id", "sender", "subject")},
    )
)
_WHOSE_CONTENT = sa.select(content_keys.c.mail).where(content_keys.c.content_key == given("content_key"))
_UNACKNOWLEDGED = (
    sa.select(inbox)
    .where(
        sa.text(UNACKNOWLEDGED),
        inbox.c.mailbox == given("mailbox"),
        inbox.c.uidvalidity == given("uidvalidity"),
    )
    .order_by(inbox.c.id)
    .limit(given("most", type_=sa.Integer))
)
_ACKNOWLEDGE = sa.update(inbox).where(inbox.c.id == given("mail")).values(acknowledged=True)
_QUARANTINED = sa.select(inbox).where(sa.text(QUARANTINED)).order_by(inbox.c.id)
_RETRY = (
    sa.update(inbox)
    .where(inbox.c.id == given("mail"), sa.text(QUARANTINED))
    .values(state=InboxState.KEPT.value, attempts=0, finished_at=None, route="", reason="", acknowledged=False)
)
_UNHOLD = sa.update(inbox).where(inbox.c.holder == given("dead"), sa.text(KEPT)).values(holder=None, held_since=None)
_HOLDERS = sa.select(inbox.c.holder).where(sa.text(KEPT), inbox.c.holder.is_not(None)).distinct()


def _mail_from(row: documents.Row) -> KeptMail:
    return KeptMail(
        id=row["id"],
        mailbox=row["mailbox"],
        uidvalidity=row["uidvalidity"],
        uid=row["uid"],
        blob=row["blob"],
        size=row["size"],
        internal_at=row["internal_at"],
        kept_at=row["kept_at"],
        state=InboxState(row["state"]),
        attempts=row["attempts"],
        left_out=documents.left_out_from(row["left_out"]),
        late=row["late"],
        message_id=row["message_id"],
        sender=row["sender"],
        subject=row["subject"],
        route=row["route"],
        reason=row["reason"],
        claim=row["claim"],
        acknowledged=row["acknowledged"],
    )


def _new_row(mail: NewMail, at: datetime) -> dict[str, Any]:
    return {
        "mailbox": mail.mailbox,
        "uidvalidity": mail.uidvalidity,
        "uid": mail.uid,
        "blob": mail.blob,
        "size": mail.size,
        "internal_at": mail.internal_at,
        "kept_at": at,
        "left_out": documents.left_out_document(mail.left_out),
        "late": mail.late,
        "state": (InboxState.QUARANTINED if mail.not_given else InboxState.KEPT).value,
        "attempts": 0,
        "finished_at": at if mail.not_given else None,
        "message_id": "",
        "sender": "",
        "subject": "",
        "route": "quarantined" if mail.not_given else "",
        "reason": mail.not_given,
        "acknowledged": False,
    }


class Mails(Work):
    """The part of a transaction that knows the inbox."""

    def cursor(self, mailbox: str) -> Cursor | None:
        row = self._row(_CURSOR, {"mailbox": mailbox})
        if row is None:
            return None
        return Cursor(
            mailbox=row["mailbox"],
            uidvalidity=row["uidvalidity"],
            last_uid=row["last_uid"],
            first_start_at=row["first_start_at"],
            first_start=row["first_start"],
        )

    def set_cursor(self, cursor: Cursor) -> None:
        self._run(
            insert_or_replace(self._dialect, mailboxes, ("mailbox",)),
            {
                "mailbox": cursor.mailbox,
                "uidvalidity": cursor.uidvalidity,
                "last_uid": cursor.last_uid,
                "first_start_at": cursor.first_start_at,
                "first_start": cursor.first_start,
            },
        )

    def keep(self, mails: Sequence[NewMail], *, at: datetime) -> int:
        if not mails:
            return 0
        statement = insert_if_new(self._dialect, inbox, ("mailbox", "uidvalidity", "uid"))
        return self._run(statement, [_new_row(mail, at) for mail in mails])

    def lease_mail(self, holder: str, *, at: datetime, passing_over: Collection[int] = ()) -> KeptMail | None:
        row = self._row(_LEASE, {"new_holder": holder, "at": at, "passed_over": list(passing_over) or [0]})
        return None if row is None else _mail_from(row)

    def release_mail(self, mail_id: int, *, count_back: bool) -> None:
        self._run(_RELEASE, {"mail": mail_id, "tries": 1 if count_back else 0})

    def mail(self, mail_id: int) -> KeptMail | None:
        row = self._row(_MAIL, {"mail": mail_id})
        return None if row is None else _mail_from(row)

    def finish_mail(self, mail_id: int, outcome: MailOutcome, *, at: datetime) -> None:
        finished = self._run(
            _FINISH,
            {
                "mail_id": mail_id,
                "at": at,
                "state": outcome.state.value,
                "route": outcome.route,
                "reason": outcome.reason,
                "claim": outcome.claim,
                "message_id": outcome.message_id,
                "sender": outcome.sender,
                "subject": outcome.subject,
            },
        )
        if finished != 1:
            raise Conflict(f"mail {mail_id} does not wait any more: somebody else has finished it")

    def first_with_content(self, content_key: str, mail_id: int) -> int | None:
        statement = insert_if_new(self._dialect, content_keys, ("content_key",))
        if self._run(statement, {"content_key": content_key, "mail": mail_id}) == 1:
            return None
        first: int = self._value(_WHOSE_CONTENT, {"content_key": content_key})
        return None if first == mail_id else first

    def unacknowledged(self, mailbox: str, uidvalidity: int, limit: int) -> Sequence[KeptMail]:
        wanted = {"mailbox": mailbox, "uidvalidity": uidvalidity, "most": limit}
        return [_mail_from(row) for row in self._rows(_UNACKNOWLEDGED, wanted)]

    def mark_acknowledged(self, mail_ids: Iterable[int]) -> None:
        if mails := [{"mail": mail_id} for mail_id in mail_ids]:
            self._run(_ACKNOWLEDGE, mails)

    def quarantined(self) -> Sequence[KeptMail]:
        return [_mail_from(row) for row in self._rows(_QUARANTINED)]

    def retry_mail(self, mail_id: int) -> None:
        if self._run(_RETRY, {"mail": mail_id}) != 1:
            raise Conflict(f"mail {mail_id} does not lie in quarantine")

    def mail_holders(self) -> Sequence[str]:
        """Who holds mails that still wait."""
        return self._values(_HOLDERS)

    def free_mails_of(self, holder: str) -> int:
        return self._run(_UNHOLD, {"dead": holder})

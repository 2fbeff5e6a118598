"""Step 1 of the path: new mail is fetched, its bytes stored durably, then its row and the cursor in one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import structlog

from mailbot.desk.desk import Desk
from mailbot.desk.notify import alarm
from mailbot.desk.ports import FolderState, Mailbox, MailSummary
from mailbot.desk.rows import Cursor, NewMail

log = structlog.get_logger()

BATCH = 50
"""Mails a transaction: only keeping may batch (DESIGN, "Choices made")."""
_LOOK_AHEAD = 500
"""UIDs whose size and day are asked for at once."""
_LATE_AFTER = timedelta(days=3)

FirstStart = Literal["new", "unseen", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepRules:
    """How one mailbox is read: its name, the size above which a body is never fetched, what first start does."""

    mailbox: str
    max_bytes: int
    first_start: FirstStart


def keep_new(desk: Desk, mailbox: Mailbox, rules: KeepRules) -> Iterator[int]:
    """Keep what is new, batch by batch; yields how many rows each batch added, so that mails can be handled in between.

    Raises MailboxError or StoreUnavailable with the cursor where the last whole batch left it.
    """
    folder = mailbox.open()
    cursor = _cursor(desk, folder, rules)
    uids = list(mailbox.uids_above(cursor.last_uid))
    for start in range(0, len(uids), _LOOK_AHEAD):
        ahead = uids[start : start + _LOOK_AHEAD]
        summaries = {one.uid: one for one in mailbox.summaries(ahead)}
        wanted = [uid for uid in ahead if uid not in summaries or _is_to_be_handled(summaries[uid], cursor)]
        if not wanted:
            cursor = _store(desk, (), replace(cursor, last_uid=ahead[-1]))
            continue
        for batch_start in range(0, len(wanted), BATCH):
            batch = wanted[batch_start : batch_start + BATCH]
            last = batch_start + BATCH >= len(wanted)
            mails = _fetch(desk, mailbox, rules, folder, cursor, batch, summaries)
            cursor = _store(desk, mails, replace(cursor, last_uid=ahead[-1] if last else batch[-1]))
            yield len(mails)


def _cursor(desk: Desk, folder: FolderState, rules: KeepRules) -> Cursor:
    """Where to go on: set at first start, and set back to nothing when the server renumbered its mails."""
    at = desk.clock()
    with desk.store.transaction() as tx:
        cursor = tx.cursor(rules.mailbox)
        if cursor is None:
            cursor = Cursor(
                mailbox=rules.mailbox,
                uidvalidity=folder.uidvalidity,
                last_uid=folder.uidnext - 1 if rules.first_start == "new" else 0,
                # INTERNALDATE has whole seconds: a mail of this very second came after the start.
                first_start_at=at.astimezone(UTC).replace(microsecond=0),
                first_start=rules.first_start,
            )
            tx.set_cursor(cursor)
            log.info("mailbox-first-start", mailbox=rules.mailbox, first_start=rules.first_start)
        elif cursor.uidvalidity != folder.uidvalidity:
            # RFC 9051 section 2.3.1.1: every UID we know is void. Content tells what was handled already.
            text = f"The mail server has renumbered the mails of {rules.mailbox}; they are compared by content."
            alarm(desk, tx, text, key=f"uidvalidity:{rules.mailbox}:{folder.uidvalidity}", at=at)
            cursor = replace(cursor, uidvalidity=folder.uidvalidity, last_uid=0)
            tx.set_cursor(cursor)
    return cursor


def _is_to_be_handled(summary: MailSummary, cursor: Cursor) -> bool:
    """Whether first start leaves this mail to us; what lay there before and was not wanted stays so for good."""
    if summary.internal_at >= cursor.first_start_at:
        return True
    match cursor.first_start:
        case "all":
            return True
        case "unseen":
            return not summary.seen
        case _:
            return False


def _fetch(
    desk: Desk,
    mailbox: Mailbox,
    rules: KeepRules,
    folder: FolderState,
    cursor: Cursor,
    uids: Sequence[int],
    summaries: dict[int, MailSummary],
) -> list[NewMail]:
    mails = []
    for uid in uids:
        summary = summaries.get(uid)
        mail = _fetch_one(desk, mailbox, rules, folder, summary) if summary else None
        if mail is None:
            log.warning("mail-vanished-before-read", mailbox=rules.mailbox, uid=uid)
            continue
        late = _is_late(summary.internal_at, cursor) if summary else False
        mails.append(replace(mail, late=late))
    return mails


def _fetch_one(
    desk: Desk, mailbox: Mailbox, rules: KeepRules, folder: FolderState, summary: MailSummary
) -> NewMail | None:
    """One mail's bytes into the blob store; of one over the limit the headers and text parts alone."""
    if summary.size > rules.max_bytes:
        partial = mailbox.fetch_text(summary.uid)
        raw, left_out = (partial.raw, partial.left_out) if partial else (None, ())
    else:
        raw, left_out = mailbox.fetch(summary.uid), ()
    if raw is None:
        return None
    desk.step("fetched")
    blob = desk.blobs.put(raw)
    desk.step("stored")
    return NewMail(
        mailbox=rules.mailbox,
        uidvalidity=folder.uidvalidity,
        uid=summary.uid,
        blob=blob,
        size=summary.size,
        internal_at=summary.internal_at,
        left_out=left_out,
    )


def _is_late(internal_at: datetime, cursor: Cursor) -> bool:
    """Mail that lay there at first start and was old already: a person looks, no letter is written."""
    return internal_at < cursor.first_start_at - _LATE_AFTER


def _store(desk: Desk, mails: Sequence[NewMail], cursor: Cursor) -> Cursor:
    with desk.store.transaction() as tx:
        tx.keep(mails, at=desk.clock())
        tx.set_cursor(cursor)
    desk.step("kept")
    return cursor

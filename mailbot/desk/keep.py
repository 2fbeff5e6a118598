"""Step 1 of the path: new mail is fetched, its bytes stored durably, then its row and the cursor in one transaction."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import structlog

from mailbot.desk.desk import Desk
from mailbot.desk.notify import alarm
from mailbot.desk.ports import FolderState, Mailbox, MailboxError, MailSummary
from mailbot.desk.rows import Cursor, NewMail

log = structlog.get_logger()

BATCH = 50
"""Mails a transaction: only keeping may batch (DESIGN, "Choices made")."""
_LOOK_AHEAD = 500
"""UIDs whose size and day are asked for at once."""
_LATE_AFTER = timedelta(days=3)
_TRIES_TO_FETCH = 3

FirstStart = Literal["new", "unseen", "all"]


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepRules:
    """How one mailbox is read: its name, the size above which a body is never fetched, what first start does."""

    mailbox: str
    max_bytes: int
    first_start: FirstStart


def keep_new(desk: Desk, mailbox: Mailbox, rules: KeepRules) -> Iterator[int]:
    """Keep what is new, batch by batch; yields how many rows each batch added, so that mails can be handled in between.

    Raises MailboxError with the cursor behind the last mail that was fetched, StoreUnavailable with it where the last
    whole batch left it. A mail that the server does not give three times is quarantined, so that none waits for it.
    """
    folder = mailbox.open()
    cursor = _cursor(desk, folder, rules)
    start_of = _first_start_of(desk, rules, cursor)
    uids = list(mailbox.uids_above(cursor.last_uid))
    for start in range(0, len(uids), _LOOK_AHEAD):
        ahead = uids[start : start + _LOOK_AHEAD]
        summaries = {one.uid: one for one in mailbox.summaries(ahead)}
        wanted = [uid for uid in ahead if uid not in summaries or _is_to_be_handled(summaries[uid], cursor, start_of)]
        if left := sorted(set(ahead).difference(wanted)):
            # One line for all of them: a mailbox may hold a million.
            why = "they lay there before the first start"
            log.info("mails-left-alone", mailbox=rules.mailbox, count=len(left), uids=f"{left[0]}:{left[-1]}", why=why)
        if not wanted:
            cursor = _store(desk, (), replace(cursor, last_uid=ahead[-1]))
            continue
        for batch_start in range(0, len(wanted), BATCH):
            batch = wanted[batch_start : batch_start + BATCH]
            last = batch_start + BATCH >= len(wanted)
            mails: list[NewMail] = []
            try:
                for mail in _fetch(desk, mailbox, rules, folder, cursor, batch, summaries):
                    mails.append(mail)
            except _NotGiven as failed:
                cursor = _store(desk, mails, replace(cursor, last_uid=failed.summary.uid - 1))
                _count_not_given(desk, mailbox, rules, cursor, failed)
                raise failed.error from None
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
            start = {"uidvalidity": folder.uidvalidity, "last_uid": folder.uidnext - 1}
            tx.set_mark(_first_start_mark(rules), start)
            log.info("mailbox-first-start", mailbox=rules.mailbox, first_start=rules.first_start)
        elif cursor.uidvalidity != folder.uidvalidity:
            # RFC 9051 section 2.3.1.1: every UID we know is void. Content tells what was handled already.
            text = f"The mail server has renumbered the mails of {rules.mailbox}; they are compared by content."
            alarm(desk, tx, text, key=f"uidvalidity:{rules.mailbox}:{folder.uidvalidity}", at=at)
            cursor = replace(cursor, uidvalidity=folder.uidvalidity, last_uid=0)
            tx.set_cursor(cursor)
    return cursor


def _first_start_mark(rules: KeepRules) -> str:
    return f"first-start:{rules.mailbox}"


def _first_start_of(desk: Desk, rules: KeepRules, cursor: Cursor) -> int | None:
    """The highest UID that lay there at first start; None once the server has renumbered its mails."""
    with desk.store.reading() as tx:
        start = tx.mark(_first_start_mark(rules))
    if start is None or start["uidvalidity"] != cursor.uidvalidity:
        return None
    last_uid: int = start["last_uid"]
    return last_uid


def _is_to_be_handled(summary: MailSummary, cursor: Cursor, last_uid_at_start: int | None) -> bool:
    """Whether first start leaves this mail to us; what lay there before and was not wanted stays so for good.

    UIDs tell it exactly. INTERNALDATE is asked only where they are void: the server's clock is not ours, and a mail
    that somebody moves into the folder later keeps its old day.
    """
    came_later = (
        summary.internal_at >= cursor.first_start_at if last_uid_at_start is None else summary.uid > last_uid_at_start
    )
    if came_later:
        return True
    match cursor.first_start:
        case "all":
            return True
        case "unseen":
            return not summary.seen
        case _:
            return False


class _NotGiven(Exception):
    """The server did not give this mail."""

    def __init__(self, summary: MailSummary, error: MailboxError) -> None:
        super().__init__(str(error))
        self.summary = summary
        self.error = error


def _count_not_given(desk: Desk, mailbox: Mailbox, rules: KeepRules, cursor: Cursor, failed: _NotGiven) -> None:
    """Count a mail that is not given while the server is there; after three times it is quarantined and passed over."""
    if not failed.error.transient:
        return
    try:
        mailbox.open()
    except MailboxError:
        # The server is away as a whole: this mail is not to blame.
        return
    uid = failed.summary.uid
    name = f"not-given:{rules.mailbox}"
    at = desk.clock()
    empty = desk.blobs.put(b"")
    with desk.store.transaction() as tx:
        counted = tx.mark(name) or {}
        same = (counted.get("uidvalidity"), counted.get("uid")) == (cursor.uidvalidity, uid)
        times = counted["times"] + 1 if same else 1
        tx.set_mark(name, {"uidvalidity": cursor.uidvalidity, "uid": uid, "times": times})
        if times < _TRIES_TO_FETCH:
            return
        reason = f"the server does not give it (UID {uid} in {rules.mailbox}): {failed.error}"
        mail = NewMail(
            mailbox=rules.mailbox,
            uidvalidity=cursor.uidvalidity,
            uid=uid,
            blob=empty,
            size=failed.summary.size,
            internal_at=failed.summary.internal_at,
            not_given=reason[:500],
        )
        tx.keep([mail], at=at)
        tx.set_cursor(replace(cursor, last_uid=uid))
        text = (
            f"A mail could not be fetched and is passed over: {reason[:300]}. It lies in the mailbox still; look at it "
            "there. It stands in: mailbot quarantine list"
        )
        alarm(desk, tx, text, key=f"{name}:{cursor.uidvalidity}:{uid}", at=at)
    log.error("mail-not-given", mailbox=rules.mailbox, uid=uid, error=str(failed.error))


def _fetch(
    desk: Desk,
    mailbox: Mailbox,
    rules: KeepRules,
    folder: FolderState,
    cursor: Cursor,
    uids: Sequence[int],
    summaries: dict[int, MailSummary],
) -> Iterator[NewMail]:
    for uid in uids:
        summary = summaries.get(uid)
        try:
            mail = _fetch_one(desk, mailbox, rules, folder, summary) if summary else None
        except MailboxError as error:
            assert summary is not None
            raise _NotGiven(summary, error) from error
        if mail is None:
            log.warning("mail-vanished-before-read", mailbox=rules.mailbox, uid=uid)
            continue
        late = _is_late(summary.internal_at, cursor) if summary else False
        yield replace(mail, late=late)


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

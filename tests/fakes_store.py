"""A small honest fake of the store: dictionaries, copied when a transaction begins and put in place at its end.

tests/connectors/test_store_contract.py runs on it and on the real one.
"""

import threading
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from copy import copy
from dataclasses import dataclass, field, fields, replace
from datetime import datetime
from hashlib import sha256
from typing import Any

from mailbot.claims.claim import Claim, Evidence, HistoryEntry
from mailbot.connectors.database import documents
from mailbot.desk.rows import (
    ClaimFilter,
    Cursor,
    InboxState,
    KeptMail,
    MailOutcome,
    NewLetter,
    NewMail,
    OutboxRow,
    OutboxState,
    PendingJoin,
    Timer,
    Token,
)
from mailbot.desk.store import Conflict, StoreUnavailable, Transaction

WAITING = (OutboxState.READY, OutboxState.RETRY)


@dataclass(slots=True)
class Contents:
    """Everything that the fake database holds. Rows are frozen, so copying the dictionaries copies it all."""

    numbers_given: dict[str, int] = field(default_factory=dict)
    mails: dict[int, KeptMail] = field(default_factory=dict)
    mail_holders: dict[int, str] = field(default_factory=dict)
    content_keys: dict[str, int] = field(default_factory=dict)
    cursors: dict[str, Cursor] = field(default_factory=dict)
    claims: dict[int, Claim] = field(default_factory=dict)
    history: dict[int, tuple[HistoryEntry, ...]] = field(default_factory=dict)
    evidence: dict[tuple[int, int], Evidence] = field(default_factory=dict)
    joins: dict[int, PendingJoin] = field(default_factory=dict)
    before: dict[int, tuple[str, Claim, Sequence[Evidence]]] = field(default_factory=dict)
    letters: dict[int, OutboxRow] = field(default_factory=dict)
    letter_holders: dict[int, str] = field(default_factory=dict)
    letters_due: dict[int, datetime] = field(default_factory=dict)
    timers: dict[int, Timer] = field(default_factory=dict)
    tokens: dict[str, Token] = field(default_factory=dict)
    proven: dict[str, str] = field(default_factory=dict)
    secrets: dict[str, bytes] = field(default_factory=dict)
    marks: dict[str, str] = field(default_factory=dict)
    templates: dict[tuple[str, str], str] = field(default_factory=dict)

    def copied(self) -> "Contents":
        return Contents(**{one.name: copy(getattr(self, one.name)) for one in fields(self)})

    def next_number(self, of: str) -> int:
        self.numbers_given[of] = self.numbers_given.get(of, 0) + 1
        return self.numbers_given[of]


class FakeTransaction:
    """What the port `Transaction` says, on dictionaries."""

    def __init__(self, contents: Contents) -> None:
        self._all = contents

    # -- mails -------------------------------------------------------------------------------------------------------
    def cursor(self, mailbox: str) -> Cursor | None:
        return self._all.cursors.get(mailbox)

    def set_cursor(self, cursor: Cursor) -> None:
        self._all.cursors[cursor.mailbox] = cursor

    def keep(self, mails: Sequence[NewMail], *, at: datetime) -> int:
        there = {(mail.mailbox, mail.uidvalidity, mail.uid) for mail in self._all.mails.values()}
        count = 0
        for mail in mails:
            place = (mail.mailbox, mail.uidvalidity, mail.uid)
            if place not in there:
                there.add(place)
                count += 1
                number = self._all.next_number("mail")
                self._all.mails[number] = KeptMail(
                    id=number,
                    mailbox=mail.mailbox,
                    uidvalidity=mail.uidvalidity,
                    uid=mail.uid,
                    blob=mail.blob,
                    size=mail.size,
                    internal_at=mail.internal_at,
                    kept_at=at,
                    state=InboxState.QUARANTINED if mail.not_given else InboxState.KEPT,
                    attempts=0,
                    left_out=mail.left_out,
                    late=mail.late,
                    route="quarantined" if mail.not_given else "",
                    reason=mail.not_given,
                )
        return count

    def lease_mail(self, holder: str, *, at: datetime, passing_over: Collection[int] = ()) -> KeptMail | None:
        for number, mail in self._all.mails.items():
            free = number not in self._all.mail_holders and number not in passing_over
            if mail.state is InboxState.KEPT and free:
                self._all.mail_holders[number] = holder
                self._all.mails[number] = leased = replace(mail, attempts=mail.attempts + 1)
                return leased
        return None

    def release_mail(self, mail_id: int, *, count_back: bool) -> None:
        mail = self._all.mails[mail_id]
        if mail.state is InboxState.KEPT:
            self._all.mail_holders.pop(mail_id, None)
            self._all.mails[mail_id] = replace(mail, attempts=mail.attempts - count_back)

    def mail(self, mail_id: int) -> KeptMail | None:
        return self._all.mails.get(mail_id)

    def finish_mail(self, mail_id: int, outcome: MailOutcome, *, at: datetime) -> None:
        mail = self._all.mails.get(mail_id)
        if mail is None or mail.state is not InboxState.KEPT:
            raise Conflict(f"mail {mail_id} does not wait any more")
        self._must_exist(claim=outcome.claim)
        self._all.mail_holders.pop(mail_id, None)
        self._all.mails[mail_id] = replace(
            mail,
            state=outcome.state,
            route=outcome.route,
            reason=outcome.reason,
            claim=outcome.claim,
            message_id=outcome.message_id,
            sender=outcome.sender,
            subject=outcome.subject,
        )

    def first_with_content(self, content_key: str, mail_id: int) -> int | None:
        self._must_exist(mail=mail_id)
        first = self._all.content_keys.setdefault(content_key, mail_id)
        return None if first == mail_id else first

    def unacknowledged(self, mailbox: str, uidvalidity: int, limit: int) -> Sequence[KeptMail]:
        return [
            mail
            for mail in self._all.mails.values()
            if (mail.mailbox, mail.uidvalidity) == (mailbox, uidvalidity)
            and mail.state is not InboxState.KEPT
            and not mail.acknowledged
        ][:limit]

    def mark_acknowledged(self, mail_ids: Iterable[int]) -> None:
        for mail_id in mail_ids:
            self._all.mails[mail_id] = replace(self._all.mails[mail_id], acknowledged=True)

    def quarantined(self) -> Sequence[KeptMail]:
        return [mail for mail in self._all.mails.values() if mail.state is InboxState.QUARANTINED]

    def retry_mail(self, mail_id: int) -> None:
        mail = self._all.mails.get(mail_id)
        if mail is None or mail.state is not InboxState.QUARANTINED:
            raise Conflict(f"mail {mail_id} does not lie in quarantine")
        self._all.mails[mail_id] = replace(
            mail, state=InboxState.KEPT, attempts=0, route="", reason="", acknowledged=False
        )

    # -- claims ------------------------------------------------------------------------------------------------------
    def add_claim(self, claim: Claim) -> Claim:
        if any(other.rma == claim.rma or other.token == claim.token for other in self._all.claims.values()):
            raise Conflict("RMA number or token is taken")
        number = self._all.next_number("claim")
        self._all.claims[number] = added = replace(claim, number=number)
        return added

    def save_claim(self, claim: Claim) -> Claim:
        stored = self._all.claims.get(claim.number)
        if stored is None or stored.version != claim.version:
            raise Conflict(f"claim {claim.number} was changed meanwhile")
        self._all.claims[claim.number] = saved = replace(claim, version=claim.version + 1)
        return saved

    def count_letter_sent(self, number: int) -> None:
        if number in self._all.claims:
            claim = self._all.claims[number]
            self._all.claims[number] = replace(claim, messages_out=claim.messages_out + 1, version=claim.version + 1)

    def claim(self, number: int) -> Claim | None:
        return self._all.claims.get(number)

    def claim_by_rma(self, rma: str) -> Claim | None:
        return next((claim for claim in self._all.claims.values() if claim.rma == rma), None)

    def claim_by_token(self, token: str) -> Claim | None:
        return next((claim for claim in self._all.claims.values() if claim.token == token), None)

    def claim_by_message_ids(self, message_ids: Sequence[str]) -> Claim | None:
        waiting = {join.mail for join in self._all.joins.values() if not join.admitted_by}
        letters = [(letter.message_id, letter.claim) for letter in self._all.letters.values()]
        mails = [(mail.message_id, mail.claim) for mail in self._all.mails.values() if mail.id not in waiting]
        for message_id in filter(None, message_ids):
            for name, claim in (*letters, *mails):
                if name == message_id and claim is not None:
                    return self._all.claims[claim]
        return None

    def open_claims_of(self, customer: str) -> Sequence[Claim]:
        of_them = [claim for claim in self._all.claims.values() if claim.customer == customer and not claim.ended]
        return of_them[::-1]

    def claims(self, wanted: ClaimFilter) -> Sequence[Claim]:
        return [
            claim
            for claim in self._all.claims.values()
            if wanted.status in (None, claim.status)
            and wanted.customer in (None, claim.customer)
            and (wanted.order is None or wanted.order in claim.order_numbers)
            and wanted.language in (None, claim.language)
            and wanted.needs_agent in (None, claim.needs_agent)
            and (wanted.since is None or claim.first_contact_at >= wanted.since)
        ]

    def add_history(self, number: int, entries: Iterable[HistoryEntry]) -> None:
        self._must_exist(claim=number)
        plain = tuple(replace(entry, detail=_through_json(entry.detail)) for entry in entries)
        for entry in plain:
            self._must_exist(mail=entry.mail)
        self._all.history[number] = self._all.history.get(number, ()) + plain

    def history(self, number: int) -> Sequence[HistoryEntry]:
        return self._all.history.get(number, ())

    def evidence(self, number: int) -> Sequence[Evidence]:
        return [file for (claim, _), file in sorted(self._all.evidence.items()) if claim == number]

    def put_evidence(self, number: int, evidence: Iterable[Evidence]) -> None:
        for file in evidence:
            self._must_exist(claim=number, mail=file.mail)
            self._all.evidence[number, file.number] = file

    def claims_with_content(self, sha256: str) -> Sequence[int]:
        return sorted({claim for (claim, _), file in self._all.evidence.items() if file.sha256 == sha256})

    def add_pending_join(self, number: int, mail_id: int, address: str, *, at: datetime) -> None:
        self._must_exist(claim=number, mail=mail_id)
        join = self._all.next_number("join")
        self._all.joins[join] = PendingJoin(id=join, claim=number, mail=mail_id, address=address, asked_at=at)

    def pending_joins(self, number: int) -> Sequence[PendingJoin]:
        return [join for join in self._all.joins.values() if join.claim == number]

    def admit(self, join_id: int, *, by: str) -> None:
        join = self._all.joins.get(join_id)
        if join is None or join.admitted_by:
            raise Conflict(f"writer {join_id} does not wait to be admitted")
        self._all.joins[join_id] = replace(join, admitted_by=by)

    def remember_before(self, command: str, claim: Claim, evidence: Sequence[Evidence]) -> None:
        self._must_exist(claim=claim.number)
        self._all.before[claim.number] = (command, claim, list(evidence))

    def before_last_command(self, number: int) -> tuple[str, Claim, Sequence[Evidence]] | None:
        return self._all.before.get(number)

    def forget_before(self, number: int) -> None:
        self._all.before.pop(number, None)

    # -- letters -----------------------------------------------------------------------------------------------------
    def put_letter(self, letter: NewLetter, *, at: datetime) -> bool:
        self._must_exist(claim=letter.claim, mail=letter.mail)
        if self.letter(letter.key) is not None:
            return False
        if self.letter_by_message_id(letter.message_id) is not None:
            raise Conflict(f"the Message-ID {letter.message_id} is taken")
        number = self._all.next_number("letter")
        written = {one.name: getattr(letter, one.name) for one in fields(letter)}
        self._all.letters[number] = OutboxRow(**written, id=number, state=OutboxState.READY, attempts=0, created_at=at)
        earlier = [row.id for row in self._thread_of(letter) if row.state in WAITING and row.id != number]
        put_off = [self._all.letters_due[row] for row in earlier]
        self._all.letters_due[number] = max([letter.not_before, *put_off])
        return True

    def _thread_of(self, letter: NewLetter | OutboxRow) -> list[OutboxRow]:
        return [
            row
            for row in self._all.letters.values()
            if letter.claim is not None and (row.claim, row.recipient) == (letter.claim, letter.recipient)
        ]

    def lease_letter(self, holder: str, *, at: datetime) -> OutboxRow | None:
        due = [(when, number) for when, number in self._waiting() if when <= at]
        if not due:
            return None
        _, number = min(due)
        row = self._all.letters[number]
        self._all.letter_holders[number] = holder
        self._all.letters[number] = leased = replace(
            row, state=OutboxState.SENDING, attempts=row.attempts + 1, first_try_at=row.first_try_at or at
        )
        return leased

    def settle_letter(
        self, row_id: int, state: OutboxState, *, at: datetime, error: str = "", next_try_at: datetime | None = None
    ) -> None:
        row = self._all.letters.get(row_id)
        if row is None or row.state not in (OutboxState.SENDING, OutboxState.UNCERTAIN):
            raise Conflict(f"letter {row_id} is neither being sent nor uncertain")
        self._all.letter_holders.pop(row_id, None)
        self._all.letters_due[row_id] = next_try_at or self._all.letters_due[row_id]
        if state is OutboxState.RETRY and next_try_at is not None:
            for later in self._thread_of(row):
                if later.id > row_id and later.state in WAITING:
                    self._all.letters_due[later.id] = max(self._all.letters_due[later.id], next_try_at)
        self._all.letters[row_id] = replace(
            row,
            state=state,
            error=error,
            sent_at=at if state is OutboxState.SENT else row.sent_at,
            uncertain_since=at if state is OutboxState.UNCERTAIN else row.uncertain_since,
        )

    def uncertain_letters(self, *, before: datetime) -> Sequence[OutboxRow]:
        since = [
            (row.uncertain_since, row.id, row)
            for row in self._all.letters.values()
            if row.state is OutboxState.UNCERTAIN and row.uncertain_since and row.uncertain_since <= before
        ]
        return [row for _, _, row in sorted(since, key=lambda one: one[:2])]

    def letter(self, key: str) -> OutboxRow | None:
        return next((row for row in self._all.letters.values() if row.key == key), None)

    def letter_by_message_id(self, message_id: str) -> OutboxRow | None:
        return next((row for row in self._all.letters.values() if row.message_id == message_id), None)

    def letter_by_reference(self, reference: str) -> OutboxRow | None:
        return next((row for row in self._all.letters.values() if row.reference == reference), None)

    def letters_of_claim(self, number: int) -> Sequence[OutboxRow]:
        return [row for row in self._all.letters.values() if row.claim == number]

    def cancel_letters(self, command: str) -> bool:
        rows = [row for row in self._all.letters.values() if command and row.command == command]
        if any(row.state not in WAITING for row in rows):
            return False
        for row in rows:
            self._all.letters[row.id] = replace(row, state=OutboxState.CANCELLED)
        return True

    def next_letter_at(self) -> datetime | None:
        return min((when for when, _ in self._waiting()), default=None)

    def unproven_letters_to(self, address: str, *, since: datetime) -> Sequence[OutboxRow]:
        unproven = [row for row in self._put_since(since) if row.automatic and not row.proven]
        return [row for row in unproven if row.recipient.lower() == address.lower()]

    def automatic_letters_on(self, number: int, *, since: datetime) -> int:
        return sum(row.claim == number and row.automatic for row in self._put_since(since))

    def unproven_letters(self, *, since: datetime) -> int:
        return sum(row.audience == "customer" and not row.proven for row in self._put_since(since))

    def letters_sent(self, *, since: datetime) -> int:
        sent = [row.sent_at for row in self._all.letters.values() if row.state is OutboxState.SENT]
        return sum(sent_at is not None and sent_at >= since for sent_at in sent)

    def _waiting(self) -> list[tuple[datetime, int]]:
        return [
            (self._all.letters_due[number], number) for number, row in self._all.letters.items() if row.state in WAITING
        ]

    def _put_since(self, since: datetime) -> list[OutboxRow]:
        return [
            row
            for row in self._all.letters.values()
            if row.created_at >= since and row.state is not OutboxState.CANCELLED
        ]

    # -- timers, tokens, addresses, secrets, marks, templates ---------------------------------------------------------
    def set_timers(self, number: int, timers: Iterable[Timer]) -> None:
        self._must_exist(claim=number)
        self._all.timers = {id_: timer for id_, timer in self._all.timers.items() if timer.claim != number}
        for timer in timers:
            id_ = self._all.next_number("timer")
            self._all.timers[id_] = replace(timer, claim=number, id=id_)

    def due_timers(self, *, at: datetime, limit: int) -> Sequence[Timer]:
        due = [timer for timer in self._all.timers.values() if timer.due_at <= at]
        return sorted(due, key=lambda timer: (timer.due_at, timer.id))[:limit]

    def move_timer(self, timer_id: int, due_at: datetime) -> None:
        if timer_id in self._all.timers:
            self._all.timers[timer_id] = replace(self._all.timers[timer_id], due_at=due_at)

    def drop_timer(self, timer_id: int) -> None:
        self._all.timers.pop(timer_id, None)

    def add_token(self, token: Token) -> None:
        self._must_exist(claim=token.claim)
        if token.token in self._all.tokens:
            raise Conflict("this token is taken")
        self._all.tokens[token.token] = token

    def token(self, text: str) -> Token | None:
        return self._all.tokens.get(text)

    def spend_token(self, text: str, *, at: datetime) -> None:
        token = self._all.tokens.get(text)
        if token is None or token.spent_at is not None:
            raise Conflict("this token was spent meanwhile")
        self._all.tokens[text] = replace(token, spent_at=at)

    def is_proven(self, address: str) -> bool:
        return address in self._all.proven

    def mark_proven(self, address: str, *, how: str, at: datetime) -> None:
        self._all.proven.setdefault(address, how)

    def secret(self, name: str) -> bytes:
        return self._all.secrets.setdefault(name, sha256(name.encode()).digest())

    def mark(self, name: str) -> Any:
        return documents.load(self._all.marks[name]) if name in self._all.marks else None

    def set_mark(self, name: str, value: Any) -> None:
        self._all.marks[name] = documents.dump(value)

    def last_good_templates(self) -> Mapping[tuple[str, str], str]:
        return dict(self._all.templates)

    def keep_templates(self, sources: Mapping[tuple[str, str], str], *, at: datetime) -> None:
        self._all.templates = dict(sources)

    def release(self, dead: set[str], *, at: datetime) -> int:
        mails = [number for number, holder in self._all.mail_holders.items() if holder in dead]
        letters = [number for number, holder in self._all.letter_holders.items() if holder in dead]
        for number in mails:
            del self._all.mail_holders[number]
        for number in letters:
            self.settle_letter(number, OutboxState.UNCERTAIN, at=at, error="the process that was sending it ended")
        return len(mails) + len(letters)

    def _must_exist(self, *, claim: int | None = None, mail: int | None = None) -> None:
        """What a foreign key says: Conflict where a row is named that is not there."""
        if claim is not None and claim not in self._all.claims:
            raise Conflict(f"there is no claim {claim}")
        if mail is not None and mail not in self._all.mails:
            raise Conflict(f"there is no mail {mail}")


class FakeStore:
    """A Store in memory.

    `failures` are raised one a transaction, first in first out, when its block has ended: nothing of it is kept;
    None lets one through. `dead` are the holders that `release_dead` finds dead.
    """

    def __init__(self) -> None:
        self.contents = Contents()
        self.failures: deque[StoreUnavailable | None] = deque()
        self.dead: set[str] = set()
        self._turn = threading.Lock()
        self._writer: int | None = None

    def transaction(self) -> AbstractContextManager[Transaction]:
        return self._writing()

    def counting(self) -> AbstractContextManager[Transaction]:
        return self._writing()

    @contextmanager
    def _writing(self) -> Iterator[FakeTransaction]:
        if self._writer == threading.get_ident():
            raise RuntimeError("a write transaction inside another of the same thread would wait for itself")
        with self._turn:
            self._writer = threading.get_ident()
            try:
                contents = self.contents.copied()
                yield FakeTransaction(contents)
                failure = self.failures.popleft() if self.failures else None
                if failure is not None:
                    raise failure
                self.contents = contents
            finally:
                self._writer = None

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        contents = self.contents.copied()
        # A secret that is made while reading is kept all the same.
        contents.secrets = self.contents.secrets
        yield FakeTransaction(contents)

    def release_dead(self, *, at: datetime) -> int:
        with self._writing() as tx:
            return tx.release(self.dead, at=at)


def _through_json(detail: Mapping[str, Any]) -> Mapping[str, Any]:
    plain: Mapping[str, Any] = documents.load(documents.dump(detail))
    return plain

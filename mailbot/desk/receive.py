"""The path of one mail, from the row that keeps it to the letter that answers it. Read it from top to bottom.

Keeping (step 1) is `keep.py`, sending and acknowledging (step 8) are `send.py` and `acknowledge.py`.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from functools import partial
from typing import assert_never

import structlog

from mailbot.claims.claim import Claim, Evidence, HistoryEntry
from mailbot.claims.orders import Order
from mailbot.claims.words import MailKind, Signal, Status
from mailbot.desk.admission import SOMEBODY_WAITS, WANTS_TO_JOIN, somebody_waits
from mailbot.desk.answer import Answer, answer_after_the_end, first_answer, next_answer
from mailbot.desk.correlate import AsksToJoin, Continues, Opens, as_customer, by_content, by_thread
from mailbot.desk.deadlines import anchored, timers_of
from mailbot.desk.delivery_report import note_delivery_report
from mailbot.desk.desk import Desk
from mailbot.desk.entries import customers_mail, verdict_entries
from mailbot.desk.gather import (
    Gathered,
    evidence_of,
    gather,
    order_of,
    refilled,
    units_elsewhere,
    wanted_proofs,
    with_hazard_of,
)
from mailbot.desk.judge import judged, reopened
from mailbot.desk.learn import learn
from mailbot.desk.notify import Words, alarm, notify_agents, tell_in_digest
from mailbot.desk.obey import obey
from mailbot.desk.ports import LeftOut, MailboxError
from mailbot.desk.put_off import TIMES_AT_ONCE
from mailbot.desk.quarantine import MAX_TRIES, set_aside
from mailbot.desk.references import reference, rma_number
from mailbot.desk.route import CannotBeRead, Commands, FromCustomer, IsOurs, IsSilent, ReportsDelivery, route_of
from mailbot.desk.rows import InboxState, KeptMail, MailOutcome
from mailbot.desk.sender import addresses_proven_by, agent_token_in, dmarc_passes
from mailbot.desk.store import Conflict, StoreUnavailable, Transaction
from mailbot.desk.write import CAP_ADDRESS, CAP_UNPROVEN, Wording, with_thread_of, write_to_customer
from mailbot.letters.letter import LetterName
from mailbot.mail.addresses import identity, matches_order_address, same_address
from mailbot.mail.automatic import is_never_a_claim, why_unanswerable
from mailbot.mail.inbound import Address, InboundMail
from mailbot.mail.parse import parse
from mailbot.reading.understood import Understood

log = structlog.get_logger()

_NOT_A_CUSTOMERS = frozenset({MailKind.AUTO_REPLY, MailKind.BOUNCE, MailKind.SPAM_OR_BULK, MailKind.UNREADABLE})
_TRANSIENT = (StoreUnavailable, MailboxError, OSError)
_SURELY = 0.6
_BRINGS_SOMETHING = frozenset({MailKind.RETURN_REQUEST, MailKind.EVIDENCE_REPLY})
_ASK_FOR_NUMBER = frozenset({LetterName.REQUEST_INFORMATION, LetterName.SEVERAL})


class AlreadyHandled(Exception):
    """A mail of the same content was handled before; `earlier` is its row."""

    def __init__(self, earlier: int) -> None:
        super().__init__(f"the same content as mail {earlier}")
        self.earlier = earlier


def receive_next(desk: Desk) -> bool:
    """Handle the oldest mail that waits; False where none does.

    A try is counted before it begins, so that a mail that kills the process is known. What fails three times is
    quarantined; what is transient (database, disk, network) is raised to the caller and the mail waits as it was. The
    third time in a row it is put off for a while and the next mail is taken.
    """
    desk.unreleased.catch_up()
    at = desk.clock()
    with desk.store.counting() as tx:
        kept = tx.lease_mail(desk.holder, at=at, passing_over=desk.put_off.waiting(at))
    if kept is None:
        return False
    desk.step("leased")
    try:
        _try(desk, kept)
    except _TRANSIENT as error:
        desk.unreleased.write(partial(_release, desk, kept, count_back=True))
        times = desk.put_off.failed(kept.id, at=at)
        if times < TIMES_AT_ONCE:
            raise
        log.error("mail-put-off", mail=kept.id, times=times, error=str(error))
        if times == TIMES_AT_ONCE:
            _tell_of_mail_put_off(desk, kept, error, at=at)
    except Conflict as error:
        # Something else of the same claim was committed in between: this mail is decided anew, on what is known now.
        # One that meets it time and again does not collide by chance.
        if desk.put_off.conflicted(kept.id):
            _failed(desk, kept, error)
        else:
            desk.unreleased.write(partial(_release, desk, kept, count_back=True))
    else:
        desk.put_off.went_well(kept.id)
    return True


def _tell_of_mail_put_off(desk: Desk, kept: KeptMail, error: Exception, *, at: datetime) -> None:
    text = (
        f"The mail with number {kept.id} cannot be handled now, others are: {str(error)[:300]}. "
        "It is tried again every few minutes; nothing of it is lost."
    )
    with desk.store.transaction() as tx:
        alarm(desk, tx, text, key=f"put-off:{kept.id}:{at.isoformat()}", at=at)


def _try(desk: Desk, kept: KeptMail) -> None:
    if kept.attempts > MAX_TRIES:
        set_aside(desk, kept, None, f"handling it ended the process {MAX_TRIES} times")
        return
    try:
        handle(desk, kept)
    except (*_TRANSIENT, Conflict):
        raise
    except Exception as error:
        _failed(desk, kept, error)


def _failed(desk: Desk, kept: KeptMail, error: Exception) -> None:
    log.error("mail-failed", mail=kept.id, attempt=kept.attempts, exc_info=error)
    if kept.attempts >= MAX_TRIES:
        _give_up(desk, kept, f"{type(error).__name__}: {error}")
    else:
        _release(desk, kept, count_back=False)


def _give_up(desk: Desk, kept: KeptMail, reason: str) -> None:
    """Quarantine a mail that failed; its sender is told where the mail can still be read as far as that."""
    try:
        set_aside(desk, kept, _parsed(desk, kept), reason)
    except _TRANSIENT:
        raise
    except Exception:
        log.exception("mail-failed-in-quarantine", mail=kept.id)
        set_aside(desk, kept, None, reason)


def _release(desk: Desk, kept: KeptMail, *, count_back: bool) -> None:
    with desk.store.counting() as tx:
        tx.release_mail(kept.id, count_back=count_back)


def handle(desk: Desk, kept: KeptMail) -> None:
    """Steps 2 and 3: parse the bytes, tell what the mail is to us, and hand it on."""
    shop = desk.shop
    mail = _parsed(desk, kept)
    desk.step("parsed")
    with desk.store.reading() as tx:
        token = agent_token_in(tx, mail, shop)
    route = route_of(mail, shop, agent_token=token)
    desk.step("routed")
    try:
        match route:
            case CannotBeRead(why):
                set_aside(desk, kept, mail, why)
            case IsOurs():
                _finish(desk, kept, mail, "ours")
            case ReportsDelivery():
                note_delivery_report(desk, kept, mail)
            case Commands(agent, _):
                if agent is not None and mail.forwarded_from is not None and not token and dmarc_passes(mail, shop):
                    forwarded = _as_forwarded(mail, mail.forwarded_from, shop.address)
                    answer_customer(desk, kept, forwarded, silent=forwarded.silent, forwarded_by=agent.address)
                elif agent is None and _is_of_the_claims_customer(desk, mail):
                    # An agent's notification got into the customer's thread: no command, but still the customer's mail.
                    answer_customer(desk, kept, mail, silent=mail.silent)
                else:
                    obey(desk, kept, mail, token=token)
            case IsSilent(why):
                answer_customer(desk, kept, mail, silent=why)
            case FromCustomer():
                answer_customer(desk, kept, mail, silent="the mail is too old to answer" if kept.late else "")
            case _:
                assert_never(route)
    except AlreadyHandled as duplicate:
        with desk.store.transaction() as tx:
            outcome = _outcome(mail, "duplicate", reason=str(duplicate))
            tx.finish_mail(kept.id, outcome, at=desk.clock())
        log.info("mail-handled", mail=kept.id, route="duplicate", of=duplicate.earlier)
    desk.step("committed")


def _parsed(desk: Desk, kept: KeptMail) -> InboundMail:
    shop = desk.shop
    mail = parse(
        desk.blobs.get(kept.blob),
        own_authserv_id=shop.authserv_id,
        own_addresses=frozenset({shop.address}),
        own_list_ids=shop.own_list_ids,
        form_addresses=shop.form_addresses,
        agent_addresses=frozenset(agent.address for agent in shop.agents),
    )
    return as_customer(mail, shop)


def _is_of_the_claims_customer(desk: Desk, mail: InboundMail) -> bool:
    with desk.store.reading() as tx:
        return isinstance(by_thread(tx, mail, desk.shop), Continues)


def answer_customer(desk: Desk, kept: KeptMail, mail: InboundMail, *, silent: str = "", forwarded_by: str = "") -> None:
    """Steps 4 to 7 for a customer's mail: correlate, gather, decide, commit. `silent` says why no letter may go out."""
    shop = desk.shop
    with desk.store.reading() as tx:
        correlation = by_thread(tx, mail, shop)
    known = correlation.claim if isinstance(correlation, Continues) else None
    understood = desk.reader.read(
        mail if not silent else replace(mail, kind_hint=mail.kind_hint if mail.kind_hint == "bounce" else ""),
        today=shop.day_of(kept.internal_at),
        open_claim=known is not None and bool(known.items),
        claim_order=order_of(desk, known) if known else None,
    )
    if isinstance(correlation, Opens) and not silent:
        with desk.store.reading() as tx:
            correlation = by_content(tx, mail, shop, understood)
    desk.step("correlated")
    match correlation:
        case Opens():
            open_claim(desk, kept, mail, understood, silent=silent, forwarded_by=forwarded_by)
        case Continues(claim, how):
            tells = understood.kind in _BRINGS_SOMETHING or Signal.HAZARD in understood.signals
            machine = mail.kind_hint == "auto_reply" or not tells
            if silent and machine and not kept.late:
                _note_silent_mail(desk, kept, mail, claim, silent)
            else:
                continue_claim(desk, kept, mail, understood, claim, how=how, silent=silent)
        case AsksToJoin(claim, how):
            dangerous = Signal.HAZARD in understood.signals and mail.kind_hint != "auto_reply"
            if mail.automatic and not dangerous:
                _note_silent_mail(desk, kept, mail, claim, mail.automatic)
                return
            ask_to_join(desk, kept, mail, claim, understood, how=how, silent=silent)
        case _:
            assert_never(correlation)


def _reads_as_a_request(understood: Understood) -> bool:
    """Whether a mail that may not be answered is a customer's all the same: surely so, or about a thing or an order."""
    names = bool(understood.order_numbers or understood.products)
    sure = understood.confidence.get("kind", 0.0) >= _SURELY
    return understood.kind is MailKind.RETURN_REQUEST and (sure or names)


def open_claim(
    desk: Desk, kept: KeptMail, mail: InboundMail, understood: Understood, *, silent: str, forwarded_by: str
) -> None:
    """A new claim from this mail, judged, answered once; without a letter where none may be written."""
    # What an agent forwards is meant for the shop, whoever may not be answered.
    only_requests = bool(silent) and not kept.late and not forwarded_by
    if is_never_a_claim(mail.sender, [desk.shop.address]):
        _finish(desk, kept, mail, "automatic", reason="a mail server's own mail opens no claim")
        return
    asks = _reads_as_a_request(understood) or Signal.HAZARD in understood.signals
    if understood.kind in _NOT_A_CUSTOMERS or (only_requests and not asks):
        _finish(desk, kept, mail, "automatic" if mail.automatic else "bulk", reason=silent or understood.kind.value)
        return
    if Signal.ONLY_THANKS in understood.signals:
        _finish(desk, kept, mail, "thanks")
        return
    gathered = gather(desk, mail, understood, left_out=kept.left_out)
    understood = with_hazard_of(understood, gathered.findings)
    desk.step("gathered")
    sender = mail.sender or next(iter(mail.from_as_written), Address(name="", address=""))
    claim = Claim(
        customer=identity(sender.address),
        customer_name=sender.name,
        language=understood.language,
        first_contact_at=kept.internal_at,
        contact_day_unknown=bool(forwarded_by),
        updated_at=desk.clock(),
        messages_in=1,
        left_out=_names_of(kept.left_out),
        flagged=_flags_of(mail),
    )
    claim = with_thread_of(claim, subject=mail.subject, message_id=mail.message_id, references=mail.references)
    if understood.kind is not MailKind.OTHER_INQUIRY:
        claim = learn(claim, understood, gathered.named, mail_id=kept.id, opening=True)
    elif Signal.HAZARD in understood.signals:
        claim = replace(claim, hazard=True)
    evidence = evidence_of(gathered.findings, mail_id=kept.id, after=0)
    order = order_of(desk, claim)
    with desk.store.reading() as tx:
        elsewhere = units_elsewhere(tx, claim, order)
    claim = judged(
        claim, evidence, order, contact_on=shop_day(desk, claim), policy=desk.shop.policy, elsewhere=elsewhere
    )
    if silent or mail.sender is None:
        answer = Answer(claim=_held_for_person(claim), letter=None, why_person=silent or "the sender is not clear")
    else:
        answer = first_answer(claim)
    desk.step("decided")
    with _commit(desk, kept, mail) as tx:
        rma = rma_number(tx, str(kept.id))
        claim = replace(answer.claim, rma=rma, token=reference(tx, "claim-token", rma, characters=26))
        claim = _with_proof(desk, tx, claim, mail, gathered)
        if forwarded_by:
            claim = replace(claim, proven=True)
        claim = tx.add_claim(claim)
        entry = customers_mail(kept, mail, understood, gathered, opened=True, forwarded_by=forwarded_by)
        _record(
            desk, tx, kept, mail, claim, evidence, order, answer, entry, route="opens_claim",
            quiet=bool(silent), urgent=Signal.HAZARD in understood.signals,
        )  # fmt: skip


def continue_claim(
    desk: Desk, kept: KeptMail, mail: InboundMail, understood: Understood, before: Claim, *, how: str, silent: str
) -> None:
    """A further mail of the claim's customer: learned, judged anew as far as anything still waits, answered once."""
    if understood.kind in _NOT_A_CUSTOMERS:
        _note_silent_mail(desk, kept, mail, before, understood.kind.value)
        return
    with desk.store.reading() as tx:
        earlier = tuple(tx.evidence(before.number))
    gathered = gather(desk, mail, understood, evidence=earlier, order=order_of(desk, before), left_out=kept.left_out)
    understood = with_hazard_of(understood, gathered.findings)
    desk.step("gathered")
    fresh = evidence_of(gathered.findings, mail_id=kept.id, after=max((one.number for one in earlier), default=0))
    evidence = (*earlier, *fresh)
    claim = with_thread_of(before, subject=mail.subject, message_id=mail.message_id, references=mail.references)
    claim = replace(
        claim,
        messages_in=before.messages_in + 1,
        left_out=(*before.left_out, *_names_of(kept.left_out)),
        flagged=tuple(dict.fromkeys((*before.flagged, *_flags_of(mail)))),
        heard_at=kept.internal_at,
        reminders_sent=0,
        updated_at=desk.clock(),
    )
    useful = tuple(one for one in fresh if one.role == "evidence")
    if before.ended and Signal.ONLY_THANKS in understood.signals and not useful:
        answer = Answer(claim=claim, letter=None)
    elif before.ended:
        claim = learn(reopened(claim), understood, gathered.named, mail_id=kept.id, opening=False)
        answer = answer_after_the_end(claim, understood)
    else:
        begins = not before.items and understood.kind is MailKind.RETURN_REQUEST
        if begins:
            # What was about something else so far is a claim from this mail on, and so is the day of contact.
            claim = replace(claim, first_contact_at=kept.internal_at)
        claim = learn(claim, understood, gathered.named, mail_id=kept.id, opening=begins)
        evidence = refilled(evidence, wanted=wanted_proofs(desk, order_of(desk, claim)))
        with desk.store.reading() as tx:
            elsewhere = units_elsewhere(tx, claim, order_of(desk, claim))
        claim = judged(
            claim,
            evidence,
            order_of(desk, claim),
            contact_on=shop_day(desk, claim),
            policy=desk.shop.policy,
            danger_told=Signal.HAZARD in understood.signals,
            elsewhere=elsewhere,
        )
        answer = next_answer(before, claim, understood, new_evidence=useful)
    if silent:
        answer = Answer(claim=_held_for_person(answer.claim), letter=None, why_person=silent)
    order = order_of(desk, answer.claim)
    desk.step("decided")
    with _commit(desk, kept, mail) as tx:
        claim = _with_proof(desk, tx, answer.claim, mail, gathered)
        entry = customers_mail(kept, mail, understood, gathered, opened=False, how=how)
        _record(
            desk, tx, kept, mail, claim, evidence, order, answer, entry, route="continues_claim",
            quiet=bool(silent), urgent=Signal.HAZARD in understood.signals,
        )  # fmt: skip


def ask_to_join(
    desk: Desk, kept: KeptMail, mail: InboundMail, claim: Claim, understood: Understood, *, how: str, silent: str
) -> None:
    """Somebody else's mail about a claim: kept for an agent to admit, acknowledged in words that tell nothing."""
    at = desk.clock()
    address = mail.sender.address if mail.sender else ", ".join(one.address for one in mail.from_as_written)
    # S1 holds for whoever tells of it: agents hear at once, although nothing on the claim changes before they admit.
    gathered = gather(desk, mail, understood, left_out=kept.left_out)
    urgent = Signal.HAZARD in with_hazard_of(understood, gathered.findings).signals
    with _commit(desk, kept, mail) as tx:
        tx.add_pending_join(claim.number, kept.id, address, at=at)
        why = f"{address} {WANTS_TO_JOIN}" + (" and tells of a danger" if urgent else "")
        kept_why = claim.needs_agent_why if claim.needs_agent else ""
        claim = tx.save_claim(replace(claim, needs_agent=True, needs_agent_why=kept_why or why, updated_at=at))
        detail = {"from": address, "how": how, "subject": mail.subject}
        refused = silent
        if mail.sender is not None and not silent:
            # A letter of no claim: nothing of the claim is at hand for it, no number, no token, no count of letters.
            stranger = Claim(
                customer=identity(mail.sender.address),
                language=understood.language,
                first_contact_at=kept.internal_at,
                updated_at=at,
            )
            stranger = with_thread_of(stranger, subject="", message_id=mail.message_id, references=mail.references)
            refused = write_to_customer(
                desk, tx, stranger, (), None, Wording(name=LetterName.NEUTRAL), key=f"mail:{kept.id}:neutral", at=at,
                mail_id=kept.id,
            )  # fmt: skip
        tx.add_history(
            claim.number, [HistoryEntry(at=at, actor="mailbot", event="asked_to_join", detail=detail, mail=kept.id)]
        )
        tx.set_timers(claim.number, timers_of(claim, desk.shop.policy))
        later = refused in (CAP_ADDRESS, CAP_UNPROVEN) and not urgent
        if later:
            tell_in_digest(tx, claim, why)
        else:
            notify_agents(
                desk, tx, claim, tx.evidence(claim.number), order_of(desk, claim), why=why, words=_words(mail),
                key=f"mail:{kept.id}:notify", at=at, mail_id=kept.id, urgent=urgent,
            )  # fmt: skip
        _tell_of_flood(desk, tx, refused, at=at)
        tx.finish_mail(kept.id, _outcome(mail, "asks_to_join", claim=None), at=at)
    log.info("mail-handled", mail=kept.id, route="asks_to_join", rma=claim.rma)


def _record(
    desk: Desk,
    tx: Transaction,
    kept: KeptMail,
    mail: InboundMail,
    claim: Claim,
    evidence: tuple[Evidence, ...],
    order: Order | None,
    answer: Answer,
    entry: HistoryEntry,
    *,
    route: str,
    quiet: bool,
    urgent: bool,
) -> None:
    """Step 7: the claim, its history, evidence, timers and letters, and the mail handled, in the transaction `tx`.

    `quiet` puts the claim on the agents' hourly list in place of a mail of its own; what is `urgent` (S1) never waits.
    """
    at = desk.clock()
    key = f"mail:{kept.id}:letter"
    history = [entry, *verdict_entries(claim, at=at, mail_id=kept.id)]
    why = answer.why_person
    refused = ""
    if answer.letter is not None:
        wording = Wording(name=answer.letter, arrived_on=desk.shop.day_of(kept.internal_at))
        refused = write_to_customer(desk, tx, claim, evidence, order, wording, key=key, at=at, mail_id=kept.id)
        event = "letter_held_back" if refused else "letter_written"
        history.append(
            HistoryEntry(at=at, actor="mailbot", event=event, detail={"letter": answer.letter.value, "why": refused})
        )
        if not refused and answer.asks:
            claim = anchored(claim, key, at=at)
        if refused:
            # Nobody was told of a person yet, so the next mail may say it.
            why = why or refused
            claim = replace(claim, acknowledged=False)
        elif answer.letter in _ASK_FOR_NUMBER and claim.unknown_order_numbers:
            claim = replace(claim, unknown_order_asked=True)
    why = why or _still_waits_for_person(tx, claim)
    claim = replace(claim, needs_agent=bool(why), needs_agent_why=why)
    tx.put_evidence(claim.number, evidence)
    claim = tx.save_claim(claim)
    tx.add_history(claim.number, history)
    tx.set_timers(claim.number, timers_of(claim, desk.shop.policy))
    if why and not urgent and (quiet or refused in (CAP_ADDRESS, CAP_UNPROVEN)):
        tell_in_digest(tx, claim, why)
    elif why:
        notify_agents(
            desk, tx, claim, evidence, order, why=why, words=_words(mail), key=f"mail:{kept.id}:notify", at=at,
            mail_id=kept.id, urgent=urgent,
        )  # fmt: skip
    _tell_of_flood(desk, tx, refused, at=at)
    tx.finish_mail(kept.id, _outcome(mail, route, claim=claim.number), at=at)
    log.info(
        "mail-handled",
        mail=kept.id,
        route=route,
        rma=claim.rma,
        status=claim.status.value,
        letter=answer.letter.value if answer.letter and not refused else "",
        held_back=refused,
    )


def _tell_of_flood(desk: Desk, tx: Transaction, refused: str, *, at: datetime) -> None:
    """That the cap of all unproven addresses is reached agents hear at once, and once an hour."""
    if refused == CAP_UNPROVEN:
        text = (
            f"More than {desk.shop.unproven_per_hour} letters an hour would have gone to addresses that nothing "
            "proves. Such mails are kept and wait for you; a flood of them may be an attack on others in your name."
        )
        alarm(desk, tx, text, key=f"unproven:{at:%Y-%m-%dT%H}", at=at)


def _still_waits_for_person(tx: Transaction, claim: Claim) -> str:
    """What a mail of the customer does not settle: somebody who waits to be let in, a letter that did not arrive."""
    if claim.undeliverable:
        return "our letter could not be delivered"
    if somebody_waits(tx, claim.number):
        return SOMEBODY_WAITS
    return ""


@contextmanager
def _commit(desk: Desk, kept: KeptMail, mail: InboundMail) -> Iterator[Transaction]:
    """The transaction in which a mail is decided; AlreadyHandled where the same content was (DESIGN, "must hold" 1)."""
    with desk.store.transaction() as tx:
        earlier = tx.first_with_content(mail.content_key, kept.id)
        if earlier is not None and earlier != kept.id:
            raise AlreadyHandled(earlier)
        yield tx


def _finish(desk: Desk, kept: KeptMail, mail: InboundMail, route: str, *, reason: str = "") -> None:
    """A mail that changes nothing: kept, logged, never answered."""
    with _commit(desk, kept, mail) as tx:
        tx.finish_mail(kept.id, _outcome(mail, route, reason=reason), at=desk.clock())
    log.info("mail-handled", mail=kept.id, route=route, reason=reason)


def _note_silent_mail(desk: Desk, kept: KeptMail, mail: InboundMail, claim: Claim, why: str) -> None:
    """An automatic mail in a claim's thread: part of its history, nothing more."""
    at = desk.clock()
    with _commit(desk, kept, mail) as tx:
        detail = {"why": why, "subject": mail.subject}
        tx.add_history(
            claim.number, [HistoryEntry(at=at, actor="mailbot", event="automatic_mail", detail=detail, mail=kept.id)]
        )
        tx.finish_mail(kept.id, _outcome(mail, "automatic", reason=why), at=at)
    log.info("mail-handled", mail=kept.id, route="automatic", rma=claim.rma, reason=why)


def _outcome(mail: InboundMail, route: str, *, reason: str = "", claim: int | None = None) -> MailOutcome:
    sender = mail.sender or next(iter(mail.from_as_written), None)
    return MailOutcome(
        state=InboxState.HANDLED,
        route=route,
        reason=reason,
        claim=claim,
        message_id=mail.message_id,
        sender=sender.address if sender else "",
        subject=mail.subject,
    )


def shop_day(desk: Desk, claim: Claim) -> date:
    """The day of contact: the first mail's arrival in the shop's time zone (POLICY.md, "Contact")."""
    return desk.shop.day_of(claim.first_contact_at)


def _held_for_person(claim: Claim) -> Claim:
    """A claim that no letter may be written on: whatever the policy says of it, a person looks first."""
    items = tuple(
        replace(item, status=Status.AWAITING_AGENT) if item.status in _MAY_BE_HELD else item for item in claim.items
    )
    return replace(claim, items=items, status=Status.AWAITING_AGENT, person_decides=True)


_MAY_BE_HELD = frozenset(
    {Status.AWAITING_CUSTOMER, Status.AWAITING_AGENT, Status.AWAITING_RETURN, Status.DECLINED, Status.WITHDRAWN}
)


def _as_forwarded(mail: InboundMail, customer: Address, own: str) -> InboundMail:
    """A mail that an agent forwarded, credited to the customer who wrote it; silent where that is nobody."""
    silent = why_unanswerable(customer, [own])
    return replace(
        mail, sender=customer, from_as_written=(customer,), silent=silent, automatic="", message_id="", references=()
    )


def _with_proof(desk: Desk, tx: Transaction, claim: Claim, mail: InboundMail, gathered: Gathered) -> Claim:
    """The claim with its customer's address proven, where this mail or an earlier one proves it (DESIGN 6)."""
    at = desk.clock()
    # Somebody who was let in proves an address too, but not the customer's.
    own = mail.sender is not None and same_address(mail.sender.address, claim.customer)
    how = addresses_proven_by(tx, mail, desk.shop) if own else ""
    if how:
        tx.mark_proven(claim.customer, how=how, at=at)
    owns = any(
        order.customer_address and matches_order_address(claim.customer, order.customer_address)
        for order in gathered.named.orders
    )
    return replace(claim, proven=claim.proven or bool(how) or owns or tx.is_proven(claim.customer))


def _words(mail: InboundMail) -> Words:
    sender = mail.sender or next(iter(mail.from_as_written), Address(name="", address=""))
    shown = f"{sender.name} <{sender.address}>" if sender.name else sender.address
    return Words(sender=shown, address=sender.address, subject=mail.subject, text=mail.reply_text or mail.text)


def _names_of(left_out: tuple[LeftOut, ...]) -> tuple[str, ...]:
    return tuple(one.filename or one.content_type for one in left_out)


def _flags_of(mail: InboundMail) -> tuple[str, ...]:
    """Structures that two programs may read in two ways: a person looks before anything is approved (ATTACKS A10)."""
    return tuple(f"the mail's structure is ambiguous: {defect}" for defect in mail.defects)

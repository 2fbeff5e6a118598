"""Letters to customers: what they may say, who may get one, and the frozen bytes in the outbox."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal

from mailbot.claims.claim import Claim, Evidence, Item
from mailbot.claims.orders import Order
from mailbot.claims.verdict import DaysCounted, Verdict
from mailbot.claims.words import ENDED, Disposition, ProblemKind, Status, Wanted
from mailbot.desk.desk import Desk
from mailbot.desk.judge import belongs_to_sender, proofs_of
from mailbot.desk.references import reference
from mailbot.desk.rows import NewLetter
from mailbot.desk.shop import Shop
from mailbot.desk.store import Transaction
from mailbot.letters.letter import (
    ACKNOWLEDGEMENTS,
    ChecklistView,
    FileView,
    ItemView,
    LetterFacts,
    LetterName,
    NoteView,
    ShopView,
    WindowView,
)
from mailbot.mail.addresses import is_safe_recipient, with_plus
from mailbot.mail.compose import compose
from mailbot.mail.inbound import Address
from mailbot.mail.threads import reply_subject

_DAY = timedelta(days=1)
_HOUR = timedelta(hours=1)
_LETTERS_A_DAY_ON_A_CLAIM = 5
_ANSWER_WITHIN_WORKING_DAYS = 2

CAP_CLAIM = "five automatic letters went out on this claim within a day"
CAP_ADDRESS = "an address that nothing has proven gets one automatic letter a day"
CAP_UNPROVEN = "the hourly number of letters to unproven addresses is used up"
UNSAFE_ADDRESS = "the sender's address is not one that mail can be sent to safely"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wording:
    """What a letter says beyond the claim itself: mostly what an agent's command brought.

    `only` limits the letter to these items (from 0). `arrived_on` is the day of the mail that is answered.
    """

    name: LetterName
    text: str = ""
    reason: str = ""
    tracking: str = ""
    amount: Decimal | None = None
    currency: str = ""
    missing_accessories: tuple[str, ...] = ()
    only: Collection[int] | None = None
    arrived_on: date | None = None
    closes_on: date | None = None


def write_to_customer(
    desk: Desk,
    tx: Transaction,
    claim: Claim,
    evidence: Sequence[Evidence],
    order: Order | None,
    wording: Wording,
    *,
    key: str,
    at: datetime,
    mail_id: int | None = None,
    command: str = "",
) -> str:
    """Put one letter to the claim's customer into the outbox.

    A letter that no command caused is automatic and stands under the caps of DESIGN, "What must always hold" 6.
    Returns "" where the letter was put, otherwise why it may not be written. Raises RuntimeError where a letter of this
    key was put before: two decisions under one key are a fault of ours, and the second must not get lost in silence.
    """
    automatic = not command
    if not is_safe_recipient(claim.customer):
        return UNSAFE_ADDRESS
    if automatic and (why := _over_a_cap(desk, tx, claim, wording.name, at=at)):
        return why
    proven = claim.proven or not automatic
    if not belongs_to_sender(claim, order):
        # Whoever names somebody else's order learns nothing about it (POLICY.md, "Who owns the order").
        order = None
    shop = desk.shop
    not_before = at + (shop.undo if command else timedelta())
    if wording.closes_on is None and wording.name in _SILENCE_AFTER and not _person_is_next(tx, claim, wording.name):
        wording = replace(wording, closes_on=_closes_on(claim, shop, sent_at=not_before))
    facts = letter_facts(desk, claim, evidence, order, wording, proven=proven, at=at)
    rendered = desk.letters().render(facts)
    name = reference(tx, "letter", key)
    message_id = f"<{name}@{desk.shop.domain}>"
    starts_thread = not claim.thread.message_id
    tagged = claim.rma and claim.rma not in rendered.subject
    own_subject = f"{rendered.subject} [{claim.rma}]" if tagged else rendered.subject
    subject = own_subject if starts_thread or not proven else reply_subject(claim.thread.subject, claim.rma)
    answers = automatic and wording.name not in (LetterName.REMINDER, LetterName.RETURN_REMINDER)
    put = tx.put_letter(
        NewLetter(
            key=key,
            letter=wording.name.value,
            audience="customer",
            claim=claim.number or None,
            recipient=claim.customer,
            message_id=message_id,
            reference=name,
            raw=compose(
                sender=Address(name=shop.name, address=shop.address),
                recipient=Address(name=claim.customer_name if proven else "", address=claim.customer),
                subject=subject,
                text=rendered.text,
                html=rendered.html,
                message_id=message_id,
                reference=name,
                date=at.astimezone(shop.timezone),
                in_reply_to=claim.thread.message_id,
                references=(*claim.thread.references, claim.thread.message_id) if claim.thread.message_id else (),
                reply_to=with_plus(shop.address, claim.token) if shop.plus_addresses and claim.token else "",
                auto_submitted="auto-replied" if answers else "auto-generated",
            ),
            automatic=automatic,
            acknowledgement=wording.name in ACKNOWLEDGEMENTS,
            proven=proven,
            not_before=not_before,
            mail=mail_id,
            command=command,
        ),
        at=at,
    )
    if not put:
        raise RuntimeError(f"a letter of the key {key} was put before")
    return ""


_SILENCE_AFTER = frozenset(
    {
        LetterName.REQUEST_INFORMATION,
        LetterName.OFFER_SUPPORT,
        LetterName.SEVERAL,
        LetterName.APPROVE_RETURN,
        LetterName.STATUS,
    }
)
"""Letters that may leave the next step to the customer."""


def _person_is_next(tx: Transaction, claim: Claim, name: LetterName) -> bool:
    """Whether the shop owes the next step, so that silence ends nothing (POLICY.md, "A claim's life")."""
    return (
        (name is LetterName.STATUS and claim.needs_agent)
        or claim.undeliverable
        or any(item.status is Status.AWAITING_AGENT for item in claim.items)
        or any(not join.admitted_by for join in tx.pending_joins(claim.number))
    )


def _closes_on(claim: Claim, shop: Shop, *, sent_at: datetime) -> date | None:
    """The day when silence after this letter ends the claim, None where it never does.

    An answer to the customer counts anew even where it asks nothing, as whoever has just written is not silent.
    """
    days = {
        Status.AWAITING_CUSTOMER: shop.policy.expire_days,
        Status.AWAITING_RETURN: shop.policy.return_expire_days,
    }.get(claim.status)
    return None if days is None else shop.day_of(sent_at + timedelta(days=days))


def _over_a_cap(desk: Desk, tx: Transaction, claim: Claim, name: LetterName, *, at: datetime) -> str:
    """Which cap a further automatic letter would break, "" for none."""
    since = at - _DAY if claim.person_at is None else max(at - _DAY, claim.person_at)
    if claim.number and tx.automatic_letters_on(claim.number, since=since) >= _LETTERS_A_DAY_ON_A_CLAIM:
        return CAP_CLAIM
    if claim.proven:
        return ""
    earlier = tx.unproven_letters_to(claim.customer, since=at - _DAY)
    warned = any(row.letter == LetterName.HAZARD.value for row in earlier)
    if warned or (earlier and name is not LetterName.HAZARD):
        # A warning of a danger goes out once more, whatever was sent that day.
        return CAP_ADDRESS
    if tx.unproven_letters(since=at - _HOUR) >= desk.shop.unproven_per_hour:
        return CAP_UNPROVEN
    return ""


def letter_facts(
    desk: Desk,
    claim: Claim,
    evidence: Sequence[Evidence],
    order: Order | None,
    wording: Wording,
    *,
    proven: bool,
    at: datetime,
    language: str = "",
) -> LetterFacts:
    """Everything the letter's template may use, as plain typed values; the order's days only for its owner."""
    shop = desk.shop
    items = tuple(
        item_view(desk, item, index, order, reason=wording.reason)
        for index, item in enumerate(claim.items)
        if (wording.only is None and item.status not in _SETTLED_EARLIER)
        or (wording.only is not None and index in wording.only)
    )
    contact_on = shop.day_of(claim.first_contact_at)
    delivered_on = order.delivered_on if order else None
    approved = tuple(item for item in items if item.disposition == Disposition.APPROVE_RETURN.value)
    return LetterFacts(
        letter=wording.name,
        language=language or claim.language,
        shop=shop_view(desk),
        proven=proven,
        customer_name=claim.customer_name,
        customer_address=claim.customer,
        rma=claim.rma,
        number=claim.number,
        status=claim.status.value,
        order_numbers=claim.order_numbers,
        order_number_unknown="" if claim.order_numbers else ", ".join(claim.unknown_order_numbers),
        preference=claim.preference.value if claim.preference else "",
        items=items,
        checklist=checklist_of(claim, evidence),
        note=NoteView(rma=claim.rma, order_number=", ".join(claim.order_numbers), lines=approved) if approved else None,
        contact_on=contact_on,
        arrived_on=wording.arrived_on or contact_on,
        shipped_on=order.shipped_on if order else None,
        delivered_on=delivered_on,
        days_since_delivery=(contact_on - delivered_on).days if delivered_on else None,
        answer_by=working_days_after(shop.day_of(at), _ANSWER_WITHIN_WORKING_DAYS),
        closes_on=wording.closes_on,
        statutory_note=shop.statutory_notes.get((order.country or "").upper(), "") if order else "",
        tracking=wording.tracking or claim.tracking,
        amount=wording.amount,
        currency=wording.currency,
        missing_accessories=wording.missing_accessories,
        text=wording.text,
    )


_SETTLED_EARLIER = ENDED - {Status.DECLINED}
"""Items in these do not stand in a letter about the others; a decline does, as the letter may be the one that tells
it.
"""


def shop_view(desk: Desk) -> ShopView:
    """The shop as its letters show it."""
    shop = desk.shop
    return ShopView(
        name=shop.name, address=shop.address, return_address=shop.return_address, legal_footer=shop.legal_footer
    )


def item_view(desk: Desk, item: Item, index: int, order: Order | None, *, reason: str = "") -> ItemView:
    """One item as letters show it: the catalogue's name where the shop knows the product."""
    verdict = item.verdict
    # Who is asked which product it is does not read our guess as if it were known.
    guessed = verdict is not None and Wanted.PRODUCT in verdict.missing
    sku = None if guessed else item.sku or _only_sku(order)
    product = next((one for one in desk.knowledge.products() if one.sku == sku), None) if sku else None
    return ItemView(
        index=index + 1,
        name=product.name if product else item.name,
        sku=sku or "",
        quantity=item.quantity or 1,
        accessories=product.accessories if product else (),
        problem_kind=item.problem_kind.value,
        problem=item.description,
        status=item.status.value,
        disposition=verdict.disposition.value if verdict else "",
        rule=verdict.rule.value if verdict and verdict.rule else "",
        missing=tuple(one.value for one in verdict.missing) if verdict else (),
        resolution=verdict.resolution.value if verdict and verdict.resolution else "",
        shipping_paid_by=verdict.shipping_paid_by.value if verdict and verdict.shipping_paid_by else "",
        windows=tuple(view for one in verdict.counted if (view := _window_view(one))) if verdict else (),
        because=tuple(one.value for one in verdict.because) if verdict else (),
        reasons=verdict.reasons if verdict else (),
        reason=reason or _reason_of_person(verdict),
    )


def _only_sku(order: Order | None) -> str | None:
    """On an order of one line an unnamed product is that line (POLICY.md, "Product")."""
    skus = {line.sku for line in order.lines} if order else set()
    return next(iter(skus)) if len(skus) == 1 else None


def _reason_of_person(verdict: Verdict | None) -> str:
    if verdict is None or verdict.overridden_by is None or verdict.disposition is not Disposition.DECLINE:
        return ""
    return verdict.reasons[0] if verdict.reasons else ""


def _window_view(counted: DaysCounted) -> WindowView | None:
    if counted.since is None or counted.days is None:
        return None
    return WindowView(
        name=counted.window.value,
        since=counted.since,
        days=counted.days,
        limit=counted.limit,
        met=bool(counted.met),
    )


def checklist_of(claim: Claim, evidence: Sequence[Evidence]) -> ChecklistView:
    """What arrived, what is missing, what does not serve and why, what was too large: the whole list for one letter."""
    missing = {
        one
        for item in claim.items
        if item.verdict is not None
        for one in (*item.verdict.missing, *(Wanted(proof.value) for proof in item.verdict.proofs_welcome))
    }
    shown = {proof.value for proof in proofs_of(evidence)} | {
        proof.value for index in range(len(claim.items)) for proof in proofs_of(evidence, index)
    }
    told = {
        Wanted.ORDER_NUMBER: bool(claim.order_numbers),
        Wanted.PRODUCT: any(item.sku for item in claim.items),
        Wanted.DESCRIPTION: any(item.detailed for item in claim.items),
        Wanted.PROBLEM_KIND: any(
            item.problem_kind not in (ProblemKind.UNCLEAR, ProblemKind.NONE) for item in claim.items
        ),
        Wanted.PREFERENCE: claim.preference is not None,
    }
    arrived = tuple(one.value for one in Wanted if one not in missing and (told.get(one, False) or one.value in shown))
    return ChecklistView(
        arrived=arrived,
        missing=tuple(one.value for one in Wanted if one in missing),
        unusable=tuple(file_view(one) for one in evidence if one.role == "evidence" and not one.usable),
        left_out=tuple(FileView(number=0, filename=name) for name in claim.left_out),
    )


def file_view(evidence: Evidence) -> FileView:
    """One file as letters show it."""
    return FileView(
        number=evidence.number,
        filename=evidence.filename,
        shows=tuple(proof.value for proof in evidence.shows),
        usable=evidence.usable,
        reasons=tuple(reason.value for reason in evidence.reasons),
        provisional=evidence.provisional,
        signals=evidence.signals,
    )


def working_days_after(day: date, count: int) -> date:
    """The day `count` working days (Monday to Friday) after `day`."""
    while count:
        day += _DAY
        count -= day.weekday() < 5
    return day


def with_thread_of(claim: Claim, *, subject: str, message_id: str, references: tuple[str, ...]) -> Claim:
    """The claim with its latest mail of the customer as what the next letter answers."""
    thread = replace(
        claim.thread, subject=subject or claim.thread.subject, message_id=message_id, references=references
    )
    return replace(claim, thread=thread)

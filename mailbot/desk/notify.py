"""Mails to agents: a claim that needs a person, an alarm, the hourly list of claims that nobody was written about.

Each notification carries a token of its own for its one agent (DESIGN, "What must always hold" 5).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from urllib.parse import quote

import structlog

from mailbot.claims.claim import Claim, Evidence, HistoryEntry
from mailbot.claims.orders import Order
from mailbot.claims.verdict import Because
from mailbot.claims.words import Status, Wanted
from mailbot.desk.claims_report import taken_back
from mailbot.desk.desk import Desk
from mailbot.desk.references import reference
from mailbot.desk.rows import NewLetter, Token
from mailbot.desk.shop import Agent
from mailbot.desk.store import Transaction
from mailbot.desk.write import Wording, file_view, letter_facts, shop_view
from mailbot.letters.letter import AgentView, HistoryView, LetterFacts, LetterName
from mailbot.letters.render import Rendered
from mailbot.mail.addresses import same_address, with_plus
from mailbot.mail.compose import compose
from mailbot.mail.inbound import Address

TOKEN_LIVES = timedelta(days=14)
_DIGEST = "digest"
_MAX_WORDS = 4_000
"""Characters of the customer's words in a notification; the whole mail stays stored."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What somebody wrote, for agents to read; `sender` as it is shown, `address` the bare one."""

    sender: str = ""
    address: str = ""
    subject: str = ""
    text: str = ""


def notify_agents(
    desk: Desk,
    tx: Transaction,
    claim: Claim,
    evidence: Sequence[Evidence],
    order: Order | None,
    *,
    why: str,
    words: Words,
    key: str,
    at: datetime,
    mail_id: int | None = None,
    urgent: bool = False,
) -> None:
    """Mail every agent that this claim needs a person, each with a token of their own; a danger (S1) is `urgent`."""
    history = tuple(tx.history(claim.number))
    for agent in desk.shop.agents:
        view = AgentView(
            name=agent.name,
            why=why,
            urgent=claim.hazard or urgent,
            reasons=tuple(dict.fromkeys(one for item in claim.items if item.verdict for one in item.verdict.reasons)),
            words=words.text[:_MAX_WORDS],
            # The claim's own customer stands above it already.
            sender="" if same_address(words.address, claim.customer) else words.sender,
            subject=words.subject,
            files=tuple(file_view(one) for one in evidence),
            history=history_views(desk, history),
            suggestions=suggestions_for(claim),
            order_text=order_text(order),
        )
        write_to_agent(
            desk, tx, agent, LetterName.AGENT_NOTIFICATION, view, key=key, at=at,
            claim=claim, evidence=evidence, order=order, mail_id=mail_id,
        )  # fmt: skip


def write_to_agent(
    desk: Desk,
    tx: Transaction,
    agent: Agent,
    name: LetterName,
    view: AgentView,
    *,
    key: str,
    at: datetime,
    claim: Claim | None = None,
    evidence: Sequence[Evidence] = (),
    order: Order | None = None,
    mail_id: int | None = None,
    in_reply_to: str = "",
) -> None:
    """Put one mail to one agent; where it is about a claim it carries a fresh token, in every place an answer keeps."""
    shop = desk.shop
    key = f"{key}:{agent.address.lower()}"
    token = reference(tx, "agent-token" if claim else "letter", key)
    reply_to = ""
    if claim is not None:
        tx.add_token(
            Token(
                token=token,
                agent=agent.address.lower(),
                claim=claim.number,
                notification=key,
                issued_at=at,
                expires_at=at + TOKEN_LIVES,
            )
        )
        view = replace(view, reply_link=_reply_link(shop.address, claim, token))
        reply_to = with_plus(shop.address, token) if shop.plus_addresses else ""
    rendered = _render(desk, agent, name, view, claim=claim, evidence=evidence, order=order, at=at)
    # DESIGN 5: a notification's Message-ID is its token @ the shop's domain, so that any answer bears it.
    message_id = f"<{token}@{shop.domain}>"
    tx.put_letter(
        NewLetter(
            key=key,
            letter=name.value,
            audience="agent",
            claim=claim.number if claim else None,
            recipient=agent.address,
            message_id=message_id,
            reference=reference(tx, "letter", key),
            raw=compose(
                sender=Address(name=shop.name, address=shop.address),
                recipient=Address(name=agent.name, address=agent.address),
                subject=rendered.subject,
                text=rendered.text,
                html=rendered.html,
                message_id=message_id,
                reference=reference(tx, "letter", key),
                date=at.astimezone(shop.timezone),
                in_reply_to=in_reply_to,
                references=(in_reply_to,) if in_reply_to else (),
                reply_to=reply_to,
                auto_submitted="auto-generated",
            ),
            automatic=False,
            acknowledgement=False,
            proven=True,
            not_before=at,
            mail=mail_id,
        ),
        at=at,
    )


def _reply_link(address: str, claim: Claim, token: str) -> str:
    """A mailto link whose subject carries the token, for mail programs that drop every reference (RFC 6068)."""
    return f"mailto:{quote(address, safe='@')}?subject={quote(f'Re: [{claim.rma}] [{token}]', safe='')}"


def _render(
    desk: Desk,
    agent: Agent,
    name: LetterName,
    view: AgentView,
    *,
    claim: Claim | None,
    evidence: Sequence[Evidence],
    order: Order | None,
    at: datetime,
) -> Rendered:
    language = next(iter(agent.languages), desk.shop.default_language)
    if claim is None:
        facts = LetterFacts(letter=name, language=language, shop=shop_view(desk))
    else:
        facts = letter_facts(
            desk, claim, evidence, order, Wording(name=name, only=range(len(claim.items))), proven=True, at=at,
            language=language,
        )  # fmt: skip
    return desk.letters().render(replace(facts, agent=view))


def history_views(desk: Desk, history: Sequence[HistoryEntry]) -> tuple[HistoryView, ...]:
    """The claim's history as lines for agents, moments in the shop's time zone."""
    return tuple(
        HistoryView(
            at=entry.at.astimezone(desk.shop.timezone),
            actor=entry.actor,
            event=entry.event,
            text=_detail_text(entry, history[:place]),
        )
        for place, entry in enumerate(history)
    )


def _detail_text(entry: HistoryEntry, earlier: Sequence[HistoryEntry]) -> str:
    """What happened, in a line that a person reads; the details of a mail and of a verdict stay in `claims show`."""
    detail = entry.detail
    match entry.event:
        case "mail_opened_claim" | "mail_received" | "mail_admitted":
            text = f"wrote “{detail.get('subject', '')}”"
        case "decided":
            rule = f" ({detail['rule']})" if detail.get("rule") else ""
            text = f"item {detail.get('item')}: {detail.get('disposition')}{rule}"
        case "letter_written":
            text = f"letter {detail.get('letter', '')}"
        case "note":
            text = f"note: {detail.get('text', '')}"
        case "undo":
            text = f"took back: {taken_back(earlier) or 'the last command'}"
        case _ if "command" in detail:
            text = f"{detail['command']}: {detail.get('outcome', '')}"
        case _:
            told = {key: value for key, value in detail.items() if isinstance(value, (str, int)) and value != ""}
            text = ", ".join((entry.event.replace("_", " "), *(f"{key}: {value}" for key, value in told.items())))
    return text[:300]


def order_text(order: Order | None) -> tuple[str, ...]:
    """The order in lines, for agents alone; its days stand in the letter's own values."""
    if order is None:
        return ()
    lines = (
        f"{line.quantity} × {line.sku}"
        + (f" at {line.unit_price} {line.currency or ''}".rstrip() if line.unit_price else "")
        for line in order.lines
    )
    return (f"{order.number}: {order.customer_name or ''} <{order.customer_address or '?'}>", *lines)


def suggestions_for(claim: Claim) -> tuple[str, ...]:
    """Command lines that fit where the claim stands, to copy into the answer."""
    match claim.status:
        case Status.AWAITING_AGENT | Status.AWAITING_CUSTOMER | Status.DECLINED:
            if claim.hazard or not claim.items:
                # S1: what may burn is not sent for by a suggestion.
                return ("/reply", "/close REASON")
            verdicts = [item.verdict for item in claim.items if item.verdict is not None]
            stranger = any(Because.NOT_THE_SENDERS_ORDER in verdict.because for verdict in verdicts)
            owner = (f"/owner {claim.customer}",) if stranger else ()
            return (*owner, "/approve refund", "/approve replacement", "/decline REASON", "/reply", *_request(claim))
        case Status.AWAITING_RETURN | Status.IN_TRANSIT:
            return ("/received", "/reply")
        case Status.RECEIVED:
            return ("/inspect defect", "/inspect no-defect", "/inspect misuse")
        case Status.INSPECTED:
            return ("/refunded AMOUNT CURRENCY", "/shipped TRACKING")
        case _:
            return ("/reply", "/status")


def _request(claim: Claim) -> tuple[str, ...]:
    """The command that asks for what is missing; none where nothing is, or the customer was asked already."""
    verdicts = [item.verdict for item in claim.items if item.verdict is not None]
    lacks = {one.value for verdict in verdicts for one in (*verdict.missing, *verdict.proofs_welcome)}
    if not lacks or claim.status is Status.AWAITING_CUSTOMER:
        return ()
    return (f"/request {' '.join(one.value for one in Wanted if one.value in lacks)}",)


def alarm(desk: Desk, tx: Transaction, text: str, *, key: str, at: datetime) -> None:
    """Tell every agent (and the log) that the desk itself needs a person; once for each `key`."""
    log.error("alarm", text=text)
    for agent in desk.shop.agents:
        write_to_agent(
            desk, tx, agent, LetterName.AGENT_ALARM, AgentView(name=agent.name, alarm=text), key=f"alarm:{key}", at=at
        )


def tell_in_digest(tx: Transaction, claim: Claim, why: str) -> None:
    """Put a claim that got no letter on the list that agents get once an hour."""
    kept = tx.mark(_DIGEST) or {"claims": []}
    kept["claims"].append({"number": claim.number, "rma": claim.rma, "customer": claim.customer, "why": why})
    tx.set_mark(_DIGEST, kept)


def send_digest(desk: Desk, tx: Transaction, *, at: datetime) -> None:
    """The hourly list, if an hour has passed since the last and anything stands on it."""
    kept = tx.mark(_DIGEST) or {"claims": []}
    last = kept.get("sent_at")
    if not kept["claims"] or (last and at - datetime.fromisoformat(last) < timedelta(hours=1)):
        return
    lines = tuple(f"{one['rma']} · {one['customer']} · {one['why']}" for one in kept["claims"])
    for agent in desk.shop.agents:
        write_to_agent(
            desk, tx, agent, LetterName.AGENT_DIGEST, AgentView(name=agent.name, claims=lines),
            key=f"digest:{at.isoformat()}", at=at,
        )  # fmt: skip
    tx.set_mark(_DIGEST, {"claims": [], "sent_at": at.isoformat()})

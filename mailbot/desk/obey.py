"""An agent's mail: whether it may act (DESIGN, "What must always hold" 5), what it says, what came of it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from mailbot.claims.claim import Claim, HistoryEntry
from mailbot.claims.commands import CHANGES_NOTHING, CommandErrors, Instructions, parse_instructions
from mailbot.desk.admission import Admission
from mailbot.desk.command import Refused
from mailbot.desk.desk import Desk
from mailbot.desk.execute import admission_for, execute
from mailbot.desk.gather import order_of
from mailbot.desk.notify import history_views, order_text, suggestions_for, write_to_agent
from mailbot.desk.rows import InboxState, KeptMail, MailOutcome, Token
from mailbot.desk.sender import dmarc_passes
from mailbot.desk.shop import Agent, Shop
from mailbot.desk.store import Transaction
from mailbot.desk.write import file_view
from mailbot.letters.letter import AgentView, CommandView, LetterName
from mailbot.mail.addresses import same_address
from mailbot.mail.inbound import InboundMail
from mailbot.mail.new_text import Ambiguous, command_text
from mailbot.mail.threads import rma_in

log = structlog.get_logger()

_REFUSALS_AN_HOUR = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """The mail may act: this agent, on this claim."""

    agent: Agent
    claim: Claim
    token: Token | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The mail may not act; `tell` is the real agent, None where nobody of ours is meant."""

    problems: tuple[str, ...]
    tell: Agent | None
    claim: Claim | None


def permission_of(tx: Transaction, mail: InboundMail, shop: Shop, *, token: str, at: datetime) -> Granted | Held:
    """Whether a mail acts: all of DESIGN 5 as far as the shop's `require` asks for it, and nothing less."""
    row = tx.token(token) if token else None
    agent = shop.agent(mail.sender.address) if mail.sender else None
    problems: list[str] = []
    if agent is None:
        problems.append("it is not from exactly one address that is an agent's")
    if shop.require != "proof":
        problems.extend(_token_problems(row, mail, at=at))
    if shop.require != "token" and not dmarc_passes(mail, shop):
        problems.append("nothing proves its sender: our mail server did not write dmarc=pass for the From domain")
    claim = tx.claim(row.claim) if row else None
    if claim is None and (rma := rma_in(mail.subject)):
        claim = tx.claim_by_rma(rma)
    if claim is None and not problems:
        problems.append(
            "it does not say which claim is meant: answer a notification, or keep the RMA number in the subject"
        )
    if problems or agent is None or claim is None:
        named = next((found for one in mail.from_as_written if (found := shop.agent(one.address))), None)
        return Held(problems=tuple(problems), tell=shop.agent(row.agent) if row else named, claim=claim)
    return Granted(agent=agent, claim=claim, token=row)


def _token_problems(row: Token | None, mail: InboundMail, *, at: datetime) -> list[str]:
    if row is None:
        return ["it bears no token: answer a notification, with its references or its address kept"]
    problems = []
    if mail.sender is None or not same_address(row.agent, mail.sender.address.lower()):
        problems.append("its token was given to another agent")
    if row.spent_at is not None:
        problems.append(
            "already decided: its token was used before; the newest mail about this claim carries a fresh one"
        )
    if row.expires_at <= at:
        problems.append("its token is older than 14 days; the newest mail about this claim carries a fresh one")
    return problems


def obey(desk: Desk, kept: KeptMail, mail: InboundMail, *, token: str) -> None:
    """Carry out an agent's mail, keep it as a note, or say to the real agent why nothing was done."""
    at = desk.clock()
    said, problems = _instructions_in(mail)
    admission = _admission(desk, mail, said, token=token, at=at)
    with desk.store.transaction() as tx:
        earlier = tx.first_with_content(mail.content_key, kept.id)
        if earlier is not None and earlier != kept.id:
            tx.finish_mail(kept.id, _outcome(mail, "duplicate", f"the same content as mail {earlier}"), at=at)
            outcome = "duplicate"
        elif mail.automatic:
            # An absence note of an agent. What merely may not be answered (dmarc=fail, two senders) is refused
            # below, and
            # that goes to the real agent in a fresh mail.
            tx.finish_mail(kept.id, _outcome(mail, "automatic", mail.automatic), at=at)
            outcome = "automatic"
        else:
            permission = permission_of(tx, mail, desk.shop, token=token, at=at)
            if isinstance(permission, Granted):
                outcome = _act(desk, tx, kept, mail, permission, said, problems, admission=admission, at=at)
            else:
                outcome = _refuse(desk, tx, kept, mail, permission, said=said, problems=problems, at=at)
    log.info("mail-handled", mail=kept.id, route="commands", outcome=outcome)


def _instructions_in(mail: InboundMail) -> tuple[Instructions | None, tuple[str, ...]]:
    found = command_text(mail)
    if isinstance(found, Ambiguous):
        return None, (found.reason,)
    try:
        return parse_instructions(found.text), ()
    except CommandErrors as errors:
        return None, errors.problems


def _admission(
    desk: Desk, mail: InboundMail, said: Instructions | None, *, token: str, at: datetime
) -> Admission | None:
    """What the mail would let in on the claim that it may act on; a token need not be what names the claim."""
    if said is None:
        return None
    with desk.store.reading() as tx:
        permission = permission_of(tx, mail, desk.shop, token=token, at=at)
    return admission_for(desk, permission.claim.number, said) if isinstance(permission, Granted) else None


def _act(
    desk: Desk,
    tx: Transaction,
    kept: KeptMail,
    mail: InboundMail,
    granted: Granted,
    said: Instructions | None,
    problems: tuple[str, ...],
    *,
    admission: Admission | None,
    at: datetime,
) -> str:
    """What a permitted mail says is done, or refused with the reason; either way its agent gets a transcript."""
    agent, claim = granted.agent, granted.claim
    by = agent.address.lower()
    key = f"mail:{kept.id}:command"
    note_kept = False
    outcomes: tuple[tuple[str, str], ...] = ()
    changes = False
    if said is not None and not said.commands:
        note_kept = True
        note = HistoryEntry(at=at, actor=by, event="note", detail={"text": said.text}, mail=kept.id)
        tx.add_history(claim.number, [note])
    elif said is not None:
        try:
            done = execute(desk, tx, claim, said, by=by, key=key, may=agent.may, at=at, admission=admission)
        except Refused as refused:
            problems = refused.problems
        else:
            claim, outcomes = done.claim, done.outcomes
            changes = any(line.name not in CHANGES_NOTHING for line in said.commands)
    if changes and granted.token is not None:
        # A token is spent only by a changing command that succeeded (CONTRACTS, "Agent commands").
        tx.spend_token(granted.token.token, at=at)
    view = AgentView(
        name=agent.name,
        why=claim.needs_agent_why,
        commands=tuple(CommandView(line=line, outcome=outcome) for line, outcome in outcomes),
        refusals=problems,
        note_kept=note_kept,
        files=tuple(file_view(one) for one in tx.evidence(claim.number)),
        history=history_views(desk, tx.history(claim.number)),
        suggestions=suggestions_for(claim),
        order_text=order_text(order_of(desk, claim)),
    )
    name = LetterName.AGENT_REFUSAL if problems else LetterName.AGENT_TRANSCRIPT
    write_to_agent(
        desk, tx, agent, name, view, key=f"{key}:transcript", at=at, claim=claim, evidence=tx.evidence(claim.number),
        order=order_of(desk, claim), mail_id=kept.id, in_reply_to=mail.message_id,
    )  # fmt: skip
    tx.finish_mail(kept.id, _outcome(mail, "commands", "; ".join(problems), claim=claim.number), at=at)
    return "refused" if problems else "note" if note_kept else "done"


def _refuse(
    desk: Desk,
    tx: Transaction,
    kept: KeptMail,
    mail: InboundMail,
    held: Held,
    *,
    said: Instructions | None,
    problems: tuple[str, ...],
    at: datetime,
) -> str:
    """Nothing is done; the real agent hears of it in a fresh mail, not too often, so that nobody can flood them."""
    wants_something = bool(problems) or (said is not None and bool(said.commands)) or held.claim is not None
    if held.tell is not None and (wants_something or dmarc_passes(mail, desk.shop)) and _may_tell(tx, held.tell, at=at):
        view = AgentView(
            name=held.tell.name,
            refusals=held.problems,
            sender=", ".join(one.address for one in mail.from_as_written),
            subject=mail.subject,
        )
        write_to_agent(
            desk, tx, held.tell, LetterName.AGENT_REFUSAL, view, key=f"mail:{kept.id}:refusal", at=at, claim=held.claim,
            evidence=tx.evidence(held.claim.number) if held.claim else (), mail_id=kept.id,
        )  # fmt: skip
    if held.claim is not None:
        detail = {"from": ", ".join(one.address for one in mail.from_as_written), "why": "; ".join(held.problems)}
        entry = HistoryEntry(at=at, actor="mailbot", event="command_refused", detail=detail, mail=kept.id)
        tx.add_history(held.claim.number, [entry])
    tx.finish_mail(kept.id, _outcome(mail, "commands", "; ".join(held.problems)), at=at)
    return "held"


def _may_tell(tx: Transaction, agent: Agent, *, at: datetime) -> bool:
    name = f"refusals:{agent.address.lower()}"
    recent = [one for one in tx.mark(name) or [] if at - datetime.fromisoformat(one) < timedelta(hours=1)]
    if len(recent) >= _REFUSALS_AN_HOUR:
        return False
    tx.set_mark(name, [*recent, at.isoformat()])
    return True


def _outcome(mail: InboundMail, route: str, reason: str = "", *, claim: int | None = None) -> MailOutcome:
    return MailOutcome(
        state=InboxState.HANDLED,
        route=route,
        reason=reason[:500],
        claim=claim,
        message_id=mail.message_id,
        sender=mail.from_as_written[0].address if mail.from_as_written else "",
        subject=mail.subject,
    )

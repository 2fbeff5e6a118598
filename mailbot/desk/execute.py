"""Carrying out an instruction on a stored claim: the same for an agent's mail and for `mailbot claims do`."""

from dataclasses import replace
from datetime import datetime
from functools import partial

from mailbot.claims.claim import Claim, HistoryEntry
from mailbot.claims.commands import Admit, Instructions, parse_instructions
from mailbot.claims.words import Status
from mailbot.desk.admission import SOMEBODY_WAITS, Admission, prepare_admission, somebody_waits
from mailbot.desk.agents_only import line_for_agents_only
from mailbot.desk.command import CarriedOut, Refused, Surroundings, carry_out
from mailbot.desk.deadlines import anchored, timers_of
from mailbot.desk.desk import Desk
from mailbot.desk.gather import order_of, units_elsewhere
from mailbot.desk.notify import notify_agents
from mailbot.desk.store import Transaction
from mailbot.desk.write import Wording, write_to_customer
from mailbot.letters.letter import LetterName

_ASKS = frozenset({LetterName.APPROVE_RETURN, LetterName.REQUEST_INFORMATION, LetterName.SEVERAL})
_WAITS_FOR_CUSTOMER = frozenset({Status.AWAITING_CUSTOMER, Status.AWAITING_RETURN})


def do_on_claim(desk: Desk, number: int, text: str, *, by: str) -> CarriedOut:
    """Carry out the command lines of `text` on a claim in a transaction of its own (`mailbot claims do`).

    Raises CommandErrors where a line is not understood, Refused where nothing may be done, KeyError for no such claim.
    """
    instructions = parse_instructions(text)
    if not instructions.commands:
        raise Refused(["that is no command: a command begins with “/”, and /help lists them"])
    admission = admission_for(desk, number, instructions)
    agent = desk.shop.agent(by)
    at = desk.clock()
    with desk.store.transaction() as tx:
        claim = tx.claim(number)
        if claim is None:
            raise KeyError(number)
        key = f"do:{number}:{claim.version}:{at.isoformat()}"
        return execute(
            desk, tx, claim, instructions, by=by, key=key, may=agent.may if agent else None, at=at, admission=admission
        )


def admission_for(desk: Desk, number: int, instructions: Instructions) -> Admission | None:
    """What `/admit` would let in, gathered before the transaction; None where the instruction does not admit."""
    if not any(isinstance(line.command, Admit) for line in instructions.commands):
        return None
    return prepare_admission(desk, number)


def execute(
    desk: Desk,
    tx: Transaction,
    claim: Claim,
    instructions: Instructions,
    *,
    by: str,
    key: str,
    may: frozenset[str] | None,
    at: datetime,
    admission: Admission | None,
) -> CarriedOut:
    """Carry out an instruction inside `tx` and store what came of it; raises Refused with nothing changed."""
    evidence = tuple(tx.evidence(claim.number))
    around = Surroundings(
        by=by,
        at=at,
        order=desk.knowledge.order,
        products=desk.knowledge.products(),
        policy=desk.shop.policy,
        day_of=desk.shop.day_of,
        admit=admission,
        elsewhere=partial(units_elsewhere, tx),
    )
    done = carry_out(claim, evidence, instructions, around, may=may)
    if done.undo:
        return _undo(desk, tx, claim, done, by=by, at=at)
    if not done.changed:
        return done
    for ordered in done.letters:
        if line := line_for_agents_only(tx, claim.number, f"{ordered.text}\n{ordered.reason}"):
            raise Refused(
                [
                    f"the text for the customer holds a line of a mail that only agents get (“{line[:60]}”): delete "
                    "what you quote, or begin its lines with “>”"
                ]
            )
    after = done.claim
    history = list(done.history)
    order = order_of(desk, after)
    for place, ordered in enumerate(done.letters):
        letter_key = f"{key}:letter:{place}"
        wording = Wording(
            name=ordered.name,
            text=ordered.text,
            reason=ordered.reason,
            tracking=ordered.tracking,
            amount=ordered.amount,
            currency=ordered.currency,
            missing_accessories=ordered.missing_accessories,
            only=ordered.items,
        )
        refused = write_to_customer(desk, tx, after, done.evidence, order, wording, key=letter_key, at=at, command=key)
        if refused:
            raise Refused([refused])
        history.append(
            HistoryEntry(at=at, actor="mailbot", event="letter_written", detail={"letter": ordered.name.value})
        )
        # Whatever a person writes, it is now the customer's turn again: nobody's time runs out while we owed an answer.
        if ordered.name in _ASKS or after.status in _WAITS_FOR_CUSTOMER:
            after = anchored(after, letter_key, at=at)
    if admission is not None:
        for join in admission.joins():
            tx.admit(join, by=by)
        history.extend(admission.entries())
        # Who was let in and what they sent is not put out again; such a command is not taken back.
        tx.forget_before(claim.number)
    else:
        tx.remember_before(key, claim, evidence)
    if not after.needs_agent and somebody_waits(tx, claim.number):
        after = replace(after, needs_agent=True, needs_agent_why=SOMEBODY_WAITS)
    tx.put_evidence(claim.number, done.evidence)
    after = tx.save_claim(after)
    tx.add_history(claim.number, history)
    tx.set_timers(claim.number, timers_of(after, desk.shop.policy))
    if done.danger_told and admission is not None:
        notify_agents(
            desk, tx, after, done.evidence, order, why=after.needs_agent_why, words=admission.words(),
            key=f"{key}:danger", at=at, urgent=True,
        )  # fmt: skip
    return replace(done, claim=after)


def _undo(desk: Desk, tx: Transaction, claim: Claim, done: CarriedOut, *, by: str, at: datetime) -> CarriedOut:
    """Put the claim back as it was before the last command, while none of its letters has gone out."""
    kept = tx.before_last_command(claim.number)
    if kept is None:
        raise Refused(["there is no command that can be taken back"])
    command, before, evidence = kept
    if claim.version != before.version + 1:
        raise Refused(["something else has happened on this claim since the last command; it stays"])
    if not tx.cancel_letters(command):
        raise Refused(["the letter of the last command has already gone out; it cannot be taken back"])
    tx.forget_before(claim.number)
    tx.put_evidence(claim.number, evidence)
    restored = tx.save_claim(replace(before, version=claim.version, updated_at=at, person_at=at))
    tx.add_history(claim.number, [HistoryEntry(at=at, actor=by, event="undo", detail={"command": command})])
    tx.set_timers(claim.number, timers_of(restored, desk.shop.policy))
    return replace(done, claim=restored, evidence=tuple(evidence))

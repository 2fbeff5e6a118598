"""The spoof matrix (ATTACKS A1): every way in which a mail can fall short of being its agent's, and which act."""

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mailbot.claims.words import Status
from mailbot.desk.once import handle_waiting
from mailbot.desk.shop import Agent
from tests.builders import LEA, DeskForTests, desk_for_tests, raw_mail
from tests.fakes_store import FakeStore

MAX = "max@agents.example"
EVIL = "evil@elsewhere.example"

# How the From field is written: the From lines, given the address that it claims.
FROM_TRICKS: Mapping[str, Callable[[str], list[str]]] = {
    "plain": lambda agent: [f"From: Lea <{agent}>"],
    "two From headers": lambda agent: [f"From: {agent}", f"From: {EVIL}"],
    "two From headers, the agent's last": lambda agent: [f"From: {EVIL}", f"From: {agent}"],
    "two addresses": lambda agent: [f"From: {agent}, {EVIL}"],
    "address before a bracketed one": lambda agent: [f"From: {agent} <{EVIL}>"],
    "address as the name": lambda agent: [f'From: "{agent}" <{EVIL}>'],
    "encoded address as the name": lambda agent: [f"From: =?utf-8?q?{agent.replace('@', '=40')}?= <{EVIL}>"],
    "address in a comment": lambda agent: [f"From: {EVIL} ({agent})"],
    "two bracketed addresses": lambda agent: [f"From: <{EVIL}> <{agent}>"],
    "a group": lambda agent: [f"From: agents: {agent};"],
    "a quoted local part": lambda agent: [f'From: "{agent.split("@")[0]}"@{agent.split("@")[1]}'],
    "a look-alike domain": lambda agent: [f"From: Lea <{agent.replace('agents', 'аgents')}>"],
    "only Sender and Reply-To": lambda agent: [f"From: {EVIL}", f"Sender: {agent}", f"Reply-To: {agent}"],
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One mail: which of the four things hold, and how its From is written."""

    trick: str
    has_token: bool
    from_its_agent: bool
    has_dmarc: bool
    is_fresh: bool


HONEST = Cell(trick="plain", has_token=True, from_its_agent=True, has_dmarc=True, is_fresh=True)
CELLS = [
    Cell(trick=trick, has_token=token, from_its_agent=agent, has_dmarc=dmarc, is_fresh=fresh)
    for trick in FROM_TRICKS
    for token, agent, dmarc, fresh in itertools.product((True, False), repeat=4)
]


def waiting_desk() -> tuple[DeskForTests, FakeStore]:
    """A desk with a claim that waits for an agent, both agents notified."""
    store = FakeStore()
    desk = desk_for_tests(store=store, agents=(Agent(name="Lea", address=LEA), Agent(name="Max", address=MAX)))
    desk.receive(raw_mail("Order 770000001: you sent me the wrong thing, not the Quixo Ears 2.", dmarc="pass"))
    assert desk.claim().status is Status.AWAITING_AGENT
    return desk, store


def mail_of(cell: Cell, desk: DeskForTests) -> bytes:
    """The mail of a cell: an approval on Lea's notification."""
    notification = desk.notification(LEA)
    top = FROM_TRICKS[cell.trick](LEA if cell.from_its_agent else MAX)
    # Whatever domain a server tested: the attacker's own, which he can prove, would be no better.
    dmarc = "Authentication-Results: mx.shop.example; dmarc=pass header.from=agents.example"
    return raw_mail(
        "/approve refund\n\nLea\n",
        sender=None,
        subject=f"Re: [{desk.claim().rma}]",
        in_reply_to=str(notification.message["Message-ID"]) if cell.has_token else "",
        top=[dmarc, *top] if cell.has_dmarc else top,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a cell's mail: whether the claim changed, and which agents were told that nothing was done."""

    acted: bool
    told: tuple[str, ...]


def outcomes(cells: Sequence[Cell] = CELLS) -> Mapping[Cell, Outcome]:
    """What comes of each cell's mail, every one on a desk in the same state."""
    desk, store = waiting_desk()
    waiting, mails, at = store.contents.copied(), dict(desk.mailbox.mails), desk.clock.now
    found = {}
    for cell in cells:
        store.contents, desk.mailbox.mails, desk.clock.now = waiting.copied(), dict(mails), at
        if not cell.is_fresh:
            desk.clock.pass_time(days=15)
        desk.keep(mail_of(cell, desk))
        handle_waiting(desk.desk)
        with store.reading() as tx:
            told = tuple(row.recipient for row in tx.letters_of_claim(1) if row.letter == "agent_refusal")
        acted = desk.claim().status is not Status.AWAITING_AGENT or "approve" in desk.events()
        found[cell] = Outcome(acted=acted, told=told)
    return found


def acting_cells(*tricks: str) -> set[Cell]:
    """The cells of these ways to write From whose mail changes the claim."""
    found = outcomes([cell for cell in CELLS if cell.trick in tricks])
    return {cell for cell, outcome in found.items() if outcome.acted}

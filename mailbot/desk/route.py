"""Step 3 of the path: what a mail is to us, before anyone asks whose claim it belongs to."""

from dataclasses import dataclass

from mailbot.desk.shop import Agent, Shop
from mailbot.mail.addresses import same_address
from mailbot.mail.inbound import InboundMail


@dataclass(frozen=True, slots=True)
class CannotBeRead:
    """No message, or none that any reader can make sense of."""

    why: str


@dataclass(frozen=True, slots=True)
class IsOurs:
    """A mail from the shop's own address: kept and logged, never answered."""


@dataclass(frozen=True, slots=True)
class ReportsDelivery:
    """A DSN or another bounce."""


@dataclass(frozen=True, slots=True)
class Commands:
    """A mail that claims to be from an agent, or bears an agent's token; whether it may act is another question."""

    agent: Agent | None
    token: str


@dataclass(frozen=True, slots=True)
class IsSilent:
    """A mail that may not be answered; it is read all the same and may open a claim for a person."""

    why: str


@dataclass(frozen=True, slots=True)
class FromCustomer:
    """A person's mail: opens a claim, continues one, or asks to join one."""


Route = CannotBeRead | IsOurs | ReportsDelivery | Commands | IsSilent | FromCustomer


def route_of(mail: InboundMail, shop: Shop, *, agent_token: str) -> Route:
    """What this mail is to us. `agent_token` is a token of ours that the mail bears, "" where it bears none."""
    if mail.unreadable:
        return CannotBeRead(mail.unreadable)
    if any(same_address(one.address, shop.address) for one in mail.from_as_written):
        return IsOurs()
    if mail.kind_hint == "bounce":
        return ReportsDelivery()
    if mail.through_form:
        # Anybody can type an agent's address into a form: what comes so is never a command (ATTACKS A1).
        return IsSilent(mail.silent) if mail.silent else FromCustomer()
    agent = next((found for one in mail.from_as_written if (found := shop.agent(one.address))), None)
    if agent_token or agent is not None:
        return Commands(agent, agent_token)
    if mail.silent:
        return IsSilent(mail.silent)
    return FromCustomer()

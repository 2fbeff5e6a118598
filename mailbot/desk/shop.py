"""The shop as the desk knows it: plain values that `bootstrap` makes of the settings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from mailbot.claims.policy import PolicySettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A person who decides for the shop. `may` None means every command; `languages` in the order of preference."""

    name: str
    address: str
    may: frozenset[str] | None = None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shop:
    """Everything that is the shop's own choice. `undo` is how long a command's letter waits before it goes.

    `require` is what a command mail must show: "both" (token and proof), "proof" or "token". `plus_addresses` True
    where `returns+TOKEN@` is known to arrive. `unproven_per_hour` caps letters to addresses nothing has proven, all
    together.
    """

    name: str
    address: str
    timezone: ZoneInfo
    default_language: str
    languages: tuple[str, ...]
    policy: PolicySettings
    agents: tuple[Agent, ...] = ()
    return_address: tuple[str, ...] = ()
    legal_footer: str = ""
    authserv_id: str = ""
    require: Literal["both", "proof", "token"] = "both"
    undo: timedelta = timedelta(seconds=60)
    unproven_per_hour: int = 60
    plus_addresses: bool = False
    own_list_ids: frozenset[str] = frozenset()
    form_addresses: frozenset[str] = frozenset()
    statutory_notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def domain(self) -> str:
        """The domain of the shop's address, which our Message-IDs bear."""
        return self.address.rpartition("@")[2]

    def day_of(self, moment: datetime) -> date:
        """The calendar day of a moment in the shop's time zone (POLICY.md, "Contact")."""
        return moment.astimezone(self.timezone).date()

    def agent(self, address: str) -> Agent | None:
        """The agent of this address; agents' addresses compare without regard to case."""
        wanted = address.lower()
        return next((agent for agent in self.agents if agent.address.lower() == wanted), None)

"""The shop's `config.toml`: every key of CONTRACTS "config.toml", typed, with its default (`Settings`).

`load` reads a file; whatever is wrong with it comes as one `ConfigurationError` that lists every problem.
"""

from mailbot.settings.errors import ConfigurationError, Problem
from mailbot.settings.load import load, parse
from mailbot.settings.model import (
    Accounts,
    Agent,
    AgentMail,
    Attachments,
    Colours,
    Database,
    Form,
    Imap,
    OAuth2,
    Orders,
    Policy,
    Retention,
    Settings,
    Shop,
    Smtp,
    Templates,
    Web,
)

__all__ = [
    "Accounts",
    "Agent",
    "AgentMail",
    "Attachments",
    "Colours",
    "ConfigurationError",
    "Database",
    "Form",
    "Imap",
    "OAuth2",
    "Orders",
    "Policy",
    "Problem",
    "Retention",
    "Settings",
    "Shop",
    "Smtp",
    "Templates",
    "Web",
    "load",
    "parse",
]

"""The whole system on an embedded mailbox with sample customers: no account, no server, no configuration."""

from mailbot.demo.run import play

__all__ = ["play"]

"""How the program was called: which configuration, how talkative; and the settings that follow from it."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from mailbot.settings import Settings

_BESIDE = Path("config.toml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """The options before the command. `named` is the configuration that the caller named, None for none."""

    named: Path | None = None
    verbose: bool = False

    @classmethod
    def of(cls, context: typer.Context) -> "Call":
        """The call that a command belongs to."""
        call = context.find_object(cls)
        assert call is not None, "the program's own options come before every command"
        return call

    @property
    def config(self) -> Path:
        """The configuration for a command that needs one: the one named, else ./config.toml."""
        return self.named or _BESIDE

    def settings(self) -> "Settings":
        """The whole configuration, mailbox and servers included. Raises ConfigurationError."""
        from mailbot.settings import load

        return load(self.config)

    def settings_without_mailbox(self) -> "Settings":
        """The configuration for a command that needs no server: without [imap] and [smtp] where they cannot be used.

        Their passwords are often within reach of the daemon alone.
        """
        from mailbot.settings import ConfigurationError, load

        try:
            return load(self.config)
        except ConfigurationError:
            return load(self.config, needs_mailbox=False)

    @property
    def has_settings(self) -> bool:
        """Whether there is a configuration: one that was named (and may be missing), or ./config.toml."""
        return self.named is not None or _BESIDE.exists()

    def settings_or_defaults(self) -> "Settings":
        """As `settings_without_mailbox`; the defaults where no configuration was named and none lies here."""
        from mailbot.settings import Settings

        return self.settings_without_mailbox() if self.has_settings else Settings.defaults()

    def start_log(self, *, talkative: bool = False) -> None:
        """Write the log to standard error: warnings alone, or all of it for a `talkative` command and --verbose."""
        from mailbot.log import set_up

        set_up(all_of_it=talkative or self.verbose)

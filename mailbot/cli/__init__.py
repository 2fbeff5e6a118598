"""The command line of CONTRACTS.md: one file a command group. `main` is the console script."""

from mailbot.cli.program import app, main

__all__ = ["app", "main"]

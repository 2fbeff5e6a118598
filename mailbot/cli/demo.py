"""`mailbot demo`."""

from typing import Annotated

import typer


def add_to(app: typer.Typer) -> None:
    """Hang the command in."""
    app.command("demo", short_help="The whole system at work, on an embedded mailbox.", epilog=_EXAMPLES)(demo)


_EXAMPLES = """\b
Examples:
  mailbot demo            stays up: write to it with any mail program
  mailbot demo --once     plays the sample conversations and ends"""


def demo(
    once: Annotated[bool, typer.Option("--once", help="Play the sample conversations, print them, and end.")] = False,
) -> None:
    """See the whole system on an embedded mailbox with sample customers.

    No account, no server and no configuration: the real daemon runs on an IMAP and an SMTP server inside this
    process, with invented customers writing in English and German. Nothing leaves this machine.
    """
    from mailbot.demo import play

    raise typer.Exit(play(once=once))

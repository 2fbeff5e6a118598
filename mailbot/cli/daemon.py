"""`mailbot run` and `mailbot once`."""

import typer

from mailbot.cli.call import Call
from mailbot.cli.failures import WORK_FAILED


def add_to(app: typer.Typer) -> None:
    """Hang the commands in."""
    app.command("run", short_help="The daemon: fetch, handle, answer, until stopped.", epilog=_RUN_EXAMPLES)(run)
    app.command("once", short_help="One pass of the same, then end.", epilog=_ONCE_EXAMPLES)(once)


_RUN_EXAMPLES = """\b
Examples:
  mailbot run
  mailbot --config /etc/mailbot/config.toml run
  kill -HUP PID           read the configuration again
  kill PID                end after the mail in hand"""

_ONCE_EXAMPLES = """\b
Example, as a line of a crontab:
  */5 * * * *  mailbot --config /etc/mailbot/config.toml once"""


def run(context: typer.Context) -> None:
    """Work until stopped: fetch, handle, answer, remind.

    SIGTERM ends it after the mail in hand, SIGHUP reads the configuration again. Changed templates need neither: they
    are checked and live within two seconds. The log goes to standard error, one line a mail: readable lines on a
    terminal, JSON otherwise.
    """
    from mailbot import daemon

    call = Call.of(context)
    call.start_log(talkative=True)
    raise typer.Exit(daemon.run(call.config))


def once(context: typer.Context) -> None:
    """One pass: fetch what is new, handle it, send what is due, end.

    Reminders that have fallen due are written too. What could not be done stands on standard error and gives exit
    code 1; nothing is lost by it, the next pass goes on where this one ended.
    """
    from mailbot.bootstrap import Assembled
    from mailbot.desk.once import pass_once

    call = Call.of(context)
    call.start_log(talkative=True)
    with Assembled(call.settings()) as assembled:
        problems = pass_once(assembled.desk, assembled.servers)
    for problem in problems:
        typer.echo(problem, err=True)
    if problems:
        raise typer.Exit(WORK_FAILED)

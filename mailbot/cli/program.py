"""The program `mailbot`: the options before the command, the commands, and what a failure ends with.

Only what help needs is imported up here; a command imports the rest when it runs, so that help and `decide` start fast.
"""

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from mailbot import __version__
from mailbot.cli import check, claims, daemon, database, decide, demo, init, quarantine, read, templates
from mailbot.cli.call import Call
from mailbot.cli.failures import exit_of


class _Program(TyperGroup):
    """The top of the program: an expected failure becomes its message and its exit code, never a traceback."""

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (typer.Exit, typer.Abort, typer.TyperException):
            raise
        except BrokenPipeError:
            # Whoever read our output has seen enough; Python would complain once more when it closes standard output.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise typer.Exit from None
        except Exception as error:
            ending = exit_of(error)
            if ending is None:
                raise
            typer.echo(ending.message, err=True)
            raise typer.Exit(ending.code) from None


app = typer.Typer(
    name="mailbot",
    cls=_Program,
    help="A returns desk that lives in a mailbox: it answers customers, and people decide by replying.",
    epilog="""\b
First steps:
  mailbot demo            see the whole system at work: no account, no server
  mailbot init shop       a folder with config.toml, sample files and the letters
  cd shop                 fill in config.toml, then
  mailbot check           tells line by line what still has to be mended
  mailbot run             work until stopped

\b
Every command explains itself: mailbot claims --help
Exit codes: 0 done, 1 the work failed, 2 the call or the configuration is wrong.""",
    add_completion=False,
    no_args_is_help=True,
    # Plain help: it is copied from, read in 80 columns, and there before rich is loaded.
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _tell_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"mailbot {__version__}")
        raise typer.Exit


@app.callback()
def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            metavar="FILE",
            help="The configuration. Else what MAILBOT_CONFIG names, else ./config.toml.",
            show_default=False,
        ),
    ] = None,
    verbose: Annotated[bool, typer.Option("--verbose", help="Tell on standard error what is being done.")] = False,
    _version: Annotated[
        bool, typer.Option("--version", help="Print the version and end.", callback=_tell_version, is_eager=True)
    ] = False,
) -> None:
    from_environment = os.environ.get("MAILBOT_CONFIG")
    context.obj = Call(named=config or (Path(from_environment) if from_environment else None), verbose=verbose)


demo.add_to(app)
init.add_to(app)
check.add_to(app)
daemon.add_to(app)
read.add_to(app)
decide.add_to(app)
claims.add_to(app)
quarantine.add_to(app)
templates.add_to(app)
database.add_to(app)


def main() -> None:
    """Run the program on this process's arguments and end with its exit code."""
    app(prog_name="mailbot")

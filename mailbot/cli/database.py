"""`mailbot db upgrade | backup`."""

from pathlib import Path
from typing import Annotated

import typer

from mailbot.cli.call import Call
from mailbot.cli.failures import WrongCall

group = typer.Typer(
    help="The database: bring it up to date, copy it while it is in use.",
    short_help="The database: upgrade it, back it up.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def add_to(app: typer.Typer) -> None:
    """Hang the group in."""
    app.add_typer(group, name="db")


@group.command(
    "upgrade",
    short_help="Give it the form that this version needs.",
    epilog="""\b
Example, after a new version of mailbot was installed:
  systemctl stop mailbot
  cp mailbot.db mailbot.db.before
  mailbot db upgrade""",
)
def upgrade(context: typer.Context) -> None:
    """Bring the database to the form that this version needs; one that has it is left alone.

    Stop every mailbot on it before. All of an upgrade happens or none of it.
    """
    from mailbot.bootstrap import upgrade_database

    call = Call.of(context)
    call.start_log()
    before, after = upgrade_database(call.settings_without_mailbox())
    if before == after:
        typer.echo(f"the database is up to date (schema {after})")
    elif before is None:
        typer.echo(f"a new database was made (schema {after})")
    else:
        typer.echo(f"the database was upgraded from schema {before} to {after}")


@group.command(
    "backup",
    short_help="Copy it while it is in use.",
    epilog="""\b
Example, as a line of a crontab:
  15 3 * * *  mailbot --config /etc/mailbot/config.toml db backup /backup/mailbot-$(date +\\%F).db""",
)
def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The file to write; it must not be there yet.")],
) -> None:
    """Write a copy of the database as it is now, while mailbot goes on working.

    Copy the folder of attachments after it: what the copy names is in there by then.
    """
    from mailbot.bootstrap import open_store

    call = Call.of(context)
    call.start_log()
    settings = call.settings_without_mailbox()
    with open_store(settings) as store:
        try:
            store.backup(file)
        except FileExistsError:
            raise WrongCall(f"{file}: is there already; name another file") from None
    typer.echo(f"wrote {file}; now copy the attachments too: {settings.attachments.folder}")

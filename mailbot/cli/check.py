"""`mailbot check`."""

import shutil
import sys
import textwrap
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli.call import Call
from mailbot.cli.failures import WORK_FAILED, WRONG_CALL
from mailbot.cli.output import print_json, printable

if TYPE_CHECKING:
    from mailbot.desk.check import Line
    from mailbot.settings import Settings


def add_to(app: typer.Typer) -> None:
    """Hang the command in."""
    app.command("check", short_help="Try everything that is configured, line by line.", epilog=_EXAMPLES)(check)


_EXAMPLES = """\b
Examples:
  mailbot check                     tries everything, sends nothing
  mailbot check --send              sends probes to your own address, a test to each agent
  mailbot check --send --wait 300   and shows what the agents' replies prove"""


def check(
    context: typer.Context,
    send: Annotated[
        bool, typer.Option("--send", help="Send probes to the shop's own address and a test mail to each agent.")
    ] = False,
    wait: Annotated[
        int,
        typer.Option(
            "--wait", metavar="SECONDS", min=0, max=3600, help="With --send: wait so long for agents' replies."
        ),
    ] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")] = False,
) -> None:
    """Try everything that the configuration names; a line each: ok, or what to mend and how.

    Without --send no mail is sent. With it, mailbot learns whether plus addresses arrive and whether the server keeps
    copies of what it sends, and keeps that in the database. Exit code 1: something has to be mended; 2: the
    configuration itself is wrong.
    """
    from mailbot.desk.check import mend
    from mailbot.settings import ConfigurationError

    call = Call.of(context)
    call.start_log()
    tell = _tell_as_json if as_json else _tell
    try:
        settings = call.settings()
    except ConfigurationError as error:
        for problem in error.problems:
            tell(mend("configuration", str(problem)))
        raise typer.Exit(WRONG_CALL) from None
    must_mend = False
    for line in _lines(settings, str(call.config), send=send, wait=wait):
        must_mend = must_mend or line.grade == "mend"
        tell(line)
    if must_mend:
        raise typer.Exit(WORK_FAILED)


def _tell_as_json(line: "Line") -> None:
    print_json({"what": line.what, "grade": line.grade.value, "says": line.says, "how": line.how})


def _tell(line: "Line") -> None:
    grade = f"{line.grade.value:<5}"
    width = max(40, min(shutil.get_terminal_size().columns, 100)) if sys.stdout.isatty() else 80
    colour = {"ok": typer.colors.GREEN, "note": typer.colors.YELLOW, "mend": typer.colors.RED}[line.grade.value]
    for place, text in enumerate(filter(None, (f"{line.what}: {line.says}", line.how))):
        wrapped = textwrap.wrap(printable(text), width - len(grade), break_on_hyphens=False) or [""]
        for number, part in enumerate(wrapped):
            mark = typer.style(grade, fg=colour) if place == number == 0 else " " * len(grade)
            typer.echo(f"{mark}{part}")


def _lines(settings: "Settings", config: str, *, send: bool, wait: int) -> Iterator["Line"]:
    """Every trial in turn; one that cannot be made for want of another is left out."""
    from mailbot import bootstrap
    from mailbot.desk import check as trials

    yield trials.ok("configuration", f"{config} can be read, every key is known")
    database = list(_database(settings))
    yield from database
    yield trials.try_blobs(bootstrap.blobs_of(settings))
    parts = bootstrap.readers(settings)
    yield from trials.look_at_files(
        parts.knowledge,
        has_orders=settings.orders.path is not None,
        has_catalog=settings.orders.catalog is not None,
    )
    yield from _templates(settings)
    yield from trials.look_at_shop(bootstrap.shop_of(settings, None))
    accounts = settings.accounts
    yield from trials.look_at_security("imap", host=accounts.imap.host, security=accounts.imap.security)
    yield from trials.look_at_security("smtp", host=accounts.smtp.host, security=accounts.smtp.security)
    servers = bootstrap.servers_of(settings, bootstrap.Patience())
    submission = bootstrap.submission_of(settings)
    try:
        tried = [
            *database,
            *trials.try_mailbox(
                servers.mailbox, folder=accounts.imap.folder, processed_folder=accounts.imap.processed_folder
            ),
            trials.try_submission(submission),
        ]
        yield from tried[len(database) :]
    finally:
        servers.mailbox.close()
        submission.close()
    if send and all(line.grade != "mend" for line in tried):
        with bootstrap.Assembled(settings) as assembled:
            yield from trials.probe(assembled.desk, assembled.servers, reply_seconds=wait)
    elif send:
        yield trials.note("probe", "not sent: database and mail servers have to work first")


def _database(settings: "Settings") -> Iterator["Line"]:
    from mailbot.bootstrap import DatabaseUnusable, now_utc, open_store
    from mailbot.desk.check import mend, try_database
    from mailbot.desk.store import StoreUnavailable

    try:
        with open_store(settings) as store:
            yield try_database(store, at=now_utc())
    except (DatabaseUnusable, StoreUnavailable, OSError) as error:
        yield mend("database", str(error))


def _templates(settings: "Settings") -> Iterator["Line"]:
    from mailbot.bootstrap import TemplatesFolder, check_in_child, shipped_sources
    from mailbot.desk.check import look_at_templates
    from mailbot.letters.render import Letters

    folder = TemplatesFolder(settings.templates.path)
    folder.changed()
    found = folder.read()
    sources = {**shipped_sources(), **found.sources}
    default = settings.shop.default_language
    problems = [*found.problems, *check_in_child(sources, default_language=default)]
    yield from look_at_templates(
        problems,
        letters_in=Letters(sources, default_language=default).languages,
        wanted=settings.shop.languages,
        default=default,
    )

"""`mailbot quarantine list | show | retry | export`."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailbot.cli.call import Call
from mailbot.cli.failures import WorkFailed, WrongCall
from mailbot.cli.output import print_json, print_table, printable

if TYPE_CHECKING:
    from mailbot.bootstrap import SqliteStore
    from mailbot.desk.ports import BlobStore
    from mailbot.desk.rows import KeptMail
    from mailbot.desk.store import Transaction
    from mailbot.settings import Settings

group = typer.Typer(
    help="Mails that could not be handled. None is ever dropped: look at them, try again, take them out.",
    short_help="Mails that could not be handled: none is dropped.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

_LINES_SHOWN = 60


def add_to(app: typer.Typer) -> None:
    """Hang the group in."""
    app.add_typer(group, name="quarantine")


Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Id = Annotated[int, typer.Argument(metavar="ID", min=1, help="Its number, as `list` shows it.", show_default=False)]


@contextmanager
def _kept(context: typer.Context) -> Iterator[tuple["Settings", "SqliteStore"]]:
    from mailbot.bootstrap import open_store

    call = Call.of(context)
    call.start_log()
    settings = call.settings_without_mailbox()
    with open_store(settings) as store:
        yield settings, store


@group.command(
    "list",
    epilog="""\b
Examples:
  mailbot quarantine list
  mailbot quarantine list --json | jq .reason""",
)
def list_mails(context: typer.Context, as_json: Json = False) -> None:
    """The mails in quarantine, a line each."""
    with _kept(context) as (settings, store):
        with store.reading() as tx:
            mails = tx.quarantined()
        told = [_object(mail, settings) for mail in mails]
    if as_json:
        for one in told:
            print_json(one)
    elif told:
        rows = ((str(one["id"]), one["received_at"][:16].replace("T", " "), one["from"], one["reason"]) for one in told)
        print_table(("ID", "RECEIVED", "FROM", "REASON"), rows)
    else:
        typer.echo("nothing is in quarantine", err=True)


@group.command(
    "show",
    epilog="""\b
Example:
  mailbot quarantine show 17""",
)
def show_mail(context: typer.Context, mail_id: Id, as_json: Json = False) -> None:
    """Why a mail is in quarantine, and its first lines as they came."""
    from mailbot.bootstrap import blobs_of

    with _kept(context) as (settings, store):
        with store.reading() as tx:
            mail = _mail(tx, mail_id)
        told = _object(mail, settings)
        if as_json:
            print_json({**told, "message_id": mail.message_id, "size": mail.size, "attempts": mail.attempts})
            return
        lines = _raw(blobs_of(settings), mail).decode("utf-8", "replace").splitlines()
    for name, value in (
        ("received", told["received_at"]),
        ("from", told["from"]),
        ("subject", told["subject"]),
        ("size", f"{mail.size} bytes"),
        ("tries", str(mail.attempts)),
        ("reason", told["reason"]),
    ):
        typer.echo(f"{name:<9} {' '.join(printable(value).split())}")
    typer.echo()
    for line in lines[:_LINES_SHOWN]:
        typer.echo(f"  {printable(line[:200])}")
    if len(lines) > _LINES_SHOWN:
        rest = len(lines) - _LINES_SHOWN
        typer.echo(f"  … {rest} more lines; `mailbot quarantine export {mail_id}` writes all of it")


@group.command(
    "retry",
    short_help="Let mails be handled once more.",
    epilog="""\b
Examples:
  mailbot quarantine retry 17
  mailbot quarantine retry 17 18 21""",
)
def retry_mails(
    context: typer.Context,
    mail_ids: Annotated[
        list[int],
        typer.Argument(metavar="ID…", min=1, help="Their numbers, as `list` shows them.", show_default=False),
    ],
) -> None:
    """Let mails be handled once more, by `mailbot run` or the next `mailbot once`."""
    with _kept(context) as (_, store), store.transaction() as tx:
        for mail_id in mail_ids:
            tx.retry_mail(_mail(tx, mail_id).id)
    for mail_id in mail_ids:
        typer.echo(f"mail {mail_id} waits to be handled again")


@group.command(
    "export",
    short_help="Write a mail exactly as it came.",
    epilog="""\b
Examples:
  mailbot quarantine export 17               writes quarantine-17.eml
  mailbot quarantine export 17 /tmp/odd.eml
  mailbot quarantine export 17 - | less""",
)
def export_mail(
    context: typer.Context,
    mail_id: Id,
    file: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FILE]",
            help='Where to; else quarantine-ID.eml in this folder. "-" is standard output.',
            show_default=False,
        ),
    ] = None,
) -> None:
    """Write a mail's bytes exactly as they came. A file that is there already is left alone."""
    from mailbot.bootstrap import blobs_of

    with _kept(context) as (settings, store):
        with store.reading() as tx:
            mail = _mail(tx, mail_id)
        raw = _raw(blobs_of(settings), mail)
    target = file or Path(f"quarantine-{mail_id}.eml")
    if str(target) == "-":
        typer.get_binary_stream("stdout").write(raw)
        return
    try:
        with target.open("xb") as opened:
            opened.write(raw)
    except FileExistsError:
        raise WrongCall(f"{target}: is there already; name another file") from None
    typer.echo(f"wrote {target}")


def _object(mail: "KeptMail", settings: "Settings") -> dict[str, Any]:
    """The contract's object of `quarantine list --json`."""
    received = mail.internal_at.astimezone(settings.shop.zone).isoformat(timespec="seconds")
    return {
        "id": mail.id,
        "received_at": received,
        "from": mail.sender,
        "subject": mail.subject,
        "reason": mail.reason,
    }


def _mail(tx: "Transaction", mail_id: int) -> "KeptMail":
    found = next((mail for mail in tx.quarantined() if mail.id == mail_id), None)
    if found is None:
        raise WrongCall(f"no mail {mail_id} is in quarantine; `mailbot quarantine list` shows those that are")
    return found


def _raw(blobs: "BlobStore", mail: "KeptMail") -> bytes:
    try:
        return blobs.get(mail.blob)
    except KeyError:
        raise WorkFailed(
            f"mail {mail.id}: its bytes are not in the attachment store; restore that from a backup"
        ) from None

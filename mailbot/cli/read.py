"""`mailbot read`."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from mailbot.cli.call import Call
from mailbot.cli.failures import WrongCall
from mailbot.cli.output import print_json, printable


def add_to(app: typer.Typer) -> None:
    """Hang the command in."""
    app.command("read", short_help="What mailbot understands of messages in files.", epilog=_EXAMPLES)(read)


_EXAMPLES = """\b
Examples:
  mailbot read mail.eml
  mailbot read mails/ --json > understood.jsonl
  mailbot read mails/ --json | jq -r 'select(.kind == "unreadable") | .file'"""


def read(
    context: typer.Context,
    paths: Annotated[
        list[Path],
        typer.Argument(metavar="FILE…|DIR", help="Messages as files, or folders of them.", show_default=False),
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object a message.")] = False,
) -> None:
    """What mailbot understands of messages, without touching a mailbox or the database.

    A folder stands for all of its files, those of its folders too; hidden ones are left out. A file that is no message
    is told as unreadable and the next one is read: the exit code is 0 all the same, 2 where a file is not there. Orders
    and products are judged with the configuration's files where there is one, by their form alone otherwise.
    """
    from mailbot.bootstrap import readers
    from mailbot.desk.read_report import read_report, unreadable_report

    call = Call.of(context)
    call.start_log()
    settings = call.settings_or_defaults()
    parts = readers(settings)
    missing = [path for path in paths if not path.exists()]
    own = settings.shop.address if call.has_settings else None
    try:
        for file, name in _files(paths):
            try:
                raw = file.read_bytes()
            except FileNotFoundError:
                told = unreadable_report(name, "there is no such file or folder")
            except OSError as error:
                told = unreadable_report(name, f"the file cannot be read: {error.strerror}")
            else:
                told = read_report(
                    raw,
                    name,
                    reader=parts.reader,
                    opener=parts.opener,
                    today=datetime.now(UTC).astimezone(settings.shop.zone).date(),
                    knowledge=parts.knowledge,
                    proofs=settings.policy.proofs,
                    own_authserv_id=settings.agent_mail.trusted_authserv_id or "",
                    own_addresses=frozenset({own} if own else ()),
                    own_list_ids=frozenset(settings.imap.own_list_ids if settings.imap else ()),
                    form_addresses=frozenset(form.address for form in settings.forms),
                    agent_addresses=frozenset(agent.address for agent in settings.agents),
                )
            if as_json:
                print_json(told)
            else:
                typer.echo(_summary(told))
    finally:
        parts.opener.close()
    if missing:
        raise WrongCall(f"{', '.join(str(path) for path in missing)}: there is no such file or folder")


def _files(paths: list[Path]) -> Iterator[tuple[Path, str]]:
    """Every file with the name it is told under: a file's own name, inside a folder its path from there."""
    for path in paths:
        if not path.is_dir():
            yield path, path.name
            continue
        for found in sorted(path.rglob("*")):
            inside = found.relative_to(path)
            if found.is_file() and not any(part.startswith(".") for part in inside.parts):
                yield found, inside.as_posix()


def _summary(told: dict[str, Any]) -> str:
    """A message in some lines, for people."""
    lines = [printable(f"{told['file']}: {told['kind']}")]
    if told.get("error"):
        return printable(f"{lines[0]}: {told['error']}\n")
    sender = f"{told['from']['name']} <{told['from']['address']}>".strip()
    fields = [
        ("from", sender),
        ("subject", told["subject"]),
        ("language", told["language"]),
        ("orders", ", ".join(told["order_numbers"])),
        *(("product", _product(one)) for one in told["products"]),
        ("problem", _problem(told["problem"])),
        ("wants", told["resolution_wanted"]),
        ("signals", ", ".join(told["signals"])),
        *(("file", _attachment(one)) for one in told["attachments"]),
        ("answerable", "yes" if told["may_be_answered"] else "no: it gets no automatic answer"),
        *((f"why {name}", "; ".join(reasons)) for name, reasons in told["why"].items()),
    ]
    for name, value in fields:
        if value:
            lines.append(f"  {name:<11} {' '.join(printable(value).split())}")
    return "\n".join(lines) + "\n"


def _product(product: dict[str, Any]) -> str:
    sku = product["sku"] or "not in the catalogue"
    return f"{product['quantity']} × {sku} (“{product['name_as_written']}”), {product['problem']['kind']}"


def _problem(problem: dict[str, Any]) -> str:
    return f"{problem['kind']}: {problem['description']}" if problem["description"] else str(problem["kind"])


def _attachment(file: dict[str, Any]) -> str:
    if file["role"] == "ignored" or not file["usable"]:
        reasons = f" ({', '.join(file['reasons'])})" if file["reasons"] else ""
        return f"{file['filename']}: {'not usable' if file['role'] == 'evidence' else 'not evidence'}{reasons}"
    return f"{file['filename']}: shows {', '.join(file['shows']) or 'nothing that was asked for'}"

"""`mailbot decide`."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mailbot.cli.call import Call
from mailbot.cli.failures import WrongCall
from mailbot.cli.output import print_json

if TYPE_CHECKING:
    from mailbot.claims.policy import PolicySettings


def add_to(app: typer.Typer) -> None:
    """Hang the command in."""
    app.command("decide", short_help="What the policy decides about given facts.", epilog=_EXAMPLES)(decide_rows)


_EXAMPLES = """\b
Examples:
  mailbot decide facts.json
  mailbot decide - < facts.jsonl
  echo '{"order": null, "items": [], "first_contact_on": "2026-11-05",
         "evidence": [], "preference": null}' | mailbot decide -"""


def decide_rows(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE", help='The facts; "-" reads standard input.')],
) -> None:
    """What the policy decides about given facts.

    FILE holds a JSON array of facts objects, a single one, or one on each line. One decision is printed for each, as
    JSON on a line of its own, in their order. The [policy] of the configuration counts where there is one.

    All facts are looked at before anything is printed: where a row is wrong, nothing is decided; each wrong row is
    named with its field, and the exit code is 2.
    """
    from mailbot.claims.facts_json import FactsError, decision_to_json, facts_from_json
    from mailbot.claims.policy import decide

    settings = _policy(Call.of(context))
    known = []
    problems = []
    for where, row in _rows(_text_of(file), "standard input" if file == "-" else file):
        try:
            known.append(facts_from_json(row))
        except FactsError as error:
            problems.append(f"{where}: {error}")
    if problems:
        raise WrongCall("\n".join(problems))
    for facts in known:
        print_json(decision_to_json(decide(facts, settings)))


def _policy(call: Call) -> "PolicySettings":
    from mailbot.claims.policy import PolicySettings

    if not call.has_settings:
        return PolicySettings()
    from mailbot.settings.policy import policy_of

    return policy_of(call.settings_without_mailbox())


def _text_of(file: str) -> str:
    try:
        raw = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        return raw.decode("utf-8-sig")
    except OSError as error:
        raise WrongCall(f"{file}: {error.strerror}; allowed is a file of facts, or - for standard input") from None
    except UnicodeDecodeError as error:
        raise WrongCall(f"{file}: byte {error.start + 1} is not UTF-8; allowed is JSON as UTF-8") from None


def _rows(text: str, name: str) -> Iterator[tuple[str, Any]]:
    """Each facts object with where it stands; rows of an array count from 1, as lines do."""
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError) as error:
        yield from _lines(text, name, error)
        return
    if isinstance(whole, list):
        for place, row in enumerate(whole, start=1):
            yield f"{name}, row {place}", row
    else:
        yield name, whole


def _lines(text: str, name: str, of_the_whole: Exception) -> Iterator[tuple[str, Any]]:
    lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
    if not lines:
        raise WrongCall(
            f"{name}: is empty; allowed is a JSON array of facts objects, a single one, or one on each line"
        )
    if not _is_json(lines[0][1]):
        # Not even the first line stands by itself, so it was meant as one whole.
        raise WrongCall(f"{name}: is not JSON: {of_the_whole}")
    for number, line in lines:
        where = f"{name}, line {number}"
        try:
            yield where, json.loads(line)
        except (ValueError, RecursionError) as error:
            raise WrongCall(f"{where}: is not JSON: {error}") from None


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True

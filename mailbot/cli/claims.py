"""`mailbot claims list | show | export | do`."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli.call import Call
from mailbot.cli.failures import WrongCall
from mailbot.cli.output import print_json, print_table, printable

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from mailbot.claims.claim import Claim
    from mailbot.desk.rows import ClaimFilter
    from mailbot.desk.store import Store, Transaction
    from mailbot.settings import Settings

group = typer.Typer(
    help="The claims: list them, read one's whole story, export them, give a command.",
    short_help="The claims: list, show, export, give a command.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def add_to(app: typer.Typer) -> None:
    """Hang the group in."""
    app.add_typer(group, name="claims")


Status = Annotated[
    str | None,
    typer.Option(
        "--status", metavar="STATUS", help="Only claims in this state, as in awaiting_agent.", show_default=False
    ),
]
Customer = Annotated[
    str | None, typer.Option("--customer", metavar="ADDRESS", help="Only this customer's.", show_default=False)
]
Order = Annotated[
    str | None, typer.Option("--order", metavar="NUMBER", help="Only those of this order.", show_default=False)
]
Language = Annotated[
    str | None, typer.Option("--language", metavar="CODE", help="Only this language, as in de.", show_default=False)
]
NeedsAgent = Annotated[bool, typer.Option("--needs-agent", help="Only those that a person should look at.")]
Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="DAY",
        help="Only those whose first mail came on this day or later: 2026-11-05, or 2026-11-05T09:00.",
        show_default=False,
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Number = Annotated[str, typer.Argument(metavar="N", help="The claim's number, or its RMA number.", show_default=False)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """The claims that a shop keeps, opened for looking."""

    settings: "Settings"
    store: "Store"

    @property
    def zone(self) -> "ZoneInfo":
        return self.settings.shop.zone


@contextmanager
def _kept(context: typer.Context) -> Iterator[Kept]:
    from mailbot.bootstrap import open_store

    call = Call.of(context)
    call.start_log()
    settings = call.settings_without_mailbox()
    with open_store(settings) as store:
        yield Kept(settings=settings, store=store)


@group.command(
    "list",
    short_help="The claims, a line each.",
    epilog="""\b
Examples:
  mailbot claims list
  mailbot claims list --needs-agent
  mailbot claims list --status awaiting_return --since 2026-11-01
  mailbot claims list --json | jq -r .rma""",
)
def list_claims(
    context: typer.Context,
    status: Status = None,
    customer: Customer = None,
    order: Order = None,
    language: Language = None,
    needs_agent: NeedsAgent = False,
    since: Since = None,
    as_json: Json = False,
) -> None:
    """The claims, a line each; with --json an object a line."""
    from mailbot.desk.claims_report import as_object

    with _kept(context) as kept:
        wanted = _filter(
            kept.settings,
            status=status,
            customer=customer,
            order=order,
            language=language,
            needs_agent=needs_agent,
            since=since,
        )
        with kept.store.reading() as tx:
            found = [(claim, tx.evidence(claim.number) if as_json else ()) for claim in tx.claims(wanted)]
    if as_json:
        for claim, evidence in found:
            print_json(as_object(claim, evidence, zone=kept.zone))
    elif found:
        print_table(
            ("N", "RMA", "STATUS", "CHANGED", "CUSTOMER"),
            (_row(claim, kept.zone) for claim, _ in found),
        )
    else:
        typer.echo("no claims", err=True)


def _row(claim: "Claim", zone: "ZoneInfo") -> tuple[str, ...]:
    person = " !" if claim.needs_agent else ""
    changed = f"{claim.updated_at.astimezone(zone):%Y-%m-%d %H:%M}"
    return str(claim.number), claim.rma, f"{claim.status.value}{person}", changed, claim.customer


@group.command(
    "show",
    short_help="One claim's whole story, with reasons and sources.",
    epilog="""\b
Examples:
  mailbot claims show 12
  mailbot claims show RMA-7F3K2Q
  mailbot claims show 12 --json | jq .history""",
)
def show_claim(context: typer.Context, number: Number, as_json: Json = False) -> None:
    """One claim's whole story: facts and their sources, evidence, decision and why, letters, history."""
    from mailbot.desk.claims_report import ClaimStory, as_object_with_history, as_text

    with _kept(context) as kept, kept.store.reading() as tx:
        claim = _claim(tx, number)
        story = ClaimStory(
            claim=claim,
            evidence=tx.evidence(claim.number),
            history=tx.history(claim.number),
            letters=tx.letters_of_claim(claim.number),
            joins=tx.pending_joins(claim.number),
        )
    if as_json:
        print_json(as_object_with_history(story.claim, story.evidence, story.history, zone=kept.zone))
    else:
        typer.echo(as_text(story, zone=kept.zone), nl=False)


@group.command(
    "export",
    short_help="The claims as CSV.",
    epilog="""\b
Examples:
  mailbot claims export > claims.csv
  mailbot claims export --since 2026-11-01 --output november.csv""",
)
def export_claims(
    context: typer.Context,
    status: Status = None,
    customer: Customer = None,
    order: Order = None,
    language: Language = None,
    needs_agent: NeedsAgent = False,
    since: Since = None,
    output: Annotated[
        Path | None,
        typer.Option("--output", metavar="FILE", help="Write here instead of standard output.", show_default=False),
    ] = None,
) -> None:
    """The claims as CSV, a line each; several values in one column are separated by "|".

    A cell that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    from mailbot.desk.claims_report import as_csv

    with _kept(context) as kept:
        wanted = _filter(
            kept.settings,
            status=status,
            customer=customer,
            order=order,
            language=language,
            needs_agent=needs_agent,
            since=since,
        )
        with kept.store.reading() as tx:
            found = [(claim, tx.evidence(claim.number)) for claim in tx.claims(wanted)]
    text = "".join(as_csv(found, zone=kept.zone))
    if output is None:
        typer.echo(text, nl=False)
    else:
        output.write_text(text, encoding="utf-8")


@group.command(
    "do",
    short_help="Give a command, as agents do by mail.",
    epilog="""\b
Examples:
  mailbot claims do 12 "/approve refund"
  mailbot claims do 12 "/decline 2 The serial number is of another device."
  mailbot claims do RMA-7F3K2Q --as anna@shop.example /received
  printf '/reply\\nThe new cable is on its way.\\n' | mailbot claims do 12 -
  mailbot claims do 12 /help""",
)
def do_on(
    context: typer.Context,
    number: Number,
    text: Annotated[
        str,
        typer.Argument(
            metavar="COMMAND",
            help='What an agent would write in a mail, as in "/approve refund"; several lines are several commands. '
            '"-" reads standard input.',
            show_default=False,
        ),
    ],
    by: Annotated[
        str | None,
        typer.Option(
            "--as",
            metavar="ADDRESS",
            help="In the name of this agent of the configuration; else the history says operator.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Give a command on a claim, as agents do by mail: all of its lines are carried out or none is.

    What was done is printed. Letters that it causes go out with the next pass of `mailbot run` or `mailbot once`,
    after the time in which /undo can still stop them. Exit code 1: refused, nothing was done; 2: not understood.
    """
    from mailbot.bootstrap import Assembled
    from mailbot.desk.execute import do_on_claim

    call = Call.of(context)
    call.start_log()
    said = sys.stdin.read() if text == "-" else text
    with Assembled(call.settings_without_mailbox()) as assembled:
        desk = assembled.desk
        who = "operator"
        if by is not None:
            agent = desk.shop.agent(by)
            if agent is None:
                known = ", ".join(one.address for one in desk.shop.agents) or "none: add one under [[agents]]"
                raise WrongCall(f"--as {by}: is no agent of {call.config}; allowed is {known}")
            who = agent.address
        with desk.store.reading() as tx:
            claim = _claim(tx, number)
        done = do_on_claim(desk, claim.number, said, by=who)
    for line, outcome in done.outcomes:
        typer.echo(printable(f"{line}: {outcome}"))


def _claim(tx: "Transaction", written: str) -> "Claim":
    """The claim of this number or RMA number."""
    if written.isascii() and written.isdigit() and len(written) <= 15:
        claim = tx.claim(int(written))
    else:
        claim = tx.claim_by_rma(written.upper())
    if claim is None:
        raise WrongCall(f"there is no claim {printable(written)}; `mailbot claims list` shows those there are")
    return claim


def _filter(
    settings: "Settings",
    *,
    status: str | None,
    customer: str | None,
    order: str | None,
    language: str | None,
    needs_agent: bool,
    since: str | None,
) -> "ClaimFilter":
    from mailbot.claims import words
    from mailbot.desk.rows import ClaimFilter
    from mailbot.mail.addresses import identity

    if status is not None and status not in list(words.Status):
        raise WrongCall(f"--status {status}: there is no such state; allowed is one of {', '.join(words.Status)}")
    return ClaimFilter(
        status=status,
        customer=identity(customer) if customer is not None else None,
        order=_as_the_shop_writes_it(order, settings) if order is not None else None,
        language=language,
        needs_agent=needs_agent or None,
        since=_moment(since, settings.shop.zone) if since is not None else None,
    )


def _as_the_shop_writes_it(number: str, settings: "Settings") -> str:
    """An order's number as claims hold it, however the blanks and dashes were typed."""
    from mailbot.bootstrap import readers

    known = readers(settings).knowledge.order(number)
    return known.number if known else number


def _moment(written: str, zone: "ZoneInfo") -> datetime:
    """A day, or a day and time, in the shop's time zone unless it names another."""
    try:
        if len(written) == len("2026-11-05"):
            return datetime.combine(date.fromisoformat(written), time(), tzinfo=zone)
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise WrongCall(f"--since {written}: is no day; allowed is 2026-11-05 or 2026-11-05T09:00") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)

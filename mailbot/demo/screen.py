"""What the demo shows: each mail as it passes, and what mailbot's records say at the end of a conversation."""

import threading
from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from mailbot.claims.claim import Claim, Evidence, HistoryEntry, Item
from mailbot.demo.shop import MIA, SHOP
from mailbot.desk.rows import KeptMail
from mailbot.mail.inbound import InboundMail

_WIDEST = 96
_NAMES_WIDTH = 14
_QUOTED_LINES_SHOWN = 2


class Screen:
    """Prints to one console, from several threads, one thing at a time."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, emoji=False)
        self._lock = threading.Lock()

    def say(self, *lines: str, style: str = "") -> None:
        """Plain lines."""
        self._print(*(Text(line, style=style) for line in lines))

    def show(self, thing: RenderableType) -> None:
        """Something of rich's."""
        self._print(thing)

    def heading(self, number: int, title: str, about: str) -> None:
        """The beginning of a conversation."""
        self._print(Text(), Rule(Text(f" {number}  {title} ", style="bold"), align="left"), Text(about), Text())

    def mail(
        self, mail: InboundMail, recipients: Iterable[str], *, signed_in: bool = True, at_most: int | None = None
    ) -> None:
        """A mail that the server has just taken: who writes to whom, its text, its files.

        Of the text `at_most` so many lines are shown, None for all of them; what a person quotes is always cut.
        """
        title, style = _who(mail, tuple(recipients))
        if not signed_in:
            title.append(", not signed in", style="bold red")
        body = Text()
        body.append("Subject: ", style="dim")
        body.append(f"{mail.subject}\n", style="bold")
        lines = list(_shortened(mail.text.strip().splitlines(), quotes_in_full=_is_ours(mail)))
        # A cut that hides next to nothing only annoys.
        if at_most is not None and len(lines) > at_most + 3:
            lines = [*lines[:at_most], (f"[… {len(lines) - at_most} more lines]", True)]
        for line, is_aside in lines:
            body.append(f"\n{line}", style="dim" if is_aside else "")
        for place, file in enumerate(mail.attachments):
            gap = "\n\n" if place == 0 else "\n"
            body.append(f"{gap}+ {file.filename or 'no name'} ({_size(file.size)})", style="magenta")
        self._print(Panel(body, title=title, title_align="left", border_style=style, padding=(0, 1)))

    def claim(self, claim: Claim, evidence: Sequence[Evidence], history: Sequence[HistoryEntry]) -> None:
        """What `mailbot claims show` says of a claim, in short."""
        page = Table.grid(padding=(0, 2))
        page.add_column(justify="right", style="dim", width=_NAMES_WIDTH, no_wrap=True)
        page.add_column()
        page.add_row(f"claim {claim.number}", Text.assemble(f"{claim.rma}, ", (claim.status.value, "bold")))
        if claim.needs_agent:
            page.add_row("needs a person", Text(claim.needs_agent_why))
        for index, item in enumerate(claim.items, start=1):
            page.add_row(f"item {index}", Text(_item(item)))
            for reason in item.verdict.reasons if item.verdict else ():
                page.add_row("-", Text(reason))
        for file in evidence:
            page.add_row(f"file {file.number}", Text(f"{file.filename}: {_found(file)}"))
        page.add_row("history", Text(" > ".join(_event(entry) for entry in history)))
        self._print(Padding(page, (0, 2)))

    def unanswered(self, mail: KeptMail) -> None:
        """A mail that mailbot handled and wrote nobody about."""
        why = f" ({mail.reason})" if mail.reason else ""
        self._print(Padding(Text(f"No answer to “{mail.subject}”: {mail.route}{why}"), (0, 2)))

    def verdict(self, problems: Sequence[str]) -> None:
        """Whether a conversation came out as it should."""
        if problems:
            self._print(*(Text(f"  NOT AS EXPECTED: {problem}", style="bold red") for problem in problems))
        else:
            self._print(Text("  as expected", style="green"))

    def _print(self, *things: RenderableType) -> None:
        with self._lock:
            for thing in things:
                self._console.print(thing, width=min(self._console.width, _WIDEST), soft_wrap=False)


def _who(mail: InboundMail, recipients: tuple[str, ...]) -> tuple[Text, str]:
    author = mail.from_as_written[0] if mail.from_as_written else None
    whom = ", ".join(recipients)
    if _is_ours(mail):
        to_agent = MIA.address in recipients
        return Text(f"mailbot to {whom}", style="bold"), "yellow" if to_agent else "green"
    name = (author.name or author.address) if author else "somebody"
    return Text(f"{name} to {whom}", style="bold"), "blue" if author and author.address == MIA.address else "cyan"


def _is_ours(mail: InboundMail) -> bool:
    return any(one.address == SHOP.address for one in mail.from_as_written)


def _shortened(lines: Sequence[str], *, quotes_in_full: bool) -> Iterator[tuple[str, bool]]:
    """The lines of a mail, long quotations cut unless they are wanted in full: (line, whether it is quoted)."""
    hidden = shown = 0
    for line in lines:
        if not line.startswith(">"):
            if hidden:
                yield f"> [… {hidden} more quoted lines]", True
            hidden = shown = 0
            yield line, False
        elif quotes_in_full or shown < _QUOTED_LINES_SHOWN:
            shown += 1
            yield line, True
        else:
            hidden += 1
    if hidden:
        yield f"> [… {hidden} more quoted lines]", True


def _size(count: int) -> str:
    return f"{count / 1024:.0f} KB" if count >= 1024 else f"{count} bytes"


def _item(item: Item) -> str:
    what = f"{item.quantity or 1} x {item.sku or item.name or 'unknown'}, {item.problem_kind.value}"
    verdict = item.verdict
    if verdict is None:
        return what
    rule = f" by rule {verdict.rule.value}" if verdict.rule else ""
    by = f", decided by {verdict.overridden_by}" if verdict.overridden_by else ""
    resolution = f", {verdict.resolution.value}" if verdict.resolution else ""
    missing = f", missing {', '.join(verdict.missing)}" if verdict.missing else ""
    return f"{what}: {verdict.disposition.value}{rule}{resolution}{by}{missing}"


def _found(file: Evidence) -> str:
    if not file.usable:
        return ", ".join(file.reasons) or "not usable"
    assumed = " (assumed)" if file.provisional else ""
    return (", ".join(file.shows) or file.role) + assumed


def _event(entry: HistoryEntry) -> str:
    """What happened in a word or two; who did it where it was a person of the shop."""
    match entry.event:
        case "mail_opened_claim" | "mail_received":
            return "mail"
        case "letter_written":
            return f"letter {entry.detail.get('letter', '')}"
        case "decided":
            return str(entry.detail.get("disposition", "decided"))
        case _ if "command" in entry.detail:
            return f"{entry.detail['command']} ({entry.actor})"
        case _:
            return f"{entry.event} ({entry.actor})"

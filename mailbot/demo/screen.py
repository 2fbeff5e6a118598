"""What the demo shows: each mail as it passes, and what mailbot's records say at the end of a conversation."""

import threading
from collections.abc import Iterable, Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.rule import Rule
from rich.text import Text

from mailbot.claims.claim import Claim, Evidence, HistoryEntry, Item
from mailbot.demo.shop import MIA, SHOP
from mailbot.desk.rows import KeptMail
from mailbot.mail.inbound import Attachment, InboundMail
from mailbot.mail.parse import parse

_WIDEST = 96
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

    def mail(self, raw: bytes, recipients: Iterable[str]) -> None:
        """A mail that the server has just taken: who writes to whom, its new text, its files."""
        mail = parse(raw)
        title, style = _who(mail, tuple(recipients))
        body = Text()
        body.append("Subject: ", style="dim")
        body.append(f"{mail.subject}\n\n", style="bold")
        for line, quoted in _shortened(mail.text.strip().splitlines()):
            body.append(f"{line}\n", style="dim" if quoted else "")
        parts: list[RenderableType] = [body]
        if mail.attachments:
            parts.append(Text(_files(mail.attachments), style="magenta"))
        self._print(Panel(Group(*parts), title=title, title_align="left", border_style=style, padding=(0, 1)))

    def claim(self, claim: Claim, evidence: Sequence[Evidence], history: Sequence[HistoryEntry]) -> None:
        """What `mailbot claims show` says of a claim, in short."""
        text = Text()
        text.append(f"Claim {claim.number}, {claim.rma}: ")
        text.append(claim.status.value, style="bold")
        text.append(f", mails in {claim.messages_in}, letters out {claim.messages_out}")
        if claim.needs_agent:
            text.append(f"\nNeeds a person: {claim.needs_agent_why}")
        for index, item in enumerate(claim.items, start=1):
            text.append(f"\n{index}. {_item(item)}")
            for reason in item.verdict.reasons if item.verdict else ():
                text.append(f"\n   - {reason}")
        if proofs := [f"{one.filename}: {_found(one)}" for one in evidence]:
            text.append("\nFiles: " + "; ".join(proofs))
        text.append(f"\nHistory: {' > '.join(_event(entry) for entry in history)}")
        self._ending(text)

    def unanswered(self, mail: KeptMail) -> None:
        """A mail that mailbot handled and wrote nobody about."""
        text = Text("Not answered: ")
        text.append(mail.subject or "(no subject)", style="bold")
        text.append(f"\nRoute {mail.route}{f': {mail.reason}' if mail.reason else ''}")
        self._ending(text)

    def verdict(self, problems: Sequence[str]) -> None:
        """Whether a conversation came out as it should."""
        if problems:
            self._print(*(Text(f"  NOT AS EXPECTED: {problem}", style="bold red") for problem in problems))
        else:
            self._print(Text("  as expected", style="green"))

    def _ending(self, text: Text) -> None:
        self._print(Padding(text, (0, 2)))

    def _print(self, *things: RenderableType) -> None:
        with self._lock:
            for thing in things:
                self._console.print(thing, width=min(self._console.width, _WIDEST), soft_wrap=False)


def _who(mail: InboundMail, recipients: tuple[str, ...]) -> tuple[Text, str]:
    author = mail.from_as_written[0] if mail.from_as_written else None
    whom = ", ".join(recipients)
    if author is not None and author.address == SHOP.address:
        to_agent = MIA.address in recipients
        return Text(f"mailbot to {whom}", style="bold"), "yellow" if to_agent else "green"
    name = (author.name or author.address) if author else "somebody"
    return Text(f"{name} to {whom}", style="bold"), "blue" if author and author.address == MIA.address else "cyan"


def _shortened(lines: Sequence[str]) -> Iterable[tuple[str, bool]]:
    """The lines of a mail, long quotations cut: (line, whether it is quoted)."""
    hidden = shown = 0
    for line in lines:
        if not line.startswith(">"):
            if hidden:
                yield f"> … {hidden} more quoted lines", True
            hidden = shown = 0
            yield line, False
        elif shown < _QUOTED_LINES_SHOWN:
            shown += 1
            yield line, True
        else:
            hidden += 1
    if hidden:
        yield f"> … {hidden} more quoted lines", True


def _files(attachments: Sequence[Attachment]) -> str:
    return "\n".join(f"+ {one.filename or 'no name'} ({one.content_type}, {_size(one.size)})" for one in attachments)


def _size(count: int) -> str:
    return f"{count / 1024:.0f} KB" if count >= 1024 else f"{count} bytes"


def _item(item: Item) -> str:
    what = f"{item.quantity or 1} x {item.sku or item.name or 'unknown'} ({item.problem_kind.value}), {item.status.value}"
    verdict = item.verdict
    if verdict is None:
        return what
    rule = f", rule {verdict.rule.value}" if verdict.rule else ""
    by = f", by {verdict.overridden_by}" if verdict.overridden_by else ""
    missing = f", missing {', '.join(verdict.missing)}" if verdict.missing else ""
    return f"{what}: {verdict.disposition.value}{rule}{by}{missing}"


def _found(file: Evidence) -> str:
    if not file.usable:
        return ", ".join(file.reasons) or "not usable"
    return ", ".join(file.shows) or file.role


def _event(entry: HistoryEntry) -> str:
    return f"{entry.event} ({entry.actor})"

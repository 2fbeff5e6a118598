"""How commands print: JSON one object a line, tables and text that nothing a stranger wrote can break out of."""

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import typer


def print_json(value: Mapping[str, Any]) -> None:
    """One object on one line, letters beyond ASCII as they are."""
    typer.echo(json.dumps(value, ensure_ascii=False))


def printable(text: str) -> str:
    """A stranger's text for a terminal: no control, escape or direction mark stays (ATTACKS A12)."""
    return "".join(
        char if char in "\n\t" or unicodedata.category(char)[0] != "C" else "\N{REPLACEMENT CHARACTER}" for char in text
    )


def print_table(head: Sequence[str], rows: Iterable[Sequence[str]], *, width: int = 80) -> None:
    """Columns as wide as their content, the last one cut where the line ends; just the rows where there are none."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for place, name in enumerate(head):
        last = place == len(head) - 1
        table.add_column(name, no_wrap=True, overflow="ellipsis", ratio=1 if last else None)
    for row in rows:
        # As Text, never as markup: a subject may hold square brackets.
        table.add_row(*(Text(" ".join(printable(cell).split())) for cell in row))
    console = Console(highlight=False, emoji=False)
    console.print(table, width=max(width, console.width if console.is_terminal else width))

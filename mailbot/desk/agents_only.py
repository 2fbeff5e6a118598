"""What only agents may read: their mails to us quote ours, and a quotation without marks looks like their own text."""

from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default as modern

from mailbot.desk.sender import bears_token
from mailbot.desk.store import Transaction

_LONG = 60
_SHORT = 20


def line_for_agents_only(tx: Transaction, claim: int, text: str) -> str:
    """A line of `text` that stands in a mail of ours to an agent of this claim, "" where none does.

    One long line or two short ones tell; what the customer wrote or was sent already does not count. A line with a
    token of ours tells by itself.
    """
    lines = [line for line in map(_bare, text.split("\n")) if line]
    for line in lines:
        if bears_token(tx, line):
            return line
    letters = tx.letters_of_claim(claim)
    for_agents = [_as_one_line(row.raw) for row in letters if row.audience == "agent"]
    for_customers = [_as_one_line(row.raw) for row in letters if row.audience == "customer"]
    told = [
        line
        for line in dict.fromkeys(lines)
        if len(line) >= _SHORT
        and any(line in letter for letter in for_agents)
        and not any(line in letter for letter in for_customers)
    ]
    return told[0] if len(told) > 1 or any(len(line) >= _LONG for line in told) else ""


def _bare(line: str) -> str:
    """A line without the marks of a list, which mail programs write in different ways."""
    return " ".join(line.split()).lstrip("-*• ")


def _as_one_line(raw: bytes) -> str:
    # Mail programs break long lines of what they quote: only the words in their order are the same.
    return " ".join(_own_lines(raw))


def _own_lines(raw: bytes) -> Iterator[str]:
    part = message_from_bytes(raw, policy=modern).get_body(("plain",))
    text = part.get_content() if part is not None else ""
    for line in text.split("\n"):
        if line.strip() and not line.startswith(">"):
            yield _bare(line)

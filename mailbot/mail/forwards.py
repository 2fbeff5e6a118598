"""A mail that somebody forwards inside the text of his own."""

import re
from dataclasses import dataclass

from mailbot.mail.addresses import is_safe_recipient
from mailbot.mail.inbound import Address
from mailbot.mail.quotation import HEADER_LINE, boundary_at

_FORWARD_SUBJECT = re.compile(
    r"^\s*(?:fw|fwd|wg|tr|rv|enc|i|doorst|pd|vb|vl|vs|转发|轉寄|転送|إعادة توجيه|ilt|przekaż|пересл)"
    r"\s*(?:\[\d+\])?\s*[:：]",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>\[\]()\"',;:]{1,64}@[^\s<>\[\]()\"',;:*]{1,253}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """The forwarded mail: who wrote it (None where its From names no address), its subject, its text."""

    sender: Address | None
    subject: str
    text: str


def forward_in(text: str, subject: str) -> Forward | None:
    """The first mail forwarded in `text`: below a forward's separator, or copied headers where the subject says Fwd.

    None where nothing is forwarded. An answer that quotes below copied headers is not a forward: its subject tells them
    apart.
    """
    says_forward = _FORWARD_SUBJECT.match(subject) is not None
    if not says_forward and "@" not in text:
        return None
    lines = text.split("\n")
    for index in range(len(lines)):
        boundary = boundary_at(lines, index) if lines[index] else None
        if boundary is None:
            continue
        if boundary.kind == "forward" or (says_forward and boundary.kind in ("headers", "separator")):
            return _forward(lines, boundary.start)
        if boundary.open_ended and not says_forward:
            return None
    return None


def _forward(lines: list[str], start: int) -> Forward:
    sender: Address | None = None
    subject = ""
    body = min(start + 1, len(lines))
    for at in range(start, min(start + 16, len(lines))):
        line = lines[at].lstrip("> \t")
        found = HEADER_LINE.match(line)
        if found is None:
            if body < at - 1 and not line.strip():
                break
            continue
        body = at + 1
        value = found.group("value").strip(" *_\xa0")
        if found.group("sender") and sender is None:
            sender = _named(value or (lines[at + 1] if at + 1 < len(lines) else ""))
        elif found.group("subject") and not subject:
            subject = value
    return Forward(sender=sender, subject=subject, text="\n".join(_unmarked(lines[body:])).strip())


def _named(value: str) -> Address | None:
    found = _ADDRESS.search(value.replace("mailto:", " "))
    if found is None or not is_safe_recipient(found.group()):
        return None
    name = value[: found.start()].replace("mailto:", "").strip(" <[(\"'*")
    return Address(name=name[:200], address=found.group())


def _unmarked(lines: list[str]) -> list[str]:
    marked = [line for line in lines if line.strip()]
    if marked and all(line.lstrip().startswith(">") for line in marked):
        return [line.lstrip()[1:].removeprefix(" ") for line in lines]
    return lines

"""The agents' grammar (CONTRACTS, "Agent commands"): from the new text of a mail to commands, or to what is wrong.

A command is a line that begins with `/`, before any other text. Either every line is understood or none is acted on.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from mailbot.claims.words import ProblemKind, Proof, Resolution, Wanted

InspectionWord = Literal["defect", "no-defect", "misuse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Approve:
    """`/approve [ITEM] [refund|replacement]`; items count from 1, None means every item."""

    item: int | None = None
    resolution: Resolution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decline:
    """`/decline [ITEM] REASON`; the customer reads the reason."""

    reason: str
    item: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`/request KIND…`: asks the customer for these."""

    wanted: tuple[Wanted, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowsProof:
    """`/evidence N KIND`: attachment N shows KIND."""

    number: int
    proof: Proof


@dataclass(frozen=True, slots=True, kw_only=True)
class SetOrder:
    """`/order NUMBER`."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmOwner:
    """`/owner ADDRESS`: this sender may act for the order."""

    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Admit:
    """`/admit`: lets the pending writers in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProduct:
    """`/product [ITEM] SKU [QUANTITY]`."""

    sku: str
    quantity: int | None = None
    item: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetProblem:
    """`/problem [ITEM] KIND`."""

    kind: ProblemKind
    item: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPreference:
    """`/prefer refund|replacement`."""

    resolution: Resolution


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyToCustomer:
    """`/reply`: the text below goes to the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """`/note TEXT`: kept on the claim, sent to nobody."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTracking:
    """`/tracking NUMBER`: the parcel is on its way."""

    number: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelReceived:
    """`/received`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspect:
    """`/inspect [ITEM] defect|no-defect|misuse [missing NAME…]`."""

    result: InspectionWord
    missing: tuple[str, ...] = ()
    item: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refunded:
    """`/refunded AMOUNT CURRENCY`."""

    amount: Decimal
    currency: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipped:
    """`/shipped TRACKING`: the replacement after a confirmed defect, otherwise the item itself back to the customer."""

    tracking: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Close:
    """`/close REASON`; the customer reads the reason."""

    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Undo:
    """`/undo`: the last command, while its letter has not gone out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowStatus:
    """`/status`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShowHelp:
    """`/help`."""


Command = (
    Approve
    | Decline
    | Request
    | ShowsProof
    | SetOrder
    | ConfirmOwner
    | Admit
    | SetProduct
    | SetProblem
    | SetPreference
    | ReplyToCustomer
    | Note
    | SetTracking
    | ParcelReceived
    | Inspect
    | Refunded
    | Shipped
    | Close
    | Undo
    | ShowStatus
    | ShowHelp
)


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """One command with the line it was written as and the name it goes by in `[[agents]].may`."""

    name: str
    line: str
    command: Command


@dataclass(frozen=True, slots=True, kw_only=True)
class Instructions:
    """What an agent's text says: commands, and the text under them (a note, or the letter after `/reply`)."""

    commands: tuple[CommandLine, ...]
    text: str


class CommandErrors(Exception):
    """The text cannot be acted on; `problems` say for each line what is wrong and what was probably meant."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class _Misread(Exception):
    """One line that does not fit its command's form."""


USAGE: Mapping[str, str] = {
    "approve": "/approve [ITEM] [refund|replacement]",
    "decline": "/decline [ITEM] REASON",
    "request": "/request KIND…",
    "evidence": "/evidence N KIND",
    "order": "/order NUMBER",
    "owner": "/owner ADDRESS",
    "admit": "/admit",
    "product": "/product [ITEM] SKU [QUANTITY]",
    "problem": "/problem [ITEM] KIND",
    "prefer": "/prefer refund|replacement",
    "reply": "/reply (the text below goes to the customer)",
    "note": "/note TEXT",
    "tracking": "/tracking NUMBER",
    "received": "/received",
    "inspect": "/inspect [ITEM] defect|no-defect|misuse [missing NAME…]",
    "refunded": "/refunded AMOUNT CURRENCY",
    "shipped": "/shipped TRACKING",
    "close": "/close REASON",
    "undo": "/undo",
    "status": "/status",
    "help": "/help",
}
"""Every command of this version and its form, in the order in which `/help` lists them."""

CHANGES_NOTHING = frozenset({"status", "help"})
"""Commands that only tell: they spend no token."""

# Outlook writes no-break spaces where two spaces were typed.
_COMMAND_LINE = re.compile(r"/(?P<name>[A-Za-z][A-Za-z-]{0,30})(?:[ \t\u00a0]+(?P<rest>.*))?")
_AMOUNT = re.compile(r"[0-9]{1,9}(?:[.,][0-9]{1,2})?")
_CURRENCY = re.compile(r"[A-Za-z]{3}")
_ADDRESS = re.compile(r"[^\s@<>,;\"]{1,64}@[^\s@<>,;\"]{1,250}")
_MAX_LINE = 2_000


def parse_instructions(text: str) -> Instructions:
    """Read an agent's new text.

    A text whose first line is no command has no commands at all; it is a note. Raises CommandErrors where any command
    line is not understood, where a command stands again below other text, or where two commands contradict each other.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    head, below = _split(lines)
    problems: list[str] = []
    read: list[CommandLine] = []
    for line in head:
        try:
            read.append(_read_line(line))
        except _Misread as error:
            problems.append(str(error))
    if head:
        problems.extend(
            f"“{line.strip()}” stands below other text: commands come first, so it is not clear whether it is meant"
            for line in below
            if _names_a_command(line)
        )
    body = "\n".join(below).strip()
    problems.extend(_contradictions(read, body))
    if problems:
        raise CommandErrors(tuple(problems))
    return Instructions(commands=tuple(read), text=body)


def _split(lines: list[str]) -> tuple[list[str], list[str]]:
    head: list[str] = []
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        if not line.lstrip().startswith("/"):
            return head, lines[index:]
        head.append(line.strip())
    return head, []


def _names_a_command(line: str) -> bool:
    found = _COMMAND_LINE.fullmatch(line.strip())
    return found is not None and found["name"].lower() in USAGE


def _contradictions(read: list[CommandLine], body: str) -> list[str]:
    """Two words on one thing, or a `/reply` without a text, are not for us to choose between."""
    problems: list[str] = []
    names = [line.name for line in read]
    for name in _ONCE:
        if names.count(name) > 1:
            problems.append(f"/{name} stands twice; write it once")
    if "undo" in names and len(names) > 1:
        problems.append("/undo takes back the last command mail and goes alone")
    for kind, what in _ABOUT_ONE_ITEM:
        problems.extend(_said_twice([line for line in read if isinstance(line.command, kind)], what))
    verdicts = ["/approve or /decline"] if {"approve", "decline"} & set(names) else []
    verdicts += [f"/{name}" for name in ("request", "close") if name in names]
    if len(verdicts) > 1:
        said = " and ".join(verdicts)
        problems.append(f"{said} contradict each other, and the customer would read both; write one of them")
    if "reply" in names and not body:
        problems.append("/reply needs the text for the customer on the lines below it")
    return problems


_ONCE = ("reply", "undo", "received", "refunded", "shipped", "close", "request", "order", "prefer", "tracking", "admit")

_ABOUT_ONE_ITEM: tuple[tuple[tuple[type[Command], ...], str], ...] = (
    ((Approve, Decline), "judge"),
    ((Inspect,), "inspect"),
    ((SetProblem,), "set the problem of"),
    ((SetProduct,), "set the product of"),
)


def _said_twice(lines: list[CommandLine], what: str) -> list[str]:
    """Lines of one kind that are about the same item; no number means every item."""
    problems = []
    seen: dict[int | None, str] = {}
    for line in lines:
        item = _item_of(line.command)
        earlier = seen.get(item) or (next(iter(seen.values()), None) if item is None else seen.get(None))
        if earlier is not None:
            problems.append(f"“{earlier}” and “{line.line}” both {what} the same item; write one of them")
        seen[item] = line.line
    return problems


def _item_of(command: Command) -> int | None:
    match command:
        case Approve() | Decline() | Inspect() | SetProblem() | SetProduct():
            return command.item
        case _:
            return None


def _read_line(line: str) -> CommandLine:
    if len(line) > _MAX_LINE:
        raise _Misread(f"“{line[:60]}…” is longer than {_MAX_LINE} characters")
    found = _COMMAND_LINE.fullmatch(line)
    if found is None or found["name"].lower() not in USAGE:
        written = found["name"] if found else line
        near = _nearest(written.lower().lstrip("/ "), USAGE)
        meant = f"; did you mean “{USAGE[near]}”?" if near else "; /help lists the commands"
        raise _Misread(f"“{line[:80]}” is not a command{meant}")
    name = found["name"].lower()
    rest = (found["rest"] or "").strip()
    try:
        command = _READERS[name](rest)
    except _Misread as error:
        raise _Misread(f"“{line[:80]}”: {error}; the form is {USAGE[name]}") from None
    return CommandLine(name=name, line=line, command=command)


def _nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that differs by the fewest edits, None where more than a third of it would have to change."""
    if not word:
        return None
    best = min(known, key=lambda name: (_edits(word[:40], name), name))
    return best if _edits(word[:40], best) <= max(1, len(best) // 3) else None


def _edits(one: str, other: str) -> int:
    row = list(range(len(other) + 1))
    for index, left in enumerate(one, start=1):
        previous, row[0] = row[0], index
        for place, right in enumerate(other, start=1):
            previous, row[place] = row[place], min(row[place] + 1, row[place - 1] + 1, previous + (left != right))
    return row[-1]


def _item_and_rest(rest: str) -> tuple[int | None, str]:
    first, remainder = _first_word(rest)
    if first.isascii() and first.isdigit() and len(first) <= 2:
        if int(first) == 0:
            raise _Misread("items count from 1")
        return int(first), remainder
    return None, rest


def _first_word(text: str) -> tuple[str, str]:
    words = text.split(maxsplit=1)
    return (words[0] if words else ""), (words[1].strip() if len(words) > 1 else "")


def _nothing(rest: str) -> None:
    if rest:
        raise _Misread(f"takes nothing after its name, but “{rest[:40]}” stands there")


def _one_of(word: str, allowed: list[str]) -> str:
    cleaned = word.lower()
    if not cleaned:
        raise _Misread(f"needs one of {', '.join(allowed)}")
    if cleaned not in allowed:
        near = _nearest(cleaned, allowed)
        meant = f"; did you mean “{near}”?" if near else ""
        raise _Misread(f"“{word[:40]}” is not one of {', '.join(allowed)}{meant}")
    return cleaned


def _as_name(words: str) -> str:
    """“package front” and “Package-Front” as the vocabularies write it."""
    return "_".join(words.replace("-", " ").replace("_", " ").split())


def _read_approve(rest: str) -> Command:
    item, word = _item_and_rest(rest)
    if not word:
        return Approve(item=item)
    return Approve(item=item, resolution=Resolution(_one_of(word, ["refund", "replacement"])))


def _read_decline(rest: str) -> Command:
    item, reason = _item_and_rest(rest)
    if not reason:
        raise _Misread("needs a reason, which the customer reads")
    return Decline(item=item, reason=reason)


def _read_request(rest: str) -> Command:
    words = rest.replace(",", " ").split()
    if not words:
        raise _Misread(f"needs one or more of {', '.join(Wanted)}")
    allowed = [one.value for one in Wanted]
    named = {_one_of(_as_name(word), allowed) for word in words}
    return Request(wanted=tuple(one for one in Wanted if one.value in named))


def _read_evidence(rest: str) -> Command:
    number, word = _first_word(rest)
    if not (number.isascii() and number.isdigit() and len(number) <= 4 and int(number) > 0):
        raise _Misread("needs the number of an attachment first")
    return ShowsProof(number=int(number), proof=Proof(_one_of(_as_name(word), [one.value for one in Proof])))


def _word(rest: str, what: str) -> str:
    if not rest:
        raise _Misread(f"needs {what}")
    if len(rest.split()) > 1:
        raise _Misread(f"needs {what}, one word")
    return rest


def _read_order(rest: str) -> Command:
    if not rest:
        raise _Misread("needs the order's number")
    return SetOrder(number=rest)


def _read_owner(rest: str) -> Command:
    address = _word(rest, "a mail address")
    if not _ADDRESS.fullmatch(address):
        raise _Misread(f"“{address[:60]}” is not a mail address")
    return ConfirmOwner(address=address)


def _quantity(word: str) -> int:
    if not (word.isascii() and word.isdigit() and len(word) <= 4 and int(word) > 0):
        raise _Misread(f"“{word[:20]}” is not a quantity")
    return int(word)


def _read_product(rest: str) -> Command:
    words = rest.split()
    picks_item = len(words) == 3 or (len(words) == 2 and not words[1].isdigit())
    item: int | None = None
    if picks_item:
        item, remainder = _item_and_rest(rest)
        words = remainder.split()
    if not words or len(words) > 2:
        raise _Misread("needs a SKU, and may name a quantity")
    return SetProduct(item=item, sku=words[0], quantity=_quantity(words[1]) if len(words) == 2 else None)


def _read_problem(rest: str) -> Command:
    item, word = _item_and_rest(rest)
    allowed = [one.value for one in ProblemKind if one not in (ProblemKind.UNCLEAR, ProblemKind.NONE)]
    return SetProblem(item=item, kind=ProblemKind(_one_of(_as_name(word), allowed)))


def _read_prefer(rest: str) -> Command:
    return SetPreference(resolution=Resolution(_one_of(rest, ["refund", "replacement"])))


def _read_note(rest: str) -> Command:
    if not rest:
        raise _Misread("needs a text")
    return Note(text=rest)


def _read_inspect(rest: str) -> Command:
    item, words = _item_and_rest(rest)
    result, remainder = _first_word(words)
    found = _one_of(result, ["defect", "no-defect", "misuse"])
    missing: tuple[str, ...] = ()
    if remainder:
        keyword, names = _first_word(remainder)
        if keyword.lower() != "missing" or not names:
            raise _Misread(f"after “{found}” only “missing NAME…” may follow")
        pieces = names.split(",") if "," in names else names.split()
        missing = tuple(piece.strip() for piece in pieces if piece.strip())
    match found:
        case "defect":
            return Inspect(item=item, result="defect", missing=missing)
        case "no-defect":
            return Inspect(item=item, result="no-defect", missing=missing)
        case _:
            return Inspect(item=item, result="misuse", missing=missing)


def _read_refunded(rest: str) -> Command:
    words = rest.split()
    if len(words) != 2 or not _AMOUNT.fullmatch(words[0]) or not _CURRENCY.fullmatch(words[1]):
        raise _Misread("needs an amount such as 239.00 and a currency such as EUR")
    amount = Decimal(words[0].replace(",", "."))
    if amount <= 0:
        raise _Misread("needs an amount above zero")
    return Refunded(amount=amount, currency=words[1].upper())


def _read_shipped(rest: str) -> Command:
    if not rest:
        raise _Misread("needs the parcel's tracking number")
    return Shipped(tracking=rest)


def _read_tracking(rest: str) -> Command:
    if not rest:
        raise _Misread("needs the parcel's tracking number")
    return SetTracking(number=rest)


def _read_close(rest: str) -> Command:
    if not rest:
        raise _Misread("needs a reason, which the customer reads")
    return Close(reason=rest)


def _bare(make: Callable[[], Command]) -> Callable[[str], Command]:
    def read(rest: str) -> Command:
        _nothing(rest)
        return make()

    return read


_READERS: Mapping[str, Callable[[str], Command]] = {
    "approve": _read_approve,
    "decline": _read_decline,
    "request": _read_request,
    "evidence": _read_evidence,
    "order": _read_order,
    "owner": _read_owner,
    "admit": _bare(Admit),
    "product": _read_product,
    "problem": _read_problem,
    "prefer": _read_prefer,
    "reply": _bare(ReplyToCustomer),
    "note": _read_note,
    "tracking": _read_tracking,
    "received": _bare(ParcelReceived),
    "inspect": _read_inspect,
    "refunded": _read_refunded,
    "shipped": _read_shipped,
    "close": _read_close,
    "undo": _bare(Undo),
    "status": _bare(ShowStatus),
    "help": _bare(ShowHelp),
}

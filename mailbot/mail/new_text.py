"""What a mail adds: its text without quotations, signatures, footers and disclaimers; and an agent's commands."""

import re
from dataclasses import dataclass
from functools import cache

import quotequail
from mailparser_reply import EmailReplyParser
from mailparser_reply.constants import MAIL_LANGUAGES

from mailbot.mail.farewell import told_below_signature, without_disclaimers, without_farewell, without_name
from mailbot.mail.frames import cut_at_reply_line, without_frame
from mailbot.mail.inbound import InboundMail
from mailbot.mail.interleaved import typed_within
from mailbot.mail.quotation import Boundary, boundary_at, is_quoted

# Both libraries hang on long runs and long texts (DESIGN, "Choices made"): they get what a person would read at most.
_MAX_FOR_LIBRARIES = 20_000
_MAX_LINES_FOR_LIBRARIES = 400
_RUN = re.compile(r"(\S)\1{79,}|[ \t]{40,}")
_MARGIN = 66  # characters; mail programs break at 72 to 78
_LIST_FOOTER = re.compile(r"^[ \t]*_{20,}[ \t]*$")
_TRAILING_RULE = re.compile(r"^[ \t]*([-_=*~#─━—])\1{2,}[ \t]*$")
_BLANK_LINES = re.compile(r"\n{3,}")

_HINTS = re.compile(
    r"^[ \t]?>|^[ \t]*(?:[-_=*]{2,}|—)|[:：][ \t*_]*$|"
    r"^[ \t*_]{0,8}[^\s:：]{1,20}(?: [^\s:：]{1,12}){0,2}[ \t*_\xa0]{0,8}[:：].*@",
    re.MULTILINE,
)


def new_text(text: str, writer: str = "") -> str:
    """The text that only this mail adds, "" where it adds none. Never raises; linear but for what libraries get.

    `writer` is the display name of its sender, to know the name that stands alone below many mails.
    Own reading first. Where the mail quotes, mail-parser-reply and quotequail read it too and the shortest non-empty
    answer counts, since each of the three misses quotations that the others know; not where the writer answered between
    or below the quoted lines, which the libraries would cut off.
    """
    collapsed = _RUN.sub(lambda found: found.group()[:40], text)
    lines = [line.rstrip() for line in collapsed.split("\n")]
    inside = without_frame(cut_at_reply_line(_without_armour(lines)))
    if len(inside) != len(lines):
        lines = inside
        collapsed = "\n".join(lines)
    own, answers_below = _own_reading(lines)
    if _quotes(collapsed) and not answers_below and own:
        for other in _as_libraries_read(collapsed):
            reread, _ = _own_reading(other.split("\n"))
            if reread and len(reread) < len(own) and _cut_at_a_quotation(own, reread):
                own = reread
    return without_name(own, writer)


def _cut_at_a_quotation(own: str, shorter: str) -> bool:
    """Whether what a library cut off begins as quotations do: to one of them a customer's "Data: 3.11." "
    "is a header."""
    if not own.startswith(shorter):
        return False
    first = next((line.strip() for line in own[len(shorter) :].split("\n") if line.strip()), "")
    return "@" in first or first.endswith((":", "：")) or first.startswith((">", "--", "__", "=="))


def _quotes(text: str) -> bool:
    return _HINTS.search(text) is not None


@cache
def _reply_parser() -> EmailReplyParser:
    return EmailReplyParser(languages=list(MAIL_LANGUAGES))


def _as_libraries_read(text: str) -> list[str]:
    if len(text) > _MAX_FOR_LIBRARIES or text.count("\n") > _MAX_LINES_FOR_LIBRARIES:
        return []
    readings: list[str] = []
    try:
        readings.append(_reply_parser().parse_reply(text) or "")
    except Exception:  # both libraries raise on odd texts; own reading stands
        readings.append("")
    try:
        readings.append("\n".join(part for expanded, part in quotequail.quote(text, quote_intro_line=True) if expanded))
    except Exception:  # as above
        readings.append("")
    return readings


# Own reading ----------------------------------------------------------------------------------------------------------


def _own_reading(lines: list[str]) -> tuple[str, bool]:
    """The writer's own lines, and whether he wrote below or between what he quotes."""
    segments: list[list[str]] = [[]]
    quoted_before = False
    answers_below = False
    index = 0
    while index < len(lines):
        boundary = boundary_at(lines, index) if lines[index] else None
        if boundary is None and _LIST_FOOTER.match(lines[index]) and _rest_is_short(lines, index + 1):
            index = _next_quotation(lines, index + 1)
            continue
        if boundary is None:
            segments[-1].append(lines[index])
            answers_below = answers_below or (quoted_before and bool(lines[index].strip()))
            index += 1
            continue
        if boundary.kind == "footer":
            # What follows a footer unmarked is what is answered; what follows it marked may be answered below.
            index = _next_quotation(lines, boundary.end) if boundary.open_ended else boundary.end
            segments.append([])
            continue
        if boundary.open_ended:
            answers = [typed.answer for typed in typed_within(lines, boundary.end, len(lines))]
            segments += [[answer] for answer in answers] if boundary.kind != "forward" else []
            break
        if boundary.kind in ("quoted", "attribution"):
            quoted_before = True
            index = _after_quotation(lines, boundary)
            segments += [[typed.answer] for typed in typed_within(lines, boundary.start, index)]
            segments.append([])
        elif boundary.kind == "signature" and _rest_is_short(lines, boundary.end):
            index = _next_quotation(lines, boundary.end)
            segments[-1] += told_below_signature(lines[boundary.end : index])
        else:
            segments[-1].append(lines[index])
            index += 1
    trimmed = [without_farewell(without_disclaimers(segment)) for segment in segments]
    body = "\n\n".join(part for part in ("\n".join(segment).strip("\n") for segment in trimmed) if part.strip())
    if not body.strip():
        body = "\n\n".join(
            part for part in ("\n".join(without_disclaimers(segment)).strip() for segment in segments) if part
        )
    return _BLANK_LINES.sub("\n\n", _without_trailing_rules(body)).strip(), answers_below and bool(body)


# RFC 4880 section 7: a signed text stands between two lines of its own, what begins with a dash has one more.
def _without_armour(lines: list[str]) -> list[str]:
    begins = next((at for at, line in enumerate(lines) if line.startswith("-----BEGIN PGP SIGNED MESSAGE")), None)
    if begins is not None:
        ends = next((at for at in range(begins, len(lines)) if lines[at].startswith("-----BEGIN PGP SIGNATURE")), None)
        blank = next((at for at in range(begins, len(lines)) if not lines[at]), begins)
        signed = [line.removeprefix("- ") if line.startswith("- -") else line for line in lines[blank + 1 : ends]]
        return [*lines[:begins], *signed]
    block = next((at for at, line in enumerate(lines) if line.startswith("-----BEGIN PGP ")), None)
    return lines if block is None else lines[:block]


def _after_quotation(lines: list[str], boundary: Boundary) -> int:
    index = boundary.end
    while index < len(lines) and (is_quoted(lines[index]) or not lines[index].strip() or _is_wrapped(lines, index)):
        index += 1
    return index


def _is_wrapped(lines: list[str], index: int) -> bool:
    """Whether this unmarked line is the rest of a quoted one that a mail program broke at its margin."""
    return (
        index > 0
        and len(lines[index - 1]) >= _MARGIN
        and is_quoted(lines[index - 1])
        and index + 1 < len(lines)
        and is_quoted(lines[index + 1])
    )


def _next_quotation(lines: list[str], index: int) -> int:
    while index < len(lines) and not _begins_a_quotation(lines, index):
        index += 1
    return index


def _begins_a_quotation(lines: list[str], index: int) -> bool:
    found = boundary_at(lines, index)
    return found is not None and found.kind not in ("signature", "footer")


def _rest_is_short(lines: list[str], index: int) -> bool:
    # RFC 3676 section 4.3: four lines are good manners; companies take a dozen. More is text below a row of dashes.
    written = 0
    while index < len(lines) and not _begins_a_quotation(lines, index):
        written += bool(lines[index].strip())
        if written > 16:
            return False
        index += 1
    return True


def _without_trailing_rules(text: str) -> str:
    lines = text.split("\n")
    while lines and (not lines[-1].strip() or _TRAILING_RULE.match(lines[-1])):
        lines.pop()
    return "\n".join(lines)


# An agent's commands --------------------------------------------------------------------------------------------------

# Format characters, fillers and variation selectors: what is not seen may not stand in a command.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_COMMAND = re.compile(r"^/[A-Za-z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandText:
    """The head of an agent's new text: all lines before any quotation, signature or footer; "" if none."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Two readers could read different commands in this mail: nothing is done, and the agent is told why."""

    reason: str


def command_text(mail: InboundMail) -> CommandText | Ambiguous:
    """What an agent typed, for the grammar to read; Ambiguous where a mail program shows other things "
    "(ATTACKS A2)."""
    plain = _head(mail.text_part)
    visible = _head(mail.html_text)
    if any(_UNSEEN.search(line) for head in (plain, visible) for line in head if _seems_a_command(line)):
        return Ambiguous(reason="a command line holds characters that cannot be seen")
    if mail.defects and (_commands(plain) or _commands(visible)):
        return Ambiguous(reason=f"the message can be read in two ways: {mail.defects[0]}")
    if not mail.html_text.strip():
        return CommandText(text="\n".join(plain))
    if not mail.text_part.strip():
        return CommandText(text="\n".join(visible))
    if _commands(plain) == _commands(visible):
        return CommandText(text="\n".join(plain))
    # A mail program may wrap a long line in one part and not in the other; then all words are the same.
    if len(_commands(plain)) == len(_commands(visible)) and " ".join(plain).split() == " ".join(visible).split():
        return CommandText(text="\n".join(visible))
    return Ambiguous(reason="the text and the HTML of the message hold different commands")


def _head(text: str) -> list[str]:
    lines = [line.strip() for line in text.split("\n")]
    head: list[str] = []
    for index, line in enumerate(lines):
        if boundary_at(lines, index) is not None:
            break
        head.append(line)
    while head and not head[-1]:
        head.pop()
    while head and not head[0]:
        head.pop(0)
    return head


def _seems_a_command(line: str) -> bool:
    return _UNSEEN.sub("", line).strip().startswith("/")


def _commands(head: list[str]) -> list[str]:
    return [" ".join(line.split()) for line in head if _COMMAND.match(line)]

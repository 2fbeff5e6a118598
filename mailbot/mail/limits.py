"""Own limits, held before any library sees the bytes; what is cut is named, so that a person looks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

MAX_HEADER = 16 * 1024  # bytes of one header field; the stdlib's readers are quadratic in it (DESIGN, traps)
MAX_HEADERS = 100 * 1024  # bytes of all of them
MAX_DEPTH = 100
MAX_PARTS = 1000
MAX_TEXT = 256 * 1024  # characters that readers get
MAX_LINE = 4096  # characters of a line that readers get

# RFC 5322 section 4.5.2 lets white space stand before the colon.
_FIELD = re.compile(rb"([!-9;-~]{1,200})[ \t]*:(.*)", re.DOTALL)
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_MBOX = re.compile(rb">?From ")
_BOUNDARY = re.compile(
    rb"boundary[ \t]*\*?(?:0\*?)?[ \t]*=[ \t]*(?:\"([^\"\r\n]{1,200})\"|([^\s;\"]{1,200}))", re.IGNORECASE
)
_DASHES = re.compile(rb"^--", re.MULTILINE)

# At least one of these stands in every message that a server delivers.
_KNOWN = frozenset(
    (
        b"from",
        b"to",
        b"subject",
        b"date",
        b"message-id",
        b"received",
        b"return-path",
        b"mime-version",
        b"content-type",
        b"sender",
        b"cc",
        b"reply-to",
        b"delivered-to",
        b"content-transfer-encoding",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trimmed:
    """A message within the limits: its header fields as (name, raw value), undeclared bytes as surrogate escapes.

    `defects` say what was cut or could be read in two ways; `unreadable` why it is no message ("" if it is one).
    """

    fields: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    defects: tuple[str, ...] = ()
    unreadable: str = ""


def trimmed(raw: bytes) -> Trimmed:
    """Split a message into its header fields and its body, and cut both to the limits. Linear; never raises."""
    if not raw.strip(b"\r\n \t\x00"):
        return Trimmed(unreadable="it is empty")
    defects: list[str] = []
    position = len(raw) - len(raw.lstrip(b"\r\n"))
    mbox = _MBOX.match(raw, position)
    if mbox and (line := _LINE.match(raw, position)):
        position = line.end()
    fields: list[tuple[str, bytearray]] = []
    total = 0
    while position < len(raw):
        line = _LINE.match(raw, position)
        if line is None or line.end() == position:
            break
        content = line.group()
        bare = content.rstrip(b"\r\n")
        if not bare:
            position = line.end()
            break
        if bare[0] in b" \t" and fields:
            _add(fields[-1][1], content, defects)
        elif found := _FIELD.fullmatch(bare):
            if total > MAX_HEADERS:
                defects.append("more than 100 KiB of headers: the rest was left out")
                position = _end_of_headers(raw, position)
                break
            if bare[len(found.group(1)) : len(found.group(1)) + 1] in (b" ", b"\t"):
                defects.append("white space before the colon of a header")
            value = bytearray()
            fields.append((found.group(1).decode("ascii"), value))
            _add(value, found.group(2), defects)
        else:
            if not fields:
                return Trimmed(unreadable="it does not begin with a header")
            # Programs differ in whether the body begins here or the line is skipped: the next line tells.
            defects.append("a line among the headers that is none")
            if not _goes_on(raw, line.end()):
                break
            fields.append(("", bytearray()))  # takes the folds of the line that is skipped
        if content.endswith(b"\r"):
            defects.append("a bare CR among the headers")
        total += len(content)
        position = line.end()
    if not fields:
        return Trimmed(unreadable="it does not begin with a header")
    if not any(name.lower().encode() in _KNOWN for name, _ in fields):
        return Trimmed(unreadable="none of its headers is one of a mail")
    if any(b"\x00" in value for _, value in fields):
        defects.append("a NUL among the headers")
    body = _within_structure_limits(raw, position, defects)
    return Trimmed(
        fields=tuple(
            (name, value.decode("ascii", "surrogateescape").strip(" \t\r\n")) for name, value in fields if name
        ),
        body=body,
        defects=tuple(dict.fromkeys(defects)),
    )


def _add(value: bytearray, content: bytes, defects: list[str]) -> None:
    room = MAX_HEADER - len(value)
    if len(content) > room:
        defects.append("a header of more than 16 KiB: its end was left out")
    value += content[: max(0, room)]


def _goes_on(raw: bytes, position: int) -> bool:
    following = _LINE.match(raw, position)
    if following is None:
        return False
    bare = following.group().rstrip(b"\r\n")
    return bare[:1] in (b" ", b"\t") or _FIELD.fullmatch(bare) is not None


def _end_of_headers(raw: bytes, position: int) -> int:
    found = re.compile(rb"\r\n\r\n|\n\n|\r\r").search(raw, position)
    return found.end() if found else len(raw)


def _boundaries(raw: bytes) -> Iterator[re.Match[bytes]]:
    # The word is looked for first: a regular expression over a photo costs more than all the rest of its parsing.
    lowered = raw.lower()
    position = lowered.find(b"boundary")
    while position >= 0:
        if found := _BOUNDARY.match(raw, position):
            yield found
        position = lowered.find(b"boundary", position + 8)


def _within_structure_limits(raw: bytes, position: int, defects: list[str]) -> bytes:
    """Cut where more than 100 levels or 1,000 parts could begin, counted from what must announce them."""
    body = raw[position:]
    # The first boundary stands among the headers, so it is looked for in all of the message.
    boundaries: list[bytes] = []
    for found in _boundaries(raw):
        boundaries.append(found.group(1) or found.group(2))
        if len(boundaries) > MAX_DEPTH:
            defects.append("more than 100 levels: the rest was left out")
            body = body[: max(0, found.start() - position)]
            break
    if body.count(b"--") > MAX_PARTS and boundaries:
        opening = tuple(dict.fromkeys(boundaries))
        parts = 0
        for found in _DASHES.finditer(body):
            if body.startswith(opening, found.end()):
                parts += 1
                if parts > MAX_PARTS:
                    defects.append("more than 1,000 parts: the rest was left out")
                    return body[: found.start()]
    return body

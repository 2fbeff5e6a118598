"""A message over the limit, from its BODYSTRUCTURE: which parts to fetch, and one valid message composed of them.

Pure: nested tuples as IMAPClient parses them (RFC 9051 section 7.5.2) in, values and bytes out.
"""

import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.utils import collapse_rfc2231_value, decode_params
from typing import Any, TypeAlias

from mailbot.desk.ports import LeftOut, PartialMail

HEADER_LIMIT = 256 * 1024
MIME_HEADER_LIMIT = 16 * 1024
TEXT_LIMIT = 4 * 256 * 1024
"""Bytes of one text part as it travels: 256 KiB of characters, up to four bytes each."""
TEXTS_LIMIT = 40
"""How many text parts are fetched at most."""

# RFC 3464, RFC 8098, RFC 5965: reports that machines write; small, and what makes a bounce a bounce.
_REPORTS = frozenset({"message/delivery-status", "message/disposition-notification", "message/feedback-report"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part that is no multipart; `section` is its number in the message, `size` in bytes as it travels."""

    section: str
    content_type: str
    size: int
    filename: str
    is_attachment: bool

    @property
    def is_text(self) -> bool:
        """Whether it is something to read in the mail itself."""
        named = self.is_attachment or self.filename != ""
        return self.content_type in _REPORTS or (self.content_type.startswith("text/") and not named)


@dataclass(frozen=True, slots=True, kw_only=True)
class Multipart:
    """A multipart and what is in it."""

    subtype: str
    report_type: str | None
    parts: tuple["Structure", ...]


Structure: TypeAlias = Part | Multipart


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchedText:
    """A text part as it came: its own MIME header, and its body in its transfer encoding, perhaps cut short."""

    header: bytes
    body: bytes


def read_structure(body: Any, section: str = "") -> Structure:
    """The tree of a BODYSTRUCTURE. Raises (TypeError, ValueError, IndexError …) on what is none."""
    # IMAPClient gathers the parts of a multipart in a list; its further fields follow.
    if isinstance(body[0], list):
        prefix = f"{section}." if section else ""
        parameters = _parameters(body[2]) if len(body) > 2 else {}
        return Multipart(
            subtype=_token(body[1], "mixed"),
            report_type=_token(parameters.get("report-type"), "") or None,
            parts=tuple(read_structure(child, f"{prefix}{n}") for n, child in enumerate(body[0], start=1)),
        )
    disposition, disposition_parameters = _disposition(body[7:])
    return Part(
        section=section or "1",
        content_type=f"{_token(body[0], 'application')}/{_token(body[1], 'octet-stream')}",
        size=int(body[6]),
        filename=_name(disposition_parameters, "filename") or _name(_parameters(body[2]), "name"),
        is_attachment=disposition == "attachment",
    )


def text_parts(structure: Structure) -> tuple[Part, ...]:
    """The parts to fetch, in their order."""
    return tuple(part for part in _leaves(structure) if part.is_text)[:TEXTS_LIMIT]


def compose(header: bytes, structure: Structure, texts: Mapping[str, FetchedText]) -> PartialMail:
    """One message of the header and the text parts, nested as they were; what is not in `texts` is left out.

    The same input gives the same bytes, so that a message fetched twice is one and the same.
    """
    left_out = tuple(
        LeftOut(filename=part.filename, content_type=part.content_type, size=part.size)
        for part in _leaves(structure)
        if part.section not in texts
    )
    fields = _fields(header)
    if isinstance(structure, Part) and structure.section in texts:
        return PartialMail(raw=b"".join([*fields, b"\r\n", texts[structure.section].body]), left_out=left_out)
    about_the_message = [field for field in fields if not _describes_content(field)]
    boundary = hashlib.sha256(
        b"".join([header, *(part for text in texts.values() for part in (text.header, text.body))])
    ).hexdigest()[:32]
    content = _render(structure, texts, boundary) or b"Content-Type: text/plain\r\n\r\n"
    return PartialMail(raw=b"".join([*about_the_message, b"MIME-Version: 1.0\r\n", content]), left_out=left_out)


def compose_header_alone(header: bytes, size: int) -> PartialMail:
    """For a message whose structure cannot be read: its header, no text, and the whole of it named as left out."""
    unreadable = Part(section="1", content_type="message/rfc822", size=size, filename="", is_attachment=True)
    return compose(header, unreadable, {})


def cut_at_line(body: bytes, limit: int) -> bytes:
    """At most `limit` bytes, cut after a line where there is one: base64 and quoted-printable stay decodable."""
    if len(body) < limit:
        return body
    end = body.rfind(b"\n", 0, limit)
    return body[: end + 1] if end >= 0 else body[:limit]


def _render(structure: Structure, texts: Mapping[str, FetchedText], boundary: str, path: str = "") -> bytes:
    match structure:
        case Part(section=section):
            text = texts.get(section)
            return b"" if text is None else b"".join([*_fields(text.header), b"\r\n", text.body])
        case Multipart(subtype=subtype, report_type=report_type, parts=parts):
            rendered = [_render(part, texts, boundary, f"{path}.{n}") for n, part in enumerate(parts)]
            kept = [part for part in rendered if part]
            if not kept:
                return b""
            line = f"--=_{boundary}{path}".encode()
            report = f' report-type="{report_type}";' if report_type else ""
            head = f'Content-Type: multipart/{subtype};{report} boundary="=_{boundary}{path}"\r\n\r\n'.encode()
            return b"".join([head, *(b"%b\r\n%b\r\n" % (line, part) for part in kept), line, b"--\r\n"])


def _leaves(structure: Structure) -> Iterator[Part]:
    match structure:
        case Part():
            yield structure
        case Multipart(parts=parts):
            for part in parts:
                yield from _leaves(part)


def _fields(header: bytes) -> list[bytes]:
    """The fields of a header, unfolded nowhere, each with its line end; what is no field is dropped."""
    complete = cut_at_line(header, HEADER_LIMIT)
    fields = re.findall(rb"^[!-9;-~]+[ \t]*:[^\r\n]*(?:\r?\n[ \t][^\r\n]*)*", complete, re.MULTILINE)
    return [field + b"\r\n" for field in fields]


def _describes_content(field: bytes) -> bool:
    name = field.split(b":", 1)[0].strip().lower()
    return name == b"mime-version" or name.startswith(b"content-")


def _disposition(tail: Any) -> tuple[str, dict[str, str]]:
    # Its place depends on the type, and servers differ in what they put before it; its shape is unmistakable. pymap
    # gives the field as it was written.
    for item in tail:
        match item:
            case (bytes(name), None | tuple() as parameters):
                return _text(name).lower(), _parameters(parameters)
            case bytes(field) if re.match(rb"(?i)(attachment|inline)[ \t\r\n]*(;|\Z)", field):
                written = re.findall(r";\s*([^\s=;]+)\s*=\s*(\"[^\"]*\"|[^;\s]*)", _text(field))
                return _text(field).partition(";")[0].strip().lower(), {
                    key.lower(): value.strip('"') for key, value in written
                }
    return "", {}


def _parameters(pairs: Any) -> dict[str, str]:
    if not isinstance(pairs, tuple):
        return {}
    return {_text(key).lower(): _text(value) for key, value in zip(pairs[::2], pairs[1::2], strict=False)}


def _name(parameters: Mapping[str, str], key: str) -> str:
    """A file's name out of its parameters (RFC 2231, or encoded words as many mailers write them)."""
    mine = [(name, value) for name, value in parameters.items() if name == key or name.startswith(f"{key}*")]
    try:
        decoded = decode_params([("", ""), *mine])[1:]
        name = collapse_rfc2231_value(decoded[0][1]) if decoded else ""
        name = str(make_header(decode_header(name.strip('"'))))
    except (HeaderParseError, LookupError, ValueError, TypeError):
        name = next(iter(parameters.get(each, "") for each in (key, f"{key}*")))
    return "".join(c for c in name if c.isprintable())[:255]


def _token(value: Any, otherwise: str) -> str:
    text = _text(value).lower() if isinstance(value, bytes | str | int) else ""
    return text if re.fullmatch(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,126}", text) else otherwise


def _text(value: Any) -> str:
    if not isinstance(value, bytes):
        return str(value)
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")

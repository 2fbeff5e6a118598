"""Addresses: reading them out of headers, telling whose they are, and whether a letter may go there."""

import email.utils
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

import idna
import mailparser

from mailbot.mail.decoding import clean_line, header_text, unfolded
from mailbot.mail.inbound import Address

_MAX_ADDRESSES = 100
# A From header of honest programs is far shorter; the stdlib's address reader is quadratic in its length.
_MAX_FROM = 1000

_ATEXT = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9\-]{0,61}[A-Za-z0-9])?")
_ENCODED_WORD = re.compile(r"=\?[^?\s]{1,60}\?[bBqQ]\?[^?\s]*\?=")
_CONTROLS = re.compile("[\x00-\x08\x0a-\x1f\x7f]")


# Reading --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mailbox:
    """One mailbox as written; `odd` says what in it two readers could read in two ways ("" if nothing)."""

    name: str
    address: str
    odd: str


def _tokens(value: str) -> Iterator[tuple[str, str]]:
    """(kind, text) of an address header in one pass; `broken` is what was opened and not closed."""
    position = 0
    length = len(value)
    plain: list[str] = []
    while position < length:
        char = value[position]
        if char not in '"(<,;:=':
            plain.append(char)
            position += 1
            continue
        if char == "=" and (word := _ENCODED_WORD.match(value, position)):
            token, end = ("word", word.group()), word.end()
        elif char == "=":
            plain.append(char)
            position += 1
            continue
        elif char == '"':
            token, end = _until(value, position, '"', "quoted")
        elif char == "(":
            token, end = _comment(value, position)
        elif char == "<":
            token, end = _until(value, position, ">", "angle")
        else:
            token, end = ({",": "comma", ";": "semicolon", ":": "colon"}[char], char), position + 1
        if plain:
            yield "text", "".join(plain)
            plain.clear()
        yield token
        position = end
    if plain:
        yield "text", "".join(plain)


def _until(value: str, start: int, closing: str, kind: str) -> tuple[tuple[str, str], int]:
    position = start + 1
    text: list[str] = []
    while position < len(value):
        char = value[position]
        if char == "\\" and closing == '"' and position + 1 < len(value):
            text.append(value[position + 1])
            position += 2
            continue
        if char == closing:
            return (kind, "".join(text)), position + 1
        text.append(char)
        position += 1
    return ("broken", "".join(text)), position


def _comment(value: str, start: int) -> tuple[tuple[str, str], int]:
    depth = 0
    position = start
    text: list[str] = []
    while position < len(value):
        char = value[position]
        if char == "\\" and position + 1 < len(value):
            text.append(value[position + 1])
            position += 2
            continue
        depth += (char == "(") - (char == ")")
        if depth == 0:
            return ("comment", "".join(text)), position + 1
        if not (char == "(" and depth == 1):
            text.append(char)
        position += 1
    return ("broken", "".join(text)), position


def _mailboxes(value: str) -> list[_Mailbox]:
    found: list[_Mailbox] = []
    odd_group = ""
    chunk: list[tuple[str, str]] = []
    for kind, text in (*_tokens(value), ("comma", ",")):
        if kind == "colon":
            odd_group = "a group"
            chunk.clear()
        elif kind in ("comma", "semicolon"):
            if kind == "semicolon":
                odd_group = "a group"
            if (mailbox := _mailbox(chunk)) is not None:
                found.append(mailbox)
            chunk.clear()
            if len(found) >= _MAX_ADDRESSES:
                break
        else:
            chunk.append((kind, text))
    if odd_group:
        return [_Mailbox(name=each.name, address=each.address, odd=each.odd or odd_group) for each in found]
    return found


def _mailbox(chunk: list[tuple[str, str]]) -> _Mailbox | None:
    angles = [text for kind, text in chunk if kind == "angle"]
    comments = [text for kind, text in chunk if kind == "comment"]
    outside = "".join(text for kind, text in chunk if kind == "text")
    odd = ""
    if any(kind == "broken" for kind, _ in chunk):
        odd = "an open quotation, comment or bracket"
    if any("@" in comment or "<" in comment for comment in comments):
        odd = "an address in a comment"
    if angles:
        address = angles[-1].strip()
        last = max(index for index, (kind, _) in enumerate(chunk) if kind == "angle")
        if len(angles) > 1:
            odd = "two bracketed addresses"
        if any(kind != "comment" and text.strip() for kind, text in chunk[last + 1 :]):
            odd = "text after the address"
        if "@" in outside and outside.strip() != address:
            odd = "two addresses"
        words = [(kind, text) for kind, text in chunk if kind in ("text", "word", "quoted", "broken")]
    else:
        bare = [text for kind, text in chunk if kind == "text" and "@" in text]
        if not bare:
            return None
        address = "".join(bare).strip()
        if any(kind in ("quoted", "word") for kind, _ in chunk):
            odd = "a quoted local part"
        words = [("text", text) for text in comments]
    if not address or "@" not in address:
        return None
    if address.count("@") != 1 or any(char in address for char in ' \t"<>()[],:;\\'):
        odd = odd or "an address that is none"
    return _Mailbox(name=_display_name(words), address=clean_line(header_text(address)), odd=odd)


def _display_name(words: list[tuple[str, str]]) -> str:
    written: list[str] = []
    for index, (kind, text) in enumerate(words):
        # RFC 2047 section 6.2: no space between two encoded words.
        adjoining = kind == "word" and index > 0 and words[index - 1][0] == "word"
        written.append(text if adjoining or kind == "text" else f" {text}")
    return " ".join(header_text("".join(written)).split())[:200]


def addresses_in(raw: str) -> tuple[Address, ...]:
    """All mailboxes of an address header, leniently, for showing and for To and Cc (100 at most). Never raises."""
    return tuple(Address(name=each.name, address=each.address) for each in _mailboxes(unfolded(raw)))


def single_sender(raw_from: list[str]) -> Address | None:
    """The sender, where there is exactly one From with exactly one address and three readers agree on it; else None.

    The readers are this module's strict one, the stdlib's and mail-parser's: `agent@shop.example <evil@x.y>` is the
    agent to the second and evil to the third (DESIGN, traps). Groups, routes, comments that hold an address, quoted
    local parts, controls, and text after the address are refused although RFC 5322 allows some of them: nobody honest
    writes them.
    """
    if len(raw_from) != 1:
        return None
    value = unfolded(raw_from[0])
    if len(value) > _MAX_FROM or _CONTROLS.search(value):
        return None
    mailboxes = _mailboxes(value)
    if len(mailboxes) != 1 or mailboxes[0].odd:
        return None
    mailbox = mailboxes[0]
    if not is_safe_recipient(mailbox.address):
        return None
    if not value.isascii():
        try:
            value = value.encode("utf-8", "surrogateescape").decode("utf-8")
        except UnicodeError:
            return None
    for reading in (_as_stdlib_reads, _as_mail_parser_reads):
        if reading(value) != {mailbox.address}:
            return None
    return Address(name=mailbox.name, address=mailbox.address)


def _as_stdlib_reads(value: str) -> set[str]:
    try:
        return {address for _, address in email.utils.getaddresses([value]) if "@" in address}
    except Exception:  # the stdlib's address reader raises IndexError and worse on odd input: then it does not agree
        return set()


def _as_mail_parser_reads(value: str) -> set[str]:
    try:
        message = Message()
        message["From"] = value
        return {address for _, address in mailparser.MailParser(message).from_ if "@" in address}
    except Exception:  # mail-parser raises many kinds on odd headers (DESIGN): then it does not agree
        return set()


# Whose, and whether ---------------------------------------------------------------------------------------------------


def domain_of(address: str) -> str:
    """The domain in its A-label form, lower case, "" where there is none."""
    domain = address.rpartition("@")[2].strip().rstrip(".")
    return _a_label(domain)


def _a_label(domain: str) -> str:
    if domain.isascii():
        return domain.lower()
    try:
        return idna.encode(domain, uts46=True).decode("ascii").lower()
    except (idna.IDNAError, UnicodeError, IndexError, ValueError):
        return unicodedata.normalize("NFC", domain).lower()


def identity(address: str) -> str:
    """What an address is compared by: NFC, the domain as lower-case A-labels, the local part as it is (ATTACKS A12)."""
    local, at, _ = address.strip().rpartition("@")
    if not at:
        return unicodedata.normalize("NFC", address.strip())
    return f"{unicodedata.normalize('NFC', local)}@{domain_of(address)}"


def same_address(one: str, other: str) -> bool:
    """Whether two addresses are one identity; an empty one is nobody's."""
    return bool(one and other) and identity(one) == identity(other)


def matches_order_address(one: str, other: str) -> bool:
    """As same_address, with ASCII case of the local part folded: shops keep addresses as customers typed them."""
    return bool(one and other) and _ascii_folded(identity(one)) == _ascii_folded(identity(other))


def _ascii_folded(text: str) -> str:
    # Only ASCII: folding 'İ' or 'ß' would merge addresses that differ (ATTACKS A12).
    return "".join(chr(ord(char) + 32) if "A" <= char <= "Z" else char for char in text)


def is_safe_recipient(address: str) -> bool:
    """Whether it may stand in RCPT TO: a dot-atom, ASCII or SMTPUTF8 (RFC 6531), no literal or quoting (ATTACKS A9)."""
    local, at, domain = address.rpartition("@")
    if not at or len(local.encode("utf-8", "surrogatepass")) > 64 or len(address) > 254:
        return False
    if local.isascii():
        if not _ATEXT.fullmatch(local):
            return False
    elif not _is_utf8_dot_atom(local):
        return False
    if not domain.isascii() and any(unicodedata.category(char)[0] not in "LMN" for char in domain if char not in "-."):
        return False
    labels = _a_label(domain).split(".")
    return all(_LABEL.fullmatch(label) for label in labels)


def _is_utf8_dot_atom(local: str) -> bool:
    if local.startswith(".") or local.endswith(".") or ".." in local:
        return False
    return all(
        char == "."
        or (_ATEXT.fullmatch(char) is not None if char.isascii() else unicodedata.category(char)[0] in "LMNS")
        for char in local
    )


# Plus addresses -------------------------------------------------------------------------------------------------------


def with_plus(address: str, token: str) -> str:
    """returns@shop.example and a token give returns+token@shop.example (RFC 5233)."""
    local, _, domain = address.rpartition("@")
    return f"{local}+{token}@{domain}"


def plus_token(address: str, base: str) -> str | None:
    """The token of an address made by with_plus for `base`; None where it is not one of ours."""
    local, at, _ = address.strip().rpartition("@")
    base_local, base_at, _ = base.strip().rpartition("@")
    if not at or not base_at or domain_of(address) != domain_of(base):
        return None
    prefix = f"{base_local}+"
    if _ascii_folded(local[: len(prefix)]) != _ascii_folded(prefix):
        return None
    return local[len(prefix) :] or None

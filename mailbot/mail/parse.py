"""Raw bytes to an InboundMail: own limits, the stdlib's parser, mail-parser's second opinion on the sender."""

import binascii
import hashlib
import re
from collections.abc import Container, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import Message
from email.parser import BytesFeedParser
from email.policy import compat32
from email.utils import parsedate_to_datetime

from mailbot.mail.addresses import addresses_in, domain_of, is_safe_recipient, single_sender
from mailbot.mail.authenticity import dmarc_in, topmost
from mailbot.mail.automatic import Envelope, Household, kind_hint, why_automatic, why_silent
from mailbot.mail.decoding import (
    Parameterised,
    base64_bytes,
    clean_line,
    clean_text,
    codec_for,
    header_text,
    parameterised,
    text_of,
    unfolded,
)
from mailbot.mail.dsn import children_of, read_report
from mailbot.mail.forwards import Forward, forward_in, is_of_the_house
from mailbot.mail.html import charset_in, visible_text
from mailbot.mail.inbound import Address, Attachment, InboundMail
from mailbot.mail.interleaved import typed_within
from mailbot.mail.limits import MAX_DEPTH, MAX_HEADER, MAX_LINE, MAX_PARTS, MAX_TEXT, Trimmed, trimmed
from mailbot.mail.new_text import new_text
from mailbot.mail.threads import ids_in
from mailbot.mail.tnef import EMBEDDED_MAIL, EnclosedFile, Opened, is_tnef, opened

_MAX_NAME = 120  # characters of a file name that are shown
_CHUNK = 1 << 16

# RFC 5322 section 3.6: at most once each. Of the MIME fields a second one is the oldest trick (ATTACKS A10).
_SINGULAR = (
    "from",
    "sender",
    "reply-to",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "to",
    "content-type",
    "content-transfer-encoding",
    "content-disposition",
)
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+\-]{1,80}/[a-z0-9!#$&^_.+\-]{1,120}")
_ENCODING = re.compile(r"[\s\"']{0,20}([a-z0-9\-]+)")
_ENCODINGS = frozenset(
    ("7bit", "8bit", "binary", "base64", "quoted-printable", "x-uuencode", "uuencode", "uue", "x-uue")
)
_BASE64_AND_SPACE = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/= \t\r\n\x0b\x0c"
# Parts of a report about a mail: no files that somebody sent us.
_OF_A_REPORT = frozenset(
    (
        "message/delivery-status",
        "message/global-delivery-status",
        "message/disposition-notification",
        "message/feedback-report",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
    )
)
_WHOLE_MESSAGES = frozenset(("message/rfc822", "message/global"))


def parse(
    raw: bytes,
    *,
    own_authserv_id: str = "",
    own_addresses: frozenset[str] = frozenset(),
    own_list_ids: frozenset[str] = frozenset(),
    form_addresses: frozenset[str] = frozenset(),
    agent_addresses: frozenset[str] = frozenset(),
) -> InboundMail:
    """Read a message as it came from the server. Never raises: what is no message has `unreadable` set.

    `own_authserv_id` names the server whose Authentication-Results count; without one none does. `own_list_ids` and
    `form_addresses` are the shop's own group addresses and contact forms, which do not silence their customers. What
    one of `agent_addresses`, or somebody of the shop's own domain, forwards is its writer's new text, not a quotation.
    """
    within = trimmed(raw)
    if within.unreadable:
        return _unreadable(within.unreadable, raw)
    try:
        ours = Household(own_addresses=own_addresses, own_list_ids=own_list_ids, form_addresses=form_addresses)
        return _read(within, own_authserv_id, ours, agent_addresses)
    except Exception as error:  # the last line of defence: a poison mail goes to quarantine, the next one never waits
        return _unreadable(f"it could not be read ({type(error).__name__})", raw)


def _unreadable(why: str, raw: bytes) -> InboundMail:
    return InboundMail(
        message_id="",
        sender=None,
        from_as_written=(),
        reply_to=(),
        to=(),
        cc=(),
        subject="",
        date=None,
        in_reply_to="",
        references=(),
        text="",
        text_part="",
        html_text="",
        reply_text="",
        silent="no single sender address",
        unreadable=why,
        content_key=hashlib.sha256(raw).hexdigest(),
    )


def _read(within: Trimmed, own_authserv_id: str, ours: Household, agent_addresses: frozenset[str]) -> InboundMail:
    message = _message(within)
    raw_headers = within.fields
    content = _Content(defects=list(within.defects))
    content.defects += _repeated_headers(raw_headers)
    kind = parameterised(_first(raw_headers, "content-type"))
    report_type = ""
    if kind.value == "multipart/report" or (kind.value.startswith("multipart/") and kind.get("report-type")):
        report_type = kind.get("report-type").lower() or "report"
    content.is_report = bool(report_type)
    _gather(message, content, depth=1)
    if content.packed is not None and not any(each.text.strip() for each in content.bodies):
        content.bodies.append(content.packed)

    text_part = _for_readers("\n".join(each.plain for each in content.bodies if each.plain), content.defects)
    html_text = _for_readers("\n".join(each.visible for each in content.bodies if each.visible), content.defects)
    text = _for_readers("\n".join(each.text for each in content.bodies if each.text), content.defects)

    headers = tuple(
        (name, header_text(value)) for name, value in raw_headers if not name.lower().startswith("x-mailbot-")
    )
    subject = header_text(_first(raw_headers, "subject"), charset_hint=content.charset)
    sender = single_sender([value for name, value in raw_headers if name.lower() == "from"])
    authentication = topmost(
        (clean_line(unfolded(value)) for name, value in raw_headers if name.lower() == "authentication-results"),
        own_authserv_id,
    )
    paths = [value for name, value in headers if name.lower() == "return-path"]
    report = read_report(
        message,
        report_type=report_type,
        sender=sender,
        subject=subject,
        text=text,
        null_path=bool(paths) and paths[0].replace(" ", "").startswith("<>"),
        failed_recipients=header_text(_first(raw_headers, "x-failed-recipients")),
    )
    envelope = Envelope(
        headers=headers,
        sender=sender,
        subject=subject,
        report_type=report_type,
        bounced=report.bounced,
        dmarc=dmarc_in(authentication, own_authserv_id, domain_of(sender.address) if sender else ""),
    )
    forward = None if report.bounced else content.forwarded or forward_in(text, subject)
    text_lines = text.split("\n")
    mail = InboundMail(
        message_id=_message_id(_first(raw_headers, "message-id")),
        sender=sender,
        from_as_written=_all_addresses(raw_headers, "from"),
        reply_to=_all_addresses(raw_headers, "reply-to"),
        to=_all_addresses(raw_headers, "to"),
        cc=_all_addresses(raw_headers, "cc"),
        subject=subject,
        date=_date(_first(raw_headers, "date")),
        in_reply_to=next(iter(ids_in(header_text(_first(raw_headers, "in-reply-to")))), ""),
        references=ids_in(header_text(_first(raw_headers, "references"))),
        text=text,
        text_part=text_part,
        html_text=html_text,
        reply_text=new_text(text, sender.name if sender else ""),
        attachments=tuple(content.attachments),
        headers=headers,
        authentication=authentication,
        automatic=why_automatic(envelope, ours),
        silent=why_silent(envelope, ours),
        kind_hint=kind_hint(envelope, ours),
        delivery_statuses=report.statuses,
        bounced_recipients=report.failed,
        original_message_id=report.original_message_id,
        forwarded=forward is not None,
        forwarded_from=forward.sender if forward is not None else None,
        own_reference=report.reference,
        typed=tuple(typed_within(text_lines, 0, len(text_lines))),
        defects=tuple(dict.fromkeys(content.defects)),
        content_key=_content_key(within),
    )
    if forward is not None and sender is not None and is_of_the_house(sender, ours.own_addresses, agent_addresses):
        return _as_its_writers(mail, forward)
    return mail


def _as_its_writers(mail: InboundMail, forward: Forward) -> InboundMail:
    """A mail that the house forwards: the new text is that of the forwarded mail, an attached one's files count too."""
    own = new_text(forward.text, forward.sender.name if forward.sender else "")
    if not forward.content:
        return replace(mail, reply_text=own or mail.reply_text)
    text, files = forward.text, forward.files
    if not text:
        inner = parse(forward.content)
        text, own, files = inner.text, inner.reply_text, inner.attachments
    if not text:
        return mail
    attachments = list(mail.attachments)
    place = next((at for at, each in enumerate(attachments) if each.content == forward.content), len(attachments) - 1)
    attachments[place + 1 : place + 1] = files
    return replace(
        mail,
        text=_for_readers(f"{mail.text}\n\n{text}", []),
        reply_text=own,
        attachments=tuple(attachments[:MAX_PARTS]),
    )


def _message(within: Trimmed) -> Message:
    """The stdlib's message of the capped headers and body; compat32, since policy.default raises on odd headers."""
    parser = BytesFeedParser(policy=compat32)
    for name, value in within.fields:
        if name.lower() in (
            "content-type",
            "content-transfer-encoding",
            "content-disposition",
            "mime-version",
        ):
            parser.feed(f"{name}: {_one_line(value)}\n".encode("ascii", "surrogateescape"))
    parser.feed(b"\n")
    for start in range(0, len(within.body), _CHUNK):
        parser.feed(within.body[start : start + _CHUNK])
    return parser.close()


def _one_line(value: str) -> str:
    return re.sub(r"[\r\n]+", " ", value)


# Headers --------------------------------------------------------------------------------------------------------------


def _first(fields: tuple[tuple[str, str], ...], name: str) -> str:
    return next((value for key, value in fields if key.lower() == name), "")


def _all_addresses(fields: tuple[tuple[str, str], ...], name: str) -> tuple[Address, ...]:
    return tuple(address for key, value in fields if key.lower() == name for address in addresses_in(value))[:100]


def _repeated_headers(fields: tuple[tuple[str, str], ...]) -> list[str]:
    values: dict[str, set[str]] = {}
    for name, value in fields:
        values.setdefault(name.lower(), set()).add(" ".join(value.split()))
    return [f"two different {name.title()} headers" for name in _SINGULAR if len(values.get(name, ())) > 1]


def _message_id(value: str) -> str:
    cleaned = header_text(value)
    if found := ids_in(cleaned):
        return found[0]
    word = cleaned.split()[0] if cleaned.split() else ""
    return f"<{word.strip('<>')[:250]}>" if word.strip("<>") else ""


def _date(value: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(header_text(value)[:100])
        return (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).astimezone(moment.tzinfo or UTC)
    except Exception:  # the stdlib raises TypeError, ValueError, OverflowError and IndexError on odd dates
        return None


def _content_key(within: Trimmed) -> str:
    """A hash over Message-ID, Date, From, Subject and body: copies differ in trace headers only (DESIGN 1)."""
    digest = hashlib.sha256()
    for wanted in ("message-id", "date", "from", "subject"):
        for name, value in within.fields:
            if name.lower() == wanted:
                content = " ".join(value.split()).encode("utf-8", "surrogateescape")
                digest.update(b"%s %d " % (wanted.encode(), len(content)) + content)
    # Servers differ in line ends and in the last one: neither is content.
    digest.update(within.body.replace(b"\r\n", b"\n").rstrip(b"\r\n"))
    return digest.hexdigest()


# Parts ----------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Body:
    """One body, in one or two forms: text/plain and the visible text of text/html."""

    plain: str = ""
    visible: str = ""

    @property
    def text(self) -> str:
        plain = self.plain.strip()
        if not plain or not self.visible:
            return self.plain if plain else self.visible
        # Some programs send a token text beside the real HTML ("this message needs an HTML reader").
        if len(plain) < 300 and len(self.visible) > len(plain) * 3 // 2 and not _shares_a_line(plain, self.visible):
            return self.visible
        return self.plain


def _shares_a_line(plain: str, visible: str) -> bool:
    shown = " ".join(visible.split())
    return any(" ".join(line.split()) in shown for line in plain.split("\n") if len(line.strip()) > 3)


@dataclass(slots=True)
class _Content:
    """What the walk has found so far."""

    defects: list[str] = field(default_factory=list)
    bodies: list[_Body] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    boundaries: set[str] = field(default_factory=set)
    references_to_files: set[str] = field(default_factory=set)
    charset: str = ""
    is_report: bool = False
    parts: int = 0
    forwarded: Forward | None = None
    packed: _Body | None = None  # the body that stands in a winmail.dat


def _gather(
    part: Message, content: _Content, *, depth: int, alternative: _Body | None = None, charset: str = ""
) -> None:
    content.parts += 1
    if depth > MAX_DEPTH or content.parts > MAX_PARTS:
        content.defects.append("more than 100 levels or 1,000 parts: the rest was left out")
        return
    headers = _part_headers(part, content)
    kind = headers.kind
    children = children_of(part)
    # Some programs name the charset once, at the multipart.
    charset = headers.parameters.get("charset") or charset
    if children and (kind.startswith("multipart/") or part.get_content_maintype() == "multipart"):
        if not kind.startswith("multipart/"):
            content.defects.append("a part that is a multipart to one reader only")
        _note_multipart(headers, content)
        inner = alternative
        if kind == "multipart/alternative":
            inner = _Body()
            content.bodies.append(inner)
        for child in children:
            _gather(child, content, depth=depth + 1, alternative=inner, charset=charset)
        return
    if kind.startswith("multipart/"):
        content.defects.append("a multipart without its boundary")
        kind = "text/plain"
    if kind in _OF_A_REPORT:
        return
    if part.is_multipart():
        _take_message(children, headers, content)
        return
    # Without the header the stdlib hands out the bytes as they came; with it, it decodes in its own way, or by charset.
    del part["Content-Transfer-Encoding"]
    raw = part.get_payload(decode=True)
    assert isinstance(raw, bytes)
    decoded = _transfer_decoded(raw, headers.encoding, content)
    if kind in ("text/plain", "text/html") and not _is_file(headers, content, alternative):
        _take_body(decoded, kind, headers, content, alternative, charset)
    elif is_tnef(decoded) and _may_be_tnef(kind, headers.filename):
        _take_winmail(decoded, kind, headers, content)
    elif kind != "text/x-amp-html":
        _take_file(decoded, kind, headers, content)


@dataclass(frozen=True, slots=True)
class _PartHeaders:
    """The MIME fields of a part, read once."""

    kind: str
    parameters: Parameterised
    disposition: Parameterised
    encoding: str
    content_id: str
    description: str

    @property
    def filename(self) -> str:
        return self.disposition.get("filename") or self.parameters.get("name")


def _part_headers(part: Message, content: _Content) -> _PartHeaders:
    found: dict[str, str] = {}
    for name, value in part.raw_items():
        key = name.lower()
        text = str(value)[:MAX_HEADER]
        if key in found and key in _SINGULAR and " ".join(found[key].split()) != " ".join(text.split()):
            content.defects.append(f"two different {name.title()} headers in one part")
        found.setdefault(key, text)
    parameters = parameterised(found.get("content-type", ""))
    disposition = parameterised(found.get("content-disposition", ""))
    for name in (*parameters.repeated, *disposition.repeated):
        content.defects.append(f"the parameter {clean_line(name)[:40]} is given twice")
    kind = parameters.value if _MEDIA_TYPE.fullmatch(parameters.value) else part.get_default_type()
    if parameters.value in ("text", "html"):
        kind = "text/html" if parameters.value == "html" else "text/plain"
    one, other = disposition.get("filename"), parameters.get("name")
    if one and other and _extension(one) != _extension(other):
        content.defects.append("two file names that differ in their ending")
    word = _ENCODING.match(found.get("content-transfer-encoding", "").lower())
    encoding = word.group(1) if word else ""
    if encoding and encoding not in _ENCODINGS:
        content.defects.append("an unknown Content-Transfer-Encoding")
    return _PartHeaders(
        kind=kind,
        parameters=parameters,
        disposition=disposition,
        encoding=encoding,
        content_id=header_text(found.get("content-id", "")).strip("<> ")[:250],
        description=header_text(found.get("content-description", ""))[:_MAX_NAME],
    )


def _note_multipart(headers: _PartHeaders, content: _Content) -> None:
    boundary = headers.parameters.get("boundary")
    if boundary in content.boundaries:
        content.defects.append("one boundary for two multiparts")
    content.boundaries.add(boundary)
    # RFC 2045 section 6.4 forbids it, and programs differ in whether they decode first.
    if headers.encoding in ("base64", "quoted-printable", "x-uuencode", "uuencode"):
        content.defects.append("a multipart with a transfer encoding")


def _is_file(headers: _PartHeaders, content: _Content, alternative: _Body | None) -> bool:
    if headers.disposition.value == "attachment":
        return True
    if not headers.filename or alternative is not None:
        return False
    # Some programs name the body itself; a named text behind a body is a file shown in place.
    return bool(content.bodies)


def _take_body(
    decoded: bytes,
    kind: str,
    headers: _PartHeaders,
    content: _Content,
    alternative: _Body | None,
    charset: str,
) -> None:
    content.charset = content.charset or charset
    body = alternative
    if body is None:
        body = _Body()
        content.bodies.append(body)
    if kind == "text/html":
        html = text_of(decoded, charset if codec_for(charset) else charset_in(decoded))
        content.references_to_files.update(_cids(html))
        body.visible = "\n".join(each for each in (body.visible, visible_text(html)) if each)
        return
    text = clean_text(text_of(decoded, charset))
    if headers.parameters.get("format").lower() == "flowed":
        text = _unflowed(text, delete_space=headers.parameters.get("delsp").lower() == "yes")
    body.plain = "\n".join(each for each in (body.plain, text) if each)


_CID = re.compile(r"""["'(]\s*cid:([^"'()<>\s]{1,250})""", re.IGNORECASE)


def _cids(html: str) -> Iterator[str]:
    return (found.group(1) for found in _CID.finditer(html))


def _take_file(decoded: bytes, kind: str, headers: _PartHeaders, content: _Content) -> None:
    content.attachments.append(
        Attachment(
            filename=clean_filename(headers.filename),
            content_type=kind,
            content=decoded,
            size=len(decoded),
            inline=headers.disposition.value == "inline" or headers.content_id in content.references_to_files,
            content_id=headers.content_id,
            label=headers.description,
        )
    )


def _may_be_tnef(kind: str, filename: str) -> bool:
    # Servers on the way declare it anew as what they know; a picture or a video is never taken apart.
    return kind.endswith("ms-tnef") or kind == "application/octet-stream" or filename.lower().endswith(".dat")


def _take_winmail(decoded: bytes, kind: str, headers: _PartHeaders, content: _Content) -> None:
    """Outlook's own format: its files stand in its place; its text is the body where the mail has none (CONTRACTS)."""
    inside = opened(decoded)
    if inside.cut_off:
        content.defects.append("a winmail.dat that is cut off")
    if inside == Opened(cut_off=inside.cut_off):
        _take_file(decoded, kind, headers, content)
        return
    if content.packed is None and (inside.plain or inside.html):
        content.references_to_files.update(_cids(inside.html))
        content.packed = _packed_body(inside)
    for file in inside.files:
        content.parts += 1
        if content.parts > MAX_PARTS:
            content.defects.append("more than 100 levels or 1,000 parts: the rest was left out")
            return
        if file.content_type == EMBEDDED_MAIL and content.forwarded is None:
            content.forwarded = _forward_of(file)
        content.attachments.append(_enclosed(file, content.references_to_files))


def _enclosed(file: EnclosedFile, shown: Container[str]) -> Attachment:
    return Attachment(
        filename=clean_filename(file.filename),
        content_type=file.content_type,
        content=file.content,
        size=len(file.content),
        inline=file.hidden or (file.content_id != "" and file.content_id in shown),
        content_id=clean_line(file.content_id),
    )


def _forward_of(file: EnclosedFile) -> Forward:
    inside = opened(file.content)
    return Forward(
        sender=Address(name="", address=file.sender) if is_safe_recipient(file.sender) else None,
        text=_packed_body(inside).text,
        content=file.content,
        files=tuple(_enclosed(each, ()) for each in inside.files),
    )


def _packed_body(inside: Opened) -> _Body:
    return _Body(plain=clean_text(inside.plain), visible=visible_text(inside.html))


def _take_message(children: list[Message], headers: _PartHeaders, content: _Content) -> None:
    """An attached mail is kept as one file and not looked into: its words are not its forwarder's."""
    if content.is_report:
        return
    decoded = b""
    for inner in children[:1]:
        try:
            decoded = inner.as_bytes(policy=compat32)
        except Exception:  # the stdlib's generator raises on some of what its parser accepts
            content.defects.append("an attached mail that cannot be taken out")
        # RFC 2046 section 5.2.1 forbids it; where it is done, the stdlib takes the encoded text for a mail.
        if headers.encoding == "base64" and not inner.keys():
            decoded = base64_bytes(decoded)
    if headers.kind in _WHOLE_MESSAGES and content.forwarded is None:
        fields = trimmed(decoded).fields
        writer = single_sender([value for name, value in fields if name.lower() == "from"])
        content.forwarded = Forward(sender=writer, content=decoded)
    _take_file(
        decoded,
        headers.kind if headers.kind.startswith("message/") else "application/octet-stream",
        headers,
        content,
    )


def _transfer_decoded(raw: bytes, encoding: str, content: _Content) -> bytes:
    if encoding == "base64":
        # Not a regular expression: it would cost ten times what decoding costs on a photo.
        if raw.translate(None, _BASE64_AND_SPACE) or b"=" in raw.rstrip(b"= \t\r\n"):
            content.defects.append("base64 with foreign characters or text after its end")
        return base64_bytes(raw)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(b"\n".join(_without_padding(line) for line in raw.split(b"\n")))
    if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return _uudecoded(raw)
    return raw


def _without_padding(line: bytes) -> bytes:
    # RFC 2045 section 6.7 (3): white space at the end of an encoded line was added on the way.
    return line[:-1].rstrip(b" \t") + b"\r" if line.endswith(b"\r") else line.rstrip(b" \t")


def _uudecoded(raw: bytes) -> bytes:
    out = bytearray()
    inside = False
    for line in raw.splitlines():
        if not inside:
            inside = line.startswith(b"begin ")
            continue
        if line.strip() in (b"end", b"`", b""):
            break
        try:
            out += binascii.a2b_uu(line)
        except binascii.Error:
            # Some encoders write trailing spaces that count as data: take what the length byte says.
            count = (((line[0] - 32) & 63) * 4 + 5) // 3
            try:
                out += binascii.a2b_uu(line[:count])
            except binascii.Error:
                continue
    return bytes(out)


def _unflowed(text: str, *, delete_space: bool) -> str:
    """RFC 3676 section 4: join the lines of a flowed paragraph at one quote depth; undo space-stuffing."""
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        bare = line.lstrip(">")
        depth = len(line) - len(bare)
        content = bare.removeprefix(" ")
        # Section 4.3: the signature separator ends in a space and is no flowed line.
        flows = content.endswith(" ") and content != "-- "
        if flows and delete_space:
            content = content[:-1]
        if depth == open_depth and content != "-- ":
            out[-1] += content
        else:
            out.append(">" * depth + " " * bool(depth) + content)
        open_depth = depth if flows else -1
    return "\n".join(out)


def _for_readers(text: str, defects: list[str]) -> str:
    text = text.strip("\n")
    if len(text) > MAX_TEXT:
        defects.append("more than 256 KB of text: the rest was left out")
        text = text[:MAX_TEXT]
    if len(text) <= MAX_LINE:
        return text
    return "\n".join(piece for line in text.split("\n") for piece in _short_lines(line))


def _short_lines(line: str) -> Iterator[str]:
    while len(line) > MAX_LINE:
        cut = line.rfind(" ", MAX_LINE // 2, MAX_LINE)
        if cut < 0:
            cut = MAX_LINE
        yield line[:cut]
        line = line[cut:].lstrip(" ") if line[cut : cut + 1] == " " else line[cut:]
    yield line


def clean_filename(name: str) -> str:
    """A file name for showing, never a path: no folder, no controls, no bidi marks, 120 characters with its ending."""
    bare = re.split(r"[/\\]", clean_line(name))[-1]
    bare = " ".join(bare.replace("\u200e", "").replace("\u200f", "").split())
    if not bare.strip("."):
        return ""
    if len(bare) <= _MAX_NAME:
        return bare
    ending = _extension(bare)
    return bare[: _MAX_NAME - len(ending) - 1] + "…" + ending


def _extension(name: str) -> str:
    ending = name.rpartition(".")[2].strip().lower()
    return f".{ending}" if "." in name and 0 < len(ending) <= 10 else ""

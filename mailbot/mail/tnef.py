"""winmail.dat (MS-OXTNEF): the files and the text that Outlook packed into it. Own reader, bounded and without files.

tnefparse raises on what is cut off, copies the rest of the stream for every attribute, and has had no release since
2021.
"""

import re
import struct
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mailbot.mail.decoding import text_of
from mailbot.mail.rich_text import decompressed, read_rtf

SIGNATURE = b"\x78\x9f\x3e\x22"
EMBEDDED_MAIL = "application/ms-tnef"
"""The type of a mail that stands inside a winmail.dat: a stream of the same form, kept as one file."""

_MAX_FILES = 1001  # more than the parts a mail may have, so that their limit tells of it
_MAX_PROPERTIES = 2000  # of one attribute; Outlook writes about a hundred
_MAX_NAME_BYTES = 2000
_MAX_BODY_BYTES = 1 << 20

# MS-OXTNEF section 2.1.1.1: the attributes that are read.
_BODY, _RENDER, _TITLE, _DATA = 0x0002800C, 0x00069002, 0x00018010, 0x0006800F
_TRANSPORT_NAME, _PROPERTIES, _FILE_PROPERTIES, _CODE_PAGES = 0x00069001, 0x00069003, 0x00069005, 0x00069007

# MS-OXPROPS: PidTagBody, PidTagRtfCompressed, PidTagHtml, PidTagInternetCodepage, PidTagMessageCodepage.
_P_BODY, _P_RTF, _P_HTML, _P_CODE_PAGE, _P_MESSAGE_CODE_PAGE = 0x1000, 0x1009, 0x1013, 0x3FDE, 0x3FFD
# PidTagAttachLongFilename, PidTagAttachFilename, PidTagDisplayName, PidTagAttachMimeTag, PidTagAttachContentId,
# PidTagAttachDataObject, PidTagAttachmentHidden.
_P_LONG_NAME, _P_NAME, _P_DISPLAY, _P_TYPE, _P_ID, _P_OBJECT, _P_HIDDEN = (
    0x3707, 0x3704, 0x3001, 0x370E, 0x3712, 0x3701, 0x7FFE,
)  # fmt: skip
# PidTagSentRepresentingSmtpAddress, PidTagSenderSmtpAddress, PidTagSentRepresentingEmailAddress,
# PidTagSenderEmailAddress.
_P_SENDERS = (0x5D02, 0x5D01, 0x0065, 0x0C1F)
_FIXED = {
    0x01: 0, 0x02: 4, 0x0B: 4, 0x03: 4, 0x04: 4, 0x0A: 4, 0x05: 8, 0x06: 8, 0x07: 8, 0x14: 8, 0x40: 8, 0x48: 16,
}  # fmt: skip
_OF_VARIABLE_LENGTH = frozenset((0x0D, 0x1E, 0x1F, 0x102))
_STRING, _UNICODE, _OBJECT = 0x1E, 0x1F, 0x0D
_IID_MESSAGE = uuid.UUID("00020307-0000-0000-C000-000000000046").bytes_le
_MEDIA_TYPE = re.compile(r"[a-z0-9!#$&^_.+\-]{1,80}/[a-z0-9!#$&^_.+\-]{1,120}")

# What is named only by its ending; what a file is, its own bytes say to those who open it.
_TYPES = {
    "jpg": "image/jpeg", "jpeg": "image/jpeg", "jpe": "image/jpeg", "jfif": "image/jpeg", "png": "image/png",
    "gif": "image/gif", "bmp": "image/bmp", "tif": "image/tiff", "tiff": "image/tiff", "webp": "image/webp",
    "heic": "image/heic", "heif": "image/heif", "avif": "image/avif", "mp4": "video/mp4", "m4v": "video/mp4",
    "mov": "video/quicktime", "avi": "video/x-msvideo", "3gp": "video/3gpp", "mkv": "video/x-matroska",
    "webm": "video/webm", "pdf": "application/pdf", "txt": "text/plain", "htm": "text/html", "html": "text/html",
    "csv": "text/csv", "rtf": "application/rtf", "zip": "application/zip", "eml": "message/rfc822",
    "ics": "text/calendar", "vcf": "text/vcard", "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class EnclosedFile:
    """A file of a winmail.dat; `filename` as written, `sender` the address a mail inside names as its writer ("")."""

    filename: str
    content_type: str
    content: bytes
    content_id: str = ""
    hidden: bool = False
    sender: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a winmail.dat holds; texts "" where it has none of that form. `cut_off`: something reaches past its end."""

    files: tuple[EnclosedFile, ...] = ()
    plain: str = ""
    html: str = ""
    cut_off: bool = False


def is_tnef(content: bytes) -> bool:
    """Whether the bytes begin as a TNEF stream does."""
    return content.startswith(SIGNATURE)


def opened(content: bytes) -> Opened:
    """Read a TNEF stream as far as it goes; without anything where it is none. Linear; never raises."""
    if not is_tnef(content):
        return Opened()
    stream = _Stream()
    view = memoryview(content)
    position = 6
    cut_off = False
    while position + 9 <= len(view):
        level, name, size = struct.unpack_from("<BII", view, position)
        value = view[position + 9 : position + 9 + size]
        if level not in (1, 2):
            break
        if len(value) < size:
            cut_off = True
            break
        stream.take(name, value)
        position += size + 11
    return stream.read(cut_off)


@dataclass(slots=True)
class _File:
    title: bytes = b""
    transport_name: bytes = b""
    content: bytes = b""
    properties: Mapping[int, tuple[int, bytes]] = field(default_factory=dict)


@dataclass(slots=True)
class _Stream:
    body: bytes = b""
    code_page: str = ""
    properties: Mapping[int, tuple[int, bytes]] = field(default_factory=dict)
    files: list[_File] = field(default_factory=list)

    def take(self, name: int, value: memoryview) -> None:
        if name == _BODY:
            self.body = bytes(value[:_MAX_BODY_BYTES])
        elif name == _CODE_PAGES and len(value) >= 4:
            self.code_page = _codec(struct.unpack_from("<I", value)[0])
        elif name == _PROPERTIES:
            self.properties = dict(_properties(value, 0))
        elif name == _RENDER:
            if len(self.files) < _MAX_FILES:
                self.files.append(_File())
        elif self.files:
            file = self.files[-1]
            if name == _TITLE:
                file.title = bytes(value[:_MAX_NAME_BYTES])
            elif name == _TRANSPORT_NAME:
                file.transport_name = bytes(value[:_MAX_NAME_BYTES])
            elif name == _DATA:
                file.content = bytes(value)
            elif name == _FILE_PROPERTIES:
                file.properties = dict(_properties(value, 0))

    def read(self, cut_off: bool) -> Opened:
        internet = self._number(_P_CODE_PAGE) or self._number(_P_MESSAGE_CODE_PAGE)
        plain = self._text(_P_BODY) or text_of(self.body.rstrip(b"\0"), self.code_page)
        kind, raw_html = self.properties.get(_P_HTML, (0, b""))
        html = text_of(raw_html, "utf-16-le" if kind == _UNICODE else _codec(internet) or self.code_page)
        if not html.strip("\0 \r\n") and _P_RTF in self.properties:
            rich = read_rtf(decompressed(self.properties[_P_RTF][1]))
            html = rich.html
            plain = plain if plain.strip("\0 \r\n") else rich.plain
        return Opened(
            files=tuple(self._enclosed(file) for file in self.files if file.content or file.properties or file.title),
            plain=plain[:_MAX_BODY_BYTES].rstrip("\0"),
            html=html[:_MAX_BODY_BYTES].rstrip("\0"),
            cut_off=cut_off,
        )

    def _number(self, key: int) -> int:
        _, raw = self.properties.get(key, (0, b""))
        return int.from_bytes(raw[:4], "little")

    def _text(self, key: int, of: Mapping[int, tuple[int, bytes]] | None = None) -> str:
        kind, raw = (self.properties if of is None else of).get(key, (0, b""))
        raw = raw[:_MAX_BODY_BYTES]
        if kind == _UNICODE:
            return raw.decode("utf-16-le", "replace").rstrip("\0")
        return text_of(raw.rstrip(b"\0"), self.code_page) if kind == _STRING else ""

    def _enclosed(self, file: _File) -> EnclosedFile:
        known = file.properties
        name = next(
            (
                found
                for found in (
                    self._text(_P_LONG_NAME, known),
                    text_of(file.title.rstrip(b"\0"), self.code_page),
                    self._text(_P_NAME, known),
                    self._text(_P_DISPLAY, known),
                    text_of(file.transport_name.rstrip(b"\0"), self.code_page),
                )
                if found.strip()
            ),
            "",
        )
        kind, value = known.get(_P_OBJECT, (0, b""))
        content, sender, declared = file.content, "", self._text(_P_TYPE, known).strip().lower()
        if kind == _OBJECT and not content:
            # MS-OXTNEF section 2.1.3.4: an object's value begins with the id of its interface.
            content = value[16:]
            if value.startswith(_IID_MESSAGE):
                declared = EMBEDDED_MAIL
                sender = _sender_of(content)
        elif not content:
            content = value
        if not _MEDIA_TYPE.fullmatch(declared):
            declared = _TYPES.get(name.rpartition(".")[2].strip().lower(), "application/octet-stream")
        return EnclosedFile(
            filename=name,
            content_type=declared,
            content=content,
            content_id=self._text(_P_ID, known).strip("<> ")[:250],
            hidden=known.get(_P_HIDDEN, (0, b""))[1][:1] == b"\x01",
            sender=sender,
        )


def _sender_of(content: bytes) -> str:
    """The address of the writer of an embedded mail, "" where it names none of the internet's."""
    view = memoryview(content)
    position = 6
    while content.startswith(SIGNATURE) and position + 9 <= len(view):
        level, name, size = struct.unpack_from("<BII", view, position)
        if level != 1:
            break
        if name == _PROPERTIES:
            inner = _Stream(properties=dict(_properties(view[position + 9 : position + 9 + size], 0)))
            return next((found for key in _P_SENDERS if "@" in (found := inner._text(key)[:320])), "")
        position += size + 11
    return ""


def _codec(code_page: int) -> str:
    return {0: "", 65001: "utf-8", 20127: "ascii", 1200: "utf-16-le", 936: "gb18030", 54936: "gb18030"}.get(
        code_page, f"cp{code_page}" if code_page < 20000 else _INTERNET.get(code_page, "")
    )


_INTERNET = {
    20866: "koi8-r", 21866: "koi8-u", 50220: "iso-2022-jp", 50221: "iso-2022-jp", 51932: "euc_jp", 51949: "euc-kr",
    **{28590 + part: f"iso-8859-{part}" for part in range(1, 16)},
}  # fmt: skip


def _properties(view: memoryview, position: int) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """(property id, (type, value)) of a MAPI property list, as far as it can be read (MS-OXTNEF section 2.1.3.4)."""
    try:
        count = min(struct.unpack_from("<I", view, position)[0], _MAX_PROPERTIES)
        position += 4
        for _ in range(count):
            kind, key = struct.unpack_from("<HH", view, position)
            position += 4
            if key >= 0x8000:
                named, size = struct.unpack_from("<16xII", view, position)
                position += 24 + (size + (-size % 4) if named == 1 else 0)
            several, kind = bool(kind & 0x1000), kind & 0xFFF
            values = 1
            if several or kind in _OF_VARIABLE_LENGTH:
                values = struct.unpack_from("<I", view, position)[0]
                position += 4
            if kind in _OF_VARIABLE_LENGTH:
                for each in range(values):
                    size = struct.unpack_from("<I", view, position)[0]
                    position += 4
                    if not each and position + size <= len(view):
                        yield key, (kind, bytes(view[position : position + size]))
                    position += size + (-size % 4)
                continue
            if kind not in _FIXED:
                return
            width = 2 if several and kind in (0x02, 0x0B) else _FIXED[kind]
            yield key, (kind, bytes(view[position : position + width]))
            position += width * values
            position += -position % 4 if several else 0
    except struct.error:  # the list is cut off: what came before it stands
        return

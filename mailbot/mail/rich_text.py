"""Compressed RTF (MS-OXRTFCP) and RTF to what a reader of the mail sees; of HTML kept in RTF (MS-OXRTFEX) that HTML."""

import re
import struct
from dataclasses import dataclass, field, replace

from mailbot.mail.decoding import text_of

_MAX_RTF = 1 << 20  # bytes that are looked at; a letter of a person is a hundredth of it
_MAX_GROUPS = 200  # levels; deeper text is read with the look of the level above

# MS-OXRTFCP section 2.1.2.1: what the dictionary holds before the first byte.
_PRELOADED = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor "
    rb"MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_DICTIONARY = 4096


def decompressed(content: bytes) -> bytes:
    """The RTF of a PidTagRtfCompressed, as far as it can be read; b"" where it is none. At most 1 MiB; never raises."""
    if len(content) < 16:
        return b""
    size, kind = struct.unpack_from("<4xI4s", content)
    end = min(size, _MAX_RTF)
    if kind == b"MELA":
        return content[16 : 16 + end]
    if kind != b"LZFu":
        return b""
    window = bytearray(_PRELOADED.ljust(_DICTIONARY, b"\0"))
    at = len(_PRELOADED)
    out = bytearray()
    position = 16
    while position < len(content) and len(out) < end:
        control = content[position]
        position += 1
        for bit in range(8):
            if not control >> bit & 1:
                piece = content[position : position + 1]
                position += 1
                if not piece:
                    return bytes(out[:end])
                window[at] = piece[0]
                at = (at + 1) % _DICTIONARY
                out += piece
                continue
            reference = content[position : position + 2]
            position += 2
            if len(reference) < 2:
                return bytes(out[:end])
            offset, length = (reference[0] << 4) | (reference[1] >> 4), (reference[1] & 15) + 2
            # Section 2.1.3.1.4: a reference to the place that is written next ends the text.
            if offset == at:
                return bytes(out[:end])
            for step in range(length):
                byte = window[(offset + step) % _DICTIONARY]
                window[at] = byte
                at = (at + 1) % _DICTIONARY
                out.append(byte)
    return bytes(out[:end])


_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])|([{}])|([^\\{}\r\n]+)|[\r\n]+|\\"
)
_NOT_TEXT = frozenset(
    (
        "fonttbl", "colortbl", "stylesheet", "info", "pict", "object", "header", "footer", "headerl", "headerr",
        "headerf", "footerl", "footerr", "footerf", "fldinst", "generator", "listtable", "listoverridetable",
        "revtbl", "rsidtbl", "themedata", "datastore", "latentstyles", "xmlnstbl", "pntext", "mhtmltag", "filetbl",
    )
)  # fmt: skip
_SAID = {
    "par": "\n", "line": "\n", "sect": "\n", "page": "\n", "row": "\n", "cell": "\t", "tab": "\t", "emdash": "—",
    "endash": "–", "bullet": "•", "lquote": "‘", "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": " ",
    "enspace": " ",
}  # fmt: skip
_SIGNS = {"~": "\xa0", "_": "-", "\n": "\n", "\r": "\n", "\\": "\\", "{": "{", "}": "}"}
# \fcharset of a font (RTF 1.9.1, "Font Table"): the code page of what is written in it.
_CODE_PAGES = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class RichText:
    """What an RTF document shows: `html` where it was made of HTML, else `plain`; the other is ""."""

    plain: str = ""
    html: str = ""


@dataclass(frozen=True, slots=True)
class _Group:
    """The look of a group's text: whether it is any, the font, how many signs stand for one \\u, what part it is."""

    shown: bool = True
    font: int = 0
    fallback: int = 1
    in_fonts: bool = False
    tag: bool = False
    rtf_only: bool = False
    starred: bool = False


@dataclass(slots=True)
class _Written:
    """The text so far; bytes wait until the code page or the alphabet changes, for a sign may be two of them."""

    code_page: str = "cp1252"
    fonts: dict[int, str] = field(default_factory=dict)
    pieces: list[str] = field(default_factory=list)
    waiting: bytearray = field(default_factory=bytearray)
    waiting_in: str = ""

    def add_bytes(self, content: bytes, font: int) -> None:
        code_page = self.fonts.get(font, self.code_page)
        if code_page != self.waiting_in:
            self.flush()
            self.waiting_in = code_page
        self.waiting += content

    def add(self, text: str) -> None:
        self.flush()
        self.pieces.append(text)

    def flush(self) -> None:
        if self.waiting:
            self.pieces.append(text_of(bytes(self.waiting), self.waiting_in))
            self.waiting.clear()


def read_rtf(content: bytes) -> RichText:
    """The text of an RTF document. Linear; never raises."""
    content = content[:_MAX_RTF]
    if not content.lstrip().startswith(b"{\\rtf"):
        return RichText()
    of_html = b"\\fromhtml" in content[:1000]
    out = _Written()
    groups = [_Group()]
    font_defined = 0
    skipped = 0
    position = 0
    while found := _TOKEN.match(content, position):
        position = found.end()
        word, number, hexadecimal, sign, brace, run = found.groups()
        now = groups[-1]
        visible = now.shown and not (of_html and now.rtf_only and not now.tag)
        if brace == b"{":
            skipped = 0
            if len(groups) < _MAX_GROUPS:
                groups.append(replace(now, starred=False))
        elif brace == b"}":
            skipped = 0
            if len(groups) > 1:
                groups.pop()
        elif run is not None:
            text = run[skipped:]
            skipped = max(0, skipped - len(run))
            if visible and text:
                out.add_bytes(text, now.font)
        elif hexadecimal is not None:
            if skipped:
                skipped -= 1
            elif visible:
                out.add_bytes(bytes((int(hexadecimal, 16),)), now.font)
        elif sign is not None:
            if sign == b"*":
                groups[-1] = replace(now, starred=True)
            elif visible and (text_of_sign := _SIGNS.get(sign.decode("latin-1"))):
                out.add(text_of_sign)
        elif word is not None:
            name = word.decode("ascii").lower()
            value = int(number) if number is not None else None
            if name == "bin":
                position += min(max(value or 0, 0), len(content))
            elif name == "u" and value is not None:
                skipped = now.fallback
                if visible:
                    out.add(_sign_of(value))
            elif name == "ansicpg" and value:
                out.code_page = "utf-8" if value == 65001 else f"cp{value}"
            elif name == "fcharset" and now.in_fonts:
                if (code_page := _CODE_PAGES.get(value or 0)) is not None:
                    out.fonts[font_defined] = code_page
            elif name == "f" and value is not None:
                font_defined = value
                groups[-1] = replace(now, font=value)
            elif name == "uc" and value is not None:
                groups[-1] = replace(now, fallback=min(max(value, 0), 16))
            elif name == "htmlrtf":
                groups[-1] = replace(now, rtf_only=value != 0)
            elif name == "htmltag" and of_html:
                groups[-1] = replace(now, tag=True, starred=False)
            elif name in _NOT_TEXT or now.starred:
                groups[-1] = replace(now, shown=False, in_fonts=name == "fonttbl", starred=False)
            elif visible and name in _SAID:
                out.add(_SAID[name])
    out.flush()
    # \u writes a sign beyond the first plane as two surrogates.
    text = "".join(out.pieces).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return RichText(html=text) if of_html else RichText(plain=text)


def _sign_of(value: int) -> str:
    # RTF numbers are signed 16-bit; some writers write larger ones all the same.
    return chr(value % 0x10000) if value < 0 or value <= 0xFFFF else chr(value) if value <= 0x10FFFF else ""

"""Bytes to text: charsets, encoded words (RFC 2047), parameters (RFC 2231); the one place that strips controls."""

import binascii
import codecs
import re
from dataclasses import dataclass

from charset_normalizer import from_bytes

# What is written for a charset in the wild, and what it means. Where a superset exists it is named, as browsers do
# (WHATWG Encoding, section 4.2): bytes 0x80-0x9f of "iso-8859-1" are cp1252, "gb2312" holds gb18030.
_CHARSETS = {
    "ascii": "",
    "us-ascii": "",
    "usascii": "",
    "ansi_x3.4-1968": "",
    "iso-ir-6": "",
    "iso646-us": "",
    "7bit": "",
    "8bit": "",
    "binary": "",
    "unknown": "",
    "unknown-8bit": "",
    "x-unknown": "",
    "default": "",
    "default_charset": "",
    "_autodetect": "",
    "_autodetect_all": "",
    "auto": "",
    "none": "",
    "undefined": "",
    "x-user-defined": "",
    "utf8": "utf-8",
    "utf-8": "utf-8",
    "utf8mb4": "utf-8",
    "utf-8n": "utf-8",
    "cp65001": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "iso88591": "cp1252",
    "8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "ansi": "cp1252",
    "western": "cp1252",
    "windows-1252http-equivcontent-type": "cp1252",
    "x-ansi": "cp1252",
    "cp-850": "cp850",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-9": "cp1254",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "windows-874": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "gb_2312-80": "gb18030",
    "euc-cn": "gb18030",
    "big5": "cp950",
    "x-big5": "cp950",
    "big5-hkscs": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "iso-2022-jp-ms": "iso2022_jp_ext",
    "cp50220": "iso2022_jp_ext",
    "cp50221": "iso2022_jp_ext",
    "x-euc-jp": "euc_jp",
    "euc-kr": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "ksc5601": "cp949",
    "ksc_5601": "cp949",
    "x-windows-949": "cp949",
    "windows-949": "cp949",
    "cseuckr": "cp949",
    "cseucpkdfmtjapanese": "euc_jp",
    "eucjp-ms": "euc_jp",
    "cswindows31j": "cp932",
    "jis": "iso2022_jp_ext",
    "cn-gb": "gb18030",
    "gb2312-charset": "gb18030",
    "cn-big5": "cp950",
    "x-x-big5": "cp950",
    "big5-eten": "cp950",
    "koi8-ru": "koi8_u",
    "iso-latin-1": "cp1252",
    "latin-9": "iso8859-15",
    "latin0": "iso8859-15",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "logical": "iso8859-8",
    "visual": "iso8859-8",
    "ucs-2": "utf-16",
    "unicode": "utf-16",
    "iso-10646-ucs-2": "utf-16",
    "unicodefffe": "utf-16-be",
    "utf8-mac": "utf-8",
    "utf-8-strict": "utf-8",
    "utf-7-imap": "utf-7",
    "mac": "mac_roman",
    "x-mac-ce": "mac_latin2",
    "x-mac-centraleurroman": "mac_latin2",
    "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish",
    "x-mac-icelandic": "mac_iceland",
    "macintosh": "mac_roman",
    "x-mac-roman": "mac_roman",
    "x-mac-cyrillic": "mac_cyrillic",
    "koi8": "koi8_r",
    "koi": "koi8_r",
    "x-cp1250": "cp1250",
    "x-cp1251": "cp1251",
    "win-1251": "cp1251",
    "win1251": "cp1251",
    "windows-1251": "cp1251",
}
_CODE_PAGE = re.compile(r"(?:ms-?|x-)?(?:win|windows|cp|ibm|dos|ansi|oem)[-_ ]?(\d{3,4})(?!\d)")
# Codecs that are no charsets: idna is quadratic, the others give a sender a second escape language.
_NO_CHARSETS = frozenset(
    (
        "idna",
        "punycode",
        "unicode_escape",
        "unicode-escape",
        "raw_unicode_escape",
        "raw-unicode-escape",
        "undefined",
        "mbcs",
        "oem",
    )
)
# What undeclared bytes may be; free choice among all 90 tables guesses EBCDIC for short texts.
_LIKELY = [
    "cp1252",
    "cp1250",
    "cp1251",
    "koi8_r",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "gb18030",
    "big5",
    "cp932",
    "euc_jp",
    "cp949",
]
_LATIN = ["cp1252", "cp1250", "cp1254"]
_FOREIGN_RUN = re.compile(rb"[\x80-\xff]+")
_ONE_BYTE = ("cp12", "cp8", "iso8859", "koi8", "mac", "latin")
_SAMPLE = 4096  # bytes that the guess looks at

# Controls, bidi embeddings, overrides and isolates, BOM, interlinear and tag characters, non-characters, lone
# surrogates.
_UNWANTED_IN_LINE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_UNWANTED_IN_TEXT = re.compile(
    "[\x00-\x08\x0b\x0e-\x1f\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff\ud800-\udfff\U000e0000-\U000e0fff]"
)
_LINE_ENDS = re.compile("\r\n|[\r\x0c\x85\u2028\u2029]")
_SPACE_LIKE = frozenset("\t\n\r\x0b\x0c\x85\u2028\u2029")

_ENCODED_WORD = re.compile(r"=\?[ \t]?([A-Za-z0-9_.:*+\-]{1,60})[ \t]?\?([bBqQ])\?([^?]*(?:\?(?!=)[^?]*)?)\?=")
# One that was cut off before its end, as some programs do at a length; it must hold something to decode.
_CUT_OFF_WORD = re.compile(
    r"=\?([A-Za-z0-9_.:*+\-]{1,60})\?(?:([qQ])\?([^?\s]{0,400}=[0-9A-Fa-f]{2}[^?\s]{0,400})|([bB])\?([A-Za-z0-9+/]{8,400}=*))\??$"
)
_BASE64_RUN = re.compile(rb"[^=]+=*")
_Q_ESCAPE = re.compile(rb"=([0-9A-Fa-f]{2})")


def codec_for(charset: str) -> str:
    """The Python codec of a declared charset; "" where none is declared, or the name says nothing or is no charset."""
    name = charset.strip(" \t\"'").lower().partition("*")[0]
    for spelling in (name, name.replace("_", "-")):
        if spelling in _CHARSETS:
            return _CHARSETS[spelling]
    if not name or name in _NO_CHARSETS or len(name) > 40:
        return ""
    return _codec_named(name) or _codec_misspelt(name)


def _codec_misspelt(name: str) -> str:
    """The codec meant by "charset=utf-8;", "x-windows-1252", "win1250", "cp-866"; "" where none can be told."""
    bare = re.split(r"[;,=\s]", name.removeprefix("charset=").strip("\"' "), maxsplit=1)[0].removeprefix("x-")
    if page := _CODE_PAGE.match(bare):
        return _codec_named(f"cp{page.group(1)}")
    if bare == name:
        return ""
    return _CHARSETS[bare] if bare in _CHARSETS else _codec_named(bare)


def _codec_named(name: str) -> str:
    try:
        found = codecs.lookup(name).name
    except (LookupError, ValueError):
        return ""
    try:
        b"a".decode(found)
    except UnicodeDecodeError:
        pass  # a charset of two bytes a character
    except (LookupError, ValueError):
        return ""  # no text encoding: base64, zlib, rot13
    return "" if found in _NO_CHARSETS else found


def text_of(content: bytes, charset: str = "") -> str:
    """Decode with the declared charset where it fits, else by what the bytes themselves say. Never raises."""
    codec = codec_for(charset)
    # Text of two bytes a sign holds NULs or bytes beyond ASCII; without them the label is wrong.
    wide = codec.startswith(("utf-16", "utf-32")) and b"\0" in content
    if content.isascii() and b"\x1b" not in content and not wide and not codec.startswith(("utf-7", "hz")):
        return content.decode("ascii")
    if codec:
        try:
            decoded = content.decode(codec)
        except (UnicodeError, ValueError):
            decoded = None
        if decoded is not None:
            # Text of a one-byte table is next to never valid UTF-8: then the label is wrong, not the bytes.
            if codec.startswith(_ONE_BYTE) and (utf_8 := _strict(content, "utf-8")) is not None:
                return utf_8
            return decoded
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) and (utf_16 := _strict(content, "utf-16")) is not None:
        return utf_16
    if (utf_8 := _strict(content, "utf-8")) is not None and b"\x1b$" not in content:
        return utf_8
    if b"\x1b$" in content and (japanese := _strict(content, "iso2022_jp_ext")) is not None:
        return japanese
    if codec:
        lenient = _replaced(content, codec)
        # A few spoilt bytes do not make a declared charset wrong.
        if lenient.count("\ufffd") * 20 <= len(lenient):
            return lenient
    return _replaced(content, _guess(content))


def _strict(content: bytes, codec: str) -> str | None:
    try:
        return content.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _replaced(content: bytes, codec: str) -> str:
    try:
        return content.decode(codec, "replace")
    except (UnicodeError, ValueError, LookupError):
        return content.decode("latin-1")


def _guess(content: bytes) -> str:
    sample = content[:_SAMPLE]
    longest = max((len(run) for run in _FOREIGN_RUN.findall(sample)), default=0)
    latin = longest <= 2
    # Foreign bytes alone or in pairs among ASCII letters are those of a Latin script; so few of them that statistics
    # say nothing are Western European.
    if latin and sum(byte > 0x7F for byte in sample) < 12:
        return "cp1252"
    try:
        best = from_bytes(sample, cp_isolation=_LATIN if latin else _LIKELY, enable_fallback=False).best()
    except Exception:  # a guess must never cost the mail; the library makes no promise about what it raises
        best = None
    return best.encoding if best is not None else "cp1252"


def clean_line(text: str) -> str:
    """A text for one line: line ends and tabs become spaces, other controls, bidi overrides and surrogates go."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _UNWANTED_IN_LINE.sub(lambda found: " " if found.group() in _SPACE_LIKE else "", text).strip()


def clean_text(text: str) -> str:
    """A text of many lines: LF alone ends a line, TAB stays, other controls, bidi overrides and surrogates go."""
    text = _LINE_ENDS.sub("\n", text)
    if text.isascii() and text.replace("\n", "").replace("\t", "").isprintable():
        return text
    return _UNWANTED_IN_TEXT.sub("", text)


def unfolded(raw: str) -> str:
    """RFC 5322 section 2.2.3: only the line end of a fold goes; the space that follows it belongs to the text."""
    if "\n" not in raw and "\r" not in raw:
        return raw
    return raw.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "")


def _bytes_of(raw: str) -> bytes:
    try:
        return raw.encode("utf-8", "surrogateescape")
    except UnicodeError:  # surrogates that no parser made
        return raw.encode("utf-8", "replace")


def header_text(raw: str, *, charset_hint: str = "") -> str:
    """A header's value for people: unfolded, encoded words decoded in every broken spelling, cleaned. Never raises.

    `raw` holds undeclared bytes as surrogate escapes, as the compat32 parser gives them.
    """
    value = unfolded(raw)
    if not value.isascii():
        value = text_of(_bytes_of(value), charset_hint)
    return clean_line(_decoded_words(value) if "=?" in value else value)


def _decoded_words(value: str) -> str:
    out: list[str] = []
    run = bytearray()
    run_charset = ""
    end = 0
    unfinished = ""  # base64 of the word before that is no whole group of four

    def flush() -> None:
        nonlocal unfinished
        if unfinished:
            run.extend(_word_bytes("b", unfinished))
            unfinished = ""
        if run:
            out.append(text_of(bytes(run), run_charset))
            run.clear()

    for found in _ENCODED_WORD.finditer(value):
        between = value[end : found.start()]
        end = found.end()
        charset, encoding, text = found.groups()
        # RFC 2047 section 6.2: white space between encoded words is not shown.
        if between.strip() or not (out or run or unfinished):
            flush()
            out.append(between)
        # Some programs cut a character in two between words of one charset: decode the run, not the word.
        if charset.lower() != run_charset.lower() or (unfinished and encoding not in "bB"):
            flush()
            run_charset = charset
        if encoding in "bB" and (unfinished or len(text) % 4) and "=" not in text[:-2]:
            unfinished += text
            if len(unfinished) % 4 == 0 or text.endswith("="):
                run += _word_bytes("b", unfinished)
                unfinished = ""
        else:
            run += _word_bytes(encoding, text)
    flush()
    rest = value[end:]
    if cut_off := _CUT_OFF_WORD.search(rest[-1000:]) if "=?" in rest else None:
        charset, q, q_text, b, b_text = cut_off.groups()
        rest = rest[: len(rest) - len(cut_off.group())]
        out += [rest if rest.strip() or not out else "", text_of(_word_bytes(q or b, q_text or b_text), charset)]
    else:
        out.append(rest)
    return "".join(out)


def _word_bytes(encoding: str, text: str) -> bytes:
    raw = _bytes_of(text)
    if encoding in "bB":
        return base64_bytes(raw)
    return _Q_ESCAPE.sub(lambda found: bytes((int(found.group(1), 16),)), raw.replace(b"_", b" "))


def base64_bytes(raw: bytes) -> bytes:
    """Decode leniently: foreign characters are skipped, missing padding is added, what follows padding is decoded."""
    try:
        if raw.count(b"=") <= 2:
            return _base64_chunk(raw)
        return b"".join(_base64_chunk(chunk) for chunk in _BASE64_RUN.findall(raw))
    except (binascii.Error, ValueError):
        return b""


def _base64_chunk(chunk: bytes) -> bytes:
    try:
        return binascii.a2b_base64(chunk)
    except binascii.Error:
        # Padding is wrong or cut off: keep what makes whole groups of four.
        letters = re.sub(rb"[^A-Za-z0-9+/]", b"", chunk)
        if len(letters) % 4 == 1:
            letters = letters[:-1]
        return binascii.a2b_base64(letters + b"=" * (-len(letters) % 4))


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameterised:
    """A header of the shape `value; name=value` (RFC 2045 section 5.1). Names in lower case, values decoded.

    `repeated` names parameters given twice in one spelling, `extended` those in RFC 2231 form.
    """

    value: str
    parameters: dict[str, str]
    repeated: tuple[str, ...] = ()

    def get(self, name: str) -> str:
        """The parameter's value, "" where there is none."""
        return self.parameters.get(name, "")


_VALUE = re.compile(r"[^\s;]*")
_PARAMETER = re.compile(r'[\s;,]{0,20}([^\s=;"]{1,80})\s{0,20}=\s{0,20}(?:"((?:[^"\\]|\\.)*)"?|([^;\r\n]*))', re.DOTALL)
_PERCENT = re.compile(rb"%([0-9A-Fa-f]{2})")
_PERCENT_BEYOND_ASCII = re.compile(r"%[89A-Fa-f][0-9A-Fa-f]")
_RFC_2231_HEAD = re.compile(r"^[\w-]{1,30}'[\w-]{0,10}'")
_SECTION = re.compile(r"^([^*]+)\*(?:(\d{1,3})(\*)?)?$")
_MAX_PARAMETERS = 200


def parameterised(raw: str) -> Parameterised:
    """Read Content-Type and Content-Disposition as programs write them, RFC 2231 and 2047 included. Never raises."""
    text = unfolded(raw).strip()
    head = _VALUE.match(text)
    value = head.group() if head else ""
    plain: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, str]]] = {}
    repeated: list[str] = []
    position = len(value)
    for _ in range(_MAX_PARAMETERS):
        found = _PARAMETER.match(text, position)
        if not found:
            following = text.find(";", position + 1)
            if following < 0:
                break
            position = following
            continue
        position = max(found.end(), position + 1)
        name = found.group(1).lower()
        content = _unquoted(found.group(2)) if found.group(2) is not None else _bare(name, found.group(3))
        if section := _SECTION.match(name):
            number = int(section.group(2) or 0)
            extended = section.group(2) is None or section.group(3) is not None
            known = sections.setdefault(section.group(1), [])
            if any(number == other for other, _, _ in known):
                repeated.append(section.group(1))
            known.append((number, extended, content))
        elif name in plain:
            if plain[name] != content:
                repeated.append(name)
        else:
            plain[name] = content
    parameters = {
        name: header_text(_percent_decoded(content) if name in ("filename", "name") else content)
        for name, content in plain.items()
    }
    parameters.update({name: _continued(parts) for name, parts in sections.items()})
    return Parameterised(value=value.lower(), parameters=parameters, repeated=tuple(repeated))


def _percent_decoded(text: str) -> str:
    """A file name written as in a web address, with or without RFC 2231's head ("UTF-8''K%C3%A4se")."""
    if len(text) > 2 and text[0] == text[-1] == "'":
        text = text[1:-1]
    if not _PERCENT_BEYOND_ASCII.search(text):
        return text
    bare = _RFC_2231_HEAD.sub("", text)
    decoded = _strict(_PERCENT.sub(lambda found: bytes((int(found.group(1), 16),)), _bytes_of(bare)), "utf-8")
    return text if decoded is None else decoded


def _unquoted(text: str) -> str:
    # Only \" and \\ are unescaped: a Windows path written without escapes keeps its letters.
    return re.sub(r'\\(["\\])', r"\1", text)


def _bare(name: str, text: str) -> str:
    # File names are often written without quotes; elsewhere a space ends the value or begins a comment.
    return text.strip() if name.startswith(("filename", "name")) else text.split(None, 1)[0] if text.strip() else ""


def _continued(parts: list[tuple[int, bool, str]]) -> str:
    charset = ""
    content = bytearray()
    for order, (_, extended, text) in enumerate(sorted(parts, key=lambda part: part[0])):
        if extended and order == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        raw = _bytes_of(text)
        if extended:
            raw = _PERCENT.sub(lambda found: bytes((int(found.group(1), 16),)), raw)
        content += raw
    decoded = text_of(bytes(content), charset)
    return header_text(decoded) if "=?" in decoded else clean_line(decoded)

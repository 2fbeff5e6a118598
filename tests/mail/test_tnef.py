"""winmail.dat: its files stand in its place, its text is the body where the mail has none, nothing in it raises."""

import base64
import struct
import time
import uuid
from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.mail.inbound import InboundMail
from mailbot.mail.parse import parse
from mailbot.mail.rich_text import decompressed, read_rtf
from mailbot.mail.tnef import EMBEDDED_MAIL, opened
from tests.mail.messages import multipart, raw

JPEG = b"\xff\xd8\xff\xe0" + bytes(range(60))
PNG = b"\x89PNG\r\n\x1a\n" + bytes(30)
UNICODE, STRING, BINARY, OBJECT = 0x1F, 0x1E, 0x102, 0x0D
IID_MESSAGE = uuid.UUID("00020307-0000-0000-C000-000000000046").bytes_le
STREAM_HEAD = struct.pack("<IH", 0x223E9F78, 1)


def attribute(level: int, name: int, value: bytes) -> bytes:
    return struct.pack("<BII", level, name, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def variable(key: int, kind: int, value: bytes) -> bytes:
    return struct.pack("<HHII", kind, key, 1, len(value)) + value + bytes(-len(value) % 4)


def number(key: int, value: int) -> bytes:
    return struct.pack("<HHI", 0x03, key, value)


def properties(*each: bytes) -> bytes:
    return struct.pack("<I", len(each)) + b"".join(each)


NAMED_BY_NUMBER = struct.pack("<HH16sIII", 0x03, 0x8001, bytes(16), 0, 7, 5)
NAMED_BY_TEXT = struct.pack("<HH16sII", 0x03, 0x8002, bytes(16), 1, 6) + b"k\0e\0\0\0" + bytes(2) + struct.pack("<I", 5)
SEVERAL_SHORTS = struct.pack("<HHI", 0x1002, 0x6001, 3) + struct.pack("<hhh", 1, 2, 3) + bytes(2)
SEVERAL_TEXTS = (
    struct.pack("<HHI", 0x101E, 0x6002, 2) + struct.pack("<I", 3) + b"ab\0\0" + struct.pack("<I", 4) + b"cde\0"
)


def file(title: bytes = b"PHOTO1~1.JPG\0", content: bytes | None = JPEG, more: Iterable[bytes] = ()) -> bytes:
    written = attribute(2, 0x00069002, bytes(14)) + attribute(2, 0x00018010, title)
    if content is not None:
        written += attribute(2, 0x0006800F, content)
    more = tuple(more)
    return written + (attribute(2, 0x00069005, properties(*more)) if more else b"")


def winmail(*attributes: bytes, code_page: int = 1252) -> bytes:
    version = attribute(1, 0x00089006, struct.pack("<I", 0x10000))
    return STREAM_HEAD + version + attribute(1, 0x00069007, struct.pack("<II", code_page, 0)) + b"".join(attributes)


def message_properties(*each: bytes) -> bytes:
    return attribute(1, 0x00069003, properties(*each))


def mail_with(content: bytes, *, text: str | None = "see the photos", kind: str = "application/ms-tnef") -> InboundMail:
    packed = (
        f'Content-Type: {kind}; name="winmail.dat"\nContent-Transfer-Encoding: base64\n'
        f'Content-Disposition: attachment; filename="winmail.dat"\n\n{base64.encodebytes(content).decode()}'
    )
    before = [f"Content-Type: text/plain; charset=utf-8\n\n{text}"] if text is not None else []
    after = 'Content-Type: application/pdf; name="slip.pdf"\nContent-Transfer-Encoding: base64\n\nJVBERi0='
    return parse(multipart(*before, packed, after))


def names(mail: InboundMail) -> list[str]:
    return [each.filename for each in mail.attachments]


def test_the_files_of_a_winmail_dat_stand_in_its_place() -> None:
    long_name = variable(0x3707, UNICODE, "Rückseite der Schachtel.jpg\0".encode("utf-16-le"))
    mail = mail_with(winmail(file(more=[NAMED_BY_NUMBER, NAMED_BY_TEXT, SEVERAL_SHORTS, SEVERAL_TEXTS, long_name]),
                             file(b"b.png\0", PNG)))  # fmt: skip
    assert [(each.filename, each.content_type, each.content) for each in mail.attachments] == [
        ("Rückseite der Schachtel.jpg", "image/jpeg", JPEG),
        ("b.png", "image/png", PNG),
        ("slip.pdf", "application/pdf", b"%PDF-"),
    ]
    assert (mail.text, mail.defects) == ("see the photos", ())


@pytest.mark.parametrize("kind", ["application/ms-tnef", "application/vnd.ms-tnef", "application/octet-stream"])
def test_it_is_known_under_each_of_its_types(kind: str) -> None:
    assert names(mail_with(winmail(file()), kind=kind)) == ["PHOTO1~1.JPG", "slip.pdf"]


def test_it_may_be_the_whole_mail() -> None:
    mail = parse(
        raw(
            base64.encodebytes(winmail(attribute(1, 0x0002800C, b"It is broken.\0"), file())),
            content_type="application/ms-tnef; name=winmail.dat",
            encoding="base64",
        )
    )
    assert (mail.text, names(mail)) == ("It is broken.", ["PHOTO1~1.JPG"])


def test_a_picture_is_never_taken_apart() -> None:
    content = winmail(file())
    encoded = base64.b64encode(content).decode()
    packed = f'Content-Type: image/jpeg; name="a.jpg"\nContent-Transfer-Encoding: base64\n\n{encoded}'
    assert names(parse(multipart("\n\nx", packed))) == ["a.jpg"]


@pytest.mark.parametrize(
    "content, text",
    [
        (winmail(attribute(1, 0x0002800C, "Größe".encode("cp1252"))), "Größe"),
        (winmail(attribute(1, 0x0002800C, "Привет".encode("cp1251")), code_page=1251), "Привет"),
        (winmail(message_properties(variable(0x1000, UNICODE, "壊れた\0".encode("utf-16-le")))), "壊れた"),
        (winmail(message_properties(number(0x3FDE, 65001),
                                    variable(0x1013, BINARY, "<p>Zażółć</p>\0".encode()))), "Zażółć"),
        (winmail(message_properties(number(0x3FDE, 28592),
                                    variable(0x1013, BINARY, "<p>Zażółć</p>".encode("iso-8859-2")))), "Zażółć"),
        (winmail(message_properties(variable(0x1009, BINARY, struct.pack("<II4sI", 40, 28, b"MELA", 0)
                                             + rb"{\rtf1\ansi It smokes.\par}"))), "It smokes."),
    ],
)  # fmt: skip
def test_its_text_is_the_body_where_the_mail_has_none(content: bytes, text: str) -> None:
    assert mail_with(content, text=None).text == text
    assert mail_with(content, text="my own").text == "my own"
    assert names(mail_with(content, text="my own")) == ["slip.pdf"]


def test_a_mail_inside_is_one_file_and_names_its_writer() -> None:
    inner = winmail(message_properties(variable(0x5D02, UNICODE, "bea@mail.example\0".encode("utf-16-le"))))
    inside = file(b"Broken\0", None, [variable(0x3701, OBJECT, IID_MESSAGE + inner)])
    mail = mail_with(winmail(inside))
    assert (mail.attachments[0].filename, mail.attachments[0].content_type) == ("Broken", EMBEDDED_MAIL)
    assert mail.attachments[0].content == inner
    assert mail.forwarded
    assert mail.forwarded_from is not None
    assert mail.forwarded_from.address == "bea@mail.example"


def test_a_picture_that_its_html_shows_is_inline() -> None:
    html = variable(0x1013, BINARY, b'<p>a<img src="cid:p1@x"></p>')
    shown = file(more=[variable(0x3712, UNICODE, "p1@x\0".encode("utf-16-le"))])
    mail = mail_with(winmail(message_properties(html), shown, file(b"b.jpg\0")), text=None)
    assert [each.inline for each in mail.attachments] == [True, False, False]


def test_what_is_cut_off_gives_what_came_before_and_is_told() -> None:
    whole = winmail(file(), file(b"b.jpg\0"))
    mail = mail_with(whole[:-20])
    assert names(mail)[0] == "PHOTO1~1.JPG"
    assert "a winmail.dat that is cut off" in mail.defects


def test_one_that_holds_nothing_is_itself_the_file() -> None:
    mail = mail_with(STREAM_HEAD)
    assert (names(mail)[0], mail.attachments[0].content_type) == ("winmail.dat", "application/ms-tnef")


def test_a_name_inside_is_never_a_path() -> None:
    assert names(mail_with(winmail(file(b"..\\..\\x\x00\x01y/evil.jpg\0"))))[0] == "evil.jpg"


def test_ten_thousand_files_are_too_many_and_cost_little() -> None:
    started = time.process_time()
    mail = mail_with(winmail(*[file(content=b"x")] * 10_000))
    assert time.process_time() - started < 2
    assert len(mail.attachments) <= 1001
    assert any("1,000 parts" in each for each in mail.defects)


# Rich text ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rtf, plain",
    [
        (rb"{\rtf1\ansi One\par two\line three}", "One\ntwo\nthree"),
        (rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 A;}}{\colortbl;\red0;}{\*\generator x;}gr\'fc\'df\emdash}", "grüß—"),
        (rb"{\rtf1\ansi\uc1 caf\u233?\uc2\u8364ab!}", "café€!"),
        (rb"{\rtf1\ansi\u-10179?\u-8704?}", "\U0001f600"),
        (rb"{\rtf1{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset204 B;}}\f0 a {\f1\'cf\'f0\'e8}}", "a При"),
        (rb"{\rtf1\ansi\ansicpg932 \'89\'f3\'82\'ea}", "壊れ"),
        (rb"{\rtf1 a{\pict\bin4 {{{{ff}b}", "ab"),
        (rb"{\rtf1 \{a\}\\\~b}", "{a}\\\xa0b"),
        (b"no rtf", ""),
        (b"", ""),
    ],
)  # fmt: skip
def test_rich_text_is_read_as_it_is_seen(rtf: bytes, plain: str) -> None:
    assert read_rtf(rtf).plain.strip() == plain


def test_html_kept_in_rich_text_is_that_html() -> None:
    rtf = (
        rb"{\rtf1\ansi\ansicpg1252\fromhtml1 {\*\htmltag64 <p>}\htmlrtf {\htmlrtf0 It is \'fcber"
        rb"\htmlrtf\par}\htmlrtf0{\*\htmltag72 </p>}{\*\mhtmltag5 no}}"
    )
    assert read_rtf(rtf).html == "<p>It is über</p>"


# MS-OXRTFCP section 4.1.1: the example of the specification.
EXAMPLE = bytes.fromhex(
    "2d0000002b0000004c5a4675f1c5c7a703000a007263706731323542320af32068656c090020627705b06c647d0a800fa0"
)  # fmt: skip


def test_compressed_rich_text_is_unpacked() -> None:
    assert decompressed(EXAMPLE) == b"{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n"


def test_a_reference_that_runs_into_itself_repeats() -> None:
    # Section 4.1.2: a run longer than what lies behind it.
    packed = bytes.fromhex("1a0000001c0000004c5a4675e2d44b51410004205758595a0d6e7d010eb0")
    assert decompressed(packed) == b"{\\rtf1 WXYZWXYZWXYZWXYZWXYZ}"


@pytest.mark.parametrize("size", [1 << 20, 4 << 20])
def test_compressed_rich_text_that_claims_gigabytes_costs_little(size: int) -> None:
    started = time.process_time()
    unpacked = decompressed(struct.pack("<II4sI", size, 0xFFFFFFFF, b"LZFu", 0) + b"\xff\x00\x0f" * (size // 3))
    assert len(unpacked) <= 1 << 20
    assert time.process_time() - started < 3


@pytest.mark.parametrize(
    "family", [b"{", b"}", b"\\", b"\\'", b"\\u1?", b"\\bin9", b"{\\*\\htmltag <p>}", b"\\f1 a", b"a\\par "]
)
def test_hostile_rich_text_costs_no_more_than_its_length(family: bytes) -> None:
    for head in (b"{\\rtf1 ", b"{\\rtf1\\fromhtml1 "):
        started = time.process_time()
        read_rtf(head + family * (200_000 // len(family)))
        assert time.process_time() - started < 2


@settings(max_examples=300)
@given(st.data())
def test_no_spoilt_stream_raises(data: st.DataObject) -> None:
    rtf = variable(0x1009, BINARY, EXAMPLE)
    whole = winmail(
        attribute(1, 0x0002800C, b"body"),
        message_properties(number(0x3FDE, 65001), rtf, NAMED_BY_TEXT, SEVERAL_TEXTS),
        file(
            more=[
                variable(0x3707, UNICODE, "a.jpg".encode("utf-16-le")),
                variable(0x3701, OBJECT, IID_MESSAGE + winmail()),
            ]
        ),
    )
    spoilt = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(6, len(spoilt) - 1))
        spoilt[place] = data.draw(st.sampled_from([0, 1, 2, 0x7F, 0x80, 0xFF]))
    end = data.draw(st.integers(4, len(spoilt)))
    inside = opened(bytes(spoilt[:end]))
    assert sum(len(each.content) for each in inside.files) <= len(whole)
    assert not mail_with(bytes(spoilt[:end])).unreadable


@settings(max_examples=200)
@given(st.binary(max_size=600))
def test_no_bytes_after_the_heads_raise(content: bytes) -> None:
    assert not opened(STREAM_HEAD + content).cut_off or content
    assert isinstance(read_rtf(b"{\\rtf1" + content).plain, str)
    assert len(decompressed(struct.pack("<II4sI", 1, 1000, b"LZFu", 0) + content)) <= 1000

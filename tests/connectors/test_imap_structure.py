"""BODYSTRUCTUREs as servers write them, and the messages composed of what was fetched by them."""

from email import message_from_bytes
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from imapclient.response_parser import parse_fetch_response

from mailbot.connectors.imap_structure import (
    FetchedText,
    Multipart,
    Part,
    compose,
    compose_header_alone,
    cut_at_line,
    read_structure,
    text_parts,
)
from mailbot.desk.ports import LeftOut

TEXT = b'("TEXT" "PLAIN" ("CHARSET" "utf-8") NIL NIL "8BIT" 12 1 NIL NIL NIL NIL)'
HTML = b'("text" "html" NIL NIL NIL "7bit" 20 1 NIL ("inline" NIL) NIL NIL)'
HEADER = b"From: anna@mail.example\r\nSubject: x\r\n"


def structure(written: bytes) -> Any:
    """What IMAPClient makes of a BODYSTRUCTURE."""
    return parse_fetch_response([b"1 (UID 5 BODYSTRUCTURE " + written + b")"])[5][b"BODYSTRUCTURE"]


def sections(written: bytes) -> list[str]:
    return [part.section for part in text_parts(read_structure(structure(written)))]


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (TEXT, ["1"]),
        (b"(" + TEXT + HTML + b' "ALTERNATIVE" ("boundary" "b") NIL NIL NIL)', ["1", "2"]),
        (b"((" + TEXT + HTML + b' "alternative")' + TEXT + b' "mixed")', ["1.1", "1.2", "2"]),
        (b"((" + TEXT + b' "related")' + b'"mixed")', ["1.1"]),
        (b"(" + TEXT + b'("image" "png" NIL NIL NIL "base64" 9 NIL NIL NIL NIL) "mixed")', ["1"]),
        # A text that is a file is a file.
        (b'("text" "plain" ("name" "log.txt") NIL NIL "7bit" 5 1 NIL ("attachment" NIL) NIL NIL)', []),
        (b'("text" "csv" NIL NIL NIL "7bit" 5 1 NIL ("attachment" ("filename" "o.csv")) NIL NIL)', []),
        # What makes a bounce one is read; the message that bounced is not.
        (
            b"(" + TEXT + b'("message" "delivery-status" NIL NIL NIL "7bit" 90 NIL NIL NIL NIL)'
            b'("message" "rfc822" NIL NIL NIL "7bit" 70000000 (NIL "s" NIL NIL NIL NIL NIL NIL NIL NIL) '
            + TEXT
            + b' 900 NIL NIL NIL NIL) "report" ("report-type" "delivery-status" "boundary" "b") NIL NIL NIL)',
            ["1", "2"],
        ),
        # Without extension data, as BODY would be (RFC 9051 section 7.5.2).
        (b'("TEXT" "PLAIN" NIL NIL NIL "7BIT" 12 1)', ["1"]),
    ],
)
def test_the_parts_to_fetch_are_the_texts_of_the_mail_itself(written: bytes, expected: list[str]) -> None:
    assert sections(written) == expected


@pytest.mark.parametrize(
    ("parameters", "disposition", "name"),
    [
        (b"NIL", b'("attachment" ("filename" "front.jpg"))', "front.jpg"),
        (b'("name" "front.jpg")', b"NIL", "front.jpg"),
        (b'("name" "a.jpg")', b'("attachment" ("filename" "b.jpg"))', "b.jpg"),
        (b"NIL", b'("attachment" ("filename*" "utf-8\'\'%C3%B6l.jpg"))', "öl.jpg"),
        (b"NIL", b'("attachment" ("filename*0*" "utf-8\'\'%C3%B6" "filename*1" "l.jpg"))', "öl.jpg"),
        (b'("name" "=?utf-8?B?w7ZsLmpwZw==?=")', b"NIL", "öl.jpg"),
        (b'("name" "=?nonsense?B?w7ZsLmpwZw==?=")', b"NIL", "=?nonsense?B?w7ZsLmpwZw==?="),
        (b'("name" "\xc3\xb6l.jpg")', b"NIL", "öl.jpg"),
        (b'("name" "\xf6l.jpg")', b"NIL", "öl.jpg"),
        (b"NIL", b'("attachment" ("filename" "a\x07\x1b.jpg"))', "a.jpg"),
        (b"NIL", b'"attachment; filename=\\"front.jpg\\""', "front.jpg"),
        (b"NIL", b"NIL", ""),
    ],
)
def test_a_file_left_out_bears_its_name(parameters: bytes, disposition: bytes, name: str) -> None:
    written = b'("image" "jpeg" ' + parameters + b' NIL NIL "base64" 312331 NIL ' + disposition + b" NIL NIL)"
    partial = compose(HEADER, read_structure(structure(written)), {})
    assert partial.left_out == (LeftOut(filename=name, content_type="image/jpeg", size=312331),)


def test_what_is_composed_nests_as_it_was_without_the_files() -> None:
    tree = read_structure(
        structure(
            b"((" + TEXT + HTML + b' "alternative")'
            b'("image" "png" NIL NIL NIL "base64" 9 NIL ("attachment" ("filename" "a.png")) NIL NIL) "mixed")'
        )
    )
    texts = {
        "1.1": FetchedText(header=b"Content-Type: text/plain; charset=utf-8\r\n\r\n", body="schön\r\n".encode()),
        "1.2": FetchedText(header=b"Content-Type: text/html\r\n\r\n", body=b"<p>--=_</p>"),
    }
    raw = compose(
        HEADER + b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed;\r\n boundary=b\r\n\r\n", tree, texts
    ).raw
    message = message_from_bytes(raw)
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    assert [part.get_payload(decode=True) for part in message.walk() if not part.is_multipart()] == [
        "schön".encode() + b"\r\n",
        b"<p>--=_</p>",
    ]
    assert (message["From"], message.get_all("Content-Type")) == ("anna@mail.example", [message["Content-Type"]])
    assert [part.defects for part in message.walk()] == [[], [], [], []]
    assert raw.count(b"\n") == raw.count(b"\r\n")


def test_the_same_message_is_composed_twice_to_the_same_bytes_and_another_to_others() -> None:
    tree = read_structure(structure(b"(" + TEXT + HTML + b' "mixed")'))

    def raw(body: bytes) -> bytes:
        return compose(HEADER, tree, {"1": FetchedText(header=b"", body=body)}).raw

    assert raw(b"one\r\n") == raw(b"one\r\n")
    assert raw(b"one\r\n") != raw(b"two\r\n")


def test_a_report_stays_a_report() -> None:
    tree = Multipart(
        subtype="report",
        report_type="delivery-status",
        parts=(Part(section="1", content_type="text/plain", size=1, filename="", is_attachment=False),),
    )
    message = message_from_bytes(compose(HEADER, tree, {"1": FetchedText(header=b"", body=b"x")}).raw)
    assert (message.get_content_type(), message.get_param("report-type")) == ("multipart/report", "delivery-status")


@pytest.mark.parametrize("bad", ['a"b', "x; boundary=evil", "a\r\nSubject: evil", "", "ä"])
def test_a_type_from_outside_adds_nothing_to_the_header(bad: str) -> None:
    encoded = bad.encode()
    body: Any = ([(b"text", encoded, None, None, None, b"7bit", 1, 1)], encoded, (b"report-type", encoded))
    tree = read_structure(body)
    message = message_from_bytes(compose(HEADER, tree, {"1": FetchedText(header=b"", body=b"x")}).raw)
    assert message.get_content_type() == "multipart/mixed"
    assert message.keys() == ["From", "Subject", "MIME-Version", "Content-Type"]
    assert message.get_param("report-type") is None


def test_without_any_text_the_message_is_its_header() -> None:
    partial = compose_header_alone(HEADER + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", 70_000_000)
    message = message_from_bytes(partial.raw)
    assert (message["Subject"], message.get_content_type(), message.get_payload()) == ("x", "text/plain", "")
    assert partial.left_out == (LeftOut(filename="", content_type="message/rfc822", size=70_000_000),)


@pytest.mark.parametrize(
    ("body", "limit", "cut"),
    [
        (b"ab\r\ncd\r\n", 100, b"ab\r\ncd\r\n"),
        (b"ab\r\ncd\r\n", 7, b"ab\r\n"),
        (b"ab\r\ncd\r\n", 4, b"ab\r\n"),
        (b"abcdefgh", 4, b"abcd"),
        (b"", 4, b""),
    ],
)
def test_a_body_is_cut_after_a_line(body: bytes, limit: int, cut: bytes) -> None:
    assert cut_at_line(body, limit) == cut


ATOMS = st.one_of(st.none(), st.integers(), st.binary(max_size=20), st.sampled_from([b"text", b"plain", b"attachment"]))
TREES = st.recursive(
    ATOMS, lambda inner: st.one_of(st.lists(inner, max_size=12).map(tuple), st.lists(inner, max_size=3)), max_leaves=40
)


@given(TREES)
def test_of_anything_a_structure_or_an_ordinary_error_comes(tree: Any) -> None:
    try:
        read = read_structure(tree)
    except (TypeError, ValueError, IndexError, KeyError):
        return
    assert message_from_bytes(compose(HEADER, read, {}).raw)["Subject"] == "x"


@given(st.binary(max_size=400))
def test_of_any_header_whole_fields_are_kept(header: bytes) -> None:
    raw = compose_header_alone(HEADER + header, 1).raw
    head, blank, body = raw.partition(b"\r\n\r\n")
    assert (blank, body) == (b"\r\n\r\n", b"")
    assert head.startswith(HEADER.rstrip())
    assert head.endswith(b"MIME-Version: 1.0\r\nContent-Type: text/plain")

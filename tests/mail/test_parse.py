import base64
import time
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.mail.parse import clean_filename, parse
from tests.mail.messages import multipart, parts, raw


def test_a_plain_mail_is_read() -> None:
    mail = parse(raw(headers=["In-Reply-To: <a@x>", "References: <0@x> <a@x>", "Cc: Bea <b@x.example>"]))
    assert mail.sender is not None
    assert (mail.sender.name, mail.sender.address) == ("Anna Berg", "anna@mail.example")
    assert mail.subject == "Broken camera"
    assert mail.text == mail.text_part == "Good morning,\nthe camera is broken."
    assert mail.html_text == ""
    assert mail.reply_text == mail.text
    assert mail.message_id == "<m1@mail.example>"
    assert mail.in_reply_to == "<a@x>"
    assert mail.references == ("<0@x>", "<a@x>")
    assert [each.address for each in mail.to] == ["returns@shop.example"]
    assert [each.address for each in mail.cc] == ["b@x.example"]
    assert mail.date == datetime(2026, 11, 5, 9, 12, 44, tzinfo=timezone(timedelta(hours=1)))
    assert (mail.automatic, mail.silent, mail.kind_hint, mail.defects, mail.unreadable) == (
        "",
        "",
        "",
        (),
        "",
    )


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\r\n\r\n",
        b"\0\0\0",
        b"\x89PNG\r\n\x1a\n" + bytes(200),
        b"just some words\r\nwithout any header\r\n",
        b"name: value\nother: value\n\nA file of settings is no mail.\n",
        b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj",
        b"PK\x03\x04" + bytes(100),
        b"<html><body>From: x</body></html>",
    ],
)
def test_what_is_no_message_says_so(content: bytes) -> None:
    mail = parse(content)
    assert mail.unreadable
    assert mail.sender is None
    assert mail.content_key


def test_line_ends_of_every_kind_are_read() -> None:
    for ending in (b"\r\n", b"\n", b"\r"):
        mail = parse(raw().replace(b"\r\n", ending))
        assert (mail.subject, mail.text) == ("Broken camera", "Good morning,\nthe camera is broken.")


@pytest.mark.parametrize(
    "date, moment",
    [
        ("Thu, 05 Nov 2026 09:12:44 +0000", datetime(2026, 11, 5, 9, 12, 44, tzinfo=UTC)),
        ("5 Nov 2026 09:12 -0000", datetime(2026, 11, 5, 9, 12, tzinfo=UTC)),
        ("Thu, 05 Nov 2026 09:12:44 GMT", datetime(2026, 11, 5, 9, 12, 44, tzinfo=UTC)),
        ("yesterday", None),
        ("Thu, 99 Nov 2026 09:12:44 +0000", None),
        ("Thu, 05 Nov 99999999 09:12:44 +9999", None),
        ("", None),
    ],
)
def test_a_date_is_aware_or_none(date: str, moment: datetime | None) -> None:
    content = raw().replace(b"Thu, 05 Nov 2026 09:12:44 +0100", date.encode())
    assert parse(content).date == moment


# Bodies ---------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "encoding, body",
    [
        ("8bit", "Käse – 5 €".encode()),
        ("quoted-printable", b"K=C3=A4se =E2=80=93 5 =\r\n=E2=82=AC"),
        ("QUOTED-PRINTABLE ;", b"K=C3=A4se =E2=80=93 5 =E2=82=AC  \r\n"),
        ("base64", base64.encodebytes("Käse – 5 €".encode())),
        ("BASE64", base64.b64encode("Käse – 5 €".encode()).rstrip(b"=")),
        ("7bit", "Käse – 5 €".encode()),
        ("binary", "Käse – 5 €".encode()),
    ],
)
def test_every_transfer_encoding_is_undone(encoding: str, body: bytes) -> None:
    assert parse(raw(body, encoding=encoding)).text == "Käse – 5 €"


def test_uuencode_is_undone() -> None:
    mail = parse(raw(b"begin 644 x.txt\r\n#86)C\r\n`\r\nend\r\n", encoding="x-uuencode"))
    assert mail.text == "abc"


def test_a_mail_of_html_alone_is_read_as_its_visible_text() -> None:
    mail = parse(raw("<p>Seen</p><p style='display:none'>Not</p>", content_type="text/html; charset=utf-8"))
    assert mail.text == mail.html_text == mail.reply_text == "Seen"
    assert mail.text_part == ""


def test_an_alternative_is_one_body_in_two_forms() -> None:
    mail = parse(multipart("\n\nplain words", "Content-Type: text/html\n\n<p>html words</p>", kind="alternative"))
    assert (mail.text, mail.text_part, mail.html_text) == ("plain words", "plain words", "html words")


def test_a_token_text_beside_the_real_html_is_not_the_text() -> None:
    html = "<p>" + "The camera is broken since Monday. " * 10 + "</p>"
    mail = parse(multipart("\n\nPlease use an HTML reader.", f"Content-Type: text/html\n\n{html}", kind="alternative"))
    assert mail.text.startswith("The camera is broken")


def test_two_texts_with_a_picture_between_are_one_text() -> None:
    mail = parse(multipart("\n\nfirst", "Content-Type: image/jpeg\n\nx", "Content-Type: text/plain\n\nsecond"))
    assert mail.text == "first\nsecond"
    assert len(mail.attachments) == 1


@pytest.mark.parametrize(
    "body, delsp, text",
    [
        ("one \r\ntwo\r\nthree", "no", "one two\nthree"),
        ("one \r\ntwo", "yes", "onetwo"),
        ("> q \r\n> r\r\nmine", "no", "> q r\nmine"),
        (" From here", "no", "From here"),
        ("mine\r\n-- \r\nAnna", "no", "mine\n-- \nAnna"),
    ],
)
def test_flowed_text_is_joined(body: str, delsp: str, text: str) -> None:
    assert parse(raw(body, content_type=f"text/plain; format=flowed; delsp={delsp}")).text == text


def test_the_charset_of_a_multipart_serves_its_parts() -> None:
    body = parts("Content-Type: text/plain\nContent-Transfer-Encoding: quoted-printable\n\nza=BF=F3=B3=E6")
    mail = parse(raw(body, content_type='multipart/mixed; boundary=b1; charset="iso-8859-2"', encoding=None))
    assert mail.text == "zażółć"


def test_a_html_document_may_name_its_charset_itself() -> None:
    html = '<meta charset="windows-1251"><p>Привет</p>'.encode("cp1251")
    assert parse(raw(html, content_type="text/html")).text == "Привет"


# Files ----------------------------------------------------------------------------------------------------------------


def test_files_are_kept_in_their_order_with_their_bytes() -> None:
    mail = parse(
        multipart(
            "\n\nhello",
            'Content-Type: image/jpeg; name="a.jpg"\nContent-Transfer-Encoding: base64\n\n/9j/4AAQ',
            "Content-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n"
            'Content-Disposition: attachment; filename="winmail.dat"\n\neJ8+Ig==',
            "Content-Type: image/png\nContent-ID: <logo>\nContent-Description: the back of the box\n"
            "Content-Disposition: inline\n\nx",
            "Content-Type: text/calendar\n\nBEGIN:VCALENDAR",
            'Content-Type: text/plain\nContent-Disposition: attachment; filename="log.txt"\n\nlog',
        )
    )
    assert [(each.filename, each.content_type, each.size, each.inline, each.label) for each in mail.attachments] == [
        ("a.jpg", "image/jpeg", 6, False, ""),
        ("winmail.dat", "application/ms-tnef", 4, False, ""),
        ("", "image/png", 1, True, "the back of the box"),
        ("", "text/calendar", 15, False, ""),
        ("log.txt", "text/plain", 3, False, ""),
    ]
    assert mail.attachments[0].content == b"\xff\xd8\xff\xe0\x00\x10"
    assert mail.text == "hello"


def test_a_picture_that_the_html_shows_is_inline() -> None:
    mail = parse(
        multipart(
            'Content-Type: text/html\n\n<p>a<img src="cid:p1@x"></p>',
            "Content-Type: image/png\nContent-ID: <p1@x>\n\nx",
            kind="related",
        )
    )
    assert [(each.inline, each.content_id) for each in mail.attachments] == [(True, "p1@x")]


FORWARDED = (
    "Content-Type: message/rfc822\n\nFrom: Bea <bea@mail.example>\nSubject: Kaputt\n"
    "Content-Type: multipart/mixed; boundary=i1\n\n--i1\n\ninner words\n--i1\nContent-Type: image/png\n\nx\n--i1--\n"
)


def test_an_attached_mail_is_one_file_and_not_looked_into() -> None:
    mail = parse(multipart("\n\nsee below", FORWARDED))
    assert mail.text == "see below"
    assert [each.content_type for each in mail.attachments] == ["message/rfc822"]
    assert mail.forwarded
    assert mail.forwarded_from is not None
    assert mail.forwarded_from.address == "bea@mail.example"
    inner = parse(mail.attachments[0].content or b"")
    assert (inner.subject, inner.text, len(inner.attachments)) == ("Kaputt", "inner words", 1)


@pytest.mark.parametrize(
    "subject, text, address",
    [
        ("Fwd: x", "FYI\n\n---------- Forwarded message ---------\nFrom: Bea <bea@mail.example>\nDate: x\n"
        "Subject: y\nTo: z\n\nbroken",
         "bea@mail.example"),
        ("WG: x", "Von: Bea [mailto:bea@mail.example]\nGesendet: Montag\nAn: Shop\nBetreff: y\n\n"
        "kaputt", "bea@mail.example"),
        ("x", "Anfang der weitergeleiteten Nachricht:\n\n> Von: Bea <bea@mail.example>\n> Betreff: y\n>\n"
        "> kaputt", "bea@mail.example"),
    ],
)  # fmt: skip
def test_a_mail_forwarded_in_the_text_is_recognised(subject: str, text: str, address: str) -> None:
    mail = parse(raw(text, subject=subject))
    assert mail.forwarded
    assert mail.forwarded_from is not None
    assert mail.forwarded_from.address == address


@pytest.mark.parametrize(
    "subject, text",
    [
        ("Re: x", "thanks\n\nVon: Bea <bea@mail.example>\nGesendet: Montag\nAn: Shop\nBetreff: y\n\nkaputt"),
        ("x", "words only"),
        ("Fwd: x", "words only"),
    ],
)
def test_an_answer_is_no_forward(subject: str, text: str) -> None:
    assert not parse(raw(text, subject=subject)).forwarded


@pytest.mark.parametrize(
    "written, shown",
    [
        ("a.jpg", "a.jpg"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\anna\\a.jpg", "a.jpg"),
        ("a\0.jpg", "a.jpg"),
        ("a\r\nb.jpg", "a b.jpg"),
        ("photo\u202egpj.exe", "photogpj.exe"),
        ("\u2066a\u2069.jpg", "a.jpg"),
        ("..", ""),
        (".", ""),
        ("", ""),
        (".htaccess", ".htaccess"),
        ("CON", "CON"),
        ("a/", ""),
        ("   a   b.jpg ", "a b.jpg"),
    ],
)
def test_a_file_name_is_never_a_path(written: str, shown: str) -> None:
    assert clean_filename(written) == shown


def test_a_long_file_name_keeps_its_ending() -> None:
    shown = clean_filename("x" * 4096 + ".jpeg")
    assert len(shown) == 120
    assert shown.endswith("….jpeg")


@given(st.text())
def test_no_file_name_leaves_its_folder(name: str) -> None:
    shown = clean_filename(name)
    assert not set(shown) & set("/\\\0\r\n\u202e")
    assert shown not in (".", "..")
    assert len(shown) <= 120


# Two readings (ATTACKS A10) -------------------------------------------------------------------------------------------

AMBIGUOUS = {
    "two boundaries": raw(parts("\n\na"), content_type="multipart/mixed; boundary=b1; boundary=b2", encoding=None),
    "two content types": raw(headers=["Content-Type: text/html"]),
    "two encodings": raw(headers=["Content-Transfer-Encoding: base64"]),
    "two subjects": raw(headers=["Subject: other"]),
    "two senders": raw(headers=["From: b@x.example"]),
    "two dates": raw(headers=["Date: Fri, 06 Nov 2026 09:12:44 +0100"]),
    "two ids": raw(headers=["Message-ID: <other@x>"]),
    "two reply-to": raw(headers=["Reply-To: a@x.example", "Reply-To: b@x.example"]),
    "content types of a part": multipart("Content-Type: text/plain\nContent-Type: text/html\n\na"),
    "encodings of a part": multipart("Content-Transfer-Encoding: 7bit\nContent-Transfer-Encoding: base64\n\na"),
    "dispositions of a part": multipart("Content-Disposition: inline\nContent-Disposition: attachment\n\na"),
    "two file names": multipart('Content-Disposition: attachment; filename="a.jpg"; filename="a.exe"\n\na'),
    "name and file name": multipart(
        'Content-Type: image/jpeg; name="a.jpg"\nContent-Disposition: attachment; filename="a.exe"\n\na'
    ),
    "unknown encoding": raw(encoding="base65"),
    "encoded multipart": raw(parts("\n\na"), content_type="multipart/mixed; boundary=b1", encoding="base64"),
    "nested one boundary": multipart(
        "Content-Type: multipart/mixed; boundary=b1\n\n--b1\n\na\n--b1--",
    ),
    "text after base64": raw(b"YWJj\r\nYQ==\r\nYWJj", encoding="base64"),
    "junk in base64": raw(b"YW!Jj", encoding="base64"),
    "no boundary": raw(parts("\n\na"), content_type="multipart/mixed", encoding=None),
    "space before the colon": raw(headers=["X-A : b"]),
    "a line that is none": raw(headers=["no header", "X-A: b"]),
    "a bare CR": raw(headers=["X-A: b\rX-B: c"]),
    "a NUL": raw(headers=["X-A: b\0c"]),
}


@pytest.mark.parametrize("message", AMBIGUOUS.values(), ids=AMBIGUOUS.keys())
def test_what_can_be_read_in_two_ways_is_told(message: bytes) -> None:
    mail = parse(message)
    assert mail.unreadable == ""
    assert mail.defects


CLEAR = {
    "plain": raw(),
    "the same header twice": raw(headers=["Date: Thu, 05 Nov 2026 09:12:44 +0100"]),
    "names in two spellings": multipart(
        'Content-Type: image/jpeg; name="=?utf-8?q?K=C3=A4se.jpg?="\nContent-Disposition: attachment; '
        "filename*=utf-8''K%C3%A4se.jpg\n\na"
    ),
    "wrapped base64": raw(base64.encodebytes(b"a" * 500), encoding="base64"),
    "two trace headers": raw(top=["Received: a", "Received: b", "DKIM-Signature: a", "DKIM-Signature: b"]),
    "preamble": raw(
        b"This is MIME.\r\n" + parts("\n\na") + b"bye",
        content_type="multipart/mixed; boundary=b1",
        encoding=None,
    ),
}


@pytest.mark.parametrize("message", CLEAR.values(), ids=CLEAR.keys())
def test_an_honest_mail_has_no_defects(message: bytes) -> None:
    assert parse(message).defects == ()


# Limits ---------------------------------------------------------------------------------------------------------------


def nested(depth: int) -> bytes:
    head = "".join(f"Content-Type: multipart/mixed; boundary=b{level}\r\n\r\n--b{level}\r\n" for level in range(depth))
    return b"From: a@x.example\r\n" + head.encode() + b"\r\ndeep\r\n"


@pytest.mark.parametrize(
    "name, message, defect",
    [
        ("one header of 2 MB", raw(headers=["X-A: " + "a" * 2_000_000]), "16 KiB"),
        ("2 MB of headers", raw(headers=[f"X-{number}: {'a' * 100}" for number in range(20_000)]), "100 KiB"),
        ("a long To", raw(headers=["Cc: " + "a <a@x.example>, " * 20_000]), "16 KiB"),
        ("3,000 levels", nested(3000), "100 levels"),
        ("200,000 parts", multipart(*["\n\na"] * 200_000), "1,000 parts"),
        ("3 MB of text", raw("word " * 600_000), "256 KB"),
        ("3 MB of one line", raw("x" * 3_000_000), "256 KB"),
        ("3 MB of HTML", raw("<p>word</p>" * 300_000, content_type="text/html"), "256 KB"),
        ("100,000 parameters", raw(content_type="text/plain" + "; a*0=b" * 100_000), "16 KiB"),
    ],
)
def test_what_is_too_much_is_cut_named_and_cheap(name: str, message: bytes, defect: str) -> None:
    started = time.process_time()
    mail = parse(message)
    assert time.process_time() - started < 6, name
    assert any(defect in each for each in mail.defects)
    assert mail.sender is not None
    assert len(mail.text) <= 256 * 1024 + 1024
    assert len(mail.attachments) <= 1000


def test_a_hundred_levels_and_a_thousand_parts_are_not_too_much() -> None:
    assert parse(nested(60)).text == "deep"
    assert parse(multipart(*["Content-Type: image/png\n\nx"] * 900)).defects == ()


def test_readers_get_no_line_of_more_than_4_kb_and_lose_no_word() -> None:
    words = " ".join(f"w{number}" for number in range(5000))
    text = parse(raw(words)).text
    assert max(len(line) for line in text.split("\n")) <= 4096
    assert text.split() == words.split()


BODIES = [
    "a",
    " ",
    ">",
    "> ",
    "@",
    "a@b.c ",
    "<a@b.c>\n",
    "From: a@b\n",
    "On 1.1.26 a@b\n",
    "-- \n",
    "550 ",
    "5.",
    "--b1\n",
    "=",
    "=4",
]
TAGS = [
    "<",
    "<p ",
    "<div>",
    "<p style='",
    "&",
    "<style>a{",
    "<blockquote>",
    "<!--",
    "<td><table>",
    "a:b;",
    "<b style='color:#'>",
]


@pytest.mark.parametrize("family", BODIES)
def test_a_hostile_body_costs_no_more_than_its_length(family: str) -> None:
    body = (family * (200_000 // len(family)))[:200_000]
    started = time.process_time()
    parse(raw(body, sender="mailer-daemon@x.example", subject="failure notice", encoding="quoted-printable"))
    assert time.process_time() - started < 4


@pytest.mark.parametrize("family", TAGS)
def test_hostile_html_costs_no_more_than_its_length(family: str) -> None:
    body = (family * (200_000 // len(family)))[:200_000]
    started = time.process_time()
    parse(raw(body, content_type="text/html"))
    assert time.process_time() - started < 6


# One copy or two ------------------------------------------------------------------------------------------------------


def key(message: bytes) -> str:
    return parse(message).content_key


@pytest.mark.parametrize(
    "other",
    [
        raw(top=["Received: from elsewhere"]),
        raw(top=["Delivered-To: returns@shop.example", "X-Spam-Score: 1"]),
        raw().replace(b"\r\n", b"\n"),
        raw() + b"\r\n",
    ],
)
def test_a_second_delivery_has_the_same_content_key(other: bytes) -> None:
    assert key(other) == key(raw())


@pytest.mark.parametrize(
    "other",
    [
        raw("Good morning,\r\nthe camera is fine.\r\n"),
        raw(subject="Broken lamp"),
        raw(sender="Bea <bea@mail.example>"),
        raw(headers=["Message-ID: <m2@mail.example>"]),
        raw().replace(b"05 Nov", b"06 Nov"),
        raw(headers=["Subject: Broken camera"]),
    ],
)
def test_other_content_has_another_content_key_though_its_id_be_the_same(other: bytes) -> None:
    assert key(other) != key(raw())


# Whatever comes -------------------------------------------------------------------------------------------------------


def test_our_own_headers_on_a_strangers_mail_are_not_kept() -> None:
    mail = parse(raw(headers=["X-Mailbot-Ref: k3", "X-MAILBOT-CLAIM: 1", "X-Other: y"]))
    assert not [name for name, _ in mail.headers if name.lower().startswith("x-mailbot")]
    assert mail.header("x-other") == "y"
    assert mail.own_reference == ""


def test_a_line_end_in_an_encoded_subject_is_a_space() -> None:
    assert parse(raw(subject="=?utf-8?q?a=0D=0ABcc:_x?=")).subject == "a  Bcc: x"


SEALED = {
    "signed": (
        ("Content-Type: text/plain\n\nIt leaks.",
         'Content-Type: application/pkcs7-signature; name="smime.p7s"\nContent-Transfer-Encoding: base64\n\nMIIB'),
        "signed", "It leaks.", ["application/pkcs7-signature"]),
    "pgp signed": (
        ("Content-Type: text/plain\n\nIt leaks.", "Content-Type: application/pgp-signature\n\n-----BEGIN PGP"),
        "signed", "It leaks.", ["application/pgp-signature"]),
    "pgp encrypted": (
        ("Content-Type: application/pgp-encrypted\n\nVersion: 1", "Content-Type: application/octet-stream\n\n--BEGIN"),
        "encrypted", "", ["application/pgp-encrypted", "application/octet-stream"]),
    "invitation": (
        ("Content-Type: text/plain\n\nMeet me", "Content-Type: text/calendar; method=REQUEST\n\nBEGIN:VCALENDAR"),
        "alternative", "Meet me", ["text/calendar"]),
}  # fmt: skip


@pytest.mark.parametrize("each, kind, text, files", SEALED.values(), ids=SEALED.keys())
def test_sealed_and_calendar_parts_are_files_beside_the_text(
    each: tuple[str, ...], kind: str, text: str, files: list[str]
) -> None:
    mail = parse(multipart(*each, kind=kind))
    assert (mail.text, [one.content_type for one in mail.attachments], mail.defects) == (text, files, ())


def test_a_sealed_mail_is_one_file_and_no_text() -> None:
    mail = parse(
        raw(base64.encodebytes(b"0" * 90), content_type="application/pkcs7-mime; name=smime.p7m", encoding="base64")
    )
    assert (mail.text, [each.filename for each in mail.attachments]) == ("", ["smime.p7m"])


TYPES = [
    "text/plain; charset=utf-8", "text/plain; format=flowed; delsp=yes", "text/html", "image/jpeg; name=a.jpg",
    "application/ms-tnef; name=winmail.dat", "message/rfc822", "message/delivery-status", "text/calendar",
    "application/pkcs7-mime", "text/rfc822-headers", "text/plain; charset=utf-16", "application/octet-stream", "x", "",
]  # fmt: skip
CONTENTS = [
    b"hello", b"> quoted\n\nmine\n-- \nAnna", b"<p>a<blockquote type=cite>b</blockquote>", b"\x78\x9f\x3e\x22\1\0",
    b"From: b@x.example\nSubject: inner\n\nbody", b"Final-Recipient: rfc822; a@x.example\nAction: failed", b"",
    b"Message:\n=?utf-8?q?=C3", b"On 1.1.2026 10:00 <a@b.c> wrote:\n> 1. Photo? --> here", b"\x00\x1b$B",
]  # fmt: skip
WRAPPERS = ["mixed", "alternative", "related", "report; report-type=delivery-status", "signed", "digest", "x"]


def trees() -> st.SearchStrategy[bytes]:
    """Messages' parts of any nesting, each with its headers; a boundary may be that of another level."""
    leaf = st.builds(
        lambda kind, encoding, name, content: (
            f"Content-Type: {kind}\nContent-Transfer-Encoding: {encoding}\nContent-Disposition: {name}\n\n".encode()
            + (base64.encodebytes(content) if encoding == "base64" else content)
        ),
        st.sampled_from(TYPES),
        st.sampled_from(["7bit", "8bit", "base64", "quoted-printable", "x-uuencode", "x"]),
        st.sampled_from(
            ["inline", "attachment; filename=a.jpg", "attachment; filename*0*=utf-8''%C3; filename*1=x", ";"]
        ),
        st.sampled_from(CONTENTS),
    )

    def wrapped(inner: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
        return st.builds(
            lambda kind, boundary, parts, closed: (
                f"Content-Type: multipart/{kind}; boundary={boundary}\n\n".encode()
                + b"".join(f"--{boundary}\n".encode() + part + b"\n" for part in parts)
                + (f"--{boundary}--\n".encode() if closed else b"")
            ),
            st.sampled_from(WRAPPERS),
            st.sampled_from(["b1", "b2", "b3", '"b 4"', "b1--"]),
            st.lists(inner, max_size=4),
            st.booleans(),
        )

    return st.recursive(leaf, wrapped, max_leaves=12)


@settings(max_examples=300, deadline=None)
@given(
    trees(), st.lists(st.tuples(st.integers(0, 5000), st.sampled_from([b"", b"\r", b"\n\n", b"--b1\n", b"\0", b">"])))
)
def test_no_spoilt_tree_of_parts_raises(tree: bytes, spoilers: list[tuple[int, bytes]]) -> None:
    content = b"From: lea@shop.example\nSubject: Fwd: x\nMIME-Version: 1.0\n" + tree
    for place, piece in spoilers[:5]:
        at = 30 + place % len(content)
        content = content[:at] + piece + content[at + 1 :]
    mail = parse(content, own_addresses=frozenset({"returns@shop.example"}))
    assert not mail.unreadable.startswith("it could not be read")
    assert len(mail.attachments) <= 1000


@settings(max_examples=200)
@given(st.binary(max_size=2000))
def test_no_bytes_raise(content: bytes) -> None:
    mail = parse(content)
    assert isinstance(mail.text, str)


PIECES = [
    "From: a@x.example", "Subject: =?utf-8?q?=C3", "Content-Type: multipart/mixed; boundary=b", "Content-Type: "
    "text/html",
    "Content-Type: message/rfc822", "Content-Type: message/delivery-status", "Content-Transfer-Encoding: base64",
    "Content-Type: multipart/report; report-type=delivery-status; boundary=b", "Content-Transfer-Encoding: "
    "quoted-printable",
    "Content-Disposition: attachment; filename*0*=utf-8''%", "--b", "--b--", "", "\r", "\0", " fold", "\t", "> "
    "a", "<div><p>x", "=",
    "Final-Recipient: rfc822; a@x.example", "Action: failed", "On 1.1.2026 a@b "
    "wrote:", "\xff", "Auto-Submitted: x", "begin 644 a",
    "Content-Type: text/plain; charset=utf-7", "Content-Type: text/plain; "
    "charset=utf-16", "Authentication-Results: x; dmarc=",
]  # fmt: skip


@settings(max_examples=300)
@given(st.lists(st.sampled_from(PIECES), max_size=30), st.sampled_from(["\r\n", "\n"]))
def test_no_structure_raises(lines: list[str], ending: str) -> None:
    content = ending.join(["From: a@x.example", *lines]).encode("latin-1")
    mail = parse(content, own_authserv_id="x", own_addresses=frozenset({"a@x.example"}))
    assert mail.unreadable == "" or not mail.unreadable.startswith("it could not be read")
    for text in (
        mail.subject,
        mail.text,
        mail.reply_text,
        mail.html_text,
        *(name for name, _ in mail.headers),
    ):
        text.encode()
        assert "\0" not in text
        assert "\r" not in text

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.decoding import (
    base64_bytes,
    clean_line,
    clean_text,
    codec_for,
    header_text,
    parameterised,
    text_of,
)


@pytest.mark.parametrize(
    "raw, shown",
    [
        ("plain", "plain"),
        ("=?utf-8?q?K=C3=A4se?=", "Käse"),
        ("=?UTF-8?B?S8Okc2U=?=", "Käse"),
        ("=?utf-8?b?S8Okc2U?=", "Käse"),  # padding left out
        ("=?utf-8*de?q?K=C3=A4se?=", "Käse"),  # RFC 2231 language
        ("Re: =?utf-8?q?K=C3=A4se?= kaputt", "Re: Käse kaputt"),
        ("=?utf-8?q?a?= =?utf-8?q?b?=", "ab"),  # the space between two words is not shown
        ("=?utf-8?q?a?= b", "a b"),
        ("=?utf-8?b?w6Q=?=\r\n =?utf-8?b?w7Y=?=", "äö"),
        ("=?utf-8?q?=C3?= =?utf-8?q?=A4?=", "ä"),  # one character cut in two
        ("=?utf-8?q?defekt: K=C3=A4se?=", "defekt: Käse"),  # raw spaces inside a word
        ("x=?utf-8?q?=C3=A4?=y", "xäy"),  # glued to the text
        ("=?iso-8859-1?q?gr=FC=DFe?=", "grüße"),
        ("=?gb2312?B?xOO6ww==?=", "你好"),
        ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        ("=?ks_c_5601-1987?B?x9GxuQ==?=", "한국"),
        ("=?unknown-8bit?q?K=C3=A4se?=", "Käse"),
        ("=?no-such-charset?q?abc?=", "abc"),
        ("=?utf-8?q?broken", "=?utf-8?q?broken"),
        ("=?utf-8?Q?K=C3=A4se_ist", "Käse ist"),  # cut off before its end
        ("Re: =?utf-8?Q?K=C3=A4se?", "Re: Käse"),
        ("=?utf-8?B?S8Okc2UgaXN0", "Käse ist"),
        ("=?utf-8 ?Q?K=C3=A4se?=", "Käse"),
        ("=?utf-8?B?S8Okc2U?= =?utf-8?B?gaXN0?=", "Käse ist"),  # base64 cut within a group of four
        ("=?utf-8?B?S8Okc2U?= =?utf-8?Q?_ist?=", "Käse ist"),
        ("a\r\n b", "a b"),
        ("a\r\n\tb", "a b"),
        ("K\udcc3\udca4se", "Käse"),  # undeclared UTF-8
        ("Gr\udcfc\udcdfe aus Bonn", "Grüße aus Bonn"),  # undeclared Latin-1
        ("=?utf-8?q?a=0D=0ABcc:_x=40y?=", "a  Bcc: x@y"),  # a line end may not come out of an encoded word
        ("=?utf-8?q?a=00b?=", "ab"),
        ("=?utf-8?q?a=E2=80=AEb?=", "ab"),  # right-to-left override
    ],
)
def test_a_header_is_decoded_in_every_spelling(raw: str, shown: str) -> None:
    assert header_text(raw) == shown


@pytest.mark.parametrize(
    "content, charset, text",
    [
        (b"abc", "", "abc"),
        ("Käse".encode(), "utf-8", "Käse"),
        ("Käse".encode(), "", "Käse"),
        ("Käse".encode(), "us-ascii", "Käse"),
        ("Käse".encode("latin-1"), "us-ascii", "Käse"),
        (b"plain", "unicode", "plain"),  # a wrong label
        ("plain".encode("utf-16"), "unicode", "plain"),
        ("plain".encode("utf-16-le"), "utf-16le", "plain"),
        ("Käse".encode("latin-1"), "iso-8859-1", "Käse"),
        ("„Käse“ – 5 €".encode("cp1252"), "iso-8859-1", "„Käse“ – 5 €"),
        ("Käse".encode(), "iso-8859-1", "Käse"),  # labelled wrongly: it is valid UTF-8
        ("Привет, мир".encode(), "koi8-r", "Привет, мир"),
        ("Привет".encode("koi8_r"), "koi8-r", "Привет"),
        ("Привет".encode("cp1251"), "windows-1251", "Привет"),
        ("你好".encode("gb18030"), "gb2312", "你好"),
        ("日本".encode("cp932"), "shift_jis", "日本"),
        ("日本".encode("iso2022_jp"), "", "日本"),
        ("日本".encode("iso2022_jp"), "us-ascii", "日本"),
        ("한국".encode("cp949"), "ks_c_5601-1987", "한국"),
        ("مرحبا".encode("cp1256"), "windows-1256", "مرحبا"),
        ("Käse".encode("utf-16"), "", "Käse"),
        ("Zażółć gęślą jaźń".encode("iso8859_2"), "ISO-8859-2", "Zażółć gęślą jaźń"),
    ],
)
def test_bytes_become_text(content: bytes, charset: str, text: str) -> None:
    assert text_of(content, charset) == text


def test_undeclared_cyrillic_is_found_out() -> None:
    text = "Здравствуйте, мой заказ пришёл повреждённым, экран треснул и телефон не включается вообще."
    assert text_of(text.encode("cp1251"), "") == text


@pytest.mark.parametrize(
    "name",
    ["idna", "punycode", "unicode_escape", "raw_unicode_escape", "base64", "zlib", "rot13", "", "x" * 99],
)
def test_what_is_no_charset_is_none(name: str) -> None:
    assert codec_for(name) == ""


@pytest.mark.parametrize(
    "declared, codec",
    [
        ("x-windows-1252", "cp1252"),
        ("win-1252", "cp1252"),
        ("windows1250", "cp1250"),
        ("cp-866", "cp866"),
        ("DOS-866", "cp866"),
        ("ibm-850", "cp850"),
        ("charset=utf-8", "utf-8"),
        ("utf-8;format=flowed", "utf-8"),
        ("UTF-8, ", "utf-8"),
        ("x-utf-8", "utf-8"),
        ("unicode", "utf-16"),
        ("x-mac-ce", "mac_latin2"),
        ("koi8-ru", "koi8_u"),
        ("cn-gb", "gb18030"),
        ("x-gb2312", "gb18030"),
        ("big5-eten", "cp950"),
        ("iso-8859-6-i", "iso8859-6"),
    ],
)
def test_a_charset_is_known_under_the_names_that_programs_write(declared: str, codec: str) -> None:
    assert codec_for(declared) == codec


@pytest.mark.parametrize(
    "raw, value, name, content",
    [
        ('text/plain; charset="utf-8"', "text/plain", "charset", "utf-8"),
        ("TEXT/Plain; Charset=UTF-8", "text/plain", "charset", "UTF-8"),
        ("text/plain charset=utf-8", "text/plain", "charset", "utf-8"),
        ("text/plain; charset=us-ascii (Plain text)", "text/plain", "charset", "us-ascii"),
        ("attachment; filename*=utf-8''K%C3%A4se.jpg", "attachment", "filename", "Käse.jpg"),
        (
            "attachment; filename*=utf-8'de'K%C3%A4se.jpg; filename=kaese.jpg",
            "attachment",
            "filename",
            "Käse.jpg",
        ),
        (
            "attachment; filename*0*=utf-8''K%C3; filename*1*=%A4se; filename*2=.jpg",
            "attachment",
            "filename",
            "Käse.jpg",
        ),
        ('attachment; filename*1="b.jpg"; filename*0="a"', "attachment", "filename", "ab.jpg"),
        ('attachment; filename="=?utf-8?q?K=C3=A4se.jpg?="', "attachment", "filename", "Käse.jpg"),
        ("attachment; filename=\"UTF-8''K%C3%A4se.jpg\"", "attachment", "filename", "Käse.jpg"),
        ('attachment; filename="K%C3%A4se.jpg"', "attachment", "filename", "Käse.jpg"),
        ('attachment; filename="100%ab.jpg"', "attachment", "filename", "100%ab.jpg"),
        ("attachment; filename='a.jpg'", "attachment", "filename", "a.jpg"),
        ("attachment; filename=IMG 1 (2).jpg", "attachment", "filename", "IMG 1 (2).jpg"),
        (r'attachment; filename="C:\Users\a\x.jpg"', "attachment", "filename", r"C:\Users\a\x.jpg"),
        (r'attachment; filename="a\"b;c.jpg"; x=1', "attachment", "filename", 'a"b;c.jpg'),
        ('attachment; filename="open.jpg', "attachment", "filename", "open.jpg"),
        ("attachment;;; filename = a.jpg ;", "attachment", "filename", "a.jpg"),
    ],
)
def test_parameters_are_read_as_they_are_written(raw: str, value: str, name: str, content: str) -> None:
    read = parameterised(raw)
    assert (read.value, read.get(name)) == (value, content)


@pytest.mark.parametrize(
    "raw, repeated",
    [
        ("multipart/mixed; boundary=a; boundary=b", ("boundary",)),
        ("multipart/mixed; boundary=a; boundary=a", ()),
        ("attachment; filename*0=a; filename*0=b", ("filename",)),
    ],
)
def test_a_parameter_given_twice_is_told(raw: str, repeated: tuple[str, ...]) -> None:
    assert parameterised(raw).repeated == repeated


@pytest.mark.parametrize(
    "raw, content",
    [
        (b"YWJj", b"abc"),
        (b"YW\r\nJj\r\n", b"abc"),
        (b"YWI", b"ab"),
        (b"YQ==YWI=", b"aab"),
        (b"!!YWJj", b"abc"),
        (b"Y", b""),
        (b"", b""),
    ],
)
def test_base64_is_decoded_leniently(raw: bytes, content: bytes) -> None:
    assert base64_bytes(raw) == content


@given(st.text())
def test_a_cleaned_line_is_one_line_that_any_store_takes(text: str) -> None:
    cleaned = clean_line(text)
    assert not set(cleaned) & {"\r", "\n", "\0", "\u2028", "\u202e"}
    cleaned.encode()
    assert clean_line(cleaned) == cleaned


@given(st.text())
def test_a_cleaned_text_has_no_control_but_line_feed_and_tab(text: str) -> None:
    cleaned = clean_text(text)
    assert not any(ord(char) < 32 and char not in "\n\t" for char in cleaned)
    cleaned.encode()


@given(
    st.binary(),
    st.sampled_from(["", "utf-8", "utf-7", "utf-16", "gb2312", "iso-2022-kr", "hz", "idna", "cp037", "x"]),
)
def test_decoding_never_raises(content: bytes, charset: str) -> None:
    assert isinstance(text_of(content, charset), str)


@given(st.text(alphabet=st.sampled_from("=?utf-8qQbB_ \t\r\nAé\udc80;\"'*0%\\")))
def test_reading_a_header_never_raises(raw: str) -> None:
    assert isinstance(header_text(raw), str)
    assert isinstance(parameterised(raw).value, str)


@pytest.mark.parametrize("family", ["=?a?q?", "=?utf-8?q?a?= ", ";a*0*=%41", '"\\', "=?" + "a" * 50, ";" * 5 + '"'])
def test_a_hostile_header_costs_no_more_than_its_length(family: str) -> None:
    def cost(length: int) -> float:
        raw = (family * (length // len(family) + 1))[:length]
        started = time.process_time()
        header_text(raw)
        parameterised(raw)
        return time.process_time() - started

    cost(1000)
    assert cost(16 * 1024) < 0.5

"""Whatever is written, reading answers, and in time that grows with the text only (ATTACKS A16)."""

import gc
import time
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.claims.words import MailKind
from mailbot.reading.answers import answers_in
from mailbot.reading.phrases import Phrasebook, words_of
from mailbot.reading.read import Reader
from mailbot.reading.sentences import LINE_CAP, TEXT_CAP, lines_of, plain_subject
from mailbot.reading.understood import Answer
from mailbot.reading.vocabulary import available, vocabulary
from tests.reading.shop import PATTERNS, Shop, mail, read

WORDS = st.sampled_from(
    [
        *("order", "number", "770012345", "AB-2026-000777", "Velora", "T9", "Ears", "2", "two", "of", "three"),
        *("not", "no", "smoke", "fire", "since", "12", "November", "ordered", "received", "instead", "refund", "or"),
        *(
            "replacement",
            "Widerruf",
            "Akku",
            "aufgebläht",
            "订单",
            "煙",
            "/approve",
            "1Z999",
            "-",
            ":",
            ",",
            ".",
            "?",
            ">",
        ),
    ]
)


@settings(max_examples=150, deadline=None)
@given(text=st.text(max_size=400), subject=st.text(max_size=80))
def test_reading_never_raises_whatever_the_signs(text: str, subject: str) -> None:
    assert read(text, subject=subject).kind in MailKind


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(WORDS, max_size=60), glue=st.sampled_from([" ", "\n", "", "  "]))
def test_reading_never_raises_whatever_the_order_of_telling_words(parts: list[str], glue: str) -> None:
    understood = read(glue.join(parts))
    assert all(0.0 <= value <= 1.0 for value in understood.confidence.values())


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "1",
        " ",
        "\n",
        "-",
        "not ",
        "no smoke ",
        "1-",
        "77001 ",
        "order ",
        "x1",
        "!",
        ">",
        "a.",
        "é",
        "火",
        "T9 ",
        "1/1/",
        "2 of ",
    ],
)
def test_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * size)[:size]
        best = 9.0
        # The collector's share grows with whatever else the process holds, which is not the reader's doing.
        gc.disable()
        for _ in range(3):
            begun = time.thread_time()
            read(text)
            best = min(best, time.thread_time() - begun)
        gc.enable()
        return best

    read(piece * 100)
    small, large = seconds(10_000), seconds(40_000)
    assert large < max(small * 4 * 1.6, 0.25), (small, large)


def test_a_text_over_the_cap_is_cut_and_so_is_a_line() -> None:
    assert len(lines_of("x" * (TEXT_CAP + 10))[0].text) == LINE_CAP
    assert len(lines_of("x\n" * TEXT_CAP)) == TEXT_CAP // 2 + 1


def test_a_mail_of_a_kilobyte_is_read_quickly() -> None:
    text = (
        "Hello, I bought a Velora T9 (order AB-2026-000777) and it does not charge since 12 November. I tried three "
        "cables and two chargers, nothing helps. The light blinks red three times. Please refund me or send another. "
    ) * 5
    reader = Reader(Shop(), PATTERNS)
    for _ in range(5):
        reader.read(mail(text), today=date(2026, 11, 16))
    begun = time.process_time()
    for _ in range(20):
        reader.read(mail(text), today=date(2026, 11, 16))
    milliseconds = (time.process_time() - begun) / 20 * 1000
    assert milliseconds < 15, milliseconds


@pytest.mark.parametrize("code", available())
def test_a_vocabulary_has_what_every_language_needs(code: str) -> None:
    known = vocabulary(code)
    assert known is not None
    needed = {"hazard.told", "withdrawal.declares", "number.order", "number.other", "wish.refund", "mail.return"}
    assert needed <= known.lists.keys()


def test_every_language_names_its_lists_as_english_does() -> None:
    english = vocabulary("en")
    assert english is not None
    for code in available():
        other = vocabulary(code)
        assert other is not None
        unknown = {name for name in other.lists if name not in english.lists}
        assert not unknown, (code, unknown)


@pytest.mark.parametrize(
    ("phrase", "sentence", "found"),
    [
        ("not working", "it is NOT  working!", True),
        ("not working", "it is working, not", False),
        ("stop* .. charging", "it stopped all the charging", True),
        ("stop* .. charging", "it stopped a b c d charging", False),
        ("does/did it even? work", "did it work", True),
        ("does/did it even? work", "does it even work", True),
        ("# days", "after 12 days", True),
        ("*kabel", "mein Ladekabel", True),
        ("gerät", "das GERAET", True),
        ("größe", "die Groesse", True),
        ("größe", "die GRÖSSE", True),
    ],
)
def test_a_phrase_stands_where_its_words_do(phrase: str, sentence: str, found: bool) -> None:
    book = Phrasebook({"x": [phrase]})
    assert bool(book.hits(sentence, words_of(sentence))) is found


@pytest.mark.parametrize("phrase", ["", "..", "a ..", ".. a", "b? a", "a/ b", "a & b"])
def test_a_phrase_that_cannot_be_found_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match=r"phrase|word"):
        Phrasebook({"x": [phrase]})


@pytest.mark.parametrize(
    ("subject", "plain"),
    [
        ("Re: Broken charger", "Broken charger"),
        ("AW: WG: [RMA-7F3K2Q] Kaputt", "Kaputt"),
        ("Re[2]: Re: x", "x"),
        ("Reset does not help", "Reset does not help"),
        ("回复：坏了", "坏了"),
        ("", ""),
    ],
)
def test_a_subject_loses_its_prefixes(subject: str, plain: str) -> None:
    assert plain_subject(subject) == plain


def test_an_answer_under_a_quoted_line_is_kept_with_that_line() -> None:
    new = "yes, attached\nit is 770012345\nBye"
    text = (
        "On Monday the shop wrote:\n> Please send:\n> - [ ] Photo of the back of the box\nyes, attached\n"
        "> 2. Your order number\n\nit is 770012345\n> Kind regards\nBye"
    )
    assert answers_in(text, lines_of(new)) == (
        Answer(to="Photo of the back of the box", answer="yes, attached"),
        Answer(to="Your order number", answer="it is 770012345"),
    )


def test_the_text_under_the_whole_quotation_is_no_answer() -> None:
    assert answers_in("> Please send a photo\n> Kind regards\n\nHello, here it is", lines_of("Hello, here it is")) == ()


def test_lines_that_name_pictures_are_captions() -> None:
    text = "Hello,\nphoto 1: front of the box\nthe second picture shows the crack\nIt does not work.\nIMG_3.jpg back"
    assert read(text).captions == (
        "photo 1: front of the box",
        "the second picture shows the crack",
        "IMG_3.jpg back",
    )


def test_a_shop_with_one_language_reads_every_mail_in_it() -> None:
    reader = Reader(Shop(), PATTERNS, languages=("de",), default_language="de")
    assert reader.read(mail("Hello, it is broken"), today=date(2026, 11, 16)).language == "de"


def test_a_language_without_a_vocabulary_is_read_as_english() -> None:
    reader = Reader(Shop(), PATTERNS, languages=("en", "sv"), default_language="en")
    understood = reader.read(
        mail("Hej, min beställning 770012345 fungerar inte, jag vill returnera den"), today=date(2026, 11, 16)
    )
    assert (understood.language, understood.order_numbers) == ("sv", ("770012345",))

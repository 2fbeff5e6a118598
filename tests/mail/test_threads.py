import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.parse import parse
from mailbot.mail.threads import bare_subject, ids_in, reply_references, reply_subject, rma_in
from tests.mail.messages import raw


@pytest.mark.parametrize(
    "value, ids",
    [
        ("<a@x>", ("<a@x>",)),
        ("<a@x> <b@x>\t<c@x>", ("<a@x>", "<b@x>", "<c@x>")),
        ("<a@x><b@x>", ("<a@x>", "<b@x>")),
        ("<a@x>,<b@x>", ("<a@x>", "<b@x>")),
        ("<a@x> <b@x> <a@x>", ("<a@x>", "<b@x>")),
        ("Your message of Mon, 2 Nov 2026 <a@x>", ("<a@x>",)),
        ("a@x", ("<a@x>",)),
        ('"a@x" b@y', ("<a@x>", "<b@y>")),
        ("<no-at-sign>", ("<no-at-sign>",)),
        ("< a@x >", ("<a@x>",)),
        ("", ()),
        ("<>", ()),
        ("<" + "a" * 300 + "@x>", ()),
    ],
)
def test_ids_are_read_from_messy_headers(value: str, ids: tuple[str, ...]) -> None:
    assert ids_in(value) == ids


def test_only_the_newest_hundred_ids_are_kept() -> None:
    ids = ids_in(" ".join(f"<{number}@x>" for number in range(500)))
    assert (len(ids), ids[-1]) == (100, "<499@x>")


@pytest.mark.parametrize(
    "headers, references",
    [
        ((), ("<m1@mail.example>",)),
        (("References: <a@x> <b@x>",), ("<a@x>", "<b@x>", "<m1@mail.example>")),
        (("In-Reply-To: <a@x>",), ("<a@x>", "<m1@mail.example>")),
        (("References: <b@x>", "In-Reply-To: <a@x>"), ("<b@x>", "<m1@mail.example>")),
        (("References: <m1@mail.example> <b@x>",), ("<b@x>", "<m1@mail.example>")),
    ],
)
def test_an_answer_continues_the_thread(headers: tuple[str, ...], references: tuple[str, ...]) -> None:
    assert reply_references(parse(raw(headers=headers))) == references


def test_a_long_thread_keeps_its_first_and_its_newest_ids() -> None:
    long = "References: " + " ".join(f"<{number}@x>" for number in range(60))
    references = reply_references(parse(raw(headers=[long])))
    assert len(references) == 20
    assert references[0] == "<0@x>"
    assert references[-2:] == ("<59@x>", "<m1@mail.example>")


@pytest.mark.parametrize(
    "subject, bare",
    [
        ("Camera", "Camera"),
        ("Re: Camera", "Camera"),
        ("RE: AW: Re: Camera", "Camera"),
        ("Re[2]: Camera", "Camera"),
        ("Re(3): Camera", "Camera"),
        ("AW: WG: Kamera", "Kamera"),
        ("SV: VS: Kamera", "Kamera"),
        ("Fwd: FW: Camera", "Camera"),
        ("Rép : Caméra", "Rép : Caméra"),
        ("TR: Caméra", "Caméra"),
        ("RV: Cámara", "Cámara"),
        ("R: I: Fotocamera", "Fotocamera"),
        ("Odp: Aparat", "Aparat"),
        ("回复：相机", "相机"),
        ("Re: Camera [RMA-7F3K2Q]", "Camera"),
        ("Re: [RMA-7F3K2Q] Camera", "Camera"),
        ("[RMA-7F3K2Q] Re: Camera", "Camera"),
        ("Return: camera", "Return: camera"),
        ("Reklamation: Kamera", "Reklamation: Kamera"),
        ("  a \r\n b  ", "a b"),
        ("Re:", ""),
        ("", ""),
    ],
)
def test_a_bare_subject_has_no_prefixes(subject: str, bare: str) -> None:
    assert bare_subject(subject) == bare


@pytest.mark.parametrize(
    "subject, answer",
    [
        ("Camera", "Re: Camera [RMA-7F3K2Q]"),
        ("Re: AW: Camera [RMA-7F3K2Q]", "Re: Camera [RMA-7F3K2Q]"),
        ("Camera [RMA-AAAAAA]", "Re: Camera [RMA-7F3K2Q]"),
        ("", "Re: [RMA-7F3K2Q]"),
        ("a\r\nBcc: x@y", "Re: a Bcc: x@y [RMA-7F3K2Q]"),
    ],
)
def test_an_answer_carries_re_and_the_rma_number_once(subject: str, answer: str) -> None:
    assert reply_subject(subject, "RMA-7F3K2Q") == answer


def test_an_answer_without_a_claim_carries_no_number() -> None:
    assert reply_subject("Camera", "") == "Re: Camera"


def test_a_long_subject_is_shortened_at_a_word() -> None:
    answer = reply_subject("word " * 40, "RMA-7F3K2Q")
    assert answer.endswith("word… [RMA-7F3K2Q]")
    assert len(answer) < 80


@pytest.mark.parametrize(
    "subject, rma",
    [
        ("Re: Camera [RMA-7F3K2Q]", "RMA-7F3K2Q"),
        ("rma-7f3k2q", "RMA-7F3K2Q"),
        ("RMA-AAAAAA and RMA-7F3K2Q", "RMA-7F3K2Q"),
        ("My KARMA-7F3K2Q", None),
        ("RMA 12", None),
        ("", None),
    ],
)
def test_an_rma_number_is_found_in_a_subject(subject: str, rma: str | None) -> None:
    assert rma_in(subject) == rma


@given(st.text())
def test_no_subject_makes_two_lines_or_raises(subject: str) -> None:
    answer = reply_subject(subject, "RMA-7F3K2Q")
    assert not set(answer) & {"\r", "\n", "\0"}
    assert answer.count("RMA-7F3K2Q") == 1
    assert len(answer) <= 90

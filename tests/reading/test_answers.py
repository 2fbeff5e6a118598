"""What was typed under, between and behind the lines of a checklist of ours, with those lines."""

import time

import pytest

from mailbot.mail.parse import parse
from mailbot.reading.answers import answers_in
from mailbot.reading.sentences import lines_of
from mailbot.reading.understood import Answer

BOX = "Photo of the back of the box"
NUMBER = "Your order number"
OUTLOOK = "From: Shop <returns@shop.example>\nSent: Tuesday, 3 November 2026 10:00\nTo: Anna\nSubject: Re: Kettle\n\n"

ANSWERED = {
    "under each": (
        f"> - {BOX}\nthe second picture\n\n> - {NUMBER}\n100482913\n\n> Kind regards",
        [(BOX, "the second picture"), (NUMBER, "100482913")]),
    "the last one too": (
        f"> - {BOX}\nthe second picture\n\n> - {NUMBER}\n100482913",
        [(BOX, "the second picture"), (NUMBER, "100482913")]),
    "with blank lines": (
        f"> * {BOX}\n\nthe second picture\n\n> * {NUMBER}\n\n100482913\n\n> Bye",
        [(BOX, "the second picture"), (NUMBER, "100482913")]),
    "in two lines": (
        f"> - {BOX}\nthe second picture,\na little dark\n> - {NUMBER}\n100482913\n> Bye",
        [(BOX, "the second picture, a little dark"), (NUMBER, "100482913")]),
    "behind an arrow": (
        f"> - {BOX} --> the second picture\n> - {NUMBER}: => 100482913",
        [(BOX, "the second picture"), (NUMBER, "100482913")]),
    "behind other signs": (
        f"> - {BOX} → the second picture\n> - {NUMBER} *** 100482913 ***\n> - Model <-- T9",
        [(BOX, "the second picture"), (NUMBER, "100482913"), ("Model", "T9")]),
    "outlook with arrows": (
        f"see below\n\n{OUTLOOK}We need:\n* {BOX} --> the second picture\n* {NUMBER} ==> 100482913\nYour returns desk",
        [(BOX, "the second picture"), (NUMBER, "100482913")]),
    "outlook under the lines": (
        f"see below\n\n{OUTLOOK}We need:\n- {BOX}\n--> the second picture\n- {NUMBER}\n--> 100482913\nYour desk",
        [(BOX, "the second picture"), (NUMBER, "100482913")]),
    "outlook comments": (
        f"see below\n\n{OUTLOOK}We need:\n- {BOX}\n[Anna Berg] the second picture\n- {NUMBER}\n[Anna Berg] 100482913",
        [(BOX, "the second picture"), (NUMBER, "100482913")]),
    "outlook labelled": (
        f"siehe unten\n\n{OUTLOOK}Seit wann?\nAntwort: seit Montag\n",
        [("Seit wann?", "seit Montag")]),
}  # fmt: skip


def answered(text: str) -> tuple[tuple[Answer, ...], str]:
    """The answers of a mail with this text, and its new text."""
    mail = parse(b"From: anna@mail.example\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode())
    return answers_in(mail.text, lines_of(mail.reply_text), mail.typed), mail.reply_text


@pytest.mark.parametrize("text, answers", ANSWERED.values(), ids=ANSWERED.keys())
def test_an_answer_is_found_with_its_line_and_is_new_text(text: str, answers: list[tuple[str, str]]) -> None:
    found, new = answered(text)
    assert [(each.to, each.answer) for each in found] == answers
    assert [answer for _, answer in answers if " ".join(answer.split()) not in " ".join(new.split())] == []
    assert BOX not in new


UNANSWERED = {
    "a letter below": f"> We need:\n> - {BOX}\n\nHello,\n\nhere it is.\n\nBye",
    "a letter below a greeting": "> Please send a photo\n> Kind regards\n\nHello, here it is\n\nThe lid is cracked.",
    "a quotation alone": f"> We need:\n> - {BOX}\n> - {NUMBER}",
    "an answer above": f"Here it is.\n\n{OUTLOOK}We need:\n- {BOX}\n- {NUMBER}",
    "links and rules in ours": f"ok\n\n{OUTLOOK}- {BOX}\n*** ***\n<https://x.example/a=>b>\n[image: a]\n[RMA-7F3K] x",
    "our own fields": f"ok\n\n{OUTLOOK}- {BOX}\nAnswer by: 3 November\nReply to: returns@shop.example",
}


@pytest.mark.parametrize("text", UNANSWERED.values(), ids=UNANSWERED.keys())
def test_what_is_no_answer_is_none(text: str) -> None:
    assert answered(text)[0] == ()


@pytest.mark.parametrize(
    "family", ["> a --> b\n", "> - a\nb\n", "->", "> [", "[A B] ", "- a\nAnswer: b\n", "a >> ", "***"]
)
def test_hostile_answers_cost_little(family: str) -> None:
    text = (family * (100_000 // len(family)))[:100_000]
    started = time.process_time()
    assert len(answered(text)[0]) <= 40
    assert time.process_time() - started < 3

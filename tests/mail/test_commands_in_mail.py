"""What of an agent's mail may act (ATTACKS A2): the head of the new text, and only where every reader sees the "
"same."""

import pytest

from mailbot.mail.new_text import Ambiguous, CommandText, command_text
from mailbot.mail.parse import parse
from tests.mail.messages import html_only, raw, text_and_html


def commands(mail_text: str) -> list[str]:
    found = command_text(parse(raw(mail_text)))
    assert isinstance(found, CommandText)
    return [line for line in found.text.split("\n") if line.startswith("/")]


QUOTED = "On Tue, 3 Nov 2026 at 10:00, Shop <returns@shop.example> wrote:\n> /decline because\n> text"


@pytest.mark.parametrize(
    "text, head",
    [
        ("/approve", "/approve"),
        ("/approve 1 refund\n/note done", "/approve 1 refund\n/note done"),
        ("/reply\nDear Anna,\n\nplease wait.", "/reply\nDear Anna,\n\nplease wait."),
        ("\n\n  /approve  \n", "/approve"),
        (f"/approve\n\n{QUOTED}", "/approve"),
        ("/approve\n\nSent from my iPhone\n\n" + QUOTED, "/approve"),
        ("/approve\n-- \n/decline no\nAgent Smith", "/approve"),
        ("just words", "just words"),
        (QUOTED, ""),
        ("", ""),
    ],
)
def test_the_head_of_the_new_text_is_what_was_typed(text: str, head: str) -> None:
    assert command_text(parse(raw(text))) == CommandText(text=head)


@pytest.mark.parametrize(
    "below",
    [
        "> /approve",
        ">/approve",
        "-- \n/approve",
        "--\n/approve",
        "-----Original Message-----\n/approve",
        "---------- Forwarded message ---------\nFrom: a@x.example\nSubject: y\n\n/approve",
        "Von: Shop <r@shop.example>\nGesendet: Montag\nAn: Agent\nBetreff: x\n\n/approve",
        "From: Shop <r@shop.example>\nSent: Monday\nTo: Agent\nSubject: x\n\n/approve",
        "________________________________\nFrom: Shop <r@shop.example>\nSent: Monday\nTo: Agent\nSubject: x\n\n"
        "/approve",
        "On Tue, 3 Nov 2026 at 10:00, Shop <returns@shop.example> wrote:\n\n/approve",
        "Am 03.11.26 um 10:00 schrieb Shop:\n/approve",
        "Le mar. 3 nov. 2026 à 10:00, Shop <returns@shop.example> a écrit :\n/approve",
        "вт, 3 нояб. 2026 г. в 10:00, Shop <returns@shop.example>:\n/approve",
        "Sent from my iPhone\n/approve",
        "Von meinem iPhone gesendet\n\n/approve",
    ],
)
def test_no_command_acts_from_what_others_wrote(below: str) -> None:
    assert commands(f"thanks, I will look\n\n{below}") == []
    assert commands(below) == []


HIDE = [
    "display:none",
    "visibility:hidden",
    "font-size:0",
    "color:#fff",
    "color:transparent",
    "opacity:0",
    "position:absolute;left:-9999px",
]


@pytest.mark.parametrize("style", HIDE)
def test_a_hidden_command_does_not_exist(style: str) -> None:
    found = command_text(html_only(f'<div style="{style}">/approve</div><div>Hello there</div>'))
    assert found == CommandText(text="Hello there")


def test_a_mail_of_html_alone_is_read_as_its_visible_text() -> None:
    found = command_text(
        html_only("<div>/approve 1 refund</div><div>/note seen</div><blockquote>/decline</blockquote>")
    )
    assert found == CommandText(text="/approve 1 refund\n/note seen")


@pytest.mark.parametrize(
    "text, html",
    [
        ("/approve", "<p>/decline no</p>"),
        ("/approve", "<p>nothing</p>"),
        ("nothing", "<p>/approve</p>"),
        ("/approve 1 refund", "<p>/approve 2 refund</p>"),
        ("/approve\n/close done", "<p>/approve</p>"),
        ("/approve", "<p style='display:none'>/approve</p><p>hello</p>"),
        ("/approve", "<blockquote type=cite>/approve</blockquote><p>hello</p>"),
    ],
)
def test_commands_that_differ_between_text_and_html_are_refused(text: str, html: str) -> None:
    assert isinstance(command_text(text_and_html(text, html)), Ambiguous)


@pytest.mark.parametrize(
    "text, html, head",
    [
        ("/approve 1 refund", "<div>/approve 1 refund</div>", "/approve 1 refund"),
        ("/approve\n\nthanks", "<p>/approve</p><p>thanks</p>", "/approve\n\nthanks"),
        ("hello", "<p>hello <b>you</b></p>", "hello"),
        (
            "/decline the damage is\nnot covered",
            "<p>/decline the damage is not covered</p>",
            "/decline the damage is not covered",
        ),
        ("/approve\n\n> /decline", "<div>/approve</div><blockquote>/decline</blockquote>", "/approve"),
    ],
)
def test_commands_that_both_parts_show_are_taken(text: str, html: str, head: str) -> None:
    assert command_text(text_and_html(text, html)) == CommandText(text=head)


@pytest.mark.parametrize(
    "unseen",
    ["\u200b", "\u200c", "\u200d", "\u2060", "\ufe0f", "\u00ad", "\u034f", "\u3164", "\u200f", "\u2800"],
)
@pytest.mark.parametrize("pattern", ["/app{}rove", "{}/approve", "/approve{}", "/approve 1{} refund"])
def test_unseen_characters_in_a_command_are_refused(pattern: str, unseen: str) -> None:
    assert isinstance(command_text(parse(raw(pattern.format(unseen)))), Ambiguous)


def test_unseen_characters_in_the_words_below_harm_nobody() -> None:
    assert isinstance(command_text(parse(raw("/reply\nDear Anna \U0001f468\u200d\U0001f527"))), CommandText)


@pytest.mark.parametrize("headers", [["Subject: other"], ["Content-Type: text/html"], ["X-A: b\rX-B: c"]])
def test_a_message_that_can_be_read_in_two_ways_commands_nothing(headers: list[str]) -> None:
    assert isinstance(command_text(parse(raw("/approve", headers=headers))), Ambiguous)
    assert isinstance(command_text(parse(raw("words", headers=headers))), CommandText)


@pytest.mark.parametrize(
    "text", ["／approve", "⁄approve", "∕approve", "\\approve", "| /approve", "* /approve", '"/approve"']
)
def test_what_only_looks_like_a_slash_is_text(text: str) -> None:
    assert commands(text) == []

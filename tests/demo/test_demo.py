"""The demo runs the whole system by itself, shows it on 80 columns, and says when something is not as it should be."""

import os
import re
import subprocess
import sys
from dataclasses import replace

import pytest

from mailbot.claims.words import Status
from mailbot.demo import mail_program, play
from mailbot.demo.conversations import CONVERSATIONS, ClaimEnds, Conversation, NobodyAnswers
from mailbot.demo.shop import ROSA

LONGEST_SECONDS = 30


@pytest.fixture(scope="module")
def shown() -> str:
    """What `mailbot demo --once` prints on a terminal of 80 columns; it must end by itself, with 0."""
    program = "import sys; from mailbot.demo import play; sys.exit(play(once=True))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=LONGEST_SECONDS,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-3000:]
    return done.stdout


def section(shown: str, title: str) -> str:
    """One conversation as it was printed, its frames taken off and its lines joined."""
    _, _, after = shown.partition(title)
    assert after, f"{title} was not played"
    text = re.split(r"\n \d+  \w", after)[0]
    return " ".join(text.replace("│", " ").split())


def test_every_conversation_is_shown_and_comes_out_as_expected(shown: str) -> None:
    assert [one.title for one in CONVERSATIONS if one.title not in shown] == []
    assert shown.count("  as expected\n") == len(CONVERSATIONS)
    assert "NOT AS EXPECTED" not in shown


def test_no_line_is_wider_than_80_columns(shown: str) -> None:
    assert [line for line in shown.splitlines() if len(line) > 80] == []


@pytest.mark.parametrize(
    ("title", "sentences"),
    [
        ("A return with everything in the first mail", ["awaiting_return", "approve_return by rule R2, refund"]),
        (
            "Something is missing, and comes in a second mail",
            ["package-front-preview.jpg: too_small", "earbuds.jpg: item (assumed)", "mail > approve_return"],
        ),
        ("Too late", ["70 days before you wrote to us", "declined"]),
        ("A dangerous battery", ["Please stop using the item now, and do not post it.", "Subject: URGENT"]),
        (
            "A person decides, by answering a mail",
            ["/approve refund (mia@kestrel.example)", "/refunded 239.00 EUR (mia@kestrel.example)", "refunded"],
        ),
        ("Mails that are not to be answered", ["No answer to “This week only", "Auto-Submitted: auto-replied"]),
        ("A forged command", ["not signed in", "Nothing was done on claim", "awaiting_agent"]),
        ("In German: asked for photos, then approved", ["Was uns noch fehlt", "Ihre Rücksendung ist angenommen"]),
        ("In German: dropped, therefore not covered", ["leider nicht annehmen", "decline by rule R4"]),
    ],
)
def test_what_each_conversation_shows(shown: str, title: str, sentences: list[str]) -> None:
    text = section(shown, title)
    assert [sentence for sentence in sentences if sentence not in text] == []


def test_a_conversation_that_comes_out_otherwise_fails_the_demo(capsys: pytest.CaptureFixture[str]) -> None:
    late = next(one for one in CONVERSATIONS if one.title == "Too late")
    assert isinstance(late.ending, ClaimEnds)
    hoped = replace(late, ending=replace(late.ending, status=Status.AWAITING_RETURN))
    assert play(once=True, conversations=[hoped]) == 1
    said = capsys.readouterr().out
    assert "NOT AS EXPECTED: status 'declined' instead of 'awaiting_return'" in said
    assert "mail-handled" in said, "the end of the log helps to see why"


def test_a_conversation_that_comes_to_a_halt_ends_the_demo(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_program, "_TIMEOUT_SECONDS", 3.0)
    halt = Conversation(
        title="A halt", about="Nobody wrote.", talk=lambda cast: [cast.letter_to(ROSA)], ending=NobodyAnswers()
    )
    assert play(once=True, conversations=[halt, *CONVERSATIONS]) == 1
    said = capsys.readouterr().out
    assert "NOT AS EXPECTED: Rosa Lindqvist waited" in said
    assert CONVERSATIONS[0].title not in said

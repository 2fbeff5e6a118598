"""Foreign mail of every kind, and the labelled mails of a shop, where they lie beside the checkout; figures are
printed.
"""

import hashlib
import json
import random
import time
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from mailbot.mail.inbound import InboundMail
from mailbot.mail.new_text import new_text
from mailbot.mail.parse import parse

CORPUS = Path("/work/shared/corpus")
MAILS = Path("/work/shared/mails")

needs_corpus = pytest.mark.skipif(not CORPUS.is_dir(), reason=f"{CORPUS} is not there")
needs_mails = pytest.mark.skipif(not MAILS.is_dir(), reason=f"{MAILS} is not there")


def same(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


@cache
def corpus() -> tuple[tuple[str, InboundMail, dict[str, Any]], ...]:
    return tuple(
        (
            str(file.relative_to(CORPUS)),
            parse(file.read_bytes()),
            json.loads(Path(f"{file}.json").read_text("utf-8")),
        )
        for file in sorted(CORPUS.glob("*/*.eml"))
    )


def files_of(mail: InboundMail) -> list[str]:
    # What the expected results count: neither texts nor attached mails.
    return [
        hashlib.sha256(each.content or b"").hexdigest()
        for each in mail.attachments
        if not each.content_type.startswith(("text/", "message/"))
    ]


def checks() -> Iterator[tuple[str, bool, str]]:
    """(field, whether it is right, the message) of everything that the expected results name."""
    for name, mail, expected in corpus():
        if "subject" in expected:
            yield "subject", same(mail.subject) == same(expected["subject"]), name
        if "from" in expected:
            found = [each.address.lower() for each in mail.from_as_written]
            yield "from", found == [each.lower() for each in expected["from"]], name
        if "attachments" in expected:
            yield "attachments", files_of(mail) == [each["sha256"] for each in expected["attachments"]], name
        for phrase in expected.get("text_contains", ()):
            yield "text", same(phrase)[:60] in same(mail.text), name
        if expected.get("is_bounce") is not None:
            field = "bounces found" if expected["is_bounce"] else "no false bounce"
            yield field, (mail.kind_hint == "bounce") is expected["is_bounce"], name
        if expected.get("bounced_recipients"):
            named = {each.recipient.lower() for each in mail.delivery_statuses}
            yield (
                "bounced recipients",
                {each.lower() for each in expected["bounced_recipients"]} <= named,
                name,
            )
        if expected.get("is_auto"):
            yield "automatic", bool(mail.automatic), name


def share_right(field: str, found: list[tuple[bool, str]]) -> float:
    right = sum(ok for ok, _ in found)
    print(
        f"{field}: {right} of {len(found)} = {right / len(found):.1%}; wrong: {[name for ok, name in found if not ok]}"
    )
    return right / len(found)


@needs_corpus
def test_every_foreign_mail_is_read_or_is_none() -> None:
    unreadable = [(name, mail.unreadable) for name, mail, _ in corpus() if mail.unreadable]
    assert not [each for each in unreadable if "could not be read" in each[1]]
    assert len(unreadable) <= 1


@needs_corpus
@pytest.mark.parametrize(
    "field, wanted",
    [
        ("subject", 0.99),
        ("from", 0.99),
        ("attachments", 0.99),
        ("text", 0.98),
        ("bounces found", 0.97),
        ("no false bounce", 0.998),
        ("bounced recipients", 0.90),
        ("automatic", 1.0),
    ],
)
def test_foreign_mail_is_read_right(field: str, wanted: float) -> None:
    results: dict[str, list[tuple[bool, str]]] = defaultdict(list)
    for name, right, message in checks():
        results[name].append((right, message))
    assert share_right(field, results[field]) >= wanted


@needs_corpus
def test_replies_are_cut_out_of_foreign_mail() -> None:
    exact, kept, gone = [], [], []
    for source in ("crisp", "mailparserreply", "quotequail"):
        for file in sorted((CORPUS / source).glob("*.txt")):
            expected = json.loads(Path(f"{file}.json").read_text("utf-8"))
            new = same(new_text(file.read_text("utf-8", "replace")))
            if expected["reply"] is not None:
                exact.append((new == same(expected["reply"]), file.name))
            if expected["reply_contains"]:
                kept.append((all(same(each) in new for each in expected["reply_contains"]), file.name))
            if expected["reply_not_contains"]:
                gone.append((not any(same(each) in new for each in expected["reply_not_contains"]), file.name))
    assert share_right("exact", exact) >= 0.70
    assert share_right("kept", kept) >= 0.95
    assert share_right("gone", gone) >= 0.80


@cache
def labelled() -> tuple[tuple[str, InboundMail, dict[str, Any]], ...]:
    return tuple(
        (
            f"{file.parent.parent.name}/{file.name}",
            parse(file.read_bytes(), own_addresses=frozenset({"returns@shop.example"})),
            json.loads((file.parent.parent / "labels" / f"{file.stem}.json").read_text("utf-8")),
        )
        for file in sorted(MAILS.glob("*/emails/*.eml"))
    )


@needs_mails
def test_customers_mail_is_read_without_a_defect() -> None:
    assert [
        (name, mail.unreadable, mail.defects) for name, mail, _ in labelled() if mail.unreadable or mail.defects
    ] == []


@needs_mails
def test_quotations_and_signatures_are_gone_from_customers_mail() -> None:
    found = [
        (same(phrase) not in same(mail.reply_text), f"{name}: {phrase}")
        for name, mail, label in labelled()
        if label["kind"] in ("return_request", "evidence_reply", "claim_followup", "other_inquiry")
        for phrase in label["reply_text_excludes"]
    ]
    assert share_right("gone", found) >= 0.96


@needs_mails
def test_what_customers_say_of_the_problem_stays() -> None:
    found = [
        (same(phrase) in same(f"{mail.subject} {mail.reply_text}"), f"{name}: {phrase}")
        for name, mail, label in labelled()
        if label["kind"] == "return_request"
        for phrase in label["problem_contains"]
    ]
    assert share_right("kept", found) >= 0.98


@needs_mails
def test_machines_are_told_from_customers() -> None:
    found = []
    for name, mail, label in labelled():
        told = label["kind"] if label["kind"] in ("bounce", "auto_reply", "spam_or_bulk") else ""
        found.append((mail.kind_hint in (told, ""), name))
        if told == "bounce":
            found.append((mail.kind_hint == "bounce", name))
    assert share_right("kind", found) == 1.0


SPOILERS = [
    b"\r",
    b"\n\n",
    b"\0",
    b"=?utf-8?q?",
    b";",
    b'"',
    b"--",
    b"<",
    b">",
    b"\xff\xfe",
    b"Content-Type: multipart/mixed\n",
]


def spoilt(content: bytes, chance: random.Random) -> bytes:
    """The message with a few bytes cut out, doubled many times, or foreign ones put in."""
    spoilt_content = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        start = chance.randrange(len(spoilt_content) + 1)
        end = min(len(spoilt_content), start + chance.randint(1, 200))
        match chance.randrange(3):
            case 0:
                del spoilt_content[start:end]
            case 1:
                spoilt_content[start:start] = spoilt_content[start:end] * chance.randint(1, 40)
            case _:
                spoilt_content[start:start] = chance.choice(SPOILERS)
    return bytes(spoilt_content)


@needs_corpus
def test_spoilt_foreign_mail_is_still_read() -> None:
    chance = random.Random(20261105)
    contents = [content for file in sorted(CORPUS.glob("*/*.eml")) if len(content := file.read_bytes()) < 30_000]
    for _ in range(500):
        content = spoilt(chance.choice(contents), chance)
        started = time.process_time()
        mail = parse(content)
        assert time.process_time() - started < 2, content
        assert not mail.unreadable.startswith("it could not be read"), content

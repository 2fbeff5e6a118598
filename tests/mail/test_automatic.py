"""Is it automatic, and may it be answered: two questions (DESIGN, "What must always hold" 6)."""

import pytest

from mailbot.mail.automatic import is_never_a_claim
from mailbot.mail.inbound import Address, InboundMail
from mailbot.mail.parse import parse
from tests.mail.messages import OURS, multipart, raw

PASS = f"Authentication-Results: {OURS}; dmarc=pass header.from=mail.example"
FAIL = f"Authentication-Results: {OURS}; dmarc=fail header.from=mail.example"


def read(content: bytes) -> InboundMail:
    return parse(
        content,
        own_authserv_id=OURS,
        own_addresses=frozenset({"returns@shop.example", "info@shop.example"}),
        own_list_ids=frozenset({"returns.groups.shop.example"}),
        form_addresses=frozenset({"forms@mail.example"}),
    )


def with_header(*headers: str) -> InboundMail:
    return read(raw(headers=headers))


@pytest.mark.parametrize(
    "headers, automatic, silent, hint",
    [
        ([], False, False, ""),
        (["Auto-Submitted: no"], False, False, ""),
        (["Auto-Submitted: NO (typed)"], False, False, ""),
        (["Auto-Submitted: auto-replied"], True, True, "auto_reply"),
        (["Auto-Submitted: auto-replied; owner-email=x"], True, True, "auto_reply"),
        (["Auto-Submitted: auto-generated"], True, True, ""),
        (["Auto-Submitted: no", "Auto-Submitted: auto-replied"], True, True, "auto_reply"),
        (["Return-Path: <>"], True, True, ""),
        (["Return-Path: < >"], True, True, ""),
        (["Return-Path: <anna@mail.example>"], False, False, ""),
        (["List-Id: <other.lists.example>"], True, True, "spam_or_bulk"),
        (["List-Unsubscribe: <mailto:u@x.example>"], True, True, "spam_or_bulk"),
        (["LIST-POST: <mailto:u@x.example>"], True, True, "spam_or_bulk"),
        (["Precedence: bulk"], True, True, "spam_or_bulk"),
        (["Precedence: junk"], True, True, "spam_or_bulk"),
        (["Precedence: LIST"], True, True, "spam_or_bulk"),
        (["Precedence: first-class"], False, False, ""),
        (["Precedence: auto_reply"], True, False, "auto_reply"),
        (["X-Auto-Response-Suppress: All"], False, True, ""),
        (["X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply"], False, True, ""),
        (["X-Auto-Response-Suppress: None"], False, False, ""),
        (["X-Autoreply: yes"], True, True, "auto_reply"),
        (["X-Autorespond: vacation"], True, True, "auto_reply"),
        (["X-Spam-Flag: YES"], False, False, "spam_or_bulk"),
        (["X-Spam-Flag: NO"], False, False, ""),
    ],
)
def test_headers_say_what_wrote_a_mail(headers: list[str], automatic: bool, silent: bool, hint: str) -> None:
    mail = with_header(*headers)
    assert (bool(mail.automatic), bool(mail.silent), mail.kind_hint) == (automatic, silent, hint)


@pytest.mark.parametrize(
    "local, silent",
    [
        ("mailer-daemon", True),
        ("MAILER-DAEMON", True),
        ("postmaster", True),
        ("no-reply", True),
        ("noreply", True),
        ("NoReply", True),
        ("noreply+abc", True),
        ("do-not-reply", True),
        ("donotreply", True),
        ("bounce", True),
        ("bounces", True),
        ("bounces+tag=x", True),
        ("listserv", True),
        ("majordomo", True),
        ("owner-users", True),
        ("users-owner", True),
        ("users-request", True),
        ("users-bounces", True),
        ("noreply.sandy.k", False),  # a person
        ("sandy.noreply", False),
        ("bouncer", False),
        ("postmasters", False),
        ("owner", False),
        ("request", False),
        ("anna", False),
    ],
)
def test_local_parts_count_as_whole_words(local: str, silent: bool) -> None:
    mail = read(raw(sender=f"X <{local}@mail.example>"))
    assert bool(mail.silent) is silent
    assert bool(mail.automatic) is silent


@pytest.mark.parametrize(
    "content, reason",
    [
        (raw(top=[FAIL]), "dmarc=fail"),
        (raw(top=[FAIL], headers=[PASS]), "dmarc=fail"),
        (raw(sender="Shop <returns@shop.example>"), "own address"),
        (raw(sender="Shop <info@SHOP.example>"), "own address"),
        (raw(sender=None), "no single sender"),
        (raw(sender="a@x.example, b@x.example"), "no single sender"),
    ],
)
def test_who_may_not_be_answered(content: bytes, reason: str) -> None:
    assert reason in read(content).silent


def test_dmarc_fail_of_another_server_silences_nobody() -> None:
    other = "Authentication-Results: mx.other.example; dmarc=fail header.from=mail.example"
    assert read(raw(top=[other])).silent == ""


@pytest.mark.parametrize(
    "subject, automatic",
    [
        ("Automatic reply: Camera", True),
        ("Automatische Antwort: Kamera", True),
        ("Out of office: Camera", True),
        ("Out of the Office Re: Camera", True),
        ("Abwesenheitsnotiz: Kamera", True),
        ("Réponse automatique : Caméra", True),
        ("Respuesta automática: Cámara", True),
        ("Risposta automatica: x", True),
        ("Automatisch antwoord: x", True),
        ("Автоответ: x", True),
        ("自动回复: 相机", True),
        ("自動応答: x", True),
        ("Re: Automatic camera", False),
        ("My automatic reply button is broken", False),
        ("Office camera is out of order", False),
    ],
)
def test_the_subject_of_an_automatic_reply_is_known(subject: str, automatic: bool) -> None:
    mail = read(raw(subject=subject))
    assert bool(mail.automatic) is automatic
    assert mail.kind_hint == ("auto_reply" if automatic else "")
    assert mail.silent == ""  # a subject alone forbids no answer


@pytest.mark.parametrize(
    "subject, hint",
    [
        ("[Ticket #4711] We received your request", "auto_reply"),
        ("Ihre Anfrage ist bei uns eingegangen", "auto_reply"),
        ("Message from buyer Anna", ""),
    ],
)
def test_a_tickets_acknowledgement_is_an_auto_reply(subject: str, hint: str) -> None:
    assert read(raw(subject=subject, headers=["Auto-Submitted: auto-generated"])).kind_hint == hint


def test_a_vacation_reply_is_no_bulk_though_its_precedence_says_so() -> None:
    assert with_header("Precedence: bulk", "Auto-Submitted: auto-replied").kind_hint == "auto_reply"


@pytest.mark.parametrize(
    "list_id, silent",
    [
        ("<returns.groups.shop.example>", False),
        ("Returns <Returns.Groups.Shop.Example>", False),
        ("returns.groups.shop.example", False),
        ("<other.lists.example>", True),
        ("<returns.groups.shop.example.evil.example>", True),
    ],
)
def test_a_group_address_of_the_shop_does_not_silence_customers(list_id: str, silent: bool) -> None:
    mail = with_header(f"List-Id: {list_id}", "List-Post: <mailto:x@y>", "Precedence: list")
    assert bool(mail.silent) is silent
    assert bool(mail.automatic) is silent
    assert mail.kind_hint == ("spam_or_bulk" if silent else "")


FORM = ["Auto-Submitted: auto-generated", "Precedence: bulk", "Reply-To: anna@mail.example"]


def test_a_contact_form_is_exempt_where_our_server_proves_it() -> None:
    mail = read(raw(sender="Form <forms@mail.example>", top=[PASS], headers=FORM))
    assert (mail.silent, mail.automatic, mail.kind_hint) == ("", "", "")


@pytest.mark.parametrize(
    "top", [[], [FAIL], ["Authentication-Results: mx.other.example; dmarc=pass header.from=mail.example"]]
)
def test_a_contact_form_that_nothing_proves_is_not(top: list[str]) -> None:
    assert read(raw(sender="Form <forms@mail.example>", top=top, headers=FORM)).silent


def test_a_form_with_a_null_path_is_not_answered() -> None:
    mail = read(raw(sender="Form <forms@mail.example>", top=["Return-Path: <>", PASS], headers=FORM))
    assert mail.silent == "null return path"


@pytest.mark.parametrize(
    "kind, hint",
    [
        ("disposition-notification", "auto_reply"),
        ("feedback-report", "spam_or_bulk"),
    ],
)
def test_receipts_and_feedback_reports_are_never_answered(kind: str, hint: str) -> None:
    mail = read(multipart("\n\nread", f"Content-Type: message/{kind}\n\nA: b", kind=f"report; report-type={kind}"))
    assert mail.kind_hint == hint
    assert mail.automatic
    assert mail.silent
    assert mail.attachments == ()


@pytest.mark.parametrize(
    "address, never",
    [
        ("mailer-daemon@x.example", True),
        ("Postmaster@x.example", True),
        ("returns@shop.example", True),
        ("noreply@x.example", False),
        ("anna@mail.example", False),
    ],
)
def test_whose_silent_mail_opens_nothing(address: str, never: bool) -> None:
    assert is_never_a_claim(Address(name="", address=address), {"returns@shop.example"}) is never


def test_a_mail_without_a_sender_may_still_be_looked_at() -> None:
    assert not is_never_a_claim(None, set())

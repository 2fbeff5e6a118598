"""What is never answered is still seen: each header of DESIGN, "What must always hold" 6, once."""

import pytest

from mailbot.claims.words import Status
from tests.builders import ANNA, FAULT, FOUR_PROOFS, LEA, RETURNS, DeskForTests, raw_mail

SILENCING_HEADERS = [
    ("Auto-Submitted", "auto-generated"),
    ("Auto-Submitted", "auto-replied"),
    ("Return-Path", "<>"),
    ("List-Id", "<customers.list.example>"),
    ("List-Unsubscribe", "<mailto:off@list.example>"),
    ("Precedence", "bulk"),
    ("Precedence", "junk"),
    ("Precedence", "list"),
    ("X-Auto-Response-Suppress", "All"),
    ("X-Autoreply", "yes"),
    ("X-Autorespond", "yes"),
]
NOBODYS = (
    *("no-reply", "noreply", "do-not-reply", "donotreply", "bounce", "bounces", "listserv", "majordomo"),
    *("owner-shop", "shop-owner", "shop-request", "shop-bounces"),
)


def assert_seen_and_not_answered(desk: DeskForTests, raw: bytes) -> None:
    row = desk.receive(raw)
    assert row.route == "opens_claim", row.reason
    claim = desk.claim()
    assert (claim.status, claim.needs_agent) == (Status.AWAITING_AGENT, True)
    assert (desk.letters(), desk.transport.sent) == ([], [])


@pytest.mark.parametrize("header", SILENCING_HEADERS, ids=[": ".join(header) for header in SILENCING_HEADERS])
def test_a_request_that_may_not_be_answered_waits_for_a_person(desk: DeskForTests, header: tuple[str, str]) -> None:
    assert_seen_and_not_answered(desk, raw_mail(dmarc="pass", headers=[header], files=FOUR_PROOFS))


@pytest.mark.parametrize("local", NOBODYS)
def test_an_address_that_nobody_reads_gets_no_letter(desk: DeskForTests, local: str) -> None:
    assert_seen_and_not_answered(desk, raw_mail(sender=f"{local}@market.example", dmarc="pass"))


@pytest.mark.parametrize("local", ["noreply.sandy.k", "bouncer", "requester", "owner", "listservice"])
def test_a_person_whose_address_only_resembles_these_is_answered(desk: DeskForTests, local: str) -> None:
    desk.receive(raw_mail(sender=f"{local}@mail.example", dmarc="pass"))
    assert len(desk.sent_to(f"{local}@mail.example")) == 1


def test_a_forged_sender_gets_no_letter(desk: DeskForTests) -> None:
    assert_seen_and_not_answered(desk, raw_mail(dmarc="fail", files=FOUR_PROOFS))


@pytest.mark.parametrize("local", ["mailer-daemon", "MAILER-DAEMON", "postmaster"])
def test_a_mail_server_never_opens_a_claim(desk: DeskForTests, local: str) -> None:
    row = desk.receive(raw_mail(sender=f"{local}@mail.example", dmarc="pass"))
    assert (row.route, list(desk.claims()), desk.transport.sent) == ("automatic", [], [])


def test_our_own_mail_never_opens_a_claim(desk: DeskForTests) -> None:
    row = desk.receive(raw_mail(sender=RETURNS, dmarc="pass"))
    assert (row.route, list(desk.claims()), desk.transport.sent) == ("ours", [], [])


def test_bulk_that_asks_for_nothing_is_kept_and_logged(desk: DeskForTests) -> None:
    row = desk.receive(
        raw_mail(
            "Our spring sale: 20 % off all garden chairs this week only!",
            subject="Spring sale",
            sender="news@chairs.example",
            headers=[("List-Unsubscribe", "<mailto:off@chairs.example>"), ("Precedence", "bulk")],
        )
    )
    assert (list(desk.claims()), desk.transport.sent) == ([], [])
    assert row.route in ("automatic", "bulk")


def test_an_out_of_office_note_on_our_letter_changes_nothing(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    before = desk.claim()
    desk.receive(
        raw_mail(
            "I am out of the office until Monday. Please send photos of the package to my colleague.",
            subject="Automatic reply: My earphones are broken",
            answers=desk.sent_to(ANNA)[0],
            headers=[("Auto-Submitted", "auto-replied")],
            dmarc="pass",
        )
    )
    assert desk.claim() == before
    assert desk.letters() == ["request_information"]
    assert desk.events()[-1] == "automatic_mail"


def test_proofs_that_may_not_be_answered_are_kept_for_a_person(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    desk.receive(
        raw_mail(
            "Here are the photos.",
            answers=desk.sent_to(ANNA)[0],
            headers=[("X-Auto-Response-Suppress", "All")],
            dmarc="pass",
            files=FOUR_PROOFS,
        )
    )
    assert (desk.claim().status, desk.claim().needs_agent, len(desk.evidence())) == (Status.AWAITING_AGENT, True, 4)
    assert desk.letters() == ["request_information"]


def test_agents_hear_of_silent_claims_in_one_mail_an_hour(desk: DeskForTests) -> None:
    def silent(name: str) -> None:
        desk.keep(raw_mail(sender=f"{name}@mail.example", dmarc="fail"))

    silent("a")
    silent("b")
    desk.pass_once()
    (digest,) = desk.sent_to(LEA)
    assert all(f"{name}@mail.example" in digest.text for name in "ab")
    silent("c")
    desk.clock.pass_time(minutes=59)
    desk.pass_once()
    assert len(desk.sent_to(LEA)) == 1
    desk.clock.pass_time(minutes=2)
    silent("d")
    desk.pass_once()
    assert len(desk.sent_to(LEA)) == 2
    second = desk.sent_to(LEA)[1].text
    assert [name for name in "abcd" if f"{name}@mail.example" in second] == ["c", "d"]
    desk.clock.pass_time(hours=2)
    desk.pass_once()
    assert len(desk.sent_to(LEA)) == 2


def test_the_shops_own_list_does_not_silence_its_customers(desk: DeskForTests) -> None:
    desk.with_shop(own_list_ids=frozenset({"returns.shop.example"}))
    desk.receive(
        raw_mail(
            dmarc="pass",
            headers=[("List-Id", "Returns <returns.shop.example>"), ("Precedence", "list")],
        )
    )
    assert len(desk.sent_to(ANNA)) == 1


def test_a_forged_sender_in_the_customers_thread_asks_to_join_and_is_not_answered(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    row = desk.receive(raw_mail(FAULT, answers=desk.sent_to(ANNA)[0], dmarc="fail", files=FOUR_PROOFS))
    assert (row.route, len(desk.sent_to(ANNA)), desk.claim().messages_in) == ("asks_to_join", 1, 1)
    assert desk.claim().status is Status.AWAITING_CUSTOMER


@pytest.mark.parametrize("local", NOBODYS)
def test_a_form_that_names_an_address_nobody_reads_gets_no_letter_there(desk: DeskForTests, local: str) -> None:
    desk.with_shop(form_addresses=frozenset({"form@shop.example"}))
    headers = [("Reply-To", f"{local}@market.example")]
    assert_seen_and_not_answered(
        desk, raw_mail(sender="Form <form@shop.example>", dmarc="pass", headers=headers, files=FOUR_PROOFS)
    )


@pytest.mark.parametrize("body", [FAULT, "Hello, do you have a shop in Munich, and when is it open?"])
@pytest.mark.parametrize("local", ["noreply", "owner-shop"])
def test_what_an_agent_forwards_of_an_address_nobody_reads_waits_for_a_person(
    desk: DeskForTests, local: str, body: str
) -> None:
    forwarded = (
        f"FYI\n\n---------- Forwarded message ---------\nFrom: Market <{local}@market.example>\n"
        f"Date: Mon, 2 Nov 2026\nSubject: defect\nTo: lea@agents.example\n\n{body}"
    )
    row = desk.receive(raw_mail(forwarded, sender=f"Lea <{LEA}>", subject="Fwd: defect", dmarc="pass"))
    claim = desk.claim()
    assert (row.route, claim.status, claim.needs_agent) == ("opens_claim", Status.AWAITING_AGENT, True)
    assert (desk.letters(), desk.sent_to(f"{local}@market.example")) == ([], [])


def test_a_form_that_names_the_shops_own_address_starts_no_loop(desk: DeskForTests) -> None:
    desk.with_shop(form_addresses=frozenset({"form@shop.example"}))
    desk.receive(raw_mail(sender="Form <form@shop.example>", dmarc="pass", headers=[("Reply-To", RETURNS)]))
    assert desk.transport.sent == []

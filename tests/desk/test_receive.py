"""The path of a customer's mail: each promise about claims and their letters, one test each."""

import email
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from mailbot.claims.verdict import DaysCounted
from mailbot.claims.words import Disposition, Status
from mailbot.desk.rows import InboxState
from tests.builders import ANNA, FAULT, FOUR_PROOFS, LEA, THURSDAY, DeskForTests, raw_mail

STRANGER = "mallory@evil.example"
BERND = "bernd@post.example"


def complete(**changes: object) -> bytes:
    """Anna's mail with everything that is needed to approve."""
    return raw_mail(**{"dmarc": "pass", "files": FOUR_PROOFS, **changes})  # type: ignore[arg-type]


# Opening, continuing, asking to join


def test_a_first_mail_opens_a_claim_and_is_answered_in_its_thread(desk: DeskForTests) -> None:
    raw = raw_mail(dmarc="pass")
    row = desk.receive(raw)
    assert (row.route, row.claim, row.state) == ("opens_claim", 1, InboxState.HANDLED)
    (letter,) = desk.sent_to(ANNA)
    assert letter.message["In-Reply-To"] == email.message_from_bytes(raw)["Message-ID"]
    assert letter.subject == f"Re: My earphones are broken [{desk.claim().rma}]"
    assert letter.message["Auto-Submitted"] == "auto-replied"


def test_everything_in_the_first_mail_is_approved_at_once(desk: DeskForTests) -> None:
    desk.receive(complete())
    assert (desk.letters(), desk.claim().status) == (["approve_return"], Status.AWAITING_RETURN)
    assert desk.sent_to(LEA) == []


def test_whatever_is_missing_is_asked_for_in_one_letter(desk: DeskForTests) -> None:
    desk.receive(raw_mail("Hi, my headphones are broken. What now?", dmarc="pass"))
    (letter,) = desk.sent_to(ANNA)
    assert desk.letters() == ["request_information"]
    (one,) = desk.claim().items
    assert one.verdict is not None
    missing = {wanted.value for wanted in one.verdict.missing}
    assert {"order_number", "product", "preference", "package_front", "package_back", "item", "problem"} <= missing
    for words in ("order number", "front of the package", "back of the package", "replacement"):
        assert words in letter.text
    # Earphones are one product of the catalogue, but nobody said that it is this one.
    assert "Quixo Ears 2" not in letter.text


def test_the_second_mail_completes_and_is_approved(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    desk.receive(raw_mail("Here are the photos.", answers=desk.sent_to(ANNA)[0], files=FOUR_PROOFS, dmarc="pass"))
    assert desk.letters() == ["request_information", "approve_return"]
    assert desk.claim().status is Status.AWAITING_RETURN
    assert (desk.claim().messages_in, desk.claim().messages_out) == (2, 2)


def test_an_answer_whose_subject_was_changed_still_continues_by_its_references(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    row = desk.receive(
        raw_mail("Photos.", subject="something else", answers=desk.sent_to(ANNA)[0], files=FOUR_PROOFS, dmarc="pass")
    )
    assert (row.route, row.claim, len(desk.claims())) == ("continues_claim", 1, 1)


def test_an_answer_without_references_continues_by_the_number_in_its_subject(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    row = desk.receive(
        raw_mail("Photos.", subject=f"Re: photos {desk.claim().rma.lower()}", files=FOUR_PROOFS, dmarc="pass")
    )
    assert (row.route, row.claim) == ("continues_claim", 1)


def test_an_answer_to_the_plus_address_continues_by_its_token(desk: DeskForTests) -> None:
    desk.with_shop(plus_addresses=True)
    desk.receive(raw_mail(dmarc="pass"))
    reply_to = str(desk.sent_to(ANNA)[0].message["Reply-To"])
    assert reply_to == f"returns+{desk.claim().token}@shop.example"
    row = desk.receive(raw_mail("Photos.", to=reply_to, subject="photos", files=FOUR_PROOFS, dmarc="pass"))
    assert (row.route, row.claim) == ("continues_claim", 1)


def test_a_mail_that_refers_to_nothing_continues_the_senders_open_claim_for_the_same_order(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    row = desk.receive(
        raw_mail("Order 770000001: here are the photos.", subject="photos", files=FOUR_PROOFS, dmarc="pass")
    )
    assert (row.route, row.claim) == ("continues_claim", 1)


def test_another_order_opens_another_claim(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    row = desk.receive(raw_mail(FAULT.replace("770000001", "770000004"), dmarc="pass"))
    assert (row.route, row.claim) == ("opens_claim", 2)


def test_somebody_else_in_the_thread_asks_to_join_and_learns_nothing(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    before = desk.claim()
    row = desk.receive(raw_mail("I take over from here.", sender=STRANGER, answers=desk.sent_to(ANNA)[0], dmarc="pass"))
    assert row.route == "asks_to_join"
    after = desk.claim()
    assert (after.status, after.items, after.messages_in) == (before.status, before.items, 1)
    assert (after.needs_agent, "asked_to_join" in desk.events()) == (True, True)
    (letter,) = desk.sent_to(STRANGER)
    for secret in (before.rma, before.token, "Anna", ANNA, "770000001", "Quixo", "earphones", "2026-11-02"):
        assert secret not in letter.everything
    assert "Reply-To" not in letter.message
    assert STRANGER in desk.notification().text


def test_a_strangers_letter_is_none_of_the_claims_letters(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    for number in range(6):
        desk.receive(raw_mail("Me too.", sender=f"m{number}@evil.example", answers=desk.sent_to(ANNA)[0], dmarc="pass"))
    desk.receive(raw_mail("The photos.", answers=desk.sent_to(ANNA)[0], files=FOUR_PROOFS, dmarc="pass"))
    assert desk.claim().messages_out == len(desk.sent_to(ANNA)) == 2


def test_a_claims_number_alone_lets_nobody_in(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    row = desk.receive(raw_mail(subject=f"Re: [{desk.claim().rma}]", sender=STRANGER, dmarc="pass"))
    assert (row.route, row.claim) == ("opens_claim", 2)
    assert desk.claim().messages_in == 1
    assert "Anna" not in desk.sent_to(STRANGER)[0].everything


@pytest.mark.parametrize("header", ["Cc", "Reply-To", "Sender", "Resent-From"])
def test_no_header_but_from_makes_a_customer(desk: DeskForTests, header: str) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    row = desk.receive(
        raw_mail("Photos.", sender=STRANGER, answers=desk.sent_to(ANNA)[0], dmarc="pass", headers=[(header, ANNA)])
    )
    assert row.route == "asks_to_join"


def test_nobody_in_cc_gets_a_letter(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass", headers=[("Cc", STRANGER), ("Reply-To", STRANGER)]))
    assert {one.recipient for one in desk.sent_to(ANNA)} == {ANNA}
    assert desk.sent_to(STRANGER) == []


# The same mail twice


def test_the_same_mail_with_other_trace_headers_is_handled_once(desk: DeskForTests) -> None:
    raw = raw_mail(dmarc="pass")
    desk.receive(raw)
    row = desk.receive(b"Received: from elsewhere by mx2; Thu, 05 Nov 2026 10:00:01 +0000\r\nX-Trace: 2\r\n" + raw)
    assert (row.route, len(desk.claims()), len(desk.sent_to(ANNA))) == ("duplicate", 1, 1)
    assert desk.claim().messages_in == 1


def test_the_same_message_id_with_other_content_is_another_mail(desk: DeskForTests) -> None:
    desk.receive(raw_mail("Hello, is this address right?", sender=STRANGER, message_id="<next@mail.example>"))
    row = desk.receive(raw_mail(dmarc="pass", message_id="<next@mail.example>"))
    assert (row.route, row.claim) == ("opens_claim", 2)
    assert desk.claim(2).customer == ANNA


def test_each_mail_of_the_customer_is_one_entry_of_the_customer(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    desk.receive(raw_mail("Two photos.", answers=desk.sent_to(ANNA)[-1], files=FOUR_PROOFS[:2], dmarc="pass"))
    desk.receive(raw_mail("Two more.", answers=desk.sent_to(ANNA)[-1], files=("item.jpg", "problem.jpg"), dmarc="pass"))
    entries = [entry for entry in desk.history() if entry.actor == "customer"]
    assert [entry.mail for entry in entries] == [1, 2, 3]
    assert desk.claim().messages_in == 3


def test_the_history_says_why(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    told, decided, written = desk.history()
    assert "770000001" in told.detail["why"]["order_numbers"][0]
    assert (decided.actor, decided.event, decided.detail["rule"]) == ("mailbot", "decided", "R5")
    assert any("day 3 after the delivery" in reason for reason in decided.detail["reasons"])
    assert (written.event, written.detail["letter"]) == ("letter_written", "request_information")


# Whose order


def test_who_names_somebody_elses_order_learns_nothing_of_it(desk: DeskForTests) -> None:
    desk.receive(complete(body=FAULT.replace("770000001", "770000005").replace("Quixo Ears 2", "thing")))
    claim = desk.claim()
    assert (desk.letters(), claim.status, claim.needs_agent) == (["address_question"], Status.AWAITING_AGENT, True)
    (letter,) = desk.sent_to(ANNA)
    for secret in ("Quixo", "QX-EARS-2", "Bernd", BERND, "2 November", "02.11", "2026-11-02", "20 October", "89.00"):
        assert secret not in letter.everything.replace(claim.rma, "")


def test_an_unknown_order_number_is_asked_about_once_and_then_a_person_looks(desk: DeskForTests) -> None:
    unknown = FAULT.replace("770000001", "770099999")
    desk.receive(raw_mail(unknown, dmarc="pass", files=FOUR_PROOFS))
    assert (desk.letters(), desk.claim().status) == (["request_information"], Status.AWAITING_CUSTOMER)
    assert "770099999" in desk.sent_to(ANNA)[0].text
    desk.receive(raw_mail("It is 770099999.", answers=desk.sent_to(ANNA)[-1], dmarc="pass"))
    assert (desk.claim().status, desk.claim().needs_agent) == (Status.AWAITING_AGENT, True)
    assert desk.letters() == ["request_information", "refer_to_agent"]


def test_the_right_number_after_a_wrong_one_goes_on_by_itself(desk: DeskForTests) -> None:
    desk.receive(raw_mail(FAULT.replace("770000001", "770099999"), dmarc="pass", files=FOUR_PROOFS))
    desk.receive(raw_mail("Sorry: 770000001", answers=desk.sent_to(ANNA)[-1], dmarc="pass"))
    assert (desk.letters()[-1], desk.claim().status) == ("approve_return", Status.AWAITING_RETURN)


def test_an_order_of_long_ago_is_declined_with_the_days_counted(desk: DeskForTests) -> None:
    desk.receive(complete(body=FAULT.replace("770000001", "770000004")))
    assert (desk.letters(), desk.claim().status) == (["decline"], Status.DECLINED)
    assert "72" in desk.sent_to(ANNA)[0].text


def test_the_day_of_contact_is_that_of_arrival_in_the_shops_time_zone(desk: DeskForTests) -> None:
    # Delivered on 2 November: in Berlin 22:59 UTC is still the 9th, day 7; 23:00 UTC is the 10th.
    night = THURSDAY.replace(day=9, hour=22, minute=59)
    desk.clock.now = night + timedelta(hours=1)
    desk.receive(complete(date_header="Mon, 02 Nov 2026 08:00:00 +0000"), when=night)
    desk.receive(
        complete(subject="Broken", body=FAULT.replace("770000001", "770000003")), when=night + timedelta(minutes=1)
    )
    days = [one.days for number in (1, 2) for one in counted(desk, number) if one.since == date(2026, 11, 2)]
    assert days == [7, 8]


def counted(desk: DeskForTests, number: int) -> Sequence[DaysCounted]:
    (one,) = desk.claim(number).items
    assert one.verdict is not None
    return one.verdict.counted


# Without an answer, and after the end


def test_bare_thanks_get_no_answer(desk: DeskForTests) -> None:
    desk.receive(complete())
    row = desk.receive(raw_mail("Thank you very much!", answers=desk.sent_to(ANNA)[0], dmarc="pass"))
    assert (row.route, desk.letters()) == ("continues_claim", ["approve_return"])
    assert desk.claim().status is Status.AWAITING_RETURN


def test_thanks_that_belong_to_nothing_open_nothing(desk: DeskForTests) -> None:
    row = desk.receive(raw_mail("Thank you very much!", subject="Thanks", dmarc="pass"))
    assert (row.route, list(desk.claims()), desk.sent_to(ANNA)) == ("thanks", [], [])


def test_an_ended_claim_is_reopened_for_a_person_by_a_mail(desk: DeskForTests) -> None:
    desk.receive(complete(body=FAULT.replace("770000001", "770000004")))
    desk.receive(raw_mail("But it is broken by itself!", answers=desk.sent_to(ANNA)[0], dmarc="pass"))
    assert (desk.claim().status, desk.claim().needs_agent) == (Status.AWAITING_AGENT, True)
    assert desk.letters() == ["decline", "refer_to_agent"]


def test_an_ended_claim_is_not_reopened_by_thanks(desk: DeskForTests) -> None:
    desk.receive(complete(body=FAULT.replace("770000001", "770000004")))
    desk.receive(raw_mail("OK, thank you anyway!", answers=desk.sent_to(ANNA)[0], dmarc="pass"))
    assert (desk.claim().status, desk.letters()) == (Status.DECLINED, ["decline"])


def test_the_customer_takes_the_claim_back(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    desk.receive(
        raw_mail(
            "Please cancel my return request, it works again. I withdraw my claim.",
            answers=desk.sent_to(ANNA)[0],
            dmarc="pass",
        )
    )
    assert (desk.claim().status, desk.letters()) == (Status.WITHDRAWN, ["request_information", "withdrawn"])


def test_what_is_not_about_a_return_is_a_claim_without_items_for_a_person(desk: DeskForTests) -> None:
    desk.receive(
        raw_mail("Hello, do you have a shop in Munich, and when is it open?", subject="Question", dmarc="pass")
    )
    claim = desk.claim()
    assert (claim.items, claim.status, claim.needs_agent) == ((), Status.AWAITING_AGENT, True)
    assert desk.letters() == ["other_inquiry"]
    assert "Munich" in desk.notification().text


def test_the_customer_hears_only_once_that_a_person_will_answer(desk: DeskForTests) -> None:
    desk.receive(
        raw_mail("Hello, do you have a shop in Munich, and when is it open?", subject="Question", dmarc="pass")
    )
    desk.receive(raw_mail("And in Berlin?", subject="Question", answers=desk.sent_to(ANNA)[0], dmarc="pass"))
    assert desk.letters() == ["other_inquiry"]
    assert len(desk.sent_to(LEA)) == 2


def test_a_parcel_on_its_way_is_noted_with_its_number(desk: DeskForTests) -> None:
    desk.receive(complete())
    desk.receive(
        raw_mail(
            "I sent the parcel today, tracking number JD014600003456789012.",
            answers=desk.sent_to(ANNA)[0],
            dmarc="pass",
        )
    )
    assert (desk.claim().status, desk.claim().tracking) == (Status.IN_TRANSIT, "JD014600003456789012")
    assert desk.letters()[-1] == "parcel_sent"


# Several items, other languages


def test_several_items_are_judged_each_and_answered_in_one_letter(desk: DeskForTests) -> None:
    body = (
        "Hello,\n\norder 770000003: the Quixo Ears 2 are defective, the left side stays silent since yesterday "
        "although they are fully charged. The Quixo Lamp 1 fell off the table and I broke its glass.\n"
        "I would like a refund.\n"
    )
    desk.receive(raw_mail(body, dmarc="pass", files=FOUR_PROOFS))
    verdicts = {one.sku: one.verdict.disposition for one in desk.claim().items if one.verdict}
    assert verdicts["QX-LAMP-1"] is Disposition.DECLINE
    assert len(verdicts) == 2
    assert len(desk.sent_to(ANNA)) == 1
    assert all(name in desk.sent_to(ANNA)[0].text for name in ("Quixo Ears 2", "Quixo Lamp 1"))


def test_a_german_mail_gets_a_german_letter(desk: DeskForTests) -> None:
    desk.receive(
        raw_mail(
            "Guten Tag,\n\ndie Quixo Ears 2 aus meiner Bestellung 770000001 sind defekt: seit gestern bleibt die linke "
            "Seite stumm, obwohl sie voll geladen sind. Ich möchte mein Geld zurück.\n\nAnna Berg\n",
            subject="Kopfhörer defekt",
            dmarc="pass",
        )
    )
    assert desk.claim().language == "de"
    assert "vielen Dank" in desk.sent_to(ANNA)[0].text


# Mail of another kind


def test_mail_too_old_to_answer_opens_a_claim_for_a_person_without_a_letter(desk: DeskForTests) -> None:
    row = desk.receive(complete(), when=THURSDAY - timedelta(days=4))
    assert (row.route, desk.claim().status, desk.letters()) == ("opens_claim", Status.AWAITING_AGENT, [])
    assert desk.sent_to(ANNA) == []


def test_a_mail_that_an_agent_forwarded_is_the_customers_and_its_day_unknown(desk: DeskForTests) -> None:
    forwarded = (
        "See below.\n\n---------- Forwarded message ---------\nFrom: Anna Berg <anna@mail.example>\n"
        f"Date: Mon, 2 Nov 2026\nSubject: broken\nTo: lea@agents.example\n\n{FAULT}"
    )
    row = desk.receive(raw_mail(forwarded, sender=f"Lea <{LEA}>", subject="Fwd: broken", dmarc="pass"))
    claim = desk.claim()
    assert (row.route, claim.customer, claim.contact_day_unknown) == ("opens_claim", ANNA, True)
    assert (claim.status, claim.needs_agent) == (Status.AWAITING_AGENT, True)


def test_a_mail_too_large_is_read_by_its_text_and_the_letter_names_what_was_left(desk: DeskForTests) -> None:
    big = {"holiday.jpg": b"\xff\xd8\xff" + bytes(80_000)}
    row = desk.receive(raw_mail(dmarc="pass", files=big))
    assert [one.filename for one in row.left_out] == ["holiday.jpg"]
    assert (row.route, desk.letters()) == ("opens_claim", ["request_information"])
    assert "holiday.jpg" in desk.sent_to(ANNA)[0].text


def test_a_mail_with_an_ambiguous_structure_is_never_approved_by_itself(desk: DeskForTests) -> None:
    raw = complete().replace(b"MIME-Version: 1.0\r\n", b"MIME-Version: 1.0\r\nContent-Type: text/html\r\n", 1)
    desk.receive(raw)
    assert (desk.claim().status, desk.claim().needs_agent) == (Status.AWAITING_AGENT, True)
    assert "approve_return" not in desk.letters()


def test_a_customers_mail_in_a_thread_with_a_mail_to_an_agent_is_still_the_customers(desk: DeskForTests) -> None:
    desk.receive(
        raw_mail("Hello, do you have a shop in Munich, and when is it open?", subject="Question", dmarc="pass")
    )
    row = desk.receive(raw_mail("Lea told me to write here.", answers=desk.notification(), dmarc="pass"))
    assert (row.route, desk.claim().messages_in) == ("continues_claim", 2)


def test_a_contact_forms_mail_is_that_of_its_reply_to_where_the_form_is_proven(desk: DeskForTests) -> None:
    desk.with_shop(form_addresses=frozenset({"form@shop.example"}))
    form = {"sender": "Form <form@shop.example>", "headers": [("Reply-To", ANNA), ("Auto-Submitted", "auto-generated")]}
    desk.receive(raw_mail(dmarc="pass", **form))  # type: ignore[arg-type]
    assert (desk.claim().customer, [one.recipient for one in desk.sent_to(ANNA)]) == (ANNA, [ANNA])
    desk.receive(raw_mail(subject="Another", **form))  # type: ignore[arg-type]
    assert desk.claim(2).customer == "form@shop.example"
    assert len(desk.sent_to(ANNA)) == 1

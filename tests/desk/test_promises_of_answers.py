"""What a mail may not change in silence, and what may not be missed in it."""

from dataclasses import replace

import pytest

from mailbot.claims.words import Status, Wish
from tests.builders import ANNA, FAULT, FOUR_PROOFS, LEA, DeskForTests, claim, item, raw_mail

BOB = "bob@post.example"
NO_ORDER = FAULT.replace(" of my order 770000001", "")
DANGER = "The battery is swollen and smoking!\n"


def from_anna(desk: DeskForTests, body: str, *, files: tuple[str, ...] = (), subject: str = "Re: x") -> None:
    desk.receive(raw_mail(body, answers=desk.sent_to(ANNA)[-1], dmarc="pass", subject=subject, files=files))


def from_bob(desk: DeskForTests, body: str, *, files: tuple[str, ...] = (), **changes: object) -> None:
    """A mail of Anna's husband in her thread."""
    answers = desk.sent_to(ANNA)[-1]
    desk.receive(raw_mail(body, sender=f"Bob <{BOB}>", answers=answers, files=files, **changes))  # type: ignore[arg-type]


@pytest.fixture
def approved(desk: DeskForTests) -> DeskForTests:
    desk.receive(raw_mail(dmarc="pass", files=FOUR_PROOFS))
    assert desk.claim().status is Status.AWAITING_RETURN
    return desk


@pytest.fixture
def asked(desk: DeskForTests) -> DeskForTests:
    desk.receive(raw_mail(dmarc="pass"))
    assert desk.claim().status is Status.AWAITING_CUSTOMER
    return desk


def is_urgent(desk: DeskForTests) -> bool:
    return "urgent" in desk.notification().subject.lower()


# Dangers


def test_a_danger_that_an_admitted_writer_told_of_calls_the_return_back(approved: DeskForTests) -> None:
    from_bob(approved, DANGER)
    approved.do("/admit")
    approved.send()
    after = approved.claim()
    assert (after.hazard, after.status, after.needs_agent) == (True, Status.AWAITING_AGENT, True)
    assert approved.letters() == ["approve_return", "hazard"]
    assert is_urgent(approved)


def test_a_file_name_of_an_admitted_writer_tells_of_a_danger_too(approved: DeskForTests) -> None:
    from_bob(approved, "Here is a photo.\n", files=("swollen battery.jpg",))
    approved.do("/admit")
    assert (approved.claim().hazard, approved.claim().status) == (True, Status.AWAITING_AGENT)


def test_a_danger_that_an_admitted_writer_told_of_opens_an_ended_claim_again(approved: DeskForTests) -> None:
    from_bob(approved, DANGER)
    with approved.store.transaction() as tx:
        before = approved.claim()
        ended = tuple(replace(one, status=Status.DECLINED) for one in before.items)
        tx.save_claim(replace(before, items=ended, status=Status.DECLINED))
    approved.do("/admit")
    after = approved.claim()
    assert (after.hazard, after.status, after.needs_agent) == (True, Status.AWAITING_AGENT, True)


def test_a_second_danger_after_an_agents_approval_is_warned_of_and_calls_it_back(desk: DeskForTests) -> None:
    desk.receive(raw_mail("The battery of my Quixo Ears 2 of order 770000001 is swollen.\n", dmarc="pass"))
    desk.do("/approve refund")
    desk.send()
    from_anna(desk, "It is on fire now, smoke and flames, my hand is burnt!\n")
    assert (desk.claim().status, desk.letters()) == (Status.AWAITING_AGENT, ["hazard", "approve_return", "hazard"])
    assert is_urgent(desk)


def test_a_danger_in_a_mail_that_may_not_be_answered_reaches_agents_at_once(asked: DeskForTests) -> None:
    from_anna(asked, "One photo.\n", files=("item.jpg",))
    suppressed = [("X-Auto-Response-Suppress", "All")]
    answers = asked.sent_to(ANNA)[-1]
    asked.receive(raw_mail(DANGER, answers=answers, dmarc="pass", headers=suppressed))
    assert (asked.claim().hazard, asked.claim().status) == (True, Status.AWAITING_AGENT)
    assert is_urgent(asked)


def test_a_danger_told_in_a_mail_that_is_proven_false_reaches_agents_at_once(desk: DeskForTests) -> None:
    desk.receive(raw_mail("Careful, the battery is swelling and smoking now!\n", dmarc="fail", subject="danger"))
    assert (desk.claim().hazard, desk.letters()) == (True, [])
    assert is_urgent(desk)


def test_a_danger_is_told_to_agents_at_once_although_the_hours_letters_are_used_up(desk: DeskForTests) -> None:
    desk.with_shop(unproven_per_hour=1)
    desk.receive(raw_mail(NO_ORDER, sender="one@victims.example"))
    body = "The battery of your earphones caught fire and burnt my hand.\n"
    desk.receive(raw_mail(body, sender="zoe@post.example", subject="Fire"))
    subjects = [one.subject.lower() for one in desk.sent_to(LEA)]
    assert any("urgent" in one for one in subjects)


def test_a_danger_that_a_stranger_tells_of_in_a_thread_is_urgent_and_changes_nothing(approved: DeskForTests) -> None:
    from_bob(approved, DANGER)
    assert is_urgent(approved)
    assert (approved.claim().hazard, approved.claim().status) == (False, Status.AWAITING_RETURN)


def test_a_danger_in_the_file_name_of_a_stranger_is_urgent(approved: DeskForTests) -> None:
    from_bob(approved, "See the photo.\n", files=("swollen battery.jpg",))
    assert is_urgent(approved)


@pytest.mark.parametrize(
    "body", ["Sorry for the delay, I was in hospital.\n", "Entschuldigung, ich war letzte Woche im Krankenhaus.\n"]
)
def test_who_was_in_hospital_tells_of_no_danger(approved: DeskForTests, body: str) -> None:
    from_anna(approved, body)
    assert (approved.claim().hazard, approved.claim().status) == (False, Status.AWAITING_RETURN)


@pytest.mark.parametrize("body", ["It burnt me and I was in hospital.\n", "I had to go to hospital because of it.\n"])
def test_who_came_to_hospital_through_the_thing_tells_of_a_danger(approved: DeskForTests, body: str) -> None:
    from_anna(approved, body)
    assert approved.claim().hazard


# Decisions


@pytest.mark.parametrize("number", ["770000001", "770000004"])
@pytest.mark.parametrize("body", ["Thank you!\n", "What is the status of my case?\n"])
def test_what_waits_for_an_agents_command_is_not_decided_by_a_mail(desk: DeskForTests, number: str, body: str) -> None:
    desk.receive(raw_mail(NO_ORDER, dmarc="pass", files=FOUR_PROOFS))
    desk.do(f"/order {number}")
    from_anna(desk, body)
    assert (desk.claim().status, desk.claim().needs_agent) == (Status.AWAITING_AGENT, True)


def test_a_withdrawal_from_the_contract_is_acknowledged_on_an_ended_claim_too(desk: DeskForTests) -> None:
    desk.put(claim(Status.DECLINED))
    body = "Hiermit widerrufe ich den Vertrag über die Bestellung 770000001 (Quixo Ears 2).\n"
    desk.receive(raw_mail(body, subject="Re: x [RMA-7F3K2Q]", dmarc="pass"))
    after = desk.claim()
    assert (desk.letters(), after.declares_withdrawal, after.status) == (
        ["withdrawal_by_law"],
        True,
        Status.AWAITING_AGENT,
    )


def test_what_a_mail_on_an_ended_claim_tells_is_learned(desk: DeskForTests) -> None:
    desk.put(claim(Status.DECLINED, items=(item(Status.DECLINED),)))
    body = "Please look again. I would like a replacement instead.\n"
    desk.receive(raw_mail(body, subject="Re: x [RMA-7F3K2Q]", dmarc="pass"))
    assert desk.claim().preference is Wish.REPLACEMENT


def test_a_return_request_in_the_thread_of_an_inquiry_becomes_a_claim_from_that_day_on(desk: DeskForTests) -> None:
    desk.receive(raw_mail("Hello, what are your opening hours?\n", dmarc="pass", subject="hours"))
    desk.clock.pass_time(days=2)
    from_anna(desk, FAULT, files=FOUR_PROOFS, subject="Re: hours")
    after = desk.claim()
    assert (len(desk.claims()), [one.sku for one in after.items]) == (1, ["QX-EARS-2"])
    assert (after.status, after.first_contact_at) == (Status.AWAITING_RETURN, desk.clock())
    assert desk.letters() == ["other_inquiry", "approve_return"]


# Questions


@pytest.mark.parametrize("body", ["Can I get a VAT invoice for my company?\n", "Do you also sell phone cases?\n"])
def test_a_question_beside_the_checklist_goes_to_a_person_and_not_to_the_checklist(
    asked: DeskForTests, body: str
) -> None:
    from_anna(asked, body)
    assert (asked.claim().needs_agent, asked.letters()) == (True, ["request_information", "refer_to_agent"])
    assert asked.claim().status is Status.AWAITING_CUSTOMER


def test_a_photo_does_not_answer_the_question_that_waits_for_a_person(asked: DeskForTests) -> None:
    from_anna(asked, "Can I get a VAT invoice for my company?\n")
    from_anna(asked, "Here is a photo.\n", files=("item.jpg",))
    assert asked.claim().needs_agent
    asked.do("/reply\nYes, it is attached.")
    assert not asked.claim().needs_agent


# Letting in


def test_letting_somebody_in_does_not_hide_that_letters_do_not_arrive(asked: DeskForTests) -> None:
    why = "our letter could not be delivered"
    with asked.store.transaction() as tx:
        before = asked.claim()
        tx.save_claim(replace(before, undeliverable=True, needs_agent=True, needs_agent_why=why))
    from_bob(asked, "I am her husband.\n")
    asked.do("/admit")
    assert (asked.claim().needs_agent, asked.claim().needs_agent_why) == (True, why)


def test_an_agent_who_is_proven_lets_in_without_a_token(desk: DeskForTests) -> None:
    desk.with_shop(require="proof")
    desk.receive(raw_mail(dmarc="pass"))
    from_bob(desk, "I am her husband. The photo is attached.\n", files=("package_front.jpg",))
    command = raw_mail("/admit\n", sender=f"Lea <{LEA}>", dmarc="pass", subject=f"x [{desk.claim().rma}]")
    desk.receive(command)
    assert desk.claim().admitted == (BOB,)


# Days


@pytest.mark.parametrize("body", ["Thank you very much!\n", "What is the status of my case?\n"])
def test_whatever_the_customer_writes_starts_the_days_anew(approved: DeskForTests, body: str) -> None:
    approved.clock.pass_time(days=29)
    approved.timers()
    from_anna(approved, body)
    approved.clock.pass_time(days=2)
    approved.timers()
    assert approved.claim().status is Status.AWAITING_RETURN
    approved.clock.pass_time(days=28, hours=1)
    approved.timers()
    assert approved.claim().status is Status.EXPIRED


def test_after_a_mail_of_the_customer_the_reminders_begin_anew(asked: DeskForTests) -> None:
    asked.clock.pass_time(days=3, hours=1)
    asked.timers()
    from_anna(asked, "Thank you!\n")
    asked.clock.pass_time(days=3, hours=1)
    asked.timers()
    assert asked.letters() == ["request_information", "reminder", "reminder"]

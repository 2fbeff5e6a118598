"""Reminders and expiry: counted from the letter that asked, never while the shop owes the next step."""

from dataclasses import replace

import pytest

from mailbot.claims.policy import PolicySettings
from mailbot.claims.words import Status
from mailbot.desk.ports import TransientDeliveryError
from mailbot.letters.letter import LetterFacts, LetterName
from mailbot.letters.render import Letters, Rendered
from tests.builders import ANNA, FAULT, FOUR_PROOFS, LEA, DeskForTests, raw_mail


@pytest.fixture
def asked(desk: DeskForTests) -> DeskForTests:
    """A desk that asked Anna for her photos, now."""
    desk.receive(raw_mail(dmarc="pass"))
    assert desk.claim().status is Status.AWAITING_CUSTOMER
    return desk


@pytest.fixture
def approved(desk: DeskForTests) -> DeskForTests:
    """A desk that waits for Anna's parcel."""
    desk.receive(raw_mail(dmarc="pass", files=FOUR_PROOFS))
    assert desk.claim().status is Status.AWAITING_RETURN
    return desk


def days_with_letters(desk: DeskForTests, days: int) -> list[tuple[int, str]]:
    """Each letter to Anna of so many days from now with the number of its day."""
    told = []
    for day in range(1, days + 1):
        desk.clock.pass_time(days=1)
        before = len(desk.letters())
        desk.timers()
        told += [(day, name) for name in desk.letters()[before:]]
    return told


def test_silence_is_reminded_of_after_3_and_7_days_and_ends_the_claim_after_14(asked: DeskForTests) -> None:
    assert days_with_letters(asked, 13) == [(3, "reminder"), (7, "reminder")]
    assert asked.claim().status is Status.AWAITING_CUSTOMER
    assert days_with_letters(asked, 10) == []
    assert (asked.claim().status, asked.events()[-1]) == (Status.EXPIRED, "expired")


def test_the_days_are_the_shops_own(asked: DeskForTests) -> None:
    asked.with_shop(policy=PolicySettings(reminders_days=(1, 2, 5), expire_days=6))
    asked.receive(raw_mail("One photo.", answers=asked.sent_to(ANNA)[-1], files=("item.jpg",), dmarc="pass"))
    assert days_with_letters(asked, 9) == [(1, "reminder"), (2, "reminder"), (5, "reminder")]
    assert asked.claim().status is Status.EXPIRED


def test_a_reminder_is_not_an_answer_and_says_when_the_claim_closes(asked: DeskForTests) -> None:
    days_with_letters(asked, 3)
    reminder = asked.sent_to(ANNA)[-1]
    assert reminder.message["Auto-Submitted"] == "auto-generated"
    assert "19 November 2026" in reminder.text


def test_a_mail_of_the_customer_starts_the_days_anew(asked: DeskForTests) -> None:
    assert days_with_letters(asked, 5) == [(3, "reminder")]
    asked.receive(raw_mail("One photo.", answers=asked.sent_to(ANNA)[0], files=("item.jpg",), dmarc="pass"))
    assert asked.letters()[-1] == "request_information"
    assert days_with_letters(asked, 13) == [(3, "reminder"), (7, "reminder")]
    assert days_with_letters(asked, 1) == []
    assert asked.claim().status is Status.EXPIRED


def test_a_reminder_starts_nothing_anew(asked: DeskForTests) -> None:
    days_with_letters(asked, 14)
    assert asked.claim().status is Status.EXPIRED


def test_nobody_is_reminded_while_a_person_of_the_shop_is_needed(desk: DeskForTests) -> None:
    desk.receive(raw_mail("Order 770000001: you sent me the wrong thing, not the Quixo Ears 2.", dmarc="pass"))
    assert desk.claim().needs_agent
    assert days_with_letters(desk, 40) == []
    assert desk.claim().status is Status.AWAITING_AGENT


def test_nobody_is_reminded_while_somebody_waits_to_be_let_in(asked: DeskForTests) -> None:
    asked.receive(raw_mail("I am her mother.", sender="mum@mail.example", answers=asked.sent_to(ANNA)[0], dmarc="pass"))
    assert days_with_letters(asked, 20) == []
    assert asked.claim().status is Status.AWAITING_CUSTOMER


def test_a_return_is_reminded_of_after_14_days_and_ends_after_30(approved: DeskForTests) -> None:
    assert days_with_letters(approved, 29) == [(14, "return_reminder")]
    assert approved.claim().status is Status.AWAITING_RETURN
    assert days_with_letters(approved, 2) == []
    assert approved.claim().status is Status.EXPIRED


@pytest.mark.parametrize("command", ["/received", "/tracking JD014600", "/close settled"])
def test_what_a_person_did_ends_the_waiting(approved: DeskForTests, command: str) -> None:
    approved.do(command)
    approved.send()
    assert days_with_letters(approved, 40) == []
    assert approved.claim().status is not Status.EXPIRED


def test_a_persons_request_is_reminded_of_too(desk: DeskForTests) -> None:
    desk.receive(raw_mail("Order 770000001: you sent me the wrong thing, not the Quixo Ears 2.", dmarc="pass"))
    desk.do("/request package_front")
    desk.send()
    assert days_with_letters(desk, 13) == [(3, "reminder"), (7, "reminder")]


def test_the_days_count_from_the_moment_the_letter_went_out(desk: DeskForTests) -> None:
    desk.transport.replies.extend([TransientDeliveryError("451")] * 2_000)
    desk.receive(raw_mail(dmarc="pass"))
    assert days_with_letters(desk, 4) == []
    desk.transport.replies.clear()
    desk.clock.pass_time(hours=2)
    desk.send()
    assert desk.claim().messages_out == 1
    assert days_with_letters(desk, 13) == [(3, "reminder"), (7, "reminder")]
    assert desk.claim().status is Status.AWAITING_CUSTOMER
    days_with_letters(desk, 1)
    assert desk.claim().status is Status.EXPIRED


def test_a_letter_that_never_went_out_asked_nobody(desk: DeskForTests) -> None:
    desk.transport.replies.extend([TransientDeliveryError("451")] * 5_000)
    desk.receive(raw_mail(dmarc="pass"))
    days_with_letters(desk, 4)
    assert desk.letters() == ["request_information"]
    assert desk.claim().status is Status.AWAITING_CUSTOMER


def test_after_a_long_standstill_one_reminder_goes_out_and_not_two(asked: DeskForTests) -> None:
    asked.clock.pass_time(days=10)
    asked.timers()
    asked.timers()
    assert asked.letters() == ["request_information", "reminder"]
    assert asked.claim().reminders_sent == 2
    assert days_with_letters(asked, 5) == []
    assert asked.claim().status is Status.EXPIRED


def test_after_a_standstill_past_the_end_the_claim_ends_without_a_reminder(asked: DeskForTests) -> None:
    asked.clock.pass_time(days=20)
    asked.timers()
    assert (asked.letters(), asked.claim().status) == (["request_information"], Status.EXPIRED)


def test_in_one_pass_the_mail_that_arrived_counts_before_the_day_that_is_over(asked: DeskForTests) -> None:
    asked.clock.pass_time(days=14, minutes=1)
    asked.mailbox.deliver(
        raw_mail("The photos.", answers=asked.sent_to(ANNA)[0], files=FOUR_PROOFS, dmarc="pass"), asked.clock()
    )
    asked.pass_once()
    assert asked.claim().status is Status.AWAITING_RETURN


def test_an_expired_claim_is_opened_again_by_a_mail(asked: DeskForTests) -> None:
    days_with_letters(asked, 15)
    asked.receive(raw_mail("The photos.", answers=asked.sent_to(ANNA)[0], files=FOUR_PROOFS, dmarc="pass"))
    assert (asked.claim().status, asked.claim().needs_agent) == (Status.AWAITING_AGENT, True)


def test_a_reminder_over_the_cap_is_told_to_a_person_instead(desk: DeskForTests) -> None:
    stranger = "carl@nowhere.example"
    desk.receive(raw_mail(FAULT.replace("770000001", ""), sender=stranger))
    desk.clock.pass_time(days=3)
    desk.receive(raw_mail("My lamp, order 770000003, is broken.", sender=stranger, subject="Lamp"))
    before = len(desk.sent_to(stranger))
    desk.timers()
    assert len(desk.sent_to(stranger)) == before
    assert desk.claim().needs_agent
    assert "letter_held_back" in desk.events()


def test_the_letters_that_ask_say_when_silence_closes_the_case(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    asked = desk.sent_to(ANNA)[-1]
    assert "19 November 2026, we close the case" in " ".join(asked.text.split())
    desk.receive(raw_mail("Here are the photos.", answers=asked, files=FOUR_PROOFS, dmarc="pass"))
    assert desk.letters()[-1] == "approve_return"
    assert "post it by 5 December 2026" in " ".join(desk.sent_to(ANNA)[-1].text.split())


def test_a_status_letter_names_the_day_counted_from_the_mail_it_answers(approved: DeskForTests) -> None:
    approved.clock.pass_time(days=2)
    approved.receive(raw_mail("What is the status of my return?", answers=approved.sent_to(ANNA)[0], dmarc="pass"))
    assert approved.letters()[-1] == "status"
    assert "open until 7 December 2026" in " ".join(approved.sent_to(ANNA)[-1].text.split())


def test_a_persons_approval_says_by_when_the_parcel_has_to_be_posted(desk: DeskForTests) -> None:
    desk.receive(raw_mail("Order 770000001: you sent me the wrong thing, not the Quixo Ears 2.", dmarc="pass"))
    desk.do("/approve refund")
    desk.clock.pass_time(minutes=2)
    desk.send()
    assert "post it by 5 December 2026" in " ".join(desk.sent_to(ANNA)[-1].text.split())


def test_no_day_is_named_while_a_person_of_the_shop_is_next(asked: DeskForTests) -> None:
    asked.receive(raw_mail("I am her mother.", sender="mum@mail.example", answers=asked.sent_to(ANNA)[0], dmarc="pass"))
    asked.receive(raw_mail("One photo.", answers=asked.sent_to(ANNA)[0], files=("item.jpg",), dmarc="pass"))
    assert asked.letters()[-1] == "request_information"
    assert "we close the case" not in " ".join(asked.sent_to(ANNA)[-1].text.split())


class FailsForOne:
    """Letters that fail for one customer."""

    def __init__(self, letters: Letters, customer: str) -> None:
        self._letters = letters
        self._customer = customer

    def render(self, facts: LetterFacts) -> Rendered:
        if facts.customer_address == self._customer and facts.letter is LetterName.REMINDER:
            raise ZeroDivisionError("it fails")
        return self._letters.render(facts)


def test_a_timer_that_fails_holds_up_no_other_and_is_told_after_three_tries(desk: DeskForTests) -> None:
    for name in ("first", "second"):
        desk.receive(raw_mail("My earphones are broken.", sender=f"{name}@mail.example", subject=name, dmarc="pass"))
    real = desk.desk.letters
    broken = FailsForOne(real(), "first@mail.example")
    desk.desk = replace(desk.desk, letters=lambda: broken)  # type: ignore[arg-type,return-value]
    desk.clock.pass_time(days=3)
    desk.timers()
    assert [len(desk.sent_to(f"{name}@mail.example")) for name in ("first", "second")] == [1, 2]
    for told in (0, 1, 1):
        desk.clock.pass_time(minutes=11)
        desk.timers()
        assert len([one for one in desk.sent_to(LEA) if "that fell due fails" in one.text]) == told
    assert len([one for one in desk.sent_to(LEA) if "that fell due fails" in one.text]) == 1
    desk.desk = replace(desk.desk, letters=real)
    desk.clock.pass_time(days=1)
    desk.timers()
    assert len(desk.sent_to("first@mail.example")) == 2

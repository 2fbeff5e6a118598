"""S1 before everything, S2 acknowledged at once; both are a person's."""

import re

import pytest

from mailbot.claims.words import Rule, Status
from tests.builders import ANNA, FAULT, FOUR_PROOFS, LEA, DeskForTests, raw_mail

FIRE = (
    "the Quixo Ears 2 of order 770000001 began to smoke while charging and the battery is swollen. I want a refund.\n"
)
WITHDRAWAL = (
    "Hello,\n\nI hereby withdraw from the contract for the Quixo Ears 2, order 770000001, delivered on 2 November.\n"
    "\nAnna Berg\n"
)


@pytest.mark.parametrize("files", [(), FOUR_PROOFS])
def test_a_danger_goes_to_a_person_before_every_other_rule(desk: DeskForTests, files: tuple[str, ...]) -> None:
    desk.receive(raw_mail(FIRE, dmarc="pass", files=files))
    claim = desk.claim()
    assert (claim.hazard, claim.status, claim.needs_agent) == (True, Status.AWAITING_AGENT, True)
    assert claim.items[0].verdict is not None
    assert claim.items[0].verdict.rule is Rule.S1
    assert desk.letters() == ["hazard"]
    assert "Depot Road" not in desk.sent_to(ANNA)[0].text
    note = desk.notification()
    assert re.fullmatch(r"URGENT: .*danger.* · Quixo Ears 2 · Anna.* \[RMA-\w+\]", note.subject)
    assert "/reply" in note.text
    assert "/approve" not in note.text.partition("Claim 1")[0]


def test_a_danger_of_something_we_cannot_place_is_a_danger_all_the_same(desk: DeskForTests) -> None:
    desk.receive(raw_mail("Help, my charger caught fire!", dmarc="pass"))
    assert (desk.letters(), desk.claim().hazard) == (["hazard"], True)


def test_the_claim_remembers_which_words_told_of_the_danger(desk: DeskForTests) -> None:
    desk.receive(raw_mail(FIRE, dmarc="pass"))
    source = desk.claim().sources["hazard"]
    assert (source.by, "smoke" in source.words) == ("mail:1", True)


def test_a_danger_that_only_a_file_name_tells_of_counts(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass", files=(*FOUR_PROOFS, "swollen battery.jpg")))
    assert (desk.letters(), desk.claim().hazard) == (["hazard"], True)


def test_a_danger_told_of_after_the_approval_calls_the_return_back(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass", files=FOUR_PROOFS))
    assert desk.claim().status is Status.AWAITING_RETURN
    desk.receive(raw_mail("Now it began to smoke!", answers=desk.sent_to(ANNA)[0], dmarc="pass"))
    assert (desk.claim().status, desk.claim().needs_agent) == (Status.AWAITING_AGENT, True)
    assert desk.letters() == ["approve_return", "hazard"]


def test_no_reminder_asks_for_a_dangerous_thing_to_be_posted(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass", files=FOUR_PROOFS))
    desk.receive(raw_mail("Now it began to smoke!", answers=desk.sent_to(ANNA)[0], dmarc="pass"))
    desk.clock.pass_time(days=40)
    assert desk.timers() == []


def test_a_danger_stays_a_persons_until_the_person_says_otherwise(desk: DeskForTests) -> None:
    desk.receive(raw_mail(FIRE, dmarc="pass"))
    desk.receive(raw_mail("Here are the photos.", answers=desk.sent_to(ANNA)[0], dmarc="pass", files=FOUR_PROOFS))
    assert "approve_return" not in desk.letters()
    desk.do("/approve refund")
    desk.send()
    assert desk.letters()[-1] == "approve_return"


def test_a_danger_on_an_ended_claim_is_warned_of(desk: DeskForTests) -> None:
    desk.receive(raw_mail(FAULT.replace("770000001", "770000004"), dmarc="pass"))
    assert desk.claim().status is Status.DECLINED
    desk.receive(raw_mail("It just caught fire!", answers=desk.sent_to(ANNA)[0], dmarc="pass"))
    assert (desk.letters()[-1], desk.claim().status) == ("hazard", Status.AWAITING_AGENT)
    assert "urgent" in desk.notification().subject.lower()


def test_a_withdrawal_by_law_is_acknowledged_with_its_day_and_order_and_a_person_decides(desk: DeskForTests) -> None:
    desk.receive(raw_mail(WITHDRAWAL, subject="Withdrawal", dmarc="pass"))
    claim = desk.claim()
    assert (claim.declares_withdrawal, claim.status, desk.letters()) == (
        True,
        Status.AWAITING_AGENT,
        ["withdrawal_by_law"],
    )
    (letter,) = desk.sent_to(ANNA)
    assert "770000001" in letter.text
    assert "5 November 2026" in letter.text
    assert any("day 3 after the delivery" in line for line in desk.notification(LEA).text.splitlines())


def test_a_withdrawal_by_law_is_no_claim_taken_back(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    desk.receive(raw_mail(WITHDRAWAL, answers=desk.sent_to(ANNA)[0], dmarc="pass"))
    assert (desk.claim().status, desk.letters()[-1]) == (Status.AWAITING_AGENT, "withdrawal_by_law")

"""Commands on stored claims: who gets which letter, what is remembered, and what can be taken back."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from mailbot.claims.claim import Claim
from mailbot.claims.commands import CommandErrors
from mailbot.claims.words import ProblemKind, Status, Wish
from mailbot.desk.command import Refused
from mailbot.desk.rows import OutboxState
from tests.builders import ANNA, FAULT, FOUR_PROOFS, LEA, DeskForTests, claim, item, raw_mail, verdict

MUM = "mum@mail.example"


def in_status(status: Status) -> Claim:
    inspected = "defect" if status is Status.INSPECTED else None
    return claim(status, items=(item(status, inspection=inspected, verdict=verdict()),))


COMMANDS = {
    "/approve refund": (Status.AWAITING_AGENT, "approve_return"),
    "/decline sawn in two": (Status.AWAITING_AGENT, "decline"),
    "/request item": (Status.AWAITING_AGENT, "request_information"),
    "/received": (Status.AWAITING_RETURN, "received"),
    "/inspect defect": (Status.RECEIVED, "inspected_defect"),
    "/inspect no-defect": (Status.RECEIVED, "inspected_no_defect"),
    "/inspect misuse missing charger": (Status.RECEIVED, "inspected_misuse"),
    "/refunded 89.00 EUR": (Status.INSPECTED, "refunded"),
    "/shipped JD014600": (Status.INSPECTED, "replaced"),
    "/reply\nDear Anna,\nwe are looking.": (Status.AWAITING_AGENT, "reply"),
    "/close settled by telephone": (Status.AWAITING_AGENT, "closed"),
    "/order 770000003": (Status.AWAITING_AGENT, ""),
    f"/owner {ANNA}": (Status.AWAITING_AGENT, ""),
    "/product QX-LAMP-1": (Status.AWAITING_AGENT, ""),
    "/problem wrong_item": (Status.AWAITING_AGENT, ""),
    "/prefer refund": (Status.AWAITING_AGENT, ""),
    "/note she called": (Status.AWAITING_AGENT, ""),
    "/tracking JD014600": (Status.AWAITING_AGENT, ""),
    "/status": (Status.AWAITING_AGENT, ""),
    "/help": (Status.AWAITING_AGENT, ""),
}


@pytest.mark.parametrize("text", COMMANDS)
def test_the_customer_gets_exactly_the_one_letter_that_the_contract_names(desk: DeskForTests, text: str) -> None:
    status, letter = COMMANDS[text]
    desk.put(in_status(status))
    desk.do(text)
    desk.send()
    assert desk.letters() == ([letter] if letter else [])
    assert len(desk.sent_to(ANNA)) == len(desk.letters())


@pytest.mark.parametrize("text", ["/refunded 89.00 EUR", "/note fine\n/received\n/shipped JD0146", "/admit", "/undo"])
def test_what_is_refused_leaves_the_claim_as_it_was(desk: DeskForTests, text: str) -> None:
    before = desk.put(in_status(Status.AWAITING_RETURN))
    with pytest.raises(Refused):
        desk.do(text)
    assert desk.claim() == before
    assert (list(desk.history()), desk.letters()) == ([], [])


def test_an_address_that_no_mail_may_go_to_keeps_the_command_from_being_done(desk: DeskForTests) -> None:
    before = desk.put(claim(customer='"a b"@mail.example'))
    with pytest.raises(Refused, match="not one that mail can be sent to safely"):
        desk.do("/approve refund")
    assert desk.claim() == before
    with pytest.raises(Refused, match="there is no command"):
        desk.do("/undo")


def test_a_refund_is_paid_once(desk: DeskForTests) -> None:
    desk.put(in_status(Status.INSPECTED))
    desk.do("/refunded 89.00 EUR")
    with pytest.raises(Refused, match="it was paid back already"):
        desk.do("/refunded 89.00 EUR")
    desk.send()
    assert desk.letters() == ["refunded"]
    assert "89.00" in desk.sent_to(ANNA)[0].text


def test_the_history_names_the_person_and_the_words(desk: DeskForTests) -> None:
    desk.put(claim())
    desk.do("/approve refund", by=LEA)
    desk.do("/received", by="operator")
    told = [(entry.actor, entry.detail.get("command")) for entry in desk.history() if "command" in entry.detail]
    assert told == [(LEA, "/approve refund"), ("operator", "/received")]


def test_an_agent_may_only_what_the_shop_lets_them(desk: DeskForTests) -> None:
    (lea,) = desk.desk.shop.agents
    desk.with_shop(agents=(replace(lea, may=frozenset({"note", "reply"})),))
    desk.put(claim())
    with pytest.raises(Refused, match="you may not use /approve here"):
        desk.do("/approve refund", by=LEA)
    desk.do("/note seen", by=LEA)
    assert "note" in desk.events()


def test_a_text_that_is_no_command_is_refused_and_says_how_one_begins(desk: DeskForTests) -> None:
    desk.put(claim())
    with pytest.raises(Refused, match="a command begins with"):
        desk.do("please approve")
    with pytest.raises(CommandErrors, match="did you mean"):
        desk.do("/aprove")
    with pytest.raises(KeyError):
        desk.do("/approve", 99)


# Taking back


def test_undo_takes_the_letter_back_while_it_has_not_gone_out(desk: DeskForTests) -> None:
    desk.with_shop(undo=timedelta(seconds=60))
    before = desk.put(claim())
    desk.do("/approve refund")
    assert desk.claim().status is Status.AWAITING_RETURN
    desk.clock.pass_time(seconds=59)
    assert desk.send() == []
    desk.do("/undo")
    after = desk.claim()
    assert (after.status, after.items, after.needs_agent) == (before.status, before.items, before.needs_agent)
    desk.clock.pass_time(days=1)
    assert desk.send() == []
    assert [entry.event for entry in desk.history() if entry.actor == LEA] == ["approve", "undo"]


def test_undo_is_refused_once_the_letter_has_gone_out(desk: DeskForTests) -> None:
    desk.with_shop(undo=timedelta(seconds=60))
    desk.put(claim())
    desk.do("/approve refund")
    desk.clock.pass_time(seconds=61)
    assert len(desk.send()) == 1
    with pytest.raises(Refused):
        desk.do("/undo")
    assert desk.claim().status is Status.AWAITING_RETURN


def test_undo_goes_back_one_command_and_no_further(desk: DeskForTests) -> None:
    desk.with_shop(undo=timedelta(seconds=60))
    desk.put(claim())
    desk.do("/prefer refund")
    desk.do("/approve")
    desk.do("/undo")
    assert desk.claim().preference is Wish.REFUND
    with pytest.raises(Refused, match="there is no command that can be taken back"):
        desk.do("/undo")


def test_undo_is_refused_once_the_customer_has_written(desk: DeskForTests) -> None:
    desk.with_shop(undo=timedelta(seconds=600))
    desk.receive(raw_mail("What is the state?", dmarc="pass", files=()))
    desk.receive(raw_mail(dmarc="pass"))
    desk.do("/note seen", len(desk.claims()))
    number = len(desk.claims())
    desk.receive(raw_mail("The photos.", answers=desk.sent_to(ANNA)[-1], files=FOUR_PROOFS, dmarc="pass"))
    with pytest.raises(Refused, match="something else has happened"):
        desk.do("/undo", number)


def test_a_letter_of_a_command_waits_and_all_others_go_at_once(desk: DeskForTests) -> None:
    desk.with_shop(undo=timedelta(seconds=60))
    desk.receive(raw_mail(dmarc="pass"))
    assert [one.recipient for one in desk.sent_to(ANNA)] == [ANNA]
    desk.do("/approve refund")
    with desk.store.reading() as tx:
        waiting = [row for row in tx.letters_of_claim(1) if row.state is OutboxState.READY]
    assert [row.not_before - row.created_at for row in waiting] == [timedelta(seconds=60)]


# What a person said stays


def test_a_later_mail_does_not_overwrite_what_a_person_said(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    desk.do("/order 770000003\n/product QX-LAMP-1 2\n/problem damaged_in_transit\n/prefer replacement")
    desk.receive(
        raw_mail(
            "My order is 770000001, it is the Quixo Ears 2, they are defective, I want a refund.",
            answers=desk.sent_to(ANNA)[-1],
            dmarc="pass",
        )
    )
    after = desk.claim()
    assert (after.order_numbers, after.preference) == (("770000003",), Wish.REPLACEMENT)
    assert (after.items[0].sku, after.items[0].quantity) == ("QX-LAMP-1", 2)
    assert after.items[0].problem_kind is ProblemKind.DAMAGED_IN_TRANSIT


# Others


def stranger_writes(
    desk: DeskForTests, body: str = "I am her mother. Here are the photos.", files: Iterable[str] = ()
) -> None:
    letter = desk.sent_to(ANNA)[-1]
    desk.receive(raw_mail(body, sender=MUM, answers=letter, dmarc="pass", files=files))


def test_admit_lets_the_waiting_writer_in_with_everything_they_sent(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    stranger_writes(desk, files=FOUR_PROOFS)
    assert list(desk.evidence()) == []
    assert desk.claim().messages_in == 1
    desk.do("/admit")
    after = desk.claim()
    assert (len(desk.evidence()), after.messages_in, after.admitted) == (4, 2, (MUM,))
    assert [entry.event for entry in desk.history() if entry.actor == "customer"] == [
        "mail_opened_claim",
        "mail_admitted",
    ]


def test_who_was_admitted_writes_on_the_claim_from_then_on_and_answers_go_to_the_customer(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    stranger_writes(desk)
    desk.do("/admit")
    before = len(desk.sent_to(ANNA))
    desk.receive(
        raw_mail("Here are the photos.", sender=MUM, answers=desk.sent_to(ANNA)[-1], dmarc="pass", files=FOUR_PROOFS)
    )
    assert desk.claim().messages_in == 3
    assert len(desk.sent_to(ANNA)) == before + 1


def test_an_admission_cannot_be_taken_back(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    desk.do("/note seen")
    stranger_writes(desk, files=FOUR_PROOFS)
    desk.do("/admit")
    with pytest.raises(Refused, match="there is no command that can be taken back"):
        desk.do("/undo")
    assert desk.claim().admitted == (MUM,)


def test_a_command_does_not_forget_who_still_waits_to_be_let_in(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    stranger_writes(desk)
    desk.do("/approve refund")
    after = desk.claim()
    assert (after.status, after.needs_agent) == (Status.AWAITING_RETURN, True)
    assert after.needs_agent_why == "somebody else's mail about this claim waits to be let in"
    desk.do("/admit")
    assert desk.claim().needs_agent is False


def test_owner_opens_the_order_to_its_sender(desk: DeskForTests) -> None:
    desk.receive(raw_mail(FAULT.replace("770000001", "770000002"), dmarc="pass", files=FOUR_PROOFS))
    assert (desk.claim().status, desk.letters()) == (Status.AWAITING_AGENT, ["address_question"])
    outcomes = desk.do(f"/owner {ANNA}")
    assert "approve_return" in outcomes[-1][1]
    desk.do("/approve refund")
    desk.send()
    assert "770000002" in desk.sent_to(ANNA)[-1].text


# One unit is paid for once


@pytest.mark.parametrize("end", ["/refunded 89.00 EUR", "/shipped JD014600"])
def test_a_unit_that_another_claim_settled_is_not_granted_again_but_referred(desk: DeskForTests, end: str) -> None:
    desk.put(in_status(Status.INSPECTED))
    desk.do(end)
    desk.receive(raw_mail(FAULT, subject="Once more", dmarc="pass", files=FOUR_PROOFS))
    second = desk.claim(2)
    assert (second.status, second.needs_agent) == (Status.AWAITING_AGENT, True)
    assert "2 units are claimed, 1 were bought" in second.needs_agent_why
    assert desk.letters()[-1] == "refer_to_agent"


@pytest.mark.parametrize("ended", [Status.DECLINED, Status.WITHDRAWN, Status.EXPIRED, Status.RETURNED_TO_CUSTOMER])
def test_a_claim_that_paid_nothing_leaves_its_units_to_the_next(desk: DeskForTests, ended: Status) -> None:
    desk.put(claim(ended, items=(item(ended, verdict=verdict()),)))
    desk.receive(raw_mail(FAULT, subject="Once more", dmarc="pass", files=FOUR_PROOFS))
    assert desk.claim(2).status is Status.AWAITING_RETURN


def test_a_stranger_who_names_an_order_takes_no_unit_from_its_owner(desk: DeskForTests) -> None:
    desk.receive(raw_mail(sender="mallory@evil.example", dmarc="pass"))
    assert desk.claim(1).status is Status.AWAITING_AGENT
    desk.receive(raw_mail(FAULT, dmarc="pass", files=FOUR_PROOFS))
    assert desk.claim(2).status is Status.AWAITING_RETURN


def test_a_corrected_fact_counts_the_units_of_other_claims_too(desk: DeskForTests) -> None:
    desk.put(in_status(Status.AWAITING_RETURN))
    desk.put(claim(rma="RMA-8F3K2Q", token="d" * 26, items=(item(verdict=verdict()),)), files=())
    outcomes = desk.do("/order 770000001", 2)
    assert "refer_to_agent" in outcomes[-1][1]


# Whose turn it is


@pytest.mark.parametrize("text", ["/reply\nDear Anna,\nyes, that shop is fine.", "/approve refund"])
def test_time_that_the_shop_took_to_answer_is_not_the_customers(desk: DeskForTests, text: str) -> None:
    desk.receive(raw_mail(dmarc="pass", files=FOUR_PROOFS))
    desk.clock.pass_time(days=20)
    desk.receive(raw_mail("May I bring it to a parcel shop?", answers=desk.sent_to(ANNA)[-1], dmarc="pass"))
    assert desk.claim().needs_agent
    desk.clock.pass_time(days=11)
    desk.do(text)
    desk.send()
    desk.clock.pass_time(days=29)
    desk.timers()
    assert desk.claim().status is Status.AWAITING_RETURN
    desk.clock.pass_time(days=1)
    desk.timers()
    assert desk.claim().status is Status.EXPIRED


def test_a_confirmed_sender_cannot_name_somebody_elses_order_afterwards(desk: DeskForTests) -> None:
    desk.receive(raw_mail(FAULT.replace(" of my order 770000001", ""), dmarc="pass", files=FOUR_PROOFS))
    with pytest.raises(Refused, match="no one order"):
        desk.do(f"/owner {ANNA}")
    desk.receive(raw_mail("It is order 770000002.", answers=desk.sent_to(ANNA)[-1], dmarc="pass"))
    assert (desk.claim().status, desk.letters()[-1]) == (Status.AWAITING_AGENT, "address_question")

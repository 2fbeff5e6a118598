"""How many letters go out by themselves, and that none of them carries a stranger's words to a stranger."""

import pytest

from mailbot.claims.words import Status
from mailbot.desk.once import handle_waiting
from tests.builders import ANNA, LEA, DeskForTests, raw_mail

CARL = "carl@nowhere.example"
WORDS = {
    "subject": "Xylophone wobbly http://evil.example/a",
    "body": "My Zanzibar 9000 is broken, order 987654321, see http://evil.example/b and call Quentin.",
    "sender": "Buy cheap pills <carl@nowhere.example>",
    "files": ("viagra.jpg",),
}
TELLTALE = ("Xylophone", "wobbly", "evil", "Zanzibar", "987654321", "Quentin", "pills", "viagra")


def unproven(desk: DeskForTests, **changes: object) -> None:
    desk.receive(raw_mail(**{**WORDS, **changes}))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "body",
    [
        WORDS["body"],
        "My Zanzibar 9000 caught fire, order 987654321, see http://evil.example/b and call Quentin.",
        "Where is your shop, Quentin asks? http://evil.example/b Zanzibar 987654321",
        "I fell on my Zanzibar 9000 and broke it, call Quentin about order 987654321 http://evil.example/b",
        "I hereby withdraw from the contract for the Zanzibar 9000, order 987654321. Quentin http://evil.example/b",
    ],
)
def test_a_letter_to_an_unproven_address_holds_nothing_that_its_sender_wrote(desk: DeskForTests, body: str) -> None:
    unproven(desk, body=body)
    (letter,) = desk.sent_to(CARL)
    for word in TELLTALE:
        assert word.lower() not in letter.everything.lower(), word


def test_an_unproven_address_gets_one_letter_a_day(desk: DeskForTests) -> None:
    unproven(desk)
    unproven(desk, subject="Again", body="My Zanzibar 7 is broken too.")
    desk.clock.pass_time(hours=23, minutes=59)
    unproven(desk, subject="Again and again", body="My Zanzibar 8 is broken too.")
    assert len(desk.sent_to(CARL)) == 1
    desk.clock.pass_time(minutes=2)
    unproven(desk, subject="A fourth time", body="My Zanzibar 9 is broken too.")
    assert len(desk.sent_to(CARL)) == 2
    assert all(one.needs_agent for one in desk.claims()[1:3])


def test_a_warning_of_a_danger_goes_out_once_more(desk: DeskForTests) -> None:
    unproven(desk)
    unproven(desk, subject="Fire", body="My lamp caught fire!")
    assert [one.message["X-Mailbot-Ref"] is not None for one in desk.sent_to(CARL)] == [True, True]
    unproven(desk, subject="Fire again", body="My other lamp caught fire!")
    assert len(desk.sent_to(CARL)) == 2


def test_who_answers_our_letter_is_proven_and_reads_their_own_words(desk: DeskForTests) -> None:
    unproven(desk, sender="Carl <carl@nowhere.example>")
    desk.receive(
        raw_mail(
            "It is a Quixo Ears 2.",
            sender="Carl <carl@nowhere.example>",
            subject="Re: Xylophone",
            answers=desk.sent_to(CARL)[0],
        )
    )
    assert desk.claim().proven
    assert len(desk.sent_to(CARL)) == 2
    assert "Xylophone" in desk.sent_to(CARL)[1].subject


def test_the_address_of_the_order_named_is_proven(desk: DeskForTests) -> None:
    desk.receive(raw_mail())
    assert desk.claim().proven
    assert "My earphones are broken" in desk.sent_to(ANNA)[0].subject


def test_who_was_let_in_proves_their_own_address_and_not_the_customers(desk: DeskForTests) -> None:
    unproven(desk)
    letter = desk.sent_to(CARL)[0]
    mum = {"sender": "mum@mail.example", "answers": letter, "dmarc": "pass"}
    desk.receive(raw_mail("I am his mother.", **mum))  # type: ignore[arg-type]
    desk.do("/admit")
    desk.receive(raw_mail("It is a Quixo Ears 2.", **mum))  # type: ignore[arg-type]
    assert desk.claim().messages_in == 3
    assert not desk.claim().proven


def test_five_letters_a_day_go_out_on_one_claim_and_then_a_person_looks(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    for number in range(8):
        desk.receive(
            raw_mail("Another photo.", answers=desk.sent_to(ANNA)[-1], dmarc="pass", files=(f"IMG_{number}.jpg",) * 1,
                     headers=[("X-Number", str(number))])
        )  # fmt: skip
    assert len(desk.sent_to(ANNA)) == 5
    assert (desk.claim().needs_agent, desk.claim().messages_in) == (True, 9)
    desk.clock.pass_time(days=1, minutes=1)
    desk.receive(raw_mail("And now?", answers=desk.sent_to(ANNA)[-1], dmarc="pass", files=("IMG_99.jpg",)))
    assert len(desk.sent_to(ANNA)) == 6


def test_a_persons_command_gives_the_claim_new_letters(desk: DeskForTests) -> None:
    desk.receive(raw_mail(dmarc="pass"))
    for number in range(5):
        desk.receive(raw_mail(f"Photo {number}.", answers=desk.sent_to(ANNA)[-1], dmarc="pass", files=("a.jpg",)))
    assert len(desk.sent_to(ANNA)) == 5
    desk.clock.pass_time(minutes=5)
    desk.do("/request item")
    desk.clock.pass_time(minutes=5)
    desk.send()
    assert len(desk.sent_to(ANNA)) == 6


def test_two_mailbots_that_face_each_other_stop_after_five_letters_each(desk: DeskForTests) -> None:
    desk.receive(raw_mail("Your request was received.", subject="Re: request", dmarc="pass"))
    for _ in range(24):
        answers = desk.sent_to(ANNA)
        if answers:
            desk.receive(
                raw_mail(answers[-1].text, subject=answers[-1].subject, answers=answers[-1], dmarc="pass",
                         headers=[("X-Turn", str(len(desk.mailbox.mails)))])
            )  # fmt: skip
        desk.clock.pass_time(minutes=59)
    assert len(desk.sent_to(ANNA)) <= 5


def test_the_hourly_cap_for_unproven_addresses_holds_and_agents_are_alarmed_once(desk: DeskForTests) -> None:
    desk.with_shop(unproven_per_hour=10)
    for number in range(30):
        desk.mailbox.deliver(raw_mail("My lamp is broken.", sender=f"v{number}@victim.example"), desk.clock())
    desk.pass_once()
    handle_waiting(desk.desk)
    to_victims = [one for one, _ in desk.transport.sent if one.recipient.endswith("@victim.example")]
    assert len(to_victims) == 10
    assert len(desk.claims()) == 30
    alarms = [one for one in desk.sent_to(LEA) if "More than 10 letters" in one.text]
    assert len(alarms) == 1
    # Ten notifications of claims that were answered with a referral, one alarm, and one list of the twenty others.
    assert len(desk.sent_to(LEA)) <= 12
    desk.clock.pass_time(minutes=61)
    desk.receive(raw_mail("My lamp is broken.", sender="later@victim.example"))
    assert len(desk.sent_to("later@victim.example")) == 1


def test_a_bombed_victim_gets_one_letter_whatever_arrives_in_its_name(desk: DeskForTests) -> None:
    for number in range(40):
        desk.mailbox.deliver(raw_mail(f"My lamp {number} is broken.", sender="victim@home.example"), desk.clock())
    desk.pass_once()
    assert len(desk.sent_to("victim@home.example")) == 1


def test_a_claim_that_got_no_letter_waits_for_a_person(desk: DeskForTests) -> None:
    unproven(desk)
    unproven(desk, subject="Again", body="My Zanzibar 7 is broken too.")
    second = desk.claim(2)
    assert (second.needs_agent, second.status) == (True, Status.AWAITING_CUSTOMER)
    assert "letter_held_back" in desk.events(2)


def test_upper_and_lower_case_of_an_address_slip_past_no_cap(desk: DeskForTests) -> None:
    unproven(desk)
    for number, sender in enumerate(("CARL@nowhere.example", "Carl@Nowhere.Example")):
        unproven(desk, subject=f"Again {number}", body=f"My Zanzibar {number} is broken.", sender=sender)
    assert len(desk.transport.sent) == len(desk.sent_to(CARL)) + len(desk.sent_to(LEA))
    assert len(desk.sent_to(CARL)) == 1

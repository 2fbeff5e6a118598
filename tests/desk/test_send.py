"""What becomes of a letter, whatever the submission server says or does not say (DESIGN, "What must always hold" 2)."""

from datetime import timedelta

import pytest

from mailbot.claims.words import Status
from mailbot.desk.once import send_due
from mailbot.desk.ports import (
    DeliveryError,
    Envelope,
    MailboxError,
    PermanentDeliveryError,
    SubmissionRefused,
    TransientDeliveryError,
    UncertainDeliveryError,
)
from mailbot.desk.rows import OutboxRow, OutboxState
from mailbot.desk.send import KEEPS_SENT_COPIES
from mailbot.desk.store import StoreUnavailable
from tests.builders import ANNA, FAULT, FOUR_PROOFS, LEA, DeskForTests, claim, desk_for_tests, raw_mail
from tests.fakes_store import FakeStore

BUSY = TransientDeliveryError("451 try again")
UNKNOWN = PermanentDeliveryError("550 no such user")
SILENCE = UncertainDeliveryError("no answer after the final dot")
NO_SIGN_IN = SubmissionRefused("535 authentication failed")
ACKNOWLEDGEMENT = "Hello, do you have a shop in Munich, and when is it open?"


def letter(desk: DeskForTests, number: int = 0) -> OutboxRow:
    """The claim's letter to Anna of this place."""
    with desk.store.reading() as tx:
        return [row for row in tx.letters_of_claim(1) if row.audience == "customer"][number]


def tries(desk: DeskForTests) -> list[bytes]:
    """The bytes of every try at a letter to Anna."""
    return [raw for envelope, raw in desk.transport.tried if envelope.recipient == ANNA]


def write(desk: DeskForTests, *replies: DeliveryError | None, body: str = FAULT) -> None:
    """A mail is answered; the server replies so to the first tries."""
    desk.transport.replies.extend(replies)
    desk.receive(raw_mail(body, dmarc="pass"))


# Accepted, refused for now, refused for good


def test_a_letter_that_was_accepted_is_sent_once(desk: DeskForTests) -> None:
    write(desk)
    for _ in range(3):
        desk.clock.pass_time(hours=1)
        desk.send()
    assert (letter(desk).state, len(tries(desk)), letter(desk).attempts) == (OutboxState.SENT, 1, 1)


def test_the_envelope_is_from_the_shop_to_the_customer_alone(desk: DeskForTests) -> None:
    write(desk)
    envelope, _ = desk.transport.sent[0]
    assert (envelope.sender, envelope.recipient) == ("returns@shop.example", ANNA)


def test_a_busy_server_is_asked_again_ever_more_slowly_with_the_same_bytes(desk: DeskForTests) -> None:
    write(desk, *[BUSY] * 9)
    pauses = []
    while letter(desk).state is OutboxState.RETRY:
        begun = desk.clock.now
        tried = len(tries(desk))
        while len(tries(desk)) == tried:
            desk.clock.pass_time(seconds=30)
            desk.send()
        pauses.append((desk.clock.now - begun) / timedelta(minutes=1))
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert letter(desk).state is OutboxState.SENT
    assert len(set(tries(desk))) == 1
    assert not desk.claim().undeliverable


def test_after_five_days_a_letter_is_given_up_and_a_person_told(desk: DeskForTests) -> None:
    write(desk, *[BUSY] * 200)
    for _ in range(5 * 24):
        desk.clock.pass_time(hours=1)
        desk.send()
        if letter(desk).state is OutboxState.FAILED:
            break
    assert letter(desk).state is OutboxState.FAILED
    assert desk.clock.now - letter(desk).created_at == timedelta(days=5)
    assert (desk.claim().undeliverable, desk.claim().needs_agent) == (True, True)
    desk.transport.replies.clear()
    desk.clock.pass_time(hours=1)
    desk.send()
    assert "could not be delivered" in desk.notification().text


def test_a_refusal_for_good_is_tried_once_and_marks_the_claim(desk: DeskForTests) -> None:
    write(desk, UNKNOWN)
    for _ in range(3):
        desk.clock.pass_time(days=1)
        desk.send()
    assert (letter(desk).state, len(tries(desk))) == (OutboxState.FAILED, 1)
    assert (desk.claim().undeliverable, desk.claim().needs_agent) == (True, True)
    assert "550 no such user" in desk.notification().text
    assert "undeliverable" in desk.events()


def test_one_refused_letter_does_not_hold_up_the_next(desk: DeskForTests) -> None:
    desk.transport.replies.extend([UNKNOWN, BUSY])
    for sender in (ANNA, "bernd@post.example", "carl@mail.example"):
        desk.mailbox.deliver(raw_mail(sender=sender, dmarc="pass"), desk.clock())
    desk.pass_once()
    assert len(desk.sent_to("carl@mail.example")) == 1


def test_a_refused_sign_in_stops_sending_as_a_whole_and_bounces_nobodys_letter(desk: DeskForTests) -> None:
    desk.transport.replies.extend([NO_SIGN_IN, NO_SIGN_IN])
    for sender in (ANNA, "bernd@post.example"):
        desk.keep(raw_mail(sender=sender, dmarc="pass"))
    problems = desk.pass_once()
    assert problems == ["535 authentication failed"]
    assert len(desk.transport.tried) == 1
    assert (letter(desk).state, desk.claim().undeliverable) == (OutboxState.RETRY, False)
    with pytest.raises(SubmissionRefused):
        send_due(desk.desk, desk.servers)
    desk.send()
    assert [len(desk.sent_to(address)) for address in (ANNA, "bernd@post.example")] == [1, 1]
    assert len([one for one in desk.sent_to(LEA) if "sign-in" in one.text]) == 1


# Nobody knows


def uncertain(desk: DeskForTests, *, body: str = FAULT, accepted: bool = False) -> None:
    """A letter to Anna whose fate is not known."""
    desk.transport.accepts_uncertain = accepted
    write(desk, SILENCE, body=body)
    assert letter(desk).state is OutboxState.UNCERTAIN


def a_copy_lies_there(desk: DeskForTests) -> None:
    row = letter(desk)
    desk.sent_folder.keep(message_id=row.message_id, reference=row.reference, sent_on=desk.clock.now.date())


def test_what_is_uncertain_waits_ten_minutes(desk: DeskForTests) -> None:
    uncertain(desk)
    desk.clock.pass_time(minutes=9, seconds=59)
    desk.send()
    assert (len(tries(desk)), desk.sent_folder.asked) == (1, [])
    desk.clock.pass_time(seconds=2)
    desk.send()
    assert desk.sent_folder.asked == [letter(desk).message_id]


@pytest.mark.parametrize("body", [FAULT, ACKNOWLEDGEMENT])
@pytest.mark.parametrize("proven", [True, False])
def test_a_copy_in_the_sent_folder_means_that_it_went(desk: DeskForTests, proven: bool, body: str) -> None:
    uncertain(desk, body=body, accepted=True)
    desk.keeps_copies = proven or None
    a_copy_lies_there(desk)
    desk.clock.pass_time(minutes=11)
    desk.send()
    assert (letter(desk).state, len(tries(desk))) == (OutboxState.SENT, 1)
    assert (desk.claim().messages_out, desk.claim().possible_duplicate) == (1, False)


def test_a_copy_that_was_found_proves_that_the_account_keeps_copies(desk: DeskForTests) -> None:
    uncertain(desk, accepted=True)
    a_copy_lies_there(desk)
    desk.clock.pass_time(minutes=11)
    desk.send()
    with desk.store.reading() as tx:
        assert tx.mark(KEEPS_SENT_COPIES)


# What the Sent folder says, whether the account is proven to keep copies, what the letter is -> what becomes of it.
NOT_FOUND = [
    # (the folder exists, proven, body) -> tries in all, state, marked as a possible duplicate
    (True, True, FAULT, 2, OutboxState.SENT, False),
    (True, True, ACKNOWLEDGEMENT, 2, OutboxState.SENT, False),
    (True, False, FAULT, 2, OutboxState.SENT, True),
    (True, False, ACKNOWLEDGEMENT, 1, OutboxState.DROPPED, False),
    (False, True, FAULT, 2, OutboxState.SENT, True),
    (False, True, ACKNOWLEDGEMENT, 1, OutboxState.DROPPED, False),
    (False, False, FAULT, 2, OutboxState.SENT, True),
    (False, False, ACKNOWLEDGEMENT, 1, OutboxState.DROPPED, False),
]


@pytest.mark.parametrize("exists,proven,body,tried,state,duplicate", NOT_FOUND)
def test_without_a_copy_only_a_proven_account_is_sure_that_it_did_not_go(
    desk: DeskForTests, exists: bool, proven: bool, body: str, tried: int, state: OutboxState, duplicate: bool
) -> None:
    desk.sent_folder.exists = exists
    desk.keeps_copies = proven
    uncertain(desk, body=body)
    desk.clock.pass_time(minutes=11)
    desk.send()
    assert (len(tries(desk)), letter(desk).state) == (tried, state)
    assert desk.claim().possible_duplicate is duplicate
    assert ("possible_duplicate" in desk.events()) is duplicate
    assert len(set(tries(desk))) == 1


def test_a_sent_folder_that_cannot_be_asked_is_asked_again_later(desk: DeskForTests) -> None:
    uncertain(desk)

    class Away:
        def holds(self, **_: object) -> bool | None:
            raise MailboxError("no connection")

    folder, desk.sent_folder = desk.sent_folder, Away()  # type: ignore[assignment]
    desk.clock.pass_time(minutes=11)
    desk.send()
    assert (letter(desk).state, len(tries(desk))) == (OutboxState.UNCERTAIN, 1)
    desk.sent_folder = folder
    a_copy_lies_there(desk)
    desk.send()
    assert letter(desk).state is OutboxState.SENT


# Late, and not too many


def test_an_acknowledgement_two_days_late_is_dropped_and_a_decision_is_not(desk: DeskForTests) -> None:
    for body, state in ((ACKNOWLEDGEMENT, OutboxState.DROPPED), (FAULT, OutboxState.SENT)):
        desk.keep(raw_mail(body, dmarc="pass"))
        desk.transport.replies.extend([BUSY] * 9)
        desk.pass_once()
        desk.transport.replies.clear()
        desk.clock.pass_time(hours=48, minutes=1)
        desk.send()
        number = len(desk.claims())
        with desk.store.reading() as tx:
            (row,) = [row for row in tx.letters_of_claim(number) if row.audience == "customer"]
        assert row.state is state


def test_an_acknowledgement_not_yet_two_days_late_still_goes(desk: DeskForTests) -> None:
    write(desk, *[BUSY] * 3, body=ACKNOWLEDGEMENT)
    desk.transport.replies.clear()
    desk.clock.pass_time(hours=47, minutes=59)
    desk.send()
    assert letter(desk).state is OutboxState.SENT


def test_after_a_day_without_a_server_everything_goes_once_and_in_its_order(desk: DeskForTests) -> None:
    desk.transport.replies.extend([BUSY] * 1_000)
    desk.receive(raw_mail(dmarc="pass"))
    with desk.store.reading() as tx:
        first = tx.letters_of_claim(1)[0]
    desk.clock.pass_time(hours=1)
    desk.receive(
        raw_mail(
            "Photos.", in_reply_to=first.message_id, references=[first.message_id], files=FOUR_PROOFS, dmarc="pass"
        )
    )
    desk.clock.pass_time(hours=22)
    desk.transport.replies.clear()
    desk.send()
    desk.clock.pass_time(hours=1)
    desk.send()
    assert desk.letters() == ["request_information", "approve_return"]
    sent = desk.sent_to(ANNA)
    assert [str(one.message["Message-ID"]) for one in sent] == [letter(desk, 0).message_id, letter(desk, 1).message_id]


def test_no_more_letters_go_out_a_minute_than_the_shop_allows(desk: DeskForTests) -> None:
    desk.per_minute = 3
    for number in range(8):
        desk.keep(raw_mail(sender=f"c{number}@mail.example", dmarc="pass"))
    desk.pass_once()
    assert len(desk.transport.sent) == 3
    desk.clock.pass_time(seconds=59)
    desk.send()
    assert len(desk.transport.sent) == 3
    desk.clock.pass_time(seconds=2)
    desk.send()
    assert len(desk.transport.sent) == 6


# What could not be written down


@pytest.mark.parametrize(
    "reply,state,tried",
    [(None, OutboxState.SENT, 1), (BUSY, OutboxState.RETRY, 1), (SILENCE, OutboxState.UNCERTAIN, 1)],
)
def test_what_the_server_said_is_written_down_when_the_database_is_back(
    reply: DeliveryError | None, state: OutboxState, tried: int
) -> None:
    store = FakeStore()
    desk = desk_for_tests(store=store)
    desk.put(claim())
    desk.do("/approve refund")
    desk.transport.replies.append(reply)
    store.failures.extend([None, StoreUnavailable("away"), StoreUnavailable("away")])
    for _ in range(2):
        with pytest.raises(StoreUnavailable):
            desk.send()
        assert letter(desk).state is OutboxState.SENDING
    desk.send()
    assert (letter(desk).state, len(tries(desk))) == (state, tried)
    assert desk.claim().status is Status.AWAITING_RETURN


def test_what_a_killed_process_was_sending_is_uncertain() -> None:
    store = FakeStore()
    desk = desk_for_tests(store=store)
    desk.put(claim())
    desk.do("/approve refund")
    with store.transaction() as tx:
        assert tx.lease_letter(desk.desk.holder, at=desk.clock()) is not None
    store.dead.add(desk.desk.holder)
    desk.pass_once()
    assert (letter(desk).state, tries(desk)) == (OutboxState.UNCERTAIN, [])


@pytest.mark.parametrize("fault,tries", [(ValueError, 1), (RuntimeError, 3)])
def test_a_letter_that_the_transport_chokes_on_holds_up_no_other_and_is_told(
    desk: DeskForTests, fault: type[Exception], tries: int
) -> None:
    send = desk.transport.send
    tried = []

    def chokes(envelope: Envelope, raw: bytes) -> None:
        if envelope.recipient == ANNA:
            tried.append(raw)
            raise fault("bare CR")
        send(envelope, raw)

    desk.transport.send = chokes  # type: ignore[method-assign]
    desk.receive(raw_mail(dmarc="pass", files=FOUR_PROOFS))
    desk.receive(raw_mail(FAULT, sender="second@mail.example", subject="second", dmarc="pass"))
    assert len(desk.sent_to("second@mail.example")) == 1
    for _ in range(4):
        desk.clock.pass_time(minutes=11)
        desk.send()
    assert len(tried) == tries
    assert (desk.claim(1).undeliverable, desk.claim(2).undeliverable) == (True, False)
    assert len([one for one in desk.sent_to(LEA) if "bare CR" in one.text]) == 1

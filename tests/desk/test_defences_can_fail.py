"""Each defence taken out once: the promise it keeps is then broken, so the tests of these promises can fail."""

import email.utils
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from mailbot.claims.life import Event
from mailbot.claims.words import Status
from mailbot.desk import command, correlate, delivery_report, judge, keep, obey, receive, send, write
from mailbot.desk.keep import KeepRules
from mailbot.desk.ports import UncertainDeliveryError
from mailbot.desk.store import StoreUnavailable
from mailbot.desk.unwritten import Unwritten
from mailbot.mail import parse as parsing
from mailbot.mail.inbound import Address, InboundMail
from mailbot.mail.new_text import CommandText
from tests.builders import ANNA, FAULT, FOUR_PROOFS, LEA, DeskForTests, claim, desk_for_tests, item, raw_mail
from tests.desk.spoofs import FROM_TRICKS, HONEST, Cell, acting_cells
from tests.desk.test_delivery_reports import report
from tests.fakes_store import FakeStore, FakeTransaction

Patch = pytest.MonkeyPatch


def cells(**changes: Any) -> set[Cell]:
    """The cells that fall short of the honest one in just this."""
    values = {"trick": "plain", "has_token": True, "from_its_agent": True, "has_dmarc": True, "is_fresh": True}
    return {Cell(**{**values, **changes})}


def naive_sender(raw_from: list[str]) -> Address | None:
    """A sender as a careless program reads it: the first address of the first From."""
    found = email.utils.getaddresses(raw_from[:1])
    return Address(name="", address=found[0][1].replace('"', "")) if found and found[0][1] else None


def no_token_problems(*_: Any, **__: Any) -> list[str]:
    return []


TAKEN_OUT: dict[str, tuple[Callable[[Patch], None], set[Cell]]] = {
    "the proof of the sender": (
        lambda patch: patch.setattr(obey, "dmarc_passes", lambda mail, shop: True),
        cells(has_dmarc=False),
    ),
    "the token's agent, age and use": (
        lambda patch: patch.setattr(obey, "_token_problems", no_token_problems),
        cells(has_token=False) | cells(is_fresh=False) | cells(from_its_agent=False),
    ),
    "the one sender that all readers agree on": (
        lambda patch: patch.setattr(parsing, "single_sender", naive_sender),
        cells(trick="two addresses"),
    ),
}


@pytest.mark.parametrize("defence", TAKEN_OUT)
def test_without_it_more_than_one_cell_of_the_spoof_matrix_acts(defence: str, monkeypatch: Patch) -> None:
    take_out, falls = TAKEN_OUT[defence]
    take_out(monkeypatch)
    acting = acting_cells("plain", "two addresses")
    assert HONEST in acting
    assert falls <= acting


def test_the_matrix_tells_its_tricks_apart() -> None:
    assert len({tuple(write(LEA)) for write in FROM_TRICKS.values()}) == len(FROM_TRICKS)


# Loss and duplicates


def test_without_the_content_key_the_same_mail_is_handled_twice(monkeypatch: Patch) -> None:
    monkeypatch.setattr(FakeTransaction, "first_with_content", lambda self, key, mail_id: None)
    desk = desk_for_tests()
    raw = raw_mail(dmarc="pass")
    desk.receive(raw)
    desk.receive(b"Received: again\r\n" + raw)
    assert desk.claim().messages_in + len(desk.claims()) > 2


def test_by_message_id_alone_a_burnt_id_would_lose_a_mail(monkeypatch: Patch) -> None:
    original = parsing._content_key

    def by_id(within: Any) -> str:
        ids = [value for name, value in within.fields if name.lower() == "message-id"]
        return ids[0] if ids else original(within)

    monkeypatch.setattr(parsing, "_content_key", by_id)
    desk = desk_for_tests()
    desk.receive(raw_mail("Is this the address?", sender="mallory@evil.example", message_id="<next@mail.example>"))
    assert desk.receive(raw_mail(dmarc="pass", message_id="<next@mail.example>")).route == "duplicate"


def test_without_the_spent_token_a_command_is_replayed(monkeypatch: Patch) -> None:
    monkeypatch.setattr(FakeTransaction, "spend_token", lambda self, text, *, at: None)
    desk = waiting()
    first = desk.notification()
    for body in ("/reply\nOne.", "/reply\nTwo."):
        desk.receive(raw_mail(body, sender=LEA, answers=first, dmarc="pass"))
    assert desk.events().count("replied") == 2


def test_without_the_tries_a_poison_mail_holds_up_the_next(monkeypatch: Patch) -> None:
    monkeypatch.setattr(receive, "MAX_TRIES", 10_000)
    desk = desk_for_tests()
    tried = 0

    def choke(*_: Any, **__: Any) -> None:
        nonlocal tried
        tried += 1
        raise ZeroDivisionError

    monkeypatch.setattr(receive, "handle", choke)
    desk.keep(raw_mail(dmarc="pass"))
    desk.keep(raw_mail(dmarc="pass", subject="Next"))
    for _ in range(6):
        receive.receive_next(desk.desk)
    assert (tried, desk.mail(2).attempts) == (6, 0)


def test_without_the_wait_for_the_sent_folder_an_uncertain_letter_is_sent_twice(monkeypatch: Patch) -> None:
    monkeypatch.setattr(send, "_copy_found", lambda desk, row, sent: False)
    desk = desk_for_tests()
    desk.keeps_copies = True
    desk.transport.accepts_uncertain = True
    desk.transport.replies.append(UncertainDeliveryError("silence"))
    desk.receive(raw_mail(dmarc="pass"))
    (letter,) = desk.sent_to(ANNA)
    desk.sent_folder.keep(
        message_id=str(letter.message["Message-ID"]),
        reference=str(letter.message["X-Mailbot-Ref"]),
        sent_on=desk.clock.now.date(),
    )
    desk.clock.pass_time(minutes=11)
    desk.send()
    assert len(desk.sent_to(ANNA)) == 2


def test_without_what_waits_to_be_written_a_mail_in_hand_stays_held(monkeypatch: Patch) -> None:
    monkeypatch.setattr(Unwritten, "catch_up", lambda self: None)
    store = FakeStore()
    desk = desk_for_tests(store=store)
    desk.keep(raw_mail(dmarc="pass"))
    store.failures.extend([None, StoreUnavailable("away"), StoreUnavailable("away")])
    with pytest.raises(StoreUnavailable):
        receive.receive_next(desk.desk)
    assert receive.receive_next(desk.desk) is False
    assert list(desk.claims()) == []


def test_without_one_transaction_a_failure_in_its_middle_counts_a_mail_twice(monkeypatch: Patch) -> None:
    @contextmanager
    def at_once(self: FakeStore) -> Iterator[FakeTransaction]:
        yield FakeTransaction(self.contents)

    def torn(*_: Any, **__: Any) -> str:
        raise OSError("the disk is full")

    desk = desk_for_tests()
    desk.keep(raw_mail(dmarc="pass"))
    with monkeypatch.context() as torn_desk:
        torn_desk.setattr(FakeStore, "transaction", at_once)
        torn_desk.setattr(receive, "write_to_customer", torn)
        with pytest.raises(OSError, match="full"):
            receive.receive_next(desk.desk)
    desk.pass_once()
    assert desk.claim().messages_in == 2


def test_without_the_look_at_the_cursor_a_first_start_answers_old_mail(monkeypatch: Patch) -> None:
    monkeypatch.setattr(keep, "_is_to_be_handled", lambda *_: True)
    desk = desk_for_tests()
    desk.rules = KeepRules(mailbox="INBOX", max_bytes=50_000, first_start="unseen")
    desk.mailbox.deliver(raw_mail(dmarc="pass"), desk.clock(), seen=True)
    desk.clock.pass_time(minutes=1)
    desk.pass_once()
    assert len(desk.sent_to(ANNA)) == 1


# Safety


def waiting() -> DeskForTests:
    desk = desk_for_tests()
    desk.receive(raw_mail("Order 770000001: you sent me the wrong thing, not the Quixo Ears 2.", dmarc="pass"))
    assert desk.claim().status is Status.AWAITING_AGENT
    return desk


def test_if_correlating_were_joining_a_stranger_would_speak_for_the_customer(monkeypatch: Patch) -> None:
    monkeypatch.setattr(correlate, "_is_customer", lambda claim, mail: True)
    desk = desk_for_tests()
    desk.receive(raw_mail(dmarc="pass"))
    desk.receive(raw_mail("Photos.", sender="m@evil.example", answers=desk.sent_to(ANNA)[0], dmarc="pass"))
    assert desk.claim().messages_in == 2


def test_if_quotations_were_read_a_quoted_command_would_act(monkeypatch: Patch) -> None:
    def everything(mail: InboundMail) -> CommandText:
        return CommandText(text=mail.text.replace("> ", ""))

    monkeypatch.setattr(obey, "command_text", everything)
    desk = waiting()
    desk.receive(raw_mail("> /approve refund\n", sender=LEA, answers=desk.notification(), dmarc="pass"))
    assert desk.claim().status is Status.AWAITING_RETURN


def test_if_nobody_asked_whose_order_it_is_a_stranger_would_learn_of_it(monkeypatch: Patch) -> None:
    for module in (judge, write):
        monkeypatch.setattr(module, "belongs_to_sender", lambda claim, order: True)
    desk = desk_for_tests()
    desk.receive(raw_mail(FAULT.replace("770000001", "770000005"), dmarc="pass", files=FOUR_PROOFS))
    assert desk.letters() == ["approve_return"]


def test_if_every_address_were_proven_a_strangers_words_would_travel(monkeypatch: Patch) -> None:
    monkeypatch.setattr(receive, "addresses_proven_by", lambda tx, mail, shop: "not asked")
    desk = desk_for_tests()
    desk.receive(raw_mail("My lamp is broken.", sender="Pills <victim@home.example>", subject="Buy pills"))
    (letter,) = desk.sent_to("victim@home.example")
    assert "pills" in letter.everything.lower()


@pytest.mark.parametrize("cap", ["_over_a_cap"])
def test_without_the_caps_a_victim_is_bombed(cap: str, monkeypatch: Patch) -> None:
    monkeypatch.setattr(write, cap, lambda *_, **__: "")
    desk = desk_for_tests()
    for number in range(7):
        desk.receive(raw_mail(f"My lamp {number} is broken.", sender="victim@home.example"))
    assert len(desk.sent_to("victim@home.example")) == 7


def test_if_silence_were_not_kept_a_machine_would_be_answered(monkeypatch: Patch) -> None:
    monkeypatch.setattr(parsing, "why_silent", lambda mail, ours: "")
    desk = desk_for_tests()
    desk.receive(raw_mail(dmarc="pass", headers=[("Auto-Submitted", "auto-replied")]))
    desk.receive(raw_mail(dmarc="fail", subject="Again", sender="victim@home.example"))
    assert len(desk.transport.sent) == 2


def test_if_a_report_were_believed_a_forged_one_would_mark_a_claim(monkeypatch: Patch) -> None:
    monkeypatch.setattr(delivery_report, "same_address", lambda one, other: True)
    desk = desk_for_tests()
    desk.receive(raw_mail(dmarc="pass"))
    desk.receive(report(desk.sent_to(ANNA)[0], recipient="somebody@else.example"))
    assert desk.claim().undeliverable


def test_if_the_life_were_not_asked_a_refund_would_be_paid_twice(monkeypatch: Patch) -> None:
    monkeypatch.setattr(command, "after", lambda status, event, *, found=None: Status.REFUNDED)
    monkeypatch.setattr(command, "allows", lambda status, event, *, found=None: event is Event.REFUNDED)
    desk = desk_for_tests()
    desk.put(claim(Status.INSPECTED, items=(item(Status.INSPECTED, inspection="defect"),)))
    for _ in range(2):
        desk.do("/refunded 89.00 EUR")
    desk.send()
    assert desk.letters() == ["refunded", "refunded"]


def test_if_an_undo_did_not_look_at_the_outbox_a_letter_and_its_claim_would_differ(monkeypatch: Patch) -> None:
    monkeypatch.setattr(FakeTransaction, "cancel_letters", lambda self, command: True)
    monkeypatch.setattr(FakeTransaction, "count_letter_sent", lambda self, number: None)
    desk = desk_for_tests()
    desk.put(claim())
    desk.do("/approve refund")
    desk.send()
    desk.do("/undo")
    assert (desk.letters(), desk.claim().status) == (["approve_return"], Status.AWAITING_AGENT)

"""Servers that fail in the middle, mail that comes twice or cannot be handled: nothing lost, a clear line each."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from structlog.testing import capture_logs

from mailbot.bootstrap import Assembled
from mailbot.desk.once import pass_once
from mailbot.desk.rows import ClaimFilter
from mailbot.reading.read import Reader
from tests.journeys.conftest import OpenShop
from tests.journeys.shop import RealShop, customers_mail
from tests.servers import HOST, FlakyImapProxy, Trouble

CUSTOMER = "customer1@mail.example"


def one_pass(shop: RealShop) -> tuple[list[str], list[dict[str, Any]]]:
    """One pass: what it says could not be done, and its log."""
    with capture_logs() as lines, shop.desk() as assembled:
        problems = pass_once(assembled.desk, assembled.servers)
    return problems, [dict(line) for line in lines]


def letters_of(assembled: Assembled) -> list[tuple[str, str]]:
    with assembled.store.reading() as tx:
        return [
            (row.letter, row.state.value)
            for claim in tx.claims(ClaimFilter())
            for row in tx.letters_of_claim(claim.number)
        ]


def state_of_only_letter(shop: RealShop) -> str:
    with shop.desk() as assembled:
        ((_, state),) = letters_of(assembled)
    return state


def test_451_is_tried_again(shop: RealShop) -> None:
    shop.deliver(customers_mail(1))
    shop.sink.plan("RCPT", "451 4.7.1 come back later")
    _, log = one_pass(shop)
    assert any(line["event"] == "letter" and line["state"] == "retry" and "451" in line["error"] for line in log)
    assert shop.letters_to(CUSTOMER) == []
    with shop.desk(later=timedelta(minutes=2)) as assembled:
        assert pass_once(assembled.desk, assembled.servers) == []
    assert len(shop.letters_to(CUSTOMER)) == 1
    assert state_of_only_letter(shop) == "sent"


def test_550_marks_the_claim_and_is_not_tried_again(shop: RealShop) -> None:
    shop.deliver(customers_mail(1))
    shop.sink.plan("RCPT", "550 5.1.1 no such user")
    _, log = one_pass(shop)
    assert any(line["event"] == "letter" and line["state"] == "failed" and "550" in line["error"] for line in log)
    one_pass(shop)
    assert shop.letters_to(CUSTOMER) == []
    with shop.desk() as assembled, assembled.store.reading() as tx:
        (claim,) = tx.claims(ClaimFilter())
        assert claim.undeliverable
        assert claim.needs_agent


def test_535_stops_sending_and_bounces_nobodys_letter(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.settings["smtp"].update(username="shop", password="wrong")
    shop.deliver(customers_mail(1))
    shop.deliver(customers_mail(2))
    shop.sink.plan("AUTH", "535 5.7.8 authentication failed")
    problems, log = one_pass(shop)
    assert any("535" in problem for problem in problems)
    assert any(line["event"] == "sending-stopped" for line in log)
    assert shop.sink.mails == []
    problems, _ = one_pass(shop)
    assert problems == []
    assert len(shop.letters_to(CUSTOMER)) == 1
    assert len(shop.letters_to("customer2@mail.example")) == 1


def test_silence_after_the_dot_with_acceptance_is_found_in_sent_and_not_repeated(shop: RealShop) -> None:
    shop.deliver(customers_mail(1))
    shop.sink.plan("DOT", Trouble.HANG_UP, stored=True)
    _, log = one_pass(shop)
    assert any(line["event"] == "letter" and line["state"] == "uncertain" for line in log)
    one_pass(shop)
    assert len(shop.letters_to(CUSTOMER)) == 1
    assert state_of_only_letter(shop) == "sent"


def test_silence_after_the_dot_without_acceptance_is_sent_again_byte_for_byte(shop: RealShop) -> None:
    shop.deliver(customers_mail(1))
    shop.sink.plan("DOT", Trouble.HANG_UP)
    one_pass(shop)
    assert shop.letters_to(CUSTOMER) == []
    with shop.desk() as assembled, assembled.store.reading() as tx:
        (claim,) = tx.claims(ClaimFilter())
        (row,) = tx.letters_of_claim(claim.number)
    one_pass(shop)
    (sent,) = shop.letters_to(CUSTOMER)
    assert sent.raw == row.raw


def test_without_sent_copies_a_decision_goes_again_and_says_so(open_shop: OpenShop) -> None:
    shop = open_shop(keeps_sent_copies=False)
    shop.deliver(customers_mail(1))
    shop.sink.plan("DOT", Trouble.HANG_UP, stored=True)
    one_pass(shop)
    one_pass(shop)
    first, second = shop.letters_to(CUSTOMER)
    assert first.raw == second.raw
    with shop.desk() as assembled, assembled.store.reading() as tx:
        (claim,) = tx.claims(ClaimFilter())
        assert claim.possible_duplicate


def through_proxy(shop: RealShop) -> FlakyImapProxy:
    proxy = FlakyImapProxy(shop.dovecot.port)
    proxy.start()
    shop.settings["imap"]["port"] = proxy.port
    return proxy


@pytest.mark.parametrize("trouble", ["cut in mid-fetch", "down at start"])
def test_an_imap_server_that_fails_costs_no_mail(shop: RealShop, trouble: str) -> None:
    shop.deliver(customers_mail(1))
    proxy = through_proxy(shop)
    try:
        if trouble == "down at start":
            proxy.refuse()
        else:
            proxy.cut_after(1_200)
        problems, log = one_pass(shop)
        assert problems
        assert HOST in problems[0]
        assert any(line["event"] == "mailbox-unreachable" for line in log)
        proxy.heal()
        problems, _ = one_pass(shop)
    finally:
        proxy.stop()
    assert problems == []
    assert len(shop.letters_to(CUSTOMER)) == 1


def test_the_same_bytes_twice_are_one_mail(shop: RealShop) -> None:
    raw = customers_mail(1)
    shop.deliver(raw)
    shop.deliver(b"Received: from elsewhere.example by mx.shop.example; Tue, 24 Nov 2026 10:00:00 +0000\r\n" + raw)
    _, log = one_pass(shop)
    assert len(shop.letters_to(CUSTOMER)) == 1
    assert any(line["event"] == "mail-handled" and line["route"] == "duplicate" for line in log)


def test_the_same_message_id_with_other_content_is_another_mail(shop: RealShop) -> None:
    shop.deliver(customers_mail(1, message_id="<taken@mail.example>"))
    shop.deliver(customers_mail(2, message_id="<taken@mail.example>"))
    one_pass(shop)
    assert len(shop.letters_to(CUSTOMER)) == 1
    assert len(shop.letters_to("customer2@mail.example")) == 1


def test_a_poison_mail_between_two_good_ones_is_set_aside(shop: RealShop, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Reader.read

    def choking_read(reader: Reader, mail: Any, **arguments: Any) -> Any:
        if "POISON" in mail.subject:
            raise ValueError("a fault nobody thought of")
        return read(reader, mail, **arguments)

    monkeypatch.setattr(Reader, "read", choking_read)
    for number, subject in ((1, "broken"), (2, "POISON"), (3, "broken")):
        shop.deliver(customers_mail(number, subject=subject))
    _, log = one_pass(shop)
    assert len(shop.letters_to(CUSTOMER)) == 1
    assert len(shop.letters_to("customer3@mail.example")) == 1
    assert [line["attempt"] for line in log if line["event"] == "mail-failed"] == [1, 2, 3]
    with shop.desk() as assembled, assembled.store.reading() as tx:
        (aside,) = tx.quarantined()
        assert "a fault nobody thought of" in aside.reason
    monkeypatch.undo()
    with shop.desk() as assembled:
        with assembled.store.transaction() as tx:
            tx.retry_mail(aside.id)
        assert pass_once(assembled.desk, assembled.servers) == []
        with assembled.store.reading() as tx:
            (claim,) = (one for one in tx.claims(ClaimFilter()) if one.customer == "customer2@mail.example")
            assert [row.letter for row in tx.letters_of_claim(claim.number)] == ["request_information"]
    # The first said that the mail could not be read, the second answers it.
    assert len(shop.letters_to("customer2@mail.example")) == 2


def test_two_passes_at_once_answer_each_mail_once(shop: RealShop) -> None:
    for number in range(6):
        shop.deliver(customers_mail(number))
    with shop.desk() as one, shop.desk() as other:
        threads = [
            threading.Thread(target=pass_once, args=(assembled.desk, assembled.servers)) for assembled in (one, other)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    one_pass(shop)
    assert sorted(shop.letters_by_recipient().values()) == [1] * 6

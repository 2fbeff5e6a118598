"""What the port `Store` promises, on the fake and on SQLite."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mailbot.claims.claim import Claim, HistoryEntry, Item, Source, Thread
from mailbot.claims.verdict import Verdict
from mailbot.claims.words import ENDED, Disposition, Proof, Rule, Status, Unusable, Wanted, Wish
from mailbot.desk.ports import LeftOut
from mailbot.desk.rows import (
    ClaimFilter,
    Cursor,
    InboxState,
    KeptMail,
    MailOutcome,
    NewLetter,
    OutboxState,
    TimerKind,
)
from mailbot.desk.store import Conflict, Store, Transaction
from tests.connectors.store_worlds import (
    DAY,
    HANDLED,
    HASH,
    MINUTE,
    NOON,
    QUARANTINED,
    Fake,
    Sqlite,
    World,
    a_claim,
    a_file,
    a_letter,
    a_new_mail,
    a_timer,
    a_token,
    add,
    keep,
    lease,
    lease_mail,
    put,
    settle,
)


@pytest.fixture(params=[Fake, Sqlite])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    made = request.param(tmp_path)
    yield made
    made.close()


@pytest.fixture
def store(world: World) -> Store:
    return world.store


class TestTransactions:
    def test_what_ended_well_is_kept(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.set_mark("weather", "rain")
        with store.reading() as tx:
            assert tx.mark("weather") == "rain"

    def test_what_ended_badly_leaves_no_trace(self, store: Store) -> None:
        keep(store)

        def decide() -> None:
            with store.transaction() as tx:
                tx.add_claim(a_claim())
                tx.put_letter(a_letter(), at=NOON)
                tx.finish_mail(1, HANDLED, at=NOON)
                _ = 1 / 0

        with pytest.raises(ZeroDivisionError):
            decide()
        with store.reading() as tx:
            mail = tx.mail(1)
            assert (tx.claims(ClaimFilter()), tx.letter("answer:1")) == ([], None)
            assert mail is not None
            assert mail.state is InboxState.KEPT

    def test_after_a_failure_the_next_transaction_works(self, store: Store) -> None:
        with pytest.raises(ZeroDivisionError), store.transaction():
            _ = 1 / 0
        with store.transaction() as tx:
            tx.set_mark("weather", "sun")
            assert tx.mark("weather") == "sun"

    def test_nothing_written_while_reading_is_kept(self, store: Store) -> None:
        with store.reading() as tx:
            tx.set_mark("weather", "rain")
        with store.reading() as tx:
            assert tx.mark("weather") is None

    def test_a_reader_sees_one_moment_while_others_write(self, store: Store) -> None:
        with store.reading() as reader:
            assert reader.mark("weather") is None
            with store.transaction() as tx:
                tx.set_mark("weather", "rain")
            assert reader.mark("weather") is None

    def test_a_write_transaction_inside_another_is_a_mistake_and_said_to_be_one(self, store: Store) -> None:
        with store.transaction(), pytest.raises(RuntimeError, match="inside another"), store.counting():
            pass

    def test_writers_of_several_threads_take_turns(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.set_mark("count", 0)

        def count_up() -> None:
            for _ in range(20):
                with store.transaction() as tx:
                    tx.set_mark("count", tx.mark("count") + 1)

        threads = [threading.Thread(target=count_up) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with store.reading() as tx:
            assert tx.mark("count") == 80


class TestMails:
    def test_a_cursor_is_remembered_and_moves(self, store: Store) -> None:
        first = Cursor(mailbox="INBOX", uidvalidity=7, last_uid=3, first_start_at=NOON, first_start="unseen")
        with store.transaction() as tx:
            assert tx.cursor("INBOX") is None
            tx.set_cursor(first)
            tx.set_cursor(replace(first, last_uid=9))
        with store.reading() as tx:
            assert tx.cursor("INBOX") == replace(first, last_uid=9)
            assert tx.cursor("Other") is None

    def test_the_same_place_is_kept_once(self, store: Store) -> None:
        with store.transaction() as tx:
            assert tx.keep([a_new_mail(1), a_new_mail(2)], at=NOON) == 2
            assert tx.keep([a_new_mail(2), a_new_mail(3), a_new_mail(3)], at=NOON) == 1
            assert tx.keep([], at=NOON) == 0

    @pytest.mark.parametrize("elsewhere", [{"mailbox": "Other"}, {"uidvalidity": 2}, {"uid": 2}])
    def test_mailbox_uidvalidity_and_uid_together_are_the_place(self, store: Store, elsewhere: dict[str, Any]) -> None:
        with store.transaction() as tx:
            assert tx.keep([a_new_mail(), a_new_mail(**elsewhere)], at=NOON) == 2

    def test_a_mail_comes_back_as_it_was_kept(self, store: Store) -> None:
        left_out = LeftOut(filename="film.mp4", content_type="video/mp4", size=90_000_000)
        summer = datetime(2026, 7, 1, 14, 0, tzinfo=timezone(timedelta(hours=2)))
        [number] = keep(store, a_new_mail(5, internal_at=summer, left_out=(left_out,), late=True, size=5_000_000_000))
        with store.reading() as tx:
            assert tx.mail(number) == KeptMail(
                id=number,
                mailbox="INBOX",
                uidvalidity=1,
                uid=5,
                blob=HASH,
                size=5_000_000_000,
                internal_at=datetime(2026, 7, 1, 12, 0, tzinfo=UTC),
                kept_at=NOON,
                state=InboxState.KEPT,
                attempts=0,
                left_out=(left_out,),
                late=True,
            )

    def test_the_oldest_is_leased_first_and_each_once(self, store: Store) -> None:
        first, second = keep(store, a_new_mail(9), a_new_mail(3))
        leased = [lease_mail(store), lease_mail(store), lease_mail(store)]
        assert [mail and (mail.id, mail.attempts) for mail in leased] == [(first, 1), (second, 1), None]

    @pytest.mark.parametrize("count_back, tries_at_next_lease", [(False, 2), (True, 1)])
    def test_a_released_mail_waits_again(self, store: Store, count_back: bool, tries_at_next_lease: int) -> None:
        [number] = keep(store)
        lease_mail(store)
        with store.counting() as tx:
            tx.release_mail(number, count_back=count_back)
        again = lease_mail(store)
        assert again is not None
        assert again.attempts == tries_at_next_lease

    def test_a_finished_mail_tells_what_became_of_it(self, store: Store) -> None:
        [number] = keep(store)
        [claim] = add(store)
        lease_mail(store)
        outcome = MailOutcome(
            state=InboxState.HANDLED,
            route="opens_claim",
            reason="a new request",
            claim=claim.number,
            message_id="<1@mail.example>",
            sender="anna@mail.example",
            subject="Broken",
        )
        with store.transaction() as tx:
            tx.finish_mail(number, outcome, at=NOON)
        with store.reading() as tx:
            mail = tx.mail(number)
        assert mail is not None
        assert MailOutcome(**{name: getattr(mail, name) for name in MailOutcome.__slots__}) == outcome
        assert lease_mail(store) is None

    def test_a_mail_is_finished_once(self, store: Store) -> None:
        [number] = keep(store)
        with store.transaction() as tx:
            tx.finish_mail(number, HANDLED, at=NOON)
        with pytest.raises(Conflict), store.transaction() as tx:
            tx.finish_mail(number, QUARANTINED, at=NOON)

    def test_the_same_content_belongs_to_the_mail_that_came_first(self, store: Store) -> None:
        first, second = keep(store, a_new_mail(1), a_new_mail(2))
        with store.transaction() as tx:
            assert tx.first_with_content("key", first) is None
            assert tx.first_with_content("key", second) == first
            assert tx.first_with_content("key", first) is None
            assert tx.first_with_content("other", second) is None

    def test_what_is_finished_and_not_acknowledged_is_listed_in_order(self, store: Store) -> None:
        one, two, three, _waiting, _elsewhere = keep(
            store, *(a_new_mail(uid) for uid in range(1, 5)), a_new_mail(5, uidvalidity=2)
        )
        with store.transaction() as tx:
            for number in (three, one, two, 5):
                tx.finish_mail(number, HANDLED if number != two else QUARANTINED, at=NOON)
        with store.transaction() as tx:
            assert [mail.id for mail in tx.unacknowledged("INBOX", 1, 2)] == [one, two]
            tx.mark_acknowledged([one, three])
            assert [mail.id for mail in tx.unacknowledged("INBOX", 1, 10)] == [two]

    def test_quarantine_is_listed_and_can_be_tried_again_from_the_start(self, store: Store) -> None:
        keep(store, a_new_mail(1), a_new_mail(2))
        lease_mail(store)
        with store.transaction() as tx:
            tx.finish_mail(1, QUARANTINED, at=NOON)
            tx.finish_mail(2, HANDLED, at=NOON)
            tx.mark_acknowledged([1])
        with store.transaction() as tx:
            assert [(mail.id, mail.reason) for mail in tx.quarantined()] == [(1, "no message at all")]
            tx.retry_mail(1)
        again = lease_mail(store)
        assert again is not None
        assert (again.id, again.attempts, again.state, again.acknowledged) == (1, 1, InboxState.KEPT, False)

    @pytest.mark.parametrize("number", [1, 77])
    def test_only_what_lies_in_quarantine_can_be_tried_again(self, store: Store, number: int) -> None:
        keep(store)
        with pytest.raises(Conflict), store.transaction() as tx:
            tx.retry_mail(number)


class TestClaims:
    def full_claim(self, number: int = 0) -> Claim:
        verdict = Verdict(sku="X-1", disposition=Disposition.REQUEST_INFORMATION, rule=Rule.R5, missing=(Wanted.ITEM,))
        return a_claim(
            number=number,
            status=Status.AWAITING_CUSTOMER,
            customer_name="Änna",
            proven=True,
            language="de",
            order_numbers=("200", "100"),
            unknown_order_numbers=("99?",),
            items=(Item(sku="X-1", verdict=verdict, sources={"sku": Source(by="mail:1", words="x")}), Item(name="cup")),
            preference=Wish.REFUND,
            fault_on=date(2026, 11, 1),
            owner_confirmed_by="agent@shop.example",
            admitted=("ben@mail.example",),
            thread=Thread(subject="Hallo", message_id="<1@x>", references=("<0@x>",)),
            left_out=("film.mp4",),
            anchor="answer:1",
            anchored_at=NOON,
            sources={"preference": Source(by="agent@shop.example")},
        )

    def test_a_claim_gets_the_next_number_and_comes_back_whole(self, store: Store) -> None:
        _, claim = add(store, a_claim("B"), self.full_claim())
        assert claim == self.full_claim(number=2)
        with store.reading() as tx:
            found = tx.claim(2), tx.claim_by_rma("RMA-A"), tx.claim_by_token("tokenA")
        assert found == (claim, claim, claim)

    def test_what_is_not_there_is_none(self, store: Store) -> None:
        with store.reading() as tx:
            assert (tx.claim(1), tx.claim_by_rma("RMA-A"), tx.claim_by_token("t")) == (None, None, None)

    @pytest.mark.parametrize("same", ["rma", "token"])
    def test_rma_number_and_token_belong_to_one_claim(self, store: Store, same: str) -> None:
        [first] = add(store)
        with pytest.raises(Conflict):
            add(store, a_claim("B", **{same: getattr(first, same)}))

    @pytest.mark.parametrize(
        "change",
        [
            {"status": Status.CLOSED},
            {"items": ()},
            {"items": (Item(sku="Y"),)},
            {"items": (Item(sku="X-1"), Item(name="cup"), Item(name="plate"))},
            {"order_numbers": ("300", "100")},
            {"order_numbers": ()},
            {"person_at": NOON + DAY, "reminders_sent": 2, "acknowledged": True},
        ],
        ids=str,
    )
    def test_a_changed_claim_is_stored_with_the_next_version(self, store: Store, change: dict[str, Any]) -> None:
        [claim] = add(store, self.full_claim())
        with store.transaction() as tx:
            saved = tx.save_claim(replace(claim, **change))
        assert saved == replace(claim, **change, version=claim.version + 1)
        with store.reading() as tx:
            assert tx.claim(1) == saved

    def test_a_claim_can_be_saved_several_times_in_one_transaction(self, store: Store) -> None:
        with store.transaction() as tx:
            claim = tx.add_claim(a_claim())
            claim = tx.save_claim(replace(claim, items=(Item(name="cup"), Item(name="plate"))))
            claim = tx.save_claim(replace(claim, items=(Item(name="plate"),)))
        with store.reading() as tx:
            assert tx.claim(1) == claim

    def test_the_second_to_change_the_same_version_is_told(self, store: Store) -> None:
        [claim] = add(store)
        with store.transaction() as tx:
            tx.save_claim(replace(claim, language="de"))
        with pytest.raises(Conflict), store.transaction() as tx:
            tx.save_claim(replace(claim, language="fr", items=(Item(name="cup"),)))
        with store.reading() as tx:
            assert tx.claim(1) == replace(claim, language="de", version=1)

    def test_a_claim_that_was_never_stored_cannot_be_saved(self, store: Store) -> None:
        with pytest.raises(Conflict), store.transaction() as tx:
            tx.save_claim(a_claim(number=5))

    def test_open_claims_of_an_address_come_newest_first(self, store: Store) -> None:
        ended = [a_claim(f"E{n}", status=status) for n, status in enumerate(sorted(ENDED))]
        add(
            store, a_claim("A"), *ended, a_claim("B", items=(Item(name="cup"),)), a_claim("C", customer="ben@x.example")
        )
        with store.reading() as tx:
            assert [claim.rma for claim in tx.open_claims_of("anna@mail.example")] == ["RMA-B", "RMA-A"]
            assert tx.open_claims_of("anna@mail.example")[0].items == (Item(name="cup"),)

    @pytest.mark.parametrize(
        "wanted, found",
        [
            (ClaimFilter(), ["A", "B"]),
            (ClaimFilter(status="closed"), ["B"]),
            (ClaimFilter(status="no such status"), []),
            (ClaimFilter(customer="anna@mail.example"), ["A"]),
            (ClaimFilter(order="100"), ["A", "B"]),
            (ClaimFilter(order="200"), ["B"]),
            (ClaimFilter(language="de"), ["B"]),
            (ClaimFilter(needs_agent=True), ["A"]),
            (ClaimFilter(needs_agent=False), ["B"]),
            (ClaimFilter(since=NOON + DAY), ["B"]),
            (ClaimFilter(since=NOON + DAY + MINUTE), []),
            (ClaimFilter(order="100", needs_agent=False), ["B"]),
        ],
        ids=str,
    )
    def test_claims_are_found_by_every_filter(self, store: Store, wanted: ClaimFilter, found: list[str]) -> None:
        other = {"customer": "ben@x.example", "language": "de", "status": Status.CLOSED, "first_contact_at": NOON + DAY}
        add(
            store,
            a_claim("A", order_numbers=("100",), needs_agent=True, items=(Item(name="cup"), Item(name="plate"))),
            a_claim("B", order_numbers=("200", "100"), **other),
        )
        with store.reading() as tx:
            claims = tx.claims(wanted)
            assert [claim.rma for claim in claims] == [f"RMA-{name}" for name in found]
            assert list(claims) == [tx.claim(claim.number) for claim in claims]

    def test_an_order_number_that_was_taken_off_a_claim_finds_it_no_more(self, store: Store) -> None:
        [claim] = add(store, a_claim(order_numbers=("100", "200")))
        with store.transaction() as tx:
            tx.save_claim(replace(claim, order_numbers=("200",)))
        with store.reading() as tx:
            assert [len(tx.claims(ClaimFilter(order=order))) for order in ("100", "200")] == [0, 1]

    def test_history_keeps_its_order_whatever_the_clock_said(self, store: Store) -> None:
        keep(store)
        [claim] = add(store)
        first = HistoryEntry(at=NOON, actor="customer", event="mail", detail={"subject": "é\0", "n": [1]}, mail=1)
        second = HistoryEntry(at=NOON - DAY, actor="mailbot", event="decided")
        with store.transaction() as tx:
            tx.add_history(claim.number, [first, second])
            tx.add_history(claim.number, ())
            tx.add_history(claim.number, [first])
        with store.reading() as tx:
            assert list(tx.history(claim.number)) == [first, second, first]
            assert list(tx.history(99)) == []

    def test_evidence_is_replaced_by_number(self, store: Store) -> None:
        keep(store)
        [claim] = add(store)
        one, two = a_file(1, 1, shows=(Proof.ITEM,)), a_file(2, 1, role="ignored", reasons=(Unusable.NOT_EVIDENCE,))
        better = replace(one, shows=(Proof.PROBLEM,), item=0, confirmed_by="agent@shop.example", signals=("carton",))
        with store.transaction() as tx:
            tx.put_evidence(claim.number, [two, one])
            tx.put_evidence(claim.number, [better])
            tx.put_evidence(claim.number, ())
        with store.reading() as tx:
            assert list(tx.evidence(claim.number)) == [better, two]

    def test_files_with_the_same_bytes_are_found_in_every_claim(self, store: Store) -> None:
        keep(store)
        add(store, a_claim("A"), a_claim("B"), a_claim("C"))
        with store.transaction() as tx:
            tx.put_evidence(3, [a_file(1, 1), a_file(2, 1)])
            tx.put_evidence(1, [a_file(1, 1)])
            tx.put_evidence(2, [a_file(1, 1, sha256="cd" * 32)])
        with store.reading() as tx:
            assert list(tx.claims_with_content(HASH)) == [1, 3]
            assert list(tx.claims_with_content("ef" * 32)) == []

    @pytest.mark.parametrize(
        "write",
        [
            lambda tx: tx.add_history(9, [HistoryEntry(at=NOON, actor="mailbot", event="x")]),
            lambda tx: tx.put_evidence(9, [a_file(1, 1)]),
            lambda tx: tx.put_evidence(1, [a_file(1, 9)]),
            lambda tx: tx.set_timers(9, [a_timer(9, NOON)]),
            lambda tx: tx.add_token(a_token("t", 9)),
            lambda tx: tx.put_letter(a_letter(claim=9), at=NOON),
            lambda tx: tx.add_pending_join(9, 1, "ben@x.example", at=NOON),
            lambda tx: tx.finish_mail(1, replace(HANDLED, claim=9), at=NOON),
            lambda tx: tx.remember_before("c", a_claim(number=9), ()),
            lambda tx: tx.first_with_content("key", 9),
        ],
    )
    def test_nothing_points_at_a_claim_or_a_mail_that_is_not_there(
        self, store: Store, write: Callable[[Transaction], object]
    ) -> None:
        keep(store)
        add(store)
        with pytest.raises(Conflict), store.transaction() as tx:
            write(tx)

    def test_the_last_command_of_a_claim_can_be_looked_back_behind(self, store: Store) -> None:
        keep(store)
        [claim, other] = add(store, self.full_claim(), a_claim("B"))
        files = [a_file(1, 1, shows=(Proof.ITEM,)), a_file(2, 1, usable=False, reasons=(Unusable.BLURRED,))]
        with store.transaction() as tx:
            tx.remember_before("c1", other, ())
            tx.remember_before("c1", replace(claim, language="fr"), ())
            tx.remember_before("c2", claim, files)
        with store.transaction() as tx:
            assert tx.before_last_command(claim.number) == ("c2", claim, files)
            tx.forget_before(claim.number)
            assert tx.before_last_command(claim.number) is None
            assert tx.before_last_command(other.number) == ("c1", other, [])

    def test_a_writer_waits_until_an_agent_admits_them(self, store: Store) -> None:
        keep(store)
        [claim] = add(store)
        with store.transaction() as tx:
            tx.add_pending_join(claim.number, 1, "ben@x.example", at=NOON)
        with store.transaction() as tx:
            [join] = tx.pending_joins(claim.number)
            tx.admit(join.id, by="agent@shop.example")
            assert (join.claim, join.mail, join.address, join.asked_at) == (claim.number, 1, "ben@x.example", NOON)
            assert [one.admitted_by for one in tx.pending_joins(claim.number)] == ["agent@shop.example"]
        with pytest.raises(Conflict), store.transaction() as tx:
            tx.admit(join.id, by="agent@shop.example")


class TestCorrelation:
    def joined(self, store: Store, message_id: str, claim: int, uid: int = 1) -> int:
        [number] = keep(store, a_new_mail(uid))
        with store.transaction() as tx:
            tx.finish_mail(number, replace(HANDLED, claim=claim, message_id=message_id), at=NOON)
        return number

    def found(self, store: Store, *message_ids: str) -> int | None:
        with store.reading() as tx:
            claim = tx.claim_by_message_ids(message_ids)
        return None if claim is None else claim.number

    def test_a_letter_of_ours_and_a_mail_that_joined_lead_to_their_claim(self, store: Store) -> None:
        add(store, a_claim("A"), a_claim("B"))
        put(store, a_letter(claim=2))
        self.joined(store, "<1@mail.example>", 1)
        assert self.found(store, "<answer:1@shop.example>") == 2
        assert self.found(store, "<1@mail.example>") == 1

    def test_the_first_that_is_known_counts(self, store: Store) -> None:
        add(store, a_claim("A"), a_claim("B"))
        put(store, a_letter(claim=2))
        self.joined(store, "<1@mail.example>", 1)
        assert self.found(store, "<unknown@x>", "<1@mail.example>", "<answer:1@shop.example>") == 1
        assert self.found(store, "", "<answer:1@shop.example>", "<1@mail.example>") == 2

    def test_what_nobody_knows_leads_nowhere(self, store: Store) -> None:
        keep(store)
        put(store, a_letter(claim=None))
        assert self.found(store, "<answer:1@shop.example>", "", *(f"<{n}@x>" for n in range(500))) is None
        assert self.found(store) is None

    def test_however_many_are_named_the_last_is_still_found(self, store: Store) -> None:
        add(store)
        put(store, a_letter(claim=1))
        assert self.found(store, *(f"<{n}@x>" for n in range(1000)), "<answer:1@shop.example>") == 1

    def test_a_mail_that_waits_to_be_admitted_leads_nowhere_until_it_is(self, store: Store) -> None:
        add(store)
        number = self.joined(store, "<1@mail.example>", 1)
        with store.transaction() as tx:
            tx.add_pending_join(1, number, "ben@x.example", at=NOON)
        assert self.found(store, "<1@mail.example>") is None
        with store.transaction() as tx:
            [join] = tx.pending_joins(1)
            tx.admit(join.id, by="agent@shop.example")
        assert self.found(store, "<1@mail.example>") == 1

    def test_a_message_id_that_was_used_before_stays_with_the_first(self, store: Store) -> None:
        add(store, a_claim("A"), a_claim("B"), a_claim("C"))
        put(store, a_letter(claim=3))
        self.joined(store, "<1@mail.example>", 1, uid=1)
        self.joined(store, "<1@mail.example>", 2, uid=2)
        self.joined(store, "<answer:1@shop.example>", 2, uid=3)
        assert self.found(store, "<1@mail.example>") == 1
        assert self.found(store, "<answer:1@shop.example>") == 3


class TestLetters:
    def test_a_letter_comes_back_as_it_was_put(self, store: Store) -> None:
        keep(store)
        [claim] = add(store)
        letter = a_letter(claim=claim.number, raw=bytes(range(256)), mail=1, command="c1", not_before=NOON + MINUTE)
        [row] = put(store, letter)
        assert all(getattr(row, name) == getattr(letter, name) for name in NewLetter.__slots__)
        assert (row.state, row.attempts, row.created_at) == (OutboxState.READY, 0, NOON)
        assert (row.first_try_at, row.uncertain_since, row.sent_at, row.error) == (None, None, None, "")
        with store.reading() as tx:
            assert tx.letter_by_message_id("<answer:1@shop.example>") == row
            assert tx.letter_by_reference("ref-answer:1") == row
            assert tx.letters_of_claim(claim.number) == [row]
            assert (tx.letter("x"), tx.letter_by_message_id("x"), tx.letter_by_reference("x")) == (None, None, None)

    def test_what_was_decided_once_cannot_be_put_twice(self, store: Store) -> None:
        [row] = put(store, a_letter())
        with store.transaction() as tx:
            assert not tx.put_letter(a_letter(recipient="ben@x.example", raw=b"other"), at=NOON + DAY)
        with store.reading() as tx:
            assert tx.letter("answer:1") == row

    def test_two_letters_never_share_a_message_id(self, store: Store) -> None:
        put(store, a_letter("one"))
        with pytest.raises(Conflict):
            put(store, a_letter("two", message_id="<one@shop.example>"))

    def test_the_longest_due_is_leased_first_and_each_once(self, store: Store) -> None:
        put(store, a_letter("late", not_before=NOON), a_letter("early", not_before=NOON - DAY))
        first, second = lease(store), lease(store)
        assert [(row.key, row.state, row.attempts) for row in (first, second)] == [
            ("early", OutboxState.SENDING, 1),
            ("late", OutboxState.SENDING, 1),
        ]
        with store.transaction() as tx:
            assert tx.lease_letter("worker", at=NOON + DAY) is None

    def test_nothing_is_leased_before_its_moment(self, store: Store) -> None:
        put(store, a_letter(not_before=NOON))
        with store.transaction() as tx:
            assert tx.next_letter_at() == NOON
            assert tx.lease_letter("worker", at=NOON - timedelta(microseconds=1)) is None
            assert tx.lease_letter("worker", at=NOON) is not None
            assert tx.next_letter_at() is None

    def test_a_sent_letter_tells_when(self, store: Store) -> None:
        put(store, a_letter())
        settle(store, lease(store), OutboxState.SENT, at=NOON + MINUTE)
        with store.reading() as tx:
            row = tx.letter("answer:1")
        assert row is not None
        assert (row.state, row.first_try_at, row.sent_at) == (OutboxState.SENT, NOON, NOON + MINUTE)

    @pytest.mark.parametrize("put_before", [True, False], ids=["put before", "put after"])
    def test_a_letter_never_overtakes_an_earlier_one_of_its_claim_and_recipient(
        self, store: Store, put_before: bool
    ) -> None:
        add(store, a_claim("A"), a_claim("B"))
        later = (
            a_letter("later", claim=1),
            a_letter("of another claim", claim=2),
            a_letter("to somebody else", claim=1, recipient="agent@shop.example"),
        )
        put(store, a_letter("first", claim=1), *(later if put_before else ()))
        settle(store, lease(store), OutboxState.RETRY, error="451 later", next_try_at=NOON + MINUTE)
        if not put_before:
            put(store, *later)
        meanwhile = [lease(store), lease(store)]
        assert [row.key for row in meanwhile] == ["of another claim", "to somebody else"]
        with store.transaction() as tx:
            assert tx.lease_letter("worker", at=NOON) is None
        assert [lease(store, at=NOON + MINUTE).key for _ in range(2)] == ["first", "later"]

    def test_a_letter_does_not_overtake_one_that_is_held_back_to_be_undone(self, store: Store) -> None:
        add(store, a_claim("A"))
        put(store, a_letter("held", claim=1, not_before=NOON + MINUTE), a_letter("later", claim=1))
        with store.transaction() as tx:
            assert tx.lease_letter("worker", at=NOON) is None
        assert [lease(store, at=NOON + MINUTE).key for _ in range(2)] == ["held", "later"]

    def test_a_letter_that_is_tried_again_waits_for_its_next_moment(self, store: Store) -> None:
        put(store, a_letter())
        settle(store, lease(store), OutboxState.RETRY, error="451 later", next_try_at=NOON + MINUTE)
        with store.transaction() as tx:
            assert tx.next_letter_at() == NOON + MINUTE
            assert tx.lease_letter("worker", at=NOON) is None
        again = lease(store, at=NOON + MINUTE)
        assert (again.attempts, again.first_try_at, again.error) == (2, NOON, "451 later")

    def test_uncertain_letters_are_listed_from_their_moment_on(self, store: Store) -> None:
        put(store, a_letter("one"), a_letter("two"), a_letter("three"))
        one, two, three = lease(store), lease(store), lease(store)
        settle(store, one, OutboxState.UNCERTAIN, at=NOON + MINUTE)
        settle(store, two, OutboxState.UNCERTAIN, at=NOON)
        settle(store, three, OutboxState.FAILED)
        with store.reading() as tx:
            assert [row.key for row in tx.uncertain_letters(before=NOON)] == ["two"]
            assert [row.key for row in tx.uncertain_letters(before=NOON + DAY)] == ["two", "one"]
            assert tx.uncertain_letters(before=NOON + DAY)[0].uncertain_since == NOON

    def test_an_uncertain_letter_can_be_settled_later(self, store: Store) -> None:
        put(store, a_letter("one"), a_letter("two"))
        one, two = lease(store), lease(store)
        settle(store, one, OutboxState.UNCERTAIN)
        settle(store, two, OutboxState.UNCERTAIN)
        settle(store, one, OutboxState.DROPPED)
        settle(store, two, OutboxState.RETRY, next_try_at=NOON + DAY)
        with store.reading() as tx:
            assert list(tx.uncertain_letters(before=NOON + DAY)) == []
        assert lease(store, at=NOON + DAY).key == "two"

    @pytest.mark.parametrize("ended", [OutboxState.SENT, OutboxState.FAILED, OutboxState.DROPPED])
    def test_what_has_ended_is_not_settled_again(self, store: Store, ended: OutboxState) -> None:
        put(store, a_letter())
        row = lease(store)
        settle(store, row, ended)
        with pytest.raises(Conflict):
            settle(store, row, OutboxState.RETRY, next_try_at=NOON)

    def test_what_nobody_leased_is_not_settled(self, store: Store) -> None:
        [row] = put(store, a_letter())
        with pytest.raises(Conflict):
            settle(store, row, OutboxState.SENT)

    def test_letters_of_a_command_are_cancelled_while_all_wait(self, store: Store) -> None:
        put(store, a_letter("one", command="c1"), a_letter("two", command="c1"), a_letter("other"))
        settle(store, lease(store), OutboxState.RETRY, next_try_at=NOON + DAY)
        with store.transaction() as tx:
            assert tx.cancel_letters("c1")
        with store.reading() as tx:
            states = [row and row.state for row in map(tx.letter, ("one", "two", "other"))]
        assert states == [OutboxState.CANCELLED, OutboxState.CANCELLED, OutboxState.READY]
        assert lease(store, at=NOON + DAY).key == "other"

    def test_none_is_cancelled_when_one_is_under_way(self, store: Store) -> None:
        put(store, a_letter("one", command="c1"), a_letter("two", command="c1"))
        lease(store)
        with store.transaction() as tx:
            assert not tx.cancel_letters("c1")
        with store.reading() as tx:
            states = [row and row.state for row in map(tx.letter, ("one", "two"))]
        assert states == [OutboxState.SENDING, OutboxState.READY]

    def test_a_command_without_letters_has_nothing_that_could_not_be_cancelled(self, store: Store) -> None:
        [row] = put(store, a_letter())
        with store.transaction() as tx:
            assert tx.cancel_letters("c1")
            assert tx.cancel_letters("")
            assert tx.letter("answer:1") == row


class TestCounts:
    """What the caps on letters ask for."""

    @pytest.fixture
    def letters(self, store: Store) -> Store:
        add(store, a_claim("A"), a_claim("B"))
        anna: dict[str, Any] = {"claim": 1, "proven": False}
        put(store, a_letter("yesterday", **anna), at=NOON - DAY)
        put(
            store,
            a_letter("now", **anna),
            a_letter("by a person", automatic=False, **anna),
            a_letter("cancelled", command="c1", **anna),
            a_letter("elsewhere", claim=2, recipient="ben@x.example", proven=True),
            a_letter("agent", claim=1, recipient="agent@shop.example", audience="agent", automatic=False, proven=False),
        )
        with store.transaction() as tx:
            tx.cancel_letters("c1")
        return store

    @pytest.mark.parametrize(
        "since, keys", [(NOON - DAY, ["yesterday", "now"]), (NOON, ["now"]), (NOON + MINUTE, [])], ids=str
    )
    def test_automatic_letters_are_counted_by_address_and_by_claim(
        self, letters: Store, since: datetime, keys: list[str]
    ) -> None:
        with letters.reading() as tx:
            assert [row.key for row in tx.unproven_letters_to("aNNa@mail.example", since=since)] == keys
            assert tx.automatic_letters_on(1, since=since) == len(keys)

    @pytest.mark.parametrize("since, count", [(NOON - DAY, 3), (NOON, 2), (NOON + MINUTE, 0)], ids=str)
    def test_letters_to_customers_not_proven_are_counted_together(
        self, letters: Store, since: datetime, count: int
    ) -> None:
        with letters.reading() as tx:
            assert tx.unproven_letters(since=since) == count

    def test_letters_sent_are_counted_from_a_moment_on(self, store: Store) -> None:
        put(store, a_letter("one"), a_letter("two"), a_letter("three"))
        for state, minutes in ((OutboxState.SENT, 1), (OutboxState.SENT, 2), (OutboxState.FAILED, 3)):
            settle(store, lease(store), state, at=NOON + minutes * MINUTE)
        with store.reading() as tx:
            assert [tx.letters_sent(since=NOON + minutes * MINUTE) for minutes in (1, 2, 3)] == [2, 1, 0]


class TestMemory:
    def test_setting_timers_replaces_those_of_this_claim_alone(self, store: Store) -> None:
        add(store, a_claim("A"), a_claim("B"))
        with store.transaction() as tx:
            tx.set_timers(1, [a_timer(1, NOON), a_timer(1, NOON, sequence=2)])
            tx.set_timers(2, [a_timer(2, NOON, kind=TimerKind.EXPIRY)])
            tx.set_timers(1, [a_timer(1, NOON, sequence=3, after_days=7, anchor="k")])
        with store.reading() as tx:
            due = {(timer.claim, timer.kind, timer.sequence) for timer in tx.due_timers(at=NOON, limit=10)}
            assert due == {(1, TimerKind.REMINDER, 3), (2, TimerKind.EXPIRY, 1)}
            [mine] = [timer for timer in tx.due_timers(at=NOON, limit=10) if timer.claim == 1]
            assert replace(mine, id=0) == a_timer(1, NOON, sequence=3, after_days=7, anchor="k")

    def test_due_timers_come_in_the_order_they_fell_due(self, store: Store) -> None:
        add(store)
        with store.transaction() as tx:
            tx.set_timers(1, [a_timer(1, NOON + days * DAY, sequence=days) for days in (3, 1, 2)])
        with store.reading() as tx:
            assert list(tx.due_timers(at=NOON, limit=9)) == []
            assert [timer.sequence for timer in tx.due_timers(at=NOON + 2 * DAY, limit=9)] == [1, 2]
            assert [timer.sequence for timer in tx.due_timers(at=NOON + 9 * DAY, limit=1)] == [1]

    def test_a_timer_can_be_moved_and_dropped(self, store: Store) -> None:
        add(store)
        with store.transaction() as tx:
            tx.set_timers(1, [a_timer(1, NOON, sequence=1), a_timer(1, NOON, sequence=2)])
            first, second = tx.due_timers(at=NOON, limit=9)
            tx.move_timer(first.id, NOON + DAY)
            tx.drop_timer(second.id)
            assert list(tx.due_timers(at=NOON, limit=9)) == []
            assert list(tx.due_timers(at=NOON + DAY, limit=9)) == [replace(first, due_at=NOON + DAY)]

    def test_a_token_is_spent_once(self, store: Store) -> None:
        add(store)
        with store.transaction() as tx:
            tx.add_token(a_token("t1", 1))
            assert (tx.token("t1"), tx.token("T1")) == (a_token("t1", 1), None)
            tx.spend_token("t1", at=NOON + MINUTE)
        with store.reading() as tx:
            assert tx.token("t1") == replace(a_token("t1", 1), spent_at=NOON + MINUTE)
        for text in ("t1", "t2"):
            with pytest.raises(Conflict), store.transaction() as tx:
                tx.spend_token(text, at=NOON)

    def test_an_address_once_proven_stays_so(self, store: Store) -> None:
        with store.transaction() as tx:
            assert not tx.is_proven("anna@mail.example")
            tx.mark_proven("anna@mail.example", how="dmarc", at=NOON)
            tx.mark_proven("anna@mail.example", how="answered", at=NOON)
        with store.reading() as tx:
            assert tx.is_proven("anna@mail.example")
            assert not tx.is_proven("ben@x.example")

    def test_a_secret_is_made_once(self, store: Store) -> None:
        with store.transaction() as tx:
            first = tx.secret("tokens")
        with store.transaction() as tx:
            assert (tx.secret("tokens"), len(first)) == (first, 32)
            assert tx.secret("letters") != first

    def test_a_secret_that_a_reader_was_given_is_kept(self, store: Store) -> None:
        with store.reading() as tx:
            first = tx.secret("tokens")
        with store.transaction() as tx:
            assert tx.secret("tokens") == first

    @pytest.mark.parametrize("value", ["text", 0, False, None, ["a", 1.5], {"a": {"b": [None]}}], ids=repr)
    def test_a_mark_is_plain_json(self, store: Store, value: object) -> None:
        with store.transaction() as tx:
            assert tx.mark("m") is None
            tx.set_mark("m", "before")
            tx.set_mark("m", value)
            assert tx.mark("m") == value

    def test_a_mark_that_is_no_json_is_refused(self, store: Store) -> None:
        with pytest.raises((TypeError, sa.exc.StatementError)), store.transaction() as tx:
            tx.set_mark("m", object())

    def test_the_last_good_templates_are_those_kept_last_and_only_those(self, store: Store) -> None:
        with store.transaction() as tx:
            tx.keep_templates({("en", "reply"): "one", ("de", "reply"): "eins"}, at=NOON)
        with store.reading() as tx:
            assert tx.last_good_templates() == {("en", "reply"): "one", ("de", "reply"): "eins"}
        with store.transaction() as tx:
            tx.keep_templates({("en", "reply"): "two"}, at=NOON)
        with store.reading() as tx:
            assert tx.last_good_templates() == {("en", "reply"): "two"}
        with store.transaction() as tx:
            tx.keep_templates({}, at=NOON)
        with store.reading() as tx:
            assert tx.last_good_templates() == {}


class TestDeadWorkers:
    def test_what_a_living_worker_holds_stays_held(self, world: World) -> None:
        keep(world.store)
        put(world.store, a_letter())
        lease_mail(world.store, world.holder)
        lease(world.store, world.holder)
        assert world.store.release_dead(at=NOON) == 0
        assert lease_mail(world.store) is None

    def test_what_a_dead_worker_held_is_free_at_once(self, world: World) -> None:
        keep(world.store, a_new_mail(1), a_new_mail(2))
        put(world.store, a_letter("one"), a_letter("two"))
        lease_mail(world.store, world.holder)
        lease(world.store, world.holder)
        world.kill()
        assert world.store.release_dead(at=NOON + MINUTE) == 2
        assert world.store.release_dead(at=NOON + MINUTE) == 0
        again = lease_mail(world.store, "next")
        assert again is not None
        assert (again.id, again.attempts) == (1, 2)
        with world.store.reading() as tx:
            [uncertain] = tx.uncertain_letters(before=NOON + MINUTE)
        assert (uncertain.key, uncertain.uncertain_since) == ("one", NOON + MINUTE)
        assert lease(world.store).key == "two"

    def test_what_others_hold_stays_theirs_when_one_dies(self, world: World) -> None:
        keep(world.store, a_new_mail(1), a_new_mail(2))
        put(world.store, a_letter("one"), a_letter("two"))
        for holder in (world.holder, world.survivor):
            lease_mail(world.store, holder)
            lease(world.store, holder)
        world.kill()
        assert world.store.release_dead(at=NOON) == 2
        again = lease_mail(world.store)
        assert again is not None
        assert (again.id, lease_mail(world.store)) == (1, None)
        with world.store.reading() as tx:
            assert [row.key for row in tx.uncertain_letters(before=NOON)] == ["one"]
            row = tx.letter("two")
        assert row is not None
        assert row.state is OutboxState.SENDING

    def test_what_a_dead_worker_finished_stays_finished(self, world: World) -> None:
        [number] = keep(world.store)
        put(world.store, a_letter())
        lease_mail(world.store, world.holder)
        settle(world.store, lease(world.store, world.holder), OutboxState.SENT)
        with world.store.transaction() as tx:
            tx.finish_mail(number, HANDLED, at=NOON)
        world.kill()
        assert world.store.release_dead(at=NOON) == 0

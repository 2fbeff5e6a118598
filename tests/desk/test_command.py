"""What each command does to a claim in each of its states, as values: legal, or refused with nothing changed."""

import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from mailbot.claims.claim import Claim, Evidence
from mailbot.claims.commands import USAGE, parse_instructions
from mailbot.claims.life import least_advanced
from mailbot.claims.policy import PolicySettings
from mailbot.claims.words import ENDED, Disposition, ProblemKind, Proof, Resolution, Rule, Status, Wanted, Wish
from mailbot.desk.command import CarriedOut, Refused, Surroundings, carry_out
from mailbot.desk.judge import belongs_to_sender
from mailbot.letters.letter import LetterName
from tests.builders import ANNA, EARS, LAMP, LEA, ORDERS, THURSDAY, KnownShop, claim, evidence, item, order, verdict

SHOP = KnownShop(ORDERS, (EARS, LAMP))
AROUND = Surroundings(
    by=LEA,
    at=THURSDAY,
    order=SHOP.order,
    products=SHOP.products(),
    policy=PolicySettings(),
    day_of=lambda moment: moment.astimezone(ZoneInfo("Europe/Berlin")).date(),
)
FILES = (evidence(1, mail=1), evidence(2, mail=1))


def in_status(status: Status, **changes: object) -> Claim:
    """A claim in this status, its item judged; one that was inspected has a confirmed defect."""
    inspected = "defect" if status in (Status.INSPECTED, Status.REFUNDED, Status.REPLACED) else None
    return claim(status, number=1, items=(item(status, inspection=inspected, verdict=verdict()),), **changes)


def do(text: str, before: Claim, files: tuple[Evidence, ...] = FILES, **around: object) -> CarriedOut:
    return carry_out(before, files, parse_instructions(text), replace(AROUND, **around), may=None)  # type: ignore[arg-type]


AWAITING = (Status.AWAITING_CUSTOMER, Status.AWAITING_AGENT, Status.AWAITING_RETURN)
OPEN = tuple(status for status in Status if status not in ENDED)

# Each command, the states that take it, and what they become. What does not stand here is refused.
TAKES: Mapping[str, Mapping[Status, Status]] = {
    "/approve": dict.fromkeys((*AWAITING, Status.DECLINED, Status.EXPIRED), Status.AWAITING_RETURN),
    "/approve refund": dict.fromkeys((*AWAITING, Status.DECLINED, Status.EXPIRED), Status.AWAITING_RETURN),
    "/decline sawn in two": dict.fromkeys(AWAITING, Status.DECLINED),
    "/request item": dict.fromkeys((*AWAITING, Status.DECLINED, Status.EXPIRED), Status.AWAITING_CUSTOMER),
    "/tracking JD014600": dict.fromkeys((*AWAITING, Status.IN_TRANSIT), Status.IN_TRANSIT),
    "/received": dict.fromkeys(
        (*AWAITING, Status.IN_TRANSIT, Status.DECLINED, Status.WITHDRAWN, Status.EXPIRED), Status.RECEIVED
    ),
    "/inspect defect": dict.fromkeys((Status.RECEIVED, Status.INSPECTED), Status.INSPECTED),
    "/inspect no-defect": dict.fromkeys((Status.RECEIVED, Status.INSPECTED), Status.INSPECTED),
    "/inspect misuse": dict.fromkeys((Status.RECEIVED, Status.INSPECTED), Status.INSPECTED),
    "/refunded 89.00 EUR": {Status.INSPECTED: Status.REFUNDED},
    "/shipped JD014600": {Status.INSPECTED: Status.REPLACED},
    "/close settled by telephone": dict.fromkeys(OPEN, Status.CLOSED),
    "/reply\nDear Anna, we are looking.": {status: status for status in Status},
    "/note she called": {status: status for status in Status},
}
LETTER_OF = {
    "/approve": LetterName.APPROVE_RETURN,
    "/approve refund": LetterName.APPROVE_RETURN,
    "/decline sawn in two": LetterName.DECLINE,
    "/request item": LetterName.REQUEST_INFORMATION,
    "/received": LetterName.RECEIVED,
    "/inspect defect": LetterName.INSPECTED_DEFECT,
    "/inspect no-defect": LetterName.INSPECTED_NO_DEFECT,
    "/inspect misuse": LetterName.INSPECTED_MISUSE,
    "/refunded 89.00 EUR": LetterName.REFUNDED,
    "/shipped JD014600": LetterName.REPLACED,
    "/close settled by telephone": LetterName.CLOSED,
    "/reply\nDear Anna, we are looking.": LetterName.REPLY,
}
FACTS = (
    "/evidence 2 package_front",
    "/order 770000003",
    f"/owner {ANNA}",
    "/product QX-LAMP-1",
    "/problem wrong_item",
    "/prefer replacement",
)
PAIRS = [(text, status) for text in TAKES for status in Status]


@pytest.mark.parametrize("text,status", PAIRS, ids=[f"{text.split(chr(10))[0]} {status}" for text, status in PAIRS])
def test_a_command_moves_the_claims_that_can_take_it_and_is_refused_by_all_others(text: str, status: Status) -> None:
    before = in_status(status)
    if status in TAKES[text]:
        done = do(text, before)
        assert done.claim.status is TAKES[text][status]
        assert done.claim.items[0].status is TAKES[text][status]
        assert [one.name for one in done.letters] == ([LETTER_OF[text]] if text in LETTER_OF else [])
    else:
        with pytest.raises(Refused) as refused:
            do(text, before)
        (problem,) = refused.value.problems
        assert problem.startswith(f"“{text}”: ")
        assert re.search(r"\(cannot take [A-Z_]+\)$", problem)


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("text", FACTS)
def test_a_fact_writes_to_nobody_and_moves_only_what_waits_for_a_word(text: str, status: Status) -> None:
    done = do(text, in_status(status))
    assert done.letters == ()
    assert done.changed
    if status in (Status.AWAITING_CUSTOMER, Status.AWAITING_AGENT):
        assert done.claim.status in (Status.AWAITING_CUSTOMER, Status.AWAITING_AGENT)
        assert done.outcomes[-1][0] == "by the policy"
    else:
        assert done.claim.status is status


def test_every_command_stands_in_one_of_these_tables() -> None:
    told = {text.split()[0].lstrip("/") for text in (*TAKES, *FACTS)}
    assert told | {"admit", "undo", "status", "help"} == set(USAGE)


@pytest.mark.parametrize("text", ["/status", "/help"])
def test_a_question_changes_nothing(text: str) -> None:
    before = in_status(Status.AWAITING_AGENT)
    done = do(text, before)
    assert (done.claim, done.changed, done.letters, done.history) == (before, False, (), ())
    assert len(done.outcomes[0][1]) > 10


def test_a_refund_before_the_inspection_is_refused_and_says_what_is_missing() -> None:
    with pytest.raises(Refused) as refused:
        do("/refunded 89.00 EUR", in_status(Status.RECEIVED))
    assert "cannot take REFUNDED" in str(refused.value)


@pytest.mark.parametrize("found", ["no_defect", "misuse"])
def test_without_a_confirmed_defect_there_is_no_refund_and_the_item_goes_back(found: str) -> None:
    before = in_status(Status.INSPECTED)
    before = replace(before, items=(item(Status.INSPECTED, inspection=found),))
    with pytest.raises(Refused, match="no defect was found in it"):
        do("/refunded 89.00 EUR", before)
    done = do("/shipped JD014600", before)
    assert done.claim.status is Status.RETURNED_TO_CUSTOMER
    assert [one.name for one in done.letters] == [LetterName.RETURNED_TO_CUSTOMER]


def test_a_second_refund_is_refused() -> None:
    once = do("/refunded 89.00 EUR", in_status(Status.INSPECTED)).claim
    with pytest.raises(Refused, match="it was paid back already"):
        do("/refunded 89.00 EUR", once)


def test_one_refused_line_leaves_the_others_undone() -> None:
    with pytest.raises(Refused) as refused:
        do("/note she called\n/received\n/refunded 89.00 EUR", in_status(Status.AWAITING_RETURN))
    assert [problem.split("”")[0] for problem in refused.value.problems] == ["“/refunded 89.00 EUR"]


def test_a_parcel_is_received_inspected_and_refunded_in_one_mail_with_three_letters() -> None:
    done = do("/received\n/inspect defect\n/refunded 89.00 EUR", in_status(Status.AWAITING_RETURN))
    assert done.claim.status is Status.REFUNDED
    assert [one.name for one in done.letters] == [
        LetterName.RECEIVED,
        LetterName.INSPECTED_DEFECT,
        LetterName.REFUNDED,
    ]
    assert (done.letters[2].amount, done.letters[2].currency) == (Decimal("89.00"), "EUR")


# Several items


def two_items(*statuses: Status) -> Claim:
    return claim(
        number=1,
        order_numbers=("770000003",),
        items=tuple(
            item(status, sku=sku, verdict=verdict())
            for status, sku in zip(statuses, ("QX-EARS-2", "QX-LAMP-1"), strict=True)
        ),
    )


def test_two_verdicts_of_one_mail_go_out_as_one_letter_about_both() -> None:
    done = do("/approve 1 refund\n/decline 2 sawn in two", two_items(Status.AWAITING_AGENT, Status.AWAITING_AGENT))
    assert [one.status for one in done.claim.items] == [Status.AWAITING_RETURN, Status.DECLINED]
    (letter,) = done.letters
    assert (letter.name, letter.items) == (LetterName.SEVERAL, frozenset({0, 1}))


def test_one_verdict_on_both_items_is_one_letter() -> None:
    done = do("/approve 1\n/approve 2 refund", two_items(Status.AWAITING_AGENT, Status.AWAITING_AGENT))
    (letter,) = done.letters
    assert (letter.name, letter.items) == (LetterName.APPROVE_RETURN, frozenset({0, 1}))


def test_a_number_that_no_item_has_is_refused() -> None:
    with pytest.raises(Refused, match="there is no item 3; this claim has 2"):
        do("/approve 3", two_items(Status.AWAITING_AGENT, Status.AWAITING_AGENT))


def test_a_fact_of_one_of_two_items_needs_the_items_number() -> None:
    both = two_items(Status.AWAITING_AGENT, Status.AWAITING_AGENT)
    with pytest.raises(Refused, match="this claim has 2 items; write the item's number"):
        do("/problem wrong_item", both)
    done = do("/problem 2 wrong_item", both)
    assert [one.problem_kind for one in done.claim.items] == [ProblemKind.DEFECTIVE, ProblemKind.WRONG_ITEM]


def test_without_a_number_a_command_takes_the_items_that_can_take_it() -> None:
    done = do("/received", two_items(Status.AWAITING_RETURN, Status.REFUNDED))
    assert [one.status for one in done.claim.items] == [Status.RECEIVED, Status.REFUNDED]
    (letter,) = done.letters
    assert letter.items == frozenset({0})


def test_a_claim_without_items_takes_only_a_reply_or_an_end() -> None:
    inquiry = claim(number=1, items=())
    with pytest.raises(Refused, match="this claim has no items; use /reply or /close"):
        do("/approve", inquiry)
    assert do("/reply\nYes, we open at nine.", inquiry).claim.status is Status.AWAITING_AGENT
    assert do("/close answered", inquiry).claim.status is Status.CLOSED


# Whose word counts


def test_every_command_is_remembered_with_the_person_and_the_line() -> None:
    done = do("/approve refund\nShe was right.", in_status(Status.AWAITING_AGENT))
    assert [(entry.actor, entry.event, entry.detail.get("command", "")) for entry in done.history] == [
        (LEA, "approve", "/approve refund"),
        (LEA, "note", ""),
    ]
    assert done.claim.items[0].verdict is not None
    assert done.claim.items[0].verdict.overridden_by == LEA


def test_text_below_a_command_is_a_note_and_the_agent_is_told_so() -> None:
    done = do("/approve\nShe was right.", in_status(Status.AWAITING_AGENT))
    assert done.outcomes[-1] == ("(text below)", "kept as a note; it was not sent to the customer")
    assert done.history[-1].detail == {"text": "She was right."}


def test_text_below_reply_is_the_letter_and_no_note() -> None:
    done = do("/reply\nDear Anna,\nwe are looking.", in_status(Status.AWAITING_AGENT))
    assert [(one.name, one.text) for one in done.letters] == [(LetterName.REPLY, "Dear Anna,\nwe are looking.")]
    assert "note" not in [entry.event for entry in done.history]


def test_an_agent_uses_only_the_commands_they_may() -> None:
    with pytest.raises(Refused) as refused:
        carry_out(
            in_status(Status.AWAITING_AGENT),
            FILES,
            parse_instructions("/note seen\n/approve"),
            AROUND,
            may=frozenset({"note", "reply"}),
        )
    assert refused.value.problems == ("you may not use /approve here",)


def test_facts_remember_the_person_who_set_them() -> None:
    done = do(
        "/order 770000003\n/product 1 QX-LAMP-1 2\n/problem 1 damaged_in_transit\n/prefer replacement",
        in_status(Status.AWAITING_AGENT),
    )
    (one,) = done.claim.items
    assert (one.sku, one.quantity, one.problem_kind) == ("QX-LAMP-1", 2, ProblemKind.DAMAGED_IN_TRANSIT)
    assert (done.claim.order_numbers, done.claim.preference) == (("770000003",), Wish.REPLACEMENT)
    sources = (*one.sources.values(), *done.claim.sources.values())
    assert {source.by for source in sources} == {LEA}


def test_a_corrected_fact_is_judged_and_the_verdict_waits_for_the_persons_word() -> None:
    before = claim(number=1, order_numbers=(), items=(item(verdict=verdict(Disposition.REQUEST_INFORMATION)),))
    done = do("/order 770000001", before, files=tuple(evidence(n, mail=1, shows=[p]) for n, p in enumerate(PROOFS, 1)))
    assert done.letters == ()
    assert done.claim.items[0].verdict is not None
    assert done.claim.items[0].verdict.disposition is Disposition.APPROVE_RETURN
    assert (done.claim.status, done.claim.needs_agent) == (Status.AWAITING_AGENT, True)
    assert done.outcomes[-1] == (
        "by the policy",
        "item 1 QX-EARS-2: approve_return (R2). Nothing went to the customer: /approve, /decline or /request does that",
    )


PROOFS = (Proof.PACKAGE_FRONT, Proof.PACKAGE_BACK, Proof.ITEM, Proof.PROBLEM)


def test_an_approval_takes_the_customers_preference_where_the_agent_names_none() -> None:
    wished = in_status(Status.AWAITING_AGENT, preference=Wish.REPLACEMENT)
    for text, resolution in (
        ("/approve", Resolution.REPLACEMENT),
        ("/approve refund", Resolution.REFUND),
    ):
        approved = do(text, wished).claim.items[0].verdict
        assert approved is not None
        assert approved.resolution is resolution
    asked = do("/approve", in_status(Status.AWAITING_AGENT)).claim.items[0].verdict
    assert asked is not None
    assert asked.resolution is Resolution.ASK


@pytest.mark.parametrize(
    "text,rule,missing",
    [
        ("/request item problem", Rule.R5, (Wanted.ITEM, Wanted.PROBLEM)),
        ("/request item order_number", None, (Wanted.ORDER_NUMBER, Wanted.ITEM)),
    ],
)
def test_a_request_names_its_rule_only_where_proofs_alone_are_wanted(
    text: str, rule: Rule | None, missing: tuple[Wanted, ...]
) -> None:
    asked = do(text, in_status(Status.AWAITING_AGENT)).claim.items[0].verdict
    assert asked is not None
    assert (asked.rule, asked.missing) == (rule, missing)


def test_an_attachment_shows_what_the_agent_says() -> None:
    unusable = evidence(2, mail=1, usable=False, role="ignored")
    done = do("/evidence 2 package_front", in_status(Status.AWAITING_AGENT), files=(FILES[0], unusable))
    assert done.evidence[0] == FILES[0]
    assert (done.evidence[1].shows, done.evidence[1].usable, done.evidence[1].role, done.evidence[1].confirmed_by) == (
        (Proof.PACKAGE_FRONT,),
        True,
        "evidence",
        LEA,
    )


@pytest.mark.parametrize(
    "text,problem",
    [
        ("/evidence 9 item", "there is no attachment 9; this claim has 1, 2"),
        ("/order 999999999", "the shop's orders do not hold 999999999"),
        ("/product QX-NONE", "neither the catalogue nor the order holds QX-NONE; the order holds QX-EARS-2"),
        (
            "/owner mallory@evil.example",
            "this claim is anna@mail.example's; /owner confirms that address, /admit lets others in",
        ),
        ("/admit", "nobody waits to be let in"),
    ],
)
def test_a_fact_that_cannot_be_is_refused(text: str, problem: str) -> None:
    with pytest.raises(Refused) as refused:
        do(text, in_status(Status.AWAITING_AGENT))
    assert refused.value.problems == (f"“{text}”: {problem}",)


def test_owner_lets_the_sender_act_for_somebody_elses_order() -> None:
    stranger = claim(number=1, order_numbers=("770000002",), items=(item(verdict=verdict()),))
    done = do(f"/owner {ANNA}", stranger, files=tuple(evidence(n, mail=1, shows=[p]) for n, p in enumerate(PROOFS, 1)))
    assert done.claim.owner_confirmed_by == LEA
    assert "approve_return" in done.outcomes[-1][1]


def test_owner_confirms_the_order_at_hand_and_no_other() -> None:
    before = claim(number=1, order_numbers=("770000003",), items=(item(verdict=verdict()),))
    confirmed = do(f"/owner {ANNA}", before).claim
    assert belongs_to_sender(confirmed, order("770000003", customer_address="carl@other.example")) is True
    assert belongs_to_sender(confirmed, order("770000002", customer_address="carl@other.example")) is False


@pytest.mark.parametrize("orders", [(), ("770000001", "770000002")])
def test_owner_is_refused_while_no_one_order_is_known(orders: tuple[str, ...]) -> None:
    with pytest.raises(Refused, match="no one order"):
        do(f"/owner {ANNA}", claim(number=1, order_numbers=orders, items=(item(verdict=verdict()),)))


# Without a number


@pytest.mark.parametrize(
    "text,statuses,become",
    [
        ("/approve", "declined awaiting_agent", "declined awaiting_return"),
        ("/approve", "awaiting_return awaiting_customer", "awaiting_return awaiting_return"),
        ("/approve", "declined expired", "awaiting_return awaiting_return"),
        ("/request item", "awaiting_return awaiting_agent declined", "awaiting_return awaiting_customer declined"),
        ("/request item", "awaiting_return declined", "awaiting_customer declined"),
        ("/decline no", "awaiting_return awaiting_agent", "awaiting_return declined"),
        ("/received", "declined awaiting_return", "declined received"),
        ("/received", "withdrawn declined", "received received"),
    ],
)
def test_a_command_without_a_number_means_the_items_that_wait_for_it(text: str, statuses: str, become: str) -> None:
    items = tuple(item(Status(one), verdict=verdict()) for one in statuses.split())
    before = claim(least_advanced(one.status for one in items), number=1, items=items)
    done = do(text, before)
    assert " ".join(one.status for one in done.claim.items) == become


def test_a_persons_word_settles_that_a_person_is_needed() -> None:
    done = do("/approve", in_status(Status.AWAITING_AGENT, needs_agent_why="a doubt", undeliverable=True))
    assert (done.claim.needs_agent, done.claim.needs_agent_why, done.claim.undeliverable) == (False, "", False)


def test_a_parcel_on_its_way_needs_nobody_until_it_arrives() -> None:
    done = do("/tracking JD014600", in_status(Status.AWAITING_AGENT, needs_agent_why="a doubt"))
    assert (done.claim.tracking, done.claim.needs_agent) == ("JD014600", False)


def test_a_reply_alone_leaves_the_decision_with_the_person() -> None:
    done = do("/reply\nWe are looking.", in_status(Status.AWAITING_AGENT))
    assert (done.claim.needs_agent, done.claim.status) == (True, Status.AWAITING_AGENT)

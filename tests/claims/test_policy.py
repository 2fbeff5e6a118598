"""The policy against its table, and what holds for every decision whatever the facts."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.claims.facts import Facts, ItemFacts
from mailbot.claims.orders import Order, OrderLine
from mailbot.claims.policy import PolicySettings, decide
from mailbot.claims.verdict import Because, Verdict, Window
from mailbot.claims.words import Disposition, ProblemKind, Proof, Rule, Wanted, Wish
from tests.claims.policy_table import (
    FOUR,
    LATE,
    PHONE,
    TABLE,
    TWO,
    Expected,
    Row,
    facts,
    item,
    order,
)


def _verdict(given_facts: Facts, policy: PolicySettings | None = None) -> Verdict:
    return decide(given_facts, policy or PolicySettings()).verdicts[0]


def _seen(verdict: Verdict) -> Expected:
    return Expected(
        disposition=verdict.disposition.value,
        rule=None if verdict.rule is None else verdict.rule.value,
        missing=tuple(wanted.value for wanted in verdict.missing),
        payer=None if verdict.shipping_paid_by is None else verdict.shipping_paid_by.value,
        resolution=None if verdict.resolution is None else verdict.resolution.value,
        because=tuple(each.value for each in verdict.because),
    )


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.sentence)
def test_the_policy_decides(row: Row) -> None:
    assert tuple(map(_seen, decide(row.facts, row.policy).verdicts)) == row.expected


def test_no_sentence_of_the_table_stands_twice() -> None:
    sentences = [row.sentence for row in TABLE]
    assert len(sentences) == len(set(sentences)) >= 100


def test_the_table_shows_every_disposition_every_rule_and_every_reason() -> None:
    expected = [each for row in TABLE for each in row.expected]
    assert {each.disposition for each in expected} == set(Disposition)
    assert {each.rule for each in expected} == {None, "R1", "R2", "R3", "R4", "R5", "R10", "S1", "S2"}
    # PERSON_DECIDES is the desk's word: the policy does not know what a person took into their own hands.
    reasons = {reason for each in expected for reason in each.because}
    assert reasons == set(Because) - {Because.PERSON_DECIDES}
    assert {wanted for each in expected for wanted in each.missing} == set(Wanted)


def test_an_approval_counts_its_days_and_says_so() -> None:
    verdict = _verdict(facts(order=order(shipped=31, delivered=7)))
    assert [(each.window, each.days, each.limit, each.met) for each in verdict.counted] == [
        (Window.DEFECT_AFTER_DELIVERY, 7, 7, True),
        (Window.DEFECT_AFTER_SHIPMENT, 31, 30, False),
    ]
    assert verdict.reasons[1:] == (
        "Contact on 2026-11-05 is day 7 after the delivery on 2026-10-29: inside the window of 7 days.",
        "Contact on 2026-11-05 is day 31 after the shipment on 2026-10-05: outside the window of 30 days.",
    )


def test_a_decline_by_date_counts_its_days_and_says_what_would_change_it() -> None:
    verdict = _verdict(facts(order=LATE))
    assert [each.days for each in verdict.counted] == [8, 31]
    assert verdict.would_change != ()


def test_a_window_that_an_unknown_shipment_rules_out_counts_no_day() -> None:
    verdict = _verdict(facts(order=order(shipped=None, delivered=31)))
    assert [(each.since, each.days, each.met) for each in verdict.counted][1] == (None, None, False)


def test_a_letter_about_open_dates_may_carry_the_checklist_of_proofs() -> None:
    verdict = _verdict(facts(order=order(shipped=None, delivered=None), shows=("item",)))
    assert verdict.missing == ()
    assert verdict.proofs_welcome == (Wanted.PACKAGE_FRONT, Wanted.PACKAGE_BACK, Wanted.PROBLEM)


def test_no_proofs_are_welcome_where_more_than_the_dates_is_open_or_misuse_rules_the_claim_out() -> None:
    unknown = order(shipped=None, delivered=None)
    assert _verdict(facts(item("wrong_item"), order=unknown, shows=())).proofs_welcome == ()
    assert _verdict(facts(item("accidental_damage_or_misuse"), order=unknown, shows=())).proofs_welcome == ()


@pytest.mark.parametrize("belongs", [False, None])
def test_a_verdict_tells_a_stranger_nothing_of_the_order(belongs: bool | None) -> None:
    stranger = facts(item(sku=None, quantity=99), order=LATE, mine=belongs)
    assert stranger.order is not None
    told = repr(_verdict(stranger))
    assert PHONE not in told
    assert "2026" not in told
    assert stranger.order.number not in told


def test_an_unnamed_product_is_named_in_the_verdict() -> None:
    assert _verdict(facts(item(sku=None))).sku == PHONE
    assert _verdict(facts(item(sku=None), order=TWO)).sku is None


def test_a_withdrawal_by_law_shows_a_person_the_days_since_delivery() -> None:
    verdict = _verdict(facts(withdrawal=True, order=order(delivered=13)))
    assert "Contact on 2026-11-05 is day 13 after the delivery on 2026-10-23." in verdict.reasons


def test_a_forwarded_withdrawal_counts_no_days() -> None:
    verdict = _verdict(facts(withdrawal=True, forwarded=True))
    assert not [reason for reason in verdict.reasons if "day" in reason]


def test_a_contact_that_is_odd_or_unknown_counts_no_days() -> None:
    assert _verdict(facts(forwarded=True)).counted == ()
    assert _verdict(facts(order=order(shipped=3, delivered=-2))).counted == ()


def test_an_order_placed_after_the_contact_is_odd() -> None:
    placed = Order(number="1", lines=(OrderLine(sku=PHONE, quantity=1),), ordered_on=date(2026, 11, 6))
    assert Because.ODD_DATES in _verdict(facts(order=placed)).because


def test_flags_reach_the_person_in_their_own_words() -> None:
    verdict = _verdict(facts(flagged=("Two boundaries.", "Two file names.")))
    assert verdict.because == (Because.FLAGGED,)
    assert verdict.reasons[:2] == ("Two boundaries.", "Two file names.")


def test_a_confidence_that_is_no_number_is_not_trusted() -> None:
    assert _verdict(facts(confidence=float("nan"))).because == (Because.UNSURE,)


days = st.none() | st.dates(date(2026, 9, 1), date(2026, 12, 31))
skus = st.sampled_from(["A", "B", "C"])
amounts = st.decimals(min_value=0, max_value=10_000, places=2)
proofs = st.frozensets(st.sampled_from(list(Proof)))
orders = st.builds(
    Order,
    number=st.just("1"),
    lines=st.lists(
        st.builds(OrderLine, sku=skus, quantity=st.integers(1, 3), unit_price=st.none() | amounts), max_size=3
    ).map(tuple),
    ordered_on=days,
    shipped_on=days,
    delivered_on=days,
    partial_shipment=st.booleans(),
)
items = st.builds(
    ItemFacts,
    sku=st.none() | skus,
    quantity=st.none() | st.integers(1, 4),
    problem_kind=st.sampled_from(list(ProblemKind)),
    description=st.none() | st.text(max_size=5),
    support_tried=st.booleans(),
    evidence=proofs,
)
# Mostly quiet, so that the later rows are reached too.
seldom = st.integers(0, 7).map(lambda number: number == 0)
any_facts = st.builds(
    Facts,
    order=st.none() | orders,
    items=st.lists(items, max_size=3).map(tuple),
    first_contact_on=st.dates(date(2026, 10, 1), date(2026, 12, 31)),
    order_belongs_to_sender=st.sampled_from([True, True, True, False, None]),
    fault_on=days,
    evidence=proofs,
    preference=st.none() | st.sampled_from(list(Wish)),
    asks_other_compensation=seldom,
    hazard=seldom,
    confidence=st.floats(0.5, 1),
    declares_withdrawal=seldom,
    order_number_unknown_again=seldom,
    several_orders=seldom,
    contact_day_unknown=seldom,
    flagged=st.sampled_from([(), (), ("odd",)]),
)
any_policy = st.builds(
    PolicySettings,
    doa_days=st.integers(0, 40),
    defect_days_after_delivery=st.integers(0, 40),
    defect_days_after_shipment=st.integers(0, 60),
    confidence_floor=st.floats(0, 1),
    agent_limit=st.none() | st.sampled_from([Decimal(0), Decimal(500)]),
    proofs=st.lists(st.sampled_from(list(Proof)), unique=True).map(tuple),
    refer_late=st.booleans(),
)


@given(any_facts, any_policy)
def test_whatever_the_facts_there_is_one_sound_verdict_an_item(given_facts: Facts, policy: PolicySettings) -> None:
    decision = decide(given_facts, policy)
    assert len(decision.verdicts) == max(1, len(given_facts.items))
    assert decide(given_facts, policy) == decision
    for verdict in decision.verdicts:
        asks = verdict.disposition is Disposition.REQUEST_INFORMATION
        approves = verdict.disposition is Disposition.APPROVE_RETURN
        refers = verdict.disposition is Disposition.REFER_TO_AGENT
        assert bool(verdict.missing) == asks
        assert (verdict.shipping_paid_by is not None) == approves
        assert (verdict.resolution is not None) == approves
        assert bool(verdict.because) == refers
        assert verdict.reasons
        assert all(verdict.reasons)
        assert verdict.would_change
        assert list(verdict.missing) == [each for each in Wanted if each in verdict.missing]


@given(any_facts, any_policy)
def test_a_danger_overrules_everything(given_facts: Facts, policy: PolicySettings) -> None:
    rules = {verdict.rule for verdict in decide(given_facts, policy).verdicts}
    assert (rules == {Rule.S1}) == given_facts.hazard


@given(any_facts, any_policy)
def test_nothing_is_approved_without_an_order_of_the_sender_a_met_window_and_all_proofs(
    given_facts: Facts, policy: PolicySettings
) -> None:
    for verdict in decide(given_facts, policy).verdicts:
        if verdict.disposition is Disposition.APPROVE_RETURN:
            assert given_facts.order is not None
            assert given_facts.order_belongs_to_sender
            assert any(each.met for each in verdict.counted)
            assert given_facts.order.line_of(verdict.sku or "") is not None
            shown = given_facts.evidence.union(*(each.evidence for each in given_facts.items))
            slip = set() if given_facts.order.partial_shipment else {Proof.PACKING_SLIP}
            assert set(policy.proofs) - slip <= shown


@given(any_facts, any_policy)
def test_nothing_is_declined_by_date_while_a_window_is_met_or_open(given_facts: Facts, policy: PolicySettings) -> None:
    for verdict in decide(given_facts, policy).verdicts:
        if verdict.disposition is Disposition.DECLINE and verdict.rule is Rule.R2:
            assert verdict.counted
            assert all(each.met is False for each in verdict.counted)


def test_one_more_proof_never_adds_to_the_checklist() -> None:
    checklists = [len(_verdict(facts(shows=FOUR[:count])).missing) for count in range(5)]
    assert checklists == [4, 3, 2, 1, 0]

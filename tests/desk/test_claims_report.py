"""Claims as programs and people read them: the contract's JSON, a CSV that is no formula, a text of 80 columns."""

import csv
import io
import unicodedata
from dataclasses import replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.claims.claim import HistoryEntry, Source
from mailbot.claims.verdict import DaysCounted, Window
from mailbot.claims.words import Disposition, Payer, Proof, Resolution, Rule, Status, Unusable, Wanted, Wish
from mailbot.desk.claims_report import COLUMNS, ClaimStory, as_csv, as_object, as_object_with_history, as_text
from tests.builders import LEA, THURSDAY, DeskForTests, claim, evidence, item, raw_mail, verdict

BERLIN = ZoneInfo("Europe/Berlin")
CONTRACT = (
    *("number", "rma", "status", "customer", "language", "order_numbers", "items", "missing", "evidence", "preference"),
    *("first_contact_at", "updated_at", "messages_in", "messages_out", "needs_agent", "undeliverable"),
)
ASKS = verdict(Disposition.REQUEST_INFORMATION, rule=Rule.R5, missing=(Wanted.PROBLEM, Wanted.PACKAGE_BACK))


def text_of(story: ClaimStory) -> str:
    return as_text(story, zone=BERLIN)


# --- JSON


def test_the_object_holds_every_name_of_the_contract() -> None:
    told = as_object(claim(), (), zone=BERLIN)
    assert [name for name in CONTRACT if name not in told] == []
    assert set(told["items"][0]) == {"sku", "quantity", "status", "problem_kind", "disposition", "rule"}


def test_moments_bear_the_offset_of_the_shops_zone() -> None:
    assert as_object(claim(), (), zone=BERLIN)["first_contact_at"] == "2026-11-05T11:00:00+01:00"


def test_missing_is_what_any_item_lacks_each_once_in_the_contracts_order() -> None:
    other = verdict(Disposition.REQUEST_INFORMATION, missing=(Wanted.DESCRIPTION, Wanted.PROBLEM))
    two = claim(Status.AWAITING_CUSTOMER, items=(item(verdict=ASKS), item(verdict=other)))
    assert as_object(two, (), zone=BERLIN)["missing"] == ["description", "package_back", "problem"]


def test_evidence_is_the_proofs_that_usable_files_show() -> None:
    files = (
        evidence(1, mail=1, shows=(Proof.ITEM, Proof.PROBLEM)),
        evidence(2, mail=1, shows=(Proof.PACKAGE_FRONT,)),
        evidence(3, mail=1, shows=(Proof.ITEM,)),
        evidence(4, mail=1, shows=(Proof.PACKAGE_BACK,), usable=False),
        evidence(5, mail=1, shows=(Proof.PACKING_SLIP,), role="ignored"),
    )
    assert as_object(claim(), files, zone=BERLIN)["evidence"] == ["package_front", "item", "problem"]


@pytest.mark.parametrize(
    ("wish", "told"),
    [(None, None), (Wish.NONE_STATED, None), (Wish.REFUND, "refund"), (Wish.REPAIR_OR_PART, "repair_or_part")],
)
def test_a_preference_that_nobody_stated_is_null(wish: Wish | None, told: str | None) -> None:
    assert as_object(claim(preference=wish), (), zone=BERLIN)["preference"] == told


def test_an_item_without_a_verdict_has_neither_disposition_nor_rule() -> None:
    (told,) = as_object(claim(items=(item(verdict=None, sku=None, quantity=None),)), (), zone=BERLIN)["items"]
    assert (told["sku"], told["disposition"], told["rule"]) == (None, None, None)


def test_a_quantity_that_nobody_stated_is_one_for_programs_and_not_stated_for_people() -> None:
    one = claim(items=(item(quantity=None),))
    assert as_object(one, (), zone=BERLIN)["items"][0]["quantity"] == 1
    assert "not stated" in text_of(ClaimStory(claim=one))


@pytest.mark.parametrize(("found", "promised"), [("defect", True), ("no_defect", False), ("misuse", False)])
def test_after_an_inspection_without_a_defect_nothing_is_settled_as_approved(found: str, promised: bool) -> None:
    approved = verdict(Disposition.APPROVE_RETURN, resolution=Resolution.REFUND, shipping_paid_by=Payer.SHOP)
    text = text_of(ClaimStory(claim=claim(items=(item(Status.INSPECTED, verdict=approved, inspection=found),))))
    assert ("refund; return shipping paid by the shop" in text) is promised
    assert ("no refund and no replacement" in text) is not promised


def test_the_history_says_which_command_was_taken_back() -> None:
    def did(event: str, hour: int, **detail: str) -> HistoryEntry:
        return HistoryEntry(at=THURSDAY + timedelta(hours=hour), actor=LEA, event=event, detail=detail)

    history = [
        did("note", 0, command="/note first", outcome="kept as a note"),
        did("decline", 1, command="/decline too late", outcome="declined"),
        did("undo", 2, command="mail:7:command"),
    ]
    text = text_of(ClaimStory(claim=claim(), history=history))
    assert "taken back: /decline too late" in text
    assert "mail:7:command" not in text


def test_history_names_actors_and_keeps_details() -> None:
    entries = [
        HistoryEntry(at=THURSDAY, actor="customer", event="mail_opened_claim", detail={"subject": "Hi"}, mail=1),
        HistoryEntry(at=THURSDAY, actor="operator", event="note"),
    ]
    told = as_object_with_history(claim(), (), entries, zone=BERLIN)["history"]
    assert told == [
        {
            "at": "2026-11-05T11:00:00+01:00",
            "actor": "customer",
            "event": "mail_opened_claim",
            "detail": {"subject": "Hi"},
        },
        {"at": "2026-11-05T11:00:00+01:00", "actor": "operator", "event": "note", "detail": {}},
    ]


# --- CSV


def rows_of(*claims: object) -> list[dict[str, str]]:
    text = "".join(as_csv([(one, ()) for one in claims], zone=BERLIN))  # type: ignore[misc]
    return list(csv.DictReader(io.StringIO(text)))


def test_a_claim_is_a_line_and_its_items_share_their_columns() -> None:
    two = claim(
        items=(item(verdict=ASKS), item(sku=None, quantity=None, verdict=None)), order_numbers=("1", "2"), number=4
    )
    (row,) = rows_of(two)
    assert tuple(row) == COLUMNS
    assert (row["number"], row["order_numbers"], row["skus"], row["quantities"]) == ("4", "1|2", "QX-EARS-2|", "1|1")
    assert (row["dispositions"], row["rules"], row["needs_agent"]) == ("request_information|", "R5|", "yes")


@pytest.mark.parametrize("beginning", list("=+-@\t\r＝＋－＠"))
def test_no_cell_is_a_formula(beginning: str) -> None:
    (row,) = rows_of(claim(customer=f"{beginning}cmd|calc@mail.example"))
    assert row["customer"] == f"'{beginning if beginning.isprintable() else ' '}cmd|calc@mail.example"


def test_a_cell_never_breaks_its_line() -> None:
    text = "".join(as_csv([(claim(customer="a\r\nb"), ())], zone=BERLIN))
    assert text.count("\n") == 2
    assert "\r" not in text


# --- text


def test_the_text_tells_facts_with_their_source_and_words() -> None:
    told = claim(
        sources={"order_numbers": Source(by="mail:3", words="order no. 770000001", confidence=0.98)},
        preference=Wish.REFUND,
        fault_on=date(2026, 11, 4),
    )
    text = text_of(ClaimStory(claim=replace(told, sources={**told.sources, "preference": Source(by=LEA)})))
    assert "order         770000001\n                from mail 3 (98%): “order no. 770000001”" in text
    assert f"wants         refund\n                said by {LEA}" in text
    assert "fault since   2026-11-04" in text


def test_the_text_tells_the_decision_its_rule_its_reasons_the_days_and_what_would_change_it() -> None:
    judged = verdict(
        Disposition.DECLINE,
        rule=Rule.R2,
        reasons=("Both windows had passed (R2).",),
        counted=(
            DaysCounted(window=Window.DEFECT_AFTER_DELIVERY, since=date(2026, 9, 2), days=64, limit=7, met=False),
            DaysCounted(window=Window.DEFECT_AFTER_SHIPMENT, since=None, days=None, limit=30, met=None),
        ),
        would_change=("An earlier contact.",),
    )
    text = text_of(ClaimStory(claim=claim(Status.DECLINED, items=(item(Status.DECLINED, verdict=judged),))))
    for line in (
        "  decision      decline by rule R2",
        "- Both windows had passed (R2).",
        "fault after delivery: day 64 of 7 since delivery on 2026-09-02:",
        "fault after shipment: the day of shipment is not known",
        "  changes if  - An earlier contact.",
    ):
        assert line in text


def test_evidence_stands_under_its_number_with_what_it_shows_or_why_not() -> None:
    files = (
        evidence(1, mail=3, shows=(Proof.ITEM,), signals=("its file name says 'item'",)),
        evidence(2, mail=3, usable=False, reasons=(Unusable.BLURRED,)),
        evidence(3, mail=3, role="ignored", reasons=(Unusable.NOT_EVIDENCE,)),
        evidence(4, mail=3, shows=(Proof.PROBLEM,), confirmed_by=LEA),
    )
    text = text_of(ClaimStory(claim=claim(), evidence=files))
    assert "   1  IMG_1.jpg · photo, 1000 bytes, mail 3\n      shows item\n      - its file name says 'item'" in text
    assert "   2  IMG_2.jpg · photo, 1000 bytes, mail 3\n      not usable: blurred" in text
    assert "not taken as evidence: not_evidence" in text
    assert f"shows problem, said by {LEA}" in text


def test_the_whole_story_of_a_received_mail_is_told_in_eighty_columns(desk: DeskForTests) -> None:
    desk.receive(raw_mail(files=("front of box.jpg", "IMG_2.jpg")))
    desk.do("/note She called.")
    told = desk.claim()
    with desk.store.reading() as tx:
        story = ClaimStory(
            claim=told,
            evidence=tx.evidence(1),
            history=tx.history(1),
            letters=tx.letters_of_claim(1),
            joins=tx.pending_joins(1),
        )
    text = text_of(story)
    assert max(len(line) for line in text.splitlines()) <= 80
    headings = [line for line in text.splitlines() if line and line == line.upper() and not line.startswith(" ")]
    assert headings == ["FACTS", "EVIDENCE", "LETTERS", "HISTORY"]
    for words in ("from mail 1", "request_information by rule R5", "sent 2026-11-05", "customer: mail_opened_claim"):
        assert words in text
    assert f"{LEA}: note" in text


@given(st.text(), st.text(), st.text())
def test_no_words_of_a_stranger_break_the_page(name: str, words: str, filename: str) -> None:
    told = claim(
        customer_name=name,
        tracking=words,
        items=(item(description=words, name=name, sources={"description": Source(by="mail:1", words=words)}),),
    )
    entry = HistoryEntry(at=THURSDAY, actor="customer", event="mail_received", detail={"subject": words, "n": [words]})
    text = text_of(ClaimStory(claim=told, evidence=[evidence(mail=1, filename=filename)], history=[entry]))
    for line in text.splitlines():
        assert not any(unicodedata.category(char)[0] == "C" for char in line)
        wide = sum(unicodedata.east_asian_width(char) in "WF" for char in line)
        combining = sum(bool(unicodedata.combining(char)) for char in line)
        assert len(line) + wide - combining <= 80

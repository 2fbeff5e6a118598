"""What is stored comes back: every value of the domain survives the way through rows and JSON."""

from dataclasses import fields
from datetime import UTC, date, datetime
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.claims.claim import Claim, Evidence, HistoryEntry, Item, Source, Thread
from mailbot.claims.verdict import Because, DaysCounted, Verdict, Window
from mailbot.claims.words import (
    Disposition,
    Payer,
    ProblemKind,
    Proof,
    Resolution,
    Rule,
    Status,
    Unusable,
    Wanted,
    Wish,
)
from mailbot.connectors.database import documents
from mailbot.connectors.database import tables as t
from mailbot.desk.ports import LeftOut

# Lone surrogates and NUL too: documents keep them.
TEXT = st.text(st.characters(), max_size=12)
TEXTS = st.lists(TEXT, max_size=3).map(tuple)
NUMBERS = st.integers(0, 10**9)
MOMENTS = st.datetimes(timezones=st.just(UTC))


def some(vocabulary: Any) -> st.SearchStrategy[Any]:
    return st.lists(st.sampled_from(vocabulary), max_size=3).map(tuple)


def perhaps(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.none() | values


SOURCES = st.dictionaries(TEXT, st.builds(Source, by=TEXT, words=TEXT, confidence=st.floats(0, 1)), max_size=3)
COUNTED = st.builds(
    DaysCounted,
    window=st.sampled_from(Window),
    since=perhaps(st.dates()),
    days=perhaps(st.integers(-400, 400)),
    limit=NUMBERS,
    met=perhaps(st.booleans()),
)
VERDICTS = st.builds(
    Verdict,
    sku=perhaps(TEXT),
    disposition=st.sampled_from(Disposition),
    rule=perhaps(st.sampled_from(Rule)),
    missing=some(Wanted),
    shipping_paid_by=perhaps(st.sampled_from(Payer)),
    resolution=perhaps(st.sampled_from(Resolution)),
    reasons=TEXTS,
    counted=st.lists(COUNTED, max_size=3).map(tuple),
    would_change=TEXTS,
    because=some(Because),
    proofs_welcome=some(Wanted),
    overridden_by=perhaps(TEXT),
)
ITEMS = st.builds(
    Item,
    sku=perhaps(TEXT),
    name=TEXT,
    quantity=perhaps(NUMBERS),
    problem_kind=st.sampled_from(ProblemKind),
    description=TEXT,
    detailed=st.booleans(),
    support_tried=st.booleans(),
    status=st.sampled_from(Status),
    verdict=perhaps(VERDICTS),
    inspection=perhaps(st.sampled_from(["defect", "no_defect", "misuse"])),
    missing_accessories=TEXTS,
    sources=SOURCES,
)
CLAIMS = st.builds(
    Claim,
    number=NUMBERS,
    rma=TEXT,
    token=TEXT,
    status=st.sampled_from(Status),
    customer=TEXT,
    customer_name=TEXT,
    proven=st.booleans(),
    language=TEXT,
    order_numbers=TEXTS,
    unknown_order_numbers=TEXTS,
    unknown_order_asked=st.booleans(),
    unknown_order_again=st.booleans(),
    items=st.lists(ITEMS, max_size=2).map(tuple),
    preference=perhaps(st.sampled_from(Wish)),
    fault_on=perhaps(st.dates()),
    asks_other_compensation=st.booleans(),
    hazard=st.booleans(),
    declares_withdrawal=st.booleans(),
    owner_confirmed_by=perhaps(TEXT),
    admitted=TEXTS,
    person_decides=st.booleans(),
    first_contact_at=MOMENTS,
    contact_day_unknown=st.booleans(),
    updated_at=MOMENTS,
    needs_agent=st.booleans(),
    needs_agent_why=TEXT,
    undeliverable=st.booleans(),
    possible_duplicate=st.booleans(),
    messages_in=NUMBERS,
    messages_out=NUMBERS,
    tracking=TEXT,
    thread=st.builds(Thread, subject=TEXT, message_id=TEXT, references=TEXTS),
    left_out=TEXTS,
    flagged=TEXTS,
    anchor=TEXT,
    anchored_at=perhaps(MOMENTS),
    heard_at=perhaps(MOMENTS),
    reminders_sent=NUMBERS,
    acknowledged=st.booleans(),
    person_at=perhaps(MOMENTS),
    sources=SOURCES,
    version=NUMBERS,
)
FILES = st.builds(
    Evidence,
    number=NUMBERS,
    mail=NUMBERS,
    part=NUMBERS,
    filename=TEXT,
    content_type=TEXT,
    size=NUMBERS,
    sha256=TEXT,
    media=TEXT,
    role=st.sampled_from(["evidence", "ignored"]),
    usable=st.booleans(),
    shows=some(Proof),
    reasons=some(Unusable),
    signals=TEXTS,
    provisional=st.booleans(),
    item=perhaps(NUMBERS),
    confirmed_by=perhaps(TEXT),
)

DOCUMENTS = {
    column.name
    for table in t.metadata.tables.values()
    for column in table.columns
    if isinstance(column.type, t.Document)
}


def as_stored(row: dict[str, Any]) -> dict[str, Any]:
    """A row as it comes back: its documents written as text and loaded again."""
    return {name: documents.load(documents.dump(value)) if name in DOCUMENTS else value for name, value in row.items()}


@given(VERDICTS | st.none())
def test_a_verdict_comes_back(verdict: Verdict | None) -> None:
    text = documents.dump(documents.verdict_document(verdict))
    assert documents.verdict_from(documents.load(text)) == verdict


@given(ITEMS)
def test_an_item_comes_back(item: Item) -> None:
    assert documents.item_from(as_stored(documents.item_row(item))) == item


@settings(max_examples=60, deadline=None)
@given(CLAIMS)
def test_a_claim_comes_back_from_its_row(claim: Claim) -> None:
    row = as_stored(documents.claim_row(claim))
    assert documents.claim_from({**row, "number": claim.number}, claim.items) == claim


@settings(max_examples=60, deadline=None)
@given(CLAIMS, st.lists(FILES, max_size=2))
def test_a_claim_comes_back_from_one_document(claim: Claim, files: list[Evidence]) -> None:
    assert documents.claim_from_document(documents.load(documents.dump(documents.claim_document(claim)))) == claim
    text = documents.dump(documents.evidence_document(files))
    assert documents.evidence_from_document(documents.load(text)) == files


@given(FILES)
def test_a_file_comes_back_from_its_two_rows(file: Evidence) -> None:
    row = documents.attachment_row(file) | documents.evidence_row(file)
    assert documents.evidence_from(as_stored(row)) == file


@given(st.lists(st.builds(LeftOut, filename=TEXT, content_type=TEXT, size=NUMBERS)).map(tuple))
def test_files_left_out_come_back(left_out: tuple[LeftOut, ...]) -> None:
    text = documents.dump(documents.left_out_document(left_out))
    assert documents.left_out_from(documents.load(text)) == left_out


@pytest.mark.parametrize(
    "strategies, value",
    [(CLAIMS, Claim), (ITEMS, Item), (VERDICTS, Verdict), (FILES, Evidence)],
    ids=["claim", "item", "verdict", "evidence"],
)
def test_the_tests_above_fill_every_field(strategies: Any, value: Any) -> None:
    """A field that is added to a value and forgotten here would be lost in the database without a word."""
    filled = set(strategies.wrapped_strategy.kwargs)
    assert filled == {field.name for field in fields(value)}


@pytest.mark.parametrize(
    "table, row, not_in_it",
    [
        (
            t.claims,
            documents.claim_row(Claim(first_contact_at=datetime.now(UTC), updated_at=datetime.now(UTC))),
            {"number"},
        ),
        (t.items, documents.item_row(Item()), {"claim", "position"}),
        (t.history, documents.history_row(HistoryEntry(at=datetime.now(UTC), actor="a", event="e")), {"id", "claim"}),
    ],
    ids=["claims", "items", "history"],
)
def test_a_row_has_every_column_of_its_table(table: Any, row: dict[str, Any], not_in_it: set[str]) -> None:
    assert set(row) == set(table.columns.keys()) - not_in_it


@pytest.mark.parametrize(
    "value, text",
    [
        (Decimal("239.00"), '"239.00"'),
        (date(2026, 11, 5), '"2026-11-05"'),
        (datetime(2026, 11, 5, 9, 12, 44, tzinfo=UTC), '"2026-11-05T09:12:44+00:00"'),
        ((Proof.ITEM, "x"), '["item","x"]'),
        ({"b", "a"}, '["a","b"]'),
        (MappingProxyType({"a": None}), '{"a":null}'),
        ("ü\ud800\0", '"\\u00fc\\ud800\\u0000"'),
        (None, "null"),
    ],
)
def test_what_is_no_json_is_written_plainly(value: object, text: str) -> None:
    assert documents.dump(value) == text


@pytest.mark.parametrize("value", [b"bytes", object(), {1, "a"}], ids=["bytes", "an object", "a set"])
def test_what_has_no_plain_form_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        documents.dump(value)

"""Values of the domain as rows and plain JSON, and back.

What is looked up or counted has a column of its own; what only travels with its row is a JSON document in one. It is
written out by hand, field by field: what is stored must not change because a class was tidied.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

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
from mailbot.desk.ports import LeftOut

Row = Mapping[str, Any]
"""A row by column name; its documents are loaded JSON."""


def _plain(value: object) -> object:
    match value:
        case Decimal():
            return str(value)
        case date():  # and datetime, which is one
            return value.isoformat()
        case Mapping():
            return dict(value)
        case frozenset() | set():
            return sorted(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no place in a JSON document: {value!r:.80}")


_encode = json.JSONEncoder(separators=(",", ":"), default=_plain).encode
load = json.JSONDecoder().decode


def dump(value: object) -> str:
    """One line of ASCII JSON; Decimal and dates as text, tuples and sets as lists. TypeError for any other object."""
    return "null" if value is None else _encode(value)


def _moment(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


# -- parts -------------------------------------------------------------------------------------------------------------
def sources_document(sources: Mapping[str, Source]) -> dict[str, Any]:
    return {name: [source.by, source.words, source.confidence] for name, source in sources.items()}


def sources_from(document: Row) -> dict[str, Source]:
    return {
        name: Source(by=by, words=words, confidence=confidence) for name, (by, words, confidence) in document.items()
    }


def verdict_document(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    return {
        "sku": verdict.sku,
        "disposition": verdict.disposition,
        "rule": verdict.rule,
        "missing": verdict.missing,
        "shipping_paid_by": verdict.shipping_paid_by,
        "resolution": verdict.resolution,
        "reasons": verdict.reasons,
        "counted": [
            {
                "window": counted.window,
                "since": None if counted.since is None else counted.since.isoformat(),
                "days": counted.days,
                "limit": counted.limit,
                "met": counted.met,
            }
            for counted in verdict.counted
        ],
        "would_change": verdict.would_change,
        "because": verdict.because,
        "proofs_welcome": verdict.proofs_welcome,
        "overridden_by": verdict.overridden_by,
    }


def verdict_from(document: Row | None) -> Verdict | None:
    if document is None:
        return None
    return Verdict(
        sku=document["sku"],
        disposition=Disposition(document["disposition"]),
        rule=None if document["rule"] is None else Rule(document["rule"]),
        missing=tuple(map(Wanted, document["missing"])),
        shipping_paid_by=None if document["shipping_paid_by"] is None else Payer(document["shipping_paid_by"]),
        resolution=None if document["resolution"] is None else Resolution(document["resolution"]),
        reasons=tuple(document["reasons"]),
        counted=tuple(
            DaysCounted(
                window=Window(counted["window"]),
                since=_date(counted["since"]),
                days=counted["days"],
                limit=counted["limit"],
                met=counted["met"],
            )
            for counted in document["counted"]
        ),
        would_change=tuple(document["would_change"]),
        because=tuple(map(Because, document["because"])),
        proofs_welcome=tuple(map(Wanted, document["proofs_welcome"])),
        overridden_by=document["overridden_by"],
    )


def left_out_document(left_out: Sequence[LeftOut]) -> list[list[Any]]:
    return [[file.filename, file.content_type, file.size] for file in left_out]


def left_out_from(document: Sequence[Sequence[Any]]) -> tuple[LeftOut, ...]:
    return tuple(LeftOut(filename=name, content_type=kind, size=size) for name, kind, size in document)


# -- rows --------------------------------------------------------------------------------------------------------------
def claim_row(claim: Claim) -> dict[str, Any]:
    """The columns of `claims`; the number is left to the database, the items have rows of their own."""
    thread = claim.thread
    return {
        "version": claim.version,
        "rma": claim.rma,
        "token": claim.token,
        "status": claim.status.value,
        "customer": claim.customer,
        "customer_name": claim.customer_name,
        "proven": claim.proven,
        "language": claim.language,
        "order_numbers": claim.order_numbers,
        "unknown_order_numbers": claim.unknown_order_numbers,
        "unknown_order_asked": claim.unknown_order_asked,
        "unknown_order_again": claim.unknown_order_again,
        "preference": None if claim.preference is None else claim.preference.value,
        "fault_on": claim.fault_on,
        "asks_other_compensation": claim.asks_other_compensation,
        "hazard": claim.hazard,
        "declares_withdrawal": claim.declares_withdrawal,
        "owner_confirmed_by": claim.owner_confirmed_by,
        "admitted": claim.admitted,
        "person_decides": claim.person_decides,
        "first_contact_at": claim.first_contact_at,
        "contact_day_unknown": claim.contact_day_unknown,
        "updated_at": claim.updated_at,
        "needs_agent": claim.needs_agent,
        "needs_agent_why": claim.needs_agent_why,
        "undeliverable": claim.undeliverable,
        "possible_duplicate": claim.possible_duplicate,
        "messages_in": claim.messages_in,
        "messages_out": claim.messages_out,
        "tracking": claim.tracking,
        "thread": [thread.subject, thread.message_id, thread.references],
        "left_out": claim.left_out,
        "flagged": claim.flagged,
        "anchor": claim.anchor,
        "anchored_at": claim.anchored_at,
        "heard_at": claim.heard_at,
        "reminders_sent": claim.reminders_sent,
        "acknowledged": claim.acknowledged,
        "person_at": claim.person_at,
        "sources": sources_document(claim.sources),
    }


def claim_from(row: Row, items: Sequence[Item]) -> Claim:
    subject, message_id, references = row["thread"]
    return Claim(
        number=row["number"],
        version=row["version"],
        rma=row["rma"],
        token=row["token"],
        status=Status(row["status"]),
        customer=row["customer"],
        customer_name=row["customer_name"],
        proven=row["proven"],
        language=row["language"],
        order_numbers=tuple(row["order_numbers"]),
        unknown_order_numbers=tuple(row["unknown_order_numbers"]),
        unknown_order_asked=row["unknown_order_asked"],
        unknown_order_again=row["unknown_order_again"],
        items=tuple(items),
        preference=None if row["preference"] is None else Wish(row["preference"]),
        fault_on=row["fault_on"],
        asks_other_compensation=row["asks_other_compensation"],
        hazard=row["hazard"],
        declares_withdrawal=row["declares_withdrawal"],
        owner_confirmed_by=row["owner_confirmed_by"],
        admitted=tuple(row["admitted"]),
        person_decides=row["person_decides"],
        first_contact_at=row["first_contact_at"],
        contact_day_unknown=row["contact_day_unknown"],
        updated_at=row["updated_at"],
        needs_agent=row["needs_agent"],
        needs_agent_why=row["needs_agent_why"],
        undeliverable=row["undeliverable"],
        possible_duplicate=row["possible_duplicate"],
        messages_in=row["messages_in"],
        messages_out=row["messages_out"],
        tracking=row["tracking"],
        thread=Thread(subject=subject, message_id=message_id, references=tuple(references)),
        left_out=tuple(row["left_out"]),
        flagged=tuple(row["flagged"]),
        anchor=row["anchor"],
        anchored_at=row["anchored_at"],
        heard_at=row["heard_at"],
        reminders_sent=row["reminders_sent"],
        acknowledged=row["acknowledged"],
        person_at=row["person_at"],
        sources=sources_from(row["sources"]),
    )


def item_row(item: Item) -> dict[str, Any]:
    """The columns of `items`, without the claim and the item's place in it."""
    return {
        "sku": item.sku,
        "name": item.name,
        "quantity": item.quantity,
        "problem_kind": item.problem_kind.value,
        "description": item.description,
        "detailed": item.detailed,
        "support_tried": item.support_tried,
        "status": item.status.value,
        "verdict": verdict_document(item.verdict),
        "inspection": item.inspection,
        "missing_accessories": item.missing_accessories,
        "sources": sources_document(item.sources),
    }


def item_from(row: Row) -> Item:
    return Item(
        sku=row["sku"],
        name=row["name"],
        quantity=row["quantity"],
        problem_kind=ProblemKind(row["problem_kind"]),
        description=row["description"],
        detailed=row["detailed"],
        support_tried=row["support_tried"],
        status=Status(row["status"]),
        verdict=verdict_from(row["verdict"]),
        inspection=row["inspection"],
        missing_accessories=tuple(row["missing_accessories"]),
        sources=sources_from(row["sources"]),
    )


def history_row(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "at": entry.at,
        "actor": entry.actor,
        "event": entry.event,
        "detail": entry.detail,
        "mail": entry.mail,
    }


def history_from(row: Row) -> HistoryEntry:
    return HistoryEntry(at=row["at"], actor=row["actor"], event=row["event"], detail=row["detail"], mail=row["mail"])


def attachment_row(file: Evidence) -> dict[str, Any]:
    """What came: the columns of `attachments`, without the claim."""
    return {
        "number": file.number,
        "mail": file.mail,
        "part": file.part,
        "filename": file.filename,
        "content_type": file.content_type,
        "size": file.size,
        "sha256": file.sha256,
    }


def evidence_row(file: Evidence) -> dict[str, Any]:
    """What it is after inspection: the columns of `evidence`, without the claim."""
    return {
        "number": file.number,
        "media": file.media,
        "role": file.role,
        "usable": file.usable,
        "shows": file.shows,
        "reasons": file.reasons,
        "signals": file.signals,
        "provisional": file.provisional,
        "item": file.item,
        "confirmed_by": file.confirmed_by,
    }


def evidence_from(row: Row) -> Evidence:
    """From a row of both tables joined."""
    return Evidence(
        number=row["number"],
        mail=row["mail"],
        part=row["part"],
        filename=row["filename"],
        content_type=row["content_type"],
        size=row["size"],
        sha256=row["sha256"],
        media=row["media"],
        role=row["role"],
        usable=row["usable"],
        shows=tuple(map(Proof, row["shows"])),
        reasons=tuple(map(Unusable, row["reasons"])),
        signals=tuple(row["signals"]),
        provisional=row["provisional"],
        item=row["item"],
        confirmed_by=row["confirmed_by"],
    )


# -- whole claims ------------------------------------------------------------------------------------------------------
def claim_document(claim: Claim) -> dict[str, Any]:
    """A whole claim in one document, with its items."""
    return {**claim_row(claim), "number": claim.number, "items": [item_row(item) for item in claim.items]}


_CLAIM_MOMENTS = ("first_contact_at", "updated_at", "anchored_at", "heard_at", "person_at")


def claim_from_document(document: Row) -> Claim:
    moments = {name: _moment(document[name]) for name in _CLAIM_MOMENTS}
    row = {**document, **moments, "fault_on": _date(document["fault_on"])}
    return claim_from(row, [item_from(item) for item in document["items"]])


def evidence_document(files: Sequence[Evidence]) -> list[dict[str, Any]]:
    return [attachment_row(file) | evidence_row(file) for file in files]


def evidence_from_document(document: Sequence[Row]) -> list[Evidence]:
    return [evidence_from(row) for row in document]

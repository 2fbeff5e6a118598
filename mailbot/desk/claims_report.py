"""Claims told to people and programs: the contract's JSON (CONTRACTS, "mailbot claims --json"), a text, a CSV.

Values in, values out. Moments are shown in the shop's time zone. The text is for a terminal of 80 columns.
"""

import csv
import io
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from mailbot.claims.claim import Claim, Evidence, HistoryEntry, Inspection, Item, Source
from mailbot.claims.verdict import DaysCounted, Verdict, Window
from mailbot.claims.words import Proof, Wanted, Wish
from mailbot.desk.judge import CONFIRMATION
from mailbot.desk.rows import OutboxRow, OutboxState, PendingJoin

WIDTH = 80
"""Columns of the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStory:
    """Everything that is kept of a claim, for `as_text`."""

    claim: Claim
    evidence: Sequence[Evidence] = ()
    history: Sequence[HistoryEntry] = ()
    letters: Sequence[OutboxRow] = ()
    joins: Sequence[PendingJoin] = ()


# -- JSON ------------------------------------------------------------------------------------------------------------


def as_object(claim: Claim, evidence: Iterable[Evidence], *, zone: ZoneInfo) -> dict[str, Any]:
    """The contract's object of `claims list --json`."""
    return {
        "number": claim.number,
        "rma": claim.rma,
        "status": claim.status.value,
        "customer": claim.customer,
        "language": claim.language,
        "order_numbers": list(claim.order_numbers),
        "unknown_order_numbers": list(claim.unknown_order_numbers),
        "items": [_item_object(item) for item in claim.items],
        "missing": [one.value for one in missing_of(claim)],
        "evidence": [one.value for one in shown_by(evidence)],
        "preference": _preference(claim),
        "first_contact_at": _iso(claim.first_contact_at, zone),
        "updated_at": _iso(claim.updated_at, zone),
        "messages_in": claim.messages_in,
        "messages_out": claim.messages_out,
        "needs_agent": claim.needs_agent,
        "needs_agent_why": claim.needs_agent_why,
        "undeliverable": claim.undeliverable,
        "possible_duplicate": claim.possible_duplicate,
    }


def as_object_with_history(
    claim: Claim, evidence: Iterable[Evidence], history: Iterable[HistoryEntry], *, zone: ZoneInfo
) -> dict[str, Any]:
    """The contract's object of `claims show --json`."""
    entries = [
        {"at": _iso(entry.at, zone), "actor": entry.actor, "event": entry.event, "detail": dict(entry.detail)}
        for entry in history
    ]
    return {**as_object(claim, evidence, zone=zone), "history": entries}


def _item_object(item: Item) -> dict[str, Any]:
    verdict = item.verdict
    return {
        "sku": item.sku,
        # One where nobody said how many, as everywhere that it counts; the text says that it was not stated.
        "quantity": item.quantity or 1,
        "status": item.status.value,
        "problem_kind": item.problem_kind.value,
        "disposition": verdict.disposition.value if verdict else None,
        "rule": verdict.rule.value if verdict and verdict.rule else None,
    }


def missing_of(claim: Claim) -> tuple[Wanted, ...]:
    """What is still asked for, over all items, in the order of the contract."""
    wanted = {one for item in claim.items if item.verdict for one in item.verdict.missing}
    return tuple(one for one in Wanted if one in wanted)


def shown_by(evidence: Iterable[Evidence]) -> tuple[Proof, ...]:
    """What the usable files show, each proof once, in the order of the contract."""
    shown = {proof for one in evidence if one.role == "evidence" and one.usable for proof in one.shows}
    return tuple(proof for proof in Proof if proof in shown)


def _preference(claim: Claim) -> str | None:
    return None if claim.preference in (None, Wish.NONE_STATED) else claim.preference.value


def _iso(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).isoformat(timespec="seconds")


# -- CSV -------------------------------------------------------------------------------------------------------------

COLUMNS = (
    *("number", "rma", "status", "customer", "language", "order_numbers", "skus", "quantities", "problem_kinds"),
    *("dispositions", "rules", "missing", "evidence", "preference", "first_contact_at", "updated_at"),
    *("messages_in", "messages_out", "needs_agent", "undeliverable"),
)
"""The columns of `claims export`; several values in one are separated by `|`."""

# What a spreadsheet takes for the beginning of a formula, also in full width (ATTACKS A18).
_FORMULA = tuple("=+-@\t\r＝＋－＠")


def as_csv(claims: Iterable[tuple[Claim, Sequence[Evidence]]], *, zone: ZoneInfo) -> Iterator[str]:
    """A line for the names of the columns, then one a claim; each ends in a line feed."""
    yield _csv_line(COLUMNS)
    for claim, evidence in claims:
        told = as_object(claim, evidence, zone=zone)
        items = told["items"]
        told |= {
            "skus": [item["sku"] for item in items],
            "quantities": [item["quantity"] for item in items],
            "problem_kinds": [item["problem_kind"] for item in items],
            "dispositions": [item["disposition"] for item in items],
            "rules": [item["rule"] for item in items],
        }
        yield _csv_line([_cell(told[column]) for column in COLUMNS])


def _csv_line(cells: Iterable[str]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def _cell(value: Any) -> str:
    match value:
        case None:
            text = ""
        case bool():
            text = "yes" if value else "no"
        case list():
            text = "|".join("" if one is None else str(one) for one in value)
        case _:
            text = str(value)
    # One line a claim, also for programs that split at every line end.
    return _visible(f"'{text}" if text.startswith(_FORMULA) else text)


# -- text ------------------------------------------------------------------------------------------------------------


def as_text(story: ClaimStory, *, zone: ZoneInfo) -> str:
    """The whole story: facts with their sources, evidence, decision, letters, history. Lines of at most 80 columns."""
    page = _Page(zone)
    _head(page, story.claim)
    _facts(page, story.claim)
    for index, item in enumerate(story.claim.items):
        _item(page, index, item)
    _evidence(page, story)
    _joins(page, story.joins)
    _letters(page, story.letters)
    _history(page, story.history)
    return page.text()


class _Page:
    """Lines under headings, wrapped by what they take on a terminal."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._lines: list[str] = []

    def heading(self, text: str) -> None:
        self._lines += ["", *_wrapped(text.upper() if text.islower() else text, "", "")]

    def line(self, text: str, *, first: str = "", rest: str | None = None) -> None:
        """One paragraph; `first` stands before its first line, `rest` before the others."""
        self._lines += _wrapped(text, first, " " * _cells(first) if rest is None else rest)

    def field(self, name: str, text: str) -> None:
        """A name in its column and what it says."""
        self.line(text, first=f"  {name:<14}")

    def below(self, text: str) -> None:
        """More on the field above."""
        self.line(text, first=" " * 16)

    def moment(self, at: datetime) -> str:
        return f"{at.astimezone(self._zone):%Y-%m-%d %H:%M}"

    def text(self) -> str:
        return "\n".join(self._lines) + "\n"


def _head(page: _Page, claim: Claim) -> None:
    page.line(f"Claim {claim.number} · {claim.rma} · {claim.status.value}")
    name = f"{claim.customer_name} <{claim.customer}>" if claim.customer_name else claim.customer
    proven = "proven" if claim.proven else "not proven"
    page.line(f"{name} (address {proven}) · language {claim.language}")
    page.line(
        f"first contact {page.moment(claim.first_contact_at)} · last change {page.moment(claim.updated_at)} · "
        f"{_counted(claim.messages_in, 'mail')} in, {_counted(claim.messages_out, 'letter')} out"
    )
    if claim.needs_agent:
        page.line(f"needs a person: {claim.needs_agent_why or 'a person decides'}", first="! ")
    if claim.undeliverable:
        page.line("a letter of ours could not be delivered", first="! ")
    if claim.possible_duplicate:
        page.line("a letter may have reached the customer twice", first="! ")


def _facts(page: _Page, claim: Claim) -> None:
    page.heading("facts")
    numbers = ", ".join(claim.order_numbers) or "not known"
    _fact(page, claim.sources, "order_numbers", "order", numbers)
    if claim.unknown_order_numbers:
        asked = ", asked about" if claim.unknown_order_asked else ""
        page.below(f"not found among the orders{asked}: {', '.join(claim.unknown_order_numbers)}")
    if claim.owner_confirmed_by:
        confirmed = claim.sources[CONFIRMATION].words if CONFIRMATION in claim.sources else "it"
        page.below(f"that the customer may act for {confirmed} was confirmed by {claim.owner_confirmed_by}")
    _fact(page, claim.sources, "preference", "wants", _preference(claim) or "not stated")
    if claim.fault_on:
        _fact(page, claim.sources, "fault_on", "fault since", claim.fault_on.isoformat())
    if claim.hazard:
        _fact(page, claim.sources, "hazard", "danger", "the customer tells of one")
    if claim.declares_withdrawal:
        _fact(page, claim.sources, "declares_withdrawal", "withdrawal", "declared, by law")
    if claim.asks_other_compensation:
        _fact(page, claim.sources, "asks_other_compensation", "also asks for", "another compensation")
    if claim.contact_day_unknown:
        page.field("contact day", "not known: the mail was forwarded")
    if claim.tracking:
        _fact(page, claim.sources, "tracking", "parcel", claim.tracking)
    if claim.left_out:
        page.field("too large", ", ".join(claim.left_out))
    for why in claim.flagged:
        page.field("look closely", why)
    if claim.admitted:
        page.field("also writes", ", ".join(claim.admitted))


def _fact(page: _Page, sources: Mapping[str, Source], key: str, name: str, text: str) -> None:
    page.field(name, text)
    source = sources.get(key)
    if source is not None:
        page.below(_source(source))


def _source(source: Source) -> str:
    words = f" “{' '.join(source.words.split())}”" if source.words else ""
    if source.by.startswith("mail:"):
        return f"from mail {source.by.removeprefix('mail:')} ({source.confidence:.0%}):{words or ' its text'}"
    if source.by == "order":
        return f"from the order:{words}" if words else "from the order"
    return f"said by {source.by}:{words}" if words else f"said by {source.by}"


def _item(page: _Page, index: int, item: Item) -> None:
    name = " ".join(part for part in (item.sku or "", item.name) if part) or "unknown product"
    page.heading(f"ITEM {index + 1} · {name} · {item.status.value}")
    quantity = str(item.quantity) if item.quantity is not None else "not stated"
    _fact(page, item.sources, "sku", "product", item.sku or "not known")
    _fact(page, item.sources, "quantity", "quantity", quantity)
    _fact(page, item.sources, "problem_kind", "problem", item.problem_kind.value)
    if item.description:
        page.field("in words", f"“{' '.join(item.description.split())}”")
        source = item.sources.get("description")
        if source is not None:
            page.below(_source(Source(by=source.by, confidence=source.confidence)))
    if item.support_tried:
        _fact(page, item.sources, "support_tried", "support", "was tried and did not help")
    if item.verdict is None:
        page.field("decision", "none yet")
    else:
        _verdict(page, item.verdict, inspection=item.inspection)
    if item.inspection:
        page.field("inspection", item.inspection)
    if item.missing_accessories:
        page.field("not in parcel", ", ".join(item.missing_accessories))


def _verdict(page: _Page, verdict: Verdict, *, inspection: Inspection | None) -> None:
    rule = f" by rule {verdict.rule.value}" if verdict.rule else ""
    person = f", decided by {verdict.overridden_by}" if verdict.overridden_by else ""
    page.field("decision", f"{verdict.disposition.value}{rule}{person}")
    for reason in verdict.reasons:
        page.line(reason, first=" " * 14 + "- ")
    if inspection in ("no_defect", "misuse"):
        # R4 and R11: whatever was approved, nothing of it is owed any more.
        page.field("settled as", "no refund and no replacement; the return shipping stays the customer's")
    elif verdict.resolution or verdict.shipping_paid_by:
        payer = f"return shipping paid by the {verdict.shipping_paid_by.value}" if verdict.shipping_paid_by else ""
        page.field("settled as", "; ".join(filter(None, (verdict.resolution and verdict.resolution.value, payer))))
    for place, counted in enumerate(verdict.counted):
        page.field("days counted" if place == 0 else "", _days(counted))
    if verdict.missing:
        page.field("missing", ", ".join(one.value for one in verdict.missing))
    for place, change in enumerate(verdict.would_change):
        page.line(change, first=f"  {'changes if' if place == 0 else '':<12}- ")


_WINDOWS = {
    Window.DOA_AFTER_DELIVERY: ("arrived broken", "delivery"),
    Window.DEFECT_AFTER_DELIVERY: ("fault after delivery", "delivery"),
    Window.DEFECT_AFTER_SHIPMENT: ("fault after shipment", "shipment"),
}


def _days(counted: DaysCounted) -> str:
    name, since = _WINDOWS[counted.window]
    if counted.since is None or counted.days is None:
        return f"{name}: the day of {since} is not known (limit {_counted(counted.limit, 'day')})"
    outcome = {True: "inside", False: "over", None: "open"}[counted.met]
    return f"{name}: day {counted.days} of {counted.limit} since {since} on {counted.since}: {outcome}"


def _evidence(page: _Page, story: ClaimStory) -> None:
    page.heading("evidence")
    if not story.evidence:
        page.line("none", first="  ")
    for one in story.evidence:
        item = f", for item {one.item + 1}" if one.item is not None else ""
        page.line(
            f"{one.filename or '(no name)'} · {one.media}, {_size(one.size)}, mail {one.mail}{item}",
            first=f"  {one.number:>2}  ",
        )
        page.line(_evidence_says(one), first=" " * 6)
        for signal in one.signals:
            page.line(signal, first=" " * 6 + "- ")
    missing = missing_of(story.claim)
    if missing:
        page.line(f"missing: {', '.join(one.value for one in missing)}", first="  ")


def _evidence_says(one: Evidence) -> str:
    if one.role == "ignored":
        return f"not taken as evidence{_because(one)}"
    if not one.usable:
        return f"not usable{_because(one)}"
    shows = ", ".join(proof.value for proof in one.shows) or "nothing that was asked for"
    sure = f", said by {one.confirmed_by}" if one.confirmed_by else ", provisionally" if one.provisional else ""
    return f"shows {shows}{sure}"


def _because(one: Evidence) -> str:
    return f": {', '.join(reason.value for reason in one.reasons)}" if one.reasons else ""


def _joins(page: _Page, joins: Sequence[PendingJoin]) -> None:
    if not joins:
        return
    page.heading("other writers")
    for join in joins:
        admitted = f"admitted by {join.admitted_by}" if join.admitted_by else "waits for /admit"
        page.line(f"{page.moment(join.asked_at)}  {join.address} (mail {join.mail}): {admitted}", first="  ")


def _letters(page: _Page, letters: Sequence[OutboxRow]) -> None:
    page.heading("letters")
    if not letters:
        page.line("none", first="  ")
    for row in letters:
        page.line(
            f"{page.moment(row.created_at)}  {row.letter} to {row.recipient}: {_state(page, row)}",
            first="  ",
            rest=" " * 20,
        )


def _state(page: _Page, row: OutboxRow) -> str:
    error = f" ({row.error})" if row.error else ""
    match row.state:
        case OutboxState.SENT if row.sent_at is not None:
            return f"sent {page.moment(row.sent_at)}"
        case OutboxState.READY:
            return f"goes out from {page.moment(row.not_before)} on"
        case OutboxState.RETRY:
            return f"will be tried again, {_counted(row.attempts, 'try', 'tries')} so far{error}"
        case _:
            return f"{row.state.value}{error}"


def _history(page: _Page, history: Sequence[HistoryEntry]) -> None:
    page.heading("history")
    for place, entry in enumerate(history):
        mail = f" (mail {entry.mail})" if entry.mail is not None else ""
        page.line(f"{page.moment(entry.at)}  {entry.actor}: {entry.event}{mail}", first="  ", rest=" " * 20)
        detail = {"taken back": taken_back(history[:place])} if entry.event == "undo" else entry.detail
        for name, value in detail.items():
            told = _detail(value)
            if told:
                page.line(f"{name}: {told}", first=" " * 20, rest=" " * 22)


def taken_back(earlier: Sequence[HistoryEntry]) -> str:
    """The command lines that an /undo after these entries took back; "" where none is kept."""
    commands = [entry for entry in earlier if "outcome" in entry.detail]
    return ", ".join(str(one.detail.get("command", "")) for one in commands if one.at == commands[-1].at)


def _detail(value: Any) -> str:
    match value:
        case None | "":
            return ""
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            parts = [told for one in value if (told := _detail(one))]
            return (" " if all(told.endswith(".") for told in parts) else ", ").join(parts)
        case dict():
            return "; ".join(f"{name} {told}" for name, one in value.items() if (told := _detail(one)))
        case _:
            return " ".join(str(value).split())


def _counted(count: int, one: str, many: str = "") -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"


def _size(size: int) -> str:
    if size < 1024:
        return f"{size} bytes"
    return f"{size / 1024:,.0f} KB" if size < 1024**2 else f"{size / 1024**2:,.1f} MB"


def _cells(text: str) -> int:
    """Columns that a text takes on a terminal: East Asian wide characters take two, marks that combine none."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _wrapped(text: str, first: str, rest: str) -> list[str]:
    """The text in lines of at most WIDTH columns; a word that is longer than a line is cut."""
    lines: list[str] = []
    line, bare = first, True
    for word in _visible(text).split():
        if not bare and _cells(line) + 1 + _cells(word) > WIDTH:
            lines.append(line)
            line, bare = rest, True
        while _cells(line if bare else f"{line} ") + _cells(word) > WIDTH:
            fits = _fitting(word, WIDTH - _cells(line))
            lines.append(line + word[:fits])
            line, bare, word = rest, True, word[fits:]
        line, bare = (line + word if bare else f"{line} {word}"), False
    return [*lines, line.rstrip()]


def _fitting(word: str, room: int) -> int:
    """How many characters of the word fit into the room, at least one."""
    taken = 0
    for place, char in enumerate(word):
        taken += _cells(char)
        if taken > room:
            return max(place, 1)
    return len(word)


def _visible(text: str) -> str:
    """Without controls and direction marks: what a stranger wrote must not drive the terminal (ATTACKS A12)."""
    return "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in text)

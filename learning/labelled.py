"""Labelled mails: whole ones of our own, paraphrases of told facts, danger sentences, and folders of real messages."""

import csv
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from email.message import EmailMessage
from functools import cache
from pathlib import Path
from typing import Any

from mailbot.connectors.orders_csv import OrdersCsv
from mailbot.mail.inbound import InboundMail
from mailbot.mail.parse import parse
from mailbot.reading.features import TAGS
from mailbot.reading.vocabulary import available

HERE = Path(__file__).parent
TODAY = date(2026, 11, 16)
"""The day on which labelled mails are read."""
TOLD = ("return_request", "evidence_reply", "claim_followup", "other_inquiry")
"""The kinds of mail whose words are labelled."""
VISIBLE = HERE.parent.parent / "shared" / "mails"
VISIBLE_PATTERNS = (r"1004\d{5}", r"SO-\d{4}-\d{7}", r"MP[0-9A-Z]{2}-[0-9A-Z]{3}-[0-9A-Z]{3}")


@dataclass(frozen=True, slots=True)
class Label:
    """What a careful person answers of one mail; `also` lists further right answers of a field.

    A field that is None is not compared.
    """

    kind: str
    order_numbers: tuple[str, ...]
    products: tuple[str, ...] | None
    quantity: int | None
    problem_kind: str
    problem_contains: tuple[str, ...]
    resolution_wanted: str
    language: str
    reply_text_excludes: tuple[str, ...] = ()
    signals: tuple[str, ...] | None = None
    evidence_attachments: int | None = None
    also: Mapping[str, tuple[object, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shop:
    """A shop that mails were written to: its orders and catalogue, and how its order numbers look."""

    name: str
    knowledge: OrdersCsv
    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labelled:
    """One mail with its label. `writer` and `case` group what must not be learned from and tested on together."""

    id: str
    writer: str
    shop: Shop
    raw: bytes = field(repr=False)
    label: Label

    def parsed(self) -> InboundMail:
        """The mail as the readers get it."""
        return parse(self.raw)


@cache
def shop(name: str) -> Shop:
    """One of the invented shops of `learning/shops`."""
    return shop_in(HERE / "shops" / name)


@cache
def shop_in(folder: Path) -> Shop:
    """The shop whose files lie in this folder; the visible mails' one has no `shop.toml`."""
    about = folder / "shop.toml"
    patterns = tuple(tomllib.loads(about.read_text("utf-8"))["order_number_patterns"]) if about.exists() else ()
    knowledge = OrdersCsv(folder / "orders.csv", folder / "catalog.csv")
    return Shop(folder.name, knowledge, patterns or VISIBLE_PATTERNS)


def own_mails(languages: Sequence[str] = ()) -> list[Labelled]:
    """The whole mails of `learning/mails`, by language."""
    found = []
    for code in languages or available():
        for entry in _lines(HERE / "mails" / f"{code}.jsonl"):
            found.append(
                Labelled(
                    entry["id"],
                    entry["writer"],
                    shop(entry["shop"]),
                    _composed(entry, code),
                    label(entry["label"], code),
                )
            )
    return found


def paraphrases(languages: Sequence[str] = ()) -> list[Labelled]:
    """The paraphrases of `learning/paraphrases`; `writer` is the case with its language."""
    with (HERE / "paraphrases" / "cases.csv").open(encoding="utf-8", newline="") as file:
        cases = {row["case"]: row for row in csv.DictReader(file)}
    found = []
    for code in languages or available():
        for entry in _lines(HERE / "paraphrases" / f"{code}.jsonl"):
            case = cases[entry["case"]]
            told = Label(
                kind=case["kind"],
                order_numbers=tuple(filter(None, [case["order_number"]])),
                products=None,
                quantity=None,
                problem_kind=case["problem_kind"],
                problem_contains=(),
                resolution_wanted=case["resolution_wanted"],
                language=code,
                signals=tuple(case["signals"].split()),
            )
            name = f"{code}-{entry['case']}"
            found.append(Labelled(f"{name}.{entry['version']}", name, shop(case["shop"]), _composed(entry, code), told))
    return found


def danger(code: str) -> tuple[list[str], list[str]]:
    """Sentences of one language that tell of a danger, and near misses that do not."""
    told, near = (HERE / "danger" / f"{code}.{side}.txt" for side in ("told", "near"))
    return _sentences(told), _sentences(near)


def folder_mails(folder: Path) -> list[Labelled]:
    """The `.eml` files of a folder with `emails/`, `labels/`, `orders.csv` and `catalog.csv`, each with its label."""
    found = []
    for message in sorted((folder / "emails").glob("*.eml")):
        told = json.loads((folder / "labels" / f"{message.stem}.json").read_text("utf-8"))
        found.append(
            Labelled(
                f"{folder.name}/{message.stem}",
                "",
                shop_in(folder),
                message.read_bytes(),
                label(told, told["language"]),
            )
        )
    return found


def fresh_rounds() -> list[Path]:
    """The folders of fresh mails, the oldest first; each was scored before anything was tuned after it."""
    return sorted(path for path in (HERE / "fresh").glob("*") if (path / "emails").is_dir())


def label(told: Mapping[str, object], language: str) -> Label:
    """A label from its JSON."""
    get = dict(told).get
    also = get("also_ok") or get("also_acceptable") or {}
    products = [p["sku"] if isinstance(p, dict) else p for p in _list(get("products"))]
    signals = get("signals")
    return Label(
        kind=str(told["kind"]),
        order_numbers=tuple(map(str, _list(get("order_numbers")))),
        products=tuple(sku for sku in products if sku),
        quantity=_number(get("quantity")),
        problem_kind=str(told["problem_kind"]),
        problem_contains=tuple(map(str, _list(get("problem_contains")))),
        resolution_wanted=str(told["resolution_wanted"]),
        language=str(get("language") or language),
        reply_text_excludes=tuple(map(str, _list(get("reply_text_excludes")))),
        signals=tuple(map(str, _list(signals))) if signals is not None else None,
        evidence_attachments=_number(get("evidence_attachments")),
        also={name: tuple(_list(values)) for name, values in dict(also).items()} if isinstance(also, dict) else {},
    )


def _list(value: object) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _number(value: object) -> int | None:
    return int(value) if isinstance(value, (int, float)) else None


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.exists():
        for line in path.read_text("utf-8").splitlines():
            if line.strip():
                yield json.loads(line)


def _sentences(path: Path) -> list[str]:
    return [line.strip() for line in path.read_text("utf-8").splitlines() if line.strip()] if path.exists() else []


def _composed(entry: Mapping[str, object], code: str) -> bytes:
    """The message a mail program would send of it; a named photo is a file of that name without a picture in it."""
    message = EmailMessage()
    message["From"] = f"Customer <customer-{code}@mail.example>"
    message["To"] = "returns@shop.example"
    message["Subject"] = str(entry["subject"]).replace("\n", " ").replace("\r", " ")
    message["Date"] = "Mon, 16 Nov 2026 10:00:00 +0100"
    message["Message-ID"] = f"<{entry.get('id') or entry['case']}.{code}@mail.example>"
    if entry.get("in_reply"):
        message["In-Reply-To"] = "<letter@shop.example>"
    message.set_content(str(entry["body"]), charset="utf-8", cte="base64")
    for name in _list(entry.get("attachments")):
        message.add_attachment(b"\xff\xd8\xff", maintype="image", subtype="jpeg", filename=str(name))
    return message.as_bytes()


@dataclass(frozen=True, slots=True)
class TaggedSentence:
    """A sentence with what it tells (`mailbot.reading.features.TAGS`); `about` names the tags that were looked for.

    `group` is the writer of a whole mail; sentences written alone have none.
    """

    language: str
    text: str
    tags: frozenset[str]
    group: str = ""
    about: frozenset[str] | None = None


def tagged_sentences(languages: Sequence[str] = ()) -> list[TaggedSentence]:
    """Every sentence that was tagged: those of the whole mails, those written alone, and the danger sentences."""
    found = []
    only_hazard = frozenset({"hazard"})
    for code in languages or available():
        writers = {entry["id"]: entry["writer"] for entry in _lines(HERE / "mails" / f"{code}.jsonl")}
        for mail, tags, text in _tagged(HERE / "mails" / f"{code}.tags.tsv", 3):
            found.append(TaggedSentence(code, text, tags_of(tags), str(writers[mail])))
        for tags, text in _tagged(HERE / "sentences" / f"{code}.tsv", 2):
            # Danger was not looked for there, and a fault is told with burnt plastic often enough.
            found.append(TaggedSentence(code, text, tags_of(tags), about=frozenset(TAGS) - only_hazard))
        told, near = danger(code)
        found += [TaggedSentence(code, text, only_hazard, about=only_hazard) for text in told]
        found += [TaggedSentence(code, text, frozenset(), about=only_hazard) for text in near]
    return found


def tags_of(written: str) -> frozenset[str]:
    """The tags of a line; ValueError for one that there is not."""
    tags = frozenset(tag.strip() for tag in written.split(",")) - {"-", ""}
    if unknown := tags - set(TAGS):
        raise ValueError(f"{', '.join(sorted(unknown))}: no such tag; there are {', '.join(TAGS)}")
    return tags


def _tagged(path: Path, columns: int) -> Iterator[list[str]]:
    for number, line in enumerate(path.read_text("utf-8").splitlines() if path.exists() else (), 1):
        cells = line.split("\t")
        if len(cells) != columns:
            raise ValueError(f"{path}, line {number}: {len(cells)} columns, not {columns}")
        yield cells

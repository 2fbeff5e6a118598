"""How an answer of the readers is held against a label, field by field."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from learning.labelled import TOLD, Label

FIELDS = (
    *("answered", "order_numbers", "products", "quantity", "kind", "problem_kind", "phrases in description"),
    *("phrases in new text", "excluded phrases gone", "resolution_wanted", "language", "evidence"),
)
_AS_ONE = {"evidence_reply": "claim_followup"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One comparison: a field of a mail, whether it was right, and for a mistake what was said and what is right."""

    mail: str
    language: str
    field: str
    right: bool
    said: str = ""
    wanted: str = ""
    confidence: float | None = None


class _Add(Protocol):
    def __call__(
        self, field: str, right: bool, answer: object = ..., wanted: object = ..., confidence: str = ...
    ) -> None: ...


def plain(text: str) -> str:
    """The text after NFKC, case folding and collapsing of white space."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def compare(mail: str, label: Label, said: Mapping[str, object]) -> list[Outcome]:
    """All comparisons of one answer (an object of `mailbot read --json`) with its label."""
    found: list[Outcome] = []
    sure = said.get("confidence")
    sure = sure if isinstance(sure, dict) else {}

    def add(field: str, right: bool, answer: object = "", wanted: object = "", confidence: str = "") -> None:
        found.append(
            Outcome(
                mail=mail,
                language=label.language,
                field=field,
                right=right,
                said=str(answer),
                wanted=str(wanted),
                confidence=sure.get(confidence),
            )
        )

    add("answered", "error" not in said, said.get("error", ""))
    kinds = {_AS_ONE.get(str(kind), str(kind)) for kind in (label.kind, *label.also.get("kind", ()))}
    kind = str(said["kind"])
    add("kind", _AS_ONE.get(kind, kind) in kinds, kind, label.kind, "kind")
    if label.kind in TOLD:
        _compare_told(label, said, add)
    if label.kind == "return_request":
        _compare_request(label, said, add)
    if label.evidence_attachments is not None and "attachments" in said:
        usable = sum(1 for a in _objects(said["attachments"]) if a["role"] == "evidence" and a["usable"])
        right = usable in (label.evidence_attachments, *label.also.get("evidence_attachments", ()))
        add("evidence", right, usable, label.evidence_attachments)
    return found


def _compare_told(label: Label, said: Mapping[str, object], add: "_Add") -> None:
    numbers = [_bare(number) for number in _strings(said["order_numbers"])]
    wanted = [label.order_numbers, *_alternatives(label, "order_numbers")]
    right = any(set(numbers) == {_bare(n) for n in one} for one in wanted)
    add("order_numbers", right, said["order_numbers"], label.order_numbers, "order_numbers")
    languages = (label.language, *label.also.get("language", ()))
    add("language", said["language"] in languages, said["language"], label.language, "language")
    text = plain(str(said["reply_text"]))
    for phrase in label.reply_text_excludes:
        add("excluded phrases gone", plain(phrase) not in text, "still there", phrase)


def _compare_request(label: Label, said: Mapping[str, object], add: "_Add") -> None:
    products = _objects(said["products"])
    skus = {str(p["sku"]) for p in products if p["sku"]}
    if label.products is not None:
        wanted = [label.products, *_alternatives(label, "products")]
        add("products", any(skus == set(one) for one in wanted), sorted(skus), label.products, "products")
    if label.quantity is not None:
        total = sum(int(str(p["quantity"])) for p in products)
        right = total in (label.quantity, *label.also.get("quantity", ()))
        add("quantity", right, total, label.quantity)
    problem = said["problem"]
    assert isinstance(problem, dict)
    kinds = (label.problem_kind, *label.also.get("problem_kind", ()))
    add("problem_kind", problem["kind"] in kinds, problem["kind"], label.problem_kind, "problem")
    wishes = (label.resolution_wanted, *label.also.get("resolution_wanted", ()))
    wish = said["resolution_wanted"]
    add("resolution_wanted", wish in wishes, wish, label.resolution_wanted, "resolution_wanted")
    described = [problem["description"], *(p["problem"]["description"] for p in products if p.get("problem"))]
    new = plain(f"{said['subject']} {said['reply_text']}")
    descriptions = plain(" | ".join(map(str, described)))
    keeps = [plain(str(phrase)) for phrase in label.also.get("reply_text_keeps", ())]
    for phrase in label.problem_contains:
        add("phrases in description", plain(phrase) in descriptions, f"…{descriptions[-120:]}", phrase)
        if plain(phrase) not in keeps:
            add("phrases in new text", plain(phrase) in new, f"…{new[-80:]}", phrase)


def _alternatives(label: Label, field: str) -> list[tuple[str, ...]]:
    """Further right sets of a field: each a list, or single values where the label writes them bare."""
    found = []
    for one in label.also.get(field, ()):
        values = one if isinstance(one, (list, tuple)) else [one]
        found.append(tuple(str(v["sku"] if isinstance(v, dict) else v) for v in values))
    return found


def _bare(number: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFKC", number).upper() if sign.isalnum())


def _strings(value: object) -> list[str]:
    return [str(one) for one in value] if isinstance(value, (list, tuple)) else []


def _objects(value: object) -> Sequence[Mapping[str, Any]]:
    assert isinstance(value, (list, tuple))
    return value

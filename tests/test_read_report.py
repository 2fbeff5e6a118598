"""The object of `mailbot read --json`: its keys, whatever the message; and how well real mails are understood."""

import json
import unicodedata
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.connectors.orders_csv import OrdersCsv
from mailbot.desk.read_report import read_report, unreadable_report
from mailbot.media.opening import ChildOpener
from mailbot.reading.read import Reader
from tests.mail.messages import raw
from tests.media.pictures import photo
from tests.reading.shop import PATTERNS, Shop

TODAY = date(2026, 11, 16)
REAL_MAILS = Path("/work/shared/mails")
KEYS = {
    *("file", "message_id", "from", "to", "subject", "in_reply_to", "references", "text", "reply_text", "answers"),
    *("language", "kind", "order_numbers", "products", "problem", "resolution_wanted", "signals", "attachments"),
    *("bounced_recipients", "is_auto_reply", "is_bounce", "may_be_answered", "confidence", "why"),
}


@pytest.fixture(scope="module")
def opener() -> Iterator[ChildOpener]:
    opener = ChildOpener()
    yield opener
    opener.close()


def report(message: bytes, opener: ChildOpener) -> dict[str, Any]:
    shop = Shop()
    return read_report(message, "x.eml", reader=Reader(shop, PATTERNS), opener=opener, today=TODAY, knowledge=shop)


def with_photo(name: str) -> bytes:
    import base64

    encoded = base64.encodebytes(photo()).decode().replace("\n", "\r\n")
    body = (
        "--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
        "My Velora T9 from order AB-2026-000777 does not charge, with any cable. Please refund me.\r\n"
        f'--b1\r\nContent-Type: image/jpeg; name="{name}"\r\nContent-Disposition: attachment; filename="{name}"\r\n'
        f"Content-Transfer-Encoding: base64\r\n\r\n{encoded}\r\n--b1--\r\n"
    )
    return raw(body, content_type='multipart/mixed; boundary="b1"', encoding=None)


def test_a_request_is_told_in_the_contracts_words(opener: ChildOpener) -> None:
    told = report(with_photo("back.jpg"), opener)
    assert set(told) == KEYS
    assert (told["file"], told["kind"], told["language"]) == ("x.eml", "return_request", "en")
    assert told["from"] == {"name": "Anna Berg", "address": "anna@mail.example"}
    assert told["order_numbers"] == ["AB-2026-000777"]
    (product,) = told["products"]
    assert (product["sku"], product["quantity"]) == ("VEL-T9", 1)
    assert product["problem"]["kind"] == told["problem"]["kind"] == "defective"
    assert told["resolution_wanted"] == "refund"
    (file,) = told["attachments"]
    assert (file["media"], file["role"], file["usable"], file["shows"]) == ("photo", "evidence", True, ["package_back"])
    assert (file["size"], len(file["sha256"]), file["reasons"]) == (len(photo()), 64, [])
    assert (told["is_bounce"], told["is_auto_reply"], told["may_be_answered"]) == (False, False, True)
    assert json.loads(json.dumps(told)) == told


def test_the_slip_is_an_open_proof_only_where_the_order_was_shipped_in_part(opener: ChildOpener) -> None:
    (file,) = report(with_photo("IMG_1.jpg"), opener)["attachments"]
    assert file["shows"] == ["package_front"]


def test_a_dangerous_file_name_is_among_the_signals(opener: ChildOpener) -> None:
    assert "hazard" in report(with_photo("smoke.jpg"), opener)["signals"]


def test_an_out_of_office_answer_is_told_as_one(opener: ChildOpener) -> None:
    told = report(raw("I am away", headers=["Auto-Submitted: auto-replied"]), opener)
    assert (told["kind"], told["is_auto_reply"], told["may_be_answered"]) == ("auto_reply", True, False)


def test_what_is_no_message_still_gives_an_object_with_an_error(opener: ChildOpener) -> None:
    told = report(b"", opener)
    assert told["kind"] == "unreadable"
    assert told["error"]
    assert set(told) == KEYS | {"error"}
    assert set(unreadable_report("x", "y")) == KEYS | {"error"}


@settings(max_examples=60, deadline=None)
@given(message=st.binary(max_size=600))
def test_a_batch_never_stops_at_one_file(message: bytes) -> None:
    opener = ChildOpener()
    told = report(message, opener)
    opener.close()
    assert set(told) >= KEYS
    assert json.dumps(told)


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _compared(told: dict[str, Any], label: dict[str, Any]) -> Iterator[tuple[str, bool]]:
    """Each field that the mails' README compares, and whether it is right."""
    also = label.get("also_acceptable", {}) | label.get("also_ok", {})

    def right(field: str, got: object, wanted: object) -> bool:
        return got in [wanted, *also.get(field, [])]

    claims = {"evidence_reply": "claim", "claim_followup": "claim"}
    yield (
        "kind",
        right("kind", told["kind"], label["kind"]) or claims.get(told["kind"]) == claims.get(label["kind"], ""),
    )
    if label["kind"] in ("return_request", "evidence_reply", "claim_followup", "other_inquiry"):
        numbers = {number.replace("-", "").replace(" ", "") for number in told["order_numbers"]}
        wanted = [label["order_numbers"], *also.get("order_numbers", [])]
        yield "order_numbers", any(numbers == {n.replace("-", "").replace(" ", "") for n in each} for each in wanted)
        yield "language", right("language", told["language"], label["language"])
    if label["kind"] == "return_request":
        skus = {product["sku"] for product in told["products"]} - {None}
        named = [{product["sku"] for product in label["products"]} - {None}]
        named += [{sku for sku in each if isinstance(sku, str)} for each in also.get("products", [])]
        yield "products", skus in named
        yield "problem_kind", right("problem_kind", told["problem"]["kind"], label["problem_kind"])
        descriptions = [told["problem"]["description"], *(p["problem"]["description"] for p in told["products"])]
        yield (
            "problem_contains",
            all(any(_folded(phrase) in _folded(text) for text in descriptions) for phrase in label["problem_contains"]),
        )
        yield "resolution_wanted", right("resolution_wanted", told["resolution_wanted"], label["resolution_wanted"])
    usable = sum(file["role"] == "evidence" and file["usable"] for file in told["attachments"])
    yield "evidence_attachments", right("evidence_attachments", usable, label["evidence_attachments"])


@pytest.mark.skipif(not REAL_MAILS.is_dir(), reason="the labelled mails are not on this machine")
@pytest.mark.parametrize(
    ("languages", "least"),
    [(("en", "de"), 0.8), (("fr", "es", "it", "nl", "pt", "pl", "tr", "ru", "ar", "zh", "ja"), 0.6)],
    ids=["English and German", "other languages"],
)
def test_real_mails_are_understood(opener: ChildOpener, languages: tuple[str, ...], least: float) -> None:
    right: Counter[str] = Counter()
    asked: Counter[str] = Counter()
    for shop_of in sorted(path for path in REAL_MAILS.iterdir() if path.is_dir()):
        shop = OrdersCsv(shop_of / "orders.csv", shop_of / "catalog.csv")
        assert shop.problem is None
        reader = Reader(shop, (r"1004\d{5}", r"SO-\d{4}-\d{7}", r"MP[0-9A-Z]{2}-[0-9A-Z]{3}-[0-9A-Z]{3}"))
        for path in sorted((shop_of / "labels").glob("*.json")):
            label = json.loads(path.read_text())
            if label["language"] not in languages:
                continue
            told = read_report(
                (shop_of / "emails" / f"{path.stem}.eml").read_bytes(),
                path.stem,
                reader=reader,
                opener=opener,
                today=date(2026, 11, 24),
                knowledge=shop,
                own_addresses=frozenset({"returns@shop.example"}),
            )
            for field, is_right in _compared(told, label):
                asked[field] += 1
                right[field] += is_right
    for field, number in asked.items():
        print(f"{field:22}{right[field]:4}/{number:<4}{right[field] / number:.2f}")
    assert asked
    assert {field: right[field] / number for field, number in asked.items() if right[field] / number < least} == {}

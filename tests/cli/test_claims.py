"""`mailbot claims`: what is listed, the story of one, the export, and commands on the command line."""

import csv
import io

import pytest

from tests.builders import ANNA, FOUR_PROOFS, LEA, THURSDAY, raw_mail
from tests.cli.conftest import ShopFolder

BERND = "Bernd Alt <bernd@post.example>"


@pytest.fixture
def two_claims(shop: ShopFolder) -> ShopFolder:
    """Anna's, which is approved, and Bernd's, who named no order."""
    shop.receive(
        raw_mail(files=FOUR_PROOFS),
        raw_mail("My lamp is broken, it does not shine any more. I want a refund.\n", sender=BERND, subject="Lamp"),
    )
    return shop


def numbers(shop: ShopFolder, *filters: str) -> list[int]:
    said = shop.call("claims", "list", "--json", *filters)
    assert said.code == 0, said.err
    return [one["number"] for one in said.objects]


def test_list_prints_one_object_a_claim_a_line(two_claims: ShopFolder) -> None:
    anna, bernd = two_claims.call("claims", "list", "--json").objects
    assert (anna["customer"], anna["status"], anna["order_numbers"]) == (ANNA, "awaiting_return", ["770000001"])
    assert anna["items"] == [
        {
            "sku": "QX-EARS-2",
            "quantity": anna["items"][0]["quantity"],
            "status": "awaiting_return",
            "problem_kind": "defective",
            "disposition": "approve_return",
            "rule": "R2",
        }
    ]
    assert anna["evidence"] == ["package_front", "package_back", "item", "problem"]
    assert (anna["first_contact_at"], anna["messages_in"]) == ("2026-11-05T11:00:00+01:00", 1)
    assert bernd["number"] == 2
    assert "order_number" in bernd["missing"]
    assert "history" not in anna


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ((), [1, 2]),
        (("--status", "awaiting_return"), [1]),
        (("--status", "closed"), []),
        (("--customer", ANNA), [1]),
        (("--customer", "bernd@POST.example"), [2]),
        (("--order", "770000001"), [1]),
        (("--order", "770 000-001"), [1]),
        (("--order", "999"), []),
        (("--language", "en"), [1, 2]),
        (("--language", "de"), []),
        (("--needs-agent",), []),
        (("--since", "2026-11-05"), [1, 2]),
        (("--since", "2026-11-06"), []),
        (("--since", "2026-11-05T11:00"), [1, 2]),
        (("--since", "2026-11-05T11:01"), []),
        (("--since", "2026-11-05T10:01+00:00"), []),
        (("--customer", ANNA, "--status", "closed"), []),
    ],
)
def test_filters_narrow_the_list(two_claims: ShopFolder, filters: tuple[str, ...], expected: list[int]) -> None:
    assert numbers(two_claims, *filters) == expected


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        (("--status", "open"), "awaiting_agent"),
        (("--since", "yesterday"), "2026-11-05"),
        (("--since", "2026-13-40"), "2026-11-05"),
    ],
)
def test_a_filter_that_means_nothing_says_what_is_allowed(
    shop: ShopFolder, filters: tuple[str, ...], message: str
) -> None:
    said = shop.call("claims", "list", *filters)
    assert (said.code, message in said.err) == (2, True)


def test_a_list_for_people_fits_a_terminal(two_claims: ShopFolder) -> None:
    lines = two_claims.call("claims", "list").out.splitlines()
    assert len(lines) == 3
    assert lines[0].split() == ["N", "RMA", "STATUS", "CHANGED", "CUSTOMER"]
    assert max(map(len, lines)) <= 80
    assert "anna@mail.example" in lines[1]


def test_no_claims_is_said_on_standard_error(shop: ShopFolder) -> None:
    said = shop.call("claims", "list")
    assert (said.code, said.out, said.err) == (0, "", "no claims\n")
    assert shop.call("claims", "list", "--json").out == ""


def test_show_adds_the_history_with_one_entry_of_the_customer_a_mail(two_claims: ShopFolder) -> None:
    (told,) = two_claims.call("claims", "show", "1", "--json").objects
    assert [entry["event"] for entry in told["history"] if entry["actor"] == "customer"] == ["mail_opened_claim"]
    assert all(set(entry) == {"at", "actor", "event", "detail"} for entry in told["history"])
    assert {entry["actor"] for entry in told["history"]} == {"customer", "mailbot"}


def test_a_claim_is_also_known_by_its_rma_number(two_claims: ShopFolder) -> None:
    (told,) = two_claims.call("claims", "show", "1", "--json").objects
    for written in (told["rma"], told["rma"].lower(), "1", "01"):
        assert two_claims.call("claims", "show", written, "--json").objects == [told]


@pytest.mark.parametrize("written", ["12", "0", "RMA-ZZZZZZ", "9" * 40, "٣", "-1x"])
def test_a_claim_that_is_not_there_is_a_wrong_call(shop: ShopFolder, written: str) -> None:
    for said in (shop.call("claims", "show", "--", written), shop.call("claims", "do", "--", written, "/status")):
        assert (said.code, said.out) == (2, "")
        assert "there is no claim" in said.err


def test_show_tells_the_story_in_eighty_columns(two_claims: ShopFolder) -> None:
    said = two_claims.call("claims", "show", "1")
    assert said.code == 0
    for words in ("FACTS", "from mail 1", "approve_return by rule R2", "EVIDENCE", "LETTERS", "HISTORY"):
        assert words in said.out
    assert max(map(len, said.out.splitlines())) <= 80


def test_export_writes_csv_of_the_same_claims(two_claims: ShopFolder) -> None:
    rows = list(csv.DictReader(io.StringIO(two_claims.call("claims", "export").out)))
    assert [row["customer"] for row in rows] == [ANNA, "bernd@post.example"]
    assert (rows[0]["skus"], rows[0]["rules"]) == ("QX-EARS-2", "R2")
    two_claims.call("claims", "export", "--customer", ANNA, "--output", "one.csv")
    assert (two_claims.path / "one.csv").read_text().count("\n") == 2


# --- do


def test_do_carries_out_a_command_and_says_so(two_claims: ShopFolder) -> None:
    said = two_claims.call("claims", "do", "1", "/received")
    assert said.code == 0
    assert said.out.startswith("/received: ")
    (told,) = two_claims.call("claims", "show", "1", "--json").objects
    assert told["status"] == "received"
    assert ("operator", "received") in [(entry["actor"], entry["event"]) for entry in told["history"]]


def test_do_in_an_agents_name_is_that_agents_in_the_history(two_claims: ShopFolder) -> None:
    assert two_claims.call("claims", "do", "1", "/note She called.", "--as", LEA.upper()).code == 0
    (told,) = two_claims.call("claims", "show", "1", "--json").objects
    assert told["history"][-1]["actor"] == LEA


def test_nobody_but_an_agent_can_be_acted_for(two_claims: ShopFolder) -> None:
    said = two_claims.call("claims", "do", "1", "/note x", "--as", "eve@evil.example")
    assert said.code == 2
    assert LEA in said.err


def test_an_agent_may_no_more_here_than_by_mail(two_claims: ShopFolder) -> None:
    path = two_claims.path / "config.toml"
    path.write_text(path.read_text().replace('name = "Lea"', 'name = "Lea"\nmay = ["note"]'))
    said = two_claims.call("claims", "do", "1", "/received", "--as", LEA)
    assert (said.code, "/received" in said.err) == (1, True)


def test_several_lines_are_several_commands_also_from_standard_input(two_claims: ShopFolder) -> None:
    said = two_claims.call("claims", "do", "1", "/note One.\n/received")
    assert (said.code, len(said.out.splitlines())) == (0, 2)
    said = two_claims.call("claims", "do", "2", "-", given="/reply\nDear Bernd,\nwhich order is it?\n")
    assert said.code == 0
    assert "/reply" in said.out


def test_all_lines_or_none(two_claims: ShopFolder) -> None:
    said = two_claims.call("claims", "do", "1", "/note One.\n/refunded 89.00 EUR")
    assert (said.code, said.out) == (1, "")
    assert "/refunded" in said.err
    (told,) = two_claims.call("claims", "show", "1", "--json").objects
    assert "note" not in [entry["event"] for entry in told["history"]]


@pytest.mark.parametrize("text", ["/aprove", "/approve 1 voucher", "/refunded much", "/note One.\n/nonsense"])
def test_what_is_not_understood_is_a_wrong_call(two_claims: ShopFolder, text: str) -> None:
    said = two_claims.call("claims", "do", "1", text)
    assert (said.code, said.out) == (2, "")
    assert said.err


def test_a_text_without_a_command_is_refused(two_claims: ShopFolder) -> None:
    said = two_claims.call("claims", "do", "1", "approve it")
    assert said.code != 0
    assert "/help" in said.err


def test_help_lists_the_grammar(two_claims: ShopFolder) -> None:
    assert "/approve [ITEM] [refund|replacement]" in two_claims.call("claims", "do", "1", "/help").out


def test_a_command_can_be_taken_back_before_its_letter_goes(two_claims: ShopFolder) -> None:
    two_claims.call("claims", "do", "1", "/received")
    assert two_claims.call("claims", "do", "1", "/undo").code == 0
    assert numbers(two_claims, "--status", "awaiting_return") == [1]


def test_control_characters_of_a_stranger_reach_no_terminal(shop: ShopFolder) -> None:
    shop.receive(
        raw_mail(subject="=?utf-8?q?Hi_=1B[31m_=E2=80=AE?=", sender='"A =1B[2J" <anna@mail.example>'), at=THURSDAY
    )
    said = shop.call("claims", "show", "1")
    assert said.code == 0
    assert not {"\x1b", "\u202e"} & set(said.out)

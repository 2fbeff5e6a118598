"""The agents' grammar: what each line means, what is said of a wrong one, and that nothing is done by halves."""

from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mailbot.claims.commands import (
    USAGE,
    Admit,
    Approve,
    Close,
    Command,
    CommandErrors,
    ConfirmOwner,
    Decline,
    Inspect,
    Note,
    ParcelReceived,
    Refunded,
    ReplyToCustomer,
    Request,
    SetOrder,
    SetPreference,
    SetProblem,
    SetProduct,
    SetTracking,
    Shipped,
    ShowHelp,
    ShowsProof,
    ShowStatus,
    Undo,
    parse_instructions,
)
from mailbot.claims.words import ProblemKind, Proof, Resolution, Wanted

UNDERSTOOD: list[tuple[str, Command]] = [
    ("/approve", Approve()),
    ("/approve refund", Approve(resolution=Resolution.REFUND)),
    ("/approve replacement", Approve(resolution=Resolution.REPLACEMENT)),
    ("/approve 2", Approve(item=2)),
    ("/approve 2 refund", Approve(item=2, resolution=Resolution.REFUND)),
    ("/approve\t2\trefund", Approve(item=2, resolution=Resolution.REFUND)),
    ("/approve\N{NO-BREAK SPACE}2 \N{NO-BREAK SPACE}refund", Approve(item=2, resolution=Resolution.REFUND)),
    ("/Approve  2   Refund", Approve(item=2, resolution=Resolution.REFUND)),
    ("/APPROVE REFUND", Approve(resolution=Resolution.REFUND)),
    ("  /approve refund  ", Approve(resolution=Resolution.REFUND)),
    ("/decline the box was opened with a saw", Decline(reason="the box was opened with a saw")),
    ("/decline 2 not bought here", Decline(item=2, reason="not bought here")),
    ("/decline 2026 is not the year of your order", Decline(reason="2026 is not the year of your order")),
    ("/request package_back", Request(wanted=(Wanted.PACKAGE_BACK,))),
    ("/request package-back", Request(wanted=(Wanted.PACKAGE_BACK,))),
    ("/request problem, item", Request(wanted=(Wanted.ITEM, Wanted.PROBLEM))),
    ("/request problem order_number problem", Request(wanted=(Wanted.ORDER_NUMBER, Wanted.PROBLEM))),
    (f"/request {' '.join(Wanted)}", Request(wanted=tuple(Wanted))),
    ("/evidence 3 package_front", ShowsProof(number=3, proof=Proof.PACKAGE_FRONT)),
    ("/evidence 12 Packing-Slip", ShowsProof(number=12, proof=Proof.PACKING_SLIP)),
    ("/evidence 1 package back", ShowsProof(number=1, proof=Proof.PACKAGE_BACK)),
    ("/order 770000001", SetOrder(number="770000001")),
    ("/order SO-2026-0000123", SetOrder(number="SO-2026-0000123")),
    ("/order 100 482 913", SetOrder(number="100 482 913")),
    ("/owner anna@mail.example", ConfirmOwner(address="anna@mail.example")),
    ("/admit", Admit()),
    ("/product QX-EARS-2", SetProduct(sku="QX-EARS-2")),
    ("/product QX-EARS-2 3", SetProduct(sku="QX-EARS-2", quantity=3)),
    ("/product 2 QX-EARS-2", SetProduct(item=2, sku="QX-EARS-2")),
    ("/product 2 QX-EARS-2 3", SetProduct(item=2, sku="QX-EARS-2", quantity=3)),
    ("/product 4711", SetProduct(sku="4711")),
    ("/product 4711 2", SetProduct(sku="4711", quantity=2)),
    ("/problem defective", SetProblem(kind=ProblemKind.DEFECTIVE)),
    ("/problem 2 dead-on-arrival", SetProblem(item=2, kind=ProblemKind.DEAD_ON_ARRIVAL)),
    ("/problem wrong item", SetProblem(kind=ProblemKind.WRONG_ITEM)),
    ("/prefer refund", SetPreference(resolution=Resolution.REFUND)),
    ("/prefer Replacement", SetPreference(resolution=Resolution.REPLACEMENT)),
    ("/note called her, she is patient", Note(text="called her, she is patient")),
    ("/tracking 1Z999AA10123456784", SetTracking(number="1Z999AA10123456784")),
    ("/tracking JD01 4600 0034", SetTracking(number="JD01 4600 0034")),
    ("/received", ParcelReceived()),
    ("/inspect defect", Inspect(result="defect")),
    ("/inspect no-defect", Inspect(result="no-defect")),
    ("/inspect 2 misuse", Inspect(item=2, result="misuse")),
    ("/inspect defect missing charger cable", Inspect(result="defect", missing=("charger", "cable"))),
    (
        "/inspect 1 defect missing USB cable, second battery",
        Inspect(item=1, result="defect", missing=("USB cable", "second battery")),
    ),
    ("/refunded 239.00 EUR", Refunded(amount=Decimal("239.00"), currency="EUR")),
    ("/refunded 239,50 eur", Refunded(amount=Decimal("239.50"), currency="EUR")),
    ("/refunded 7 USD", Refunded(amount=Decimal(7), currency="USD")),
    ("/shipped 1Z999AA10123456784", Shipped(tracking="1Z999AA10123456784")),
    ("/close settled on the telephone", Close(reason="settled on the telephone")),
    ("/undo", Undo()),
    ("/status", ShowStatus()),
    ("/help", ShowHelp()),
]


@pytest.mark.parametrize("line,command", UNDERSTOOD, ids=[line.strip() for line, _ in UNDERSTOOD])
def test_a_line_is_read_as_the_contract_says(line: str, command: Command) -> None:
    said = parse_instructions(line)
    assert [one.command for one in said.commands] == [command]
    assert said.text == ""


def test_every_command_is_read_somewhere_in_this_table() -> None:
    read = {line.split()[0].lower().lstrip("/") for line, _ in UNDERSTOOD} | {"reply"}
    assert read == set(USAGE)


NOT_UNDERSTOOD: list[tuple[str, str]] = [
    (
        "/aprove refund",
        "“/aprove refund” is not a command; did you mean “/approve [ITEM] [refund|replacement]”?",
    ),
    ("/declined broken by you", "“/declined broken by you” is not a command; did you mean “/decline [ITEM] REASON”?"),
    ("/recieved", "“/recieved” is not a command; did you mean “/received”?"),
    ("/refund 12 EUR", "“/refund 12 EUR” is not a command; did you mean “/refunded AMOUNT CURRENCY”?"),
    ("/stauts", "“/stauts” is not a command; did you mean “/status”?"),
    ("/frobnicate", "“/frobnicate” is not a command; /help lists the commands"),
    ("/", "“/” is not a command; /help lists the commands"),
    ("/ approve", "“/ approve” is not a command; did you mean “/approve [ITEM] [refund|replacement]”?"),
    ("//approve", "“//approve” is not a command; did you mean “/approve [ITEM] [refund|replacement]”?"),
    (
        "/approve refnd",
        "“/approve refnd”: “refnd” is not one of refund, replacement; did you mean “refund”?; "
        "the form is /approve [ITEM] [refund|replacement]",
    ),
    (
        "/approve 0 refund",
        "“/approve 0 refund”: items count from 1; the form is /approve [ITEM] [refund|replacement]",
    ),
    (
        "/approve refund 2",
        "“/approve refund 2”: “refund 2” is not one of refund, replacement; did you mean “refund”?; "
        "the form is /approve [ITEM] [refund|replacement]",
    ),
    (
        "/decline",
        "“/decline”: needs a reason, which the customer reads; the form is /decline [ITEM] REASON",
    ),
    (
        "/decline 2",
        "“/decline 2”: needs a reason, which the customer reads; the form is /decline [ITEM] REASON",
    ),
    (
        "/request",
        "“/request”: needs one or more of order_number, product, description, problem_kind, preference, package_front, "
        "package_back, packing_slip, item, problem; the form is /request KIND…",
    ),
    (
        "/request package_bakc",
        "“/request package_bakc”: “package_bakc” is not one of order_number, product, description, problem_kind, "
        "preference, package_front, package_back, packing_slip, item, problem; did you mean “package_back”?; "
        "the form is /request KIND…",
    ),
    (
        "/evidence front",
        "“/evidence front”: needs the number of an attachment first; the form is /evidence N KIND",
    ),
    (
        "/evidence 0 item",
        "“/evidence 0 item”: needs the number of an attachment first; the form is /evidence N KIND",
    ),
    (
        "/evidence 2 sunset",
        "“/evidence 2 sunset”: “sunset” is not one of package_front, package_back, packing_slip, item, problem; "
        "the form is /evidence N KIND",
    ),
    ("/order", "“/order”: needs the order's number; the form is /order NUMBER"),
    ("/owner", "“/owner”: needs a mail address; the form is /owner ADDRESS"),
    ("/owner Anna", "“/owner Anna”: “Anna” is not a mail address; the form is /owner ADDRESS"),
    ("/owner a@b.example c@d.example", "“/owner a@b.example c@d.example”: needs a mail address, one word; the form is "
     "/owner ADDRESS"),
    ("/admit everybody", "“/admit everybody”: takes nothing after its name, but “everybody” stands there; the form is "
     "/admit"),
    ("/product", "“/product”: needs a SKU, and may name a quantity; the form is /product [ITEM] SKU [QUANTITY]"),
    ("/product QX 0", "“/product QX 0”: “0” is not a quantity; the form is /product [ITEM] SKU [QUANTITY]"),
    ("/product 1 QX 2 3", "“/product 1 QX 2 3”: needs a SKU, and may name a quantity; the form is "
     "/product [ITEM] SKU [QUANTITY]"),
    (
        "/problem defectiv",
        "“/problem defectiv”: “defectiv” is not one of dead_on_arrival, defective, damaged_in_transit, "
        "accidental_damage_or_misuse, missing_parts, wrong_item, not_as_described, changed_mind, software_issue; "
        "did you mean “defective”?; the form is /problem [ITEM] KIND",
    ),
    (
        "/prefer money",
        "“/prefer money”: “money” is not one of refund, replacement; the form is /prefer refund|replacement",
    ),
    (
        "/reply thank you\nfor waiting",
        "“/reply thank you”: takes nothing after its name, but “thank you” stands there; the form is /reply (the text "
        "below goes to the customer)",
    ),
    ("/note", "“/note”: needs a text; the form is /note TEXT"),
    ("/tracking", "“/tracking”: needs the parcel's tracking number; the form is /tracking NUMBER"),
    ("/received today", "“/received today”: takes nothing after its name, but “today” stands there; the form is "
     "/received"),
    (
        "/inspect broken",
        "“/inspect broken”: “broken” is not one of defect, no-defect, misuse; "
        "the form is /inspect [ITEM] defect|no-defect|misuse [missing NAME…]",
    ),
    (
        "/inspect",
        "“/inspect”: needs one of defect, no-defect, misuse; "
        "the form is /inspect [ITEM] defect|no-defect|misuse [missing NAME…]",
    ),
    (
        "/inspect defect without charger",
        "“/inspect defect without charger”: after “defect” only “missing NAME…” may follow; "
        "the form is /inspect [ITEM] defect|no-defect|misuse [missing NAME…]",
    ),
    (
        "/inspect defect missing",
        "“/inspect defect missing”: after “defect” only “missing NAME…” may follow; "
        "the form is /inspect [ITEM] defect|no-defect|misuse [missing NAME…]",
    ),
    *(
        (line, f"“{line}”: needs an amount such as 239.00 and a currency such as EUR; the form is "
         "/refunded AMOUNT CURRENCY")
        for line in ("/refunded", "/refunded 239.00", "/refunded EUR 239.00", "/refunded 1.239,00 EUR",
                     "/refunded -5 EUR", "/refunded 5 Euro", "/refunded 1e9 EUR", "/refunded ٢٣ EUR")
    ),
    ("/refunded 0 EUR", "“/refunded 0 EUR”: needs an amount above zero; the form is /refunded AMOUNT CURRENCY"),
    ("/shipped", "“/shipped”: needs the parcel's tracking number; the form is /shipped TRACKING"),
    ("/close", "“/close”: needs a reason, which the customer reads; the form is /close REASON"),
    ("/undo 2", "“/undo 2”: takes nothing after its name, but “2” stands there; the form is /undo"),
    ("/note " + "x" * 2_000, "“/note " + "x" * 54 + "…” is longer than 2000 characters"),
]  # fmt: skip


@pytest.mark.parametrize("text,problem", NOT_UNDERSTOOD, ids=[text[:40] for text, _ in NOT_UNDERSTOOD])
def test_a_wrong_line_is_answered_with_what_was_probably_meant(text: str, problem: str) -> None:
    with pytest.raises(CommandErrors) as error:
        parse_instructions(text)
    assert error.value.problems == (problem,)


CONTRADICTIONS: list[tuple[str, tuple[str, ...]]] = [
    (
        "/approve 1\n/decline 1 broken",
        ("“/approve 1” and “/decline 1 broken” both judge the same item; write one of them",),
    ),
    (
        "/approve\n/decline 2 broken",
        ("“/approve” and “/decline 2 broken” both judge the same item; write one of them",),
    ),
    (
        "/approve 2 refund\n/approve replacement",
        ("“/approve 2 refund” and “/approve replacement” both judge the same item; write one of them",),
    ),
    (
        "/inspect defect\n/inspect 1 misuse",
        ("“/inspect defect” and “/inspect 1 misuse” both inspect the same item; write one of them",),
    ),
    (
        "/problem defective\n/problem wrong_item",
        ("“/problem defective” and “/problem wrong_item” both set the problem of the same item; write one of them",),
    ),
    (
        "/product 1 QX-A\n/product 1 QX-B",
        ("“/product 1 QX-A” and “/product 1 QX-B” both set the product of the same item; write one of them",),
    ),
    ("/received\n/received", ("/received stands twice; write it once",)),
    ("/refunded 1 EUR\n/refunded 1 EUR", ("/refunded stands twice; write it once",)),
    ("/prefer refund\n/prefer replacement", ("/prefer stands twice; write it once",)),
    ("/order 1\n/order 2", ("/order stands twice; write it once",)),
    ("/reply\n/reply\ntext", ("/reply stands twice; write it once",)),
    ("/undo\n/approve", ("/undo takes back the last command mail and goes alone",)),
    ("/undo\n/undo", ("/undo stands twice; write it once", "/undo takes back the last command mail and goes alone")),
    (
        "/approve\n/request item",
        (
            "/approve or /decline and /request contradict each other, and the customer would read both; "
            "write one of them",
        ),
    ),
    (
        "/approve\n/close done",
        ("/approve or /decline and /close contradict each other, and the customer would read both; write one of them",),
    ),
    ("/reply", ("/reply needs the text for the customer on the lines below it",)),
    ("/reply\n  \n", ("/reply needs the text for the customer on the lines below it",)),
]


@pytest.mark.parametrize("text,problems", CONTRADICTIONS, ids=[text for text, _ in CONTRADICTIONS])
def test_what_contradicts_itself_is_not_chosen_from(text: str, problems: tuple[str, ...]) -> None:
    with pytest.raises(CommandErrors) as error:
        parse_instructions(text)
    assert error.value.problems == problems


def test_several_lines_are_several_commands_in_their_order() -> None:
    said = parse_instructions("/received\n\n/inspect defect missing charger\n/refunded 239.00 EUR\n")
    assert [line.name for line in said.commands] == ["received", "inspect", "refunded"]


def test_several_items_get_each_their_own_word() -> None:
    said = parse_instructions("/approve 1 refund\n/decline 2 not bought here")
    assert [line.name for line in said.commands] == ["approve", "decline"]


def test_one_wrong_line_takes_all_others_with_it() -> None:
    with pytest.raises(CommandErrors) as error:
        parse_instructions("/received\n/inspekt defect\n/refunded much EUR")
    assert [problem.split("”")[0] for problem in error.value.problems] == ["“/inspekt defect", "“/refunded much EUR"]


def test_text_below_the_commands_is_kept_as_it_was_typed() -> None:
    said = parse_instructions("/approve refund\r\n\r\nShe was friendly,\r\n  and waited long.\r\n")
    assert [line.name for line in said.commands] == ["approve"]
    assert said.text == "She was friendly,\n  and waited long."


def test_below_reply_stands_the_letter() -> None:
    said = parse_instructions("/reply\nDear Anna,\n\nwe are looking.\n")
    assert [line.command for line in said.commands] == [ReplyToCustomer()]
    assert said.text == "Dear Anna,\n\nwe are looking."


@pytest.mark.parametrize("below", ["/decline too late", "  /Undo", "/approve", "/received"])
def test_a_command_below_other_text_is_asked_about_not_guessed(below: str) -> None:
    with pytest.raises(CommandErrors) as error:
        parse_instructions(f"/approve\nas she told us\n{below}\n")
    assert error.value.problems == (
        f"“{below.strip()}” stands below other text: commands come first, so it is not clear whether it is meant",
    )


@pytest.mark.parametrize("below", ["/var/log is full", "/r/mildlyinteresting", "and/or", "/ 2", "/hold 3"])
def test_a_line_below_that_names_no_command_is_text(below: str) -> None:
    said = parse_instructions(f"/note seen\nlook:\n{below}")
    assert said.text == f"look:\n{below}"


@pytest.mark.parametrize("text", ["Hello,\n/approve", "thanks!", "", "\n\n", "I /approve", "> /approve\n/approve"])
def test_a_text_that_begins_otherwise_holds_no_command(text: str) -> None:
    assert parse_instructions(text).commands == ()


def test_a_command_keeps_the_line_it_was_written_as() -> None:
    (line,) = parse_instructions("  /APPROVE  Refund ").commands
    assert (line.name, line.line) == ("approve", "/APPROVE  Refund")


_names = st.sampled_from([f"/{name}" for name in USAGE])
_words = st.sampled_from(
    [
        "1",
        "2",
        "0",
        "refund",
        "replacement",
        "defect",
        "missing",
        "item",
        "problem",
        "EUR",
        "12.50",
        "-1",
        "²",
        "x@y.zz",
        "",
    ]
)
_lines = st.builds(lambda name, words: " ".join([name, *words]), _names, st.lists(_words, max_size=4))


@given(st.lists(st.one_of(_lines, st.text(max_size=30)), max_size=6).map("\n".join))
@example("/product ² ²")
@example("/approve ²")
@example("/evidence ٣ item")
@example("/note \u2028 /approve")
def test_whatever_is_typed_is_read_or_named_wrong(text: str) -> None:
    try:
        said = parse_instructions(text)
    except CommandErrors as errors:
        problems = errors.problems
    else:
        problems = ("none",)
        assert all(line.name in USAGE for line in said.commands)
    assert problems
    assert all(problem.strip() for problem in problems)


@given(st.text(max_size=60).filter(lambda text: not text.lstrip().startswith("/")))
def test_no_command_arises_from_a_text_that_does_not_begin_with_one(text: str) -> None:
    first = next((line for line in text.replace("\r\n", "\n").split("\n") if line.strip()), "")
    if not first.lstrip().startswith("/"):
        assert parse_instructions(text).commands == ()

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.addresses import (
    addresses_in,
    identity,
    is_safe_recipient,
    matches_order_address,
    plus_token,
    same_address,
    single_sender,
    with_plus,
)

AGENT, EVIL = "agent@shop.example", "evil@x.example"


@pytest.mark.parametrize(
    "written, name, address",
    [
        ("anna@mail.example", "", "anna@mail.example"),
        ("<anna@mail.example>", "", "anna@mail.example"),
        ("Anna Berg <anna@mail.example>", "Anna Berg", "anna@mail.example"),
        ('"Berg, Anna" <anna@mail.example>', "Berg, Anna", "anna@mail.example"),
        ("Berg, Anna <anna@mail.example>", "Anna", "anna@mail.example"),  # the comma left unquoted
        ("=?utf-8?q?Berg,_Anna?= <anna@mail.example>", "Berg, Anna", "anna@mail.example"),
        ("=?utf-8?b?w4RubsOk?= <anna@mail.example>", "Ännä", "anna@mail.example"),
        ("Anna (private) <anna@mail.example>", "Anna", "anna@mail.example"),
        ("anna@mail.example (Anna Berg)", "Anna Berg", "anna@mail.example"),
        ("anna@mail.example <anna@mail.example>", "anna@mail.example", "anna@mail.example"),
        ('"anna@mail.example" <anna@mail.example>', "anna@mail.example", "anna@mail.example"),
        ("Anna\r\n Berg <anna@mail.example>", "Anna Berg", "anna@mail.example"),
        ("  Anna <anna+shop@mail.example> ", "Anna", "anna+shop@mail.example"),
        ("Anna <Anna.O'Neil@Mail.Example>", "Anna", "Anna.O'Neil@Mail.Example"),
        ("J\udcc3\udcb6rg <j\udcc3\udcb6rg@mail.example>", "Jörg", "jörg@mail.example"),
    ],
)
def test_an_honest_from_names_one_sender(written: str, name: str, address: str) -> None:
    sender = single_sender([written])
    assert sender is not None
    assert (sender.name, sender.address) == (name, address)


@pytest.mark.parametrize(
    "tricks",
    [
        [f"{AGENT} <{EVIL}>"],  # the stdlib reads the agent, mail-parser evil
        [f"{AGENT}, {EVIL}"],
        [f"<{AGENT}>, <{EVIL}>"],
        [f"Agent <{AGENT}> <{EVIL}>"],
        [f"Agent <{EVIL}> {AGENT}"],
        [AGENT, EVIL],  # two From headers
        [AGENT, AGENT],
        [f"Shop: {AGENT};"],  # a group
        [f"Shop: {AGENT}, {EVIL};"],
        [f"{AGENT} (<{EVIL}>)"],
        [f"({AGENT}) {EVIL}"],
        [f"<@x.example:{AGENT}>"],  # a source route
        [f"<@x.example,@y.example:{AGENT}>"],
        ['"agent@shop.example"@x.example'],  # a quoted local part
        ['"agent@shop.example\\0"@x.example'],
        [f"{AGENT}\0 <{EVIL}>"],
        [f"Agent\0 <{AGENT}>"],
        [f"<{AGENT}"],  # an open bracket
        [f'"Agent <{AGENT}>'],  # an open quotation
        [f"(Agent {AGENT}"],
        ["=?utf-8?q?agent=40shop.example?="],  # an encoded word is a name, never an address
        ["=?utf-8?q?agent=40shop.example_=3C?= evil"],
        ["agent@shop.example@x.example"],
        ["agent@@shop.example"],
        ["agent @shop.example"],
        ["agent@shop .example"],
        ["agent@shop.example.\u202eelpmaxe"],
        [""],
        ["Agent"],
        ["undisclosed-recipients:;"],
        ["Agent <agent@[127.0.0.1]>"],
        ["x" * 2000 + f" <{AGENT}>"],
        [],
    ],
)
def test_a_from_that_can_be_read_in_two_ways_names_nobody(tricks: list[str]) -> None:
    assert single_sender(tricks) is None


@pytest.mark.parametrize(
    "written",
    [
        f'"{AGENT}" <{EVIL}>',
        f"=?utf-8?q?agent=40shop.example?= <{EVIL}>",
        f"=?utf-8?b?YWdlbnRAc2hvcC5leGFtcGxl?= <{EVIL}>",
    ],
)
def test_an_address_in_the_display_name_is_never_the_sender(written: str) -> None:
    sender = single_sender([written])
    assert sender is not None
    assert sender.address == EVIL


def test_all_addresses_of_a_list_are_read() -> None:
    found = addresses_in('"A, B" <a@x.example>, b@x.example (Bea), Team: c@x.example, d@x.example;, nobody')
    assert [(each.name, each.address) for each in found] == [
        ("A, B", "a@x.example"),
        ("Bea", "b@x.example"),
        ("", "c@x.example"),
        ("", "d@x.example"),
    ]


def test_a_hundred_addresses_are_enough() -> None:
    assert len(addresses_in(", ".join(f"a{number}@x.example" for number in range(1000)))) == 100


@pytest.mark.parametrize(
    "one, other, same",
    [
        ("a@x.example", "a@X.EXAMPLE", True),
        ("a@x.example", "A@x.example", False),  # the local part is its server's business
        ("a@x.example", "a@x.example.", True),
        ("a@xn--mnchen-3ya.example", "a@münchen.example", True),
        ("a@MÜNCHEN.example", "a@münchen.example", True),
        ("jo\u0308rg@x.example", "j\u00f6rg@x.example", True),  # NFC
        ("a+b@x.example", "a@x.example", False),
        ("a.b@gmail.example", "ab@gmail.example", False),
        ("а@x.example", "a@x.example", False),  # a Cyrillic letter
        ("a@аpple.example", "a@apple.example", False),
        ("a@x.example", "a@y.example", False),
        ("ı@x.example", "i@x.example", False),
        ("", "", False),
    ],
)
def test_identity_merges_only_what_is_one_address(one: str, other: str, same: bool) -> None:
    assert same_address(one, other) is same
    assert (bool(one) and identity(one) == identity(other)) is same


@pytest.mark.parametrize(
    "one, other, match",
    [
        ("Anna.Berg@mail.example", "anna.berg@MAIL.example", True),
        ("İ@x.example", "i@x.example", False),
        ("straße@x.example", "strasse@x.example", False),
        ("anna@mail.example", "anne@mail.example", False),
        ("", "", False),
    ],
)
def test_an_order_matches_whatever_the_ascii_case(one: str, other: str, match: bool) -> None:
    assert matches_order_address(one, other) is match


@pytest.mark.parametrize(
    "address, safe",
    [
        ("anna@mail.example", True),
        ("anna+x=y@mail.example", True),
        ("o'neil@mail.example", True),
        ("jörg@mail.example", True),
        ("用户@例え.example", True),
        ("anna@münchen.example", True),
        ("a b@mail.example", False),
        ('"a"@mail.example', False),
        ("a@mail.example>", False),
        ("<a@mail.example", False),
        ("a@mail.example\r\nRCPT TO:<b@x>", False),
        ("a\0@mail.example", False),
        ("a\u2028@mail.example", False),
        ("a\u00a0b@mail.example", False),
        ("a\u200bb@mail.example", False),
        ("a@mail.example\u2028", False),
        (".a@mail.example", False),
        ("a.@mail.example", False),
        ("a..b@mail.example", False),
        ("a@-mail.example", False),
        ("a@mail..example", False),
        ("a@[127.0.0.1]", False),
        ("a@", False),
        ("@mail.example", False),
        ("a", False),
        ("", False),
        ("a" * 65 + "@mail.example", False),
        ("a@" + "b" * 64 + ".example", False),
    ],
)
def test_only_a_plain_address_may_stand_in_rcpt_to(address: str, safe: bool) -> None:
    assert is_safe_recipient(address) is safe


@given(st.text())
def test_a_safe_recipient_breaks_no_command(text: str) -> None:
    if is_safe_recipient(text):
        assert not set(text) & set(' \t\r\n\0<>"()[],;:\\\u2028\u2029\x85\xa0')


@given(st.text(alphabet=st.sampled_from('ab@<>"(),;:\\. \t\r\n\0=?utf8qé\udc80')))
def test_reading_addresses_never_raises(raw: str) -> None:
    assert isinstance(addresses_in(raw), tuple)
    sender = single_sender([raw])
    assert sender is None or is_safe_recipient(sender.address)


@pytest.mark.parametrize(
    "address, token",
    [
        ("returns+abc234@shop.example", "abc234"),
        ("Returns+abc234@SHOP.example", "abc234"),
        ("returns@shop.example", None),
        ("returns+@shop.example", None),
        ("returns+abc@other.example", None),
        ("others+abc@shop.example", None),
        ("nonsense", None),
    ],
)
def test_a_token_is_read_from_our_own_address_only(address: str, token: str | None) -> None:
    assert plus_token(address, "returns@shop.example") == token


def test_a_token_put_in_comes_out() -> None:
    assert plus_token(with_plus("returns@shop.example", "k7"), "returns@shop.example") == "k7"

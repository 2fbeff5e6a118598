from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.mail.authenticity import dmarc_of, read_results
from mailbot.mail.parse import parse
from tests.mail.messages import OURS, raw

Verdict = Literal["pass", "fail", "none"]


@pytest.mark.parametrize(
    "value, verdict",
    [
        (f"{OURS}; dmarc=pass header.from=mail.example", "pass"),
        (f"{OURS}; dmarc=pass (p=reject) header.from=mail.example", "pass"),
        (
            f"{OURS}; spf=pass smtp.mailfrom=mail.example; dkim=pass header.d=mail.example;\r\n"
            " dmarc=pass header.from=MAIL.Example",
            "pass",
        ),
        (f"{OURS} 1; dmarc=pass header.from=mail.example", "pass"),
        (f"{OURS.upper()}; dmarc=pass header.from=mail.example", "pass"),
        (f"{OURS}; dmarc=pass action=none header.from=mail.example;compauth=pass reason=100", "pass"),
        (f"{OURS}; dmarc=fail header.from=mail.example", "fail"),
        (f"{OURS}; dmarc=fail (p=none) header.from=other.example", "fail"),
        (f"{OURS}; dmarc=none header.from=mail.example", "none"),
        (f"{OURS}; dmarc=pass", "none"),
        (f"{OURS}; dmarc=pass header.from=other.example", "none"),
        (f"{OURS}; dmarc=pass header.from=sub.mail.example", "none"),
        (f"{OURS}; dmarc=pass header.from=mail.example.evil.example", "none"),
        (f"{OURS}; dmarc=pass header.from=other.example header.from=mail.example", "none"),
        (f"{OURS}; dmarc=pass header.from=mail.example; dmarc=fail header.from=mail.example", "fail"),
        (f"{OURS}; dmarc=pass header.from=mail.example; dmarc=none header.from=mail.example", "none"),
        (f"{OURS}; spf=pass dmarc=pass header.from=mail.example", "none"),  # a word inside another result
        (f"{OURS}; spf=pass (dmarc=pass header.from=mail.example)", "none"),  # in a comment
        (f'{OURS}; spf=pass smtp.mailfrom="; dmarc=pass header.from=mail.example"', "none"),  # in quotes
        (f"{OURS}; (; dmarc=pass header.from=mail.example)", "none"),
        (f"({OURS}) evil.example; dmarc=pass header.from=mail.example", "none"),
        (f"evil.example; dmarc=pass header.from=mail.example; {OURS}", "none"),
        (f"{OURS}.evil.example; dmarc=pass header.from=mail.example", "none"),
        ("dmarc=pass header.from=mail.example", "none"),  # Microsoft 365 writes no authserv-id
        (f"{OURS}; none", "none"),
        (f"{OURS}", "none"),
        ("", "none"),
    ],
)
def test_only_our_own_server_proves_a_sender(value: str, verdict: Verdict) -> None:
    mail = parse(raw(top=[f"Authentication-Results: {value}"]), own_authserv_id=OURS)
    assert dmarc_of(mail, OURS, "mail.example") == verdict


PASS = f"Authentication-Results: {OURS}; dmarc=pass header.from=mail.example"
FAIL = f"Authentication-Results: {OURS}; dmarc=fail header.from=mail.example"
NONE = f"Authentication-Results: {OURS}; spf=none smtp.mailfrom=mail.example"
OTHER = "Authentication-Results: mx.other.example; dmarc=pass header.from=mail.example"


@pytest.mark.parametrize(
    "top, below, verdict",
    [
        ([PASS], [], "pass"),
        ([FAIL], [PASS], "fail"),  # forged below
        ([NONE], [PASS], "none"),
        ([OTHER], [PASS], "pass"),  # a header of another server stands above: ours is still ours
        ([OTHER], [], "none"),
        ([], [], "none"),
        (["ARC-Authentication-Results: i=1; " + PASS.partition(": ")[2]], [], "none"),
        (["X-Authentication-Results: " + PASS.partition(": ")[2]], [], "none"),
        (["AUTHENTICATION-RESULTS: " + PASS.partition(": ")[2]], [FAIL], "pass"),
    ],
)
def test_a_lower_header_counts_for_nothing(top: list[str], below: list[str], verdict: Verdict) -> None:
    mail = parse(raw(top=top, headers=below), own_authserv_id=OURS)
    assert dmarc_of(mail, OURS, "mail.example") == verdict


def test_without_an_authserv_id_of_ours_nothing_is_proven() -> None:
    mail = parse(raw(top=[PASS]))
    assert dmarc_of(mail, "", "mail.example") == "none"


def test_an_international_domain_is_compared_by_its_a_label() -> None:
    mail = parse(
        raw(
            sender="Anna <anna@münchen.example>",
            top=[f"Authentication-Results: {OURS}; dmarc=pass header.from=xn--mnchen-3ya.example"],
        ),
        own_authserv_id=OURS,
    )
    assert dmarc_of(mail, OURS, "münchen.example") == "pass"


@pytest.mark.parametrize(
    "value, method, name, content",
    [
        (f"{OURS}; auth=pass smtp.auth=agent@shop.example", "auth", "smtp.auth", "agent@shop.example"),
        (
            f"{OURS}; auth=pass (LOGIN) smtp.auth=agent@shop.example;",
            "auth",
            "smtp.auth",
            "agent@shop.example",
        ),
        ("spf=pass smtp.mailfrom=x.example; dkim=pass header.d=x.example", "dkim", "header.d", "x.example"),
        (f'{OURS}; x-odd=pass policy.why="a;b"', "x-odd", "policy.why", "a;b"),
    ],
)
def test_results_and_their_properties_are_read(value: str, method: str, name: str, content: str) -> None:
    found = {each.method: dict(each.properties) for each in read_results(value).results}
    assert found[method][name] == content


@given(st.text(alphabet=st.sampled_from('ab=;()"\\. /dmarcpassheader.from1\t\u00e9')))
def test_no_header_raises(value: str) -> None:
    assert read_results(value).results is not None

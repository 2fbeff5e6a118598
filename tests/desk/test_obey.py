"""An agent's mail acts only when it is the agent's, and does its work once (DESIGN 5, ATTACKS A1 to A4, A23, A24)."""

import re
import textwrap
from dataclasses import replace
from typing import Any

import pytest

from mailbot.claims.words import Status
from mailbot.desk.shop import Agent
from tests.builders import ANNA, FAULT, LEA, DeskForTests, Sent, raw_mail
from tests.desk.spoofs import CELLS, HONEST, MAX, outcomes

WRONG_ITEM = "Order 770000001: you sent me the wrong thing, not the Quixo Ears 2."


@pytest.fixture
def waiting(desk: DeskForTests) -> DeskForTests:
    """A desk with Anna's claim, which waits for Lea."""
    desk.receive(raw_mail(WRONG_ITEM, dmarc="pass"))
    assert (desk.claim().status, len(desk.sent_to(LEA))) == (Status.AWAITING_AGENT, 1)
    return desk


def from_lea(desk: DeskForTests, body: str, **changes: Any) -> Sent | None:
    """Lea answers the newest mail she got; the mail that she gets for it, None for none."""
    before = len(desk.sent_to(LEA))
    desk.receive(
        raw_mail(
            body,
            **{"sender": f"Lea <{LEA}>", "dmarc": "pass", "answers": desk.notification(LEA), **changes},
        )
    )
    after = desk.sent_to(LEA)
    assert len(after) <= before + 1
    return after[-1] if len(after) > before else None


def nothing_happened(desk: DeskForTests) -> bool:
    return (desk.claim().status, len(desk.sent_to(ANNA))) == (Status.AWAITING_AGENT, 1)


# Who may


def test_of_all_ways_to_be_an_agent_exactly_one_acts_and_lea_hears_of_every_other_on_her_token() -> None:
    assert len(CELLS) == 13 * 16
    found = outcomes()
    assert [cell for cell, outcome in found.items() if outcome.acted] == [HONEST]
    on_her_token = {cell: outcome.told for cell, outcome in found.items() if cell.has_token and cell != HONEST}
    assert set(on_her_token.values()) == {(LEA,)}
    without = {agent for cell, outcome in found.items() if not cell.has_token for agent in outcome.told}
    assert without <= {LEA, MAX}


def test_an_agents_reply_acts_and_is_answered_with_a_transcript_and_a_fresh_token(waiting: DeskForTests) -> None:
    first = waiting.notification().message["Message-ID"]
    answer = from_lea(waiting, "/approve refund\n\nOn Thursday you wrote:\n> /decline no\n")
    assert waiting.claim().status is Status.AWAITING_RETURN
    assert answer is not None
    assert "/approve refund" in answer.text
    assert answer.message["Message-ID"] != first
    assert re.fullmatch(r"<[a-z2-7]{26,}@shop\.example>", str(answer.message["Message-ID"]))


@pytest.mark.parametrize("where", ["plus address", "subject", "references"])
def test_the_token_counts_wherever_an_answer_keeps_it(waiting: DeskForTests, where: str) -> None:
    waiting.with_shop(plus_addresses=True)
    token = str(waiting.notification().message["Message-ID"]).strip("<>").partition("@")[0]
    kept: dict[str, Any] = {
        "plus address": {"to": f"Returns <returns+{token.upper()}@shop.example>"},
        "subject": {"subject": f"Re: [{waiting.claim().rma}] [{token}]"},
        "references": {"references": [f"<{token}@shop.example>", "<other@agents.example>"]},
    }
    from_lea(waiting, "/approve refund", answers=None, **kept[where])
    assert waiting.claim().status is Status.AWAITING_RETURN


def test_a_token_is_never_in_anything_a_customer_receives(waiting: DeskForTests) -> None:
    waiting.with_shop(plus_addresses=True)
    tokens = {str(one.message["Message-ID"]).strip("<>").partition("@")[0] for one in waiting.sent_to(LEA)}
    from_lea(waiting, "/approve refund\n")
    tokens |= {str(one.message["Message-ID"]).strip("<>").partition("@")[0] for one in waiting.sent_to(LEA)}
    assert len(tokens) == 2
    for letter in waiting.sent_to(ANNA):
        assert not any(token in letter.everything for token in tokens)


@pytest.mark.parametrize(
    "headers,acts",
    [
        (["mx.shop.example; dmarc=pass header.from=agents.example"], True),
        (["MX.Shop.Example; dmarc=pass (p=none) header.from=agents.example"], True),
        (["mx.shop.example; dmarc=none header.from=agents.example",
          "mx.shop.example; dmarc=pass header.from=agents.example"], False),
        (["mx.shop.example; dmarc=fail header.from=agents.example",
          "mx.shop.example; dmarc=pass header.from=agents.example"], False),
        (["mx.shop.example; spf=pass smtp.mailfrom=agents.example",
          "mx.shop.example; dmarc=pass header.from=agents.example"], False),
        (["mx.evil.example; dmarc=pass header.from=agents.example"], False),
        (["mx.evil.example; dmarc=pass header.from=agents.example",
          "mx.shop.example; dmarc=none header.from=agents.example"], False),
        (["mx.shop.example.evil.example; dmarc=pass header.from=agents.example"], False),
        (["dmarc=pass header.from=agents.example"], False),
        (["mx.shop.example; dmarc=pass header.from=evil.example"], False),
        (["mx.shop.example; dmarc=pass"], False),
        (["mx.shop.example; dmarc=pass header.from=agents.example; dmarc=fail header.from=agents.example"], False),
        (["mx.shop.example; spf=pass smtp.mailfrom=agents.example; dkim=pass header.d=agents.example"], False),
        (["mx.evil.example; x=\"mx.shop.example; dmarc=pass header.from=agents.example\""], False),
    ],
)  # fmt: skip
def test_only_the_topmost_word_of_our_own_server_proves_a_sender(
    waiting: DeskForTests, headers: list[str], acts: bool
) -> None:
    from_lea(waiting, "/approve refund", dmarc=None, top=[f"Authentication-Results: {one}" for one in headers])
    assert (waiting.claim().status is Status.AWAITING_RETURN) is acts


def test_without_an_authserv_id_of_ours_nothing_is_proven(waiting: DeskForTests) -> None:
    waiting.with_shop(authserv_id="")
    from_lea(waiting, "/approve refund")
    assert nothing_happened(waiting)


# Refusals reach the real agent


@pytest.mark.parametrize(
    "changes,why",
    [
        ({"dmarc": None}, "nothing proves its sender"),
        ({"dmarc": "fail"}, "nothing proves its sender"),
        ({"answers": None, "subject": "Re: [{rma}]"}, "bears no token"),
        ({"sender": "Mallory <mallory@evil.example>"}, "not from exactly one address that is an agent's"),
    ],
)
def test_what_is_missing_is_told_to_the_real_agent_in_a_fresh_mail(
    waiting: DeskForTests, changes: dict[str, Any], why: str
) -> None:
    changes = {
        name: value.format(rma=waiting.claim().rma) if name == "subject" else value for name, value in changes.items()
    }
    raw_id = "<forged@evil.example>"
    answer = from_lea(waiting, "/approve refund", message_id=raw_id, **changes)
    assert nothing_happened(waiting)
    assert answer is not None
    assert (answer.recipient, why in answer.text) == (LEA, True)
    assert raw_id not in answer.everything
    assert waiting.events()[-1] == "command_refused"
    assert waiting.sent_to("mallory@evil.example") == []


def test_refusals_are_told_five_times_an_hour_and_no_more(waiting: DeskForTests) -> None:
    before = len(waiting.sent_to(LEA))
    for number in range(12):
        waiting.receive(
            raw_mail(f"/approve refund\nnumber {number}", sender=LEA, answers=waiting.sent_to(LEA)[0], dmarc="fail")
        )
    assert len(waiting.sent_to(LEA)) == before + 5
    waiting.clock.pass_time(minutes=61)
    waiting.receive(raw_mail("/approve refund\nlater", sender=LEA, answers=waiting.sent_to(LEA)[0], dmarc="fail"))
    assert len(waiting.sent_to(LEA)) == before + 6
    assert nothing_happened(waiting)


def test_an_agent_may_do_by_mail_only_what_the_shop_lets_them(waiting: DeskForTests) -> None:
    waiting.with_shop(agents=(Agent(name="Lea", address=LEA, may=frozenset({"note"})),))
    answer = from_lea(waiting, "/approve refund")
    assert nothing_happened(waiting)
    assert answer is not None
    assert "you may not use /approve here" in answer.text


def test_a_wrong_line_is_answered_with_what_was_meant_and_the_token_stays_good(waiting: DeskForTests) -> None:
    original = waiting.notification()
    answer = from_lea(waiting, "/aprove refund")
    assert nothing_happened(waiting)
    assert answer is not None
    assert "did you mean" in answer.text
    from_lea(waiting, "/approve refund", answers=original)
    assert waiting.claim().status is Status.AWAITING_RETURN


def test_a_refused_command_is_answered_with_the_reason(waiting: DeskForTests) -> None:
    answer = from_lea(waiting, "/refunded 89.00 EUR")
    assert nothing_happened(waiting)
    assert answer is not None
    assert "cannot take REFUNDED" in answer.text


# Once


def test_a_replayed_command_does_nothing_and_says_that_it_was_decided(waiting: DeskForTests) -> None:
    original = waiting.notification()
    from_lea(waiting, "/approve refund")
    answer = from_lea(waiting, "/decline changed my mind", answers=original)
    assert waiting.claim().status is Status.AWAITING_RETURN
    assert answer is not None
    assert "already decided" in answer.text


def test_the_same_command_mail_delivered_twice_acts_once(waiting: DeskForTests) -> None:
    raw = raw_mail("/reply\nWe are looking.", sender=LEA, answers=waiting.notification(), dmarc="pass")
    waiting.receive(raw)
    row = waiting.receive(b"Received: again\r\n" + raw)
    assert row.route == "duplicate"
    assert len(waiting.sent_to(ANNA)) == 2
    assert waiting.events().count("replied") == 1


def test_of_two_mails_on_one_token_the_first_that_is_handled_counts(waiting: DeskForTests) -> None:
    notification = waiting.notification()
    for body in ("/decline too late", "/approve refund"):
        waiting.mailbox.deliver(raw_mail(body, sender=LEA, answers=notification, dmarc="pass"), waiting.clock())
    waiting.pass_once()
    assert waiting.claim().status is Status.DECLINED
    assert len(waiting.sent_to(ANNA)) == 2


@pytest.mark.parametrize("body", ["/status", "/help", "/aprove", "Thanks, I will look tomorrow."])
def test_only_a_changing_command_that_succeeded_spends_the_token(waiting: DeskForTests, body: str) -> None:
    original = waiting.notification()
    assert from_lea(waiting, body) is not None
    from_lea(waiting, "/approve refund", answers=original)
    assert waiting.claim().status is Status.AWAITING_RETURN


def test_the_answers_fresh_token_takes_the_next_command(waiting: DeskForTests) -> None:
    from_lea(waiting, "/approve refund")
    from_lea(waiting, "/received")
    from_lea(waiting, "/inspect defect missing charger")
    from_lea(waiting, "/refunded 89.00 EUR")
    assert waiting.claim().status is Status.REFUNDED
    assert waiting.letters()[1:] == ["approve_return", "received", "inspected_defect", "refunded"]


def test_one_agents_token_is_no_other_agents(waiting: DeskForTests) -> None:
    (lea,) = waiting.desk.shop.agents
    waiting.with_shop(agents=(lea, replace(lea, name="Max", address=MAX)))
    waiting.receive(raw_mail("/approve refund", sender=MAX, answers=waiting.notification(LEA), dmarc="pass"))
    assert nothing_happened(waiting)


# What counts as a command

HIDDEN = {
    "below the signature": {"body": "Fine with me.\n\n-- \nLea\n/approve refund"},
    "in the quotation": {"body": "Fine with me.\n\nOn Thu, 5 Nov 2026 Shop wrote:\n> /approve refund\n"},
    "quoted alone": {"body": "> /approve refund\n"},
    "hidden by style": {
        "body": "Fine with me.\n",
        "html": '<p>Fine with me.</p><div style="display:none">/approve refund</div>',
    },
    "hidden by colour and size": {
        "body": "Fine with me.\n",
        "html": '<p style="font-size:0">/approve refund</p><p>Fine with me.</p>',
    },
    "only in the HTML": {"body": "Fine with me.\n", "html": "<p>/approve refund</p>"},
    "only in the text": {"body": "/approve refund\n", "html": "<p>Fine with me.</p>"},
    "two parts that differ": {"body": "/approve refund\n", "html": "<p>/decline no</p>"},
    "with a zero-width character": {"body": "/app\u200brove refund\n"},
    "with a zero-width character before it": {"body": "\u200b/approve refund\n"},
    "below other text": {"body": "Fine with me.\n/approve refund\n"},
    "a second one below text": {"body": "/approve refund\nbecause\n/decline no\n"},
    "in a forwarded mail": {
        "body": "Look at this.\n\n---------- Forwarded message ---------\nFrom: Anna <anna@mail.example>\n"
        "Date: Thu, 5 Nov 2026\nSubject: x\nTo: lea@agents.example\n\n/approve refund\n"
    },
}


@pytest.mark.parametrize("how", HIDDEN)
def test_a_command_that_its_agent_did_not_plainly_type_does_nothing_and_is_answered(
    waiting: DeskForTests, how: str
) -> None:
    answer = from_lea(waiting, **HIDDEN[how])
    assert nothing_happened(waiting)
    assert answer is not None


@pytest.mark.parametrize(
    "html",
    [
        "<div>/approve refund</div><div>Lea</div>",
        "<p>/approve&nbsp;refund</p><blockquote>/decline no</blockquote>",
    ],
)
def test_a_phones_mail_of_two_parts_that_agree_acts(waiting: DeskForTests, html: str) -> None:
    from_lea(waiting, "/approve refund\nLea\n", html=html)
    assert waiting.claim().status is Status.AWAITING_RETURN


def test_a_reply_without_a_command_is_a_note_and_says_that_nothing_went_to_the_customer(waiting: DeskForTests) -> None:
    answer = from_lea(waiting, "She called, I will look at it tomorrow.\n\nLea")
    assert nothing_happened(waiting)
    note = waiting.history()[-1]
    assert (note.actor, note.event) == (LEA, "note")
    assert "She called" in note.detail["text"]
    assert answer is not None
    assert "customer" in answer.text


def test_an_agents_absence_note_is_not_answered(waiting: DeskForTests) -> None:
    answer = from_lea(
        waiting,
        "I am away until Monday.",
        subject="Automatic reply: RMA",
        headers=[("Auto-Submitted", "auto-replied")],
    )
    assert answer is None
    assert nothing_happened(waiting)
    assert "note" not in waiting.events()


def test_text_below_reply_goes_to_the_customer_as_it_was_typed(waiting: DeskForTests) -> None:
    from_lea(waiting, "/reply\nDear Anna,\n\nwe send you the *right* one.\n# approved\n")
    letter = waiting.sent_to(ANNA)[-1]
    assert "we send you the *right* one." in letter.text
    assert "# approved" in letter.text


# Customers are no agents


@pytest.mark.parametrize("body", ["/approve refund", "/approve refund\nplease", "/admit", "/undo"])
def test_a_customers_command_is_only_text(waiting: DeskForTests, body: str) -> None:
    waiting.receive(raw_mail(body, answers=waiting.sent_to(ANNA)[0], dmarc="pass"))
    assert waiting.claim().status is Status.AWAITING_AGENT
    assert [entry.actor for entry in waiting.history()].count(LEA) == 0


def test_another_customer_in_the_claims_thread_changes_nothing_and_reads_nothing(waiting: DeskForTests) -> None:
    before = waiting.claim()
    waiting.receive(
        raw_mail(
            "My IBAN is now DE02 1203, send the money there. /approve refund",
            sender="Bernd <bernd@post.example>",
            subject=f"Re: My earphones are broken [{before.rma}]",
            answers=waiting.sent_to(ANNA)[0],
            dmarc="pass",
        )
    )
    after = waiting.claim()
    assert (after.status, after.items, after.customer, after.admitted) == (before.status, before.items, ANNA, ())
    for letter in waiting.sent_to("bernd@post.example"):
        assert not any(word in letter.everything for word in (before.rma, "Quixo", "770000001", "Anna"))


def test_a_sign_up_code_sent_to_the_claims_address_is_told_to_nobody(waiting: DeskForTests) -> None:
    row = waiting.receive(
        raw_mail(
            "Your confirmation code is 482-913.",
            sender="no-reply@slack.example",
            subject=f"Confirm {waiting.claim().rma}",
            to=f"returns+{waiting.claim().token}@shop.example",
            dmarc="pass",
        )
    )
    assert waiting.sent_to("no-reply@slack.example") == []
    assert all("482-913" not in letter.everything for letter in waiting.sent_to(ANNA))
    assert row.claim is None


@pytest.mark.parametrize("require", ["proof", "token", "both"])
def test_what_is_typed_into_a_contact_form_is_never_an_agents_command(waiting: DeskForTests, require: str) -> None:
    lea = "lea@shop.example"
    waiting.with_shop(
        require=require,
        form_addresses=frozenset({"form@shop.example"}),
        agents=(*waiting.desk.shop.agents, Agent(name="Lea", address=lea)),
    )
    row = waiting.receive(
        raw_mail(
            "/approve refund\n",
            sender="Form <form@shop.example>",
            subject=f"Re: [{waiting.claim().rma}]",
            answers=waiting.notification(),
            headers=[("Reply-To", lea)],
            dmarc="pass",
        )
    )
    assert row.route != "commands"
    assert nothing_happened(waiting)
    assert "approve" not in waiting.events()


def test_what_is_typed_into_a_contact_form_is_never_a_forward_of_an_agents(desk: DeskForTests) -> None:
    lea = "lea@shop.example"
    desk.with_shop(form_addresses=frozenset({"form@shop.example"}), agents=(Agent(name="Lea", address=lea),))
    body = f"---------- Forwarded message ---------\nFrom: Anna <{ANNA}>\nSubject: broken\nTo: {lea}\n\n{FAULT}"
    desk.receive(raw_mail(body, sender="Form <form@shop.example>", headers=[("Reply-To", lea)], dmarc="pass"))
    assert [(one.customer, one.proven) for one in desk.claims()] == [(lea, False)]
    assert desk.sent_to(ANNA) == []


# What only agents may read


@pytest.mark.parametrize("kept", ["all of it", "its first lines", "its last lines", "broken at 72"])
def test_a_notification_quoted_without_marks_never_goes_to_the_customer(waiting: DeskForTests, kept: str) -> None:
    lines = waiting.notification().text.split("\n")
    cut = {
        "all of it": lines,
        "its first lines": lines[:8],
        "its last lines": lines[-3:],
        "broken at 72": [part for line in lines for part in textwrap.wrap(line, 72) or [""]],
    }
    answer = from_lea(waiting, "/reply\nDear Anna, we will look at it.\n\n" + "\n".join(cut[kept]))
    assert nothing_happened(waiting)
    assert answer is not None
    assert "a mail that only agents get" in answer.text


def test_a_token_in_the_text_never_goes_to_the_customer(waiting: DeskForTests) -> None:
    token = str(waiting.notification().message["Message-ID"]).strip("<>").partition("@")[0]
    from_lea(waiting, f"/reply\nDear Anna, see returns+{token}@shop.example.")
    assert nothing_happened(waiting)


def test_the_same_reply_may_go_twice_and_may_repeat_what_the_customer_was_told(waiting: DeskForTests) -> None:
    words = (
        "Dear Anna, we are sorry that the wrong thing came, and look into it with our depot today.\nYours, Lea of Test"
    )
    for text in (words, f"{words}\nOnce more: we have not forgotten you."):
        from_lea(waiting, f"/reply\n{text}\n\n> {waiting.notification().text.replace(chr(10), chr(10) + '> ')}")
    assert waiting.letters()[-2:] == ["reply", "reply"]

"""Whole conversations on a real Dovecot and a real SMTP server: what people write, get, and can look up."""

import email
import email.policy
import io
from email.message import EmailMessage

from PIL import Image

from mailbot.claims.claim import Claim
from mailbot.desk.once import pass_once
from mailbot.desk.rows import ClaimFilter
from tests.journeys.shop import AUTHSERV_ID, LEA, SHOP, RealShop, customers_mail
from tests.servers import SunkMail


def photo(colour: str) -> bytes:
    """A picture large enough to serve, different for each colour."""
    picture = Image.linear_gradient("L").resize((800, 600)).convert("RGB")
    picture.paste(colour, (100, 100, 500, 400))
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG")
    return buffer.getvalue()


def passes(shop: RealShop) -> None:
    """One pass of a fresh process's desk, as `mailbot once` makes it."""
    with shop.desk() as assembled:
        assert pass_once(assembled.desk, assembled.servers) == []


def only_claim(shop: RealShop) -> Claim:
    with shop.desk() as assembled, assembled.store.reading() as tx:
        (claim,) = tx.claims(ClaimFilter())
        return claim


def parsed(mail: SunkMail) -> EmailMessage:
    message = email.message_from_bytes(mail.raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(mail: SunkMail) -> str:
    body = parsed(mail).get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_from_the_first_mail_to_the_money(shop: RealShop) -> None:
    # The customer writes, with two of the four photos.
    shop.deliver(
        customers_mail(4, files={"package front.jpg": photo("red"), "the defective device.jpg": photo("green")})
    )
    passes(shop)
    (first,) = shop.letters_to("customer4@mail.example")
    claim = only_claim(shop)
    assert claim.status == "awaiting_customer"
    letter = parsed(first)
    assert letter["Subject"] == f"Re: My earphones are broken [{claim.rma}]"
    assert letter["Auto-Submitted"] == "auto-replied"
    assert "back" in text_of(first)

    # The answer comes from another mail program: References are kept, the subject is new, the letter is quoted below.
    quoted = "".join(f"> {line}\n" for line in text_of(first).splitlines())
    answer = customers_mail(
        4,
        f"Here are the others.\n\nCustomer 4\n\nOn Tue, 24 Nov 2026, Test Shop wrote:\n{quoted}",
        subject="photos!",
        files={"package back.jpg": photo("blue"), "the problem.jpg": photo("yellow")},
        In_Reply_To=str(letter["Message-ID"]),
        References=f"{letter['References']} {letter['Message-ID']}",
    )
    shop.deliver(answer)
    passes(shop)
    _, second = shop.letters_to("customer4@mail.example")
    claim = only_claim(shop)
    assert claim.status == "awaiting_return"
    assert parsed(second)["In-Reply-To"] == email.message_from_bytes(answer)["Message-ID"]
    assert "1 Depot Road" in text_of(second)
    assert claim.rma in text_of(second)


def test_an_agent_decides_by_answering_from_a_phone(shop: RealShop) -> None:
    # A wrong item is a person's to decide: the agent is mailed, the customer hears that a person will answer.
    shop.deliver(
        customers_mail(
            5,
            "Hello,\n\nI ordered the Quixo Ears 2 (order 770000005) but you sent me a completely different product, "
            "a blue kettle. That is the wrong item. I want my money back.\n\nCustomer\n",
            subject="You sent the wrong item",
        )
    )
    passes(shop)
    assert only_claim(shop).status == "awaiting_agent"
    (notification,) = shop.letters_to(LEA)
    assert "/approve" in text_of(notification)

    commands = ("/approve refund", "/received", "/inspect defect", "/refunded 89.00 EUR")
    statuses = ("awaiting_return", "received", "inspected", "refunded")
    for command, status in zip(commands, statuses, strict=True):
        shop.deliver(phone_answer(shop.letters_to(LEA)[-1], command))
        passes(shop)
        assert only_claim(shop).status == status, f"after {command}"
    letters = [parsed(mail) for mail in shop.letters_to("customer5@mail.example")]
    assert len(letters) == 5
    assert "89.00" in text_of(shop.letters_to("customer5@mail.example")[-1])

    with shop.desk() as assembled, assembled.store.reading() as tx:
        history = tx.history(only_claim_number(tx))
    actors = {entry.event: entry.actor for entry in history}
    assert {actors[event] for event in ("approve", "received", "inspect", "refunded")} == {LEA}
    decided = next(entry for entry in history if entry.event == "decided")
    assert decided.detail["reasons"]


def test_what_an_agent_may_not_do_comes_back_with_the_reason(shop: RealShop) -> None:
    shop.deliver(customers_mail(6))
    shop.deliver(
        customers_mail(7, "Hello,\n\nmy order 770000007: you sent me the wrong item, a kettle.\n", subject="Wrong item")
    )
    passes(shop)
    shop.deliver(phone_answer(shop.letters_to(LEA)[-1], "/refunded 89.00 EUR"))
    passes(shop)
    transcript = text_of(shop.letters_to(LEA)[-1])
    assert "cannot take REFUNDED" in transcript
    assert len(shop.letters_to("customer7@mail.example")) == 1


def only_claim_number(tx: object) -> int:
    (claim,) = tx.claims(ClaimFilter())  # type: ignore[attr-defined]
    return int(claim.number)


def phone_answer(notification: SunkMail, command: str) -> bytes:
    """An agent's answer as a phone writes it: the command on top, a footer, the whole mail quoted below."""
    asked = parsed(notification)
    message = EmailMessage()
    message["Authentication-Results"] = f"{AUTHSERV_ID}; dmarc=pass header.from=agents.example"
    message["From"] = f"Lea <{LEA}>"
    message["To"] = str(asked["Reply-To"] or SHOP)
    message["Subject"] = f"Re: {asked['Subject']}"
    message["Message-ID"] = f"<{abs(hash((command, str(asked['Message-ID']))))}@agents.example>"
    message["In-Reply-To"] = str(asked["Message-ID"])
    message["References"] = str(asked["Message-ID"])
    quoted = "".join(f"> {line}\n" for line in text_of(notification).splitlines())
    message.set_content(
        f"{command}\n\nSent from my iPhone\n\n> On 24 Nov 2026, at 10:12, Test Shop <{SHOP}> wrote:\n>\n{quoted}"
    )
    return message.as_bytes()

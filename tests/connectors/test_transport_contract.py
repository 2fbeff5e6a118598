"""What every Transport keeps: the fake, and SmtpTransport before a real SMTP server."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from mailbot.connectors.account import PasswordCredentials
from mailbot.connectors.smtp import SmtpTransport
from mailbot.desk.ports import (
    DeliveryError,
    Envelope,
    PermanentDeliveryError,
    SubmissionRefused,
    TransientDeliveryError,
    Transport,
    UncertainDeliveryError,
)
from tests.fakes_mail import FakeTransport
from tests.servers import SmtpSink, Trouble

TO_ANNA = Envelope(sender="returns@shop.example", recipient="anna@mail.example")
LETTER = b"From: returns@shop.example\r\nTo: anna@mail.example\r\nSubject: Re: My phone\r\n\r\nDear Anna,\r\nyes.\r\n"


@dataclass(frozen=True, slots=True)
class Bench:
    """A transport, how to make its server fail once, and what arrived."""

    transport: Transport
    fail: Callable[[type[DeliveryError], bool], None]
    arrived: Callable[[], list[tuple[Envelope, bytes]]]


def on_fake() -> Bench:
    fake = FakeTransport()

    def fail(kind: type[DeliveryError], accepted: bool) -> None:
        fake.accepts_uncertain = accepted
        fake.replies.append(kind("said so"))

    return Bench(fake, fail, lambda: fake.sent)


def on_sink(sink: SmtpSink) -> Bench:
    account = sink.account(
        username="returns@shop.example", credentials=PasswordCredentials("secret"), final_dot_timeout=0.3
    )

    def fail(kind: type[DeliveryError], accepted: bool) -> None:
        if kind is TransientDeliveryError:
            sink.plan("DOT", "451 4.3.0 later")
        elif kind is PermanentDeliveryError:
            sink.plan("RCPT", "550 5.1.1 no such user")
        elif kind is SubmissionRefused:
            sink.plan("MAIL", "530 5.7.0 sign in first")
        else:
            sink.plan("DOT", Trouble.SILENCE, stored=accepted)

    def arrived() -> list[tuple[Envelope, bytes]]:
        return [(Envelope(sender=mail.sender, recipient=mail.recipients[0]), mail.raw) for mail in sink.mails]

    return Bench(SmtpTransport(account), fail, arrived)


@pytest.fixture(params=["fake", "aiosmtpd"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    bench = on_fake() if request.param == "fake" else on_sink(request.getfixturevalue("smtp_sink"))
    yield bench
    bench.transport.close()


def test_a_letter_arrives_once_and_byte_by_byte(bench: Bench) -> None:
    bench.transport.send(TO_ANNA, LETTER)
    assert bench.arrived() == [(TO_ANNA, LETTER)]


def test_many_letters_arrive_in_their_order(bench: Bench) -> None:
    letters = [
        (Envelope(sender=TO_ANNA.sender, recipient=f"c{n}@mail.example"), LETTER + b"%d\r\n" % n) for n in range(5)
    ]
    for envelope, raw in letters:
        bench.transport.send(envelope, raw)
    assert bench.arrived() == letters


@pytest.mark.parametrize(
    ("kind", "accepted"),
    [
        (TransientDeliveryError, False),
        (PermanentDeliveryError, False),
        (SubmissionRefused, False),
        (UncertainDeliveryError, False),
        (UncertainDeliveryError, True),
    ],
)
def test_a_letter_that_fails_says_how_and_the_next_one_goes(
    bench: Bench, kind: type[DeliveryError], accepted: bool
) -> None:
    other = Envelope(sender=TO_ANNA.sender, recipient="ben@mail.example")
    bench.fail(kind, accepted)
    with pytest.raises(DeliveryError) as caught:
        bench.transport.send(TO_ANNA, LETTER)
    assert type(caught.value) is kind
    bench.transport.send(other, LETTER)
    assert bench.arrived() == [*([(TO_ANNA, LETTER)] if accepted else []), (other, LETTER)]


def test_closing_twice_and_sending_again_is_allowed(bench: Bench) -> None:
    bench.transport.send(TO_ANNA, LETTER)
    bench.transport.close()
    bench.transport.close()
    bench.transport.send(TO_ANNA, LETTER)
    assert len(bench.arrived()) == 2

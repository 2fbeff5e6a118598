"""What a submission server or the line to it can do to a letter: each answer means one thing, and only once."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from mailbot.connectors.account import PasswordCredentials, Security
from mailbot.connectors.smtp import SmtpAccount, SmtpTransport
from mailbot.desk.ports import (
    DeliveryError,
    Envelope,
    PermanentDeliveryError,
    SubmissionRefused,
    TransientDeliveryError,
    UncertainDeliveryError,
)
from tests.servers import HOST, ScriptedPeer, SmtpSink, Trouble, make_certificate

TO_ANNA = Envelope(sender="returns@shop.example", recipient="anna@mail.example")
LETTER = b"From: returns@shop.example\r\nTo: anna@mail.example\r\nSubject: Re: My phone\r\n\r\nYes.\r\n"
SECRET = "hunter2-correct-horse"


@pytest.fixture
def transport(smtp_sink: SmtpSink) -> Iterator[SmtpTransport]:
    """A transport to the sink, with timeouts of 0.4 s."""
    transport = SmtpTransport(smtp_sink.account(command_timeout=0.4, final_dot_timeout=0.4))
    yield transport
    transport.close()


def outcome(transport: SmtpTransport, envelope: Envelope = TO_ANNA, raw: bytes = LETTER) -> type[DeliveryError] | None:
    """The kind of error that sending raises, None where the letter was accepted."""
    raised: DeliveryError | None = None
    try:
        transport.send(envelope, raw)
    except DeliveryError as error:
        raised = error
    assert str(raised).isprintable()
    return None if raised is None else type(raised)


@pytest.mark.parametrize(
    ("step", "answer", "kind"),
    [
        ("EHLO", "421 4.3.2 shutting down", TransientDeliveryError),
        ("EHLO", Trouble.SILENCE, TransientDeliveryError),
        ("EHLO", Trouble.HANG_UP, TransientDeliveryError),
        ("MAIL", "421 4.3.2 shutting down", TransientDeliveryError),
        ("MAIL", "451 4.3.0 later", TransientDeliveryError),
        ("MAIL", "452 4.3.1 no space", TransientDeliveryError),
        ("MAIL", "530 5.7.0 sign in first", SubmissionRefused),
        ("MAIL", "535 5.7.8 who are you", SubmissionRefused),
        ("MAIL", "550 5.7.1 not from you", PermanentDeliveryError),
        ("MAIL", "552 5.3.4 too big", PermanentDeliveryError),
        ("MAIL", Trouble.SILENCE, TransientDeliveryError),
        ("MAIL", Trouble.HANG_UP, TransientDeliveryError),
        ("RCPT", "421 4.3.2 shutting down", TransientDeliveryError),
        ("RCPT", "450 4.2.0 greylisted", TransientDeliveryError),
        ("RCPT", "550 5.1.1 no such user", PermanentDeliveryError),
        ("RCPT", Trouble.SILENCE, TransientDeliveryError),
        ("RCPT", Trouble.HANG_UP, TransientDeliveryError),
        ("DATA", "421 4.3.2 shutting down", TransientDeliveryError),
        ("DATA", "451 4.3.0 later", TransientDeliveryError),
        ("DATA", "554 5.6.0 no", PermanentDeliveryError),
        ("DATA", "250 what", TransientDeliveryError),
        ("DATA", Trouble.SILENCE, TransientDeliveryError),
        ("DATA", Trouble.HANG_UP, TransientDeliveryError),
        ("DOT", "250 2.0.0 accepted", None),
        ("DOT", "251 2.0.0 accepted, forwarded", None),
        ("DOT", "421 4.3.2 shutting down", TransientDeliveryError),
        ("DOT", "451 4.3.0 later", TransientDeliveryError),
        ("DOT", "550 5.7.1 spam", PermanentDeliveryError),
        ("DOT", "354 go on", UncertainDeliveryError),
        ("DOT", "25", UncertainDeliveryError),
        ("DOT", "yes", UncertainDeliveryError),
        ("DOT", Trouble.SILENCE, UncertainDeliveryError),
        ("DOT", Trouble.HANG_UP, UncertainDeliveryError),
    ],
)
def test_each_answer_at_each_step_means_one_thing(
    smtp_sink: SmtpSink, transport: SmtpTransport, step: str, answer: str | Trouble, kind: type[DeliveryError] | None
) -> None:
    smtp_sink.plan(step, answer)
    began = time.monotonic()
    assert outcome(transport) is kind
    assert time.monotonic() - began < 2
    assert smtp_sink.mails == []
    assert outcome(transport) is None
    assert [mail.raw for mail in smtp_sink.mails] == [LETTER]


@pytest.mark.parametrize("trouble", [Trouble.SILENCE, Trouble.HANG_UP])
def test_silence_after_the_final_dot_is_uncertain_also_where_the_letter_was_taken(
    smtp_sink: SmtpSink, transport: SmtpTransport, trouble: Trouble
) -> None:
    smtp_sink.plan("DOT", trouble, stored=True)
    assert outcome(transport) is UncertainDeliveryError
    assert len(smtp_sink.mails) == 1


def test_after_the_final_dot_there_is_more_patience_than_for_a_command(smtp_sink: SmtpSink) -> None:
    smtp_sink.plan("DOT", Trouble.SILENCE)
    transport = SmtpTransport(smtp_sink.account(command_timeout=0.2, final_dot_timeout=1.0))
    began = time.monotonic()
    assert outcome(transport) is UncertainDeliveryError
    assert 0.9 < time.monotonic() - began < 2


def test_a_letter_whose_bytes_do_not_get_through_was_not_taken() -> None:
    # The peer reads no further than DATA: the letter fills the buffers between, and its final dot is never sent.
    script = (b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", Trouble.SILENCE)
    with ScriptedPeer(script) as peer:
        transport = SmtpTransport(
            SmtpAccount(host=HOST, port=peer.port, security=Security.NONE, command_timeout=0.5, final_dot_timeout=0.5)
        )
        assert outcome(transport, raw=LETTER + b"0123456789\r\n" * 3_000_000) is TransientDeliveryError


def test_half_a_reply_after_the_final_dot_is_no_acceptance() -> None:
    for half in (b"250-queued\r\n", b"2", b"250-" + b"x" * 100_000):
        script = (b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", half, Trouble.HANG_UP)
        with ScriptedPeer(script) as peer:
            transport = SmtpTransport(
                SmtpAccount(
                    host=HOST, port=peer.port, security=Security.NONE, command_timeout=0.5, final_dot_timeout=0.5
                )
            )
            assert outcome(transport) is UncertainDeliveryError


def test_a_farewell_that_fails_leaves_the_letter_accepted(smtp_sink: SmtpSink, transport: SmtpTransport) -> None:
    smtp_sink.plan("QUIT", Trouble.HANG_UP)
    assert outcome(transport) is None
    transport.close()
    assert [mail.raw for mail in smtp_sink.mails] == [LETTER]
    assert smtp_sink.steps[-1] == "QUIT"


# One connection for many letters.


def test_many_letters_go_over_one_connection(smtp_sink: SmtpSink, transport: SmtpTransport) -> None:
    for _ in range(4):
        assert outcome(transport) is None
    assert (len(smtp_sink.mails), smtp_sink.connections) == (4, 1)


@pytest.mark.parametrize("refusal", ["450 4.2.0 greylisted", "550 5.1.1 no such user"])
def test_a_refused_recipient_does_not_cost_the_connection(
    smtp_sink: SmtpSink, transport: SmtpTransport, refusal: str
) -> None:
    smtp_sink.plan("RCPT", refusal)
    assert outcome(transport) is not None
    assert outcome(transport) is None
    assert smtp_sink.connections == 1
    assert "RSET" in smtp_sink.steps


def test_nothing_more_is_asked_of_a_server_that_says_it_will_hang_up() -> None:
    script = (b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"421 4.3.2 shutting down\r\n", b"250 ok\r\n")
    with ScriptedPeer((*script, Trouble.SILENCE)) as peer:
        transport = SmtpTransport(SmtpAccount(host=HOST, port=peer.port, security=Security.NONE))
        assert outcome(transport) is TransientDeliveryError
        deadline = time.monotonic() + 2
        while len(peer.heard) < 4 and time.monotonic() < deadline:
            time.sleep(0.01)
        assert [heard[:4] for heard in peer.heard] == [b"ehlo", b"MAIL", b"RCPT", b""]


@pytest.mark.parametrize("trouble", [Trouble.HANG_UP, Trouble.SILENCE, "421 4.4.2 idle too long"])
def test_a_connection_that_ended_meanwhile_is_made_again_and_the_letter_goes_once(
    smtp_sink: SmtpSink, transport: SmtpTransport, trouble: str | Trouble
) -> None:
    assert outcome(transport) is None
    smtp_sink.plan("MAIL", trouble)
    assert outcome(transport) is None
    assert (len(smtp_sink.mails), smtp_sink.connections) == (2, 2)


def test_it_is_made_again_once_and_not_for_ever(smtp_sink: SmtpSink, transport: SmtpTransport) -> None:
    assert outcome(transport) is None
    smtp_sink.plan("MAIL", Trouble.HANG_UP, Trouble.HANG_UP)
    assert outcome(transport) is TransientDeliveryError
    assert (len(smtp_sink.mails), smtp_sink.connections) == (1, 2)


# Connecting and signing in.


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        ("535 5.7.8 wrong", SubmissionRefused),
        ("534 5.7.9 too weak", SubmissionRefused),
        ("530 5.7.0 no", SubmissionRefused),
        ("454 4.7.0 temporary failure", TransientDeliveryError),
        ("421 4.7.0 too many tries", TransientDeliveryError),
    ],
)
def test_a_failed_sign_in_is_about_us_and_sends_nothing(
    smtp_sink: SmtpSink, answer: str, kind: type[DeliveryError]
) -> None:
    account = smtp_sink.account(username="returns@shop.example", credentials=PasswordCredentials(SECRET))
    smtp_sink.plan("AUTH", answer)
    transport = SmtpTransport(account)
    with pytest.raises(DeliveryError) as caught:
        transport.send(TO_ANNA, LETTER)
    assert type(caught.value) is kind
    assert SECRET not in f"{caught.value!r} {caught.value.__cause__!r} {account!r}"
    assert "returns@shop.example" in str(caught.value)
    assert "MAIL" not in smtp_sink.steps
    assert outcome(transport) is None
    transport.close()


@pytest.mark.parametrize("left_out", [(), ("PLAIN",)], ids=["PLAIN", "LOGIN"])
@pytest.mark.parametrize("password", ["plain", "schön 鍵"])
def test_any_password_signs_in_by_either_mechanism(left_out: Sequence[str], password: str) -> None:
    sink = SmtpSink(mechanisms_left_out=left_out)
    sink.start()
    transport = SmtpTransport(sink.account(username="returns", credentials=PasswordCredentials(password)))
    assert outcome(transport) is None
    assert [mail.signed_in_as for mail in sink.mails] == ["returns"]
    transport.close()
    sink.stop()


def test_a_server_without_a_way_to_sign_in_is_refused() -> None:
    sink = SmtpSink(mechanisms_left_out=("PLAIN", "LOGIN"))
    sink.start()
    transport = SmtpTransport(sink.account(username="returns", credentials=PasswordCredentials(SECRET)))
    assert outcome(transport) is SubmissionRefused
    sink.stop()


@pytest.mark.parametrize(
    ("greeting", "kind"),
    [
        (b"421 4.3.2 busy\r\n", TransientDeliveryError),
        (b"554 5.3.2 no service here\r\n", SubmissionRefused),
        (b"SSH-2.0-OpenSSH_9\r\n", TransientDeliveryError),
        (Trouble.SILENCE, TransientDeliveryError),
        (Trouble.HANG_UP, TransientDeliveryError),
    ],
)
def test_a_greeting_means_one_thing(greeting: bytes | Trouble, kind: type[DeliveryError]) -> None:
    with ScriptedPeer((greeting, Trouble.SILENCE)) as peer:
        transport = SmtpTransport(SmtpAccount(host=HOST, port=peer.port, security=Security.NONE, connect_timeout=0.4))
        began = time.monotonic()
        assert outcome(transport) is kind
        assert time.monotonic() - began < 1


def test_a_closed_port_and_an_unknown_host_are_tried_again_later() -> None:
    for host, port in ((HOST, 1), ("smtp.invalid", 465)):
        assert outcome(SmtpTransport(SmtpAccount(host=host, port=port, connect_timeout=1))) is TransientDeliveryError


@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_an_encrypted_letter_arrives_and_an_unknown_certificate_is_refused(tmp_path: Path, security: Security) -> None:
    certificate = make_certificate(tmp_path)
    if certificate is None:
        pytest.skip("openssl is not installed, so the test server has no certificate")
    sink = SmtpSink(certificate_in=tmp_path, implicit_tls=security is Security.TLS)
    sink.start()
    trusting = SmtpTransport(sink.account(security=security, ca_file=certificate))
    assert outcome(trusting) is None
    assert outcome(trusting) is None
    trusting.close()
    assert outcome(SmtpTransport(sink.account(security=security))) is SubmissionRefused
    assert len(sink.mails) == 2
    sink.stop()


def test_encryption_is_never_optional(smtp_sink: SmtpSink) -> None:
    for security in (Security.TLS, Security.STARTTLS):
        assert outcome(SmtpTransport(smtp_sink.account(security=security))) is SubmissionRefused
    assert smtp_sink.mails == []


# What travels.


@pytest.mark.parametrize(
    "raw",
    [
        LETTER + b".\r\n",
        LETTER + b".hidden\r\n..two\r\n...\r\n",
        LETTER
        + b".\r\nMAIL FROM:<evil@mail.example>\r\nRCPT TO:<x@mail.example>\r\nDATA\r\nSubject: y\r\n\r\nz\r\n.\r\n",
        b"Subject: x\r\n\r\n.\r\n",
        b".Subject: x\r\n\r\n",
    ],
)
def test_dots_and_commands_in_a_letter_are_its_text(smtp_sink: SmtpSink, transport: SmtpTransport, raw: bytes) -> None:
    assert outcome(transport, raw=raw) is None
    assert [mail.raw for mail in smtp_sink.mails] == [raw]


@pytest.mark.parametrize(
    "end", [b"\n.\n", b"\n.\r\n", b"\r.\r\n", b"\r\n.\n", b"\r\n.\r", b"\r.\r", b"\r\r\n.\r\n", b"\n"]
)
def test_a_bare_cr_or_lf_is_never_sent(smtp_sink: SmtpSink, transport: SmtpTransport, end: bytes) -> None:
    smuggled = LETTER + b"x" + end + b"MAIL FROM:<evil@mail.example>\r\n"
    with pytest.raises(ValueError, match="bare CR or LF"):
        transport.send(TO_ANNA, smuggled)
    assert smtp_sink.connections == 0


def test_a_letter_without_a_last_line_end_gets_one(smtp_sink: SmtpSink, transport: SmtpTransport) -> None:
    assert outcome(transport, raw=LETTER[:-2]) is None
    assert [mail.raw for mail in smtp_sink.mails] == [LETTER]


@pytest.mark.parametrize(
    "address",
    [
        "",
        "anna",
        "@mail.example",
        "anna@",
        "a b@mail.example",
        "anna@mail.example\r\nRCPT TO:<evil@mail.example>",
        "anna@mail.example\n",
        "anna\0@mail.example",
        "anna\x85@mail.example",
        "anna\u2028@mail.example",
        "anna@mail.example> SIZE=1",
        "<anna@mail.example",
        '"anna"@mail.example',
        "anna@mail.example,evil@mail.example",
        "anna@evil.example@mail.example",
        "anna@[127.0.0.1]",
        "anna@-.example\u200b.ä",
    ],
)
def test_an_address_that_could_say_more_than_an_address_is_not_written_to(
    smtp_sink: SmtpSink, transport: SmtpTransport, address: str
) -> None:
    for envelope in (
        Envelope(sender=TO_ANNA.sender, recipient=address),
        Envelope(sender=address, recipient=TO_ANNA.recipient),
    ):
        assert outcome(transport, envelope) is PermanentDeliveryError
    assert smtp_sink.connections == 0


@pytest.mark.parametrize(
    ("recipient", "travels_as"),
    [
        ("o'brien+x/y=z@mail.example", "o'brien+x/y=z@mail.example"),
        ("Anna@Mail.Example", "Anna@Mail.Example"),
        ("anna@müller.example", "anna@xn--mller-kva.example"),
        ("anna@例え.example", "anna@xn--r8jz45g.example"),
        ("änna@müller.example", "änna@xn--mller-kva.example"),
    ],
)
def test_foreign_addresses_travel(
    smtp_sink: SmtpSink, transport: SmtpTransport, recipient: str, travels_as: str
) -> None:
    assert outcome(transport, Envelope(sender=TO_ANNA.sender, recipient=recipient)) is None
    [mail] = smtp_sink.mails
    assert mail.recipients == (travels_as,)
    assert ("SMTPUTF8" in mail.options) is (not travels_as.isascii())


def test_eight_bits_are_announced_where_they_are(smtp_sink: SmtpSink, transport: SmtpTransport) -> None:
    body, header = LETTER + "schön\r\n".encode(), "Subject: schön\r\n".encode() + LETTER
    for raw in (LETTER, body, header):
        assert outcome(transport, raw=raw) is None
    assert [mail.raw for mail in smtp_sink.mails] == [LETTER, body, header]
    announced = [{option for option in mail.options if not option.startswith("SIZE")} for mail in smtp_sink.mails]
    assert announced == [set(), {"BODY=8BITMIME"}, {"BODY=8BITMIME", "SMTPUTF8"}]


def test_what_only_smtputf8_can_say_is_permanent_where_it_is_not_offered() -> None:
    script = (b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n")
    with ScriptedPeer(script) as peer:
        transport = SmtpTransport(SmtpAccount(host=HOST, port=peer.port, security=Security.NONE, connect_timeout=1))
        assert (
            outcome(transport, Envelope(sender=TO_ANNA.sender, recipient="änna@mail.example")) is PermanentDeliveryError
        )
        assert not any(heard.startswith(b"MAIL") for heard in peer.heard)
        transport.close()

"""The mail server inside the process: what it delivers, what it says of senders, what it keeps."""

import smtplib
import socket
from collections.abc import Iterator
from email import message_from_bytes

import pytest

from mailbot.connectors.embedded import AcceptedMail, EmbeddedServers

SHOP, ANNA = "returns@shop.example", "anna@mail.example"
SERVER = "mail.demo.example"


class Listener:
    """Who is told of accepted mail, and asks the servers back while it is told."""

    def __init__(self) -> None:
        self.servers: EmbeddedServers | None = None
        self.told: list[AcceptedMail] = []
        self.inbox_meanwhile: list[int] = []

    def __call__(self, mail: AcceptedMail) -> None:
        assert self.servers is not None
        self.told.append(mail)
        self.inbox_meanwhile.append(len(self.servers.mails(SHOP)))


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def servers(listener: Listener) -> Iterator[EmbeddedServers]:
    servers = EmbeddedServers(
        {SHOP: "shop-secret", ANNA: "anna-secret"},
        authserv_id=SERVER,
        proven=["Ben@mail.example"],
        on_accept=listener,
    )
    listener.servers = servers
    servers.start()
    yield servers
    servers.stop()


def submit(servers: EmbeddedServers, recipient: str, raw: bytes, *, sign_in: tuple[str, str] | None = None) -> None:
    with smtplib.SMTP(servers.host, servers.smtp_port, "localhost", timeout=5) as session:
        if sign_in is not None:
            session.login(*sign_in)
        session.sendmail("envelope@mail.example", [recipient], raw)


def mail_from(author: str, *further: str) -> bytes:
    return "\r\n".join([f"From: {author}", *further, "Subject: x", "", "Hello", ""]).encode()


@pytest.mark.parametrize(
    "recipient", [SHOP, "Returns@Shop.Example", "returns+k7q2@shop.example", "returns+a+b@shop.example"]
)
def test_mail_to_an_account_or_a_plus_address_of_it_lands_in_its_inbox(
    servers: EmbeddedServers, recipient: str
) -> None:
    submit(servers, recipient, mail_from(ANNA))
    [raw] = servers.mails(SHOP)
    assert raw.endswith(mail_from(ANNA))
    assert servers.mails(ANNA) == []


def test_mail_to_anybody_else_is_shown_and_kept_nowhere(servers: EmbeddedServers, listener: Listener) -> None:
    submit(servers, "me@elsewhere.example", mail_from(SHOP), sign_in=(SHOP, "shop-secret"))
    [told] = listener.told
    assert (told.recipients, told.signed_in_as) == (("me@elsewhere.example",), SHOP)
    assert servers.mails(SHOP) == servers.mails(ANNA) == []


def test_who_listens_is_told_after_delivery_and_may_ask_back(servers: EmbeddedServers, listener: Listener) -> None:
    submit(servers, SHOP, mail_from(ANNA))
    submit(servers, SHOP, mail_from(ANNA))
    assert listener.inbox_meanwhile == [1, 2]
    assert listener.told[0].raw == servers.mails(SHOP)[0]


def test_who_signs_in_finds_a_copy_in_sent(servers: EmbeddedServers) -> None:
    submit(servers, ANNA, mail_from(SHOP), sign_in=(SHOP, "shop-secret"))
    submit(servers, ANNA, mail_from(SHOP))
    assert servers.mails(SHOP, "Sent") == [mail_from(SHOP)]
    assert len(servers.mails(ANNA)) == 2


@pytest.mark.parametrize(
    ("author", "sign_in", "dmarc"),
    [
        (f"Anna <{ANNA}>", (ANNA, "anna-secret"), "pass"),
        (ANNA, None, "none"),
        (ANNA, (SHOP, "shop-secret"), "none"),
        ("ben@mail.example", None, "pass"),
        ("BEN@MAIL.EXAMPLE", None, "pass"),
        ("ben@mail.example, ben@mail.example", None, "none"),
        ("ben@mail.example\r\nFrom: ben@mail.example", None, "none"),
        ("nobody", None, "none"),
    ],
)
def test_the_topmost_result_says_whom_the_server_knows(
    servers: EmbeddedServers, author: str, sign_in: tuple[str, str] | None, dmarc: str
) -> None:
    submit(servers, SHOP, mail_from(author), sign_in=sign_in)
    message = message_from_bytes(servers.mails(SHOP)[0])
    assert message.keys()[0] == "Authentication-Results"
    words = message["Authentication-Results"].replace(";", " ").split()
    assert words[:2] == [SERVER, f"dmarc={dmarc}"]
    assert (f"smtp.auth={sign_in[0]}" in words) if sign_in else ("auth=pass" not in words)


def test_a_forged_result_in_the_servers_name_is_taken_out(servers: EmbeddedServers) -> None:
    forged = f"Authentication-Results: {SERVER};\r\n dmarc=pass header.from=mail.example"
    foreign = "Authentication-Results: mx.elsewhere.example; dmarc=pass"
    submit(servers, SHOP, mail_from(ANNA, forged, foreign, forged.upper()))
    message = message_from_bytes(servers.mails(SHOP)[0])
    results = message.get_all("Authentication-Results", [])
    assert [result.split(";")[0] for result in results] == [SERVER, "mx.elsewhere.example"]
    assert "dmarc=none" in results[0]
    assert message.get_payload() == "Hello\r\n"


def test_idle_tells_at_once_of_what_came_just_before_it(servers: EmbeddedServers) -> None:
    with (
        socket.create_connection((servers.host, servers.imap_port), timeout=3) as connection,
        connection.makefile("rwb", buffering=0) as lines,
    ):
        lines.readline()
        lines.write(f"a LOGIN {SHOP} shop-secret\r\nb SELECT INBOX\r\n".encode())
        while not lines.readline().startswith(b"b OK"):
            pass
        servers.deliver(SHOP, mail_from(ANNA))
        lines.write(b"c IDLE\r\n")
        assert lines.readline().startswith(b"+ ")
        assert lines.readline() == b"* 1 EXISTS\r\n"


def test_a_wrong_password_is_refused_by_both_servers(servers: EmbeddedServers) -> None:
    with pytest.raises(smtplib.SMTPAuthenticationError):
        submit(servers, SHOP, mail_from(ANNA), sign_in=(ANNA, "shop-secret"))
    with socket.create_connection((servers.host, servers.imap_port), timeout=5) as session:
        session.sendall(f'a login "{ANNA}" "shop-secret"\r\n'.encode())
        answers = b""
        while b"a " not in answers:
            answers += session.recv(4096)
    assert b"a NO" in answers
    assert servers.mails(SHOP) == []


def test_a_port_that_is_taken_is_an_error_at_start(servers: EmbeddedServers) -> None:
    second = EmbeddedServers({}, smtp_port=servers.smtp_port)
    with pytest.raises(OSError, match="in use"):
        second.start()
    second.stop()


def test_stopping_twice_is_allowed_and_frees_the_ports(servers: EmbeddedServers) -> None:
    servers.stop()
    servers.stop()
    again = EmbeddedServers({}, imap_port=servers.imap_port, smtp_port=servers.smtp_port)
    again.start()
    assert again.imap_port == servers.imap_port
    again.stop()


def test_mail_for_an_account_that_is_not_there_is_an_error(servers: EmbeddedServers) -> None:
    with pytest.raises(KeyError):
        servers.deliver("nobody@shop.example", mail_from(ANNA))
    servers.add_account("nobody@shop.example", "x")
    servers.deliver("nobody@shop.example", mail_from(ANNA))
    assert servers.mails("nobody@shop.example") == [mail_from(ANNA)]

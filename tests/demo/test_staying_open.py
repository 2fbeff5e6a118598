"""Without --once the demo stays, shows what one writes to it oneself, and ends without a trace when it is told to."""

import os
import re
import signal
import smtplib
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from mailbot.demo.servers import mail_servers
from mailbot.demo.shop import ANNA, PASSWORD, SHOP, YOU, purchase_of

PROGRAM = "import sys; from mailbot.demo import play; sys.exit(play(once=False, conversations=[]))"


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


@pytest.fixture
def demo(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A demo that plays nothing and stays open; its output goes into `shown`, its own folders into `folder`."""
    with (folder / "shown").open("wb") as shown:
        running = subprocess.Popen(
            [sys.executable, "-c", PROGRAM],
            stdout=shown,
            stderr=subprocess.STDOUT,
            env={**os.environ, "COLUMNS": "80", "PYTHONIOENCODING": "utf-8", "TMPDIR": str(folder)},
        )
    yield running
    if running.poll() is None:
        running.kill()
    running.wait()


def wait_until(shown: Path, says: Callable[[str], bool]) -> str:
    give_up_at = time.monotonic() + 20
    while time.monotonic() < give_up_at:
        text = shown.read_text(encoding="utf-8")
        if says(text):
            return text
        time.sleep(0.1)
    raise AssertionError(shown.read_text(encoding="utf-8"))


def test_a_mail_of_ones_own_is_shown_with_what_became_of_it(demo: subprocess.Popen[bytes], folder: Path) -> None:
    text = wait_until(folder / "shown", lambda text: "Ctrl-C ends the demo" in text)
    port = re.search(r"SMTP +127\.0\.0\.1, port (\d+)", text)
    assert port is not None, text
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = YOU.address, SHOP.address, "My phone"
    mail["Message-ID"] = "<own-mail@post.example>"
    mail.set_content(f"My Kestrel P5 from order {purchase_of(YOU).number} has been dead since yesterday.")
    with smtplib.SMTP("127.0.0.1", int(port[1]), timeout=10) as server:
        server.login(YOU.address, PASSWORD)
        server.send_message(mail)
    text = wait_until(folder / "shown", lambda text: "letter request_information" in text)
    assert f"mailbot to {YOU.address}" in text
    assert "awaiting_customer" in text


@pytest.mark.parametrize("way", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_it_ends_when_told_to_and_leaves_nothing_behind(
    demo: subprocess.Popen[bytes], folder: Path, way: signal.Signals
) -> None:
    wait_until(folder / "shown", lambda text: "Ctrl-C ends the demo" in text)
    demo.send_signal(way)
    assert demo.wait(timeout=20) == 0
    text = (folder / "shown").read_text(encoding="utf-8")
    assert "The demo ends" in text
    assert "Traceback" not in text
    assert [one.name for one in folder.iterdir()] == ["shown"]


def test_a_port_that_is_taken_is_replaced_by_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with mail_servers({ANNA.address: PASSWORD}, on_accept=lambda _mail: None, smtp_port=port) as servers:
            assert servers.smtp_port != port
            with smtplib.SMTP(servers.host, servers.smtp_port, timeout=10) as server:
                assert server.noop()[0] == 250

"""`mailbot once` and `mailbot run` on real servers, as an admin starts and stops them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders import ANNA, raw_mail
from tests.cli.conftest import ShopFolder
from tests.servers import PymapServer, SmtpSink


def wait_until(what: Callable[[], object], seconds: float = 30.0) -> None:
    """Return as soon as it is so; fail where it does not become so."""
    until = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < until, "it did not happen in time"
        time.sleep(0.05)


def sent_to_anna(sink: SmtpSink) -> int:
    return sum(mail.recipients == (ANNA,) for mail in sink.mails)


def arrives(shop: ShopFolder, server: PymapServer, raw: bytes) -> None:
    assert shop.user is not None
    server.append(shop.user, raw)


@pytest.fixture
def running(at_work: ShopFolder) -> Iterator[subprocess.Popen[str]]:
    """`mailbot run` in a process of its own, which has opened its mailbox."""
    log = at_work.path / "log"
    with log.open("w") as written:
        program = subprocess.Popen(
            [sys.executable, "-m", "mailbot", "run"],
            cwd=at_work.path,
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
            stderr=written,
            text=True,
        )
    try:
        wait_until(lambda: "mailbox-first-start" in log.read_text() or program.poll() is not None)
        assert program.poll() is None, log.read_text()
        yield program
    finally:
        program.kill()
        program.wait()


def logged(shop: ShopFolder) -> list[dict[str, Any]]:
    whole_lines = (shop.path / "log").read_text().rpartition("\n")[0]
    return [json.loads(line) for line in whole_lines.splitlines()]


def test_once_fetches_answers_and_ends(at_work: ShopFolder, pymap: PymapServer, smtp_sink: SmtpSink) -> None:
    assert at_work.call("once").code == 0
    arrives(at_work, pymap, raw_mail())
    assert at_work.call("once").code == 0
    assert sent_to_anna(smtp_sink) == 1
    (told,) = at_work.call("claims", "list", "--json").objects
    assert (told["customer"], told["messages_in"], told["messages_out"]) == (ANNA, 1, 1)
    assert at_work.call("once").code == 0
    assert sent_to_anna(smtp_sink) == 1


def test_without_a_return_address_it_warns_at_the_start(at_work: ShopFolder) -> None:
    assert "no-return-address" not in at_work.call("once").err
    config = at_work.path / "config.toml"
    lines = config.read_text().splitlines()
    config.write_text("\n".join(line for line in lines if not line.startswith("return_address")))
    said = at_work.call("once")
    assert said.code == 0
    assert "no-return-address" in said.err


def test_a_server_that_takes_no_letters_gives_one_and_nothing_is_lost(
    at_work: ShopFolder, pymap: PymapServer, smtp_sink: SmtpSink
) -> None:
    at_work.call("once")
    arrives(at_work, pymap, raw_mail())
    smtp_sink.plan("MAIL", "535 5.7.8 who are you")
    said = at_work.call("once")
    assert (said.code, "535" in said.err) == (1, True)
    assert at_work.call("once").code == 0
    assert sent_to_anna(smtp_sink) == 1


def test_run_answers_and_ends_on_sigterm(
    at_work: ShopFolder, running: subprocess.Popen[str], pymap: PymapServer, smtp_sink: SmtpSink
) -> None:
    arrives(at_work, pymap, raw_mail())
    wait_until(lambda: sent_to_anna(smtp_sink))
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=30) == 0
    handled = [line for line in logged(at_work) if line["event"] == "mail-handled"]
    assert [line["route"] for line in handled] == ["opens_claim"]
    assert at_work.user is not None
    written = (at_work.path / "log").read_text()
    assert not any(secret in written for secret in (at_work.user.password, "the left side stays silent"))


def test_run_reads_the_configuration_again_on_sighup_and_survives_a_broken_one(
    at_work: ShopFolder, running: subprocess.Popen[str], pymap: PymapServer, smtp_sink: SmtpSink
) -> None:
    path = at_work.path / "config.toml"
    good = path.read_text()
    path.write_text(good + "[policy]\ndoa_dayz = 3\n")
    running.send_signal(signal.SIGHUP)
    wait_until(lambda: any(line["event"] == "alarm" for line in logged(at_work)))
    path.write_text(good + "[policy]\nexpire_days = 9\n")
    running.send_signal(signal.SIGHUP)
    wait_until(lambda: any(line["event"] == "configuration-reloaded" for line in logged(at_work)))
    arrives(at_work, pymap, raw_mail())
    wait_until(lambda: sent_to_anna(smtp_sink))
    assert running.poll() is None
    running.send_signal(signal.SIGTERM)
    assert running.wait(timeout=30) == 0

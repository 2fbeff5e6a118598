"""The log: one line an event, for people or for programs, without secrets and bodies."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from mailbot.log import LONGEST_VALUE, set_up


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where the log goes; afterwards logging is as it was before."""
    before = structlog.get_config()
    handlers = list(logging.root.handlers)
    yield io.StringIO()
    structlog.configure(**before)
    logging.root.handlers[:] = handlers


def test_a_program_reads_one_object_a_line(stream: io.StringIO) -> None:
    set_up(all_of_it=True, stream=stream)
    structlog.get_logger().info("mail-handled", mail=17, rma="RMA-7F3K2Q", route="opens_claim")
    told = json.loads(stream.getvalue())
    assert (told["event"], told["mail"], told["rma"], told["level"]) == ("mail-handled", 17, "RMA-7F3K2Q", "info")
    assert told["timestamp"].endswith("Z")


def test_people_read_lines(stream: io.StringIO) -> None:
    set_up(all_of_it=True, stream=stream, as_json=False)
    structlog.get_logger().info("mail-handled", rma="RMA-7F3K2Q")
    assert "rma=RMA-7F3K2Q" in stream.getvalue()
    assert stream.getvalue().count("\n") == 1


def test_without_verbose_only_warnings_are_heard(stream: io.StringIO) -> None:
    set_up(all_of_it=False, stream=stream)
    structlog.get_logger().info("letter", state="sent")
    assert stream.getvalue() == ""
    structlog.get_logger().warning("clock-jumped")
    assert "clock-jumped" in stream.getvalue()


@pytest.mark.parametrize(
    "name", ["password", "imap_password", "token", "client_secret", "raw", "body", "Authorization"]
)
@pytest.mark.parametrize("value", ["canary-4711", b"canary-4711", ["canary-4711"]])
@pytest.mark.parametrize("as_json", [True, False])
def test_secrets_and_bodies_are_not_written(stream: io.StringIO, name: str, value: object, as_json: bool) -> None:
    set_up(all_of_it=True, stream=stream, as_json=as_json)
    structlog.get_logger().info("event", **{name: value})
    assert "event" in stream.getvalue()
    assert "canary" not in stream.getvalue()


def test_a_strangers_words_stay_on_their_line_and_are_cut(stream: io.StringIO) -> None:
    set_up(all_of_it=True, stream=stream, as_json=False)
    structlog.get_logger().info("event", reason="a\nlevel=error \x1b[31m" + "x" * 10_000)
    assert stream.getvalue().count("\n") == 1
    assert "\x1b[31m" not in stream.getvalue()
    assert len(stream.getvalue()) < LONGEST_VALUE + 200


def test_libraries_are_heard_from_their_warnings_on(stream: io.StringIO) -> None:
    set_up(all_of_it=True, stream=stream)
    logging.getLogger("apscheduler").info("tick")
    logging.getLogger("apscheduler").warning("missed by %s", 3)
    (line,) = stream.getvalue().splitlines()
    told = json.loads(line)
    assert (told["event"], told["library"], told["level"]) == ("missed by 3", "apscheduler", "warning")


def test_setting_up_twice_writes_nothing_twice(stream: io.StringIO) -> None:
    set_up(all_of_it=True, stream=stream)
    set_up(all_of_it=True, stream=stream)
    logging.getLogger("alembic").error("no")
    assert stream.getvalue().count("\n") == 1


def test_an_exception_is_one_object_too(stream: io.StringIO) -> None:
    set_up(all_of_it=True, stream=stream)
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger().exception("tick-failed")
    told = json.loads(stream.getvalue())
    assert "ValueError: broken" in told["exception"]

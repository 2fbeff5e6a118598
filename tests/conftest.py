"""Fixtures that several folders share: real mail servers, one for the whole session, and a fresh user for each test."""

from collections.abc import Iterator

import pytest

from tests.servers import Dovecot, FlakyImapProxy, PymapServer, SmtpSink, User, require_or_skip


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    """A running Dovecot, shared; skipped, or failed under MAILBOT_REQUIRE_SERVERS=1, where it is not installed."""
    reason = Dovecot.why_missing()
    if reason is not None:
        require_or_skip(reason)
    server = Dovecot()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def dovecot_user(dovecot: Dovecot) -> User:
    """A mailbox of this test's own."""
    return dovecot.new_user()


@pytest.fixture(scope="session")
def pymap() -> Iterator[PymapServer]:
    """A running pymap, shared."""
    server = PymapServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def smtp_sink() -> Iterator[SmtpSink]:
    """A submission server of this test's own that takes everything until told otherwise."""
    sink = SmtpSink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def flaky_line(dovecot: Dovecot) -> Iterator[FlakyImapProxy]:
    """A line of this test's own to Dovecot, good until told otherwise."""
    proxy = FlakyImapProxy(dovecot.port)
    proxy.start()
    yield proxy
    proxy.stop()

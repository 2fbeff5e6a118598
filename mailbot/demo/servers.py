"""The demo's mail servers: the one place of the demo that knows the connectors."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from mailbot.connectors.embedded import AcceptedMail, EmbeddedServers

__all__ = ["AcceptedMail", "EmbeddedServers", "mail_servers"]


@contextmanager
def mail_servers(
    accounts: Mapping[str, str], *, on_accept: Callable[[AcceptedMail], None], imap_port: int = 0, smtp_port: int = 0
) -> Iterator[EmbeddedServers]:
    """IMAP and SMTP on 127.0.0.1 while the block runs: at these ports, or at free ones where they are 0 or taken."""
    try:
        servers = EmbeddedServers(accounts, on_accept=on_accept, imap_port=imap_port, smtp_port=smtp_port)
        servers.start()
    except OSError:
        servers = EmbeddedServers(accounts, on_accept=on_accept)
        servers.start()
    try:
        yield servers
    finally:
        servers.stop()

"""Fixtures of the journeys: a shop on a real Dovecot and a real SMTP server, by trait."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.shop import RealShop, real_shop
from tests.servers import Dovecot

OpenShop = Callable[..., RealShop]


@pytest.fixture
def open_shop(dovecot: Dovecot, tmp_path: Path) -> Iterator[OpenShop]:
    """Opens shops whose servers are stopped when the test ends."""
    opened: list[RealShop] = []

    def open_one(**changes: Any) -> RealShop:
        folder = tmp_path / f"shop{len(opened)}"
        folder.mkdir()
        opened.append(real_shop(dovecot, folder, **changes))
        return opened[-1]

    yield open_one
    for shop in opened:
        shop.sink.stop()


@pytest.fixture
def shop(open_shop: OpenShop) -> RealShop:
    """A shop whose account keeps Sent copies, as at large providers."""
    return open_shop()

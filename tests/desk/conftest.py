"""The desk that these tests work on, once on the store in memory and once on the real one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.builders import DeskForTests, desk_for_tests
from tests.connectors.store_worlds import Fake, Sqlite


@pytest.fixture(params=[Fake, Sqlite], ids=["fake", "sqlite"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[DeskForTests]:
    """A desk with one agent (Lea) whose commands' letters go at once."""
    world = request.param(tmp_path)
    yield desk_for_tests(store=world.store, holder=world.holder)
    world.close()

"""What a thread could not write down because the database was away: done first when it goes on.

Whoever lives keeps what it holds (`release_dead` frees the dead alone), so a mail or a letter in hand while the
database goes away would otherwise stay held until the process ends.
"""

from collections import deque
from collections.abc import Callable

from mailbot.desk.store import Conflict, StoreUnavailable


class Unwritten:
    """Outcomes that wait for the database, of one thread, in their order."""

    def __init__(self) -> None:
        self._waiting: deque[Callable[[], None]] = deque()

    def write(self, outcome: Callable[[], None]) -> None:
        """Write an outcome in one transaction; raises StoreUnavailable where it then waits for `catch_up`."""
        try:
            outcome()
        except StoreUnavailable:
            self._waiting.append(outcome)
            raise

    def catch_up(self) -> None:
        """Write what waits; StoreUnavailable where the database is still away."""
        while self._waiting:
            try:
                self._waiting[0]()
            except Conflict:
                # Somebody else has settled it meanwhile: nothing is left to write.
                pass
            self._waiting.popleft()

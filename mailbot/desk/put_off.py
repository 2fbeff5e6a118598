"""Mails that keep failing for a reason that is not theirs: the next ones do not wait for them.

Known to the process alone. Nothing is decided by it but the order, so a restart begins anew.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

TIMES_AT_ONCE = 3
"""How often in a row a mail may fail before it is put off."""

_FIRST_PAUSE = timedelta(minutes=1)
_LONGEST_PAUSE = timedelta(minutes=10)
_CONFLICTS = 5


class PutOff:
    """Which mails failed how often in a row, and which of them wait until when."""

    def __init__(self) -> None:
        self._failures: dict[int, int] = {}
        self._until: dict[int, datetime] = {}
        self._conflicts: dict[int, int] = {}

    def waiting(self, at: datetime) -> Collection[int]:
        """The mails that are passed over at this moment."""
        return [mail for mail, until in self._until.items() if until > at]

    def failed(self, mail: int, *, at: datetime) -> int:
        """Once more for a reason outside the mail; returns how often in a row. From the third time on it is put off."""
        times = self._failures[mail] = self._failures.get(mail, 0) + 1
        if times >= TIMES_AT_ONCE:
            self._until[mail] = at + min(_FIRST_PAUSE * 2 ** min(times - TIMES_AT_ONCE, 10), _LONGEST_PAUSE)
        return times

    def conflicted(self, mail: int) -> bool:
        """Once more decided on what was no longer so; True where that is no coincidence any more."""
        times = self._conflicts[mail] = self._conflicts.get(mail, 0) + 1
        return times > _CONFLICTS

    def went_well(self, mail: int) -> None:
        """Its failures are forgotten."""
        for known in (self._failures, self._until, self._conflicts):
            known.pop(mail, None)

"""Who holds work: a process is known by a file that it keeps locked, so a dead one's work is free at once.

The kernel lets go of a lock when its process ends, however it ends; no clock and no process number is asked. A lock
belongs to one opening of the file (flock(2)), so several holders in one process are several.
"""

import fcntl
import os
import re
import secrets
import weakref
from pathlib import Path

_ID = re.compile(r"[0-9a-f]{32}")

_living: "weakref.WeakSet[Holder]" = weakref.WeakSet()


class Holder:
    """One worker of this machine, alive from its making until `close` or the end of its process.

    `folder` is made where it is missing; all workers on one database share it. OSError where it cannot be written.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder = folder
        self.id, self._lock = _take(folder)
        _living.add(self)

    def is_alive(self, holder: str) -> bool:
        """Whether the worker of this id still runs (on this machine). The file of a dead one is taken away."""
        if holder == self.id:
            return self._lock is not None
        # An id comes from the database; it is never used as a path of another shape.
        return bool(_ID.fullmatch(holder)) and _is_locked(self._folder / holder)

    def clean(self) -> int:
        """Take away the files of all dead workers; returns how many there were."""
        names = [path.name for path in self._folder.iterdir() if _ID.fullmatch(path.name)]
        return sum(not self.is_alive(name) for name in names)

    def close(self) -> None:
        """End this worker: what it still holds is free. Idempotent."""
        if self._lock is not None:
            (self._folder / self.id).unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None


def _take(folder: Path) -> tuple[str, int | None]:
    while True:
        name = secrets.token_hex(16)
        path = folder / name
        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Between the two lines above somebody may have found the file unlocked and taken it away as a dead one's.
        try:
            if os.path.samestat(os.stat(path), os.fstat(lock)):
                return name, lock
        except FileNotFoundError:
            pass
        os.close(lock)


def _is_locked(path: Path) -> bool:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        # Shared, so that two who ask at the same time do not take each other for the owner.
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    else:
        path.unlink(missing_ok=True)
        return False
    finally:
        os.close(file)


def _forget_in_child() -> None:
    # A forked child shares the lock: while it lived, its dead parent would seem alive. Closing the child's copy leaves
    # the parent's lock alone.
    for holder in list(_living):
        if holder._lock is not None:
            os.close(holder._lock)
            holder._lock = None


os.register_at_fork(after_in_child=_forget_in_child)

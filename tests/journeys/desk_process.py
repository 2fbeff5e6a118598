"""One pass of a real desk in a process of its own, which a step of the path may kill (`kill -9` on itself)."""

import multiprocessing
import os
import signal
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from mailbot.bootstrap import Assembled
from mailbot.desk import once
from mailbot.desk.desk import Desk
from mailbot.desk.ports import Envelope, Transport
from mailbot.desk.rows import ClaimFilter, OutboxState
from mailbot.desk.send import Patience
from mailbot.settings import parse

_PROCESSES = multiprocessing.get_context("forkserver")
_PROCESSES.set_forkserver_preload([__name__])
_AT_MOST = 60

STEPS = (
    "fetched",
    "stored",
    "kept",
    "leased",
    "parsed",
    "routed",
    "correlated",
    "gathered",
    "decided",
    "committed",
    "letter-leased",
    "letter-sent",
    "letter-settled",
    "acknowledged",
)
"""Every named step of the path, in its order (`Desk.step`)."""


@dataclass(frozen=True, kw_only=True)
class DeskProcess:
    """How to start the desk. `naive` sends first and records after, as a script would that nobody thought about."""

    settings: dict[str, Any]
    folder: Path
    naive: bool = False
    passes: int = 2

    def run(self, *, kill_at: str = "", nth: int = 1) -> int:
        """Run passes until done or killed; the exit code, -9 where it was killed."""
        process = _PROCESSES.Process(target=_work, args=(self, kill_at, nth))
        process.start()
        process.join(_AT_MOST)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise TimeoutError(f"the desk did not end within {_AT_MOST} s")
        return process.exitcode


def _work(plan: DeskProcess, kill_at: str, nth: int) -> None:
    seen = 0

    def step(name: str) -> None:
        nonlocal seen
        if name == kill_at:
            seen += 1
            if seen == nth:
                os.kill(os.getpid(), signal.SIGKILL)

    if plan.naive:
        vars(once)["send_next"] = _send_first_record_after
    settings = parse(plan.settings, path=plan.folder / "config.toml")
    patience = Patience(uncertain=timedelta(0))
    with Assembled(settings, step=step, patience=patience) as assembled:
        for _ in range(plan.passes):
            once.pass_once(assembled.desk, assembled.servers)


def _send_first_record_after(desk: Desk, transport: Transport, _patience: Patience) -> bool:
    """What `send_next` must not be: the row is touched only once the letter is out."""
    with desk.store.reading() as tx:
        waiting = [
            row
            for claim in tx.claims(ClaimFilter())
            for row in tx.letters_of_claim(claim.number)
            if row.state is OutboxState.READY
        ]
    if not waiting:
        return False
    row = waiting[0]
    desk.step("letter-leased")
    transport.send(Envelope(sender=desk.shop.address, recipient=row.recipient), row.raw)
    desk.step("letter-sent")
    with desk.store.transaction() as tx:
        tx.lease_letter(desk.holder, at=desk.clock())
        tx.settle_letter(row.id, OutboxState.SENT, at=desk.clock())
    desk.step("letter-settled")
    return True

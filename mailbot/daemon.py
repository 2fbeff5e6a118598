"""The daemon: one thread for the mailbox, one for sending, a ticker for what falls due; start, reload and stop on
one page.
"""

import gc
import signal
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import FrameType

import structlog
from apscheduler.schedulers.background import BackgroundScheduler

from mailbot.bootstrap import Assembled
from mailbot.desk.acknowledge import acknowledge_handled
from mailbot.desk.deadlines import run_due_timers
from mailbot.desk.keep import keep_new
from mailbot.desk.notify import alarm, send_digest
from mailbot.desk.once import handle_waiting, send_due
from mailbot.desk.ports import DeliveryError, MailboxError
from mailbot.desk.store import Conflict, StoreUnavailable
from mailbot.settings import Settings, load

log = structlog.get_logger()

_FIRST_PAUSE = 1.0
_LONGEST_PAUSE = 60.0
_LONGEST_SENDING_PAUSE = 300.0
_DATABASE_PAUSE = 5.0
_WORKED_AGAIN = 60.0
"""Seconds of work after which a failing database counts as having been back."""
_DATABASE_GONE_FOR = 15 * 60.0
"""Seconds without a database after which the daemon ends with 1, for whoever supervises it to see."""
_CLOCK_JUMP = 5.0
"""Seconds by which wall and monotonic time may part between two heartbeats before the ticker is wound up anew."""


class Daemon:
    """One desk at work. `run` blocks until `stop`; every part may be stopped at any moment, even by a kill."""

    def __init__(self, assembled: Assembled) -> None:
        self._assembled = assembled
        self._stop = threading.Event()
        self._letters = threading.Event()
        self._ticker: BackgroundScheduler | None = None
        self._failed: Exception | None = None
        self._clocks = (time.time(), time.monotonic())

    def run(self) -> None:
        """Work until `stop`; raises StoreUnavailable where the database stays away."""
        desk = self._assembled.desk
        desk.store.release_dead(at=desk.clock())
        _forgo_collecting_what_stays()
        self._wind_up()
        sender = threading.Thread(target=self._guarded, args=(self._send,), name="sender", daemon=True)
        sender.start()
        try:
            self._guarded(self._receive)
        finally:
            self.stop()
            sender.join(timeout=180)
            if self._ticker is not None:
                self._ticker.shutdown(wait=True)
        if self._failed is not None:
            raise self._failed

    def stop(self) -> None:
        """End after the mail and the letter in hand."""
        self._stop.set()
        self._letters.set()
        self._assembled.servers.mailbox.interrupt()

    # -- the mailbox -------------------------------------------------------------------------------------------------
    def _receive(self) -> None:
        """Keep, handle, acknowledge, wait; a server that is away is asked again, ever more slowly."""
        desk, servers = self._assembled.desk, self._assembled.servers
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            try:
                self._handle()
                for _ in keep_new(desk, servers.mailbox, servers.rules):
                    self._handle()
                    if self._stop.is_set():
                        return
                acknowledge_handled(desk, servers.mailbox, servers.rules.mailbox)
                pause = _FIRST_PAUSE
                servers.mailbox.wait(self._assembled.settings.accounts.imap.poll_seconds)
            except MailboxError as error:
                log.error("mailbox-unreachable", error=str(error), again_in=pause)
                self._stop.wait(pause)
                pause = min(pause * 2, _LONGEST_PAUSE)

    def _handle(self) -> None:
        while not self._stop.is_set():
            if not handle_waiting(self._assembled.desk, at_most=1):
                return
            self._letters.set()

    # -- letters -----------------------------------------------------------------------------------------------------
    def _send(self) -> None:
        """Send what is due; wake when a letter was put or falls due; a server that refuses us gets time."""
        desk, servers = self._assembled.desk, self._assembled.servers
        pause = _FIRST_PAUSE
        while not self._stop.is_set():
            self.beat()
            self._letters.clear()
            try:
                send_due(desk, servers, stopped=self._stop.is_set)
                pause = _FIRST_PAUSE
                self._letters.wait(self._seconds_to_next_letter())
            except DeliveryError as error:
                log.error("sending-paused", error=str(error), again_in=pause)
                self._stop.wait(pause)
                pause = min(pause * 2, _LONGEST_SENDING_PAUSE)
        servers.transport.close()

    def _seconds_to_next_letter(self) -> float:
        desk = self._assembled.desk
        with desk.store.reading() as tx:
            due = tx.next_letter_at()
        if due is None:
            return 5.0
        return min(max((due - desk.clock()).total_seconds(), 0.05), 5.0)

    # -- what falls due ----------------------------------------------------------------------------------------------
    def _wind_up(self) -> None:
        """Start the ticker. Due moments live in rows: the ticker only looks, so nothing is lost with it."""
        ticker = BackgroundScheduler(
            timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
        )
        ticker.add_job(self._tick(self._do_due), "interval", seconds=20, id="due")
        ticker.add_job(self._tick(self._look_at_files), "interval", seconds=0.5, id="files")
        ticker.add_job(self._tick(self._free_dead), "interval", seconds=60, id="dead")
        ticker.start()
        self._ticker = ticker
        self._clocks = (time.time(), time.monotonic())

    def beat(self) -> None:
        """Wind the ticker up anew after the clock was set: APScheduler stands still when it goes back."""
        wall, steady = time.time(), time.monotonic()
        jumped = abs((wall - self._clocks[0]) - (steady - self._clocks[1])) > _CLOCK_JUMP
        self._clocks = (wall, steady)
        if jumped and self._ticker is not None:
            log.warning("clock-jumped")
            self._ticker.shutdown(wait=False)
            self._wind_up()

    def _tick(self, work: Callable[[datetime], object]) -> Callable[[], None]:
        def tick() -> None:
            try:
                work(self._assembled.desk.clock())
            except (StoreUnavailable, Conflict) as error:
                log.warning("tick-put-off", work=work.__name__, error=str(error))
            except Exception:
                log.exception("tick-failed", work=work.__name__)

        return tick

    def _do_due(self, at: datetime) -> None:
        desk = self._assembled.desk
        run_due_timers(desk)
        with desk.store.transaction() as tx:
            send_digest(desk, tx, at=at)
        self._letters.set()

    def _look_at_files(self, at: datetime) -> None:
        self._assembled.look_at_files(at)

    def _free_dead(self, at: datetime) -> None:
        self._assembled.store.release_dead(at=at)

    # -- all threads -------------------------------------------------------------------------------------------------
    def _guarded(self, work: Callable[[], None]) -> None:
        """Keep a thread at its work while the database is away, for a quarter of an hour; anything else ends the
        daemon.
        """
        gone_since: float | None = None
        while not self._stop.is_set():
            began = time.monotonic()
            try:
                work()
            except (StoreUnavailable, Conflict, OSError) as error:
                now = time.monotonic()
                if gone_since is None or now - began > _WORKED_AGAIN:
                    gone_since = now
                log.error("database-unavailable", error=str(error))
                if now - gone_since > _DATABASE_GONE_FOR:
                    self._fail(error)
                self._stop.wait(_DATABASE_PAUSE)
            except Exception as error:
                log.exception("daemon-failed")
                self._fail(error)

    def _fail(self, error: Exception) -> None:
        self._failed = error
        self.stop()


def run(config: Path | None, *, load_settings: Callable[[Path | None], Settings] = load) -> int:
    """Run the daemon until SIGTERM or SIGINT; SIGHUP reads the configuration anew. Returns the exit code.

    Raises ConfigurationError at the start. One that is broken at a reload changes nothing and is told to the agents.
    """
    assembled = Assembled(load_settings(config))
    wishes = _heed_signals()
    try:
        while True:
            daemon = Daemon(assembled)
            wishes.reach(daemon)
            try:
                daemon.run()
            except (StoreUnavailable, Conflict, OSError) as error:
                log.error("daemon-gave-up", error=str(error))
                return 1
            if wishes.end or not wishes.reload:
                return 0
            wishes.reload = False
            assembled = _reloaded(assembled, config, load_settings)
    finally:
        assembled.close()


def _forgo_collecting_what_stays() -> None:
    """What is loaded by now lives as long as the desk: the garbage collector need not go through it every few mails."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class _Wishes:
    """What signals ask for, also while one daemon has ended and the next has not begun."""

    def __init__(self) -> None:
        self.end = False
        self.reload = False
        self._daemon: Daemon | None = None

    def reach(self, daemon: Daemon) -> None:
        """From now on this daemon is stopped; at once, where a signal came before it."""
        self._daemon = daemon
        if self.end or self.reload:
            daemon.stop()

    def stop(self) -> None:
        if self._daemon is not None:
            self._daemon.stop()


def _heed_signals() -> _Wishes:
    wishes = _Wishes()

    def end(_number: int, _frame: FrameType | None) -> None:
        wishes.end = True
        wishes.stop()

    def reload(_number: int, _frame: FrameType | None) -> None:
        wishes.reload = True
        wishes.stop()

    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, end)
        signal.signal(signal.SIGINT, end)
        signal.signal(signal.SIGHUP, reload)
    return wishes


def _reloaded(assembled: Assembled, config: Path | None, load_settings: Callable[[Path | None], Settings]) -> Assembled:
    """A desk by the new configuration, or the old one where the new one is broken; never raises."""
    fresh: Assembled | None = None
    try:
        fresh = Assembled(load_settings(config))
        # Also its mail servers: a daemon without them would end at once.
        fresh.servers  # noqa: B018
    except Exception as error:
        # Whatever it is that the new one lacks, the old one works.
        if fresh is not None:
            fresh.close()
        _tell_of_broken_configuration(assembled, error)
        return assembled
    assembled.close()
    log.info("configuration-reloaded")
    return fresh


def _tell_of_broken_configuration(assembled: Assembled, error: Exception) -> None:
    log.error("configuration-broken", error=f"{type(error).__name__}: {error}")
    at = assembled.desk.clock()
    try:
        with assembled.store.transaction() as tx:
            text = f"The new configuration is broken and changes nothing: {error}"
            alarm(assembled.desk, tx, text, key=f"configuration:{at.isoformat()}", at=at)
    except (StoreUnavailable, Conflict, OSError):
        log.exception("alarm-not-written")

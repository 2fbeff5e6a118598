"""A watch that the desk's step hook winds: CPU and wall time between two steps, for each thread apart."""

import threading
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Watch:
    """Seconds by stage. `on_step` is told each step after it was booked; nothing is booked before `start`."""

    on_step: Callable[[str], None] = lambda _step: None
    cpu: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    wall: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    running: bool = False

    def __post_init__(self) -> None:
        self._thread = threading.local()

    def start(self) -> None:
        """Forget what was booked so far and begin."""
        self.cpu.clear()
        self.wall.clear()
        self.running = True

    def step(self, name: str) -> None:
        """The step of this name is done in this thread."""
        now = (time.thread_time(), time.perf_counter())
        before = getattr(self._thread, "last", None)
        self._thread.last = now
        if before is not None and self.running:
            self.cpu[name] += now[0] - before[0]
            self.wall[name] += now[1] - before[1]
        self.on_step(name)
        self._thread.last = (time.thread_time(), time.perf_counter())

"""Opens pictures in a confined child process; nothing a stranger sent is decoded in this one (DESIGN 7)."""

import json
import os
import select
import struct
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Protocol

_LENGTH = struct.Struct(">I")
_WALL_SECONDS = 20.0
_START_SECONDS = 30.0
_RENEW_AFTER_CPU_SECONDS = 40.0
_LARGEST_FRAME = 100 * 1024 * 1024
_LONGEST_ANSWER = 64 * 1024
_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture that could be decoded as a whole; `width` and `height` in pixels."""

    width: int
    height: int
    format: str
    frames: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Unopened:
    """A picture that could not be decoded, and why."""

    why: str


class Opener(Protocol):
    """Decodes pictures out of harm's way."""

    def open(self, content: bytes) -> Picture | Unopened:
        """Decode a picture (JPEG, PNG, WebP, GIF, BMP or TIFF); never raises, whatever the bytes."""
        ...


class _Gone(Exception):
    """The child died, hung or answered nonsense."""


class _Died(_Gone):
    """The child ended by itself: its memory, its CPU time, its decoder, or somebody's kill."""


class ChildOpener:
    """An `Opener` over one child process that is started at the first picture, kept, and renewed when it dies.

    A picture that takes longer than 20 s, uses up its CPU time or kills its child is `Unopened`. Safe for several
    threads: they take turns.
    """

    def __init__(self, *, wall_seconds: float = _WALL_SECONDS) -> None:
        self._wall_seconds = wall_seconds
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._refused: tuple[str, ...] = ()

    @property
    def refused_limits(self) -> tuple[str, ...]:
        """The limits (names of resource.RLIMIT_…) that this system would not set; known once the child has started."""
        return self._refused

    def start(self) -> tuple[str, ...]:
        """Start the child now and say which limits were refused; raises OSError where it does not start."""
        with self._lock:
            try:
                self._running()
            except _Gone as error:
                self._end()
                raise OSError(f"the process that opens pictures does not start: {error}") from error
            return self._refused

    def open(self, content: bytes) -> Picture | Unopened:
        """Decode a picture in the child; see `Opener`."""
        if len(content) > _LARGEST_FRAME:
            return Unopened(why="larger than 100 MB")
        deadline = time.monotonic() + self._wall_seconds
        with self._lock:
            fresh = self._child is None
            answer = self._ask(content, deadline)
            if isinstance(answer, _Died) and not fresh:
                # A child that was there before may have died of something else: the picture gets one of its own.
                answer = self._ask(content, deadline)
            if isinstance(answer, Unopened):
                return answer
            return self._outcome(answer) if isinstance(answer, dict) else Unopened(why=str(answer))

    def _ask(self, content: bytes, deadline: float) -> "dict[str, object] | Unopened | _Died":
        """Hand the picture to a living child; whatever goes wrong, that child is gone afterwards."""
        try:
            child = self._running()
        except (_Gone, OSError) as error:
            self._end()
            return Unopened(why=f"the process that opens pictures did not start ({error})")
        try:
            _write(child, _LENGTH.pack(len(content)), deadline)
            _write(child, content, deadline)
            return _read(child, deadline)
        except _Died as error:
            self._end()
            return error
        except _Gone as error:
            self._end()
            return Unopened(why=str(error))

    def close(self) -> None:
        """End the child; a later `open` starts a new one."""
        with self._lock:
            self._end()

    def _outcome(self, answer: dict[str, object]) -> Picture | Unopened:
        used = answer.get("cpu_seconds")
        if not isinstance(used, (int, float)) or used > _RENEW_AFTER_CPU_SECONDS:
            self._end()
        width, height = answer.get("width"), answer.get("height")
        form, frames = answer.get("format"), answer.get("frames")
        if isinstance(width, int) and isinstance(height, int) and isinstance(form, str) and isinstance(frames, int):
            return Picture(width=width, height=height, format=form, frames=frames)
        return Unopened(why=str(answer.get("problem", "no answer")))

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is None:
            return self._child
        self._end()
        spec = find_spec("mailbot.media.child")
        if spec is None or spec.origin is None:
            raise OSError("mailbot.media.child is not installed as a file")
        self._folder = tempfile.TemporaryDirectory(prefix="mailbot-media-")
        # By its path and isolated (-I): the child sees no environment, no site of the user's and no module of mailbot.
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-B", spec.origin],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder.name,
            env={},
            start_new_session=True,
            bufsize=0,
        )
        assert self._child.stdin is not None
        os.set_blocking(self._child.stdin.fileno(), False)
        greeting = _read(self._child, time.monotonic() + _START_SECONDS)
        refused = greeting.get("refused_limits")
        self._refused = tuple(str(name) for name in refused) if isinstance(refused, list) else ()
        return self._child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()
            child.wait()
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()


def _wait_for(descriptor: int, event: int, deadline: float) -> None:
    # poll, not select: a daemon may have more than 1,024 descriptors open.
    poll = select.poll()
    poll.register(descriptor, event)
    wait = deadline - time.monotonic()
    if wait <= 0 or not poll.poll(wait * 1000):
        raise _Gone("it took too long")


def _write(child: subprocess.Popen[bytes], content: bytes, deadline: float) -> None:
    assert child.stdin is not None
    sink = child.stdin.fileno()
    left = memoryview(content)
    while left:
        _wait_for(sink, select.POLLOUT, deadline)
        try:
            left = left[os.write(sink, left[:_PIECE]) :]
        except BlockingIOError:
            continue
        except OSError:
            raise _Died("the process that opens pictures died") from None


def _read(child: subprocess.Popen[bytes], deadline: float) -> dict[str, object]:
    (length,) = _LENGTH.unpack(_exactly(child, _LENGTH.size, deadline))
    if length > _LONGEST_ANSWER:
        raise _Gone("it answered nonsense")
    try:
        answer = json.loads(_exactly(child, length, deadline))
    except ValueError:
        raise _Gone("it answered nonsense") from None
    if not isinstance(answer, dict):
        raise _Gone("it answered nonsense")
    return answer


def _exactly(child: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
    assert child.stdout is not None
    source = child.stdout.fileno()
    got = bytearray()
    while len(got) < size:
        _wait_for(source, select.POLLIN, deadline)
        piece = os.read(source, size - len(got))
        if not piece:
            raise _Died("it used up its memory or CPU time, or broke its decoder")
        got += piece
    return bytes(got)

"""Pictures are opened in a child process that a picture may kill without harm to anybody else."""

import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mailbot.media import child as child_module
from mailbot.media.opening import ChildOpener, Picture, Unopened
from tests.media.pictures import gif_of, photo, png_bomb


@pytest.fixture(scope="module")
def opener() -> Iterator[ChildOpener]:
    opener = ChildOpener()
    yield opener
    opener.close()


def _child_pids() -> set[int]:
    found = set()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                command = (entry / "cmdline").read_bytes()
            except OSError:
                continue
            if int(fields[1]) == os.getpid() and b"media/child.py" in command and fields[0] != "Z":
                found.add(int(entry.name))
    return found


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_picture_of_every_allowed_format_is_measured(opener: ChildOpener, form: str) -> None:
    assert opener.open(photo(321, 240, form)) == Picture(width=321, height=240, format=form)


def test_a_picture_of_a_phones_size_is_measured_as_it_is(opener: ChildOpener) -> None:
    assert opener.open(photo(4000, 3000)) == Picture(width=4000, height=3000, format="JPEG")


BROKEN = {
    "nothing": b"",
    "eight bytes": b"\xff\xd8\xff\xe0\x00\x10JF",
    "half a JPEG": photo(800, 600)[: len(photo(800, 600)) // 2],
    "a PNG bomb": png_bomb(),
    "a PostScript file": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\nshowpage\n",
    "a script": b"#!/bin/sh\ntouch /tmp/x\n",
}


@pytest.mark.parametrize("content", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_whole_picture_is_unopened(opener: ChildOpener, content: bytes) -> None:
    assert isinstance(opener.open(content), Unopened)
    assert isinstance(opener.open(photo()), Picture)


def test_of_an_animation_only_the_first_frames_are_looked_at(opener: ChildOpener) -> None:
    assert opener.open(gif_of(10_000)) == Picture(width=400, height=400, format="GIF", frames=child_module.FRAMES)


def test_bombs_cost_the_parent_next_to_nothing(opener: ChildOpener) -> None:
    opener.open(photo())
    bombs = [png_bomb(), png_bomb(12_000, 9_900), gif_of(10_000)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.monotonic()
    for bomb in bombs:
        opener.open(bomb)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20 * 1024
    assert time.monotonic() - begun < 25


def test_the_child_starts_with_the_first_picture_and_is_kept() -> None:
    before = _child_pids()
    opener = ChildOpener()
    assert _child_pids() == before
    opener.open(photo())
    (pid,) = _child_pids() - before
    opener.open(photo(seed=2))
    assert _child_pids() - before == {pid}
    opener.close()
    assert _child_pids() == before


def test_a_child_that_died_between_two_pictures_is_renewed_unnoticed() -> None:
    before = _child_pids()
    opener = ChildOpener()
    opener.open(photo())
    (pid,) = _child_pids() - before
    os.kill(pid, signal.SIGKILL)
    assert opener.open(photo()) == Picture(width=640, height=480, format="JPEG")
    opener.close()


def test_a_child_that_hangs_is_killed_and_the_next_picture_gets_another() -> None:
    before = _child_pids()
    opener = ChildOpener(wall_seconds=0.5)
    opener.open(photo())
    (pid,) = _child_pids() - before
    os.kill(pid, signal.SIGSTOP)
    begun = time.monotonic()
    assert opener.open(photo()) == Unopened(why="it took too long")
    assert time.monotonic() - begun < 5
    assert isinstance(opener.open(photo()), Picture)
    opener.close()


def test_a_picture_larger_than_any_pipe_is_handed_over(opener: ChildOpener) -> None:
    noise = os.urandom(2_000_000)
    assert isinstance(opener.open(b"\x89PNG\r\n\x1a\n" + noise), Unopened)
    assert isinstance(opener.open(photo()), Picture)


def test_several_threads_take_turns(opener: ChildOpener) -> None:
    answers: list[object] = []
    sizes = range(300, 308)
    threads = [threading.Thread(target=lambda w=width: answers.append(opener.open(photo(w, 300)))) for width in sizes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.width for answer in answers if isinstance(answer, Picture)} == set(sizes)


def test_the_child_has_no_environment_no_files_and_its_limits() -> None:
    before = _child_pids()
    opener = ChildOpener()
    refused = opener.start()
    (pid,) = _child_pids() - before
    limits = Path(f"/proc/{pid}/limits").read_text()
    assert refused == opener.refused_limits == ()
    assert f"Max address space         {child_module.ADDRESS_SPACE_BYTES}" in limits
    assert "Max file size             0 " in limits
    assert "Max open files            3 " in limits
    assert b"PATH=" not in Path(f"/proc/{pid}/environ").read_bytes()
    assert not list(Path(f"/proc/{pid}/cwd").iterdir())
    opener.close()


def test_a_child_with_its_limits_set_can_neither_open_nor_write_a_file(tmp_path: Path) -> None:
    script = (
        f"import runpy, sys; c = runpy.run_path({child_module.__file__!r}); c['warm_up'](); c['limit']()\n"
        "try: open('/etc/passwd')\nexcept OSError as e: print('refused', e.errno)\n"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=tmp_path
    ).stdout
    assert told.startswith("refused")


def test_closing_twice_and_opening_again_is_harmless() -> None:
    opener = ChildOpener()
    opener.close()
    assert isinstance(opener.open(photo()), Picture)
    opener.close()
    opener.close()
    assert isinstance(opener.open(photo()), Picture)
    opener.close()

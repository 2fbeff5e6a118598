"""Who lives is told by a lock that the kernel lets go of, whatever ends the process."""

import fcntl
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from mailbot.connectors.holders import Holder

WORKER = (
    "import sys, time\n"
    "from pathlib import Path\n"
    "from mailbot.connectors.holders import Holder\n"
    "holder = Holder(Path(sys.argv[1]))\n"
    "print(holder.id, flush=True)\n"
    "time.sleep(60)\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "mailbot.db.holders"


@pytest.fixture
def me(folder: Path) -> Iterator[Holder]:
    holder = Holder(folder)
    yield holder
    holder.close()


@contextmanager
def a_worker(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process with a holder of its own, and that holder's id."""
    process = subprocess.Popen([sys.executable, "-c", WORKER, str(folder)], stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
    finally:
        process.kill()
        process.communicate()


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_holder_lives_until_it_is_closed(folder: Path, me: Holder) -> None:
    other = Holder(folder)
    assert (me.is_alive(me.id), me.is_alive(other.id)) == (True, True)
    other.close()
    other.close()
    assert (me.is_alive(other.id), other.is_alive(other.id)) == (False, False)
    assert files(folder) == {me.id}


def test_several_holders_of_one_process_are_several(folder: Path, me: Holder) -> None:
    others = [Holder(folder) for _ in range(3)]
    assert len({me.id, *(other.id for other in others)}) == 4
    others[0].close()
    assert [me.is_alive(other.id) for other in others] == [False, True, True]
    for other in others:
        other.close()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_killed_process_is_dead_at_once(folder: Path, me: Holder, how: signal.Signals) -> None:
    with a_worker(folder) as (process, worker):
        assert me.is_alive(worker)
        process.send_signal(how)
        process.wait()
        assert not me.is_alive(worker)


def test_the_file_of_a_dead_one_is_taken_away_and_that_of_a_living_one_is_not(folder: Path, me: Holder) -> None:
    with a_worker(folder) as (_, alive):
        with a_worker(folder) as (_, dead):
            pass
        (folder / "notes.txt").write_text("not ours")
        assert files(folder) == {me.id, alive, dead, "notes.txt"}
        assert (me.clean(), me.clean()) == (1, 0)
        assert files(folder) == {me.id, alive, "notes.txt"}


@pytest.mark.parametrize("name", ["", "../mailbot.db", "worker", "0" * 32, "A" * 32])
def test_what_is_nobodys_id_is_not_alive_and_touches_no_file(folder: Path, me: Holder, name: str) -> None:
    (folder.parent / "mailbot.db").write_text("claims")
    assert not me.is_alive(name)
    assert (folder.parent / "mailbot.db").read_text() == "claims"


def test_asking_never_makes_a_living_one_seem_dead_nor_a_dead_one_alive(folder: Path, me: Holder) -> None:
    with a_worker(folder) as (_, alive):
        answers: set[bool] = set()

        def ask() -> None:
            answers.update(me.is_alive(alive) for _ in range(200))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert answers == {True}


def test_two_who_ask_at_the_same_time_do_not_take_each_other_for_the_owner(folder: Path, me: Holder) -> None:
    with a_worker(folder) as (_, dead):
        pass
    with (folder / dead).open() as other:
        fcntl.flock(other, fcntl.LOCK_SH)
        assert not me.is_alive(dead)


def test_a_holder_that_begins_while_others_clean_is_not_cleaned_away(folder: Path, me: Holder) -> None:
    ended = threading.Event()

    def clean() -> None:
        while not ended.is_set():
            me.clean()

    cleaner = threading.Thread(target=clean)
    cleaner.start()
    try:
        begun = [Holder(folder) for _ in range(300)]
    finally:
        ended.set()
        cleaner.join()
    assert all(me.is_alive(holder.id) for holder in begun)
    assert files(folder) == {me.id, *(holder.id for holder in begun)}
    for holder in begun:
        holder.close()


def test_a_forked_child_does_not_keep_its_dead_parent_alive(folder: Path, me: Holder) -> None:
    script = (
        "import os, sys, time\n"
        "from pathlib import Path\n"
        "from mailbot.connectors.holders import Holder\n"
        "holder = Holder(Path(sys.argv[1]))\n"
        "if os.fork() == 0:\n"
        "    print(holder.id, os.getpid(), flush=True)\n"
        "time.sleep(60)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", script, str(folder)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    parent, child = process.stdout.readline().split()
    try:
        assert me.is_alive(parent)
        process.kill()
        process.wait()
        os.kill(int(child), 0)  # it lives
        assert not me.is_alive(parent)
    finally:
        os.kill(int(child), signal.SIGKILL)
        process.stdout.close()

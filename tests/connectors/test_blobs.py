"""Bytes by their hash: durable before they are named, never half there, never silently wrong."""

import hashlib
import os
import resource
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mailbot.connectors.blobs import BlobDamaged, FolderBlobs
from mailbot.desk.store import StoreUnavailable

CONTENT = b"From: anna@mail.example\r\n\r\nIt is broken.\r\n"
NAME = hashlib.sha256(CONTENT).hexdigest()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "attachments"


@pytest.fixture
def blobs(folder: Path) -> FolderBlobs:
    return FolderBlobs(folder)


def file_of(folder: Path, name: str = NAME) -> Path:
    return folder / name[:2] / name


def all_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=st.binary(max_size=2000))
def test_what_was_put_is_got_by_the_hash_of_its_bytes(blobs: FolderBlobs, content: bytes) -> None:
    name = blobs.put(content)
    assert (name, blobs.get(name)) == (hashlib.sha256(content).hexdigest(), content)


def test_storing_twice_is_harmless_and_writes_once(blobs: FolderBlobs, folder: Path) -> None:
    blobs.put(CONTENT)
    before = file_of(folder).stat().st_ino
    assert blobs.put(CONTENT) == NAME
    assert file_of(folder).stat().st_ino == before
    assert all_files(folder) == [file_of(folder)]


def test_another_store_on_the_same_folder_finds_it(blobs: FolderBlobs, folder: Path) -> None:
    blobs.put(CONTENT)
    assert FolderBlobs(folder).get(NAME) == CONTENT


def test_files_and_folders_are_nobody_elses_to_read(blobs: FolderBlobs, folder: Path) -> None:
    blobs.put(CONTENT)
    modes = [oct(path.stat().st_mode & 0o777) for path in (file_of(folder), file_of(folder).parent, folder)]
    assert modes == ["0o600", "0o700", "0o700"]


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../../etc/passwd",
        NAME.upper(),
        NAME[:-1],
        NAME + "0",
        NAME + "\n",
        "/" + NAME[1:],
        NAME[:-1] + "\0",
        NAME + "\0",
        "0" * 64,
    ],
)
def test_what_is_no_name_or_nobodys_is_a_key_error(blobs: FolderBlobs, name: str) -> None:
    blobs.put(CONTENT)
    with pytest.raises(KeyError):
        blobs.get(name)


@pytest.mark.parametrize("damage", [CONTENT[:-1], b"", CONTENT.replace(b"broken", b"BROKEN")])
def test_a_damaged_file_is_named_and_never_handed_out(blobs: FolderBlobs, folder: Path, damage: bytes) -> None:
    blobs.put(CONTENT)
    file_of(folder).write_bytes(damage)
    with pytest.raises(BlobDamaged, match=NAME):
        blobs.get(NAME)


@pytest.mark.parametrize("damage", [CONTENT[:-1], CONTENT.replace(b"broken", b"BROKEN")])
def test_putting_the_same_bytes_again_mends_a_damaged_file(blobs: FolderBlobs, folder: Path, damage: bytes) -> None:
    blobs.put(CONTENT)
    file_of(folder).write_bytes(damage)
    blobs.put(CONTENT)
    assert blobs.get(NAME) == CONTENT


def test_a_folder_that_was_taken_away_is_made_again(blobs: FolderBlobs, folder: Path) -> None:
    blobs.put(CONTENT)
    file_of(folder).unlink()
    file_of(folder).parent.rmdir()
    blobs.put(CONTENT)
    assert blobs.get(NAME) == CONTENT


def test_many_threads_may_put_the_same_and_different_bytes(blobs: FolderBlobs, folder: Path) -> None:
    def put_many() -> None:
        for number in range(20):
            blobs.put(b"%d" % number)

    threads = [threading.Thread(target=put_many) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(blobs.get(path.name) for path in all_files(folder)) == sorted(b"%d" % number for number in range(20))


def test_a_place_that_is_no_folder_is_unavailable_and_named(tmp_path: Path) -> None:
    (tmp_path / "attachments").write_text("a file")
    with pytest.raises(StoreUnavailable, match="attachments"):
        FolderBlobs(tmp_path / "attachments").put(CONTENT)
    with pytest.raises(KeyError):
        FolderBlobs(tmp_path / "attachments").get(NAME)


def test_a_place_where_nothing_may_be_written_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable, match="/proc"):
        FolderBlobs(Path("/proc/attachments")).put(CONTENT)


def test_when_the_disk_is_full_nothing_half_written_is_left(blobs: FolderBlobs, folder: Path) -> None:
    """A limit on the size of files stands for the full disk: write(2) fails in the middle all the same."""
    script = (
        "import resource, signal, sys\n"
        "from pathlib import Path\n"
        "from mailbot.connectors.blobs import FolderBlobs\n"
        "from mailbot.desk.store import StoreUnavailable\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))\n"
        "try:\n"
        "    FolderBlobs(Path(sys.argv[1])).put(bytes(50_000))\n"
        "except StoreUnavailable as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)], capture_output=True, text=True, check=True, timeout=30
    )
    assert "File too large" in done.stdout
    assert all_files(folder) == []
    blobs.put(bytes(50_000))
    assert len(all_files(folder)) == 1
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 10_000


class Disk:
    """Watches in which order files and folders reach the disk."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, root: Path) -> None:
        self.steps: list[str] = []
        self._root = root
        fsync, replace, mkdir = os.fsync, Path.replace, Path.mkdir

        def watched_fsync(file: int) -> None:
            fsync(file)
            self._note("fsync", Path(os.readlink(f"/proc/self/fd/{file}")))

        def watched_replace(path: Path, target: Path) -> Path:
            self._note("rename", target)
            return replace(path, target)

        def watched_mkdir(path: Path, mode: int = 0o777, exist_ok: bool = False) -> None:
            if not path.exists():
                self._note("mkdir", path)
            mkdir(path, mode=mode, exist_ok=exist_ok)

        monkeypatch.setattr(os, "fsync", watched_fsync)
        monkeypatch.setattr(Path, "replace", watched_replace)
        monkeypatch.setattr(Path, "mkdir", watched_mkdir)

    def _note(self, what: str, path: Path) -> None:
        name = "." if path == self._root.parent else path.name
        self.steps.append(f"{what} {'temporary' if name.startswith('.') and len(name) > 1 else name}")

    def after(self, do: Callable[[], object]) -> list[str]:
        self.steps.clear()
        do()
        return list(self.steps)


def test_bytes_reach_the_disk_before_their_name_and_the_name_before_put_returns(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk, two = Disk(monkeypatch, folder), NAME[:2]
    written = ["fsync temporary", f"rename {NAME}", f"fsync {two}"]
    first = FolderBlobs(folder)
    made = ["mkdir attachments", "fsync .", f"mkdir {two}", "fsync attachments"]
    assert disk.after(lambda: first.put(CONTENT)) == [*made, *written]
    # Whoever stored it may have been killed right after the rename, or be still at work.
    assert disk.after(lambda: first.put(CONTENT)) == [f"fsync {two}"]
    # And so with the folders, for one who finds them there and has not made them durable.
    assert disk.after(lambda: FolderBlobs(folder).put(CONTENT)) == ["fsync .", "fsync attachments", f"fsync {two}"]

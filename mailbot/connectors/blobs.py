"""Bytes in a folder, each file named by the SHA-256 of what it holds: `ab/abcd…`."""

import errno
import hashlib
import os
import re
import secrets
from pathlib import Path

from mailbot.desk.store import StoreUnavailable

_NAME = re.compile(r"[0-9a-f]{64}")


class BlobDamaged(Exception):
    """A stored file does not hold the bytes that its name promises; the text names the file."""


class FolderBlobs:
    """A BlobStore in a folder, made where it is missing.

    Every call raises StoreUnavailable where the disk is full, gone or not writable: nothing half written is ever found
    under a name. Any number of threads and processes may use one folder.
    """

    def __init__(self, folder: Path) -> None:
        self._root = folder
        self._durable: set[Path] = set()

    def put(self, content: bytes) -> str:
        """Store durably and name it; storing twice is harmless."""
        name = hashlib.sha256(content).hexdigest()
        path = self._path(name)
        try:
            self._make_durable(path.parent)
            if not _holds(path, content):
                _write(path, content)
            # Also where the file is there already: whoever renamed it may not have come to this line yet, or was killed
            # before it. Its bytes are on the disk, for they were fsynced before the rename; its name may not be.
            _sync_folder(path.parent)
        except OSError as error:
            raise StoreUnavailable(_reason(path, error)) from error
        return name

    def get(self, name: str) -> bytes:
        """The bytes of this name. KeyError where there are none, BlobDamaged where they are not what was stored."""
        if not _NAME.fullmatch(name):
            raise KeyError(name)
        path = self._path(name)
        try:
            content = path.read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            raise KeyError(name) from None
        except OSError as error:
            raise StoreUnavailable(_reason(path, error)) from error
        if hashlib.sha256(content).hexdigest() != name:
            raise BlobDamaged(f"{path} is damaged: it does not hold the bytes it is named by; restore it from a backup")
        return content

    def _path(self, name: str) -> Path:
        # 256 folders are enough for millions of files; a second level would cost nearly every file a further fsync.
        return self._root / name[:2] / name

    def _make_durable(self, folder: Path) -> None:
        """Make this folder and those above it where they are missing, each on the disk in the one above.

        That a folder is there does not say that: another process may just have made it.
        """
        if folder in self._durable and folder.is_dir():
            return
        for above in (*reversed(folder.parents), folder):
            known = above.is_dir()
            above.mkdir(mode=0o700, exist_ok=True)
            if not known or above.is_relative_to(self._root):
                _sync_folder(above.parent)
        self._durable.add(folder)


def _holds(path: Path, content: bytes) -> bool:
    """Whether exactly these bytes lie there; a damaged file is written anew."""
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False


def _write(path: Path, content: bytes) -> None:
    # In the same folder, so that the rename is atomic; no blob has a name of this shape.
    temporary = path.with_name(f".{path.name[:16]}.{secrets.token_hex(8)}")
    file = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        try:
            rest = memoryview(content)
            while rest:
                rest = rest[os.write(file, rest) :]
            os.fsync(file)
        finally:
            os.close(file)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _sync_folder(folder: Path) -> None:
    file = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(file)
    finally:
        os.close(file)


def _reason(path: Path, error: OSError) -> str:
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            why = "the disk is full"
        case errno.EACCES | errno.EPERM | errno.EROFS:
            why = f"mailbot may not write or read there ({error.strerror})"
        case _:
            why = error.strerror or str(error)
    return f"the attachment {path} cannot be stored or read: {why}"

"""The folder of the shop's own templates, and those that mailbot brings along."""

import re
from collections.abc import Iterator, Mapping
from importlib.resources.abc import Traversable
from pathlib import Path

from mailbot.letters.check import FolderContents, TemplateProblem
from mailbot.letters.shipped import shipped_templates
from mailbot.letters.template import LAYOUT, Key, file_of

__all__ = ["LARGEST_FILE", "TemplatesFolder", "shipped_sources"]

LARGEST_FILE = 100_000
"""Bytes of a template file; none needs more."""

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_FILE = re.compile(r"(\w[\w-]*)\.md")

_Look = Mapping[Key, tuple[int, int]]


def shipped_sources() -> Mapping[Key, str]:
    """The templates that mailbot brings along. Raises FileNotFoundError where the installation is damaged."""
    root = shipped_templates()
    return {key: file.read_text(encoding="utf-8") for key, file in _files(root)}


def _files(root: Traversable) -> Iterator[tuple[Key, Traversable]]:
    """Template files, by what they are. Anything else that lies there (a README, an editor's copy) is none."""
    for entry in root.iterdir():
        if entry.name == file_of(LAYOUT):
            yield LAYOUT, entry
        elif _LANGUAGE.fullmatch(entry.name) and entry.is_dir():
            for file in entry.iterdir():
                name = _FILE.fullmatch(file.name)
                if name:
                    yield (entry.name, name[1]), file


class TemplatesFolder:
    """`[templates].path`, looked at by the times and sizes of its files and read only when they changed.

    Without a path there are no templates of the shop's own.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._seen: _Look | None = None
        self._read: _Look | None = None

    def changed(self) -> bool:
        """Whether the files differ from those last read, and no longer change: an editor may still be writing."""
        if self._path is None:
            return self._read is None
        before, self._seen = self._seen, self._look()
        return self._read is None or (self._seen != self._read and self._seen == before)

    def read(self) -> FolderContents:
        """All templates of the folder, and what could not be read of it; never raises."""
        self._read = self._seen if self._path is not None and self._seen is not None else {}
        sources: dict[Key, str] = {}
        problems: list[TemplateProblem] = []
        if self._path is None:
            return FolderContents(sources=sources, problems=())
        try:
            for key, file in _files(self._path):
                text, problem = _text_of(key, Path(str(file)))
                if problem is None:
                    sources[key] = text
                else:
                    problems.append(problem)
        except OSError as error:
            said = f"the templates' folder {self._path} cannot be read: {error.strerror or error}"
            problems.append(TemplateProblem(file=".", line=1, message=said))
        return FolderContents(sources=sources, problems=tuple(problems))

    def _look(self) -> _Look:
        look: dict[Key, tuple[int, int]] = {}
        if self._path is None:
            return look
        try:
            for key, file in _files(self._path):
                found = Path(str(file)).stat()
                look[key] = (found.st_mtime_ns, found.st_size)
        except OSError:
            # Gone meanwhile, or the whole folder is: the next look tells.
            pass
        return look


def _text_of(key: Key, path: Path) -> tuple[str, TemplateProblem | None]:
    file = file_of(key)
    try:
        with path.open("rb") as opened:
            raw = opened.read(LARGEST_FILE + 1)
    except OSError as error:
        return "", TemplateProblem(file=file, line=1, message=f"cannot be read: {error.strerror or error}")
    if len(raw) > LARGEST_FILE:
        return "", TemplateProblem(file=file, line=1, message=f"is larger than {LARGEST_FILE // 1000} KB")
    try:
        return raw.decode("utf-8").replace("\r\n", "\n"), None
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        return "", TemplateProblem(file=file, line=line, message="is not UTF-8; save it in that encoding")

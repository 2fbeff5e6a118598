"""The shop's own templates, as they lie in a folder."""

import os
from pathlib import Path

import pytest

from mailbot.connectors.templates_folder import LARGEST_FILE, TemplatesFolder, shipped_sources
from mailbot.letters.letter import LetterName


def write(folder: Path, file: str, text: str | bytes) -> Path:
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_every_letter_is_shipped_in_both_languages() -> None:
    shipped = shipped_sources()
    assert {(language, name.value) for language in ("en", "de") for name in LetterName} <= set(shipped)
    assert ("", "_layout") in shipped


def test_only_templates_are_read(tmp_path: Path) -> None:
    write(tmp_path, "_layout.html", "layout")
    write(tmp_path, "en/decline.md", "a\r\nb")
    write(tmp_path, "pt-BR/_words.md", "words")
    for other in (
        "README.md",
        "en/.decline.md.swp",
        "en/decline.md~",
        "en/notes.txt",
        "old/decline.html",
        "EN/decline.md",
    ):
        write(tmp_path, other, "no template")
    (tmp_path / "en" / "sub").mkdir()

    found = TemplatesFolder(tmp_path).read()

    assert found.sources == {("", "_layout"): "layout", ("en", "decline"): "a\nb", ("pt-BR", "_words"): "words"}
    assert found.problems == ()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"a\nb\xff", "en/decline.md:2: is not UTF-8; save it in that encoding"),
        (b"x" * (LARGEST_FILE + 1), "en/decline.md:1: is larger than 100 KB"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_and_the_others_are_read(
    tmp_path: Path, content: bytes, problem: str
) -> None:
    write(tmp_path, "en/decline.md", content)
    write(tmp_path, "en/hazard.md", "fine")
    found = TemplatesFolder(tmp_path).read()
    assert [str(one) for one in found.problems] == [problem]
    assert found.sources == {("en", "hazard"): "fine"}


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    found = TemplatesFolder(tmp_path / "gone").read()
    assert found.sources == {}
    assert "No such file or directory" in found.problems[0].message


def test_without_a_folder_there_is_nothing_to_read_but_once() -> None:
    folder = TemplatesFolder(None)
    assert folder.changed()
    assert folder.read().sources == {}
    assert not folder.changed()


def test_a_change_is_seen_once_it_has_settled(tmp_path: Path) -> None:
    path = write(tmp_path, "en/decline.md", "one")
    folder = TemplatesFolder(tmp_path)
    assert folder.changed()
    assert folder.read().sources == {("en", "decline"): "one"}
    assert not folder.changed()

    write(tmp_path, "en/decline.md", "other")
    os.utime(path, ns=(1, 1))
    assert not folder.changed()
    write(tmp_path, "en/decline.md", "other, and longer")
    os.utime(path, ns=(2, 2))
    assert not folder.changed()
    assert folder.changed()
    assert folder.read().sources == {("en", "decline"): "other, and longer"}
    assert not folder.changed()

    path.unlink()
    folder.changed()
    assert folder.changed()
    assert folder.read().sources == {}

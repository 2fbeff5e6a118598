"""One template file: a subject between `---` lines in TOML, then Markdown with Jinja2."""

import re
import tomllib
from dataclasses import dataclass
from pathlib import PurePosixPath

from mailbot.letters.literal import has_carriers

__all__ = ["LAYOUT", "Key", "Template", "TemplateError", "file_of", "is_partial", "parse_template"]

Key = tuple[str, str]
"""Language and name of a template, `("en", "decline")`; the layout of all languages is `LAYOUT`."""

LAYOUT: Key = ("", "_layout")

_TAGS_ALONE = re.compile(r"\s*(?:\{%(?:(?!%\}).)*%\}\s*|\{#(?:(?!#\}).)*#\}\s*)*")
_TOML_PLACE = re.compile(r" \(at line (\d+), column \d+\)$")


class TemplateError(Exception):
    """A template cannot be used: which file, which line (1 where unknown), and why."""

    def __init__(self, file: str, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}")
        self.file = file
        self.line = line
        self.message = message


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A parsed file. Both sources begin with as many empty lines as stand above them in the file: lines agree."""

    subject: str
    body: str


def is_partial(name: str) -> bool:
    """Whether a file only serves others: its name begins with `_`."""
    return name.startswith("_")


def file_of(key: Key) -> str:
    """The path of a template inside the templates' folder."""
    language, name = key
    return f"{name}.html" if key == LAYOUT else str(PurePosixPath(language, f"{name}.md"))


def parse_template(key: Key, source: str) -> Template:
    """Take a file apart. A partial has no front matter; all else has one, with a `subject` and nothing more.

    Raises TemplateError.
    """
    file = file_of(key)
    for number, line in enumerate(source.splitlines(), start=1):
        if has_carriers(line):
            raise TemplateError(file, number, "holds a private character (U+F000 to U+F0FF), which no letter may")
    if is_partial(key[1]):
        return Template(subject="", body=_with_line_ends_kept(source))
    lines = source.removeprefix("\ufeff").splitlines()
    if not lines or lines[0].strip() != "---":
        raise TemplateError(file, 1, 'does not begin with a line "---" and a subject')
    end = next((at for at, line in enumerate(lines[1:], start=1) if line.strip() == "---"), None)
    if end is None:
        raise TemplateError(file, 1, 'the line "---" that ends the front matter is missing')
    front = _front_matter(file, lines[1:end])
    subject = front.pop("subject", None)
    if front:
        raise TemplateError(file, 2, f'the front matter knows only "subject", not "{next(iter(front))}"')
    if not isinstance(subject, str) or not subject.strip():
        raise TemplateError(file, 2, 'the front matter lacks its line subject = "…"')
    at = next((n for n, line in enumerate(lines[1:end], start=1) if line.lstrip().startswith("subject")), 1)
    body = _with_line_ends_kept("\n".join(lines[end + 1 :]))
    return Template(subject="\n" * at + subject, body="\n" * (end + 1) + body + "\n")


def _with_line_ends_kept(source: str) -> str:
    """A line of tags alone vanishes (`trim_blocks`); one with text in it keeps its line end, though it ends in a tag.

    Jinja2 by itself would glue such a line to the next, and a list's items to one another.
    """
    lines = source.split("\n")
    for at, line in enumerate(lines):
        ends = line[-2:]
        if ends in ("%}", "#}") and line[-3:-2] not in ("-", "+") and not _TAGS_ALONE.fullmatch(line):
            lines[at] = f"{line[:-2]}+{ends}"
    return "\n".join(lines)


def _front_matter(file: str, lines: list[str]) -> dict[str, object]:
    try:
        return dict(tomllib.loads("\n".join(lines)))
    except tomllib.TOMLDecodeError as error:
        place = _TOML_PLACE.search(str(error))
        number = int(place[1]) + 1 if place else 2
        raise TemplateError(file, number, f"the front matter is not TOML: {_TOML_PLACE.sub('', str(error))}") from error

"""Whether templates serve: every letter in every language is made from sample cases, and what goes wrong is told.

Runs in a child process (`connectors.templates_child`): a template computes, and may do so without end or measure.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from mailbot.letters.letter import LetterName
from mailbot.letters.markdown import ALLOWED_LINKS, links_of, parse
from mailbot.letters.render import Letters
from mailbot.letters.samples import sample_facts
from mailbot.letters.template import LAYOUT, Key, TemplateError, file_of, is_partial

__all__ = ["LONGEST_LETTER", "FolderContents", "TemplateProblem", "check_templates"]

LONGEST_LETTER = 200_000
"""Characters of a letter's text or HTML part; a sample that makes more of them is a mistake."""

_NAMES = frozenset(name.value for name in LetterName)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateProblem:
    """What is wrong with a template: its file inside the templates' folder, the line (from 1), and what."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.message}"


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderContents:
    """The shop's own templates as they lie in the folder, and the files that could not be read."""

    sources: Mapping[Key, str]
    problems: tuple[TemplateProblem, ...]


def check_templates(
    sources: Mapping[Key, str],
    *,
    default_language: str = "en",
    changed: Collection[Key] | None = None,
    begins: Callable[[str], None] = lambda _file: None,
) -> list[TemplateProblem]:
    """Everything that is wrong with these templates, in the order of the files; empty where all is well.

    With `changed`, only the letters that these files have a part in are tried; None tries all. `begins` is told the
    file before each letter is tried.
    """
    letters = Letters(sources, default_language=default_language)
    problems: dict[TemplateProblem, None] = {}
    for key in sorted(sources):
        if changed is not None and not _has_part_in(key, changed, sources):
            continue
        begins(file_of(key))
        for problem in _problems_of(letters, key, sources):
            problems.setdefault(problem)
    if LAYOUT not in sources:
        problems.setdefault(TemplateProblem(file=file_of(LAYOUT), line=1, message="is missing"))
    return list(problems)


def _has_part_in(key: Key, changed: Collection[Key], sources: Mapping[Key, str]) -> bool:
    """Whether one of the changed files is this one, the layout, or a partial that its language uses (or may borrow)."""
    language, _ = key
    return key in changed or any(
        other == LAYOUT or (is_partial(other[1]) and (other[0] == language or (language, other[1]) not in sources))
        for other in changed
    )


def _problems_of(letters: Letters, key: Key, sources: Mapping[Key, str]) -> list[TemplateProblem]:
    language, name = key
    file = file_of(key)
    if key == LAYOUT:
        return []
    if not is_partial(name) and name not in _NAMES:
        near = get_close_matches(name, _NAMES, n=1)
        meant = f"; {near[0]}.md was probably meant" if near else ""
        return [TemplateProblem(file=file, line=1, message=f"there is no letter of this name{meant}")]
    try:
        letters.compile(key)
        if is_partial(name):
            return []
        for facts in sample_facts(LetterName(name), language):
            rendered = letters.render(facts)
            if max(len(rendered.text), len(rendered.html)) > LONGEST_LETTER:
                raise TemplateError(file, 1, f"makes a letter of more than {LONGEST_LETTER:,} characters")
            if not rendered.subject:
                raise TemplateError(file, 2, "makes a letter without a subject")
            for address in links_of(parse(letters.markdown(facts))):
                if not address.lower().startswith(ALLOWED_LINKS):
                    line = _line_of(address, sources[key])
                    raise TemplateError(file, line, f"a link leads to “{address}”; allowed are {_LINKS_IN_WORDS}")
    except TemplateError as error:
        return [TemplateProblem(file=error.file, line=error.line, message=error.message)]
    return []


_LINKS_IN_WORDS = ", ".join(ALLOWED_LINKS)


def _line_of(words: str, source: str) -> int:
    return next((number for number, line in enumerate(source.splitlines(), start=1) if words in line), 1)

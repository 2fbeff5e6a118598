"""Changed templates go live, checked first; a broken one leaves its last good version in force, and agents are told."""

from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Protocol

from mailbot.letters.check import FolderContents, TemplateProblem
from mailbot.letters.render import Letters
from mailbot.letters.template import Key, file_of

__all__ = ["LiveTemplates", "TemplateArchive", "TemplateCheck", "TemplateFolder"]


class TemplateFolder(Protocol):
    """The folder of the shop's own templates."""

    def changed(self) -> bool:
        """Whether it differs from what was last read (True at first); cheap enough to ask twice a second."""
        ...

    def read(self) -> FolderContents:
        """What lies there now; never raises."""
        ...


class TemplateArchive(Protocol):
    """The last good version of each of the shop's own templates, kept in the database."""

    def last_good(self) -> Mapping[Key, str]: ...

    def keep(self, sources: Mapping[Key, str], *, at: datetime) -> None:
        """Keep these and only these."""
        ...


class TemplateCheck(Protocol):
    """`check_in_child`, or anything that answers alike."""

    def __call__(
        self, sources: Mapping[Key, str], *, default_language: str, changed: Collection[Key] | None
    ) -> list[TemplateProblem]: ...


class LiveTemplates:
    """The letters in force.

    Each of the shop's own files stands on one of three steps: as it was found, as it last was good, as it is shipped.
    A file with a problem goes one step back; where the problem shows in a file that did not change, all that changed.
    """

    def __init__(
        self,
        *,
        shipped: Mapping[Key, str],
        folder: TemplateFolder,
        archive: TemplateArchive,
        check: TemplateCheck,
        alarm: Callable[[str], None],
        default_language: str = "en",
    ) -> None:
        self._shipped = dict(shipped)
        self._folder = folder
        self._archive = archive
        self._check = check
        self._alarm = alarm
        self._default_language = default_language
        self._in_force: dict[Key, str] | None = None
        self._unfinished = False
        self._told: frozenset[TemplateProblem] = frozenset()
        self._letters = Letters(self._shipped, default_language=default_language)

    @property
    def letters(self) -> Letters:
        """The letters in force; those shipped until the first `refresh`."""
        return self._letters

    def refresh(self, now: datetime) -> bool:
        """Look at the folder; put in force what changed and serves. True where the letters in force are new ones.

        Takes about a second where something changed (the check runs in a child), nothing otherwise.
        """
        if not self._folder.changed() and not self._unfinished:
            return False
        # The folder counts as read from here on: what the database or the child breaks off is done again.
        self._unfinished = True
        found = self._folder.read()
        good = dict(self._archive.last_good())
        own, problems = self._best_of(found, good)
        if own != good:
            self._archive.keep(own, at=now)
        self._tell(problems)
        self._unfinished = False
        in_force = {**self._shipped, **own}
        if in_force == (self._in_force or self._shipped):
            self._in_force = in_force
            return False
        self._in_force = in_force
        self._letters = Letters(in_force, default_language=self._default_language)
        return True

    def _best_of(self, found: FolderContents, good: Mapping[Key, str]) -> tuple[dict[Key, str], list[TemplateProblem]]:
        problems = list(found.problems)
        unread = {problem.file for problem in problems}
        # A folder that cannot be listed (".") says nothing of its files: all of them stay as they last were good.
        missing = {key for key in good if file_of(key) in unread or "." in unread} - set(found.sources)
        steps = {key: [text, good.get(key)] for key, text in found.sources.items()}
        steps.update({key: [good[key]] for key in missing})
        while True:
            own = {key: step[0] for key, step in steps.items() if step and step[0] is not None}
            changed = self._changed(own)
            if not changed:
                return own, problems
            new = self._check(
                {**self._shipped, **own},
                default_language=self._default_language,
                changed=None if self._in_force is None else changed,
            )
            if not new:
                return own, problems
            problems += [problem for problem in new if problem not in problems]
            _go_back(steps, own, {problem.file for problem in new}, good)
            if not own:
                # The shipped ones alone: a problem of theirs is none that a shop's file could mend.
                return own, problems

    def _changed(self, own: Mapping[Key, str]) -> set[Key]:
        """What differs from the letters in force; at first, from those shipped."""
        now, then = {**self._shipped, **own}, self._in_force or self._shipped
        return {key for key in now.keys() | then.keys() if now.get(key) != then.get(key)}

    def _tell(self, problems: Collection[TemplateProblem]) -> None:
        told = frozenset(problems)
        if told and told != self._told:
            lines = "\n".join(str(problem) for problem in problems)
            self._alarm(f"Templates are broken; the last good version of each stays in force.\n{lines}")
        self._told = told


def _go_back(
    steps: Mapping[Key, list[str | None]], own: Mapping[Key, str], files: Collection[str], good: Mapping[Key, str]
) -> None:
    """One step back for the files named that changed; where none did, for all that changed: one of them is to blame."""
    named = [key for key in own if file_of(key) in files]
    differing = [key for key in own if own[key] != good.get(key)]
    for key in [key for key in named if key in differing] or differing or named or list(own):
        # A version equal to the one that failed is no step.
        failed = steps[key].pop(0)
        while steps[key] and steps[key][0] == failed:
            steps[key].pop(0)

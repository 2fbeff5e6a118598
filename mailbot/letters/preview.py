"""What an admin asks of templates before they go live: how a letter looks, and what differs from those shipped."""

from collections.abc import Mapping
from difflib import unified_diff

from mailbot.letters.letter import LetterName
from mailbot.letters.render import Letters, Rendered
from mailbot.letters.samples import sample_facts
from mailbot.letters.template import Key, file_of

__all__ = ["differences", "preview"]


def preview(letters: Letters, name: LetterName, language: str) -> Rendered:
    """The letter for its fullest sample case. Raises TemplateError."""
    return letters.render(sample_facts(name, language)[0])


def differences(own: Mapping[Key, str], shipped: Mapping[Key, str]) -> str:
    """A unified diff from the shipped templates to the shop's own; "" where they are the same."""
    lines: list[str] = []
    for key in sorted(own):
        lines += unified_diff(
            shipped.get(key, "").splitlines(),
            own[key].splitlines(),
            f"shipped/{file_of(key)}",
            f"own/{file_of(key)}",
            lineterm="",
        )
    return "\n".join(lines) + "\n" if lines else ""

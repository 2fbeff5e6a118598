"""What is wrong with a configuration, said so that the person who wrote it can mend it."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic_core import PydanticCustomError


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing to mend; it never holds the value of a secret.

    `key` as the file writes it (`imap.port`, `agents[2].address` for the second `[[agents]]`), "" where the file
    as a whole is meant. `allowed` may be "".
    """

    file: str
    key: str
    wrong: str
    allowed: str = ""

    def __str__(self) -> str:
        end = "" if self.wrong.endswith("?") else "."
        sentence = f"{self.wrong}{end} {self.allowed}" if self.allowed else self.wrong
        return ": ".join(part for part in (self.file, self.key, sentence) if part)


class ConfigurationError(Exception):
    """The configuration cannot be used; trying again does not help, a person has to mend it (exit code 2).

    The message has one line a problem: file, key, what is wrong, what is allowed.
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


REFUSAL = "mailbot_refusal"
"""The pydantic error type of everything that `refusal` makes."""


def refusal(wrong: str, allowed: str = "", *, key: str = "") -> PydanticCustomError:
    """An error for pydantic to collect; `key` names the sibling to blame, where it is not the field itself."""
    return PydanticCustomError(REFUSAL, "{wrong}", {"wrong": wrong, "allowed": allowed, "key": key})

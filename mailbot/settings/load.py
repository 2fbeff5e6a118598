"""Reading `config.toml`: a file becomes `Settings`, or one error that lists everything that is wrong with it."""

import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from mailbot.settings.errors import ConfigurationError, Problem
from mailbot.settings.explain import explain
from mailbot.settings.kinds import Surroundings
from mailbot.settings.model import EXAMPLE_SHOP, Settings

_AT = re.compile(r"(?P<what>.*) \(at (?:line (?P<line>\d+), column (?P<column>\d+)|end of document)\)", re.DOTALL)


def load(path: Path | None, *, needs_mailbox: bool = True) -> Settings:
    """The settings of this file; `Settings.defaults()` where there is none, for commands that run without one.

    `needs_mailbox` False looks at neither `[imap]` nor `[smtp]`, whose passwords may be out of reach, and lets `[shop]`
    be left out as a whole: to read or to judge needs none of them.
    Raises ConfigurationError for a file that is missing, unreadable or not TOML, and for every key that is not right.
    """
    return Settings.defaults() if path is None else parse(_document(path), path=path, needs_mailbox=needs_mailbox)


def parse(
    document: Mapping[str, Any],
    *,
    path: Path,
    environ: Mapping[str, str] = os.environ,
    needs_mailbox: bool = True,
) -> Settings:
    """The settings that a TOML document says; `path` is where it stands, for relative paths and for messages."""
    substitutes: dict[str, Any] = {"shop": EXAMPLE_SHOP}
    if not needs_mailbox:
        document = {key: value for key, value in document.items() if key not in ("imap", "smtp")}
    else:
        # An empty table, so that what is missing is named key by key.
        substitutes = {"shop": {}} if "mailboxes" in document else {"shop": {}, "imap": {}, "smtp": {}}
    surroundings = Surroundings(path=path, environ=environ)
    try:
        return Settings.model_validate({**substitutes, **document}, context=surroundings)
    except ValidationError as error:
        problems = explain(error, str(path))
    # Outside the handler: the validation's own error holds the input, which may hold secrets.
    raise ConfigurationError(problems)


def _document(path: Path) -> dict[str, Any]:
    start = "`mailbot init` writes a config.toml to start from."
    try:
        # Windows editors put a byte order mark in front.
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        wrong, allowed = "there is no such file", start
    except OSError as error:
        wrong, allowed = f"cannot be read: {error.strerror}", start
    except UnicodeDecodeError as error:
        wrong, allowed = f"is not UTF-8 text (byte {error.start + 1})", "Allowed: a text file saved as UTF-8."
    else:
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            wrong, allowed = _where(error, text), "Allowed: TOML, as https://toml.io shows it."
    raise ConfigurationError([Problem(file=str(path), key="", wrong=wrong, allowed=allowed)])


def _where(error: tomllib.TOMLDecodeError, text: str) -> str:
    at = _AT.fullmatch(str(error))
    if at is None:
        return str(error)
    *before, last = text.split("\n")
    return f"line {at['line'] or len(before) + 1}, column {at['column'] or len(last) + 1}: {at['what']}"

"""Text that can only ever be text: how a value passes through Jinja2 and Markdown without being read by either.

Each character that could mean something to Markdown or HTML is carried, through both, by a private character of its own
(`#`, U+0023, becomes U+F023), which to both is a letter like any other; the two renderers put the real character back
when they write. So it does not matter what a template does with a value (joins it, cuts it, makes it upper case): no
value becomes a link, an image, a heading, a list or a table (ATTACKS A25). Strings that stand in a template's
expressions are carried the same way, so that comparing a value with one gives what the template's author expects.
"""

import re
from collections.abc import Mapping
from typing import Any

__all__ = ["as_line", "as_source", "carry", "carry_all", "clean", "has_carriers"]

_BASE = 0xF000

# Underscores mean nothing in letters (`markdown`), so machine words stay as they are.
_MEANING = str.maketrans({char: chr(_BASE + ord(char)) for char in '\n\\`*[]<>()#+-.:!|&~="'})
_CARRIERS = re.compile("[\uf000-\uf0ff]")
_CONTROLS = re.compile(
    # C0 and C1 controls and surrogates; and what turns the reading direction of the text behind it;
    # private characters, of which some are set apart here and in the layout.
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufeff\u202a-\u202e\u2066-\u2069\ue000-\uf0ff]"
)
_LINE_ENDS = re.compile("\r\n|[\r\n\x0b\x0c\x85\u2028\u2029]")
_BACK = {_BASE + code: chr(code) for code in range(256)}
_BACK_IN_ONE_LINE = {**_BACK, _BASE + 0x0A: " "}


def clean(text: str) -> str:
    """The text with line ends as `\\n`, tabs as spaces, and no control, direction override or private carrier."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return _CONTROLS.sub("", _LINE_ENDS.sub("\n", text.replace("\t", " "))).strip()


def carry(text: str) -> str:
    """The text with each character that means something to Markdown or HTML carried by a private one."""
    return text.translate(_MEANING)


def carry_all(value: Any) -> Any:
    """Every string in plain values (as `letter.plain` makes them) cleaned and carried; keys of dictionaries stay."""
    if isinstance(value, str):
        return carry(clean(value))
    if isinstance(value, Mapping):
        return {key: carry_all(one) for key, one in value.items()}
    if isinstance(value, list):
        return [carry_all(one) for one in value]
    return value


def as_source(text: str) -> str:
    """Carried text as it was, line ends included."""
    return text.translate(_BACK)


def as_line(text: str) -> str:
    """Carried text as it was, in one line."""
    return text if text.isascii() else text.translate(_BACK_IN_ONE_LINE)


def has_carriers(text: str) -> bool:
    """Whether a template's source holds private characters that are set apart for values."""
    return _CARRIERS.search(text) is not None

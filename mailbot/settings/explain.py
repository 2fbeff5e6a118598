"""From pydantic's errors to sentences for the person who edits the file."""

import difflib
import re
from collections.abc import Iterator, Mapping
from typing import Any, get_args

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from mailbot.settings.errors import REFUSAL, Problem
from mailbot.settings.kinds import shown
from mailbot.settings.model import Section, SectionWithSecrets, Settings

Location = tuple[int | str, ...]


def explain(error: ValidationError, file: str) -> list[Problem]:
    """One Problem a mistake, in the order of the settings' fields."""
    # A default that hangs on a wrong value (the port on `security`) is no mistake of its own.
    mistakes = [one for one in error.errors(include_url=False) if one["type"] != "default_factory_not_called"]
    return [_problem(details, file) for details in mistakes]


def sections_in(annotation: Any) -> Iterator[type[Section]]:
    """The kinds of table that a field's type allows: the type itself, or what an optional or a tuple holds."""
    if isinstance(annotation, type) and issubclass(annotation, Section):
        yield annotation
    for part in get_args(annotation):
        yield from sections_in(part)


def fields_by_key(section: type[Section]) -> dict[str, FieldInfo]:
    """The fields of a table by the keys that the file writes."""
    return {field.alias or name: field for name, field in section.model_fields.items()}


def known_keys(section: type[Section] = Settings, prefix: str = "") -> Iterator[str]:
    """All keys under a table, dotted, tables before what they hold."""
    for name, field in fields_by_key(section).items():
        key = f"{prefix}{name}"
        yield key
        for inner in sections_in(field.annotation):
            yield from known_keys(inner, f"{key}.")


def _problem(details: ErrorDetails, file: str) -> Problem:
    location = tuple(part for part in details["loc"] if part != "[key]")
    context = details.get("ctx", {})
    if details["type"] == REFUSAL:
        if context["key"]:
            location = (*location[:-1], context["key"])
        return Problem(file=file, key=_dotted(location), wrong=context["wrong"], allowed=context["allowed"])
    if details["type"] == "extra_forbidden":
        wrong, allowed = _unknown(location)
        return Problem(file=file, key=_dotted(location), wrong=wrong, allowed=allowed)
    allowed = _allowed(details["type"], context, location)
    wrong = "is missing" if details["type"] == "missing" else _not_allowed(details, location)
    return Problem(file=file, key=_dotted(location), wrong=wrong, allowed=f"Allowed: {allowed}.")


def _dotted(location: Location) -> str:
    """`agents[2].address`: entries are counted from one, as people count."""
    key = ""
    for part in location:
        key += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if key else part
    return key


def _section_at(location: Location) -> type[Section] | None:
    """The table at this place, None where there is none (a list of numbers, a key by country)."""
    section: type[Section] | None = Settings
    for part in location:
        if isinstance(part, int):
            continue
        fields = fields_by_key(section) if section else {}
        section = next(sections_in(fields[part].annotation), None) if part in fields else None
    return section


def _holds_secret(location: Location) -> bool:
    section = _section_at(location[:-1])
    return section is not None and issubclass(section, SectionWithSecrets) and location[-1] in section.secret_names()


def _not_allowed(details: ErrorDetails, location: Location) -> str:
    if _holds_secret(location):
        return "is not what a secret can be"
    return f"{shown(details['input'])} is not allowed"


def _unknown(location: Location) -> tuple[str, str]:
    """An unknown key and the nearest known one: in its own table first, then anywhere by its whole name."""
    *place, name = location
    section = _section_at(tuple(place))
    here = list(fields_by_key(section)) if section is not None else []
    header = _dotted(tuple(part for part in place if isinstance(part, str)))
    nearest = difflib.get_close_matches(str(name).lower(), here, n=1, cutoff=0.6)
    if nearest:
        suggestion = ".".join(part for part in (header, nearest[0]) if part)
    else:
        elsewhere = [key for key in known_keys() if key.rpartition(".")[2] == name]
        whole_name = ".".join(part for part in (header, str(name)) if part)
        candidates = elsewhere or list(known_keys())
        suggestion = difflib.get_close_matches(whole_name, candidates, n=1, cutoff=0.0)[0]
    where = f"Known in [{header}]" if header else "Known sections"
    return f"is not a known key; did you mean {suggestion}?", f"{where}: {', '.join(here)}."


def _allowed(kind: str, context: Mapping[str, Any], location: Location) -> str:
    match kind:
        case "missing":
            return _description(location)
        case "literal_error" | "enum":
            return _listed(context["expected"])
        case "string_type":
            return "a text in quotes"
        case "bool_type" | "bool_parsing":
            return "true or false, without quotes"
        case "int_type" | "int_from_float" | "int_parsing_size":
            return "a whole number, without quotes"
        case "float_type" | "finite_number":
            return "a number, without quotes"
        case "greater_than_equal":
            return f"{context['ge']} or more"
        case "less_than_equal":
            return f"{context['le']} or less"
        case "tuple_type":
            name = next(part for part in reversed(location) if isinstance(part, str))
            return f"one or more [[{name}]], each with its keys" if _section_at(location) else "a list in [ ]"
        case "model_type" | "mapping_type" | "dict_type":
            names = tuple(part for part in location if isinstance(part, str))
            return f"[{_dotted(names)}] once, with its keys under it"
        case "too_long":
            return f"at most {context['max_length']} entries"
        case _:
            return f"what is valid here ({kind})"


def _description(location: Location) -> str:
    section = _section_at(location[:-1]) or Settings
    return fields_by_key(section)[str(location[-1])].description or "a value"


def _listed(expected: str) -> str:
    """Pydantic's list of choices as the file writes them: `"tls", "starttls", "none"`."""
    return ", ".join(f'"{word}"' for word in re.findall(r"'([^']*)'", expected))

"""The kinds of value that a configuration holds: each says in a refusal what it allows."""

import ipaddress
import os
import re
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import idna
from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationInfo

from mailbot.settings.errors import refusal

LONGEST_PATTERN = 200
"""Characters of an order number pattern: a number's form fits, a programme does not."""

LONGEST_SECRET_FILE = 64 * 1024
"""Bytes; more than any password or token, so that `/dev/zero` is not read to its end."""

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# RFC 5322 section 3.4.1, the dot-atom form, with RFC 6532's further letters.
_ATOM = r"[\w!#$%&'*+/=?^`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_DOMAIN = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)(?:\.(?!-)[a-z0-9-]{1,63}(?<!-))*")
_HOST = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_.])?")

T = TypeVar("T", bound=Hashable)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """Where values are looked up that the file only names: the folder it lies in and the environment."""

    path: Path
    environ: Mapping[str, str]

    @classmethod
    def of(cls, info: ValidationInfo) -> "Surroundings | None":
        """Those that `load` handed to the validation; None for settings made in code."""
        return info.context if isinstance(info.context, cls) else None

    def anchored(self, path: str) -> Path:
        """Relative paths are relative to the configuration file (CONTRACTS "config.toml")."""
        return self.path.absolute().parent / path


def _line(text: str) -> str:
    if not text.strip() or _CONTROL.search(text):
        # A line break in a name would become a header of its own in a letter.
        raise refusal("must be one line of text that is not empty")
    return text.strip()


def _address(text: str) -> str:
    local_part, at, domain = text.rpartition("@")
    try:
        domain = domain.lower() if domain.isascii() else idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        domain = ""
    # RFC 5321 section 4.5.3.1 limits local part and domain.
    right = at and len(local_part) <= 64 and len(domain) <= 255
    if not (right and _LOCAL_PART.fullmatch(local_part) and _DOMAIN.fullmatch(domain)):
        raise refusal(
            f"{shown(text)} is not a plain address",
            'Allowed: an address without a name, as in "anna@shop.example".',
        )
    return f"{local_part}@{domain}"


def _host(text: str) -> str:
    if _HOST.fullmatch(text):
        return text
    try:
        return str(ipaddress.ip_address(text.strip("[]")))
    except ValueError:
        raise refusal(
            f"{shown(text)} is not the name of a server",
            'Allowed: a name or an IP address without "://" and without a port, as in "mail.example.com".',
        ) from None


def _timezone(text: str) -> str:
    try:
        ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise refusal(
            f"{shown(text)} is not a time zone",
            'Allowed: a name of the IANA list, as in "Europe/Berlin" or "UTC".',
        ) from None
    return text


def _language(text: str) -> str:
    if not re.fullmatch(r"[a-z]{2}", text):
        raise refusal(
            f"{shown(text)} is not a language code",
            'Allowed: two small letters (ISO 639-1), as in "en" or "de".',
        )
    return text


@cache
def _countries() -> frozenset[str]:
    table = files("tzdata.zoneinfo").joinpath("iso3166.tab").read_text(encoding="utf-8")
    return frozenset(row.split("\t")[0] for row in table.splitlines() if not row.startswith("#"))


def _country(text: str) -> str:
    if text not in _countries():
        raise refusal(
            f"{shown(text)} is not a country code",
            "Allowed: two capital letters (ISO 3166), as in DE, FR or GB.",
        )
    return text


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9A-Fa-f]{6}", text):
        raise refusal(f"{shown(text)} is not a colour", 'Allowed: "#" and six hexadecimal digits, as in "#1a5fb4".')
    return text.lower()


def _order_number_pattern(text: str) -> str:
    if len(text) > LONGEST_PATTERN:
        raise refusal(
            f"has {len(text)} characters",
            f"Allowed: a regular expression of at most {LONGEST_PATTERN} characters.",
        )
    try:
        pattern = re.compile(text)
    except (re.error, OverflowError, RecursionError) as error:
        raise refusal(
            f"{shown(text)} is not a regular expression ({error})",
            "Allowed: what Python's re module understands, best between single quotes, as in 'SO-[0-9]{7}'.",
        ) from None
    if pattern.fullmatch(""):
        raise refusal(f"{shown(text)} also fits where no number stands", "Allowed: a pattern that needs a character.")
    return text


def _authserv_id(text: str) -> str:
    # RFC 8601 section 2.2: a value without spaces, compared without regard to case.
    if not re.fullmatch(r"[^\s;,\"\\\x00-\x1f\x7f]+", text):
        raise refusal(
            f"{shown(text)} is not an authserv-id",
            'Allowed: the first word of your own server\'s Authentication-Results header, as in "mx.shop.example".',
        )
    return text.lower()


def _clock_time(text: str) -> str:
    if not re.fullmatch(r"(?:[01][0-9]|2[0-3]):[0-5][0-9]", text):
        raise refusal(f"{shown(text)} is not a time of day", 'Allowed: hours and minutes, as in "08:00".')
    return text


def _amount(given: Any) -> Decimal:
    if isinstance(given, bool) or not isinstance(given, int | float | Decimal):
        raise refusal(f"{shown(given)} is not an amount", "Allowed: a number without quotes, as in 500 or 499.50.")
    # A float's shortest text is what the file says; Decimal(float) would show its binary rest.
    amount = Decimal(str(given))
    if not amount.is_finite() or amount < 0:
        raise refusal(f"{shown(given)} is not an amount", "Allowed: 0 or more.")
    return amount


def is_path(text: str) -> bool:
    """Whether the text can name a file at all."""
    return text != "" and "\0" not in text


def _anchored_path(given: Any, info: ValidationInfo) -> Any:
    if isinstance(given, Path) or given is None:
        return given
    if not isinstance(given, str) or not is_path(given):
        raise refusal(f"{shown(given)} is not a path", 'Allowed: a path in quotes, as in "orders.csv".')
    surroundings = Surroundings.of(info)
    return surroundings.anchored(given) if surroundings else Path(given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unresolved:
    """Stands in the place of a secret or a name where there is none, so that this is told with all else."""

    key: str
    wrong: str
    allowed: str = ""


def _resolved(given: Any) -> Any:
    if isinstance(given, Unresolved):
        raise refusal(given.wrong, given.allowed, key=given.key)
    if given == "":
        raise refusal("is empty", "Allowed: a text in quotes.")
    return given


def find_secrets(given: Mapping[str, Any], names: tuple[str, ...], surroundings: Surroundings | None) -> dict[str, Any]:
    """What the keys of a section say of its secrets: the text of each, or why there is none (`Unresolved`).

    Each secret may stand in the file itself, in a file of its own (`NAME_file`) or in the environment (`NAME_env`).
    """
    found: dict[str, str | Unresolved] = {}
    for name in names:
        ways = [way for way in (name, f"{name}_file", f"{name}_env") if way in given]
        if len(ways) > 1:
            found[name] = Unresolved(
                key=name,
                wrong=f"is given more than once ({', '.join(ways)})",
                allowed="Allowed: one of them.",
            )
        elif ways and ways[0] != name:
            named = given[ways[0]]
            if ways[0].endswith("_env") and isinstance(named, str):
                found[name] = _from_environment(ways[0], named, surroundings)
            elif isinstance(named, str) and is_path(named):
                found[name] = _from_file(ways[0], named, surroundings)
    return found


def _from_file(key: str, named: str, surroundings: Surroundings | None) -> str | Unresolved:
    path = surroundings.anchored(named) if surroundings else Path(named)
    allowed = "Allowed: a text file that holds the secret alone."
    try:
        with path.open("rb") as file:
            raw = file.read(LONGEST_SECRET_FILE + 1)
        secret = raw.decode("utf-8-sig").strip("\r\n")
    except OSError as error:
        return Unresolved(key=key, wrong=f"{path} cannot be read: {error.strerror}", allowed=allowed)
    except UnicodeDecodeError:
        return Unresolved(key=key, wrong=f"{path} is not UTF-8 text", allowed=allowed)
    if not secret or len(raw) > LONGEST_SECRET_FILE:
        return Unresolved(key=key, wrong=f"{path} is {'too long' if secret else 'empty'}", allowed=allowed)
    return secret


def _from_environment(key: str, named: str, surroundings: Surroundings | None) -> str | Unresolved:
    secret = (surroundings.environ if surroundings else os.environ).get(named)
    if secret:
        return secret
    # A password written here by mistake is not shown: it does not look like a variable.
    variable = f"variable {named}" if re.fullmatch(r"[A-Z][A-Z0-9_]*", named) else "variable of this name"
    return Unresolved(
        key=key,
        wrong=f"the environment {variable} {'is not set' if secret is None else 'is empty'}",
        allowed="Allowed: the name of a variable that holds the secret when mailbot starts.",
    )


def unique(items: tuple[T, ...]) -> tuple[T, ...]:
    """Refuses a list that names something twice."""
    twice = [item for position, item in enumerate(items) if item in items[:position]]
    if twice:
        raise refusal(f"names {shown(str(twice[0]))} twice", "Allowed: each once.")
    return items


def not_yet(*values: Any, allowed: str) -> AfterValidator:
    """Refuses values that the contract knows and this version does not serve."""

    def check(given: Any) -> Any:
        for value in given if isinstance(given, tuple) else (given,):
            if value in values:
                raise refusal(f"{shown(value)} is not available in this version", f"Allowed: {allowed}.")
        return given

    return AfterValidator(check)


def absent_yet(name: str) -> BeforeValidator:
    """Refuses a section or key that the contract knows and this version does not serve, whatever it says."""

    def check(given: Any) -> Any:
        # Refused before it is looked into: nobody should have to complete what is refused then.
        if given is not None and given != () and given != []:
            raise refusal(f"{name} is not available in this version", "Allowed: leave it out.")
        return given

    return BeforeValidator(check)


def shown(value: Any) -> str:
    """A value as the file writes it, shortened, in one line; lists and tables only by what they are."""
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            shortened = value if len(value) <= 60 else value[:57] + "..."
            escaped = _CONTROL.sub(lambda found: f"\\u{ord(found[0]):04x}", shortened)
            return f'"{escaped}"'
        case int() | float() | Decimal():
            return str(value)
        case list() | tuple():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"a {type(value).__name__}"


def _auto_or_flag(given: Any) -> Any:
    # Pydantic would take 1 for true.
    if given != "auto" and not isinstance(given, bool):
        raise refusal(f"{shown(given)} is not allowed", 'Allowed: "auto", true, false.')
    return given


def whole(least: int, most: int) -> Any:
    """The constraint of a whole number written without quotes."""
    return Field(strict=True, ge=least, le=most)


Line = Annotated[str, AfterValidator(_line)]
Address = Annotated[str, AfterValidator(_address)]
Host = Annotated[str, AfterValidator(_host)]
Timezone = Annotated[str, AfterValidator(_timezone)]
Language = Annotated[str, AfterValidator(_language)]
Country = Annotated[str, AfterValidator(_country)]
Colour = Annotated[str, AfterValidator(_colour)]
OrderNumberPattern = Annotated[str, AfterValidator(_order_number_pattern)]
AuthservId = Annotated[str, AfterValidator(_authserv_id)]
ClockTime = Annotated[str, AfterValidator(_clock_time)]
Amount = Annotated[Decimal, BeforeValidator(_amount)]
AnchoredPath = Annotated[Path, BeforeValidator(_anchored_path)]
Secret = Annotated[SecretStr, BeforeValidator(_resolved)]
Username = Annotated[str, BeforeValidator(_resolved), AfterValidator(_line)]
AutoOrFlag = Annotated[Literal["auto"] | bool, BeforeValidator(_auto_or_flag)]
Flag = Annotated[bool, Field(strict=True)]
Port = Annotated[int, whole(1, 65_535)]
Count = Annotated[int, whole(1, 1_000_000_000)]
# A hundred years: more would only run over the end of the calendar.
Days = Annotated[int, whole(0, 36_500)]
DaysKept = Annotated[int, whole(1, 36_500)]

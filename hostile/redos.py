"""`make redos`: every regular expression of the readers on texts made to keep it busy.

The time on a text twice as long may grow by at most 2.6: a linear expression doubles, a quadratic one takes four times
as long. Ratios within one run, so that the machine's speed does not matter.
"""

import importlib
import pkgutil
import re
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType

import mailbot.claims
import mailbot.letters
import mailbot.mail
import mailbot.media
import mailbot.reading
from learning.labelled import TODAY, shop
from mailbot.mail.parse import parse
from mailbot.reading.read import Reader

SIZES = (10_000, 20_000, 40_000)
MOST_GROWTH = 2.6
# Below this many seconds at the largest size the clock's own jitter is larger than what is measured.
_MEASURABLE = 0.004
_TRIES = 5

FAMILIES: Mapping[str, Callable[[int], str]] = {
    "one letter": lambda n: "a" * n,
    "blanks and line ends": lambda n: (" \t \n " * (n // 5 + 1))[:n],
    "digits and dashes": lambda n: ("1004-" * (n // 5 + 1))[:n],
    "quotation marks": lambda n: ("> On Mon, x <a@b> " * (n // 18 + 1))[:n],
    "brackets and markup": lambda n: ("<[(*_=?-- " * (n // 10 + 1))[:n],
}


@dataclass(frozen=True, slots=True)
class Growth:
    """One subject on one family: seconds at each size, and the larger of the two growths (1.0 where too quick)."""

    subject: str
    family: str
    seconds: tuple[float, ...]

    @property
    def growth(self) -> float:
        """How much longer a text twice as long took, at worst."""
        if self.seconds[-1] < _MEASURABLE:
            return 1.0
        return max(after / max(before, 1e-6) for before, after in zip(self.seconds, self.seconds[1:], strict=False))


def expressions() -> Iterator[tuple[str, re.Pattern[str]]]:
    """Every compiled expression that a module of the pure packages holds, alone or in a list or a map."""
    for package in (mailbot.mail, mailbot.reading, mailbot.claims, mailbot.letters, mailbot.media):
        for module in _modules(package):
            for name, value in sorted(vars(module).items()):
                for number, pattern in enumerate(_patterns(value)):
                    yield f"{module.__name__}.{name}" + (f"[{number}]" if number else ""), pattern


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def _patterns(value: object) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
        yield value
    elif isinstance(value, (list, tuple, frozenset, set)):
        for one in value:
            yield from _patterns(one)
    elif isinstance(value, Mapping):
        for one in value.values():
            yield from _patterns(one)


def measured(subject: str, family: str, run: Callable[[str], object]) -> Growth:
    """The CPU seconds of this on the family's texts: the best of several tries at each size."""
    made = FAMILIES[family]
    seconds = []
    for size in SIZES:
        text = made(size)
        best = float("inf")
        for _ in range(_TRIES):
            began = time.process_time()
            run(text)
            best = min(best, time.process_time() - began)
            if best > 1.0:
                break
        seconds.append(best)
    return Growth(subject, family, tuple(seconds))


def _over(pattern: re.Pattern[str]) -> Callable[[str], object]:
    def run(text: str) -> object:
        return (sum(1 for _ in pattern.finditer(text)), pattern.match(text), pattern.fullmatch(text))

    return run


def _whole(kind: str) -> Callable[[str], object]:
    where = shop("gadgets")
    reader = Reader(where.knowledge, where.patterns)

    def run(text: str) -> object:
        head = f"From: a@mail.example\r\nSubject: x\r\nContent-Type: text/{kind}; charset=utf-8\r\n\r\n"
        # Each text is another one, so that nothing remembered from the last try helps.
        return reader.read(parse((head + text).encode()), today=TODAY)

    return run


def growths() -> Iterator[Growth]:
    """Every expression and the readers as a whole, on every family."""
    subjects = [(name, _over(pattern)) for name, pattern in expressions()]
    subjects += [("parse and read, plain", _whole("plain")), ("parse and read, HTML", _whole("html"))]
    for name, run in subjects:
        for family in FAMILIES:
            yield measured(name, family, run)


def main() -> int:
    """Prints the ten that grow most and every one over the bound; 0 where there is none."""
    found = sorted(growths(), key=lambda one: -one.growth)
    for one in found[:10]:
        times = "  ".join(f"{1000 * second:8.1f} ms" for second in one.seconds)
        print(f"{one.growth:5.2f}  {times}  {one.subject} on {one.family}")
    over = [one for one in found if one.growth > MOST_GROWTH]
    subjects = len({one.subject for one in found})
    print(f"{subjects} subjects on {len(FAMILIES)} families: {len(over)} grow by more than {MOST_GROWTH} a doubling")
    for one in over:
        print(f"  {one.subject} on {one.family}: {one.growth:.2f}")
    return 1 if over else 0


if __name__ == "__main__":
    sys.exit(main())

"""Order numbers and parcel numbers in a text, by the shop's patterns, by labels, and by form alone."""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from mailbot.reading.phrases import fold
from mailbot.reading.sentences import Line
from mailbot.reading.vocabulary import Vocabulary, only

_DASHES = "-‐‑‒–—−﹣－"
# Chinese and Japanese write a number without a blank into the text: their signs adjoin it as a blank would.
_PIECE = re.compile(r"[^\W_\u3005-\u30ff\u3400-\u9fff\uac00-\ud7a3]+")
_BLANKS = r"[ \t\u00a0\u202f\u3000]{0,2}"
_MOST_PIECES = 6
_LONGEST = 40
_LABEL_REACH = 4
_WRAPPED_FROM = 48
_GLUED_LABEL = re.compile(
    r"(?:order|ordernumber|orderno|ordernr|no|nr|bestellnr|bestellnummer|auftrag)(?=\d)", re.IGNORECASE
)
_DATE = re.compile(r"(?:\d{1,2}[./]\d{1,2}[./]\d{2,4}|\d{4}-\d{2}-\d{2})")
_UPS = re.compile(r"1Z[0-9A-Z]{16}")
_S10 = re.compile(r"[A-Z]{2}\d{9}[A-Z]{2}")  # UPU standard S10: service, serial and check digit, country


class PatternError(ValueError):
    """An order number pattern that is no regular expression; the text names it and what is wrong with it."""


class NumberPattern:
    """One of the shop's patterns, ready to be tried on a number as written and on one without blanks and dashes."""

    def __init__(self, pattern: str) -> None:
        try:
            self._whole = re.compile(pattern, re.IGNORECASE)
            self._bare = re.compile(_with_marks_as_groups(pattern), re.IGNORECASE)
        except re.error as error:
            raise PatternError(f"the order number pattern {pattern!r} is no regular expression: {error}") from error

    def shop_form(self, written: str) -> str | None:
        """The number as the shop writes it, None where the pattern does not fit it as a whole."""
        plain = _plain(written)
        if self._whole.fullmatch(plain):
            return plain
        bare = plain.translate(_WITHOUT_MARKS)
        match = self._bare.fullmatch(bare)
        if match is None:
            return None
        marks = sorted(
            (match.start(name), _MARKS[int(name.rpartition("_")[2])])
            for name in match.groupdict()
            if name.startswith(_MARK) and match.start(name) >= 0
        )
        # "202698282" is a number of any kind; "2026-98282" and "2026 98282" are "2026/98282" typed otherwise.
        if bare.isdigit() and any(mark != "-" for _, mark in marks) and not _parted(written, [at for at, _ in marks]):
            return None
        for at, mark in reversed(marks):
            bare = f"{bare[:at]}{mark}{bare[at:]}"
        return bare


_MARK = "mark_"
_MARKS = "-/_"
_WITHOUT_MARKS = str.maketrans("", "", _MARKS)


def _parted(written: str, places: Sequence[int]) -> bool:
    """Whether a sign other than a digit stands at these places, counted in digits."""
    parted: set[int] = set()
    count = 0
    for sign in unicodedata.normalize("NFKC", written):
        if sign.isdigit():
            count += 1
        else:
            parted.add(count)
    return parted.issuperset(places)


def _with_marks_as_groups(pattern: str) -> str:
    """The pattern with each dash or slash it demands turned into an empty named group, whose place is where it belongs.

    One that the pattern leaves open (`-?`, `[- ]?`) is taken out: the shop's form is then the one without it.
    """
    out: list[str] = []
    at = marks = 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "[":
            end = pattern.find("]", at + 2)
            end = len(pattern) if end < 0 else end + 1
            piece = pattern[at:end]
            is_mark = bool(piece.strip("[]")) and set(piece.strip("[]").replace("\\s", "")) <= set(f"{_MARKS}\\ ")
        elif sign == "\\":
            end = at + 2
            piece = pattern[at:end]
            is_mark = piece in {f"\\{mark}" for mark in _MARKS}
        else:
            end = at + 1
            piece = sign
            is_mark = sign in f"{_MARKS} "
        at = end
        if not is_mark:
            out.append(piece)
            continue
        left_open = re.match(r"[?*]|\{0,\d*\}", pattern[at:])
        if left_open:
            at += left_open.end()
        elif mark := next((mark for mark in _MARKS if mark in piece), ""):
            out.append(f"(?P<{_MARK}{marks}_{_MARKS.index(mark)}>)")
            marks += 1
    return "".join(out)


def _plain(written: str) -> str:
    """Without blanks, with ASCII digits, upper case and one kind of dash."""
    if written.isascii():
        return "".join(written.split()).upper()
    kept = []
    for sign in unicodedata.normalize("NFKC", written):
        if sign.isspace():
            continue
        if sign in _DASHES:
            kept.append("-")
            continue
        digit = unicodedata.digit(sign, None)
        kept.append(sign if digit is None or sign.isascii() else str(digit))
    return "".join(kept).upper()


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A number in the text: the shop's form, as it was written, its line, and the words before it that name it.

    `label` is "order", "other" or ""; `fits` whether one of the shop's patterns does; `known` whether the shop has
    the order.
    """

    number: str
    written: str
    line: int
    label: str
    label_words: str
    fits: bool
    known: bool
    after_or: bool = False


@cache
def _glue(own_signs: str) -> re.Pattern[str]:
    """What may stand between two pieces of one number: blanks and one dash, or a sign of the shop's patterns."""
    return re.compile(rf"{_BLANKS}[{_DASHES}{re.escape(own_signs)}]?{_BLANKS}")


def _has_digit(text: str) -> bool:
    return any(map(str.isdigit, text))


@dataclass(frozen=True, slots=True)
class _Piece:
    text: str
    start: int
    end: int


def _pieces(line: str) -> list[_Piece]:
    pieces = []
    for found in _PIECE.finditer(line):
        text, start = found.group(), found.start()
        glued = _GLUED_LABEL.match(text)
        if glued:
            pieces.append(_Piece(text[: glued.end()], start, start + glued.end()))
            text, start = text[glued.end() :], start + glued.end()
        pieces.append(_Piece(text, start, found.end()))
    return pieces


def _windows(line: str, pieces: Sequence[_Piece], glue: re.Pattern[str]) -> Iterator[tuple[int, int]]:
    """Runs of pieces that could be one number: joined by at most a blank and a dash, with a digit, not too long."""
    has_digit = [_has_digit(piece.text) for piece in pieces]
    for first, piece in enumerate(pieces):
        if len(piece.text) > _LONGEST or (not has_digit[first] and len(piece.text) > 5):
            continue
        digits = False
        for last in range(first, min(first + _MOST_PIECES, len(pieces))):
            if last > first and not glue.fullmatch(line, pieces[last - 1].end, pieces[last].start):
                break
            if pieces[last].end - piece.start > _LONGEST:
                break
            digits = digits or has_digit[last]
            if digits:
                yield first, last


def _unwrapped(lines: Sequence[Line]) -> Iterator[Line]:
    """The lines, two joined where a mail program wrapped the first between the groups of a number."""
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        text = line.text.rstrip()
        if at < len(lines) and len(text) >= _WRAPPED_FROM and text[-1].isdigit() and lines[at].text[:1].isdigit():
            line = Line(line.number, f"{text} {lines[at].text}")
            at += 1
        yield line


class OrderNumbers:
    """Finds order numbers by the shop's patterns; without any pattern by label and form alone."""

    def __init__(self, patterns: Sequence[str], knows: Callable[[str], bool]) -> None:
        self._patterns = [NumberPattern(pattern) for pattern in patterns]
        self._knows = knows
        # A sign that a pattern itself names ("2026/0815", "#4711") belongs to the number like its letters do.
        self._own_signs = "".join(
            sorted({sign for p in patterns for sign in "#/_.:" if sign in re.sub(r"(?<!\\)\.", "", p)})
        )
        self._glue = _glue(self._own_signs)

    def find(self, lines: Sequence[Line], vocabulary: Vocabulary) -> list[FoundNumber]:
        """Every number of these lines that fits a pattern or is named an order number, in the order of the text.

        Telephone, parcel, invoice, customer and serial numbers are left out where their label says so.
        """
        found: list[FoundNumber] = []
        for line in _unwrapped(lines):
            if _has_digit(line.text):
                found.extend(self._in_line(line, vocabulary))
        return found

    def _in_line(self, line: Line, vocabulary: Vocabulary) -> Iterator[FoundNumber]:
        pieces = _pieces(line.text)
        labels = _Labels(line.text, vocabulary)
        taken = -1
        for first, last in sorted(_windows(line.text, pieces, self._glue), key=lambda window: (window[0], -window[1])):
            if first <= taken:
                continue
            start = pieces[first].start
            if self._own_signs and start and line.text[start - 1] in self._own_signs:
                start -= self._fitting(line.text[start - 1 : pieces[last].end]) is not None
            written = line.text[start : pieces[last].end]
            number = self._fitting(written)
            if number is None or (last > first and self._part_of_more(line.text, pieces, first, last)):
                continue
            taken = last
            label, words = labels.before(pieces[first].start)
            before = line.text[: pieces[first].start].rstrip().rpartition(" ")[2]
            yield FoundNumber(
                number, written, line.number, label, words, fits=True, known=self._knows(number),
                after_or=fold(before) in {"or", "oder", "ou", "o", "of", "lub", "veya", "или"},
            )  # fmt: skip
        if taken < 0:
            yield from self._labelled(line, pieces, labels)

    def _fitting(self, written: str) -> str | None:
        return next((form for pattern in self._patterns if (form := pattern.shop_form(written)) is not None), None)

    def _part_of_more(self, line: str, pieces: Sequence[_Piece], first: int, last: int) -> bool:
        """Whether digits go on before or after: then it is a piece of a telephone or parcel number."""
        if (
            first
            and pieces[first - 1].text.isdigit()
            and self._glue.fullmatch(line, pieces[first - 1].end, pieces[first].start)
        ):
            return True
        if pieces[first].start and line[pieces[first].start - 1] == "+":
            return True
        after = last + 1
        return (
            after < len(pieces)
            and pieces[after].text.isdigit()
            and bool(self._glue.fullmatch(line, pieces[last].end, pieces[after].start))
        )

    def _labelled(self, line: Line, pieces: Sequence[_Piece], labels: "_Labels") -> Iterator[FoundNumber]:
        for first, last in _written_numbers(line.text, pieces):
            written = line.text[pieces[first].start : pieces[last].end]
            label, words = labels.before(pieces[first].start, explicit=True)
            digits = sum(sign.isdigit() for sign in written)
            if label != "order" or digits < 5 or _DATE.fullmatch(written) or _is_amount(line.text, pieces[last].end):
                continue
            number = _plain(written)
            yield FoundNumber(
                number, written, line.number, label, words, fits=not self._patterns, known=self._knows(number)
            )


def _written_numbers(line: str, pieces: Sequence[_Piece]) -> Iterator[tuple[int, int]]:
    """Numbers by form alone: a piece with digits, with what dashes without blanks join to it."""
    at = 0
    while at < len(pieces):
        last = at
        while (
            last + 1 < len(pieces)
            and pieces[last + 1].start - pieces[last].end == 1
            and line[pieces[last].end] in _DASHES
        ):
            last += 1
        if pieces[last].end - pieces[at].start <= _LONGEST and any(_has_digit(p.text) for p in pieces[at : last + 1]):
            yield at, last
        at = last + 1


def _is_amount(line: str, end: int) -> bool:
    return bool(re.match(r"[.,]\d\d\b|\s?(?:€|\$|£|EUR|USD|GBP|%)", line[end : end + 6]))


class _Labels:
    """The words of a line that say what kind of number follows."""

    def __init__(self, line: str, vocabulary: Vocabulary) -> None:
        words = vocabulary.words(line)
        names = ("number.order", "number.other", "number.order_explicit")
        self._line = line
        self._words = words
        self._hits = [hit for hit in only(vocabulary.code, *names).hits(line, words) if hit.name in names]

    def before(self, start: int, *, explicit: bool = False) -> tuple[str, str]:
        """The nearest label before this place, at most a few words away: its kind and its words."""
        place = sum(word.end <= start for word in self._words)
        order = "number.order_explicit" if explicit else "number.order"
        best: tuple[int, int, str, str] | None = None
        for hit in self._hits:
            if hit.last > place or hit.name not in (order, "number.other"):
                continue
            if place - hit.last > _LABEL_REACH or (explicit and place - hit.last > 1):
                continue
            candidate = (hit.last, hit.last - hit.first, "order" if hit.name == order else "other", hit.written)
            if best is None or candidate[:2] > best[:2]:
                best = candidate
        return (best[2], best[3]) if best else ("", "")


def chosen(found: Sequence[FoundNumber]) -> list[FoundNumber]:
    """Of the numbers of one text those that name an order, each once.

    A number that another label claims counts only where nothing else is there and the shop knows it. Beside one that
    the shop knows, an unknown one counts only with an order's label of its own, and not as the other reading of it
    ("A or B").
    """
    once = list({number.number: number for number in reversed(found)}.values())[::-1]
    fitting = [number for number in once if number.fits]
    named = [number for number in fitting if number.label != "other"]
    if not named:
        named = [number for number in fitting if number.known]
    if any(number.known for number in named):
        doubtful = any(number.after_or for number in named)
        return [n for n in named if n.known or (n.label == "order" and not doubtful)]
    return named or [number for number in once if not number.fits]


def parcel_number(lines: Sequence[Line], vocabulary: Vocabulary, not_these: Sequence[str]) -> str | None:
    """A parcel's number: by a form that carriers use, or 8 to 30 letters and digits after a word for it."""
    refused = {number.replace("-", "") for number in not_these}
    labelled: str | None = None
    for line in lines:
        if not _has_digit(line.text):
            continue
        pieces = _pieces(line.text)
        words = vocabulary.words(line.text)
        hits = only(vocabulary.code, "number.tracking").hits(line.text, words)
        for first, last in sorted(_windows(line.text, pieces, _glue("")), key=lambda window: (window[0], -window[1])):
            plain = _plain(line.text[pieces[first].start : pieces[last].end]).replace("-", "")
            if plain in refused:
                continue
            if _UPS.fullmatch(plain) or _S10.fullmatch(plain):
                return plain
            place = sum(word.end <= pieces[first].start for word in words)
            near = any(0 <= place - hit.last <= _LABEL_REACH for hit in hits)
            digits = sum(sign.isdigit() for sign in plain)
            if near and labelled is None and 8 <= len(plain) <= 30 and digits * 2 >= len(plain):
                labelled = plain
    return labelled

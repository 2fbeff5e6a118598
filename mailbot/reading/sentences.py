"""A text as sentences, each with the line it begins in: hard-wrapped lines joined, lists and form fields kept apart."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mailbot.reading.phrases import Hit, Word
from mailbot.reading.vocabulary import Vocabulary

TEXT_CAP = 256 * 1024
LINE_CAP = 4 * 1024
_WRAPPED_FROM = 48
_NEGATION_REACH = 6
_LIST_ITEM = re.compile(r"\s{0,20}(?:[-*•·–]|\(?\d{1,2}[.):]|[a-z]\)|\[[ x]?\])(?=\s|\S)", re.IGNORECASE)
# A number that begins a line begins an item only after the end of a sentence: mail programs wrap before "10)" too.
_OPENS = re.compile(r"[.:;!?]\s*$")
_FIELD = re.compile(r"\s{0,20}[^\W\d_][^\n:]{0,30}:(?:\s|$)")
# A full stop ends a sentence where a blank follows, except after a number ("am 12. Mai") or a known short form.
_END = re.compile(r"(?<=[.!?…])[\"')\]]{0,2}\s+|(?<=[。！？؟])")
_SHORT = re.compile(
    r"(?:\b(?:no|nr|num|art|tel|z\.b|d\.h|u\.a|e\.g|i\.e|approx|ca|mr|mrs|ms|dr|st|inkl|bzw|usw|incl|vs|pos|best|ref)|\d)\.$",
    re.IGNORECASE,
)
REPLY_PREFIX = re.compile(
    r"\s{0,20}(?:re|aw|antw|antwort|r|rif|res|sv|vs|odp|ynt|yan|回复|回覆|答复|ответ|ha|tr|رد)\s{0,4}(?:\[\d+\])?[:：]",
    re.IGNORECASE,
)
_ANY_PREFIX = re.compile(
    r"\s{0,20}(?:(?:re|aw|antw|antwort|r|rif|res|sv|vs|odp|ynt|yan|回复|回覆|答复|ответ|ha|tr|رد|fwd?|wg|i|enc|rv|pd|doorst|vl|ilt|转发|пересл)\s{0,4}(?:\[\d+\])?[:：]|\[[^\]]{1,40}\])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a text (1 is the first, 0 stands for the subject), cut at LINE_CAP signs."""

    number: int
    text: str


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence with its words and the phrases found in it. `line` counts from 1; 0 is the subject."""

    line: int
    text: str
    words: tuple[Word, ...]
    hits: tuple[Hit, ...]
    names: frozenset[str]

    @property
    def asks(self) -> bool:
        """Whether it ends as a question."""
        return self.text.rstrip(" \"')").endswith(("?", "？", "؟"))

    @property
    def where(self) -> str:
        """Where it begins, in words for a person."""
        return f"line {self.line}" if self.line else "the subject"

    def of(self, *names: str) -> list[Hit]:
        """The phrases found of these lists."""
        if self.names.isdisjoint(names):
            return []
        return [hit for hit in self.hits if hit.name in names]

    def tells(self, *names: str) -> bool:
        """Whether a phrase of one of these lists stands in it."""
        return not self.names.isdisjoint(names)


def lines_of(text: str) -> list[Line]:
    """The lines of a text up to TEXT_CAP signs, each cut at LINE_CAP signs (ATTACKS A16)."""
    return [Line(number, line[:LINE_CAP]) for number, line in enumerate(text[:TEXT_CAP].split("\n"), 1)]


def plain_subject(subject: str) -> str:
    """The subject without its reply and forward prefixes and without bracketed marks at its head."""
    left = subject[:LINE_CAP]
    for _ in range(6):
        match = _ANY_PREFIX.match(left)
        if match is None:
            break
        left = left[match.end() :]
    return left.strip()


def _paragraphs(lines: Sequence[Line]) -> Iterator[tuple[int, str]]:
    """Runs of lines that one sentence may cross: a long line flows on, a list item or a field begins anew."""
    begun = 0
    parts: list[str] = []
    size = 0
    for line in lines:
        text = line.text.strip()
        flows = (
            bool(parts)
            and bool(text)
            and len(parts[-1]) >= _WRAPPED_FROM
            and not (_LIST_ITEM.match(text) and (_OPENS.search(parts[-1]) or _LIST_ITEM.match(parts[0])))
            and not _FIELD.match(text)
            and size < LINE_CAP
        )
        if parts and not flows:
            yield begun, " ".join(parts)
            parts, size = [], 0
        if text:
            if not parts:
                begun = line.number
            parts.append(text)
            size += len(text)
    if parts:
        yield begun, " ".join(parts)


def _split(paragraph: str) -> Iterator[str]:
    begin = 0
    for end in _END.finditer(paragraph):
        piece = paragraph[begin : end.start()]
        if _SHORT.search(piece[-12:]):
            continue
        yield piece.strip()
        begin = end.end()
    yield paragraph[begin:].strip()


def split_text(lines: Sequence[Line]) -> list[tuple[int, str]]:
    """The sentences of a text, each with the number of the line its paragraph begins in."""
    return [(number, piece) for number, paragraph in _paragraphs(lines) for piece in _split(paragraph) if piece]


def understand(pieces: Sequence[tuple[int, str]], vocabulary: Vocabulary) -> tuple[Sentence, ...]:
    """The sentences with their words and the phrases of the vocabulary that stand in them."""
    sentences = []
    for line, text in pieces:
        words = vocabulary.words(text)
        hits = tuple(vocabulary.phrases.hits(text, words))
        sentences.append(Sentence(line, text, words, hits, frozenset(hit.name for hit in hits)))
    return tuple(sentences)


def denied(sentence: Sentence, hit: Hit, *, within: bool = False, carries: Sequence[str] = ()) -> bool:
    """Whether a negation covers the phrase: right after it, or before it with only carrying words between.

    The words between are looked at because people write without punctuation: "not charging smoke comes out"
    denies no smoke. `carries` names lists whose words carry a negation too; with `within` one that stands in a gap of
    the phrase covers it ("I have never dropped it").
    """
    if sentence.names.isdisjoint(("negation.before", "negation.after")):
        return False
    words = sentence.words
    spared = {at for other in sentence.of("negation.not") for at in range(other.first, other.last)}
    carrying = {at for other in sentence.of("negation.carries", *carries) for at in range(other.first, other.last)}
    clause = words[hit.first].clause
    ends_in = words[hit.last - 1].clause

    def holds(negation: Hit) -> bool:
        return negation.first not in spared and words[negation.first].clause == clause

    for negation in sentence.of("negation.before"):
        inside = hit.first < negation.first < hit.last - 1
        if within and inside and negation.first not in spared and words[negation.first].clause == ends_in:
            return True
        between = range(negation.last, hit.first)
        if (
            len(between) <= _NEGATION_REACH
            and negation.first < hit.first
            and holds(negation)
            and carrying.issuperset(between)
        ):
            return True
    return any(negation.first == hit.last and holds(negation) for negation in sentence.of("negation.after"))


def masked(sentence: Sentence, hit: Hit, *lists: str) -> bool:
    """Whether a phrase of these lists covers the hit and so takes its meaning away."""
    return any(other.first < hit.last and hit.first < other.last for other in sentence.of(*lists))

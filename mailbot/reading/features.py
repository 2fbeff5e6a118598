"""A mail as numbers, for the linear models: what its sentences hold, and what they say together.

Long sentences are taken apart into pieces of a dozen words, since one row of numbers holds only so much meaning. The
same code serves learning and reading, so that both see the same numbers. Rows are pieces, columns features.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from mailbot.claims.words import MailKind, ProblemKind, Wish
from mailbot.reading.encoder import Matrix
from mailbot.reading.sentences import Sentence, denied

MOST_PIECES = 48
_BREAK = re.compile(r"(?<=[,;:،、，；–—…])\s{0,9}|\s{1,9}-\s{1,9}|\s(?=\()")
_WHOLE = 14
_FULL = 12
_TOO_LONG = 18
_UNSPACED_SIGNS_A_WORD = 2
_LIST_WEIGHT = 0.7
_ENCODED_WEIGHT = 4.0

TAGS = (
    *("dead_on_arrival", "defective", "damaged_in_transit", "accidental_damage_or_misuse", "missing_parts"),
    *("wrong_item", "not_as_described", "changed_mind", "software_issue", "unclear"),
    *("fine", "denies_accident", "circumstance"),
    *("refund", "replacement", "repair_or_part", "either", "not_refund", "not_replacement", "not_repair_or_part"),
    *("hazard", "declares_withdrawal", "asks_other_compensation", "support_did_not_help", "withdraws", "asks_status"),
    *("thanks", "parcel_sent", "return", "evidence", "inquiry", "advert", "automatic"),
)
"""What a sentence, or a piece of one, may tell; several tags may hold of one."""

_SENTENCE_FLAGS = ("asks", "subject", "length")


def list_columns(lists: Sequence[str]) -> dict[str, int]:
    """The column of each vocabulary list; a denied phrase of it counts in the next column."""
    return {name: 2 * place for place, name in enumerate(lists)}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a sentence (its index) from sign `start` to `end`."""

    sentence: int
    text: str
    start: int
    end: int


def pieces_of(sentences: Sequence[Sentence]) -> list[Piece]:
    """The sentences in pieces of about a dozen words, broken where they pause; at most MOST_PIECES of a mail."""
    found: list[Piece] = []
    for place, sentence in enumerate(sentences):
        for start, end in _spans(sentence.text):
            text = sentence.text[start:end].strip()
            if text:
                found.append(Piece(place, text, start, end))
        if len(found) >= MOST_PIECES:
            break
    return found[:MOST_PIECES]


def whole(sentence: Sentence) -> Piece:
    """A sentence as one piece: what was tagged by hand was tagged as a whole."""
    return Piece(0, sentence.text, 0, len(sentence.text))


def _length(text: str) -> int:
    """Words; two signs count as one where a language writes no blanks."""
    unspaced = sum(0x3040 <= ord(sign) <= 0x9FFF for sign in text)
    return len(text.split()) + unspaced // _UNSPACED_SIGNS_A_WORD


def _spans(text: str) -> Iterator[tuple[int, int]]:
    if _length(text) <= _WHOLE:
        yield 0, len(text)
        return
    begin = end = 0
    for stop in [*(found.end() for found in _BREAK.finditer(text)), len(text)]:
        if stop <= end:
            continue
        if end > begin and _length(text[begin:stop]) > _FULL:
            yield from _windows(text, begin, end)
            begin = end
        end = stop
    if end > begin:
        yield from _windows(text, begin, end)


def _windows(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """A stretch without a pause in equal parts, cut between words."""
    blanks = [found.end() + begin for found in re.finditer(r"\s", text[begin:end])]
    words = len(text[begin:end].split())
    if words <= _TOO_LONG:
        yield begin, end
        return
    parts = -(-words // _FULL)
    cuts = [blanks[len(blanks) * part // parts] for part in range(1, parts)]
    yield from zip([begin, *cuts], [*cuts, end], strict=True)


def piece_lists(sentences: Sequence[Sentence], pieces: Sequence[Piece], columns: Mapping[str, int]) -> Matrix:
    """Which vocabulary lists have a phrase in each piece, and three flags; one row a piece."""
    width = 2 * len(columns)
    rows = np.zeros((len(pieces), width + len(_SENTENCE_FLAGS)), np.float32)
    for row, piece in zip(rows, pieces, strict=True):
        sentence = sentences[piece.sentence]
        for hit in sentence.hits:
            column = columns.get(hit.name)
            first = sentence.words[hit.first]
            if column is not None and first.start < piece.end and first.end > piece.start:
                row[column + denied(sentence, hit)] = 1.0
        row[width:] = (sentence.asks, sentence.line == 0, min(_length(piece.text), 40) / 40)
    return rows * np.float32(_LIST_WEIGHT)


def encoded_weight(encoded: Matrix) -> Matrix:
    """The encoder's rows, weighed against the other features."""
    return encoded * np.float32(_ENCODED_WEIGHT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known of a mail beside its sentences: headers, attachments, and what the rules alone made of it."""

    reply: bool
    photos: bool
    hint: str
    open_claim: bool
    kind: MailKind
    kind_confidence: float
    problem: ProblemKind
    problem_confidence: float
    wish: Wish
    wish_confidence: float
    either: bool


_PROBLEMS, _WISHES, _KINDS = tuple(ProblemKind), tuple(Wish), tuple(MailKind)
_HINTS = (MailKind.AUTO_REPLY, MailKind.BOUNCE, MailKind.SPAM_OR_BULK)


def mail_features(tags: Matrix, lists: Matrix, circumstances: Circumstances) -> Matrix:
    """One row for a mail: its strongest and second piece for each tag, its lists, and its circumstances.

    `tags` holds the probability of each tag (column) for each piece (row).
    """
    if not len(tags):
        tags, lists = np.zeros((1, len(TAGS)), np.float32), np.zeros((1, lists.shape[1]), np.float32)
    ranked = np.sort(tags, axis=0)[::-1]
    second = ranked[1] if len(ranked) > 1 else np.zeros(len(TAGS), np.float32)
    told = np.minimum(lists[:, : -len(_SENTENCE_FLAGS)].sum(axis=0) / _LIST_WEIGHT, 2.0) * 0.5
    rules = np.concatenate(
        [
            _one_of(_PROBLEMS, circumstances.problem, circumstances.problem_confidence),
            _one_of(_WISHES, circumstances.wish, circumstances.wish_confidence),
            _one_of(_KINDS, circumstances.kind, circumstances.kind_confidence),
        ]
    )
    known = (circumstances.reply, circumstances.photos, circumstances.either, circumstances.open_claim)
    flags = np.array([*known, min(len(tags), 20) / 20, *(circumstances.hint == hint for hint in _HINTS)], np.float32)
    return np.concatenate(
        [_log_odds(ranked[0]), _log_odds(second), np.minimum(tags.sum(axis=0), 3.0), told, rules * 2, flags * 2]
    )


def _one_of(names: Sequence[str], name: str, confidence: float) -> Matrix:
    row = np.zeros(len(names), np.float32)
    row[names.index(name)] = confidence
    return row


def _log_odds(probability: Matrix) -> Matrix:
    return (np.log((probability + 0.01) / (1.01 - probability)) / 4).astype(np.float32)

"""What linear models make of a whole mail, where phrases alone are unsure: sentences first, then the mail they make.

Each sentence gets the probability of each tag (`features.TAGS`) from the vocabulary lists found in it and, where it is
there, the encoder's numbers. The tags of all sentences, the lists and the mail's circumstances then give its kind, its
problem, its wish and its signals. The weights are data (`weights.npz`), made by `make learn` from `learning/`.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
import numpy.typing as npt

from mailbot.reading.encoder import Encoder, Matrix, installed
from mailbot.reading.features import (
    TAGS,
    Circumstances,
    Piece,
    encoded_weight,
    list_columns,
    mail_features,
    piece_lists,
    pieces_of,
)
from mailbot.reading.sentences import Sentence

QUESTIONS = ("kind", "problem", "wish")
"""What is answered by exactly one of several answers; signals are yes or no, each by itself."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A linear model that gives one of several answers: weights (features × answers) and offsets."""

    answers: tuple[str, ...]
    weights: Matrix
    offsets: Matrix

    def of(self, features: Matrix) -> dict[str, float]:
        """The probability of each answer."""
        odds = features @ self.weights + self.offsets
        odds = np.exp(odds - odds.max())
        return dict(zip(self.answers, (odds / odds.sum()).tolist(), strict=True))


@dataclass(frozen=True, slots=True)
class Weights:
    """All that was learned for one way of reading: with the encoder or without it.

    `tags` are weights (features × tags) with their offsets; `questions` and `signals` the models of the mail.
    """

    lists: tuple[str, ...]
    tags: Matrix
    tag_offsets: Matrix
    questions: Mapping[str, Choice]
    signals: Mapping[str, Choice]


@dataclass(frozen=True, slots=True)
class TakenApart:
    """A mail's pieces, and in `lists` a row for each with the vocabulary lists found in it."""

    pieces: tuple[Piece, ...]
    lists: Matrix


@dataclass(frozen=True, slots=True)
class Opinion:
    """The probabilities for one mail; `tags` has a row for each of `pieces` and a column a tag."""

    kind: Mapping[str, float]
    problem: Mapping[str, float]
    wish: Mapping[str, float]
    signals: Mapping[str, float]
    tags: Matrix
    pieces: tuple[Piece, ...]

    def tag(self, sentence: int, *names: str) -> float:
        """The highest probability of these tags for one sentence; 0.0 for one that was not looked at."""
        columns = [TAGS.index(name) for name in names]
        rows = [row for row, piece in enumerate(self.pieces) if piece.sentence == sentence]
        return float(self.tags[np.ix_(rows, columns)].max()) if rows else 0.0


class Opinions:
    """Forms opinions; `encoder` None for reading without one. Pure: the same mail gives the same opinion."""

    def __init__(self, plain: Weights, encoded: Weights | None, encoder: Encoder | None) -> None:
        self._plain = plain
        self._encoded = encoded if encoder is not None else None
        self._encoder = encoder
        self._columns = list_columns(plain.lists)

    def taken_apart(self, sentences: Sequence[Sentence]) -> TakenApart:
        """The mail's pieces with the lists found in each: what both kinds of opinion are formed on."""
        pieces = tuple(pieces_of(sentences))
        return TakenApart(pieces, piece_lists(sentences, pieces, self._columns))

    def quick(self, mail: TakenApart, circumstances: Circumstances) -> Opinion:
        """An opinion from phrases alone."""
        return opinion_of(self._plain, mail, mail.lists, circumstances)

    def thorough(self, mail: TakenApart, circumstances: Circumstances) -> Opinion | None:
        """An opinion with the encoder's help; None where there is no encoder."""
        if self._encoded is None or self._encoder is None:
            return None
        encoded = encoded_weight(self._encoder.encode([piece.text for piece in mail.pieces]))
        return opinion_of(self._encoded, mail, np.hstack([mail.lists, encoded]), circumstances)


def opinion_of(weights: Weights, mail: TakenApart, features: Matrix, circumstances: Circumstances) -> Opinion:
    """The opinion that these weights give on a mail's pieces (`features`: a row each)."""
    tags = tag_probabilities(weights.tags, weights.tag_offsets, features)
    row = mail_features(tags, mail.lists, circumstances)
    asked = {name: choice.of(row) for name, choice in weights.questions.items()}
    signals = {name: choice.of(row)["yes"] for name, choice in weights.signals.items()}
    return Opinion(asked["kind"], asked["problem"], asked["wish"], signals, tags, mail.pieces)


def tag_probabilities(weights: Matrix, offsets: Matrix, features: Matrix) -> Matrix:
    """The probability of each tag (column) for each piece (row of features)."""
    odds: Matrix = features @ weights + offsets
    return (1.0 / (1.0 + np.exp(-np.clip(odds, -30, 30)))).astype(np.float32)


def packed(plain: Weights, encoded: Weights) -> bytes:
    """Both ways' weights as one file (NumPy's .npz, without pickles)."""
    arrays: dict[str, npt.NDArray[np.generic]] = {"lists": np.array(plain.lists), "tag_names": np.array(TAGS)}
    for way, weights in (("plain", plain), ("encoded", encoded)):
        arrays[f"{way}.tags"] = weights.tags.astype(np.float16)
        arrays[f"{way}.tag_offsets"] = weights.tag_offsets
        for group, choices in (("question", weights.questions), ("signal", weights.signals)):
            for name, choice in choices.items():
                stem = f"{way}.{group}.{name}"
                arrays[f"{stem}.answers"] = np.array(choice.answers)
                arrays[f"{stem}.weights"] = choice.weights.astype(np.float16)
                arrays[f"{stem}.offsets"] = choice.offsets
    file = io.BytesIO()
    np.savez_compressed(file, allow_pickle=False, **arrays)
    return file.getvalue()


def unpacked(content: bytes) -> tuple[Weights, Weights]:
    """The weights without and with the encoder; ValueError where the file was made for other tags."""
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        if tuple(arrays["tag_names"].tolist()) != TAGS:
            raise ValueError("the weights were learned for other tags than these; run `make learn`")
        lists = tuple(arrays["lists"].tolist())
        ways = []
        for way in ("plain", "encoded"):
            groups: dict[str, dict[str, Choice]] = {"question": {}, "signal": {}}
            for group, choices in groups.items():
                stems = [key for key in arrays.files if key.startswith(f"{way}.{group}.") and key.endswith(".answers")]
                for key in stems:
                    stem = key.removesuffix(".answers")
                    choices[stem.removeprefix(f"{way}.{group}.")] = Choice(
                        tuple(arrays[key].tolist()),
                        arrays[f"{stem}.weights"].astype(np.float32),
                        arrays[f"{stem}.offsets"].astype(np.float32),
                    )
            ways.append(
                Weights(
                    lists,
                    arrays[f"{way}.tags"].astype(np.float32),
                    arrays[f"{way}.tag_offsets"].astype(np.float32),
                    groups["question"],
                    groups["signal"],
                )
            )
    return ways[0], ways[1]


@cache
def shipped(*, with_encoder: bool = True) -> Opinions:
    """Opinions by the weights that ship with the package, and the encoder where it is installed and wanted."""
    content = resources.files("mailbot.reading").joinpath("weights.npz").read_bytes()
    plain, encoded = unpacked(content)
    return Opinions(plain, encoded, installed() if with_encoder else None)

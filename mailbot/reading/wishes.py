"""What the customer wants: money, another one, a repair or a part, or either."""

from collections.abc import Sequence
from dataclasses import dataclass

from mailbot.claims.words import Wish
from mailbot.reading.phrases import Hit
from mailbot.reading.sentences import Sentence, denied, masked

_LISTS = {
    "wish.refund": Wish.REFUND,
    "wish.replacement": Wish.REPLACEMENT,
    "wish.repair_or_part": Wish.REPAIR_OR_PART,
}
_ASKING = ("wish.asks", "wish.rather", "wish.either", "wish.otherwise", *_LISTS)


@dataclass(frozen=True, slots=True)
class Wished:
    """The wish, how sure that is, whether either of refund and replacement will do, and the words it rests on."""

    wish: Wish
    either: bool
    confidence: float
    why: tuple[str, ...]


def judge(sentences: Sequence[Sentence]) -> Wished:
    """What the customer wants.

    What a clause denies ("not a refund", "instead of a repair") is no wish; a first choice outweighs what follows
    "otherwise" or "if not"; "prefer" outweighs the rest.
    """
    wishes: list[tuple[Wish, Sentence, Hit]] = []
    for sentence in sentences:
        for hit in sentence.of(*_LISTS):
            wish = _LISTS[hit.name]
            if masked(sentence, hit, "wish.not") or denied(sentence, hit):
                continue
            if wish is Wish.REPLACEMENT and masked(sentence, hit, "wish.repair_or_part"):
                continue  # "a replacement cable" is a part
            wishes.append((wish, sentence, hit))
        wishes.extend((Wish.REPLACEMENT, sentence, hit) for hit in _asked_for(sentence))
    kinds = list(dict.fromkeys(wish for wish, _, _ in wishes))
    why = tuple(dict.fromkeys(f"'{hit.written}' in line {sentence.line}" for _, sentence, hit in wishes))[:6]
    if not kinds:
        return Wished(Wish.NONE_STATED, False, 0.8, ())
    if len(kinds) == 1:
        return Wished(kinds[0], False, 0.9, why)
    for sentence in sentences:
        if sentence.tells("wish.rather"):
            preferred = _after(sentence, wishes, "wish.rather")
            if preferred is not None:
                return Wished(preferred, False, 0.85, why)
        if sentence.tells("wish.otherwise"):
            first = _before_otherwise(sentence, wishes)
            if first is not None:
                return Wished(first, False, 0.8, why)
    joined = any(sentence.tells("wish.or", "wish.either") for _, sentence, _ in wishes)
    if joined or any(sentence.tells("wish.either") for sentence in sentences):
        either = Wish.REFUND in kinds and Wish.REPLACEMENT in kinds
        return Wished(Wish.NONE_STATED, either, 0.8, why)
    # Money is asked for in so many words; another one is often only mentioned ("the new one").
    best = max(kinds, key=lambda kind: (sum(wish is kind for wish, _, _ in wishes), kind is Wish.REFUND))
    return Wished(best, False, 0.6, why)


def _asked_for(sentence: Sentence) -> list[Hit]:
    """A new or the right one beside a verb of wishing or sending or another wish; the right one beside a wrong item.

    Alone they wish for nothing: "the left earbud is silent, the right one plays", "my new phone stays black".
    """
    asking = {sentence.words[hit.first].clause for hit in sentence.of(*_ASKING)}
    wrong = sentence.tells("problem.wrong_item.strong", "problem.wrong_item.plain")
    return [
        hit
        for hit in sentence.of("wish.new_one", "wish.right_one")
        if (sentence.words[hit.first].clause in asking or (wrong and hit.name == "wish.right_one"))
        and not masked(sentence, hit, "wish.not", "wish.repair_or_part")
        and not denied(sentence, hit)
    ]


def _after(sentence: Sentence, wishes: Sequence[tuple[Wish, Sentence, Hit]], name: str) -> Wish | None:
    """The wish nearest to the word of preference, in its sentence."""
    here = [(wish, hit) for wish, other, hit in wishes if other is sentence]
    if not here:
        return None
    marks = [hit.first for hit in sentence.of(name)]
    return min(here, key=lambda entry: min(abs(entry[1].first - mark) for mark in marks))[0]


def _before_otherwise(sentence: Sentence, wishes: Sequence[tuple[Wish, Sentence, Hit]]) -> Wish | None:
    """What was wished before the word that begins the second choice: in this sentence, else in those before it."""
    mark = min(hit.first for hit in sentence.of("wish.otherwise"))
    here = [wish for wish, other, hit in wishes if other is sentence and hit.first < mark]
    if here:
        return here[-1]
    after = any(other is sentence for _, other, _ in wishes)
    earlier = [wish for wish, other, _ in wishes if other.line < sentence.line]
    return earlier[-1] if after and earlier else None

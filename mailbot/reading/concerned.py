"""Which of the products a mail names it is about, how many units, and what is wrong with each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mailbot.claims.orders import Order, Product
from mailbot.claims.words import ProblemKind
from mailbot.reading import problems
from mailbot.reading.products import Catalogue, Mention, order_products
from mailbot.reading.quantity import units_concerned
from mailbot.reading.sentences import Sentence, denied
from mailbot.reading.understood import NamedProduct, Problem
from mailbot.reading.vocabulary import Vocabulary

_SECOND = "en"
# A short English word is too often a word of another language ("pan", "die").
_LONG_ENOUGH = 4
_TROUBLE = ("problem.", "told.damage", "told.fails")
_DENIED_WITHIN = 3


@dataclass(frozen=True, slots=True)
class Concerned:
    """The products, and in words how each was found."""

    named: tuple[NamedProduct, ...]
    why: tuple[str, ...]


def concerned_products(
    sentences: Sequence[Sentence],
    catalogue: Catalogue,
    orders: Sequence[Order],
    vocabulary: Vocabulary,
    judged: problems.Judged,
    *,
    goods_wanted_back: bool,
) -> Concerned:
    """The products the mail is about: for a wrong item those that were ordered, never those that are said to be fine.

    Names come first, then names with typing errors, then a word of the order's own products, then the kind of thing
    ("the headphones") where only one product of the order (or of the catalogue) is of that kind.
    """
    ordered = order_products(orders, catalogue)
    lines = {line.sku: line.quantity for order in reversed(orders) for line in order.lines}
    mentions = _named(sentences, catalogue, ordered, vocabulary.code, goods_wanted_back=goods_wanted_back)
    mentions = _concerned(mentions, sentences, frozenset(p.sku for p in ordered), judged, vocabulary)
    if not mentions:
        return Concerned((), ())
    by_product: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_product.setdefault(_sku(mention), []).append(mention)
    own = _own_problems(by_product, sentences, judged) if len(by_product) > 1 else {}
    named = tuple(
        NamedProduct(
            sku=sku or None,
            name_as_written=places[0].written,
            quantity=units_concerned(
                places,
                sentences,
                vocabulary,
                telling=judged.sentences,
                ordered=lines.get(sku),
                alone=len(by_product) == 1,
            ),
            problem=own.get(sku),
            confidence=round(max(mention.confidence for mention in places), 2),
        )
        for sku, places in by_product.items()
    )
    why = tuple(f"'{m.written}' in {sentences[m.sentence].where} ({m.how})" for m in mentions[:8])
    return Concerned(named, why)


def _named(
    sentences: Sequence[Sentence],
    catalogue: Catalogue,
    ordered: Sequence[Product],
    code: str,
    *,
    goods_wanted_back: bool,
) -> list[Mention]:
    """Every product the sentences name; one entry without product where a thing is named that fits none."""
    skus = [product.sku for product in ordered]
    exact = catalogue.exact(sentences, skus)
    mentions = [mention for mention in exact if not mention.weak]
    kinds: list[Mention] = []
    if ordered:
        # A thing that the mail names first by its name and then by its kind only is the same one.
        mentions = _beside(mentions, catalogue.near(sentences, ordered))
        kinds = _by_kind(sentences, catalogue, ordered, code, few=True)
        mentions = _beside(mentions, [mention for mention in kinds if mention.product])
        if mentions and len(ordered) > 1:
            mentions = _beside(mentions, catalogue.by_words(sentences, ordered, only_names=True))
    if not any(mention.product and (not skus or mention.product.sku in skus) for mention in mentions):
        mentions = (
            [mention for mention in exact if mention.weak and mention.product and mention.product.sku in skus]
            or (catalogue.by_words(sentences, ordered) if ordered else [])
            or mentions
            or catalogue.fuzzy(sentences, skus)
            or catalogue.scattered(sentences, skus)
        )
    if not mentions and not ordered:
        kinds = _by_kind(sentences, catalogue, catalogue.products, code, few=False)
        mentions = [mention for mention in kinds if mention.product]
        # One thing may be fine and another, of which there are several kinds, be the matter.
        return [*(mentions or [m for m in exact if m.weak]), *(m for m in kinds if not m.product and goods_wanted_back)]
    if mentions:
        return mentions
    weak = [mention for mention in exact if mention.weak]
    return weak or [mention for mention in kinds if goods_wanted_back]


def _by_kind(
    sentences: Sequence[Sentence], catalogue: Catalogue, among: Sequence[Product], code: str, *, few: bool
) -> list[Mention]:
    """Things named by their kind, in the mail's language; in English where no product is found in it."""
    own = catalogue.by_kind(sentences, among, code, few=few)
    if code == _SECOND or any(mention.product for mention in own):
        return own
    english = catalogue.by_kind(sentences, among, _SECOND, few=few)
    return [m for m in english if m.product and m.end - m.start >= _LONG_ENOUGH] or own


def _beside(mentions: Sequence[Mention], further: Sequence[Mention]) -> list[Mention]:
    """These mentions, and those of the further ones that stand at no place of theirs."""
    return [
        *mentions,
        *(
            other
            for other in further
            if not any(m.sentence == other.sentence and m.start < other.end and other.start < m.end for m in mentions)
        ),
    ]


def _concerned(
    mentions: Sequence[Mention],
    sentences: Sequence[Sentence],
    ordered: frozenset[str],
    judged: problems.Judged,
    vocabulary: Vocabulary,
) -> list[Mention]:
    left = _not_fine(mentions, sentences, judged, vocabulary)
    left = [mention for mention in left if mention.product] or list(left[:1])
    if judged.problem.kind is ProblemKind.WRONG_ITEM:
        left = _those_ordered(left, sentences, ordered)
    elif ordered and any(m.product and m.product.sku in ordered for m in left):
        # A thing of another order or another shop counts only where something is wrong with it.
        left = [
            m
            for m in left
            if (m.product and m.product.sku in ordered)
            or (m.sentence in judged.sentences and not _shares_its_sentence(m, left, ordered))
        ]
    return _told_of_problem(left, sentences, judged)


def _not_fine(
    mentions: Sequence[Mention], sentences: Sequence[Sentence], judged: problems.Judged, vocabulary: Vocabulary
) -> list[Mention]:
    """The mentions without the products that are said to be all right or kept, unless nothing else is left.

    "Two of the lamps are fine" does not clear the lamps where another sentence tells of their problem.
    """
    fine = {id(m) for m in _said_fine(mentions, sentences, vocabulary)}
    cleared = {_sku(m) for m in mentions if id(m) in fine}
    cleared -= {_sku(m) for m in mentions if id(m) not in fine and m.sentence in judged.sentences}
    left = [m for m in mentions if _sku(m) not in cleared]
    return left or list(mentions)


def _said_fine(mentions: Sequence[Mention], sentences: Sequence[Sentence], vocabulary: Vocabulary) -> Iterator[Mention]:
    """The mentions that words for "all right" and "keep" belong to: the nearest before them, else the first after."""
    by_sentence: dict[int, list[Mention]] = {}
    for mention in mentions:
        by_sentence.setdefault(mention.sentence, []).append(mention)
    if len({_sku(mention) for mention in mentions}) < 2:
        return
    for index, inside in by_sentence.items():
        sentence = sentences[index]
        inside.sort(key=lambda mention: mention.start)
        troubles = [
            sentence.words[hit.first].start for hit in sentence.hits if hit.name.startswith(_TROUBLE)
        ]  # fmt: skip
        places = {sentence.words[hit.first].start for hit in sentence.of("told.fine") if not denied(sentence, hit)}
        for place in sorted(places.union(fine_places(sentence, vocabulary))):
            before = [m for m in inside if m.start <= place]
            nearest = before[-1:] or inside[:1]
            for mention in nearest:
                low, high = sorted((mention.start, place))
                if not any(low < trouble < high for trouble in troubles):
                    yield mention


def fine_places(sentence: Sentence, vocabulary: Vocabulary) -> list[int]:
    """Where in a sentence words say that something is all right or is kept, and no word of denial stands by."""
    if not vocabulary.spaced:
        sign = vocabulary.counting.signs
        denial = sign.get("not")
        return [
            found.start()
            for found in (sign["fine"].finditer(sentence.text) if "fine" in sign else ())
            if not (denial and denial.search(sentence.text, max(found.start() - _DENIED_WITHIN, 0), found.end() + 2))
        ]
    hits = vocabulary.counting.phrases.hits(sentence.text, sentence.words)
    denials = [hit for hit in hits if hit.name == "not"]
    words = sentence.words
    return [
        words[hit.first].start
        for hit in hits
        if hit.name == "fine"
        and not any(
            -_DENIED_WITHIN <= denial.first - hit.first <= _DENIED_WITHIN
            and words[denial.first].clause == words[hit.first].clause
            and not hit.first <= denial.first < hit.last
            for denial in denials
        )
    ]


def _sku(mention: Mention) -> str:
    return mention.product.sku if mention.product else ""


def _told_of_problem(mentions: list[Mention], sentences: Sequence[Sentence], judged: problems.Judged) -> list[Mention]:
    """Of several products those that a sentence with a problem names, if any does: a list of what was bought has more.

    Where the subject names one of them, another counts only with such a sentence of its own.
    """
    if len({_sku(m) for m in mentions}) < 2:
        return mentions
    concerned = {_sku(m) for m in mentions if m.sentence in judged.sentences} or {_sku(m) for m in mentions}
    in_subject = {_sku(m) for m in mentions if not sentences[m.sentence].line}
    if in_subject:
        by_sentence: dict[int, set[str]] = {}
        for mention in mentions:
            by_sentence.setdefault(mention.sentence, set()).add(_sku(mention))
        alone = {next(iter(by_sentence[at])) for at in judged.sentences if len(by_sentence.get(at, ())) == 1}
        concerned &= in_subject | alone
    return [m for m in mentions if not concerned or _sku(m) in concerned]


def _shares_its_sentence(mention: Mention, all_mentions: Sequence[Mention], ordered: frozenset[str]) -> bool:
    return any(m.sentence == mention.sentence and m.product and m.product.sku in ordered for m in all_mentions)


def _those_ordered(mentions: list[Mention], sentences: Sequence[Sentence], ordered: frozenset[str]) -> list[Mention]:
    """For a wrong item: what stands on the order; otherwise what follows a word for ordering, not one for receiving."""
    on_order = [m for m in mentions if m.product and m.product.sku in ordered]
    candidates = on_order or mentions
    if len({_sku(m) for m in candidates}) <= 1:
        return candidates
    cues = {id(m): _last_cue(m, sentences[m.sentence]) for m in candidates}
    chosen = (
        [m for m in candidates if cues[id(m)] == "told.ordered"]
        or [m for m in candidates if cues[id(m)] != "told.received"]
        or candidates
    )
    # Of two things in one sentence one came for the other; a list of several lines may tell of several.
    first = {m.sentence: _sku(m) for m in reversed(chosen)}
    skus = {sku for at, sku in first.items() if sku not in {_sku(chosen[0])}} if on_order else set()
    return [m for m in chosen if _sku(m) in skus | {_sku(chosen[0])}]


def _last_cue(mention: Mention, sentence: Sentence) -> str:
    before = [
        hit for hit in sentence.of("told.ordered", "told.received") if sentence.words[hit.last - 1].end <= mention.start
    ]
    return max(before, key=lambda hit: hit.last).name if before else ""


def _own_problems(
    by_product: Mapping[str, Sequence[Mention]], sentences: Sequence[Sentence], judged: problems.Judged
) -> dict[str, Problem]:
    """The problem of each product, from the sentences that name it and those after it up to the next product's."""
    owner: dict[int, str] = {}
    shared: set[int] = set()
    for sku, places in by_product.items():
        for mention in places:
            if owner.setdefault(mention.sentence, sku) != sku:
                shared.add(mention.sentence)
    found = {}
    for sku in by_product:
        own: list[int] = []
        current = ""
        for index, sentence in enumerate(sentences):
            current = owner.get(index, current)
            if sentence.line > 0 and current == sku and index not in shared:
                own.append(index)
        told = problems.judge(sentences, only=own) if own else problems.NOTHING
        if told.problem.kind not in (ProblemKind.NONE, ProblemKind.UNCLEAR) and told.problem != judged.problem:
            found[sku] = told.problem
    return found

"""Which of the products a mail names it is about, how many units, and what is wrong with each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mailbot.claims.orders import Order, Product
from mailbot.claims.words import ProblemKind
from mailbot.reading import problems
from mailbot.reading.products import Catalogue, Mention, order_products
from mailbot.reading.quantity import units_concerned
from mailbot.reading.sentences import Sentence
from mailbot.reading.understood import NamedProduct, Problem
from mailbot.reading.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True)
class Concerned:
    """The products, and in words how each was found."""

    named: tuple[NamedProduct, ...]
    why: tuple[str, ...]


def concerned_products(
    sentences: Sequence[Sentence],
    catalogue: Catalogue,
    order: Order | None,
    vocabulary: Vocabulary,
    judged: problems.Judged,
    *,
    goods_wanted_back: bool,
) -> Concerned:
    """The products the mail is about: for a wrong item those that were ordered, never those that are said to be fine.

    Names come first, then names with typing errors, then a word of the order's own products, then the kind of thing
    ("the headphones") where only one product of the order (or of the catalogue) is of that kind.
    """
    ordered = order_products(order, catalogue) if order else []
    mentions = catalogue.exact(sentences, (p.sku for p in ordered))
    if not mentions:
        mentions = catalogue.fuzzy(sentences, (p.sku for p in ordered))
    if not mentions:
        mentions = catalogue.scattered(sentences, (p.sku for p in ordered))
    if not mentions and ordered:
        mentions = catalogue.by_words(sentences, ordered)
    if not mentions:
        mentions = _by_category(sentences, catalogue, ordered, vocabulary, goods_wanted_back)
    mentions = _concerned(mentions, sentences, frozenset(p.sku for p in ordered), judged)
    if not mentions:
        return Concerned((), ())
    by_product: dict[str, list[Mention]] = {}
    for mention in mentions:
        by_product.setdefault(mention.product.sku if mention.product else "", []).append(mention)
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
                ordered=line.quantity if order and (line := order.line_of(sku)) else None,
                alone=len(by_product) == 1,
            ),
            problem=own.get(sku),
            confidence=round(max(mention.confidence for mention in places), 2),
        )
        for sku, places in by_product.items()
    )
    why = tuple(f"'{m.written}' in {_where(sentences[m.sentence])} ({m.how})" for m in mentions[:8])
    return Concerned(named, why)


def _where(sentence: Sentence) -> str:
    return f"line {sentence.line}" if sentence.line else "the subject"


def _by_category(
    sentences: Sequence[Sentence],
    catalogue: Catalogue,
    ordered: Sequence[Product],
    vocabulary: Vocabulary,
    goods_wanted_back: bool,
) -> list[Mention]:
    """A thing named only by its kind; without exactly one product of that kind it is an entry without SKU."""
    among = ordered or catalogue.products
    unknown: list[Mention] = []
    for index, sentence in enumerate(sentences):
        for hit in sentence.hits:
            if not hit.name.startswith("category."):
                continue
            kind = hit.name.removeprefix("category.")
            fits = [product for product in among if _is_of_kind(product, kind, vocabulary)]
            brands = {p.brand.casefold() for p in fits if p.brand and p.brand.casefold() in sentence.text.casefold()}
            fits = [p for p in fits if not brands or p.brand.casefold() in brands]
            start, end = sentence.words[hit.first].start, sentence.words[hit.last - 1].end
            mention = Mention(
                product=fits[0] if len(fits) == 1 else None, written=hit.written, sentence=index, start=start, end=end,
                confidence=0.85 if ordered else 0.5, how="kind of thing",
            )  # fmt: skip
            if len(fits) == 1:
                return [mention]
            unknown.append(mention)
    return unknown[:1] if goods_wanted_back else []


def _is_of_kind(product: Product, kind: str, vocabulary: Vocabulary) -> bool:
    if product.category.casefold() == kind.casefold():
        return True
    words = vocabulary.words(product.category)
    return any(hit.name == f"category.{kind}" for hit in vocabulary.phrases.hits(product.category, words))


def _concerned(
    mentions: Sequence[Mention], sentences: Sequence[Sentence], ordered: frozenset[str], judged: problems.Judged
) -> list[Mention]:
    left = [mention for mention in mentions if not _is_fine(sentences[mention.sentence])]
    left = left or list(mentions)
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
    return _told_of_problem(left, judged)


def _told_of_problem(mentions: list[Mention], judged: problems.Judged) -> list[Mention]:
    """Of several products those in a sentence with a problem, if any are; a list of what was bought names more."""
    if len({m.product.sku if m.product else "" for m in mentions}) < 2:
        return mentions
    concerned = {m.product.sku if m.product else "" for m in mentions if m.sentence in judged.sentences}
    return [m for m in mentions if not concerned or (m.product.sku if m.product else "") in concerned]


def _shares_its_sentence(mention: Mention, all_mentions: Sequence[Mention], ordered: frozenset[str]) -> bool:
    return any(m.sentence == mention.sentence and m.product and m.product.sku in ordered for m in all_mentions)


def _is_fine(sentence: Sentence) -> bool:
    """Whether the sentence says that this thing is all right and tells of no problem."""
    return sentence.tells("told.fine") and not any(
        name.startswith(("problem.", "told.damage", "told.fails")) for name in sentence.names
    )


def _those_ordered(mentions: list[Mention], sentences: Sequence[Sentence], ordered: frozenset[str]) -> list[Mention]:
    """For a wrong item: what stands on the order; otherwise what follows a word for ordering, not one for receiving."""
    on_order = [m for m in mentions if m.product and m.product.sku in ordered]
    candidates = on_order or mentions
    if len({m.product.sku if m.product else "" for m in candidates}) <= 1:
        return candidates
    as_ordered = [m for m in candidates if _last_cue(m, sentences[m.sentence]) == "told.ordered"]
    chosen = as_ordered or candidates
    sku = chosen[0].product.sku if chosen[0].product else ""
    return [m for m in chosen if (m.product.sku if m.product else "") == sku]


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

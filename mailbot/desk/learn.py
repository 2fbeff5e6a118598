"""What a mail of the customer adds to a claim. Values only: the claim before and what was understood give the new one.

What a person said is never overwritten by reading; every fact that is set remembers the mail and the words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from mailbot.claims.claim import Claim, Item, Source
from mailbot.claims.orders import Order
from mailbot.claims.words import ProblemKind, Signal
from mailbot.desk.judge import WAITS_FOR_VERDICT, preference_of
from mailbot.reading.understood import NamedProduct, Problem, Understood

_NO_PROBLEM = (ProblemKind.UNCLEAR, ProblemKind.NONE)
_MAX_ITEMS = 50
"""A mail that names more things than this is a list of something else; a person sees the text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """The order numbers of a mail, told apart by what the shop knows; `orders` in the mail's order."""

    orders: tuple[Order, ...]
    unknown: tuple[str, ...]


def learn(claim: Claim, understood: Understood, named: Named, *, mail_id: int, opening: bool) -> Claim:
    """The claim with what this mail says taken in."""
    by = f"mail:{mail_id}"
    claim = _learn_orders(claim, understood, named, by=by)
    claim = replace(claim, items=_learn_items(claim.items, understood, by=by, opening=opening))
    claim = _learn_wish(claim, understood, by=by)
    return _learn_signals(claim, understood, by=by)


def _source(understood: Understood, field: str, by: str) -> Source:
    words = "; ".join(understood.why.get(field, ()))
    return Source(by=by, words=words, confidence=understood.confidence.get(field, 1.0))


def _with_source(sources: Mapping[str, Source], field: str, source: Source) -> Mapping[str, Source]:
    return {**sources, field: source}


def _said_by_person(sources: Mapping[str, Source], field: str) -> bool:
    source = sources.get(field)
    return source is not None and source.is_person


def _learn_orders(claim: Claim, understood: Understood, named: Named, *, by: str) -> Claim:
    if _said_by_person(claim.sources, "order_number"):
        return claim
    source = _source(understood, "order_numbers", by)
    if named.orders:
        numbers = tuple(dict.fromkeys((*claim.order_numbers, *(order.number for order in named.orders))))
        if numbers != claim.order_numbers:
            claim = replace(
                claim,
                order_numbers=numbers,
                sources=_with_source(claim.sources, "order_number", replace(source, confidence=1.0)),
            )
    if claim.order_numbers or not named.unknown:
        return claim
    return replace(
        claim,
        unknown_order_numbers=tuple(dict.fromkeys((*claim.unknown_order_numbers, *named.unknown))),
        unknown_order_again=claim.unknown_order_again or claim.unknown_order_asked,
        sources=_with_source(claim.sources, "order_number", source),
    )


def _learn_items(items: Sequence[Item], understood: Understood, *, by: str, opening: bool) -> tuple[Item, ...]:
    if opening and not items:
        items = [_new_item(product, understood, by=by) for product in understood.products[:_MAX_ITEMS]] or [Item()]
        return tuple(_learn_problem(item, understood.problem, understood, by=by) for item in items)
    learned = list(items)
    if not learned:
        return ()
    unclaimed: list[NamedProduct] = []
    for product in understood.products[:_MAX_ITEMS]:
        place = next((index for index, item in enumerate(learned) if product.sku and item.sku == product.sku), None)
        if place is None:
            unclaimed.append(product)
        else:
            learned[place] = _learn_product(learned[place], product, understood, by=by)
    for product in unclaimed:
        place = next((index for index, item in enumerate(learned) if _is_open(item)), None)
        if place is not None:
            learned[place] = _learn_product(learned[place], product, understood, by=by)
        elif product.sku and product.problem is not None and len(learned) < _MAX_ITEMS:
            learned.append(_new_item(product, understood, by=by))
    return tuple(_learn_problem(item, understood.problem, understood, by=by) for item in learned)


def _is_open(item: Item) -> bool:
    """Whether the item still lacks its product, and so may be the one that this mail names."""
    return item.sku is None and item.status in WAITS_FOR_VERDICT and not _said_by_person(item.sources, "sku")


def _new_item(product: NamedProduct, understood: Understood, *, by: str) -> Item:
    return _learn_product(Item(), product, understood, by=by)


def _learn_product(item: Item, product: NamedProduct, understood: Understood, *, by: str) -> Item:
    if item.status not in WAITS_FOR_VERDICT:
        return item
    if not _said_by_person(item.sources, "sku"):
        source = replace(_source(understood, "products", by), confidence=product.confidence)
        item = replace(
            item,
            sku=product.sku or item.sku,
            name=product.name_as_written or item.name,
            quantity=product.quantity if product.quantity is not None else item.quantity,
            sources=_with_source(item.sources, "sku", source),
        )
    if product.problem is not None:
        item = _learn_problem(item, product.problem, understood, by=by)
    return item


def _learn_problem(item: Item, problem: Problem, understood: Understood, *, by: str) -> Item:
    """Take the mail's problem where the item has none yet; a description that tells more joins the one that told too
    little.
    """
    if item.status not in WAITS_FOR_VERDICT:
        return item
    source = _source(understood, "problem", by)
    if (
        item.problem_kind in _NO_PROBLEM
        and problem.kind not in _NO_PROBLEM
        and not _said_by_person(item.sources, "problem_kind")
    ):
        item = replace(item, problem_kind=problem.kind, sources=_with_source(item.sources, "problem_kind", source))
    words = problem.description.strip()
    if words and not item.detailed and words not in item.description:
        told = f"{item.description}\n{words}".strip()
        item = replace(
            item, description=told, detailed=problem.detailed, sources=_with_source(item.sources, "description", source)
        )
    return item


def _learn_wish(claim: Claim, understood: Understood, *, by: str) -> Claim:
    wish = preference_of(understood.wish)
    if wish is None or _said_by_person(claim.sources, "preference"):
        return claim
    source = _source(understood, "resolution_wanted", by)
    return replace(claim, preference=wish, sources=_with_source(claim.sources, "preference", source))


def _learn_signals(claim: Claim, understood: Understood, *, by: str) -> Claim:
    heard = understood.signals
    sources = dict(claim.sources)
    for signal in (Signal.HAZARD, Signal.DECLARES_WITHDRAWAL, Signal.ASKS_OTHER_COMPENSATION):
        if signal in heard and signal.value not in sources:
            sources[signal.value] = _source(understood, f"signals.{signal.value}", by)
    if understood.fault_on is not None and claim.fault_on is None:
        sources["fault_on"] = _source(understood, "fault_on", by)
    items = claim.items
    if Signal.SUPPORT_DID_NOT_HELP in heard:
        items = tuple(replace(item, support_tried=True) if item.status in WAITS_FOR_VERDICT else item for item in items)
    return replace(
        claim,
        items=items,
        hazard=claim.hazard or Signal.HAZARD in heard,
        declares_withdrawal=claim.declares_withdrawal or Signal.DECLARES_WITHDRAWAL in heard,
        asks_other_compensation=claim.asks_other_compensation or Signal.ASKS_OTHER_COMPENSATION in heard,
        fault_on=claim.fault_on or understood.fault_on,
        tracking=understood.tracking or claim.tracking,
        sources=sources,
    )

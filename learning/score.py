"""`make score`: how well mails are understood, field by field, with the mistakes.

Three kinds of mails. The visible ones (`../shared/mails`, where that folder is) and the fresh rounds of
`learning/fresh` are read with the weights that ship. Our own whole mails are read by readers that learned from other
writers' mails only, and once more by readers that saw no mail of the language: figures for mails that nothing was
learned from. All are printed with the encoder and without it.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence

from learning.comparison import FIELDS, Outcome, compare
from learning.labelled import TODAY, VISIBLE, Labelled, Shop, folder_mails, fresh_rounds, own_mails
from mailbot.desk.read_report import read_report
from mailbot.media.opening import ChildOpener
from mailbot.reading.opinion import Opinions, shipped
from mailbot.reading.read import Reader

AIMS = {
    "answered": 100,
    "order_numbers": 97,
    "products": 93,
    "quantity": 92,
    "kind": 95,
    "problem_kind": 88,
    "phrases in description": 96,
    "phrases in new text": 98,
    "excluded phrases gone": 96,
    "resolution_wanted": 92,
    "language": 99,
    "evidence": 95,
}
_BANDS = ((0.0, 0.5), (0.5, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 1.01))


def outcomes(mails: Sequence[Labelled], opinions: Opinions, opener: ChildOpener) -> list[Outcome]:
    """Every comparison of these mails, read with these opinions."""
    readers: dict[Shop, Reader] = {}
    found = []
    for mail in mails:
        where = mail.shop
        reader = readers.setdefault(where, Reader(where.knowledge, where.patterns, opinions=opinions))
        said = read_report(mail.raw, mail.id, reader=reader, opener=opener, today=TODAY, knowledge=where.knowledge)
        found += compare(mail.id, mail.label, said)
    return found


def cross_validated(
    mails: Sequence[Labelled], group: Callable[[Labelled], str], folds: int, opener: ChildOpener, *, with_encoder: bool
) -> list[Outcome]:
    """Every comparison of these mails, each read with weights that were learned without its group's fold."""
    from learning import learn  # scikit-learn is there for developers only

    sentences, rows = learn.material()
    found = []
    for fold in range(folds):
        theirs = [mail for mail in mails if learn.fold_of(group(mail), folds) == fold]
        if not theirs:
            continue
        writers = {mail.writer for mail in theirs}
        languages = {mail.label.language for mail in theirs} if group(theirs[0]) == theirs[0].label.language else set()
        kept = [s for s in sentences if s.group not in writers and s.language not in languages]
        others = [row for row in rows if row.group not in writers and row.language not in languages]
        opinions = learn.opinions(kept, others, with_encoder=with_encoder)
        print(f"  fold {fold + 1} of {folds}: {len(theirs)} mails", file=sys.stderr, flush=True)
        found += outcomes(theirs, opinions, opener)
    return found


def table(found: Iterable[Outcome]) -> Iterator[str]:
    """One line a field: right, of how many, and the aim."""
    all_of, right = Counter[str](), Counter[str]()
    for outcome in found:
        all_of[outcome.field] += 1
        right[outcome.field] += outcome.right
    for field in FIELDS:
        if all_of[field]:
            share = 100 * right[field] / all_of[field]
            mark = "" if share >= AIMS[field] else "  missed"
            yield f"  {field:24} {right[field]:5} of {all_of[field]:5}  {share:5.1f} %  aim {AIMS[field]} %{mark}"


def by_language(found: Iterable[Outcome]) -> Iterator[str]:
    """One line a language with the share of right answers of the fields that words decide."""
    fields = ("order_numbers", "products", "quantity", "kind", "problem_kind", "resolution_wanted")
    shares: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for outcome in found:
        shares[outcome.language][outcome.field].append(outcome.right)
    yield "  " + " " * 4 + "".join(f"{field[:13]:>15}" for field in fields)
    for code, told in sorted(shares.items()):
        cells = (f"{100 * sum(told[f]) / len(told[f]):13.0f} %" if told[f] else f"{'':15}" for f in fields)
        yield f"  {code:4}" + "".join(cells)


def reliability(found: Iterable[Outcome]) -> Iterator[str]:
    """How often what was said with a confidence was right, in bands of it."""
    bands: dict[tuple[float, float], list[bool]] = defaultdict(list)
    for outcome in found:
        if outcome.confidence is not None:
            band = next(band for band in _BANDS if band[0] <= outcome.confidence < band[1])
            bands[band].append(outcome.right)
    for low, high in _BANDS:
        told = bands[low, high]
        if told:
            share = 100 * sum(told) / len(told)
            yield f"  confidence {low:.1f} to {min(high, 1.0):.1f}: {share:5.1f} % right of {len(told)}"


def mistakes(found: Iterable[Outcome]) -> Iterator[str]:
    """Each wrong answer in a line."""
    for outcome in found:
        if not outcome.right:
            yield f"  {outcome.mail} {outcome.field}: said {outcome.said[:100]!r}, right is {outcome.wanted[:100]!r}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the tables; always 0, since a score is no check."""
    options = argparse.ArgumentParser(prog="python -m learning.score", description=__doc__)
    options.add_argument("--quick", action="store_true", help="only the visible mails and the fresh rounds")
    options.add_argument("--mistakes", action="store_true", help="each wrong answer too")
    chosen = options.parse_args(arguments)
    opener = ChildOpener()
    try:
        for title, found in _rounds(opener, quick=chosen.quick):
            print(title)
            for line in table(found):
                print(line)
            if len(found) > 1_000:
                for line in (*by_language(found), *reliability(found)):
                    print(line)
            if chosen.mistakes:
                for line in mistakes(found):
                    print(line)
            sys.stdout.flush()
    finally:
        opener.close()
    return 0


def _rounds(opener: ChildOpener, *, quick: bool) -> Iterator[tuple[str, list[Outcome]]]:
    for with_encoder in (True, False):
        how = "" if with_encoder else ", without the encoder"
        opinions = shipped(with_encoder=with_encoder)
        if VISIBLE.is_dir():
            visible = [mail for name in ("en", "intl") for mail in folder_mails(VISIBLE / name)]
            yield f"The visible mails{how}", outcomes(visible, opinions, opener)
        for folder in fresh_rounds():
            yield f"Fresh mails {folder.name}{how}", outcomes(folder_mails(folder), opinions, opener)
        if not quick:
            own = own_mails()
            found = cross_validated(own, lambda mail: mail.writer, 5, opener, with_encoder=with_encoder)
            yield f"Own mails, learned from other writers{how}", found
            found = cross_validated(own, lambda mail: mail.label.language, 13, opener, with_encoder=with_encoder)
            yield f"Own mails, learned from other languages{how}", found


if __name__ == "__main__":
    sys.exit(main())

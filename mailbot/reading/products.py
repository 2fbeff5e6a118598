"""The products a text names: by SKU, by name and alias, with typing errors, and by a word of an ordered one's name."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from rapidfuzz import fuzz, process
from rapidfuzz.distance import DamerauLevenshtein

from mailbot.claims.orders import Order, Product
from mailbot.reading.phrases import fold
from mailbot.reading.sentences import Sentence
from mailbot.reading.things import kin, languages, narrowest, things_in

# Chinese and Japanese write a name without a blank into the text: each of their signs is a unit of its own.
_CJK = "\u3005-\u30ff\u3400-\u9fff"
_UNIT = re.compile(rf"[{_CJK}]|[^\W\d_{_CJK}]+|\d+")
_IS_CJK = re.compile(f"[{_CJK}]")
# Words that many products share, so that none of them tells one product from another.
_ORDINARY = frozenset(
    {
        *(
            "with",
            "and",
            "the",
            "for",
            "of",
            "in",
            "on",
            "to",
            "a",
            "an",
            "no",
            "und",
            "mit",
            "für",
            "der",
            "die",
            "das",
        ),
        *("black", "white", "blue", "red", "green", "gray", "grey", "schwarz", "weiß", "blau", "rot", "color"),
        *("gb", "tb", "mm", "cm", "mah", "hd", "inch", "usb", "type", "pack", "set", "kit", "new"),
        *("wireless", "case", "pro", "max", "mini", "plus", "lite", "ultra", "note", "watch", "home", "gaming", "kids"),
        *("german", "action", "smart", "car", "charger", "cable", "accessory", "screen"),
    }
)
_CLOSE = 84.0
_SHORTEST_FUZZY = 4
_FEWEST_SCATTERED = 3
_ENOUGH_OF_A_NAME = 0.75
_LOOSENESS = 3
_FEWEST_LETTERS = 6
_FEWEST_OF_A_WORD = 3
_ROUGHLY = 66.0
_NEAR = 86.0
_SHORT_NAME = 5
_ENGLISH = "en"
_MADE_FOR = re.compile(r"\s(?:for|für|pour|para|per|voor|dla|для|için)\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Unit:
    """A run of letters or of digits; `glued` where it touches the one before."""

    text: str
    glued: bool
    start: int
    end: int


# Each way of looking for products takes the same sentences apart.
@lru_cache(maxsize=256)
def units_of(text: str) -> tuple[Unit, ...]:
    """The text as runs of letters and of digits: `PB20`, `pb 20` and `PB-20` are the same two units."""
    units = []
    end = -1
    for found in _UNIT.finditer(text):
        written = found.group()
        apart = not written.isascii() and bool(_IS_CJK.match(written))
        units.append(Unit(fold(written), not apart and found.start() == end, found.start(), found.end()))
        end = -1 if apart else found.end()
    return tuple(units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A product named in a sentence (its index): the signs from `start` to `end`, as what, and how sure.

    `weak` where the words may as well be ordinary ones ("zero", "una mía"): they count where nothing better is there.
    """

    product: Product | None
    written: str
    sentence: int
    start: int
    end: int
    confidence: float
    how: str
    weak: bool = False


@dataclass(frozen=True, slots=True)
class _Name:
    product: Product
    written: str
    units: tuple[str, ...]
    must_touch: bool
    is_sku: bool


@dataclass(slots=True)
class Catalogue:
    """The shop's products, ready to be found in a text; building it costs a few milliseconds."""

    products: Sequence[Product]
    _by_first: dict[str, list[_Name]] = field(default_factory=dict)
    _by_sku: dict[str, Product] = field(default_factory=dict)
    _names: dict[str, list[tuple[str, ...]]] = field(default_factory=dict)
    _fuzzy_words: list[str] = field(default_factory=list)
    _by_unit: dict[str, list[str]] = field(default_factory=dict)
    _guessed: dict[str, str | None] = field(default_factory=dict)
    _kinds: dict[str, frozenset[str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        words: set[str] = set()
        for product in self.products:
            self._by_sku[product.sku] = product
            for name in (product.sku, product.name, *product.aliases, *_shortened(product)):
                units = units_of(name)
                if not units:
                    continue
                texts = tuple(unit.text for unit in units)
                # "A5" must be typed in one piece, or "a 5 m cable" would name a telephone.
                touching = len(units) == 2 and len(texts[0]) == 1 and units[1].glued
                entry = _Name(product, name, texts, touching or len(units) == 1, name == product.sku)
                self._by_first.setdefault(texts[0], []).append(entry)
                self._names.setdefault(product.sku, []).append(texts)
                for text in set(texts):
                    if text not in _ORDINARY and len(text) >= 2:
                        self._by_unit.setdefault(text, []).append(product.sku)
                words.update(text for text in texts if text.isalpha() and len(text) >= _SHORTEST_FUZZY)
        self._fuzzy_words = sorted(words)

    def product(self, sku: str) -> Product | None:
        """The product of this SKU."""
        return self._by_sku.get(sku)

    def exact(self, sentences: Sequence[Sentence], first: Iterable[str] = ()) -> list[Mention]:
        """Products named exactly, the longest name at each place; of equal names one among the SKUs `first` wins."""
        preferred = frozenset(first)
        return [
            m for i, s in enumerate(sentences) for m in self._in(i, s.text, units_of(s.text), preferred, guessed=False)
        ]

    def fuzzy(self, sentences: Sequence[Sentence], first: Iterable[str] = ()) -> list[Mention]:
        """Products named with typing errors: a long word the catalogue does not hold is read as its nearest one."""
        preferred = frozenset(first)
        found: list[Mention] = []
        for index, sentence in enumerate(sentences):
            units = units_of(sentence.text)
            mended = tuple(
                Unit(self._nearest(unit.text) or unit.text, unit.glued, unit.start, unit.end) for unit in units
            )
            if mended != units:
                found.extend(self._in(index, sentence.text, mended, preferred, guessed=True))
        return found

    def _nearest(self, word: str) -> str | None:
        if len(word) < _SHORTEST_FUZZY + 1 or not word.isalpha() or len(word) > 30:
            return None
        if word not in self._guessed:
            best = process.extractOne(word, self._fuzzy_words, scorer=fuzz.ratio, score_cutoff=_CLOSE)
            if len(self._guessed) > 20_000:
                self._guessed.clear()
            self._guessed[word] = best[0] if best and best[0] != word and best[0][0] == word[0] else None
        return self._guessed[word]

    def _in(
        self, index: int, text: str, units: Sequence[Unit], preferred: frozenset[str], *, guessed: bool
    ) -> Iterable[Mention]:
        at = 0
        while at < len(units):
            fits = [name for name in self._by_first.get(units[at].text, ()) if _stands(name, units, at)]
            if not fits:
                at += 1
                continue
            best = max(fits, key=lambda n: (n.is_sku, len(n.units), n.product.sku in preferred))
            if not best.is_sku and (longer := self._meant_longer(best, units, at, preferred)):
                best, guessed_here = longer, True
            else:
                guessed_here = guessed
            end = at + len(best.units)
            rivals = {n.product.sku for n in fits if len(n.units) == len(best.units)} | {best.product.sku}
            ordered = best.product.sku in preferred
            sure = 0.97 if best.is_sku or ordered else 0.93 if len(rivals) == 1 else 0.55
            begin = _with_brand(best.product, units, at)
            yield Mention(
                product=best.product,
                written=text[units[begin].start : units[end - 1].end],
                sentence=index,
                start=units[begin].start,
                end=units[end - 1].end,
                confidence=sure - 0.15 if guessed_here else sure,
                how="SKU" if best.is_sku else "name with a typing error" if guessed_here else "name",
                weak=_ordinary_here(best, text[units[at].start : units[end - 1].end]),
            )
            at = end

    def _meant_longer(self, name: _Name, units: Sequence[Unit], at: int, preferred: frozenset[str]) -> _Name | None:
        """An ordered product's longer name whose last word was typed wrong: "X8 Por" is X8 Pro, not X8."""
        if name.product.sku in preferred:
            return None
        return next(
            (
                other
                for other in self._by_first[units[at].text]
                if other.product.sku in preferred
                and len(other.units) > len(name.units)
                and at + len(other.units) <= len(units)
                and all(
                    _meant(unit.text, text)
                    for unit, text in zip(units[at : at + len(other.units)], other.units, strict=True)
                )
            ),
            None,
        )

    def near(self, sentences: Sequence[Sentence], among: Sequence[Product]) -> list[Mention]:
        """Those of a few products (an order's) whose whole name stands there with typing errors in several words."""
        names = [
            (product, name)
            for product in among
            for name in self._names.get(product.sku, ())
            if sum(len(text) for text in name if text.isalpha()) >= _FEWEST_LETTERS
        ]
        found: list[Mention] = []
        for index, sentence in enumerate(sentences):
            units = units_of(sentence.text)
            texts = [unit.text for unit in units]
            begins: dict[str, list[int]] = {}
            for at, text in enumerate(texts):
                begins.setdefault(text[:1], []).append(at)
            fits = [
                (score, len(name), at, product)
                for product, name in names
                for at in _possible(name, texts, begins)
                if (score := _likeness(name, texts[at : at + len(name)])) >= _NEAR
            ]
            if not fits:
                continue
            _, length, at, product = max(fits, key=lambda fit: (fit[1], fit[0]))
            start, end = units[at].start, units[at + length - 1].end
            mention = Mention(
                product=product, written=sentence.text[start:end], sentence=index, start=start, end=end,
                confidence=0.85, how="name with typing errors",
            )  # fmt: skip
            found.append(mention)
        return found

    def kinds_of(self, product: Product) -> frozenset[str]:
        """`kinds_of` this product, told once a catalogue."""
        known = self._kinds.get(product.sku)
        if known is None:
            known = self._kinds[product.sku] = kinds_of(product)
        return known

    def by_kind(
        self, sentences: Sequence[Sentence], among: Sequence[Product], code: str, *, few: bool
    ) -> list[Mention]:
        """Things named by their kind ("the headphones"); without product where none of these or several fit.

        Of several of the kind the one that brand, size, colour or another word of the sentence points at. `few` where
        these are an order's products: then a kind says more.
        """
        found: list[Mention] = []
        for index, sentence in enumerate(sentences):
            for thing in things_in(sentence.text, code):
                fits = self._of_kind(thing.kind, among)
                if len(fits) > 1:
                    # A subject is too short to say which: the first sentences do.
                    fits = _pointed_at(fits, sentences[: index + 3] if sentence.line == 0 else [sentence])
                mention = Mention(
                    product=fits[0] if len(fits) == 1 else None, written=thing.written, sentence=index,
                    start=thing.start, end=thing.end, confidence=0.88 if few else 0.55, how="kind of thing",
                )  # fmt: skip
                found.append(mention)
        return found

    def _of_kind(self, kind: str, among: Sequence[Product]) -> list[Product]:
        """Those of just this kind; if there are none, those of a narrower one, then those of a wider one."""
        wider = kin(kind)
        by_kind = [(product, self.kinds_of(product)) for product in among]
        return (
            [product for product, kinds in by_kind if kind in kinds]
            or [product for product, kinds in by_kind if any(kind in kin(own) for own in kinds)]
            or [product for product, kinds in by_kind if not kinds.isdisjoint(wider)]
        )

    def scattered(self, sentences: Sequence[Sentence], first: Iterable[str] = ()) -> list[Mention]:
        """Products whose name stands in a sentence in another order or with words between ("the 44mm Tickr Watch 5").

        Three quarters of the name's units, and at least three, within a stretch little longer than the name.
        """
        preferred = frozenset(first)
        found: list[Mention] = []
        for index, sentence in enumerate(sentences):
            units = units_of(sentence.text)
            texts = [self._nearest(unit.text) or unit.text for unit in units]
            fits = [
                (share, sku in preferred, begin, end, sku)
                for sku in self._sharing(texts)
                for name in self._names[sku]
                for share, begin, end in _stretch(name, texts)
            ]
            if not fits:
                continue
            _, ordered, begin, end, sku = max(fits, key=lambda fit: fit[:2])
            rivals = {fit[4] for fit in fits if fit[:2] == max(fits, key=lambda fit: fit[:2])[:2]}
            if len(rivals) == 1:
                found.append(
                    Mention(
                        product=self._by_sku[sku],
                        written=sentence.text[units[begin].start : units[end].end],
                        sentence=index,
                        start=units[begin].start,
                        end=units[end].end,
                        confidence=0.85 if ordered else 0.65,
                        how="the words of its name",
                    )
                )
        return found

    def _sharing(self, texts: Iterable[str]) -> list[str]:
        """The products that share a telling unit with these texts."""
        skus: dict[str, None] = {}
        for text in dict.fromkeys(texts):
            skus.update(dict.fromkeys(self._by_unit.get(text, ())))
        return list(skus)

    def by_words(
        self, sentences: Sequence[Sentence], among: Sequence[Product], *, only_names: bool = False
    ) -> list[Mention]:
        """Those of a few products (an order's) that the text points at by a word of their name only they have.

        With `only_names` only words count that begin with a capital letter, as names do.
        """
        scores: dict[str, tuple[float, Mention]] = {}
        owners: dict[str, set[str]] = {}
        for product in among:
            for word in _telling_words(product):
                owners.setdefault(word, set()).add(product.sku)
        for index, sentence in enumerate(sentences):
            for unit in units_of(sentence.text):
                if only_names and not sentence.text[unit.start].isupper():
                    continue
                word = unit.text if unit.text in owners else _near_word(unit.text, owners)
                if not word or len(owners[word]) != 1:
                    continue
                product = next(p for p in among if p.sku in owners[word])
                mention = Mention(
                    product=product, written=sentence.text[unit.start : unit.end], sentence=index, start=unit.start,
                    end=unit.end, confidence=0.8, how="word of an ordered product's name",
                )  # fmt: skip
                score = scores.get(product.sku, (0.0, mention))
                scores[product.sku] = (score[0] + 1.0, score[1])
        return [mention for _, mention in scores.values()]


@lru_cache(maxsize=256)
def kinds_of(product: Product) -> frozenset[str]:
    """The kinds of thing a product is, as its category, name and aliases say in English or another language."""
    return next((kinds for code in _reading_order() if (kinds := _kinds_in(product, code))), frozenset())


def _reading_order() -> Iterator[str]:
    """English first: most catalogues are written in it, and a language's words take a while to be read."""
    yield _ENGLISH
    yield from (code for code in languages() if code != _ENGLISH)


def _kinds_in(product: Product, code: str) -> frozenset[str]:
    # What follows "for" is what an accessory is made for, not what it is.
    texts = (_MADE_FOR.split(text)[0] for text in (product.category, product.name, *product.aliases))
    return narrowest(thing.kind for text in texts for thing in things_in(text, code))


def _pointed_at(products: Sequence[Product], sentences: Iterable[Sentence]) -> list[Product]:
    """Those of several products that most words of the sentences point at, by words the others' names lack."""
    typed = {unit.text for sentence in sentences for unit in units_of(sentence.text)}
    own = [{text for name in _names_of(product) for text in (u.text for u in units_of(name))} for product in products]
    shared = set.intersection(*own)
    scores = [len((texts - shared) & typed) for texts in own]
    best = max(scores)
    return [product for product, score in zip(products, scores, strict=True) if score == best]


def _names_of(product: Product) -> tuple[str, ...]:
    return (product.brand, product.name, product.category, *product.aliases)


def _ordinary_here(name: _Name, typed: str) -> bool:
    """Whether a short name of one word was typed as an ordinary word is: small, or with an accent that it has not."""
    if len(name.units) != 1 or name.is_sku or not name.units[0].isalpha() or len(name.units[0]) > _SHORT_NAME:
        return False
    return (typed[:1].islower() and name.written[:1].isupper()) or typed.isascii() != name.written.isascii()


def _meant(typed: str, text: str) -> bool:
    """Whether a word is this one, or this one with one error (a wrong sign, one too many or too few, two swapped)."""
    if typed == text:
        return True
    if not typed.isalpha() or not text.isalpha() or len(text) < _FEWEST_OF_A_WORD:
        return False
    return DamerauLevenshtein.distance(typed, text, score_cutoff=1) <= 1


def _possible(name: Sequence[str], texts: Sequence[str], begins: Mapping[str, Sequence[int]]) -> list[int]:
    """Where a name may begin: with its first letter, or with another before its second word ("Gigsaw 3")."""
    places = list(begins.get(name[0][0], ()))
    if len(name) > 1 and name[1][0] in begins:
        places += [at - 1 for at in begins[name[1][0]] if at and texts[at] == name[1] and at - 1 not in places]
    return [at for at in places if at + len(name) <= len(texts)]


def _likeness(name: Sequence[str], typed: Sequence[str]) -> float:
    """How like a name (0 to 100) these words are: its numbers exactly, each word roughly, all together nearly."""
    for text, wanted in zip(typed, name, strict=True):
        if text == wanted:
            continue
        if not text.isalpha() or not wanted.isalpha() or abs(len(text) - len(wanted)) > _FEWEST_OF_A_WORD:
            return 0.0
        if fuzz.ratio(text, wanted) < _ROUGHLY:
            return 0.0
    return fuzz.ratio(" ".join(typed), " ".join(name))


def _stretch(name: Sequence[str], texts: Sequence[str]) -> Iterator[tuple[float, int, int]]:
    """The share of a name's units that stand close together, with first and last place, where it is large enough."""
    wanted = set(name)
    if len(wanted) < _FEWEST_SCATTERED:
        return
    places = [place for place, text in enumerate(texts) if text in wanted]
    width = len(name) + _LOOSENESS
    for at, begin in enumerate(places):
        within = [place for place in places[at : at + width] if place - begin < width]
        share = len({texts[place] for place in within}) / len(wanted)
        if share >= _ENOUGH_OF_A_NAME:
            yield share, begin, within[-1]


def _shortened(product: Product) -> Iterable[str]:
    """The name without its brand, and without what stands in brackets: people leave both out."""
    bare = re.sub(r"\s*\([^)]{0,40}\)", "", product.name)
    brandless = bare.removeprefix(product.brand).strip() if product.brand else bare
    for name in (bare, brandless):
        units = units_of(name)
        if name != product.name and (len(units) >= 2 or any(unit.text not in _ORDINARY for unit in units)):
            yield name


def _with_brand(product: Product, units: Sequence[Unit], at: int) -> int:
    """Where the name begins with the brand that was typed before it."""
    brand = units_of(product.brand)
    begin = at - len(brand)
    typed = [unit.text for unit in units[max(begin, 0) : at]]
    return begin if brand and begin >= 0 and typed == [unit.text for unit in brand] else at


def _stands(name: _Name, units: Sequence[Unit], at: int) -> bool:
    wanted = name.units
    if at + len(wanted) > len(units):
        return False
    if any(units[at + step].text != text for step, text in enumerate(wanted)):
        return False
    after = at + len(wanted)
    if name.must_touch:
        if any(not units[at + step].glued for step in range(1, len(wanted))):
            return False
        # "X1" is not named by "X1C" or "MX1".
        if units[at].glued or (after < len(units) and units[after].glued and units[after].text.isalpha()):
            return False
    # A number must end where the name's ends: "Tab 1" is not "Tab 11" (units keep digits whole), "R10" is not "R10U".
    return not (after < len(units) and units[after].glued and wanted[-1].isdigit() and len(units[after].text) == 1)


def _telling_words(product: Product) -> set[str]:
    words: set[str] = set()
    for name in (product.name, product.category, *product.aliases):
        words.update(unit.text for unit in units_of(name) if unit.text.isalpha() and len(unit.text) >= _SHORTEST_FUZZY)
    return words


def _near_word(word: str, owners: Mapping[str, set[str]]) -> str:
    """The word among them that this one was meant to be, "" if none is near."""
    if len(word) <= _SHORTEST_FUZZY or not word.isalpha() or len(word) > 30:
        return ""
    best = process.extractOne(word, list(owners), scorer=fuzz.ratio, score_cutoff=_CLOSE)
    return best[0] if best else next((other for other in owners if other[0] == word[0] and _meant(word, other)), "")


def order_products(orders: Iterable[Order], catalogue: Catalogue) -> list[Product]:
    """The products of these orders' lines; a line that the catalogue lacks stands for itself by its SKU."""
    skus = dict.fromkeys(line.sku for order in orders for line in order.lines)
    return [catalogue.product(sku) or Product(sku=sku, name=sku) for sku in skus]

"""Kinds of things: their words, and the product that is meant by one."""

import pytest

from mailbot.claims.orders import Product
from mailbot.reading.products import Catalogue
from mailbot.reading.sentences import Sentence, lines_of, split_text, understand
from mailbot.reading.things import kin, languages, narrowest, things_in
from mailbot.reading.vocabulary import vocabulary

CHAINSAW = Product(sku="CS", name="Grunfix Chainsaw 35 cm", brand="Grunfix", category="saw")
JIGSAW = Product(sku="JS", name="Grunfix Jigsaw 3", brand="Grunfix", category="saw")
DRILL_18 = Product(sku="D18", name="Grunfix Drill 18 V", brand="Grunfix", category="drill")
DRILL_12 = Product(sku="D12", name="Grunfix Drill 12 V", brand="Grunfix", category="drill")
TABLET = Product(sku="TAB", name="Quixo Slate X8", brand="Quixo", category="tablet", aliases=("X8",))
TABLET_PRO = Product(sku="TABP", name="Quixo Slate X8 Pro", brand="Quixo", category="tablet", aliases=("X8 Pro",))
DOLL = Product(sku="DOLL", name="Pimpa Doll Mia", brand="Pimpa", category="doll", aliases=("Mia",))
SHELF = (CHAINSAW, JIGSAW, DRILL_18, DRILL_12, TABLET, TABLET_PRO, DOLL)


def sentences(text: str, code: str = "en") -> tuple[Sentence, ...]:
    known = vocabulary(code)
    assert known is not None
    return understand(split_text(lines_of(text)), known)


def by_kind(text: str, code: str = "en") -> list[str | None]:
    found = Catalogue(products=SHELF).by_kind(sentences(text, code), SHELF, code, few=True)
    return [mention.product.sku if mention.product else None for mention in found]


@pytest.mark.parametrize("code", languages())
def test_every_kind_that_a_language_names_is_one_of_the_known_kinds(code: str) -> None:
    # A file that is no list of phrases raises here.
    things_in("x", code)
    assert kin("chainsaw")[:2] == ("chainsaw", "saw")


def test_of_two_things_at_one_place_the_longer_is_named() -> None:
    assert [thing.kind for thing in things_in("the sewing machine is loud", "en")] == ["sewing machine"]


def test_a_thing_sold_under_a_wider_kind_is_of_the_narrower_one() -> None:
    assert narrowest({"saw", "jigsaw"}) == {"jigsaw"}


@pytest.mark.parametrize(
    ("text", "code", "skus"),
    [
        ("The chainsaw stalls.", "en", ["CS"]),
        ("The jigsaw stalls.", "en", ["JS"]),
        ("The saw stalls.", "en", [None]),
        ("Die Kettensäge geht aus.", "de", ["CS"]),
        ("La tronçonneuse cale.", "fr", ["CS"]),
        ("The 18 V drill smokes.", "en", ["D18"]),
        ("The drill smokes.", "en", [None]),
    ],
)
def test_a_kind_is_the_product_of_it_that_the_sentence_points_at(text: str, code: str, skus: list[str | None]) -> None:
    assert by_kind(text, code) == skus


@pytest.mark.parametrize(
    ("text", "sku"),
    [
        ("the Grunfx Chainsav 35 cm stalls", "CS"),
        ("Grunfix Gigsaw 3 is dull", "JS"),
        ("my Pimpa Dol Mia lost an arm", "DOLL"),
    ],
)
def test_a_whole_name_with_several_typing_errors_is_found_among_the_orders_lines(text: str, sku: str) -> None:
    (mention,) = Catalogue(products=SHELF).near(sentences(text), SHELF)
    assert mention.product is not None
    assert mention.product.sku == sku


def test_a_number_typed_otherwise_is_another_product() -> None:
    assert Catalogue(products=SHELF).near(sentences("the Grunfix Jigsaw 4 is dull"), SHELF) == []


@pytest.mark.parametrize(("ordered", "sku"), [("TABP", "TABP"), ("TAB", "TAB")])
def test_a_longer_name_is_read_out_of_a_typing_error_only_where_it_was_ordered(ordered: str, sku: str) -> None:
    (mention,) = Catalogue(products=SHELF).exact(sentences("my X8 Por is dark"), [ordered])
    assert mention.product is not None
    assert mention.product.sku == sku


def test_a_short_name_typed_as_an_ordinary_word_is_a_weak_mention() -> None:
    (ordinary,) = Catalogue(products=SHELF).exact(sentences("la culpa es mía", "es"))
    (name,) = Catalogue(products=SHELF).exact(sentences("Mia lost an arm"))
    assert (ordinary.weak, name.weak) == (True, False)

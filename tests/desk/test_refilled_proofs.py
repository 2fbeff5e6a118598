"""A photo that nothing names makes room for one that is named, whichever mail either came with."""

import pytest

from mailbot.claims.claim import Evidence
from mailbot.claims.words import Proof
from mailbot.desk.gather import refilled

FRONT, BACK, ITEM, PROBLEM = Proof.PACKAGE_FRONT, Proof.PACKAGE_BACK, Proof.ITEM, Proof.PROBLEM
WANTED = (FRONT, BACK, ITEM, PROBLEM)


def file(number: int, *shows: Proof, named: bool = True, usable: bool = True, item: int | None = None) -> Evidence:
    return Evidence(
        number=number,
        mail=1,
        part=number,
        filename=f"{number}.jpg",
        content_type="image/jpeg",
        size=1000,
        sha256=f"{number:064}",
        media="photo",
        role="evidence",
        usable=usable,
        shows=shows,
        provisional=not named,
        item=item,
    )


@pytest.mark.parametrize(
    ("files", "shown"),
    [
        # Nothing named collides: everything stays.
        ((file(1, FRONT, named=False), file(2, BACK)), [FRONT, BACK]),
        # The named front pushes the unnamed photo on, to the first proof that is still open.
        ((file(1, FRONT, named=False), file(2, FRONT), file(3, BACK)), [ITEM, FRONT, BACK]),
        # Two of them keep their order.
        ((file(1, FRONT, named=False), file(2, BACK, named=False), file(3, FRONT), file(4, BACK)),
         [ITEM, PROBLEM, FRONT, BACK]),
        # One that need not move keeps its place, whoever is pushed.
        ((file(1, FRONT, named=False), file(2, ITEM, named=False), file(3, FRONT)), [BACK, ITEM, FRONT]),
        # No proof is open: it stays what it was.
        ((file(1, FRONT, named=False), file(2, FRONT), file(3, BACK), file(4, ITEM), file(5, PROBLEM)),
         [FRONT, FRONT, BACK, ITEM, PROBLEM]),
        # A named photo that does not serve pushes nothing.
        ((file(1, FRONT, named=False), file(2, FRONT, usable=False)), [FRONT, FRONT]),
        # What an agent tied to one item is left alone.
        ((file(1, ITEM, named=False, item=0), file(2, ITEM)), [ITEM, ITEM]),
    ],
)  # fmt: skip
def test_what_the_files_show_once_all_have_come(files: tuple[Evidence, ...], shown: list[Proof]) -> None:
    assert [proof for one in refilled(files, wanted=WANTED) for proof in one.shows] == shown


def test_a_moved_photo_says_why_and_stays_an_assumption() -> None:
    moved = refilled((file(1, FRONT, named=False), file(2, FRONT)), wanted=WANTED)[0]
    assert moved.provisional
    assert moved.signals == ("another photo is named package_front; this fills the next open proof, package_back",)

"""What a file name, or a line that names a file, says it shows."""

import re
from collections.abc import Sequence

from mailbot.claims.words import Proof
from mailbot.media.vocabulary import entries, ordinals, says, words_in

_NUMBERED = re.compile(r"\s{0,20}[#(\[]?(\d{1,2})\s{0,4}[.):\]\-–]?\s")


def proofs_named(text: str) -> tuple[Proof, ...]:
    """The proofs that these words name, in the order of rule R5; () where they name none.

    "Front" and "back" mean the package's, unless the words speak of the item and of no package; a shipping label
    stands for the front it sticks on.
    """
    words = words_in(text)
    front, back, package = says("front", words), says("back", words), says("package", words)
    item, problem = says("item", words), says("problem", words)
    of_item = (item or shows_thing(text)) and not package
    found = set()
    if says("slip", words):
        found.add(Proof.PACKING_SLIP)
    if (front and not of_item) or (says("label", words) and not back):
        found.add(Proof.PACKAGE_FRONT)
    if back and not of_item:
        found.add(Proof.PACKAGE_BACK)
    if package and not found and not problem:
        found.add(Proof.PACKAGE_FRONT)
    if problem or (says("defective", words) and not item):
        found.add(Proof.PROBLEM)
    elif not found and (item or (of_item and (front or back))):
        found.add(Proof.ITEM)
    return tuple(proof for proof in Proof if proof in found)


def shows_thing(text: str) -> bool:
    """Whether the name is that of a device or of a part of one: `earbuds.jpg`, `left hinge.jpg`."""
    return says("thing", words_in(text))


def is_screenshot(text: str) -> bool:
    """Whether the name is that of a screenshot."""
    return says("screenshot", words_in(text))


def is_page(text: str) -> bool:
    """Whether the name is that of an invoice, a receipt, or a page of tracking, payment or chat."""
    return says("page", words_in(text))


def is_logo(text: str) -> bool:
    """Whether the name is that of a signature's logo or a mailing's ornament."""
    return says("logo", words_in(text))


def tells_of_danger(text: str) -> bool:
    """Whether the name tells of a danger (rule S1): `swollen battery.jpg`."""
    words = words_in(text)
    for innocent in entries("hazard_not"):
        words = words.replace(innocent, " ")
    return says("hazard", words)


def says_there_is_none(text: str) -> bool:
    """Whether an answer says that the thing asked for is not there ("I threw it away")."""
    return says("none", words_in(text))


def parts_of(caption: str) -> list[str]:
    """A line as the pieces that each may name one file: "Side, back, label." are three."""
    pieces = re.split(r"[,;]|\s(?:and|und|et|y|e|en|i|ve|и)\s", caption)
    return [piece.strip() for piece in pieces if piece.strip()]


def file_meant(text: str, filenames: Sequence[str]) -> int | None:
    """Which of these files a text speaks of: by its name, else by a number ("photo 2", "second picture", "2) …")."""
    lowered = text.casefold()
    for place, name in enumerate(filenames):
        stem = name.rpartition(".")[0].casefold()
        if name and (name.casefold() in lowered or (len(stem) >= 5 and stem in lowered)):
            return place
    number = _number_in(text)
    if number is None:
        return None
    stems = [name.rpartition(".")[0] for name in filenames]
    if str(number) in stems:
        return stems.index(str(number))
    return number - 1 if 1 <= number <= len(filenames) else None


def _number_in(text: str) -> int | None:
    words = words_in(text)
    for entry in entries("picture"):
        _, found, after = words.partition(entry if entry.startswith(" ") else f"{entry} ")
        if found and (number := re.match(r"\s?(\d{1,2}) ", after)):
            return int(number[1])
    if says("picture", words):
        for word, number_meant in ordinals():
            if word in words:
                return number_meant
    leading = _NUMBERED.match(f"{text} ")
    return int(leading[1]) if leading else None

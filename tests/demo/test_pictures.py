"""The demo's pictures are real files, each its own, and the same on every run."""

import io
from collections.abc import Callable

import pytest
from PIL import Image

from mailbot.demo import pictures
from mailbot.demo.pictures import Picture
from mailbot.media.inspect import SHORT_SIDE_PIXELS

HOME = ("Anna Weaver", "14 Mill Lane", "Bristol")
DRAWN: dict[str, Callable[[str], Picture]] = {
    "front": lambda number: pictures.parcel_front("a.jpg", address=HOME, order_number=number),
    "back": lambda number: pictures.parcel_back("a.jpg", order_number=number),
    "phone": lambda number: pictures.phone("a.jpg", order_number=number),
    "black": lambda number: pictures.phone("a.jpg", order_number=number, black=True),
    "cracked": lambda number: pictures.phone("a.jpg", order_number=number, cracked=True),
    "charging": lambda number: pictures.charging_phone("a.jpg", order_number=number),
    "earbuds": lambda number: pictures.earbuds("a.jpg", order_number=number),
    "grille": lambda number: pictures.earbuds("a.jpg", order_number=number, close_up=True),
}


@pytest.mark.parametrize("name", DRAWN)
def test_a_picture_opens_and_is_large_enough_to_be_judged(name: str) -> None:
    with Image.open(io.BytesIO(DRAWN[name]("20451873").content)) as image:
        image.load()
        assert image.format == "JPEG"
        assert min(image.size) >= SHORT_SIDE_PIXELS


def test_the_same_picture_is_the_same_file_on_every_run() -> None:
    assert [name for name, draw in DRAWN.items() if draw("20451873") != draw("20451873")] == []


def test_no_two_pictures_are_the_same_file_not_even_of_two_orders() -> None:
    contents = [draw(number).content for draw in DRAWN.values() for number in ("20451873", "20451960")]
    assert len(set(contents)) == len(contents)


def test_a_tiny_picture_is_too_small_to_be_judged_and_larger_than_an_ornament() -> None:
    tiny = pictures.tiny("b.jpg", DRAWN["front"]("20451873"))
    with Image.open(io.BytesIO(tiny.content)) as image:
        assert 64 < max(image.size) < SHORT_SIDE_PIXELS
    assert tiny.filename == "b.jpg"

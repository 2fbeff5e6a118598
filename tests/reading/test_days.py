"""The day a fault began."""

from datetime import date

import pytest

from tests.reading.shop import MONDAY, read


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("It does not charge since 12 November.", date(2026, 11, 12)),
        ("It does not charge since November 12th.", date(2026, 11, 12)),
        ("It stopped working on 2026-11-10.", date(2026, 11, 10)),
        ("It stopped working yesterday.", date(2026, 11, 15)),
        ("It stopped working three days ago.", date(2026, 11, 13)),
        ("It stopped working two weeks ago.", date(2026, 11, 2)),
        ("It has been crashing since Friday, it is defective.", date(2026, 11, 13)),
        ("It stopped working since 25 December.", date(2025, 12, 25)),
        ("It stopped working on 20/10/2026.", date(2026, 10, 20)),
        ("Das Gerät lädt seit gestern nicht mehr.", date(2026, 11, 15)),
        ("Das Gerät lädt seit dem 10.11. nicht mehr.", date(2026, 11, 10)),
        ("Das Gerät lädt seit dem 3. November nicht mehr.", date(2026, 11, 3)),
        ("Vor zwei Tagen ist das Display ausgefallen.", date(2026, 11, 14)),
        ("Das Display flackert seit Mittwoch.", date(2026, 11, 11)),
        ("It stopped working on 3/4/2026.", None),
        ("It does not charge. I ordered it on 12 November.", None),
        ("It was delivered yesterday and is defective.", None),
        ("It does not charge.", None),
        ("It will stop working on 24 November 2027, it is defective.", None),
    ],
)
def test_the_day_of_the_fault_is_told_apart_from_other_days(text: str, day: date | None) -> None:
    assert read(text, today=MONDAY).fault_on == day


def test_the_words_of_the_day_are_remembered() -> None:
    assert read("It stopped working yesterday.").why["fault_on"] == ("'yesterday' in line 1",)

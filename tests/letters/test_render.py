"""One source, two parts; languages; and what an address that nothing has proven may read."""

from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

import pytest

from mailbot.letters.letter import TO_AGENTS, LetterName
from mailbot.letters.literal import as_line
from mailbot.letters.render import Letters
from mailbot.letters.samples import sample_facts
from mailbot.letters.template import LAYOUT, TemplateError
from tests.letters.builders import LANGUAGES, SHOP, body_of, facts, letters_of, neutral_letter, shipped
from tests.letters.test_values import all_filled

TO_CUSTOMERS = [name for name in LetterName if name not in TO_AGENTS]


@pytest.mark.parametrize(
    ("markdown", "text", "html"),
    [
        ("one\ntwo", "one two\n", "<p>one two</p>\n"),
        ("one\\\ntwo", "one\ntwo\n", "<p>one<br>\ntwo</p>\n"),
        ("# Big\n\ntext", "Big\n===\n\ntext\n", "<h1>Big</h1>\n<p>text</p>\n"),
        ("## Small", "Small\n-----\n", "<h2>Small</h2>\n"),
        ("- a\n- b", "- a\n- b\n", "<ul><li>a\n</li>\n<li>b\n</li>\n</ul>\n"),
        ("- a\n\n- b", "- a\n\n- b\n", "<ul><li><p>a</p>\n</li>\n<li><p>b</p>\n</li>\n</ul>\n"),
        ("3. a\n4. b", "3. a\n4. b\n", '<ol start="3"><li>a\n</li>\n<li>b\n</li>\n</ol>\n'),
        ("- a\n  - b", "- a\n  - b\n", "<ul><li>a\n<ul><li>b\n</li>\n</ul>\n</li>\n</ul>\n"),
        ("> a\n>\n> b", "> a\n>\n> b\n", "<blockquote><p>a</p>\n<p>b</p>\n</blockquote>\n"),
        ("**a** *b* `c_d`", "a b c_d\n", "<p><strong>a</strong> <em>b</em> <code>c_d</code></p>\n"),
        ("a_b_ __c__", "a_b_ __c__\n", "<p>a_b_ __c__</p>\n"),
        ("---", "-" * 40 + "\n", "<hr>\n"),
        ("```\n<a>  b\n```", "<a>  b\n", "<pre>&lt;a&gt;  b</pre>\n"),
        (
            "|a|bb|\n|-|-|\n|ccc|d|",
            "a    bb\nccc  d\n",
            "<table><thead><tr><th>a</th>\n<th>bb</th>\n</tr>\n</thead>\n"
            "<tbody><tr><td>ccc</td>\n<td>d</td>\n</tr>\n</tbody>\n</table>\n",
        ),
        ("[x](https://shop.example/a?b=1&c=2)", "x (https://shop.example/a?b=1&c=2)\n", None),
        ("[https://shop.example](https://shop.example)", "https://shop.example\n", None),
        ("<b>no</b> &amp; ![no](http://e)", "<b>no</b> & !no (http://e)\n", None),
        ("https://shop.example", "https://shop.example\n", "<p>https://shop.example</p>\n"),
        ("a\n===", "a ===\n", "<p>a ===</p>\n"),
    ],
)
def test_both_parts_come_from_one_markdown(markdown: str, text: str, html: str | None) -> None:
    rendered = neutral_letter(markdown).render(facts())
    assert rendered.text == text
    assert html is None or body_of(rendered.html) == html


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("{{ number }}{{ rma }}{{ amount }}", "00\n".replace("00", "0")),
        ("{{ order_numbers }}", "1, 2\n"),
        ("{{ 1234.5|number }} {{ 1234567|number(',', '.') }}", "1234.50 1.234.567,00\n"),
        ("{{ 1|plural('day', 'days') }}, {{ 2|plural('day', 'days') }}", "1 day, 2 days\n"),
        ("{{ '%02d-%.1f'|format(3, 2.25) }}", "03-2.2\n"),
        ("a\n{% if true %}\nb\n{% endif %}\nc", "a b c\n"),
        ("{% for n in [1, 2] %}\n- {{ n }}{% if n == 1 %} first{% endif %}\n{% endfor %}", "- 1 first\n- 2\n"),
        ("{{ 'a\nb  c'|one_line }} {{ 'abcdef'|one_line(4) }}", "a b c abc…\n"),
    ],
)
def test_what_a_template_can_do_with_values(template: str, text: str) -> None:
    assert neutral_letter(template).render(facts(order_numbers=("1", "2"))).text == text


@pytest.mark.parametrize(
    ("language", "day", "moment", "money"),
    [
        ("en", "5 November 2026", "1 March 2026, 09:05", "1,239.00 EUR"),
        ("de", "5. November 2026", "1. März 2026, 09:05 Uhr", "1.239,00 EUR"),
    ],
)
def test_days_and_amounts_are_written_as_the_language_writes_them(
    language: str, day: str, moment: str, money: str
) -> None:
    words = shipped()._words_of(language)
    assert words.date(date(2026, 11, 5)) == day
    assert words.moment(datetime(2026, 3, 1, 9, 5)) == moment  # noqa: DTZ001 - its zone is not shown
    assert as_line(words.money(Decimal("1239"), "EUR")) == money


def test_a_language_that_lacks_a_letter_takes_the_default_languages_and_then_english() -> None:
    front = "---\nsubject = 's'\n---\n"
    sources = {("en", "neutral"): front + "English", ("de", "closed"): front + "Deutsch"}
    assert letters_of(sources, default_language="de").render(facts(language="fr")).text == "English\n"
    closed = facts(language="fr", letter=LetterName.CLOSED)
    assert letters_of(sources, default_language="de").render(closed).text == "Deutsch\n"


def test_a_partial_that_a_language_lacks_is_the_default_languages() -> None:
    front = "---\nsubject = 's'\n---\n"
    sources = {("de", "neutral"): front + '{% include "_end.md" %}', ("en", "_end"): "The end"}
    assert letters_of(sources).render(facts(language="de")).text == "The end\n"


def test_the_html_part_is_a_whole_document_in_the_shops_colours_with_its_styles_inlined() -> None:
    shop = replace(SHOP, accent="#ab1234", name="Shop & Söhne")
    html = shipped().render(replace(sample_facts(LetterName.DECLINE, "de")[0], shop=shop)).html
    assert html.startswith("<!DOCTYPE html>")
    assert '<html lang="de">' in html
    assert "Shop &amp; Söhne" in html
    assert "#ab1234" in html
    assert "<style" not in html
    assert '<p style="' in html
    assert "\ue001" not in html
    assert "\ue002" not in html


def test_a_subject_is_escaped_where_the_html_part_repeats_it() -> None:
    letters = Letters(
        {
            LAYOUT: "<title>{{ subject }}</title>{{ body }}",
            ("en", "_words"): "",
            ("en", "neutral"): "---\nsubject = '{{ text }}'\n---\nx",
        }
    )
    assert "<title>&lt;/title&gt;&lt;b&gt;</title>" in letters.render(facts(text="</title><b>")).html


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TO_CUSTOMERS, ids=str)
def test_an_unproven_address_reads_nothing_that_the_sender_wrote(name: LetterName, language: str) -> None:
    for sample in sample_facts(name, language):
        # What is the shop's or an agent's may be read; everything else in these facts came from the sender.
        own = replace(all_filled(sample, "CANARY"), shop=SHOP, text="", currency="", rma="RMA-1", statutory_note="")
        own = replace(
            own,
            missing_accessories=(),
            items=tuple(replace(item, sku="", accessories=(), reason="") for item in own.items),
            note=own.note and replace(own.note, rma="", lines=tuple(replace(i, sku="") for i in own.note.lines)),
        )
        rendered = shipped().render(replace(own, proven=False))
        assert "CANARY" not in rendered.subject + rendered.text + rendered.html


def test_a_proven_address_reads_what_its_sender_wrote() -> None:
    """The other side of the test above: it can fail."""
    sample = all_filled(sample_facts(LetterName.REQUEST_INFORMATION, "en")[0], "CANARY")
    assert "CANARY" in shipped().render(replace(sample, proven=True)).text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", TO_CUSTOMERS, ids=str)
def test_a_stranger_learns_nothing_of_somebody_elses_order(name: LetterName, language: str) -> None:
    for sample in sample_facts(name, language):
        items = tuple(
            replace(item, name="CANARY", sku="CANARY", accessories=("CANARY",), because=("not_the_senders_order",))
            for item in sample.items
        )
        if not items:
            continue
        theirs = replace(sample, items=items, order_numbers=("CANARY",), customer_name="CANARY", text="")
        theirs = replace(theirs, delivered_on=date(2011, 1, 1), shipped_on=date(2011, 1, 1), tracking="")
        rendered = shipped().render(theirs)
        assert "CANARY" not in rendered.subject + rendered.text + rendered.html
        assert "2011" not in rendered.text


def test_an_error_names_file_and_line() -> None:
    letters = letters_of({("en", "neutral"): "---\nsubject = 's'\n---\nfine\n\n{{ nothing }}\n"})
    with pytest.raises(TemplateError) as raised:
        letters.render(facts())
    assert str(raised.value) == "en/neutral.md:6: 'nothing' is undefined"

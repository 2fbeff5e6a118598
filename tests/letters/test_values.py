"""ATTACKS A25 and A17: whatever a value holds, it stays literal text in both parts."""

from dataclasses import fields, is_dataclass, replace
from html import unescape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.letters.letter import LetterFacts, LetterName
from mailbot.letters.literal import as_line, as_source, carry, clean
from mailbot.letters.markdown import parse, to_html
from mailbot.letters.samples import sample_facts
from tests.letters.builders import LANGUAGES, body_of, elements, facts, neutral_letter, shipped

READ_BY_MARKDOWN = [
    "[Reset password](https://evil.example)",
    "[x](http://e 'title')",
    '[x](http://e "title")',
    "[x](<http://e>)",
    "[a](mailto:evil@evil.example)",
    "[a *b* `c`](https://evil.example)",
    "**[x](http://e)**",
    "# approved",
    "## approved",
    "### approved ###",
    "> quoted",
    "- list",
    "+ list",
    "* list",
    "1. list",
    "1) list",
    "999999999. list",
    "---",
    "***",
    "- - -",
    "**bold**",
    "*em*",
    "***both***",
    "`code`",
    "``code ` more``",
    "```\nfence\n```",
    "~~~\nfence\n~~~",
    "``` info\nfence",
    "|a|b|\n|-|-|\n|c|d|",
    "a|b\n-|-\nc|d",
    "| a |\n| :-: |\n| b |",
    "text\n\n# heading",
    "text\n# heading",
    "text\n> quotation",
    "text\n- item\n- item",
    "\n\n# heading\n\n",
    "\r\n\r\n# heading\r\n",
    "\r# heading",
    "\x0b# heading",
    "\x0c# heading",
    "a\n\n[x](http://e)",
    "](http://e) [x](http://e)",
    "x](http://e)[y](http://f)",
    "\\\\[x](http://e)",
]
READ_BY_OTHERS = [
    "![](http://e/p.png)",
    "![alt](http://e/p.png 't')",
    "[![x](http://e/p.png)](http://e)",
    "[x][1]\n\n[1]: http://e",
    "[1]: http://e",
    "[x]",
    "<http://evil.example>",
    "<evil@evil.example>",
    "http://evil.example/path",
    "https://evil.example",
    "www.evil.example",
    "evil.example",
    "mailto:evil@evil.example",
    "Heading\n===",
    "Heading\n---",
    "===",
    "    indented code",
    "\tindented code",
    "a\n\n    indented code",
    "&#91;x&#93;&#40;http://e&#41;",
    "&#x5B;x](http://e)",
    "&lt;b&gt;",
    "&amp;#91;",
    "&lbrack;x&rbrack;(http://e)",
    "&NewLine;# heading",
    "<b>bold</b>",
    "<a href='http://e'>x</a>",
    "<img src=http://e/p.png>",
    "<img src=x onerror=alert(1)>",
    "<script>alert(1)</script>",
    "<style>*{display:none}</style>",
    "</td></tr></table><h1>x</h1>",
    "<!-- comment -->",
    "<![CDATA[x]]>",
    "<?php ?>",
    "</body></html>",
    "<svg/onload=alert(1)>",
    '" onmouseover="alert(1)',
    "' style='x",
    "--> <b>",
    "\\",
    "ends with \\",
    "ends with two spaces  ",
    "a\\\nb",
    "__bold__",
    "_em_",
    "IMG_2041_final_.jpg",
    "~~struck~~",
    "~sub~",
    ":smile:",
    "[ ] task",
    "[x] task",
    "term\n: definition",
    "[^1]",
    "$x$",
    "{{ 7*7 }}",
    "{% for x in [1] %}y{% endfor %}",
    "{# comment #}",
    "{{ shop.name }}",
    "{{ ''.__class__ }}",
    "${7*7}",
    "#{7*7}",
    "%s %(name)s",
    "{0.__class__}",
    "\u2028# heading",
    "\u2029# heading",
    "\x85# heading",
    "\ufeff# heading",
    "\u202e# gnidaeh",
    "\uf023 carried heading",
    "\uf05bx\uf05d\uf028http://e\uf029",
    "\x00# heading",
    "\x1b[31mred",
    "\ud800# heading",
    "\ue001\ue002# heading",
    "\uff03 heading",
]
PAYLOADS = READ_BY_MARKDOWN + READ_BY_OTHERS

VOCABULARY = {
    "language",
    "status",
    "problem_kind",
    "disposition",
    "rule",
    "resolution",
    "shipping_paid_by",
    "preference",
    "missing",
    "arrived",
    "shows",
    "because",
    "accent",
    "text_colour",
    "background",
    "customer_language",
    "reply_link",
}
"""Values that are words of ours, colours that settings have judged, and the link to answer (tested by itself)."""


def filled(value: Any, text: str, name: str = "") -> Any:
    """The same value with every free text in it replaced; empty ones stay empty, as letters ask for that"""
    if name in VOCABULARY or isinstance(value, LetterName):
        return value
    if isinstance(value, str):
        return text if value else ""
    if isinstance(value, tuple):
        return tuple(filled(one, text, name) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        named = "windows" if type(value).__name__ == "WindowView" else ""
        reasons = "shows" if type(value).__name__ == "FileView" else "reasons"
        changes = {
            part.name: filled(
                getattr(value, part.name), text, named or (reasons if part.name == "reasons" else part.name)
            )
            for part in fields(value)
            if not (named and part.name == "name")
        }
        return replace(value, **changes)
    return value


def all_filled(sample: LetterFacts, text: str) -> LetterFacts:
    whole = filled(sample, text)
    assert isinstance(whole, LetterFacts)
    return whole


@pytest.mark.parametrize("name", list(LetterName), ids=str)
def test_no_value_adds_an_element_to_any_letter(name: LetterName) -> None:
    letters = shipped()
    for language in LANGUAGES:
        sample = sample_facts(name, language)[0]
        harmless = elements(letters.render(all_filled(sample, "harmless")).html)
        for payload in PAYLOADS[:: 1 if language == "en" else 3]:
            assert elements(letters.render(all_filled(sample, payload)).html) == harmless, payload


@pytest.mark.parametrize("payload", READ_BY_MARKDOWN)
def test_the_same_text_uncarried_would_add_an_element(payload: str) -> None:
    """The mutation: what keeps these harmless is the carrying and nothing else."""
    naive = to_html(parse(clean(payload)), {})

    assert elements(naive) != elements(to_html(parse("harmless"), {}))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_a_value_reads_in_both_parts_as_it_was_written(payload: str) -> None:
    rendered = neutral_letter("Dear {{ customer_name }}!").render(facts(customer_name=payload))

    shown = " ".join(clean(payload).replace("\n", " ").split())
    assert " ".join(rendered.text.split()) == f"Dear {shown}!".replace("Dear !", "Dear !")
    assert " ".join(unescape(body_of(rendered.html)).split()) == f"<p>Dear {shown}!</p>"


@pytest.mark.parametrize(
    "where", ["{{ text }}", "- {{ text }}", "# {{ text }}", "**{{ text }}**", "> {{ text }}", "`{{ text }}`"]
)
@pytest.mark.parametrize(
    "wrapped", ["text", "text|upper", "text ~ text", "text|replace('x', 'y')", "text|truncate(30)"]
)
def test_it_does_not_matter_where_a_value_stands_nor_what_a_template_does_with_it(where: str, wrapped: str) -> None:
    letters = neutral_letter(where.replace("text", wrapped))
    harmless = elements(body_of(letters.render(facts(text="harmless")).html))
    for payload in PAYLOADS:
        assert elements(body_of(letters.render(facts(text=payload)).html)) == harmless, payload


@given(text=st.text(st.characters(codec=None), max_size=60))
@settings(max_examples=300, deadline=None)
def test_no_text_at_all_raises_or_adds_an_element(text: str) -> None:
    letters = neutral_letter("{{ text }}\n\n- {{ text }}\n\n{{ text|quoted }}\n", subject="{{ text }}")
    rendered = letters.render(facts(text=text or "x"))

    assert elements(body_of(rendered.html)) in (
        {"ul": 1, "li": 1, "blockquote": 1},
        # A value of nothing but controls is empty: then there is nothing to quote.
        {"ul": 1, "li": 1},
    )
    assert "\n" not in rendered.subject
    assert rendered.subject.isprintable() or not text.isprintable()


@given(text=st.text(max_size=200))
def test_carried_text_comes_back_unchanged(text: str) -> None:
    cleaned = clean(text)
    assert as_source(carry(cleaned)) == cleaned
    assert as_line(carry(cleaned)) == cleaned.replace("\n", " ")


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\x00", "\u2028", "\x0b"])
def test_a_subject_is_one_line_whatever_is_in_it(end: str) -> None:
    letters = neutral_letter("x", subject="About {{ text }}")
    subject = letters.render(facts(text=f"a{end}Bcc: evil@evil.example")).subject

    assert subject.splitlines() == [subject]
    assert subject.startswith("About a")


def test_a_long_subject_is_shortened() -> None:
    subject = neutral_letter("x", subject="{{ text }}").render(facts(text="word " * 100)).subject
    assert len(subject) <= 150
    assert subject.endswith("word…")


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "mailto :x", "x) [y](http://e", "file:///etc"]
)
def test_a_link_to_anywhere_but_web_and_mail_is_no_link(link: str) -> None:
    rendered = neutral_letter("[Answer]({{ text }})").render(facts(text=link))
    assert elements(body_of(rendered.html)) == {}
    assert "Answer" in rendered.text


def test_a_link_of_the_template_stands_in_both_parts() -> None:
    rendered = neutral_letter("[Answer](mailto:{{ text|urlencode }}@shop.example?subject=a%20b)").render(
        facts(text="a b")
    )
    assert '<a href="mailto:a%20b@shop.example?subject=a%20b">Answer</a>' in rendered.html
    assert rendered.text == "Answer (mailto:a%20b@shop.example?subject=a%20b)\n"


def test_a_quotation_keeps_the_writers_lines_and_no_more_than_that() -> None:
    rendered = neutral_letter("They wrote:\n{{ text|quoted }}\nEnd.").render(facts(text="a\n# b\n\n  > c\n\n\nd"))
    assert rendered.text == "They wrote:\n\n> a\n> # b\n>\n> > c\n>\n> d\n\nEnd.\n"
    assert elements(body_of(rendered.html)) == {"blockquote": 1}


def test_strings_in_a_template_compare_with_values_that_look_alike() -> None:
    letters = neutral_letter("{% if text == 'UMX-N14P (256).' %}yes{% endif %}{{ text|replace('-', ' ') }}")
    assert letters.render(facts(text="UMX-N14P (256).")).text == "yesUMX N14P (256).\n"

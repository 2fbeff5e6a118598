"""Templates are checked before they are used, in a child that a mistake may kill."""

import time
from collections.abc import Mapping

import pytest

from mailbot.connectors.templates_child import check_in_child
from mailbot.connectors.templates_folder import shipped_sources
from mailbot.letters.check import TemplateProblem, check_templates
from mailbot.letters.letter import LetterName
from mailbot.letters.preview import differences, preview
from mailbot.letters.template import Key
from tests.letters.builders import shipped

SHIPPED = shipped_sources()
DECLINE = ("en", "decline")


def with_line(line: str, *, key: Key = DECLINE) -> Mapping[Key, str]:
    """The shipped templates, one of them with a further line 6 (a partial: a further last line)."""
    lines = SHIPPED[key].split("\n")
    at = len(lines) - 1 if key[1].startswith("_") else 5
    return {**SHIPPED, key: "\n".join([*lines[:at], line, *lines[at:]])}


def test_the_shipped_templates_are_in_order() -> None:
    assert check_templates(SHIPPED) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{{ custmer_name }}", "'custmer_name' is undefined"),
        ("{{ items[0].nme }}", "'dict object' has no attribute 'nme'"),
        ("{{ words.dte(contact_on) }}", "“words” has no attribute 'dte'"),
        ("{% if %}", "Expected an expression, got 'end of statement block'"),
        ("{{ 'open }}", 'unexpected char "\'" at'),
        ("{% nonsense %}", "Encountered unknown tag 'nonsense'"),
        ("{{ text|nonsense }}", "No filter named 'nonsense'"),
        ('{% include "_nothing.md" %}', "there is no template _nothing.md"),
        ('{% include "decline.md" %}', "includes itself"),
        ("{{ items }}", "these are several values; write which one, as in item.name"),
        ("[x](javascript:alert)", "a link leads to “javascript:alert”; allowed are https://, http://, mailto:"),
        ("{{ ''.__class__.__mro__ }}", "access to attribute '__class__' of 'str' object is unsafe."),
        ("{{ words._module }}", "“words” has no attribute '_module'"),
        ("{{ items.append(1) }}", "access to attribute 'append' of 'list' object is unsafe."),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ range(999999999) }}", "Range too big"),
        ("{{ '%.2f' % 1 }}", "unsupported format character"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(line: str, message: str) -> None:
    problems = check_templates(with_line(line), changed={DECLINE})
    assert [(problem.file, problem.line) for problem in problems] == [("en/decline.md", 6)]
    assert problems[0].message.startswith(message)


def test_a_mistake_in_a_partial_is_told_once_although_many_letters_use_it() -> None:
    problems = check_templates(with_line("{{ nothing }}", key=("en", "_footer")))
    assert len(problems) == 1
    assert problems[0].file == "en/_footer.md"
    assert problems[0].message == "'nothing' is undefined"


def test_a_mistake_that_only_some_cases_reach_is_found() -> None:
    problems = check_templates(with_line("{% if not customer_name %}{{ nothing }}{% endif %}", key=("en", "hazard")))
    assert [str(problem) for problem in problems] == ["en/hazard.md:6: 'nothing' is undefined"]


def test_a_letter_of_no_known_name_is_a_mistake_and_the_nearest_is_told() -> None:
    problems = check_templates({**SHIPPED, ("en", "declin"): SHIPPED[DECLINE]})
    assert problems == [
        TemplateProblem(
            file="en/declin.md", line=1, message="there is no letter of this name; decline.md was probably meant"
        )
    ]


def test_only_letters_that_a_changed_file_has_a_part_in_are_tried() -> None:
    broken = {**with_line("{{ nothing }}"), ("en", "hazard"): SHIPPED["en", "hazard"] + "\n{{ nothing_else }}"}
    assert [problem.file for problem in check_templates(broken, changed={DECLINE})] == ["en/decline.md"]
    assert check_templates(broken, changed={("de", "_footer")}) == []
    assert len(check_templates(broken, changed={("en", "_footer")})) == 2


def test_a_layout_without_a_body_is_a_mistake() -> None:
    problems = check_templates({**SHIPPED, ("", "_layout"): "<p>{{ subject }}</p>"})
    assert [str(problem) for problem in problems] == ["_layout.html:1: the layout must write {{ body }} exactly once"]


def test_the_child_says_what_the_check_says() -> None:
    broken = with_line("{{ nothing }}")
    assert check_in_child(broken, changed={DECLINE}) == check_templates(broken, changed={DECLINE})
    assert check_in_child(SHIPPED, changed={DECLINE}) == []


@pytest.mark.parametrize(
    ("line", "message"),
    [
        # 1.1 GB when it is compiled, in the sandbox too.
        ("{{ 'x' * 300000000 }}", "takes too much memory"),
        ("{{ ['x'] * 300000000 }}", "takes too much memory"),
        (
            "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
            "takes more than 1 s of computing time or 128 MB of memory",
        ),
        ("{{ 9 ** (9 ** 9) }}", "takes more than 1 s of computing time or 128 MB of memory"),
    ],
)
def test_a_template_without_end_or_measure_ends_in_the_child(line: str, message: str) -> None:
    began = time.monotonic()
    problems = check_in_child(with_line(line), changed={DECLINE})

    assert [(problem.file, problem.message) for problem in problems] == [("en/decline.md", message)]
    assert time.monotonic() - began < 30


def test_a_letter_is_previewed_with_a_sample() -> None:
    shown = preview(shipped(), LetterName.REFUNDED, "de")
    assert shown.subject == "Ihre Erstattung ist unterwegs: RMA-7F3K2Q"
    assert "1.239,00 EUR" in shown.text


def test_the_difference_to_the_shipped_templates_is_a_diff() -> None:
    own = {DECLINE: SHIPPED[DECLINE].replace("Our answer", "Our word"), ("xx", "neutral"): "new\n"}
    lines = differences(own, SHIPPED).splitlines()
    assert lines[:2] == ["--- shipped/en/decline.md", "+++ own/en/decline.md"]
    assert '-subject = "Our answer to your return {{ rma }}"' in lines
    assert '+subject = "Our word to your return {{ rma }}"' in lines
    assert lines[-3:] == ["+++ own/xx/neutral.md", "@@ -0,0 +1 @@", "+new"]
    assert differences(SHIPPED, SHIPPED) == ""

"""A template file: its front matter, its lines, and what is wrong with it where."""

import pytest

from mailbot.letters.template import LAYOUT, TemplateError, file_of, parse_template

DECLINE = ("de", "decline")


@pytest.mark.parametrize(
    ("key", "file"),
    [(DECLINE, "de/decline.md"), (("en", "_words"), "en/_words.md"), (LAYOUT, "_layout.html")],
)
def test_files_are_named_by_language_and_letter(key: tuple[str, str], file: str) -> None:
    assert file_of(key) == file


def test_subject_and_body_keep_the_lines_they_stand_on() -> None:
    template = parse_template(DECLINE, '---\n# about\nsubject = "Hello"\n---\nbody\n')
    assert template.subject == "\n\nHello"
    assert template.body == "\n\n\n\nbody\n"


def test_a_partial_has_no_front_matter() -> None:
    assert parse_template(("de", "_words"), "---\nno front matter").body == "---\nno front matter"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("{% if x %}", "{% if x %}"),
        ("  {% if x %}{% endif %}  ", "  {% if x %}{% endif %}  "),
        ("{# a remark #}", "{# a remark #}"),
        ("text {% if x %}more{% endif %}", "text {% if x %}more{% endif +%}"),
        ("text {# a remark #}", "text {# a remark +#}"),
        ("text {%- endif -%}", "text {%- endif -%}"),
        ("{{ x }}", "{{ x }}"),
    ],
)
def test_a_line_with_text_keeps_its_end_and_a_line_of_tags_vanishes(line: str, kept: str) -> None:
    assert parse_template(("de", "_words"), line).body == kept


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("", 'de/decline.md:1: does not begin with a line "---" and a subject'),
        ("Hello", 'de/decline.md:1: does not begin with a line "---" and a subject'),
        ("---\nsubject = 'x'\n", 'de/decline.md:1: the line "---" that ends the front matter is missing'),
        ("---\n---\n", 'de/decline.md:2: the front matter lacks its line subject = "…"'),
        ("---\nsubject = ' '\n---\n", 'de/decline.md:2: the front matter lacks its line subject = "…"'),
        ("---\nsubject = 3\n---\n", 'de/decline.md:2: the front matter lacks its line subject = "…"'),
        ("---\nsubject = 'x'\nto = 'y'\n---\n", 'de/decline.md:2: the front matter knows only "subject", not "to"'),
        ("---\nsubject = 'x'\n---\nbad \uf023\n", "de/decline.md:4: holds a private character"),
    ],
)
def test_what_is_wrong_is_told_with_file_and_line(source: str, problem: str) -> None:
    with pytest.raises(TemplateError) as raised:
        parse_template(DECLINE, source)
    assert str(raised.value).startswith(problem)


def test_front_matter_that_is_no_toml_names_the_line_in_the_file() -> None:
    with pytest.raises(TemplateError) as raised:
        parse_template(DECLINE, "---\n\nsubject = Hello\n---\n")
    assert (raised.value.file, raised.value.line) == ("de/decline.md", 3)

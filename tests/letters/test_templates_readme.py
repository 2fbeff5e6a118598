"""The page for admins says what is so."""

import re
from dataclasses import fields
from importlib.resources.abc import Traversable

import pytest

from mailbot.connectors.templates_folder import shipped_sources
from mailbot.letters.check import check_templates
from mailbot.letters.letter import AgentView, ChecklistView, FileView, ItemView, LetterFacts, LetterName, ShopView
from mailbot.letters.shipped import shipped_templates


def page() -> str:
    readme: Traversable = shipped_templates().joinpath("README.md")
    return readme.read_text(encoding="utf-8")


def test_its_example_is_a_letter_without_mistakes() -> None:
    example = re.search(r"```\n(---\nsubject.*?)```", page(), re.DOTALL)
    assert example is not None
    key = ("en", "decline")
    assert check_templates({**shipped_sources(), key: example[1]}, changed={key}) == []


def test_it_names_every_letter_and_every_partial() -> None:
    named = set(re.findall(r"`(\w+)(?:\.md)?`", page()))
    assert {name.value for name in LetterName} <= named
    partials = {name for language, name in shipped_sources() if language and name.startswith("_")}
    assert {name for name in partials if not name.startswith("_agent_")} <= named


@pytest.mark.parametrize("view", [LetterFacts, ItemView, ChecklistView, FileView, ShopView, AgentView])
def test_it_names_every_value(view: type) -> None:
    named = set(re.findall(r"`(\w+)`", page()))
    # What only the engine uses, and what stands in the table for agents under its holder's name.
    silent = {"letter", "proven", "provisional", "signals"}
    assert {part.name for part in fields(view)} - silent <= named


def test_every_way_of_writing_a_value_that_it_shows_works() -> None:
    shown = [one.replace("\\|", "|") for one in re.findall(r"^\| `(\{\{.*?\}\})`", page(), re.MULTILINE)]
    assert len(shown) >= 8
    body = "\n\n".join(one for one in shown if "agent." not in one and "amount" not in one)
    key = ("en", "replaced")
    assert (
        check_templates(
            {
                **shipped_sources(),
                key: f"---\nsubject = 'x'\n---\n{{% if days_since_delivery %}}\n{body}\n{{% endif %}}",
            },
            changed={key},
        )
        == []
    )

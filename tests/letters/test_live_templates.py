"""Changed templates go live, checked first; a broken one leaves the last good version in force."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest

from mailbot.connectors.templates_child import check_in_child
from mailbot.connectors.templates_folder import TemplatesFolder, shipped_sources
from mailbot.desk.live_templates import LiveTemplates
from mailbot.desk.store import StoreUnavailable
from mailbot.letters.check import FolderContents, TemplateProblem, check_templates
from mailbot.letters.template import LAYOUT, Key
from tests.letters.builders import facts

NOW = datetime(2026, 11, 5, 12, 0, tzinfo=UTC)
NEUTRAL, CLOSED, WORDS = ("en", "neutral"), ("en", "closed"), ("en", "_words")


def letter(body: str) -> str:
    return f"---\nsubject = 'A letter'\n---\n{body}\n"


SHIPPED = {LAYOUT: "{{ body }}", WORDS: "", NEUTRAL: letter("shipped"), CLOSED: letter("shipped too")}
BROKEN = letter("{{ nothing }}")


@dataclass
class FolderInMemory:
    """A folder of templates: what is put into it is there at the next look."""

    sources: dict[Key, str] = field(default_factory=dict)
    problems: tuple[TemplateProblem, ...] = ()
    news: bool = True

    def put(self, sources: Mapping[Key, str], *problems: TemplateProblem) -> None:
        self.sources, self.problems, self.news = dict(sources), problems, True

    def changed(self) -> bool:
        return self.news

    def read(self) -> FolderContents:
        self.news = False
        return FolderContents(sources=dict(self.sources), problems=self.problems)


@dataclass
class ArchiveInMemory:
    kept: dict[Key, str] = field(default_factory=dict)

    def last_good(self) -> Mapping[Key, str]:
        return dict(self.kept)

    def keep(self, sources: Mapping[Key, str], *, at: datetime) -> None:
        assert at == NOW
        self.kept = dict(sources)


@dataclass
class Desk:
    folder: FolderInMemory = field(default_factory=FolderInMemory)
    archive: ArchiveInMemory = field(default_factory=ArchiveInMemory)
    alarms: list[str] = field(default_factory=list)
    checks: int = 0

    def __post_init__(self) -> None:
        self.live = self.started_again()

    def started_again(self) -> LiveTemplates:
        self.folder.news = True
        self.live = LiveTemplates(
            shipped=SHIPPED, folder=self.folder, archive=self.archive, check=self.check, alarm=self.alarms.append
        )
        return self.live

    def check(
        self, sources: Mapping[Key, str], *, default_language: str, changed: Collection[Key] | None
    ) -> list[TemplateProblem]:
        self.checks += 1
        return check_templates(sources, default_language=default_language, changed=changed)

    def says(self) -> str:
        return self.live.letters.render(facts()).text.strip()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_without_templates_of_its_own_a_shop_has_those_shipped_and_nothing_is_checked(desk: Desk) -> None:
    assert not desk.live.refresh(NOW)
    assert desk.says() == "shipped"
    assert desk.checks == 0


def test_a_changed_template_goes_live_and_is_kept(desk: Desk) -> None:
    desk.folder.put({NEUTRAL: letter("own")})
    assert desk.live.refresh(NOW)
    assert desk.says() == "own"
    assert desk.archive.kept == {NEUTRAL: letter("own")}
    assert desk.alarms == []
    assert not desk.live.refresh(NOW)
    assert desk.checks == 1


def test_a_template_taken_away_gives_way_to_the_one_shipped(desk: Desk) -> None:
    desk.folder.put({NEUTRAL: letter("own")})
    desk.live.refresh(NOW)
    desk.folder.put({})
    assert desk.live.refresh(NOW)
    assert desk.says() == "shipped"
    assert desk.archive.kept == {}


def test_a_broken_one_changes_nothing_names_file_and_line_and_alarms_once(desk: Desk) -> None:
    desk.folder.put({NEUTRAL: letter("own")})
    desk.live.refresh(NOW)
    desk.folder.put({NEUTRAL: BROKEN})
    assert not desk.live.refresh(NOW)
    assert desk.says() == "own"
    assert desk.archive.kept == {NEUTRAL: letter("own")}
    assert desk.alarms == [
        "Templates are broken; the last good version of each stays in force.\nen/neutral.md:4: 'nothing' is undefined"
    ]
    desk.folder.put({NEUTRAL: BROKEN})
    desk.live.refresh(NOW)
    assert len(desk.alarms) == 1


def test_what_is_mended_and_broken_again_alarms_again(desk: Desk) -> None:
    for source in (BROKEN, letter("own"), BROKEN):
        desk.folder.put({NEUTRAL: source})
        desk.live.refresh(NOW)
    assert desk.says() == "own"
    assert len(desk.alarms) == 2


def test_beside_a_broken_one_the_others_go_live(desk: Desk) -> None:
    desk.folder.put({NEUTRAL: letter("new"), CLOSED: BROKEN})
    assert desk.live.refresh(NOW)
    assert desk.says() == "new"
    assert desk.archive.kept == {NEUTRAL: letter("new")}


def test_one_that_is_broken_at_start_is_the_last_good_from_the_archive(desk: Desk) -> None:
    desk.folder.put({NEUTRAL: letter("good once")})
    desk.live.refresh(NOW)
    desk.folder.put({NEUTRAL: BROKEN})
    desk.started_again().refresh(NOW)
    assert desk.says() == "good once"
    assert len(desk.alarms) == 1


def test_one_that_is_broken_at_start_and_was_never_good_is_the_one_shipped(desk: Desk) -> None:
    desk.folder.put({NEUTRAL: BROKEN})
    desk.live.refresh(NOW)
    assert desk.says() == "shipped"
    assert desk.archive.kept == {}


def test_a_kept_version_that_a_newer_mailbot_does_not_take_gives_way_to_the_one_shipped(desk: Desk) -> None:
    desk.archive.kept = {NEUTRAL: letter("{{ gone_since }}")}
    desk.folder.put({NEUTRAL: BROKEN})
    desk.live.refresh(NOW)
    assert desk.says() == "shipped"
    assert desk.archive.kept == {}


def test_a_partial_that_breaks_an_unchanged_letter_goes_back_itself(desk: Desk) -> None:
    uses = {NEUTRAL: letter("{{ words.hello() }}"), WORDS: "{% macro hello() %}hello{% endmacro %}"}
    desk.folder.put(uses)
    desk.live.refresh(NOW)
    assert desk.says() == "hello"
    # The problem shows in the letter, which did not change and has no other version; the partial is to blame.
    desk.folder.put({**uses, WORDS: "{% macro hallo() %}hello{% endmacro %}"})
    desk.live.refresh(NOW)
    assert desk.says() == "hello"
    assert "has no attribute 'hello'" in desk.alarms[0]


def test_a_file_that_cannot_be_read_stays_as_it_last_was_good(desk: Desk) -> None:
    desk.folder.put({NEUTRAL: letter("own")})
    desk.live.refresh(NOW)
    desk.folder.put({}, TemplateProblem(file="en/neutral.md", line=1, message="is larger than 100 KB"))
    assert not desk.live.refresh(NOW)
    assert desk.says() == "own"
    assert "en/neutral.md:1: is larger than 100 KB" in desk.alarms[0]


def test_a_folder_that_is_gone_takes_nothing_out_of_force(desk: Desk) -> None:
    desk.folder.put({NEUTRAL: letter("own"), CLOSED: letter("own too")})
    desk.live.refresh(NOW)
    desk.folder.put({}, TemplateProblem(file=".", line=1, message="cannot be read"))
    assert not desk.live.refresh(NOW)
    assert desk.says() == "own"
    assert set(desk.archive.kept) == {NEUTRAL, CLOSED}


def test_with_a_real_folder_and_a_real_child_a_change_is_live_at_the_second_look(tmp_path: Path) -> None:
    own = tmp_path / "en" / "neutral.md"
    own.parent.mkdir()
    own.write_text(letter("one"), encoding="utf-8")
    alarms: list[str] = []
    live = LiveTemplates(
        shipped=shipped_sources(),
        folder=TemplatesFolder(tmp_path),
        archive=ArchiveInMemory(),
        check=check_in_child,
        alarm=alarms.append,
    )
    assert live.refresh(NOW)
    assert live.letters.render(facts()).text == "one\n"

    own.write_text(letter("two {{ 'x' * 300000000 }}"), encoding="utf-8")
    assert [live.refresh(NOW), live.refresh(NOW)] == [False, False]
    assert live.letters.render(facts()).text == "one\n"
    assert "en/neutral.md:4: takes too much memory" in alarms[0]

    own.write_text(letter("three, with more in it"), encoding="utf-8")
    assert [live.refresh(NOW), live.refresh(NOW)] == [False, True]
    assert live.letters.render(facts()).text == "three, with more in it\n"


def test_a_change_is_not_lost_when_the_database_is_busy_for_a_moment(desk: Desk) -> None:
    desk.live.refresh(NOW)
    keep = desk.archive.keep
    desk.archive.keep = is_busy  # type: ignore[method-assign,assignment]
    desk.folder.put({NEUTRAL: letter("mine")})
    with pytest.raises(StoreUnavailable):
        desk.live.refresh(NOW)
    assert desk.says() == "shipped"
    desk.archive.keep = keep  # type: ignore[method-assign]
    assert desk.live.refresh(NOW)
    assert desk.says() == "mine"
    assert not desk.live.refresh(NOW)


def is_busy(_sources: Mapping[Key, str], *, at: datetime) -> None:
    raise StoreUnavailable(f"locked at {at}")

"""The program as a whole: what help lists, what a failure ends with, where the configuration comes from."""

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from mailbot import __version__
from tests.cli.conftest import ShopFolder, config

COMMANDS = {
    "": ["demo", "init", "check", "run", "once", "read", "decide", "claims", "quarantine", "templates", "db"],
    "claims": ["list", "show", "export", "do"],
    "quarantine": ["list", "show", "retry", "export"],
    "templates": ["check", "preview", "diff", "test-send"],
    "db": ["upgrade", "backup"],
}
LEAVES = [
    *(name for name in COMMANDS[""] if name not in COMMANDS),
    *(f"{group} {name}" for group, names in COMMANDS.items() if group for name in names),
]


def listed(text: str) -> list[str]:
    """The commands that a help text lists."""
    lines = text.partition("Commands:\n")[2].partition("\n\n")[0].splitlines()
    return [line.split()[0] for line in lines if re.match(r"  \S", line)]


@pytest.mark.parametrize("group", COMMANDS)
def test_help_lists_what_this_version_does_and_nothing_else(empty: ShopFolder, group: str) -> None:
    said = empty.call(*group.split(), "--help")
    assert (said.code, listed(said.out)) == (0, COMMANDS[group])


@pytest.mark.parametrize("command", LEAVES)
def test_every_command_explains_itself_with_an_example(empty: ShopFolder, command: str) -> None:
    said = empty.call(*command.split(), "--help")
    assert said.code == 0
    examples = said.out.partition("Example")[2]
    # `kill` and `jq` may stand there too; the command itself must.
    assert re.search(rf"mailbot( --config \S+)? {command}\b", examples) or "mailbot claims do" in examples


@pytest.mark.parametrize("name", ["worker", "evidence", "policy", "auth", "web"])
def test_what_is_not_built_yet_is_no_command(empty: ShopFolder, name: str) -> None:
    said = empty.call(name)
    assert said.code == 2
    assert "No such command" in said.err


@pytest.mark.parametrize("name", ["restore", "move", "export", "purge"])
def test_later_commands_on_the_database_are_absent(empty: ShopFolder, name: str) -> None:
    assert empty.call("db", name).code == 2


def test_the_version_is_told(empty: ShopFolder) -> None:
    said = empty.call("--version")
    assert (said.code, said.out) == (0, f"mailbot {__version__}\n")


@pytest.mark.parametrize("command", ["run", "once", "check", "claims list", "quarantine list", "db upgrade"])
def test_what_needs_a_configuration_says_where_it_looked(empty: ShopFolder, command: str) -> None:
    said = empty.call(*command.split())
    assert said.code == 2
    told = " ".join((said.out + said.err).split())
    assert "config.toml: there is no such file" in told
    assert "mailbot init" in told


def test_the_configuration_is_named_by_the_option_before_the_environment_before_the_folder(shop: ShopFolder) -> None:
    one, two = shop.path / "one.toml", shop.path / "two.toml"
    assert shop.call("--config", str(one), "claims", "list").err.startswith(str(one))
    shop.environ = {"MAILBOT_CONFIG": str(two)}
    assert shop.call("claims", "list").err.startswith(str(two))
    assert shop.call("--config", str(one), "claims", "list").err.startswith(str(one))
    shop.environ = {}
    assert shop.call("claims", "list").code == 0


@pytest.mark.parametrize("command", ["once", "run", "claims list", "templates check", "decide facts.json"])
def test_a_mistake_in_the_configuration_names_file_key_and_what_is_allowed(shop: ShopFolder, command: str) -> None:
    shop.write("config.toml", config(more="[policy]\ndoa_dayz = 3"))
    shop.write("facts.json", "[]")
    said = shop.call(*command.split())
    assert said.code == 2
    assert said.err.startswith("config.toml: policy.doa_dayz: ")
    assert "doa_days" in said.err
    assert "Traceback" not in said.err


def test_a_file_that_is_no_database_is_told_by_name(shop: ShopFolder, break_database: Callable[[], None]) -> None:
    break_database()
    said = shop.call("claims", "list")
    assert said.code == 2
    assert "mailbot.db is not an SQLite database" in said.err


def test_a_mailbox_that_is_away_is_work_that_failed(shop: ShopFolder) -> None:
    said = shop.call("once")
    assert said.code == 1
    assert any(line.startswith("127.0.0.1:1:") for line in said.err.splitlines())
    assert "Traceback" not in said.err


def test_no_password_is_ever_printed(shop: ShopFolder) -> None:
    said = [shop.call("--verbose", "once"), shop.call("check"), shop.call("claims", "list")]
    assert not any("correct-horse-battery" in one.out + one.err for one in said)


def run_program(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mailbot", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_module_is_the_program(empty: ShopFolder) -> None:
    ended = run_program("--version", cwd=empty.path)
    assert (ended.returncode, ended.stdout) == (0, f"mailbot {__version__}\n")


def test_who_stops_listening_hears_no_complaint(shop: ShopFolder) -> None:
    shop.write(
        "facts.json",
        '[{"items": [], "first_contact_on": "2026-11-05"}'
        + ', {"items": [], "first_contact_on": "2026-11-05"}' * 5000
        + "]",
    )
    program = subprocess.Popen(
        [sys.executable, "-m", "mailbot", "decide", "facts.json"],
        cwd=shop.path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert program.stdout is not None
    assert program.stderr is not None
    assert program.stdout.readline().startswith(b'{"items"')
    program.stdout.close()
    with program.stderr as complaints:
        assert (complaints.read(), program.wait(timeout=30)) == (b"", 0)


def test_help_loads_no_database_and_no_reader(empty: ShopFolder) -> None:
    """A slow start would be noticed at every call; what takes time is imported where it is used."""
    program = (
        "import sys\nfrom mailbot.cli import app\n"
        "try:\n    app(['decide', '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'sqlalchemy', 'lingua', 'imapclient', 'PIL', 'alembic', 'jinja2', 'structlog'} & set(sys.modules)\n"
        "print('HEAVY', sorted(heavy))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program],
        cwd=empty.path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.stdout.splitlines()[-1] == "HEAVY []", ended.stderr


def test_decide_without_configuration_starts_in_a_moment(empty: ShopFolder) -> None:
    empty.write("facts.json", "[]")
    began = time.process_time(), os.times().children_user
    assert run_program("decide", "facts.json", cwd=empty.path).returncode == 0
    # Computing time of the child: how busy the machine is does not matter.
    assert os.times().children_user - began[1] < 1.0

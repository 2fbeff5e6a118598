"""What is installed is whole: the wheel carries the templates, the migrations and the marker of types."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent


def files_under(folder: Path) -> set[str]:
    """The files of a folder as paths relative to it, without what Python compiled."""
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".pyc" and not path.name.endswith("~")
    }


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel of this checkout is unpacked, as an installation would."""
    folder = tmp_path_factory.mktemp("wheel")
    # Nothing is fetched: the build backend is locked and here, and the package's dependencies are not asked for.
    built = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"),
            *("--wheel-dir", str(folder), str(CHECKOUT)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = folder.glob("mailbot-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def test_the_wheel_carries_every_template(installed: Path) -> None:
    templates = files_under(CHECKOUT / "templates")
    assert templates, "the checkout has no templates"
    assert files_under(installed / "mailbot" / "_templates") == templates


def test_the_wheel_carries_every_file_of_the_package(installed: Path) -> None:
    carried = files_under(installed / "mailbot")
    assert "py.typed" in carried
    assert files_under(CHECKOUT / "mailbot") - carried == set()


def test_the_wheel_carries_no_tests(installed: Path) -> None:
    assert {path.name for path in installed.iterdir() if not path.name.endswith(".dist-info")} == {"mailbot"}


def test_an_installed_mailbot_finds_its_own_templates(installed: Path) -> None:
    program = "from mailbot.letters.shipped import shipped_templates; print(shipped_templates())"
    run = subprocess.run(
        [sys.executable, "-c", program],
        cwd=installed.parent,
        env=os.environ | {"PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.stdout.strip() == str(installed / "mailbot" / "_templates"), run.stderr


def test_a_checkout_finds_the_top_level_templates() -> None:
    from mailbot.letters.shipped import shipped_templates

    languages = {entry.name for entry in shipped_templates().iterdir() if entry.is_dir()}
    assert languages == {entry.name for entry in (CHECKOUT / "templates").iterdir() if entry.is_dir()}

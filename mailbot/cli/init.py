"""`mailbot init`."""

from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated

import typer

from mailbot.cli.failures import WrongCall

_TEMPLATES_OFF = '#path = "templates"                                    # example'
_TEMPLATES_ON = 'path = "templates"'


def add_to(app: typer.Typer) -> None:
    """Hang the command in."""
    app.command("init", short_help="Write a configuration and samples to start from.", epilog=_EXAMPLES)(init)


_EXAMPLES = """\b
Examples:
  mailbot init            in this folder
  mailbot init shop       in the folder shop, made where it is missing"""


def init(
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The folder; else this one.", show_default=False)
    ] = Path(),
) -> None:
    """Write what a shop starts from: a commented config.toml, sample orders and products, a copy of the letters.

    Nothing that is there already is overwritten: it is named and left alone, so that init may be run again.
    """
    if folder.exists() and not folder.is_dir():
        raise WrongCall(f"{folder}: is a file; allowed is a folder, or a name that is free")
    folder.mkdir(parents=True, exist_ok=True)
    written, kept = 0, []
    for name, content in _starting_files():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                file.write(content)
        except FileExistsError:
            kept.append(name)
        else:
            written += 1
    typer.echo(f"wrote {written} files to {folder.resolve()}")
    for told in _by_folder(kept):
        typer.echo(f"left alone, it was there already: {told}")
    typer.echo(f"""
What comes next:
  1. fill in {folder / "config.toml"}: your address, the mail servers, the people who decide
  2. put your orders and products in place of the samples in orders.csv and catalog.csv
  3. export MAILBOT_PASSWORD=…    the mailbox's password (or use password_file)
  4. mailbot --config {folder / "config.toml"} check
  5. mailbot --config {folder / "config.toml"} run

Delete every file in {folder / "templates"} that you do not change: a copy stays as it is, while the letters
that mailbot brings along get better with each version.""")


def _by_folder(names: list[str]) -> list[str]:
    """The files, where several lie in one folder in one line with their number."""
    folders: dict[str, list[str]] = {}
    for name in names:
        folder, slash, _ = name.rpartition("/")
        folders.setdefault(folder + slash or name, []).append(name)
    return [inside[0] if len(inside) == 1 else f"{folder} ({len(inside)} files)" for folder, inside in folders.items()]


def _starting_files() -> Iterator[tuple[str, bytes]]:
    """Each file by its path inside the folder."""
    from mailbot.letters.shipped import shipped_templates

    yield "config.toml", starting_config().encode()
    samples = resources.files("mailbot.cli").joinpath("samples")
    for name in ("orders.csv", "catalog.csv"):
        yield name, samples.joinpath(name).read_bytes()
    yield from _under(shipped_templates(), "templates")


def _under(folder: Traversable, name: str) -> Iterator[tuple[str, bytes]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _under(entry, f"{name}/{entry.name}")
        elif entry.name.endswith((".md", ".html")):
            yield f"{name}/{entry.name}", entry.read_bytes()


def starting_config() -> str:
    """The commented configuration, with the folder of templates that init writes switched on.

    Raises FileNotFoundError where the installation is damaged.
    """
    # A link to the file at the top of the checkout; the wheel carries what it points at.
    example = resources.files("mailbot.cli").joinpath("config.example.toml")
    return example.read_text(encoding="utf-8").replace(_TEMPLATES_OFF, _TEMPLATES_ON)

"""`mailbot templates check | preview | diff | test-send`."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mailbot.cli.call import Call
from mailbot.cli.failures import WORK_FAILED, WrongCall
from mailbot.cli.output import printable

if TYPE_CHECKING:
    from mailbot.letters.check import FolderContents
    from mailbot.letters.letter import LetterName
    from mailbot.letters.render import Rendered
    from mailbot.letters.template import Key
    from mailbot.settings import Settings

group = typer.Typer(
    help="The letters: check them all, look at one, compare with those shipped, send yourself one.",
    short_help="The letters: check, preview, compare, send a test.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def add_to(app: typer.Typer) -> None:
    """Hang the group in."""
    app.add_typer(group, name="templates")


Name = Annotated[
    str, typer.Argument(metavar="NAME", help="The letter, as its file is called: approve_return.", show_default=False)
]
Language = Annotated[
    str | None,
    typer.Option("--language", metavar="CODE", help="In this language; else the default one.", show_default=False),
]


@group.command(
    "check",
    short_help="Try every letter in every language.",
    epilog="""\b
Example:
  mailbot templates check && systemctl reload mailbot""",
)
def check(context: typer.Context) -> None:
    """Make every letter in every language from sample claims; tell what goes wrong with file and line.

    Exit code 1 where a template is broken. A running mailbot does the same by itself, and leaves the last good version
    of a broken letter in force.
    """
    from mailbot.bootstrap import check_in_child
    from mailbot.letters.render import Letters

    call = Call.of(context)
    call.start_log()
    settings = call.settings_or_defaults()
    found, shipped = _found(settings)
    sources = {**shipped, **found.sources}
    default = settings.shop.default_language
    problems = [*found.problems, *check_in_child(sources, default_language=default)]
    for problem in problems:
        typer.echo(printable(str(problem)))
    languages = Letters(sources, default_language=default).languages
    for language in settings.shop.languages:
        if language not in languages:
            typer.echo(f"shop.languages: there are no letters in {language!r}; they are written in {default!r} instead")
    if problems:
        raise typer.Exit(WORK_FAILED)
    typer.echo(f"{len(sources)} files in {', '.join(sorted(languages))}: all letters can be written")


@group.command(
    "preview",
    short_help="One letter, made from a sample claim.",
    epilog="""\b
Examples:
  mailbot templates preview approve_return
  mailbot templates preview decline --language de
  mailbot templates preview decline --html /tmp/decline.html""",
)
def preview(
    context: typer.Context,
    name: Name,
    language: Language = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the HTML part to this file instead.", show_default=False),
    ] = None,
) -> None:
    """One letter as a customer would get it, made from a sample claim."""
    call = Call.of(context)
    call.start_log()
    rendered = _sample(call.settings_or_defaults(), name, language)
    if html is not None:
        html.write_text(rendered.html, encoding="utf-8")
        typer.echo(f"wrote {html}")
        return
    typer.echo(printable(f"Subject: {rendered.subject}\n\n{rendered.text}"), nl=False)


@group.command(
    "diff",
    short_help="How yours differ from those shipped.",
    epilog="""\b
Example:
  mailbot templates diff""",
)
def diff(context: typer.Context) -> None:
    """How your letters differ from those that mailbot ships; nothing is printed where they do not."""
    from mailbot.letters.preview import differences

    call = Call.of(context)
    call.start_log()
    settings = call.settings_or_defaults()
    if settings.templates.path is None:
        typer.echo("no folder of your own is configured ([templates] path): all letters are those shipped", err=True)
        return
    found, shipped = _found(settings)
    for problem in found.problems:
        typer.echo(printable(str(problem)), err=True)
    typer.echo(printable(differences(found.sources, shipped)), nl=False)


@group.command(
    "test-send",
    short_help="Send one, to look at it in a mail program.",
    epilog="""\b
Example:
  mailbot templates test-send approve_return me@shop.example --language de""",
)
def send_test(
    context: typer.Context,
    name: Name,
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Who gets it.", show_default=False)],
    language: Language = None,
) -> None:
    """Send one letter, made from a sample claim, to look at it in a real mail program.

    It goes over [smtp] at once, belongs to no claim, and its subject begins with [Test].
    """
    import secrets
    from datetime import UTC, datetime

    from mailbot.bootstrap import Patience, servers_of
    from mailbot.desk.ports import Envelope
    from mailbot.mail.compose import NotComposable, compose
    from mailbot.mail.inbound import Address

    call = Call.of(context)
    call.start_log()
    settings = call.settings()
    shop = settings.shop
    rendered = _sample(settings, name, language)
    reference = secrets.token_hex(16)
    try:
        raw = compose(
            sender=Address(name=shop.name, address=shop.address),
            recipient=Address(name="", address=address),
            subject=f"[Test] {rendered.subject}",
            text=rendered.text,
            html=rendered.html,
            message_id=f"<test-{reference}@{shop.address.rpartition('@')[2]}>",
            reference=reference,
            date=datetime.now(UTC).astimezone(shop.zone),
            auto_submitted="auto-generated",
        )
    except NotComposable as error:
        raise WrongCall(f"{printable(address)}: no letter can be sent there: {error}") from None
    transport = servers_of(settings, Patience()).transport
    try:
        transport.send(Envelope(sender=shop.address, recipient=address), raw)
    finally:
        transport.close()
    typer.echo(f"sent {name} to {address}")


def _found(settings: "Settings") -> "tuple[FolderContents, Mapping[Key, str]]":
    """The shop's own templates and those shipped."""
    from mailbot.bootstrap import TemplatesFolder, shipped_sources

    folder = TemplatesFolder(settings.templates.path)
    folder.changed()
    return folder.read(), shipped_sources()


def _sample(settings: "Settings", name: str, language: str | None) -> "Rendered":
    """The letter of this name from its fullest sample, in the shop's own name."""
    from mailbot.letters.letter import ShopView
    from mailbot.letters.render import Letters
    from mailbot.letters.samples import sample_facts
    from mailbot.letters.template import TemplateError

    letter = _letter(name)
    found, shipped = _found(settings)
    shop = settings.shop
    letters = Letters({**shipped, **found.sources}, default_language=shop.default_language)
    if language is not None and language not in letters.languages:
        raise WrongCall(f"--language {language}: there are no letters in it; allowed is {_listed(letters.languages)}")
    facts = sample_facts(letter, language or shop.default_language)[0]
    if settings.config_path is not None:
        view = ShopView(
            name=shop.name,
            address=shop.address,
            return_address=shop.return_address,
            legal_footer=shop.legal_footer,
            accent=shop.colours.accent,
            text_colour=shop.colours.text,
            background=shop.colours.background,
        )
        facts = replace(facts, shop=view)
    try:
        return letters.render(facts)
    except TemplateError as error:
        from mailbot.cli.failures import WorkFailed

        raise WorkFailed(printable(str(error))) from None


def _letter(name: str) -> "LetterName":
    from difflib import get_close_matches

    from mailbot.letters.letter import LetterName

    written = name.removesuffix(".md").replace("-", "_")
    try:
        return LetterName(written)
    except ValueError:
        near = get_close_matches(written, list(LetterName), n=1)
        meant = f"; did you mean {near[0]}?" if near else ""
        raise WrongCall(
            f"{name}: there is no letter of this name{meant or '.'} Allowed is one of {_listed(LetterName)}"
        ) from None


def _listed(words: "set[str] | frozenset[str] | type[LetterName]") -> str:
    return ", ".join(sorted(words))

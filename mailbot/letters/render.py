"""Templates to letters: one source, two parts that say the same."""

import re
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from html import unescape
from typing import Any
from urllib.parse import quote

import css_inline
from jinja2 import StrictUndefined, TemplateNotFound, TemplateSyntaxError
from jinja2.environment import Template as Compiled
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.loaders import BaseLoader
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from mailbot.claims.verdict import Because
from mailbot.letters.letter import TO_AGENTS, FileView, ItemView, LetterFacts, NoteView, ShopView, plain
from mailbot.letters.literal import as_line, as_source, carry, carry_all, clean
from mailbot.letters.markdown import TAGS, parse, to_html, to_text
from mailbot.letters.template import LAYOUT, Key, Template, TemplateError, file_of, parse_template

__all__ = ["SUBJECT_LENGTH", "Letters", "Rendered", "without_senders_text", "without_the_order"]

SUBJECT_LENGTH = 150
"""Longest subject in characters; a longer one ends in an ellipsis."""

QUOTED_LINES = 200
"""Lines of a quotation that a letter carries at most."""

_NOT_THEIRS = Because.NOT_THE_SENDERS_ORDER.value
_SUBJECT = "#subject"
_NEW_LINE = carry("\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """A letter's subject (one line), its text part (lines end in `\\n`) and its HTML part (a whole document)."""

    subject: str
    text: str
    html: str


class Letters:
    """The letters of a shop in all its languages, each template compiled once.

    `sources` hold the text of each file by language and name, partials and the layout included. A letter (or partial)
    that a language lacks is taken from `default_language`, then from English.
    """

    def __init__(self, sources: Mapping[Key, str], *, default_language: str = "en") -> None:
        self._sources = dict(sources)
        self._fallbacks = tuple(dict.fromkeys((default_language, "en")))
        self._parsed: dict[Key, Template] = {}
        self._layouts: dict[tuple[str, ShopView], _Layout] = {}
        self._words: dict[str, Any] = {}
        self._environment = _LetterEnvironment(_Loader(self._source_of))
        self._paper = ImmutableSandboxedEnvironment(
            loader=_Loader(self._layout_source), autoescape=True, undefined=StrictUndefined, auto_reload=False
        )

    @property
    def languages(self) -> frozenset[str]:
        """The languages that have at least one letter of their own."""
        return frozenset(language for language, name in self._sources if language and not name.startswith("_"))

    def render(self, facts: LetterFacts) -> Rendered:
        """The letter that these facts make. Where the address is not proven, no text of the sender's can enter it.

        Raises TemplateError where a template is broken, with the file and line.
        """
        if facts.letter not in TO_AGENTS:
            if not facts.proven:
                facts = without_senders_text(facts)
            if any(_NOT_THEIRS in item.because for item in facts.items):
                facts = without_the_order(facts)
        name = facts.letter.value
        language = self._language_of(facts.language, name)
        if language is None:
            raise TemplateError(file_of((facts.language, name)), 1, "there is no such template")
        with _placed(file_of((language, name))):
            values: dict[str, Any] = carry_all(plain(facts))
            values["language"] = language
            values["words"] = self._words_of(language)
            compiled = self._environment.get_template(f"{language}/{name}")
            tokens = parse(compiled.render(values))
            subject = self._environment.get_template(f"{language}/{name}{_SUBJECT}").render(values)
            layout = self._layout_of(language, facts.shop)
        line = _shortened(" ".join(as_line(subject).split()))
        html = to_html(tokens, layout.styles)
        return Rendered(subject=line, text=to_text(tokens), html=layout.around(subject=line, body=html))

    def compile(self, key: Key) -> None:
        """Compile one template now, so that no letter waits for it. Raises TemplateError."""
        language, name = key
        with _placed(file_of(key)):
            self._environment.get_template(f"{language}/{name}")

    def markdown(self, facts: LetterFacts) -> str:
        """The letter's Markdown with its values carried, as `check` looks at it. Raises TemplateError."""
        name = facts.letter.value
        language = self._language_of(facts.language, name) or self._fallbacks[0]
        with _placed(file_of((language, name))):
            values = {**carry_all(plain(facts)), "language": language, "words": self._words_of(language)}
            return self._environment.get_template(f"{language}/{name}").render(values)

    def _language_of(self, language: str, name: str) -> str | None:
        return next((one for one in (language, *self._fallbacks) if (one, name) in self._sources), None)

    def _words_of(self, language: str) -> Any:
        if language not in self._words:
            self._words[language] = self._environment.get_template(f"{language}/_words").module
        return self._words[language]

    def _source_of(self, path: str) -> tuple[str, str] | None:
        """Source and file of a template by its path, `de/decline`, `de/decline#subject` or `de/_words`."""
        path, mark, _ = path.partition("#")
        wanted, _, name = path.partition("/")
        name = name.removesuffix(".md")
        language = self._language_of(wanted, name)
        if language is None:
            return None
        key = (language, name)
        if key not in self._parsed:
            self._parsed[key] = parse_template(key, self._sources[key])
        return self._parsed[key].subject if mark else self._parsed[key].body, file_of(key)

    def _layout_source(self, _path: str) -> tuple[str, str] | None:
        return (self._sources[LAYOUT], file_of(LAYOUT)) if LAYOUT in self._sources else None

    def _layout_of(self, language: str, shop: ShopView) -> "_Layout":
        if (language, shop) not in self._layouts:
            with _placed(file_of(LAYOUT)):
                template = self._paper.get_template("_layout")
                self._layouts[language, shop] = _lay_out(template, language=language, shop=shop)
        return self._layouts[language, shop]


# -- what a template may do ------------------------------------------------------------------------------------------


class _Strings(Extension):
    """Carries the strings in a template's expressions, as values are carried: then the two can be compared."""

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            yield Token(token.lineno, "string", carry(token.value)) if token.type == "string" else token


class _Loader(BaseLoader):
    def __init__(self, find: Callable[[str], tuple[str, str] | None]) -> None:
        self._find = find

    def get_source(self, _environment: Any, template: str) -> tuple[str, str, Callable[[], bool]]:
        found = self._find(template)
        if found is None:
            raise TemplateNotFound(template)
        return found[0], found[1], _stays


def _stays() -> bool:
    return True


class _LetterEnvironment(ImmutableSandboxedEnvironment):
    """Sandboxed, strict about what is missing, and unable to write anything but literal text from a value."""

    def __init__(self, loader: BaseLoader) -> None:
        super().__init__(
            loader=loader,
            extensions=[_Strings],
            undefined=StrictUndefined,
            # A value needs no escaping for HTML here: `literal` says how it passes.
            autoescape=False,
            finalize=_written,
            auto_reload=False,
            cache_size=-1,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
        )
        del self.globals["lipsum"]
        self.filters.update(
            quoted=quoted,
            paragraphs=paragraphs,
            one_line=one_line,
            number=number,
            format=formatted,
            plural=plural,
            urlencode=urlencode,
        )

    def join_path(self, template: str, parent: str) -> str:
        """A partial is looked for in the language of the file that names it."""
        name = as_line(template)
        return name if "/" in name else f"{parent.partition('/')[0]}/{name}"


def _written(value: Any) -> Any:
    """What is written for a value that is no text: nothing for None, a list with commas."""
    if value is None:
        return ""
    if isinstance(value, (str, int)):
        return value
    if isinstance(value, list):
        return ", ".join(str(_written(one)) for one in value)
    if isinstance(value, dict):
        raise TypeError("these are several values; write which one, as in item.name")
    return carry(str(value))


def quoted(text: str) -> str:
    """Somebody's words as a quotation, line for line."""
    return _in_lines(text, "> ")


def paragraphs(text: str) -> str:
    """Somebody's words as paragraphs of the letter, line for line."""
    return _in_lines(text, "")


def _in_lines(text: str, mark: str) -> str:
    lines = [line.strip() for line in text.split(_NEW_LINE)]
    if len(lines) > QUOTED_LINES:
        lines = [*lines[:QUOTED_LINES], "…"]
    out: list[str] = []
    for at, line in enumerate(lines):
        goes_on = line and at + 1 < len(lines) and lines[at + 1]
        out.append(mark + line + ("\\" if goes_on else ""))
    return "\n\n" + "\n".join(out) + "\n\n"


def one_line(text: str, length: int = 120) -> str:
    """Somebody's words in one line of at most `length` characters."""
    line = " ".join(text.replace(_NEW_LINE, " ").split())
    return line if len(line) <= length else line[: length - 1].rstrip() + "…"


def number(value: Any, decimal_mark: str = ".", group_mark: str = "", places: int = 2) -> str:
    """An amount with its marks: `1234.5|number(",", ".")` is 1.234,50."""
    return f"{value:,.{int(places)}f}".translate({ord(","): group_mark, ord("."): decimal_mark})


_SPECIFICATION = re.compile(r"%[^%a-zA-Z]*[a-zA-Z]")


def formatted(pattern: str, *values: Any) -> str:
    """Values in a pattern as Python's `%` knows it: `"%02d:%02d"|format(at.hour, at.minute)`."""
    return _SPECIFICATION.sub(lambda found: as_line(found[0]), pattern) % values


def plural(count: int, one: str, other: str) -> str:
    """The count with its word: `3|plural("day", "days")` is "3 days"."""
    return f"{count} {one if count == 1 else other}"


def urlencode(value: Any) -> str:
    """A value as a part of a link's address."""
    return carry(quote(as_source(str(value)), safe=""))


# -- an address that nothing has proven ------------------------------------------------------------------------------


def without_senders_text(facts: LetterFacts) -> LetterFacts:
    """The same facts without a word that the sender could have chosen (DESIGN, "What must always hold" 6).

    What stays of a sender's making is only what the shop's own catalogue, orders or vocabularies hold.
    """
    list_ = facts.checklist
    return replace(
        facts,
        customer_name="",
        customer_address="",
        order_numbers=(),
        order_number_unknown="",
        tracking="",
        items=tuple(_item_without_words(item) for item in facts.items),
        checklist=replace(
            list_,
            unusable=tuple(_file_without_name(file) for file in list_.unusable),
            left_out=tuple(_file_without_name(file) for file in list_.left_out),
        ),
        note=facts.note and _note_without_words(facts.note),
        agent=None,
    )


def without_the_order(facts: LetterFacts) -> LetterFacts:
    """The same facts without what the order tells (POLICY, "Who owns the order"): a stranger learns nothing of it.

    A stranger's unnamed product would be the order's only line, and its customer's name would be in the greeting.
    """
    return replace(
        facts,
        customer_name="",
        order_numbers=(),
        items=tuple(_item_without_order(item) for item in facts.items),
        note=None,
        shipped_on=None,
        delivered_on=None,
        days_since_delivery=None,
        statutory_note="",
    )


def _item_without_order(item: ItemView) -> ItemView:
    return replace(item, name="", sku="", quantity=1, windows=(), reasons=(), accessories=())


def _item_without_words(item: ItemView) -> ItemView:
    return replace(item, name=item.name if item.sku else "", problem="", reasons=())


def _file_without_name(file: FileView) -> FileView:
    return replace(file, filename="", signals=())


def _note_without_words(note: NoteView) -> NoteView:
    return replace(note, order_number="", lines=tuple(_item_without_words(item) for item in note.lines))


# -- the paper -------------------------------------------------------------------------------------------------------

_SUBJECT_HERE, _BODY_HERE = "\ue001", "\ue002"
_STYLED = re.compile(r'<(\w+) data-sample="[^"]*" style="([^"]*)"')


@dataclass(frozen=True, slots=True, kw_only=True)
class _Layout:
    """The HTML around a letter, cut at the places of subject and body, and how each element of the body is dressed."""

    parts: tuple[str, ...]
    styles: Mapping[str, str]

    def around(self, *, subject: str, body: str) -> str:
        fillings = {_SUBJECT_HERE: str(Markup.escape(subject)), _BODY_HERE: body}
        return "".join(fillings.get(part, part) for part in self.parts)


def _lay_out(template: Compiled, *, language: str, shop: ShopView) -> _Layout:
    """Fill in the shop, and inline the style sheet once: mail programs drop style sheets, inlining each letter is slow.

    A sample of every element stands in the body's place; the styles that the inliner gives it dress each letter's.
    """
    samples = "".join(_sample(tag) for tag in TAGS)
    shown = {name: clean(value) if isinstance(value, str) else value for name, value in plain(shop).items()}
    body = Markup(f"{_BODY_HERE}{samples}{_BODY_HERE}")  # noqa: S704 - made of our own tags
    page = template.render(language=language, shop=shown, subject=_SUBJECT_HERE, body=body)
    if page.count(_BODY_HERE) != 2:
        raise TypeError("the layout must write {{ body }} exactly once")
    inlined = _inliner().inline(page)
    before, sampled, after = inlined.split(_BODY_HERE)
    styles = {found[1]: unescape(found[2]) for found in _STYLED.finditer(sampled)}
    parts = (*re.split(f"({_SUBJECT_HERE})", before), _BODY_HERE, *re.split(f"({_SUBJECT_HERE})", after))
    return _Layout(parts=parts, styles={tag: styles.get(tag, "") for tag in TAGS})


def _sample(tag: str) -> str:
    if tag in ("th", "td"):
        return f"<table><tbody><tr><{tag} data-sample=''></{tag}></tr></tbody></table>"
    return f"<{tag} data-sample=''>" + ("" if tag == "hr" else f"</{tag}>")


@lru_cache(maxsize=1)
def _inliner() -> css_inline.CSSInliner:
    # No remote style sheets: rendering a letter asks nobody anything.
    return css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False)


def _shortened(subject: str) -> str:
    return subject if len(subject) <= SUBJECT_LENGTH else subject[: SUBJECT_LENGTH - 1].rstrip() + "…"


# -- where an error stands -------------------------------------------------------------------------------------------


@contextmanager
def _placed(file: str) -> Iterator[None]:
    """Turns whatever a template raises into a TemplateError with the file and line where it stands."""
    try:
        yield
    except TemplateError:
        raise
    except TemplateSyntaxError as error:
        raise TemplateError(error.filename or file, error.lineno, _said(error)) from error
    # A template can raise anything: it computes.
    except Exception as error:
        line = 1
        for frame in traceback.extract_tb(error.__traceback__):
            # Jinja2 gives its frames the template's own file and line.
            if frame.filename.endswith((".md", ".html")):
                file, line = frame.filename, frame.lineno or 1
                if isinstance(error, RecursionError):
                    break
        raise TemplateError(file, line, _said(error)) from error


def _said(error: Exception) -> str:
    match error:
        case TemplateNotFound():
            return f"there is no template {as_line(str(error.name)).partition('/')[2] or error.name}"
        case MemoryError():
            return "takes too much memory"
        case RecursionError():
            return "includes itself"
        case _:
            said = as_line(str(error)).replace("'jinja2.environment.TemplateModule object'", "“words”")
            return said or type(error).__name__

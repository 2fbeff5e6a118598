"""Markdown to the two parts of a letter, HTML and text, from the same tokens.

Only what a letter needs is read as Markdown: headings, lists, quotations, tables, rules, emphasis, code and links in
`[text](address)` form. No HTML, no images, no bare addresses made into links, no headings by underlining.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from html import escape

from markdown_it import MarkdownIt
from markdown_it.common.normalize_url import normalizeLink
from markdown_it.rules_inline import StateInline, emphasis
from markdown_it.token import Token

from mailbot.letters.literal import as_line

__all__ = ["ALLOWED_LINKS", "TAGS", "links_of", "parse", "to_html", "to_text"]

ALLOWED_LINKS = ("https://", "http://", "mailto:")
"""What a link in a letter may begin with."""

TAGS = (
    "p",
    "h1",
    "h2",
    "h3",
    "ul",
    "ol",
    "li",
    "blockquote",
    "table",
    "th",
    "td",
    "hr",
    "pre",
    "code",
    "a",
    "strong",
)
"""The elements that a letter's body is made of, and that the layout's style sheet may dress."""

_BLOCK_RULES = ["heading", "list", "blockquote", "hr", "table", "fence"]
# Emphasis is written with asterisks: underscores stand in file names and in the contract's words.
_INLINE_RULES = ["emphasis", "link", "newline", "escape", "entity", "backticks", "balance_pairs", "fragments_join"]
_RULE = "-" * 40


def _parser() -> MarkdownIt:
    parser = MarkdownIt("zero", {"html": False, "linkify": False, "typographer": False, "maxNesting": 20})
    parser.enable([*_BLOCK_RULES, *_INLINE_RULES])
    parser.inline.ruler.at("emphasis", _asterisks)
    # Addresses are judged when they are written, with the values in them put back.
    parser.normalizeLink = _as_it_is  # type: ignore[method-assign]
    parser.validateLink = _any_link  # type: ignore[method-assign]
    # Inline text is parsed when it is written, once for each different paragraph (`_inline`).
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _asterisks(state: StateInline, silent: bool) -> bool:
    return state.src[state.pos] == "*" and emphasis.tokenize(state, silent)


def _as_it_is(url: str) -> str:
    return url


def _any_link(url: str) -> bool:
    return bool(url)


_MARKDOWN = _parser()


def parse(source: str) -> list[Token]:
    """The block tokens of a letter's Markdown; those of type `inline` hold their source."""
    return _MARKDOWN.parse(source)


# Most paragraphs of a shop's letters are the same from letter to letter, and reading them is most of the work.
@lru_cache(maxsize=2048)
def _inline(source: str) -> tuple[Token, ...]:
    children: list[Token] = []
    _MARKDOWN.inline.parse(source, _MARKDOWN, {}, children)
    return tuple(children)


def links_of(tokens: Sequence[Token]) -> list[str]:
    """The addresses of all links, values put back."""
    return [
        as_line(str(child.attrs.get("href", "")))
        for token in tokens
        if token.type == "inline"
        for child in _inline(token.content)
        if child.type == "link_open"
    ]


def _address(token: Token) -> str | None:
    """The link's address, None where a letter may not link there."""
    address = as_line(str(token.attrs.get("href", "")))
    return normalizeLink(address) if address.lower().startswith(ALLOWED_LINKS) else None


def _kept_lines(fence: Token) -> str:
    """A fence's own lines; a value in one of them stays in that line."""
    return "\n".join(as_line(line) for line in fence.content.rstrip("\n").split("\n"))


# -- HTML ------------------------------------------------------------------------------------------------------------


def to_html(tokens: Sequence[Token], styles: Mapping[str, str]) -> str:
    """The body of the HTML part; `styles` holds the contents of each tag's `style` attribute."""
    dressed = {tag: f'<{tag} style="{escape(style)}">' for tag, style in styles.items() if style}
    out: list[str] = []
    for token in tokens:
        match token.type:
            case "inline":
                _inline_html(token.content, dressed, out)
            case "paragraph_open" | "paragraph_close" if token.hidden:
                if token.nesting < 0:
                    out.append("\n")
            case "fence":
                out += [_opened("pre", dressed), escape(_kept_lines(token), quote=False), "</pre>\n"]
            case "hr":
                out.append(_opened("hr", dressed) + "\n")
            case "ordered_list_open" if "start" in token.attrs:
                out.append(_opened("ol", dressed).replace("<ol", f'<ol start="{token.attrs["start"]}"', 1))
            case _ if token.nesting > 0:
                out.append(_opened(token.tag, dressed))
            case _:
                out.append(f"</{token.tag}>\n")
    return "".join(out)


def _opened(tag: str, dressed: Mapping[str, str]) -> str:
    return dressed.get(tag) or f"<{tag}>"


def _inline_html(source: str, dressed: Mapping[str, str], out: list[str]) -> None:
    closing: list[str] = []
    for token in _inline(source):
        match token.type:
            case "text" | "text_special":
                out.append(escape(as_line(token.content), quote=False))
            case "softbreak":
                out.append(" ")
            case "hardbreak":
                out.append("<br>\n")
            case "code_inline":
                out += [_opened("code", dressed), escape(as_line(token.content), quote=False), "</code>"]
            case "link_open":
                address = _address(token)
                opened = _opened("a", dressed)
                out.append("" if address is None else f'<a href="{escape(address)}"{opened[2:]}')
                closing.append("" if address is None else "</a>")
            case "link_close":
                out.append(closing.pop())
            case _ if token.nesting > 0:
                out.append(_opened(token.tag, dressed))
            case _:
                out.append(f"</{token.tag}>")


# -- text ------------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Frame:
    """Lines of one open block; `number` counts an ordered list's items, None in others."""

    lines: list[str] = field(default_factory=list)
    number: int | None = None
    tight: bool = False

    def add(self, lines: Sequence[str]) -> None:
        if self.lines and not self.tight:
            self.lines.append("")
        self.lines += lines


def to_text(tokens: Sequence[Token]) -> str:
    """The text part: paragraphs in one line each (mail programs wrap them), a blank line between blocks."""
    stack = [_Frame()]
    rows: list[list[str]] = []
    for at, token in enumerate(tokens):
        match token.type:
            case "inline" if tokens[at - 1].type in ("th_open", "td_open"):
                rows[-1].append(_inline_text(token.content))
            case "inline":
                lines = _inline_text(token.content).split("\n")
                if tokens[at - 1].type == "heading_open":
                    under = "=" if tokens[at - 1].tag == "h1" else "-"
                    lines.append(under * min(max(len(line) for line in lines), 60))
                stack[-1].add(lines)
            case "fence":
                stack[-1].add(_kept_lines(token).split("\n"))
            case "hr":
                stack[-1].add([_RULE])
            case "bullet_list_open" | "ordered_list_open":
                number = int(token.attrs.get("start", 1)) if token.type == "ordered_list_open" else None
                stack.append(_Frame(number=number, tight=_is_tight(tokens, at)))
            case "list_item_open" | "blockquote_open":
                stack.append(_Frame(tight=token.type == "list_item_open" and stack[-1].tight))
            case "list_item_close":
                item, listing = stack.pop(), stack[-1]
                mark = "- " if listing.number is None else f"{listing.number}. "
                if listing.number is not None:
                    listing.number += 1
                listing.add(_indented(item.lines, mark, " " * len(mark)))
            case "blockquote_close":
                quotation = stack.pop()
                stack[-1].add([f"> {line}".rstrip() for line in quotation.lines])
            case "bullet_list_close" | "ordered_list_close":
                done = stack.pop()
                stack[-1].add(done.lines)
            case "table_open":
                rows = []
            case "tr_open":
                rows.append([])
            case "table_close":
                stack[-1].add(_columns(rows))
            case _:
                pass
    return "\n".join(stack[0].lines) + "\n"


def _is_tight(tokens: Sequence[Token], at: int) -> bool:
    first = next((token for token in tokens[at:] if token.type == "paragraph_open"), None)
    return first is not None and first.hidden


def _indented(lines: Sequence[str], first: str, others: str) -> list[str]:
    return [((first if at == 0 else others) + line).rstrip() for at, line in enumerate(lines or [""])]


def _columns(rows: Sequence[Sequence[str]]) -> list[str]:
    shown = [row for row in rows if any(row)]
    widths = [max(len(row[at]) for row in shown if at < len(row)) for at in range(max(map(len, shown), default=0))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=False)).rstrip() for row in shown]


def _inline_text(source: str) -> str:
    out: list[str] = []
    begun: list[tuple[int, str | None]] = []
    for token in _inline(source):
        match token.type:
            case "text" | "text_special" | "code_inline":
                out.append(as_line(token.content))
            case "softbreak":
                out.append(" ")
            case "hardbreak":
                out.append("\n")
            case "link_open":
                begun.append((len(out), _address(token)))
            case "link_close":
                start, address = begun.pop()
                shown = "".join(out[start:])
                plain = address.removeprefix("mailto:") if address is not None else shown
                if address is not None and plain != shown:
                    out.append(f" ({address})")
            case _:
                pass
    return "".join(out)

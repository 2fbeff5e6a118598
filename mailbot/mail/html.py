"""HTML to the text that a reader of the mail sees: what is hidden is dropped first, quotations keep their marks."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import inscriptis
import lxml.html
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig
from lxml.etree import LxmlError, ParserError

from mailbot.mail.decoding import clean_text

_MAX_HTML = 1_000_000  # characters that are looked at; letters of people are a hundredth of it
# inscriptis and libxml2 recurse once a level; layout tables of newsletters reach 60.
_MAX_DEPTH = 120
_MAX_HIDING_RULES = 200

# Private-use characters mark where a quotation begins and ends while inscriptis lays out the text.
_QUOTE_BEGINS, _QUOTE_ENDS = "\ue0f1", "\ue0f2"
_MARKS = re.compile("[\ue0f1\ue0f2]")

_NEVER_SHOWN = frozenset(
    (
        "script",
        "style",
        "head",
        "title",
        "template",
        "object",
        "applet",
        "svg",
        "math",
        "iframe",
        "noframes",
        "select",
        "datalist",
        "audio",
        "video",
        "canvas",
        "textarea",
        "noscript",
    )
)
_CONFIG = ParserConfig(css=CSS_PROFILES["strict"])
_SPACES = re.compile(r"[ \t\xa0]{2,}")
_BLANK_LINES = re.compile(r"\n{3,}")
_META_CHARSET = re.compile(rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([A-Za-z0-9_.:\-]{1,40})""", re.IGNORECASE)


def charset_in(content: bytes) -> str:
    """The charset that an HTML document names itself in its first 2 KB, "" if none."""
    found = _META_CHARSET.search(content[:2048])
    return found.group(1).decode("ascii") if found else ""


def visible_text(html: str) -> str:
    """The visible text; lines of a quotation begin with "> ". "" where nothing is visible. Never raises."""
    html = _MARKS.sub("", clean_text(html[:_MAX_HTML]))
    if not html.strip():
        return ""
    try:
        tree = lxml.html.document_fromstring(
            html, parser=lxml.html.HTMLParser(remove_comments=True, remove_pis=True, huge_tree=True)
        )
    except (ParserError, LxmlError, ValueError, AssertionError):
        return ""
    depth = _keep_the_visible(tree, _hiding_rules(html))
    if depth > _MAX_DEPTH:
        return _tidy(_flat_text(tree))
    try:
        return _tidy(inscriptis.Inscriptis(tree, _CONFIG).get_text())
    except Exception:  # no promise is made about odd trees; the words matter more than their layout
        return _tidy(_flat_text(tree))


def _flat_text(tree: lxml.html.HtmlElement) -> str:
    return "\n".join(part.strip() for part in tree.itertext() if part.strip())


def _tidy(text: str) -> str:
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        content = _SPACES.sub(" ", line).strip()
        if _MARKS.search(content):
            quoted = depth + content.count(_QUOTE_BEGINS)
            depth = max(0, quoted - content.count(_QUOTE_ENDS))
            content = _MARKS.sub("", content).strip()
            if not content:
                continue
        else:
            quoted = depth
        lines.append("> " * min(quoted, 10) + content)
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


# What is hidden -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Look:
    """What an element's text looks like: hidden or not, its colour, what lies behind it (None: not known)."""

    hidden: bool
    colour: tuple[int, int, int] | None
    background: tuple[int, int, int] | None


_WHITE, _BLACK = (255, 255, 255), (0, 0, 0)
_NAMED = {
    "white": _WHITE, "black": _BLACK, "red": (255, 0, 0), "green": (0, 128, 0), "blue": (0, 0, 255),
    "yellow": (255, 255, 0),
    "gray": (128, 128, 128), "grey": (128, 128, 128), "silver": (192, 192, 192), "snow": (255, 250, 250),
    "whitesmoke": (245, 245, 245), "ghostwhite": (248, 248, 255), "ivory": (255, 255, 240), "navy": (0, 0, 128),
    "floralwhite": (255, 250, 240), "lightgray": (211, 211, 211), "lightgrey": (211, 211, 211), "orange": (255, 165, 0),
    "maroon": (128, 0, 0), "purple": (128, 0, 128), "teal": (0, 128, 128), "window": _WHITE, "windowtext": _BLACK,
}  # fmt: skip
_HEX = re.compile(r"#([0-9a-f]{6}|[0-9a-f]{3})(?![0-9a-f])")
_RGB = re.compile(r"rgba?\(\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*[, ]\s*(\d{1,3})\s*(?:[,/]\s*([\d.]{1,8})%?\s*)?\)")
_ZERO = re.compile(r"^0*\.?0*(?:px|pt|em|rem|ex|%|in|cm|mm|vw|vh)?$")
_TINY = re.compile(r"^(?:0*[01](?:\.\d{0,6})?|0*\.\d{1,6})px$|^0*(?:\.\d{1,6}|0\.\d{1,6})(?:pt|em|rem)?$|^0*1pt$")
_OFF_SCREEN = re.compile(r"^-\s*\d{3,6}(?:\.\d{0,4})?(?:px|pt|em|rem|%)?$")
_SAME = 20  # of 255 a channel: closer than this nobody reads it


def _declarations(style: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for declaration in style[:4000].split(";"):
        name, colon, value = declaration.partition(":")
        if colon:
            found[name.strip().lower()] = value.replace("!important", "").strip().lower()
    return found


def _hides(style: dict[str, str]) -> bool:
    get = style.get
    if get("display") == "none" or get("visibility") in ("hidden", "collapse") or get("mso-hide") == "all":
        return True
    if (opacity := get("opacity")) is not None and _ZERO.match(opacity):
        return True
    if (size := get("font-size")) is not None and (_ZERO.match(size) or _TINY.match(size)):
        return True
    if get("font", "").startswith(("0 ", "0px", "0/")):
        return True
    cut = get("overflow") in ("hidden", "clip") or get("overflow-y") == "hidden"
    if cut and any(_ZERO.match(get(side, "x")) for side in ("height", "max-height", "width", "max-width")):
        return True
    if "rect(0" in get("clip", "") or get("clip-path", "").startswith("inset(100%"):
        return True
    if get("transform", "").startswith("scale(0)"):
        return True
    if _OFF_SCREEN.match(get("text-indent", "")):
        return True
    placed = get("position") in ("absolute", "fixed", "relative")
    return placed and any(_OFF_SCREEN.match(get(side, "")) for side in ("left", "top", "right", "bottom"))


def _colour(value: str) -> tuple[int, int, int] | str | None:
    """A colour as RGB, "transparent", or None where it is not one that is known."""
    if value in _NAMED:
        return _NAMED[value]
    if value == "transparent":
        return "transparent"
    if found := _HEX.search(value):
        digits = found.group(1)
        if len(digits) == 3:
            digits = "".join(digit * 2 for digit in digits)
        return int(digits[:2], 16), int(digits[2:4], 16), int(digits[4:], 16)
    if found := _RGB.search(value):
        if found.group(4) is not None and not found.group(4).strip("0."):
            return "transparent"
        return int(found.group(1)), int(found.group(2)), int(found.group(3))
    return next((_NAMED[word] for word in value.split() if word in _NAMED), None)


_RULE = re.compile(r"([^{}@;]{1,300})\{([^{}]{0,2000})\}")
_STYLE = re.compile(r"<style[^>]{0,500}>", re.IGNORECASE)
_SIMPLE = re.compile(r"^([a-z][a-z0-9]*)?(?:([.#])([\w\-]{1,100}))?$", re.IGNORECASE)
_AT_BLOCK = re.compile(r"@[^{};]{1,300}\{(?:[^{}]{0,2000}\{[^{}]{0,2000}\}){0,50}[^{}]{0,2000}\}")


def _hiding_rules(html: str) -> tuple[tuple[str, str, str], ...]:
    """(tag, '.' or '#', name) of the simple selectors whose rules hide; rules for some screens only do not count."""
    rules: list[tuple[str, str, str]] = []
    for start in list(_STYLE.finditer(html))[:20]:
        end = html.find("</", start.end(), start.end() + 100_000)
        css = _AT_BLOCK.sub("", html[start.end() : end if end >= 0 else start.end() + 100_000])
        for found in _RULE.finditer(css):
            if not _hides(_declarations(found.group(2))):
                continue
            for selector in found.group(1).split(","):
                simple = _SIMPLE.match(selector.strip())
                if simple and selector.strip() and len(rules) < _MAX_HIDING_RULES:
                    tag, kind, name = simple.groups()
                    rules.append(((tag or "").lower(), kind or "", name or ""))
    return tuple(rules)


def _ruled_out(element: lxml.html.HtmlElement, rules: tuple[tuple[str, str, str], ...]) -> bool:
    if not rules:
        return False
    classes = (element.get("class") or "").split()
    return any(
        (not tag or tag == element.tag)
        and (not kind or (name in classes if kind == "." else name == element.get("id")))
        for tag, kind, name in rules
    )


def _is_quotation(element: lxml.html.HtmlElement) -> bool:
    if element.tag != "blockquote":
        return False
    # Indenting in Gmail's editor is a blockquote as well: one without a type, a class or a line at its left.
    style = (element.get("style") or "").replace(" ", "").lower()
    return "border:none" not in style or element.get("type") == "cite" or "quote" in (element.get("class") or "")


def _look_of(element: lxml.html.HtmlElement, around: _Look, rules: tuple[tuple[str, str, str], ...]) -> _Look:
    tag = element.tag
    attributes = element.attrib
    if not attributes and not rules:
        return around
    style = _declarations(attributes["style"]) if "style" in attributes else {}
    hidden = (
        around.hidden
        or "hidden" in attributes
        or (tag == "input" and (attributes.get("type") or "").lower() == "hidden")
        or (tag == "font" and (attributes.get("size") or "").strip() in ("0", "-7"))
        or (bool(style) and _hides(style))
        or _ruled_out(element, rules)
    )
    colour, background = around.colour, around.background
    wanted = style.get("color") or (attributes.get("color") if tag == "font" else None)
    if tag == "body" and not wanted:
        wanted = attributes.get("text")
    if wanted:
        new = _colour(wanted.strip().lower())
        if new == "transparent":
            hidden = True
        else:
            colour = new if isinstance(new, tuple) else None
    behind = style.get("background-color") or style.get("background") or attributes.get("bgcolor")
    if behind:
        new = _colour(behind.strip().lower())
        if isinstance(new, tuple):
            background = new
        elif new is None and behind.strip().lower() not in ("none", "inherit", "initial", "unset"):
            background = None
    if "background-image" in style or "background" in attributes or "url(" in style.get("background", ""):
        background = None
    return _Look(hidden, colour, background)


def _shows(look: _Look) -> bool:
    if look.hidden:
        return False
    if look.colour is None or look.background is None:
        return True
    return any(abs(one - other) >= _SAME for one, other in zip(look.colour, look.background, strict=True))


def _keep_the_visible(tree: lxml.html.HtmlElement, rules: tuple[tuple[str, str, str], ...]) -> int:
    """Blank all text that is not seen and mark quotations, in one walk without recursion; the depth of the tree."""
    deepest = 0
    for element, look, around, depth in list(_walk(tree, _Look(False, _BLACK, _WHITE), rules)):
        deepest = max(deepest, depth)
        if element.tag in _NEVER_SHOWN:
            for child in list(element):
                element.remove(child)
            element.text = None
        elif element.text and not _shows(look):
            element.text = None
        if element.tail and not _shows(around):
            element.tail = None
        if element.tag == "img":
            element.attrib.pop("alt", None)
        if _is_quotation(element):
            _mark(element)
    return deepest


def _walk(
    tree: lxml.html.HtmlElement, look: _Look, rules: tuple[tuple[str, str, str], ...]
) -> Iterator[tuple[lxml.html.HtmlElement, _Look, _Look, int]]:
    pending = [(tree, look, 1)]
    while pending:
        element, around, depth = pending.pop()
        if not isinstance(element.tag, str):
            continue
        own = _look_of(element, around, rules)
        yield element, own, around, depth
        if element.tag not in _NEVER_SHOWN:
            pending.extend((child, own, depth + 1) for child in element)


def _mark(element: lxml.html.HtmlElement) -> None:
    opening = lxml.html.Element("div")
    opening.text = _QUOTE_BEGINS
    opening.tail, element.text = element.text, None
    element.insert(0, opening)
    closing = lxml.html.Element("div")
    closing.text = _QUOTE_ENDS
    element.append(closing)

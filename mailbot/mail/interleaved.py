"""Answers typed into a quotation itself: behind a line of it, or under one where the mail program sets no marks.

Only what carries a sign of its own is told from what is quoted: an arrow or stars, "Answer:", or the "[Anna Berg]"
that Outlook puts before comments. Our letters hold none of these.
"""

import re
from collections.abc import Iterator, Sequence

from mailbot.mail.inbound import TypedAnswer

_LOOKED_AT = 400  # lines of a quotation
_MAX_LINE = 600  # characters
_HINT = re.compile(r"[-=]>|<[-=]|[→⇒➔➜←]|>>|\*{3}|#{3}|\[|[:：]")
_ARROW = re.compile(
    r"^(?P<asked>.{0,300}?)(?:(?<=\s)|^)(?:-{1,3}>|={1,2}>|<-{1,3}|<={1,2}|[→⇒➔➜←]|>{2,6}|\*{3,6}|#{3,6})[ \t]*"
    r"(?P<said>[^\s>*#=\-<][^\n]*?)[ \t]*[*#<]{0,6}$"
)
_LABELLED = re.compile(
    r"^[ \t]*(?:my |meine |ma |mi |la mia |mijn )?(?:answer|reply|antwort|réponse|respuesta|risposta|resposta|antwoord|"
    r"odpowiedź|ответ|回答|答え?|回复|cevap|yanıt|الجواب|الإجابة|جوابي)[ \t]*[:：][ \t]*(?P<said>\S.*)$",
    re.IGNORECASE,
)
_COMMENT = re.compile(
    r"^[ \t]*\[(?:[^\W\d_][\w.'’\-]{0,24} ){1,3}[^\W\d_][\w.'’\-]{0,24}\][ \t]*:?[ \t]*(?P<said>\S.*)$"
)
_ITEM = re.compile(r"^[ \t]*(?:[-*•·–]|\(?\d{1,2}[.):]|\[[ xX]?\])[ \t]*")
_MARKS = re.compile(r"^[ \t]{0,3}(?:>[ \t]?){1,8}")


def typed_within(lines: Sequence[str], start: int, end: int) -> Iterator[TypedAnswer]:
    """The answers between `start` and `end` (excluded) of a quotation, with marks or without. Linear."""
    asked = ""
    for index in range(start, min(end, start + _LOOKED_AT)):
        line = lines[index]
        marked = _MARKS.match(line)
        bare = line[marked.end() :] if marked else line
        if not bare.strip():
            continue
        if len(bare) <= _MAX_LINE and _HINT.search(bare) and (found := _typed(bare, asked, unmarked=marked is None)):
            yield TypedAnswer(to=found[0], answer=found[1], line=index)
            continue
        asked = bare


def _asked_in(line: str) -> str:
    while found := _ITEM.match(line):
        line = line[found.end() :]
    return line.strip()


def _is_asked(line: str) -> bool:
    return _ITEM.match(line) is not None or line.rstrip(" *_").endswith(("?", "？", "؟"))


def _typed(bare: str, above: str, *, unmarked: bool) -> tuple[str, str] | None:
    if arrow := _ARROW.match(bare):
        asked = _asked_in(arrow.group("asked"))
        if asked and (_is_asked(bare) or _is_asked(arrow.group("asked")) or not unmarked):
            return asked.rstrip(" :："), arrow.group("said").strip()
        if not asked and above and (_is_asked(above) or not unmarked):
            return _asked_in(above), arrow.group("said").strip()
        return None
    own = _LABELLED.match(bare) or _COMMENT.match(bare)
    if own and above and _is_asked(above):
        return _asked_in(above), own.group("said").strip()
    return None

"""What was typed under the lines of a checklist of ours, and the lines that name pictures."""

import re
from collections.abc import Sequence

from mailbot.mail.inbound import TypedAnswer
from mailbot.reading.sentences import Line
from mailbot.reading.understood import Answer
from mailbot.reading.vocabulary import Vocabulary, only

_QUOTED = re.compile(r"\s{0,3}(?:>\s?){1,8}")
_BULLET = re.compile(r"^(?:\s*(?:[-*•·–]|\(?\d{1,2}[.):]|\[[ xX]?\]))+\s*")
_ATTRIBUTION = re.compile(r"\S@\S|:\s*$")
_MOST_ANSWERS = 40
_LONGEST_CAPTION = 160
_LONGEST_LAST = 3  # lines; more under the last quoted line is the mail itself


def answers_in(text: str, new_lines: Sequence[Line], typed: Sequence[TypedAnswer] = ()) -> tuple[Answer, ...]:
    """Each new line that stands right under a quoted one, or behind it with a sign of its own, with that line.

    `text` is the whole mail, `typed` what stands behind its quoted lines, `new_lines` what this mail adds: only lines
    that stand in both are answers, so that a signature or a deeper quotation between two quoted runs is none. An
    attribution ("… wrote:") is no line of a checklist.
    """
    added = {line.text.strip() for line in new_lines if line.text.strip()}
    lines = text.split("\n")
    inside = {each.line: each for each in typed if each.answer in added}
    found: list[Answer] = []
    asked = ""
    said: list[str] = []
    ended = False  # whether a blank line stands below what was said
    for index, line in enumerate(lines):
        mark = _QUOTED.match(line)
        if within := inside.get(index):
            found += _answered(asked, said)
            found.append(Answer(to=within.to, answer=within.answer))
            asked, said, ended = "", [], False
        elif mark:
            found += _answered(asked, said)
            said, ended = [], False
            quoted = line[mark.end() :].strip()
            if quoted:
                asked = "" if _ATTRIBUTION.search(quoted) else quoted
        elif not line.strip():
            ended = bool(said)
        elif asked and line.strip() in added:
            said.append(line.strip() if not ended else f"\n{line.strip()}")
            ended = False
        else:
            asked, said, ended = "", [], False
        if len(found) >= _MOST_ANSWERS:
            return tuple(found[:_MOST_ANSWERS])
    # What follows the last quoted line is the mail itself, unless it is short and that line is one of a checklist.
    if found and (_BULLET.match(asked) or asked.endswith(("?", "？", "؟"))):
        first = said[: next((at for at, each in enumerate(said) if each.startswith("\n")), len(said))]
        found += _answered(asked, first if len(first) <= _LONGEST_LAST else [])
    return tuple(found[:_MOST_ANSWERS])


def _answered(asked: str, said: Sequence[str]) -> list[Answer]:
    if not asked or not said:
        return []
    return [Answer(to=_BULLET.sub("", asked).strip(), answer=" ".join(each.strip() for each in said))]


def captions_in(lines: Sequence[Line], vocabulary: Vocabulary) -> tuple[str, ...]:
    """The lines of the new text that name pictures: by a word for them, a file's name, or what one shows."""
    captions = []
    pictures = only(vocabulary.code, "picture.words")
    for line in lines:
        text = line.text.strip()
        if not text:
            continue
        words = vocabulary.words(text)
        if pictures.hits(text, words):
            captions.append(text[:_LONGEST_CAPTION])
    return tuple(captions[:_MOST_ANSWERS])

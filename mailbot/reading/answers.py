"""What was typed under the lines of a checklist of ours, and the lines that name pictures."""

import re
from collections.abc import Sequence

from mailbot.reading.sentences import Line
from mailbot.reading.understood import Answer
from mailbot.reading.vocabulary import Vocabulary, only

_QUOTED = re.compile(r"\s{0,3}(?:>\s?){1,8}")
_BULLET = re.compile(r"^(?:\s*(?:[-*•·–]|\(?\d{1,2}[.):]|\[[ xX]?\]))+\s*")
_ATTRIBUTION = re.compile(r"\S@\S|:\s*$")
_MOST_ANSWERS = 40
_LONGEST_CAPTION = 160


def answers_in(text: str, new_lines: Sequence[Line]) -> tuple[Answer, ...]:
    """Each new line that stands right under a quoted one, with that line.

    `text` is the whole mail, `new_lines` what this mail adds: only lines that stand in both are answers, so that a
    signature or a deeper quotation between two quoted runs is none. An attribution ("… wrote:") is no line of a
    checklist.
    """
    added = {line.text.strip() for line in new_lines if line.text.strip()}
    found: list[Answer] = []
    asked = ""
    said: list[str] = []
    for line in text.splitlines():
        mark = _QUOTED.match(line)
        if mark:
            if said and asked:
                found.append(Answer(to=asked, answer=" ".join(said)))
            said = []
            quoted = _BULLET.sub("", line[mark.end() :]).strip()
            if quoted:
                asked = "" if _ATTRIBUTION.search(quoted) else quoted
        elif asked and line.strip():
            if line.strip() in added:
                said.append(line.strip())
            else:
                asked, said = "", []
        elif said:
            found.append(Answer(to=asked, answer=" ".join(said)))
            asked, said = "", []
        if len(found) >= _MOST_ANSWERS:
            return tuple(found)
    # What follows the last quoted line is the mail itself, no answer.
    return tuple(found)


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

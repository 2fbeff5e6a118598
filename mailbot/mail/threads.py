"""The conversation a mail belongs to: Message-IDs, References, and the subject that answers carry."""

import re

from mailbot.mail.decoding import clean_line
from mailbot.mail.inbound import InboundMail

_MAX_IDS = 100
_MAX_REFERENCES = 20
_MAX_SUBJECT = 60

# An id holds no white space and no further bracket. 250 characters are beyond what any program makes, and a longer one
# could not be written back on a line (RFC 5322 section 2.1.1: 998 characters).
_ID = re.compile(r"<([^<>\s]{1,250})>")
_BARE_ID = re.compile(r"(?<![^\s,;<\"'])[^<>@\s,;\"']{1,125}@[^<>@\s,;\"']{1,125}(?![^\s,;>\"'])")

# "Re", "Fwd" and their kin as mail programs of the configured languages write them, with counters: RE[2]:, Re^2:.
_PREFIX = re.compile(
    r"\s{0,20}(?:re|aw|antw|antwort|sv|vs|bls|odp|ref|ri|r|rif|res|resp|ynt|tr|fw|fwd|wg|wtr|doorst|vb|vl|enc|"
    r"rv|i|ilt|pd|"
    r"отв|ответ|на|пересл|回复|回覆|答复|答覆|转发|轉寄|返信|転送|رد|إعادة توجيه)"
    r"\s{0,4}(?:\[\d{1,3}\]|\(\d{1,3}\)|\^\d{1,3})?\s{0,4}[:：]\s{0,20}",
    re.IGNORECASE,
)
_RMA = re.compile(r"\bRMA-([0-9A-Za-z]{4,16})\b", re.IGNORECASE)
_RMA_TAG = re.compile(r"\s{0,20}[\[(]?\s{0,4}\bRMA-[0-9A-Za-z]{4,16}\b\s{0,4}[\])]?", re.IGNORECASE)


def ids_in(value: str) -> tuple[str, ...]:
    """The Message-IDs of a References or In-Reply-To header in order, each once, with brackets; at most the newest 100.

    Old programs write words and dates among them ("Your message of …"), others leave the brackets out.
    """
    found = [f"<{each}>" for each in _ID.findall(value)]
    if not found:
        found = [f"<{each}>" for each in _BARE_ID.findall(value[:4000])]
    return tuple(dict.fromkeys(found))[-_MAX_IDS:]


def reply_references(mail: InboundMail) -> tuple[str, ...]:
    """The References of an answer to `mail` (RFC 5322 section 3.6.4): its own, or its In-Reply-To if one, then its id.

    At most 20: the first, which names the thread, and the newest.
    """
    chain = mail.references
    if not chain:
        answered = ids_in(mail.in_reply_to)
        chain = answered if len(answered) == 1 else ()
    own = ids_in(mail.message_id)
    whole = tuple(each for each in dict.fromkeys(chain) if each not in own) + own
    if len(whole) > _MAX_REFERENCES:
        return whole[:1] + whole[-(_MAX_REFERENCES - 1) :]
    return whole


def bare_subject(subject: str) -> str:
    """The subject without answer and forward prefixes and without an RMA tag, white space collapsed."""
    text = " ".join(clean_line(subject).split())
    text = " ".join(_RMA_TAG.sub(" ", text).split())
    for _ in range(20):
        stripped = _PREFIX.match(text)
        if not stripped:
            break
        text = text[stripped.end() :]
    return text.strip()


def reply_subject(subject: str, rma: str) -> str:
    """`Re: ` once, the customer's own subject shortened to 60 characters at a word, ` [RMA-…]` once (none for "")."""
    text = _shortened(bare_subject(subject))
    tag = f"[{rma}]" if rma else ""
    return " ".join(part for part in ("Re:", text, tag) if part)


def _shortened(text: str) -> str:
    if len(text) <= _MAX_SUBJECT:
        return text
    cut = text[: _MAX_SUBJECT - 1]
    at_word = cut.rpartition(" ")[0]
    return (at_word if len(at_word) >= _MAX_SUBJECT // 2 else cut).rstrip(" ,;:-") + "…"


def rma_in(subject: str) -> str | None:
    """The RMA number that a subject names, upper case, the last one where there are several; None if none."""
    found = _RMA.findall(subject)
    return f"RMA-{found[-1].upper()}" if found else None

"""A mail that somebody forwards: inside the text of his own, or attached to it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mailbot.mail.addresses import domain_of, is_safe_recipient, same_address
from mailbot.mail.inbound import Address, Attachment
from mailbot.mail.quotation import HEADER_LINE, boundary_at

_FORWARD_SUBJECT = re.compile(
    r"^\s*(?:fw|fwd|wg|tr|rv|enc|i|doorst|pd|pdk|vb|vl|vs|转发|轉寄|转寄|転送|إعادة توجيه|ilt|ynl|przekaż|przek|пересл)"
    r"\s*(?:\[\d+\])?\s*[:：]",
    re.IGNORECASE,
)
_ADDRESS = re.compile(r"[^\s<>\[\]()\"',;:]{1,64}@[^\s<>\[\]()\"',;:*]{1,253}")
_MAX_FIELDS = 24  # lines of copied headers that are looked at

# Where everybody may have an address: who writes from there is not of the house, though the shop has one there too.
_PUBLIC = frozenset(
    (
        "gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "live.com", "msn.com", "yahoo.com", "icloud.com",
        "me.com", "mac.com", "aol.com", "gmx.com", "gmx.net", "gmx.de", "gmx.at", "gmx.ch", "web.de", "t-online.de",
        "freenet.de", "mail.com", "proton.me", "protonmail.com", "orange.fr", "free.fr", "laposte.net", "wanadoo.fr",
        "sfr.fr", "libero.it", "virgilio.it", "alice.it", "tiscali.it", "telefonica.net", "sapo.pt", "uol.com.br",
        "bol.com.br", "terra.com.br", "ziggo.nl", "kpnmail.nl", "planet.nl", "xs4all.nl", "wp.pl", "o2.pl", "onet.pl",
        "interia.pl", "mail.ru", "bk.ru", "inbox.ru", "list.ru", "yandex.ru", "yandex.com", "ya.ru", "rambler.ru",
        "qq.com", "163.com", "126.com", "sina.com", "foxmail.com", "yeah.net", "docomo.ne.jp", "ezweb.ne.jp",
        "softbank.ne.jp", "nifty.com", "mynet.com", "btinternet.com", "comcast.net", "verizon.net",
    )
)  # fmt: skip
_PUBLIC_NAMES = ("yahoo.", "hotmail.", "outlook.", "live.", "gmx.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """The forwarded mail: who wrote it (None where its From names no address), its text.

    `content` holds the bytes of one that is attached (b"" for one inside the text), `files` what a winmail.dat's mail
    has attached; of any other attached mail text and files are still in its bytes.
    """

    sender: Address | None
    text: str = ""
    content: bytes = b""
    files: tuple[Attachment, ...] = ()


def is_of_the_house(sender: Address, own_addresses: Iterable[str], agent_addresses: Iterable[str]) -> bool:
    """Whether an agent wrote, or somebody of a domain that is the shop's alone."""
    if any(same_address(sender.address, agent) for agent in agent_addresses):
        return True
    domain = domain_of(sender.address)
    if domain in _PUBLIC or domain.startswith(_PUBLIC_NAMES):
        return False
    return any(domain == domain_of(own) for own in own_addresses)


def forward_in(text: str, subject: str) -> Forward | None:
    """The first mail forwarded in `text`: below a forward's separator, or copied headers where the subject says Fwd.

    None where nothing is forwarded. An answer that quotes below copied headers is not a forward: its subject tells them
    apart.
    """
    says_forward = _FORWARD_SUBJECT.match(subject) is not None
    if not says_forward and "@" not in text:
        return None
    lines = text.split("\n")
    for index in range(len(lines)):
        boundary = boundary_at(lines, index) if lines[index] else None
        if boundary is None:
            continue
        if boundary.kind == "forward" or (says_forward and boundary.kind in ("headers", "separator")):
            return _forward(lines, boundary.start)
        if boundary.open_ended and not says_forward:
            return None
    return None


def _forward(lines: list[str], start: int) -> Forward:
    sender: Address | None = None
    body = min(start + 1, len(lines))
    fields = 0
    spaced = False
    for at in range(start, min(start + _MAX_FIELDS, len(lines))):
        line = lines[at].lstrip("> \t")
        found = HEADER_LINE.match(line)
        if found is None:
            # Some programs put a blank line between the fields: then the first line that is none ends them.
            if not line.strip():
                if fields > 1 and not spaced:
                    break
                spaced = spaced or fields == 1
            elif fields > 1 and spaced:
                break
            continue
        body = at + 1
        fields += 1
        value = found.group("value").strip(" *_\xa0")
        if found.group("sender") and sender is None:
            sender = _named(value or (lines[at + 1] if at + 1 < len(lines) else ""))
    return Forward(sender=sender, text="\n".join(_unmarked(lines[body:])).strip())


def _named(value: str) -> Address | None:
    found = _ADDRESS.search(value.replace("mailto:", " "))
    if found is None or not is_safe_recipient(found.group()):
        return None
    name = value[: found.start()].replace("mailto:", "").strip(" <[(\"'*")
    return Address(name=name[:200], address=found.group())


def _unmarked(lines: list[str]) -> list[str]:
    marked = [line for line in lines if line.strip()]
    if marked and all(line.lstrip().startswith(">") for line in marked):
        return [line.lstrip()[1:].removeprefix(" ") for line in lines]
    return lines

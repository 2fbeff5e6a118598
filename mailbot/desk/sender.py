"""Who a mail is from, as far as anything proves it (DESIGN, "What must always hold" 5 and 6)."""

import re
from urllib.parse import unquote

from mailbot.desk.shop import Shop
from mailbot.desk.store import Transaction
from mailbot.mail.addresses import plus_token, same_address
from mailbot.mail.authenticity import dmarc_of
from mailbot.mail.inbound import InboundMail

_TOKEN = re.compile(r"[a-z2-7]{26,64}")
_TOKEN_IN_SUBJECT = re.compile(r"\[([a-z2-7]{26,64})\]")


def agent_token_in(tx: Transaction, mail: InboundMail, shop: Shop) -> str:
    """A token that we gave to an agent and that this mail bears, "" where it bears none; spent and old ones count here.

    It travels in the address, in the Message-ID that is answered, and in the subject of a mailto link.
    """
    candidates = [token.lower() for one in (*mail.to, *mail.cc) if (token := plus_token(one.address, shop.address))]
    for message_id in (mail.in_reply_to, *reversed(mail.references)):
        local, _, domain = message_id.strip("<>").partition("@")
        if domain.lower() == shop.domain.lower():
            candidates.append(local.lower())
    candidates.extend(_TOKEN_IN_SUBJECT.findall(mail.subject.lower()))
    for candidate in dict.fromkeys(candidates):
        if _TOKEN.fullmatch(candidate) and tx.token(candidate) is not None:
            return candidate
    return ""


def bears_token(tx: Transaction, text: str) -> bool:
    """Whether a token that we gave to an agent stands anywhere in this text, plain or in a link."""
    return any(tx.token(found) is not None for found in dict.fromkeys(_TOKEN.findall(unquote(text).lower())))


def dmarc_passes(mail: InboundMail, shop: Shop) -> bool:
    """Whether our own server vouches for the one From: dmarc=pass with header.from equal to its domain.

    For a contact form it vouches for the form, never for who filled it in.
    """
    if mail.sender is None or mail.through_form or not shop.authserv_id:
        return False
    return dmarc_of(mail, shop.authserv_id, mail.sender.address.rpartition("@")[2]) == "pass"


def addresses_proven_by(tx: Transaction, mail: InboundMail, shop: Shop) -> str:
    """How this mail proves its sender's address, "" where it does not: dmarc, or an answer to a letter only they
    got.
    """
    if mail.sender is None:
        return ""
    if dmarc_passes(mail, shop):
        return "dmarc=pass"
    for message_id in (mail.in_reply_to, *reversed(mail.references)):
        letter = tx.letter_by_message_id(message_id) if message_id else None
        if letter is not None and same_address(letter.recipient, mail.sender.address):
            return "answered a letter of ours"
    return ""

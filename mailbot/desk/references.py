"""Names that nobody can guess and that come out the same each time: Message-IDs, RMA numbers, tokens.

All are HMAC-SHA256 (RFC 2104) of what they name under a secret of the database, in lower-case base32 (RFC 4648
section 6).
"""

import base64
import hashlib
import hmac

from mailbot.desk.store import Transaction

_SECRET = "references"  # noqa: S105 - the name of the secret, not the secret
_TOKEN_CHARACTERS = 32
"""160 of HMAC-SHA256's 256 bits; DESIGN 5 asks for 26 characters or more."""


def make_secret(tx: Transaction) -> None:
    """Make the secret at first start, in a transaction of its own: a name may never rest on one that was rolled
    back.
    """
    tx.secret(_SECRET)


def reference(tx: Transaction, purpose: str, key: str, *, characters: int = _TOKEN_CHARACTERS) -> str:
    """The name of `key` for one purpose: the same input gives the same name, no other purpose shares it."""
    digest = hmac.new(tx.secret(_SECRET), f"{purpose}\0{key}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode("ascii").lower().rstrip("=")[:characters]


def rma_number(tx: Transaction, key: str) -> str:
    """A free RMA number for the mail that opens a claim, six characters that are not mixed up on the phone."""
    for attempt in range(100):
        digest = hmac.new(tx.secret(_SECRET), f"rma\0{key}\0{attempt}".encode(), hashlib.sha256).digest()
        rma = "RMA-" + "".join(_RMA_ALPHABET[byte % len(_RMA_ALPHABET)] for byte in digest[:6])
        if tx.claim_by_rma(rma) is None:
            return rma
    raise RuntimeError("a hundred RMA numbers in a row were taken: the claims table cannot be what it should be")


_RMA_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"

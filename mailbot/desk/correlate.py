"""Step 4 of the path: which claim a mail belongs to, and whether its sender may join it.

Correlating is not joining (DESIGN, "The path of one mail" 4): a number, a reference or a token shows which claim is
meant, only the claim's own customer is let in by it.
"""

from dataclasses import dataclass, replace

from mailbot.claims.claim import Claim
from mailbot.claims.words import MailKind
from mailbot.desk.shop import Shop
from mailbot.desk.store import Transaction
from mailbot.mail.addresses import identity, plus_token, same_address
from mailbot.mail.authenticity import dmarc_of
from mailbot.mail.automatic import why_unanswerable
from mailbot.mail.inbound import InboundMail
from mailbot.mail.threads import rma_in
from mailbot.reading.understood import Understood


@dataclass(frozen=True, slots=True)
class Opens:
    """No claim of ours is meant."""


@dataclass(frozen=True, slots=True)
class Continues:
    """A mail of the claim's own customer; `how` names what showed the claim."""

    claim: Claim
    how: str


@dataclass(frozen=True, slots=True)
class AsksToJoin:
    """Somebody else's mail about a claim: an agent admits it or not."""

    claim: Claim
    how: str


Correlation = Opens | Continues | AsksToJoin


def by_thread(tx: Transaction, mail: InboundMail, shop: Shop) -> Correlation:
    """What the mail's own references say, the strongest first."""
    for token in _address_tokens(mail, shop):
        claim = tx.claim_by_token(token)
        if claim is not None:
            return joining(claim, mail, shop, how="our token in the address")
    newest_first = (*reversed(mail.references), mail.in_reply_to)
    ids = tuple(dict.fromkeys(one for one in newest_first if one))
    claim = tx.claim_by_message_ids(ids) if ids else None
    if claim is not None:
        return joining(claim, mail, shop, how="a reference to a letter of this thread")
    rma = rma_in(mail.subject)
    claim = tx.claim_by_rma(rma) if rma else None
    if claim is not None and mail.sender is not None and _is_customer(claim, mail):
        # A number alone names a claim only to the one who was told it (ATTACKS A4, A23).
        return joining(claim, mail, shop, how="the RMA number in the subject")
    return Opens()


def by_content(tx: Transaction, mail: InboundMail, shop: Shop, understood: Understood) -> Correlation:
    """An open claim of the same sender for the same order and product, where the references say nothing."""
    if mail.sender is None:
        return Opens()
    claims = [claim for claim in tx.open_claims_of(identity(mail.sender.address)) if _same_matter(claim, understood)]
    if not claims:
        return Opens()
    return joining(claims[0], mail, shop, how="the sender's open claim for the same order and product")


def joining(claim: Claim, mail: InboundMail, shop: Shop, *, how: str) -> Correlation:
    """Whether the sender joins: the claim's customer, as the one From, and no dmarc=fail from our own server."""
    if mail.sender is None or not _is_customer(claim, mail):
        return AsksToJoin(claim, how)
    domain = mail.sender.address.rpartition("@")[2]
    if dmarc_of(mail, shop.authserv_id, domain) == "fail":
        return AsksToJoin(claim, how)
    return Continues(claim, how)


def _is_customer(claim: Claim, mail: InboundMail) -> bool:
    if mail.sender is None:
        return False
    return any(same_address(mail.sender.address, one) for one in (claim.customer, *claim.admitted))


def _address_tokens(mail: InboundMail, shop: Shop) -> tuple[str, ...]:
    found = (plus_token(one.address, shop.address) for one in (*mail.to, *mail.cc))
    return tuple(token.lower() for token in found if token)


def _same_matter(claim: Claim, understood: Understood) -> bool:
    """Whether a mail that refers to nothing is about this claim: no other order, no other product."""
    named = set(understood.order_numbers)
    known = {*claim.order_numbers, *claim.unknown_order_numbers}
    if named and claim.order_numbers and not named & known:
        return False
    skus = {product.sku for product in understood.products if product.sku}
    held = {item.sku for item in claim.items if item.sku}
    if skus and held and not skus & held:
        return False
    if understood.kind is MailKind.RETURN_REQUEST:
        # A new story needs something that ties it to the old one; two silent mails may be two faults.
        return bool(named & known) and (bool(skus & held) or not skus or not held)
    if understood.kind is MailKind.OTHER_INQUIRY:
        return bool(named & known)
    return True


def as_customer(mail: InboundMail, shop: Shop) -> InboundMail:
    """A contact form's mail as the customer's own: the Reply-To is who wrote (CONTRACTS, `[[forms]]`).

    Only with dmarc=pass from our own authserv-id; every other mail stays as it is.
    """
    if mail.sender is None or len(mail.reply_to) != 1:
        return mail
    if identity(mail.sender.address) not in shop.form_addresses:
        return mail
    if dmarc_of(mail, shop.authserv_id, mail.sender.address.rpartition("@")[2]) != "pass":
        return mail
    customer = mail.reply_to[0]
    return replace(
        mail,
        sender=customer,
        from_as_written=(customer,),
        silent=why_unanswerable(customer, [shop.address]),
        automatic="",
        kind_hint="",
        through_form=True,
    )

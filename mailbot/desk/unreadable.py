"""The acknowledgement of a mail that has a sender and nothing else that can be read."""

from datetime import datetime

from mailbot.claims.claim import Claim
from mailbot.desk.desk import Desk
from mailbot.desk.sender import addresses_proven_by
from mailbot.desk.store import Transaction
from mailbot.desk.write import Wording, with_thread_of, write_to_customer
from mailbot.letters.letter import LetterName
from mailbot.mail.addresses import identity
from mailbot.mail.inbound import Address, InboundMail

ALREADY_TOLD = "its sender was told before"


def acknowledge_unreadable(
    desk: Desk, tx: Transaction, sender: Address, mail: InboundMail, *, key: str, at: datetime, mail_id: int
) -> str:
    """Tell the sender, from the template alone, that the mail arrived and could not be read; "" or why not.

    A mail that was tried again and failed again is acknowledged once.
    """
    if tx.letter(key) is not None:
        return ALREADY_TOLD
    address = identity(sender.address)
    # A letter of no claim: the value carries the address and the thread and is never stored.
    nobody = Claim(
        customer=address,
        language=desk.shop.default_language,
        first_contact_at=at,
        updated_at=at,
        proven=bool(addresses_proven_by(tx, mail, desk.shop)) or tx.is_proven(address),
    )
    nobody = with_thread_of(nobody, subject=mail.subject, message_id=mail.message_id, references=mail.references)
    return write_to_customer(
        desk, tx, nobody, (), None, Wording(name=LetterName.UNREADABLE), key=key, at=at, mail_id=mail_id
    )

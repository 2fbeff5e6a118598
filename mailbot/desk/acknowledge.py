"""Step 8 of the path, second half: the mailbox is flagged and tidied last. Cosmetic, idempotent, never read back as
truth.
"""

from mailbot.desk.desk import Desk
from mailbot.desk.ports import Mailbox
from mailbot.desk.rows import InboxState

_AT_ONCE = 200


def acknowledge_handled(desk: Desk, mailbox: Mailbox, name: str) -> int:
    """Flag and move what was handled or quarantined; returns how many. Raises MailboxError; the next pass goes on."""
    with desk.store.reading() as tx:
        cursor = tx.cursor(name)
        waiting = tx.unacknowledged(name, cursor.uidvalidity, _AT_ONCE) if cursor else ()
    for kept in waiting:
        mailbox.acknowledge(kept.uid, handled=kept.state is InboxState.HANDLED)
    if waiting:
        with desk.store.transaction() as tx:
            tx.mark_acknowledged([kept.id for kept in waiting])
        desk.step("acknowledged")
    return len(waiting)

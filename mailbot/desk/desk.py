"""The desk: everything a use case works with, joined in `bootstrap`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from mailbot.desk.ports import BlobStore
from mailbot.desk.put_off import PutOff
from mailbot.desk.shop import Shop
from mailbot.desk.store import Store
from mailbot.desk.unwritten import Unwritten
from mailbot.letters.render import Letters
from mailbot.media.opening import Opener
from mailbot.reading.knowledge import Knowledge
from mailbot.reading.read import Reader


def walk_on(_step: str) -> None:
    """Between two steps nothing happens, unless somebody watches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What the use cases share. `letters` gives the templates that are live now, `clock` the time (aware).

    `holder` names this process in leases; `unreleased` and `unsettled` hold what its two threads could not write down
    about the mail and the letter in hand. `put_off` says which mails the next
    ones do not wait for. `step` is called with the name of each step of a mail's path once it is done:
    tests stop the process there, the bench reads its watch there.
    """

    shop: Shop
    store: Store
    blobs: BlobStore
    knowledge: Knowledge
    reader: Reader
    opener: Opener
    letters: Callable[[], Letters]
    clock: Callable[[], datetime]
    holder: str
    step: Callable[[str], None] = walk_on
    unreleased: Unwritten = field(default_factory=Unwritten)
    unsettled: Unwritten = field(default_factory=Unwritten)
    put_off: PutOff = field(default_factory=PutOff)

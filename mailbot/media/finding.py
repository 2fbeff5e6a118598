"""What inspection says of one attachment."""

from dataclasses import dataclass
from typing import Literal

from mailbot.claims.words import Proof, Unusable

Media = Literal["photo", "video", "document", "other"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One attachment after inspection, in the order of the mail (those inside an archive in its place).

    `shows` are the proofs it stands for and `signals` the reasons in words for that ("file name says 'back'");
    `provisional` where only their number let it fill an open proof. `width`/`height` in pixels, None unless a photo.
    """

    filename: str
    content_type: str
    size: int
    sha256: str
    media: Media
    role: Literal["evidence", "ignored"]
    usable: bool
    shows: tuple[Proof, ...] = ()
    reasons: tuple[Unusable, ...] = ()
    signals: tuple[str, ...] = ()
    provisional: bool = False
    hazard: bool = False
    width: int | None = None
    height: int | None = None

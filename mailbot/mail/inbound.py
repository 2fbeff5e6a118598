"""What a mail is once it is parsed: frozen values, cleaned once, at this edge."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """A display name and an addr-spec; the address is the identity, the name never is (ATTACKS A12)."""

    name: str
    address: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """A file that came with a mail, as declared and as it is.

    `filename` is cleaned for display (no controls, no bidi marks, no path); it is never used as a path. `inline` where
    the disposition says so or a Content-ID is referred to by the HTML. `label` is what a text near it says of it
    (Content-Description), "" if nothing. `content` holds the decoded bytes; `None` for a file that was not fetched
    because the message was over the limit (`size` is then what the server said).
    """

    filename: str
    content_type: str
    content: bytes | None
    size: int
    inline: bool = False
    content_id: str = ""
    label: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TypedAnswer:
    """An answer typed into a quotation, and the quoted line that it stands behind or under.

    `line` is the number of the answer's own line in the mail's text, from 0.
    """

    to: str
    answer: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryStatus:
    """One recipient of a delivery report (RFC 3464 section 2.3)."""

    recipient: str
    action: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationResult:
    """One `method=result` of an Authentication-Results header (RFC 8601), properties by `ptype.property`."""

    method: str
    result: str
    properties: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthenticationResults:
    """The topmost Authentication-Results header; `authserv_id` "" where it names none (Microsoft 365)."""

    authserv_id: str
    results: tuple[AuthenticationResult, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InboundMail:
    """A parsed mail. Every string is free of CR, LF, NUL and other controls; texts keep their line feeds.

    `sender` is None unless there is exactly one From with exactly one address and both parsers agree on it.
    `from_as_written` is what may be shown. `text` is the whole text, decoded; `html_text` the visible text of the HTML
    part where there is one (""), `text_part` the text/plain part (""): they differ only where a sender made them
    differ. `automatic` says why the mail counts as automatic ("" if it does not); `silent` why it may not be answered
    ("" if it may). `defects` name ambiguous structures (ATTACKS A10). `unreadable` says why nothing at all could be
    read ("" if it could). `through_form` tells that `sender` was typed into a contact form of ours: a mail can be
    answered to it, and nothing is proven of it. `typed` are answers typed into a quotation, behind its lines or under
    lines without marks: where `reply_text` has such an answer it is one, elsewhere the writer's own text looks like it.
    """

    message_id: str
    sender: Address | None
    from_as_written: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    subject: str
    date: datetime | None
    in_reply_to: str
    references: tuple[str, ...]
    text: str
    text_part: str
    html_text: str
    reply_text: str
    attachments: tuple[Attachment, ...] = ()
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    authentication: AuthenticationResults | None = None
    automatic: str = ""
    silent: str = ""
    kind_hint: str = ""
    delivery_statuses: tuple[DeliveryStatus, ...] = ()
    bounced_recipients: tuple[str, ...] = ()
    original_message_id: str = ""
    through_form: bool = False
    forwarded: bool = False
    forwarded_from: Address | None = None
    own_reference: str = ""
    typed: tuple[TypedAnswer, ...] = ()
    defects: tuple[str, ...] = ()
    unreadable: str = ""
    content_key: str = ""

    def header(self, name: str) -> str:
        """The first value of a header field, "" where the mail has none."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

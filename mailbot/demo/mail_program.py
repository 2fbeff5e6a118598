"""A person's mail program: sends over SMTP, reads over IMAP, and answers as mail programs do, quoting below."""

import smtplib
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr, make_msgid, parsedate_to_datetime
from types import TracebackType
from typing import Self

from imapclient import IMAPClient

from mailbot.demo.pictures import Picture
from mailbot.demo.shop import PASSWORD, Person

_TIMEOUT_SECONDS = 15.0
_LOOK_EVERY_SECONDS = 0.05

_QUOTED = {"en": "On {when}, {whom} wrote:", "de": "Am {when} schrieb {whom}:"}


class NoMailCame(Exception):
    """What a person waited for did not arrive; the text says who waited and for how long."""


class MailProgram:
    """One person's account at the demo's servers. A context manager that signs out at its end."""

    def __init__(self, person: Person, *, host: str, imap_port: int, smtp_port: int) -> None:
        self.person = person
        self._host = host
        self._smtp_port = smtp_port
        self._imap = IMAPClient(host, port=imap_port, ssl=False, timeout=_TIMEOUT_SECONDS)
        self._imap.login(person.address, PASSWORD)
        self._imap.select_folder("INBOX", readonly=True)
        self._read_up_to = 0
        self._unread: list[EmailMessage] = []

    def write(
        self,
        to: str,
        subject: str,
        text: str,
        files: Sequence[Picture] = (),
        *,
        headers: Mapping[str, str] | None = None,
        signed_in: bool = True,
    ) -> EmailMessage:
        """Send a new mail; `signed_in` False sends it as anybody could who only claims to be this person."""
        mail = EmailMessage(policy=SMTP)
        mail["From"] = formataddr((self.person.name, self.person.address))
        mail["To"] = to
        mail["Subject"] = subject
        mail["Date"] = format_datetime(datetime.now(UTC))
        mail["Message-ID"] = make_msgid(domain=self.person.address.partition("@")[2])
        for name, value in (headers or {}).items():
            mail[name] = value
        mail.set_content(text)
        for file in files:
            maintype, _, subtype = file.content_type.partition("/")
            mail.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.filename)
        with smtplib.SMTP(self._host, self._smtp_port, timeout=_TIMEOUT_SECONDS) as server:
            if signed_in:
                server.login(self.person.address, PASSWORD)
            server.send_message(mail, from_addr=self.person.address, to_addrs=[to])
        return mail

    def answer(
        self,
        letter: EmailMessage,
        text: str,
        files: Sequence[Picture] = (),
        *,
        headers: Mapping[str, str] | None = None,
    ) -> EmailMessage:
        """Send an answer to a letter: to its Reply-To, in its thread (RFC 5322 section 3.6.4), quoting below."""
        subject = str(letter["Subject"])
        reply = "AW" if self.person.language == "de" else "Re"
        message_id = str(letter["Message-ID"])
        references = f"{letter.get('References', '')} {message_id}".strip()
        return self.write(
            str(letter["Reply-To"] or letter["From"]),
            subject if subject.lower().startswith(("re:", "aw:")) else f"{reply}: {subject}",
            f"{text}\n\n{self._quotation(letter)}",
            files,
            headers={"In-Reply-To": message_id, "References": references, **(headers or {})},
        )

    def wait_for(self, fits: Callable[[EmailMessage], bool]) -> EmailMessage:
        """The oldest mail not waited for yet that fits; those that don't stay for a later wait. Raises NoMailCame."""
        give_up_at = time.monotonic() + _TIMEOUT_SECONDS
        while time.monotonic() < give_up_at:
            self._look()
            for mail in self._unread:
                if fits(mail):
                    self._unread.remove(mail)
                    return mail
            time.sleep(_LOOK_EVERY_SECONDS)
        raise NoMailCame(f"{self.person.name} waited {_TIMEOUT_SECONDS:.0f} seconds for a mail, and none came")

    def _look(self) -> None:
        # Servers announce new mail with the answer to any command (RFC 9051 section 5.2).
        self._imap.noop()
        # `n:*` names the last mail even where it is older than n (RFC 9051 section 9).
        new = sorted(uid for uid in self._imap.search(f"UID {self._read_up_to + 1}:*") if uid > self._read_up_to)
        if not new:
            return
        fetched = self._imap.fetch(new, ["BODY.PEEK[]"])
        for uid in new:
            mail = message_from_bytes(fetched[uid][b"BODY[]"], policy=SMTP)
            assert isinstance(mail, EmailMessage)
            self._unread.append(mail)
        self._read_up_to = new[-1]

    def _quotation(self, letter: EmailMessage) -> str:
        body = letter.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        when = parsedate_to_datetime(str(letter["Date"]))
        said = f"{when:%d.%m.%Y um %H:%M}" if self.person.language == "de" else f"{when:%d %b %Y at %H:%M}"
        attribution = _QUOTED[self.person.language].format(when=said, whom=letter["From"])
        return "\n".join([attribution, *(f"> {line}".rstrip() for line in text.splitlines())])

    def close(self) -> None:
        """Sign out."""
        self._imap.logout()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

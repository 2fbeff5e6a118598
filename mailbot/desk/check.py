"""The use case `check`: everything the configuration names is tried, and each thing is told in a line.

A trial asks one port, never raises for what a person has to mend, and says how to mend it. Only `probe` sends mail.
"""

import re
import secrets
import time
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address
from typing import Protocol

from mailbot.claims.orders import Product
from mailbot.desk.desk import Desk
from mailbot.desk.once import Servers
from mailbot.desk.ports import (
    BlobStore,
    DeliveryError,
    Envelope,
    Mailbox,
    MailboxError,
    SentFolder,
    Transport,
)
from mailbot.desk.send import KEEPS_SENT_COPIES
from mailbot.desk.sender import dmarc_passes
from mailbot.desk.shop import Agent, Shop
from mailbot.desk.store import Store, StoreUnavailable
from mailbot.desk.write import shop_view
from mailbot.letters.check import TemplateProblem
from mailbot.letters.letter import AgentView, LetterFacts, LetterName
from mailbot.letters.template import TemplateError
from mailbot.mail.addresses import with_plus
from mailbot.mail.authenticity import read_results, same_authserv_id
from mailbot.mail.compose import compose
from mailbot.mail.inbound import Address, InboundMail
from mailbot.mail.parse import parse

PLUS_ADDRESSES_ARRIVE = "plus_addresses"
"""The mark that says whether a probe has come back by a plus address."""

_LAST_CHECK = "last_check"
_PROBE = b"mailbot check: this file shows that the store can be written and read.\n"
_LARGEST_PROBE = 200_000
"""Bytes; a larger mail that arrives meanwhile is no probe of ours and is not fetched."""

_REFERENCE = re.compile(rb"(?im)^X-Mailbot-Ref:[ \t]*(\S{1,200})")


class Grade(StrEnum):
    """How a trial ended: well, with something to know, or with something that must be mended."""

    OK = "ok"
    NOTE = "note"
    MEND = "mend"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing that was tried: what, how it ended, and for what must be mended also how."""

    what: str
    grade: Grade
    says: str
    how: str = ""


class ShopFiles(Protocol):
    """The shop's orders and products as they lie there now."""

    @property
    def problem(self) -> str | None:
        """What is wrong with the files, a line each; None where nothing is."""
        ...

    @property
    def order_count(self) -> int:
        """How many orders there are."""
        ...

    def products(self) -> Sequence[Product]: ...


class Submission(Protocol):
    """The server that takes our letters, asked without giving it one."""

    def sign_in(self) -> None:
        """Connect, sign in and do nothing (NOOP); raises one of DeliveryError's kinds."""
        ...


def ok(what: str, says: str) -> Line:
    """A line for what is as it should be."""
    return Line(what=what, grade=Grade.OK, says=says)


def note(what: str, says: str, how: str = "") -> Line:
    """A line for what works, and is worth knowing."""
    return Line(what=what, grade=Grade.NOTE, says=says, how=how)


def mend(what: str, says: str, how: str = "") -> Line:
    """A line for what has to be mended."""
    return Line(what=what, grade=Grade.MEND, says=says, how=how)


# -- what needs no mail server ---------------------------------------------------------------------------------------


def try_database(store: Store, *, at: datetime) -> Line:
    """Write a mark and read it back."""
    written = at.isoformat()
    try:
        with store.transaction() as tx:
            tx.set_mark(_LAST_CHECK, written)
        with store.reading() as tx:
            read = tx.mark(_LAST_CHECK)
    except StoreUnavailable as error:
        return mend("database", str(error))
    if read != written:
        return mend("database", "what was written was not there when it was read", "restore a backup")
    return ok("database", "can be written and read, and has the form that this version needs")


def try_blobs(blobs: BlobStore) -> Line:
    """Store a small file and read it back."""
    try:
        same = blobs.get(blobs.put(_PROBE)) == _PROBE
    except (StoreUnavailable, KeyError) as error:
        return mend("attachments", str(error), "change [attachments] url, or let mailbot write to that folder")
    if not same:
        return mend("attachments", "a file that was stored came back changed", "the disk may be failing")
    return ok("attachments", "can be written and read")


def look_at_files(files: ShopFiles, *, has_orders: bool, has_catalog: bool) -> Iterator[Line]:
    """Whether the shop's files can be read, and how much is in them."""
    for problem in (files.problem or "").splitlines():
        yield mend("orders", problem)
    if not has_orders:
        yield note(
            "orders", "none are configured: every claim goes to a person", "name your orders.csv in [orders] path"
        )
    elif not files.problem:
        yield ok("orders", f"{files.order_count} orders")
    if not has_catalog:
        yield note(
            "catalogue",
            "none is configured: products are known only by the words of the mail",
            "name your catalog.csv in [orders] catalog",
        )
    elif not files.problem:
        yield ok("catalogue", f"{len(files.products())} products")


def look_at_templates(
    problems: Sequence[TemplateProblem], *, letters_in: Collection[str], wanted: Sequence[str], default: str
) -> Iterator[Line]:
    """What the check of the templates found, and languages without any."""
    for problem in problems:
        yield mend("templates", str(problem))
    if not problems:
        yield ok("templates", f"letters in {', '.join(sorted(letters_in))}")
    for language in wanted:
        if language not in letters_in:
            yield note(
                "templates",
                f"there are no letters in {language!r}: these customers get them in {default!r}",
                f"write them in a folder {language} of [templates] path, or take {language!r} out of shop.languages",
            )


def look_at_shop(shop: Shop) -> Iterator[Line]:
    """What is missing although it may be left out: where parcels go, who decides, how agents prove themselves."""
    if shop.return_address:
        yield ok("return address", ", ".join(shop.return_address))
    else:
        yield mend(
            "return address",
            "is empty: letters could not say where a parcel goes",
            "write it line by line into [shop] return_address",
        )
    if not shop.agents:
        yield mend(
            "agents", "there are none: nobody hears of claims that need a person", "add an [[agents]] with an address"
        )
        return
    yield ok("agents", ", ".join(agent.address for agent in shop.agents))
    if shop.require == "token":
        yield note(
            "agents' proof",
            "none is asked for: whoever gets hold of a notification can command with it",
            'set [agent_mail] require = "both" and trusted_authserv_id',
        )
    elif not shop.authserv_id:
        yield mend(
            "agents' proof",
            "no server is trusted to prove a sender, so that commands by mail cannot work",
            "look at the source of a mail in your inbox: the first word after Authentication-Results: is what "
            "[agent_mail] trusted_authserv_id must name",
        )
    else:
        yield ok("agents' proof", f"what {shop.authserv_id} writes about a mail; --send tries it")


def look_at_security(what: str, *, host: str, security: str) -> Iterator[Line]:
    """Whether passwords and mails would travel unprotected."""
    if security == "none" and not _is_this_machine(host):
        yield mend(
            what,
            f"the password and every mail travel unprotected to {host}",
            f'set [{what}] security = "tls" or "starttls"; "none" is for this machine alone',
        )


def _is_this_machine(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


# -- the mail servers, without sending -------------------------------------------------------------------------------


def try_mailbox(mailbox: Mailbox, *, folder: str, processed_folder: str | None) -> Iterator[Line]:
    """Sign in, open the folder, tell what the server can do."""
    try:
        state = mailbox.open()
    except MailboxError as error:
        yield mend("imap", str(error), "look at [imap] host, port, security, username, password and folder")
        return
    yield ok("imap", f"signed in, {folder} can be read and written")
    if state.can_idle:
        yield ok("imap", "tells of new mail at once (IDLE)")
    else:
        yield note("imap", "is asked for new mail again and again: it offers no IDLE, or [imap] idle is off")
    if not state.keywords_allowed:
        yield note("imap", "takes no keywords: handled mail is marked as read alone")
    if processed_folder is None:
        yield note("imap", "handled mail stays where it is, marked as read ([imap] processed_folder would move it)")
    elif state.can_move:
        yield ok("imap", f"handled mail moves to {processed_folder}, which is made when it is missing")
    else:
        yield note("imap", f"handled mail is copied to {processed_folder} and deleted: the server offers no MOVE")


def try_submission(submission: Submission) -> Line:
    """Connect and sign in where letters are handed over."""
    try:
        submission.sign_in()
    except DeliveryError as error:
        return mend("smtp", str(error), "look at [smtp] host, port, security, username and password")
    return ok("smtp", "signed in; nothing was sent")


# -- with --send -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class _Probe:
    """A mail of ours that is looked for when it comes back."""

    recipient: str
    message_id: str
    reference: str
    raw: bytes


def probe(
    desk: Desk,
    servers: Servers,
    *,
    seconds: float = 60.0,
    reply_seconds: float = 0.0,
    steady: Callable[[], float] = time.monotonic,
) -> Iterator[Line]:
    """Send probes to the shop's own address and a mail to each agent, and tell what came back and how.

    Keeps what is learned: whether plus addresses arrive, whether the account keeps copies. Waits `seconds` for the
    probes and, where it is not 0, `reply_seconds` more for agents' answers.
    """
    code = secrets.token_hex(8)
    plain = _probe_to(desk, desk.shop.address, code)
    plus = _probe_to(desk, with_plus(desk.shop.address, f"check-{code}"), f"plus{code}")
    try:
        after = servers.mailbox.open().uidnext - 1
    except MailboxError as error:
        yield mend("probe", f"not sent, since the mailbox cannot be opened: {error}")
        return
    sent = []
    for one in (plain, plus):
        refused = _send(servers.transport, desk.shop, one.recipient, one.raw)
        if refused is None:
            sent.append(one)
        elif one is plain:
            yield mend("probe", f"the shop's own address takes no mail: {refused}", "look at [shop] address and [smtp]")
            return
    asked = yield from _ask_agents(desk, servers.transport, code)
    inbox = _Inbox(servers.mailbox, desk.shop, after, steady)
    try:
        arrived = inbox.wait_for([one.reference for one in sent], seconds)
        yield from _tell_arrival(desk, plain, arrived.get(plain.reference), code, seconds)
        yield from _tell_plus(desk, arrived=plus.reference in arrived)
        yield _tell_copies(desk, servers, plain)
        if reply_seconds and asked:
            yield from _tell_replies(desk, inbox, asked, reply_seconds)
    except MailboxError as error:
        yield mend("probe", f"the mailbox could not be watched: {error}", "try again")


def _probe_to(desk: Desk, recipient: str, reference: str) -> _Probe:
    shop = desk.shop
    message_id = f"<check-{reference}@{shop.domain}>"
    raw = compose(
        sender=Address(name=shop.name, address=shop.address),
        recipient=Address(name="", address=recipient),
        subject=f"mailbot check {reference}",
        text="`mailbot check --send` wrote this to see how letters arrive. It may be deleted.",
        html="",
        message_id=message_id,
        reference=reference,
        date=desk.clock().astimezone(shop.timezone),
        auto_submitted="auto-generated",
    )
    if shop.authserv_id:
        # What a stranger would write to pass for proven (ATTACKS A24); the domain can belong to nobody (RFC 2606).
        forged = f"Authentication-Results: {shop.authserv_id}; dmarc=pass header.from={reference}.invalid\r\n"
        raw = forged.encode("ascii", "replace") + raw
    return _Probe(recipient=recipient, message_id=message_id, reference=reference, raw=raw)


def _send(transport: Transport, shop: Shop, recipient: str, raw: bytes) -> str | None:
    """None once the server has taken it, otherwise what it said."""
    try:
        transport.send(Envelope(sender=shop.address, recipient=recipient), raw)
    except DeliveryError as error:
        return str(error)
    return None


def _ask_agents(desk: Desk, transport: Transport, code: str) -> Generator[Line, None, dict[str, Agent]]:
    """Mail each agent and ask for an answer; returns the agents asked, by the Message-ID of their mail."""
    asked: dict[str, Agent] = {}
    for place, agent in enumerate(desk.shop.agents):
        reference = f"agent{place}-{code}"
        message_id = f"<check-{reference}@{desk.shop.domain}>"
        try:
            raw = _agent_mail(desk, agent, message_id, reference)
        except TemplateError as error:
            yield mend("agents' mail", f"the letter agent_alarm cannot be written: {error}")
            return asked
        refused = _send(transport, desk.shop, agent.address, raw)
        if refused is None:
            asked[message_id] = agent
            yield ok("agents' mail", f"a test went to {agent.address}, who is asked to reply")
        else:
            yield mend("agents' mail", f"{agent.address} cannot be written to: {refused}", "look at that [[agents]]")
    return asked


def _agent_mail(desk: Desk, agent: Agent, message_id: str, reference: str) -> bytes:
    text = (
        "This is a test of `mailbot check --send`: nothing has happened. Please reply to this mail with any word. "
        "The reply shows whether your mail server proves who you are, which commands by mail need."
    )
    language = next(iter(agent.languages), desk.shop.default_language)
    facts = LetterFacts(
        letter=LetterName.AGENT_ALARM,
        language=language,
        shop=shop_view(desk),
        agent=AgentView(name=agent.name, alarm=text),
    )
    rendered = desk.letters().render(facts)
    return compose(
        sender=Address(name=desk.shop.name, address=desk.shop.address),
        recipient=Address(name=agent.name, address=agent.address),
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        message_id=message_id,
        reference=reference,
        date=desk.clock().astimezone(desk.shop.timezone),
        auto_submitted="auto-generated",
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Arrived:
    """A mail as it arrived. `reference` is its X-Mailbot-Ref, which parsing takes out of what a stranger sends."""

    uid: int
    mail: InboundMail
    reference: str


class _Inbox:
    """The mailbox from the moment before the probes were sent."""

    def __init__(self, mailbox: Mailbox, shop: Shop, after: int, steady: Callable[[], float]) -> None:
        self._mailbox = mailbox
        self._shop = shop
        self._after = after
        self._steady = steady

    def arrivals(self, seconds: float) -> Iterator[_Arrived]:
        """Small mails as they arrive, until the time is over or nobody asks for more."""
        until = self._steady() + seconds
        while True:
            for one in self._mailbox.summaries(self._mailbox.uids_above(self._after)):
                self._after = max(self._after, one.uid)
                raw = self._mailbox.fetch(one.uid) if one.size <= _LARGEST_PROBE else None
                if raw is not None:
                    found = _REFERENCE.search(raw.partition(b"\r\n\r\n")[0])
                    yield _Arrived(
                        uid=one.uid,
                        mail=parse(raw, own_authserv_id=self._shop.authserv_id),
                        reference=found[1].decode("ascii", "replace") if found else "",
                    )
            left = until - self._steady()
            if left <= 0:
                return
            self._mailbox.wait(min(left, 5.0))

    def wait_for(self, probes: Collection[str], seconds: float) -> dict[str, _Arrived]:
        """The probes that arrived, by their reference; each is put away as a handled mail."""
        found: dict[str, _Arrived] = {}
        for arrived in self.arrivals(seconds):
            # Also by the subject: a relay may have taken the reference out.
            named = {arrived.reference, *arrived.mail.subject.split()}
            reference = next((one for one in probes if one in named), None)
            if reference is not None:
                found[reference] = arrived
                self._mailbox.acknowledge(arrived.uid, handled=True)
            if len(found) == len(probes):
                break
        return found


def _tell_arrival(desk: Desk, sent: _Probe, arrived: _Arrived | None, code: str, seconds: float) -> Iterator[Line]:
    if arrived is None:
        yield mend(
            "probe",
            f"a mail to {sent.recipient} did not arrive within {seconds:.0f} seconds",
            "look whether [imap] reads the mailbox of [shop] address, and into its spam folder; a running mailbot may "
            "have moved it to processed_folder before it was seen: stop that for the check",
        )
        return
    yield ok("probe", f"a mail to {sent.recipient} arrived")
    kept_id = arrived.mail.message_id == sent.message_id
    kept_reference = arrived.reference == sent.reference
    if kept_id:
        yield ok("Message-ID", "arrives as it was sent")
    elif kept_reference:
        yield note(
            "Message-ID", "is rewritten on the way; bounces and answers are known by X-Mailbot-Ref and the subject"
        )
    else:
        yield mend(
            "Message-ID",
            "is rewritten on the way, and X-Mailbot-Ref is taken out: bounces and answers could not be told apart",
            "submit letters to a server that leaves these headers alone",
        )
    if desk.shop.authserv_id:
        yield _tell_forgery(desk.shop, arrived.mail, code)


def _tell_forgery(shop: Shop, arrived: InboundMail, code: str) -> Line:
    results = [value for name, value in arrived.headers if name.lower() == "authentication-results"]
    ours = [value for value in results if same_authserv_id(read_results(value).authserv_id, shop.authserv_id)]
    if not any(f"{code}.invalid" in value for value in ours):
        return ok("forged proof", f"the server takes a forged result of {shop.authserv_id} out")
    how = (
        f"let the mail server remove Authentication-Results that come in as {shop.authserv_id} (RFC 8601 section 5), "
        "and see that it adds its own to every mail from outside: the topmost one counts"
    )
    says = f"a forged result of {shop.authserv_id} stays in a mail that the shop sends to itself"
    return mend("forged proof", says, how) if shop.require == "proof" else note("forged proof", says, how)


def _tell_plus(desk: Desk, *, arrived: bool) -> Iterator[Line]:
    with desk.store.transaction() as tx:
        tx.set_mark(PLUS_ADDRESSES_ARRIVE, arrived)
    address = with_plus(desk.shop.address, "…")
    if arrived:
        yield ok("plus addresses", f"mail to {address} arrives; answers are known by it")
    elif desk.shop.plus_addresses:
        yield mend(
            "plus addresses",
            f"mail to {address} does not arrive, but the configuration or an earlier check says that it does",
            'set [shop] plus_addresses = "auto", or let the mail server deliver such addresses',
        )
    else:
        yield note("plus addresses", f"mail to {address} does not arrive; answers are known by their references alone")


def _tell_copies(desk: Desk, servers: Servers, sent: _Probe) -> Line:
    found = _copy_of(servers.sent, sent, desk)
    with desk.store.transaction() as tx:
        tx.set_mark(KEEPS_SENT_COPIES, bool(found))
    if servers.keeps_copies is True and not found:
        return mend(
            "sent copies",
            "none lies in the Sent folder, but [smtp] keeps_sent_copies = true says there should",
            'set it to "auto": otherwise a letter that did arrive could be sent twice',
        )
    if found:
        return ok("sent copies", "the server keeps one: a letter of uncertain fate can be looked up")
    why = "there is no Sent folder" if found is None else "the server keeps none"
    return note("sent copies", f"{why}: after a broken connection a decision may be sent twice, never lost")


def _copy_of(folder: SentFolder | None, sent: _Probe, desk: Desk) -> bool | None:
    if folder is None:
        return None
    return folder.holds(message_id=sent.message_id, reference=sent.reference, sent_on=desk.shop.day_of(desk.clock()))


def _tell_replies(desk: Desk, inbox: _Inbox, asked: dict[str, Agent], seconds: float) -> Iterator[Line]:
    waiting = dict(asked)
    for arrived in inbox.arrivals(seconds):
        mail = arrived.mail
        answered = next((one for one in (mail.in_reply_to, *mail.references) if one in waiting), None)
        if answered is None:
            continue
        yield _tell_reply(desk.shop, waiting.pop(answered), mail)
        if not waiting:
            return
    for agent in waiting.values():
        yield note("agents' proof", f"{agent.address} has not replied within {seconds:.0f} seconds")


def _tell_reply(shop: Shop, agent: Agent, mail: InboundMail) -> Line:
    if mail.sender is None or shop.agent(mail.sender.address) is not agent:
        return mend(
            "agents' proof", f"the reply of {agent.address} came from another address", "name that in [[agents]]"
        )
    if dmarc_passes(mail, shop):
        return ok("agents' proof", f"the reply of {agent.address} bears dmarc=pass: commands by mail work")
    named = mail.authentication.authserv_id if mail.authentication else ""
    says = f"the reply of {agent.address} bears no dmarc=pass of {shop.authserv_id or '(no trusted server)'}"
    if named and not same_authserv_id(named, shop.authserv_id):
        return mend("agents' proof", says, f"your mail server calls itself {named!r}: [agent_mail] trusted_authserv_id")
    return mend("agents' proof", says, "publish a DMARC record for the agent's domain, or let agents use `claims do`")

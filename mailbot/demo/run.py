"""The demo from its start to its end: servers, the ordinary daemon on top of them, and people who write."""

import logging
import signal
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog
from rich.console import RenderableType

from mailbot.bootstrap import Assembled
from mailbot.daemon import Daemon
from mailbot.demo import instructions
from mailbot.demo.conversations import CONVERSATIONS, NEWSLETTER, Cast, ClaimEnds, Conversation, NobodyAnswers
from mailbot.demo.mail_program import NoMailCame
from mailbot.demo.records import NotAtRest, Records
from mailbot.demo.screen import Screen
from mailbot.demo.servers import AcceptedMail, EmbeddedServers, mail_servers
from mailbot.demo.shop import CUSTOMERS, MIA, PASSWORD, SHOP, TIMEZONE, configuration, write_shop_files
from mailbot.letters.letter import LetterName
from mailbot.log import set_up
from mailbot.mail.parse import parse as parse_mail
from mailbot.settings import parse as parse_settings

IMAP_PORT = 1143
SMTP_PORT = 2525
_LOOK_EVERY_SECONDS = 0.2
_LINES_SHOWN_AGAIN = 12


def play(*, once: bool, conversations: Sequence[Conversation] = CONVERSATIONS) -> int:
    """Play the sample conversations and print them; stay open for one's own mail afterwards unless `once`.

    Returns 0 where every conversation came out as it should, 1 where one did not or the daemon failed.
    """
    screen = Screen()
    with tempfile.TemporaryDirectory(prefix="mailbot-demo-") as name, _interruptible():
        folder = Path(name)
        log = folder / "mailbot.log"
        try:
            with _logs_in(log):
                all_right = _run(folder, screen, conversations, once=once)
        except KeyboardInterrupt:
            screen.say("", "The demo was interrupted.")
            return 1
        if not all_right:
            screen.say("", "The end of mailbot's log:", *log.read_text(encoding="utf-8").splitlines()[-20:])
        return 0 if all_right else 1


def _run(folder: Path, screen: Screen, conversations: Sequence[Conversation], *, once: bool) -> bool:
    """Everything between an empty folder and the end; whether it came out as it should."""
    onlooker = _Onlooker(screen)
    accounts = {one.address: PASSWORD for one in (SHOP, MIA, NEWSLETTER, *CUSTOMERS)}
    # Known ports are for typing; who only looks on must not fail where something else listens on them.
    ports = {} if once else {"imap_port": IMAP_PORT, "smtp_port": SMTP_PORT}
    write_shop_files(folder, today=datetime.now(ZoneInfo(TIMEZONE)).date())
    instructions.write_pictures(folder)
    with (
        mail_servers(accounts, on_accept=onlooker.see, **ports) as servers,
        _desk(folder, servers) as assembled,
        _at_work(assembled) as work,
    ):
        onlooker.records = records = Records(assembled.store)
        screen.show(instructions.opening(servers))
        failures = _play_all(conversations, screen, servers, records)
        if not once:
            onlooker.cuts = False
            _stay_open(screen, instructions.how_to_write(servers, folder), records, work)
    if work.failure is not None:
        screen.say("", f"The daemon failed: {work.failure}", style="bold red")
    return not failures and work.failure is None


class _Onlooker:
    """Shows every mail that the server takes; of letters that were shown before only the beginning, while it `cuts`."""

    def __init__(self, screen: Screen) -> None:
        self.records: Records | None = None
        self.cuts = True
        self._screen = screen
        self._seen: set[tuple[str, str]] = set()

    def see(self, accepted: AcceptedMail) -> None:
        """Called by the server, in a thread of its own, for each mail it has accepted."""
        mail = parse_mail(accepted.raw)
        kind = self.records.kind_of_letter(mail.message_id) if self.records else None
        seen = kind is not None and kind in self._seen
        # Each notification tells another case; a transcript or a letter of the same kind mostly repeats itself.
        if kind is not None and kind[0] != LetterName.AGENT_NOTIFICATION.value:
            self._seen.add(kind)
        self._screen.mail(
            mail,
            accepted.recipients,
            signed_in=accepted.signed_in_as is not None,
            at_most=_LINES_SHOWN_AGAIN if seen and self.cuts else None,
        )


def _play_all(conversations: Sequence[Conversation], screen: Screen, servers: EmbeddedServers, records: Records) -> int:
    """Every conversation, up to the first that comes to a halt; returns how many did not come out as expected."""
    right = 0
    began = time.monotonic()
    with Cast(host=servers.host, imap_port=servers.imap_port, smtp_port=servers.smtp_port, records=records) as cast:
        for number, conversation in enumerate(conversations, start=1):
            screen.heading(number, conversation.title, conversation.about)
            try:
                problems = _played(conversation, cast, screen, records)
            except (NoMailCame, NotAtRest) as error:
                # Where nothing moves any more, each of the others would wait as long as this one did.
                screen.verdict([str(error)])
                break
            screen.verdict(problems)
            right += not problems
    seconds = time.monotonic() - began
    if conversations:
        screen.say("", f"{right} of {len(conversations)} conversations came out as expected, in {seconds:.1f} seconds.")
    return len(conversations) - right


def _played(conversation: Conversation, cast: Cast, screen: Screen, records: Records) -> list[str]:
    """Play one and print how it ended; what is not as expected, in words. Raises NoMailCame or NotAtRest at a halt."""
    mails = conversation.talk(cast)
    match conversation.ending:
        case ClaimEnds() as expected:
            return _claim_ended(expected, screen, records)
        case NobodyAnswers():
            return _stayed_silent([str(mail["Message-ID"]) for mail in mails], screen, records)


def _claim_ended(expected: ClaimEnds, screen: Screen, records: Records) -> list[str]:
    claim = records.claim_of(expected.customer.address)
    if claim is None:
        return [f"{expected.customer.name} has no claim"]
    rows = records.letters_at_rest(claim.number)
    claim = records.claim(claim.number) or claim
    screen.claim(claim, records.evidence(claim.number), records.history(claim.number))
    verdicts = [item.verdict for item in claim.items if item.verdict]
    rules = {one.rule.value if one.rule else None for one in verdicts}
    resolutions = {one.resolution for one in verdicts}
    letters = tuple(row.letter for row in rows if row.audience == "customer")
    compared = (
        ("status", expected.status.value, claim.status.value),
        ("rule", {expected.rule}, rules),
        ("resolution", {expected.resolution}, resolutions),
        ("letters", tuple(letter.value for letter in expected.letters), letters),
        ("language", expected.customer.language, claim.language),
    )
    return [f"{what} {found!r} instead of {wanted!r}" for what, wanted, found in compared if wanted != found]


def _stayed_silent(message_ids: Sequence[str], screen: Screen, records: Records) -> list[str]:
    problems = []
    for message_id in message_ids:
        mail = records.handled(message_id)
        screen.unanswered(mail)
        if records.letters_caused_by(mail):
            problems.append(f"“{mail.subject}” was answered")
        if mail.claim is not None:
            problems.append(f"“{mail.subject}” went into claim {mail.claim}")
    return problems


def _stay_open(screen: Screen, invitation: RenderableType, records: Records, work: "_Work") -> None:
    """Invite to write, and show what becomes of every further mail until Ctrl-C, or until the daemon ends."""
    try:
        last = len(records.handled_after(0))
        # Within the try: who reads this may press Ctrl-C at once.
        screen.show(invitation)
        while work.thread.is_alive():
            for mail in records.handled_after(last):
                last = mail.id
                if mail.claim is None:
                    screen.unanswered(mail)
                else:
                    _show_claim(mail.claim, screen, records)
            time.sleep(_LOOK_EVERY_SECONDS)
    except KeyboardInterrupt:
        screen.say("", "The demo ends; its mails and claims are gone.")


def _show_claim(number: int, screen: Screen, records: Records) -> None:
    try:
        records.letters_at_rest(number)
    except NotAtRest as error:
        screen.say(f"  {error}", style="bold red")
    if claim := records.claim(number):
        screen.claim(claim, records.evidence(number), records.history(number))


def _desk(folder: Path, servers: EmbeddedServers) -> Assembled:
    document = configuration(
        host=servers.host, imap_port=servers.imap_port, smtp_port=servers.smtp_port, authserv_id=servers.authserv_id
    )
    return Assembled(parse_settings(document, path=folder / "config.toml"))


class _Work:
    """The daemon in its thread; `failure` is what ended it before its time."""

    def __init__(self, daemon: Daemon) -> None:
        self.failure: Exception | None = None
        self.thread = threading.Thread(target=self._run, args=(daemon,), name="daemon", daemon=True)

    def _run(self, daemon: Daemon) -> None:
        try:
            daemon.run()
        except Exception as error:
            self.failure = error


@contextmanager
def _at_work(assembled: Assembled) -> Iterator[_Work]:
    daemon = Daemon(assembled)
    work = _Work(daemon)
    work.thread.start()
    try:
        yield work
    finally:
        daemon.stop()
        work.thread.join()


@contextmanager
def _interruptible() -> Iterator[None]:
    """A demo that is told to end (SIGTERM, a closed terminal) ends as with Ctrl-C, and leaves no folder behind."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ends = (signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(one, signal.default_int_handler) for one in ends]
    try:
        yield
    finally:
        for one, handler in zip(ends, before, strict=True):
            signal.signal(one, handler)


@contextmanager
def _logs_in(path: Path) -> Iterator[None]:
    """The daemon's log goes to a file: the screen is for the conversations."""
    before, heard_before = structlog.get_config(), list(logging.root.handlers)
    with path.open("a", encoding="utf-8") as target:
        set_up(all_of_it=True, stream=target, as_json=False)
        try:
            yield
        finally:
            structlog.configure(**before)
            logging.root.handlers[:] = heard_before

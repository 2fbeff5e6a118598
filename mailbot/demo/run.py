"""The demo from its start to its end: servers, the ordinary daemon on top of them, and people who write."""

import logging
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from mailbot.bootstrap import Assembled
from mailbot.daemon import Daemon
from mailbot.demo import instructions
from mailbot.demo.conversations import CONVERSATIONS, NEWSLETTER, Cast, ClaimEnds, Conversation, NobodyAnswers
from mailbot.demo.mail_program import NoMailCame
from mailbot.demo.records import NotAtRest, Records
from mailbot.demo.screen import Screen
from mailbot.demo.servers import AcceptedMail, EmbeddedServers, mail_servers
from mailbot.demo.shop import CUSTOMERS, MIA, PASSWORD, SHOP, TIMEZONE, configuration, write_shop_files
from mailbot.settings import parse

IMAP_PORT = 1143
SMTP_PORT = 2525
_LOOK_EVERY_SECONDS = 0.2


def play(*, once: bool) -> int:
    """Play the sample conversations and print them; stay open for one's own mail afterwards unless `once`.

    Returns 0 where every conversation came out as it should, 1 where one did not or the daemon failed.
    """
    screen = Screen()
    with tempfile.TemporaryDirectory(prefix="mailbot-demo-") as name, ExitStack() as open_things:
        folder = Path(name)
        open_things.enter_context(_logs_in(folder / "mailbot.log"))
        accounts = {one.address: PASSWORD for one in (SHOP, MIA, NEWSLETTER, *CUSTOMERS)}
        # Known ports are for typing; who only looks on must not fail where something else listens on them.
        ports = {} if once else {"imap_port": IMAP_PORT, "smtp_port": SMTP_PORT}

        def show(mail: AcceptedMail) -> None:
            screen.mail(mail.raw, mail.recipients)

        servers = open_things.enter_context(mail_servers(accounts, on_accept=show, **ports))
        instructions.write_pictures(folder)
        write_shop_files(folder, today=datetime.now(ZoneInfo(TIMEZONE)).date())
        assembled = open_things.enter_context(_desk(folder, servers))
        work = open_things.enter_context(_at_work(assembled))
        records = Records(assembled.store)
        screen.show(instructions.opening(servers))
        failures = _play_all(screen, servers, records)
        if not once:
            screen.show(instructions.how_to_write(servers, folder))
            _stay_open(screen, records, work)
        return 1 if failures or work.failure is not None else 0


def _play_all(screen: Screen, servers: EmbeddedServers, records: Records) -> int:
    """Every conversation; returns how many did not come out as expected."""
    failures = 0
    began = time.monotonic()
    with Cast(
        host=servers.host, imap_port=servers.imap_port, smtp_port=servers.smtp_port, records=records
    ) as cast:
        for number, conversation in enumerate(CONVERSATIONS, start=1):
            screen.heading(number, conversation.title, conversation.about)
            problems = _played(conversation, cast, screen, records)
            screen.verdict(problems)
            failures += bool(problems)
    seconds = time.monotonic() - began
    right = len(CONVERSATIONS) - failures
    screen.say("", f"{right} of {len(CONVERSATIONS)} conversations came out as expected, in {seconds:.1f} seconds.")
    return failures


def _played(conversation: Conversation, cast: Cast, screen: Screen, records: Records) -> list[str]:
    """Play one and print how it ended; what is not as expected, in words."""
    try:
        mails = conversation.talk(cast)
        match conversation.ending:
            case ClaimEnds() as expected:
                return _claim_ended(expected, screen, records)
            case NobodyAnswers():
                return _stayed_silent([str(mail["Message-ID"]) for mail in mails], screen, records)
    except (NoMailCame, NotAtRest) as error:
        return [str(error)]


def _claim_ended(expected: ClaimEnds, screen: Screen, records: Records) -> list[str]:
    claim = records.claim_of(expected.customer.address)
    if claim is None:
        return [f"{expected.customer.name} has no claim"]
    rows = records.letters_at_rest(claim.number)
    claim = records.claim(claim.number) or claim
    screen.claim(claim, records.evidence(claim.number), records.history(claim.number))
    rules = {item.verdict.rule.value if item.verdict and item.verdict.rule else None for item in claim.items}
    letters = tuple(row.letter for row in rows if row.audience == "customer")
    compared = (
        ("status", expected.status.value, claim.status.value),
        ("rule", {expected.rule}, rules),
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
    return problems


def _stay_open(screen: Screen, records: Records, work: "_Work") -> None:
    """Show what becomes of every further mail until Ctrl-C, or until the daemon ends."""
    last = _last_handled(records, 0)
    try:
        while work.thread.is_alive():
            for mail in records.handled_after(last):
                last = mail.id
                claim = records.claim(mail.claim) if mail.claim else None
                if claim is None:
                    screen.unanswered(mail)
                else:
                    records.letters_at_rest(claim.number)
                    screen.claim(claim, records.evidence(claim.number), records.history(claim.number))
            time.sleep(_LOOK_EVERY_SECONDS)
    except KeyboardInterrupt:
        screen.say("", "The demo ends; its mails and claims are gone.")


def _last_handled(records: Records, start: int) -> int:
    return start + len(records.handled_after(start))


def _desk(folder: Path, servers: EmbeddedServers) -> Assembled:
    document = configuration(
        host=servers.host, imap_port=servers.imap_port, smtp_port=servers.smtp_port, authserv_id=servers.authserv_id
    )
    return Assembled(parse(document, path=folder / "config.toml"))


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
def _logs_in(path: Path) -> Iterator[None]:
    """The daemon's log goes to a file: the screen is for the conversations."""
    before = structlog.get_config()
    root = logging.getLogger()
    handler = logging.FileHandler(path, encoding="utf-8")
    with path.open("a", encoding="utf-8") as target:
        structlog.configure(
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso"),
                structlog.processors.format_exc_info,
                structlog.processors.LogfmtRenderer(),
            ],
            logger_factory=structlog.WriteLoggerFactory(file=target),
            cache_logger_on_first_use=False,
        )
        root.addHandler(handler)
        try:
            yield
        finally:
            root.removeHandler(handler)
            handler.close()
            structlog.configure(**before)

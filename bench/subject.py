"""What is measured, in a process of its own: the daemon, or the floor. Prints one JSON object with the figures.

`python -m bench.subject daemon|floor|idle SETTINGS.json`
"""

import email
import email.policy
import hashlib
import json
import resource
import smtplib
import sqlite3
import sys
import threading
import time
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from imapclient import IMAPClient

from bench.watch import Watch


def main() -> None:
    kind, path = sys.argv[1:]
    plan = json.loads(Path(path).read_text(encoding="utf-8"))
    run = {"daemon": _daemon, "floor": _floor, "idle": _daemon}[kind]
    print(json.dumps(run(plan)))


def _cpu() -> float:
    """Seconds of CPU of this process and of the children it has already ended."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _peak_mb() -> float:
    """The most memory this process ever held; `ru_maxrss` would count the process that started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _figures(plan: dict[str, Any], watch: Watch, began: float, cpu: float) -> dict[str, Any]:
    counted = plan["mails"] - plan["warm_up"]
    return {
        "mails": counted,
        "wall": time.perf_counter() - began,
        "cpu": _cpu() - cpu,
        "peak_mb": _peak_mb(),
        "stages": {name: {"cpu": watch.cpu[name], "wall": watch.wall[name]} for name in watch.cpu},
    }


def _daemon(plan: dict[str, Any]) -> dict[str, Any]:
    from mailbot.bootstrap import Assembled
    from mailbot.daemon import Daemon
    from mailbot.log import set_up
    from mailbot.settings import parse

    set_up(all_of_it=True, stream=sys.stderr)
    settings = parse(plan["settings"], path=Path(plan["folder"]) / "config.toml")
    done = threading.Event()
    marks = {"letters": 0, "began": time.perf_counter(), "cpu": _cpu()}

    def on_step(step: str) -> None:
        if step != "letter-settled":
            return
        marks["letters"] += 1
        if marks["letters"] == plan["warm_up"]:
            marks["began"], marks["cpu"] = time.perf_counter(), _cpu()
            watch.start()
        if marks["letters"] == plan["mails"]:
            marks["ended"] = time.perf_counter()
            done.set()

    watch = Watch(on_step=on_step)
    with Assembled(settings, step=watch.step) as assembled:
        daemon = Daemon(assembled)
        threading.Thread(target=_stop_when_done, args=(daemon, done, plan["at_most"]), daemon=True).start()
        daemon.run()
        if not done.is_set():
            raise SystemExit(f"only {marks['letters']} of {plan['mails']} letters went out")
        late = time.perf_counter() - marks["ended"]
    figures = _figures(plan, watch, marks["began"] + late, marks["cpu"])
    # The children that open photos have ended with the desk: their CPU is in, the time to end them is not.
    figures["wall"] = marks["ended"] - marks["began"]
    return figures


def _stop_when_done(daemon: Any, done: threading.Event, at_most: float) -> None:
    done.wait(at_most)
    daemon.stop()


def _floor(plan: dict[str, Any]) -> dict[str, Any]:
    """Fetch, parse with the standard library, one transaction of six rows, one letter: nothing is understood."""
    watch = Watch()
    database = sqlite3.connect(Path(plan["folder"]) / "floor.db", isolation_level=None)
    database.executescript(
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
        + "".join(f"CREATE TABLE t{n} (id INTEGER PRIMARY KEY, a TEXT, b TEXT, c BLOB);" for n in range(6))
    )
    imap = IMAPClient(plan["imap_host"], plan["imap_port"], ssl=False, timeout=60)
    imap.login(plan["user"], plan["password"])
    imap.select_folder("INBOX")
    smtp = smtplib.SMTP(plan["smtp_host"], plan["smtp_port"], timeout=60)
    uids = imap.search()
    began, cpu = time.perf_counter(), _cpu()
    for place, uid in enumerate(uids):
        if place == plan["warm_up"]:
            began, cpu = time.perf_counter(), _cpu()
            watch.start()
        raw = imap.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
        watch.step("fetched")
        message = email.message_from_bytes(raw, policy=email.policy.default)
        body = message.get_body(("plain",))
        text = body.get_content() if body else ""
        files = [part.get_content() for part in message.iter_attachments()]
        watch.step("parsed")
        name = hashlib.sha256(raw).hexdigest()
        database.execute("BEGIN IMMEDIATE")
        for table in range(6):
            database.execute(f"INSERT INTO t{table} (a, b, c) VALUES (?, ?, ?)", (name, text, str(len(files))))
        database.execute("COMMIT")
        watch.step("committed")
        answer = EmailMessage()
        answer["From"], answer["To"] = plan["shop"], parseaddr(str(message["From"]))[1]
        answer["Subject"] = f"Re: {message['Subject']}"
        answer["In-Reply-To"] = str(message["Message-ID"])
        answer["Date"] = email.utils.format_datetime(datetime.now(UTC))
        answer.set_content("We have received your mail.\n")
        smtp.send_message(answer)
        watch.step("letter-sent")
        imap.add_flags([uid], [b"\\Seen"])
        watch.step("acknowledged")
    figures = _figures(plan, watch, began, cpu)
    smtp.quit()
    imap.logout()
    return figures


if __name__ == "__main__":
    main()

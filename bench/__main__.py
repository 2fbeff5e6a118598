"""`make bench`: what a mail costs, on this machine, in this run; compare ratios, not single figures.

python -m bench [--mails 400] [--photo-mails 80] [--idle-mails 20]
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bench.mails import SHOP, mail, photos, write_shop
from tests.servers import HOST, Dovecot, SmtpSink, User

_WARM_UP = 20
_AT_MOST = 540
_STAGES = (
    "fetched",
    "stored",
    "kept",
    "leased",
    "parsed",
    "routed",
    "correlated",
    "gathered",
    "decided",
    "committed",
    "letter-leased",
    "letter-sent",
    "letter-settled",
    "acknowledged",
)


def main() -> int:
    arguments = _arguments()
    console = Console(width=100, highlight=False)
    missing = Dovecot.why_missing()
    if missing:
        console.print(f"The bench needs Dovecot: {missing}")
        return 1
    dovecot = Dovecot()
    dovecot.start()
    try:
        pictures = [photos(seed) for seed in range(8)]
        runs = {
            "text only": [mail(number) for number in range(arguments.mails + _WARM_UP)],
            "with four photos": [
                mail(number, pictures[number % len(pictures)]) for number in range(arguments.photo_mails + _WARM_UP)
            ],
        }
        for title, mails in runs.items():
            console.print(f"… {title}: {len(mails) - _WARM_UP} mails (after {_WARM_UP} to warm up)")
            floor = _measure("floor", dovecot, mails)
            daemon = _measure("daemon", dovecot, mails)
            _show(console, title, daemon, floor)
        _show_idle(console, _idle(dovecot, arguments.idle_mails))
    finally:
        dovecot.stop()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--mails", type=int, default=400, help="text-only mails")
    parser.add_argument("--photo-mails", type=int, default=80, help="mails with four photos each")
    parser.add_argument("--idle-mails", type=int, default=20, help="mails delivered one by one while the daemon idles")
    return parser.parse_args()


def _plan(folder: Path, dovecot: Dovecot, user: User, sink: SmtpSink, count: int, warm_up: int) -> dict[str, Any]:
    write_shop(folder, count + 1)
    return {
        "mails": count,
        "warm_up": warm_up,
        "at_most": _AT_MOST,
        "folder": str(folder),
        "shop": SHOP,
        "imap_host": HOST,
        "imap_port": dovecot.port,
        "smtp_host": HOST,
        "smtp_port": sink.port,
        "user": user.name,
        "password": user.password,
        "settings": {
            "shop": {"name": "Bench Shop", "address": SHOP, "return_address": ["Bench Shop", "1 Test Road"]},
            "imap": {
                "host": HOST,
                "port": dovecot.port,
                "security": "none",
                "username": user.name,
                "password": user.password,
                "first_start": "all",
            },
            "smtp": {"host": HOST, "port": sink.port, "security": "none"},
            "orders": {"path": "orders.csv", "catalog": "catalog.csv", "order_number_patterns": ["2004[0-9]{5}"]},
        },
    }


def _measure(kind: str, dovecot: Dovecot, mails: list[bytes]) -> dict[str, Any]:
    user = dovecot.new_user()
    with dovecot.client(user) as client:
        for raw in mails:
            client.append("INBOX", raw)
    with tempfile.TemporaryDirectory(prefix="mailbot-bench-") as name:
        sink = SmtpSink()
        sink.start()
        try:
            plan = _plan(Path(name), dovecot, user, sink, len(mails), _WARM_UP)
            return dict(_run(kind, Path(name), plan))
        finally:
            sink.stop()


def _run(kind: str, folder: Path, plan: dict[str, Any]) -> Any:
    path = folder / "plan.json"
    path.write_text(json.dumps(plan), encoding="utf-8")
    with (folder / "log").open("w", encoding="utf-8") as log:
        done = subprocess.run(
            [sys.executable, "-m", "bench.subject", kind, str(path)],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            check=False,
            timeout=_AT_MOST + 60,
        )
    if done.returncode:
        tail = (folder / "log").read_text(encoding="utf-8")[-3000:]
        raise SystemExit(f"the {kind} run failed:\n{tail}")
    return json.loads(done.stdout.splitlines()[-1])


def _idle(dovecot: Dovecot, count: int) -> list[float]:
    """Seconds from a mail's delivery to its answer at the sink, one mail at a time, while the daemon idles."""
    user = dovecot.new_user()
    delays: list[float] = []
    with tempfile.TemporaryDirectory(prefix="mailbot-bench-") as name:
        sink = SmtpSink()
        sink.start()
        plan = _plan(Path(name), dovecot, user, sink, count, 1)

        def deliver() -> None:
            for number in range(count):
                began = time.perf_counter()
                dovecot.append(user, mail(number))
                while len(sink.mails) <= number:
                    if time.perf_counter() - began > _AT_MOST / 10:
                        return
                    time.sleep(0.002)
                # The first lies in the folder before the daemon has begun.
                if number:
                    delays.append(time.perf_counter() - began)
                time.sleep(0.4)

        thread = threading.Thread(target=deliver, daemon=True)
        thread.start()
        _run("idle", Path(name), plan)
        thread.join(5)
        sink.stop()
    return delays


def _show(console: Console, title: str, daemon: dict[str, Any], floor: dict[str, Any]) -> None:
    table = Table(title=title, title_justify="left")
    for column in ("", "mails/s", "CPU ms a mail", "peak RSS MB"):
        table.add_column(column, justify="left" if not column else "right")
    for name, run in (("mailbot", daemon), ("floor", floor)):
        table.add_row(
            name,
            f"{run['mails'] / run['wall']:.1f}",
            f"{1000 * run['cpu'] / run['mails']:.2f}",
            f"{run['peak_mb']:.0f}",
        )
    ratio = (daemon["cpu"] / daemon["mails"]) / (floor["cpu"] / floor["mails"])
    table.add_row(
        "mailbot / floor",
        f"{(daemon['mails'] / daemon['wall']) / (floor['mails'] / floor['wall']):.2f}",
        f"{ratio:.2f}",
        "",
    )
    console.print(table)
    stages = Table(title=f"{title}: by stage, ms a mail", title_justify="left")
    for column in ("stage", "mailbot CPU", "mailbot wall", "floor CPU", "floor wall"):
        stages.add_column(column, justify="left" if column == "stage" else "right")
    for stage in _STAGES:
        cells = [stage]
        for run in (daemon, floor):
            found = run["stages"].get(stage)
            for what in ("cpu", "wall"):
                cells.append(f"{1000 * found[what] / run['mails']:.2f}" if found else "")
        stages.add_row(*cells)
    console.print(stages)


def _show_idle(console: Console, delays: list[float]) -> None:
    if not delays:
        console.print("[bold]no mail was answered while the daemon idled[/bold]")
        return
    console.print(
        f"delivered while IDLE, answered after (median of {len(delays)}): {statistics.median(delays):.3f} s, "
        f"slowest {max(delays):.3f} s"
    )


if __name__ == "__main__":
    sys.exit(main())

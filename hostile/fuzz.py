"""`make fuzz`: mutated mails through parsing and reading. Nothing may raise, and no mail may take over two seconds."""

import argparse
import random
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from learning.labelled import TODAY, own_mails, shop
from mailbot.mail.parse import parse
from mailbot.reading.read import Reader

CORPUS = Path(__file__).parent.parent.parent / "shared" / "corpus"
MOST_SECONDS = 2.0
_BATCH = 500
_LARGEST_SEED = 60_000
_ODD = (
    *(
        b"\r\n",
        b"\n",
        b"\r",
        b"\x00",
        b"--",
        b"=?utf-8?B?",
        b"?=",
        b"=?koi8-r?q?=FF",
        b";",
        b'"',
        b"<",
        b">",
        b"\xff\xfe",
    ),
    *(b"Content-Type: multipart/mixed; boundary=x\r\n", b"Content-Type: message/rfc822\r\n", b"\r\n\r\n--x\r\n"),
    *(b"Content-Type: text/html; charset=utf-7\r\n", b"Content-Transfer-Encoding: base64\r\n", b"charset=unknown-8bit"),
    *(
        b"begin 644 x\n",
        b"\x78\x9f\x3e\x22",
        b"From: a@b <c@d>\r\n",
        b"filename*0*=utf-8''%FF",
        b"> > > ",
        b"On Mon wrote:\n",
    ),
    *(b"<div>" * 40, "٣".encode() * 30, b"1004" * 20, b"a-" * 60, b" " * 400, b"Order: "),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A mutated mail that broke a promise, with all it takes to see it again."""

    seed: int
    number: int
    what: str


def seeds() -> list[bytes]:
    """The corpus where the folder is there, and our own whole mails."""
    found = [path.read_bytes() for path in sorted(CORPUS.rglob("*.eml"))] if CORPUS.is_dir() else []
    found = [raw for raw in found if len(raw) <= _LARGEST_SEED]
    return found + [mail.raw for mail in own_mails()]


def mutated(seed: int, number: int, sources: Sequence[bytes]) -> bytes:
    """The mutated mail of this number; the same for the same seed, number and sources."""
    chance = random.Random(f"{seed}/{number}")
    raw = bytearray(chance.choice(sources))
    for _ in range(chance.choice((1, 1, 2, 3, 5, 8))):
        chance.choice(_MUTATIONS)(raw, chance, sources)
    return bytes(raw[: 4 * _LARGEST_SEED])


def _flip(raw: bytearray, chance: random.Random, _sources: Sequence[bytes]) -> None:
    for _ in range(chance.choice((1, 4, 30))):
        if raw:
            raw[chance.randrange(len(raw))] = chance.randrange(256)


def _cut(raw: bytearray, chance: random.Random, _sources: Sequence[bytes]) -> None:
    begin, end = _stretch(raw, chance)
    del raw[begin:end]


def _repeat(raw: bytearray, chance: random.Random, _sources: Sequence[bytes]) -> None:
    begin, end = _stretch(raw, chance)
    raw[begin:begin] = raw[begin : min(end, begin + 2_000)] * chance.choice((1, 2, 20))


def _insert(raw: bytearray, chance: random.Random, _sources: Sequence[bytes]) -> None:
    at = chance.randrange(len(raw) + 1)
    raw[at:at] = chance.choice(_ODD) * chance.choice((1, 1, 3, 50))


def _splice(raw: bytearray, chance: random.Random, sources: Sequence[bytes]) -> None:
    begin, end = _stretch(raw, chance)
    raw[begin:end] = chance.choice(sources)[: chance.choice((200, 2_000, 20_000))]


def _swap_lines(raw: bytearray, chance: random.Random, _sources: Sequence[bytes]) -> None:
    lines = bytes(raw).split(b"\n")
    if len(lines) > 2:
        one, other = chance.randrange(len(lines)), chance.randrange(min(len(lines), 40))
        lines[one], lines[other] = lines[other], lines[one]
        raw[:] = b"\n".join(lines)


def _truncate(raw: bytearray, chance: random.Random, _sources: Sequence[bytes]) -> None:
    del raw[chance.randrange(len(raw) + 1) :]


def _stretch(raw: bytearray, chance: random.Random) -> tuple[int, int]:
    begin = chance.randrange(len(raw) + 1)
    return begin, min(len(raw), begin + chance.choice((1, 8, 80, 800, 8_000)))


_MUTATIONS: tuple[Callable[[bytearray, random.Random, Sequence[bytes]], None], ...] = (
    *(_flip, _flip, _cut, _repeat, _insert, _insert, _splice, _swap_lines, _truncate),
)


def run_batch(seed: int, first: int, count: int) -> tuple[list[Failure], float]:
    """The failures among these numbers, and the CPU seconds of the slowest mail."""
    sources = seeds()
    where = shop("gadgets")
    reader = Reader(where.knowledge, where.patterns)
    failures, slowest = [], 0.0
    for number in range(first, first + count):
        raw = mutated(seed, number, sources)
        began = time.process_time()
        try:
            reader.read(parse(raw), today=TODAY)
        except Exception:  # the very thing that is looked for
            failures.append(Failure(seed, number, traceback.format_exc(limit=-3)))
        took = time.process_time() - began
        slowest = max(slowest, took)
        if took > MOST_SECONDS:
            failures.append(Failure(seed, number, f"took {took:.1f} s of CPU"))
    return failures, slowest


def fuzz(mails: int, seed: int = 1, workers: int = 2) -> Iterator[tuple[int, list[Failure], float]]:
    """After each batch: how many mails are done, its failures, and the slowest mail's CPU seconds so far."""
    slowest, done = 0.0, 0
    with ProcessPoolExecutor(workers) as pool:
        batches = [pool.submit(run_batch, seed, first, min(_BATCH, mails - first)) for first in range(0, mails, _BATCH)]
        for batch in as_completed(batches):
            failures, slow = batch.result()
            slowest = max(slowest, slow)
            done += _BATCH
            yield min(done, mails), failures, slowest


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints progress and every failure; 0 where there was none."""
    options = argparse.ArgumentParser(prog="python -m hostile.fuzz", description=__doc__)
    options.add_argument("--mails", type=int, default=200_000, help="how many (default 200,000; the gate takes 10,000)")
    options.add_argument("--seed", type=int, default=1, help="another seed, other mutations")
    options.add_argument(
        "--show", metavar="N", type=int, help="write the mutated mail of this number to standard output"
    )
    chosen = options.parse_args(arguments)
    if chosen.show is not None:
        sys.stdout.buffer.write(mutated(chosen.seed, chosen.show, seeds()))
        return 0
    failed, slowest, began = 0, 0.0, time.monotonic()
    for done, failures, slowest in fuzz(chosen.mails, chosen.seed):
        failed += len(failures)
        for failure in failures:
            print(f"mail {failure.number} of seed {failure.seed}: {failure.what}")
        if done % 10_000 < _BATCH:
            print(f"{done:>7} of {chosen.mails} mails, {failed} failures, slowest {slowest:.2f} s CPU", flush=True)
    print(
        f"{chosen.mails} mutated mails in {time.monotonic() - began:.0f} s: {failed} failures, "
        f"slowest {slowest:.2f} s CPU (at most {MOST_SECONDS:.0f})"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

"""The process that decodes pictures: it reads frames on its standard input and answers each with one line of JSON.

It runs apart from mailbot because decoders are where strangers' bytes do harm (ATTACKS A14, A15): address space, CPU
time, open files and written files are limited before the first byte of a picture is read, and it dies rather than the
daemon. It imports nothing of mailbot. A frame is four bytes of length (big-endian) and as many bytes of content; the
answer is framed alike: `{"width": 4000, "height": 3000, "format": "JPEG", "frames": 1}`, or `{"problem": "…"}`, each
with `"cpu_seconds"`, the CPU time the process has used so far.
"""

import io
import json
import resource
import struct
import sys
import warnings
from typing import BinaryIO

ADDRESS_SPACE_BYTES = 512 * 1024 * 1024
CPU_SECONDS_A_PICTURE = 10
CPU_SECONDS_IN_ALL = 60
PIXELS = 120_000_000
"""Phones take pictures of 50 and 108 megapixels."""
FRAMES = 20
FRAME_BYTES = 100 * 1024 * 1024
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
_LENGTH = struct.Struct(">I")
_WORKING_SIZE = (1024, 1024)


def limit() -> list[str]:
    """Set every limit that this system knows; the names of those it refused."""
    refused = []
    for name, soft, hard in (
        ("RLIMIT_AS", ADDRESS_SPACE_BYTES, ADDRESS_SPACE_BYTES),
        ("RLIMIT_CPU", CPU_SECONDS_IN_ALL, CPU_SECONDS_IN_ALL),
        ("RLIMIT_FSIZE", 0, 0),
        ("RLIMIT_CORE", 0, 0),
        # Standard input, output and error are open; nothing else will ever be.
        ("RLIMIT_NOFILE", 3, 3),
    ):
        try:
            resource.setrlimit(getattr(resource, name), (soft, hard))
        except (AttributeError, ValueError, OSError):
            refused.append(name)
    return refused


def warm_up() -> None:
    """Decode one small picture of each format, so that no decoder needs a file once files are forbidden."""
    from PIL import Image

    Image.MAX_IMAGE_PIXELS = PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    for name in FORMATS:
        written = io.BytesIO()
        Image.new("RGB", (8, 8)).save(written, name)
        look(written.getvalue())


def look(content: bytes) -> dict[str, object]:
    """Decode a whole picture (a GIF up to its twentieth frame) and say how large it is, or what is wrong with it."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as picture:
            width, height = picture.size
            # JPEG decodes at a fraction of its size, which spares time and memory and reads every byte all the same.
            picture.draft("RGB", _WORKING_SIZE)
            picture.load()
            frames = 1
            if picture.format in ("GIF", "WEBP"):
                while frames < FRAMES:
                    try:
                        picture.seek(frames)
                    except EOFError:
                        break
                    picture.load()
                    frames += 1
            return {"width": width, "height": height, "format": picture.format, "frames": frames}
    except Exception as error:  # a decoder may raise anything at all on bytes that a stranger made
        return {"problem": f"{type(error).__name__}: {error}"[:200]}


def _allow_cpu_for_one() -> float:
    """Give the next picture its own share of CPU time; the CPU seconds used so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    try:
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (min(int(used) + CPU_SECONDS_A_PICTURE + 1, hard), hard))
    except (ValueError, OSError):
        pass  # refused at the start too, and said so
    return used


def main() -> None:
    """Say which limits were refused, then answer frames until standard input ends."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    warm_up()
    _answer(sink, {"refused_limits": limit()})
    while True:
        head = source.read(_LENGTH.size)
        if len(head) < _LENGTH.size:
            return
        (length,) = _LENGTH.unpack(head)
        if length > FRAME_BYTES:
            return
        content = source.read(length)
        if len(content) < length:
            return
        _allow_cpu_for_one()
        outcome = look(content)
        del content
        _answer(sink, {**outcome, "cpu_seconds": _allow_cpu_for_one()})


def _answer(sink: BinaryIO, outcome: dict[str, object]) -> None:
    line = json.dumps(outcome).encode()
    sink.write(_LENGTH.pack(len(line)) + line)
    sink.flush()


if __name__ == "__main__":
    main()

"""Pictures made on the spot, and files to attach: everything a test is not about has a default."""

import io
import struct
import zlib
from collections.abc import Iterator
from typing import Any

from PIL import Image

from mailbot.mail.inbound import Attachment


def photo(width: int = 640, height: int = 480, form: str = "JPEG", seed: int = 0) -> bytes:
    """A picture in one colour; another seed gives other bytes."""
    written = io.BytesIO()
    Image.new("RGB", (width, height), (seed % 256, 80, 120)).save(written, form)
    return written.getvalue()


def attached(filename: str = "IMG_0001.jpg", content: bytes | None = b"?", **overrides: Any) -> Attachment:
    """A file of a mail; without a content of its own it is a photo, other for each name."""
    if content == b"?":
        content = photo(640 + zlib.crc32(filename.encode()) % 97, seed=len(filename))
    values: dict[str, Any] = {
        "filename": filename,
        "content_type": "image/jpeg",
        "content": content,
        "size": len(content or b""),
    }
    return Attachment(**{**values, **overrides})


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_bomb(width: int = 30_000, height: int = 30_000) -> bytes:
    """A small PNG that says to hold 900 megapixels."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = zlib.compressobj(9)
    rows = b"".join(packed.compress(b"\0" * (1 + 3 * width)) for _ in range(200)) + packed.flush()
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _gif_frames(count: int) -> Iterator[bytes]:
    for _ in range(count):
        yield b"\x21\xf9\x04\x00\x00\x00\x00\x00\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00"


def gif_of(frames: int) -> bytes:
    """A GIF of 400 × 400 pixels with so many frames of one pixel each."""
    palette = b"\x00\x00\x00\xff\xff\xff"
    head = b"GIF89a" + struct.pack("<HHBBB", 400, 400, 0x80, 0, 0) + palette
    return head + b"".join(_gif_frames(frames)) + b"\x3b"

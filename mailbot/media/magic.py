"""What a file is by its first bytes; its name and its declared type are the sender's words and prove nothing."""

from dataclasses import dataclass

from mailbot.media.finding import Media

_HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1", b"heif"})
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_QUICKTIME_BOXES = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})
_BMP_HEADERS = frozenset({12, 40, 52, 56, 64, 108, 124})


@dataclass(frozen=True, slots=True)
class Kind:
    """A file's format by its bytes; `opened` where the child decodes it, `archive` where other files lie in it."""

    name: str
    media: Media
    opened: bool = False
    archive: bool = False


def kind_of(content: bytes) -> Kind | None:
    """The format of these bytes, None where it is none of those known here."""
    head = content[:32]
    if head.startswith(b"\xff\xd8\xff"):
        return Kind("JPEG", "photo", opened=True)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind("PNG", "photo", opened=True)
    if head.startswith((b"GIF87a", b"GIF89a")):
        return Kind("GIF", "photo", opened=True)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind("WEBP", "photo", opened=True)
    if head.startswith((b"II*\0", b"MM\0*")):
        return Kind("TIFF", "photo", opened=True)
    if head.startswith(b"BM") and int.from_bytes(head[14:18], "little") in _BMP_HEADERS:
        return Kind("BMP", "photo", opened=True)
    if head[4:8] == b"ftyp":
        return _by_brand(head[8:12])
    if head[4:8] in _QUICKTIME_BOXES:
        return Kind("MOV", "video")
    if head.startswith(b"\x1aE\xdf\xa3"):
        return Kind("Matroska or WebM", "video")
    if head[:4] == b"RIFF" and head[8:12] == b"AVI ":
        return Kind("AVI", "video")
    if head.startswith((b"\x00\x00\x01\xba", b"\x00\x00\x01\xb3")):
        return Kind("MPEG", "video")
    if content[:1024].lstrip().startswith(b"%PDF"):
        return Kind("PDF", "document")
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        # Office documents are archives too; by their first member they tell themselves apart.
        member = content[30:80]
        if member.startswith((b"[Content_Types].xml", b"word/", b"xl/", b"ppt/", b"mimetype", b"_rels/")):
            return Kind("office document", "document")
        return Kind("ZIP", "other", archive=True)
    if head.startswith((b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"\x78\x9f\x3e\x22")):
        return Kind("archive", "other", archive=True)
    if head.startswith((b"\xd0\xcf\x11\xe0", b"{\\rtf")):
        return Kind("office document", "document")
    return None


def _by_brand(brand: bytes) -> Kind:
    if brand in _HEIF_BRANDS:
        return Kind("HEIC", "photo")
    if brand in _AVIF_BRANDS:
        return Kind("AVIF", "photo")
    return Kind("MOV" if brand == b"qt  " else "MP4", "video")

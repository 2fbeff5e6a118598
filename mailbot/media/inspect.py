"""What the files of a mail are as evidence: what each shows by its name and the lines about it, and if it serves."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from mailbot.claims.words import ProblemKind, Proof, Unusable
from mailbot.media import names
from mailbot.media.finding import Finding, Media
from mailbot.media.magic import Kind, kind_of
from mailbot.media.opening import Opener, Picture, Unopened

SHORT_SIDE_PIXELS = 240
"""Below this the short side of a photo shows nothing a person could judge."""

_ORNAMENT_SIDE_PIXELS = 200
_PIXEL_SIDE_PIXELS = 64
_BANNER_RATIO = 4
_SMALL_INLINE_BYTES = 3 * 1024
# Outlook names the pictures of a signature so, and pasted photos too: these are larger.
_PASTED_NAME = re.compile(r"image\d{3}\.(?:png|gif|jpe?g)", re.IGNORECASE)
_ON_A_SCREEN = frozenset(
    {ProblemKind.SOFTWARE_ISSUE, ProblemKind.DEFECTIVE, ProblemKind.DEAD_ON_ARRIVAL, ProblemKind.UNCLEAR}
)
_SIDE_FILES = (
    "calendar",
    "vcard",
    "x-vcard",
    "pkcs7",
    "pgp",
    "rfc822",
    "delivery-status",
    "html",
    "plain",
    "csv",
    "json",
)
_SIDE_ENDINGS = (".ics", ".vcf", ".p7s", ".p7m", ".asc", ".sig", ".eml", ".htm", ".html", ".txt", ".svg")
_TNEF = "ms-tnef"


class Attached(Protocol):
    """What inspection reads of an attachment (mailbot.mail.inbound.Attachment has it)."""

    @property
    def filename(self) -> str: ...
    @property
    def content_type(self) -> str: ...
    @property
    def content(self) -> bytes | None: ...
    @property
    def size(self) -> int: ...
    @property
    def inline(self) -> bool: ...
    @property
    def label(self) -> str: ...


class Answered(Protocol):
    """What inspection reads of an answer typed under a line of ours (mailbot.reading.understood.Answer has it)."""

    @property
    def to(self) -> str: ...
    @property
    def answer(self) -> str: ...


@dataclass(frozen=True, slots=True)
class _Said:
    """What a file is said to show, by which words; `sure` False where only their order says which file is meant."""

    proofs: tuple[Proof, ...]
    why: str
    sure: bool


def inspect(
    attachments: Sequence[Attached],
    *,
    captions: Sequence[str] = (),
    answers: Sequence[Answered] = (),
    outstanding: Sequence[Proof] = (),
    opener: Opener,
    problem_kind: ProblemKind = ProblemKind.UNCLEAR,
    seen: frozenset[str] = frozenset(),
) -> tuple[Finding, ...]:
    """One finding for each attachment, in their order. Never raises, whatever the bytes.

    `captions` are the lines of the mail that name files, `answers` those typed under a checklist; `outstanding` the
    proofs still wanted, in the order in which photos that nothing names fill them; `seen` the SHA-256 of files the
    claim has.
    """
    findings: list[Finding] = []
    known = set(seen)
    for attached in attachments:
        finding = _look_at(attached, opener, problem_kind, known)
        if finding.role == "evidence" and finding.usable:
            known.add(finding.sha256)
        findings.append(finding)
    return _with_proofs(findings, attachments, captions, answers, outstanding)


def _look_at(attached: Attached, opener: Opener, problem_kind: ProblemKind, known: set[str]) -> Finding:
    """What the file itself says, before anything is known of its place in the mail."""
    content = attached.content
    digest = "" if content is None else hashlib.sha256(content).hexdigest()
    kind = None if content is None else kind_of(content)
    media = kind.media if kind else _declared_media(attached)
    said = f"{attached.filename} {attached.label}"
    finding = Finding(
        filename=attached.filename,
        content_type=attached.content_type,
        size=attached.size if content is None else len(content),
        sha256=digest,
        media=media,
        role="evidence",
        usable=True,
        hazard=media in ("photo", "video") and names.tells_of_danger(said),
    )
    if _is_side_file(attached, kind):
        return _ignored(finding, "not a picture of anything")
    if content is None:
        return _unusable(finding, Unusable.UNREADABLE, "left on the server: the message was over the limit")
    if not content:
        return _unusable(finding, Unusable.EMPTY, "no bytes in it")
    if kind is not None and kind.archive:
        return _unusable(finding, Unusable.UNREADABLE, f"an archive ({kind.name}), not opened")
    if media == "document":
        if Proof.PACKING_SLIP in names.proofs_named(said) and not names.is_page(said):
            return replace(finding, signals=("a document, not opened",))
        return _ignored(finding, "a document")
    if media == "other":
        return _ignored(finding, "neither a photo nor a video")
    if names.is_page(said):
        return _ignored(finding, f"its name '{attached.filename}' is that of a page, not of a photo")
    if names.is_screenshot(said) and problem_kind not in _ON_A_SCREEN:
        return _ignored(finding, "a screenshot, and the problem is not one on a screen")
    if attached.inline and len(content) < _SMALL_INLINE_BYTES:
        return _ignored(finding, "a small picture within the text")
    opened = _opened(finding, content, kind, attached, opener)
    if opened.role == "evidence" and opened.usable and digest in known:
        return _unusable(opened, Unusable.DUPLICATE, "the same file came before")
    return opened


def _opened(finding: Finding, content: bytes, kind: Kind | None, attached: Attached, opener: Opener) -> Finding:
    if kind is None:
        return _unusable(finding, Unusable.UNREADABLE, "its bytes are those of no photo or video")
    if not kind.opened:
        return replace(finding, signals=(f"{kind.name}, recognised by its first bytes, not opened",))
    match opener.open(content):
        case Unopened(why=why):
            return _unusable(finding, Unusable.UNREADABLE, f"{kind.name}: {why}")
        case Picture(width=width, height=height):
            measured = replace(finding, width=width, height=height)
            short, long = sorted((width, height))
            if long <= _PIXEL_SIDE_PIXELS:
                return _ignored(measured, f"{width} × {height} pixels: an ornament or a tracking pixel")
            ornament = attached.inline or names.is_logo(attached.filename) or _PASTED_NAME.fullmatch(attached.filename)
            if ornament and (short < _ORNAMENT_SIDE_PIXELS or long >= _BANNER_RATIO * short):
                return _ignored(measured, f"{width} × {height} pixels within the text: a logo or an ornament")
            if names.is_logo(attached.filename) and attached.inline:
                return _ignored(measured, f"its name '{attached.filename}' is that of a logo")
            if short < SHORT_SIDE_PIXELS:
                return _unusable(measured, Unusable.TOO_SMALL, f"{width} × {height} pixels")
            return measured


def _declared_media(attached: Attached) -> Media:
    declared = attached.content_type.lower()
    if declared.startswith("image/") and "svg" not in declared:
        return "photo"
    if declared.startswith("video/"):
        return "video"
    if declared.startswith("text/") or declared.endswith(("pdf", "msword", "document", "rtf")):
        return "document"
    return "other"


def _is_side_file(attached: Attached, kind: Kind | None) -> bool:
    """Calendar entries, cards, signatures and attached mails: never evidence, whatever their bytes."""
    declared = attached.content_type.lower()
    if kind is not None and kind.media in ("photo", "video"):
        return False
    return declared.rpartition("/")[2].startswith(_SIDE_FILES) or attached.filename.lower().endswith(_SIDE_ENDINGS)


def _ignored(finding: Finding, why: str) -> Finding:
    return replace(
        finding, role="ignored", usable=False, reasons=(Unusable.NOT_EVIDENCE,), signals=(why,), hazard=False
    )


def _unusable(finding: Finding, reason: Unusable, why: str) -> Finding:
    return replace(finding, usable=False, reasons=(reason,), signals=(why,))


def _with_proofs(
    findings: Sequence[Finding],
    attachments: Sequence[Attached],
    captions: Sequence[str],
    answers: Sequence[Answered],
    outstanding: Sequence[Proof],
) -> tuple[Finding, ...]:
    """Say what each file shows: by an answer or a line that means it, its name, the order of the lines, its number."""
    places = [place for place, finding in enumerate(findings) if finding.role == "evidence"]
    said: dict[int, _Said] = {}
    filenames = [findings[place].filename for place in places]
    in_order: list[_Said] = []
    for answered in answers:
        _take(answered.answer, names.proofs_named(answered.to), f"answer to '{answered.to}'", filenames, said, in_order)
    for place, index in enumerate(places):
        _take_name(findings[index], attachments[index], place, said)
    for caption in captions:
        pieces = names.parts_of(caption) if names.file_meant(caption, filenames) is None else [caption]
        for piece in pieces:
            _take(piece, names.proofs_named(piece), f"the line '{caption}' says so", filenames, said, in_order)
    unnamed = [place for place in range(len(places)) if place not in said and findings[places[place]].media != "video"]
    said.update(zip(unnamed, in_order, strict=False))
    shown = list(findings)
    for place, index in enumerate(places):
        if place in said and shown[index].usable:
            words = said[place]
            shown[index] = replace(
                shown[index],
                shows=words.proofs,
                signals=(*shown[index].signals, words.why),
                provisional=not words.sure,
            )
    # Whose own picture came and does not serve is asked for anew; another picture rather shows something else.
    failed = {proof for place, words in said.items() if not shown[places[place]].usable for proof in words.proofs}
    wanted = sorted(outstanding, key=lambda proof: proof in failed)
    return _with_open_proofs_filled(_with_things_named(shown, attachments, wanted), wanted)


def _take(
    text: str,
    proofs: tuple[Proof, ...],
    why: str,
    filenames: Sequence[str],
    said: dict[int, _Said],
    in_order: list[_Said],
) -> None:
    if not proofs:
        return
    place = names.file_meant(text, filenames)
    if place is not None:
        said.setdefault(place, _Said(proofs, why, True))
    elif not names.says_there_is_none(text):
        in_order.append(_Said(proofs, f"{why}, by its place among the lines", False))


def _take_name(finding: Finding, attached: Attached, place: int, said: dict[int, _Said]) -> None:
    for words, source in ((attached.label, "its label"), (finding.filename.rpartition(".")[0], "its file name")):
        proofs = names.proofs_named(words)
        if proofs:
            said.setdefault(place, _Said(proofs, f"{source} says '{words}'", True))
    if names.is_screenshot(f"{finding.filename} {attached.label}"):
        said.setdefault(place, _Said((Proof.PROBLEM,), "a screenshot of a problem on a screen", True))


def _with_things_named(
    findings: Sequence[Finding], attachments: Sequence[Attached], outstanding: Sequence[Proof]
) -> tuple[Finding, ...]:
    """A photo named after a device or a part shows the item, the next one the problem: never the package or a slip."""
    have = {proof for finding in findings for proof in finding.shows}
    shown: list[Finding] = []
    for finding, attached in zip(findings, attachments, strict=True):
        free = finding.media == "photo" and finding.role == "evidence" and finding.usable and not finding.shows
        if free and names.shows_thing(f"{finding.filename.rpartition('.')[0]} {attached.label}"):
            second = Proof.ITEM in have and Proof.PROBLEM in outstanding and Proof.PROBLEM not in have
            proof = Proof.PROBLEM if second else Proof.ITEM
            have.add(proof)
            shown.append(
                replace(
                    finding,
                    shows=(proof,),
                    signals=(*finding.signals, f"its name '{finding.filename}' is that of a device or a part"),
                    provisional=True,
                )
            )
        else:
            shown.append(finding)
    return tuple(shown)


def _with_open_proofs_filled(findings: Sequence[Finding], outstanding: Sequence[Proof]) -> tuple[Finding, ...]:
    """A video shows the problem; photos that nothing names fill the open proofs in their order, provisionally."""
    shown = [
        replace(f, shows=(Proof.PROBLEM,), signals=(*f.signals, "a video shows the problem"))
        if f.media == "video" and f.role == "evidence" and f.usable and not f.shows
        else f
        for f in findings
    ]
    have = {proof for finding in shown for proof in finding.shows if finding.usable}
    still_open = [proof for proof in outstanding if proof not in have]
    for index, finding in enumerate(shown):
        if (
            finding.media == "photo"
            and finding.role == "evidence"
            and finding.usable
            and not finding.shows
            and still_open
        ):
            proof = still_open.pop(0)
            shown[index] = replace(
                finding,
                shows=(proof,),
                signals=(*finding.signals, f"nothing names it; it fills the first open proof, {proof.value}"),
                provisional=True,
            )
    return tuple(shown)

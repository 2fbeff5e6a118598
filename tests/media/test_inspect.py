"""What the files of a mail are as evidence, and what they show."""

import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.claims.words import ProblemKind, Proof, Unusable
from mailbot.mail.inbound import Attachment
from mailbot.media.finding import Finding
from mailbot.media.inspect import inspect
from mailbot.media.names import proofs_named, tells_of_danger
from mailbot.media.opening import ChildOpener, Picture, Unopened
from mailbot.media.vocabulary import available, entries
from mailbot.reading.understood import Answer
from tests.media.pictures import attached, photo

FRONT, BACK, SLIP, ITEM, PROBLEM = Proof
MP4 = b"\x00\x00\x00\x18ftypmp42" + bytes(100)
HEIC = b"\x00\x00\x00\x18ftypheic" + bytes(100)
PDF = b"%PDF-1.7\n" + bytes(100)
ZIP = b"PK\x03\x04" + bytes(26) + b"IMG_1.jpg" + bytes(50)


@pytest.fixture(scope="module")
def opener() -> Iterator[ChildOpener]:
    opener = ChildOpener()
    yield opener
    opener.close()


class SizeTeller:
    """An opener that takes every JPEG for a large photo, for tests that are about names."""

    def open(self, content: bytes) -> Picture | Unopened:
        return Picture(width=4000, height=3000, format="JPEG")


def inspected(*files: Attachment, **arguments: Any) -> tuple[Finding, ...]:
    return inspect(files, **{"opener": SizeTeller(), **arguments})


def shown(*filenames: str, **arguments: Any) -> list[tuple[Proof, ...]]:
    return [finding.shows for finding in inspected(*map(attached, filenames), **arguments)]


@pytest.mark.parametrize(
    ("name", "proofs"),
    [
        ("front.jpg", (FRONT,)),
        ("box_back.jpg", (BACK,)),
        ("BoxBack.jpg", (BACK,)),
        ("package-front-2.png", (FRONT,)),
        ("carton.jpg", (FRONT,)),
        ("shipping label.jpg", (FRONT,)),
        ("packing slip.jpg", (SLIP,)),
        ("device.jpg", (ITEM,)),
        ("front of the phone.jpg", (ITEM,)),
        ("crack.jpg", (PROBLEM,)),
        ("box damage.jpg", (PROBLEM,)),
        ("vorne.jpg", (FRONT,)),
        ("Rückseite.jpg", (BACK,)),
        ("rueckseite_karton.jpg", (BACK,)),
        ("Lieferschein.jpg", (SLIP,)),
        ("Schaden.jpg", (PROBLEM,)),
        ("Gerät.jpg", (ITEM,)),
        ("dos du colis.jpg", (BACK,)),
        ("caja detrás.jpg", (BACK,)),
        ("retro scatola.jpg", (BACK,)),
        ("achterkant doos.jpg", (BACK,)),
        ("tył paczki.jpg", (BACK,)),
        ("kutunun arka yüzü.jpg", (BACK,)),
        ("коробка сзади.jpg", (BACK,)),
        ("包装背面.jpg", (BACK,)),
        ("箱の裏面.jpg", (BACK,)),
        ("front and back of the box.jpg", (FRONT, BACK)),
        ("IMG_20261105_093311.jpg", ()),
        ("background.jpg", ()),
        ("confrontation.jpg", ()),
    ],
)
def test_a_file_name_says_what_it_shows(name: str, proofs: tuple[Proof, ...]) -> None:
    assert proofs_named(name.rpartition(".")[0]) == proofs


def test_a_name_counts_for_sure_and_the_reason_is_told() -> None:
    (finding,) = inspected(attached("back.jpg"))
    assert (finding.shows, finding.provisional) == ((BACK,), False)
    assert finding.signals == ("its file name says 'back'",)


def test_photos_that_nothing_names_fill_open_proofs_in_order_and_provisionally() -> None:
    findings = inspected(
        attached("a.jpg"), attached("back.jpg"), attached("c.jpg"), outstanding=(FRONT, BACK, ITEM, PROBLEM)
    )
    assert [(finding.shows, finding.provisional) for finding in findings] == [
        ((FRONT,), True),
        ((BACK,), False),
        ((ITEM,), True),
    ]


def test_more_photos_than_open_proofs_stay_evidence_that_shows_nothing_yet() -> None:
    assert shown("a.jpg", "b.jpg", outstanding=(ITEM,)) == [(ITEM,), ()]


@pytest.mark.parametrize(
    ("names", "proofs"),
    [
        (["earbuds.jpg"], [(ITEM,)]),
        (["my phone.jpg"], [(ITEM,)]),
        (["Display.jpg"], [(ITEM,)]),
        (["usb-cable.jpg"], [(ITEM,)]),
        (["Akku.jpg"], [(ITEM,)]),
        (["écran.jpg"], [(ITEM,)]),
        (["屏幕.jpg"], [(ITEM,)]),
        (["front of the earbuds.jpg"], [(ITEM,)]),
        (["earbuds box front.jpg"], [(FRONT,)]),
        (["broken screen.jpg"], [(PROBLEM,)]),
        (["earbuds.jpg", "screen.jpg"], [(ITEM,), (PROBLEM,)]),
        (["earbuds.jpg", "IMG_1.jpg"], [(ITEM,), (FRONT,)]),
    ],
)
def test_a_name_of_a_device_or_a_part_means_the_item_and_never_the_package(
    names: list[str], proofs: list[tuple[Proof, ...]]
) -> None:
    assert shown(*names, outstanding=(FRONT, BACK, ITEM, PROBLEM)) == proofs


def test_an_unnamed_photo_fills_the_proof_of_an_unusable_named_one_last(opener: ChildOpener) -> None:
    blank_front, other, last = inspected(
        attached("front.jpg", b""),
        attached("a.jpg", photo(600, 400)),
        attached("b.jpg", photo(610, 410)),
        opener=opener,
        outstanding=(FRONT, BACK),
    )
    assert (blank_front.shows, other.shows, last.shows) == ((), (BACK,), (FRONT,))


@pytest.mark.parametrize(
    ("captions", "proofs"),
    [
        (["1.jpg: back of the box", "2.jpg: the crack"], [(BACK,), (PROBLEM,)]),
        (["photo 2 is the front of the box", "photo 1 the whole device"], [(ITEM,), (FRONT,)]),
        (["the second picture shows the back of the box"], [(), (BACK,)]),
        (["Bild 1: Rückseite des Kartons", "Bild 2: der Schaden"], [(BACK,), (PROBLEM,)]),
        (["Back, label."], [(BACK,), (FRONT,)]),
        (["I attach two pictures"], [(), ()]),
    ],
)
def test_a_line_that_names_a_picture_says_what_it_shows(captions: list[str], proofs: list[tuple[Proof, ...]]) -> None:
    assert shown("1.jpg", "2.jpg", captions=captions) == proofs


def test_the_order_of_lines_alone_counts_provisionally() -> None:
    findings = inspected(attached("a.jpg"), attached("b.jpg"), captions=["back, front"])
    assert [(finding.shows, finding.provisional) for finding in findings] == [((BACK,), True), ((FRONT,), True)]


@pytest.mark.parametrize(
    ("answers", "proofs"),
    [
        ([("Photo of the back of the box", "the second picture")], [(), (BACK,)]),
        ([("Photo of the back of the box", "b.jpg"), ("Photo of the problem", "a.jpg")], [(PROBLEM,), (BACK,)]),
        ([("Photo of the back of the box", "I have thrown it away")], [(), ()]),
        ([("Photo of the back of the box", "attached")], [(BACK,), ()]),
        ([("Your order number", "770012345")], [(), ()]),
    ],
)
def test_an_answer_under_our_line_says_which_picture_is_meant(
    answers: Sequence[tuple[str, str]], proofs: list[tuple[Proof, ...]]
) -> None:
    given_answers = [Answer(to=to, answer=answer) for to, answer in answers]
    assert shown("a.jpg", "b.jpg", answers=given_answers) == proofs


def test_a_description_of_the_part_counts_like_a_name() -> None:
    (finding,) = inspected(attached("x.jpg", label="back of the parcel"))
    assert finding.shows == (BACK,)


def test_a_video_shows_the_problem_unless_it_is_named_otherwise() -> None:
    video = attached("VID_1.mp4", MP4, content_type="video/mp4")
    named = attached("device.mp4", MP4 + b"2", content_type="video/mp4")
    assert [(f.media, f.shows, f.usable) for f in inspected(video, named)] == [
        ("video", (PROBLEM,), True),
        ("video", (ITEM,), True),
    ]


def test_what_a_file_is_is_read_from_its_bytes_and_never_from_its_name() -> None:
    findings = inspected(
        attached("letter.pdf", photo(), content_type="application/octet-stream"),
        attached("photo.jpg", MP4),
        attached("photo2.jpg", PDF),
        attached("photo3.jpg", ZIP),
    )
    assert [finding.media for finding in findings] == ["photo", "video", "document", "other"]


def test_heic_and_video_are_recognised_and_said_to_be_unopened() -> None:
    (heic,) = inspected(attached("IMG_1.heic", HEIC, content_type="image/heic"), outstanding=(ITEM,))
    assert (heic.media, heic.usable, heic.shows) == ("photo", True, (ITEM,))
    assert heic.signals[0] == "HEIC, recognised by its first bytes, not opened"


UNUSABLE = [
    ("empty", attached("a.jpg", b""), Unusable.EMPTY),
    ("eight bytes", attached("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JF"), Unusable.UNREADABLE),
    ("no picture at all", attached("a.jpg", b"hello, I am no picture"), Unusable.UNREADABLE),
    ("too small", attached("a.jpg", photo(600, 200)), Unusable.TOO_SMALL),
    ("an archive", attached("photos.zip", ZIP, content_type="application/zip"), Unusable.UNREADABLE),
    ("left on the server", attached("a.jpg", None, size=99_000_000), Unusable.UNREADABLE),
]


@pytest.mark.parametrize(("file", "reason"), [case[1:] for case in UNUSABLE], ids=[case[0] for case in UNUSABLE])
def test_a_file_that_does_not_serve_is_evidence_that_says_why(
    opener: ChildOpener, file: Attachment, reason: Unusable
) -> None:
    (finding,) = inspected(file, opener=opener, outstanding=tuple(Proof))
    assert (finding.role, finding.usable, finding.reasons, finding.shows) == ("evidence", False, (reason,), ())
    assert finding.signals


def test_the_short_side_decides_whether_a_photo_is_too_small(opener: ChildOpener) -> None:
    (just_enough,) = inspected(attached("a.jpg", photo(240, 900)), opener=opener)
    (too_small,) = inspected(attached("a.jpg", photo(239, 900)), opener=opener)
    assert (just_enough.usable, just_enough.width, just_enough.height) == (True, 240, 900)
    assert too_small.reasons == (Unusable.TOO_SMALL,)


def test_of_the_same_file_twice_the_first_is_usable() -> None:
    first, second = inspected(attached("a.jpg", photo()), attached("b.jpg", photo()), outstanding=(FRONT, BACK))
    assert (first.usable, first.shows) == (True, (FRONT,))
    assert (second.usable, second.reasons, second.shows) == (False, (Unusable.DUPLICATE,), ())


def test_a_file_that_the_claim_has_already_is_a_duplicate() -> None:
    (finding,) = inspected(attached("a.jpg", photo()), seen=frozenset({hashlib.sha256(photo()).hexdigest()}))
    assert finding.reasons == (Unusable.DUPLICATE,)


IGNORED = [
    ("a calendar entry", attached("meeting.ics", b"BEGIN:VCALENDAR", content_type="text/calendar")),
    ("a card", attached("anna.vcf", b"BEGIN:VCARD", content_type="text/vcard")),
    ("a signature", attached("smime.p7s", b"0\x82", content_type="application/pkcs7-signature")),
    ("an attached mail", attached("mail.eml", b"From: x", content_type="message/rfc822")),
    ("an invoice", attached("Rechnung.pdf", PDF, content_type="application/pdf")),
    ("a document", attached("notes.pdf", PDF, content_type="application/pdf")),
    ("a tracking pixel", attached("x.png", photo(1, 1, "PNG"), content_type="image/png")),
    ("a logo in the text", attached("image001.png", photo(150, 150, "PNG"), content_type="image/png", inline=True)),
    ("a banner in the text", attached("b.png", photo(1200, 210, "PNG"), content_type="image/png", inline=True)),
    ("a photo of an invoice", attached("invoice.jpg")),
    ("a page of tracking", attached("tracking page.jpg")),
    ("an SVG", attached("x.svg", b"<svg/>", content_type="image/svg+xml")),
]


@pytest.mark.parametrize("file", [case[1] for case in IGNORED], ids=[case[0] for case in IGNORED])
def test_what_is_no_evidence_is_ignored_and_fills_no_proof(opener: ChildOpener, file: Attachment) -> None:
    (finding,) = inspected(file, opener=opener, outstanding=tuple(Proof))
    assert (finding.role, finding.usable, finding.reasons) == ("ignored", False, (Unusable.NOT_EVIDENCE,))
    assert finding.shows == ()


def test_a_large_photo_within_the_text_is_evidence(opener: ChildOpener) -> None:
    file = attached("image003.jpg", photo(1600, 1200), inline=True)
    (finding,) = inspected(file, opener=opener, outstanding=(ITEM,))
    assert (finding.role, finding.usable, finding.shows) == ("evidence", True, (ITEM,))


def test_a_document_that_says_to_be_the_slip_is_the_slip() -> None:
    (finding,) = inspected(attached("packing slip.pdf", PDF, content_type="application/pdf"))
    assert (finding.media, finding.role, finding.shows) == ("document", "evidence", (SLIP,))


@pytest.mark.parametrize(
    ("kind", "role"),
    [
        (ProblemKind.SOFTWARE_ISSUE, "evidence"),
        (ProblemKind.DEFECTIVE, "evidence"),
        (ProblemKind.DAMAGED_IN_TRANSIT, "ignored"),
        (ProblemKind.NOT_AS_DESCRIBED, "ignored"),
    ],
)
def test_a_screenshot_shows_the_problem_only_where_that_is_on_a_screen(kind: ProblemKind, role: str) -> None:
    for name in ("Screenshot_2026-11-05.png", "Bildschirmfoto 1.png", "Capture d'écran.png", "截图.png"):
        (finding,) = inspected(attached(name), problem_kind=kind)
        assert (finding.role, finding.shows) == (role, (PROBLEM,) if role == "evidence" else ())


@pytest.mark.parametrize(
    ("name", "danger"),
    [
        ("swollen battery.jpg", True),
        ("smoke.mp4", True),
        ("Akku_aufgebläht.jpg", True),
        ("brandfleck.jpg", True),
        ("鼓包.jpg", True),
        ("fire tv box.jpg", False),
        ("screen burn-in.jpg", False),
        ("device.jpg", False),
    ],
)
def test_a_file_name_can_tell_of_a_danger(name: str, danger: bool) -> None:
    (finding,) = inspected(attached(name))
    assert finding.hazard is danger
    assert tells_of_danger(name) is danger


def test_findings_stand_in_the_order_of_the_mail() -> None:
    findings = inspected(attached("c.jpg"), attached("x.ics", b"B", content_type="text/calendar"), attached("a.jpg"))
    assert [finding.filename for finding in findings] == ["c.jpg", "x.ics", "a.jpg"]


def test_every_language_of_the_vocabulary_knows_the_package_and_the_problem() -> None:
    assert len(available()) == 13
    assert len(entries("back")) > len(available())


@settings(max_examples=200, deadline=None)
@given(content=st.binary(max_size=200), name=st.text(max_size=40), declared=st.text(max_size=20))
def test_inspection_never_raises_whatever_bytes_and_names(content: bytes, name: str, declared: str) -> None:
    (finding,) = inspected(attached(name, content, content_type=declared), outstanding=tuple(Proof))
    assert finding.size == len(content)
    assert not (finding.shows and not finding.usable)

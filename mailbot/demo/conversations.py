"""The sample conversations: what each person writes, and how mailbot is expected to end it."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from email.message import EmailMessage
from types import TracebackType
from typing import Self

from mailbot.claims.words import Resolution, Status
from mailbot.demo import pictures
from mailbot.demo.mail_program import MailProgram
from mailbot.demo.pictures import Picture
from mailbot.demo.records import Records
from mailbot.demo.shop import ANNA, BEN, CLARA, JONAS, MIA, PETRA, ROSA, SHOP, TOM, Person, purchase_of
from mailbot.letters.letter import LetterName

NEWSLETTER = Person(name="Deals Weekly", address="deals@promo.example")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimEnds:
    """How a customer's claim stands at the end; `letters` are all that they were sent on it, in order."""

    customer: Person
    status: Status
    rule: str | None
    letters: tuple[LetterName, ...]
    resolution: Resolution | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NobodyAnswers:
    """None of the mails that the talk hands back is answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """One sample. `talk` plays it and hands back the mails whose silence is to be looked at."""

    title: str
    about: str
    talk: Callable[["Cast"], Sequence[EmailMessage]]
    ending: ClaimEnds | NobodyAnswers


class Cast:
    """The people of the demo at their mail programs; each signs in when first asked for."""

    def __init__(self, *, host: str, imap_port: int, smtp_port: int, records: Records) -> None:
        self.records = records
        self._programs: dict[str, MailProgram] = {}
        self._open = ExitStack()
        self._host, self._imap_port, self._smtp_port = host, imap_port, smtp_port

    def program(self, person: Person) -> MailProgram:
        """The mail program of a person."""
        if person.address not in self._programs:
            program = MailProgram(person, host=self._host, imap_port=self._imap_port, smtp_port=self._smtp_port)
            self._programs[person.address] = self._open.enter_context(program)
        return self._programs[person.address]

    def writes(self, person: Person, subject: str, text: str, files: Sequence[Picture] = ()) -> EmailMessage:
        """A person writes to the shop and waits for its letter."""
        self.program(person).write(SHOP.address, subject, text, files)
        return self.letter_to(person)

    def answers(self, person: Person, letter: EmailMessage, text: str, files: Sequence[Picture] = ()) -> EmailMessage:
        """A person answers a letter and waits for the next."""
        self.program(person).answer(letter, text, files)
        return self.letter_to(person)

    def letter_to(self, person: Person) -> EmailMessage:
        """The next letter that a person has not seen yet."""
        return self.program(person).wait_for(lambda _mail: True)

    def agents_mail_about(self, customer: Person) -> EmailMessage:
        """The next mail to the agent about the claim of this customer."""
        claim = self.records.claim_of(customer.address)
        rma = claim.rma if claim else ""
        return self.program(MIA).wait_for(lambda mail: bool(rma) and rma in str(mail["Subject"]))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._open.close()


def _all_proofs_at_once(cast: Cast) -> Sequence[EmailMessage]:
    number = purchase_of(ANNA).number
    cast.writes(
        ANNA,
        "Screen of my phone stays black",
        f"Hello,\n\n"
        f"the Kestrel P5 from my order {number} is faulty. Since yesterday its screen stays black: it still rings when "
        f"I call it, but nothing is shown any more, also after charging it over night and restarting it.\n\n"
        f"I would like a refund, please. Photos of the parcel, the phone and the black screen are attached.\n\n"
        f"Best regards\nAnna Weaver",
        (
            pictures.parcel_front("package-front.jpg", address=ANNA.home, order_number=number),
            pictures.parcel_back("package-back.jpg", order_number=number),
            pictures.phone("phone.jpg", order_number=number),
            pictures.phone("problem-black-screen.jpg", order_number=number, black=True),
        ),
    )
    return ()


def _completed_in_a_second_mail(cast: Cast) -> Sequence[EmailMessage]:
    number = purchase_of(TOM).number
    front = pictures.parcel_front("package-front.jpg", address=TOM.home, order_number=number)
    letter = cast.writes(
        TOM,
        "Buds 3: no sound on the left",
        "Hi, the left earbud of my Kestrel Buds 3 has stopped working, it has no sound at all. Can you help?\n\nTom",
        (
            pictures.tiny("package-front-preview.jpg", front),
            pictures.earbuds("earbuds.jpg", order_number=number),
        ),
    )
    cast.answers(
        TOM,
        letter,
        f"Hi,\n\n"
        f"the order number is {number}. The left earbud went silent three days ago in the middle of a song; the right "
        f"one plays, and pairing them anew with two phones changed nothing. I would like a replacement.\n\n"
        f"Here are the photos you asked for, the front in full size this time.\n\nTom",
        (
            front,
            pictures.parcel_back("package-back.jpg", order_number=number),
            pictures.earbuds("problem-left-earbud.jpg", order_number=number, close_up=True),
        ),
    )
    return ()


def _too_late(cast: Cast) -> Sequence[EmailMessage]:
    cast.writes(
        ROSA,
        f"Order {purchase_of(ROSA).number}, tablet does not charge",
        f"Good morning,\n\n"
        f"my Kestrel Tab T2 from order {purchase_of(ROSA).number} stopped charging last week. I tried two cables and "
        f"two chargers, the battery stays at 0 %. I want my money back.\n\nRosa Lindqvist",
    )
    return ()


def _danger(cast: Cast) -> Sequence[EmailMessage]:
    cast.writes(
        BEN,
        "Power bank swollen",
        f"Hello,\n\n"
        f"the power bank from order {purchase_of(BEN).number} has swollen up like a cushion while charging and there "
        f"was smoke coming out of the side. I pulled the plug. How do I send it back?\n\nBen",
    )
    cast.agents_mail_about(BEN)
    return ()


def _overruled(cast: Cast) -> Sequence[EmailMessage]:
    cast.writes(
        CLARA,
        "Watch turns itself off",
        f"Hello,\n\n"
        f"my Kestrel Watch W1 (order {purchase_of(CLARA).number}) turns itself off every hour although it is fully "
        f"charged. It began last week. I would prefer a refund.\n\nKind regards\nClara Bianchi",
    )
    mia = cast.program(MIA)
    notification = cast.agents_mail_about(CLARA)
    mia.answer(notification, "/approve refund\n\nThe carrier says it was delivered on Monday.")
    cast.letter_to(CLARA)
    transcript = cast.agents_mail_about(CLARA)
    mia.answer(transcript, "/received\n/inspect defect")
    cast.letter_to(CLARA)
    cast.letter_to(CLARA)
    transcript = cast.agents_mail_about(CLARA)
    mia.answer(transcript, "/refunded 239.00 EUR")
    cast.letter_to(CLARA)
    cast.agents_mail_about(CLARA)
    return ()


def _not_to_be_answered(cast: Cast) -> Sequence[EmailMessage]:
    newsletter = cast.program(NEWSLETTER).write(
        SHOP.address,
        "This week only: 40 % off all cases",
        "Our best offers of the week: 40 % off all phone cases, straps and chargers.\n\n"
        "You get this mail because you subscribed to our newsletter. Unsubscribe: https://promo.example/unsubscribe",
        headers={
            "List-Unsubscribe": "<https://promo.example/unsubscribe>",
            "List-Id": "<deals.promo.example>",
            "Precedence": "bulk",
        },
    )
    claim = cast.records.claim_of(ANNA.address)
    assert claim is not None
    letter = cast.records.letters_at_rest(claim.number)[-1]
    absence = cast.program(ANNA).write(
        SHOP.address,
        f"Automatic reply: [{claim.rma}]",
        "I am away until Monday and read my mail then.",
        headers={"In-Reply-To": letter.message_id, "Auto-Submitted": "auto-replied"},
    )
    return newsletter, absence


def _forged(cast: Cast) -> Sequence[EmailMessage]:
    claim = cast.records.claim_of(BEN.address)
    rma = claim.rma if claim else ""
    cast.program(MIA).write(SHOP.address, f"Re: [{rma}] Power bank", "/approve refund", signed_in=False)
    cast.agents_mail_about(BEN)
    return ()


def _in_german(cast: Cast) -> Sequence[EmailMessage]:
    number = purchase_of(JONAS).number
    letter = cast.writes(
        JONAS,
        "Handy lädt nicht mehr",
        f"Guten Tag,\n\n"
        f"mein Kestrel P5 aus der Bestellung {number} lädt seit vorgestern nicht mehr. Ein anderes Kabel und ein "
        f"anderes Ladegerät habe ich schon ausprobiert, der Akku bleibt bei 0 %. Ich hätte gern ein Ersatzgerät.\n\n"
        f"Mit freundlichen Grüßen\nJonas Keller",
        (pictures.phone("handy.jpg", order_number=number),),
    )
    cast.answers(
        JONAS,
        letter,
        "Guten Tag,\n\nanbei die fehlenden Fotos.\n\nMit freundlichen Grüßen\nJonas Keller",
        (
            pictures.parcel_front("karton-vorderseite.jpg", address=JONAS.home, order_number=number),
            pictures.parcel_back("karton-rückseite.jpg", order_number=number),
            pictures.charging_phone("fehler-lädt-nicht.jpg", order_number=number),
        ),
    )
    return ()


def _dropped(cast: Cast) -> Sequence[EmailMessage]:
    number = purchase_of(PETRA).number
    cast.writes(
        PETRA,
        "Display gesprungen",
        f"Hallo,\n\n"
        f"gestern ist mir das Kestrel P5 (Bestellung {number}) aus der Hand gerutscht und heruntergefallen, seitdem "
        f"ist das Display gesprungen. Kann ich es umtauschen?\n\nViele Grüße\nPetra Vogel",
        (pictures.phone("display.jpg", order_number=number, cracked=True),),
    )
    return ()


CONVERSATIONS = (
    Conversation(
        title="A return with everything in the first mail",
        about="Inside the days that the policy gives, all photos there: approved at once.",
        talk=_all_proofs_at_once,
        ending=ClaimEnds(
            customer=ANNA,
            status=Status.AWAITING_RETURN,
            rule="R2",
            letters=(LetterName.APPROVE_RETURN,),
            resolution=Resolution.REFUND,
        ),
    ),
    Conversation(
        title="Something is missing, and comes in a second mail",
        about="No order number, and a photo in the size of a stamp: one letter asks for all that is missing.",
        talk=_completed_in_a_second_mail,
        ending=ClaimEnds(
            customer=TOM,
            status=Status.AWAITING_RETURN,
            rule="R2",
            letters=(LetterName.REQUEST_INFORMATION, LetterName.APPROVE_RETURN),
            resolution=Resolution.REPLACEMENT,
        ),
    ),
    Conversation(
        title="Too late",
        about="Declined, with the dates that were used and the days counted.",
        talk=_too_late,
        ending=ClaimEnds(customer=ROSA, status=Status.DECLINED, rule="R2", letters=(LetterName.DECLINE,)),
    ),
    Conversation(
        title="A dangerous battery",
        about="A warning at once, no return instructions, and an urgent mail to the agents.",
        talk=_danger,
        ending=ClaimEnds(customer=BEN, status=Status.AWAITING_AGENT, rule="S1", letters=(LetterName.HAZARD,)),
    ),
    Conversation(
        title="A person decides, by answering a mail",
        about="The day of delivery is unknown: Mia is asked, and answers with commands above the quoted mail.",
        talk=_overruled,
        ending=ClaimEnds(
            customer=CLARA,
            status=Status.REFUNDED,
            rule=None,
            letters=(
                LetterName.REFER_TO_AGENT,
                LetterName.APPROVE_RETURN,
                LetterName.RECEIVED,
                LetterName.INSPECTED_DEFECT,
                LetterName.REFUNDED,
            ),
            resolution=Resolution.REFUND,
        ),
    ),
    Conversation(
        title="Mails that are not to be answered",
        about="A newsletter, and an out-of-office note in a claim's thread.",
        talk=_not_to_be_answered,
        ending=NobodyAnswers(),
    ),
    Conversation(
        title="A forged command",
        about="Somebody writes in Mia's name without having signed in: nothing is done, and the real Mia hears of it.",
        talk=_forged,
        ending=ClaimEnds(customer=BEN, status=Status.AWAITING_AGENT, rule="S1", letters=(LetterName.HAZARD,)),
    ),
    Conversation(
        title="In German: asked for photos, then approved",
        about="The letters are in the customer's language.",
        talk=_in_german,
        ending=ClaimEnds(
            customer=JONAS,
            status=Status.AWAITING_RETURN,
            rule="R2",
            letters=(LetterName.REQUEST_INFORMATION, LetterName.APPROVE_RETURN),
            resolution=Resolution.REPLACEMENT,
        ),
    ),
    Conversation(
        title="In German: dropped, therefore not covered",
        about="The policy rules out accidents; no photos are asked for.",
        talk=_dropped,
        ending=ClaimEnds(customer=PETRA, status=Status.DECLINED, rule="R4", letters=(LetterName.DECLINE,)),
    ),
)

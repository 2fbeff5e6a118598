"""What a customer wrote stays, however much it looks like a quotation, a closing, a footer or a disclaimer."""

import pytest

from mailbot.mail.new_text import new_text

KEPT_WHOLE = {
    "from in prose": "Hello,\n\nFrom: the very first day it was noisy.\nSent: nothing back yet.\nPlease help.",
    "fields of a form": "Von: Anna Berg\nBestellung: 100482913\n\nDas Kabel fehlt.",
    "a list with two dashes": "Two things:\n-- the lid is cracked\n-- the cable is missing",
    "thanks and then the fault": "Hello,\nthanks!\nThe screen is still black",
    "thanks, blank, fault": "Hello,\n\nThank you.\n\nThe screen is still black after the reset you told me to do.",
    "thanks please": "The lid is cracked.\nThanks, please refund me",
    "thanks with a wish in Chinese": "盖子裂了。\n谢谢，请尽快退款",
    "a wish in a Japanese closing": "蓋が割れています。\n何卒返金をお願いいたします",
    "for these reasons": "蓋が割れています。\n以上の理由で返品を希望します",
    "an Arabic wish": "الغطاء مكسور.\nشكرا، أريد استرداد المال",
    "best in mid-text": "The lid is cracked.\nBest regards to your colleague who packed it so badly.\nMoney back.",
    "regards in mid-text": "As regards the lid: it is cracked.\nRegarding the cable: it is missing.",
    "an address wanted": "Please send the new one to:\nAnna Berg\nHauptstr. 1\n53111 Bonn",
    "an order number alone": "Danke!\n\nBestellnummer 100482913\n\nDas Gerät lädt nicht mehr.",
    "sent by a carrier": "It broke.\n\nSent by DHL on Monday, 00340434161094015902",
    "sent by a carrier fr": "Il est cassé.\n\nEnvoyé par Chronopost lundi",
    "sent by a carrier de": "Es ist defekt.\n\nGesendet mit DHL, Nummer folgt",
    "sent by a carrier es": "Está roto.\n\nEnviado por Correos el lunes",
    "sent by a carrier pl": "Jest zepsute.\n\nWysłane przez InPost w poniedziałek",
    "sent by a carrier nl": "Hij is stuk.\n\nVerzonden via PostNL",
    "sent by a carrier it": "È rotto.\n\nInviato con corriere lunedì",
    "sent from somewhere": "Sent from your warehouse without the cable, as far as I can see.\n\nPlease send it.",
    "this message is about": "This message is about order 100482913.\n\nThe lid is cracked.",
    "this email is to tell you": "This email is to inform you that the lid is cracked.",
    "diese mail": "Diese E-Mail ist meine dritte. Der Deckel ist gerissen.",
    "ce message": "Ce message est pour vous signaler que le couvercle est fendu.",
    "este mensaje": "Este mensaje es para decirles que la tapa está rota.",
    "questo messaggio": "Questo messaggio è per segnalare che il coperchio è rotto.",
    "dit bericht": "Dit bericht is mijn derde. Het deksel is gescheurd.",
    "это письмо": "Это письмо уже третье. Крышка треснула.",
    "bu mesaj": "Bu mesaj üçüncü mesajım. Kapak çatladı.",
    "このメール": "このメールは三通目です。蓋が割れています。",
    "caution hot": "Caution: the plug gets so hot that it smokes.",
    "note": "Important note: the box had been opened before it came.",
    "hinweis": "Hinweis: Das Kabel fehlte auch.",
    "withdrawal by law it": "Ai sensi dell'art. 52 del Codice del Consumo recedo dal contratto.",
    "withdrawal by law es": "De conformidad con el artículo 102 desisto del contrato.",
    "a printer": "Antes de imprimir hace un ruido muy fuerte.",
    "log out": "Abmelden geht nicht, die App stürzt dann ab.",
    "subscribe": "Subscribe does nothing when I press it in the app.",
    "greater than": "It runs at > 80 degrees.\nThe display shows < 10 %.",
    "wrote in prose": "I wrote to you on 3 November:\nnobody answered.",
    "a date and a colon": "On 3 November 2026 at 10:00 this happened:\nthe lid cracked.",
    "said": "Your colleague said on the phone on 3 Nov 2026: send it in.\nSo I ask where to.",
    "a question with a colon": "Am 3.11.2026 schrieb ich schon: Deckel kaputt.\nBis heute keine Antwort.",
    "a rule between": "First the lid.\n\n--------------------------------\n\nThen the cable, which is missing.",
    "message label in prose": "My message: the lid is cracked.\n\nPlease help.",
    "unsubscribe in prose": "Please view my photos in the browser, the mail program shrinks them.",
    "the environment": "Think about what this means for me: I have no kettle.",
    "a line that begins with a bar": "The table of my readings:\na | b\n1 | 2",
}

WITH_ITS_TEXT = {
    "two dashes and sentences": (
        "The lid is cracked.\n--\nThe cable was missing from the box as well.\nPlease send me a new one.",
        ["The lid is cracked.", "The cable was missing from the box as well.\nPlease send me a new one."], ["--"]),
    "below a name": ("The lid is cracked.\n\nRegards,\nAnna\n\nThe order number is 100482913, by the way.",
                     ["The lid is cracked.", "The order number is 100482913, by the way."], ["Regards"]),
    "order number under a name": ("The lid is cracked.\n\nKind regards\nAnna Berg\nOrder no. 100482913",
                                  ["The lid is cracked.", "100482913"], ["Kind regards"]),
    "ps without a dot": ("The lid is cracked.\n\nRegards,\nAnna\n\nPS The charger is fine",
                         ["PS The charger is fine"], ["Regards"]),
    "pd es": ("La tapa está rota.\n\nUn saludo,\nAna\n\nP.D.: El cargador está bien.",
              ["El cargador está bien."], ["Un saludo"]),
    "ps fr": ("Le couvercle est fendu.\n\nCordialement,\nAnne\n\nP.-S. : le chargeur va bien",
              ["le chargeur va bien"], ["Cordialement"]),
    "ps ru": ("Крышка треснула.\n\nС уважением,\nАнна\n\nP.S. Зарядка в порядке", ["Зарядка в порядке"], ["уважением"]),
    "ps ja": ("蓋が割れています。\n\nよろしくお願いします。\n田中\n\n追伸：充電器は問題ありません。",
              ["充電器は問題ありません。"], ["田中"]),
    "below two dashes": ("The lid is cracked.\n--\nAnna Berg\nwww.berg.example\n\nAnd: the cable was missing too.",
                         ["The lid is cracked.", "the cable was missing too."], ["berg.example"]),
    "ps below two dashes": ("The lid is cracked.\n\n-- \nAnna\n\nPS: cable missing too", ["cable missing too"], []),
    "address below two dashes": ("The lid is cracked.\n\n-- \naoife n.\nroom 12, 9 canal terrace, galway h91 x0x0\n"
                                 "+353 20 910 0000", ["The lid"], ["canal", "353"]),
    "company card ru": ("Крышка треснула.\n\nС уважением,\nОльга Ким, г. Тверь\nспециалист по закупкам\n"
                        "170100, г. Тверь, Московское шоссе, д. 18, оф. 204\nтел. +7 (4822) 55-01-38",
                        ["Крышка"], ["шоссе", "Ольга"]),
    "motto below two dashes": ("The lid is cracked.\n\n-- \nWell begun is half done.", ["The lid"], ["Well"]),
    "thanks in the middle, closing at the end": (
        "Hello,\nthank you.\nIt still leaks at the base.\n\nKind regards\nAnna Berg\n+44 113 496 0000",
        ["thank you", "It still leaks at the base."], ["Anna Berg", "496"]),
    "company card": ("The lid is cracked.\n\nBest regards\n\nAnna Berg\nHead of customer care\n\nBerg Ltd\n1 Mill Lane"
                     "\nLeeds LS1 4AB\nPhone: +44 113 496 0000\nwww.berg.example",
                     ["The lid is cracked."], ["Head of", "Mill Lane", "496", "berg.example"]),
    "name in small letters": ("der deckel ist kaputt.\n\nlg anna", ["der deckel ist kaputt."], ["lg"]),
    "closing with initial": ("The lid is cracked.\n\nKind regards, Anna B.", ["The lid is cracked."], ["Anna"]),
    "disclaimer in two paragraphs": (
        "The lid is cracked.\n\nThis e-mail is confidential and intended for its addressee.\n\n"
        "Any unauthorised copying, disclosure or distribution is forbidden.", ["The lid is cracked."],
        ["confidential", "unauthorised"]),
    "pgp": ("-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nThe lid is cracked.\n- -- \nAnna\n"
            "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEB\n-----END PGP SIGNATURE-----", ["The lid is cracked."],
            ["PGP", "SHA256", "iQEz"]),
}  # fmt: skip


@pytest.mark.parametrize("text", KEPT_WHOLE.values(), ids=KEPT_WHOLE.keys())
def test_what_a_customer_typed_stays(text: str) -> None:
    assert new_text(text) == text


@pytest.mark.parametrize("text", KEPT_WHOLE.values(), ids=KEPT_WHOLE.keys())
def test_what_a_customer_typed_stays_above_a_signature_and_a_quotation(text: str) -> None:
    below = "Kind regards\nAnna Berg\n\nOn Tue, 3 Nov 2026, Shop <returns@shop.example> wrote:\n> Please\n> wait"
    assert new_text(f"{text}\n\n{below}") == text


@pytest.mark.parametrize("text, kept, gone", WITH_ITS_TEXT.values(), ids=WITH_ITS_TEXT.keys())
def test_text_around_a_closing_stays_and_the_card_goes(text: str, kept: list[str], gone: list[str]) -> None:
    new = new_text(text)
    assert [each for each in kept if each not in new] == []
    assert [each for each in gone if each in new] == []


NAMED = [
    ("The lid is cracked.\n\nAnna Berg", "Anna Berg", True),
    ("The lid is cracked.\n\nanna\nLeeds", "Anna Berg", True),
    ("蓋が割れています。\n\n森下かおり（松本市）", "Kaori", True),
    ("盖子裂了。\n\n王伟", "王伟", True),
    ("The lid is cracked.\n\nVoltana Kettle", "Anna Berg", False),
    ("The lid is cracked.\n\nAnna Berg told me to write to you about it.", "Anna Berg", False),
    ("Please send it to:\n\nAnna Berg\nOrder 100482913", "Anna Berg", False),
    ("蓋が割れています。\n\n返金希望", "Kaori", False),
    ("Anna Berg", "Anna Berg", False),
    ("The lid is cracked.\n\nAnna\n\nBuying | Berg Ltd | 1 Mill Lane, Leeds | +44 113 496 0000", "Anna Berg", True),
    ("The lid is cracked.\n\nKettle - order 100482913 - tel. 0113 496 0000", "Anna Berg", False),
]


@pytest.mark.parametrize("text, writer, gone", NAMED)
def test_a_name_alone_at_the_end_goes_where_it_is_the_senders(text: str, writer: str, gone: bool) -> None:
    assert new_text(text, writer) == (text.split("\n\n")[0] if gone else text)

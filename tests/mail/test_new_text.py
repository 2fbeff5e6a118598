import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.mail.new_text import new_text

MINE = "The camera does not switch on."

BELOW = {
    "gmail en": "On Tue, 3 Nov 2026 at 10:00, Shop <returns@shop.example> wrote:\n> Please send photos.\n> Thanks",
    "gmail en wrapped": "On Tue, Nov 3, 2026 at 10:00 AM Shop Example\n<returns@shop.example> wrote:\n\n> Please",
    "gmail de": "Am Di., 3. Nov. 2026 um 10:00 Uhr schrieb Shop <returns@shop.example>:\n> Bitte",
    "gmail fr": "Le mar. 3 nov. 2026 à 10:00, Shop <returns@shop.example> a écrit :\n> Merci",
    "gmail es": "El mar, 3 nov 2026 a las 10:00, Shop (<returns@shop.example>) escribió:\n> Gracias",
    "gmail it": "Il giorno mar 3 nov 2026 alle ore 10:00 Shop <returns@shop.example> ha scritto:\n> Grazie",
    "gmail pt": "Em ter., 3 de nov. de 2026 às 10:00, Shop <returns@shop.example> escreveu:\n> Obrigado",
    "gmail nl": "Op di 3 nov 2026 om 10:00 schreef Shop <returns@shop.example>:\n> Bedankt",
    "gmail pl": "wt., 3 lis 2026 o 10:00 Shop <returns@shop.example> napisał(a):\n> Prosimy",
    "gmail ru": "вт, 3 нояб. 2026 г. в 10:00, Shop <returns@shop.example>:\n> Пожалуйста",
    "gmail ja": "2026年11月3日(火) 10:00 Shop <returns@shop.example>:\n> お願いします",
    "gmail zh": "Shop <returns@shop.example> 于2026年11月3日周二 10:00写道：\n> 请",
    "gmail tr": "Shop <returns@shop.example>, 3 Kas 2026 Sal, 10:00 tarihinde şunu yazdı:\n> Lütfen",
    "gmail ar": "في الثلاثاء، 3 نوفمبر 2026 في 10:00 ص تمت كتابة ما يلي بواسطة Shop <returns@shop.example>:\n> من فضلك",
    "thunderbird de": "Am 03.11.26 um 10:00 schrieb Shop:\n> Bitte",
    "thunderbird pl": "W dniu 3.11.2026 o 10:00, Shop pisze:\n> Prosimy",
    "apple": "> On 3 Nov 2026, at 10:00, Shop <returns@shop.example> wrote:\n> \n> Please send photos.",
    "gmx": "Gesendet: Dienstag, 3. November 2026 um 10:00 Uhr\nVon: Shop <returns@shop.example>\nAn: Anna\n"
    "Betreff: Ihre Anfrage\nBitte",
    "yahoo": "On Tuesday, 3 November 2026 at 10:00:00 CET, Shop <returns@shop.example> wrote:\n\nPlease send photos.",
    "outlook en": "From: Shop <returns@shop.example>\nSent: Tuesday, November 3, 2026 10:00 AM\nTo: Anna\n"
    "Subject: Re: Camera\n\nPlease",
    "outlook rule": "________________________________\nFrom: Shop <returns@shop.example>\nSent: Tuesday\n"
    "To: Anna\nSubject: x\n\nPlease",
    "outlook de": "Von: Shop <returns@shop.example>\nGesendet: Dienstag, 3. November 2026 10:00\nAn: Anna\n"
    "Betreff: AW: Kamera\n\nBitte",
    "outlook fr": "De : Shop <returns@shop.example>\nEnvoyé : mardi 3 novembre 2026 10:00\nÀ : Anna\n"
    "Objet : RE: x\n\nMerci",
    "outlook es": "De: Shop <returns@shop.example>\nEnviado el: martes, 3 de noviembre de 2026 10:00\n"
    "Para: Anna\nAsunto: x\n\nPor favor",
    "outlook it": "Da: Shop <returns@shop.example>\nInviato: martedì 3 novembre 2026 10:00\nA: Anna\n"
    "Oggetto: x\n\nGrazie",
    "outlook nl": "Van: Shop <returns@shop.example>\nVerzonden: dinsdag 3 november 2026 10:00\nAan: Anna\n"
    "Onderwerp: x\n\nBedankt",
    "outlook pl": "Od: Shop <returns@shop.example>\nWysłano: wtorek, 3 listopada 2026 10:00\nDo: Anna\n"
    "Temat: x\n\nProsimy",
    "outlook ru": "От: Shop <returns@shop.example>\nОтправлено: 3 ноября 2026 г. 10:00\nКому: Anna\nТема: x\n\n"
    "Пожалуйста",
    "outlook ja": "差出人: Shop <returns@shop.example>\n送信日時: 2026年11月3日 10:00\n宛先: Anna\n件名: x\n\nお願い",
    "outlook zh": "发件人: Shop <returns@shop.example>\n发送时间: 2026年11月3日 10:00\n收件人: Anna\n主题: x\n\n请",
    "outlook bold": "*From:* Shop <returns@shop.example>\n*Sent:* Tuesday\n*To:* Anna\n*Subject:* x\n\nPlease",
    "outlook old": "-----Original Message-----\nFrom: Shop\nPlease send photos.",
    "outlook old de": "-----Ursprüngliche Nachricht-----\nVon: Shop\nBitte",
    "qq": "------------------ 原始邮件 ------------------\n发件人: Shop\n请",
    "signature": "-- \nAnna Berg\nHauptstr. 1, 53111 Bonn\n+49 228 123456",
    "iphone en": "Sent from my iPhone",
    "iphone de": "Von meinem iPhone gesendet",
    "iphone fr": "Envoyé de mon iPhone",
    "iphone es": "Enviado desde mi iPhone",
    "iphone it": "Inviato da iPhone",
    "iphone pt": "Enviado do meu iPhone",
    "iphone nl": "Verstuurd vanaf mijn iPhone",
    "iphone pl": "Wysłane z iPhone'a",
    "iphone ru": "Отправлено с iPhone",
    "iphone ja": "iPhoneから送信",
    "iphone zh": "发自我的iPhone",
    "iphone tr": "iPhone'umdan gönderildi",
    "iphone ar": "أُرسلت من الـ iPhone",
    "outlook for android": "Sent from Outlook for Android<https://aka.ms/x>",
    "get outlook": "Get Outlook for iOS",
    "gmx app": "Diese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.",
    "closing en": "Kind regards,\nAnna Berg",
    "closing en company": "Best regards\n\nAnna Berg\nBerg Photography Ltd\nTel. +44 20 1234567\nwww.berg.example",
    "closing de": "Mit freundlichen Grüßen\nAnna Berg",
    "closing de short": "LG Anna",
    "closing fr": "Cordialement,\nAnna Berg",
    "closing es": "Un saludo,\nAnna",
    "closing it": "Cordiali saluti\nAnna Berg",
    "closing pt": "Atenciosamente,\nAnna",
    "closing nl": "Met vriendelijke groet,\nAnna",
    "closing pl": "Z poważaniem,\nAnna",
    "closing ru": "С уважением,\nАнна",
    "closing tr": "Saygılarımla,\nAnna",
    "disclaimer en": "This email and any attachments are confidential and intended solely for the addressee.",
    "disclaimer de": "Diese E-Mail enthält vertrauliche Informationen. Wenn Sie nicht der Adressat sind, "
    "löschen Sie sie.",
    "closing and disclaimer": "Regards,\nAnna\n\nConfidentiality notice: this message is for its addressee only.",
}


@pytest.mark.parametrize("below", BELOW.values(), ids=BELOW.keys())
def test_what_stands_below_the_new_text_is_taken_off(below: str) -> None:
    assert new_text(f"{MINE}\n\n{below}\n") == MINE


@pytest.mark.parametrize(
    "text",
    [
        MINE,
        "Hello,\n\nI bought it on 3 November 2026:\n\n- the screen is broken\n- the cable is missing\n\nPlease help.",
        "My order:\nNumber: 100482913\nDate: 3 November\n\nIt never worked.",
        "Thanks, but it still does not work.\n\nI tried the reset twice.",
        "Best camera I ever had, until it broke.",
        "I sent it from my office yesterday.",
        "Sent from my desk, which is much easier than writing from my telephone.",
        "I said: this is the third time!",
        "a -- b -- c\n-- first point\n-- second point",
        "Kamera: defekt\nAn: aus\nes geht nichts",
        "On 3 November it arrived, on 5 November it broke.",
        "5 > 3 and 2 < 4",
        "Danke für die schnelle Antwort. Die Kamera ist immer noch kaputt.",
        "Data: 03.11.2026\nNie działa od pierwszego dnia.\nProszę o zwrot pieniędzy.",
    ],
)
def test_what_a_customer_typed_stays(text: str) -> None:
    assert new_text(text) == text


@pytest.mark.parametrize(
    "text, new",
    [
        ("> Photo of the back of the box\nthe second picture\n\n> Your order number\n100482913",
         "the second picture\n\n100482913"),
        ("On Tue, 3 Nov 2026, Shop <r@shop.example> wrote:\n> Please send a photo.\n\nHere it is.", "Here it is."),
        ("Hello,\n\n> Does it charge?\n\nNo.\n\n> Since when?\n\nSince Monday.\n\nRegards,\nAnna",
         "Hello,\n\nNo.\n\nSince Monday."),
        (f"{MINE}\n\nRegards,\nAnna\n\nP.S. The charger is fine.", f"{MINE}\n\nP.S. The charger is fine."),
        (f"{MINE}\n\nSent from my iPhone\n\nOn 3 Nov 2026, at 10:00, Shop <r@shop.example> wrote:\n\n> Please", MINE),
        ("Thanks!\n\nOn 3 Nov 2026, at 10:00, Shop <r@shop.example> wrote:\n> Done.", "Thanks!"),
        ("> only quoted\n> lines", ""),
        ("Von: Shop <r@shop.example>\nGesendet: Dienstag\nAn: Anna\nBetreff: x\n\nBitte", ""),
        ("CAUTION: This email originated from outside the organisation.\n\n" + MINE, MINE),
        (f"{MINE}\n_______________________________________________\nUsers mailing list\nUsers@lists.example", MINE),
        ("", ""),
        ("\n \n", ""),
    ],
)  # fmt: skip
def test_answers_between_and_below_quotations_stay(text: str, new: str) -> None:
    assert new_text(text) == new


@settings(max_examples=150)
@given(
    st.lists(
        st.sampled_from([*"> \n-_=*:@<.a1é：", "On ", "wrote:", "From: ", "Sent: ", "Regards,", "-- \n", "PS: "])
    ).map("".join)
)
def test_no_text_raises_and_nothing_is_invented(text: str) -> None:
    new = new_text(text)
    assert len(new) <= len(text) + 2


HOSTILE = [">", "> ", "-", "_", "a", " ", "<", "(", "On ", "On a\n", "From: a\n", "> a\n", "wrote:\n"
"", "a@", "<a@b>\n",
           "-- \n", "Regards\n", "PS: \n", "3:00 a\n", "：\n", "\n", "x:\n\n", "*" * 3 + "\n", "* ", "* _",
           "Message:\n", "谢谢\n", "Regards,\nA\n", "Confidential\n\n", "in attesa di ", "Anna Berg\n\n"]  # fmt: skip


@pytest.mark.parametrize("family", HOSTILE)
def test_hostile_texts_cost_seconds_at_most(family: str) -> None:
    text = (family * (40_000 // len(family) + 1))[:40_000]
    started = time.process_time()
    new_text(text)
    assert time.process_time() - started < 2.5

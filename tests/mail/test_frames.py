"""Wrappers of marketplaces, ticket systems and contact forms: the customer's words stay, the frame goes."""

import time

import pytest

from mailbot.mail.new_text import new_text
from mailbot.mail.parse import parse
from tests.mail.messages import raw

FRAMED = {
    "marketplace": (
        "You have received a message from your buyer.\n\nOrder ID: MP2R-66N-18C\nListing: Voltana Kettle\n"
        "Buyer: Bernard Osei\nReason: Item defective\n\nMessage:\n\"The lid is cracked.\"\n\n"
        "Reply to this message within 24 hours to keep your rating.\n[Case 7734-1190-2245]",
        ["MP2R-66N-18C", "Voltana Kettle", "Item defective", "The lid is cracked."],
        ["You have received", "Bernard", "Reply to this", "Case 7734"]),
    "marketplace without a label": (
        "New message from Anna Berg about order 100482913\n\nThe lid is cracked.\n\n"
        "View this message: https://m.example/1\nThis email was sent to you by Market.",
        ["The lid is cracked."], ["New message from", "View this", "was sent"]),
    "marketplace de": (
        "Sie haben eine neue Nachricht von einem Käufer erhalten:\n\nBestellung: 100482913\nKäufer: anna_b\n\n"
        "Nachricht:\nDer Deckel ist gerissen.\n\nAntworten Sie direkt auf diese E-Mail.",
        ["100482913", "Der Deckel ist gerissen."], ["Sie haben", "anna_b", "Antworten Sie"]),
    "marketplace fr": (
        "Vous avez reçu un nouveau message de l'acheteur anna_b.\n\nCommande : 100482913\n\nMessage :\n"
        "Le couvercle est fendu.\n\nPour répondre, cliquez ici.",
        ["100482913", "Le couvercle est fendu."], ["Vous avez reçu", "Pour répondre"]),
    "marketplace es": (
        "Has recibido un mensaje de un comprador\n\nPedido: 100482913\n\nMensaje:\nLa tapa está rota.\n\n"
        "Responde a este mensaje en 24 horas.", ["100482913", "La tapa está rota."], ["Has recibido", "Responde"]),
    "marketplace it": (
        "Hai ricevuto un nuovo messaggio da anna_b\n\nOrdine: 100482913\n\nMessaggio:\nIl coperchio è rotto.\n\n"
        "Rispondi a questo messaggio.", ["100482913", "Il coperchio è rotto."], ["Hai ricevuto", "Rispondi"]),
    "marketplace pt": (
        "Recebeu uma nova mensagem de um comprador\n\nEncomenda: 100482913\n\nMensagem:\nA tampa está partida.\n\n"
        "Esta mensagem foi enviada por Market.", ["100482913", "A tampa"], ["Recebeu", "foi enviada"]),
    "marketplace nl": (
        "Je hebt een nieuw bericht ontvangen van anna_b\n\nBestelling: 100482913\n\nBericht:\nHet deksel is kapot.\n\n"
        "Beantwoord dit bericht binnen 24 uur.", ["100482913", "Het deksel"], ["Je hebt", "Beantwoord"]),
    "marketplace pl": (
        "Masz nową wiadomość od kupującego\n\nZamówienie: 100482913\n\nWiadomość:\nPokrywka pękła.\n\n"
        "Aby odpowiedzieć, kliknij tutaj.", ["100482913", "Pokrywka"], ["Masz", "Aby"]),
    "marketplace ru": (
        "Вы получили новое сообщение от покупателя\n\nЗаказ: 100482913\n\nСообщение:\nКрышка треснула.\n\n"
        "Чтобы ответить, нажмите здесь.", ["100482913", "Крышка"], ["Вы получили", "Чтобы"]),
    "marketplace ja": (
        "購入者からメッセージが届きました\n\n注文番号: 100482913\n\nメッセージ：\n蓋が割れています。\n\n"
        "このメールに返信してください。", ["100482913", "蓋が"], ["届きました", "返信して"]),
    "marketplace zh": (
        "您收到一条买家的新消息\n\n订单: 100482913\n\n留言：\n盖子裂了。\n\n请在24小时内回复。",
        ["100482913", "盖子裂了"], ["您收到", "小时内"]),
    "marketplace tr": (
        "Yeni bir mesaj aldınız\n\nSipariş: 100482913\n\nMesaj:\nKapak çatladı.\n\nYanıtlamak için tıklayın.",
        ["100482913", "Kapak"], ["Yeni bir mesaj", "Yanıtlamak"]),
    "marketplace ar": (
        "لقد تلقيت رسالة من مشتر\n\nالطلب: 100482913\n\nالرسالة:\nالغطاء مكسور.\n\nللرد اضغط هنا.",
        ["100482913", "الغطاء"], ["تلقيت", "للرد"]),
    "contact form": (
        "New contact form submission\n\nName: Anna Berg\nEmail: anna@mail.example\nPhone: 0113 496 0000\n"
        "Order number: 100482913\nMessage: The lid is cracked.\nAnd the cable is missing.\n\nIP address: 192.0.2.1",
        ["100482913", "The lid is cracked.\nAnd the cable is missing."], ["anna@mail", "496", "submission"]),
    "contact form without a title": (
        "Name: Anna Berg\nE-Mail: anna@mail.example\nBestellnummer: 100482913\nNachricht:\nDer Deckel ist gerissen.",
        ["100482913", "Der Deckel"], ["anna@mail", "Anna Berg"]),
    "contact form that copies headers": (
        "From: Anna Berg <anna@mail.example>\nSubject: Kettle 100482913\n\nMessage Body:\nThe lid is cracked.\n\n"
        "-- \nThis e-mail was sent from a contact form on Shop (https://shop.example)",
        ["The lid is cracked."], ["anna@mail", "contact form on"]),
    "reply above": (
        "The lid is cracked.\n\n##- Please type your reply above this line -##\n\nYour request (4711) was updated.",
        ["The lid is cracked."], ["reply above", "4711"]),
    "reply above de": (
        "Der Deckel ist gerissen.\n\n--- Bitte schreiben Sie Ihre Antwort über dieser Linie ---\n\nIhre Anfrage",
        ["Der Deckel"], ["Linie", "Ihre Anfrage"]),
    "reply above at the top": (
        "--- Reply above this line ---\n\nYou have a new message from Anna\n\nThe lid is cracked.",
        ["The lid is cracked."], ["Reply above", "new message"]),
}  # fmt: skip


@pytest.mark.parametrize("text, kept, gone", FRAMED.values(), ids=FRAMED.keys())
def test_the_customers_words_stay_and_the_frame_goes(text: str, kept: list[str], gone: list[str]) -> None:
    new = new_text(text)
    assert [each for each in kept if each not in new] == []
    assert [each for each in gone if each in new] == []


UNFRAMED = [
    "I have a message: the lid is cracked.",
    "Name: Anna Berg\nThe lid is cracked.\nMessage: send me a new one.",
    "You have received my kettle, haven't you?\nWhen do I get my money?",
    "Order: 100482913\nProduct: kettle\nProblem: lid cracked\nWish: refund",
    "To reply I must tell you more: the lid is cracked.",
    "I got a new message about my parcel yesterday. It is lost.",
    "Message: lid cracked.",
]


@pytest.mark.parametrize("text", UNFRAMED)
def test_what_only_looks_like_a_frame_stays(text: str) -> None:
    assert new_text(text) == text


def test_a_framed_mail_keeps_its_whole_text() -> None:
    text = FRAMED["marketplace"][0]
    assert parse(raw(text)).text == text


@pytest.mark.parametrize("family", ["Message:\n", "Name: a\n", "a: ", "You have received a message from ", "：", "#- "])
def test_hostile_frames_cost_little(family: str) -> None:
    text = (family * (100_000 // len(family)))[:100_000]
    started = time.process_time()
    new_text(text)
    assert time.process_time() - started < 2.5

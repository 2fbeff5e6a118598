"""What somebody of the house forwards is the customer's new text; what a customer forwards is a quotation."""

import base64

import pytest

from mailbot.mail.inbound import InboundMail
from mailbot.mail.parse import parse
from tests.mail.messages import multipart, raw

OWN = frozenset({"returns@shop.example"})
LEA = "lea@agents.example"
BEA = "bea@mail.example"
WORDS = "The kettle leaks at the base since Monday. Order 100482913."

# One of each language and of each program's way to say it: (subject, what stands above the copied fields, the fields).
INLINE = {
    "gmail en": ("Fwd: kettle", "---------- Forwarded message ---------",
                 f"From: Bea <{BEA}>\nDate: Tue, Nov 3, 2026 at 10:00 AM\nSubject: kettle\nTo: <lea@shop.example>"),
    "thunderbird de": ("Fwd: Kessel", "-------- Weitergeleitete Nachricht --------",
                       f"Betreff: Kessel\nDatum: Tue, 3 Nov 2026\nVon: Bea <{BEA}>\nAn: lea@shop.example"),
    "outlook de": ("WG: Kessel", "", f"Von: Bea <{BEA}>\nGesendet: Dienstag, 3. November 2026 10:00\n"
                   "An: lea@shop.example\nBetreff: Kessel"),
    "outlook fr": ("TR: bouilloire", "", f"De : Bea <{BEA}>\nEnvoyé : mardi 3 novembre 2026 10:00\n"
                   "À : lea@shop.example\nObjet : bouilloire"),
    "apple fr": ("Tr : bouilloire", "Début du message réexpédié :",
                 f"De: Bea <{BEA}>\nObjet: bouilloire\nDate: 3 novembre 2026\nÀ: lea@shop.example"),
    "thunderbird es": ("Fwd: hervidor", "-------- Mensaje reenviado --------",
                       f"Asunto: hervidor\nFecha: 3 Nov 2026\nDe: Bea <{BEA}>\nPara: lea@shop.example"),
    "outlook es": ("RV: hervidor", "", f"De: Bea <{BEA}>\nEnviado el: martes, 3 de noviembre de 2026\n"
                   "Para: lea@shop.example\nAsunto: hervidor"),
    "thunderbird it": ("Fwd: bollitore", "-------- Messaggio Inoltrato --------",
                       f"Oggetto: bollitore\nData: 3 Nov 2026\nMittente: Bea <{BEA}>\nA: lea@shop.example"),
    "outlook it": ("I: bollitore", "", f"Da: Bea <{BEA}>\nInviato: martedì 3 novembre 2026\n"
                   "A: lea@shop.example\nOggetto: bollitore"),
    "outlook pt": ("ENC: chaleira", "", f"De: Bea <{BEA}>\nEnviada em: terça-feira, 3 de novembro de 2026\n"
                   "Para: lea@shop.example\nAssunto: chaleira"),
    "apple pt": ("Fwd: chaleira", "Início da mensagem encaminhada:",
                 f"De: Bea <{BEA}>\nAssunto: chaleira\nData: 3 de novembro de 2026\nPara: lea@shop.example"),
    "apple nl": ("Fwd: ketel", "Begin doorgestuurd bericht:",
                 f"Van: Bea <{BEA}>\nOnderwerp: ketel\nDatum: 3 november 2026\nAan: lea@shop.example"),
    "outlook nl": ("FW: ketel", "", f"Van: Bea <{BEA}>\nVerzonden: dinsdag 3 november 2026\n"
                   "Aan: lea@shop.example\nOnderwerp: ketel"),
    "thunderbird pl": ("Fwd: czajnik", "-------- Treść przekazanej wiadomości --------",
                       f"Temat: czajnik\nData: 3 Nov 2026\nNadawca: Bea <{BEA}>\nAdresat: lea@shop.example"),
    "outlook pl": ("PD: czajnik", "", f"Od: Bea <{BEA}>\nWysłano: wtorek, 3 listopada 2026\n"
                   "Do: lea@shop.example\nTemat: czajnik"),
    "mail.ru": ("Fwd: чайник", "-------- Пересылаемое сообщение --------",
                f"От кого: Bea <{BEA}>\nКому: lea@shop.example\nДата: Вторник, 3 ноября 2026\nТема: чайник"),
    "apple ru": ("Fwd: чайник", "Начало переадресованного сообщения:",
                 f"От: Bea <{BEA}>\nТема: чайник\nДата: 3 ноября 2026\nКому: lea@shop.example"),
    "outlook ja": ("FW: ケトル", "",
                   f"差出人: Bea <{BEA}>\n送信日時: 2026年11月3日 10:00\n宛先: lea@shop.example\n件名: ケトル"),
    "apple ja": ("Fwd: ケトル", "転送されたメッセージ：",
                 f"差出人: Bea <{BEA}>\n件名: ケトル\n日付: 2026年11月3日\n宛先: lea@shop.example"),
    "qq": ("转发：水壶", "------------------ 原始邮件 ------------------",
           f"发件人: Bea <{BEA}>;\n发送时间: 2026年11月3日(星期二)\n收件人: \"lea\"<lea@shop.example>;\n主题: 水壶"),
    "163": ("转发:水壶", "-------- 转发邮件信息 --------",
            f"发件人：Bea <{BEA}>\n发送日期：2026年11月03日 10:00\n收件人：lea@shop.example\n主题：水壶"),
    "outlook tr": ("İLT: su ısıtıcı", "", f"Kimden: Bea <{BEA}>\nGönderildi: 3 Kasım 2026 Salı 10:00\n"
                   "Kime: lea@shop.example\nKonu: su ısıtıcı"),
    "apple tr": ("Fwd: su ısıtıcı", "İletilen ileti başlangıcı:",
                 f"Kimden: Bea <{BEA}>\nKonu: su ısıtıcı\nTarih: 3 Kasım 2026\nKime: lea@shop.example"),
    "outlook ar": ("إعادة توجيه: غلاية", "", f"من: Bea <{BEA}>\nتم الإرسال: الثلاثاء 3 نوفمبر 2026\n"
                   "إلى: lea@shop.example\nالموضوع: غلاية"),
    "thunderbird ar": ("Fwd: غلاية", "-------- رسالة معاد توجيهها --------",
                       f"الموضوع: غلاية\nالتاريخ: 3 Nov 2026\nمن: Bea <{BEA}>\nإلى: lea@shop.example"),
    "outlook mobile": ("Fw: kettle", "________________________________",
                       f"From: Bea <{BEA}>\nSent: Tuesday, November 3, 2026 10:00:00 AM\nTo: lea@shop.example\n"
                       "Subject: kettle"),
    "yahoo": ("Fw: kettle", "----- Forwarded Message -----",
              f"From: Bea <{BEA}>\nTo: lea@shop.example\nSent: Tuesday 3 November 2026\nSubject: kettle"),
}  # fmt: skip


def written(subject: str, above: str, fields: str, *, note: str = "Please take over.", body: str = WORDS) -> bytes:
    text = "\n".join((note, "", above, fields, "", body, "", "Kind regards", "Bea"))
    return raw(text, subject=subject, sender=f"Lea <{LEA}>")


def from_an_agent(message: bytes) -> InboundMail:
    return parse(message, own_addresses=OWN, agent_addresses=frozenset({LEA}))


@pytest.mark.parametrize("way", INLINE.values(), ids=INLINE.keys())
def test_what_an_agent_forwards_inside_the_text_is_the_customers(way: tuple[str, str, str]) -> None:
    mail = from_an_agent(written(*way))
    assert mail.forwarded_from is not None
    assert mail.forwarded_from.address == BEA
    assert mail.reply_text == WORDS


@pytest.mark.parametrize("way", INLINE.values(), ids=INLINE.keys())
def test_what_a_customer_forwards_is_a_quotation(way: tuple[str, str, str]) -> None:
    assert parse(written(*way), own_addresses=OWN).reply_text == "Please take over."


def test_fields_with_blank_lines_between_are_all_fields() -> None:
    fields = f"From: Bea <{BEA}>\n\nSent: Tuesday\n\nTo: lea@shop.example\n\nSubject: kettle"
    assert from_an_agent(written("Fwd: kettle", "", fields)).reply_text == WORDS


def test_a_line_of_the_customers_that_looks_like_a_field_stays() -> None:
    fields = f"From: Bea <{BEA}>\nDate: x\nSubject: kettle\nTo: lea@shop.example"
    body = f"Date: 3 November\n{WORDS}"
    way = ("Fwd: kettle", "---------- Forwarded message ---------", fields)
    assert from_an_agent(written(*way, body=body)).reply_text == body


def test_a_mark_before_every_line_is_taken_off() -> None:
    text = f"Begin forwarded message:\n\n> From: Bea <{BEA}>\n> Subject: kettle\n> \n> It leaks.\n> \n> Since Monday."
    assert from_an_agent(raw(text, sender=LEA, subject="Fwd: kettle")).reply_text == "It leaks.\n\nSince Monday."


ATTACHED = (
    f"Content-Type: message/rfc822\n\nFrom: Bea <{BEA}>\nSubject: kettle\nMIME-Version: 1.0\n"
    "Content-Type: multipart/mixed; boundary=i1\n\n--i1\nContent-Type: text/plain\n\nIt leaks.\n"
    'On Mon, 2 Nov 2026, Shop <returns@shop.example> wrote:\n> Yes?\n--i1\nContent-Type: image/png; name="k.png"\n'
    f"Content-Transfer-Encoding: base64\n\n{base64.b64encode(b'picture').decode()}\n--i1--\n"
)


def test_an_attached_mail_that_an_agent_forwards_is_read_with_its_files_behind_it() -> None:
    last = "Content-Type: application/pdf; name=slip.pdf\n\n%PDF-"
    mail = from_an_agent(multipart("\n\nPlease take over.", ATTACHED, last, sender=LEA))
    assert mail.reply_text == "It leaks."
    assert [each.content_type for each in mail.attachments] == ["message/rfc822", "image/png", "application/pdf"]
    assert mail.attachments[1].content == b"picture"
    assert mail.text.startswith("Please take over.")
    assert "It leaks." in mail.text


def test_an_attached_mail_that_a_customer_sends_is_kept_apart() -> None:
    mail = parse(multipart("\n\nsee there", ATTACHED), own_addresses=OWN)
    assert (mail.reply_text, [each.content_type for each in mail.attachments]) == ("see there", ["message/rfc822"])


@pytest.mark.parametrize(
    "sender, own, customers",
    [
        ("lea@shop.example", "returns@shop.example", True),
        ("lea@other.example", "returns@shop.example", False),
        # Everybody may have an address there: a customer of the same provider is not the shop's.
        ("anna@gmail.com", "shop@gmail.com", False),
        ("anna@gmx.de", "shop@gmx.de", False),
    ],
)
def test_the_shops_own_domain_is_the_house(sender: str, own: str, customers: bool) -> None:
    message = multipart("\n\nnote", ATTACHED, sender=sender)
    mail = parse(message, own_addresses=frozenset({own}))
    assert (mail.reply_text == "It leaks.") is customers

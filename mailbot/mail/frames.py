"""Wrappers of marketplaces, ticket systems and contact forms: a customer's words stand inside, the frame is no text."""

import re

_LOOKED_AT = 25  # lines from the top in which a frame says what it is
_MAX_LINE = 300  # characters; no line of a frame is longer

_OPENING = re.compile(
    r"^[ \t*_#>\-]*(?:(?:dear|hello|hi|hallo|bonjour|hola|ciao|olá)\b.{0,40}[,!] )?(?:"
    r"(?:you(?:'ve|’ve| have)? (?:just )?(?:received|got|have)|(?:a )?new|here is) (?:a |an )?(?:new )?"
    r"(?:customer |buyer |contact )?(?:message|enquiry|inquiry|question|return request|"
    r"contact form (?:submission|entry))"
    r"(?: (?:from|via|through|about|regarding|on|for)\b.{0,120}|[.:!])?$|"
    r"(?:contact form|form) (?:submission|entry|message|enquiry)\b.{0,80}$|"
    r".{1,60} (?:has )?(?:sent (?:you|us) a (?:new )?message|wrote via|submitted (?:a|"
    r"the) (?:contact )?form)\b.{0,60}$|"
    r"(?:sie haben|du hast) (?:eine )?(?:neue )?(?:nachricht|anfrage|frage)\b.{0,80}$|"
    r"(?:neue|eine neue) (?:nachricht|anfrage|kundenanfrage|frage) (?:von|über|aus|zu|eines|ihres)\b.{0,80}$|"
    r"(?:vous avez reçu|nouveau message|nouvelle demande)\b.{0,20}(?:message|question|demande|de|d'|via|"
    r"depuis)\b.{0,80}$|"
    r"(?:has recibido|ha recibido|tienes|nuevo mensaje|nueva consulta)\b.{0,20}(?:mensaje|consulta|"
    r"pregunta|de|desde)\b.{0,80}$|"
    r"(?:hai|avete|ha) ricevuto un .{0,12}messaggio\b.{0,80}$|nuov[oa] (?:messaggio|richiesta) (?:da|dal|"
    r"tramite)\b.{0,80}$|"
    r"(?:recebeu|você recebeu|tem) uma .{0,8}mensagem\b.{0,80}$|nova mensagem (?:de|do|da|via)\b.{0,80}$|"
    r"(?:je|u) (?:hebt|heeft) een .{0,8}(?:bericht|vraag)\b.{0,80}$|nieuw(?:e)? (?:bericht|vraag) (?:van|"
    r"via)\b.{0,80}$|"
    r"(?:otrzymał(?:eś|aś|\(a\)ś|o państwo)?|masz) .{0,10}wiadomość\b.{0,80}$|nowa wiadomość (?:od|z)\b.{0,80}$|"
    r"(?:вы получили|вам пришло|у вас) .{0,8}сообщение\b.{0,80}$|нов(?:ое|ая) (?:сообщение|заявка) (?:от|"
    r"с|из)\b.{0,80}$|"
    r".{0,30}(?:メッセージ|お問い合わせ|お問合せ)(?:が届|を受け取|がありました|を受信).{0,30}$|"
    r".{0,10}(?:您|你)(?:收到|有)(?:了)?.{0,20}(?:消息|留言|信息|訊息).{0,30}$|.{0,10}(?:买家|顾客|客户|"
    r"買家).{0,20}(?:留言|发来|的消息).{0,20}$|"
    r".{0,40}yeni (?:bir )?mesaj(?:ınız var| aldınız)?\b.{0,40}$|iletişim formu\b.{0,60}$|"
    r"(?:لقد )?(?:تلقيت|استلمت|وصلتك) رسالة.{0,60}$|رسالة جديدة من.{0,60}$"
    r")",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"^[ \t*_#>\-]*(?:(?:the |your |their )?(?:message|customer'?s? (?:message|comments?)|"
    r"buyer'?s? (?:message|comments?)|"
    r"message (?:body|text)|comments?|enquiry|inquiry)|(?:ihre |die )?nachricht(?:entext)?|mitteilung|"
    r"anfrage|kommentar|"
    r"(?:votre |le )?message|commentaires?|mensaje|comentarios?|messaggio|commenti?|mensagem|comentários?|bericht|"
    r"opmerking(?:en)?|wiadomość|treść(?: wiadomości)?|komentarz|сообщение|текст сообщения|комментарий|"
    r"メッセージ(?:本文)?|"
    r"本文|お問い?合わせ内容|ご質問|留言(?:内容)?|消息(?:内容)?|内容|訊息|mesaj(?:ınız|ı)?|açıklama|"
    r"(?:نص )?الرسالة|رسالة)"
    r"[ \t*_]{0,4}[:：][ \t*_]{0,4}(?P<rest>.*)$",
    re.IGNORECASE,
)
_FIELD = re.compile(
    r"^[ \t*_#>\-•]{0,6}(?P<name>[^\s:：][^:：]{0,40}?)[ \t*_]{0,4}[:：](?:[ \t*_\xa0]|$)(?P<value>.*)$"
)
_ABOUT_THE_SENDER = re.compile(
    r"^(?:your |full |first |last |user |customer |buyer |kunden?|ihr )?(?:name|vorname|nachname|"
    r"e-?mail(?:[- ]?(?:address|adresse))?|"
    r"mail|phone|telephone|tel(?:\.|efon|éphone|éfono|efono|efone|efoon)?|nom|prénom|nombre|apellidos?|"
    r"nome|cognome|apelido|naam|"
    r"imię(?: i nazwisko)?|nazwisko|имя|фио|телефон|почта|お名前|氏名|メールアドレス|電話(?:番号)?|姓名|邮箱|电话|電話|"
    r"ad(?: soyad)?|isim|e-?posta|الاسم|البريد(?: الإلكتروني)?|الهاتف|from|von|de|da|van|od|от|absender|"
    r"sender|buyer|customer|"
    r"käufer|kunde|acheteur|client|comprador|cliente|acquirente|koper|klant|kupujący|klient|покупатель|"
    r"клиент|お客様|购买者|买家|"
    r"alıcı|müşteri|المشتري|العميل|ip(?:[- ]address(?:e)?)?|user[- ]agent|browser|page(?: url)?|url|"
    r"website|seite|date|datum|time|"
    r"submitted(?: on| at)?|country|land|pays)$",
    re.IGNORECASE,
)
_TRAILER = re.compile(
    r"^[ \t*_#>\-\[(]*(?:"
    r"(?:please )?(?:reply|respond|answer) (?:to|directly|within|by|above|here|now)\b|to (?:reply|respond|"
    r"answer|view|see|report)\b|"
    r"you (?:can|may|must|should) (?:reply|respond|answer)\b|(?:view|see|open) (?:this |the |your |"
    r"full )?(?:message|order|conversation|"
    r"case|ticket|details)\b|(?:this|the) (?:e-?mail|message) (?:was|has been|is) (?:sent|forwarded|"
    r"submitted|generated)\b|"
    r"(?:please )?do not reply|was this (?:e-?mail|message)\b|case (?:id|no|number)?[ .:#]*[\w\-]{4,}|"
    r"copyright\b|©|report (?:this|a)\b|"
    r"(?:bitte )?(?:antworten sie|beantworten sie)\b|um (?:zu antworten|auf diese)\b|diese (?:e-?mail|"
    r"nachricht) wurde\b|"
    r"(?:pour|veuillez) (?:y )?répondre\b|répondez\b|ce (?:message|courriel|e-?mail) (?:a été|vous a été)\b|"
    r"(?:para|por favor,?) (?:responder|responda)\b|responde?[ra]? a (?:este|esta)\b|este (?:mensaje|"
    r"correo) (?:ha sido|fue|se)\b|"
    r"per rispondere\b|rispondi(?:te)? (?:a|entro)\b|quest[oa] (?:messaggio|e-?mail) è stat[oa]\b|"
    r"esta mensagem foi\b|este e-?mail foi\b|responda\b|"
    r"(?:beantwoord|reageer)\b|om te (?:antwoorden|reageren)\b|dit bericht (?:is|werd)\b|"
    r"aby odpowiedzieć\b|odpowiedz (?:na|w)\b|ta wiadomość została\b|wiadomość wysłan\w* (?:z|przez)\b|"
    r"чтобы ответить\b|ответьте\b|это (?:сообщение|письмо) (?:было )?отправлено\b|"
    r"このメール(?:に|は)|返信(?:する|は)|(?:请|請)(?:在|于|直接).{0,20}(?:回复|回覆)|回复此|本(?:邮件|消息)由|"
    r"(?:bu mesaj|bu e-?posta).{0,30}(?:gönderil|yanıtla)|yanıtlamak için\b|"
    r"للرد\b|(?:تم إرسال|أُرسلت) هذه الرسالة"
    r")",
    re.IGNORECASE,
)
_REPLY_ABOVE = re.compile(
    r"^[ \t*_#>=\-–—~]*(?:(?:please )?(?:type|write|enter|add|leave)?(?: your)? ?(?:reply|repl[iy]es|"
    r"respond|response|answer|write) above "
    r"th(?:is|e) line|(?:bitte )?(?:schreiben|antworten)(?: sie)?(?: ihre antwort)? (?:bitte )?(?:ober|"
    r"über)(?:halb)? (?:dieser|der) (?:linie|zeile)|"
    r"(?:veuillez )?(?:répondre|répondez|écrire|écrivez)(?: votre réponse)? au-dessus de cette ligne|"
    r"(?:por favor,? )?(?:responda|escriba)(?: su respuesta)? (?:por )?encima de esta línea|"
    r"(?:si prega di )?(?:rispondere|rispondi|scrivere) sopra (?:questa|la) (?:riga|linea)|"
    r"(?:por favor,? )?(?:responda|escreva)(?: a sua resposta)? acima desta linha|"
    r"(?:typ|schrijf|antwoord)(?: uw antwoord)? boven deze (?:regel|lijn)|"
    r"(?:prosimy )?(?:odpowiadać|odpowiedz|pisz) (?:nad|powyżej) t(?:ą|ej) lini[ąi]|"
    r"(?:пожалуйста, )?(?:пишите|ответьте|введите)(?: ваш)?(?: ответ)? выше этой (?:линии|строки)|"
    r"この(?:線|行)より上に.{0,20}|请在此(?:行|线)(?:以上|上方).{0,10}|bu satırın üzerin(?:e|den) .{0,20}|"
    r"(?:يرجى )?(?:الرد|اكتب ردك) (?:فوق|أعلى) هذا (?:السطر|الخط))[ \t*_#=\-–—~.:]*$",
    re.IGNORECASE,
)


def cut_at_reply_line(lines: list[str]) -> list[str]:
    """What stands above "reply above this line"; where nothing does, the line is left out and the rest stays."""
    for index, line in enumerate(lines):
        if len(line) > _MAX_LINE or not _REPLY_ABOVE.match(line.lstrip("> ")):
            continue
        above = lines[:index]
        if any(each.strip() and not each.lstrip().startswith(">") for each in above):
            return above
        return lines[index + 1 :] if not line.lstrip().startswith(">") else lines
    return lines


def without_frame(lines: list[str]) -> list[str]:
    """The lines without the frame around them; of its fields those that tell of an order or a thing stay.

    A frame is known by the sentence it opens with, or by fields about the sender that a label such as "Message:" ends.
    Where neither is there the lines stay as they are.
    """
    opening = next((at for at, line in enumerate(lines[:_LOOKED_AT]) if _is_opening(line)), None)
    label = next((at for at, line in enumerate(lines[: _LOOKED_AT * 2]) if _label(line) is not None), None)
    if label is not None and opening is None and not _is_form(lines[:label]):
        label = None
    if opening is None and label is None:
        return lines
    if label is None:
        return [*lines[:opening], *_without_trailer(lines[(opening or 0) + 1 :])]
    head = [line for at, line in enumerate(lines[:label]) if at != opening and not _tells_of_the_sender(line)]
    rest = _label(lines[label]) or ""
    return [*head, *([rest] if rest else []), *_without_trailer(lines[label + 1 :])]


def _is_opening(line: str) -> bool:
    return 8 <= len(line) <= 200 and _OPENING.match(line) is not None


def _label(line: str) -> str | None:
    found = _LABEL.match(line) if len(line) <= 4096 else None
    return found.group("rest").strip() if found is not None else None


def _tells_of_the_sender(line: str) -> bool:
    found = _FIELD.match(line) if len(line) <= _MAX_LINE else None
    return found is not None and _ABOUT_THE_SENDER.match(found.group("name").strip()) is not None


def _is_form(lines: list[str]) -> bool:
    """Whether these lines are the fields of a form: two about the sender, and hardly anything that is no field."""
    written = [line for line in lines if line.strip()]
    fields = sum(len(line) <= _MAX_LINE and _FIELD.match(line) is not None for line in written)
    about = sum(_tells_of_the_sender(line) for line in written)
    has_subject = any(
        re.match(r"[ \t*]*(?:subject|betreff|objet|asunto|oggetto|assunto)\b", each, re.I) for each in written
    )
    return about + has_subject >= 2 and fields * 4 >= len(written) * 3


def _without_trailer(lines: list[str]) -> list[str]:
    for index, line in enumerate(lines):
        begins = index == 0 or not lines[index - 1].strip()
        if begins and line.strip() and len(line) <= _MAX_LINE and _TRAILER.match(line):
            # What follows a trailer's first line is the frame's as well, quotations are found by others.
            rest = next((at for at in range(index, len(lines)) if lines[at].lstrip().startswith(">")), len(lines))
            return [*lines[:index], *lines[rest:]]
    return lines

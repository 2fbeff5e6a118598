"""Where the words of others begin in a mail: quotation marks, attributions, copied headers, separators, footers."""

import re
from dataclasses import dataclass
from typing import Literal

# Vocabulary of mail programs, by what it says. English, German, French, Spanish, Italian, Portuguese, Dutch, Polish,
# Russian, Japanese, Chinese, Turkish, Arabic, and the Nordic languages, Czech, Hungarian, Korean, Ukrainian, Greek,
# Romanian.
_FROM = (
    "from|von|de|da|van|od|от|от кого|від|差出人|送信者|发件人|發件人|寄件者|寄件人|kimden|gönderen|من|"
    "المرسل|fra|från|lähettäjä|"
    "feladó|보낸 사람|보낸사람|expéditeur|mittente|remitente|remetente|nadawca|afzender|absender|"
    "odesílatel|expeditor"
)
_SENT = (
    "sent|date|gesendet|gesendet am|datum|envoyé|envoyé le|date d'envoi|enviado|enviado el|fecha|inviato|"
    "data|enviada em|enviado em|"
    "enviada|verzonden|verzonden op|wysłano|data wysłania|отправлено|дата|送信日時|日時|日付|发送时间|"
    "發送時間|发送日期|寄件日期|"
    "傳送時間|日期|时间|時間|gönderildi|gönderme tarihi|tarih|تاريخ الإرسال|التاريخ|تم الإرسال|أرسلت|"
    "sendt|dato|skickat|odesláno|"
    "lähetetty|päivämäärä|elküldve|dátum|보낸 날짜|날짜|надіслано"
)
_TO = (
    "to|an|à|a|para|per|aan|do|кому|宛先|收件人|收件者|kime|alıcı|إلى|المستلم|til|till|komu|vastaanottaja|"
    "címzett|받는 사람|받는사람|"
    "pour|destinataires?|destinatari[oi]|destinatários?|empfänger|adresat|odbiorca|ontvanger|получатель|cci|cco|"
    "bcc|udw|cc|kopie|copie|copia|cópia|dw|kopia|копия|抄送|副本|ccn|"
    "bilgi|نسخة"
)
_SUBJECT = (
    "subject|betreff|objet|sujet|asunto|oggetto|assunto|onderwerp|temat|тема|件名|主题|主題|主旨|标题|"
    "konu|الموضوع|emne|ämne|předmět|"
    "aihe|tárgy|제목|subiect"
)
# What stands among copied fields and is no sign of them.
_OTHER = (
    "reply-to|antwort an|répondre à|responder a|rispondi a|odpowiedz do|ответить|返信先|"
    "importance|wichtigkeit|priorität|importancia|importância|importanza|priorité|urgentie|ważność|важность|重要度|"
    "重要性|önem|الأهمية|attachments|anlagen|pièces jointes|adjuntos|allegati|anexos|bijlagen|załączniki|вложения|"
    "添付ファイル|附件|ekler|المرفقات"
)
_WRAP = r"[ \t*_>]*"
HEADER_LINE = re.compile(
    rf"^{_WRAP}(?:(?P<sender>{_FROM})|(?P<sent>{_SENT})|(?P<to>{_TO})|"
    rf"(?P<subject>{_SUBJECT})|(?P<other>{_OTHER}))[ \t*_\xa0]*[:：](?P<value>.*)$",
    re.IGNORECASE,
)

_WROTE = re.compile(
    r"(?<!\w)(?:wrote|writes|schrieb(?:en)?|schreibt|geschrieben|a écrit|à écrit|a ecrit|écrivait|"
    r"escribió|escribio|escribe|escreveu|"
    r"ha scritto|scrive|scrisse|schreef|het volgende geschreven|pisze|napisał(?:a|\(a\)|/a)?|napisał|"
    r"nadesłał|написал(?:а|\(а\)|/а)?|"
    r"пишет|писал(?:а|\(а\))?|пише|написав|skrev|kirjoitti|napsal(?:a|\(a\))?|napísal|ezt írta|írta|"
    r"a scris|έγραψε|yazdı|şunu yazdı|"
    r"şunları yazdı|yazmış|said)(?!\w)|写道|寫道|书写|来信|のメール|書きました|さんは書き|のメッセージ|"
    r"작성|님이 쓴|썼습니다|كتب|كتبت",
    re.IGNORECASE,
)
_LEAD = re.compile(
    r"^(?:on|am|le|el|em|il|op|w dniu|dnia|den|dne|no dia|a|at|il giorno|в|tarihinde|le jour|vào|la|på|pe|"
    r"2\d{3}|\d{1,2}[./-]|في|"
    r"mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|jeu|ven|sam|dim|пн|вт|ср|чт|пт|сб|"
    r"вс)(?!\w)",
    re.IGNORECASE,
)
_BRACKETED_ADDRESS = re.compile(r"[<\[(＜](?:mailto:)?[^\s<>@＜＞]{1,64}@[^\s<>＜＞]{1,253}[>\])＞]")
_TRAILING = " \t*_\xa0-"
_ENDS = (":", "：", "wrote", "schrieb")
_DATE = re.compile(
    r"\b\d{1,4}[./年-]\s?\d{1,2}[./月-]|\b\d{1,2}:\d{2}\b|\b20\d\d\b|[٠-٩]{1,4}[/٫-]|\d{1,2}\s?[月日]|\d{4}년",
    re.IGNORECASE,
)
_TIME = re.compile(r"\d{1,2}[:.h]\d{2}\b|[٠-٩]{1,2}:[٠-٩]{2}|(?:上午|下午|午前|午後)")
_FIRST_PERSON = re.compile(
    r"\b(?:i|we)(?: \w+)? wrote\b|\bwrote to (?:you|me|us)\b|(?:schrieb|schrieben|habe|haben) (?:ich|"
    r"wir)\b|\b(?:ich|wir) (?:schrieb|habe)|"
    r"\bj['’]ai écrit|\bnous avons écrit|\b(?:le|les|vous) (?:ai|avons) écrit|\bho scritto|"
    r"\babbiamo scritto|\bescribí\b|\bescrevi\b|"
    r"\bschreef ik\b|\bheb ik\b|\bnapisał(?:em|am)\b|\bя (?:\w+ )?писал|\byazd[ıi]m\b|我|كتبت",
    re.IGNORECASE,
)
_DASHED = r"[-–—_=*#]{2,}"
_ORIGINAL = (
    r"original message|reply message|ursprüngliche nachricht|ursprungliche nachricht|originalnachricht|"
    r"original-nachricht|"
    r"message d'origine|message original|mensaje original|messaggio originale|mensagem original|"
    r"oorspronkelijk bericht|"
    r"wiadomość oryginalna|oryginalna wiadomość|исходное сообщение|оригинальное сообщение|"
    r"original meddelelse|oprindelig meddelelse|oprindelig besked|"
    r"ursprungligt meddelande|původní zpráva|alkuperäinen viesti|eredeti üzenet|orijinal mesaj|"
    r"özgün ileti|原始邮件|原始郵件|回复的原邮件|原邮件|元のメッセージ|"
    r"원본 메시지|الرسالة الأصلية"
)
_FORWARDED = (
    r"(?:the )?forwarded (?:message|e-?mail)|forwarded by .{1,60}|weitergeleitete(?:n)? (?:nachricht|e-?mail)|"
    r"message (?:transféré|réexpédié)|e-?mail transféré|courriel transféré|"
    r"(?:mensaje|correo) reenviado|(?:messaggio|e-?mail) inoltrat[oa]|mensagem (?:re)?encaminhada|"
    r"doorgestuurd(?:e)? (?:bericht|e-?mail)|(?:przekazana|przesłana dalej|przekazywana) wiadomość|"
    r"treść przekazanej wiadomości|wiadomość przekazana(?: dalej)?|"
    r"(?:пересылаемое|пересланное|переадресованное|перенаправленное) (?:сообщение|письмо)|"
    r"конец пересылаемого сообщения|"
    r"videresendt meddelelse|"
    r"vidarebefordrat meddelande|přeposlaná zpráva|"
    r"(?:iletilen|iletilmiş|yönlendirilen|yönlendirilmiş) (?:mesaj|ileti|e-?posta)|"
    r"转发(?:的)?(?:邮件|消息|郵件)(?:信息)?|轉寄(?:的)?(?:郵件|訊息|信件)|転送(?:された)?(?:メッセージ|メール)|"
    r"(?:ال)?رسالة (?:ال)?م[ُ]?عاد توجيهها|(?:ال)?رسالة (?:ال)?محو[ّ]?لة"
)
_SEPARATOR = re.compile(
    rf"^[ \t>]*(?:{_DASHED}[ \t\xa0]*(?:{_ORIGINAL})[ \t\xa0]*{_DASHED}|(?:{_ORIGINAL})[ \t]*{_DASHED}[:：]?)[ \t]*$",
    re.IGNORECASE,
)
FORWARD_SEPARATOR = re.compile(
    rf"^[ \t>]*(?:{_DASHED}[ \t]*(?:{_FORWARDED})[ \t:：]*{_DASHED}|"
    # Apple Mail says it in a sentence without dashes.
    rf"(?:begin(?: of)?|start|anfang der|début du|inicio del?|inizio del?|inizio|início d[ae]|begin|początek|начало|"
    rf"başlangıç|بداية|بدء|以下是)[ \t]*(?:the[ \t]+)?(?:{_FORWARDED}|"
    rf"пере(?:сылаемого|сланного|адресованного) (?:сообщения|письма)|"
    rf"(?:przekazywanej|przekazanej|przesłanej dalej) wiadomości|wiadomości przekazanej(?: dalej)?)[ \t]*[:：]?|"
    rf"(?:{_FORWARDED})(?: başlangıcı)?[ \t]*[:：])[ \t]*$",
    re.IGNORECASE,
)
RULE = re.compile(r"^[ \t]*[_\-=*─━—]{16,}[ \t]*$")
_QUOTED = re.compile(r"^[ \t]?(?:>|\|[ \t]|&gt;)")
_SIGNATURE = re.compile(r"^(?:--|—|––|__)[ \t\xa0]*$")
FOOTER = re.compile(
    r"^[ \t*_>(\[]*(?:"
    r"sent (?:from|with|via|by|using|on) (?:my |the |a )?(?=\w)|sent securely|yahoo mail ?:|"
    r"get (?:outlook|[\w ]{2,20}) for (?:ios|android|windows|mac)|get the .{1,30} app|download outlook|"
    r"this (?:message|e-?mail) was sent (?:from|with) (?:my|the)|ce message a été envoyé (?:depuis|de) mon|"
    r"gesendet (?:von|mit|über|aus|vom)|diese nachricht wurde (?:von|mit) .{2,60} gesendet|"
    r"mit (?:der|dem|meinem|meiner) .{2,30}(?:app|mail|smartphone|handy|tablet|iphone) gesendet|"
    r"von unterwegs (?:gesendet|geschickt)|"
    r"holen sie sich outlook|laden sie outlook|outlook für .{2,30} (?:beziehen|herunterladen)|mobil gesendet|"
    r"envoyé (?:de|depuis|à partir|avec|via|par)|envoye (?:de|depuis)|télécharge[rz] outlook|obtenir outlook|"
    r"provenance ?: ?(?:courrier|outlook)|"
    r"enviado (?:desde|con|por|do|a partir|através|via|com|de)|enviada? (?:do|a partir|desde)|obt(?:ener|"
    r"enga|er) (?:o )?outlook|"
    r"inviato (?:da|con|dal|tramite)|ottieni outlook|scarica outlook|"
    r"verzonden (?:vanaf|met|via|vanuit|door)|verstuurd (?:vanaf|met)|outlook voor .{2,30} downloaden|"
    r"download outlook|"
    r"wysłan[eoy] (?:z|ze|za pomocą|przez|przy)|(?:pobierz|uzyskaj) (?:aplikację |program )?outlook|"
    r"отправлено (?:с|из|от)|послано с|(?:скачать|скачайте|получить|получите) outlook|надіслано з|"
    r"skickat från|skickades från|sendt fra|sendt via|hent outlook|hämta outlook|lähetetty|odesláno z|"
    r"küldve|trimis (?:de pe|din)|"
    r"outlook for .{2,20} (?:を入手|を取得)|下载适用于 .{2,20} 的 outlook|来自我的|从 ?(?:windows|"
    r"outlook) ?版?.{0,8}发送|"
    r".{2,20} için outlook(?:['’]u| uygulamasını)? edinin|"
    r"发自(?:我的)?|从我的|來自我的|從我的|傳送自|发送自|获取\s?outlook|outlook'u edinin|"
    r"(?:تم الإرسال|أُرسلت|أرسلت|مرسل|مُرسل|أُرسل) من|الحصول على outlook|στάλθηκε από"
    r")",
    re.IGNORECASE,
)
# Languages that put the verb last.
_FOOTER_ENDS = re.compile(
    r"(?:から|より|で)送信|(?:d[ae]n|posta ile|uygulamasıyla) gönderildi|에서 보냄|von meinem .{2,40} gesendet",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Boundary:
    """Where something begins that the writer of the mail did not type: lines `start` to `end`, the latter excluded.

    `open_ended` where all that follows belongs to it, marked or not.
    """

    kind: Literal["quoted", "attribution", "headers", "separator", "forward", "signature", "footer"]
    start: int
    end: int
    open_ended: bool


def is_quoted(line: str) -> bool:
    """Whether the line carries a quotation mark."""
    return _QUOTED.match(line) is not None


def boundary_at(lines: list[str], index: int) -> Boundary | None:
    """What begins at this line, None where the writer goes on."""
    line = lines[index]
    if not line.strip():
        return None
    if is_quoted(line):
        return Boundary(kind="quoted", start=index, end=index + 1, open_ended=False)
    if _SIGNATURE.match(line):
        return Boundary(kind="signature", start=index, end=index + 1, open_ended=False)
    if len(line) < 200:
        if FORWARD_SEPARATOR.match(line):
            return Boundary(kind="forward", start=index, end=index + 1, open_ended=True)
        if _SEPARATOR.match(line):
            return Boundary(kind="separator", start=index, end=index + 1, open_ended=True)
    if (end := header_block_end(lines, index)) is not None:
        return Boundary(kind="headers", start=index, end=end, open_ended=True)
    if RULE.match(line):
        below = next((at for at in range(index + 1, min(index + 4, len(lines))) if lines[at].strip()), None)
        if below is not None and (end := header_block_end(lines, below)) is not None:
            return Boundary(kind="headers", start=index, end=end, open_ended=True)
    if (end := _attribution_end(lines, index)) is not None:
        following = next((each for each in lines[end : end + 4] if each.strip()), "")
        return Boundary(kind="attribution", start=index, end=end, open_ended=not is_quoted(following))
    if len(line) < 120 and (FOOTER.match(line) or _FOOTER_ENDS.search(line)) and not _is_a_sentence(line):
        return Boundary(kind="footer", start=index, end=index + 1, open_ended=_stands_alone(lines, index))
    return None


# "Sent by DHL on Monday, 0034043…", "Envoyé par Chronopost": what a customer tells of a parcel under way.
_OF_A_PARCEL = re.compile(
    r"\d{6,}|(?<!\w)(?:dhl|ups|fedex|dpd|gls|hermes|evri|usps|royal mail|postnl|colissimo|chronopost|"
    r"mondial relay|la poste|"
    r"correos|seur|mrw|ctt|brt|bartolini|poste italiane|inpost|paczkomat|poczta polska|сдэк|boxberry|"
    r"почтой|почта россии|"
    r"yurtiçi|aras|ptt|aramex|smsa|parcels?|packages?|courier|colis|paquete|pacco|pakket|pakje|paczk\w*|kurier\w*|"
    r"corriere|encomenda|посылк\w*|kargo|der post|post(?: office)?|la posta|per post)(?!\w)|"
    r"paket|宅急便|宅配|ヤマト|佐川|ゆうパック|包裹|快递|顺丰|طرد|الشحن",
    re.IGNORECASE,
)


_DEVICE = re.compile(
    r"\b(?:iphone|ipad|android|samsung|galaxy|huawei|xiaomi|redmi|pixel|smartphone|blackberry|outlook|gmail|yahoo|"
    r"proton|bluemail|mail[- ]app|app)\b",
    re.IGNORECASE,
)
_SAYS_IT_WHOLE = re.compile(
    r"[ \t]*(?:diese (?:nachricht|e-?mail) wurde (?:von|mit|über) (?:meinem|meiner|der|dem)|"
    r"this (?:message|e-?mail) was sent (?:from|with) (?:my|the)|ce message a été envoyé (?:depuis|de) mon)\b",
    re.IGNORECASE,
)


def _is_a_sentence(line: str) -> bool:
    if _OF_A_PARCEL.search(line):
        return True
    if _SAYS_IT_WHOLE.match(line) or (len(line.split()) <= 10 and _DEVICE.search(line)):
        return False
    # "Sent from my desk, which is much easier than from my phone." is what a person writes.
    return line.rstrip().endswith((".", "!", "?")) and len(line.split()) > 7


def _stands_alone(lines: list[str], index: int) -> bool:
    """Whether blank lines set a footer off: a mail program puts it last, what follows unmarked is what "
    "is answered."""
    before = index == 0 or not lines[index - 1].strip()
    after = index + 1 >= len(lines) or not lines[index + 1].strip()
    return before and after and len(lines[index].split()) <= 10


def header_block_end(lines: list[str], index: int) -> int | None:
    """The line after a block of copied headers (From, Sent, To, Subject) that begins here, None where none does."""
    if ":" not in lines[index] and "：" not in lines[index]:
        return None
    first = HEADER_LINE.match(lines[index]) if len(lines[index]) < 500 else None
    if first is None or first.lastgroup is None:
        return None
    kinds: set[str] = set()
    end = index
    gap = 0
    for at in range(index, min(index + 14, len(lines))):
        line = lines[at]
        found = HEADER_LINE.match(line) if len(line) < 1000 else None
        if found is not None:
            kinds.update(name for name in ("sender", "sent", "to", "subject") if found.group(name))
            end = at + 1
            gap = 0
            continue
        # A long value goes on in the next line, and some programs put a blank line between the fields.
        gap += 1
        if gap > 1:
            break
    # "From: the first day it was noisy. Sent: nothing back yet.": two fields alone must hold what such fields hold.
    if len(kinds) == 2:
        told = "\n".join(lines[index:end])
        return end if "sender" in kinds and "to" not in kinds and ("@" in told or _DATE.search(told)) else None
    wanted = {"sender", "sent"} <= kinds or {"sender", "subject"} <= kinds or {"sent", "to", "subject"} <= kinds
    return end if wanted else None


def _attribution_end(lines: list[str], index: int) -> int | None:
    """The line after an attribution ("On …, … wrote:") that begins here; programs wrap it over up to four lines."""
    if not any(line.rstrip(_TRAILING).endswith(_ENDS) for line in lines[index : index + 4]):
        # Some programs write no colon: then what follows must carry marks.
        line = lines[index]
        bare = len(line) <= 160 and _LEAD.match(line) and _DATE.search(line) and _WROTE.search(line)
        return (
            index + 1
            if bare and is_quoted(next((each for each in lines[index + 1 : index + 5] if each.strip()), ""))
            else None
        )
    first = lines[index].strip(_TRAILING)
    if not first or len(first) > 300:
        return None
    leads = bool(_LEAD.match(first)) or bool(_DATE.search(first)) or bool(_BRACKETED_ADDRESS.search(first))
    if not leads and not first.endswith((":", "：")):
        return None
    joined = ""
    for at in range(index, min(index + 4, len(lines))):
        line = lines[at].strip(_TRAILING)
        if not line:
            return None
        joined = f"{joined} {line}" if joined else line
        if len(joined) > 400:
            return None
        if not line.endswith(_ENDS):
            continue
        dated = bool(_DATE.search(joined))
        addressed = bool(_BRACKETED_ADDRESS.search(joined)) or "@" in joined
        wrote = bool(_WROTE.search(joined))
        if (wrote and addressed) or (dated and _BRACKETED_ADDRESS.search(joined)):
            return at + 1
        # Without an address and without marks below only a time of day tells a program's line from a person's.
        if wrote and dated and _TIME.search(joined) and not _FIRST_PERSON.search(joined):
            return at + 1
        if (
            wrote
            and at + 1 < len(lines)
            and is_quoted(next((each for each in lines[at + 1 : at + 9] if each.strip()), ""))
        ):
            return at + 1
        return None
    return None

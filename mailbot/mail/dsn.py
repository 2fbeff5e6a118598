"""Delivery reports: RFC 3464 first, then the few shapes that servers without it write."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message

from mailbot.mail.addresses import is_safe_recipient
from mailbot.mail.decoding import clean_line, header_text, text_of
from mailbot.mail.inbound import Address, DeliveryStatus
from mailbot.mail.threads import ids_in

_MAX_RECIPIENTS = 50
_LOOKED_AT = 20_000  # characters of a report's own words; the returned mail follows them

_FIELD = re.compile(r"^([A-Za-z][A-Za-z0-9-]{0,60})[ \t]*:[ \t]*(.*)$")
_TYPED = re.compile(r"^\s*(?:rfc822|utf-8|x-[\w-]{1,40}|[\w-]{1,20})\s*;\s*", re.IGNORECASE)
_ADDRESS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.\-]{1,64}@[A-Za-z0-9.\-]{1,253}[A-Za-z0-9]")
_ABOUT_OTHERS = re.compile(
    r"\s{0,20}(?:from|reporting-mta|received|message-id|return-path|sender|x-[\w-]{1,40}|subject|date|list|"
    r"contact|for (?:further|more))\b",
    re.IGNORECASE,
)
_BEFORE_A_RECIPIENT = re.compile(
    r"[\s*<>\"'\[(\-•·]*(?:(?:e-?mail |recipient |original |final |failed )?(?:to|recipient|address|user|"
    r"empfänger|destinataire|"
    r"destinatario)s?\s*[:=]?)?[\s<\"'\[(]*(?:mailto:|smtp[:=])?",
    re.IGNORECASE,
)
# Below such a line stand those who got nothing; above it the report may copy the headers of the mail.
_NAMES_RECIPIENTS = re.compile(
    r"(?:following|these) (?:recipients?|address(?:es)?|e-?mail address(?:es)?|users?)\b|recipient\(s\)|"
    r"folgende[nr]? (?:empfänger|adresse)|destinataires? suivants?|siguientes? destinatarios?|"
    r"seguent[ei] destinatari|seguintes? destinatários?|volgende (?:ontvanger|geadresseerde|adres)|"
    r"następując\w{1,4} (?:odbiorc|adres)|следующ\w{1,4} (?:получател|адрес)|以下(?:的|の)?(?:收件人|宛先|"
    r"受信者|アドレス)",
    re.IGNORECASE,
)
_STATUS = re.compile(r"\b[245]\.\d{1,3}\.\d{1,3}\b")
_REPLY_CODE = re.compile(r"(?<![\d.])([45])\d\d(?![\d.])")

_SENDS_REPORTS = re.compile(
    r"^(?:mailer-daemon|mailerdaemon|postmaster|mail-daemon|mail_daemon|maildaemon|mdaemon|mail-system|"
    r"mailsystem|"
    r"mailer|mmdf|bounce|bounces|bounceback|microsoftexchange[0-9a-f]*|postoffice|uucp|smtp|root|daemon|"
    r"symail|"
    r"admin|administrator|mailadmin|mail-admin|emailadmin)$",
    re.IGNORECASE,
)
_FAILURE_SUBJECT = re.compile(
    r"undeliver|undelivered|not delivered|non[- ]?deliver|returned (?:mail|to sender|message)|"
    r"returned e?mail|mail returned|"
    r"delivery (?:status|fail|notif|problem|error|unsuccess|report|has failed|incomplete|final)|"
    r"failed deliver|"
    r"mail delivery (?:warning|delay)|failure (?:notice|delivery)|failure of deliver|deliver(?:y|ed)? fail|"
    r"(?:mail|message) (?:delivery|"
    r"error|failed|failure|rejected)|"
    r"could(?:n't| not) (?:be )?(?:send|sent|deliver)|can(?:'t|not) (?:be )?deliver|mail system error|"
    r"mail failure|"
    r"message (?:status|notification|delivery)|user unknown|address unknown|unknown (?:user|address|mailbox)|"
    r"unzustellbar|nicht zugestellt|nicht zustellbar|zustellung fehlgeschlagen|fehlgeschlagene zustellung|"
    r"unzustellbarkeit|"
    r"non remis|échec de (?:la )?(?:remise|distribution)|non distribu|"
    r"no se (?:puede|pudo|ha podido) entregar|no entregado|devuelto|mancata consegna|non recapitat|"
    r"não (?:foi )?entregue|falha na entrega|onbestelbaar|niet bezorgd|nie dostarczono|niedostarczon|"
    r"недоставлен|не доставлен|配信不能|配信できません|退信|投递失败|無法投遞|teslim edilemedi|تعذر التسليم",
    re.IGNORECASE,
)
_FAILURE_WORDS = re.compile(
    r"could not be delivered|couldn't be delivered|can(?:not|'t) be delivered|(?:was|were) not delivered|"
    r"has not been delivered|(?:e-?mail|message)(?:[^.]|\.(?=\S)){0,120}\shas been postponed|"
    r"wasn't able to deliver|(?:was |were )?unable to deliver|did not reach|could not deliver|"
    r"undeliverable|delivery (?:to the following|failed|has failed)|"
    r"failed recipient|(?:had )?permanent fatal errors|permanent error|fatal errors|user unknown|"
    r"unknown user|no such user|"
    r"unknown (?:address|recipient|mailbox)|mailbox (?:is )?(?:unavailable|full|not found|disabled)|"
    r"does(?:n't| not) exist|not (?:a )?valid (?:user|address|recipient)|"
    r"invalid (?:recipient|address|user|mailbox)|over quota|quota exceeded|returned mail follows|"
    r"message (?:was )?rejected|not listed in|"
    r"address(?:es)? (?:had|failed)|account (?:is |has been )?(?:disabled|inactive|suspended|closed)|"
    r"nicht zugestellt|unbekannter (?:empfänger|benutzer)|konnte nicht|non (?:ha )?(?:potuto|è stato)|"
    r"n'a pas pu|no (?:se )?pudo|não pôde",
    re.IGNORECASE,
)
_WARNING = re.compile(
    r"delayed|\bdelay\b|has been postponed|warning|will (?:continue to )?(?:be )?retr|still being retried|"
    r"not yet (?:been )?deliver|do not need to resend|"
    r"verzögert|retardé|retrasad|ritardat|atrasad|vertraagd|opóźnion|задерж",
    re.IGNORECASE,
)
# Where the returned mail begins: what stands below is its sender's, and says nothing about the delivery.
_RETURNED = re.compile(
    r"(?:below this line is a copy|this is a copy of the message|"
    r"(?:the )?(?:original|returned|unsent|undelivered) (?:message|mail|headers?)|"
    r"message (?:header|text)s? follows?|headers? (?:of the original|follow)|"
    r"start of (?:returned|forwarded|unsent) message|ursprüngliche nachricht|mensaje original|message d'origine)",
    re.IGNORECASE,
)


_RETURNED_MAIL = frozenset(
    (
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/rfc822-headers",
        "message/global-headers",
    )
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What a delivery report says.

    `bounced` is whether the mail is a delivery report at all; `failed` holds the recipients that will get nothing: a
    delay is a report and no failure. `reference` is our X-Mailbot-Ref of the returned mail.
    """

    bounced: bool = False
    statuses: tuple[DeliveryStatus, ...] = ()
    failed: tuple[str, ...] = ()
    original_message_id: str = ""
    reference: str = ""


NO_REPORT = Report()


def read_report(
    message: Message,
    *,
    report_type: str,
    sender: Address | None,
    subject: str,
    text: str,
    null_path: bool,
    failed_recipients: str = "",
) -> Report:
    """Read a delivery report out of a parsed message; NO_REPORT where it is none.

    `report_type` is that of a multipart/report, `failed_recipients` the X-Failed-Recipients header (Exim), `null_path`
    whether the return path is empty.
    """
    statuses = tuple(_statuses(message))[:_MAX_RECIPIENTS] if message.is_multipart() else ()
    if statuses:
        original = _original(message, _split(text)[1])
        return Report(
            bounced=True,
            statuses=statuses,
            failed=tuple(
                dict.fromkeys(each.recipient for each in statuses if each.action == "failed" and each.recipient)
            ),
            original_message_id=original[0],
            reference=original[1],
        )
    if report_type not in ("", "report", "delivery-status"):
        return NO_REPORT
    failed_header = _ADDRESS.findall(failed_recipients)
    local = sender.address.rpartition("@")[0] if sender else ""
    from_a_server = null_path or bool(_SENDS_REPORTS.match(local)) or bool(report_type)
    subject_says = bool(_FAILURE_SUBJECT.search(subject))
    if not (failed_header or from_a_server or subject_says):
        return NO_REPORT
    own_words, returned_words = _split(text)
    words_say = bool(_FAILURE_WORDS.search(own_words))
    delayed = bool(_WARNING.search(subject)) and from_a_server
    # Two of three witnesses, and the server's address alone is none: a postmaster may write as a person.
    if not (
        failed_header or (from_a_server and (subject_says or words_say or delayed)) or (subject_says and words_say)
    ):
        return NO_REPORT
    recipients = tuple(dict.fromkeys(failed_header or _named(own_words, sender)))[:_MAX_RECIPIENTS]
    if not (recipients or from_a_server):
        return NO_REPORT
    code = _status_of(own_words)
    only_delayed = delayed or (code.startswith("4") and bool(_WARNING.search(own_words)))
    original = _original(message, returned_words)
    return Report(
        bounced=True,
        statuses=tuple(
            DeliveryStatus(recipient=each, action="delayed" if only_delayed else "failed", status=code)
            for each in recipients
        ),
        failed=() if only_delayed else recipients,
        original_message_id=original[0],
        reference=original[1],
    )


def _statuses(message: Message) -> Iterator[DeliveryStatus]:
    for part in _parts(message):
        if part.get_content_type() not in ("message/delivery-status", "message/global-delivery-status"):
            continue
        for block in _blocks(part):
            # The original recipient is the one we wrote to; the final one is where his server sent it on.
            recipient = _recipient(block.get("original-recipient", "")) or _recipient(block.get("final-recipient", ""))
            if not recipient and "action" not in block:
                continue
            status = _STATUS.search(block.get("status", "")) or _STATUS.search(block.get("diagnostic-code", ""))
            code = status.group() if status else ""
            action = block.get("action", "").split(";")[0].split("(")[0].strip().lower()
            if action not in ("failed", "delayed", "delivered", "relayed", "expanded"):
                # RFC 3464 section 2.3.3 knows five actions; of anything else the status says whether it is final.
                action = {"2": "delivered", "4": "delayed"}.get(code[:1], "failed")
            yield DeliveryStatus(recipient=recipient, action=action, status=code)


def children_of(part: Message) -> list[Message]:
    """The parts inside a part: of a multipart all, of an attached mail that mail; none of a leaf."""
    if not part.is_multipart():
        return []
    return [child for child in part.get_payload() if isinstance(child, Message)]


def _parts(message: Message, depth: int = 0) -> Iterator[Message]:
    """All parts down to, not into, returned mails: what a stranger attached is no report on our letter."""
    yield message
    if depth < 10 and message.get_content_maintype() == "multipart":
        for part in children_of(message):
            yield from _parts(part, depth + 1)


def _blocks(part: Message) -> Iterator[dict[str, str]]:
    if not part.is_multipart():
        yield from _text_blocks(_words_of(part))
        return
    for block in children_of(part)[: _MAX_RECIPIENTS + 1]:
        fields = {name.lower(): header_text(str(value)) for name, value in reversed(list(block.raw_items()))}
        if fields:
            yield fields
        if not block.is_multipart() and ":" in (inner := _words_of(block)):
            yield from _text_blocks(inner)


def _words_of(part: Message) -> str:
    """A leaf's text. Its charset is not asked for: the stdlib raises on odd ones, and these parts are ASCII by rule."""
    try:
        content = part.get_payload(decode=True)
    except Exception:  # the stdlib's decoders raise many kinds; a part that cannot be read says nothing
        return ""
    return text_of(content) if isinstance(content, bytes) else ""


def _text_blocks(text: str) -> Iterator[dict[str, str]]:
    block: dict[str, str] = {}
    for line in [*text[:_LOOKED_AT].splitlines(), ""]:
        if not line.strip():
            if block:
                yield block
            block = {}
        elif field := _FIELD.match(line):
            block.setdefault(field.group(1).lower(), header_text(field.group(2)))


def _recipient(field: str) -> str:
    # RFC 3464 section 2.3.2: "rfc822; address", where servers add brackets, quotes and comments of their own.
    bare = _TYPED.sub("", field).strip().strip("<>\"' ")
    if is_safe_recipient(bare):
        return bare
    found = _ADDRESS.search(field)
    return found.group() if found and is_safe_recipient(found.group()) else ""


def _split(text: str) -> tuple[str, str]:
    """The report's own words, and the words of the returned mail below them."""
    looked_at = text[:_LOOKED_AT]
    position = 0
    for line in looked_at.split("\n"):
        if position and _RETURNED.match(line.lstrip(" \t>*-")):
            return looked_at[:position], text[position:]
        position += len(line) + 1
    return looked_at, ""


def _named(words: str, sender: Address | None) -> list[str]:
    """The recipients that a report's own words name: those below a line that announces them, if any stand there."""
    announced = _NAMES_RECIPIENTS.search(words)
    return (_listed(words[announced.end() :], sender) if announced else []) or _listed(words, sender)


def _listed(words: str, sender: Address | None) -> list[str]:
    """The recipients at the head of a line, or if none stands there, all."""
    heading: list[str] = []
    anywhere: list[str] = []
    for line in words.split("\n"):
        # A line that names the sender or the server of the transaction names no recipient.
        if _ABOUT_OTHERS.match(line):
            continue
        for found in _ADDRESS.finditer(line[:500]):
            address = found.group().rpartition("=")[2] if found.group().lower().startswith("smtp=") else found.group()
            local = address.partition("@")[0]
            if not is_safe_recipient(address) or _SENDS_REPORTS.match(local) or (sender and address == sender.address):
                continue
            anywhere.append(address)
            if _BEFORE_A_RECIPIENT.fullmatch(line[: found.start()]):
                heading.append(address)
    return heading or anywhere


def _status_of(words: str) -> str:
    if found := _STATUS.search(words):
        return found.group()
    found = _REPLY_CODE.search(words)
    return f"{found.group(1)}.0.0" if found else ""


def _headers(message: Message, name: str) -> Iterator[tuple[str, str]]:
    for key, value in message.raw_items():
        if key.lower() == name:
            yield key, header_text(str(value))


def _original(message: Message, returned_words: str) -> tuple[str, str]:
    """Message-ID and X-Mailbot-Ref of the returned mail, from its part or from the text below the report."""
    for part in _parts(message):
        kind = part.get_content_type()
        if kind not in _RETURNED_MAIL:
            continue
        returned = children_of(part)
        if returned:
            ids = [value for _, value in _headers(returned[0], "message-id")]
            references = [value for _, value in _headers(returned[0], "x-mailbot-ref")]
            if ids or references:
                return _first_id(ids), clean_line(references[0])[:200] if references else ""
        elif (found := _in_headers(_words_of(part))) != ("", ""):
            return found
    return _in_headers(returned_words)


def _in_headers(text: str) -> tuple[str, str]:
    message_id = reference = ""
    for line in text[:_LOOKED_AT].split("\n"):
        field = _FIELD.match(line.strip(" \t>\r"))
        if field is None:
            continue
        name = field.group(1).lower()
        if name == "message-id" and not message_id:
            message_id = _first_id([field.group(2)])
        elif name == "x-mailbot-ref" and not reference:
            reference = header_text(field.group(2))[:200]
    return message_id, reference


def _first_id(values: list[str]) -> str:
    return next((found[0] for value in values if (found := ids_in(value))), "")

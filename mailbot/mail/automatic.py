"""Two questions that are not one (DESIGN, "What must always hold" 6): is a mail automatic, and may it be answered?"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from mailbot.mail.addresses import same_address
from mailbot.mail.inbound import Address

KindHint = Literal["bounce", "auto_reply", "spam_or_bulk", ""]

# Local parts that no person reads, as whole words: noreply.sandy.k is a person.
_NOBODY = frozenset(
    (
        "mailer-daemon",
        "postmaster",
        "no-reply",
        "noreply",
        "do-not-reply",
        "donotreply",
        "bounce",
        "bounces",
        "listserv",
        "majordomo",
    )
)
_OUT_OF_OFFICE = re.compile(
    r"\s{0,20}(?:automatic reply|auto(?:matic)?[ -]?(?:reply|response|antwort)|autoreply|out of (?:the )?office|"
    r"automatische (?:antwort|beantwortung)|abwesenheits(?:notiz|meldung|nachricht|assistent)|abwesenheit:|"
    r"réponse automatique|r[ée]ponse d'absence|absence du bureau|message d'absence|"
    r"respuesta autom[áa]tica|fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio):|"
    r"resposta autom[áa]tica|fora do escrit[óo]rio|automatisch antwoord|afwezigheids|autosvar|"
    r"automatiskt? svar|"
    r"automatyczna odpowied[źz]|autoodpowied[źz]|automatická odpověď|автоответ|автоматический ответ|"
    r"otomatik yan[ıi]t|自動応答|不在通知|自动回复|自動回覆|自动答复|رد تلقائي)",
    re.IGNORECASE,
)
# What ticket systems call their acknowledgements; asked only of mail that says itself that a machine generated it.
_ACKNOWLEDGED = re.compile(
    r"(?:we(?:'ve| have)? (?:received|got)|received) your|your (?:request|ticket|case|message|e-?mail|"
    r"inquiry|enquiry)\b.{0,40}(?:received|created|opened|registered)|"
    r"(?:request|ticket|case) (?:received|created|opened)|thank(?:s| you) for (?:contacting|"
    r"your (?:message|e-?mail|request))|"
    r"(?:ihre|deine) (?:anfrage|nachricht|e-?mail)\b.{0,40}(?:erhalten|eingegangen)|eingangsbestätigung|"
    r"empfangsbestätigung|"
    r"nous avons (?:bien )?reçu|accusé de réception|hemos recibido|acuse de recibo|abbiamo ricevuto|"
    r"recebemos|ontvangstbevestiging|"
    r"potwierdzenie (?:otrzymania|przyjęcia)|(?:обращение|заявка|запрос)\b.{0,40}(?:получен|принят|"
    r"зарегистрирован)|受け付けました|已收到|talebiniz|تم استلام",
    re.IGNORECASE,
)
_SUPPRESSING = re.compile(r"\b(?:all|oof|autoreply|dr|ndr|rn|nrn)\b", re.IGNORECASE)
_BULK = frozenset(("bulk", "junk", "list"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """The parts of a mail that these questions look at; `headers` as (name, value), unfolded and cleaned.

    `report_type` is that of a multipart/report ("" for anything else); `bounced` whether dsn.py found a delivery
    report. `dmarc` is our own server's verdict on the From domain.
    """

    headers: tuple[tuple[str, str], ...]
    sender: Address | None
    subject: str
    report_type: str = ""
    bounced: bool = False
    dmarc: Literal["pass", "fail", "none"] = "none"

    def all_of(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Household:
    """What is the shop's own and so never silences: group addresses in front of the mailbox, contact forms."""

    own_addresses: frozenset[str] = frozenset()
    own_list_ids: frozenset[str] = frozenset()
    form_addresses: frozenset[str] = frozenset()


def why_automatic(mail: Envelope, ours: Household) -> str:
    """Why the mail counts as written by a machine; "" where nothing says so."""
    if mail.report_type:
        return f"it is a report ({mail.report_type})"
    if mail.bounced:
        return "it reports a failed delivery"
    if _is_proven_form(mail, ours):
        return ""
    if (answer := _auto_submitted(mail)) != "no":
        return f"Auto-Submitted: {answer}"
    for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply"):
        if any(value.lower() not in ("", "no") for value in mail.all_of(name)):
            return f"{_spelled(name)} is set"
    if any(value.lower() == "auto_reply" for value in mail.all_of("precedence")):
        return "Precedence: auto_reply"
    if _has_null_return_path(mail):
        return "null return path"
    if _OUT_OF_OFFICE.match(mail.subject):
        return "the subject is that of an automatic reply"
    if _is_nobody(mail.sender):
        return "the sender's address is read by no person"
    if why := _bulk(mail, ours):
        return why
    return ""


def why_silent(mail: Envelope, ours: Household) -> str:
    """Why the mail may not be answered; "" where it may. An automatic mail can be a customer's, and is still seen."""
    if mail.dmarc == "fail":
        return "dmarc=fail"
    if mail.sender is None:
        return "no single sender address"
    if mail.report_type:
        return f"it is a report ({mail.report_type})"
    if mail.bounced:
        return "it reports a failed delivery"
    # RFC 3834 section 2: a response may not go to a null address.
    if _has_null_return_path(mail):
        return "null return path"
    if _is_proven_form(mail, ours):
        return ""
    if any(same_address(mail.sender.address, own) for own in ours.own_addresses):
        return "the sender is our own address"
    if (answer := _auto_submitted(mail)) != "no":
        return f"Auto-Submitted: {answer}"
    for name in ("x-autoreply", "x-autorespond", "x-autoresponder"):
        if mail.all_of(name):
            return f"{_spelled(name)} is set"
    if any(_SUPPRESSING.search(value) for value in mail.all_of("x-auto-response-suppress")):
        return "X-Auto-Response-Suppress is set"
    if _is_nobody(mail.sender):
        return f"the local part {mail.sender.address.rpartition('@')[0]}"
    return _bulk(mail, ours)


def kind_hint(mail: Envelope, ours: Household) -> KindHint:
    """What kind of automatic mail it is; a bounce before an auto-reply, an auto-reply before bulk."""
    if mail.bounced:
        return "bounce"
    if mail.report_type == "feedback-report":
        return "spam_or_bulk"
    if mail.report_type:
        return "auto_reply"
    if _is_proven_form(mail, ours):
        return ""
    if any(value.lower().startswith("yes") for value in mail.all_of("x-spam-flag")):
        return "spam_or_bulk"
    if _auto_submitted(mail) == "auto-generated" and _ACKNOWLEDGED.search(mail.subject):
        return "auto_reply"
    # auto-generated alone is no reply: shops' forms and marketplaces write it on what people typed (RFC 3834 section
    # 5.1).
    if _auto_submitted(mail) not in ("no", "auto-generated") or _OUT_OF_OFFICE.match(mail.subject):
        return "auto_reply"
    if any(mail.all_of(name) for name in ("x-autoreply", "x-autorespond", "x-autoresponder", "x-auto-reply")):
        return "auto_reply"
    if any(value.lower() == "auto_reply" for value in mail.all_of("precedence")):
        return "auto_reply"
    return "spam_or_bulk" if _bulk(mail, ours) else ""


def why_unanswerable(sender: Address, own_addresses: Iterable[str]) -> str:
    """Why no letter may go to an address that a mail only names (a form's Reply-To, a forwarded From); "" if it may."""
    if any(same_address(sender.address, own) for own in own_addresses):
        return "the sender is our own address"
    return f"the local part {sender.address.rpartition('@')[0]}" if _is_nobody(sender) else ""


def is_never_a_claim(sender: Address | None, own_addresses: Iterable[str]) -> bool:
    """Whether a silent mail of this sender opens nothing even where it reads as a request (ours, a mail server's)."""
    if sender is None:
        return False
    return _local_word(sender) in ("mailer-daemon", "postmaster") or any(
        same_address(sender.address, own) for own in own_addresses
    )


def _spelled(name: str) -> str:
    return name.title()


def _auto_submitted(mail: Envelope) -> str:
    # RFC 3834 section 5: parameters and comments may follow the keyword.
    for value in mail.all_of("auto-submitted"):
        keyword = re.split(r"[;(\s]", value.strip().lower(), maxsplit=1)[0]
        if keyword and keyword != "no":
            return keyword[:40]
    return "no"


def _has_null_return_path(mail: Envelope) -> bool:
    paths = mail.all_of("return-path")
    return bool(paths) and paths[0].replace(" ", "").startswith("<>")


def _local_word(sender: Address) -> str:
    return sender.address.rpartition("@")[0].lower().partition("+")[0]


def _is_nobody(sender: Address | None) -> bool:
    if sender is None:
        return False
    local = _local_word(sender)
    return local in _NOBODY or local.startswith("owner-") or local.endswith(("-owner", "-request", "-bounces"))


def _bulk(mail: Envelope, ours: Household) -> str:
    if _is_own_list(mail, ours):
        return ""
    for name, _ in mail.headers:
        if name.lower().startswith("list-"):
            return f"{name} is set"
    precedence = next((value.lower() for value in mail.all_of("precedence") if value.lower() in _BULK), "")
    return f"Precedence: {precedence}" if precedence else ""


def _is_own_list(mail: Envelope, ours: Household) -> bool:
    wanted = {each.strip(" <>").lower() for each in ours.own_list_ids}
    for value in mail.all_of("list-id"):
        # RFC 2919 section 2: a phrase may stand before the identifier in brackets.
        found = re.search(r"<([^<>]*)>", value)
        if (found.group(1) if found else value).strip().lower() in wanted:
            return True
    return False


def _is_proven_form(mail: Envelope, ours: Household) -> bool:
    # Without dmarc=pass anybody could speak through the form's address and name a victim in Reply-To.
    return (
        mail.dmarc == "pass"
        and mail.sender is not None
        and any(same_address(mail.sender.address, form) for form in ours.form_addresses)
    )

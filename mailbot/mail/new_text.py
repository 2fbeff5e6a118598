"""What a mail adds: its text without quotations, signatures, footers and disclaimers; and an agent's commands."""

import re
from dataclasses import dataclass
from functools import cache

import quotequail
from mailparser_reply import EmailReplyParser
from mailparser_reply.constants import MAIL_LANGUAGES

from mailbot.mail.inbound import InboundMail
from mailbot.mail.quotation import Boundary, boundary_at, is_quoted

# Both libraries hang on long runs and long texts (DESIGN, "Choices made"): they get what a person would read at most.
_MAX_FOR_LIBRARIES = 20_000
_MAX_LINES_FOR_LIBRARIES = 400
_RUN = re.compile(r"(\S)\1{79,}|[ \t]{40,}")
_MAX_FAREWELL = 60  # lines from the end that may hold a closing phrase, its card and a postscript
_MARGIN = 66  # characters; mail programs break at 72 to 78
_LIST_FOOTER = re.compile(r"^[ \t]*_{20,}[ \t]*$")
_TRAILING_RULE = re.compile(r"^[ \t]*([-_=*~#─━—])\1{2,}[ \t]*$")
_BLANK_LINES = re.compile(r"\n{3,}")

_CLOSING = re.compile(
    r"^[ \t*_]*(?:"
    r"(?:(?:with )?(?:best|kind|warm|many|my best|kindest|warmest|sincere|friendly)(?: (?:and )?(?:kind|"
    r"best|warm))?|with) (?:regards|wishes|greetings)|"
    r"regards|rgds|kr|br|cheers|best|all the best|sincerely(?: yours)?|yours(?: (?:sincerely|faithfully|"
    r"truly))?|respectfully|cordially|take care|"
    r"(?:many |with )?thanks?(?: you)?(?: (?:so|very) much| a lot)?(?: (?:in advance|and (?:best|"
    r"kind) regards|again))?|thx|"
    r"(?:with )?(?:many )?thanks in advance|looking forward to (?:your (?:reply|answer|response)|"
    r"hearing from you)|"
    r"(?:mit )?(?:freundlich(?:en|e|em)?|best(?:en|e)?|lieb(?:en|e)?|viel(?:en|e)?|herzlich(?:en|e)?|"
    r"schön(?:en|e)|sonnig(?:en|e))(?: (?:und )?\w{3,12})? "
    r"gr(?:ü|ue?|u)(?:ß|ss|s)(?:en|e)?|mfg|m\.f\.g\.|vg|lg|bg|gr(?:ü|ue)(?:ß|ss)e|gru(?:ß|ss)|"
    r"hochachtungsvoll|(?:vielen|besten|herzlichen|danke|lieben) "
    r"dank(?: (?:im voraus|vorab|und .{3,30}))?|danke(?: (?:im voraus|schön|vorab))?|"
    r"(?:bien )?cordialement|(?:bien )?(?:sincèrement|amicalement)|(?:bien )?à vous|(?:(?:meilleures|"
    r"sincères|cordiales) )?salutations(?: distinguées)?|"
    r"(?:bonne|belle) (?:journée|soirée|réception)|merci(?: (?:d'avance|beaucoup|par avance))?|"
    r"respectueusement|"
    r"(?:un )?(?:cordial(?:es)? )?saludos?(?: cordial(?:es)?)?|(?:muy )?atentamente|atte\.?|cordialmente|"
    r"(?:muchas )?gracias(?: (?:de antemano|por adelantado))?|un abrazo|"
    r"(?:cordiali|distinti|cari) saluti|(?:un )?(?:cordiale )?saluto|saluti|"
    r"(?:la )?ringrazio(?: anticipatamente)?|(?:molte )?grazie(?: (?:mille|in anticipo))?|"
    r"(?:com os )?(?:melhores|meus) cumprimentos|cumprimentos|atenciosamente|att\.?|abraços?|"
    r"(?:muito )?obrigad[oa](?: (?:desde já|antecipadamente))?|"
    r"(?:met )?(?:vriendelijke|hartelijke|beste)(?: \w{3,12})? groet(?:en|jes)?|"
    r"(?:hartelijke )?groet(?:en|jes)?|mvg|(?:alvast )?(?:bedankt|dank u(?: wel)?)|hoogachtend|"
    r"(?:z )?(?:wyrazami )?(?:poważaniem|powazaniem|szacunku|szacunkiem)|pozdrawiam(?: serdecznie)?|"
    r"(?:serdecznie )?pozdrawiam|pozdrowienia|dziękuję(?: z góry)?|"
    r"с (?:уважением|наилучшими пожеланиями)|(?:заранее )?(?:спасибо|благодарю|спасибо заранее)|"
    r"всего (?:доброго|хорошего)|"
    r"(?:med )?(?:de )?(?:venlig(?:e|ste)?|vänlig(?:a)?|vennlig|bedste|bästa|beste|hjertelig) (?:hilsen|"
    r"hilsner|hälsning(?:ar)?)|hilsen|hälsningar|mvh|dbh|kh|knus|"
    r"(?:på forhånd )?tak|tack(?: på förhand)?|ystävällisin terveisin|terveisin|s pozdravem|s úctou|"
    r"děkuji|üdvözlettel|köszönöm|"
    r"(?:saygılarım(?:ız)?la|saygılar|iyi (?:günler|çalışmalar)(?: dilerim)?|teşekkür(?:ler|"
    r" ederim)?(?: ederim)?|kolay gelsin|selamlar|sevgiler)|"
    r"(?:よろしくお願い(?:いた|致)?します|宜しくお願い(?:いた|致)?します|何卒.{0,20}お願い.{0,12}|"
    r"以上(?:、|です)?.{0,20}|敬具|草々)|"
    r"(?:此致|敬礼|敬禮|谢谢(?:您|你)?|謝謝(?:您|你)?|祝好|顺祝商祺|順頌商祺|祝商祺|盼复|期待您的回复)|"
    r"(?:مع (?:خالص |فائق )?(?:التحية|تحياتي|الشكر|الاحترام)(?: والتقدير)?|تحياتي|وتفضلوا .{0,40}|"
    r"شكرا(?:ً)?(?: جزيلا(?:ً)?| لكم| مقدما)?)|"
    r"감사합니다|안녕히 계세요|με εκτίμηση|cu stimă"
    r")[ \t]*(?:[,;.!:،、。！，…–—-]+|$|(?<=[ \t])(?=\w))",
    re.IGNORECASE,
)
# "Grüße aus Bonn", "Cheers, Tom and Ann"
_JOINING = frozenset(("aus", "from", "und", "and", "von", "de", "et", "y", "e", "en", "i", "и"))
_POSTSCRIPT = re.compile(r"^[ \t]*(?:p\.? ?s\.?|n\.?b\.?|ps)[ \t]*[:.)\-–]", re.IGNORECASE)
_DISCLAIMER = re.compile(
    r"^[ \t*_\-\[(]*(?:"
    r"(?:confidential(?:ity)?|privileged|legal|privacy|important|e-?mail)(?: (?:and privileged|"
    r"& privileged))? ?(?:notice|note|information|disclaimer|statement)|"
    r"disclaimer|caution ?:|external (?:e-?mail|sender|message)|official[- ]sensitive|classification ?:|"
    r"(?:this|the information (?:contained )?in this|the contents? of this) (?:e-?mail|message|"
    r"communication|transmission)(?: message)?s?[, ](?:and|is|may|contains?|including|was|has|together|"
    r"are)\b|"
    r"the information (?:contained|transmitted)|if you (?:are not|have received this|"
    r"received this)(?: \w+)? (?:the intended|e-?mail|message|in error|communication)|"
    r"(?:please )?(?:consider|think of|think about) the environment|think before (?:you )?print|"
    r"(?:this e-?mail (?:has been|was) (?:checked|scanned)|virus[- ]free|scanned by|virenfrei|"
    r"libre de virus|sans virus|privo di virus)|"
    r"(?:wichtiger )?(?:rechtlicher )?hinweis ?:|vertraulichkeits|(?:diese|die in dieser) (?:e-?mail|"
    r"nachricht|mail)(?: und| enthält| ist| kann| wurde| enthaltenen| samt|,)|"
    r"haftungsausschluss|der inhalt dieser e-?mail|bitte (?:denken sie an die umwelt|prüfen sie,? ob diese)|"
    r"(?:ce|cet|le présent) (?:message|courriel|e-?mail|mail|courrier)(?: électronique)?(?:,| et| est|"
    r" peut| contient| ainsi)|avis de confidentialité|avertissement ?:|"
    r"pensez à l'environnement|merci de penser|"
    r"aviso (?:legal|de (?:privacidad|confidencialidad)|de confidencialidade)|(?:este|"
    r"el presente) (?:mensaje|correo|e-?mail)(?: electrónico)?(?:,| y| es| puede| contiene| va| está)|"
    r"de conformidad con (?:el|la|lo)|antes de imprimir|"
    r"(?:questo|il presente|la presente|le informazioni contenute in quest[oa]) (?:messaggio|e-?mail|mail|"
    r"comunicazione)|ai sensi del(?:l')?|avviso di riservatezza|informativa privacy|"
    r"(?:esta|a presente) (?:mensagem|e-?mail|comunicação)|(?:este|o presente) e-?mail|"
    r"(?:dit|deze|de informatie in (?:dit|deze)) (?:bericht|e-?mail|mail)(?: is| kan| bevat| en|,)|"
    r"(?:ta|niniejsza|informacje zawarte w) (?:wiadomość|korespondencja|tej wiadomości)|"
    r"klauzula (?:poufności|informacyjna)|"
    r"(?:данное|это|настоящее) (?:электронное )?(?:сообщение|письмо)(?: и| является| может| содержит|"
    r" предназначен|,)|конфиденциальн|"
    r"(?:本メール|このメール|このメッセージ|本メッセージ)(?:は|には|に|及び|および)|(?:本邮件|本電子郵件|"
    r"此邮件|本信息)(?:及|包含|可能|所|為|为|的)|免责声明|"
    r"(?:bu (?:e-?posta|mesaj|ileti)(?:,| ve|nın| yalnızca| gizli)|yasal uyarı|gizlilik)|(?:هذه الرسالة|"
    r"هذا البريد|تنويه|إخلاء مسؤولية)|"
    r"(?:un)?subscribe\b|view (?:this )?(?:e-?mail )?in (?:your )?browser|to unsubscribe|abmelden\b|"
    r"geschäftsführer(?:in)? ?:|sitz der gesellschaft|amtsgericht \w|registergericht|handelsregister|ust-?id"
    r")",
    re.IGNORECASE,
)
_HINTS = re.compile(
    r"^[ \t]?>|^[ \t]*(?:[-_=*]{2,}|—)|[:：][ \t*_]*$|"
    r"^[ \t*_]*[^\s:：]{1,20}(?: [^\s:：]{1,12}){0,2}[ \t*_\xa0]*[:：].*@",
    re.MULTILINE,
)


def new_text(text: str) -> str:
    """The text that only this mail adds, "" where it adds none. Never raises; linear but for what libraries get.

    Own reading first. Where the mail quotes, mail-parser-reply and quotequail read it too and the shortest non-empty
    answer counts, since each of the three misses quotations that the others know; not where the writer answered between
    or below the quoted lines, which the libraries would cut off.
    """
    collapsed = _RUN.sub(lambda found: found.group()[:40], text)
    lines = [line.rstrip() for line in collapsed.split("\n")]
    own, answers_below = _own_reading(lines)
    if _quotes(collapsed) and not answers_below and own:
        for other in _as_libraries_read(collapsed):
            reread, _ = _own_reading(other.split("\n"))
            if reread and len(reread) < len(own) and _cut_at_a_quotation(own, reread):
                own = reread
    return own


def _cut_at_a_quotation(own: str, shorter: str) -> bool:
    """Whether what a library cut off begins as quotations do: to one of them a customer's "Data: 3.11." is a header."""
    if not own.startswith(shorter):
        return False
    first = next((line.strip() for line in own[len(shorter) :].split("\n") if line.strip()), "")
    return "@" in first or first.endswith((":", "：")) or first.startswith((">", "--", "__", "=="))


def _quotes(text: str) -> bool:
    return _HINTS.search(text) is not None


@cache
def _reply_parser() -> EmailReplyParser:
    return EmailReplyParser(languages=list(MAIL_LANGUAGES))


def _as_libraries_read(text: str) -> list[str]:
    if len(text) > _MAX_FOR_LIBRARIES or text.count("\n") > _MAX_LINES_FOR_LIBRARIES:
        return []
    readings: list[str] = []
    try:
        readings.append(_reply_parser().parse_reply(text) or "")
    except Exception:  # both libraries raise on odd texts; own reading stands
        readings.append("")
    try:
        readings.append("\n".join(part for expanded, part in quotequail.quote(text, quote_intro_line=True) if expanded))
    except Exception:  # as above
        readings.append("")
    return readings


# Own reading ----------------------------------------------------------------------------------------------------------


def _own_reading(lines: list[str]) -> tuple[str, bool]:
    """The writer's own lines, and whether he wrote below or between what he quotes."""
    segments: list[list[str]] = [[]]
    quoted_before = False
    answers_below = False
    index = 0
    while index < len(lines):
        boundary = boundary_at(lines, index) if lines[index] else None
        if boundary is None and _LIST_FOOTER.match(lines[index]) and _rest_is_short(lines, index + 1):
            index = _next_quotation(lines, index + 1)
            continue
        if boundary is None:
            segments[-1].append(lines[index])
            answers_below = answers_below or (quoted_before and bool(lines[index].strip()))
            index += 1
            continue
        if boundary.kind == "footer":
            # What follows a footer unmarked is what is answered; what follows it marked may be answered below.
            index = _next_quotation(lines, boundary.end) if boundary.open_ended else boundary.end
            segments.append([])
            continue
        if boundary.open_ended:
            break
        if boundary.kind in ("quoted", "attribution"):
            quoted_before = True
            index = _after_quotation(lines, boundary)
            segments.append([])
        elif boundary.kind == "signature" and _rest_is_short(lines, boundary.end):
            index = _next_quotation(lines, boundary.end)
        else:
            segments[-1].append(lines[index])
            index += 1
    trimmed = [_without_farewell(_without_disclaimers(segment)) for segment in segments]
    body = "\n\n".join(part for part in ("\n".join(segment).strip("\n") for segment in trimmed) if part.strip())
    if not body.strip():
        body = "\n\n".join(
            part for part in ("\n".join(_without_disclaimers(segment)).strip() for segment in segments) if part
        )
    return _BLANK_LINES.sub("\n\n", _without_trailing_rules(body)).strip(), answers_below and bool(body)


def _after_quotation(lines: list[str], boundary: Boundary) -> int:
    index = boundary.end
    while index < len(lines) and (is_quoted(lines[index]) or not lines[index].strip() or _is_wrapped(lines, index)):
        index += 1
    return index


def _is_wrapped(lines: list[str], index: int) -> bool:
    """Whether this unmarked line is the rest of a quoted one that a mail program broke at its margin."""
    return (
        index > 0
        and len(lines[index - 1]) >= _MARGIN
        and is_quoted(lines[index - 1])
        and index + 1 < len(lines)
        and is_quoted(lines[index + 1])
    )


def _next_quotation(lines: list[str], index: int) -> int:
    while index < len(lines) and not _begins_a_quotation(lines, index):
        index += 1
    return index


def _begins_a_quotation(lines: list[str], index: int) -> bool:
    found = boundary_at(lines, index)
    return found is not None and found.kind not in ("signature", "footer")


def _rest_is_short(lines: list[str], index: int) -> bool:
    # RFC 3676 section 4.3: four lines are good manners; companies take a dozen. More is text below a row of dashes.
    written = 0
    while index < len(lines) and not _begins_a_quotation(lines, index):
        written += bool(lines[index].strip())
        if written > 16:
            return False
        index += 1
    return True


def _without_disclaimers(segment: list[str]) -> list[str]:
    kept: list[str] = []
    dropping = False
    started = False
    for line in segment:
        blank = not line.strip()
        new_paragraph = not kept or not kept[-1].strip() or not started
        if blank:
            dropping = False
        elif not dropping and (new_paragraph or len(line) > 40) and _DISCLAIMER.match(line):
            dropping = True
        started = True
        if not dropping:
            kept.append(line)
    return kept


def _without_farewell(segment: list[str]) -> list[str]:
    """Cut the closing phrase, the name and the address lines below it; a postscript stays."""
    last = len(segment)
    while last and not segment[last - 1].strip():
        last -= 1
    for index in range(max(1, last - _MAX_FAREWELL), last):
        line = segment[index]
        if len(line) > 90 or not _CLOSING.match(line) or not _closes(line):
            continue
        below = segment[index + 1 : last]
        postscript = next((at for at, each in enumerate(below) if _POSTSCRIPT.match(each)), None)
        card = below[:postscript] if postscript is not None else below
        if _is_a_card(card):
            rest = ["", *below[postscript:]] if postscript is not None else []
            return segment[:index] + rest
    return segment


def _closes(line: str) -> bool:
    """Whether a line that begins with a closing phrase ends there, or goes on with a name and nothing else."""
    found = _CLOSING.match(line)
    rest = line[found.end() :].strip() if found else ""
    # "Thanks, but it still does not work": words after the phrase are a sentence, a name has few and no figures.
    if len(rest.split()) > 4 or rest.endswith((".", "!", "?", "。", "？")) or any(char.isdigit() for char in rest):
        return False
    if found is None or found.group().rstrip().endswith((",", ";", ".", "!", ":", "、", "。", "！", "，", "…")):
        return found is not None
    return all(not word[0].islower() or word.lower() in _JOINING for word in rest.split())


def _is_a_card(lines: list[str]) -> bool:
    """Whether these lines are a name and where its bearer can be found: short, few, and no sentences."""
    written = [line for line in lines if line.strip()]
    if len(written) > 14:
        return False
    sentences = sum(
        len(line) > 100 or (len(line.split()) > 6 and line.rstrip().endswith((".", "?", "!"))) for line in written
    )
    questions = any(line.rstrip().endswith(("?", "？", "؟")) for line in written)
    return not questions and sentences * 4 <= len(written)


def _without_trailing_rules(text: str) -> str:
    lines = text.split("\n")
    while lines and (not lines[-1].strip() or _TRAILING_RULE.match(lines[-1])):
        lines.pop()
    return "\n".join(lines)


# An agent's commands --------------------------------------------------------------------------------------------------

# Format characters, fillers and variation selectors: what is not seen may not stand in a command.
_UNSEEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u2800\u3164\ufe00-\ufe0f\ufeff\uffa0"
    "\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_COMMAND = re.compile(r"^/[A-Za-z]")


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandText:
    """The head of an agent's new text: all lines before any quotation, signature or footer; "" if none."""

    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """Two readers could read different commands in this mail: nothing is done, and the agent is told why."""

    reason: str


def command_text(mail: InboundMail) -> CommandText | Ambiguous:
    """What an agent typed, for the grammar to read; Ambiguous where a mail program shows other things (ATTACKS A2)."""
    plain = _head(mail.text_part)
    visible = _head(mail.html_text)
    if any(_UNSEEN.search(line) for head in (plain, visible) for line in head if _seems_a_command(line)):
        return Ambiguous(reason="a command line holds characters that cannot be seen")
    if mail.defects and (_commands(plain) or _commands(visible)):
        return Ambiguous(reason=f"the message can be read in two ways: {mail.defects[0]}")
    if not mail.html_text.strip():
        return CommandText(text="\n".join(plain))
    if not mail.text_part.strip():
        return CommandText(text="\n".join(visible))
    if _commands(plain) == _commands(visible):
        return CommandText(text="\n".join(plain))
    # A mail program may wrap a long line in one part and not in the other; then all words are the same.
    if len(_commands(plain)) == len(_commands(visible)) and " ".join(plain).split() == " ".join(visible).split():
        return CommandText(text="\n".join(visible))
    return Ambiguous(reason="the text and the HTML of the message hold different commands")


def _head(text: str) -> list[str]:
    lines = [line.strip() for line in text.split("\n")]
    head: list[str] = []
    for index, line in enumerate(lines):
        if boundary_at(lines, index) is not None:
            break
        head.append(line)
    while head and not head[-1]:
        head.pop()
    while head and not head[0]:
        head.pop(0)
    return head


def _seems_a_command(line: str) -> bool:
    return _UNSEEN.sub("", line).strip().startswith("/")


def _commands(head: list[str]) -> list[str]:
    return [" ".join(line.split()) for line in head if _COMMAND.match(line)]

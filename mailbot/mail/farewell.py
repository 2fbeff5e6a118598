"""How letters end: closing phrases with the card below them, signatures, disclaimers; and what is told below them."""

import re

from mailbot.mail.quotation import FOOTER

_LOOKED_AT = 400  # characters of a line that say whether a disclaimer begins in it
_MAX_FAREWELL = 60  # lines from the end that may hold a closing phrase, its card and a postscript

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
    r"(?:bonne|belle|excellente) (?:journée|soirée|réception|fin de journée)(?: à vous)?|"
    r"(?:avec (?:tous )?(?:mes|nos) )?(?:vifs )?remerciements(?: anticipés)?|"
    r"merci(?: (?:d['’]avance|beaucoup|par avance|à vous))?|"
    r"respectueusement|"
    r"(?:reciban? )?(?:un )?(?:cordial(?:es)? |atentos? )?saludos?(?: cordial(?:es)?)?|"
    r"(?:muy )?atentamente|atte\.?|cordialmente|"
    r"(?:muchas )?gracias(?: (?:de antemano|por adelantado))?|un abrazo|"
    r"(?:porgo |(?:con i )?(?:miei )?(?:più )?)?(?:cordiali|distinti|cari|migliori) saluti|buona (?:giornata|serata)|"
    r"(?:un )?(?:cordiale )?saluto|saluti|"
    r"(?:la )?ringrazio(?: anticipatamente)?|(?:molte )?grazie(?: (?:mille|in anticipo))?|"
    r"(?:com os )?(?:melhores|meus) cumprimentos|cumprimentos|atenciosamente|att\.?|abraços?|"
    r"(?:muito )?obrigad[oa](?: (?:desde já|antecipadamente))?|(?:muito )?grat[oa](?: desde já)?|"
    r"(?:met )?(?:vriendelijke|hartelijke|beste)(?: \w{3,12})? groet(?:en|jes)?|"
    r"(?:hartelijke )?groet(?:en|jes)?|mvg|(?:alvast )?(?:bedankt|dank u(?: wel)?)|hoogachtend|"
    r"(?:z )?(?:wyrazami )?(?:poważaniem|powazaniem|szacunku|szacunkiem)|pozdrawiam(?: serdecznie)?|"
    r"(?:serdecznie )?pozdrawiam|(?:łączę |z )?pozdrowieni(?:a|ami)|(?:z góry )?dziękuję(?: z góry)?"
    r"(?: i (?:serdecznie )?pozdrawiam(?: serdecznie)?)?|"
    r"с (?:уважением|наилучшими пожеланиями)|(?:заранее )?(?:спасибо|благодарю|спасибо заранее)|"
    r"всего (?:доброго|хорошего)|"
    r"(?:med )?(?:de )?(?:venlig(?:e|ste)?|vänlig(?:a)?|vennlig|bedste|bästa|beste|hjertelig) (?:hilsen|"
    r"hilsner|hälsning(?:ar)?)|hilsen|hälsningar|mvh|dbh|kh|knus|"
    r"(?:på forhånd )?tak|tack(?: på förhand)?|ystävällisin terveisin|terveisin|s pozdravem|s úctou|"
    r"děkuji|üdvözlettel|köszönöm|"
    r"(?:(?:şimdiden )?teşekkürler(?:imle)?|saygılarım(?:ız)?la|saygılar|iyi (?:günler|"
    r"çalışmalar)(?: dilerim)?|teşekkür(?:ler|"
    r" ederim)?(?: ederim)?|kolay gelsin|selamlar|sevgiler)|"
    r"(?:(?:以上、?|何卒|どうぞ|では、?|それでは、?|ご(?:確認|検討|対応|査収)(?:のほど|の程)?、?){0,3}"
    r"(?:よろしく|宜しく)お願い(?:いた|致|申し上げ)?(?:します|ます|しま)(?:す)?|以上(?:です|となります)?|"
    r"敬具|草々|かしこ)|"
    r"(?:此致|敬礼|敬禮|谢谢(?:您|你)?|謝謝(?:您|你)?|祝好|顺祝商祺|順頌商祺|祝商祺|盼复|期待您的回复)|"
    r"(?:مع (?:خالص |فائق )?(?:التحية|تحياتي|الشكر|الاحترام)(?: والتقدير)?|تحياتي|وتفضلوا .{0,40}|"
    r"شكرا(?:ً)?(?: جزيلا(?:ً)?| لكم| مقدما)?)|"
    r"감사합니다|안녕히 계세요|με εκτίμηση|cu stimă"
    r")[ \t]*(?:[,;.!:،、。！，…–—-]+|$|(?<=[ \t])(?=\w))",
    re.IGNORECASE,
)
# Sentences that close a letter and say nothing else. A wish or a number in one keeps it: the lines are matched whole.
_CLOSING_SENTENCE = re.compile(
    r"^[ \t*_]*(?:"
    r"(?:i(?: am|'m)? |we(?: are)? )?(?:look(?:ing)? forward to|await(?:ing)?) .{0,20}(?:reply|answer|"
    r"response|hearing|feedback).{0,20}|"
    r"(?:many )?thank(?:s| you) (?:so much |very much )?for your (?:help|time|support|assistance|"
    r"understanding|attention|"
    r"patience|cooperation|consideration|quick (?:help|reply)|prompt (?:help|reply|attention))(?: in this matter)?|"
    r"(?:ich|wir) freuen? (?:mich|uns) (?:auf|über) .{0,15}(?:antwort|rückmeldung|nachricht).{0,15}|"
    r"(?:vielen|besten|herzlichen) dank für (?:ihre|deine|die|eure) (?:hilfe|mühe|unterstützung|"
    r"bemühungen|bearbeitung|"
    r"rückmeldung|zeit|schnelle hilfe)|(?:über eine|in erwartung) .{0,25}(?:antwort|rückmeldung).{0,30}|"
    r"(?:je vous prie|nous vous prions|veuillez|recevez|je vous adresse).{0,60}(?:salutations|sentiments|"
    r"considération).{0,30}|"
    r"(?:dans l['’]attente|en attente|en attendant) .{0,20}(?:réponse|retour|nouvelles).{0,60}|"
    r"merci (?:beaucoup )?(?:pour|de) votre (?:aide|retour|réponse|compréhension|attention|temps)(?: rapide)?|"
    r"(?:quedo|quedamos|estoy) (?:a la espera|atent[oa]|pendiente) .{0,40}(?:respuesta|noticias|comentarios).{0,20}|"
    r"(?:a la espera|en espera) de .{0,20}(?:respuesta|noticias).{0,40}|"
    r"(?:muchas )?gracias por su (?:ayuda|atención|tiempo|comprensión)|"
    r"(?:resto |rimango |restiamo )?in attesa(?: di .{0,25}(?:riscontro|risposta|"
    r"notizie))?(?:,? .{0,25}(?:saluti|saluto)| fiduciosa)?|"
    r"(?:vi )?ringrazio (?:per|della|dell['’]) ?(?:la |l['’])?(?:vostra |cortese )?(?:attenzione|"
    r"disponibilità|collaborazione|aiuto)|"
    r"(?:fico|ficamos|estou|aguardo|aguardamos|a aguardar|no aguardo|fico no aguardo)(?: (?:a aguardar|"
    r"no aguardo))? ?.{0,15}(?:resposta|retorno|"
    r"notícias|contacto|contato).{0,20}|obrigad[oa] pela (?:ajuda|atenção|compreensão)|"
    r"(?:ik|wij) (?:hoor|horen|zie|verneem|vernemen|kijk) .{0,12}(?:van u|van je|van jullie|uw (?:reactie|"
    r"antwoord)).{0,20}|"
    r"(?:alvast )?bedankt voor (?:uw|je|de) (?:hulp|tijd|moeite|reactie|medewerking)|(?:in afwachting van|"
    r"ik zie) .{0,12}(?:reactie|antwoord).{0,25}|"
    r"(?:czekam(?:y)?|oczekuję|w oczekiwaniu) na .{0,20}(?:odpowiedź|kontakt|informację).{0,10}|"
    r"(?:z góry )?dziękuję za (?:pomoc|odpowiedź|kontakt|uwagę)|"
    r"(?:жду|ожидаю|ждём|с нетерпением жду) .{0,15}(?:ответа|реакции|обратной связи)|"
    r"(?:заранее )?(?:спасибо|благодарю) за (?:помощь|ответ|понимание|внимание)|"
    r"お手数(?:を|です|では).{0,20}(?:よろしく|宜しく)お願い.{0,10}|(?:ご返信|ご回答|お返事|"
    r"ご連絡)(?:を)?お待ち.{0,12}|お忙しい.{0,20}(?:よろしく|"
    r"宜しく)お願い.{0,10}|"
    r"(?:期待|等待|盼|静候|等候)(?:您|你|贵司)?(?:的)?(?:回复|回覆|答复|佳音|回信)|感谢您的(?:帮助|支持|理解|配合)|"
    r"(?:yanıtınızı|cevabınızı|dönüşünüzü|geri dönüşünüzü) (?:bekliyorum|bekliyoruz|rica ederim)|"
    r"yardımınız için (?:şimdiden )?teşekkür(?:ler| ederim)|"
    r"(?:في |ب)?انتظار (?:ردكم|ردك|الرد|جوابكم)(?: الكريم)?|شكرا(?:ً)? (?:على|ل)(?:حسن )?(?:تعاونكم|"
    r"مساعدتكم|اهتمامكم)"
    r")[ \t,.;!。，！、:…*_،؛]*$",
    re.IGNORECASE,
)
# "Grüße aus Bonn", "Cheers, Tom and Ann"
_JOINING = frozenset(
    (
        "aus", "from", "und", "and", "von", "vom", "van", "der", "den", "zu", "de", "du", "des", "la", "le", "el",
        "del", "di", "da", "do", "dos", "das", "et", "y", "e", "en", "i", "и", "of", "the", "at", "in", "im",
        "bei", "ten", "te", "ve", "bin", "al", "née", "geb.", "a.", "i.", "p.", "pp.", "ppa.", "z", "s", "c/o",
        "str.", "ul.", "ул.", "г.", "д.", "кв.",
    )
)  # fmt: skip
_POSTSCRIPT = re.compile(
    r"^[ \t*_]*(?:p\.? ?-?s\.?|p\.? ?p\.? ?s\.?|p\.d\.|pd|n\.b\.|nb|ps|з\.ы\.|постскриптум|nachtrag|追伸|"
    r"附言?|又及|備考|ملاحظة|ملحوظة|not)"
    r"(?:[ \t]*[:.)\-–—：]|(?<=[s.])[ \t]+(?=(?-i:[A-ZÀ-ÞА-Я])))",
    re.IGNORECASE,
)
_LONGEST_CARD = 16  # written lines; companies take a dozen
_ENDS_A_SENTENCE = re.compile(r"[.!?。！？؟…][ \t\"'”»)*_]*$")
_INITIAL = re.compile(
    r"(?:^|\s)\w{1,2}\.$|(?i:\b(?:jr|sr|ing|mag|inc|ltd|co|bv|b\.v|s\.a|e\.v|s\.r\.l|sp\. z o\.o)\.)$"
)
_CASELESS = re.compile(r"[\u0590-\u08ff\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ASKS = re.compile(r"请|請|退|换|換|求|麻烦|希望|等|要|أريد|أرجو|نريد|返|交換|早")
# 森下かおり（松本市）; 権田、川崎; 宮本　とし江; 吳文雄　謹啟
_NAME_AND_PLACE = re.compile(
    r"^[ \u3000]*[\u3040-\u30ff\u4e00-\u9fff・]{1,9}(?:[ \u3000][\u3040-\u30ff\u4e00-\u9fff]{1,5})?"
    r"(?:[、,，\u3000 ]{1,2}[\u4e00-\u9fff\u30a0-\u30ff]{1,6}|[（(][\u3040-\u30ff\u4e00-\u9fff]{1,8}[）)])[ \u3000]*$"
)
_SEPARATED = re.compile(r" [|·•–—-] ")
_CALLED = re.compile(
    r"(?:tel|t|phone|fon|тел|電話|电话)\b[ .:]{0,3}\+?[\d(]|\+\d[\d ()/-]{7,}|www\.|\S@\S", re.IGNORECASE
)
_ENDS_A_THOUGHT = re.compile(r"[.!?。！？…」)）〜～wｗ笑草]$|[\U0001f300-\U0001faff\ufe0f]$")
_CONTACT = re.compile(
    r"@|www\.|https?:|(?<!\w)(?:tel|telefon|tél|teléfono|telefono|telefone|phone|mobile?|mob|cell|fax|"
    r"móvil|handy|gsm|тел|電話|电话|手机|هاتف|"
    r"جوال|telefoon|kom|tlm|cep|e-?mail|web|skype|whatsapp|vat|ust-?id|nif|cif|p\.?iva|siret|kvk|nip|инн)\b[ .:：]|"
    r"^[ \t]*\+?[\d ()/.\-]{7,}$|\b(?:gmbh|ltd|llc|inc|s\.?a\.?r?\.?l|s\.?p\.?a|b\.?v|sp\. z o|ооо|"
    r"株式会社|有限公司)\b",
    re.IGNORECASE,
)
# Many put the number under their name: it is no part of a card.
_NUMBER_OF_ORDER = re.compile(
    r"(?:order|bestell|auftrag|rechnung|commande|pedido|ordine|encomenda|bestelling|zam[oó]wieni|заказ|注文|"
    r"订单|訂單|sipariş|"
    r"طلب|rma|serial|seriennummer|n[uú]mero de serie|imei)[^\d]{0,30}\d",
    re.IGNORECASE,
)
# How disclaimers begin that need no word of the law to be known: registers of companies, scanners, printing, lists.
_DISCLAIMER_ALONE = re.compile(
    r"^[ \t*_\-\[(]*(?:"
    r"official[- ]sensitive|classification ?:|"
    r"(?:please )?(?:consider|think of|think about) the environment|think before (?:you )?print|"
    r"(?:this e-?mail (?:has been|was) (?:checked|scanned)|scanned by)|"
    r"(?:virus[- ]free|virenfrei|libre de virus|(?:garanti )?sans virus|privo di virus|sem v[ií]rus|"
    r"livre de vírus|virus[- ]?vrij|"
    r"wolny od wirusów|без вирусов|ウイルス[ ]?フリー|无病毒|無病毒|virüs bulunmuyor|virüssüz|"
    r"خال[ٍ]? من الفيروسات)[ .。:!]{0,4}"
    r"(?:www\.|https?:|<|avast|avg|$)|"
    r"bitte (?:denken sie an die umwelt|prüfen sie,? ob diese)|pensez à l['’]environnement|"
    r"(?:antes de imprimir|prima di stampare|avant d['’]imprimer|zanim wydrukujesz).{0,60}(?:ambiente?|"
    r"ambiental|environnement|"
    r"środowisk|necesario|necessario|realmente)|denk aan het milieu|(?:pomyśl|pamiętaj) o środowisku|"
    r"geschäftsführ(?:er|ung)(?:in)? ?:|sitz der gesellschaft|amtsgericht \w+,? (?:hr[ab]|nr)|"
    r"registergericht|handelsregister|ust-?id|"
    r".{0,60}(?:sitz der gesellschaft|registergericht|registered in england|registered office|"
    r"company (?:no|number)|hrb \d|"
    r"rcs [a-z]{3,}|au capital (?:de|social)|capitale sociale|kapitał zakładowy|krs[: ]\d)|"
    r"(?:un)?subscribe(?:$| (?:here|from|now|to (?:our|this|these)\b))|to unsubscribe|"
    r"view (?:this )?(?:e-?mail )?in (?:your )?browser|"
    r"abmelden(?:$| (?:vom|von|hier))|"
    r"(?:this |caution ?: ?this |\[?)?(?:external (?:e-?mail|sender|message)|e-?mail originated (?:from )?outside)"
    r")",
    re.IGNORECASE,
)
# How they begin that people begin like too: the paragraph must hold a word of the law (_LEGAL).
_DISCLAIMER = re.compile(
    r"^[ \t*_\-\[(]*(?:"
    r"(?:confidential(?:ity)?|privileged|legal|privacy|important|e-?mail)(?: (?:and privileged|"
    r"& privileged))? ?(?:notice|note|"
    r"information|disclaimer|statement)|disclaimer|caution ?:|warning ?:|"
    r"(?:this|the information (?:contained )?in this|the contents? of this|"
    r"the contents? contained in this) (?:e-?mail|message|"
    r"communication|transmission|electronic)|the information (?:contained|transmitted)|"
    r"any (?:unauthori[sz]ed|review|dissemination)|"
    r"if you (?:are not|have received this|received this)|all (?:e-?mails|information)|"
    r"[\w .&]{2,40} (?:accepts no|does not accept|"
    r"is not (?:liable|responsible))|we process (?:your )?personal data|"
    r"(?:wichtiger )?(?:rechtlicher )?hinweis ?:|vertraulich|(?:diese|die in dieser|"
    r"der inhalt dieser) (?:e-?mail|nachricht|mail)|"
    r"haftungsausschluss|sollten sie (?:nicht|diese|irrtümlich)|wenn sie nicht|falls sie (?:nicht|diese)|"
    r"informationen zum datenschutz|"
    r"(?:ce|cet|le présent|le contenu de ce) (?:message|courriel|e-?mail|mail|courrier)|"
    r"les informations (?:contenues|transmises)|"
    r"avis de confidentialité|avertissement ?:|clause de confidentialité|confidentialité|"
    r"si vous (?:n['’]êtes pas|avez reçu)|"
    r"merci de penser|toute utilisation|"
    r"aviso (?:legal|importante|de (?:privacidad|confidencialidad|confidencialidade))|(?:este|el presente|"
    r"la información contenida en "
    r"este|el contenido de este) (?:mensaje|correo|e-?mail|comunicado)|de (?:conformidad|acuerdo) con (?:el|la|lo)|"
    r"en cumplimiento (?:de|del)|si (?:usted )?no es (?:el|usted)|si ha recibido este|le informamos|"
    r"información (?:confidencial|legal)|"
    r"(?:questo|il presente|la presente|le informazioni contenute in quest[oa]|"
    r"il contenuto di quest[oa]) (?:messaggio|e-?mail|mail|"
    r"comunicazione)|le informazioni|ai sensi del(?:l[’'])?|avviso (?:di riservatezza|legale)|informativa|"
    r"se (?:avete|ha) ricevuto|qualora|"
    r"(?:esta|a presente) (?:mensagem|comunicação)|(?:este|o presente) e-?mail|as informações contidas|"
    r"o conteúdo dest[ae]|"
    r"se (?:não é|recebeu)|"
    r"(?:dit|deze|de (?:informatie|inhoud) (?:in|van) (?:dit|deze)) (?:e-?mail)?(?:bericht|boodschap|e-?mail|mail)|"
    r"de (?:informatie|inhoud)|"
    r"indien u|(?:aan|op) (?:dit|deze) (?:bericht|e-?mail)|"
    r"(?:ta|niniejsza|informacje zawarte w|treść (?:tej|niniejszej)|zawartość (?:tej|niniejszej))"
    r" (?:tej |niniejszej )?(?:wiadomoś[ćc]i?|korespondencj[ai])|klauzula (?:poufności|informacyjna)|administratorem|"
    r"jeżeli nie|jeśli (?:nie|otrzymał)|uwaga ?:|"
    r"(?:данное|это|настоящее|содержание (?:данного|этого|настоящего)|"
    r"информация,? содержащаяся) (?:электронное )?(?:сообщени[ея]|письм[оа]|в)|"
    r"конфиденциальн|информация (?:в|,? ?содержащ)|если вы (?:не|получили)|"
    r"(?:本メール|このメール|このメッセージ|本メッセージ|本電子メール|当メール)|本邮件|本電子郵件|"
    r"本电子邮件|此(?:邮件|电子邮件|郵件)|本信息|免责声明|免責聲明|保密|"
    r"bu (?:e-?posta|mesaj|ileti|elektronik)|yasal uyarı|gizlilik|kişisel verileriniz|"
    r"(?:هذه الرسالة|هذا البريد|تنويه|تنبيه|إخلاء مسؤولية|إن هذه الرسالة|محتويات هذ)"
    r")",
    re.IGNORECASE,
)
_LEGAL = re.compile(
    r"confidential|sensitive|privileged|intended|addressee|unauthori[sz]ed|in error|virus|disclos|legally|"
    r"liabilit|originated|outside (?:of )?(?:the|your|our)|"
    r"data protection|gdpr|notify the sender|delete (?:it|this)|"
    r"vertraulich|adressat|empfänger|unbefugt|irrtümlich|viren|haftung|datenschutz|rechtsverbindlich|"
    r"dsgvo|vernichten|"
    r"confidentiel|destinataire|par erreur|secret professionnel|rgpd|données personnelles|à l'attention exclusive|"
    r"confidencial|destinatari|por error|privilegiad|protección de datos|datos (?:personales|son|serán)|lopd|"
    r"riservat|confidenzial|per errore|privacy|trattamento dei dati|2016/679|196/2003|"
    r"destinatári|por engano|por erro|lgpd|"
    r"vertrouwelijk|geadresseerde|niet voor u|per abuis|abusievelijk|onrechtmatig|persoonsgegevens|aansprakelijk|"
    r"poufn|adresat|omyłk|pomyłk|rodo|danych osobowych|"
    r"конфиденциальн|получател|по ошибке|предназначен|персональных данных|"
    r"機密|宛先|誤って|心当たり|保密|机密|收件人|误收|誤收|仅供|仅限|僅供|隐私|"
    r"gizli|alıcı|yanlışlıkla|özeldir|kişiye özel|kvkk|yetkisiz|"
    r"سري|المرسل إليه|بالخطأ|حذف|للمرسل",
    re.IGNORECASE,
)


def without_disclaimers(segment: list[str]) -> list[str]:
    """The lines without disclaimers, registers of companies and lines of scanners."""
    kept: list[str] = []
    dropping = dropped = started = False
    for index, line in enumerate(segment):
        blank = not line.strip()
        new_paragraph = not kept or not kept[-1].strip() or not started or dropping
        if blank:
            dropping = False
        elif not dropping and (new_paragraph or len(line) > 40):
            dropping = _is_a_disclaimer(segment, index, goes_on=dropped)
            dropped = dropped or dropping
        started = True
        if not dropping:
            kept.append(line)
    return kept


def _is_a_disclaimer(lines: list[str], index: int, *, goes_on: bool) -> bool:
    """Whether a paragraph that begins here is one: how it begins, and the words of the law in it.

    The words are asked for because people begin so too: "This message is about …", "Note: …", "Ai sensi dell'art. 52 …
    recedo" (a withdrawal by law, S2). `goes_on` where one stands above: its further paragraphs begin in any way.
    """
    line = lines[index][:_LOOKED_AT]
    if _DISCLAIMER_ALONE.match(line):
        return True
    if not (goes_on or _DISCLAIMER.match(line)):
        return False
    paragraph = lines[index]
    for following in lines[index + 1 : index + 8]:
        if not following.strip():
            break
        paragraph = f"{paragraph} {following}"
    legal = len({found.group().lower() for found in _LEGAL.finditer(paragraph[:4000])})
    return legal >= (2 if goes_on and not _DISCLAIMER.match(line) else 1)


def without_farewell(segment: list[str]) -> list[str]:
    """Cut the closing phrase, the name and the address lines below it; a postscript and what else is told stay."""
    last = len(segment)
    while last and not segment[last - 1].strip():
        last -= 1
    for index in range(max(1, last - _MAX_FAREWELL), last):
        if not _closes(segment[index]):
            continue
        kept = _told_below(segment[index + 1 : last])
        if kept is not None:
            return segment[:index] + (["", *kept] if kept else [])
    return segment


def _closes(line: str) -> bool:
    """Whether a line that begins with a closing phrase ends there, or goes on with a name and nothing else."""
    if len(line) > 160:
        return False
    if _CLOSING_SENTENCE.match(line):
        return True
    found = _CLOSING.match(line) if len(line) <= 90 else None
    if found is None:
        return False
    rest = line[found.end() :].strip()
    if not rest:
        return True
    # "Thanks, but it still does not work": words after the phrase are a sentence, a name has few and no figures.
    if _ENDS_A_SENTENCE.search(rest) and not _INITIAL.search(rest):
        return False
    return not any(char.isdigit() for char in rest) and _is_a_name(rest)


def _is_a_name(text: str) -> bool:
    words = text.split()
    if _CASELESS.search(text):
        # Without capitals only its length tells a name from a wish ("谢谢，请退款").
        return (
            len(text) <= (4 if not text[0].isalpha() or text[0] > "\u2e80" else 12)
            and len(words) <= 2
            and not _ASKS.match(text)
        )
    if len(words) == 1:
        return True
    return len(words) <= 5 and all(not word[0].islower() or word.lower() in _JOINING for word in words)


def _told_below(lines: list[str]) -> list[str] | None:
    """What a person tells below his closing; None where the lines go on with the mail, so that it closed nothing."""
    paragraphs = _paragraphs(lines)
    if not paragraphs:
        return []
    if _is_wordy(paragraphs[0][0]):
        return None
    cards = [_without_postscript(paragraph) for paragraph in paragraphs]
    tells = [bool(_POSTSCRIPT.match(paragraph[0])) or _is_prose(paragraph) for paragraph in paragraphs]
    if any(tells) and (any(char.isdigit() for char in paragraphs[0][0]) or len(paragraphs[0][0].split()) > 5):
        return None
    if sum(len(card) for card, told in zip(cards, tells, strict=True) if not told) > _LONGEST_CARD:
        return None
    kept: list[list[str]] = []
    for paragraph, card, told in zip(paragraphs, cards, tells, strict=True):
        if told:
            kept.append(paragraph)
        elif len(card) < len(paragraph):
            kept.append(paragraph[len(card) :])
        elif numbers := [line for line in card if _NUMBER_OF_ORDER.search(line)]:
            kept.append(numbers)
    return "\n\n".join("\n".join(paragraph) for paragraph in kept).split("\n") if kept else []


def _paragraphs(lines: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for line in lines:
        if line.strip():
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return [paragraph for paragraph in found if paragraph]


def _without_postscript(paragraph: list[str]) -> list[str]:
    place = next((at for at, line in enumerate(paragraph) if _POSTSCRIPT.match(line)), len(paragraph))
    return paragraph[:place]


def _is_wordy(line: str) -> bool:
    """Whether the line is a part of a sentence: a name, a street, a company and a number are not."""
    if _CONTACT.search(line) or _DISCLAIMER_ALONE.match(line):
        return False
    if _CASELESS.search(line):
        return len(line) > 24 or bool(_ENDS_A_SENTENCE.search(line)) or len(line.split()) > 5
    words = line.split()
    small = sum(word[0].islower() and word.lower() not in _JOINING for word in words)
    return small >= 2 and len(words) >= 3


def _is_prose(paragraph: list[str]) -> bool:
    """Whether the paragraph holds a sentence; footers, mottos in quotation marks and contact lines are none."""
    text = " ".join(paragraph)
    if text.lstrip().startswith(('"', "“", "„", "«", "'", "*", "‚", "»")) or FOOTER.match(text):
        return False
    if _CASELESS.search(text):
        return any(_ENDS_A_SENTENCE.search(line) and len(line) > 10 and not _CONTACT.search(line) for line in paragraph)
    return any(_is_a_sentence(line) for line in paragraph)


def _is_a_sentence(line: str) -> bool:
    words = len(line.split())
    if words < 4 or not _is_wordy(line) or _CONTACT.search(line):
        return False
    # "room 12, 9 canal terrace, galway" has many small words and is an address.
    return bool(_ENDS_A_SENTENCE.search(line)) or (words >= 8 and not any(char.isdigit() for char in line))


def without_name(text: str, writer: str) -> str:
    """The text without a name that stands alone at its end, with a place or a street below it at most.

    `writer` is the display name of the sender: without any closing phrase only it tells a name from a product. In
    Chinese and Japanese a line of a name and a place is known by its form too.
    """
    lines = text.split("\n")
    while len(lines) > 2 and (not lines[-1].strip() or _is_a_company_line(lines[-1])):
        lines.pop()
    text = "\n".join(lines)
    paragraphs = _paragraphs(lines[-8:])
    if len(paragraphs) < 2:
        return text
    card, above = paragraphs[-1], paragraphs[-2][-1]
    if len(card) > 4 or any(_is_wordy(line) or line.endswith((":", "：", "?", "？", "!", "！")) for line in card):
        return text
    if any(_NUMBER_OF_ORDER.search(line) for line in card) or any(char.isdigit() for char in card[0]):
        return text
    if _names(card[0], writer) or (len(card) <= 2 and _is_name_and_place(card[0]) and _ENDS_A_THOUGHT.search(above)):
        return "\n".join(lines[: -len(card)]).rstrip()
    return text


def _is_a_company_line(line: str) -> bool:
    # "Purchasing | Berg Ltd | 1 Mill Lane, Leeds | +44 113 496 0000"
    separated = len(_SEPARATED.findall(line)) >= 2 and len(line) < 250
    return separated and bool(_CALLED.search(line)) and not _NUMBER_OF_ORDER.search(line)


def _names(line: str, writer: str) -> bool:
    parts = [part for part in re.split(r"[\W\d_]+", writer.casefold()) if len(part) >= 2]
    if _CASELESS.search(line):
        bare = re.sub(r"\W", "", line)
        return len(bare) <= 16 and any(part in bare for part in parts)
    words = re.split(r"[\W\d_]+", line.casefold())
    return len(line.split()) <= 6 and any(part in words for part in parts)


def _is_name_and_place(line: str) -> bool:
    return _NAME_AND_PLACE.match(line) is not None and not _ASKS.search(line) and not _NUMBER_OF_ORDER.search(line)


def told_below_signature(lines: list[str]) -> list[str]:
    """What a person goes on to tell below a row of two dashes: a postscript, sentences that are no motto."""
    below = without_disclaimers(lines)
    paragraphs = _paragraphs(below)
    kept = [
        paragraph
        for paragraph in paragraphs
        if _POSTSCRIPT.match(paragraph[0]) or (_is_prose(paragraph) and not _is_a_motto(paragraphs))
    ]
    return ["", *"\n\n".join("\n".join(paragraph) for paragraph in kept).split("\n")] if kept else []


def _is_a_motto(paragraphs: list[list[str]]) -> bool:
    return len(paragraphs) == 1 and sum(map(len, paragraphs)) == 1 and len(paragraphs[0][0].split()) <= 12

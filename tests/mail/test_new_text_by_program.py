"""New text, language by language and program by program: what each puts around what a person types."""

import pytest

from mailbot.mail.new_text import new_text

SHOP = "returns@shop.example"

# What a customer writes, in each language: two paragraphs, with what looks like a boundary to a hasty reader.
MINE = {
    "en": "The kettle leaks at the base.\n\nFrom Monday on it got worse. Best would be a refund.",
    "de": "Der Wasserkocher ist undicht.\n\nVon Montag an wurde es schlimmer. Danke, dass Sie sich kümmern.",
    "fr": "La bouilloire fuit par le bas.\n\nDe lundi à mercredi, c'était pire. Merci de me rembourser.",
    "es": "El hervidor pierde agua.\n\nDe lunes a miércoles fue peor. Gracias por mirar esto.",
    "it": "Il bollitore perde acqua.\n\nDa lunedì è peggiorato. Grazie se potete aiutarmi.",
    "pt": "A chaleira verte água.\n\nDe segunda em diante piorou. Obrigado por verem isto.",
    "nl": "De waterkoker lekt aan de onderkant.\n\nVan maandag af werd het erger. Bedankt dat u kijkt.",
    "pl": "Czajnik przecieka od spodu.\n\nOd poniedziałku jest gorzej. Dziękuję, że się tym zajmujecie.",
    "ru": "Чайник протекает снизу.\n\nС понедельника стало хуже. Спасибо, что разбираетесь.",
    "ja": "ケトルの底から水が漏れます。\n\n月曜日からひどくなりました。返金をお願いできますか。",
    "zh": "水壶底部漏水。\n\n从星期一开始更严重了。请给我退款可以吗？",
    "tr": "Su ısıtıcısı alttan su kaçırıyor.\n\nPazartesiden beri daha kötü. Teşekkürler ama sorun sürüyor.",
    "ar": "الغلاية تسرب الماء من الأسفل.\n\nمن يوم الاثنين صار الأمر أسوأ. شكرا لكن المشكلة مستمرة.",
}

# (language, program): the line or lines above the quoted text.
ATTRIBUTIONS = {
    ("en", "gmail"): f"On Tue, Nov 3, 2026 at 10:00 AM Shop Returns <{SHOP}> wrote:",
    ("en", "gmail wrapped"): f"On Tue, 3 Nov 2026 at 10:00, Shop Example Returns Department\n<{SHOP}> wrote:",
    ("en", "apple"): f"> On 3 Nov 2026, at 10:00 AM, Shop <{SHOP}> wrote:\n>",
    ("en", "apple gb"): f"On 3 Nov 2026, at 10:00, Shop <{SHOP}> wrote:",
    ("en", "thunderbird"): "On 03/11/2026 10:00, Shop wrote:",
    ("en", "yahoo"): f"On Tuesday, November 3, 2026, 10:00 AM, Shop <{SHOP}> wrote:",
    ("en", "yahoo gmt"): f"On Tuesday, 3 November 2026 at 10:00:00 GMT+1, Shop <{SHOP}> wrote:",
    ("en", "samsung"): f"-------- Original message --------\nFrom: Shop <{SHOP}>\nDate: 03/11/2026 10:00 (GMT+01:00)\n"
    "To: anna@mail.example\nSubject: Re: Kettle",
    ("en", "proton"): f"On Tuesday, November 3rd, 2026 at 10:00 AM, Shop <{SHOP}> wrote:",
    ("de", "gmail"): f"Am Di., 3. Nov. 2026 um 10:00 Uhr schrieb Shop <{SHOP}>:",
    ("de", "apple"): f"Am 03.11.2026 um 10:00 schrieb Shop <{SHOP}>:",
    ("de", "thunderbird"): "Am 03.11.26 um 10:00 schrieb Shop Retouren:",
    ("de", "gmx"): f'Gesendet: Dienstag, 03. November 2026 um 10:00 Uhr\nVon: "Shop" <{SHOP}>\nAn: anna@gmx.example\n'
    "Betreff: Aw: Wasserkocher",
    ("de", "gmx app"): f"--\nDiese Nachricht wurde von meinem Android Mobiltelefon mit GMX Mail gesendet.\n"
    f"Am 03.11.26, 10:00 schrieb Shop <{SHOP}>:",
    ("de", "web.de"): f"Am 03.11.26 um 10:00 schrieb Shop\n\n> Von: \"Shop\" <{SHOP}>\n> Datum: 3. November 2026",
    ("de", "t-online"): f"-----Original-Nachricht-----\nBetreff: AW: Wasserkocher\nDatum: 2026-11-03T10:00:00+0100\n"
    f"Von: \"Shop\" <{SHOP}>\nAn: \"anna@t-online.example\"",
    ("de", "yahoo"): f"Am Dienstag, 3. November 2026 um 10:00:00 MEZ hat Shop <{SHOP}> Folgendes geschrieben:",
    ("fr", "gmail"): f"Le mar. 3 nov. 2026 à 10:00, Shop <{SHOP}> a écrit :",
    ("fr", "apple"): f"Le 3 nov. 2026 à 10:00, Shop <{SHOP}> a écrit :",
    ("fr", "thunderbird"): "Le 03/11/2026 à 10:00, Shop a écrit\u00a0:",
    ("fr", "yahoo"): f"Le mardi 3 novembre 2026 à 10:00:00 UTC+1, Shop <{SHOP}> a écrit :",
    ("fr", "orange"): f"> Message du 03/11/26 10:00\n> De : \"Shop\" <{SHOP}>\n> A : Anna\n> Objet : Re: x",
    ("fr", "laposte"): f"-------- Message d'origine --------\nDe : Shop <{SHOP}>\nDate : 03/11/2026 10:00 (GMT+01:00)\n"
    "À : anna@mail.example\nObjet : Re: bouilloire",
    ("es", "gmail"): f"El mar, 3 nov 2026 a las 10:00, Shop (<{SHOP}>) escribió:",
    ("es", "apple"): f"El 3 nov 2026, a las 10:00, Shop <{SHOP}> escribió:",
    ("es", "thunderbird"): "El 3/11/26 a las 10:00, Shop escribió:",
    ("es", "yahoo"): f"El martes, 3 de noviembre de 2026, 10:00:00 CET, Shop <{SHOP}> escribió:",
    ("es", "samsung"): f"-------- Mensaje original --------\nDe: Shop <{SHOP}>\nFecha: 3/11/26 10:00 (GMT+01:00)\n"
    "Para: anna@mail.example\nAsunto: Re: Hervidor",
    ("it", "gmail"): f"Il giorno mar 3 nov 2026 alle ore 10:00 Shop <{SHOP}> ha scritto:",
    ("it", "apple"): f"Il giorno 3 nov 2026, alle ore 10:00, Shop <{SHOP}> ha scritto:",
    ("it", "thunderbird"): "Il 03/11/26 10:00, Shop ha scritto:",
    ("it", "yahoo"): f"Il martedì 3 novembre 2026 alle ore 10:00:00 CET, Shop <{SHOP}> ha scritto:",
    ("it", "libero"): f"Il 03/11/2026 10:00 Shop <{SHOP}> ha scritto:\n\n\u00a0",
    ("pt", "gmail"): f"Shop <{SHOP}> escreveu (terça, 3/11/2026 à(s) 10:00):",
    ("pt", "gmail br"): f"Em ter., 3 de nov. de 2026 às 10:00, Shop <{SHOP}> escreveu:",
    ("pt", "apple"): f"No dia 3 de nov. de 2026, às 10:00, Shop <{SHOP}> escreveu:",
    ("pt", "thunderbird"): "Em 03/11/2026 10:00, Shop escreveu:",
    ("pt", "thunderbird pt"): "Às 10:00 de 03/11/2026, Shop escreveu:",
    ("nl", "gmail"): f"Op di 3 nov 2026 om 10:00 schreef Shop <{SHOP}>:",
    ("nl", "apple"): f"Op 3 nov 2026, om 10:00 heeft Shop <{SHOP}> het volgende geschreven:",
    ("nl", "thunderbird"): "Op 03-11-2026 om 10:00 schreef Shop:",
    ("nl", "yahoo"): f"Op dinsdag 3 november 2026 10:00:00 CET schreef Shop <{SHOP}>:",
    ("pl", "gmail"): f"wt., 3 lis 2026 o 10:00 Shop <{SHOP}> napisał(a):",
    ("pl", "apple"): f"Wiadomość napisana przez Shop <{SHOP}> w dniu 3 lis 2026, o godz. 10:00:",
    ("pl", "thunderbird"): "W dniu 3.11.2026 o 10:00, Shop pisze:",
    ("pl", "wp"): f"Dnia 3 listopada 2026 10:00 Shop <{SHOP}> napisał(a):",
    ("pl", "onet"): f"Użytkownik Shop <{SHOP}> napisał:",
    ("ru", "gmail"): f"вт, 3 нояб. 2026 г. в 10:00, Shop <{SHOP}>:",
    ("ru", "apple"): f"3 нояб. 2026 г., в 10:00, Shop <{SHOP}> написал(а):",
    ("ru", "thunderbird"): "03.11.2026 10:00, Shop пишет:",
    ("ru", "yandex"): f'03.11.2026, 10:00, "Shop" <{SHOP}>:',
    ("ru", "mail.ru"): f"Вторник, 3 ноября 2026, 10:00 +03:00 от Shop <{SHOP}>:",
    ("ja", "gmail"): f"2026年11月3日(火) 10:00 Shop <{SHOP}>:",
    ("ja", "apple"): f"2026/11/03 10:00、Shop <{SHOP}>のメール:",
    ("ja", "thunderbird"): "On 2026/11/03 10:00, Shop wrote:",
    ("ja", "yahoo"): f"----- Original Message -----\nFrom: Shop <{SHOP}>\nTo: anna@yahoo.example\nDate: 2026/11/03",
    ("zh", "gmail"): f"Shop <{SHOP}> 于2026年11月3日周二 10:00写道：",
    ("zh", "apple"): f"在 2026年11月3日，10:00，Shop <{SHOP}> 写道：",
    ("zh", "thunderbird"): "在 2026/11/3 10:00, Shop 写道:",
    ("zh", "qq"): f"------------------\u00a0原始邮件\u00a0------------------\n发件人: \"Shop\" <{SHOP}>;\n"
    "发送时间:\u00a02026年11月3日(星期二) 上午10:00\n收件人:\u00a0\"anna\"<1234@qq.example>;\n主题:\u00a0Re: 水壶",
    ("zh", "163"): f"At 2026-11-03 10:00:00, \"Shop\" <{SHOP}> wrote:",
    ("zh", "163 zh"): f"在 2026-11-03 10:00:00，\"Shop\" <{SHOP}> 写道：",
    ("zh", "163 app"): f"---- 回复的原邮件 ----\n| 发件人 | Shop<{SHOP}> |\n| 日期 | 2026年11月03日 10:00 |\n"
    "| 收件人 | anna@163.example |\n| 主题 | 水壶 |",
    ("tr", "gmail"): f"Shop <{SHOP}>, 3 Kas 2026 Sal, 10:00 tarihinde şunu yazdı:",
    ("tr", "apple"): f"Shop <{SHOP}> şunları yazdı (3 Kas 2026 10:00):",
    ("tr", "thunderbird"): "03.11.2026 10:00 tarihinde Shop yazdı:",
    ("ar", "gmail"): f"في الثلاثاء، 3 نوفمبر 2026 في 10:00 ص تمت كتابة ما يلي بواسطة Shop <{SHOP}>:",
    ("ar", "gmail old"): f"بتاريخ الثلاثاء، 3 نوفمبر 2026 في 10:00 ص، كتب Shop <{SHOP}>:",
    ("ar", "apple"): f"في ٣ نوفمبر ٢٠٢٦، الساعة ١٠:٠٠، كتب Shop <{SHOP}>:",
    ("ar", "thunderbird"): "في 3/11/26 10:00، كتب Shop:",
}  # fmt: skip

OUTLOOK = {
    "en": f"From: Shop <{SHOP}>\nSent: Tuesday, November 3, 2026 10:00 AM\nTo: Anna Berg\nSubject: RE: x",
    "de": f"Von: Shop <{SHOP}>\nGesendet: Dienstag, 3. November 2026 10:00\nAn: Anna Berg\nBetreff: AW: x",
    "fr": f"De : Shop <{SHOP}>\nEnvoyé : mardi 3 novembre 2026 10:00\nÀ : Anna Berg\nObjet : RE: x",
    "es": f"De: Shop <{SHOP}>\nEnviado: martes, 3 de noviembre de 2026 10:00\nPara: Anna Berg\nAsunto: RE: x",
    "it": f"Da: Shop <{SHOP}>\nInviato: martedì 3 novembre 2026 10:00\nA: Anna Berg\nOggetto: R: x",
    "pt": f"De: Shop <{SHOP}>\nEnviado: 3 de novembro de 2026 10:00\nPara: Anna Berg\nAssunto: RE: x",
    "nl": f"Van: Shop <{SHOP}>\nVerzonden: dinsdag 3 november 2026 10:00\nAan: Anna Berg\nOnderwerp: RE: x",
    "pl": f"Od: Shop <{SHOP}>\nWysłane: wtorek, 3 listopada 2026 10:00\nDo: Anna Berg\nTemat: Odp: x",
    "ru": f"От: Shop <{SHOP}>\nОтправлено: вторник, 3 ноября 2026 г. 10:00\nКому: Anna Berg\nТема: RE: x",
    "ja": f"差出人: Shop <{SHOP}>\n送信日時: 2026年11月3日 10:00\n宛先: Anna Berg\n件名: RE: x",
    "zh": f"发件人: Shop <{SHOP}>\n发送时间: 2026年11月3日 10:00\n收件人: Anna Berg\n主题: 答复: x",
    "tr": f"Gönderen: Shop <{SHOP}>\nGönderme Tarihi: 3 Kasım 2026 Salı 10:00\nKime: Anna Berg\nKonu: YNT: x",
    "ar": f"من: Shop <{SHOP}>\nتاريخ الإرسال: 03 نوفمبر 2026 10:00\nإلى: Anna Berg\nالموضوع: RE: x",
}

FOOTERS = {
    "en": ["Sent from my iPhone", "Sent from my Galaxy", "Get Outlook for iOS<https://aka.ms/o0ukef>",
           "Sent from Yahoo Mail for iPhone", "Sent from Outlook for Android<https://aka.ms/AAb9ysg>",
           "Yahoo Mail: Search, Organize, Conquer", "Sent via the Samsung Galaxy S24, an AT&T 5G smartphone",
           "Sent from Mail for Windows", "Sent with Proton Mail secure email.", "Get BlueMail for Android"],
    "de": ["Von meinem iPhone gesendet", "Gesendet von Outlook für Android<https://aka.ms/x>",
           "Von meinem Samsung Galaxy Smartphone gesendet.", "Gesendet mit der WEB.DE Mail App",
           "Gesendet von Yahoo Mail auf Android", "Diese Nachricht wurde von meinem iPhone mit WEB.DE Mail gesendet.",
           "Gesendet von Mail für Windows", "Mit der GMX Mail App gesendet", "Von unterwegs gesendet",
           "Outlook für iOS beziehen<https://aka.ms/x>"],
    "fr": ["Envoyé de mon iPhone", "Envoyé depuis mon appareil Galaxy", "Télécharger Outlook pour Android<https://x>",
           "Envoyé à partir de Outlook pour iOS", "Envoyé depuis l'application Mail Orange",
           "Obtenir Outlook pour iOS<https://x>", "Provenance : Courrier pour Windows",
           "Envoyé depuis l’application Yahoo Mail pour iPhone"],
    "es": ["Enviado desde mi iPhone", "Enviado desde mi Galaxy", "Obtener Outlook para Android<https://x>",
           "Enviado desde Outlook para iOS<https://x>", "Enviado desde Yahoo Mail con Android",
           "Enviado desde Correo para Windows", "Enviado con la aplicación Proton Mail"],
    "it": ["Inviato da iPhone", "Inviato dal mio iPhone", "Inviato da Outlook per Android<https://x>",
           "Ottieni Outlook per iOS<https://x>", "Inviato da Yahoo Mail per iPhone", "Inviato dal mio Galaxy",
           "Inviato da Libero Mail per Android", "Inviato da Posta per Windows"],
    "pt": ["Enviado do meu iPhone", "Enviado a partir do meu iPhone", "Obter o Outlook para Android<https://x>",
           "Enviado do meu Galaxy", "Enviado do Yahoo Mail no Android", "Obter Outlook para iOS<https://x>",
           "Enviado do Email para Windows",
           "Enviado a partir do meu smartphone Samsung Galaxy."],
    "nl": ["Verstuurd vanaf mijn iPhone", "Verzonden vanaf mijn Galaxy", "Outlook voor Android downloaden<https://x>",
           "Verzonden vanuit Outlook voor iOS", "Verstuurd vanaf Yahoo Mail op Android",
           "Download Outlook voor Android<https://x>", "Verzonden met Mail voor Windows"],
    "pl": [ "Wysłane z iPhone'a", "Wysłano z mojego iPhone’a",
               "Pobierz aplikację Outlook dla systemu Android<https://x>",
           "Wysłane z telefonu Galaxy.", "Wysłane z usługi Outlook dla systemu iOS", "Wysłano z aplikacji WP Poczta",
           "Wysłano z Poczty dla Windows", "Uzyskaj program Outlook dla systemu iOS"],
    "ru": ["Отправлено с iPhone", "Отправлено с моего iPhone", "Отправлено из мобильной Почты Mail.ru",
           "Отправлено из Outlook для Android<https://x>", "Скачать Outlook для iOS<https://x>",
           "Отправлено из приложения Яндекс Почта", "Отправлено из мобильной Яндекс Почты: http://m.ya.ru/ymail",
           "Получите Outlook для Android"],
    "ja": ["iPhoneから送信", "iPhoneから送信されました", "Outlook for iOS を入手", "Androidのメールアプリから送信",
           "Yahoo!メールアプリから送信", "私のiPhoneから送信", "Outlook for Android を取得<https://x>"],
    "zh": [ "发自我的iPhone", "从我的 iPhone 发送", "获取 Outlook for Android<https://x>", "從我的iPhone傳送",
               "发自我的小米手机",
           "发自网易邮箱大师", "来自我的华为手机", "下载适用于 iOS 的 Outlook", "从 Windows 版邮件发送"],
    "tr": ["iPhone'umdan gönderildi", "iPhone’dan gönderildi", "Android için Outlook'u edinin<https://x>",
           "Samsung cihazımdan gönderildi", "Windows için Posta ile gönderildi",
           "iOS için Outlook uygulamasını edinin"],
    "ar": ["أُرسلت من الـ iPhone", "مرسل من الـ iPhone", "الحصول على Outlook لـ Android<https://x>",
           "تم الإرسال من هاتفي Galaxy", "أرسلت من iPhone الخاص بي", "تم الإرسال من Yahoo Mail"],
}  # fmt: skip

CLOSINGS = {
    "en": [ "Kind regards,\nAnna Berg", "Thanks a lot\n\nAnna",
               "Yours sincerely\nAnna Berg\n12 Mill Lane\nLeeds LS1 4AB",
           "Best,\nAnna", "Many thanks and kind regards,\nAnna Berg\nT: +44 113 496 0000",
           "Thank you for your help.\nAnna",
           "Looking forward to your reply,\nAnna", "Cheers\nAnna", "With best wishes from Leeds\nAnna Berg"],
    "de": [ "Mit freundlichen Grüßen\nAnna Berg", "Viele Grüße aus Bonn\nAnna",
               "Beste Grüße\n\nAnna Berg\nTel. 0228 123456",
           "Freundliche Grüsse\nAnna Berg", "Vielen Dank im Voraus!\nAnna Berg", "Mit besten Grüßen\ni. A. Anna Berg",
           "Herzliche Grüße, Anna", "MfG Berg", "Vielen Dank und viele Grüße\nAnna", "Besten Dank\nA. Berg"],
    "fr": ["Cordialement,\nAnna Berg", "Bien à vous\nAnna", "Bien cordialement\n\nAnna Berg\n06 12 34 56 78",
           "Je vous prie d'agréer, Madame, Monsieur, mes salutations distinguées.\nAnna Berg",
           "Merci d'avance,\nAnna", "Bonne journée à vous,\nAnna", "Dans l'attente de votre réponse,\nAnna Berg",
           "Avec mes remerciements,\nAnna"],
    "es": ["Un saludo,\nAnna", "Saludos cordiales\nAnna Berg", "Atentamente,\nAnna Berg\nTel. 600 123 456",
           "Muchas gracias de antemano.\nAnna", "Quedo a la espera de su respuesta.\nAnna Berg",
           "Reciba un cordial saludo,\nAnna"],
    "it": ["Cordiali saluti,\nAnna Berg", "Distinti saluti\nAnna Berg\nCell. 333 1234567", "Grazie mille,\nAnna",
           "In attesa di un vostro riscontro, porgo cordiali saluti.\nAnna Berg", "Resto in attesa,\nAnna",
           "Buona giornata\nAnna"],
    "pt": ["Com os melhores cumprimentos,\nAnna Berg", "Atenciosamente,\nAnna Berg", "Obrigada desde já,\nAnna",
           "Cumprimentos\nAnna\nTlm. 912 345 678", "Fico a aguardar a vossa resposta.\nAnna Berg", "Grata,\nAnna"],
    "nl": ["Met vriendelijke groet,\nAnna Berg", "Groetjes Anna", "Alvast bedankt,\nAnna", "Mvg,\nA. Berg",
           "Hartelijke groeten\nAnna Berg\n06-12345678", "Ik hoor graag van u.\nAnna", "Vriendelijke groeten,\nAnna"],
    "pl": [ "Z poważaniem,\nAnna Berg", "Pozdrawiam serdecznie\nAnna", "Dziękuję i pozdrawiam\nAnna",
               "Pozdrawiam\nAnna Berg\ntel. 600 123 456",
           "Z góry dziękuję.\nAnna", "Łączę pozdrowienia\nAnna Berg"],
    "ru": [ "С уважением,\nАнна Берг", "Заранее спасибо!\nАнна", "С наилучшими пожеланиями\nАнна",
               "Жду вашего ответа.\nАнна Берг",
           "Спасибо,\nАнна\n+7 912 345-67-89", "С уважением Анна"],
    "ja": [ "よろしくお願いいたします。\n\nベルク 花子", "以上、よろしくお願い致します。\nベルク",
               "どうぞよろしくお願いします。\n田中",
           "お手数をおかけしますが、よろしくお願いいたします。\n田中花子\n090-1234-5678",
           "ご返信お待ちしております。\n田中"],
    "zh": [ "谢谢！\n安娜", "此致\n敬礼\n安娜", "祝好，\n安娜\n电话：138 0000 0000", "期待您的回复。\n安娜",
               "顺祝商祺\n安娜"],
    "tr": [ "Saygılarımla,\nAnna Berg", "İyi çalışmalar dilerim.\nAnna", "Teşekkür ederim,\nAnna",
               "Şimdiden teşekkürler\nAnna Berg\n0532 123 45 67",
           "İyi günler,\nAnna", "Saygılar\nAnna"],
    "ar": [ "مع خالص التحية،\nآنا", "وتفضلوا بقبول فائق الاحترام\nآنا بيرغ", "شكرا جزيلا\nآنا",
               "مع التحية\nآنا بيرغ\n0501234567",
           "في انتظار ردكم،\nآنا", "تحياتي،\nآنا"],
}  # fmt: skip

DISCLAIMERS = {
    "en": [ "This e-mail and any files transmitted with it are confidential and intended solely for the use of the "
               "individual "
           "to whom they are addressed. If you have received it in error please notify the sender.",
           "CONFIDENTIALITY NOTICE: The contents of this email message are intended solely for the addressee.",
           "Please consider the environment before printing this email.",
           "Berg Ltd. Registered in England and Wales, company number 01234567. Registered office: 1 Mill Lane, Leeds.",
           "Virus-free. www.avast.com"],
    "de": ["Diese E-Mail enthält vertrauliche und/oder rechtlich geschützte Informationen. Wenn Sie nicht der richtige "
           "Adressat sind, informieren Sie bitte sofort den Absender und vernichten Sie diese Mail.",
           "Der Inhalt dieser E-Mail ist vertraulich und ausschließlich für den Adressaten bestimmt.",
           "Berg GmbH, Sitz der Gesellschaft: Bonn, Registergericht: Amtsgericht Bonn, HRB 1234, "
           "Geschäftsführer: A. Berg",
           "Bitte denken Sie an die Umwelt, bevor Sie diese E-Mail ausdrucken.",
           "Virenfrei. www.avast.com"],
    "fr": [ "Ce message et toutes les pièces jointes sont confidentiels et établis à l'intention exclusive de leurs "
               "destinataires.",
           "Ce courriel est confidentiel. Si vous l'avez reçu par erreur, merci d'en avertir l'expéditeur.",
           "Pensez à l'environnement avant d'imprimer ce message.", "Garanti sans virus. www.avast.com",
           "Les informations contenues dans ce message sont confidentielles."],
    "es": [ "Este mensaje y sus archivos adjuntos van dirigidos exclusivamente a su destinatario y pueden contener "
               "información "
           "confidencial.", "AVISO LEGAL: la información contenida en este correo es confidencial.",
           "Antes de imprimir este correo piense si es necesario.", "Libre de virus. www.avast.com",
           "En cumplimiento del RGPD le informamos de que sus datos son tratados por Berg SL."],
    "it": ["Questo messaggio è riservato ed è destinato esclusivamente al destinatario.",
           "Le informazioni contenute in questa comunicazione e gli eventuali documenti allegati hanno "
           "carattere confidenziale.",
           "Ai sensi del Regolamento UE 2016/679 si precisa che le informazioni sono riservate.",
           "Prima di stampare questa e-mail pensa all'ambiente.", "Privo di virus. www.avast.com"],
    "pt": ["Esta mensagem e os seus anexos são confidenciais e destinam-se exclusivamente ao destinatário.",
           "AVISO DE CONFIDENCIALIDADE: este e-mail pode conter informação privilegiada.",
           "Antes de imprimir este e-mail, pense no ambiente.", "Sem vírus. www.avast.com"],
    "nl": [ "Dit bericht kan informatie bevatten die niet voor u is bestemd. Indien u niet de geadresseerde bent, "
               "wordt u "
           "verzocht dat aan de afzender te melden.", "De informatie in dit e-mailbericht is vertrouwelijk.",
           "Denk aan het milieu voordat u deze e-mail print.", "Virusvrij. www.avast.com"],
    "pl": ["Niniejsza wiadomość jest poufna i przeznaczona wyłącznie dla jej adresata.",
           "Treść tej wiadomości zawiera informacje przeznaczone tylko dla adresata.",
           "Pomyśl o środowisku, zanim wydrukujesz tę wiadomość.", "Wolny od wirusów. www.avast.com",
           "Administratorem danych osobowych jest Berg sp. z o.o. z siedzibą w Warszawie."],
    "ru": [ "Данное сообщение и любые приложения к нему являются конфиденциальными и предназначены исключительно "
               "адресату.",
           "Это электронное сообщение может содержать конфиденциальную информацию.",
           "Настоящее сообщение содержит сведения, предназначенные только для адресата.", "Без вирусов. www.avast.com"],
    "ja": ["このメールには機密情報が含まれている場合があります。宛先に心当たりのない場合は削除してください。",
           "本メールは、宛先に記載された方のみを対象としています。", "ウイルス フリー。 www.avast.com"],
    "zh": [ "本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人。",
               "此邮件可能包含保密信息，如您误收，请删除。",
           "免责声明：本邮件仅供收件人使用。", "无病毒。www.avast.com"],
    "tr": ["Bu e-posta ve ekleri gizli bilgiler içerebilir ve yalnızca alıcısına yöneliktir.",
           "Bu mesaj ve ekleri, mesajda gönderildiği belirtilen kişiye özeldir.", "YASAL UYARI: Bu e-posta gizlidir.",
           "Virüs bulunmuyor. www.avast.com"],
    "ar": [ "هذه الرسالة سرية ومخصصة للمرسل إليه فقط. إذا وصلتك بالخطأ فيرجى حذفها.",
               "إخلاء مسؤولية: محتويات هذا البريد سرية.",
           "هذا البريد الإلكتروني ومرفقاته سرية.", "خالٍ من الفيروسات. www.avast.com"],
}  # fmt: skip

THEIRS = "Please send us photos of the package and of the fault.\nYour returns desk"


def quoted(text: str) -> str:
    return "\n".join(f"> {line}" for line in text.split("\n"))


def flat(texts: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(language, each) for language, several in texts.items() for each in several]


def same_words(one: str, other: str) -> bool:
    return one.split() == other.split()


ALL = [pytest.param(language, above, id=f"{language} {program}") for (language, program), above in ATTRIBUTIONS.items()]


@pytest.mark.parametrize("language, above", ALL)
def test_the_answer_above_a_quotation_stays_alone(language: str, above: str) -> None:
    assert new_text(f"{MINE[language]}\n\n{above}\n\n{quoted(THEIRS)}\n") == MINE[language]


@pytest.mark.parametrize("language, above", ALL)
def test_the_answer_above_a_quotation_without_marks_stays_alone(language: str, above: str) -> None:
    if not above.startswith(">") and "\n> " not in above:
        assert new_text(f"{MINE[language]}\n\n{above}\n\n{THEIRS}\n") == MINE[language]
    else:
        assert new_text(f"{MINE[language]}\n\n{above}\n{quoted(THEIRS)}\n") == MINE[language]


ONE_LINE = [
    pytest.param(language, above, id=f"{language} {program}")
    for (language, program), above in ATTRIBUTIONS.items()
    if "\n" not in above
]


@pytest.mark.parametrize("language, above", ONE_LINE)
def test_the_answer_below_a_quotation_stays_alone(language: str, above: str) -> None:
    assert new_text(f"{above}\n{quoted(THEIRS)}\n\n{MINE[language]}\n") == MINE[language]


@pytest.mark.parametrize("language, above", ONE_LINE)
def test_answers_between_quoted_lines_stay_alone(language: str, above: str) -> None:
    first, second = MINE[language].split("\n\n")
    text = f"{above}\n> Photo of the box\n\n{first}\n\n> Since when?\n\n{second}\n"
    assert new_text(text) == MINE[language]


@pytest.mark.parametrize("language", OUTLOOK)
@pytest.mark.parametrize(
    "rule", ["", "________________________________\n", "-----\n\n"], ids=["plain", "web", "mobile"]
)
def test_the_answer_above_outlooks_copied_headers_stays_alone(language: str, rule: str) -> None:
    assert new_text(f"{MINE[language]}\n\n{rule}{OUTLOOK[language]}\n\n{THEIRS}\n") == MINE[language]


@pytest.mark.parametrize("language", OUTLOOK)
def test_the_answer_above_copied_headers_in_bold_stays_alone(language: str) -> None:
    bold = "\n".join(
        f"*{name}:*{rest}" for name, _, rest in (each.partition(":") for each in OUTLOOK[language].split("\n"))
    )
    assert new_text(f"{MINE[language]}\n\n{bold}\n\n{THEIRS}\n") == MINE[language]


@pytest.mark.parametrize("language, footer", flat(FOOTERS))
def test_a_footer_goes_alone_and_above_a_quotation(language: str, footer: str) -> None:
    mine = MINE[language]
    assert new_text(f"{mine}\n\n{footer}\n") == mine
    assert new_text(f"{mine}\n\n{footer}\n\n{OUTLOOK[language]}\n\n{THEIRS}") == mine


@pytest.mark.parametrize("language, closing", flat(CLOSINGS))
def test_a_closing_goes_with_the_name_below_it(language: str, closing: str) -> None:
    mine = MINE[language]
    assert same_words(new_text(f"{mine}\n\n{closing}\n"), mine)
    assert same_words(new_text(f"{mine}\n\n{closing}\n\n{OUTLOOK[language]}\n\n{THEIRS}"), mine)


@pytest.mark.parametrize("language, disclaimer", flat(DISCLAIMERS))
def test_a_disclaimer_goes_alone_and_below_a_signature(language: str, disclaimer: str) -> None:
    mine = MINE[language]
    assert new_text(f"{mine}\n\n{disclaimer}\n") == mine
    assert same_words(new_text(f"{mine}\n\n{CLOSINGS[language][0]}\n\n{disclaimer}\n"), mine)
    assert same_words(new_text(f"{mine}\n\n-- \nAnna Berg\nwww.berg.example\n\n{disclaimer}\n"), mine)

"""What is wrong, in the contract's kinds; the description, and whether it says enough."""

import pytest

from mailbot.claims.words import MailKind, ProblemKind
from mailbot.reading.problems import judge
from tests.reading.shop import read, sentences

K = ProblemKind
TOLD_EN = [
    (K.DEAD_ON_ARRIVAL, "It never worked, not even once."),
    (K.DEAD_ON_ARRIVAL, "Unpacked it today and it's dead on arrival."),
    (K.DEAD_ON_ARRIVAL, "The brand new charger arrived yesterday and won't turn on."),
    (K.DEAD_ON_ARRIVAL, "Faulty out of the box."),
    (K.DEFECTIVE, "It stopped working after two weeks."),
    (K.DEFECTIVE, "the left earbud doesnt charge anymore"),
    (K.DEFECTIVE, "Screen flickers whenever I scroll."),
    (K.DEFECTIVE, "my vacuum keeps turning in circles"),
    (K.DEFECTIVE, "Only one side plays sound since Monday."),
    (K.DAMAGED_IN_TRANSIT, "The parcel was crushed and the screen is cracked."),
    (K.DAMAGED_IN_TRANSIT, "It arrived with a broken hinge."),
    (K.DAMAGED_IN_TRANSIT, "When I opened the box the glass was shattered."),
    (K.ACCIDENTAL_DAMAGE_OR_MISUSE, "I dropped it and now the screen is cracked."),
    (K.ACCIDENTAL_DAMAGE_OR_MISUSE, "My son spilled juice over the keyboard, it no longer works."),
    (K.ACCIDENTAL_DAMAGE_OR_MISUSE, "It fell off the table, entirely my own fault."),
    (K.MISSING_PARTS, "The charging cable is missing."),
    (K.MISSING_PARTS, "There was no cable in the box."),
    (K.WRONG_ITEM, "You sent the wrong colour."),
    (K.WRONG_ITEM, "I ordered a phone but received a charger."),
    (K.NOT_AS_DESCRIBED, "It is not as described: your website says 64 GB, the phone shows 32."),
    (K.NOT_AS_DESCRIBED, "This is clearly a used unit."),
    (K.CHANGED_MIND, "I changed my mind and want to send it back unopened."),
    (K.CHANGED_MIND, "I don't need it anymore."),
    (K.SOFTWARE_ISSUE, "Since the last firmware update the app says device offline."),
    (K.UNCLEAR, "I have a problem."),
    (K.NONE, "Thank you for the quick delivery of my order."),
]
TOLD_DE = [
    (K.DEAD_ON_ARRIVAL, "Das Gerät hat noch nie funktioniert."),
    (K.DEAD_ON_ARRIVAL, "Der Kopfhörer kam defekt an."),
    (K.DEFECTIVE, "Das Display flackert seit gestern."),
    (K.DEFECTIVE, "Der Akku lädt nicht mehr."),
    (K.DEFECTIVE, "das handy geht staendig aus"),
    (K.DEFECTIVE, "Laesst sich nicht mehr einschalten"),
    (K.DAMAGED_IN_TRANSIT, "Der Karton war eingedrückt und das Gehäuse ist gebrochen."),
    (K.DAMAGED_IN_TRANSIT, "Die Kamera ist beschädigt angekommen."),
    (K.ACCIDENTAL_DAMAGE_OR_MISUSE, "Mir ist das Handy runtergefallen und das Display ist gesprungen."),
    (K.ACCIDENTAL_DAMAGE_OR_MISUSE, "Leider Kaffee über die Tastatur gekippt."),
    (K.MISSING_PARTS, "Das Ladekabel fehlt."),
    (K.WRONG_ITEM, "Ich habe Größe 44 bestellt, aber 40 bekommen."),
    (K.WRONG_ITEM, "Sie haben den falschen Artikel geliefert."),
    (K.NOT_AS_DESCRIBED, "Die Ware entspricht nicht der Beschreibung."),
    (K.CHANGED_MIND, "Die Farbe gefällt mir nicht."),
    (K.SOFTWARE_ISSUE, "Nach dem Update findet die App das Gerät nicht."),
    (K.UNCLEAR, "Ich habe ein Problem mit dem Artikel."),
    (K.NONE, "Vielen Dank für die schnelle Lieferung."),
]
TOLD_ELSEWHERE = {
    "fr": "Bonjour, la commande 770012345 : le chargeur ne fonctionne plus depuis hier.",
    "es": "Hola, los auriculares del pedido 770012345 no funcionan desde ayer.",
    "it": "Buongiorno, il caricatore dell'ordine 770012345 non funziona più da ieri.",
    "nl": "Hallo, de oplader van bestelling 770012345 werkt sinds gisteren niet meer.",
    "pt": "Olá, o carregador da encomenda 770012345 não funciona desde ontem.",
    "pl": "Dzień dobry, ładowarka z zamówienia 770012345 nie działa od wczoraj.",
    "tr": "Merhaba, 770012345 numaralı siparişimdeki kulaklık dünden beri çalışmıyor.",
    "ru": "Здравствуйте, зарядка из заказа 770012345 не работает со вчерашнего дня.",
    "ar": "مرحبا، الشاحن في الطلب رقم 770012345 لا يعمل منذ أمس",
    "zh": "你好，订单号770012345的充电器昨天坏了，充不进电。",
    "ja": "注文番号770012345の充電器が昨日から動かないのですが。",
}


ACCIDENTS_DENIED = [
    ("en", "I have never dropped it, it has no water damage, it just stopped."),
    ("en", "I never dropped it or spilled anything on it, the screen flickers."),
    ("en", "It isn't my fault that it does not charge."),
    ("de", "Das Gerät ist mir nicht runtergefallen, es geht einfach nicht mehr an."),
    ("de", "Das Handy ist weder runtergefallen noch nass geworden, es lädt nicht mehr."),
    ("de", "Es ist mir nie aus der Hand gefallen oder nass geworden und lädt nicht."),
    ("fr", "Il n'est pas tombé par terre et n'a pas été renversé, il ne s'allume plus."),
    ("es", "Nunca se me ha caído ni se mojó, no fue mi culpa, simplemente no funciona."),
    ("it", "Non mi è mai caduto in acqua, non è colpa mia, non funziona più."),
    ("pt", "Nunca caiu no chão, não foi culpa minha, não carrega."),
    ("nl", "Hij is niet gevallen en het is niet mijn schuld, hij laadt niet meer op."),
    ("pl", "Nigdy nie upadł na podłogę i nie był zalany, po prostu nie działa."),
    ("tr", "Hiç yere düşmedi, benim hatam değil, çalışmıyor."),
    ("ru", "Я его не уронил, он не упал на пол, просто не работает."),
    ("ja", "落としていませんが、動かないです。"),
    ("zh", "从来没摔过，也没有进水，充不进电。"),
    ("ar", "لم يسقط مني ابدا، لا يعمل"),
]
ACCIDENTS_TOLD_BESIDE_A_FAULT = [
    ("en", "It does not turn on since I dropped it."),
    ("en", "I couldn't hold it, dropped it and it won't start."),
    ("de", "Geht nicht mehr an, seit es mir runtergefallen ist."),
    ("de", "Es startet nicht weil es mir runtergefallen ist."),
    ("fr", "Il ne s'allume plus, je l'ai fait tomber."),
    ("fr", "Il ne s'allume pas, il est tombé par terre."),
    ("es", "No carga, se me ha caído."),
    ("it", "Non carica, mi è caduto per terra."),
    ("pt", "Não carrega, caiu no chão."),
    ("nl", "Hij doet het niet, hij is op de grond gevallen."),
    ("pl", "Nie działa, spadł na podłogę."),
    ("ru", "Не работает, упал на пол."),
    ("tr", "Yere düştü, çalışmıyor."),
    ("ja", "落としてしまい、電源が入らないです。"),
]
DENIED_AND_TOLD = [
    "I have not dropped it. My son spilled juice over it and it does not charge.",
    "I did not drop it on purpose, but it fell off the table.",
    "No water damage. I sat on it, the screen is cracked.",
    "It was never dropped, knocked or got wet. It stopped working.",
]


@pytest.mark.parametrize(("language", "text"), ACCIDENTS_DENIED)
def test_an_accident_that_is_denied_is_none(language: str, text: str) -> None:
    assert judge(sentences(text, language)).problem.kind is K.DEFECTIVE


@pytest.mark.parametrize(("language", "text"), ACCIDENTS_TOLD_BESIDE_A_FAULT)
def test_a_fault_denies_no_accident(language: str, text: str) -> None:
    assert judge(sentences(text, language)).problem.kind is K.ACCIDENTAL_DAMAGE_OR_MISUSE


@pytest.mark.parametrize("text", DENIED_AND_TOLD)
def test_who_denies_one_accident_and_tells_of_another_is_understood_below_the_floor(text: str) -> None:
    assert judge(sentences(text)).confidence < 0.6


@pytest.mark.parametrize(("kind", "text"), TOLD_EN)
def test_an_english_problem_has_its_kind(kind: ProblemKind, text: str) -> None:
    assert judge(sentences(text)).problem.kind is kind


@pytest.mark.parametrize(("kind", "text"), TOLD_DE)
def test_a_german_problem_has_its_kind(kind: ProblemKind, text: str) -> None:
    assert judge(sentences(text, "de")).problem.kind is kind


@pytest.mark.parametrize(("language", "text"), TOLD_ELSEWHERE.items())
def test_a_fault_is_understood_in_every_language_with_a_vocabulary(language: str, text: str) -> None:
    understood = read(text)
    assert (understood.language, understood.order_numbers) == (language, ("770012345",))
    assert understood.problem.kind in (K.DEFECTIVE, K.DEAD_ON_ARRIVAL)
    assert understood.kind is MailKind.RETURN_REQUEST


def test_what_is_not_recognised_in_another_language_is_unclear_and_unsure() -> None:
    understood = read("Bonjour, commande 770012345. Zorglub pouet les écouteurs. Merci de les reprendre.")
    assert understood.kind is MailKind.RETURN_REQUEST
    assert understood.problem.kind is K.UNCLEAR
    assert understood.confidence["problem"] < 0.5
    assert "Zorglub pouet" in understood.problem.description


@pytest.mark.parametrize(
    "text",
    [
        "I did not drop it, it simply stopped working.",
        "It has never been dropped but the screen does not turn on.",
        "Nothing is missing, but it does not charge.",
    ],
)
def test_what_is_denied_does_not_count(text: str) -> None:
    assert judge(sentences(text)).problem.kind is K.DEFECTIVE


@pytest.mark.parametrize(
    ("detailed", "text"),
    [
        (False, "It does not work."),
        (False, "Broken, please help!"),
        (False, "defective, I want my money back for order 770012345 as soon as possible please"),
        (True, "The left earbud stops playing after about ten minutes, also with another phone."),
        (True, "When I press the power button the red light blinks three times and then nothing happens."),
        (True, "The screen flickers. It happens every time I open the camera, since Monday."),
    ],
)
def test_a_description_is_detailed_when_it_tells_a_symptom_and_its_circumstance(detailed: bool, text: str) -> None:
    assert judge(sentences(text)).problem.detailed is detailed


def test_the_description_is_the_customers_own_words_without_manners_and_wishes() -> None:
    description = read(
        "Dear shop,\n\nMy Velora T9 does not charge. I tried three cables. Please send my money back.\n\n"
        "Kind regards\nAnna"
    ).problem.description
    assert description == "My Velora T9 does not charge. I tried three cables."


def test_every_word_that_counted_is_told_with_its_line() -> None:
    assert "'not charge' in line 2" in read("Hello,\nit does not charge.").why["problem"]


def test_one_clear_symptom_is_surer_than_two_that_contradict() -> None:
    clear = judge(sentences("It stopped working."))
    mixed = judge(sentences("The cable is missing. You sent the wrong colour. I changed my mind."))
    assert clear.confidence >= 0.8
    assert mixed.confidence < clear.confidence

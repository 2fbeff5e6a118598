"""How many units a mail is about, in the words of thirteen languages, with and without an order's line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mailbot.reading.products import Mention
from mailbot.reading.quantity import units_concerned
from mailbot.reading.vocabulary import available, vocabulary
from tests.reading.shop import PRODUCTS, sentences

NAME = "Velora T9"
PHONE = next(product for product in PRODUCTS if product.sku == "VEL-T9")


def units(text: str, language: str = "en", *, ordered: int | None = None, alone: bool = True) -> int | None:
    """The units of the Velora T9 that this text is about; every sentence counts as one that tells the problem."""
    said, words = sentences(text, language), vocabulary(language)
    assert words is not None
    mentions = [
        Mention(
            product=PHONE, written=NAME, sentence=at, start=sentence.text.index(NAME),
            end=sentence.text.index(NAME) + len(NAME), confidence=1.0, how="name",
        )
        for at, sentence in enumerate(said)
        if NAME in sentence.text
    ]  # fmt: skip
    return units_concerned(mentions, said, words, telling=frozenset(range(len(said))), ordered=ordered, alone=alone)


PART = {
    "en": [
        "Three of the five Velora T9 will not switch on.",
        "I bought five Velora T9. Two work, the other three are dead.",
        "Of the five Velora T9 we received, three have a cracked screen.",
        "3 out of 5 Velora T9 are broken.",
        "We ordered 5 Velora T9. Please send three new ones, the rest are fine.",
    ],
    "de": [
        "Drei von fünf Velora T9 gehen nicht an.",
        "Ich habe fünf Velora T9 gekauft. Zwei funktionieren, die anderen drei sind tot.",
        "Bei dreien der fünf Velora T9 ist das Glas gesprungen.",
        "Von den 5 Velora T9 sind 3 defekt.",
        "Bestellt waren 5 Velora T9. Schicken Sie mir bitte drei neue.",
    ],
    "nl": [
        "Drie van de vijf Velora T9 gaan niet aan.",
        "Ik heb vijf Velora T9 gekocht. Twee werken, de andere drie zijn dood.",
        "Van de 5 Velora T9 zijn er 3 kapot.",
        "Ik bestelde vijf Velora T9. Stuur mij drie nieuwe.",
    ],
    "fr": [
        "Trois des cinq Velora T9 ne s'allument pas.",
        "J'ai acheté cinq Velora T9. Deux fonctionnent, les trois autres sont mortes.",
        "Sur les cinq Velora T9, trois ont l'écran fendu.",
        "3 Velora T9 sur 5 sont en panne.",
    ],
    "es": [
        "Tres de los cinco Velora T9 no encienden nunca.",
        "Compré cinco Velora T9. Dos funcionan, los otros tres están muertos.",
        "De los cinco Velora T9, tres tienen la pantalla rota.",
        "Pedí 5 Velora T9. Mándenme tres nuevos.",
    ],
    "it": [
        "Tre dei cinque Velora T9 non si accendono.",
        "Ho comprato cinque Velora T9. Due funzionano, gli altri tre sono morti.",
        "Tre Velora T9 su cinque hanno lo schermo rotto.",
        "Dei 5 Velora T9 ordinati, 3 sono guasti.",
    ],
    "pt": [
        "Três dos cinco Velora T9 não ligam.",
        "Comprei cinco Velora T9. Dois funcionam, os outros três estão mortos.",
        "Dos cinco Velora T9, três têm o ecrã partido.",
        "Encomendei 5 Velora T9. Enviem-me três novos.",
    ],
    "pl": [
        "Trzy z pięciu Velora T9 nie włączają się.",
        "Kupiłem pięć Velora T9. Dwa działają, pozostałe trzy są martwe.",
        "Spośród pięciu Velora T9 trzy mają pęknięty ekran.",
        "Zamówiłam 5 Velora T9. Proszę o wymianę trzech.",
    ],
    "ru": [
        "Три из пяти Velora T9 не включаются.",
        "Купил пять Velora T9. Два работают, остальные три мертвы.",
        "У трёх из пяти Velora T9 треснул экран.",
        "Из пяти Velora T9 три сломаны.",
    ],
    "tr": [
        "Beş Velora T9 aldım, üçü açılmıyor.",
        "Beş Velora T9 aldım. İkisi çalışıyor, diğer üçü ölü.",
        "5 Velora T9 içinden 3 tanesi bozuk.",
        "Beş adet Velora T9 geldi, üçünün ekranı kırık.",
    ],
    "ar": [
        "ثلاثة من خمسة Velora T9 لا تعمل.",
        "اشتريت خمسة Velora T9. اثنان يعملان والثلاثة الأخرى معطلة.",
        "من الخمسة Velora T9 ثلاثة شاشتها مكسورة.",
    ],
    "ja": [
        "Velora T9 5台のうち3台の電源が入りません。",
        "Velora T9を五台買いました。2台は正常ですが、残りの3台が動きません。",
        "Velora T9、5台中3台が故障しています。",
    ],
    "zh": [
        "五台Velora T9里有三台开不了机。",
        "我买了5台Velora T9。两台正常，另外三台坏了。",
        "五个Velora T9，其中三个屏幕碎了。",
    ],
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in PART.items() for text in texts])
@pytest.mark.parametrize("ordered", [5, None])
def test_of_five_the_three_that_fail_are_meant(language: str, text: str, ordered: int | None) -> None:
    assert units(text, language, ordered=ordered) == 3


ALL_BUT_ONE = {
    "en": ["I got three Velora T9. The third one works, the others don't.", "One Velora T9 is fine, the rest are not."],
    "de": ["Der dritte Velora T9 läuft einwandfrei, die anderen laden nicht.", "Nur einer der Velora T9 funktioniert."],
    "nl": ["De derde Velora T9 werkt prima, de andere laden niet.", "Slechts één Velora T9 is in orde, de rest niet."],
    "fr": ["La troisième Velora T9 fonctionne, les autres ne chargent pas."],
    "es": ["La tercera Velora T9 funciona, las otras no cargan."],
    "it": ["Il terzo Velora T9 funziona, gli altri non si caricano.", "Uno solo dei Velora T9 funziona."],
    "pt": ["O terceiro Velora T9 funciona, os outros não carregam."],
    "pl": ["Trzeci Velora T9 działa, pozostałe się nie ładują."],
    "ru": ["Третий Velora T9 работает, остальные не заряжаются."],
    "tr": ["Üçüncüsü çalışıyor, diğer Velora T9 şarj olmuyor."],
    "ar": ["الثالث يعمل، والباقي من Velora T9 لا يشحن."],
    "ja": ["Velora T9は1台だけ正常で、残りは充電できません。"],
    "zh": ["Velora T9只有1台正常，其他的充不进电。"],
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in ALL_BUT_ONE.items() for text in texts])
def test_of_three_ordered_those_that_are_not_said_to_be_fine_are_meant(language: str, text: str) -> None:
    assert units(text, language, ordered=3) == 2


ALL = {
    "en": ["All four Velora T9 are dead.", "None of the four Velora T9 charges.", "Velora T9 x4, not one charges."],
    "de": ["Alle vier Velora T9 sind tot.", "Keines der vier Velora T9 lädt.", "4 Stück Velora T9, alle defekt."],
    "nl": ["Alle vier Velora T9 zijn dood.", "Geen van de vier Velora T9 laadt op."],
    "fr": ["Les quatre Velora T9 sont mortes.", "Aucune des quatre Velora T9 ne charge."],
    "es": ["Las cuatro Velora T9 están muertas.", "Ninguna de las cuatro Velora T9 carga."],
    "it": ["Tutti e quattro i Velora T9 sono morti.", "Nessuno dei quattro Velora T9 si carica."],
    "pt": ["Os quatro Velora T9 estão mortos.", "Nenhum dos quatro Velora T9 carrega."],
    "pl": ["Wszystkie cztery Velora T9 są martwe.", "Żaden z czterech Velora T9 się nie ładuje."],
    "ru": ["Все четыре Velora T9 мертвы.", "Ни один из четырёх Velora T9 не заряжается."],
    "tr": ["Dört Velora T9'un hepsi ölü.", "Dört adet Velora T9 aldım, hiçbiri açılmıyor."],
    "ar": ["الأربعة Velora T9 كلها معطلة.", "أربع قطع Velora T9 لا تعمل."],
    "ja": ["Velora T9が4台とも動きません。", "４台のVelora T9、どれも充電できません。"],
    "zh": ["四台Velora T9全都坏了。", "4个Velora T9都充不进电。"],
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in ALL.items() for text in texts])
@pytest.mark.parametrize("ordered", [4, None])
def test_all_of_them_are_as_many_as_are_named(language: str, text: str, ordered: int | None) -> None:
    assert units(text, language, ordered=ordered) == 4


BOTH = {
    "en": "Both Velora T9 stay dark.",
    "de": "Beide Velora T9 bleiben dunkel.",
    "nl": "Beide Velora T9 blijven donker.",
    "fr": "Les deux Velora T9 restent noires.",
    "es": "Ambos Velora T9 quedan a oscuras.",
    "it": "Entrambi i Velora T9 restano spenti.",
    "pt": "Ambos os Velora T9 ficam às escuras.",
    "pl": "Oba Velora T9 pozostają ciemne.",
    "ru": "Оба Velora T9 остаются тёмными.",
    "tr": "Her iki Velora T9 karanlık.",
    "ar": "كلا Velora T9 لا يعمل.",
    "ja": "Velora T9は2台とも暗いままです。",
    "zh": "两台Velora T9都是黑屏。",
}


@pytest.mark.parametrize(("language", "text"), BOTH.items())
@pytest.mark.parametrize("ordered", [2, None])
def test_both_are_two(language: str, text: str, ordered: int | None) -> None:
    assert units(text, language, ordered=ordered) == 2


ONE_OF_TWO = {
    "en": ["One of the two Velora T9 is dead.", "I bought two Velora T9. Mine is dead, the other one works."],
    "de": ["Einer der beiden Velora T9 ist tot.", "Zwei Velora T9 gekauft. Meiner ist tot, der andere läuft."],
    "nl": ["Een van de twee Velora T9 is dood.", "Twee Velora T9 gekocht. De tweede is dood."],
    "fr": ["L'une des deux Velora T9 est morte.", "J'ai acheté deux Velora T9. L'autre marche bien."],
    "es": ["Uno de los dos Velora T9 está muerto.", "Compré dos Velora T9. El otro funciona."],
    "it": ["Uno dei due Velora T9 è morto.", "Ho comprato due Velora T9. L'altro funziona."],
    "pt": ["Um dos dois Velora T9 está morto.", "Comprei dois Velora T9. O outro funciona."],
    "pl": ["Jeden z dwóch Velora T9 jest martwy.", "Kupiłem dwa Velora T9. Drugi działa."],
    "ru": ["Один из двух Velora T9 мёртв.", "Купил два Velora T9. Второй работает."],
    "tr": ["İki Velora T9 aldım, biri bozuk, diğeri çalışıyor."],
    "ar": ["واحد من الاثنين Velora T9 معطل.", "اشتريت اثنين Velora T9. الآخر يعمل."],
    "ja": ["Velora T9 2台のうち1台が動きません。"],
    "zh": ["两台Velora T9中有1台坏了。"],
}  # fmt: skip


@pytest.mark.parametrize(("language", "text"), [(code, text) for code, texts in ONE_OF_TWO.items() for text in texts])
def test_one_of_two_is_one(language: str, text: str) -> None:
    assert units(text, language, ordered=2) == 1


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("en", "My Velora T9 died after 3 days, I tried 2 cables and pressed the button five times."),
        ("en", "Bought on 3.11. for 4 euros: the Velora T9, it has two screws missing."),
        ("en", "The Velora T9, order 100 484 559, does not charge."),
        ("en", "I bought a Velora T9 for my two sons and it does not charge."),
        ("de", "Mein Velora T9 ging nach 3 Wochen kaputt, ich habe 2x neu gestartet."),
        ("de", "Am 5. November kam das Velora T9, seit zwei Tagen lädt es nicht."),
        ("fr", "Ma Velora T9 reçue le 11 du mois ne charge plus, deux boutons sont morts."),
        ("es", "Mi Velora T9 llegó el 25 de octubre y a las dos horas se apagó."),
        ("it", "Il mio Velora T9 dopo tre settimane non si accende, ho provato due volte."),
        ("pt", "O meu Velora T9 chegou dia 12 e em três semanas deixou de ligar."),
        ("nl", "Mijn Velora T9 ging na drie weken kapot, twee keer gereset."),
        ("pl", "Mój Velora T9 po trzech tygodniach nie działa, dwa razy resetowałem."),
        ("ru", "Мой Velora T9 через три недели не включается, пробовал два раза."),
        ("tr", "Velora T9 üç hafta sonra bozuldu, iki kez sıfırladım."),
        ("ar", "جهازي Velora T9 تعطل بعد ثلاثة أسابيع وجربت مرتين."),
        ("ja", "Velora T9が3日で動かなくなり、2回再起動しました。写真を3枚付けます。"),
        ("zh", "我的Velora T9用了三个月就坏了，重启了2次，三个小时充不进电。"),
    ],
)
def test_days_times_prices_people_and_parts_are_no_units(language: str, text: str) -> None:
    assert units(text, language) in (None, 1)


@pytest.mark.parametrize(
    "text", ["Two of the three Velora T9 fail.", "Both Velora T9 fail.", "5x Velora T9 fail.", "The Velora T9 fail."]
)
def test_of_a_line_of_one_it_is_the_one(text: str) -> None:
    assert units(text, ordered=1) == 1


@pytest.mark.parametrize(
    ("text", "ordered", "count"),
    [
        ("All three Velora T9 fail. In two of them the glass is cracked too.", 3, 3),
        ("Four Velora T9 came. The two tablets are fine, the phones all four dead.", 4, 4),
        ("Qty 6 ordered, 1 defective Velora T9.", 6, 1),
        ("10 Velora T9 arrived, twelve were ordered. The ten are broken.", 12, 10),
        ("Ten Velora T9 are broken.", 4, None),
    ],
)
def test_the_order_line_limits_and_the_most_that_is_told_counts(text: str, ordered: int, count: int | None) -> None:
    assert units(text, ordered=ordered) == count


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("The charger and two Velora T9 are broken, three cables are fine.", 2),
        ("The charger and the Velora T9 are broken, all five cables too.", None),
        ("Velora T9 x2 and charger x5 are broken.", 2),
    ],
)
def test_beside_other_products_only_a_number_by_the_name_counts(text: str, count: int | None) -> None:
    assert units(text, alone=False) == count


def test_beside_other_products_too_the_line_limits() -> None:
    assert units("The charger and 6 Velora T9 are broken.", ordered=3, alone=False) == 3


@pytest.mark.parametrize("code", available())
def test_every_language_counts_to_ten_and_in_order_and_has_its_lists(code: str) -> None:
    words = vocabulary(code)
    assert words is not None
    wanted = set(range(1, 11)) - ({9} if code == "fr" else set())  # "neuf" is new as well
    assert wanted <= set(words.counting.numbers.values())
    assert words.counting.counted or set(range(1, 11)) <= set(words.counting.ordinals.values())
    for name in ("of", "all", "both", "other", "fine", "not", "uncounted", "bought"):
        assert words.lists[f"quantity.{name}"]


@settings(max_examples=60, deadline=None)
@given(
    text=st.text(st.sampled_from("2 x3二两台つのうちbothtwo of three ,.()x×٣५٪é'–5th第目"), max_size=60),
    code=st.sampled_from(available()),
    ordered=st.sampled_from([None, 1, 2, 7]),
)
def test_no_text_makes_it_fail_or_count_beyond_the_line(text: str, code: str, ordered: int | None) -> None:
    told = units(f"{text} {NAME} {text}", code, ordered=ordered)
    assert told is None or 1 <= told <= (ordered or 500)


def test_of_an_endless_sentence_only_the_beginning_is_read() -> None:
    endless = "2 of 3 m fine not both, " * 400
    assert units(f"Two of the five Velora T9 fail {endless}", ordered=5) is not None
    assert units(f"{endless} and four Velora T9", alone=False) is None

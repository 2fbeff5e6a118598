"""What POLICY.md has each letter say, in every language, and what no letter may promise."""

import re
from pathlib import Path

import pytest

from mailbot.connectors.templates_folder import shipped_sources
from mailbot.letters.letter import LetterName
from mailbot.letters.samples import sample_facts
from tests.letters.builders import LANGUAGES, shipped

L = LetterName
SHOPS_OWN_TEXT = Path("/work/shared/policy/returns-policy-source.txt")

ACCEPTS = (L.APPROVE_RETURN, L.SEVERAL, L.RETURN_REMINDER)
REFUSES = (L.DECLINE, L.INSPECTED_NO_DEFECT, L.INSPECTED_MISUSE)

SAYS: dict[str, tuple[tuple[LetterName, ...], str, str]] = {
    "R1: all accessories come back, a missing one is charged": (
        (L.APPROVE_RETURN, L.SEVERAL),
        r"cable, charger and case.*does not come back has to be paid for",
        r"cable, charger und case.*Fehlt.*bitten wir Sie, es zu bezahlen",
    ),
    "R2: the shop pays the return shipping back after arrival": (
        (L.APPROVE_RETURN, L.SEVERAL),
        r"return shipping is on us.*pay it back.*reached our warehouse",
        r"Rückporto übernehmen wir.*erstatten.*in unserem Lager eingetroffen",
    ),
    "R2: further costs are the customer's": (
        (L.APPROVE_RETURN, L.SEVERAL),
        r"further cost of the return.*is yours",
        r"weiteren Kosten der Rücksendung.*tragen Sie",
    ),
    "R6: contact first, or it takes longer": (
        (*ACCEPTS, L.REQUEST_INFORMATION, L.OFFER_SUPPORT, L.REFER_TO_AGENT, L.ADDRESS_QUESTION),
        r"parcel that we do not expect.*takes longer",
        r"Paket, das wir nicht erwarten.*(?:dauert|braucht) länger",
    ),
    "R7: settled only after examination": (
        (L.APPROVE_RETURN, L.SEVERAL),
        r"examine what is in it\. Once the fault is confirmed",
        r"prüfen wir den Inhalt\. Ist der Fehler bestätigt",
    ),
    "R8: no express carrier": (
        (L.APPROVE_RETURN, L.SEVERAL, L.RETURN_REMINDER),
        r"express carrier such as DHL, UPS, TNT or FedEx.*import duties",
        r"Expressdienst wie DHL Express, UPS, TNT oder FedEx.*Einfuhrabgaben",
    ),
    "R9: the return note": (
        (L.APPROVE_RETURN, L.SEVERAL, L.RETURN_REMINDER),
        r"RETURN NOTE RMA-7F3K2Q.*100482913.*Example Phone 14.*EXP-14-256.*Quantity: 1.*Problem: The screen",
        r"RÜCKSENDEZETTEL RMA-7F3K2Q.*100482913.*Example Phone 14.*EXP-14-256.*Stückzahl: 1.*Problem: The screen",
    ),
    "R10: a person discusses other forms of compensation": (
        (L.DECLINE, L.SEVERAL, L.INSPECTED_NO_DEFECT, L.INSPECTED_MISUSE),
        r"person reads your reply, and you may also ask to discuss another form of compensation",
        r"Antwort liest ein Mensch, und Sie können auch um ein Gespräch über eine andere Form des Ausgleichs bitten",
    ),
    "R11: without a fault of manufacture the shipping is the customer's": (
        (L.APPROVE_RETURN, L.SEVERAL, L.INSPECTED_NO_DEFECT, L.INSPECTED_MISUSE),
        r"manufacture.*(?:we do not pay the return shipping|is not paid back)",
        r"Herstellung.*(?:übernehmen wir das Rückporto nicht|erstatten wir nicht)",
    ),
    "R12: a refused parcel": (
        (L.APPROVE_RETURN, L.SEVERAL, L.RETURN_REMINDER),
        r"refused because of duties or taxes",
        r"wegen Abgaben oder Steuern nicht angenommen",
    ),
    "R13: duties are the customer's": (
        (L.APPROVE_RETURN, L.SEVERAL, L.RETURN_REMINDER),
        r"import duties.*yours",
        r"Einfuhrabgaben.*tragen Sie",
    ),
    "rights by law are unaffected, and the country's note": (
        (*ACCEPTS, *REFUSES, L.INSPECTED_DEFECT),
        r"rights that the law gives you are not affected.*In Germany the seller answers",
        r"gesetzlichen Rechte bleiben.*unberührt.*In Germany the seller answers",
    ),
    "rights by law are unaffected, of a withdrawal too": (
        (L.WITHDRAWAL_BY_LAW,),
        r"rights that the law gives you are not affected",
        r"gesetzlichen Rechte bleiben.*unberührt",
    ),
    "it is the shop's own policy": (
        (*ACCEPTS, *REFUSES),
        r"follows our shop's own returns policy",
        r"folgt den eigenen Rücksenderegeln unseres Shops",
    ),
    "a decline tells its dates and the days counted": (
        (L.DECLINE,),
        r"5 November 2026.*2 September 2026: 64 days.*7 days.*28 August 2026: 69 days.*30 days.*day 0",
        r"5\. November 2026.*2\. September 2026: 64 Tage.*7 Tagen.*28\. August 2026: 69 Tage.*30 Tagen.*Tag 0",
    ),
    "what arrived, what is missing, what did not serve and why": (
        (L.REQUEST_INFORMATION, L.REMINDER),
        r"back of the package.*Refund or replacement\?.*✓ the front.*IMG_2041\.jpg: it is blurred.*too large.*story",
        r"Rückseite des Pakets.*Erstattung oder Ersatz\?.*✓ die Vorderseite.*IMG_2041\.jpg: .*unscharf.*zu groß.*story",
    ),
    "S1: stop using it, away from what burns, do not charge, do not post; a person today": (
        (L.HAZARD,),
        r"stop using.*do not post.*answer you today.*Do not charge.*away from everything that burns.*Do not post",
        r"nicht mehr.*nicht mit der Post.*noch heute.*Laden Sie ihn nicht.*fern von allem, was brennt",
    ),
    "S2: acknowledged with its day of arrival and the order": (
        (L.WITHDRAWAL_BY_LAW,),
        r"withdrawal.*100482913.*5 November 2026",
        r"Widerruf.*100482913.*5\. November 2026",
    ),
    "a person answers, by when": (
        (L.REFER_TO_AGENT, L.ADDRESS_QUESTION, L.OTHER_INQUIRY, L.NEUTRAL, L.WITHDRAWAL_BY_LAW),
        r"person.*by 9 November 2026",
        r"Mensch.*bis zum 9\. November 2026",
    ),
    "the address used at purchase is asked for": (
        (L.ADDRESS_QUESTION,),
        r"e-mail address that was used for the purchase",
        r"E-Mail-Adresse, die beim Kauf angegeben wurde",
    ),
    "R3: steps, and how to say that they did not help": (
        (L.OFFER_SUPPORT,),
        r"update.*Reset.*say that it did not help",
        r"Aktualisierung.*Werkseinstellungen.*schreiben Sie, dass es nicht geholfen hat",
    ),
    "when silence closes the claim": (
        (L.REQUEST_INFORMATION, L.OFFER_SUPPORT, L.REMINDER, L.RETURN_REMINDER, L.APPROVE_RETURN, L.SEVERAL),
        r"19 November 2026",
        r"19\. November 2026",
    ),
    "a missing accessory is to be paid for": (
        (L.INSPECTED_DEFECT,),
        r"charger and cable.*has to be paid for",
        r"charger und cable.*ist Zubehör zu bezahlen",
    ),
    "the customer chooses to have it back, at their cost": (
        (L.INSPECTED_NO_DEFECT, L.INSPECTED_MISUSE),
        r"like to have it back\?.*yours to pay",
        r"zurückhaben\?.*Porto dafür tragen Sie",
    ),
    "the amount": ((L.REFUNDED,), r"1,239\.00 EUR", r"1\.239,00 EUR"),
    "the tracking number": (
        (L.REPLACED, L.RETURNED_TO_CUSTOMER, L.PARCEL_SENT),
        r"RX 123 456 789 DE",
        r"RX 123 456 789 DE",
    ),
    "the agent's own words": (
        (L.REPLY, L.CLOSED),
        r"thank you for the photos\.\nWe have ordered",
        r"thank you for the photos\.\nWe have ordered",
    ),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("promise", SAYS)
def test_letters_say_what_the_policy_has_them_say(promise: str, language: str) -> None:
    names, english, german = SAYS[promise]
    for name in names:
        text = shipped().render(sample_facts(name, language)[0]).text
        assert re.search(english if language == "en" else german, text, re.DOTALL), f"{name} does not say it:\n{text}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", [L.HAZARD, L.REFER_TO_AGENT, L.REQUEST_INFORMATION, L.ADDRESS_QUESTION, L.DECLINE])
def test_a_letter_that_accepts_nothing_gives_no_return_address(name: LetterName, language: str) -> None:
    for facts in sample_facts(name, language):
        rendered = shipped().render(facts)
        assert "12 Harbour Road\n20457" not in rendered.text
        assert "RETURN NOTE" not in rendered.text
        assert "RÜCKSENDEZETTEL" not in rendered.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_unknown_preference_is_asked_for_and_holds_nothing_up(language: str) -> None:
    known, unknown, _ = (shipped().render(one).text for one in sample_facts(L.APPROVE_RETURN, language))
    question = {"en": "Which would you prefer", "de": "Was ist Ihnen lieber"}[language]
    assert question not in known
    assert question in unknown
    assert {"en": "post the parcel in the meantime", "de": "Absenden können Sie das Paket schon vorher"}[
        language
    ] in unknown


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_two_items_the_one_whose_accessories_nobody_knows_gets_the_general_sentence(language: str) -> None:
    text = shipped().render(sample_facts(L.APPROVE_RETURN, language)[1]).text
    named, general = {
        "en": ("cable, charger and case.", "With 2 × Example Buds: all accessories, such as"),
        "de": ("cable, charger und case.", "2 × Example Buds: alles Zubehör, etwa"),
    }[language]
    assert text.index(named) < text.index(general)


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_a_return_address_no_letter_says_that_the_parcel_can_be_posted(language: str) -> None:
    *_, facts = sample_facts(L.APPROVE_RETURN, language)
    assert facts.shop.return_address == ()
    text = shipped().render(facts).text
    assert {"en": "reply to this mail before you post", "de": "bevor Sie"}[language] in text
    assert {"en": "in the meantime", "de": "schon vorher"}[language] not in text


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_parcel_that_arrived_promises_no_day_for_the_result(language: str) -> None:
    assert not re.search(r"\b9\.? November", shipped().render(sample_facts(L.RECEIVED, language)[0]).text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_unknown_order_number_is_shown_as_written(language: str) -> None:
    assert "47-11" in shipped().render(sample_facts(L.REQUEST_INFORMATION, language)[1]).text


@pytest.mark.parametrize("language", LANGUAGES)
def test_several_items_with_different_outcomes_stand_in_one_letter(language: str) -> None:
    text = shipped().render(sample_facts(L.SEVERAL, language)[1]).text
    for name in ("Example Buds", "Example Phone 14", "Example Tablet", "Example Watch", "Example Lamp"):
        assert text.count(name) >= 2


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", list(LetterName), ids=str)
def test_no_letter_has_gaps_or_traces_of_the_machine(name: LetterName, language: str) -> None:
    for facts in sample_facts(name, language):
        rendered = shipped().render(facts)
        for part in (rendered.subject, rendered.text):
            assert not re.search(r"None|Undefined|\{[{%]|%\}|\n\n\n|  +\n| ,|\*\*|\.\.|: \n\n\n", part), part
            assert not re.search(r"\b(?:awaiting|package|not|in)_\w+", part.replace("/request package_back", "")), part
        assert rendered.subject
        assert rendered.text.endswith("\n")


def test_both_languages_have_the_same_files() -> None:
    names = {language: {name for one, name in shipped_sources() if one == language} for language in LANGUAGES}
    assert names["en"] == names["de"]
    assert {name.value for name in LetterName} <= names["en"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_agent_reads_first_why_a_person_is_needed_and_then_what_to_answer(language: str) -> None:
    lines = shipped().render(sample_facts(L.AGENT_NOTIFICATION, language)[0]).text.splitlines()
    assert lines[0] == "Another item came than the one ordered"
    at = next(number for number, line in enumerate(lines) if "/approve 1 refund" in line)
    assert at < next(number for number, line in enumerate(lines) if "anna@mail.example" in line)


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_agent_reads_who_what_days_reasons_words_and_numbered_files(language: str) -> None:
    text = shipped().render(sample_facts(L.AGENT_NOTIFICATION, language)[0]).text
    for told in (
        "Anna Miller, anna@mail.example",
        "RMA-7F3K2Q",
        "100482913",
        "EXP-14-256",
        "The confidence of 0.55 is under 0.60.",
        "Both windows had passed (R2).",
        "> I ordered the black one, and a white one came.\n> Please help!",
        "- 1: front of the box.jpg",
        "- 3: IMG_2041.jpg",
        "mailto:returns+abc123@shop.example?subject=Re%3A%20%5BRMA-7F3K2Q%5D%20%5Babc123%5D",
    ):
        assert told in text
    assert re.search(r"64 (?:days|Tage).*7", text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_danger_is_urgent_in_the_subject_already(language: str) -> None:
    urgent = shipped().render(sample_facts(L.AGENT_NOTIFICATION, language)[1])
    assert urgent.subject.startswith({"en": "URGENT", "de": "DRINGEND"}[language])
    assert urgent.text.startswith({"en": "URGENT", "de": "DRINGEND"}[language])


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_note_says_that_nothing_went_to_the_customer(language: str) -> None:
    text = shipped().render(sample_facts(L.AGENT_TRANSCRIPT, language)[0]).text
    assert {"en": "Nothing went to the customer", "de": "An den Kunden ging nichts"}[language] in text


@pytest.mark.skipif(not SHOPS_OWN_TEXT.exists(), reason="no policy text here")
def test_no_sentence_of_the_shops_own_policy_text_is_copied() -> None:
    def words(text: str) -> list[str]:
        return re.findall(r"[a-z']+", text.lower())

    source = words(SHOPS_OWN_TEXT.read_text(encoding="utf-8"))
    runs = {tuple(source[at : at + 8]) for at in range(len(source) - 7)}
    for name in LetterName:
        for facts in sample_facts(name, "en"):
            said = words(shipped().render(facts).text)
            copied = runs & {tuple(said[at : at + 8]) for at in range(len(said) - 7)}
            assert not copied, name

"""What the customer wants."""

import pytest

from mailbot.claims.words import Signal, Wish
from mailbot.reading.wishes import judge
from tests.reading.shop import read, sentences

W = Wish
WISHES = [
    ("en", W.REFUND, "I want my money back."),
    ("en", W.REFUND, "Please refund me, I do not want a replacement."),
    ("en", W.REFUND, "No replacement please, just a refund."),
    ("en", W.REPLACEMENT, "Please send a new one."),
    ("en", W.REPLACEMENT, "I'd like it replaced, not repaired."),
    ("en", W.REPLACEMENT, "I would prefer a replacement over a refund."),
    ("en", W.REPLACEMENT, "Please exchange it. If not possible, a refund."),
    ("en", W.REPAIR_OR_PART, "Can you repair it?"),
    ("en", W.REPAIR_OR_PART, "Please send me the missing cable."),
    ("en", W.NONE_STATED, "It does not work."),
    ("en", W.NONE_STATED, "Either a refund or a replacement is fine."),
    ("en", W.REPLACEMENT, "Send me the right one."),
    ("en", W.REPLACEMENT, "You sent the wrong colour, the right one is black."),
    ("en", W.REPLACEMENT, "I would like a new phone."),
    ("en", W.REPLACEMENT, "Could I have a new one?"),
    ("en", W.REPLACEMENT, "A new one please."),
    ("en", W.NONE_STATED, "The left earbud is silent, the right one plays."),
    ("en", W.NONE_STATED, "Screen of my new phone stays black."),
    ("en", W.NONE_STATED, "I tried another one and it works."),
    ("en", W.NONE_STATED, "The new one is also broken."),
    ("en", W.NONE_STATED, "I want to send back my new phone."),
    ("de", W.REPLACEMENT, "Bitte schicken Sie mir den richtigen Artikel."),
    ("de", W.REPLACEMENT, "Ich möchte kein Geld, sondern ein neues Gerät."),
    ("de", W.NONE_STATED, "Ich habe ein neues Handy, das Display bleibt schwarz."),
    ("de", W.NONE_STATED, "Der richtige Artikel ist es, aber er lädt nicht."),
    ("de", W.REFUND, "Ich möchte mein Geld zurück."),
    ("de", W.REFUND, "Bitte erstatten Sie den Kaufpreis, keinen Ersatz."),
    ("de", W.REPLACEMENT, "Bitte um Austausch."),
    ("de", W.REPLACEMENT, "Ich hätte gern ein neues Gerät."),
    ("de", W.REPLACEMENT, "Lieber Ersatz als Erstattung."),
    ("de", W.REPAIR_OR_PART, "Können Sie es reparieren?"),
    ("de", W.REPAIR_OR_PART, "Bitte schicken Sie das fehlende Kabel nach."),
    ("de", W.NONE_STATED, "Es lädt nicht."),
    ("de", W.NONE_STATED, "Ersatz oder Erstattung, mir ist es egal."),
    ("fr", W.REFUND, "Je voudrais un remboursement."),
    ("fr", W.REPLACEMENT, "Je voudrais un neuf."),
    ("fr", W.NONE_STATED, "J'ai essayé avec un autre câble, un neuf."),
    ("it", W.NONE_STATED, "Con un altro cavo non funziona."),
    ("nl", W.NONE_STATED, "De juiste speelt wel."),
    ("es", W.REPLACEMENT, "Quiero que me lo cambien por uno nuevo."),
    ("it", W.REFUND, "Vorrei il rimborso."),
    ("zh", W.REFUND, "我要退款。"),
    ("ja", W.REPLACEMENT, "交換してください。"),
]


@pytest.mark.parametrize(("language", "wish", "text"), WISHES)
def test_a_wish_is_heard_and_a_denied_one_is_none(language: str, wish: Wish, text: str) -> None:
    assert judge(sentences(text, language)).wish is wish


@pytest.mark.parametrize(
    "text", ["Either a refund or a new one, whichever is easier.", "Refund or replacement, up to you."]
)
def test_where_either_will_do_that_is_said(text: str) -> None:
    understood = read(f"My Velora T9 does not charge. {text}")
    assert understood.wish is W.NONE_STATED
    assert Signal.EITHER_RESOLUTION in understood.signals


def test_the_wish_remembers_its_words_under_the_contracts_name() -> None:
    understood = read("It broke.\nI want my money back.")
    assert understood.why["resolution_wanted"] == (
        "'want my money' in line 2",
        "'my money' in line 2",
        "'money back' in line 2",
    )
    assert understood.confidence["resolution_wanted"] >= 0.9

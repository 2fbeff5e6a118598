"""Rule S2 in words: withdrawing from the contract, and what is something else."""

import pytest

from mailbot.claims.words import MailKind, ProblemKind, Signal
from mailbot.reading.signals import withdrawal
from tests.reading.shop import read, sentences

DECLARED = [
    ("en", "I hereby withdraw from the contract for order 770012345."),
    ("en", "I am exercising my right of withdrawal."),
    ("en", "I want to use my 14 day right to cancel."),
    ("en", "I wish to cancel the contract."),
    ("en", "Please find my notice of cancellation."),
    ("en", "I would like to withdraw from my purchase"),
    ("de", "Hiermit widerrufe ich den Kaufvertrag."),
    ("de", "Ich mache von meinem Widerrufsrecht Gebrauch."),
    ("de", "Widerruf der Bestellung 770012345"),
    ("de", "ich möchte meine Bestellung widerrufen"),
    ("de", "Hiermit trete ich vom Kauf zurück."),
    ("de", "Ich widerrufe."),
    ("fr", "Je vous notifie par la présente ma rétractation du contrat."),
    ("es", "Ejerzo mi derecho de desistimiento."),
    ("it", "Con la presente esercito il diritto di recesso."),
    ("nl", "Hierbij herroep ik de overeenkomst."),
    ("pt", "Venho exercer o direito de livre resolução."),
    ("pl", "Niniejszym odstępuję od umowy."),
    ("tr", "Cayma hakkımı kullanmak istiyorum."),
    ("ru", "Я отказываюсь от договора."),
    ("ar", "أريد ممارسة حق العدول"),
    ("zh", "我要七天无理由退货。"),
    ("ja", "クーリングオフを希望します。"),
]
SOMETHING_ELSE = [
    ("en", "How long is the right of withdrawal?"),
    ("en", "I withdraw my claim, it works again."),
    ("en", "I withdraw my consent to the newsletter."),
    ("en", "Please cancel my return request."),
    ("en", "Can I still withdraw from the purchase?"),
    ("en", "I am not withdrawing from the contract, I want a repair."),
    ("de", "Wie lange habe ich Widerrufsrecht?"),
    ("de", "Ich widerrufe meine Einwilligung zum Newsletter."),
    ("de", "Ich ziehe meinen Widerruf zurück."),
    ("de", "Kann ich noch widerrufen?"),
    ("de", "In Ihrer Widerrufsbelehrung steht eine Adresse."),
    ("de", "Das ist kein Widerruf, ich möchte ein neues Gerät."),
]


@pytest.mark.parametrize(("language", "text"), DECLARED)
def test_a_withdrawal_from_the_contract_is_heard(language: str, text: str) -> None:
    assert withdrawal(sentences(text, language)), text


@pytest.mark.parametrize(("language", "text"), SOMETHING_ELSE)
def test_a_question_about_the_right_and_other_withdrawals_are_none(language: str, text: str) -> None:
    assert withdrawal(sentences(text, language)) == (), text


def test_a_withdrawal_is_a_return_request_with_a_changed_mind_whatever_else_is_wrong() -> None:
    understood = read("Hiermit widerrufe ich den Vertrag zur Bestellung 770012345. Die Kopfhörer rauschen ohnehin.")
    assert understood.kind is MailKind.RETURN_REQUEST
    assert understood.problem.kind is ProblemKind.CHANGED_MIND
    assert Signal.DECLARES_WITHDRAWAL in understood.signals
    assert Signal.WITHDRAWS not in understood.signals


def test_taking_the_claim_back_is_no_withdrawal_from_the_contract() -> None:
    understood = read("Please close my claim, it works again.", open_claim=True)
    assert (Signal.WITHDRAWS in understood.signals, Signal.DECLARES_WITHDRAWAL in understood.signals) == (True, False)
    assert understood.kind is MailKind.CLAIM_FOLLOWUP

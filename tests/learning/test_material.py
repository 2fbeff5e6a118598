"""What the readers learn from is there, whole, and labelled with what there is."""

import pytest

from learning.comparison import plain
from learning.labelled import danger, own_mails, paraphrases, tagged_sentences
from learning.learn import vocabulary_lists
from mailbot.claims.words import MailKind, ProblemKind, Signal, Wish
from mailbot.mail.parse import parse
from mailbot.reading.opinion import unpacked
from mailbot.reading.vocabulary import available

LANGUAGES = ("ar", "de", "en", "es", "fr", "it", "ja", "nl", "pl", "pt", "ru", "tr", "zh")


def test_thirteen_languages_have_a_vocabulary_and_are_learned_from() -> None:
    assert available() == LANGUAGES


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_language_has_its_mails_paraphrases_and_danger_sentences(code: str) -> None:
    told, near = danger(code)
    cases = {mail.writer for mail in paraphrases([code])}
    assert (len(own_mails([code])), len(paraphrases([code])), len(cases)) == (60, 200, 40)
    assert min(len(set(told)), len(set(near))) >= 300
    assert not set(told) & set(near)


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_label_uses_the_contracts_words_and_phrases_that_stand_in_the_mail(code: str) -> None:
    for mail in own_mails([code]):
        label = mail.label
        assert (label.kind in set(MailKind), label.problem_kind in set(ProblemKind)) == (True, True), mail.id
        assert label.resolution_wanted in set(Wish), mail.id
        assert set(label.signals or ()) <= set(Signal), mail.id
        read = parse(mail.raw)
        written = plain(f"{read.subject} {read.text}")
        assert all(plain(phrase) in written for phrase in (*label.problem_contains, *label.reply_text_excludes)), (
            mail.id
        )


@pytest.mark.parametrize("code", LANGUAGES)
def test_a_tagged_sentence_tells_what_the_tags_name(code: str) -> None:
    tagged = tagged_sentences([code])
    assert len(tagged) >= 2_000
    assert len({tag for sentence in tagged for tag in sentence.tags}) >= 30


def test_the_weights_were_learned_with_the_lists_that_the_vocabularies_have() -> None:
    from importlib import resources

    plain_way, encoded = unpacked(resources.files("mailbot.reading").joinpath("weights.npz").read_bytes())
    assert plain_way.lists == encoded.lists == vocabulary_lists()

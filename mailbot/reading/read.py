"""Reads one mail: what it is, which order and products it names, what is wrong, what is wanted, what else it says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from mailbot.claims.orders import Order, Product
from mailbot.claims.words import MailKind, ProblemKind, Signal, Wish
from mailbot.mail.inbound import InboundMail
from mailbot.reading import answers, days, kinds, language, problems, signals, wishes
from mailbot.reading.concerned import concerned_products
from mailbot.reading.features import Circumstances
from mailbot.reading.knowledge import Knowledge
from mailbot.reading.numbers import FoundNumber, OrderNumbers, chosen, parcel_number
from mailbot.reading.opinion import Opinion, Opinions, shipped
from mailbot.reading.products import Catalogue
from mailbot.reading.sentences import REPLY_PREFIX, Line, Sentence, lines_of, plain_subject, split_text, understand
from mailbot.reading.settle import ByRules, settle
from mailbot.reading.understood import Understood
from mailbot.reading.vocabulary import Vocabulary, available, only, vocabulary

_FALLBACK = "en"
_QUOTED_SIGNS = 8_000
# A quick opinion this sure of all that matters is not asked about again; measured: asking again changed as many right
# answers into wrong ones as the other way round.
_PLAIN = 0.75
_TELLS_NO_PROBLEM = (MailKind.OTHER_INQUIRY, MailKind.AUTO_REPLY, MailKind.SPAM_OR_BULK)


class Reader:
    """Reads mails against one shop's orders and catalogue.

    `languages` are those told apart (ISO 639-1; all that have a vocabulary where empty), `order_number_patterns` the
    shop's regular expressions (PatternError where one is none), `opinions` the models asked (those that ship with the
    package, if none are given). Reading is pure: the same mail, day and shop give the
    same outcome.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        order_number_patterns: Sequence[str] = (),
        languages: Sequence[str] = (),
        default_language: str = _FALLBACK,
        opinions: Opinions | None = None,
    ) -> None:
        self._knowledge = knowledge
        self._opinions = opinions or shipped()
        self._languages = tuple(dict.fromkeys(languages)) or available()
        self._default = default_language
        self._numbers = OrderNumbers(order_number_patterns, lambda number: knowledge.order(number) is not None)
        self._catalogue = Catalogue(products=())
        self._catalogue_of: Sequence[Product] | None = None

    def read(
        self, mail: InboundMail, *, today: date, open_claim: bool = False, claim_order: Order | None = None
    ) -> Understood:
        """What this mail means.

        `today` is the day it arrived. `open_claim` where it was correlated to one, `claim_order` that claim's order:
        products are then sought among its lines first.
        """
        found = self.by_rules(mail, today=today, open_claim=open_claim, claim_order=claim_order)
        return settle(found, self._opinion_of(found))

    def by_rules(
        self,
        mail: InboundMail,
        *,
        today: date,
        open_claim: bool = False,
        claim_order: Order | None = None,
        code: str = "",
    ) -> ByRules:
        """What phrases, patterns and the catalogue alone say of a mail; `code` where its language is known."""
        new = lines_of(mail.reply_text)
        prefixed = bool(REPLY_PREFIX.match(mail.subject))
        # Some mail programs set no prefix and thread by header alone (RFC 5322 section 3.6.4).
        answer = prefixed or bool(mail.in_reply_to or mail.references)
        subject = plain_subject(mail.subject)
        code, language_sure = (code, 1.0) if code else self._language_of(mail, subject)
        words = vocabulary(code) or _fallback()
        # The subject of an answer is not this mail's own words: it repeats what was said before.
        head = [(0, subject)] if subject and not (answer and not mail.forwarded) else []
        sentences = understand([*head, *split_text(new)], words)

        numbers, where = self._order_numbers(mail, new, words)
        orders = [order for number in numbers if (order := self._knowledge.order(number.number))]
        if not orders and claim_order:
            orders = [claim_order]

        judged = problems.judge(sentences)
        if judged.problem.kind is ProblemKind.NONE and code != _FALLBACK:
            # Customers mix languages; English is the second one of most.
            in_english = understand([*head, *split_text(new)], _fallback())
            second = problems.judge(in_english)
            if second.problem.kind is not ProblemKind.NONE:
                sentences = tuple(_both(a, b) for a, b in zip(sentences, in_english, strict=True))
                judged = replace(second, confidence=round(second.confidence * 0.7, 2))
        wish = wishes.judge(sentences)

        said: dict[Signal, tuple[str, ...]] = {}
        # An answer may carry a subject of its own: without a prefix a danger told there is heard all the same (S1).
        own_subject = understand([(0, subject)], words) if subject and not (head or prefixed) else ()
        if danger := signals.danger([*own_subject, *sentences]):
            said[Signal.HAZARD] = danger
        if withdrawal := signals.withdrawal(sentences):
            said[Signal.DECLARES_WITHDRAWAL] = withdrawal
        said.update(signals.others(sentences, tells_a_problem=judged.problem.kind is not ProblemKind.NONE))
        if wish.either:
            said[Signal.EITHER_RESOLUTION] = wish.why
        self._refresh_catalogue()
        products = concerned_products(
            sentences,
            self._catalogue,
            orders,
            words,
            judged,
            goods_wanted_back=_wants_goods_back(judged, sentences, said),
        )
        replies = answers.answers_in(mail.text, new, mail.typed)
        photos = any(a.content_type.startswith(("image/", "video/")) and not a.inline for a in mail.attachments)
        kind = kinds.judge(
            kinds.Findings(
                sentences=sentences,
                head=mail.reply_text.lstrip()[:64],
                hint=mail.kind_hint,
                problem=judged.problem.kind,
                problem_confidence=judged.confidence,
                signals=frozenset(said),
                has_wish=wish.wish is not Wish.NONE_STATED or wish.either,
                names_product=any(product.sku and product.confidence >= 0.8 for product in products.named),
                names_order=any(number.line > 0 for number in numbers) and where == "the mail",
                names_another_order=answer and self._names_another_order(mail, numbers, where, words),
                has_attachments=photos,
                has_answers=bool(replies),
                reply=answer,
                about_a_claim=answer and _speaks_of_a_return(mail.subject, words),
                quotes_a_claim=answer and _speaks_of_a_return(mail.text[:_QUOTED_SIGNS], words),
                open_claim=open_claim,
            )
        )
        fault = days.fault_day(sentences, judged.sentences, words, today)
        tracking = parcel_number(new, words, [n.number for n in numbers]) if Signal.PARCEL_SENT in said else None
        return ByRules(
            sentences=sentences,
            language=code,
            language_confidence=language_sure,
            numbers=tuple(numbers),
            numbers_in=where,
            products=products,
            judged=judged,
            wish=wish,
            kind=kind,
            signals=said,
            fault_on=fault[0] if fault else None,
            fault_why=fault[1] if fault else "",
            tracking=tracking,
            answers=replies,
            captions=answers.captions_in(new, words),
            circumstances=Circumstances(
                reply=answer,
                photos=photos,
                hint=mail.kind_hint,
                open_claim=open_claim,
                kind=kind.kind,
                kind_confidence=kind.confidence,
                problem=judged.problem.kind,
                problem_confidence=judged.confidence,
                wish=wish.wish,
                wish_confidence=wish.confidence,
                either=wish.either,
            ),
        )

    def _opinion_of(self, found: ByRules) -> Opinion:
        """By phrases alone where they make it plain, else with the encoder's help: it takes most of a mail's time."""
        mail = self._opinions.taken_apart(found.sentences)
        quick = self._opinions.quick(mail, found.circumstances)
        if found.kind.certain or _is_plain(quick):
            return quick
        return self._opinions.thorough(mail, found.circumstances) or quick

    def _language_of(self, mail: InboundMail, subject: str) -> tuple[str, float]:
        text = mail.reply_text if len(mail.reply_text) > 60 else f"{subject}\n{mail.reply_text}"
        return language.detect(text, self._languages, self._default)

    def _order_numbers(
        self, mail: InboundMail, new: Sequence[Line], words: Vocabulary
    ) -> tuple[list[FoundNumber], str]:
        """Subject and new text together; the quotation only where neither names one."""
        own = chosen(self._numbers.find([Line(0, mail.subject[:1_000]), *new], words))
        if own:
            return own, "the mail"
        return chosen(self._numbers.find(lines_of(mail.text), words)), "the quotation"

    def _refresh_catalogue(self) -> None:
        products = self._knowledge.products()
        if products is not self._catalogue_of:
            self._catalogue = Catalogue(products=tuple(products))
            self._catalogue_of = products

    def _names_another_order(
        self, mail: InboundMail, numbers: Sequence[FoundNumber], where: str, words: Vocabulary
    ) -> bool:
        """Whether the new text of an answer names an order that its subject and quotation do not."""
        new = {number.number for number in numbers if number.line > 0} if where == "the mail" else set()
        if not new or new & {n.number for n in self._numbers.find([Line(0, mail.subject[:1_000])], words)}:
            return False
        quoted = [line for line in lines_of(mail.text) if line.text.lstrip().startswith(">")]
        return not new & {n.number for n in self._numbers.find(quoted, words)}


def _is_plain(opinion: Opinion) -> bool:
    """Whether it is sure of the kind and, where that matters, of the problem and the wish."""
    kind = max(opinion.kind, key=lambda name: opinion.kind[name])
    if opinion.kind[kind] < _PLAIN:
        return False
    if kind in _TELLS_NO_PROBLEM:
        return True
    without = opinion.problem[ProblemKind.NONE] if kind == MailKind.RETURN_REQUEST else 0.0
    told = max(share for name, share in opinion.problem.items() if name != ProblemKind.NONE or not without)
    return told >= _PLAIN * (1 - without) and max(opinion.wish.values()) >= _PLAIN


def _speaks_of_a_return(text: str, words: Vocabulary) -> bool:
    for vocabulary_ in {words.code: words, _FALLBACK: _fallback()}.values():
        if only(vocabulary_.code, "mail.return", "mail.evidence").hits(text, vocabulary_.words(text)):
            return True
    return False


def _fallback() -> Vocabulary:
    found = vocabulary(_FALLBACK)
    assert found is not None, "the English vocabulary ships with the package"
    return found


def _both(one: Sentence, other: Sentence) -> Sentence:
    return (
        replace(other, hits=one.hits + other.hits, names=one.names | other.names) if one.words == other.words else other
    )


def _wants_goods_back(judged: problems.Judged, sentences: Iterable[Sentence], said: Mapping[Signal, object]) -> bool:
    """Whether a thing is to come back at all: only then is an unknown thing worth an entry without SKU."""
    if judged.problem.kind is not ProblemKind.NONE or Signal.DECLARES_WITHDRAWAL in said:
        return True
    return any(sentence.tells("mail.return") for sentence in sentences)

"""Reads one mail: what it is, which order and products it names, what is wrong, what is wanted, what else it says."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date

from mailbot.claims.orders import Order, Product
from mailbot.claims.words import MailKind, ProblemKind, Signal, Wish
from mailbot.mail.inbound import InboundMail
from mailbot.reading import answers, days, kinds, language, problems, signals, wishes
from mailbot.reading.concerned import Concerned, concerned_products
from mailbot.reading.knowledge import Knowledge
from mailbot.reading.numbers import FoundNumber, OrderNumbers, chosen, parcel_number
from mailbot.reading.products import Catalogue
from mailbot.reading.sentences import REPLY_PREFIX, Line, Sentence, lines_of, plain_subject, split_text, understand
from mailbot.reading.understood import NamedProduct, Problem, Understood
from mailbot.reading.vocabulary import Vocabulary, available, only, vocabulary

_FALLBACK = "en"
_QUOTED_SIGNS = 8_000
_AUTOMATIC = (MailKind.BOUNCE, MailKind.AUTO_REPLY, MailKind.SPAM_OR_BULK)


class Reader:
    """Reads mails against one shop's orders and catalogue.

    `languages` are those told apart (ISO 639-1; all that have a vocabulary where empty), `order_number_patterns` the
    shop's regular expressions (PatternError where one is none). Reading is pure: the same mail, day and shop give the
    same outcome.
    """

    def __init__(
        self,
        knowledge: Knowledge,
        order_number_patterns: Sequence[str] = (),
        languages: Sequence[str] = (),
        default_language: str = _FALLBACK,
    ) -> None:
        self._knowledge = knowledge
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
        new = lines_of(mail.reply_text)
        prefixed = bool(REPLY_PREFIX.match(mail.subject))
        # Some mail programs set no prefix and thread by header alone (RFC 5322 section 3.6.4).
        answer = prefixed or bool(mail.in_reply_to or mail.references)
        subject = plain_subject(mail.subject)
        code, language_sure = self._language_of(mail, subject)
        words = vocabulary(code) or _fallback()
        # The subject of an answer is not this mail's own words: it repeats what was said before.
        head = [(0, subject)] if subject and not (answer and not mail.forwarded) else []
        sentences = understand([*head, *split_text(new)], words)

        numbers, where = self._order_numbers(mail, new, words)
        order = next((o for number in numbers if (o := self._knowledge.order(number.number))), None) or claim_order

        judged = problems.judge(sentences)
        if judged.problem.kind is ProblemKind.NONE and code != _FALLBACK:
            # Customers mix languages; English is the second one of most.
            in_english = understand([*head, *split_text(new)], _fallback())
            second = problems.judge(in_english)
            if second.problem.kind is not ProblemKind.NONE:
                sentences = tuple(_both(a, b) for a, b in zip(sentences, in_english, strict=True))
                judged = replace(second, confidence=round(second.confidence * 0.7, 2))
        wish, either, wish_sure, wish_why = wishes.judge(sentences)

        said: dict[Signal, tuple[str, ...]] = {}
        # An answer may carry a subject of its own: without a prefix a danger told there is heard all the same (S1).
        own_subject = understand([(0, subject)], words) if subject and not (head or prefixed) else ()
        if danger := signals.danger([*own_subject, *sentences]):
            said[Signal.HAZARD] = danger
        if withdrawal := signals.withdrawal(sentences):
            said[Signal.DECLARES_WITHDRAWAL] = withdrawal
        said.update(signals.others(sentences, tells_a_problem=judged.problem.kind is not ProblemKind.NONE))
        if either:
            said[Signal.EITHER_RESOLUTION] = wish_why
        if Signal.DECLARES_WITHDRAWAL in said:
            own_words = judged.problem.description or problems.describe_unrecognised(sentences)
            judged = replace(
                judged,
                problem=Problem(kind=ProblemKind.CHANGED_MIND, description=own_words, detailed=judged.problem.detailed),
                confidence=0.95,
                why=said[Signal.DECLARES_WITHDRAWAL],
            )

        self._refresh_catalogue()
        products = concerned_products(
            sentences,
            self._catalogue,
            order,
            words,
            judged,
            goods_wanted_back=_wants_goods_back(judged, sentences, said),
        )
        replies = answers.answers_in(mail.text, new)
        kind, kind_sure, kind_why = kinds.judge(
            kinds.Findings(
                sentences=sentences,
                head=mail.reply_text.lstrip()[:64],
                hint=mail.kind_hint,
                problem=judged.problem.kind,
                problem_confidence=judged.confidence,
                signals=frozenset(said),
                has_wish=wish is not Wish.NONE_STATED or either,
                names_product=any(product.sku and product.confidence >= 0.8 for product in products.named),
                names_order=any(number.line > 0 for number in numbers) and where == "the mail",
                names_another_order=answer and self._names_another_order(mail, numbers, where, words),
                has_attachments=any(
                    a.content_type.startswith(("image/", "video/")) and not a.inline for a in mail.attachments
                ),
                has_answers=bool(replies),
                reply=answer,
                about_a_claim=answer and _speaks_of_a_return(mail.subject, words),
                quotes_a_claim=answer and _speaks_of_a_return(mail.text[:_QUOTED_SIGNS], words),
                open_claim=open_claim,
            )
        )
        problem, problem_sure = _problem_of(kind, judged.problem, judged.confidence, sentences)
        fault = days.fault_day(sentences, judged.sentences, words, today)
        tracking = parcel_number(new, words, [n.number for n in numbers]) if Signal.PARCEL_SENT in said else None
        return Understood(
            kind=kind,
            language=code,
            order_numbers=tuple(number.number for number in numbers),
            products=() if kind in _AUTOMATIC else _with_problems(products, problem),
            problem=problem,
            wish=Wish.NONE_STATED if kind in _AUTOMATIC else wish,
            signals=frozenset() if kind in _AUTOMATIC else frozenset(said),
            fault_on=fault[0] if fault else None,
            tracking=tracking,
            answers=replies,
            captions=answers.captions_in(new, words),
            confidence={
                "kind": kind_sure,
                "language": round(language_sure, 2),
                "order_numbers": _sure_of_numbers(numbers, where),
                "products": min((p.confidence for p in products.named), default=0.5),
                "problem": problem_sure,
                "resolution_wanted": wish_sure,
            },
            why=_why(kind_why, numbers, where, products, judged.why, wish_why, fault[1] if fault else "", said),
        )

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


def _problem_of(kind: MailKind, problem: Problem, sure: float, sentences: Sequence[Sentence]) -> tuple[Problem, float]:
    """The problem as the kind of mail lets it stand: a return request without one is `unclear`, an inquiry has none."""
    if kind in _AUTOMATIC or kind in (MailKind.OTHER_INQUIRY, MailKind.AGENT_COMMAND):
        return Problem(kind=ProblemKind.NONE, description=""), 0.9
    if kind is MailKind.RETURN_REQUEST and problem.kind is ProblemKind.NONE:
        return Problem(kind=ProblemKind.UNCLEAR, description=problems.describe_unrecognised(sentences)), 0.3
    return problem, sure


def _with_problems(products: Concerned, main: Problem) -> tuple[NamedProduct, ...]:
    return tuple(
        replace(product, problem=product.problem or main if main.kind is not ProblemKind.NONE else None)
        for product in products.named
    )


def _sure_of_numbers(numbers: Sequence[FoundNumber], where: str) -> float:
    if not numbers:
        return 0.5
    values = [0.99 if n.known else 0.9 if n.label == "order" else 0.8 if n.fits else 0.6 for n in numbers]
    return round(min(values) - (0.1 if where == "the quotation" else 0.0), 2)


def _why(
    kind: str,
    numbers: Sequence[FoundNumber],
    where: str,
    products: Concerned,
    problem: tuple[str, ...],
    wish: tuple[str, ...],
    fault: str,
    said: Mapping[Signal, tuple[str, ...]],
) -> dict[str, tuple[str, ...]]:
    why: dict[str, tuple[str, ...]] = {"kind": (kind,)}
    if numbers:
        why["order_numbers"] = tuple(_why_number(number, where) for number in numbers)
    if products.why:
        why["products"] = products.why
    if problem:
        why["problem"] = problem
    if wish:
        why["resolution_wanted"] = wish
    if fault:
        why["fault_on"] = (fault,)
    why.update({f"signals.{signal.value}": words for signal, words in said.items()})
    return why


def _why_number(number: FoundNumber, where: str) -> str:
    line = f"line {number.line}" if number.line else "the subject"
    place = f"{line} of {where}" if where == "the quotation" else line
    ground = f"label '{number.label_words}'" if number.label == "order" else "its form" if number.fits else "its label"
    return f"'{number.written}' in {place} by {ground}" + (", an order of the shop" if number.known else "")

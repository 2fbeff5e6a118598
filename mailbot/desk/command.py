"""The one executor of agents' commands, for their mails and for `mailbot claims do`.

Values in, values out: either every command of an instruction is carried out on the claim, or Refused says why none was.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import assert_never

from mailbot.claims.claim import Claim, Evidence, HistoryEntry, Inspection, Item, Source
from mailbot.claims.commands import (
    CHANGES_NOTHING,
    USAGE,
    Admit,
    Approve,
    Close,
    Command,
    CommandLine,
    ConfirmOwner,
    Decline,
    Inspect,
    Instructions,
    Note,
    ParcelReceived,
    Refunded,
    ReplyToCustomer,
    Request,
    SetOrder,
    SetPreference,
    SetProblem,
    SetProduct,
    SetTracking,
    Shipped,
    ShowHelp,
    ShowsProof,
    ShowStatus,
    Undo,
)
from mailbot.claims.life import Event, IllegalTransition, after, allows
from mailbot.claims.orders import Order, Product
from mailbot.claims.policy import PolicySettings
from mailbot.claims.refusal_words import refusal_in_words
from mailbot.claims.verdict import Verdict
from mailbot.claims.words import ENDED, Disposition, Payer, Proof, Resolution, Rule, Status, Wish
from mailbot.desk.judge import CONFIRMATION, DANGER, NOTHING_ELSEWHERE, WAITS_FOR_VERDICT, judged, moved, with_status
from mailbot.letters.letter import LetterName
from mailbot.mail.addresses import identity, same_address


class Refused(Exception):
    """Nothing was done; `problems` say for each command why, and what is possible."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = tuple(problems)


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterOrder:
    """A letter that a command causes; `items` are those it is about (from 0), None for all that have not ended."""

    name: LetterName
    text: str = ""
    reason: str = ""
    tracking: str = ""
    amount: Decimal | None = None
    currency: str = ""
    missing_accessories: tuple[str, ...] = ()
    items: frozenset[int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LetIn:
    """What became of a claim when the mails that waited were let in; whether one of them tells of a danger (S1)."""

    claim: Claim
    evidence: tuple[Evidence, ...]
    outcome: str
    danger_told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What an execution may ask for: who and when, the orders and products, and the mails that wait to be let in.

    `admit` learns every pending mail into the claim and its evidence, and says in words what it did; None where no
    mail waits. `elsewhere` counts the units of the order that other claims hold.
    """

    by: str
    at: datetime
    order: Callable[[str], Order | None]
    products: Sequence[Product]
    policy: PolicySettings
    day_of: Callable[[datetime], date]
    admit: Callable[[Claim, tuple[Evidence, ...]], LetIn] | None = None
    elsewhere: Callable[[Claim, Order | None], Mapping[str, int]] = lambda *_: NOTHING_ELSEWHERE


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedOut:
    """What became of a claim: the values to store, what happened in words, the letters it causes.

    `danger_told` where somebody who was let in tells of a danger, so that agents hear at once.
    """

    claim: Claim
    evidence: tuple[Evidence, ...]
    history: tuple[HistoryEntry, ...]
    letters: tuple[LetterOrder, ...]
    outcomes: tuple[tuple[str, str], ...]
    changed: bool
    undo: bool = False
    danger_told: bool = False


def carry_out(
    claim: Claim,
    evidence: tuple[Evidence, ...],
    instructions: Instructions,
    around: Surroundings,
    *,
    may: frozenset[str] | None,
) -> CarriedOut:
    """Carry out every command in its order, or raise Refused with every problem found. `may` None allows all."""
    forbidden = [
        f"you may not use /{line.name} here"
        for line in instructions.commands
        if may is not None and line.name not in may
    ]
    if forbidden:
        raise Refused(forbidden)
    work = _Work(claim=claim, evidence=evidence, around=around, text=instructions.text)
    problems: list[str] = []
    for line in instructions.commands:
        try:
            work.do(line)
        except IllegalTransition as error:
            problems.append(f"“{line.line}”: {refusal_in_words(error.status, error.event)}")
        except Refused as refused:
            problems.extend(f"“{line.line}”: {problem}" for problem in refused.problems)
    if problems:
        raise Refused(problems)
    return work.result(instructions)


class _Work:
    """The claim while the commands of one instruction go over it; thrown away when one of them is refused."""

    def __init__(self, *, claim: Claim, evidence: tuple[Evidence, ...], around: Surroundings, text: str) -> None:
        self.claim = claim
        self.evidence = evidence
        self.around = around
        self.text = text
        self.letters: list[LetterOrder] = []
        self.history: list[HistoryEntry] = []
        self.outcomes: list[tuple[str, str]] = []
        self.facts_changed = False
        self.person_acted = False
        self.undo = False
        self.danger_told = False
        self.text_used = False

    def do(self, line: CommandLine) -> None:
        outcome = self._do(line.command)
        self.outcomes.append((line.line, outcome))
        if line.name not in CHANGES_NOTHING and not isinstance(line.command, Undo):
            self._remember(line.name, {"command": line.line, "outcome": outcome})

    def result(self, instructions: Instructions) -> CarriedOut:
        if instructions.text and not self.text_used:
            self._remember("note", {"text": instructions.text})
            self.outcomes.append(("(text below)", "kept as a note; it was not sent to the customer"))
        if self.facts_changed and not self.person_acted:
            self._judge_again()
        changed = bool(self.history)
        claim = self.claim
        if changed:
            claim = replace(claim, updated_at=self.around.at, person_at=self.around.at)
        if self.letters:
            claim = replace(claim, acknowledged=False)
        if self.person_acted or self.letters:
            waits = claim.status is Status.AWAITING_AGENT or any(
                item.status is Status.AWAITING_AGENT for item in claim.items
            )
            claim = replace(
                claim, needs_agent=waits, needs_agent_why=claim.needs_agent_why if waits else "", undeliverable=False
            )
        if self.danger_told:
            claim = replace(claim, needs_agent=True, needs_agent_why=DANGER)
        return CarriedOut(
            claim=claim,
            evidence=self.evidence,
            history=tuple(self.history),
            letters=tuple(self.letters),
            outcomes=tuple(self.outcomes),
            changed=changed or self.undo,
            undo=self.undo,
            danger_told=self.danger_told,
        )

    def _remember(self, event: str, detail: dict[str, str]) -> None:
        self.history.append(HistoryEntry(at=self.around.at, actor=self.around.by, event=event, detail=detail))

    def _judge_again(self) -> None:
        """A fact that a person set gives a new verdict; the letter it would mean waits for the person's word."""
        order = self._order()
        judged_claim = judged(
            replace(self.claim, person_decides=False),
            self.evidence,
            order,
            contact_on=self.around.day_of(self.claim.first_contact_at),
            policy=self.around.policy,
            elsewhere=self.around.elsewhere(self.claim, order),
        )
        advice = []
        items = []
        for index, (item, fresh) in enumerate(zip(self.claim.items, judged_claim.items, strict=True)):
            if item.status not in (Status.AWAITING_CUSTOMER, Status.AWAITING_AGENT) or fresh.verdict is None:
                items.append(item)
                continue
            verdict = fresh.verdict
            missing = f", missing {', '.join(verdict.missing)}" if verdict.missing else ""
            rule = f" ({verdict.rule})" if verdict.rule else ""
            advice.append(
                f"item {index + 1} {item.sku or item.name or 'unknown'}: {verdict.disposition.value}{rule}{missing}"
            )
            asks = verdict.disposition is Disposition.REQUEST_INFORMATION and item.status is Status.AWAITING_CUSTOMER
            items.append(
                replace(item, verdict=verdict, status=item.status if asks else after(item.status, Event.REFERRED))
            )
        self.claim = with_status(self.claim, tuple(items))
        if advice:
            self.outcomes.append(
                (
                    "by the policy",
                    "; ".join(advice) + ". Nothing went to the customer: /approve, /decline or /request does that",
                )
            )
            waits = any(item.status is Status.AWAITING_AGENT for item in items)
            if waits:
                why = "a fact was corrected; the decision waits for your command"
                # Until then nothing that the customer writes decides it either.
                self.claim = replace(self.claim, needs_agent=True, needs_agent_why=why, person_decides=True)

    def _order(self) -> Order | None:
        numbers = self.claim.order_numbers
        return self.around.order(numbers[0]) if len(numbers) == 1 else None

    def _source(self, words: str) -> Source:
        return Source(by=self.around.by, words=words)

    def _targets(self, item: int | None, event: Event) -> list[int]:
        """The items (from 0) that a command is about; with no number those that can take the event.

        Of these it means the ones that still wait for it: what was decided is decided again by its number, or where
        nothing else is left.
        """
        items = self.claim.items
        if not items:
            raise Refused(["this claim has no items; use /reply or /close"])
        if item is not None:
            self._item(item)
            return [item - 1]
        able = [index for index, one in enumerate(items) if allows(one.status, event, found=one.inspection)]
        if not able:
            after(items[0].status, event, found=items[0].inspection)
        for waiting in (_WAITS_FOR.get(event, _OPEN), _OPEN):
            meant = [index for index in able if items[index].status in waiting]
            if meant:
                return meant
        return able

    def _item(self, item: int) -> Item:
        if not 1 <= item <= len(self.claim.items):
            raise Refused([f"there is no item {item}; this claim has {len(self.claim.items)}"])
        return self.claim.items[item - 1]

    def _the_item(self, item: int | None) -> int:
        """The index of the item that a fact is about: the only one where no number says which."""
        if item is not None:
            self._item(item)
            return item - 1
        if len(self.claim.items) != 1:
            raise Refused(
                [f"this claim has {len(self.claim.items)} items; write the item's number after the command's name"]
            )
        return 0

    def _change(self, index: int, item: Item) -> None:
        items = list(self.claim.items)
        items[index] = item
        self.claim = with_status(self.claim, tuple(items))

    def _do(self, command: Command) -> str:
        match command:
            case Approve():
                return self._approve(command)
            case Decline():
                return self._decline(command)
            case Request():
                return self._request(command)
            case ShowsProof():
                return self._shows(command)
            case SetOrder():
                return self._set_order(command)
            case ConfirmOwner():
                return self._confirm_owner(command)
            case Admit():
                return self._admit()
            case SetProduct():
                return self._set_product(command)
            case SetProblem():
                return self._set_problem(command)
            case SetPreference():
                return self._set_preference(command)
            case ReplyToCustomer():
                self.text_used = True
                self.person_acted = True
                self.letters.append(LetterOrder(name=LetterName.REPLY, text=self.text))
                self._remember("replied", {"text": self.text})
                return "your text goes to the customer"
            case Note():
                return "kept as a note"
            case SetTracking():
                self.person_acted = True
                self.claim = replace(moved(self.claim, Event.PARCEL_SENT, where_possible=True), tracking=command.number)
                return f"on its way with {command.number}"
            case ParcelReceived():
                return self._received()
            case Inspect():
                return self._inspect(command)
            case Refunded():
                return self._refunded(command)
            case Shipped():
                return self._shipped(command)
            case Close():
                self.person_acted = True
                self.claim = moved(self.claim, Event.CLOSED, where_possible=True)
                self.letters.append(LetterOrder(name=LetterName.CLOSED, reason=command.reason, text=command.reason))
                return "closed; the customer is told why"
            case Undo():
                self.undo = True
                return "taken back"
            case ShowStatus():
                return self._status()
            case ShowHelp():
                return " · ".join(USAGE.values())
            case _:
                assert_never(command)

    def _approve(self, command: Approve) -> str:
        self.person_acted = True
        chosen = self._targets(command.item, Event.APPROVED)
        for index in chosen:
            item = self.claim.items[index]
            resolution = command.resolution or _preferred(self.claim.preference)
            earlier = item.verdict.rule if item.verdict else None
            verdict = Verdict(
                sku=item.sku,
                disposition=Disposition.APPROVE_RETURN,
                rule=earlier if earlier in (Rule.R1, Rule.R2) else None,
                shipping_paid_by=Payer.SHOP,
                resolution=resolution,
                reasons=(f"approved by {self.around.by}",),
                counted=item.verdict.counted if item.verdict else (),
                overridden_by=self.around.by,
            )
            self._change(index, replace(item, verdict=verdict, status=after(item.status, Event.APPROVED)))
        self.claim = replace(self.claim, person_decides=False)
        self._letter_for_items(LetterName.APPROVE_RETURN, chosen)
        return f"approved{_which(command.item)}; the instructions go to the customer"

    def _decline(self, command: Decline) -> str:
        self.person_acted = True
        chosen = self._targets(command.item, Event.DECLINED)
        for index in chosen:
            item = self.claim.items[index]
            verdict = Verdict(
                sku=item.sku,
                disposition=Disposition.DECLINE,
                rule=item.verdict.rule if item.verdict and item.verdict.disposition is Disposition.DECLINE else None,
                reasons=(command.reason, f"declined by {self.around.by}"),
                counted=item.verdict.counted if item.verdict else (),
                overridden_by=self.around.by,
            )
            self._change(index, replace(item, verdict=verdict, status=after(item.status, Event.DECLINED)))
        self._letter_for_items(LetterName.DECLINE, chosen)
        return f"declined{_which(command.item)}; the customer reads your reason"

    def _letter_for_items(self, name: LetterName, chosen: Sequence[int]) -> None:
        """One letter for all verdicts of an instruction: of one kind by its own template, of several kinds by
        `several`.
        """
        earlier = next((one for one in self.letters if one.items is not None), None)
        if earlier is None:
            self.letters.append(LetterOrder(name=name, items=frozenset(chosen)))
            return
        self.letters.remove(earlier)
        merged = name if earlier.name is name else LetterName.SEVERAL
        assert earlier.items is not None
        self.letters.append(LetterOrder(name=merged, items=earlier.items | frozenset(chosen)))

    def _request(self, command: Request) -> str:
        self.person_acted = True
        chosen = self._targets(None, Event.ASKED)
        for index in chosen:
            item = self.claim.items[index]
            only_proofs = all(one.value in {proof.value for proof in Proof} for one in command.wanted)
            verdict = Verdict(
                sku=item.sku,
                disposition=Disposition.REQUEST_INFORMATION,
                rule=Rule.R5 if only_proofs else None,
                missing=command.wanted,
                reasons=(f"asked for by {self.around.by}",),
                overridden_by=self.around.by,
            )
            self._change(index, replace(item, verdict=verdict, status=after(item.status, Event.ASKED)))
        # Who asked for more than the policy does wants to see what comes.
        self.claim = replace(self.claim, person_decides=True)
        self.letters.append(LetterOrder(name=LetterName.REQUEST_INFORMATION, items=frozenset(chosen)))
        return f"the customer is asked for {', '.join(command.wanted)}"

    def _shows(self, command: ShowsProof) -> str:
        known = {one.number: one for one in self.evidence}
        if command.number not in known:
            numbers = ", ".join(str(number) for number in sorted(known)) or "none"
            raise Refused([f"there is no attachment {command.number}; this claim has {numbers}"])
        self.facts_changed = True
        changed = replace(
            known[command.number],
            role="evidence",
            usable=True,
            shows=(command.proof,),
            reasons=(),
            provisional=False,
            signals=(*known[command.number].signals, f"{self.around.by} says so"),
            confirmed_by=self.around.by,
        )
        self.evidence = tuple(changed if one.number == command.number else one for one in self.evidence)
        return f"attachment {command.number} shows {command.proof}"

    def _set_order(self, command: SetOrder) -> str:
        order = self.around.order(command.number)
        if order is None:
            raise Refused([f"the shop's orders do not hold {command.number}"])
        self.facts_changed = True
        self.claim = replace(
            self.claim,
            order_numbers=(order.number,),
            unknown_order_numbers=(),
            unknown_order_again=False,
            sources={**self.claim.sources, "order_number": self._source(command.number)},
        )
        return f"order {order.number}"

    def _confirm_owner(self, command: ConfirmOwner) -> str:
        if not same_address(command.address, self.claim.customer):
            raise Refused(
                [f"this claim is {self.claim.customer}'s; /owner confirms that address, /admit lets others in"]
            )
        order = self._order()
        if order is None:
            raise Refused(["this claim has no one order that could be confirmed; /order says which it is about"])
        self.facts_changed = True
        sources = {**self.claim.sources, CONFIRMATION: self._source(order.number)}
        self.claim = replace(self.claim, owner_confirmed_by=self.around.by, sources=sources)
        return f"{identity(command.address)} may act for the order {order.number}"

    def _admit(self) -> str:
        if self.around.admit is None:
            raise Refused(["nobody waits to be let in"])
        self.facts_changed = True
        let_in = self.around.admit(self.claim, self.evidence)
        self.claim, self.evidence = let_in.claim, let_in.evidence
        if let_in.danger_told:
            self.danger_told = True
            self._call_back()
        return let_in.outcome

    def _call_back(self) -> None:
        """A danger that was told of (S1): the items wait for a person, and the customer is warned."""
        self.claim = judged(
            self.claim,
            self.evidence,
            self._order(),
            contact_on=self.around.day_of(self.claim.first_contact_at),
            policy=self.around.policy,
            danger_told=True,
        )
        self.letters.append(LetterOrder(name=LetterName.HAZARD))

    def _set_product(self, command: SetProduct) -> str:
        index = self._the_item(command.item)
        order = self._order()
        known = {product.sku.lower(): product.sku for product in self.around.products}
        known.update({line.sku.lower(): line.sku for line in order.lines} if order else {})
        sku = known.get(command.sku.lower())
        if sku is None:
            hint = f"; the order holds {', '.join(line.sku for line in order.lines)}" if order else ""
            raise Refused([f"neither the catalogue nor the order holds {command.sku}{hint}"])
        item = self.claim.items[index]
        self.facts_changed = True
        self._change(
            index,
            replace(
                item,
                sku=sku,
                quantity=command.quantity or item.quantity,
                sources={**item.sources, "sku": self._source(command.sku)},
            ),
        )
        return f"item {index + 1} is {command.quantity or item.quantity or 1} × {sku}"

    def _set_problem(self, command: SetProblem) -> str:
        index = self._the_item(command.item)
        item = self.claim.items[index]
        self.facts_changed = True
        sources = {**item.sources, "problem_kind": self._source(command.kind)}
        self._change(index, replace(item, problem_kind=command.kind, sources=sources))
        return f"item {index + 1}: {command.kind}"

    def _set_preference(self, command: SetPreference) -> str:
        self.facts_changed = True
        wish = Wish(command.resolution.value)
        items = tuple(
            replace(item, verdict=replace(item.verdict, resolution=command.resolution))
            if item.verdict is not None
            and item.verdict.disposition is Disposition.APPROVE_RETURN
            and item.status not in ENDED
            else item
            for item in self.claim.items
        )
        sources = {**self.claim.sources, "preference": self._source(command.resolution)}
        self.claim = replace(self.claim, preference=wish, items=items, sources=sources)
        return f"the customer prefers a {command.resolution}"

    def _received(self) -> str:
        self.person_acted = True
        chosen = self._targets(None, Event.PARCEL_RECEIVED)
        for index in chosen:
            item = self.claim.items[index]
            self._change(index, replace(item, status=after(item.status, Event.PARCEL_RECEIVED)))
        self.letters.append(LetterOrder(name=LetterName.RECEIVED, items=frozenset(chosen)))
        return "the parcel has arrived; the customer is told"

    def _inspect(self, command: Inspect) -> str:
        self.person_acted = True
        event, found, letter = _INSPECTIONS[command.result]
        chosen = self._targets(command.item, event)
        for index in chosen:
            item = self.claim.items[index]
            status = after(item.status, event)
            self._change(index, replace(item, inspection=found, missing_accessories=command.missing, status=status))
        self.letters.append(LetterOrder(name=letter, missing_accessories=command.missing, items=frozenset(chosen)))
        lacks = f", missing: {', '.join(command.missing)}" if command.missing else ""
        return f"inspected{_which(command.item)}: {command.result}{lacks}; the customer is told"

    def _refunded(self, command: Refunded) -> str:
        self.person_acted = True
        chosen = self._targets(None, Event.REFUNDED)
        for index in chosen:
            item = self.claim.items[index]
            self._change(index, replace(item, status=after(item.status, Event.REFUNDED, found=item.inspection)))
        self.letters.append(
            LetterOrder(
                name=LetterName.REFUNDED, amount=command.amount, currency=command.currency, items=frozenset(chosen)
            )
        )
        return f"{command.amount} {command.currency} paid back; the customer is told"

    def _shipped(self, command: Shipped) -> str:
        """After a confirmed defect the replacement goes out, otherwise the customer's own item goes back."""
        self.person_acted = True
        replaced = [
            index
            for index, one in enumerate(self.claim.items)
            if allows(one.status, Event.RESHIPPED, found=one.inspection)
        ]
        event, name = (
            (Event.RESHIPPED, LetterName.REPLACED) if replaced else (Event.SENT_BACK, LetterName.RETURNED_TO_CUSTOMER)
        )
        chosen = replaced or self._targets(None, event)
        for index in chosen:
            item = self.claim.items[index]
            self._change(index, replace(item, status=after(item.status, event, found=item.inspection)))
        self.letters.append(LetterOrder(name=name, tracking=command.tracking, items=frozenset(chosen)))
        what = "the replacement" if replaced else "the item"
        return f"{what} is on its way with {command.tracking}; the customer is told"

    def _status(self) -> str:
        parts = [f"{self.claim.rma} is {self.claim.status}"]
        for index, item in enumerate(self.claim.items):
            verdict = f", {item.verdict.disposition}" if item.verdict else ""
            parts.append(f"item {index + 1} {item.sku or item.name or 'unknown'}: {item.status}{verdict}")
        return "; ".join(parts)


_OPEN = frozenset(Status) - ENDED
_WAITS_FOR = dict.fromkeys((Event.APPROVED, Event.ASKED, Event.DECLINED), WAITS_FOR_VERDICT)

_INSPECTIONS: dict[str, tuple[Event, Inspection, LetterName]] = {
    "defect": (Event.DEFECT_CONFIRMED, "defect", LetterName.INSPECTED_DEFECT),
    "no-defect": (Event.NO_DEFECT_FOUND, "no_defect", LetterName.INSPECTED_NO_DEFECT),
    "misuse": (Event.MISUSE_FOUND, "misuse", LetterName.INSPECTED_MISUSE),
}


def _preferred(preference: Wish | None) -> Resolution:
    match preference:
        case Wish.REFUND:
            return Resolution.REFUND
        case Wish.REPLACEMENT:
            return Resolution.REPLACEMENT
        case _:
            return Resolution.ASK


def _which(item: int | None) -> str:
    return f" (item {item})" if item is not None else ""

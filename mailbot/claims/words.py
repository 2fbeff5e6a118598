"""The closed vocabularies of the domain: every name that a claim, a verdict or a contract uses."""

from enum import StrEnum


class ProblemKind(StrEnum):
    """What is wrong with an item, in the contract's eleven kinds (`problem.kind`)."""

    DEAD_ON_ARRIVAL = "dead_on_arrival"
    DEFECTIVE = "defective"
    DAMAGED_IN_TRANSIT = "damaged_in_transit"
    ACCIDENTAL_DAMAGE_OR_MISUSE = "accidental_damage_or_misuse"
    MISSING_PARTS = "missing_parts"
    WRONG_ITEM = "wrong_item"
    NOT_AS_DESCRIBED = "not_as_described"
    CHANGED_MIND = "changed_mind"
    SOFTWARE_ISSUE = "software_issue"
    UNCLEAR = "unclear"
    NONE = "none"


class Proof(StrEnum):
    """The five proofs of rule R5."""

    PACKAGE_FRONT = "package_front"
    PACKAGE_BACK = "package_back"
    PACKING_SLIP = "packing_slip"
    ITEM = "item"
    PROBLEM = "problem"


class Wanted(StrEnum):
    """What a checklist may ask for: the contract's names for `missing`."""

    ORDER_NUMBER = "order_number"
    PRODUCT = "product"
    DESCRIPTION = "description"
    PROBLEM_KIND = "problem_kind"
    PREFERENCE = "preference"
    PACKAGE_FRONT = "package_front"
    PACKAGE_BACK = "package_back"
    PACKING_SLIP = "packing_slip"
    ITEM = "item"
    PROBLEM = "problem"


class Wish(StrEnum):
    """What the customer wants (`resolution_wanted`, `preference`)."""

    REFUND = "refund"
    REPLACEMENT = "replacement"
    REPAIR_OR_PART = "repair_or_part"
    NONE_STATED = "none_stated"


class Resolution(StrEnum):
    """How an approved return is settled; `ASK` while the preference is unknown."""

    REFUND = "refund"
    REPLACEMENT = "replacement"
    ASK = "ask"


class Disposition(StrEnum):
    """The five outcomes of a verdict (POLICY.md, "Dispositions")."""

    APPROVE_RETURN = "approve_return"
    REQUEST_INFORMATION = "request_information"
    OFFER_SUPPORT = "offer_support"
    DECLINE = "decline"
    REFER_TO_AGENT = "refer_to_agent"


class Rule(StrEnum):
    """The numbered rules of POLICY.md."""

    R1 = "R1"
    R2 = "R2"
    R3 = "R3"
    R4 = "R4"
    R5 = "R5"
    R6 = "R6"
    R7 = "R7"
    R8 = "R8"
    R9 = "R9"
    R10 = "R10"
    R11 = "R11"
    R12 = "R12"
    R13 = "R13"
    S1 = "S1"
    S2 = "S2"


class Payer(StrEnum):
    """Who pays the return shipping."""

    SHOP = "shop"
    CUSTOMER = "customer"


class Status(StrEnum):
    """The states of a claim and of each of its items (POLICY.md, "A claim's life")."""

    AWAITING_CUSTOMER = "awaiting_customer"
    AWAITING_AGENT = "awaiting_agent"
    AWAITING_RETURN = "awaiting_return"
    IN_TRANSIT = "in_transit"
    RECEIVED = "received"
    INSPECTED = "inspected"
    REFUNDED = "refunded"
    REPLACED = "replaced"
    RETURNED_TO_CUSTOMER = "returned_to_customer"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    CLOSED = "closed"


class MailKind(StrEnum):
    """What a mail is (`kind` of `mailbot read`)."""

    RETURN_REQUEST = "return_request"
    EVIDENCE_REPLY = "evidence_reply"
    CLAIM_FOLLOWUP = "claim_followup"
    OTHER_INQUIRY = "other_inquiry"
    AUTO_REPLY = "auto_reply"
    BOUNCE = "bounce"
    SPAM_OR_BULK = "spam_or_bulk"
    AGENT_COMMAND = "agent_command"
    UNREADABLE = "unreadable"


class Signal(StrEnum):
    """What a mail says beside the problem (`signals` of `mailbot read`)."""

    HAZARD = "hazard"
    DECLARES_WITHDRAWAL = "declares_withdrawal"
    ASKS_OTHER_COMPENSATION = "asks_other_compensation"
    SUPPORT_DID_NOT_HELP = "support_did_not_help"
    WITHDRAWS = "withdraws"
    ASKS_STATUS = "asks_status"
    ONLY_THANKS = "only_thanks"
    EITHER_RESOLUTION = "either_resolution"
    PARCEL_SENT = "parcel_sent"


class Unusable(StrEnum):
    """Why a file does not serve as evidence (`attachments[].reasons`)."""

    BLURRED = "blurred"
    TOO_SMALL = "too_small"
    DARK = "dark"
    OVEREXPOSED = "overexposed"
    SINGLE_COLOURED = "single_coloured"
    FROZEN = "frozen"
    TOO_SHORT = "too_short"
    UNREADABLE = "unreadable"
    EMPTY = "empty"
    DUPLICATE = "duplicate"
    NOT_EVIDENCE = "not_evidence"


ENDED: frozenset[Status] = frozenset(
    {
        Status.REFUNDED,
        Status.REPLACED,
        Status.RETURNED_TO_CUSTOMER,
        Status.DECLINED,
        Status.WITHDRAWN,
        Status.EXPIRED,
        Status.CLOSED,
    }
)
"""A claim in one of these has ended; a new mail of its customer reopens it for a person."""

"""What ends a command before its end: failures that are told in a sentence, each with its exit code (CONTRACTS.md)."""

from dataclasses import dataclass

WORK_FAILED = 1
WRONG_CALL = 2


class WrongCall(Exception):
    """The call is wrong: the message names what, and what is allowed (exit code 2)."""


class WorkFailed(Exception):
    """What was asked for did not succeed; the message says why (exit code 1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What a failure ends with."""

    code: int
    message: str


def exit_of(error: Exception) -> Ending | None:
    """The ending of an expected failure, None for one that nobody expected."""
    match error:
        case WrongCall():
            return Ending(code=WRONG_CALL, message=str(error))
        case WorkFailed():
            return Ending(code=WORK_FAILED, message=str(error))
        case _:
            return _ending_of_ours(error)


def _ending_of_ours(error: Exception) -> Ending | None:
    # Only now: a command that does well never needs these.
    from mailbot.settings import ConfigurationError

    if isinstance(error, ConfigurationError):
        return Ending(code=WRONG_CALL, message=str(error))
    from mailbot.bootstrap import DatabaseUnusable
    from mailbot.claims.commands import CommandErrors
    from mailbot.desk.command import Refused
    from mailbot.desk.ports import DeliveryError, MailboxError
    from mailbot.desk.store import Conflict, StoreUnavailable

    match error:
        case DatabaseUnusable():
            return Ending(code=WRONG_CALL, message=str(error))
        case CommandErrors(problems=problems):
            return Ending(code=WRONG_CALL, message="\n".join(problems))
        case Refused(problems=problems):
            return Ending(code=WORK_FAILED, message="\n".join(problems))
        case StoreUnavailable() | Conflict() | MailboxError() | DeliveryError():
            return Ending(code=WORK_FAILED, message=str(error))
        case OSError(strerror=str(why), filename=str(file)):
            return Ending(code=WORK_FAILED, message=f"{file}: {why}")
        case OSError():
            return Ending(code=WORK_FAILED, message=str(error))
        case _:
            return None

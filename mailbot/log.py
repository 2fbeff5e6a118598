"""The log: structured, one line a mail, for people on a terminal and for programs elsewhere; no secrets, no bodies."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog

LONGEST_VALUE = 500
"""Characters of one value; what is longer is cut. A mail's text has no place in a log."""

_SECRET = ("password", "secret", "token", "credentials", "authorization")
_BODIES = frozenset({"raw", "body", "text_part", "html", "content", "words"})


def set_up(*, all_of_it: bool, stream: TextIO | None = None, as_json: bool | None = None) -> None:
    """Write the log to `stream` (standard error): all of it, or warnings and errors alone.

    `as_json` None: readable lines where the stream is a terminal, one JSON object a line otherwise. Libraries that use
    the standard library's logging are heard from their warnings on.
    """
    target = stream if stream is not None else sys.stderr
    machine_reads = not target.isatty() if as_json is None else as_json
    least = logging.INFO if all_of_it else logging.WARNING
    common: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        presentable,
    ]
    last: structlog.typing.Processor = (
        structlog.processors.JSONRenderer(ensure_ascii=False, sort_keys=False)
        if machine_reads
        else structlog.dev.ConsoleRenderer(colors=target.isatty(), exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[*common, last],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.PrintLoggerFactory(file=target),
        cache_logger_on_first_use=False,
    )
    for handler in list(logging.root.handlers):
        if isinstance(handler, _ToStructlog):
            logging.root.removeHandler(handler)
    logging.root.addHandler(_ToStructlog(level=logging.WARNING))


class _ToStructlog(logging.Handler):
    """Passes on what libraries say, so that there is one log in one form."""

    def emit(self, record: logging.LogRecord) -> None:
        log = structlog.get_logger()
        log.log(record.levelno, record.getMessage(), library=record.name, exc_info=record.exc_info)


def presentable(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The same event without secrets and bodies, each value on one line and of measured length."""
    return {name: _presentable(name, value) for name, value in event.items()}


def _presentable(name: str, value: Any) -> Any:
    lower = name.lower()
    if any(part in lower for part in _SECRET):
        return "(not logged)"
    if isinstance(value, bytes) or lower in _BODIES:
        return f"({len(value)} long, not logged)" if isinstance(value, (bytes, str)) else "(not logged)"
    if name == "exception":
        return value
    if isinstance(value, str):
        shown = value if value.isprintable() else "".join(char if char.isprintable() else " " for char in value)
        line = " ".join(shown.split())
        return line if len(line) <= LONGEST_VALUE else f"{line[:LONGEST_VALUE]}…"
    return value

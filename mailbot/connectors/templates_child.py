"""Checks templates in a child process, so that one that never ends or grows without end costs the parent nothing.

The child gets the sources on its standard input and nothing else: no settings, no secrets in its environment.
"""

import json
import resource
import signal
import subprocess
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Final

from mailbot.letters.check import TemplateProblem, check_templates
from mailbot.letters.template import Key

__all__ = ["check_in_child"]

CPU_SECONDS: Final = 1.0
"""Computing time that the samples of one template may take together; those shipped take some hundredths."""

MEMORY_BYTES: Final = 128 * 1024 * 1024
"""Address space of the child; with every library loaded and all letters made it maps about 40 MB."""

WALL_SECONDS: Final = 60.0
"""After this long the child is ended, whatever it does: longer than any number of templates takes."""


def check_in_child(
    sources: Mapping[Key, str], *, default_language: str = "en", changed: Collection[Key] | None = None
) -> list[TemplateProblem]:
    """What `check_templates` says, from a child with limits of computing time and memory; never raises for a template.

    A template that goes over a limit is told of as one more problem, at its line 1.
    """
    asked = {
        "default_language": default_language,
        "changed": None if changed is None else [[language, name] for language, name in changed],
        "sources": [[language, name, text] for (language, name), text in sources.items()],
    }
    package_parent = str(Path(__file__).parents[2])
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "mailbot.connectors.templates_child"],
            input=json.dumps(asked).encode(),
            capture_output=True,
            timeout=WALL_SECONDS,
            check=False,
            cwd="/",
            env={"PYTHONPATH": package_parent, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"},
        )
        said, errors = ended.stdout, ended.stderr
    except subprocess.TimeoutExpired as late:
        said, errors = late.stdout or b"", late.stderr or b""
    return _understood(said, errors)


def _understood(said: bytes, errors: bytes) -> list[TemplateProblem]:
    problems: list[TemplateProblem] = []
    checking = "_layout.html"
    for line in said.splitlines():
        try:
            told = json.loads(line)
        except ValueError:
            # The last line of a child that was ended while it wrote.
            break
        match told:
            case {"checking": str(file)}:
                checking = file
            case {"problem": [str(file), int(number), str(message)]}:
                problems.append(TemplateProblem(file=file, line=number, message=message))
            case {"done": True}:
                return problems
            case _:
                break
    why = f"takes more than {CPU_SECONDS:g} s of computing time or {MEMORY_BYTES // 2**20} MB of memory"
    last = errors.decode(errors="replace").strip().rpartition("\n")[2]
    return [*problems, TemplateProblem(file=checking, line=1, message=f"{why} {f'({last})' if last else ''}".strip())]


# -- in the child ----------------------------------------------------------------------------------------------------


def _confine() -> None:
    """Limit memory, and let no dump be written."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def _begins(file: str) -> None:
    _tell({"checking": file})
    # SIGPROF ends the process: its default action, which no template can change. The timer counts computing time only,
    # and counts anew for each file.
    signal.setitimer(signal.ITIMER_PROF, CPU_SECONDS)


def _tell(what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main() -> None:
    """The child: sources in, one JSON object a line out."""
    asked = json.load(sys.stdin)
    _confine()
    sources = {(language, name): text for language, name, text in asked["sources"]}
    changed = None if asked["changed"] is None else {(language, name) for language, name in asked["changed"]}
    problems = check_templates(sources, default_language=asked["default_language"], changed=changed, begins=_begins)
    for problem in problems:
        _tell({"problem": [problem.file, problem.line, problem.message]})
    _tell({"done": True})


if __name__ == "__main__":
    main()

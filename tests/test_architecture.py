"""The house keeps its shape: arrows run one way, pure packages stay pure, nothing is half built."""

import ast
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parent.parent
PURE = frozenset({"claims", "mail", "reading", "letters"})
VALUES = frozenset({"claims", "mail", "reading", "media", "letters"})
# What the desk asks of the outside, and the values that it asks with: all that a connector knows of the desk.
PORTS = frozenset({"desk.ports", "desk.store", "desk.rows"})

# Part of the house -> what of mailbot it may import besides itself. Where two entries fit, the longer one counts.
ARROWS: Mapping[str, frozenset[str]] = {
    "claims": frozenset(),
    "mail": frozenset({"claims"}),
    "reading": frozenset({"claims", "mail.inbound"}),
    "media": frozenset({"claims"}),
    "letters": frozenset({"claims"}),
    "desk": VALUES,
    **dict.fromkeys(PORTS, VALUES | PORTS),
    "connectors": VALUES | PORTS,
    "settings": frozenset({"claims"}),
    "bootstrap": VALUES | {"desk", "connectors", "settings"},
    "daemon": VALUES | {"desk", "settings", "bootstrap"},
    "log": frozenset(),
    "demo": VALUES | {"desk", "settings", "bootstrap", "daemon", "log"},
    "demo.servers": VALUES | {"connectors"},
    "cli": VALUES | {"desk", "settings", "bootstrap", "daemon", "demo", "log"},
    "__main__": frozenset({"cli"}),
}

# No clock, no files, no network, no chance, no logging: what comes from outside is an argument.
IMPURE_MODULES = frozenset(
    {
        *("logging", "structlog", "warnings"),
        *("os", "pathlib", "shutil", "tempfile", "glob", "fcntl", "sqlite3"),
        *("socket", "ssl", "select", "asyncio", "http", "urllib.request", "requests", "urllib3"),
        *("imaplib", "imapclient", "smtplib", "aiosmtpd", "pymap"),
        *("sqlalchemy", "alembic", "apscheduler", "pydantic_settings"),
        *("subprocess", "multiprocessing", "threading", "signal"),
        *("time", "random", "secrets"),
    }
)
# Paths that are only text.
HARMLESS = frozenset({"pathlib.PurePath", "pathlib.PurePosixPath"})
# The desk has ports for what lies outside.
OUTSIDE_MODULES = frozenset(
    {
        *("socket", "ssl", "http", "urllib.request", "requests", "urllib3"),
        *("imaplib", "imapclient", "smtplib", "aiosmtpd", "pymap"),
        *("sqlalchemy", "alembic", "apscheduler", "sqlite3", "subprocess"),
    }
)
# Of what is installed, settings need these; the rest is the standard library.
SETTINGS_MODULES = frozenset({"pydantic", "pydantic_core", "pydantic_settings", "annotated_types", "idna"})

CLOCK_CALLS = frozenset({"now", "utcnow", "today"})
IMPURE_NAMES = frozenset({"open", "input", "print", "exec", "eval", "make_msgid"})
WRITING_CALLS = frozenset({"write_text", "write_bytes", "unlink", "mkdir", "make_msgid"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One module: its dotted name, its text, and whether it is a package's `__init__`."""

    name: str
    text: str
    is_package: bool = False

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def path_in_house(self) -> str:
        """`desk.receive` for `mailbot.desk.receive`, empty for the top package."""
        return self.name.partition(".")[2]


def sources_under(folder: Path) -> list[Source]:
    """Every module under a folder of the checkout, in order."""
    found = []
    for path in sorted(folder.rglob("*.py")):
        parts = path.relative_to(CHECKOUT).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if is_package else parts)
        found.append(Source(name=name, text=path.read_text(encoding="utf-8"), is_package=is_package))
    return found


def imports_of(source: Source, *, modules: frozenset[str]) -> Iterator[tuple[int, str]]:
    """(line, module) of every import, wherever in the text it stands.

    `from package import name` is the import of `package.name` where that is a module, of `package` otherwise.
    """
    package = source.name if source.is_package else source.name.rpartition(".")[0]
    for node in ast.walk(source.tree):
        match node:
            case ast.Import(names=names):
                for alias in names:
                    yield node.lineno, alias.name
            case ast.ImportFrom(module=module, names=names, level=level):
                base = module or ""
                if level:
                    parents = package.split(".")[: len(package.split(".")) - (level - 1)]
                    base = ".".join([*parents, *([module] if module else [])])
                for alias in names:
                    whole = f"{base}.{alias.name}"
                    yield node.lineno, whole if whole in modules else base
            case ast.Call(func=ast.Name(id="import_module" | "__import__"), args=[ast.Constant(value=str(name)), *_]):
                yield node.lineno, name
            case ast.Call(func=ast.Attribute(attr="import_module"), args=[ast.Constant(value=str(name)), *_]):
                yield node.lineno, name
            case _:
                pass


def lies_in(module: str, parts: Iterable[str]) -> bool:
    return any(module == part or module.startswith(f"{part}.") for part in parts)


def part_of(path_in_house: str) -> str | None:
    """The entry of ARROWS that a module falls under."""
    fitting = [part for part in ARROWS if lies_in(path_in_house, [part])]
    return max(fitting, key=len, default=None)


def wrong_arrows(sources: list[Source]) -> list[str]:
    """What runs against ARROWS, a line each."""
    modules = frozenset(source.name for source in sources)
    wrong = []
    for source in sources:
        part = part_of(source.path_in_house())
        if source.path_in_house() and part is None:
            wrong.append(f"{source.name}: stands in no part of the house")
        allowed = ARROWS[part] | {part} if part else frozenset()
        for line, module in sorted(set(imports_of(source, modules=modules))):
            target = module.partition(".")[2]
            if module.partition(".")[0] != "mailbot" or (target == "" and source.path_in_house()):
                continue  # the top package holds the version and nothing else
            if not lies_in(target, allowed):
                wrong.append(f"{source.name}:{line}: imports {module}")
            elif part != "connectors" and part_of(target) == "connectors" and part not in ("bootstrap", "demo.servers"):
                wrong.append(f"{source.name}:{line}: imports {module}, which is bootstrap's to join")
    return wrong


def impurities(sources: list[Source]) -> list[str]:
    """What a pure package takes from outside, or the desk past its ports, a line each."""
    modules = frozenset(source.name for source in sources) | IMPURE_MODULES | HARMLESS
    found = []
    for source in sources:
        top = source.path_in_house().partition(".")[0]
        banned = IMPURE_MODULES if top in PURE else OUTSIDE_MODULES if top == "desk" else frozenset()
        for line, module in imports_of(source, modules=modules):
            if module not in HARMLESS and lies_in(module, banned):
                found.append(f"{source.name}:{line}: imports {module}")
        if top in PURE:
            found += [f"{source.name}:{line}: uses {name}" for line, name in _impure_uses(source.tree)]
    return found


def _impure_uses(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_NAMES:
                yield node.lineno, f"{name}()"
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK_CALLS | WRITING_CALLS:
                yield node.lineno, f"{ast.unparse(node.func)}()"
            # also uncalled: field(default_factory=date.today)
            case ast.Attribute(value=ast.Name(id="date" | "datetime"), attr=name) if name in CLOCK_CALLS:
                yield node.lineno, ast.unparse(node)
            case _:
                pass


def foreign_imports(sources: list[Source]) -> list[str]:
    """What the settings import beyond SETTINGS_MODULES and the standard library, a line each."""
    modules = frozenset(source.name for source in sources)
    known = sys.stdlib_module_names | SETTINGS_MODULES | {"mailbot"}
    return [
        f"{source.name}:{line}: imports {module}"
        for source in sources
        if lies_in(source.path_in_house(), ["settings"])
        for line, module in imports_of(source, modules=modules)
        if module.partition(".")[0] not in known
    ]


def unfinished(source: Source) -> list[str]:
    """Marks of half-built code, a line each."""
    found = [
        f"{source.name}:{number}: {mark[0]}"
        for number, line in enumerate(source.text.splitlines(), start=1)
        if (mark := re.search(r"\b(TODO|FIXME|XXX|HACK)\b", line))
    ]
    for node, declares in _functions(source.tree):
        if not declares and _does_nothing(node):
            found.append(f"{source.name}:{node.lineno}: {node.name} does nothing")
    for inner in ast.walk(source.tree):
        if isinstance(inner, ast.Name) and inner.id == "NotImplementedError":
            found.append(f"{source.name}:{inner.lineno}: NotImplementedError")
    return found


def _functions(tree: ast.AST, *, in_protocol: bool = False) -> Iterator[tuple[Function, bool]]:
    """Each function, and whether it only declares: a Protocol's method, an overload, an abstract method."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, Function):
            marks = {ast.unparse(mark).rpartition(".")[2] for mark in node.decorator_list}
            yield node, in_protocol or bool(marks & {"overload", "abstractmethod"})
            yield from _functions(node)
        elif isinstance(node, ast.ClassDef):
            bases = {ast.unparse(base).partition("[")[0].rpartition(".")[2] for base in node.bases}
            yield from _functions(node, in_protocol="Protocol" in bases)
        else:
            yield from _functions(node, in_protocol=in_protocol)


def _does_nothing(node: Function) -> bool:
    """A body of `pass` or `...`. One that is only a docstring says why it has nothing to do."""
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return bool(body) and all(
        isinstance(line, ast.Pass)
        or (isinstance(line, ast.Expr) and isinstance(line.value, ast.Constant) and line.value.value is ...)
        for line in body
    )


def toothless_tests(source: Source) -> list[str]:
    """Test functions without an assertion, or whose only one is about a constant, a line each."""
    return [
        f"{source.name}:{node.lineno}: {node.name} asserts nothing"
        for node, _ in _functions(source.tree)
        if node.name.startswith("test_") and not any(_asserts(inner) for inner in ast.walk(node))
    ]


def _asserts(node: ast.AST) -> bool:
    match node:
        case ast.Assert(test=test):
            return not isinstance(test, ast.Constant)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="pytest"), attr="raises" | "warns" | "fail")):
            return True
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)):
            return name.startswith(("assert_", "check_", "expect_"))
        case _:
            return False


# --- the house as it stands


def test_the_arrows_run_one_way() -> None:
    sources = sources_under(CHECKOUT / "mailbot")
    assert len(sources) > 10, "the house was not found"
    assert wrong_arrows(sources) == []


def test_pure_packages_take_nothing_from_outside_and_the_desk_only_through_its_ports() -> None:
    assert impurities(sources_under(CHECKOUT / "mailbot")) == []


def test_settings_need_no_more_than_pydantic_idna_and_the_standard_library() -> None:
    assert foreign_imports(sources_under(CHECKOUT / "mailbot")) == []


def test_nothing_is_half_built() -> None:
    assert [line for source in sources_under(CHECKOUT / "mailbot") for line in unfinished(source)] == []


def test_every_test_can_fail() -> None:
    sources = sources_under(CHECKOUT / "tests")
    assert any(source.name == __name__ for source in sources), "this very file was not found"
    assert [line for source in sources for line in toothless_tests(source)] == []


# --- the checks themselves catch what they are for


def house(texts: Mapping[str, str]) -> list[Source]:
    """An invented house: module `mailbot.desk.receive` for the key `desk.receive`, an `__init__` in each folder."""
    named = {f"mailbot.{name}": text for name, text in texts.items()}
    folders = {name.rpartition(".")[0] for name in named} | {"mailbot"}
    return [
        *(Source(name=folder, text="", is_package=True) for folder in sorted(folders - named.keys())),
        *(Source(name=name, text=text) for name, text in named.items()),
    ]


# What the invented imports point at is there, so that `from mailbot.desk import receive` is seen to name a module.
FURNISHED = dict.fromkeys(
    [
        *("claims.words", "mail.inbound", "mail.parse", "reading.kind", "media.inspect", "letters.letter"),
        *(
            "desk.ports",
            "desk.rows",
            "desk.store",
            "desk.receive",
            "connectors.imap",
            "settings",
            "bootstrap",
            "daemon",
            "cli.run",
        ),
    ],
    "",
)


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("claims.policy", "import mailbot.mail.inbound"),
        ("claims.policy", "from mailbot.desk import receive"),
        ("claims.policy", "from ..mail import inbound"),
        ("claims.policy", "def late():\n    from mailbot.mail import inbound"),
        ("claims.policy", "if TYPE_CHECKING:\n    import mailbot.settings"),
        ("claims.policy", "import importlib\nimportlib.import_module('mailbot.desk')"),
        ("mail.parse", "from mailbot.reading import kind"),
        ("reading.kind", "from mailbot.mail.parse import parse"),
        ("reading.kind", "from mailbot import media"),
        ("media.inspect", "import mailbot.mail.inbound"),
        ("letters.render", "from mailbot.desk.ports import Outbox"),
        ("desk.receive", "from mailbot.connectors import imap"),
        ("desk.receive", "import mailbot.settings"),
        ("desk.receive", "import mailbot.bootstrap"),
        ("desk.ports", "from mailbot.desk.receive import receive"),
        ("connectors.imap", "from mailbot.settings import Settings"),
        ("connectors.imap", "from mailbot.desk.receive import receive"),
        ("connectors.imap", "import mailbot.bootstrap"),
        ("settings", "from mailbot.desk import ports"),
        ("bootstrap", "import mailbot.cli"),
        ("daemon", "import mailbot.connectors.imap"),
        ("demo.play", "from mailbot.connectors.imap import Mailbox"),
        ("cli.run", "from mailbot.connectors import imap"),
        ("odds_and_ends", "answer = 42"),
    ],
)
def test_an_arrow_against_the_rule_is_caught(module: str, text: str) -> None:
    assert len(wrong_arrows(house(FURNISHED | {module: text}))) == 1


def test_the_top_package_imports_nothing() -> None:
    top = Source(name="mailbot", text="import mailbot.cli", is_package=True)
    assert wrong_arrows([top]) == ["mailbot:1: imports mailbot.cli"]


@pytest.mark.parametrize(
    ("module", "text"),
    [
        ("claims.policy", "from mailbot.claims.facts import Facts\nfrom . import facts\nimport datetime"),
        ("mail.parse", "from mailbot.claims import words"),
        ("reading.kind", "from mailbot.mail.inbound import InboundMail\nfrom mailbot.mail import inbound"),
        ("desk.receive", "from mailbot import reading, letters\nfrom .ports import Outbox\nimport mailbot.media"),
        ("connectors.imap", "from mailbot.desk.ports import Mailbox\nfrom mailbot.connectors import imap_wire"),
        ("connectors.database", "from mailbot.desk.store import Store\nfrom mailbot.desk import rows"),
        ("settings.model", "from mailbot.claims.words import ProblemKind\nfrom mailbot.settings import kinds"),
        (
            "bootstrap",
            "from mailbot.connectors import imap\nfrom mailbot.settings import Settings\nimport mailbot.desk",
        ),
        ("demo.servers", "import mailbot.connectors.imap"),
        ("cli.run", "from mailbot import __version__\nfrom mailbot.bootstrap import bootstrap\nimport mailbot.daemon"),
        ("__main__", "from mailbot.cli import main"),
    ],
)
def test_an_arrow_with_the_rule_is_let_through(module: str, text: str) -> None:
    assert wrong_arrows(house(FURNISHED | {module: text})) == []


@pytest.mark.parametrize(
    "text",
    [
        "import logging",
        "import os.path",
        "from pathlib import Path",
        "def late():\n    import socket",
        "import urllib.request",
        "from urllib import request",
        "import time",
        "from random import choice",
        "import sqlalchemy.orm",
        "text = open('x').read()",
        "from datetime import datetime\nat = datetime.now()",
        "import datetime\nat = datetime.datetime.now(datetime.UTC)",
        "import datetime\non = datetime.date.today()",
        "from dataclasses import field\non = field(default_factory=date.today)",
        "from datetime import datetime\nat = datetime.utcnow()",
        "from email.utils import make_msgid\nnew = make_msgid()",
        "folder.joinpath('x').write_text('y')",
        "print('here')",
    ],
)
@pytest.mark.parametrize("package", sorted(PURE))
def test_a_pure_package_that_looks_outside_is_caught(package: str, text: str) -> None:
    assert impurities(house({f"{package}.some": text}))


@pytest.mark.parametrize("package", ["connectors", "media", "cli"])
def test_other_packages_may_look_outside(package: str) -> None:
    assert impurities(house({f"{package}.some": "import os, time\nprint(open('x'))"})) == []


def test_a_pure_package_may_use_days_locators_and_what_the_package_ships() -> None:
    text = (
        "from datetime import UTC, date, datetime, time, timedelta\nfrom importlib import resources\n"
        "from urllib.parse import urlsplit\nfrom pathlib import PurePosixPath\nimport hmac, re\n"
        "rows = resources.files('mailbot').joinpath('x').read_text()\nat = datetime.combine(on, time(12), UTC)"
    )
    assert impurities(house({"claims.some": text})) == []


def test_a_desk_that_goes_past_its_ports_is_caught() -> None:
    sources = house({"desk.receive": "import sqlalchemy", "desk.send": "def send():\n    import smtplib"})
    assert impurities(sources) == ["mailbot.desk.receive:1: imports sqlalchemy", "mailbot.desk.send:2: imports smtplib"]


def test_settings_that_need_a_library_are_caught() -> None:
    sources = house({"settings.model": "import pydantic, tomllib, jinja2", "cli.run": "import typer"})
    assert foreign_imports(sources) == ["mailbot.settings.model:1: imports jinja2"]


@pytest.mark.parametrize(
    "text",
    [
        "answer = 42  # TODO: ask",
        '"""FIXME later."""',
        "def send():\n    raise NotImplementedError",
        "def send():\n    raise NotImplementedError('later')",
        "def send():\n    pass",
        "async def send():\n    ...",
        "class Sender:\n    def send(self):\n        '''Sends.'''\n        ...",
        "def outer():\n    def send():\n        pass\n    return send",
    ],
)
def test_half_built_code_is_caught(text: str) -> None:
    assert len(unfinished(Source(name="mailbot.some", text=text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "class Outbox(Protocol):\n    def put(self, letter: Letter) -> None: ...",
        "class Outbox(typing.Protocol[T]):\n    def put(self, letter: T) -> None:\n        '''Puts.'''\n        ...",
        "@overload\ndef put(a: int) -> int: ...",
        "class Done(Exception):\n    pass",
        "try:\n    send()\nexcept OSError:\n    pass",
        "def close():\n    '''Nothing to close: the folder is not kept open.'''",
        "example = 'RMA-XXXXXX'",
    ],
)
def test_declarations_and_empty_classes_are_not_half_built(text: str) -> None:
    assert unfinished(Source(name="mailbot.some", text=text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "def test_it():\n    send()",
        "def test_it():\n    assert True",
        "async def test_it():\n    pass",
        "class TestIt:\n    def test_it(self):\n        self.send()",
    ],
)
def test_a_test_that_cannot_fail_is_caught(text: str) -> None:
    assert len(toothless_tests(Source(name="tests.test_some", text=text))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "def test_it():\n    assert send() == 1",
        "def test_it():\n    with pytest.raises(ValueError, match='x'):\n        send()",
        "def test_it():\n    for row in rows:\n        assert_sent(row)",
        "def test_it(shop):\n    shop.expect_letter('approved')",
        "def built():\n    return 1",
    ],
)
def test_a_test_that_can_fail_is_let_through(text: str) -> None:
    assert toothless_tests(Source(name="tests.test_some", text=text)) == []

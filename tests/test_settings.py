"""`config.toml`: what each key may say, and what the person who wrote it is told when it may not."""

import re
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailbot.claims.commands import USAGE
from mailbot.claims.words import Proof
from mailbot.settings import ConfigurationError, Problem, Settings, load, parse
from mailbot.settings.explain import fields_by_key, known_keys, sections_in
from mailbot.settings.model import COMMANDS, OAuth2, Section, Web

EXAMPLE = Path(__file__).parent.parent / "config.example.toml"

REQUIRED = {
    "shop": ['name = "Example Shop"', 'address = "returns@shop.example"'],
    "imap": ['host = "imap.shop.example"', 'username = "returns"', 'password = "one-two-three"'],
    "smtp": ['host = "smtp.shop.example"'],
}


def toml(added: str = "") -> str:
    """The smallest right configuration; lines under the header of one of its sections take the place of its own."""
    blocks = re.split(r"^(?=\[)", added.strip(), flags=re.MULTILINE)
    for section, lines in REQUIRED.items():
        header = f"[{section}]\n"
        own = next((block for block in blocks if block.startswith(header)), header)
        keys = {line.split("=")[0].strip() for line in own.splitlines()}
        kept = [line for line in lines if line.split("=")[0].strip() not in keys]
        blocks = [block for block in blocks if block is not own] + [
            header + "\n".join(kept) + own.replace(header, "\n")
        ]
    return "\n".join(blocks)


def settings(added: str = "", *, path: Path = Path("/etc/mailbot/config.toml"), **environ: str) -> Settings:
    return parse(tomllib.loads(toml(added)), path=path, environ=environ)


def complaint(added: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        settings(added)
    return str(caught.value)


# --- what is right -------------------------------------------------------------------------------------------------


def test_only_the_marked_keys_are_required() -> None:
    made = settings()
    assert made.shop.name == "Example Shop"
    assert made.accounts.imap.host == "imap.shop.example"
    assert made.accounts.smtp.username is None
    assert made.accounts.smtp.password is None


def test_a_mailbox_without_further_keys_has_the_contracts_defaults() -> None:
    imap, smtp = settings().accounts
    assert (imap.security, imap.auth, imap.folder, imap.idle, imap.poll_seconds) == (
        "tls",
        "password",
        "INBOX",
        True,
        60,
    )
    assert (imap.processed_folder, imap.quarantine_folder, imap.sent_folder) == (None, None, None)
    assert (imap.own_list_ids, imap.first_start) == ((), "new")
    assert (smtp.rate_per_minute, smtp.keeps_sent_copies, smtp.unproven_per_hour) == (None, "auto", 60)


def test_policy_without_keys_has_the_contracts_defaults() -> None:
    policy = settings().policy
    assert (policy.doa_days, policy.defect_days_after_delivery, policy.defect_days_after_shipment) == (7, 7, 30)
    assert (policy.confidence_floor, policy.agent_limit, policy.refer_late) == (0.6, None, False)
    assert policy.proofs == (Proof.PACKAGE_FRONT, Proof.PACKAGE_BACK, Proof.PACKING_SLIP, Proof.ITEM, Proof.PROBLEM)
    assert (policy.reminders_days, policy.expire_days) == ((3, 7), 14)
    assert (policy.return_reminder_days, policy.return_expire_days) == (14, 30)
    assert policy.statutory_notes == {}


def test_all_other_sections_without_keys_have_the_contracts_defaults() -> None:
    made = settings()
    assert (made.shop.timezone, made.shop.default_language, made.shop.mode) == ("UTC", "en", "live")
    assert (made.shop.plus_addresses, made.shop.return_address, made.shop.languages) == ("auto", (), ())
    assert (made.attachments.max_message_mb, made.attachments.max_message_bytes) == (50, 52_428_800)
    assert (made.orders.source, made.orders.path, made.orders.catalog) == ("csv", None, None)
    mail = made.agent_mail
    assert (mail.trusted_authserv_id, mail.require, mail.proofs, mail.undo_seconds) == (None, "both", ("dmarc",), 60)
    assert (made.agents, made.forms, made.templates.path, made.retention) == ((), (), None, None)


@pytest.mark.parametrize(
    ("section", "security", "port"),
    [
        ("imap", "tls", 993),
        ("imap", "starttls", 143),
        ("imap", "none", 143),
        ("smtp", "tls", 465),
        ("smtp", "starttls", 587),
        ("smtp", "none", 25),
    ],
)
def test_the_port_follows_from_the_security(section: str, security: str, port: int) -> None:
    made = settings(f'[{section}]\nsecurity = "{security}"')
    assert getattr(made, section).port == port
    assert getattr(settings(f'[{section}]\nsecurity = "{security}"\nport = 1143'), section).port == 1143


@pytest.mark.parametrize(
    ("added", "where", "value"),
    [
        ("[shop]\nplus_addresses = true", "shop.plus_addresses", True),
        ("[shop]\nplus_addresses = false", "shop.plus_addresses", False),
        ('[shop]\nlanguages = ["de", "en"]', "shop.languages", ("de", "en")),
        ('[shop]\naddress = "Returns@SHOP.example"', "shop.address", "Returns@shop.example"),
        ('[shop]\naddress = "returns@bücher.example"', "shop.address", "returns@xn--bcher-kva.example"),
        ('[shop]\nname = "  Example & Söhne "', "shop.name", "Example & Söhne"),
        ('[shop.colours]\naccent = "#AA0000"', "shop.colours.accent", "#aa0000"),
        ('[imap]\nhost = "::1"', "imap.host", "::1"),
        ('[imap]\nhost = "127.0.0.1"', "imap.host", "127.0.0.1"),
        ('[imap]\nown_list_ids = ["<Support.Shop.example>"]', "imap.own_list_ids", ("support.shop.example",)),
        ("[smtp]\nkeeps_sent_copies = false", "smtp.keeps_sent_copies", False),
        ("[policy]\nagent_limit = 499.99", "policy.agent_limit", Decimal("499.99")),
        ("[policy]\nagent_limit = 500", "policy.agent_limit", Decimal(500)),
        ("[policy]\nconfidence_floor = 1", "policy.confidence_floor", 1.0),
        ("[policy]\nreminders_days = []", "policy.reminders_days", ()),
        ("[policy]\ndoa_days = 0", "policy.doa_days", 0),
        ('[policy]\nproofs = ["item"]', "policy.proofs", (Proof.ITEM,)),
        ('[policy.statutory_notes]\nDE = "So ist es."', "policy.statutory_notes", {"DE": "So ist es."}),
        ('[agent_mail]\ntrusted_authserv_id = "MX.shop.example"', "agent_mail.trusted_authserv_id", "mx.shop.example"),
        ("[agent_mail]\nundo_seconds = 0", "agent_mail.undo_seconds", 0),
    ],
)
def test_a_value_arrives_in_its_own_type(added: str, where: str, value: object) -> None:
    found: Any = settings(added)
    for name in where.split("."):
        found = getattr(found, name)
    assert found == value
    assert type(found) is type(value)


def test_agents_may_everything_unless_the_file_says_what() -> None:
    anna, ben = settings(
        '[[agents]]\naddress = "anna@shop.example"\n[[agents]]\naddress = "ben@shop.example"\nmay = ["/note", "status"]'
    ).agents
    assert anna.may == COMMANDS
    assert ben.may == ("note", "status")


def test_every_command_that_there_is_may_be_allowed() -> None:
    assert set(USAGE) <= set(COMMANDS)


def test_a_form_is_known_by_its_address() -> None:
    assert [form.address for form in settings('[[forms]]\nfrom = "form@shop.example"').forms] == ["form@shop.example"]


def test_relative_paths_start_at_the_configuration_files_folder() -> None:
    made = settings('[orders]\npath = "orders.csv"\ncatalog = "lists/catalog.csv"\n[templates]\npath = "/srv/letters"')
    assert made.orders.path == Path("/etc/mailbot/orders.csv")
    assert made.orders.catalog == Path("/etc/mailbot/lists/catalog.csv")
    assert made.templates.path == Path("/srv/letters")
    # Also for what the file does not say.
    assert made.attachments.folder == Path("/etc/mailbot/attachments")
    assert made.database.url == "sqlite:////etc/mailbot/mailbot.db"


def test_a_database_file_may_be_absolute_and_carry_options() -> None:
    assert settings('[database]\nurl = "sqlite:////srv/m.db?timeout=5"').database.url == "sqlite:////srv/m.db?timeout=5"


def test_settings_remember_their_file_and_cannot_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(toml())
    made = load(path)
    assert made.config_path == path
    with pytest.raises(ValueError, match="frozen"):
        made.shop.name = "Other"  # type: ignore[misc]


def test_without_a_file_there_is_an_example_shop_and_no_mailbox() -> None:
    made = load(None)
    assert (made.shop.name, made.shop.address, made.config_path) == ("Example Shop", "returns@shop.example", None)
    assert (made.imap, made.smtp) == (None, None)
    with pytest.raises(ConfigurationError, match=r"needs a mailbox.*mailbot init"):
        made.accounts  # noqa: B018


def test_to_read_or_to_judge_a_file_needs_no_mailbox() -> None:
    made = parse({"policy": {"doa_days": 9}}, path=Path("config.toml"), environ={}, needs_mailbox=False)
    assert (made.policy.doa_days, made.shop.name, made.imap) == (9, "Example Shop", None)


def test_a_byte_order_mark_does_no_harm(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(toml(), encoding="utf-8-sig")
    assert load(path).shop.name == "Example Shop"


# --- secrets -------------------------------------------------------------------------------------------------------


def test_a_secret_stands_in_the_file_in_one_of_its_own_or_in_the_environment(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("from a file\n")
    path = tmp_path / "config.toml"
    written = settings('[smtp]\nusername = "u"\npassword_file = "secret.txt"', path=path)
    assert written.accounts.smtp.password is not None
    assert written.accounts.smtp.password.get_secret_value() == "from a file"
    named = settings('[smtp]\nusername = "u"\npassword_env = "SMTP_PASSWORD"', SMTP_PASSWORD="from outside")
    assert named.accounts.smtp.password is not None
    assert named.accounts.smtp.password.get_secret_value() == "from outside"
    assert named.accounts.imap.password is not None
    assert named.accounts.imap.password.get_secret_value() == "one-two-three"


def test_settings_never_print_a_secret() -> None:
    made = settings('[smtp]\nusername = "u"\npassword_env = "P"', P="hunter2")
    for text in (repr(made), str(made), str(made.model_dump()), made.model_dump_json()):
        assert "hunter2" not in text
        assert "one-two-three" not in text


@pytest.mark.parametrize(
    "added",
    [
        "[imap]\npassword = 4711",
        '[imap]\npasword = "4711"',
        '[imap]\npassword = ["4711"]',
        '[imap]\npassword = "4711"\npassword_env = "X"',
        '[smtp]\npassword = "4711"',
        '[smtp]\nusername = "u"\npassword_env = "s4711"',
        '[database]\nurl = "postgresql+psycopg://u:4711@db.example/mailbot"',
        '[database]\nurl = "mysql://u:4711@db.example/mailbot"',
        '[oauth2]\nclient_secret = "4711"',
        '[web]\nsecret = "4711"',
        'password = "4711"',
    ],
)
def test_no_complaint_prints_a_secret(added: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        settings(added)
    assert "4711" not in str(caught.value)
    # Nor does a log that prints what led to it.
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


@pytest.mark.parametrize(
    ("added", "key", "wrong"),
    [
        ('[smtp]\nusername = "u"', "smtp.password", "is missing"),
        ('[smtp]\npassword = "p"', "smtp.username", "is missing"),
        ('[smtp]\nusername = "u"\npassword_env = "NOT_SET"', "smtp.password_env", "variable NOT_SET is not set"),
        ('[smtp]\nusername = "u"\npassword_env = "EMPTY"', "smtp.password_env", "variable EMPTY is empty"),
        (
            '[smtp]\nusername = "u"\npassword_file = "no.txt"',
            "smtp.password_file",
            "no.txt cannot be read: No such file",
        ),
        ('[smtp]\nusername = "u"\npassword_file = "."', "smtp.password_file", "cannot be read: Is a directory"),
        ('[smtp]\nusername = "u"\npassword_file = "empty.txt"', "smtp.password_file", "empty.txt is empty"),
        ('[smtp]\nusername = "u"\npassword_file = "binary.txt"', "smtp.password_file", "binary.txt is not UTF-8 text"),
        ('[smtp]\nusername = "u"\npassword_file = "/dev/zero"', "smtp.password_file", "is too long"),
        ('[smtp]\nusername = "u"\npassword_file = "a\\u0000"', "smtp.password_file", "is not a path"),
        ('[smtp]\nusername = "u"\npassword_file = ""', "smtp.password_file", '"" is not a path'),
        ('[smtp]\nusername = "u"\npassword_env = ""', "smtp.password_env", "variable of this name is not set"),
        ('[smtp]\nusername = "u"\npassword = ""', "smtp.password", "is empty"),
        (
            '[smtp]\nusername = "u"\npassword = "p"\npassword_file = "secret.txt"',
            "smtp.password",
            "is given more than once (password, password_file)",
        ),
        ('[imap]\npassword_file = "secret.txt"', "imap.password", "is given more than once (password, password_file)"),
    ],
)
def test_a_secret_that_is_not_there_is_named_by_its_key(tmp_path: Path, added: str, key: str, wrong: str) -> None:
    (tmp_path / "secret.txt").write_text("s")
    (tmp_path / "empty.txt").write_text("\n")
    (tmp_path / "binary.txt").write_bytes(b"\xff\xfe\x00")
    path = tmp_path / "config.toml"
    with pytest.raises(ConfigurationError) as caught:
        settings(added, path=path, EMPTY="")
    (line,) = str(caught.value).splitlines()
    assert line.startswith(f"{path}: {key}: ")
    assert wrong in line


# --- what is wrong -------------------------------------------------------------------------------------------------

WRONG = [
    # Unknown keys and the nearest known one.
    ('[imap]\nsecurty = "tls"', "imap.securty", "is not a known key", "did you mean imap.security?"),
    ('[imap]\nSecurity = "tls"', "imap.Security", "is not a known key", "did you mean imap.security?"),
    ("[imap]\npoll-seconds = 5", "imap.poll-seconds", "is not a known key", "did you mean imap.poll_seconds?"),
    (
        "[imap]\nkeeps_sent_copies = true",
        "imap.keeps_sent_copies",
        "not a known",
        "did you mean smtp.keeps_sent_copies?",
    ),
    ("[policy]\nexpiry_days = 3", "policy.expiry_days", "is not a known key", "did you mean policy.expire_days?"),
    ("[polciy]\ndoa_days = 3", "polciy", "is not a known key", "did you mean policy?"),
    ("doa_days = 3", "doa_days", "is not a known key", "did you mean policy.doa_days?"),
    ('[[agents]]\naddress = "a@b.example"\nmial = "x"', "agents[1].mial", "is not a known key", "did you mean agents."),
    (
        '[shop.colours]\nakzent = "#000000"',
        "shop.colours.akzent",
        "not a known key",
        "Known in [shop.colours]: accent,",
    ),
    # Missing keys.
    (
        '[shop]\naddress = "a@b.example"\n[[agents]]\nname = "A"',
        "agents[1].address",
        "is missing",
        "an address without",
    ),
    ("[[forms]]", "forms[1].from", "is missing", "an address without a name"),
    # Types.
    ('[imap]\nport = "993"', "imap.port", '"993" is not allowed', "a whole number, without quotes"),
    ("[imap]\nport = true", "imap.port", "true is not allowed", "a whole number, without quotes"),
    ("[imap]\nport = 993.5", "imap.port", "993.5 is not allowed", "a whole number, without quotes"),
    ('[imap]\nidle = "yes"', "imap.idle", '"yes" is not allowed', "true or false, without quotes"),
    ("[imap]\nidle = 1", "imap.idle", "1 is not allowed", "true or false, without quotes"),
    ("[shop]\nname = 3", "shop.name", "3 is not allowed", "a text in quotes"),
    (
        '[policy]\nconfidence_floor = "0.5"',
        "policy.confidence_floor",
        '"0.5" is not allowed',
        "a number, without quotes",
    ),
    ("[policy]\nproofs = 3", "policy.proofs", "3 is not allowed", "a list in [ ]"),
    ('[shop]\nlanguages = "en"', "shop.languages", '"en" is not allowed', "a list in [ ]"),
    ("[agents]\nname = 3", "agents", "a table is not allowed", "one or more [[agents]]"),
    ('policy = "strict"', "policy", '"strict" is not allowed', "[policy] once"),
    ("[[orders]]", "orders", "a list is not allowed", "[orders] once"),
    (
        '[policy]\nstatutory_notes = "x"',
        "policy.statutory_notes",
        '"x" is not allowed',
        "statutory_notes] once",
    ),
    ("[orders]\npath = 3", "orders.path", "3 is not a path", "a path in quotes"),
    # One of several words.
    ('[imap]\nsecurity = "ssl"', "imap.security", '"ssl" is not allowed', '"tls", "starttls", "none"'),
    ('[imap]\nfirst_start = "old"', "imap.first_start", '"old" is not allowed', '"new", "unseen", "all"'),
    ('[shop]\nplus_addresses = "yes"', "shop.plus_addresses", '"yes" is not allowed', '"auto", true, false'),
    ("[shop]\nplus_addresses = 1", "shop.plus_addresses", "1 is not allowed", '"auto", true, false'),
    ('[agent_mail]\nrequire = "any"', "agent_mail.require", '"any" is not allowed', '"both", "proof", "token"'),
    ('[policy]\nproofs = ["front"]', "policy.proofs[1]", '"front" is not allowed', '"package_front", "package_back"'),
    ('[[agents]]\naddress = "a@b.example"\nmay = ["fly"]', "agents[1].may[1]", '"fly" is not allowed', '"approve"'),
    # Numbers out of bounds.
    ("[imap]\nport = 0", "imap.port", "0 is not allowed", "1 or more"),
    ("[imap]\nport = 65536", "imap.port", "65536 is not allowed", "65535 or less"),
    ("[imap]\npoll_seconds = 0", "imap.poll_seconds", "0 is not allowed", "1 or more"),
    ("[smtp]\nrate_per_minute = 0", "smtp.rate_per_minute", "0 is not allowed", "1 or more"),
    ("[smtp]\nunproven_per_hour = -1", "smtp.unproven_per_hour", "-1 is not allowed", "0 or more"),
    ("[attachments]\nmax_message_mb = 0", "attachments.max_message_mb", "0 is not allowed", "1 or more"),
    ("[policy]\ndoa_days = -1", "policy.doa_days", "-1 is not allowed", "0 or more"),
    ("[policy]\nexpire_days = 100000000", "policy.expire_days", "100000000 is not allowed", "36500 or less"),
    ("[policy]\nreminders_days = [3, -7]", "policy.reminders_days[2]", "-7 is not allowed", "0 or more"),
    ("[policy]\nreminders_days = [7, 3]", "policy.reminders_days", "does not ascend", "greater than the one before"),
    ("[policy]\nreminders_days = [3, 3]", "policy.reminders_days", "does not ascend", "greater than the one before"),
    ("[policy]\nconfidence_floor = 1.01", "policy.confidence_floor", "1.01 is not allowed", "1.0 or less"),
    ("[policy]\nconfidence_floor = nan", "policy.confidence_floor", "nan is not allowed", "a number"),
    ("[policy]\nagent_limit = -1", "policy.agent_limit", "-1 is not an amount", "0 or more"),
    ("[policy]\nagent_limit = inf", "policy.agent_limit", "inf is not an amount", "0 or more"),
    ('[policy]\nagent_limit = "500"', "policy.agent_limit", '"500" is not an amount', "a number without quotes"),
    ("[agent_mail]\nundo_seconds = -1", "agent_mail.undo_seconds", "-1 is not allowed", "0 or more"),
    # Texts of a certain form.
    ('[shop]\ntimezone = "Berlin"', "shop.timezone", '"Berlin" is not a time zone', '"Europe/Berlin"'),
    ('[shop]\ntimezone = "Europe"', "shop.timezone", '"Europe" is not a time zone', '"Europe/Berlin"'),
    ('[shop]\ntimezone = "../etc"', "shop.timezone", '"../etc" is not a time zone', '"Europe/Berlin"'),
    ('[shop]\naddress = "Shop <a@b.example>"', "shop.address", "is not a plain address", "without a name"),
    ('[shop]\naddress = "shop.example"', "shop.address", '"shop.example" is not a plain address', "without a name"),
    ('[shop]\naddress = "a@b@c.example"', "shop.address", "is not a plain address", "without a name"),
    ('[shop]\naddress = "a..b@c.example"', "shop.address", "is not a plain address", "without a name"),
    ('[shop]\naddress = "a@b.example\\nBcc: x@y.example"', "shop.address", "is not a plain address", "without a name"),
    ('[shop]\nname = "Shop\\r\\nBcc: x@y.example"', "shop.name", "must be one line of text", ""),
    ('[shop]\nname = "  "', "shop.name", "must be one line of text that is not empty", ""),
    ('[shop]\ndefault_language = "german"', "shop.default_language", '"german" is not a language code', '"de"'),
    ('[shop]\nlanguages = ["en", "EN"]', "shop.languages[2]", '"EN" is not a language code', '"en"'),
    ('[shop]\nlanguages = ["en", "en"]', "shop.languages", 'names "en" twice', "each once"),
    ('[shop]\nlanguages = ["de"]', "shop.languages", 'lacks the default language "en"', "default_language"),
    ('[shop.colours]\naccent = "red"', "shop.colours.accent", '"red" is not a colour', '"#1a5fb4"'),
    ('[imap]\nhost = "imaps://mail.example"', "imap.host", "is not the name of a server", 'without "://"'),
    ('[imap]\nhost = "mail.example:993"', "imap.host", "is not the name of a server", "without a port"),
    ('[imap]\nprocessed_folder = "INBOX"', "imap.processed_folder", '"INBOX" is the folder that is read', "another"),
    ('[policy.statutory_notes]\nUK = "x"', "policy.statutory_notes.UK", '"UK" is not a country code', "GB"),
    ("[policy.statutory_notes]\nDE = 3", "policy.statutory_notes.DE", "3 is not allowed", "a text in quotes"),
    ("[orders]\norder_number_patterns = ['[0-9']", "orders.order_number_patterns[1]", "not a regular expression", "re"),
    ("[orders]\norder_number_patterns = ['[0-9]*']", "orders.order_number_patterns[1]", "where no number stands", ""),
    (f"[orders]\norder_number_patterns = ['{'a' * 201}']", "orders.order_number_patterns[1]", "has 201", "at most 200"),
    (f"[orders]\norder_number_patterns = {['a'] * 21}", "orders.order_number_patterns", "a list", "at most 20 entries"),
    (
        '[agent_mail]\ntrusted_authserv_id = "mx shop"',
        "agent_mail.trusted_authserv_id",
        "is not an authserv-id",
        "first word",
    ),
    ('[agent_mail]\nproofs = ["dmarc", "dmarc"]', "agent_mail.proofs", 'names "dmarc" twice', "each once"),
    ('[[agents]]\naddress = "Returns@shop.example"', "agents", "is the shop's own address", "a person's own"),
    (
        '[[agents]]\naddress = "a@b.example"\n[[agents]]\naddress = "A@b.example"',
        "agents",
        '"A@b.example" stands in two [[agents]]',
        "one [[agents]] a person",
    ),
    (
        '[database]\nurl = "sqlite://"',
        "database.url",
        "is not the address of a database that lasts",
        "sqlite:///mailbot.db",
    ),
    ('[database]\nurl = "sqlite:///:memory:"', "database.url", "database that lasts", "sqlite:///mailbot.db"),
    ('[database]\nurl = "mailbot.db"', "database.url", "is not the address of a database", "sqlite:///mailbot.db"),
    ('[attachments]\nurl = "ftp://x/y"', "attachments.url", '"ftp://x/y" is not a folder', '"./attachments"'),
    # What this version does not serve.
    ('[imap]\nauth = "oauth2"', "imap.auth", '"oauth2" is not available in this version', '"password"'),
    ('[smtp]\nauth = "oauth2"', "smtp.auth", '"oauth2" is not available in this version', '"password"'),
    ('[oauth2]\nprovider = "google"', "oauth2", "[oauth2] is not available in this version", "leave it out"),
    ('[database]\nurl = "postgresql+psycopg://h/d"', "database.url", "not available in this version", "sqlite:///"),
    ('[attachments]\nurl = "s3://bucket/p"', "attachments.url", "is not available in this version", '"./attachments"'),
    ('[orders]\nsource = "sql"', "orders.source", '"sql" is not available in this version', '"csv"'),
    ('[orders]\nsource = "http"', "orders.source", '"http" is not available in this version', '"csv"'),
    ('[shop]\nmode = "review"', "shop.mode", '"review" is not available in this version', '"live"'),
    ('[[mailboxes]]\nname = "b"', "mailboxes", "[[mailboxes]] is not available in this version", "leave it out"),
    ("[web]", "web", "[web] is not available in this version", "leave it out"),
    ("[web]\nport = 80", "web", "[web] is not available in this version", "leave it out"),
    (
        '[agent_mail]\nproofs = ["dmarc", "smtp-auth"]',
        "agent_mail.proofs",
        '"smtp-auth" is not available in this version',
        '["dmarc"]',
    ),
    (
        '[agent_mail]\nproofs = ["m365-internal"]',
        "agent_mail.proofs",
        '"m365-internal" is not available in this version',
        '["dmarc"]',
    ),
    ("[agent_mail]\nconfirm_money = true", "agent_mail.confirm_money", "is not available in this version", "false"),
    ('[agent_mail]\ndigest = "08:00"', "agent_mail.digest", "is not available in this version", "leave it out"),
]


@pytest.mark.parametrize(("added", "key", "wrong", "allowed"), WRONG, ids=[row[0][:60] for row in WRONG])
def test_one_wrong_value_gives_one_line_with_file_key_wrong_and_allowed(
    added: str, key: str, wrong: str, allowed: str
) -> None:
    (line,) = complaint(added).splitlines()
    start = f"/etc/mailbot/config.toml: {key}: "
    assert line.startswith(start)
    said = line.removeprefix(start)
    assert wrong in said
    assert allowed in said.partition(wrong)[2]


def test_everything_wrong_is_told_at_once() -> None:
    said = complaint(
        '[imap]\nsecurty = "tls"\nport = "993"\n[shop]\nmode = "review"\ntimezone = "x"\n[policy]\ndoa_days = -1'
    )
    assert [line.split(": ")[1] for line in said.splitlines()] == [
        "shop.timezone",
        "shop.mode",
        "imap.port",
        "imap.securty",
        "policy.doa_days",
    ]


def test_an_empty_file_is_told_every_required_key(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("")
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert [problem.key for problem in caught.value.problems] == [
        "shop.name",
        "shop.address",
        "imap.host",
        "imap.username",
        "smtp.host",
    ]
    assert all(problem.wrong == "is missing" and problem.allowed for problem in caught.value.problems)


def test_a_missing_file_says_how_to_get_one(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"config\.toml: there is no such file\. `mailbot init` writes"):
        load(tmp_path / "config.toml")


def test_a_folder_in_the_files_place_is_told_as_such(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: Is a directory"):
        load(tmp_path)


def test_bytes_that_are_no_text_are_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(b'[shop]\nname = "M\xfcller"\n')
    with pytest.raises(ConfigurationError, match=r"config\.toml: is not UTF-8 text \(byte 17\)"):
        load(path)


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ('[shop]\nname "x"\n', "line 2, column 6: "),
        ('[shop]\nname = "x', "line 2, column 10: "),
        ("[shop]\n[shop]\n", "line 2, column 6: "),
        ("[shop]\n\nname =\n", "line 3, column 7: "),
        ("[shop]\nname", "line 2, column 5: "),
    ],
)
def test_a_slip_of_the_pen_is_told_by_line_and_column(tmp_path: Path, text: str, at: str) -> None:
    path = tmp_path / "config.toml"
    path.write_text(text)
    with pytest.raises(ConfigurationError) as caught:
        load(path)
    assert str(caught.value).startswith(f"{path}: {at}")


def problems_of(document: dict[str, Any]) -> tuple[Problem, ...]:
    try:
        parse(document, path=Path("config.toml"), environ={})
    except ConfigurationError as error:
        return error.problems
    return ()


toml_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), st.datetimes()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=6,
)


@given(document=st.dictionaries(st.sampled_from([*Settings.model_fields, "x"]), toml_values, max_size=6))
def test_no_document_whatsoever_ends_in_anything_but_settings_or_a_list_of_problems(document: dict[str, Any]) -> None:
    assert all(problem.wrong for problem in problems_of(document))


@given(key=st.sampled_from(sorted(known_keys())), value=toml_values)
def test_no_value_of_any_key_ends_in_anything_but_settings_or_a_list_of_problems(key: str, value: Any) -> None:
    document: dict[str, Any] = tomllib.loads(toml())
    *tables, name = key.split(".")
    section: type[Section] = Settings
    here = document
    for table in tables:
        field = fields_by_key(section)[table]
        section = next(sections_in(field.annotation))
        inner: dict[str, Any] = dict(here.get(table, {}))
        here[table] = [inner] if "tuple" in str(field.annotation) else inner
        here = inner
    here[name] = value
    assert not any("what is valid here" in problem.allowed for problem in problems_of(document))


# --- config.example.toml -------------------------------------------------------------------------------------------

SETTING = re.compile(r"(?P<off>#?)(?P<line>(?P<key>[A-Za-z_]\w*) = (?P<value>.*?))(?P<example>\s+# example)?")
HEADER = re.compile(r"#?(?P<header>\[\[?(?P<name>[\w.]+)\]\]?)")
LATER = "(not in this version)"


def example_lines() -> list[tuple[str, str, re.Match[str], str]]:
    """Every setting shown, on or off: its table's header, its dotted key, its line, and the comment over it."""
    found, header, table, comment, commented = [], "", "", "", False
    for line in EXAMPLE.read_text().splitlines():
        if heading := HEADER.fullmatch(line):
            header, table, commented = heading["header"], heading["name"], True
        elif setting := SETTING.fullmatch(line):
            # Lines without a comment between them share the one over the first.
            found.append((header, f"{table}.{setting['key']}", setting, comment))
            commented = True
        elif line.startswith("# "):
            comment = line if commented or not comment else f"{comment} {line[2:]}"
            commented = False
        else:
            assert not line, f"neither a comment nor a setting: {line}"
    return found


EXAMPLE_LINES = example_lines()
SHOWN = [(header, key, setting) for header, key, setting, _ in EXAMPLE_LINES]


def field_of(key: str) -> Any:
    *tables, name = key.split(".")
    section: type[Section] = Settings
    for table in tables:
        section = next(sections_in(fields_by_key(section)[table].annotation))
    return fields_by_key(section)[name]


def test_the_example_loads_as_it_stands(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    document = tomllib.loads(EXAMPLE.read_text())
    made = parse(document, path=path, environ={"MAILBOT_PASSWORD": "p"})
    assert made.orders.path == tmp_path / "orders.csv"
    with pytest.raises(ConfigurationError, match=r"imap\.password_env: the environment variable MAILBOT_PASSWORD"):
        parse(document, path=path, environ={})


def test_every_key_of_the_code_stands_in_the_example_and_every_key_of_the_example_in_the_code() -> None:
    shown = {key for _, key, _ in SHOWN if not key.startswith("policy.statutory_notes.")}
    # A table is shown by its header or by its keys; the mailboxes' [imap] and [smtp] by those of the same name.
    tables = {key for key in known_keys() if any(sections_in(field_of(key).annotation))}
    inner = {key for key in known_keys() if re.match(r"mailboxes\.(imap|smtp)\.", key)}
    notes = "policy.statutory_notes"
    assert shown - {"mailboxes.imap", "mailboxes.smtp"} == set(known_keys()) - tables - inner - {notes}
    headers = {header.strip("[]") for header, _, _ in SHOWN}
    assert headers == tables - {"mailboxes.imap", "mailboxes.smtp"} | {notes}


def test_no_key_stands_in_the_example_twice() -> None:
    keys = [key for _, key, _ in SHOWN]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize(
    ("header", "key", "line"),
    [(header, key, setting["line"]) for header, key, setting in SHOWN if not setting["example"]],
)
def test_what_the_example_shows_as_a_default_is_the_codes_default(header: str, key: str, line: str) -> None:
    refused: dict[str, type[Section]] = {"[web]": Web, "[oauth2]": OAuth2}
    section = refused.get(header)
    if section is not None:
        assert section.model_validate(tomllib.loads(line)) == section()
    else:
        assert settings(f"{header}\n{line}") == settings()


@pytest.mark.parametrize("key", [key for _, key, setting in SHOWN if setting["example"]])
def test_what_the_example_shows_as_an_example_has_no_default_of_its_own(key: str) -> None:
    if key.startswith("policy.statutory_notes."):
        assert Settings.defaults().policy.statutory_notes == {}
    else:
        field = field_of(key)
        assert field.is_required() or field.get_default() in (None, (), COMMANDS)


@pytest.mark.parametrize(
    ("header", "line"),
    [
        (header, setting["line"])
        for header, key, setting in SHOWN
        # Not what is refused in this version, nor one half of a name and its password.
        if setting["example"]
        and not re.match(r"oauth2|web|retention|mailboxes|.*\.password|smtp\.username|.*\.digest", key)
    ],
)
def test_an_example_may_be_taken_as_it_is(header: str, line: str) -> None:
    more = 'address = "ben@shop.example"' if header == "[[agents]]" and "address" not in line else ""
    assert settings(f"{header}\n{line}\n{more}") is not None


def test_the_example_marks_exactly_what_is_not_in_this_version() -> None:
    marked = {key for _, key, _, comment in EXAMPLE_LINES if LATER in comment}
    whole = {key for _, key, _ in SHOWN if key.split(".")[0] in ("oauth2", "web", "retention", "mailboxes")}
    in_part = {"shop.mode", "imap.auth", "smtp.auth", "database.url", "attachments.url", "orders.source"}
    in_part |= {"agent_mail.proofs", "agent_mail.confirm_money", "agent_mail.digest"}
    assert marked == whole | in_part


def test_every_setting_of_the_example_has_a_comment() -> None:
    assert [key for _, key, _, comment in EXAMPLE_LINES if not comment] == []

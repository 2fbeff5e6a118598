"""Every key of `config.toml`, its type and its default (CONTRACTS "config.toml")."""

from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, get_args
from zoneinfo import ZoneInfo

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from mailbot.claims.words import Proof
from mailbot.settings.errors import ConfigurationError, Problem, refusal
from mailbot.settings.kinds import (
    Address,
    Amount,
    AnchoredPath,
    AuthservId,
    AutoOrFlag,
    ClockTime,
    Colour,
    Count,
    Country,
    Days,
    DaysKept,
    Flag,
    Host,
    Language,
    Line,
    OrderNumberPattern,
    Port,
    Secret,
    Surroundings,
    Timezone,
    Unresolved,
    Username,
    absent_yet,
    find_secrets,
    is_path,
    not_yet,
    shown,
    unique,
    whole,
)

SIGN_IN_NAME = "the name to sign in with"
PLAIN_ADDRESS = 'an address without a name, as in "returns@shop.example"'

Security = Literal["tls", "starttls", "none"]
Auth = Annotated[Literal["password", "oauth2"], not_yet("oauth2", allowed='"password"')]
Command = Literal[
    "approve",
    "decline",
    "request",
    "evidence",
    "order",
    "owner",
    "admit",
    "product",
    "problem",
    "prefer",
    "language",
    "reply",
    "note",
    "tracking",
    "received",
    "inspect",
    "accessory-paid",
    "refunded",
    "shipping-refunded",
    "shipped",
    "split",
    "join",
    "assign",
    "hold",
    "send",
    "pause",
    "resume",
    "withdraw",
    "close",
    "reopen",
    "undo",
    "status",
    "help",
]
COMMANDS: tuple[Command, ...] = get_args(Command)


class Section(BaseModel):
    """A table of the file. Frozen; an unknown key is an error; a default obeys the same rules as a given value."""

    # The input of a failed validation may hold a password.
    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, hide_input_in_errors=True)


class SectionWithSecrets(Section):
    """A table with secrets: fields of which there is a `_file` and an `_env` form, resolved while it is read."""

    @classmethod
    def secret_names(cls) -> tuple[str, ...]:
        """The keys whose values are never shown."""
        return tuple(name for name in cls.model_fields if f"{name}_env" in cls.model_fields)

    @model_validator(mode="before")
    @classmethod
    def _with_secrets(cls, given: Any, info: ValidationInfo) -> Any:
        if not isinstance(given, Mapping):
            return given
        return {**given, **find_secrets(given, cls.secret_names(), Surroundings.of(info))}


class Colours(Section):
    """`[shop.colours]`: the colours of HTML letters."""

    accent: Colour = "#1a5fb4"
    text: Colour = "#1f2328"
    background: Colour = "#ffffff"


class Shop(Section):
    """`[shop]`: who writes the letters. An empty `languages` stands for every language that there are letters in."""

    name: Line = Field(description="the name that letters bear")
    address: Address = Field(description=PLAIN_ADDRESS)
    timezone: Timezone = "UTC"
    default_language: Language = "en"
    languages: Annotated[tuple[Language, ...], AfterValidator(unique)] = ()
    return_address: tuple[Line, ...] = ()
    logo: AnchoredPath | None = None
    colours: Colours = Field(default_factory=Colours)
    legal_footer: str = ""
    mode: Annotated[Literal["live", "review"], not_yet("review", allowed='"live"')] = "live"
    plus_addresses: AutoOrFlag = "auto"

    @field_validator("languages")
    @classmethod
    def _hold_the_default_language(cls, languages: tuple[str, ...], info: ValidationInfo) -> tuple[str, ...]:
        default = info.data.get("default_language")
        if languages and default and default not in languages:
            raise refusal(
                f"lacks the default language {shown(default)}",
                "Allowed: a list that holds shop.default_language too.",
            )
        return languages

    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone, in which days are counted."""
        return ZoneInfo(self.timezone)


class _Account(SectionWithSecrets):
    """What IMAP and SMTP have in common."""

    host: Host = Field(description='the name of the server, as in "mail.example.com"')
    security: Security = "tls"
    auth: Auth = "password"
    password: Secret | None = None
    password_file: AnchoredPath | None = None
    password_env: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _name_and_password_go_together(cls, given: Any) -> Any:
        if not isinstance(given, Mapping):
            return given
        has_password = any(way in given for way in ("password", "password_file", "password_env"))
        if has_password and "username" not in given:
            missing = Unresolved(key="username", wrong="is missing", allowed=f"Allowed: {SIGN_IN_NAME}.")
        elif "username" in given and not has_password and given.get("auth", "password") == "password":
            ways = "one of password, password_file, password_env"
            missing = Unresolved(key="password", wrong="is missing", allowed=f"Allowed: {ways}.")
        else:
            return given
        return {**given, missing.key: missing}


class Imap(_Account):
    """`[imap]`: the mailbox that customers write to. None of a folder's name means: no such folder is used."""

    username: Username = Field(description=SIGN_IN_NAME)
    port: Port = Field(default_factory=lambda known: 993 if known.get("security") == "tls" else 143)
    folder: Line = "INBOX"
    processed_folder: Line | None = None
    quarantine_folder: Line | None = None
    sent_folder: Line | None = None
    idle: Flag = True
    poll_seconds: Annotated[int, whole(1, 86_400)] = 60
    own_list_ids: tuple[Line, ...] = ()
    first_start: Literal["new", "unseen", "all"] = "new"

    @field_validator("processed_folder", "quarantine_folder")
    @classmethod
    def _is_another_folder(cls, name: str | None, info: ValidationInfo) -> str | None:
        # A mail moved into the folder it lies in gets a new UID and would be fetched again without end.
        if name is not None and name == info.data.get("folder"):
            raise refusal(f"{shown(name)} is the folder that is read", "Allowed: another folder.")
        return name

    @field_validator("own_list_ids")
    @classmethod
    def _without_brackets(cls, list_ids: tuple[str, ...]) -> tuple[str, ...]:
        # RFC 2919 section 6: list identifiers are compared without regard to case.
        return tuple(list_id.strip("<>").lower() for list_id in list_ids)


class Smtp(_Account):
    """`[smtp]`: the server that takes the letters. `rate_per_minute` None is without limit."""

    username: Username | None = None
    port: Port = Field(default_factory=lambda known: {"tls": 465, "starttls": 587}.get(known.get("security", ""), 25))
    rate_per_minute: Count | None = None
    keeps_sent_copies: AutoOrFlag = "auto"
    unproven_per_hour: Annotated[int, whole(0, 1_000_000)] = 60


class OAuth2(SectionWithSecrets):
    """`[oauth2]`: the sign-in at Google or Microsoft, for `auth = "oauth2"`."""

    provider: Literal["google", "microsoft"] | None = None
    token_url: Line | None = None
    client_id: Line | None = None
    client_secret: Secret | None = None
    client_secret_file: AnchoredPath | None = None
    client_secret_env: str | None = None
    refresh_token: Secret | None = None
    refresh_token_file: AnchoredPath | None = None
    refresh_token_env: str | None = None
    grant: Literal["client_credentials"] | None = None
    scope: Line | None = None


SQLITE = "sqlite:///"


def _database_url(url: str, info: ValidationInfo) -> str:
    allowed = f'Allowed: "{SQLITE}" and a file, as in "{SQLITE}mailbot.db".'
    scheme, _, _ = url.partition(":")
    # Only the scheme is ever shown: a database's URL may hold a password.
    if scheme.lower().startswith("postgres"):
        raise refusal("PostgreSQL is not available in this version", allowed)
    file, mark, options = url.removeprefix(SQLITE).partition("?")
    if not url.startswith(SQLITE) or file in ("", ":memory:"):
        raise refusal("is not the address of a database that lasts", allowed)
    surroundings = Surroundings.of(info)
    return f"{SQLITE}{surroundings.anchored(file)}{mark}{options}" if surroundings else url


class Database(Section):
    """`[database]`: where claims are kept. An SQLAlchemy URL, the file in it absolute once it was read from a file."""

    url: Annotated[str, AfterValidator(_database_url)] = Field(default="sqlite:///mailbot.db", repr=False)


def _attachments_url(url: str, info: ValidationInfo) -> str:
    allowed = 'Allowed: a folder, as in "./attachments".'
    scheme, mark, _ = url.partition("://")
    if mark and scheme.lower() == "s3":
        raise refusal("an S3 store is not available in this version", allowed)
    if mark or not is_path(url):
        raise refusal(f"{shown(url)} is not a folder", allowed)
    surroundings = Surroundings.of(info)
    return str(surroundings.anchored(url)) if surroundings else url


class Attachments(Section):
    """`[attachments]`: where the bytes of mails are kept."""

    url: Annotated[str, AfterValidator(_attachments_url)] = "./attachments"
    max_message_mb: Annotated[int, whole(1, 1_000)] = 50

    @property
    def folder(self) -> Path:
        """The folder that `url` names."""
        return Path(self.url)

    @property
    def max_message_bytes(self) -> int:
        """The limit as RFC822.SIZE counts, in bytes (1 MB is 1024 × 1024 bytes, as mail providers count)."""
        return self.max_message_mb * 1024 * 1024


class Orders(Section):
    """`[orders]`: what the shop knows. Without `path` or `catalog` numbers and names are judged by their form alone;
    without patterns an order number is what reading takes for one.
    """

    source: Annotated[Literal["csv", "sql", "http"], not_yet("sql", "http", allowed='"csv"')] = "csv"
    path: AnchoredPath | None = None
    catalog: AnchoredPath | None = None
    order_number_patterns: Annotated[tuple[OrderNumberPattern, ...], Field(max_length=20)] = ()


class Form(Section):
    """One `[[forms]]`: a contact form or marketplace relay of the shop. `address` is the key `from`."""

    address: Address = Field(alias="from", description=PLAIN_ADDRESS)


class Policy(Section):
    """`[policy]`: the numbers of POLICY.md. Days are calendar days; `agent_limit` None is off, else an amount in the
    order's currency.
    """

    doa_days: Days = 7
    defect_days_after_delivery: Days = 7
    defect_days_after_shipment: Days = 30
    confidence_floor: Annotated[float, Field(strict=True, ge=0, le=1, allow_inf_nan=False)] = 0.6
    agent_limit: Amount | None = None
    proofs: Annotated[tuple[Proof, ...], AfterValidator(unique)] = tuple(Proof)
    reminders_days: tuple[Days, ...] = (3, 7)
    expire_days: Days = 14
    return_reminder_days: Days = 14
    return_expire_days: Days = 30
    refer_late: Flag = False
    statutory_notes: Mapping[Country, Line] = Field(default_factory=dict)

    @field_validator("reminders_days")
    @classmethod
    def _ascend(cls, days: tuple[int, ...]) -> tuple[int, ...]:
        if any(later <= earlier for earlier, later in pairwise(days)):
            raise refusal("does not ascend", "Allowed: each number greater than the one before, as in [3, 7].")
        return days


class Templates(Section):
    """`[templates]`: the shop's own letters; what the folder lacks is taken from the ones shipped."""

    path: AnchoredPath | None = None


def _without_slash(given: Any) -> Any:
    return given.removeprefix("/") if isinstance(given, str) else given


class Agent(Section):
    """One `[[agents]]`: a person who decides. An empty `languages` stands for all of them; `may` holds command names
    without their slash.
    """

    name: Line | None = None
    address: Address = Field(description=PLAIN_ADDRESS)
    may: Annotated[tuple[Annotated[Command, BeforeValidator(_without_slash)], ...], AfterValidator(unique)] = COMMANDS
    languages: Annotated[tuple[Language, ...], AfterValidator(unique)] = ()
    hours: Line | None = None


class AgentMail(Section):
    """`[agent_mail]`: what a command by mail has to prove (DESIGN, "What must always hold" 5)."""

    trusted_authserv_id: AuthservId | None = None
    require: Literal["both", "proof", "token"] = "both"
    proofs: Annotated[
        tuple[Literal["dmarc", "smtp-auth", "m365-internal"], ...],
        AfterValidator(unique),
        not_yet("smtp-auth", "m365-internal", allowed='["dmarc"]'),
    ] = ("dmarc",)
    undo_seconds: Annotated[int, whole(0, 86_400)] = 60
    confirm_money: Annotated[Flag, not_yet(True, allowed="false")] = False
    digest: Annotated[ClockTime | None, absent_yet("a digest")] = None


class Web(SectionWithSecrets):
    """`[web]`: the console."""

    host: Host = "127.0.0.1"
    port: Port = 8080
    base_url: Line | None = None
    secret: Secret | None = None
    secret_file: AnchoredPath | None = None
    secret_env: str | None = None


class Retention(Section):
    """`[retention]`: after how many days what is kept is erased; None keeps it."""

    raw_mail_days: DaysKept | None = None
    attachments_days: DaysKept | None = None
    closed_claims_days: DaysKept | None = None


class MailboxAccount(Section):
    """One `[[mailboxes]]` of several."""

    name: Line = Field(description="a name of your choice")
    address: Address = Field(description=PLAIN_ADDRESS)
    imap: Imap = Field(description="the keys of [imap]")
    smtp: Smtp = Field(description="the keys of [smtp]")
    templates: AnchoredPath | None = None
    default_language: Language | None = None


class Accounts(NamedTuple):
    """The two servers that everything which sends or fetches mail needs."""

    imap: Imap
    smtp: Smtp


class Settings(Section):
    """The whole file. `imap` and `smtp` are None only in settings made without a file."""

    shop: Shop
    imap: Imap | None = None
    smtp: Smtp | None = None
    oauth2: Annotated[OAuth2 | None, absent_yet("[oauth2]")] = None
    database: Database = Field(default_factory=Database)
    attachments: Attachments = Field(default_factory=Attachments)
    orders: Orders = Field(default_factory=Orders)
    forms: tuple[Form, ...] = ()
    policy: Policy = Field(default_factory=Policy)
    templates: Templates = Field(default_factory=Templates)
    agents: tuple[Agent, ...] = ()
    agent_mail: AgentMail = Field(default_factory=AgentMail)
    web: Annotated[Web | None, absent_yet("[web]")] = None
    retention: Annotated[Retention | None, absent_yet("[retention]")] = None
    mailboxes: Annotated[tuple[MailboxAccount, ...], absent_yet("[[mailboxes]]")] = ()

    _config_path: Path | None = PrivateAttr(default=None)

    @model_validator(mode="before")
    @classmethod
    def _every_section_stands(cls, given: Any) -> Any:
        # A section that is left out has paths too: only as an empty table are they made relative to the file.
        if not isinstance(given, Mapping):
            return given
        left_out: dict[str, Any] = {
            name: {} for name, field in cls.model_fields.items() if _has_only_defaults(field.annotation)
        }
        return {**left_out, **given}

    @field_validator("agents")
    @classmethod
    def _are_different_people(cls, agents: tuple[Agent, ...], info: ValidationInfo) -> tuple[Agent, ...]:
        shop = info.data.get("shop")
        known: set[str] = set()
        for agent in agents:
            address = agent.address.lower()
            if address in known:
                raise refusal(f"{shown(agent.address)} stands in two [[agents]]", "Allowed: one [[agents]] a person.")
            if shop is not None and address == shop.address.lower():
                # Mail from our own address is never handled (DESIGN, "What must always hold" 6).
                raise refusal(f"{shown(agent.address)} is the shop's own address", "Allowed: a person's own address.")
            known.add(address)
        return agents

    def model_post_init(self, context: Any, /) -> None:
        """Remembers the file that the settings were read from."""
        if isinstance(context, Surroundings):
            self._config_path = context.path

    @classmethod
    def defaults(cls) -> "Settings":
        """Settings for the commands that run without configuration: an example shop without mailbox and server."""
        return cls.model_validate({"shop": EXAMPLE_SHOP})

    @property
    def config_path(self) -> Path | None:
        """The file that these settings were read from, as it was named; None where there was none."""
        return self._config_path

    @property
    def accounts(self) -> Accounts:
        """The mailbox and the server, for what cannot work without them; ConfigurationError where they are missing."""
        if self.imap is None or self.smtp is None:
            raise ConfigurationError(
                [
                    Problem(
                        file=str(self.config_path or ""),
                        key="",
                        wrong="this needs a mailbox, and no configuration names one",
                        allowed="`mailbot init` writes a config.toml to start from; fill in its [imap] and [smtp].",
                    )
                ]
            )
        return Accounts(self.imap, self.smtp)


EXAMPLE_SHOP: Mapping[str, str] = {"name": "Example Shop", "address": "returns@shop.example"}


def _has_only_defaults(annotation: Any) -> bool:
    if not (isinstance(annotation, type) and issubclass(annotation, Section)):
        return False
    return not any(field.is_required() for field in annotation.model_fields.values())

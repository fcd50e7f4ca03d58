"""All sections of the settings, and where each key is found in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict, Field
from pydantic.fields import FieldInfo

from gateway.domain.rules import Rules
from gateway.settings.bureau import BureauSettings, OidcSettings
from gateway.settings.carriers import (
    AsteriskSettings,
    CmppSettings,
    SmppSettings,
    SmsSettings,
    TwilioSettings,
    VoiceSettings,
)
from gateway.settings.deliveries import AgencySettings, CoreStoreSettings, SmtpSettings
from gateway.settings.mailbox import MailboxSettings
from gateway.settings.outbound import OutboundSettings
from gateway.settings.policy import PrivacySettings, RuleSettings
from gateway.settings.process import (
    ApiSettings,
    DatabaseSettings,
    LogSettings,
    RedisSettings,
    ServerSettings,
    WorkerSettings,
)
from gateway.settings.prompts import PromptSettings
from gateway.settings.values import SecretMark, Section

PREFIX = "HAOCHAPING_"


class Settings(BaseModel):
    """Everything that may be configured; `Settings()` is the embedded defaults.

    Holds no file or environment: `load_settings` reads those.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    server: ServerSettings = Field(default_factory=ServerSettings)
    database: DatabaseSettings = Field(default_factory=DatabaseSettings)
    redis: RedisSettings = Field(default_factory=RedisSettings)
    api: ApiSettings = Field(default_factory=ApiSettings)
    voice: VoiceSettings = Field(default_factory=VoiceSettings)
    prompts: PromptSettings = Field(default_factory=PromptSettings)
    sms: SmsSettings = Field(default_factory=SmsSettings)
    twilio: TwilioSettings = Field(default_factory=TwilioSettings)
    outbound: OutboundSettings = Field(default_factory=OutboundSettings)
    asterisk: AsteriskSettings = Field(default_factory=AsteriskSettings)
    smpp: SmppSettings = Field(default_factory=SmppSettings)
    cmpp: CmppSettings = Field(default_factory=CmppSettings)
    core_store: CoreStoreSettings = Field(default_factory=CoreStoreSettings)
    smtp: SmtpSettings = Field(default_factory=SmtpSettings)
    mailbox: MailboxSettings = Field(default_factory=MailboxSettings)
    agencies: AgencySettings = Field(default_factory=AgencySettings)
    bureau: BureauSettings = Field(default_factory=BureauSettings)
    oidc: OidcSettings = Field(default_factory=OidcSettings)
    rules: RuleSettings = Field(default_factory=RuleSettings)
    privacy: PrivacySettings = Field(default_factory=PrivacySettings)
    worker: WorkerSettings = Field(default_factory=WorkerSettings)
    log: LogSettings = Field(default_factory=LogSettings)

    def rules_for_domain(self) -> Rules:
        """The section `rules` as the domain reads it."""
        return self.rules.for_domain()


class Key(NamedTuple):
    """A key of a section, such as `server.port`."""

    section: str
    name: str

    def __str__(self) -> str:
        return f"{self.section}.{self.name}"

    @property
    def variable(self) -> str:
        """The environment variable that sets it."""
        return f"{PREFIX}{self.section}__{self.name}".upper()


def section_types() -> dict[str, type[Section]]:
    """The sections by name, in the order they are described in."""
    annotations = ((name, field.annotation) for name, field in Settings.model_fields.items())
    return {name: kind for name, kind in annotations if isinstance(kind, type) and issubclass(kind, Section)}


def fields() -> Iterator[tuple[Key, FieldInfo]]:
    """Every key with its field, section by section."""
    for section, kind in section_types().items():
        for name, field in kind.model_fields.items():
            yield Key(section, name), field


def secret_mark(field: FieldInfo) -> SecretMark | None:
    """How the field's value may come from outside the settings file; None for what is no secret."""
    return next((mark for mark in field.metadata if isinstance(mark, SecretMark)), None)


def holds_list(field: FieldInfo) -> bool:
    """Whether the key holds a list, written as JSON in the environment."""
    return isinstance(field.get_default(), tuple)

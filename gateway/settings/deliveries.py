"""Settings of where ratings go: the core store, the mail server, the agencies."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.settings.values import NO_SECRET, HttpUrl, Secret, Section, Timeout, empty_is_none, fault


def _check_sender(sender: str) -> str:
    local, at, domain = sender.rpartition("<")[2].rstrip("> ").rpartition("@")
    if sender and not (local and at and domain and not any(map(str.isspace, local + domain))):
        raise fault("is no mailbox", "write for example 政务服务好差评 <haochaping@example.gov.cn>")
    return sender


class CoreStoreSettings(Section):
    """Where normalised evaluations go."""

    kind: Literal["embedded", "http"] = Field(
        "embedded",
        description="`embedded` = the same contract in this process; `http` = the core store at `url`.",
    )
    url: HttpUrl = Field("", description="The core store; evaluations go to `<url>/v1/evaluations/<id>`.")
    token: Secret = Field(NO_SECRET, description="Bearer token it knows us by.")
    profile: str = Field(
        "native",
        pattern=r"^[a-z0-9_]+$",
        description="Mapping file in `config/core_store_profiles/` that gives evaluations their form.",
    )
    timeout: Timeout = Field(timedelta(seconds=10), description="How long an answer may take.")


class SmtpSettings(Section):
    """The mail server that alerts to agencies go through."""

    host: str = Field("", description="The mail server; empty keeps emails in `var/mail/` as .eml files.")
    port: int = Field(587, ge=1, le=65535, description="587 for `starttls`, 465 for `tls`, 25 for `none`.")
    security: Literal["starttls", "tls", "none"] = Field(
        "starttls",
        description="`starttls` is required, never merely tried; `tls` from the first byte; `none`.",
    )
    username: str = Field("", description="User to log in as; empty = no log-in.")
    password: Secret = Field(NO_SECRET, description="Their password.")
    sender: Annotated[str, AfterValidator(_check_sender)] = Field(
        "", description="From whom the emails are, as `Name <address>` or `address`."
    )
    ca_file: Annotated[Path | None, BeforeValidator(empty_is_none)] = Field(
        None, description="Certificates (PEM) to trust instead of the system's; empty = the system's."
    )


class AgencySettings(Section):
    """Who is told of bad ratings."""

    file: Path = Field(Path("config/agencies.toml"), description="The directory of agencies and the bureau.")

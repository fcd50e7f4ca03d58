"""Settings of the mailbox to which replies and bounces come back."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.adapters.return_addresses import LONGEST_MAILBOX
from gateway.settings.values import NO_SECRET, Secret, Section, Timeout, empty_is_none, fault

_REMEDY: Final = (
    f"write for example rating@example.gov.cn, with at most {LONGEST_MAILBOX} characters before the @"
)


def _check_address(address: str) -> str:
    local, at, domain = address.rpartition("@")
    whole = bool(local and at and domain) and address.isascii() and not any(map(str.isspace, address))
    if address and not (whole and "+" not in local and len(local) <= LONGEST_MAILBOX):
        raise fault("is no mailbox for replies", _REMEDY)
    return address


class MailboxSettings(Section):
    """Where replies of agencies and bounces of mail servers come back to."""

    address: Annotated[str, AfterValidator(_check_address)] = Field(
        "",
        description="The mailbox; its server has to deliver `name+anything@domain` to it, as most do. Empty: "
        "nothing comes back, and emails say that they must not be replied to.",
    )
    host: str = Field(
        "",
        description="IMAP server on which workers read it; empty where emails are handed in by "
        "`haochaping mail receive` or `POST /v1/mails`.",
    )
    port: int = Field(993, ge=1, le=65535, description="993 for `tls`, 143 for `none`.")
    security: Literal["tls", "none"] = Field("tls", description="`tls` from the first byte; `none`.")
    username: str = Field("", description="User to log in as.")
    password: Secret = Field(NO_SECRET, description="Their password.")
    folder: str = Field(
        "INBOX",
        pattern=r"^[ !#-\[\]-~]+$",
        description="The folder that is read; what is not ASCII as IMAP writes it (modified UTF-7).",
    )
    poll_interval: Timeout = Field(timedelta(minutes=1), description="How often it is looked at.")
    ca_file: Annotated[Path | None, BeforeValidator(empty_is_none)] = Field(
        None, description="Certificates (PEM) to trust instead of the system's; empty = the system's."
    )

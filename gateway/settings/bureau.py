"""Settings of the bureau's pages: how long somebody stays signed in, and who else may sign them in."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field

from gateway.settings.values import NO_SECRET, HttpUrl, Secret, Section, Timeout, empty_is_none


class BureauSettings(Section):
    """The bureau's pages, under `/bureau/`."""

    session_idle: Timeout = Field(
        timedelta(minutes=30), description="A session that is not used for so long is over."
    )
    session_length: Timeout = Field(
        timedelta(hours=12), description="Every session is over after so long, used or not."
    )
    smallest_group: int = Field(
        5, ge=1, le=1000, description="Ratings by fewer people are told only together with others (R-18)."
    )
    staff_numbers: Annotated[Path | None, BeforeValidator(empty_is_none)] = Field(
        None,
        description="A file of phone numbers of staff, one a line: ratings from them are shown to the bureau "
        "(R-16). Empty = none.",
    )


class OidcSettings(Section):
    """An identity provider by OpenID Connect that signs officers in, beside password and code."""

    issuer: HttpUrl = Field(
        "", description="The provider, as its own discovery document names it; empty = none."
    )
    client_id: str = Field("", description="Who we are to it.")
    client_secret: Secret = Field(
        NO_SECRET, description="What proves it; empty where the provider asks for PKCE alone."
    )
    login_claim: str = Field(
        "preferred_username",
        min_length=1,
        description="The claim that holds an officer's login name. It is looked at once: from the first "
        "sign-in on an officer is known by issuer and `sub`.",
    )

"""Settings of the carriers: who carries calls and texts, and how each is reached."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.domain.messages import MessageKind
from gateway.settings.values import NO_SECRET, HttpUrl, PerSecond, Secret, Section, Timeout, fault

SmsProvider = Literal["demo", "twilio", "smpp", "cmpp"]


def _check_number(number: str) -> str:
    if number and not re.fullmatch(r"\+[1-9]\d{6,14}", number):
        raise fault("is no number in E.164 form", "write it with + and country code, such as +8675512345678")
    return number


def _check_account(sid: str) -> str:
    # Twilio's own are 32 hexadecimal digits; servers that speak its protocol give out others.
    if sid and not re.fullmatch(r"AC[0-9a-zA-Z]{1,40}", sid):
        raise fault("is no account SID", "copy it from Twilio's console: AC and letters and digits")
    return sid


def _check_providers(providers: tuple[SmsProvider, ...]) -> tuple[SmsProvider, ...]:
    if not providers:
        raise fault("names nobody who carries texts", 'write for example ["demo"]')
    return providers


def _check_kinds(kinds: tuple[str, ...]) -> tuple[str, ...]:
    known = [kind.value for kind in MessageKind]
    for kind in kinds:
        if kind not in known:
            raise fault(f"names {kind!r}, which is no kind of text", f"choose from {', '.join(known)}")
    return kinds


def _check_app(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,60}", name):
        raise fault("is no name of an application", "write letters, digits and - only, such as haochaping-1")
    return name


E164 = Annotated[str, AfterValidator(_check_number)]
Port = Annotated[int, Field(ge=1, le=65535)]


class VoiceSettings(Section):
    """Who carries the calls, and what callers hear."""

    provider: Literal["demo", "twilio", "asterisk"] = Field(
        "demo", description="`demo`, `twilio`, or `asterisk`, the hotline's own PBX."
    )
    flow: str = Field("hotline_rating", min_length=1, description="Name of the flow in `ivr_flows/`.")


class SmsSettings(Section):
    """Who carries the texts."""

    providers: Annotated[tuple[SmsProvider, ...], AfterValidator(_check_providers)] = Field(
        ("demo",),
        description="In order of preference: `demo`, `twilio`; `smpp` and `cmpp` are foreseen and "
        "refused until this version has them.",
    )
    signature: str = Field(
        "政务服务好差评",
        min_length=2,
        max_length=12,
        description="Stands as 【signature】 before every text.",
    )
    repeat_unknown: Annotated[tuple[str, ...], AfterValidator(_check_kinds)] = Field(
        tuple(kind.value for kind in MessageKind if kind is not MessageKind.REMINDER),
        description="Kinds of text that go again where a carrier cannot tell whether it took the first; of a "
        "kind that is not named, none is better than two. Results of follow-ups (`handled`, `not_adopted`) "
        "are named: without a second text the agency has to call people who mostly have the first.",
    )
    receipt_patience: Timeout = Field(
        timedelta(minutes=30),
        description="How long a last receipt may be missing until the carrier is asked for it; "
        "after 72 hours it is given up.",
    )


class TwilioSettings(Section):
    """The Twilio account; needed when `voice.provider` or `sms.providers` name it."""

    account_sid: Annotated[str, AfterValidator(_check_account)] = Field("", description="The account, AC….")
    auth_token: Secret = Field(
        NO_SECRET, description="Its primary token: proves us to Twilio, and Twilio's webhooks to us."
    )
    auth_token_previous: Secret = Field(
        NO_SECRET, description="The token before it: webhooks signed with it pass while the token is changed."
    )
    from_number: E164 = Field("", description="The number that texts come from, in E.164 form.")
    further_numbers: tuple[E164, ...] = Field(
        (), description="Other numbers of the account that citizens text to: answers leave from the same one."
    )
    messages_per_second: PerSecond = Field(
        0.0,
        description="How many message segments the sender may send a second, over all processes; texts wait "
        "for their turn here instead of in Twilio's queue. 0 = no limit. See docs/providers/twilio.md.",
    )
    api_base_url: HttpUrl = Field("https://api.twilio.com", description="Where Twilio's REST API is.")
    timeout: Timeout = Field(timedelta(seconds=10), description="How long an answer of the API may take.")
    voice_zh: str = Field("Polly.Zhiyu", min_length=1, description="Voice that speaks Mandarin prompts.")
    voice_en: str = Field("Polly.Joanna", min_length=1, description="Voice that speaks English prompts.")


class AsteriskSettings(Section):
    """The hotline's own PBX by its REST interface (ARI), needed when `voice.provider` names it."""

    url: HttpUrl = Field("", description="Where the REST interface is, such as `http://127.0.0.1:8088/ari`.")
    further_urls: tuple[HttpUrl, ...] = Field(
        (),
        description="Other Asterisks whose calls this gateway takes, with the same user, password and app.",
    )
    username: str = Field("", description="User of the REST interface.")
    password: Secret = Field(NO_SECRET, description="Their password.")
    app: Annotated[str, AfterValidator(_check_app)] = Field(
        "haochaping",
        description="Name of the Stasis application; each gateway process that is connected to the same "
        "Asterisk needs one of its own.",
    )
    sounds: str = Field(
        "", description="Where Asterisk sees the folder of the prompts' audio; empty = at the same path."
    )
    at_end: Literal["hangup", "continue"] = Field(
        "hangup", description="What becomes of a call that is done: hung up, or it goes on in the dial plan."
    )
    most_calls: int = Field(
        200,
        ge=1,
        le=5000,
        description="Calls at once on each Asterisk; more are given back to the dial plan.",
    )
    longest_call: Timeout = Field(
        timedelta(minutes=3),
        description="After so long a call is given back to the dial plan; 15 s later Asterisk ends it.",
    )


class SmppSettings(Section):
    """A message centre by SMPP 3.4; not used by this version."""

    host: str = Field("", description="The message centre's address.")
    port: Port = Field(2775, description="Its port.")
    system_id: str = Field("", max_length=15, description="Who we are to it.")
    password: Secret = Field(NO_SECRET, description="Our password there.")
    source_address: str = Field("", description="The number that texts come from.")


class CmppSettings(Section):
    """China Mobile's gateway by CMPP; not used by this version."""

    host: str = Field("", description="The gateway's address.")
    port: Port = Field(7890, description="Its port for long connections.")
    version: Literal["2.0", "3.0"] = Field("2.0", description="Version of the protocol that it speaks.")
    source_addr: str = Field("", max_length=6, description="Our enterprise code (SP_Id).")
    shared_secret: Secret = Field(NO_SECRET, description="The secret of that code.")
    service_code: str = Field(
        "", max_length=21, description="The service number that texts come from (Src_Id)."
    )

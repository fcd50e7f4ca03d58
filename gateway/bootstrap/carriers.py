"""The carriers that the settings name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import aiohttp

from gateway.adapters.providers.asterisk.calls import AsteriskCallCarrier
from gateway.adapters.providers.asterisk.transport import AriClient
from gateway.adapters.providers.demo.messages import DemoSmsCarrier
from gateway.adapters.providers.demo.provider import DemoProvider
from gateway.adapters.providers.demo.transport import ReceiptReporter
from gateway.adapters.providers.twilio.calls import TwilioCallCarrier
from gateway.adapters.providers.twilio.client import twilio_client
from gateway.adapters.providers.twilio.messages import TwilioSmsCarrier
from gateway.adapters.providers.twilio.provider import TwilioProvider
from gateway.adapters.providers.twilio.transport import TwilioTransport
from gateway.adapters.providers.twilio.voice import DEFAULT_VOICES, Voice
from gateway.application.plan_calls import PlanCalls
from gateway.application.ports.call_carrier import CallCarrier
from gateway.application.ports.clock import Clock
from gateway.application.ports.phone_parser import PhoneParser
from gateway.application.ports.sms_carrier import SmsCarrier
from gateway.application.ports.step_tokens import StepTokens
from gateway.application.ports.webhook_provider import WebhookProvider
from gateway.domain.languages import Language
from gateway.domain.pace import Rate
from gateway.domain.rules import Rules
from gateway.settings import Settings
from gateway.web.recordings import PATH as RECORDINGS_PATH


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What carriers are made with."""

    settings: Settings
    session: aiohttp.ClientSession
    clock: Clock
    phones: PhoneParser
    step_tokens: StepTokens
    own_url: str
    """Where this process itself can be reached."""
    demo_token: str
    """Proves the demonstration's page; random when there is none, so that nobody has it."""


def webhook_providers(around: Surroundings) -> list[WebhookProvider]:
    """The request-driven providers for calls and texts, each once; a PBX brings its calls by a connection."""
    names = dict.fromkeys([around.settings.voice.provider, *around.settings.sms.providers])
    return [_PROVIDERS[name](around) for name in names if name in _PROVIDERS]


def sms_carriers(around: Surroundings) -> list[SmsCarrier]:
    """The carriers of texts, in order of preference."""
    return [_SMS_CARRIERS[name](around) for name in around.settings.sms.providers]


def call_carrier(around: Surroundings) -> CallCarrier | None:
    """Who makes rating calls; None while they are switched off."""
    outbound, twilio = around.settings.outbound, around.settings.twilio
    if not outbound.enabled:
        return None
    if around.settings.voice.provider == "asterisk":
        return _asterisk_calls(around)
    client = twilio_client(
        twilio.account_sid,
        twilio.auth_token.get_secret_value(),
        TwilioTransport(around.session, answer_timeout=twilio.timeout),
        twilio.api_base_url,
    )
    return TwilioCallCarrier(
        client,
        caller_id=outbound.caller_id or twilio.from_number,
        public_url=around.settings.server.public_url,
        ring_for=outbound.ring_for,
    )


def _asterisk_calls(around: Surroundings) -> CallCarrier:
    asterisk, outbound = around.settings.asterisk, around.settings.outbound
    password = asterisk.password.get_secret_value()
    ari = AriClient(asterisk.url, asterisk.username, password, asterisk.app, shared=around.session)
    return AsteriskCallCarrier(
        ari, endpoint=outbound.endpoint, caller_id=outbound.caller_id, ring_for=outbound.ring_for
    )


def plan_calls(settings: Settings, rules: Rules) -> PlanCalls | None:
    """Who is called, and when; None while nobody is."""
    return PlanCalls(rules, settings.outbound.plan()) if settings.outbound.enabled else None


def carrier_rates(settings: Settings) -> dict[str, Rate]:
    """How fast each carrier takes texts, by its name; one that is not in it takes any number."""
    per_second = {"twilio": settings.twilio.messages_per_second}
    return {name: Rate.of_carrier(most) for name, most in per_second.items() if most}


def _twilio(around: Surroundings) -> WebhookProvider:
    twilio, public_url = around.settings.twilio, around.settings.server.public_url
    tokens = (twilio.auth_token.get_secret_value(), twilio.auth_token_previous.get_secret_value())
    return TwilioProvider(
        public_url=public_url,
        auth_tokens=[token for token in tokens if token],
        step_tokens=around.step_tokens,
        phones=around.phones,
        audio_url=_audio_url(around, public_url),
        voices={
            Language.CHINESE: Voice(DEFAULT_VOICES[Language.CHINESE].language, twilio.voice_zh),
            Language.ENGLISH: Voice(DEFAULT_VOICES[Language.ENGLISH].language, twilio.voice_en),
        },
    )


def _twilio_texts(around: Surroundings) -> SmsCarrier:
    twilio = around.settings.twilio
    return TwilioSmsCarrier(
        account_sid=twilio.account_sid,
        auth_token=twilio.auth_token.get_secret_value(),
        from_number=twilio.from_number,
        public_url=around.settings.server.public_url,
        transport=TwilioTransport(around.session, answer_timeout=twilio.timeout),
        clock=around.clock,
        further_numbers=twilio.further_numbers,
        api_base_url=twilio.api_base_url,
    )


def _demo(around: Surroundings) -> WebhookProvider:
    return DemoProvider(
        token=around.demo_token,
        step_tokens=around.step_tokens,
        phones=around.phones,
        audio_url=_audio_url(around, ""),
    )


def _demo_texts(around: Surroundings) -> SmsCarrier:
    receipts = ReceiptReporter(around.session, around.own_url, around.demo_token)
    return DemoSmsCarrier(clock=around.clock, report=receipts.report)


def _audio_url(around: Surroundings, origin: str) -> Callable[[str], str]:
    return lambda audio: f"{origin}{RECORDINGS_PATH}/{around.settings.voice.flow}/{audio}"


_PROVIDERS: dict[str, Callable[[Surroundings], WebhookProvider]] = {"demo": _demo, "twilio": _twilio}
_SMS_CARRIERS: dict[str, Callable[[Surroundings], SmsCarrier]] = {
    "demo": _demo_texts,
    "twilio": _twilio_texts,
}

"""A Twilio provider without anything around it, and requests as Twilio forms them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

import pytest

from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.providers.twilio.provider import TwilioProvider
from gateway.adapters.step_tokens import SignedStepTokens
from gateway.application.ports.webhook_provider import RawRequest

PUBLIC_URL = "https://rating.example.gov.cn"
CALL_SID = "CA00000000000000000000000000000001"
KEY = b"k" * 32
Form = Mapping[str, str] | list[tuple[str, str]]
MakeRequest = Callable[..., RawRequest]


@pytest.fixture
def tokens() -> SignedStepTokens:
    """The tokens that the provider seals and opens."""
    return SignedStepTokens([KEY])


@pytest.fixture
def provider(tokens: SignedStepTokens) -> TwilioProvider:
    """The provider under test."""
    return TwilioProvider(
        public_url=f"{PUBLIC_URL}/",
        auth_tokens=["secret"],
        step_tokens=tokens,
        phones=PhonenumbersParser(),
        audio_url=lambda name: f"{PUBLIC_URL}/ivr-audio/hotline_rating/{name}",
    )


@pytest.fixture
def form_request() -> MakeRequest:
    """Makes a request of form fields and a query, both given as mappings or pairs."""

    def make(fields: Form, query: Form | None = None) -> RawRequest:
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return RawRequest("/", urlencode(query or {}), headers, urlencode(fields).encode())

    return make

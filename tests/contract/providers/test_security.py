"""What every provider that takes webhooks must refuse: whatever its carrier did not send.

A provider takes part by a `ProviderUnderTest`; add it to `PROVIDERS`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

import aiohttp
import pytest

from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.providers.demo.provider import DemoProvider
from gateway.adapters.providers.twilio.provider import TwilioProvider
from gateway.adapters.step_tokens import SignedStepTokens
from gateway.application.ports.webhook_provider import RawRequest, Webhook, WebhookProvider
from gateway.domain.errors import Unauthentic
from tests.peers.twilio_webhooks import AUTH_TOKEN, TwilioWebhooks

PUBLIC_URL = "https://rating.example.gov.cn"
QUERY = "service_id=441500-1&t=abc"
FIELDS = {"CallSid": "CA1", "MessageSid": "SM1", "From": "+8613800138000", "Digits": "1", "Body": ""}


@dataclass(frozen=True, slots=True)
class ProviderUnderTest:
    """One provider, its carrier's way of signing, and where the proof stands."""

    provider: WebhookProvider
    sign: Callable[[str, str, Mapping[str, str], str], RawRequest]
    """Makes the carrier's own request of path, query, fields and key."""
    proof_header: str
    key: str
    signs_content: bool = True
    """False: the proof is a secret of its own, good for loopback and a demonstration only."""


def twilio_under_test() -> ProviderUnderTest:
    """Twilio, signed by its own SDK."""
    provider = TwilioProvider(
        public_url=PUBLIC_URL,
        auth_tokens=[AUTH_TOKEN],
        step_tokens=SignedStepTokens([b"k" * 32]),
        phones=PhonenumbersParser(),
        audio_url=str,
    )

    def sign(path: str, query: str, fields: Mapping[str, str], key: str) -> RawRequest:
        # The session is for sending, which nobody does here.
        webhooks = TwilioWebhooks(object.__new__(aiohttp.ClientSession), PUBLIC_URL, auth_token=key)
        signed = webhooks.sign(f"{path}?{query}" if query else path, fields, voice="/voice/" in path)
        headers = {name.lower(): value for name, value in signed.headers.items()}
        return RawRequest(path, query, headers, signed.body)

    return ProviderUnderTest(provider, sign, "x-twilio-signature", AUTH_TOKEN)


def demo_under_test() -> ProviderUnderTest:
    """The demonstration's page, with the token of its start."""
    key = "a-token-of-this-very-start"
    provider = DemoProvider(
        token=key,
        step_tokens=SignedStepTokens([b"k" * 32]),
        phones=PhonenumbersParser(),
        audio_url=str,
    )

    def sign(path: str, query: str, fields: Mapping[str, str], key: str) -> RawRequest:
        headers = {"content-type": "application/json", "x-demo-token": key}
        return RawRequest(path, query, headers, json.dumps(dict(fields)).encode())

    return ProviderUnderTest(provider, sign, "x-demo-token", key, signs_content=False)


PROVIDERS = {"twilio": twilio_under_test, "demo": demo_under_test}


def routes_of(providers: Mapping[str, Callable[[], ProviderUnderTest]]) -> pytest.MarkDecorator:
    """A test for each route of each provider."""
    routes = [
        pytest.param(name, webhook, id=f"{name}{webhook.path}")
        for name, make in providers.items()
        for webhook in make().provider.webhooks
    ]
    return pytest.mark.parametrize(("name", "webhook"), routes)


every_route = routes_of(PROVIDERS)
every_signed_route = routes_of({name: make for name, make in PROVIDERS.items() if make().signs_content})
"""For what only a proof made of the content can tell."""


def signed(name: str, webhook: Webhook, **changed: str) -> tuple[ProviderUnderTest, RawRequest]:
    """A provider and a request to one of its routes, signed with its key."""
    under_test = PROVIDERS[name]()
    return under_test, under_test.sign(webhook.path, QUERY, {**FIELDS, **changed}, under_test.key)


def assert_refused(under_test: ProviderUnderTest, request: RawRequest) -> None:
    """Not authentic, and the error repeats nothing of the request."""
    with pytest.raises(Unauthentic) as raised:
        under_test.provider.verify(request)
    assert "138" not in str(raised.value)
    assert under_test.key not in str(raised.value)


@every_route
def test_accepts_its_carrier(name: str, webhook: Webhook) -> None:
    """What the carrier signed passes, with blank fields, with and without a query."""
    under_test, request = signed(name, webhook)
    under_test.provider.verify(request)

    under_test.provider.verify(under_test.sign(webhook.path, "", FIELDS, under_test.key))


@every_route
def test_accepts_fields_that_were_never_announced(name: str, webhook: Webhook) -> None:
    """Carriers add parameters without notice; they are signed like the rest."""
    under_test, request = signed(name, webhook, BrandNew="值 & =")

    under_test.provider.verify(request)


@every_route
def test_refuses_a_request_without_proof(name: str, webhook: Webhook) -> None:
    """No signature, an empty one, or one that is none."""
    under_test, request = signed(name, webhook)
    rest = {key: value for key, value in request.headers.items() if key != under_test.proof_header}

    assert_refused(under_test, replace(request, headers=rest))
    for proof in ("", "x", "ä", "A" * 28, "\x00"):
        assert_refused(under_test, replace(request, headers={**rest, under_test.proof_header: proof}))


@every_route
def test_refuses_another_key(name: str, webhook: Webhook) -> None:
    """Somebody else's signature, however well made, an empty key included."""
    under_test, _ = signed(name, webhook)

    for key in ("somebody else's", ""):
        assert_refused(under_test, under_test.sign(webhook.path, QUERY, FIELDS, key))


@every_signed_route
def test_refuses_the_proof_of_an_earlier_request(name: str, webhook: Webhook) -> None:
    """A signature seen on one request is worth nothing on the next."""
    under_test, earlier = signed(name, webhook, Digits="1")
    _, later = signed(name, webhook, Digits="5")

    assert_refused(under_test, replace(later, headers=earlier.headers))


@every_signed_route
@pytest.mark.parametrize(
    "change",
    [
        {"Digits": "5"},
        {"Body": "5"},
        {"Extra": ""},
        {"From": "+8613800138001"},
        {"digits": "1"},
    ],
)
def test_refuses_an_altered_body(name: str, webhook: Webhook, change: dict[str, str]) -> None:
    """Any field changed or added on the way."""
    under_test, request = signed(name, webhook)

    assert_refused(under_test, replace(request, body=urlencode({**FIELDS, **change}).encode()))


@every_signed_route
@pytest.mark.parametrize("missing", sorted(FIELDS))
def test_refuses_a_body_with_a_field_taken_out(name: str, webhook: Webhook, missing: str) -> None:
    """Blank fields count as well."""
    under_test, request = signed(name, webhook)
    fields = {key: value for key, value in FIELDS.items() if key != missing}

    assert_refused(under_test, replace(request, body=urlencode(fields).encode()))


@every_signed_route
@pytest.mark.parametrize("body", [b"", b"\xff\xfe", b"{}", b"&" * 10_000])
def test_refuses_a_body_of_another_kind(name: str, webhook: Webhook, body: bytes) -> None:
    """An empty, binary or senseless body under a signature made for a form."""
    under_test, request = signed(name, webhook)

    assert_refused(under_test, replace(request, body=body))


@every_signed_route
@pytest.mark.parametrize("content_type", ["", "application/json", "multipart/form-data; boundary=x"])
def test_refuses_a_form_that_says_it_is_none(name: str, webhook: Webhook, content_type: str) -> None:
    """The label of the body cannot be used to step around the check."""
    under_test, request = signed(name, webhook)

    assert_refused(under_test, replace(request, headers={**request.headers, "content-type": content_type}))


@every_signed_route
@pytest.mark.parametrize(
    "query", ["", "service_id=441500-2&t=abc", "t=abc&service_id=441500-1", QUERY + "&x=1"]
)
def test_refuses_an_altered_query(name: str, webhook: Webhook, query: str) -> None:
    """The service that a call is about, and where it stands, are part of what is signed."""
    under_test, request = signed(name, webhook)

    assert_refused(under_test, replace(request, query_string=query))


@every_signed_route
def test_refuses_the_same_request_at_another_route(name: str, webhook: Webhook) -> None:
    """A request signed for one route does not open another."""
    under_test, request = signed(name, webhook)

    for other in under_test.provider.webhooks:
        if other != webhook:
            assert_refused(under_test, replace(request, path=other.path))


@every_route
def test_believes_no_header_about_the_address(name: str, webhook: Webhook) -> None:
    """Host and forwarding headers are the sender's claim; the public URL is configuration."""
    under_test, request = signed(name, webhook)
    claims = {"host": "evil.example", "x-forwarded-host": "evil.example", "x-forwarded-proto": "http"}

    under_test.provider.verify(replace(request, headers={**request.headers, **claims}))

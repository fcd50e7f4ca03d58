"""Twilio's signature: the published vector, and agreement with the validator of Twilio's SDK."""

from __future__ import annotations

# mypy: untyped-calls-exclude=twilio
import hashlib
from collections.abc import Mapping
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from gateway.adapters.providers.twilio.signature import SignatureCheck
from gateway.application.ports.webhook_provider import RawRequest
from gateway.domain.errors import ConfigurationError, Unauthentic

TOKEN = "12345"
FORM = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}
PUBLISHED = {
    "CallSid": "CA1234567890ABCDE",
    "Caller": "+14158675310",
    "Digits": "1234",
    "From": "+14158675310",
    "To": "+18005551212",
}
"""The example of twilio.com/docs/usage/webhooks/webhooks-security."""


def request(
    signature: str,
    fields: Mapping[str, str] | list[tuple[str, str]] = PUBLISHED,
    *,
    path: str = "/myapp.php",
    query: str = "foo=1&bar=2",
    headers: Mapping[str, str] = FORM,
) -> RawRequest:
    """A signed form."""
    body = urlencode(fields).encode()
    return RawRequest(path, query, {**headers, "x-twilio-signature": signature}, body)


def accepts(check: SignatureCheck, candidate: RawRequest) -> bool:
    """Whether the check lets it pass."""
    try:
        check.verify(candidate)
    except Unauthentic:
        return False
    return True


class _Repeated(dict[str, list[str]]):
    """A form with repeated names, as the SDK reads Django's."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def signed_by_twilio(url: str, pairs: list[tuple[str, str]], token: str = TOKEN) -> str:
    """The signature that Twilio's SDK computes."""
    form = _Repeated()
    for name, value in pairs:
        form.setdefault(name, []).append(value)
    return str(RequestValidator(token).compute_signature(url, form))


def test_accepts_the_published_example() -> None:
    """Twilio's own example, without asking the SDK."""
    check = SignatureCheck("https://example.com", [TOKEN])
    check._validators = ()

    check.verify(request("L/OH5YylLD5NRKLltdqwSvS0BnU="))


@given(
    pairs=st.lists(st.tuples(st.text(max_size=8), st.text(max_size=12)), max_size=8),
    query=st.sampled_from(["", "t=abc", "a=1&b=&a=1", "x=%E5%A5%BD&y=a+b"]),
    port=st.sampled_from(["", ":8443"]),
)
def test_agrees_with_twilios_validator(pairs: list[tuple[str, str]], query: str, port: str) -> None:
    """Any form, repeats and blanks included, is accepted by the fast path as by the SDK, or by neither."""
    pairs = [(n.encode("utf-8", "replace").decode(), v.encode("utf-8", "replace").decode()) for n, v in pairs]
    origin = f"https://rating.example.gov.cn{port}"
    url = origin + "/twilio/voice/step" + (f"?{query}" if query else "")
    signature = signed_by_twilio(url, pairs)
    check = SignatureCheck(origin, [TOKEN])
    good = request(signature, pairs, path="/twilio/voice/step", query=query)
    more = request(signature, [*pairs, ("Digits", "5")], path="/twilio/voice/step", query=query)

    assert check._accepts(url, good, signature)
    assert check._validates(url, good, signature)
    repeats_a_pair = ("Digits", "5") in pairs
    assert check._accepts(url, more, signature) is repeats_a_pair
    assert check._validates(url, more, signature) is repeats_a_pair


@pytest.mark.parametrize(
    ("public_url", "signed_url"),
    [
        ("https://a.example:8443", "https://a.example/myapp.php?foo=1&bar=2"),
        ("https://a.example:8443/", "https://a.example:8443/myapp.php?foo=1&bar=2"),
        ("https://a.example", "https://a.example:443/myapp.php?foo=1&bar=2"),
        ("http://a.example", "http://a.example:80/myapp.php?foo=1&bar=2"),
        ("https://a.example/gateway", "https://a.example/gateway/myapp.php?foo=1&bar=2"),
    ],
)
def test_accepts_both_readings_of_the_port(public_url: str, signed_url: str) -> None:
    """Twilio signs some URLs with their port and some without; a path before ours is part of the URL."""
    signature = signed_by_twilio(signed_url, list(PUBLISHED.items()))

    assert accepts(SignatureCheck(public_url, [TOKEN]), request(signature))


def test_either_token_is_good_while_they_are_changed() -> None:
    """The promoted token works before the old one is taken out; a third one never does."""
    check = SignatureCheck("https://example.com", ["next", TOKEN])
    url = "https://example.com/myapp.php?foo=1&bar=2"

    assert accepts(check, request(signed_by_twilio(url, list(PUBLISHED.items()), "next")))
    assert accepts(check, request("L/OH5YylLD5NRKLltdqwSvS0BnU="))
    assert not accepts(check, request(signed_by_twilio(url, list(PUBLISHED.items()), "other")))


def test_accepts_a_shared_key_with_sha256() -> None:
    """A request that names HMAC_SHA256 is judged by that, and by nothing weaker."""
    check = SignatureCheck("https://example.com", [TOKEN])
    settings = {**FORM, "x-twilio-webhooks-signature-settings": "key=k1,algorithm=HMAC_SHA256"}
    url = "https://example.com/myapp.php?foo=1&bar=2"
    signature = RequestValidator(TOKEN).compute_signature(url, PUBLISHED, "HMAC_SHA256")

    assert accepts(check, request(signature, headers=settings))
    assert not accepts(check, request("L/OH5YylLD5NRKLltdqwSvS0BnU=", headers=settings))
    assert not accepts(check, request(signature))


def test_refuses_an_algorithm_nobody_knows() -> None:
    """The header cannot switch the check off."""
    settings = {**FORM, "x-twilio-webhooks-signature-settings": "algorithm=NONE"}

    assert not accepts(
        SignatureCheck("https://example.com", [TOKEN]),
        request("L/OH5YylLD5NRKLltdqwSvS0BnU=", headers=settings),
    )


def test_json_is_good_only_with_the_hash_of_its_body() -> None:
    """A body that is no form is covered by its hash in the signed query, else by nothing."""
    check = SignatureCheck("https://example.com", [TOKEN])
    body = '{"a": "好"}'.encode()
    query = f"bodySHA256={hashlib.sha256(body).hexdigest()}"
    json = {"content-type": "application/json"}

    def signed(signed_query: str, content: bytes) -> RawRequest:
        signature = signed_by_twilio(f"https://example.com/x?{signed_query}", [])
        return RawRequest("/x", signed_query, {**json, "x-twilio-signature": signature}, content)

    assert accepts(check, signed(query, body))
    assert not accepts(check, signed(query, body + b" "))
    assert not accepts(check, signed("a=b", body))
    assert not accepts(check, signed(query, b"\xff"))


def test_an_empty_body_needs_no_content_type() -> None:
    """A request without fields is signed by its URL alone."""
    signature = signed_by_twilio("https://example.com/x", [])

    assert accepts(
        SignatureCheck("https://example.com", [TOKEN]),
        RawRequest("/x", "", {"x-twilio-signature": signature}, b""),
    )


def test_refuses_a_flood_of_fields() -> None:
    """Thousands of fields are not even hashed."""
    fields = [(f"f{number}", "") for number in range(501)]
    signature = signed_by_twilio("https://example.com/myapp.php?foo=1&bar=2", fields)

    assert not accepts(SignatureCheck("https://example.com", [TOKEN]), request(signature, fields))


@pytest.mark.parametrize("tokens", [[], [""], ["good", ""]])
def test_refuses_to_start_without_a_token(tokens: list[str]) -> None:
    """An empty key would accept what anybody signs."""
    with pytest.raises(ConfigurationError, match="auth_token"):
        SignatureCheck("https://example.com", tokens)

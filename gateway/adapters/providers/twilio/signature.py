"""Twilio's request signature.

HMAC over the public URL with its query and, for forms, every field sorted by name then value, repeats once,
joined without separators; keyed with the account's token; Base64 in the header `X-Twilio-Signature`
(twilio.com/docs/usage/webhooks/webhooks-security).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from itertools import chain
from typing import Final
from urllib.parse import parse_qs

from twilio.request_validator import HMAC_SHA1, HMAC_SHA256, RequestValidator, get_signature_algorithm

from gateway.adapters.web_forms import is_form, pairs_of
from gateway.application.ports.webhook_provider import RawRequest
from gateway.domain.errors import ConfigurationError, InvalidInput, Unauthentic

_SIGNATURE: Final = "x-twilio-signature"
_SETTINGS: Final = "x-twilio-webhooks-signature-settings"


class _Form(dict[str, list[str]]):
    """A form as Twilio's validator takes it: `getlist` is what Django's has."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


class SignatureCheck:
    """Tells Twilio's requests from everybody else's.

    The common case is computed here. What that does not accept is decided by Twilio's own validator, which
    also knows URLs signed with or without their port, and SHA-256 keys, but costs several times as much.
    `tokens` may hold the old and the new token while they are changed. `public_url` is what Twilio was told
    to call; Host headers are the sender's claim and are never looked at.
    """

    def __init__(self, public_url: str, tokens: Sequence[str]) -> None:
        if not tokens or not all(tokens):
            raise ConfigurationError("give the account's auth token", place="twilio.auth_token")
        self._origin = public_url.rstrip("/")
        self._keys = tuple(token.encode() for token in tokens)
        self._validators = tuple(RequestValidator(token) for token in tokens)

    def verify(self, request: RawRequest) -> None:
        """Accept the request, or raise Unauthentic."""
        signature = request.headers.get(_SIGNATURE, "")
        query = f"?{request.query_string}" if request.query_string else ""
        url = f"{self._origin}{request.path}{query}"
        try:
            accepted = self._accepts(url, request, signature) or self._validates(url, request, signature)
        except InvalidInput:
            accepted = False
        if not (signature and accepted):
            raise Unauthentic("not signed with this account's token for this server's public URL")

    def _accepts(self, url: str, request: RawRequest, signature: str) -> bool:
        if not is_form(request) or _SETTINGS in request.headers:
            return False
        fields = chain.from_iterable(sorted(set(pairs_of(request.body))))
        signed = "".join((url, *fields)).encode("utf-8", "surrogatepass")
        given = signature.encode("utf-8", "surrogatepass")
        for key in self._keys:
            if hmac.compare_digest(base64.b64encode(hmac.digest(key, signed, hashlib.sha1)), given):
                return True
        return False

    def _validates(self, url: str, request: RawRequest, signature: str) -> bool:
        algorithm = get_signature_algorithm(request.headers.get(_SETTINGS, "")).upper()
        signed = _signed_content(request)
        if algorithm not in {HMAC_SHA1, HMAC_SHA256} or signed is None:
            return False
        return any(bool(v.validate(url, signed, signature, algorithm)) for v in self._validators)


def _signed_content(request: RawRequest) -> _Form | str | None:
    """What the signature covers beside the URL; None for a body that it does not cover."""
    if request.body and not is_form(request):
        # As text: only of a text does the validator compare the hash.
        hashed = "bodySHA256" in parse_qs(request.query_string)
        return request.body.decode("utf-8", "replace") if hashed else None
    form = _Form()
    for name, value in pairs_of(request.body):
        form.setdefault(name, []).append(value)
    return form

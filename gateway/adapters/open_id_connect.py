"""OpenID Connect (Core 1.0, Discovery 1.0): code flow with PKCE, state and nonce, whatever the provider."""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from urllib.parse import quote_plus, urlencode

import aiohttp
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from gateway.application.ports.clock import Clock
from gateway.application.ports.credentials import Departure, Identity
from gateway.domain.errors import Unauthentic, Unavailable

_ALGORITHMS: Final = ("RS256", "PS256", "ES256", "EdDSA")
"""None of them symmetric: who knows the client's secret can sign nobody in."""
_PATIENCE: Final = aiohttp.ClientTimeout(total=10)
_REMEMBERED_FOR: Final = timedelta(hours=1)
_CLOCKS_DIFFER: Final = 60
_LARGEST: Final = 1_048_576
_NEEDED: Final = ("issuer", "authorization_endpoint", "token_endpoint", "jwks_uri")


@dataclass(frozen=True, slots=True, kw_only=True)
class OidcClient:
    """Who we are to the provider."""

    issuer: str
    client_id: str
    client_secret: str
    """Empty: we prove ourselves by PKCE alone."""
    redirect_uri: str
    login_claim: str
    """The claim that holds an officer's login name."""


@dataclass(frozen=True, slots=True)
class _Provider:
    document: Mapping[str, Any]
    keys: KeySet
    read_at: datetime

    @property
    def issuer(self) -> str:
        """Its own name, letter by letter: some end theirs with a slash."""
        return str(self.document["issuer"])


class OpenIdConnect:
    """The port `IdentityProvider`."""

    def __init__(self, session: aiohttp.ClientSession, client: OidcClient, clock: Clock) -> None:
        self._session = session
        self._client = client
        self._clock = clock
        self._provider: _Provider | None = None
        self._reading = asyncio.Lock()

    async def depart(self) -> tuple[str, Departure]:
        """Where to send the browser; see the port."""
        provider = await self._read()
        departure = Departure(*(secrets.token_urlsafe(32) for _ in range(3)))
        challenge = urlsafe_b64encode(sha256(departure.verifier.encode()).digest()).decode().rstrip("=")
        query = {
            "response_type": "code",
            "client_id": self._client.client_id,
            "redirect_uri": self._client.redirect_uri,
            "scope": "openid profile",
            "state": departure.state,
            "nonce": departure.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        endpoint = str(provider.document["authorization_endpoint"])
        return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(query)}", departure

    async def arrive(self, departure: Departure, answer: dict[str, str]) -> Identity:
        """Who came back; see the port."""
        if not hmac.compare_digest(answer.get("state", "").encode(), departure.state.encode()):
            raise Unauthentic("the answer is to another question than the one that was asked")
        provider = await self._read()
        if answer.get("iss", provider.issuer) != provider.issuer:
            raise Unauthentic("another provider answers (RFC 9207)")
        if "code" not in answer:
            raise Unauthentic(f"the provider let nobody in: {answer.get('error', 'without a reason')[:80]}")
        claims = await self._claims(provider, await self._id_token(provider, departure, answer["code"]))
        if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), departure.nonce.encode()):
            raise Unauthentic("the identity token was made for another sign-in")
        login = claims.get(self._client.login_claim)
        if not isinstance(login, str):
            raise Unauthentic(f"the identity token has no claim {self._client.login_claim}")
        return Identity(subject=f"{provider.issuer} {claims['sub']}", login=login)

    async def _id_token(self, provider: _Provider, departure: Departure, code: str) -> str:
        client = self._client
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.redirect_uri,
            "code_verifier": departure.verifier,
        }
        methods = provider.document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        headers = {}
        if client.client_secret and "client_secret_basic" in methods:
            # Each percent-encoded first (RFC 6749, 2.3.1), so that a colon in them parts nothing.
            name, secret = quote_plus(client.client_id), quote_plus(client.client_secret)
            headers = {"Authorization": aiohttp.encode_basic_auth(name, secret)}
        else:
            form["client_id"] = client.client_id
            if client.client_secret:
                form["client_secret"] = client.client_secret
        status, document = await self._ask("POST", str(provider.document["token_endpoint"]), form, headers)
        token = document.get("id_token")
        if status != 200 or not isinstance(token, str):  # noqa: PLR2004 - the one good answer
            raise Unauthentic(f"the provider took no code of ours: {str(document.get('error', status))[:80]}")
        return token

    async def _claims(self, provider: _Provider, token: str) -> Mapping[str, Any]:
        """The claims of an identity token, verified as OpenID Connect Core 3.1.3.7 asks."""
        try:
            read = jwt.decode(token, provider.keys, _ALGORITHMS)
        except InvalidKeyIdError:
            # Signed with a key that is newer than what we remember.
            provider = await self._read(afresh=True)
            try:
                read = jwt.decode(token, provider.keys, _ALGORITHMS)
            except (JoseError, ValueError) as fault:
                raise Unauthentic(f"the identity token is not the provider's: {fault}") from None
        except (JoseError, ValueError) as fault:
            raise Unauthentic(f"the identity token is not the provider's: {fault}") from None
        rules = jwt.JWTClaimsRegistry(
            now=int(self._clock.now().timestamp()),
            leeway=_CLOCKS_DIFFER,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": self._client.client_id},
            azp={"value": self._client.client_id},
            sub={"essential": True},
            exp={"essential": True},
        )
        try:
            rules.validate(read.claims)
        except JoseError as fault:
            raise Unauthentic(f"the identity token is not good here: {fault}") from None
        return read.claims

    async def _read(self, *, afresh: bool = False) -> _Provider:
        """What the provider says of itself, an hour old at most."""
        async with self._reading:
            known, now = self._provider, self._clock.now()
            if known is not None and not afresh and now < known.read_at + _REMEMBERED_FOR:
                return known
            place = f"{self._client.issuer}/.well-known/openid-configuration"
            status, document = await self._ask("GET", place)
            missing = [name for name in _NEEDED if not isinstance(document.get(name), str)]
            if status != 200 or missing:  # noqa: PLR2004 - the one good answer
                raise Unavailable(f"{place} is no description of a provider")
            if document["issuer"].rstrip("/") != self._client.issuer:
                raise Unavailable(f"the provider calls itself {document['issuer']}; set oidc.issuer to that")
            _, keys = await self._ask("GET", document["jwks_uri"])
            try:
                key_set = KeySet.import_key_set({"keys": keys["keys"]})
            except (JoseError, KeyError, ValueError, TypeError):
                raise Unavailable("the provider's keys cannot be read") from None
            self._provider = _Provider(document, key_set, now)
            return self._provider

    async def _ask(
        self, method: str, url: str, form: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> tuple[int, dict[str, Any]]:
        headers = {"Accept": "application/json", **(headers or {})}
        try:
            async with self._session.request(
                method, url, data=form, headers=headers, timeout=_PATIENCE, allow_redirects=False
            ) as answer:
                return answer.status, _read_json(await answer.content.read(_LARGEST))
        except (aiohttp.ClientError, TimeoutError, ValueError) as fault:
            raise Unavailable(f"the identity provider does not answer: {type(fault).__name__}") from None


def _read_json(content: bytes) -> dict[str, Any]:
    document = json.loads(content)
    if not isinstance(document, dict):
        raise ValueError("no object")  # noqa: TRY004 - one kind of fault for whatever is not JSON's object
    return document

"""A small OpenID Connect provider on loopback: discovery, keys, authorisation, tokens, PKCE."""

from __future__ import annotations

import secrets
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any
from urllib.parse import unquote_plus, urlencode

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import ECKey

CLIENT_ID = "haochaping"
CLIENT_SECRET = "a secret: of the client"


@dataclass
class IdentityProvider:
    """Signs in whoever `who` says, without asking; a test may let it misbehave."""

    who: dict[str, str] = field(default_factory=lambda: {"sub": "u-1", "preferred_username": "li"})
    claims: dict[str, Any] = field(default_factory=dict)
    """Put over the claims of the next identity token."""
    issuer: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "k1"}))
    published: list[ECKey] = field(default_factory=list)
    """Keys in place of our own, for an answer that somebody else signed."""
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    """What each code was given for."""
    now: int = field(default_factory=lambda: int(time.time()))

    async def discovery(self, _request: web.Request) -> web.Response:
        """OpenID Connect Discovery 1.0."""
        return web.json_response(
            {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "code_challenge_methods_supported": ["S256"],
            }
        )

    async def keys(self, _request: web.Request) -> web.Response:
        """Our public keys."""
        keys = self.published or [self.key]
        return web.json_response({"keys": [key.as_dict(private=False) for key in keys]})

    async def authorize(self, request: web.Request) -> web.Response:
        """Send the browser back with a code."""
        code = secrets.token_urlsafe(8)
        self.asked[code] = dict(request.query)
        query = {"code": code, "state": request.query["state"], "iss": self.issuer}
        raise web.HTTPFound(f"{request.query['redirect_uri']}?{urlencode(query)}")

    async def token(self, request: web.Request) -> web.Response:
        """Give an identity token for a code, once, to whom it was given and who has the verifier."""
        form = await request.post()
        asked = self.asked.pop(str(form.get("code")), None)
        name, _, secret = (
            b64decode(request.headers["Authorization"].partition(" ")[2]).decode().partition(":")
        )
        verifier = str(form.get("code_verifier", ""))
        challenge = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
        if (
            asked is None
            or (unquote_plus(name), unquote_plus(secret)) != (CLIENT_ID, CLIENT_SECRET)
            or asked["code_challenge"] != challenge
            or asked["redirect_uri"] != form.get("redirect_uri")
        ):
            return web.json_response({"error": "invalid_grant"}, status=400)
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": self.now,
            "exp": self.now + 300,
            "nonce": asked["nonce"],
            **self.who,
            **self.claims,
        }
        token = jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)
        return web.json_response({"id_token": token, "token_type": "Bearer", "access_token": "x"})


@asynccontextmanager
async def running() -> AsyncIterator[IdentityProvider]:
    """A provider at work."""
    provider = IdentityProvider()
    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", provider.discovery)
    app.router.add_get("/keys", provider.keys)
    app.router.add_get("/authorize", provider.authorize)
    app.router.add_post("/token", provider.token)
    async with TestServer(app) as server:
        provider.issuer = str(server.make_url("")).rstrip("/")
        yield provider

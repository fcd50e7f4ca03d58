"""Who may use the API: holders of a bearer token (RFC 6750)."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from aiohttp import web

from gateway.domain.errors import Unauthentic
from gateway.web.problems import Handler, Problem, problem_response

AUTHENTICATED: Final = "authenticated_by"
"""Marks a handler as guarded by a token; a test walks all routes and asks for it."""
_SCHEME: Final = "bearer"


class BearerTokens:
    """The tokens that open the API.

    Without any it stays shut and says why, except where `open_without_tokens` (the demonstration).
    """

    def __init__(self, tokens: Sequence[str], *, open_without_tokens: bool = False) -> None:
        self._digests = tuple(_digest(token) for token in tokens if token)
        self._open = open_without_tokens and not self._digests

    def guard(self, handler: Handler) -> Handler:
        """`handler` for holders of a token only."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if not self._digests and not self._open:
                return problem_response(request, _SHUT)
            if not self._open:
                self._check(request.headers.get("Authorization", ""))
            return await handler(request)

        setattr(guarded, AUTHENTICATED, _SCHEME)
        return guarded

    def _check(self, authorization: str) -> None:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != _SCHEME or not token.strip():
            raise Unauthentic("send your token as Authorization: Bearer TOKEN")
        given = _digest(token.strip())
        # All are compared, each in constant time: how long it takes tells nothing of any token.
        matches = [hmac.compare_digest(given, digest) for digest in self._digests]
        if not any(matches):
            raise Unauthentic("the bearer token is not one of those configured")


_SHUT: Final = Problem(
    status=503,
    kind="no-tokens",
    detail="the API is shut: no bearer token is configured; the operator sets api.tokens",
)


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()

"""Who may use the API: holders of a bearer token (RFC 6750), no faster than they may."""

from __future__ import annotations

import hmac
from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from aiohttp import web

from gateway.domain.errors import Unauthentic
from gateway.web.api.caller_limits import CallerLimits
from gateway.web.problems import Handler, Problem, problem_response

AUTHENTICATED: Final = "authenticated_by"
"""Marks a handler as guarded by a token; a test walks all routes and asks for it."""
_SCHEME: Final = "bearer"
_MOST_PROVEN: Final = 10_000
_NO_TOKEN: Final = b""


class BearerTokens:
    """The tokens that open the API.

    Without any it stays shut and says why, except where `open_without_tokens` (the demonstration).
    """

    def __init__(
        self, tokens: Sequence[str], limits: CallerLimits, *, open_without_tokens: bool = False
    ) -> None:
        self._digests = tuple(_digest(token) for token in tokens if token)
        self._limits = limits
        self._open = open_without_tokens and not self._digests
        self._proven: set[tuple[str, bytes]] = set()
        """Who has proven which token from where: they are not barred for what others try from there."""

    def guard(self, handler: Handler) -> Handler:
        """`handler` for holders of a token only."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if not self._digests and not self._open:
                return problem_response(request, _SHUT)
            if not self._open and (problem := await self._refused(request)):
                return problem_response(request, problem)
            return await handler(request)

        setattr(guarded, AUTHENTICATED, _SCHEME)
        return guarded

    async def _refused(self, request: web.Request) -> Problem | None:
        """Why the request has to wait, if it does; raises Unauthentic where it proves nothing."""
        given = _given(request)
        proof = (request.remote or "", given)
        if proof not in self._proven:
            # Looked at before the token is: whoever guesses must not learn a right one that way.
            if barred := await self._limits.barred(request):
                return barred
            await self._prove(request, proof)
        return await self._limits.admit(request, given)

    async def _prove(self, request: web.Request, proof: tuple[str, bytes]) -> None:
        # All are compared, each in constant time: how long it takes tells nothing of any token.
        matches = [hmac.compare_digest(proof[1], digest) for digest in self._digests]
        if not any(matches):
            await self._limits.failed(request)
            if proof[1] == _NO_TOKEN:
                raise Unauthentic("send your token as Authorization: Bearer TOKEN")
            raise Unauthentic("the bearer token is not one of those configured")
        if len(self._proven) >= _MOST_PROVEN:
            self._proven.clear()
        self._proven.add(proof)


_SHUT: Final = Problem(
    status=503,
    kind="no-tokens",
    detail="the API is shut: no bearer token is configured; the operator sets api.tokens",
)


def _given(request: web.Request) -> bytes:
    """The digest of the token that a request brings."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return _digest(token.strip()) if scheme.lower() == _SCHEME and token.strip() else _NO_TOKEN


def _digest(token: str) -> bytes:
    return sha256(token.encode("utf-8", "surrogateescape")).digest()

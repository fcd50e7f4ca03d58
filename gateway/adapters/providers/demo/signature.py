"""How the demo carrier proves itself: a random secret, made at each start, in every request."""

from __future__ import annotations

import hmac
from typing import Final

from gateway.application.ports.webhook_provider import RawRequest
from gateway.domain.errors import ConfigurationError, Unauthentic

HEADER: Final = "X-Demo-Token"
"""Browsers let no other site send it, so a page elsewhere cannot play the carrier."""
_SHORTEST: Final = 16


class TokenCheck:
    """Tells the demo carrier's requests from everybody else's.

    Raises:
        ConfigurationError: `token` has fewer than 16 characters and could be guessed.

    """

    def __init__(self, token: str) -> None:
        if len(token) < _SHORTEST:
            raise ConfigurationError(f"the demo carrier needs a token of at least {_SHORTEST} characters")
        self._token = token.encode()

    def verify(self, request: RawRequest) -> None:
        """Accept the request, or raise Unauthentic."""
        given = request.headers.get(HEADER.lower(), "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, self._token):
            raise Unauthentic(f"{HEADER} is not the token of this start of the demonstration")

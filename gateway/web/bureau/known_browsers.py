"""Browsers by which somebody signed in before: whoever guesses from the same network does not keep them out.

Behind a balancer everybody has one address: a stranger who keeps on failing would leave no officer a try.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from datetime import timedelta
from hashlib import sha256
from typing import Final

from aiohttp import web

from gateway.application.ports.clock import Clock
from gateway.application.ports.personal_data import PersonalData
from gateway.domain.bureau.officers import as_login
from gateway.domain.errors import ConfigurationError, InvalidInput
from gateway.web.bureau.cookies import Cookie

_KNOWN_FOR: Final = timedelta(days=90)
_LOGIN: Final = "known_login"


class KnownBrowsers:
    """Lets a browser keep who signed in by it; it opens nothing."""

    def __init__(self, cookie: Cookie, sealing: PersonalData, clock: Clock) -> None:
        self._cookie = cookie
        self._sealing = sealing
        self._clock = clock

    def line_of(self, request: web.Request, login: str) -> str | None:
        """Where tries in vain of this browser are counted; None unless this name signed in by it."""
        kept = self._cookie.read(request)
        note = unsealed(self._sealing, kept)
        since = note.get("at")
        if note.get(_LOGIN) != as_login(login) or not isinstance(since, float):
            return None
        if self._clock.now().timestamp() > since + _KNOWN_FOR.total_seconds():
            return None
        return f"sign-in-failures:known:{sha256(kept.encode()).hexdigest()[:32]}"

    def remember(self, response: web.Response, login: str) -> None:
        """Somebody of this name has signed in."""
        note = {_LOGIN: login, "at": self._clock.now().timestamp()}
        self._cookie.give(response, sealed(self._sealing, note), int(_KNOWN_FOR.total_seconds()))


def sealed(sealing: PersonalData, note: Mapping[str, object]) -> str:
    """A note for a cookie that nobody else reads or makes."""
    return urlsafe_b64encode(sealing.seal(json.dumps(note))).decode().rstrip("=")


def unsealed(sealing: PersonalData, kept: str) -> dict[str, object]:
    """The note of a cookie; empty for anything that is none."""
    try:
        note = json.loads(sealing.unseal(urlsafe_b64decode(kept + "=" * (-len(kept) % 4))))
    except (ValueError, InvalidInput, ConfigurationError):
        return {}
    return note if isinstance(note, dict) else {}

"""Time-based one-time codes (RFC 6238), as every authenticator makes them: SHA-1, six digits, 30 seconds."""

from __future__ import annotations

import hmac
from base64 import b32decode, b32encode
from typing import TYPE_CHECKING, Final

from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

if TYPE_CHECKING:
    from datetime import datetime

_DIGITS: Final = 6
_SECONDS: Final = 30
_SECRET_BYTES: Final = 20
"""As long as SHA-1's own output, which RFC 4226 recommends."""
_ISSUER: Final = "好差评"


class TimeBasedCodes:
    """The port `OneTimeCodes`."""

    def secret_of(self, seed: str) -> str:
        """The secret that belongs to a seed."""
        digest = hmac.digest(seed.encode(), b"one-time codes", "sha256")
        return b32encode(digest[:_SECRET_BYTES]).decode()

    def address_of(self, secret: str, login: str) -> str:
        """The `otpauth:` address."""
        return self._totp(secret).get_provisioning_uri(login, _ISSUER)

    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        """The step of time that the code is of; all three that are allowed are compared."""
        given = "".join(code.split()).encode()
        totp, current = self._totp(secret), int(now.timestamp()) // _SECONDS
        matches = [
            step
            for step in (current - 1, current, current + 1)
            if hmac.compare_digest(totp.generate(step * _SECONDS), given)
        ]
        return matches[-1] if matches else None

    def _totp(self, secret: str) -> TOTP:
        return TOTP(b32decode(secret), _DIGITS, SHA1(), _SECONDS)  # noqa: S303 - what authenticators know

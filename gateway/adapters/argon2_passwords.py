"""Passwords hashed by Argon2id (RFC 9106), each in a thread, few at once: one takes 64 MiB."""

from __future__ import annotations

import asyncio
import secrets
from functools import cached_property
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE: Final = 2


class Argon2Passwords:
    """The port `Passwords`; `hasher` is as strong as RFC 9106 asks unless a test has another."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._turns = asyncio.Semaphore(_AT_ONCE)

    async def hash(self, password: str) -> str:
        """What is kept in place of a password."""
        async with self._turns:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, kept: str, password: str) -> bool:
        """Whether it is the password; where nothing is kept, as long as if something were."""
        async with self._turns:
            return await asyncio.to_thread(self._verify, kept, password) and bool(kept)

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed with less than is asked for now."""
        return self._hasher.check_needs_rehash(kept)

    @cached_property
    def _nobodys(self) -> str:
        return self._hasher.hash(secrets.token_urlsafe())

    def _verify(self, kept: str, password: str) -> bool:
        # Made at the first try of all, whoever it is by: later ones cost one verification each.
        nobodys = self._nobodys
        try:
            return self._hasher.verify(kept or nobodys, password)
        except (VerificationError, InvalidHashError):
            return False

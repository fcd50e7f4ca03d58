"""Ports: what proves who somebody is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


class Passwords(Protocol):
    """Hashes of passwords, slow on purpose."""

    async def hash(self, password: str) -> str:
        """What is kept in place of a password."""
        ...

    async def matches(self, kept: str, password: str) -> bool:
        """Whether it is the password; takes as long where nothing is kept (empty), and is False then."""
        ...

    def is_outdated(self, kept: str) -> bool:
        """Whether it was hashed in a way that is not good enough any more."""
        ...


class OneTimeCodes(Protocol):
    """Codes of six digits that change every half minute (RFC 6238)."""

    def secret_of(self, seed: str) -> str:
        """The secret, in base32, that belongs to a seed which nobody can guess."""
        ...

    def address_of(self, secret: str, login: str) -> str:
        """The `otpauth:` address that an authenticator reads from a QR code."""
        ...

    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        """The step of time that the code is of, one early or late allowed; None when it is no code of now."""
        ...


@dataclass(frozen=True, slots=True)
class Departure:
    """What has to be remembered while somebody is away at the identity provider."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Identity:
    """Who somebody is, as the identity provider says."""

    subject: str
    """The provider's own name of the person, good for ever: issuer and `sub`."""
    login: str


class IdentityProvider(Protocol):
    """Signs people in elsewhere (OpenID Connect)."""

    async def depart(self) -> tuple[str, Departure]:
        """Where to send the browser, and what to remember meanwhile.

        Raises:
            Unavailable: the provider does not answer, or not as it should.

        """
        ...

    async def arrive(self, departure: Departure, answer: dict[str, str]) -> Identity:
        """Who came back, by the parameters of the address they came back with.

        Raises:
            Unauthentic: the answer proves nothing; says why, for the log.
            Unavailable: the provider does not answer, or not as it should.

        """
        ...

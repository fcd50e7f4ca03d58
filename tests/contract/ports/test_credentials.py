"""The ports by which officers prove who they are."""

from __future__ import annotations

from base64 import b32encode
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest
from argon2 import PasswordHasher

from gateway.adapters.argon2_passwords import Argon2Passwords
from gateway.adapters.one_time_codes import TimeBasedCodes
from gateway.adapters.qr_codes import as_svg
from gateway.application.ports.credentials import OneTimeCodes, Passwords

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)


@pytest.fixture
def passwords() -> Passwords:
    """As the gateway hashes, but quickly."""
    return Argon2Passwords(CHEAP)


@pytest.fixture
def codes() -> OneTimeCodes:
    """As authenticators reckon."""
    return TimeBasedCodes()


async def test_only_the_password_matches(passwords: Passwords) -> None:
    """What is kept does not show it; nothing matches where nothing is kept, or what is kept is broken."""
    kept = await passwords.hash("correct horse battery")

    assert "horse" not in kept
    assert await passwords.matches(kept, "correct horse battery")
    assert not await passwords.matches(kept, "correct horse batterx")
    assert not await passwords.matches("", "correct horse battery")
    assert not await passwords.matches("no hash", "correct horse battery")


class CountingHasher(PasswordHasher):
    """Counts how often it is at work, since that is what somebody with a watch would see."""

    work = 0

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        """One more."""
        self.work += 1
        return super().hash(password, salt=salt)

    def verify(self, hash: str | bytes, password: str | bytes) -> Literal[True]:  # noqa: A002 - argon2's own
        """One more."""
        self.work += 1
        return super().verify(hash, password)


async def test_a_password_that_nobody_has_costs_the_same_work() -> None:
    """One verification each, from the second try of all on; the first one makes what the others need."""
    hasher = CountingHasher(time_cost=1, memory_cost=8, parallelism=1)
    passwords = Argon2Passwords(hasher)
    kept = await passwords.hash("correct horse battery")
    await passwords.matches(kept, "correct horse battery")

    cost = []
    for each in (kept, "", kept, ""):
        before = hasher.work
        await passwords.matches(each, "guess")
        cost.append(hasher.work - before)

    assert cost == [1, 1, 1, 1]


async def test_what_was_hashed_with_less_is_outdated() -> None:
    """A gateway that asks for more hashes anew at the next sign-in."""
    kept = await Argon2Passwords(CHEAP).hash("x")

    assert not Argon2Passwords(CHEAP).is_outdated(kept)
    assert Argon2Passwords().is_outdated(kept)


@pytest.mark.parametrize(
    ("seconds", "code"), [(59, "287082"), (1111111109, "081804"), (2000000000, "279037")]
)
def test_codes_are_those_of_rfc_6238(codes: OneTimeCodes, seconds: int, code: str) -> None:
    """The last six digits of appendix B's table."""
    secret = b32encode(b"12345678901234567890").decode()

    assert codes.step_of(secret, code, datetime.fromtimestamp(seconds, UTC)) == seconds // 30


def test_a_code_may_be_a_step_early_or_late_and_no_more(codes: OneTimeCodes) -> None:
    """Clocks of telephones differ a little; spaces are how people write codes."""
    secret, now = b32encode(b"12345678901234567890").decode(), datetime.fromtimestamp(59, UTC)

    assert codes.step_of(secret, "287 082", now + timedelta(seconds=30)) == 1
    assert codes.step_of(secret, "287082", now + timedelta(seconds=90)) is None
    assert codes.step_of(secret, "", now) is None
    assert codes.step_of(secret, "一二三四五六", now) is None


def test_an_authenticator_reads_whose_secret_it_is(codes: OneTimeCodes) -> None:
    """From a QR code that is drawn here, and says nothing else."""
    secret = codes.secret_of("a seed")
    address = codes.address_of(secret, "zhang")

    assert codes.secret_of("another seed") != secret
    assert address.startswith("otpauth://totp/")
    assert f"secret={secret}" in address
    assert as_svg(address).startswith("<svg")

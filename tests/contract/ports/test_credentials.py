"""The ports by which officers prove who they are."""

from __future__ import annotations

from base64 import b32encode
from datetime import UTC, datetime, timedelta

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

"""Signing in by OpenID Connect, with a real provider on loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from gateway.adapters.clock import MovableClock
from tests.integration.bureau.officer_desk import browser, invited
from tests.integration.conftest import Rig, open_rig
from tests.peers.identity_provider import CLIENT_ID, CLIENT_SECRET, IdentityProvider, running


@pytest.fixture
async def provider(clock: MovableClock) -> AsyncIterator[IdentityProvider]:
    """A provider whose clock is ours."""
    async with running() as opened:
        opened.now = int(clock.now().timestamp())
        yield opened


@pytest.fixture
async def rig(tmp_path: Path, clock: MovableClock, provider: IdentityProvider) -> AsyncIterator[Rig]:
    """A gateway that knows the provider."""
    settings = {
        "HAOCHAPING_OIDC__ISSUER": provider.issuer,
        "HAOCHAPING_OIDC__CLIENT_ID": CLIENT_ID,
        "HAOCHAPING_OIDC__CLIENT_SECRET": CLIENT_SECRET,
    }
    async with open_rig(f"sqlite:///{tmp_path}/gateway.db", tmp_path, clock, **settings) as opened:
        yield opened


async def test_an_officer_comes_by_the_provider_and_is_known_by_it_from_then_on(
    rig: Rig, provider: IdentityProvider
) -> None:
    """First by login name; later by subject, so that the name given to somebody else opens nothing."""
    await invited(rig, "li")
    async with browser(rig) as at, browser(rig) as other:
        page = await at.open("/bureau/sign-in")
        first = await at.open("/bureau/oidc?next=/bureau/account")
        provider.who = {"sub": "u-1", "preferred_username": "li.renamed"}
        renamed = await other.open("/bureau/oidc")
        provider.who = {"sub": "u-2", "preferred_username": "li"}
        await other.send("/bureau/sign-out")
        usurper = await other.open("/bureau/oidc")

    assert "/bureau/oidc" in page.html
    assert (first.status, "我的账号" in first.text) == (200, True)
    assert renamed.status == 200
    assert (usurper.status, "无法登录" in usurper.text) == (403, True)


async def test_somebody_whom_no_administrator_added_stays_outside(rig: Rig) -> None:
    """The provider says who somebody is, not what they may do here."""
    async with browser(rig) as at:
        assert (await at.open("/bureau/oidc")).status == 403


@pytest.mark.parametrize(
    "claims",
    [
        {"nonce": "another"},
        {"aud": "another client"},
        {"aud": [CLIENT_ID, "b"], "azp": "b"},
        {"iss": "https://another.example"},
        {"exp": 1},
        {"preferred_username": None},
        {"sub": None},
    ],
)
async def test_a_token_that_is_not_for_here_lets_nobody_in(
    rig: Rig, provider: IdentityProvider, claims: dict[str, Any]
) -> None:
    """Made for another sign-in, client or provider; over; or of nobody."""
    await invited(rig, "li")
    provider.claims = claims
    async with browser(rig) as at:
        assert (await at.open("/bureau/oidc")).status == 403


async def test_an_answer_that_nobody_asked_for_is_refused(rig: Rig) -> None:
    """Without the cookie of the departure, with another state, or replayed."""
    await invited(rig, "li")
    async with browser(rig) as at, browser(rig) as victim:
        async with at.http.get(f"{rig.url}/bureau/oidc", allow_redirects=False) as leaving:
            address = leaving.headers["Location"]
        async with at.http.get(address, allow_redirects=False) as coming:
            callback = coming.headers["Location"]
        forced = await victim.open(callback)
        bent = await at.open(callback.replace("state=", "state=x"))
        async with at.http.get(f"{rig.url}/bureau/oidc", allow_redirects=False) as leaving:
            await leaving.read()
        stale = await at.open(callback)

    assert [shown.status for shown in (forced, bent, stale)] == [403, 403, 403]


async def test_a_new_key_of_the_provider_is_fetched_and_a_strangers_is_not(
    rig: Rig, provider: IdentityProvider
) -> None:
    """Keys are changed now and then; what nobody published signs nothing."""
    await invited(rig, "li")
    async with browser(rig) as at:
        first = await at.open("/bureau/oidc")
        provider.key = ECKey.generate_key("P-256", {"kid": "k2"})
        changed = await at.open("/bureau/oidc")
        provider.published = [provider.key]
        provider.key = ECKey.generate_key("P-256", {"kid": "k2"})
        forged = await at.open("/bureau/oidc")

    assert [shown.status for shown in (first, changed, forged)] == [200, 200, 403]


async def test_a_provider_that_is_away_is_told(rig: Rig, provider: IdentityProvider) -> None:
    """Password and code still work."""
    provider.issuer = "http://another.example"
    async with browser(rig) as at:
        away = await at.open("/bureau/oidc")
        page = await at.open("/bureau/sign-in")

    assert (away.status, page.status) == (503, 200)

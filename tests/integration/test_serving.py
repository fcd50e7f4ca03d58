"""A process at work: whom its API lets in, and what it measures by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from gateway.bootstrap.assembly import Surrogates
from gateway.bootstrap.demonstration import DemoWish, running_demo
from gateway.bootstrap.serving import Role, running_gateway
from gateway.settings import load_settings
from tests.integration.conftest import until

SERVICE = {
    "service_id": "441500-20261123-000123",
    "kind": "window",
    "phone": "+8613800138000",
    "agency_code": "11441500MB2C90123X",
    "region_code": "441500",
    "item": {"code": "4415000001", "name": "居民身份证换领"},
    "staff": None,
    "visit_no": 1,
    "batch_id": None,
    "theme_id": None,
    "completed_at": datetime.now(UTC).isoformat(),
    "language": "zh-CN",
}


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """A client that shows no token by itself."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
async def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    """The URL of a gateway on its defaults, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    settings = load_settings(environ={"HAOCHAPING_SERVER__PORT": "0"})
    surrogates = Surrogates(key_file=tmp_path / "privacy.key", mail_folder=tmp_path / "mail")
    async with running_gateway(settings, surrogates=surrogates) as (_, url):
        yield url


async def report(session: aiohttp.ClientSession, url: str, token: str = "") -> tuple[int, str]:
    """Report a service, with a token or without; status and body."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with session.post(f"{url}/v1/services", json=SERVICE, headers=headers) as answer:
        return answer.status, await answer.text()


async def test_the_demonstration_takes_services_without_a_token(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """On loopback the first request of somebody who tries it out just works; a token is no harm."""
    async with running_demo(DemoWish(port=0, folder=tmp_path / "demo")) as demo:
        status, told = await report(session, demo.url)
        again, _ = await report(session, demo.url, demo.api_token)

    assert status == 201, told
    assert again == 200


async def test_a_demonstration_that_others_reach_asks_for_its_token(
    session: aiohttp.ClientSession, tmp_path: Path
) -> None:
    """Who listens on every address lets in only those who know the token."""
    wish = DemoWish(host="0.0.0.0", port=0, folder=tmp_path / "demo")  # noqa: S104 - that is what is tested
    async with running_demo(wish) as demo:
        url = f"http://127.0.0.1:{urlsplit(demo.url).port}"
        without, _ = await report(session, url)
        with_it, _ = await report(session, url, demo.api_token)

    assert (without, with_it) == (401, 201)


async def test_a_gateway_without_tokens_is_shut(session: aiohttp.ClientSession, served: str) -> None:
    """It says why and what to do; no token opens it."""
    for token in ("", "guessed"):
        status, told = await report(session, served, token)

        assert status == 503
        assert "no bearer token is configured; the operator sets api.tokens" in told


async def test_a_worker_measures_the_outbox_by_itself(session: aiohttp.ClientSession, served: str) -> None:
    """Every kind has its gauges before anything was ever owed, so that alarms have something to look at."""

    async def told() -> bool:
        async with session.get(f"{served}/metrics") as answer:
            shown = await answer.text()
        kinds = ("core_store", "sms", "reminder", "email")
        return all(f'haochaping_outbox_oldest_age_seconds{{kind="{kind}"}} 0.0' in shown for kind in kinds)

    await until(told)


async def test_a_worker_elsewhere_finds_the_embedded_store(
    session: aiohttp.ClientSession, served: str, tmp_path: Path
) -> None:
    """With an address of its own, as in a container of its own: `worker.web_url` says where the store is."""
    environ = {"HAOCHAPING_SERVER__HOST": "127.0.0.2", "HAOCHAPING_WORKER__WEB_URL": f"{served}/"}
    surrogates = Surrogates(key_file=tmp_path / "privacy.key", mail_folder=tmp_path / "mail")
    async with running_gateway(load_settings(environ=environ), Role.WORKER, surrogates=surrogates) as (
        worker,
        url,
    ):
        headers = {"Authorization": f"Bearer {worker.store_tokens[0]}"}
        async with session.get(f"{url}/core-store/v1/evaluations", headers=headers) as answer:
            listed = answer.status

    assert (url, listed) == (served, 200)

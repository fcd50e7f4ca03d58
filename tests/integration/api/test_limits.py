"""Callers ask no faster than they may, are told how they stand, and cannot guess tokens for long."""

from __future__ import annotations

import re
from typing import Final

import pytest

from gateway.adapters.coordination.in_process_pace import InProcessPace
from gateway.domain.pace import Rate
from gateway.telemetry.metrics import Metrics
from gateway.web.api.bearer import BearerTokens
from gateway.web.api.caller_limits import CallerLimits
from tests.integration.api.conftest import TOKEN, Api, Told, service_document

HOURLY: Final = 1 / 3600
WRONG: Final = {"Authorization": "Bearer wrong"}


def refused_callers(metrics: Metrics) -> dict[str, float]:
    """The figure for operators, by why."""
    found = re.findall(
        r'^haochaping_api_callers_refused_total\{why="(\w+)"} (\S+)$',
        metrics.expose().decode(),
        re.MULTILINE,
    )
    return {why: float(count) for why, count in found}


class TestLimited:
    """A token that may ask three times, then once an hour."""

    @pytest.fixture
    def limits(self, metrics: Metrics) -> CallerLimits:
        """Few enough to be used up."""
        return CallerLimits(InProcessPace(), Rate(HOURLY, 3, starts_full=True), metrics)

    async def test_who_asks_too_fast_is_told_when_to_ask_again(self, api: Api, metrics: Metrics) -> None:
        """429 with Retry-After and the fields of the draft; another token is not touched."""
        told = [await api.send("GET", "/v1/evaluations") for _ in range(4)]

        assert [answer.status for answer in told] == [200, 200, 200, 429]
        assert [re.sub(r"t=\d+", "t=…", answer.headers["RateLimit"]) for answer in told] == [
            '"token";r=2;t=…',
            '"token";r=1;t=…',
            '"token";r=0;t=…',
            '"token";r=0;t=…',
        ]
        assert {answer.headers["RateLimit-Policy"] for answer in told} == {'"token";q=3;w=10800'}
        refused = told[-1]
        assert refused.json["type"] == "urn:haochaping:problem:too-many-requests"
        assert refused.headers["Content-Type"].startswith("application/problem+json")
        assert 3500 < int(refused.headers["Retry-After"]) <= 3600
        assert TOKEN not in refused.text

        assert refused_callers(metrics) == {"rate": 1.0}

        other = await api.send("GET", "/v1/evaluations", headers={"Authorization": "Bearer another-token"})
        assert (other.status, other.headers["RateLimit"][:11]) == (200, '"token";r=2')

    async def test_a_stream_is_one_request(self, api: Api) -> None:
        """However many lines it brings: what is durable paces it."""
        results = await api.bulk([str(service_document(f"S-{n}")).encode() for n in range(50)])

        assert len(results) == 50
        assert (await api.send("GET", "/v1/evaluations")).headers["RateLimit"].startswith('"token";r=1;')

    async def test_what_is_open_is_never_limited(self, api: Api) -> None:
        """Probes and scrapers come as often as they like."""
        told = [await api.send("GET", "/healthz") for _ in range(10)]

        assert {answer.status for answer in told} == {200}
        assert "RateLimit" not in told[0].headers


class TestGuessing:
    """Tokens tried in vain."""

    @pytest.fixture
    def proving(self, monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
        """The digests that were compared with those configured."""
        compared: list[bytes] = []
        original = BearerTokens._prove

        async def prove(self: BearerTokens, request: object, proof: tuple[str, bytes]) -> None:
            compared.append(proof[1])
            await original(self, request, proof)  # type: ignore[arg-type]  # as it was called

        monkeypatch.setattr(BearerTokens, "_prove", prove)
        return compared

    async def guess(self, api: Api, times: int, header: str = "") -> list[Told]:
        """Try a wrong token."""
        extra = {"X-Forwarded-For": header} if header else {}
        return [await api.send("GET", "/v1/evaluations", headers=WRONG | extra) for _ in range(times)]

    async def test_an_address_that_guesses_is_barred(
        self, api: Api, proving: list[bytes], metrics: Metrics
    ) -> None:
        """Then even the right token is not looked at, so that none can be found out."""
        told = await self.guess(api, 25)
        assert [answer.status for answer in told] == [401] * 20 + [429] * 5
        assert int(told[-1].headers["Retry-After"]) <= 5

        assert (await api.send("GET", "/v1/evaluations")).status == 429
        assert len(proving) == 20
        assert refused_callers(metrics) == {"failures": 6.0}

    async def test_who_was_there_before_is_not_barred(self, api: Api) -> None:
        """Behind one balancer all have one address: whoever has proven a token goes on."""
        assert (await api.send("GET", "/v1/evaluations")).status == 200
        await self.guess(api, 25)

        assert (await api.send("GET", "/v1/evaluations")).status == 200

    async def test_no_header_makes_another_address(self, api: Api) -> None:
        """Anybody can write X-Forwarded-For."""
        told = [answer for n in range(25) for answer in await self.guess(api, 1, f"192.0.2.{n}")]

        assert told[-1].status == 429

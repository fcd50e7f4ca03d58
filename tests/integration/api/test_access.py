"""Who may use the API, and what everybody is told when something is wrong."""

from __future__ import annotations

import pytest
from aiohttp import web
from structlog.testing import capture_logs

from gateway.adapters.coordination.in_process_pace import InProcessPace
from gateway.application.describe_service import DescribeService
from gateway.domain.errors import Unavailable
from gateway.telemetry.metrics import Metrics
from gateway.web.api.bearer import AUTHENTICATED, BearerTokens
from gateway.web.api.caller_limits import CallerLimits
from gateway.web.problems import problem_of
from gateway.web.recordings import PUBLIC
from tests.integration.api.conftest import BODY_LIMIT, SERVICE, TOKEN, Api

GUARDED = [
    ("POST", "/v1/services"),
    ("POST", "/v1/services/bulk"),
    ("GET", "/v1/services/S-1"),
    ("POST", "/v1/evaluations"),
    ("GET", "/v1/evaluations"),
]
OPEN = ["/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"]


def test_every_route_is_guarded_or_open_on_purpose(api: Api) -> None:
    """No handler is forgotten; the open ones say why."""
    for route in api.app.router.routes():
        marks = (getattr(route.handler, AUTHENTICATED, ""), getattr(route.handler, PUBLIC, ""))
        assert sum(map(bool, marks)) == 1, route


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize(
    "authorization",
    ["", "Bearer", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer 密"],
)
async def test_without_a_token_nothing_is_told(api: Api, method: str, path: str, authorization: str) -> None:
    """401 with the challenge, and the token that was tried is not repeated."""
    told = await api.send(method, path, headers={"Authorization": authorization})

    assert (told.status, told.json["status"]) == (401, 401)
    assert told.headers["WWW-Authenticate"].startswith("Bearer")
    assert told.headers["Content-Type"].startswith("application/problem+json")
    assert TOKEN not in told.text
    assert "wrong" not in told.text


@pytest.mark.parametrize("token", [TOKEN, "another-token"])
@pytest.mark.parametrize("scheme", ["Bearer", "bearer"])
async def test_each_configured_token_opens(api: Api, token: str, scheme: str) -> None:
    """So that one can be replaced while the other is in use."""
    told = await api.send("GET", "/v1/evaluations", headers={"Authorization": f"{scheme} {token}"})

    assert told.status == 200


@pytest.mark.parametrize("path", OPEN)
async def test_what_is_open_needs_no_token(api: Api, path: str) -> None:
    """Probes and scrapers have none."""
    assert (await api.send("GET", path, headers={"Authorization": ""})).status == 200


class TestWithoutTokens:
    """No token is configured."""

    @pytest.fixture
    def tokens(self) -> BearerTokens:
        """None, and one that is empty by mistake."""
        return BearerTokens([""], CallerLimits(InProcessPace(), None, Metrics()))

    @pytest.mark.parametrize(("method", "path"), GUARDED)
    async def test_the_api_is_shut_and_says_why(self, api: Api, method: str, path: str) -> None:
        """503, and an empty token opens nothing."""
        for authorization in ("", "Bearer ", f"Bearer {TOKEN}"):
            told = await api.send(method, path, headers={"Authorization": authorization})
            assert (told.status, told.json["type"]) == (503, "urn:haochaping:problem:no-tokens")
            assert "api.tokens" in told.json["detail"]


class TestDemonstration:
    """The demonstration has no tokens and is open all the same."""

    @pytest.fixture
    def tokens(self) -> BearerTokens:
        """None needed."""
        return BearerTokens([], CallerLimits(InProcessPace(), None, Metrics()), open_without_tokens=True)

    async def test_the_api_is_open(self, api: Api) -> None:
        """As its page needs it."""
        assert (await api.send("GET", "/v1/evaluations", headers={"Authorization": ""})).status == 200


async def test_a_request_keeps_its_own_id(api: Api) -> None:
    """In the answer, in the problem, and in every log line about it."""
    with capture_logs() as logs:
        told = await api.send("GET", "/v1/services/nobody", headers={"X-Request-Id": "ticket-4711.a_b"})

    assert told.headers["X-Request-Id"] == told.json["request_id"] == "ticket-4711.a_b"
    assert logs == []


@pytest.mark.requirement("R-18")
@pytest.mark.parametrize("given", ["", "13800138000", "a b", "x" * 65, "<script>", "密"])
async def test_an_id_that_is_not_sane_is_replaced(api: Api, given: str) -> None:
    """It goes into logs and answers, so it must hold neither a number nor anything to be read as markup."""
    told = await api.send("GET", "/nowhere", headers={"X-Request-Id": given})

    assert len(told.json["request_id"]) == 32
    assert told.headers["X-Request-Id"] == told.json["request_id"]


async def test_a_problem_has_all_its_members(api: Api) -> None:
    """RFC 9457, and a pointer to each field."""
    told = await api.report(visit_no=0, kind="x")

    assert told.status == 422
    assert told.json == {
        "type": "urn:haochaping:problem:invalid-input",
        "title": "Unprocessable Entity",
        "status": 422,
        "detail": told.json["errors"][0]["pointer"] + ": " + told.json["errors"][0]["detail"],
        "instance": "/v1/services",
        "request_id": told.headers["X-Request-Id"],
        "errors": told.json["errors"],
    }
    assert [error["pointer"] for error in told.json["errors"]] == ["/kind", "/visit_no"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 10_000])
async def test_what_is_no_json_is_400(api: Api, body: bytes) -> None:
    """Not 422: no field could be pointed at."""
    told = await api.send("POST", "/v1/services", raw=body)

    assert (told.status, told.json["type"]) == (400, "urn:haochaping:problem:malformed")


async def test_an_oversized_body_is_413(api: Api) -> None:
    """And the caller learns where many services may go."""
    told = await api.send("POST", "/v1/services", raw=b" " * (BODY_LIMIT + 1))

    assert (told.status, told.json["status"]) == (413, 413)
    assert "/v1/services/bulk" in told.json["detail"]


async def test_a_wrong_method_is_405(api: Api) -> None:
    """With those that are right."""
    told = await api.send("DELETE", "/v1/services")

    assert (told.status, told.headers["Allow"]) == (405, "POST")


async def test_a_wrong_address_is_404(api: Api) -> None:
    """As a problem too."""
    told = await api.send("GET", "/v2/services")

    assert (told.status, told.json["instance"]) == (404, "/v2/services")


@pytest.mark.requirement("R-18")
async def test_an_error_of_our_own_tells_nothing(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 with the request's id; what happened is in the log alone."""

    async def fail(_self: DescribeService, _service_id: str) -> None:
        raise ZeroDivisionError("secret 13800138000")

    monkeypatch.setattr(DescribeService, "__call__", fail)
    with capture_logs() as logs:
        told = await api.show(SERVICE)

    assert (told.status, told.json["type"]) == (500, "urn:haochaping:problem:internal")
    assert "secret" not in told.text
    assert "ZeroDivision" not in told.text
    (entry,) = logs
    assert (entry["event"], type(entry["exc_info"])) == ("request_failed", ZeroDivisionError)


async def test_a_database_that_is_away_is_503(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a time to come back, and nothing of where the database is."""

    async def fail(_self: DescribeService, _service_id: str) -> None:
        raise Unavailable("the database cannot be reached: 10.0.0.7")

    monkeypatch.setattr(DescribeService, "__call__", fail)
    told = await api.show(SERVICE)

    assert (told.status, told.headers["Retry-After"]) == (503, "5")
    assert "10.0.0.7" not in told.text


def test_other_statuses_of_the_framework_are_problems_too() -> None:
    """Whatever aiohttp refuses by itself."""
    problem = problem_of(web.HTTPExpectationFailed())

    assert (problem.status, problem.kind) == (417, "expectation-failed")

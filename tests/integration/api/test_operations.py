"""Probes, figures, and the description of the API."""

from __future__ import annotations

import asyncio
import re
from html.parser import HTMLParser

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from structlog.testing import capture_logs

from gateway.adapters.database.engine import SqlDatabase
from gateway.domain.errors import Unavailable
from gateway.web.api import operations
from gateway.web.api.parts import Check
from tests.integration.api.conftest import AGENCY, SERVICE, Api


async def test_liveness_asks_for_nothing(api: Api, database: SqlDatabase) -> None:
    """A process whose database is away is alive: restarting it would mend nothing."""
    await database.close()
    told = await api.send("GET", "/healthz")

    assert (told.status, told.json) == (200, {"status": "ok"})


async def test_readiness_asks_for_everything(api: Api) -> None:
    """Each check by its name."""
    told = await api.send("GET", "/readyz")

    assert told.status == 200
    assert told.json == {"status": "ready", "checks": {"database": {"status": "ok", "reason": ""}}}
    assert told.headers["Cache-Control"] == "no-store"


class TestNotReady:
    """Something we depend on is missing."""

    @pytest.fixture
    def checks(self, database: SqlDatabase, monkeypatch: pytest.MonkeyPatch) -> dict[str, Check]:
        """One that is there, and one for each way of being away."""
        monkeypatch.setattr(operations, "_PATIENCE", 0.05)

        async def refuse() -> None:
            raise Unavailable("the carrier refuses our credentials")

        async def fail() -> None:
            raise OSError("redis://user:secret@10.0.0.7")

        async def hang() -> None:
            await asyncio.Event().wait()

        return {"database": database.ping, "carrier": refuse, "redis": fail, "store": hang}

    async def test_the_reasons_are_told(self, api: Api) -> None:
        """Words of ours only: a library's may hold credentials, and anybody may ask."""
        told = await api.send("GET", "/readyz")
        checks = told.json["checks"]

        assert (told.status, told.json["status"]) == (503, "not_ready")
        assert {name: check["status"] for name, check in checks.items()} == {
            "database": "ok",
            "carrier": "failed",
            "redis": "failed",
            "store": "failed",
        }
        assert checks["carrier"]["reason"] == "the carrier refuses our credentials"
        assert checks["redis"]["reason"] == "OSError"
        assert "no answer" in checks["store"]["reason"]
        assert "secret" not in told.text


class TestDegraded:
    """Something is missing that the gateway works without."""

    @pytest.fixture
    def dispensable(self) -> dict[str, Check]:
        """It is away."""

        async def away() -> None:
            raise Unavailable("Redis is away")

        return {"redis": away}

    async def test_it_is_told_and_keeps_nobody_from_working(self, api: Api) -> None:
        """200, for a load balancer has nothing to gain by going elsewhere; no warning each time it asks."""
        with capture_logs() as logs:
            told = await api.send("GET", "/readyz")

        assert (told.status, told.json["status"]) == (200, "ready")
        assert told.json["checks"] == {
            "database": {"status": "ok", "reason": ""},
            "redis": {"status": "degraded", "reason": "Redis is away"},
        }
        assert [line for line in logs if line["event"] == "check_failed"] == []

    async def test_it_hides_nothing_that_is_needed(
        self, api: Api, checks: dict[str, Check], dispensable: dict[str, Check]
    ) -> None:
        """With something needed away too, the process is not ready."""
        checks["store"] = dispensable["redis"]
        told = await api.send("GET", "/readyz")

        assert (told.status, told.json["status"]) == (503, "not_ready")
        assert {name: check["status"] for name, check in told.json["checks"].items()} == {
            "database": "ok",
            "store": "failed",
            "redis": "degraded",
        }


async def test_figures_are_for_prometheus(api: Api) -> None:
    """In its text form, with what was just counted."""
    await api.report()
    await api.rate(level="satisfied")
    told = await api.send("GET", "/metrics")

    assert told.headers["Content-Type"].startswith("text/plain; version=0.0.4")
    assert re.search(r'haochaping_ratings_total\{[^}]*level="satisfied"[^}]*\} 1.0', told.text)


async def test_the_description_is_valid_openapi(api: Api) -> None:
    """By the rules of OpenAPI 3.1 itself."""
    description = (await api.send("GET", "/openapi.json")).json

    assert description["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(description).validate()


async def test_the_description_names_every_route(api: Api) -> None:
    """What is not described does not exist, and the other way round."""
    description = (await api.send("GET", "/openapi.json")).json
    routes = api.app.router.routes()
    served = {(r.method, r.resource.canonical) for r in routes if r.resource and r.method != "HEAD"}
    described = {(method.upper(), path) for path, item in description["paths"].items() for method in item}

    assert served - described == {("GET", "/openapi.json"), ("GET", "/docs")}
    assert described <= served
    for path, item in description["paths"].items():
        for operation in item.values():
            assert bool(operation["security"]) is path.startswith("/v1/")


async def test_answers_keep_to_the_description(api: Api) -> None:
    """Each real answer is valid by the schema that is promised for it."""
    description = (await api.send("GET", "/openapi.json")).json
    answers = [
        ("/v1/services", "post", await api.report()),
        ("/v1/services", "post", await api.report(visit_no=0)),
        ("/v1/evaluations", "post", await api.rate(level="dissatisfied")),
        ("/v1/services/{service_id}", "get", await api.show()),
        ("/v1/services/{service_id}", "get", await api.show("nobody")),
        ("/v1/evaluations", "get", await api.send("GET", "/v1/evaluations")),
        ("/readyz", "get", await api.send("GET", "/readyz")),
    ]
    for path, method, told in answers:
        media = told.headers["Content-Type"].partition(";")[0]
        promised = description["paths"][path][method]["responses"][str(told.status)]["content"][media]
        schema = {**promised["schema"], "components": description["components"]}
        jsonschema.Draft202012Validator(schema).validate(told.json)


async def test_the_described_examples_are_taken(api: Api) -> None:
    """What the page shows can be sent as it stands."""
    description = (await api.send("GET", "/openapi.json")).json
    for path in ("/v1/services", "/v1/evaluations"):
        body = description["paths"][path]["post"]["requestBody"]["content"]["application/json"]["example"]
        assert (await api.send("POST", path, body=body)).status == 201

    shown = (await api.show(SERVICE)).json
    assert (shown["visits"][0]["agency_code"], len(shown["evaluations"])) == (AGENCY, 1)


class Links(HTMLParser):
    """Everything a page would fetch or run."""

    def __init__(self) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the tag points to."""
        self.tags.add(tag)
        self.targets += [value or "" for name, value in attrs if name in {"href", "src", "action"}]


async def test_the_page_needs_nothing_from_elsewhere(api: Api) -> None:
    """No script, no other host, and a policy that would stop both."""
    told = await api.send("GET", "/docs")
    links = Links()
    links.feed(told.text)

    assert not links.tags & {"script", "img", "iframe", "form"}
    assert all(target.startswith(("/", "#")) for target in links.targets)
    assert told.headers["Content-Security-Policy"].startswith("default-src 'none'; style-src 'sha256-")
    for path in ("/v1/services/bulk", "/v1/services/{service_id}", "/readyz"):
        assert f"<code>{path}</code>" in told.text

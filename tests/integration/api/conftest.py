"""The API over HTTP with a real database; nothing else of the gateway is needed for it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.coordination.in_process_pace import InProcessPace
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.documents.evaluation_documents import EvaluationDocuments
from gateway.adapters.documents.service_documents import ServiceDocuments
from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.application.describe_service import DescribeService
from gateway.application.essentials import Essentials
from gateway.application.list_evaluations import ListEvaluations
from gateway.application.note_evaluation import NoteEvaluation
from gateway.application.ports.database import MailOutcome
from gateway.application.record_evaluation import RecordEvaluation
from gateway.application.register_service import RegisterService
from gateway.application.register_services import RegisterServices
from gateway.application.watch_evaluations import MOST_WAITING, WatchEvaluations
from gateway.domain.agencies import Agency, AgencyDirectory
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics
from gateway.web.api.assembly import add_api
from gateway.web.api.bearer import BearerTokens
from gateway.web.api.caller_limits import CallerLimits
from gateway.web.api.parts import ApiParts, Check

TOKEN = "a-token-for-tests"
AGENCY = "11441500MB2C90123X"
SERVICE = "441500-20261123-000123"
PHONE = "+8613800138000"
BODY_LIMIT = 20_000
TakeMail = Callable[[bytes], Awaitable[MailOutcome | None]]


def service_document(service_id: str = SERVICE, **changes: object) -> dict[str, object]:
    """A finished hotline service, with everything in it."""
    document: dict[str, object] = {
        "service_id": service_id,
        "kind": "hotline",
        "phone": PHONE,
        "agency_code": AGENCY,
        "region_code": "441500",
        "item": {"code": "4415000001", "name": "居民身份证换领"},
        "staff": {"id": "0231", "name": "陈某"},
        "visit_no": 1,
        "batch_id": None,
        "theme_id": None,
        "completed_at": "2026-11-23T10:00:00+08:00",
        "language": "zh-CN",
    }
    return document | changes


@dataclass(frozen=True)
class Told:
    """An answer of the API."""

    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever JSON holds
        """The body."""
        return json.loads(self.text)


@dataclass
class Api:
    """The API as a business system drives it."""

    client: TestClient[web.Request, web.Application]
    app: web.Application
    database: SqlDatabase
    essentials: Essentials
    record: RecordEvaluation
    register: RegisterService

    async def send(
        self,
        method: str,
        path: str,
        *,
        body: object = None,
        raw: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Told:
        """A request with the right token, unless `headers` say otherwise."""
        data = raw if raw is not None or body is None else json.dumps(body).encode()
        sent = {"Authorization": f"Bearer {TOKEN}"} | dict(headers or {})
        async with self.client.request(method, path, data=data, headers=sent) as answer:
            return Told(answer.status, answer.headers, await answer.text())

    async def report(self, service_id: str = SERVICE, **changes: object) -> Told:
        """Report one service."""
        return await self.send("POST", "/v1/services", body=service_document(service_id, **changes))

    async def rate(self, service_id: str = SERVICE, **fields: object) -> Told:
        """Tell of a rating on another channel."""
        return await self.send("POST", "/v1/evaluations", body={"service_id": service_id, **fields})

    async def show(self, service_id: str = SERVICE) -> Told:
        """Ask how a service stands."""
        return await self.send("GET", f"/v1/services/{service_id}")

    async def bulk(self, lines: Sequence[bytes]) -> list[Any]:
        """Send a stream of lines; the results, one by one."""
        told = await self.send("POST", "/v1/services/bulk", raw=b"\n".join(lines))
        assert told.status == 200, told.text
        return [json.loads(line) for line in told.text.splitlines()]


class ServerAsInProduction(TestServer):
    """A test server whose handlers are not cancelled when their caller leaves, as aiohttp's own are not."""

    async def _make_runner(self, **kwargs: Any) -> web.BaseRunner:  # noqa: ANN401 - aiohttp's
        return await super()._make_runner(**(kwargs | {"handler_cancellation": False}))


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    """SQLite only: the statements are held to both engines elsewhere."""
    return f"sqlite:///{tmp_path}/gateway.db"


@pytest.fixture
def metrics() -> Metrics:
    """What is counted."""
    return Metrics()


@pytest.fixture
def limits(metrics: Metrics) -> CallerLimits:
    """How often callers may ask: without limit, unless a test says otherwise."""
    return CallerLimits(InProcessPace(), None, metrics)


@pytest.fixture
def tokens(limits: CallerLimits) -> BearerTokens:
    """The tokens that open the API."""
    return BearerTokens(["another-token", TOKEN], limits)


@pytest.fixture
def most_waiting() -> int:
    """Of those who watch what is recorded."""
    return MOST_WAITING


@pytest.fixture
def checks(database: SqlDatabase) -> dict[str, Check]:
    """What readiness depends on."""
    return {"database": database.ping}


@pytest.fixture
def dispensable() -> dict[str, Check]:
    """What readiness tells of without depending on it."""
    return {}


@pytest.fixture
def mails() -> list[bytes]:
    """Emails that were handed in, as far as they were read."""
    return []


@pytest.fixture
def take_mail(mails: list[bytes]) -> TakeMail | None:
    """Takes each email once."""

    async def take(content: bytes) -> MailOutcome | None:
        if content in mails:
            return None
        mails.append(content)
        return MailOutcome.COMMENT

    return take


@pytest.fixture
async def api(
    database: SqlDatabase,
    clock: MovableClock,
    tokens: BearerTokens,
    checks: dict[str, Check],
    dispensable: dict[str, Check],
    wakeups: InProcessWakeups,
    most_waiting: int,
    metrics: Metrics,
    take_mail: TakeMail | None,
) -> AsyncIterator[Api]:
    """The API at work."""
    essentials = Essentials(database, clock, Rules(), metrics)
    record = RecordEvaluation(essentials.rules, essentials.metrics)
    phones = PhonenumbersParser()
    register = RegisterService(essentials, record, phones)
    app = web.Application(client_max_size=BODY_LIMIT)
    parts = ApiParts(
        tokens=tokens,
        service_documents=ServiceDocuments(phones),
        evaluation_documents=EvaluationDocuments(),
        register=register,
        register_many=RegisterServices(database, register),
        describe=DescribeService(database),
        note=NoteEvaluation(essentials, record, register),
        watch_evaluations=WatchEvaluations(ListEvaluations(database), wakeups, most_waiting=most_waiting),
        take_mail=take_mail,
        agencies=AgencyDirectory({AGENCY: Agency(AGENCY, "市公安局", "441500", ())}),
        zone=essentials.rules.timezone,
        checks=checks,
        dispensable=dispensable,
        metrics=essentials.metrics,
        public_url="http://127.0.0.1:8080",
        version="0.1.0",
    )
    add_api(app, parts)
    async with TestClient(ServerAsInProduction(app)) as client:
        yield Api(client, app, database, essentials, record, register)

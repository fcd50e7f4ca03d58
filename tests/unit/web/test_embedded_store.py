"""The embedded core store's own side: its door, its pages, and what it refuses."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from gateway.application.ports.evaluation_shelf import ShelfPlace, StoredRevision
from gateway.domain.documents import Document
from gateway.domain.errors import Unavailable
from gateway.domain.ids import EvaluationId
from gateway.web.embedded_store import embedded_store_app
from gateway.web.embedded_store_records import LARGEST_RECORD

TOKEN = "embedded-token"
BEARER = {"Authorization": f"Bearer {TOKEN}"}
Client = TestClient[web.Request, web.Application]


class InMemoryShelf:
    """The port `EvaluationShelf` in a dictionary; it can be gone."""

    def __init__(self) -> None:
        self.kept: dict[tuple[EvaluationId, int], StoredRevision] = {}
        self.is_gone = False

    async def put(self, evaluation_id: EvaluationId, revision: int, document: Document) -> bool:
        """Keep it unless it is there."""
        self._check()
        if (evaluation_id, revision) in self.kept:
            return False
        moment = datetime(2026, 11, 23, 2, 0, tzinfo=UTC) + timedelta(seconds=len(self.kept))
        place = ShelfPlace(moment, evaluation_id, revision)
        self.kept[evaluation_id, revision] = StoredRevision(place, document)
        return True

    async def newest(self, limit: int, before: ShelfPlace | None = None) -> list[StoredRevision]:
        """The latest first."""
        self._check()
        all_kept = sorted(self.kept.values(), key=lambda stored: stored.place, reverse=True)
        return [stored for stored in all_kept if before is None or stored.place < before][:limit]

    async def get(self, evaluation_id: EvaluationId) -> list[StoredRevision]:
        """By revision."""
        self._check()
        return [self.kept[key] for key in sorted(self.kept) if key[0] == evaluation_id]

    def _check(self) -> None:
        if self.is_gone:
            raise Unavailable("the database did not answer")


@pytest.fixture
def shelf() -> InMemoryShelf:
    """What the store keeps its records on."""
    return InMemoryShelf()


@pytest.fixture
async def client(shelf: InMemoryShelf) -> AsyncIterator[Client]:
    """The store as part of an application that allows larger bodies."""
    app = web.Application(client_max_size=10 * 1024 * 1024)
    app.add_subapp("/core-store", embedded_store_app(shelf, TOKEN))
    async with TestClient(TestServer(app)) as running:
        yield running


async def put(client: Client, evaluation_id: str, revision: int, **more: object) -> int:
    """Put a record; the status."""
    record = {"evaluation_id": evaluation_id, "revision": revision, **more}
    async with client.put(
        f"/core-store/v1/evaluations/{evaluation_id}", json=record, headers=BEARER
    ) as answer:
        return answer.status


async def get(client: Client, path: str) -> Any:  # noqa: ANN401 - JSON
    """What the store shows."""
    async with client.get(f"/core-store/v1/evaluations{path}", headers=BEARER) as answer:
        assert answer.status == 200
        return await answer.json()


@pytest.mark.requirement("R-18")
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": TOKEN},
        {"Authorization": f"Bearer {TOKEN}x"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer é"},
    ],
)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/v1/evaluations/e1"),
        ("GET", "/v1/evaluations/e1"),
        ("GET", "/v1/evaluations"),
        ("DELETE", "/v1/evaluations/e1"),
        ("GET", "/elsewhere"),
    ],
)
async def test_without_its_token_nothing_opens(
    client: Client, shelf: InMemoryShelf, method: str, path: str, headers: dict[str, str]
) -> None:
    """Every address, known or not, answers 401 to whoever has no token or another one."""
    body = {"evaluation_id": "e1", "revision": 1}
    async with client.request(method, f"/core-store{path}", json=body, headers=headers) as answer:
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == "Bearer"
        assert answer.content_type == "application/problem+json"
    assert not shelf.kept


def test_a_store_without_token_is_not_built(shelf: InMemoryShelf) -> None:
    """An empty token would open it to everybody."""
    with pytest.raises(ValueError, match="token"):
        embedded_store_app(shelf, "")


async def test_every_route_is_behind_the_door(client: Client) -> None:
    """Walking the routes: each one answers 401 without token."""
    assert isinstance(client.server, TestServer)
    routes = [route for route in client.server.app.router.routes() if route.resource is not None]
    assert len(routes) == 3
    for route in routes:
        assert route.resource is not None
        path = route.resource.canonical.replace("{evaluation_id}", "e1")
        async with client.request(route.method, path) as answer:
            assert answer.status == 401


async def test_a_revision_is_stored_once(client: Client, shelf: InMemoryShelf) -> None:
    """201 for a new revision, 409 for one that is there, be it the same or another."""
    assert await put(client, "e1", 1, comment="等太久") == 201
    assert await put(client, "e1", 1, comment="等太久") == 409
    assert await put(client, "e1", 1, comment="other") == 409
    assert await put(client, "e1", 2, adopted=False) == 201
    assert [stored.document["revision"] for stored in shelf.kept.values()] == [1, 2]
    assert shelf.kept[EvaluationId("e1"), 1].document["comment"] == "等太久"


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b'{"evaluation_id": "e2", "revision": 1}', "/evaluation_id"),
        (b'{"revision": 1}', "/evaluation_id"),
        (b'{"evaluation_id": "e1", "revision": 1.0}', "/revision"),
        (b'{"evaluation_id": "e1", "revision": 2147483648}', "/revision"),
        (b'{"evaluation_id": "e1", "revision": null}', "/revision"),
        (b'{"evaluation_id": "e1", "revision": 1, "x": NaN}', None),
        (b'{"evaluation_id": "e1", "revision": 1, "x": 1e999}', None),
        (b'{"evaluation_id": "e1", "revision": 1, "x": "\\u0000"}', None),
        (b'{"evaluation_id": "e1", "revision": 1, "x": {"y": ["\\ud800"]}}', None),
        (b'{"evaluation_id": "e1", "revision": 1, "\\u0000": 1}', None),
        (b'{"evaluation_id": "e1", "revision": 1, "x": ' + b"[" * 30_000 + b"]" * 30_000 + b"}", None),
        (b'{"evaluation_id": "e1", "revision": ' + b"9" * 5000 + b"}", None),
        (b'{"evaluation_id": "e1"', None),
        (b'"e1"', None),
        (b"", None),
        (b"\xff", None),
    ],
)
async def test_what_cannot_be_kept_is_refused_with_its_place(
    client: Client, shelf: InMemoryShelf, body: bytes, pointer: str | None
) -> None:
    """Malformed and unstorable records get 422 problem+json, with a pointer where a field is to blame."""
    async with client.put("/core-store/v1/evaluations/e1", data=body, headers=BEARER) as answer:
        problem = await answer.json(content_type="application/problem+json")

    assert answer.status == problem["status"] == 422
    assert problem["detail"]
    assert problem.get("pointer") == pointer
    assert not shelf.kept


async def test_an_id_that_no_row_can_hold_is_refused(client: Client) -> None:
    """65 characters are one too many."""
    assert await put(client, "e" * 64, 1) == 201
    assert await put(client, "e" * 65, 1) == 422


@pytest.mark.parametrize("is_chunked", [False, True])
async def test_an_oversized_record_is_refused(
    client: Client, shelf: InMemoryShelf, *, is_chunked: bool
) -> None:
    """More than 64 KiB get 413, announced or not, although the whole application allows more."""
    record = json.dumps({"evaluation_id": "e1", "revision": 1, "x": ""}).encode()
    fits = record.replace(b'"x": ""', b'"x": "' + b"a" * (LARGEST_RECORD - len(record)) + b'"')
    assert len(fits) == LARGEST_RECORD

    async def pieces(body: bytes) -> AsyncIterator[bytes]:
        for start in range(0, len(body), 4096):
            yield body[start : start + 4096]

    for body, status in [(fits + b" ", 413), (fits, 201)]:
        content = pieces(body) if is_chunked else body
        async with client.put("/core-store/v1/evaluations/e1", data=content, headers=BEARER) as answer:
            assert answer.status == status
    assert len(shelf.kept) == 1


async def test_all_revisions_of_an_evaluation_are_shown(client: Client) -> None:
    """The first revision first, each with its record and the time it was stored."""
    await put(client, "e1", 1, comment="等太久")
    await put(client, "e1", 2, adopted=False)
    shown = await get(client, "/e1")

    assert shown["evaluation_id"] == "e1"
    assert [revision["revision"] for revision in shown["revisions"]] == [1, 2]
    assert shown["revisions"][0]["document"]["comment"] == "等太久"
    assert shown["revisions"][0]["stored_at"] == "2026-11-23T02:00:00+00:00"


@pytest.mark.parametrize("path", ["/v1/evaluations/e9", "/elsewhere"])
async def test_what_is_not_there_is_404(client: Client, path: str) -> None:
    """An unknown evaluation and an unknown address are problems, not pages of HTML."""
    async with client.get(f"/core-store{path}", headers=BEARER) as answer:
        assert answer.status == 404
        assert answer.content_type == "application/problem+json"


async def test_pages_go_from_the_latest_to_the_first(client: Client) -> None:
    """Following `next_cursor` shows everything once; the last page has none."""
    for revision in range(1, 8):
        await put(client, "e1", revision)
    seen: list[int] = []
    path = "?limit=3"
    while True:
        page = await get(client, path)
        seen += [shown["revision"] for shown in page["evaluations"]]
        if page["next_cursor"] is None:
            break
        path = f"?limit=3&cursor={page['next_cursor']}"

    assert seen == [7, 6, 5, 4, 3, 2, 1]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=-1", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=%D9%A3", "limit"),
        ("cursor=x", "cursor"),
        ("cursor=%FF", "cursor"),
        ("cursor=WzEsIDIsIDNd", "cursor"),
        ("cursor=e30=", "cursor"),
        ("cursor=WyIyMDI2LTExLTIzIiwgImUxIiwgMV0=", "cursor"),
    ],
)
async def test_a_malformed_query_is_refused_with_its_name(client: Client, query: str, pointer: str) -> None:
    """Limits out of range and cursors that we never gave get 422."""
    async with client.get(f"/core-store/v1/evaluations?{query}", headers=BEARER) as answer:
        assert answer.status == 422
        assert (await answer.json(content_type=None))["pointer"] == pointer


async def test_without_database_the_client_is_told_to_come_again(
    client: Client, shelf: InMemoryShelf
) -> None:
    """Nothing is acknowledged that is not stored: 503 with Retry-After, on every route."""
    shelf.is_gone = True
    assert await put(client, "e1", 1) == 503
    for path in ["/e1", ""]:
        async with client.get(f"/core-store/v1/evaluations{path}", headers=BEARER) as answer:
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "1"
    shelf.is_gone = False
    assert await put(client, "e1", 1) == 201

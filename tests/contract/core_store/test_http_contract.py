"""The HTTP contract of a core store: one suite for the scripted store and the embedded one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from sqlalchemy.ext.asyncio import create_async_engine

from gateway.adapters.clock import SystemClock
from gateway.adapters.core_store.http import HttpCoreStore
from gateway.adapters.core_store.profile_files import find_profile, load_profile
from gateway.adapters.core_store.profiles import Profile
from gateway.adapters.database.evaluation_shelf import SqlEvaluationShelf
from gateway.adapters.database.tables import stored_evaluations
from gateway.domain.documents import Document
from gateway.domain.errors import DeliveryFailed
from gateway.domain.ids import EvaluationId
from gateway.web.embedded_store import embedded_store_app
from tests.contract.core_store.evaluations import document
from tests.peers.core_store import ScriptedCoreStore

FOLDER = Path("config/core_store_profiles")
TOKEN = "store-token"


@dataclass(frozen=True)
class Store:
    """A running store and a look at what it keeps."""

    url: str
    revisions: Callable[[str], Awaitable[dict[int, Document]]]
    """Records of an evaluation by revision."""


@asynccontextmanager
async def scripted(_folder: Path) -> AsyncIterator[Store]:
    """The peer of the tests, without any fault."""
    async with ScriptedCoreStore(token=TOKEN) as peer:

        async def revisions(evaluation_id: str) -> dict[int, Document]:
            return {revision: kept for (key, revision), kept in peer.stored.items() if key == evaluation_id}

        yield Store(peer.url, revisions)
        peer.assert_consistent()


@asynccontextmanager
async def embedded(folder: Path) -> AsyncIterator[Store]:
    """The embedded store as it stands in the gateway: a part of a larger application."""
    engine = create_async_engine(f"sqlite+aiosqlite:///{folder / 'gateway.db'}")
    async with engine.begin() as connection:
        await connection.run_sync(stored_evaluations.create)
    shelf = SqlEvaluationShelf(engine, SystemClock())
    app = web.Application()
    app.add_subapp("/core-store", embedded_store_app(shelf, TOKEN))

    async def revisions(evaluation_id: str) -> dict[int, Document]:
        kept = await shelf.get(EvaluationId(evaluation_id))
        return {stored.place.revision: stored.document for stored in kept}

    async with TestServer(app) as server:
        yield Store(str(server.make_url("/core-store")), revisions)
    await engine.dispose()


STORES: dict[str, Callable[[Path], AbstractAsyncContextManager[Store]]] = {
    "scripted": scripted,
    "embedded": embedded,
}


@pytest.fixture(params=STORES)
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """Each store in turn."""
    async with STORES[request.param](tmp_path) as running:
        yield running


@pytest.fixture(params=["native", "gbt39046", "platform"])
def profile(request: pytest.FixtureRequest) -> Profile:
    """Each delivered profile in turn."""
    return load_profile(find_profile(request.param, FOLDER))


@pytest.fixture
async def client(store: Store, profile: Profile) -> AsyncIterator[HttpCoreStore]:
    """The gateway's side."""
    async with aiohttp.ClientSession() as session:
        yield HttpCoreStore(session, store.url, TOKEN, profile, timedelta(seconds=10), SystemClock())


async def test_a_revision_arrives_as_its_profile_renders_it(
    store: Store, client: HttpCoreStore, profile: Profile
) -> None:
    """Returning from `put` means that the store keeps the record."""
    native = document()
    await client.put(native)

    assert await store.revisions(str(native["evaluation_id"])) == {1: profile.render(native)}


async def test_a_repeat_is_as_good_as_the_first(
    store: Store, client: HttpCoreStore, profile: Profile
) -> None:
    """Delivery is at least once: the second put of a revision succeeds and changes nothing."""
    native = document()
    await client.put(native)
    await client.put(native)

    assert await store.revisions(str(native["evaluation_id"])) == {1: profile.render(native)}


@pytest.mark.requirement("R-12")
async def test_a_correction_is_the_next_revision(store: Store, client: HttpCoreStore) -> None:
    """A rating that was not adopted stays visible, with its correction after it."""
    native = document()
    await client.put(native)
    await client.put(document(revision=2, adopted=False))

    kept = await store.revisions(str(native["evaluation_id"]))
    assert {revision: kept[revision]["adopted"] for revision in kept} == {1: True, 2: False}


async def test_of_many_at_once_every_put_succeeds_and_one_is_kept(
    store: Store, client: HttpCoreStore
) -> None:
    """Two workers that deliver the same revision at once both hear that it is stored."""
    native = document()
    await asyncio.gather(*(client.put(native) for _ in range(8)))

    assert set(await store.revisions(str(native["evaluation_id"]))) == {1}


async def test_a_wrong_token_is_refused_for_good(store: Store, profile: Profile) -> None:
    """Nothing is stored, and the message says which setting to check."""
    async with aiohttp.ClientSession() as session:
        intruder = HttpCoreStore(session, store.url, "guess", profile, timedelta(seconds=10), SystemClock())
        with pytest.raises(DeliveryFailed, match=r"core_store\.token") as caught:
            await intruder.put(document())

    assert caught.value.facts.code == "401"
    assert not caught.value.facts.retryable
    assert await store.revisions(str(document()["evaluation_id"])) == {}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"no json",
        b"\xff\xfe\xfd",
        b'{"evaluation_id": "another", "revision": 1}',
        b'{"evaluation_id": "e1"}',
        b'{"evaluation_id": "e1", "revision": 0}',
        b'{"evaluation_id": "e1", "revision": "1"}',
        b'{"evaluation_id": "e1", "revision": true}',
    ],
)
async def test_what_is_no_record_is_refused_for_good(store: Store, body: bytes) -> None:
    """Malformed bodies, another id and unusable revisions get 422 and store nothing."""
    async with (
        aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as session,
        session.put(f"{store.url}/v1/evaluations/e1", data=body) as answer,
    ):
        assert answer.status == 422
    assert await store.revisions("e1") == {}

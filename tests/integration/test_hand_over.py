"""Real processes that share a database: one ends, another goes on, and nothing is held for ever."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from sqlalchemy import select, update

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.tables import outbox
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.outbox import OutboxEntry, OutboxKind, OutboxState
from tests.integration.crash_traffic import ENTRY
from tests.integration.test_one_and_many import PATIENCE
from tests.peers.cluster import TOKEN, Cluster, cluster
from tests.peers.core_store import Fault, ScriptedCoreStore
from tests.peers.gateway_process import run_command
from tests.peers.gateway_settings import KEYS
from tests.peers.redis_server import redis_server
from tests.peers.smtp_server import Act
from tests.peers.twilio_webhooks import TwilioWebhooks

UNKNOWN = "fax"


def opened(url: str) -> SqlDatabase:
    """The processes' database, as the test looks at it."""
    return open_database(url, PersonalDataCipher([b"k" * 32]), InProcessWakeups())


async def rated_badly(shared: Cluster) -> None:
    """One call that is owed a delivery to the core store and an email."""
    call = shared.carrier.call("+8613800138000")
    await call.enter(ENTRY)
    await call.press("5")
    await call.hang_up()


async def end_leases(database: SqlDatabase) -> None:
    """Let the time pass after which leases have ended."""
    past = datetime.now(UTC) - timedelta(seconds=1)
    async with database.engine.begin() as connection:
        await connection.execute(
            update(outbox).where(outbox.c.state == OutboxState.PENDING).values(leased_until=past, due_at=past)
        )


async def waiting(database: SqlDatabase) -> list[tuple[str, str | None]]:
    """What is pending, by kind, and who holds it."""
    async with database.reading_engine.connect() as connection:
        found = await connection.execute(
            select(outbox.c.kind, outbox.c.lease).where(outbox.c.state == OutboxState.PENDING)
        )
        return [(kind, lease) for kind, lease in found]


async def nothing_known_waits(database: SqlDatabase) -> None:
    """Return once all that this version knows how to deliver is settled."""
    async with asyncio.timeout(PATIENCE):
        while any(kind != UNKNOWN for kind, _ in await waiting(database)):  # noqa: ASYNC110 - others work
            await asyncio.sleep(0.1)


async def test_a_killed_worker_is_taken_over__and_a_kind_of_a_newer_version_is_left(
    database_url: str, tmp_path: Path
) -> None:
    """Killed when both peers had taken theirs and not answered: each comes once more, as what it was.

    The core store deduplicates by revision, mailboxes by Message-ID. What an older version does not know how
    to deliver stays as it is, untried, until a newer one comes.
    """
    store = ScriptedCoreStore()
    store.fail_next(Fault.SLOW)
    async with cluster(database_url, tmp_path, webs=1, workers=1, store=store) as shared:
        database = opened(database_url)
        try:
            now = datetime.now(UTC)
            later = now + timedelta(hours=1)
            entry = OutboxEntry(kind=OutboxKind.EMAIL, key="f", payload={}, due_at=later, created_at=now)
            async with database.transaction() as work:
                await work.outbox.add([entry])
            async with database.engine.begin() as connection:
                await connection.execute(
                    update(outbox).where(outbox.c.key == "f").values(kind=UNKNOWN, due_at=now)
                )
            shared.mail.content_answers.append(Act.SILENCE)
            await rated_badly(shared)
            async with asyncio.timeout(PATIENCE):
                await store.wait_until_stored(1)
                await shared.mail.silent.wait()
            await shared.processes["worker0"].kill()
            await end_leases(database)
            store.release()
            await shared.processes["worker0"].start()
            await nothing_known_waits(database)
            left = await waiting(database)
        finally:
            await database.close()

    assert left == [(UNKNOWN, None)]
    assert [put.revision for put in store.puts if put.revision == 1] == [1, 1]
    assert len(store.stored) == len(store.newest)
    assert len(shared.mail.inbox) == 2
    assert len({email.message["Message-ID"] for email in shared.mail.inbox}) == 1


async def test_a_stopped_worker_drains_and_holds_nothing(database_url: str, tmp_path: Path) -> None:
    """SIGTERM amid a delivery: it is finished and settled, and both processes end well within their grace."""
    store = ScriptedCoreStore()
    store.fail_next(Fault.SLOW)
    async with cluster(database_url, tmp_path, webs=1, workers=1, store=store) as shared:
        database = opened(database_url)
        try:
            await rated_badly(shared)
            async with asyncio.timeout(PATIENCE):
                await store.wait_until_stored(1)
            ending = asyncio.create_task(shared.terminate())
            async with asyncio.timeout(PATIENCE):
                while "draining" not in shared.processes["worker0"].log.read_text():  # noqa: ASYNC110 - as above
                    await asyncio.sleep(0.05)
            store.release()
            async with asyncio.timeout(PATIENCE):
                codes = await ending
            held = [lease for _, lease in await waiting(database) if lease is not None]
        finally:
            await database.close()

    assert set(codes.values()) == {0}
    assert held == []
    assert len(store.puts) == 1, "what was under way was settled, not left to be repeated"


async def test_a_live_view_of_one_node_sees_what_another_records(
    postgres_database_url: str, tmp_path: Path
) -> None:
    """Who waits at the one is answered as soon as the other has recorded, long before the wait is over."""
    with redis_server() as redis:
        async with (
            cluster(
                postgres_database_url, tmp_path, webs=2, workers=0, HAOCHAPING_REDIS__URL=redis.url
            ) as shared,
            aiohttp.ClientSession(headers={"Authorization": f"Bearer {TOKEN}"}) as http,
        ):
            one, other = (shared.processes[name].url for name in ("web0", "web1"))
            waits = asyncio.create_task(_first_page(http, f"{one}/v1/evaluations?wait=30"))
            call = TwilioWebhooks(http, shared.url, address=other).call("+8613800138000")
            await call.enter(ENTRY)
            await call.press("2")
            async with asyncio.timeout(PATIENCE):
                page = await waits

    assert [item["level"] for item in page] == ["satisfied"]


async def _first_page(http: aiohttp.ClientSession, url: str) -> list[dict[str, object]]:
    async with http.get(url) as answer:
        return list((await answer.json())["evaluations"])


async def test_two_upgrades_at_once_are_one(empty_database_url: str, tmp_path: Path) -> None:
    """The second waits for the first and finds nothing to do."""
    told = await asyncio.gather(
        *(
            run_command(
                tmp_path,
                *("db", "upgrade"),
                HAOCHAPING_DATABASE__URL=empty_database_url,
                HAOCHAPING_PRIVACY__KEYS=KEYS,
            )
            for _ in range(2)
        )
    )

    assert [code for code, _, _ in told] == [0, 0], told
    assert sorted("upgraded from an empty database" in out for _, out, _ in told) == [False, True], told

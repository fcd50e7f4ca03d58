"""Killed again and again amid calls and texts: what people were told is what is recorded, delivered, emailed.

Two web and two worker processes behind a balancer, on each database, the clocks of each two a minute and a
half apart, with Redis, a core store, a mail server and a carrier that fail as real ones do. `--kills N` sets
how often (`make soak`: many).
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import func, select, update

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.tables import evaluations, outbox
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.outbox import OutboxState
from tests.integration.crash_traffic import BAD, Citizens
from tests.peers.cluster import LONG_TROUBLES, TROUBLES, Cluster, cluster, mischief
from tests.peers.core_store import Fault, ScriptedCoreStore, seeded_script
from tests.peers.postgres import PostgresServer, postgres_server
from tests.peers.redis_server import RedisServer, redis_server

HANDS = 12
PATIENCE = 300.0
APART = timedelta(seconds=90)
FEW = 10
"""Kills in a run that has no time for all of a carrier's troubles."""
STORE_FAULTS = (Fault.BROKEN, Fault.DROPPED, Fault.ANSWER_LOST, Fault.BUSY)
Blow = Callable[[], Awaitable[object]]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
async def test_whatever_is_killed_nothing_is_lost_or_doubled(
    engine: str, tmp_path: Path, kills: int, record_property: Callable[[str, object], None]
) -> None:
    """Told = recorded = stored, each as it was meant; bad ones emailed, everybody who texted thanked."""
    chance = random.Random(kills)  # noqa: S311 - when to kill, not a secret
    store = ScriptedCoreStore(script=seeded_script(7, 0.2, STORE_FAULTS))
    with redis_server() as redis, postgres_server() as postgres:
        url = postgres.url if engine == "postgresql" else f"sqlite:///{tmp_path}/gateway.db"
        async with (
            cluster(url, tmp_path, store=store, apart=APART, HAOCHAPING_REDIS__URL=redis.url) as opened,
            aiohttp.ClientSession() as http,
        ):
            citizens = Citizens(opened, http, chance)
            await lived_through(opened, citizens, kills, blows(opened, redis, postgres, engine), chance)
            database = open_database(url, PersonalDataCipher([b"k" * 32]), InProcessWakeups())
            try:
                await settled(database, opened, citizens)
                recorded = await found_recorded(database)
                dead = await count(database, OutboxState.DEAD)
            finally:
                await database.close()
            codes = await opened.terminate()

    figures = figures_of(opened, citizens, recorded)
    record_property("crashes", figures)
    print(f"\n{engine}: {figures}")  # noqa: T201 - what a soak is run for
    assert recorded == citizens.told == citizens.given
    assert {d["service_id"]: d["level"] for d in store.newest.values()} == citizens.told
    assert len(store.newest) == len(citizens.told)
    store.assert_consistent()
    assert len(mailed(opened)) == sum(level in BAD for level in citizens.told.values())
    assert set(thanked(opened)) == set(citizens.texters)
    assert set(thanked(opened).values()) <= {1}
    assert dead == 0
    assert set(codes.values()) == {0}


def blows(
    opened: Cluster, redis: RedisServer, postgres: PostgresServer, engine: str
) -> list[tuple[Blow, int]]:
    """What may be struck, and how often in proportion."""
    turns = asyncio.Lock()

    async def redis_dies() -> None:
        opened.kills["redis"] = opened.kills.get("redis", 0) + 1
        # Down and up before anybody else has a turn: a new one knows nothing of what was there.
        redis.kill()
        redis.start()

    async def postgres_dies(stop: Callable[[], None]) -> None:
        opened.kills["postgres"] = opened.kills.get("postgres", 0) + 1
        async with turns:
            await asyncio.to_thread(stop)
            await asyncio.to_thread(postgres.start)

    struck: list[tuple[Blow, int]] = [
        (lambda name=name: opened.kill(name), 4)  # type: ignore[misc]  # a default binds the name
        for name in opened.processes
    ]
    struck.append((redis_dies, 1))
    if engine == "postgresql":
        struck += [(lambda: postgres_dies(postgres.stop), 1), (lambda: postgres_dies(postgres.kill), 1)]
    return struck


async def lived_through(
    opened: Cluster, citizens: Citizens, kills: int, struck: list[tuple[Blow, int]], chance: random.Random
) -> None:
    """Let citizens call and text while so many blows fall, one after the other."""
    over = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        moods = group.create_task(mischief(opened, chance, LONG_TROUBLES if kills > FEW else TROUBLES))
        for _ in range(HANDS):
            group.create_task(citizens.come_and_go(over))
        await asyncio.gather(
            *(struck_by(share, struck, chance) for share in (kills // 2, kills - kills // 2))
        )
        over.set()
        moods.cancel()
    opened.store.script = iter(())
    opened.mail.content_answers.clear()
    opened.twilio.troubles.clear()


async def struck_by(kills: int, struck: list[tuple[Blow, int]], chance: random.Random) -> None:
    """One of two who strike, so that now and then several things are down at once."""
    for _ in range(kills):
        (blow,) = chance.choices([b for b, _ in struck], [weight for _, weight in struck])
        await asyncio.sleep(0.3 + chance.random() / 2)
        await blow()


async def settled(database: SqlDatabase, opened: Cluster, citizens: Citizens) -> None:
    """Return once nothing is owed; what waits for another try is made due, lest that takes minutes."""
    async with asyncio.timeout(PATIENCE):
        while await count(database, OutboxState.PENDING):
            async with database.engine.begin() as connection:
                await connection.execute(
                    update(outbox)
                    .where(outbox.c.state == OutboxState.PENDING, outbox.c.lease.is_(None))
                    .values(due_at=datetime.now(UTC))
                )
            await asyncio.sleep(0.5)
        await opened.store.wait_until_stored(len(citizens.told))


async def count(database: SqlDatabase, state: OutboxState) -> int:
    async with database.reading_engine.connect() as connection:
        found = await connection.execute(select(func.count()).where(outbox.c.state == state))
        return int(found.scalar_one())


async def found_recorded(database: SqlDatabase) -> dict[str, str]:
    """Level by service; a service that was recorded twice shows as such."""
    async with database.reading_engine.connect() as connection:
        rows = (await connection.execute(select(evaluations.c.service_id, evaluations.c.level))).all()
    levels: dict[str, str] = {}
    for service_id, level in rows:
        levels[service_id] = f"{levels[service_id]}, {level}" if service_id in levels else level.name.lower()
    return levels


def mailed(opened: Cluster) -> set[str]:
    return {str(email.message["Message-ID"]) for email in opened.mail.inbox}


def thanked(opened: Cluster) -> Counter[str]:
    return Counter(text.to for text in opened.twilio.sent)


def figures_of(opened: Cluster, citizens: Citizens, recorded: dict[str, str]) -> dict[str, object]:
    stored = opened.store.newest
    return {
        "kills": sum(opened.kills.values()),
        "struck": dict(sorted(opened.kills.items())),
        "calls": citizens.calls,
        "texts": len(citizens.texters),
        "repeats": citizens.repeats,
        "told": len(citizens.told),
        "recorded": len(recorded),
        "delivered": len(stored),
        "store_repeats": opened.store.repeats,
        "bad": sum(level in BAD for level in citizens.told.values()),
        "emailed": len(mailed(opened)),
        "emails_repeated_under_their_id": len(opened.mail.inbox) - len(mailed(opened)),
        "texts_out": len(opened.twilio.sent),
        "texts_doubled": sum(n - 1 for n in thanked(opened).values()),
        "lost": len(citizens.told.keys() - recorded.keys())
        + len(recorded.keys() - {d["service_id"] for d in stored.values()}),
        "doubled": sum("," in level for level in recorded.values())
        + len(stored)
        - len({d["service_id"] for d in stored.values()}),
    }

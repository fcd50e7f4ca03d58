"""Worlds on a real PostgreSQL: the same promises, the same seeds, and transactions that truly interleave."""

from __future__ import annotations

import asyncpg
import pytest
from sqlalchemy import text

from gateway.adapters.database import outbox_statements
from gateway.adapters.database.scratch_postgresql import DrivenServer
from gateway.domain.errors import ConfigurationError, Unavailable
from gateway.simulation.world import Outcome, WorldPlan, live, replay_command
from tests.peers.postgres import free_port


def lived(url: str, seed: int, citizens: int = 4, days: float = 1.0) -> Outcome:
    """A world on a database of its own."""
    return live(WorldPlan(seed=seed, days=days, citizens=citizens, database=url))


def test_worlds_hold_on_postgresql_too(postgres_url: str, seed_on_postgresql: int) -> None:
    """Crashes, faults, waits for locks: nothing lost, nothing doubled, nobody disturbed."""
    outcome = lived(postgres_url, seed_on_postgresql)

    assert outcome.violation is None, f"{outcome.violation}\nreplay: {replay_command(outcome.plan)}"
    assert outcome.evaluations > 0


def test_the_same_seed_is_the_same_world_there(postgres_url: str) -> None:
    """However long the server takes, and also where transactions wait for each other."""
    first, again = (lived(postgres_url, 2, citizens=3, days=0.5) for _ in range(2))

    assert first.timeline.counts["waits for a lock"] > 0
    assert first.timeline.digest == again.timeline.digest
    assert first.timeline.counts == again.timeline.counts


async def test_the_server_puts_no_row_where_another_lay__regression(postgres_database_url: str) -> None:
    """When it may do so depends on all that runs there; where rows lie decides which are come upon first."""
    server = DrivenServer(postgres_database_url)
    try:
        session = await server.open()
        await session.connection.execute(text("CREATE TABLE rows (number int, width char(900))"), None)
        await session.connection.execute(text("INSERT INTO rows VALUES (0, '')"), None)
        places = []
        for _ in range(30):
            changed = text("UPDATE rows SET number = number + 1 RETURNING ctid::text")
            places.append((await session.connection.execute(changed, None)).scalar_one())
            await session.commit()
    finally:
        await server.close()

    assert len(set(places)) == len(places)


def test_claims_without_a_row_lock_are_noticed(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two workers read the same due entry before either marks it: only interleaved statements show it."""
    right = outbox_statements.claimable

    def wrong(clock: str) -> object:
        unlocked = right(clock)._clone()
        unlocked._for_update_arg = None
        return unlocked

    monkeypatch.setattr(outbox_statements, "claimable", wrong)
    plans = [WorldPlan(seed=seed, days=1.0, citizens=3) for seed in (2, 5, 7)]
    assert live(plans[0]).violation is None

    assert any(lived(postgres_url, plan.seed, citizens=3).violation for plan in plans)


async def test_nothing_is_left_on_the_server(postgres_url: str) -> None:
    """Every world drops the database that it made."""
    admin = await asyncpg.connect(postgres_url)
    try:
        left = await admin.fetch(
            "SELECT datname FROM pg_database WHERE datname LIKE 'haochaping_simulation%'"
        )
    finally:
        await admin.close()

    assert left == []


@pytest.mark.parametrize(
    ("url", "kind", "words"),
    [
        ("sqlite:///x.db", ConfigurationError, "only PostgreSQL"),
        ("postgresql://nobody@127.0.0.1:{port}/x", Unavailable, "cannot be reached"),
    ],
)
def test_a_server_that_cannot_be_used_is_refused(url: str, kind: type[Exception], words: str) -> None:
    """In one line, before anything is simulated."""
    with pytest.raises(kind, match=words):
        lived(url.format(port=free_port()), 1)

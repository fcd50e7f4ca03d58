"""A database that is locked or gone: nothing is acknowledged that was not stored, and work resumes."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database import engine
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.errors import Unavailable
from gateway.web.webhooks import verified
from tests.integration.conftest import AGENCY, CITIZEN, Rig, open_rig, until
from tests.peers.postgres import postgres_server

ENTRY = f"/twilio/voice/rating?agency_code={AGENCY}&region_code=441500&item_code=a"


async def test_a_locked_database_answers_503_with_words_and_then_goes_on(
    tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The caller hears an apology, the key that was not stored rates when it is brought again."""
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_MS", 50)
    async with open_rig(f"sqlite:///{tmp_path}/gateway.db", tmp_path, clock) as rig:
        call = rig.carrier.call(CITIZEN, status_callback="")
        await call.enter(ENTRY)
        intruder = sqlite3.connect(tmp_path / "gateway.db", isolation_level=None)
        intruder.execute("BEGIN IMMEDIATE")

        await call.press("4")
        refused = call.answers[-1]
        text = await rig.carrier.text_in(CITIZEN, "5")
        intruder.execute("ROLLBACK")
        intruder.close()
        repeated = await call.repeat()
        documents = await rig.stored(1)

    assert (refused.status, text.status) == (503, 503)
    assert "<Hangup" in refused.body
    assert repeated.status == 200
    assert [d["level"] for d in documents.values()] == ["dissatisfied"]


async def test_a_database_that_was_gone_is_used_again_when_it_is_back(
    tmp_path: Path, clock: MovableClock
) -> None:
    """PostgreSQL stopped: `/readyz` names it, webhooks get 503, `/healthz` lives; started: work goes on."""
    with postgres_server() as server:
        async with open_rig(server.url, tmp_path, clock) as rig:
            async with rig.http.get(f"{rig.url}/readyz") as answer:
                assert answer.status == 200
            server.stop()
            async with rig.http.get(f"{rig.url}/readyz") as answer:
                assert answer.status == 503
                assert "database" in await answer.text()
            refused = await rig.carrier.text_in(CITIZEN, "5")
            async with rig.http.get(f"{rig.url}/healthz") as answer:
                assert answer.status == 200
            server.start()
            await rig.register("S-1")
            taken = await rig.carrier.text_in(CITIZEN, "4")
            documents = await rig.stored(1)

    assert (refused.status, taken.status) == (503, 200)
    assert [d["level"] for d in documents.values()] == ["dissatisfied"]


async def test_a_server_that_goes_while_a_connection_is_opened_is_no_fault_of_ours__regression(
    postgres_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the connection and its first statement: 503 for whoever asked, and not 500."""
    right = asyncpg.Connection.prepare

    async def gone(self: asyncpg.Connection, query: str, **how: object) -> object:
        if "enable_seqscan" in query:
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")
        return await right(self, query, **how)  # type: ignore[no-untyped-call]  # asyncpg has no types

    monkeypatch.setattr(asyncpg.Connection, "prepare", gone)
    database = engine.open_database(
        postgres_database_url, PersonalDataCipher([b"k" * 32]), InProcessWakeups()
    )

    with pytest.raises(Unavailable, match="did not answer: ConnectionDoesNotExistError"):
        await database.ping()
    await database.close()


@pytest.mark.parametrize(
    ("wrong", "told"), [("/nosuch", "no database of the name"), ("nobody@", "does not let in the user")]
)
async def test_what_the_server_refuses_is_told_with_its_remedy(
    postgres_url: str, wrong: str, told: str
) -> None:
    """The name of the database, and who asks."""
    url = (
        postgres_url.replace("postgres@", wrong) if "@" in wrong else postgres_url.rpartition("/")[0] + wrong
    )
    database = engine.open_database(url, PersonalDataCipher([b"k" * 32]), InProcessWakeups())

    with pytest.raises(Unavailable, match=told):
        await database.ping()
    await database.close()


async def test_a_primary_that_became_a_standby_is_left(tmp_path: Path, clock: MovableClock) -> None:
    """It answers questions and takes no changes: `/readyz` says so, and new connections are made."""
    with postgres_server() as server:
        async with open_rig(server.url, tmp_path, clock) as rig:
            await rig.register("S-1")
            await server_says(server.url, "ALTER SYSTEM SET default_transaction_read_only = on")
            turned = datetime.now(UTC)
            await until(lambda: refuses(rig))
            async with rig.http.get(f"{rig.url}/readyz") as answer:
                told = await answer.text()
            assert answer.status == 503
            await until(lambda: connected_anew(server.url, turned))
            await server_says(server.url, "ALTER SYSTEM SET default_transaction_read_only = off")
            await until(lambda: taken(rig))
            documents = await rig.stored(1)

    assert "the database takes no changes" in told
    assert [d["level"] for d in documents.values()] == ["dissatisfied"]


async def test_a_database_that_hangs_holds_up_no_carrier(
    tmp_path: Path, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Words for the caller come before the carrier gives up, and the lock is not waited for without end."""
    monkeypatch.setattr(verified, "_PATIENCE_SECONDS", 0.5)
    monkeypatch.setattr(engine, "PATIENCE_SECONDS", 2.0)
    with postgres_server() as server:
        async with open_rig(server.url, tmp_path, clock) as rig:
            await rig.register("S-1")
            intruder = await asyncpg.connect(server.url)
            await intruder.execute("BEGIN; LOCK TABLE evaluations IN ACCESS EXCLUSIVE MODE")
            refused = await rig.carrier.text_in(CITIZEN, "4")
            await intruder.close()
            await until(lambda: taken(rig))
            documents = await rig.stored(1)

    assert refused.status == 503
    assert [d["level"] for d in documents.values()] == ["dissatisfied"]


async def server_says(url: str, statement: str) -> None:
    """Tell the server's configuration something."""
    admin = await asyncpg.connect(url)
    await admin.execute("SET default_transaction_read_only = off")
    await admin.execute(statement)
    await admin.execute("SELECT pg_reload_conf()")
    await admin.close()


async def connected_anew(url: str, turned: datetime) -> bool:
    """Whether the gateway has connections that are younger than that."""
    admin = await asyncpg.connect(url)
    young = await admin.fetchval(
        "SELECT count(*) FROM pg_stat_activity"
        " WHERE backend_start > $1 AND backend_type = 'client backend' AND pid <> pg_backend_pid()",
        turned,
    )
    await admin.close()
    return bool(young)


async def refuses(rig: Rig) -> bool:
    """Whether a citizen's text is not taken."""
    return (await rig.carrier.text_in(CITIZEN, "4", message_sid="SM" + "1" * 32)).status == 503


async def taken(rig: Rig) -> bool:
    """Whether a citizen's text is taken; the same one each time."""
    return (await rig.carrier.text_in(CITIZEN, "4", message_sid="SM" + "2" * 32)).status == 200

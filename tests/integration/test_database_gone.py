"""A database that is locked or gone: nothing is acknowledged that was not stored, and work resumes."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database import engine
from tests.integration.conftest import AGENCY, CITIZEN, open_rig
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

"""What nodes must bear: clocks that disagree, and a disk that is full."""

from __future__ import annotations

import asyncio
import resource
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.adapters.clock import MovableClock, SystemClock
from gateway.application.deliver_outbox import LEASE
from gateway.bootstrap.assembly import Surrogates
from gateway.bootstrap.serving import Role, running_gateway
from gateway.domain.outbox import OutboxKind
from tests.conftest import MORNING
from tests.integration.conftest import CITIZEN, PATIENCE, Rig, open_rig
from tests.integration.crash_traffic import ENTRY
from tests.peers.core_store import Fault


@pytest.mark.parametrize("ahead", [timedelta(seconds=90), timedelta(seconds=-90)])
async def test_a_node_whose_clock_is_wrong_takes_nothing_from_another(
    postgres_database_url: str, tmp_path: Path, clock: MovableClock, ahead: timedelta
) -> None:
    """Amid a slow delivery, 90 seconds ahead or behind, its worker leaves it alone: one request is made."""
    wrong = MovableClock(MORNING + ahead, SystemClock())
    async with open_rig(postgres_database_url, tmp_path, clock) as rig:
        rig.store.fail_next(Fault.SLOW)
        stand_ins = Surrogates(clock=wrong, key_file=tmp_path / "privacy.key", mail_folder=tmp_path)
        async with running_gateway(rig.gateway.settings, Role.WORKER, surrogates=stand_ins) as (other, _):
            call = rig.call()
            await call.enter(ENTRY)
            await call.press("1")
            await rig.stored(1)
            for kind in OutboxKind:
                other.wakeups.ring(kind.value)
            async with other.database.transaction() as work:
                taken = await work.outbox.claim(OutboxKind.CORE_STORE, wrong.now() + LEASE, LEASE, 9)
            rig.store.release()
            await rig.quiet()

    assert taken == []
    assert len(rig.store.puts) == 1


async def test_a_full_disk_acknowledges_nothing_and_is_got_over(tmp_path: Path, clock: MovableClock) -> None:
    """SQLite cannot write: 503 to carriers, business systems and balancers, with the file and what to do.

    With room again, work goes on by itself.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    async with open_rig(f"sqlite:///{tmp_path}/gateway.db", tmp_path, clock) as rig:
        await rig.register("S-1")
        full = (tmp_path / "gateway.db-wal").stat().st_size
        assert full > 100_000, "room for what this test itself prints"
        resource.setrlimit(resource.RLIMIT_FSIZE, (full, hard))
        try:
            refused = [await rig.carrier.text_in(CITIZEN, "4", message_sid="SM" + "4" * 32) for _ in range(2)]
            status = await rig.post("S-2")
            readiness = [await readiness_of(rig) for _ in range(2)]
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        async with asyncio.timeout(PATIENCE):
            taken = await rig.carrier.text_in(CITIZEN, "4", message_sid="SM" + "4" * 32)
        readiness.append(await readiness_of(rig))
        documents = await rig.stored(1)

    assert [answer.status for answer in refused] == [503, 503]
    assert (status, taken.status) == (503, 200)
    assert [code for code, _ in readiness] == [503, 503, 200]
    assert f"{tmp_path}/gateway.db cannot be read or written (SQLITE_IOERR" in readiness[0][1]
    assert [d["level"] for d in documents.values()] == ["dissatisfied"]


async def readiness_of(rig: Rig) -> tuple[int, str]:
    """What a balancer and Prometheus see."""
    async with rig.http.get(f"{rig.url}/readyz") as answer:
        return answer.status, await answer.text()

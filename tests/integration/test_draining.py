"""A process that is told to stop ends in time, whoever keeps it waiting, and loses nothing by it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sqlalchemy import select, text
from structlog.testing import capture_logs

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import open_database
from gateway.adapters.database.tables import outbox
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.errors import Unavailable
from gateway.domain.outbox import OutboxKind, OutboxState
from tests.integration.conftest import TOKEN, open_rig
from tests.integration.crash_traffic import ENTRY
from tests.peers.core_store import Fault

STREAM = (
    "POST /v1/services/bulk HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer {token}\r\n"
    "Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n{{}}\n\r\n5\r\n{{"
)
"""One line that is answered, and the beginning of another."""


async def test_a_stalled_stream_and_a_slow_core_store_share_one_deadline(
    database_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """Both are cut short together; the rating that was on its way is left as a kill would leave it."""
    with capture_logs() as logs:
        async with open_rig(database_url, tmp_path, clock, HAOCHAPING_WORKER__DRAIN="0s") as rig:
            rig.store.fail_next(Fault.SLOW)
            call = rig.carrier.call("+8613800138000")
            await call.enter(ENTRY)
            await call.press("2")
            await rig.stored(1)
            address = urlsplit(rig.url)
            reader, writer = await asyncio.open_connection(address.hostname, address.port)
            writer.write(STREAM.format(token=TOKEN).encode())
            await reader.readuntil(b"line")
    await reader.read()
    writer.close()

    (cut,) = (line for line in logs if line["event"] == "drain_cut_short")
    assert cut["left"] == {"requests": 1, "deliveries": 1}
    assert not {line["log_level"] for line in logs} & {"error", "critical"}, logs
    database = open_database(database_url, PersonalDataCipher([b"k" * 32]), InProcessWakeups())
    async with database.reading_engine.connect() as connection:
        query = select(outbox.c.state, outbox.c.attempts, outbox.c.lease.is_not(None))
        found = list(await connection.execute(query.where(outbox.c.kind == OutboxKind.CORE_STORE.value)))
    await database.close()
    assert found == [(OutboxState.PENDING, 1, True)], "its lease ends, and another worker takes over"


async def test_a_database_is_closed_after_what_writes__and_refuses_who_comes_later(tmp_path: Path) -> None:
    """A group of commands that goes on while the process ends is committed, not broken off."""
    database = open_database(
        f"sqlite:///{tmp_path / 'g.db'}", PersonalDataCipher([b"k" * 32]), InProcessWakeups()
    )
    async with database.writer.begin() as connection:
        await connection.execute(text("CREATE TABLE t (x INTEGER)"))
        closing = asyncio.create_task(database.close())
        await asyncio.sleep(0)
    await closing

    with pytest.raises(Unavailable, match="closed"):
        async with database.writer.begin():
            pass

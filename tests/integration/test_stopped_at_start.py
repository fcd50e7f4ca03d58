"""A process that is told to stop while it starts ends soon, and leaves the schema as it was."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database import migrations
from gateway.adapters.database.engine import open_database
from gateway.adapters.database.schema import revisions_of
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.bootstrap import draining, serving
from gateway.settings import load_settings

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.adapters.database.migrations import _Step

LONG_STATEMENT = {
    "postgresql": "SELECT pg_sleep(600)",
    # The thread that runs it cannot be ended: the process waits for it, or ends by force.
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < 300000)"
    " SELECT count(*) FROM n",
}

SLEEPING = text(
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
)


async def test_a_stop_amid_an_upgrade_ends_the_start__regression(
    empty_database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    personal_data: PersonalDataCipher,
) -> None:
    """The step under way is undone, on the server at once; one line tells, and nothing is told as a fault."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(draining, "end_by_force_after", lambda _: None)
    monkeypatch.setattr(asyncio.get_running_loop(), "add_signal_handler", lambda *_: None)
    orders = draining.StopOrders(draining.CLOSING)
    monkeypatch.setattr(serving, "StopOrders", lambda _: orders)
    upgrade_step = migrations._upgrade

    def upgrade_slowly(connection: Connection, copied: object) -> _Step:
        step = upgrade_step(connection, copied)
        asyncio.get_running_loop().call_soon(orders.told)
        connection.execute(text(LONG_STATEMENT[connection.dialect.name]))
        return step

    monkeypatch.setattr(migrations, "_upgrade", upgrade_slowly)
    settings = load_settings(
        environ={
            "HAOCHAPING_SERVER__PORT": "0",
            "HAOCHAPING_DATABASE__URL": empty_database_url,
            "HAOCHAPING_PRIVACY__KEYS": f'["{"a" * 43}="]',
        }
    )
    with capture_logs() as logs:
        await serving.serve(settings, serving.Role.ALL)

    assert [line["event"] for line in logs] == ["start_cut_short"]
    database = open_database(empty_database_url, personal_data, InProcessWakeups())
    try:
        async with database.reading_engine.connect() as connection:
            assert (await connection.run_sync(revisions_of))[0] is None
            if connection.dialect.name == "postgresql":
                while (await connection.execute(SLEEPING)).scalar():  # noqa: ASYNC110 - the state is the server's
                    await asyncio.sleep(0.01)
    finally:
        await database.close()

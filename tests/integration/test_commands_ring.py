"""What a command makes due wakes the workers of other processes, where they have Redis in common."""

from __future__ import annotations

import asyncio
import json
from base64 import b64encode
from datetime import UTC, datetime
from pathlib import Path

import pytest

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import open_database
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.bootstrap.importing import open_import, open_service_file
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.outbox import OutboxEntry, OutboxKind, OutboxState
from tests.integration.conftest import PATIENCE
from tests.integration.test_redis_wakeups import LONG, node
from tests.peers.gateway_process import run_command
from tests.peers.redis_server import redis_server

NOW = datetime.now(UTC)
KEYS = json.dumps([b64encode(b"k" * 32).decode()])
HEADER = "service_id,kind,phone,agency_code,item_code,item_name,completed_at"
CALLING = {
    "OUTBOUND__ENABLED": "true",
    "VOICE__PROVIDER": "twilio",
    "TWILIO__ACCOUNT_SID": "AC" + "0" * 32,
    "TWILIO__AUTH_TOKEN": "t" * 32,
    "TWILIO__FROM_NUMBER": "+8675512345678",
    "SERVER__PUBLIC_URL": "https://rating.example",
}


async def with_a_dead_email(url: str) -> None:
    """A database in which an email was given up."""
    database = open_database(url, PersonalDataCipher([b"k" * 32]), InProcessWakeups())
    await upgrade(database)
    entry = OutboxEntry(kind=OutboxKind.EMAIL, key="e", payload={}, due_at=NOW, created_at=NOW)
    async with database.transaction() as work:
        await work.outbox.add([entry])
        claimed = await work.outbox.claim(OutboxKind.EMAIL, NOW, (NOW - NOW), 1)
        why = str(DeliveryFailed("refused", FailureFacts("550", retryable=False)))
        await work.outbox.settle(claimed, OutboxState.DEAD, NOW, why)
    await database.close()


async def test_a_retry_wakes_those_who_deliver(tmp_path: Path) -> None:
    """`outbox retry` has told the others before it ends; without Redis they find it when they next poll."""
    url = f"sqlite:///{tmp_path}/gateway.db"
    await with_a_dead_email(url)
    with redis_server() as redis:
        async with node(redis.url) as worker:
            await worker.notices(there=True)
            rung = asyncio.create_task(worker.wakeups.wait(OutboxKind.EMAIL.value, LONG))
            await asyncio.sleep(0)
            code, out, errors = await run_command(
                tmp_path,
                *("outbox", "retry", "--all"),
                HAOCHAPING_DATABASE__URL=url,
                HAOCHAPING_REDIS__URL=redis.url,
                HAOCHAPING_PRIVACY__KEYS=KEYS,
            )
            assert (code, out) == (0, "1 pending again\n"), errors
            await asyncio.wait_for(rung, PATIENCE)


async def test_an_import_wakes_those_who_call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rating calls that a file makes due are placed by processes that serve, not by the command."""
    url = f"sqlite:///{tmp_path}/gateway.db"
    await with_a_dead_email(url)
    file = tmp_path / "services.csv"
    file.write_text(f"{HEADER}\nS-1,window,13800138000,A,1,居民身份证换领,{NOW.isoformat()}\n", "utf-8")
    with redis_server() as redis:
        ours = {"DATABASE__URL": url, "REDIS__URL": redis.url, "PRIVACY__KEYS": KEYS}
        for name, value in (CALLING | ours).items():
            monkeypatch.setenv(f"HAOCHAPING_{name}", value)
        monkeypatch.chdir(tmp_path)
        async with node(redis.url) as worker:
            await worker.notices(there=True)
            rung = asyncio.create_task(worker.wakeups.wait(OutboxKind.CALL.value, LONG))
            await asyncio.sleep(0)
            with open_service_file(file) as opened:
                async with open_import(None) as load:
                    counts = await load(opened, lambda _position, _counts: None)
            assert (counts.rows, counts.rejected) == (1, 0)
            await asyncio.wait_for(rung, PATIENCE)


async def test_what_was_rung_is_told_before_leaving() -> None:
    """A short-lived process that rings and ends at once wakes the others all the same."""
    with redis_server() as redis:
        async with node(redis.url) as worker:
            await worker.notices(there=True)
            rung = asyncio.create_task(worker.wakeups.wait("outbox", LONG))
            await asyncio.sleep(0)
            async with node(redis.url) as leaving:
                leaving.wakeups.ring("outbox")

            await asyncio.wait_for(rung, PATIENCE)

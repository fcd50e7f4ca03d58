"""A backup taken under load restores to a consistent state, and nobody hears anything twice."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import aiohttp
import asyncpg
import pytest
from sqlalchemy import select

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import open_database
from gateway.adapters.database.tables import evaluations, follow_ups, outbox
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.application.put_aside import WHY
from gateway.bootstrap.backups import back_up, restore
from gateway.domain.errors import InvalidInput
from gateway.domain.outbox import OutboxKind, OutboxState
from tests.integration.conftest import PATIENCE
from tests.integration.patient_callers import Callers, process_environment, rate
from tests.peers import smtp_server
from tests.peers.core_store import ScriptedCoreStore
from tests.peers.gateway_process import GatewayProcess
from tests.peers.gateway_settings import KEYS
from tests.peers.postgres import free_port
from tests.peers.smtp_server import ScriptedSmtpServer
from tests.peers.twilio_webhooks import TwilioWebhooks
from tests.unit.cli.command import Told, haochaping

Command = Callable[..., Told]
BAD = {"dissatisfied", "very_dissatisfied"}
NEW_KEY = b64encode(b"n" * 32).decode()


async def wave(carrier: TwilioWebhooks, numbers: range, callers: Callers) -> None:
    """So many callers rate at once."""
    gate = asyncio.Event()
    gate.set()
    await asyncio.gather(*(rate(carrier, number, callers, gate) for number in numbers))


async def settled(store: ScriptedCoreStore, mail: ScriptedSmtpServer, callers: Callers) -> None:
    """Return once everything that callers were told is at the store and in the mailbox."""
    async with asyncio.timeout(PATIENCE * 3):
        await store.wait_until_stored(len(callers.told))
        while len(mail.inbox) < sum(level in BAD for level in callers.told.values()):  # noqa: ASYNC110
            await asyncio.sleep(0.05)


async def emptied(url: str) -> str:
    """The lost database moved out of the way; the URL of the one to restore into."""
    if url.startswith("sqlite"):
        old = Path(url.removeprefix("sqlite:///"))
        for path in old.parent.glob(f"{old.name}*"):
            path.rename(path.with_name(f"lost-{path.name}"))
        return url
    admin = await asyncpg.connect(url)
    name = f"t{uuid4().hex}"
    await admin.execute(f"CREATE DATABASE {name}")
    await admin.close()
    return url.rpartition("/")[0] + f"/{name}"


async def assert_consistent(url: str) -> set[str]:
    """Every rating has what is owed for it, and nothing is owed for none; the ratings' ids."""
    database = open_database(url, PersonalDataCipher([b"k" * 32]), InProcessWakeups())
    async with database.reading_engine.connect() as connection:
        rated = {row.evaluation_id: row for row in await connection.execute(select(evaluations))}
        opened = {row.evaluation_id for row in await connection.execute(select(follow_ups))}
        owed = Counter(row.kind for row in await connection.execute(select(outbox.c.kind)))
        ordered = set((await connection.execute(select(outbox.c.order_key))).scalars()) - {None}
    await database.close()
    assert ordered == set(rated)
    assert opened == {key for key, row in rated.items() if row.level.value in BAD}
    assert owed == {OutboxKind.CORE_STORE.value: len(rated), OutboxKind.EMAIL.value: len(opened)}
    return set(rated)


async def dead(url: str) -> dict[str, str]:
    """The keys of what was given up, each with the reason."""
    database = open_database(url, PersonalDataCipher([b"k" * 32]), InProcessWakeups())
    async with database.reading() as work:
        rows = await work.inspection.rows(OutboxState.DEAD, None, 999)
    await database.close()
    return {row.key: row.last_error for row in rows}


async def test_a_backup_under_load_restores_and_doubles_nothing(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Taken while callers press keys: consistent, owed ratings go on, no email goes again by itself."""
    monkeypatch.chdir(tmp_path)
    port, worker_port, callers, copy = free_port(), free_port(), Callers(), tmp_path / "copy"
    async with (
        asyncio.timeout(280),
        ScriptedCoreStore() as store,
        smtp_server.running(ScriptedSmtpServer()) as mail,
        aiohttp.ClientSession() as http,
    ):
        environment = process_environment(database_url, port, store, mail)
        environment["HAOCHAPING_WORKER__PORT"] = str(worker_port)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        web = GatewayProcess(tmp_path, port, environment, "web")
        worker = GatewayProcess(tmp_path, worker_port, environment, "worker")
        try:
            await web.start()
            carrier = TwilioWebhooks(http, web.url)
            await wave(carrier, range(8), callers)
            load = asyncio.create_task(wave(carrier, range(8, 40), callers))
            made = await back_up(None, copy)
            await load
            assert made.size > 0
            # Nothing had been delivered when the backup was taken; now all of it is.
            await worker.start()
            await settled(store, mail, callers)
        finally:
            await worker.kill()
            await web.kill()
        stored, written = dict(store.stored), len(mail.inbox)

        url = environment["HAOCHAPING_DATABASE__URL"] = await emptied(database_url)
        monkeypatch.setenv("HAOCHAPING_DATABASE__URL", url)
        done = await restore(None, copy, None)
        restored = await assert_consistent(url)
        assert len(restored) >= 8
        with pytest.raises(InvalidInput, match="nothing is overwritten"):
            await restore(None, copy, None)

        puts = len(store.puts)
        process = GatewayProcess(tmp_path, port, environment)
        await process.start()
        try:
            async with asyncio.timeout(PATIENCE):
                while {put.evaluation_id for put in store.puts[puts:]} != restored:  # noqa: ASYNC110
                    await asyncio.sleep(0.05)
            assert (store.stored, len(mail.inbox)) == (stored, written)
            store.assert_consistent()
            aside = await dead(url)
        finally:
            assert await process.terminate() == 0

    assert set(aside.values()) == {WHY}
    assert len(aside) == done.kept.emails > 0
    ids = Counter(str(email.message["Message-ID"]) for email in mail.inbox)
    assert set(ids.values()) == {1}


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """`haochaping` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: haochaping(capsys, *arguments)


def test_what_cannot_be_backed_up_or_restored_is_told(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Existing files, foreign files, damaged ones, a newer schema: one line, exit 1, nothing left behind."""
    assert command("db", "upgrade").exit_code == 0
    good, taken, letter, torn, newer = (
        tmp_path / name for name in ("good", "taken", "letter", "torn", "newer")
    )
    made = command("db", "backup", str(good))
    assert "keep it apart from the keys" in made.output
    assert good.stat().st_mode & 0o777 == 0o600
    (folder := tmp_path / "copies").mkdir()
    named = command("db", "backup", str(folder))
    assert [f"{each}: " in named.output for each in folder.glob("gateway-20??????-??????")] == [True]
    taken.write_text("somebody's", encoding="utf-8")
    letter.write_text("Dear all", encoding="utf-8")
    torn.write_bytes(good.read_bytes()[: good.stat().st_size // 2])
    newer.write_bytes(good.read_bytes())
    with sqlite3.connect(newer) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
        connection.execute("UPDATE schema_promise SET oldest_program = '9999'")
    connection.close()

    refusals: dict[tuple[str, ...], str] = {
        ("backup", str(taken)): "nothing is overwritten",
        ("backup", str(tmp_path / "none" / "copy")): "cannot be written",
        ("restore", str(good)): "is in the way",
    }
    elsewhere: dict[tuple[str, ...], str] = {
        ("restore", str(letter)): "is no database of SQLite",
        ("restore", str(tmp_path / "missing")): "cannot be read",
        ("restore", str(torn)): "torn: ",
        ("restore", str(newer)): "a newer version made the schema",
        ("restore", str(good), "--lost-at", "yesterday"): "yesterday is no time",
    }
    told = {words: command("db", *words) for words in refusals}
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", f"sqlite:///{tmp_path}/new/gateway.db")
    told |= {words: command("db", *words) for words in elsewhere}

    for words, expected in (refusals | elsewhere).items():
        assert (told[words].exit_code, told[words].output) == (1, ""), words
        assert expected in told[words].errors, words
    assert taken.read_text(encoding="utf-8") == "somebody's"
    assert list((tmp_path / "new").iterdir()) == []
    assert "put aside, due by 2026-11-23T01:30:00+00:00: 0 texts, 0 emails, 0 calls" in (
        command("db", "restore", str(good), "--lost-at", "2026-11-23T09:30").output
    )
    assert command("db", "check").exit_code == 0
    assert "put aside: 0 texts" in command("outbox", "hold").output


def test_a_restore_that_ends_before_its_last_step_says_what_is_left__regression(
    command: Command, postgres_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a backup from before a change of keys: the rows are there, and what may have been sent is owed."""
    copy, until = str(tmp_path / "copy"), "2026-11-23T09:30"
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", postgres_database_url)
    monkeypatch.setenv("HAOCHAPING_PRIVACY__KEYS", KEYS)
    assert command("db", "upgrade").exit_code == 0
    assert command("outbox", "hold").exit_code == 0, "which puts its key on record"
    assert command("db", "backup", copy).exit_code == 0
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", asyncio.run(emptied(postgres_database_url)))

    monkeypatch.setenv("HAOCHAPING_PRIVACY__KEYS", json.dumps([NEW_KEY]))
    restored = command("db", "restore", copy, "--lost-at", until)
    monkeypatch.setenv("HAOCHAPING_PRIVACY__KEYS", json.dumps([NEW_KEY, *json.loads(KEYS)]))
    finished = [command("db", "upgrade"), command("outbox", "hold", "--lost-at", until)]

    assert restored.exit_code == 1
    assert "not listed here" in restored.errors
    assert "haochaping outbox hold --lost-at 2026-11-23T01:30:00+00:00" in restored.errors
    assert [told.exit_code for told in finished] == [0, 0]


def test_a_missing_client_program_is_told(
    command: Command, postgres_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An image without PostgreSQL's programs: the line names the program and what to install."""
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", postgres_database_url)
    monkeypatch.setenv("HAOCHAPING_PRIVACY__KEYS", KEYS)
    monkeypatch.setenv("PATH", str(tmp_path))

    restoring = command("db", "restore", str(tmp_path / "copy"))
    assert command("db", "upgrade").exit_code == 0
    copying = command("db", "backup", str(tmp_path / "copy"))

    assert (restoring.exit_code, copying.exit_code) == (1, 1)
    assert "pg_restore is not installed" in restoring.errors
    assert "pg_dump is not installed" in copying.errors
    assert list(tmp_path.glob("*copy*")) == []

    # What pg_restore 17 says to a server of 14 to 16.
    old = tmp_path / "pg_restore"
    words = 'unrecognized configuration parameter "transaction_timeout"'
    old.write_text(
        f"""#!/bin/sh\n[ "$1" = --list ] || {{ echo '{words}' >&2; exit 1; }}\n""", encoding="utf-8"
    )
    old.chmod(0o700)
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", asyncio.run(emptied(postgres_database_url)))
    restoring = command("db", "restore", str(tmp_path / "copy"))
    assert (restoring.exit_code, "too new for the server" in restoring.errors) == (1, True)

"""A start that cannot succeed says in one line what to mend, through the real command."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import open_database
from gateway.adapters.personal_data import PersonalDataCipher
from tests.peers.gateway_process import run_command
from tests.peers.gateway_settings import KEYS
from tests.peers.postgres import free_port
from tests.unit.cli.command import haochaping

SCHEMAS = {
    "UPDATE alembic_version SET version_num = 'lost'": "nothing is known of the schema's revision lost",
    "DELETE FROM alembic_version": "alembic_version is lost",
    "UPDATE alembic_version SET version_num = '9999'; UPDATE schema_promise SET oldest_program = '9999'": (
        "a newer version made the schema (revision 9999); install that version"
    ),
}


async def refused(folder: Path, *arguments: str, **environment: str) -> str:
    """What it says when it ends with code 1."""
    code, _, errors = await run_command(folder, *arguments, **environment)
    assert code == 1, errors
    assert "Traceback" not in errors
    (line,) = [line for line in errors.splitlines() if "database.url" in line or "redis.url" in line]
    return line


@pytest.mark.parametrize("statements", SCHEMAS)
def test_a_schema_that_does_not_fit(
    database_url: str,
    statements: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Lost, unknown or too new: neither `db upgrade` nor `serve` touches it."""
    asyncio.run(changed(database_url, statements))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", database_url)
    monkeypatch.setenv("HAOCHAPING_PRIVACY__KEYS", KEYS)

    upgrade = haochaping(capsys, "db", "upgrade")
    told = [upgrade.errors]
    if database_url.startswith("sqlite"):
        told.append(asyncio.run(refused(tmp_path, "serve", HAOCHAPING_DATABASE__URL=database_url)))

    assert upgrade.exit_code == 1
    assert all(SCHEMAS[statements] in line for line in told), told


async def changed(database_url: str, statements: str) -> None:
    """Do something to the schema that only an accident would."""
    database = open_database(database_url, PersonalDataCipher([b"k" * 32]), InProcessWakeups())
    async with database.engine.begin() as connection:
        for statement in statements.split("; "):
            await connection.execute(text(statement))
    await database.close()


async def test_servers_that_cannot_be_used(tmp_path: Path) -> None:
    """Wrong engine, no file, nobody listening, no such host, a URL that is none."""
    cases = {
        "mysql://root@127.0.0.1/x": "database.url",
        "sqlite://": "database.url",
        "nonsense": "database.url",
        f"postgresql://nobody@127.0.0.1:{free_port()}/none": "the database cannot be reached",
        "postgresql://nobody@host.invalid/none": "the database cannot be reached",
        "postgresql://nobody@127.0.0.1:port/none": "database.url",
    }
    told = await asyncio.gather(*(refused_at_all(tmp_path, url) for url in cases))

    for (url, words), line in zip(cases.items(), told, strict=True):
        assert words in line, (url, line)


async def refused_at_all(folder: Path, url: str) -> str:
    """What it says in its last line when it ends with code 1."""
    code, _, errors = await run_command(
        folder, "serve", HAOCHAPING_DATABASE__URL=url, HAOCHAPING_PRIVACY__KEYS=KEYS
    )
    assert code == 1, errors
    assert "Traceback" not in errors
    return errors.strip().splitlines()[-1]

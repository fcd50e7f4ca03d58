"""The doctor on databases, on both engines, well and ill."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import asyncpg
import pytest

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import open_database
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.bootstrap.doctor import clocks, database, disk
from gateway.domain.diagnoses import Verdict
from tests.integration.doctor.conftest import Examine, troubles
from tests.peers.postgres import free_port

PROMISING_NOTHING = """
UPDATE alembic_version SET version_num = '9999'; UPDATE schema_promise SET oldest_program = '9998'
"""


async def migrate(url: str) -> None:
    """Bring a database up to date."""
    opened = open_database(url, PersonalDataCipher([b"k" * 32]), InProcessWakeups())
    await upgrade(opened)
    await opened.close()


async def test_a_database_that_is_well(
    database_url: str, examine: Examine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Schema and durability are sound; PostgreSQL without an archive is doubted."""
    # The folder of a test may well lie in memory.
    monkeypatch.setattr(database, "kind_of", lambda _: "ext4")
    await migrate(database_url)

    found = await examine(database.examine, database__url=database_url)

    assert troubles(found) == []
    assert {each.check for each in found if each.verdict is Verdict.OK} >= {"schema", "durability"}
    if database_url.startswith("postgresql"):
        (doubt,) = troubles(found, Verdict.WARN)
        assert "no archiving" in doubt


async def test_a_database_before_its_first_start(
    empty_database_url: str, examine: Examine, tmp_path: Path
) -> None:
    """No file, no schema: told with what makes it, and nothing is made by looking."""
    found = await examine(database.examine, database__url=empty_database_url)

    first = found[0]
    assert (first.verdict, "db upgrade" in first.remedy) == (Verdict.WARN, True)
    assert not tmp_path.joinpath("gateway.db").exists()


@pytest.mark.parametrize(
    ("setting", "finding"),
    [
        ("synchronous_commit = off", "might be lost or torn"),
        ("default_transaction_read_only = on", "it takes no writes"),
    ],
)
async def test_a_postgresql_that_must_not_be_trusted(
    setting: str, finding: str, postgres_database_url: str, examine: Examine
) -> None:
    """Settings of the server, the role or the database that lose what was acknowledged."""
    await migrate(postgres_database_url)
    connection = await asyncpg.connect(postgres_database_url)
    name = postgres_database_url.rpartition("/")[2]
    await connection.execute(f"ALTER DATABASE {name} SET {setting}")
    await connection.close()

    found = await examine(database.examine, database__url=postgres_database_url)

    (trouble,) = troubles(found)
    assert finding in trouble


@pytest.mark.parametrize(
    ("damage", "verdict", "remedy"),
    [
        ("UPDATE alembic_version SET version_num = '0001'", Verdict.FAIL, "haochaping db upgrade"),
        ("UPDATE alembic_version SET version_num = '9999'", Verdict.WARN, "install that version"),
        (
            PROMISING_NOTHING,
            Verdict.FAIL,
            "install that version",
        ),
        ("UPDATE alembic_version SET version_num = 'other'", Verdict.FAIL, "restore the backup"),
        ("DELETE FROM alembic_version", Verdict.FAIL, "restore the backup"),
        ("DROP TABLE alembic_version", Verdict.FAIL, "restore the backup"),
    ],
)
async def test_a_schema_of_another_version(
    damage: str, verdict: Verdict, remedy: str, examine: Examine, tmp_path: Path
) -> None:
    """As a process judges it that starts: what still serves may go on, what is lost is restored."""
    url = f"sqlite:///{tmp_path}/gateway.db"
    await migrate(url)
    with sqlite3.connect(tmp_path / "gateway.db") as connection:
        connection.executescript(damage)
    connection.close()

    found = await examine(database.examine, database__url=url)

    (told,) = [each for each in found if each.check == "schema"]
    assert told.verdict is verdict
    assert remedy in told.remedy


async def test_a_database_that_is_not_there(examine: Examine) -> None:
    """One line, without the password."""
    url = f"postgresql://user:hidden@127.0.0.1:{free_port()}/none"

    found = await examine(database.examine, database__url=url)

    (trouble,) = troubles(found)
    assert "cannot be reached" in trouble
    assert "hidden" not in repr(found)


async def test_the_databases_clock_is_compared(postgres_database_url: str, examine: Examine) -> None:
    """On the same machine it agrees."""
    found = await examine(clocks.examine, database__url=postgres_database_url)

    assert "agrees with the database" in {each.finding for each in found}


async def test_disks_are_measured_where_things_will_be_written(examine: Examine, tmp_path: Path) -> None:
    """Also before the folders exist."""
    found = await examine(disk.examine, database__url=f"sqlite:///{tmp_path}/deep/down/gateway.db")

    assert found
    assert all("GiB free" in each.evidence for each in found)

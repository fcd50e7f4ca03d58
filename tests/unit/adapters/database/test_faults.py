"""What a database says when it cannot be used: which file, why, and what to do."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.faults import translated
from gateway.adapters.database.schema import revisions
from gateway.adapters.database.trial_writes import try_to_write
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.errors import Unavailable


def opened(file: Path) -> SqlDatabase:
    """As the gateway opens it."""
    return open_database(f"sqlite:///{file}", PersonalDataCipher([b"k" * 32]), InProcessWakeups())


async def look(file: Path) -> None:
    """Ask for the schema."""
    database = opened(file)
    try:
        await revisions(database)
    finally:
        await database.close()


def make(file: Path, *, as_what: str) -> None:
    """Something that is no database of ours."""
    if as_what == "garbage":
        file.write_bytes(b"no database at all" * 1_000)
    elif as_what == "a folder":
        file.mkdir()
    else:
        with closing(sqlite3.connect(file)) as foreign:
            foreign.execute("CREATE TABLE alembic_version (number INTEGER)")


@pytest.mark.parametrize(
    ("as_what", "told"),
    [
        ("garbage", "{file} is no database of SQLite; "),
        ("a folder", "{file} cannot be opened; "),
        ("foreign", "the tables are not those of this program; "),
    ],
)
async def test_a_file_that_is_no_database_of_ours(tmp_path: Path, as_what: str, told: str) -> None:
    """One line each, with the file and a remedy."""
    file = tmp_path / "gateway.db"
    make(file, as_what=as_what)

    with pytest.raises(Unavailable) as refused:
        await look(file)

    assert str(refused.value).startswith(told.format(file=file))


async def test_a_full_disk_is_told_by_its_name(tmp_path: Path) -> None:
    """By SQLite's code for it, whichever connection meets it."""
    file = tmp_path / "gateway.db"
    database = opened(file)
    with pytest.raises(Unavailable) as refused, translated():
        async with database.writer.begin() as connection:
            await connection.execute(text("PRAGMA max_page_count = 2"))
            await connection.execute(text("CREATE TABLE filling (bytes BLOB)"))
            await connection.execute(text("INSERT INTO filling VALUES (zeroblob(100000))"))
    await database.close()

    assert str(refused.value) == (
        f"the disk that holds {file} is full; free some space there: nothing was acknowledged"
    )


async def test_what_is_tried_leaves_nothing_behind(database: SqlDatabase) -> None:
    """On both engines: no table, and the daily work goes on."""
    await try_to_write(database.engine)
    await try_to_write(database.engine)

    with translated():
        async with database.engine.connect() as connection:
            with pytest.raises(Exception, match="room_for_ratings"):
                await connection.execute(text("SELECT 1 FROM room_for_ratings"))

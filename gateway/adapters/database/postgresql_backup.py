"""Dumps of a PostgreSQL database by its own programs, pg_dump and pg_restore."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL, PIPE
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import text

from gateway.adapters.database.driver_urls import for_libpq
from gateway.adapters.database.faults import translated
from gateway.domain.errors import ConfigurationError, InvalidInput
from gateway.domain.plain_text import one_line

if TYPE_CHECKING:
    from gateway.adapters.database.engine import SqlDatabase

_LONGEST_REASON: Final = 300
_UNKNOWN_TO_OLD_SERVERS: Final = "transaction_timeout"
"""pg_restore sets it from version 17 on, whatever the server."""
_TOO_NEW: Final = (
    "this pg_restore is too new for the server, nothing was filled in; restore with the one of the server's "
    "version: see docs/backup.md, other means"
)
_TABLES: Final = text(
    "SELECT count(*) FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
    " WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p', 'v', 'm', 'S')"
)


async def dump(url: str, copy: Path) -> None:
    """Write the database as it is at one moment into `copy`, in pg_dump's custom format, and prove that.

    Raises:
        ConfigurationError: pg_dump is not installed, or the server does not serve it.

    """
    arguments = ["--format=custom", "--no-owner", "--no-privileges", f"--file={copy}"]
    address, password = for_libpq(url)
    await _run("pg_dump", [*arguments, address], password, place="database.url")
    await _run("pg_restore", ["--list", str(copy)], place=str(copy))


async def load(database: SqlDatabase, url: str, dumped: Path) -> None:
    """Fill an empty database from a dump, whole or not at all.

    Raises:
        InvalidInput: the database is not empty.
        ConfigurationError: pg_restore is not installed, the file is no dump, or the server refuses.

    """
    if await _is_used(database):
        raise InvalidInput(
            "holds tables already, and nothing is overwritten; name an empty database", pointer="database.url"
        )
    arguments = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
    address, password = for_libpq(url)
    await _run("pg_restore", ["--list", str(dumped)], place=str(dumped))
    try:
        await _run(
            "pg_restore", [*arguments, f"--dbname={address}", str(dumped)], password, place="database.url"
        )
    except ConfigurationError as fault:
        if _UNKNOWN_TO_OLD_SERVERS not in str(fault):
            raise
        raise ConfigurationError(_TOO_NEW, place="database.url") from fault


async def _is_used(database: SqlDatabase) -> bool:
    with translated():
        async with database.reading_engine.connect() as connection:
            return bool((await connection.execute(_TABLES)).scalar_one())


async def _run(program: str, arguments: list[str], password: str = "", *, place: str) -> None:
    path = shutil.which(program)
    if path is None:
        raise ConfigurationError(
            f"{program} is not installed here; install PostgreSQL's client programs, of the server's version",
            place=place,
        )
    environment = {**os.environ, "LC_ALL": "C"} | ({"PGPASSWORD": password} if password else {})
    process = await asyncio.create_subprocess_exec(
        path, *arguments, env=environment, stdin=DEVNULL, stdout=DEVNULL, stderr=PIPE
    )
    _, told = await process.communicate()
    if process.returncode:
        reason = one_line(told.decode(errors="replace"))[:_LONGEST_REASON]
        raise ConfigurationError(f"{program} failed: {reason}", place=place)

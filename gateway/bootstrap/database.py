"""The database of the settings, brought up to date or refused."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import structlog

from gateway.adapters.clock import SystemClock
from gateway.adapters.database.database_url import read_database_url
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.keys_in_use import take_up_keys
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.database.schema import require_schema
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.application.ports.clock import Clock
from gateway.application.ports.wakeups import Wakeups
from gateway.settings import Settings

log = structlog.get_logger()


async def open_current_database(
    settings: Settings,
    personal_data: PersonalDataCipher,
    wakeups: Wakeups,
    stack: AsyncExitStack,
    *,
    lease_clock: Clock | None = None,
) -> SqlDatabase:
    """The database, its schema this version's, closed with the stack; of `lease_clock` see `open_database`.

    Raises:
        ConfigurationError: the schema is of another version, the URL cannot be used, or a key is missing.
        Unavailable: the database cannot be reached.

    """
    url = settings.database.url.get_secret_value()
    database = open_database(
        url, personal_data, wakeups, pool_size=settings.database.pool_size, lease_clock=lease_clock
    )
    stack.push_async_callback(database.close)
    if settings.database.auto_upgrade:
        before, now = await upgrade(database)
        if before != now:
            log.info("schema_upgraded", before=before, now=now)
    log.debug("schema_fits", revision=await require_schema(database))
    await take_up_keys(database, personal_data, SystemClock().now())
    return database


def sqlite_file(url: str) -> Path | None:
    """The file of an SQLite database; None for a server's."""
    file = read_database_url(url).file
    return None if file is None else Path(file)

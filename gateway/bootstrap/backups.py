"""Backups of the database of the settings, and their restoration."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from gateway.adapters.clock import SystemClock
from gateway.adapters.database.backup_files import published
from gateway.adapters.database.postgresql_backup import dump, load
from gateway.adapters.database.sqlite_backup import copy_database
from gateway.application.put_aside import Kept, PutAside
from gateway.bootstrap.database import sqlite_file
from gateway.bootstrap.operations import Operations, open_operations
from gateway.domain.errors import ConfigurationError, InvalidInput, Unavailable
from gateway.settings import Settings, load_settings

_SQLITE: Final = "sqlite"
_UNFINISHED: Final = (
    "the database is filled, but what may have been sent is not put aside: start nothing; mend this, then "
    "haochaping db upgrade and haochaping outbox hold --lost-at {}"
)


@dataclass(frozen=True, slots=True)
class BackedUp:
    """What a backup holds, and where it is."""

    file: Path
    size: int
    """Bytes."""
    schema: str


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restoration did."""

    schema: str
    kept: Kept
    lost_at: datetime


async def back_up(config: Path | None, file: Path) -> BackedUp:
    """Write the database as it is at one moment to a new file, while the gateway runs.

    In a folder the file gets the time as its name.

    Raises:
        InvalidInput: the file exists or cannot be written, or the database is damaged.
        ConfigurationError: settings or schema cannot be used, or a program is missing.
        Unavailable: the database does not answer.

    """
    async with open_operations(config) as operations:
        await operations.require_schema()
        _, schema = await operations.schema()
        url = _url(operations.settings)
        file = _named(file, operations.clock.now().astimezone(operations.settings.rules.timezone))
        with published(file) as draft:
            if sqlite := sqlite_file(url):
                await asyncio.to_thread(copy_database, sqlite, draft)
            else:
                await dump(url, draft)
    return BackedUp(file, _size(file), schema)


async def restore(config: Path | None, file: Path, lost_at: datetime | None) -> Restored:
    """Fill the database of the settings, which must not exist yet, and put aside what may have been sent.

    `lost_at` is when the lost database last worked; None = it may have worked until now. An SQLite database
    appears when all is done; a PostgreSQL one that was filled without the last step is told by the error.

    Raises:
        InvalidInput: the file is no backup, or something is in the way.
        ConfigurationError: settings cannot be used, a newer version made the backup, a program is missing.
        Unavailable: the database does not answer.

    """
    settings = load_settings(config)
    until = lost_at or SystemClock().now()
    if target := sqlite_file(_url(settings)):
        target.parent.mkdir(parents=True, exist_ok=True)
        _require_room(target)
        with published(target) as draft:
            await asyncio.to_thread(copy_database, file, draft)
            async with open_operations(config, url=f"{_SQLITE}:///{draft}", makes=True) as operations:
                return await _finish(operations, until)
    async with open_operations(config, makes=True) as operations:
        await load(operations.database, _url(settings), file)
        try:
            return await _finish(operations, until)
        except (ConfigurationError, Unavailable) as why:
            raise type(why)(f"{why}; {_UNFINISHED.format(until.isoformat())}") from why


async def put_aside(config: Path | None, lost_at: datetime | None) -> Kept:
    """Put aside what a database that was restored by other means may have sent until `lost_at`."""
    async with open_operations(config) as operations:
        await operations.take_up_keys()
        return await _putting_aside(operations)(lost_at or operations.clock.now())


async def _finish(operations: Operations, lost_at: datetime) -> Restored:
    _, schema = await operations.upgrade_schema()
    await operations.take_up_keys()
    return Restored(schema, await _putting_aside(operations)(lost_at), lost_at)


def _putting_aside(operations: Operations) -> PutAside:
    return PutAside(operations.essentials(), operations.queue_text())


def _require_room(target: Path) -> None:
    """A log left beside a missing database would be played into the restored one."""
    for path in (target, target.with_name(target.name + "-wal"), target.with_name(target.name + "-journal")):
        if path.exists():
            raise InvalidInput(
                "is in the way, and nothing is overwritten; stop the gateway and move the old database "
                "aside, with its -wal and -shm",
                pointer=str(path),
            )


def _named(file: Path, now: datetime) -> Path:
    return file / f"gateway-{now:%Y%m%d-%H%M%S}" if file.is_dir() else file


def _size(file: Path) -> int:
    return file.stat().st_size


def _url(settings: Settings) -> str:
    return settings.database.url.get_secret_value()

"""Databases in which many reminders wait: filled by SQL through the project's own tables.

What only waits is never read, so that random bytes of the right length stand for its sealed numbers; what
is due is sealed as it always is.
"""

from __future__ import annotations

# mypy: untyped-calls-exclude=asyncpg
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import asyncpg
from sqlalchemy import ColumnElement, Integer, LargeBinary, Text, cast, func, insert, literal, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.driver_urls import parse_url
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.database.sealed_phones import phone_columns
from gateway.adapters.database.tables import invitations
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.invitations import ReminderState, invitation_id
from gateway.domain.languages import Language
from gateway.domain.phone_numbers import PhoneNumber

MORNING = datetime(2026, 11, 23, 2, tzinfo=UTC)
"""10:00 in Shanghai: nobody sleeps."""
KEY = b"k" * 32
_DAY = timedelta(days=1)
_CHUNKS = 1000
_CARELESS = ("journal_mode = OFF", "synchronous = OFF", "cache_size = -800000")
"""Only while a file is filled; the gateway sets its own when it opens it."""


@asynccontextmanager
async def empty_database(server_url: str | None, folder: Path) -> AsyncIterator[str]:
    """The URL of a new database: an SQLite file, or one on that PostgreSQL server, dropped afterwards."""
    name = f"bench{uuid4().hex}"
    if server_url is None:
        yield f"sqlite:///{folder}/{name}.db"
        return
    admin = await asyncpg.connect(server_url)
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        yield server_url.rpartition("/")[0] + f"/{name}"
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[SqlDatabase, InProcessWakeups]]:
    """The gateway's own database adapter, with a known key."""
    wakeups = InProcessWakeups()
    database = open_database(url, PersonalDataCipher([KEY]), wakeups)
    await upgrade(database)
    try:
        yield database, wakeups
    finally:
        await database.close()


async def fill(url: str, waiting: int, due: int) -> None:
    """Let `due` reminders be due at MORNING, amid `waiting` that fall due in the day after."""
    chunks = min(_CHUNKS, waiting)
    await _make_schema(url)
    engine = create_async_engine(parse_url(url))
    try:
        async with engine.connect() as connection:
            if engine.dialect.name == "sqlite":
                for pragma in _CARELESS:
                    await connection.execute(text(f"PRAGMA {pragma}"))
            for chunk in range(chunks):
                if chunk == chunks // 2:
                    await connection.execute(insert(invitations), _due(due))
                remind_at = MORNING + timedelta(hours=1) + _DAY * chunk / chunks
                await _add_waiting(connection, waiting // chunks, remind_at)
            await connection.commit()
        if engine.dialect.name == "postgresql":
            await _vacuum(engine)
    finally:
        await engine.dispose()


async def _vacuum(engine: AsyncEngine) -> None:
    """Do now what autovacuum would else begin amid the measurement."""
    async with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as connection:
        await connection.execute(text("VACUUM ANALYZE invitations"))


async def _make_schema(url: str) -> None:
    async with opened(url) as (database, _):
        await database.ping()


def _due(count: int) -> Sequence[dict[str, object]]:
    cipher = PersonalDataCipher([KEY])
    return [_due_invitation(cipher, number, count) for number in range(count)]


def _due_invitation(cipher: PersonalDataCipher, number: int, count: int) -> dict[str, object]:
    phone = PhoneNumber(f"+86138{number:08d}")
    occasion = f"service:bench-{number}:1"
    remind_at = MORNING - timedelta(hours=1) * (count - number) / count
    return {
        "invitation_id": invitation_id(occasion, cipher.index(phone)),
        "occasion": occasion,
        "language": Language.CHINESE,
        "timezone": "Asia/Shanghai",
        "item_name": "居民身份证换领",
        "lead_service_id": f"bench-{number}",
        "lead_visit_no": 1,
        "created_at": remind_at - _DAY,
        "completed_at": remind_at - _DAY,
        "reminder": ReminderState.WAITING,
        "remind_at": remind_at,
        **phone_columns(cipher, phone),
    }


async def _add_waiting(connection: AsyncConnection, count: int, remind_at: datetime) -> None:
    """So many rows at once, made by the engine."""
    numbers = select(literal(1, Integer).label("number")).cte("numbers", recursive=True)
    numbers = numbers.union_all(select(numbers.c.number + 1).where(numbers.c.number < count))
    random = _random_hex(connection)
    columns: dict[str, ColumnElement[Any]] = {
        "invitation_id": random,
        "occasion": literal("service:") + random,
        "phone_sealed": cast(random, LargeBinary),
        "phone_index": random + random,
        "language": literal(Language.CHINESE, invitations.c.language.type),
        "timezone": literal("Asia/Shanghai"),
        "item_name": literal("居民身份证换领"),
        "lead_service_id": random,
        "lead_visit_no": literal(1),
        "created_at": literal(remind_at - _DAY, invitations.c.created_at.type),
        "completed_at": literal(remind_at - _DAY, invitations.c.completed_at.type),
        "reminder": literal(ReminderState.WAITING, invitations.c.reminder.type),
        "remind_at": literal(remind_at, invitations.c.remind_at.type),
    }
    rows = select(*columns.values()).select_from(numbers)
    await connection.execute(insert(invitations).from_select(list(columns), rows))


def _random_hex(connection: AsyncConnection) -> ColumnElement[Any]:
    """32 digits, others at each mention in each row."""
    if connection.dialect.name == "sqlite":
        return func.lower(func.hex(func.randomblob(16)), type_=Text)
    return func.md5(cast(func.random(), Text), type_=Text)

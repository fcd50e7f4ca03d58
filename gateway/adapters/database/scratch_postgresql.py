"""PostgreSQL for virtual time: databases made for one simulated world, and connections driven from outside.

Nothing here waits by itself: the simulation says when a statement runs, and asks whether it waits for a lock.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid4

from sqlalchemy import NullPool, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from gateway.adapters.database.driver_urls import parse_url
from gateway.adapters.database.engine import open_database
from gateway.adapters.database.faults import translated
from gateway.adapters.database.in_memory import Nobody
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.database.several_servers import connecting
from gateway.adapters.database.writing import SqlConnection
from gateway.adapters.personal_data import KEY_BYTES, PersonalDataCipher
from gateway.domain.errors import ConfigurationError

_PREFIX: Final = "haochaping_simulation_"
_NO_BACKGROUND: Final = "ALTER TABLE {} SET (autovacuum_enabled = false, toast.autovacuum_enabled = false)"
_TABLES: Final = text("SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = current_schema()")
_BLOCKED: Final = text("SELECT cardinality(pg_blocking_pids(:pid)) > 0")
_CANCEL: Final = text("SELECT pg_cancel_backend(:pid)")
_PID: Final = text("SELECT pg_backend_pid()")
_NO_SELF_HELP: Final = text(
    "SELECT set_config('deadlock_timeout', '1h', false) WHERE current_setting('is_superuser') = 'on'"
)
"""Who is sacrificed in a deadlock depends on real time, so the simulation ends those waits itself."""
_SNAPSHOT: Final = text("SELECT pg_current_snapshot()")


@contextmanager
def scratch_database(url: str) -> Iterator[str]:
    """The URL of an empty, migrated database beside the one that `url` names, which is left alone.

    It is dropped in the end. Must be called outside of any event loop.

    Raises:
        ConfigurationError: the URL is no PostgreSQL's.
        Unavailable: the server cannot be reached, or lets this user make no databases.

    """
    given = parse_url(url)
    if given.get_backend_name() != "postgresql":
        raise ConfigurationError(
            "only PostgreSQL can be simulated on; write postgresql://…", place="--database"
        )
    name = f"{_PREFIX}{uuid4().hex}"
    asyncio.run(_administer(given, f"CREATE DATABASE {name}"))
    try:
        scratch = given.set(drivername="postgresql", database=name).render_as_string(hide_password=False)
        asyncio.run(_fill(scratch))
        yield scratch
    finally:
        asyncio.run(_administer(given, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))


def without_password(url: str) -> str:
    """The URL as it may be shown."""
    return parse_url(url).set(drivername="postgresql").render_as_string(hide_password=True)


async def _administer(url: URL, statement: str) -> None:
    place, way = connecting(url)
    engine = create_async_engine(place, poolclass=NullPool, isolation_level="AUTOCOMMIT", **way)
    with translated():
        async with engine.connect() as connection:
            await connection.execute(text(statement))


async def _fill(url: str) -> None:
    database = open_database(url, PersonalDataCipher([b"0" * KEY_BYTES]), Nobody())
    try:
        await upgrade(database)
        async with database.engine.begin() as connection:
            for name in (await connection.execute(_TABLES)).scalars().all():
                await connection.execute(text(_NO_BACKGROUND.format(name)))
    finally:
        await database.close()


class DrivenSession:
    """One connection with its transaction; every method is one piece of real work."""

    def __init__(self, connection: AsyncConnection, pid: int) -> None:
        self._connection = connection
        self.pid = pid
        """Of the server's process."""

    @property
    def connection(self) -> SqlConnection:
        """Where the statements of the transaction run."""
        return self._connection

    async def commit(self) -> None:
        """End the transaction; what it wrote stays."""
        await self._connection.commit()

    async def rollback(self) -> None:
        """End the transaction, as if it had never been."""
        await self._connection.rollback()


class DrivenServer:
    """Opens connections to one scratch database, and sees who waits for whom."""

    def __init__(self, url: str) -> None:
        place, way = connecting(parse_url(url))
        self._engine: AsyncEngine = create_async_engine(
            place,
            poolclass=NullPool,
            hide_parameters=True,
            isolation_level="READ COMMITTED",
            **way,
        )
        self._watch: AsyncConnection | None = None
        self._onlooker: AsyncConnection | None = None
        self._opened: list[AsyncConnection] = []

    @property
    def dialect(self) -> Any:  # noqa: ANN401 - as `SqlConnection` tells it
        """The engine's dialect."""
        return self._engine.dialect

    async def open(self) -> DrivenSession:
        """One more connection."""
        if self._onlooker is None:
            await self._keep_old_versions()
        connection = await self._connect()
        pid = (await connection.execute(_PID)).scalar_one()
        await connection.execute(_NO_SELF_HELP)
        await connection.commit()
        return DrivenSession(connection, pid)

    async def is_blocked(self, session: DrivenSession) -> bool:
        """Whether it waits for a lock that another connection holds."""
        watch = await self._watching()
        return bool((await watch.execute(_BLOCKED, {"pid": session.pid})).scalar_one())

    async def cancel(self, session: DrivenSession) -> None:
        """Have the server break off what it does for the session."""
        watch = await self._watching()
        await watch.execute(_CANCEL, {"pid": session.pid})

    async def close(self) -> None:
        """Close all connections; what was not committed is undone."""
        for connection in self._opened:
            await connection.close()
        await self._engine.dispose()

    async def _keep_old_versions(self) -> None:
        """Have somebody look at the database as it is now, until the end.

        Else the server would clear old versions of rows away once nobody anywhere on it can see them, and
        put new ones into their place. Where rows lie decides which of several that are alike it comes upon
        first, so what others do on the server would make another world of the same seed.
        """
        self._onlooker = await (await self._connect()).execution_options(isolation_level="REPEATABLE READ")
        await self._onlooker.execute(_SNAPSHOT)

    async def _watching(self) -> AsyncConnection:
        if self._watch is None:
            self._watch = await (await self._connect()).execution_options(isolation_level="AUTOCOMMIT")
        return self._watch

    async def _connect(self) -> AsyncConnection:
        connection = await self._engine.connect()
        self._opened.append(connection)
        return connection

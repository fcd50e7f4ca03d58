"""The PostgreSQL under measurement: a private one, made as the tests make theirs, or one that is given."""

from __future__ import annotations

# mypy: untyped-calls-exclude=asyncpg
from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from benchmarks.processes import parent_of
from tests.peers.postgres import postgres_server

_FOR_MILLIONS = {
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "checkpoint_timeout": "15min",
    "maintenance_work_mem": "512MB",
}
"""What anybody would set first on a machine of a few gigabytes; durability is as it comes."""


@contextmanager
def private_server() -> Iterator[str]:
    """A server of its own; the URL of its maintenance database."""
    with postgres_server(**_FOR_MILLIONS) as server:
        yield server.url


async def main_process(url: str) -> int | None:
    """The process id of a server on this machine; None for SQLite and for a server elsewhere."""
    if not url.startswith("postgresql"):
        return None
    connection = await asyncpg.connect(url)
    try:
        backend: int = await connection.fetchval("SELECT pg_backend_pid()")
        return parent_of(backend) or None
    finally:
        await connection.close()


async def table_sizes(url: str) -> dict[str, float]:
    """Bytes on disk of each table for each of its rows, indexes included."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "SELECT relname, pg_total_relation_size(oid) / reltuples AS bytes FROM pg_class "
            "WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND reltuples > 100"
        )
        return {row["relname"]: float(row["bytes"]) for row in rows}
    finally:
        await connection.close()


async def wal_bytes(url: str) -> int:
    """Bytes that a server has ever written to its write-ahead log."""
    connection = await asyncpg.connect(url)
    try:
        written: int = await connection.fetchval(
            "SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::bigint"
        )
        return written
    finally:
        await connection.close()


async def database_size(url: str) -> int:
    """Bytes on disk of a PostgreSQL database."""
    connection = await asyncpg.connect(url)
    try:
        size: int = await connection.fetchval("SELECT pg_database_size(current_database())")
        return size
    finally:
        await connection.close()

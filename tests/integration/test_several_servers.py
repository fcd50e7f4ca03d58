"""`database.url` with several servers: the first that takes us is used, whatever those before it do."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import make_url, text

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database import engine
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.faults import translated
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.errors import Unavailable

OPTIONS = "target_session_attrs=read-write&sslmode=disable"


def message(kind: str, body: bytes) -> bytes:
    """One of PostgreSQL's protocol (its manual, "Message Formats")."""
    return kind.encode() + struct.pack("!i", len(body) + 4) + body


SAID = {
    "silent": None,
    "cut off": b"",
    "starting up": message("E", b"SFATAL\0C57P03\0Mthe database system is starting up\0\0"),
    "standby": b"".join(
        (
            message("R", struct.pack("!i", 0)),
            message("S", b"server_version\x0017.0\0"),
            message("S", b"in_hot_standby\0on\0"),
            message("S", b"default_transaction_read_only\0off\0"),
            message("K", struct.pack("!ii", 1, 1)),
            message("Z", b"I"),
        )
    ),
}


@asynccontextmanager
async def server_that_is(state: str) -> AsyncIterator[int]:
    """The port of something that takes connections and says no more than a server in that state does."""
    told: set[asyncio.Task[None] | None] = set()

    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        told.add(asyncio.current_task())
        await reader.read(4)
        if (said := SAID[state]) != b"":
            writer.write(said or b"")
            await reader.read()
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]
    await asyncio.gather(*filter(None, told), return_exceptions=True)


@asynccontextmanager
async def opened_at(ports: list[int], options: str, name: str = "x") -> AsyncIterator[SqlDatabase]:
    """The database at these ports of this machine, in this order."""
    hosts = ",".join("127.0.0.1" for _ in ports)
    url = f"postgresql://postgres@/{name}?host={hosts}&port={','.join(map(str, ports))}&{options}"
    database = open_database(url, PersonalDataCipher([b"k" * 32]), InProcessWakeups())
    try:
        yield database
    finally:
        await database.close()


@pytest.mark.parametrize("state", SAID)
async def test_the_next_server_is_asked__regression(
    postgres_database_url: str, state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each has a time of its own; and who takes us is told all else that a single server is."""
    monkeypatch.setattr(engine, "PATIENCE_SECONDS", 1.0)
    real = make_url(postgres_database_url)
    assert real.port
    assert real.database
    async with (
        server_that_is(state) as first,
        opened_at([first, real.port], f"{OPTIONS}&connect_timeout=2", real.database) as database,
    ):
        await database.ping()
        with pytest.raises(Unavailable, match="the database did not answer in time"), translated():
            async with database.reading_engine.connect() as connection:
                await connection.execute(text("SELECT pg_sleep(600)"))


async def test_what_is_wrong_with_each_server_is_told() -> None:
    """In their order, and without their addresses, since anybody may ask `/readyz`."""
    async with (
        server_that_is("silent") as silent,
        server_that_is("standby") as standby,
        opened_at([silent, standby], f"{OPTIONS}&connect_timeout=1") as database,
        opened_at([standby], OPTIONS) as alone,
    ):
        with pytest.raises(Unavailable) as told:
            await database.ping()
        with pytest.raises(Unavailable, match="the database takes no changes"):
            await alone.ping()

    assert str(told.value) == (
        "no server of database.url can be used: 1. the database did not answer in time,"
        " 2. the database takes no changes: it is read-only, as a standby is, or a primary that was one"
    )


async def test_several_servers_keep_to_what_is_said_of_tls(postgres_url: str) -> None:
    """None is used without it, where it is demanded."""
    port = make_url(postgres_url).port
    assert port
    async with opened_at([port, port], "sslmode=require") as database:
        with pytest.raises(
            Unavailable, match=r"1\. .* offers no TLS.*, 2\. .* offers no TLS.*; switch it on"
        ):
            await database.ping()

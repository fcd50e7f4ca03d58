"""Delivery over HTTP: every way in which a core store can fail, told apart."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest

from gateway.adapters.core_store.http import HttpCoreStore
from gateway.adapters.core_store.profile_files import load_profile
from gateway.domain.documents import Document
from gateway.domain.errors import ConfigurationError, DeliveryFailed, FailureFacts
from tests.contract.core_store.evaluations import document
from tests.peers.core_store import Fault, ScriptedCoreStore, seeded_script

NATIVE = load_profile(Path("config/core_store_profiles/native.toml"))
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


class FixedClock:
    """It is always ten in the morning."""

    def now(self) -> datetime:
        """The same moment."""
        return NOW


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    """The session that the gateway shares."""
    async with aiohttp.ClientSession() as shared:
        yield shared


@pytest.fixture
async def peer() -> AsyncIterator[ScriptedCoreStore]:
    """A store that does as it is told."""
    async with ScriptedCoreStore() as running:
        yield running
        running.assert_consistent()


def client(session: aiohttp.ClientSession, url: str, seconds: float = 10) -> HttpCoreStore:
    """The gateway's side."""
    return HttpCoreStore(session, url, "store-token", NATIVE, timedelta(seconds=seconds), FixedClock())


async def facts_of(store: HttpCoreStore) -> FailureFacts:
    """How a delivery fails."""
    with pytest.raises(DeliveryFailed) as caught:
        await store.put(document())
    return caught.value.facts


async def test_the_request_is_the_contracts(session: aiohttp.ClientSession) -> None:
    """One PUT to the evaluation's own address, with the token, in UTF-8."""
    raw = b""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal raw
        raw = await reader.readuntil(b"\r\n\r\n")
        length = int(raw.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        raw += await reader.readexactly(length)
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await client(session, f"http://127.0.0.1:{port}/base/").put(document())
    server.close()
    head, _, body = raw.partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")

    assert lines[0] == f"PUT /base/v1/evaluations/{document()['evaluation_id']} HTTP/1.1"
    assert "Authorization: Bearer store-token" in lines
    assert "Content-Type: application/json" in lines
    assert "等太久".encode() in body
    assert json.loads(body) == document()


async def test_an_odd_id_stays_one_part_of_the_address(
    session: aiohttp.ClientSession, peer: ScriptedCoreStore
) -> None:
    """Slashes, question marks and letters beyond ASCII in an id do not lead elsewhere."""
    await client(session, peer.url).put(document(evaluation_id="a/../b?c=d#é%2F"))

    assert list(peer.stored) == [("a/../b?c=d#é%2F", 1)]


@pytest.mark.parametrize(
    ("fault", "facts"),
    [
        (Fault.BUSY, FailureFacts("429", retryable=True, retry_after=timedelta(seconds=1))),
        (Fault.BROKEN, FailureFacts("500", retryable=True)),
        (Fault.REFUSED, FailureFacts("400", retryable=False)),
        (Fault.DROPPED, FailureFacts("disconnected", retryable=True)),
        (Fault.ANSWER_LOST, FailureFacts("disconnected", retryable=True)),
    ],
)
async def test_every_fault_has_its_own_facts(
    session: aiohttp.ClientSession, peer: ScriptedCoreStore, fault: Fault, facts: FailureFacts
) -> None:
    """A fault says whether to repeat, when, and what to call it; the repeat then succeeds."""
    # aiohttp repeats a PUT once by itself when the connection breaks: harmless here, so two in a row.
    peer.fail_next(*[fault] * (2 if facts.code == "disconnected" else 1))
    store = client(session, peer.url)

    assert await facts_of(store) == facts
    await store.put(document())
    assert list(peer.stored.values()) == [document()]


async def test_a_store_that_does_not_answer_is_a_timeout(
    session: aiohttp.ClientSession, peer: ScriptedCoreStore
) -> None:
    """The whole call is bounded; what the store kept meanwhile makes the repeat a harmless 409."""
    peer.fail_next(Fault.SLOW)

    assert await facts_of(client(session, peer.url, 1)) == FailureFacts("timeout", retryable=True)
    await client(session, peer.url).put(document())
    assert [put.fault for put in peer.puts] == [Fault.SLOW, None]
    assert len(peer.stored) == 1


async def test_a_date_in_retry_after_is_reckoned_by_the_gateways_clock(
    session: aiohttp.ClientSession, peer: ScriptedCoreStore
) -> None:
    """The demonstration's moved clock counts, not the machine's."""
    peer.retry_after = "Mon, 23 Nov 2026 02:00:42 GMT"
    peer.fail_next(Fault.BUSY)

    assert (await facts_of(client(session, peer.url))).retry_after == timedelta(seconds=42)


async def test_a_refusal_carries_the_stores_reason(
    session: aiohttp.ClientSession, peer: ScriptedCoreStore
) -> None:
    """Whoever looks at dead letters reads why."""
    peer.fail_next(Fault.REFUSED)

    with pytest.raises(DeliveryFailed, match="answered 400; 评价渠道 unknown"):
        await client(session, peer.url).put(document())


async def test_nobody_listening_is_refused(session: aiohttp.ClientSession) -> None:
    """A port without a server is retryable and says so without the address."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        facts = await facts_of(client(session, f"http://127.0.0.1:{port}"))

    assert facts == FailureFacts("refused", retryable=True)


@pytest.mark.parametrize(
    ("answer", "facts"),
    [
        (b"SSH-2.0-OpenSSH_9.7\r\n", FailureFacts("bad_answer", retryable=True)),
        (
            b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n",
            FailureFacts("302", retryable=False),
        ),
        (b"HTTP/1.1 503 Busy\r\nContent-Length: 99\r\n\r\nhalf", FailureFacts("503", retryable=True)),
        (b"HTTP/1.1 201 Created\r\nContent-Length: 99\r\n\r\nhalf", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 999999\r\n\r\n" + b"x" * 999_999, None),
        (
            b"HTTP/1.1 422 No\r\nContent-Length: 999999\r\n\r\n" + b"x" * 999_999,
            FailureFacts("422", retryable=False),
        ),
    ],
)
async def test_odd_answers_are_judged_by_their_status(
    session: aiohttp.ClientSession, answer: bytes, facts: FailureFacts | None
) -> None:
    """No HTTP at all is retryable; a redirect is never followed; a broken or endless body changes nothing."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    store = client(session, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}")
    if facts is None:
        await store.put(document())
    else:
        assert await facts_of(store) == facts
    server.close()


async def test_a_certificate_that_nobody_trusts_is_told_apart(session: aiohttp.ClientSession) -> None:
    """A store that speaks no TLS at an https address is named as such."""

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    facts = await facts_of(client(session, f"https://127.0.0.1:{port}"))
    server.close()

    assert facts == FailureFacts("tls", retryable=True)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "store",
        "ftp://store",
        "http://",
        "//store",
        "https://user:secret@store",
        "https://store?x=1",
        "http://[::1",
    ],
)
async def test_an_unusable_url_is_refused_at_start(session: aiohttp.ClientSession, url: str) -> None:
    """The setting is named, and a password in it is not repeated."""
    with pytest.raises(ConfigurationError, match=r"core_store\.url") as caught:
        client(session, url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("token", ["", "two words", "line\nbreak", "пароль"])
async def test_an_unusable_token_is_refused_at_start(session: aiohttp.ClientSession, token: str) -> None:
    """A token that no header can carry is found before the first rating is."""
    with pytest.raises(ConfigurationError, match=r"core_store\.token") as caught:
        HttpCoreStore(session, "http://store", token, NATIVE, timedelta(seconds=1), FixedClock())
    assert not token or token not in str(caught.value)


async def test_through_a_store_that_fails_now_and_then_everything_arrives_once(
    session: aiohttp.ClientSession, peer: ScriptedCoreStore
) -> None:
    """With repeats until success, each revision is stored once and in order, whatever the script does."""
    peer.script = seeded_script(20261123, share=0.4)
    store = client(session, peer.url)

    async def is_delivered(native: Document) -> bool:
        try:
            await store.put(native)
        except DeliveryFailed:
            return False
        return True

    async def deliver(number: int) -> None:
        for revision in (1, 2, 3):
            native = document(evaluation_id=f"e{number}", revision=revision)
            while not await is_delivered(native):
                pass

    await asyncio.gather(*(deliver(number) for number in range(20)))
    assert len(peer.stored) == 60
    assert peer.repeats > 10
    assert {put.fault for put in peer.puts} >= {Fault.BUSY, Fault.BROKEN, Fault.DROPPED, Fault.ANSWER_LOST}
    assert all(newest["revision"] == 3 for newest in peer.newest.values())

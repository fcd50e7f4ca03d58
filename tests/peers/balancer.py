"""HAProxy with the configuration that is delivered, on loopback, before processes of the test."""

from __future__ import annotations

import asyncio
import os
import shutil
from asyncio.subprocess import DEVNULL
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import aiohttp

from tests.peers.postgres import free_port

CONFIGURATION = Path(__file__).parents[2] / "docker/balancer/haproxy.cfg"
_TRIES = 600


def program() -> str | None:
    """Where HAProxy is; None when it is not installed."""
    return shutil.which("haproxy", path=f"{os.environ.get('PATH', '')}:/usr/sbin")


@asynccontextmanager
async def balanced(servers: Sequence[str], certificate: Path, plain: int, tls: int) -> AsyncIterator[None]:
    """The balancer on these ports, in front of two servers (`127.0.0.1:8081`), once it lets somebody in."""
    environment = {
        **os.environ,
        "BIND": f"127.0.0.1:{plain}",
        "BIND_TLS": f"127.0.0.1:{tls}",
        "CERTIFICATE": str(certificate),
        "WEB_1": servers[0],
        "WEB_2": servers[1],
        "MAXCONN": "200",
    }
    process = await asyncio.create_subprocess_exec(
        program() or "haproxy",
        "-db",
        "-f",
        str(CONFIGURATION),
        env=environment,
        stdout=DEVNULL,
        stderr=DEVNULL,
    )
    try:
        await answering(f"http://127.0.0.1:{plain}/healthz")
        yield
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


async def answering(url: str, status: int = 200) -> None:
    """Return once it answers so."""
    async with aiohttp.ClientSession() as session:
        for _ in range(_TRIES):
            try:
                async with session.get(url) as answer:
                    if answer.status == status:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.05)
    raise RuntimeError(f"{url} does not answer {status}")


def fresh_ports() -> tuple[int, int]:
    """Two free ports."""
    return free_port(), free_port()

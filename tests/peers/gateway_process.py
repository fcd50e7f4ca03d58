"""The real command in a process of its own, which a test may kill in the middle and start again."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import aiohttp

ROOT = Path(__file__).parents[2]
_TRIES = 6000


class GatewayProcess:
    """`haochaping serve` with settings from the environment, on `http://127.0.0.1:<port>`.

    Its machine's clock is `ahead` of the right time.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        environment: Mapping[str, str],
        role: str = "all",
        *,
        ahead: timedelta = timedelta(0),
    ) -> None:
        self.url = f"http://127.0.0.1:{port}"
        """Of a worker: where it answers its operators' tools."""
        self.log = folder / f"{role}-{port}.log"
        """What it says, over all its lives."""
        self._folder = folder
        self._environment = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
        program = ["tests.peers.wrong_clock", str(ahead.total_seconds())] if ahead else ["gateway"]
        self._command = [sys.executable, "-m", *program, "serve", "--role", role]
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command, cwd=self._folder, env=self._environment, stdin=DEVNULL, stdout=log, stderr=log
            )
        async with aiohttp.ClientSession() as session:
            for _ in range(_TRIES):
                if self._process.returncode is not None:
                    raise RuntimeError(f"ended with code {self._process.returncode} at its start")
                try:
                    async with session.get(f"{self.url}/healthz"):
                        return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.05)
        raise RuntimeError("does not answer")

    async def kill(self) -> None:
        """End it at once, as a power cut would."""
        await self._end(signal.SIGKILL)

    async def terminate(self) -> int:
        """Ask it to drain and end; its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        process = self._process
        if process is None or process.returncode is not None:
            return 0
        process.send_signal(number)
        return await process.wait()


async def run_command(folder: Path, *arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run a command of the line to its end; exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        *arguments,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        stdin=DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
    )
    out, err = await process.communicate()
    return process.returncode or 0, out.decode(), err.decode()

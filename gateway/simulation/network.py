"""The way from carriers and business systems to the gateway's processes, with all that networks do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Final, TypeVar

from gateway.adapters.providers.demo.signature import HEADER
from gateway.application.ports.webhook_provider import RawResponse
from gateway.simulation.equipment import CARRIER_TOKEN
from gateway.simulation.ledger import Violation
from gateway.simulation.processes import ConnectionLost, GatewayProcess, Program
from gateway.simulation.scene import Scene

T = TypeVar("T")

PATIENCE_SECONDS: Final = 15.0
"""How long a peer waits for an answer of the gateway."""
_HEADERS: Final = {HEADER.lower(): CARRIER_TOKEN, "content-type": "application/json"}
_OK, _SERVER_ERROR = 200, 500


class Network:
    """Brings requests to some process that is up; loses, delays and doubles them."""

    def __init__(self, scene: Scene, processes: Sequence[GatewayProcess], name: str = "network") -> None:
        self._scene = scene
        self._processes = processes
        self._chance = scene.chance.stream(name)
        self._answers: dict[bytes, bytes] = {}
        """Digests of first answers by digests of requests: a town's whole answers would be too much."""
        self._copies: set[asyncio.Task[None]] = set()

    async def carrier(self, about: str, path: str, report: Mapping[str, object]) -> RawResponse:
        """One webhook request; the answer has a status below 500.

        Raises:
            ConnectionLost: no such answer came: whether anything was stored is unknown.

        """
        body = json.dumps(report, ensure_ascii=False).encode()
        if self._scene.trouble.happens("requests doubled", self._scene.trouble.rates.request_doubled):
            self._send_copy(about, path, body)
        return await self._post(about, path, body)

    async def ask(self, wish: Callable[[Program], Awaitable[T]]) -> T:
        """One request of a business system or a browser; raises ConnectionLost as `carrier` does."""
        return await self._between(lambda process: process.ask(wish))

    def _send_copy(self, about: str, path: str, body: bytes) -> None:
        copy = asyncio.get_running_loop().create_task(self._copy(about, path, body))
        self._copies.add(copy)
        copy.add_done_callback(self._copies.discard)

    async def _copy(self, about: str, path: str, body: bytes) -> None:
        await asyncio.sleep(self._chance.pick((0.0, 0.0, 1.0, 60.0)))
        try:
            await self._post(about, path, body)
        except ConnectionLost:
            return

    async def _post(self, about: str, path: str, body: bytes) -> RawResponse:
        answer = await self._between(lambda process: process.webhook(path, _HEADERS, body))
        if answer.status >= _SERVER_ERROR:
            self._scene.trouble.counts["answers 503"] += 1
            raise ConnectionLost(str(answer.status))
        if answer.status >= 300:  # noqa: PLR2004 - neither an answer nor an apology
            self._scene.break_promise(
                Violation("honest requests are taken", f"{path} was answered {answer.status}", about)
            )
        self._compare(about, path, body, answer)
        return answer

    def _compare(self, about: str, path: str, body: bytes, answer: RawResponse) -> None:
        """A repeated request gets the same answer."""
        if not answer.body:
            return
        told = _digest(answer.body)
        if self._answers.setdefault(_digest(path.encode() + body), told) != told:
            self._scene.break_promise(
                Violation("a repeated request gets the same answer", f"{path} was answered otherwise", about)
            )

    async def _between(self, bring: Callable[[GatewayProcess], Awaitable[T]]) -> T:
        trouble, rates = self._scene.trouble, self._scene.trouble.rates
        await asyncio.sleep(0.002 + self._chance.fraction() * 0.05)
        if trouble.happens("requests delayed", rates.request_delayed):
            await asyncio.sleep(self._chance.seconds(0.1, PATIENCE_SECONDS))
        if trouble.happens("requests lost", rates.request_lost):
            await asyncio.sleep(PATIENCE_SECONDS)
            raise ConnectionLost("lost on its way")
        up = [process for process in self._processes if process.takes_requests]
        if not up:
            raise ConnectionLost("nobody is there")
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await bring(self._chance.pick(up))
        except TimeoutError:
            raise ConnectionLost("no answer in time") from None
        if trouble.happens("answers lost", rates.answer_lost):
            raise ConnectionLost("the answer was lost")
        return answer


def _digest(content: bytes) -> bytes:
    return blake2b(content, digest_size=16).digest()

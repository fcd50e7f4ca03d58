"""One Asterisk: the connection that is kept up, and what it brings."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import structlog

from gateway.adapters.providers.asterisk import arrivals
from gateway.adapters.providers.asterisk.desk import CallDesk
from gateway.adapters.providers.asterisk.reports import ConnectionLost, Stop, read_report
from gateway.adapters.providers.asterisk.transport import AriClient, AriError
from gateway.domain.errors import Unavailable
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger()

_SHORTEST_WAIT: Final = 0.2
_LONGEST_WAIT: Final = 5.0
"""Seconds between two tries to connect."""
_LAST_WORDS: Final = timedelta(seconds=10)
"""What recording a key and giving a call back may take."""


class ReplacedError(Exception):
    """Another gateway connected with our application's name, and has the calls now."""


class AsteriskConnection:
    """Keeps the connection to one Asterisk (`CallConnection`)."""

    def __init__(self, ari: AriClient, desk: CallDesk, metrics: Metrics) -> None:
        self._ari = ari
        self._desk = desk
        self._metrics = metrics
        self._supervisor: asyncio.Task[None] | None = None
        self._trouble = "not connected yet"

    @property
    def name(self) -> str:
        """Host and port of its Asterisk."""
        return self._ari.name

    def start(self) -> None:
        """Connect, and stay connected."""
        self._metrics.pbx_connected(pbx=self.name, there=False)
        self._supervisor = asyncio.create_task(self._supervise(), name=f"asterisk {self.name}")

    async def stop(self, patience: timedelta) -> None:
        """Take no more calls, give those under way so much time, and leave the rest to the dial plan."""
        if self._supervisor is None:
            return
        self._desk.closing = True
        await self._desk.finished(patience)
        await self._desk.let_go(Stop(), _LAST_WORDS)
        self._supervisor.cancel()
        with suppress(asyncio.CancelledError):
            await self._supervisor
        await self._ari.aclose()

    async def check(self) -> None:
        """Return while the connection is there; raises Unavailable with what is wrong."""
        if self._supervisor is not None and self._trouble:
            raise Unavailable(f"{self.name}: {self._trouble}")

    async def _supervise(self) -> None:
        wait = _SHORTEST_WAIT
        while True:
            replaced = False
            try:
                await self._serve()
                trouble = "the connection broke"
            except AriError as error:
                trouble = str(error)
            except ReplacedError:
                replaced = True
                trouble = f"another gateway connected as {self._ari.app}: give each a name of its own"
            except Exception as error:
                log.exception("pbx_connection_failed", pbx=self.name)
                trouble = type(error).__name__
            wait = _SHORTEST_WAIT if self._desk.connected else min(wait * 2, _LONGEST_WAIT)
            self._turned(trouble)
            await self._desk.let_go(ConnectionLost())
            await asyncio.sleep(wait * random.uniform(0.5, 1.0))  # noqa: S311 - keeps gateways apart
            while replaced and await self._is_held_by_another():  # noqa: ASYNC110 - Asterisk tells nobody
                await asyncio.sleep(_LONGEST_WAIT)

    async def _serve(self) -> None:
        async with self._ari.events() as events:
            info = await self._ari.ask("GET", "asterisk", "info", only="system")
            self._desk.entity = str(info["system"]["entity_id"])
            self._turned("")
            application = await self._ari.ask("GET", "applications", self._ari.app)
            await self._desk.found([str(name) for name in application.get("channel_ids", ())])
            async for event in events:
                self._take(event)

    def _take(self, event: Mapping[str, Any]) -> None:
        match event.get("type"):
            case "ApplicationReplaced":
                raise ReplacedError
            case "StasisStart":
                channel = event.get("channel")
                if isinstance(channel, dict):
                    self._desk.receive(channel, arrivals.arguments_of(event), is_new=True)
            case _:
                if found := read_report(event):
                    self._desk.report(*found)

    def _turned(self, trouble: str) -> None:
        if trouble == self._trouble:
            return
        self._trouble = trouble
        self._desk.connected = not trouble
        self._metrics.pbx_connected(pbx=self.name, there=not trouble)
        if trouble:
            log.warning("pbx_disconnected", pbx=self.name, why=trouble)
        else:
            log.info("pbx_connected", pbx=self.name, app=self._ari.app)

    async def _is_held_by_another(self) -> bool:
        """Whether a gateway of our name is connected: then we stand by, and do not take its calls away."""
        try:
            await self._ari.ask("GET", "applications", self._ari.app)
        except AriError:
            return False
        return True

"""One Asterisk: the connection that is kept up, and what it brings."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from typing import Any, Final

import structlog

from gateway.adapters.providers.asterisk import arrivals
from gateway.adapters.providers.asterisk.codes import ALIVE
from gateway.adapters.providers.asterisk.desk import CallDesk
from gateway.adapters.providers.asterisk.reports import ConnectionLost, Stop, read_report
from gateway.adapters.providers.asterisk.transport import AriClient, AriError
from gateway.domain.errors import Unavailable
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger()

_SHORTEST_WAIT: Final = 0.2
_LONGEST_WAIT: Final = 5.0
"""Seconds between two tries to connect."""
LAST_WORDS: Final = timedelta(seconds=3)
"""What recording a key and giving a call back may take when we stop."""
GIVING_BACK: Final = timedelta(seconds=2)
"""What giving back may take of those whose key is not recorded by then, and of those who just came."""
_DEAD_AFTER_LOOKS: Final = 3
"""So often in a row a gateway showed no sign of life that has our name."""


class ReplacedError(Exception):
    """Another gateway connected with our application's name, and has the calls now."""


class AsteriskConnection:
    """Keeps the connection to one Asterisk (`CallConnection`).

    `signs_of_life` is how often it shows that it lives, and looks whether another does that has its name.
    """

    def __init__(
        self,
        ari: AriClient,
        desk: CallDesk,
        metrics: Metrics,
        signs_of_life: timedelta = timedelta(seconds=5),
    ) -> None:
        self._ari = ari
        self._desk = desk
        self._metrics = metrics
        self._pause = signs_of_life.total_seconds()
        self._sign = f"{ALIVE}_{ari.app}"
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

    def calls(self) -> int:
        """See the port."""
        return self._desk.calls

    async def stop(self) -> None:
        """See the port."""
        if self._supervisor is None:
            return
        self._desk.closing = True
        try:
            await self._desk.finished()
        finally:
            await self._depart(self._supervisor)

    async def _depart(self, supervisor: asyncio.Task[None]) -> None:
        """Leave whoever is still there to the dial plan."""
        try:
            await self._desk.let_go(Stop(), LAST_WORDS)
            await self._desk.give_back(GIVING_BACK)
            supervisor.cancel()
            await asyncio.wait([supervisor])
            if self._desk.connected:
                # Who came while we closed; Asterisk would keep them with us, in silence.
                with suppress(AriError):
                    await self._take_up()
                await self._desk.finished(GIVING_BACK)
        finally:
            supervisor.cancel()
            try:
                await self._desk.give_back(GIVING_BACK)
            finally:
                await self._desk.abandon()
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
            if replaced:
                await self._stand_by()

    async def _serve(self) -> None:
        async with self._ari.events() as events:
            info = await self._ari.ask("GET", "asterisk", "info", only="system")
            self._desk.entity = str(info["system"]["entity_id"])
            self._turned("")
            async with self._showing_life():
                await self._take_up()
                async for event in events:
                    self._take(event)

    async def _take_up(self) -> None:
        """Talk with everybody whom Asterisk keeps with us, and with whom nobody talks."""
        application = await self._ari.ask("GET", "applications", self._ari.app)
        await self._desk.found([str(name) for name in application.get("channel_ids", ())])

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

    @asynccontextmanager
    async def _showing_life(self) -> AsyncIterator[None]:
        showing = asyncio.create_task(self._show_life(), name=f"sign of life {self.name}")
        try:
            yield
        finally:
            showing.cancel()

    async def _show_life(self) -> None:
        """Let whoever stands by for us know that we live: Asterisk keeps our name while we have calls."""
        while True:
            with suppress(AriError):
                value = secrets.token_hex(4)
                await self._ari.ask("POST", "asterisk", "variable", variable=self._sign, value=value)
            await asyncio.sleep(self._pause)

    async def _stand_by(self) -> None:
        """Return when the gateway that has our name is gone, dead or frozen: its calls are left to it."""
        seen, looks = "", 0
        while looks < _DEAD_AFTER_LOOKS:
            await asyncio.sleep(self._pause)
            try:
                await self._ari.ask("GET", "applications", self._ari.app)
                sign = await self._ari.ask("GET", "asterisk", "variable", variable=self._sign)
            except AriError:
                return
            looks = looks + 1 if sign.get("value") == seen else 0
            seen = sign.get("value")

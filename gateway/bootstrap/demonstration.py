"""The demonstration: the production process on embedded defaults, with a page and a clock of its own."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping, MutableMapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from pydantic import SecretStr

from gateway.adapters.clock import MovableClock, SystemClock
from gateway.adapters.providers.demo.messages import DemoSmsCarrier
from gateway.bootstrap.assembly import Gateway, Surrogates
from gateway.bootstrap.bureau import bureau_entrance
from gateway.bootstrap.demo_folder import DEFAULT_FOLDER, demo_folder
from gateway.bootstrap.serving import running_gateway
from gateway.domain.errors import ConfigurationError
from gateway.domain.outbox import OutboxKind
from gateway.settings import Settings
from gateway.settings.bureau import BureauSettings
from gateway.settings.process import ApiSettings, DatabaseSettings, ServerSettings
from gateway.telemetry.event_tap import EventTap
from gateway.telemetry.logging import configure_logging
from gateway.web.application import Extension
from gateway.web.demo.application import add_demo
from gateway.web.demo.parts import DemoParts
from gateway.web.demo.timeline import Timeline
from gateway.web.demo.watched import WatchedProvider
from gateway.worker.loop import REMINDERS

USUAL_PORT: Final = 8080
LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
"""Hosts that only this machine reaches."""
_ANY_PORT: Final = 0
_FIRST_HOUR: Final = 10
"""A skip of 24 hours from here lands in the day, when citizens may be texted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoWish:
    """Where the demonstration is wanted."""

    host: str = "127.0.0.1"
    port: int | None = None
    """None takes 8080, or any free one when that is taken."""
    folder: Path = DEFAULT_FOLDER
    """What it writes is kept there until the next start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningDemo:
    """A demonstration at work."""

    url: str
    """Where it listens."""
    token: str
    """Opens the page and proves the demo carrier."""
    api_token: str
    """Bearer token of its API; needed only where others than this machine can reach it."""
    folder: Path

    @property
    def page_url(self) -> str:
        """The address to open."""
        return f"{self.url}/demo/?token={self.token}"


@asynccontextmanager
async def running_demo(wish: DemoWish, hurry: asyncio.Event | None = None) -> AsyncIterator[RunningDemo]:
    """The whole system at work for the demonstration; leaving the block stops it, at once if in a `hurry`.

    Raises:
        ConfigurationError: the folder or the port cannot be used.

    """
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(demo_folder(wish.folder))
        stage = _stage(wish.host, folder)
        log_file = stack.enter_context((folder / "demo.log").open("w", encoding="utf-8"))
        stack.enter_context(closing(configure_logging(stream=log_file, tap=_TimelineTap(stage.timeline))))
        gateway, url = await _listening(wish, stage, stack, hurry)
        stack.push_async_callback(_carrier(gateway).aclose)
        yield RunningDemo(
            url=_openable(url), token=stage.surrogates.demo_token, api_token=stage.api_token, folder=folder
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stage:
    """What the demonstration plays on."""

    folder: Path
    clock: MovableClock
    timeline: Timeline
    surrogates: Surrogates
    api_token: str


def _stage(host: str, folder: Path) -> _Stage:
    clock = MovableClock(_morning(Settings().rules_for_domain().timezone), SystemClock())
    surrogates = Surrogates(
        clock=clock,
        mail_folder=folder / "mail",
        key_file=folder / "keys" / "privacy.key",
        demo_token=secrets.token_urlsafe(24),
        open_api=host in LOOPBACK,
    )
    return _Stage(
        folder=folder,
        clock=clock,
        timeline=Timeline(clock),
        surrogates=surrogates,
        api_token=secrets.token_urlsafe(24),
    )


async def _listening(
    wish: DemoWish, stage: _Stage, stack: AsyncExitStack, hurry: asyncio.Event | None
) -> tuple[Gateway, str]:
    """The gateway at work on the first port that is free, and its URL."""

    def extend(gateway: Gateway) -> Sequence[Extension]:
        _watch(gateway, stage.timeline)
        parts = _parts(gateway, stage)
        return [lambda app: add_demo(app, parts)]

    async def on(port: int) -> tuple[Gateway, str]:
        settings = _settings(stage, wish.host, port)
        return await stack.enter_async_context(
            running_gateway(settings, surrogates=stage.surrogates, extend=extend, hurry=hurry)
        )

    if wish.port is not None:
        return await on(wish.port)
    with suppress(ConfigurationError):
        return await on(USUAL_PORT)
    return await on(_ANY_PORT)


class _TimelineTap(EventTap):
    """Gives the timeline each event in the task it happened in, which knows the webhook under way."""

    def __init__(self, timeline: Timeline) -> None:
        super().__init__()
        self._timeline = timeline

    def __call__(
        self, logger: object, method: str, event: MutableMapping[str, object]
    ) -> MutableMapping[str, object]:
        passed = super().__call__(logger, method, event)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            # From another thread; the timeline belongs to the loop's.
            return passed
        self._timeline.take(dict(passed))
        return passed


def _openable(url: str) -> str:
    """An address that a browser on this machine can open, where the server listens on all of them."""
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def _settings(stage: _Stage, host: str, port: int) -> Settings:
    """Embedded defaults, whatever is configured on this machine; beyond it the API asks for its token."""
    tokens = () if stage.surrogates.open_api else (SecretStr(stage.api_token),)
    return Settings(
        server=ServerSettings(host=host, port=port),
        database=DatabaseSettings(url=SecretStr(f"sqlite:///{stage.folder / 'gateway.db'}")),
        api=ApiSettings(tokens=tokens),
        # Whoever rates there is invented, so that figures may be told of one.
        bureau=BureauSettings(smallest_group=1),
    )


def _morning(zone: ZoneInfo) -> datetime:
    return datetime.now(zone).replace(hour=_FIRST_HOUR, minute=0, second=0, microsecond=0)


def _watch(gateway: Gateway, timeline: Timeline) -> None:
    # Before routes are made of them.
    gateway.providers[:] = [WatchedProvider(provider, timeline) for provider in gateway.providers]


def _carrier(gateway: Gateway) -> DemoSmsCarrier:
    return next(carrier for carrier in gateway.carriers if isinstance(carrier, DemoSmsCarrier))


def _parts(gateway: Gateway, stage: _Stage) -> DemoParts:
    async def records(limit: int) -> Sequence[Mapping[str, object]]:
        return [revision.document for revision in await gateway.shelf.newest(limit)]

    def wake() -> None:
        for topic in (REMINDERS, *(kind.value for kind in OutboxKind)):
            gateway.wakeups.ring(topic)

    return DemoParts(
        token=stage.surrogates.demo_token,
        api_token=stage.api_token,
        clock=stage.clock,
        zone=gateway.essentials.rules.timezone,
        wake=wake,
        handset=_carrier(gateway),
        database=gateway.database,
        records=records,
        mail_folder=stage.surrogates.mail_folder,
        directory=gateway.directory,
        timeline=stage.timeline,
        enter_bureau=bureau_entrance(gateway),
    )

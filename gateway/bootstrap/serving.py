"""A process that serves: listens, works, and drains when it is told to stop."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from enum import Enum
from typing import Final

import structlog
from aiohttp import web

from gateway.bootstrap.api import api_parts
from gateway.bootstrap.assembly import EMBEDDED_STORE_PATH, Gateway, Surrogates, open_gateway
from gateway.bootstrap.bureau import bureau_parts, note_directory
from gateway.bootstrap.draining import Drain, Part, StopOrders
from gateway.bootstrap.flows import recordings_folders
from gateway.bootstrap.portal import portal_parts
from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings
from gateway.web.api.assembly import add_api, operations_application
from gateway.web.application import Extension, WebParts, web_application
from gateway.web.bureau.application import add_bureau
from gateway.web.embedded_store import embedded_store_app
from gateway.web.portal.application import add_portal
from gateway.web.under_way import RequestsUnderWay
from gateway.worker.loop import Chore, repeat

log = structlog.get_logger()

_BACKLOG: Final = 1024
_NO_LIMIT_SECONDS: Final = 1e6
"""The deadline is the drain's."""
_HEAR_EVERY_SECONDS: Final = 2.0
"""How long a change of an agency on another node may go unheard."""
_GARBAGE_THRESHOLD: Final = 2_000
"""Objects that must come to stay before the collector looks through the young ones; Python's own is 700.

Most of what requests leave behind is freed at once, without the collector. The rest, cycles that hold a
refused request or a traceback, waits for it: with more, tens of megabytes of it lie about in a busy process.
"""


class Role(Enum):
    """What a process does."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


@asynccontextmanager
async def running_gateway(
    settings: Settings,
    role: Role = Role.ALL,
    *,
    surrogates: Surrogates | None = None,
    extend: Callable[[Gateway], Sequence[Extension]] = lambda _: (),
    hurry: asyncio.Event | None = None,
) -> AsyncIterator[tuple[Gateway, str]]:
    """A gateway at work, and the URL it listens on; leaving the block drains it, unless there is a hurry.

    `extend` adds routes of its own (the demonstration's page).
    """
    drain = Drain(settings.worker.drain, hurry or asyncio.Event())
    async with AsyncExitStack() as stack:
        listener = _listener(settings, role)
        if listener is not None:
            stack.enter_context(listener)
        url = _configured_url(settings) if listener is None or role is Role.WORKER else _url_of(listener)
        gateway = await stack.enter_async_context(open_gateway(settings, _reachable(url), surrogates))
        await stack.enter_async_context(_hearing_of_agencies(gateway))
        stack.push_async_callback(drain)
        if listener is not None:
            app = operations_application(api_parts(gateway)) if role is Role.WORKER else None
            await note_directory(gateway)
            await _listen_with(app or _web_application(gateway, extend(gateway)), listener, drain)
        if role is not Role.WEB:
            drain.add(Part("deliveries", gateway.worker.stop, lambda: gateway.worker.under_way))
            gateway.worker.start()
        if role is not Role.WORKER:
            for connection in gateway.connections:
                drain.add(Part(f"calls at {connection.name}", connection.stop, connection.calls))
                connection.start()
        log.info("serving", url=url, role=role.value, providers=[p.name for p in gateway.providers])
        stack.callback(log.info, "draining")
        yield gateway, url


async def _listen_with(app: web.Application, listener: socket.socket, drain: Drain) -> None:
    requests = RequestsUnderWay(app)
    runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=_NO_LIMIT_SECONDS)
    drain.add(Part("requests", lambda: requests.close(runner), requests.__len__))
    await runner.setup()
    await web.SockSite(runner, listener, backlog=_BACKLOG).start()


@asynccontextmanager
async def _hearing_of_agencies(gateway: Gateway) -> AsyncIterator[None]:
    """Every process asks who is written to, whatever its role."""
    chore = Chore("hear_of_agencies", gateway.agencies.refresh, _HEAR_EVERY_SECONDS)
    hearing = asyncio.create_task(repeat(chore))
    try:
        yield
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


async def serve(settings: Settings, role: Role) -> None:
    """Serve until SIGTERM or SIGINT, then drain; a second one ends it at once, one amid the start that.

    A start may take long: it upgrades the schema, or waits for another process that does. Each step of that
    is a transaction, so that it may end at any moment.
    """
    orders = StopOrders(settings.worker.drain)
    async with AsyncExitStack() as stack:
        starting = running_gateway(settings, role, hurry=orders.hurry)
        if not await orders.allow(stack.enter_async_context(starting)):
            log.info("start_cut_short", why="told to stop")
            return
        _spare_what_stays()
        await orders.stop.wait()


def _spare_what_stays() -> None:
    """Let the garbage collector look no more at what was loaded to stay, and soon at what comes after."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_THRESHOLD)
    # Once more: the collector waits with the oldest until a quarter as much has come as it saw the last time.
    gc.collect()


def _listener(settings: Settings, role: Role) -> socket.socket | None:
    """A worker listens only where it is told to, for its operators' tools."""
    if role is not Role.WORKER:
        return _listen(settings.server.host, settings.server.port, "server.port")
    port = settings.worker.port
    return _listen(settings.server.host, port, "worker.port") if port else None


def _listen(host: str, port: int, setting: str) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            problem = f"{host} is no address of this machine; write one that it has, or 0.0.0.0 for all"
            raise ConfigurationError(problem, place="server.host") from None
        raise ConfigurationError(
            f"cannot listen on {host}:{port}: {error.strerror}; choose another port", place=setting
        ) from None
    return listener


def _url_of(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def _configured_url(settings: Settings) -> str:
    """Where a worker finds web processes: as told, else where the one of the same configuration listens."""
    if settings.worker.web_url:
        return settings.worker.web_url
    host = settings.server.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.server.port}"


def _reachable(url: str) -> str:
    return url.replace("//0.0.0.0:", "//127.0.0.1:").replace("//[::]:", "//[::1]:")


def _web_application(gateway: Gateway, extensions: Sequence[Extension]) -> web.Application:
    settings = gateway.settings
    own: list[Extension] = [
        lambda app: add_api(app, api_parts(gateway)),
        lambda app: add_portal(app, portal_parts(gateway)),
        lambda app: add_bureau(app, bureau_parts(gateway)),
    ]
    if settings.core_store.kind == "embedded":
        store = embedded_store_app(gateway.shelf, *gateway.store_tokens)
        own.append(lambda app: _mount(app, store))
    parts = WebParts(
        providers=gateway.providers,
        dispatch=gateway.dispatch,
        metrics=gateway.essentials.metrics,
        body_limit=settings.server.body_limit,
        recordings=recordings_folders(settings.prompts.recordings),
        extensions=[*own, *extensions],
    )
    return web_application(parts)


def _mount(app: web.Application, store: web.Application) -> None:
    app.add_subapp(EMBEDDED_STORE_PATH, store)

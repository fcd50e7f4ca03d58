"""The agency's page as browsers open it: the portal's own routes and handlers, without a socket between."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import unescape
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import StreamReader, web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http import HttpVersion11, RawRequestMessage
from multidict import CIMultiDict, CIMultiDictProxy
from yarl import URL

from gateway.web.portal.application import PATH, PortalParts, add_portal

_FORM: Final = "application/x-www-form-urlencoded"
_LIMIT: Final = 2**16
_ACTS: Final = re.compile(r'<form method="post" id="([a-z_]+)"')
_SEEN: Final = re.compile(r'name="seen" value="(\d+)"')
_CONFIRMED: Final = re.compile(r'name="confirmed" value="([^"]*)"')
_NOW: Final = re.compile(r'name="called_at" value="([^"]+)"')
_CALL_FIRST: Final = "请先回访评价人，再给出结论"
_BY_TELEPHONE: Final = "打电话告知"
_PEER: Final[Any] = SimpleNamespace(ssl_context=None, peername=("127.0.0.1", 1), sockname=None)
"""Where requests come from, as far as the handlers ask."""


@dataclass(frozen=True, slots=True)
class Page:
    """What a browser got."""

    status: int
    html: str = ""

    @property
    def forms(self) -> frozenset[str]:
        """The acts that it offers."""
        return frozenset(_ACTS.findall(self.html))

    @property
    def seen(self) -> int:
        """How many steps it shows."""
        found = _SEEN.search(self.html)
        return int(found[1]) if found else 0

    @property
    def confirmed(self) -> str | None:
        """The text to the citizen that it asks to approve; None where it asks nothing."""
        found = _CONFIRMED.search(self.html)
        return unescape(found[1]) if found else None

    @property
    def now(self) -> str:
        """The time of a call-back that it fills in."""
        found = _NOW.search(self.html)
        return found[1] if found else ""

    @property
    def may_judge(self) -> bool:
        """Whether it takes a verdict now."""
        return "judge" in self.forms and _CALL_FIRST not in self.html

    @property
    def asks_for_telling(self) -> bool:
        """Whether the citizen is to be told the result by telephone."""
        return "tell" in self.forms and _BY_TELEPHONE in self.html


class AgencyDoor:
    """The portal of one process."""

    def __init__(self, parts: PortalParts) -> None:
        self._app = web.Application()
        add_portal(self._app, parts)

    async def look(self, token: str) -> Page:
        """Open a link."""
        return await self._ask("GET", token, b"")

    async def submit(self, token: str, fields: Mapping[str, str]) -> Page:
        """Send a form."""
        return await self._ask("POST", token, urlencode(fields).encode())

    async def _ask(self, method: str, token: str, body: bytes) -> Page:
        request = _request(method, f"{PATH}/{token}", body)
        match = await self._app.router.resolve(request)
        request._match_info = match  # as aiohttp's own server does
        answer = await match.handler(request)
        html = (answer.text or "") if isinstance(answer, web.Response) else ""
        return Page(answer.status, html)


def _request(method: str, path: str, body: bytes) -> web.Request:
    loop = asyncio.get_running_loop()
    headers = CIMultiDict({"Host": "localhost"})
    if body:
        headers["Content-Type"] = _FORM
    payload = StreamReader(BaseProtocol(loop), _LIMIT, loop=loop)
    payload.feed_data(body)
    payload.feed_eof()
    message = RawRequestMessage(
        method,
        path,
        HttpVersion11,
        CIMultiDictProxy(headers),
        (),
        should_close=False,
        compression=None,
        upgrade=False,
        chunked=False,
        url=URL(path),
    )
    nobody: Any = None
    return web.Request(message, payload, _PEER, nobody, nobody, loop, client_max_size=_LIMIT)

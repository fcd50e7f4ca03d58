"""How often callers of the API may ask: each token at its rate, and each address that proves no token."""

from __future__ import annotations

from hashlib import sha256
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Final

from aiohttp import web

from gateway.application.ports.pace import Pace
from gateway.domain.pace import Rate, Turns
from gateway.telemetry.metrics import Metrics
from gateway.web.problems import Problem

_TOLD: Final = web.RequestKey("rate_limit_fields", dict)
_POLICY: Final = "token"
_FAILURES: Final = Rate(0.2, 20, starts_full=True)
"""Tokens that somebody may try in vain: twenty, then one in five seconds."""
_NEIGHBOURHOOD: Final = 64
"""Bits of an IPv6 address that belong to one subscriber's network (RFC 6177)."""


class CallerLimits:
    """Turns for callers, over all processes.

    `rate` is that of one token, None where no limit is set. An address is the one that the connection
    comes from; what a header says of it anybody could write.
    """

    def __init__(self, pace: Pace, rate: Rate | None, metrics: Metrics) -> None:
        self._pace = pace
        self._rate = rate
        self._metrics = metrics

    async def admit(self, request: web.Request, token: bytes) -> Problem | None:
        """Take a turn of the token; the problem when there is none now."""
        if self._rate is None:
            return None
        turns = await self._pace.take(f"api:{sha256(token).hexdigest()[:32]}", self._rate, 1)
        request[_TOLD] = _fields(self._rate, turns)
        if turns.granted:
            return None
        self._metrics.caller_refused(why="rate")
        return _refusal("this token asks faster than it may", turns.wait_seconds)

    async def barred(self, request: web.Request) -> Problem | None:
        """The problem when too many tokens were tried in vain from where the request comes."""
        turns = await self._pace.take(_line(request), _FAILURES, 0)
        if turns.left > 0:
            return None
        self._metrics.caller_refused(why="failures")
        return _refusal("too many tokens were tried in vain from this address", turns.wait_seconds)

    async def failed(self, request: web.Request) -> None:
        """A token was tried in vain."""
        await self._pace.take(_line(request), _FAILURES, 1)


async def tell_limits(request: web.Request, response: web.StreamResponse) -> None:
    """Tell the caller what is left of their turns, in whatever answer."""
    response.headers.update(request.get(_TOLD, {}))


def _fields(rate: Rate, turns: Turns) -> dict[str, str]:
    """As draft-ietf-httpapi-ratelimit-headers-10 has them: the quota of a window, what is left of it."""
    window = ceil(rate.burst / rate.per_second)
    full_in = ceil((rate.burst - turns.left) / rate.per_second)
    return {
        "RateLimit-Policy": f'"{_POLICY}";q={rate.burst};w={window}',
        "RateLimit": f'"{_POLICY}";r={max(turns.left, 0)};t={full_in}',
    }


def _refusal(why: str, wait_seconds: float) -> Problem:
    return Problem(
        status=429,
        kind="too-many-requests",
        detail=f"{why}; nothing was done, so send the same again after Retry-After seconds",
        headers={"Retry-After": str(max(1, ceil(wait_seconds)))},
    )


def _line(request: web.Request) -> str:
    return f"api-failures:{neighbourhood_of(request)}"


def neighbourhood_of(request: web.Request) -> str:
    """Where a request comes from; an IPv6 network is one place: whoever has one has all its addresses."""
    remote = request.remote or ""
    try:
        address = ip_address(remote)
    except ValueError:
        return remote
    if isinstance(address, IPv6Address):
        return str(ip_network((address, _NEIGHBOURHOOD), strict=False))
    return str(address)

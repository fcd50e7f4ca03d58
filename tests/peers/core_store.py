"""A scripted core store on loopback: keeps what it is given, counts, and fails when its script says so.

For tests and benchmarks of the whole gateway:

    async with ScriptedCoreStore(script=seeded_script(7, share=0.2)) as store:
        ...  # the gateway with core_store.url = store.url, core_store.token = store.token
        store.assert_consistent()
"""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum
from itertools import chain, repeat
from types import TracebackType
from typing import Any, Final, Self

from aiohttp import web

LOOPBACK: Final = "127.0.0.1"


class Fault(Enum):
    """How one request is failed."""

    BUSY = "busy"
    """429 with `Retry-After`; nothing stored."""
    BROKEN = "broken"
    """500; nothing stored."""
    DROPPED = "dropped"
    """The connection is cut before anything is stored."""
    ANSWER_LOST = "answer_lost"
    """Stored, then the connection is cut: the client cannot know."""
    SLOW = "slow"
    """Stored, then no answer until the client gives up or `release` is called."""
    REFUSED = "refused"
    """400 for good; nothing stored."""


Script = Iterator[Fault | None]
"""What happens to each request in turn; None = it is served. An exhausted script serves."""

PASSING: Final = (Fault.BUSY, Fault.BROKEN, Fault.DROPPED, Fault.ANSWER_LOST)
"""Faults after which a repeat is expected to succeed, without waiting for a time-out."""


def seeded_script(seed: int, share: float, faults: Sequence[Fault] = PASSING) -> Script:
    """An endless script that fails that share of requests, the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - a repeatable script, no secret
    while True:
        yield chance.choice(faults) if chance.random() < share else None


@dataclass(frozen=True, slots=True)
class Put:
    """One request as it arrived."""

    evaluation_id: str
    revision: int
    document: dict[str, Any]
    fault: Fault | None


@dataclass
class ScriptedCoreStore:
    """The store; an asynchronous context manager that listens while the block runs."""

    token: str = "store-token"
    script: Script = field(default_factory=lambda: repeat(None, 0))
    retry_after: str = "1"
    """The header's value that goes with 429."""
    puts: list[Put] = field(default_factory=list)
    """Every authenticated, well-formed request, failed or not, in order of arrival."""
    stored: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)
    """The first document of each (evaluation_id, revision), in order of storing."""
    violations: list[str] = field(default_factory=list)
    """What the gateway must never do, in words; see `assert_consistent`."""
    url: str = ""

    def __post_init__(self) -> None:
        self._released = asyncio.Event()
        self._arrived = asyncio.Condition()
        self._runner: web.AppRunner | None = None

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_put("/v1/evaluations/{evaluation_id}", self._put)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, handler_cancellation=True)
        await self._runner.setup()
        site = web.TCPSite(self._runner, LOOPBACK, 0)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()
        assert self._runner is not None
        await self._runner.cleanup()

    def fail_next(self, *faults: Fault | None) -> None:
        """Put faults in front of the script."""
        self.script = chain(faults, self.script)

    def release(self) -> None:
        """Let slow requests, now and later, be answered."""
        self._released.set()

    async def wait_until_stored(self, revisions: int) -> None:
        """Return once that many revisions are stored; bound it by `asyncio.wait_for`."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.stored) >= revisions)

    @property
    def newest(self) -> dict[str, dict[str, Any]]:
        """The document of the highest revision of each evaluation: what the store's readers see."""
        return {evaluation_id: document for (evaluation_id, _), document in sorted(self.stored.items())}

    @property
    def repeats(self) -> int:
        """Requests for a revision beyond its first: repeats that deduplication made harmless."""
        return sum(
            count - 1 for count in Counter((put.evaluation_id, put.revision) for put in self.puts).values()
        )

    def assert_consistent(self) -> None:
        """Every revision came after the one before it, and a repeat always said the same."""
        assert not self.violations, "\n".join(self.violations)

    async def _put(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Authorization") != f"Bearer {self.token}":
            return web.json_response({"title": "Unauthorized"}, status=401)
        evaluation_id = request.match_info["evaluation_id"]
        try:
            document = json.loads(await request.read())
            revision = document["revision"]
        except (ValueError, KeyError, TypeError):
            return web.json_response({"title": "no record with a revision"}, status=422)
        if document.get("evaluation_id") != evaluation_id or type(revision) is not int or revision < 1:
            return web.json_response({"title": "address and record differ"}, status=422)
        fault = next(self.script, None)
        self.puts.append(Put(evaluation_id, revision, document, fault))
        failed = self._failed(request, fault)
        return failed if failed is not None else await self._stored(request, self.puts[-1])

    def _failed(self, request: web.Request, fault: Fault | None) -> web.StreamResponse | None:
        """The answer to a request that fails before anything is stored."""
        if fault is Fault.BUSY:
            return web.Response(status=429, headers={"Retry-After": self.retry_after}, text="slow down")
        if fault is Fault.BROKEN:
            return web.json_response({"title": "database is on fire"}, status=500)
        if fault is Fault.REFUSED:
            return web.json_response({"title": "Bad Request", "detail": "评价渠道 unknown"}, status=400)
        if fault is Fault.DROPPED:
            return _cut(request)
        return None

    async def _stored(self, request: web.Request, put: Put) -> web.StreamResponse:
        is_new = self._keep(put)
        async with self._arrived:
            self._arrived.notify_all()
        if put.fault is Fault.ANSWER_LOST:
            return _cut(request)
        if put.fault is Fault.SLOW:
            await self._released.wait()
        return web.Response(status=201 if is_new else 409)

    def _keep(self, put: Put) -> bool:
        key = (put.evaluation_id, put.revision)
        if key in self.stored:
            if self.stored[key] != put.document:
                self.violations.append(
                    f"revision {put.revision} of {put.evaluation_id} came with other content"
                )
            return False
        if put.revision > 1 and (put.evaluation_id, put.revision - 1) not in self.stored:
            self.violations.append(f"revision {put.revision} of {put.evaluation_id} overtook the one before")
        self.stored[key] = put.document
        return True


def _cut(request: web.Request) -> web.Response:
    """Cut the connection without a farewell; what is returned is never sent."""
    if request.transport is not None:
        request.transport.abort()
    return web.Response()

"""Citizens who call and text while processes are killed, and what they were told."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp

from tests.integration.conftest import AGENCY
from tests.peers.cluster import TOKEN, Cluster
from tests.peers.twilio_call import STATUS_CALLBACK, ScriptedCall
from tests.peers.twilio_webhooks import WebhookAnswer

ENTRY = f"/twilio/voice/rating?agency_code={AGENCY}&region_code=441500&item_code=a"
LEVELS = ("very_satisfied", "satisfied", "fairly_satisfied", "dissatisfied", "very_dissatisfied")
BAD = frozenset(LEVELS[3:])
_PAUSE = 0.05


@dataclass
class Citizens:
    """Everybody rates another service, once; keys are service ids."""

    cluster: Cluster
    http: aiohttp.ClientSession
    chance: random.Random
    given: dict[str, str] = field(default_factory=dict)
    """What was meant, from before it is sent."""
    told: dict[str, str] = field(default_factory=dict)
    """What was acknowledged."""
    texters: dict[str, str] = field(default_factory=dict)
    """Numbers of those who texted, with their service."""
    calls: int = 0
    repeats: int = 0
    """Requests sent again by a carrier: after a cut connection or an apology, or for no reason."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def come_and_go(self, until: asyncio.Event) -> None:
        """One after the other, until the event; the last one finishes."""
        while not until.is_set():
            number = next(self._numbers)
            await (self.call(number) if self.chance.random() < 0.5 else self.text(number))

    async def call(self, number: int) -> None:
        """Call, press a key, perhaps give a reason, hang up."""
        call = self.cluster.carrier.call(f"+86138{number:08d}", status_callback="")
        service_id, key = f"call-{call.call_sid}", self.chance.randrange(5)
        if await self._entered(call):
            self.calls += 1
            self.given[service_id] = LEVELS[key]
            await self._request(call, lambda: call.press(str(key + 1)))
            self.told[service_id] = LEVELS[key]
            if not call.over and key > 2 and self.chance.random() < 0.5:
                await self._request(call, lambda: call.press("1"))
            call._status_callback = STATUS_CALLBACK
            await self._persist(lambda: call.report("completed", CallDuration="42", Duration="1"), {200, 204})

    async def text(self, number: int) -> None:
        """A business system reports a service; the citizen texts about it, and the carrier repeats it."""
        phone, service_id = f"+86139{number:08d}", f"text-{number}"
        await self._report(service_id, phone)
        key = self.chance.randrange(5)
        sid = self.cluster.carrier.fresh_sid("SM")
        self.given[service_id], self.texters[phone] = LEVELS[key], service_id

        async def send() -> WebhookAnswer:
            return await self.cluster.carrier.text_in(phone, str(key + 1), message_sid=sid)

        copies = 1 + (self.chance.random() < 0.3)
        self.repeats += copies - 1
        await asyncio.gather(*(self._persist(send, {200, 204}) for _ in range(copies)))
        self.told[service_id] = LEVELS[key]
        if self.chance.random() < 0.1:
            self.repeats += 1
            await self._persist(send, {200, 204})

    async def _entered(self, call: ScriptedCall) -> bool:
        while True:
            try:
                await call.enter(ENTRY)
            except (aiohttp.ClientError, TimeoutError):
                self.repeats += 1
                await asyncio.sleep(_PAUSE)
            else:
                # An apology: they will not try again today.
                return not call.over

    async def _request(self, call: ScriptedCall, act: Callable[[], Awaitable[object]]) -> None:
        """Something the caller does; the carrier brings it until it has an answer."""
        try:
            await act()
            if call.failure is None:
                return
        except (aiohttp.ClientError, TimeoutError):
            pass
        await self._persist(call.repeat, {200})
        call.over = True

    async def _persist(self, send: Callable[[], Awaitable[WebhookAnswer]], wanted: set[int]) -> None:
        while True:
            try:
                answer = await send()
                if answer.status in wanted:
                    return
                assert answer.status == 503, answer
            except (aiohttp.ClientError, TimeoutError):
                pass
            self.repeats += 1
            await asyncio.sleep(_PAUSE)

    async def _report(self, service_id: str, phone: str) -> None:
        document = {
            "service_id": service_id,
            "kind": "window",
            "phone": phone,
            "agency_code": AGENCY,
            "region_code": "441500",
            "item": {"code": "4415000001", "name": "居民身份证换领"},
            "completed_at": datetime.now(UTC).isoformat(),
        }
        headers = {"Authorization": f"Bearer {TOKEN}"}

        async def send() -> WebhookAnswer:
            async with self.http.post(
                f"{self.cluster.url}/v1/services", json=document, headers=headers
            ) as answer:
                return WebhookAnswer(answer.status, answer.content_type, await answer.text())

        await self._persist(send, {200, 201})

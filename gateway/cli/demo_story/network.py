"""Caller, citizen, business system and clock of the story: everything over the real HTTP routes."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

import aiohttp

_T = TypeVar("_T")

LINE: Final = "12345"
"""The line that citizens call and text."""
_PATIENCE_SECONDS: Final = 10.0
_STORY_SECONDS: Final = 45.0
"""How long all waits together may last; what has not happened by then never will."""
_NO_LIMIT: Final = aiohttp.ClientTimeout(total=None, sock_read=None)

Json = dict[str, Any]
"""A JSON object as it came; the story looks into it."""


@dataclass(slots=True)
class Seen:
    """What the demonstration's page shows, as its events told last."""

    texts: list[Json] = field(default_factory=list)
    mails: list[Json] = field(default_factory=list)
    records: list[Json] = field(default_factory=list)
    timeline: list[Json] = field(default_factory=list)
    now: str = ""

    def take(self, section: str, content: Json) -> None:
        """Take one event."""
        self.now = content["now"]
        if section in {"texts", "mails", "records", "timeline"}:
            setattr(self, section, content["content"])

    def texts_to(self, phone: str) -> list[str]:
        """The texts on a citizen's handset, oldest first."""
        return [text["body"] for text in self.texts if text["to"] == phone]

    def records_of(self, service_id: str) -> list[Json]:
        """The core store's documents of a service, every revision, newest first."""
        documents = [record["document"] for record in self.records]
        return [document for document in documents if document["service_id"] == service_id]

    def ending_of(self, call_id: str) -> str | None:
        """How a call ended; None while it is not told."""
        endings = (entry["facts"].get("ending") for entry in self._entries_of(call_id))
        return next((ending for ending in endings if ending), None)

    def _entries_of(self, call_id: str) -> list[Json]:
        return [entry for entry in self.timeline if entry["facts"].get("call_id") == f"demo:{call_id}"]


@dataclass(slots=True)
class Call:
    """A call on the line: what the gateway said last."""

    call_id: str
    answer: Json
    raw: bytes = b""

    @property
    def awaits(self) -> str:
        """`key`, `recording` or `nothing`."""
        return str(self.answer["await"]["kind"])

    @property
    def heard(self) -> str:
        """The prompts in one line."""
        return " ".join(prompt["text"] for prompt in self.answer["prompts"])


class DemoNetwork:
    """Acts towards a running demonstration and watches its events."""

    def __init__(self, session: aiohttp.ClientSession, url: str, token: str, api_token: str) -> None:
        self._session = session
        self._url = url
        self._carrier = {"X-Demo-Token": token}
        self._api = {"Authorization": f"Bearer {api_token}"}
        self._news = asyncio.Condition()
        self._ends_at = asyncio.get_running_loop().time() + _STORY_SECONDS
        self.seen = Seen()

    async def report(self, service: Mapping[str, object]) -> int:
        """Report a service as a business system does; the status."""
        async with self._session.post(f"{self._url}/v1/services", json=service, headers=self._api) as answer:
            await answer.read()
            return answer.status

    async def service(self, service_id: str) -> Json:
        """How a service stands, as the API tells."""
        async with self._session.get(f"{self._url}/v1/services/{service_id}", headers=self._api) as answer:
            answer.raise_for_status()
            return dict(await answer.json())

    async def mail(self, mail_id: str) -> str:
        """The HTML of an email."""
        async with self._session.get(f"{self._url}/demo/mail/{mail_id}", headers=self._carrier) as answer:
            answer.raise_for_status()
            return await answer.text()

    async def ring(self, phone: str, service_id: str) -> Call:
        """The agent hung up: the carrier hands the caller to the gateway."""
        call = Call(f"DC{secrets.token_hex(16)}", {})
        await self._step(
            call, "voice/rating", {"call_id": call.call_id, "from": phone, "service_id": service_id}
        )
        return call

    async def press(self, call: Call, key: str) -> Call:
        """Press a key; the call as it goes on, while `call` still stands where it stood."""
        return await self._go_on(call, {"key": key})

    async def wait_silently(self, call: Call) -> Call:
        """Let the time for a key run out."""
        return await self._go_on(call, {})

    async def end(self, call: Call) -> None:
        """Hang up, or tell that the gateway did."""
        await self._post("voice/status", {"call_id": call.call_id, "status": "completed"})

    async def text(self, phone: str, words: str, message_id: str | None = None) -> str:
        """Text to the line; the message's id, to send it once more."""
        sid = message_id or f"DT{secrets.token_hex(16)}"
        await self._post("sms/inbound", {"message_id": sid, "from": phone, "to": LINE, "text": words})
        return sid

    async def skip(self, name: str) -> None:
        """Move the demonstration's clock."""
        async with self._session.post(
            f"{self._url}/demo/clock", json={"skip": name}, headers=self._carrier
        ) as answer:
            answer.raise_for_status()

    async def until(self, find: Callable[[Seen], _T | None]) -> _T | None:
        """The first thing found that is truthy, looked for at each event; None when patience ends."""
        loop = asyncio.get_running_loop()
        with suppress(TimeoutError):
            async with asyncio.timeout_at(min(self._ends_at, loop.time() + _PATIENCE_SECONDS)), self._news:
                while not (found := find(self.seen)):
                    await self._news.wait()
                return found
        return None

    @asynccontextmanager
    async def watching(self) -> AsyncIterator[None]:
        """Watch the demonstration's events within the block."""
        watch = asyncio.create_task(self._watch())
        try:
            await self.until(lambda seen: seen.now)
            yield
        finally:
            watch.cancel()
            await asyncio.gather(watch, return_exceptions=True)

    async def _watch(self) -> None:
        async with self._session.get(
            f"{self._url}/demo/events", headers=self._carrier, timeout=_NO_LIMIT
        ) as events:
            events.raise_for_status()
            name, event = "", b""
            async for chunk in events.content.iter_any():
                event += chunk
                while b"\n" in event:
                    line, _, event = event.partition(b"\n")
                    label, _, content = line.decode().partition(": ")
                    if label == "event":
                        name = content
                    elif label == "data":
                        async with self._news:
                            self.seen.take(name, json.loads(content))
                            self._news.notify_all()

    async def _go_on(self, call: Call, given: Json) -> Call:
        onward = Call(call.call_id, {})
        step = call.answer["await"]["step"]
        await self._step(onward, "voice/step", {"call_id": call.call_id, "step": step, **given})
        return onward

    async def _step(self, call: Call, route: str, report: Json) -> None:
        call.raw = await self._post(route, report)
        call.answer = json.loads(call.raw)

    async def _post(self, route: str, report: Json) -> bytes:
        async with self._session.post(
            f"{self._url}/demo/carrier/{route}", json=report, headers=self._carrier
        ) as answer:
            answer.raise_for_status()
            return await answer.read()

"""A telephone for tests: SIP and RTP over loopback, keys by RFC 4733 or SIP INFO, ears for noise prompts."""

from __future__ import annotations

import asyncio
import random
import re
import struct
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final, cast
from uuid import uuid4

from tests.peers.sip_sounds import FRAME

_HOST: Final = "127.0.0.1"
_TICK: Final = 0.02
_SILENCE: Final = b"\xff" * FRAME
_KEYS: Final = "0123456789*#"
_AUDIO, _EVENT = 0, 101
_PATIENCE: Final = 60.0
_REACTION_SECONDS: Final = 0.12
_VERSION: Final = 0x80
_MARKER: Final = 0x80
_OK: Final = 200


class Datagrams(asyncio.DatagramProtocol):
    """A socket that hands over what arrives."""

    def __init__(self, taken: Callable[[bytes], None]) -> None:
        self._taken = taken
        self.transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember the way back."""
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - asyncio calls it so
        """Hand it over."""
        self._taken(data)


@dataclass
class _Dialog:
    """What SIP asks a telephone to remember."""

    call_id: str = field(default_factory=lambda: f"{uuid4().hex}@test")
    tag: str = field(default_factory=lambda: uuid4().hex[:10])
    to: str = ""
    target: str = ""
    cseq: int = 1


class SipCaller:
    """One telephone, one call; `words` are the prompts that it knows, by their first frame."""

    def __init__(
        self, sip_port: int, words: Mapping[bytes, str] | None = None, number: str = "13800138000"
    ) -> None:
        self._sip_port = sip_port
        self._words = words if words is not None else {}
        self._number = number
        self._dialog = _Dialog()
        self._sip: Datagrams | None = None
        self._rtp: Datagrams | None = None
        self._media: tuple[str, int] | None = None
        self._sender: asyncio.Task[None] | None = None
        self._news = asyncio.Condition()
        self._notices: set[asyncio.Task[None]] = set()
        self._frames: asyncio.Queue[tuple[int, bool, bytes, int]] = asyncio.Queue()
        self._stamp = random.randrange(2**31)  # noqa: S311 - RFC 3550 asks for a random start
        self.heard: list[str] = []
        """The prompts that were begun, in order."""
        self.heard_at: list[float] = []
        """When, by the loop's clock."""
        self.pressed_at = 0.0
        self.status = 0
        """Of the last answer to the call."""
        self.over = False
        """The other side has hung up."""

    async def call(self, extension: str = "12345", **headers: str) -> None:
        """Call, and return when somebody answers; `headers` as in `rating="agency_code=1"` for X-Rating."""
        loop = asyncio.get_running_loop()
        _, self._sip = await loop.create_datagram_endpoint(
            lambda: Datagrams(self._on_sip), local_addr=(_HOST, 0)
        )
        _, self._rtp = await loop.create_datagram_endpoint(
            lambda: Datagrams(self._on_rtp), local_addr=(_HOST, 0)
        )
        self._dialog.target = f"sip:{extension}@{_HOST}:{self._sip_port}"
        self._dialog.to = f"<{self._dialog.target}>"
        extra = {f"X-{name.capitalize()}": value for name, value in headers.items() if value}
        self._send("INVITE", self._offer(), {"Content-Type": "application/sdp", **extra})
        await self._until(lambda: self.status >= _OK)
        if self.status == _OK:
            self._sender = asyncio.create_task(self._send_sound())

    async def hears(self, words: str, times: int = 1) -> None:
        """Return once a prompt has begun so often."""
        await self._until(lambda: self.heard.count(words) >= times, f"never heard {words}")

    async def press(self, key: str, seconds: float = 0.08, after: float = _REACTION_SECONDS) -> None:
        """Press a key for so long, as soon as a hand can after something was heard."""
        self._stay_silent(after)
        code, steps = _KEYS.index(key), max(2, round(seconds / _TICK))
        for step in range(1, steps + 1):
            self._queue_event(code, step * FRAME, first=step == 1)
        for _ in range(3):
            self._queue_event(code, (steps + 1) * FRAME, end=True)
        await self._sent()
        self.pressed_at = asyncio.get_running_loop().time()

    async def press_by_info(self, key: str) -> None:
        """Press a key, told by SIP INFO."""
        self._dialog.cseq += 1
        self._send("INFO", f"Signal={key}\r\nDuration=100\r\n", {"Content-Type": "application/dtmf-relay"})
        await asyncio.sleep(0)

    async def be_silent(self, seconds: float) -> None:
        """Hold the line for so long."""
        self._stay_silent(seconds)
        await self._sent()

    def _stay_silent(self, seconds: float) -> None:
        for _ in range(round(seconds / _TICK)):
            self._frames.put_nowait((_AUDIO, False, _SILENCE, 0))

    async def speak(self, seconds: float) -> None:
        """Say something for so long."""
        for _ in range(round(seconds / _TICK)):
            loud = random.Random(1).randbytes(FRAME)  # noqa: S311 - noise
            self._frames.put_nowait((_AUDIO, False, loud, 0))
        await self._sent()

    async def hang_up(self) -> None:
        """End the call."""
        if not self.over:
            self._dialog.cseq += 1
            self._send("BYE")
            self.over = True
        await self.aclose()

    async def ended(self) -> None:
        """Return once the other side has hung up."""
        await self._until(lambda: self.over, "the call goes on")

    async def aclose(self) -> None:
        """Put the telephone away."""
        if self._sender is not None:
            self._sender.cancel()
            with suppress(asyncio.CancelledError):
                await self._sender
        for protocol in (self._sip, self._rtp):
            if protocol is not None and protocol.transport is not None:
                protocol.transport.close()
        self._sip = self._rtp = self._sender = None

    async def _until(self, holds: Callable[[], bool], otherwise: str = "no answer") -> None:
        try:
            async with asyncio.timeout(_PATIENCE), self._news:
                await self._news.wait_for(lambda: holds() or (self.over and otherwise != "the call goes on"))
        except TimeoutError:
            raise AssertionError(f"{otherwise}; status {self.status}, heard {self.heard}") from None
        assert holds(), f"{otherwise}; the call is over, heard {self.heard}"

    async def _sent(self) -> None:
        await self._frames.join()

    def _tell(self) -> None:
        task = asyncio.ensure_future(self._notify())
        self._notices.add(task)
        task.add_done_callback(self._notices.discard)

    async def _notify(self) -> None:
        async with self._news:
            self._news.notify_all()

    # SIP

    def _offer(self) -> str:
        port = self._port(self._rtp)
        lines = (
            "v=0", f"o=- 1 1 IN IP4 {_HOST}", "s=-", f"c=IN IP4 {_HOST}", "t=0 0",
            f"m=audio {port} RTP/AVP {_AUDIO} {_EVENT}", "a=rtpmap:0 PCMU/8000",
            "a=rtpmap:101 telephone-event/8000", "a=fmtp:101 0-15", "a=ptime:20", "a=sendrecv",
        )  # fmt: skip
        return "\r\n".join(lines) + "\r\n"

    def _send(self, method: str, body: str = "", extra: Mapping[str, str] = MappingProxyType({})) -> None:
        dialog, port = self._dialog, self._port(self._sip)
        headers = {
            "Via": f"SIP/2.0/UDP {_HOST}:{port};rport;branch=z9hG4bK{uuid4().hex}",
            "Max-Forwards": "70",
            "From": f"<sip:{self._number}@{_HOST}>;tag={dialog.tag}",
            "To": dialog.to,
            "Call-ID": dialog.call_id,
            "CSeq": f"{dialog.cseq} {method}",
            "Contact": f"<sip:{self._number}@{_HOST}:{port}>",
            **extra,
            "Content-Length": str(len(body.encode())),
        }
        self._write(f"{method} {dialog.target} SIP/2.0", headers, body)

    def _write(self, first: str, headers: Mapping[str, str], body: str = "") -> None:
        lines = [first, *(f"{name}: {value}" for name, value in headers.items())]
        if self._sip is not None and self._sip.transport is not None:
            message = "\r\n".join(lines) + f"\r\n\r\n{body}"
            self._sip.transport.sendto(message.encode(), (_HOST, self._sip_port))

    def _on_sip(self, data: bytes) -> None:
        head, _, body = data.decode().partition("\r\n\r\n")
        first, *rest = head.split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in rest)}
        if first.startswith("SIP/2.0 "):
            self._on_answer(int(first.split()[1]), headers, body)
        elif not first.startswith("ACK "):
            kept = {n: headers[n.lower()] for n in ("Via", "From", "To", "Call-ID", "CSeq")}
            self._write("SIP/2.0 200 OK", {**kept, "Content-Length": "0"})
            if first.startswith("BYE "):
                self.over = True
        self._tell()

    def _on_answer(self, status: int, headers: Mapping[str, str], body: str) -> None:
        if not headers["cseq"].endswith("INVITE"):
            return
        self.status = status
        if status < _OK:
            return
        self._dialog.to = headers["to"]
        if where := re.search(r"<([^>]+)>", headers.get("contact", "")):
            self._dialog.target = where[1]
        if port := re.search(r"m=audio (\d+)", body):
            self._media = (_HOST, int(port[1]))
        self._send("ACK")
        self.over = status > _OK

    @staticmethod
    def _port(protocol: Datagrams | None) -> int:
        assert protocol is not None
        assert protocol.transport is not None
        port: int = protocol.transport.get_extra_info("sockname")[1]
        return port

    # RTP

    def _queue_event(self, code: int, duration: int, *, first: bool = False, end: bool = False) -> None:
        payload = struct.pack("!BBH", code, (0x80 if end else 0) | 10, min(duration, 65_535))
        self._frames.put_nowait((_EVENT, first, payload, duration))

    async def _send_sound(self) -> None:
        """One frame each 20 ms: what is queued, else silence."""
        loop = asyncio.get_running_loop()
        sequence, source = random.randrange(2**15), random.randrange(2**31)  # noqa: S311
        due, begun = loop.time(), 0
        while True:
            try:
                kind, first, payload, _ = self._frames.get_nowait()
                queued = True
            except asyncio.QueueEmpty:
                kind, first, payload, queued = _AUDIO, False, _SILENCE, False
            if first:
                begun = self._stamp
            stamp = begun if kind == _EVENT else self._stamp
            marker = _MARKER if first else 0
            header = struct.pack(
                "!BBHII", _VERSION, kind | marker, sequence & 0xFFFF, stamp & 0xFFFFFFFF, source
            )
            if self._rtp is not None and self._rtp.transport is not None and self._media is not None:
                self._rtp.transport.sendto(header + payload, self._media)
            sequence += 1
            self._stamp += FRAME
            if queued:
                self._frames.task_done()
            due = max(due + _TICK, loop.time() - 5 * _TICK)
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _on_rtp(self, data: bytes) -> None:
        words = self._words.get(data[12 : 12 + FRAME])
        if words is not None:
            self.heard.append(words)
            self.heard_at.append(asyncio.get_running_loop().time())
            self._tell()

"""One caller's channel, and what can be done with it.

Asterisk works the commands of a channel one after the other, and a prompt that plays holds them up: stop
it first. Playbacks are named here, for their events may come before the answer that would name them.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.adapters.providers.asterisk.recordings import delete_recording, name_for
from gateway.adapters.providers.asterisk.transport import AriClient, NotThereError

BEEP: Final = "tone:!1400/300"
"""Made by Asterisk itself; its file of that name is in a package that may not be installed."""
_RINGING: Final = frozenset({"Ring", "Ringing", "Down"})


class Line:
    """A channel in our hands; every command raises NotThereError once the caller is gone."""

    def __init__(self, ari: AriClient, channel: str) -> None:
        self._ari = ari
        self.channel = channel
        self._playback = ""
        self._recording = ""

    async def answer(self, state: str) -> None:
        """Answer a call that comes without having been answered."""
        if state in _RINGING:
            await self._ari.ask("POST", "channels", self.channel, "answer")

    async def play(self, media: str) -> str:
        """Begin to play; the playback's name, by which its events are known."""
        self._playback = playback = secrets.token_hex(8)
        await self._ari.ask("POST", "channels", self.channel, "play", playback, media=media)
        return playback

    async def stop(self, playback: str) -> None:
        """Stop it, unless it just ended by itself."""
        with suppress(NotThereError):
            await self._ari.ask("DELETE", "playbacks", playback)

    async def hush(self) -> None:
        """Stop whatever goes on: what is asked for next would wait for its end."""
        if self._playback:
            await self.stop(self._playback)
        if self._recording:
            with suppress(NotThereError):
                await self._ari.ask("POST", "recordings", "live", self._recording, "stop")

    async def record(self, max_length: timedelta, silence: timedelta, finish_key: str) -> str:
        """Begin to record; the recording's name."""
        self._recording = name = name_for(datetime.now(UTC).date())
        await self._ari.ask(
            "POST",
            "channels",
            self.channel,
            "record",
            name=name,
            format="wav",
            maxDurationSeconds=_seconds(max_length),
            maxSilenceSeconds=_seconds(silence),
            terminateOn=finish_key or "none",
        )
        return name

    def address_of(self, recording: str) -> str:
        """Where a recording can be fetched, with the login."""
        return f"{self._ari.url}/recordings/stored/{recording}/file"

    async def forget(self, recording: str) -> None:
        """Delete a recording without words."""
        await delete_recording(self._ari, recording)

    async def set(self, variable: str, value: str) -> None:
        """Set a channel variable."""
        await self._ari.ask("POST", "channels", self.channel, "variable", variable=variable, value=value)

    async def get(self, variable: str) -> str:
        """A channel variable; empty when it is not set, or the channel not there."""
        try:
            answer = await self._ari.ask("GET", "channels", self.channel, "variable", variable=variable)
        except NotThereError:
            return ""
        return str(answer.get("value", ""))

    async def is_there(self) -> bool:
        """Whether the caller is still on the line."""
        try:
            await self._ari.ask("GET", "channels", self.channel)
        except NotThereError:
            return False
        return True

    async def go_on(self) -> None:
        """Give the call back to the dial plan, behind the line that brought it."""
        await self._ari.ask("POST", "channels", self.channel, "continue")

    async def hang_up(self) -> None:
        """End the call."""
        await self._ari.ask("DELETE", "channels", self.channel)


def _seconds(duration: timedelta) -> str:
    """Whole seconds, at least one: zero means without limit there."""
    return str(max(1, round(duration.total_seconds())))

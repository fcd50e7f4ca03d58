"""ARI's events in our words; kinds and fields that are not known here are passed over.

Times are those of Asterisk's own clock, in seconds since 1970, and compared with each other only.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeAlias

from gateway.domain.flow.inputs import KEYS

_CHANNEL: Final = "channel:"


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A key was let go."""

    digit: str
    began_at: float
    let_go_at: float


@dataclass(frozen=True, slots=True)
class PlaybackBegan:
    """A prompt is heard from now on."""

    playback: str
    at: float


@dataclass(frozen=True, slots=True)
class PlaybackEnded:
    """A prompt is over; `failed` when nothing was heard of it, or the caller is gone."""

    playback: str
    failed: bool


@dataclass(frozen=True, slots=True)
class RecordingEnded:
    """A recording is over; `seconds` without the silence at its end, rounded down."""

    recording: str
    seconds: int
    failed: bool


@dataclass(frozen=True, slots=True)
class HangingUp:
    """The caller has hung up; what they did before may still be reported."""


@dataclass(frozen=True, slots=True)
class Left:
    """The channel is no longer ours: hung up, timed out, or back in the dial plan."""


@dataclass(frozen=True, slots=True)
class ConnectionLost:
    """Nothing more will be reported: the connection to Asterisk broke."""


@dataclass(frozen=True, slots=True)
class Stop:
    """The gateway stops: let the call go."""


Report: TypeAlias = (
    KeyPressed | PlaybackBegan | PlaybackEnded | RecordingEnded | HangingUp | Left | ConnectionLost | Stop
)


def read_report(event: Mapping[str, Any]) -> tuple[str, Report] | None:
    """The channel an event speaks of and what it says; None for what is no concern of ours."""
    kind = event.get("type")
    match kind:
        case "ChannelDtmfReceived":
            return _key(event)
        case "PlaybackStarted" | "PlaybackFinished":
            return _playback(event)
        case "RecordingFinished" | "RecordingFailed":
            return _recording(event)
        case "ChannelHangupRequest":
            return _channel(event), HangingUp()
        case "StasisEnd" | "ChannelDestroyed":
            return _channel(event), Left()
    return None


def time_of(event: Mapping[str, Any]) -> float:
    """When Asterisk says that it happened; 0 where it says nothing readable."""
    try:
        return datetime.fromisoformat(str(event.get("timestamp", ""))).timestamp()
    except ValueError:
        return 0.0


def _channel(event: Mapping[str, Any]) -> str:
    return str(_part(event, "channel").get("id", ""))


def _part(event: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    part = event.get(name)
    return part if isinstance(part, dict) else {}


def _key(event: Mapping[str, Any]) -> tuple[str, Report] | None:
    digit = str(event.get("digit", ""))
    if len(digit) != 1 or digit not in KEYS:
        return None
    let_go_at = time_of(event)
    return _channel(event), KeyPressed(digit, let_go_at - _number(event, "duration_ms") / 1000, let_go_at)


def _playback(event: Mapping[str, Any]) -> tuple[str, Report]:
    playback = _part(event, "playback")
    name = str(playback.get("id", ""))
    channel = str(playback.get("target_uri", "")).removeprefix(_CHANNEL)
    if event["type"] == "PlaybackStarted":
        return channel, PlaybackBegan(name, time_of(event))
    return channel, PlaybackEnded(name, playback.get("state") == "failed")


def _recording(event: Mapping[str, Any]) -> tuple[str, Report]:
    recording = _part(event, "recording")
    channel = str(recording.get("target_uri", "")).removeprefix(_CHANNEL)
    name = str(recording.get("name", ""))
    talked = "talking_duration" if "talking_duration" in recording else "duration"
    failed = event["type"] == "RecordingFailed"
    return channel, RecordingEnded(name, int(_number(recording, talked)), failed)


def _number(part: Mapping[str, Any], name: str) -> float:
    value = part.get(name)
    return float(value) if isinstance(value, int | float) else 0.0

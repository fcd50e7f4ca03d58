"""ARI's events in our words."""

from __future__ import annotations

from typing import Any

import pytest

from gateway.adapters.providers.asterisk.reports import (
    HangingUp,
    KeyPressed,
    Left,
    PlaybackBegan,
    PlaybackEnded,
    RecordingEnded,
    Report,
    read_report,
    time_of,
)

AT = "2026-11-23T02:05:09.761+0000"
SECONDS = 1795399509.761
CHANNEL = {"id": "pbx-a-1.2", "name": "PJSIP/caller-1"}
TARGET = "channel:pbx-a-1.2"

EVENTS: list[tuple[dict[str, Any], Report | None]] = [
    (
        {"type": "ChannelDtmfReceived", "digit": "5", "duration_ms": 100, "channel": CHANNEL},
        KeyPressed("5", SECONDS - 0.1, SECONDS),
    ),
    ({"type": "ChannelDtmfReceived", "digit": "5", "channel": CHANNEL}, KeyPressed("5", SECONDS, SECONDS)),
    ({"type": "ChannelDtmfReceived", "digit": "A", "duration_ms": 100, "channel": CHANNEL}, None),
    (
        {"type": "PlaybackStarted", "playback": {"id": "p", "target_uri": TARGET, "state": "playing"}},
        PlaybackBegan("p", SECONDS),
    ),
    (
        {"type": "PlaybackFinished", "playback": {"id": "p", "target_uri": TARGET, "state": "done"}},
        PlaybackEnded("p", failed=False),
    ),
    (
        {"type": "PlaybackFinished", "playback": {"id": "p", "target_uri": TARGET, "state": "failed"}},
        PlaybackEnded("p", failed=True),
    ),
    (
        {
            "type": "RecordingFinished",
            "recording": {"name": "r", "target_uri": TARGET, "duration": 9, "talking_duration": 5},
        },
        RecordingEnded("r", 5, failed=False),
    ),
    (
        {"type": "RecordingFinished", "recording": {"name": "r", "target_uri": TARGET, "duration": 9}},
        RecordingEnded("r", 9, failed=False),
    ),
    (
        {"type": "RecordingFailed", "recording": {"name": "r", "target_uri": TARGET}},
        RecordingEnded("r", 0, failed=True),
    ),
    ({"type": "ChannelHangupRequest", "channel": CHANNEL}, HangingUp()),
    ({"type": "StasisEnd", "channel": CHANNEL}, Left()),
    ({"type": "ChannelDestroyed", "cause": 17, "channel": CHANNEL}, Left()),
    ({"type": "ChannelVarset", "channel": CHANNEL}, None),
    ({"type": "SomethingOfALaterVersion"}, None),
    ({}, None),
]


@pytest.mark.parametrize(("event", "due"), EVENTS)
def test_what_concerns_us_is_read_and_the_rest_passed_over(event: dict[str, Any], due: Report | None) -> None:
    """Each kind with the channel it speaks of; what is unknown or unfit is None."""
    found = read_report({"timestamp": AT, **event})

    assert found == (None if due is None else ("pbx-a-1.2", due))


@pytest.mark.parametrize("part", ["channel", "playback", "recording"])
@pytest.mark.parametrize("value", [None, [], "x", {}])
def test_parts_of_another_shape_break_nothing(part: str, value: object) -> None:
    """An event without its parts speaks of no channel of ours."""
    for kind in {str(event.get("type")) for event, _ in EVENTS}:
        found = read_report({"type": kind, "digit": "1", "timestamp": AT, part: value})

        assert found is None or found[0] == ""


def test_a_time_that_cannot_be_read_is_zero() -> None:
    """Then a key begins before every question, and does not rate."""
    assert time_of({"timestamp": AT}) == pytest.approx(SECONDS)
    assert time_of({"timestamp": "soon"}) == 0
    assert time_of({}) == 0

"""The core store's records as the page shows them: names beside codes, both code tables side by side."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.domain.channels import Channel
from gateway.domain.levels import Level
from gateway.web.demo.words import Words


def shown(document: Mapping[str, object]) -> dict[str, object]:
    """A native document with the level in both national code tables; unknown words are shown as they are."""
    return {"document": dict(document), **_level(document.get("level")), **_channel(document.get("channel"))}


def _level(word: object) -> dict[str, object]:
    try:
        level = Level(word)
    except ValueError:
        return {"level_name": Words(str(word), str(word)).as_json(), "codes": None, "is_bad": False}
    return {
        "level_name": Words(level.name_zh, level.name_en).as_json(),
        "codes": {"gbt39046": level.digit, "platform": level.platform_code, "points": level.points},
        "is_bad": level.is_bad,
    }


def _channel(word: object) -> dict[str, object]:
    try:
        channel = Channel(word)
    except ValueError:
        return {"channel_name": Words(str(word), str(word)).as_json()}
    return {"channel_name": Words(channel.name_zh, channel.value).as_json()}

"""Spoken messages lie on the PBX, and go when their callers' numbers do."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gateway.adapters.providers.asterisk.recordings import name_for
from gateway.bootstrap.recordings import purge_recordings
from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings, load_settings
from tests.integration.asterisk.conftest import asterisk_settings
from tests.peers.asterisk_server import AsteriskServer

NOW = datetime(2026, 11, 24, tzinfo=UTC)
OLD, YOUNG = name_for(datetime(2024, 11, 23, tzinfo=UTC).date()), name_for(NOW.date())
OTHERS = "haochaping-of-somebody-else"


async def purged(settings: Settings, *, dry_run: bool) -> list[int]:
    """How many went, or would go, from each Asterisk."""
    return [count async for _, count in purge_recordings(settings, NOW, dry_run=dry_run)]


@pytest.mark.requirement("R-18")
async def test_they_are_deleted_after_the_retention(asterisk: AsteriskServer) -> None:
    """Those of ours that are old enough, and no other file; a dry run only counts."""
    for name in (OLD, YOUNG, OTHERS):
        (asterisk.recordings / f"{name}.wav").write_bytes(b"a voice")
    settings = load_settings(environ=asterisk_settings(asterisk))

    assert await purged(settings, dry_run=True) == [1]
    assert await purged(settings, dry_run=False) == [1]
    assert await purged(settings, dry_run=False) == [0]
    kept = {path.stem for path in asterisk.recordings.iterdir()}
    assert kept & {OLD, YOUNG, OTHERS} == {YOUNG, OTHERS}


async def test_an_asterisk_that_is_away_is_told(asterisk: AsteriskServer) -> None:
    """Nobody is to believe that a voice is gone which is still there."""
    away = asterisk_settings(asterisk) | {"HAOCHAPING_ASTERISK__URL": "http://127.0.0.1:9/ari"}

    with pytest.raises(ConfigurationError, match="not deleted yet"):
        await purged(load_settings(environ=away), dry_run=True)


async def test_without_a_pbx_there_are_none() -> None:
    """Nothing is asked of anybody."""
    assert await purged(Settings(), dry_run=False) == []

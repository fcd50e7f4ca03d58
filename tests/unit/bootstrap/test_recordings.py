"""Spoken messages on several PBXs are deleted, whichever of these is away."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from gateway.adapters.providers.asterisk.transport import AriClient, AriError
from gateway.bootstrap import recordings
from gateway.domain.errors import ConfigurationError
from gateway.settings import load_settings

NOW = datetime(2026, 11, 26, tzinfo=UTC)
THREE = {
    "HAOCHAPING_VOICE__PROVIDER": "asterisk",
    "HAOCHAPING_ASTERISK__URL": "http://a.example:8088/ari",
    "HAOCHAPING_ASTERISK__FURTHER_URLS": '["http://b.example:8088/ari", "http://c.example:8088/ari"]',
    "HAOCHAPING_ASTERISK__USERNAME": "haochaping",
    "HAOCHAPING_ASTERISK__PASSWORD": "secret",
}


@pytest.mark.requirement("R-18")
async def test_one_that_is_away_keeps_no_other_from_being_purged__regression(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is left is told when all were asked."""

    async def recorded_before(ari: AriClient, _day: date) -> list[str]:
        if "b.example" in ari.url:
            raise AriError("no answer")
        return []

    monkeypatch.setattr(recordings, "recorded_before", recorded_before)
    told: list[str] = []
    with pytest.raises(ConfigurationError, match=r"b\.example.*no answer"):
        async for where, _ in recordings.purge_recordings(load_settings(environ=THREE), NOW, dry_run=False):
            told.append(where)

    assert [where.rpartition(" ")[2] for where in told] == ["a.example:8088", "c.example:8088"]

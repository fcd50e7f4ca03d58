"""Spoken messages on the hotline's PBX, which go when the numbers of their callers do (R-18)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime

from gateway.adapters.providers.asterisk.recordings import delete_recording, recorded_before
from gateway.adapters.providers.asterisk.transport import AriError
from gateway.bootstrap.pbx import ari_clients, uses_pbx
from gateway.domain.errors import ConfigurationError
from gateway.settings import Settings


async def purge_recordings(
    settings: Settings, now: datetime, *, dry_run: bool
) -> AsyncIterator[tuple[str, int]]:
    """Delete what is older than the retention on each Asterisk; where, and how much. A dry run only counts.

    Raises:
        ConfigurationError: some cannot be reached, or do not let us; the others were done.

    """
    oldest, away = (now - settings.privacy.retention).date(), []
    for ari in ari_clients(settings) if uses_pbx(settings) else ():
        try:
            overdue = await recorded_before(ari, oldest)
            for name in () if dry_run else overdue:
                await delete_recording(ari, name)
        except AriError as error:
            away.append(f"{ari.name}: {error}")
            continue
        finally:
            await ari.aclose()
        yield f"spoken messages on {ari.name}", len(overdue)
    if away:
        problem = "; its spoken messages are not deleted yet: see that it runs, and run this again"
        raise ConfigurationError("; ".join(away) + problem, place="asterisk")

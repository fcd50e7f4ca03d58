"""Days that pass over follow-ups, one morning after the other."""

from __future__ import annotations

from datetime import datetime

from gateway.application.watch_deadlines import WatchDeadlines
from gateway.application.write_digests import WriteDigests
from tests.integration.conftest import Rig


async def morning(rig: Rig, day: int) -> list[tuple[str, str]]:
    """Let it be nine and a bit on that day of November, let the chores look twice; what mail came of it."""
    seen = len(rig.mail.inbox)
    zone = rig.gateway.essentials.rules.timezone
    at = datetime(2026, 11, day, 9, 5, tzinfo=zone)
    rig.skip(seconds=(at - rig.clock.now()).total_seconds())
    essentials, directory = rig.gateway.essentials, rig.gateway.directory
    for _ in range(2):
        await WatchDeadlines(essentials, directory)()
        await WriteDigests(essentials, directory, rig.gateway.links)()
    rig.skip(seconds=1)
    await rig.quiet()
    return [(email.recipients[0], str(email.message["Subject"])) for email in rig.mail.inbox[seen:]]

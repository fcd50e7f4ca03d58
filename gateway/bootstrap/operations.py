"""What operators do to a gateway's database: schema, outbox, opt-outs, keys, retention."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from gateway.adapters.clock import SystemClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.keys_in_use import (
    forget_key,
    known_keys,
    let_older_keys_go,
    require_keys_in_use,
    take_up_keys,
)
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.database.retention import count_overdue, erase, erasures
from gateway.adapters.database.rotation import KeyRotation, Rotated, sealed_tables
from gateway.adapters.database.schema import require_schema, revisions
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.application.audit_follow_ups import Audited, AuditFollowUps, Head
from gateway.application.bureau.audit_ledger import AuditedLedger, LedgerHead, audit_ledger
from gateway.application.essentials import Essentials
from gateway.application.let_rest import LetRest
from gateway.application.opt_out import OptOut
from gateway.application.ports.database import Chosen, OutboxLevel, OutboxRow
from gateway.application.ports.wakeups import Wakeups
from gateway.application.queue_text import QueueText
from gateway.bootstrap.coordination import open_coordination
from gateway.bootstrap.database import sqlite_file
from gateway.bootstrap.folders import data_folder
from gateway.bootstrap.keys import KEY_FILE, open_personal_data
from gateway.domain.errors import ConfigurationError, InvalidInput, Unavailable
from gateway.domain.ids import FollowUpId
from gateway.domain.outbox import OutboxKind, OutboxState
from gateway.domain.phone_numbers import PhoneNumber
from gateway.settings import Settings, load_settings
from gateway.telemetry.logging import configure_logging
from gateway.telemetry.metrics import Metrics

PLACE: Final = "database.url"
_ELSEWHERE: Final = (
    "go to the gateway's folder (cd), or name its settings by --config or its database by"
    " HAOCHAPING_DATABASE__URL; `haochaping db upgrade` or the first start makes a new one"
)
_LOOK: Final = "see that it runs, can be reached and is not locked by another program"
_PASSES: Final = 3
"""How often rows are tried again that a running gateway held."""


@dataclass(frozen=True, slots=True)
class KnownKey:
    """A key, by the name that stands in its seals."""

    key_id: str
    listed: bool
    since: datetime | None
    """When the database first heard of it; None when it seals nothing there."""
    forgotten_at: datetime | None


@dataclass(frozen=True, slots=True)
class Operations:
    """An open database with what its commands need."""

    settings: Settings
    database: SqlDatabase
    personal_data: PersonalDataCipher
    clock: SystemClock
    wakeups: Wakeups

    async def schema(self) -> tuple[str | None, str]:
        """The revision that the database has (None = none yet), and the one that this version needs."""
        return await revisions(self.database)

    async def upgrade_schema(self) -> tuple[str | None, str]:
        """Bring the schema to this version; the revision before and now."""
        return await upgrade(self.database)

    async def require_schema(self) -> None:
        """Raise ConfigurationError unless this version can work with the schema."""
        await require_schema(self.database)

    async def require_keys(self) -> None:
        """The same, and unless every key is listed that numbers are sealed with."""
        await self.require_schema()
        await require_keys_in_use(self.database, self.personal_data)

    async def take_up_keys(self) -> None:
        """The same, for whoever seals numbers: it is put on record with which key."""
        await self.require_schema()
        await take_up_keys(self.database, self.personal_data, self.clock.now())

    async def known_keys(self) -> list[KnownKey]:
        """Keys that are listed, in their order, or that the database knows of."""
        await self.require_schema()
        known = {key_id: (since, forgotten) for key_id, since, forgotten in await known_keys(self.database)}
        listed = self.personal_data.key_ids
        return [
            KnownKey(key_id, key_id in listed, *known.get(key_id, (None, None)))
            for key_id in dict.fromkeys((*listed, *known))
        ]

    async def forget_key(self, key_id: str) -> None:
        """Go on without a key that is lost for good; raises InvalidInput for one that is listed here."""
        await self.require_schema()
        if key_id in self.personal_data.key_ids:
            raise InvalidInput(f"{key_id} is listed in privacy.keys, so it is not lost")
        await forget_key(self.database, key_id, self.clock.now())

    async def outbox_rows(
        self, state: OutboxState, kind: str | None, limit: int, purpose: str | None = None
    ) -> list[OutboxRow]:
        """Entries in a state, oldest first; neither number nor payload."""
        await self.require_schema()
        async with self.database.reading() as work:
            return await work.inspection.rows(state, kind, limit, purpose)

    async def outbox_levels(self) -> list[OutboxLevel]:
        """How much waits and how much is dead, by kind."""
        await self.require_schema()
        async with self.database.reading() as work:
            return await work.inspection.levels()

    async def retry(self, chosen: Chosen) -> int:
        """Make these dead entries pending again; how many were dead."""
        await self.require_schema()
        async with self.database.transaction() as work:
            revived = await work.inspection.revive(chosen, self.clock.now())
        for topic in chosen.kinds or [one.value for one in OutboxKind]:
            self.wakeups.ring(topic)
        return revived

    async def drop(self, chosen: Chosen) -> int:
        """Let these dead entries rest for good; how many were dead and not owed until they arrive."""
        await self.require_schema()
        return await LetRest(self.essentials(), self.queue_text())(chosen)

    def essentials(self) -> Essentials:
        """What use cases need that are run by hand, and which nobody measures."""
        return Essentials(self.database, self.clock, self.settings.rules_for_domain(), Metrics())

    def queue_text(self) -> QueueText:
        """Renders texts to citizens as the gateway does."""
        from gateway.adapters.sms_templates.texts import JinjaMessageTexts

        return QueueText(JinjaMessageTexts(data_folder("sms_templates"), self.settings.sms.signature))

    async def opt_outs(self) -> OptOut:
        """The ledger of those who want no texts."""
        await self.take_up_keys()
        return OptOut(self.database, self.clock)

    async def audit(self, known: Mapping[FollowUpId, Head]) -> AsyncIterator[Audited]:
        """Verify the history of every follow-up, against what an earlier run knew of it too."""
        await self.require_keys()
        async for audited in AuditFollowUps(self.database)(known):
            yield audited

    async def audit_ledger(self, known: LedgerHead | None) -> AuditedLedger:
        """Verify the bureau's ledger in the same way."""
        await self.require_keys()
        return await audit_ledger(self.database, known)

    def phone(self, text: str) -> PhoneNumber:
        """The number that somebody typed; raises InvalidInput, without repeating it, when it is none."""
        zone = self.settings.rules_for_domain().timezone.key
        phone = PhonenumbersParser(default_timezone=zone).parse(text)
        if phone is None:
            raise InvalidInput(
                "this is no phone number; write it as 138 1234 5678, from abroad with + and country code"
            )
        return phone

    async def rotate_keys(self) -> AsyncIterator[Rotated]:
        """Carry table after table over to the newest key; what was done to each."""
        await self.take_up_keys()
        for table in sealed_tables():
            total = Rotated(table.name)
            for _ in range(_PASSES):
                done = await KeyRotation(self.database, self.personal_data, table)()
                total.rewritten += done.rewritten
                total.left, total.unreadable, total.reasons = done.left, done.unreadable, done.reasons
                if not done.left:
                    break
            yield total

    async def let_older_keys_go(self) -> set[str]:
        """No longer require them, once all was carried over; those that somebody seals with still stay."""
        return await let_older_keys_go(self.database, self.personal_data, self.clock.now())

    async def purge(self, *, dry_run: bool) -> AsyncIterator[tuple[str, int]]:
        """Erase what is older than the retention; what, and how much of it. A dry run only counts."""
        await self.require_keys()
        privacy = self.settings.privacy
        for erasure in erasures(self.clock.now(), privacy.retention, privacy.traces, self.personal_data):
            act = count_overdue if dry_run else erase
            yield erasure.what, await act(self.database, erasure)
        from gateway.bootstrap.recordings import purge_recordings

        # Last: they lie on other machines, which may be away.
        async for told in purge_recordings(self.settings, self.clock.now(), dry_run=dry_run):
            yield told


def _require_files(settings: Settings, url: str) -> None:
    """In a folder that is not the gateway's, a command would work on a database that it made just now."""
    file = sqlite_file(url)
    if file is not None and not file.exists():
        raise ConfigurationError(f"there is no database at {file.absolute()}; {_ELSEWHERE}", place=PLACE)
    if not settings.privacy.keys and not KEY_FILE.exists():
        raise ConfigurationError(
            f"there is none, nor {KEY_FILE.absolute()}; {_ELSEWHERE}", place="privacy.keys"
        )


@asynccontextmanager
async def open_operations(
    config: Path | None, *, url: str = "", wakes: bool = False, makes: bool = False
) -> AsyncIterator[Operations]:
    """The database of the settings, or at another `url`, as it is: its schema is not touched.

    `makes`: whether a file of SQLite and a key that are not there are made; else that is refused.
    `wakes`: what becomes due wakes the workers of other processes, where they have Redis in common.
    Warnings go to standard error, so that standard output holds what was asked for.

    Raises:
        ConfigurationError: the settings or the keys cannot be used, or there is no database or key.
        Unavailable: the database does not answer; names the place and what to look at.

    """
    settings = load_settings(config)
    log = configure_logging("warning", "console", stream=sys.stderr)
    try:
        url = url or settings.database.url.get_secret_value()
        if not makes:
            _require_files(settings, url)
        personal_data = open_personal_data(settings)
        async with AsyncExitStack() as stack:
            wakeups: Wakeups = InProcessWakeups()
            if wakes:
                wakeups = (await open_coordination(settings, Metrics(), stack)).wakeups
            database = open_database(url, personal_data, wakeups)
            stack.push_async_callback(database.close)
            yield Operations(settings, database, personal_data, SystemClock(), wakeups)
    except Unavailable as fault:
        remedy = "" if "; " in str(fault) else f"; {_LOOK}"
        raise Unavailable(f"{PLACE}: {fault}{remedy}") from None
    except OSError as error:
        raise ConfigurationError(
            f"{error.strerror or error} ({error.filename}); give this user the right to it", place=PLACE
        ) from None
    finally:
        log.close()

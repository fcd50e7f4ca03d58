"""An older version works on the schema of this one, and beside it: its statements, as of revision 0001."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import bindparam, text

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.column_types import Moment
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.database.schema import require_schema, revisions
from gateway.domain.errors import ConfigurationError
from gateway.domain.outbox import ClaimedEntry, OutboxEntry, OutboxKind
from gateway.web.api.paging import EARLIEST

LEASE = timedelta(seconds=20)
OLD_DUE = text(
    "SELECT outbox_id FROM outbox WHERE state = 'pending' AND kind = 'core_store' AND due_at <= :now"
).bindparams(bindparam("now", type_=Moment()))
OLD_CLAIM = text("UPDATE outbox SET lease = :lease, due_at = :until, attempts = attempts + 1").bindparams(
    bindparam("until", type_=Moment())
)
OLD_POSTPONE = text("UPDATE outbox SET lease = NULL, due_at = :due_at, last_error = 'busy'").bindparams(
    bindparam("due_at", type_=Moment())
)
OLD_EVALUATION = text(
    "INSERT INTO evaluations (evaluation_id, revision, slot, sequence, service_id, visit_no, subject_kind,"
    " subject_code, subject_name, scope, agency_code, region_code, level, channel, comment, raw_input,"
    " evaluated_at, adopted, origin, reason_code, reason, recording_url, recorded_at) VALUES ('old', 1, 's',"
    " 1, 'S-1', 1, 'item', 'a', 'a', 'service', 'A', 'R', 'satisfied', 'sms', '', '', :now, :adopted,"
    " 'gateway', '', '', '', :now)"
).bindparams(bindparam("now", type_=Moment()))


async def owe(database: SqlDatabase, now: datetime) -> None:
    entry = OutboxEntry(kind=OutboxKind.CORE_STORE, key="e", payload={}, due_at=now, created_at=now)
    async with database.transaction() as work:
        await work.outbox.add([entry])


async def claim(database: SqlDatabase, now: datetime) -> list[ClaimedEntry]:
    async with database.transaction() as work:
        return await work.outbox.claim(OutboxKind.CORE_STORE, now, LEASE, 9)


async def old_finds(database: SqlDatabase, now: datetime) -> int:
    async with database.reading_engine.connect() as connection:
        return len((await connection.execute(OLD_DUE, {"now": now})).all())


async def test_neither_takes_what_the_other_holds(database: SqlDatabase, clock: MovableClock) -> None:
    """An older worker leases by `due_at` alone, and respects ours by it; what it leaves is no lease."""
    now = clock.now()
    await owe(database, now)
    assert await old_finds(database, now) == 1
    assert len(await claim(database, now)) == 1
    assert await old_finds(database, now) == 0

    async with database.engine.begin() as connection:
        await connection.execute(OLD_POSTPONE, {"due_at": now})
    assert len(await claim(database, now)) == 1, "the time of our ended lease is left, its token is not"

    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE outbox SET leased_until = NULL"))
        await connection.execute(OLD_CLAIM, {"lease": "old", "until": now + LEASE})
    assert await claim(database, now) == []
    (taken_over,) = await claim(database, now + LEASE)
    assert taken_over.interrupted


async def test_what_an_older_version_records_is_listed(database: SqlDatabase, clock: MovableClock) -> None:
    """It knows nothing of positions; who lists gives them."""
    async with database.engine.begin() as connection:
        await connection.execute(OLD_EVALUATION, {"now": clock.now(), "adopted": True})
    async with database.reading() as work:
        ((_, found),) = await work.evaluations.page(EARLIEST, 0, 9)
    assert found.evaluation_id == "old"


async def marked(database: SqlDatabase, revision: str | None, oldest: str) -> None:
    """Let the schema say that it is of that revision, and whom it serves."""
    async with database.engine.begin() as connection:
        if revision is None:
            await connection.execute(text("DELETE FROM alembic_version"))
        else:
            await connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": revision})
        await connection.execute(text("UPDATE schema_promise SET oldest_program = :v"), {"v": oldest})


async def test_a_newer_schema_serves_whom_it_promises_to(database: SqlDatabase) -> None:
    """Expanded, it bears older programs; contracted, it says from which one on."""
    _, head = await revisions(database)

    await marked(database, "9998", oldest=head)
    assert await require_schema(database) == "9998"
    assert await upgrade(database) == ("9998", "9998")

    await marked(database, "9999", oldest="9999")
    for act in (require_schema, upgrade):
        with pytest.raises(ConfigurationError, match=r"^database\.url: a newer version made the schema"):
            await act(database)


@pytest.mark.parametrize(
    ("revision", "told"), [("lost", "nothing is known of the schema's revision lost"), ("0000", "0000")]
)
async def test_a_lost_revision_is_refused(database: SqlDatabase, revision: str, told: str) -> None:
    """Nothing is done to a schema of which nothing is known."""
    await marked(database, revision, oldest="0001")
    for act in (require_schema, upgrade):
        with pytest.raises(ConfigurationError, match=rf"^database\.url: .*{told}"):
            await act(database)


async def test_tables_without_their_revision_are_refused(database: SqlDatabase) -> None:
    """A dump without alembic_version: no migration runs into what is there, and no start sends into one."""
    await marked(database, None, oldest="0001")
    for act in (require_schema, upgrade):
        with pytest.raises(ConfigurationError, match="alembic_version is lost"):
            await act(database)

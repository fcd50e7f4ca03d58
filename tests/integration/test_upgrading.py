"""A database that an older version filled is brought along with what it holds."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.exc import DBAPIError

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database import migrations
from gateway.adapters.database.column_types import Moment
from gateway.adapters.database.engine import PATIENCE_SECONDS, SqlDatabase, open_database
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.database.schema import require_schema, scripts
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.errors import ConfigurationError, Unavailable
from gateway.domain.phone_numbers import PhoneNumber
from tests.integration.conftest import somebody_waits_or

CITIZEN = PhoneNumber("+8613800138000")
DAY = timedelta(days=1)
LOST = {
    "sqlite": ["DROP TRIGGER waiting_reminders_added", "DROP TRIGGER open_questions_changed"],
    "postgresql": ["ALTER TABLE invitations DISABLE TRIGGER USER"],
}
INVITATION = text(
    "INSERT INTO invitations (invitation_id, occasion, phone_sealed, phone_index, language, timezone,"
    " item_name, lead_service_id, lead_visit_no, created_at, completed_at, reminder, remind_at, texted_at,"
    " rated_at) VALUES (:name, :name, :seal, :index, 'zh-CN', 'Asia/Shanghai', '换领', :name, 1, :now,"
    " :now, :reminder, :remind_at, :texted_at, :rated_at)"
).bindparams(*(bindparam(name, type_=Moment()) for name in ("now", "remind_at", "texted_at", "rated_at")))


def migrated_to(connection: Connection, revision: str) -> None:
    """As the version did whose newest migration this was."""
    config = Config()
    config.set_main_option("script_location", str(Path(migrations.__file__).parent))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


@pytest.fixture
def copied_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a few rows are several transactions."""
    monkeypatch.setattr(scripts().get_revision("0020").module, "BATCH", 1)


def number_of(personal_data: PersonalDataCipher) -> dict[str, object]:
    """The citizen's, as it is stored."""
    return {"seal": personal_data.seal(CITIZEN.reveal()), "index": personal_data.index(CITIZEN)}


@pytest.mark.requirement("R-8")
@pytest.mark.usefixtures("copied_one_by_one")
async def test_reminders_that_waited_still_fall_due(
    empty_database_url: str, clock: MovableClock, personal_data: PersonalDataCipher
) -> None:
    """Since revision 0018 what waits and what was asked is kept apart: also what came before it."""
    now = clock.now()
    database = open_database(empty_database_url, personal_data, InProcessWakeups())
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(migrated_to, "0017")
            for name, reminder, remind_at, texted_at, rated_at in (
                ("waits", "waiting", now + DAY, None, None),
                ("waits too", "waiting", now + DAY, None, None),
                ("asked", "queued", None, now, None),
                ("asked too", "queued", None, now, None),
                ("rated", "queued", None, now, now),
            ):
                times = {"now": now, "remind_at": remind_at, "texted_at": texted_at, "rated_at": rated_at}
                row = {"name": name, "reminder": reminder, **times}
                await connection.execute(INVITATION, {**row, **number_of(personal_data)})
            erased = {"reminder": "queued", **times, "texted_at": now, "rated_at": None}
            await connection.execute(INVITATION, {**erased, "name": "erased", "seal": None, "index": None})
        await upgrade(database)

        async with database.transaction() as work:
            assert await work.invitations.next_reminder_at() == now + DAY
            due = await work.invitations.due_reminders(now + DAY, 9)
            assert [i.invitation_id for i in due] == ["waits", "waits too"]
            asked = await work.invitations.texted_and_unrated([CITIZEN], now)
            assert {i.invitation_id for i in asked} == {"asked", "asked too"}
    finally:
        await database.close()


@pytest.mark.requirement("R-8")
@pytest.mark.usefixtures("copied_one_by_one")
@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
async def test_people_rate_while_an_upgrade_copies(
    empty_database_url: str,
    clock: MovableClock,
    personal_data: PersonalDataCipher,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What somebody holds is copied last, as it is then; an upgrade that gave up goes on the next time."""
    monkeypatch.setattr(migrations, "_PAUSE_SECONDS", 0.0)
    now = clock.now()
    row = {"reminder": "waiting", "now": now, "remind_at": now, "texted_at": None, "rated_at": None}
    rated = text("UPDATE invitations SET remind_at = NULL WHERE invitation_id = :name")
    database = open_database(empty_database_url, personal_data, InProcessWakeups())
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(migrated_to, "0017")
            for name in "12345":
                await connection.execute(INVITATION, {**row, **number_of(personal_data), "name": name})
        async with database.reading_engine.begin() as rating:
            await rating.execute(
                text("SELECT 1 FROM invitations WHERE invitation_id IN ('2', '3') FOR UPDATE")
            )
            with monkeypatch.context() as hasty, pytest.raises(Unavailable, match="others hold the tables"):
                hasty.setattr(migrations, "LOCK_SECONDS", 0.01)
                await upgrade(database)
            upgrading = asyncio.create_task(upgrade(database))
            await somebody_waits_or(database, upgrading)
            async with database.reading_engine.begin() as other:
                await other.execute(rated, {"name": "4"})
            await rating.execute(rated, {"name": "3"})
        assert await upgrading == ("0019", await require_schema(database))

        async with database.transaction() as work:
            due = await work.invitations.due_reminders(now, 9)
            assert [i.invitation_id for i in due] == ["1", "2", "5"]
        async with database.reading_engine.connect() as connection:
            assert (await connection.execute(text("SELECT count(*) FROM waiting_reminders"))).scalar() == 3
    finally:
        await database.close()


@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
async def test_who_copies_holds_what_is_read_until_it_is_written(
    empty_database_url: str, clock: MovableClock, personal_data: PersonalDataCipher
) -> None:
    """Else a change in between would be undone; and it waits for nobody as long as it holds anything."""
    now = clock.now()
    row = {"reminder": "waiting", "now": now, "remind_at": now, "texted_at": None, "rated_at": None}
    copy_some = scripts().get_revision("0020").module.copy_some
    free = text("SELECT invitation_id FROM invitations FOR UPDATE SKIP LOCKED")
    database = open_database(empty_database_url, personal_data, InProcessWakeups())
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(migrated_to, "0017")
            for name in "123":
                await connection.execute(INVITATION, {**row, **number_of(personal_data), "name": name})
            await connection.run_sync(migrated_to, "0019")
        async with database.reading_engine.begin() as rating, database.engine.connect() as copying:
            await rating.execute(text("SELECT 1 FROM invitations WHERE invitation_id = '2' FOR UPDATE"))
            await copying.execute(text("SET lock_timeout = '10ms'"))
            reached = await copying.run_sync(copy_some, None)
            copied = await copying.execute(text("SELECT invitation_id FROM waiting_reminders"))
            assert set(copied.scalars()) == {"1", "3"}
            assert (await rating.execute(free)).scalars().all() == ["2"]
            await copying.commit()
            with pytest.raises(DBAPIError, match="lock timeout"):
                await copying.run_sync(copy_some, reached)
            await copying.invalidate()
    finally:
        await database.close()


async def test_triggers_lost_before_an_upgrade_are_made_anew_by_it(
    empty_database_url: str, personal_data: PersonalDataCipher
) -> None:
    """Once is enough, also where there is something else to upgrade."""
    database = open_database(empty_database_url, personal_data, InProcessWakeups())
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(migrated_to, "0020")
            for statement in LOST[connection.dialect.name]:
                await connection.execute(text(statement))
        await upgrade(database)
        await require_schema(database)
    finally:
        await database.close()


async def test_indexes_that_are_gone_already_stop_no_upgrade__regression(
    empty_database_url: str, personal_data: PersonalDataCipher
) -> None:
    """Revision 0018 once dropped them itself, before 0020 came to do so."""
    database = open_database(empty_database_url, personal_data, InProcessWakeups())
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(migrated_to, "0019")
            for index in ("ix_invitations_remind_at", "ix_invitations_asked"):
                await connection.execute(text(f"DROP INDEX {index}"))
        await upgrade(database)
        await require_schema(database)
    finally:
        await database.close()


@pytest.mark.requirement("R-8")
async def test_triggers_that_were_lost_are_made_anew(
    database: SqlDatabase, clock: MovableClock, personal_data: PersonalDataCipher
) -> None:
    """A copy made row by row has none: no start goes on with it; what was missed meanwhile is kept again."""
    now = clock.now()
    row = {"reminder": "waiting", "now": now, "remind_at": now, "texted_at": now, "rated_at": None}
    row |= number_of(personal_data)
    async with database.engine.begin() as connection:
        await connection.execute(INVITATION, {**row, "name": "before"})
        for statement in LOST[connection.dialect.name]:
            await connection.execute(text(statement))
        await connection.execute(text("UPDATE invitations SET texted_at = NULL"))
        await connection.execute(INVITATION, {**row, "name": "meanwhile"})

    with pytest.raises(ConfigurationError, match=r"lost or switched off \(.*\); run: haochaping db upgrade"):
        await require_schema(database)
    await upgrade(database)
    await require_schema(database)

    async with database.engine.begin() as connection:
        await connection.execute(INVITATION, {**row, "name": "after"})
    async with database.transaction() as work:
        due = {i.invitation_id for i in await work.invitations.due_reminders(now, 9)}
        asked = {i.invitation_id for i in await work.invitations.texted_and_unrated([CITIZEN], now)}
    assert (due, asked) == ({"before", "meanwhile", "after"}, {"meanwhile", "after"})


@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
async def test_an_upgrade_waits_for_a_rating_and_does_not_end_it(
    empty_database_url: str, personal_data: PersonalDataCipher
) -> None:
    """Who has looked at an invitation, and changes it next, would wait for an upgrade that waits for them."""
    database = open_database(empty_database_url, personal_data, InProcessWakeups())
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(migrated_to, "0017")
        async with database.reading_engine.begin() as rating:
            await rating.execute(text("SELECT 1 FROM invitations FOR UPDATE"))
            upgrading = asyncio.create_task(upgrade(database))
            await somebody_waits_or(database, upgrading)
            await rating.execute(text("UPDATE invitations SET rated_at = now()"))
        assert (await upgrading)[0] == "0017"
    finally:
        await database.close()


@pytest.mark.parametrize("empty_database_url", ["postgresql"], indirect=True)
async def test_an_upgrade_gives_way_to_who_holds_the_tables(
    empty_database_url: str, personal_data: PersonalDataCipher, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Again and again, each time so soon that a caller who waits behind it is answered still."""
    assert migrations.LOCK_SECONDS < PATIENCE_SECONDS / 2
    pauses = 0
    database = open_database(empty_database_url, personal_data, InProcessWakeups())
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(migrated_to, "0017")
        monkeypatch.setattr(migrations, "LOCK_SECONDS", 0.01)
        async with database.reading_engine.connect() as long_work:
            await long_work.execute(text("SELECT 1 FROM invitations"))

            async def pause(_: float) -> None:
                nonlocal pauses
                pauses += 1
                if pauses == 4:
                    await long_work.rollback()

            monkeypatch.setattr(migrations, "sleep", pause)
            with pytest.raises(Unavailable, match="others hold the tables; try again"):
                await upgrade(database)
            assert pauses == 3
            assert (await upgrade(database))[0] == "0019", "what changes no index, it had done"
    finally:
        await database.close()

"""A database that an older version filled is brought along with what it holds."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, bindparam, text

from gateway.adapters.clock import MovableClock
from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database import migrations
from gateway.adapters.database.column_types import Moment
from gateway.adapters.database.engine import open_database
from gateway.adapters.database.migrations import upgrade
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.domain.phone_numbers import PhoneNumber

CITIZEN = PhoneNumber("+8613800138000")
DAY = timedelta(days=1)
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


@pytest.mark.requirement("R-8")
async def test_reminders_that_waited_still_fall_due(
    empty_database_url: str, clock: MovableClock, personal_data: PersonalDataCipher
) -> None:
    """Revision 0018 keeps what waits and what was asked apart: also what came before it."""
    now = clock.now()
    database = open_database(empty_database_url, personal_data, InProcessWakeups())
    try:
        async with database.engine.begin() as connection:
            await connection.run_sync(migrated_to, "0017")
            for name, reminder, remind_at, texted_at, rated_at in (
                ("waits", "waiting", now + DAY, None, None),
                ("asked", "queued", None, now, None),
                ("rated", "queued", None, now, now),
            ):
                row = {"name": name, "seal": personal_data.seal(CITIZEN.reveal()), "now": now}
                row |= {"index": personal_data.index(CITIZEN), "reminder": reminder}
                row |= {"remind_at": remind_at, "texted_at": texted_at, "rated_at": rated_at}
                await connection.execute(INVITATION, row)
        await upgrade(database)

        async with database.transaction() as work:
            assert await work.invitations.next_reminder_at() == now + DAY
            assert [i.invitation_id for i in await work.invitations.due_reminders(now + DAY, 9)] == ["waits"]
            (asked,) = await work.invitations.texted_and_unrated([CITIZEN], now)
            assert asked.invitation_id == "asked"
    finally:
        await database.close()

"""`haochaping opt-out` on both databases: what an operator does for somebody who asks by telephone."""

from __future__ import annotations

import asyncio
import io
import json
import re
from base64 import b64encode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy import select

from gateway.adapters.coordination.in_process import InProcessWakeups
from gateway.adapters.database.engine import SqlDatabase, open_database
from gateway.adapters.database.tables import opt_outs
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.application.opt_out import BY_TELEPHONE
from gateway.domain.invitations import Invitation, ReminderState
from gateway.domain.phone_numbers import PhoneNumber
from tests.integration.stored_person import Person, store
from tests.unit.cli.command import Told, haochaping

KEY = b"k" * 32
CITIZEN = PhoneNumber("+8613800138000")
NEIGHBOUR = PhoneNumber("+8613900139000")
NOW = datetime.now(UTC)
T = TypeVar("T")


@pytest.fixture
def command(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Told]:
    """`haochaping opt-out` in an empty folder, on a database with its schema; no answer holds the number."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HAOCHAPING_DATABASE__URL", database_url)
    monkeypatch.setenv("HAOCHAPING_PRIVACY__KEYS", json.dumps([b64encode(KEY).decode()]))
    assert haochaping(capsys, "db", "upgrade").exit_code == 0

    def run(*arguments: str) -> Told:
        told = haochaping(capsys, "opt-out", *arguments)
        assert not re.search(r"\d{7}", told.output + told.errors)
        return told

    return run


def within(url: str, work: Callable[[SqlDatabase], Awaitable[T]]) -> T:
    """Do something in the database as the gateway does."""

    async def run() -> T:
        database = open_database(url, PersonalDataCipher([KEY]), InProcessWakeups())
        try:
            return await work(database)
        finally:
            await database.close()

    return asyncio.run(run())


async def invite(database: SqlDatabase) -> None:
    """Two people who wait for a reminder each."""
    for phone, name in ((CITIZEN, "1"), (NEIGHBOUR, "2")):
        await store(database, Person(phone, NOW, name), remind_at=NOW + timedelta(days=1))


async def invitations(database: SqlDatabase) -> list[Invitation]:
    """Theirs."""
    async with database.transaction() as work:
        found = [await work.invitations.of_phone(phone, 9) for phone in (CITIZEN, NEIGHBOUR)]
    return [invitation for (invitation,) in found]


async def words(database: SqlDatabase) -> list[str]:
    """What the ledger keeps of how it was asked for."""
    async with database.reading_engine.connect() as connection:
        sealed = (await connection.execute(select(opt_outs.c.words_sealed))).scalars()
        return [PersonalDataCipher([KEY]).unseal(each) for each in sealed]


@pytest.mark.requirement("R-18")
def test_a_wish_by_telephone_is_noted_and_cancels_reminders(
    command: Callable[..., Told], database_url: str
) -> None:
    """Once, with how it was asked for; the reminder of that person alone is cancelled."""
    within(database_url, invite)

    first, again = command("add", "138 0013 8000"), command("add", "+8613800138000")

    assert (first.exit_code, first.output) == (0, "138****8000 gets no texts from now on\n")
    assert (again.exit_code, again.output) == (0, "138****8000 gets no texts already\n")
    theirs, other = within(database_url, invitations)
    assert (theirs.reminder, theirs.remind_at) == (ReminderState.OPTED_OUT, None)
    assert other.reminder is ReminderState.WAITING
    assert within(database_url, words) == [BY_TELEPHONE]


def test_it_is_shown_and_ended(command: Callable[..., Told], database_url: str) -> None:
    """Since when, and whether it holds; what was cancelled stays so."""
    within(database_url, invite)
    before = command("show", "13800138000")
    command("add", "13800138000")

    held = command("show", "13800138000")
    ended, again = command("end", "13800138000"), command("end", "13800138000")
    after = command("show", "13800138000")

    assert before.output == after.output == "138****8000 gets texts\n"
    who, _, since = held.output.strip().partition(" gets no texts since ")
    assert who == "138****8000"
    assert datetime.fromisoformat(since) >= NOW.replace(microsecond=0)
    assert ended.output == "138****8000 gets texts again\n"
    assert again.output == "138****8000 gets texts already\n"
    assert within(database_url, invitations)[0].reminder is ReminderState.OPTED_OUT


def test_the_number_is_asked_for(command: Callable[..., Told], monkeypatch: pytest.MonkeyPatch) -> None:
    """Left out, it is read from the terminal or a pipe, so that no shell keeps it."""
    monkeypatch.setattr("sys.stdin", io.StringIO("13800138000\n"))

    told = command("add")

    assert told.output == "138****8000 gets no texts from now on\n"
    assert "Number" in told.errors


@pytest.mark.parametrize("number", ["12345", "anonymous", "1380013800a", ""])
def test_what_is_no_number_is_refused(command: Callable[..., Told], number: str) -> None:
    """One line with the remedy, that does not repeat it."""
    told = command("add", number)

    assert told.exit_code == 1
    assert told.errors.startswith("this is no phone number; write it as ")
    assert len(told.errors.splitlines()) == 1

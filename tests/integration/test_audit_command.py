"""`haochaping audit verify` finds what somebody changed behind the program's back, on either database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Executable, delete, update

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.correspondence_tables import result_texts, unfinished_follow_ups
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.database.retention import erase, erasures
from gateway.adapters.database.tables import follow_up_steps, follow_ups
from gateway.adapters.personal_data import PersonalDataCipher
from gateway.application.audit_follow_ups import AuditFollowUps, Head
from gateway.domain.handling.acts import Acknowledge, Comment
from gateway.domain.ids import FollowUpId
from tests.integration.follow_up_cases import MISTAKEN, Office, open_office

Tamper = Callable[[Executable], Awaitable[None]]


@pytest.fixture
async def office(database: SqlDatabase, clock: MovableClock) -> Office:
    """Two follow-ups, one of them with four steps."""
    opened = open_office(database, clock)
    handled = await opened.rated_badly("s1")
    await opened.do(handled, Acknowledge(), opened.called_back(), MISTAKEN, Comment("已报局里"))
    await opened.rated_badly("s2")
    return opened


@pytest.fixture
def tamper(database: SqlDatabase) -> Tamper:
    """Somebody with the database's password."""

    async def run(statement: Executable) -> None:
        async with database.engine.begin() as connection:
            await connection.execute(statement)

    return run


async def faults(office: Office, known: dict[FollowUpId, Head] | None = None) -> list[str]:
    return [fault async for each in AuditFollowUps(office.database)(known) for fault in each.faults]


async def heads(office: Office) -> dict[FollowUpId, Head]:
    return {each.follow_up_id: each.head async for each in AuditFollowUps(office.database)()}


async def test_untouched_histories_hold(office: Office) -> None:
    """With and without steps, and against an earlier run."""
    known = await heads(office)

    assert sorted(head.steps for head in known.values()) == [0, 4]
    assert await faults(office, known) == []


@pytest.mark.requirement("R-13")
@pytest.mark.parametrize(
    ("statement", "said"),
    [
        (update(follow_up_steps).where(follow_up_steps.c.number == 1).values(actor_name="别人"), "step 1"),
        (
            update(follow_up_steps).where(follow_up_steps.c.number == 3).values(facts={"verdict": "true"}),
            "step 3",
        ),
        (update(follow_up_steps).where(follow_up_steps.c.number == 3).values(facts={}), "no usable verdict"),
        (update(follow_up_steps).where(follow_up_steps.c.number == 2).values(words_sealed=b"x"), "sealed"),
        (delete(follow_up_steps).where(follow_up_steps.c.number == 2), "step 2 is missing"),
        (delete(follow_up_steps).where(follow_up_steps.c.number == 4), "there should be 4 steps"),
        (update(follow_ups).where(follow_ups.c.steps > 0).values(agency_code="another"), "step 1"),
    ],
)
async def test_whatever_is_changed_is_found(
    office: Office, tamper: Tamper, statement: Executable, said: str
) -> None:
    """A name, a verdict, words, a step taken out, another agency."""
    await tamper(statement)

    found = await faults(office)

    assert found
    assert said in found[0]


@pytest.mark.requirement("R-13")
async def test_a_history_cut_short_with_its_head_shows_against_an_earlier_run(
    office: Office, tamper: Tamper
) -> None:
    """Whoever may write everything leaves a chain that holds; the file kept elsewhere still tells."""
    known = await heads(office)
    async with office.database.reading() as work:
        (handled,) = [i for i, head in known.items() if head.steps]
        history = await work.follow_ups.history(handled)
    await tamper(delete(follow_up_steps).where(follow_up_steps.c.number == 4))
    await tamper(update(follow_ups).where(follow_ups.c.steps == 4).values(steps=3, head=history[2].digest))

    assert await faults(office) == []
    assert await faults(office, known) == ["of 4 steps that an earlier run saw, 3 are left"]


async def test_a_follow_up_taken_out_whole_shows_against_an_earlier_run(
    office: Office, tamper: Tamper
) -> None:
    """A bad rating nobody ever followed up."""
    known = await heads(office)
    for table in (follow_up_steps, result_texts, unfinished_follow_ups):
        await tamper(delete(table))
    await tamper(delete(follow_ups).where(follow_ups.c.steps == 4))

    assert await faults(office, known) == ["the whole follow-up is missing"]


async def test_what_was_done_since_is_no_fault(office: Office) -> None:
    """Histories grow; what an earlier run saw is their beginning."""
    known = await heads(office)
    (waiting,) = [follow_up_id for follow_up_id, head in known.items() if not head.steps]
    async with office.database.reading() as work:
        follow_up = await work.follow_ups.get(waiting)
    assert follow_up is not None
    await office.do(follow_up, Acknowledge())

    assert await faults(office, known) == []


@pytest.mark.requirement("R-18")
async def test_words_go_with_the_retention_and_the_chain_holds(
    office: Office, personal_data: PersonalDataCipher, clock: MovableClock
) -> None:
    """Nobody can read them any more, and nothing looks tampered with."""
    times = timedelta(days=730), timedelta(days=90)
    for erasure in erasures(clock.now() + timedelta(days=800), *times, personal_data):
        if erasure.table is follow_up_steps:
            assert await erase(office.database, erasure) == 4

    assert await faults(office) == []
    async with office.database.reading() as work:
        (handled,) = [i for i, head in (await heads(office)).items() if head.steps]
        history = await work.follow_ups.history(handled)
    assert all(kept.erased for kept in history)


def test_the_command_writes_compares_and_tells(tmp_path: Path) -> None:
    """Exit code 0 without a fault; a file of another kind is told with its line."""
    from gateway.cli.audit import read_heads
    from gateway.domain.errors import InvalidInput

    written = tmp_path / "heads.ndjson"
    written.write_text('{"follow_up_id": "GD-1", "steps": 2, "head": "ab"}\n', encoding="utf-8")
    assert read_heads(written) == {FollowUpId("GD-1"): Head(2, "ab")}

    written.write_text('{"follow_up_id": "GD-1"}\n', encoding="utf-8")
    with pytest.raises(InvalidInput) as raised:
        read_heads(written)
    assert raised.value.pointer == f"{written}:1"
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_heads(tmp_path / "none")

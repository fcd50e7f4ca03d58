"""Citizens whose services were finished elsewhere are called through Twilio, as planned and no more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.tables import outbox
from gateway.domain.outbox import OutboxState
from tests.integration.conftest import CITIZEN, PATIENCE, Rig, open_rig, open_rig_with, until
from tests.peers.twilio_calls_api import PlacedCall
from tests.peers.twilio_webhooks import LINE

OTHER = "+8613900139000"
MORNING = datetime.fromisoformat("2026-11-24T09:30:00+08:00")
CALLS = {
    "HAOCHAPING_OUTBOUND__ENABLED": "true",
    "HAOCHAPING_OUTBOUND__PER_SECOND": "100",
    "HAOCHAPING_OUTBOUND__MOST_AT_ONCE": "1",
}


@pytest.fixture
async def rig(database_url: str, tmp_path: Path, clock: MovableClock) -> AsyncIterator[Rig]:
    """A rig that calls, one citizen at a time, at half past nine in the morning."""
    clock.advance(MORNING - clock.now())
    async with open_rig(database_url, tmp_path, clock, **CALLS) as opened:
        yield opened


async def called(rig: Rig) -> PlacedCall:
    """The next call that is placed, and that the gateway has put on record as under way."""
    async with asyncio.timeout(PATIENCE):
        placed = await rig.twilio.calls.next_call()
    await until(lambda: _as_many_under_way(rig, 1))
    return placed


async def concluded(rig: Rig, call: PlacedCall, status: str, answered_by: str | None = None) -> None:
    """The call ends so, and the gateway has asked for it."""
    rig.twilio.calls.end(call.sid, status, answered_by)
    rig.skip(minutes=1, seconds=1)
    await until(lambda: _as_many_under_way(rig, 0))
    # A call that is being looked at is not under way for that moment either.
    await rig.quiet()
    assert await _as_many_under_way(rig, 0)


async def _as_many_under_way(rig: Rig, count: int) -> bool:
    query = select(outbox.c.outbox_id).where(
        outbox.c.kind == "call",
        outbox.c.state == OutboxState.PENDING,
        outbox.c.tried_at.is_not(None),
        outbox.c.lease.is_(None),
    )
    async with rig.gateway.database.reading_engine.connect() as connection:
        return len((await connection.execute(query)).all()) == count


async def calls_owed(rig: Rig) -> list[tuple[str, str]]:
    """State and last word of every series of calls."""
    async with rig.gateway.database.reading_engine.connect() as connection:
        rows = await connection.execute(
            select(outbox.c.state, outbox.c.last_error).where(outbox.c.kind == "call")
        )
        return [(row.state.value, row.last_error) for row in rows]


@pytest.mark.requirement("R-7")
async def test_who_is_reached_rates_and_is_left_alone(rig: Rig) -> None:
    """They hear the flow of their service, press 2 and 1; no further call, no reminder."""
    await rig.register("S-1")
    rig.skip(hours=2, seconds=1)
    placed = await called(rig)
    assert (placed.to, placed.from_, placed.timeout, placed.machine_detection) == (
        CITIZEN,
        LINE,
        30,
        "Enable",
    )

    call = rig.carrier.call(CITIZEN, direction="outbound-api", call_sid=placed.sid)
    await call.enter(placed.url, AnsweredBy="human")
    assert call.heard[0] == "您好，这里是政务服务好差评。"
    await call.press("2")
    await call.press("1")
    assert call.over
    await concluded(rig, placed, "completed", "human")
    rig.skip(hours=30)
    await rig.quiet()

    rated = {d["subject"]["kind"]: (d["level_code"], d["service_id"]) for d in rig.store.newest.values()}
    assert rated == {"item": (2, "S-1"), "staff": (1, "S-1")}
    assert (len(rig.twilio.calls.placed), rig.twilio.sent) == (1, [])
    assert await calls_owed(rig) == [("done", "")]


@pytest.mark.requirement("R-8")
@pytest.mark.requirement("R-16")
async def test_who_is_not_reached_is_called_as_planned_and_then_texted(rig: Rig) -> None:
    """Busy, half an hour later unanswered: the two calls of the plan, and the reminder after 24 hours."""
    await rig.register("S-1")
    rig.skip(hours=2, seconds=1)
    await concluded(rig, await called(rig), "busy")
    rig.skip(minutes=25)
    await rig.quiet()
    assert len(rig.twilio.calls.placed) == 1
    rig.skip(minutes=6)
    await concluded(rig, await called(rig), "no-answer")
    rig.skip(hours=12)
    await rig.quiet()
    rig.skip(hours=10)

    assert "居民身份证换领" in (await rig.next_text()).body
    await rig.quiet()
    assert len(rig.twilio.calls.placed) == 2
    assert await calls_owed(rig) == [("dropped", "not reached: busy, no_answer")]
    assert rig.store.newest == {}


async def test_an_answering_machine_is_hung_up_on(rig: Rig) -> None:
    """Without a word, and nothing is recorded; it counts as nobody."""
    await rig.register("S-1")
    rig.skip(hours=2, seconds=1)
    placed = await called(rig)

    call = rig.carrier.call(CITIZEN, direction="outbound-api", call_sid=placed.sid)
    await call.enter(placed.url, AnsweredBy="machine_start")
    assert (call.over, call.heard, call.failure) == (True, [], None)
    await concluded(rig, placed, "completed", "machine_start")
    rig.skip(hours=3)

    assert (await called(rig)).to == CITIZEN
    assert rig.store.newest == {}


async def test_who_wants_no_texts_is_not_called(rig: Rig) -> None:
    """The ledger is looked at when the call would be placed."""
    await rig.register("S-1")
    await rig.carrier.text_in(CITIZEN, "退订")
    await rig.next_text()
    rig.skip(hours=2, seconds=1)
    await rig.quiet()

    assert rig.twilio.calls.placed == []
    assert await calls_owed(rig) == [("dropped", "opted out")]


async def test_who_has_rated_is_not_called(rig: Rig) -> None:
    """On whichever channel: here at the end of a call of their own."""
    await rig.register("S-1", staff=None)
    call = rig.call()
    await call.enter("/twilio/voice/rating?service_id=S-1&visit_no=1")
    await call.press("1")
    rig.skip(hours=2, seconds=1)
    await rig.quiet()

    assert rig.twilio.calls.placed == []
    assert await calls_owed(rig) == [("dropped", "rated meanwhile")]


async def test_a_call_whose_placing_was_never_answered_is_looked_for(
    database_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """It rings, and nobody is called once more for that."""
    clock.advance(MORNING - clock.now())
    # How old a try is, the database's clock says: here it is the test's, which nobody waits for.
    async with open_rig_with(database_url, tmp_path, clock, CALLS, lease_clock=clock) as rig:
        rig.twilio.calls.answers_lost = 1
        await rig.register("S-1")
        rig.skip(hours=2, seconds=1)
        placed = await called(rig)
        await concluded(rig, placed, "completed", "human")

        assert len(rig.twilio.calls.placed) == 1
        assert await calls_owed(rig) == [("done", "")]


async def test_no_more_calls_at_once_than_allowed(rig: Rig) -> None:
    """The second citizen is called when the first has hung up."""
    await rig.register("S-1")
    await rig.register("S-2", phone=OTHER)
    rig.skip(hours=2, seconds=1)
    first = await called(rig)
    for _ in range(3):
        rig.skip(seconds=16)
        await rig.quiet()
        assert rig.twilio.calls.under_way == 1
    rig.twilio.calls.end(first.sid, "completed", "human")
    rig.skip(minutes=1)
    second = await called(rig)

    assert {first.to, second.to} == {CITIZEN, OTHER}


async def test_one_person_is_called_about_one_thing_at_a_time(rig: Rig) -> None:
    """Two services of the same morning: the second call waits for what comes of the first."""
    await rig.register("S-1")
    await rig.register("S-2")
    rig.skip(hours=2, seconds=1)
    first = await called(rig)
    rig.skip(seconds=50)
    assert len(rig.twilio.calls.placed) == 1
    rig.twilio.calls.end(first.sid, "completed", "human")
    rig.skip(seconds=30)
    second = await called(rig)

    assert first.url != second.url


async def test_nobody_is_called_at_night_or_after_the_reminder(rig: Rig) -> None:
    """Finished in the evening: called the next morning, before the reminder; else not at all."""
    rig.skip(hours=10)
    await rig.register("S-1")
    rig.skip(hours=9)
    await rig.quiet()
    assert rig.twilio.calls.placed == []
    rig.skip(hours=5, minutes=1)
    assert (await called(rig)).to == CITIZEN


async def test_a_number_that_the_carrier_refuses_is_dropped(rig: Rig) -> None:
    """The reminder by text is still tried."""
    rig.twilio.calls.refusals.append((400, 21215))
    await rig.register("S-1")
    rig.skip(hours=2, seconds=1)

    async def given_up() -> bool:
        return [state for state, _ in await calls_owed(rig)] == ["dropped"]

    await until(given_up)
    rig.skip(hours=23)
    assert (await rig.next_text()).to == CITIZEN


async def test_nobody_is_called_unless_a_city_wants_it(
    database_url: str, tmp_path: Path, clock: MovableClock
) -> None:
    """Off by default; what waits when it is switched off again is dropped."""
    clock.advance(MORNING - clock.now())
    async with open_rig(database_url, tmp_path, clock, **CALLS) as wanted:
        await wanted.register("S-1")
    async with open_rig(database_url, tmp_path, clock) as unwanted:
        await unwanted.register("S-2", phone=OTHER)
        unwanted.skip(hours=2, seconds=1)
        await unwanted.quiet()
        assert await calls_owed(unwanted) == [("dropped", "rating calls are switched off")]
        assert unwanted.twilio.calls.placed == []

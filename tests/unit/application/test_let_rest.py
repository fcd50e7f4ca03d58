"""What ends by an operator's hand is known to whom it was to tell something, on both engines."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.adapters.clock import MovableClock
from gateway.adapters.database.engine import SqlDatabase
from gateway.adapters.sms_templates.texts import JinjaMessageTexts
from gateway.application.essentials import Essentials
from gateway.application.let_rest import LetRest
from gateway.application.ports.database import Chosen, OutboxRow
from gateway.application.put_aside import PutAside
from gateway.application.queue_text import QueueText
from gateway.bootstrap.folders import data_folder
from gateway.domain.follow_ups import FollowUp
from gateway.domain.handling.acts import Acknowledge, Judge, Rectify, Verdict
from gateway.domain.handling.result_texts import ResultTextState
from gateway.domain.outbox import OutboxKind, OutboxState
from gateway.domain.rules import Rules
from gateway.telemetry.metrics import Metrics
from tests.integration.follow_up_cases import MISTAKEN, Office, open_office

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


@pytest.fixture
def office(database: SqlDatabase, clock: MovableClock) -> Office:
    """Where follow-ups are handled."""
    return open_office(database, clock)


@pytest.fixture
def essentials(office: Office) -> Essentials:
    """The usual rules."""
    return Essentials(office.database, office.clock, Rules(), Metrics())


@pytest.fixture
def queue_text() -> QueueText:
    """The delivered texts."""
    return QueueText(JinjaMessageTexts(data_folder("sms_templates"), "政务服务好差评"))


async def result_owed(office: Office) -> FollowUp:
    """A citizen is owed the text that tells what was put right."""
    follow_up = await office.rated_badly()
    true = Judge(Verdict.TRUE, "窗口只开了一个")
    rectify = Rectify("增开窗口", "已增开两个窗口")
    await office.do(follow_up, Acknowledge(), office.called_back(), true, rectify)
    return follow_up


async def text_state(office: Office, follow_up: FollowUp) -> ResultTextState:
    """How far the text of the result got."""
    async with office.database.reading() as work:
        text = await work.result_texts.last_of(follow_up.follow_up_id)
    assert text is not None
    return text.state


async def calls_asked_for(office: Office) -> list[OutboxRow]:
    """The emails that wait and ask an agency to call."""
    async with office.database.reading() as work:
        return await work.inspection.rows(OutboxState.PENDING, "email", 99, "tell_by_phone")


async def give_up(office: Office, kind: OutboxKind) -> None:
    """All of a kind is dead, and nobody was told."""
    now = office.clock.now()
    async with office.database.transaction() as work:
        claimed = await work.outbox.claim(kind, now + DAY, MINUTE, 99)
        await work.outbox.settle(claimed, OutboxState.DEAD, now, "refused")


@pytest.mark.requirement("R-11")
async def test_whose_result_is_put_aside_by_a_restore_is_called__regression(
    office: Office, essentials: Essentials, queue_text: QueueText
) -> None:
    """The text may have gone before the loss: the agency is asked once to call, and that letter goes.

    Also when what may have been sent is put aside twice: nobody else would ever ask for the call.
    """
    follow_up = await result_owed(office)

    for _ in range(2):
        await PutAside(essentials, queue_text)(office.clock.now())

    assert await text_state(office, follow_up) is ResultTextState.UNSENT
    assert len(await calls_asked_for(office)) == 1
    assert await LetRest(essentials, queue_text)(Chosen(kinds=["reminder"])) == 1
    assert len(await calls_asked_for(office)) == 1


@pytest.mark.requirement("R-11")
async def test_whose_result_is_dropped_is_called__regression(
    office: Office, essentials: Essentials, queue_text: QueueText
) -> None:
    """Put aside by an older release, which told nobody, and dropped with the reminders, whose kind it has."""
    follow_up = await result_owed(office)
    await give_up(office, OutboxKind.UNASKED)

    dropped = await LetRest(essentials, queue_text)(Chosen(kinds=["reminder"]))

    assert dropped == 1
    assert await text_state(office, follow_up) is ResultTextState.UNSENT
    assert len(await calls_asked_for(office)) == 1


async def test_what_is_let_rest_is_chosen_by_its_purpose(
    office: Office, essentials: Essentials, queue_text: QueueText
) -> None:
    """Reminders rest; the result, which is of the same kind, waits for somebody to retry it."""
    follow_up = await result_owed(office)
    await give_up(office, OutboxKind.UNASKED)
    let_rest = LetRest(essentials, queue_text)

    assert await let_rest(Chosen(kinds=["reminder"], purposes=["reminder"])) == 0
    assert await text_state(office, follow_up) is ResultTextState.WAITING
    assert await let_rest(Chosen(purposes=["handled"])) == 1


@pytest.mark.requirement("R-11")
async def test_a_call_that_somebody_is_to_make_is_owed_until_they_know__regression(
    office: Office, essentials: Essentials, queue_text: QueueText
) -> None:
    """The email that asks for it is dead; dropped, the citizen would never learn the result."""
    await result_owed(office)
    await PutAside(essentials, queue_text)(office.clock.now())
    await give_up(office, OutboxKind.EMAIL)

    await LetRest(essentials, queue_text)(Chosen())

    async with office.database.reading() as work:
        (kept,) = await work.inspection.rows(OutboxState.DEAD, "email", 99)
    assert kept.purpose == "tell_by_phone"


@pytest.mark.requirement("R-12")
async def test_what_the_bureau_is_to_know_is_owed_until_it_arrives__regression(
    office: Office, essentials: Essentials, queue_text: QueueText
) -> None:
    """Dropped, it would leave its follow-up waiting for ever for the bureau to be told."""
    follow_up = await office.rated_badly()
    await office.do(follow_up, Acknowledge(), office.called_back(), MISTAKEN)
    await give_up(office, OutboxKind.EMAIL)

    await LetRest(essentials, queue_text)(Chosen())

    async with office.database.reading() as work:
        (kept,) = await work.inspection.rows(OutboxState.DEAD, "email", 99)
    assert kept.purpose == "not_adopted"

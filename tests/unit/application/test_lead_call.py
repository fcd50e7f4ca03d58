"""Calls of providers that hold a connection: stored, or said not to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from gateway.application import lead_call
from gateway.application.answer_call import AnswerCall
from gateway.application.end_call import EndCall
from gateway.application.lead_call import LeadCall
from gateway.domain.errors import AlreadyRecorded, Conflict, Unavailable
from gateway.domain.events import CallArrived, CallEnded
from gateway.domain.flow.instructions import Hangup, Instruction
from gateway.domain.ids import CallId

ARRIVED = CallArrived(call_id=CallId("asterisk:1"), caller=None)
ENDED = CallEnded(call_id=CallId("asterisk:1"))


class Faulty:
    """A use case that fails in this way, time after time, until the list is over."""

    def __init__(self, *faults: Exception) -> None:
        self.faults = list(faults)
        self.asked = 0

    async def arrived(self, _event: CallArrived) -> Sequence[Instruction]:
        """Fail, or say good-bye."""
        self.asked += 1
        if self.faults:
            raise self.faults.pop(0)
        return (Hangup(),)

    async def __call__(self, _event: CallEnded) -> None:
        """Fail, or be content."""
        await self.arrived(ARRIVED)


def leading(faulty: Faulty) -> LeadCall:
    """Leads calls by it."""
    return LeadCall(cast("AnswerCall", faulty), cast("EndCall", faulty))


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tries follow at once."""
    monkeypatch.setattr(lead_call, "_REPEATED_AFTER_SECONDS", 0)


@pytest.mark.parametrize("fault", [Unavailable("away"), AlreadyRecorded("a race"), Conflict("a race")])
async def test_what_may_pass_is_tried_again(fault: Exception) -> None:
    """A database that restarts, or another node that was faster: the caller waits a moment, and goes on."""
    faulty = Faulty(fault, fault)

    assert await leading(faulty)(ARRIVED) == (Hangup(),)
    assert faulty.asked == 3


async def test_what_does_not_pass_is_said_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in silence for long."""
    monkeypatch.setattr(lead_call, "_PATIENCE_SECONDS", 0.01)

    with pytest.raises(Unavailable, match="away"):
        await leading(Faulty(*[Unavailable("away")] * 100_000))(ARRIVED)


async def test_a_fault_of_ours_is_no_silence() -> None:
    """It is logged, and told as what it means to the caller; it is not tried again."""
    faulty = Faulty(ZeroDivisionError())

    with pytest.raises(Unavailable, match="ZeroDivisionError"):
        await leading(faulty)(ARRIVED)
    assert faulty.asked == 1


async def test_an_end_that_cannot_be_stored_is_found_out_later() -> None:
    """Nobody is there any more to be told."""
    faulty = Faulty(Unavailable("away"))

    await leading(faulty).ended(ENDED)

    assert faulty.asked == 1

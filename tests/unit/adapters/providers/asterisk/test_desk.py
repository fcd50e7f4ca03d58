"""Who waits is seen to at once, whatever else is slow."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import cast

from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.providers.asterisk.desk import CallDesk, Limits
from gateway.adapters.providers.asterisk.transport import AriClient
from gateway.adapters.providers.asterisk.voice import Conduct
from gateway.adapters.step_tokens import SignedStepTokens
from gateway.domain.events import CallArrived, CallEnded, CallStepped
from gateway.domain.flow.instructions import Instruction, Prompt
from gateway.domain.ids import CallId
from gateway.telemetry.metrics import Metrics


class SlowLedger:
    """Does not come to storing the ends of calls (`CallLeader`)."""

    def __init__(self) -> None:
        self.asked: list[CallId] = []
        self.answers = asyncio.Event()

    async def __call__(self, event: CallArrived | CallStepped) -> Sequence[Instruction]:
        """Not here."""
        raise AssertionError(event)

    async def ended(self, event: CallEnded) -> None:
        """When it is told to."""
        self.asked.append(event.call_id)
        await self.answers.wait()


async def test_lost_calls_hold_up_no_caller() -> None:
    """After a restart of Asterisk the ends of its calls are stored beside the talking, not before it."""
    leader = SlowLedger()

    async def media_of(_prompt: Prompt) -> str:
        return ""

    tokens = SignedStepTokens([b"k" * 32])
    desk = CallDesk(
        cast("AriClient", None),
        Conduct(leader, media_of, tokens.seal, timedelta(seconds=60), lambda _: None),
        Limits(9, hangs_up=True),
        phones=PhonenumbersParser(),
        step_tokens=tokens,
        metrics=Metrics(),
    )
    desk._lost = {"channel": CallId("asterisk:1"), "other": CallId("asterisk:2")}

    await desk.found([])

    finished = asyncio.create_task(desk.finished())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert leader.asked == ["asterisk:1", "asterisk:2"]
    leader.answers.set()
    await finished

"""A gateway that stops leaves nobody in silence, whatever their key press waits for."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import cast

import pytest
from structlog.testing import capture_logs

from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.providers.asterisk import provider
from gateway.adapters.providers.asterisk.desk import CallDesk, Limits
from gateway.adapters.providers.asterisk.provider import AsteriskConnection
from gateway.adapters.providers.asterisk.transport import AriClient
from gateway.adapters.providers.asterisk.voice import Conduct
from gateway.adapters.step_tokens import SignedStepTokens
from gateway.bootstrap.draining import LETTING_GO
from gateway.domain.events import CallArrived, CallEnded, CallStepped
from gateway.domain.flow.instructions import Instruction, Prompt
from gateway.telemetry.metrics import Metrics

CALLER = {"id": "c1", "state": "Up"}


class ScriptedAri:
    """An Asterisk with one caller, who is with us until given back (`AriClient`)."""

    name, app = "pbx", "haochaping"

    def __init__(self) -> None:
        self.results: list[str] = []
        """What the dial plan found when it got the caller back."""
        self._result = ""

    @asynccontextmanager
    async def events(self) -> AsyncIterator[AsyncIterator[Mapping[str, object]]]:
        """The caller comes, and nothing more."""

        async def told() -> AsyncIterator[Mapping[str, object]]:
            yield {"type": "StasisStart", "channel": CALLER, "args": []}
            await asyncio.Event().wait()

        yield told()

    async def ask(self, method: str, *path: str, **params: str) -> object:
        """Do as told."""
        await asyncio.sleep(0)
        match method, *path:
            case "GET", "asterisk", "info":
                return {"system": {"entity_id": "1"}}
            case "GET", "applications", _:
                # None before the event: this caller comes by it.
                return {"channel_ids": ["c1"] if self._result else []}
            case "GET", "channels", "c1":
                return CALLER
            case "POST", "channels", "c1", "variable":
                self._result = params["value"]
            case "POST", "channels", "c1", "continue":
                self.results.append(self._result)
        return {}

    async def aclose(self) -> None:
        """Nothing to close."""


class HungLedger:
    """Comes to storing nothing (`CallLeader`)."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def __call__(self, event: CallArrived | CallStepped) -> Sequence[Instruction]:
        """Never returns."""
        self.asked.set()
        await asyncio.Event().wait()
        raise AssertionError(event)

    async def ended(self, event: CallEnded) -> None:
        """Not here."""
        raise AssertionError(event)


@pytest.mark.parametrize("told", [1, 2])
async def test_a_caller_whose_key_waits_for_the_database_goes_to_the_dial_plan__regression(
    monkeypatch: pytest.MonkeyPatch, told: int
) -> None:
    """At the end of the patience, and at once when it is cut short for the second time."""
    monkeypatch.setattr(provider, "LAST_WORDS", timedelta(days=1) if told == 2 else timedelta())
    ari, leader, metrics, tokens = ScriptedAri(), HungLedger(), Metrics(), SignedStepTokens([b"k" * 32])

    async def media_of(_prompt: Prompt) -> str:
        raise AssertionError

    desk = CallDesk(
        cast("AriClient", ari),
        Conduct(leader, media_of, tokens.seal, timedelta(seconds=60), lambda _: None),
        Limits(9, hangs_up=True),
        phones=PhonenumbersParser(),
        step_tokens=tokens,
        metrics=metrics,
    )
    connection = AsteriskConnection(cast("AriClient", ari), desk, metrics)
    with capture_logs() as logs:
        connection.start()
        await leader.asked.wait()
        stopping = asyncio.create_task(connection.stop())
        for _ in range(told):
            await asyncio.sleep(0)
            stopping.cancel()
        await asyncio.wait([stopping])

    assert ari.results == ["stopped"]
    assert (desk.calls, desk._tasks) == (0, set())
    assert [line["event"] for line in logs if line["event"] != "pbx_connected"] == ["pbx_call_given_back"]


def test_letting_go_of_callers_fits_into_the_time_for_it() -> None:
    """Else the process goes before the last of them is given back."""
    assert provider.LAST_WORDS + 2 * provider.GIVING_BACK < LETTING_GO

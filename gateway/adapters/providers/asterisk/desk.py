"""The calls on one Asterisk: who comes, who is talked with, and how each is let go.

Where a call stands is kept on its channel, so that whoever goes on with it - this process after a break,
its successor after a crash, another gateway that the dial plan gave it to - asks the caller again.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import structlog

from gateway.adapters.providers.asterisk import arrivals
from gateway.adapters.providers.asterisk.codes import CEILING, RESULT, STEP, Outcome
from gateway.adapters.providers.asterisk.lines import Line
from gateway.adapters.providers.asterisk.reports import Report
from gateway.adapters.providers.asterisk.transport import AriClient, AriError, NotThereError
from gateway.adapters.providers.asterisk.voice import OVER, Conduct, Conversation
from gateway.application.ports.phone_parser import PhoneParser
from gateway.application.ports.step_tokens import StepTokens
from gateway.domain.errors import InvalidInput, Unauthentic, Unavailable
from gateway.domain.events import CallArrived, CallEnded, CallStepped
from gateway.domain.flow.inputs import Key
from gateway.domain.ids import CallId
from gateway.telemetry.metrics import Metrics

log = structlog.get_logger()

AGAIN: Final = Key("*")
"""Put into the mouth of a caller whose conversation broke off: the key that repeats the question."""
_CEILING_MARGIN: Final = timedelta(seconds=15)
"""After our own limit Asterisk ends the call by itself: we may be dead or frozen by then."""
_TAKEN_UP_AFTER_SECONDS: Final = 1.0
_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class Limits:
    """What one gateway takes on at one Asterisk."""

    most_calls: int
    hangs_up: bool
    """Whether a call that is done is hung up; else it goes on in the dial plan."""


@dataclass(slots=True)
class _Caller:
    """Somebody on a channel."""

    channel: Mapping[str, Any]
    """As Asterisk described it."""
    arguments: Sequence[str]
    line: Line
    conversation: Conversation
    is_new: bool
    """They have just come, rather than been found waiting."""
    talk: asyncio.Task[None] | None = None

    @property
    def call_id(self) -> CallId:
        """The call's id."""
        return self.conversation.call_id


class CallDesk:
    """Talks with everybody who comes by one Asterisk."""

    def __init__(
        self,
        ari: AriClient,
        conduct: Conduct,
        limits: Limits,
        *,
        phones: PhoneParser,
        step_tokens: StepTokens,
        metrics: Metrics,
    ) -> None:
        self._ari = ari
        self._conduct = conduct
        self._limits = limits
        self._phones = phones
        self._step_tokens = step_tokens
        self._metrics = metrics
        self._callers: dict[str, _Caller] = {}
        """By their channels, while events of these are theirs."""
        self._lost: dict[str, CallId] = {}
        self._handed_on: set[str] = set()
        """Channels that Asterisk may count as ours for another moment, while we close."""
        self._tasks: set[asyncio.Task[None]] = set()
        self.entity = ""
        """The id of its machine, where Asterisk said it."""
        self.connected = False
        self.closing = False
        """Nobody new is taken on."""

    @property
    def calls(self) -> int:
        """How many callers are talked with."""
        return len(self._callers)

    def receive(self, channel: Mapping[str, Any], arguments: Sequence[str], *, is_new: bool) -> None:
        """A caller is there: talk with them, unless there are too many."""
        name = str(channel.get("id", ""))
        if not name or name in self._callers:
            return
        line, call_id = Line(self._ari, name), arrivals.call_id_of(channel, self.entity, arguments)
        caller = _Caller(channel, arguments, line, Conversation(line, call_id, self._conduct), is_new)
        full = len(self._callers) >= self._limits.most_calls
        self._callers[name] = caller
        self._count()
        turned_away = Outcome.STOPPED if self.closing else Outcome.BUSY if full else None
        talk = self._turn_away(caller, turned_away) if turned_away else self._talk(caller)
        caller.talk = self._begin(talk, f"call {call_id}")
        caller.talk.add_done_callback(lambda _: self._release(caller))

    def report(self, channel: str, report: Report) -> None:
        """Something happened on a channel."""
        if caller := self._callers.get(channel):
            caller.conversation.report(report)

    async def let_go(self, report: Report, patience: timedelta | None = None) -> None:
        """Tell all conversations to end, and wait until they have."""
        for caller in self._callers.values():
            caller.conversation.report(report)
        await self.finished(patience)

    async def finished(self, patience: timedelta | None = None) -> None:
        """Return when no call is left, or the patience is over."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=None if patience is None else patience.total_seconds())

    async def give_back(self, patience: timedelta) -> None:
        """Break off with whoever is still talked with: they go to the dial plan within the patience.

        Their talk waits for the database, and heard of nothing; a key that was pressed is recorded all the
        same, if it can be.
        """
        parting = []
        for caller in self._callers.values():
            if caller.talk is not None:
                caller.talk.cancel()
            parting.append(self._begin(self._part(caller, Outcome.STOPPED), f"end of {caller.call_id}"))
        if parting:
            await asyncio.wait(parting, timeout=patience.total_seconds())

    async def abandon(self) -> None:
        """Talk with nobody any more, done or not."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def found(self, channels: Sequence[str]) -> None:
        """After a break: these are the calls that wait; of others that we had, the callers are gone."""
        for name in (name for name in channels if name not in self._handed_on):
            self._lost.pop(name, None)
            if name in self._callers:
                continue
            with suppress(NotThereError):
                channel = await self._ari.ask("GET", "channels", name)
                log.info("pbx_call_adopted", pbx=self._ari.name, channel=name)
                self.receive(channel, arrivals.arguments_of(channel), is_new=False)
        lost, self._lost = self._lost, {}
        for call_id in lost.values():
            # Not waited for: new callers would wait, too.
            ending = self._conduct.leader.ended(CallEnded(call_id=call_id, carrier_failed=True))
            self._begin(ending, f"end of {call_id}")

    def _begin(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._finished)
        return task

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("pbx_call_failed", pbx=self._ari.name, exc_info=error)

    def _release(self, caller: _Caller) -> None:
        """What comes from this channel now is another talk's."""
        if self._callers.get(caller.line.channel) is caller:
            del self._callers[caller.line.channel]
            self._count()

    def _count(self) -> None:
        self._metrics.pbx_calls(pbx=self._ari.name, count=len(self._callers))

    async def _turn_away(self, caller: _Caller, outcome: Outcome) -> None:
        """To the dial plan at once; that there was a call is kept, for the text message to follow (R-16)."""
        await self._part(caller, outcome)
        with suppress(Unavailable):
            await self._conduct.leader(self._arrival(caller))

    async def _talk(self, caller: _Caller) -> None:
        outcome = await self._converse(caller)
        while outcome is Outcome.LOST and self.connected:
            # One request failed, and the caller is still ours.
            await asyncio.sleep(_TAKEN_UP_AFTER_SECONDS)
            if self.connected:
                caller.is_new = False
                caller.conversation = caller.conversation.taken_up()
                outcome = await self._converse(caller)
        await self._part(caller, outcome)
        if outcome is Outcome.LOST:
            self._lost[caller.line.channel] = caller.call_id
        elif outcome is not Outcome.STOPPED:
            await self._conduct.leader.ended(CallEnded(call_id=caller.call_id))

    async def _converse(self, caller: _Caller) -> Outcome:
        try:
            event = await self._beginning(caller)
        except NotThereError:
            return Outcome.GONE
        except AriError:
            return Outcome.LOST
        if event is None:
            return Outcome.DONE
        try:
            return await caller.conversation.run(event)
        except Exception:
            # A fault of our own: the caller is not to hear it as silence.
            log.exception("pbx_call_broken", call_id=caller.call_id)
            return Outcome.FAILED

    async def _beginning(self, caller: _Caller) -> CallArrived | CallStepped | None:
        """What a conversation begins with: an arrival, or the question that waits; None when it was over."""
        known, _, step = (await caller.line.get(STEP)).partition(" ")
        if step == OVER and not caller.is_new:
            return None
        if step and step != OVER:
            caller.conversation.call_id = CallId(known)
            with suppress(Unauthentic, InvalidInput):
                session = self._step_tokens.open(caller.call_id, step)
                return CallStepped(call_id=caller.call_id, session=session, given=AGAIN)
        if step == OVER:
            # Another agent spoke with the same caller: another call to be rated.
            caller.conversation.call_id = arrivals.another_talk(CallId(known))
        ceiling = self._conduct.longest_call + _CEILING_MARGIN
        await caller.line.set(CEILING, f"{ceiling.total_seconds():.0f}")
        await caller.line.answer(str(caller.channel.get("state", "")))
        return self._arrival(caller)

    def _arrival(self, caller: _Caller) -> CallArrived:
        return arrivals.arrival(caller.call_id, caller.channel, caller.arguments, self._phones)

    async def _part(self, caller: _Caller, outcome: Outcome) -> None:
        self._release(caller)
        self._metrics.pbx_call_left(pbx=self._ari.name, outcome=outcome.value)
        if outcome in {Outcome.GONE, Outcome.LOST}:
            return None
        if outcome.leaves_call_to_dial_plan:
            log.warning("pbx_call_given_back", call_id=caller.call_id, outcome=outcome.value)
        for _ in range(_TRIES):
            try:
                return await self._hand_on(caller.line, outcome)
            except NotThereError:
                return None
            except AriError as error:
                log.warning("pbx_call_not_given_back", call_id=caller.call_id, why=str(error))
            await asyncio.sleep(_TAKEN_UP_AFTER_SECONDS)
        return None

    async def _hand_on(self, line: Line, outcome: Outcome) -> None:
        await line.hush()
        await line.set(RESULT, outcome.value)
        if self.closing:
            self._handed_on.add(line.channel)
        if outcome is Outcome.DONE and self._limits.hangs_up:
            await line.hang_up()
        else:
            await line.go_on()

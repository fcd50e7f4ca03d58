"""A conversation: the flow's instructions become prompts and recordings, what the caller does becomes input.

Everything that happens on the channel comes in order through one queue, so that a key that was pressed
before the caller hung up is dealt with before the hang-up is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from gateway.adapters.providers.asterisk.codes import STEP, Outcome
from gateway.adapters.providers.asterisk.lines import BEEP, Line
from gateway.adapters.providers.asterisk.reports import (
    ConnectionLost,
    HangingUp,
    KeyPressed,
    Left,
    PlaybackBegan,
    PlaybackEnded,
    RecordingEnded,
    Report,
    Stop,
)
from gateway.adapters.providers.asterisk.transport import AriError, NotThereError
from gateway.application.ports.call_leader import CallLeader
from gateway.domain.errors import Unavailable
from gateway.domain.events import CallArrived, CallStepped
from gateway.domain.flow.inputs import Input, Key, NoInput, Recorded
from gateway.domain.flow.instructions import Gather, Instruction, Play, Prompt, Record, Say
from gateway.domain.flow.session import Session
from gateway.domain.ids import CallId

HANDED_OVER_SECONDS: Final = 0.3
"""After the first prompt has begun: so long a key still counts as pressed in the talk with the agent."""
BEEP_SECONDS: Final = 0.35
SHORTEST_MESSAGE_SECONDS: Final = 2
"""Asterisk reports one second for a recording of silence."""
OVER: Final = "over"
"""Stands for the session of a call that has none any more."""


class EndedError(Exception):
    """The conversation cannot go on."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


@dataclass(frozen=True, slots=True)
class Conduct:
    """What conversations have in common."""

    leader: CallLeader
    media_of: Callable[[Prompt], Awaitable[str]]
    """A prompt as Asterisk plays it; raises EndedError where it has no sound."""
    seal: Callable[[CallId, Session], str]
    longest_call: timedelta
    answered: Callable[[float], None]
    """Told the seconds from a key to the beginning of the next prompt."""


class Conversation:
    """One caller, from the first prompt to the last."""

    def __init__(
        self, line: Line, call_id: CallId, conduct: Conduct, reports: asyncio.Queue[Report] | None = None
    ) -> None:
        self.call_id = call_id
        self._line = line
        self._conduct = conduct
        self._reports: asyncio.Queue[Report] = reports or asyncio.Queue()
        self._grace = 0.0
        self._asked_at: float | None = None
        """Since when keys are answers to the present question, by Asterisk's clock."""
        self._node = ""
        self._opened_at = 0.0
        """Until then a key belongs to the talk before."""
        self._key_at: float | None = None
        self._deadline = 0.0

    def taken_up(self) -> Conversation:
        """The same caller once more, after a request failed; what was reported meanwhile still counts."""
        return Conversation(self._line, self.call_id, self._conduct, self._reports)

    def report(self, report: Report) -> None:
        """Something happened on the channel."""
        self._reports.put_nowait(report)

    async def run(self, event: CallArrived | CallStepped) -> Outcome:
        """Lead the caller through the flow, beginning with this event."""
        self._grace = HANDED_OVER_SECONDS if isinstance(event, CallArrived) else 0.0
        self._deadline = _now() + self._conduct.longest_call.total_seconds()
        try:
            while True:
                instructions = await self._conduct.leader(event)
                answer = await self._perform(instructions)
                if answer is None:
                    return Outcome.DONE
                session, given = answer
                event = CallStepped(call_id=self.call_id, session=session, given=given)
        except EndedError as ended:
            return ended.outcome
        except Unavailable:
            return Outcome.FAILED
        except NotThereError:
            return Outcome.GONE
        except AriError:
            # Whether the caller is there cannot be known now; the step is on the channel.
            return Outcome.LOST

    async def _perform(self, instructions: Sequence[Instruction]) -> tuple[Session, Input] | None:
        """Say what is to be said; the answer with the session it belongs to, None at the end of the call."""
        *said, last = instructions
        session = last.session if isinstance(last, Gather | Record) else None
        step = OVER if session is None else self._conduct.seal(self.call_id, session)
        await self._line.set(STEP, f"{self.call_id} {step}")
        for prompt in said:
            if isinstance(prompt, Say | Play):
                await self._say(prompt, heeding=False)
        match last:
            case Gather(session=session):
                return session, await self._gather(last)
            case Record(session=session):
                return session, await self._record(last)
        return None

    async def _gather(self, gather: Gather) -> Input:
        if gather.session.node != self._node:
            self._node, self._asked_at = gather.session.node, None
        key: Key | None = None
        for prompt in gather.prompts:
            key = await self._say(prompt, heeding=True)
            if key:
                break
        key = key or await self._key_within(gather.timeout)
        if key:
            # The rest of "5555" answers nothing. After silence a key that comes late still does.
            self._asked_at = None
        return key or NoInput()

    async def _say(self, prompt: Prompt, *, heeding: bool) -> Key | None:
        """Play to the end, or to the key that counts."""
        playback = await self._line.play(await self._conduct.media_of(prompt))
        while True:
            match await self._next():
                case PlaybackBegan(name, at) if name == playback:
                    self._begun(at, heeding=heeding)
                case PlaybackEnded(name, failed) if name == playback:
                    if failed:
                        await self._unheard()
                    return None
                case KeyPressed() as key if heeding and self._counts(key):
                    await self._line.stop(playback)
                    return self._taken(key)

    async def _key_within(self, silence: timedelta) -> Key | None:
        if self._asked_at is None:
            self._asked_at = 0.0
        until = _now() + silence.total_seconds()
        while True:
            report = await self._next(until)
            if report is None:
                return None
            if isinstance(report, KeyPressed) and self._counts(report):
                return self._taken(report)

    async def _record(self, record: Record) -> Input:
        for prompt in record.prompts:
            await self._say(prompt, heeding=False)
        await self._beep()
        name = await self._line.record(record.max_length, record.silence, record.finish_key)
        while True:
            match await self._next(last_words=True):
                case RecordingEnded(recording, seconds, failed) if recording == name:
                    break
        if failed or seconds < SHORTEST_MESSAGE_SECONDS:
            await self._line.forget(name)
            return NoInput()
        return Recorded(self._line.address_of(name), timedelta(seconds=seconds))

    async def _beep(self) -> None:
        playback = await self._line.play(BEEP)
        until = _now() + BEEP_SECONDS
        while await self._next(until) is not None:
            pass
        await self._line.stop(playback)

    def _begun(self, at: float, *, heeding: bool) -> None:
        self._opened_at = self._opened_at or at + self._grace
        if heeding and self._asked_at is None:
            self._asked_at = at
        if self._key_at is not None:
            self._conduct.answered(max(at - self._key_at, 0.0))
            self._key_at = None

    def _counts(self, key: KeyPressed) -> bool:
        """Whether a key answers the present question.

        It must have been pressed since the question was begun, and not be left over from the talk before.
        """
        asked = self._asked_at is not None and key.began_at >= self._asked_at
        return asked and key.let_go_at >= self._opened_at

    def _taken(self, key: KeyPressed) -> Key:
        self._key_at = key.let_go_at
        return Key(key.digit)

    async def _unheard(self) -> None:
        """A prompt failed: because the caller has just gone, or because it has no sound."""
        raise EndedError(Outcome.NO_SOUND if await self._line.is_there() else Outcome.GONE)

    async def _next(self, until: float | None = None, *, last_words: bool = False) -> Report | None:
        """The next report; None when it does not come by then. Raises EndedError at the end of the call.

        `last_words`: a caller who hangs up has ended their message, which is still to be reported.
        """
        soonest = self._deadline if until is None else min(until, self._deadline)
        try:
            async with asyncio.timeout_at(soonest):
                report = await self._reports.get()
        except TimeoutError:
            if soonest == self._deadline:
                raise EndedError(Outcome.TOO_LONG) from None
            return None
        match report:
            case ConnectionLost():
                raise EndedError(Outcome.LOST)
            case Stop():
                raise EndedError(Outcome.STOPPED)
            case Left():
                raise EndedError(Outcome.GONE)
            case HangingUp() if not last_words:
                raise EndedError(Outcome.GONE)
        return report


def _now() -> float:
    return asyncio.get_running_loop().time()

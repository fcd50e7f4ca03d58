"""The Asterisk provider and the flow engine on a real Asterisk, remembering instead of storing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.providers.asterisk.desk import CallDesk, Limits
from gateway.adapters.providers.asterisk.provider import AsteriskConnection
from gateway.adapters.providers.asterisk.sounds import SoundFiles
from gateway.adapters.providers.asterisk.transport import AriClient
from gateway.adapters.providers.asterisk.voice import Conduct
from gateway.adapters.step_tokens import SignedStepTokens
from gateway.domain.errors import Unavailable
from gateway.domain.events import CallArrived, CallEnded, CallStepped
from gateway.domain.flow import engine
from gateway.domain.flow.definition import Flow
from gateway.domain.flow.engine import Step
from gateway.domain.flow.facts import Fact, Rated
from gateway.domain.flow.instructions import Gather, Instruction, Prompt
from gateway.domain.ids import CallId
from gateway.domain.languages import Language
from gateway.telemetry.metrics import Metrics
from tests.peers.asterisk_server import PASSWORD, USER, AsteriskServer
from tests.peers.sip_caller import SipCaller
from tests.peers.sip_sounds import NoisePrompts

FALLBACK = "fallback"
"""What the dial plan says when a call is given back, or nobody is there to take it."""
TOO_LONG = "too-long"
"""What it says when Asterisk's own limit ends a call."""
PATIENCE = timedelta(seconds=5)


class NoiseAudio:
    """The prompts of a flow as noise (`PromptAudio`), beside those of the dial plan."""

    def __init__(self, folder: Path, seconds: float = 0.3) -> None:
        self.prompts = NoisePrompts(folder, seconds)
        self.prompts.file_of(FALLBACK, name="fallback")
        self.prompts.file_of(TOO_LONG, name="too-long")
        self.silent: set[str] = set()
        """Words that have no sound."""
        self.broken: set[str] = set()
        """Words whose file Asterisk does not find."""

    async def file_of(self, prompt: Prompt) -> Path | None:
        """The file of its words."""
        if prompt.text in self.silent:
            return None
        path = self.prompts.file_of(prompt.text).with_suffix(".wav")
        return path.with_name("nothing.wav") if prompt.text in self.broken else path


@dataclass(slots=True)
class Told:
    """What was told of one call."""

    arrived: CallArrived
    steps: list[tuple[CallStepped | None, Step]] = field(default_factory=list)
    heard_before: list[int] = field(default_factory=list)
    """How many prompts the caller had heard before each step."""
    ended: CallEnded | None = None

    @property
    def facts(self) -> list[Fact]:
        """All that was established."""
        return [fact for _, step in self.steps for fact in step.facts]

    @property
    def keys(self) -> list[str]:
        """The keys that rated."""
        return [fact.key for fact in self.facts if isinstance(fact, Rated)]


class EngineLeader:
    """Leads calls by the engine alone (`CallLeader`).

    Silence lasts `silence` at every question, or as long as `silences` say for each step of a call, by its
    item code: where a key is to come, a machine that is slow must not be taken for a silent caller.
    """

    def __init__(self, flow: Flow, silence: timedelta) -> None:
        self._flow = flow
        self.silence = silence
        self.silences: dict[str, Sequence[timedelta]] = {}
        self.variables: dict[str, tuple[Mapping[str, str], Language]] = {}
        """Variables and language of calls, by their item code."""
        self.told: dict[CallId, Told] = {}
        self.callers: dict[str, SipCaller] = {}
        """Telephones by the item codes of their calls."""
        self.news = asyncio.Condition()
        self.is_away = False

    async def __call__(self, event: CallArrived | CallStepped) -> Sequence[Instruction]:
        """The next words."""
        if self.is_away:
            raise Unavailable("away")
        if isinstance(event, CallArrived):
            variables, language = self.variables.get(event.item_code, ({}, Language.CHINESE))
            step = engine.start(self._flow, variables, language)
            told = self.told.setdefault(event.call_id, Told(event))
            told.steps.append((None, step))
        else:
            step = engine.resume(self._flow, event.session, event.given)
            told = self.told[event.call_id]
            told.steps.append((event, step))
        caller = self.callers.get(told.arrived.item_code)
        told.heard_before.append(len(caller.heard) if caller else 0)
        await self._tell()
        silences = self.silences.get(told.arrived.item_code, ())
        number = len(told.steps) - 1
        silence = silences[number] if number < len(silences) else self.silence
        return [
            replace(each, timeout=silence) if isinstance(each, Gather) else each for each in step.instructions
        ]

    async def ended(self, event: CallEnded) -> None:
        """The call is over."""
        if event.call_id in self.told:
            self.told[event.call_id].ended = event
        await self._tell()

    async def _tell(self) -> None:
        async with self.news:
            self.news.notify_all()

    def call(self, item_code: str) -> Told | None:
        """What was told of the call about an item."""
        return next((told for told in self.told.values() if told.arrived.item_code == item_code), None)


@dataclass(slots=True)
class AsteriskRig:
    """A gateway without its stores, its Asterisk, and everybody who calls."""

    asterisk: AsteriskServer
    audio: NoiseAudio
    leader: EngineLeader
    connection: AsteriskConnection
    metrics: Metrics
    stack: AsyncExitStack

    async def caller(self, item_code: str = "1", extension: str = "12345", **headers: str) -> SipCaller:
        """A caller on the line, whose agent hangs up soon; `headers` go to the dial plan."""
        caller = SipCaller(self.asterisk.sip_port, self.audio.prompts.words)
        self.leader.callers[item_code] = caller
        self.stack.push_async_callback(caller.hang_up)
        await caller.call(extension, rating=f"item_code={item_code}", **headers)
        return caller

    async def told(self, item_code: str = "1", *, steps: int = 0, ended: bool = False) -> Told:
        """What was told of a call, once there is so much of it."""

        def found() -> Told | None:
            told = self.leader.call(item_code)
            enough = told and len(told.steps) >= steps and (told.ended or not ended)
            return told if enough else None

        async with asyncio.timeout(60), self.leader.news:
            await self.leader.news.wait_for(lambda: found() is not None)
        told = found()
        assert told is not None
        return told

    async def connected(self) -> None:
        """Return once the connection is there."""
        async with asyncio.timeout(30):
            while True:
                try:
                    await self.connection.check()
                except Unavailable:
                    await asyncio.sleep(0.02)
                else:
                    return


@asynccontextmanager
async def asterisk_rig(
    asterisk: AsteriskServer,
    flow: Flow,
    *,
    url: str = "",
    app: str = "haochaping",
    silence: timedelta = timedelta(seconds=1),
    limits: Limits = Limits(100, hangs_up=True),  # noqa: B008 - frozen
    longest_call: timedelta = timedelta(seconds=60),
    prompt_seconds: float = 0.3,
    told: Mapping[CallId, Told] = MappingProxyType({}),
    signs_of_life: timedelta = timedelta(seconds=0.2),
) -> AsyncIterator[AsteriskRig]:
    """A rig, connected; `told` is what another gateway was told before."""
    audio = NoiseAudio(asterisk.sounds, prompt_seconds)
    leader, metrics = EngineLeader(flow, silence), Metrics()
    leader.told |= told
    ari = AriClient(url or asterisk.url, USER, PASSWORD, app)
    tokens = SignedStepTokens([b"k" * 32])
    sounds = SoundFiles(audio.file_of, asterisk.sounds, str(asterisk.sounds_inside))
    conduct = Conduct(
        leader=leader,
        media_of=sounds.media_of,
        seal=tokens.seal,
        longest_call=longest_call,
        answered=lambda seconds: metrics.pbx_key_answered(pbx=ari.name, seconds=seconds),
    )
    desk = CallDesk(ari, conduct, limits, phones=PhonenumbersParser(), step_tokens=tokens, metrics=metrics)
    connection = AsteriskConnection(ari, desk, metrics, signs_of_life)
    connection.start()
    async with AsyncExitStack() as stack:
        stack.push_async_callback(stop_now, connection)
        rig = AsteriskRig(asterisk, audio, leader, connection, metrics, stack)
        await rig.connected()
        yield rig


async def stop_now(connection: AsteriskConnection) -> None:
    """Stop without patience, as at the deadline of a drain."""
    stopping = asyncio.create_task(connection.stop())
    await asyncio.sleep(0)
    stopping.cancel()
    await asyncio.wait([stopping])

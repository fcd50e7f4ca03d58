"""The processes of a simulated gateway: wired as in production, started, crashed and stopped at will."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum
from typing import Any, TypeVar

from gateway.application.answer_call import AnswerCall
from gateway.application.bureau.watch_follow_ups import WatchFollowUps
from gateway.application.carrier_health import CarrierHealth
from gateway.application.end_call import EndCall
from gateway.application.essentials import Essentials
from gateway.application.handle_follow_up import HandleFollowUp
from gateway.application.hear_message import HearMessage
from gateway.application.note_evaluation import NoteEvaluation
from gateway.application.ports.call_carrier import CallCarrier
from gateway.application.ports.core_store import CoreStore
from gateway.application.ports.database import Database
from gateway.application.ports.mailer import Mailer
from gateway.application.ports.pace import Pace
from gateway.application.ports.sms_carrier import SmsCarrier
from gateway.application.ports.webhook_provider import RawRequest, RawResponse, Webhook
from gateway.application.queue_text import QueueText
from gateway.application.register_service import RegisterService
from gateway.application.register_services import RegisterServices
from gateway.application.send_reminders import SendReminders
from gateway.application.show_follow_up import ShowFollowUp
from gateway.application.tell_citizen import TellOfResult
from gateway.bootstrap.carriers import plan_calls
from gateway.bootstrap.following_up import following_up
from gateway.bootstrap.worker import WorkerParts, worker_chores, worker_loop
from gateway.domain.pace import Rate
from gateway.domain.rules import Rules
from gateway.settings import Settings
from gateway.simulation.agency_door import AgencyDoor
from gateway.simulation.chance import Chance
from gateway.simulation.equipment import equipment
from gateway.simulation.lives import LIFE, Life
from gateway.simulation.surroundings import ProcessWakeups, WorldClock
from gateway.web.portal.application import PortalParts
from gateway.web.webhooks.dispatch import Dispatch
from gateway.web.webhooks.verified import answer
from gateway.worker.loop import Chore, WorkerLoop

T = TypeVar("T")

_DRAIN_SECONDS = 25.0
_ALL_ALIKE = 0.6
"""Of how many worlds all processes are of role `all`."""


class ConnectionLost(Exception):  # noqa: N818 - what happened
    """The peer was not there, or went away before it answered: whether it did anything is unknown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Peers:
    """What a process reaches, as it reaches it."""

    database: Database
    core_store: CoreStore
    mailer: Mailer
    carriers: list[SmsCarrier]
    wakeups: ProcessWakeups
    jitter: Callable[[], float]
    settings: Settings
    """How often its worker looks by itself, and whether anybody is called."""
    call_carrier: CallCarrier | None
    pace: Pace
    carrier_rates: Mapping[str, Rate]
    rules: Rules
    watch: Coroutine[Any, Any, None] | None = None
    """Runs beside the worker."""


class Role(Enum):
    """What a process does."""

    ALL = "all"
    WEB = "web"
    WORKER = "worker"


def roles(processes: int, chance: Chance) -> list[Role]:
    """All do everything, or each does one of both; the first always takes requests."""
    if processes == 1 or chance.happens(_ALL_ALIKE):
        return [Role.ALL] * processes
    web = (processes + 1) // 2
    return [Role.WEB] * web + [Role.WORKER] * (processes - web)


class GatewayProcess:
    """One process; `connect` gives each of its lives its own way to the peers."""

    def __init__(
        self, name: str, role: Role, clock: WorldClock, connect: Callable[[GatewayProcess, Life], Peers]
    ) -> None:
        self.name = name
        self._role = role
        self.clock = clock
        self._connect = connect
        self._runs = 0
        self.life: Life | None = None
        self.wakeups: ProcessWakeups | None = None
        self._program: Program | None = None

    @property
    def is_up(self) -> bool:
        """Whether it runs and was not told to stop."""
        return self._program is not None and self.life is not None and not self.life.dead

    @property
    def takes_requests(self) -> bool:
        """Whether requests are brought to it."""
        return self.is_up and self._role is not Role.WORKER

    def start(self) -> None:
        """A fresh life with fresh objects."""
        self._runs += 1
        self.life = Life(f"{self.name}#{self._runs}")
        peers = self._connect(self, self.life)
        self.wakeups = peers.wakeups
        self._within(self.life, lambda: self._open(peers))

    def crash(self) -> None:
        """End at this very moment."""
        if self.life is not None:
            self.life.end()
        self._program = None

    async def stop(self) -> None:
        """SIGTERM: take no more requests, let what is under way end, then exit."""
        life, program, self._program = self.life, self._program, None
        if life is None or program is None:
            return
        with suppress(ConnectionLost, TimeoutError):
            await self._call(life, lambda: asyncio.wait_for(program.worker.stop(), _DRAIN_SECONDS))
        life.end()

    async def webhook(self, path: str, headers: Mapping[str, str], body: bytes) -> RawResponse:
        """Bring one request of the carrier; raises ConnectionLost when the process dies meanwhile."""
        webhook = _webhook(path)
        raw = RawRequest(path=path, query_string="", headers=headers, body=body)
        return await self.ask(lambda program: answer(equipment().provider, webhook, program.dispatch, raw))

    async def ask(self, wish: Callable[[Program], Awaitable[T]]) -> T:
        """Let the process do something; raises ConnectionLost when it is down or dies meanwhile."""
        life, program = self.life, self._program
        if life is None or program is None or life.dead:
            raise ConnectionLost("refused")
        life.works()
        return await self._call(life, lambda: wish(program))

    async def _call(self, life: Life, wish: Callable[[], Awaitable[T]]) -> T:
        loop = asyncio.get_running_loop()
        answered: asyncio.Future[T] = loop.create_future()

        async def serve() -> None:
            try:
                result = await wish()
            except Exception as error:  # noqa: BLE001 - whoever asked gets it
                if not answered.done():
                    answered.set_exception(error)
            else:
                if not answered.done():
                    answered.set_result(result)

        def lose() -> None:
            if not answered.done():
                answered.set_exception(ConnectionLost("reset"))

        forget = life.on_death(lose)
        self._within(life, lambda: loop.create_task(serve()))
        try:
            return await answered
        finally:
            forget()

    def _within(self, life: Life, do: Callable[[], object]) -> None:
        context = copy_context()
        context.run(LIFE.set, life)
        context.run(do)

    def _open(self, peers: Peers) -> None:
        self._program = Program(self.clock, peers)
        if peers.watch is not None:
            # Kept by the life of the process.
            asyncio.get_running_loop().create_task(peers.watch)
        if self._role is not Role.WEB:
            self._program.worker.start()


class Program:
    """The objects of one life, wired as `gateway.bootstrap` does."""

    def __init__(self, clock: WorldClock, peers: Peers) -> None:
        gear = equipment()
        self.essentials = essentials = Essentials(peers.database, clock, peers.rules, gear.metrics)
        queue_text = QueueText(gear.texts)
        follow = following_up(essentials, queue_text)
        self.handle = follow.handle
        self.watch = WatchFollowUps(essentials, gear.directory)
        self.door = _door(essentials, follow.handle)
        calls = plan_calls(peers.settings, peers.rules)
        self.register = RegisterService(essentials, follow.record, gear.phones, calls)
        self.register_many = RegisterServices(peers.database, self.register)
        self.note = NoteEvaluation(essentials, follow.record, self.register)
        end_call = EndCall(essentials)
        self.dispatch = Dispatch(
            AnswerCall(essentials, gear.flows, gear.settings.voice.flow, follow.record, self.register),
            end_call,
            follow.receive_message,
            follow.receive_receipt,
        )
        self.worker: WorkerLoop = _worker(peers, essentials, queue_text, end_call, follow.tell)


def _worker(
    peers: Peers, essentials: Essentials, queue_text: QueueText, end_call: EndCall, tell: TellOfResult
) -> WorkerLoop:
    gear = equipment()
    parts = WorkerParts(
        settings=peers.settings,
        essentials=essentials,
        wakeups=peers.wakeups,
        core_store=peers.core_store,
        directory=gear.directory,
        links=gear.links,
        addresses=gear.addresses,
        page_of=gear.page_of,
        carriers=CarrierHealth(peers.carriers, essentials.clock, gear.metrics),
        mailer=peers.mailer,
        email_texts=gear.email_texts,
        reminders=SendReminders(essentials, queue_text),
        end_call=end_call,
        tell=tell,
        call_carrier=peers.call_carrier,
        jitter=peers.jitter,
        pace=peers.pace,
        carrier_rates=peers.carrier_rates,
    )
    return worker_loop(parts, _seldom(worker_chores(parts), peers.settings.worker.poll_interval))


def _door(essentials: Essentials, handle: HandleFollowUp) -> AgencyDoor:
    gear = equipment()
    return AgencyDoor(
        PortalParts(
            show=ShowFollowUp(essentials, gear.links, gear.directory),
            handle=handle,
            hear=HearMessage(essentials, ()),
            clock=essentials.clock,
            zone=essentials.rules.timezone,
        )
    )


def _seldom(chores: Iterable[Chore], pause: timedelta) -> list[Chore]:
    """Those that only measure are left out, and the rest is done as often as workers look by themselves."""
    return [
        replace(chore, every_seconds=pause.total_seconds())
        for chore in chores
        if chore.name != "measure_outbox"
    ]


def _webhook(path: str) -> Webhook:
    return next(webhook for webhook in equipment().provider.webhooks if webhook.path == path)

"""One simulated world: built from a seed, lived through in virtual time, judged at its end."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import Context
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from gateway.adapters.coordination.in_process_pace import InProcessPace
from gateway.adapters.database.scratch_postgresql import scratch_database, without_password
from gateway.application.audit_follow_ups import Audited, AuditFollowUps, Head
from gateway.domain.ids import FollowUpId
from gateway.domain.pace import Rate
from gateway.simulation.bureau_desk import BureauDesk
from gateway.simulation.business import BusinessSystem
from gateway.simulation.call_carrier import CallCarrierPeer
from gateway.simulation.call_watch import CallWatch
from gateway.simulation.chance import Chance
from gateway.simulation.database_trouble import ProcessDatabaseTrouble
from gateway.simulation.equipment import equipment, settings_for, terms
from gateway.simulation.findings import Findings, find
from gateway.simulation.handling_judges import judge_handling
from gateway.simulation.handsets import Citizen, Handsets
from gateway.simulation.judges import judge
from gateway.simulation.ledger import Violation
from gateway.simulation.lives import Life
from gateway.simulation.logs import WatchedLogs
from gateway.simulation.loop import SimulationLoop
from gateway.simulation.network import Network
from gateway.simulation.occasions import Occasions
from gateway.simulation.offices import Offices
from gateway.simulation.operators import Operator
from gateway.simulation.peers import CoreStorePeer, MailServerPeer
from gateway.simulation.postgresql_storage import PostgresqlStorage
from gateway.simulation.processes import GatewayProcess, Peers, roles
from gateway.simulation.reminder_watch import ReminderWatch
from gateway.simulation.result_watch import ResultWatch
from gateway.simulation.saboteurs import Saboteurs
from gateway.simulation.scene import Scene
from gateway.simulation.shared_pace import Meter, SimulatedRedis, WatchedPace
from gateway.simulation.sms_carrier import SmsCarrierPeer, Text
from gateway.simulation.storage import MemoryStorage, SimulatedDatabase, Storage
from gateway.simulation.surroundings import ProcessWakeups, WorldClock
from gateway.simulation.telephone import Telephone
from gateway.simulation.timeline import Timeline
from gateway.simulation.trouble import LEVELS

_DAY: Final = 86400.0
_POLLS: Final = {timedelta(hours=1): 0.25, timedelta(hours=6): 0.75}
"""How often workers look by themselves: seldom, since looking in vain costs more than all the rest."""
_LONG_DAYS: Final = 7.0
"""Worlds that last longer have the longest of these."""
_WITH_REDIS: Final = 0.6
"""Of how many worlds the processes share a Redis; in the others carriers take any number of texts."""
_TEXTS_PER_SECOND: Final = (0.5, 2.0, 20.0)
_COLLECTED_AFTER: Final = 100_000
"""New objects after which Python looks for cycles."""
_A_NIGHT: Final = 12 * 3600.0
"""Longer than any text waits for the morning."""
_MICROSECONDS: Final = 1_000_000
_CALM_DAYS: Final = 4.0
"""How long everything works before the judges come: longer than any retry or reminder waits."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldPlan:
    """All that makes a world: the same plan is the same world."""

    seed: int
    days: float = 3.0
    citizens: int = 10
    processes: int = 2
    faults: str = "heavy"
    database: str = ""
    """A PostgreSQL server, by the URL of any of its databases; empty = SQLite in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of a world."""

    plan: WorldPlan
    violation: Violation | None
    timeline: Timeline
    troubles: dict[str, int]
    steps: int
    """Callbacks run."""
    evaluations: int
    cpu_seconds: float
    """What it took."""


def replay_command(plan: WorldPlan) -> str:
    """The one command that lives through the same world again."""
    return (
        f"haochaping simulate --seed {plan.seed} --days {plan.days:g} --citizens {plan.citizens}"
        f" --processes {plan.processes} --faults {plan.faults}"
        + (f" --database {without_password(plan.database)}" if plan.database else "")
    )


def live(plan: WorldPlan) -> Outcome:
    """Live through one world.

    Raises:
        ConfigurationError: the plan's database is no PostgreSQL.
        Unavailable: it cannot be reached.

    """
    if not plan.database:
        return _live(plan)
    with scratch_database(plan.database) as url:
        return _live(plan, url)


def _live(plan: WorldPlan, database: str = "") -> Outcome:
    loop = SimulationLoop(Chance(plan.seed, "scheduler"))
    with _seldom_collected():
        return loop.run(_World(plan, loop, database).run())


@contextmanager
def _seldom_collected() -> Iterator[None]:
    """A world makes much that lasts and few cycles: looking for them all the time takes a sixth of all."""
    before = gc.get_threshold()
    gc.set_threshold(_COLLECTED_AFTER, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


class _World:
    def __init__(self, plan: WorldPlan, loop: SimulationLoop, database: str = "") -> None:
        self._plan = plan
        self._loop = loop
        self.scene = scene = Scene(plan.seed, LEVELS[plan.faults], loop)
        self._storage: Storage = PostgresqlStorage(scene, loop, database) if database else MemoryStorage()
        poll = max(_POLLS) if plan.days > _LONG_DAYS else scene.chance.stream("poll").weighted(_POLLS)
        self._settings = settings = settings_for(poll, scene.chance.stream("calls"))
        self._shared_clock = WorldClock(loop)
        self._processes = [
            GatewayProcess(f"gateway-{number}", role, WorldClock(loop), self._connect)
            for number, role in enumerate(roles(plan.processes, scene.chance.stream("roles")), start=1)
        ]
        self._network = Network(scene, self._processes)
        self._store = CoreStorePeer(scene)
        browsers = Network(scene, self._processes, "network of browsers")
        self._offices = Offices(scene, browsers)
        self._bureau = BureauDesk(scene, browsers)
        self._rules = terms(scene.chance.stream("terms"))
        self._mail = MailServerPeer(scene, self._offices.receive)
        self._watch = ReminderWatch(scene)
        self._carrier = SmsCarrierPeer(scene, self._network, takes=self._takes, ring=self._rings)
        telephone = Telephone(scene, self._network)
        outbound = settings.outbound if settings.outbound.enabled else None
        self._call_watch = CallWatch(scene, outbound, self._watch)
        self._call_carrier = CallCarrierPeer(scene, telephone, self._call_watch)
        reaches = [self._store.reach, self._mail.reach, self._carrier.reach, self._call_carrier.reach]
        chance = scene.chance.stream("pace")
        self._redis = SimulatedRedis(scene) if chance.happens(_WITH_REDIS) else None
        # By virtual time, and for all: without a Redis only what the gateway sets itself has a pace.
        self._pace = InProcessPace(lambda: round(loop.time() * _MICROSECONDS))
        self._rates = {self._carrier.name: Rate.of_carrier(chance.pick(_TEXTS_PER_SECOND))}
        self._meter = Meter(scene)
        self._saboteurs = Saboteurs(scene, self._processes, reaches, self._redis)
        self._handsets = Handsets(scene, self._network)
        self._results = ResultWatch(scene, self._handsets)
        self._occasions = Occasions(scene, telephone, BusinessSystem(scene, self._network), self._handsets)
        self._citizens: dict[str, Citizen] = {}
        self._tasks: list[asyncio.Task[None]] = []
        loop.on_crash = self._saboteurs.crashed

    async def run(self) -> Outcome:
        """From midnight to the judgement."""
        began_at = time.process_time()
        with WatchedLogs(self.scene):
            for process in self._processes:
                process.start()
            self._begin(self._saboteurs.errands())
            self._begin(self._lives())
            self._begin([self._bureau.work()])
            violation = await self._pass(self._plan.days * _DAY)
            if violation is None:
                self._calm()
                heads = {found.follow_up_id: found.head async for found in self._audit()}
                self._begin([Operator(self.scene, self._bystander()).tidy_up()])
                violation = await self._pass(_CALM_DAYS * _DAY)
            findings = None
            if violation is None:
                violation, findings = await self._judge(heads)
            await self._storage.close()
        return Outcome(
            plan=self._plan,
            violation=violation,
            timeline=self.scene.timeline,
            troubles=dict(sorted(self.scene.trouble.counts.items())),
            steps=self._loop.steps,
            evaluations=len(findings.evaluations) if findings else 0,
            cpu_seconds=time.process_time() - began_at,
        )

    def _begin(self, errands: Iterable[Coroutine[Any, Any, None]]) -> None:
        self._tasks += [asyncio.create_task(errand) for errand in errands]

    def _lives(self) -> Iterable[Coroutine[Any, Any, None]]:
        chance = self.scene.chance.stream("citizens")
        for number in range(self._plan.citizens):
            citizen = Citizen(f"citizen-{number + 1}", f"+86138{number:08d}")
            self._citizens[citizen.phone] = citizen
            yield self._occasions.live(citizen, self._plan.days * _DAY, chance.stream(citizen.name))

    async def _pass(self, seconds: float) -> Violation | None:
        """Let time pass; the first broken promise ends it."""
        done, _ = await asyncio.wait([self.scene.broken], timeout=seconds)
        return self.scene.broken.result() if done else None

    def _calm(self) -> None:
        self.scene.trouble.end()
        self.scene.calm_since = self.scene.now
        self.scene.offices_close_at = self.scene.now + _CALM_DAYS * _DAY - _A_NIGHT
        self.scene.database_away_until = 0.0
        self.scene.note("", "from now on everything works")
        for process in self._processes:
            process.clock.ahead = timedelta(0)
            if process.life is not None:
                process.life.doom = process.life.dies_at = None
            self._saboteurs.start(process)

    def _audit(self, known: Mapping[FollowUpId, Head] | None = None) -> AsyncIterator[Audited]:
        return AuditFollowUps(self._bystander())(known)

    async def _judge(self, heads: Mapping[FollowUpId, Head]) -> tuple[Violation | None, Findings | None]:
        broken = [task for task in self._tasks if task.done() and task.exception() is not None]
        if broken:
            raise broken[0].exception() or AssertionError
        faults = [f"{one.follow_up_id}: {one.faults[0]}" async for one in self._audit(heads) if one.faults]
        async with self._bystander().reading() as work:
            findings = await find(self.scene, work, faults, self._rules)
        try:
            judge(self.scene, findings, self._store, self._mail, self._watch.reminded, self._carrier)
            self._call_watch.judge()
            judge_handling(self.scene, findings, self._store, self._carrier.bodies)
        except Violation as violation:
            return violation, findings
        return None, findings

    def _connect(self, process: GatewayProcess, life: Life) -> Peers:
        wakeups = ProcessWakeups(lambda topic: self._pass_bell_on(process, topic))
        pace, watch = self._redis.pace(self._plan.processes) if self._redis else (self._pace, None)
        return Peers(
            pace=WatchedPace(pace, self._meter),
            carrier_rates=self._rates if self._redis else {},
            rules=self._rules,
            watch=watch,
            database=self._database(life, wakeups),
            core_store=self._store,
            mailer=self._mail,
            carriers=[self._carrier],
            wakeups=wakeups,
            jitter=self.scene.chance.stream(f"jitter of {life.name}").fraction,
            settings=self._settings,
            call_carrier=self._call_carrier if self._settings.outbound.enabled else None,
        )

    def _bystander(self) -> SimulatedDatabase:
        """The database as those see it who are no process of the gateway."""
        return self._database(Life("a bystander"), ProcessWakeups(lambda _: None))

    def _database(self, life: Life, wakeups: ProcessWakeups) -> SimulatedDatabase:
        return SimulatedDatabase(
            self._storage,
            life,
            ProcessDatabaseTrouble(self.scene, life),
            personal_data=equipment().personal_data,
            wakeups=wakeups,
            shared_clock=self._shared_clock,
        )

    def _pass_bell_on(self, process: GatewayProcess, topic: str) -> None:
        for other in self._processes:
            if other is not process and other.is_up and other.wakeups is not None:
                if self.scene.trouble.happens("bells lost", self.scene.trouble.rates.bell_lost):
                    continue
                self._loop.call_later(0.001, other.wakeups.own.ring, topic, context=Context())

    def _takes(self, text: Text) -> None:
        self._results.taken(self._citizens[text.phone], text)

    def _rings(self, text: Text) -> None:
        citizen = self._citizens[text.phone]
        result = self._results.arrived(citizen, text, self.scene.now)
        if result is not None:
            self._begin([self._results.react(citizen, result)])
            return
        letter = self._watch.arrived(citizen, text, self.scene.now)
        if letter is not None:
            self._begin([self._handsets.react(citizen, letter)])

"""Who carries the calls that the gateway makes: rings, tells late or never what came of it, loses answers."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable
from contextvars import Context
from datetime import datetime, timedelta
from typing import Any, Final

from gateway.application.ports.call_carrier import OutgoingCall
from gateway.domain.call_plan import CallOutcome
from gateway.domain.errors import DeliveryFailed, FailureFacts
from gateway.domain.ids import CallId
from gateway.simulation.call_watch import CallWatch, PlacedCall
from gateway.simulation.lives import LIFE, Life
from gateway.simulation.peers import Fate, Reach
from gateway.simulation.scene import Scene
from gateway.simulation.telephone import Telephone

_WHAT_COMES: Final = {
    CallOutcome.REACHED: 0.5,
    CallOutcome.NO_ANSWER: 0.25,
    CallOutcome.BUSY: 0.12,
    CallOutcome.MACHINE: 0.08,
    CallOutcome.FAILED: 0.05,
}
_TELLS_WHO_ANSWERED: Final = 0.6
"""How many carriers know that a person answered; of the others the gateway looks into its own record."""
_HANGS_UP: Final = 0.1
"""How many answer and hang up at once."""
_TELLS_LATE: Final = 0.2
_LATEST: Final = 1500.0
_CLOCKS_DIFFER: Final = timedelta(minutes=2)
_SETTLED_AFTER: Final = 120.0
"""After which the gateway has written down what it was told, if nothing came between."""


class CallCarrierPeer:
    """The port `CallCarrier`, and the telephones that ring."""

    name: Final = "demo"
    caller_id: Final = "+8675512345678"

    def __init__(self, scene: Scene, telephone: Telephone, watch: CallWatch) -> None:
        self._scene = scene
        self._telephone = telephone
        self._watch = watch
        self.reach = Reach(scene, "call carrier")
        self._tells_who_answered = self.reach.chance.happens(_TELLS_WHO_ANSWERED)
        self._of_number: defaultdict[str, list[PlacedCall]] = defaultdict(list)
        self._calls: dict[str, PlacedCall] = {}
        self._errands: set[asyncio.Task[None]] = set()

    def arrival_of(self, call_id: str) -> CallId:
        """See the port."""
        return CallId(f"demo:{call_id}")

    async def place(self, call: OutgoingCall) -> str:
        """See the port."""
        asked_at = self._scene.now
        self._watch.asked(call)
        fate = await self.reach.fate()
        if fate is Fate.REJECTED:
            raise DeliveryFailed("refused for good", FailureFacts("21215", retryable=False))
        placed = PlacedCall(self._telephone.next_sid(), call, asked_at, self._scene.now)
        if fate in {Fate.TAKEN, Fate.FORGOTTEN}:
            self._watch.placed(placed)
            self._calls[placed.call_id] = placed
            self._of_number[call.to.reveal()].append(placed)
            self._later(self._ring(placed))
        if fate is not Fate.TAKEN:
            await self.reach.lose_answer()
            unknown = fate in {Fate.FORGOTTEN, Fate.BROKEN}
            raise DeliveryFailed("failed", FailureFacts(fate.value, retryable=True, outcome_unknown=unknown))
        return placed.call_id

    async def find(self, call: OutgoingCall, begun_at: datetime) -> str | None:
        """See the port: by number and time, as carriers list their calls."""
        await self._travel()
        since = self._scene.now - (self._scene.moment - begun_at + _CLOCKS_DIFFER).total_seconds()
        made: Iterable[PlacedCall] = reversed(self._of_number[call.to.reveal()])
        return next((each.call_id for each in made if each.taken_at >= since), None)

    async def outcome(self, call_id: str) -> CallOutcome:
        """See the port."""
        await self._travel()
        placed = self._calls[call_id]
        outcome = placed.outcome
        if outcome is None or self._scene.now < placed.tells_at:
            return CallOutcome.ONGOING
        if outcome is CallOutcome.REACHED and not self._tells_who_answered:
            outcome = CallOutcome.OVER
        if outcome is CallOutcome.REACHED or (outcome is CallOutcome.OVER and placed.was_led):
            self._note_told(placed)
        return outcome

    def _note_told(self, placed: PlacedCall) -> None:
        told_at, life = self._scene.now, LIFE.get()

        def settled() -> None:
            # Without a crash or a lost database in between, the gateway knows by now.
            if _kept(life, told_at):
                placed.is_known = True

        asyncio.get_running_loop().call_later(_SETTLED_AFTER, settled, context=Context())

    async def _travel(self) -> None:
        fate = await self.reach.fate()
        if fate not in {Fate.TAKEN, Fate.REJECTED}:
            raise DeliveryFailed("does not tell now", FailureFacts(fate.value, retryable=True))

    def _later(self, errand: Coroutine[Any, Any, None]) -> None:
        """Outside of the process that placed the call: its crash hangs nobody up."""
        task = asyncio.get_running_loop().create_task(errand, context=Context())
        self._errands.add(task)
        task.add_done_callback(self._errands.discard)

    async def _ring(self, placed: PlacedCall) -> None:
        chance = self.reach.chance
        visit = self._scene.ledger.visits[placed.call.service_id, placed.call.visit_no]
        outcome = chance.weighted(_WHAT_COMES)
        await asyncio.sleep(chance.seconds(3.0, 30.0))
        words = f"the gateway's call {placed.call_id} about {visit.service_id}: {outcome.value}"
        self._scene.note(visit.citizen, words, "calls that were placed")
        if outcome is CallOutcome.REACHED and not chance.happens(_HANGS_UP):
            opening = {"service_id": visit.service_id, "visit_no": visit.visit_no}
            placed.was_led = await self._telephone.call(placed.call_id, visit, opening, chance)
        placed.outcome, placed.ended_at = outcome, self._scene.now
        late = chance.happens(_TELLS_LATE) and not self._scene.trouble.over
        placed.tells_at = self._scene.now + (chance.seconds(10.0, _LATEST) if late else 0.0)


def _kept(life: Life | None, since: float) -> bool:
    return life is not None and not life.dead and life.troubled_at < since

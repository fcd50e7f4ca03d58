"""Citizens at their handsets: they text at once, late, twice, nonsense, or that they want no more."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from gateway.simulation.ledger import ITEM, Given, Visit
from gateway.simulation.network import Network
from gateway.simulation.processes import ConnectionLost
from gateway.simulation.scene import Scene
from gateway.simulation.sms_carrier import LINE

_INBOUND: Final = "/demo/carrier/sms/inbound"
_WORDS: Final = {
    1: ("1", "非常满意", "1。", "１"),
    2: ("2", "满意", "2 谢谢"),
    3: ("3", "基本满意", "③"),
    4: ("4", "不满意", "4 等太久"),
    5: ("5", "非常不满意", "5！！"),
}
_NONSENSE: Final = ("你好", "？？？", "在吗", "什么意思", "号码错了吧")
_OPT_OUT: Final = ("T", "退订", "TD")
_COME_BACK: Final = ("恢复", "START", "恢复订阅。")
_LEVELS: Final = {1: 0.3, 2: 0.25, 3: 0.1, 4: 0.2, 5: 0.15}
_BAD: Final = (4, 5)
_CALLS_FOR: Final = 0.3
"""How many of those who are dissatisfied ask for a call, and write their number down."""
_DAY: Final = 86400.0


class Reaction(Enum):
    """What a citizen does about a reminder."""

    RATE = "rate"
    RATE_TWICE = "rate twice"
    NONSENSE = "nonsense"
    OPT_OUT = "opt out"
    NOTHING = "nothing"


_REACTIONS: Final = {
    Reaction.RATE: 0.5,
    Reaction.RATE_TWICE: 0.12,
    Reaction.NONSENSE: 0.1,
    Reaction.OPT_OUT: 0.08,
    Reaction.NOTHING: 0.2,
}


@dataclass(slots=True)
class Citizen:
    """One person with one telephone."""

    name: str
    phone: str
    visits: list[Visit] = field(default_factory=list)


class Handsets:
    """All handsets."""

    def __init__(self, scene: Scene, network: Network) -> None:
        self._scene = scene
        self._network = network
        self._chance = scene.chance.stream("handsets")
        self._minds = scene.chance.stream("minds that change")
        self._own_numbers = scene.chance.stream("own numbers in texts")
        self._texts = 0

    async def react(self, citizen: Citizen, letter: str) -> None:
        """React to a reminder or clarification that named this letter, or none."""
        reaction = self._chance.weighted(_REACTIONS)
        late = self._chance.happens(0.15)
        await asyncio.sleep(self._chance.seconds(5.0, 1.5 * _DAY if late else 1800.0))
        match reaction:
            case Reaction.RATE:
                await self.rate(citizen, letter)
            case Reaction.RATE_TWICE:
                await self.rate(citizen, letter)
                await asyncio.sleep(self._chance.seconds(1.0, 600.0))
                await self.rate(citizen, letter)
            case Reaction.NONSENSE:
                await self.send(citizen, self._chance.pick(_NONSENSE))
            case Reaction.OPT_OUT:
                await self.opt_out(citizen)
            case Reaction.NOTHING:
                pass

    async def rate(self, citizen: Citizen, letter: str = "") -> None:
        """Text a rating."""
        level = self._chance.weighted(_LEVELS)
        words = letter + self._chance.pick(_WORDS[level]) if not letter else f"{letter}{level}"
        if level in _BAD and self._own_numbers.happens(_CALLS_FOR):
            words = f"{letter}{level} 请回电{citizen.phone.removeprefix('+86')}"
        visits = frozenset(visit.key for visit in citizen.visits)
        message_id = self.next_id()
        given = self._scene.ledger.give(
            Given(
                key=(f"demo:{message_id}", ITEM),
                citizen=citizen.name,
                subject=ITEM,
                level=level,
                visits=visits,
                given_at=self._scene.now,
                names_service=bool(letter),
            )
        )
        if await self.send(citizen, words, message_id):
            given.acknowledged_at = self._scene.now

    async def opt_out(self, citizen: Citizen) -> None:
        """Text that no more texts are wanted; some change their minds within two days."""
        ledger = self._scene.ledger
        ledger.opting_out[citizen.name] += 1
        if not await self.send(citizen, self._chance.pick(_OPT_OUT)):
            return
        if citizen.name not in ledger.taking_back:
            ledger.opted_out.setdefault(citizen.name, self._scene.now)
            if self._minds.happens(0.4):
                await asyncio.sleep(self._minds.seconds(5.0, 2 * _DAY))
                await self._come_back(citizen)

    async def _come_back(self, citizen: Citizen) -> None:
        """From the first try on the gateway may know, and may text again."""
        ledger = self._scene.ledger
        ledger.taking_back.add(citizen.name)
        ledger.opted_out.pop(citizen.name, None)
        if await self.send(citizen, self._minds.pick(_COME_BACK)):
            ledger.came_back[citizen.name] = citizen.phone

    def next_id(self) -> str:
        """The carrier's id of the next text."""
        self._texts += 1
        return f"MO{self._texts:08d}"

    async def send(self, citizen: Citizen, words: str, message_id: str = "") -> bool:
        """Whether the carrier was told that it is taken; it gives up at some time."""
        message_id = message_id or self.next_id()
        self._scene.note(citizen.name, f"texts {words!r} ({message_id})", "texts from citizens")
        report = {"message_id": message_id, "from": citizen.phone, "to": LINE, "text": words}
        for attempt in range(self._chance.pick((2, 6, 12))):
            try:
                await self._network.carrier(citizen.name, _INBOUND, report)
            except ConnectionLost:
                await asyncio.sleep(min(2.0**attempt, 600.0))
            else:
                return True
        self._scene.note(citizen.name, f"{message_id} is given up by the carrier", "texts given up")
        return False

"""Calls: what the network asks, what the caller hears and presses, how it ends."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, TypeAlias

from gateway.simulation.chance import Chance
from gateway.simulation.ledger import ITEM, STAFF, Given, Visit
from gateway.simulation.network import Network
from gateway.simulation.processes import ConnectionLost
from gateway.simulation.scene import Scene

_ARRIVAL: Final = "/demo/carrier/voice/rating"
_STEP: Final = "/demo/carrier/voice/step"
_STATUS: Final = "/demo/carrier/voice/status"

_HEARD: Final = (
    ("再评价工作人员", STAFF),
    ("How was the staff", STAFF),
    ("请评价接待您的工作人员", STAFF),
    ("请评价这", ITEM),
    ("How was th", ITEM),
)
"""By which words a caller knows what is asked; the first that is heard decides."""


_Document: TypeAlias = Any
"""What the carrier is to do, as JSON; None when it is told nothing."""


class Act(Enum):
    """What a caller does when a question was asked."""

    RATE = "rate"
    RATE_AND_HANG_UP = "rate and hang up"
    SILENCE = "silence"
    WRONG_KEY = "wrong key"
    REPEAT = "repeat"
    OTHER_LANGUAGE = "other language"
    HANG_UP = "hang up"


_AT_RATING: Final = {
    Act.RATE: 0.68,
    Act.RATE_AND_HANG_UP: 0.08,
    Act.SILENCE: 0.08,
    Act.WRONG_KEY: 0.05,
    Act.REPEAT: 0.03,
    Act.OTHER_LANGUAGE: 0.02,
    Act.HANG_UP: 0.06,
}
_AT_MENU: Final = {Act.RATE: 0.5, Act.RATE_AND_HANG_UP: 0.1, Act.SILENCE: 0.2, Act.HANG_UP: 0.2}
_OTHER_KEYS: Final = {Act.WRONG_KEY: "067#", Act.REPEAT: "*", Act.OTHER_LANGUAGE: "89"}
_LEVELS: Final = {1: 0.35, 2: 0.2, 3: 0.1, 4: 0.15, 5: 0.2}


@dataclass(frozen=True, slots=True)
class _Question:
    """What the caller is waited for."""

    subject: str
    """What the key rates; empty for menus and recordings."""
    records: bool
    timeout: float
    step: str


class Telephone:
    """The telephone network with its callers."""

    def __init__(self, scene: Scene, network: Network) -> None:
        self._scene = scene
        self._network = network
        self._chance = scene.chance.stream("telephone")
        self._calls = 0

    def next_sid(self) -> str:
        """The network's id of the next call."""
        self._calls += 1
        return f"CA{self._calls:08d}"

    async def call(self, sid: str, visit: Visit, opening: Mapping[str, object], wish: Chance) -> bool:
        """One whole call about a visit; `opening` is what the hotline passes on.

        Whether the gateway answered.
        """
        return await _Line(self._scene, self._network, self._chance, visit, sid, wish).run(opening)


class _Line:
    """One call."""

    def __init__(
        self, scene: Scene, network: Network, chance: Chance, visit: Visit, sid: str, wish: Chance
    ) -> None:
        self._scene = scene
        self._network = network
        self._chance = chance
        self._visit = visit
        self._sid = sid
        self._wish = wish

    async def run(self, opening: Mapping[str, object]) -> bool:
        """From the first word to the end; whether there was a first word."""
        citizen = self._visit.citizen
        self._scene.note(citizen, f"call {self._sid} about {self._visit.service_id}", "calls")
        answer = await self._ask(_ARRIVAL, {"call_id": self._sid, "from": self._visit.phone, **opening})
        if answer is not None and self._visit.known_at is None and self._visit.completed_at is not None:
            self._visit.known_at = self._scene.now
        is_led = answer is not None
        while answer is not None:
            question = _question(answer)
            if question is None:
                break
            answer = await self._react(question)
        await self._hang_up("completed" if self._chance.happens(0.97) else "failed")
        return is_led

    async def _react(self, question: _Question) -> _Document:
        await asyncio.sleep(0.5 + self._wish.fraction() * 6)
        act = self._wish.weighted(_AT_RATING if question.subject else _AT_MENU)
        match act:
            case Act.HANG_UP:
                self._scene.note(self._visit.citizen, "hangs up", "hang-ups")
                return None
            case Act.RATE | Act.RATE_AND_HANG_UP:
                return await self._answer(question, gone=act is Act.RATE_AND_HANG_UP)
            case Act.SILENCE:
                await asyncio.sleep(question.timeout)
                return await self._step(question)
            case _:
                return await self._step(question, key=self._wish.pick(_OTHER_KEYS[act]))

    async def _answer(self, question: _Question, *, gone: bool) -> _Document:
        if question.records:
            return await self._step(question, recording={"seconds": self._wish.whole(1, 18)})
        if question.subject:
            return await self._rate(question, gone=gone)
        return await self._step(question, key=str(self._wish.whole(1, 5)))

    async def _rate(self, question: _Question, *, gone: bool) -> _Document:
        level = self._wish.weighted(_LEVELS)
        given = self._scene.ledger.give(
            Given(
                key=(f"demo:{self._sid}", question.subject),
                citizen=self._visit.citizen,
                subject=question.subject,
                level=level,
                visits=frozenset({self._visit.key}),
                given_at=self._scene.now,
            )
        )
        self._scene.note(self._visit.citizen, f"presses {level} for the {question.subject}", "keys that rate")
        if not gone:
            return await self._tell(given, question)
        telling = asyncio.create_task(self._tell(given, question))
        await asyncio.sleep(self._wish.fraction() * 0.2)
        await self._hang_up("completed")
        await telling
        return None

    async def _tell(self, given: Given, question: _Question) -> _Document:
        answer = await self._step(question, key=str(given.level))
        if answer is not None and given.acknowledged_at is None:
            given.acknowledged_at = self._scene.now
            self._scene.note(self._visit.citizen, f"is answered after {given.level}", "keys acknowledged")
        return answer

    async def _step(self, question: _Question, **done: object) -> _Document:
        return await self._ask(_STEP, {"call_id": self._sid, "step": question.step, **done})

    async def _ask(self, path: str, report: Mapping[str, object]) -> _Document:
        """The gateway's words; None when the carrier gives up and the caller hears its apology."""
        for attempt in range(self._chance.pick((1, 3, 3, 6))):
            try:
                answer = await self._network.carrier(self._visit.citizen, path, report)
            except ConnectionLost:
                await asyncio.sleep(1.0 + attempt)
            else:
                return json.loads(answer.body)
        self._scene.note(self._visit.citizen, "hears an apology", "calls given up")
        return None

    async def _hang_up(self, status: str) -> None:
        """The end is reported, unless the report is lost for good."""
        report = {"call_id": self._sid, "status": status}
        for attempt in range(self._chance.pick((1, 4))):
            try:
                await self._network.carrier(self._visit.citizen, _STATUS, report)
            except ConnectionLost:
                await asyncio.sleep(2.0 + attempt)
            else:
                return


def _question(document: _Document) -> _Question | None:
    awaited = document["await"]
    if awaited["kind"] == "nothing":
        return None
    words = " ".join(prompt["text"] for prompt in document["prompts"])
    records = awaited["kind"] == "recording"
    subject = next((subject for phrase, subject in _HEARD if phrase in words), "")
    return _Question(
        "" if records else subject, records, float(awaited.get("timeout_seconds", 4.0)), awaited["step"]
    )

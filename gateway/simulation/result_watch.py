"""Watches the texts that tell results (R-11, R-12), and lets citizens answer them, or not."""

from __future__ import annotations

import asyncio
import re
from enum import Enum
from typing import Final

from gateway.simulation.handling_ledger import Reply, Result
from gateway.simulation.handsets import Citizen, Handsets
from gateway.simulation.ledger import ITEM, Given, Violation
from gateway.simulation.reminder_watch import UNDER_WAY, hour_of_night
from gateway.simulation.scene import Scene
from gateway.simulation.sms_carrier import Text

_TOLD: Final = ("的评价已办理", "的评价已核实")
_ASKED_BACK: Final = "的处理结果，满意"
_LETTER: Final = re.compile(r"回复([A-Z])1")
_DAY: Final = 86400.0


class Reaction(Enum):
    """What a citizen does about the result."""

    LETTER = "answers with the letter"
    TWICE = "answers twice"
    BARE = "answers without the letter"
    NONSENSE = "nonsense"
    OPT_OUT = "opts out"
    NOTHING = "nothing"


_REACTIONS: Final = {
    Reaction.LETTER: 0.4,
    Reaction.TWICE: 0.1,
    Reaction.BARE: 0.15,
    Reaction.NONSENSE: 0.07,
    Reaction.OPT_OUT: 0.06,
    Reaction.NOTHING: 0.22,
}
_WORDS: Final = {True: ("1", "1 谢谢", "1，问题解决了"), False: ("5", "5 没有解决", "5 问题依旧")}
_BARE: Final = {True: ("1", "满意"), False: ("5", "不满意")}
_LEVELS: Final = {"1": 1, "满意": 2, "5": 5, "不满意": 4}
_NONSENSE: Final = ("收到", "你们是谁", "？")


class ResultWatch:
    """Looks at each text about a result as it arrives."""

    def __init__(self, scene: Scene, handsets: Handsets) -> None:
        self._scene = scene
        self._handsets = handsets
        self._chance = scene.chance.stream("answers to results")

    def taken(self, citizen: Citizen, text: Text) -> None:
        """A text is on its way: from now on a reply may be taken for the answer to it."""
        result = self._asks(citizen, text)
        if result is not None and _is_told(text):
            self._scene.handling.add_result(result)

    def arrived(self, citizen: Citizen, text: Text, at: float) -> Result | None:
        """What the text asks about; None where it is about no result."""
        result = self._asks(citizen, text)
        if result is None:
            return None
        self._scene.note(citizen.name, f"gets {text.body}", "texts about results")
        if _is_told(text):
            self._check(citizen, text, at)
        return result

    def _asks(self, citizen: Citizen, text: Text) -> Result | None:
        letter = _LETTER.search(text.body)
        if letter is None or not (_is_told(text) or _ASKED_BACK in text.body):
            return None
        return Result(
            reference=text.reference,
            citizen=citizen.name,
            body=text.body,
            letter=letter[1],
            asked_at=text.asked_at,
        )

    def _check(self, citizen: Citizen, text: Text, at: float) -> None:
        slack = UNDER_WAY + self._scene.worst_skew
        opted_out = self._scene.ledger.opted_out.get(citizen.name)
        if opted_out is not None and opted_out + slack < text.asked_at:
            self._fail("no result by text after an opt-out", text.reference, citizen)
        if night := hour_of_night(text, at, self._scene.worst_skew + 1):
            self._fail("no result by text in quiet hours", night, citizen)

    def _fail(self, promise: str, what: str, citizen: Citizen) -> None:
        self._scene.break_promise(Violation(promise, what, citizen.name))

    async def react(self, citizen: Citizen, result: Result) -> None:
        """React to a text about a result, or to being asked back."""
        reaction = self._chance.weighted(_REACTIONS)
        await asyncio.sleep(self._chance.seconds(5.0, _DAY if self._chance.happens(0.1) else 3600.0))
        match reaction:
            case Reaction.LETTER:
                await self._answer(citizen, result)
            case Reaction.TWICE:
                await self._answer(citizen, result)
                await asyncio.sleep(self._chance.seconds(1.0, 600.0))
                await self._answer(citizen, result)
            case Reaction.BARE:
                await self._answer_bare(citizen)
            case Reaction.NONSENSE:
                await self._handsets.send(citizen, self._chance.pick(_NONSENSE))
            case Reaction.OPT_OUT:
                await self._handsets.opt_out(citizen)
            case Reaction.NOTHING:
                pass

    async def _answer(self, citizen: Citizen, result: Result) -> None:
        """By the letter that the text names: it answers nothing else."""
        satisfied = self._chance.happens(0.5)
        reply = Reply(
            message_id=self._handsets.next_id(),
            citizen=citizen.name,
            letter=result.letter,
            satisfied=satisfied,
        )
        self._scene.handling.replies[reply.message_id] = reply
        words = f"{result.letter}{self._chance.pick(_WORDS[satisfied])}"
        if await self._handsets.send(citizen, words, reply.message_id):
            reply.acknowledged_at = self._scene.now

    async def _answer_bare(self, citizen: Citizen) -> None:
        """Without a letter it answers what was asked last, which may be something else: a service to rate."""
        satisfied = self._chance.happens(0.5)
        words = self._chance.pick(_BARE[satisfied])
        message_id = self._handsets.next_id()
        given = Given(
            key=(f"demo:{message_id}", ITEM),
            citizen=citizen.name,
            subject=ITEM,
            level=_LEVELS[words],
            visits=frozenset(visit.key for visit in citizen.visits),
            given_at=self._scene.now,
            names_service=False,
        )
        self._scene.ledger.give(given)
        if await self._handsets.send(citizen, words, message_id):
            given.acknowledged_at = self._scene.now


def _is_told(text: Text) -> bool:
    return any(words in text.body for words in _TOLD)

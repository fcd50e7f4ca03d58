"""The bureau's officer, who now and then closes, sends back and overrules (R-12, R-13)."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Final

from gateway.application.bureau.watch_follow_ups import WholeFollowUp
from gateway.application.take_step import Overtaken
from gateway.domain.errors import AlreadyRecorded, Unavailable
from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.acts import Actor, ActorKind
from gateway.domain.handling.judgement import Refusal
from gateway.domain.handling.listing import FollowUpFilter
from gateway.domain.ids import FollowUpId
from gateway.simulation.handling_ledger import Deed, Told
from gateway.simulation.network import Network
from gateway.simulation.processes import ConnectionLost, Program
from gateway.simulation.scene import Scene
from gateway.web.bureau.officer_forms import Desk, read_form

_PAUSES: Final = (4 * 3600.0, 20 * 3600.0)
_PAGE: Final = 50
_DONE, _OVERTAKEN, _REFUSED = 303, 409, 422
_MOST_TURNS: Final = 2
"""How often one follow-up is sent back or overruled: things come to an end."""
_AT: Final = {
    FollowUpState.CITIZEN_TOLD: {"close": 0.5, "return": 0.1, "overrule": 0.08, "": 0.32},
    FollowUpState.BUREAU_INFORMED: {"close": 0.45, "return": 0.15, "overrule": 0.15, "": 0.25},
    FollowUpState.NOT_ADOPTED: {"overrule": 0.15, "": 0.85},
    FollowUpState.RECTIFYING: {"overrule": 0.08, "": 0.92},
    FollowUpState.RECTIFIED: {"return": 0.12, "overrule": 0.08, "": 0.8},
}
"""What the officer does about a follow-up that stands there."""
_VERDICTS: Final = ("true", "true", "mistaken", "malicious")


class BureauDesk:
    """Acts through the use cases behind the bureau's page; how officers sign in has tests of its own."""

    def __init__(self, scene: Scene, network: Network) -> None:
        self._scene = scene
        self._network = network
        self._chance = scene.chance.stream("bureau")
        self._turns: Counter[str] = Counter()

    async def work(self) -> None:
        """Look through the list until the trouble is over."""
        while True:
            await asyncio.sleep(self._chance.seconds(*_PAUSES))
            if self._scene.trouble.over:
                return
            for follow_up_id, state in await self._list():
                form = self._chance.weighted(_AT[state]) if state in _AT else ""
                if form and (form == "close" or self._turns[follow_up_id] < _MOST_TURNS):
                    await self._act(follow_up_id, form)

    async def _list(self) -> list[tuple[FollowUpId, FollowUpState]]:
        async def page(program: Program) -> list[tuple[FollowUpId, FollowUpState]]:
            found = await program.watch.page(FollowUpFilter(), None, _PAGE)
            return [(row.follow_up.follow_up_id, row.follow_up.state) for row in found.rows]

        try:
            return await self._network.ask(page)
        except (ConnectionLost, Unavailable):
            return []

    async def _act(self, follow_up_id: FollowUpId, form: str) -> None:
        try:
            whole = await self._network.ask(lambda program: program.watch.whole(follow_up_id))
        except (ConnectionLost, Unavailable):
            return
        if whole is None or form not in _AT.get(whole.progress.state, {}):
            return
        await asyncio.sleep(self._chance.seconds(10.0, 1800.0))
        mark = self._scene.handling.next_mark()
        deed = self._scene.handling.fill_in(
            Deed(mark=mark, follow_up_id=follow_up_id, by="bureau", form=form, seen=whole.progress.steps)
        )
        fields = {
            "act": form,
            "seen": str(deed.seen),
            "why": f"审核意见{mark}",
            "verdict": self._chance.pick(_VERDICTS),
            "days": str(self._chance.whole(1, 3)),
        }
        self._turns[follow_up_id] += form != "close"
        for attempt in range(self._chance.pick((1, 3))):
            if await self._send(deed, whole, fields):
                return
            await asyncio.sleep(2.0 + attempt)

    async def _send(self, deed: Deed, whole: WholeFollowUp, fields: dict[str, str]) -> bool:
        """Whether there was an answer."""

        async def send(program: Program) -> int:
            now, rules = program.essentials.clock.now(), program.essentials.rules
            form = read_form(fields, Desk(rules, now, whole.progress, {}))
            if isinstance(form, tuple):
                return _REFUSED
            actor = Actor(ActorKind.BUREAU, f"审核员{deed.mark}（officer）")
            outcome = await program.handle(whole.follow_up.follow_up_id, actor, form.act, seen=form.seen)
            if isinstance(outcome, Refusal):
                return _REFUSED
            return _OVERTAKEN if isinstance(outcome, Overtaken) else _DONE

        asked_at = self._scene.now
        try:
            status = await self._network.ask(send)
        except (ConnectionLost, Unavailable, AlreadyRecorded):
            return False
        deed.told.append(Told(asked_at, self._scene.now, status))
        words = f"the bureau {deed.form} {deed.mark}: {status}"
        self._scene.note(deed.follow_up_id, words, "acts of the bureau")
        return True

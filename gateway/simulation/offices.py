"""Agencies: each mailbox has somebody with a temper, who opens links and fills in forms (R-10 to R-12)."""

from __future__ import annotations

import asyncio
import re
from contextvars import Context
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

from gateway.application.ports.mailer import OutgoingEmail
from gateway.simulation.agency_door import Page
from gateway.simulation.chance import Chance
from gateway.simulation.filled_forms import Wish, filled, wish_on
from gateway.simulation.handling_ledger import Deed, Letter, Told
from gateway.simulation.ledger import Violation
from gateway.simulation.network import Network
from gateway.simulation.processes import ConnectionLost
from gateway.simulation.scene import Scene

_LINK: Final = re.compile(r"/follow-ups/([A-Za-z0-9_.-]+)")
_NUMBER: Final = re.compile(r"138[\s-]*\d{4}[\s-]*\d{4}")
"""Any number that a simulated citizen has, however it is grouped."""
_URGENT: Final = ("提醒：", "超期：")
_MOST_ACTS: Final = 16
_AWAY: Final = 503
_HONEST: Final = frozenset({200, 303, 409, 422, _AWAY})
"""What a page may answer to whoever comes by a link that is good."""
_MANY_LOOKS: Final = 40


class Temper(Enum):
    """How somebody works."""

    PROMPT = "prompt"
    SLOW = "slow"
    LATE = "waits for an alarm"
    TWICE = "sends everything twice, from two browsers"
    STALE = "acts on a page of hours ago"
    NEVER = "ignores everything"


_TEMPERS: Final = {
    Temper.PROMPT: 0.3,
    Temper.SLOW: 0.2,
    Temper.LATE: 0.15,
    Temper.TWICE: 0.1,
    Temper.STALE: 0.12,
    Temper.NEVER: 0.13,
}
_AT_WORK: Final = 0.5
"""In how many worlds anybody does anything; in the others all becomes late, at less cost."""
_LEFT_ALONE: Final = 0.45
"""Of how many follow-ups somebody thinks that another one will see to them."""
_READ_WITHIN: Final = {
    Temper.PROMPT: (60.0, 7200.0),
    Temper.SLOW: (3600.0, 72_000.0),
    Temper.LATE: (60.0, 14_400.0),
    Temper.TWICE: (60.0, 14_400.0),
    Temper.STALE: (60.0, 14_400.0),
}
_PAUSES: Final = {
    Temper.PROMPT: (30.0, 3600.0),
    Temper.SLOW: (1800.0, 40_000.0),
    Temper.LATE: (60.0, 3600.0),
    Temper.TWICE: (30.0, 3600.0),
    Temper.STALE: (60.0, 3600.0),
}
_LOOKED_AT: Final = {False: (5.0, 600.0), True: (600.0, 30_000.0)}
"""How long somebody looks at a page before they send a form: those who act on old ones for hours."""


@dataclass(slots=True)
class Desk:
    """Who reads one mailbox."""

    address: str
    temper: Temper
    chance: Chance
    busy: set[str] = field(default_factory=set)
    """The follow-ups that are being handled."""


class Offices:
    """All mailboxes of agencies and of the bureau."""

    def __init__(self, scene: Scene, network: Network) -> None:
        self._scene = scene
        self._network = network
        self._chance = scene.chance.stream("offices")
        self._is_at_work = self._chance.happens(_AT_WORK)
        self._desks: dict[str, Desk] = {}
        self._errands: set[asyncio.Task[None]] = set()

    def receive(self, email: OutgoingEmail) -> None:
        """The mail server took an email: it comes to a mailbox, where somebody may act on it."""
        self._look_for_numbers(email)
        letter = Letter(
            at=self._scene.now,
            message_id=email.message_id,
            to=email.to,
            subject=email.subject,
            follow_up_id=email.headers.get("X-Follow-Up", ""),
        )
        link = _LINK.search(email.text)
        if not self._scene.handling.add_letter(letter) or not letter.follow_up_id or link is None:
            return
        for address in email.to:
            self._later(self._desk(address), letter, link[1])

    def _look_for_numbers(self, email: OutgoingEmail) -> None:
        """Nothing that an agency gets by email leads to the citizen (R-18)."""
        parts = (email.subject, email.text, email.html, email.calendar, email.return_address)
        if any(_NUMBER.search(part) for part in parts):
            self._scene.break_promise(
                Violation("no email holds a citizen's number", email.message_id, email.headers["X-Follow-Up"])
            )

    def _desk(self, address: str) -> Desk:
        if address not in self._desks:
            chance = self._chance.stream(address)
            self._desks[address] = Desk(address, chance.weighted(_TEMPERS), chance)
        return self._desks[address]

    def _later(self, desk: Desk, letter: Letter, token: str) -> None:
        if not self._is_at_work or desk.temper is Temper.NEVER or letter.follow_up_id in desk.busy:
            return
        if desk.chance.happens(_LEFT_ALONE):
            return
        if desk.temper is Temper.LATE and not any(word in letter.subject for word in _URGENT):
            return
        # Outside of the process that sent it: its crash keeps nobody from reading.
        errand = asyncio.get_running_loop().create_task(self._handle(desk, letter, token), context=Context())
        desk.busy.add(letter.follow_up_id)
        self._errands.add(errand)
        errand.add_done_callback(self._errands.discard)

    async def _handle(self, desk: Desk, letter: Letter, token: str) -> None:
        """One after the other, as long as the page offers something to do."""
        await asyncio.sleep(desk.chance.seconds(*_READ_WITHIN[desk.temper]))
        number = ""
        for _ in range(1 if desk.temper is Temper.LATE else _MOST_ACTS):
            page = await self._look(desk, letter.follow_up_id, token)
            wish = wish_on(page, desk.chance)
            if wish is None:
                break
            is_stale = desk.temper is Temper.STALE
            await asyncio.sleep(desk.chance.seconds(*_LOOKED_AT[is_stale]))
            if self._scene.now > self._scene.offices_close_at:
                break
            got = await self._act(desk, letter.follow_up_id, token, page, wish, number)
            found = _NUMBER.search(got.html)
            number = found[0] if found else number
            await asyncio.sleep(desk.chance.seconds(*_PAUSES[desk.temper]))
        desk.busy.discard(letter.follow_up_id)

    async def _look(self, desk: Desk, follow_up_id: str, token: str) -> Page:
        for attempt in range(_MANY_LOOKS):
            try:
                page = await self._network.ask(lambda program: program.door.look(token))
            except ConnectionLost:
                page = Page(_AWAY)
            self._watch(desk, follow_up_id, page)
            if page.status != _AWAY:
                return page
            await asyncio.sleep(min(2.0**attempt, 600.0))
        return Page(_AWAY)

    async def _act(
        self, desk: Desk, follow_up_id: str, token: str, page: Page, wish: Wish, number: str
    ) -> Page:
        """Fill the form in and send it; what the last answer was."""
        mark = self._scene.handling.next_mark()
        fields = filled(wish, mark, page, number)
        deed = self._scene.handling.fill_in(
            Deed(
                mark=mark,
                follow_up_id=follow_up_id,
                by=desk.address,
                form=wish.form,
                seen=page.seen,
                is_allowed=wish.is_allowed,
            )
        )
        if wish.form == "rectify":
            return await self._approve(desk, deed, token, fields)
        return await self._send(desk, deed, token, fields)

    async def _approve(self, desk: Desk, deed: Deed, token: str, fields: dict[str, str]) -> Page:
        """The text to the citizen is shown before it is approved; it may have become another meanwhile."""
        got = await self._send(desk, deed, token, fields)
        for _ in range(3):
            if got.confirmed is None:
                break
            await asyncio.sleep(desk.chance.seconds(2.0, 60.0))
            got = await self._send(desk, deed, token, {**fields, "confirmed": got.confirmed})
        return got

    async def _send(self, desk: Desk, deed: Deed, token: str, fields: dict[str, str]) -> Page:
        twice = desk.temper is Temper.TWICE or desk.chance.happens(self._scene.trouble.rates.request_doubled)
        if not twice:
            return await self._send_once(desk, deed, token, fields)
        pages = await asyncio.gather(*(self._send_once(desk, deed, token, fields) for _ in range(2)))
        return next((page for page in pages if page.status == deed.done_as), pages[0])

    async def _send_once(self, desk: Desk, deed: Deed, token: str, fields: dict[str, str]) -> Page:
        """Some send it again when no answer comes, all look again in the end."""
        for attempt in range(desk.chance.pick((1, 2, 4))):
            asked_at = self._scene.now
            try:
                page = await self._network.ask(lambda program: program.door.submit(token, fields))
            except ConnectionLost:
                page = Page(_AWAY)
            self._watch(desk, deed.follow_up_id, page)
            if page.status != _AWAY:
                deed.told.append(Told(asked_at, self._scene.now, page.status))
                self._scene.note(
                    deed.follow_up_id,
                    f"{desk.address} {deed.form} {deed.mark}: {page.status}",
                    "acts of agencies",
                )
                return page
            await asyncio.sleep(2.0 + attempt)
        self._scene.note(
            deed.follow_up_id, f"{desk.address} {deed.form} {deed.mark}: no answer", "acts not answered"
        )
        return Page(_AWAY)

    def _watch(self, desk: Desk, follow_up_id: str, page: Page) -> None:
        if page.status not in _HONEST:
            what = f"{desk.address} was answered {page.status} about {follow_up_id}"
            self._scene.break_promise(Violation("links open for those they were sent to", what, follow_up_id))

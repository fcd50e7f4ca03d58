"""An agency's contact at their desk: opens links, fills in forms, reads what comes back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from html import unescape
from io import BytesIO
from typing import Final
from urllib.parse import urlencode

from gateway.domain.agencies import Contact
from gateway.domain.handling.acts import Act
from gateway.domain.ids import FollowUpId, ServiceId
from gateway.web.portal.application import PATH
from tests.integration.conftest import CITIZEN, Rig, until
from tests.peers.smtp_server import ReceivedEmail

CONTACT: Final = Contact("政务服务科", "service@gongan.example")
BUREAU: Final = Contact("好差评值班", "haochaping@bureau.example")
SERVICE: Final = "S-1"
_TAGS: Final = re.compile(r"<(style|title)>.*?</\1>|<[^>]+>", re.DOTALL)


@dataclass(frozen=True)
class Shown:
    """A page as somebody sees it."""

    status: int
    html: str
    headers: dict[str, str]

    @property
    def text(self) -> str:
        """Its words."""
        return " ".join(unescape(_TAGS.sub(" ", self.html)).split())

    @property
    def forms(self) -> list[str]:
        """What may be done on it."""
        return re.findall(r'<form method="post" id="(\w+)"', self.html)

    @property
    def seen(self) -> str:
        """The number of steps that its forms bring back."""
        return str(re.findall(r'name="seen" value="(\d+)"', self.html)[0])


@dataclass
class Desk:
    """One contact, one follow-up."""

    rig: Rig
    url: str
    seen: str = "0"

    @property
    def follow_up_id(self) -> FollowUpId:
        """What the link is about."""
        return FollowUpId(self.url.rsplit("/", 1)[1].split(".")[0])

    async def open(self) -> Shown:
        """Follow the link from the email."""
        async with self.rig.http.get(self.url) as answer:
            shown = Shown(answer.status, await answer.text(), dict(answer.headers))
        if shown.forms:
            self.seen = shown.seen
        return shown

    async def fill_in(self, act: str, **fields: str) -> Shown:
        """Send a form of the page that was seen last, and see what comes back."""
        form = {"act": act, "seen": self.seen, "handler": "陈某"} | fields
        body = BytesIO(urlencode(form).encode())
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        async with self.rig.http.post(self.url, data=body, headers=headers) as answer:
            shown = Shown(answer.status, await answer.text(), dict(answer.headers))
        if shown.status == 200 and shown.forms:
            self.seen = shown.seen
        return shown

    async def rectify(self, words: str = "增开两个窗口", answer: str = "已增开窗口") -> Shown:
        """Write it down, see the text to the citizen, approve it."""
        preview = await self.fill_in("rectify", words=words, answer=answer)
        (told,) = re.findall(r'name="confirmed" value="([^"]*)"', preview.html)
        return await self.fill_in("rectify", words=words, answer=answer, confirmed=unescape(told))

    async def call_back(self, **fields: str) -> Shown:
        """Say that the citizen was reached just now."""
        now = self.rig.clock.now().astimezone(self.rig.gateway.essentials.rules.timezone)
        return await self.fill_in(
            "call_back",
            **({"reached": "yes", "called_at": f"{now:%Y-%m-%dT%H:%M}", "words": "群众说窗口太少"} | fields),
        )


async def rated_badly(rig: Rig, **service: object) -> FollowUpId:
    """A citizen texts a bad rating of a service; the number of its follow-up."""
    await rig.register(SERVICE, **service)
    await rig.carrier.text_in(CITIZEN, "4 等太久，打我电话13800138000")
    found: list[FollowUpId] = []

    async def opened() -> bool:
        async with rig.gateway.database.reading() as work:
            evaluations = await work.evaluations.of_service(ServiceId(SERVICE))
            ids = [e.evaluation_id for e in evaluations]
            found[:] = [f.follow_up_id for f in await work.follow_ups.of_evaluations(ids)]
        return bool(found)

    await until(opened)
    return found[0]


def link(rig: Rig, follow_up_id: FollowUpId, contact: Contact = CONTACT, *, days: float = 30) -> str:
    """The link that this contact gets."""
    token = rig.gateway.links.seal(follow_up_id, contact, rig.clock.now() + timedelta(days=days))
    return f"{rig.url}{PATH}/{token}"


async def at_desk(rig: Rig, contact: Contact = CONTACT, **service: object) -> Desk:
    """A contact who has just been written to."""
    return Desk(rig, link(rig, await rated_badly(rig, **service), contact))


def page_in(email: ReceivedEmail) -> str:
    """The address of the reader's own page, as the plain text has it."""
    body = email.message.get_body(("plain",))
    assert body is not None
    (found,) = re.findall(rf"http\S+{PATH}/\S+", body.get_content())
    return str(found)


async def acts(rig: Rig, follow_up_id: FollowUpId) -> list[Act]:
    """What was done with a follow-up so far."""
    async with rig.gateway.database.reading() as work:
        return [kept.step.act for kept in await work.follow_ups.history(follow_up_id)]

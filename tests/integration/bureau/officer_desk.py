"""An officer at a browser: signs in, opens pages, fills in their forms, reads what comes back."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from typing import Final

import aiohttp

from gateway.adapters.one_time_codes import TimeBasedCodes
from gateway.application.bureau.manage_people import Doer, Invited, ManagePeople
from gateway.bootstrap.bureau import new_token
from gateway.domain.bureau.ledger import OPERATOR
from gateway.domain.bureau.officers import Role
from gateway.web.bureau.cookies import FORM_FIELD
from tests.integration.agency_desk import Shown
from tests.integration.conftest import Rig

PASSWORD: Final = "correct horse battery"
_FORM: Final = re.compile(rf'name="{FORM_FIELD}" value="([0-9a-f]+)"')
_STEP: Final = timedelta(seconds=31)


@dataclass
class Browser:
    """One browser, with its cookies."""

    rig: Rig
    http: aiohttp.ClientSession
    form: str = ""
    secret: str = field(default="", repr=False)

    async def open(self, path: str, **headers: str) -> Shown:
        """Open a page; redirects are followed as browsers do."""
        async with self.http.get(self._url(path), headers=headers) as answer:
            return await self._shown(answer)

    async def send(self, path: str, /, **fields: str) -> Shown:
        """Send a form of the page that was seen last."""
        data = aiohttp.FormData({FORM_FIELD: self.form} | fields)
        async with self.http.post(self._url(path), data=data) as answer:
            return await self._shown(answer)

    async def sign_in(self, login: str, password: str = PASSWORD, code: str | None = None) -> Shown:
        """Sign in with the authenticator's code of now."""
        if not self.form:
            await self.open("/bureau/sign-in")
        return await self.send(
            "/bureau/sign-in", login=login, password=password, code=self.code() if code is None else code
        )

    async def enrol(self, link: str, password: str = PASSWORD) -> Shown:
        """Open an invitation, and set password and codes."""
        page = await self.open(link)
        secret = re.search(r'<p class="copy">([A-Z2-7 ]+)</p>', page.html)
        if secret is None:
            return page
        self.secret = secret[1].replace(" ", "")
        return await self.send(link, password=password, again=password, code=self.code())

    def code(self) -> str:
        """What the authenticator shows; never one that was used, since time has passed since."""
        self.rig.clock.advance(_STEP)
        totp = TimeBasedCodes()._totp(self.secret or "A" * 32)
        return totp.generate(int(self.rig.clock.now().timestamp())).decode()

    def _url(self, path: str) -> str:
        return path if path.startswith("http") else self.rig.url + path

    async def _shown(self, answer: aiohttp.ClientResponse) -> Shown:
        content = await answer.read()
        html = content.decode(errors="replace")
        if form := _FORM.search(html):
            self.form = form[1]
        return Shown(answer.status, html, dict(answer.headers))


@asynccontextmanager
async def browser(rig: Rig) -> AsyncIterator[Browser]:
    """A browser that nobody has used yet."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        yield Browser(rig, http)


async def invited(rig: Rig, login: str, role: Role = Role.OFFICER, name: str = "李某") -> str:
    """The operator adds somebody; the link that they are handed."""
    people = ManagePeople(rig.gateway.database, rig.clock, new_token)
    outcome = await people.add(Doer(OPERATOR), login, name, role)
    assert isinstance(outcome, Invited)
    return f"/bureau/enrol/{outcome.token}"


@asynccontextmanager
async def officer(
    rig: Rig, login: str = "li", role: Role = Role.OFFICER, name: str = "李某"
) -> AsyncIterator[Browser]:
    """Somebody who has signed in."""
    async with browser(rig) as at:
        enrolled = await at.enrol(await invited(rig, login, role, name))
        assert enrolled.status == 200, enrolled.text
        shown = await at.sign_in(login)
        assert shown.status == 200, unescape(shown.text)
        yield at

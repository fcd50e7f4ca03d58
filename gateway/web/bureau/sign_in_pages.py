"""Signing in and out, by password and code or by way of an identity provider."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Final

import structlog
from aiohttp import web

from gateway.application.bureau.keep_sessions import KeepSessions
from gateway.application.bureau.sign_in import Credentials, SignedIn, SignIn
from gateway.application.ports.clock import Clock
from gateway.application.ports.credentials import Departure, IdentityProvider
from gateway.application.ports.pace import Pace
from gateway.application.ports.personal_data import PersonalData
from gateway.domain.errors import Unauthentic
from gateway.domain.pace import Rate
from gateway.web.api.caller_limits import neighbourhood_of
from gateway.web.bureau.cookies import Cookies
from gateway.web.bureau.door import FORGED, SIGN_IN, Door, back_to, fields_of
from gateway.web.bureau.known_browsers import KnownBrowsers, sealed, unsealed
from gateway.web.bureau.looks import Looks
from gateway.web.bureau.seat import Seat

log = structlog.get_logger()

_FAILURES: Final = Rate(0.5, 20, starts_full=True)
"""Tries in vain from one place: twenty, then one in two seconds; what guards a name is its own lock."""
_AWAY_FOR: Final = timedelta(minutes=10)
_REMEMBERED: Final = {"state", "nonce", "verifier", "next"}
_TOO_MANY: Final = (
    "请稍后再试",
    "从您所在的网络登录失败的次数太多，请过一分钟再试。",
    "Too many tries in vain from your network. Please try again in a minute.",
)
_NOT_LET_IN: Final = (
    "无法登录",
    "统一身份认证没有完成，或者您的身份还没有登记为本系统的人员。请重新登录；仍不行的，请联系管理员。",
    "The identity provider did not sign you in, or nobody here knows you. Ask an administrator.",
)


class SignInPages:
    """The way in and out."""

    def __init__(
        self,
        door: Door,
        looks: Looks,
        cookies: Cookies,
        *,
        sign_in: SignIn,
        sessions: KeepSessions,
        pace: Pace,
        seat_seconds: int,
        known: KnownBrowsers,
    ) -> None:
        self._door = door
        self._looks = looks
        self._cookies = cookies
        self._sign_in = sign_in
        self._sessions = sessions
        self._pace = pace
        self._seat_seconds = seat_seconds
        self._known = known

    async def look(self, request: web.Request) -> web.Response:
        """The form."""
        return self._door.sign_in_page(request, 200)

    async def sign_in(self, request: web.Request) -> web.Response:
        """Take the form; whatever is wrong with it, the answer is the same."""
        fields = await fields_of(request)
        if not self._door.is_visitors_form(request, fields):
            return self._looks.message(403, *FORGED, link=(SIGN_IN, "登录"))
        place = neighbourhood_of(request)
        login = fields.get("login", "")[:100]
        line = self._known.line_of(request, login) or f"sign-in-failures:{place}"
        if (await self._pace.take(line, _FAILURES, 0)).left <= 0:
            return self._looks.message(429, *_TOO_MANY)
        signed_in = await self._sign_in(
            Credentials(
                login=login,
                password=fields.get("password", "")[:1000],
                code=fields.get("code", "")[:20],
                address=place,
            )
        )
        if signed_in is None:
            await self._pace.take(line, _FAILURES, 1)
            return self._door.sign_in_page(request, 401, fault=True, login=login)
        return self.seated(signed_in, back_to(fields.get("next", "")))

    async def sign_out(self, _request: web.Request, seat: Seat) -> web.Response:
        """End this session."""
        await self._sessions.sign_out(seat.officer, seat.token, seat.address)
        response = self._looks.moved_on(SIGN_IN)
        self._cookies.session.take_back(response)
        return response

    def seated(self, signed_in: SignedIn, wanted: str) -> web.Response:
        """Lead somebody who was let in to where they wanted to go, with a token that nobody had before."""
        response = self._looks.moved_on(wanted)
        self._cookies.session.give(response, signed_in.token, self._seat_seconds)
        self._known.remember(response, signed_in.officer.login)
        self._cookies.visit.take_back(response)
        self._cookies.away.take_back(response)
        return response


class ProviderPages:
    """The way in by an identity provider."""

    def __init__(
        self,
        pages: SignInPages,
        looks: Looks,
        cookies: Cookies,
        *,
        provider: IdentityProvider,
        sign_in: SignIn,
        sealing: PersonalData,
        clock: Clock,
    ) -> None:
        self._pages = pages
        self._looks = looks
        self._cookies = cookies
        self._provider = provider
        self._sign_in = sign_in
        self._sealing = sealing
        self._clock = clock

    async def depart(self, request: web.Request) -> web.Response:
        """Send somebody to the provider; what to remember goes sealed into their cookie."""
        address, departure = await self._provider.depart()
        note = {
            **asdict(departure),
            "next": back_to(request.query.get("next", "")),
            "at": self._clock.now().timestamp(),
        }
        response = self._looks.moved_on(address)
        self._cookies.away.give(response, sealed(self._sealing, note), int(_AWAY_FOR.total_seconds()))
        return response

    async def arrive(self, request: web.Request) -> web.Response:
        """Take somebody back."""
        note = self._note(self._cookies.away.read(request))
        signed_in = None
        if note is not None:
            departure = Departure(note["state"], note["nonce"], note["verifier"])
            try:
                identity = await self._provider.arrive(departure, dict(request.query))
                signed_in = await self._sign_in.by_identity(identity, neighbourhood_of(request))
            except Unauthentic as refusal:
                log.warning("sign_in_failed", why=str(refusal))
        if note is None or signed_in is None:
            response = self._looks.message(403, *_NOT_LET_IN, link=(SIGN_IN, "登录"))
            self._cookies.away.take_back(response)
            return response
        return self._pages.seated(signed_in, note["next"])

    def _note(self, kept: str) -> dict[str, str] | None:
        note = unsealed(self._sealing, kept)
        at = note.pop("at", None)
        if note.keys() != _REMEMBERED or not isinstance(at, float):
            return None
        is_old = self._clock.now().timestamp() > at + _AWAY_FOR.total_seconds()
        return None if is_old else {key: str(value) for key, value in note.items()}

"""Who gets to see the bureau's pages: every route stands behind this door, or says why it does not."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

import structlog
from aiohttp import web

from gateway.application.bureau.keep_sessions import KeepSessions
from gateway.domain.bureau.officers import Permission
from gateway.domain.errors import AlreadyRecorded, Unavailable
from gateway.domain.plain_text import storable
from gateway.web.api.bearer import AUTHENTICATED
from gateway.web.api.caller_limits import neighbourhood_of
from gateway.web.bureau.cookies import FORM_FIELD, Cookies, form_token, is_form_token
from gateway.web.bureau.looks import Looks
from gateway.web.bureau.seat import Seat

log = structlog.get_logger()

PATH: Final = "/bureau"
SIGN_IN: Final = f"{PATH}/sign-in"
_READS: Final = frozenset({"GET", "HEAD"})
FORGED: Final = (
    "页面已失效",
    "页面打开太久，或者不是从本系统的页面提交的。没有保存任何内容，请返回上一页，刷新后再试。",
    "The form was not made here, or is too old. Nothing was stored; go back, reload and try again.",
)
_NOT_YOURS: Final = (
    "没有权限",
    "您的账号没有办理这一项的权限。如有需要，请联系管理员。",
    "Your account may not do this. Ask an administrator.",
)
_SIGNED_OUT: Final = (
    "请重新登录",
    "您的登录已经结束，没有保存任何内容。登录以后请用浏览器的返回键回到刚才的页面，文字一般还在。",
    "Your session is over and nothing was stored. Sign in, then go back: what you wrote is mostly there.",
)
_AWAY: Final = (
    "暂时无法办理",
    "系统暂时不可用，没有保存任何内容。请稍后再试。",
    "The system is away for a moment; nothing was stored. Please try again.",
)
_TOO_LONG: Final = (
    "内容太长",
    "提交的内容太长，没有保存。请返回，缩短文字后再提交。",
    "What you sent is too long and was not stored. Go back and shorten it.",
)
_UNREADABLE: Final = (
    "提交的内容无法读取",
    "提交的不是本页的表单，没有保存任何内容。请返回，刷新后再试。",
    "What was sent is no form of ours and was not stored. Go back, reload and try again.",
)
_DAMAGED: Final = (
    "办理记录损坏",
    "这张工单的办理记录有损坏，暂时不能打开。请联系运维人员运行 haochaping audit verify 核查。",
    "The history of this follow-up is damaged. Ask the operator to run: haochaping audit verify",
)
_NOTHING_THERE: Final = ("没有这一页", "这个地址下没有内容。", "There is nothing at this address.")


Inside = Callable[[web.Request, Seat], Awaitable[web.Response]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Door:
    """Lets officers in, and tells everybody else how to get in."""

    def __init__(self, sessions: KeepSessions, cookies: Cookies, looks: Looks) -> None:
        self._sessions = sessions
        self._cookies = cookies
        self._looks = looks

    def behind(self, handler: Inside, permission: Permission = Permission.LOOK) -> Handler:
        """The handler, for officers who may do this."""

        async def admitted(request: web.Request) -> web.Response:
            token = self._cookies.session.read(request)
            officer = await self._sessions.officer_of(token) if token else None
            if officer is None:
                return self._shown_the_door(request)
            seat = Seat(officer, token, neighbourhood_of(request), await fields_of(request))
            if request.method not in _READS and not _is_own_form(request, token, seat.fields):
                log.warning("form_refused", path=request.path, officer_id=officer.officer_id)
                return self._looks.message(403, *FORGED)
            if not seat.may(permission):
                return self._looks.message(403, *_NOT_YOURS)
            return await handler(request, seat)

        guarded = self.explaining(admitted)
        setattr(guarded, AUTHENTICATED, "officer's session")
        return guarded

    def explaining(self, handler: Callable[[web.Request], Awaitable[web.Response]]) -> Handler:
        """The handler, with a page in words for what goes wrong."""

        async def explained(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except web.HTTPRequestEntityTooLarge:
                return self._looks.message(413, *_TOO_LONG)
            except web.HTTPBadRequest:
                return self._looks.message(400, *_UNREADABLE)
            except LookupError:
                # Or a fault of ours that looks alike; the log tells which.
                log.exception("history_damaged", path=request.path)
                return self._looks.message(500, *_DAMAGED)
            except web.HTTPNotFound:
                return self._looks.message(404, *_NOTHING_THERE)
            except (Unavailable, AlreadyRecorded) as fault:
                log.warning("bureau_unavailable", why=str(fault))
                return self._looks.message(503, *_AWAY)

        return explained

    def sign_in_page(
        self, request: web.Request, status: int, *, fault: bool = False, login: str = ""
    ) -> web.Response:
        """The page that asks who somebody is, and leads back to where they wanted to go."""
        visit = self._cookies.visit_of(request)
        wanted = request.query.get("next", "") if request.path == SIGN_IN else request.path_qs
        response = self._looks.sign_in(status, form_token(visit), back_to(wanted), fault=fault, login=login)
        self._cookies.visit.give(response, visit)
        return response

    def is_visitors_form(self, request: web.Request, fields: Mapping[str, str]) -> bool:
        """Whether a form of somebody who is not signed in comes from a page of ours."""
        return _is_own_form(request, self._cookies.visit.read(request), fields)

    def _shown_the_door(self, request: web.Request) -> web.Response:
        if request.method in _READS:
            return self.sign_in_page(request, 401)
        return self._looks.message(401, *_SIGNED_OUT, link=(SIGN_IN, "登录"))


async def fields_of(request: web.Request) -> dict[str, str]:
    """What a form says, as far as it is text; none was sent with a request that only looks."""
    if request.method in _READS:
        return {}
    try:
        fields = await request.post()
    except (ValueError, LookupError, AssertionError):
        # No form at all, or one in a script that nobody knows.
        raise web.HTTPBadRequest from None
    return {name: storable(value) for name, value in fields.items() if isinstance(value, str)}


def back_to(wanted: str) -> str:
    """Where to go after signing in: a page of the bureau's, whatever an address may ask for."""
    inside = wanted.startswith(f"{PATH}/") and not wanted.startswith((SIGN_IN, f"{PATH}/oidc"))
    return wanted if inside and "\\" not in wanted and wanted.isprintable() else f"{PATH}/follow-ups"


def _is_own_form(request: web.Request, secret: str, fields: Mapping[str, str]) -> bool:
    # Browsers of the last years say by themselves when another site sends the form.
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    return is_form_token(secret, fields.get(FORM_FIELD, ""))

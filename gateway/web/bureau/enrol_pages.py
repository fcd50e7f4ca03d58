"""An invited officer sets password and one-time codes; opening the link changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from aiohttp import web

from gateway.application.bureau.enrol import Enrol, EnrolFault, Invitation
from gateway.domain.bureau.passwords import LONGEST, SHORTEST, PasswordFault
from gateway.web.api.caller_limits import neighbourhood_of
from gateway.web.bureau.cookies import Cookies, form_token
from gateway.web.bureau.door import FORGED, SIGN_IN, Door, Handler, fields_of
from gateway.web.bureau.looks import Looks
from gateway.web.webhooks.verified import VERIFIED

_NOT_INVITED: Final = (
    "链接无效",
    "这个启用链接已经用过、已经过期，或者不完整。请联系管理员重发一个。",
    "The link was used, is over or is not whole. Ask an administrator for another.",
)
_DONE: Final = (
    "账号已启用",
    "现在可以用登录名、新密码和身份验证器上的动态码登录。",
    "You can sign in now.",
)
FAULTS: Final = {
    PasswordFault.TOO_SHORT: (f"密码至少{SHORTEST}个字符。", f"At least {SHORTEST} characters, please."),
    PasswordFault.TOO_LONG: (f"密码不超过{LONGEST}个字符。", f"At most {LONGEST} characters, please."),
    PasswordFault.TOO_PLAIN: (
        "密码太容易猜：不要重复或连续的字符。",
        "Too easy to guess: no repeated characters, no rows of them.",
    ),
    PasswordFault.NAMES_ITS_OWNER: ("密码里不要有登录名或姓名。", "Leave your names out of it."),
    EnrolFault.WRONG_CODE: (
        "动态码不对：请看手机时间是否准确，再填当前的6位数字。",
        "The code is wrong: see that your phone's clock is right, and type the present six digits.",
    ),
    EnrolFault.WRONG_PASSWORD: ("现在的密码不对。", "That is not your present password."),
    EnrolFault.SHUT_OUT: (
        "密码输错的次数太多，请15分钟后再试。",
        "Too many wrong passwords; try again in a quarter of an hour.",
    ),
}
DIFFERENT: Final = ("两次输入的密码不一样。", "The two passwords are not the same.")


class EnrolPages:
    """The page of an invitation."""

    def __init__(
        self, door: Door, looks: Looks, cookies: Cookies, enrol: Enrol, draw: Callable[[str], str]
    ) -> None:
        """`draw` makes a QR code as SVG."""
        self._door = door
        self._looks = looks
        self._cookies = cookies
        self._enrol = enrol
        self._draw = draw

    def guarded(self, handler: Callable[[web.Request, Invitation], object]) -> Handler:
        """The handler, for whoever has a link that still invites somebody."""

        async def invited(request: web.Request) -> web.Response:
            invitation = await self._enrol.look(request.match_info["token"])
            if invitation is None:
                return self._looks.message(403, *_NOT_INVITED)
            response: web.Response = await handler(request, invitation)  # type: ignore[misc]
            return response

        guarded = self._door.explaining(invited)
        setattr(guarded, VERIFIED, "invitation link")
        return guarded

    async def look(self, request: web.Request, invitation: Invitation) -> web.Response:
        """Show what to do."""
        return self._show(request, invitation, 200, None)

    async def take(self, request: web.Request, invitation: Invitation) -> web.Response:
        """Take what was chosen."""
        fields = await fields_of(request)
        if not self._door.is_visitors_form(request, fields):
            return self._looks.message(403, *FORGED)
        if fields.get("password", "") != fields.get("again", ""):
            return self._show(request, invitation, 422, DIFFERENT)
        outcome = await self._enrol(
            request.match_info["token"],
            fields.get("password", ""),
            fields.get("code", "")[:20],
            neighbourhood_of(request),
        )
        if outcome is EnrolFault.NOT_INVITED:
            return self._looks.message(403, *_NOT_INVITED)
        if isinstance(outcome, EnrolFault | PasswordFault):
            return self._show(request, invitation, 422, FAULTS[outcome])
        return self._looks.message(200, *_DONE, link=(SIGN_IN, "登录"))

    def _show(
        self, request: web.Request, invitation: Invitation, status: int, fault: tuple[str, str] | None
    ) -> web.Response:
        visit = self._cookies.visit_of(request)
        secret = invitation.secret
        response = self._looks.enrol(
            status,
            form=form_token(visit),
            officer=invitation.officer,
            picture=self._draw(invitation.address),
            secret=" ".join(secret[i : i + 4] for i in range(0, len(secret), 4)),
            shortest=SHORTEST,
            fault=fault,
        )
        self._cookies.visit.give(response, visit)
        return response

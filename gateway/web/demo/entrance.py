"""Who may see the demonstration: whoever opened the printed address."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Final

from aiohttp import web

from gateway.web.webhooks.verified import VERIFIED

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

HEADER: Final = "X-Demo-Token"
_REFUSAL: Final = (
    "<!DOCTYPE html><html lang=zh-CN><meta charset=utf-8><meta name=viewport content='width=device-width'>"
    "<link rel=icon href=data:,><title>好差评演示</title>"
    "<p>请用终端里打印的完整地址打开演示页面（带 token 的那一行）。"
    "<p lang=en>Open the whole address that the terminal printed, the one with a token.</html>"
)


class Entrance:
    """Checks the token of this start: in the printed address once, then in a cookie, or in a header.

    The cookie's name is made of the token, so that two demonstrations on one host do not push each other out.
    """

    def __init__(self, token: str) -> None:
        self._token = token
        self._cookie = f"haochaping_demo_{sha256(token.encode()).hexdigest()[:8]}"

    def page(self, handler: Handler) -> Handler:
        """Guard the page itself: the address with the token opens it and sets the cookie."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            invited = self._is_token(request.query.get("token", ""))
            if not invited and not self._has_cookie(request):
                return web.Response(status=403, text=_REFUSAL, content_type="text/html")
            response = await handler(request)
            if invited:
                response.set_cookie(
                    self._cookie, self._token, path="/demo/", httponly=True, samesite="Strict"
                )
            return response

        setattr(guarded, VERIFIED, "demo token")
        return guarded

    def reading(self, handler: Handler) -> Handler:
        """Guard what only shows: cookie or header."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if not (self._has_cookie(request) or self._has_header(request)):
                return _refused()
            return await handler(request)

        setattr(guarded, VERIFIED, "demo token")
        return guarded

    def acting(self, handler: Handler) -> Handler:
        """Guard what changes something: the header alone, which no other site can send."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            if not self._has_header(request):
                return _refused()
            return await handler(request)

        setattr(guarded, VERIFIED, "demo token")
        return guarded

    def _has_cookie(self, request: web.Request) -> bool:
        return self._is_token(request.cookies.get(self._cookie, ""))

    def _has_header(self, request: web.Request) -> bool:
        return self._is_token(request.headers.get(HEADER, ""))

    def _is_token(self, given: str) -> bool:
        return hmac.compare_digest(given.encode("utf-8", "surrogatepass"), self._token.encode())


def _refused() -> web.Response:
    return web.json_response({"error": f"send {HEADER} with the token of this start"}, status=403)

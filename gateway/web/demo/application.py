"""The demonstration's routes."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Final

from aiohttp import web

from gateway.web.bureau.cookies import Cookies
from gateway.web.bureau.follow_up_list import LIST
from gateway.web.demo.cast import cast_as_json
from gateway.web.demo.clock_skips import skip_named
from gateway.web.demo.entrance import Entrance
from gateway.web.demo.live import LiveFeed
from gateway.web.demo.mailbox import Mailbox
from gateway.web.demo.parts import DemoParts
from gateway.web.demo.sections import PageSections
from gateway.web.demo.timeline import Entry
from gateway.web.demo.watched_reports import watched_reports
from gateway.web.recordings import PUBLIC

_LINE: Final = "12345"
_PAGE_RULES: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; media-src 'self'; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_MAIL_RULES: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; "
    "sandbox allow-popups allow-popups-to-escape-sandbox"
)
_ASSETS: Final = {"page.css": "text/css", "page.js": "text/javascript"}
_NO_SNIFFING: Final = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}


def add_demo(app: web.Application, parts: DemoParts) -> None:
    """Add the page under `/demo/`, and lead `/` there."""
    page = _Demo(parts)
    entrance = Entrance(parts.token)
    app.router.add_get("/", _to_page)
    app.router.add_get("/demo", _to_page)
    app.router.add_get("/demo/", entrance.page(page.page))
    for name in _ASSETS:
        app.router.add_get(f"/demo/{name}", entrance.reading(page.asset))
    app.router.add_get("/demo/scene", entrance.reading(page.scene), allow_head=False)
    app.router.add_get("/demo/state", entrance.reading(page.state), allow_head=False)
    app.router.add_get("/demo/events", entrance.reading(page.feed.stream), allow_head=False)
    app.router.add_get("/demo/mail/{name}", entrance.reading(page.mail), allow_head=False)
    app.router.add_get("/demo/bureau", entrance.reading(page.bureau), allow_head=False)
    app.router.add_post("/demo/clock", entrance.acting(page.skip))
    app.middlewares.append(watched_reports(parts.timeline))
    app.on_shutdown.append(lambda _: page.feed.close())


async def _to_page(_: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/demo/")


setattr(_to_page, PUBLIC, "leads to the page, which is guarded")


class _Demo:
    """Answers the page."""

    def __init__(self, parts: DemoParts) -> None:
        self._parts = parts
        self._mailbox = Mailbox(parts.mail_folder)
        self._sections = PageSections(parts, self._mailbox)
        self._folder = files(__package__)
        self.feed = LiveFeed(self._sections, parts.clock)
        parts.timeline.listen(self.feed.touch)

    async def page(self, _: web.Request) -> web.StreamResponse:
        """The page itself; it loads nothing from anywhere else."""
        return web.Response(
            text=self._folder.joinpath("page.html").read_text("utf-8"),
            content_type="text/html",
            headers={
                **_NO_SNIFFING,
                "Content-Security-Policy": _PAGE_RULES,
                "Referrer-Policy": "no-referrer",
            },
        )

    async def asset(self, request: web.Request) -> web.StreamResponse:
        """Style and script."""
        name = request.path.rpartition("/")[2]
        return web.Response(
            text=self._folder.joinpath(name).read_text("utf-8"),
            content_type=_ASSETS[name],
            headers=_NO_SNIFFING,
        )

    async def scene(self, _: web.Request) -> web.StreamResponse:
        """What stays the same: the cast, the line, and the tokens with which the page acts."""
        parts = self._parts
        scene = {
            "carrier_token": parts.token,
            "api_token": parts.api_token,
            "line": _LINE,
            "zone": parts.zone.key,
            **cast_as_json(parts.directory),
        }
        return _json(scene)

    async def state(self, _: web.Request) -> web.StreamResponse:
        """All sections at once, for those who do not listen to the events."""
        now = self._parts.clock.now().isoformat(timespec="milliseconds")
        return _json({"now": now, **await self._sections()})

    async def mail(self, request: web.Request) -> web.StreamResponse:
        """The HTML of one email, which may run nothing and load nothing."""
        mail = await self._mailbox.find(request.match_info["name"])
        if mail is None:
            raise web.HTTPNotFound
        headers = {**_NO_SNIFFING, "Content-Security-Policy": _MAIL_RULES}
        return web.Response(text=mail.html, content_type="text/html", headers=headers)

    async def bureau(self, _: web.Request) -> web.StreamResponse:
        """The bureau's pages, signed in as the demonstration's own officer."""
        response = web.Response(status=303, headers={**_NO_SNIFFING, "Location": LIST})
        Cookies(secure=False).session.give(response, await self._parts.enter_bureau())
        return response

    async def skip(self, request: web.Request) -> web.StreamResponse:
        """Move the clock and wake the workers: `{"skip": "1h" | "24h" | "morning"}`."""
        try:
            wish = await request.json()
        except ValueError:
            wish = None
        name = wish.get("skip") if isinstance(wish, dict) else None
        clock = self._parts.clock
        skip = skip_named(str(name), clock.now(), self._parts.zone)
        if skip is None:
            return web.json_response({"error": "skip is one of 1h, 24h, morning"}, status=422)
        by, words = skip
        clock.advance(by)
        self._parts.timeline.add(Entry(title=words, tone="skip"))
        self._parts.wake()
        return _json({"now": clock.now().isoformat(timespec="milliseconds")})


def _json(document: object) -> web.Response:
    return web.Response(
        text=json.dumps(document, ensure_ascii=False), content_type="application/json", headers=_NO_SNIFFING
    )

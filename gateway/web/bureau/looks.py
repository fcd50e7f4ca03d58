"""How the bureau's pages look: the common frame, with what an officer may go to."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.domain.bureau.officers import Permission
from gateway.web.pages.rendering import PageRendering

if TYPE_CHECKING:
    from aiohttp import web

    from gateway.web.bureau.seat import Seat

_FOLDER: Final = Path(__file__).parent / "templates"
PLACES: Final = (
    ("/bureau/follow-ups", "工单", Permission.LOOK),
    ("/bureau/spot-checks", "抽查", Permission.LOOK),
    ("/bureau/repeats", "反复差评", Permission.LOOK),
    ("/bureau/signals", "异常线索", Permission.LOOK),
    ("/bureau/figures", "统计", Permission.LOOK),
    ("/bureau/agencies", "单位", Permission.LOOK),
    ("/bureau/people", "人员", Permission.MANAGE),
    ("/bureau/ledger", "登录与变更记录", Permission.MANAGE),
    ("/bureau/account", "我的账号", Permission.LOOK),
)
"""Where the navigation leads, and who may go there."""


class Looks:
    """Renders pages for officers, and for those who are none yet."""

    def __init__(self, *, offers_provider: bool) -> None:
        """`offers_provider`: whether an identity provider signs people in too."""
        self._rendering = PageRendering(_FOLDER)
        self._offers_provider = offers_provider
        self.moved_on = self._rendering.moved_on

    def page(self, seat: Seat, status: int, template: str, **words: object) -> web.Response:
        """A page for an officer."""
        places = [(path, zh) for path, zh, permission in PLACES if seat.may(permission)]
        html = self._rendering.render(
            template,
            places=places,
            me=seat.officer.name,
            form=seat.form,
            **words,
        )
        return self._rendering.answer(status, html)

    def sign_in(self, status: int, form: str, back_to: str, *, fault: bool, login: str) -> web.Response:
        """The page that asks who somebody is."""
        html = self._rendering.render(
            "sign_in.html",
            form=form,
            back_to=back_to,
            fault=fault,
            login=login,
            offers_provider=self._offers_provider,
        )
        return self._rendering.answer(status, html)

    def enrol(self, status: int, **words: object) -> web.Response:
        """The page on which an invited officer sets password and codes."""
        return self._rendering.answer(status, self._rendering.render("enrol.html", **words))

    def message(
        self, status: int, zh_title: str, zh: str, en: str, link: tuple[str, str] | None = None
    ) -> web.Response:
        """A page that only says something."""
        html = self._rendering.render("bureau_message.html", zh_title=zh_title, zh=zh, en=en, link=link)
        return self._rendering.answer(status, html)

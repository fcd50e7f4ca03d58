"""The agency's page: a link opens it and changes nothing, a form on it acts (R-10 to R-12)."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import tzinfo
from typing import Final

import structlog
from aiohttp import web

from gateway.application.handle_follow_up import HandleFollowUp
from gateway.application.hear_message import HearMessage
from gateway.application.ports.clock import Clock
from gateway.application.show_follow_up import FollowUpView, ShowFollowUp
from gateway.application.take_step import Overtaken
from gateway.application.tell_citizen import PlannedText, WhyNoText
from gateway.domain.errors import AlreadyRecorded, Unauthentic, Unavailable
from gateway.domain.handling.acts import Actor, PlayRecording, Rectify, ShowNumber
from gateway.domain.handling.judgement import Refusal
from gateway.domain.ids import FollowUpId
from gateway.web.pages.downloads import as_download
from gateway.web.pages.follow_up_words import OVERTAKEN, REFUSALS
from gateway.web.pages.sounds import as_sound
from gateway.web.portal.forms import Filled, FormFault, read_form, read_signature
from gateway.web.portal.pages import NOTHING, PortalPages, Said
from gateway.web.portal.uploads import read_upload
from gateway.web.webhooks.verified import VERIFIED

log = structlog.get_logger()

PATH: Final = "/follow-ups"
_STEP: Final = re.compile("[0-9]{1,6}", re.ASCII)
_GONE: Final = (
    "链接已过期",
    "这张工单的链接已经过期，或者工单内容已按保存期限删除。需要办理的，请打开最近一封邮件中的链接，或联系数据局。",
    "This link is over. Open the one in the latest email, or ask the bureau.",
)
_FORBIDDEN: Final = (
    "链接无效",
    "链接不完整、被改动过，或者您已不在该单位的联系人名单中。请从邮件中重新打开；仍不行的，请联系数据局。",
    "The link is not whole, or you are not on the list of contacts any more. Open it from the email again.",
)
_TOO_LONG: Final = (
    "内容太长",
    "提交的内容太长，没有保存。请返回，缩短文字后再提交。",
    "What you sent is too long and was not stored. Go back and shorten it.",
)
_TOO_LARGE: Final = (
    "文件太大",
    "文件超过 5 MB，没有保存。请返回，压缩或拆分后再上传。",
    "The file is larger than 5 MB and was not stored. Go back and make it smaller.",
)
_UNREADABLE: Final = (
    "表单无法读取",
    "提交的内容无法读取，没有保存。请返回刷新页面后重试，仍不行的，请换一个浏览器。",
    "What was sent cannot be read as a form; nothing was stored. Reload the page, or use another browser.",
)
_DAMAGED: Final = (
    "工单暂时打不开",
    "这张工单的办理记录有问题，暂时打不开，也没有保存任何内容。请联系数据局。",
    "Something is wrong with the history of this follow-up; nothing was stored. Please tell the bureau.",
)
_UNHEARD: Final = (
    "留言暂时听不了",
    "保存留言的系统暂时没有应答。请稍后再试，仍不行的，请联系数据局。",
    "The recording cannot be fetched for now. Try again later, or ask the bureau.",
)
_AWAY: Final = (
    "暂时无法办理",
    "系统暂时不可用，没有保存任何内容。请稍后再试。",
    "The system is away for a moment; nothing was stored. Please try again.",
)

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PortalParts:
    """What the pages work with."""

    show: ShowFollowUp
    handle: HandleFollowUp
    hear: HearMessage
    clock: Clock
    zone: tzinfo


def add_portal(app: web.Application, parts: PortalParts) -> None:
    """Add the routes."""
    page = AgencyPage(parts)
    for method, handler in (("GET", page.look), ("HEAD", page.look), ("POST", page.act)):
        app.router.add_route(method, f"{PATH}/{{token}}", page.guarded(handler))
    app.router.add_get(f"{PATH}/{{token}}/attachments/{{step}}", page.guarded(page.download))
    app.router.add_get(f"{PATH}/{{token}}/recordings/{{step}}", page.guarded(page.listen))


class AgencyPage:
    """One follow-up, for the contact whose link it is."""

    def __init__(self, parts: PortalParts) -> None:
        self._parts = parts
        self._pages = PortalPages(parts.zone)

    def guarded(self, handler: Callable[[web.Request, FollowUpView], Awaitable[web.Response]]) -> Handler:
        """The handler, for whoever comes by a link of ours; everybody else gets a page that says why not."""

        async def guarded(request: web.Request) -> web.StreamResponse:
            token = request.match_info["token"]
            try:
                view = await self._parts.show(token)
                if view is None:
                    return self._pages.answer(410, self._pages.message(*_GONE))
                return await handler(request, view)
            except Unauthentic as refusal:
                log.warning("link_refused", why=str(refusal))
                return self._pages.answer(403, self._pages.message(*_FORBIDDEN))
            except web.HTTPRequestEntityTooLarge:
                return self._pages.answer(413, self._pages.message(*_TOO_LONG))
            except LookupError:
                # Or a fault of ours that looks alike; the log tells which.
                log.exception("history_damaged", follow_up_id=token.partition(".")[0])
                return self._pages.answer(500, self._pages.message(*_DAMAGED))
            except (Unavailable, AlreadyRecorded) as fault:
                log.warning("portal_unavailable", why=str(fault))
                return self._pages.answer(503, self._pages.message(*_AWAY))

        setattr(guarded, VERIFIED, "contact link")
        return guarded

    async def look(self, request: web.Request, view: FollowUpView) -> web.Response:
        """Only show: programs that scan mail open every link."""
        return self._show(request, 200, view, NOTHING)

    async def act(self, request: web.Request, view: FollowUpView) -> web.Response:
        """Do what the form says, and show what came of it."""
        if request.content_type == "multipart/form-data":
            return await self._attach(request, view)
        fields = await _fields_of(request)
        if fields is None:
            return self._pages.answer(400, self._pages.message(*_UNREADABLE))
        filled = read_form(fields, self._parts.zone)
        if isinstance(filled, FormFault):
            return self._show(request, 422, view, Said((filled.zh, filled.en), filled.field, fields))
        planned = await self._to_approve(view.notice.follow_up_id, view.actor(filled.handler), filled)
        if planned is not None:
            return self._show(request, 200, view, Said(filled=fields, preview=planned))
        return await self._do(request, view, filled, fields)

    async def _do(
        self, request: web.Request, view: FollowUpView, filled: Filled, fields: dict[str, str]
    ) -> web.Response:
        follow_up_id, actor = view.notice.follow_up_id, view.actor(filled.handler)
        outcome = await self._parts.handle(follow_up_id, actor, filled.act, seen=filled.seen)
        if isinstance(outcome, Refusal):
            return self._show(request, 422, view, Said(REFUSALS[outcome], "", fields))
        if isinstance(outcome, Overtaken):
            return await self._show_anew(request, 409, Said(OVERTAKEN, "", fields))
        match filled.act:
            case ShowNumber():
                number = await self._parts.show.number(follow_up_id)
                return await self._show_anew(request, 200, Said(number=number))
            case PlayRecording():
                return await self._show_anew(request, 200, Said(player=outcome.steps))
            case _:
                # Reloading must not send the form again.
                return self._pages.moved_on(request.rel_url.raw_path)

    async def _to_approve(
        self, follow_up_id: FollowUpId, actor: Actor, filled: Filled
    ) -> PlannedText | WhyNoText | None:
        """What the citizen would get of a rectification, as long as nobody has approved that very text."""
        if not isinstance(filled.act, Rectify):
            return None
        planned = await self._parts.handle.preview(follow_up_id, actor, filled.act, seen=filled.seen)
        if not isinstance(planned, PlannedText | WhyNoText):
            return None
        told = planned.words if isinstance(planned, PlannedText) else ""
        return planned if filled.confirmed != told else None

    async def download(self, request: web.Request, view: FollowUpView) -> web.Response:
        """A file, to be kept and not to be shown: whatever is in it, no browser runs it here."""
        found = await self._parts.handle.attachment(view.notice.follow_up_id, _step_of(request))
        if found is None:
            return self._pages.answer(410, self._pages.message(*_GONE))
        act, content = found
        return as_download(act.words, act.media_type, content)

    async def listen(self, request: web.Request, view: FollowUpView) -> web.Response:
        """The spoken message, for whoever has just opened it on the page and is written down for that."""
        try:
            found = await self._parts.hear(view.notice.follow_up_id, _step_of(request), view.contact.name)
        except Unavailable as fault:
            log.warning("recording_unavailable", why=str(fault))
            return self._pages.answer(503, self._pages.message(*_UNHEARD))
        return (
            self._pages.answer(410, self._pages.message(*_GONE))
            if found is None
            else as_sound(request, found)
        )

    async def _attach(self, request: web.Request, view: FollowUpView) -> web.Response:
        try:
            upload = await read_upload(request)
        except web.HTTPRequestEntityTooLarge:
            return self._pages.answer(413, self._pages.message(*_TOO_LARGE))
        except (ValueError, AssertionError):
            return self._pages.answer(400, self._pages.message(*_UNREADABLE))
        handler = read_signature(upload.fields)
        if isinstance(handler, FormFault):
            return self._show(
                request, 422, view, Said((handler.zh, handler.en), handler.field, upload.fields)
            )
        outcome = await self._parts.handle.attach(
            view.notice.follow_up_id, view.actor(handler), upload.name, upload.content
        )
        if isinstance(outcome, Refusal):
            return self._show(request, 422, view, Said(REFUSALS[outcome], "", upload.fields))
        return self._pages.moved_on(request.rel_url.raw_path)

    async def _show_anew(self, request: web.Request, status: int, said: Said) -> web.Response:
        view = await self._parts.show(request.match_info["token"])
        if view is None:
            return self._pages.answer(410, self._pages.message(*_GONE))
        return self._show(request, status, view, said)

    def _show(self, request: web.Request, status: int, view: FollowUpView, said: Said) -> web.Response:
        return self._pages.answer(
            status, self._pages.follow_up(view, self._parts.clock.now(), request.rel_url.raw_path, said)
        )


def _step_of(request: web.Request) -> int:
    """The step that a path names; 0, which is none, for whatever is no number.

    Whoever proves nothing learns nothing, not even which paths cannot be: the link was looked at first.
    """
    step = request.match_info["step"]
    return int(step) if _STEP.fullmatch(step) else 0


async def _fields_of(request: web.Request) -> dict[str, str] | None:
    """What was filled in; None for what is no form, whatever it says it is."""
    try:
        form = await request.post()
    except (ValueError, LookupError, RuntimeError):
        # What aiohttp raises for a boundary, an encoding or bytes that are none.
        return None
    return {name: value for name, value in form.items() if isinstance(value, str)}

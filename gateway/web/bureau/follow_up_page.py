"""One follow-up before the bureau: what the agency did, and what the bureau does about it (R-12, R-13)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from gateway.application.bureau.act_in_place import ActInPlace
from gateway.application.bureau.watch_follow_ups import WatchFollowUps, WholeFollowUp
from gateway.application.handle_follow_up import HandleFollowUp
from gateway.application.hear_message import HearMessage
from gateway.application.ports.clock import Clock
from gateway.application.take_step import Overtaken
from gateway.domain.agencies import Department
from gateway.domain.bureau.officers import Officer, Permission
from gateway.domain.handling.acts import ActKind, Actor, ActorKind, PlayRecording, Refer, Verdict
from gateway.domain.handling.history import FollowUpStep
from gateway.domain.handling.judgement import LONGEST_WORDS, Refusal
from gateway.domain.handling.moves import open_to
from gateway.domain.ids import FollowUpId
from gateway.domain.plain_text import one_line, storable
from gateway.domain.rules import Rules
from gateway.web.bureau.follow_up_list import LIST
from gateway.web.bureau.looks import Looks
from gateway.web.bureau.officer_forms import Desk, read_form, term_of
from gateway.web.bureau.seat import Seat
from gateway.web.pages.downloads import as_download
from gateway.web.pages.follow_up_words import (
    OVERTAKEN,
    REFERRED_TO,
    REFUSALS,
    VERDICTS,
    moment,
    said_in,
)
from gateway.web.pages.shown_follow_up import (
    UNKNOWN_ITEM,
    comment_of,
    deadline_shown,
    facts_of,
    step_shown,
    title_of,
)
from gateway.web.pages.sounds import as_sound
from gateway.web.portal.application import PATH as AGENCY_PAGE

_FORMS: Final = {
    ActKind.RECORDING_PLAYED: "play_recording",
    ActKind.CLOSED: "close",
    ActKind.RETURNED: "return",
    ActKind.OVERRULED: "overrule",
    ActKind.SPOT_CHECKED: "spot_check",
    ActKind.REFERRED: "refer",
    ActKind.COMMENTED: "comment",
}
Fault = tuple[str, str]


class FollowUpPages:
    """Each follow-up's page."""

    def __init__(
        self,
        looks: Looks,
        watch: WatchFollowUps,
        handle: HandleFollowUp,
        in_place: ActInPlace,
        *,
        hear: HearMessage,
        clock: Clock,
        rules: Rules,
        departments: Mapping[str, Department],
    ) -> None:
        self._looks = looks
        self._watch = watch
        self._handle = handle
        self._in_place = in_place
        self._hear = hear
        self._clock = clock
        self._rules = rules
        self._departments = departments

    async def look(self, request: web.Request, seat: Seat) -> web.Response:
        """Show it; `sample` in its address names the sample that it was drawn with."""
        sample = storable(request.query.get("sample", ""))[:32]
        return self._show(seat, 200, await self._opened(request), sample=sample)

    async def download(self, request: web.Request, _seat: Seat) -> web.Response:
        """A file that the agency attached."""
        number = FollowUpId(storable(request.match_info["follow_up_id"]))
        found = await self._handle.attachment(number, _step_of(request))
        if found is None:
            raise web.HTTPNotFound
        act, content = found
        return as_download(act.words, act.media_type, content)

    async def listen(self, request: web.Request, seat: Seat) -> web.Response:
        """The spoken message, for the officer who has just opened it and is written down for that."""
        number = FollowUpId(storable(request.match_info["follow_up_id"]))
        found = await self._hear(number, _step_of(request), seat.officer.login)
        if found is None:
            raise web.HTTPNotFound
        return as_sound(request, found)

    async def act(self, request: web.Request, seat: Seat) -> web.Response:
        """Do what the form says, and show what came of it."""
        whole = await self._opened(request)
        if seat.fields.get("act") == "in_place":
            return await self._go_in_place(seat, whole)
        filled = read_form(seat.fields, self._desk(whole))
        if isinstance(filled, tuple):
            return self._show(seat, 422, whole, filled)
        outcome = await self._handle(
            whole.follow_up.follow_up_id, actor_of(seat.officer), filled.act, seen=filled.seen
        )
        if isinstance(outcome, Refusal):
            return self._show(seat, 422, await self._opened(request), REFUSALS[outcome])
        if isinstance(outcome, Overtaken):
            return self._show(seat, 409, await self._opened(request), OVERTAKEN)
        if isinstance(filled.act, PlayRecording):
            return self._show(seat, 200, await self._opened(request), player=outcome.steps)
        return self._looks.moved_on(f"{LIST}/{whole.follow_up.follow_up_id}")

    async def _go_in_place(self, seat: Seat, whole: WholeFollowUp) -> web.Response:
        token = await self._in_place(seat.doer, whole.follow_up)
        if token is None:
            return self._show(seat, 422, whole, REFUSALS[Refusal.NOT_YOURS])
        return self._looks.moved_on(f"{AGENCY_PAGE}/{token}")

    async def _opened(self, request: web.Request) -> WholeFollowUp:
        number = FollowUpId(storable(request.match_info["follow_up_id"]))
        whole = await self._watch.whole(number)
        if whole is None:
            raise web.HTTPNotFound
        return whole

    def _show(
        self,
        seat: Seat,
        status: int,
        whole: WholeFollowUp,
        fault: Fault | None = None,
        *,
        sample: str = "",
        player: int = 0,
    ) -> web.Response:
        progress, now = whole.progress, self._clock.now()
        filled = seat.fields if fault else {}

        def kept(act: str, name: str) -> str:
            return filled.get(name, "") if filled.get("act") == act else ""

        return self._looks.page(
            seat,
            status,
            "officer_follow_up.html",
            here=LIST,
            number=whole.follow_up.follow_up_id,
            **self._rating(whole),
            state=progress.state.name_zh,
            deadline=deadline_shown(whole.deadline, self._rules.timezone, now),
            verdict=VERDICTS[progress.verdict][0] if progress.verdict else "",
            **self._offers(seat, whole),
            player=f"{LIST}/{whole.follow_up.follow_up_id}/recordings/{player}" if player else "",
            verdicts=[(verdict.value, zh, en) for verdict, (zh, en) in VERDICTS.items()],
            term=term_of(self._desk(whole)),
            rectify_term=self._rules.rectify_working_days,
            departments=[(each.code, each.name) for each in self._departments.values()],
            sample=seat.fields.get("sample", "") or sample,
            seen=progress.steps,
            longest=LONGEST_WORDS,
            kept=kept,
            fault=fault,
            opened=moment(progress.opened_at, self._rules.timezone),
            history=[self._step(step) for step in whole.history],
        )

    def _offers(self, seat: Seat, whole: WholeFollowUp) -> dict[str, object]:
        """What this officer may do now."""
        if not seat.may(Permission.HANDLE):
            return {"acts": [], "in_place": False}
        offered = open_to(ActorKind.BUREAU, whole.progress.state)
        return {
            "acts": [form for kind, form in _FORMS.items() if kind in offered],
            "found_true": whole.progress.verdict is Verdict.TRUE,
            "in_place": self._in_place.may_be_done(whole.follow_up),
        }

    def _rating(self, whole: WholeFollowUp) -> dict[str, object]:
        """What the page tells of the rating, as far as it was not purged."""
        notice, code = whole.notice, one_line(whole.follow_up.agency_code)
        return {
            "title": title_of(notice) if notice else UNKNOWN_ITEM,
            "agency": one_line(notice.agency_name if notice else "") or f"{code}（未登记的单位）",
            "level": notice.level.name_zh if notice else "",
            "comment": comment_of(notice) if notice else "",
            "facts": facts_of(notice, self._rules.timezone) if notice else [],
            "has_recording": notice is not None and notice.recording_left,
        }

    def _desk(self, whole: WholeFollowUp) -> Desk:
        return Desk(self._rules, self._clock.now(), whole.progress, self._departments)

    def _step(self, step: FollowUpStep) -> dict[str, object]:
        return step_shown(step, self._said(step), self._rules.timezone)

    def _said(self, step: FollowUpStep) -> list[tuple[str, str]]:
        if not isinstance(step.act, Refer):
            return said_in(step.act, self._rules.timezone)
        department = self._departments.get(step.act.department)
        name = department.name if department else step.act.department
        return [
            (label, name if label == REFERRED_TO else words)
            for label, words in said_in(step.act, self._rules.timezone)
        ]


def _step_of(request: web.Request) -> int:
    """The step that a path names; 0, which is none, for whatever is no number."""
    step = request.match_info["step"]
    return int(step) if step.isascii() and step.isdigit() and len(step) <= len("999999") else 0


def actor_of(officer: Officer) -> Actor:
    """An officer as histories name them: names are not unique, login names are."""
    return Actor(ActorKind.BUREAU, f"{officer.name}（{officer.login}）")

"""Renders the pages; every word from outside is harmless to print, and no number is among them (R-18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Final

from gateway.application.show_follow_up import FollowUpView
from gateway.application.tell_citizen import PlannedText, WhyNoText
from gateway.domain.handling.acts import ActKind
from gateway.domain.handling.history import FollowUpStep
from gateway.domain.handling.judgement import LONGEST_WORDS
from gateway.domain.handling.moves import open_to
from gateway.domain.messages import LONGEST_ANSWER
from gateway.domain.phone_numbers import PhoneNumber
from gateway.domain.plain_text import one_line
from gateway.web.pages.follow_up_words import TELLING, VERDICTS, moment, said_in
from gateway.web.pages.rendering import PageRendering
from gateway.web.pages.shown_follow_up import comment_of, deadline_shown, facts_of, step_shown, title_of

_FOLDER: Final = Path(__file__).parent / "templates"
_FORMS: Final = {
    ActKind.ACKNOWLEDGED: "acknowledge",
    ActKind.RECORDING_PLAYED: "play_recording",
    ActKind.NUMBER_SHOWN: "show_number",
    ActKind.CALLED_BACK: "call_back",
    ActKind.JUDGED: "judge",
    ActKind.RECTIFIED: "rectify",
    ActKind.CITIZEN_TOLD: "tell",
    ActKind.COMMENTED: "comment",
    ActKind.ATTACHED: "attach",
}


@dataclass(frozen=True, slots=True)
class Said:
    """What the page has to say beside the follow-up itself."""

    fault: tuple[str, str] | None = None
    """Chinese and English."""
    wrong_field: str = ""
    filled: Mapping[str, str] = field(default_factory=dict)
    """What was filled in and not taken: nobody writes anything twice."""
    number: PhoneNumber | None = None
    player: int = 0
    """The step that opened the spoken message; 0 where it is shut."""
    preview: PlannedText | WhyNoText | None = None
    """What the citizen would get of what was filled in."""


NOTHING: Final = Said()


class PortalPages:
    """The agency's pages."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone
        self._rendering = PageRendering(_FOLDER)
        self.message = self._rendering.message
        self.answer = self._rendering.answer
        self.moved_on = self._rendering.moved_on

    def follow_up(self, view: FollowUpView, now: datetime, here: str, said: Said = NOTHING) -> str:
        """The follow-up, with what its contact may do; `here` is the path it is shown at."""
        notice, progress = view.notice, view.progress
        acted = said.filled.get("act", "")

        def kept(act: str, name: str) -> str:
            return said.filled.get(name, "") if act == acted else ""

        return self._rendering.render(
            "follow_up.html",
            n=notice,
            title=title_of(notice),
            agency=one_line(notice.agency_name) or "未匹配到承办单位",
            level=notice.level.name_zh,
            channel=notice.channel.name_zh,
            comment=comment_of(notice),
            facts=facts_of(notice, self._zone),
            state=progress.state.name_zh,
            deadline=deadline_shown(view.deadline, self._zone, now),
            acts=[form for kind, form in _FORMS.items() if kind in open_to(view.kind, progress.state)],
            verdicts=[(verdict.value, zh, en) for verdict, (zh, en) in VERDICTS.items()],
            may_judge=view.may_judge,
            has_number=view.has_number,
            has_recording=notice.recording_left,
            player=f"{here}/recordings/{said.player}" if said.player else "",
            number=None if said.number is None else _for_dialling(said.number),
            handler=view.last_handler,
            seen=len(view.history),
            now=f"{now.astimezone(self._zone):%Y-%m-%dT%H:%M}",
            longest=LONGEST_WORDS,
            longest_answer=LONGEST_ANSWER,
            here=here,
            kept=kept,
            wrong=(acted, said.wrong_field),
            preview=_preview(said),
            telling=None if view.telling is None else TELLING[view.telling],
            fault=None if said.fault is None else dict(zip(("zh", "en"), said.fault, strict=True)),
            opened=moment(progress.opened_at, self._zone),
            history=[self._step(step) for step in view.history],
        )

    def _step(self, step: FollowUpStep) -> dict[str, object]:
        shown = step_shown(step, said_in(step.act, self._zone), self._zone)
        # Whether the agency may know who did it, only the release knows that did it.
        return shown | ({"who": ""} if step.act.kind is ActKind.UNKNOWN else {})


def _preview(said: Said) -> dict[str, object] | None:
    """What the citizen would get, for the page to ask about."""
    if said.preview is None:
        return None
    if isinstance(said.preview, WhyNoText):
        return {"text": "", "why": TELLING[said.preview]}
    return {"text": said.preview.words, "segments": said.preview.segments}


def _for_dialling(phone: PhoneNumber) -> str:
    """As it is dialled in China, in groups that can be read aloud."""
    number = phone.reveal()
    if number.startswith("+861") and len(number) == len("+8613800138000"):
        return f"{number[3:6]} {number[6:10]} {number[10:]}"
    return number.replace("+86", "0", 1) if number.startswith("+86") else number

"""The words of emails to agencies, by Jinja2 templates that travel with the code."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from gateway.adapters.mailer.deadline_file import CalendarEntry, deadline_file
from gateway.adapters.mailer.letter_wording import wording_of
from gateway.adapters.mailer.moments import ShownMoment
from gateway.application.ports.mailer import RenderedEmail
from gateway.domain.handling.letters import LetterKind
from gateway.domain.handling.progress import DeadlineKind
from gateway.domain.levels import Level
from gateway.domain.plain_text import one_line, printable
from gateway.domain.redaction import redact
from gateway.domain.segments import fit
from gateway.domain.subjects import SubjectKind

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, tzinfo

    from gateway.domain.agencies import Agency
    from gateway.domain.channels import Channel
    from gateway.domain.handling.letters import DigestLine, LetterContent
    from gateway.domain.notices import BadRatingNotice

_TEMPLATES: Final = Path(__file__).parent / "templates"
_SUBJECT_TITLE_UNITS: Final = 24
_WITH_DEADLINE: Final = {LetterKind.REMINDER, LetterKind.RETURNED}
_UNNAMED: Final = "未说明事项的服务"
_COLOURS: Final = {Level.DISSATISFIED: "#b45309", Level.VERY_DISSATISFIED: "#b91c1c"}
"""Dark enough for white letters (contrast at least 4.5 to 1)."""


class JinjaEmailTexts:
    """`EmailTexts`; moments are told in the city's `timezone`; `replies`: what is replied is taken."""

    def __init__(self, timezone: tzinfo, *, replies: bool = False) -> None:
        self._timezone = timezone
        self._environment = _environment(replies=replies)

    def bad_rating(self, notice: BadRatingNotice, page: str) -> RenderedEmail:
        """See the port."""
        rendered = self._render("bad_rating", n={**_wording(notice, self._timezone), "page": page})
        if notice.unknown_agency:
            return rendered
        calendar = self._deadline(notice, DeadlineKind.CALL_BACK, notice.call_back_by, page, steps=0)
        return replace(rendered, calendar=calendar)

    def letter(self, notice: BadRatingNotice, content: LetterContent, page: str) -> RenderedEmail:
        """See the port."""
        due = self._moment(content.due_at) if content.due_at else None
        wording = wording_of(content, one_line(notice.agency_name), due)
        rendered = self._render("letter", n=_wording(notice, self._timezone), l=wording, page=page)
        if content.duty is None or content.due_at is None or content.kind not in _WITH_DEADLINE:
            return rendered
        calendar = self._deadline(notice, content.duty, content.due_at, page, steps=content.steps)
        return replace(rendered, calendar=calendar)

    def digest(self, reader: Agency, day: date, lines: Sequence[DigestLine], more: int) -> RenderedEmail:
        """See the port."""
        return self._render(
            "digest",
            agency=one_line(reader.name),
            bureau=not reader.code,
            day={"iso": day.isoformat(), "zh": f"{day.year}年{day.month}月{day.day}日"},
            lines=[self._line(line) for line in lines],
            late=sum(line.late for line in lines),
            more=more,
        )

    def _render(self, name: str, **wording: object) -> RenderedEmail:
        subject, text, html = (
            self._environment.get_template(f"{name}.{part}.j2").render(wording)
            for part in ("subject", "txt", "html")
        )
        return RenderedEmail(" ".join(subject.split()), text.strip() + "\n", html)

    def _line(self, line: DigestLine) -> dict[str, object]:
        return {
            "follow_up_id": line.follow_up_id,
            "title": one_line(line.title) or _UNNAMED,
            "agency": one_line(line.agency),
            "level": line.level,
            "state": line.state.name_zh,
            "duty": line.duty.name_zh if line.duty else "",
            "due": self._moment(line.due_at) if line.due_at else None,
            "late": line.late,
            "page": line.page,
        }

    def _deadline(
        self, notice: BadRatingNotice, duty: DeadlineKind, due_at: datetime, page: str, *, steps: int
    ) -> str:
        summary = f"{notice.follow_up_id} {duty.name_zh} · {one_line(notice.item_name) or _UNNAMED}"
        # The same entry for the same duty: what is told again replaces it.
        uid = f"{notice.follow_up_id}-{duty.value}@haochaping"
        entry = CalendarEntry(uid, revision=steps, since=notice.evaluated_at)
        return deadline_file(entry, due_at, summary, page)

    def _moment(self, moment: datetime) -> ShownMoment:
        return ShownMoment(moment.astimezone(self._timezone))


@cache
def _environment(*, replies: bool) -> Environment:
    """Compiles each template once, however many gateways a process holds."""
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=select_autoescape(("html.j2",), default=False),
        undefined=StrictUndefined,
    )
    environment.globals["replies"] = replies
    return environment


def _wording(notice: BadRatingNotice, timezone: tzinfo) -> dict[str, object]:
    """What the templates may say; every value from outside is harmless to print."""
    item = one_line(notice.item_name)
    title = item or _UNNAMED
    staff = (
        one_line(notice.subject.name) or "（姓名未报送）" if notice.subject.kind is SubjectKind.STAFF else ""
    )
    service = f'"{item}"' if item else "a service"
    return {
        "evaluated_at": ShownMoment(notice.evaluated_at.astimezone(timezone)),
        "acknowledge_by": ShownMoment(notice.acknowledge_by.astimezone(timezone)),
        "call_back_by": ShownMoment(notice.call_back_by.astimezone(timezone)),
        "rectify_by": ShownMoment(notice.rectify_by.astimezone(timezone)) if notice.rectify_by else None,
        "follow_up_id": one_line(notice.follow_up_id),
        "agency_name": one_line(notice.agency_name),
        "region_code": one_line(notice.region_code),
        "service_id": one_line(notice.service_id),
        "title": title,
        "short_title": fit(title, _SUBJECT_TITLE_UNITS),
        "item_zh": _coded(title, notice.item_code),
        "staff_zh": _coded(staff, notice.subject.code) if staff else "",
        "rated_en": f"{staff} for {service}" if staff else service,
        "level_zh": notice.level.name_zh,
        "level_en": notice.level.name_en,
        "level_colour": _COLOURS.get(notice.level, "#374151"),
        "channel_zh": notice.channel.name_zh,
        "channel_en": _english(notice.channel),
        "comment": redact(printable(notice.comment).strip()),
        "reason": redact(one_line(notice.reason)),
        "recording_left": notice.recording_left,
        "unknown_agency": notice.unknown_agency,
        "additional": notice.sequence > 1,
        "batch_count": notice.batch_count,
    }


def _coded(name: str, code: str) -> str:
    return f"{name}（{one_line(code)}）" if code else name


def _english(channel: Channel) -> str:
    return {"sms": "text message"}.get(channel.value, channel.value.replace("_", " "))

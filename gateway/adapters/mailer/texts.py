"""The words of emails to agencies, by Jinja2 templates that travel with the code."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from gateway.application.ports.mailer import RenderedEmail
from gateway.domain.levels import Level
from gateway.domain.plain_text import one_line, printable
from gateway.domain.redaction import redact
from gateway.domain.segments import fit
from gateway.domain.subjects import SubjectKind

if TYPE_CHECKING:
    from datetime import datetime, tzinfo

    from gateway.domain.channels import Channel
    from gateway.domain.notices import BadRatingNotice

_TEMPLATES: Final = Path(__file__).parent / "templates"
_WEEKDAYS: Final = "一二三四五六日"
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SUBJECT_TITLE_UNITS: Final = 24
_COLOURS: Final = {Level.DISSATISFIED: "#b45309", Level.VERY_DISSATISFIED: "#b91c1c"}
"""Dark enough for white letters (contrast at least 4.5 to 1)."""


class JinjaEmailTexts:
    """`EmailTexts`; moments are told in the city's `timezone`."""

    def __init__(self, timezone: tzinfo) -> None:
        self._timezone = timezone
        environment = Environment(
            loader=FileSystemLoader(_TEMPLATES),
            autoescape=select_autoescape(("html.j2",), default=False),
            undefined=StrictUndefined,
        )
        self._bad_rating = tuple(
            environment.get_template(f"bad_rating.{part}.j2") for part in ("subject", "txt", "html")
        )

    def bad_rating(self, notice: BadRatingNotice, page: str) -> RenderedEmail:
        """See the port."""
        wording = {**_wording(notice, self._timezone), "page": page}
        subject, text, html = (template.render(n=wording) for template in self._bad_rating)
        return RenderedEmail(" ".join(subject.split()), text.strip() + "\n", html)


@dataclass(frozen=True, slots=True)
class _Moment:
    """A moment as the city's clocks show it."""

    local: datetime

    @property
    def short(self) -> str:
        """11月24日 18:00."""
        return f"{self.local.month}月{self.local.day}日 {self.local:%H:%M}"

    @property
    def zh(self) -> str:
        """2026年11月24日（周二）18:00."""
        day = f"{self.local.year}年{self.local.month}月{self.local.day}日"
        return f"{day}（周{_WEEKDAYS[self.local.weekday()]}）{self.local:%H:%M}"

    @property
    def en(self) -> str:
        """24 Nov 2026, 18:00; not by strftime, which speaks the machine's language."""
        return f"{self.local.day} {_MONTHS[self.local.month - 1]} {self.local.year}, {self.local:%H:%M}"


def _wording(notice: BadRatingNotice, timezone: tzinfo) -> dict[str, object]:
    """What the templates may say; every value from outside is harmless to print."""
    item = one_line(notice.item_name)
    title = item or "未说明事项的服务"
    staff = (
        one_line(notice.subject.name) or "（姓名未报送）" if notice.subject.kind is SubjectKind.STAFF else ""
    )
    service = f'"{item}"' if item else "a service"
    return {
        "evaluated_at": _Moment(notice.evaluated_at.astimezone(timezone)),
        "acknowledge_by": _Moment(notice.acknowledge_by.astimezone(timezone)),
        "call_back_by": _Moment(notice.call_back_by.astimezone(timezone)),
        "rectify_by": _Moment(notice.rectify_by.astimezone(timezone)) if notice.rectify_by else None,
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

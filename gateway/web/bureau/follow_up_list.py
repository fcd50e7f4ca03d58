"""The list of follow-ups, as its address asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from gateway.application.bureau.watch_follow_ups import WatchFollowUps
from gateway.application.ports.clock import Clock
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.figures.month import Month
from gateway.domain.follow_ups import FollowUpState
from gateway.domain.handling.listing import FollowUpFilter, ListedFollowUp, Place
from gateway.domain.levels import Level
from gateway.domain.plain_text import one_line, storable
from gateway.domain.subjects import SubjectKind
from gateway.web.bureau.door import PATH
from gateway.web.bureau.looks import Looks
from gateway.web.bureau.seat import Seat
from gateway.web.pages.follow_up_words import moment, time_left

LIST: Final = f"{PATH}/follow-ups"
_PAGE: Final = 50
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_FIELDS: Final = ("agency", "subject", "state", "level", "month", "overdue")
_BAD: Final = [level for level in Level if level.is_bad]


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks for; whatever in it means nothing is not asked."""

    wanted: FollowUpFilter
    after: Place | None
    fields: dict[str, str]


class FollowUpListPage:
    """The list."""

    def __init__(
        self, looks: Looks, watch: WatchFollowUps, directory: AgencyDirectory, clock: Clock, zone: tzinfo
    ) -> None:
        self._looks = looks
        self._watch = watch
        self._directory = directory
        self._clock = clock
        self._zone = zone

    async def look(self, request: web.Request, seat: Seat) -> web.Response:
        """One page of it."""
        now = self._clock.now()
        asked = read_query(dict(request.query), self._zone, now)
        page = await self._watch.page(asked.wanted, asked.after, _PAGE)
        further = urlencode(asked.fields | {"after": written(page.further)}) if page.further else ""
        return self._looks.page(
            seat,
            200,
            "follow_ups.html",
            here=LIST,
            rows=[self._row(row, now) for row in page.rows],
            further=f"{LIST}?{further}" if further else "",
            is_cut=page.is_cut,
            looked_to=moment(page.further.opened_at, self._zone) if page.is_cut and page.further else "",
            first="" if asked.after is None else f"{LIST}?{urlencode(asked.fields)}",
            but_subject=f"{LIST}?{urlencode({k: v for k, v in asked.fields.items() if k != 'subject'})}",
            asked=asked.fields,
            counts=[(state.value, state.name_zh, page.counts.get(state, 0)) for state in FollowUpState],
            agencies=sorted((agency.code, agency.name) for agency in self._directory.agencies.values()),
            states=[(state.value, state.name_zh) for state in FollowUpState],
            levels=[(level.value, level.name_zh) for level in _BAD],
        )

    def _row(self, row: ListedFollowUp, now: datetime) -> dict[str, object]:
        follow_up = row.follow_up
        agency = self._directory.find(follow_up.agency_code)
        is_staff = row.subject.kind is SubjectKind.STAFF
        return {
            "path": f"{LIST}/{follow_up.follow_up_id}",
            "number": follow_up.follow_up_id,
            "what": ("服务人员 " if is_staff else "") + (one_line(row.subject.name) or "未说明事项"),
            "agency": agency.name if agency else f"{one_line(follow_up.agency_code)}（未登记的单位）",
            "level": row.level.name_zh if row.level else "",
            "channel": row.channel.name_zh,
            "state": follow_up.state.name_zh,
            "opened": moment(follow_up.opened_at, self._zone),
            "due": moment(row.due_at, self._zone) if row.due_at else "",
            "left": time_left(row.due_at, now) if row.due_at else "",
            "late": row.due_at is not None and row.due_at <= now,
        }


def read_query(query: dict[str, str], zone: tzinfo, now: datetime) -> Asked:
    """What the parameters of an address ask for."""
    fields = {name: storable(query[name])[:64] for name in _FIELDS if query.get(name)}
    since = until = None
    try:
        since, until = Month.read(fields.get("month", "")).span(zone)
    except ValueError:
        fields.pop("month", None)
    state = next((s for s in FollowUpState if s.value == fields.get("state")), None)
    level = next((one for one in _BAD if one.value == fields.get("level")), None)
    wanted = FollowUpFilter(
        agency_code=fields.get("agency", ""),
        subject_code=fields.get("subject", ""),
        state=state,
        level=level,
        since=since,
        until=until,
        overdue_at=now if fields.get("overdue") == "yes" else None,
    )
    return Asked(wanted, _place(query.get("after", "")), fields)


def written(place: Place) -> str:
    """A place of the list as an address names it."""
    due = "" if place.due_at is None else str(_since_epoch(place.due_at))
    return f"{due}.{_since_epoch(place.opened_at)}.{place.follow_up_id}"


def _place(text: str) -> Place | None:
    due, _, rest = text.partition(".")
    opened, _, follow_up_id = rest.partition(".")
    try:
        return Place(_moment(due) if due else None, _moment(opened), storable(follow_up_id))
    except (ValueError, OverflowError):
        return None


def _since_epoch(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND


def _moment(text: str) -> datetime:
    return _EPOCH + timedelta(microseconds=int(text))

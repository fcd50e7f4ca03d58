"""Monthly figures as one HTML page with charts: nothing from elsewhere, no script, prints well."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from gateway.adapters.reports.wording import (
    DIMENSIONS,
    DUTIES,
    NOT_TOLD,
    TIMINGS,
    VERDICTS,
    name_of_rest,
    percent,
    points,
)
from gateway.domain.levels import Level
from gateway.domain.plain_text import one_line

if TYPE_CHECKING:
    from datetime import tzinfo

    from gateway.application.draw_figures import MonthlyFigures
    from gateway.domain.figures.disclosure import Published
    from gateway.domain.figures.tallies import Tally

_FOLDER: Final = Path(__file__).parent / "templates"
_COLOURS: Final = {
    Level.VERY_SATISFIED: "#1b7f4b",
    Level.SATISFIED: "#6fae5e",
    Level.FAIRLY_SATISFIED: "#d8c35a",
    Level.DISSATISFIED: "#d9773f",
    Level.VERY_DISSATISFIED: "#a8281e",
}
_BAR: Final = 1000
"""Width of a whole bar, in the units of its drawing."""


def as_html(figures: MonthlyFigures, zone: tzinfo) -> str:
    """A page of its own."""
    return _rendered("monthly.html", figures, zone)


def as_section(figures: MonthlyFigures, zone: tzinfo) -> str:
    """What the page shows, without its frame and style, to stand within another page."""
    return _rendered("monthly_body.html", figures, zone)


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _rendered(template: str, figures: MonthlyFigures, zone: tzinfo) -> str:
    follow_ups = figures.follow_ups
    return (
        _environment()
        .get_template(template)
        .render(
            month=f"{figures.month.year}年{figures.month.number}月",
            drawn_at=f"{figures.drawn_at.astimezone(zone):%Y-%m-%d %H:%M}",
            is_over=figures.is_over,
            not_told="" if figures.total else NOT_TOLD,
            total=_row("", "总计", figures.total),
            additional=figures.additional,
            levels=[
                (level.name_zh, _COLOURS[level], figures.total.of(level) if figures.total else "")
                for level in Level
            ],
            sections=[(DIMENSIONS[d], _rows(published)) for d, published in figures.by.items()],
            responses=[
                (r.channel.name_zh, r.asked, r.answered, percent(r.answered / r.asked if r.asked else None))
                for r in figures.responses
            ],
            opened=follow_ups.opened,
            verdicts=[(name, follow_ups.verdicts.get(verdict, 0)) for verdict, name in VERDICTS.items()],
            timing_names=list(TIMINGS.values()),
            duties=[
                (
                    name,
                    [follow_ups.timings.get((kind, timing), 0) for timing in TIMINGS],
                    percent(follow_ups.on_time_rate(kind)),
                )
                for kind, name in DUTIES.items()
            ],
        )
    )


def _rows(published: Published) -> list[dict[str, object]]:
    rows = [_row(group.key, group.name, group.tally) for group in published.groups]
    rest = _row("", name_of_rest(published), published.rest)
    return [*rows, rest] if published.rest_groups else rows


def _row(key: str, name: str, tally: Tally | None) -> dict[str, object]:
    return {
        "key": one_line(key),
        "name": one_line(name) or "（未命名）",
        "total": "—" if tally is None else tally.total,
        "rate": percent(tally.satisfaction_rate if tally else None),
        "points": points(tally.points if tally else None),
        "bar": _bar(tally) if tally else [],
        "said": "，".join(f"{level.name_zh}{tally.of(level)}" for level in Level) if tally else NOT_TOLD,
    }


def _bar(tally: Tally) -> list[tuple[float, float, str]]:
    """Left edge, width and colour of each level's part."""
    parts, left = [], 0.0
    for level in Level:
        width = _BAR * tally.of(level) / tally.total if tally.total else 0.0
        if width:
            parts.append((round(left, 2), round(width, 2), _COLOURS[level]))
        left += width
    return parts

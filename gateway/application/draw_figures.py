"""The figures of a month, as recorded by now (R-14): corrections show in the month they concern."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from typing import Protocol

from gateway.application.ports.database import Database, Response
from gateway.domain.agencies import AgencyDirectory
from gateway.domain.channels import Channel
from gateway.domain.figures.disclosure import Published, publish_all
from gateway.domain.figures.month import Month
from gateway.domain.figures.punctuality import FollowUpFigures, figures_of, outcome_of
from gateway.domain.figures.tallies import Dimension, Group, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class MonthlyFigures:
    """Everything that is published of a month."""

    month: Month
    drawn_at: datetime
    is_over: bool
    """Whether the month was over; else two drawings side by side show single ratings."""
    total: Tally | None
    """None: so few people rated that nothing is told."""
    additional: int
    by: Mapping[Dimension, Published]
    responses: tuple[Response, ...]
    follow_ups: FollowUpFigures


class Reports(Protocol):
    """Writes figures down; every word in them from outside is harmless in each form."""

    def section(self, figures: MonthlyFigures) -> str:
        """HTML with charts, to stand within a page."""
        ...

    def csv(self, figures: MonthlyFigures) -> bytes:
        """Comma-separated values that spreadsheets open as Chinese, and never as formulas."""
        ...

    def workbook(self, figures: MonthlyFigures) -> bytes:
        """A workbook (Office Open XML, ISO/IEC 29500)."""
        ...


class DrawFigures:
    """Draws a month's figures."""

    def __init__(self, database: Database, directory: AgencyDirectory, zone: tzinfo) -> None:
        self._database = database
        self._directory = directory
        self._zone = zone

    async def __call__(self, month: Month, now: datetime, smallest: int) -> MonthlyFigures:
        """The figures as they stand; groups of fewer than `smallest` ratings only together.

        Raises:
            Unavailable: the database does not answer.

        """
        since, until = month.span(self._zone)
        async with self._database.reading() as work:
            figures = work.figures
            groups = {
                dimension: [self._named(dimension, g) for g in await figures.groups(dimension, since, until)]
                for dimension in Dimension
            }
            is_told = await figures.raters(since, until) >= smallest
            return MonthlyFigures(
                month=month,
                drawn_at=now,
                is_over=until <= now,
                total=await figures.ratings(since, until) if is_told else None,
                additional=await figures.additional(since, until),
                by=publish_all(groups, smallest),
                responses=tuple(await figures.responses(since, until)),
                follow_ups=figures_of(
                    [outcome_of(f, history, now) async for f, history in figures.follow_ups(since, until)]
                ),
            )

    def _named(self, dimension: Dimension, group: Group) -> Group:
        """The group with the name people know it by, where the database has only its key."""
        match dimension:
            case Dimension.AGENCY:
                agency = self._directory.find(group.key)
                return replace(group, name=agency.name if agency else group.key)
            case Dimension.CHANNEL:
                return replace(group, name=Channel(group.key).name_zh)
            case _:
                return group

"""Figures of a month in every form that somebody may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from gateway.adapters.agency_file import load_agencies
from gateway.adapters.reports.page import as_html
from gateway.adapters.reports.table import COLUMNS, as_csv, rows_of
from gateway.application.draw_figures import DrawFigures, MonthlyFigures
from gateway.bootstrap.folders import data_file
from gateway.bootstrap.operations import open_operations
from gateway.domain.figures.month import Month


@dataclass(frozen=True, slots=True)
class Report:
    """A month's figures, to be shown."""

    figures: MonthlyFigures
    zone: tzinfo

    def table(self) -> tuple[Sequence[str], list[tuple[str, ...]]]:
        """Columns and rows."""
        return COLUMNS, list(rows_of(self.figures))

    def csv(self) -> str:
        """The same rows as a CSV file."""
        return as_csv(self.figures)

    def html(self) -> str:
        """A page with charts."""
        return as_html(self.figures, self.zone)


async def draw_report(config: Path | None, month: Month, smallest: int) -> Report:
    """The figures as they stand now.

    Raises:
        ConfigurationError: settings, agencies or schema cannot be used.
        Unavailable: the database does not answer.

    """
    async with open_operations(config) as operations:
        await operations.require_schema()
        directory = load_agencies(data_file(operations.settings.agencies.file))
        zone = operations.settings.rules_for_domain().timezone
        draw = DrawFigures(operations.database, directory, zone)
        return Report(await draw(month, operations.clock.now(), smallest), zone)

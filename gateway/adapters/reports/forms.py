"""All forms of a month's figures as one: the port `Reports`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.adapters.reports.page import as_section
from gateway.adapters.reports.table import as_csv
from gateway.adapters.reports.workbook import as_xlsx

if TYPE_CHECKING:
    from datetime import tzinfo

    from gateway.application.draw_figures import MonthlyFigures


class WrittenReports:
    """The port `Reports`; moments are told in the city's `zone`."""

    def __init__(self, zone: tzinfo) -> None:
        self._zone = zone

    def section(self, figures: MonthlyFigures) -> str:
        """See the port."""
        return as_section(figures, self._zone)

    def csv(self, figures: MonthlyFigures) -> bytes:
        """See the port."""
        return as_csv(figures).encode()

    def workbook(self, figures: MonthlyFigures) -> bytes:
        """See the port."""
        return as_xlsx(figures)

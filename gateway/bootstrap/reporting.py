"""Figures of a month in every form that somebody may ask for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import Path

from gateway.adapters.number_list import load_numbers
from gateway.adapters.phone_parser import PhonenumbersParser
from gateway.adapters.reports.page import as_html
from gateway.adapters.reports.table import COLUMNS, as_csv, rows_of
from gateway.adapters.reports.workbook import as_xlsx
from gateway.application.bureau.find_signals import FindSignals
from gateway.application.draw_figures import DrawFigures, MonthlyFigures
from gateway.application.essentials import Essentials
from gateway.bootstrap.agencies import directory_in_force
from gateway.bootstrap.operations import open_operations
from gateway.bootstrap.retention import calls_kept
from gateway.domain.bureau.signals import StaffMember
from gateway.domain.figures.month import Month
from gateway.telemetry.metrics import Metrics


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

    def workbook(self) -> bytes:
        """Everything as a workbook."""
        return as_xlsx(self.figures)


async def find_signals(config: Path | None, month: Month) -> list[tuple[str, str, str, str]]:
    """Signs of pressure or play: which, agency, staff member, figures; see `draw_report` for its errors."""
    async with open_operations(config) as operations:
        await operations.require_schema()
        settings = operations.settings
        path = settings.bureau.staff_numbers
        rules = settings.rules_for_domain()
        parser = PhonenumbersParser(default_timezone=rules.timezone.key)
        numbers = () if path is None else load_numbers(path, parser.parse)
        essentials = Essentials(operations.database, operations.clock, rules, Metrics())
        kept = calls_kept(settings)
        found = await FindSignals(essentials, numbers, kept)(month)
    if found.withheld is None:
        nobody = StaffMember("", "", "")
        rows = [("calls without an offer", nobody, f"not known: calls are kept for {kept.days} days")]
    else:
        rows = [
            ("calls without an offer", o.staff, f"{o.calls - o.offered} of {o.calls}") for o in found.withheld
        ]
    rows += [("from staff numbers", each.staff, str(each.ratings)) for each in found.from_staff]
    rows += [("from one number", each.staff, str(each.ratings)) for each in found.from_one_number]
    rows += [("in ten minutes", each.staff, str(each.ratings)) for each in found.bursts]
    return [
        (sign, staff.agency_code, f"{staff.code} {staff.name}".strip(), figure)
        for sign, staff, figure in rows
    ]


async def draw_report(config: Path | None, month: Month, smallest: int | None) -> Report:
    """The figures as they stand now; by fewer people than `smallest`, None = than configured, only together.

    Raises:
        ConfigurationError: settings, agencies or schema cannot be used.
        Unavailable: the database does not answer.

    """
    async with open_operations(config) as operations:
        await operations.require_schema()
        directory = await directory_in_force(operations)
        zone = operations.settings.rules_for_domain().timezone
        draw = DrawFigures(operations.database, directory, zone)
        fewest = operations.settings.bureau.smallest_group if smallest is None else smallest
        return Report(await draw(month, operations.clock.now(), fewest), zone)

"""Monthly figures as rows: what the table on a terminal and the CSV file show."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from gateway.adapters.reports.wording import DIMENSIONS, NOT_TOLD, name_of_rest, percent, points
from gateway.domain.levels import Level

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gateway.application.draw_figures import MonthlyFigures
    from gateway.domain.figures.tallies import Tally

COLUMNS: Final = (
    "月份",
    "分组",
    "编码",
    "名称",
    *(level.name_zh for level in Level),
    "合计",
    "满意率",
    "平均分",
)
_TOTAL: Final = "总计"
_FORMULA: Final = tuple("=+-@\t\r\n＝＋－＠")
_BYTE_ORDER_MARK: Final = "\ufeff"


def rows_of(figures: MonthlyFigures) -> Iterator[tuple[str, ...]]:
    """One row for everything, then one for each group that may be shown, and one for the rest of its kind."""
    month = str(figures.month)
    yield (month, _TOTAL, "", "" if figures.total else NOT_TOLD, *_cells(figures.total))
    for dimension, published in figures.by.items():
        for group in published.groups:
            yield (month, DIMENSIONS[dimension], group.key, group.name, *_cells(group.tally))
        if published.rest_groups:
            yield (month, DIMENSIONS[dimension], "", name_of_rest(published), *_cells(published.rest))


def as_csv(figures: MonthlyFigures) -> str:
    """The rows as CSV that spreadsheets open as Chinese, and never as formulas."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    writer.writerows([_harmless(cell) for cell in row] for row in rows_of(figures))
    return _BYTE_ORDER_MARK + out.getvalue()


def _cells(tally: Tally | None) -> tuple[str, ...]:
    if tally is None:
        return ("",) * (len(Level) + 3)
    counts = (str(tally.of(level)) for level in Level)
    return (*counts, str(tally.total), percent(tally.satisfaction_rate), points(tally.points))


def _harmless(cell: str) -> str:
    """Names come from business systems; a spreadsheet would run one that begins like a formula."""
    return f"'{cell}" if cell.startswith(_FORMULA) else cell

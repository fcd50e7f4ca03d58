"""Monthly figures as a workbook: numbers as numbers, words as words, one sheet for each kind of group."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final, TypeAlias

import xlsxwriter

from gateway.adapters.reports.wording import DIMENSIONS, DUTIES, NOT_TOLD, TIMINGS, VERDICTS, name_of_rest
from gateway.domain.levels import Level
from gateway.domain.plain_text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gateway.application.draw_figures import MonthlyFigures
    from gateway.domain.figures.disclosure import Published
    from gateway.domain.figures.tallies import Tally

Cell: TypeAlias = str | float | None
_TALLY: Final = (*(level.name_zh for level in Level), "合计", "满意率", "平均分")
_WIDTHS: Final = (24, 30)


def as_xlsx(figures: MonthlyFigures) -> bytes:
    """The workbook."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as workbook:
        bold = workbook.add_format({"bold": True})
        sheets: list[tuple[str, Sequence[str], Iterable[Sequence[Cell]]]] = [
            ("总览", ("月份", "追加评价", *_TALLY), [_overview(figures)]),
            *(
                (f"按{DIMENSIONS[dimension]}", ("编码", "名称", *_TALLY), _groups(published))
                for dimension, published in figures.by.items()
            ),
            ("参评情况", ("渠道", "邀请", "参评", "参评率"), _responses(figures)),
            ("核实结论", ("结论", "工单"), _verdicts(figures)),
            ("按期情况", ("环节", *TIMINGS.values(), "按期率"), _duties(figures)),
        ]
        for name, columns, rows in sheets:
            sheet = workbook.add_worksheet(name)
            for place, width in enumerate(_WIDTHS):
                sheet.set_column(place, place, width)
            sheet.freeze_panes(1, 0)
            for column, title in enumerate(columns):
                sheet.write_string(0, column, title, bold)
            for line, row in enumerate(rows, start=1):
                for column, cell in enumerate(row):
                    # Never as a formula or a link, whatever a name begins with.
                    if isinstance(cell, str):
                        sheet.write_string(line, column, cell)
                    elif cell is not None:
                        sheet.write_number(line, column, cell)
    return out.getvalue()


def _overview(figures: MonthlyFigures) -> tuple[Cell, ...]:
    return (str(figures.month), figures.additional, *_cells(figures.total))


def _groups(published: Published) -> list[tuple[Cell, ...]]:
    rows: list[tuple[Cell, ...]] = [
        (one_line(group.key), one_line(group.name), *_cells(group.tally)) for group in published.groups
    ]
    rest = ("", name_of_rest(published), *_cells(published.rest))
    return [*rows, rest] if published.rest_groups else rows


def _responses(figures: MonthlyFigures) -> list[tuple[Cell, ...]]:
    return [
        (each.channel.name_zh, each.asked, each.answered, each.answered / each.asked if each.asked else None)
        for each in figures.responses
    ]


def _verdicts(figures: MonthlyFigures) -> list[tuple[Cell, ...]]:
    return [(name, figures.follow_ups.verdicts.get(verdict, 0)) for verdict, name in VERDICTS.items()]


def _duties(figures: MonthlyFigures) -> list[tuple[Cell, ...]]:
    timings = figures.follow_ups.timings
    return [
        (name, *(timings.get((kind, timing), 0) for timing in TIMINGS), figures.follow_ups.on_time_rate(kind))
        for kind, name in DUTIES.items()
    ]


def _cells(tally: Tally | None) -> tuple[Cell, ...]:
    if tally is None:
        return (None,) * (len(_TALLY) - 1) + (NOT_TOLD,)
    return (*(tally.of(level) for level in Level), tally.total, tally.satisfaction_rate, tally.points)

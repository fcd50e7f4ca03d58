"""`haochaping report`: the figures of a month (R-14)."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from gateway.cli.options import NO_CONFIG, ConfigOption
from gateway.cli.terminal import print_table
from gateway.cli.written_files import write_file
from gateway.domain.errors import InvalidInput
from gateway.domain.figures.month import Month

if TYPE_CHECKING:
    from gateway.bootstrap.reporting import Report

_AS_CONFIGURED: Final = None
_TO_TERMINAL: Final = None
Form = Literal["table", "csv", "html", "xlsx", "signals"]
SIGNAL_COLUMNS: Final = ("sign", "agency", "staff", "figures")


def report(
    month: Annotated[str, typer.Option(metavar="YYYY-MM", help="The month, such as 2026-11.")],
    form: Annotated[
        Form,
        typer.Option(
            "--format",
            help="As a table, a CSV file, a page with charts, a workbook; or the signs of pressure or play.",
        ),
    ] = "table",
    output: Annotated[
        Path | None, typer.Option(help="Write to this file instead of standard output.")
    ] = _TO_TERMINAL,
    smallest: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Ratings by fewer people are told only together; else `bureau.smallest_group`.",
        ),
    ] = _AS_CONFIGURED,
    config: ConfigOption = NO_CONFIG,
) -> None:
    """Figures of a month by county, agency, item, staff and channel; of adopted ratings only."""
    try:
        wanted = Month.read(month)
    except ValueError:
        raise InvalidInput("is no month; write it as 2026-11", pointer="--month") from None
    if form == "signals":
        print_table(SIGNAL_COLUMNS, asyncio.run(_signals(config, wanted)))
        return
    drawn = asyncio.run(_draw(config, wanted, smallest))
    if form == "table" and output is None:
        print_table(*drawn.table())
    elif form == "xlsx":
        if output is None:
            raise InvalidInput("is needed for a workbook; write --output figures.xlsx", pointer="--output")
        _write(drawn.workbook(), output)
    else:
        _write((drawn.html() if form == "html" else drawn.csv()).encode(), output)


async def _draw(config: Path | None, month: Month, smallest: int | None) -> Report:
    from gateway.bootstrap.reporting import draw_report

    return await draw_report(config, month, smallest)


async def _signals(config: Path | None, month: Month) -> list[tuple[str, str, str, str]]:
    from gateway.bootstrap.reporting import find_signals

    return await find_signals(config, month)


def _write(content: bytes, output: Path | None) -> None:
    if output is None:
        sys.stdout.write(content.decode())
        return
    write_file(output, content)
    print(f"wrote {output}")
